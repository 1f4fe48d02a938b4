"""Packing: picked goods go into parcels, and what is in the parcels is what ships, lot by lot, by one posting.

A parcel can be unpacked until it is handed over. Handing over posts the shipment of its order with exactly the contents of the
parcels; a shipment that is taken back takes its parcels back with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, link, need_line, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.fulfilment.carriers import chosen
from app.modules.fulfilment.following import PACKED, begin_tracking, parcel_numbered
from app.modules.fulfilment.waves import balance_at
from app.modules.inventory.taking import hold_stock
from app.modules.sales.handlers import ship_lines, shipment_waits
from schemas.commands import fulfilment as commands
from schemas.commands.trade import ShipmentLine
from schemas.facts import DocumentReversed
from schemas.operational import documents, inventory, master_data
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@handles(commands.PackParcel, permission="fulfilment.pack.write")
def pack_parcel(ctx: Context, data: commands.PackParcel) -> Outcome:
    """Pack picked goods of an order into a parcel."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    order_lines = lines_of(ctx, order)
    package = _package(ctx, data, None, ctx.uow.get(tables.order_delivery, order.id))
    contents = _wanted(ctx, order, order_lines, data.lines)
    parcel = new_document(ctx, DocumentKind.PARCEL, DocumentState.OPEN, party_id=order.party_id)
    link(ctx, order, parcel, PACKED)
    weight = ZERO
    for number, (order_line, hold, quantity) in enumerate(contents, start=1):
        balance = ctx.uow.need(inventory.stock_balance, hold.balance_id)
        item = ctx.uow.need(master_data.item, order_line.item_id)
        ctx.uow.update(tables.pick_hold, hold, picked=hold.picked - quantity, packed=hold.packed + quantity)
        weight += (item.weight_kg or ZERO) * quantity
        new_line(
            ctx,
            parcel,
            number,
            item_id=item.id,
            quantity=quantity,
            unit_id=item.unit_id,
            source_line_id=order_line.id,
            location_id=balance.location_id,
            lot_id=balance.lot_id,
        )
    ctx.uow.insert(
        tables.parcel,
        id=parcel.id,
        computed_weight_kg=weight.quantize(Decimal("0.001")),
        **package,
        version=1,
    )
    return Outcome("receipt.created_document", parcel, {"order": order.number})


def _wanted(
    ctx: Context, order: Row, order_lines: dict[int, Row], asked: list[commands.PackedLine]
) -> list[tuple[Row, Row, Decimal]]:
    """Order line, hold and quantity of what goes into a parcel.

    Raises:
        Refused: more is asked for than is picked and unpacked.
    """
    holds = {
        line.id: [h for h in ctx.uow.where(tables.pick_hold, "order_line_id", line.id, lock=True) if h.picked > 0]
        for line in order_lines.values()
    }
    if not asked:
        found = [(line, hold, hold.picked) for line in order_lines.values() for hold in holds[line.id]]
        if not found:
            raise Refused("nothing_picked", field="order", number=order.number)
        return found
    left = {hold.id: hold.picked for found in holds.values() for hold in found}
    contents: list[tuple[Row, Row, Decimal]] = []
    for wanted in asked:
        line = need_line(order, order_lines, wanted.line)
        rest = wanted.quantity
        for hold in holds[line.id]:
            taken = min(rest, left[hold.id]) if _is_of_lot(ctx, hold, wanted.lot) else ZERO
            if taken > 0:
                contents.append((line, hold, taken))
                left[hold.id] -= taken
                rest -= taken
        if rest > 0:
            item = ctx.uow.need(master_data.item, line.item_id) if line.item_id else Row(code=line.description)
            picked = wanted.quantity - rest
            raise Refused("more_than_picked", field="lines", item=item.code, quantity=wanted.quantity, picked=picked)
    return contents


def _is_of_lot(ctx: Context, hold: Row, lot: str | None) -> bool:
    if lot is None:
        return True
    balance = ctx.uow.need(inventory.stock_balance, hold.balance_id)
    row = ctx.uow.get(inventory.lot, balance.lot_id)
    return row is not None and row.code == lot


def _package(ctx: Context, data: commands.Package, parcel: Row | None, planned: Row | None) -> dict[str, Any]:
    """The columns of a parcel that a person says; who brings it is as planned for the order where nobody is named.

    Raises:
        Refused: the carrier or its service is unknown, a number has no carrier, or is another parcel's.
    """
    carrier, service = chosen(ctx, data.carrier, data.service)
    carrier_id = carrier.id if carrier else planned.carrier_id if planned else None
    service_id = service.id if service else planned.service_id if planned and not carrier else None
    number = data.tracking_number.upper() if data.tracking_number else None
    if number is not None:
        if carrier_id is None:
            raise Refused("number_without_carrier", field="tracking_number", tracking_number=number)
        other = parcel_numbered(ctx, carrier_id, number)
        if other is not None and (parcel is None or other != parcel.id):
            taken_by = ctx.uow.need(documents.document, other).number
            raise Refused("number_taken", field="tracking_number", tracking_number=number, parcel=taken_by)
    return {
        "carrier_id": carrier_id,
        "service_id": service_id,
        "tracking_number": number,
        "package_type": data.package_type,
        "length_cm": data.length_cm,
        "width_cm": data.width_cm,
        "height_cm": data.height_cm,
        "scale_weight_kg": data.scale_weight_kg,
    }


@handles(commands.ChangeParcel, permission="fulfilment.pack.write")
def change_parcel(ctx: Context, data: commands.ChangeParcel) -> Outcome:
    """Say anew what a parcel is like, who brings it and under which number."""
    document = find_document(ctx, data.parcel, DocumentKind.PARCEL)
    need_state(document, DocumentState.OPEN, DocumentState.POSTED)
    parcel = ctx.uow.need(tables.parcel, document.id, lock=True)
    ctx.uow.update(tables.parcel, parcel, **_package(ctx, data, parcel, None))
    begin_tracking(ctx, document)
    return Outcome("receipt.changed", document, {"what": "parcel", "code": document.number})


@handles(commands.ParcelAction, permission="fulfilment.pack.write")
def unpack_parcel(ctx: Context, data: commands.ParcelAction) -> Outcome:
    """Unpack a parcel that was not handed over; its goods are picked and in no parcel again."""
    document = find_document(ctx, data.parcel, DocumentKind.PARCEL)
    need_state(document, DocumentState.OPEN)
    for line, hold in _holds(ctx, [document]):
        ctx.uow.update(tables.pick_hold, hold, picked=hold.picked + line.quantity, packed=hold.packed - line.quantity)
    parcel = ctx.uow.need(tables.parcel, document.id, lock=True)
    ctx.uow.update(tables.parcel, parcel, tracking_number=None)
    ctx.uow.update(documents.document, document, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", document, {"state": document.state})


@handles(commands.HandOverParcels, permission="fulfilment.pack.write")
def hand_over_parcels(ctx: Context, data: commands.HandOverParcels) -> Outcome:
    """Hand packed parcels over: their contents are posted as one shipment of the order, unless something holds it up."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    parcels = _to_hand_over(ctx, order, data)
    if shipment_waits(ctx, order):
        return Outcome("receipt.shipment_waits", order)
    order_lines = {line.id: line for line in lines_of(ctx, order).values()}
    hold_stock(ctx, {line.item_id for line in order_lines.values() if line.item_id})
    wanted: dict[tuple[int, int, int], Decimal] = defaultdict(lambda: ZERO)
    for line, hold in _holds(ctx, parcels):
        wanted[(line.source_line_id, line.location_id, line.lot_id)] += line.quantity
        ctx.uow.update(tables.pick_hold, hold, packed=hold.packed - line.quantity)
    posted_on = data.posted_on or ctx.today
    for parcel in parcels:
        ctx.uow.update(documents.document, parcel, state=DocumentState.POSTED.value, posted_on=posted_on)
    lines = [_shipped(ctx, order_lines[line], place, lot, quantity) for (line, place, lot), quantity in wanted.items()]
    rows = ctx.uow.many(tables.parcel, [parcel.id for parcel in parcels]).values()
    numbers = sorted({row.tracking_number for row in rows if row.tracking_number})
    waybill = numbers[0] if len(numbers) == 1 else None
    shipment = ship_lines(ctx, order, lines, posted_on, external_number=waybill)
    for parcel in parcels:
        link(ctx, parcel, shipment, PACKED)
        begin_tracking(ctx, parcel)
    return Outcome("receipt.posted", shipment, data={"parcels": len(parcels)})


def _to_hand_over(ctx: Context, order: Row, data: commands.HandOverParcels) -> list[Row]:
    links = [row for row in ctx.uow.where(documents.document_link, "from_id", order.id) if row.kind == PACKED]
    packed = ctx.uow.many(documents.document, [row.to_id for row in links], lock=True)
    if data.parcels:
        named = [find_document(ctx, reference, DocumentKind.PARCEL) for reference in data.parcels]
        for parcel in named:
            if parcel.id not in packed:
                raise Refused("parcel_of_another_order", field="parcels", parcel=parcel.number, number=order.number)
            need_state(parcel, DocumentState.OPEN)
        return list({parcel.id: parcel for parcel in named}.values())
    found = [row for row in packed.values() if row.state == DocumentState.OPEN]
    if not found:
        raise Refused("nothing_packed", field="order", number=order.number)
    return found


def _shipped(ctx: Context, order_line: Row, location_id: int, lot_id: int, quantity: Decimal) -> ShipmentLine:
    lot = ctx.uow.get(inventory.lot, lot_id) if lot_id else None
    return ShipmentLine(
        line=order_line.line,
        quantity=quantity,
        location=ctx.uow.need(master_data.location, location_id).code,
        lot=lot.code if lot is not None else None,
    )


def _holds(ctx: Context, parcels: Iterable[Row]) -> Iterable[tuple[Row, Row]]:
    """Each line of parcels with the hold that it was packed from, locked."""
    for parcel in parcels:
        for line in lines_of(ctx, parcel).values():
            balance = balance_at(ctx, line.item_id, line.location_id, line.lot_id)
            assert balance is not None, line
            holds = ctx.uow.where(tables.pick_hold, "order_line_id", line.source_line_id, lock=True)
            yield line, next(hold for hold in holds if hold.balance_id == balance.id)


def take_parcels_back(ctx: Context, fact: DocumentReversed) -> None:
    """A shipment that is taken back takes its parcels back: their goods are in stock and open on the order again."""
    shipment = ctx.uow.need(documents.document, fact.reverses_id)
    if shipment.kind != DocumentKind.SHIPMENT:
        return
    for origin in ctx.uow.where(documents.document_link, "to_id", shipment.id):
        if origin.kind == PACKED:
            parcel = ctx.uow.need(documents.document, origin.from_id, lock=True)
            ctx.uow.update(documents.document, parcel, state=DocumentState.REVERSED.value)
            ctx.uow.update(tables.parcel, ctx.uow.need(tables.parcel, parcel.id, lock=True), tracking_number=None)
