"""Tables of service levels: what is promised, the clocks of each case, when they stand still, and who was told.

How long a clock has run is counted in working time from its start, less its pauses; only of a stopped clock is it kept.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, quantity, rate

_CLOCKS = "('answer', 'decision', 'settlement')"

service_level = table(
    "service_level",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("case_kind", String(16)),
    Column("priority_upto", Integer),
    Column("customer_class", code()),
    reference("calendar_id", "calendar"),
    Column("answer_hours", quantity()),
    Column("decision_hours", quantity()),
    Column("settlement_hours", quantity()),
    Column("warn_share", rate(), nullable=False),
    Column("escalation_role", code(), nullable=False),
    Column("active", Boolean, nullable=False),
    CheckConstraint("case_kind in ('return', 'exchange', 'repair', 'complaint')", name="case_kind"),
    CheckConstraint("answer_hours > 0 and decision_hours > 0 and settlement_hours > 0", name="hours"),
    write_rank=2,
    lookups=("code",),
)

case_clock = table(
    "case_clock",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("kind", String(16), nullable=False),
    reference("level_id", "service_level"),
    Column("limit_minutes", Integer, nullable=False),
    Column("warn_minutes", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("look_at", Instant, index=True),
    Column("stopped_at", Instant),
    Column("used_seconds", Integer),
    UniqueConstraint("document_id", "kind"),
    CheckConstraint(f"kind in {_CLOCKS}", name="kind"),
    CheckConstraint("limit_minutes > 0 and warn_minutes > 0 and warn_minutes <= limit_minutes", name="limits"),
    CheckConstraint("(stopped_at is null) = (used_seconds is null)", name="stopped"),
    CheckConstraint("stopped_at is null or look_at is null", name="look_at"),
    write_rank=9,
    lookups=("document_id",),
)

case_pause = table(
    "case_pause",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("clock_kind", String(16)),
    Column("reason", String(16), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint(f"clock_kind in {_CLOCKS}", name="clock_kind"),
    CheckConstraint("reason in ('customer', 'done')", name="reason"),
    CheckConstraint("ended_at >= began_at", name="ended_at"),
    write_rank=9,
    lookups=("document_id",),
    fed=False,
)

service_alert = table(
    "service_alert",
    identity(),
    reference("clock_id", "case_clock", indexed=True),
    Column("step", String(16), nullable=False),
    Column("limit_minutes", Integer, nullable=False),
    Column("role_code", code()),
    reference("user_id", "user_account", optional=True),
    Column("state", String(16), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("clock_id", "step", "limit_minutes"),
    CheckConstraint("step in ('warning', 'escalation')", name="step"),
    CheckConstraint("state in ('waiting', 'sent')", name="state"),
    CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_at"),
    CheckConstraint("(role_code is null) <> (user_id is null)", name="told"),
    write_rank=10,
    lookups=("clock_id",),
    fed=False,
)
