"""Better schedules of a large shop: the list scheduler is run again and again with weights that blame what came out late.

A move of a search over sequences is timed anew behind it, which in a shop of ten thousand operations costs as much as a
whole list schedule. So the weights by which the rule ranks the jobs are searched instead: some are changed at random, more
often those of jobs that are late, and what is no worse is kept.

Source: Joslin and Clements, Squeaky wheel optimization (1999); problem space search, Storer, Wu and Vaccari (1992).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np

from planning.scheduling.list_scheduling import list_schedule
from planning.scheduling.problem import Arrays, FloatArray, Schedule, job_ends
from planning.scheduling.ranking import FAR_SIGHTED, MOST_WORK, WEIGHTED
from planning.scheduling.timing import timed

WIDEST, NARROWEST = 1.0, 0.05
"""Spread of the changes, as the standard deviation of their logarithm."""


def improve_weights(
    arrays: Arrays,
    cost: Callable[[Schedule], float],
    *,
    tardiness_first: bool,
    seconds: float,
    seed: int = 0,
    threads: int = 1,
) -> Schedule | None:
    """Search the weights for a while.

    Args:
        cost: of a schedule; the least is sought.
        tardiness_first: whether the jobs' own weights and due dates matter.
        seconds: wall-clock time to spend; no schedule is begun that would probably end later.
        threads: walks side by side, each with draws of its own.

    Returns:
        The best schedule found; None where there was no time for one.
    """
    until = perf_counter() + seconds
    with ThreadPoolExecutor(max_workers=threads) as pool:
        rules = (FAR_SIGHTED, WEIGHTED) if tardiness_first else (MOST_WORK,)
        first = arrays.job_weight if tardiness_first else np.ones(arrays.job_weight.size)
        draws = [np.random.default_rng(seed * threads + number) for number in range(threads)]
        walks = pool.map(lambda draw: _walk(arrays, cost, until, rules, first, draw), draws)
        found = [schedule for schedule in walks if schedule is not None]
    return min(found, key=cost, default=None)


def _walk(
    arrays: Arrays,
    cost: Callable[[Schedule], float],
    until: float,
    rules: tuple[int, ...],
    first: FloatArray,
    draw: np.random.Generator,
) -> Schedule | None:
    """One walk: every rule once, then the one that has turned out best."""
    weight: dict[int, FloatArray] = dict.fromkeys(rules, first)
    least: dict[int, float] = dict.fromkeys(rules, np.inf)
    best: dict[int, Schedule] = {}
    spread, longest, tried = WIDEST, 0.0, 0
    while perf_counter() + longest < until:
        since = perf_counter()
        rule = rules[tried] if tried < len(rules) else min(least, key=lambda each: least[each])
        tried += 1
        candidate = weight[rule] if rule not in best else _changed(arrays, weight[rule], best[rule], spread, draw)
        schedule = timed(arrays, *list_schedule(arrays, rule, candidate))
        value = cost(schedule)
        if value <= least[rule]:
            better = value < least[rule]
            weight[rule], least[rule], best[rule] = candidate, value, schedule
            spread = min(spread * 1.5, WIDEST) if better else spread
        else:
            spread = max(spread * 0.9, NARROWEST)
        longest = max(longest, perf_counter() - since)
    return min(best.items(), key=lambda pair: least[pair[0]])[1] if best else None


def _changed(
    arrays: Arrays, weight: FloatArray, schedule: Schedule, spread: float, draw: np.random.Generator
) -> FloatArray:
    """Other weights: of some late jobs and of a few others."""
    late = job_ends(arrays, schedule) > arrays.job_due
    share = draw.choice([0.02, 0.1, 0.3])
    chosen = draw.random(weight.size) < np.where(late, share, 0.3 * share)
    return np.where(chosen, weight * np.exp(spread * draw.standard_normal(weight.size)), weight)
