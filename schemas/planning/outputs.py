"""The output tables of a plan, column by column, in the order in which they are written.

Written by planning (Plan.write); read by the plan desk, the warehouse and the checker, which name
the columns from here.
"""

from schemas.planning.columns import Column, Kind, Table

ALERT_KINDS = (
    "shortage",
    "late_demand",
    "past_due_release",
    "expedite",
    "defer",
    "cancel",
    "below_safety_stock",
    "excess",
    "expiring",
    "capacity_overload",
    "unplanned_item",
)


def _columns(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


_PLANNED_ORDERS = (
    *_columns(Kind.TEXT, "planned_order", "item", "location", "kind", "supplier"),
    *_columns(Kind.QUANTITY, "quantity", "good_quantity"),
    *_columns(Kind.DATE, "release_on", "due_on", "need_on"),
    *_columns(Kind.COUNT, "level"),
    *_columns(Kind.TEXT, "status"),
    *_columns(Kind.BOOLEAN, "past_due"),
)

_MRP_RECORDS = (
    *_columns(Kind.TEXT, "item", "location"),
    *_columns(Kind.DATE, "bucket_start"),
    *_columns(
        Kind.QUANTITY,
        "gross_requirements",
        "scheduled_receipts",
        "projected_on_hand",
        "net_requirements",
        "planned_order_receipts",
        "planned_order_releases",
        "available_to_promise",
        "cumulative_atp",
    ),
)

_PEGGING = (
    *_columns(Kind.TEXT, "demand", "item", "supply", "supply_kind"),
    *_columns(Kind.QUANTITY, "quantity"),
    *_columns(Kind.COUNT, "depth"),
    *_columns(Kind.TEXT, "parent_supply"),
)

_PROMISES = (
    *_columns(Kind.TEXT, "demand"),
    *_columns(Kind.QUANTITY, "quantity"),
    *_columns(Kind.DATE, "due_on", "promised_on"),
    *_columns(Kind.COUNT, "late_days"),
    *_columns(Kind.TEXT, "cause"),
)

_OPERATIONS = (
    *_columns(Kind.TEXT, "planned_order", "job"),
    *_columns(Kind.INTEGER, "operation"),
    *_columns(Kind.TEXT, "resource"),
    *_columns(Kind.INSTANT, "starts_at", "ends_at"),
    *_columns(Kind.QUANTITY, "setup_minutes", "quantity"),
)

_ALERTS = (
    *_columns(Kind.TEXT, "alert", "item", "location", "order"),
    *_columns(Kind.DATE, "on", "to"),
    *_columns(Kind.QUANTITY, "quantity"),
    *_columns(Kind.TEXT, "severity", "cause"),
)

_REJECTS = (
    *_columns(Kind.TEXT, "table"),
    *_columns(Kind.COUNT, "row"),
    *_columns(Kind.TEXT, "column", "value", "reason"),
)

OUTPUT_TABLES: dict[str, Table] = {
    name: Table(name, columns)
    for name, columns in (
        ("planned_orders", _PLANNED_ORDERS),
        ("mrp_records", _MRP_RECORDS),
        ("pegging", _PEGGING),
        ("promises", _PROMISES),
        ("operations", _OPERATIONS),
        ("alerts", _ALERTS),
        ("rejects", _REJECTS),
    )
}
"""Every output table; summary.json and timings.json stand beside them. Signed quantities may occur on this side."""
