"""Handlers of goods of ours at a customer's place: sent there and taken back at no change of value, sold when he reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, need_by_code, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lots_of
from app.modules.inventory.places import own_place
from app.modules.inventory.reservations import refuse_if_held
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.stock import Movement, move_goods
from app.modules.inventory.taking import hold_stock, pick
from app.modules.master_data.terms import party_with_role
from app.modules.sales.handlers import create_sales_order, goods_of, ship_lines, shipment_waits
from schemas.commands import consignment as commands
from schemas.commands import trade
from schemas.operational import inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import StockStatus


def place_of(ctx: Context, customer: Row) -> Row:
    """Return the place where goods of ours stand at a customer's.

    Raises:
        Refused: he has none.
    """
    places = ctx.uow.where(master_data.location, "customer_id", customer.id)
    if not places:
        raise Refused("customer_place_missing", field="customer", customer=customer.code)
    return places[0]


@handles(commands.SendConsignment, permission="sales.consignment.write")
def send_consignment(ctx: Context, data: commands.SendConsignment) -> Outcome:
    """Send goods to a customer's place; they stay ours and are free for nobody else."""
    customer = party_with_role(ctx, data.customer, "customer")
    place = place_of(ctx, customer)
    transfer = _transfer(ctx, customer, data.posted_on or ctx.today, data.note)
    movements: list[Movement] = []
    for item, line in _named(ctx, data.lines):
        code = line.location or data.location
        start = own_place(ctx, code) if code is not None else None
        for balance, taken in pick(ctx, item, line.quantity, start, line.lot, {}, movements):
            origin = ctx.uow.need(master_data.location, balance.location_id)
            movements.append(_movement(ctx, transfer, len(movements) + 1, item, origin, place, taken, balance.lot_id))
    move_goods(ctx, transfer, movements, transfer.posted_on)
    return Outcome("receipt.posted", transfer)


@handles(commands.TakeConsignmentBack, permission="sales.consignment.write")
def take_consignment_back(ctx: Context, data: commands.TakeConsignmentBack) -> Outcome:
    """Take goods back from a customer's place; without lines, everything that stands there."""
    customer = party_with_role(ctx, data.customer, "customer")
    place, end = place_of(ctx, customer), own_place(ctx, data.location)
    wanted = list(data.lines) or _all_at(ctx, customer, place)
    transfer = _transfer(ctx, customer, data.posted_on or ctx.today, data.note)
    movements: list[Movement] = []
    for item, line in _named(ctx, wanted):
        target = own_place(ctx, line.location) if line.location is not None else end
        _refuse_beyond(ctx, customer, place, item, line.quantity)
        picked = pick(ctx, item, line.quantity, place, line.lot, {}, movements, status=StockStatus.CONSIGNED)
        for balance, taken in picked:
            movements.append(_movement(ctx, transfer, len(movements) + 1, item, place, target, taken, balance.lot_id))
    move_goods(ctx, transfer, movements, transfer.posted_on)
    return Outcome("receipt.posted", transfer)


def _transfer(ctx: Context, customer: Row, posted_on: date, note: str | None) -> Row:
    return new_document(
        ctx,
        DocumentKind.STOCK_TRANSFER,
        DocumentState.POSTED,
        party_id=customer.id,
        document_on=posted_on,
        posted_on=posted_on,
        note=note,
    )


def _named(ctx: Context, lines: Sequence[commands.ConsignedLine]) -> list[tuple[Row, commands.ConsignedLine]]:
    """Lines with their items, a piece each where there are serial numbers, their stock locked."""
    named = [(need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in lines]
    hold_stock(ctx, (item.id for item, _ in named))
    return list(all_pieces(named))


def _movement(
    ctx: Context, transfer: Row, number: int, item: Row, start: Row, end: Row, quantity: Decimal, lot_id: int
) -> Movement:
    row = new_line(
        ctx,
        transfer,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=item.unit_id,
        location_id=start.id,
        to_location_id=end.id,
        lot_id=lot_id,
    )
    leaves, arrives = (
        (StockStatus.CONSIGNED, StockStatus.AVAILABLE)
        if start.customer_id is not None
        else (StockStatus.AVAILABLE, StockStatus.CONSIGNED)
    )
    return Movement(item, start, end, quantity, row, lot_id, status=leaves.value, to_status=arrives.value)


def _standing(ctx: Context, place: Row) -> dict[int, Decimal]:
    """What stands at a customer's place, by item."""
    found: dict[int, Decimal] = {}
    for row in ctx.uow.where(inventory.stock_balance, "location_id", place.id):
        if row.quantity > 0:
            found[row.item_id] = found.get(row.item_id, ZERO) + row.quantity
    return found


def _all_at(ctx: Context, customer: Row, place: Row) -> list[commands.ConsignedLine]:
    """A line for each balance at a customer's place.

    Raises:
        Refused: nothing stands there.
    """
    ctx.uow.write_earlier()
    items = ctx.uow.many(master_data.item, _standing(ctx, place))
    hold_stock(ctx, items)
    lines = [
        commands.ConsignedLine(
            item=item.code,
            quantity=row.quantity,
            lot=lots_of(ctx, item)[row.lot_id].code if row.lot_id else None,
        )
        for item in items.values()
        for row in ctx.uow.where(inventory.stock_balance, "item_id", item.id, lock=True)
        if row.location_id == place.id and row.quantity > 0
    ]
    if not lines:
        raise Refused("nothing_at_customer", field="customer", customer=customer.code, location=place.code)
    return lines


def _refuse_beyond(ctx: Context, customer: Row, place: Row, item: Row, quantity: Decimal) -> None:
    rows = ctx.uow.where(inventory.stock_balance, "item_id", item.id, lock=True)
    there = sum((row.quantity for row in rows if row.location_id == place.id), ZERO)
    if there < quantity:
        raise Refused(
            "consigned_short",
            field="lines",
            item=item.code,
            customer=customer.code,
            wanted=quantity,
            there=there,
            short=quantity - there,
        )


@handles(commands.ReportConsumption, permission="sales.consignment.write")
def report_consumption(ctx: Context, data: commands.ReportConsumption) -> Outcome:
    """Sell what a customer reports as consumed: an order is shipped from his place, and is to be invoiced.

    Where credit or a rule holds up a shipment on an order that is named, somebody is asked and nothing leaves.
    """
    customer = party_with_role(ctx, data.customer, "customer")
    place = place_of(ctx, customer)
    order = _order(ctx, data, customer)
    if shipment_waits(ctx, order):
        if data.order is None:
            raise Refused("consumption_waits", field="lines", customer=customer.code)
        return Outcome("receipt.shipment_waits", order)
    order_lines = lines_of(ctx, order)
    refuse_if_held(ctx, order, order_lines.values())
    named = [(need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in data.lines]
    hold_stock(ctx, (item.id for item, _ in named))
    left = {row.line: row.quantity - row.fulfilled_quantity for row in goods_of(order_lines.values()) if not row.closed}
    wanted: list[trade.ShipmentLine] = []
    for item, line in all_pieces(named):
        _refuse_beyond(ctx, customer, place, item, line.quantity)
        wanted += _of_lines(order_lines, left, item, line)
    shipment = ship_lines(
        ctx,
        order,
        wanted,
        data.posted_on or ctx.today,
        external_number=data.external_number,
        consigned_at=place,
    )
    return Outcome("receipt.consumption", shipment, {"order": order.number})


def _order(ctx: Context, data: commands.ReportConsumption, customer: Row) -> Row:
    """The order that the consumption is sold by: the one that is named, or a new one at the customer's prices.

    Raises:
        Refused: the order is another customer's or not confirmed, it has its own prices, or a new one has to be approved first.
    """
    if data.order is None:
        lines = [
            trade.OrderLine(item=line.item, quantity=line.quantity, unit_price=line.unit_price) for line in data.lines
        ]
        header = trade.CreateSalesOrder(
            customer=data.customer,
            document_on=data.posted_on,
            external_number=data.external_number,
            note=data.note,
            reserve=False,
            lines=lines,
        )
        order = create_sales_order(ctx, header).document
        assert order is not None
        if order.state != DocumentState.CONFIRMED:
            raise Refused("consumption_waits", field="lines", customer=customer.code)
        return order
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    if order.party_id != customer.id:
        raise Refused("order_of_another_customer", field="order", number=order.number, customer=customer.code)
    priced = next((line.item for line in data.lines if line.unit_price is not None), None)
    if priced is not None:
        raise Refused("take_over_price", field="unit_price", item=priced, number=order.number)
    return order


def _of_lines(
    order_lines: Mapping[int, Row], left: dict[int, Decimal], item: Row, line: commands.ConsumedLine
) -> list[trade.ShipmentLine]:
    """Share what was consumed out over the open lines of the order, in their order.

    Raises:
        Refused: less of the item is open.
    """
    rest, found = line.quantity, []
    for number in sorted(left):
        part = min(rest, left[number]) if order_lines[number].item_id == item.id else ZERO
        if part > 0:
            left[number] -= part
            rest -= part
            found.append(trade.ShipmentLine(line=number, quantity=part, lot=line.lot))
    if rest > 0:
        raise Refused(
            "more_than_ordered", field="quantity", item=item.code, quantity=line.quantity, open=line.quantity - rest
        )
    return found
