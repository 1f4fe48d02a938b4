"""The table `promises`: every order's promised date, how late it is, and which material makes it so.

promises.py follows the lateness; here it is worded. An order dated before plan_start is promised for plan_start at the
earliest; one that is not fully covered inside the horizon has no promised date.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from planning.mrp.naming import frame_columns
from planning.mrp.output import Named, table_of
from planning.promising.promises import follow_lateness


def promise_dates(named: Named) -> pl.DataFrame:
    """Promises with what alerts need: demand, item, location, quantity (Int64), due_on, promised_on (Int32 days),
    late_days, cause, by row of the table `demand`, orders only."""
    package, netted = named.network.package, named.netted
    demand = package.table("demand")
    starts = np.array([named.receipts_from, named.lots_from, named.orders_from], dtype=np.int64)
    given = np.zeros(named.orders_from - named.receipts_from, dtype=np.int32)
    due = package.table("receipts")["due_on"].to_numpy() - named.plan_start
    given[: due.size] = np.maximum(due, 0)
    ready, blame = np.zeros(netted.orders.size, dtype=np.int32), np.full(netted.orders.size, -1, dtype=np.int32)
    promised, pegged = np.zeros(demand.height, dtype=np.int32), np.zeros(demand.height, dtype=np.int64)
    promised_blame = np.full(demand.height, -1, dtype=np.int32)
    follow_lateness(netted.orders, netted.edges, starts, given, ready, blame, promised, promised_blame, pegged)
    due_day = demand["due_on"].to_numpy()
    network = named.network
    phantom = network.problem.nodes["phantom"][network.places.of(demand)] == 1  # Pegged in its components' units.
    whole = demand["quantity"].to_numpy() == network.net_demand
    covered = whole & (phantom | (pegged >= network.net_demand))
    day = np.maximum(np.maximum(promised + named.plan_start, due_day), named.plan_start)
    rows = demand.select("demand", "item", "location", "quantity", "due_on", "kind").with_columns(
        pl.Series("promised_on", day, dtype=pl.Int32).zip_with(pl.Series(covered), pl.Series([None], dtype=pl.Int32)),
        pl.Series("blame", promised_blame, dtype=pl.Int32),
    )
    rows = rows.with_columns((pl.col("promised_on") - pl.col("due_on")).clip(lower_bound=0).alias("late_days"))
    rows = rows.filter(pl.col("kind") == "order")
    return rows.with_columns(_causes(named, rows).alias("cause")).drop("blame", "kind")


def _causes(named: Named, rows: pl.DataFrame) -> pl.Series:
    """Why each promise is late; null where it is not."""
    late = rows["promised_on"].is_null() | (rows["late_days"] > 0).fill_null(value=False)
    causes: list[str | None] = [None] * rows.height
    places = late.arg_true().to_list()
    names, items = named.supply_names, named.network.package.items
    for place in places:
        blame, due_on = rows["blame"][place], rows["due_on"][place]
        if rows["promised_on"][place] is None:
            causes[place] = "not covered inside the horizon"
        elif blame < 0:
            early = due_on < named.plan_start
            causes[place] = "due before plan_start" if early else "supply after the due date"
        else:
            supply = names[blame - named.receipts_from].as_py()
            item = items[_item_of(named, blame)]
            what = "cannot be released in time" if blame >= named.orders_from else "is due later"
            causes[place] = f"material {item}: {supply} {what}"
    return pl.Series("cause", causes, dtype=pl.String)


def _item_of(named: Named, ref: int) -> int:
    """Item index of the supply with that reference."""
    if ref >= named.orders_from:
        return int(named.network.places.item[named.netted.order_node[ref - named.orders_from]])
    if ref >= named.lots_from:
        return int(named.network.package.table("stock")["item_index"][ref - named.lots_from])
    return int(named.network.package.table("receipts")["item_index"][ref - named.receipts_from])


def promises_table(promises: pl.DataFrame) -> pa.Table:
    """The table `promises`."""
    dated = pl.col("due_on", "promised_on").cast(pl.Date)
    columns = promises.with_columns(dated, pl.col("late_days").cast(pl.Int32))
    return table_of(
        "promises",
        frame_columns(columns.select("demand", "quantity", "due_on", "promised_on", "late_days", "cause")),
    )
