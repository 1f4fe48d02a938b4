"""Commands of drop shipments: a supplier ships what a customer ordered of us straight to him."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity, UnitPrice
from schemas.commands.serials import Serials
from schemas.commands.trade import LineNumber


class MarkedLine(Command):
    """Who ships a line: its supplier, by default the item's first one, or we where `drop_ship` is false."""

    line: LineNumber
    drop_ship: bool = True
    supplier: Code | None = None


class MarkDropShipment(Command):
    """Say of lines of a sales order of which nothing was shipped who ships them."""

    order: DocumentRef
    lines: Annotated[list[MarkedLine], Field(min_length=1, max_length=5000)]


class DirectOrderLine(Command):
    """What is ordered for a line of the sales order: by default what is open, at his terms and by his lead time."""

    line: LineNumber
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    due_on: Day | None = None


class OrderDropShipment(Command):
    """Order of the suppliers what they ship straight to the customer, one purchase order each; without lines, all that is open."""

    order: DocumentRef
    document_on: Day | None = None
    note: Note | None = None
    confirm: bool = True
    lines: Annotated[list[DirectOrderLine], Field(max_length=5000)] = []


class LeftLine(Command):
    """What left the supplier of a line of the purchase order."""

    line: LineNumber
    quantity: Quantity
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None


class ConfirmDropShipment(Command):
    """Book that goods left the supplier for the customer: received and shipped at once; without lines, all that is open."""

    order: DocumentRef
    posted_on: Day | None = None
    waybill: Code | None = None
    delivery_note: Code | None = None
    note: Note | None = None
    lines: Annotated[list[LeftLine], Field(max_length=5000)] = []
