"""Which operation goes first: the rules of the first schedule, and what they look at.

Rules: most weighted work remaining, shortest, earliest due, apparent tardiness cost with setups (Lee, Bhaskaran and Pinedo 1997)
looking ahead a little or far, shortest changeover, first come, least weighted work left.
"""

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.problem import NEVER, NOBODY, Arrays, FloatArray, IntArray
from planning.scheduling.timing import ready_wall, wall_end, work_start

MOST_WORK, SHORTEST, EARLIEST_DUE, APPARENT_TARDINESS, SHORTEST_CHANGEOVER, FIRST_COME, FAR_SIGHTED, WEIGHTED = range(8)
RULES = (FAR_SIGHTED, WEIGHTED, APPARENT_TARDINESS, SHORTEST, EARLIEST_DUE, MOST_WORK, SHORTEST_CHANGEOVER, FIRST_COME)
"""In the order in which they are worth trying where there is not time for all."""
LOOK_AHEAD = 2.0
FAR_AHEAD = 20.0
"""Average processing times that apparent tardiness looks ahead (k of the rule): within a job, over several jobs."""


@kernel
def best_place(
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
        machine = int(arrays.alt_machine[a])
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
def rank_of(
    arrays: Arrays,
    rule: int,
    op: int,
    alternative: int,
    start: int,
    change: int,
    left: FloatArray,
    average: float,
    weight: FloatArray,
) -> float:
    """Priority by a rule; the least goes first. `weight` is by job, the rule's idea of what its lateness costs."""
    job = arrays.op_job[op]
    minutes = arrays.alt_minutes[alternative]
    rank = float(start)
    if rule == 0:
        rank = -left[op] * weight[job]
    elif rule == 1:
        rank = minutes + change
    elif rule == 2:
        rank = arrays.job_due[job] - left[op]
    elif rule in (3, 6):
        ahead = LOOK_AHEAD if rule == 3 else FAR_AHEAD
        slack = max(arrays.job_due[job] - start - left[op], 0.0)
        heavy = weight[job] if arrays.job_due[job] < NEVER else 0.0
        urgent = heavy / max(minutes, 1) * np.exp(-slack / (ahead * average)) * np.exp(-4.0 * change / average)
        rank = -urgent * 1e6 - left[op] * 1e-6
    elif rule == 4:
        rank = change * 1e6 - left[op]
    elif rule == 7:
        rank = (left[op] + change) / max(weight[job], 1e-9)
    return rank


@kernel
def standing_rank(
    arrays: Arrays, rule: int, op: int, alternative: int, ready: int, left: FloatArray, weight: FloatArray
) -> float:
    """What of a rule's priority does not change with time; the least goes first.

    Apparent tardiness stands by slack, shortest changeover by the work left.
    """
    job = arrays.op_job[op]
    rank = float(ready)
    if rule == 0:
        rank = -left[op] * weight[job]
    elif rule == 4:
        rank = -left[op]
    elif rule == 1:
        rank = float(arrays.alt_minutes[alternative])
    elif rule in (2, 3, 6):
        rank = arrays.job_due[job] - left[op]
    elif rule == 7:
        rank = left[op] / max(weight[job], 1e-9)
    return rank


@allocating_kernel
def work_left(arrays: Arrays) -> FloatArray:
    """float64[N]: shortest minutes of the operation and of all that follow it in its job."""
    left = np.zeros(arrays.op_job.size)
    for i in range(arrays.op_job.size - 1, -1, -1):
        least = NEVER
        for a in range(arrays.alt_first[i], arrays.alt_first[i + 1]):
            least = min(least, arrays.alt_minutes[a])
        follows = i + 1 < arrays.op_job.size and arrays.op_job[i + 1] == arrays.op_job[i]
        left[i] = least + (left[i + 1] if follows else 0.0)
    return left


@allocating_kernel
def waiting_counts(arrays: Arrays) -> IntArray:
    """int64[N], operations that must end before each."""
    waits = arrays.before_first[1:] - arrays.before_first[:-1]
    for op in range(1, waits.size):
        if arrays.op_job[op - 1] == arrays.op_job[op]:
            waits[op] += 1
    return waits


@allocating_kernel
def successors_of(arrays: Arrays, op: int) -> IntArray:
    """Operations that wait for this one."""
    others = arrays.after[arrays.after_first[op] : arrays.after_first[op + 1]]
    if op + 1 < arrays.op_job.size and arrays.op_job[op + 1] == arrays.op_job[op]:
        joined = np.zeros(others.size + 1, np.int64)
        joined[0] = op + 1
        joined[1:] = others
        return joined
    return others
