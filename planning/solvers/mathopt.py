"""Mixed-integer programs to OR-Tools MathOpt: one call in, one answer with a bound out.

A program is arrays, not modelling objects, so that a search may fix columns and solve again without
building anything twice; `restrict` drops what is fixed. The wrapper answers always: `optimal`,
`feasible`, `infeasible`, `unbounded` or `unknown`, never an exception for a business reason. The bound
of a stopped run is the branch-and-bound bound of the solver (Land and Doig 1960), valid as it stands.

HiGHS is the engine for linear programs, whole programs and bounds. SCIP, which OR-Tools also carries, is the
engine for the small programs of a search: on windows of forty orders it proved two to four times sooner.
HiGHS through MathOpt knows no cutoff, and runs on one thread: its scheduler keeps the count of the first run of the
process and ends every run that asks for another one. Who has two processors runs two programs beside each other.
"""

import datetime as dt
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter

import numpy as np
import numpy.typing as npt
from ortools.math_opt import model_parameters_pb2, model_pb2, result_pb2, solution_pb2
from ortools.math_opt.core.python import solver
from ortools.math_opt.python import mathopt
from pybind11_abseil.status import StatusNotOk
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Status(StrEnum):
    """What a solver run can say."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    UNKNOWN = "unknown"


class Engine(StrEnum):
    """Which solver answers."""

    HIGHS = "highs"
    SCIP = "scip"


@dataclass(frozen=True)
class Program:
    """minimise cost.x + offset subject to row_lower <= rows.x <= row_upper, lower <= x <= upper.

    `cost`, `lower`, `upper` and `integer` have one entry a column; `rows` is a CSR matrix.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    rows: sparse.csr_matrix
    row_lower: FloatArray
    row_upper: FloatArray
    offset: float = 0.0

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return len(self.cost)

    def relaxed(self) -> "Program":
        """The linear relaxation: the same program with no integer column."""
        return replace(self, integer=np.zeros(self.column_count, dtype=bool))

    def with_bounds(self, lower: FloatArray, upper: FloatArray) -> "Program":
        """The same program under other column bounds."""
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True)
class Answer:
    """The answer of one run: `values` is None where no solution is known."""

    status: Status
    values: FloatArray | None
    objective: float
    bound: float
    seconds: float
    reason: str

    @property
    def gap(self) -> float:
        """Relative distance of objective and bound; infinite without a solution."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / |objective|, 0 where both are 0, infinite where one is not finite.

    >>> relative_gap(200.0, 150.0)
    0.25
    """
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    if objective == bound:
        return 0.0
    return max(0.0, (objective - bound) / max(abs(objective), 1e-9))


def restrict(program: Program, values: FloatArray, free: BoolArray) -> tuple[Program, npt.NDArray[np.intp]]:
    """The program over the free columns alone, the others held at `values`; returns it and their indices.

    >>> program = Program(np.ones(2), np.zeros(2), np.ones(2), np.array([True, True]),
    ...                   sparse.csr_matrix([[1.0, 1.0]]), np.array([1.0]), np.array([2.0]))
    >>> part, columns = restrict(program, np.array([1.0, 0.0]), np.array([False, True]))
    >>> part.offset, part.row_lower.tolist(), columns.tolist()
    (1.0, [0.0], [1])
    """
    columns = np.flatnonzero(free)
    held = np.where(free, 0.0, values)
    moved = program.rows @ held
    rows = program.rows[:, columns].tocsr()
    kept = np.flatnonzero(np.diff(rows.indptr) > 0)
    part = Program(
        cost=program.cost[columns],
        lower=program.lower[columns],
        upper=program.upper[columns],
        integer=program.integer[columns],
        rows=rows[kept],
        row_lower=program.row_lower[kept] - moved[kept],
        row_upper=program.row_upper[kept] - moved[kept],
        offset=program.offset + float(program.cost @ held),
    )
    return part, columns


def solve(
    program: Program,
    *,
    seconds: float,
    seed: int = 0,
    relative_gap_tolerance: float = 1e-6,
    hint: FloatArray | None = None,
    engine: Engine = Engine.HIGHS,
    light: bool = False,
) -> Answer:
    """Solve a program within a time limit.

    Args:
        program: the program; columns and rows may be empty.
        seconds: wall-clock limit of the run, > 0.
        seed: random seed of the solver, >= 0; a run that stops by proof is reproducible.
        relative_gap_tolerance: the run stops by proof at this gap.
        hint: a start solution, one value a column.
        engine: which solver answers.
        light: little presolve and few cuts, for the many small programs of a search (SCIP only); it halved their time.

    Returns:
        The answer; `reason` names what stopped the run in words.

    Source: MathOpt, OR-Tools 9.15; HiGHS 1.x branch and cut.

    >>> knapsack = Program(np.array([-3.0, -2.0]), np.zeros(2), np.ones(2), np.array([True, True]),
    ...                    sparse.csr_matrix([[2.0, 2.0]]), np.array([-np.inf]), np.array([3.0]))
    >>> answer = solve(knapsack, seconds=5)
    >>> answer.status.value, answer.objective, answer.values.tolist()
    ('optimal', -3.0, [1.0, 0.0])
    """
    started = perf_counter()
    if program.column_count == 0:
        return _empty(program)
    parameters = _parameters(engine, seconds, seed, gap=relative_gap_tolerance)
    try:
        result = solver.solve(
            _proto(program),
            (mathopt.SolverType.HIGHS if engine == Engine.HIGHS else mathopt.SolverType.GSCIP).value,
            mathopt.StreamableSolverInitArguments().to_proto(),
            (_light(parameters) if light and engine == Engine.SCIP else parameters).to_proto(),
            _asked(hint),
            None,
            mathopt.CallbackRegistration().to_proto(),
            None,
            None,
        )
    except StatusNotOk as error:
        return Answer(
            Status.UNKNOWN, None, math.inf, -math.inf, perf_counter() - started, f"{engine.value} failed: {error}"
        )
    return _answer(program, result, perf_counter() - started)


def _asked(hint: FloatArray | None) -> model_parameters_pb2.ModelSolveParametersProto:
    """Values of columns alone, no dual ones; where to start."""
    asked = model_parameters_pb2.ModelSolveParametersProto()
    asked.dual_values_filter.filter_by_ids = True
    asked.reduced_costs_filter.filter_by_ids = True
    if hint is not None:
        start = asked.solution_hints.add().variable_values
        start.ids.extend(range(len(hint)))
        start.values.extend(hint.tolist())
    return asked


def _light(parameters: mathopt.SolveParameters) -> mathopt.SolveParameters:
    parameters.presolve = mathopt.Emphasis.LOW
    parameters.cuts = mathopt.Emphasis.LOW
    return parameters


def _parameters(engine: Engine, seconds: float, seed: int, *, gap: float) -> mathopt.SolveParameters:
    parameters = mathopt.SolveParameters(
        time_limit=dt.timedelta(seconds=max(seconds, 0.05)),
        random_seed=seed,
        relative_gap_tolerance=gap,
    )
    if engine == Engine.SCIP:
        parameters.threads = 1
        return parameters
    parameters.highs.int_options["threads"] = 1
    parameters.highs.string_options["parallel"] = "off"
    return parameters


def _empty(program: Program) -> Answer:
    """A program with nothing left to decide is feasible if its rows allow zero."""
    feasible = bool(np.all(program.row_lower <= 1e-9) and np.all(program.row_upper >= -1e-9))
    if not feasible:
        return Answer(Status.INFEASIBLE, None, math.inf, math.inf, 0.0, "no column can meet the rows")
    return Answer(Status.OPTIMAL, np.zeros(0), program.offset, program.offset, 0.0, "nothing to decide")


def _proto(program: Program) -> model_pb2.ModelProto:
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(program.column_count))
    proto.variables.lower_bounds.extend(program.lower.tolist())
    proto.variables.upper_bounds.extend(program.upper.tolist())
    proto.variables.integers.extend(program.integer.tolist())
    costed = np.flatnonzero(program.cost)
    proto.objective.offset = program.offset
    proto.objective.linear_coefficients.ids.extend(costed.tolist())
    proto.objective.linear_coefficients.values.extend(program.cost[costed].tolist())
    matrix = program.rows
    row_count = len(program.row_lower)
    proto.linear_constraints.ids.extend(range(row_count))
    proto.linear_constraints.lower_bounds.extend(program.row_lower.tolist())
    proto.linear_constraints.upper_bounds.extend(program.row_upper.tolist())
    matrix.sort_indices()
    filled = matrix.data != 0.0
    row_ids = np.repeat(np.arange(row_count), np.diff(matrix.indptr))
    proto.linear_constraint_matrix.row_ids.extend(row_ids[filled].tolist())
    proto.linear_constraint_matrix.column_ids.extend(matrix.indices[filled].tolist())
    proto.linear_constraint_matrix.coefficients.extend(matrix.data[filled].tolist())
    return proto


def _answer(program: Program, result: result_pb2.SolveResultProto, seconds: float) -> Answer:
    ended = result.termination
    bound = float(ended.objective_bounds.dual_bound)
    values = _values(program, result)
    objective = math.inf if values is None else float(program.cost @ values) + program.offset
    if ended.reason == result_pb2.TERMINATION_REASON_OPTIMAL:
        if not program.integer.any():
            bound = objective
        return Answer(Status.OPTIMAL, values, objective, min(bound, objective), seconds, "proved within the gap")
    if ended.reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
        return Answer(Status.INFEASIBLE, None, math.inf, math.inf, seconds, "the rows contradict each other")
    if ended.reason in (result_pb2.TERMINATION_REASON_UNBOUNDED, result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED):
        return Answer(Status.UNBOUNDED, values, objective, -math.inf, seconds, "unbounded or infeasible")
    if values is not None:
        return Answer(Status.FEASIBLE, values, objective, bound, seconds, f"stopped: {ended.detail}")
    return Answer(Status.UNKNOWN, None, math.inf, bound, seconds, f"no solution: {ended.detail}")


def _values(program: Program, result: result_pb2.SolveResultProto) -> FloatArray | None:
    """Column values of the best solution; None where there is none."""
    if not result.solutions or not result.solutions[0].HasField("primal_solution"):
        return None
    primal = result.solutions[0].primal_solution
    if primal.feasibility_status != solution_pb2.SOLUTION_STATUS_FEASIBLE:
        return None
    values = np.zeros(program.column_count)
    values[np.array(primal.variable_values.ids, dtype=np.int64)] = np.array(primal.variable_values.values)
    return values
