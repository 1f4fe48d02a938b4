"""Handlers of the end of a repair: the customer's share is invoiced, the piece goes back, and the repair is settled by both.

The invoice is a customer invoice like any other, made out of the repair's lines at the share that the customer bears; what the
warranty bears wholly is not on it. Parts of it are credited by amount: what is built in does not come back by itself.
"""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, link, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.open_items import open_items
from app.modules.master_data.terms import dues_of, payment_due
from app.modules.service.cases import LINK, move_case
from app.modules.service.giving import was_finished
from app.modules.service.repair_work import billed_quantity
from app.modules.service.repairs import WRITE, find_repair, open_lines
from schemas.commands import repairs as commands
from schemas.facts import CustomerInvoiced, DocumentReversed, FactLine
from schemas.operational import documents, master_data
from schemas.operational import repairs as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@handles(commands.InvoiceRepair, permission="receivables.invoice.write")
def invoice_repair(ctx: Context, data: commands.InvoiceRepair) -> Outcome:
    """Invoice the customer's share of a repair, or the fee of one that he declined."""
    repair = find_repair(ctx, data.repair, DocumentState.FINISHED, DocumentState.REJECTED)
    to_invoice = _to_invoice(ctx, repair)
    if not to_invoice:
        raise Refused("repair_nothing_to_invoice", number=repair.number)
    customer = ctx.uow.need(master_data.party, repair.party_id)
    posted_on = data.posted_on or ctx.today
    due_on = data.due_on or payment_due(ctx, customer, posted_on)
    invoice = new_document(
        ctx,
        DocumentKind.CUSTOMER_INVOICE,
        DocumentState.POSTED,
        party_id=customer.id,
        document_on=posted_on,
        posted_on=posted_on,
        due_on=due_on,
        note=repair.number,
    )
    link(ctx, repair, invoice, "invoice")
    facts = [_invoice_line(ctx, invoice, number, line) for number, line in enumerate(to_invoice, start=1)]
    net = sum((fact.amounts["net"] for fact in facts), ZERO)
    tax = sum((fact.amounts["tax"] for fact in facts), ZERO)
    add_totals(ctx, invoice, net, tax)
    ctx.emit(CustomerInvoiced(invoice.id, posted_on, tuple(facts), None, customer.id, due_on, net + tax))
    open_items(ctx, invoice, "receivable", dues_of(ctx, customer, invoice, ordered_on=repair.document_on))
    _settle(ctx, repair)
    return Outcome("receipt.posted", invoice)


def _to_invoice(ctx: Context, repair: Row) -> list[Row]:
    """The lines of which the customer bears something that is not invoiced."""
    lines = open_lines(ctx, repair).values()
    return [line for line in lines if line.net_amount > 0 and line.invoiced_quantity == 0]


def _invoice_line(ctx: Context, invoice: Row, number: int, line: Row) -> FactLine:
    quantity = billed_quantity(line)
    new_line(
        ctx,
        invoice,
        number,
        kind=line.kind,
        description=line.description,
        item_id=line.item_id,
        quantity=quantity,
        unit_id=line.unit_id,
        unit_price=line.unit_price,
        discount_rate=line.discount_rate,
        tax_code_id=line.tax_code_id,
        net_amount=line.net_amount,
        tax_amount=line.tax_amount,
        source_line_id=line.id,
    )
    ctx.uow.update(documents.document_line, line, invoiced_quantity=quantity, invoiced_amount=line.net_amount)
    amounts = {"net": line.net_amount, "tax": line.tax_amount, "gross": line.net_amount + line.tax_amount}
    return FactLine(amounts, party_id=invoice.party_id)


@handles(commands.ReturnRepairedPiece, permission=WRITE)
def return_repaired_piece(ctx: Context, data: commands.ReturnRepairedPiece) -> Outcome:
    """Note that the customer has his piece back; with his share invoiced the repair is settled."""
    repair = find_repair(ctx, data.repair, DocumentState.FINISHED, DocumentState.REJECTED)
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    if row.returned_on is not None:
        raise Refused("piece_returned", number=repair.number, day=row.returned_on)
    returned_on = data.returned_on or ctx.today
    if returned_on > ctx.today:
        raise Refused("repair_day_to_come", field="returned_on", day=returned_on, today=ctx.today)
    if returned_on < row.received_on:
        raise Refused("piece_returned_before", field="returned_on", day=returned_on, received=row.received_on)
    ctx.uow.update(
        tables.repair_order,
        row,
        returned_on=returned_on,
        handed_to=data.handed_to,
        carrier_name=data.carrier_name,
        tracking_number=data.tracking_number,
    )
    _settle(ctx, repair)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


def _settle(ctx: Context, repair: Row) -> None:
    """Settle a repair whose piece is back with the customer and of which nothing is to be invoiced."""
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    if row.returned_on is not None and not _to_invoice(ctx, repair):
        ctx.uow.update(documents.document, repair, state=DocumentState.SETTLED.value)


def follow_repair_back(ctx: Context, fact: DocumentReversed) -> None:
    """A repair whose invoice is taken back is to be invoiced again, and its case is no longer settled.

    Raises:
        Refused: the case is closed.
    """
    invoice = ctx.uow.need(documents.document, fact.reverses_id)
    if invoice.kind != DocumentKind.CUSTOMER_INVOICE:
        return
    for origin in ctx.uow.where(documents.document_link, "to_id", invoice.id):
        repair = ctx.uow.need(documents.document, origin.from_id, lock=True)
        if repair.kind == DocumentKind.REPAIR_ORDER and origin.kind == "invoice":
            _open_again(ctx, repair, invoice)


def _open_again(ctx: Context, repair: Row, invoice: Row) -> None:
    for origin in ctx.uow.where(documents.document_link, "to_id", repair.id):
        case = ctx.uow.need(documents.document, origin.from_id, lock=True)
        if origin.kind != LINK or case.kind != DocumentKind.SERVICE_CASE:
            continue
        if case.state == DocumentState.CLOSED:
            raise Refused("case_stands_on_document", number=case.number, state=case.state, document=invoice.number)
        if case.state == DocumentState.SETTLED:
            move_case(ctx, case, DocumentState.DECIDED)
    if repair.state == DocumentState.SETTLED:
        state = DocumentState.FINISHED if was_finished(ctx, repair) else DocumentState.REJECTED
        ctx.uow.update(documents.document, repair, state=state.value)
