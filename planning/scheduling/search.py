"""Who does what for how long: dispatcher, annealing, CP-SAT and large neighbourhoods, by the problem's class.

First the weighted tardiness is brought down, then, without giving any of it up, the makespan. A goal ends when its bound is
met or its time is over. A small problem gets a reproducible search first. Then a job shop whose machines leave no
choice belongs to tabu search and CP-SAT; where there is a choice or changeovers the time is shared with annealing; what is
too large for one model is improved by annealing and by large neighbourhoods, what is larger still by other weights for the
list scheduler.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

from planning.scheduling.anneal import Annealing, Goal, price_of
from planning.scheduling.bounds import makespan_bound, tardiness_bound, wall_of
from planning.scheduling.dispatch import MANY_OPERATIONS, dispatch
from planning.scheduling.improve import improve_windows
from planning.scheduling.model import Found, arc_count, improve_makespan, improve_tardiness
from planning.scheduling.problem import (
    NEVER,
    Arrays,
    Schedule,
    Value,
    has_changeovers,
    has_one_calendar,
    has_units,
    is_flexible,
    value_of,
)
from planning.scheduling.tabu import JobShop, TabuSearch, job_shop_of
from planning.scheduling.timing import work_before
from planning.scheduling.weights import improve_weights
from planning.solvers.cp_sat import Effort

WHOLE_OPERATIONS = 1200
WHOLE_ALTERNATIVES = 6000
WHOLE_ARCS = 40_000
FIRST_SHARE = 0.3
"""Share of the time after which the dispatcher tries no further rule."""
REPRODUCIBLE_WORK = 2.0
HOT, COLD = 0.1, 0.01
"""Temperatures of annealing in mean minutes of an operation."""
MOVES_A_WALK = 500
MOVES_TO_HEAT = 200
"""Moves an operation that a walk from hot to cold needs to be worth it."""
SEQUENCES_SHARE = 0.45
"""Share of the time for tabu search where nothing but sequences is to be found."""
PILOT_STEPS = 100_000
"""Operations timed to learn how fast moves are."""
PLAIN_ANNEALING, SHARED_ANNEALING, SHARED_PROOF = 0.06, 0.25, 0.3
EPSILON = 1e-6


@dataclass
class Search:
    """The problem, the best schedule so far and what is proved."""

    arrays: Arrays
    union: Arrays
    tardiness_first: bool
    seed: int
    threads: int
    ends: float
    schedule: Schedule
    value: Value
    tardiness_bound: float = 0.0
    makespan_bound: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def left(self) -> float:
        """Seconds left."""
        return self.ends - perf_counter()

    def offer(self, schedule: Schedule | None) -> None:
        """Keep a schedule if it is better."""
        if schedule is None:
            return
        value = value_of(self.arrays, schedule, tardiness_first=self.tardiness_first)
        if value < self.value:
            self.schedule, self.value = schedule, value

    def tardiness_proved(self) -> bool:
        """Whether no schedule has less weighted tardiness."""
        return self.value.tardiness <= self.tardiness_bound * (1 + 1e-9) + EPSILON

    def makespan_proved(self) -> bool:
        """Whether no schedule as punctual as this one ends earlier."""
        return self.value.makespan <= self.makespan_bound

    def sequencing_only(self) -> bool:
        """Whether there is nothing to choose but sequences on single machines."""
        return not (is_flexible(self.arrays) or has_units(self.arrays) or has_changeovers(self.arrays))

    def fits_one_model(self) -> bool:
        """Whether CP-SAT takes the problem whole."""
        sizes = self.arrays.op_job.size <= WHOLE_OPERATIONS and self.arrays.alt_machine.size <= WHOLE_ALTERNATIVES
        return sizes and arc_count(self.arrays) <= WHOLE_ARCS

    def is_large(self) -> bool:
        """Whether one move of a search over sequences costs as much as a schedule."""
        return self.arrays.op_job.size > MANY_OPERATIONS

    def spent(self, phase: str, since: float) -> None:
        """Add the time since an instant to a phase."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - since


def search(
    arrays: Arrays,
    union: Arrays,
    *,
    tardiness_first: bool,
    seconds: float,
    seed: int = 0,
    threads: int | None = None,
    first: Schedule | None = None,
) -> Search:
    """Schedule for a while.

    Args:
        arrays: the problem; every operation finds working time.
        union: the same with one calendar (`from_package.union_of`).
        seconds: wall-clock time from now; the dispatcher's schedule is there in any case.
        first: a schedule to begin with, instead of the dispatcher's.

    Returns:
        The search at its end: schedule, value and bounds.
    """
    began = perf_counter()
    schedule = first or dispatch(arrays, tardiness_first=tardiness_first, until=began + FIRST_SHARE * seconds)
    value = value_of(arrays, schedule, tardiness_first=tardiness_first)
    state = Search(arrays, union, tardiness_first, seed, threads or os.cpu_count() or 1, began + seconds, schedule,
                   value)  # fmt: skip
    state.spent("dispatch", began)
    if arrays.op_job.size == 0:
        return state
    state.makespan_bound = makespan_bound(arrays)
    state.tardiness_bound = tardiness_bound(arrays) if tardiness_first else 0.0
    if not state.tardiness_proved():
        share = 1.0 if state.is_large() else 0.7
        _pursue(state, _tardiness_goal(state), _less_tardiness, state.tardiness_proved, share=share)
    if not state.makespan_proved():
        _pursue(state, _makespan_goal(state), _less_makespan, state.makespan_proved, share=1.0)
    return state


def _tardiness_goal(state: Search) -> Goal:
    return Goal(1.0, 0.0, 1e-3)


def _makespan_goal(state: Search) -> Goal:
    dues = state.tardiness_first and bool((state.arrays.job_due < NEVER).any())
    return Goal(1e6 if dues else 0.0, state.value.tardiness, 1.0)


def _less_tardiness(state: Search, effort: Effort) -> None:
    found = improve_tardiness(state.union, state.arrays, state.schedule, known=state.value.tardiness, effort=effort)
    state.offer(found.schedule)
    state.tardiness_bound = max(state.tardiness_bound, min(found.bound, state.value.tardiness))


def _less_makespan(state: Search, effort: Effort) -> None:
    limit = state.value.tardiness if _makespan_goal(state).tardiness_price else None
    found: Found = improve_makespan(state.union, state.arrays, state.schedule, tardiness_limit=limit, effort=effort)
    state.offer(found.schedule)
    bound = wall_of(state.union, found.bound)
    state.makespan_bound = max(state.makespan_bound, min(bound, state.value.makespan))


def _pursue(
    state: Search, goal: Goal, solve: Callable[[Search, Effort], None], proved: Callable[[], bool], *, share: float
) -> None:
    """Work for one goal until it is proved or its share of the time left is used."""
    ends = perf_counter() + share * max(state.left(), 0.0)
    plain = state.sequencing_only() and has_one_calendar(state.arrays)

    def run(seconds: float, workers: int, deterministic: float | None = None) -> None:
        since = perf_counter()
        seconds = min(seconds, ends - since)
        if seconds > 0.05:
            solve(state, Effort(seconds, state.seed, workers, state.sequencing_only(), deterministic))
        state.spent("cp_sat", since)

    def walk(seconds: float) -> None:
        since = perf_counter()
        seconds = min(seconds, ends - since)
        if seconds > 0.05:
            _anneal(state, goal, seconds)
        state.spent("anneal", since)

    total = ends - perf_counter()
    if state.is_large():
        since = perf_counter()
        state.offer(improve_weights(state.arrays, lambda found: price_of(state.arrays, found, goal), seconds=total,
                                    tardiness_first=goal.tardiness_price > 0.0, seed=state.seed,
                                    threads=state.threads))  # fmt: skip
        state.spent("weights", since)
        return
    if not state.fits_one_model():
        walk(0.5 * total)
        while ends - perf_counter() > 0.1 and not proved():
            since = perf_counter()
            state.offer(improve_windows(state.arrays, state.union, state.schedule, goal,
                                        seconds=min(0.15 * total, ends - since), seed=state.seed,
                                        workers=state.threads))  # fmt: skip
            state.spent("windows", since)
            walk(0.2 * total)
        return
    run(0.2 * total, 1, REPRODUCIBLE_WORK)
    shop = job_shop_of(state.arrays) if plain and goal.tardiness_price == 0.0 else None
    if shop is not None and not proved():
        since = perf_counter()
        _search_sequences(state, shop, since + min(SEQUENCES_SHARE * total, ends - since))
        state.spent("tabu", since)
    elif not proved():
        walk((PLAIN_ANNEALING if plain else SHARED_ANNEALING) * total)
    if not proved():
        run((1.0 if plain else SHARED_PROOF) * (ends - perf_counter()), state.threads)
    if not plain and not proved():
        walk(ends - perf_counter())


def _search_sequences(state: Search, shop: JobShop, until: float) -> None:
    """Tabu search on every thread, each with a population of its own."""
    target = work_before(state.arrays, 0, state.makespan_bound)

    def walk(seed: int) -> Schedule | None:
        found: list[Schedule] = []
        TabuSearch(state.arrays, shop, seed=seed).run(state.schedule, until, target, found.append)
        return found[-1] if found else None

    with ThreadPoolExecutor(max_workers=state.threads) as pool:
        for schedule in pool.map(walk, [state.seed * state.threads + number for number in range(state.threads)]):
            state.offer(schedule)


def _anneal(state: Search, goal: Goal, seconds: float) -> None:
    """Walk on every thread from hot to cold and keep the best."""
    until = perf_counter() + seconds
    pilot = max(10, min(200, PILOT_STEPS // state.arrays.op_job.size))
    mean = float(state.arrays.alt_minutes.mean()) + 1e-9
    if goal.tardiness_price == 1.0:
        mean *= max(float(state.arrays.job_weight.mean()), 1e-9)

    def walk(seed: int) -> Schedule:
        walker = Annealing(state.arrays, state.schedule, goal, seed=seed)
        began = perf_counter()
        walker.walk(COLD * mean, pilot)
        speed = pilot / max(perf_counter() - began, 1e-6)
        heat = min(speed * seconds / (MOVES_TO_HEAT * state.arrays.op_job.size), 1.0)
        hot = COLD * (HOT / COLD) ** heat
        moves = max(1, min(MOVES_A_WALK, int(speed * seconds / 50)))
        while (now := perf_counter()) < until:
            done = (now - began) / seconds
            walker.walk(hot * (COLD / hot) ** done * mean, moves)
        return walker.best()

    seeds = [1_000_003 * (state.seed + 1) + 10_007 * number for number in range(state.threads)]
    with ThreadPoolExecutor(max_workers=state.threads) as pool:
        for schedule in pool.map(walk, [seed % 2**31 for seed in seeds]):
            state.offer(schedule)


def bound_of(state: Search) -> Value:
    """What is proved: least weighted tardiness, least makespan."""
    return Value(min(state.tardiness_bound, state.value.tardiness), min(state.makespan_bound, state.value.makespan))


def is_optimal(state: Search) -> bool:
    """Whether both goals are proved."""
    return state.arrays.op_job.size == 0 or (state.tardiness_proved() and state.makespan_proved())
