"""Tables of counting: how often and how exactly each class of items is counted, and what a sheet knows that its counter does not.

A sheet is a document that is made for one place and all places within it; each of its lines names a place, an item, a lot and a
status, and never a quantity. What the books said when the sheet was made and when the line was counted lies here, beside the line.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, quantity, rate

count_class = table(
    "count_class",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("usage_share", rate(), nullable=False),
    Column("days_between", Integer, nullable=False),
    Column("recount_rate", rate(), nullable=False),
    Column("approval_rate", rate(), nullable=False),
    Column("approval_value", money(), nullable=False),
    CheckConstraint("usage_share > 0", name="usage_share"),
    CheckConstraint("days_between > 0", name="days_between"),
    CheckConstraint("recount_rate >= 0", name="recount_rate"),
    CheckConstraint("approval_rate >= 0", name="approval_rate"),
    CheckConstraint("approval_value >= 0", name="approval_value"),
    write_rank=2,
    lookups=("code",),
    master=True,
)

count_sheet = table(
    "count_sheet",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("location_id", "location"),
    write_rank=8,
    fed=False,
)

count_line = table(
    "count_line",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("document_line_id", "document_line", indexed=True),
    reference("count_class_id", "count_class"),
    Column("owner_id", key(), nullable=False),
    Column("status", String(16), nullable=False),
    Column("snapshot_quantity", quantity(), nullable=False),
    Column("book_quantity", quantity()),
    Column("counted_quantity", quantity()),
    Column("first_quantity", quantity()),
    Column("unit_cost", rate()),
    Column("counted_by", key()),
    Column("counted_at", Instant),
    Column("times_counted", Integer, nullable=False),
    Column("recount", Integer, nullable=False),
    Column("reason", String(32)),
    CheckConstraint("counted_quantity >= 0", name="counted_quantity"),
    CheckConstraint("(counted_quantity is null) = (times_counted = 0)", name="counted_or_not"),
    CheckConstraint("(counted_quantity is null) = (book_quantity is null)", name="book_when_counted"),
    CheckConstraint("recount in (0, 1)", name="recount"),
    UniqueConstraint("document_line_id"),
    write_rank=8,
    lookups=("document_id",),
    fed=False,
)
