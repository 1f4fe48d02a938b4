"""Tables of goods that were taken before their receipt was booked: what for, what settled them, and what was brought back.

How much of a line was taken, settled and brought back stands on its `document_line` (quantity, fulfilled, returned); the rows here
say where each part went. None of them is a part of the stock ledger.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import code, quantity

advance_line = table(
    "advance_line",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    reference("item_id", "item", indexed=True),
    Column("purpose", String(16), nullable=False),
    reference("target_line_id", "document_line", optional=True, indexed=True),
    Column("department", String(200)),
    reference("expected_line_id", "document_line", optional=True, indexed=True),
    reference("expected_order_id", "document", optional=True, indexed=True),
    Column("lot_code", code()),
    CheckConstraint("purpose in ('production', 'sale', 'internal_use')", name="purpose"),
    CheckConstraint("(purpose = 'internal_use') = (target_line_id is null)", name="target"),
    CheckConstraint("(purpose = 'internal_use') = (department is not null)", name="department"),
    CheckConstraint("expected_line_id is null or expected_order_id is null", name="one_expectation"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id", "item_id", "target_line_id", "expected_line_id", "expected_order_id"),
)

advance_settlement = table(
    "advance_settlement",
    identity(),
    reference("advance_line_id", "document_line", indexed=True),
    reference("issue_line_id", "document_line", indexed=True),
    reference("receipt_line_id", "document_line", optional=True, indexed=True),
    Column("quantity", quantity(), nullable=False),
    CheckConstraint("quantity <> 0", name="settles_something"),
    append_only=True,
    write_rank=8,
    lookups=("advance_line_id", "issue_line_id", "receipt_line_id"),
)

advance_return = table(
    "advance_return",
    identity(),
    reference("advance_line_id", "document_line", indexed=True),
    Column("quantity", quantity(), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("note", String(400)),
    Column("returned_on", Date, nullable=False),
    CheckConstraint("quantity > 0", name="returns_something"),
    append_only=True,
    write_rank=8,
    lookups=("advance_line_id",),
)
