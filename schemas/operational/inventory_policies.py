"""Tables of inventory policies: immutable runs of proposals, and what of them was accepted into the items' planning parameters.

What a run proposes lies in files under its hash. What an item said before it was changed is kept beside what it says since, so that
it can be put back by the item's own form.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, quantity, rate

policy_run = table(
    "policy_run",
    identity(),
    Column("number", String(64), nullable=False, unique=True),
    Column("as_of", Date, nullable=False),
    Column("feed_position", key(), nullable=False),
    Column("policy_hash", String(64), nullable=False),
    Column("settings", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    append_only=True,
    write_rank=8,
    lookups=("number",),
)

policy_acceptance = table(
    "policy_acceptance",
    identity(),
    reference("policy_run_id", "policy_run", indexed=True),
    reference("item_id", "item"),
    Column("location_code", code(), nullable=False),
    Column("service_target", rate(), nullable=False),
    Column("safety_stock_before", quantity()),
    Column("safety_stock_after", quantity()),
    Column("reorder_point_before", quantity()),
    Column("reorder_point_after", quantity()),
    Column("lead_time_days_before", quantity()),
    Column("lead_time_days_after", quantity()),
    Column("accepted_by", key(), nullable=False),
    Column("accepted_at", Instant, nullable=False),
    UniqueConstraint("policy_run_id", "item_id"),
    append_only=True,
    write_rank=9,
    lookups=("policy_run_id",),
)
