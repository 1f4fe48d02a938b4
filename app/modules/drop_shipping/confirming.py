"""Handler that books that goods left a supplier for our customer: a goods receipt and a shipment in one command.

The goods go from the supplier's side past us to the customer's side: no place of ours ever holds them, so they are free for nobody
and change no average, layer or standard. Their purchase price passes through the inventory account of their category within the
command, by the rules of any receipt and any shipment, and is the cost of the sale by every method. Neither is taken back without
the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    follow_lines,
    hold_followers,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.drop_shipping.ordering import LINK
from app.modules.inventory.lots import lot_by_code
from app.modules.inventory.places import location_of_kind
from app.modules.inventory.serials import all_pieces, begin_warranty
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock
from app.modules.ledger.handlers import reverse_document
from app.modules.purchasing.handlers import Part, receipt_movement
from app.modules.purchasing.receiving import count, record_count
from app.modules.sales.order_routing import follow_queues
from schemas.commands import drop_shipments as commands
from schemas.commands.trade import ReceiptLine, ReverseDocument
from schemas.facts import DocumentReversed, FactLine, GoodsReceived, GoodsShipped
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind


@dataclass(frozen=True)
class _Sides:
    """Where the goods come from, what they pass, and where they go."""

    supplier: Row
    past_us: Row
    customer: Row


@handles(commands.ConfirmDropShipment, permission="purchasing.drop_shipment.write")
def confirm_drop_shipment(ctx: Context, data: commands.ConfirmDropShipment) -> Outcome:
    """Book that goods left the supplier for our customer: received at the order's price and shipped at it in one posting."""
    purchase = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(purchase, DocumentState.CONFIRMED)
    order = _order_of(ctx, purchase)
    need_state(order, DocumentState.CONFIRMED)
    posted_on = data.posted_on or ctx.today
    purchase_lines, order_lines = lines_of(ctx, purchase), {row.id: row for row in lines_of(ctx, order).values()}
    named = _named(ctx, purchase, purchase_lines, data)
    hold_followers(ctx, purchase_lines)
    hold_stock(ctx, (item.id for item, _ in named))
    _refuse_ours(ctx, named)
    counted = count(ctx, purchase, purchase_lines, [line for _, line in named])
    dated = {"document_on": posted_on, "posted_on": posted_on, "note": data.note}
    kind, state = DocumentKind.GOODS_RECEIPT, DocumentState.POSTED
    receipt = new_document(
        ctx, kind, state, party_id=purchase.party_id, external_number=data.delivery_note or data.waybill, **dated
    )
    link(ctx, purchase, receipt, "fulfilment")
    kind = DocumentKind.SHIPMENT
    shipment = new_document(ctx, kind, state, party_id=order.party_id, external_number=data.waybill, **dated)
    link(ctx, order, shipment, "fulfilment")
    link(ctx, receipt, shipment, LINK)
    places = (LocationKind.SUPPLIER, LocationKind.DROP_SHIPMENT, LocationKind.CUSTOMER)
    sides = _Sides(*(location_of_kind(ctx, place) for place in places))
    received: list[Movement] = []
    for number, (item, line) in enumerate(named, start=1):
        _refuse_beyond_sold(item, line, order_lines[purchase_lines[line.line].source_line_id])
        part = Part(line, sides.past_us, whole=not item.serial_tracked)
        received.append(receipt_movement(ctx, receipt, counted[line.line], part, sides.supplier, number))
        sold = order_lines[purchase_lines[line.line].source_line_id]
        ctx.uow.update(documents.document_line, sold, fulfilled_quantity=sold.fulfilled_quantity + line.quantity)
    _post_receipt(ctx, receipt, received)
    _post_shipment(ctx, shipment, received, purchase_lines, sides)
    record_count(ctx, receipt, list(counted.values()), from_notice=False)
    for ordered in (purchase, order):
        follow_lines(ctx, ordered)
    follow_queues(ctx, order)
    return Outcome("receipt.drop_shipped", shipment, {"order": order.number})


def _order_of(ctx: Context, purchase: Row) -> Row:
    """Lock and return the sales order that a purchase order ships to.

    Raises:
        Refused: its goods come to us.
    """
    for row in ctx.uow.where(documents.document_link, "to_id", purchase.id):
        if row.kind == LINK:
            return ctx.uow.need(documents.document, row.from_id, lock=True)
    raise Refused("order_ships_to_us", field="order", number=purchase.number)


def _named(
    ctx: Context, purchase: Row, lines: Mapping[int, Row], data: commands.ConfirmDropShipment
) -> list[tuple[Row, ReceiptLine]]:
    """What left, with its items, a piece each where there are serial numbers; without lines, all that is open.

    Raises:
        Refused: a line is unknown, or nothing is open.
    """
    left = data.lines or [
        commands.LeftLine(line=row.line, quantity=row.quantity - row.fulfilled_quantity)
        for row in lines.values()
        if not row.closed and row.quantity > row.fulfilled_quantity
    ]
    if not left:
        raise Refused("nothing_open", number=purchase.number)
    wanted = [ReceiptLine(**line.model_dump()) for line in left]
    items = [ctx.uow.need(master_data.item, need_line(purchase, dict(lines), line.line).item_id) for line in wanted]
    return list(all_pieces(zip(items, wanted, strict=True)))


def _refuse_ours(ctx: Context, named: Sequence[tuple[Row, ReceiptLine]]) -> None:
    """Refuse pieces that are said twice or stand in a place of ours: they cannot have left the supplier.

    Raises:
        Refused: one does.
    """
    said: set[tuple[int, str | None]] = set()
    for item, line in named:
        if not item.serial_tracked:
            continue
        if (item.id, line.lot) in said:
            raise Refused("serial_twice", field="serials", serial=line.lot)
        said.add((item.id, line.lot))
        known = lot_by_code(ctx, item, line.lot)
        for row in ctx.uow.where(inventory.stock_balance, "item_id", item.id, lock=True):
            if known is not None and row.lot_id == known.id and row.quantity > 0:
                place = ctx.uow.need(master_data.location, row.location_id).code
                raise Refused("serial_in_stock", field="serials", item=item.code, serial=line.lot, location=place)


def _refuse_beyond_sold(item: Row, line: ReceiptLine, sold: Row) -> None:
    """Refuse that more leaves for the customer than he ordered, whatever the supplier's tolerance allows.

    Raises:
        Refused: more does.
    """
    left = ZERO if sold.closed else sold.quantity - sold.fulfilled_quantity
    if line.quantity > left:
        facts = {"item": item.code, "quantity": line.quantity, "open": max(left, ZERO)}
        raise Refused("more_than_ordered", field="quantity", **facts)


def _post_receipt(ctx: Context, receipt: Row, received: Iterable[Movement]) -> None:
    """Move the goods past us and post what they cost."""
    movements = list(received)
    move_goods(ctx, receipt, movements, receipt.posted_on)
    facts = []
    for movement in movements:
        cost = _cost(movement)
        ctx.uow.update(documents.document_line, movement.line, stock_value=cost)  # pyright: ignore[reportArgumentType]
        amounts = {"order_value": cost, "stock_value": cost, "variance": ZERO}
        facts.append(FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}))
    add_totals(ctx, receipt, sum((fact.amounts["order_value"] for fact in facts), ZERO), ZERO)
    ctx.emit(GoodsReceived(receipt.id, receipt.posted_on, tuple(facts)))


def _cost(movement: Movement) -> Decimal:
    assert movement.value is not None
    return movement.value


def _post_shipment(
    ctx: Context, shipment: Row, received: Sequence[Movement], purchase_lines: Mapping[int, Row], sides: _Sides
) -> None:
    """Move on to the customer what was received, and post as cost of the sale what it cost."""
    sold = {row.id: row.source_line_id for row in purchase_lines.values()}
    movements, facts = [], []
    for number, came in enumerate(received, start=1):
        assert came.line is not None
        row = new_line(
            ctx,
            shipment,
            number,
            item_id=came.item.id,
            quantity=came.quantity,
            unit_id=came.item.unit_id,
            source_line_id=sold[came.line.source_line_id],
            location_id=sides.past_us.id,
            lot_id=came.lot_id,
            stock_value=-_cost(came),
        )
        begin_warranty(ctx, came.item, row, shipment.posted_on)
        movements.append(Movement(came.item, sides.past_us, sides.customer, came.quantity, row, came.lot_id))
        facts.append(FactLine({"cost": _cost(came)}, {"inventory": inventory_role(ctx, came.item)}))
    move_goods(ctx, shipment, movements, shipment.posted_on)
    ctx.emit(GoodsShipped(shipment.id, shipment.posted_on, tuple(facts)))


def take_partner_back(ctx: Context, fact: DocumentReversed) -> None:
    """A receipt and a shipment that were booked as a drop shipment are taken back together.

    Raises:
        Refused: the other one is billed, invoiced or returned.
    """
    for end, other in (("from_id", "to_id"), ("to_id", "from_id")):
        for row in ctx.uow.where(documents.document_link, end, fact.reverses_id):
            partner = ctx.uow.need(documents.document, row[other], lock=True) if row.kind == LINK else None
            if partner is None or partner.kind not in {DocumentKind.GOODS_RECEIPT, DocumentKind.SHIPMENT}:
                continue
            if not ctx.uow.where(documents.document, "reverses_id", partner.id):
                assert fact.description is not None, fact.reverses_id
                again = ReverseDocument(document=partner.id, posted_on=fact.posted_on, reason=fact.description)
                reverse_document(ctx, again)
