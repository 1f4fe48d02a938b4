"""The table `alerts`: findings of netting, late promises, past-due releases and overloads, worded and graded.

Order of the rows: kind of alert as the format lists them, item, location, day, order. What is found is decided in
stock.py, capacity.py and planning/promising; here it gets its names, its severity and a sentence that says what suffers
or why.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from planning.mrp.model import FAR_DAY, MAKE
from planning.mrp.naming import frame_columns
from planning.mrp.output import Named, table_of
from schemas.planning import ALERT_KINDS, OUTPUT_TABLES

SEVERITY = {
    "shortage": "critical",
    "late_demand": "critical",
    "past_due_release": "warning",
    "expedite": "warning",
    "defer": "info",
    "cancel": "warning",
    "below_safety_stock": "warning",
    "excess": "info",
    "expiring": "warning",
    "capacity_overload": "warning",
    "unplanned_item": "critical",
}

CAUSES = {
    "expedite": "needed before it is due",
    "defer": "needed later than it is due",
    "cancel": "nothing in the horizon needs it",
    "below_safety_stock": "projected on hand is below safety stock until then",
    "excess": "more on hand than the horizon needs, or than max_stock",
    "expiring": "expires before it is used",
    "capacity_overload": "the sources' capacity in the bucket is used up",
    "unplanned_item": "no source is effective; planned with the item's own values",
}

SCHEMA = {
    "alert": pl.String,
    "item": pl.String,
    "location": pl.String,
    "order": pl.String,
    "on": pl.Int32,
    "to": pl.Int32,
    "quantity": pl.Int64,
    "cause": pl.String,
}


def alerts_table(named: Named, promises: pl.DataFrame, overloads: pl.DataFrame) -> pa.Table:
    """The table `alerts`.

    Args:
        promises: what promise_dates answers with.
        overloads: resource, on (Int32 day number), quantity (Int64 millionths of minutes over), cause.
    """
    frames = [_found(named), _late(promises), _past_due(named), _overloads(overloads), _unsourced(named)]
    rows = pl.concat([frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()) for frame in frames])
    kind = pl.col("alert").replace_strict({name: place for place, name in enumerate(ALERT_KINDS)}, return_dtype=pl.Int8)
    rows = rows.sort(kind, "item", "location", "on", "order", "to", "quantity", "cause", nulls_last=True)
    columns = [column.name for column in OUTPUT_TABLES["alerts"].columns]
    dated = rows.with_columns(
        pl.col("on", "to").cast(pl.Date),
        pl.col("alert").replace_strict(SEVERITY, return_dtype=pl.String).alias("severity"),
    )
    return table_of("alerts", frame_columns(dated.select(columns)))


def _place_columns(named: Named, nodes: np.ndarray) -> dict[str, pl.Series]:
    places = named.network.places
    return {
        "item": named.network.package.items[places.item[nodes]],
        "location": pl.Series(places.locations, dtype=pl.String)[places.location[nodes]],
    }


def _names(named: Named, refs: np.ndarray) -> pl.Series:
    """Names of demands and supplies by reference; null for -1."""
    demands = named.network.package.table("demand")["demand"]
    is_supply = refs >= named.receipts_from
    taken = named.supply_names.take(pa.array(np.where(is_supply, refs - named.receipts_from, 0)[is_supply]))
    names = np.full(refs.size, None, dtype=object)
    names[is_supply] = pl.Series(taken).to_numpy()
    is_demand = (refs >= 0) & ~is_supply
    names[is_demand] = demands[refs[is_demand]].to_numpy()
    return pl.Series(names.tolist(), dtype=pl.String)


def _found(named: Named) -> pl.DataFrame:
    """Findings of netting: shortages name what suffers, the rest has a sentence of its own."""
    findings = named.netted.findings
    kinds = pl.Series(ALERT_KINDS, dtype=pl.String)[findings["kind"]]
    suffers = findings["cause"].astype(np.int64)
    demand = pl.lit("demand ") + pl.col("suffers")
    order = pl.lit("planned order ") + pl.col("suffers")
    frame = pl.DataFrame(
        {
            "alert": kinds,
            **_place_columns(named, findings["node"]),
            "order": _names(named, findings["ref"].astype(np.int64)),
            "suffers": _names(named, suffers),
            "for_order": suffers >= named.receipts_from,
            "on": findings["on"] + named.plan_start,
            "to": np.where(findings["to"] == FAR_DAY, 0, findings["to"]) + named.plan_start,
            "open": findings["to"] == FAR_DAY,
            "quantity": findings["quantity"],
        }
    )
    sentence = pl.col("alert").replace_strict(CAUSES, default="stock runs out", return_dtype=pl.String)
    sufferer = pl.when("for_order").then(order).otherwise(demand)
    return frame.with_columns(
        pl.when("open").then(None).otherwise(pl.col("to")).alias("to"),
        pl.when(pl.col("alert") == "shortage").then(pl.coalesce("suffers", "order")).otherwise("order").alias("order"),
        pl.when((pl.col("alert") == "shortage") & pl.col("suffers").is_not_null())
        .then(pl.lit("stock runs out: ") + sufferer + " suffers")
        .otherwise(sentence)
        .alias("cause"),
    )


def _late(promises: pl.DataFrame) -> pl.DataFrame:
    late = promises.filter(pl.col("promised_on").is_null() | (pl.col("late_days") > 0))
    return late.select(
        pl.lit("late_demand").alias("alert"), "item", "location", pl.col("demand").alias("order"),
        pl.col("due_on").alias("on"), pl.col("promised_on").alias("to"), "quantity", "cause",
    )  # fmt: skip


def _past_due(named: Named) -> pl.DataFrame:
    late = named.shown[named.netted.orders["release"][named.shown] < 0]
    orders = named.netted.orders[late]
    names = pl.Series(named.order_names.take(pa.array(late))) if late.size else pl.Series([], dtype=pl.String)
    return pl.DataFrame({
        "alert": pl.Series(["past_due_release"], dtype=pl.String).new_from_index(0, late.size),
        **_place_columns(named, named.netted.order_node[late]),
        "order": names,
        "on": orders["release"] + named.plan_start,
        "to": np.full(late.size, named.plan_start),
        "quantity": orders["released"],
        "days": -orders["release"],
    }).with_columns((pl.lit("should have been released ") + pl.col("days").cast(pl.String)
                     + pl.lit(" days before plan_start")).alias("cause"))  # fmt: skip


def _overloads(overloads: pl.DataFrame) -> pl.DataFrame:
    return overloads.select(
        pl.lit("capacity_overload").alias("alert"), pl.lit(None, dtype=pl.String).alias("item"),
        pl.lit(None, dtype=pl.String).alias("location"), pl.col("resource").alias("order"), "on",
        pl.lit(None, dtype=pl.Int32).alias("to"), "quantity", "cause",
    )  # fmt: skip


def _unsourced(named: Named) -> pl.DataFrame:
    """Items that have orders to make them, and neither a bill of material nor a routing that says how."""
    package = named.network.package
    made = np.unique(named.netted.order_node[named.netted.orders["kind"] == MAKE])
    item = named.network.places.item[made]
    known = np.concatenate(
        [package.table("bom")["parent_index"].to_numpy(), package.table("routings")["item_index"].to_numpy()]
    )
    lost = made[~np.isin(item, known)]
    return pl.DataFrame({
        "alert": pl.Series(["unplanned_item"], dtype=pl.String).new_from_index(0, lost.size),
        **_place_columns(named, lost),
    }).with_columns(
        pl.lit(None, dtype=pl.String).alias("order"), pl.lit(named.plan_start).alias("on"),
        pl.lit(None, dtype=pl.Int32).alias("to"), pl.lit(None, dtype=pl.Int64).alias("quantity"),
        pl.lit("is to be made, but has neither a bill of material nor a routing").alias("cause"),
    )  # fmt: skip
