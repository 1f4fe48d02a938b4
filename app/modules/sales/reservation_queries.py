"""Asks what stock orders and quotations hold: where, of which lot, until when, how urgent, and how much of it is being picked."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, Sorted, Text, contains, page_of, rows_of
from schemas.operational import documents, fulfilment, inventory, master_data
from schemas.operational import sales as tables
from schemas.vocabulary.numbers import ZERO

_READ: Final = "sales.read"


class ReservationList(Sorted):
    """Which reservations: of one item, or of all."""

    item: Text | None = None


def _held() -> Any:
    """What each demand line holds of each balance."""
    move = inventory.reservation_move.c
    return (
        select(move.demand_line_id, move.balance_id, func.sum(move.quantity).label("quantity"))
        .group_by(move.demand_line_id, move.balance_id)
        .having(func.sum(move.quantity) > 0)
    )


def _reservations(held: Any) -> Any:
    document, line, item = documents.document, documents.document_line, master_data.item
    balance, place, lot = inventory.stock_balance, master_data.location, inventory.lot
    hold, term = fulfilment.pick_hold, tables.reservation_term
    return (
        select(
            held.c.balance_id.label("id"),
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.priority,
            master_data.party.c.name.label("party_name"),
            line.c.line,
            func.coalesce(line.c.promised_on, line.c.due_on, document.c.due_on).label("due_on"),
            item.c.id.label("item_id"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            master_data.unit.c.code.label("unit_code"),
            place.c.code.label("location_code"),
            lot.c.code.label("lot_code"),
            held.c.quantity,
            func.coalesce(hold.c.to_pick + hold.c.picked + hold.c.packed, ZERO).label("picking_quantity"),
            term.c.expires_on,
        )
        .select_from(held)
        .join(line, line.c.id == held.c.demand_line_id)
        .join(document, document.c.id == line.c.document_id)
        .outerjoin(master_data.party, master_data.party.c.id == document.c.party_id)
        .join(balance, balance.c.id == held.c.balance_id)
        .join(item, item.c.id == balance.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .join(place, place.c.id == balance.c.location_id)
        .outerjoin(lot, lot.c.id == balance.c.lot_id)
        .outerjoin(hold, (hold.c.order_line_id == line.c.id) & (hold.c.balance_id == balance.c.id))
        .outerjoin(term, term.c.id == line.c.id)
    )


@answers(ReservationList, permission=_READ)
def reservations(connection: Connection, asked: ReservationList, _principal: Principal) -> list[dict[str, Any]]:
    """What is reserved, by item, the most urgent demand first."""
    item, balance, document = master_data.item.c, inventory.stock_balance.c, documents.document.c
    wanted = _held()
    if asked.item is not None:
        of_item = select(balance.id).join(master_data.item, item.id == balance.item_id).where(item.code == asked.item)
        wanted = wanted.where(inventory.reservation_move.c.balance_id.in_(of_item))
    query = _reservations(wanted.subquery())
    if asked.search:
        pattern = contains(asked.search)
        names = (item.code, item.search_key, document.number, master_data.party.c.search_key)
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    urgent = (item.code, func.coalesce(document.priority, 9), document.id, documents.document_line.c.line, balance.id)
    return page_of(connection, query, asked, *urgent)


@answers(OneDocument, permission=_READ)
def document_reservations(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What one order or quotation holds, line by line."""
    line = documents.document_line.c
    own = select(line.id).where(line.document_id == asked.document)
    held = _held().where(inventory.reservation_move.c.demand_line_id.in_(own)).subquery()
    return rows_of(connection, _reservations(held).order_by(line.line, held.c.balance_id))


QUERIES: Final[tuple[Query, ...]] = (reservations, document_reservations)
