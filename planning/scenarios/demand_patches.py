"""Patches on what is asked for and what it brings: demand, one order more, selling prices."""

import polars as pl

from planning.scenarios.changing import changed, set_value
from planning.scenarios.model import Patch, PatchRefused
from planning.scenarios.state import State, period_mask
from schemas.planning import FINANCE_TABLES, INPUT_TABLES

_DEMAND = INPUT_TABLES["demand"]


def change_demand(state: State, patch: Patch) -> None:
    """Quantities of demand by item, family, customer, location and period, rounded half up to the item's decimals.

    Components that running production orders still take are no demand of customers and are left as they are.
    """
    demand = state.tables["demand"]
    mask = state.item_mask(demand, patch) & state.key_mask(demand, "customer", patch.customer)
    mask = mask & state.key_mask(demand, "location", patch.location) & period_mask(demand["due_on"], patch)
    mask = mask & ~demand["demand"].is_in(_of_production(state).implode())
    decimals = state.tables["items"]["decimals"][demand["item_index"]]
    unit = pl.lit(pl.Series("unit", [10 ** (6 - places) for places in decimals.to_list()], dtype=pl.Int64))
    state.put("demand", changed(demand, mask, _DEMAND.column("quantity"), patch, unit=unit))


def _of_production(state: State) -> pl.Series:
    if state.finances is None:
        return pl.Series("demand", [], dtype=pl.String)
    told = state.finances.tables["demand_prices"]
    return told.filter(pl.col("use") == "production")["demand"]


def add_demand(state: State, patch: Patch) -> None:
    """One order more, named after the scenario."""
    demand, items = state.tables["demand"], state.tables["items"]["item"]
    place = items.index_of(patch.item)
    if place is None:
        raise PatchRefused("item", patch.item, "unknown item")
    state.added += 1
    row = {column.name: column.default for column in _DEMAND.columns} | {
        "row": 0,
        "demand": f"{state.scenario}/{state.added}",
        "item": patch.item,
        "item_index": place,
        "location": patch.location or "MAIN",
        "quantity": set_value(patch, _DEMAND.column("quantity")),
        "due_on": patch.from_on,
        "customer": patch.customer,
    }
    if (demand["demand"] == row["demand"]).any():
        raise PatchRefused("scenario", state.scenario, f"there is a demand {row['demand']} already")
    schema = {name: demand.schema[name] for name in row if name in demand.columns}
    new = pl.DataFrame([{name: row[name] for name in schema}], schema=schema)
    state.put("demand", pl.concat([demand, new], how="diagonal"))


def change_price(state: State, patch: Patch) -> None:
    """Selling prices by item, family and customer group: of the lists, and of the orders that are there."""
    if state.finances is None:
        raise PatchRefused("kind", "price", "there are no prices: the package has no financial tables")
    prices, own = state.finances.tables["prices"], state.finances.tables["demand_prices"]
    listed = state.item_mask(prices, patch)
    demand = state.tables["demand"].select("demand", "item", "customer")
    customers = state.finances.tables["terms"].filter(pl.col("side") == "customer").drop_nulls("party")
    ordered = own.select("demand", "use", "unit_price").join(demand, on="demand", how="left", maintain_order="left")
    ordered = ordered.join(
        customers.select(pl.col("party").alias("customer"), "customer_group"),
        on="customer", how="left", maintain_order="left",
    ).with_columns(pl.col("item").fill_null(""))  # fmt: skip
    sold = state.item_mask(ordered, patch) & (ordered["use"] == "sale") & ordered["unit_price"].is_not_null()
    if patch.customer_group is not None:
        listed = listed & (prices["customer_group"] == patch.customer_group).fill_null(value=False)
        sold = sold & (ordered["customer_group"] == patch.customer_group).fill_null(value=False)
    if not listed.any() and not sold.any():
        column = "customer_group" if patch.customer_group is not None else "kind"
        raise PatchRefused(column, patch.customer_group or patch.kind, "no price is selected")
    for name, frame, mask in (("prices", prices, listed), ("demand_prices", own, sold)):
        if mask.any():
            column = FINANCE_TABLES[name].column("unit_price")
            state.put_finances(name, changed(frame, mask, column, patch))
