"""Handlers of sales orders and shipments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.approvals import must_wait, prepare_standing, withdraw_requests
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    CHARGE,
    add_totals,
    find_document,
    follow_lines,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import advanced_for, read_advances, refuse_if_advanced, still_to_give
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.reservations import (
    consume,
    free_piece,
    read_reservations,
    refuse_if_held,
    release_beyond,
    reserve_free,
    reserved_for,
)
from app.modules.inventory.returns import refuse_if_returned, replaced_quantity
from app.modules.inventory.serials import all_pieces_of_layers, begin_warranty
from app.modules.inventory.stock import NO_LAYERS, Movement, OwnLayers, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock, pick
from app.modules.inventory.warehouses import delivery_steps_of, stands_in
from app.modules.master_data.currencies import DocumentCurrency, currency_on
from app.modules.master_data.terms import delivery_terms, party_with_role
from app.modules.sales.direct_lines import direct_supplier, refuse_if_on_order
from app.modules.sales.foreign_lines import say_sums, write_priced
from app.modules.sales.freight import charges_taxed, freight_of, priced_charges, with_freight, write_charges
from app.modules.sales.line_prices import PricedLine, keep_reasons, priced_line
from app.modules.sales.order_routing import follow_queues, route_lines
from app.modules.sales.promises import hold_supply, prepare_promises, promise_lines
from app.modules.sales.promotions import Buying, coupons_named, drawn_by, keep_coupons, settle_uses, take_promotions
from app.modules.sales.quoted import give_back_to_quotation, hold_quoted, take_from_quotation
from app.modules.sales.versions import withdraw_change
from schemas.commands import trade as commands
from schemas.facts import DocumentApproved, DocumentReversed, FactLine, GoodsShipped
from schemas.operational import documents, fulfilment, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import DeliverySteps, LocationKind, StockStatus

CONFIRMING: Final = "confirm_sales_order"


@handles(commands.CreateSalesOrder, permission="sales.order.write")
def create_sales_order(ctx: Context, data: commands.CreateSalesOrder) -> Outcome:
    """Take a customer's order in his currency; a confirmed order reserves the stock that is free."""
    customer = party_with_role(ctx, data.customer, "customer")
    on = data.document_on or ctx.today
    if data.confirm:
        prepare_standing(ctx, CONFIRMING, customer.id)
    currency, coupons = currency_on(ctx, data.currency or customer.currency, on), coupons_named(ctx, data.coupons)
    lines = price_lines(ctx, customer, data.lines, on, currency, due_on=data.due_on or on)
    taxed = charges_taxed(customer, (line.values["tax_code_id"] for line in lines.values()))
    charges = priced_charges(ctx, data.charges, currency, taxed)
    buying = Buying(customer, on, currency, data.channel, data.region, coupons)
    lines |= take_promotions(ctx, buying, lines, freight=freight_of(charges))
    if data.confirm:
        wanted = ((line.values["item_id"], line.values["quantity"]) for line in lines.values())
        prepare_promises(ctx, wanted, reserves=data.reserve)
    order = new_document(
        ctx,
        DocumentKind.SALES_ORDER,
        DocumentState.DRAFT,
        party_id=customer.id,
        document_on=on,
        due_on=data.due_on,
        channel=data.channel,
        priority=data.priority,
        external_number=data.external_number,
        note=data.note,
        **delivery_terms(customer, data),
    )
    if data.region is not None:
        ctx.uow.insert(fulfilment.order_delivery, id=order.id, region=data.region, version=1)
    rows = new_lines(ctx, order, lines, currency, charges)
    reasoned = with_freight(lines, charges)
    keep_reasons(ctx, order, reasoned, coupons={key: row.id for key, row in coupons.items()})
    keep_coupons(ctx, order, coupons)
    settle_uses(ctx, order, drawn_by(reasoned.values(), coupons, currency))
    return book_order(ctx, order, rows, confirm=data.confirm, reserve=data.reserve)


def book_order(ctx: Context, order: Row, rows: list[Row], *, confirm: bool, reserve: bool) -> Outcome:
    """Sum a new order up; confirm it, and reserve what is free, where that is wished and nobody has to approve it first."""
    add_totals(ctx, order, sum((r.net_amount for r in rows), ZERO), sum((r.tax_amount for r in rows), ZERO))
    if not confirm or must_wait(ctx, order, CONFIRMING):
        key = "receipt.waits_for_approval" if confirm else "receipt.created_document"
        return Outcome(key, order, {"short_lines": 0})
    take_effect(ctx, order, rows, reserve=reserve, keeps_chosen=True)
    waits = (row for row in goods_of(rows) if row.supplier_id is None and row.reserved_quantity < row.quantity)
    short = sum(1 for _ in waits) if reserve else 0
    return Outcome("receipt.created_document", order, {"short_lines": short})


def take_effect(
    ctx: Context, order: Row, rows: Iterable[Row], *, reserve: bool = True, keeps_chosen: bool = False
) -> None:
    """Confirm an order whose lines are judged: route them, reserve what is free where that is wished, and promise all of them.

    Args:
        ctx: the running command; `prepare_promises` or `hold_supply` was called for what is wanted.
        order: a draft.
        rows: its lines.
        reserve: whether stock is reserved; a promise counts as demand either way.
        keeps_chosen: whether a day that was chosen must be borne out; otherwise a later one takes its place.
    """
    goods = goods_of(row for row in rows if not row.closed)
    route_lines(ctx, order, goods)
    take_from_quotation(ctx, goods)
    if reserve:
        reserve_lines(ctx, goods)
    promise_lines(ctx, goods, keeps_chosen=keeps_chosen)
    ctx.uow.update(documents.document, order, state=DocumentState.CONFIRMED.value)


def price_lines(
    ctx: Context,
    customer: Row,
    asked: Iterable[commands.OrderLine],
    on: date,
    currency: DocumentCurrency,
    *,
    due_on: date,
) -> dict[int, PricedLine]:
    """Price the lines of a new order or quotation before promotions, by number."""
    return {
        number: priced_line(ctx, customer, line, on, currency, due_on=due_on)
        for number, line in enumerate(asked, start=1)
    }


def new_lines(
    ctx: Context,
    document: Row,
    lines: Mapping[int, PricedLine],
    currency: DocumentCurrency,
    charges: Sequence[PricedLine] = (),
) -> list[Row]:
    """Put priced lines on an order or a quotation, by number; an order's are marked where a supplier ships them by himself.

    Args:
        ctx: the running command.
        document: the order or the quotation.
        lines: by number.
        currency: of the document.
        charges: what is charged beside the goods; they follow the lines.
    """
    ordered = document.kind == DocumentKind.SALES_ORDER
    say_sums(ctx, document, currency, [*lines.values(), *charges])
    rows = [
        write_priced(
            ctx,
            document,
            number,
            line.values,
            currency,
            promised_on=line.promised_on,
            supplier_id=direct_supplier(ctx, line.values["item_id"]) if ordered else None,
        )
        for number, line in sorted(lines.items())
    ]
    return rows + write_charges(ctx, document, charges, currency, first=max(lines) + 1)


def goods_of(rows: Iterable[Row]) -> list[Row]:
    """The lines of an order that are goods, in the order in which their stock is locked; the others are charges."""
    return sorted((row for row in rows if row.kind != CHARGE), key=lambda r: (r.item_id, r.line))


def reserve_lines(ctx: Context, rows: Iterable[Row]) -> None:
    """Reserve for the open goods of an order what is free, in the warehouse that a line belongs to where it names one."""
    goods = [row for row in goods_of(rows) if row.supplier_id is None]
    hold_stock(ctx, (row.item_id for row in goods))
    read_advances(ctx, goods)
    for row in goods:
        wanted = still_to_give(ctx, row) - row.reserved_quantity
        if wanted > 0:
            reserve_free(ctx, row, wanted, warehouse_id=row.location_id)


@handles(commands.OrderAction, permission="sales.order.write")
def confirm_sales_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Confirm a draft order and reserve the stock that is free."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.DRAFT)
    prepare_standing(ctx, CONFIRMING, order.party_id)
    goods = goods_of(lines_of(ctx, order).values())
    hold_quoted(ctx, goods)
    prepare_promises(ctx, ((row.item_id, row.quantity) for row in goods))
    if must_wait(ctx, order, CONFIRMING):
        return Outcome("receipt.waits_for_approval", order)
    take_effect(ctx, order, goods, keeps_chosen=True)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CONFIRMED.value})


def confirm_approved_sales_order(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval confirms a sales order that waited for it and reserves what is free."""
    order = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if order.kind == DocumentKind.SALES_ORDER and order.state == DocumentState.DRAFT:
        if must_wait(ctx, order, CONFIRMING, asker=order.created_by):
            return  # More stands against it now than was approved; who may release that is asked.
        goods = goods_of(lines_of(ctx, order).values())
        hold_quoted(ctx, goods)
        hold_supply(ctx, ((row.item_id, row.quantity) for row in goods))
        take_effect(ctx, order, goods)


@handles(commands.OrderAction, permission="sales.order.write")
def cancel_sales_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Cancel an order of which nothing was shipped; its reservations are free again."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.DRAFT, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order).values()
    if any(line.fulfilled_quantity > 0 or line.invoiced_quantity > 0 for line in lines):
        raise Refused("order_partly_fulfilled", number=order.number)
    refuse_if_on_order(ctx, order, lines)
    refuse_if_advanced(ctx, order, lines)
    settle_uses(ctx, order, {})
    hold_stock(ctx, (line.item_id for line in goods_of(lines)))
    for line in goods_of(lines):
        release_beyond(ctx, line, ZERO)
    give_back_to_quotation(ctx, lines)
    withdraw_change(ctx, order)
    withdraw_requests(ctx, order)
    ctx.uow.update(documents.document, order, state=DocumentState.CANCELLED.value)
    follow_queues(ctx, order)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CANCELLED.value})


@handles(commands.OrderAction, permission="sales.order.write")
def close_sales_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Close an order short: what was not shipped will not be."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order).values()
    refuse_if_on_order(ctx, order, lines)
    refuse_if_advanced(ctx, order, lines)
    hold_stock(ctx, (line.item_id for line in goods_of(lines)))
    for line in goods_of(lines):
        release_beyond(ctx, line, ZERO)
    for line in lines:
        ctx.uow.update(documents.document_line, line, closed=True)
    withdraw_change(ctx, order)
    withdraw_requests(ctx, order)
    ctx.uow.update(documents.document, order, state=DocumentState.CLOSED.value)
    follow_queues(ctx, order)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CLOSED.value})


@handles(commands.ShipGoods, permission="sales.shipment.write")
def ship_goods(ctx: Context, data: commands.ShipGoods) -> Outcome:
    """Ship goods of a confirmed order: reserved stock first, then what is free, first expired first out.

    Where the customer's terms or a rule hold shipments up, nothing leaves until it is approved and shipped again. What stands in a
    warehouse that delivers in steps leaves by a wave and its parcels.

    Raises:
        Refused: nothing is open, not as much is free, or the goods leave their warehouse picked and packed.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    if shipment_waits(ctx, order):
        return Outcome("receipt.shipment_waits", order)
    order_lines = lines_of(ctx, order)
    refuse_if_held(ctx, order, order_lines.values())
    read_advances(ctx, order_lines.values())
    wanted = data.lines or [
        commands.ShipmentLine(line=row.line, quantity=rest)
        for row in goods_of(order_lines.values())
        if not row.closed
        and row.supplier_id is None
        and (rest := row.quantity - row.fulfilled_quantity - advanced_for(ctx, row)) > 0
    ]
    if not wanted:
        raise Refused("nothing_open", number=order.number)
    posted_on = data.posted_on or ctx.today
    shipment = ship_lines(ctx, order, wanted, posted_on, location=data.location, external_number=data.external_number)
    _refuse_unpicked(ctx, order, shipment)
    return Outcome("receipt.posted", shipment)


def _refuse_unpicked(ctx: Context, order: Row, shipment: Row) -> None:
    """Refuse a shipment of goods that leave their warehouse picked and packed."""
    for place_id in {line.location_id for line in lines_of(ctx, shipment).values()}:
        steps, place = delivery_steps_of(ctx, place_id)
        if steps is DeliverySteps.PICK_PACK_SHIP:
            raise Refused("ships_in_parcels", field="order", number=order.number, warehouse=place.code)


def shipment_waits(ctx: Context, order: Row) -> bool:
    """Say whether the customer's terms or a rule hold up what would leave for an order; who releases it is asked."""
    prepare_standing(ctx, ship_goods.__name__, order.party_id)
    return must_wait(ctx, order, ship_goods.__name__)


def ship_lines(
    ctx: Context,
    order: Row,
    wanted: Sequence[commands.ShipmentLine],
    posted_on: date,
    *,
    location: str | None = None,
    external_number: str | None = None,
    consigned_at: Row | None = None,
    own_layers: OwnLayers = NO_LAYERS,
) -> Row:
    """Post the shipment of these quantities of a confirmed order and return it.

    With `consigned_at` they are taken from what stands consigned at that place of the customer's, and from nowhere else.

    Raises:
        Refused: a line is unknown, a charge or closed, more is wanted than is open or free, or the period is locked.
    """
    order_lines = lines_of(ctx, order)
    for line in wanted:
        if need_line(order, order_lines, line.line).kind == CHARGE:
            raise Refused("line_is_charge", field="lines", number=order.number, line=line.line)
        if order_lines[line.line].supplier_id is not None:
            raise Refused("line_ships_direct", field="lines", number=order.number, line=line.line)
    shipment = new_document(
        ctx,
        DocumentKind.SHIPMENT,
        DocumentState.POSTED,
        party_id=order.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=external_number,
    )
    link(ctx, order, shipment, "fulfilment")
    hold_stock(ctx, (need_line(order, order_lines, line.line).item_id for line in wanted))
    read_reservations(ctx, order_lines.values())
    read_advances(ctx, order_lines.values())
    movements: list[Movement] = []
    named: list[tuple[commands.ShipmentLine, int | None]] = []
    kept: set[tuple[int, str]] = set()
    asked = [(ctx.uow.need(master_data.item, order_lines[line.line].item_id), line) for line in wanted]
    for item, piece, layer in all_pieces_of_layers(asked, own_layers):
        named.append((piece, layer))
        if item.serial_tracked and piece.lot is not None:
            if (item.id, piece.lot) in kept:
                raise Refused("serial_twice", field="serials", serial=piece.lot)
            kept.add((item.id, piece.lot))
    for line, layer in sorted(named, key=lambda w: (order_lines[w[0].line].item_id, w[0].line)):
        item = ctx.uow.need(master_data.item, order_lines[line.line].item_id)
        if item.serial_tracked:
            free_piece(ctx, order_lines[line.line], item, line.lot, kept)
        left = _ship_line(ctx, shipment, order_lines[line.line], line, location, movements, consigned_at)
        movements += [replace(movement, own_layer=layer) for movement in left]
    moves = move_goods(ctx, shipment, movements, posted_on)
    facts = []
    for move, movement in zip(moves, movements, strict=True):
        assert movement.line is not None
        ctx.uow.update(documents.document_line, movement.line, stock_value=move.value)
        facts.append(FactLine({"cost": -move.value}, {"inventory": inventory_role(ctx, movement.item)}))
    for line in goods_of(order_lines.values()):
        release_beyond(ctx, line, line.quantity - line.fulfilled_quantity)
    ctx.emit(GoodsShipped(shipment.id, posted_on, tuple(facts)))
    follow_lines(ctx, order)
    follow_queues(ctx, order)
    return shipment


def _ship_line(
    ctx: Context,
    shipment: Row,
    order_line: Row,
    line: commands.ShipmentLine,
    location: str | None,
    planned: list[Movement],
    consigned_at: Row | None,
) -> list[Movement]:
    item = ctx.uow.need(master_data.item, order_line.item_id)
    open_quantity = order_line.quantity - order_line.fulfilled_quantity - advanced_for(ctx, order_line)
    if line.quantity > open_quantity or order_line.closed:
        raise Refused(
            "more_than_ordered", field="quantity", item=item.code, quantity=line.quantity, open=max(open_quantity, ZERO)
        )
    code = line.location or location
    place, status, warehouse, reserved = consigned_at, StockStatus.CONSIGNED, None, dict[int, Decimal]()
    if consigned_at is None:
        place, status = own_place(ctx, code) if code is not None else None, StockStatus.AVAILABLE
        warehouse, reserved = order_line.location_id, reserved_for(ctx, order_line)
        if place is not None and not stands_in(ctx, place.id, warehouse):
            sends = ctx.uow.need(master_data.location, warehouse).code
            raise Refused(
                "ships_from_elsewhere", field="location", line=order_line.line, location=place.code, warehouse=sends
            )
    customer_side = location_of_kind(ctx, LocationKind.CUSTOMER)
    movements = []
    picked = pick(ctx, item, line.quantity, place, line.lot, reserved, planned, status=status, warehouse_id=warehouse)
    for number, (balance, taken) in enumerate(picked, start=len(planned) + 1):
        from_reserved = min(taken, reserved.get(balance.id, ZERO))
        if from_reserved > 0:
            consume(ctx, order_line, balance, from_reserved)
        row = new_line(
            ctx,
            shipment,
            number,
            item_id=item.id,
            quantity=taken,
            unit_id=item.unit_id,
            source_line_id=order_line.id,
            location_id=balance.location_id,
            lot_id=balance.lot_id,
        )
        begin_warranty(ctx, item, row, shipment.posted_on)
        start = ctx.uow.need(master_data.location, balance.location_id)
        movements.append(
            Movement(
                item,
                start,
                customer_side,
                taken,
                row,
                balance.lot_id,
                status=status.value,
                reserved=from_reserved,
            )
        )
    ctx.uow.update(
        documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity + line.quantity
    )
    return movements


def reopen_order_of_shipment(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed shipment is open on its order again.

    Raises:
        Refused: what was shipped is invoiced already, or something of it came back.
    """
    shipment = ctx.uow.need(documents.document, fact.reverses_id)
    if shipment.kind != DocumentKind.SHIPMENT:
        return
    refuse_if_returned(ctx, shipment)
    order = order_behind(ctx, shipment)
    for line in lines_of(ctx, shipment).values():
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        remaining = order_line.fulfilled_quantity - line.quantity
        kept = remaining - order_line.returned_quantity
        invoiced = order_line.invoiced_quantity - max(order_line.creditable_quantity, order_line.credited_quantity)
        if kept < invoiced and kept + replaced_quantity(ctx, order_line) < invoiced:
            raise Refused("shipment_invoiced", number=shipment.number)
        ctx.uow.update(documents.document_line, order_line, fulfilled_quantity=remaining)
    follow_lines(ctx, order)
    follow_queues(ctx, order)
