"""Patches on how goods are got: lead times, a supplier who is out, planning parameters, costs."""

from typing import Any

import polars as pl

from planning.scenarios.changing import changed
from planning.scenarios.model import Patch, PatchRefused
from planning.scenarios.state import State
from schemas.planning import COST_COLUMNS, INPUT_TABLES, POLICY_COLUMNS, QUANTITY_SCALE

LAST_PRIORITY = 1_000_000
"""Ways round an outage come after every other source."""

LONGEST_OUTAGE_DAYS = 366

FAR = 2**31 - 1
"""A day number beyond every other."""


def change_lead_time(state: State, patch: Patch) -> None:
    """Lead times: of a supplier's sources alone, or of items and all their sources."""
    sources, items = state.tables["sources"], state.tables["items"]
    mask = state.item_mask(sources, patch) & state.key_mask(sources, "supplier", patch.supplier)
    mask = mask & state.key_mask(sources, "location", patch.location) & sources["lead_time_days"].is_not_null()
    column = INPUT_TABLES["sources"].column("lead_time_days")
    alone = patch.supplier is not None or patch.location is not None
    if alone or mask.any():
        state.put("sources", changed(sources, mask, column, patch))
    if not alone:
        column = INPUT_TABLES["items"].column("lead_time_days")
        state.put("items", changed(items, state.item_mask(items, patch), column, patch))


def change_policy(state: State, patch: Patch) -> None:
    """A planning parameter of items."""
    if patch.column not in POLICY_COLUMNS:
        raise PatchRefused("column", patch.column, "not one of " + ", ".join(POLICY_COLUMNS))
    items = state.tables["items"]
    column = INPUT_TABLES["items"].column(patch.column)
    state.put("items", changed(items, state.item_mask(items, patch), column, patch))


def change_cost(state: State, patch: Patch) -> None:
    """What goods or resources cost. `unit_cost` of items goes to their sources and price breaks too, of a supplier to his alone."""
    name = patch.column or ("cost_per_hour" if patch.resource is not None else "unit_cost")
    if name not in COST_COLUMNS:
        raise PatchRefused("column", name, "not one of " + ", ".join(COST_COLUMNS))
    if name.endswith("_per_hour"):
        if patch.resource is None:
            raise PatchRefused("resource", None, f"{name} is a resource's")
        resources = state.tables["resources"]
        mask = state.key_mask(resources, "resource", patch.resource)
        state.put("resources", changed(resources, mask, INPUT_TABLES["resources"].column(name), patch))
        return
    if patch.resource is not None:
        raise PatchRefused("column", name, "a resource has cost_per_hour and overtime_cost_per_hour")
    if patch.supplier is not None and name != "unit_cost":
        raise PatchRefused("column", name, "a supplier has unit_cost alone")
    _change_item_cost(state, patch, name)


def _change_item_cost(state: State, patch: Patch, name: str) -> None:
    found = False
    if patch.supplier is None:
        items = state.tables["items"]
        state.put("items", changed(items, state.item_mask(items, patch), INPUT_TABLES["items"].column(name), patch))
        found = True
    if name != "unit_cost":
        return
    if patch.supplier is not None and not _is_supplier(state, patch.supplier):
        raise PatchRefused("supplier", patch.supplier, "unknown supplier")
    for table, column in (("sources", "unit_cost"), ("price_breaks", "unit_price")):
        frame = state.tables[table]
        mask = state.item_mask(frame, patch) & frame[column].is_not_null()
        if patch.supplier is not None:
            mask = mask & (frame["supplier"] == patch.supplier).fill_null(value=False)
        if mask.any():
            state.put(table, changed(frame, mask, INPUT_TABLES[table].column(column), patch))
            found = True
    if not found:
        raise PatchRefused("kind", patch.kind, "the patch selects nothing")


def _is_supplier(state: State, name: str) -> bool:
    return any((state.tables[table]["supplier"] == name).any() for table in ("sources", "price_breaks", "receipts"))


def take_supplier_out(state: State, patch: Patch) -> None:
    """No orders with the supplier in [from_on, to_on); what is open with him and due in it comes on to_on.

    An order that would have gone out in that time goes to another source. Where there is none it goes out early, on the last
    day before; or, where the supplier is out from the first day on, when he is back, which is late. As `mrp` counts back from the
    day of need, that is said by further sources with a longer lead time, which come after all others.
    """
    assert patch.supplier is not None
    assert patch.from_on is not None
    assert patch.to_on is not None
    start, end = max(patch.from_on, state.parameters.plan_start), patch.to_on
    if end - start > LONGEST_OUTAGE_DAYS:
        raise PatchRefused("to_on", patch.to_on, f"an outage is at most {LONGEST_OUTAGE_DAYS} days long")
    if not _is_supplier(state, patch.supplier):
        raise PatchRefused("supplier", patch.supplier, "unknown supplier")
    first, last = state.parameters.plan_start, state.parameters.plan_start + state.parameters.horizon_days
    receipts, sources = state.tables["receipts"], state.tables["sources"]
    due = pl.col("due_on").clip(lower_bound=first)
    owed = (pl.col("supplier") == patch.supplier).fill_null(value=False) & (due >= start) & (due < end)
    moves = bool(receipts.select(owed.any()).item())
    if moves:
        moved = pl.when(owed).then(pl.lit(end, dtype=pl.Int32)).otherwise(pl.col("due_on"))
        state.put("receipts", receipts.with_columns(moved.alias("due_on")))
    touched = sources.select(
        (pl.col("supplier") == patch.supplier).fill_null(value=False)
        & (pl.col("effective_from").fill_null(-FAR) < end)
        & (pl.col("effective_to").fill_null(FAR) > start)
    ).to_series()
    if start >= min(end, last) or not touched.any():
        if not moves:
            raise PatchRefused("kind", patch.kind, "the patch selects nothing")
        return
    leads = state.tables["items"]["lead_time_days"]
    rows = [
        way
        for row in sources.filter(touched).iter_rows(named=True)
        for way in _ways_round(row, start, end, first, leads)
    ]
    state.put("sources", pl.concat([sources.filter(~touched), pl.DataFrame(rows, schema=sources.schema)]))


def _ways_round(row: dict[str, Any], start: int, end: int, plan_start: int, leads: pl.Series) -> list[dict[str, Any]]:
    """A source that the outage touches as it is before and after it, and the ways round it.

    Its share is before and after alone: others have all of it in between. A way round with a capacity is one way, for just the
    days of need that the outage takes, so that no bucket has the capacity twice.
    """
    first = row["effective_from"] if row["effective_from"] is not None else -FAR
    last = row["effective_to"] if row["effective_to"] is not None else FAR
    ways = []
    if first < start and start > plan_start:
        ways.append({**row, "effective_to": start})
    if last > end:
        ways.append({**row, "effective_from": max(end, first)})
    lead = row["lead_time_days"] if row["lead_time_days"] is not None else leads[row["item_index"]]
    if start <= plan_start:
        late = {**_later(row, lead, end - plan_start), "effective_from": None, "effective_to": plan_start + 1}
        return [*ways, late] if last > end else ways
    if first >= start:
        return ways
    longest = min(end, last) - start
    if row["capacity_per_bucket"] is not None:
        only = {"effective_from": max(first, start - longest), "effective_to": start}
        return [*ways, {**_later(row, lead, longest), **only}]
    return ways + [{**_later(row, lead, days), "effective_to": start} for days in range(1, longest + 1)]


def _later(row: dict[str, Any], lead: int, days: int) -> dict[str, Any]:
    return {
        **row,
        "lead_time_days": lead + days * QUANTITY_SCALE,
        "priority": LAST_PRIORITY + days,
        "share": None,
    }
