"""Tables of master data: units, places, items, parties, terms, prices, taxes, structures and capacities."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Text, UniqueConstraint, text

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, quantity, rate

unit = table(
    "unit",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("decimals", Integer, nullable=False),
    CheckConstraint("decimals between 0 and 6", name="decimals"),
    write_rank=1,
    lookups=("code",),
    master=True,
)

unit_conversion = table(
    "unit_conversion",
    identity(),
    reference("item_id", "item", optional=True, indexed=True),
    reference("from_unit_id", "unit"),
    reference("to_unit_id", "unit"),
    Column("numerator", key(), nullable=False),
    Column("denominator", key(), nullable=False),
    CheckConstraint("numerator > 0 and denominator > 0", name="positive"),
    Index("unit_conversion_once", text("coalesce(item_id, 0)"), "from_unit_id", "to_unit_id", unique=True),
    write_rank=3,
    lookups=("item_id",),
    master=True,
)

site = table(
    "site",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    reference("calendar_id", "calendar", optional=True),
    write_rank=2,
    lookups=("code",),
    master=True,
)

location = table(
    "location",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    reference("site_id", "site", optional=True, indexed=True),
    reference("parent_id", "location", optional=True, indexed=True),
    Column("kind", String(32), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("walk_sequence", Integer),
    Column("place_type", String(16)),
    Column("blocked", Boolean, nullable=False),
    Column("storage_class", code()),
    Column("capacity_quantity", quantity()),
    Column("capacity_weight_kg", quantity()),
    Column("capacity_volume_m3", quantity()),
    Column("capacity_policy", String(16), nullable=False),
    reference("supplier_id", "party", optional=True),
    CheckConstraint("walk_sequence >= 0", name="walk_sequence"),
    CheckConstraint("(kind = 'subcontractor') = (supplier_id is not null)", name="supplier"),
    UniqueConstraint("supplier_id"),
    CheckConstraint("place_type in ('warehouse', 'zone', 'bin')", name="place_type"),
    CheckConstraint("capacity_quantity > 0", name="capacity_quantity"),
    CheckConstraint("capacity_weight_kg > 0", name="capacity_weight_kg"),
    CheckConstraint("capacity_volume_m3 > 0", name="capacity_volume_m3"),
    CheckConstraint("capacity_policy in ('refuse', 'warn')", name="capacity_policy"),
    write_rank=2,
    lookups=("code", "kind", "supplier_id"),
    master=True,
)

calendar = table(
    "calendar",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("weekly_hours", Text, nullable=False),
    write_rank=1,
    lookups=("code",),
    master=True,
)

calendar_exception = table(
    "calendar_exception",
    identity(),
    reference("calendar_id", "calendar", indexed=True),
    Column("on_date", Date, nullable=False),
    Column("working", Boolean, nullable=False),
    Column("name", String(200), nullable=False),
    UniqueConstraint("calendar_id", "on_date"),
    write_rank=2,
    lookups=("calendar_id",),
    master=True,
)

tax_code = table(
    "tax_code",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("rate", rate(), nullable=False),
    Column("active", Boolean, nullable=False),
    CheckConstraint("rate >= 0", name="rate"),
    write_rank=1,
    lookups=("code",),
    master=True,
)

payment_term = table(
    "payment_term",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("due_days", Integer, nullable=False),
    write_rank=1,
    lookups=("code",),
    master=True,
)

price_list = table(
    "price_list",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("currency", String(3), nullable=False),
    write_rank=1,
    lookups=("code",),
    master=True,
)

price_list_line = table(
    "price_list_line",
    identity(),
    reference("price_list_id", "price_list"),
    reference("item_id", "item", indexed=True),
    Column("from_quantity", quantity(), nullable=False),
    Column("unit_price", rate(), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    UniqueConstraint("price_list_id", "item_id", "from_quantity", "valid_from"),
    write_rank=4,
    lookups=("item_id",),
    master=True,
)

party = table(
    "party",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("search_key", String(300), nullable=False),
    Column("is_customer", Boolean, nullable=False),
    Column("is_supplier", Boolean, nullable=False),
    Column("tax_number", String(64)),
    Column("phone", String(64), index=True),
    Column("phone_digits", String(64), nullable=False, index=True),
    Column("email", String(200)),
    Column("address", Text),
    Column("country", String(2)),
    Column("region", code()),
    Column("language", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    reference("payment_term_id", "payment_term", optional=True),
    reference("price_list_id", "price_list", optional=True),
    reference("tax_code_id", "tax_code", optional=True),
    Column("customer_class", code()),
    Column("incoterm", String(3)),
    Column("incoterm_place", String(200)),
    Column("credit_limit", money()),
    Column("overdue_grace_days", Integer, nullable=False),
    Column("overdue_block", String(32), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("is_customer or is_supplier", name="has_a_role"),
    CheckConstraint("credit_limit is null or credit_limit >= 0", name="credit_limit"),
    CheckConstraint("overdue_grace_days >= 0", name="overdue_grace_days"),
    CheckConstraint("overdue_block in ('none', 'order', 'order_and_shipment')", name="overdue_block"),
    write_rank=2,
    lookups=("code",),
    master=True,
)

item_category = table(
    "item_category",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    reference("parent_id", "item_category", optional=True),
    Column("valuation_method", String(32), nullable=False),
    Column("inventory_role", String(64), nullable=False),
    Column("storage_class", code()),
    Column("picking_strategy", String(16)),
    Column("put_away_strategy", String(16)),
    CheckConstraint(
        "picking_strategy in ('first_expired', 'first_in', 'last_in', 'fewest_places')", name="picking_strategy"
    ),
    CheckConstraint(
        "put_away_strategy in ('fixed_place', 'same_item', 'nearest_empty', 'storage_class')", name="put_away_strategy"
    ),
    CheckConstraint(
        "valuation_method in ('moving_average', 'fifo', 'standard', 'month_end_average')", name="valuation_method"
    ),
    write_rank=1,
    lookups=("code",),
    master=True,
)

item = table(
    "item",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("name_zh", String(200)),
    Column("search_key", String(400), nullable=False),
    Column("barcode", String(64), index=True),
    reference("category_id", "item_category"),
    reference("unit_id", "unit"),
    Column("source", String(8), nullable=False),
    Column("lot_tracked", Boolean, nullable=False),
    Column("serial_tracked", Boolean, nullable=False),
    Column("warranty_months", Integer),
    Column("shelf_life_days", Integer),
    Column("phantom", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("standard_cost", rate(), nullable=False),
    Column("list_price", rate()),
    reference("tax_code_id", "tax_code", optional=True),
    Column("weight_kg", quantity()),
    Column("volume_m3", quantity()),
    Column("lead_time_days", quantity(), nullable=False),
    Column("safety_days", quantity(), nullable=False),
    Column("safety_stock", quantity(), nullable=False),
    Column("reorder_point", quantity()),
    Column("lot_policy", String(32), nullable=False),
    Column("lot_size", quantity()),
    Column("lot_periods", Integer),
    Column("min_lot", quantity()),
    Column("max_lot", quantity()),
    Column("lot_multiple", quantity()),
    Column("max_stock", quantity()),
    Column("planned_yield", rate(), nullable=False),
    Column("setup_cost", money(), nullable=False),
    Column("holding_rate", rate(), nullable=False),
    Column("demand_fence_days", Integer),
    Column("planning_fence_days", Integer),
    reference("planner_id", "user_account", optional=True),
    Column("storage_class", code()),
    Column("picking_strategy", String(16)),
    Column("put_away_strategy", String(16)),
    reference("fixed_location_id", "location", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "picking_strategy in ('first_expired', 'first_in', 'last_in', 'fewest_places')", name="picking_strategy"
    ),
    CheckConstraint(
        "put_away_strategy in ('fixed_place', 'same_item', 'nearest_empty', 'storage_class')", name="put_away_strategy"
    ),
    CheckConstraint("lot_tracked or not serial_tracked", name="a_serial_is_a_lot"),
    CheckConstraint("warranty_months > 0", name="warranty_months"),
    CheckConstraint("source in ('make', 'buy')", name="source"),
    CheckConstraint("standard_cost >= 0", name="standard_cost"),
    CheckConstraint("planned_yield > 0", name="planned_yield"),
    write_rank=3,
    lookups=("code",),
    master=True,
)

item_substitute = table(
    "item_substitute",
    identity(),
    reference("item_id", "item", indexed=True),
    reference("substitute_id", "item", indexed=True),
    Column("ratio", quantity(), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    CheckConstraint("item_id <> substitute_id", name="another_item"),
    CheckConstraint("ratio > 0", name="ratio"),
    CheckConstraint("valid_to is null or valid_from is null or valid_to >= valid_from", name="valid"),
    UniqueConstraint("item_id", "substitute_id"),
    write_rank=4,
    lookups=("item_id",),
    master=True,
)

supplier_item = table(
    "supplier_item",
    identity(),
    reference("supplier_id", "party", indexed=True),
    reference("item_id", "item", indexed=True),
    Column("supplier_item_code", String(64)),
    Column("lead_time_days", quantity(), nullable=False),
    Column("min_lot", quantity()),
    Column("max_lot", quantity()),
    Column("lot_multiple", quantity()),
    Column("priority", Integer, nullable=False),
    Column("components_provided", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("supplier_id", "item_id"),
    write_rank=4,
    lookups=("item_id", "supplier_id"),
    master=True,
)

price_break = table(
    "price_break",
    identity(),
    reference("supplier_item_id", "supplier_item", indexed=True),
    Column("from_quantity", quantity(), nullable=False),
    Column("unit_price", rate(), nullable=False),
    Column("valid_from", Date, nullable=False),
    CheckConstraint("unit_price >= 0", name="unit_price"),
    UniqueConstraint("supplier_item_id", "from_quantity", "valid_from"),
    write_rank=5,
    lookups=("supplier_item_id",),
    master=True,
)

bom = table(
    "bom",
    identity(),
    reference("item_id", "item", indexed=True),
    Column("revision", code(), nullable=False),
    Column("base_quantity", quantity(), nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    CheckConstraint("base_quantity > 0", name="base_quantity"),
    CheckConstraint("effective_to is null or effective_to > effective_from", name="effective"),
    UniqueConstraint("item_id", "revision"),
    write_rank=4,
    lookups=("item_id",),
    master=True,
)

bom_line = table(
    "bom_line",
    identity(),
    reference("bom_id", "bom", indexed=True),
    Column("line", Integer, nullable=False),
    reference("component_id", "item", indexed=True),
    Column("quantity_per", quantity(), nullable=False),
    Column("scrap_factor", rate(), nullable=False),
    Column("fixed_quantity", quantity(), nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("operation", Integer),
    Column("alternate_group", code()),
    Column("priority", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    CheckConstraint("quantity_per >= 0 and fixed_quantity >= 0", name="quantity"),
    CheckConstraint("scrap_factor >= 0 and scrap_factor < 100000000", name="scrap_factor"),
    CheckConstraint("kind in ('component', 'by_product', 'co_product')", name="kind"),
    UniqueConstraint("bom_id", "line"),
    write_rank=5,
    lookups=("bom_id", "component_id"),
    master=True,
)

work_center = table(
    "work_center",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    reference("site_id", "site", optional=True),
    reference("calendar_id", "calendar", optional=True),
    Column("units", Integer, nullable=False),
    Column("efficiency", rate(), nullable=False),
    Column("cost_per_hour", rate(), nullable=False),
    Column("weekly_minutes", Integer, nullable=False),
    CheckConstraint("units >= 1", name="units"),
    write_rank=3,
    lookups=("code",),
    master=True,
)

routing_operation = table(
    "routing_operation",
    identity(),
    reference("item_id", "item", indexed=True),
    Column("operation", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    reference("work_center_id", "work_center"),
    Column("setup_minutes", quantity(), nullable=False),
    Column("run_minutes", quantity(), nullable=False),
    Column("priority", Integer, nullable=False),
    UniqueConstraint("item_id", "operation", "priority"),
    write_rank=5,
    lookups=("item_id",),
    master=True,
)

department = table(
    "department",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("group_name", String(200)),
    write_rank=1,
    lookups=("code",),
    master=True,
)

employee = table(
    "employee",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("job_title", String(200)),
    reference("department_id", "department", optional=True),
    Column("hired_on", Date),
    Column("identity_number_cipher", Text),
    Column("hourly_pay_cipher", Text),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    write_rank=2,
    lookups=("code",),
    master=True,
)

exchange_rate = table(
    "exchange_rate",
    identity(),
    Column("from_currency", String(3), nullable=False),
    Column("to_currency", String(3), nullable=False),
    Column("valid_on", Date, nullable=False),
    Column("rate", rate(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("rate > 0", name="rate"),
    UniqueConstraint("from_currency", "to_currency", "valid_on"),
    write_rank=1,
    master=True,
)
