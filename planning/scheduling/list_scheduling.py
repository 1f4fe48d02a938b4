"""The first schedule of a large shop: machines take work as they become free, each from a queue of its own.

At every event the machine that is free first looks at the foremost operations that wait for it and takes the one that the
rule prefers (list scheduling without deliberate idling, Graham 1969; rules as in ranking.py). Operations stand in the queue
of the machine on which they would end first, and change over when another one has become better. Queues are heaps by
what of the rule does not change with time, so that the work grows with the operations and not with their square.
"""

from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.heaps import Heaps, no_heaps, popped, pushed
from planning.scheduling.problem import NEVER, NOBODY, Arrays, FloatArray, IntArray
from planning.scheduling.ranking import (
    best_place,
    rank_of,
    standing_rank,
    successors_of,
    waiting_counts,
    work_left,
)
from planning.scheduling.timing import changeover_minutes, place, ready_wall, wall_start

FOREMOST = 64
"""Operations of a queue that a free machine looks at."""

IDLE = 4 * NEVER
"""Next event of a machine with nothing to do; one whose working time is used up has NEVER."""


class _Floor(NamedTuple):
    """What stands so far: times by operation, lanes, chosen alternatives, ready times; by machine the next event and the
    roots of what is coming (by ready time) and waiting (by the rule).

    `found` is room for `best_place`, `looked` for the operations that a machine looks at.
    """

    start: IntArray
    end: IntArray
    lead_end: IntArray
    lane_work: IntArray
    lane_state: IntArray
    chosen: IntArray
    ready: IntArray
    event: IntArray
    coming: IntArray
    waiting: IntArray
    left: FloatArray
    weight: FloatArray
    found: IntArray
    looked: IntArray


@allocating_kernel
def _empty_floor(arrays: Arrays, weight: FloatArray) -> _Floor:
    count, lanes, machines = arrays.op_job.size, arrays.lane_machine.size, arrays.machine_calendar.size
    return _Floor(
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(lanes, np.int64),
        np.zeros(lanes, np.int64),
        np.full(count, NOBODY, np.int64),
        np.zeros(count, np.int64),
        np.full(machines, IDLE, np.int64),
        np.full(machines, NOBODY, np.int64),
        np.full(machines, NOBODY, np.int64),
        work_left(arrays),
        weight,
        np.zeros(4, np.int64),
        np.zeros(FOREMOST, np.int64),
    )


@kernel
def _best_place(arrays: Arrays, floor: _Floor, op: int) -> None:
    best_place(arrays, op, floor.lane_work, floor.lane_state, floor.end, floor.lead_end, floor.found)


@kernel
def _free_wall(arrays: Arrays, floor: _Floor, machine: int) -> int:
    """Wall time at which the machine's first lane is free; NEVER where its working time is used up."""
    least = int(floor.lane_work[arrays.machine_lane[machine]])
    for lane in range(arrays.machine_lane[machine], arrays.machine_lane[machine + 1]):
        least = min(least, int(floor.lane_work[lane]))
    return wall_start(arrays, arrays.machine_calendar[machine], least)


@kernel
def _come(arrays: Arrays, floor: _Floor, heaps: Heaps, op: int) -> None:
    """The operation stands in the queue of its chosen machine, which has something to do when both are ready."""
    machine = int(arrays.alt_machine[floor.chosen[op]])
    floor.coming[machine] = pushed(heaps, int(floor.coming[machine]), op, float(floor.ready[op]))
    at = max(floor.ready[op], _free_wall(arrays, floor, machine))
    floor.event[machine] = min(floor.event[machine], at)


@kernel
def _enter(arrays: Arrays, floor: _Floor, heaps: Heaps, op: int) -> None:
    """An operation whose predecessors have their times joins the queue of the machine on which it would end first."""
    floor.ready[op] = ready_wall(arrays, op, floor.end, floor.lead_end)
    _best_place(arrays, floor, op)
    floor.chosen[op] = floor.found[1]
    _come(arrays, floor, heaps, op)


@kernel
def _wait(arrays: Arrays, floor: _Floor, heaps: Heaps, rule: int, machine: int, op: int) -> None:
    """The operation waits in the machine's queue by what of the rule does not change."""
    key = standing_rank(arrays, rule, op, floor.chosen[op], floor.ready[op], floor.left, floor.weight)
    floor.waiting[machine] = pushed(heaps, floor.waiting[machine], op, key)


@kernel
def _look(arrays: Arrays, floor: _Floor, heaps: Heaps, rule: int, machine: int, now: int) -> int:
    """How many operations the machine looks at (in `looked`), taken out of its queue; those better elsewhere go there."""
    while floor.coming[machine] != NOBODY and floor.ready[floor.coming[machine]] <= now:
        op = floor.coming[machine]
        floor.coming[machine] = popped(heaps, op)
        _wait(arrays, floor, heaps, rule, machine, op)
    seen = 0
    while seen < FOREMOST and floor.waiting[machine] != NOBODY:
        op = floor.waiting[machine]
        floor.waiting[machine] = popped(heaps, op)
        _best_place(arrays, floor, op)
        if floor.found[0] < NEVER:
            floor.chosen[op] = floor.found[1]
        if arrays.alt_machine[floor.chosen[op]] != machine:
            _come(arrays, floor, heaps, op)
            continue
        floor.looked[seen] = op
        seen += 1
    return seen


@kernel
def _preferred(
    arrays: Arrays, floor: _Floor, heaps: Heaps, rule: int, machine: int, seen: int, now: int, average: float
) -> int:
    """The operation that the rule prefers of those looked at, NOBODY of none; the others go back into the queue."""
    best, best_rank = NOBODY, np.inf
    for k in range(seen):
        op = floor.looked[k]
        _best_place(arrays, floor, op)
        chosen = int(floor.chosen[op])
        state = int(floor.lane_state[floor.found[2]])
        change = changeover_minutes(arrays, machine, state, int(arrays.alt_state[chosen]))
        at = max(now, int(floor.ready[op]))
        rank = rank_of(arrays, rule, op, chosen, at, change, floor.left, average, floor.weight)
        if rank < best_rank or best == NOBODY:
            best, best_rank = op, rank
    for k in range(seen):
        if floor.looked[k] != best:
            _wait(arrays, floor, heaps, rule, machine, floor.looked[k])
    return best


@allocating_kernel
def list_schedule(arrays: Arrays, rule: int, weight: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Order, alternatives and lanes by one rule.

    Args:
        weight: float64[J], how the rule weighs the jobs; their own weights, or others to try (improve_weights).

    Source: Graham, Bounds on multiprocessing timing anomalies (1969); O(N (K log N + M)) with K = FOREMOST and M machines
    while operations seldom change their machine.
    """
    count = arrays.op_job.size
    floor, heaps = _empty_floor(arrays, weight), no_heaps(count)
    order, lane_of = np.zeros(count, np.int64), np.full(count, NOBODY, np.int64)
    waits, average = waiting_counts(arrays), max(arrays.alt_minutes.mean(), 1.0)
    for op in range(count):
        if waits[op] == 0:
            _enter(arrays, floor, heaps, op)
    done = 0
    while done < count:
        machine = int(np.argmin(floor.event))
        if floor.event[machine] == IDLE:  # Operations wait for one another in a circle.
            break
        now = max(floor.event[machine], _free_wall(arrays, floor, machine))
        floor.event[machine] = IDLE
        seen = _look(arrays, floor, heaps, rule, machine, now)
        best = _preferred(arrays, floor, heaps, rule, machine, seen, now, average)
        if best != NOBODY:
            _best_place(arrays, floor, best)
            lane = floor.found[2] if floor.found[0] < NEVER else arrays.machine_lane[machine]
            place(arrays, best, floor.chosen[best], lane, floor.lane_work, floor.lane_state, floor.start, floor.end,
                  floor.lead_end)  # fmt: skip
            order[done], lane_of[best] = best, lane
            done += 1
            for successor in successors_of(arrays, best):
                waits[successor] -= 1
                if waits[successor] == 0:
                    _enter(arrays, floor, heaps, successor)
        at = IDLE
        if floor.waiting[machine] != NOBODY:
            at = _free_wall(arrays, floor, machine)
        elif floor.coming[machine] != NOBODY:
            at = max(floor.ready[floor.coming[machine]], _free_wall(arrays, floor, machine))
        floor.event[machine] = min(floor.event[machine], at)
    return order, floor.chosen, lane_of
