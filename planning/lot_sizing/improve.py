"""Fix-and-optimize: hold most orders where they are, decide a window of them anew, keep what is better.

Helber and Sahling (2010), with windows drawn at random (Chen 2015): a walk through the product structure, a
resource over some buckets, a random set of items over some buckets, every item over some buckets. A kind of window is
drawn the more often the more it has gained per second; a window's size grows while windows are proved
quickly and shrinks when they are not. Quantities, stock and overtime stay free, so every step is feasible and no
step makes the plan worse. In programs of many columns only the window's items and their neighbours stay free.

The first plan comes from `start`, the time and the bound from `optimize`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from planning.lot_sizing.formulation import ABSENT, Formulation
from planning.lot_sizing.problem import LotSizingProblem
from planning.solvers.mathopt import BoolArray, Engine, FloatArray, Status, restrict, solve

WINDOW_GAP = 5e-4
FIRST_WINDOW = 36
SMALLEST_WINDOW = 10
FREE_COLUMN_LIMIT = 12_000


@dataclass(frozen=True)
class Neighbourhood:
    """What a window may follow: components and parents of every item, sources of every resource and item."""

    neighbours: tuple[tuple[int, ...], ...]
    sources_of_item: tuple[tuple[int, ...], ...]
    sources_of_resource: tuple[tuple[int, ...], ...]


def neighbourhood(problem: LotSizingProblem) -> Neighbourhood:
    """Read the product structure and the resources of a problem."""
    neighbours: list[set[int]] = [set() for _ in problem.items]
    on_resource: list[list[int]] = [[] for _ in problem.resources]
    for index, source in enumerate(problem.sources):
        for component in source.components:
            neighbours[source.item].add(component.item)
            neighbours[component.item].add(source.item)
        for use in source.uses:
            on_resource[use.resource].append(index)
    return Neighbourhood(
        neighbours=tuple(tuple(sorted(items)) for items in neighbours),
        sources_of_item=problem.sources_of(),
        sources_of_resource=tuple(tuple(sources) for sources in on_resource if sources),
    )


def _span(random: np.random.Generator, bucket_count: int, width: int) -> slice:
    """A run of buckets that may hang over either end, so that the ends are drawn as often as the middle."""
    first = int(random.integers(-(width // 2), max(1, bucket_count - width // 2)))
    return slice(max(0, first), max(0, first) + width)


def _walk(random: np.random.Generator, near: Neighbourhood, shape: tuple[int, int], size: int) -> BoolArray:
    """Items met on a walk through the product structure, over all buckets."""
    window = np.zeros(shape, dtype=bool)
    items = [int(random.integers(len(near.neighbours)))]
    wanted = max(1, round(size / shape[1]))
    while len(items) < min(wanted, len(near.neighbours)):
        border = [item for known in items for item in near.neighbours[known] if item not in items]
        beyond = border or [item for item in range(len(near.neighbours)) if item not in items]
        items.append(int(random.choice(beyond)))
    for item in items:
        window[list(near.sources_of_item[item])] = True
    return window


def _resource(random: np.random.Generator, near: Neighbourhood, shape: tuple[int, int], size: int) -> BoolArray:
    """All sources on one resource over a run of buckets."""
    window = np.zeros(shape, dtype=bool)
    if not near.sources_of_resource:
        return _items(random, near, shape, size)
    sources = near.sources_of_resource[int(random.integers(len(near.sources_of_resource)))]
    width = max(2, round(size / len(sources)))
    chosen = random.permutation(sources)[: max(1, size // 2)]
    window[chosen, _span(random, shape[1], width)] = True
    return window


def _items(random: np.random.Generator, near: Neighbourhood, shape: tuple[int, int], size: int) -> BoolArray:
    """A random set of sources over a run of buckets."""
    del near
    window = np.zeros(shape, dtype=bool)
    count = min(max(2, shape[0] // 3), max(2, size // 3))
    chosen = random.permutation(shape[0])[:count]
    window[chosen, _span(random, shape[1], max(2, round(size / len(chosen))))] = True
    return window


def _buckets(random: np.random.Generator, near: Neighbourhood, shape: tuple[int, int], size: int) -> BoolArray:
    """Every source over a run of buckets; a random half of them where even two buckets are too many."""
    del near
    window = np.zeros(shape, dtype=bool)
    chosen = random.permutation(shape[0])[: max(1, size // 2)]
    window[chosen, _span(random, shape[1], max(2, round(size / shape[0])))] = True
    return window


WINDOWS: tuple[Callable[..., BoolArray], ...] = (_walk, _resource, _items, _buckets)


@dataclass
class _Search:
    """State of the search: the incumbent, the window size and what each kind of window has brought."""

    formulation: Formulation
    values: FloatArray
    objective: float
    size: int
    gains: FloatArray
    efforts: FloatArray

    def kind(self, random: np.random.Generator) -> int:
        """Draw a kind of window, by gain per second so far, none of them ever forgotten."""
        rates = (self.gains + 1e-9) / (self.efforts + 1e-3)
        chances = 0.12 + rates / rates.sum()
        return int(random.choice(len(chances), p=chances / chances.sum()))

    def free_columns(self, window: BoolArray, owner: npt.NDArray[np.int64], near: Neighbourhood) -> BoolArray:
        """Columns that the next program decides: the window's orders and all continuous columns near it."""
        columns = self.formulation.columns
        program = self.formulation.program
        free = ~program.integer
        if program.column_count > FREE_COLUMN_LIMIT:
            sources = self.formulation.problem.sources
            items = {sources[index].item for index in np.flatnonzero(window.any(axis=1))}
            items |= {other for item in items for other in near.neighbours[item]}
            close = np.zeros(len(near.neighbours) + 1, dtype=bool)
            close[list(items)] = True
            close[ABSENT] = True
            free &= close[owner]
        for block in (columns.orders, columns.multiples):
            inside = block[window & (block != ABSENT)]
            free[inside] = True
        closed = (columns.orders != ABSENT) & (columns.quantity != ABSENT) & ~window
        closed[closed] = self.values[columns.orders[closed]] < 0.5
        free[columns.quantity[closed]] = False
        held_multiples = (columns.multiples != ABSENT) & ~window
        free[columns.quantity[held_multiples]] = False
        return free


def improve(
    formulation: Formulation,
    values: FloatArray,
    *,
    seconds: float,
    seed: int = 0,
    bound: float = -np.inf,
    gap: float = 1e-6,
) -> FloatArray:
    """Improve a plan for a while.

    Args:
        formulation: the plain form; its emergency columns are open, so that any plan may be the first.
        values: the first plan, one value a column, feasible.
        seconds: wall-clock time to spend.
        seed: seed of the windows and of the solver.
        bound: a lower bound; the search ends when the plan is within `gap` of it.
        gap: see bound.

    Returns:
        The best plan found, never worse than the first.
    """
    started = perf_counter()
    random = np.random.default_rng(seed)
    program, shape = formulation.program, formulation.columns.orders.shape
    near = neighbourhood(formulation.problem)
    owner = formulation.owner_items()
    decidable = formulation.columns.orders != ABSENT
    search = _Search(
        formulation,
        values,
        float(program.cost @ values) + program.offset,
        FIRST_WINDOW,
        np.zeros(len(WINDOWS)),
        np.zeros(len(WINDOWS)),
    )
    while decidable.any():
        left = seconds - (perf_counter() - started)
        if left < 0.1 or search.objective - bound <= gap * abs(search.objective):
            break
        kind = search.kind(random)
        window = WINDOWS[kind](random, near, shape, search.size) & decidable
        if window.any():
            _step(search, window, owner, near, kind, limit=min(left, max(0.5, seconds / 40)), seed=seed)
    return search.values


def _step(
    search: _Search,
    window: BoolArray,
    owner: npt.NDArray[np.int64],
    near: Neighbourhood,
    kind: int,
    *,
    limit: float,
    seed: int,
) -> None:
    """Decide one window anew and keep the plan if it is better."""
    free = search.free_columns(window, owner, near)
    part, columns = restrict(search.formulation.program, search.values, free)
    answer = solve(
        part,
        seconds=limit,
        seed=seed,
        relative_gap_tolerance=WINDOW_GAP,
        hint=search.values[columns],
        engine=Engine.SCIP,
        light=True,
    )
    search.efforts[kind] = 0.9 * search.efforts[kind] + answer.seconds
    search.gains[kind] *= 0.9
    if answer.values is not None and answer.objective < search.objective - 1e-9 * abs(search.objective):
        search.gains[kind] += search.objective - answer.objective
        better = search.values.copy()
        better[columns] = answer.values
        search.values, search.objective = better, answer.objective
    if answer.status != Status.OPTIMAL:
        search.size = max(SMALLEST_WINDOW, int(search.size * 0.9))
    elif answer.seconds < 0.4 * limit:
        search.size = min(search.size + 2, window.size)
