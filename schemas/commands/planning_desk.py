"""Commands of the plan desk: record a run, release its lines, decide on quarantined rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.commands.base import Code, Command, Day

Hash = Annotated[str, Field(pattern="^[0-9a-f]{32,64}$")]


class PlanAlert(Command):
    """One alert of a plan, for the inbox."""

    alert: Code
    item: Code
    severity: Literal["info", "warning", "critical"]
    on: Day | None = None
    order: Annotated[str, Field(max_length=200)] | None = None
    quantity: Annotated[str, Field(max_length=40)] | None = None
    cause: Annotated[str, Field(max_length=400)] | None = None


class RecordPlanRun(Command):
    """Record a plan that the checker accepted; its tables lie in the store's folder under their hash."""

    method: Code
    seed: int
    as_of: Day
    feed_position: Annotated[int, Field(ge=0)]
    package_hash: Hash
    plan_hash: Hash
    status: Code
    summary: dict[str, Any]
    versions: dict[str, str]
    alerts: Annotated[list[PlanAlert], Field(max_length=100_000)] = []


class ReleasePlannedOrders(Command):
    """Turn chosen planned orders into production orders, and into purchase orders or one purchase requisition."""

    plan_run: Annotated[str, Field(max_length=64)]
    buy_as: Literal["purchase_order", "purchase_requisition"] = "purchase_order"
    planned_orders: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=5000)]


class DecideQuarantine(Command):
    """Release a quarantined row into the marts, or keep it out."""

    table_name: Code
    row_key: Annotated[str, Field(min_length=1, max_length=200)]
    rule: Annotated[str, Field(min_length=1, max_length=200)]
    decision: Literal["release", "keep"]
    reason: Annotated[str, Field(min_length=1, max_length=400)]
