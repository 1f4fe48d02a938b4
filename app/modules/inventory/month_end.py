"""Month-end weighted average (月末一次加权平均): what each issue of a period should have cost, and what is booked.

Through the period an issue leaves at the average of the moment, which is provisional. The closing takes what was there at the
beginning and what came in, divides the value by the quantity, and gives every issue of the period that average; what rounding
leaves goes to the largest issue. What came in keeps its own value. What takes back an issue of the same period counts as an issue
less; of an earlier period it comes in at the cost that it left at. Periods after the closed one follow, because they begin with
what it leaves. The differences are booked by `app/modules/production/cost_closing.py`; nothing that was posted is changed. See
decision 0010.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, case, func, select

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import documents, ledger, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import STOCKED_KINDS


@dataclass(frozen=True)
class Adjustment:
    """By how much the stock value of a posted move must change, in which period, and by what date."""

    move: Row
    change: Decimal
    period_id: int
    posted_on: date


def period_costs(
    pool_quantity: Decimal, pool_value: Decimal, issued: Sequence[Decimal], decimals: int
) -> list[Decimal]:
    """Give each issue of a period the average cost of what was there and came in.

    Args:
        pool_quantity: opening quantity and receipts, > 0.
        pool_value: their value, on the minor unit.
        issued: quantity of each issue, length N >= 1; negative where an issue of the period was taken back.
        decimals: digits of the currency's minor unit.

    Returns:
        The cost of each issue, on the minor unit. Together they leave the rest of the pool at the average, and nothing without
        goods.

    Source: month-end weighted average, domain facts 4, worked case VAL-23.

    >>> D = Decimal
    >>> period_costs(D(300), D("3400.00"), [D(100), D(150)], 2)
    [Decimal('1133.33'), Decimal('1700.00')]
    >>> period_costs(D(3), D("10.00"), [D(1), D(2)], 2)
    [Decimal('3.33'), Decimal('6.67')]
    """
    left = pool_quantity - sum(issued, ZERO)
    total = pool_value if left == 0 else pool_value - rounded(pool_value * left / pool_quantity, decimals)
    costs = [rounded(pool_value * quantity / pool_quantity, decimals) for quantity in issued]
    largest = max(range(len(issued)), key=lambda index: abs(issued[index]))
    costs[largest] += total - sum(costs, ZERO)
    return costs


@dataclass
class _Pool:
    """An item on its way through the periods: what it holds, and what each move should be worth by now."""

    quantity: Decimal
    value: Decimal
    targets: dict[int, Decimal] = field(default_factory=dict)
    followed: dict[int, tuple[Decimal, Decimal]] = field(default_factory=lambda: defaultdict(lambda: (ZERO, ZERO)))


def differences(ctx: Context, last: Row) -> list[Adjustment]:
    """Compare what every issue should have cost with what is booked, from the first open period on.

    Args:
        ctx: the running command, whose items are locked by this.
        last: the period that is being closed; where an earlier one is still open, it comes first.

    Returns:
        The adjustments of all open periods up to now, periods in order; none for a move that is booked right.

    Raises:
        Refused: issues are dated before the goods came in, so that the averages leave value without goods.
    """
    items = set(ctx.uow.connection.execute(_valued_items()).scalars())
    if not items:
        return []
    ctx.uow.many(tables.item_value, sorted(items), lock=True)
    periods = _open_periods(ctx, last)
    start = periods[0].starts_on
    openings = _openings(ctx, start)
    moves = _moves(ctx, start)
    found: list[Adjustment] = []
    pools = {item_id: _Pool(*openings.get(item_id, (ZERO, ZERO))) for item_id in items}
    for period in periods:
        for item_id in sorted(items):
            own = [move for move in moves.get(item_id, ()) if period.starts_on <= move.posted_on <= period.ends_on]
            found += _of_period(pools[item_id], own, period, last, ctx.company.currency_decimals)
    for item_id, pool in sorted(pools.items()):
        if pool.value < 0 or (pool.quantity == 0 and pool.value != 0):
            item = ctx.uow.need(master_data.item, item_id)
            raise Refused("costs_out_of_order", item=item.code)
    return found


def _valued_items() -> Any:
    """Selects the ids of the items that are valued by month-end average."""
    item, category = master_data.item.c, master_data.item_category.c
    return (
        select(item.id)
        .join(master_data.item_category, category.id == item.category_id)
        .where(category.valuation_method == ValuationMethod.MONTH_END_AVERAGE.value)
    )


def _open_periods(ctx: Context, last: Row) -> list[Row]:
    period = ledger.fiscal_period
    query = select(*period.c).where(period.c.state == "open").order_by(period.c.starts_on)
    rows = [Row(row) for row in ctx.uow.connection.execute(query).mappings()]
    assert any(row.id == last.id for row in rows), last.code
    return rows


_STOCKED: Final = [kind.value for kind in STOCKED_KINDS]
_BACK_FROM: Final = (DocumentKind.CUSTOMER_RETURN.value, DocumentKind.MATERIAL_RETURN.value)
_START = master_data.location.alias("start")
_END = master_data.location.alias("end")


def _openings(ctx: Context, start: date) -> dict[int, tuple[Decimal, Decimal]]:
    """Quantity and value of items at the beginning of a day."""
    move = tables.stock_move
    query = (
        select(
            move.c.item_id,
            func.sum(case((_END.c.kind.in_(_STOCKED), move.c.quantity))).label("arrived"),
            func.sum(case((_START.c.kind.in_(_STOCKED), move.c.quantity))).label("gone"),
            func.sum(move.c.value).label("value"),
        )
        .join(_START, _START.c.id == move.c.from_location_id)
        .join(_END, _END.c.id == move.c.to_location_id)
        .where(move.c.owner_id == 0, move.c.item_id.in_(_valued_items()), move.c.posted_on < start)
        .group_by(move.c.item_id)
    )
    rows = ctx.uow.connection.execute(query)
    return {row.item_id: ((row.arrived or ZERO) - (row.gone or ZERO), row.value) for row in rows}


def _moves(ctx: Context, start: date) -> dict[int, list[Row]]:
    """The moves of items from a day on, what takes another back after it.

    Each has `booked`, its value with every adjustment so far, and `takes_back`, the id of the move that it undoes wholly or in
    part.
    """
    rows = [Row(row) for row in ctx.uow.connection.execute(_move_query(start)).mappings()]
    by_id = {row.id: row for row in rows}
    for row in rows:
        row["booked"] = row.value
        row["takes_back"] = row.reverses_id or row.returned_id
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.adjusts_id in by_id:
            by_id[row.adjusts_id]["booked"] += row.value
        else:
            original = by_id.get(row.takes_back)
            row["taken_back_quantity"] = original.quantity if original is not None else None
            found[row.item_id].append(row)
    for item_moves in found.values():
        item_moves.sort(key=lambda row: (_depth(row, by_id), row.id))
    return found


def _depth(move: Row, by_id: dict[int, Row]) -> int:
    """How many moves a move takes back one behind the other: ids alone do not tell what came first on PostgreSQL."""
    depth = 0
    while (before := by_id.get(move.takes_back)) is not None:
        move, depth = before, depth + 1
    return depth


def _move_query(start: date) -> Any:
    move, document, line = tables.stock_move, documents.document, documents.document_line
    shipped, original = documents.document_line.alias("shipped"), tables.stock_move.alias("original")
    return (
        select(
            *move.c,
            document.c.kind,
            _START.c.kind.in_(_STOCKED).label("leaves"),
            _END.c.kind.in_(_STOCKED).label("arrives"),
            original.c.id.label("returned_id"),
        )
        .join(document, document.c.id == move.c.document_id)
        .join(_START, _START.c.id == move.c.from_location_id)
        .join(_END, _END.c.id == move.c.to_location_id)
        .outerjoin(
            line,
            and_(line.c.id == move.c.document_line_id, document.c.kind.in_(_BACK_FROM)),
        )
        .outerjoin(shipped, shipped.c.id == line.c.source_line_id)
        .outerjoin(
            original,
            and_(original.c.document_id == shipped.c.document_id, original.c.document_line_id == shipped.c.id),
        )
        .where(move.c.owner_id == 0, move.c.item_id.in_(_valued_items()), move.c.posted_on >= start)
    )


def _of_period(pool: _Pool, moves: Sequence[Row], period: Row, last: Row, decimals: int) -> list[Adjustment]:
    """Take an item through one period, and return what must be adjusted in it.

    Where more is issued by date than was there, the period has no average, and its issues stay as they are booked.
    """
    here = {move.id for move in moves}
    issues: list[tuple[Row, Decimal]] = []
    averaged: dict[int, bool] = {}
    for move in moves:
        if move.leaves == move.arrives and move.quantity > 0:
            continue
        _sort_move(pool, move, here, issues, averaged, decimals)
    quantities = [quantity for _, quantity in issues]
    if issues and pool.quantity > 0 and pool.value >= 0 and sum(quantities, ZERO) <= pool.quantity:
        costs = period_costs(pool.quantity, pool.value, quantities, decimals)
    else:
        costs = [-move.booked for move, _ in issues]
    for (move, quantity), cost in zip(issues, costs, strict=True):
        pool.targets[move.id] = -cost
        pool.quantity, pool.value = pool.quantity - quantity, pool.value - cost
        _note_followed(pool, move, -cost)
    day = period.ends_on if period.starts_on <= last.starts_on else max((m.posted_on for m in moves), default=None)
    return [
        Adjustment(move, pool.targets[move.id] - move.booked, period.id, day)
        for move in moves
        if day is not None and pool.targets.get(move.id, move.booked) != move.booked
    ]


def _sort_move(
    pool: _Pool,
    move: Row,
    here: set[int],
    issues: list[tuple[Row, Decimal]],
    averaged: dict[int, bool],
    decimals: int,
) -> None:
    """Put a move into the pool at its own value or at that of what it takes back, or among the issues that the average is for."""
    goes_out = bool(move.leaves and not move.arrives)
    same_period = move.takes_back in here
    quantity = ZERO if move.quantity == 0 else -move.quantity if goes_out else move.quantity
    at_average = goes_out
    if same_period:
        at_average = averaged.get(move.takes_back, False)
    averaged[move.id] = at_average
    if at_average:
        issues.append((move, -quantity))
        return
    value = move.booked
    if same_period or move.takes_back in pool.targets:
        value = _followed_value(pool, move, decimals)
    pool.targets[move.id] = value
    pool.quantity, pool.value = pool.quantity + quantity, pool.value + value
    _note_followed(pool, move, value)


def _followed_value(pool: _Pool, move: Row, decimals: int) -> Decimal:
    """What a move is worth that takes back another, wholly or in part: the last part takes the rest."""
    target, whole = pool.targets[move.takes_back], move.taken_back_quantity
    before, worth = pool.followed[move.takes_back]
    upto = before + move.quantity
    return (-target if upto == whole else rounded(-target * upto / whole, decimals)) - worth


def _note_followed(pool: _Pool, move: Row, value: Decimal) -> None:
    if move.takes_back is not None:
        before, worth = pool.followed[move.takes_back]
        pool.followed[move.takes_back] = (before + move.quantity, worth + value)
