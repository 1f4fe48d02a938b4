"""Tabu search of sequences: paths are those of the timed schedule, estimates never say too much, moves keep sequences whole."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.package import read_package
from planning.scheduling.dispatch import dispatch
from planning.scheduling.from_package import jobs_of
from planning.scheduling.method import _fitting
from planning.scheduling.problem import Arrays, Schedule
from planning.scheduling.tabu import (
    Paths,
    Sequences,
    TabuSearch,
    chained,
    find_paths,
    job_shop_of,
    relink,
    tabu_search,
    turns_apart,
)
from tests.job_shops import shop


def arrays_of(minutes: list[list[tuple[int, int]]], **more: pl.DataFrame) -> Arrays:
    """A job shop: by job, machine and minutes of its operations."""
    routings = [
        {"item": f"I{job}", "operation": place + 1, "resource": f"M{machine}", "run_minutes": float(length)}
        for job, operations in enumerate(minutes)
        for place, (machine, length) in enumerate(operations)
    ]
    jobs = [{"job": f"J{job}", "item": f"I{job}", "quantity": 1.0} for job in range(len(minutes))]
    package = read_package(shop(routings, jobs, **more))
    return _fitting(package, jobs_of(package))[1]


FISHER_THOMPSON_6 = [
    [(2, 1), (0, 3), (1, 6), (3, 7), (5, 3), (4, 6)],
    [(1, 8), (2, 5), (4, 10), (5, 10), (0, 10), (3, 4)],
    [(2, 5), (3, 4), (5, 8), (0, 9), (1, 1), (4, 7)],
    [(1, 5), (0, 5), (2, 5), (3, 3), (4, 8), (5, 9)],
    [(2, 9), (1, 3), (4, 5), (5, 4), (0, 3), (3, 1)],
    [(1, 3), (3, 3), (5, 9), (0, 10), (4, 4), (2, 1)],
]
"""FT06 of Fisher and Thompson (1963), machine and minutes; its least makespan is 55."""

job_shops = st.integers(2, 4).flatmap(
    lambda machines: st.lists(
        st.permutations(range(machines)).flatmap(
            lambda route: st.tuples(*(st.tuples(st.just(machine), st.integers(1, 20)) for machine in route)).map(list)
        ),
        min_size=2,
        max_size=5,
    )
)


def room(count: int) -> tuple[Paths, np.ndarray]:
    """Room for paths and positions."""
    return Paths(*(np.zeros(count, dtype=np.int64) for _ in range(4))), np.zeros(count, dtype=np.int64)


def members(sequences: Sequences, machine: np.ndarray) -> list[list[int]]:
    """Operations of every machine in their turn."""
    found = []
    for first in np.flatnonzero(sequences.before == -1):
        found.append([int(first)])
        while sequences.after[found[-1][-1]] != -1:
            found[-1].append(int(sequences.after[found[-1][-1]]))
    assert all(len(set(machine[turn])) == 1 for turn in found)
    return found


@settings(max_examples=40, deadline=None)
@given(job_shops)
def test_what_is_found_is_what_the_schedule_takes(minutes: list[list[tuple[int, int]]]) -> None:
    """The makespan by longest paths is that of the timed schedule, never above the dispatcher's nor below the bounds."""
    arrays = arrays_of(minutes)
    jobs = job_shop_of(arrays)
    assert jobs is not None
    greedy = dispatch(arrays, tardiness_first=False)
    paths, _ = room(jobs.minutes.size)
    first = chained(greedy.order, arrays.alt_machine)
    assert find_paths(jobs, first, paths) == greedy.end.max()
    found: list[Schedule] = []
    TabuSearch(arrays, jobs, seed=3).run(greedy, perf_counter() + 0.05, 0, found.append)
    ends = [int(schedule.end.max()) for schedule in found]
    assert ends == sorted(ends, reverse=True)
    assert ends[-1] <= greedy.end.max()
    load = max(sum(length for job in minutes for m, length in job if m == machine) for machine in range(4))
    assert ends[-1] >= max(load, *(sum(length for _, length in job) for job in minutes))


@settings(max_examples=40, deadline=None)
@given(job_shops, st.integers(0, 1000))
def test_sequences_stay_whole(minutes: list[list[tuple[int, int]]], seed: int) -> None:
    """Moves and relinking keep every operation once on its machine, and no two machines contradict each other."""
    arrays = arrays_of(minutes)
    jobs = job_shop_of(arrays)
    assert jobs is not None
    count = jobs.minutes.size
    paths, position = room(count)
    start = chained(dispatch(arrays, tardiness_first=False).order, arrays.alt_machine)
    goal = chained(dispatch(arrays, tardiness_first=False, rules=(1,)).order, arrays.alt_machine)
    before = sorted(sorted(turn) for turn in members(start, jobs.machine))
    best = Sequences(start.before.copy(), start.after.copy())
    spare = np.zeros(count + 1, dtype=np.int64)
    least = tabu_search(jobs, start, best, paths, np.zeros(count * count, dtype=np.int64), spare, spare.copy(),
                        np.zeros(10, dtype=np.int64), 3, 200, 0, seed)  # fmt: skip
    for sequences in (start, best):
        assert sorted(sorted(turn) for turn in members(sequences, jobs.machine)) == before
        assert find_paths(jobs, sequences, paths) >= least
    assert find_paths(jobs, best, paths) == least
    apart = turns_apart(best, goal, position)
    swapped = relink(jobs, best, goal, paths, position, 1.0, seed)
    assert turns_apart(best, goal, position) == apart - swapped
    assert find_paths(jobs, best, paths) > 0


def test_fisher_and_thompson() -> None:
    """FT06 is found at 55 minutes."""
    arrays = arrays_of(FISHER_THOMPSON_6)
    jobs = job_shop_of(arrays)
    assert jobs is not None
    found: list[Schedule] = []
    TabuSearch(arrays, jobs, seed=0).run(
        dispatch(arrays, tardiness_first=False), perf_counter() + 20.0, 55, found.append
    )
    assert found[-1].end.max() == 55


@pytest.mark.parametrize("more", ["overlap", "nothing"])
def test_more_than_sequences_is_left_to_others(more: str) -> None:
    """Overlap and operations of no minutes are not for this search."""
    row = {"item": "A", "operation": 10, "resource": "M", "run_minutes": 5.0, "overlap_quantity": 0.0}
    rows = [row, {**row, "operation": 20, "resource": "N"}]
    if more == "overlap":
        rows[0]["overlap_quantity"] = 1.0
    else:
        rows[0]["run_minutes"] = 0.0
    package = read_package(shop(rows, [{"job": "J", "item": "A", "quantity": 4.0}]))
    assert job_shop_of(_fitting(package, jobs_of(package))[1]) is None
