"""Picking by scan: what was taken from where, what was not there, and goods of another place only when somebody says why.

Every scan is an event that stays. A short line becomes a back order: its hold and its reservation end, the order keeps the quantity
open, and the clerks are asked to count the place.
"""

from __future__ import annotations

from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.fulfilment.waves import balance_at, follow_wave, hold_of, wave_of
from app.modules.inventory.places import storage_location
from app.modules.inventory.reservations import change_reservation, held_for, reserved_for
from app.modules.inventory.taking import hold_stock
from app.modules.inventory.warehouses import stands_in
from schemas.commands import fulfilment as commands
from schemas.operational import documents, inventory, master_data
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

ROLE = "clerk"


@handles(commands.ConfirmPick, permission="fulfilment.pick.write")
def confirm_pick(ctx: Context, data: commands.ConfirmPick) -> Outcome:
    """Confirm by scan what was taken for a line of a pick list, and what of it is not there."""
    pick_list = find_document(ctx, data.pick_list, DocumentKind.PICK_LIST)
    need_state(pick_list, DocumentState.RELEASED)
    lines = lines_of(ctx, pick_list)
    line = need_line(pick_list, lines, data.line)
    item = ctx.uow.need(master_data.item, line.item_id)
    rest = ZERO if line.closed else line.quantity - line.fulfilled_quantity
    if data.quantity > rest:
        raise Refused("pick_too_much", field="quantity", item=item.code, quantity=data.quantity, open=rest)
    if data.quantity == 0 and data.short_reason is None:
        raise Refused("pick_nothing", field="quantity", item=item.code, line=data.line)
    order_line = ctx.uow.need(documents.document_line, line.source_line_id)
    ctx.uow.need(documents.document, order_line.document_id, lock=True)
    order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
    hold_stock(ctx, [item.id])
    location = storage_location(ctx, data.location)
    lot = _scanned_lot(ctx, item, data.scanned)
    if data.quantity > 0:
        if location.blocked:
            raise Refused("pick_place_blocked", field="location", location=location.code, item=item.code)
        _take(ctx, data, line, order_line, item, location, lot)
    short = rest - data.quantity if data.short_reason is not None else ZERO
    if short > 0:
        _end_short(ctx, data, line, order_line, item, short)
    if line.fulfilled_quantity == line.quantity or short > 0:
        ctx.uow.update(documents.document_line, line, closed=True)
    if all(row.closed for row in lines.values()):
        any_picked = any(row.fulfilled_quantity > 0 for row in lines.values())
        state = DocumentState.CLOSED if any_picked else DocumentState.CANCELLED
        ctx.uow.update(documents.document, pick_list, state=state.value)
        follow_wave(ctx, wave_of(ctx, pick_list))
    key = "receipt.picked_short" if short > 0 else "receipt.picked"
    values = {"item": item.code, "quantity": data.quantity, "short": short, "line": line.line}
    return Outcome(key, pick_list, values, {"open": rest - data.quantity - short, "state": pick_list.state})


def _scanned_lot(ctx: Context, item: Row, scanned: str) -> Row | None:
    """The lot that was scanned; None for an item without lots whose code or barcode it was.

    Raises:
        Refused: it is another thing than the line asks for.
    """
    if not item.lot_tracked:
        if scanned not in {item.code, item.barcode}:
            raise Refused("pick_other_item", field="scanned", scanned=scanned, item=item.code)
        return None
    lots = ctx.uow.where(inventory.lot, "item_id", item.id)
    lot = next((row for row in lots if row.code == scanned), None)
    if lot is None:
        raise Refused("lot_unknown", field="scanned", item=item.code, lot=scanned)
    return lot


def _take(
    ctx: Context, data: commands.ConfirmPick, line: Row, order_line: Row, item: Row, location: Row, lot: Row | None
) -> None:
    asked, balance = hold_of(ctx, line), balance_at(ctx, item.id, location.id, lot.id if lot else 0)
    other = balance is None or balance.id != asked.balance_id
    if other:
        _refuse_silent_substitute(ctx, data, line, item)
        if not stands_in(ctx, location.id, order_line.location_id):
            sends = ctx.uow.need(master_data.location, order_line.location_id).code
            elsewhere = {"line": order_line.line, "location": location.code, "warehouse": sends}
            raise Refused("ships_from_elsewhere", field="location", **elsewhere)
        if lot is not None and lot.expires_on is not None and lot.expires_on < ctx.today:
            raise Refused("lot_expired", field="scanned", lot=lot.code, item=item.code, expires_on=lot.expires_on)
        taken = _moved_hold(ctx, order_line, item, asked, balance, data)
    else:
        taken = asked
    ctx.uow.update(tables.pick_hold, asked, to_pick=asked.to_pick - data.quantity)
    ctx.uow.update(tables.pick_hold, taken, picked=taken.picked + data.quantity)
    ctx.uow.update(documents.document_line, line, fulfilled_quantity=line.fulfilled_quantity + data.quantity)
    note = data.substitute_reason if other else data.note
    _note(ctx, "picked", order_line, line, taken.balance_id, data.quantity, substituted=other, note=note)


def _refuse_silent_substitute(ctx: Context, data: commands.ConfirmPick, line: Row, item: Row) -> None:
    if data.substitute_reason is not None:
        return
    place = ctx.uow.need(master_data.location, line.location_id)
    lots = {row.id: row.code for row in ctx.uow.where(inventory.lot, "item_id", item.id)}
    wanted = f"{place.code} {lots.get(line.lot_id, '')}".strip()
    raise Refused("pick_other_place", field="scanned", scanned=f"{data.location} {data.scanned}", wanted=wanted)


def _moved_hold(
    ctx: Context, order_line: Row, item: Row, asked: Row, balance: Row | None, data: commands.ConfirmPick
) -> Row:
    """Reserve of another balance what the asked one was reserved for, and return the other's hold.

    Raises:
        Refused: not so much is free there.
    """
    own = ZERO
    if balance is not None:
        held = held_for(ctx, order_line).get(balance.id, ZERO)
        own = reserved_for(ctx, order_line).get(balance.id, ZERO) - held
    free = ZERO if balance is None else balance.quantity - balance.reserved + own
    if balance is None or free < data.quantity:
        raise Refused(
            "stock_short",
            field="quantity",
            item=item.code,
            wanted=data.quantity,
            free=free,
            short=data.quantity - free,
        )
    change_reservation(ctx, order_line, _balance(ctx, asked.balance_id), -data.quantity)
    if data.quantity > own:
        change_reservation(ctx, order_line, balance, data.quantity - own)
    key = (order_line.id, balance.id)
    return ctx.uow.ensure(
        tables.pick_hold, ("order_line_id", "balance_id"), [key], to_pick=ZERO, picked=ZERO, packed=ZERO
    )[key]


def _end_short(ctx: Context, data: commands.ConfirmPick, line: Row, order_line: Row, item: Row, short: Decimal) -> None:
    """The rest is not there: nothing holds it any more, the order stays open for it, and the place wants to be counted."""
    hold = hold_of(ctx, line)
    ctx.uow.update(tables.pick_hold, hold, to_pick=hold.to_pick - short)
    change_reservation(ctx, order_line, _balance(ctx, hold.balance_id), -short)
    _note(ctx, "short", order_line, line, hold.balance_id, short, reason=data.short_reason, note=data.note)
    order = ctx.uow.need(documents.document, order_line.document_id)
    place = ctx.uow.need(master_data.location, line.location_id)
    put_into_inbox(
        ctx,
        source=f"pick_short:{line.id}:",
        kind="pick_short",
        severity="warning",
        facts={"item": item.code, "location": place.code, "quantity": short, "order": order.number},
        role=ROLE,
        due_on=order.due_on,
        document_id=order.id,
        item_id=item.id,
    )


@handles(commands.PutBackPicked, permission="fulfilment.pick.write")
def put_back_picked(ctx: Context, data: commands.PutBackPicked) -> Outcome:
    """Put what was picked of an order and is in no parcel back; it stays reserved for the order."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    count = 0
    for line in lines_of(ctx, order).values():
        for hold in ctx.uow.where(tables.pick_hold, "order_line_id", line.id, lock=True):
            if hold.picked > 0:
                _note(ctx, "put_back", line, None, hold.balance_id, hold.picked)
                ctx.uow.update(tables.pick_hold, hold, picked=ZERO)
                count += 1
    if not count:
        raise Refused("nothing_picked", field="order", number=order.number)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


def _note(
    ctx: Context,
    kind: str,
    order_line: Row,
    pick_line: Row | None,
    balance_id: int,
    quantity: Decimal,
    *,
    substituted: bool = False,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    ctx.uow.insert(
        tables.pick_event,
        kind=kind,
        order_line_id=order_line.id,
        pick_line_id=pick_line.id if pick_line is not None else None,
        balance_id=balance_id,
        quantity=quantity,
        substituted=substituted,
        reason=reason,
        note=note,
        made_by=ctx.principal.user_id,
        made_at=ctx.now,
    )


def _balance(ctx: Context, balance_id: int) -> Row:
    return ctx.uow.need(inventory.stock_balance, balance_id, lock=True)
