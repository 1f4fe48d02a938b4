"""Tables of demand forecasts: immutable runs, what people changed of them, and which of them was accepted.

What a run says lies in files under its hash. A change is never overwritten: the change of the highest number is in force for its
item, site, customer group and week, and one without a quantity has withdrawn it. What was accepted is a run with the changes that
are named beside it; the newest acceptance is what plans take.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, quantity

forecast_run = table(
    "forecast_run",
    identity(),
    Column("number", String(64), nullable=False, unique=True),
    Column("as_of", Date, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("week_count", Integer, nullable=False),
    Column("feed_position", key(), nullable=False),
    Column("forecast_hash", String(64), nullable=False),
    Column("summary", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    append_only=True,
    write_rank=8,
    lookups=("number",),
)

forecast_override = table(
    "forecast_override",
    identity(),
    reference("forecast_run_id", "forecast_run"),
    reference("item_id", "item", indexed=True),
    Column("site_code", code(), nullable=False),
    Column("customer_group", code(), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("override_number", Integer, nullable=False),
    Column("before", quantity(), nullable=False),
    Column("after", quantity()),
    Column("reason", Text, nullable=False),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("item_id", "site_code", "customer_group", "period_start", "override_number"),
    CheckConstraint("before >= 0 and (after is null or after >= 0)", name="quantities"),
    append_only=True,
    write_rank=9,
    lookups=("item_id",),
)

forecast_publication = table(
    "forecast_publication",
    identity(),
    reference("forecast_run_id", "forecast_run", indexed=True),
    Column("publication_number", Integer, nullable=False, unique=True),
    Column("note", Text),
    Column("created_by", key(), nullable=False),
    Column("created_at", Instant, nullable=False),
    append_only=True,
    write_rank=9,
    lookups=("forecast_run_id",),
)

forecast_publication_override = table(
    "forecast_publication_override",
    identity(),
    reference("publication_id", "forecast_publication", indexed=True),
    reference("override_id", "forecast_override"),
    UniqueConstraint("publication_id", "override_id"),
    append_only=True,
    write_rank=10,
    lookups=("publication_id",),
)
