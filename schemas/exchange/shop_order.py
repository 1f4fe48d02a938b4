"""The one shape into which the orders of every web shop are translated, and what a translation says when it cannot.

A connector reads the raw body of one message and returns `ShopOrder`, `ShopRefund`, `ShopDeletion` or `NotAnOrder`; it raises
`NotTranslatable` with a reason from `REASONS`. Amounts are exact decimals as the shop wrote them; rounding to the currency and
spreading what the shop states for the order as a whole is the booking's work. Ids are texts, for they may exceed 53 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from schemas.vocabulary.numbers import ZERO

MOST_LINES: Final = 5000
MOST_CHARGES: Final = 100
MOST_DISCOUNTS: Final = 200
LONGEST_CODE: Final = 100
LONGEST_TEXT: Final = 200

REASONS: Final = frozenset(
    {
        "not_json",
        "not_text",
        "duplicate_key",
        "too_deep",
        "field_missing",
        "field_invalid",
        "number_out_of_range",
        "too_many_lines",
        "no_lines",
        "status_unknown",
    }
)
"""Why a message cannot be translated; each has a text in the reader's language."""


class NotTranslatable(Exception):
    """A message cannot be read as what it should be.

    Attributes:
        reason: one of `REASONS`.
        detail: the field and its value, shortened, for the person who looks.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        assert reason in REASONS, reason
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail[:LONGEST_TEXT]


class ShopStatus(StrEnum):
    """What the state of an order in its shop means here."""

    ORDER = "order"
    """It is to be delivered: booked, and kept up to date."""
    WAITING = "waiting"
    """It is no order yet: nothing is booked, and what is booked stays."""
    CANCELLED = "cancelled"
    """It is not to be delivered: what is booked is cancelled."""
    REFUNDED = "refunded"
    """Its money went back: nothing new is booked, what is booked stays for a person to decide."""


@dataclass(frozen=True)
class ShopLine:
    """A line of goods.

    Attributes:
        external_id: the line's id in the shop.
        quantity: pieces as the shop counts them, > 0.
        unit_price: before discounts, with tax where the order's prices include it.
        amount: quantity x price less the line's own discounts, with tax where the order's prices include it.
        tax: of the line; None where the shop states it for the order alone.
    """

    external_id: str
    sku: str
    product_id: str
    variant_id: str
    title: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax: Decimal | None = None


@dataclass(frozen=True)
class ShopCharge:
    """Shipping or another charge, with tax where the order's prices include it."""

    title: str
    amount: Decimal
    tax: Decimal | None = None


@dataclass(frozen=True)
class Buyer:
    """Who ordered, and where the goods go; texts as the buyer typed them, shortened to what a label holds."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""


@dataclass(frozen=True)
class ShopRefund:
    """Money that went back to a buyer.

    Attributes:
        order_id: the order's id in the shop.
        amount: what was paid back, >= 0.
        detail: what it was for, in the shop's words.
        currency: of the amount; empty where the shop does not say it, which means the order's.
    """

    external_id: str
    order_id: str
    amount: Decimal
    detail: str = ""
    currency: str = ""


@dataclass(frozen=True)
class ShopDiscount:
    """Why a buyer paid less. The amounts of lines and charges are less it already: it changes none of them.

    Attributes:
        kind: `code` that he typed, `rule` of the shop that took effect by itself, or `by_hand`.
        code: as it was typed; empty where none was.
        title: the shop's words for it.
        amount: what it took off all together, >= 0, as the shop states it.
        lines: how much of it was taken off which line, by the line's id in the shop; the rest concerns freight or the whole order.
    """

    kind: str
    code: str
    title: str
    amount: Decimal
    lines: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Presented:
    """What the buyer saw and paid where the shop showed him another currency than its own."""

    currency: str
    total: Decimal


@dataclass(frozen=True)
class ShopOrder:
    """An order as its shop states it.

    Attributes:
        external_id: its id in the shop.
        number: the number that the buyer knows.
        ordered_at, updated_at: instants, UTC.
        currency: of all its amounts: the one in which the shop is paid, by ISO 4217.
        state: the shop's own words for where it stands, for the reader.
        test: whether it is a trial of the shop's owner.
        prices_include_tax: whether amounts of lines and charges include their tax.
        discount: off the goods as a whole, beyond the lines' own discounts; >= 0.
        discount_tax: the tax within a discount that carries its own.
        tax: what the shop states as the order's tax; None where it states none, so that the tax is taken out of prices that include
            it at the rate of each line's tax code.
        total: what the buyer pays.
    """

    external_id: str
    number: str
    ordered_at: datetime
    updated_at: datetime
    currency: str
    status: ShopStatus
    state: str
    prices_include_tax: bool
    lines: tuple[ShopLine, ...]
    charges: tuple[ShopCharge, ...]
    discount: Decimal
    tax: Decimal | None
    total: Decimal
    discount_tax: Decimal = ZERO
    refunds: tuple[ShopRefund, ...] = ()
    buyer: Buyer = field(default_factory=Buyer)
    note: str = ""
    test: bool = False
    presented: Presented | None = None
    discounts: tuple[ShopDiscount, ...] = ()


@dataclass(frozen=True)
class ShopDeletion:
    """An order was deleted in the shop; its message says no more than the id."""

    order_id: str


@dataclass(frozen=True)
class NotAnOrder:
    """A message about something else, such as a product or a customer."""

    topic: str


Translated = ShopOrder | ShopRefund | ShopDeletion | NotAnOrder
Translate = Callable[[bytes, str], Translated]
"""What every connector of a shop offers: the raw body and the topic of a message to what it says."""

Object = dict[str, Any]
