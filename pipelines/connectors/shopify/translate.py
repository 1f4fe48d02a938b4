"""Turns a Shopify message into the common shape of shop orders: topics, states, discounts, taxes, refunds.

`price` of a line is before discounts. Newer shops allocate every discount to lines (`discount_allocations`); older ones state a
line's own (`total_discount`) and the order's as a whole (`total_discounts`), which is then the order's discount here. Where the
parts do not come to the total either way nothing is bent: the booking sees both numbers and says so. Amounts are the shop's money,
not what was presented to the buyer in another currency: a transaction that says both sides is read on the shop's.
Source: shopify.dev, Admin REST API, resources Order and Refund; docs/guides/shops.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipelines.connectors.reading_json import Object, not_negative, read_object
from pipelines.connectors.shopify.discounts import discounts_of
from schemas.exchange.shop_order import (
    MOST_CHARGES,
    MOST_LINES,
    Buyer,
    NotAnOrder,
    NotTranslatable,
    Presented,
    ShopCharge,
    ShopDeletion,
    ShopLine,
    ShopOrder,
    ShopRefund,
    ShopStatus,
    Translated,
)
from schemas.vocabulary.numbers import ZERO

IMPORTED: Final = "orders/import"
_ORDER_TOPICS: Final = frozenset(
    {
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/cancelled",
        "orders/fulfilled",
        "orders/partially_fulfilled",
        IMPORTED,
    }
)
_MOST_DETAILS: Final = 200

STATUS_OF: Final[dict[str, ShopStatus]] = {
    "": ShopStatus.ORDER,
    "pending": ShopStatus.ORDER,
    "authorized": ShopStatus.ORDER,
    "partially_paid": ShopStatus.ORDER,
    "paid": ShopStatus.ORDER,
    "partially_refunded": ShopStatus.ORDER,
    "refunded": ShopStatus.REFUNDED,
    "voided": ShopStatus.WAITING,
    "expired": ShopStatus.WAITING,
}
"""What `financial_status` means where the order was not cancelled; `cancelled_at` outranks it."""


def translate(body: bytes, topic: str) -> Translated:
    """Translate one message.

    Raises:
        NotTranslatable: the body is not what its topic says.
    """
    if topic in _ORDER_TOPICS:
        return _order(_unwrapped(read_object(body), "order"))
    if topic == "orders/delete":
        return ShopDeletion(read_object(body).key("id"))
    if topic == "refunds/create":
        refund = _unwrapped(read_object(body), "refund")
        return _refund(refund, refund.key("order_id"))
    return NotAnOrder(topic)


def _unwrapped(given: Object, name: str) -> Object:
    """The resource itself; the API answers with it under its name, a webhook sends it bare."""
    return given.inner(name) if isinstance(given.raw(name), dict) and not given.has("id") else given


def _order(order: Object) -> ShopOrder:
    included = order.flag("taxes_included")
    goods = [line for line in order.each("line_items", at_most=MOST_LINES) if not_negative(line, "quantity")]
    shipping = order.each("shipping_lines", at_most=MOST_CHARGES)
    allocated = any(line.each("discount_allocations", at_most=_MOST_DETAILS) for line in goods)
    taxed = any(part.each("tax_lines", at_most=_MOST_DETAILS) for part in [*goods, *shipping])
    lines = tuple(_line(line, allocated=allocated, taxed=taxed) for line in goods)
    charges = (*(_shipping(part, taxed=taxed) for part in shipping), *_extras(order))
    tax, total = order.money_or_none("total_tax") or ZERO, order.money("total_price")
    parts = sum((line.amount for line in lines), ZERO) + sum((charge.amount for charge in charges), ZERO)
    parts += ZERO if included else tax
    own = sum((line.quantity * line.unit_price - line.amount for line in lines), ZERO)
    own += sum((_shipping_discount(part) for part in shipping), ZERO)
    rest = (order.money_or_none("total_discounts") or ZERO) - own
    external_id, currency = order.key("id"), _currency(order)
    return ShopOrder(
        external_id=external_id,
        number=order.text("name", 64) or order.text("order_number", 64) or external_id,
        ordered_at=order.instant("processed_at" if order.has("processed_at") else "created_at"),
        updated_at=order.instant("updated_at"),
        currency=currency,
        status=_status(order),
        state=_state(order),
        prices_include_tax=included,
        lines=lines,
        charges=tuple(charge for charge in charges if charge.amount or charge.tax),
        discount=rest if rest > 0 and parts != total and parts - rest == total else ZERO,
        tax=tax,
        total=total,
        refunds=tuple(_refund(refund, external_id) for refund in order.each("refunds", at_most=_MOST_DETAILS)),
        buyer=_buyer(order),
        note=order.text("note", 1000),
        test=order.flag("test"),
        presented=_presented(order, currency),
        discounts=discounts_of(order, goods, shipping),
    )


def _currency(order: Object) -> str:
    """The shop's currency, in which every amount of an order stands that is in no set of two.

    Raises:
        NotTranslatable: it is missing, or the total is said to be in another.
    """
    currency = order.currency("currency")
    stated = order.inner("total_price_set").inner("shop_money").currency_or_empty("currency_code")
    if stated not in {"", currency}:
        raise NotTranslatable("field_invalid", f"total_price_set.shop_money.currency_code = {stated} ≠ {currency}")
    return currency


def _presented(order: Object, currency: str) -> Presented | None:
    shown = order.inner("total_price_set").inner("presentment_money")
    code, total = shown.currency_or_empty("currency_code"), shown.money_or_none("amount")
    return Presented(code, total) if code not in {"", currency} and total is not None and total >= 0 else None


def _status(order: Object) -> ShopStatus:
    if order.has("cancelled_at"):
        return ShopStatus.CANCELLED
    financial = order.text("financial_status", 32)
    if financial not in STATUS_OF:
        raise NotTranslatable("status_unknown", f"financial_status = {financial}")
    return STATUS_OF[financial]


def _state(order: Object) -> str:
    words = [order.text("financial_status", 32), order.text("fulfillment_status", 32)]
    words.append("cancelled" if order.has("cancelled_at") else "")
    return " / ".join(word for word in words if word)


def _line(line: Object, *, allocated: bool, taxed: bool) -> ShopLine:
    quantity, price = not_negative(line, "quantity"), not_negative(line, "price")
    discount = _sum(line, "discount_allocations", "amount") if allocated else line.money_or_none("total_discount")
    amount = quantity * price - (discount or ZERO)
    if amount < 0:
        raise NotTranslatable("field_invalid", f"line_items {line.key('id')}: discount {discount} > {quantity * price}")
    return ShopLine(
        external_id=line.key("id"),
        sku=line.text("sku", 64),
        product_id=line.key_or_empty("product_id"),
        variant_id=line.key_or_empty("variant_id"),
        title=line.text("name") or line.text("title"),
        quantity=quantity,
        unit_price=price,
        amount=amount,
        tax=_sum(line, "tax_lines", "price") if taxed else None,
    )


def _shipping(part: Object, *, taxed: bool) -> ShopCharge:
    amount = not_negative(part, "price") - _shipping_discount(part)
    if amount < 0:
        raise NotTranslatable("field_invalid", f"shipping_lines.price = {part.money('price')}")
    tax = _sum(part, "tax_lines", "price") if taxed else None
    return ShopCharge(part.text("title") or "Shipping", amount, tax)


def _shipping_discount(part: Object) -> Decimal:
    allocated = _sum(part, "discount_allocations", "amount")
    reduced = part.money_or_none("discounted_price")
    return allocated or (ZERO if reduced is None else not_negative(part, "price") - reduced)


def _extras(order: Object) -> list[ShopCharge]:
    """What else the total holds: a tip, and duties; neither bears tax."""
    duties = order.inner("original_total_duties_set").inner("shop_money").money_or_none("amount")
    found = (("Tip", order.money_or_none("total_tip_received")), ("Duties", duties))
    return [ShopCharge(title, amount, ZERO) for title, amount in found if amount is not None and amount > 0]


def _refund(refund: Object, order_id: str) -> ShopRefund:
    given = [
        _given_back(entry)
        for entry in refund.each("transactions", at_most=_MOST_DETAILS)
        if entry.text("kind") == "refund" and entry.text("status") in {"success", "pending"}
    ]
    paid, currencies = [amount for amount, _ in given], sorted({currency for _, currency in given} - {""})
    if len(currencies) > 1:
        raise NotTranslatable("field_invalid", f"refund {refund.key('id')}: currency {' ≠ '.join(currencies)}")
    lines = refund.each("refund_line_items", at_most=MOST_LINES)
    if not paid:
        stated = [(line.money_or_none("subtotal"), line.money_or_none("total_tax")) for line in lines]
        paid = [amount for pair in stated for amount in pair if amount is not None]
    goods = [
        f"{not_negative(line, 'quantity')} x {line.inner('line_item').text('sku') or line.key('line_item_id')}"
        for line in lines
    ]
    detail = ", ".join([*goods, *filter(None, [refund.text("note")])])
    amount = sum(paid, ZERO)
    if amount < 0:
        raise NotTranslatable("field_invalid", f"refund {refund.key('id')}: amount {amount}")
    return ShopRefund(refund.key("id"), order_id, amount, detail[:1000], "".join(currencies))


def _given_back(entry: Object) -> tuple[Decimal, str]:
    """What a transaction paid back and its currency: the shop's, where both are said."""
    own = entry.inner("amount_set").inner("shop_money")
    if own.has("amount"):
        return own.money("amount"), own.currency_or_empty("currency_code")
    return entry.money("amount"), entry.currency_or_empty("currency")


def _buyer(order: Object) -> Buyer:
    to, bill, customer = (order.inner(name) for name in ("shipping_address", "billing_address", "customer"))
    place = to if to.has("address1") or to.has("city") else bill
    full = " ".join(filter(None, (place.text("first_name"), place.text("last_name"))))
    known = " ".join(filter(None, (customer.text("first_name"), customer.text("last_name"))))
    parts = (place.text(name) for name in ("company", "address1", "address2", "city", "province", "zip", "country"))
    return Buyer(
        name=(place.text("name") or full or known)[:200],
        email=order.text("email") or order.text("contact_email"),
        phone=order.text("phone", 64) or place.text("phone", 64) or bill.text("phone", 64),
        address=", ".join(filter(None, parts))[:1000],
        country=place.text("country_code", 2),
    )


def _sum(part: Object, name: str, field: str) -> Decimal:
    return sum((entry.money(field) for entry in part.each(name, at_most=_MOST_DETAILS)), ZERO)
