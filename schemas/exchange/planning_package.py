"""The wire names of the planning package's columns, mapped once from the house's own names.

The package's format is frozen; marts may rename a column and change it here. Which columns a package has, and their kinds, is said
by schemas/planning; this page says which mart fills a table and which column goes where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class WireTable:
    """A table of the package: the mart it comes from, and the house name of each wire column."""

    mart: str
    columns: dict[str, str]


WIRE_TABLES: Final[dict[str, WireTable]] = {
    "items": WireTable(
        "marts.planning_item",
        {
            "item": "item_code",
            "description": "item_name",
            "unit": "unit_code",
            "source": "source",
            "lead_time_days": "lead_time_days",
            "safety_stock": "safety_stock",
            "reorder_point": "reorder_point",
            "lot_policy": "lot_policy",
            "lot_size": "lot_size",
            "lot_periods": "lot_periods",
            "min_lot": "min_lot",
            "max_lot": "max_lot",
            "lot_multiple": "lot_multiple",
            "max_stock": "max_stock",
            "yield": "planned_yield",
            "unit_cost": "unit_cost",
            "setup_cost": "setup_cost",
            "holding_rate": "holding_rate",
            "shelf_life_days": "shelf_life_days",
            "demand_fence_days": "demand_fence_days",
            "planning_fence_days": "planning_fence_days",
            "phantom": "phantom",
            "decimals": "unit_decimals",
            "safety_days": "safety_days",
        },
    ),
    "bom": WireTable(
        "marts.planning_bom",
        {
            "parent": "parent_item_code",
            "component": "component_item_code",
            "quantity_per": "quantity_per",
            "scrap": "scrap_factor",
            "fixed_quantity": "fixed_quantity",
            "effective_from": "effective_from",
            "effective_to": "effective_to",
            "operation": "operation",
            "alternate_group": "alternate_group",
            "priority": "priority",
            "kind": "kind",
        },
    ),
    "sources": WireTable(
        "marts.planning_source",
        {
            "item": "item_code",
            "location": "site_code",
            "method": "method",
            "supplier": "bought_from",
            "from_location": "from_site_code",
            "lead_time_days": "lead_time_days",
            "min_lot": "min_lot",
            "lot_multiple": "lot_multiple",
            "max_lot": "max_lot",
            "unit_cost": "unit_price",
            "priority": "priority",
        },
    ),
    "price_breaks": WireTable(
        "marts.planning_price_break",
        {
            "item": "item_code",
            "supplier": "supplier_code",
            "from_quantity": "from_quantity",
            "unit_price": "unit_price",
        },
    ),
    "stock": WireTable(
        "marts.planning_stock",
        {
            "item": "item_code",
            "location": "site_code",
            "lot": "lot_code",
            "quantity": "quantity",
            "expires_on": "expires_on",
            "status": "status",
        },
    ),
    "receipts": WireTable(
        "marts.planning_receipt",
        {
            "order": "receipt",
            "item": "item_code",
            "location": "site_code",
            "quantity": "quantity",
            "due_on": "due_on",
            "kind": "order_kind",
            "firm": "firm",
            "supplier": "supplier_code",
        },
    ),
    "demand": WireTable(
        "marts.planning_demand",
        {
            "demand": "demand",
            "item": "item_code",
            "location": "site_code",
            "quantity": "quantity",
            "due_on": "due_on",
            "kind": "demand_kind",
            "customer": "customer_code",
            "priority": "priority",
        },
    ),
    "resources": WireTable(
        "marts.planning_resource",
        {
            "resource": "work_center_code",
            "calendar": "calendar_code",
            "units": "units",
            "efficiency": "efficiency",
            "cost_per_hour": "cost_per_hour",
        },
    ),
    "calendars": WireTable(
        "marts.planning_calendar",
        {
            "calendar": "calendar_code",
            "starts_at": "starts_at",
            "ends_at": "ends_at",
            "available": "available",
            "weekday": "weekday",
            "from_time": "from_time",
            "to_time": "to_time",
        },
    ),
    "capacity": WireTable(
        "marts.planning_capacity", {"resource": "work_center_code", "bucket": "starts_on", "minutes": "minutes"}
    ),
    "routings": WireTable(
        "marts.planning_routing",
        {
            "item": "item_code",
            "operation": "operation",
            "resource": "work_center_code",
            "setup_minutes": "setup_minutes",
            "run_minutes": "run_minutes",
            "priority": "priority",
        },
    ),
    "locations": WireTable("marts.planning_location", {"location": "site_code", "calendar": "calendar_code"}),
}
"""Every input table that the platform fills, in the order in which a package is written."""
