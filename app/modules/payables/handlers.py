"""Handlers of supplier bills and payments to suppliers.

A bill clears goods received not invoiced at the value the receipts were booked with. A difference in price goes to the stock that
is still there, in that share, and for the rest to purchase price variance; by FIFO a receipt's difference belongs to the layer of
that receipt; at standard cost all of it is variance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.stock import adjust_value, inventory_role, layer_of, method_of
from app.modules.inventory.valuation import late_price_share
from app.modules.ledger.open_items import open_an_item, opening_item, settle
from app.modules.master_data.pricing import line_amounts, part_tax
from app.modules.master_data.terms import party_with_role, payment_due, tax_of
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, OpeningPayableBooked, PaymentMade, SupplierBilled
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded, split_proportionally


@dataclass(frozen=True)
class _Cleared:
    """What a bill takes from one receipt: the quantity, and the value it was booked with."""

    receipt_line: Row
    quantity: Decimal
    value: Decimal


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
        commands.BillLine(line=row.line, quantity=row.fulfilled_quantity - row.invoiced_quantity)
        for row in order_lines.values()
        if row.fulfilled_quantity > row.invoiced_quantity
    ]
    for number, line in enumerate(wanted, start=1):
        order_line = need_line(order, order_lines, line.line)
        yield _goods_line(ctx, bill, number, order_line, line, posted_on)


def _goods_line(
    ctx: Context, bill: Row, number: int, order_line: Row, line: commands.BillLine, posted_on: date
) -> FactLine:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    unbilled = order_line.fulfilled_quantity - order_line.invoiced_quantity
    if line.quantity > unbilled:
        raise Refused("more_than_received", field="quantity", item=item.code, quantity=line.quantity, open=unbilled)
    price = order_line.unit_price if line.unit_price is None else line.unit_price
    decimals = ctx.company.currency_decimals
    tax_rate = tax_of(ctx, None, order_line.tax_code_id)[1]
    net = line_amounts(line.quantity, price, order_line.discount_rate, tax_rate, decimals)[0]
    tax = part_tax(order_line, line.quantity, net, tax_rate, decimals)
    cleared = _clear_receipts(ctx, order_line, line.quantity)
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


def _clear_receipts(ctx: Context, order_line: Row, quantity: Decimal) -> list[_Cleared]:
    """Take a quantity from the receipts of an order line, oldest first, at the value they were booked with."""
    cleared: list[_Cleared] = []
    wanted = quantity
    rows = ctx.uow.where(documents.document_line, "source_line_id", order_line.id, lock=True)
    for row in sorted(rows, key=lambda r: r.id):
        document = ctx.uow.need(documents.document, row.document_id)
        if document.kind != DocumentKind.GOODS_RECEIPT or document.state != DocumentState.POSTED:
            continue
        taken = min(wanted, row.quantity - row.invoiced_quantity)
        if taken <= 0:
            continue
        left = row.net_amount - row.invoiced_amount
        whole = taken == row.quantity - row.invoiced_quantity
        share = left if whole else rounded(row.net_amount * taken / row.quantity, ctx.company.currency_decimals)
        ctx.uow.update(
            documents.document_line,
            row,
            invoiced_quantity=row.invoiced_quantity + taken,
            invoiced_amount=row.invoiced_amount + share,
        )
        cleared.append(_Cleared(row, taken, share))
        wanted -= taken
    assert wanted == 0, f"receipts lack {wanted}"
    return cleared


def _into_stock(ctx: Context, bill: Row, item: Row, line: Row, cleared: Sequence[_Cleared], posted_on: date) -> Decimal:
    """Put the share of a price difference that is still in stock into its value, and return it."""
    method = method_of(ctx, item)
    difference = line.net_amount - line.stock_value
    held = ctx.uow.get(inventory.item_value, item.id, lock=True)
    if difference == 0 or method == ValuationMethod.STANDARD or held is None or held.quantity <= 0:
        return ZERO
    if method == ValuationMethod.FIFO:
        return _into_layers(ctx, bill, item, line, cleared, posted_on)
    received = sum((part.receipt_line.quantity for part in cleared), ZERO)
    amount = late_price_share(
        difference,
        still_there=held.quantity,
        received=received,
        value=held.value,
        decimals=ctx.company.currency_decimals,
    )
    if amount != 0:
        adjust_value(ctx, bill, item, amount, posted_on, line_id=line.id)
    return amount


def _into_layers(
    ctx: Context, bill: Row, item: Row, line: Row, cleared: Sequence[_Cleared], posted_on: date
) -> Decimal:
    """Give each receipt's layer its part of a price difference, and return what the layers took together."""
    decimals = ctx.company.currency_decimals
    taken = ZERO
    nets = split_proportionally(line.net_amount, [part.quantity for part in cleared], decimals)
    for part, net in zip(cleared, nets, strict=True):
        layer = layer_of(ctx, item, part.receipt_line.id)
        if layer is None or layer.remaining_quantity == 0:
            continue
        amount = late_price_share(
            net - part.value,
            still_there=layer.remaining_quantity,
            received=layer.quantity,
            value=layer.remaining_value,
            decimals=decimals,
        )
        if amount != 0:
            adjust_value(ctx, bill, item, amount, posted_on, line_id=part.receipt_line.id, layer=layer)
            taken += amount
    return taken


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
        Refused: part of the bill is paid.
    """
    bill = ctx.uow.need(documents.document, fact.reverses_id)
    if bill.kind != DocumentKind.SUPPLIER_BILL:
        return
    order = order_behind(ctx, bill)
    for line in lines_of(ctx, bill).values():
        if line.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line,
            order_line,
            invoiced_quantity=order_line.invoiced_quantity - line.quantity,
            invoiced_amount=order_line.invoiced_amount - line.net_amount,
        )
        _return_to_receipts(ctx, order_line, line.quantity, line.stock_value)
    follow_lines(ctx, order)


def _return_to_receipts(ctx: Context, order_line: Row, quantity: Decimal, value: Decimal) -> None:
    """Give receipts back what a bill cleared: the quantity of the newest first, and exactly the value that was cleared.

    Other receipts than the bill's own may be the ones that are open again; what their shares differ by from the value, a part of a
    minor unit, stays with one that is still billed.
    """
    left, returned = quantity, ZERO
    rows = [
        row
        for row in ctx.uow.where(documents.document_line, "source_line_id", order_line.id, lock=True)
        if _is_posted_receipt(ctx.uow.need(documents.document, row.document_id))
    ]
    for row in sorted(rows, key=lambda r: r.id, reverse=True):
        taken = min(left, row.invoiced_quantity)
        if taken <= 0:
            continue
        remaining = row.invoiced_quantity - taken
        amount = rounded(row.net_amount * remaining / row.quantity, ctx.company.currency_decimals)
        returned += row.invoiced_amount - amount
        ctx.uow.update(documents.document_line, row, invoiced_quantity=remaining, invoiced_amount=amount)
        left -= taken
    still_billed = next((row for row in rows if row.invoiced_quantity > 0), None)
    if still_billed is not None and returned != value:
        amount = still_billed.invoiced_amount + returned - value
        ctx.uow.update(documents.document_line, still_billed, invoiced_amount=amount)


def _is_posted_receipt(document: Row) -> bool:
    return document.kind == DocumentKind.GOODS_RECEIPT and document.state == DocumentState.POSTED
