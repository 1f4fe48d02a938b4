"""What returns from customers and to suppliers share: which parts of deliveries can still go back, and what the order remembers.

A return is against one delivery (a shipment, a goods receipt) or against an order, whose deliveries are then taken from the
latest on. Returned for good, a part is noted as returned on its order line; returned for replacement, its order line is open
again by as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import find_document, lines_of, need_line, need_state, open_to_invoice, order_behind
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.serials import lines_of_pieces
from schemas.commands.trade import ReceiveReturn, ReturnToSupplier
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

REPLACEMENT: Final = "replacement"
RETURN: Final = "return"
_RETURN_OF: Final = {
    DocumentKind.SHIPMENT: DocumentKind.CUSTOMER_RETURN,
    DocumentKind.GOODS_RECEIPT: DocumentKind.SUPPLIER_RETURN,
}
_DELIVERED_BY: Final = {
    DocumentKind.SALES_ORDER: DocumentKind.SHIPMENT,
    DocumentKind.PURCHASE_ORDER: DocumentKind.GOODS_RECEIPT,
}


@dataclass(frozen=True)
class Part:
    """What goes back of one line of a delivery, and the place that was named for it."""

    delivery_line: Row
    quantity: Decimal
    location: str | None


def parts_to_return(
    ctx: Context, data: ReceiveReturn | ReturnToSupplier, order_kind: DocumentKind
) -> tuple[Row, list[Part]]:
    """Find the order of a return, and the parts of its deliveries that go back.

    Raises:
        Refused: more goes back than was delivered and has not gone back yet, nothing is left, or the return lies before the
        delivery.
    """
    delivery_kind = _DELIVERED_BY[order_kind]
    against = find_document(ctx, data.against, delivery_kind, order_kind)
    if against.kind == delivery_kind:
        need_state(against, DocumentState.POSTED)
        order = order_behind(ctx, against)
        parts = list(_of_delivery(ctx, against, data))
    else:
        order = against
        parts = list(_of_order(ctx, order, data))
    if not parts:
        raise Refused("nothing_to_return", number=against.number)
    for part in parts:
        _refuse_before(ctx, part, data.posted_on or ctx.today)
    return order, parts


def _of_delivery(ctx: Context, delivery: Row, data: ReceiveReturn | ReturnToSupplier) -> Iterator[Part]:
    lines = lines_of(ctx, delivery)
    if not data.lines:
        for row in lines.values():
            left = outstanding(ctx, row)
            if left > 0:
                yield Part(row, left, data.location)
        return
    taken: dict[int, Decimal] = {}
    for line in data.lines:
        row = need_line(delivery, lines, line.line)
        left = outstanding(ctx, row) - taken.get(row.id, ZERO)
        if line.quantity > left:
            raise _too_much(ctx, row, line.quantity, left)
        lines_of_pieces(ctx, ctx.uow.need(master_data.item, row.item_id), line.quantity, line.serials, [(row, left)])
        taken[row.id] = taken.get(row.id, ZERO) + line.quantity
        yield Part(row, line.quantity, line.location or data.location)


def _of_order(ctx: Context, order: Row, data: ReceiveReturn | ReturnToSupplier) -> Iterator[Part]:
    order_lines = lines_of(ctx, order)
    asked: list[tuple[int, Decimal, str | None, list[str]]] = [
        (line.line, line.quantity, line.location, line.serials) for line in data.lines
    ] or [
        (row.line, left, None, [])
        for row in order_lines.values()
        if (left := sum((rest for _, rest in _delivered(ctx, row)), ZERO)) > 0
    ]
    taken: dict[int, Decimal] = {}
    for number, quantity, location, serials in asked:
        order_line = need_line(order, order_lines, number)
        wanted = quantity
        for row, left in _meant(ctx, order_line, quantity, serials, taken):
            part = min(wanted, left)
            if part > 0:
                taken[row.id] = taken.get(row.id, ZERO) + part
                wanted -= part
                yield Part(row, part, location or data.location)


def _meant(
    ctx: Context, order_line: Row, quantity: Decimal, serials: list[str], taken: Mapping[int, Decimal]
) -> list[tuple[Row, Decimal]]:
    """The deliveries of an order line that a return can be of, the latest first; of pieces those that are named."""
    left = [(row, rest - taken.get(row.id, ZERO)) for row, rest in _delivered(ctx, order_line)]
    left = [(row, rest) for row, rest in left if rest > 0]
    if sum((rest for _, rest in left), ZERO) < quantity:
        raise _too_much(ctx, order_line, quantity, sum((rest for _, rest in left), ZERO))
    return lines_of_pieces(ctx, ctx.uow.need(master_data.item, order_line.item_id), quantity, serials, left)


def _delivered(ctx: Context, order_line: Row) -> list[tuple[Row, Decimal]]:
    """The lines that delivered an order line and what of each has not gone back, the latest first."""
    rows = ctx.uow.where(documents.document_line, "source_line_id", order_line.id, lock=True)
    found = []
    for row in sorted(rows, key=lambda r: r.id, reverse=True):
        document = ctx.uow.need(documents.document, row.document_id)
        if document.kind in _RETURN_OF and document.state == DocumentState.POSTED:
            left = outstanding(ctx, row)
            if left > 0:
                found.append((row, left))
    return found


def outstanding(ctx: Context, delivery_line: Row) -> Decimal:
    """How much of a delivery's line has not gone back."""
    return delivery_line.quantity - sum((row.quantity for row in returned_parts(ctx, delivery_line)), ZERO)


def returned_parts(ctx: Context, delivery_line: Row) -> list[Row]:
    """The lines of posted returns against a delivery's line, in the order in which they were booked."""
    kind = _RETURN_OF[DocumentKind(ctx.uow.need(documents.document, delivery_line.document_id).kind)]
    return posted_children(ctx, delivery_line, kind)


def posted_children(ctx: Context, line: Row, kind: DocumentKind) -> list[Row]:
    """The lines of posted documents of a kind that were made from a line, in the order of their ids."""
    found = []
    for row in ctx.uow.where(documents.document_line, "source_line_id", line.id, lock=True):
        document = ctx.uow.need(documents.document, row.document_id)
        if document.kind == kind and document.state == DocumentState.POSTED:
            found.append(row)
    return sorted(found, key=lambda r: r.id)


def _too_much(ctx: Context, row: Row, quantity: Decimal, left: Decimal) -> Refused:
    item = ctx.uow.need(master_data.item, row.item_id)
    return Refused("more_than_delivered", field="quantity", item=item.code, quantity=quantity, open=max(left, ZERO))


def _refuse_before(ctx: Context, part: Part, posted_on: date) -> None:
    delivery = ctx.uow.need(documents.document, part.delivery_line.document_id)
    if posted_on < delivery.posted_on:
        raise Refused("return_before_delivery", field="posted_on", number=delivery.number, posted_on=delivery.posted_on)


def replaced_quantity(ctx: Context, order_line: Row) -> Decimal:
    """How much of an order line went back to be replaced."""
    parts = [
        part
        for kind in _RETURN_OF
        for row in posted_children(ctx, order_line, kind)
        for part in returned_parts(ctx, row)
    ]
    replaced = (
        part.quantity for part in parts if _is_replacement(ctx, ctx.uow.need(documents.document, part.document_id))
    )
    return sum(replaced, ZERO)


def _is_replacement(ctx: Context, document: Row) -> bool:
    return any(row.kind == REPLACEMENT for row in ctx.uow.where(documents.document_link, "to_id", document.id))


def refuse_if_returned(ctx: Context, delivery: Row) -> None:
    """Refuse to take a delivery back of which goods were returned.

    Raises:
        Refused: something of it was returned.
    """
    if any(returned_parts(ctx, line) for line in lines_of(ctx, delivery).values()):
        raise Refused("delivery_returned", number=delivery.number)


def note_on_order(ctx: Context, order: Row, line: Row, *, replacement: bool) -> None:
    """Write on an order line what a return's line took back of it, and on that line how much of it is to be credited.

    What is not invoiced or billed yet goes back first.

    Raises:
        Refused: a replacement is wanted of a line that was closed short.
    """
    delivery_line = ctx.uow.need(documents.document_line, line.source_line_id)
    order_line = ctx.uow.need(documents.document_line, delivery_line.source_line_id, lock=True)
    if replacement:
        if order_line.closed:
            raise Refused("replacement_of_closed_line", field="replacement", number=order.number, line=order_line.line)
        fulfilled = order_line.fulfilled_quantity - line.quantity
        ctx.uow.update(documents.document_line, order_line, fulfilled_quantity=fulfilled)
        return
    creditable = line.quantity - min(line.quantity, open_to_invoice(order_line))
    ctx.uow.update(documents.document_line, line, creditable_quantity=creditable)
    ctx.uow.update(
        documents.document_line,
        order_line,
        returned_quantity=order_line.returned_quantity + line.quantity,
        creditable_quantity=order_line.creditable_quantity + creditable,
    )


def take_off_order(ctx: Context, document: Row) -> None:
    """Take the parts of a reversed return off the order lines they were noted on.

    Raises:
        Refused: the return is credited, what replaces it was delivered, or the order that waited for that is cancelled.
    """
    replaced = _is_replacement(ctx, document)
    if replaced:
        _need_living_order(ctx, document)
    for line in lines_of(ctx, document).values():
        delivery_line = ctx.uow.need(documents.document_line, line.source_line_id)
        order_line = ctx.uow.need(documents.document_line, delivery_line.source_line_id, lock=True)
        if replaced:
            fulfilled = order_line.fulfilled_quantity + line.quantity
            if fulfilled > order_line.quantity:
                raise Refused("return_replaced", number=document.number)
            if order_line.credited_quantity > order_line.creditable_quantity:
                raise Refused("return_credited", number=document.number)
            ctx.uow.update(documents.document_line, order_line, fulfilled_quantity=fulfilled)
            continue
        creditable = max(order_line.creditable_quantity - line.creditable_quantity, ZERO)
        if creditable < order_line.credited_quantity:
            raise Refused("return_credited", number=document.number)
        returned = order_line.returned_quantity - line.quantity
        ctx.uow.update(documents.document_line, order_line, returned_quantity=returned, creditable_quantity=creditable)


def _need_living_order(ctx: Context, document: Row) -> None:
    order = order_behind(ctx, document)
    if order.state == DocumentState.CANCELLED:
        raise Refused("return_order_cancelled", number=document.number, order=order.number)
