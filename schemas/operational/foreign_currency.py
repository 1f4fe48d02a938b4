"""What documents of a foreign currency say in it, beside the company's amounts that every document carries.

A document, a line, the fee of a repair, an open item, a settlement and a prepayment of a foreign currency have a row here under
their own id; one of the company's currency has none. What an open item was worth at a month end stands in a line of its
revaluation. The books are in the company's currency alone. See decision 0034.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import key, money, rate


def _same_as(target: str) -> Column[int]:
    return Column("id", key(), ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED"), primary_key=True)


foreign_document = table(
    "foreign_document",
    _same_as("document"),
    Column("currency", String(3), nullable=False),
    Column("exchange_rate", rate(), nullable=False),
    Column("net_amount", money(), nullable=False),
    Column("tax_amount", money(), nullable=False),
    Column("total_amount", money(), nullable=False),
    CheckConstraint("exchange_rate > 0", name="exchange_rate"),
    CheckConstraint("total_amount = net_amount + tax_amount", name="total_amount"),
    write_rank=9,
)

foreign_line = table(
    "foreign_line",
    _same_as("document_line"),
    Column("unit_price", rate(), nullable=False),
    Column("net_amount", money(), nullable=False),
    Column("tax_amount", money(), nullable=False),
    Column("net_at_order_rate", money(), nullable=False),
    write_rank=9,
    fed=False,
)

foreign_repair = table(
    "foreign_repair",
    _same_as("repair_order"),
    Column("diagnosis_fee", money(), nullable=False),
    CheckConstraint("diagnosis_fee >= 0", name="diagnosis_fee"),
    write_rank=9,
    fed=False,
)

foreign_item = table(
    "foreign_item",
    _same_as("open_item"),
    Column("currency", String(3), nullable=False),
    Column("amount", money(), nullable=False),
    Column("open_amount", money(), nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint(
        "(amount > 0 and open_amount >= 0 and open_amount <= amount)"
        " or (amount < 0 and open_amount <= 0 and open_amount >= amount)",
        name="open_amount",
    ),
    write_rank=9,
    fed=False,
)

foreign_settlement = table(
    "foreign_settlement",
    _same_as("settlement"),
    Column("amount", money(), nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    append_only=True,
    write_rank=9,
    fed=False,
)

revaluation_line = table(
    "revaluation_line",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("open_item_id", "open_item", indexed=True),
    Column("exchange_rate", rate(), nullable=False),
    Column("open_amount", money(), nullable=False),
    Column("carried_amount", money(), nullable=False),
    Column("valued_amount", money(), nullable=False),
    Column("booked_before", money(), nullable=False),
    Column("difference", money(), nullable=False),
    CheckConstraint("exchange_rate > 0 or open_amount = 0", name="exchange_rate"),
    CheckConstraint("difference = valued_amount - carried_amount - booked_before", name="difference"),
    UniqueConstraint("document_id", "open_item_id"),
    append_only=True,
    write_rank=9,
    lookups=("document_id", "open_item_id"),
    fed=False,
)

foreign_prepayment = table(
    "foreign_prepayment",
    _same_as("order_prepayment"),
    Column("currency", String(3), nullable=False),
    Column("amount", money(), nullable=False),
    Column("open_amount", money(), nullable=False),
    CheckConstraint("amount > 0 and open_amount >= 0 and open_amount <= amount", name="open_amount"),
    write_rank=9,
    fed=False,
)
