"""Handlers of reservations that people steer: for a line, a lot and a time; given back, passed on, taken by what is more urgent.

An order and a quotation may hold stock until a day; what is held longer than that is given back by itself, but for what is being
picked. What a quotation holds goes to the order that is given on it. Stock that became free goes to the orders by their priority.
Decision 0033.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, func, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, need_by_code, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import read_advances, still_to_give
from app.modules.inventory.lots import lot_by_code
from app.modules.inventory.reservations import (
    held_for,
    pass_reservation,
    release_unheld,
    reserve_free,
    reserved_for,
)
from app.modules.inventory.taking import hold_stock
from app.modules.inventory.warehouses import stands_in
from app.modules.sales.handlers import goods_of, reserve_lines
from app.modules.sales.quoted import left_of
from schemas.commands import sales as commands
from schemas.operational import documents, fulfilment, inventory, kernel, master_data
from schemas.operational import sales as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_LEAST_URGENT: Final = 9
_DESK: Final = "clerk"
_MOST_LINES: Final = 5000
_HOLDING: Final = (DocumentKind.SALES_ORDER.value, DocumentKind.QUOTATION.value)


@handles(commands.ReserveOrder, permission="sales.order.write")
def reserve_sales_order(ctx: Context, data: commands.ReserveOrder) -> Outcome:
    """Reserve for an order what is free: for all its open lines, or for those that are named, of a lot, until a day."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    _refuse_past(ctx, data.until)
    if data.lines:
        rows = _reserve_named(ctx, order, data.lines, lambda line: still_to_give(ctx, line))
    else:
        rows = goods_of(lines_of(ctx, order).values())
        reserve_lines(ctx, rows)
    if data.until is not None:
        _hold_until(ctx, (line for line in rows if line.reserved_quantity), data.until)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


@handles(commands.ReserveQuotation, permission="sales.quotation.write")
def reserve_quotation(ctx: Context, data: commands.ReserveQuotation) -> Outcome:
    """Hold for a quotation what is free, until a day; without one as long as its prices hold."""
    quotation = find_document(ctx, data.quotation, DocumentKind.QUOTATION)
    need_state(quotation, DocumentState.CONFIRMED)
    until = data.until or quotation.due_on
    _refuse_past(ctx, until)
    if data.lines:
        lines = _reserve_named(ctx, quotation, data.lines, left_of)
    else:
        lines = goods_of(lines_of(ctx, quotation).values())
        hold_stock(ctx, (line.item_id for line in lines))
        for line in lines:
            reserve_free(ctx, line, left_of(line) - line.reserved_quantity)
    _hold_until(ctx, (line for line in lines if line.reserved_quantity), until)
    return Outcome("receipt.changed", quotation, {"what": "quotation", "code": quotation.number})


def _refuse_past(ctx: Context, until: date | None) -> None:
    if until is not None and until < ctx.today:
        raise Refused("reserved_until_past", field="until", until=until, day=ctx.today)


def _reserve_named(
    ctx: Context, document: Row, named: Iterable[commands.ReservedLine], open_of: Callable[[Row], Decimal]
) -> list[Row]:
    """Reserve for some lines exactly what is asked for, and return them.

    Raises:
        Refused: a line needs less, or less is free, in the place and of the lot that are wanted.
    """
    named = list(named)
    lines = lines_of(ctx, document)
    rows = [need_line(document, lines, entry.line) for entry in named]
    hold_stock(ctx, (row.item_id for row in rows if row.item_id is not None))
    for entry, line in sorted(zip(named, rows, strict=True), key=lambda pair: (pair[1].item_id or 0, pair[1].line)):
        if line.item_id is None:
            raise Refused("line_is_no_goods", field="lines", line=line.line, number=document.number)
        if line.supplier_id is not None:
            raise Refused("line_ships_direct", field="lines", line=line.line, number=document.number)
        item = ctx.uow.need(master_data.item, line.item_id)
        needed = max(open_of(line) - line.reserved_quantity, ZERO) if not line.closed else ZERO
        wanted = needed if entry.quantity is None else entry.quantity
        lot = lot_by_code(ctx, item, entry.lot) if entry.lot is not None else None
        if entry.lot is not None and lot is None:
            raise Refused("lot_unknown", field="lot", item=item.code, lot=entry.lot)
        if wanted > needed:
            raise Refused("more_than_needed", field="quantity", item=item.code, quantity=wanted, needed=needed)
        got = reserve_free(ctx, line, wanted, warehouse_id=line.location_id, lot_id=lot.id if lot is not None else None)
        if entry.quantity is not None and got < wanted:
            raise Refused("reserve_short", field="quantity", item=item.code, quantity=wanted, free=got)
    return rows


def _hold_until(ctx: Context, lines: Iterable[Row], until: date | None) -> None:
    for line in lines:
        term = ctx.uow.get(tables.reservation_term, line.id, lock=True)
        if term is None:
            ctx.uow.insert(tables.reservation_term, id=line.id, expires_on=until, version=1)
        else:
            ctx.uow.update(tables.reservation_term, term, expires_on=until)


@handles(commands.ReleaseReservations, permission="sales.order.write")
def release_reservations(ctx: Context, data: commands.ReleaseReservations) -> Outcome:
    """Give back what an order or a quotation holds, of all its lines or of some; what is being picked stays."""
    document = find_document(ctx, data.document, DocumentKind.SALES_ORDER, DocumentKind.QUOTATION)
    lines = lines_of(ctx, document)
    rows = goods_of([need_line(document, lines, number) for number in data.lines] or lines.values())
    hold_stock(ctx, (row.item_id for row in rows))
    released = [row for row in rows if release_unheld(ctx, row) > 0]
    if not released:
        raise Refused("nothing_reserved", number=document.number)
    _hold_until(ctx, (row for row in released if ctx.uow.get(tables.reservation_term, row.id)), None)
    return Outcome("receipt.changed", document, {"what": document.kind, "code": document.number})


def hold_longer(ctx: Context, quotation: Row, until: date) -> None:
    """Let a quotation whose prices hold longer hold its stock as long, where it held it until its prices lapsed."""
    terms = [ctx.uow.get(tables.reservation_term, line.id, lock=True) for line in lines_of(ctx, quotation).values()]
    for term in terms:
        if term is not None and term.expires_on == quotation.due_on:
            ctx.uow.update(tables.reservation_term, term, expires_on=until)


def end_quotation_hold(ctx: Context, quotation: Row) -> None:
    """Give back everything that a quotation holds, because nobody orders on it any more."""
    lines = goods_of(lines_of(ctx, quotation).values())
    hold_stock(ctx, (line.item_id for line in lines if line.reserved_quantity))
    for line in lines:
        release_unheld(ctx, line)


@handles(commands.ReleaseExpiredReservations, permission="reservations.expire")
def release_expired_reservations(ctx: Context, data: commands.ReleaseExpiredReservations) -> Outcome:
    """Give back what was held until a day that is past, and tell who made the order or quotation; so many lines at a time."""
    ctx.uow.write_earlier()
    found = ctx.uow.connection.execute(expired_lines(ctx.today).limit(data.most)).scalars().all()
    terms = ctx.uow.many(tables.reservation_term, found, lock=True)
    expired = [term.id for term in terms.values() if term.expires_on is not None and term.expires_on < ctx.today]
    lines = ctx.uow.many(documents.document_line, expired, lock=True)
    hold_stock(ctx, (line.item_id for line in lines.values()))
    released: dict[int, Decimal] = {}
    for line in sorted(lines.values(), key=lambda row: (row.item_id, row.id)):
        given = release_unheld(ctx, line)
        if given > 0:
            released[line.document_id] = released.get(line.document_id, ZERO) + given
    _hold_until(ctx, (line for line in lines.values() if not line.reserved_quantity), None)
    for document_id in sorted(released):
        document = ctx.uow.need(documents.document, document_id)
        _tell(ctx, document, "reservation_expired", {})
    return Outcome("receipt.reservations_expired", values={"count": len(lines)})


def expired_lines(today: date) -> Any:
    """The lines that hold stock longer than until their day, and not only for pickers; the ones that expired first in front."""
    term, line, hold = tables.reservation_term.c, documents.document_line.c, fulfilment.pick_hold.c
    picked = select(func.coalesce(func.sum(hold.to_pick + hold.picked + hold.packed), ZERO))
    picked = picked.where(hold.order_line_id == line.id)
    return (
        select(term.id)
        .join(documents.document_line, line.id == term.id)
        .where(term.expires_on < today, line.reserved_quantity > picked.scalar_subquery())
        .order_by(term.expires_on, term.id)
    )


def _tell(ctx: Context, document: Row, kind: str, facts: Mapping[str, Any]) -> None:
    author = ctx.uow.get(kernel.user_account, document.created_by)
    put_into_inbox(
        ctx,
        source=f"{kind}:{document.id}",
        kind=kind,
        severity="warning",
        facts={"kind": document.kind, **facts},
        user_id=author.id if author is not None else None,
        role=None if author is not None else _DESK,
        document_id=document.id,
    )


@handles(commands.TakeOverReservations, permission="reservations.take")
def take_over_reservations(ctx: Context, data: commands.TakeOverReservations) -> Outcome:
    """Let an urgent order have what less urgent orders and quotations hold, as far as it is short; what is being picked stays.

    The least urgent gives first, of these the one that is due last. Who made a document that gave is told by his inbox.

    Raises:
        Refused: the order lacks nothing, or nobody less urgent holds what it lacks.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order)
    rows = goods_of([need_line(order, lines, number) for number in data.lines] or lines.values())
    read_advances(ctx, rows)
    ctx.uow.write_earlier()
    holders = _less_urgent(ctx, order, {row.item_id for row in rows if _short(ctx, row) > 0})
    hold_stock(ctx, (row.item_id for row in rows))
    givers: dict[int, Row] = {}
    taken = ZERO
    for row in rows:
        free = reserve_free(ctx, row, _short(ctx, row), warehouse_id=row.location_id)
        wanted, taken = _short(ctx, row), taken + free
        for giver in holders if wanted > 0 else ():
            got = _take(ctx, giver, row, wanted) if giver.item_id == row.item_id else ZERO
            if got > 0:
                wanted, taken = wanted - got, taken + got
                givers[giver.document_id] = ctx.uow.need(documents.document, giver.document_id)
    if taken <= 0:
        raise Refused("nothing_to_take_over", field="order", number=order.number)
    for giver_document in sorted(givers.values(), key=lambda document: document.id):
        _tell(ctx, giver_document, "reservation_taken", {"by": order.number, "reason": data.reason})
    if not givers:
        return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})
    numbers = ", ".join(sorted(document.number for document in givers.values()))
    return Outcome("receipt.reservations_taken", order, {"number": order.number, "from": numbers})


def _short(ctx: Context, line: Row) -> Decimal:
    if line.closed or line.supplier_id is not None:
        return ZERO
    return max(still_to_give(ctx, line) - line.reserved_quantity, ZERO)


def _less_urgent(ctx: Context, order: Row, item_ids: set[int]) -> list[Row]:
    """The lines of less urgent orders and quotations that hold some items, locked, the least urgent first."""
    document, line = documents.document.c, documents.document_line.c
    priority = func.coalesce(document.priority, _LEAST_URGENT)
    query = (
        select(line.id)
        .join(documents.document, document.id == line.document_id)
        .where(
            line.item_id.in_(item_ids),
            line.reserved_quantity > 0,
            document.kind.in_(_HOLDING),
            document.id != order.id,
            priority > (order.priority or _LEAST_URGENT),
        )
        .order_by(priority.desc(), func.coalesce(line.promised_on, line.due_on, document.due_on).desc(), line.id.desc())
    )
    found = list(ctx.uow.connection.execute(query).scalars())
    rows = ctx.uow.many(documents.document_line, found, lock=True)
    return [rows[line_id] for line_id in found]


def _take(ctx: Context, giver: Row, line: Row, wanted: Decimal) -> Decimal:
    held, taken = held_for(ctx, giver), ZERO
    for balance_id, quantity in reserved_for(ctx, giver).items():
        balance = ctx.uow.need(inventory.stock_balance, balance_id, lock=True)
        part = min(quantity - held.get(balance_id, ZERO), wanted - taken)
        if part > 0 and stands_in(ctx, balance.location_id, line.location_id):
            pass_reservation(ctx, giver, line, balance, part)
            taken += part
    return taken


@handles(commands.ReserveOpenOrders, permission="sales.order.write")
def reserve_open_orders(ctx: Context, data: commands.ReserveOpenOrders) -> Outcome:
    """Share out what is free over the open orders: the most urgent first, then the one that is due first."""
    wanted = {need_by_code(ctx, master_data.item, code, "item", field="items").id for code in data.items}
    ctx.uow.write_earlier()
    found = list(ctx.uow.connection.execute(_short_lines(wanted)).scalars())
    lines = ctx.uow.many(documents.document_line, found, lock=True)
    hold_stock(ctx, (line.item_id for line in lines.values()))
    read_advances(ctx, lines.values())
    orders = ctx.uow.many(documents.document, {line.document_id for line in lines.values()})
    served = 0
    for line_id in found:
        line = lines[line_id]
        if orders[line.document_id].state != DocumentState.CONFIRMED:
            continue  # It was cancelled while its lines were waited for.
        short = _short(ctx, line)
        if short > 0 and reserve_free(ctx, line, short, warehouse_id=line.location_id) > 0:
            served += 1
    return Outcome("receipt.orders_reserved", values={"count": served})


def _short_lines(item_ids: set[int]) -> Any:
    """Open lines of confirmed orders that have less than they need and of whose item something is free, in their order."""
    document, line, balance = documents.document.c, documents.document_line.c, inventory.stock_balance.c
    free = select(balance.item_id).where(and_(balance.owner_id == 0, balance.quantity > balance.reserved)).distinct()
    query = select(line.id).join(documents.document, document.id == line.document_id)
    query = query.where(
        document.kind == DocumentKind.SALES_ORDER.value,
        document.state == DocumentState.CONFIRMED.value,
        line.kind == "item",
        line.closed.is_(False),
        line.supplier_id.is_(None),
        line.quantity > line.fulfilled_quantity + line.reserved_quantity,
        line.item_id.in_(item_ids) if item_ids else line.item_id.in_(free),
    )
    due = func.coalesce(line.promised_on, line.due_on, document.due_on)
    urgent = (func.coalesce(document.priority, _LEAST_URGENT), due.is_(None), due, document.id, line.line)
    return query.order_by(*urgent).limit(_MOST_LINES)
