"""Tables of repairs: the customer's piece beside its order, what its labour costs, who bore what it cost, and what was taken out.

The piece stays the customer's, so nothing of it stands in stock: where it is and since when are facts of the repair.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, String, Text

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, key, money, quantity, rate

repair_order = table(
    "repair_order",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("case_line_id", "document_line", indexed=True),
    Column("lot_id", key(), nullable=False, index=True),
    Column("received_on", Date, nullable=False),
    Column("received_at", String(200)),
    Column("accessories", String(400)),
    Column("warranty_until", Date),
    Column("diagnosis", Text),
    Column("diagnosis_fee", money(), nullable=False),
    reference("fee_tax_code_id", "tax_code", optional=True),
    Column("answered_on", Date),
    Column("answered_by", String(200)),
    Column("report", Text),
    Column("returned_on", Date),
    Column("handed_to", String(200)),
    Column("carrier_name", String(200)),
    Column("tracking_number", String(100)),
    Column("version", Integer, nullable=False),
    CheckConstraint("diagnosis_fee >= 0", name="diagnosis_fee"),
    CheckConstraint("returned_on >= received_on", name="returned_on"),
    write_rank=9,
    lookups=("case_line_id", "lot_id"),
)

repair_labour = table(
    "repair_labour",
    Column("id", key(), ForeignKey("document_line.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("work_center_id", "work_center", optional=True),
    Column("cost_per_hour", rate(), nullable=False),
    CheckConstraint("cost_per_hour >= 0", name="cost_per_hour"),
    write_rank=9,
    fed=False,
)

repair_cost = table(
    "repair_cost",
    Column("id", key(), ForeignKey("document_line.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("customer_cost", money(), nullable=False),
    Column("warranty_cost", money(), nullable=False),
    append_only=True,
    write_rank=9,
)

removed_part = table(
    "removed_part",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    reference("item_id", "item", indexed=True),
    Column("lot_id", key(), nullable=False, index=True),
    Column("serial", String(64)),
    Column("quantity", quantity(), nullable=False),
    Column("whereabouts", String(16), nullable=False),
    Column("note", Text),
    Column("removed_on", Date, nullable=False),
    Column("superseded", Boolean, nullable=False),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("whereabouts in ('kept', 'scrapped', 'given_back', 'to_supplier')", name="whereabouts"),
    CheckConstraint("quantity > 0", name="quantity"),
    write_rank=9,
    lookups=("document_line_id", "lot_id"),
    fed=False,
)
