"""The check of a plan of method `constrained`, by whole columns: that it can be carried out, and that its promises are honest.

Recomputed from the tables alone: no order is released before plan_start or due sooner than its lead time; lot rules, yield
and suppliers' capacity; what every order takes of its components, one of each alternate group; stock by day, which is never
negative (feasible.py), and in the pegging no supply before it is there; minutes by resource and bucket (feasible.py); that
each order's quantity is promised once, on a day or never, no later than its patience and in parts no smaller than its
least; records and safety as of netted plans; the summary's figures. Not recomputed by day: what passes through phantoms,
and stock that expires; for these the pegging stands.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from planning.verify.columns import input_frames, output_frames
from planning.verify.expectation import Expectation
from planning.verify.feasible import check_minutes, check_stock, check_supply_days, stock_value
from planning.verify.findings import Finding
from planning.verify.methods import check_methods
from planning.verify.netting import (
    PLACE,
    Tables,
    alerted,
    check_given_supplies,
    check_records,
    check_safety,
    coded,
    counted_demand,
    divided_up,
    named,
    rounded_up,
    step_of,
    unclear_items,
)
from schemas.planning import QUANTITY_SCALE

FIGURE_SLACK = 1e-6


def check_constrained(
    expected: Expectation,
    package_tables: Mapping[str, pl.DataFrame],
    plan_tables: Mapping[str, pl.DataFrame],
    summary: Mapping[str, Any] | None,
) -> list[Finding]:
    """Everything that is wrong with a constrained plan; arguments as in `check`, the package also as an expectation."""
    inputs, outputs = coded(input_frames(package_tables), output_frames(plan_tables))
    falls_out = inputs["bom"].filter(pl.col("kind") == "component")
    inputs = {**inputs, "bom": falls_out}
    requirements = component_requirements(expected, inputs, outputs)
    tables = Tables(
        expected, inputs, outputs, counted_demand(expected, inputs), requirements, unclear_items(inputs, outputs)
    )
    replayed, findings = check_stock(tables)
    return [
        *check_orders(tables),
        *check_terms(tables),
        *check_source_capacity(tables),
        *check_methods(tables),
        *check_taken(tables),
        *findings,
        *check_supply_days(tables),
        *check_given_supplies(tables),
        *check_minutes(tables, package_tables),
        *check_promises(tables),
        *check_records(tables),
        *check_safety(tables),
        *check_figures(tables, replayed, summary),
    ]


def component_requirements(
    expected: Expectation, inputs: Mapping[str, pl.DataFrame], outputs: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """What each order takes: order (its place), item, location, release_on, required; of alternates the one that is
    pegged to it, else the first."""
    orders = outputs["planned_orders"].with_row_index("order")
    made = orders.filter(pl.col("kind") == "make").rename({"item": "parent"})
    made = made.select("order", "planned_order", "parent", "location", "quantity", "release_on")
    decimals = inputs["items"].select(pl.col("item").alias("component"), "decimals")
    taken = made.join(inputs["bom"].drop("kind"), on="parent").join(decimals, on="component")
    after = pl.col("effective_from").is_null() | (pl.col("release_on") >= pl.col("effective_from"))
    before = pl.col("effective_to").is_null() | (pl.col("release_on") < pl.col("effective_to"))
    taken = taken.filter(after & before)
    grouped = taken.filter(pl.col("alternate_group").is_not_null())
    if grouped.height:
        edges = outputs["pegging"].filter(pl.col("parent_supply").is_not_null())
        pairs = edges.select(pl.col("parent_supply").alias("planned_order"), pl.col("item").alias("component")).unique()
        grouped = grouped.join(pairs.with_columns(pegged=pl.lit(value=True)), on=pairs.columns, how="left")
        chosen = grouped.sort(
            pl.col("pegged").fill_null(value=False), "priority", "component", descending=[True, False, False]
        )
        chosen = chosen.unique(["order", "alternate_group"], keep="first", maintain_order=True).drop("pegged")
        taken = pl.concat([taken.filter(pl.col("alternate_group").is_null()), chosen.select(taken.columns)])
    scale = pl.lit(QUANTITY_SCALE, dtype=pl.Int128)
    product = pl.col("quantity").cast(pl.Int128) * pl.col("quantity_per")
    if expected.parameters["scrap_basis"] == "divide":
        exact = divided_up(product, scale - pl.col("scrap"))
    else:
        exact = divided_up(product * (scale + pl.col("scrap")), scale * scale)
    whole = rounded_up((exact + pl.col("fixed_quantity")).cast(pl.Int64, strict=False), step_of("decimals"))
    columns = ["order", "item", "location", "release_on", "required"]
    taken = taken.with_columns(whole.alias("required"), pl.col("component").alias("item")).select(columns)
    moved = orders.filter(pl.col("kind") == "transfer")
    if moved.height == 0:
        return taken
    moved = _with_lanes(moved, inputs, outputs)
    moved = moved.with_columns(pl.col("from_location").alias("location"), pl.col("quantity").alias("required"))
    return pl.concat([taken, moved.select(columns)])


def _with_lanes(
    moved: pl.DataFrame, inputs: Mapping[str, pl.DataFrame], outputs: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Transfers with the `from_location` of their lane: of several lanes the one on which a pegged supply lies, of these
    and where none is known the first by priority."""
    edges = outputs["pegging"].filter(pl.col("parent_supply").is_not_null())
    made = outputs["planned_orders"].select("item", pl.col("planned_order").alias("supply"), lies="location")
    receipts = inputs["receipts"].select("item", pl.col("order").alias("supply"), lies="location")
    dated = edges.join(pl.concat([made, receipts]), on=["item", "supply"]).select("item", "parent_supply", "lies")
    held = inputs["stock"].filter(pl.col("quantity") > 0).select("item", lies="location").unique()
    kept = edges.filter(pl.col("supply_kind") == "stock").join(held, on="item").select("item", "parent_supply", "lies")
    known = pl.concat([dated.with_columns(sure=pl.lit(value=2)), kept.with_columns(sure=pl.lit(value=1))])
    known = known.group_by("item", "parent_supply", "lies").agg(pl.col("sure").max())
    lanes = inputs["sources"].filter(pl.col("from_location").is_not_null())
    ways = moved.join(lanes.select(*PLACE, "from_location", "priority"), on=PLACE).join(
        known,
        left_on=["item", "planned_order", "from_location"],
        right_on=["item", "parent_supply", "lies"],
        how="left",
    )
    ways = ways.sort(pl.col("sure").fill_null(0), "priority", "from_location", descending=[True, False, False])
    return ways.unique("order", keep="first", maintain_order=True).select(*moved.columns, "from_location").sort("order")


def check_orders(tables: Tables) -> list[Finding]:
    """Orders one by one: identity, quantities, dates that can be kept, yield."""
    orders, first = tables.outputs["planned_orders"], tables.expected.first_day
    known = orders.join(tables.inputs["items"].select("item", "yield", "decimals", "phantom"), on="item", how="left")
    good, step = pl.col("good_quantity"), step_of("decimals")
    released = rounded_up(divided_up(good.cast(pl.Int128) * QUANTITY_SCALE, pl.col("yield")), step.cast(pl.Int128))
    whole = pl.when(pl.col("yield") == QUANTITY_SCALE).then(good).otherwise(released.cast(pl.Int64, strict=False))
    return [
        *named(orders.filter(orders["planned_order"].is_duplicated()), "order_id_unique", "planned_order", "item"),
        *named(
            known.filter(pl.col("yield").is_null() | pl.col("phantom")), "order_item_known", "planned_order", "item"
        ),
        *named(
            known.filter((good <= 0) | (pl.col("quantity") <= 0)),
            "order_quantity_positive",
            "planned_order",
            "quantity",
        ),
        *named(
            known.filter((pl.col("release_on") < first) | pl.col("past_due")),
            "start_before_plan",
            "planned_order",
            "release_on",
        ),
        *named(
            known.filter(pl.col("release_on") > pl.col("due_on")),
            "order_dates",
            "planned_order",
            "release_on",
            "due_on",
        ),
        *named(known.filter(whole != pl.col("quantity")), "order_yield", "planned_order", "good_quantity", "quantity"),
    ]


def check_terms(tables: Tables) -> list[Finding]:
    """Lead times and lot rules: some source of the order's kind and supplier, effective at the release, allows them.

    Where working days count, an order takes at least its lead time in calendar days all the same.
    """
    items, sources = tables.inputs["items"], tables.inputs["sources"]
    own = ["lead_time_days", "min_lot", "lot_multiple", "max_lot"]
    windows = ["effective_from", "effective_to"]
    orders = tables.outputs["planned_orders"].filter(pl.col("status") != "firm").with_row_index("place")
    dated = sources.filter(pl.any_horizontal(pl.col(windows).is_not_null())).select(PLACE).unique()
    bare = orders.select(PLACE).unique().join(sources.select(PLACE).unique(), on=PLACE, how="anti")
    blank = pl.concat([dated, bare]).with_columns(
        pl.lit(None, dtype=pl.String).alias("supplier"), *(pl.lit(None, dtype=pl.Int64).alias(f"said_{n}") for n in own),
        *(pl.lit(None, dtype=pl.Int32).alias(name) for name in windows),
    )  # fmt: skip
    said = sources.select(*PLACE, "supplier", *(pl.col(name).alias(f"said_{name}") for name in own), *windows)
    joined = orders.join(pl.concat([said, blank.select(said.columns)]), on=PLACE, how="left", suffix="_said")
    same = pl.col("supplier").eq_missing(pl.col("supplier_said")) | (
        pl.col("supplier").is_null() & (pl.col("kind") != "buy")
    )
    joined = joined.filter(same).join(items.select("item", "decimals", "safety_days", *own), on="item", how="left")
    joined = joined.with_columns(pl.coalesce(f"said_{name}", name).fill_null(0).alias(name) for name in own)
    step = step_of("decimals")
    lead = divided_up(pl.col("lead_time_days") + pl.col("safety_days"), pl.lit(QUANTITY_SCALE))
    open_then = (pl.col("effective_from").is_null() | (pl.col("release_on") >= pl.col("effective_from"))) & (
        pl.col("effective_to").is_null() | (pl.col("release_on") < pl.col("effective_to"))
    )
    least, most, good = rounded_up(pl.col("min_lot"), step), pl.col("max_lot"), pl.col("good_quantity")
    multiple = pl.max_horizontal(rounded_up(pl.col("lot_multiple"), step), step)
    full = most // multiple * multiple
    sized = (good >= least) & (good % multiple == 0)
    sized = sized & ((full <= 0) | (good <= pl.max_horizontal(full, rounded_up(least, multiple))))
    judged = joined.with_columns(
        (open_then & (pl.col("due_on") - pl.col("release_on") >= lead)).alias("in_time"),
        (open_then & sized).alias("sized"),
    )
    findings = []
    rejected = tables.outputs["rejects"].filter(pl.col("table") == "items")["value"].implode()
    for rule, column in (("lead_time", "in_time"), ("lot_rules", "sized")):
        allowed = judged.filter(pl.col(column)).select("place").unique()
        broken = orders.join(allowed, on="place", how="anti").filter(~pl.col("item").cast(pl.String).is_in(rejected))
        findings += named(broken, rule, "planned_order", "good_quantity", "release_on", "due_on")
    return findings


def check_source_capacity(tables: Tables) -> list[Finding]:
    """No more is due from a source in a bucket than its capacity_per_bucket; a source without one is unlimited."""
    by = [*PLACE, "supplier"]
    limits = tables.inputs["sources"].group_by(by).agg(
        pl.col("capacity_per_bucket").sum().alias("limit"), pl.col("capacity_per_bucket").null_count().alias("open")
    )  # fmt: skip
    limits = limits.filter(pl.col("open") == 0)
    if limits.height == 0:
        return []
    orders = tables.outputs["planned_orders"].filter(
        (pl.col("status") != "firm") & (pl.col("due_on") < tables.expected.end_day)
    )
    starts = pl.DataFrame({"bucket_start": tables.expected.starts}, schema={"bucket_start": pl.Int32})
    orders = orders.sort("due_on").join_asof(
        starts, left_on="due_on", right_on="bucket_start", strategy="backward", check_sortedness=False
    )
    used = orders.group_by([*by, "bucket_start"]).agg(pl.col("good_quantity").sum())
    broken = used.join(limits, on=by, nulls_equal=True).filter(pl.col("good_quantity") > pl.col("limit"))
    return named(broken, "source_capacity", "item", "supplier", "bucket_start", "good_quantity", "limit")


def check_taken(tables: Tables) -> list[Finding]:
    """Every order is pegged exactly what it takes; firm orders may lack what an alert says is short."""
    numbers = tables.outputs["planned_orders"].select("planned_order", "status").with_row_index("order")
    edges = tables.outputs["pegging"].filter(pl.col("parent_supply").is_not_null())
    edges = edges.join(numbers.rename({"planned_order": "parent_supply"}), on="parent_supply", how="left")
    orphans = edges.filter(pl.col("order").is_null())
    given = edges.drop_nulls("order").group_by("order", "item").agg(pl.col("quantity").sum().alias("pegged"))
    asked = tables.requirements.group_by("order", "item").agg(pl.col("required").sum())
    compared = asked.join(given, on=["order", "item"], how="full", coalesce=True)
    compared = compared.with_columns(pl.col("required", "pegged").fill_null(0)).join(numbers, on="order", how="left")
    short = alerted(tables, "shortage")["item"].unique().implode()
    lacks = (pl.col("status") == "firm") & pl.col("item").is_in(short) & (pl.col("pegged") < pl.col("required"))
    through = pl.col("item").is_in(_through_phantoms(tables).implode())
    broken = compared.filter((pl.col("pegged") != pl.col("required")) & ~lacks & ~through).sort("order", "item")
    return [
        *named(orphans, "pegging_parent", "parent_supply", "item"),
        *named(broken, "bill_of_material", "planned_order", "item", "required", "pegged"),
    ]


def _through_phantoms(tables: Tables) -> pl.Series:
    """Phantoms, and what is taken through them: pegged to their parents in sums that are not recomputed."""
    items, bom = tables.inputs["items"], tables.inputs["bom"]
    phantoms = items.filter("phantom")["item"]
    through = bom.filter(pl.col("parent").is_in(phantoms.implode()))["component"]
    return pl.concat([phantoms, through]).unique()


def check_promises(tables: Tables) -> list[Finding]:
    """Each order's quantity is promised once; days, lateness, patience, parts, causes and alerts are honest."""
    promises, first = tables.outputs["promises"], tables.expected.first_day
    orders = tables.demand.filter((pl.col("kind") == "order") & (pl.col("counts") > 0))
    said = promises.group_by("demand").agg(pl.col("quantity").sum().alias("promised"))
    compared = orders.select("demand", "counts").join(said, on="demand", how="full", coalesce=True)
    amiss = compared.filter(pl.col("counts").ne_missing(pl.col("promised"))).sort("demand")
    columns = ["demand", "due_on", "max_late_days", "min_shipment"]
    told = promises.drop("due_on").join(orders.select(columns), on="demand")
    late = (pl.col("promised_on") - pl.col("due_on")).clip(lower_bound=0)
    waits = pl.col("promised_on") - pl.max_horizontal("due_on", pl.lit(first))
    too_late = (waits > pl.col("max_late_days")).fill_null(value=False)
    parts = told.filter(pl.len().over("demand") > 1)
    alerts = tables.outputs["alerts"].filter(pl.col("alert") == "late_demand").select(demand="order").unique()
    behind = told.filter(pl.col("promised_on").is_null() | (late > 0))
    wrong_days = told.filter(
        pl.col("late_days").ne_missing(late)
        | (pl.col("promised_on") < pl.max_horizontal("due_on", pl.lit(first)))
        | (pl.col("promised_on") >= tables.expected.end_day)
    )
    small = parts.filter(
        pl.col("promised_on").is_not_null() & (pl.col("quantity") < pl.col("min_shipment").fill_null(0))
    )
    return [
        *named(promises.filter(pl.col("quantity") <= 0), "promise_quantity", "demand", "quantity"),
        *named(amiss, "demand_covered", "demand", "counts", "promised"),
        *named(wrong_days, "promise_late_days", "demand", "promised_on", "due_on", "late_days"),
        *named(told.filter(too_late), "demand_patience", "demand", "promised_on", "max_late_days"),
        *named(small, "min_shipment", "demand", "quantity", "min_shipment"),
        *named(behind.filter(pl.col("cause").is_null()), "promise_cause", "demand", "promised_on"),
        *named(behind.join(alerts, on="demand", how="anti"), "alert_missing", "demand", "promised_on"),
    ]


def check_figures(tables: Tables, replayed: pl.DataFrame, summary: Mapping[str, Any] | None) -> list[Finding]:
    """The summary's service, late unit-days, bound and, where all stock is recomputed and there are only orders, its mean
    value."""
    if summary is None:
        return []
    promises = tables.outputs["promises"]
    told = promises.drop("due_on").join(tables.demand.select("demand", "due_on"), on="demand")
    units = told["quantity"].cast(pl.Float64) / QUANTITY_SCALE
    left = (pl.lit(tables.expected.end_day) - pl.col("due_on")).clip(lower_bound=0)
    days = told.select(pl.coalesce((pl.col("promised_on") - pl.col("due_on")).clip(lower_bound=0), left).alias("days"))
    lateness = float((units * days["days"]).sum())
    ordered = float(units.sum())
    on_time = told.select((pl.col("promised_on") <= pl.col("due_on")).fill_null(value=False).alias("kept"))["kept"]
    findings = []
    share = float(units.filter(on_time).sum()) / ordered if ordered else None
    pairs = [
        ("late_unit_days", lateness, summary.get("late_unit_days")),
        ("service_level", share, summary.get("service_level")),
    ]
    if tables.unclear.len() == 0 and (tables.demand["kind"] == "order").all():
        pairs.append(("mean_stock_value", stock_value(tables, replayed), summary.get("mean_stock_value")))
    for name, worked, claimed in pairs:
        if (worked is None) != (claimed is None) or (
            worked is not None and claimed is not None and abs(worked - claimed) > FIGURE_SLACK * max(abs(worked), 1.0)
        ):
            findings.append(Finding("summary", name, f"says {claimed}, the tables {worked}"))
    bound = summary.get("bound")
    if bound is not None and bound > lateness * (1 + FIGURE_SLACK) + FIGURE_SLACK:
        findings.append(Finding("bound", "summary", f"bound {bound} lies above {lateness} late unit-days"))
    return findings
