"""Routings become operations with alternatives: which machines may do them, for how many whole minutes.

Minutes of an operation are its setup_minutes and its run, divided by the resource's efficiency and rounded up to whole
minutes. The run is run_minutes x quantity; where batch_quantity stands, pieces run together, run_minutes for every
batch begun. With overlap_quantity the next operation may begin when so many pieces are done, and has that many left to
do when the last ones arrive.
"""

from collections import defaultdict
from dataclasses import dataclass

from planning.package import Package
from schemas.planning import QUANTITY_SCALE


@dataclass(frozen=True)
class Way:
    """One way to do an operation: a routing row on a resource; quantities and shares in millionths."""

    machine: int
    setup_minutes: int
    run_minutes: int
    batch_quantity: int | None
    overlap_quantity: int | None
    state: str | None
    efficiency: int


@dataclass(frozen=True)
class Alternative:
    """A way for one quantity: whole minutes in all, those until the next operation may begin, and those left when the
    previous one ends; `setup` is what of them is the routing's own setup, in millionths."""

    machine: int
    state: str | None
    minutes: int
    lead: int
    tail: int
    setup: int = 0


@dataclass(frozen=True)
class Machine:
    """A resource that is used: its units as whole lanes, its calendar (None works around the clock)."""

    name: str
    group: str | None
    calendar: str | None
    units: int
    efficiency: int


def machines_of(package: Package) -> tuple[list[Machine], list[tuple[int, str, int, str]]]:
    """Resources with at least one whole unit, and rejects (row, column, value, reason) for those without."""
    machines, faults = [], []
    calendars = set(package.table("calendars")["calendar"])
    for row in package.table("resources").iter_rows(named=True):
        units = row["units"] // QUANTITY_SCALE
        if units < 1:
            value = row["units"] / QUANTITY_SCALE
            faults.append((row["row"], "units", value, "resource without a whole unit; operations need one"))
            continue
        calendar = row["calendar"] if row["calendar"] in calendars else None
        machines.append(Machine(row["resource"], row["group"], calendar, units, row["efficiency"]))
    return machines, faults


def routes_of(package: Package, machines: list[Machine]) -> dict[str, list[tuple[int, list[Way]]]]:
    """Operations by item in their sequence; each with its ways, preferred first. An operation without a machine has
    no ways: its item cannot be scheduled."""
    place = {machine.name: number for number, machine in enumerate(machines)}
    groups: dict[str, list[int]] = defaultdict(list)
    for number, machine in enumerate(machines):
        if machine.group is not None:
            groups[machine.group].append(number)
    found: dict[str, dict[int, dict[int, Way]]] = defaultdict(lambda: defaultdict(dict))
    for row in package.table("routings").sort("item", "operation", "priority", "row").iter_rows(named=True):
        named = [place[row["resource"]]] if row["resource"] in place else []
        choices = named if row["resource"] is not None else groups[row["group"]]
        ways = found[row["item"]][row["operation"]]
        for machine in choices:
            ways.setdefault(
                machine,
                Way(machine, row["setup_minutes"], row["run_minutes"], row["batch_quantity"] or None,
                    row["overlap_quantity"] or None, row["setup_state"], machines[machine].efficiency),
            )  # fmt: skip
    return {
        item: [(number, list(ways.values())) for number, ways in sorted(operations.items())]
        for item, operations in found.items()
    }


def minutes_of(way: Way, quantity: int) -> int:
    """Whole minutes of a quantity (millionths) with the setup.

    Ten minutes of setup and 2.5 minutes each for 3 pieces on a machine of efficiency 0.5:

    >>> minutes_of(Way(0, 10_000_000, 2_500_000, None, None, None, 500_000), 3_000_000)
    35
    """
    return _rounded(way, way.setup_minutes * QUANTITY_SCALE + _run(way, quantity))


def _run(way: Way, quantity: int) -> int:
    """Run minutes in units of 10^-12."""
    if way.batch_quantity is None:
        return way.run_minutes * quantity
    return way.run_minutes * -(-quantity // way.batch_quantity) * QUANTITY_SCALE


def _rounded(way: Way, work: int) -> int:
    return -(-work // (QUANTITY_SCALE * way.efficiency))


def alternatives_of(route: list[tuple[int, list[Way]]], quantity: int) -> list[list[Alternative]]:
    """Alternatives of every operation of a route for a quantity in millionths.

    >>> first = Way(0, 0, 1_000_000, None, 2_000_000, None, 1_000_000)  # a minute each, passed on two at a time
    >>> second = Way(1, 0, 500_000, None, None, None, 1_000_000)
    >>> [(a.minutes, a.lead, a.tail) for [a] in alternatives_of([(10, [first]), (20, [second])], 10_000_000)]
    [(10, 2, 10), (5, 5, 1)]
    """
    found: list[list[Alternative]] = []
    passed_on: list[int] = []
    for _, ways in route:
        choices = []
        for way in ways:
            minutes = minutes_of(way, quantity)
            lead = tail = minutes
            if way.overlap_quantity is not None and way.overlap_quantity < quantity:
                lead = min(max(minutes_of(way, way.overlap_quantity), 1), minutes)
            if passed_on:
                tail = min(max(_rounded(way, _run(way, part)) for part in passed_on), minutes)
            setup = way.setup_minutes * QUANTITY_SCALE // way.efficiency
            choices.append(Alternative(way.machine, way.state, minutes, lead, tail, setup))
        found.append(choices)
        overlaps = (way.overlap_quantity for way in ways if way.overlap_quantity is not None)
        passed_on = [part for part in overlaps if part < quantity]
    return found
