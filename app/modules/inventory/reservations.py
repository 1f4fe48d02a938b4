"""The reservation ledger: stock promised to a demand line, by balance. A reservation can never exceed what is on hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lot_by_code, lots_of
from app.modules.inventory.taking import in_picking_order, takeable
from app.modules.inventory.warehouses import stands_in
from schemas.operational import documents, fulfilment, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.numbers import ONE, ZERO


def reserve_free(
    ctx: Context, line: Row, quantity: Decimal, *, warehouse_id: int | None = None, lot_id: int | None = None
) -> Decimal:
    """Reserve what is free for a demand line, up to a quantity, by the item's picking strategy, and return how much that was.

    Args:
        ctx: the running command.
        line: the demand.
        quantity: how much is wanted, stocking unit.
        warehouse_id: the only warehouse to take it from; None is any.
        lot_id: the only lot; None is any.
    """
    if quantity <= 0:
        return ZERO
    wanted = quantity
    found = ctx.uow.where(tables.stock_balance, "item_id", line.item_id, lock=True)
    balances = takeable(ctx, (row for row in found if lot_id in {None, row.lot_id}))
    free = {r.id: r.quantity - r.reserved for r in balances if stands_in(ctx, r.location_id, warehouse_id)}
    here = [row for row in balances if free.get(row.id, ZERO) > 0]
    item = ctx.uow.need(master_data.item, line.item_id)
    for balance in in_picking_order(ctx, item, here, free, quantity):
        taken = min(wanted, free[balance.id])
        change_reservation(ctx, line, balance, taken)
        wanted -= taken
        if wanted <= 0:
            break
    return quantity - wanted


def pass_reservation(ctx: Context, giver: Row, taker: Row, balance: Row, quantity: Decimal) -> None:
    """Pass a part of what one demand line holds of a balance to another; the balance itself stays as it is."""
    _note_reserved(ctx, giver, balance, -quantity)
    _note_reserved(ctx, taker, balance, quantity)
    ctx.uow.update(documents.document_line, giver, reserved_quantity=giver.reserved_quantity - quantity)
    ctx.uow.update(documents.document_line, taker, reserved_quantity=taker.reserved_quantity + quantity)


def release_unheld(ctx: Context, line: Row) -> Decimal:
    """Give back what is reserved for a demand line but for what is being picked or packed, and return how much that was."""
    held, released = held_for(ctx, line), ZERO
    for balance_id, quantity in reserved_for(ctx, line).items():
        part = quantity - held.get(balance_id, ZERO)
        if part > 0:
            change_reservation(ctx, line, ctx.uow.need(tables.stock_balance, balance_id, lock=True), -part)
            released += part
    return released


def read_reservations(ctx: Context, lines: Iterable[Row]) -> None:
    """Read in one statement what is reserved for several demand lines, for calls of `reserved_for` that follow."""
    ctx.uow.gather(tables.reservation_move, "demand_line_id", (line.id for line in lines))


def reserved_for(ctx: Context, line: Row) -> dict[int, Decimal]:
    """Return what is reserved for a demand line, by balance id."""
    held: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in ctx.uow.where(tables.reservation_move, "demand_line_id", line.id):
        held[row.balance_id] += row.quantity
    return {balance_id: quantity for balance_id, quantity in held.items() if quantity > 0}


def held_for(ctx: Context, line: Row) -> dict[int, Decimal]:
    """Return what of a demand line is being picked or packed, by balance id; it is reserved and stays so."""
    holds = ctx.uow.where(fulfilment.pick_hold, "order_line_id", line.id, lock=True)
    return {hold.balance_id: held for hold in holds if (held := hold.to_pick + hold.picked + hold.packed) > 0}


def refuse_if_held(ctx: Context, order: Row, lines: Iterable[Row]) -> None:
    """Refuse while something of an order is being picked or packed.

    Raises:
        Refused: it is.
    """
    ids = [line.id for line in lines]
    ctx.uow.gather(fulfilment.pick_hold, "order_line_id", ids, lock=True)
    if any(held_for(ctx, Row(id=line_id)) for line_id in ids):
        raise Refused("order_being_picked", number=order.number)


def release_beyond(ctx: Context, line: Row, needed: Decimal) -> None:
    """Give back what is reserved for a demand line beyond what it still needs, with the balances of its item locked before.

    Raises:
        Refused: some of that is being picked or packed.
    """
    excess = line.reserved_quantity - needed
    if excess <= 0:
        return
    held = held_for(ctx, line)
    for balance_id, quantity in reserved_for(ctx, line).items():
        released = min(quantity - held.get(balance_id, ZERO), excess)
        if released > 0:
            change_reservation(ctx, line, ctx.uow.need(tables.stock_balance, balance_id, lock=True), -released)
            excess -= released
        if excess <= 0:
            return
    raise Refused("order_being_picked", number=ctx.uow.need(documents.document, line.document_id).number)


def free_piece(ctx: Context, line: Row, item: Row, serial: str | None, kept: Collection[tuple[int, str]]) -> None:
    """Let a piece that is named for a demand go to it, though another demand reserved it: pieces of an item stand for each other.

    The other demand gets a piece that was reserved for this one, or one that is free, in the place that it wants.

    Args:
        ctx: the running command.
        line: the demand that the piece is named for.
        item: of what.
        serial: the piece.
        kept: the pieces that are named beside it, by item and number, which are not given away.

    Raises:
        Refused: no other piece can take its place, or it is being picked already.
    """
    lots = lots_of(ctx, item)
    balances = ctx.uow.where(tables.stock_balance, "item_id", item.id, lock=True)
    named = lot_by_code(ctx, item, serial)
    reserved = [
        row
        for row in balances
        if named is not None
        and row.lot_id == named.id
        and row.reserved > 0
        and stands_in(ctx, row.location_id, line.location_id)
    ]
    piece = next(iter(takeable(ctx, reserved)), None)
    own = reserved_for(ctx, line)
    if piece is None or piece.id in own:
        return
    holder = _holder_of(ctx, piece)
    if holder is None:
        raise Refused("serial_twice", field="serials", serial=serial)
    others = [
        row
        for row in takeable(ctx, (row for row in balances if row.quantity > 0))
        if (item.id, lots[row.lot_id].code) not in kept
        and (row.id in own or row.reserved == 0)
        and stands_in(ctx, row.location_id, holder.location_id)
    ]
    if not others or piece.id in held_for(ctx, holder):
        number = ctx.uow.need(documents.document, holder.document_id).number
        raise Refused("serial_reserved", field="serials", item=item.code, serial=serial, number=number)
    held = held_for(ctx, line)
    instead = min(others, key=lambda row: (row.id not in own or row.id in held, row.id))
    if instead.id in own:
        _note_reserved(ctx, line, instead, -ONE)
        _note_reserved(ctx, line, piece, ONE)
    else:
        ctx.uow.update(tables.stock_balance, piece, reserved=piece.reserved - ONE)
        ctx.uow.update(tables.stock_balance, instead, reserved=instead.reserved + ONE)
    _note_reserved(ctx, holder, piece, -ONE)
    _note_reserved(ctx, holder, instead, ONE)


def _holder_of(ctx: Context, piece: Row) -> Row | None:
    """The demand line that a piece is reserved for; None where this command has used its reservation already."""
    held: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in ctx.uow.where(tables.reservation_move, "balance_id", piece.id):
        held[row.demand_line_id] += row.quantity
    holder = next((line for line, quantity in held.items() if quantity > 0), None)
    return None if holder is None else ctx.uow.need(documents.document_line, holder)


def _note_reserved(ctx: Context, line: Row, balance: Row, quantity: Decimal) -> None:
    ctx.uow.insert(tables.reservation_move, demand_line_id=line.id, balance_id=balance.id, quantity=quantity)


def consume(ctx: Context, line: Row, balance: Row, quantity: Decimal) -> None:
    """Record that a reservation was used by a shipment, which itself lowers the balance's reserved quantity."""
    ctx.uow.insert(tables.reservation_move, demand_line_id=line.id, balance_id=balance.id, quantity=-quantity)
    ctx.uow.update(documents.document_line, line, reserved_quantity=line.reserved_quantity - quantity)


def change_reservation(ctx: Context, line: Row, balance: Row, quantity: Decimal) -> None:
    """Reserve of a balance for a demand line, or give back where the quantity is negative; both rows are locked."""
    ctx.uow.insert(tables.reservation_move, demand_line_id=line.id, balance_id=balance.id, quantity=quantity)
    ctx.uow.update(tables.stock_balance, balance, reserved=balance.reserved + quantity)
    ctx.uow.update(documents.document_line, line, reserved_quantity=line.reserved_quantity + quantity)
