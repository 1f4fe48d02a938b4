"""The first schedule: a greedy dispatcher that works through the shop in the order of time.

At every step the operation that could end first names its machine; among the operations that would be held up by
it on that machine a priority rule picks the next one (Giffler and Thompson 1960, extended to alternative machines by
earliest completion). The rules are tried one after the other and the best schedule is kept: most work remaining,
shortest, earliest due, apparent tardiness cost with setups (Lee, Bhaskaran and Pinedo 1997) looking ahead a little or far,
shortest changeover, first come, least weighted work left.
"""

import heapq
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.problem import NEVER, NOBODY, Arrays, FloatArray, IntArray, Schedule, Value, value_of
from planning.scheduling.timing import changeover_minutes, place, ready_wall, timed, wall_end, work_start

MOST_WORK, SHORTEST, EARLIEST_DUE, APPARENT_TARDINESS, SHORTEST_CHANGEOVER, FIRST_COME, FAR_SIGHTED, WEIGHTED = range(8)
RULES = tuple(range(8))
MANY_OPERATIONS = 2000
LOOK_AHEAD = 2.0
FAR_AHEAD = 20.0
"""Average processing times that apparent tardiness looks ahead (k of the rule): within a job, over several jobs."""


@kernel
def _best_place(
    arrays: Arrays,
    op: int,
    lane_work: IntArray,
    lane_state: IntArray,
    end: IntArray,
    lead_end: IntArray,
    found: IntArray,
) -> None:
    """Where the operation would end first: found = [end, alternative, lane, working minute of its start]."""
    ready = ready_wall(arrays, op, end, lead_end)
    found[0], found[1] = NEVER, arrays.alt_first[op]
    found[2] = arrays.machine_lane[arrays.alt_machine[found[1]]]
    found[3] = 0
    if ready >= NEVER:
        return
    least = NEVER
    for a in range(arrays.alt_first[op], arrays.alt_first[op + 1]):
        machine = arrays.alt_machine[a]
        best_work, best_lane = NEVER, NOBODY
        for lane in range(arrays.machine_lane[machine], arrays.machine_lane[machine + 1]):
            work = work_start(arrays, op, a, ready, lane_work[lane], lane_state[lane], end, lead_end)
            if work < best_work:
                best_work, best_lane = work, lane
            if lane_work[lane] == 0 and lane_state[lane] == 0:
                break
        if best_lane == NOBODY:
            continue
        ends = wall_end(arrays, arrays.machine_calendar[machine], best_work + max(arrays.alt_minutes[a], 1))
        if ends < least:
            least = ends
            found[0], found[1], found[2], found[3] = ends, a, best_lane, best_work


@kernel
def _rank(
    arrays: Arrays, rule: int, op: int, alternative: int, start: int, change: int, left: FloatArray, average: float
) -> float:
    """Priority by a rule; the least goes first."""
    job = arrays.op_job[op]
    minutes = arrays.alt_minutes[alternative]
    rank = float(start)
    if rule == 0:
        rank = -left[op]
    elif rule == 1:
        rank = minutes + change
    elif rule == 2:
        rank = arrays.job_due[job] - left[op]
    elif rule in (3, 6):
        ahead = LOOK_AHEAD if rule == 3 else FAR_AHEAD
        slack = max(arrays.job_due[job] - start - left[op], 0.0)
        weight = arrays.job_weight[job] if arrays.job_due[job] < NEVER else 0.0
        urgent = weight / max(minutes, 1) * np.exp(-slack / (ahead * average)) * np.exp(-4.0 * change / average)
        rank = -urgent * 1e6 - left[op] * 1e-6
    elif rule == 4:
        rank = change * 1e6 - left[op]
    elif rule == 7:
        rank = (left[op] + change) / max(arrays.job_weight[job], 1e-9)
    return rank


@allocating_kernel
def _work_left(arrays: Arrays) -> FloatArray:
    """float64[N]: shortest minutes of the operation and of all that follow it in its job."""
    left = np.zeros(arrays.op_job.size)
    for i in range(arrays.op_job.size - 1, -1, -1):
        least = NEVER
        for a in range(arrays.alt_first[i], arrays.alt_first[i + 1]):
            least = min(least, arrays.alt_minutes[a])
        follows = i + 1 < arrays.op_job.size and arrays.op_job[i + 1] == arrays.op_job[i]
        left[i] = least + (left[i + 1] if follows else 0.0)
    return left


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
            rank = _rank(arrays, rule, op, a, ready, change, left, average)
            priority = arrays.job_priority[arrays.op_job[op]]
            if rank < best_rank or (rank == best_rank and (priority, op) < (best_priority, best)):
                best, best_rank, best_priority = op, rank, priority
        op = queues.following[op]
    return best


@allocating_kernel
def _waiting_for(arrays: Arrays) -> IntArray:
    """int64[N], operations that must end before each."""
    waits = arrays.before_first[1:] - arrays.before_first[:-1]
    for op in range(1, waits.size):
        if arrays.op_job[op - 1] == arrays.op_job[op]:
            waits[op] += 1
    return waits


@allocating_kernel
def _dispatched(arrays: Arrays, rule: int) -> tuple[IntArray, IntArray, IntArray]:
    """Order, alternatives and lanes by one rule."""
    count, lanes, machines = arrays.op_job.size, arrays.lane_machine.size, arrays.machine_calendar.size
    start, end, lead_end = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    lane_work, lane_state = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    order, lane_of, found = np.zeros(count, np.int64), np.full(count, NOBODY, np.int64), np.zeros(4, np.int64)
    queues = Queues(np.full(machines, NOBODY, np.int64), np.full(count, NOBODY, np.int64),
                    np.full(count, NOBODY, np.int64), np.full(count, NOBODY, np.int64))  # fmt: skip
    waits, left, average = _waiting_for(arrays), _work_left(arrays), max(arrays.alt_minutes.mean(), 1.0)
    heap = [(4 * NEVER, NOBODY)]  # Reached only where operations wait for one another in a circle.
    for op in range(count):
        if waits[op] == 0:
            _best_place(arrays, op, lane_work, lane_state, end, lead_end, found)
            _join(arrays, queues, op, found[1])
            heapq.heappush(heap, (found[0], op))
    done = 0
    while done < count:
        stale, op = heapq.heappop(heap)
        if op == NOBODY:
            break
        if lane_of[op] != NOBODY:
            continue
        _best_place(arrays, op, lane_work, lane_state, end, lead_end, found)
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
        for successor in _successors(arrays, pick):
            waits[successor] -= 1
            if waits[successor] == 0:
                _best_place(arrays, successor, lane_work, lane_state, end, lead_end, found)
                _join(arrays, queues, successor, found[1])
                heapq.heappush(heap, (found[0], successor))
    return order, queues.chosen, lane_of


@allocating_kernel
def _successors(arrays: Arrays, op: int) -> IntArray:
    """Operations that wait for this one."""
    others = arrays.after[arrays.after_first[op] : arrays.after_first[op + 1]]
    if op + 1 < arrays.op_job.size and arrays.op_job[op + 1] == arrays.op_job[op]:
        joined = np.zeros(others.size + 1, np.int64)
        joined[0] = op + 1
        joined[1:] = others
        return joined
    return others


def dispatch(arrays: Arrays, *, tardiness_first: bool, rules: tuple[int, ...] = RULES) -> Schedule:
    """The best schedule of the rules.

    >>> from planning.scheduling.examples import two_jobs_on_a_machine
    >>> dispatch(two_jobs_on_a_machine(), tardiness_first=False).end.tolist()
    [10, 25]
    """
    best: Schedule | None = None
    least: Value | None = None
    with ThreadPoolExecutor(max_workers=2 if arrays.op_job.size > MANY_OPERATIONS else 1) as pool:
        schedules = list(pool.map(lambda rule: timed(arrays, *_dispatched(arrays, rule)), rules))
    for schedule in schedules:
        value = value_of(arrays, schedule, tardiness_first=tardiness_first)
        if least is None or value < least:
            best, least = schedule, value
    assert best is not None
    return best
