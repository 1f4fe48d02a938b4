"""Commands of inventory policies: record what was proposed, accept lines of it into the items' planning parameters."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.commands.base import Code, Command, Day
from schemas.commands.planning_desk import Hash


class RecordPolicyRun(Command):
    """Record proposals for inventory policies; their tables lie in the store's folder under their hash."""

    as_of: Day
    feed_position: Annotated[int, Field(ge=0)]
    policy_hash: Hash
    settings: dict[str, Any]
    summary: dict[str, Any]
    versions: dict[str, str]


class PolicyLine(Command):
    """One proposal: an item at a location, and another service target of its curve where the proposed one is not wanted."""

    item: Code
    location: Code = "MAIN"
    service_target: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=4)] | None = None


class AcceptPolicies(Command):
    """Put proposals into the items' planning parameters: those that are named, of the lines that are chosen."""

    policy_run: Annotated[str, Field(max_length=64)]
    parameters: Annotated[
        list[Literal["safety_stock", "reorder_point", "lead_time_days"]], Field(min_length=1, max_length=3)
    ] = ["safety_stock"]
    lines: Annotated[list[PolicyLine], Field(min_length=1, max_length=5000)]
