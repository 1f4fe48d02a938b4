"""Tables of selling: the changes of a sales order, each with what it changed from and to, line by line; how long lines hold stock.

What a change came from is kept for good, so every former version of an order can be read: take the line as it is and go back
through its changes that took effect. A change that waits for approval stands here alone; the order says what is in force. Its
prices and amounts are in the currency of the order.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, quantity, rate

sales_order_change = table(
    "sales_order_change",
    identity(),
    reference("order_id", "document", indexed=True),
    Column("change_number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_on", Date),
    Column("new_due_on", Date),
    Column("region", code()),
    Column("new_region", code()),
    Column("phone", String(64)),
    Column("new_phone", String(64)),
    Column("address", Text),
    Column("new_address", Text),
    Column("total_amount", money(), nullable=False),
    Column("new_total_amount", money(), nullable=False),
    Column("reserve", Boolean, nullable=False),
    Column("requested_by", key(), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("version", Integer, nullable=False),
    CheckConstraint("state in ('waiting', 'applied', 'rejected', 'withdrawn')", name="state"),
    CheckConstraint("(state = 'applied') = (applied_at is not null)", name="applied_has_instant"),
    UniqueConstraint("order_id", "change_number"),
    write_rank=9,
    lookups=("order_id",),
)

sales_order_change_line = table(
    "sales_order_change_line",
    identity(),
    reference("change_id", "sales_order_change", indexed=True),
    Column("line", Integer, nullable=False),
    reference("line_id", "document_line", optional=True, indexed=True),
    reference("item_id", "item", optional=True),
    reference("unit_id", "unit", optional=True),
    reference("tax_code_id", "tax_code", optional=True),
    Column("quantity", quantity()),
    Column("new_quantity", quantity(), nullable=False),
    Column("new_entered_quantity", quantity()),
    Column("unit_price", rate()),
    Column("new_unit_price", rate(), nullable=False),
    Column("discount_rate", rate()),
    Column("new_discount_rate", rate(), nullable=False),
    Column("net_amount", money()),
    Column("new_net_amount", money(), nullable=False),
    Column("tax_amount", money()),
    Column("new_tax_amount", money(), nullable=False),
    Column("due_on", Date),
    Column("new_due_on", Date),
    CheckConstraint("new_quantity >= 0", name="new_quantity"),
    UniqueConstraint("change_id", "line"),
    write_rank=9,
    lookups=("change_id",),
    fed=False,
)

reservation_term = table(
    "reservation_term",
    Column("id", key(), ForeignKey("document_line.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("expires_on", Date, index=True),
    Column("version", Integer, nullable=False),
    write_rank=9,
    fed=False,
)

ordered_by_form = table(
    "ordered_by_form",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("form_id", "customer_link"),
    Column("ordered_on", Date, nullable=False),
    append_only=True,
    write_rank=9,
    fed=False,
)
Index("ix_ordered_by_form_form_id_ordered_on", ordered_by_form.c.form_id, ordered_by_form.c.ordered_on)
