"""Handlers of supplier bills and payments to suppliers.

A bill clears goods received not invoiced at the value the receipts were booked with. A difference in price goes to the stock that
is still there, in that share, and for the rest to purchase price variance; by FIFO a receipt's difference belongs to the layer of
that receipt; at standard cost all of it is variance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    follow_lines,
    lines_of,
    link,
    need_line,
    new_document,
    new_line,
    open_to_invoice,
    order_behind,
    uninvoice,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.late_cost import LateCost, join_stock
from app.modules.inventory.returns import outstanding
from app.modules.inventory.stock import inventory_role
from app.modules.ledger.credits import refuse_if_credited
from app.modules.ledger.open_items import open_an_item, opening_item, settle
from app.modules.master_data.pricing import line_amounts, part_tax
from app.modules.master_data.terms import party_with_role, payment_due, tax_of
from app.modules.payables.landed_cost import refuse_if_landed
from app.modules.purchasing.received import Cleared, clear_receipts, reopen_receipts, unbilled_of
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, OpeningPayableBooked, PaymentMade, SupplierBilled
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded, split_proportionally


@handles(commands.BookSupplierBill, permission="payables.bill.write")
def book_supplier_bill(ctx: Context, data: commands.BookSupplierBill) -> Outcome:
    """Book a bill against what was received of an order and is not yet billed."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    supplier = ctx.uow.need(master_data.party, order.party_id)
    posted_on = data.posted_on or ctx.today
    due_on = data.due_on or payment_due(ctx, supplier, posted_on)
    bill = new_document(
        ctx,
        DocumentKind.SUPPLIER_BILL,
        DocumentState.POSTED,
        party_id=supplier.id,
        document_on=posted_on,
        posted_on=posted_on,
        due_on=due_on,
        external_number=data.external_number,
    )
    link(ctx, order, bill, "invoice")
    facts = list(_goods_lines(ctx, order, bill, data.lines, posted_on))
    facts += _charge_lines(ctx, bill, data.charges, supplier, first=len(facts) + 1)
    if not facts:
        raise Refused("nothing_to_bill", number=order.number)
    net = sum((f.amounts.get("net", ZERO) + f.amounts.get("charge", ZERO) for f in facts), ZERO)
    tax = sum((f.amounts.get("tax", ZERO) for f in facts), ZERO)
    add_totals(ctx, bill, net, tax)
    ctx.emit(SupplierBilled(bill.id, posted_on, tuple(facts), data.external_number, supplier.id, due_on, net + tax))
    open_an_item(ctx, bill, "payable", net + tax, due_on)
    follow_lines(ctx, order)
    return Outcome("receipt.posted", bill)


def _goods_lines(
    ctx: Context, order: Row, bill: Row, lines: list[commands.BillLine], posted_on: date
) -> Iterable[FactLine]:
    order_lines = lines_of(ctx, order)
    wanted = lines or [
        commands.BillLine(line=row.line, quantity=unbilled)
        for row in order_lines.values()
        if (unbilled := _unbilled(ctx, row)) > 0
    ]
    for number, line in enumerate(wanted, start=1):
        order_line = need_line(order, order_lines, line.line)
        yield _goods_line(ctx, bill, number, order_line, line, posted_on)


def _goods_line(
    ctx: Context, bill: Row, number: int, order_line: Row, line: commands.BillLine, posted_on: date
) -> FactLine:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    unbilled = _unbilled(ctx, order_line)
    if line.quantity > unbilled:
        raise Refused("more_than_received", field="quantity", item=item.code, quantity=line.quantity, open=unbilled)
    price = order_line.unit_price if line.unit_price is None else line.unit_price
    decimals = ctx.company.currency_decimals
    tax_rate = tax_of(ctx, None, order_line.tax_code_id)[1]
    net = line_amounts(line.quantity, price, order_line.discount_rate, tax_rate, decimals)[0]
    tax = part_tax(order_line, line.quantity, net, tax_rate, decimals)
    cleared = clear_receipts(ctx, order_line, line.quantity)
    accrued = sum((part.value for part in cleared), ZERO)
    ctx.uow.update(
        documents.document_line,
        order_line,
        invoiced_quantity=order_line.invoiced_quantity + line.quantity,
        invoiced_amount=order_line.invoiced_amount + net,
    )
    row = new_line(
        ctx,
        bill,
        number,
        item_id=item.id,
        quantity=line.quantity,
        unit_id=item.unit_id,
        unit_price=price,
        discount_rate=order_line.discount_rate,
        tax_code_id=order_line.tax_code_id,
        net_amount=net,
        tax_amount=tax,
        source_line_id=order_line.id,
        stock_value=accrued,
    )
    to_stock = _into_stock(ctx, bill, item, row, cleared, posted_on)
    amounts = {
        "net": net,
        "accrued": accrued,
        "stock_adjustment": to_stock,
        "variance": net - accrued - to_stock,
        "tax": tax,
        "gross": net + tax,
    }
    return FactLine(amounts, {"inventory": inventory_role(ctx, item)}, bill.party_id)


def _unbilled(ctx: Context, order_line: Row) -> Decimal:
    """What can be billed of an order line; goods that replace billed ones are received and not billed again."""
    unbilled = open_to_invoice(order_line)
    return min(unbilled, unbilled_of(ctx, order_line)) if unbilled > 0 else ZERO


def _into_stock(ctx: Context, bill: Row, item: Row, line: Row, cleared: Sequence[Cleared], posted_on: date) -> Decimal:
    """Put the share of a price difference that is still in stock into its value, and return it."""
    if line.net_amount == line.stock_value:
        return ZERO
    nets = split_proportionally(line.net_amount, [part.quantity for part in cleared], ctx.company.currency_decimals)
    costs = [
        LateCost(part.receipt_line, net - part.value, outstanding(ctx, part.receipt_line))
        for part, net in zip(cleared, nets, strict=True)
    ]
    return join_stock(ctx, bill, item, costs, posted_on, line_id=line.id)


def _charge_lines(
    ctx: Context, bill: Row, charges: list[commands.ChargeLine], supplier: Row, *, first: int
) -> list[FactLine]:
    facts = []
    for number, charge in enumerate(charges, start=first):
        decimals = ctx.company.currency_decimals
        amount = rounded(charge.amount, decimals)
        tax_id, tax_rate = tax_of(ctx, charge.tax_code)
        tax = rounded(amount * tax_rate, decimals)
        new_line(
            ctx,
            bill,
            number,
            kind="charge",
            description=charge.description,
            quantity=ONE,
            unit_price=amount,
            tax_code_id=tax_id,
            net_amount=amount,
            tax_amount=tax,
        )
        facts.append(FactLine({"charge": amount, "tax": tax, "gross": amount + tax}, party_id=supplier.id))
    return facts


@handles(commands.BookOpeningItem, permission="payables.opening.write")
def book_opening_payable(ctx: Context, data: commands.BookOpeningItem) -> Outcome:
    """Book a bill of before the company started here that is still to be paid."""
    supplier = party_with_role(ctx, data.party, "supplier")
    document = opening_item(ctx, data, supplier, DocumentKind.OPENING_PAYABLE)
    fact = FactLine({"amount": document.total_amount}, party_id=supplier.id)
    ctx.emit(OpeningPayableBooked(document.id, document.posted_on, (fact,), data.external_number))
    open_an_item(ctx, document, "payable", document.total_amount, data.due_on)
    return Outcome("receipt.posted", document)


@handles(commands.PaySupplier, permission="payables.payment.write")
def pay_supplier(ctx: Context, data: commands.PaySupplier) -> Outcome:
    """Pay a supplier and settle his bills."""
    supplier = party_with_role(ctx, data.party, "supplier")
    posted_on = data.posted_on or ctx.today
    amount = rounded(data.amount, ctx.company.currency_decimals)
    payment = new_document(
        ctx,
        DocumentKind.PAYMENT_OUT,
        DocumentState.POSTED,
        party_id=supplier.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        net_amount=amount,
        total_amount=amount,
    )
    settled = settle(ctx, payment, "payable", amount, [(a.document, a.amount) for a in data.allocations], posted_on)
    amounts = {"amount": amount, "settled": settled, "advance": amount - settled}
    ctx.emit(PaymentMade(payment.id, posted_on, (FactLine(amounts, party_id=supplier.id),), data.external_number))
    return Outcome("receipt.paid", payment, {"settled": settled, "advance": amount - settled})


def reopen_receipts_of_bill(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed bill leaves its receipts unbilled again.

    Raises:
        Refused: part of the bill is paid or debited, or one of its charges was shared over goods.
    """
    bill = ctx.uow.need(documents.document, fact.reverses_id)
    if bill.kind != DocumentKind.SUPPLIER_BILL:
        return
    refuse_if_credited(ctx, bill, DocumentKind.DEBIT_NOTE)
    refuse_if_landed(ctx, bill)
    order = order_behind(ctx, bill)
    for line in lines_of(ctx, bill).values():
        if line.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line,
            order_line,
            invoiced_amount=order_line.invoiced_amount - line.net_amount,
            **uninvoice(order_line, line.quantity),
        )
        reopen_receipts(ctx, order_line, line.quantity, line.stock_value)
    follow_lines(ctx, order)
