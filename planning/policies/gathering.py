"""One row an item and location with everything a proposal rests on, each fact with where it came from.

Demand and lead times are learned from the histories; service, costs, lots and lead times that cannot be learned come from
the package, then from the settings. What is missing becomes a note with a name, never a silent default.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from planning.package import Package
from planning.package.findings import Findings
from planning.policies.classes import abc_classes, demand_patterns, xyz_classes
from planning.policies.demand_history import PLACE, demand_statistics
from planning.policies.lead_times import learned_lead_times
from planning.policies.settings import PolicySettings
from schemas.planning import QUANTITY_SCALE

NOTE_SCHEMA = {"item": pl.String, "location": pl.String, "note": pl.String, "value": pl.String, "sentence": pl.String}

SENTENCES = {
    "no_demand_history": "the item has no demand in the history; nothing is proposed for it",
    "history_too_short": "too few buckets of history to judge demand by; nothing is proposed",
    "lead_time_not_learned": "too few receipts to learn from; the planned lead time is taken as certain",
    "lead_time_zero": "no receipts and no planned lead time; stock covers only the days between two looks",
    "service_level_not_a_share": "service_level must lie between 0 and 1, both excluded; the class's target is taken",
    "no_order_cost": "the cost of an order is not known; the lot is not economic",
    "no_holding_cost": "neither a holding cost nor a rate and a unit cost are known; the lot is not economic",
    "no_unit_cost": "the unit cost is not known; the item counts as class C and its stock has no value",
    "price_breaks_unusable": "price breaks must have prices that do not rise with the quantity; they are left out",
    "safety_stock_below_zero": "the lot alone reaches the target; safety stock is 0 and service is above it",
}


@dataclass
class Notes:
    """What a reader must know of an item's numbers, by name."""

    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(self, places: pl.DataFrame, note: str, value: str | None = None) -> None:
        """One note a row of places (item, location); `value` names the column that is shown."""
        if places.height:
            shown = pl.lit(None, dtype=pl.String) if value is None else pl.col(value).cast(pl.String)
            columns = ["item", "location", pl.lit(note).alias("note"), shown.alias("value")]
            self.frames.append(places.select(*columns, pl.lit(SENTENCES[note]).alias("sentence")))

    def table(self) -> pl.DataFrame:
        """All notes, sorted."""
        if not self.frames:
            return pl.DataFrame(schema=NOTE_SCHEMA)
        return pl.concat(self.frames).sort("item", "location", "note", nulls_last=True)


def gathered(
    package: Package,
    demand: pl.DataFrame,
    buckets: pl.DataFrame,
    receipts: pl.DataFrame,
    settings: PolicySettings,
    *,
    findings: Findings,
    notes: Notes,
) -> pl.DataFrame:
    """The rows to propose for, sorted by item and location; numbers as Float64 in their own unit.

    Args:
        demand, receipts: checked histories (`read_beside`), demand before plan_start.
        buckets: demand by bucket (`bucket_demand`).
        findings: rejected receipts and outliers.
        notes: what is missing or assumed.
    """
    statistics = demand_statistics(demand, buckets)
    items = _items(package)
    rows = statistics.join(items, on="item_index", how="left", maintain_order="left")
    silent = items.join(statistics, on="item_index", how="anti").with_columns(pl.lit(None, pl.String).alias("location"))
    notes.add(silent.filter(~pl.col("phantom")), "no_demand_history")
    short = pl.col("bucket_count") < settings.least_buckets
    notes.add(rows.filter(short), "history_too_short", "bucket_count")
    rows = rows.filter(~short)
    rows = _with_lead_times(rows, package, receipts, settings, findings, notes)
    rows = _with_costs(rows, package, settings, notes)
    rows = _with_classes(rows, settings, package.parameters.buckets_per_year)
    return _with_targets(rows, settings, notes)


def _items(package: Package) -> pl.DataFrame:
    """Items with the columns that a proposal needs, quantities and money as Float64."""
    scaled = [
        "lead_time_days", "safety_stock", "reorder_point", "lot_size", "min_lot", "max_lot", "lot_multiple", "unit_cost",
        "setup_cost", "holding_cost", "holding_rate", "service_level",
    ]  # fmt: skip
    return (
        package.table("items")
        .with_row_index("item_index")
        .select(
            pl.col("item_index").cast(pl.Int32),
            "item",
            "abc",
            "phantom",
            "decimals",
            *((pl.col(name).cast(pl.Float64) / QUANTITY_SCALE).alias(name) for name in scaled),
        )
    )


def _with_lead_times(
    rows: pl.DataFrame,
    package: Package,
    receipts: pl.DataFrame,
    settings: PolicySettings,
    findings: Findings,
    notes: Notes,
) -> pl.DataFrame:
    """Learned lead times where there are receipts enough, else those of the first source, else of the item."""
    learned = learned_lead_times(receipts, findings)
    start = package.parameters.plan_start
    sources = (
        package.table("sources")
        .filter(
            (pl.col("effective_from").fill_null(start) <= start) & (pl.col("effective_to").fill_null(start + 1) > start)
        )
        .sort("priority", "row")
        .unique(PLACE, keep="first", maintain_order=True)
        .select(
            *PLACE,
            pl.col("supplier").alias("source_supplier"),
            (pl.col("lead_time_days") / QUANTITY_SCALE).alias("source_days"),
            (pl.col("order_cost") / QUANTITY_SCALE).alias("source_order_cost"),
            (pl.col("unit_cost") / QUANTITY_SCALE).alias("source_unit_cost"),
            *(
                (pl.col(name) / QUANTITY_SCALE).alias(f"source_{name}")
                for name in ("min_lot", "max_lot", "lot_multiple")
            ),
        )
    )
    rows = rows.join(learned, on=PLACE, how="left", maintain_order="left")
    rows = rows.join(sources, on=PLACE, how="left", maintain_order="left")
    enough = pl.col("receipt_count").fill_null(0) >= settings.least_receipts
    planned = pl.coalesce("source_days", "lead_time_days")
    rows = rows.with_columns(
        pl.when(enough)
        .then(pl.lit("receipts"))
        .when(pl.col("source_days").is_not_null())
        .then(pl.lit("source"))
        .otherwise(pl.lit("item"))
        .alias("lead_time_source"),
        pl.col("receipt_count").fill_null(0),
        pl.when(enough).then("days_mean").otherwise(planned).alias("lead_mean"),
        pl.when(enough).then("days_deviation").otherwise(0.0).alias("lead_deviation"),
        pl.when(enough).then("days_p50").otherwise(planned).alias("lead_p50"),
        pl.when(enough).then("days_p90").otherwise(planned).alias("lead_p90"),
    )
    assumed = rows.filter(pl.col("lead_time_source") != "receipts")
    notes.add(assumed.filter(pl.col("lead_mean") > 0), "lead_time_not_learned", "receipt_count")
    notes.add(assumed.filter(pl.col("lead_mean") == 0), "lead_time_zero")
    return rows


def _with_costs(rows: pl.DataFrame, package: Package, settings: PolicySettings, notes: Notes) -> pl.DataFrame:
    """Unit cost, order cost and yearly holding cost, from the item, its source or the settings; null where unknown."""
    buckets = float(package.parameters.buckets_per_year)
    rate = pl.coalesce("holding_rate", pl.lit(settings.holding_rate, dtype=pl.Float64))
    rows = rows.with_columns(
        pl.coalesce("unit_cost", "source_unit_cost").alias("unit_cost"),
        pl.coalesce("setup_cost", "source_order_cost", pl.lit(settings.order_cost, dtype=pl.Float64)).alias(
            "order_cost"
        ),
        *(pl.coalesce(name, f"source_{name}").alias(name) for name in ("min_lot", "max_lot", "lot_multiple")),
        pl.when(pl.col("holding_cost").is_null()).then(rate).alias("rate"),
    ).with_columns(
        pl.coalesce(pl.col("holding_cost") * buckets, pl.col("unit_cost") * pl.col("rate")).alias("yearly_holding")
    )
    unknown = pl.col("unit_cost").fill_null(0.0) <= 0
    notes.add(rows.filter(unknown), "no_unit_cost")
    notes.add(rows.filter(pl.col("order_cost").fill_null(0.0) <= 0), "no_order_cost")
    notes.add(rows.filter(pl.col("yearly_holding").fill_null(0.0) <= 0), "no_holding_cost")
    return rows


def _with_classes(rows: pl.DataFrame, settings: PolicySettings, buckets_per_year: int) -> pl.DataFrame:
    """ABC of the item over its locations (its own class wins), XYZ and pattern of the item at the location."""
    spread = pl.col("population_deviation") if settings.deviation == "population" else pl.col("deviation")
    rows = rows.with_columns(
        (pl.col("mean") * buckets_per_year).alias("yearly_demand"), (spread / pl.col("mean")).alias("variation")
    ).with_columns((pl.col("yearly_demand") * pl.col("unit_cost").fill_null(0.0)).alias("usage_value"))
    by_item = rows.group_by("item_index").agg(pl.col("usage_value").sum()).sort("item_index")
    letters, _ = abc_classes(
        by_item["usage_value"].to_numpy(), cut_a=settings.cut_a, cut_b=settings.cut_b, crossing=settings.crossing
    )
    computed = by_item.select("item_index", pl.Series("computed_abc", letters, dtype=pl.String))
    rows = rows.join(computed, on="item_index", how="left", maintain_order="left")
    return rows.with_columns(
        pl.coalesce("abc", "computed_abc").alias("abc"),
        pl.Series(
            "xyz",
            xyz_classes(rows["variation"].to_numpy(), cut_x=settings.cut_x, cut_y=settings.cut_y),
            dtype=pl.String,
        ),
        pl.Series(
            "pattern",
            demand_patterns(rows["interval"].to_numpy(), rows["busy_variation"].fill_null(0.0).to_numpy()),
            dtype=pl.String,
        ),
    )


def _with_targets(rows: pl.DataFrame, settings: PolicySettings, notes: Notes) -> pl.DataFrame:
    """The service target: the item's own where it is a share, else the one of its class (C where that is not known)."""
    usable = (pl.col("service_level") > 0) & (pl.col("service_level") < 1)
    notes.add(
        rows.filter(pl.col("service_level").is_not_null() & ~usable), "service_level_not_a_share", "service_level"
    )
    by_class = pl.col("abc").replace_strict(
        dict(settings.service_by_class), default=settings.service_by_class["C"], return_dtype=pl.Float64
    )
    own = usable.fill_null(value=False)
    return rows.with_columns(
        pl.when(own).then("service_level").otherwise(by_class).alias("target"),
        pl.when(own).then(pl.lit("item")).otherwise(pl.lit("class ") + pl.col("abc")).alias("service_source"),
        pl.lit(10.0).pow(-pl.col("decimals").cast(pl.Float64)).alias("step"),
    )


def price_breaks_of(package: Package, rows: pl.DataFrame) -> dict[int, list[tuple[float, float]]]:
    """Price breaks by row: those of the item's first supplier, or those without a supplier; from quantity 0 on."""
    breaks = package.table("price_breaks")
    if breaks.height == 0:
        return {}
    numbered = rows.select("item_index", "source_supplier").with_row_index("place")
    same = pl.col("supplier").is_null() | (pl.col("supplier") == pl.col("source_supplier")).fill_null(value=False)
    only = pl.col("source_supplier").is_null() & (pl.col("supplier").n_unique().over("place") == 1)
    joined = (
        numbered.join(breaks.select("item_index", "supplier", "from_quantity", "unit_price"), on="item_index")
        .filter(same | only)
        .unique(["place", "from_quantity"], keep="first", maintain_order=True)
        .sort("place", "from_quantity")
    )
    found: dict[int, list[tuple[float, float]]] = {}
    for place, quantity, price in joined.select("place", "from_quantity", "unit_price").iter_rows():
        found.setdefault(place, []).append((quantity / QUANTITY_SCALE, price / QUANTITY_SCALE))
    return found


def as_floats(rows: pl.DataFrame, name: str, missing: float = float("nan")) -> np.ndarray:
    """A column as float64, nulls as `missing`."""
    return rows[name].cast(pl.Float64).fill_null(missing).to_numpy()
