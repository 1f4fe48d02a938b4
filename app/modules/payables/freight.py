"""Handlers of freight bills: what carriers bill for bringing goods to customers, shipment by shipment.

Freight out is an expense of selling, not a cost of the goods (IAS 2.16 d); each line names its shipment, by its number or by the
tracking number of one of its parcels, so that the result of an order includes it. A bill is owed in the carrier's currency, or in
one that is named; the expense is what it comes to in the company's at the rate of the bill's day.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles
from app.kernel.document_queries import OneDocument
from app.kernel.documents import CHARGE, add_totals, find_document, link, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.open_items import open_items_in
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_on,
    say_in_currency,
    say_line,
    sums_said,
)
from app.modules.master_data.terms import dues_in, party_with_role, payment_due, tax_of
from schemas.commands import freight as commands
from schemas.facts import FactLine, FreightBilled
from schemas.operational import documents, fulfilment, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded


@handles(commands.BookFreightBill, permission="payables.bill.write")
def book_freight_bill(ctx: Context, data: commands.BookFreightBill) -> Outcome:
    """Book what a carrier bills, each line for a shipment."""
    carrier = party_with_role(ctx, data.supplier, "supplier")
    _refuse_twice(ctx, carrier, data.external_number)
    shipments = [_shipment(ctx, line) for line in data.lines]
    posted_on = data.posted_on or ctx.today
    currency = currency_on(ctx, data.currency or carrier.currency, posted_on)
    due_on = data.due_on or payment_due(ctx, carrier, posted_on)
    bill = new_document(
        ctx,
        DocumentKind.FREIGHT_BILL,
        DocumentState.POSTED,
        party_id=carrier.id,
        document_on=posted_on,
        posted_on=posted_on,
        due_on=due_on,
        external_number=data.external_number,
        note=data.note,
    )
    rows, facts, linked = [], [], set()
    for number, (line, shipment) in enumerate(zip(data.lines, shipments, strict=True), start=1):
        row = _line(ctx, bill, number, line, carrier, shipment, currency)
        rows.append(row)
        if shipment.id not in linked:
            link(ctx, shipment, bill, "freight")
            linked.add(shipment.id)
        amounts = {"net": row.net_amount, "tax": row.tax_amount, "gross": row.net_amount + row.tax_amount}
        facts.append(FactLine(amounts, party_id=carrier.id))
    net = sum((fact.amounts["net"] for fact in facts), ZERO)
    tax = sum((fact.amounts["tax"] for fact in facts), ZERO)
    add_totals(ctx, bill, net, tax)
    said_net, said_tax = sums_said(ctx, currency, rows)
    if net == 0:
        raise Refused("payment_of_nothing", field="lines", amount=said_net, currency=currency.code)
    say_in_currency(ctx, bill, currency, said_net, said_tax)
    ctx.emit(FreightBilled(bill.id, posted_on, tuple(facts), data.external_number))
    dues = dues_in(ctx, carrier, bill, said_net + said_tax, currency.decimals, ordered_on=posted_on)
    open_items_in(ctx, bill, "payable", dues, currency)
    return Outcome("receipt.posted", bill)


def _line(
    ctx: Context,
    bill: Row,
    number: int,
    line: commands.FreightLine,
    carrier: Row,
    shipment: Row,
    currency: DocumentCurrency,
) -> Row:
    amount = rounded(line.amount, currency.decimals)
    tax_id, rate = tax_of(ctx, line.tax_code, carrier.tax_code_id)
    tax = rounded(amount * rate, currency.decimals)
    net = currency.next_amount(amount)
    row = new_line(
        ctx,
        bill,
        number,
        kind=CHARGE,
        description=line.tracking_number or shipment.number,
        quantity=ONE,
        unit_price=net,
        tax_code_id=tax_id,
        net_amount=net,
        tax_amount=currency.next_amount(tax),
    )
    say_line(ctx, row, currency, unit_price=amount, net=amount, tax=tax, net_at_order_rate=net)
    ctx.uow.insert(fulfilment.freight_charge, id=row.id, shipment_id=shipment.id)
    return row


def _shipment(ctx: Context, line: commands.FreightLine) -> Row:
    """The shipment that a line names.

    Raises:
        Refused: nothing was sent under the number, or the shipment was taken back.
    """
    if line.shipment is not None:
        shipment = find_document(ctx, line.shipment, DocumentKind.SHIPMENT)
        need_state(shipment, DocumentState.POSTED)
        return shipment
    assert line.tracking_number is not None
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    parcel, packed, shipment = fulfilment.parcel.c, documents.document_link.c, documents.document.c
    query = (
        select(shipment.id)
        .join(documents.document_link, packed.to_id == shipment.id)
        .join(fulfilment.parcel, parcel.id == packed.from_id)
        .where(
            parcel.tracking_number == line.tracking_number.upper(),
            shipment.kind == DocumentKind.SHIPMENT.value,
            shipment.state == DocumentState.POSTED.value,
        )
        .order_by(shipment.id.desc())
    )
    found = ctx.uow.connection.execute(query).scalar()
    if found is None:
        raise Refused("tracking_number_unknown", field="tracking_number", number=line.tracking_number)
    shipment = ctx.uow.need(documents.document, found, lock=True)
    need_state(shipment, DocumentState.POSTED)
    return shipment


def _refuse_twice(ctx: Context, carrier: Row, external_number: str | None) -> None:
    """Refuse a bill that the carrier's number says is booked.

    Raises:
        Refused: it is.
    """
    if external_number is None:
        return
    ctx.uow.need(master_data.party, carrier.id, lock=True)
    ctx.uow.write_earlier()
    document = documents.document.c
    query = select(document.number).where(
        document.kind == DocumentKind.FREIGHT_BILL.value,
        document.party_id == carrier.id,
        document.external_number == external_number,
        document.state == DocumentState.POSTED.value,
    )
    known = ctx.uow.connection.execute(query).scalar()
    if known is not None:
        raise Refused("freight_billed", field="external_number", external_number=external_number, number=known)


@answers(OneDocument, permission="inventory.cost.read")
def order_result(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a sales order brought so far: invoiced less credited, less the cost of what was shipped and kept, less its freight."""
    revenue, cost = _revenue_of(connection, asked.document), _cost_of(connection, asked.document)
    freight = _freight_of(connection, asked.document)
    if not (revenue or cost or freight):
        return []
    result = revenue - cost - freight
    margin = rounded(result / revenue, 4) if revenue else None
    return [{"revenue": revenue, "cost_of_sales": cost, "freight": freight, "result": result, "margin": margin}]


def _revenue_of(connection: Connection, order_id: int) -> Decimal:
    """Net of the order's invoices with their charges, less the credit notes against them."""
    document, origin, further = documents.document, documents.document_link, documents.document_link.alias("further")
    posted = document.c.state == DocumentState.POSTED.value
    invoiced = (
        select(func.sum(document.c.net_amount))
        .join(origin, and_(origin.c.to_id == document.c.id, origin.c.kind == "invoice"))
        .where(origin.c.from_id == order_id, document.c.kind == DocumentKind.CUSTOMER_INVOICE.value, posted)
    )
    credited = (
        select(func.sum(document.c.net_amount))
        .join(further, and_(further.c.to_id == document.c.id, further.c.kind == "credit"))
        .join(origin, and_(origin.c.to_id == further.c.from_id, origin.c.kind == "invoice"))
        .where(origin.c.from_id == order_id, document.c.kind == DocumentKind.CREDIT_NOTE.value, posted)
    )
    return (connection.execute(invoiced).scalar() or ZERO) - (connection.execute(credited).scalar() or ZERO)


def _cost_of(connection: Connection, order_id: int) -> Decimal:
    """Value of what was shipped for an order, less that of what came back of it: the lines name those of the order."""
    document, line = documents.document, documents.document_line
    middle, order_line = line.alias("middle"), line.alias("order_line")
    posted = document.c.state == DocumentState.POSTED.value
    shipped = (
        select(func.sum(line.c.stock_value))
        .select_from(line)
        .join(order_line, order_line.c.id == line.c.source_line_id)
        .join(document, document.c.id == line.c.document_id)
        .where(order_line.c.document_id == order_id, document.c.kind == DocumentKind.SHIPMENT.value, posted)
    )
    returned = (
        select(func.sum(line.c.stock_value))
        .select_from(line)
        .join(middle, middle.c.id == line.c.source_line_id)
        .join(order_line, order_line.c.id == middle.c.source_line_id)
        .join(document, document.c.id == line.c.document_id)
        .where(order_line.c.document_id == order_id, document.c.kind == DocumentKind.CUSTOMER_RETURN.value, posted)
    )
    return -(connection.execute(shipped).scalar() or ZERO) - (connection.execute(returned).scalar() or ZERO)


def _freight_of(connection: Connection, order_id: int) -> Decimal:
    document, line = documents.document, documents.document_line
    origin, shipment = documents.document_link, documents.document.alias("shipment")
    query = (
        select(func.sum(line.c.net_amount))
        .select_from(fulfilment.freight_charge)
        .join(line, line.c.id == fulfilment.freight_charge.c.id)
        .join(document, document.c.id == line.c.document_id)
        .join(shipment, shipment.c.id == fulfilment.freight_charge.c.shipment_id)
        .join(origin, origin.c.to_id == shipment.c.id)
        .where(
            shipment.c.state == DocumentState.POSTED.value,
            origin.c.from_id == order_id,
            origin.c.kind == "fulfilment",
            document.c.state == DocumentState.POSTED.value,
        )
    )
    return connection.execute(query).scalar() or ZERO


QUERIES: tuple[Query, ...] = (order_result,)
