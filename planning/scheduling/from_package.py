"""A planning package becomes a scheduling problem: jobs, their operations and machines, or rejects that say why not.

Jobs are the rows of the table `jobs`; a package without any has its make orders planned by `mrp` first. An order may
not begin before its release date and is due at the end of its due day; it waits for planned orders of its components.
What cannot be scheduled (no routing, no resource, no working time) is rejected by name and the rest is scheduled.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from planning.package import Package
from planning.package.findings import REJECT_SCHEMA
from planning.scheduling.changeovers import STATES_LIMIT, matrix_of, rows_for
from planning.scheduling.problem import NEVER, NO_MATRIX, Arrays, IntArray
from planning.scheduling.routing import Alternative, Machine, Way, alternatives_of, machines_of, routes_of
from planning.scheduling.working_time import MINUTES_A_DAY, stacked, united, working_segments
from schemas.planning import QUANTITY_SCALE

DAYS_LIMIT = 36_525
MINUTES_LIMIT = DAYS_LIMIT * MINUTES_A_DAY


@dataclass(frozen=True)
class Job:
    """What is to be made: times in minutes after plan_start, quantity in millionths.

    Attributes:
        table, row: where it came from, for rejects.
        after: names of jobs that must end before it begins.
    """

    name: str
    table: str
    row: int
    item: str
    quantity: int
    release: int
    due: int
    priority: int
    weight: float
    after: tuple[str, ...] = ()


Reject = tuple[str, int, str, object, str]


@dataclass(frozen=True)
class Shop:
    """Everything but working time, which is looked up as far as the schedule reaches.

    Attributes:
        jobs: jobs that can be made, in the order of the arrays.
        counts: operations of each job.
        operations: routing number of every operation.
        machines: those that are used.
        states: names of the states of each machine.
        rejects: rows that cannot be scheduled.
    """

    package: Package
    jobs: tuple[Job, ...]
    counts: tuple[int, ...]
    operations: tuple[int, ...]
    alternatives: tuple[tuple[Alternative, ...], ...]
    machines: tuple[Machine, ...]
    states: tuple[tuple[str, ...], ...]
    rejects: tuple[Reject, ...]
    notices: tuple[str, ...]

    def rejects_table(self) -> pl.DataFrame:
        """The table `rejects` with the package's own."""
        rows = [(table, row, column, str(value), reason) for table, row, column, value, reason in self.rejects]
        return pl.concat([self.package.rejects, pl.DataFrame(rows, schema=REJECT_SCHEMA, orient="row")])


def jobs_of(package: Package) -> list[Job]:
    """The rows of the table `jobs`; a job may not begin before plan_start."""
    origin = package.parameters.plan_start * MINUTES_A_DAY
    found = []
    for row in package.table("jobs").iter_rows(named=True):
        release = 0 if row["release_at"] is None else max(row["release_at"] - origin, 0)
        due = NEVER if row["due_at"] is None else row["due_at"] - origin
        found.append(
            Job(row["job"], "jobs", row["row"], row["item"], row["quantity"], release, due, row["priority"],
                row["weight"] / QUANTITY_SCALE)
        )  # fmt: skip
    return found


def jobs_of_orders(package: Package, orders: pl.DataFrame, pegging: pl.DataFrame) -> list[Job]:
    """Planned make orders of a plan as jobs; an order waits for the orders that it takes components from.

    Args:
        orders, pegging: tables of a plan in wire form.
    """
    made = orders.filter(pl.col("kind") == "make")
    names = set(made["planned_order"])
    after: dict[str, set[str]] = defaultdict(set)
    edges = pegging.filter(pl.col("supply").is_in(names) & pl.col("parent_supply").is_in(names))
    for supply, parent in edges.select("supply", "parent_supply").unique().iter_rows():
        after[parent].add(supply)
    origin = package.parameters.plan_start_date
    found = []
    for number, row in enumerate(made.iter_rows(named=True), start=1):
        release = max((row["release_on"] - origin).days, 0) * MINUTES_A_DAY
        due = ((row["due_on"] - origin).days + 1) * MINUTES_A_DAY
        name = row["planned_order"]
        quantity = int(row["quantity"] * QUANTITY_SCALE)
        found.append(
            Job(name, "planned_orders", number, row["item"], quantity, release, due, 1, 1.0, tuple(sorted(after[name])))
        )
    return found


def shop_of(package: Package, jobs: Sequence[Job], *, without: Iterable[Reject] = ()) -> Shop:
    """Jobs that have a routing and machines for it, and rejects for the others.

    Args:
        without: rejects found later (no working time); their jobs are left out.
    """
    machines, faults = machines_of(package)
    routes = routes_of(package, machines)
    rejects: list[Reject] = [("resources", row, column, value, reason) for row, column, value, reason in faults]
    rejects.extend(without)
    lost = {(table, row) for table, row, *_ in rejects}
    kept: list[Job] = []
    alternatives: list[tuple[Alternative, ...]] = []
    operations: list[int] = []
    states: list[set[str]] = [set() for _ in machines]
    made: dict[tuple[str, int], list[list[Alternative]]] = {}
    unrouted = 0
    for job in sorted(jobs, key=lambda job: job.name):
        if (job.table, job.row) in lost:
            continue
        route = routes.get(job.item, [])
        if not route and job.table == "planned_orders":
            unrouted += 1
            continue
        same = (job.item, job.quantity)
        if same not in made:
            made[same] = alternatives_of(route, job.quantity) if job.quantity > 0 else []
        fault = _fault(job, route, made[same])
        choices = [[each for each in choice if each.minutes <= MINUTES_LIMIT] for choice in made[same]]
        if fault is None and not _named_states(states, choices):
            fault = ("item", job.item, f"more than {STATES_LIMIT} setup states on one resource")
        if fault is not None:
            column, value, reason = fault
            rejects.append((job.table, job.row, column, value, reason))
            continue
        kept.append(job)
        operations.extend(number for number, _ in route)
        alternatives.extend(tuple(choice) for choice in choices)
    notices = [f"{unrouted} planned orders have no routing and were not scheduled"] if unrouted else []
    used = sorted({each.machine for choice in alternatives for each in choice})
    renumbered = {old: new for new, old in enumerate(used)}
    alternatives = [
        tuple(replace(each, machine=renumbered[each.machine]) for each in choice) for choice in alternatives
    ]
    chosen = tuple(machines[number] for number in used)
    return Shop(
        package,
        jobs=tuple(kept),
        counts=tuple(len(routes[job.item]) for job in kept),
        operations=tuple(operations),
        alternatives=tuple(alternatives),
        machines=chosen,
        states=tuple(tuple(sorted(states[number])) for number in used),
        rejects=tuple(rejects),
        notices=tuple(notices),
    )


def _fault(
    job: Job, route: list[tuple[int, list[Way]]], choices: list[list[Alternative]]
) -> tuple[str, object, str] | None:
    """Column, value and reason why a job cannot be scheduled."""
    if job.quantity <= 0:
        return "quantity", 0, "must be above 0"
    if not route:
        return "item", job.item, "the item has no routing; add its operations to routings"
    if job.release > MINUTES_LIMIT:
        return "release_at", job.release, "released more than a hundred years after plan_start"
    for (number, _), choice in zip(route, choices, strict=True):
        if not choice:
            return "item", job.item, f"no resource can do operation {number}"
        if min(each.minutes for each in choice) > MINUTES_LIMIT:
            return "quantity", job.quantity / QUANTITY_SCALE, f"operation {number} takes longer than a hundred years"
    return None


def _named_states(states: list[set[str]], choices: list[list[Alternative]]) -> bool:
    """Add the states of a job to its machines'; False, and nothing added, where a machine has too many."""
    new: dict[int, set[str]] = defaultdict(set)
    for each in (each for choice in choices for each in choice if each.state is not None):
        new[each.machine].add(str(each.state))
    if any(len(states[machine] | names) > STATES_LIMIT for machine, names in new.items()):
        return False
    for machine, names in new.items():
        states[machine] |= names
    return True


def _matrices(shop: Shop) -> tuple[IntArray, IntArray, IntArray]:
    """Place and size of the changeovers of every machine, and all minutes; equal machines share a matrix."""
    rows = shop.package.table("setups").to_dicts()
    place = np.full(len(shop.machines), NO_MATRIX, dtype=np.int64)
    sizes = np.array([len(states) + 1 for states in shop.states], dtype=np.int64)
    parts, length = [np.zeros(0, dtype=np.int64)], 0
    known: dict[tuple, int] = {}
    for number, (machine, states) in enumerate(zip(shop.machines, shop.states, strict=True)):
        fitting = rows_for(machine, rows)
        if not fitting or not states:
            continue
        key = (tuple(row["row"] for row in fitting), states, machine.efficiency)
        if key not in known:
            matrix = matrix_of(fitting, list(states), machine.efficiency)
            known[key] = length
            parts.append(matrix.ravel())
            length += matrix.size
        place[number] = known[key]
    return place, sizes, np.concatenate(parts)


def arrays_of(shop: Shop, day_count: int) -> Arrays:
    """The arrays of a shop with working time for some days.

    Args:
        day_count: days after plan_start for which calendars are read.
    """
    job_first = np.concatenate([[0], np.cumsum(shop.counts)]).astype(np.int64)
    op_job = np.repeat(np.arange(len(shop.jobs), dtype=np.int64), shop.counts)
    release = np.array([job.release for job in shop.jobs], dtype=np.int64)
    choices = [each for choice in shop.alternatives for each in choice]
    alt_first = np.concatenate([[0], np.cumsum([len(choice) for choice in shop.alternatives])]).astype(np.int64)
    state_of = [{name: number for number, name in enumerate(states, start=1)} for states in shop.states]
    place, sizes, changeover = _matrices(shop)
    before, after = _precedence(shop, job_first)
    used_units = np.bincount([each.machine for each in choices], minlength=len(shop.machines))
    lanes = np.minimum([machine.units for machine in shop.machines], used_units).astype(np.int64)
    names, calendars = _calendars(shop, day_count)
    calendar_first, starts, ends, work = stacked(calendars)
    return Arrays(
        job_first=job_first,
        job_due=np.array([job.due for job in shop.jobs], dtype=np.int64),
        job_weight=np.array([job.weight for job in shop.jobs], dtype=np.float64),
        job_priority=np.array([job.priority for job in shop.jobs], dtype=np.int64),
        op_job=op_job,
        op_release=release[op_job] if op_job.size else op_job,
        alt_first=alt_first,
        alt_machine=np.array([each.machine for each in choices], dtype=np.int64),
        alt_minutes=np.array([each.minutes for each in choices], dtype=np.int64),
        alt_state=np.array(
            [0 if each.state is None else state_of[each.machine][each.state] for each in choices], dtype=np.int64
        ),
        alt_lead=np.array([each.lead for each in choices], dtype=np.int64),
        alt_tail=np.array([each.tail for each in choices], dtype=np.int64),
        before_first=before[0],
        before=before[1],
        after_first=after[0],
        after=after[1],
        machine_lane=np.concatenate([[0], np.cumsum(lanes)]).astype(np.int64),
        machine_calendar=np.array([names[machine.calendar] for machine in shop.machines], dtype=np.int64),
        machine_matrix=place,
        machine_states=sizes,
        changeover=np.minimum(changeover, MINUTES_LIMIT + 1),
        lane_machine=np.repeat(np.arange(len(shop.machines), dtype=np.int64), lanes),
        calendar_first=calendar_first,
        segment_start=starts,
        segment_end=ends,
        segment_work=work,
    )


def _precedence(shop: Shop, job_first: IntArray) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Last operations that the first operation of a job waits for, by operation; and the same read backward."""
    number = {job.name: place for place, job in enumerate(shop.jobs)}
    pairs = [
        (int(job_first[number[name] + 1]) - 1, int(job_first[place]))
        for place, job in enumerate(shop.jobs)
        for name in job.after
        if name in number
    ]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    count = len(shop.operations)
    return _grouped(ends[:, 1], ends[:, 0], count), _grouped(ends[:, 0], ends[:, 1], count)


def _grouped(key: IntArray, value: IntArray, count: int) -> tuple[IntArray, IntArray]:
    by_key = np.lexsort((value, key))
    first = np.searchsorted(key[by_key], np.arange(count + 1)).astype(np.int64)
    return first, value[by_key]


def _calendars(shop: Shop, day_count: int) -> tuple[dict[str | None, int], list[tuple[IntArray, IntArray]]]:
    """Working segments of every calendar that is used; calendars with the same segments are one."""
    table = shop.package.table("calendars")
    names: dict[str | None, int] = {}
    found: list[tuple[IntArray, IntArray]] = []
    for name in dict.fromkeys(machine.calendar for machine in shop.machines):
        rows = None if name is None else table.filter(pl.col("calendar") == name).sort("row")
        segments = working_segments(rows, shop.package.parameters.plan_start, day_count)
        same = [n for n, each in enumerate(found) if all(map(np.array_equal, each, segments))]
        names[name] = same[0] if same else len(found)
        if not same:
            found.append(segments)
    return names, found


def union_of(arrays: Arrays) -> Arrays:
    """The same with one calendar for all machines that works whenever any of them does: never later than the
    problem itself, so that its bounds hold for the problem."""
    segments = [
        (arrays.segment_start[low:high], arrays.segment_end[low:high])
        for low, high in zip(arrays.calendar_first[:-1], arrays.calendar_first[1:], strict=True)
    ]
    first, starts, ends, work = stacked([united(segments)])
    return arrays._replace(
        machine_calendar=np.zeros_like(arrays.machine_calendar),
        calendar_first=first,
        segment_start=starts,
        segment_end=ends,
        segment_work=work,
    )
