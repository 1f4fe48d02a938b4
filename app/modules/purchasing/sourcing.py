"""Handlers of requests for quotation, suppliers' quotations and their award.

A request is sent to several suppliers at once; each has one offer on it that holds, a later one takes its place. An offer is in its
supplier's currency or in one that is named. An award orders from those who offered, in the currency of the offer at its price and
at the rate of the order's own day; what is ordered counts on the request and on the requisition behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.charges import charge_lines
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    say_in_currency,
    say_line,
    sums_said,
)
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity, tax_of
from app.modules.purchasing.handlers import Placed, place_order
from app.modules.purchasing.offers import delivery_day, in_lots, price_at
from app.modules.purchasing.progress import is_ordered
from schemas.commands import purchasing as commands
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.operational import documents, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_WRITE = "purchasing.quotation.write"


@handles(commands.RequestQuotations, permission=_WRITE)
def request_quotations(ctx: Context, data: commands.RequestQuotations) -> Outcome:
    """Ask several suppliers for prices, for lines of requisitions or for items named by hand."""
    suppliers = [party_with_role(ctx, code, "supplier") for code in dict.fromkeys(data.suppliers)]
    request = new_document(
        ctx,
        DocumentKind.REQUEST_FOR_QUOTATION,
        DocumentState.SENT,
        document_on=data.document_on or ctx.today,
        due_on=data.answer_by,
        note=data.note,
    )
    for supplier in suppliers:
        ctx.uow.insert(tables.request_supplier, document_id=request.id, party_id=supplier.id)
    number = 0
    for number, line in enumerate(_requested(ctx, data), start=1):
        _add_requested(ctx, request, number, line)
    if number == 0:
        raise Refused("nothing_requested", field="lines")
    return Outcome("receipt.requested", request, {"suppliers": len(suppliers)})


def _requested(ctx: Context, data: commands.RequestQuotations) -> Iterable[commands.RequestedLine]:
    """The lines that are asked for: those given, else everything that is open on the requisition of the header."""
    for line in data.lines:
        if line.item is None and line.requisition is None:
            yield line.model_copy(update={"requisition": data.requisition})
        else:
            yield line
    if data.requisition is not None and not data.lines:
        requisition = find_document(ctx, data.requisition, DocumentKind.PURCHASE_REQUISITION)
        for row in lines_of(ctx, requisition).values():
            if not is_ordered(row):
                yield commands.RequestedLine(requisition=requisition.id, line=row.line)


def _add_requested(ctx: Context, request: Row, number: int, line: commands.RequestedLine) -> None:
    if (line.item is None) == (line.requisition is None) or (line.requisition is not None and line.line is None):
        raise Refused("request_line_names", field="lines", line=number)
    if line.requisition is not None:
        requisition = find_document(ctx, line.requisition, DocumentKind.PURCHASE_REQUISITION)
        need_state(requisition, DocumentState.CONFIRMED)
        source = need_line(requisition, lines_of(ctx, requisition), line.line or 0)
        item = ctx.uow.need(master_data.item, source.item_id)
        if is_ordered(source):
            raise Refused("line_ordered", field="lines", number=requisition.number, line=source.line, item=item.code)
        if request.caused_by is None and requisition.caused_by is not None:
            ctx.uow.update(documents.document, request, caused_by=requisition.caused_by)
        quantity, unit_id = line.quantity or source.quantity - source.fulfilled_quantity, item.unit_id
        needed_by: date | None = line.needed_by or source.due_on
        link(ctx, requisition, request, "request")
    else:
        if line.quantity is None:
            raise Refused("input_missing", field="quantity", name="quantity")
        source = None
        item = active_item(ctx, line.item or "")
        quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
        needed_by = line.needed_by
    new_line(
        ctx,
        request,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity or quantity,
        source_line_id=source.id if source is not None else None,
        due_on=needed_by,
    )


@handles(commands.RequestAction, permission=_WRITE)
def close_request_for_quotation(ctx: Context, data: commands.RequestAction) -> Outcome:
    """Close a request: what was not awarded of it is not bought on it any more; offers that won nothing are declined."""
    request = find_document(ctx, data.request, DocumentKind.REQUEST_FOR_QUOTATION)
    need_state(request, DocumentState.SENT)
    for line in lines_of(ctx, request).values():
        ctx.uow.update(documents.document_line, line, closed=True)
    for quotation in quotations_of(ctx, request):
        if quotation.state == DocumentState.OFFERED:
            ctx.uow.update(documents.document, quotation, state=DocumentState.CANCELLED.value)
    ctx.uow.update(documents.document, request, state=DocumentState.CLOSED.value)
    return Outcome("receipt.state_changed", request, {"state": DocumentState.CLOSED.value})


def quotations_of(ctx: Context, request: Row) -> list[Row]:
    """Lock and return the offers on a request, in the order in which they came."""
    ids = [
        row.to_id for row in ctx.uow.where(documents.document_link, "from_id", request.id) if row.kind == "quotation"
    ]
    return [ctx.uow.need(documents.document, key, lock=True) for key in sorted(ids)]


@handles(commands.EnterSupplierQuotation, permission=_WRITE)
def enter_supplier_quotation(ctx: Context, data: commands.EnterSupplierQuotation) -> Outcome:
    """Record what a supplier offers on a request; his earlier offer, where nothing was ordered on it, holds no more."""
    request = find_document(ctx, data.request, DocumentKind.REQUEST_FOR_QUOTATION)
    need_state(request, DocumentState.SENT)
    supplier = party_with_role(ctx, data.supplier, "supplier")
    if all(row.party_id != supplier.id for row in ctx.uow.where(tables.request_supplier, "document_id", request.id)):
        raise Refused("supplier_not_asked", field="supplier", number=request.number, supplier=supplier.code)
    on = data.document_on or ctx.today
    if data.valid_until is not None and data.valid_until < on:
        raise Refused("quotation_expired", field="valid_until", number=supplier.code, valid_until=data.valid_until)
    for earlier in quotations_of(ctx, request):
        if earlier.party_id == supplier.id and earlier.state == DocumentState.OFFERED:
            ctx.uow.update(documents.document, earlier, state=DocumentState.CANCELLED.value)
    currency = currency_on(ctx, data.currency or supplier.currency, on)
    quotation = new_document(
        ctx,
        DocumentKind.SUPPLIER_QUOTATION,
        DocumentState.OFFERED,
        party_id=supplier.id,
        document_on=on,
        due_on=data.valid_until,
        external_number=data.external_number,
        note=data.note,
        caused_by=request.caused_by,
    )
    link(ctx, request, quotation, "quotation")
    offered = _by_line(data.lines)
    request_lines = lines_of(ctx, request)
    rows = [
        _add_offered(ctx, quotation, number, need_line(request, request_lines, line), prices, supplier, currency)
        for number, (line, prices) in enumerate(offered.items(), start=1)
    ]
    rows += charge_lines(ctx, quotation, data.charges, currency, first=len(rows) + 1)
    add_totals(ctx, quotation, sum((row.net_amount for row in rows), ZERO), sum((row.tax_amount for row in rows), ZERO))
    say_in_currency(ctx, quotation, currency, *sums_said(ctx, currency, rows))
    return Outcome("receipt.created_document", quotation)


def _by_line(lines: list[commands.QuotationLine]) -> dict[int, list[commands.QuotationLine]]:
    """The prices offered for each line of the request, the smallest quantity first.

    Raises:
        Refused: a line is offered twice from the same quantity.
    """
    offered: dict[int, list[commands.QuotationLine]] = defaultdict(list)
    for line in lines:
        if any(row.from_quantity == line.from_quantity for row in offered[line.line]):
            raise Refused("price_twice", field="lines", line=line.line, from_quantity=line.from_quantity)
        offered[line.line].append(line)
    return {number: sorted(rows, key=lambda row: row.from_quantity) for number, rows in sorted(offered.items())}


def _add_offered(
    ctx: Context,
    quotation: Row,
    number: int,
    asked: Row,
    prices: list[commands.QuotationLine],
    supplier: Row,
    currency: DocumentCurrency,
) -> Row:
    """Add the line of an offer; the prices of its terms and breaks stay in the currency of the offer."""
    item = ctx.uow.need(master_data.item, asked.item_id)
    first = prices[0]
    breaks = [{"from_quantity": p.from_quantity, "unit_price": p.unit_price} for p in prices if p.from_quantity > 0]
    quantity = in_lots(asked.quantity, first.min_lot, first.lot_multiple)
    price = price_at(first.unit_price, breaks, quantity)
    tax_id, tax_rate = tax_of(ctx, None, supplier.tax_code_id, item.tax_code_id)
    net, tax = line_amounts(quantity, price, ZERO, tax_rate, currency.decimals)
    row = new_line(
        ctx,
        quotation,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=item.unit_id,
        unit_price=currency.price(price),
        tax_code_id=tax_id,
        net_amount=currency.next_amount(net),
        tax_amount=currency.next_amount(tax),
        source_line_id=asked.id,
        due_on=first.delivery_on,
    )
    say_line(ctx, row, currency, unit_price=price, net=net, tax=tax, net_at_order_rate=row.net_amount)
    ctx.uow.insert(
        tables.quotation_term,
        document_line_id=row.id,
        lead_time_days=first.lead_time_days,
        min_lot=first.min_lot,
        lot_multiple=first.lot_multiple,
        first_price=first.unit_price,
    )
    for price_break in breaks:
        ctx.uow.insert(tables.quotation_price, document_line_id=row.id, **price_break)
    return row


@handles(commands.AwardQuotation, permission="purchasing.order.write")
def award_quotation(ctx: Context, data: commands.AwardQuotation) -> Outcome:
    """Order from those who offered, each in the currency and at the price of his offer: one purchase order a supplier."""
    request = find_document(ctx, data.request, DocumentKind.REQUEST_FOR_QUOTATION)
    need_state(request, DocumentState.SENT)
    on = data.document_on or ctx.today
    offers = {q.party_id: q for q in quotations_of(ctx, request) if q.state != DocumentState.CANCELLED}
    request_lines = lines_of(ctx, request)
    won: dict[int, list[Placed]] = defaultdict(list)
    ordered: dict[int, Decimal] = defaultdict(Decimal)
    for line in data.lines:
        asked = need_line(request, request_lines, line.line)
        supplier = party_with_role(ctx, line.supplier, "supplier")
        placed = _won_line(ctx, request, asked, offers.get(supplier.id), supplier, line, ordered[asked.id], on)
        ordered[asked.id] += placed.line.quantity
        won[supplier.id].append(placed)
    orders = []
    for supplier_id, placed in sorted(won.items()):
        supplier = ctx.uow.need(master_data.party, supplier_id)
        header = CreatePurchaseOrder(
            supplier=supplier.code,
            currency=currency_of(ctx, offers[supplier_id]).code,
            document_on=on,
            note=data.note,
            external_number=offers[supplier_id].external_number,
            confirm=data.confirm,
            lines=[entry.line for entry in placed],
        )
        order, _ = place_order(ctx, header, placed, caused_by=request.caused_by)
        link(ctx, offers[supplier_id], order, "award")
        orders.append(order)
    return Outcome(
        "receipt.ordered", request, {"orders": len(orders)}, data={"documents": [order.id for order in orders]}
    )


def _won_line(
    ctx: Context,
    request: Row,
    asked: Row,
    quotation: Row | None,
    supplier: Row,
    line: commands.AwardLine,
    ordered: Decimal,
    on: date,
) -> Placed:
    """The order line of an award at the price of its quantity.

    Raises:
        Refused: he has no offer that holds, the quantity is not one of his lots, or more than the line asks for.
    """
    item = ctx.uow.need(master_data.item, asked.item_id)
    offered = [] if quotation is None else list(lines_of(ctx, quotation).values())
    offer = next((row for row in offered if row.source_line_id == asked.id), None)
    if quotation is None or offer is None:
        raise Refused("no_offer", field="lines", number=request.number, line=asked.line, supplier=supplier.code)
    if quotation.due_on is not None and quotation.due_on < on:
        raise Refused("quotation_expired", field="lines", number=quotation.number, valid_until=quotation.due_on)
    rest = min(asked.quantity - asked.fulfilled_quantity, _open_need(ctx, asked)) - ordered
    if asked.closed or rest <= 0:
        raise Refused("line_ordered", field="lines", number=request.number, line=asked.line, item=item.code)
    terms = ctx.uow.where(tables.quotation_term, "document_line_id", offer.id)[0]
    largest = in_lots(rest, terms.min_lot, terms.lot_multiple)
    quantity = line.quantity or largest
    if quantity > largest:
        raise Refused("more_than_asked", field="lines", item=item.code, quantity=quantity, open=largest)
    if in_lots(quantity, terms.min_lot, terms.lot_multiple) != quantity:
        raise Refused(
            "not_in_lots",
            field="lines",
            item=item.code,
            quantity=quantity,
            supplier=supplier.code,
            lots=in_lots(quantity, terms.min_lot, terms.lot_multiple),
        )
    price = price_at(terms.first_price, ctx.uow.where(tables.quotation_price, "document_line_id", offer.id), quantity)
    delivery = delivery_day(on, offer.due_on, terms.lead_time_days) or asked.due_on
    return Placed(OrderLine(item=item.code, quantity=quantity, unit_price=price, due_on=delivery), offer)


def _open_need(ctx: Context, asked: Row) -> Decimal:
    """What is still to be ordered of the requisition behind a line; the line's own quantity where there is none.

    Raises:
        Refused: the requisition was cancelled, or is ordered already by another road.
    """
    if asked.source_line_id is None:
        return asked.quantity
    need = ctx.uow.need(documents.document_line, asked.source_line_id, lock=True)
    requisition = ctx.uow.need(documents.document, need.document_id, lock=True)
    need_state(requisition, DocumentState.CONFIRMED)
    if is_ordered(need):
        item = ctx.uow.need(master_data.item, need.item_id)
        raise Refused("line_ordered", field="lines", number=requisition.number, line=need.line, item=item.code)
    return need.quantity - need.fulfilled_quantity
