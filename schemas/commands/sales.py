"""Commands of quoting to customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, CurrencyCode, Day, DocumentRef, Note, Quantity, Share, UnitPrice
from schemas.commands.fulfilment import Phone
from schemas.commands.trade import DeliveryTerms, LineNumber, OrderAction, OrderCharge, OrderLine


class CreateQuotation(DeliveryTerms):
    """Offer goods to a customer at prices that hold until a day; sent at once, or kept as a draft.

    Prices and amounts are in his currency unless another is named; an order on it takes the same.
    """

    customer: Code
    currency: CurrencyCode | None = None
    valid_until: Day | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    channel: Code | None = None
    coupons: Annotated[list[Code], Field(max_length=20)] = []
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
    """Make the sales order that a customer gives on a quotation, at its prices; without lines, of everything that is left.

    Charges are those of the order, in the quotation's currency; a promotion of the order's day may free its freight.
    """

    due_on: Day | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    channel: Code | None = None
    note: Note | None = None
    confirm: bool = True
    reserve: bool = True
    lines: Annotated[list[AcceptedLine], Field(max_length=5000)] = []
    charges: Annotated[list[OrderCharge], Field(max_length=100)] = []


class ChangedLine(Command):
    """What becomes of a line of an order; what is not given stays as it is.

    A quantity is the whole of the line, with what is shipped of it. `cancel` takes off what is not shipped or invoiced yet.
    """

    line: LineNumber
    quantity: Quantity | None = None
    unit: Code | None = None
    unit_price: UnitPrice | None = None
    discount_rate: Share | None = None
    due_on: Day | None = None
    cancel: bool = False


class AddedLine(Command):
    """A line that an order gets; price and tax default from the customer's terms."""

    item: Code
    quantity: Quantity
    unit: Code | None = None
    unit_price: UnitPrice | None = None
    discount_rate: Share = Decimal(0)
    tax_code: Code | None = None
    due_on: Day | None = None


class ChangeSalesOrder(OrderAction):
    """Change a confirmed order, with the reason; its prices, credit and approval rules are judged anew.

    What waits for approval leaves the order as it is until it is approved. Promotions are looked at again for lines whose quantity
    changes and for added ones; a price or discount that is given stands by itself. `reprice` takes the customer's price of today
    for lines whose quantity changes and whose price is not given. Region, phone and address say where the order goes. `change_seen`
    is the number of the newest change that its author knew, zero for none: where there is a newer one, nothing changes.
    """

    reason: Annotated[str, Field(min_length=1, max_length=400)]
    lines: Annotated[list[ChangedLine], Field(max_length=5000)] = []
    added: Annotated[list[AddedLine], Field(max_length=5000)] = []
    due_on: Day | None = None
    region: Code | None = None
    phone: Phone | None = None
    address: Annotated[Note, Field(min_length=1)] | None = None
    change_seen: Annotated[int, Field(ge=0)] | None = None
    reprice: bool = False
    reserve: bool = True


class ReservedLine(Command):
    """How much to reserve for a line, and of which lot; without a quantity what it still needs, as far as it is free."""

    line: LineNumber
    quantity: Quantity | None = None
    lot: Code | None = None


class ReserveOrder(OrderAction):
    """Reserve what is free for all open lines of an order or for some; what is reserved is held until a day, if one is given."""

    lines: Annotated[list[ReservedLine], Field(max_length=5000)] = []
    until: Day | None = None


class ReserveQuotation(QuotationAction):
    """Hold for a quotation what is free; until the day on which its prices lapse, or another."""

    lines: Annotated[list[ReservedLine], Field(max_length=5000)] = []
    until: Day | None = None


class ReleaseReservations(Command):
    """Give back what an order or a quotation holds, of all its lines or of some."""

    document: DocumentRef
    lines: Annotated[list[LineNumber], Field(max_length=5000)] = []


class ReleaseExpiredReservations(Command):
    """Give back what was held until a day that is past, so many lines at a time."""

    most: Annotated[int, Field(ge=1, le=1000)] = 200


class TakeOverReservations(OrderAction):
    """Take what an urgent order lacks from less urgent ones, for all its lines or for some, with the reason."""

    lines: Annotated[list[LineNumber], Field(max_length=5000)] = []
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class ReserveOpenOrders(Command):
    """Share out what is free over open orders by their priority, of all items or of some."""

    items: Annotated[list[Code], Field(max_length=5000)] = []


class ShareOrderingForm(Command):
    """Make the link by which a customer orders: his goods, his prices, for so many days."""

    customer: Code
    valid_days: Annotated[int, Field(ge=1, le=730)] = 365


class RevokeOrderingForms(Command):
    """Take back every ordering form of a customer."""

    customer: Code


class FormLine(Command):
    """What a customer orders by his form, in the stocking unit."""

    item: Code
    quantity: Quantity


class OrderByForm(Command):
    """What a customer sends by his ordering form."""

    form: Annotated[int, Field(ge=1)]
    lines: Annotated[list[FormLine], Field(min_length=1, max_length=500)]
    due_on: Day | None = None
    reference: Code | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
