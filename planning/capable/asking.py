"""Capable to promise: how much of an item can be had, and when, beside everything that a constrained plan has promised.

What is free of each node by day (the least stock from that day on, so that nobody is harmed later) and the minutes left by
bucket are kept in memory from the plan. A request takes what is free, and what is missing is made or bought anew: down the
bill of material, under lot rules, lead times, minutes and suppliers' capacity. Nothing that was promised moves, so that
the answer can be carried out as an addition to the plan; it is not the best that planning everything again might find.

Left aside to be on the safe side: free stock of items that expire, and what is left of a lot beyond the request.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel
from planning.constrained.engine import Constrained, by_node, plan_network, room_for
from planning.constrained.method import network_of
from planning.constrained.model import Case, Orders
from planning.constrained.shifting import lay_out_balance
from planning.constrained.starting import Hand, Served
from planning.mrp.arithmetic import LIMIT, round_up
from planning.mrp.model import BUY, HORIZON, MAKE, ORIGIN, SUPPLYING, TRANSFER
from planning.mrp.ordering import arrival_day, released_quantity
from planning.mrp.problem import Network
from planning.package import Package
from schemas.planning import DAY_ZERO, QUANTITY_SCALE

FINEST_PART = 4096
"""What can be had by a day is found to this part of the quantity asked for, or to whole units."""


class UnknownItemError(ValueError):
    """The package has no such item at that location; the message names both."""


@dataclass(frozen=True)
class Offer:
    """A quantity (millionths of the stock unit), the day on which it can be had (None: not inside the horizon), and what
    stands in the way of an earlier one: a material or a resource by name, None where nothing does."""

    quantity: int
    on: date | None
    limit: str | None


@dataclass(frozen=True)
class Answer:
    """The whole quantity at once, and where that is late, the split: what can be had by the wanted date, the rest later."""

    whole: Offer
    split: tuple[Offer, ...]


class _Found(NamedTuple):
    day: int  # the horizon where never
    limit: str | None


class _Line(NamedTuple):
    from_day: int
    to_day: int
    option: int
    numerator: int
    denominator: int
    fixed: int
    child: int
    unit: int  # of the child
    moved: bool  # drawn by a transfer


class _Way(NamedTuple):
    option: int
    kind: int
    lead: int
    from_day: int
    to_day: int
    min_lot: int
    multiple: int
    max_lot: int
    source: int  # row of its capacity, -1 where unlimited


class _Recipe(NamedTuple):
    unit: int
    yields: int
    location: int
    phantom: bool
    item: int
    ways: list[_Way]
    lines: list[_Line]


@dataclass(frozen=True)
class CapableState:
    """What a plan leaves free.

    Attributes:
        free: int64[N, horizon], least stock from each day on.
        room: int64[rows, buckets], minutes (millionths) of resources and quantity of sources that are left.
        recipes: how each node is got, as plain numbers; filled as it is asked for.
    """

    network: Network
    found: Constrained
    free: np.ndarray
    room: np.ndarray
    recipes: dict[int, "_Recipe"] = field(default_factory=dict)

    @property
    def horizon(self) -> int:
        """Days of the horizon."""
        return int(self.found.case.problem.numbers[HORIZON])


@allocating_kernel
def _fill_free(case: Case, orders: Orders, hand: Hand, served: Served, bounds: np.ndarray, free: np.ndarray) -> None:
    horizon = free.shape[1]
    for node in range(free.shape[0]):
        if case.problem.nodes[node].expires == 1:
            free[node] = 0
            continue
        lay_out_balance(node, case, orders, hand, served, bounds[node], bounds[node + 1])
        least = hand.balance[horizon - 1]
        for day in range(horizon - 1, -1, -1):
            least = min(least, hand.balance[day])
            free[node, day] = max(least, 0)


def capable_state(package: Package, *, threads: int = 1) -> CapableState:
    """Plan a package by `constrained` and keep what is free.

    >>> import polars as pl
    >>> from planning.package import read_package
    >>> state = capable_state(read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "28"]}),
    ...     "items": pl.DataFrame({"item": ["BOLT"], "lead_time_days": [10]}),
    ...     "stock": pl.DataFrame({"item": ["BOLT"], "quantity": [8]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BOLT"], "quantity": [5], "due_on": ["2026-01-12"]}),
    ... }))
    >>> answer = ask(state, "BOLT", 4_000_000, date(2026, 1, 6))
    >>> answer.whole
    Offer(quantity=4000000, on=datetime.date(2026, 1, 15), limit='material BOLT')
    >>> [(offer.quantity, str(offer.on)) for offer in answer.split]
    [(3000000, '2026-01-06'), (1000000, '2026-01-15')]
    """
    network = network_of(package)
    found = plan_network(network, threads)
    return state_of(network, found)


def state_of(network: Network, found: Constrained) -> CapableState:
    """What that plan leaves free; nothing of the plan changes."""
    case = found.case
    served, bounds = by_node(found.deliveries, case.problem.nodes.size)
    free = np.zeros((case.problem.nodes.size, case.problem.bucket_of.size), dtype=np.int64)
    _fill_free(case, found.orders, room_for(case, found.orders), served, bounds, free)
    return CapableState(network, found, free, np.maximum(case.shop.capacity - case.shop.used, 0))


@dataclass
class _Trial:
    """One request's own view of what is free: rows that it took from, copied."""

    state: CapableState
    free: dict[int, np.ndarray] = field(default_factory=dict)
    room: dict[int, np.ndarray] = field(default_factory=dict)

    def copy(self) -> "_Trial":
        """The same view, to go on from."""
        return _Trial(self.state, dict(self.free), dict(self.room))

    def free_of(self, node: int) -> np.ndarray:
        return self.free[node] if node in self.free else self.state.free[node]

    def room_of(self, row: int) -> np.ndarray:
        return self.room[row] if row in self.room else self.state.room[row]

    def take(self, node: int, day: int, quantity: int) -> None:
        """Take what is free from that day on."""
        row = self.free_of(node).copy()
        row[day:] -= quantity
        np.minimum(row[:day], row[day], out=row[:day])
        self.free[node] = row

    def use(self, row: int, bucket: int, minutes: int) -> None:
        """Take minutes."""
        left = self.room_of(row).copy()
        left[bucket] -= minutes
        self.room[row] = left


def ask(state: CapableState, item: str, quantity: int, wanted: date, *, location: str = "MAIN") -> Answer:
    """When a quantity of an item can be had.

    Args:
        quantity: millionths of the stock unit, > 0.
        wanted: the day it is wanted; before plan_start counts as plan_start.

    Raises:
        UnknownItemError: there is no such item at that location.
        ValueError: the quantity is not above zero or beyond 10^12 units.
    """
    if not 0 < quantity <= LIMIT:
        raise ValueError(
            f"{quantity / QUANTITY_SCALE:g} is no quantity that can be promised; it must be above 0 and at most 10^12"
        )
    node = node_of(state, item, location)
    start = DAY_ZERO + timedelta(days=state.network.package.parameters.plan_start)
    day = max((wanted - start).days, 0)
    if day >= state.horizon:
        never = Offer(quantity, None, "the wanted date lies after the horizon")
        return Answer(never, ())
    unit = int(state.found.case.problem.nodes["unit"][node])
    asked = round_up(quantity, unit)
    found = _had(_Trial(state), node, asked, day)
    whole = _offer(state, quantity, found, start)
    if found.day <= day:
        return Answer(whole, ())
    return Answer(whole, tuple(_split(state, node, quantity, day, unit, start)))


def _offer(state: CapableState, quantity: int, found: _Found, start: date) -> Offer:
    on = start + timedelta(days=found.day) if found.day < state.horizon else None
    return Offer(quantity, on, found.limit)


def _split(state: CapableState, node: int, quantity: int, day: int, unit: int, start: date) -> Iterator[Offer]:
    """What can be had by the wanted day, and when the rest can."""
    step = max(
        unit, int(round_up(-(-quantity // FINEST_PART), unit)), QUANTITY_SCALE if quantity >= 2 * QUANTITY_SCALE else 0
    )
    low, high = 0, (quantity - 1) // step
    while low < high:
        middle = (low + high + 1) // 2
        if _had(_Trial(state), node, middle * step, day).day <= day:
            low = middle
        else:
            high = middle - 1
    trial, part = _Trial(state), low * step
    if part > 0:
        yield _offer(state, part, _had(trial, node, part, day), start)
    yield _offer(state, quantity - part, _had(trial, node, int(round_up(quantity - part, unit)), day), start)


def node_of(state: CapableState, item: str, location: str) -> int:
    """The node of an item at a location.

    Raises:
        UnknownItemError: there is none.
    """
    package, places = state.network.package, state.network.places
    place = package.items.search_sorted(item)
    known = place < package.items.len() and package.items[place] == item
    if known and location in places.locations:
        found = int(places.find(np.array([place]), np.array([places.locations.index(location)]))[0])
        if found >= 0:
            return found
    raise UnknownItemError(f"the package has no item {item} at {location}")


def _had(trial: _Trial, node: int, quantity: int, want: int) -> _Found:
    """The first day from `want` on when so much of a node can be had; the trial is left with it taken."""
    free = trial.free_of(node)
    there = int(np.searchsorted(free[want:], quantity)) + want
    if there == want:
        trial.take(node, want, quantity)
        return _Found(want, None)
    recipe = _recipe(trial.state, node)
    part = max(int(free[want]), 0) // recipe.unit * recipe.unit
    best, best_trial = _Found(there, f"material {_name(trial.state, node)}"), None
    for way in recipe.ways:
        for soon in (False, True):
            attempt = trial.copy()
            if part > 0:
                attempt.take(node, want, part)
            made = _made(attempt, node, recipe, way, quantity - part, want, soon=soon)
            if made.day < best.day:
                best, best_trial = made, attempt
            if best.day <= want or (not soon and want <= way.lead):
                break
        if best.day <= want:
            break
    if best_trial is not None:
        trial.free, trial.room = best_trial.free, best_trial.room
    elif there < trial.state.horizon:
        trial.take(node, there, quantity)
    return best


def _recipe(state: CapableState, node: int) -> _Recipe:
    """How a node is got, as plain numbers."""
    if node in state.recipes:
        return state.recipes[node]
    case = state.found.case
    row = case.problem.nodes[node]
    ways = [_way(case, option) for option in range(int(row["option_first"]), int(row["option_last"]))]
    first, last = int(case.paths.line_first[node]), int(case.paths.line_first[node + 1])
    lines = [_line(case, int(place)) for place in case.paths.line[first:last]]
    state.recipes[node] = _Recipe(
        int(row["unit"]),
        int(row["yields"]),
        int(row["location"]),
        bool(row["phantom"]),
        int(case.item[node]),
        ways,
        lines,
    )
    return state.recipes[node]


def _name(state: CapableState, node: int) -> str:
    return state.network.package.items[int(state.network.places.item[node])]


def _way(case: Case, option: int) -> _Way:
    row = case.problem.options[option]
    return _Way(
        option, int(row["kind"]), int(row["lead_days"]), int(row["from_day"]), int(row["to_day"]), int(row["min_lot"]),
        int(row["lot_multiple"]), int(row["max_lot"]), int(case.shop.source_row[option]),
    )  # fmt: skip


def _line(case: Case, place: int) -> _Line:
    row, child = case.problem.lines[place], int(case.paths.child[place])
    unit, moved = int(case.problem.nodes["unit"][child]), bool(row["kind"] == SUPPLYING)
    return _Line(
        int(row["from_day"]), int(row["to_day"]), int(row["option"]), int(row["numerator"]), int(row["denominator"]),
        int(row["fixed"]), child, unit, moved,
    )  # fmt: skip


def _made(trial: _Trial, node: int, recipe: _Recipe, way: _Way, quantity: int, want: int, *, soon: bool) -> _Found:
    """When a new order can be there, with all that it takes; the trial is left with that taken.

    Args:
        soon: begin as soon as can be, not as late as the wanted day allows.
    """
    state, horizon = trial.state, trial.state.horizon
    lead = 0 if recipe.phantom else way.lead
    good, count = (quantity, 1) if recipe.phantom else _lots(quantity, way, recipe.unit)
    never = _Found(horizon, f"material {_name(state, node)}")
    if good > LIMIT:
        return never
    released = int(released_quantity(good, recipe.yields, recipe.unit))
    release = 0 if soon else max(_released(state, recipe.location, want, lead), 0)
    ready, limit = _components(trial, recipe, way, released, release, count)
    if ready >= horizon:
        return _Found(horizon, limit)
    start, full = _work(trial, node, recipe, way, released, good, ready, count)
    if start >= horizon:
        return _Found(horizon, full or limit)
    changes = any(release < day <= start for line in recipe.lines for day in (line.from_day, line.to_day))
    if changes or not way.from_day <= start < way.to_day:
        return never
    due = max(_arrives(state, recipe.location, start, lead), want)
    if due >= horizon:
        return never
    return _Found(due, (full or limit or f"material {_name(state, node)}") if due > want else None)


def _arrives(state: CapableState, location: int, release: int, lead: int) -> int:
    """When an order released then is there."""
    problem = state.found.case.problem
    if problem.numbers[ORIGIN] < 0:
        return release + lead
    return int(arrival_day(problem, location, release, lead))


def _released(state: CapableState, location: int, due: int, lead: int) -> int:
    """The last day on which an order may be released to be there on `due`."""
    day = due - lead
    while day > 0 and _arrives(state, location, day, lead) > due:
        day -= 1
    return day


def _lots(quantity: int, way: _Way, unit: int) -> tuple[int, int]:
    """Good quantity under an option's lot rules, and in how many orders."""
    good = int(round_up(max(int(round_up(quantity, unit)), way.min_lot), way.multiple))
    if way.max_lot <= 0 or good <= way.max_lot:
        return good, 1
    multiple = max(way.multiple, unit)
    full = max(way.max_lot // multiple * multiple, unit)
    rest = good % full
    if rest:
        good += max(int(round_up(max(rest, way.min_lot), multiple)) - rest, 0)
    return good, -(-good // full)


def _components(
    trial: _Trial, recipe: _Recipe, way: _Way, released: int, release: int, count: int
) -> tuple[int, str | None]:
    """The day on which all that an order takes can be had, and what comes last."""
    ready, limit = release, None
    for line in recipe.lines:
        if not line.from_day <= release < line.to_day or line.option not in {-1, way.option}:
            continue
        if line.moved != (way.kind == TRANSFER) or (way.kind == BUY and not recipe.phantom):
            continue
        exact = -(-released * line.numerator // line.denominator) + line.fixed
        required = -(-exact // line.unit) * line.unit + (count - 1) * (line.fixed + line.unit)
        found = _had(trial, line.child, required, release)
        if found.day > ready:
            ready, limit = found.day, found.limit
        if ready >= trial.state.horizon:
            break
    return ready, limit


def _work(
    trial: _Trial, node: int, recipe: _Recipe, way: _Way, released: int, good: int, ready: int, count: int
) -> tuple[int, str | None]:
    """The first day from `ready` on that has the minutes, or the source's capacity; and who made it wait."""
    state, problem = trial.state, trial.state.found.case.problem
    starts = problem.bucket_start
    if way.source >= 0 and not recipe.phantom:
        due = min(_arrives(state, recipe.location, ready, way.lead), state.horizon - 1)
        first = int(problem.bucket_of[due])
        fits = trial.room_of(way.source)[first:] >= good
        if not fits.any():
            return state.horizon, f"material {_name(state, node)}"
        bucket = first + int(fits.argmax())
        trial.use(way.source, bucket, good)
        later = bucket > first
        start = max(ready, int(starts[bucket]) - way.lead) if later else ready
        return start, f"material {_name(state, node)}" if later else None
    if way.kind != MAKE or recipe.phantom:
        return ready, None
    shop, first, full = state.found.case.shop, int(problem.bucket_of[ready]), None
    steps = range(int(shop.operation_first[recipe.item]), int(shop.operation_first[recipe.item + 1]))
    for bucket in range(first, starts.size - 1):
        chosen = _everyone_has_room(trial, steps, released, bucket, count)
        if isinstance(chosen, list):
            for row, minutes in chosen:
                trial.use(row, bucket, minutes)
            return max(ready, int(starts[bucket])), full
        full = f"resource {state.found.floor.resources[chosen]}"
    return state.horizon, full


def _everyone_has_room(
    trial: _Trial, steps: range, released: int, bucket: int, count: int
) -> list[tuple[int, int]] | int:
    """Resource and minutes of each operation in a bucket; the first resource without room where one has none."""
    shop, chosen, asked = trial.state.found.case.shop, [], {}
    for step in steps:
        alternates = range(int(shop.alternate_first[step]), int(shop.alternate_first[step + 1]))
        for alternate in alternates:
            row = int(shop.resource[alternate])
            minutes = count * int(shop.setup[alternate]) - (-released * int(shop.run[alternate]) // QUANTITY_SCALE)
            if int(trial.room_of(row)[bucket]) - asked.get(row, 0) >= minutes:
                chosen.append((row, minutes))
                asked[row] = asked.get(row, 0) + minutes
                break
        else:
            return int(shop.resource[alternates[0]])
    return chosen
