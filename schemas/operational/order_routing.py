"""Tables of the routing of orders: the rules as rows of a decision table, and for each order line where it goes and why.

Rules are tried by rank, and the first that holds decides a line as a whole. What was decided is never changed: the newest row of a
line is in force, and those before it are its history. A rule is never deleted; one that no longer takes effect is retired.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key

order_routing_rule = table(
    "order_routing_rule",
    identity(),
    Column("document_kind", String(32), nullable=False, index=True),
    Column("code", code(), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    reference("replaces_id", "order_routing_rule", optional=True),
    reference("family_id", "item_category", optional=True),
    Column("channel", code()),
    Column("customer_class", code()),
    Column("priority_until", Integer),
    Column("country", String(2)),
    Column("region", code()),
    Column("valid_from", Date),
    Column("valid_to", Date),
    reference("location_id", "location", optional=True),
    reference("site_id", "site", optional=True),
    reference("work_center_id", "work_center", optional=True),
    reference("department_id", "department", optional=True),
    Column("queue_role", code()),
    Column("version", Integer, nullable=False),
    CheckConstraint("document_kind = 'sales_order'", name="document_kind"),
    CheckConstraint("state in ('draft', 'active', 'retired')", name="state"),
    CheckConstraint("rank >= 1", name="rank"),
    CheckConstraint("valid_to is null or valid_from is null or valid_to >= valid_from", name="valid"),
    CheckConstraint(
        "coalesce(location_id, site_id, work_center_id, department_id) is not null or queue_role is not null",
        name="sends_somewhere",
    ),
    UniqueConstraint("document_kind", "code"),
    write_rank=4,
    lookups=("document_kind",),
    fed=False,
    master=True,
)

order_line_routing = table(
    "order_line_routing",
    identity(),
    reference("order_line_id", "document_line", indexed=True),
    Column("routing_number", Integer, nullable=False),
    Column("decided_by", String(16), nullable=False),
    reference("rule_id", "order_routing_rule", optional=True, indexed=True),
    Column("rule_version", Integer),
    Column("explanation", Text, nullable=False),
    reference("location_id", "location", optional=True),
    reference("default_location_id", "location", optional=True),
    reference("site_id", "site", optional=True),
    reference("work_center_id", "work_center", optional=True),
    reference("department_id", "department", optional=True),
    Column("queue_role", code()),
    Column("reason", Text),
    Column("routed_by", key(), nullable=False),
    Column("routed_at", Instant, nullable=False),
    CheckConstraint("decided_by in ('rule', 'default', 'override')", name="decided_by"),
    CheckConstraint("(decided_by = 'rule') = (rule_id is not null)", name="rule"),
    CheckConstraint("(rule_id is null) = (rule_version is null)", name="rule_version"),
    CheckConstraint("(decided_by = 'override') = (reason is not null)", name="override_has_reason"),
    UniqueConstraint("order_line_id", "routing_number"),
    append_only=True,
    write_rank=9,
    lookups=("order_line_id",),
)

made_for_order = table(
    "made_for_order",
    identity(),
    reference("production_order_id", "document"),
    reference("order_line_id", "document_line", optional=True, indexed=True),
    reference("work_center_id", "work_center", optional=True),
    UniqueConstraint("production_order_id"),
    append_only=True,
    write_rank=9,
    lookups=("production_order_id",),
    fed=False,
)
