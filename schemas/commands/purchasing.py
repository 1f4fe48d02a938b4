"""Commands of buying before and around the order: need, enquiry, award, promised dates, notices, claims and limits."""

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
    QuantityOrZero,
    Share,
    UnitPrice,
)
from schemas.commands.master_data import Days
from schemas.commands.serials import Serials
from schemas.commands.trade import ChargeLine, LineNumber

Reason = Annotated[str, Field(min_length=1, max_length=400)]
ClaimReason = Literal["short", "damaged", "wrong", "over"]
ClaimRemedy = Literal["replacement", "credit", "none"]


class RequisitionLine(Command):
    """Something that is needed: by when, why, and from whom it might come; the price is an estimate for approval."""

    item: Code
    quantity: Quantity
    unit: Code | None = None
    needed_by: Day | None = None
    supplier: Code | None = None
    estimated_price: UnitPrice | None = None
    reason: Reason | None = None


class CreatePurchaseRequisition(Command):
    """Ask for goods to be bought; estimated prices are in `currency`, the company's where none is named."""

    currency: CurrencyCode | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    confirm: bool = True
    lines: Annotated[list[RequisitionLine], Field(min_length=1, max_length=5000)]


class RequisitionBelowMinimum(Command):
    """Ask for what has fallen to its reorder point or below its safety stock, of all bought items or of some."""

    items: Annotated[list[Code], Field(max_length=5000)] = []
    confirm: bool = True


class RequisitionAction(Command):
    """An action on a requisition as a whole."""

    requisition: DocumentRef


class RequisitionOrderLine(Command):
    """What is ordered of a requisition line; quantity and supplier default to what the line says."""

    line: LineNumber
    quantity: Quantity | None = None
    supplier: Code | None = None
    unit_price: UnitPrice | None = None
    due_on: Day | None = None


class OrderPurchaseRequisition(Command):
    """Order what a requisition asks for, one order a supplier in his currency; without lines, everything that is open.

    With a currency, the orders and the prices of the lines are in that.
    """

    requisition: DocumentRef
    currency: CurrencyCode | None = None
    document_on: Day | None = None
    confirm: bool = True
    lines: Annotated[list[RequisitionOrderLine], Field(max_length=5000)] = []


class RequestedLine(Command):
    """What prices are asked for: a line of a requisition, or an item with its quantity."""

    requisition: DocumentRef | None = None
    line: LineNumber | None = None
    item: Code | None = None
    quantity: Quantity | None = None
    unit: Code | None = None
    needed_by: Day | None = None


class RequestQuotations(Command):
    """Ask several suppliers for prices at once; with a requisition and no lines, for everything open on it."""

    suppliers: Annotated[list[Code], Field(min_length=1, max_length=50)]
    requisition: DocumentRef | None = None
    lines: Annotated[list[RequestedLine], Field(max_length=1000)] = []
    document_on: Day | None = None
    answer_by: Day | None = None
    note: Note | None = None


class RequestAction(Command):
    """An action on a request for quotation as a whole."""

    request: DocumentRef


class QuotationLine(Command):
    """A supplier's price for a line of the request; further lines of the same number with `from_quantity` are price breaks."""

    line: LineNumber
    unit_price: UnitPrice
    from_quantity: QuantityOrZero = Decimal(0)
    lead_time_days: Days | None = None
    delivery_on: Day | None = None
    min_lot: Quantity | None = None
    lot_multiple: Quantity | None = None


class EnterSupplierQuotation(Command):
    """What a supplier offers on a request, in his currency unless another is named; it takes the place of his earlier offer."""

    request: DocumentRef
    supplier: Code
    currency: CurrencyCode | None = None
    document_on: Day | None = None
    valid_until: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[QuotationLine], Field(min_length=1, max_length=5000)]
    charges: Annotated[list[ChargeLine], Field(max_length=100)] = []


class AwardLine(Command):
    """How much of a line of the request goes to a supplier; without quantity all that is left, in his lots."""

    line: LineNumber
    supplier: Code
    quantity: Quantity | None = None


class AwardQuotation(Command):
    """Order from those who offered, each in the currency and at the price of his offer: one purchase order a supplier."""

    request: DocumentRef
    document_on: Day | None = None
    confirm: bool = True
    note: Note | None = None
    lines: Annotated[list[AwardLine], Field(min_length=1, max_length=5000)]


class BlanketLine(Command):
    """A quantity and a price that are agreed for a time.

    A further line of the same item with `from_quantity` and without a quantity is a price break: the price of what is called off
    at once from that quantity on, in the stocking unit.
    """

    item: Code
    quantity: Quantity | None = None
    unit: Code | None = None
    unit_price: UnitPrice
    from_quantity: QuantityOrZero = Decimal(0)


class CreateBlanketOrder(Command):
    """Agree with a supplier on quantities and prices that are called off in parts, in his currency unless another is named."""

    supplier: Code
    currency: CurrencyCode | None = None
    valid_from: Day | None = None
    valid_until: Day
    external_number: Code | None = None
    note: Note | None = None
    confirm: bool = True
    lines: Annotated[list[BlanketLine], Field(min_length=1, max_length=5000)]


class BlanketAction(Command):
    """An action on a blanket order as a whole."""

    blanket: DocumentRef


class CallOffLine(Command):
    """How much of an agreed line is called off, and for when."""

    line: LineNumber
    quantity: Quantity
    due_on: Day | None = None


class CallOffBlanketOrder(Command):
    """Order a part of what is agreed, in the agreed currency at the agreed prices."""

    blanket: DocumentRef
    document_on: Day | None = None
    note: Note | None = None
    confirm: bool = True
    lines: Annotated[list[CallOffLine], Field(min_length=1, max_length=5000)]


class PromisedLine(Command):
    """A date that a supplier promises for an order line; several of one line are its split deliveries."""

    line: LineNumber
    promised_on: Day
    quantity: Quantity | None = None


class ConfirmSupplierDates(Command):
    """Record the dates that a supplier promises; they take the place of what he promised for these lines before."""

    order: DocumentRef
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[PromisedLine], Field(min_length=1, max_length=5000)]


class AnnouncedLine(Command):
    """What a supplier says is on its way of an order line."""

    line: LineNumber
    quantity: Quantity
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None


class AnnounceDelivery(Command):
    """Record an advance shipping notice; without lines, everything that is open and not yet announced."""

    order: DocumentRef
    expected_on: Day
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[AnnouncedLine], Field(max_length=5000)] = []


class NoticeAction(Command):
    """An action on a delivery notice as a whole."""

    notice: DocumentRef


class ClaimLine(Command):
    """What is wrong with the goods of an order line, and what is asked of the supplier."""

    line: LineNumber
    quantity: Quantity
    reason: ClaimReason
    remedy: ClaimRemedy = "replacement"
    note: Reason | None = None


class CreateSupplierClaim(Command):
    """Claim goods of a purchase order that were short, damaged, wrong or too many."""

    order: DocumentRef
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[ClaimLine], Field(min_length=1, max_length=1000)]


class SettleSupplierClaim(Command):
    """Settle a claim: how it ended."""

    claim: DocumentRef
    outcome: Literal["replaced", "credited", "refused", "withdrawn"]
    settled_on: Day | None = None
    note: Note | None = None


class PutPurchasingPolicy(Command):
    """Limits of receiving and billing for the company, a supplier, an item, or an item of a supplier.

    A limit that is left empty is taken from the next wider policy: item of a supplier, item, supplier, company.
    """

    supplier: Code | None = None
    item: Code | None = None
    over_receipt_rate: Share | None = None
    over_release_rate: Share | None = None
    blind_count: bool | None = None
    min_remaining_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    price_tolerance_rate: Share | None = None
    price_tolerance_amount: AmountOrZero | None = None


class AcceptLeadTime(Command):
    """A lead time that a supplier's receipts have taught, to stand in his terms for an item from now on."""

    supplier: Code
    item: Code
    lead_time_days: Days


class BillAction(Command):
    """An action on a supplier's bill that waits."""

    bill: DocumentRef


class ComponentLine(Command):
    """A component that goes to a supplier's place or comes back, and the own place that it leaves or reaches."""

    item: Code
    quantity: Quantity
    lot: Code | None = None
    serials: Serials = []
    location: Code | None = None


class SendComponents(Command):
    """Send components of a purchase order to the supplier who works on them; without lines, all that he still lacks for it."""

    order: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[ComponentLine], Field(max_length=5000)] = []
    note: Note | None = None


class TakeComponentsBack(Command):
    """Take components back from a supplier's place; without lines, all that none of his open orders needs."""

    supplier: Code
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[ComponentLine], Field(max_length=5000)] = []
    note: Note | None = None


class PutBudget(Command):
    """How much may be ordered in a span of days, of all goods or of an item family with all below it; without tax.

    What was ordered before a budget was made does not count against it.
    """

    code: Code
    name: Name
    family: Code | None = None
    starts_on: Day
    ends_on: Day
    amount: AmountOrZero
    active: bool = True
