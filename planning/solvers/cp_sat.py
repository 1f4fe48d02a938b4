"""CP-SAT with the parameters that each class of scheduling problem needs, measured on two processors.

A job shop without choice is proved sooner by strong propagation and no linear relaxation; with alternative machines the
linear relaxation carries the bound. The class decides, never the instance.
"""

from dataclasses import dataclass

from ortools.sat.python import cp_model


@dataclass(frozen=True)
class CpAnswer:
    """What the solver ended with.

    Attributes:
        solver: to read values from, where there is a solution.
        found: whether it has a solution.
        bound: the proved lower bound of the objective.
    """

    solver: cp_model.CpSolver
    found: bool
    bound: float


@dataclass(frozen=True)
class Effort:
    """How to search.

    Attributes:
        seconds: wall-clock limit.
        workers: searches side by side; one is reproducible, with `deterministic` as its limit of work.
        sequencing_only: nothing to choose but sequences on single machines.
        deterministic: limit in the solver's own measure of work, so that the same search ends at the same place.
    """

    seconds: float
    seed: int
    workers: int
    sequencing_only: bool
    deterministic: float | None = None


def solve_cp(model: cp_model.CpModel, effort: Effort) -> CpAnswer:
    """Minimise a model for a while."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(effort.seconds, 0.01)
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = effort.seed % 2**31
    if effort.deterministic is not None:
        solver.parameters.max_deterministic_time = effort.deterministic
    if effort.sequencing_only:
        solver.parameters.linearization_level = 0
        solver.parameters.use_dynamic_precedence_in_disjunctive = True
        solver.parameters.use_strong_propagation_in_disjunctive = True
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    known = found or status == cp_model.UNKNOWN
    return CpAnswer(solver, found, solver.best_objective_bound if known else 0.0)
