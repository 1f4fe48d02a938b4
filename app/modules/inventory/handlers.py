"""Handlers of opening stock, transfers and counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, by_code, need_by_code, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import existing_lot, lot_for
from app.modules.inventory.places import location_of_kind, own_place, status_at, storage_location
from app.modules.inventory.serials import NamesPieces, all_pieces
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock
from schemas.commands import trade as commands
from schemas.facts import FactLine, OpeningStockBooked, StockCounted
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind


class _OfItem(NamesPieces, Protocol):
    @property
    def item(self) -> str: ...


_Line = TypeVar("_Line", bound=_OfItem)


def _named(ctx: Context, lines: Iterable[_Line]) -> Iterator[tuple[Row, _Line]]:
    """Lines with their items; a line of pieces with serial numbers is a line each."""
    return all_pieces((need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in lines)


@handles(commands.BookOpeningStock, permission="inventory.opening.write")
def book_opening_stock(ctx: Context, data: commands.BookOpeningStock) -> Outcome:
    """Book the stock that the company starts with against the opening balance."""
    posted_on = data.posted_on or ctx.today
    document = new_document(ctx, DocumentKind.OPENING_STOCK, DocumentState.POSTED, posted_on=posted_on)
    source = location_of_kind(ctx, LocationKind.OPENING)
    movements: list[Movement] = []
    for number, (item, line) in enumerate(_named(ctx, data.lines), start=1):
        place = own_place(ctx, line.location)
        lot_id = lot_for(ctx, item, line.lot, posted_on, line.expires_on)
        value = rounded(line.quantity * line.unit_cost, ctx.company.currency_decimals)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=line.quantity,
            unit_id=item.unit_id,
            unit_price=line.unit_cost,
            net_amount=value,
            location_id=place.id,
            lot_id=lot_id,
        )
        movements.append(Movement(item, source, place, line.quantity, row, lot_id, value=value))
    moves = move_goods(ctx, document, movements, posted_on)
    facts = tuple(
        FactLine({"value": move.value}, {"inventory": inventory_role(ctx, movement.item)})
        for move, movement in zip(moves, movements, strict=True)
    )
    add_totals(ctx, document, sum((move.value for move in moves), ZERO), ZERO)
    ctx.emit(OpeningStockBooked(document.id, posted_on, facts))
    return Outcome("receipt.posted", document)


@handles(commands.TransferStock, permission="inventory.transfer.write")
def transfer_stock(ctx: Context, data: commands.TransferStock) -> Outcome:
    """Move goods between two stocked places; their value stays where it is."""
    posted_on = data.posted_on or ctx.today
    document = new_document(ctx, DocumentKind.STOCK_TRANSFER, DocumentState.POSTED, posted_on=posted_on, note=data.note)
    movements: list[Movement] = []
    for number, (item, line) in enumerate(_named(ctx, data.lines), start=1):
        start = own_place(ctx, line.from_location, field="from_location")
        end = own_place(ctx, line.to_location, field="to_location")
        if start.id == end.id:
            raise Refused("transfer_to_itself", field="to_location", location=start.code)
        lot_id = existing_lot(ctx, item, line.lot)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=line.quantity,
            unit_id=item.unit_id,
            location_id=start.id,
            to_location_id=end.id,
            lot_id=lot_id,
        )
        owner = by_code(ctx, master_data.party, line.owner, "party", field="owner")
        movements.append(
            Movement(item, start, end, line.quantity, row, lot_id, owner_id=owner.id if owner is not None else 0)
        )
    move_goods(ctx, document, movements, posted_on)
    return Outcome("receipt.posted", document)


@handles(commands.BookStockCount, permission="inventory.count.write")
def book_stock_count(ctx: Context, data: commands.BookStockCount) -> Outcome:
    """Book the difference between what was counted and what the books say, against the count difference account."""
    posted_on = data.posted_on or ctx.today
    document = new_document(ctx, DocumentKind.STOCK_COUNT, DocumentState.POSTED, posted_on=posted_on, note=data.note)
    far_side = location_of_kind(ctx, LocationKind.COUNT_DIFFERENCE)
    items = {line.item: need_by_code(ctx, master_data.item, line.item, "item", field="lines") for line in data.lines}
    hold_stock(ctx, (item.id for item in items.values()))
    movements = list(_count_movements(ctx, document, data.lines, far_side, posted_on))
    moves = move_goods(ctx, document, movements, posted_on)
    facts = tuple(
        FactLine({"gain": move.value}, {"inventory": inventory_role(ctx, movement.item)})
        for move, movement in zip(moves, movements, strict=True)
    )
    add_totals(ctx, document, sum((move.value for move in moves), ZERO), ZERO)
    ctx.emit(StockCounted(document.id, posted_on, facts))
    return Outcome("receipt.counted", document, {"differences": len(movements)})


def _count_movements(
    ctx: Context, document: Row, lines: Iterable[commands.CountLine], far_side: Row, posted_on: date
) -> Iterable[Movement]:
    for number, line in enumerate(lines, start=1):
        item = need_by_code(ctx, master_data.item, line.item, "item", field="lines")
        place = storage_location(ctx, line.location)
        lot_id = lot_for(ctx, item, line.lot, posted_on, None)
        owner = by_code(ctx, master_data.party, line.owner, "party", field="owner")
        owner_id = owner.id if owner is not None else 0
        book = _book_quantity(ctx, item, place, lot_id, owner_id)
        difference = line.counted_quantity - book
        row = new_line(
            ctx, document, number, item_id=item.id, quantity=line.counted_quantity, location_id=place.id, lot_id=lot_id
        )
        ctx.uow.insert(
            tables.count_snapshot,
            document_line_id=row.id,
            book_quantity=book,
            counted_quantity=line.counted_quantity,
            unit_cost=line.unit_cost or ZERO,
        )
        if difference == 0:
            continue
        start, end = (far_side, place) if difference > 0 else (place, far_side)
        value = None
        if difference > 0 and line.unit_cost is not None and not owner_id:
            value = rounded(difference * line.unit_cost, ctx.company.currency_decimals)
        yield Movement(
            item, start, end, abs(difference), row, lot_id, status=status_at(place), value=value, owner_id=owner_id
        )


def _book_quantity(ctx: Context, item: Row, place: Row, lot_id: int, owner_id: int) -> Decimal:
    wanted = (place.id, lot_id, owner_id, status_at(place).value)
    for row in ctx.uow.where(tables.stock_balance, "item_id", item.id, lock=True):
        if (row.location_id, row.lot_id, row.owner_id, row.status) == wanted:
            return row.quantity
    return ZERO
