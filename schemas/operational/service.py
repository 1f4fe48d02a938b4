"""Tables of after-sales: a case beside its document, its steps, what was found of its goods, where they went, and what was said.

Which goods a case holds is read from documents: a row of `case_goods` counts as long as the document of its line is posted.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, key, quantity

service_case = table(
    "service_case",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("case_kind", String(16), nullable=False),
    reference("against_id", "document", optional=True, indexed=True),
    reference("owner_id", "user_account", optional=True, indexed=True),
    Column("contact_name", String(200)),
    Column("contact_phone", String(64)),
    Column("outcome", String(32)),
    Column("version", Integer, nullable=False),
    CheckConstraint("case_kind in ('return', 'exchange', 'repair', 'complaint')", name="case_kind"),
    CheckConstraint("outcome in ('credit', 'replacement', 'credit_and_replacement', 'repair', 'none')", name="outcome"),
    write_rank=9,
)

case_step = table(
    "case_step",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("state", String(16), nullable=False),
    Column("made_on", Date, nullable=False),
    append_only=True,
    write_rank=9,
    lookups=("document_id",),
)

case_line = table(
    "case_line",
    Column("id", key(), ForeignKey("document_line.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("order_line_id", "document_line", optional=True, indexed=True),
    reference("shipment_line_id", "document_line", optional=True, indexed=True),
    append_only=True,
    write_rank=8,
    lookups=("order_line_id",),
)

case_finding = table(
    "case_finding",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("quantity", quantity(), nullable=False),
    Column("finding", String(16), nullable=False),
    Column("note", Text),
    Column("superseded", Boolean, nullable=False),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("finding in ('good', 'repairable', 'scrap', 'supplier_fault')", name="finding"),
    CheckConstraint("quantity > 0", name="quantity"),
    write_rank=9,
    lookups=("document_line_id",),
    fed=False,
)

case_goods = table(
    "case_goods",
    identity(),
    reference("case_line_id", "document_line", indexed=True),
    Column("step", String(16), nullable=False),
    reference("document_line_id", "document_line", indexed=True),
    reference("received_line_id", "document_line", optional=True, indexed=True),
    Column("quantity", quantity(), nullable=False),
    CheckConstraint("step in ('received', 'restock', 'rework', 'scrap', 'to_supplier')", name="step"),
    CheckConstraint("(step = 'received') = (received_line_id is null)", name="received_line"),
    CheckConstraint("quantity > 0", name="quantity"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=9,
    lookups=("case_line_id",),
    fed=False,
)

case_note = table(
    "case_note",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("text", Text, nullable=False),
    Column("said_to_customer", Boolean, nullable=False),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    append_only=True,
    write_rank=9,
    lookups=("document_id",),
    fed=False,
)

case_file = table(
    "case_file",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("byte_count", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_base64", Text, nullable=False),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("media_type in ('image/png', 'image/jpeg', 'image/webp', 'application/pdf')", name="media_type"),
    CheckConstraint("byte_count > 0", name="byte_count"),
    UniqueConstraint("document_id", "sha256"),
    append_only=True,
    write_rank=9,
    lookups=("document_id",),
    fed=False,
)

case_measure = table(
    "case_measure",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("number", Integer, nullable=False),
    Column("measure_kind", String(16), nullable=False),
    Column("cause", Text, nullable=False),
    Column("action", Text, nullable=False),
    reference("owner_id", "user_account", indexed=True),
    Column("due_on", Date, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("done_on", Date),
    Column("done_by", key()),
    Column("result", Text),
    Column("dropped", Boolean, nullable=False),
    Column("effective", Boolean),
    Column("judged_on", Date),
    Column("judged_by", key()),
    Column("judgement", Text),
    Column("version", Integer, nullable=False),
    UniqueConstraint("document_id", "number"),
    CheckConstraint("measure_kind in ('correction', 'corrective', 'preventive')", name="measure_kind"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("(done_on is null) = (result is null) and (done_on is null) = (done_by is null)", name="done"),
    CheckConstraint(
        "(effective is null) = (judged_on is null) and (effective is null) = (judged_by is null)", name="judged"
    ),
    CheckConstraint("judged_by not in (owner_id, done_by)", name="judged_by"),
    CheckConstraint("effective is null or (done_on is not null and judged_on >= done_on)", name="judged_on"),
    CheckConstraint("not dropped or done_on is null", name="dropped"),
    write_rank=9,
    lookups=("document_id",),
    fed=False,
)

customer_feedback = table(
    "customer_feedback",
    identity(),
    reference("about_id", "document", indexed=True),
    Column("satisfaction", Integer, nullable=False),
    Column("recommendation", Integer),
    Column("comment", Text),
    Column("given_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("change_count", Integer, nullable=False),
    UniqueConstraint("about_id"),
    CheckConstraint("satisfaction between 1 and 5", name="satisfaction"),
    CheckConstraint("recommendation between 0 and 10", name="recommendation"),
    CheckConstraint("changed_at >= given_at", name="changed_at"),
    CheckConstraint("change_count between 0 and 20", name="change_count"),
    write_rank=9,
    lookups=("about_id",),
)
