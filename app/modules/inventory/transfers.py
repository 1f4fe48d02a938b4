"""Transfers in two steps: goods leave for a place of kind transit, and arrive in parts, some perhaps never.

What is on the way is counted and valued and belongs to nobody's demand. Each line of a dispatch waits for what has neither arrived
nor been written off; what is missing stays on the way until somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_by_code,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.serials import all_pieces, expanded, lines_of_pieces
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock, pick
from schemas.commands import transfers as commands
from schemas.facts import DocumentReversed, FactLine, GoodsLostInTransit
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO
from schemas.vocabulary.places import LocationKind, StockStatus


@handles(commands.SendTransfer, permission="inventory.transfer.write")
def send_transfer(ctx: Context, data: commands.SendTransfer) -> Outcome:
    """Send goods on the way to another place; they can be used again when they arrive."""
    posted_on = data.posted_on or ctx.today
    start = own_place(ctx, data.from_location, field="from_location")
    end = own_place(ctx, data.to_location, field="to_location")
    transit = _transit_place(ctx, data.transit)
    if data.due_on is not None and data.due_on < posted_on:
        raise Refused("arrival_before_dispatch", field="due_on", due_on=data.due_on, posted_on=posted_on)
    dispatch = new_document(
        ctx,
        DocumentKind.TRANSFER_DISPATCH,
        DocumentState.POSTED,
        posted_on=posted_on,
        due_on=data.due_on,
        note=data.note,
    )
    wanted = list(
        all_pieces((need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in data.lines)
    )
    hold_stock(ctx, (item.id for item, _ in wanted))
    movements: list[Movement] = []
    for item, line in wanted:
        place = start if line.from_location is None else own_place(ctx, line.from_location, field="lines")
        if place.id == end.id:
            raise Refused("transfer_to_itself", field="to_location", location=end.code)
        movements += _sent(ctx, dispatch, item, line, place, end, transit, movements)
    move_goods(ctx, dispatch, movements, posted_on)
    return Outcome("receipt.posted", dispatch)


def _transit_place(ctx: Context, code: str | None) -> Row:
    if code is None:
        return location_of_kind(ctx, LocationKind.TRANSIT)
    row = need_by_code(ctx, master_data.location, code, "location", field="transit")
    if row.kind != LocationKind.TRANSIT:
        raise Refused("location_not_transit", field="transit", code=code, kind=row.kind)
    return row


def _sent(
    ctx: Context,
    dispatch: Row,
    item: Row,
    line: commands.SentLine,
    place: Row,
    end: Row,
    transit: Row,
    planned: Sequence[Movement],
) -> Iterable[Movement]:
    """One line of the dispatch for each lot that the quantity is taken from."""
    picked = pick(ctx, item, line.quantity, place, line.lot, {}, planned)
    for number, (balance, taken) in enumerate(picked, start=len(planned) + 1):
        row = new_line(
            ctx,
            dispatch,
            number,
            item_id=item.id,
            quantity=taken,
            unit_id=item.unit_id,
            location_id=place.id,
            to_location_id=end.id,
            lot_id=balance.lot_id,
        )
        yield Movement(item, place, transit, taken, row, balance.lot_id)


@handles(commands.ReceiveTransfer, permission="inventory.transfer.write")
def receive_transfer(ctx: Context, data: commands.ReceiveTransfer) -> Outcome:
    """Receive goods that are on the way; what is lost is written off against the count difference, the rest stays on the way."""
    posted_on = data.posted_on or ctx.today
    dispatch = find_document(ctx, data.transfer, DocumentKind.TRANSFER_DISPATCH)
    need_state(dispatch, DocumentState.POSTED)
    if posted_on < dispatch.posted_on:
        raise Refused("arrival_before_dispatch", field="posted_on", due_on=posted_on, posted_on=dispatch.posted_on)
    sent = lines_of(ctx, dispatch)
    arrived = data.lines or [
        commands.ArrivedLine(line=number, quantity=rest)
        for number, line in sorted(sent.items())
        if (rest := line.quantity - line.fulfilled_quantity) > 0
    ]
    if not arrived:
        raise Refused("nothing_on_the_way", field="transfer", number=dispatch.number)
    receipt = new_document(
        ctx, DocumentKind.TRANSFER_RECEIPT, DocumentState.POSTED, posted_on=posted_on, note=data.note
    )
    link(ctx, dispatch, receipt, "transfer")
    transit = _transit_of(ctx, dispatch)
    movements: list[Movement] = []
    for said in arrived:
        for part in _arrived_pieces(ctx, dispatch, sent, said):
            line = need_line(dispatch, sent, part.line)
            movements += _received(ctx, receipt, line, part, transit, data.location, len(movements))
    moves = move_goods(ctx, receipt, movements, posted_on)
    lost = [
        FactLine({"loss": -move.value}, {"inventory": inventory_role(ctx, movement.item)})
        for move, movement in zip(moves, movements, strict=True)
        if move.value != 0
    ]
    add_totals(ctx, receipt, sum((move.value for move in moves), ZERO), ZERO)
    if lost:
        ctx.emit(GoodsLostInTransit(receipt.id, posted_on, tuple(lost)))
    left = sum((line.quantity - line.fulfilled_quantity for line in sent.values()), ZERO)
    return Outcome("receipt.transfer_received", receipt, {"left": left}, {"left": left})


def _arrived_pieces(
    ctx: Context, dispatch: Row, sent: dict[int, Row], part: commands.ArrivedLine
) -> list[commands.ArrivedLine]:
    """A line of a receipt as it is; where it names pieces of its item, a line for each that arrived and each that is lost.

    Raises:
        Refused: as many as are said are not named, or one is named that is not on the way.
    """
    if not part.serials and not part.lost_serials:
        return [part]
    item = ctx.uow.need(master_data.item, need_line(dispatch, sent, part.line).item_id)
    expanded([*expanded(part.serials), *expanded(part.lost_serials)])
    lost = part.lost_quantity or part.lost_serials
    if bool(lost) != (part.reason is not None):
        key = "loss_reason_needed" if lost else "loss_reason_not_used"
        raise Refused(key, field="lines", item=item.code, line=part.line)
    pieces = [
        (line, line.quantity - line.fulfilled_quantity)
        for line in sent.values()
        if line.item_id == item.id and line.quantity > line.fulfilled_quantity
    ]
    arrived = lines_of_pieces(ctx, item, part.quantity, part.serials, pieces) if part.quantity or part.serials else []
    gone = lines_of_pieces(ctx, item, part.lost_quantity, part.lost_serials, pieces) if lost else []
    one: dict[str, Any] = {"serials": [], "lost_serials": []}
    came = {**one, "quantity": ONE, "lost_quantity": ZERO, "reason": None}
    went = {**one, "quantity": ZERO, "lost_quantity": ONE}
    return [
        part.model_copy(update={**said, "line": line.line})
        for said, lines in ((came, arrived), (went, gone))
        for line, _ in lines
    ]


def _transit_of(ctx: Context, dispatch: Row) -> Row:
    """The place that the goods of a dispatch are on the way in."""
    moves = ctx.uow.where(tables.stock_move, "document_id", dispatch.id)
    return ctx.uow.need(master_data.location, moves[0].to_location_id)


def _received(
    ctx: Context,
    receipt: Row,
    sent: Row,
    part: commands.ArrivedLine,
    transit: Row,
    location: str | None,
    before: int,
) -> Iterable[Movement]:
    """A line of the receipt for what arrived, and one for what is lost."""
    item = ctx.uow.need(master_data.item, sent.item_id)
    done, rest = part.quantity + part.lost_quantity, sent.quantity - sent.fulfilled_quantity
    if done == 0:
        raise Refused("transfer_line_empty", field="lines", item=item.code, line=sent.line)
    if done > rest:
        raise Refused("more_than_sent", field="lines", item=item.code, line=sent.line, quantity=done, open=rest)
    if part.lost_quantity > 0 and part.reason is None:
        raise Refused("loss_reason_needed", field="lines", item=item.code, line=sent.line)
    if part.lost_quantity == 0 and part.reason is not None:
        raise Refused("loss_reason_not_used", field="lines", item=item.code, line=sent.line)
    ctx.uow.update(documents.document_line, sent, fulfilled_quantity=sent.fulfilled_quantity + done)
    code = part.location or location
    end = ctx.uow.need(master_data.location, sent.to_location_id) if code is None else own_place(ctx, code)
    if part.quantity > 0:
        before += 1
        line = _receipt_line(ctx, receipt, before, sent, transit, end, part.quantity)
        changed = part.status if part.status != StockStatus.AVAILABLE else None
        yield Movement(item, transit, end, part.quantity, line, sent.lot_id, to_status=changed)
    if part.reason is not None:
        far_side = location_of_kind(ctx, LocationKind.COUNT_DIFFERENCE)
        line = _receipt_line(ctx, receipt, before + 1, sent, transit, far_side, part.lost_quantity)
        ctx.uow.insert(tables.transfer_loss, document_line_id=line.id, reason=part.reason.value)
        yield Movement(item, transit, far_side, part.lost_quantity, line, sent.lot_id)


def _receipt_line(ctx: Context, receipt: Row, number: int, sent: Row, transit: Row, end: Row, quantity: Decimal) -> Row:
    return new_line(
        ctx,
        receipt,
        number,
        item_id=sent.item_id,
        quantity=quantity,
        unit_id=sent.unit_id,
        source_line_id=sent.id,
        location_id=transit.id,
        to_location_id=end.id,
        lot_id=sent.lot_id,
    )


def undo_transfer(ctx: Context, fact: DocumentReversed) -> None:
    """What a reversed receipt brought is on the way again; a dispatch can be taken back while nothing of it has arrived.

    Raises:
        Refused: something of the dispatch has arrived or was written off.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind == DocumentKind.TRANSFER_DISPATCH:
        if any(line.fulfilled_quantity > 0 for line in lines_of(ctx, document).values()):
            raise Refused("transfer_partly_received", number=document.number)
    elif document.kind == DocumentKind.TRANSFER_RECEIPT:
        for line in lines_of(ctx, document).values():
            sent = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
            ctx.uow.update(documents.document_line, sent, fulfilled_quantity=sent.fulfilled_quantity - line.quantity)
