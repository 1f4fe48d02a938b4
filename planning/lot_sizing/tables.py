"""An exact plan becomes the contract's tables: orders, records, pegging, promises, alerts.

Orders are due on their bucket's first day and released their lead time earlier by day. On-hand in the records is
stock less what customers are owed. Pegging gives supply to requirements by need date, then priority, then id. What
the bucket model cannot see, a receipt that comes later in the bucket than its use, is found by replaying the plan
by day and shown as a shortage alert. Which plan it is was decided in `optimize`; the summary is put together in
`method`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from planning.lot_sizing.exact import ExactPlan
from planning.lot_sizing.from_package import PHANTOM, DemandOrigin, PackagedProblem
from planning.lot_sizing.problem import NEVER, IntArray
from planning.mrp.available_to_promise import NO_ATP, available_to_promise
from planning.package import Package
from schemas.planning import DAY_ZERO, OUTPUT_TABLES, QUANTITY_SCALE, Kind

FULL_MINUTES = 0.999
WIRE_TYPES = {
    Kind.TEXT: pl.String,
    Kind.QUANTITY: pl.Decimal(18, 6),
    Kind.COUNT: pl.Int32,
    Kind.INTEGER: pl.Int32,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
    Kind.INSTANT: pl.Datetime("us"),
}


@dataclass(frozen=True)
class Delivery:
    """One piece of one demand: its origin, class, millionths, and the bucket that serves it (None: never)."""

    origin: DemandOrigin
    index: int
    quantity: int
    bucket: int | None


@dataclass(frozen=True)
class Labels:
    """Names for the tables: item and location by node, date of a day offset, id of every order."""

    package: Package
    packaged: PackagedProblem
    order_ids: tuple[str, ...]

    def item(self, node: int) -> str:
        """Item of a node."""
        return str(self.package.items[int(self.packaged.places.item[node])])

    def location(self, node: int) -> str:
        """Location of a node."""
        return self.packaged.places.locations[int(self.packaged.places.location[node])]

    def date(self, day: int) -> date:
        """Date of a day offset."""
        return DAY_ZERO + timedelta(days=self.package.parameters.plan_start + int(day))

    def instant(self, day: int) -> datetime:
        """Midnight at the beginning of a day offset, local time."""
        return datetime.combine(self.date(day), time())

    def start(self, bucket: int) -> int:
        """First day of a bucket."""
        return self.packaged.bucket_starts[bucket]


def labels_of(package: Package, packaged: PackagedProblem, exact: ExactPlan) -> Labels:
    """Ids: item, location, due date and ordinal within that day, so that the same plan has the same ids."""
    bare = Labels(package, packaged, ())
    seen: dict[tuple[int, int], int] = {}
    ids = []
    for order in exact.orders:
        node = packaged.problem.sources[order.source].item
        seen[node, order.bucket] = ordinal = seen.get((node, order.bucket), 0) + 1
        due = bare.date(bare.start(order.bucket))
        ids.append(f"{bare.item(node)}@{bare.location(node)}/{due:%Y-%m-%d}/{ordinal}")
    return Labels(package, packaged, tuple(ids))


def deliveries_of(packaged: PackagedProblem, exact: ExactPlan) -> tuple[Delivery, ...]:
    """Who is served when: within a class by due day, then row."""
    found: list[Delivery] = []
    for index, origins in enumerate(packaged.demand):
        waiting = [[origin, round(origin.quantity * QUANTITY_SCALE)] for origin in origins]
        for bucket in range(packaged.problem.bucket_count):
            given = int(exact.delivered[index, bucket])
            while given > 0 and waiting and waiting[0][0].bucket <= bucket:
                origin, open_quantity = waiting[0]
                part = min(given, open_quantity)
                found.append(Delivery(origin, index, part, bucket))
                given -= part
                waiting[0][1] -= part
                if waiting[0][1] == 0:
                    waiting.pop(0)
        found.extend(Delivery(origin, index, rest, None) for origin, rest in waiting if rest > 0)
    return tuple(found)


def frame(name: str, rows: list[dict]) -> pl.DataFrame:
    """Rows as an output table in wire types; quantities are given in millionths."""
    columns = OUTPUT_TABLES[name].columns
    series = {}
    for column in columns:
        values = [row.get(column.name) for row in rows]
        if column.kind == Kind.QUANTITY:
            held = pl.Series(column.name, values, dtype=pl.Int64).cast(pl.Decimal(38, 6)) / QUANTITY_SCALE
            series[column.name] = held.cast(pl.Decimal(18, 6)).alias(column.name)
        else:
            series[column.name] = pl.Series(column.name, values, dtype=WIRE_TYPES[column.kind])
    return pl.DataFrame(series)


def demand_name(labels: Labels, delivery: Delivery) -> str:
    """Id of the demand; what was promised beyond stock before the plan has a name of its own."""
    if delivery.origin.row >= 0:
        return str(labels.package.table("demand")["demand"][delivery.origin.row])
    node = labels.packaged.problem.demand_classes[delivery.index].item
    return f"oversold|{labels.item(node)}|{labels.location(node)}"


def shown(packaged: PackagedProblem, exact: ExactPlan) -> list[int]:
    """Orders that people see: phantoms have none."""
    sources = packaged.problem.sources
    return [index for index, order in enumerate(exact.orders) if sources[order.source].kind != PHANTOM]


def planned_orders(labels: Labels, exact: ExactPlan, levels: IntArray, needs: dict[int, int]) -> pl.DataFrame:
    """The table planned_orders; `needs` gives the first day that each order's quantity is used."""
    packaged = labels.packaged
    rows = []
    for index in shown(packaged, exact):
        order = exact.orders[index]
        source, origin = packaged.problem.sources[order.source], packaged.sources[order.source]
        due = labels.start(order.bucket)
        rows.append(
            {
                "planned_order": labels.order_ids[index],
                "item": labels.item(source.item),
                "location": labels.location(source.item),
                "kind": origin.kind,
                "supplier": origin.supplier,
                "quantity": order.released,
                "good_quantity": order.good,
                "release_on": labels.date(int(origin.release_day[order.bucket])),
                "due_on": labels.date(due),
                "need_on": labels.date(needs.get(index, due)),
                "level": int(levels[source.item]),
                "status": "planned",
                "past_due": False,
            }
        )
    return frame("planned_orders", sorted(rows, key=lambda row: (row["level"], row["planned_order"])))


def operations(labels: Labels, exact: ExactPlan) -> pl.DataFrame:
    """The table operations: which resource does what; from the release day to the end of its bucket, not sequenced."""
    packaged = labels.packaged
    ends = [*packaged.bucket_starts[1:], labels.package.parameters.horizon_days]
    rows = []
    for index in shown(packaged, exact):
        order = exact.orders[index]
        origin = packaged.sources[order.source]
        released = int(packaged.problem.sources[order.source].release_bucket[order.bucket])
        rows.extend(
            {
                "planned_order": labels.order_ids[index],
                "operation": operation.number,
                "resource": operation.resource,
                "starts_at": labels.instant(int(origin.release_day[order.bucket])),
                "ends_at": labels.instant(ends[released]),
                "setup_minutes": round(operation.setup_minutes * QUANTITY_SCALE),
                "quantity": order.released,
            }
            for operation in origin.route
        )
    return frame("operations", sorted(rows, key=lambda row: (row["planned_order"], row["operation"])))


def low_level_codes(packaged: PackagedProblem) -> IntArray:
    """Longest way from an item that nothing requires."""
    levels = np.zeros(len(packaged.problem.items), dtype=np.int64)
    sources_of = packaged.problem.sources_of()
    for item in packaged.problem.parents_first():
        for index in sources_of[item]:
            for component in packaged.problem.sources[index].components:
                levels[component.item] = max(levels[component.item], levels[item] + 1)
    return levels


def mrp_records(labels: Labels, exact: ExactPlan) -> pl.DataFrame:
    """The table mrp_records, one row an item, location and bucket."""
    packaged, problem = labels.packaged, labels.packaged.problem
    shape = exact.stock.shape
    due, firm = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    kinds = labels.package.table("demand")["kind"]
    for index, origins in enumerate(packaged.demand):
        node = problem.demand_classes[index].item
        for origin in origins:
            quantity = round(origin.quantity * QUANTITY_SCALE)
            due[node, origin.bucket] += quantity
            if origin.row < 0 or kinds[origin.row] == "order":
                firm[node, origin.bucket] += quantity
    received, released = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    dependent, fallen = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for order in exact.orders:
        source = problem.sources[order.source]
        received[source.item, order.bucket] += order.good
        released[source.item, source.release_bucket[order.bucket]] += order.released
        for by_product in source.by_products:
            fallen[by_product.item, order.bucket] += int(order.good * by_product.quantity_per[order.bucket])
    for requirement in exact.requirements:
        order = exact.orders[requirement.order]
        bucket = problem.sources[order.source].release_bucket[order.bucket]
        dependent[requirement.item, bucket] += requirement.quantity
    scheduled = np.rint(problem.scheduled_receipts * QUANTITY_SCALE).astype(np.int64) + fallen
    opening = np.rint(problem.initial_stock * QUANTITY_SCALE).astype(np.int64)
    gross = due + dependent
    on_hand = opening[:, None] + np.cumsum(scheduled + received - gross - exact.lost, axis=1)
    before = np.concatenate([opening[:, None], on_hand[:, :-1]], axis=1)
    safety = np.rint(problem.safety_stock * QUANTITY_SCALE).astype(np.int64)
    net = np.maximum(0, gross + exact.lost + safety - before - scheduled)
    rows = []
    for node in np.lexsort((packaged.places.location, packaged.places.item)):
        discrete, cumulative = np.zeros(shape[1], dtype=np.int64), np.zeros(shape[1], dtype=np.int64)
        supply = scheduled[node] + received[node]
        available_to_promise(int(opening[node]), supply, firm[node] + dependent[node], discrete, cumulative)
        rows.extend(
            {
                "item": labels.item(node),
                "location": labels.location(node),
                "bucket_start": labels.date(labels.start(bucket)),
                "gross_requirements": int(gross[node, bucket]),
                "scheduled_receipts": int(scheduled[node, bucket]),
                "projected_on_hand": int(on_hand[node, bucket]),
                "net_requirements": int(net[node, bucket]),
                "planned_order_receipts": int(received[node, bucket]),
                "planned_order_releases": int(released[node, bucket]),
                "available_to_promise": None if discrete[bucket] == NO_ATP else int(discrete[bucket]),
                "cumulative_atp": int(cumulative[bucket]),
            }
            for bucket in range(shape[1])
        )
    return frame("mrp_records", rows)


def promises(labels: Labels, deliveries: tuple[Delivery, ...], exact: ExactPlan) -> pl.DataFrame:
    """The table promises: every demand with the day that serves it and what held it back."""
    rows = []
    table = labels.package.table("demand")
    due_on = table["due_on"].to_list()
    for delivery in deliveries:
        row = delivery.origin.row
        due = due_on[row] - labels.package.parameters.plan_start if row >= 0 else 0
        promised = None
        if delivery.bucket is not None:
            on_time = delivery.bucket == delivery.origin.bucket
            promised = max(delivery.origin.due_day, 0) if on_time else labels.start(delivery.bucket)
        late = None if promised is None else max(0, promised - due)
        node = labels.packaged.problem.demand_classes[delivery.index].item
        rows.append(
            {
                "demand": demand_name(labels, delivery),
                "quantity": delivery.quantity,
                "due_on": labels.date(due),
                "promised_on": None if promised is None else labels.date(promised),
                "late_days": late,
                "cause": _cause(labels, exact, node, delivery) if late != 0 else None,
            }
        )
    return frame("promises", sorted(rows, key=lambda row: (row["demand"], str(row["promised_on"]))))


def _cause(labels: Labels, exact: ExactPlan, node: int, delivery: Delivery) -> str:
    """The first full resource on the way to the item, else the material whose lead time is too long."""
    problem = labels.packaged.problem
    sources_of = problem.sources_of()
    last = delivery.bucket if delivery.bucket is not None else problem.bucket_count - 1
    waiting, seen = [node], {node}
    while waiting:
        item = waiting.pop(0)
        for index in sources_of[item]:
            for use in problem.sources[index].uses:
                full = problem.capacity[use.resource] + problem.overtime_limit[use.resource]
                if np.any(exact.minutes[use.resource, : last + 1] >= FULL_MINUTES * full[: last + 1]):
                    return f"resource {problem.resources[use.resource]}"
            for component in problem.sources[index].components:
                if component.item not in seen:
                    seen.add(component.item)
                    waiting.append(component.item)
    late_ones = [item for item in seen if all(_early(problem.sources[s]) for s in sources_of[item])]
    return f"material {problem.items[min(late_ones or [node])]}"


def _early(source) -> bool:
    """True where the source cannot deliver in the first bucket."""
    return source.release_bucket[0] == NEVER


def alerts(labels: Labels, deliveries: tuple[Delivery, ...], exact: ExactPlan, daily: list[dict]) -> pl.DataFrame:
    """The table alerts; `daily` are shortages inside a bucket found by day."""
    problem = labels.packaged.problem
    rows = list(daily)
    for delivery in deliveries:
        if delivery.bucket == delivery.origin.bucket:
            continue
        node = problem.demand_classes[delivery.index].item
        never = delivery.bucket is None
        rows.append(
            {
                "alert": "shortage" if never else "late_demand",
                "item": labels.item(node),
                "location": labels.location(node),
                "order": demand_name(labels, delivery),
                "on": labels.date(delivery.origin.due_day),
                "to": None if delivery.bucket is None else labels.date(labels.start(delivery.bucket)),
                "quantity": delivery.quantity,
                "severity": "critical",
                "cause": _cause(labels, exact, node, delivery),
            }
        )
    safety = np.rint(problem.safety_stock * QUANTITY_SCALE).astype(np.int64)
    below = np.maximum(safety - exact.stock, 0)
    for kind, table, severity, cause in (
        ("below_safety_stock", below, "warning", "cheaper or only possible below the level"),
        ("expiring", exact.lost, "warning", "not used before it expires"),
    ):
        for node, bucket in zip(*np.nonzero(table > 0), strict=True):
            rows.append(
                {
                    "alert": kind,
                    "item": labels.item(node),
                    "location": labels.location(node),
                    "on": labels.date(labels.start(bucket)),
                    "quantity": int(table[node, bucket]),
                    "severity": severity,
                    "cause": cause,
                }
            )
    overload = np.maximum(exact.minutes - problem.capacity, 0.0)
    for resource, bucket in zip(*np.nonzero(overload > 1e-3), strict=True):
        rows.append(
            {
                "alert": "capacity_overload",
                "on": labels.date(labels.start(bucket)),
                "quantity": round(float(overload[resource, bucket]) * QUANTITY_SCALE),
                "severity": "info",
                "cause": f"overtime minutes on resource {problem.resources[resource]}",
            }
        )
    return frame("alerts", sorted(rows, key=_alert_key))


def _alert_key(row: dict) -> tuple:
    return tuple(str(row.get(name)) for name in ("alert", "item", "location", "on", "order", "to", "cause"))
