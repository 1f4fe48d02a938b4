"""Keeps what each item's stock was at the end of a period that is locked, so that a past day is never added up from the first move.

The figures are derived: those of the period before and the moves in between. They hold while the period is locked at the position
they name. A period that is opened again and locked anew gets new rows; the old ones are left behind.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, case, func, literal, select, union_all

from app.kernel.bus import Context
from schemas.facts import PeriodLocked
from schemas.operational import inventory as tables
from schemas.operational import ledger, master_data
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import STOCKED_KINDS

_FIRST_DAY: Final = date.min


def keep_period_stock(ctx: Context, fact: PeriodLocked) -> None:
    """Keep the stock of every item at the end of a period that was just locked."""
    period = ctx.uow.need(ledger.fiscal_period, fact.period_id)
    connection = ctx.uow.connection
    before = locked_before(connection, period.starts_on)
    start = _FIRST_DAY if before is None else before[2]
    for kept in connection.execute(stock_after(before, start, period.ends_on)).mappings():
        ctx.uow.insert(
            tables.stock_period,
            period_id=period.id,
            locked_at_position=fact.position,
            item_id=kept["item_id"],
            quantity=kept["quantity"],
            value=kept["value"],
        )


def locked_before(connection: Connection, day: date) -> tuple[int, int, date] | None:
    """The last locked period that ended before a day: its id, the position it is locked at, and its last day."""
    period = ledger.fiscal_period
    query = (
        select(period.c.id, period.c.locked_at_position, period.c.ends_on)
        .where(period.c.state == "locked", period.c.ends_on < day)
        .order_by(period.c.ends_on.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1], row[2])


def stock_after(kept: tuple[int, int, date] | None, after: date, until: date) -> Select[*tuple[Any, ...]]:
    """Item, quantity and value at the end of `until`: what was kept of a period, and the moves after `after`."""
    parts = [moved(after, until)]
    if kept is not None:
        rows = tables.stock_period
        parts.append(
            select(rows.c.item_id, rows.c.quantity, rows.c.value).where(
                rows.c.period_id == kept[0], rows.c.locked_at_position == kept[1]
            )
        )
    return added_up(parts)


def stock_before(after: date) -> Select[*tuple[Any, ...]]:
    """Item, quantity and value at the end of `after`: what there is now, less what moved later."""
    held, later = tables.item_value, moved(after, date.max).subquery()
    return added_up(
        [
            select(held.c.item_id, held.c.quantity, held.c.value),
            select(
                later.c.item_id,
                (literal(ZERO, tables.stock_move.c.quantity.type) - later.c.quantity).label("quantity"),
                (literal(ZERO, tables.stock_move.c.value.type) - later.c.value).label("value"),
            ),
        ]
    )


def moved(after: date, until: date) -> Select[*tuple[Any, ...]]:
    """What of our own came to each item's stock and left it in the days after one until another, as quantity and value."""
    move = tables.stock_move
    start, end = master_data.location.alias("start"), master_data.location.alias("end")
    nothing = literal(ZERO, move.c.quantity.type)
    change = case((end.c.kind.in_(STOCKED_KINDS), move.c.quantity), else_=nothing) - case(
        (start.c.kind.in_(STOCKED_KINDS), move.c.quantity), else_=nothing
    )
    return (
        select(move.c.item_id, func.sum(change).label("quantity"), func.sum(move.c.value).label("value"))
        .join(start, start.c.id == move.c.from_location_id)
        .join(end, end.c.id == move.c.to_location_id)
        .where(move.c.owner_id == 0, move.c.posted_on > after, move.c.posted_on <= until)
        .group_by(move.c.item_id)
    )


def added_up(parts: list[Select[*tuple[Any, ...]]]) -> Select[*tuple[Any, ...]]:
    """The sum of several selects of item, quantity and value, items with nothing left out."""
    both = union_all(*parts).subquery()
    quantity, value = func.sum(both.c.quantity), func.sum(both.c.value)
    return (
        select(both.c.item_id, quantity.label("quantity"), value.label("value"))
        .group_by(both.c.item_id)
        .having((quantity != ZERO) | (value != ZERO))
    )
