"""From a solver's plan to orders in exact quantities: parents first, rounded up, shortfalls added to the lot before.

Quantities become integers of millionths. A lot's cumulative quantity is rounded up to the item's decimals, so that
rounding never adds more than one step in total; components are required per order and line, rounded up, as
the planning package says; where that asks for more than the solver gave, the latest lot before grows by the
difference. What does not fit after that (minutes, maximum) is seen by `method`, which solves again with the room taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planning.lot_sizing.from_package import PHANTOM, PackagedProblem
from planning.lot_sizing.problem import FloatArray, IntArray, LotSizingPlan, LotSizingProblem, Source
from planning.mrp.limits import QuantityLimitError
from schemas.planning import QUANTITY_LIMIT, QUANTITY_SCALE

LIMIT = QUANTITY_LIMIT * QUANTITY_SCALE
NOISE = 1e-6


@dataclass(frozen=True)
class ExactOrder:
    """One order: source and receipt bucket, good and released quantity in millionths."""

    source: int
    bucket: int
    good: int
    released: int


@dataclass(frozen=True)
class Requirement:
    """What one order takes of a component in millionths: index of the order, item, quantity."""

    order: int
    item: int
    quantity: int


@dataclass(frozen=True)
class ExactPlan:
    """Orders with their requirements, deliveries (C, T) and owed quantity (C, T), stock (I, T), all in millionths.

    `lost` (I, T) expires unused; `minutes` (R, T) is the load; `short` is what items lack that no lot could mend.
    """

    orders: tuple[ExactOrder, ...]
    requirements: tuple[Requirement, ...]
    delivered: IntArray
    owed: IntArray
    stock: IntArray
    lost: IntArray
    minutes: FloatArray
    short: dict[int, int]


def exact_plan(packaged: PackagedProblem, plan: LotSizingPlan) -> ExactPlan:
    """Round a plan to the items' decimals so that no stock is negative.

    Args:
        packaged: the problem with its decimals.
        plan: decisions in units, feasible within solver tolerance.

    Returns:
        The exact plan.

    Raises:
        QuantityLimitError: an item would have a lot, a requirement, a receipt or a stock beyond 10^12.
    """
    problem = packaged.problem
    bucket_count = problem.bucket_count
    steps = [10 ** (6 - int(decimals)) for decimals in packaged.decimals]
    delivered, owed = _deliveries(packaged, plan, steps)
    used = np.zeros((len(problem.items), bucket_count), dtype=np.int64)
    for index, demand_class in enumerate(problem.demand_classes):
        used[demand_class.item] += delivered[index]
    arriving = _millionths(problem.scheduled_receipts)
    arriving[:, 0] += _millionths(problem.initial_stock)
    expiring = _millionths(problem.expiring)
    stock = np.zeros_like(used)
    lost = np.zeros_like(used)
    orders: list[ExactOrder] = []
    requirements: list[Requirement] = []
    short: dict[int, int] = {}
    sources_of = problem.sources_of()
    for item in problem.parents_first():
        account = _Account(arriving[item], used[item], expiring[item], steps[item])
        if _is_phantom(problem.sources, sources_of[item]):
            lots = _passed_on(account, sources_of[item][0])
        else:
            lots = _rounded_lots(problem.sources, plan.quantity, sources_of[item], steps[item])
        _within_limit(problem.items[item], max(lots.values(), default=0))
        missing = _mend(problem.sources, lots, account)
        if missing:
            short[item] = missing
        received = arriving[item].copy()
        for (source, bucket), good in sorted(lots.items(), key=lambda pair: (pair[0][1], pair[0][0])):
            count = max(1, round(float(plan.orders[source, bucket])))
            for part in split_lot(problem.sources[source], good, count, steps[item]):
                orders.append(_order(problem.sources[source], source, bucket, part, steps[item]))
                requirements.extend(_components(problem, len(orders) - 1, orders[-1], used, steps))
                _give_by_products(problem.sources[source], orders[-1], arriving)
                received[bucket] += part
        _within_limit(problem.items[item], np.abs(received).sum(dtype=np.float64))
        stock[item], lost[item] = _stock(received, used[item], expiring[item])
    return ExactPlan(
        tuple(orders), tuple(requirements), delivered, owed, stock, lost, _minutes(packaged, orders), short
    )


def _millionths(values: FloatArray) -> IntArray:
    return np.rint(values * QUANTITY_SCALE).astype(np.int64)


def _deliveries(packaged: PackagedProblem, plan: LotSizingPlan, steps: list[int]) -> tuple[IntArray, IntArray]:
    """Deliveries and owed quantity by demand class; owed is rounded up to the item's decimals within what is due."""
    classes = packaged.problem.demand_classes
    due = np.array([_millionths(each.quantity) for each in classes], dtype=np.int64)
    due = due.reshape(len(classes), packaged.problem.bucket_count)
    owed = np.zeros_like(due)
    for index, demand_class in enumerate(classes):
        step = steps[demand_class.item]
        raw = plan.backlog[index] * QUANTITY_SCALE
        tolerance = max(1.0, NOISE * float(due[index].max(initial=0)))
        near = np.rint(raw / step) * step
        rounded = np.where(np.abs(raw - near) <= tolerance, near, np.ceil(raw / step) * step).astype(np.int64)
        before = 0
        for bucket in range(due.shape[1]):
            owed[index, bucket] = min(int(rounded[bucket]), before + int(due[index, bucket]))
            before = int(owed[index, bucket])
    earlier = np.concatenate([np.zeros((len(classes), 1), dtype=np.int64), owed[:, :-1]], axis=1)
    return due + earlier - owed, owed


def _rounded_lots(
    sources: tuple[Source, ...], quantity: FloatArray, indices: tuple[int, ...], step: int
) -> dict[tuple[int, int], int]:
    """Lots by source and bucket, cumulative quantity rounded up; noise of the solver is no lot."""
    lots: dict[tuple[int, int], int] = {}
    for index in indices:
        source = sources[index]
        unit = max(step, round(source.multiple * QUANTITY_SCALE))
        exact, given = 0.0, 0
        for bucket in np.flatnonzero(quantity[index] > NOISE):
            exact += float(quantity[index, bucket]) * QUANTITY_SCALE
            lot = int(np.ceil((exact - given) / unit - NOISE)) * unit
            lot = max(lot, _up(round(source.minimum * QUANTITY_SCALE), unit))
            if lot > 0:
                lots[index, int(bucket)] = lot
                given += lot
    return lots


def _up(quantity: int, unit: int) -> int:
    return -(-quantity // unit) * unit


@dataclass(frozen=True)
class _Account:
    """One item's arrivals, uses and expiring stock by bucket, and its rounding step, in millionths."""

    arriving: IntArray
    used: IntArray
    expiring: IntArray
    step: int

    def stock(self, lots: dict[tuple[int, int], int]) -> IntArray:
        """Stock at bucket's end with these lots."""
        received = self.arriving.copy()
        for (_, bucket), good in lots.items():
            received[bucket] += good
        return _stock(received, self.used, self.expiring)[0]


def _is_phantom(sources: tuple[Source, ...], indices: tuple[int, ...]) -> bool:
    return bool(indices) and all(sources[index].kind == PHANTOM for index in indices)


def _passed_on(account: _Account, index: int) -> dict[tuple[int, int], int]:
    """A phantom passes on exactly what its own stock does not cover, bucket by bucket."""
    lots: dict[tuple[int, int], int] = {}
    for bucket in range(len(account.used)):
        missing = -int(account.stock(lots)[bucket])
        if missing > 0:
            lots[index, bucket] = missing
    return lots


def _mend(sources: tuple[Source, ...], lots: dict[tuple[int, int], int], account: _Account) -> int:
    """Let lots grow until no bucket is short; what is still missing where no lot stands before a shortfall."""
    worst = 0
    for bucket in range(len(account.used)):
        missing = -int(account.stock(lots)[bucket])
        if missing <= worst:
            continue
        earlier = [key for key in lots if key[1] <= bucket]
        if not earlier:
            worst = missing
            continue
        key = max(earlier, key=lambda each: (each[1], -each[0]))
        unit = max(account.step, round(sources[key[0]].multiple * QUANTITY_SCALE))
        lots[key] += _up(missing - worst, unit)
    return worst


def _stock(received: IntArray, used: IntArray, expiring: IntArray) -> tuple[IntArray, IntArray]:
    """Stock at bucket's end and what expired; first expired is first used."""
    lost = np.zeros_like(received)
    if not expiring.any():
        return np.cumsum(received - used), lost
    stock = np.zeros_like(received)
    on_hand, gone, consumed = 0, 0, 0
    for bucket in range(len(received)):
        gone += int(expiring[bucket])
        lost[bucket] = max(0, gone - consumed - int(lost[:bucket].sum()))
        on_hand += int(received[bucket]) - int(used[bucket]) - int(lost[bucket])
        consumed += int(used[bucket])
        stock[bucket] = on_hand
    return stock, lost


def split_lot(source: Source, good: int, count: int, step: int) -> list[int]:
    """A lot as `count` orders or as many as the maximum forces: full ones first, none below the minimum.

    >>> source = Source(0, "S", "buy", np.zeros(1), np.zeros(1), np.zeros(1), minimum=2.0, maximum=5.0)
    >>> split_lot(source, 11_000_000, 1, 1_000_000)
    [5000000, 4000000, 2000000]
    """
    maximum = round(source.maximum * QUANTITY_SCALE)
    minimum = round(source.minimum * QUANTITY_SCALE)
    if maximum <= 0:
        return [good]
    unit = max(step, round(source.multiple * QUANTITY_SCALE))
    maximum = max(maximum // unit * unit, unit)
    needed = max(1, -(-good // maximum))
    count = max(needed, 1) if minimum <= 0 else max(needed, min(count, good // minimum or 1))
    good = max(good, count * minimum)
    parts = []
    for place in range(count):
        keep = minimum * (count - place - 1)
        part = min(maximum, good - keep)
        part = part if place == count - 1 else part // unit * unit
        parts.append(part)
        good -= part
    return [part for part in parts if part > 0]


def _order(source: Source, index: int, bucket: int, good: int, step: int) -> ExactOrder:
    share = round(source.yield_share * QUANTITY_SCALE)
    released = _up(-(-good * QUANTITY_SCALE // share), step) if share != QUANTITY_SCALE else good
    return ExactOrder(index, bucket, good, released)


def _within_limit(item: str, quantity: float) -> None:
    if quantity > LIMIT:
        raise QuantityLimitError(f"quantities of {item} go beyond 10^12; correct its demand, lots, structure or yield")


def _components(
    problem: LotSizingProblem, index: int, order: ExactOrder, used: IntArray, steps: list[int]
) -> Iterator[Requirement]:
    """What an order takes; it is booked as used in the order's release bucket."""
    source = problem.sources[order.source]
    for component in source.components:
        rate = float(component.quantity_per[order.bucket])
        amount = order.released * rate + component.fixed_quantity * QUANTITY_SCALE * (rate > 0)
        amount = _up(int(np.ceil(amount - 1e-3)), steps[component.item])
        if amount > 0:
            bucket = source.release_bucket[order.bucket]
            _within_limit(problem.items[component.item], int(used[component.item, bucket]) + amount)
            used[component.item, bucket] += amount
            yield Requirement(index, component.item, amount)


def _give_by_products(source: Source, order: ExactOrder, arriving: IntArray) -> None:
    for by_product in source.by_products:
        arriving[by_product.item, order.bucket] += int(order.good * float(by_product.quantity_per[order.bucket]))


def _minutes(packaged: PackagedProblem, orders: list[ExactOrder]) -> FloatArray:
    load = np.zeros_like(packaged.problem.capacity)
    for order in orders:
        source = packaged.problem.sources[order.source]
        for use in source.uses:
            amount = use.setup_minutes + use.run_minutes * order.released / QUANTITY_SCALE
            load[use.resource, source.release_bucket[order.bucket]] += amount
    return load
