"""What happened, in the past tense: the facts that goods hand to money within one transaction.

A fact carries amounts by name; which accounts they reach is said by the posting rules, in data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class FactLine:
    """Amounts of one line, the roles that fill the rule's placeholders, and the party they concern."""

    amounts: dict[str, Decimal]
    roles: dict[str, str] = field(default_factory=dict)
    party_id: int | None = None


@dataclass(frozen=True)
class Fact:
    """Something that happened on a posting date and is evidenced by a document."""

    document_id: int
    posted_on: date
    lines: tuple[FactLine, ...]
    description: str | None = None


@dataclass(frozen=True)
class GoodsReceived(Fact):
    """Goods arrived. Amounts: stock_value, order_value, variance; components, which were consumed for them."""


@dataclass(frozen=True)
class SupplierBilled(Fact):
    """A supplier billed. Amounts: accrued, stock_adjustment, variance, exchange, charge, tax, gross."""

    party_id: int = 0
    due_on: date = date.min
    gross: Decimal = Decimal(0)


@dataclass(frozen=True)
class GoodsShipped(Fact):
    """Goods left for a customer. Amounts: cost."""


@dataclass(frozen=True)
class CustomerInvoiced(Fact):
    """A customer was invoiced. Amounts: net, charge, tax, gross."""

    party_id: int = 0
    due_on: date = date.min
    gross: Decimal = Decimal(0)


@dataclass(frozen=True)
class GoodsReturned(Fact):
    """A customer brought goods back. Amounts: cost (at which they had left), stock_value, variance (cost less stock_value)."""


@dataclass(frozen=True)
class CustomerCredited(Fact):
    """A customer was credited. Amounts: net, charge, tax, gross."""


@dataclass(frozen=True)
class GoodsSentBack(Fact):
    """Goods went back to a supplier. Amounts: accrued (owed at receipt), stock_value, variance, components that came back.

    The variance is the stock value less what was accrued and less the components.
    """


@dataclass(frozen=True)
class SupplierDebited(Fact):
    """A supplier was debited. Amounts: accrued, stock_adjustment, variance, exchange, charge, tax, gross."""


@dataclass(frozen=True)
class WarrantyCredited(Fact):
    """A supplier accepted what was claimed of him under warranty. Amounts: net (less cost of warranty), tax, gross."""


@dataclass(frozen=True)
class LandedCostBooked(Fact):
    """A cost was shared over goods. Amounts: stock_adjustment, variance, expensed (taken from freight in), tax, gross."""


@dataclass(frozen=True)
class FreightBilled(Fact):
    """A carrier billed what he brought to customers. Amounts: net, tax, gross."""


@dataclass(frozen=True)
class CostsClosed(Fact):
    """Issues got their period's average cost.

    Amounts: total, cost_of_sales, work_in_process, production_variance, internal_use, count_difference, price_variance.
    """


@dataclass(frozen=True)
class PaymentReceived(Fact):
    """A customer paid. Amounts: amount, settled, advance."""


@dataclass(frozen=True)
class PaymentMade(Fact):
    """A supplier was paid. Amounts: amount, settled, advance."""


@dataclass(frozen=True)
class PrepaymentApplied(Fact):
    """Money that was prepaid on an order settled a bill. Amounts: amount."""


@dataclass(frozen=True)
class ExchangeDifferenceRealised(Fact):
    """Items of a foreign currency were carried at more than was given for them. Amounts: payable, receivable."""


@dataclass(frozen=True)
class OpenItemsRevalued(Fact):
    """Open items of a foreign currency were worth more at a month end than the books had. Amounts: receivable, payable."""


@dataclass(frozen=True)
class RevaluationTakenBack(Fact):
    """The same was taken back on the first day after. Amounts: receivable, payable."""


@dataclass(frozen=True)
class DepositApplied(Fact):
    """Money that a customer paid on an order settled an invoice. Amounts: amount."""


@dataclass(frozen=True)
class StockCounted(Fact):
    """A count found a difference. Amounts: gain (negative: loss)."""


@dataclass(frozen=True)
class GoodsScrapped(Fact):
    """Goods were scrapped. Amounts: cost."""


@dataclass(frozen=True)
class GoodsUsed(Fact):
    """Goods were used up within the company. Amounts: cost."""


@dataclass(frozen=True)
class GoodsLostInTransit(Fact):
    """Goods of a transfer did not arrive and were written off. Amounts: loss."""


@dataclass(frozen=True)
class OpeningStockBooked(Fact):
    """The company's first stock was booked. Amounts: value."""


@dataclass(frozen=True)
class OpeningReceivableBooked(Fact):
    """What a customer owed when the company started here. Amounts: amount (negative: a credit he holds)."""


@dataclass(frozen=True)
class OpeningPayableBooked(Fact):
    """What a supplier was owed when the company started here. Amounts: amount (negative: a credit with him)."""


@dataclass(frozen=True)
class MaterialIssued(Fact):
    """Components went into process. Amounts: cost."""


@dataclass(frozen=True)
class ProductionCompleted(Fact):
    """Finished goods came out of process. Amounts: value."""


@dataclass(frozen=True)
class ProductionOrderSettled(Fact):
    """A production order was closed with value left in process. Amounts: variance."""


@dataclass(frozen=True)
class MaterialReturned(Fact):
    """Components came back out of process. Amounts: cost (at which they were issued), stock_value, variance (cost less it)."""


@dataclass(frozen=True)
class LabourReported(Fact):
    """Hours were worked on an order. Amounts: cost."""


@dataclass(frozen=True)
class RepairFinished(Fact):
    """A repair was finished. Amounts: cost (all that is in process), customer_cost, warranty_cost."""


@dataclass(frozen=True)
class PeriodLocked:
    """A fiscal period was locked at a position of the feed; what it ended with stands while it is."""

    period_id: int
    position: int


@dataclass(frozen=True)
class DocumentReversed(Fact):
    """A posted document was taken back. Its entries are mirrored in red; `reverses_id` is the document taken back."""

    reverses_id: int = 0


@dataclass(frozen=True)
class StockReversalDiffered(Fact):
    """Goods that were taken back were worth another value by now. Amounts: difference (actual less original)."""


@dataclass(frozen=True)
class DocumentApproved:
    """The last approval that a document waited for was given, by rules that name a command."""

    document_id: int
    kind: str
    command: str


@dataclass(frozen=True)
class DocumentRejected:
    """Somebody who was asked about a document, by a rule that names a command, rejected it."""

    document_id: int
    command: str
