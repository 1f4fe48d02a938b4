"""Commands of after-sales: a case, its goods, what was found, what is done about it, and how it is settled."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Name, Note, PositiveAmount, Quantity, UnitPrice
from schemas.commands.trade import LineNumber
from schemas.vocabulary.documents import ReturnReason

CaseKind = Literal["return", "exchange", "repair", "complaint"]
Finding = Literal["good", "repairable", "scrap", "supplier_fault"]
Disposition = Literal["restock", "rework", "scrap", "to_supplier"]
CaseOutcome = Literal["credit", "replacement", "credit_and_replacement", "repair", "none"]
Words = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00]+$")]
Speech = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]+$")]
LONGEST_CONTENT = 7_000_000
"""Base64 characters of the largest file, 5 MB and a little."""


class CaseLine(Command):
    """What a case is about: a line of the document it is against, or an item and its lot; and what is wrong with it."""

    line: LineNumber | None = None
    item: Code | None = None
    lot: Code | None = None
    quantity: Quantity
    fault: Words | None = None


class OpenServiceCase(Command):
    """Open a case for a customer, against his order, shipment or invoice or against nothing but himself."""

    kind: CaseKind
    reason: ReturnReason
    against: DocumentRef | None = None
    customer: Code | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    owner: Code | None = None
    contact_name: Name | None = None
    contact_phone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    document_on: Day | None = None
    external_number: Code | None = None
    note: Note | None = None
    lines: Annotated[list[CaseLine], Field(max_length=500)] = []


class ChangeServiceCase(Command):
    """Say anew who looks after a case, how urgent it is, and whom to talk to."""

    case: DocumentRef
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    owner: Code | None = None
    contact_name: Name | None = None
    contact_phone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class AddCaseNote(Command):
    """Write down what was said or seen in a case."""

    case: DocumentRef
    text: Speech


class AnswerServiceCase(Command):
    """Write down what the customer was answered; the first answer stops the clock of the first answer."""

    case: DocumentRef
    text: Speech


class WaitForCustomer(Command):
    """Write down what the customer was asked; the clocks of the case stand still until it goes on."""

    case: DocumentRef
    text: Speech


Hours = Annotated[Decimal, Field(ge=Decimal("0.02"), le=10_000, decimal_places=2, allow_inf_nan=False)]


class PutServiceLevel(Command):
    """Within how many working hours cases of a kind, a priority and a class of customers are answered, decided and settled.

    The most particular level holds: one for a class of customers goes before one for a kind, that before one for a priority.
    Priority 1 is the most urgent. `warn_share` is the part of the time after which is warned; after all of it the role is told.
    """

    code: Code
    name: Name
    case_kind: CaseKind | None = None
    priority_upto: Annotated[int, Field(ge=1, le=9)] | None = None
    customer_class: Code | None = None
    calendar: Code
    answer_hours: Hours | None = None
    decision_hours: Hours | None = None
    settlement_hours: Hours | None = None
    warn_share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=4, allow_inf_nan=False)] = Decimal("0.75")
    escalation_role: Code
    active: bool = True


class WatchServiceLevels(Command):
    """Warn of clocks that come near their limit and escalate those that reached it; so many at a time."""

    most: Annotated[int, Field(ge=1, le=1000)] = 200


class ConfirmServiceAlert(Command):
    """Confirm that an alert left the outbox."""

    alert: Annotated[int, Field(ge=1, le=2**63 - 1)]


class AttachCaseFile(Command):
    """Keep a photo (PNG, JPEG, WebP) or a PDF with a case; the content is base64."""

    case: DocumentRef
    name: Name
    content: Annotated[
        str, Field(min_length=4, max_length=LONGEST_CONTENT, pattern=r"^[A-Za-z0-9+/]+={0,2}$", repr=False)
    ]


class GiveFeedback(Command):
    """What a customer says of a delivered order or a settled case: content from 1 to 5, would recommend from 0 to 10, and why."""

    about: DocumentRef
    satisfaction: Annotated[int, Field(ge=1, le=5)]
    recommendation: Annotated[int, Field(ge=0, le=10)] | None = None
    comment: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")] | None = None


class CaseReceiptLine(Command):
    """What came back of a line of a case."""

    line: LineNumber
    quantity: Quantity
    location: Code | None = None


class ReceiveCaseGoods(Command):
    """Take the goods of a case in, on hold; without lines all of them. With `replacement` their order waits for as much."""

    case: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    replacement: bool = False
    lines: Annotated[list[CaseReceiptLine], Field(max_length=500)] = []


class FindingLine(Command):
    """What was found of a quantity of a line."""

    line: LineNumber
    quantity: Quantity
    finding: Finding
    note: Words | None = None


class InspectServiceCase(Command):
    """Record what was found of the goods that came back; it takes the place of what was found before."""

    case: DocumentRef
    lines: Annotated[list[FindingLine], Field(min_length=1, max_length=1000)]


class DispositionLine(Command):
    """What becomes of a quantity of a line; goods go back to a supplier against a line of the receipt that brought them."""

    line: LineNumber
    quantity: Quantity
    disposition: Disposition
    location: Code | None = None
    receipt: DocumentRef | None = None
    receipt_line: LineNumber | None = None


class DecideServiceCase(Command):
    """Decide a case: what becomes of its goods, which is booked at once, and what the customer gets."""

    case: DocumentRef
    outcome: CaseOutcome
    posted_on: Day | None = None
    note: Note | None = None
    lines: Annotated[list[DispositionLine], Field(max_length=1000)] = []


class ReplacementLine(Command):
    """What the customer gets instead; where his goods are credited the price defaults to his own, else it costs nothing."""

    item: Code
    quantity: Quantity
    unit_price: UnitPrice | None = None
    discount_rate: Annotated[Decimal, Field(ge=0, lt=1, decimal_places=8)] = Decimal(0)


class OrderCaseReplacement(Command):
    """Order what the customer gets instead; it is shipped like any order, and invoiced when the case is settled."""

    case: DocumentRef
    document_on: Day | None = None
    lines: Annotated[list[ReplacementLine], Field(min_length=1, max_length=500)]


class CaseAllowance(Command):
    """An amount without tax that is allowed off a line of an invoice."""

    invoice: DocumentRef
    line: LineNumber
    amount: PositiveAmount


class SettleServiceCase(Command):
    """Settle a decided case: credit what came back and what was agreed, invoice the replacement, set one off against the other."""

    case: DocumentRef
    posted_on: Day | None = None
    allowances: Annotated[list[CaseAllowance], Field(max_length=100)] = []


class CaseAction(Command):
    """An action on a case as a whole."""

    case: DocumentRef


class RejectServiceCase(Command):
    """Turn a case down that holds no goods and has led to nothing."""

    case: DocumentRef
    reason: Words


class RecallCaseLots(Command):
    """Recall the lots of a case: hold what is left of them, and open a case for each other customer who got them."""

    case: DocumentRef
