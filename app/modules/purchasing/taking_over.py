"""Handler by which consigned goods of a supplier become ours: a purchase order, received at once out of what stands here.

The goods leave their owner's balance and come into ours, at the order's price and in the same place, with one goods receipt; so the
supplier bills them, and they go back to him, like any that were received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, follow_lines, hold_followers, lines_of, link, need_state, new_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import hold_advances
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.stock import Movement, move_goods
from app.modules.inventory.taking import pick
from app.modules.master_data.terms import active_item, party_with_role, stocking_quantity
from app.modules.purchasing.handlers import Part, Placed, place_order, post_receipt, receipt_movement
from app.modules.purchasing.promises import refuse_if_direct
from app.modules.purchasing.receiving import Counted, counted_line, record_count
from app.modules.purchasing.subcontracting import Consumed, components_of, hold_goods
from schemas.commands import third_party as commands
from schemas.commands import trade
from schemas.facts import DocumentReversed
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind

PLACED: Final = "take_over"
"""Links an order to the receipt for which it was made."""


@dataclass
class _TakenOver:
    """What goes out of the supplier's balance, what comes into ours, and what that is of each order line."""

    out: list[Movement] = field(default_factory=list)
    into: list[Movement] = field(default_factory=list)
    counted: dict[int, Counted] = field(default_factory=dict)


@handles(commands.TakeOverConsignment, permission="purchasing.take_over.write")
def take_over_consignment(ctx: Context, data: commands.TakeOverConsignment) -> Outcome:
    """Take consigned goods of a supplier into own stock where they stand, at his price; he bills them like any receipt."""
    supplier = party_with_role(ctx, data.supplier, "supplier")
    posted_on = data.posted_on or ctx.today
    named = [(active_item(ctx, line.item), line) for line in data.lines]
    for item, line in named:
        stocking_quantity(ctx, item, line.quantity, None)
    order = _order(ctx, data, supplier)
    order_lines = lines_of(ctx, order)
    hold_followers(ctx, order_lines)
    receipt = new_document(
        ctx,
        DocumentKind.GOODS_RECEIPT,
        DocumentState.POSTED,
        party_id=supplier.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        note=data.note,
    )
    link(ctx, order, receipt, "fulfilment")
    if data.order is None:
        link(ctx, order, receipt, PLACED)
    hold_advances(ctx, (item.id for item, _ in named))
    hold_goods(ctx, order_lines.values())
    done = _TakenOver()
    for item, line in all_pieces(named):
        _take(ctx, receipt, order, order_lines, item, line, done)
    move_goods(ctx, receipt, done.out, posted_on)
    post_receipt(ctx, receipt, [(movement, Consumed()) for movement in done.into], posted_on)
    follow_lines(ctx, order)
    record_count(ctx, receipt, list(done.counted.values()), from_notice=False)
    return Outcome("receipt.taken_over", receipt, {"order": order.number})


def _order(ctx: Context, data: commands.TakeOverConsignment, supplier: Row) -> Row:
    """The order that the goods are received on: the one that is named, or a new one at the supplier's prices.

    Raises:
        Refused: the order is another supplier's or not confirmed, it has its own prices, or a new one has to be approved first.
    """
    if data.order is None:
        lines = [
            Placed(trade.OrderLine(item=line.item, quantity=line.quantity, unit_price=line.unit_price))
            for line in data.lines
        ]
        header = trade.CreatePurchaseOrder(
            supplier=data.supplier,
            document_on=data.posted_on,
            due_on=data.posted_on,
            note=data.note,
            lines=[placed.line for placed in lines],
        )
        order, waits = place_order(ctx, header, lines)
        if waits:
            raise Refused("take_over_waits", field="lines", supplier=supplier.code)
        return order
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    refuse_if_direct(ctx, order)
    if order.party_id != supplier.id:
        raise Refused("order_of_another_supplier", field="order", number=order.number, supplier=supplier.code)
    priced = next((line.item for line in data.lines if line.unit_price is not None), None)
    if priced is not None:
        raise Refused("take_over_price", field="unit_price", item=priced, number=order.number)
    return order


def _take(
    ctx: Context,
    receipt: Row,
    order: Row,
    order_lines: Mapping[int, Row],
    item: Row,
    line: commands.TakenOverLine,
    done: _TakenOver,
) -> None:
    """Plan the moves of one line: what is picked of the supplier's goods, shared out over the open lines of the order."""
    supplier_side = location_of_kind(ctx, LocationKind.SUPPLIER)
    place = own_place(ctx, line.location) if line.location is not None else None
    picked = pick(ctx, item, line.quantity, place, line.lot, {}, done.out, owner_id=order.party_id)
    for balance, taken in picked:
        start = ctx.uow.need(master_data.location, balance.location_id)
        lot = ctx.uow.need(inventory.lot, balance.lot_id).code if balance.lot_id else None
        for number, quantity in _open_lines(ctx, order, order_lines, item, taken):
            found = done.counted.setdefault(number, counted_line(ctx, order, order_lines[number]))
            arrived = trade.ReceiptLine(line=number, quantity=quantity, location=start.code, lot=lot)
            found.lines.append(arrived)
            part = Part(arrived, start, whole=False)
            into = receipt_movement(ctx, receipt, found, part, supplier_side, len(done.into) + 1)
            done.into.append(replace(into, stays=True))
            done.out.append(
                Movement(item, start, supplier_side, quantity, into.line, balance.lot_id, owner_id=order.party_id)
            )


def _open_lines(
    ctx: Context, order: Row, order_lines: Mapping[int, Row], item: Row, quantity: Decimal
) -> Iterator[tuple[int, Decimal]]:
    """Share a quantity out over the open lines of an order, in their order.

    Raises:
        Refused: less of the item is open, or the supplier makes it of our components.
    """
    wanted = quantity
    for number, row in sorted(order_lines.items()):
        if row.item_id != item.id or row.closed:
            continue
        if components_of(ctx, row):
            raise Refused("take_over_of_made_goods", field="lines", item=item.code, number=order.number)
        part = min(wanted, row.quantity - row.fulfilled_quantity)
        if part > 0:
            wanted -= part
            yield number, part
        if wanted <= 0:
            return
    raise Refused("more_than_ordered", field="quantity", item=item.code, quantity=quantity, open=quantity - wanted)


def cancel_order_of_take_over(ctx: Context, fact: DocumentReversed) -> None:
    """The order that was made to take goods over ends when its receipt is taken back: the goods are the supplier's again."""
    for row in ctx.uow.where(documents.document_link, "to_id", fact.reverses_id):
        if row.kind == PLACED:
            order = ctx.uow.need(documents.document, row.from_id, lock=True)
            if all(line.fulfilled_quantity == ZERO for line in lines_of(ctx, order).values()):
                ctx.uow.update(documents.document, order, state=DocumentState.CANCELLED.value)
