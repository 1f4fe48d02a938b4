"""Takes the goods of a reversed document back: each move returns the way it came, at the value it had where that is still there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from app.modules.inventory.stock import Movement, adjust_value, inventory_role, layer_of, method_of, move_goods
from app.modules.inventory.taking import hold_stock
from app.modules.inventory.valuation import late_price_returned
from schemas.facts import DocumentReversed, FactLine, StockReversalDiffered
from schemas.operational import documents, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO, rounded


def take_goods_back(ctx: Context, fact: DocumentReversed) -> None:
    """Mirror the stock moves of the reversed document; value that has gone with goods since is booked as a difference.

    Raises:
        Refused: the goods are no longer there, or a closing gave them their period's cost.
    """
    moves = ctx.uow.where(tables.stock_move, "document_id", fact.reverses_id)
    if not moves or ctx.uow.need(documents.document, fact.reverses_id).kind == DocumentKind.COST_CLOSING:
        return
    _refuse_if_costed(ctx, moves)
    hold_stock(ctx, (move.item_id for move in moves))
    reversal = ctx.uow.need(documents.document, fact.document_id)
    adjustments = [move for move in moves if move.quantity == 0]
    moves = [move for move in moves if move.quantity > 0]
    left = [(move.item_id, move.value - _taken_back(ctx, reversal, move, fact.posted_on)) for move in adjustments]
    back = move_goods(ctx, reversal, [_mirror(ctx, move) for move in moves], fact.posted_on)
    left += [(first.item_id, returned.value + first.value) for first, returned in zip(moves, back, strict=True)]
    lines = []
    for item_id, difference in left:
        if difference != 0:
            item = ctx.uow.need(master_data.item, item_id)
            lines.append(FactLine({"difference": difference}, {"inventory": inventory_role(ctx, item)}))
    if lines:
        ctx.emit(StockReversalDiffered(fact.document_id, fact.posted_on, tuple(lines), fact.description))


def _refuse_if_costed(ctx: Context, moves: Sequence[Row]) -> None:
    for move in moves:
        item = ctx.uow.need(master_data.item, move.item_id)
        if move.document_line_id is None or method_of(ctx, item) != ValuationMethod.MONTH_END_AVERAGE:
            continue
        line = ctx.uow.need(documents.document_line, move.document_line_id)
        closings = posted_children(ctx, line, DocumentKind.COST_CLOSING)
        if closings:
            closing = ctx.uow.need(documents.document, closings[0].document_id)
            raise Refused("costs_closed", item=item.code, closing=closing.number)


def _taken_back(ctx: Context, reversal: Row, move: Row, posted_on: date) -> Decimal:
    """Take a late price out of the stock again as far as it is still there, and return how much that was."""
    item = ctx.uow.need(master_data.item, move.item_id)
    held = ctx.uow.need(tables.item_value, item.id, lock=True)
    layer = None
    if method_of(ctx, item) != ValuationMethod.FIFO:
        amount = min(move.value, held.value) if held.quantity > 0 else ZERO
    else:
        layer = layer_of(ctx, item, move.document_line_id)
        amount = _from_layer(ctx, layer, move.value) if layer is not None and layer.remaining_quantity > 0 else ZERO
    if amount == 0:
        return ZERO
    adjust_value(ctx, reversal, item, -amount, posted_on, line_id=move.document_line_id, layer=layer)
    return amount


def _from_layer(ctx: Context, layer: Row, value: Decimal) -> Decimal:
    receipt = ctx.uow.need(documents.document_line, layer.document_line_id)
    at_receipt = rounded(
        receipt.stock_value * layer.remaining_quantity / receipt.quantity, ctx.company.currency_decimals
    )
    return late_price_returned(value, present=layer.remaining_value, received=at_receipt)


def _mirror(ctx: Context, move: Row) -> Movement:
    line = ctx.uow.get(documents.document_line, move.document_line_id) if move.document_line_id else None
    return Movement(
        item=ctx.uow.need(master_data.item, move.item_id),
        from_location=ctx.uow.need(master_data.location, move.to_location_id),
        to_location=ctx.uow.need(master_data.location, move.from_location_id),
        quantity=move.quantity,
        line=line,
        lot_id=move.lot_id,
        status=move.to_status or move.status,
        to_status=move.status if move.to_status else None,
        value=abs(move.value),
        reverses_id=move.id,
        own_layer=move.document_line_id,
        owner_id=move.owner_id,
    )
