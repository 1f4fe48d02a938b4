"""The whole problem as a CP-SAT model, in working minutes of one calendar for all machines.

With one calendar the model is the problem; with several it is solved in their union (`from_package.union_of`), its bound
holds and its sequence is timed exactly afterwards. Operations are intervals, optional where there is a choice; machines
without changeovers are disjunctive or cumulative, lanes with changeovers are circuits. Every machine's load is a bound of
the makespan. Lateness counts the time between shifts: a job that ends beyond a break is late by the break as well.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from planning.scheduling.problem import NEVER, NO_MATRIX, Arrays, IntArray, Schedule
from planning.scheduling.timing import timed, work_before
from planning.solvers.cp_sat import Effort, solve_cp

Expression = Any
"""A linear expression or literal of the solver, whose stubs do not let expressions be added up."""

BREAKS_LIMIT = 20_000
ARCS_LIMIT = 60_000
WEIGHT_SCALE = 1000.0
LARGEST_WEIGHT = 10.0**6
MINUTES_CEILING = 2**34


@dataclass
class Model:
    """The model with what is needed to read it; lists by operation, alternatives by number."""

    cp: cp_model.CpModel
    start: list[cp_model.IntVar]
    end: list[Expression]
    chosen: dict[tuple[int, int], cp_model.IntVar | int]
    makespan: cp_model.IntVar
    tardiness: Expression = 0
    weight_scale: float = WEIGHT_SCALE
    arcs: list[tuple[int, int, int, cp_model.IntVar]] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """A schedule if one was found, and a lower bound: weighted minutes late, or working minutes of the makespan."""

    schedule: Schedule | None
    bound: float


def places_of(arrays: Arrays, op: int) -> list[tuple[int, int]]:
    """Alternatives of an operation with the lane: each lane apart where changeovers count, else the machine's first."""
    found = []
    for a in range(arrays.alt_first[op], arrays.alt_first[op + 1]):
        machine = int(arrays.alt_machine[a])
        first, last = int(arrays.machine_lane[machine]), int(arrays.machine_lane[machine + 1])
        lanes = range(first, last) if sequenced(arrays, machine) else (first,)
        found.extend((int(a), lane) for lane in lanes)
    return found


def sequenced(arrays: Arrays, machine: int) -> bool:
    """Whether the machine's changeovers depend on the sequence."""
    return bool(arrays.machine_matrix[machine] != NO_MATRIX)


def arc_count(arrays: Arrays) -> int:
    """Literals that the circuits of the whole model would have."""
    uses = np.bincount(arrays.alt_machine, minlength=arrays.machine_calendar.size)
    lanes = np.diff(arrays.machine_lane)
    return int((uses**2 * lanes)[arrays.machine_matrix != NO_MATRIX].sum())


def horizon_of(arrays: Arrays) -> int:
    """Working minutes by which some optimal schedule has ended: everything one after the other."""
    if arrays.op_job.size == 0:
        return 0
    longest = np.maximum.reduceat(arrays.alt_minutes, arrays.alt_first[:-1]).sum()
    change = int(arrays.changeover.max(initial=0)) * arrays.op_job.size
    return min(work_before(arrays, 0, int(arrays.op_release.max())) + int(longest) + change + 1, MINUTES_CEILING)


def build(arrays: Arrays, *, horizon: int) -> Model:
    """Intervals, machines, job chains and the makespan.

    Args:
        arrays: with one calendar.
        horizon: working minutes by which everything ends.
    """
    cp = cp_model.CpModel()
    count = arrays.op_job.size
    release = [work_before(arrays, 0, int(wall)) for wall in arrays.op_release]
    start = [cp.new_int_var(release[i], max(horizon, release[i]), "") for i in range(count)]
    model = Model(cp, start, [], {}, cp.new_int_var(0, horizon, "makespan"))
    on_lane: dict[int, list[tuple[int, int]]] = {}
    for i in range(count):
        places = places_of(arrays, i)
        for place in places:
            model.chosen[place] = 1 if len(places) == 1 else cp.new_bool_var("")
            if arrays.alt_minutes[place[0]] > 0:
                on_lane.setdefault(place[1], []).append((i, place[0]))
        if len(places) > 1:
            cp.add_exactly_one(model.chosen[place] for place in places)
        minutes = sum(int(arrays.alt_minutes[a]) * model.chosen[a, lane] for a, lane in places)
        model.end.append(start[i] + minutes)
        cp.add(model.end[i] <= model.makespan)
    _chain(arrays, model)
    for lane, uses in sorted(on_lane.items()):
        _machine(arrays, model, lane, uses)
    return model


def _chain(arrays: Arrays, model: Model) -> None:
    """Jobs in their order, with overlap where it is allowed, and operations of other jobs that must end first."""
    for i in range(arrays.op_job.size):
        for k in range(arrays.before_first[i], arrays.before_first[i + 1]):
            model.cp.add(model.start[i] >= model.end[arrays.before[k]])
        if i == 0 or arrays.op_job[i] != arrays.op_job[i - 1]:
            continue
        lead = sum(int(arrays.alt_lead[a]) * model.chosen[a, lane] for a, lane in places_of(arrays, i - 1))
        model.cp.add(model.start[i] >= model.start[i - 1] + lead)
        if any(arrays.alt_lead[a] < arrays.alt_minutes[a] for a, _ in places_of(arrays, i - 1)):
            # Without overlap the tail is all of the operation, which the lead has made it wait for already.
            tail = sum(int(arrays.alt_tail[a]) * model.chosen[a, lane] for a, lane in places_of(arrays, i))
            model.cp.add(model.end[i] >= model.end[i - 1] + tail)


def _machine(arrays: Arrays, model: Model, lane: int, uses: list[tuple[int, int]]) -> None:
    """One lane, or all lanes of a machine without changeovers: no overlap, changeovers, and the load as a bound."""
    cp = model.cp
    intervals = []
    load: Expression = 0
    for i, a in uses:
        minutes, literal = int(arrays.alt_minutes[a]), model.chosen[a, lane]
        if isinstance(literal, int):
            intervals.append(cp.new_fixed_size_interval_var(model.start[i], minutes, ""))
        else:
            intervals.append(cp.new_optional_fixed_size_interval_var(model.start[i], minutes, literal, ""))
        load += minutes * literal
    machine = int(arrays.lane_machine[lane])
    lanes = int(arrays.machine_lane[machine + 1] - arrays.machine_lane[machine])
    if sequenced(arrays, machine) or lanes == 1:
        cp.add_no_overlap(intervals)
        lanes = 1
    else:
        cp.add_cumulative(intervals, [1] * len(intervals), lanes)
    if sequenced(arrays, machine):
        load += _circuit(arrays, model, machine, lane, uses)
    head = min(work_before(arrays, 0, int(arrays.op_release[i])) for i, _ in uses) if lanes == 1 else 0
    cp.add(lanes * model.makespan >= load + head)


def _circuit(arrays: Arrays, model: Model, machine: int, lane: int, uses: list[tuple[int, int]]) -> Expression:
    """The sequence of a lane as a circuit through node 0; the changeover minutes of its arcs."""
    cp = model.cp
    states, base = int(arrays.machine_states[machine]), int(arrays.machine_matrix[machine])
    arcs: list[tuple[int, int, Expression]] = [(0, 0, cp.new_bool_var(""))]
    spent: Expression = 0

    def minutes(before: int, after: int) -> int:
        return int(arrays.changeover[base + before * states + after])

    for n, (i, a) in enumerate(uses, start=1):
        chosen = model.chosen[a, lane]
        if not isinstance(chosen, int):
            arcs.append((n, n, ~chosen))
        first, last = cp.new_bool_var(""), cp.new_bool_var("")
        arcs.extend([(0, n, first), (n, 0, last)])
        model.arcs.append((lane, -1, i, first))
        model.arcs.append((lane, i, -1, last))
        opening = minutes(0, int(arrays.alt_state[a]))
        if opening:
            cp.add(model.start[i] >= opening).only_enforce_if(first)
            spent += opening * first
        for m, (j, b) in enumerate(uses, start=1):
            if i == j or (arrays.op_job[i] == arrays.op_job[j] and j < i):
                continue
            arc = cp.new_bool_var("")
            arcs.append((n, m, arc))
            model.arcs.append((lane, i, j, arc))
            change = minutes(int(arrays.alt_state[a]), int(arrays.alt_state[b]))
            cp.add(model.start[j] >= model.start[i] + int(arrays.alt_minutes[a]) + change).only_enforce_if(arc)
            spent += change * arc
    cp.add_circuit(arcs)
    return spent


def add_tardiness(arrays: Arrays, model: Model, *, limit: float) -> None:
    """The weighted tardiness of all jobs as the model's `tardiness`, in `weight_scale` parts of a weighted minute.

    Weights are rounded down to whole parts and breaks beyond a limit left out, so that it never says too much.

    Args:
        limit: a weighted tardiness that is known to be possible; no job needs to be later than it allows.
    """
    cp = model.cp
    total: Expression = 0
    breaks = 0
    heaviest = float(arrays.job_weight.max(initial=0.0))
    model.weight_scale = min(WEIGHT_SCALE, LARGEST_WEIGHT / max(heaviest, 1.0))
    for job in range(arrays.job_due.size):
        weight = int(float(arrays.job_weight[job]) * model.weight_scale + 1e-9)
        due = int(arrays.job_due[job])
        if weight == 0 or due >= NEVER:
            continue
        most = min(int(limit / float(arrays.job_weight[job])) + 1, MINUTES_CEILING)
        end = model.end[arrays.job_first[job + 1] - 1]
        late = cp.new_int_var(0, most, "")
        low = work_before(arrays, 0, due)
        high = work_before(arrays, 0, due + most)
        gaps = _gaps(arrays, low, high)
        breaks += len(gaps)
        if breaks > BREAKS_LIMIT:
            gaps = []
        waited: Expression = 0
        earlier = None
        for edge, minutes in gaps:
            beyond = cp.new_bool_var("")
            cp.add(end <= edge).only_enforce_if(~beyond)
            if earlier is not None:
                cp.add_implication(beyond, earlier)
            earlier = beyond
            waited += minutes * beyond
        cp.add(late >= end - low + _offset(arrays, low, due) + waited)
        total += weight * late
    model.tardiness = total


def _gaps(arrays: Arrays, low: int, high: int) -> list[tuple[int, int]]:
    """Breaks of the calendar by the working minute at which they begin, from `low` to `high`, with their length."""
    edges = arrays.segment_work[1:]
    lengths = arrays.segment_start[1:] - arrays.segment_end[:-1]
    inside = np.flatnonzero((edges >= low) & (edges <= high))
    return [(int(edges[k]), int(lengths[k])) for k in inside]


def _offset(arrays: Arrays, low: int, due: int) -> int:
    """Minutes (0 or fewer) from `due` back to the end of its last working minute; 0 for a due date before all work."""
    if low == 0:
        return min(int(arrays.segment_start[0]), NEVER) - due
    k = int(np.searchsorted(arrays.segment_work, low, side="left")) - 1
    return int(arrays.segment_start[k] + low - arrays.segment_work[k]) - due


def hint(arrays: Arrays, model: Model, schedule: Schedule) -> None:
    """Suggest a known schedule."""
    follows: set[tuple[int, int, int]] = set()
    last: dict[int, int] = {}
    for op in schedule.order:
        if arrays.alt_minutes[schedule.alternative[op]] == 0:
            continue
        lane = int(schedule.lane[op])
        follows.add((lane, last.get(lane, -1), int(op)))
        last[lane] = int(op)
    follows |= {(lane, op, -1) for lane, op in last.items()}
    for i, start in enumerate(model.start):
        model.cp.add_hint(start, work_before(arrays, 0, int(schedule.start[i])))
        for a, lane in places_of(arrays, i):
            literal = model.chosen[a, lane]
            if not isinstance(literal, int):
                same = a == schedule.alternative[i]
                if sequenced(arrays, int(arrays.alt_machine[a])):
                    same = same and lane == schedule.lane[i]
                model.cp.add_hint(literal, same)
    for lane, i, j, arc in model.arcs:
        model.cp.add_hint(arc, (lane, i, j) in follows)


def read(arrays: Arrays, exact: Arrays, model: Model, solver: cp_model.CpSolver) -> Schedule:
    """The solver's sequence, timed in the calendars of `exact`."""
    count = arrays.op_job.size
    start = np.array([solver.value(variable) for variable in model.start], dtype=np.int64)
    alternative, lane = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for i in range(count):
        for place in places_of(arrays, i):
            if solver.value(model.chosen[place]):
                alternative[i], lane[i] = place
    minutes = arrays.alt_minutes[alternative]
    order = np.lexsort((np.arange(count), start + minutes, start)).astype(np.int64)
    free: dict[int, IntArray] = {}
    for op in order:
        machine = int(arrays.alt_machine[alternative[op]])
        if sequenced(arrays, machine):
            continue
        first, last = int(arrays.machine_lane[machine]), int(arrays.machine_lane[machine + 1])
        until = free.setdefault(machine, np.zeros(last - first, dtype=np.int64))
        taken = int(np.argmin(until))
        lane[op] = first + taken
        until[taken] = start[op] + minutes[op]
    return timed(exact, order, alternative, lane)


def improve_makespan(
    arrays: Arrays,
    exact: Arrays,
    schedule: Schedule,
    *,
    tardiness_limit: float | None,
    effort: Effort,
) -> Found:
    """Minimise the makespan; with a limit, among schedules whose weighted tardiness does not exceed it.

    Args:
        arrays: with one calendar; `exact` with the problem's own.
    """
    model = build(arrays, horizon=min(work_before(arrays, 0, int(schedule.end.max())), horizon_of(arrays)))
    if tardiness_limit is not None:
        add_tardiness(arrays, model, limit=tardiness_limit)
        model.cp.add(model.tardiness <= int(np.ceil(tardiness_limit * model.weight_scale - 1e-6)))
    hint(arrays, model, schedule)
    model.cp.minimize(model.makespan)
    answer = solve_cp(model.cp, effort)
    found = read(arrays, exact, model, answer.solver) if answer.found else None
    return Found(found, answer.bound)


def improve_tardiness(
    arrays: Arrays,
    exact: Arrays,
    schedule: Schedule,
    *,
    known: float,
    effort: Effort,
) -> Found:
    """Minimise the weighted tardiness, given a schedule of which it is known."""
    model = build(arrays, horizon=horizon_of(arrays))
    add_tardiness(arrays, model, limit=known)
    hint(arrays, model, schedule)
    model.cp.minimize(model.tardiness)
    answer = solve_cp(model.cp, effort)
    found = read(arrays, exact, model, answer.solver) if answer.found else None
    return Found(found, answer.bound / model.weight_scale)
