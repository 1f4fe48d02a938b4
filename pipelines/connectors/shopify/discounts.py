"""What Shopify says of the discounts of an order: the codes that were typed, rules that took effect by themselves, those by hand.

Newer orders list applications and say on each line and each shipping line how much of which it bears; older ones, and the export,
name codes with their amount alone. Either way amounts are in the shop's money and are information: lines are less them already.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from pipelines.connectors.reading_json import Object, not_negative
from schemas.exchange.shop_order import LONGEST_CODE, MOST_DISCOUNTS, ShopDiscount
from schemas.vocabulary.numbers import ZERO

_KINDS: Final = {"discount_code": "code", "manual": "by_hand"}


def discounts_of(order: Object, lines: Iterable[Object], shipping: Iterable[Object]) -> tuple[ShopDiscount, ...]:
    """The discounts of an order.

    Args:
        order: the order.
        lines: its goods.
        shipping: its shipping lines.

    Raises:
        NotTranslatable: a field cannot be read, an amount is below zero, or there are too many.
    """
    stated = {
        code.text("code", LONGEST_CODE): not_negative(code, "amount") if code.has("amount") else ZERO
        for code in order.each("discount_codes", at_most=MOST_DISCOUNTS)
    }
    stated.pop("", None)
    applications = order.each("discount_applications", at_most=MOST_DISCOUNTS)
    if not applications:
        return tuple(ShopDiscount("code", code, "", amount) for code, amount in stated.items())
    borne = [(line.key("id"), _borne(line)) for line in lines]
    freight = [_borne(part) for part in shipping]
    return tuple(_discount(entry, Decimal(place), stated, borne, freight) for place, entry in enumerate(applications))


def _discount(
    entry: Object,
    place: Decimal,
    stated: dict[str, Decimal],
    borne: Iterable[tuple[str, dict[Decimal, Decimal]]],
    freight: Iterable[dict[Decimal, Decimal]],
) -> ShopDiscount:
    code = entry.text("code", LONGEST_CODE)
    title = entry.text("title") or entry.text("description")
    lines = tuple((line, part[place]) for line, part in borne if part.get(place))
    amount = sum((part for _, part in lines), sum((part.get(place, ZERO) for part in freight), ZERO))
    return ShopDiscount(_KINDS.get(entry.text("type"), "rule"), code, title, amount or stated.get(code, ZERO), lines)


def _borne(part: Object) -> dict[Decimal, Decimal]:
    """How much of which application a line bears, by the application's place."""
    found: dict[Decimal, Decimal] = {}
    for entry in part.each("discount_allocations", at_most=MOST_DISCOUNTS):
        place = entry.money_or_none("discount_application_index")
        if place is not None:
            found[place] = found.get(place, ZERO) + not_negative(entry, "amount")
    return found
