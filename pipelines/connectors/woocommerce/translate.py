"""Turns a WooCommerce message into the common shape of shop orders: topics, states, discounts, fees, taxes, refunds.

Totals of lines are without tax and after discounts, whatever `prices_include_tax` says of the prices that visitors see; a line's
discount is its subtotal less its total. A fee below zero is a discount on the goods. Which state is an order at all is `STATUS_OF`.
Source: WooCommerce REST API v3, resource Order; class-wc-webhook.php; docs/guides/shops.
"""

from __future__ import annotations

from decimal import Decimal
from html import unescape
from typing import Final

from pipelines.connectors.reading_json import Object, not_negative, read_object
from schemas.exchange.shop_order import (
    LONGEST_CODE,
    MOST_CHARGES,
    MOST_DISCOUNTS,
    MOST_LINES,
    Buyer,
    NotAnOrder,
    NotTranslatable,
    ShopCharge,
    ShopDeletion,
    ShopDiscount,
    ShopLine,
    ShopOrder,
    ShopRefund,
    ShopStatus,
    Translated,
)
from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded

IMPORTED: Final = "order.import"
_ORDER_TOPICS: Final = frozenset({"order.created", "order.updated", "order.restored", IMPORTED})
_MOST_DETAILS: Final = 200

STATUS_OF: Final[dict[str, ShopStatus]] = {
    "pending": ShopStatus.WAITING,
    "checkout-draft": ShopStatus.WAITING,
    "auto-draft": ShopStatus.WAITING,
    "on-hold": ShopStatus.ORDER,
    "processing": ShopStatus.ORDER,
    "completed": ShopStatus.ORDER,
    "cancelled": ShopStatus.CANCELLED,
    "failed": ShopStatus.CANCELLED,
    "trash": ShopStatus.CANCELLED,
    "refunded": ShopStatus.REFUNDED,
}
"""What the state of an order means: `pending` is a basket whose payment has not begun, `on-hold` an order that awaits its money."""


def translate(body: bytes, topic: str) -> Translated:
    """Translate one message.

    Raises:
        NotTranslatable: the body is not what its topic says.
    """
    if topic in _ORDER_TOPICS:
        return _order(read_object(body))
    if topic == "order.deleted":
        return ShopDeletion(read_object(body).key("id"))
    return NotAnOrder(topic)


def _order(order: Object) -> ShopOrder:
    lines = tuple(
        _line(line) for line in order.each("line_items", at_most=MOST_LINES) if not_negative(line, "quantity")
    )
    fees = [_charge(fee, "name") for fee in order.each("fee_lines", at_most=MOST_CHARGES)]
    reductions = [fee for fee in fees if fee.amount < 0]
    charges = (*_shipping(order), *(fee for fee in fees if fee.amount >= 0))
    external_id = order.key("id")
    state = order.text("status", 32).removeprefix("wc-")
    if state not in STATUS_OF:
        raise NotTranslatable("status_unknown", f"status = {state}")
    return ShopOrder(
        external_id=external_id,
        number=order.text("number", 64) or external_id,
        ordered_at=order.instant("date_created_gmt", utc=True),
        updated_at=order.instant(
            "date_modified_gmt" if order.has("date_modified_gmt") else "date_created_gmt", utc=True
        ),
        currency=order.currency("currency"),
        status=STATUS_OF[state],
        state=state,
        prices_include_tax=False,
        lines=lines,
        charges=tuple(charge for charge in charges if charge.amount or charge.tax),
        discount=-sum((fee.amount for fee in reductions), ZERO),
        discount_tax=-sum((fee.tax or ZERO for fee in reductions), ZERO),
        tax=order.money_or_none("total_tax") or ZERO,
        total=order.money("total"),
        refunds=tuple(_refund(refund, external_id) for refund in order.each("refunds", at_most=_MOST_DETAILS)),
        buyer=_buyer(order),
        note=order.text("customer_note", 1000),
        discounts=tuple(_coupon(part) for part in order.each("coupon_lines", at_most=MOST_DISCOUNTS)),
    )


def _line(line: Object) -> ShopLine:
    quantity, amount = not_negative(line, "quantity"), not_negative(line, "total")
    before = amount if line.money_or_none("subtotal") is None else max(not_negative(line, "subtotal"), amount)
    return ShopLine(
        external_id=line.key("id"),
        sku=line.text("sku", 64),
        product_id=line.key_or_empty("product_id"),
        variant_id=line.key_or_empty("variation_id"),
        title=unescape(line.text("name")),
        quantity=quantity,
        unit_price=rounded(before / quantity, RATE_DECIMALS),
        amount=amount,
        tax=line.money_or_none("total_tax"),
    )


def _coupon(part: Object) -> ShopDiscount:
    code = unescape(part.text("code", LONGEST_CODE))
    return ShopDiscount("code", code, "", not_negative(part, "discount") if part.has("discount") else ZERO)


def _shipping(order: Object) -> list[ShopCharge]:
    lines = [_charge(part, "method_title") for part in order.each("shipping_lines", at_most=MOST_CHARGES)]
    if not lines:
        amount = order.money_or_none("shipping_total") or ZERO
        lines = [ShopCharge("Shipping", amount, order.money_or_none("shipping_tax"))]
    for line in lines:
        if line.amount < 0:
            raise NotTranslatable("field_invalid", f"shipping_lines.total = {line.amount}")
    return lines


def _charge(part: Object, name: str) -> ShopCharge:
    return ShopCharge(unescape(part.text(name)) or "Charge", part.money("total"), part.money_or_none("total_tax"))


def _refund(refund: Object, order_id: str) -> ShopRefund:
    amount: Decimal = abs(refund.money("total"))
    return ShopRefund(refund.key("id"), order_id, amount, refund.text("reason", 1000))


def _buyer(order: Object) -> Buyer:
    to, bill = order.inner("shipping"), order.inner("billing")
    place = to if to.text("address_1") or to.text("city") else bill
    parts = (place.text(n) for n in ("company", "address_1", "address_2", "city", "state", "postcode", "country"))
    return Buyer(
        name=" ".join(filter(None, (place.text("first_name"), place.text("last_name"))))[:200],
        email=bill.text("email"),
        phone=bill.text("phone", 64) or to.text("phone", 64),
        address=", ".join(filter(None, parts))[:1000],
        country=place.text("country", 2),
    )
