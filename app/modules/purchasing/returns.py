"""Handler of returns to suppliers.

By FIFO the goods leave from the layer of their receipt, by moving average at the present average, at standard cost at that. What
was owed for them at receipt is taken off goods received not invoiced; where it was billed already, it stands there as a claim
until a debit note takes it up. What the stock was worth beyond that and beyond the components that come back is a price variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import follow_lines, lines_of, link, new_document, new_line, order_behind
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.returns import (
    REPLACEMENT,
    RETURN,
    Part,
    note_on_order,
    parts_to_return,
    take_off_order,
)
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import pick
from app.modules.purchasing.promises import refuse_if_direct
from app.modules.purchasing.received import clear_receipts, reopen_receipts, unbilled_of
from app.modules.purchasing.subcontracting import follow_received, give_back, hold_goods, undo_uses
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, GoodsSentBack
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind


@handles(commands.ReturnToSupplier, permission="purchasing.return.write")
def return_to_supplier(ctx: Context, data: commands.ReturnToSupplier) -> Outcome:
    """Send goods back to the supplier they were received from."""
    order, parts = parts_to_return(ctx, data, DocumentKind.PURCHASE_ORDER)
    if data.replacement:
        refuse_if_direct(ctx, order)
    posted_on = data.posted_on or ctx.today
    document = new_document(
        ctx,
        DocumentKind.SUPPLIER_RETURN,
        DocumentState.POSTED,
        party_id=order.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        reason_code=data.reason.value,
        note=data.note,
    )
    link(ctx, order, document, REPLACEMENT if data.replacement else RETURN)
    hold_goods(ctx, lines_of(ctx, order).values())
    movements: list[Movement] = []
    for part in sorted(parts, key=lambda p: (p.delivery_line.item_id, p.delivery_line.id)):
        movements += _movements(ctx, document, order, part, data, movements)
    moves = move_goods(ctx, document, movements, posted_on)
    facts = []
    for move, movement in zip(moves, movements, strict=True):
        line = movement.line
        assert line is not None
        ctx.uow.update(documents.document_line, line, stock_value=move.value)
        returned = give_back(ctx, document, line, ctx.uow.need(documents.document_line, line.source_line_id))
        amounts = {
            "accrued": line.net_amount,
            "stock_value": -move.value,
            "variance": -move.value - line.net_amount - returned.value,
        }
        facts += [FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}), *returned.facts]
    ctx.emit(GoodsSentBack(document.id, posted_on, tuple(facts)))
    follow_lines(ctx, order)
    return Outcome("receipt.posted", document)


def _movements(
    ctx: Context,
    document: Row,
    order: Row,
    part: Part,
    data: commands.ReturnToSupplier,
    planned: Sequence[Movement],
) -> list[Movement]:
    received = part.delivery_line
    item = ctx.uow.need(master_data.item, received.item_id)
    place = own_place(ctx, part.location) if part.location is not None else None
    lot = ctx.uow.need(inventory.lot, received.lot_id).code if received.lot_id else None
    supplier_side = location_of_kind(ctx, LocationKind.SUPPLIER)
    movements = []
    picked = pick(ctx, item, part.quantity, place, lot, {}, planned, status=data.status)
    for number, (balance, taken) in enumerate(picked, start=len(planned) + 1):
        start = ctx.uow.need(master_data.location, balance.location_id)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=taken,
            unit_id=item.unit_id,
            unit_price=received.unit_price,
            discount_rate=received.discount_rate,
            source_line_id=received.id,
            location_id=start.id,
            lot_id=balance.lot_id,
            **_accrual(ctx, received, taken),
        )
        note_on_order(ctx, order, row, replacement=data.replacement)
        movements.append(
            Movement(
                item,
                start,
                supplier_side,
                taken,
                row,
                balance.lot_id,
                status=data.status.value,
                own_layer=received.id,
            )
        )
    return movements


def _accrual(ctx: Context, received: Row, quantity: Decimal) -> dict[str, Decimal]:
    """What was owed for a part at receipt: what is not billed yet is cleared at once, the rest is a claim on the supplier."""
    order_line = ctx.uow.need(documents.document_line, received.source_line_id, lock=True)
    unbilled = min(quantity, unbilled_of(ctx, order_line))
    cleared = clear_receipts(ctx, order_line, unbilled, first=received) if unbilled > 0 else []
    value = sum((part.value for part in cleared), ZERO)
    claim = rounded(received.net_amount * (quantity - unbilled) / received.quantity, ctx.company.currency_decimals)
    return {"net_amount": value + claim, "invoiced_quantity": unbilled, "invoiced_amount": value}


def undo_supplier_return(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed return leaves the goods received again, and owed for as before.

    Raises:
        Refused: the supplier was debited for it, or what replaces it was received.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind != DocumentKind.SUPPLIER_RETURN:
        return
    for line in lines_of(ctx, document).values():
        if line.credited_quantity > 0:
            raise Refused("return_credited", number=document.number)
        received = ctx.uow.need(documents.document_line, line.source_line_id)
        order_line = ctx.uow.need(documents.document_line, received.source_line_id, lock=True)
        if line.invoiced_quantity > 0:
            reopen_receipts(ctx, order_line, line.invoiced_quantity, line.invoiced_amount)
    take_off_order(ctx, document)
    undo_uses(ctx, document)
    order = order_behind(ctx, document)
    for order_line in lines_of(ctx, order).values():
        follow_received(ctx, order_line)
    follow_lines(ctx, order)
