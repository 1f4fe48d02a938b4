"""Large neighbourhoods: some operations of a few machines and a span of time are decided anew by CP-SAT.

A window is drawn around an operation that the goal suffers from: every operation on all machines for a short span, or on
its machines for a longer one. What begins before the window stays where it is. In the window, free operations may change
place, machine and turn among the others, which keep theirs; what begins later keeps its start as a deadline. The model
is in working minutes of one calendar, operations as long there as they are now; the sequence is timed exactly afterwards
and kept if it is no worse.

Source: large neighbourhood search (Shaw 1998), with time and machine windows as in Godard, Laborie and Nuijten (2005).
"""

from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from planning.scheduling.anneal import Goal
from planning.scheduling.model import Expression
from planning.scheduling.problem import NEVER, NO_MATRIX, Arrays, IntArray, Schedule, job_ends, value_of
from planning.scheduling.timing import timed, work_before
from planning.solvers.cp_sat import Effort, solve_cp

FREE_OPERATIONS = 40
ZONE_OPERATIONS = 240
WINDOW_SECONDS = 2.0
LATE_PRICE = 1000


@dataclass(frozen=True)
class Window:
    """A neighbourhood: `zone` are operations with variables, `free` (a part of it) those without a fixed turn."""

    zone: IntArray
    free: npt.NDArray[np.bool_]


@dataclass
class _Model:
    """The window's model: start and length by operation of the zone, literals by operation and (alternative, lane)."""

    cp: cp_model.CpModel
    start: dict[int, cp_model.IntVar]
    minutes: dict[int, Expression]
    chosen: dict[int, dict[tuple[int, int], cp_model.IntVar | int]]
    length: dict[int, dict[int, int]]
    room: int

    def end(self, op: int) -> Expression:
        """When the operation ends."""
        return self.start[op] + self.minutes[op]


def improve_windows(
    arrays: Arrays, union: Arrays, schedule: Schedule, goal: Goal, *, seconds: float, seed: int, workers: int
) -> Schedule:
    """Improve a schedule window by window; the best one found, never worse than the first."""
    until = perf_counter() + seconds
    random = np.random.default_rng(seed + int(schedule.end.sum() % 2**31))
    tardiness_first = goal.tardiness_price > 0.0
    best, size = schedule, FREE_OPERATIONS
    value = value_of(arrays, best, tardiness_first=tardiness_first)
    while (left := until - perf_counter()) > 0.2:
        window = _window(arrays, best, random, size, tardiness_first=tardiness_first)
        limit = min(left, WINDOW_SECONDS)
        since = perf_counter()
        found = _solve(arrays, union, best, window, tardiness_first=tardiness_first,
                       effort=Effort(limit, seed, workers, sequencing_only=False))  # fmt: skip
        size = max(size * 9 // 10, 10) if perf_counter() - since > 0.8 * limit else min(size + 2, 4 * FREE_OPERATIONS)
        if found is None:
            continue
        again = value_of(arrays, found, tardiness_first=tardiness_first)
        if again <= value:
            best, value = found, again
    return best


def _window(
    arrays: Arrays, schedule: Schedule, random: np.random.Generator, size: int, *, tardiness_first: bool
) -> Window:
    """Draw a window around an operation of a late job, of the last job, or any."""
    ends = job_ends(arrays, schedule)
    late = (
        np.flatnonzero((ends > arrays.job_due) & (arrays.job_weight > 0)) if tardiness_first else np.zeros(0, np.int64)
    )
    if late.size and random.random() < 0.8:
        price = arrays.job_weight[late] * (ends - arrays.job_due)[late]
        job = int(random.choice(late, p=price / price.sum()))
    elif random.random() < 0.5:
        job = int(np.argmax(ends))
    else:
        job = int(random.integers(ends.size))
    root = int(random.integers(arrays.job_first[job], arrays.job_first[job + 1]))
    middle = schedule.start[root]
    near = np.abs(schedule.start - middle)
    candidates = np.arange(schedule.start.size)
    if random.random() < 0.6:
        ways = slice(int(arrays.alt_first[root]), int(arrays.alt_first[root + 1]))
        wanted = set(arrays.alt_machine[ways].tolist())
        others = np.unique(arrays.alt_machine)
        wanted |= set(random.choice(others, size=min(2, others.size), replace=False).tolist())
        machine = arrays.alt_machine[schedule.alternative]
        candidates = np.flatnonzero(np.isin(machine, list(wanted)))
    free_ops = candidates[np.argsort(near[candidates], kind="stable")[:size]]
    low, high = schedule.start[free_ops].min(), schedule.start[free_ops].max()
    zone = np.flatnonzero((schedule.start >= low) & (schedule.start <= high))
    if zone.size > ZONE_OPERATIONS:
        zone = np.sort(zone[np.argsort(near[zone], kind="stable")[:ZONE_OPERATIONS]])
        low, high = schedule.start[zone].min(), schedule.start[zone].max()
        zone = np.flatnonzero((schedule.start >= low) & (schedule.start <= high))
    free = np.zeros(schedule.start.size, dtype=bool)
    free[free_ops] = True
    outside = np.ones(free.size, dtype=bool)
    outside[zone] = False
    free[outside] = False
    return Window(zone, free)


def _solve(
    arrays: Arrays, union: Arrays, schedule: Schedule, window: Window, *, tardiness_first: bool, effort: Effort
) -> Schedule | None:
    """The schedule with the window decided anew; None where nothing was found."""
    begins = np.array([work_before(union, 0, int(wall)) for wall in schedule.start], dtype=np.int64)
    finishes = np.array([work_before(union, 0, int(wall)) for wall in schedule.end], dtype=np.int64)
    model = _variables(arrays, union, schedule, window, begins, finishes)
    _jobs(arrays, model, begins, finishes)
    for lane in sorted({lane for places in model.chosen.values() for _, lane in places}):
        _lane(arrays, schedule, window, model, lane, begins, finishes)
    _goal(arrays, union, model, tardiness_first=tardiness_first)
    answer = solve_cp(model.cp, effort)
    if not answer.found:
        return None
    alternative, lane_of = schedule.alternative.copy(), schedule.lane.copy()
    for op, variable in model.start.items():
        begins[op] = answer.solver.value(variable)
        for place, literal in model.chosen[op].items():
            if answer.solver.value(literal):
                alternative[op], lane_of[op] = place
                finishes[op] = begins[op] + model.length[op][place[0]]
    position = np.empty(begins.size, dtype=np.int64)
    position[schedule.order] = np.arange(begins.size)
    return timed(arrays, np.lexsort((position, finishes, begins)).astype(np.int64), alternative, lane_of)


def _variables(
    arrays: Arrays, union: Arrays, schedule: Schedule, window: Window, begins: IntArray, finishes: IntArray
) -> _Model:
    cp = cp_model.CpModel()
    earliest = int(begins[window.zone].min())
    room = int(finishes[window.zone].max()) + int(finishes[window.zone].max() - earliest) + 1
    model = _Model(cp, {}, {}, {}, {}, room)
    for number in window.zone:
        op = int(number)
        release = work_before(union, 0, int(arrays.op_release[op]))
        model.start[op] = cp.new_int_var(min(max(release, earliest), int(begins[op])), room, "")
        cp.add_hint(model.start[op], int(begins[op]))
        here = int(schedule.alternative[op])
        stretch = (finishes[op] - begins[op]) / max(int(arrays.alt_minutes[here]), 1)
        ways = range(arrays.alt_first[op], arrays.alt_first[op + 1]) if window.free[op] else (here,)
        places, lengths = [], {}
        for a in ways:
            lengths[a] = int(finishes[op] - begins[op]) if a == here else int(np.ceil(arrays.alt_minutes[a] * stretch))
            machine = arrays.alt_machine[a]
            lanes = range(arrays.machine_lane[machine], arrays.machine_lane[machine + 1])
            places.extend((a, lane) for lane in (lanes if window.free[op] else (int(schedule.lane[op]),)))
        model.chosen[op] = {place: 1 if len(places) == 1 else cp.new_bool_var("") for place in places}
        if len(places) > 1:
            cp.add_exactly_one(model.chosen[op].values())
            for (a, lane), literal in model.chosen[op].items():
                assert not isinstance(literal, int), "a choice of several places is a variable"
                cp.add_hint(literal, bool(a == here and lane == schedule.lane[op]))
        model.length[op] = lengths
        model.minutes[op] = sum(lengths[a] * literal for (a, _), literal in model.chosen[op].items())
    return model


def _jobs(arrays: Arrays, model: _Model, begins: IntArray, finishes: IntArray) -> None:
    """Turns within jobs and between them; what lies outside the zone stands still."""
    for op in model.start:
        job = arrays.op_job[op]
        if op > arrays.job_first[job]:
            _follow(arrays, model, op - 1, op, begins, finishes)
        if op + 1 < arrays.job_first[job + 1] and op + 1 not in model.start:
            _follow(arrays, model, op, op + 1, begins, finishes)
        for k in range(arrays.before_first[op], arrays.before_first[op + 1]):
            other = int(arrays.before[k])
            model.cp.add(model.start[op] >= (model.end(other) if other in model.start else int(finishes[other])))
        for k in range(arrays.after_first[op], arrays.after_first[op + 1]):
            other = int(arrays.after[k])
            if other not in model.start:
                model.cp.add(model.end(op) <= int(begins[other]))


def _follow(arrays: Arrays, model: _Model, before: int, after: int, begins: IntArray, finishes: IntArray) -> None:
    """One operation of a job after another, with overlap; one of the two is in the zone."""
    begin = model.start.get(after, int(begins[after]))
    if before not in model.start:
        ways = slice(int(arrays.alt_first[before]), int(arrays.alt_first[before + 1]))
        whole = bool((arrays.alt_lead[ways] == arrays.alt_minutes[ways]).all())
        model.cp.add(begin >= int(finishes[before] if whole else begins[after]))
        return
    lead = sum(
        (model.length[before][a] if arrays.alt_lead[a] == arrays.alt_minutes[a] else int(arrays.alt_lead[a])) * literal
        for (a, _), literal in model.chosen[before].items()
    )
    model.cp.add(model.start[before] + lead <= begin)


def _lane(
    arrays: Arrays,
    schedule: Schedule,
    window: Window,
    model: _Model,
    lane: int,
    begins: IntArray,
    finishes: IntArray,
) -> None:
    """One lane: operations of the zone between what was there before and what comes after, with changeovers."""
    uses = [(op, a) for op, places in model.chosen.items() for (a, at) in places
            if at == lane and arrays.alt_minutes[a] > 0]  # fmt: skip
    if not uses:
        return
    cp, machine = model.cp, int(arrays.lane_machine[lane])
    on_lane = schedule.order[schedule.lane[schedule.order] == lane]
    there = [int(op) for op in on_lane if arrays.alt_minutes[schedule.alternative[op]] > 0]
    low = int(begins[window.zone].min())
    earlier = [op for op in there if op not in model.start and begins[op] < low]
    later = [op for op in there if op not in model.start and begins[op] >= low]
    fixed = [op for op in there if op in model.start and not window.free[op]]
    intervals = []
    for op, a in uses:
        literal = model.chosen[op][a, lane]
        intervals.append(cp.new_optional_fixed_size_interval_var(model.start[op], model.length[op][a], literal, ""))
    cp.add_no_overlap(intervals)
    for before, after in pairwise(fixed):
        cp.add(model.start[after] >= model.end(before))
    entry = max((int(finishes[op]) for op in earlier), default=0)
    leave = min((int(begins[op]) for op in later), default=NEVER)
    sequenced = arrays.machine_matrix[machine] != NO_MATRIX
    if not sequenced:
        for op, a in uses:
            literal = model.chosen[op][a, lane]
            cp.add(model.start[op] >= entry).only_enforce_if(literal)
            if leave < NEVER:
                cp.add(model.start[op] + model.length[op][a] <= leave).only_enforce_if(literal)
        return
    first_state = int(arrays.alt_state[schedule.alternative[earlier[-1]]]) if earlier else 0
    last_state = int(arrays.alt_state[schedule.alternative[later[0]]]) if later else -1
    _circuit(arrays, model, machine, lane, uses, fixed, (entry, first_state), (leave, last_state))


def _circuit(
    arrays: Arrays,
    model: _Model,
    machine: int,
    lane: int,
    uses: list[tuple[int, int]],
    fixed: list[int],
    entry: tuple[int, int],
    leave: tuple[int, int],
) -> None:
    """The lane's sequence as a circuit; operations with a fixed turn only follow one another in it."""
    cp = model.cp
    base, states = int(arrays.machine_matrix[machine]), int(arrays.machine_states[machine])
    turn = {op: k for k, op in enumerate(fixed)}
    arcs: list[tuple[int, int, Expression]] = [(0, 0, cp.new_bool_var(""))]
    for n, (i, a) in enumerate(uses, start=1):
        chosen, state, length = model.chosen[i][a, lane], int(arrays.alt_state[a]), model.length[i][a]
        if not isinstance(chosen, int):
            arcs.append((n, n, ~chosen))
        first, last = cp.new_bool_var(""), cp.new_bool_var("")
        arcs.extend([(0, n, first), (n, 0, last)])
        opening = int(arrays.changeover[base + entry[1] * states + state])
        cp.add(model.start[i] >= entry[0] + opening).only_enforce_if(first)
        if leave[0] < NEVER:
            closing = int(arrays.changeover[base + state * states + leave[1]])
            cp.add(model.start[i] + length + closing <= leave[0]).only_enforce_if(last)
        for m, (j, b) in enumerate(uses, start=1):
            if i == j or (i in turn and j in turn and turn[j] != turn[i] + 1):
                continue
            arc = cp.new_bool_var("")
            arcs.append((n, m, arc))
            change = int(arrays.changeover[base + state * states + int(arrays.alt_state[b])])
            cp.add(model.start[j] >= model.start[i] + length + change).only_enforce_if(arc)
    cp.add_circuit(arcs)


def _goal(arrays: Arrays, union: Arrays, model: _Model, *, tardiness_first: bool) -> None:
    """Lateness of jobs that end in the zone, the latest end, and, for what comes later, that all of it ends early."""
    cp = model.cp
    late: Expression = 0
    early: Expression = 0
    heaviest = max(float(arrays.job_weight.max(initial=1.0)), 1e-9)
    bound = cp.new_int_var(0, model.room, "")
    for op in model.start:
        job = int(arrays.op_job[op])
        last = op == arrays.job_first[job + 1] - 1
        early += model.end(op)
        cp.add(bound >= model.end(op))
        weight = round(100 * float(arrays.job_weight[job]) / heaviest)
        if tardiness_first and last and weight and arrays.job_due[job] < NEVER:
            due = work_before(union, 0, int(arrays.job_due[job]))
            minutes = cp.new_int_var(0, max(model.room - due, 0), "")
            cp.add(minutes >= model.end(op) - due)
            late += weight * minutes
    cp.minimize(LATE_PRICE * late + len(model.start) * bound + early)
