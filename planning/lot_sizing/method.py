"""Method `optimize`: a package in, the contract's tables and a bounded summary out.

The plan works in whole buckets; its quantities are exact in the items' decimals. Where rounding takes more minutes than
a resource has, those minutes are taken from its capacity and quantities are settled again under the same orders. The
status is `optimal` only when the search ended by proof. What cannot be planned is answered with reasons as shortage
alerts and no orders: `infeasible` where that is proved, `no_plan_found` where the time was too short to know. The
independent check of the result is `planning.verify`.
"""

import math
import os
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import polars as pl

from planning.lot_sizing.exact import NOISE, ExactPlan, exact_plan
from planning.lot_sizing.formulation import ABSENT, formulate
from planning.lot_sizing.from_package import PHANTOM, PackagedProblem, problem_from_package
from planning.lot_sizing.optimize import Outcome, optimize
from planning.lot_sizing.pegging import peg
from planning.lot_sizing.problem import CostSplit, LotSizingPlan, LotSizingProblem
from planning.lot_sizing.tables import (
    Delivery,
    alerts,
    deliveries_of,
    frame,
    labels_of,
    low_level_codes,
    mrp_records,
    operations,
    planned_orders,
    promises,
)
from planning.mrp.limits import QuantityLimitError, without_enormous
from planning.package import Package
from planning.result import Plan
from planning.solvers.mathopt import Engine, Status, relative_gap, solve
from planning.verify import check
from schemas.planning import OUTPUT_TABLES, QUANTITY_SCALE

MINUTES_TOLERANCE = 1e-2
SETTLE_ROUNDS = 8
DEFAULT_SECONDS = 60.0
NO_PLAN_FOUND = "no_plan_found"


@dataclass(frozen=True)
class OptimizedPlan:
    """Output tables by name, the summary, and seconds by phase."""

    tables: dict[str, pl.DataFrame]
    summary: dict[str, object]
    seconds: dict[str, float]


def plan_optimize(package: Package, *, seconds: float | None = None, seed: int = 0, threads: int | None = None) -> Plan:
    """Plan a package and have the plan checked; arguments as in `optimize_package`.

    Returns:
        The plan; where the independent checker refuses it, `no_plan_found` with its findings and no orders.
    """
    package = without_enormous(package)
    found = optimize_package(
        package, seconds=seconds or DEFAULT_SECONDS, seed=seed, threads=threads or os.cpu_count() or 1
    )
    since = perf_counter()
    settings = {name: value for name, value in vars(package.parameters).items() if value is not None}
    settings["plan_start"] = package.parameters.plan_start_date
    frame_of = pl.DataFrame({"key": list(settings), "value": [str(value) for value in settings.values()]})
    findings = check({**package.tables, "parameters": frame_of}, found.tables, "optimize", summary=found.summary)
    tables, summary = found.tables, found.summary
    if findings:
        reasons = ["the independent check refused the plan", *(str(finding) for finding in findings[:20])]
        summary = {**summary, "status": NO_PLAN_FOUND, "reasons": reasons}
        tables = {name: table.clear() if name != "rejects" else table for name, table in tables.items()}
        rows = [{"alert": "shortage", "severity": "critical", "cause": reason} for reason in reasons]
        tables["alerts"] = frame("alerts", rows)
    timings = {**found.seconds, "check": perf_counter() - since}
    return Plan("optimize", str(summary["status"]), tables, summary, {"seconds": timings, "threads": threads or 1})


def optimize_package(
    package: Package, *, seconds: float = DEFAULT_SECONDS, seed: int = 0, threads: int = 1
) -> OptimizedPlan:
    """Plan a package by capacitated multi-level lot sizing.

    Args:
        package: a package as read.
        seconds: wall-clock limit of the search; reading and writing come on top.
        seed: seed; the same seed gives the same plan where the search ends by proof.
        threads: 1, or more to raise the bound beside the search.

    Returns:
        All output tables; status `optimal`, `feasible`, `infeasible` or `no_plan_found` in the summary.
    """
    started = perf_counter()
    packaged = problem_from_package(package)
    read = perf_counter() - started
    outcome = optimize(packaged.problem, seconds=seconds, seed=seed, threads=threads)
    since = perf_counter()
    exact = None
    if outcome.plan is not None:
        reason = "quantities in whole decimals do not fit the capacity under the orders found"
        try:
            exact = _fitted(packaged, outcome.plan, seconds=max(2.0, 0.1 * seconds), seed=seed)
        except QuantityLimitError as error:
            reason = str(error)
        if exact is None:
            outcome = replace(outcome, status=Status.UNKNOWN, plan=None, reasons=(reason,))
    if exact is None:
        return _refused(package, packaged, outcome, {"problem": read, **outcome.seconds})
    tables, deliveries = _tables(package, packaged, exact)
    cost = exact_cost(packaged, exact)
    summary = _summary(package, packaged, outcome, cost)
    summary["service_level"] = _service_level(deliveries)
    summary["counts"] = {name: table.height for name, table in tables.items()}
    return OptimizedPlan(tables, summary, {"problem": read, **outcome.seconds, "tables": perf_counter() - since})


def _fitted(packaged: PackagedProblem, plan: LotSizingPlan, *, seconds: float, seed: int) -> ExactPlan | None:
    """The exact plan, settled again with less room and stock while rounding takes more than there is."""
    problem = packaged.problem
    room, stock = problem.capacity, problem.initial_stock
    if np.any(packaged.decimals < 6):
        plan = _settled(packaged, plan, problem, seconds=seconds, seed=seed) or plan
    for _ in range(SETTLE_ROUNDS):
        exact = exact_plan(packaged, plan)
        over = exact.minutes - problem.capacity - problem.overtime_limit[:, None]
        breached = over > MINUTES_TOLERANCE
        if not exact.short and not breached.any():
            return _without_stray_overtime(packaged, plan, exact, seconds=seconds, seed=seed)
        room = np.maximum(np.where(breached, room - 1.5 * np.maximum(over, 0.0), room), 0.0)
        stock = stock.copy()
        for item, missing in exact.short.items():
            stock[item] -= missing / QUANTITY_SCALE
        tighter = replace(problem, capacity=room.copy(), initial_stock=stock.copy())
        settled = _settled(packaged, plan, tighter, seconds=seconds, seed=seed)
        settled = settled or _settled(packaged, None, tighter, seconds=seconds, seed=seed)
        if settled is None:
            return None
        plan = settled
    return None


def _without_stray_overtime(
    packaged: PackagedProblem, plan: LotSizingPlan, exact: ExactPlan, *, seconds: float, seed: int
) -> ExactPlan:
    """The plan settled with a little less room where rounding alone made overtime; the same if it cannot be."""
    problem = packaged.problem
    stray = exact.minutes - problem.capacity
    stray = np.where((plan.overtime <= NOISE) & (stray > 0) & (stray < 1.0), stray, 0.0)
    if not stray.any() or packaged.decimals.min(initial=6) < 6:
        return exact
    margin = np.where(plan.overtime <= NOISE, 3.0 * float(stray.max()) + NOISE, 0.0)
    tighter = replace(problem, capacity=np.maximum(problem.capacity - margin, 0.0))
    settled = _settled(packaged, plan, tighter, seconds=seconds, seed=seed)
    if settled is None:
        return exact
    again = exact_plan(packaged, settled)
    fits = np.all(again.minutes - problem.capacity <= problem.overtime_limit[:, None] + MINUTES_TOLERANCE)
    better = exact_cost(packaged, again).total < exact_cost(packaged, exact).total
    return again if fits and better and not again.short else exact


def _settled(
    packaged: PackagedProblem, plan: LotSizingPlan | None, problem: LotSizingProblem, *, seconds: float, seed: int
) -> LotSizingPlan | None:
    """The cheapest quantities under the plan's orders (None: any), whole where the item has no decimals."""
    formulation = formulate(problem, strong=False)
    program, columns = formulation.strict(), formulation.columns
    lower, upper = program.lower.copy(), program.upper.copy()
    if plan is not None:
        ordered = columns.orders != ABSENT
        lower[columns.orders[ordered]] = plan.orders[ordered]
        upper[columns.orders[ordered]] = plan.orders[ordered]
    integer = program.integer.copy()
    for index, source in enumerate(packaged.problem.sources):
        if packaged.decimals[source.item] == 0:
            present = columns.quantity[index]
            integer[present[present != ABSENT]] = True
    answer = solve(
        replace(program, lower=lower, upper=upper, integer=integer),
        seconds=seconds,
        seed=seed,
        relative_gap_tolerance=1e-5,
        engine=Engine.SCIP if integer.any() else Engine.HIGHS,
    )
    return None if answer.values is None else formulation.plan(answer.values)


def exact_cost(packaged: PackagedProblem, exact: ExactPlan) -> CostSplit:
    """What the exact orders cost under the problem's prices; phantoms are not held, their price only deters."""
    problem = packaged.problem
    setup = purchase = late = 0.0
    for order in exact.orders:
        source = problem.sources[order.source]
        setup += float(source.setup_cost[order.bucket])
        purchase += float(source.unit_cost[order.bucket]) * order.released / QUANTITY_SCALE
    for index, demand_class in enumerate(problem.demand_classes):
        late += demand_class.penalty * float(exact.owed[index].sum()) / QUANTITY_SCALE
        late += demand_class.unserved_penalty * float(exact.owed[index, -1]) / QUANTITY_SCALE
    below = np.maximum(problem.safety_stock - exact.stock / QUANTITY_SCALE, 0.0)
    late += float(problem.safety_penalty @ below.sum(axis=1))
    overtime = np.maximum(exact.minutes - problem.capacity, 0.0)
    counted = np.ones((len(problem.items), 1))
    counted[[source.item for source in problem.sources if source.kind == PHANTOM]] = 0.0
    return CostSplit(
        setup=setup,
        holding=float((problem.holding_cost * counted * exact.stock / QUANTITY_SCALE).sum()),
        purchase=purchase,
        overtime=float(problem.overtime_cost @ overtime.sum(axis=1)),
        late=float(late),
    )


def _tables(
    package: Package, packaged: PackagedProblem, exact: ExactPlan
) -> tuple[dict[str, pl.DataFrame], tuple[Delivery, ...]]:
    labels = labels_of(package, packaged, exact)
    levels = low_level_codes(packaged)
    deliveries = deliveries_of(packaged, exact)
    pegged = peg(labels, exact, deliveries, levels)
    tables = {
        "planned_orders": planned_orders(labels, exact, levels, pegged.needs),
        "mrp_records": mrp_records(labels, exact),
        "pegging": pegged.table,
        "promises": promises(labels, deliveries, exact),
        "operations": operations(labels, exact),
        "alerts": alerts(labels, deliveries, exact, pegged.daily),
        "rejects": package.rejects,
    }
    return {name: tables[name] for name in OUTPUT_TABLES}, deliveries


def _service_level(deliveries: tuple[Delivery, ...]) -> float:
    """Share of the demanded quantity that is served in its own bucket."""
    whole = sum(delivery.quantity for delivery in deliveries)
    on_time = sum(delivery.quantity for delivery in deliveries if delivery.bucket == delivery.origin.bucket)
    return 1.0 if whole == 0 else round(on_time / whole, 6)


def _summary(
    package: Package, packaged: PackagedProblem, outcome: Outcome, cost: CostSplit | None
) -> dict[str, object]:
    objective = None if cost is None else round(cost.total, 6)
    bound = outcome.bound if math.isfinite(outcome.bound) else None
    if bound is not None and objective is not None:
        bound = round(min(bound, objective), 6)
    gap = None
    if objective is not None and bound is not None:
        gap = round(relative_gap(objective, bound), 9)
    return {
        "method": "optimize",
        "status": NO_PLAN_FOUND if outcome.status == Status.UNKNOWN else outcome.status.value,
        "objective": objective,
        "bound": bound,
        "gap": gap,
        "cost": None if cost is None else {name: round(value, 6) for name, value in vars(cost).items()},
        "reasons": list(outcome.reasons),
        "notices": [*package.notices, *packaged.notices],
        "assumed_penalties": dict(sorted(packaged.assumed.items())),
        "assumed_unserved_penalties": _unserved_prices(package, packaged),
        "assumed_safety_penalties": _safety_prices(packaged),
        **package.summary(),
    }


def _unserved_prices(package: Package, packaged: PackagedProblem) -> dict[str, float]:
    """Price of a unit that is never delivered, by demand."""
    names = package.table("demand")["demand"].to_list()
    found: dict[str, float] = {}
    for each, origins in zip(packaged.problem.demand_classes, packaged.demand, strict=True):
        oversold = f"oversold|{_name(package, packaged, each.item)}"
        for origin in origins:
            found[names[origin.row] if origin.row >= 0 else oversold] = float(each.unserved_penalty)
    return found


def _name(package: Package, packaged: PackagedProblem, node: int) -> str:
    places = packaged.places
    return f"{package.items[int(places.item[node])]}|{places.locations[int(places.location[node])]}"


def _safety_prices(packaged: PackagedProblem) -> dict[str, float]:
    problem = packaged.problem
    nodes = np.flatnonzero(problem.safety_stock.any(axis=1))
    return {problem.items[node]: float(problem.safety_penalty[node]) for node in nodes}


def _refused(package: Package, packaged: PackagedProblem, outcome: Outcome, seconds: dict[str, float]) -> OptimizedPlan:
    """No plan: the reasons, and one critical alert a reason."""
    tables = {name: frame(name, []) for name in OUTPUT_TABLES}
    rows = [{"alert": "shortage", "severity": "critical", "cause": reason} for reason in outcome.reasons]
    tables["alerts"] = frame("alerts", rows)
    tables["rejects"] = package.rejects
    summary = _summary(package, packaged, outcome, None)
    summary["service_level"] = 0.0
    summary["counts"] = {name: table.height for name, table in tables.items()}
    return OptimizedPlan(tables, summary, seconds)
