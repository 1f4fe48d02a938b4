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

from app.kernel.bus import Context, Outcome, handles, within
from app.kernel.documents import find_document, lines_of, link, need_by_code, need_line, open_to_credit, open_to_invoice
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from app.modules.ledger.credits import apply_credit, credited_of
from app.modules.ledger.open_items import currency_of_item, open_of
from app.modules.master_data.currencies import currency_of, said_of
from app.modules.receivables.credits import issue_credit_note
from app.modules.receivables.handlers import issue_customer_invoice
from app.modules.sales.handlers import create_sales_order, goods_of
from app.modules.service.cases import LINK, WRITE, find_case, made_of, move_case
from app.modules.service.giving import (
    REPLACED,
    came_for_good,
    given_otherwise,
    is_replaced_on_order,
    left_to_replace,
    left_to_send,
    need_repair_fits,
    need_repairs_done,
    ordered_instead,
    take_instead,
    waits_on_order,
)
from schemas.commands import service as commands
from schemas.commands import trade
from schemas.operational import documents, ledger, master_data
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState, ReturnReason
from schemas.vocabulary.numbers import ZERO

SETTLE: Final = "service.case.settle"
_CREDITED: Final = frozenset({"credit", "credit_and_replacement"})
_REPLACED: Final = frozenset({REPLACED, "credit_and_replacement"})


@handles(commands.OrderCaseReplacement, permission=WRITE)
def order_case_replacement(ctx: Context, data: commands.OrderCaseReplacement) -> Outcome:
    """Order what the customer gets instead: for nothing, or where his goods are credited at his prices or those agreed."""
    case = find_case(ctx, data.case, DocumentState.DECIDED)
    outcome = ctx.uow.need(tables.service_case, case.id).outcome
    if outcome not in _REPLACED:
        raise Refused("case_without_replacement", number=case.number)
    _need_left_to_replace(ctx, case, outcome, data.lines)
    ordered = within(
        ctx,
        create_sales_order,
        trade.CreateSalesOrder(
            customer=ctx.uow.need(master_data.party, case.party_id).code,
            document_on=data.document_on,
            priority=case.priority,
            note=case.number,
            lines=[
                trade.OrderLine(
                    item=line.item,
                    quantity=line.quantity,
                    unit_price=ZERO if outcome == REPLACED else line.unit_price,
                    discount_rate=line.discount_rate,
                )
                for line in data.lines
            ],
        ),
    )
    assert ordered.document is not None
    if outcome != REPLACED and any(row.net_amount == 0 for row in lines_of(ctx, ordered.document).values()):
        raise Refused("case_replacement_without_price", field="lines", number=case.number)
    link(ctx, case, ordered.document, LINK)
    return ordered


def _need_left_to_replace(ctx: Context, case: Row, outcome: str, asked: list[commands.ReplacementLine]) -> None:
    """Refuse to replace more than the case is about, or to charge for what is given instead of money.

    Raises:
        Refused: it is too much, or has a price.
    """
    if outcome == REPLACED and any(line.unit_price for line in asked):
        raise Refused("case_replacement_free", field="lines", number=case.number)
    left = left_to_replace(ctx, case, outcome)
    ordered = ordered_instead(ctx, case)
    if outcome != REPLACED:
        wanted = sum((line.quantity for line in asked), ZERO)
        most = max(sum(left.values(), ZERO) - sum((quantity for _, quantity in ordered), ZERO), ZERO)
        if wanted > most:
            raise Refused("case_replaced_twice", field="lines", number=case.number, quantity=wanted, most=most)
        return
    for item_id, quantity in ordered:
        take_instead(ctx, left, item_id, quantity)
    for line in asked:
        item = need_by_code(ctx, master_data.item, line.item, "item", field="lines")
        beyond = take_instead(ctx, left, item.id, line.quantity)
        if beyond > 0:
            is_another = beyond == line.quantity and sum(left.values(), ZERO) > 0
            told = {"number": case.number, "item": line.item, "quantity": line.quantity, "most": line.quantity - beyond}
            raise Refused("case_replacement_item" if is_another else "case_replaced_twice", field="lines", **told)


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
    need_repair_fits(ctx, case, outcome)
    need_repairs_done(ctx, case)
    if outcome in _CREDITED:
        for invoice_id, lines in _credits(ctx, case, data.allowances).items():
            note = within(
                ctx,
                issue_credit_note,
                trade.IssueCreditNote(
                    invoice=invoice_id, posted_on=posted_on, reason=ReturnReason(case.reason_code), lines=lines
                ),
            ).document
            assert note is not None
            link(ctx, case, note, LINK)
    for order in orders:
        if any(open_to_invoice(line) > 0 for line in lines_of(ctx, order).values()):
            asked = trade.IssueCustomerInvoice(order=order.id, posted_on=posted_on)
            invoice = within(ctx, issue_customer_invoice, asked).document
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
    same_order = any(is_replaced_on_order(ctx, row) for row in made_of(ctx, case, DocumentKind.CUSTOMER_RETURN))
    if outcome in _REPLACED and not orders and not same_order:
        raise Refused("case_replacement_missing", number=case.number)
    for order in orders:
        waiting = [row for row in goods_of(lines_of(ctx, order).values()) if row.fulfilled_quantity < row.quantity]
        if any(not row.closed for row in waiting):
            raise Refused("case_replacement_not_shipped", number=case.number, order=order.number or "")
    if outcome == REPLACED:
        _need_all_replaced(ctx, case)


def _need_all_replaced(ctx: Context, case: Row) -> None:
    """Refuse to settle without money while less has left than came for good, or goods wait on their own order.

    Raises:
        Refused: something is still to be sent.
    """
    if waits_on_order(ctx, case):
        raise Refused("case_goods_wait", number=case.number)
    left = left_to_send(ctx, case)
    if left > 0:
        raise Refused("case_replacement_short", number=case.number, open=left)


def _credits(ctx: Context, case: Row, allowances: list[commands.CaseAllowance]) -> dict[int, list[trade.CreditLine]]:
    """What is credited of which invoice: goods that came back for good and are not credited, then what was allowed."""
    found: dict[int, list[trade.CreditLine]] = {}
    own = {row.id for row in made_of(ctx, case, DocumentKind.CREDIT_NOTE)}
    for order_line_id, quantity in _came_by_order_line(ctx, case).items():
        for invoice_line, part in _creditable(ctx, order_line_id, quantity, own):
            lines = found.setdefault(invoice_line.document_id, [])
            lines.append(trade.CreditLine(line=invoice_line.line, quantity=part))
    for invoice_line, amount in _allowed(ctx, case, allowances, own):
        lines = found.setdefault(invoice_line.document_id, [])
        lines.append(trade.CreditLine(line=invoice_line.line, amount=amount))
    return found


def _allowed(
    ctx: Context, case: Row, allowances: list[commands.CaseAllowance], own: set[int]
) -> Iterator[tuple[Row, Decimal]]:
    """The invoice lines that something is allowed off, and how much of that the case has not credited before.

    Raises:
        Refused: an invoice is of another customer, or more is credited than is allowed now.
    """
    asked: dict[int, Decimal] = {}
    for allowance in allowances:
        invoice = find_document(ctx, allowance.invoice, DocumentKind.CUSTOMER_INVOICE)
        if invoice.party_id != case.party_id:
            party = ctx.uow.need(master_data.party, case.party_id)
            raise Refused("case_of_another_customer", field="allowances", number=invoice.number, customer=party.code)
        line = need_line(invoice, lines_of(ctx, invoice), allowance.line)
        asked[line.id] = asked.get(line.id, ZERO) + allowance.amount
    for line_id, amount in asked.items():
        line = ctx.uow.need(documents.document_line, line_id)
        notes = posted_children(ctx, line, DocumentKind.CREDIT_NOTE)
        currency = currency_of(ctx, ctx.uow.need(documents.document, line.document_id))
        before = credited_of([said_of(ctx, currency, row) for row in notes if row.document_id in own]).allowances
        if before > amount:
            raise Refused("case_allowance_stands", field="allowances", line=line.line, amount=amount, before=before)
        if before < amount:
            yield line, amount - before


def _came_by_order_line(ctx: Context, case: Row) -> dict[int, Decimal]:
    """How much of each order line came back with the case, was invoiced, and is not replaced on its order."""
    found: dict[int, Decimal] = {}
    for case_line in lines_of(ctx, case).values():
        quantity = came_for_good(ctx, case_line)
        if quantity > 0:
            order_line_id = ctx.uow.need(tables.case_line, case_line.id).order_line_id
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
    rest = min(rest, open_to_credit(order_line) - given_otherwise(ctx, order_line))
    for line in reversed(invoiced):
        part = min(rest, line.quantity - credited_of(credited[line.id]).quantity)
        if part > 0:
            rest -= part
            yield line, part


def _set_off(ctx: Context, case: Row, posted_on: date) -> None:
    """Settle the invoices of a case with its credits of the same currency, each as far as both go."""
    held = _open_items(ctx, case, DocumentKind.CREDIT_NOTE)
    for item in _open_items(ctx, case, DocumentKind.CUSTOMER_INVOICE):
        for credit in held:
            same = currency_of_item(ctx, credit) == currency_of_item(ctx, item)
            amount = min(-open_of(ctx, credit), open_of(ctx, item)) if same else ZERO
            if amount > 0:
                applied = within(
                    ctx,
                    apply_credit,
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
