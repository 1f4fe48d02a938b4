"""What a scheduling problem is: jobs of operations, alternatives on machines, changeovers, working time, as arrays.

Times are whole minutes after plan_start, the site's local time ("wall"); durations are working minutes of the machine.
An operation that reaches the end of a shift goes on in the next: it holds its machine meanwhile. A machine of several
units has a lane a unit. Minutes of a changeover lie before the operation, on the lane, and need not wait for the material.
An operation of no minutes takes no place on its machine.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

NEVER = 2**50
"""A time that is never reached: no due date, or no working time left."""
NOBODY = -1
NO_MATRIX = -1


class Arrays(NamedTuple):
    """The problem as compiled code sees it; J jobs, N operations, A alternatives, M machines, L lanes.

    Attributes:
        job_first: int64[J + 1], operations of job j are job_first[j] .. job_first[j + 1] - 1, in their order.
        job_due: int64[J], NEVER without one.
        job_weight: float64[J], price of a minute late.
        job_priority: int64[J], lower numbers first where nothing else decides.
        op_job: int64[N].
        op_release: int64[N], earliest start.
        alt_first: int64[N + 1], alternatives of operation i.
        alt_machine, alt_minutes, alt_state: int64[A]; state 0 is none, others count within the machine's matrix.
        alt_lead: int64[A], minutes after the start when the next operation of the job may begin (all, without overlap).
        alt_tail: int64[A], minutes of work left when the previous operation ends (all, without overlap).
        before_first, before: int64[N + 1] and list; operations of other jobs that must end first.
        after_first, after: the same read backward.
        machine_lane: int64[M + 1], lanes of machine m.
        machine_calendar, machine_matrix, machine_states: int64[M]; matrix is the place of its changeovers or NO_MATRIX.
        changeover: int64, minutes of all matrices, row by row: from state, to state.
        lane_machine: int64[L].
        calendar_first: int64[C + 1], segments of calendar c.
        segment_start, segment_end, segment_work: int64; work is working minutes before the segment.
    """

    job_first: IntArray
    job_due: IntArray
    job_weight: FloatArray
    job_priority: IntArray
    op_job: IntArray
    op_release: IntArray
    alt_first: IntArray
    alt_machine: IntArray
    alt_minutes: IntArray
    alt_state: IntArray
    alt_lead: IntArray
    alt_tail: IntArray
    before_first: IntArray
    before: IntArray
    after_first: IntArray
    after: IntArray
    machine_lane: IntArray
    machine_calendar: IntArray
    machine_matrix: IntArray
    machine_states: IntArray
    changeover: IntArray
    lane_machine: IntArray
    calendar_first: IntArray
    segment_start: IntArray
    segment_end: IntArray
    segment_work: IntArray


@dataclass(frozen=True)
class Schedule:
    """Times and places of every operation.

    Attributes:
        order: int64[N], operations in an order in which they can be placed; lanes work in this order.
        alternative, lane: int64[N].
        start, end: int64[N], wall minutes; the changeover lies before start.
        changeover: int64[N], working minutes of the changeover before the operation.
    """

    order: IntArray
    alternative: IntArray
    lane: IntArray
    start: IntArray
    end: IntArray
    changeover: IntArray


@dataclass(frozen=True, order=True)
class Value:
    """What a schedule costs, compared in this order: weighted tardiness in minutes (0 if only makespan counts), then
    makespan in minutes after plan_start."""

    tardiness: float
    makespan: int


def value_of(arrays: Arrays, schedule: Schedule, *, tardiness_first: bool) -> Value:
    """The value of a schedule; a job is as late as its last operation."""
    if schedule.end.size == 0:
        return Value(0.0, 0)
    return Value(weighted_tardiness(arrays, schedule) if tardiness_first else 0.0, int(schedule.end.max()))


def job_ends(arrays: Arrays, schedule: Schedule) -> IntArray:
    """int64[J], when each job ends."""
    return schedule.end[arrays.job_first[1:] - 1]


def weighted_tardiness(arrays: Arrays, schedule: Schedule) -> float:
    """Sum over jobs of weight x minutes late."""
    late = np.maximum(job_ends(arrays, schedule) - arrays.job_due, 0)
    return float(arrays.job_weight @ late)


def is_flexible(arrays: Arrays) -> bool:
    """Whether some operation may choose its machine."""
    return bool(arrays.alt_machine.size > arrays.op_job.size)


def has_changeovers(arrays: Arrays) -> bool:
    """Whether the sequence on some machine decides minutes."""
    return bool(arrays.changeover.any())


def has_one_calendar(arrays: Arrays) -> bool:
    """Whether all machines work at the same time."""
    return arrays.calendar_first.size == 2


def has_units(arrays: Arrays) -> bool:
    """Whether some machine works on several operations at once."""
    return arrays.lane_machine.size > arrays.machine_calendar.size
