"""Commands of web shops: the shop itself, its items, and what becomes of its messages."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, StringConstraints

from schemas.commands.base import Code, Command, Name, Quantity
from schemas.vocabulary.shops import ShopSystem

LARGEST_MESSAGE: Final = 2_000_000
"""Bytes of one message; a shop's order of 5,000 lines stays below."""

MessageId = Annotated[int, Field(ge=1, lt=2**63)]
Header = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Topic = Annotated[str, StringConstraints(max_length=100, pattern=r"^[\x21-\x7e]*$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class PutShop(Command):
    """Make or change a web shop; a new secret is sealed at once, and the one before still counts for a day."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    name: Name
    system: ShopSystem
    domain: Name | None = None
    customer: Code
    location: Code | None = None
    tax_code: Code | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    secret: Annotated[SecretStr, Field(min_length=1, max_length=500)] | None = None
    active: bool = True


class PutShopItem(Command):
    """Say which item a shop's product is, and how many stocking units one piece in the shop holds."""

    shop: Code
    kind: Literal["sku", "variant", "product", "title"] = "sku"
    external_id: ExternalId
    item: Code
    unit_factor: Quantity = Field(default=1, validate_default=True)  # pyright: ignore[reportAssignmentType]
    title: Annotated[str, StringConstraints(max_length=200)] = ""


class ReceiveShopMessage(Command):
    """Store a shop's message as it came; its body travels as base64, so that no byte of it is lost."""

    shop: Code
    delivery_id: Header
    topic: Topic
    source: Literal["webhook", "file"]
    body: Annotated[
        str, StringConstraints(min_length=1, max_length=LARGEST_MESSAGE * 4 // 3 + 4, pattern=r"^[A-Za-z0-9+/]+=*$")
    ]


class BookShopMessage(Command):
    """Book what a stored message says."""

    message: MessageId


class SetShopMessageAside(Command):
    """Put a message that could not be booked aside for a person, with the reason."""

    message: MessageId
    reason: Literal["refused", "incident"]
    detail: Annotated[str, StringConstraints(max_length=4000)]


class RetryShopMessage(Command):
    """Book a message that was put aside once more."""

    message: MessageId


class DiscardShopMessage(Command):
    """Decide that a message that was put aside will not be booked."""

    message: MessageId
    reason: Annotated[str, StringConstraints(min_length=1, max_length=400)]


class CountRejectedDeliveries(Command):
    """Count deliveries whose signature was wrong; nothing else of them is kept."""

    shop: Code
    delivery_count: Annotated[int, Field(ge=1, le=1_000_000_000)]
