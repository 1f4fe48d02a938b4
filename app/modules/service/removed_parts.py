"""Which parts were taken out of a piece in its repair, and the history of a piece or a lot: every move, repair and change of parts.

What is taken out was the customer's or is scrap: it comes into no stock, and where it is stands with it. A part that the books know
by its lot or serial number leads on to who delivered it.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles
from app.kernel.document_queries import Arguments, OneDocument, Text, rows_of
from app.kernel.documents import lines_of, need_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import existing_lot, lot_by_code
from app.modules.inventory.serials import pieces, refuse_too_many
from app.modules.inventory.stock_ledger import lot_named
from app.modules.master_data.terms import active_item, stocking_quantity
from app.modules.service.repair_queries import READ
from app.modules.service.repairs import PART, find_repair, forget_removed
from schemas.commands import repairs as commands
from schemas.operational import inventory, master_data
from schemas.operational import repairs as tables
from schemas.operational.documents import document, document_line, document_link
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.places import STOCKED_KINDS

_LIVING: Final = tuple(state for state in DocumentState if state != DocumentState.CANCELLED)


@handles(commands.PutRemovedParts, permission="service.repair.work")
def put_removed_parts(ctx: Context, data: commands.PutRemovedParts) -> Outcome:
    """Say which parts were taken out of a piece in its repair, and where they are."""
    repair = find_repair(ctx, data.repair, *_LIVING)
    lines = lines_of(ctx, repair)
    about = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    on = data.removed_on or ctx.today
    if on > ctx.today:
        raise Refused("repair_day_to_come", field="removed_on", day=on, today=ctx.today)
    if on < about.received_on:
        raise Refused("part_removed_before", field="removed_on", day=on, received=about.received_on)
    for line in lines.values():
        forget_removed(ctx, line)
    named = [(_part_of(ctx, repair, lines, asked), asked) for asked in data.lines]
    refuse_too_many(named)
    seen: set[tuple[int, str]] = set()
    for item, asked in named:
        for piece in pieces(item, asked):
            if item.serial_tracked and piece.lot is not None:
                if (item.id, piece.lot) in seen:
                    raise Refused("serial_twice", field="serials", serial=piece.lot)
                seen.add((item.id, piece.lot))
            _note(ctx, lines[piece.line], item, piece, on)
    return Outcome("receipt.changed", repair, {"what": "repair_order", "code": repair.number})


def _part_of(ctx: Context, repair: Row, lines: dict[int, Row], asked: commands.RemovedPart) -> Row:
    """The item of a part that was taken out.

    Raises:
        Refused: the line is none of parts.
    """
    line = need_line(repair, lines, asked.line)
    if line.kind != PART:
        raise Refused("repair_line_is_labour", field="lines", number=repair.number, line=asked.line)
    return active_item(ctx, asked.item) if asked.item is not None else ctx.uow.need(master_data.item, line.item_id)


def _note(ctx: Context, line: Row, item: Row, part: commands.RemovedPart, on: date) -> None:
    """Keep one part that was taken out.

    Raises:
        Refused: its unit does not take the quantity, it stands in stock, so it cannot have been in the piece, or a lot is named
            that is not there.
    """
    stocking_quantity(ctx, item, part.quantity, None)
    lot_id, serial = 0, None
    if item.serial_tracked:
        serial = part.lot
        known = lot_by_code(ctx, item, serial)
        lot_id = known.id if known is not None else 0
        for balance in ctx.uow.by_now(inventory.stock_balance, "item_id", item.id) if lot_id else ():
            place = ctx.uow.need(master_data.location, balance.location_id)
            if balance.lot_id == lot_id and balance.quantity > 0 and place.kind in STOCKED_KINDS:
                told = {"item": item.code, "serial": serial, "location": place.code}
                raise Refused("removed_part_in_stock", field="serials", **told)
    elif part.lot is not None:
        lot_id = existing_lot(ctx, item, part.lot)
    ctx.uow.insert(
        tables.removed_part,
        document_line_id=line.id,
        item_id=item.id,
        lot_id=lot_id,
        serial=serial,
        quantity=part.quantity,
        whereabouts=part.whereabouts,
        note=part.note,
        removed_on=on,
        superseded=False,
        made_by=ctx.principal.user_id,
        made_at=ctx.now,
    )


def _removed() -> Select[*tuple[Any, ...]]:
    part, item, lot = tables.removed_part, master_data.item, inventory.lot
    return (
        select(
            document_line.c.line,
            part.c.item_id,
            part.c.lot_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            lot.c.code.label("known_lot"),
            part.c.serial,
            part.c.quantity,
            part.c.whereabouts,
            part.c.note.label("remark"),
            part.c.removed_on,
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
        )
        .join(document_line, document_line.c.id == part.c.document_line_id)
        .join(document, document.c.id == document_line.c.document_id)
        .join(item, item.c.id == part.c.item_id)
        .outerjoin(lot, lot.c.id == part.c.lot_id)
        .where(part.c.superseded.is_(False), document.c.state != DocumentState.CANCELLED.value)
    )


@answers(OneDocument, permission=READ)
def removed_parts(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The parts that were taken out of the piece of a repair, with their lot or serial number and where they are."""
    query = _removed().where(document.c.id == asked.document).order_by(document_line.c.line, tables.removed_part.c.id)
    return [{**row, "lot_code": row["serial"] or row["known_lot"]} for row in rows_of(connection, query)]


class OnePiece(Arguments):
    """Which lot or serial number of which item."""

    item: Text
    lot: Text


@answers(OnePiece, permission=READ)
def piece_history(connection: Connection, asked: OnePiece, _principal: Principal) -> list[dict[str, Any]]:
    """What happened to a piece or a lot, in order: its moves, the repairs it was in, the pieces it was built into and taken out of.

    A row of a repair names its piece as `into_code` and `into_lot`, and the customer.
    """
    piece = lot_named(connection, asked.item, asked.lot)
    rows = rows_of(connection, _moves(piece["id"])) + rows_of(connection, _repairs_of(piece["id"]))
    for row in rows_of(connection, _removed().where(tables.removed_part.c.lot_id == piece["id"])):
        told = {"on_day": row["removed_on"], "quantity": row["quantity"], "order": row["document_id"]}
        shown = {name: row[name] for name in ("document_id", "kind", "number", "remark", "whereabouts")}
        rows.append({**told, **shown})
    into = _pieces_of(connection, {row["order"] for row in rows if row.get("order") is not None})
    for row in rows:
        row.update(into.get(row.pop("order", None), {}))
    return sorted(rows, key=lambda row: (row["on_day"], row["document_id"]))


def _moves(lot_id: int) -> Select[*tuple[Any, ...]]:
    """The moves of a lot, those into and out of repairs with the repair behind them."""
    move, start, end = inventory.stock_move, master_data.location.alias("start"), master_data.location.alias("finish")
    repair, party = document.alias("repair"), master_data.party
    behind = and_(document_link.c.to_id == document.c.id, document_link.c.kind.in_(("issue", "return")))
    return (
        select(
            move.c.posted_on.label("on_day"),
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.state,
            move.c.quantity,
            start.c.code.label("from_code"),
            end.c.code.label("to_code"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            repair.c.id.label("order"),
        )
        .select_from(move)
        .join(document, document.c.id == move.c.document_id)
        .join(start, start.c.id == move.c.from_location_id)
        .join(end, end.c.id == move.c.to_location_id)
        .outerjoin(party, party.c.id == document.c.party_id)
        .outerjoin(document_link, behind)
        .outerjoin(
            repair, and_(repair.c.id == document_link.c.from_id, repair.c.kind == DocumentKind.REPAIR_ORDER.value)
        )
        .where(move.c.lot_id == lot_id, move.c.quantity > 0)
    )


def _repairs_of(lot_id: int) -> Select[*tuple[Any, ...]]:
    """The repairs that a piece was in itself."""
    party = master_data.party
    return (
        select(
            tables.repair_order.c.received_on.label("on_day"),
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.state,
            document.c.quantity,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
        )
        .join(document, document.c.id == tables.repair_order.c.id)
        .join(party, party.c.id == document.c.party_id)
        .where(tables.repair_order.c.lot_id == lot_id, document.c.state != DocumentState.CANCELLED.value)
    )


def _pieces_of(connection: Connection, repairs: set[int]) -> dict[int, dict[str, Any]]:
    """What was repaired by repairs: the item, lot and customer of each."""
    item, lot, party = master_data.item, inventory.lot, master_data.party
    query = (
        select(
            document.c.id,
            item.c.code.label("into_code"),
            lot.c.code.label("into_lot"),
            document.c.number.label("repair_number"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
        )
        .join(tables.repair_order, tables.repair_order.c.id == document.c.id)
        .join(item, item.c.id == document.c.item_id)
        .join(party, party.c.id == document.c.party_id)
        .outerjoin(lot, lot.c.id == tables.repair_order.c.lot_id)
        .where(document.c.id.in_(sorted(repairs)))
    )
    return {row.pop("id"): row for row in rows_of(connection, query)}


QUERIES: Final[tuple[Query, ...]] = (removed_parts, piece_history)
