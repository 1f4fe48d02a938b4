"""Budgets of buying: how much may be ordered of an item family in a span of days, and what confirmed orders have committed of it.

What an order commits is written line by line when it is confirmed, and given back as far as it is cancelled or closed short; the
sum stands on the budget, which is locked while an order is judged, so that two orders together stay within it or are asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.approval_rules import BudgetUse
from app.kernel.approvals import families_of
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.commands import purchasing as commands
from schemas.operational import master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.numbers import ZERO, rounded

_AREA: Final = "purchasing"


@handles(commands.PutBudget, permission="company.approvals.write")
def put_budget(ctx: Context, data: commands.PutBudget) -> Outcome:
    """Make or change a budget; what its orders have committed stays, so its span and family are fixed once there are any.

    Raises:
        Refused: it ends before it starts, its amount is not on the minor unit, or orders have drawn on another span or family.
    """
    if data.ends_on < data.starts_on:
        raise Refused("budget_ends_before", field="ends_on", code=data.code, starts=data.starts_on, ends=data.ends_on)
    decimals = ctx.company.currency_decimals
    if rounded(data.amount, decimals) != data.amount:
        raise Refused("amount_minor_unit", field="amount", amount=data.amount, decimals=decimals)
    family = by_code(ctx, master_data.item_category, data.family, "item_category", field="family")
    scope = {"category_id": family.id if family else None, "starts_on": data.starts_on, "ends_on": data.ends_on}
    values = {"name": data.name, "amount": data.amount, "active": data.active}
    row = ctx.uow.one(tables.budget, "code", data.code, lock=True)
    if row is None:
        row = ctx.uow.insert(tables.budget, area=_AREA, code=data.code, committed_amount=ZERO, **scope, **values)
    else:
        if row.committed_amount and any(getattr(row, name) != value for name, value in scope.items()):
            raise Refused("budget_in_use", field="code", code=data.code, committed=row.committed_amount)
        ctx.uow.update(tables.budget, row, **scope, **values)
    return Outcome("receipt.changed", values={"what": "budget", "code": data.code}, data={"id": row.id})


def budgets_of(ctx: Context, order: Row) -> list[BudgetUse]:
    """What the budgets that an order falls under hold, what others have committed, and what it adds, with the budgets locked."""
    added: dict[int, Decimal] = defaultdict(lambda: ZERO)
    found = {}
    for line, budget in _drawn(ctx, order):
        added[budget.id] += line.net_amount
        found[budget.id] = budget
    return [
        BudgetUse(budget.code, budget.amount, budget.committed_amount, added[budget.id])
        for budget in sorted(found.values(), key=lambda row: row.code)
    ]


def commit_budgets(ctx: Context, order: Row) -> None:
    """Note what an order that is confirmed commits of its budgets."""
    for line, budget in _drawn(ctx, order):
        _commit(ctx, budget, line, line.net_amount)


def release_budgets(ctx: Context, lines: Iterable[Row], *, short: bool) -> None:
    """Give back what lines committed: all of it of a cancelled order, the share that will not come of one closed short."""
    lines = list(lines)
    notes = {line.id: ctx.uow.where(tables.budget_commitment, "document_line_id", line.id) for line in lines}
    ctx.uow.many(tables.budget, {row.budget_id for rows in notes.values() for row in rows}, lock=True)
    for line in lines:
        committed: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in notes[line.id]:
            committed[row.budget_id] += row.amount
        for budget_id, amount in sorted(committed.items()):
            kept = ZERO
            if short and line.quantity > 0:
                arrived = min(line.fulfilled_quantity, line.quantity)
                kept = rounded(amount * arrived / line.quantity, ctx.company.currency_decimals)
            _commit(ctx, ctx.uow.need(tables.budget, budget_id, lock=True), line, kept - amount)


def _commit(ctx: Context, budget: Row, line: Row, amount: Decimal) -> None:
    if not amount:
        return
    ctx.uow.insert(tables.budget_commitment, budget_id=budget.id, document_line_id=line.id, amount=amount)
    ctx.uow.update(tables.budget, budget, committed_amount=budget.committed_amount + amount)


def _drawn(ctx: Context, order: Row) -> list[tuple[Row, Row]]:
    """Each line of an order with each budget that it draws on."""
    known = ctx.uow.where(tables.budget, "area", _AREA)
    budgets = [row for row in known if row.active and _spans(row, order.document_on)]
    if not budgets:
        return []
    lines = list(lines_of(ctx, order).values())
    items = ctx.uow.many(master_data.item, {line.item_id for line in lines if line.item_id is not None})
    pairs = []
    for line in lines:
        own = {items[line.item_id].category_id} if line.item_id is not None else set()
        families = families_of(own, lambda category: ctx.uow.need(master_data.item_category, category).parent_id)
        pairs += [(line, row) for row in budgets if row.category_id is None or row.category_id in families]
    locked = {row_id: ctx.uow.need(tables.budget, row_id, lock=True) for row_id in sorted({b.id for _, b in pairs})}
    return [(line, locked[budget.id]) for line, budget in pairs]


def _spans(budget: Row, on: date) -> bool:
    return bool(budget.starts_on <= on <= budget.ends_on)
