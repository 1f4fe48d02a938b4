"""Handlers of prepayments: money paid against a purchase order before its bill, and its settlement when the bill comes.

A prepayment stands as an advance to the supplier. A bill of its order takes it up by itself; to another bill it is applied by hand.
What is applied is evidenced by the payment: to take it back, the payment is reversed, and the bill is owed again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, link, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.open_items import settle_item
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, PrepaymentApplied
from schemas.operational import documents, ledger
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded


def order_to_prepay(ctx: Context, reference: int | str, supplier: Row, amount: Decimal) -> Row:
    """The order that a prepayment is for.

    Raises:
        Refused: it is another supplier's, or with what is prepaid already the amount exceeds what is not billed of it.
    """
    order = find_document(ctx, reference, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    if order.party_id != supplier.id:
        raise Refused("order_of_another", field="order", number=order.number, party=supplier.code)
    held = sum((row.open_amount for row in ctx.uow.where(tables.order_prepayment, "order_id", order.id)), ZERO)
    lines = ctx.uow.where(documents.document_line, "document_id", order.id)
    billed = sum((row.invoiced_amount for row in lines), ZERO)
    rest = order.total_amount - rounded(
        order.total_amount * billed / order.net_amount if order.net_amount else ZERO, ctx.company.currency_decimals
    )
    if amount > rest - held:
        raise Refused(
            "prepayment_too_large", field="amount", number=order.number, amount=amount, open=max(rest - held, ZERO)
        )
    return order


def open_prepayment(ctx: Context, payment: Row, order: Row, amount: Decimal) -> None:
    """Keep what a payment holds for an order until its bill comes."""
    ctx.uow.insert(
        tables.order_prepayment, document_id=payment.id, order_id=order.id, amount=amount, open_amount=amount
    )
    link(ctx, order, payment, "prepayment")


def take_up_prepayments(ctx: Context, order: Row, bill: Row) -> None:
    """A bill takes up what was prepaid on its order, the oldest first, as far as it is due."""
    for row in sorted(ctx.uow.where(tables.order_prepayment, "order_id", order.id, lock=True), key=lambda r: r.id):
        _apply(ctx, row, bill, row.open_amount)


@handles(commands.ApplyPrepayment, permission="payables.payment.write")
def apply_prepayment(ctx: Context, data: commands.ApplyPrepayment) -> Outcome:
    """Apply what is left of a prepayment to another bill of the same supplier."""
    payment = find_document(ctx, data.payment, DocumentKind.PAYMENT_OUT)
    bill = find_document(ctx, data.bill, DocumentKind.SUPPLIER_BILL, DocumentKind.OPENING_PAYABLE)
    need_state(bill, DocumentState.POSTED)
    if bill.party_id != payment.party_id:
        raise Refused("bill_of_another", field="bill", number=bill.number)
    row = next(iter(ctx.uow.where(tables.order_prepayment, "document_id", payment.id, lock=True)), None)
    left = row.open_amount if row is not None else ZERO
    wanted = data.amount or left
    applied = _apply(ctx, row, bill, wanted) if row is not None and wanted <= left else ZERO
    if applied < wanted or applied == 0:
        due = sum((item.open_amount for item in _items(ctx, bill)), ZERO)
        raise Refused(
            "allocation_too_large", field="amount", number=bill.number, amount=wanted, open=max(min(left, due), ZERO)
        )
    return Outcome("receipt.prepayment_applied", bill, {"payment": payment.number, "amount": applied})


def _items(ctx: Context, bill: Row) -> list[Row]:
    rows = ctx.uow.where(ledger.open_item, "document_id", bill.id, lock=True)
    return [row for row in rows if row.side == "payable" and row.open_amount > 0]


def _apply(ctx: Context, prepayment: Row, bill: Row, wanted: Decimal) -> Decimal:
    """Settle what a bill still owes from a prepayment, at most as much as is wanted, and return how much it was."""
    applied = ZERO
    payment = ctx.uow.need(documents.document, prepayment.document_id)
    on: date = max(bill.posted_on, payment.posted_on)
    for item in _items(ctx, bill):
        amount = min(wanted - applied, item.open_amount)
        if amount > 0:
            applied += settle_item(ctx, payment, item, amount, on)
    if applied > 0:
        ctx.uow.update(tables.order_prepayment, prepayment, open_amount=prepayment.open_amount - applied)
        line = FactLine({"amount": applied}, party_id=bill.party_id)
        ctx.emit(PrepaymentApplied(payment.id, on, (line,), bill.external_number))
    return applied


def end_prepayment(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed payment holds nothing for its order any more."""
    for row in ctx.uow.where(tables.order_prepayment, "document_id", fact.reverses_id, lock=True):
        ctx.uow.update(tables.order_prepayment, row, open_amount=ZERO)
