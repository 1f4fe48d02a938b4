"""A plan in many worlds: the plan is kept, demand and lead times turn out otherwise, and what comes of it is measured.

Each draw carries the plan out as the projection does, with the quantities of demand and the days of orders drawn. Orders that are
placed stay as they are, whatever happens: that is the risk of the plan as it stands, not of a planner who would replan on the way.
Goods that are not there are waited for; what the plan promises for no day is
asked for and never comes. Draws are the same for every scenario.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from planning.mrp.problem import Network, build_problem
from planning.projection import Finances, ProjectionError
from planning.projection.carrying_out import CarryingOut, Course
from planning.projection.events import Events, events_of
from planning.projection.finances import empty_finances
from planning.projection.ledger import Ledger, SilentLedger, rules_from
from planning.projection.method import months_of, opening_of
from planning.result import Plan
from planning.scenarios.applying import applied
from planning.scenarios.model import BASE, Base, Scenario
from planning.scenarios.service import customer_orders
from planning.scenarios.uncertainty import Uncertainty, factors
from planning.scenarios.work import WITHOUT_PLAN, How, planned
from planning.scenarios.workers import run_all
from schemas.planning import QUANTITY_SCALE

DRAWN = ("on_time_share", "late_units", "end_stock", "lowest_cash", "end_cash")
"""What a draw measures: shares and units of customers' orders that leave by their due date, value of stock and cash."""

BLOCK = 25
"""Draws of a scenario that one task does, where planning again costs little."""

PERCENTILES = {"p5": 0.05, "p50": 0.5, "p95": 0.95}


@dataclass(frozen=True)
class Drawing:
    """Some draws of one scenario; a task for a worker."""

    scenario: Scenario
    uncertainty: Uncertainty
    seed: int
    first: int
    last: int

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


def run_draws(drawing: Drawing, base: Base, how: How, _base_plan: Plan | None = None) -> list[tuple[object, ...]]:
    """Rows (scenario, draw, measures in the order of DRAWN) of the draws of a task; none where there is no plan."""
    own = applied(drawing.scenario, base)
    made = planned(own, replace(how, plans=None))
    if made.status in WITHOUT_PLAN:
        return []
    network = build_problem(own.package)
    rows = []
    for draw in range(drawing.first, drawing.last):
        world = (drawing.seed, draw)
        try:
            found = _measured(
                network, own.finances, drawn_events(network, own.finances, made, drawing.uncertainty, world)
            )
        except (
            ProjectionError
        ):  # The scenario is `not_projected`, which its comparison says; goods go their way all the same.
            events = drawn_events(network, own.finances, made, drawing.uncertainty, world)
            found = _measured(network, own.finances, events, posted=False)
        rows.append((drawing.name, draw, *found))
    return rows


def monte_carlo(
    base: Base,
    scenarios: Sequence[Scenario],
    uncertainty: Uncertainty,
    how: How,
    *,
    draws: int,
    seed: int = 0,
    workers: int = 1,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Measure base and scenarios in so many worlds.

    Returns:
        `distribution` (scenario, measure, draws, mean, deviation, p5, p50, p95; percentiles interpolated linearly) and `draws`
        (scenario, draw, the measures of DRAWN). Any number of workers gives the same tables.

    Raises:
        ValueError: draws is below 1.
    """
    if draws < 1:
        message = f"draws is {draws}, it must be 1 or more"
        raise ValueError(message)
    block = BLOCK if how.method == "mrp" else draws
    tasks = [
        Drawing(scenario, uncertainty, seed, first, min(first + block, draws))
        for scenario in (Scenario(BASE), *scenarios)
        for first in range(0, draws, block)
    ]
    rows = [row for found in run_all(tasks, base, how, workers, task=run_draws) for row in found]
    schema = {"scenario": pl.String, "draw": pl.Int32, **dict.fromkeys(DRAWN, pl.Float64)}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return _distribution(table), table


def _distribution(table: pl.DataFrame) -> pl.DataFrame:
    long = table.unpivot(on=list(DRAWN), index=["scenario", "draw"], variable_name="measure").drop_nulls("value")
    value = pl.col("value")
    return long.group_by("scenario", "measure", maintain_order=True).agg(
        pl.len().cast(pl.Int32).alias("draws"),
        value.mean().round(6).alias("mean"),
        value.std().fill_null(0.0).round(6).alias("deviation"),
        *(value.quantile(share, "linear").round(6).alias(name) for name, share in PERCENTILES.items()),
    )


def drawn_events(
    network: Network, finances: Finances | None, plan: Plan, uncertainty: Uncertainty, world: tuple[int, int]
) -> Events:
    """What happens in one world: customers want on their due dates what was drawn, orders take the days that were drawn.

    Args:
        world: seed and number of the draw.
    """
    package = network.package
    events = events_of(network, finances or empty_finances(), plan)
    starts = np.array(network.problem.bucket_start[:-1])
    items, plan_start = package.items.to_list(), package.parameters.plan_start
    units = [10 ** (6 - places) for places in package.table("items")["decimals"].to_list()]
    due = dict(package.table("demand").select("demand", "due_on").iter_rows())
    demand: dict[int, np.ndarray] = {}
    for delivery in (*events.deliveries, *events.unserved):
        if delivery.order is not None:
            continue
        item = delivery.item
        if item not in demand:
            demand[item] = factors(*world, f"demand/{items[item]}", starts.size, uncertainty.of_demand(item))
        delivery.day = max(due[delivery.name], plan_start)
        bucket = int(np.searchsorted(starts, delivery.day - plan_start, side="right")) - 1
        unit, factor = units[item], float(demand[item][bucket])
        if factor != 1.0:
            delivery.quantity = int(delivery.quantity * factor / unit + 0.5) * unit
    events.deliveries = [delivery for delivery in events.deliveries if delivery.quantity > 0]
    leads = package.table("items")["lead_time_days"].to_list()
    for receipt in events.receipts:
        variation = uncertainty.of_lead_time(receipt.item, receipt.supplier)
        if variation > 0:
            factor = float(factors(*world, f"order/{receipt.name}", 1, variation)[0])
            days = receipt.days if receipt.days is not None else leads[receipt.item] / QUANTITY_SCALE
            receipt.day = max(receipt.day + round(days * (factor - 1)), plan_start)
    for making in events.makings:
        variation = 0.0 if making.runs else uncertainty.of_lead_time(making.item, None)
        if variation > 0:
            factor = float(factors(*world, f"order/{making.name}", 1, variation)[0])
            making.days = max(round(making.days * factor), 0)
            making.due = making.release + making.days
    return events


def _measured(
    network: Network, finances: Finances | None, events: Events, *, posted: bool = True
) -> tuple[float | None, ...]:
    """The measures of DRAWN; cash only where there are financial tables and they are posted."""
    package = network.package
    start, month_of = package.parameters.plan_start, months_of(package)
    due = dict(customer_orders(package, finances).select("demand", "due_on").iter_rows())
    wanted = (*events.deliveries, *events.unserved)
    ordered = sum(delivery.quantity for delivery in wanted if delivery.order is None and delivery.name in due)
    if finances is None or not posted:
        ledger: Ledger = SilentLedger({}, frozenset(), month_of)
    else:
        cash_roles = frozenset(finances.tables["roles"].filter("cash")["role"].to_list())
        ledger = Ledger(rules_from(finances.tables["posting_rules"]), cash_roles, month_of)
    money = finances or empty_finances()
    course = CarryingOut(network, money, events, ledger).run()
    on_time = sum(quantity for name, quantity, day in course.shipped if name in due and day <= due[name])
    scale = 10**money.decimals
    stock = sum(pool.value for pool in course.pools) / scale
    lowest, end = (None, None) if finances is None or not posted else _cash(course, finances, start)
    share = on_time / ordered if ordered else None
    return (share, (ordered - on_time) / QUANTITY_SCALE, stock, lowest, end)


def _cash(course: Course, finances: Finances, start: int) -> tuple[float, float]:
    """Lowest and last cash, money."""
    held = sum(amount for role, amount in opening_of(finances).items() if role in course.ledger.cash_roles)
    lowest, changes = None, course.ledger.cash_by_day
    for day in sorted({start, *changes}):
        held += changes.get(day, 0)
        lowest = held if lowest is None else min(lowest, held)
    scale = 10**finances.decimals
    return (lowest or 0) / scale, held / scale
