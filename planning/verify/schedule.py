"""Checks of a schedule: every operation once, on a lawful resource, in working time, in turn, with its changeover.

All is worked out again from the tables: routing quantities and minutes, calendars, units, changeovers, release dates, the order
of a job's operations and of orders that feed one another, and the summary's figures. That a rejected job could not have been
scheduled is not checked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

import polars as pl

from planning.verify.findings import Finding
from planning.verify.lanes import Use, check_changeovers, check_units
from planning.verify.reading import Row, read_inputs, read_outputs, read_parameters
from planning.verify.working_time import WorkingTime
from schemas.planning import DAY_ZERO, QUANTITY_SCALE

MINUTES_A_DAY = 1440
FIGURES_SLACK = Fraction(1, 1000)


@dataclass(frozen=True)
class Work:
    """What has to be made; times in minutes after plan_start."""

    name: str
    item: str
    quantity: int
    release: int
    due: int | None
    weight: Fraction


@dataclass
class Floor:
    """The package as the checker reads it."""

    origin: int
    resources: dict[str, Row]
    routes: dict[str, dict[int, dict[str, Row]]]
    setups: list[Row]
    works: dict[str, Work]
    rejected: set[str]
    feeds: list[tuple[str, str]]
    times: dict[str, WorkingTime] = field(default_factory=dict)


def check_schedule(
    package_tables: Mapping[str, pl.DataFrame],
    plan_tables: Mapping[str, pl.DataFrame],
    *,
    summary: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Check a plan of method `schedule`; arguments as in `planning.verify.check`."""
    by_row = {name: table.sort("row") if "row" in table.columns else table for name, table in package_tables.items()}
    inputs = read_inputs(by_row)
    rows = plan_tables.get("operations", pl.DataFrame()).to_dicts()
    floor = _floor(inputs, read_parameters(package_tables["parameters"]), by_row, plan_tables)
    findings: list[Finding] = []
    uses: dict[str, dict[int, Use]] = defaultdict(dict)
    last = 0
    for row in rows:
        last = max(last, _minutes(row["ends_at"], floor.origin))
    _open(floor, inputs["calendars"], last)
    for row in rows:
        findings.extend(_operation(floor, row, uses))
    for name, work in floor.works.items():
        findings.extend(_job(floor, work, uses.get(name, {})))
    findings.extend(
        Finding("order_feeds_order", after, f"begins before {before} ends")
        for before, after in floor.feeds
        if uses.get(before) and uses.get(after)
        and _first(uses[after]).start < max(use.end for use in uses[before].values())
    )  # fmt: skip
    by_resource: dict[str, list[Use]] = defaultdict(list)
    for operations in uses.values():
        for use in operations.values():
            if use.end > use.start or use.recorded:  # One of no minutes takes no place on its resource.
                by_resource[use.resource].append(use)
    for name, used in sorted(by_resource.items()):
        resource = floor.resources[name]
        findings.extend(check_units(resource, used))
        findings.extend(check_changeovers(resource, used, floor.setups, floor.times[name]))
    if summary is not None:
        findings.extend(_figures(floor, uses, summary))
    return findings


def _first(operations: dict[int, Use]) -> Use:
    return operations[min(operations)]


def _minutes(value: datetime, origin: int) -> int:
    moment = datetime(DAY_ZERO.year, DAY_ZERO.month, DAY_ZERO.day)  # noqa: DTZ001  local time of the site
    return int((value - moment).total_seconds() // 60) - origin


def _floor(
    inputs: dict[str, list[Row]], parameters: Row, tables: Mapping[str, pl.DataFrame], plan: Mapping[str, pl.DataFrame]
) -> Floor:
    origin = parameters["plan_start"] * MINUTES_A_DAY
    resources = {row["resource"]: row for row in inputs["resources"] if row["units"] >= QUANTITY_SCALE}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, row in resources.items():
        if row["group"] is not None:
            groups[row["group"]].append(name)
    routes: dict[str, dict[int, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
    for row in sorted(inputs["routings"], key=lambda row: row["priority"]):
        names = [row["resource"]] if row["resource"] is not None else groups[row["group"]]
        ways = routes[row["item"]][row["operation"]]
        for name in names:
            if name in resources:
                ways.setdefault(name, row)
    floor = Floor(origin, resources, routes, inputs["setups"], {}, set(), [])
    if inputs["jobs"]:
        numbers = (
            tables["jobs"]["row"].to_list() if "row" in tables["jobs"].columns else range(1, 1 + len(inputs["jobs"]))
        )
        rejects = plan.get("rejects", pl.DataFrame())
        lost = {row["row"] for row in rejects.to_dicts() if row["table"] == "jobs"}
        for number, row in zip(numbers, inputs["jobs"], strict=True):
            due = None if row["due_at"] is None else _instant(row["due_at"]) - origin
            release = 0 if row["release_at"] is None else max(_instant(row["release_at"]) - origin, 0)
            work = Work(row["job"], row["item"], row["quantity"], release, due, Fraction(row["weight"], QUANTITY_SCALE))
            floor.works[work.name] = work
            if number in lost:
                floor.rejected.add(work.name)
        return floor
    _orders(floor, parameters["plan_start"], plan)
    return floor


def _instant(value: Any) -> int:
    """Minutes since 1970 of an instant in held or wire form."""
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return _minutes(value, 0)
    if isinstance(value, date):
        return (value - DAY_ZERO).days * MINUTES_A_DAY
    return _minutes(datetime.fromisoformat(str(value)), 0)


def _orders(floor: Floor, first_day: int, plan: Mapping[str, pl.DataFrame]) -> None:
    """Planned make orders that have a routing, and which of them feed which."""
    lost = {row["row"] for row in plan.get("rejects", pl.DataFrame()).to_dicts() if row["table"] == "planned_orders"}
    made = [row for row in read_outputs(plan)["planned_orders"] if row["kind"] == "make"]
    for number, row in enumerate(made, start=1):
        if not floor.routes.get(row["item"]):
            continue
        name = row["planned_order"]
        release = max(row["release_on"] - first_day, 0) * MINUTES_A_DAY
        due = (row["due_on"] - first_day + 1) * MINUTES_A_DAY
        floor.works[name] = Work(name, row["item"], row["quantity"], release, due, Fraction(1))
        if number in lost:
            floor.rejected.add(name)
    edges = plan.get("pegging", pl.DataFrame())
    if edges.height:
        pairs = edges.select("supply", "parent_supply").unique().sort("supply", "parent_supply").iter_rows()
        floor.feeds = [pair for pair in pairs if pair[0] in floor.works and pair[1] in floor.works]


def _open(floor: Floor, calendars: list[Row], last: int) -> None:
    days = last // MINUTES_A_DAY + 2
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in calendars:
        made = {**row, "starts_at": _maybe(row["starts_at"]), "ends_at": _maybe(row["ends_at"])}
        by_name[row["calendar"]].append(made)
    known: dict[str | None, WorkingTime] = {}
    for name, resource in floor.resources.items():
        calendar = resource["calendar"] if resource["calendar"] in by_name else None
        if calendar not in known:
            rows = None if calendar is None else by_name[calendar]
            known[calendar] = WorkingTime(rows, floor.origin // MINUTES_A_DAY, days)
        floor.times[name] = known[calendar]


def _maybe(value: Any) -> int | None:
    return None if value is None else _instant(value)


def _operation(floor: Floor, row: Row, uses: dict[str, dict[int, Use]]) -> Iterator[Finding]:
    """One row of operations: known, once, lawful, the right quantity and minutes, in working time."""
    name = row["job"] if row["job"] is not None else row["planned_order"]
    label = f"{name}/{row['operation']}"
    work = floor.works.get(name)
    if work is None or name in floor.rejected:
        yield Finding("operation_job", label, "no such job to be scheduled")
        return
    way = floor.routes[work.item].get(row["operation"], {}).get(row["resource"])
    if way is None:
        yield Finding("operation_resource", label, f"no routing allows {row['resource']}")
        return
    if row["operation"] in uses[name]:
        yield Finding("operation_twice", label, "scheduled more than once")
        return
    quantity = int(Fraction(row["quantity"]) * QUANTITY_SCALE)
    if quantity != work.quantity:
        yield Finding("operation_quantity", label, f"{row['quantity']} instead of {work.quantity / QUANTITY_SCALE}")
    start, end = _minutes(row["starts_at"], floor.origin), _minutes(row["ends_at"], floor.origin)
    efficiency = floor.resources[row["resource"]]["efficiency"]
    use = Use(label, row["resource"], way["setup_state"], start, end, Fraction(row["setup_minutes"]),
              Fraction(way["setup_minutes"], efficiency))  # fmt: skip
    uses[name][row["operation"]] = use
    needed = whole_minutes(way, work.quantity, efficiency)
    time = floor.times[row["resource"]]
    if end < start or time.minutes(start, end) != needed:
        yield Finding("operation_minutes", label, f"{time.minutes(start, end)} working minutes, needs {needed}")
    elif not time.works_at(start) or (needed and not time.works_at(end - 1)):
        yield Finding("working_time", label, "begins or ends outside working time")
    if start < work.release:
        yield Finding("release", label, f"begins {work.release - start} minutes before its release")


def whole_minutes(way: Row, quantity: int, efficiency: int, *, setup: bool = True) -> int:
    """Minutes of a quantity on a resource: setup and run over efficiency, rounded up."""
    lots = Fraction(quantity, QUANTITY_SCALE)
    if way["batch_quantity"]:
        lots = Fraction(ceil(Fraction(quantity, way["batch_quantity"])))
    run = Fraction(way["run_minutes"], QUANTITY_SCALE) * lots
    base = Fraction(way["setup_minutes"], QUANTITY_SCALE) if setup else Fraction(0)
    return ceil((base + run) * QUANTITY_SCALE / efficiency)


def _job(floor: Floor, work: Work, uses: dict[int, Use]) -> Iterator[Finding]:
    """All operations of a job, each after the one before it or as far as overlap allows."""
    if work.name in floor.rejected:
        return
    route = floor.routes[work.item]
    for number in route:
        if number not in uses:
            yield Finding("operation_missing", f"{work.name}/{number}", "not scheduled")
    numbers = sorted(uses)
    for before, after in pairwise(numbers):
        first, second = uses[before], uses[after]
        if second.start >= first.end:
            continue
        overlaps = {way["overlap_quantity"] for way in route[before].values() if way["overlap_quantity"]}
        way = route[before][first.resource]
        part = way["overlap_quantity"]
        if not part or part >= work.quantity:
            yield Finding("sequence", second.label, f"begins {first.end - second.start} minutes before {before} ends")
            continue
        lead = max(whole_minutes(way, part, floor.resources[first.resource]["efficiency"]), 1)
        if floor.times[first.resource].minutes(first.start, second.start) < lead:
            yield Finding("overlap", second.label, f"begins before {before} has passed on its first pieces")
        rest = max(
            whole_minutes(route[after][second.resource], quantity, floor.resources[second.resource]["efficiency"],
                          setup=False)
            for quantity in overlaps if quantity < work.quantity
        )  # fmt: skip
        if floor.times[second.resource].minutes(first.end, second.end) < rest:
            yield Finding("overlap", second.label, f"ends before it can have worked on the last pieces of {before}")


def _figures(floor: Floor, uses: dict[str, dict[int, Use]], summary: Mapping[str, Any]) -> Iterator[Finding]:
    """The summary's makespan and weighted tardiness, and that no bound lies above its figure."""
    makespan = max((use.end for operations in uses.values() for use in operations.values()), default=0)
    late = Fraction(0)
    for name, operations in uses.items():
        work = floor.works[name]
        if work.due is not None:
            late += work.weight * max(operations[max(operations)].end - work.due, 0)
    for name, worked in (("makespan", Fraction(makespan)), ("weighted_tardiness", late)):
        said = summary.get(name)
        if said is None:
            continue
        if abs(Fraction(said["minutes"]) - worked) > FIGURES_SLACK + worked / 10**9:
            yield Finding("summary", name, f"{said['minutes']} instead of {float(worked)}")
        if said["bound"] > said["minutes"]:
            yield Finding("summary", name, f"bound {said['bound']} is above {said['minutes']}")
