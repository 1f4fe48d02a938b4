"""A first plan: every order opened, quantities by linear program; else nothing ordered at all.

Opening every order leaves a linear program, which finds the cheapest quantities at once; it is a poor plan that a
search improves quickly, because it hides no saving. Where lot rules forbid opening everything (minimum, multiple,
maximum, a quantity per order) those orders stay undecided for a short run. The last resort, ordering nothing
and owing everything, is always a solution of the program with open emergency columns: there is always a first plan.
"""

from dataclasses import replace

import numpy as np

from planning.lot_sizing.formulation import ABSENT, Formulation
from planning.solvers.mathopt import Answer, FloatArray, solve


def first_plan(formulation: Formulation, *, seconds: float, seed: int = 0) -> FloatArray:
    """A solution of the program with open emergency columns, an allowed plan where opening every order gives one.

    Args:
        formulation: the plain form.
        seconds: wall-clock limit of each try.
        seed: solver seed.

    Returns:
        One value a column: allowed if that was found at once, else the cheapest of the tries.
    """
    closed = replace(formulation, program=formulation.strict())
    nothing = np.zeros(formulation.program.column_count)
    allowed = [_opened(closed, seconds=seconds, seed=seed), _held(closed, nothing, seconds=seconds, seed=seed)]
    found = [answer for answer in allowed if answer.values is not None]
    if not found:
        found = [
            _opened(formulation, seconds=seconds, seed=seed),
            _held(formulation, nothing, seconds=seconds, seed=seed),
        ]
    solutions = [answer.values for answer in found if answer.values is not None]
    assert solutions, "a plan that orders nothing is always a solution"
    return min(solutions, key=lambda values: float(formulation.program.cost @ values))


def settle(formulation: Formulation, values: FloatArray, *, seconds: float, seed: int = 0) -> FloatArray:
    """The cheapest quantities for the orders of a solution; the solution itself where none is found in time."""
    answer = _held(formulation, values, seconds=seconds, seed=seed)
    if answer.values is None or answer.objective > float(formulation.program.cost @ values):
        return values
    return answer.values


def _opened(formulation: Formulation, *, seconds: float, seed: int) -> Answer:
    program, columns = formulation.program, formulation.columns
    lower = program.lower.copy()
    for index, source in enumerate(formulation.problem.sources):
        fixed = any(component.fixed_quantity > 0 for component in source.components)
        if source.minimum > 0 or source.multiple > 0 or source.maximum > 0 or fixed:
            continue
        opened = columns.orders[index][columns.orders[index] != ABSENT]
        lower[opened] = program.upper[opened]
    return solve(program.with_bounds(lower, program.upper), seconds=seconds, seed=seed, relative_gap_tolerance=0.01)


def _held(formulation: Formulation, values: FloatArray, *, seconds: float, seed: int) -> Answer:
    """The linear program that is left when the whole numbers are held."""
    program = formulation.program
    held = np.rint(values)
    lower = np.where(program.integer, held, program.lower)
    upper = np.where(program.integer, held, program.upper)
    return solve(program.with_bounds(lower, upper).relaxed(), seconds=seconds, seed=seed)
