"""Asks about transfers in two steps: what is on the way, where from, where to, since when, and what became of each line."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, Sorted, contains, page_of, rows_of
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_READ: Final = "inventory.read"


class OpenTransfers(Sorted):
    """Which goods on the way to list."""


def _sent_lines() -> Select[*tuple[Any, ...]]:
    """The lines of dispatches with what is still on the way; the place of transit is where their moves went."""
    line, document, move = documents.document_line, documents.document, tables.stock_move
    start, end, transit = (master_data.location.alias(name) for name in ("start", "finish", "transit"))
    item, lot = master_data.item, tables.lot
    return (
        select(
            line.c.id,
            line.c.line,
            document.c.id.label("document_id"),
            document.c.number,
            document.c.posted_on,
            document.c.due_on,
            line.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            item.c.serial_tracked,
            lot.c.code.label("lot_code"),
            start.c.code.label("from_location"),
            transit.c.code.label("transit_location"),
            end.c.code.label("to_location"),
            line.c.quantity,
            line.c.fulfilled_quantity,
            (line.c.quantity - line.c.fulfilled_quantity).label("open_quantity"),
            master_data.unit.c.code.label("unit_code"),
        )
        .join(document, document.c.id == line.c.document_id)
        .join(move, and_(move.c.document_id == document.c.id, move.c.document_line_id == line.c.id))
        .join(item, item.c.id == line.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .join(start, start.c.id == line.c.location_id)
        .join(transit, transit.c.id == move.c.to_location_id)
        .join(end, end.c.id == line.c.to_location_id)
        .outerjoin(lot, lot.c.id == line.c.lot_id)
        .where(document.c.kind == DocumentKind.TRANSFER_DISPATCH.value)
    )


@answers(OpenTransfers, permission=_READ)
def open_transfers(connection: Connection, asked: OpenTransfers, _principal: Principal) -> list[dict[str, Any]]:
    """Goods that were sent and have neither arrived nor been written off, by line, the earliest expected first."""
    line, document, item = documents.document_line, documents.document, master_data.item
    query = _sent_lines().where(
        document.c.state == DocumentState.POSTED.value, line.c.quantity > line.c.fulfilled_quantity
    )
    if asked.search:
        pattern = contains(asked.search)
        named = (document.c.number, item.c.code, item.c.search_key)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in named)))
    expected = func.coalesce(document.c.due_on, document.c.posted_on)
    return page_of(connection, query, asked, expected, line.c.id)


@answers(OneDocument, permission=_READ)
def transfer_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The lines of a dispatch with what arrived, what was lost, and what is still on the way."""
    line, loss, document = documents.document_line.alias("received"), tables.transfer_loss, documents.document
    sent = _sent_lines().where(documents.document_line.c.document_id == asked.document)
    rows = rows_of(connection, sent.order_by(documents.document_line.c.line))
    lost = connection.execute(
        select(line.c.source_line_id, func.sum(line.c.quantity))
        .join(loss, loss.c.document_line_id == line.c.id)
        .join(document, and_(document.c.id == line.c.document_id, document.c.state == DocumentState.POSTED.value))
        .where(line.c.source_line_id.in_([row["id"] for row in rows]))
        .group_by(line.c.source_line_id)
    )
    lost_of = {row[0]: row[1] for row in lost}
    for row in rows:
        row["lost_quantity"] = lost_of.get(row["id"], ZERO)
        row["received_quantity"] = row["fulfilled_quantity"] - row["lost_quantity"]
    return rows


@answers(OneDocument, permission=_READ)
def transfer_losses(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a receipt of a transfer wrote off, with the reason."""
    line, loss, item = documents.document_line, tables.transfer_loss, master_data.item
    query = (
        select(
            line.c.id,
            line.c.line,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            tables.lot.c.code.label("lot_code"),
            line.c.quantity,
            master_data.unit.c.code.label("unit_code"),
            loss.c.reason,
        )
        .join(loss, loss.c.document_line_id == line.c.id)
        .join(item, item.c.id == line.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .outerjoin(tables.lot, tables.lot.c.id == line.c.lot_id)
        .where(line.c.document_id == asked.document)
        .order_by(line.c.line)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (open_transfers, transfer_lines, transfer_losses)
