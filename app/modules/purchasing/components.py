"""Handlers that bring components to the supplier who works on them, and take back what his orders no longer need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, link, need_by_code, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import own_place
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.stock import Movement, move_goods
from app.modules.inventory.taking import hold_stock, pick
from app.modules.master_data.terms import party_with_role
from app.modules.purchasing.subcontracting import components_of, place_of, standing_at
from schemas.commands import purchasing as commands
from schemas.operational import documents, inventory, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO
from schemas.vocabulary.places import StockStatus


@handles(commands.SendComponents, permission="purchasing.component.write")
def send_components(ctx: Context, data: commands.SendComponents) -> Outcome:
    """Send components of an order to the supplier who works on them; without lines, all that he still lacks for it."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    place = place_of(ctx, order.party_id)
    wanted = _named(ctx, data.lines or [_line(item, quantity) for item, quantity in _lacking(ctx, order, place)])
    if not wanted:
        raise Refused("no_components_missing", number=order.number)
    own = {component.item_id for line in lines_of(ctx, order).values() for component in components_of(ctx, line)}
    for item, *_ in wanted:
        if item.id not in own:
            raise Refused("not_a_component", field="lines", item=item.code, number=order.number)
    transfer = _transfer(ctx, order.party_id, data.posted_on or ctx.today, data.note)
    link(ctx, order, transfer, "components")
    _send(ctx, transfer, place, wanted, data.location)
    return Outcome("receipt.posted", transfer)


_Wanted = tuple[Row, Decimal, str | None, str | None]


def _line(item: Row, quantity: Decimal, lot: str | None = None) -> commands.ComponentLine:
    return commands.ComponentLine(item=item.code, quantity=quantity, lot=lot)


def _named(ctx: Context, lines: Iterable[commands.ComponentLine]) -> list[_Wanted]:
    """What is to go, with its items; a line of pieces with serial numbers is a line each."""
    named = ((need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in lines)
    return [(item, line.quantity, line.lot, line.location) for item, line in all_pieces(named)]


def _transfer(ctx: Context, supplier_id: int, posted_on: date, note: str | None) -> Row:
    return new_document(
        ctx,
        DocumentKind.STOCK_TRANSFER,
        DocumentState.POSTED,
        party_id=supplier_id,
        document_on=posted_on,
        posted_on=posted_on,
        note=note,
    )


def _lacking(ctx: Context, order: Row, place: Row) -> list[tuple[Row, Decimal]]:
    """What an order's components lack at the supplier's: no more than all his open orders take beyond what he has."""
    own: dict[int, Decimal] = {}
    for line in lines_of(ctx, order).values():
        for component in components_of(ctx, line):
            left = component.required_quantity - component.expected_quantity
            if left > 0 and not line.closed:
                own[component.item_id] = own.get(component.item_id, ZERO) + left
    needed = open_needs(ctx, order.party_id)
    hold_stock(ctx, own)
    found = []
    for item_id, quantity in sorted(own.items()):
        lacking = min(quantity, needed.get(item_id, ZERO) - standing_at(ctx, item_id, place))
        if lacking > 0:
            found.append((ctx.uow.need(master_data.item, item_id), lacking))
    return found


def open_needs(ctx: Context, supplier_id: int) -> dict[int, Decimal]:
    """What a supplier's confirmed orders still take of each component."""
    ctx.uow.write_earlier()
    component, line, document = tables.subcontract_component.c, documents.document_line.c, documents.document.c
    left = component.required_quantity - component.expected_quantity
    query = (
        select(component.item_id, func.sum(component.required_quantity) - func.sum(component.expected_quantity))
        .join(documents.document_line, line.id == component.order_line_id)
        .join(documents.document, document.id == line.document_id)
        .where(
            document.party_id == supplier_id,
            document.state == DocumentState.CONFIRMED.value,
            line.closed.is_(False),
            left > 0,
        )
        .group_by(component.item_id)
    )
    return {row[0]: row[1] for row in ctx.uow.connection.execute(query)}


def _send(ctx: Context, transfer: Row, place: Row, wanted: Sequence[_Wanted], location: str | None) -> None:
    hold_stock(ctx, {item.id for item, *_ in wanted})
    movements: list[Movement] = []
    for item, quantity, lot, where in sorted(wanted, key=lambda part: part[0].id):
        code = where or location
        start = own_place(ctx, code) if code is not None else None
        for balance, taken in pick(ctx, item, quantity, start, lot, {}, movements):
            origin = ctx.uow.need(master_data.location, balance.location_id)
            movements.append(_movement(ctx, transfer, len(movements) + 1, item, origin, place, taken, balance.lot_id))
    move_goods(ctx, transfer, movements, transfer.posted_on)


def _movement(
    ctx: Context, transfer: Row, number: int, item: Row, start: Row, end: Row, quantity: Decimal, lot_id: int
) -> Movement:
    row = new_line(
        ctx,
        transfer,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=item.unit_id,
        location_id=start.id,
        to_location_id=end.id,
        lot_id=lot_id,
    )
    leaves, arrives = (
        (StockStatus.PROVIDED, StockStatus.AVAILABLE)
        if start.supplier_id is not None
        else (StockStatus.AVAILABLE, StockStatus.PROVIDED)
    )
    return Movement(item, start, end, quantity, row, lot_id, status=leaves.value, to_status=arrives.value)


@handles(commands.TakeComponentsBack, permission="purchasing.component.write")
def take_components_back(ctx: Context, data: commands.TakeComponentsBack) -> Outcome:
    """Take components back from a supplier's place; without lines, all that none of his open orders needs."""
    supplier = party_with_role(ctx, data.supplier, "supplier")
    place, end = place_of(ctx, supplier.id), own_place(ctx, data.location)
    wanted = _named(ctx, data.lines or _spare(ctx, supplier, place))
    if not wanted:
        raise Refused("no_components_spare", supplier=supplier.code)
    transfer = _transfer(ctx, supplier.id, data.posted_on or ctx.today, data.note)
    hold_stock(ctx, {item.id for item, *_ in wanted})
    movements: list[Movement] = []
    for item, quantity, lot, where in sorted(wanted, key=lambda part: part[0].id):
        target = own_place(ctx, where) if where is not None else end
        picked = pick(ctx, item, quantity, place, lot, {}, movements, status=StockStatus.PROVIDED)
        for balance, taken in picked:
            movements.append(_movement(ctx, transfer, len(movements) + 1, item, place, target, taken, balance.lot_id))
    move_goods(ctx, transfer, movements, transfer.posted_on)
    return Outcome("receipt.posted", transfer)


def _spare(ctx: Context, supplier: Row, place: Row) -> list[commands.ComponentLine]:
    """What stands at a supplier's place beyond what his open orders need; where that is all, each piece by its number."""
    needed = open_needs(ctx, supplier.id)
    standing: dict[int, list[Row]] = {}
    for row in ctx.uow.where(inventory.stock_balance, "location_id", place.id):
        standing.setdefault(row.item_id, []).append(row)
    found: list[commands.ComponentLine] = []
    for item_id, rows in sorted(standing.items()):
        item, there = ctx.uow.need(master_data.item, item_id), sum((row.quantity for row in rows), ZERO)
        spare = there - needed.get(item_id, ZERO)
        if item.serial_tracked and spare == there:
            lots = [ctx.uow.need(inventory.lot, row.lot_id).code for row in rows if row.quantity > 0]
            found += [_line(item, ONE, lot) for lot in sorted(lots)]
        elif spare > 0:
            found.append(_line(item, spare))
    return found
