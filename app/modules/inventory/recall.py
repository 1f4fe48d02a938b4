"""The recall question: from one lot to every customer that got it or what was made of it, and to every origin it was made of.

Through production all lots that were issued to an order are in all lots that were completed on it, and so they are through a
supplier's order that took components of ours. A part that was built into a customer's piece by a repair leads to that piece and its
customer, unless it was put back or taken out again. Where goods without lots come
in between the trail ends there, and the answer says so. What was taken back does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal_column, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Text
from app.modules.inventory.repaired_pieces import built_into, repaired_by
from app.modules.inventory.stock_ledger import lot_named
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.operational.purchasing import component_use
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.places import LocationKind

_CHUNK: Final = 400
_MOST_LEVELS: Final = 50
_PROCESS: Final = LocationKind.PRODUCTION.value
_START: Final = master_data.location.alias("start")
_END: Final = master_data.location.alias("end_place")
_WENT: Final = (DocumentKind.SHIPMENT.value, DocumentKind.CUSTOMER_RETURN.value)
_CAME: Final = (
    DocumentKind.GOODS_RECEIPT.value,
    DocumentKind.SUPPLIER_RETURN.value,
    DocumentKind.OPENING_STOCK.value,
    DocumentKind.STOCK_COUNT.value,
    DocumentKind.THIRD_PARTY_RECEIPT.value,
    DocumentKind.THIRD_PARTY_RETURN.value,
)
_WENT_BACK: Final = frozenset(
    {DocumentKind.CUSTOMER_RETURN, DocumentKind.SUPPLIER_RETURN, DocumentKind.THIRD_PARTY_RETURN}
)

Stands = Callable[[], ColumnElement[bool]]
Role = Literal["origin", "customer", "on_hand", "made_of", "used_in", "repaired", "trail_ends"]


class OneLot(Arguments):
    """Which lot of which item, and whether it is asked where it went, where it came from, or both."""

    item: Text
    lot: Text
    direction: Literal["both", "forward", "backward"] = "both"


@answers(OneLot, permission="inventory.read")
def lot_recall(connection: Connection, asked: OneLot, _principal: Principal) -> list[dict[str, Any]]:
    """Where a lot went and where it came from, through every step of production: customers, origins, and what still lies here."""
    root = lot_named(connection, asked.item, asked.lot)["id"]
    rows: list[dict[str, Any]] = []
    if asked.direction != "backward":
        affected, steps = _walk(connection, root, _used, _made)
        rows += [*_steps(connection, steps, "used_in"), *_repaired_with(connection, affected)]
        rows += _documents(connection, affected, _WENT, "customer")
        rows += _on_hand(connection, affected)
    if asked.direction != "forward":
        sources, steps = _walk(connection, root, _made, _used)
        rows += _built_in(connection, root, sources)
        rows += [*_steps(connection, steps, "made_of"), *_documents(connection, sources, _CAME, "origin")]
    return rows


def _walk(
    connection: Connection, root: int, near: Stands, far: Stands
) -> tuple[dict[int, int], set[tuple[int, int, int, int]]]:
    """Follow a lot through production orders.

    Args:
        connection: an open snapshot.
        root: the lot to begin with.
        near: says which moves of an order's documents a known lot stands in.
        far: the same of the moves in which the next lots stand.

    Returns:
        The lots with the number of steps to each, and the steps: order, item and lot that was reached, level.
    """
    reached, edge, orders = {root: 0}, {root}, set[int]()
    steps: set[tuple[int, int, int, int]] = set()
    for level in range(1, _MOST_LEVELS + 1):
        fresh = {row[0] for row in _each(connection, edge, lambda part: _orders_of(part, near))} - orders
        orders |= fresh
        edge = set()
        for order, item, lot in _each(connection, fresh, lambda part: _lots_of(part, far)):
            steps.add((order, item, lot, level))
            if lot and lot not in reached:
                reached[lot] = level
                edge.add(lot)
        if not edge:
            break
    return reached, steps


def _repaired_with(connection: Connection, affected: dict[int, int]) -> list[dict[str, Any]]:
    """The customers' pieces that lots were built into by repairs; pieces that are lots themselves are affected from then on."""
    rows = [row for row in _each(connection, affected, repaired_by) if row.quantity > 0]
    told = []
    for row in rows:
        found = dict(row._mapping)
        level = affected[found.pop("part_id")] + 1
        piece = found.pop("piece_id")
        if piece:
            affected.setdefault(piece, level)
        told.append({"role": "repaired", "level": level, **found})
    return told


def _built_in(connection: Connection, root: int, sources: dict[int, int]) -> list[dict[str, Any]]:
    """The lots that repairs built into a piece; they are sources of it, with what they were made of."""
    told = []
    for row in _each(connection, [root], built_into):
        if row.quantity <= 0:
            continue
        found = dict(row._mapping)
        part = found.pop("part_id")
        for lot, level in _walk(connection, part, _made, _used)[0].items():
            sources.setdefault(lot, level + 1)
        told.append({"role": "made_of", "level": 1, **found})
    return told


def _each(
    connection: Connection, ids: Iterable[int], query: Callable[[list[int]], Select[*tuple[Any, ...]]]
) -> Iterator[Any]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        yield from connection.execute(query(wanted[start : start + _CHUNK]))


def _of_lots(query: Select[*tuple[Any, ...]], lots: list[int]) -> Select[*tuple[Any, ...]]:
    """Of these lots alone; that they are lots is said so that the index over lots serves."""
    move = tables.stock_move
    return query.where(move.c.lot_id.in_(lots), move.c.lot_id != literal_column("0"))


def _used() -> ColumnElement[bool]:
    """Moves by which goods went into a production order, or into what a supplier made of them."""
    kind, link = documents.document.c.kind, documents.document_link.c.kind
    issued = (kind == DocumentKind.MATERIAL_ISSUE.value) & (link == "issue")
    consumed = (kind == DocumentKind.GOODS_RECEIPT.value) & (link == "fulfilment") & (_END.c.kind == _PROCESS)
    return issued | consumed


def _made() -> ColumnElement[bool]:
    """Moves by which goods came out of a production order, or from a supplier who made them of our components."""
    kind, link = documents.document.c.kind, documents.document_link.c.kind
    completed = kind == DocumentKind.PRODUCTION_COMPLETION.value
    of_components = exists().where(component_use.c.document_line_id == tables.stock_move.c.document_line_id)
    received = (kind == DocumentKind.GOODS_RECEIPT.value) & (_END.c.kind != _PROCESS) & of_components
    return (link == "fulfilment") & (completed | received)


def _orders_of(lots: list[int], stands: Stands) -> Select[*tuple[Any, ...]]:
    move, document, links = tables.stock_move, documents.document, documents.document_link
    query = (
        select(links.c.from_id)
        .select_from(move)
        .join(document, document.c.id == move.c.document_id)
        .join(links, links.c.to_id == document.c.id)
        .join(_END, _END.c.id == move.c.to_location_id)
        .where(stands(), document.c.state == "posted")
        .distinct()
    )
    return _of_lots(query, lots)


def _lots_of(orders: list[int], stands: Stands) -> Select[*tuple[Any, ...]]:
    move, document, links = tables.stock_move, documents.document, documents.document_link
    return (
        select(links.c.from_id, move.c.item_id, move.c.lot_id)
        .select_from(links)
        .join(document, document.c.id == links.c.to_id)
        .join(move, move.c.document_id == document.c.id)
        .join(_END, _END.c.id == move.c.to_location_id)
        .where(links.c.from_id.in_(orders), stands(), document.c.state == "posted", move.c.quantity > 0)
        .distinct()
    )


def _steps(connection: Connection, steps: Iterable[tuple[int, int, int, int]], role: Role) -> list[dict[str, Any]]:
    found = list(steps)
    orders = {row.id: row for row in _each(connection, {s[0] for s in found}, _numbers)}
    items = {row.id: row for row in _each(connection, {s[1] for s in found}, _items)}
    lots = {row[0]: row[1] for row in _each(connection, {s[2] for s in found if s[2]}, _lot_codes)}
    rows = [
        {
            "role": role if lot else "trail_ends",
            "level": level,
            "item_code": items[item].code,
            "item_name": items[item].name,
            "item_name_zh": items[item].name_zh,
            "lot_code": lots.get(lot),
            "document_id": order,
            "kind": orders[order].kind,
            "number": orders[order].number,
        }
        for order, item, lot, level in found
    ]
    return sorted(rows, key=lambda row: (row["level"], row["number"], row["item_code"], row["lot_code"] or ""))


def _numbers(ids: list[int]) -> Select[*tuple[Any, ...]]:
    document = documents.document
    return select(document.c.id, document.c.kind, document.c.number).where(document.c.id.in_(ids))


def _items(ids: list[int]) -> Select[*tuple[Any, ...]]:
    item = master_data.item
    return select(item.c.id, item.c.code, item.c.name, item.c.name_zh).where(item.c.id.in_(ids))


def _lot_codes(ids: list[int]) -> Select[*tuple[Any, ...]]:
    return select(tables.lot.c.id, tables.lot.c.code).where(tables.lot.c.id.in_(ids))


def _named_lots() -> tuple[Any, ...]:
    item = master_data.item
    return (
        item.c.code.label("item_code"),
        item.c.name.label("item_name"),
        item.c.name_zh.label("item_name_zh"),
        tables.lot.c.code.label("lot_code"),
        tables.lot.c.id.label("lot_id"),
    )


def _documents(
    connection: Connection, lots: dict[int, int], kinds: tuple[str, ...], role: Role
) -> Iterator[dict[str, Any]]:
    """The documents of some kinds that moved these lots, with the other side and the quantity; returns count negative.

    A receipt that takes over what stands here is told by what came into own stock alone.
    """
    move, document, party = tables.stock_move, documents.document, master_data.party

    def query(part: list[int]) -> Select[*tuple[Any, ...]]:
        chosen = (
            select(
                *_named_lots(),
                document.c.id.label("document_id"),
                document.c.kind,
                document.c.number,
                document.c.posted_on,
                party.c.code.label("party_code"),
                party.c.name.label("party_name"),
                func.sum(move.c.quantity).label("quantity"),
            )
            .select_from(move)
            .join(document, document.c.id == move.c.document_id)
            .join(master_data.item, master_data.item.c.id == move.c.item_id)
            .join(tables.lot, tables.lot.c.id == move.c.lot_id)
            .join(_START, _START.c.id == move.c.from_location_id)
            .join(_END, _END.c.id == move.c.to_location_id)
            .outerjoin(party, party.c.id == document.c.party_id)
            .where(document.c.kind.in_(kinds), document.c.state == "posted", move.c.quantity > 0)
            .where(_START.c.kind != _PROCESS, _END.c.kind != _PROCESS)
            .where(or_(move.c.owner_id == 0, document.c.kind != DocumentKind.GOODS_RECEIPT.value))
            .group_by(
                *_named_lots(),
                document.c.id,
                document.c.kind,
                document.c.number,
                document.c.posted_on,
                party.c.code,
                party.c.name,
            )
            .order_by(document.c.posted_on, document.c.id)
        )
        return _of_lots(chosen, part)

    for row in _each(connection, lots, query):
        found = dict(row._mapping)
        if found["kind"] in _WENT_BACK:
            found["quantity"] = -found["quantity"]
        yield {"role": role, "level": lots[found.pop("lot_id")], **found}


def _on_hand(connection: Connection, lots: dict[int, int]) -> Iterator[dict[str, Any]]:
    """Where these lots still lie."""
    balance, place, lot = tables.stock_balance, master_data.location, tables.lot

    def query(part: list[int]) -> Select[*tuple[Any, ...]]:
        return (
            select(*_named_lots(), place.c.code.label("location_code"), balance.c.status, balance.c.quantity)
            .select_from(lot)
            .join(balance, (balance.c.item_id == lot.c.item_id) & (balance.c.lot_id == lot.c.id))
            .join(master_data.item, master_data.item.c.id == balance.c.item_id)
            .join(place, place.c.id == balance.c.location_id)
            .where(lot.c.id.in_(part), balance.c.quantity > 0)
            .order_by(master_data.item.c.code, lot.c.code, place.c.code)
        )

    for row in _each(connection, lots, query):
        found = dict(row._mapping)
        yield {"role": "on_hand", "level": lots[found.pop("lot_id")], **found}


QUERIES: Final[tuple[Query, ...]] = (lot_recall,)
