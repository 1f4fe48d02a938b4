"""Tables of web shops: the shops, what they sell as which item, the inbox of their messages, and their orders.

A message is stored as it came, before anybody looks into it, and never changes; what became of it stands beside it. A shop delivers
one thing several times, late and out of order: a message is known by shop, delivery and content, an order by shop and its id there.
Amounts of an order are in its own currency; what the buyer saw in another is kept beside them.
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
from schemas.operational.types import Instant, code, key, money, quantity

shop = table(
    "shop",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("system", String(16), nullable=False),
    Column("domain", String(200)),
    reference("customer_id", "party"),
    reference("location_id", "location", optional=True),
    reference("tax_code_id", "tax_code", optional=True),
    Column("currency", String(3)),
    Column("secret_cipher", Text),
    Column("previous_secret_cipher", Text),
    Column("previous_until", Instant),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("system in ('shopify', 'woocommerce', 'taobao', 'jd', 'pinduoduo')", name="system"),
    write_rank=3,
    lookups=("code",),
    master=True,
)

shop_item = table(
    "shop_item",
    identity(),
    reference("shop_id", "shop", indexed=True),
    Column("kind", String(16), nullable=False),
    Column("external_id", String(200), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    reference("item_id", "item"),
    Column("unit_factor", quantity(), nullable=False),
    CheckConstraint("kind in ('sku', 'variant', 'product', 'title')", name="kind"),
    CheckConstraint("unit_factor > 0", name="unit_factor"),
    UniqueConstraint("shop_id", "kind", "external_id"),
    write_rank=4,
    lookups=("external_id",),
    master=True,
)

shop_message = table(
    "shop_message",
    identity(),
    reference("shop_id", "shop"),
    Column("delivery_id", String(200), nullable=False, index=True),
    Column("content_hash", String(64), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("source", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    CheckConstraint("source in ('webhook', 'file')", name="source"),
    UniqueConstraint("shop_id", "delivery_id", "content_hash"),
    append_only=True,
    write_rank=4,
    lookups=("delivery_id",),
)

shop_handling = table(
    "shop_handling",
    Column("id", key(), ForeignKey("shop_message.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("order_number", String(64)),
    reference("shop_order_id", "shop_order", optional=True, indexed=True),
    Column("handled_at", Instant),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "state in ('stored', 'booked', 'duplicate', 'stale', 'quarantined', 'ignored', 'discarded')", name="state"
    ),
    write_rank=9,
    fed=False,
)
Index("ix_shop_handling_state_id", shop_handling.c.state, shop_handling.c.id)

shop_order = table(
    "shop_order",
    identity(),
    reference("shop_id", "shop"),
    Column("external_id", String(64), nullable=False, index=True),
    Column("number", String(64), nullable=False),
    reference("document_id", "document", optional=True),
    Column("ordered_at", Instant),
    Column("updated_at", Instant),
    Column("status", String(16), nullable=False),
    Column("state", String(100), nullable=False),
    Column("currency", String(3)),
    Column("total_amount", money(), nullable=False),
    Column("refunded_amount", money(), nullable=False),
    Column("presented_currency", String(3)),
    Column("presented_amount", money()),
    Column("fingerprint", String(64)),
    Column("buyer_name", String(200)),
    Column("buyer_email", String(200)),
    Column("buyer_phone", String(64)),
    Column("buyer_address", Text),
    Column("buyer_country", String(2)),
    Column("note", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("status in ('unknown', 'order', 'waiting', 'cancelled', 'refunded')", name="status"),
    UniqueConstraint("shop_id", "external_id"),
    UniqueConstraint("document_id"),
    write_rank=8,
    lookups=("external_id",),
)

shop_order_line = table(
    "shop_order_line",
    identity(),
    reference("shop_order_id", "shop_order", indexed=True),
    Column("external_id", String(80), nullable=False),
    reference("document_line_id", "document_line"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("shop_order_id", "document_line_id"),
    fed=False,
)

shop_refund = table(
    "shop_refund",
    identity(),
    reference("shop_order_id", "shop_order", indexed=True),
    Column("external_id", String(64), nullable=False),
    Column("amount", money(), nullable=False),
    Column("detail", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
    UniqueConstraint("shop_order_id", "external_id"),
    append_only=True,
    write_rank=8,
    lookups=("shop_order_id",),
)

shop_discount = table(
    "shop_discount",
    identity(),
    reference("shop_order_id", "shop_order", indexed=True),
    reference("document_line_id", "document_line", optional=True, indexed=True),
    Column("kind", String(16), nullable=False),
    Column("code", String(100), nullable=False),
    Column("title", String(200), nullable=False),
    Column("amount", money(), nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("kind in ('code', 'rule', 'by_hand')", name="kind"),
    CheckConstraint("amount >= 0", name="amount"),
    write_rank=9,
    lookups=("shop_order_id",),
    fed=False,
)

shop_unmapped = table(
    "shop_unmapped",
    identity(),
    reference("message_id", "shop_message", indexed=True),
    reference("shop_id", "shop"),
    Column("kind", String(16), nullable=False),
    Column("external_id", String(200), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    UniqueConstraint("message_id", "kind", "external_id"),
    append_only=True,
    write_rank=5,
    lookups=("message_id", "external_id"),
    fed=False,
)

shop_rejection = table(
    "shop_rejection",
    identity(),
    reference("shop_id", "shop", indexed=True),
    Column("day", Date, nullable=False),
    Column("delivery_count", key(), nullable=False),
    Column("last_at", Instant, nullable=False),
    UniqueConstraint("shop_id", "day"),
    lookups=("shop_id",),
    fed=False,
)
