"""For whom and where a planned order of a plant is released: for the order line whose demand it alone serves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.modules.planning_desk.plan_files import plan_scan

MAIN: Final = "MAIN"


def lines_served(store_folder: Path, plan_hash: str, orders: Sequence[str]) -> dict[str, list[str]]:
    """The demands that planned orders serve, by planned order, each demand once in the order of its name.

    An order that also serves another planned order is left out: it is for nobody alone.

    Args:
        store_folder: the folder of the store.
        plan_hash: the recorded plan.
        orders: planned orders; with none nothing is read.
    """
    if not orders:
        return {}
    edges = plan_scan(store_folder, plan_hash, "pegging")
    found = edges.filter(pl.col("supply").is_in(list(orders)))
    served: dict[str, set[str]] = defaultdict(set)
    shared: set[str] = set()
    for supply, demand, parent in found.select("supply", "demand", "parent_supply").collect().rows():
        if parent is not None:
            shared.add(supply)
        elif demand is not None:
            served[supply].add(demand)
    return {supply: sorted(demands) for supply, demands in served.items() if supply not in shared}


def made_for(line: Mapping[str, Any], served: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Where a planned order is made: for the one order line that it serves, which names plant and line, else at its plant.

    >>> made_for({"planned_order": "P", "location": "EAST"}, {"P": ["SO-2026-00001/3"]})
    {'for_order': 'SO-2026-00001', 'for_line': 3}
    >>> made_for({"planned_order": "P", "location": "EAST"}, {"P": ["SO-2026-00001/3", "SO-2026-00002/1"]})
    {'plant': 'EAST'}
    >>> made_for({"planned_order": "P", "location": "MAIN"}, {})
    {}
    """
    if line["location"] == MAIN:
        return {}
    demands = served.get(line["planned_order"], ())
    if len(demands) != 1:
        return {"plant": line["location"]}
    number, _, part = demands[0].rpartition("/")
    return {"for_order": number, "for_line": int(part.partition(".")[0])}
