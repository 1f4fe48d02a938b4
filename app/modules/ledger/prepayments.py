"""Money for an order before its invoice, on either side: what is held, how an invoice takes it up, and how it ends.

It stands as an advance. An invoice of its order takes it up by itself; to another invoice it is applied by hand. What is applied is
evidenced by the payment: to take it back, the payment is reversed, and the invoice is owed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import find_document, link, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.open_items import settle_in_turn
from schemas.facts import DepositApplied, DocumentReversed, FactLine, PrepaymentApplied
from schemas.operational import documents
from schemas.operational import ledger as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded


@dataclass(frozen=True)
class Side:
    """One side of the trade.

    Attributes:
        order: the kind of order that is paid for before its invoice.
        payment: the kind of payment.
        invoices: the kinds that a payment can be applied to.
        open_side: the side of their open items.
        applied: the fact of an application.
    """

    order: DocumentKind
    payment: DocumentKind
    invoices: tuple[DocumentKind, ...]
    open_side: str
    applied: type[PrepaymentApplied] | type[DepositApplied]


BUYING = Side(
    DocumentKind.PURCHASE_ORDER,
    DocumentKind.PAYMENT_OUT,
    (DocumentKind.SUPPLIER_BILL, DocumentKind.OPENING_PAYABLE),
    "payable",
    PrepaymentApplied,
)
SELLING = Side(
    DocumentKind.SALES_ORDER,
    DocumentKind.PAYMENT_IN,
    (DocumentKind.CUSTOMER_INVOICE, DocumentKind.OPENING_RECEIVABLE),
    "receivable",
    DepositApplied,
)


def order_to_prepay(ctx: Context, side: Side, reference: int | str, party: Row, amount: Decimal) -> Row:
    """The order that a payment is for.

    Raises:
        Refused: it is another party's, or with what is held already the amount exceeds what is not invoiced of it.
    """
    order = find_document(ctx, reference, side.order)
    need_state(order, DocumentState.CONFIRMED)
    if order.party_id != party.id:
        raise Refused("order_of_another", field="order", number=order.number, party=party.code)
    held = sum((row.open_amount for row in ctx.uow.where(tables.order_prepayment, "order_id", order.id)), ZERO)
    lines = ctx.uow.where(documents.document_line, "document_id", order.id)
    invoiced = sum((row.invoiced_amount for row in lines), ZERO)
    rest = order.total_amount - rounded(
        order.total_amount * invoiced / order.net_amount if order.net_amount else ZERO, ctx.company.currency_decimals
    )
    if amount > rest - held:
        raise Refused(
            "prepayment_too_large", field="amount", number=order.number, amount=amount, open=max(rest - held, ZERO)
        )
    return order


def open_prepayment(ctx: Context, payment: Row, order: Row, amount: Decimal) -> None:
    """Keep what a payment holds for an order until its invoice comes."""
    ctx.uow.insert(
        tables.order_prepayment, document_id=payment.id, order_id=order.id, amount=amount, open_amount=amount
    )
    link(ctx, order, payment, "prepayment")


def take_up_prepayments(ctx: Context, side: Side, order: Row, invoice: Row) -> None:
    """An invoice takes up what is held for its order, the oldest first, as far as it is due."""
    for row in sorted(ctx.uow.where(tables.order_prepayment, "order_id", order.id, lock=True), key=lambda r: r.id):
        _apply(ctx, side, row, invoice, row.open_amount)


def apply_by_hand(
    ctx: Context, side: Side, payment_named: int | str, invoice_named: int | str, amount: Decimal | None
) -> tuple[Row, Row, Decimal]:
    """Apply what is left of a payment to another invoice of the same party.

    Returns:
        The payment, the invoice, and how much was applied.

    Raises:
        Refused: the invoice is another party's or not posted, or more is wanted than is left or due.
    """
    payment = find_document(ctx, payment_named, side.payment)
    invoice = find_document(ctx, invoice_named, *side.invoices)
    need_state(invoice, DocumentState.POSTED)
    if invoice.party_id != payment.party_id:
        raise Refused("bill_of_another", field="bill", number=invoice.number)
    row = next(iter(ctx.uow.where(tables.order_prepayment, "document_id", payment.id, lock=True)), None)
    left = row.open_amount if row is not None else ZERO
    wanted = amount or left
    applied = (
        _apply(ctx, side, row, invoice, wanted, not_before=ctx.today) if row is not None and wanted <= left else ZERO
    )
    if applied < wanted or applied == 0:
        due = sum((item.open_amount for item in _items(ctx, side, invoice)), ZERO)
        raise Refused(
            "allocation_too_large", field="amount", number=invoice.number, amount=wanted, open=max(min(left, due), ZERO)
        )
    return payment, invoice, applied


def _items(ctx: Context, side: Side, invoice: Row) -> list[Row]:
    rows = ctx.uow.where(tables.open_item, "document_id", invoice.id, lock=True)
    return [row for row in rows if row.side == side.open_side and row.open_amount > 0]


def _apply(
    ctx: Context, side: Side, held: Row, invoice: Row, wanted: Decimal, *, not_before: date | None = None
) -> Decimal:
    """Settle what an invoice still owes from what is held, at most as much as is wanted, and return how much it was."""
    payment = ctx.uow.need(documents.document, held.document_id)
    on = max(day for day in (invoice.posted_on, payment.posted_on, not_before) if day is not None)
    applied = settle_in_turn(ctx, payment, _items(ctx, side, invoice), wanted, on)
    if applied > 0:
        ctx.uow.update(tables.order_prepayment, held, open_amount=held.open_amount - applied)
        line = FactLine({"amount": applied}, party_id=invoice.party_id)
        ctx.emit(side.applied(payment.id, on, (line,), invoice.external_number))
    return applied


def end_prepayment(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed payment holds nothing for its order any more."""
    for row in ctx.uow.where(tables.order_prepayment, "document_id", fact.reverses_id, lock=True):
        ctx.uow.update(tables.order_prepayment, row, open_amount=ZERO)
