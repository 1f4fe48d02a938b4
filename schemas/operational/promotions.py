"""Tables of promotions: what is taken off whose lines, the coupons that switch one on, what was used, and why a line costs so much.

What a promotion took off is copied to the line that it was taken off, so changing a promotion changes no order. Uses are a ledger:
what an order takes it gives back when it is cancelled, and the tally beside the promotion is the sum that its limits are kept by.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Integer, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import code, key, money, quantity, rate

promotion = table(
    "promotion",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("combinable", Boolean, nullable=False),
    Column("needs_coupon", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    reference("item_id", "item", optional=True),
    reference("family_id", "item_category", optional=True),
    reference("customer_id", "party", optional=True),
    Column("customer_class", code()),
    Column("channel", code()),
    Column("region", code()),
    Column("minimum_quantity", quantity()),
    Column("minimum_amount", money()),
    Column("effect", String(32), nullable=False, index=True),
    Column("rate", rate()),
    Column("unit_amount", rate()),
    Column("buy_quantity", quantity()),
    Column("free_quantity", quantity()),
    reference("free_item_id", "item", optional=True),
    Column("use_limit", Integer),
    Column("customer_use_limit", Integer),
    Column("budget_amount", money()),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "effect in ('percent_off', 'amount_off', 'fixed_price', 'free_goods', 'free_freight', 'order_percent_off')",
        name="effect",
    ),
    CheckConstraint("(effect in ('percent_off', 'order_percent_off')) = (rate is not null)", name="rate"),
    CheckConstraint("(effect in ('amount_off', 'fixed_price')) = (unit_amount is not null)", name="unit_amount"),
    CheckConstraint("(effect = 'free_goods') = (buy_quantity is not null)", name="buy_quantity"),
    CheckConstraint("(effect = 'free_goods') = (free_quantity is not null)", name="free_quantity"),
    CheckConstraint("valid_to is null or valid_to >= valid_from", name="valid"),
    write_rank=4,
    lookups=("code", "effect"),
    master=True,
)

promotion_tally = table(
    "promotion_tally",
    identity(),
    Column("use_count", Integer, nullable=False),
    Column("given_amount", money(), nullable=False),
    CheckConstraint("use_count >= 0", name="use_count"),
    CheckConstraint("given_amount >= 0", name="given_amount"),
    write_rank=5,
    fed=False,
)

coupon = table(
    "coupon",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    reference("promotion_id", "promotion", indexed=True),
    Column("use_limit", Integer),
    Column("once_per_customer", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("use_count", Integer, nullable=False),
    CheckConstraint("use_count >= 0 and (use_limit is null or use_count <= use_limit)", name="use_count"),
    write_rank=5,
    lookups=("code",),
    fed=False,
)

order_coupon = table(
    "order_coupon",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("coupon_id", "coupon"),
    UniqueConstraint("document_id", "coupon_id"),
    append_only=True,
    write_rank=9,
    lookups=("document_id",),
    fed=False,
)

promotion_use = table(
    "promotion_use",
    identity(),
    reference("promotion_id", "promotion", indexed=True),
    reference("coupon_id", "coupon", optional=True, indexed=True),
    reference("customer_id", "party", indexed=True),
    reference("order_id", "document", indexed=True),
    Column("uses", Integer, nullable=False),
    Column("amount", money(), nullable=False),
    Column("created_by", key(), nullable=False),
    CheckConstraint("uses in (-1, 0, 1)", name="uses"),
    CheckConstraint("uses <> 0 or amount <> 0", name="says_something"),
    append_only=True,
    write_rank=9,
    lookups=("order_id", "customer_id"),
)

line_price_reason = table(
    "line_price_reason",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("line", Integer, nullable=False),
    Column("pricing_number", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    reference("change_id", "sales_order_change", optional=True),
    Column("kind", String(20), nullable=False),
    reference("promotion_id", "promotion", optional=True, indexed=True),
    reference("coupon_id", "coupon", optional=True),
    Column("bought_line", Integer),
    reference("price_list_id", "price_list", optional=True),
    Column("from_quantity", quantity()),
    Column("unit_price", rate()),
    Column("tax_included", Boolean, nullable=False),
    Column("rate", rate()),
    Column("amount", money(), nullable=False),
    CheckConstraint(
        "kind in ('price_list', 'list_price', 'by_hand', 'freight', 'discount_by_hand', 'promotion', 'beaten')",
        name="kind",
    ),
    CheckConstraint("(kind in ('promotion', 'beaten')) = (promotion_id is not null)", name="promotion"),
    CheckConstraint(
        "(step = 0) = (kind in ('price_list', 'list_price', 'by_hand', 'freight'))", name="begins_with_price"
    ),
    CheckConstraint("(pricing_number = 0) = (change_id is null)", name="pricing_number"),
    UniqueConstraint("document_id", "line", "pricing_number", "step"),
    append_only=True,
    write_rank=9,
    lookups=("document_id",),
)
