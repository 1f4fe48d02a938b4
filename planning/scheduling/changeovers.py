"""Sequence-dependent setups: the table `setups` becomes a matrix of minutes between states for every machine.

Of the rows that fit a resource, a state before and a state after, the most particular counts: one for the resource
before one for its group; then one that names both states, then the state after, then the state before, then neither.
Between two operations of the same state only a row that names it twice counts: a campaign goes on without a
changeover. An operation without a state needs none and leaves none. Minutes are divided by the efficiency, rounded up.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from planning.scheduling.problem import IntArray
from planning.scheduling.routing import Machine

STATES_LIMIT = 3000
Row = dict[str, Any]


def matrix_of(rows: Iterable[Row], states: list[str], efficiency: int) -> IntArray:
    """Minutes from a state to another, int64[S + 1, S + 1]; state 0 is none.

    Args:
        rows: rows of `setups` that fit the machine, the least particular first; minutes in millionths.
        states: names of states 1 .. S.
        efficiency: of the machine, in millionths.

    >>> rows = [{"from_state": None, "to_state": None, "minutes": 30_000_000},
    ...         {"from_state": "red", "to_state": "white", "minutes": 90_000_000}]
    >>> matrix_of(rows, ["red", "white"], 1_000_000).tolist()
    [[0, 30, 30], [0, 0, 90], [0, 30, 0]]
    """
    place = {name: number for number, name in enumerate(states, start=1)}
    matrix = np.zeros((len(states) + 1, len(states) + 1), dtype=np.int64)
    for row in rows:
        before, after = row["from_state"], row["to_state"]
        if (before is not None and before not in place) or (after is not None and after not in place):
            continue
        minutes = -(-row["minutes"] // efficiency)
        if before is not None and after is not None:
            matrix[place[before], place[after]] = minutes
            continue
        kept = np.diag(matrix).copy()
        if after is not None:
            matrix[:, place[after]] = minutes
        elif before is not None:
            matrix[place[before], 1:] = minutes
        else:
            matrix[:, 1:] = minutes
        np.fill_diagonal(matrix, kept)
    return matrix


def rows_for(machine: Machine, rows: Iterable[Row]) -> list[Row]:
    """Rows of `setups` that fit a machine, the least particular first; of equals the first row is the last here."""
    fitting = [
        row
        for row in rows
        if row["resource"] == machine.name or (row["resource"] is None and row["group"] == machine.group)
    ]

    def particular(row: Row) -> tuple[bool, int, int]:
        named = 2 * (row["to_state"] is not None) + (row["from_state"] is not None)
        return row["resource"] is not None, named, -row["row"]

    return sorted(fitting, key=particular)
