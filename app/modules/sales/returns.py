"""Handler of customer returns: goods come back at the cost they left at.

Each returned part takes its share of the shipment line's cost by quantity, from the running sum, and the last part takes the
rest, so that all parts together return exactly what was charged to cost of sales. By FIFO the goods make a layer of their own at
that cost. What the customer is credited is left to receivables.
"""

from __future__ import annotations

from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import follow_lines, lines_of, link, new_document, new_line, order_behind
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.reservations import refuse_if_held, release_beyond
from app.modules.inventory.returns import (
    REPLACEMENT,
    RETURN,
    Part,
    note_on_order,
    parts_to_return,
    returned_parts,
    take_off_order,
)
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock
from app.modules.sales.direct_lines import refuse_below_order
from app.modules.sales.handlers import goods_of
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, GoodsReturned
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind


@handles(commands.ReceiveReturn, permission="sales.return.write")
def receive_return(ctx: Context, data: commands.ReceiveReturn) -> Outcome:
    """Take goods back that were shipped to a customer, at the cost they left at."""
    order, parts = parts_to_return(ctx, data, DocumentKind.SALES_ORDER)
    posted_on = data.posted_on or ctx.today
    document = new_document(
        ctx,
        DocumentKind.CUSTOMER_RETURN,
        DocumentState.POSTED,
        party_id=order.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        reason_code=data.reason.value,
        note=data.note,
    )
    link(ctx, order, document, REPLACEMENT if data.replacement else RETURN)
    movements = []
    for number, part in enumerate(sorted(parts, key=lambda p: (p.delivery_line.item_id, p.delivery_line.id)), start=1):
        movement = _movement(ctx, document, number, part, data.status.value)
        assert movement.line is not None
        note_on_order(ctx, order, movement.line, replacement=data.replacement)
        movements.append(movement)
    moves = move_goods(ctx, document, movements, posted_on)
    facts = []
    for move, movement in zip(moves, movements, strict=True):
        assert movement.value is not None
        cost = movement.value
        amounts = {"cost": cost, "stock_value": move.value, "variance": cost - move.value}
        facts.append(FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}))
    ctx.emit(GoodsReturned(document.id, posted_on, tuple(facts)))
    follow_lines(ctx, order)
    return Outcome("receipt.posted", document)


def _movement(ctx: Context, document: Row, number: int, part: Part, status: str) -> Movement:
    shipped = part.delivery_line
    item = ctx.uow.need(master_data.item, shipped.item_id)
    place = own_place(ctx, part.location)
    before = returned_parts(ctx, shipped)
    cost = cost_of_part(
        shipped,
        part.quantity,
        before=sum((row.quantity for row in before), ZERO),
        cost_before=sum((row.stock_value for row in before), ZERO),
        decimals=ctx.company.currency_decimals,
    )
    row = new_line(
        ctx,
        document,
        number,
        item_id=item.id,
        quantity=part.quantity,
        unit_id=item.unit_id,
        source_line_id=shipped.id,
        location_id=place.id,
        lot_id=shipped.lot_id,
        stock_value=cost,
    )
    customer_side = location_of_kind(ctx, LocationKind.CUSTOMER)
    return Movement(item, customer_side, place, part.quantity, row, shipped.lot_id, status=status, value=cost)


def cost_of_part(shipped: Row, quantity: Decimal, *, before: Decimal, cost_before: Decimal, decimals: int) -> Decimal:
    """The cost at which a part of a shipment line comes back.

    Args:
        shipped: the shipment line; its stock_value is the cost, negative.
        quantity: of this part.
        before: what came back before.
        cost_before: the cost of that.
        decimals: digits of the currency's minor unit.

    >>> line, D = Row(quantity=Decimal(3), stock_value=Decimal("-10.00")), Decimal
    >>> cost_of_part(line, D(1), before=D(0), cost_before=D(0), decimals=2)
    Decimal('3.33')
    >>> cost_of_part(line, D(2), before=D(1), cost_before=D("3.33"), decimals=2)
    Decimal('6.67')
    """
    upto = before + quantity
    cost = -shipped.stock_value
    return (cost if upto == shipped.quantity else rounded(cost * upto / shipped.quantity, decimals)) - cost_before


def undo_customer_return(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed return leaves the goods with the customer again, as its order says.

    Raises:
        Refused: the return is credited, or what replaces it was shipped.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind == DocumentKind.CUSTOMER_RETURN:
        take_off_order(ctx, document)
        order = order_behind(ctx, document)
        lines = lines_of(ctx, order).values()
        hold_stock(ctx, (line.item_id for line in goods_of(lines)))
        refuse_if_held(ctx, order, [line for line in lines if line.reserved_quantity > _open_quantity(line)])
        for line in goods_of(lines):
            refuse_below_order(ctx, order, line, line.quantity)
            release_beyond(ctx, line, _open_quantity(line))
        follow_lines(ctx, order)


def _open_quantity(line: Row) -> Decimal:
    """What of an order line is still to be shipped."""
    return max(line.quantity - line.fulfilled_quantity, ZERO)
