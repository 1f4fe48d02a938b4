"""Reads which lots repairs built into customers' pieces: what was issued less what was put back and what was taken out again."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, and_, case, func, select

from schemas.operational import documents, inventory, master_data
from schemas.operational.repairs import removed_part, repair_order
from schemas.vocabulary.documents import DocumentKind, DocumentState

_REPAIR: Final = documents.document.alias("repair")


def repaired_by(lots: list[int]) -> Select[*tuple[Any, ...]]:
    """The pieces that lots of parts were built into: item, lot, repair, customer, day and how much of the part is in it."""
    item, lot = master_data.item, inventory.lot
    piece = (item.c.code.label("item_code"), item.c.name.label("item_name"), item.c.name_zh.label("item_name_zh"))
    of_piece = (repair_order.c.lot_id.label("piece_id"), _REPAIR.c.quantity.label("piece_quantity"))
    query = _fitted(*piece, lot.c.code.label("lot_code"), *of_piece)
    return (
        query.join(item, item.c.id == _REPAIR.c.item_id)
        .outerjoin(lot, lot.c.id == repair_order.c.lot_id)
        .where(inventory.stock_move.c.lot_id.in_(lots), inventory.stock_move.c.lot_id != 0)
        .group_by(item.c.code, item.c.name, item.c.name_zh, lot.c.code, repair_order.c.lot_id, _REPAIR.c.quantity)
    )


def built_into(pieces: list[int]) -> Select[*tuple[Any, ...]]:
    """The lots of parts that were built into pieces, with the repair and how much of it is in the piece."""
    item, lot, move = master_data.item, inventory.lot, inventory.stock_move
    part = (item.c.code.label("item_code"), item.c.name.label("item_name"), item.c.name_zh.label("item_name_zh"))
    return (
        _fitted(*part, lot.c.code.label("lot_code"))
        .join(item, item.c.id == move.c.item_id)
        .join(lot, lot.c.id == move.c.lot_id)
        .where(repair_order.c.lot_id.in_(pieces), repair_order.c.lot_id != 0)
        .group_by(item.c.code, item.c.name, item.c.name_zh, lot.c.code)
    )


def _fitted(*told: Any) -> Select[*tuple[Any, ...]]:
    """Moves of parts into repairs and back, summed by part and repair, with some columns of one of both."""
    move, moved, link = inventory.stock_move, documents.document, documents.document_link
    repair, party = _REPAIR, master_data.party
    issued = moved.c.kind == DocumentKind.MATERIAL_ISSUE.value
    taken_out, line = removed_part, documents.document_line.alias("removed_line")
    other = repair_order.alias("other")
    gone = (
        select(taken_out.c.id)
        .join(line, line.c.id == taken_out.c.document_line_id)
        .join(other, other.c.id == line.c.document_id)
        .where(
            taken_out.c.lot_id == move.c.lot_id,
            taken_out.c.serial.is_not(None),
            taken_out.c.superseded.is_(False),
            taken_out.c.removed_on >= move.c.posted_on,
            other.c.id != repair.c.id,
            other.c.lot_id == repair_order.c.lot_id,
        )
        .exists()
    )
    return (
        select(
            move.c.lot_id.label("part_id"),
            *told,
            repair.c.id.label("document_id"),
            repair.c.kind,
            repair.c.number,
            func.min(move.c.posted_on).label("posted_on"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            func.sum(case((issued, move.c.quantity), else_=-move.c.quantity)).label("quantity"),
        )
        .select_from(move)
        .join(moved, moved.c.id == move.c.document_id)
        .join(link, and_(link.c.to_id == moved.c.id, link.c.kind.in_(("issue", "return"))))
        .join(repair, repair.c.id == link.c.from_id)
        .join(repair_order, repair_order.c.id == repair.c.id)
        .join(party, party.c.id == repair.c.party_id)
        .where(
            moved.c.kind.in_((DocumentKind.MATERIAL_ISSUE.value, DocumentKind.MATERIAL_RETURN.value)),
            moved.c.state == DocumentState.POSTED.value,
            move.c.quantity > 0,
            ~gone,
        )
        .group_by(move.c.lot_id, repair.c.id, repair.c.kind, repair.c.number, party.c.code, party.c.name)
        .order_by(repair.c.id, move.c.lot_id)
    )
