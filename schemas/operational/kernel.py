"""Tables of the kernel: who may act, what was commanded, the hash-chained feed, numbers, jobs, inbox and drafts."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money, rate

company = table(
    "company",
    identity(),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("currency_decimals", Integer, nullable=False),
    Column("country", String(2), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("chart", code(), nullable=False),
    Column("language", String(16), nullable=False),
    Column("tax_number", String(64)),
    Column("address", Text),
    Column("phone", String(64)),
    Column("email", String(200)),
    Column("bank_account", String(200)),
    Column("read_only_reason", Text),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_company"),
    CheckConstraint("currency_decimals between 0 and 4", name="currency_decimals"),
    write_rank=1,
    master=True,
)

store_head = table(
    "store_head",
    identity(),
    Column("position", key(), nullable=False),
    Column("master_position", key(), nullable=False),
    Column("chain_hash", String(64), nullable=False),
    Column("last_id", key(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_head"),
    fed=False,
)

user_account = table(
    "user_account",
    identity(),
    Column("login", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200)),
    Column("language", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("roles", Text, nullable=False),
    Column("failed_count", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("state in ('active', 'disabled')", name="state"),
    write_rank=1,
    lookups=("login",),
    fed=False,
)

role = table(
    "role",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("permissions", Text, nullable=False),
    write_rank=1,
    lookups=("code",),
    fed=False,
)

user_session = table(
    "user_session",
    identity(),
    Column("token_hash", String(64), nullable=False, unique=True),
    reference("user_id", "user_account", indexed=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("address", String(64), nullable=False),
    lookups=("user_id",),
    fed=False,
)

api_token = table(
    "api_token",
    identity(),
    Column("token_hash", String(64), nullable=False, unique=True),
    reference("user_id", "user_account", indexed=True),
    Column("name", String(100), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    fed=False,
)

setup_token = table(
    "setup_token",
    identity(),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    fed=False,
)

feed = table(
    "feed",
    Column("position", key(), primary_key=True, autoincrement=False),
    Column("recorded_at", Instant, nullable=False),
    Column("principal_id", key(), nullable=False),
    Column("command", String(100), nullable=False),
    Column("command_id", String(100), nullable=False),
    Column("changes", Text, nullable=False),
    Column("before_after", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("chain_hash", String(64), nullable=False),
    append_only=True,
    write_rank=9,
    fed=False,
)

command_receipt = table(
    "command_receipt",
    Column("principal_id", key(), primary_key=True, autoincrement=False),
    Column("command_id", String(100), primary_key=True),
    Column("command", String(100), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("document_id", key()),
    Column("number", String(64)),
    Column("message", Text, nullable=False),
    Column("position", key(), nullable=False),
    append_only=True,
    write_rank=9,
    fed=False,
)

number_series = table(
    "number_series",
    Column("series", code(), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("last_number", key(), nullable=False),
    CheckConstraint("last_number >= 0", name="last_number"),
    fed=False,
)

job = table(
    "job",
    identity(),
    Column("kind", code(), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("run_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("lease_owner", String(100)),
    Column("attempt", Integer, nullable=False),
    Column("done_count", Integer, nullable=False),
    Column("total_count", Integer, nullable=False),
    Column("checkpoint", Text),
    Column("message", Text),
    Column("principal_id", key(), nullable=False),
    CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
    fed=False,
)

inbox_item = table(
    "inbox_item",
    identity(),
    Column("role_code", code()),
    reference("user_id", "user_account", optional=True, indexed=True),
    Column("kind", code(), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("document_id", key()),
    Column("item_id", key()),
    Column("source", String(100), nullable=False),
    Column("due_on", Date),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state in ('open', 'done')", name="state"),
    UniqueConstraint("source"),
    lookups=("source",),
    fed=False,
)

draft = table(
    "draft",
    identity(),
    reference("user_id", "user_account"),
    Column("form", String(100), nullable=False),
    Column("data", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
    UniqueConstraint("user_id", "form"),
    fed=False,
)

approval_rule = table(
    "approval_rule",
    identity(),
    Column("command", String(100), nullable=False, index=True),
    Column("name", code(), nullable=False),
    Column("amount_above", money()),
    Column("discount_above", rate()),
    Column("margin_below", rate()),
    Column("customer_class", code()),
    Column("credit", String(16)),
    Column("new_customer_days", Integer),
    Column("over_budget", Boolean),
    reference("family_id", "item_category", optional=True),
    Column("channel", code()),
    Column("approver_role", code(), nullable=False),
    Column("active", Boolean, nullable=False),
    CheckConstraint("credit is null or credit in ('exceeded', 'overdue', 'any')", name="credit"),
    CheckConstraint("new_customer_days is null or new_customer_days >= 0", name="new_customer_days"),
    UniqueConstraint("command", "name"),
    write_rank=2,
    lookups=("command",),
    fed=False,
    master=True,
)

approval_request = table(
    "approval_request",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("rule_id", "approval_rule"),
    Column("requested_by", key(), nullable=False),
    Column("decided_by", key()),
    Column("state", String(16), nullable=False),
    Column("decided_at", Instant),
    Column("reason", Text),
    Column("explanation", Text, nullable=False),
    CheckConstraint("state in ('waiting', 'approved', 'rejected', 'withdrawn')", name="state"),
    CheckConstraint("decided_by is null or decided_by <> requested_by", name="maker_is_not_checker"),
    lookups=("document_id",),
)

Index("ix_job_state_run_at", job.c.state, job.c.run_at)
