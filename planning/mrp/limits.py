"""What is too large to be planned exactly: rows that lead to quantities beyond 10^12 are rejected, the rest is planned.

Quantities are 64-bit millionths. A structure that multiplies may leave them from a harmless demand, so demand is exploded in
floating point first (requirement x quantity_per / (1 - scrap) / yield, level by level, the largest alternate), and the items
whose demand weighs most give way until everything fits.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from planning.mrp.levels import low_level_codes
from planning.package import Package
from planning.package.findings import Findings
from schemas.planning import QUANTITY_LIMIT, QUANTITY_SCALE

LEAD = "leads to quantities beyond 10^12; correct quantity, quantity_per, scrap or yield"
ADDED = "stock and receipts of the item add up beyond 10^12; correct one of them"
FloatArray = np.ndarray
_FAR_BEYOND = 1e30
"""Where counting stops, so that levels of levels stay finite."""


class QuantityLimitError(ValueError):
    """A plan would hold a quantity beyond 10^12; the message names the item."""


def without_enormous(package: Package) -> Package:
    """The package without the rows that lead beyond 10^12; they are added to its rejects.

    >>> from planning.package import read_package
    >>> package = without_enormous(read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE", "CAR", "NUT"]}),
    ...     "bom": pl.DataFrame({"parent": ["CAR"], "component": ["NUT"], "quantity_per": [10**6]}),
    ...     "demand": pl.DataFrame({"demand": ["D1", "D2"], "item": ["BIKE", "CAR"], "quantity": [5000, 5 * 10**6],
    ...                             "due_on": ["2026-01-12", "2026-01-12"]}),
    ... }))
    >>> package.table("demand")["demand"].to_list(), package.rejects.select("table", "row", "value").rows()
    (['D1'], [('demand', 2, '5000000')])
    """
    findings = Findings()
    tables = dict(package.tables)
    heavy = _items_beyond(tables)
    tables["demand"] = _rejected(tables["demand"], heavy, LEAD, "demand", findings)
    stored = np.zeros(package.items.len())
    for name in ("stock", "receipts"):
        np.add.at(stored, tables[name]["item_index"].to_numpy(), tables[name]["quantity"].to_numpy() / QUANTITY_SCALE)
    full = np.flatnonzero(stored > QUANTITY_LIMIT)
    for name in ("stock", "receipts"):
        tables[name] = _rejected(tables[name], full, ADDED, name, findings)
    if not findings.rejects:
        return package
    findings.rejects.append(package.rejects)
    return replace(package, tables=tables, rejects=findings.table())


def _rejected(table: pl.DataFrame, items: np.ndarray, reason: str, name: str, findings: Findings) -> pl.DataFrame:
    """The table without the rows of those items."""
    gone = table["item_index"].is_in(items.tolist())
    if gone.any():
        rows = table.filter(gone)
        values = (rows["quantity"].cast(pl.Decimal(38, 6)) / QUANTITY_SCALE).cast(pl.String)
        findings.reject_rows(name, rows["row"], "quantity", values.str.replace(r"\.?0+$", ""), reason)
    return table.filter(~gone)


def _items_beyond(tables: dict[str, pl.DataFrame]) -> np.ndarray:
    """Items whose demand gives way so that no requirement exceeds the limit, the heaviest first."""
    item_count = tables["items"].height
    demand = np.zeros(item_count)
    np.add.at(
        demand, tables["demand"]["item_index"].to_numpy(), tables["demand"]["quantity"].to_numpy() / QUANTITY_SCALE
    )
    structure = _Structure(tables)
    weight = demand * structure.heaviest_descendant()
    gone = weight > QUANTITY_LIMIT
    while structure.exploded(np.where(gone, 0.0, demand)).max(initial=0.0) > QUANTITY_LIMIT and not gone.all():
        gone[np.argmax(np.where(gone, -1.0, weight))] = True
    return np.flatnonzero(gone & (demand > 0))


class _Structure:
    """The bill of material as arrays by level: parent, component, released rate of the component."""

    def __init__(self, tables: dict[str, pl.DataFrame]) -> None:
        bom = tables["bom"].filter(pl.col("kind") == "component")
        self.item_count = tables["items"].height
        self.parents, self.children = bom["parent_index"].to_numpy(), bom["component_index"].to_numpy()
        kept = 1.0 - bom["scrap"].to_numpy() / QUANTITY_SCALE
        good = tables["items"]["yield"].to_numpy() / QUANTITY_SCALE
        rate = bom["quantity_per"].to_numpy() / QUANTITY_SCALE / np.maximum(kept, 1.0 / QUANTITY_SCALE)
        self.rates = rate / good[self.parents]
        codes = low_level_codes(self.item_count, self.parents, self.children)
        level = codes[self.parents] if self.parents.size else np.zeros(0, dtype=np.int64)
        self.levels = [np.flatnonzero(level == each) for each in np.unique(level)]

    def heaviest_descendant(self) -> FloatArray:
        """Units of the item needed most for one unit of each item, itself included."""
        weight = np.ones(self.item_count)
        for lines in reversed(self.levels):
            below = np.minimum(self.rates[lines] * weight[self.children[lines]], _FAR_BEYOND)
            np.maximum.at(weight, self.parents[lines], below)
        return weight

    def exploded(self, demand: FloatArray) -> FloatArray:
        """Gross requirement of every item, alternates counted together."""
        total = demand.copy()
        for lines in self.levels:
            below = np.minimum(self.rates[lines] * total[self.parents[lines]], _FAR_BEYOND)
            np.add.at(total, self.children[lines], below)
        return total
