"""Why orders of an item changed: which inputs of the item differ between two packages, or of what requires it.

Inputs are compared as sets of rows by item, without their row numbers. What belongs to no item (parameters, calendars,
resources) is a reason for all. Nothing is inferred from the plans themselves but that the method was another one.
"""

from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from planning.package import Package
from planning.result import Plan

TABLES = {
    "demand": ("demand", "item"),
    "receipts": ("receipts", "item"),
    "stock": ("stock", "item"),
    "parameters": ("items", "item"),
    "structure": ("bom", "parent"),
    "sources": ("sources", "item"),
    "prices": ("price_breaks", "item"),
    "safety levels": ("safety_levels", "item"),
    "costs": ("bucket_costs", "item"),
    "routing": ("routings", "item"),
}
"""Reasons by name: the table that differs and its column that names the item."""

GENERAL = {"working time": ("resources", "calendars", "capacity", "setups", "locations")}


def reasons(before: tuple[Package, Plan], after: tuple[Package, Plan]) -> dict[str, str]:
    """The reason by item; items without one are missing.

    Returns:
        Names of TABLES, then of what is general (`time` where plan_start or another parameter of the plan moved, `working time`,
        `method`), joined by commas; where the item itself has none, `parents: ` and the items above that have, nearest first.
    """
    old, new = before[0], after[0]
    own: dict[str, list[str]] = defaultdict(list)
    for reason, (name, column) in TABLES.items():
        for item in _differing(old.table(name), new.table(name), column):
            own[item].append(reason)
    general = [
        reason
        for reason, names in GENERAL.items()
        if any(
            set(_rows(old.table(name))) != set(_rows(new.table(name)))
            for name in names
            if old.table(name) is not new.table(name)
        )
    ]
    if old.parameters != new.parameters:
        general.insert(0, "time")
    if before[1].method != after[1].method:
        general.append("method")
    above = _parents(old, new)
    found: dict[str, str] = {}
    for item in {*old.items.to_list(), *new.items.to_list()}:
        causes = [*own.get(item, []), *general]
        if not causes:
            higher = _nearest(item, above, own)
            causes = ["parents: " + ", ".join(higher)] if higher else []
        if causes:
            found[item] = ", ".join(causes)
    return found


def _rows(frame: pl.DataFrame) -> Iterable[tuple[object, ...]]:
    return frame.drop([name for name in frame.columns if name == "row" or name.endswith("_index")]).iter_rows()


def _differing(old: pl.DataFrame, new: pl.DataFrame, column: str) -> list[str]:
    """Items whose rows are not the same in both, counted; tables that are one and the same object are not looked at."""
    if old is new:
        return []
    counted = []
    for frame, sign in ((old, 1), (new, -1)):
        kept = frame.drop([name for name in frame.columns if name == "row" or name.endswith("_index")])
        counted.append(kept.with_columns(pl.lit(sign).alias("sign")))
    both = pl.concat(counted, how="diagonal")
    names = [name for name in both.columns if name != "sign"]
    changed = both.group_by(names).agg(pl.col("sign").sum()).filter(pl.col("sign") != 0)
    return changed[column].unique().sort().to_list()


def _parents(old: Package, new: Package) -> dict[str, list[str]]:
    pairs = pl.concat([package.table("bom").select("component", "parent") for package in (old, new)]).unique()
    above: dict[str, list[str]] = defaultdict(list)
    for component, parent in pairs.sort("component", "parent").iter_rows():
        above[component].append(parent)
    return above


def _nearest(item: str, above: dict[str, list[str]], own: dict[str, list[str]], most: int = 3) -> list[str]:
    """Items above that have reasons of their own, level by level, at most so many of the first level that has any."""
    seen, level = {item}, above.get(item, [])
    while level:
        found = sorted({parent for parent in level if parent in own})
        if found:
            return found[:most]
        seen.update(level)
        level = [parent for child in level for parent in above.get(child, []) if parent not in seen]
    return []
