"""That every planned order is got in a way that the package allows: its kind, and the capacity of the one source it has."""

import polars as pl

from planning.verify.findings import Finding
from planning.verify.netting import PLACE, Tables, bucket_of_days, named


def _kinds(tables: Tables) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sources with the kind of order that each allows, and each item's own (item, default)."""
    items, bom, sources = tables.inputs["items"], tables.inputs["bom"], tables.inputs["sources"]
    parents = bom.select(item="parent", has=pl.lit(value=True)).unique()
    default = pl.when(pl.col("has").is_null()).then(pl.lit("buy")).otherwise(pl.lit("make"))
    own = items.select("item", "source").join(parents, on="item", how="left")
    own = own.select("item", pl.coalesce("source", default).alias("default"))
    kind = pl.coalesce(
        "method",
        pl.when(pl.col("from_location").is_not_null()).then(pl.lit("transfer")),
        pl.when(pl.col("supplier").is_not_null()).then(pl.lit("buy")),
        "default",
    )
    return sources.join(own, on="item", how="left").select(
        *PLACE, kind.alias("allowed"), "default", "supplier", "effective_from", "effective_to", "capacity_per_bucket"
    ), own


def check_methods(tables: Tables) -> list[Finding]:
    """An order's kind is that of a source of its place; the item's own where no source is named, or all are dated."""
    sources, own = _kinds(tables)
    orders = tables.outputs["planned_orders"].filter(pl.col("status") != "firm")
    undated = sources.filter(pl.col("effective_from").is_null() & pl.col("effective_to").is_null())
    own_too = orders.join(undated.select(PLACE).unique(), on=PLACE, how="anti").join(own, on="item", how="left")
    lawful = pl.concat(
        [
            orders.join(sources.select(*PLACE, "allowed"), on=PLACE).select("planned_order", "kind", "allowed"),
            own_too.select("planned_order", "kind", pl.col("default").alias("allowed")),
        ]
    ).filter(pl.col("kind") == pl.col("allowed"))
    broken = orders.join(lawful.select("planned_order").unique(), on="planned_order", how="anti")
    return [*named(broken, "order_kind", "planned_order", "item", "kind"), *_windows(tables, sources, orders)]


def _windows(tables: Tables, sources: pl.DataFrame, orders: pl.DataFrame) -> list[Finding]:
    """Of orders for which only one source is effective at their release no more is due in a bucket than its capacity."""
    rows = sources.with_row_index("source")
    joined = orders.join(rows, on=PLACE, suffix="_said").filter(
        (pl.col("kind") == pl.col("allowed"))
        & pl.col("supplier").eq_missing(pl.col("supplier_said"))
        & (pl.col("effective_from").is_null() | (pl.col("release_on") >= pl.col("effective_from")))
        & (pl.col("effective_to").is_null() | (pl.col("release_on") < pl.col("effective_to")))
    )
    joined = joined.filter((pl.len().over("planned_order") == 1) & (pl.col("due_on") < tables.expected.end_day))
    joined = joined.filter(pl.col("supplier").is_not_null() & pl.col("capacity_per_bucket").is_not_null())
    joined = joined.with_columns(bucket_of_days(joined["due_on"], tables.expected.starts))
    used = joined.group_by("source", *PLACE, "supplier", "bucket_start", "capacity_per_bucket").agg(
        pl.col("good_quantity").sum()
    )
    broken = used.filter(pl.col("good_quantity") > pl.col("capacity_per_bucket")).sort("source", "bucket_start")
    return named(broken, "source_capacity", "item", "supplier", "bucket_start", "good_quantity", "capacity_per_bucket")
