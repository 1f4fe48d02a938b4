"""Asks about stock now: what lies where, what is free, what a document moved. For what must be right this moment."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, literal, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import (
    Arguments,
    OneDocument,
    Paged,
    Sorted,
    Text,
    contains,
    may_read,
    page_of,
    rows_of,
    without_cost,
)
from app.kernel.errors import Refused
from app.modules.inventory.advances import owed
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind, StockStatus

_READ: Final = "inventory.read"
_WALKED: Final = 40
OURS: Final = "ours"
OTHERS: Final = "others"


class StockList(Sorted):
    """Which stock to list."""

    location: str | None = None


class StockPlaces(StockList):
    """Of which place, and whose: `ours`, that of `others`, or of a party by its code."""

    owner: Text | None = None


class OneItem(Arguments):
    """Which item."""

    item: int


class ItemCodes(Arguments):
    """Which items, by code."""

    items: Annotated[list[str], Field(max_length=5000)]


def _named(query: Any, asked: Paged) -> Any:
    if not asked.search:
        return query
    pattern = contains(asked.search)
    return query.where(
        or_(
            master_data.item.c.code.ilike(pattern, escape="\\"),
            master_data.item.c.search_key.ilike(pattern, escape="\\"),
        )
    )


@answers(StockList, permission=_READ)
def stock_on_hand(connection: Connection, asked: StockList, principal: Principal) -> list[dict[str, Any]]:
    """Stock by item: on hand, reserved, free, and its value where the reader may see cost.

    On hand is everything that is ours, also on the way, at suppliers and on hold; free is what can be taken.
    """
    sees_cost = principal.may("inventory.cost.read")
    if asked.sort.removeprefix("-") == "value" and not sees_cost:
        raise Refused("not_permitted", login=principal.login, permission="inventory.cost.read")
    late = asked.location is None and asked.sort.removeprefix("-") not in {"reserved", "free"}
    query = _items_held(asked.location, reserved_later=late)
    rows = page_of(connection, _named(query, asked), asked, master_data.item.c.code)
    if late:
        sums = _reserved_and_free(connection, [row["id"] for row in rows])
        for row in rows:
            row["reserved"], row["free"] = sums.get(row["id"], (ZERO, ZERO))
    for row in rows:
        row["low"] = row["quantity"] < row["safety_stock"]
        if not sees_cost or asked.location is not None:
            row["value"] = None
    return rows


def _items_held(location: str | None, *, reserved_later: bool) -> Select[*tuple[Any, ...]]:
    """Items in stock. What is there in all is known by item; only of one place its balances are added up first.

    Args:
        location: only what lies in this place.
        reserved_later: leave out what is reserved and free, which is then added up for the items of the page alone.
    """
    item, balance, held = master_data.item, tables.stock_balance, tables.item_value
    total, nothing = held.c.quantity, literal(ZERO, balance.c.reserved.type)
    reserved = free = nothing
    if not reserved_later:
        sums = _sums_of_balances().where(balance.c.item_id == item.c.id)
        reserved, free = (
            func.coalesce(sums.with_only_columns(sums.selected_columns[name]).scalar_subquery(), nothing)
            for name in ("reserved", "free")
        )
    here = None
    if location is not None:
        here = (
            select(
                balance.c.item_id,
                func.sum(balance.c.quantity).label("quantity"),
                *_sums_of_balances().selected_columns,
            )
            .join(master_data.location, master_data.location.c.id == balance.c.location_id)
            .where(master_data.location.c.code == location, balance.c.quantity > 0, balance.c.owner_id == 0)
            .group_by(balance.c.item_id)
            .subquery()
        )
        total, reserved, free = here.c.quantity, here.c.reserved, here.c.free
    query = (
        select(
            item.c.id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            master_data.unit.c.code.label("unit_code"),
            item.c.safety_stock,
            total.label("quantity"),
            reserved.label("reserved"),
            free.label("free"),
            held.c.quantity.label("valued_quantity"),
            held.c.value,
        )
        .select_from(held)
        .join(item, item.c.id == held.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
    )
    return query.where(held.c.quantity > 0) if here is None else query.join(here, here.c.item_id == item.c.id)


def _reserved_and_free(connection: Connection, items: list[int]) -> dict[int, tuple[Decimal, Decimal]]:
    balance = tables.stock_balance
    query = (
        _sums_of_balances()
        .add_columns(balance.c.item_id)
        .where(balance.c.item_id.in_(items))
        .group_by(balance.c.item_id)
    )
    return {row.item_id: (row.reserved, row.free) for row in connection.execute(query)}


def can_be_taken() -> ColumnElement[bool]:
    """Of balances joined with their places: those of our own from which goods can be promised, reserved and picked."""
    place = master_data.location.c
    balance = tables.stock_balance.c
    usable = and_(balance.owner_id == 0, balance.status == StockStatus.AVAILABLE.value)
    return and_(usable, place.kind == LocationKind.STORAGE.value, place.blocked.is_(False), place.receiving.is_(False))


def _sums_of_balances() -> Select[*tuple[Any, ...]]:
    """What is reserved, and what of the rest can be taken: where goods may be taken from, and not on hold."""
    balance, place = tables.stock_balance, master_data.location
    nothing = literal(ZERO, balance.c.quantity.type)
    return select(
        func.sum(balance.c.reserved).label("reserved"),
        func.sum(case((can_be_taken(), balance.c.quantity - balance.c.reserved), else_=nothing)).label("free"),
    ).join_from(balance, place, place.c.id == balance.c.location_id)


@answers(StockPlaces, permission=_READ)
def stock_by_location(connection: Connection, asked: StockPlaces, _principal: Principal) -> list[dict[str, Any]]:
    """Stock by item, place, lot and owner; what has no owner is ours."""
    balance, owner = tables.stock_balance, master_data.party
    query = (
        select(
            balance.c.id,
            balance.c.item_id,
            master_data.item.c.code.label("item_code"),
            master_data.item.c.name.label("item_name"),
            master_data.item.c.name_zh.label("item_name_zh"),
            master_data.location.c.code.label("location_code"),
            master_data.location.c.name.label("location_name"),
            tables.lot.c.code.label("lot_code"),
            tables.lot.c.expires_on,
            owner.c.code.label("owner_code"),
            owner.c.name.label("owner_name"),
            balance.c.status,
            balance.c.quantity,
            balance.c.reserved,
            master_data.unit.c.code.label("unit_code"),
        )
        .join(master_data.item, master_data.item.c.id == balance.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == master_data.item.c.unit_id)
        .join(master_data.location, master_data.location.c.id == balance.c.location_id)
        .outerjoin(tables.lot, tables.lot.c.id == balance.c.lot_id)
        .outerjoin(owner, owner.c.id == balance.c.owner_id)
        .where(balance.c.quantity > 0)
    )
    if asked.owner is not None:
        whose = {OURS: balance.c.owner_id == 0, OTHERS: balance.c.owner_id != 0}
        query = query.where(whose.get(asked.owner, owner.c.code == asked.owner))
    order = (master_data.item.c.code, master_data.location.c.code, balance.c.id)
    if asked.location is not None:
        query = query.where(master_data.location.c.code == asked.location)
    elif not asked.sort and asked.owner is None:
        items, passed = _items_of_page(connection, asked)
        within = query.where(balance.c.item_id.in_(items)).order_by(*order)
        return rows_of(connection, within.limit(asked.limit).offset(passed))
    return page_of(connection, _named(query, asked), asked, *order)


def _items_of_page(connection: Connection, asked: StockList) -> tuple[list[int], int]:
    """The items whose balances make up a page in the order of codes, and how many of those balances lie before it.

    Items are walked some at a time: a company has far more balances than items, and a page needs those of a few.
    """
    item, held, balance = master_data.item, tables.item_value, tables.stock_balance
    is_somewhere = exists().where(balance.c.item_id == item.c.id, balance.c.quantity > 0)
    wanted: list[int] = []
    before, reached, walked = asked.offset, 0, 0
    while True:
        some = _named(select(item.c.id, item.c.code).join(held, held.c.item_id == item.c.id), asked)
        some = some.where(is_somewhere).order_by(item.c.code).limit(_WALKED).offset(walked).subquery()
        counted = (
            select(some.c.id, func.count())
            .join(balance, balance.c.item_id == some.c.id)
            .where(balance.c.quantity > 0)
            .group_by(some.c.id, some.c.code)
            .order_by(some.c.code)
        )
        counts = connection.execute(counted).all()
        for item_id, count in counts:
            if not wanted and before >= count:
                before -= count
                continue
            wanted.append(item_id)
            reached += count
            if reached - before >= asked.limit:
                return wanted, before
        if len(counts) < _WALKED:
            return wanted, before
        walked += _WALKED


@answers(ItemCodes, permission=_READ)
def availability(connection: Connection, asked: ItemCodes, _principal: Principal) -> list[dict[str, Any]]:
    """On hand, reserved, free, in transit, and on order less what was taken in advance, of the items a form names, by now."""
    return availability_of(connection, asked)


def availability_of(connection: Connection, asked: ItemCodes) -> list[dict[str, Any]]:
    """The availability of items, for the previews of orders, whose own permission covers it."""
    item, balance = master_data.item, tables.stock_balance
    named = rows_of(
        connection,
        select(
            item.c.id,
            item.c.code,
            item.c.name,
            item.c.name_zh,
            item.c.active,
            master_data.unit.c.code.label("unit_code"),
        )
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .where(item.c.code.in_(set(asked.items))),
    )
    ids = [row["id"] for row in named]
    place = master_data.location
    held = connection.execute(
        select(balance.c.item_id, place.c.kind, func.sum(balance.c.quantity), func.sum(balance.c.reserved))
        .join(place, place.c.id == balance.c.location_id)
        .where(
            balance.c.item_id.in_(ids),
            balance.c.owner_id == 0,
            balance.c.status == StockStatus.AVAILABLE.value,
            place.c.blocked.is_(False),
            place.c.receiving.is_(False),
        )
        .group_by(balance.c.item_id, place.c.kind)
    )
    stock = {(item_id, kind): (quantity, reserved) for item_id, kind, quantity, reserved in held}
    coming = _on_order(connection, ids)
    advanced: dict[int, Decimal] = {}
    for entry in owed(connection, ids):
        advanced[entry.item_id] = advanced.get(entry.item_id, ZERO) + entry.quantity
    for row in named:
        quantity, reserved = stock.get((row["id"], LocationKind.STORAGE), (ZERO, ZERO))
        in_transit, _ = stock.get((row["id"], LocationKind.TRANSIT), (ZERO, ZERO))
        row.update(on_hand=quantity, reserved=reserved, free=quantity - reserved, in_transit=in_transit)
        on_order, row["next_due_on"] = coming.get(row["id"], (ZERO, None))
        row["advanced"] = advanced.get(row["id"], ZERO)
        row["on_order"] = max(on_order - row["advanced"], ZERO)
    return named


def _on_order(connection: Connection, ids: list[int]) -> dict[int, tuple[Decimal, Any]]:
    """What is on order of items and the first day of it; added up here, for the database's sums end at 64 bits."""
    line, document = documents.document_line, documents.document
    rows = connection.execute(
        select(
            line.c.item_id,
            line.c.quantity,
            line.c.fulfilled_quantity,
            func.coalesce(line.c.promised_on, line.c.due_on, document.c.due_on),
        )
        .join(document, document.c.id == line.c.document_id)
        .where(
            line.c.item_id.in_(ids),
            document.c.kind == "purchase_order",
            document.c.state == "confirmed",
            line.c.closed.is_(False),
            line.c.to_location_id.is_(None),
            line.c.quantity > line.c.fulfilled_quantity,
        )
    )
    found: dict[int, tuple[Decimal, Any]] = {}
    for item_id, quantity, fulfilled, due_on in rows:
        before, first = found.get(item_id, (ZERO, None))
        days = [day for day in (first, due_on) if day is not None]
        found[item_id] = (before + quantity - fulfilled, min(days, default=None))
    return found


def _moves() -> Any:
    start, end = master_data.location.alias("start"), master_data.location.alias("end")
    owner = master_data.party
    return (
        select(
            *tables.stock_move.c,
            owner.c.code.label("owner_code"),
            master_data.item.c.code.label("item_code"),
            master_data.item.c.name.label("item_name"),
            master_data.item.c.name_zh.label("item_name_zh"),
            start.c.code.label("from_location"),
            end.c.code.label("to_location"),
            documents.document.c.number,
            documents.document.c.kind,
        )
        .join(master_data.item, master_data.item.c.id == tables.stock_move.c.item_id)
        .join(start, start.c.id == tables.stock_move.c.from_location_id)
        .join(end, end.c.id == tables.stock_move.c.to_location_id)
        .join(documents.document, documents.document.c.id == tables.stock_move.c.document_id)
        .outerjoin(owner, owner.c.id == tables.stock_move.c.owner_id)
    )


@answers(OneDocument, permission=_READ)
def document_moves(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The stock moves that a document posted."""
    query = _moves().where(tables.stock_move.c.document_id == asked.document).order_by(tables.stock_move.c.id)
    return without_cost(rows_of(connection, query.limit(1000)), principal, "value")


@answers(OneItem, permission=_READ)
def item_moves(connection: Connection, asked: OneItem, principal: Principal) -> list[dict[str, Any]]:
    """The latest stock moves of an item."""
    query = _moves().where(tables.stock_move.c.item_id == asked.item).order_by(tables.stock_move.c.id.desc()).limit(100)
    return without_cost(rows_of(connection, query), principal, "value")


_RETURNED: Final = {
    DocumentKind.SHIPMENT: DocumentKind.CUSTOMER_RETURN,
    DocumentKind.GOODS_RECEIPT: DocumentKind.SUPPLIER_RETURN,
}


@answers(OneDocument, permission="documents.read")
def returnable_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of a delivery or an order with what was delivered, what went back, and what, or which pieces, can still go back."""
    kind = connection.execute(
        select(documents.document.c.kind).where(documents.document.c.id == asked.document)
    ).scalar()
    if kind is None or not may_read(principal, kind):
        return []
    line, unit = documents.document_line, master_data.unit
    query = (
        select(
            line.c.id,
            line.c.line,
            master_data.item.c.code.label("item_code"),
            master_data.item.c.name.label("item_name"),
            master_data.item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
            line.c.quantity,
            line.c.fulfilled_quantity,
            line.c.returned_quantity,
        )
        .join(master_data.item, master_data.item.c.id == line.c.item_id)
        .join(unit, unit.c.id == master_data.item.c.unit_id)
        .where(line.c.document_id == asked.document)
        .order_by(line.c.line)
    )
    rows = rows_of(connection, query)
    back = _went_back(connection, [row["id"] for row in rows], DocumentKind(kind))
    serials = _serials_left(connection, [row["id"] for row in rows], DocumentKind(kind))
    for row in rows:
        row["serials"] = " ".join(serials.get(row["id"], ())) or None
        fulfilled = row.pop("fulfilled_quantity")
        if DocumentKind(kind) in _RETURNED:
            row["returned_quantity"], fulfilled = back.get(row["id"], ZERO), row["quantity"]
        row["delivered_quantity"], row["left_quantity"] = fulfilled, fulfilled - row["returned_quantity"]
    return rows


def _went_back(connection: Connection, ids: list[int], kind: DocumentKind) -> dict[int, Decimal]:
    if kind not in _RETURNED:
        return {}
    line, document = documents.document_line, documents.document
    rows = connection.execute(
        select(line.c.source_line_id, func.sum(line.c.quantity))
        .join(document, document.c.id == line.c.document_id)
        .where(line.c.source_line_id.in_(ids), document.c.kind == _RETURNED[kind].value, document.c.state == "posted")
        .group_by(line.c.source_line_id)
    )
    return {row[0]: row[1] for row in rows}


def _serials_left(connection: Connection, ids: list[int], kind: DocumentKind) -> dict[int, list[str]]:
    """By line of a delivery or an order the serial numbers of its pieces that were delivered and did not go back."""
    delivery = {
        DocumentKind.SALES_ORDER: DocumentKind.SHIPMENT,
        DocumentKind.PURCHASE_ORDER: DocumentKind.GOODS_RECEIPT,
    }
    delivered = delivery.get(kind, kind)
    if delivered not in _RETURNED:
        return {}
    line, document, item, lot = documents.document_line, documents.document, master_data.item, tables.lot
    back, return_of = documents.document_line.alias("back"), documents.document.alias("return_of")
    asked = line.c.id if kind in _RETURNED else line.c.source_line_id
    went_back = (
        select(back.c.id)
        .join(return_of, return_of.c.id == back.c.document_id)
        .where(
            back.c.source_line_id == line.c.id,
            return_of.c.kind == _RETURNED[delivered].value,
            return_of.c.state == DocumentState.POSTED.value,
        )
        .exists()
    )
    query = (
        select(asked.label("line_id"), lot.c.code)
        .join(document, document.c.id == line.c.document_id)
        .join(item, item.c.id == line.c.item_id)
        .join(lot, lot.c.id == line.c.lot_id)
        .where(
            asked.in_(ids),
            item.c.serial_tracked.is_(True),
            document.c.kind == delivered.value,
            document.c.state == DocumentState.POSTED.value,
            ~went_back,
        )
        .order_by(line.c.id)
    )
    found: dict[int, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.line_id, []).append(row.code)
    return found


QUERIES: Final[tuple[Query, ...]] = (
    stock_on_hand,
    stock_by_location,
    availability,
    document_moves,
    item_moves,
    returnable_lines,
)
