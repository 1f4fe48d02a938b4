"""The mixed-integer program of a lot-sizing problem: columns, rows, and what a solution means.

Plain form: stock balance by item and bucket, minutes by resource and bucket, lots opened by orders with
the tightest multiplier that the remaining echelon requirement and the capacity allow. Strong form: in
addition the echelon facility-location columns w(s, t, u), the part of the requirement of bucket u that
source s receives in bucket t, at most the whole requirement for every order opened:

    sum over s, t <= u of w(s,t,u) >= required(u) - owed(u),   w(s,t,u) <= required(u) x orders(s,t),
    sum over u of w(s,t,u) <= received(s,t)

(Krarup and Bilde 1977; Stadtler 1996 for several levels). The strong form changes no feasible plan and
no cost, it only raises the linear bound. *Emergency* columns (owing beyond a customer's patience, minutes beyond
the overtime limit) let a search pass through plans that are not allowed; they are closed by `strict`.
Which form to use, and how long, is decided in `optimize`.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from planning.lot_sizing.echelon import EchelonRequirement, echelon_requirement
from planning.lot_sizing.problem import NEVER, FloatArray, LotSizingPlan, LotSizingProblem, Source
from planning.solvers.mathopt import Program

ColumnArray = npt.NDArray[np.int64]
ABSENT = -1
STRONG_COLUMN_LIMIT = 150_000


@dataclass(frozen=True)
class Columns:
    """Column index of every decision, ABSENT where there is none; shapes as in the plan."""

    quantity: ColumnArray
    orders: ColumnArray
    multiples: ColumnArray
    stock: ColumnArray
    below_safety: ColumnArray
    lost: ColumnArray
    late: ColumnArray
    late_emergency: ColumnArray
    overtime: ColumnArray
    overtime_emergency: ColumnArray


@dataclass(frozen=True)
class Formulation:
    """A program with the meaning of its columns; `emergency_cost` is set on emergency columns in `program`."""

    problem: LotSizingProblem
    program: Program
    columns: Columns

    def emergency_columns(self) -> ColumnArray:
        """Columns that a plan may not use."""
        both = np.concatenate([self.columns.late_emergency.ravel(), self.columns.overtime_emergency.ravel()])
        return both[both != ABSENT]

    def strict(self) -> Program:
        """The program with the emergency columns closed."""
        upper = self.program.upper.copy()
        upper[self.emergency_columns()] = 0.0
        return self.program.with_bounds(self.program.lower, upper)

    def emergency(self, values: FloatArray) -> float:
        """Cost that a solution pays for what is not allowed; 0 for an allowed plan."""
        columns = self.emergency_columns()
        used = np.where(values[columns] > 1e-5, values[columns], 0.0)
        return float(self.program.cost[columns] @ used)

    def owner_items(self) -> ColumnArray:
        """Item that each column decides about; ABSENT for minutes and facility-location columns."""
        owner = np.full(self.program.column_count, ABSENT, dtype=np.int64)
        source_items = np.array([source.item for source in self.problem.sources], dtype=np.int64)
        class_items = np.array([each.item for each in self.problem.demand_classes], dtype=np.int64)
        every_item = np.arange(len(self.problem.items))
        columns = self.columns
        for block, items in (
            *((block, source_items) for block in (columns.quantity, columns.orders, columns.multiples)),
            *((block, class_items) for block in (columns.late, columns.late_emergency)),
            *((block, every_item) for block in (columns.stock, columns.below_safety, columns.lost)),
        ):
            present = block != ABSENT
            owner[block[present]] = np.broadcast_to(items[:, None], block.shape)[present]
        return owner

    def plan(self, values: FloatArray) -> LotSizingPlan:
        """A solution as decisions; emergency lateness and overtime count as lateness and overtime."""
        columns = self.columns
        return LotSizingPlan(
            quantity=_read(values, columns.quantity),
            orders=np.rint(_read(values, columns.orders)),
            stock=_read(values, columns.stock),
            backlog=_read(values, columns.late) + _read(values, columns.late_emergency),
            overtime=_read(values, columns.overtime) + _read(values, columns.overtime_emergency),
            below_safety=_read(values, columns.below_safety),
        )


def _read(values: FloatArray, columns: ColumnArray) -> FloatArray:
    found = np.where(columns == ABSENT, 0.0, values[columns])
    return np.where(np.abs(found) < 1e-9, 0.0, found)


@dataclass
class _Builder:
    """Collects columns and rows as arrays."""

    cost: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    integer: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    column_count: int = 0
    row_count: int = 0
    row_lower: list[FloatArray] = field(default_factory=list)
    row_upper: list[FloatArray] = field(default_factory=list)
    entry_rows: list[ColumnArray] = field(default_factory=list)
    entry_columns: list[ColumnArray] = field(default_factory=list)
    entry_values: list[FloatArray] = field(default_factory=list)

    def add_columns(self, mask: npt.NDArray[np.bool_], cost, upper, *, integer: bool = False) -> ColumnArray:
        """One column where `mask` holds; cost and upper broadcast to its shape; returns their indices."""
        count = int(mask.sum())
        indices = np.full(mask.shape, ABSENT, dtype=np.int64)
        indices[mask] = np.arange(self.column_count, self.column_count + count)
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=float), mask.shape)[mask])
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), mask.shape)[mask])
        self.integer.append(np.full(count, integer))
        self.column_count += count
        return indices

    def add_rows(self, lower: FloatArray, upper: FloatArray) -> ColumnArray:
        """Rows with these bounds (flat arrays); returns their indices."""
        indices = np.arange(self.row_count, self.row_count + len(lower))
        self.row_count += len(lower)
        self.row_lower.append(np.asarray(lower, dtype=float))
        self.row_upper.append(np.asarray(upper, dtype=float))
        return indices

    def add_entries(self, rows: ColumnArray, columns: ColumnArray, values) -> None:
        """Coefficients; entries whose row or column is ABSENT are dropped."""
        values = np.broadcast_to(np.asarray(values, dtype=float), columns.shape)
        kept = (columns != ABSENT) & (rows != ABSENT) & (values != 0)
        self.entry_rows.append(rows[kept])
        self.entry_columns.append(columns[kept])
        self.entry_values.append(values[kept])

    def program(self) -> Program:
        """What was collected."""
        data = np.concatenate(self.entry_values)
        where = (np.concatenate(self.entry_rows), np.concatenate(self.entry_columns))
        return Program(
            cost=np.concatenate(self.cost),
            lower=np.zeros(self.column_count),
            upper=np.concatenate(self.upper),
            integer=np.concatenate(self.integer),
            rows=sparse.csr_matrix((data, where), shape=(self.row_count, self.column_count)),
            row_lower=np.concatenate(self.row_lower),
            row_upper=np.concatenate(self.row_upper),
        )


def formulate(problem: LotSizingProblem, *, strong: bool, requirement: EchelonRequirement | None = None) -> Formulation:
    """Write the program.

    Args:
        problem: the problem; no cycle in its sources.
        strong: add the echelon facility-location columns.
        requirement: the echelon requirement where it is known already.

    Returns:
        The program with its emergency columns open, and the meaning of its columns.
    """
    if requirement is None:
        requirement = echelon_requirement(problem)
    builder = _Builder()
    columns = _add_columns(builder, problem, requirement)
    _add_balance(builder, problem, columns)
    _add_capacity(builder, problem, columns)
    for index in range(len(problem.sources)):
        _add_lot_rules(builder, problem, columns, index, most_useful=requirement.most_useful[index])
    _add_service(builder, problem, columns)
    if strong:
        _add_facility_location(builder, problem, columns, requirement)
    return Formulation(problem, builder.program(), columns)


def order_limit(source: Source, most_useful: FloatArray) -> FloatArray:
    """Most orders of a source that can be useful in a bucket: one, or what `maximum` forces."""
    if source.maximum <= 0:
        return np.ones_like(most_useful)
    return np.maximum(1.0, np.ceil(most_useful / source.maximum - 1e-9))


def emergency_prices(problem: LotSizingProblem) -> tuple[float, float]:
    """Price of a unit owed beyond patience and of a minute beyond the overtime limit.

    A mean bucket's demand, or one per cent of a mean bucket's minutes, costs as much as all setups and a year's
    stock of demand: high enough to be the last resort, low enough for floating point.
    """
    setup = sum(float(source.setup_cost.mean()) for source in problem.sources) * problem.bucket_count
    demand = sum(float(demand_class.quantity.sum()) for demand_class in problem.demand_classes)
    stock = demand * float(problem.holding_cost.max(initial=0.0)) + 1.0
    mean_demand = demand / max(1, problem.bucket_count * len(problem.demand_classes))
    mean_minutes = float(problem.capacity.mean()) if problem.capacity.size else 1.0
    dearest = float(problem.overtime_cost.max(initial=0.0))
    everything = setup + stock
    per_minute = max(everything / max(mean_minutes * 0.01, 1.0), 10.0 * dearest)
    return everything / max(mean_demand, 1e-3), per_minute


def _add_columns(builder: _Builder, problem: LotSizingProblem, requirement: EchelonRequirement) -> Columns:
    sources, bucket_count = problem.sources, problem.bucket_count
    shape = (len(sources), bucket_count)
    unit_cost = np.array([s.unit_cost / s.yield_share for s in sources]).reshape(shape)
    most = np.minimum(
        requirement.most_useful, np.array([_supplier_limit(s, bucket_count) for s in sources]).reshape(shape)
    )
    receivable = np.array([s.release_bucket != NEVER for s in sources]).reshape(shape) & (most > 0)
    counted = receivable & np.array([[s.counts_orders] for s in sources]).reshape(-1, 1)
    in_multiples = receivable & np.array([[s.multiple > 0] for s in sources]).reshape(-1, 1)
    limits = np.array([order_limit(s, m) for s, m in zip(sources, most, strict=True)]).reshape(shape)
    setup_cost = np.array([s.setup_cost for s in sources]).reshape(shape)
    classes = problem.demand_classes
    owed_price, minute_price = emergency_prices(problem)
    all_stock = np.ones((len(problem.items), bucket_count), dtype=bool)
    late_limit = np.array([_late_limit(c.quantity, c.patience) for c in classes]).reshape(-1, bucket_count)
    late_cost = np.array([[c.penalty] * bucket_count for c in classes]).reshape(-1, bucket_count)
    if len(classes):
        late_cost[:, -1] += [c.unserved_penalty for c in classes]
    impatient = np.array([[c.patience is not None] * bucket_count for c in classes], dtype=bool).reshape(
        -1, bucket_count
    )
    minutes = np.ones((len(problem.resources), bucket_count), dtype=bool)
    limited = minutes & np.isfinite(problem.overtime_limit)[:, None]
    return Columns(
        quantity=builder.add_columns(receivable, unit_cost, most),
        orders=builder.add_columns(counted, setup_cost, limits, integer=True),
        multiples=builder.add_columns(in_multiples, 0.0, np.inf, integer=True),
        stock=builder.add_columns(all_stock, problem.holding_cost, np.inf),
        below_safety=builder.add_columns(
            problem.safety_stock > 0, problem.safety_penalty[:, None], problem.safety_stock
        ),
        lost=builder.add_columns(problem.expiring > 0, 0.0, np.inf),
        late=builder.add_columns(late_limit > 0, late_cost, late_limit),
        late_emergency=builder.add_columns(impatient, owed_price, np.inf),
        overtime=builder.add_columns(
            minutes & (problem.overtime_limit > 0)[:, None],
            problem.overtime_cost[:, None],
            problem.overtime_limit[:, None],
        ),
        overtime_emergency=builder.add_columns(limited, minute_price, np.inf),
    )


def _supplier_limit(source: Source, bucket_count: int) -> FloatArray:
    return np.full(bucket_count, np.inf) if source.capacity is None else source.capacity


def _late_limit(quantity: FloatArray, patience: int | None) -> FloatArray:
    """Most a class may owe at each bucket's end: what fell due within its patience."""
    due = quantity.cumsum()
    if patience is None:
        return due
    before = np.concatenate([np.zeros(patience), due])[: len(due)]
    return due - before


def _add_balance(builder: _Builder, problem: LotSizingProblem, columns: Columns) -> None:
    """Opening stock + receipts - what is delivered, used and lost = closing stock; and first-expired-first-out."""
    shape = columns.stock.shape
    supply = problem.scheduled_receipts.copy()
    supply[:, 0] += problem.initial_stock
    need = np.zeros(shape)
    for demand_class in problem.demand_classes:
        need[demand_class.item] += demand_class.quantity
    right = (need - supply).ravel()
    rows = builder.add_rows(right, right).reshape(shape)
    builder.add_entries(rows, columns.stock, -1.0)
    builder.add_entries(rows[:, 1:], columns.stock[:, :-1], 1.0)
    builder.add_entries(rows, columns.lost, -1.0)
    for index, demand_class in enumerate(problem.demand_classes):
        for owed in (columns.late[index], columns.late_emergency[index]):
            builder.add_entries(rows[demand_class.item], owed, 1.0)
            builder.add_entries(rows[demand_class.item, 1:], owed[:-1], -1.0)
    for index, source in enumerate(problem.sources):
        _add_flow(builder, rows, columns, index, source)
    _add_expiry(builder, problem, columns)


def _add_flow(builder: _Builder, rows: ColumnArray, columns: Columns, index: int, source: Source) -> None:
    quantity, orders = columns.quantity[index], columns.orders[index]
    builder.add_entries(rows[source.item], quantity, 1.0)
    for by_product in source.by_products:
        builder.add_entries(rows[by_product.item], quantity, by_product.quantity_per)
    released = np.maximum(source.release_bucket, 0)
    for component in source.components:
        at_release = np.where(source.release_bucket == NEVER, ABSENT, rows[component.item][released])
        builder.add_entries(at_release, quantity, -component.quantity_per / source.yield_share)
        builder.add_entries(at_release, orders, -component.fixed_quantity)


def _add_expiry(builder: _Builder, problem: LotSizingProblem, columns: Columns) -> None:
    """What expires at the start of bucket t was used before t or is lost by t.

    Use before t is supply before t less stock at the end of t-1 less what was lost before.
    """
    for item in np.flatnonzero(problem.expiring.any(axis=1)):
        for bucket in np.flatnonzero(problem.expiring[item] > 0):
            gone = float(problem.expiring[item, : bucket + 1].sum())
            before = problem.initial_stock[item] + problem.scheduled_receipts[item, :bucket].sum()
            supplied = float(before) if bucket > 0 else 0.0
            row = builder.add_rows(np.array([gone - supplied]), np.array([np.inf]))
            builder.add_entries(row, columns.lost[item, bucket : bucket + 1], 1.0)
            if bucket == 0:
                continue
            builder.add_entries(row, columns.stock[item, bucket - 1 : bucket], -1.0)
            for index, source in enumerate(problem.sources):
                earlier = columns.quantity[index, :bucket]
                spread = np.repeat(row, bucket)
                if source.item == item:
                    builder.add_entries(spread, earlier, 1.0)
                for by_product in source.by_products:
                    if by_product.item == item:
                        builder.add_entries(spread, earlier, by_product.quantity_per[:bucket])


def _add_capacity(builder: _Builder, problem: LotSizingProblem, columns: Columns) -> None:
    shape = problem.capacity.shape
    rows = builder.add_rows(np.full(problem.capacity.size, -np.inf), problem.capacity.ravel()).reshape(shape)
    builder.add_entries(rows, columns.overtime, -1.0)
    builder.add_entries(rows, columns.overtime_emergency, -1.0)
    for index, source in enumerate(problem.sources):
        for use in source.uses:
            released = np.maximum(source.release_bucket, 0)
            at_release = np.where(source.release_bucket == NEVER, ABSENT, rows[use.resource][released])
            builder.add_entries(at_release, columns.quantity[index], use.run_minutes / source.yield_share)
            builder.add_entries(at_release, columns.orders[index], use.setup_minutes)


def _add_lot_rules(
    builder: _Builder,
    problem: LotSizingProblem,
    columns: Columns,
    index: int,
    *,
    most_useful: FloatArray,
) -> None:
    """Orders open lots: minimum x orders <= quantity <= multiplier x orders; quantity = multiple x whole number."""
    source, quantity, orders = problem.sources[index], columns.quantity[index], columns.orders[index]
    present = np.flatnonzero(orders != ABSENT)
    if len(present):
        per_order = np.minimum(most_useful, source.maximum) if source.maximum > 0 else most_useful.copy()
        per_order = np.minimum(per_order, _fits(problem, source))
        rows = builder.add_rows(np.full(len(present), -np.inf), np.zeros(len(present)))
        builder.add_entries(rows, quantity[present], 1.0)
        builder.add_entries(rows, orders[present], -np.maximum(per_order, source.minimum)[present])
        if source.minimum > 0:
            rows = builder.add_rows(np.zeros(len(present)), np.full(len(present), np.inf))
            builder.add_entries(rows, quantity[present], 1.0)
            builder.add_entries(rows, orders[present], -source.minimum)
    in_multiples = np.flatnonzero(columns.multiples[index] != ABSENT)
    if len(in_multiples):
        rows = builder.add_rows(np.zeros(len(in_multiples)), np.zeros(len(in_multiples)))
        builder.add_entries(rows, quantity[in_multiples], 1.0)
        builder.add_entries(rows, columns.multiples[index][in_multiples], -source.multiple)


def _fits(problem: LotSizingProblem, source: Source) -> FloatArray:
    """Largest receipt whose minutes fit into regular time where there is no overtime; infinite elsewhere.

    Emergency overtime is no reason to widen it: a plan that needs more than one bucket's minutes for one
    lot is not allowed anyway.
    """
    fits = np.full(problem.bucket_count, np.inf)
    released = np.maximum(source.release_bucket, 0)
    for use in source.uses:
        if use.run_minutes > 0 and np.isfinite(problem.overtime_limit[use.resource]):
            minutes = problem.capacity[use.resource][released] + problem.overtime_limit[use.resource]
            room = np.maximum(minutes - use.setup_minutes, 0.0)
            fits = np.minimum(fits, room * source.yield_share / use.run_minutes)
    return fits


def _add_service(builder: _Builder, problem: LotSizingProblem, columns: Columns) -> None:
    """Safety stock is held or paid for; what was delivered once is not owed again."""
    item_rows, bucket_rows = np.nonzero(problem.safety_stock > 0)
    if len(item_rows):
        rows = builder.add_rows(problem.safety_stock[item_rows, bucket_rows], np.full(len(item_rows), np.inf))
        builder.add_entries(rows, columns.stock[item_rows, bucket_rows], 1.0)
        builder.add_entries(rows, columns.below_safety[item_rows, bucket_rows], 1.0)
    for index, demand_class in enumerate(problem.demand_classes):
        rows = builder.add_rows(np.full(problem.bucket_count, -np.inf), demand_class.quantity)
        for owed in (columns.late[index], columns.late_emergency[index]):
            builder.add_entries(rows, owed, 1.0)
            builder.add_entries(rows[1:], owed[:-1], -1.0)


def _add_facility_location(
    builder: _Builder, problem: LotSizingProblem, columns: Columns, requirement: EchelonRequirement
) -> None:
    """The echelon facility-location rows of every item whose sources all count orders."""
    for item, indices in enumerate(problem.sources_of()):
        required = requirement.required[item]
        counted = all(problem.sources[index].counts_orders for index in indices)
        if not indices or not counted or not required.any():
            continue
        served = np.flatnonzero(required > 0)
        owing_rows = builder.add_rows(required[served], np.full(len(served), np.inf))
        for row, bucket in zip(owing_rows, served, strict=True):
            for excuse in requirement.owed[item][bucket]:
                _add_excuse(builder, columns, row, excuse)
        for index in indices:
            for bucket in np.flatnonzero(columns.orders[index] != ABSENT):
                later = np.flatnonzero(served >= bucket)
                if not len(later):
                    continue
                amounts = required[served[later]]
                part = builder.add_columns(np.ones(len(later), dtype=bool), 0.0, amounts)
                builder.add_entries(owing_rows[later], part, 1.0)
                opened = builder.add_rows(np.full(len(later), -np.inf), np.zeros(len(later)))
                builder.add_entries(opened, part, 1.0)
                builder.add_entries(opened, np.full(len(later), columns.orders[index, bucket]), -amounts)
                received = builder.add_rows(np.array([-np.inf]), np.array([0.0]))
                builder.add_entries(np.repeat(received, len(later)), part, 1.0)
                builder.add_entries(received, columns.quantity[index, bucket : bucket + 1], -1.0)


def _add_excuse(builder: _Builder, columns: Columns, row: int, excuse) -> None:
    place = (excuse.index, excuse.bucket)
    owing = [columns.late[place], columns.late_emergency[place]] if excuse.is_class else [columns.below_safety[place]]
    for column in owing:
        builder.add_entries(np.array([row]), np.array([column]), excuse.coefficient)
