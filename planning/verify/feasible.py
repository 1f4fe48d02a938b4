"""That a constrained plan can be carried out: stock by day, supplies before they are used, minutes by bucket.

Stock of an item at a place: what is free at plan_start, receipts and orders on their due days, less what orders take on
their release days and what is promised on the promised days; it is negative on no day. Minutes lie in the bucket in which
a row of `operations` starts. A firm planned order is never moved: what it takes may be short where an alert says so, and
its minutes may go beyond a resource's, which then has none for others.
"""

from collections.abc import Mapping

import polars as pl

from planning.verify.capacity import capacity_minutes
from planning.verify.expectation import Expectation
from planning.verify.findings import Finding
from planning.verify.netting import MADE, PLACE, Tables, alerted, bucket_of_days, named
from planning.verify.reading import read_inputs
from schemas.planning import QUANTITY_SCALE

MINUTE_SLACK = 20_000
"""Millionths of minutes a row of `operations` may be off for rounding."""


def _flows(tables: Tables) -> pl.DataFrame:
    """Changes of stock: item, location, day, change; what is free at first stands on the first day."""
    expected, inputs, outputs = tables.expected, tables.inputs, tables.outputs
    first = expected.first_day
    stock = inputs["stock"].filter(
        (pl.col("status") == "available") & (pl.col("expires_on").is_null() | (pl.col("expires_on") > first))
    )
    receipts = inputs["receipts"].filter(pl.col("status").ne_missing("planned_firm"))
    delivered = outputs["promises"].filter(pl.col("promised_on").is_not_null())
    delivered = delivered.join(inputs["demand"].select("demand", *PLACE), on="demand")
    others = _served_otherwise(tables)
    orders = outputs["planned_orders"]
    day, change = pl.lit(first, dtype=pl.Int32).alias("day"), "change"
    return pl.concat(
        [
            stock.select(*PLACE, day, (pl.col("quantity") - pl.col("allocated")).alias(change)),
            receipts.select(
                *PLACE, pl.col("due_on").clip(lower_bound=first).alias("day"), pl.col("quantity").alias(change)
            ),
            orders.select(*PLACE, pl.col("due_on").alias("day"), pl.col("good_quantity").alias(change)),
            tables.requirements.select(*PLACE, pl.col("release_on").alias("day"), -pl.col("required").alias(change)),
            delivered.select(*PLACE, pl.col("promised_on").alias("day"), -pl.col("quantity").alias(change)),
            others,
        ]
    ).filter(pl.col("day") < expected.end_day)


def _served_otherwise(tables: Tables) -> pl.DataFrame:
    """Forecasts and safety demand that are pegged: taken when the last supply that serves them is there."""
    others = tables.demand.filter(pl.col("kind") != "order").select("demand", *PLACE, "due_on")
    edges = tables.outputs["pegging"].filter(pl.col("parent_supply").is_null())
    edges = edges.select("demand", "supply", "supply_kind", "quantity", pl.col("item"))
    served = edges.join(others.drop("item"), on="demand")
    served = served.join(arrivals(tables), on=["supply", "item"], how="left")
    day = pl.max_horizontal("arrives", "due_on", pl.lit(tables.expected.first_day, dtype=pl.Int32))
    return served.select(*PLACE, day.cast(pl.Int32).alias("day"), -pl.col("quantity").alias("change"))


def arrivals(tables: Tables) -> pl.DataFrame:
    """When a supply is there: supply, item, arrives; the first of several of one name. Stock is there at once."""
    orders = tables.outputs["planned_orders"].select(pl.col("planned_order").alias("supply"), "item", arrives="due_on")
    receipts = tables.inputs["receipts"].filter(pl.col("status").ne_missing("planned_firm"))
    due = pl.col("due_on").clip(lower_bound=tables.expected.first_day)
    receipts = receipts.select(pl.col("order").alias("supply"), "item", due.alias("arrives"))
    return pl.concat([orders, receipts]).drop_nulls("supply").group_by("supply", "item").agg(pl.col("arrives").min())


def check_stock(tables: Tables) -> tuple[pl.DataFrame, list[Finding]]:
    """Stock by day of the items that are recomputed (item, location, day, stock), and where it is negative."""
    flows = _flows(tables).filter(~pl.col("item").is_in(tables.unclear.implode()))
    daily = flows.group_by(*PLACE, "day").agg(pl.col("change").sum()).sort(*PLACE, "day")
    daily = daily.with_columns(pl.col("change").cum_sum().over(PLACE).alias("stock"))
    firm = tables.outputs["planned_orders"].filter(pl.col("status") == "firm").select("planned_order")
    excused = pl.concat([_oversold(tables), alerted(tables, "shortage").filter(pl.lit(firm.height > 0))]).unique()
    negative = daily.filter(pl.col("stock") < 0).join(excused, on=PLACE, how="anti")
    worst = negative.unique(PLACE, keep="first", maintain_order=True)
    return daily, named(worst, "stock_negative", "item", "location", "day", "stock")


def _oversold(tables: Tables) -> pl.DataFrame:
    """Places where more is promised before the plan than there is."""
    stock = tables.inputs["stock"].filter(pl.col("allocated") > pl.col("quantity"))
    return stock.select(PLACE).unique()


def stock_value(tables: Tables, daily: pl.DataFrame) -> float:
    """Mean over the days of the horizon of stock x unit cost (the first source's, else the item's)."""
    end = tables.expected.end_day
    following = pl.col("day").shift(-1).over(PLACE).fill_null(end)
    held = daily.with_columns((following - pl.col("day")).alias("days"))
    held = held.group_by(PLACE).agg((pl.col("stock").clip(lower_bound=0).cast(pl.Float64) * pl.col("days")).sum())
    order = ["priority", "method", "supplier", "from_location", "effective_from", "unit_cost"]
    first = tables.inputs["sources"].sort(order).unique(PLACE, keep="first", maintain_order=True)
    priced = held.join(first.select(*PLACE, source_cost="unit_cost"), on=PLACE, how="left")
    priced = priced.join(tables.inputs["items"].select("item", "unit_cost"), on="item", how="left")
    cost = pl.coalesce("source_cost", "unit_cost").fill_null(0).cast(pl.Float64)
    days = end - tables.expected.first_day
    return float(priced.select((pl.col("stock") * cost).sum()).item() or 0.0) / QUANTITY_SCALE**2 / days


def check_supply_days(tables: Tables) -> list[Finding]:
    """In the pegging no supply serves before it is there, none gives more than it has, and what is promised is pegged."""
    edges, orders = tables.outputs["pegging"], tables.outputs["planned_orders"]
    edges = edges.join(arrivals(tables), on=["supply", "item"], how="left")
    first = pl.lit(tables.expected.first_day, dtype=pl.Int32)
    edges = edges.with_columns(
        pl.when(pl.col("supply_kind") == "stock").then(first).otherwise("arrives").alias("arrives")
    )
    starts = orders.select(parent_supply="planned_order", starts="release_on", status="status")
    used = edges.filter(pl.col("parent_supply").is_not_null()).join(starts, on="parent_supply", how="left")
    early = used.filter((pl.col("arrives") > pl.col("starts")) & (pl.col("status") != "firm"))
    unknown = edges.filter(pl.col("arrives").is_null() & (pl.col("supply_kind") != "receipt"))
    given = edges.filter(pl.col("supply_kind").is_in(MADE)).group_by("supply").agg(pl.col("quantity").sum())
    held = orders.select(pl.col("planned_order").alias("supply"), "good_quantity").unique("supply", keep="first")
    over = given.join(held, on="supply", how="left").filter(pl.col("quantity") > pl.col("good_quantity").fill_null(0))
    return [
        *named(early, "supply_not_there", "parent_supply", "supply", "arrives", "starts"),
        *named(unknown, "pegging_supply", "supply", "item"),
        *named(over, "pegging_supply", "supply", "quantity", "good_quantity"),
        *_promised_is_pegged(tables, edges),
    ]


def _promised_is_pegged(tables: Tables, edges: pl.DataFrame) -> list[Finding]:
    """By each promised day as much is pegged and there as was promised until then."""
    through = tables.inputs["items"].filter("phantom")["item"]
    items = tables.inputs["demand"].select("demand", of="item")
    promised = tables.outputs["promises"].filter(pl.col("promised_on").is_not_null()).join(items, on="demand")
    promised = promised.filter(~pl.col("of").is_in(through.implode())).sort("promised_on")
    promised = promised.with_columns(pl.col("quantity").cum_sum().over("demand").alias("until_then"))
    direct = edges.filter(pl.col("parent_supply").is_null())
    first = pl.lit(tables.expected.first_day, dtype=pl.Int32)
    pegged = direct.with_columns(pl.col("arrives").fill_null(first)).sort("arrives")
    pegged = pegged.select("demand", "arrives", pl.col("quantity").cum_sum().over("demand").alias("pegged"))
    compared = promised.join_asof(
        pegged, left_on="promised_on", right_on="arrives", by="demand", strategy="backward", check_sortedness=False
    )
    broken = compared.filter(pl.col("pegged").fill_null(0) < pl.col("until_then"))
    return named(broken, "promise_not_pegged", "demand", "promised_on", "until_then", "pegged")


def _lawful(inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Resources that may do each item's operations, with setup and run minutes; the best row of each."""
    routings, resources = inputs["routings"], inputs["resources"]
    columns = ["item", "operation", "resource", "setup_minutes", "run_minutes", "priority"]
    own = routings.filter(pl.col("resource").is_not_null()).select(columns)
    members = resources.filter(pl.col("group").is_not_null()).select("group", member="resource")
    grouped = routings.filter(pl.col("resource").is_null()).join(members, on="group")
    grouped = grouped.with_columns(pl.col("member").alias("resource")).select(columns)
    rows = pl.concat([own, grouped]).sort("priority", maintain_order=True)
    return rows.unique(["item", "operation", "resource"], keep="first", maintain_order=True).drop("priority")


def check_minutes(tables: Tables, package_tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Operations of every made order are whole, lawful and inside its days, and no resource gives more than it has."""
    orders = tables.outputs["planned_orders"].filter(pl.col("kind") == "make")
    lawful = _lawful(tables.inputs)
    done = tables.outputs["operations"].with_columns(
        pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d").cast(pl.Int32).alias(name)
        for name in ("starts_at", "ends_at")
    )
    needed = orders.join(lawful.select("item", "operation").unique(), on="item")
    needed = needed.select("planned_order", "operation", "item", "release_on", "due_on", "status", released="quantity")
    both = needed.join(done, on=["planned_order", "operation"], how="full", coalesce=True)
    judged = both.join(lawful.rename({"setup_minutes": "setup"}), on=["item", "operation", "resource"], how="left")
    whole = judged.group_by("planned_order", "operation").agg(
        pl.col("quantity").sum(), pl.col("setup_minutes").sum(), pl.col("released").first(), pl.col("setup").first(),
        pl.col("resource").n_unique().alias("resources"),
    )  # fmt: skip
    amiss = (pl.col("quantity") != pl.col("released")) | (pl.col("setup_minutes") != pl.col("setup"))
    broken = whole.filter(amiss.fill_null(value=True) | (pl.col("resources") != 1)).sort("planned_order", "operation")
    days = (pl.col("starts_at") < pl.col("release_on")) | (pl.col("ends_at") <= pl.col("starts_at"))
    days = days | (pl.col("starts_at") > pl.col("due_on"))
    bucket = pl.col("starts_at").cast(pl.Int32)
    return [
        *named(
            judged.filter(pl.col("setup").is_null()), "operation_resource", "planned_order", "operation", "resource"
        ),
        *named(broken, "operation_whole", "planned_order", "operation", "quantity", "released"),
        *named(
            judged.filter(days), "operation_days", "planned_order", "operation", "starts_at", "release_on", "due_on"
        ),
        *_loads(tables, package_tables, judged.filter(bucket.is_not_null())),
    ]


def _loads(tables: Tables, package_tables: Mapping[str, pl.DataFrame], work: pl.DataFrame) -> list[Finding]:
    """Minutes by resource and bucket against what there is; minutes are millionths."""
    expected = tables.expected
    work = work.with_columns(bucket_of_days(work["starts_at"], expected.starts))
    run = (pl.col("run_minutes").cast(pl.Int128) * pl.col("quantity") // QUANTITY_SCALE).cast(pl.Int64, strict=False)
    work = work.with_columns((pl.col("setup_minutes") + run).alias("minutes"))
    by = ["resource", "bucket_start"]
    firm = pl.col("minutes").filter(pl.col("status") == "firm").sum().alias("firm")
    used = work.group_by(by).agg(pl.col("minutes").sum(), firm, pl.len().alias("rows"))
    used = used.join(resource_minutes(expected, package_tables), on=by, how="left").filter(pl.col("has").is_not_null())
    room = pl.max_horizontal("has", "firm") + MINUTE_SLACK + pl.col("rows")
    return named(
        used.filter(pl.col("minutes") > room).sort(by), "capacity", "resource", "bucket_start", "minutes", "has"
    )


def resource_minutes(expected: Expectation, package_tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Minutes (millionths) of every resource and bucket: resource, bucket_start, has; null where unlimited.

    A bucket's minutes are those of `capacity` where it says any, else the calendar's; a resource that `capacity` names and
    that has no calendar has none elsewhere.
    """
    names = ("resources", "calendars")
    rows = read_inputs({name: package_tables[name] for name in names if name in package_tables})
    table = package_tables.get("capacity")
    stated = read_inputs({} if table is None else {"capacity": table})["capacity"]
    by_resource: dict[str, list] = {}
    for row in stated:
        by_resource.setdefault(row["resource"], []).append(row)
    found = []
    for row in rows["resources"]:
        own = {**rows, "capacity": by_resource.get(row["resource"], [])}
        seen = Expectation(expected.parameters, own, expected.items, {}, {}, expected.starts)
        minutes = capacity_minutes(seen, row)
        for start, has in zip(expected.starts, minutes or [None] * len(expected.starts), strict=True):
            found.append((row["resource"], start, None if has is None else int(has * QUANTITY_SCALE)))
    return pl.DataFrame(found, schema={"resource": pl.String, "bucket_start": pl.Int32, "has": pl.Int64}, orient="row")
