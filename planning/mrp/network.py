"""From a package to the arrays of netting: which nodes there are, and each node's own numbers.

A node is an item at a location. Nodes are what demand, stock, receipts, sources and safety levels name, plus the
components that are made from them at the same location. Lines (who requires whom) are in lines.py, demand and supply in
supply_demand.py; levels.py orders them.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.mrp.model import BUCKET_COST, BUY, FAR_DAY, LEVEL, MAKE, NO_LIMIT, NODE, OPTION, TRANSFER
from planning.package import Package
from schemas.planning import LOT_POLICIES, QUANTITY_SCALE

KIND_CODES = {"make": MAKE, "buy": BUY, "transfer": TRANSFER}
MAIN = "MAIN"


@dataclass(frozen=True)
class Places:
    """The nodes: item and location of each, and how to find one.

    Attributes:
        item, location: int32[N], sorted by item then location.
        locations: location names, sorted.
        keys: int64[N], item * len(locations) + location, ascending.
    """

    item: np.ndarray
    location: np.ndarray
    locations: list[str]
    keys: np.ndarray

    def find(self, item_index: np.ndarray, location: np.ndarray) -> np.ndarray:
        """Node of each (item, location); -1 where there is none."""
        wanted = item_index.astype(np.int64) * len(self.locations) + location
        found = np.searchsorted(self.keys, wanted)
        found[found == self.keys.size] = 0
        return np.where(self.keys[found] == wanted, found, -1).astype(np.int32)

    def of(self, frame: pl.DataFrame, item: str = "item_index", location: str = "location") -> np.ndarray:
        """Node of each row of a table with an item index and a location name."""
        return self.find(frame[item].to_numpy(), location_codes(frame[location], self.locations))


def records(dtype: np.dtype, **columns: np.ndarray) -> np.ndarray:
    """Rows of a record type from columns of one length; columns not given are 0."""
    rows = np.zeros(next(iter(columns.values())).size, dtype=dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows


def location_codes(names: pl.Series, locations: list[str]) -> np.ndarray:
    """Place of each name in the sorted list of locations, int32; -1 for null."""
    if len(locations) == 1 and names.null_count() == 0:
        return np.zeros(len(names), dtype=np.int32)
    lookup = {name: place for place, name in enumerate(locations)}
    return names.replace_strict(lookup, default=-1, return_dtype=pl.Int32).fill_null(-1).to_numpy()


def default_kinds(package: Package) -> np.ndarray:
    """How each item is got where no source says so: int8[items], make where a bill of material stands, else buy."""
    items, bom = package.table("items"), package.table("bom")
    kinds = np.full(items.height, BUY, dtype=np.int8)
    kinds[bom["parent_index"].to_numpy()] = MAKE
    said = items["source"].replace_strict(KIND_CODES, default=-1, return_dtype=pl.Int8).fill_null(-1).to_numpy()
    return np.where(said >= 0, said, kinds).astype(np.int8)


def resolved_sources(package: Package) -> pl.DataFrame:
    """The table `sources` with `kind` (order kind code), best first within item and location."""
    sources = package.table("sources")
    default = default_kinds(package)[sources["item_index"].to_numpy()]
    kind = (
        pl.when(pl.col("method").is_not_null())
        .then(pl.col("method").replace_strict(KIND_CODES, default=None, return_dtype=pl.Int8))
        .when(pl.col("from_location").is_not_null())
        .then(pl.lit(TRANSFER, dtype=pl.Int8))
        .when(pl.col("supplier").is_not_null())
        .then(pl.lit(BUY, dtype=pl.Int8))
        .otherwise(pl.Series(default, dtype=pl.Int8))
    )
    by = ["item_index", "location", "priority", "kind", "supplier", "from_location", "effective_from", "unit_cost"]
    return sources.with_columns(kind.alias("kind")).sort(by, maintain_order=True)


def find_places(package: Package, sources: pl.DataFrame) -> Places:
    """Number the nodes of a package."""
    named = [
        package.table(name).select("item_index", "location")
        for name in ("demand", "stock", "receipts", "safety_levels")
    ]
    named.append(sources.select("item_index", "location"))
    transfers = sources.filter((pl.col("kind") == TRANSFER) & pl.col("from_location").is_not_null())
    named.append(transfers.select("item_index", pl.col("from_location").alias("location")))
    pairs = pl.concat(named)
    locations = sorted({MAIN, *pairs["location"].unique().to_list()})
    item_count = package.items.len()
    if len(locations) == 1:
        everything = np.arange(item_count, dtype=np.int32)
        return Places(everything, np.zeros(item_count, dtype=np.int32), locations, everything.astype(np.int64))
    codes = location_codes(pairs["location"], locations)
    keys = np.unique(pairs["item_index"].to_numpy().astype(np.int64) * len(locations) + codes)
    keys = _with_components(package, sources, keys, locations)
    homeless = np.setdiff1d(np.arange(item_count), keys // len(locations))
    keys = np.union1d(keys, homeless * len(locations) + locations.index(MAIN))
    item, location = (keys // len(locations)).astype(np.int32), (keys % len(locations)).astype(np.int32)
    return Places(item, location, locations, keys)


def _with_components(package: Package, sources: pl.DataFrame, keys: np.ndarray, locations: list[str]) -> np.ndarray:
    """Add the components of everything that is made, at the location where it is made, to the last level."""
    count = len(locations)
    source_keys = sources["item_index"].to_numpy().astype(np.int64) * count
    source_keys = source_keys + location_codes(sources["location"], locations)
    made_there = np.unique(source_keys[sources["kind"].to_numpy() == MAKE])
    made_by_default = default_kinds(package) == MAKE
    made_by_default |= package.table("items")["phantom"].to_numpy()
    bom = package.table("bom").select("parent_index", "component_index").unique()
    frontier = keys
    while frontier.size:
        sourced = np.isin(frontier, source_keys)
        makes = np.where(sourced, np.isin(frontier, made_there), made_by_default[frontier // count])
        parents = pl.DataFrame({"parent_index": frontier[makes] // count, "location": frontier[makes] % count})
        parents = parents.with_columns(pl.col("parent_index").cast(pl.Int32))
        reached = parents.join(bom, on="parent_index").select("component_index", "location").unique()
        grown = reached["component_index"].to_numpy().astype(np.int64) * count + reached["location"].to_numpy()
        frontier = np.setdiff1d(grown, keys)
        keys = np.union1d(keys, frontier)
    return keys


def _optional(values: pl.Series, absent: int) -> np.ndarray:
    return values.fill_null(absent).to_numpy()


def build_options(
    package: Package, places: Places, sources: pl.DataFrame, *, every: bool = False
) -> tuple[np.ndarray, pl.DataFrame]:
    """Ways to get every node's item.

    Args:
        every: keep all sources of a node, not only those that `mrp` may use.

    Returns:
        OPTION records, and a frame with their `supplier`, `from_node`, `unit_cost`, `order_cost`, row for row.
        A node whose sources have no share, capacity or dates keeps the best only, as `mrp` uses no other.
    """
    plan_start = package.parameters.plan_start
    items = package.table("items")
    rows = sources.with_columns(pl.Series("node", places.of(sources), dtype=pl.Int32))
    special = ["share", "capacity_per_bucket", "effective_from", "effective_to"]
    rows = rows.with_columns(
        pl.any_horizontal(pl.col(name).is_not_null() for name in special).any().over("node").alias("special"),
        pl.any_horizontal(pl.col(name).is_not_null() for name in special[2:]).all().over("node").alias("dated"),
        pl.int_range(pl.len()).over("node").alias("order"),
    )
    rows = rows if every else rows.filter(pl.col("special") | (pl.col("order") == 0))
    bare = np.setdiff1d(np.arange(places.item.size), rows["node"].to_numpy())
    needs_fallback = rows.filter("dated")["node"].unique().to_numpy()
    kinds = default_kinds(package)
    defaults = pl.DataFrame({"node": np.concatenate([bare, needs_fallback]).astype(np.int32)}).with_columns(
        pl.Series("fallback", np.repeat([False, True], [bare.size, needs_fallback.size])),
        pl.col("node")
        .map_batches(lambda n: pl.Series(kinds[places.item[n.to_numpy()]]), return_dtype=pl.Int8)
        .alias("kind"),
    )
    rows = rows.with_columns(fallback=pl.lit(value=False))
    rows = pl.concat([rows, defaults], how="diagonal").sort("node", "fallback", "order", maintain_order=True)
    item_rows = items[places.item[rows["node"].to_numpy()]]
    pick = {
        name: pl.select(pl.coalesce(rows[name], item_rows[name])).to_series()
        for name in ("lead_time_days", "min_lot", "lot_multiple", "max_lot", "unit_cost")
    }
    lead = pick["lead_time_days"] + item_rows["safety_days"]
    unit = 10 ** (6 - item_rows["decimals"].to_numpy().astype(np.int64))
    options = records(
        OPTION,
        node=rows["node"].to_numpy(),
        kind=rows["kind"].to_numpy(),
        lead_days=(-(-lead.to_numpy() // QUANTITY_SCALE)).astype(np.int32),
        min_lot=_up(_optional(pick["min_lot"], 0), unit),
        lot_multiple=_up(_optional(pick["lot_multiple"], 0), unit),
        max_lot=_optional(pick["max_lot"], 0) // unit * unit,
        share=_optional(rows["share"], 0),
        capacity=_optional(rows["capacity_per_bucket"], NO_LIMIT),
        from_day=_days(rows["effective_from"], plan_start, -FAR_DAY),
        to_day=_days(rows["effective_to"], plan_start, FAR_DAY),
        fallback=rows["fallback"].to_numpy(),
    )
    froms = np.full(rows.height, -1, dtype=np.int32)
    moves = np.nonzero(options["kind"] == TRANSFER)[0]
    if moves.size:
        codes = location_codes(rows["from_location"], places.locations)[moves]
        froms[moves] = places.find(places.item[rows["node"].to_numpy()[moves]], codes)
    facts = rows.select("supplier", "order_cost").with_columns(
        pick["unit_cost"].alias("unit_cost"), pl.Series("from_node", froms, dtype=pl.Int32)
    )
    return options, facts


def _up(values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return (values + unit - 1) // unit * unit


def _days(values: pl.Series, plan_start: int, absent: int) -> np.ndarray:
    offset = values.cast(pl.Int64) - plan_start
    return offset.fill_null(absent).clip(-FAR_DAY, FAR_DAY).cast(pl.Int32).to_numpy()


def safety_profiles(package: Package, places: Places) -> tuple[np.ndarray, np.ndarray]:
    """Safety stock over time: LEVEL records by node, days ascending, and the node of each.

    `items.safety_stock` holds at every location of the item that has demand or stock; at MAIN, else at its only
    locations, where there is none of these. `safety_levels` replaces it from its date.
    """
    items, levels = package.table("items"), package.table("safety_levels")
    used = np.zeros(places.item.size, dtype=bool)
    for name in ("demand", "stock"):
        used[places.of(package.table(name))] = True
    has_used = np.zeros(items.height, dtype=bool)
    has_used[places.item[used]] = True
    at_main = places.location == places.locations.index(MAIN)
    has_main = np.zeros(items.height, dtype=bool)
    has_main[places.item[at_main]] = True
    applies = np.where(has_used[places.item], used, np.where(has_main[places.item], at_main, True))
    base = items["safety_stock"].to_numpy()[places.item]
    based = np.nonzero(applies & (base > 0))[0]
    node = np.concatenate([based, places.of(levels)])
    day = np.concatenate([np.full(based.size, -FAR_DAY), _days(levels["from_date"], package.parameters.plan_start, 0)])
    quantity = np.concatenate([base[based], levels["safety_stock"].to_numpy()])
    order = np.lexsort((day, node))
    return records(LEVEL, day=day[order], quantity=quantity[order]), node[order]


def bucket_costs(package: Package, places: Places, bucket_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """BUCKET_COST records by node, and the node of each."""
    rows = package.table("bucket_costs")
    day = _days(rows["bucket"], package.parameters.plan_start, 0)
    rows = rows.filter(pl.Series((day >= 0) & (day < bucket_of.size), dtype=pl.Boolean))
    day = day[(day >= 0) & (day < bucket_of.size)]
    by_item = pl.DataFrame({"item_index": places.item, "node": np.arange(places.item.size, dtype=np.int32)})
    joined = rows.with_columns(pl.Series("at", bucket_of[day], dtype=pl.Int32)).join(by_item, on="item_index")
    joined = joined.sort("node", "bucket")
    setup, holding, unit = (
        (joined[name].cast(pl.Float64) / QUANTITY_SCALE).fill_null(float("nan")).to_numpy()
        for name in ("setup_cost", "holding_cost", "unit_cost")
    )
    costs = records(BUCKET_COST, bucket=joined["at"].to_numpy(), setup=setup, holding=holding, unit=unit)
    return costs, joined["node"].to_numpy()


def assign_rows(nodes: np.ndarray, name: str, node: np.ndarray) -> None:
    """Say which rows of another table belong to each node: `<name>_first` and `<name>_last`.

    Args:
        node: the node of each row of that table, ascending.
    """
    bounds = np.searchsorted(node, np.arange(nodes.size + 1))
    nodes[f"{name}_first"], nodes[f"{name}_last"] = bounds[:-1], bounds[1:]


def build_nodes(package: Package, places: Places, options: np.ndarray, facts: pl.DataFrame) -> np.ndarray:
    """Every node's own numbers as NODE records; what a source overrides was resolved into the options and facts.

    Levels and the rows of other tables but options are assigned by problem.py.
    """
    items = package.table("items")[places.item]
    best = facts[np.searchsorted(options["node"], np.arange(places.item.size))]
    unit = 10 ** (6 - items["decimals"].to_numpy().astype(np.int64))
    unit_cost = best["unit_cost"].fill_null(0).to_numpy() / QUANTITY_SCALE
    rate = items["holding_rate"].fill_null(0).to_numpy() / QUANTITY_SCALE
    holding = items["holding_cost"].to_numpy() / QUANTITY_SCALE
    holding = np.where(np.isnan(holding), unit_cost * rate / package.parameters.buckets_per_year, holding)
    setup = pl.select(pl.coalesce(best["order_cost"], items["setup_cost"], pl.lit(0))).to_series().to_numpy()
    codes = {name: code for code, name in enumerate(LOT_POLICIES)}
    shelf = items["shelf_life_days"].to_numpy() / QUANTITY_SCALE
    shelf_days = np.where(np.isnan(shelf), FAR_DAY, np.floor(np.nan_to_num(shelf))).astype(np.int32)
    nodes = records(
        NODE,
        location=places.location,
        policy=items["lot_policy"].replace_strict(codes, return_dtype=pl.Int8).to_numpy(),
        unit=unit,
        lot_size=_up(_optional(items["lot_size"], 0), unit),
        lot_periods=_optional(items["lot_periods"], 1),
        max_stock=_optional(items["max_stock"], NO_LIMIT),
        reorder_point=_optional(items["reorder_point"], NO_LIMIT),
        yields=items["yield"].to_numpy(),
        phantom=items["phantom"].to_numpy(),
        shelf_life=shelf_days,
        planning_fence=_optional(items["planning_fence_days"], 0),
        setup_cost=setup / QUANTITY_SCALE,
        holding_cost=holding,
        unit_cost=unit_cost,
    )
    assign_rows(nodes, "option", options["node"])
    return nodes
