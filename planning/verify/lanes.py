"""Checks of one resource in a schedule: no more operations at once than it has units, and time for every changeover.

Where a resource of several units changes over, the operations must fall into as many chains as it has units, in each
of which every operation finds the working time for its changeover behind the one before it; whether they do is a
matching between operations and their predecessors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from planning.verify.findings import Finding
from planning.verify.reading import Row
from planning.verify.working_time import WorkingTime
from schemas.planning import QUANTITY_SCALE

SETUP_SLACK = Fraction(1, 1000)


@dataclass(frozen=True)
class Use:
    """An operation on a resource: minutes after plan_start, its state, the setup it records and the part its own."""

    label: str
    resource: str
    state: str | None
    start: int
    end: int
    recorded: Fraction
    own: Fraction


def check_units(resource: Row, uses: list[Use]) -> Iterator[Finding]:
    """Findings where more operations run at once than there are units."""
    units = resource["units"] // QUANTITY_SCALE
    worked = [use for use in uses if use.end > use.start]
    edges = sorted([(use.end, 0, "") for use in worked] + [(use.start, 1, use.label) for use in worked])
    running = 0
    for _, begins, label in edges:
        running += 1 if begins else -1
        if begins and running > units:
            yield Finding("units", label, f"{running} operations at once on {resource['resource']} of {units} units")


def changeover(resource: Row, before: str | None, after: str | None, setups: list[Row]) -> int:
    """Whole minutes between two states by the row that fits best; None is no state."""
    if after is None:
        return 0
    best: tuple[bool, bool, bool] | None = None
    minutes = 0
    for row in setups:
        mine = row["resource"] == resource["resource"]
        if not mine and (row["resource"] is not None or row["group"] is None or row["group"] != resource["group"]):
            continue
        if row["from_state"] is not None and row["from_state"] != before:
            continue
        if row["to_state"] is not None and row["to_state"] != after:
            continue
        if before == after and (row["from_state"] is None or row["to_state"] is None):
            continue
        rank = (mine, row["to_state"] is not None, row["from_state"] is not None)
        if best is None or rank > best:
            best, minutes = rank, ceil(Fraction(row["minutes"], resource["efficiency"]))
    return minutes


def check_changeovers(resource: Row, uses: list[Use], setups: list[Row], time: WorkingTime) -> Iterator[Finding]:
    """Findings where an operation has no time for its changeover, or records another than it needs."""
    mine = [row for row in setups if row["resource"] == resource["resource"] or (
        row["resource"] is None and row["group"] is not None and row["group"] == resource["group"])]  # fmt: skip
    if not mine:
        for use in uses:
            if abs(use.recorded - use.own) > SETUP_SLACK:
                yield Finding("setup_minutes", use.label, f"{float(use.recorded)} recorded, {float(use.own)} needed")
        return
    ordered = sorted(uses, key=lambda use: (use.start, use.end, use.label))
    known: dict[tuple[str | None, str | None], int] = {}

    def fits(before: Use | None, after: Use) -> bool:
        state = None if before is None else before.state
        pair = (state, after.state)
        if pair not in known:
            known[pair] = changeover(resource, state, after.state, mine)
        begins = 0 if before is None else before.end
        enough = begins <= after.start and time.minutes(begins, after.start) >= known[pair]
        return enough and abs(after.recorded - after.own - known[pair]) <= SETUP_SLACK

    units = resource["units"] // QUANTITY_SCALE
    if units == 1:
        for before, after in zip([None, *ordered], ordered, strict=False):
            if not fits(before, after):
                follows = "at the beginning" if before is None else f"after {before.label}"
                yield Finding("changeover", after.label, f"no time or another record for its changeover {follows}")
        return
    alone = _without_predecessor(ordered, fits)
    for use in alone:
        if not fits(None, use):
            yield Finding("changeover", use.label, "no time or another record for its changeover on any unit")
    if len(alone) > units:
        yield Finding("changeover", resource["resource"], f"changeovers do not fit into {units} units")


def _without_predecessor(ordered: list[Use], fits: Callable[[Use | None, Use], bool]) -> list[Use]:
    """Operations left over when as many as possible follow one of their own, those that cannot open a unit first.

    Augmenting paths never take its predecessor from an operation for good, so whoever is served first stays served.
    """
    follower: dict[int, int] = {}
    left = []
    for wanted in sorted(range(len(ordered)), key=lambda k: fits(None, ordered[k])):
        came_from: dict[int, tuple[int, int | None]] = {}
        waiting: list[tuple[int, int | None]] = [(wanted, None)]
        free: int | None = None
        while waiting and free is None:
            after, through = waiting.pop()
            for before in range(after - 1, -1, -1):
                if before in came_from or not fits(ordered[before], ordered[after]):
                    continue
                came_from[before] = (after, through)
                if before not in follower:
                    free = before
                    break
                waiting.append((follower[before], before))
        if free is None:
            left.append(ordered[wanted])
        while free is not None:
            follower[free], free = came_from[free]
    return left
