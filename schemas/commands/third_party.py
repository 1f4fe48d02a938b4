"""Commands for goods of others in our places: a supplier's consignment, and what a customer gave us to repair or to work on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity, UnitPrice
from schemas.commands.serials import Serials
from schemas.commands.trade import OwnStatus
from schemas.vocabulary.places import StockStatus


class ThirdPartyLine(Command):
    """Goods of an owner that come."""

    item: Code
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None


class ReceiveThirdPartyGoods(Command):
    """Take in goods that stay their owner's: they are counted and can be moved, and are neither valued nor promised to anybody."""

    owner: Code
    posted_on: Day | None = None
    location: Code | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[ThirdPartyLine], Field(min_length=1, max_length=5000)]


class LeavingLine(Command):
    """Goods of an owner that go back to him, out of the quality status that they stand in."""

    item: Code
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []
    from_status: OwnStatus = StockStatus.AVAILABLE


class ReturnThirdPartyGoods(Command):
    """Give goods back to their owner; without lines, all of his that stand in storage places."""

    owner: Code
    posted_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[LeavingLine], Field(max_length=5000)] = []


class TakenOverLine(Command):
    """Consigned goods that become ours; the price defaults to the supplier's."""

    item: Code
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []
    unit_price: UnitPrice | None = None


class TakeOverConsignment(Command):
    """Take consigned goods of a supplier into own stock where they stand: a purchase order is made and received at once.

    With `order` they are received on that order, at its prices, as far as it is open.
    """

    supplier: Code
    order: DocumentRef | None = None
    posted_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[TakenOverLine], Field(min_length=1, max_length=5000)]
