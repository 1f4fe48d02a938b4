"""What a plan says will happen: goods that come, orders that run, deliveries, each with its day, price and partner.

Prices of purchases are those that netting costs a plan at: the highest price break not above the quantity, else the source's, else
the item's. Prices of sales are the order's own, else the customer group's, else the item's. Deliveries of orders are on the day
that the plan promises; what is forecast is delivered on its own day, after consumption by orders.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from planning.mrp.model import BUY, MAKE
from planning.mrp.network import default_kinds
from planning.mrp.ordering import arrival_day
from planning.mrp.problem import Network
from planning.mrp.supply_demand import FIRM_PLANNED
from planning.projection.amounts import minor
from planning.projection.finances import Finances
from planning.result import Plan

KINDS = {MAKE: "make", BUY: "buy"}
"""Kinds of planned orders that take time of ours or of a supplier's, as plans name them."""


@dataclass(slots=True)
class Receipt:
    """Goods that are bought: `quantity` is ordered, received and billed, `good` of it can be used.

    `days` is what the supplier takes, None for what was ordered before the plan.
    """

    name: str
    item: int
    quantity: int
    good: int
    price: int
    supplier: str | None
    day: int
    days: int | None = None


@dataclass(slots=True)
class Transfer:
    """Goods of ours that arrive from another place of ours."""

    name: str
    item: int
    quantity: int
    day: int


@dataclass(slots=True)
class Making:
    """A production order. `days` is what it takes from its release to its completion; `in_process` minor units.

    `runs` marks an order that was released before the plan: its components are deliveries of their own (`Delivery.order`).
    """

    name: str
    item: int
    released: int
    good: int
    release: int
    due: int
    days: int
    runs: bool = False
    in_process: int | None = 0
    awaited: int = 0
    is_due: bool = False


@dataclass(slots=True)
class Delivery:
    """Goods that leave: for a customer, or as components of a production order that runs."""

    name: str
    item: int
    quantity: int
    day: int
    price: int = 0
    customer: str | None = None
    priority: int = 1
    order: str | None = None


@dataclass
class Events:
    """Everything that a plan says will happen, and what it does not say; `unserved` is what of orders it promises for no day."""

    receipts: list[Receipt] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    makings: list[Making] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    unserved: list[Delivery] = field(default_factory=list)
    unpriced_sales: int = 0
    unpriced_purchases: int = 0


def events_of(network: Network, finances: Finances, plan: Plan) -> Events:
    """Read a plan as events, days as day numbers, in a fixed order."""
    found = Events()
    prices = _PurchasePrices(network, found)
    _planned_orders(network, plan, prices, found)
    _open_receipts(network, finances, prices, found)
    _deliveries(network, finances, plan, found)
    return found


class _PurchasePrices:
    """What a unit costs, by item, supplier and quantity."""

    def __init__(self, network: Network, found: Events) -> None:
        package = network.package
        self.found = found
        self.of_item = [cost or 0 for cost in package.table("items")["unit_cost"].to_list()]
        self.of_source: dict[tuple[int, str | None], int] = {}
        sources = package.table("sources").sort("item_index", "priority", maintain_order=True)
        for item, supplier, cost in sources.select("item_index", "supplier", "unit_cost").iter_rows():
            if cost is not None:
                self.of_source.setdefault((item, supplier), cost)
        self.breaks: dict[int, list[tuple[int, str | None, int]]] = defaultdict(list)
        for row in package.table("price_breaks").iter_rows(named=True):
            self.breaks[row["item_index"]].append((row["from_quantity"], row["supplier"], row["unit_price"]))

    def price(self, item: int, supplier: str | None, quantity: int) -> int:
        """Price per unit, millionths; counts what has none."""
        price = self.of_source.get((item, supplier), self.of_item[item])
        fits = [row for row in self.breaks.get(item, []) if row[0] <= quantity and row[1] in {None, supplier}]
        if fits:
            price = max(fits, key=lambda row: (row[0], row[1] is not None, row[1] or "", row[2]))[2]
        self.found.unpriced_purchases += price == 0
        return price


def _planned_orders(network: Network, plan: Plan, prices: _PurchasePrices, found: Events) -> None:
    start = network.package.parameters.plan_start
    index = {name: at for at, name in enumerate(network.package.items)}
    lead = _lead_days(network)
    orders = plan.table("planned_orders").sort("planned_order")
    orders = orders.with_columns(
        pl.col("quantity", "good_quantity").to_physical().cast(pl.Int64), pl.col("release_on", "due_on").cast(pl.Int32)
    )
    for row in orders.iter_rows(named=True):
        item, due = index[row["item"]], max(row["due_on"], start)
        way = (item, row["location"], row["kind"], row["supplier"])
        days = lead.get(way, lead.get((*way[:3], None), 0)) if row["past_due"] else due - row["release_on"]
        release = max(row["release_on"], start)
        if row["kind"] == "make":
            made = Making(row["planned_order"], item, row["quantity"], row["good_quantity"], release, due, days)
            found.makings.append(made)
        elif row["kind"] == "buy":
            price = prices.price(item, row["supplier"], row["quantity"])
            day = max(due, start + days) if row["past_due"] else due
            found.receipts.append(
                Receipt(
                    row["planned_order"], item, row["quantity"], row["good_quantity"], price, row["supplier"], day, days
                )
            )


def _lead_days(network: Network) -> dict[tuple[int, str, str, str | None], int]:
    """Days from plan_start to the arrival of what is ordered then, in working days of the place where the plan counts in them.

    By item index, location, kind and supplier; the best way that can be gone on that day counts, else the best.
    """
    options, problem, places = network.problem.options, network.problem, network.places
    suppliers = network.facts["supplier"].to_list()
    found: dict[tuple[int, str, str, str | None], tuple[bool, int]] = {}
    for at in range(options.size):
        option, node = options[at], int(options["node"][at])
        kind, place = int(option["kind"]), int(places.location[node])
        if kind not in KINDS:
            continue
        key = (int(places.item[node]), places.locations[place], KINDS[kind], suppliers[at] if kind == BUY else None)
        open_now = bool(option["from_day"] <= 0 < option["to_day"])
        if key not in found or (open_now and not found[key][0]):
            location = int(problem.nodes["location"][node])
            found[key] = (open_now, int(arrival_day(problem, location, 0, int(option["lead_days"]))))
    days_of = {key: days for key, (_, days) in found.items()}
    for (item, location, name, _), days in tuple(days_of.items()):
        days_of.setdefault((item, location, name, None), days)
    return days_of


def _open_receipts(network: Network, finances: Finances, prices: _PurchasePrices, found: Events) -> None:
    package = network.package
    parameters, makes = package.parameters, default_kinds(package)
    known = {row["order"]: row for row in finances.tables["order_values"].iter_rows(named=True)}
    rows = package.table("receipts").filter(
        (pl.col("status") != FIRM_PLANNED).fill_null(value=True) & (pl.col("quantity") > 0)
    )
    for number, row in enumerate(rows.iter_rows(named=True)):
        name, item, quantity = row["order"] or f"receipt {number}", row["item_index"], row["quantity"]
        day, told = max(row["due_on"], parameters.plan_start), known.get(row["order"], {})
        kind = row["kind"] or ""
        if kind.startswith("transfer"):
            found.transfers.append(Transfer(name, item, quantity, day))
        elif kind.startswith(("make", "production")) or (not kind.startswith(("buy", "purchase")) and makes[item] == 0):
            value = told.get("work_in_process")
            in_process = None if value is None else minor(value, finances.decimals)
            found.makings.append(Making(name, item, quantity, quantity, day, day, 0, runs=True, in_process=in_process))
        else:
            price = told.get("unit_price")
            price = prices.price(item, row["supplier"], quantity) if price is None else price
            found.receipts.append(Receipt(name, item, quantity, quantity, price, row["supplier"], day))


def _deliveries(network: Network, finances: Finances, plan: Plan, found: Events) -> None:
    package = network.package
    start = package.parameters.plan_start
    promised = (
        plan.table("promises")
        .filter(pl.col("promised_on").is_not_null())
        .select(
            "demand", pl.col("quantity").to_physical().cast(pl.Int64), pl.col("promised_on").cast(pl.Int32).alias("day")
        )
    )
    demand = package.table("demand").with_columns(pl.Series("net", network.net_demand))
    forecast = demand.filter((pl.col("kind") == "forecast") & (pl.col("net") > 0)).select(
        "demand", pl.col("net").alias("quantity"), pl.col("due_on").clip(lower_bound=start).alias("day")
    )
    told = finances.tables["demand_prices"].select("demand", "use", "order", pl.col("unit_price").alias("own_price"))
    asked = demand.select("demand", "item_index", "customer", "priority")
    rows = pl.concat([promised, forecast]).filter(pl.col("quantity") > 0).join(asked, on="demand")
    rows = rows.join(told, on="demand", how="left").sort("day", "priority", "demand", "quantity")
    lists = _SalesPrices(finances)
    for row in rows.iter_rows(named=True):
        item = row["item_index"]
        delivery = Delivery(row["demand"], item, row["quantity"], row["day"], 0, row["customer"], row["priority"])
        if row["use"] == "production":
            delivery.order = row["order"] or ""
        else:
            own = row["own_price"]
            delivery.price = lists.price(item, row["customer"]) if own is None else own
            found.unpriced_sales += delivery.price == 0
        found.deliveries.append(delivery)
    _unserved(demand, promised, told, start, found)


def _unserved(demand: pl.DataFrame, promised: pl.DataFrame, told: pl.DataFrame, start: int, found: Events) -> None:
    """What of customers' orders has no promise, on its due date."""
    covered = promised.group_by("demand").agg(pl.col("quantity").sum().alias("covered"))
    rows = demand.filter(pl.col("kind") == "order").join(covered, on="demand", how="left")
    rows = rows.join(told.filter(pl.col("use") == "production"), on="demand", how="anti").sort("demand")
    rows = rows.with_columns((pl.col("quantity") - pl.col("covered").fill_null(0)).alias("left"))
    for name, item, left, due in rows.select("demand", "item_index", "left", "due_on").iter_rows():
        if left > 0:
            found.unserved.append(Delivery(name, item, left, max(due, start)))


class _SalesPrices:
    """What a unit sells for, by item and customer group."""

    def __init__(self, finances: Finances) -> None:
        listed: Any = finances.tables["prices"].select("item_index", "customer_group", "unit_price").iter_rows()
        self.listed: dict[tuple[int, str | None], int] = {(item, group): price for item, group, price in listed}
        customers = finances.tables["terms"].filter(pl.col("side") == "customer")
        self.group_of: dict[str | None, str | None] = dict(customers.select("party", "customer_group").iter_rows())

    def price(self, item: int, customer: str | None) -> int:
        """Price per unit, millionths; 0 where no list has one."""
        group = self.group_of.get(customer)
        return self.listed.get((item, group), self.listed.get((item, None), 0))
