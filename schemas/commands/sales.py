"""Commands of quoting to customers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity
from schemas.commands.trade import DeliveryTerms, LineNumber, OrderLine


class CreateQuotation(DeliveryTerms):
    """Offer goods to a customer at prices that hold until a day; sent at once, or kept as a draft."""

    customer: Code
    valid_until: Day | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    send: bool = True
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=5000)]


class QuotationAction(Command):
    """An action on a quotation as a whole."""

    quotation: DocumentRef


class RenewQuotation(QuotationAction):
    """Let the prices of a sent quotation hold until a later day."""

    valid_until: Day


class DeclineQuotation(QuotationAction):
    """The customer does not want what is left of a quotation."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]


class AcceptedLine(Command):
    """How much of a quoted line the customer orders now."""

    line: LineNumber
    quantity: Quantity
    due_on: Day | None = None


class AcceptQuotation(QuotationAction):
    """Make the sales order that a customer gives on a quotation, at its prices; without lines, of everything that is left."""

    due_on: Day | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    channel: Code | None = None
    note: Note | None = None
    confirm: bool = True
    reserve: bool = True
    lines: Annotated[list[AcceptedLine], Field(max_length=5000)] = []
