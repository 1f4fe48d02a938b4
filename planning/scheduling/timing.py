"""A sequence gets its times: every operation as early as its job, its material and its lane allow.

The operations are placed one after the other in a given order, each behind what its lane holds already (a semi-active
schedule). All conversions between working minutes and the wall clock are here.
"""

import numpy as np

from planning.compiled import allocating_kernel, inlined_kernel, kernel
from planning.scheduling.problem import NEVER, NO_MATRIX, Arrays, IntArray, Schedule


@kernel
def work_before(arrays: Arrays, calendar: int, wall: int) -> int:
    """Working minutes of a calendar before a wall time."""
    low, high = arrays.calendar_first[calendar], arrays.calendar_first[calendar + 1]
    first = low
    while low < high:
        middle = (low + high) // 2
        if arrays.segment_start[middle] <= wall:
            low = middle + 1
        else:
            high = middle
    if low == first:
        return 0
    k = low - 1
    return arrays.segment_work[k] + min(wall, arrays.segment_end[k]) - arrays.segment_start[k]


@kernel
def wall_start(arrays: Arrays, calendar: int, work: int) -> int:
    """Wall time at which the working minute after `work` others begins; NEVER where there is none."""
    low, high = arrays.calendar_first[calendar], arrays.calendar_first[calendar + 1]
    first = low
    while low < high:
        middle = (low + high) // 2
        if arrays.segment_work[middle] <= work:
            low = middle + 1
        else:
            high = middle
    if low == first:
        return NEVER
    k = low - 1
    wall = arrays.segment_start[k] + work - arrays.segment_work[k]
    return wall if wall < arrays.segment_end[k] else NEVER


@inlined_kernel
def wall_end(arrays: Arrays, calendar: int, work: int) -> int:
    """Wall time at which the `work`-th working minute ends; NEVER where there are not so many."""
    return wall_start(arrays, calendar, work - 1) + 1


@inlined_kernel
def changeover_minutes(arrays: Arrays, machine: int, before: int, after: int) -> int:
    """Minutes between two states of a machine; 0 on machines without a matrix."""
    place = arrays.machine_matrix[machine]
    if place == NO_MATRIX:
        return 0
    return arrays.changeover[place + before * arrays.machine_states[machine] + after]


@kernel
def ready_wall(arrays: Arrays, op: int, end: IntArray, lead_end: IntArray) -> int:
    """Earliest wall time by material, other jobs and the job's previous operation."""
    ready = arrays.op_release[op]
    if op > arrays.job_first[arrays.op_job[op]]:
        ready = max(ready, lead_end[op - 1])
    for k in range(arrays.before_first[op], arrays.before_first[op + 1]):
        ready = max(ready, end[arrays.before[k]])
    return ready


@kernel
def work_start(
    arrays: Arrays,
    op: int,
    alternative: int,
    ready: int,
    lane_work: int,
    lane_state: int,
    end: IntArray,
    lead_end: IntArray,
) -> int:
    """Working minute of the machine at which the operation can begin on a lane; one of no minutes needs no lane.

    Args:
        ready: wall time of `ready_wall`.
        lane_work, lane_state: working minute at which the lane is free, and its state.
    """
    machine = arrays.alt_machine[alternative]
    calendar = arrays.machine_calendar[machine]
    work = work_before(arrays, calendar, ready)
    minutes = arrays.alt_minutes[alternative]
    if op > arrays.job_first[arrays.op_job[op]] and lead_end[op - 1] < end[op - 1]:
        work = max(work, work_before(arrays, calendar, end[op - 1]) + arrays.alt_tail[alternative] - minutes)
    if minutes == 0:
        return work
    change = changeover_minutes(arrays, machine, lane_state, arrays.alt_state[alternative])
    return max(work, lane_work + change)


@kernel
def place(
    arrays: Arrays,
    op: int,
    alternative: int,
    lane: int,
    lane_work: IntArray,
    lane_state: IntArray,
    start: IntArray,
    end: IntArray,
    lead_end: IntArray,
) -> bool:
    """Place an operation behind its lane; False where its machine never works long enough (times are NEVER then)."""
    ready = ready_wall(arrays, op, end, lead_end)
    calendar = arrays.machine_calendar[arrays.alt_machine[alternative]]
    if ready >= NEVER:
        start[op] = end[op] = lead_end[op] = NEVER
        return False
    work = work_start(arrays, op, alternative, ready, lane_work[lane], lane_state[lane], end, lead_end)
    minutes, lead = arrays.alt_minutes[alternative], arrays.alt_lead[alternative]
    start[op] = wall_start(arrays, calendar, work)
    end[op] = start[op] if minutes == 0 else wall_end(arrays, calendar, work + minutes)
    if start[op] >= NEVER or end[op] >= NEVER:
        start[op] = end[op] = lead_end[op] = NEVER
        return False
    lead_end[op] = end[op] if lead >= minutes else wall_end(arrays, calendar, work + lead)
    if minutes > 0:
        lane_work[lane] = work + minutes
        lane_state[lane] = arrays.alt_state[alternative]
    return True


@kernel
def times(
    arrays: Arrays,
    order: IntArray,
    alternative: IntArray,
    lane: IntArray,
    lane_work: IntArray,
    lane_state: IntArray,
    start: IntArray,
    end: IntArray,
    lead_end: IntArray,
) -> bool:
    """Times of all operations in a given order; False where one of them finds no working time.

    Args:
        order: every operation once, after all that must precede it.
        lane_work, lane_state: int64[L] to write on; start, end, lead_end: int64[N], filled.
    """
    lane_work[:] = 0
    lane_state[:] = 0
    placed = True
    for op in order:
        if not place(arrays, op, alternative[op], lane[op], lane_work, lane_state, start, end, lead_end):
            placed = False
    return placed


@allocating_kernel
def _changeovers(arrays: Arrays, order: IntArray, alternative: IntArray, lane: IntArray) -> IntArray:
    state = np.zeros(arrays.lane_machine.size, dtype=np.int64)
    minutes = np.zeros(order.size, dtype=np.int64)
    for op in order:
        a = alternative[op]
        if arrays.alt_minutes[a] == 0:
            continue
        minutes[op] = changeover_minutes(arrays, arrays.alt_machine[a], state[lane[op]], arrays.alt_state[a])
        state[lane[op]] = arrays.alt_state[a]
    return minutes


def timed(arrays: Arrays, order: IntArray, alternative: IntArray, lane: IntArray) -> Schedule:
    """The schedule of an order: see `times`. Operations without working time end at NEVER.

    Two operations of ten minutes on one machine, the second after a changeover of five:

    >>> from planning.scheduling.examples import two_jobs_on_a_machine
    >>> schedule = timed(two_jobs_on_a_machine(), np.array([0, 1]), np.array([0, 1]), np.array([0, 0]))
    >>> schedule.start.tolist(), schedule.end.tolist(), schedule.changeover.tolist()
    ([0, 15], [10, 25], [0, 5])
    """
    count, lanes = order.size, arrays.lane_machine.size
    start, end, lead_end = (np.zeros(count, dtype=np.int64) for _ in range(3))
    lane_work, lane_state = (np.zeros(lanes, dtype=np.int64) for _ in range(2))
    times(arrays, order, alternative, lane, lane_work, lane_state, start, end, lead_end)
    return Schedule(order, alternative, lane, start, end, _changeovers(arrays, order, alternative, lane))


def in_order_of_start(arrays: Arrays, schedule: Schedule) -> Schedule:
    """The same places with operations taken by their start; no operation ends later than before.

    Source: every schedule has a semi-active one that is no worse (Pinedo, Scheduling, 2.3).
    """
    position = np.empty(schedule.order.size, dtype=np.int64)
    position[schedule.order] = np.arange(schedule.order.size)
    order = np.lexsort((position, schedule.end, schedule.start)).astype(np.int64)
    return timed(arrays, order, schedule.alternative, schedule.lane)
