"""A plan, its package and the financial tables in; the projected statements out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from planning.mrp.problem import build_problem
from planning.package import Package
from planning.projection.amounts import minor
from planning.projection.carrying_out import CarryingOut, Course
from planning.projection.events import events_of
from planning.projection.finances import Finances
from planning.projection.forms import form_of
from planning.projection.ledger import Ledger, rules_from
from planning.projection.statements import (
    Balances,
    as_money,
    balance_sheet,
    balances_of,
    cash_flow,
    income_statement,
    month_start,
    trial_balance,
)
from planning.result import Plan
from schemas.planning import DAY_ZERO

PROJECTED = ("trial_balance", "income_statement", "balance_sheet", "cash_flow", "cash", "stock_value")
"""Tables of a projection, by month; `cash` by day on which it moves."""


@dataclass(frozen=True)
class Projection:
    """Statements of a plan.

    Attributes:
        tables: all of PROJECTED; money DECIMAL(38, decimals of the currency), quantities DECIMAL(38, 6).
        notices: what a reader must know of them.
    """

    tables: Mapping[str, pl.DataFrame]
    notices: tuple[str, ...]


def project(package: Package, finances: Finances, plan: Plan) -> Projection:
    """Carry a plan out on paper and lay out what the books would say.

    Args:
        package: what was planned.
        finances: the financial tables beside it.
        plan: the plan, by any method.

    Raises:
        ProjectionError: the posting rules lack a fact or do not balance, or a role has no line.

    Source: the posting rules of the books (table `posting_rules`); direct method of the cash flow statement, IAS 7.18(a).
    """
    network = build_problem(package)
    events = events_of(network, finances, plan)
    start, month_of = package.parameters.plan_start, months_of(package)
    roles = finances.tables["roles"]
    cash_roles = frozenset(roles.filter("cash")["role"].to_list())
    ledger = Ledger(rules_from(finances.tables["posting_rules"]), cash_roles, month_of)
    running = CarryingOut(network, finances, events, ledger)
    worth = _worth(running.course)
    course = running.run()
    opening = opening_of(finances)
    balances = balances_of(course, finances, opening)
    _assert_stock(course, balances, worth)
    form = form_of(finances)
    tables = {
        "trial_balance": trial_balance(balances, finances),
        "income_statement": income_statement(balances, form, finances),
        "balance_sheet": balance_sheet(balances, form, finances),
        "cash_flow": cash_flow(balances, course, form, finances),
        "cash": _cash(course, balances, finances, start),
        "stock_value": _stock_value(course, balances, package, finances),
    }
    return Projection(tables, tuple(_notices(course, events, worth, opening)))


def months_of(package: Package) -> dict[int, int]:
    """The number of the month, year x 12 + month - 1, of every day of the plan."""
    start = package.parameters.plan_start
    days = [DAY_ZERO + timedelta(days=start + at) for at in range(package.parameters.horizon_days)]
    return {start + at: day.year * 12 + day.month - 1 for at, day in enumerate(days)}


def opening_of(finances: Finances) -> dict[str, int]:
    """Opening balances by role, minor units, debit positive."""
    rows = finances.tables["opening_balances"].select("role", "debit", "credit").iter_rows()
    return {role: minor(debit, finances.decimals) - minor(credit, finances.decimals) for role, debit, credit in rows}


def _worth(course: Course) -> dict[str, int]:
    """What stock is worth by role, minor units."""
    worth: dict[str, int] = {}
    for pool, role in zip(course.pools, course.roles, strict=True):
        worth[role] = worth.get(role, 0) + pool.value
    return worth


def _assert_stock(course: Course, balances: Balances, before: dict[str, int]) -> None:
    """The stock accounts moved by exactly what the goods' value did."""
    after = _worth(course)
    for role in {*before, *after}:
        if (balances.months[0], role) in balances.rows:
            moved = balances.closing(balances.months[-1], role) - balances.rows[balances.months[0], role][0]
            assert moved == after.get(role, 0) - before.get(role, 0), (role, moved)


def _cash(course: Course, balances: Balances, finances: Finances, start: int) -> pl.DataFrame:
    """Cash at the end of every day on which it moved, the first day always."""
    held, rows = balances.cash(balances.months[0], 0), []
    changes = course.ledger.cash_by_day
    for day in sorted({start, *changes}):
        held += changes.get(day, 0)
        rows.append((day, changes.get(day, 0), held))
    frame = pl.DataFrame(rows, schema={"day": pl.Int32, "change": pl.Int128, "balance": pl.Int128}, orient="row")
    money = (as_money(name, finances.decimals) for name in ("change", "balance"))
    return frame.with_columns(pl.col("day").cast(pl.Date), *money)


def _stock_value(course: Course, balances: Balances, package: Package, finances: Finances) -> pl.DataFrame:
    """Quantity and value of every item at the end of each month; items that are never there are left out."""
    rows: list[tuple[Any, ...]] = []
    names, held = package.items.to_list(), [(0, 0)] * len(course.pools)
    for month in balances.months:
        held = course.month_ends.get(month, held)
        rows += [(month_start(month), name, *pair) for name, pair in zip(names, held, strict=True) if any(pair)]
    schema = {"month": pl.Date, "item": pl.String, "quantity": pl.Int128, "value": pl.Int128}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(as_money("quantity", 6), as_money("value", finances.decimals))


def _notices(course: Course, events: Any, worth: dict[str, int], opening: dict[str, int]) -> list[str]:
    found = []
    if events.unpriced_sales:
        found.append(f"{events.unpriced_sales} deliveries have no price and bring no revenue")
    if events.unpriced_purchases:
        found.append(f"{events.unpriced_purchases} purchases have no price and cost nothing")
    if course.waited:
        found.append(f"{course.waited} times an issue or a delivery waited for goods that the plan wanted earlier")
    if course.undone:
        first = ", ".join(course.undone[:3])
        found.append(f"{len(course.undone)} orders and deliveries are not done by the end of the horizon: {first}")
    for role, value in sorted(worth.items()):
        if opening and value != opening.get(role, 0):
            difference = opening.get(role, 0) - value
            found.append(
                f"{role} has {difference} minor units more in the books than its items are worth; they stay there"
            )
    return found
