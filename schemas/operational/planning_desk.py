"""Tables of the plan desk: immutable plan runs, released lines, and decisions on quarantined rows."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, quantity

plan_run = table(
    "plan_run",
    identity(),
    Column("number", String(64), nullable=False, unique=True),
    Column("method", code(), nullable=False),
    Column("seed", key(), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("feed_position", key(), nullable=False),
    Column("package_hash", String(64), nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("status", code(), nullable=False),
    Column("summary", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    append_only=True,
    write_rank=8,
)

plan_basis = table(
    "plan_basis",
    identity(),
    reference("plan_run_id", "plan_run", indexed=True),
    reference("item_id", "item"),
    Column("on_hand", quantity(), nullable=False),
    Column("open_supply", quantity(), nullable=False),
    Column("open_demand", quantity(), nullable=False),
    Column("item_version", Integer, nullable=False),
    UniqueConstraint("plan_run_id", "item_id"),
    append_only=True,
    write_rank=9,
    lookups=("plan_run_id",),
    fed=False,
)

plan_release = table(
    "plan_release",
    identity(),
    reference("plan_run_id", "plan_run", indexed=True),
    Column("planned_order", String(200), nullable=False),
    reference("document_id", "document"),
    UniqueConstraint("plan_run_id", "planned_order"),
    append_only=True,
    write_rank=8,
    lookups=("plan_run_id",),
)

quarantine_decision = table(
    "quarantine_decision",
    identity(),
    Column("table_name", code(), nullable=False),
    Column("row_key", String(200), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", key(), nullable=False),
    Column("decided_at", Instant, nullable=False),
    CheckConstraint("decision in ('release', 'keep')", name="decision"),
    append_only=True,
)
