"""The first schedule: a greedy dispatcher that works through the shop in the order of time.

At every step the operation that could end first names its machine; among the operations that would be held up by
it on that machine a priority rule picks the next one (Giffler and Thompson 1960, extended to alternative machines by
earliest completion). The rules are tried one after the other and the best schedule is kept. Large shops are scheduled in
list_scheduling.py, by the same rules.
"""

import heapq
import math
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.list_scheduling import list_schedule
from planning.scheduling.problem import NEVER, NOBODY, Arrays, FloatArray, IntArray, Schedule, Value, value_of
from planning.scheduling.ranking import RULES, best_place, rank_of, successors_of, waiting_counts, work_left
from planning.scheduling.timing import changeover_minutes, place, ready_wall, timed, work_start

MANY_OPERATIONS = 2000
"""From here on a list schedule is made, whose work grows with the operations alone."""


class Queues(NamedTuple):
    """Operations that wait, in a list a machine; `chosen` is the alternative by which each stands there."""

    head: IntArray
    following: IntArray
    previous: IntArray
    chosen: IntArray


@kernel
def _leave(arrays: Arrays, queues: Queues, op: int) -> None:
    """Take an operation out of its machine's list."""
    before, after = queues.previous[op], queues.following[op]
    if before == NOBODY:
        queues.head[arrays.alt_machine[queues.chosen[op]]] = after
    else:
        queues.following[before] = after
    if after != NOBODY:
        queues.previous[after] = before


@kernel
def _join(arrays: Arrays, queues: Queues, op: int, alternative: int) -> None:
    """Put an operation into the list of an alternative's machine."""
    machine = arrays.alt_machine[alternative]
    queues.chosen[op] = alternative
    queues.previous[op] = NOBODY
    queues.following[op] = queues.head[machine]
    if queues.head[machine] != NOBODY:
        queues.previous[queues.head[machine]] = op
    queues.head[machine] = op


@kernel
def _pick(
    arrays: Arrays,
    rule: int,
    machine: int,
    soonest: int,
    queues: Queues,
    lane: int,
    lane_work: IntArray,
    lane_state: IntArray,
    end: IntArray,
    lead_end: IntArray,
    left: FloatArray,
    average: float,
) -> int:
    """The operation waiting for the machine that the rule prefers among those that could begin before `soonest`."""
    best, best_rank, best_priority = NOBODY, np.inf, 0
    op = queues.head[machine]
    while op != NOBODY:
        a = queues.chosen[op]
        ready = ready_wall(arrays, op, end, lead_end)
        work = work_start(arrays, op, a, ready, lane_work[lane], lane_state[lane], end, lead_end)
        if work < soonest:
            change = changeover_minutes(arrays, machine, lane_state[lane], arrays.alt_state[a])
            rank = rank_of(arrays, rule, op, a, ready, change, left, average, arrays.job_weight)
            priority = arrays.job_priority[arrays.op_job[op]]
            if rank < best_rank or (rank == best_rank and (priority, op) < (best_priority, best)):
                best, best_rank, best_priority = op, rank, priority
        op = queues.following[op]
    return best


@allocating_kernel
def _dispatched(arrays: Arrays, rule: int) -> tuple[IntArray, IntArray, IntArray]:
    """Order, alternatives and lanes by one rule."""
    count, lanes, machines = arrays.op_job.size, arrays.lane_machine.size, arrays.machine_calendar.size
    start, end, lead_end = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    lane_work, lane_state = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    order, lane_of, found = np.zeros(count, np.int64), np.full(count, NOBODY, np.int64), np.zeros(4, np.int64)
    queues = Queues(np.full(machines, NOBODY, np.int64), np.full(count, NOBODY, np.int64),
                    np.full(count, NOBODY, np.int64), np.full(count, NOBODY, np.int64))  # fmt: skip
    waits, left, average = waiting_counts(arrays), work_left(arrays), max(arrays.alt_minutes.mean(), 1.0)
    heap = [(4 * NEVER, NOBODY)]  # Reached only where operations wait for one another in a circle.
    for op in range(count):
        if waits[op] == 0:
            best_place(arrays, op, lane_work, lane_state, end, lead_end, found)
            _join(arrays, queues, op, found[1])
            heapq.heappush(heap, (found[0], op))
    done = 0
    while done < count:
        stale, op = heapq.heappop(heap)
        if op == NOBODY:
            break
        if lane_of[op] != NOBODY:
            continue
        best_place(arrays, op, lane_work, lane_state, end, lead_end, found)
        if found[1] != queues.chosen[op]:
            _leave(arrays, queues, op)
            _join(arrays, queues, op, found[1])
        if found[0] > stale:
            heapq.heappush(heap, (found[0], op))
            continue
        machine, lane = arrays.alt_machine[found[1]], found[2]
        soonest = found[3] + max(arrays.alt_minutes[found[1]], 1)
        pick = op
        if found[0] < NEVER:
            pick = _pick(arrays, rule, machine, soonest, queues, lane, lane_work, lane_state, end, lead_end, left,
                         average)  # fmt: skip
        if pick != op:
            heapq.heappush(heap, (found[0], op))
        _leave(arrays, queues, pick)
        place(arrays, pick, queues.chosen[pick], lane, lane_work, lane_state, start, end, lead_end)
        order[done], lane_of[pick] = pick, lane
        done += 1
        for successor in successors_of(arrays, pick):
            waits[successor] -= 1
            if waits[successor] == 0:
                best_place(arrays, successor, lane_work, lane_state, end, lead_end, found)
                _join(arrays, queues, successor, found[1])
                heapq.heappush(heap, (found[0], successor))
    return order, queues.chosen, lane_of


def dispatch(
    arrays: Arrays, *, tardiness_first: bool, rules: tuple[int, ...] = RULES, until: float = math.inf
) -> Schedule:
    """The best schedule of the rules.

    Args:
        rules: which to try, in this order.
        until: when (`perf_counter`) no further rule is begun; the first is tried in any case.

    >>> from planning.scheduling.examples import two_jobs_on_a_machine
    >>> dispatch(two_jobs_on_a_machine(), tardiness_first=False).end.tolist()
    [10, 25]
    """
    many = arrays.op_job.size > MANY_OPERATIONS

    def attempt(rule: int) -> tuple[Value, Schedule] | None:
        if rule != rules[0] and perf_counter() > until:
            return None
        schedule = timed(
            arrays, *(list_schedule(arrays, rule, arrays.job_weight) if many else _dispatched(arrays, rule))
        )
        return value_of(arrays, schedule, tardiness_first=tardiness_first), schedule

    with ThreadPoolExecutor(max_workers=2 if many else 1) as pool:
        found = [outcome for outcome in pool.map(attempt, rules) if outcome is not None]
    return min(found, key=lambda outcome: outcome[0])[1]
