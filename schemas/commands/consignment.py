"""Commands of our goods that stand at a customer's: they are sent there, reported as consumed, and taken back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity, UnitPrice
from schemas.commands.serials import Serials


class ConsignedLine(Command):
    """Goods that go to a customer's place or come back; the location is the one on our side."""

    item: Code
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []


class SendConsignment(Command):
    """Send goods to the place of a customer's that stays ours: nothing is sold before he reports it."""

    customer: Code
    posted_on: Day | None = None
    location: Code | None = None
    note: Note | None = None
    lines: Annotated[list[ConsignedLine], Field(min_length=1, max_length=5000)]


class TakeConsignmentBack(Command):
    """Take goods back from a customer's place; without lines, everything that stands there."""

    customer: Code
    posted_on: Day | None = None
    location: Code | None = None
    note: Note | None = None
    lines: Annotated[list[ConsignedLine], Field(max_length=5000)] = []


class ConsumedLine(Command):
    """What a customer took out of his place; the price defaults to his."""

    item: Code
    quantity: Quantity
    lot: Code | None = None
    serials: Serials = []
    unit_price: UnitPrice | None = None


class ReportConsumption(Command):
    """Book what a customer consumed at his place: a sales order is made and shipped from there, and waits for its invoice.

    With `order` it is shipped on that order, at its prices, as far as it is open.
    """

    customer: Code
    order: DocumentRef | None = None
    posted_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[ConsumedLine], Field(min_length=1, max_length=5000)]
