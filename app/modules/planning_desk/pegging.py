"""Follows the edges of a recorded plan's pegging: from a demand down to what serves it, and from a supply up to its demands.

An edge names its demand where it serves one directly, and the supply it goes into otherwise. Trees are cut at a number of
rows, because a common part of a large plan serves half the company.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

MOST_ROWS: Final = 400
_DEEPEST: Final = 25


def down_from(edges: pl.LazyFrame, demand: str) -> list[dict[str, Any]]:
    """The tree below a demand, each row after the one it serves, `step` counted from the demand."""
    first = edges.filter(pl.col("demand") == demand).head(MOST_ROWS).collect().to_dicts()
    children = _levels(edges, first, by="parent_supply", of="supply")
    rows: list[dict[str, Any]] = []
    for edge in first:
        _append(rows, edge, children, 0)
    return rows


def up_from(edges: pl.LazyFrame, supply: str) -> list[dict[str, Any]]:
    """What a supply is for: the orders it goes into, and theirs, up to the demands; `step` counted from the supply."""
    first = edges.filter(pl.col("supply") == supply).head(MOST_ROWS).collect().to_dicts()
    parents = _levels(edges, first, by="supply", of="parent_supply")
    rows: list[dict[str, Any]] = []
    for edge in first:
        _append(rows, edge, parents, 0, upward=True)
    return rows


def _levels(edges: pl.LazyFrame, first: list[dict[str, Any]], *, by: str, of: str) -> dict[str, list[dict[str, Any]]]:
    """Edges by their end `by`, found level by level from the ends `of` of those before."""
    found: dict[str, list[dict[str, Any]]] = {}
    wanted = {edge[of] for edge in first if edge[of]}
    count = len(first)
    for _ in range(_DEEPEST):
        wanted -= set(found)
        if not wanted or count >= MOST_ROWS:
            return found
        level = edges.filter(pl.col(by).is_in(sorted(wanted))).head(MOST_ROWS).collect().to_dicts()
        found.update({name: [] for name in wanted})
        for edge in level:
            found[edge[by]].append(edge)
        count += len(level)
        wanted = {edge[of] for edge in level if edge[of]}
    return found


def _append(
    rows: list[dict[str, Any]],
    edge: dict[str, Any],
    following: dict[str, list[dict[str, Any]]],
    step: int,
    *,
    upward: bool = False,
) -> None:
    if len(rows) >= MOST_ROWS or step > _DEEPEST:
        return
    rows.append({**edge, "step": step})
    for child in following.get(edge["parent_supply" if upward else "supply"] or "", ()):
        _append(rows, child, following, step + 1, upward=upward)
