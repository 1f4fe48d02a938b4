"""What a netted plan costs, for its summary: fixed cost of orders, holding at bucket ends, purchase at price breaks.

Money is summed as float64 and rounded to 6 decimals; netting does not look at it.
"""

import numpy as np
import polars as pl

from planning.mrp.model import BUY, PHANTOM, PROJECTED_ON_HAND
from planning.mrp.output import Named
from schemas.planning import QUANTITY_SCALE


def cost_split(named: Named) -> dict[str, float]:
    """Cost by kind: setup, holding, purchase; late and overtime are not priced by `mrp` and stand at 0."""
    nodes, netted = named.network.problem.nodes, named.netted
    kind = netted.orders["kind"]
    placed = np.bincount(netted.order_node[kind != PHANTOM], minlength=nodes.size)
    setup = float((nodes["setup_cost"] * placed).sum())
    stock = np.maximum(netted.records[PROJECTED_ON_HAND], 0).sum(axis=1, dtype=np.float64) / QUANTITY_SCALE
    holding = float((stock * nodes["holding_cost"]).sum())
    bought = np.nonzero(kind == BUY)[0]
    quantity = netted.orders["released"][bought] / QUANTITY_SCALE
    purchase = float((unit_prices(named, bought) * quantity).sum())
    costs = {"setup": setup, "holding": holding, "late": 0.0, "overtime": 0.0, "purchase": purchase}
    return {name: round(value, 6) for name, value in costs.items()}


def unit_prices(named: Named, bought: np.ndarray) -> np.ndarray:
    """Price per unit of the bought planned orders: the highest price break not above the quantity, else the unit
    cost."""
    network, node = named.network, named.netted.order_node[bought]
    price = network.problem.nodes["unit_cost"][node]
    breaks = network.package.table("price_breaks")
    if breaks.height == 0:
        return price
    orders = named.netted.orders[bought]
    asked = pl.DataFrame(
        {
            "row": np.arange(orders.size),
            "item_index": network.places.item[node],
            "supplier": network.facts["supplier"][orders["option"]],
            "quantity": orders["released"],
        }
    )
    matched = asked.join(breaks.rename({"supplier": "offered_by"}), on="item_index").filter(
        (pl.col("offered_by").is_null() | (pl.col("offered_by") == pl.col("supplier")))
        & (pl.col("from_quantity") <= pl.col("quantity"))
    )
    best = matched.sort("row", "from_quantity", "offered_by", "unit_price", nulls_last=False).unique(
        "row", keep="last", maintain_order=True
    )
    price = price.copy()
    price[best["row"].to_numpy()] = best["unit_price"].to_numpy() / QUANTITY_SCALE
    return price
