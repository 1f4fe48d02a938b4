"""Forecasts of sums and of their parts made to agree: what the parts add up to is what the sums say, exactly.

A hierarchy is a list of groupings of the series: each gives every series a group, and one group is one sum. `bottom_up` keeps
the parts; `top_down` keeps the total and spreads it as the parts are; `least_squares` moves all of them as little as their
weights allow (MinT with a diagonal covariance: by structure, or by the errors of a back-test). Parts never fall below
zero: where least squares would have it, those parts stop at zero and the rest is solved again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from planning.forecast.measures import FloatArray
from planning.forecast.periods import IntArray

WAYS = ("bottom_up", "top_down", "least_squares")
ROUNDS = 20
RIDGE = 1e-12


@dataclass(frozen=True)
class Hierarchy:
    """Sums over N series.

    Attributes:
        groups: one a sum level; int64[N], each series' group, numbered from 0 within the level.
    """

    groups: tuple[IntArray, ...]

    @property
    def sums(self) -> sparse.csr_matrix:
        """0/1 matrix of all sums (rows, level after level) over the series (columns)."""
        blocks = []
        for group in self.groups:
            ones = np.ones(group.size)
            blocks.append(
                sparse.csr_matrix((ones, (group, np.arange(group.size))), shape=(int(group.max()) + 1, group.size))
            )
        return sparse.csr_matrix(sparse.vstack(blocks)) if blocks else sparse.csr_matrix((0, 0))


def hierarchy_of(labels: Sequence[Sequence[str]]) -> Hierarchy:
    """A hierarchy from labels: one sequence of N labels a level, such as all "TOTAL", or each series' item.

    >>> hierarchy_of([["T", "T", "T"], ["B", "A", "B"]]).groups[1].tolist()
    [1, 0, 1]
    """
    numbered = []
    for level in labels:
        place = {name: at for at, name in enumerate(sorted(set(level)))}
        numbered.append(np.array([place[name] for name in level], dtype=np.int64))
    return Hierarchy(tuple(numbered))


def bottom_up(hierarchy: Hierarchy, parts: FloatArray) -> FloatArray:
    """Sums of the parts, float[S, H], from float[N, H].

    >>> bottom_up(hierarchy_of([["T", "T"]]), np.array([[1.0], [2.0]])).tolist()
    [[3.0]]
    """
    return np.asarray(hierarchy.sums @ parts)


def top_down(total: FloatArray, parts: FloatArray) -> FloatArray:
    """Parts float[N, H] that add up to the total float[H], in the proportions of the parts; evenly where those are all zero.

    Source: Gross and Sohl (1990), Disaggregation methods to expedite product line forecasting, Journal of Forecasting 9.

    >>> top_down(np.array([6.0]), np.array([[1.0], [2.0]])).tolist()
    [[2.0], [4.0]]
    """
    whole = parts.sum(axis=0)
    even = np.full(parts.shape, 1 / len(parts))
    share = np.divide(parts, whole[None, :], out=even, where=whole[None, :] > 0)
    return share * total[None, :]


def least_squares(
    hierarchy: Hierarchy,
    parts: FloatArray,
    sums: FloatArray,
    *,
    part_variances: FloatArray | None = None,
    sum_variances: FloatArray | None = None,
) -> FloatArray:
    """Parts nearest to all forecasts of parts and sums at once, each change weighed by one over its variance.

    Args:
        parts: float[N, H]; sums: float[S, H], level after level, as `Hierarchy.sums` has its rows.
        part_variances, sum_variances: float[N], float[S] of forecast errors, > 0. Without them each forecast's variance
            is the number of series in it (WLS by structure).

    Returns:
        float[N, H], each >= 0; `bottom_up` of it gives the sums that go with it.

    Source: Wickramasuriya, Athanasopoulos and Hyndman (2019), Optimal forecast reconciliation through trace minimization, JASA 114;
    Athanasopoulos et al. (2017), Forecasting with temporal hierarchies, EJOR 262, for the weights by structure.

    >>> agreed = least_squares(hierarchy_of([["T", "T"]]), np.array([[1.0], [2.0]]), np.array([[7.0]]))
    >>> agreed.round(9).tolist()  # 4 too few: the sum, of variance 2, gives half, each part a quarter
    [[2.0], [3.0]]
    """
    matrix = hierarchy.sums
    of_parts = np.ones(len(parts)) if part_variances is None else part_variances
    of_sums = np.asarray(matrix.sum(axis=1)).ravel() if sum_variances is None else sum_variances
    if not hierarchy.groups:
        return np.maximum(parts, 0.0)
    result = np.empty(parts.shape)
    for step in range(parts.shape[1]):
        result[:, step] = _agreed(matrix, parts[:, step], sums[:, step], of_parts, of_sums)
    return result


def _agreed(
    matrix: sparse.csr_matrix, parts: FloatArray, sums: FloatArray, of_parts: FloatArray, of_sums: FloatArray
) -> FloatArray:
    """One step: minimise the weighed squares; parts that fall below zero are held there and the rest solved again."""
    free = np.ones(parts.size, dtype=bool)
    result = np.zeros(parts.size)
    for _ in range(ROUNDS):
        moving = matrix[:, np.flatnonzero(free)]
        spread = sparse.diags(of_parts[free])
        system = sparse.csc_matrix(moving @ spread @ moving.T + sparse.diags(of_sums + RIDGE))
        gap = sums - moving @ parts[free]
        result[free] = parts[free] + of_parts[free] * (moving.T @ np.asarray(spsolve(system, gap)).reshape(-1))
        below = free & (result < 0)
        if not below.any():
            return result
        free &= ~below
        result[below] = 0.0
    return np.maximum(result, 0.0)
