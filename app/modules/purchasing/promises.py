"""Handlers of what a supplier promises and announces: dates by line, split deliveries, advance shipping notices.

A confirmation's line is a promised delivery; a later confirmation of the same order line closes it, and both stay to be read. What
is announced or received is taken from the promises, the earliest first, so that promises, notices and the rest of an order line
never count the same goods twice. The order line itself carries the next day on which something is to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, link, need_line, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.serials import pieces, refuse_too_many
from app.modules.master_data.buying_policy import policy_of
from schemas.commands import purchasing as commands
from schemas.operational import documents, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_WRITE = "purchasing.promise.write"


@handles(commands.ConfirmSupplierDates, permission=_WRITE)
def confirm_supplier_dates(ctx: Context, data: commands.ConfirmSupplierDates) -> Outcome:
    """Record the dates and quantities that a supplier promises; what he promised before for the same lines is kept as history."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    order_lines = lines_of(ctx, order)
    by_line: dict[int, list[commands.PromisedLine]] = defaultdict(list)
    for line in data.lines:
        by_line[line.line].append(line)
    confirmation = new_document(
        ctx,
        DocumentKind.ORDER_CONFIRMATION,
        DocumentState.CONFIRMED,
        party_id=order.party_id,
        document_on=data.document_on or ctx.today,
        due_on=min(line.promised_on for line in data.lines),
        external_number=data.external_number,
        note=data.note,
        caused_by=order.caused_by,
    )
    link(ctx, order, confirmation, "promise")
    number = 0
    for line_number, promised in sorted(by_line.items()):
        order_line = need_line(order, order_lines, line_number)
        quantities = _promised_quantities(ctx, order_line, promised)
        for earlier in _of_kind(ctx, order_line, DocumentKind.ORDER_CONFIRMATION):
            _supersede(ctx, earlier)
        for line, quantity in zip(promised, quantities, strict=True):
            number += 1
            new_line(
                ctx,
                confirmation,
                number,
                item_id=order_line.item_id,
                quantity=quantity,
                unit_id=order_line.unit_id,
                source_line_id=order_line.id,
                promised_on=line.promised_on,
            )
        _say_next_day(ctx, order_line)
    return Outcome("receipt.created_document", confirmation)


def _promised_quantities(ctx: Context, order_line: Row, promised: list[commands.PromisedLine]) -> list[Decimal]:
    """The quantity of each promise; one that is not given is what the others leave.

    Raises:
        Refused: together they are more than is open and not announced, or nothing is left for one of them.
    """
    item = ctx.uow.need(master_data.item, order_line.item_id)
    open_quantity = order_line.quantity - order_line.fulfilled_quantity - announced_quantity(ctx, order_line)
    given = sum((line.quantity for line in promised if line.quantity is not None), ZERO)
    rest = open_quantity - given
    unsaid = [line for line in promised if line.quantity is None]
    if order_line.closed or rest < 0 or (unsaid and (rest == 0 or len(unsaid) > 1)):
        raise Refused("more_than_open", field="lines", item=item.code, quantity=given, open=max(open_quantity, ZERO))
    return [rest if line.quantity is None else line.quantity for line in promised]


def _supersede(ctx: Context, promise: Row) -> None:
    if promise.closed:
        return
    ctx.uow.update(documents.document_line, promise, closed=True)
    document = ctx.uow.need(documents.document, promise.document_id, lock=True)
    if all(line.closed for line in lines_of(ctx, document).values()):
        ctx.uow.update(documents.document, document, state=DocumentState.CLOSED.value)


@handles(commands.AnnounceDelivery, permission=_WRITE)
def announce_delivery(ctx: Context, data: commands.AnnounceDelivery) -> Outcome:
    """Record what a supplier says is on its way, with its day and lots; it can be received from this notice."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    refuse_if_direct(ctx, order)
    order_lines = lines_of(ctx, order)
    lines = data.lines or [
        commands.AnnouncedLine(line=row.line, quantity=rest)
        for row in order_lines.values()
        if not row.closed and (rest := row.quantity - row.fulfilled_quantity - announced_quantity(ctx, row)) > 0
    ]
    if not lines:
        raise Refused("nothing_open", number=order.number)
    lines = _announced_pieces(ctx, order, order_lines, lines)
    notice = new_document(
        ctx,
        DocumentKind.DELIVERY_NOTICE,
        DocumentState.CONFIRMED,
        party_id=order.party_id,
        document_on=data.document_on or ctx.today,
        due_on=data.expected_on,
        external_number=data.external_number,
        note=data.note,
        caused_by=order.caused_by,
    )
    link(ctx, order, notice, "notice")
    for number, line in enumerate(lines, start=1):
        order_line = need_line(order, order_lines, line.line)
        _refuse_beyond(ctx, order, order_line, line)
        row = new_line(
            ctx,
            notice,
            number,
            item_id=order_line.item_id,
            quantity=line.quantity,
            unit_id=order_line.unit_id,
            source_line_id=order_line.id,
            due_on=data.expected_on,
        )
        taken = take_promised(ctx, order_line, line.quantity)
        ctx.uow.insert(
            tables.notice_line,
            document_line_id=row.id,
            lot_code=line.lot,
            expires_on=line.expires_on,
            promised_quantity=taken,
        )
        _say_next_day(ctx, order_line)
    return Outcome("receipt.created_document", notice)


def _announced_pieces(
    ctx: Context, order: Row, order_lines: dict[int, Row], lines: Sequence[commands.AnnouncedLine]
) -> list[commands.AnnouncedLine]:
    """What is announced, with a line for each piece that the supplier names; what he does not name is named at receipt.

    Raises:
        Refused: he names pieces otherwise than one by one, or one twice.
    """
    items = [ctx.uow.need(master_data.item, need_line(order, order_lines, line.line).item_id) for line in lines]
    named: list[commands.AnnouncedLine] = []
    kept: set[tuple[int, str]] = set()
    said = [line.serials or line.lot is not None for line in lines]
    refuse_too_many((item, line) for item, line, told in zip(items, lines, said, strict=True) if told)
    for item, line, told in zip(items, lines, said, strict=True):
        if line.serials or (told and item.serial_tracked):
            announced = pieces(item, line)
            twice = next((piece.lot for piece in announced if (item.id, piece.lot) in kept), None)
            if twice is not None:
                raise Refused("serial_twice", field="serials", serial=twice)
            kept.update((item.id, piece.lot) for piece in announced if piece.lot is not None)
            named += announced
        else:
            named.append(line)
    return named


def refuse_if_direct(ctx: Context, order: Row) -> None:
    """Refuse to take into our places what the supplier ships straight to a customer.

    Raises:
        Refused: the order is for a drop shipment.
    """
    if any(row.to_location_id is not None for row in lines_of(ctx, order).values()):
        raise Refused("order_ships_direct", field="order", number=order.number)


def _refuse_beyond(ctx: Context, order: Row, order_line: Row, line: commands.AnnouncedLine) -> None:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    if line.lot is not None and not item.lot_tracked:
        raise Refused("lot_not_used", field="lot", item=item.code)
    most = policy_of(ctx, order.party_id, item.id).most_receivable(order_line.quantity)
    left = most - order_line.fulfilled_quantity - announced_quantity(ctx, order_line)
    if order_line.closed or line.quantity > left:
        raise Refused("more_than_open", field="lines", item=item.code, quantity=line.quantity, open=max(left, ZERO))


@handles(commands.NoticeAction, permission=_WRITE)
def cancel_delivery_notice(ctx: Context, data: commands.NoticeAction) -> Outcome:
    """Cancel a notice: the delivery does not come; what was promised before holds again."""
    notice = find_document(ctx, data.notice, DocumentKind.DELIVERY_NOTICE)
    need_state(notice, DocumentState.CONFIRMED)
    ctx.uow.update(documents.document, notice, state=DocumentState.CANCELLED.value)
    for line in lines_of(ctx, notice).values():
        ctx.uow.update(documents.document_line, line, closed=True)
        taken = ctx.uow.where(tables.notice_line, "document_line_id", line.id)[0].promised_quantity
        give_promised_back(ctx, ctx.uow.need(documents.document_line, line.source_line_id, lock=True), taken)
    return Outcome("receipt.state_changed", notice, {"state": DocumentState.CANCELLED.value})


def cancel_notices_of(ctx: Context, order_lines: Iterable[Row]) -> None:
    """Cancel what is announced of order lines that expect nothing any more."""
    for order_line in order_lines:
        for line in _of_kind(ctx, order_line, DocumentKind.DELIVERY_NOTICE):
            if not line.closed:
                ctx.uow.update(documents.document_line, line, closed=True)
            notice = ctx.uow.need(documents.document, line.document_id, lock=True)
            if notice.state == DocumentState.CONFIRMED:
                ctx.uow.update(documents.document, notice, state=DocumentState.CANCELLED.value)


def announced_quantity(ctx: Context, order_line: Row) -> Decimal:
    """How much of an order line is announced and not yet received."""
    notices = _of_kind(ctx, order_line, DocumentKind.DELIVERY_NOTICE)
    return sum((line.quantity for line in notices if not line.closed), ZERO)


def take_promised(ctx: Context, order_line: Row, quantity: Decimal) -> Decimal:
    """Take a quantity from the promises of an order line, the earliest first, and return how much they held of it."""
    left = quantity
    promises = [p for p in _of_kind(ctx, order_line, DocumentKind.ORDER_CONFIRMATION) if not p.closed]
    for promise in sorted(promises, key=lambda p: (p.promised_on, p.id)):
        taken = min(left, promise.quantity - promise.fulfilled_quantity)
        if taken > 0:
            ctx.uow.update(documents.document_line, promise, fulfilled_quantity=promise.fulfilled_quantity + taken)
            left -= taken
    return quantity - left


def give_promised_back(ctx: Context, order_line: Row, quantity: Decimal) -> None:
    """Give promises back what was taken of them, the latest first; what a later confirmation replaced has no need of it."""
    left = quantity
    promises = [p for p in _of_kind(ctx, order_line, DocumentKind.ORDER_CONFIRMATION) if not p.closed]
    for promise in sorted(promises, key=lambda p: (p.promised_on, p.id), reverse=True):
        returned = min(left, promise.fulfilled_quantity)
        if returned > 0:
            ctx.uow.update(documents.document_line, promise, fulfilled_quantity=promise.fulfilled_quantity - returned)
            left -= returned
    _say_next_day(ctx, order_line)


def close_notice(ctx: Context, notice: Row) -> None:
    """A notice of which the delivery was received expects nothing more."""
    ctx.uow.update(documents.document, notice, state=DocumentState.CLOSED.value)
    for line in lines_of(ctx, notice).values():
        ctx.uow.update(documents.document_line, line, closed=True)


def reopen_notice(ctx: Context, notice: Row) -> None:
    """A notice whose receipt was taken back is expected again."""
    ctx.uow.update(documents.document, notice, state=DocumentState.CONFIRMED.value)
    for line in lines_of(ctx, notice).values():
        ctx.uow.update(documents.document_line, line, closed=False)


def say_next_days(ctx: Context, order_lines: Iterable[Row]) -> None:
    """Bring order lines up to date with the next day on which something of them is to come."""
    for order_line in order_lines:
        _say_next_day(ctx, order_line)


def _say_next_day(ctx: Context, order_line: Row) -> None:
    promises = _of_kind(ctx, order_line, DocumentKind.ORDER_CONFIRMATION)
    days = [p.promised_on for p in promises if not p.closed and p.quantity > p.fulfilled_quantity]
    days += [n.due_on for n in _of_kind(ctx, order_line, DocumentKind.DELIVERY_NOTICE) if not n.closed]
    if days and order_line.promised_on != min(days):
        ctx.uow.update(documents.document_line, order_line, promised_on=min(days))
    if days and order_line.to_location_id is not None:
        _promise_customer(ctx, order_line)


def _promise_customer(ctx: Context, order_line: Row) -> None:
    """A line that goes straight to a customer is promised to him for the last day on which the supplier sends some of it."""
    promises = _of_kind(ctx, order_line, DocumentKind.ORDER_CONFIRMATION)
    days = [row.promised_on for row in promises if not row.closed and row.quantity > row.fulfilled_quantity]
    sold = ctx.uow.need(documents.document_line, order_line.source_line_id, lock=True)
    ctx.uow.update(documents.document_line, sold, promised_on=max(days, default=order_line.promised_on))


def _of_kind(ctx: Context, order_line: Row, kind: DocumentKind) -> list[Row]:
    """Lock and return the lines of documents of a kind that follow an order line."""
    rows = ctx.uow.where(documents.document_line, "source_line_id", order_line.id, lock=True)
    return [row for row in rows if ctx.uow.need(documents.document, row.document_id).kind == kind]
