"""Which open orders a wave takes: the most urgent of which something can be picked, by what is on the shelf as it is read.

A preview shows the choice; releasing the wave locks what was chosen and holds of it what is still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from app.modules.fulfilment.allocation import Shelf, shelf_of
from app.modules.inventory.place_queries import own_places, picking_strategies
from app.modules.inventory.warehouses import places_of
from schemas.operational import documents, inventory, master_data
from schemas.operational import fulfilment as tables
from schemas.operational.shops import shop_order
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

OPEN_LINE: Final = and_(
    documents.document_line.c.kind == "item",
    documents.document_line.c.closed.is_(False),
    documents.document_line.c.supplier_id.is_(None),
    documents.document_line.c.quantity > documents.document_line.c.fulfilled_quantity,
)
_READ_AT_ONCE: Final = 500
_IDS_AT_ONCE: Final = 5000
"""Ids of lines that one statement names; PostgreSQL takes 65 535 parameters, SQLite by its build as few as 32 766."""


class Wishes(Protocol):
    """What chooses the orders of a wave."""

    due_until: date | None
    priority_until: int | None
    carrier: str | None
    region: str | None
    channel: str | None
    at_most: int
    complete_only: bool


@dataclass(frozen=True)
class OpenLine:
    """What of an order line is open and in no pick list or parcel yet, and the warehouse that ships it where one is named."""

    id: int
    item_id: int
    rest: Decimal
    warehouse_id: int | None = None


@dataclass(frozen=True)
class ChosenOrder:
    """An order of which something can be picked: its open lines, and what can be picked of each by line id."""

    id: int
    lines: list[OpenLine]
    picked: dict[int, Decimal]


def region() -> Any:
    """The region that an order goes to: as planned, else the country of its buyer or customer."""
    return func.coalesce(tables.order_delivery.c.region, shop_order.c.buyer_country, master_data.party.c.country)


def choose_orders(connection: Connection, asked: Wishes, on: date) -> list[ChosenOrder]:
    """The most urgent confirmed orders of which something can be picked on a day, each with what that is.

    An order of which nothing can be picked, or with `complete_only` not all, takes no other's place.
    """
    waiting = _waiting_orders(connection, asked)
    shelf, known, found = Shelf({}, {}), set[int](), list[ChosenOrder]()
    for start in range(0, len(waiting), _READ_AT_ONCE):
        ids = waiting[start : start + _READ_AT_ONCE]
        by_order = _open_lines(connection, ids)
        lines = [line for order in by_order.values() for line in order]
        _fill(connection, shelf, lines, known, on)
        for chosen in _picked(shelf, ids, by_order, complete_only=asked.complete_only):
            found.append(chosen)
            if len(found) == asked.at_most:
                return found
    return found


def _waiting_orders(connection: Connection, asked: Wishes) -> list[int]:
    """Ids of the confirmed orders that are wished for and have open goods that are not all held, the most urgent first."""
    order, line, delivery = documents.document, documents.document_line, tables.order_delivery
    held = (
        select(
            func.coalesce(
                func.sum(tables.pick_hold.c.to_pick + tables.pick_hold.c.picked + tables.pick_hold.c.packed), 0
            )
        )
        .where(tables.pick_hold.c.order_line_id == line.c.id)
        .scalar_subquery()
    )
    waits = exists().where(
        line.c.document_id == order.c.id, OPEN_LINE, line.c.quantity - line.c.fulfilled_quantity > held
    )
    query = (
        select(order.c.id)
        .outerjoin(delivery, delivery.c.id == order.c.id)
        .outerjoin(tables.carrier, tables.carrier.c.id == delivery.c.carrier_id)
        .outerjoin(shop_order, shop_order.c.document_id == order.c.id)
        .outerjoin(master_data.party, master_data.party.c.id == order.c.party_id)
        .where(order.c.kind == DocumentKind.SALES_ORDER.value, order.c.state == DocumentState.CONFIRMED.value, waits)
    )
    if asked.due_until is not None:
        query = query.where(or_(order.c.due_on <= asked.due_until, order.c.due_on.is_(None)))
    if asked.priority_until is not None:
        query = query.where(order.c.priority <= asked.priority_until)
    for column, wanted in (
        (order.c.channel, asked.channel),
        (tables.carrier.c.code, asked.carrier),
        (region(), asked.region),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    urgent = (func.coalesce(order.c.priority, 9), func.coalesce(order.c.due_on, date.max), order.c.id)
    return list(connection.execute(query.order_by(*urgent)).scalars())


def _open_lines(connection: Connection, ids: Sequence[int]) -> dict[int, list[OpenLine]]:
    """The open lines of orders by order, in the order in which stock is given to them."""
    line, hold = documents.document_line, tables.pick_hold
    shown = ("id", "document_id", "item_id", "quantity", "fulfilled_quantity", "location_id")
    query = select(*(line.c[name] for name in shown))
    query = query.where(line.c.document_id.in_(ids), OPEN_LINE).order_by(line.c.item_id, line.c.line)
    rows = list(connection.execute(query))
    held: dict[int, Decimal] = {}
    for row in _rows_of_lines(connection, select(*hold.c), hold.c.order_line_id, [row.id for row in rows]):
        held[row.order_line_id] = held.get(row.order_line_id, ZERO) + row.to_pick + row.picked + row.packed
    by_order: dict[int, list[OpenLine]] = {}
    for row in rows:
        rest = row.quantity - row.fulfilled_quantity - held.get(row.id, ZERO)
        if rest > 0:
            by_order.setdefault(row.document_id, []).append(OpenLine(row.id, row.item_id, rest, row.location_id))
    return by_order


def _rows_of_lines(
    connection: Connection, query: Select[*tuple[Any, ...]], line_id: Any, ids: Sequence[int]
) -> Iterator[Any]:
    """The rows of a query whose column names one of these lines, by statements of bounded length."""
    for start in range(0, len(ids), _IDS_AT_ONCE):
        yield from connection.execute(query.where(line_id.in_(ids[start : start + _IDS_AT_ONCE])))


def _fill(connection: Connection, shelf: Shelf, lines: Sequence[OpenLine], known: set[int], on: date) -> None:
    """Put on the shelf what can be picked of the lines' items that are not there yet, and what the lines have reserved."""
    items, ids = {line.item_id for line in lines} - known, [line.id for line in lines]
    known |= items
    balance, lot, move, hold = (
        inventory.stock_balance,
        inventory.lot,
        inventory.reservation_move,
        tables.pick_hold,
    )
    balances = list(connection.execute(select(*balance.c).where(balance.c.item_id.in_(items))))
    lots = {row.id: row for row in connection.execute(select(*lot.c).where(lot.c.item_id.in_(items)))}
    place = master_data.location
    places = {row.location_id for row in balances}
    locations = {row.id: row for row in connection.execute(select(*place.c).where(place.c.id.in_(places)))}
    strategies, homes = picking_strategies(connection, items), own_places(connection, items)
    shelf.add(shelf_of(balances, lots, locations, strategies, homes, on))
    shipped_from = {line.id: line.warehouse_id for line in lines if line.warehouse_id is not None}
    within = places_of(connection, shipped_from.values())
    shelf.within |= {line_id: within[warehouse] for line_id, warehouse in shipped_from.items()}
    reserved = select(move.c.demand_line_id, move.c.balance_id, func.sum(move.c.quantity).label("quantity"))
    reserved = reserved.group_by(move.c.demand_line_id, move.c.balance_id)
    for row in _rows_of_lines(connection, reserved, move.c.demand_line_id, ids):
        shelf.reserved.setdefault(row.demand_line_id, {})[row.balance_id] = row.quantity
    for row in _rows_of_lines(connection, select(*hold.c), hold.c.order_line_id, ids):
        own = shelf.reserved.setdefault(row.order_line_id, {})
        own[row.balance_id] = own.get(row.balance_id, ZERO) - row.to_pick - row.picked - row.packed


def _picked(
    shelf: Shelf, ids: Sequence[int], by_order: dict[int, list[OpenLine]], *, complete_only: bool
) -> Iterator[ChosenOrder]:
    """The orders of which something can be picked, in their order; each takes its goods off the shelf."""
    for order_id in ids:
        lines = by_order.get(order_id, [])
        wanted = [(line.id, line.item_id, line.rest) for line in lines]
        if complete_only and not shelf.can_give(wanted):
            continue
        picked = {
            line_id: sum((take.quantity for take in shelf.choose(line_id, item_id, rest)[0]), ZERO)
            for line_id, item_id, rest in shelf.in_turn(wanted)
        }
        if any(picked.values()):
            yield ChosenOrder(order_id, lines, picked)
