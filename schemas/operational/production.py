"""Table of production: the value that stands in process, by production order."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column

from schemas.operational.base import table
from schemas.operational.types import key, money, quantity

order_in_process = table(
    "order_in_process",
    Column("document_id", key(), primary_key=True, autoincrement=False),
    Column("input_value", money(), nullable=False),
    Column("output_value", money(), nullable=False),
    Column("settled_value", money(), nullable=False),
    Column("completed_quantity", quantity(), nullable=False),
    Column("scrapped_quantity", quantity(), nullable=False),
    CheckConstraint("completed_quantity >= 0 and scrapped_quantity >= 0", name="quantities"),
    write_rank=6,
)
