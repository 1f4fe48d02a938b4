"""Open items: what a customer owes or is owed a supplier, by document, and how payments settle it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import find_document, link, new_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.commands.trade import BookOpeningItem
from schemas.facts import DocumentReversed
from schemas.operational import documents
from schemas.operational import ledger as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_OPENING_KINDS: Final = frozenset(
    {
        DocumentKind.CUSTOMER_INVOICE,
        DocumentKind.SUPPLIER_BILL,
        DocumentKind.OPENING_RECEIVABLE,
        DocumentKind.OPENING_PAYABLE,
        DocumentKind.CREDIT_NOTE,
        DocumentKind.DEBIT_NOTE,
        DocumentKind.LANDED_COST,
        DocumentKind.FREIGHT_BILL,
    }
)


def open_an_item(ctx: Context, document: Row, side: str, amount: Decimal, due_on: date) -> None:
    """Open an item for what a posted document makes due; nothing is due on a document of zero."""
    if amount == 0:
        return
    ctx.uow.insert(
        tables.open_item,
        document_id=document.id,
        party_id=document.party_id,
        side=side,
        due_on=due_on,
        amount=amount,
        open_amount=amount,
        opened_on=document.posted_on,
    )


def open_items(ctx: Context, document: Row, side: str, dues: Iterable[tuple[date, Decimal]]) -> None:
    """Open an item for each part of what a posted document makes due."""
    for due_on, amount in dues:
        open_an_item(ctx, document, side, amount, due_on)


def opening_item(ctx: Context, data: BookOpeningItem, party: Row, kind: DocumentKind) -> Row:
    """Add the document of an item that was open when the company started here.

    Raises:
        Refused: the amount is zero or not on the minor unit.
    """
    decimals = ctx.company.currency_decimals
    if data.amount == 0 or rounded(data.amount, decimals) != data.amount:
        raise Refused("amount_minor_unit", field="amount", amount=data.amount, decimals=decimals)
    return new_document(
        ctx,
        kind,
        DocumentState.POSTED,
        party_id=party.id,
        document_on=data.document_on,
        posted_on=data.posted_on or ctx.today,
        due_on=data.due_on,
        external_number=data.external_number,
        net_amount=data.amount,
        total_amount=data.amount,
    )


def settle(
    ctx: Context,
    payment: Row,
    side: str,
    amount: Decimal,
    allocations: list[tuple[int | str, Decimal]],
    posted_on: date,
) -> Decimal:
    """Settle open items of the payment's party: the allocated ones first, then the oldest.

    Args:
        ctx: the running command.
        payment: the payment document.
        side: `receivable` or `payable`.
        amount: the payment.
        allocations: documents and amounts that were named.
        posted_on: the posting date.

    Returns:
        How much of the payment found an item; the rest is an advance.

    Raises:
        Refused: an allocation exceeds the payment or its item, or names another party's document.
    """
    rows = ctx.uow.where(tables.open_item, "party_id", payment.party_id, lock=True)
    items = [row for row in rows if row.side == side and row.open_amount > 0]
    left = amount
    for reference, wanted in allocations:
        document = find_document(ctx, reference)
        own = [row for row in items if row.document_id == document.id]
        due = sum((row.open_amount for row in own), ZERO)
        if wanted > min(due, left):
            raise Refused(
                "allocation_too_large", field="allocations", number=document.number, amount=wanted, open=min(due, left)
            )
        left -= settle_in_turn(ctx, payment, own, wanted, posted_on)
    if not allocations:
        left -= settle_in_turn(ctx, payment, items, left, posted_on)
    return amount - left


def settle_in_turn(ctx: Context, payment: Row, items: Iterable[Row], amount: Decimal, posted_on: date) -> Decimal:
    """Settle open items with an amount, the earliest due first, and return how much of it they took."""
    left = amount
    for item in sorted(items, key=lambda row: (row.due_on, row.id)):
        part = min(left, item.open_amount)
        if part > 0:
            left -= settle_item(ctx, payment, item, part, posted_on)
    return amount - left


def open_credit(ctx: Context, note: Row, invoice: Row, *, side: str, settle: bool) -> Decimal:
    """Open the item of a credit or debit note and, where asked, settle what is open of its invoice or bill with it.

    Returns:
        How much was settled; the rest stays open as a credit.
    """
    amount = note.total_amount
    open_an_item(ctx, note, side, -amount, note.posted_on)
    if amount == 0 or not settle:
        return ZERO
    credit = ctx.uow.where(tables.open_item, "document_id", note.id)[0]
    return offset_in_turn(ctx, note, credit, ctx.uow.where(tables.open_item, "document_id", invoice.id, lock=True))


def offset_in_turn(
    ctx: Context, evidence: Row, credit: Row, items: Iterable[Row], most: Decimal | None = None
) -> Decimal:
    """Settle open items with a credit of the same party, the earliest due first, each by the same amount.

    Args:
        ctx: the running command.
        evidence: the document that says so.
        credit: what the party holds; its open amount is negative.
        items: what the party owes.
        most: at most so much; all of the credit without it.

    Returns:
        How much was settled.
    """
    available = -credit.open_amount if most is None else min(most, -credit.open_amount)
    settled = settle_in_turn(ctx, evidence, items, available, evidence.posted_on)
    if settled:
        settle_item(ctx, evidence, credit, -settled, evidence.posted_on)
    return settled


def settle_item(ctx: Context, payment: Row, item: Row, amount: Decimal, posted_on: date) -> Decimal:
    """Settle a part of an open item by a payment, and return the part; the caller has seen to it that it is open."""
    ctx.uow.update(tables.open_item, item, open_amount=item.open_amount - amount)
    ctx.uow.insert(
        tables.settlement,
        open_item_id=item.id,
        document_id=payment.id,
        amount=amount,
        posted_on=posted_on,
        recorded_at=ctx.now,
    )
    if item.document_id != payment.id:
        link(ctx, ctx.uow.need(documents.document, item.document_id), payment, "payment")
    return amount


def reopen_items(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed payment gives its items back; a reversed invoice or bill closes its own, unless it is partly paid.

    Raises:
        Refused: the document is partly settled.
    """
    for settlement in ctx.uow.where(tables.settlement, "document_id", fact.reverses_id):
        item = ctx.uow.need(tables.open_item, settlement.open_item_id, lock=True)
        ctx.uow.update(tables.open_item, item, open_amount=item.open_amount + settlement.amount)
        ctx.uow.insert(
            tables.settlement,
            open_item_id=item.id,
            document_id=fact.document_id,
            amount=-settlement.amount,
            posted_on=fact.posted_on,
            recorded_at=ctx.now,
        )
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind not in _OPENING_KINDS:
        return
    for item in ctx.uow.where(tables.open_item, "document_id", document.id, lock=True):
        if item.open_amount != item.amount:
            raise Refused("document_partly_settled", number=document.number, open=item.open_amount, amount=item.amount)
        ctx.uow.update(tables.open_item, item, open_amount=ZERO)
        ctx.uow.insert(
            tables.settlement,
            open_item_id=item.id,
            document_id=fact.document_id,
            amount=item.amount,
            posted_on=fact.posted_on,
            recorded_at=ctx.now,
        )
