"""Commands of warranty claimed from suppliers: what a repair or defective goods of a case cost, and what was accepted of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, CurrencyCode, Day, DocumentRef, Note, PositiveAmount, Quantity
from schemas.commands.service import Words
from schemas.commands.trade import LineNumber


class WarrantyLine(Command):
    """A line of the repair or the case, and what is claimed for it.

    Of a repair without an amount all that the warranty bore of the line, which is also the most. Of a case the amount is named; the
    quantity is all of the line that was neither claimed nor sent back to a supplier, unless it says otherwise.
    """

    line: LineNumber
    quantity: Quantity | None = None
    amount: PositiveAmount | None = None
    note: Words | None = None


class ClaimWarranty(Command):
    """Claim from a supplier what the warranty bore of a repair, or what defective goods of a case are worth.

    Without lines, all lines of the repair that the warranty bore something of. The supplier is found from the receipt of the lots,
    where those name one; the claim is in his currency unless another is named.
    """

    repair: DocumentRef | None = None
    case: DocumentRef | None = None
    supplier: Code | None = None
    currency: CurrencyCode | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[WarrantyLine], Field(max_length=200)] = []


class AcceptedLine(Command):
    """How much of a line of the claim was accepted, in its currency and without tax."""

    line: LineNumber
    amount: PositiveAmount


class AcceptWarrantyClaim(Command):
    """A supplier accepts a claim: without lines all of it, else the amounts that are named; the rest is refused for good."""

    claim: DocumentRef
    posted_on: Day | None = None
    external_number: Code | None = None
    tax_code: Code | None = None
    note: Note | None = None
    lines: Annotated[list[AcceptedLine], Field(max_length=200)] = []
