"""Handlers of the replacement and the money of a case: one sum of what came back, what was allowed and what was sent instead.

What came back for good is credited against the invoice that charged it; a replacement is an order of its own, shipped like any
order; both meet when the case is settled, and the credit settles the replacement's invoice as far as it goes. What is left
of either is what the customer is owed or owes. Whoever decides a case does not settle it: the two are permissions of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, link, open_to_invoice
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from app.modules.ledger.credits import apply_credit, credited_of
from app.modules.receivables.credits import issue_credit_note
from app.modules.receivables.handlers import issue_customer_invoice
from app.modules.sales.handlers import create_sales_order, goods_of
from app.modules.service.cases import LINK, WRITE, find_case, goods_of_line, made_of, move_case
from app.modules.service.goods import RECEIVED
from schemas.commands import service as commands
from schemas.commands import trade
from schemas.operational import documents, ledger, master_data
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState, ReturnReason
from schemas.vocabulary.numbers import ZERO

SETTLE: Final = "service.case.settle"
_CREDITED: Final = frozenset({"credit", "credit_and_replacement"})
_REPLACED: Final = frozenset({"replacement", "credit_and_replacement"})


@handles(commands.OrderCaseReplacement, permission=WRITE)
def order_case_replacement(ctx: Context, data: commands.OrderCaseReplacement) -> Outcome:
    """Order what the customer gets instead, at his prices or at those that were agreed."""
    case = find_case(ctx, data.case, DocumentState.DECIDED)
    outcome = ctx.uow.need(tables.service_case, case.id).outcome
    if outcome not in _REPLACED:
        raise Refused("case_without_replacement", number=case.number)
    ordered = create_sales_order(
        ctx,
        trade.CreateSalesOrder(
            customer=ctx.uow.need(master_data.party, case.party_id).code,
            document_on=data.document_on,
            priority=case.priority,
            note=case.number,
            lines=[
                trade.OrderLine(
                    item=line.item, quantity=line.quantity, unit_price=line.unit_price, discount_rate=line.discount_rate
                )
                for line in data.lines
            ],
        ),
    )
    assert ordered.document is not None
    link(ctx, case, ordered.document, LINK)
    return ordered


@handles(commands.SettleServiceCase, permission=SETTLE)
def settle_service_case(ctx: Context, data: commands.SettleServiceCase) -> Outcome:
    """Settle a decided case to the cent, in one transaction; what was booked of it before is not booked again."""
    case = find_case(ctx, data.case, DocumentState.DECIDED)
    outcome = ctx.uow.need(tables.service_case, case.id).outcome
    posted_on = data.posted_on or ctx.today
    if data.allowances and outcome not in _CREDITED:
        raise Refused("case_without_credit", field="allowances", number=case.number)
    orders = [row for row in made_of(ctx, case, DocumentKind.SALES_ORDER) if row.state != DocumentState.CANCELLED]
    _need_shipped(ctx, case, orders, outcome)
    if outcome in _CREDITED:
        for invoice_id, lines in _credits(ctx, case, data.allowances).items():
            note = issue_credit_note(
                ctx,
                trade.IssueCreditNote(
                    invoice=invoice_id, posted_on=posted_on, reason=ReturnReason(case.reason_code), lines=lines
                ),
            ).document
            assert note is not None
            link(ctx, case, note, LINK)
    for order in orders:
        if any(open_to_invoice(line) > 0 for line in lines_of(ctx, order).values()):
            invoice = issue_customer_invoice(
                ctx, trade.IssueCustomerInvoice(order=order.id, posted_on=posted_on)
            ).document
            assert invoice is not None
            link(ctx, case, invoice, LINK)
    _set_off(ctx, case, posted_on)
    move_case(ctx, case, DocumentState.SETTLED)
    credited, invoiced = _sum(ctx, case, DocumentKind.CREDIT_NOTE), _sum(ctx, case, DocumentKind.CUSTOMER_INVOICE)
    values = {"credited": credited, "invoiced": invoiced, "net": invoiced - credited}
    return Outcome("receipt.case_settled", case, values)


def _need_shipped(ctx: Context, case: Row, orders: list[Row], outcome: str) -> None:
    """Refuse while what the customer was promised instead has not left.

    Raises:
        Refused: nothing was ordered or asked to be replaced, or something of it is not shipped.
    """
    same_order = any(_is_replaced_on_order(ctx, row) for row in made_of(ctx, case, DocumentKind.CUSTOMER_RETURN))
    if outcome in _REPLACED and not orders and not same_order:
        raise Refused("case_replacement_missing", number=case.number)
    for order in orders:
        waiting = [row for row in goods_of(lines_of(ctx, order).values()) if row.fulfilled_quantity < row.quantity]
        if any(not row.closed for row in waiting):
            raise Refused("case_replacement_not_shipped", number=case.number, order=order.number or "")


def _is_replaced_on_order(ctx: Context, returned: Row) -> bool:
    links = ctx.uow.where(documents.document_link, "to_id", returned.id)
    return returned.state == DocumentState.POSTED and any(row.kind == "replacement" for row in links)


def _credits(ctx: Context, case: Row, allowances: list[commands.CaseAllowance]) -> dict[int, list[trade.CreditLine]]:
    """What is credited of which invoice: goods that came back for good and are not credited, then what was allowed.

    Raises:
        Refused: an allowance names an invoice of another customer.
    """
    found: dict[int, list[trade.CreditLine]] = {}
    own = {row.id for row in made_of(ctx, case, DocumentKind.CREDIT_NOTE)}
    for order_line_id, quantity in _came_for_good(ctx, case).items():
        for invoice_line, part in _creditable(ctx, order_line_id, quantity, own):
            lines = found.setdefault(invoice_line.document_id, [])
            lines.append(trade.CreditLine(line=invoice_line.line, quantity=part))
    for allowance in allowances:
        invoice = find_document(ctx, allowance.invoice, DocumentKind.CUSTOMER_INVOICE)
        if invoice.party_id != case.party_id:
            party = ctx.uow.need(master_data.party, case.party_id)
            raise Refused("case_of_another_customer", field="allowances", number=invoice.number, customer=party.code)
        lines = found.setdefault(invoice.id, [])
        lines.append(trade.CreditLine(line=allowance.line, amount=allowance.amount))
    return found


def _came_for_good(ctx: Context, case: Row) -> dict[int, Decimal]:
    """How much of each order line came back with the case, was invoiced, and is not replaced on its order."""
    found: dict[int, Decimal] = {}
    for case_line in lines_of(ctx, case).values():
        order_line_id = ctx.uow.need(tables.case_line, case_line.id).order_line_id
        for row in goods_of_line(ctx, case_line):
            quantity = ctx.uow.need(documents.document_line, row.document_line_id).creditable_quantity
            if row.step == RECEIVED and quantity > 0:
                found[order_line_id] = found.get(order_line_id, ZERO) + quantity
    return found


def _creditable(ctx: Context, order_line_id: int, quantity: Decimal, own: set[int]) -> Iterator[tuple[Row, Decimal]]:
    """The invoice lines of an order line, the latest first, and how much of each is to be credited.

    Args:
        ctx: the running command.
        order_line_id: what was sold.
        quantity: how much of it came back and was invoiced.
        own: the credit notes of the case, which have credited some of that before.
    """
    order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
    invoiced = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    credited = {line.id: posted_children(ctx, line, DocumentKind.CREDIT_NOTE) for line in invoiced}
    rest = quantity - sum((r.quantity for rows in credited.values() for r in rows if r.document_id in own), ZERO)
    for line in reversed(invoiced):
        part = min(rest, line.quantity - credited_of(credited[line.id]).quantity)
        if part > 0:
            rest -= part
            yield line, part


def _set_off(ctx: Context, case: Row, posted_on: date) -> None:
    """Settle the invoices of a case with its credits, each as far as both go."""
    held = _open_items(ctx, case, DocumentKind.CREDIT_NOTE)
    for item in _open_items(ctx, case, DocumentKind.CUSTOMER_INVOICE):
        for credit in held:
            amount = min(-credit.open_amount, item.open_amount)
            if amount > 0:
                applied = apply_credit(
                    ctx,
                    trade.ApplyCredit(
                        credit=credit.document_id, document=item.document_id, amount=amount, posted_on=posted_on
                    ),
                ).document
                assert applied is not None
                link(ctx, case, applied, LINK)


def _open_items(ctx: Context, case: Row, kind: DocumentKind) -> list[Row]:
    standing = [row for row in made_of(ctx, case, kind) if row.state == DocumentState.POSTED]
    return [row for doc in standing for row in ctx.uow.where(ledger.open_item, "document_id", doc.id, lock=True)]


def _sum(ctx: Context, case: Row, kind: DocumentKind) -> Decimal:
    return sum((d.total_amount for d in made_of(ctx, case, kind) if d.state == DocumentState.POSTED), ZERO)
