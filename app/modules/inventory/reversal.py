"""Takes the goods of a reversed document back: each move returns the way it came, at the value it had where that is still there."""

from __future__ import annotations

from datetime import date

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.stock import Movement, adjust_value, inventory_role, move_goods
from schemas.facts import DocumentReversed, FactLine, StockReversalDiffered
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables


def take_goods_back(ctx: Context, fact: DocumentReversed) -> None:
    """Mirror the stock moves of the reversed document.

    Raises:
        Refused: the goods are no longer there, or a value adjustment would have to be undone.
    """
    moves = ctx.uow.where(tables.stock_move, "document_id", fact.reverses_id)
    if not moves:
        return
    reversal = ctx.uow.need(documents.document, fact.document_id)
    for move in moves:
        if move.quantity == 0:
            _take_adjustment_back(ctx, reversal, move, fact.posted_on)
    moves = [move for move in moves if move.quantity > 0]
    back = move_goods(ctx, reversal, [_mirror(ctx, move) for move in moves], fact.posted_on)
    lines = []
    for original, returned in zip(moves, back, strict=True):
        difference = returned.value + original.value
        if difference != 0:
            item = ctx.uow.need(master_data.item, original.item_id)
            lines.append(FactLine({"difference": difference}, {"inventory": inventory_role(ctx, item)}))
    if lines:
        ctx.emit(StockReversalDiffered(fact.document_id, fact.posted_on, tuple(lines), fact.description))


def _take_adjustment_back(ctx: Context, reversal: Row, move: Row, posted_on: date) -> None:
    item = ctx.uow.need(master_data.item, move.item_id)
    held = ctx.uow.need(tables.item_value, item.id, lock=True)
    if held.quantity <= 0 or held.value < move.value:
        raise Refused("adjustment_gone", item=item.code, amount=move.value, value=held.value)
    adjust_value(ctx, reversal, item, -move.value, posted_on, None)


def _mirror(ctx: Context, move: Row) -> Movement:
    line = ctx.uow.get(documents.document_line, move.document_line_id) if move.document_line_id else None
    return Movement(
        item=ctx.uow.need(master_data.item, move.item_id),
        from_location=ctx.uow.need(master_data.location, move.to_location_id),
        to_location=ctx.uow.need(master_data.location, move.from_location_id),
        quantity=move.quantity,
        line=line,
        lot_id=move.lot_id,
        status=move.status,
        value=abs(move.value),
        reverses_id=move.id,
    )
