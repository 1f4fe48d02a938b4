"""Guaranteed service as a mixed-integer program: exact for any acyclic network that is small enough.

Service and inbound times are ladders of yes-or-no rungs, [S >= d] and [SI >= d], which makes an arc a rung-by-rung
comparison; one of z[tau] is 1 and pays for the exposure. Beside the sum that defines tau stand the rows
P(tau >= a + T - b + 1) >= [SI >= a] - [S >= b], which the integers imply and the relaxation needs.
"""

import numpy as np
from scipy import sparse

from planning.policies.guaranteed_service.network import FloatArray, IntArray, ServiceNetwork
from planning.solvers import mathopt


def program_rows(network: ServiceNetwork) -> int:
    """How many rows the program would have, about."""
    given = network.longest_replenishment - network.time
    return int((given * network.service_limit).sum() + 2 * network.longest_replenishment.sum())


class _Rows:
    """Rows of a sparse matrix as they are found."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def add(self, terms: list[tuple[int, float]], lower: float, upper: float) -> None:
        """One row, lower <= sum of value x column <= upper."""
        for column, value in terms:
            self.row.append(len(self.lower))
            self.column.append(column)
            self.value.append(value)
        self.lower.append(lower)
        self.upper.append(upper)


def build_program(network: ServiceNetwork) -> mathopt.Program:
    """The program over the columns of `column_places`."""
    promised, given = network.service_limit, network.longest_replenishment - network.time
    exposures = network.longest_replenishment + 1
    at_service, at_inbound, at_exposure = column_places(network)
    columns = int(at_exposure[-1])
    lower, upper, cost = np.zeros(columns), np.ones(columns), np.zeros(columns)
    integer = np.zeros(columns, dtype=bool)
    integer[: at_exposure[0]] = True
    rows = _Rows()
    for j in range(network.size):
        s, si, z = int(at_service[j]), int(at_inbound[j]), int(at_exposure[j])
        lower[si : si + int(network.inbound[j])] = 1.0
        price = network.cost_table[j, : exposures[j]]
        upper[z : z + int(exposures[j])][~np.isfinite(price)] = 0.0
        cost[z : z + int(exposures[j])] = np.where(np.isfinite(price), price, 0.0)
        _stage_rows(rows, s, int(promised[j]), si, int(given[j]), z, int(exposures[j]), int(network.time[j]))
    for i, j in zip(network.supplier.tolist(), network.customer.tolist(), strict=True):
        for rung in range(int(promised[i])):
            rows.add([(int(at_inbound[j]) + rung, 1.0), (int(at_service[i]) + rung, -1.0)], 0.0, np.inf)
    matrix = sparse.csr_matrix((rows.value, (rows.row, rows.column)), shape=(len(rows.lower), columns))
    return mathopt.Program(cost, lower, upper, integer, matrix, np.array(rows.lower), np.array(rows.upper))


def _stage_rows(rows: _Rows, s: int, promised: int, si: int, given: int, z: int, exposures: int, time: int) -> None:
    """Ladders in order, one exposure, its sum, and the implied rows of one stage."""
    for begin, length in ((s, promised), (si, given)):
        for rung in range(length - 1):
            rows.add([(begin + rung, 1.0), (begin + rung + 1, -1.0)], 0.0, np.inf)
    rows.add([(z + tau, 1.0) for tau in range(exposures)], 1.0, 1.0)
    sum_of_times = [(z + tau, float(tau)) for tau in range(1, exposures)]
    sum_of_times += [(si + rung, -1.0) for rung in range(given)] + [(s + rung, 1.0) for rung in range(promised)]
    rows.add(sum_of_times, float(time), float(time))
    for a in range(given + 1):
        for b in range(1, promised + 2):
            least = a + time - b + 1
            if least < 1:
                continue
            terms = [(z + tau, 1.0) for tau in range(least, exposures)]
            if a > 0:
                terms.append((si + a - 1, -1.0))
            if b <= promised:
                terms.append((s + b - 1, 1.0))
            rows.add(terms, 1.0 if a == 0 else 0.0, np.inf)


def hint_of(network: ServiceNetwork, service: IntArray) -> FloatArray:
    """Known service times as a start for the solver."""
    at_service, at_inbound, at_exposure = column_places(network)
    inbound = network.inbound_times(service)
    hint = np.zeros(int(at_exposure[-1]))
    for j in range(network.size):
        hint[at_service[j] : at_service[j] + service[j]] = 1.0
        hint[at_inbound[j] : at_inbound[j] + inbound[j]] = 1.0
        hint[at_exposure[j] + inbound[j] + network.time[j] - service[j]] = 1.0
    return hint


def column_places(network: ServiceNetwork) -> tuple[IntArray, IntArray, IntArray]:
    """Where each stage's rungs of S, rungs of SI and z begin."""
    given = network.longest_replenishment - network.time
    at_service = np.concatenate([[0], np.cumsum(network.service_limit)])
    at_inbound = at_service[-1] + np.concatenate([[0], np.cumsum(given)])
    at_exposure = at_inbound[-1] + np.concatenate([[0], np.cumsum(network.longest_replenishment + 1)])
    return at_service, at_inbound, at_exposure


def solve_program(
    network: ServiceNetwork, *, seconds: float, seed: int = 0, start: IntArray | None = None
) -> tuple[mathopt.Answer, IntArray | None]:
    """The solver's answer, and the service times it stands for (None without a solution).

    >>> from planning.policies.guaranteed_service.network import network_of
    >>> ring = network_of([("a", 4, 1.0), ("b", 1, 2.0), ("c", 1, 4.0)], [("a", "b"), ("b", "c"), ("a", "c")],
    ...                   demand={"c": (1.0, 0)}, factor=1)
    >>> answer, service = solve_program(ring, seconds=10)
    >>> answer.status.value, round(answer.objective, 3), service.tolist()
    ('optimal', 8.485, [0, 1, 0])
    """
    program, at_service = build_program(network), column_places(network)[0]
    hint = None if start is None else hint_of(network, start)
    answer = mathopt.solve(program, seconds=seconds, seed=seed, hint=hint, engine=mathopt.Engine.SCIP)
    if answer.values is None:
        return answer, None
    rungs = np.rint(answer.values[: int(at_service[-1])])
    service = np.add.reduceat(np.concatenate([rungs, [0.0]]), at_service[:-1]) * (network.service_limit > 0)
    return answer, service.astype(np.int64)
