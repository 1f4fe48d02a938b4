"""Handlers of the end of a repair: the customer's share is invoiced, the piece goes back, and the repair is settled by both.

The invoice is a customer invoice like any other, made out of the repair's lines at the share that the customer bears, in the
repair's currency at the rate of its own day; what the warranty bears wholly is not on it. Parts of it are credited by amount: what
is built in does not come back by itself.
"""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import link, new_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of, currency_on, said_of
from app.modules.master_data.terms import payment_due
from app.modules.receivables.invoicing import book_invoice, write_invoice_line
from app.modules.service.cases import LINK, move_case
from app.modules.service.giving import was_finished
from app.modules.service.repair_work import billed_quantity
from app.modules.service.repairs import WRITE, find_repair, open_lines
from schemas.commands import repairs as commands
from schemas.facts import DocumentReversed
from schemas.operational import documents, master_data
from schemas.operational import repairs as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState


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
    ordered_in = currency_of(ctx, repair)
    currency = currency_on(ctx, ordered_in.code, posted_on)
    rows = [
        _invoice_line(ctx, invoice, number, line, ordered_in, currency)
        for number, line in enumerate(to_invoice, start=1)
    ]
    book_invoice(ctx, repair, invoice, customer, rows, currency)
    _settle(ctx, repair)
    return Outcome("receipt.posted", invoice)


def _to_invoice(ctx: Context, repair: Row) -> list[Row]:
    """The lines of which the customer bears something that is not invoiced."""
    lines = open_lines(ctx, repair).values()
    return [line for line in lines if line.net_amount > 0 and line.invoiced_quantity == 0]


def _invoice_line(
    ctx: Context, invoice: Row, number: int, line: Row, ordered_in: DocumentCurrency, currency: DocumentCurrency
) -> Row:
    """Invoice what the customer bears of a line, as the repair says it in its currency."""
    quantity, said = billed_quantity(line), said_of(ctx, ordered_in, line)
    ctx.uow.update(documents.document_line, line, invoiced_quantity=quantity, invoiced_amount=line.net_amount)
    return write_invoice_line(
        ctx,
        invoice,
        number,
        said,
        currency,
        quantity=quantity,
        net=said.net_amount,
        tax=said.tax_amount,
        at_order_rate=line.net_amount,
    )


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
