"""Better schedules by simulated annealing over sequences, in compiled code and with every rule of the shop kept.

A state is an order of all operations with an alternative and a lane each; its cost is that of the schedule that
`timing.times` makes of it, so that calendars, changeovers, units and overlap are exact. A move takes an operation, mostly
one of a critical path (of the makespan, or of a late job), and puts it elsewhere in the order or on another machine; only
what stands behind it is timed anew, and no further than the move can still be accepted.

Source: van Laarhoven, Aarts and Lenstra (1992), with insertion and reassignment on critical operations as in
Mastrolilli and Gambardella (2000).
"""

from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.problem import NOBODY, Arrays, FloatArray, IntArray, Schedule, weighted_tardiness
from planning.scheduling.timing import place, ready_wall, timed, work_before


class Goal(NamedTuple):
    """Cost = tardiness_price x tardiness beyond `tardiness_allowed` + makespan_price x makespan."""

    tardiness_price: float
    tardiness_allowed: float
    makespan_price: float


def price_of(arrays: Arrays, schedule: Schedule, goal: Goal) -> float:
    """What a schedule costs by a goal."""
    return _cost(goal, weighted_tardiness(arrays, schedule), float(schedule.end.max(initial=0)))


class State(NamedTuple):
    """A sequence with its times, by operation; `order` lists operations, `position` is its inverse."""

    order: IntArray
    position: IntArray
    alternative: IntArray
    lane: IntArray
    start: IntArray
    end: IntArray
    lead_end: IntArray
    work_end: IntArray
    lane_before: IntArray


class Lanes(NamedTuple):
    """What each lane holds while times are computed: working minute, state, last operation."""

    work: IntArray
    state: IntArray
    last: IntArray


@kernel
def _lateness(arrays: Arrays, op: int, end: int) -> float:
    """Weighted minutes late of the operation's job where it is the job's last one, else 0."""
    job = arrays.op_job[op]
    if op != arrays.job_first[job + 1] - 1 or end <= arrays.job_due[job]:
        return 0.0
    return arrays.job_weight[job] * (end - arrays.job_due[job])


@kernel
def _cost(goal: Goal, tardiness: float, makespan: float) -> float:
    return goal.tardiness_price * max(tardiness - goal.tardiness_allowed, 0.0) + goal.makespan_price * makespan


@kernel
def _evaluate(
    arrays: Arrays,
    state: State,
    lanes: Lanes,
    goal: Goal,
    first: int,
    limit: float,
    left: FloatArray,
    reached: IntArray,
) -> float:
    """Time the order from position `first` on; infinite where the cost is beyond `limit`.

    Args:
        left: float64[N], least minutes of the job after the operation.
        reached: reached[0] becomes the position behind the last operation that was timed.
    """
    lanes.work[:] = 0
    lanes.state[:] = 0
    lanes.last[:] = NOBODY
    tardiness, makespan = 0.0, 0.0
    for k in range(first):
        op = state.order[k]
        if arrays.alt_minutes[state.alternative[op]] > 0:
            lane = state.lane[op]
            lanes.work[lane] = state.work_end[op]
            lanes.state[lane] = arrays.alt_state[state.alternative[op]]
            lanes.last[lane] = op
        makespan = max(makespan, state.end[op])
        tardiness += _lateness(arrays, op, state.end[op])
    for k in range(first, state.order.size):
        op = state.order[k]
        lane = state.lane[op]
        occupies = arrays.alt_minutes[state.alternative[op]] > 0
        state.lane_before[op] = lanes.last[lane] if occupies else NOBODY
        placed = place(arrays, op, state.alternative[op], lane, lanes.work, lanes.state, state.start, state.end,
                       state.lead_end)  # fmt: skip
        reached[0] = k + 1
        if not placed:
            return np.inf
        state.work_end[op] = lanes.work[lane]
        if occupies:
            lanes.last[lane] = op
        tardiness += _lateness(arrays, op, state.end[op])
        makespan = max(makespan, state.end[op])
        if _cost(goal, tardiness, max(makespan, state.end[op] + left[op])) > limit:
            return np.inf
    return _cost(goal, tardiness, makespan)


@kernel
def _binding(arrays: Arrays, state: State, op: int) -> int:
    """The operation that keeps this one from beginning earlier; NOBODY where nothing does."""
    ready = ready_wall(arrays, op, state.end, state.lead_end)
    machine = arrays.alt_machine[state.alternative[op]]
    begins = state.work_end[op] - arrays.alt_minutes[state.alternative[op]]
    if state.lane_before[op] != NOBODY and work_before(arrays, arrays.machine_calendar[machine], ready) < begins:
        return state.lane_before[op]
    if op > arrays.job_first[arrays.op_job[op]] and state.lead_end[op - 1] == ready:
        return op - 1
    for k in range(arrays.before_first[op], arrays.before_first[op + 1]):
        if state.end[arrays.before[k]] == ready:
            return arrays.before[k]
    return NOBODY


@kernel
def _critical(arrays: Arrays, state: State, path: IntArray, late: bool) -> int:
    """Fill `path` with operations that decide the makespan, or with `late` the end of a late job drawn at random."""
    root, most = 0, -1
    for k in range(state.order.size):
        if state.end[k] > most:
            root, most = k, state.end[k]
    if late:
        seen = 0
        for job in range(arrays.job_due.size):
            last = arrays.job_first[job + 1] - 1
            if arrays.job_weight[job] > 0.0 and state.end[last] > arrays.job_due[job]:
                seen += 1
                if np.random.randint(seen) == 0:
                    root = last
    count = 0
    while root != NOBODY and count < path.size:
        path[count] = root
        count += 1
        root = _binding(arrays, state, root)
    return count


@kernel
def _window(arrays: Arrays, state: State, op: int) -> tuple[int, int]:
    """First and last position that the operation may take in the order without the others."""
    low, high = 0, state.order.size - 1
    job = arrays.op_job[op]
    if op > arrays.job_first[job]:
        low = state.position[op - 1] + 1
    if op < arrays.job_first[job + 1] - 1:
        high = state.position[op + 1] - 1
    for k in range(arrays.before_first[op], arrays.before_first[op + 1]):
        low = max(low, state.position[arrays.before[k]] + 1)
    for k in range(arrays.after_first[op], arrays.after_first[op + 1]):
        high = min(high, state.position[arrays.after[k]] - 1)
    return low, high


@kernel
def _shift(state: State, source: int, target: int) -> None:
    """Take the operation at one position and put it at another."""
    op = state.order[source]
    step = 1 if target > source else -1
    k = source
    while k != target:
        moved = state.order[k + step]
        state.order[k] = moved
        state.position[moved] = k
        k += step
    state.order[target] = op
    state.position[op] = target


@kernel
def _draw(arrays: Arrays, state: State, path: IntArray, count: int, move: IntArray) -> bool:
    """Draw a move = [operation, alternative, lane, position]; False where there is nothing to change."""
    op = path[np.random.randint(count)] if np.random.random() < 0.85 else np.random.randint(state.order.size)
    before = state.lane_before[op]
    low, high = _window(arrays, state, op)
    here = state.position[op]
    move[1], move[2] = state.alternative[op], state.lane[op]
    ways = arrays.alt_first[op + 1] - arrays.alt_first[op]
    machine = arrays.alt_machine[state.alternative[op]]
    lanes = arrays.machine_lane[machine + 1] - arrays.machine_lane[machine]
    if (ways > 1 or lanes > 1) and np.random.random() < 0.4:
        move[1] = arrays.alt_first[op] + np.random.randint(ways)
        machine = arrays.alt_machine[move[1]]
        lanes = arrays.machine_lane[machine + 1] - arrays.machine_lane[machine]
        move[2] = arrays.machine_lane[machine] + np.random.randint(lanes)
        move[3] = here if np.random.random() < 0.6 else low + np.random.randint(high - low + 1)
    elif before != NOBODY and np.random.random() < 0.6:
        target = state.position[before]
        if target >= low:
            move[3] = target
        else:
            op = before
            low, high = _window(arrays, state, op)
            if here > high:
                return False
            move[1], move[2], move[3] = state.alternative[op], state.lane[op], here
    else:
        move[3] = low + np.random.randint(high - low + 1)
    move[0] = op
    return move[3] != state.position[op] or move[1] != state.alternative[op] or move[2] != state.lane[op]


@kernel
def _copy(source: State, target: State, first: int, last: int) -> None:
    """Copy the times of the operations at some positions."""
    for k in range(first, last):
        op = source.order[k]
        target.start[op], target.end[op] = source.start[op], source.end[op]
        target.lead_end[op], target.work_end[op] = source.lead_end[op], source.work_end[op]
        target.lane_before[op] = source.lane_before[op]


@kernel
def _sort(state: State, rank: IntArray) -> None:
    """Put the order into that of `rank`, which lists operations."""
    for k in range(rank.size):
        state.order[k] = rank[k]
        state.position[rank[k]] = k


@allocating_kernel
def _ranked(state: State) -> IntArray:
    """Operations by start, end and position."""
    by_end = state.order[np.argsort(state.end[state.order], kind="mergesort")]
    return by_end[np.argsort(state.start[by_end], kind="mergesort")]


@allocating_kernel
def _walk(
    arrays: Arrays,
    state: State,
    kept: State,
    best: State,
    lanes: Lanes,
    goal: Goal,
    costs: FloatArray,
    left: FloatArray,
    temperature: float,
    moves: int,
    seed: int,
) -> None:
    """Draw and judge moves at one temperature; costs = [of the state, of the best], both kept up to date.

    `kept` holds the times of the state while a move is tried; `best` the best sequence so far.
    """
    np.random.seed(seed)
    count = state.order.size
    reached, move, path = np.zeros(1, np.int64), np.zeros(4, np.int64), np.zeros(count, np.int64)
    late = goal.tardiness_price > 0.0
    _sort(state, _ranked(state))
    costs[0] = _evaluate(arrays, state, lanes, goal, 0, np.inf, left, reached)
    _copy(state, kept, 0, count)
    length = _critical(arrays, state, path, late)
    for _ in range(moves):
        if not _draw(arrays, state, path, length, move):
            continue
        op = move[0]
        source, target = state.position[op], move[3]
        alternative, lane = state.alternative[op], state.lane[op]
        first = min(source, target)
        _shift(state, source, target)
        state.alternative[op], state.lane[op] = move[1], move[2]
        limit = costs[0] - temperature * np.log(max(np.random.random(), 1e-300))
        cost = _evaluate(arrays, state, lanes, goal, first, limit, left, reached)
        if cost <= limit:
            costs[0] = cost
            _copy(state, kept, first, count)
            length = _critical(arrays, state, path, late)
            if cost < costs[1]:
                costs[1] = cost
                best.order[:] = state.order
                best.alternative[:], best.lane[:] = state.alternative, state.lane
            continue
        for k in range(first, reached[0]):
            again = state.order[k]
            state.start[again], state.end[again] = kept.start[again], kept.end[again]
            state.lead_end[again], state.work_end[again] = kept.lead_end[again], kept.work_end[again]
            state.lane_before[again] = kept.lane_before[again]
        _shift(state, target, source)
        state.alternative[op], state.lane[op] = alternative, lane


def _state_of(schedule: Schedule) -> State:
    count = schedule.order.size
    position = np.empty(count, dtype=np.int64)
    position[schedule.order] = np.arange(count)
    empty = [np.zeros(count, dtype=np.int64) for _ in range(3)]
    return State(schedule.order.copy(), position, schedule.alternative.copy(), schedule.lane.copy(),
                 schedule.start.copy(), schedule.end.copy(), *empty)  # fmt: skip


def work_after(arrays: Arrays) -> FloatArray:
    """float64[N], least minutes of the job after each operation; 0 where the next may overlap."""
    count = arrays.op_job.size
    left = np.zeros(count)
    if count == 0:
        return left
    least = np.minimum.reduceat(arrays.alt_minutes, arrays.alt_first[:-1]).astype(np.float64)
    if np.array_equal(arrays.alt_lead, arrays.alt_minutes):
        for i in range(count - 2, -1, -1):
            if arrays.op_job[i + 1] == arrays.op_job[i]:
                left[i] = left[i + 1] + least[i + 1]
    return left


class Annealing:
    """A walk that can be continued: the state, the best sequence and the draws so far."""

    def __init__(self, arrays: Arrays, schedule: Schedule, goal: Goal, *, seed: int) -> None:
        self._arrays, self._goal, self._seed = arrays, goal, seed
        self._state, self._kept, self._best = (_state_of(schedule) for _ in range(3))
        lanes = arrays.lane_machine.size
        self._lanes = Lanes(*(np.zeros(lanes, dtype=np.int64) for _ in range(3)))
        self._costs = np.array([np.inf, np.inf])
        self._left = work_after(arrays)
        self.walk(0.0, 1)

    @property
    def cost(self) -> float:
        """Cost of the best sequence."""
        return float(min(self._costs))

    def walk(self, temperature: float, moves: int) -> None:
        """Go on at a temperature (in units of the cost)."""
        self._seed += 1
        _walk(self._arrays, self._state, self._kept, self._best, self._lanes, self._goal, self._costs, self._left,
              temperature, moves, self._seed)  # fmt: skip
        if not np.isfinite(self._costs[1]):
            self._costs[1] = self._costs[0]

    def return_to_best(self) -> None:
        """Continue from the best sequence."""
        for name in ("order", "alternative", "lane"):
            getattr(self._state, name)[:] = getattr(self._best, name)
        self._state.position[self._state.order] = np.arange(self._state.order.size)
        again = timed(self._arrays, self._state.order, self._state.alternative, self._state.lane)
        self._state.start[:], self._state.end[:] = again.start, again.end

    def best(self) -> Schedule:
        """The best schedule so far."""
        return timed(self._arrays, self._best.order.copy(), self._best.alternative.copy(), self._best.lane.copy())
