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
from app.modules.ledger.exchange import realise_difference
from app.modules.ledger.open_items import open_of, refuse_other_currency, settle_in_turn
from app.modules.master_data.currencies import currency_of, total_said
from schemas.facts import DepositApplied, DocumentReversed, FactLine, PrepaymentApplied
from schemas.operational import documents, foreign_currency
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


def order_to_prepay(ctx: Context, side: Side, reference: int | str, party: Row, amount: Decimal, currency: str) -> Row:
    """The order that a payment is for.

    Raises:
        Refused: it is another party's or in another currency, or with what is held already the amount exceeds what is not
            invoiced of it.
    """
    order = find_document(ctx, reference, side.order)
    need_state(order, DocumentState.CONFIRMED)
    if order.party_id != party.id:
        raise Refused("order_of_another", field="order", number=order.number, party=party.code)
    own = currency_of(ctx, order)
    if own.code != currency:
        raise Refused(
            "settled_in_its_currency", field="currency", number=order.number, currency=own.code, given=currency
        )
    held = sum((left_of(ctx, row) for row in ctx.uow.where(tables.order_prepayment, "order_id", order.id)), ZERO)
    lines = ctx.uow.where(documents.document_line, "document_id", order.id)
    invoiced = sum((row.invoiced_amount for row in lines), ZERO)
    total = total_said(ctx, order)
    rest = total - rounded(total * invoiced / order.net_amount if order.net_amount else ZERO, own.decimals)
    if amount > rest - held:
        raise Refused(
            "prepayment_too_large", field="amount", number=order.number, amount=amount, open=max(rest - held, ZERO)
        )
    return order


def left_of(ctx: Context, held: Row) -> Decimal:
    """What is left of a prepayment or deposit, in its currency."""
    said = ctx.uow.get(foreign_currency.foreign_prepayment, held.id, lock=True)
    return held.open_amount if said is None else said.open_amount


def open_prepayment(
    ctx: Context, payment: Row, order: Row, amount: Decimal, *, currency: str | None = None, said: Decimal = ZERO
) -> None:
    """Keep what a payment holds for an order until its invoice comes.

    Args:
        ctx: the running command.
        payment: the payment.
        order: what it is for.
        amount: company currency.
        currency: where it was paid in a foreign one.
        said: the amount in that.
    """
    held = ctx.uow.insert(
        tables.order_prepayment, document_id=payment.id, order_id=order.id, amount=amount, open_amount=amount
    )
    if currency is not None:
        ctx.uow.insert(
            foreign_currency.foreign_prepayment, id=held.id, currency=currency, amount=said, open_amount=said
        )
    link(ctx, order, payment, "prepayment")


def take_up_prepayments(ctx: Context, side: Side, order: Row, invoice: Row) -> None:
    """An invoice takes up what is held for its order, the oldest first, as far as it is due."""
    for row in sorted(ctx.uow.where(tables.order_prepayment, "order_id", order.id, lock=True), key=lambda r: r.id):
        _apply(ctx, side, row, invoice, left_of(ctx, row))


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
    left = left_of(ctx, row) if row is not None else ZERO
    currency = currency_of(ctx, payment)
    wanted = left if amount is None else rounded(amount, currency.decimals)
    refuse_other_currency(ctx, invoice, _items(ctx, side, invoice), currency.code)
    applied = (
        _apply(ctx, side, row, invoice, wanted, not_before=ctx.today) if row is not None and wanted <= left else ZERO
    )
    if applied < wanted or applied == 0:
        due = sum((open_of(ctx, item) for item in _items(ctx, side, invoice)), ZERO)
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
    """Settle what an invoice still owes from what is held, at most as much as is wanted, and return how much it was.

    Money held in a foreign currency goes at the rate of its own payment; what the invoice was carried at beyond that is an exchange
    difference.
    """
    payment = ctx.uow.need(documents.document, held.document_id)
    on = max(day for day in (invoice.posted_on, payment.posted_on, not_before) if day is not None)
    settled = settle_in_turn(ctx, payment, _items(ctx, side, invoice), wanted, on)
    if settled.amount > 0:
        given = _take(ctx, held, settled.amount)
        line = FactLine({"amount": given}, party_id=invoice.party_id)
        ctx.emit(side.applied(payment.id, on, (line,), invoice.external_number))
        realise_difference(ctx, payment, side.open_side, settled.carried - given, invoice.party_id, on)
    return settled.amount


def _take(ctx: Context, held: Row, amount: Decimal) -> Decimal:
    """Take an amount off what is held, in its currency, and return what it was paid with in the company's."""
    said = ctx.uow.get(foreign_currency.foreign_prepayment, held.id, lock=True)
    given = amount
    if said is not None:
        whole = amount == said.open_amount
        share = held.open_amount * amount / said.open_amount
        given = held.open_amount if whole else rounded(share, ctx.company.currency_decimals)
        ctx.uow.update(foreign_currency.foreign_prepayment, said, open_amount=said.open_amount - amount)
    ctx.uow.update(tables.order_prepayment, held, open_amount=held.open_amount - given)
    return given


def end_prepayment(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed payment holds nothing for its order any more."""
    for row in ctx.uow.where(tables.order_prepayment, "document_id", fact.reverses_id, lock=True):
        ctx.uow.update(tables.order_prepayment, row, open_amount=ZERO)
        said = ctx.uow.get(foreign_currency.foreign_prepayment, row.id, lock=True)
        if said is not None:
            ctx.uow.update(foreign_currency.foreign_prepayment, said, open_amount=ZERO)
