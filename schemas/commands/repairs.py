"""Commands of repairs: the piece comes in, is estimated, approved, worked on, finished, invoiced and given back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import (
    AmountOrZero,
    Code,
    Command,
    CurrencyCode,
    Day,
    DocumentRef,
    Name,
    Note,
    Quantity,
    UnitPrice,
)
from schemas.commands.production import IssueLine
from schemas.commands.serials import Serials
from schemas.commands.service import Speech, Words
from schemas.commands.trade import LineNumber

WarrantyShare = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4, allow_inf_nan=False)]
RepairHours = Annotated[Decimal, Field(gt=0, le=10_000, decimal_places=2, allow_inf_nan=False)]


class OpenRepairOrder(Command):
    """Take a customer's piece in to repair it: goods of a line of a case of the kind repair.

    Without a quantity all that the line is about and that did not come back into stock. The warranty is what was kept at the
    delivery of the piece, or runs by the months of its item from the day of its shipment; `warranty_until` says otherwise. The
    repair is in the customer's currency unless another is named, at the rate of today.
    """

    case: DocumentRef
    line: LineNumber = 1
    quantity: Quantity | None = None
    lot: Code | None = None
    received_on: Day | None = None
    received_at: Name | None = None
    accessories: Words | None = None
    warranty_until: Day | None = None
    due_on: Day | None = None
    currency: CurrencyCode | None = None
    note: Note | None = None


class EstimateLine(Command):
    """A part or an hour of labour that a repair needs, its price, and the share of it that the warranty bears.

    `line` names a line of the estimate before, which stays with what is said here. A part without a price costs its list price.
    Labour has a price an hour, and costs what its work centre or `cost_per_hour` says. Without a share the warranty bears all
    where the piece is under warranty on the day of the case, else nothing. Prices are in the repair's currency, costs in the
    company's.
    """

    line: LineNumber | None = None
    kind: Literal["part", "labour"]
    item: Code | None = None
    work_center: Code | None = None
    description: Words | None = None
    quantity: Quantity
    unit_price: UnitPrice | None = None
    cost_per_hour: UnitPrice | None = None
    warranty_share: WarrantyShare | None = None
    tax_code: Code | None = None


class PutRepairEstimate(Command):
    """Say what was found of a piece and what its repair takes; what was estimated before and is not named is left out."""

    repair: DocumentRef
    diagnosis: Speech
    diagnosis_fee: AmountOrZero = Decimal(0)
    fee_tax_code: Code | None = None
    valid_until: Day | None = None
    lines: Annotated[list[EstimateLine], Field(min_length=1, max_length=200)]


class RepairAction(Command):
    """An action on a repair order as a whole."""

    repair: DocumentRef


class ApproveRepairEstimate(Command):
    """The customer wants the repair as it was estimated; who and when. Where he pays nothing nobody need be named."""

    repair: DocumentRef
    answered_on: Day | None = None
    answered_by: Name | None = None


class DeclineRepairEstimate(Command):
    """The customer does not want the repair; the diagnosis fee of the estimate is charged unless it is waived."""

    repair: DocumentRef
    answered_on: Day | None = None
    answered_by: Name
    waive_fee: bool = False


class IssueRepairParts(Command):
    """Issue parts of the estimate from stock; without lines, all that is still needed."""

    repair: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[IssueLine], Field(max_length=200)] = []


class ReturnedPart(Command):
    """What of a part was not needed, and where it goes."""

    line: LineNumber
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []


class ReturnRepairParts(Command):
    """Put parts that were not needed back into stock, at the cost they were issued at."""

    repair: DocumentRef
    posted_on: Day | None = None
    lines: Annotated[list[ReturnedPart], Field(min_length=1, max_length=200)]


class RemovedPart(Command):
    """A part that was taken out of the piece for a line of the estimate, and where it is.

    It is of the line's item unless another is named. A piece of an item with serial numbers is named by its number, which the books
    need not know: what was built in before they began has one too.
    """

    line: LineNumber
    item: Code | None = None
    quantity: Quantity = Decimal(1)
    lot: Code | None = None
    serials: Serials = []
    whereabouts: Literal["kept", "scrapped", "given_back", "to_supplier"] = "kept"
    note: Words | None = None


class PutRemovedParts(Command):
    """Say which parts were taken out of the piece; what was said before and is not named does not hold any more."""

    repair: DocumentRef
    removed_on: Day | None = None
    lines: Annotated[list[RemovedPart], Field(max_length=200)]


class WorkedHours(Command):
    """Hours that were worked on a line of labour."""

    line: LineNumber
    hours: RepairHours
    note: Words | None = None


class ReportRepairHours(Command):
    """Report hours worked on a repair; they cost what the estimate's labour costs."""

    repair: DocumentRef
    posted_on: Day | None = None
    lines: Annotated[list[WorkedHours], Field(min_length=1, max_length=200)]


class FinishRepair(Command):
    """The piece is repaired: what it cost leaves work in process, the customer's share and the warranty's each to its account."""

    repair: DocumentRef
    posted_on: Day | None = None
    report: Speech | None = None


class InvoiceRepair(Command):
    """Invoice the customer's share of a finished repair, or the diagnosis fee of a declined one."""

    repair: DocumentRef
    posted_on: Day | None = None
    due_on: Day | None = None


class ReturnRepairedPiece(Command):
    """Give the piece back to the customer: handed over, or sent with a carrier."""

    repair: DocumentRef
    returned_on: Day | None = None
    handed_to: Name | None = None
    carrier_name: Name | None = None
    tracking_number: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None


class ShareRepair(Command):
    """Make the customer's link to the page of a repair, by which he follows it and answers its estimate."""

    repair: DocumentRef
    valid_days: Annotated[int, Field(ge=1, le=365)] = 90


class AnswerRepairByLink(Command):
    """What a customer answers to an estimate by his link: to the version that he saw, in his name."""

    link: Annotated[int, Field(ge=1)]
    version: Annotated[int, Field(ge=1)]
    wanted: bool
    answered_by: Name
