"""Commands of buying and selling: orders, receipts, shipments, invoices, bills, payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import (
    Amount,
    AmountOrZero,
    Code,
    Command,
    CurrencyCode,
    Day,
    DocumentRef,
    Name,
    Note,
    PositiveAmount,
    Quantity,
    QuantityOrZero,
    Share,
    UnitPrice,
)
from schemas.commands.serials import Serials
from schemas.vocabulary.delivery import Incoterm
from schemas.vocabulary.documents import AllocationBasis, ReturnReason
from schemas.vocabulary.places import StockStatus

LineNumber = Annotated[int, Field(ge=1, le=100_000)]
OwnStatus = Literal[StockStatus.AVAILABLE, StockStatus.HOLD, StockStatus.REWORK]


class OrderLine(Command):
    """A line of an order; price and tax default from the party's terms; `tax_amount` is the tax as the other side states it.

    `promised_on` is the day that a customer was promised, which stock and supply must bear out.
    """

    item: Code
    quantity: Quantity
    unit: Code | None = None
    unit_price: UnitPrice | None = None
    discount_rate: Share = Decimal(0)
    tax_code: Code | None = None
    tax_amount: AmountOrZero | None = None
    due_on: Day | None = None
    promised_on: Day | None = None


class ChargeLine(Command):
    """Freight or another charge on an order, invoice or bill."""

    description: Annotated[str, Field(min_length=1, max_length=400)]
    amount: PositiveAmount
    tax_code: Code | None = None


class OrderCharge(ChargeLine):
    """A charge on a sales order; `freight` says that it is what the way costs, which a promotion may take to zero."""

    freight: bool = False


class DeliveryTerms(Command):
    """Who bears cost and risk of the way up to which place; where left out, as agreed with the other side in general."""

    incoterm: Incoterm | None = None
    incoterm_place: Name | None = None


class _NewOrder(DeliveryTerms):
    document_on: Day | None = None
    due_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=5000)]


class CreatePurchaseOrder(_NewOrder):
    """Order goods from a supplier, in his currency unless another is named; prices and amounts are in it."""

    supplier: Code
    currency: CurrencyCode | None = None
    confirm: bool = True


class CreateSalesOrder(_NewOrder):
    """Take a customer's order, in his currency unless another is named; confirmed lines reserve the stock that is free.

    Prices and amounts are in the order's currency, at the latest rate on or before its day. Charges have nothing to ship and are
    invoiced with the first goods; one without a tax code is taxed as the customer is, else as the first goods that are taxed.
    A promotion may free what is marked as freight, and nothing else.
    """

    customer: Code
    currency: CurrencyCode | None = None
    channel: Code | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    region: Code | None = None
    coupons: Annotated[list[Code], Field(max_length=20)] = []
    charges: Annotated[list[OrderCharge], Field(max_length=100)] = []
    confirm: bool = True
    reserve: bool = True


class OrderAction(Command):
    """An action on an order as a whole."""

    order: DocumentRef


class ReceiptLine(Command):
    """What arrived for an order line: what is taken into stock, and what is not and is claimed of the supplier.

    `stated_quantity` is what the delivery note says; what it says and did not arrive is claimed as short.
    """

    line: LineNumber
    quantity: QuantityOrZero
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None
    stated_quantity: Quantity | None = None
    damaged_quantity: QuantityOrZero = Decimal(0)
    wrong_quantity: QuantityOrZero = Decimal(0)
    over_quantity: QuantityOrZero = Decimal(0)
    remedy: Literal["replacement", "credit", "none"] = "replacement"


class ComponentUsed(Command):
    """How much of a provided component the supplier used for what is received of an order line, instead of the bill of material."""

    line: LineNumber
    item: Code
    quantity: QuantityOrZero
    lot: Code | None = None
    serials: Serials = []


class ReceiveGoods(Command):
    """Receive goods against a purchase order or a delivery notice; without lines, everything that is open or announced.

    What the supplier made of our components consumes them by the bill of material, but for those that `components` name.
    """

    order: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[ReceiptLine], Field(max_length=5000)] = []
    components: Annotated[list[ComponentUsed], Field(max_length=5000)] = []
    external_number: Code | None = None


class BillLine(Command):
    """What a supplier bills for an order line; the price defaults to the order's."""

    line: LineNumber
    quantity: Quantity
    unit_price: UnitPrice | None = None


class BookSupplierBill(Command):
    """Book a supplier's bill against what was received of an order; without lines, everything not yet billed."""

    order: DocumentRef
    posted_on: Day | None = None
    external_number: Code | None = None
    due_on: Day | None = None
    lines: Annotated[list[BillLine], Field(max_length=5000)] = []
    charges: Annotated[list[ChargeLine], Field(max_length=100)] = []


class ShipmentLine(Command):
    """What is shipped of an order line."""

    line: LineNumber
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []


class ShipGoods(Command):
    """Ship goods of a sales order; without lines, everything that is open."""

    order: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[ShipmentLine], Field(max_length=5000)] = []
    external_number: Code | None = None


class IssueCustomerInvoice(Command):
    """Invoice what was shipped of a sales order and is not yet invoiced."""

    order: DocumentRef
    posted_on: Day | None = None
    due_on: Day | None = None
    external_number: Code | None = None
    charges: Annotated[list[ChargeLine], Field(max_length=100)] = []


class Allocation(Command):
    """How much of a payment settles one invoice or bill."""

    document: DocumentRef
    amount: PositiveAmount


class _Payment(Command):
    party: Code
    amount: PositiveAmount
    posted_on: Day | None = None
    external_number: Code | None = None
    allocations: Annotated[list[Allocation], Field(max_length=5000)] = []


class ReceivePayment(_Payment):
    """Book money from a customer; what is not allocated settles the oldest open items, the rest is an advance.

    With an order, what is not allocated is a deposit that the order's invoice takes up when it comes. Amounts are in `currency`:
    without it that of the order, of the first document that is settled, or the customer's. `bank_amount` is what the bank credited
    in the company's currency; without it the rate of the day says so.
    """

    order: DocumentRef | None = None
    currency: CurrencyCode | None = None
    bank_amount: PositiveAmount | None = None


class PaySupplier(_Payment):
    """Book money paid to a supplier; what is not allocated settles the oldest open items, the rest is an advance.

    With an order, what is not allocated is a prepayment that the order's bill takes up when it comes. Amounts are in `currency`:
    without it that of the order, of the first document that is settled, or the supplier's. `bank_amount` is what the bank took in
    the company's currency; without it the rate of the day says so.
    """

    order: DocumentRef | None = None
    currency: CurrencyCode | None = None
    bank_amount: PositiveAmount | None = None


class ApplyPrepayment(Command):
    """Apply what is left of a prepayment to a bill of another order; without amount, all of it."""

    payment: DocumentRef
    bill: DocumentRef
    amount: PositiveAmount | None = None


class ApplyDeposit(Command):
    """Apply what is left of a deposit to an invoice of another order; without amount, all of it."""

    payment: DocumentRef
    invoice: DocumentRef
    amount: PositiveAmount | None = None


class ReverseDocument(Command):
    """Take a posted document back by its mirror image."""

    document: DocumentRef
    posted_on: Day | None = None
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class CountLine(Command):
    """What was found of an item in a place."""

    item: Code
    location: Code
    counted_quantity: QuantityOrZero
    lot: Code | None = None
    owner: Code | None = None
    unit_cost: UnitPrice | None = None


class BookStockCount(Command):
    """Book the difference between what was counted and the books."""

    posted_on: Day | None = None
    lines: Annotated[list[CountLine], Field(min_length=1, max_length=5000)]
    note: Note | None = None


class OpeningLine(Command):
    """Stock that a company starts with."""

    item: Code
    location: Code
    quantity: Quantity
    unit_cost: UnitPrice
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None


class BookOpeningStock(Command):
    """Book the stock that a company starts with, with its value."""

    posted_on: Day | None = None
    lines: Annotated[list[OpeningLine], Field(min_length=1, max_length=10_000)]


class BookOpeningItem(Command):
    """An invoice or bill of before the company started here that is still open; a negative amount is a credit.

    The amount is in `currency`, the party's where none is named. Of a foreign one the books take `booked_amount`, at which the
    former books carried it, or the amount at `exchange_rate`, or at the rate of the posting date.
    """

    party: Code
    amount: Amount
    currency: CurrencyCode | None = None
    exchange_rate: Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=8)] | None = None
    booked_amount: Amount | None = None
    external_number: Code
    document_on: Day
    due_on: Day
    posted_on: Day | None = None


class TransferLine(Command):
    """Goods that move between two places."""

    item: Code
    quantity: Quantity
    from_location: Code
    to_location: Code
    lot: Code | None = None
    owner: Code | None = None
    serials: Serials = []


class TransferStock(Command):
    """Move goods between places of the company."""

    posted_on: Day | None = None
    lines: Annotated[list[TransferLine], Field(min_length=1, max_length=5000)]
    note: Note | None = None


class ReturnedLine(Command):
    """What came back of a line of the document that the return is against; where not all did, pieces are named."""

    line: LineNumber
    quantity: Quantity
    serials: Serials = []
    location: Code | None = None


class ReceiveReturn(Command):
    """Take goods back from a customer, against a shipment or a sales order; without lines, everything not yet returned.

    The goods come back at the cost they left at, into a place and a quality status. With `replacement` the order waits for as much
    to be shipped again; without it, what was returned can be credited.
    """

    against: DocumentRef
    reason: ReturnReason
    posted_on: Day | None = None
    location: Code | None = None
    status: OwnStatus = StockStatus.AVAILABLE
    replacement: bool = False
    lines: Annotated[list[ReturnedLine], Field(max_length=5000)] = []
    external_number: Code | None = None
    note: Note | None = None


class SentBackLine(Command):
    """What goes back of a line of the document that the return is against; where not all does, pieces are named."""

    line: LineNumber
    quantity: Quantity
    serials: Serials = []
    location: Code | None = None


class ReturnToSupplier(Command):
    """Send goods back to a supplier, against a goods receipt or a purchase order; without lines, everything not yet returned.

    With `replacement` the order waits for as much to be received again; without it, what was billed can be debited.
    """

    against: DocumentRef
    reason: ReturnReason
    posted_on: Day | None = None
    location: Code | None = None
    status: OwnStatus = StockStatus.AVAILABLE
    replacement: bool = False
    lines: Annotated[list[SentBackLine], Field(max_length=5000)] = []
    external_number: Code | None = None
    note: Note | None = None


class CreditLine(Command):
    """What is credited of a line: a quantity that was returned, at the line's own price, or an amount without tax."""

    line: LineNumber
    quantity: Quantity | None = None
    amount: PositiveAmount | None = None


class _Credit(Command):
    posted_on: Day | None = None
    reason: ReturnReason | None = None
    external_number: Code | None = None
    note: Note | None = None
    settle: bool = True
    lines: Annotated[list[CreditLine], Field(max_length=5000)] = []


class IssueCreditNote(_Credit):
    """Credit a customer against an invoice; without lines, all that he returned of it.

    The credit settles what is open of the invoice; what it does not find open there, or all of it without `settle`, stays a credit.
    """

    invoice: DocumentRef


class IssueDebitNote(_Credit):
    """Debit a supplier against his bill; without lines, all that went back to him of it.

    The debit settles what is open of the bill; what it does not find open there, or all of it without `settle`, stays a claim on
    him.
    """

    bill: DocumentRef


class ApplyCredit(Command):
    """Settle an invoice or bill with a credit that the same party holds; without an amount, as far as both go."""

    credit: DocumentRef
    document: DocumentRef
    amount: PositiveAmount | None = None
    posted_on: Day | None = None


class CostTarget(Command):
    """A goods receipt, or one line of it, that a landed cost was paid for."""

    receipt: DocumentRef
    line: LineNumber | None = None


class BookLandedCost(Command):
    """Share freight, duty or insurance over the goods it was paid for.

    The cost is either on a supplier's bill already, as its charges or those of `bill_lines`, or it is billed with this document by
    `supplier`, in his currency unless another is named. The goods take what it is in the company's at the rate of the day.
    """

    bill: DocumentRef | None = None
    bill_lines: Annotated[list[LineNumber], Field(max_length=100)] = []
    supplier: Code | None = None
    currency: CurrencyCode | None = None
    charges: Annotated[list[ChargeLine], Field(max_length=100)] = []
    basis: AllocationBasis = AllocationBasis.VALUE
    targets: Annotated[list[CostTarget], Field(min_length=1, max_length=1000)]
    posted_on: Day | None = None
    due_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None


class StatusLine(Command):
    """Goods whose quality status changes."""

    item: Code
    location: Code
    quantity: Quantity
    from_status: OwnStatus
    to_status: OwnStatus
    lot: Code | None = None
    owner: Code | None = None


class ChangeStockStatus(Command):
    """Hold goods back from use, or release what was held."""

    posted_on: Day | None = None
    lines: Annotated[list[StatusLine], Field(min_length=1, max_length=5000)]
    note: Note | None = None


class ScrapLine(Command):
    """Goods that are scrapped, out of the quality status that they stand in."""

    item: Code
    location: Code
    quantity: Quantity
    from_status: StockStatus = StockStatus.HOLD
    lot: Code | None = None


class ScrapStock(Command):
    """Scrap goods at the value they are carried at."""

    posted_on: Day | None = None
    reason: ReturnReason
    lines: Annotated[list[ScrapLine], Field(min_length=1, max_length=5000)]
    note: Note | None = None
