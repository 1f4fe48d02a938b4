"""Tables of fulfilment: how an order is to be delivered, what of it is held for picking, each scan, parcels and their news.

A hold says what of an order line is on its way out of one balance: to pick, picked, packed. It is always reserved for that line in
the reservation ledger, and nothing but picking, packing and handing over changes it.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, quantity

carrier = table(
    "carrier",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("system", String(16), nullable=False),
    Column("system_code", code()),
    Column("account", code()),
    Column("quiet_days", Integer, nullable=False),
    Column("secret_cipher", Text),
    Column("api_key_cipher", Text),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("system in ('manual', 'kuaidi100', 'webhook')", name="system"),
    CheckConstraint("quiet_days > 0", name="quiet_days"),
    write_rank=3,
    lookups=("code",),
    master=True,
)

carrier_service = table(
    "carrier_service",
    identity(),
    reference("carrier_id", "carrier", indexed=True),
    Column("code", code(), nullable=False),
    Column("name", String(200), nullable=False),
    Column("transit_days", Integer),
    Column("active", Boolean, nullable=False),
    CheckConstraint("transit_days >= 0", name="transit_days"),
    UniqueConstraint("carrier_id", "code"),
    write_rank=4,
    lookups=("carrier_id",),
    fed=False,
    master=True,
)

order_delivery = table(
    "order_delivery",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("carrier_id", "carrier", optional=True, indexed=True),
    reference("service_id", "carrier_service", optional=True),
    Column("region", code(), index=True),
    Column("phone", String(64)),
    Column("address", Text),
    Column("version", Integer, nullable=False),
    write_rank=9,
)

pick_hold = table(
    "pick_hold",
    identity(),
    reference("order_line_id", "document_line", indexed=True),
    reference("balance_id", "stock_balance", indexed=True),
    Column("to_pick", quantity(), nullable=False),
    Column("picked", quantity(), nullable=False),
    Column("packed", quantity(), nullable=False),
    CheckConstraint("to_pick >= 0", name="to_pick"),
    CheckConstraint("picked >= 0", name="picked"),
    CheckConstraint("packed >= 0", name="packed"),
    UniqueConstraint("order_line_id", "balance_id"),
    write_rank=8,
    lookups=("order_line_id",),
    fed=False,
)

pick_event = table(
    "pick_event",
    identity(),
    Column("kind", String(16), nullable=False),
    reference("order_line_id", "document_line", indexed=True),
    reference("pick_line_id", "document_line", optional=True, indexed=True),
    reference("balance_id", "stock_balance", indexed=True),
    Column("quantity", quantity(), nullable=False),
    Column("substituted", Boolean, nullable=False),
    Column("reason", String(16)),
    Column("note", Text),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("kind in ('picked', 'short', 'put_back')", name="kind"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("reason in ('not_found', 'damaged', 'expired', 'other')", name="reason"),
    append_only=True,
    write_rank=9,
    lookups=("pick_line_id",),
)

parcel = table(
    "parcel",
    Column("id", key(), ForeignKey("document.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("carrier_id", "carrier", optional=True, indexed=True),
    reference("service_id", "carrier_service", optional=True),
    Column("tracking_number", String(64), index=True),
    Column("package_type", String(16), nullable=False),
    Column("length_cm", quantity()),
    Column("width_cm", quantity()),
    Column("height_cm", quantity()),
    Column("computed_weight_kg", quantity(), nullable=False),
    Column("scale_weight_kg", quantity()),
    Column("version", Integer, nullable=False),
    CheckConstraint("package_type in ('carton', 'bag', 'envelope', 'pallet', 'other')", name="package_type"),
    CheckConstraint("computed_weight_kg >= 0", name="computed_weight_kg"),
    CheckConstraint("scale_weight_kg > 0", name="scale_weight_kg"),
    CheckConstraint("tracking_number is null or carrier_id is not null", name="number_of_a_carrier"),
    UniqueConstraint("carrier_id", "tracking_number"),
    write_rank=9,
)

parcel_tracking = table(
    "parcel_tracking",
    Column("id", key(), ForeignKey("parcel.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("state", String(24), nullable=False, index=True),
    Column("state_at", Instant),
    Column("expected_on", Date),
    Column("delivered_on", Date),
    Column("problem", String(16)),
    Column("since", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("problem in ('failed', 'returned', 'refused', 'quiet', 'late')", name="problem"),
    write_rank=9,
)

tracking_event = table(
    "tracking_event",
    identity(),
    reference("parcel_id", "parcel", indexed=True),
    Column("happened_at", Instant, nullable=False),
    Column("state", String(24)),
    Column("said", String(500), nullable=False),
    Column("place", String(200), nullable=False),
    Column("event_hash", String(64), nullable=False),
    reference("message_id", "carrier_message", optional=True, indexed=True),
    Column("made_by", key(), nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("parcel_id", "event_hash"),
    append_only=True,
    write_rank=9,
    lookups=("parcel_id",),
)

carrier_message = table(
    "carrier_message",
    identity(),
    reference("carrier_id", "carrier", indexed=True),
    Column("content_hash", String(64), nullable=False, index=True),
    Column("source", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    CheckConstraint("source in ('push', 'answer')", name="source"),
    UniqueConstraint("carrier_id", "content_hash"),
    append_only=True,
    write_rank=4,
    lookups=("content_hash",),
    fed=False,
)

carrier_handling = table(
    "carrier_handling",
    Column("id", key(), ForeignKey("carrier_message.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("tracking_number", String(64), index=True),
    reference("parcel_id", "parcel", optional=True, indexed=True),
    Column("handled_at", Instant),
    Column("version", Integer, nullable=False),
    CheckConstraint("state in ('stored', 'applied', 'unmatched', 'unreadable')", name="state"),
    write_rank=9,
    fed=False,
)
Index("ix_carrier_handling_state_id", carrier_handling.c.state, carrier_handling.c.id)

carrier_request = table(
    "carrier_request",
    identity(),
    reference("parcel_id", "parcel", indexed=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("answer", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("kind in ('subscribe', 'query')", name="kind"),
    CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
    write_rank=9,
    lookups=("parcel_id",),
    fed=False,
)

freight_charge = table(
    "freight_charge",
    Column("id", key(), ForeignKey("document_line.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    reference("shipment_id", "document", indexed=True),
    append_only=True,
    write_rank=9,
)
