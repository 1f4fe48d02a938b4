"""The input tables of the planning package, column by column, with the defaults that the package's page gives.

Read by planning/package (which validates) and by whoever writes a package (which names the columns from here).
"""

from schemas.planning.columns import QUANTITY_SCALE, Column, Kind, Table

LOT_POLICIES = (
    "lot_for_lot",
    "fixed_quantity",
    "fixed_period",
    "economic",
    "part_period_balancing",
    "least_unit_cost",
    "silver_meal",
    "wagner_whitin",
    "min_max",
)

PARAMETERS: tuple[Column, ...] = (
    Column("plan_start", Kind.DATE, required=True),
    Column("horizon_days", Kind.COUNT, 364),
    Column("bucket", Kind.CHOICE, "week", choices=("day", "week")),
    Column("week_starts_on", Kind.WEEKDAY, 1),
    Column("currency", Kind.TEXT),
    Column("working_days_only", Kind.BOOLEAN, default=False),
    Column("scrap_basis", Kind.CHOICE, "divide", choices=("divide", "multiply")),
    Column("part_period_rule", Kind.CHOICE, "closest", choices=("closest", "not_exceeding")),
    Column("receipt_window_days", Kind.COUNT, 0),
    Column("backward_days", Kind.COUNT, 7),
    Column("forward_days", Kind.COUNT, 0),
)
"""Keys of the table `parameters`; backward_days and forward_days are the forecast consumption's."""

ONE = QUANTITY_SCALE
LOCATION = Column("location", Kind.TEXT, "MAIN")


def _text(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, required=required)


def _quantity(name: str, default: int | None = None, *, required: bool = False) -> Column:
    return Column(name, Kind.QUANTITY, default, required=required)


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required=required)


def _count(name: str) -> Column:
    return Column(name, Kind.COUNT)


_ITEMS = Table(
    "items",
    (
        _text("item", required=True),
        _text("description"),
        _text("unit"),
        Column("source", Kind.CHOICE, choices=("make", "buy")),
        Column("lead_time_days", Kind.DURATION, 0),
        _quantity("safety_stock", 0),
        _quantity("reorder_point"),
        Column("lot_policy", Kind.CHOICE, "lot_for_lot", choices=LOT_POLICIES),
        _quantity("lot_size"),
        _count("lot_periods"),
        _quantity("min_lot"),
        _quantity("max_lot"),
        _quantity("lot_multiple"),
        _quantity("max_stock"),
        Column("yield", Kind.YIELD, ONE),
        _quantity("unit_cost"),
        _quantity("setup_cost"),
        _quantity("holding_cost"),
        _quantity("holding_rate"),
        Column("shelf_life_days", Kind.DURATION),
        _count("demand_fence_days"),
        _count("planning_fence_days"),
        Column("phantom", Kind.BOOLEAN, default=False),
        Column("decimals", Kind.COUNT, 6),
        Column("safety_days", Kind.DURATION, 0),
        _text("abc"),
        _quantity("service_level"),
    ),
    key=("item",),
    required=True,
)

_BOM = Table(
    "bom",
    (
        _text("parent", required=True),
        _text("component", required=True),
        _quantity("quantity_per", ONE),
        Column("scrap", Kind.SHARE, 0),
        _quantity("fixed_quantity", 0),
        _date("effective_from"),
        _date("effective_to"),
        Column("operation", Kind.INTEGER),
        _text("alternate_group"),
        Column("priority", Kind.INTEGER, 1),
        Column("kind", Kind.CHOICE, "component", choices=("component", "by_product", "co_product")),
    ),
    items=("parent", "component"),
)

_SOURCES = Table(
    "sources",
    (
        _text("item", required=True),
        LOCATION,
        Column("method", Kind.CHOICE, choices=("make", "buy", "transfer")),
        _text("supplier"),
        _text("from_location"),
        Column("lead_time_days", Kind.DURATION),
        _quantity("min_lot"),
        _quantity("lot_multiple"),
        _quantity("max_lot"),
        _quantity("unit_cost"),
        _quantity("order_cost"),
        Column("priority", Kind.INTEGER, 1),
        _quantity("share"),
        _quantity("capacity_per_bucket"),
        _date("effective_from"),
        _date("effective_to"),
    ),
    items=("item",),
)

_STOCK = Table(
    "stock",
    (
        _text("item", required=True),
        LOCATION,
        _text("lot"),
        _quantity("quantity", required=True),
        _quantity("allocated", 0),
        _date("expires_on"),
        Column("status", Kind.CHOICE, "available", choices=("available", "hold")),
    ),
    items=("item",),
)

_RECEIPTS = Table(
    "receipts",
    (
        _text("order"),
        _text("item", required=True),
        LOCATION,
        _quantity("quantity", required=True),
        _date("due_on", required=True),
        _text("kind"),
        Column("firm", Kind.BOOLEAN, default=True),
        _text("supplier"),
        _text("status"),
    ),
    items=("item",),
)

_DEMAND = Table(
    "demand",
    (
        _text("demand", required=True),
        _text("item", required=True),
        LOCATION,
        _quantity("quantity", required=True),
        _date("due_on", required=True),
        Column("kind", Kind.CHOICE, "order", choices=("order", "forecast", "safety")),
        _text("customer"),
        Column("priority", Kind.INTEGER, 1),
        Column("max_late_days", Kind.COUNT),
        _quantity("min_shipment"),
        _quantity("penalty"),
    ),
    key=("demand",),
    items=("item",),
)

_COSTS_AND_LEVELS = (
    Table(
        "price_breaks",
        (
            _text("item", required=True),
            _text("supplier"),
            _quantity("from_quantity", 0),
            _quantity("unit_price", required=True),
        ),
        key=("item", "supplier", "from_quantity"),
        items=("item",),
    ),
    Table(
        "bucket_costs",
        (
            _text("item", required=True),
            _date("bucket", required=True),
            _quantity("setup_cost"),
            _quantity("holding_cost"),
            _quantity("unit_cost"),
        ),
        key=("item", "bucket"),
        items=("item",),
    ),
    Table(
        "safety_levels",
        (
            _text("item", required=True),
            LOCATION,
            _date("from_date", required=True),
            _quantity("safety_stock", required=True),
        ),
        key=("item", "location", "from_date"),
        items=("item",),
    ),
    Table(
        "locations",
        (_text("location", required=True), _text("calendar")),
        key=("location",),
    ),
)

_CAPACITY = (
    Table(
        "resources",
        (
            _text("resource", required=True),
            _text("group"),
            _text("calendar"),
            _quantity("units", ONE),
            Column("efficiency", Kind.POSITIVE, ONE),
            _quantity("cost_per_hour"),
            _quantity("overtime_cost_per_hour"),
            _quantity("max_overtime_hours"),
        ),
        key=("resource",),
    ),
    Table(
        "calendars",
        (
            _text("calendar", required=True),
            Column("starts_at", Kind.INSTANT),
            Column("ends_at", Kind.INSTANT),
            Column("available", Kind.BOOLEAN, default=True),
            Column("weekday", Kind.WEEKDAY),
            Column("from_time", Kind.CLOCK),
            Column("to_time", Kind.CLOCK),
        ),
    ),
    Table(
        "capacity",
        (_text("resource", required=True), _date("bucket", required=True), _quantity("minutes", required=True)),
        key=("resource", "bucket"),
    ),
    Table(
        "routings",
        (
            _text("item", required=True),
            Column("operation", Kind.INTEGER, 10),
            _text("resource"),
            _text("group"),
            _quantity("setup_minutes", 0),
            _quantity("run_minutes", 0),
            _quantity("batch_quantity"),
            _text("setup_state"),
            _quantity("overlap_quantity"),
            Column("priority", Kind.INTEGER, 1),
        ),
        key=("item", "operation", "resource", "group"),
        items=("item",),
    ),
    Table(
        "setups",
        (
            _text("group"),
            _text("resource"),
            _text("from_state"),
            _text("to_state"),
            _quantity("minutes", required=True),
        ),
    ),
    Table(
        "jobs",
        (
            _text("job", required=True),
            _text("item", required=True),
            _quantity("quantity", required=True),
            Column("release_at", Kind.INSTANT),
            Column("due_at", Kind.INSTANT),
            Column("priority", Kind.INTEGER, 1),
            _quantity("weight", ONE),
        ),
        key=("job",),
        items=("item",),
    ),
)

INPUT_TABLES: dict[str, Table] = {
    table.name: table for table in (_ITEMS, _BOM, _SOURCES, _STOCK, _RECEIPTS, _DEMAND, *_COSTS_AND_LEVELS, *_CAPACITY)
}
"""Every input table but `parameters`, which is key and value; in the order in which they are read."""
