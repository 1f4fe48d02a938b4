"""Asks about pieces with serial numbers: where each is, to whom it was delivered and when, and until when it is under warranty."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Sorted, Text, contains, page_of, rows_of
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.places import STOCKED_KINDS, LocationKind

_READ: Final = "inventory.read"
_CHUNK: Final = 400
Standing = Literal["in_stock", "delivered", "used", "gone"]
_STANDS: Final[dict[str, Standing]] = {
    LocationKind.CUSTOMER.value: "delivered",
    LocationKind.PRODUCTION.value: "used",
}


class SerialList(Sorted):
    """Whose pieces: of one item, or of all."""

    item: Text | None = None


@answers(SerialList, permission=_READ)
def serial_numbers(connection: Connection, asked: SerialList, _principal: Principal) -> list[dict[str, Any]]:
    """Pieces with serial numbers, each with where it stands now or what it left by, its customer, and its warranty."""
    item, lot = master_data.item, tables.lot
    query: Any = (
        select(
            lot.c.id,
            lot.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            lot.c.code.label("serial"),
            lot.c.received_on,
        )
        .join(item, item.c.id == lot.c.item_id)
        .where(item.c.serial_tracked.is_(True))
    )
    if asked.item is not None:
        query = query.where(item.c.code == asked.item)
    if asked.search:
        pattern = contains(asked.search)
        named = (lot.c.code, item.c.code, item.c.search_key)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in named)))
    rows = page_of(connection, query, asked, item.c.code, lot.c.code)
    lasts = _last_moves(connection, [row["id"] for row in rows])
    warranties = _warranties(connection, [row["id"] for row in rows])
    for row in rows:
        last = lasts.get(row["id"])
        row.update(_standing(last))
        row["warranty_until"] = warranties.get(row["id"]) if row["standing"] == "delivered" else None
    return rows


def _last_moves(connection: Connection, lots: list[int]) -> dict[int, dict[str, Any]]:
    """The move of each piece that says where it is: the last into the place that it came to once more often than it left it.

    Of a piece that went back to where it came from it is the last of all. Ids do not tell the order alone: on PostgreSQL
    transactions take blocks of them before they wait for each other.
    """
    move, place, document, party = tables.stock_move, master_data.location, documents.document, master_data.party

    def query(part: list[int]) -> Select[*tuple[Any, ...]]:
        return (
            select(
                move.c.lot_id,
                move.c.id,
                move.c.from_location_id,
                move.c.to_location_id,
                move.c.posted_on,
                place.c.kind.label("place_kind"),
                place.c.code.label("location_code"),
                document.c.id.label("document_id"),
                document.c.kind,
                document.c.number,
                party.c.code.label("party_code"),
                party.c.name.label("party_name"),
            )
            .join(place, place.c.id == move.c.to_location_id)
            .join(document, document.c.id == move.c.document_id)
            .outerjoin(party, party.c.id == document.c.party_id)
            .where(move.c.lot_id.in_(part), move.c.quantity > 0)
            .order_by(move.c.id)
        )

    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(lots), _CHUNK):
        for row in rows_of(connection, query(lots[start : start + _CHUNK])):
            found[row["lot_id"]].append(row)
    return {lot_id: move_into_where_it_is(moves) for lot_id, moves in found.items()}


def move_into_where_it_is(moves: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of all moves of a piece, by id, the one into the place where it is now; of one that went back where it came from the last."""
    came: Counter[int] = Counter(move["to_location_id"] for move in moves)
    came.subtract(move["from_location_id"] for move in moves)
    return next((move for move in reversed(moves) if came[move["to_location_id"]] > 0), moves[-1])


def _warranties(connection: Connection, wanted: list[int]) -> dict[int, Any]:
    """Until when pieces are under warranty, by lot: by their latest shipment that stands and from which they did not return."""
    warranty, line, document = tables.serial_warranty, documents.document_line, documents.document
    back, return_of = documents.document_line.alias("back"), documents.document.alias("return_of")
    came_back = (
        select(back.c.id)
        .join(return_of, return_of.c.id == back.c.document_id)
        .where(
            back.c.source_line_id == line.c.id,
            return_of.c.kind == DocumentKind.CUSTOMER_RETURN.value,
            return_of.c.state == DocumentState.POSTED.value,
        )
        .exists()
    )
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(warranty.c.lot_id, warranty.c.ends_on)
            .join(line, line.c.id == warranty.c.document_line_id)
            .join(document, document.c.id == line.c.document_id)
            .where(
                warranty.c.lot_id.in_(wanted[start : start + _CHUNK]),
                document.c.kind == DocumentKind.SHIPMENT.value,
                document.c.state == DocumentState.POSTED.value,
                ~came_back,
            )
            .order_by(warranty.c.begins_on, warranty.c.id)
        )
        found.update((row.lot_id, row.ends_on) for row in connection.execute(query))
    return found


def _standing(last: dict[str, Any] | None) -> dict[str, Any]:
    """Where a piece is by its last move: in which place, at which customer, used, or gone from the books by another way."""
    if last is None:
        return dict.fromkeys(
            ("location_code", "since", "document_id", "kind", "number", "party_code", "party_name"), None
        ) | {"standing": "gone"}
    stocked = last["place_kind"] in STOCKED_KINDS
    delivered = last["place_kind"] == LocationKind.CUSTOMER
    return {
        "standing": "in_stock" if stocked else _STANDS.get(last["place_kind"], "gone"),
        "location_code": last["location_code"] if stocked else None,
        "since": last["posted_on"],
        "document_id": last["document_id"],
        "kind": last["kind"],
        "number": last["number"],
        "party_code": last["party_code"] if delivered else None,
        "party_name": last["party_name"] if delivered else None,
    }


QUERIES: Final[tuple[Query, ...]] = (serial_numbers,)
