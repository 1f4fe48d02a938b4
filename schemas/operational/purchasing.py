"""Tables beside the documents of purchasing: who is asked, what an offer adds, what a receiver found, the limits, components.

The prices of an offer and the price breaks of an offer or blanket order are in the currency of their document.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Text, UniqueConstraint, text

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, quantity, rate

request_supplier = table(
    "request_supplier",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("party_id", "party"),
    UniqueConstraint("document_id", "party_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_id",),
)

quotation_term = table(
    "quotation_term",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("first_price", rate(), nullable=False),
    Column("lead_time_days", quantity()),
    Column("min_lot", quantity()),
    Column("lot_multiple", quantity()),
    CheckConstraint("first_price >= 0", name="first_price"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)

quotation_price = table(
    "quotation_price",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("from_quantity", quantity(), nullable=False),
    Column("unit_price", rate(), nullable=False),
    CheckConstraint("from_quantity > 0", name="from_quantity"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
    UniqueConstraint("document_line_id", "from_quantity"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)

notice_line = table(
    "notice_line",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("lot_code", code()),
    Column("expires_on", Date),
    Column("promised_quantity", quantity(), nullable=False),
    CheckConstraint("promised_quantity >= 0", name="promised_quantity"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)

receipt_check = table(
    "receipt_check",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("order_line_id", "document_line", indexed=True),
    Column("open_quantity", quantity(), nullable=False),
    Column("stated_quantity", quantity()),
    Column("received_quantity", quantity(), nullable=False),
    Column("damaged_quantity", quantity(), nullable=False),
    Column("wrong_quantity", quantity(), nullable=False),
    Column("over_quantity", quantity(), nullable=False),
    Column("promised_quantity", quantity(), nullable=False),
    Column("blind", Boolean, nullable=False),
    UniqueConstraint("document_id", "order_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_id",),
)

claim_line = table(
    "claim_line",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("reason", String(16), nullable=False),
    Column("remedy", String(16), nullable=False),
    CheckConstraint("reason in ('short', 'damaged', 'wrong', 'over', 'defective')", name="reason"),
    CheckConstraint("remedy in ('replacement', 'credit', 'none')", name="remedy"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)

claim_settlement = table(
    "claim_settlement",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("outcome", String(16), nullable=False),
    Column("note", Text),
    Column("settled_on", Date, nullable=False),
    Column("settled_by", key(), nullable=False),
    Column("settled_at", Instant, nullable=False),
    CheckConstraint(
        "outcome in ('replaced', 'credited', 'accepted', 'accepted_in_part', 'refused', 'withdrawn')", name="outcome"
    ),
    UniqueConstraint("document_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_id",),
)

purchasing_policy = table(
    "purchasing_policy",
    identity(),
    reference("supplier_id", "party", optional=True),
    reference("item_id", "item", optional=True, indexed=True),
    Column("over_receipt_rate", rate()),
    Column("over_release_rate", rate()),
    Column("blind_count", Boolean),
    Column("min_remaining_days", Integer),
    Column("price_tolerance_rate", rate()),
    Column("price_tolerance_amount", money()),
    CheckConstraint("over_receipt_rate is null or over_receipt_rate >= 0", name="over_receipt_rate"),
    CheckConstraint("over_release_rate is null or over_release_rate >= 0", name="over_release_rate"),
    CheckConstraint("price_tolerance_rate is null or price_tolerance_rate >= 0", name="price_tolerance_rate"),
    CheckConstraint("price_tolerance_amount is null or price_tolerance_amount >= 0", name="price_tolerance_amount"),
    Index("purchasing_policy_once", text("coalesce(supplier_id, 0)"), text("coalesce(item_id, 0)"), unique=True),
    write_rank=5,
    lookups=("item_id",),
    master=True,
)

subcontract_component = table(
    "subcontract_component",
    identity(),
    reference("order_line_id", "document_line", indexed=True),
    reference("item_id", "item", indexed=True),
    Column("needed_on", Date, nullable=False),
    Column("required_quantity", quantity(), nullable=False),
    Column("expected_quantity", quantity(), nullable=False),
    Column("consumed_quantity", quantity(), nullable=False),
    CheckConstraint("required_quantity > 0", name="required_quantity"),
    CheckConstraint("expected_quantity >= 0", name="expected_quantity"),
    CheckConstraint("consumed_quantity >= 0", name="consumed_quantity"),
    UniqueConstraint("order_line_id", "item_id"),
    write_rank=8,
    lookups=("order_line_id",),
)

component_use = table(
    "component_use",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    reference("component_id", "subcontract_component", indexed=True),
    Column("lot_id", key(), nullable=False),
    Column("expected_quantity", quantity(), nullable=False),
    Column("quantity", quantity(), nullable=False),
    Column("value", money(), nullable=False),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id", "component_id"),
)

budget = table(
    "budget",
    identity(),
    Column("area", String(16), nullable=False),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    reference("category_id", "item_category", optional=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("amount", money(), nullable=False),
    Column("committed_amount", money(), nullable=False),
    Column("active", Boolean, nullable=False),
    CheckConstraint("area = 'purchasing'", name="area"),
    CheckConstraint("ends_on >= starts_on", name="span"),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint("committed_amount >= 0", name="committed_amount"),
    write_rank=5,
    lookups=("code", "area"),
)

budget_commitment = table(
    "budget_commitment",
    identity(),
    reference("budget_id", "budget", indexed=True),
    reference("document_line_id", "document_line", indexed=True),
    Column("amount", money(), nullable=False),
    CheckConstraint("amount <> 0", name="commits_something"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)
