"""A planning package becomes a lot-sizing problem: items at locations, buckets, sources, prices of lateness.

Every way to get an item is a source of its own: each row of `sources`, each price tier of a supplier (all-units
discount: the tier's price holds between its quantities), each alternate of the bill of material, each
alternate resource of the routing, up to WAYS_LIMIT ways to make one item. Orders are received on the first day of a
bucket and released their lead time earlier, so that whole buckets are kept by day as well.

Prices that the package leaves open are assumed here and reported with the plan: lateness without a penalty costs
more than the setups it could save (`_Prices`), stock below safety half of that. Forecast consumption, calendars
and places are the requirements planner's (`planning.mrp`); what is solved is `optimize`'s.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from planning.lot_sizing.problem import (
    NEVER,
    ByProduct,
    Component,
    DemandClass,
    FloatArray,
    IntArray,
    LotSizingProblem,
    ResourceUse,
    Source,
)
from planning.lot_sizing.resources import Capacities, Operation, minutes_of, read_capacities
from planning.lot_sizing.unobserved import unobserved
from planning.mrp.calendars import working_day_tables
from planning.mrp.model import BUY, MAKE, TRANSFER
from planning.mrp.network import Places, default_kinds, find_places, resolved_sources
from planning.mrp.network import safety_profiles as safety_steps
from planning.mrp.supply_demand import build_demands
from planning.package import Package
from schemas.planning import QUANTITY_SCALE

WAYS_LIMIT = 8
PHANTOM = "phantom"
KINDS = {MAKE: "make", BUY: "buy", TRANSFER: "transfer"}
Row = dict[str, object]


@dataclass(frozen=True)
class SourceOrigin:
    """What an order of a source is called in the tables: kind, supplier, and the days from release to due."""

    kind: str
    supplier: str | None
    release_day: IntArray
    route: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class DemandOrigin:
    """One row of `demand` behind a class: its row, due day (offset), bucket and net quantity in units."""

    row: int
    due_day: int
    bucket: int
    quantity: float


@dataclass(frozen=True)
class PackagedProblem:
    """The problem and how to read its answer back: places, bucket starts, origins of sources and classes."""

    problem: LotSizingProblem
    places: Places
    bucket_starts: tuple[int, ...]
    decimals: IntArray
    sources: tuple[SourceOrigin, ...]
    demand: tuple[tuple[DemandOrigin, ...], ...]
    assumed: dict[str, float]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class _Context:
    """What every step needs of the package."""

    package: Package
    places: Places
    bucket_starts: tuple[int, ...]
    bucket_of: IntArray
    items: list[dict[str, object]]
    capacities: Capacities
    working: tuple[np.ndarray, np.ndarray] | None

    @property
    def bucket_count(self) -> int:
        return len(self.bucket_starts)

    def item_of(self, node: int) -> dict:
        return self.items[int(self.places.item[node])]


def problem_from_package(package: Package) -> PackagedProblem:
    """Write a package as a problem.

    Args:
        package: a package as read by `planning.package`.

    Returns:
        The problem with the way back to the package's rows.
    """
    resolved = resolved_sources(package)
    places = find_places(package, resolved)
    starts = tuple(package.parameters.bucket_starts())
    horizon = package.parameters.horizon_days
    bucket_of = np.searchsorted(np.array(starts), np.arange(horizon), side="right") - 1
    context = _Context(
        package=package,
        places=places,
        bucket_starts=starts,
        bucket_of=bucket_of,
        items=package.table("items").to_dicts(),
        capacities=read_capacities(package, starts),
        working=_working_days(package, places, horizon),
    )
    sources = list(_all_sources(context, resolved))
    holding = _holding_costs(context, [source for source, _ in sources])
    prices = _Prices(context, [source for source, _ in sources], holding)
    initial, receipts, expiring, oversold = _supply(context)
    classes, demand, notices = _demand_classes(context, prices, oversold)
    safety = _safety_stock(context)
    problem = LotSizingProblem(
        items=tuple(_label(context, node) for node in range(len(places.item))),
        bucket_count=len(starts),
        initial_stock=initial,
        scheduled_receipts=receipts,
        safety_stock=safety,
        safety_penalty=np.array([0.5 * prices.late(node, 1) for node in range(len(places.item))]),
        holding_cost=holding,
        expiring=expiring,
        demand_classes=tuple(classes),
        sources=tuple(source for source, _ in sources),
        resources=context.capacities.names,
        capacity=context.capacities.minutes.copy(),
        overtime_cost=context.capacities.overtime_cost.copy(),
        overtime_limit=context.capacities.overtime_limit.copy(),
    )
    return PackagedProblem(
        problem=problem,
        places=places,
        bucket_starts=starts,
        decimals=np.array([int(str(context.item_of(node)["decimals"])) for node in range(len(places.item))]),
        sources=tuple(origin for _, origin in sources),
        demand=tuple(demand),
        assumed=prices.assumed,
        notices=(*notices, *unobserved(package)),
    )


def _units(value: object) -> float:
    """Millionths as units; None as 0."""
    return 0.0 if value is None else float(str(value)) / QUANTITY_SCALE


def _label(context: _Context, node: int) -> str:
    name = str(context.item_of(node)["item"])
    location = context.places.locations[int(context.places.location[node])]
    return name if location == "MAIN" else f"{name} at {location}"


def _name(context: _Context, node: int) -> str:
    """Item and location as ids join them."""
    return f"{context.item_of(node)['item']}|{context.places.locations[int(context.places.location[node])]}"


def _working_days(package: Package, places: Places, horizon: int) -> tuple[np.ndarray, np.ndarray] | None:
    if not package.parameters.working_days_only:
        return None
    calendar_of = dict(package.table("locations").select("location", "calendar").iter_rows())
    return working_day_tables(
        package.table("calendars"),
        [calendar_of.get(location) for location in places.locations],
        package.parameters.plan_start,
        horizon,
    )


def _release_days(context: _Context, node: int, lead_days: int) -> IntArray:
    """Release day of an order due on each bucket's first day; NEVER where it lies before the plan's start."""
    due = np.array(context.bucket_starts, dtype=np.int64)
    if context.working is None:
        released = due - lead_days
        return np.where(released < 0, NEVER, released)
    before, days = (table[int(context.places.location[node])] for table in context.working)
    place = before[due].astype(np.int64) - lead_days
    found = np.where(place < 0, NEVER, days[np.maximum(place, 0)])
    return np.where(lead_days == 0, due, np.minimum(found, due))


def _all_sources(context: _Context, resolved: pl.DataFrame) -> Iterator[tuple[Source, SourceOrigin]]:
    by_node: dict[int, list[dict]] = {}
    for node, row in zip(context.places.of(resolved), resolved.to_dicts(), strict=True):
        by_node.setdefault(int(node), []).append(row)
    kinds = default_kinds(context.package)
    recipes = _Recipes(context)
    tiers = _price_tiers(context)
    for node in range(len(context.places.item)):
        item = context.item_of(node)
        if item["phantom"]:
            yield from _make(context, node, {}, recipes, phantom=True)
            continue
        for row in by_node.get(node) or [{"kind": int(kinds[int(context.places.item[node])])}]:
            if row["kind"] == MAKE:
                yield from _make(context, node, row, recipes, phantom=False)
            elif row["kind"] == BUY:
                yield from _buy(context, node, row, tiers)
            else:
                yield from _transfer(context, node, row)


def _terms(context: _Context, node: int, row: dict, kind: str) -> tuple[Source, SourceOrigin]:
    """A source with the terms of its row, the item's where the row has none."""
    item = context.item_of(node)

    def term(name: str) -> float:
        return _units(row.get(name) if row.get(name) is not None else item[name])

    lead = int(np.ceil(term("lead_time_days") + _units(item["safety_days"]) - 1e-9)) if kind != PHANTOM else 0
    released = _release_days(context, node, lead)
    plan_start = context.package.parameters.plan_start
    if row.get("effective_from") is not None:
        released = np.where(released < row["effective_from"] - plan_start, NEVER, released)
    if row.get("effective_to") is not None:
        released = np.where(released >= row["effective_to"] - plan_start, NEVER, released)
    smallest = 10.0 ** -int(str(item["decimals"]))
    order_cost = _units(row["order_cost"] if row.get("order_cost") is not None else item["setup_cost"])
    setup, unit = np.full(context.bucket_count, order_cost), np.full(context.bucket_count, term("unit_cost"))
    limit = row.get("capacity_per_bucket")
    _apply_bucket_costs(context, str(item["item"]), setup, unit)
    plain = kind == PHANTOM
    source = Source(
        item=node,
        name=f"{_label(context, node)} by {kind}" + (f" from {row['supplier']}" if row.get("supplier") else ""),
        kind=kind,
        release_bucket=np.where(released == NEVER, NEVER, context.bucket_of[np.maximum(released, 0)]),
        setup_cost=np.zeros(context.bucket_count) if plain else setup,
        unit_cost=unit if kind == "buy" else np.zeros(context.bucket_count),
        yield_share=1.0 if plain else _units(item["yield"]),
        minimum=0.0 if plain else _round_up(term("min_lot"), smallest),
        multiple=0.0 if plain else _round_up(_multiple(item, term("lot_multiple")), smallest),
        maximum=0.0 if plain else term("max_lot"),
        capacity=None if limit is None else np.full(context.bucket_count, _units(limit)),
    )
    return _with_lawful_maximum(source), SourceOrigin(kind, row.get("supplier"), released)


def _multiple(item: dict, stated: float) -> float:
    """What quantities are multiples of: lot_size under fixed_quantity where it fits the stated multiple."""
    lot = _units(item["lot_size"]) if item["lot_policy"] == "fixed_quantity" else 0.0
    fits = stated <= 0.0 or (lot / stated).is_integer()
    return lot if lot > 0.0 and fits else stated


def _round_up(quantity: float, smallest: float) -> float:
    return float(np.ceil(quantity / smallest - 1e-9) * smallest)


def _with_lawful_maximum(source: Source) -> Source:
    """A minimum is raised to the multiple, a maximum floored to it, and never below what the other rules force."""
    if source.multiple > 0:
        source = replace(source, minimum=_round_up(source.minimum, source.multiple))
    if source.maximum <= 0:
        return source
    maximum = source.maximum
    if source.multiple > 0:
        maximum = np.floor(maximum / source.multiple + 1e-9) * source.multiple
    return replace(source, maximum=float(max(maximum, source.minimum, source.multiple)))


def _apply_bucket_costs(context: _Context, item: str, setup: FloatArray, unit: FloatArray) -> None:
    rows = context.package.table("bucket_costs")
    if rows.height == 0:
        return
    for row in rows.filter(pl.col("item") == item).to_dicts():
        day = row["bucket"] - context.package.parameters.plan_start
        if not 0 <= day < len(context.bucket_of):
            continue
        bucket = context.bucket_of[day]
        if row["setup_cost"] is not None:
            setup[bucket] = _units(row["setup_cost"])
        if row["unit_cost"] is not None:
            unit[bucket] = _units(row["unit_cost"])


class _Recipes:
    """Bills of material and routings by item, ready to be combined into ways to make it."""

    def __init__(self, context: _Context) -> None:
        self.context = context
        self.lines: dict[int, list[dict]] = {}
        for row in context.package.table("bom").sort("row").to_dicts():
            self.lines.setdefault(row["parent_index"], []).append(row)
        self.places = {
            (int(item), int(location)): node
            for node, (item, location) in enumerate(zip(context.places.item, context.places.location, strict=True))
        }

    def materials(self, node: int, released: IntArray) -> list[tuple[tuple[Component, ...], tuple[ByProduct, ...]]]:
        """Components and by-products of every combination of alternates, the preferred one first."""
        location = int(self.context.places.location[node])
        always: list[dict] = []
        groups: dict[str, list[dict]] = {}
        for row in self.lines.get(int(self.context.places.item[node]), []):
            if row["alternate_group"] is not None and row["kind"] == "component":
                groups.setdefault(row["alternate_group"], []).append(row)
            else:
                always.append(row)
        choices = [sorted(rows, key=lambda row: (row["priority"], row["component"])) for rows in groups.values()]
        found = []
        for chosen in itertools.islice(itertools.product(*choices), WAYS_LIMIT):
            rows = [*always, *chosen]
            components = tuple(self._component(row, location, released) for row in rows if row["kind"] == "component")
            others = tuple(self._by_product(row, location, released) for row in rows if row["kind"] != "component")
            found.append((components, others))
        return found

    def _effective(self, row: dict, released: IntArray) -> np.ndarray:
        start = self.context.package.parameters.plan_start
        effective = np.ones(len(released), dtype=bool)
        if row["effective_from"] is not None:
            effective &= released >= row["effective_from"] - start
        if row["effective_to"] is not None:
            effective &= released < row["effective_to"] - start
        return effective

    def _component(self, row: dict, location: int, released: IntArray) -> Component:
        scrap, rate = _units(row["scrap"]), _units(row["quantity_per"])
        divides = self.context.package.parameters.scrap_basis == "divide"
        rate = rate / (1.0 - scrap) if divides else rate * (1.0 + scrap)
        node = self.places[row["component_index"], location]
        return Component(node, rate * self._effective(row, released), _units(row["fixed_quantity"]))

    def _by_product(self, row: dict, location: int, released: IntArray) -> ByProduct:
        rate = _units(row["quantity_per"]) * (1.0 - _units(row["scrap"]))
        return ByProduct(self.places[row["component_index"], location], rate * self._effective(row, released))


def _make(
    context: _Context, node: int, row: dict, recipes: _Recipes, *, phantom: bool
) -> Iterator[tuple[Source, SourceOrigin]]:
    source, origin = _terms(context, node, row, PHANTOM if phantom else "make")
    item = str(context.item_of(node)["item"])
    materials = recipes.materials(node, origin.release_day)
    routes = [()] if phantom else context.capacities.routes(item, WAYS_LIMIT)
    for (components, by_products), route in itertools.islice(itertools.product(materials, routes), WAYS_LIMIT):
        uses = tuple(ResourceUse(resource, setup, run) for resource, setup, run in minutes_of(route))
        way = replace(source, components=components, by_products=by_products, uses=uses)
        yield way, replace(origin, route=route)


def _price_tiers(context: _Context) -> dict[tuple[str, str | None], list[tuple[float, float]]]:
    tiers: dict[tuple[str, str | None], list[tuple[float, float]]] = {}
    for row in context.package.table("price_breaks").sort("from_quantity").to_dicts():
        key = (row["item"], row["supplier"])
        tiers.setdefault(key, []).append((_units(row["from_quantity"]), _units(row["unit_price"])))
    return tiers


def _buy(
    context: _Context, node: int, row: dict, tiers: dict[tuple[str, str | None], list[tuple[float, float]]]
) -> Iterator[tuple[Source, SourceOrigin]]:
    source, origin = _terms(context, node, row, "buy")
    item = context.item_of(node)
    breaks = tiers.get((str(item["item"]), row.get("supplier"))) or tiers.get((str(item["item"]), None))
    if not breaks:
        yield source, origin
        return
    if breaks[0][0] > 0:
        breaks = [(0.0, float(source.unit_cost[0])), *breaks]
    smallest = 10.0 ** -int(str(item["decimals"]))
    for place, (start, price) in enumerate(breaks):
        minimum = max(source.minimum, _round_up(start * source.yield_share, smallest))
        maximum = source.maximum
        if place + 1 < len(breaks):
            below = breaks[place + 1][0] * source.yield_share - smallest
            maximum = min(maximum, below) if maximum > 0 else below
        if 0 < maximum < minimum:
            continue
        tier = replace(source, minimum=minimum, maximum=maximum, unit_cost=np.full(context.bucket_count, price))
        yield _with_lawful_maximum(tier), origin


def _transfer(context: _Context, node: int, row: dict) -> Iterator[tuple[Source, SourceOrigin]]:
    source, origin = _terms(context, node, row, "transfer")
    if row["from_location"] not in context.places.locations:
        return
    code = context.places.locations.index(row["from_location"])
    drawn = context.places.find(np.array([context.places.item[node]]), np.array([code]))
    if drawn[0] >= 0:
        whole = Component(int(drawn[0]), np.ones(context.bucket_count))
        yield replace(source, components=(whole,), yield_share=1.0), origin


def _holding_costs(context: _Context, sources: list[Source]) -> FloatArray:
    """Money per unit and bucket; a phantom's is at least its components', so that none is built ahead."""
    parameters = context.package.parameters
    cost = np.zeros((len(context.places.item), context.bucket_count))
    rows = context.package.table("bucket_costs").to_dicts()
    for node in range(len(cost)):
        item = context.item_of(node)
        rate = _units(item["unit_cost"]) * _units(item["holding_rate"]) / parameters.buckets_per_year
        cost[node] = _units(item["holding_cost"]) if item["holding_cost"] is not None else rate
        for row in rows:
            day = row["bucket"] - parameters.plan_start
            if row["item"] == item["item"] and row["holding_cost"] is not None and 0 <= day < len(context.bucket_of):
                cost[node, context.bucket_of[day]] = _units(row["holding_cost"])
    for source in reversed(sources):
        if source.kind == PHANTOM:
            inside = sum((cost[c.item] * c.quantity_per for c in source.components), np.zeros(context.bucket_count))
            cost[source.item] = np.maximum(cost[source.item], inside)
    return cost


class _Prices:
    """What lateness costs where the package does not say.

    A unit late by a bucket costs ten buckets of its holding and twice its share of one setup of everything in
    its tree, so that lateness never pays for itself; less urgent priorities divide it. What is
    never served costs that for the whole horizon and twice the unit's own purchases besides.
    """

    def __init__(self, context: _Context, sources: list[Source], holding: FloatArray) -> None:
        count = len(context.places.item)
        self.context = context
        self.holding = holding.max(axis=1, initial=0.0)
        self.setup = np.zeros(count)
        self.unit = np.zeros(count)
        self.assumed: dict[str, float] = {}
        first: dict[int, Source] = {}
        for source in sources:
            first.setdefault(source.item, source)
        self.mean = np.ones(count)
        demand = context.package.table("demand")
        nodes = context.places.of(demand)
        for node in np.unique(nodes[nodes >= 0]):
            self.mean[node] = max(demand["quantity"].to_numpy()[nodes == node].mean() / QUANTITY_SCALE, 1e-3)
        done: set[int] = set()
        for node in range(count):
            self._value(node, first, done)

    def _value(self, node: int, first: dict[int, Source], done: set[int]) -> None:
        """Setups and purchases in the tree of a node, by its preferred source."""
        stack = [node]
        while stack:
            top = stack[-1]
            source = first.get(top)
            parts = [component.item for component in source.components] if source else []
            missing = [part for part in parts if part not in done and part not in stack]
            if top not in done and missing:
                stack.extend(missing)
                continue
            stack.pop()
            if top in done:
                continue
            done.add(top)
            if source is not None:
                self.setup[top] = source.setup_cost.max() + sum(self.setup[part] for part in parts)
                self.unit[top] = source.unit_cost.max() / source.yield_share
                for component in source.components:
                    self.unit[top] += component.quantity_per.max() / source.yield_share * self.unit[component.item]

    def late(self, node: int, priority: int) -> float:
        """Assumed money per unit and bucket late."""
        price = 10.0 * self.holding[node] + 2.0 * self.setup[node] / self.mean[node] + 0.01 * self.unit[node]
        return round(max(price, 1.0) / max(1, min(priority, 9)), 6)

    def unserved(self, node: int, penalty: float) -> float:
        """Money per unit that is never delivered."""
        whole = penalty * self.context.bucket_count + 2.0 * self.unit[node]
        return round(whole + 2.0 * self.setup[node] / self.mean[node], 6)


def _supply(context: _Context) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Opening stock, receipts and expiring stock by node; and what was promised beyond stock."""
    count, bucket_count = len(context.places.item), context.bucket_count
    initial, oversold = np.zeros(count), np.zeros(count)
    receipts, expiring = np.zeros((count, bucket_count)), np.zeros((count, bucket_count))
    plan_start, horizon = context.package.parameters.plan_start, len(context.bucket_of)
    stock = context.package.table("stock")
    for node, row in zip(context.places.of(stock), stock.to_dicts(), strict=True):
        gone = horizon if row["expires_on"] is None else row["expires_on"] - plan_start
        if row["status"] != "available" or gone <= 0:
            continue
        free = _units(row["quantity"] - row["allocated"])
        initial[node] += free
        if gone < horizon and free > 0:
            expiring[node, context.bucket_of[gone]] += free
    table = context.package.table("receipts")
    for node, row in zip(context.places.of(table), table.to_dicts(), strict=True):
        day = max(row["due_on"] - plan_start, 0)
        if day < horizon:
            receipts[node, context.bucket_of[day]] += _units(row["quantity"])
    oversold = np.maximum(-initial, 0.0)
    return np.maximum(initial, 0.0), receipts, expiring, oversold


def _safety_stock(context: _Context) -> FloatArray:
    steps, nodes = safety_steps(context.package, context.places)
    level = np.zeros((len(context.places.item), context.bucket_count))
    for node, day, quantity in zip(nodes, steps["day"], steps["quantity"], strict=True):
        if not context.item_of(int(node))["phantom"]:
            level[node, np.array(context.bucket_starts) >= day] = quantity / QUANTITY_SCALE
    return level


def _demand_classes(
    context: _Context, prices: _Prices, oversold: FloatArray
) -> tuple[list[DemandClass], list[tuple[DemandOrigin, ...]], list[str]]:
    """Demand by item, price and patience; forecasts after consumption."""
    package = context.package
    _, _, net, notices = build_demands(package, context.places, len(context.bucket_of))
    table = package.table("demand")
    groups: dict[tuple[int, float, int | None], list[DemandOrigin]] = {}
    for place, (node, row) in enumerate(zip(context.places.of(table), table.to_dicts(), strict=True)):
        if net[place] <= 0:
            continue
        due = max(row["due_on"] - package.parameters.plan_start, 0)
        bucket, patience = int(context.bucket_of[due]), None
        if row["max_late_days"] is not None and due + row["max_late_days"] < len(context.bucket_of):
            patience = int(context.bucket_of[due + row["max_late_days"]]) - bucket
        elif row["max_late_days"] == 0:
            patience = 0
        penalty = _units(row["penalty"]) if row["penalty"] is not None else prices.late(int(node), row["priority"])
        if row["penalty"] is None:
            prices.assumed[row["demand"]] = penalty
        origin = DemandOrigin(place, due, bucket, _units(net[place]))
        groups.setdefault((int(node), penalty, patience), []).append(origin)
    for node in np.flatnonzero(oversold > 0):
        origin = DemandOrigin(-1, 0, 0, float(oversold[node]))
        penalty = prices.late(int(node), 1)
        prices.assumed[f"oversold|{_name(context, int(node))}"] = penalty
        groups.setdefault((int(node), penalty, None), []).append(origin)
    classes, origins = [], []
    for (node, penalty, patience), members in sorted(groups.items(), key=lambda pair: str(pair[0])):
        quantity = np.zeros(context.bucket_count)
        for origin in members:
            quantity[origin.bucket] += origin.quantity
        unserved = prices.unserved(node, penalty)
        classes.append(DemandClass(node, _label(context, node), quantity, penalty, patience, unserved))
        origins.append(tuple(sorted(members, key=lambda each: (each.due_day, each.row))))
    return classes, origins, notices
