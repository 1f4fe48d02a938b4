"""The check of a netted plan (`mrp`), by whole columns: a hundred thousand items and ten million pegging edges.

Recomputed from the tables alone: what every order must take of its components, when it must be released, what its lot
rules and yield allow; the MRP record from orders, receipts, demand and stock; that pegging gives each requirement
exactly what it needs, and no supply more than it has; that stock below safety has an alert. Not recomputed: what passes through
phantoms and by-products, and stock that expires; release days where working days count. Rejected items are left out.
Rules of `optimize` are in the other modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.verify.columns import input_frames, output_frames
from planning.verify.expectation import Expectation, net_demand
from planning.verify.findings import Finding
from schemas.planning import QUANTITY_SCALE

NAMED_A_RULE = 20
"""Findings of one rule that are named one by one; the others are counted."""

PLACE = ["item", "location"]
ITEMS, LOCATIONS = ("item", "parent", "component"), ("location", "from_location")
MADE = ["make", "buy", "transfer"]


@dataclass(frozen=True)
class Tables:
    """Inputs and outputs by name, demand with what counts of it, orders with their terms, and items left out."""

    expected: Expectation
    inputs: dict[str, pl.DataFrame]
    outputs: dict[str, pl.DataFrame]
    demand: pl.DataFrame
    requirements: pl.DataFrame
    unclear: pl.Series


def check_netting(
    expected: Expectation, package_tables: Mapping[str, pl.DataFrame], plan_tables: Mapping[str, pl.DataFrame]
) -> list[Finding]:
    """Everything that is wrong with a netted plan; arguments as in `check`, the package also as an expectation."""
    inputs, outputs = coded(input_frames(package_tables), output_frames(plan_tables))
    unclear = unclear_items(inputs, outputs)
    tables = Tables(
        expected, inputs, outputs, counted_demand(expected, inputs), _requirements(expected, inputs, outputs), unclear
    )
    return [*_orders(tables), *_terms(tables), *check_records(tables), *check_safety(tables), *_pegging(tables)]


def coded(*groups: dict[str, pl.DataFrame]) -> list[dict[str, pl.DataFrame]]:
    """The same tables with items and locations as places in one list of names each, which join and group far sooner."""
    names = {column: [frame[column] for frames in groups for frame in frames.values() if column in frame.columns]
             for column in (*ITEMS, *LOCATIONS)}  # fmt: skip
    lists = {}
    for family in (ITEMS, LOCATIONS):
        every = pl.concat([values.unique() for column in family for values in names[column]]).unique().drop_nulls()
        lists.update(dict.fromkeys(family, pl.Enum(every.sort())))
    return [
        {
            name: frame.with_columns(
                pl.col(column).cast(kind) for column, kind in lists.items() if column in frame.columns
            )
            for name, frame in frames.items()
        }
        for frames in groups
    ]


def unclear_items(inputs: Mapping[str, pl.DataFrame], outputs: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Items whose numbers are not recomputed."""
    items, bom = inputs["items"], inputs["bom"]
    phantoms = items.filter("phantom")["item"]
    through = bom.filter(pl.col("parent").is_in(phantoms.implode()))["component"]
    falling = bom.filter(pl.col("kind") != "component")["component"]
    expiring = items.filter(pl.col("shelf_life_days").is_not_null())["item"]
    dated = inputs["stock"].filter(pl.col("expires_on").is_not_null())["item"]
    rejected = outputs["rejects"].filter(pl.col("table") == "items")["value"].cast(phantoms.dtype, strict=False)
    return pl.concat([phantoms, through, falling, expiring, dated, rejected]).unique().drop_nulls()


def _clear(frame: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    return frame.filter(~pl.col("item").is_in(tables.unclear.implode()))


def named(broken: pl.DataFrame, rule: str, subject: str, *numbers: str) -> list[Finding]:
    """The first findings of a rule and how many more there are."""
    rows = broken.head(NAMED_A_RULE).iter_rows(named=True)
    found = [Finding(rule, str(row[subject]), ", ".join(f"{name} {row[name]}" for name in numbers)) for row in rows]
    more = broken.height - len(found)
    return [*found, Finding(rule, "others", f"{more} more")] if more else found


def bucket_of_days(days: pl.Series, starts: list[int]) -> pl.Series:
    """First day of the bucket that each day belongs to; what lies before the plan is in the first."""
    edges = np.array(starts, dtype=np.int32)
    places = np.maximum(np.searchsorted(edges, days.to_numpy(), side="right") - 1, 0)
    return pl.Series("bucket_start", edges[places], dtype=pl.Int32)


def _with_bucket(frame: pl.DataFrame, day: str, tables_starts: list[int]) -> pl.DataFrame:
    return frame.with_columns(bucket_of_days(frame[day], tables_starts))


def counted_demand(expected: Expectation, inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Demand inside the horizon, with `counts`: orders whole, forecasts after consumption."""
    frame = inputs["demand"].with_columns(pl.col("quantity").alias("counts"))
    frame = frame.filter(pl.col("due_on") < expected.end_day)
    forecast = frame.filter(pl.col("kind") == "forecast").select(PLACE).unique()
    if forecast.height == 0:
        return frame
    texts = pl.col(PLACE).cast(pl.String)
    rows = frame.join(forecast, on=PLACE, how="semi").drop("counts").with_columns(texts).to_dicts()
    left = net_demand(Expectation(expected.parameters, {"demand": rows}, expected.items, {}, {}, expected.starts))
    counted = pl.DataFrame(
        {"demand": list(left), "left": list(left.values())}, schema={"demand": pl.String, "left": pl.Int64}
    )
    return frame.join(counted, on="demand", how="left").with_columns(pl.coalesce("left", "counts").alias("counts"))


def step_of(decimals: str) -> pl.Expr:
    return pl.lit(10, dtype=pl.Int64).pow(6 - pl.col(decimals)).cast(pl.Int64)


def divided_up(amount: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    return (amount + divisor - 1) // divisor


def rounded_up(amount: pl.Expr, step: pl.Expr) -> pl.Expr:
    return divided_up(amount, step) * step


def _requirements(
    expected: Expectation, inputs: Mapping[str, pl.DataFrame], outputs: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """What each order takes: order (its place), item, location, release_on, required; a row a bill line or transfer."""
    orders = outputs["planned_orders"].select(*PLACE, "kind", "quantity", "release_on").with_row_index("order")
    decimals = inputs["items"].select(pl.col("item").alias("component"), "decimals")
    lines = inputs["bom"].filter(pl.col("kind") == "component").join(decimals, on="component")
    made = orders.filter(pl.col("kind") == "make").rename({"item": "parent"})
    taken = made.join(lines.drop("kind"), on="parent")
    after = pl.col("effective_from").is_null() | (pl.col("release_on") >= pl.col("effective_from"))
    before = pl.col("effective_to").is_null() | (pl.col("release_on") < pl.col("effective_to"))
    taken = taken.filter(after & before)
    grouped = taken.filter(pl.col("alternate_group").is_not_null())
    if grouped.height:
        first = grouped.sort("priority", "component").unique(["order", "alternate_group"], keep="first")
        taken = pl.concat([taken.filter(pl.col("alternate_group").is_null()), first])
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
    ways = inputs["sources"].filter(pl.col("from_location").is_not_null())
    one = ways.group_by(PLACE).agg(pl.col("from_location").unique()).filter(pl.col("from_location").list.len() == 1)
    moved = moved.join(one.explode("from_location"), on=PLACE)
    moved = moved.with_columns(pl.col("from_location").alias("location"), pl.col("quantity").alias("required"))
    return pl.concat([taken, moved.select(columns)])


def _orders(tables: Tables) -> list[Finding]:
    """Orders one by one: identity, dates, yield."""
    orders, first = tables.outputs["planned_orders"], tables.expected.first_day
    items = tables.inputs["items"].select("item", "yield", "decimals")
    twice = orders.filter(orders["planned_order"].is_duplicated())
    known = orders.join(items, on="item", how="left")
    good, step = pl.col("good_quantity"), step_of("decimals")
    released = rounded_up(divided_up(good.cast(pl.Int128) * QUANTITY_SCALE, pl.col("yield")), step.cast(pl.Int128))
    whole = pl.when(pl.col("yield") == QUANTITY_SCALE).then(good).otherwise(released.cast(pl.Int64, strict=False))
    dates = (pl.col("release_on") < first) | (pl.col("release_on") > pl.col("due_on"))
    return [
        *named(twice, "order_id_unique", "planned_order", "item"),
        *named(known.filter(pl.col("yield").is_null()), "order_item_known", "planned_order", "item"),
        *named(
            known.filter((good <= 0) | (pl.col("quantity") <= 0)),
            "order_quantity_positive",
            "planned_order",
            "quantity",
        ),
        *named(known.filter(dates), "order_dates", "planned_order", "release_on", "due_on"),
        *named(
            _clear(known.filter(whole != pl.col("quantity")), tables),
            "order_yield",
            "planned_order",
            "good_quantity",
            "quantity",
        ),
    ]


def _terms(tables: Tables) -> list[Finding]:
    """Release days and lot rules: it is enough that one source of the order's kind and supplier allows them."""
    items, sources = tables.inputs["items"], tables.inputs["sources"]
    own = ["lead_time_days", "min_lot", "lot_multiple", "max_lot"]
    orders = tables.outputs["planned_orders"].filter(pl.col("status") != "firm").with_row_index("place")
    said = sources.select(*PLACE, "supplier", *(pl.col(name).alias(f"said_{name}") for name in own))
    dated = sources.filter(pl.any_horizontal(pl.col("effective_from", "effective_to").is_not_null())).select(PLACE)
    default = pl.concat([sources.select(PLACE).unique().filter(False), dated.unique()])
    blank = default.with_columns(
        pl.lit(None, dtype=pl.String).alias("supplier"), *(pl.lit(None, dtype=pl.Int64).alias(f"said_{n}") for n in own)
    )
    joined = orders.join(pl.concat([said, blank]), on=[*PLACE, "supplier"], how="left", nulls_equal=True)
    joined = joined.join(items.select("item", "decimals", "safety_days", *own), on="item", how="left")
    joined = joined.with_columns(pl.coalesce(f"said_{name}", name).fill_null(0).alias(name) for name in own)
    step, day = step_of("decimals"), tables.expected.first_day
    lead = divided_up(pl.col("lead_time_days") + pl.col("safety_days"), pl.lit(QUANTITY_SCALE))
    raw = pl.col("due_on") - lead
    in_time = (pl.col("release_on") == raw.clip(lower_bound=day)) & (pl.col("past_due") == (raw < day))
    least, most = rounded_up(pl.col("min_lot"), step), pl.col("max_lot")
    multiple = pl.max_horizontal(rounded_up(pl.col("lot_multiple"), step), step)
    full = most // multiple * multiple
    good = pl.col("good_quantity")
    sized = (
        (good >= least)
        & (good % multiple == 0)
        & ((full <= 0) | (good <= pl.max_horizontal(full, rounded_up(least, multiple))))
    )
    judged = joined.with_columns(in_time.alias("in_time"), sized.alias("sized"))
    findings = []
    for rule, column in (("lead_time", "in_time"), ("lot_rules", "sized")):
        if rule == "lead_time" and tables.expected.parameters["working_days_only"]:
            continue
        broken = judged.filter(~pl.col(column)).unique("place", keep="first", maintain_order=True)
        allowed = judged.filter(pl.col(column)).select("place")
        broken = _clear(broken.join(allowed, on="place", how="anti"), tables)
        findings += named(broken, rule, "planned_order", "good_quantity", "release_on", "due_on")
    return findings


def _summed(frame: pl.DataFrame, day: str, value: str, name: str, starts: list[int]) -> pl.DataFrame:
    by = [*PLACE, "bucket_start"]
    return _with_bucket(frame, day, starts).group_by(by).agg(pl.col(value).sum().alias(name))


def check_records(tables: Tables) -> list[Finding]:
    """Every bucket of every record, worked out again."""
    expected, outputs = tables.expected, tables.outputs
    starts, by = expected.starts, [*PLACE, "bucket_start"]
    orders, receipts = outputs["planned_orders"], tables.inputs["receipts"]
    phantoms = tables.inputs["items"].filter("phantom")["item"].implode()
    inside = orders.filter(pl.col("due_on") < expected.end_day)
    open_orders = receipts.filter((pl.col("due_on") < expected.end_day) & pl.col("status").ne_missing("planned_firm"))
    gross = pl.concat(
        [
            tables.demand.select(*PLACE, pl.col("due_on").alias("day"), pl.col("counts").alias("amount")),
            tables.requirements.select(*PLACE, pl.col("release_on").alias("day"), pl.col("required").alias("amount")),
        ]
    )
    found = outputs["mrp_records"]
    for frame, day, value, name in (
        (inside, "due_on", "good_quantity", "received"),
        (orders, "release_on", "quantity", "released"),
        (open_orders, "due_on", "quantity", "confirmed"),
        (gross, "day", "amount", "required"),
    ):
        summed = _summed(frame, day, value, name, starts).filter(pl.col(name) != 0)
        summed = summed.filter(~pl.col("item").is_in(phantoms))
        found = found.join(summed, on=by, how="full", coalesce=True).with_columns(pl.col(name).fill_null(0))
    found = _clear(found, tables).with_columns(pl.concat_str(*PLACE, separator=" at ").alias("place"))
    pairs = (
        ("planned_order_receipts", "received"),
        ("planned_order_releases", "released"),
        ("scheduled_receipts", "confirmed"),
        ("gross_requirements", "required"),
    )
    findings = []
    for says, is_really in pairs:
        broken = found.filter(pl.col(says).ne_missing(pl.col(is_really)))
        findings += named(broken, says, "place", "bucket_start", says, is_really)
    return [*findings, *_balances(tables, found)]


def _balances(tables: Tables, found: pl.DataFrame) -> list[Finding]:
    free = tables.inputs["stock"].filter(pl.col("status") == "available")
    free = free.group_by(PLACE).agg((pl.col("quantity") - pl.col("allocated")).sum().alias("opening"))
    flow = pl.col("received") + pl.col("confirmed") - pl.col("required")
    replayed = found.join(free, on=PLACE, how="left").sort(*PLACE, "bucket_start")
    balance = pl.col("opening").fill_null(0) + flow.cum_sum().over(PLACE)
    replayed = replayed.with_columns(balance.alias("balance"))
    broken = replayed.filter(pl.col("projected_on_hand") != pl.col("balance"))
    return named(broken, "record_on_hand", "place", "bucket_start", "projected_on_hand", "balance")


def alerted(tables: Tables, *kinds: str) -> pl.DataFrame:
    return tables.outputs["alerts"].filter(pl.col("alert").is_in(list(kinds))).select(PLACE).unique()


def check_safety(tables: Tables) -> list[Finding]:
    """Stock below zero, or below the item's safety stock where it has demand or stock, has an alert."""
    expected, inputs = tables.expected, tables.inputs
    used = pl.concat([inputs[name].select(PLACE) for name in ("demand", "stock")]).unique()
    base = used.join(inputs["items"].select("item", "safety_stock", "phantom"), on="item")
    levels = inputs["safety_levels"].select(PLACE).unique()
    base = base.join(levels, on=PLACE, how="anti")
    records = tables.outputs["mrp_records"].join(base, on=PLACE, how="left")
    low = pl.col("projected_on_hand") < pl.col("safety_stock").fill_null(0)
    silent = records.filter(low & ~pl.col("phantom").fill_null(value=False))
    silent = silent.join(alerted(tables, "shortage", "below_safety_stock"), on=PLACE, how="anti")
    silent = silent.filter(pl.col("bucket_start") < expected.end_day)
    return named(silent, "safety_alert", "item", "location", "bucket_start", "projected_on_hand")


def _pegging(tables: Tables) -> list[Finding]:
    """Edges against what demands count, what orders require and what supplies hold."""
    edges, orders = tables.outputs["pegging"], tables.outputs["planned_orders"]
    short = alerted(tables, "shortage")["item"].unique().implode()
    phantoms = tables.inputs["items"].filter("phantom")["item"]
    unclear = pl.col("item").is_in(tables.unclear.implode())
    direct = edges.filter(pl.col("parent_supply").is_null())
    served = direct.group_by("demand").agg(pl.col("quantity").sum().alias("pegged"))
    wanted = tables.demand.filter(~pl.col("item").is_in(phantoms.implode())).join(
        served, on="demand", how="left"
    ).with_columns(pl.col("pegged").fill_null(0))  # fmt: skip
    lacking = pl.col("item").is_in(short) | unclear
    enough = (pl.col("pegged") == pl.col("counts")) | (lacking & (pl.col("pegged") <= pl.col("counts")))
    strangers = served.join(tables.inputs["demand"].select("demand"), on="demand", how="anti")
    numbers = orders.select("planned_order", "item", "good_quantity").with_row_index("order")
    numbers = numbers.unique("planned_order", keep="first")
    dependent = edges.filter(pl.col("parent_supply").is_not_null()).select("parent_supply", "item", "quantity")
    dependent = dependent.join(
        numbers.select("order", parent_supply="planned_order"), on="parent_supply", how="left"
    )  # fmt: skip
    orphans = dependent.filter(pl.col("order").is_null())
    given = dependent.group_by("order", "item").agg(pl.col("quantity").sum().alias("pegged"))
    asked = tables.requirements.group_by("order", "item").agg(pl.col("required").sum())
    compared = asked.join(given.drop_nulls("order"), on=["order", "item"], how="full", coalesce=True).with_columns(
        pl.col("required", "pegged").fill_null(0)
    )
    lacks = pl.col("item").is_in(short) & (pl.col("pegged") < pl.col("required"))
    fits = (pl.col("pegged") == pl.col("required")) | lacks | unclear
    unfit = compared.filter(~fits).sort("order", "item").join(numbers.drop("item"), on="order", how="left")
    used = edges.filter(pl.col("supply_kind").is_in(MADE)).group_by("supply").agg(
        pl.col("quantity").sum(), pl.col("item").first(), pl.col("item").n_unique().alias("items")
    )  # fmt: skip
    held = numbers.select(pl.col("planned_order").alias("supply"), pl.col("item").alias("made"), "good_quantity")
    used = used.join(held, on="supply", how="left")
    strange = pl.col("good_quantity").is_null() | (pl.col("items") != 1) | (pl.col("item") != pl.col("made"))
    return [
        *named(wanted.filter(~enough), "pegging_demand", "demand", "counts", "pegged"),
        *named(strangers, "pegging_demand", "demand", "pegged"),
        *named(orphans, "pegging_parent", "parent_supply", "item"),
        *named(unfit, "bill_of_material", "planned_order", "item", "required", "pegged"),
        *named(used.filter(strange), "pegging_supply", "supply", "item"),
        *named(used.filter(pl.col("quantity") > pl.col("good_quantity")), "pegging_supply", "supply", "quantity"),
        *check_given_supplies(tables),
    ]


def check_given_supplies(tables: Tables) -> list[Finding]:
    """Stock and receipts, item by item: no more is pegged than is there."""
    inputs, edges = tables.inputs, tables.outputs["pegging"]
    free = inputs["stock"].filter(pl.col("status") == "available")
    free = free.select("item", (pl.col("quantity") - pl.col("allocated")).clip(lower_bound=0).alias("there"))
    findings = []
    for kind, there in (("stock", free), ("receipt", inputs["receipts"].select("item", there="quantity"))):
        used = edges.filter(pl.col("supply_kind") == kind).group_by("item").agg(pl.col("quantity").sum())
        used = used.join(there.group_by("item").agg(pl.col("there").sum()), on="item", how="left")
        broken = used.filter(pl.col("quantity") > pl.col("there").fill_null(0))
        findings += named(broken, "pegging_supply", "item", "quantity", "there")
    return findings
