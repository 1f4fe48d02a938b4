"""Commands of transfers in two steps: goods leave one place, are on the way, and arrive at another."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity, QuantityOrZero
from schemas.commands.serials import Serials
from schemas.commands.trade import LineNumber
from schemas.vocabulary.places import CountReason, StockStatus


class SentLine(Command):
    """Goods that leave; without a lot, what expires first, and without a place, from where the transfer starts."""

    item: Code
    quantity: Quantity
    from_location: Code | None = None
    lot: Code | None = None
    serials: Serials = []


class SendTransfer(Command):
    """Send goods on the way to another place; they stay the company's, and nobody can use them until they arrive.

    While they are on the way they stand in `transit`, a location of that kind; without it, in the company's first.
    """

    from_location: Code
    to_location: Code
    transit: Code | None = None
    due_on: Day | None = None
    posted_on: Day | None = None
    lines: Annotated[list[SentLine], Field(min_length=1, max_length=5000)]
    note: Note | None = None


class ArrivedLine(Command):
    """What arrived of a line, in which quality status, and what is lost for which reason; the rest is still on the way.

    Pieces with serial numbers are a line each: the line alone means its own piece, and with serial numbers it stands for all
    lines of its item.
    """

    line: LineNumber
    quantity: QuantityOrZero
    serials: Serials = []
    lost_quantity: QuantityOrZero = Decimal(0)
    lost_serials: Serials = []
    reason: CountReason | None = None
    status: StockStatus = StockStatus.AVAILABLE
    location: Code | None = None


class ReceiveTransfer(Command):
    """Receive goods that are on the way; without lines, everything that is still on the way arrives."""

    transfer: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[ArrivedLine], Field(max_length=5000)] = []
    note: Note | None = None
