"""Tables of the inventory policies: the histories that they learn from, and the columns of what they propose.

Read by planning/policies, written and shown by whoever asks for proposals. Beside the planning package, not part of it: the
package's own tables stay frozen.
"""

from schemas.planning.columns import Column, Kind, Table

_LOCATION = Column("location", Kind.TEXT, "MAIN")

DEMAND_HISTORY = Table(
    "demand_history",
    (
        Column("item", Kind.TEXT, required=True),
        _LOCATION,
        Column("on", Kind.DATE, required=True),
        Column("quantity", Kind.QUANTITY, required=True),
    ),
    items=("item",),
)
"""What was asked for, day by day: orders by the day they were wanted, not only what could be shipped; returns taken off."""

RECEIPT_HISTORY = Table(
    "receipt_history",
    (
        Column("order", Kind.TEXT),
        Column("item", Kind.TEXT, required=True),
        _LOCATION,
        Column("supplier", Kind.TEXT),
        Column("ordered_on", Kind.DATE, required=True),
        Column("received_on", Kind.DATE, required=True),
        Column("quantity", Kind.QUANTITY, required=True),
    ),
    items=("item",),
)
"""One row a receipt of an order line: bought, made or transferred."""

PROPOSAL_COLUMNS: dict[str, Kind | type[float]] = {
    "item": Kind.TEXT,
    "location": Kind.TEXT,
    "abc": Kind.TEXT,
    "xyz": Kind.TEXT,
    "pattern": Kind.TEXT,
    "yearly_demand": Kind.QUANTITY,
    "yearly_usage_value": Kind.QUANTITY,
    "bucket_days": Kind.COUNT,
    "demand_bucket_count": Kind.COUNT,
    "demand_mean": float,
    "demand_deviation": float,
    "demand_variation": float,
    "demand_interval": float,
    "lead_time_source": Kind.TEXT,
    "lead_time_receipt_count": Kind.COUNT,
    "lead_time_days_mean": float,
    "lead_time_days_deviation": float,
    "lead_time_days_p50": float,
    "lead_time_days_p90": float,
    "review_days": float,
    "protection_mean": float,
    "protection_deviation": float,
    "undershoot_mean": float,
    "distribution": Kind.TEXT,
    "service_measure": Kind.TEXT,
    "service_target": float,
    "service_source": Kind.TEXT,
    "safety_factor": float,
    "safety_stock": Kind.QUANTITY,
    "safety_stock_computed": float,
    "reorder_point": Kind.QUANTITY,
    "order_quantity": Kind.QUANTITY,
    "order_quantity_rule": Kind.TEXT,
    "order_up_to": Kind.QUANTITY,
    "expected_cycle_service": float,
    "expected_fill_rate": float,
    "expected_stock": float,
    "unit_cost": Kind.QUANTITY,
    "order_cost": Kind.QUANTITY,
    "yearly_unit_holding_cost": float,
    "yearly_order_cost": float,
    "yearly_holding_cost": float,
    "yearly_cost": float,
    "current_safety_stock": Kind.QUANTITY,
    "current_reorder_point": Kind.QUANTITY,
    "current_lot_size": Kind.QUANTITY,
}
"""Columns of the proposals in order; quantities and money DECIMAL(18, 6), `float` for statistics."""
