"""The one header and the one line that every business document has.

A kind adds no table of its own: an order, a receipt and an invoice differ in which columns they fill and in what posting
them does. The chain from order to payment is therefore one walk over `source_line_id` and `document_link`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, quantity, rate

document = table(
    "document",
    identity(),
    Column("kind", String(32), nullable=False),
    Column("number", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    reference("party_id", "party", optional=True, indexed=True),
    reference("site_id", "site", optional=True),
    reference("item_id", "item", optional=True, indexed=True),
    Column("quantity", quantity()),
    Column("fulfilled_quantity", quantity(), nullable=False),
    Column("document_on", Date, nullable=False),
    Column("due_on", Date),
    Column("start_on", Date),
    Column("posted_on", Date),
    Column("currency", String(3), nullable=False),
    Column("exchange_rate", rate(), nullable=False),
    Column("net_amount", money(), nullable=False),
    Column("tax_amount", money(), nullable=False),
    Column("total_amount", money(), nullable=False),
    Column("channel", code()),
    Column("external_number", String(100), index=True),
    Column("priority", Integer),
    Column("incoterm", String(3)),
    Column("incoterm_place", String(200)),
    Column("reason_code", String(32)),
    Column("note", Text),
    Column("caused_by", String(100)),
    reference("reverses_id", "document", optional=True),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("kind", "number"),
    CheckConstraint("fulfilled_quantity >= 0", name="fulfilled_quantity"),
    CheckConstraint("posted_on is not null or state not in ('posted', 'reversed')", name="posted_has_date"),
    write_rank=8,
    lookups=("reverses_id",),
)
Index("ix_document_kind_document_on", document.c.kind, document.c.document_on)
Index("ix_document_reverses_id", document.c.reverses_id)

document_line = table(
    "document_line",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("line", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    reference("item_id", "item", optional=True, indexed=True),
    Column("description", String(400)),
    Column("quantity", quantity(), nullable=False),
    reference("unit_id", "unit", optional=True),
    Column("entered_quantity", quantity()),
    Column("unit_price", rate(), nullable=False),
    Column("discount_rate", rate(), nullable=False),
    reference("tax_code_id", "tax_code", optional=True),
    Column("net_amount", money(), nullable=False),
    Column("tax_amount", money(), nullable=False),
    reference("source_line_id", "document_line", optional=True, indexed=True),
    reference("location_id", "location", optional=True),
    reference("to_location_id", "location", optional=True),
    reference("supplier_id", "party", optional=True),
    Column("lot_id", key(), nullable=False),
    Column("due_on", Date),
    Column("promised_on", Date),
    Column("reserved_quantity", quantity(), nullable=False),
    Column("fulfilled_quantity", quantity(), nullable=False),
    Column("invoiced_quantity", quantity(), nullable=False),
    Column("invoiced_amount", money(), nullable=False),
    Column("returned_quantity", quantity(), nullable=False),
    Column("creditable_quantity", quantity(), nullable=False),
    Column("credited_quantity", quantity(), nullable=False),
    Column("stock_value", money(), nullable=False),
    Column("closed", Boolean, nullable=False),
    CheckConstraint("reserved_quantity >= 0", name="reserved_quantity"),
    CheckConstraint("fulfilled_quantity >= 0", name="fulfilled_quantity"),
    CheckConstraint("invoiced_quantity >= 0", name="invoiced_quantity"),
    CheckConstraint("returned_quantity >= 0", name="returned_quantity"),
    CheckConstraint("creditable_quantity >= 0", name="creditable_quantity"),
    CheckConstraint("credited_quantity >= 0", name="credited_quantity"),
    CheckConstraint("kind in ('item', 'charge', 'component', 'product', 'labour')", name="kind"),
    UniqueConstraint("document_id", "line"),
    write_rank=7,
    lookups=("document_id", "source_line_id"),
)

document_link = table(
    "document_link",
    identity(),
    reference("from_id", "document", indexed=True),
    reference("to_id", "document", indexed=True),
    Column("kind", String(16), nullable=False),
    UniqueConstraint("from_id", "to_id", "kind"),
    append_only=True,
    write_rank=8,
    lookups=("from_id", "to_id"),
)
