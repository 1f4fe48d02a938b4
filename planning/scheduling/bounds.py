"""Lower bounds that cost nothing: no job is faster than alone in the shop, no machine faster than its work.

They hold in the problem's own calendars. What CP-SAT proves beyond them comes from model.py.
"""

import numpy as np

from planning.compiled import allocating_kernel
from planning.scheduling.problem import NEVER, Arrays, IntArray
from planning.scheduling.timing import wall_end, wall_start, work_before


@allocating_kernel
def _alone(arrays: Arrays) -> tuple[IntArray, IntArray]:
    """int64[N] each: earliest start and end of every operation if no machine were ever busy.

    Operations of other jobs that come first are looked at where they stand earlier; later ones are left out, which
    only weakens the bound.
    """
    count = arrays.op_job.size
    head, end, passed = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for i in range(count):
        ready = arrays.op_release[i]
        if i > 0 and arrays.op_job[i - 1] == arrays.op_job[i]:
            ready = max(ready, passed[i - 1])
        for k in range(arrays.before_first[i], arrays.before_first[i + 1]):
            if arrays.before[k] < i:
                ready = max(ready, end[arrays.before[k]])
        head[i] = ready
        end[i], passed[i] = NEVER, NEVER
        for a in range(arrays.alt_first[i], arrays.alt_first[i + 1]):
            calendar = arrays.machine_calendar[arrays.alt_machine[a]]
            work = work_before(arrays, calendar, ready)
            minutes, lead = arrays.alt_minutes[a], arrays.alt_lead[a]
            if minutes == 0:
                ends = wall_start(arrays, calendar, work)
                first = ends
            else:
                ends = wall_end(arrays, calendar, work + minutes)
                first = wall_end(arrays, calendar, work + max(lead, 1))
            end[i], passed[i] = min(end[i], ends), min(passed[i], first)
        if i > 0 and arrays.op_job[i - 1] == arrays.op_job[i]:
            end[i] = max(end[i], end[i - 1])
    return head, end


def tardiness_bound(arrays: Arrays) -> float:
    """Weighted minutes late that no schedule avoids: each job alone in the shop.

    >>> from planning.scheduling.examples import two_jobs_on_a_machine
    >>> arrays = two_jobs_on_a_machine()
    >>> tardiness_bound(arrays._replace(job_due=np.array([4, 12])))
    6.0
    """
    _, end = _alone(arrays)
    late = np.maximum(end[arrays.job_first[1:] - 1] - arrays.job_due, 0)
    return float(arrays.job_weight @ late)


def makespan_bound(arrays: Arrays) -> int:
    """Minutes after plan_start before which no schedule ends: the longest job, or the work that
    must share the same few machines.

    >>> from planning.scheduling.examples import two_jobs_on_a_machine
    >>> makespan_bound(two_jobs_on_a_machine())
    20
    """
    if arrays.op_job.size == 0:
        return 0
    head, end = _alone(arrays)
    best = int(end.max())
    least = np.minimum.reduceat(arrays.alt_minutes, arrays.alt_first[:-1])
    lanes = np.diff(arrays.machine_lane)
    for machines, own in _choices(arrays).items():
        calendars = {int(arrays.machine_calendar[machine]) for machine in machines}
        if len(calendars) > 1:
            continue
        calendar = calendars.pop()
        minutes = -(-int(least[own].sum()) // int(lanes[list(machines)].sum()))
        work = work_before(arrays, calendar, int(head[own].min())) + minutes
        if work > 0:
            best = max(best, int(wall_start(arrays, calendar, work - 1)) + 1)
    return best


def _choices(arrays: Arrays) -> dict[tuple[int, ...], list[int]]:
    """Operations that need a machine, by the machines that they may choose from."""
    found: dict[tuple[int, ...], list[int]] = {}
    machine, first = arrays.alt_machine.tolist(), arrays.alt_first.tolist()
    for op in range(arrays.op_job.size):
        found.setdefault(tuple(sorted(set(machine[first[op] : first[op + 1]]))), []).append(op)
    return found


def wall_of(union: Arrays, work: float) -> int:
    """Earliest end of a schedule that needs so many working minutes of the only calendar."""
    minutes = int(np.ceil(work - 1e-6))
    return 0 if minutes <= 0 else int(wall_start(union, 0, minutes - 1)) + 1
