"""Handlers of production orders.

Value in process grows with each issue. A completion takes out the standard cost or, at actual cost, the order's value so far in
proportion to what is still to be completed. Closing books what is left to production variance.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    find_document,
    lines_of,
    link,
    need_by_code,
    need_line,
    need_state,
    new_document,
    new_line,
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import (
    advanced_for,
    advances_of,
    hold_advances,
    read_advances,
    refuse_if_advanced,
)
from app.modules.inventory.lots import lot_for
from app.modules.inventory.places import arrival_place, location_of_kind, own_place
from app.modules.inventory.serials import all_pieces_of_layers, pieces, shares
from app.modules.inventory.stock import NO_LAYERS, Movement, OwnLayers, inventory_role, method_of, move_goods
from app.modules.inventory.taking import hold_stock, pick
from app.modules.master_data.terms import active_item
from app.modules.production.made_for import keep_origin, origin_of
from app.modules.production.structure import required_components
from schemas.commands import production as commands
from schemas.facts import (
    DocumentReversed,
    FactLine,
    MaterialIssued,
    ProductionCompleted,
    ProductionOrderSettled,
)
from schemas.operational import documents, master_data
from schemas.operational import production as tables
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind


@handles(commands.CreateProductionOrder, permission="production.order.write")
def create_production_order(ctx: Context, data: commands.CreateProductionOrder) -> Outcome:
    """Order the making of an item, with the components of its effective bill of material."""
    item = active_item(ctx, data.item)
    origin = origin_of(ctx, data, item)
    start_on = data.start_on or data.document_on or ctx.today
    due_on = data.due_on or start_on + timedelta(days=int(item.lead_time_days))
    order = new_document(
        ctx,
        DocumentKind.PRODUCTION_ORDER,
        DocumentState.RELEASED if data.release else DocumentState.DRAFT,
        item_id=item.id,
        site_id=origin.site_id,
        quantity=data.quantity,
        document_on=data.document_on or ctx.today,
        start_on=start_on,
        due_on=max(due_on, start_on),
        external_number=data.external_number,
        note=data.note,
    )
    keep_origin(ctx, order, origin)
    if data.components is None:
        components = required_components(ctx, item, data.quantity, start_on)
    else:
        components = [
            (need_by_code(ctx, master_data.item, line.component, "item", field="components"), line.quantity)
            for line in data.components
        ]
    for number, (component, quantity) in enumerate(components, start=1):
        new_line(
            ctx,
            order,
            number,
            kind="component",
            item_id=component.id,
            quantity=quantity,
            unit_id=component.unit_id,
            due_on=start_on,
        )
    ctx.uow.insert(
        tables.order_in_process,
        document_id=order.id,
        input_value=ZERO,
        output_value=ZERO,
        settled_value=ZERO,
        completed_quantity=ZERO,
        scrapped_quantity=ZERO,
    )
    return Outcome("receipt.created_document", order)


@handles(commands.ProductionOrderAction, permission="production.order.write")
def release_production_order(ctx: Context, data: commands.ProductionOrderAction) -> Outcome:
    """Release a draft production order to the shop floor."""
    order = find_document(ctx, data.order, DocumentKind.PRODUCTION_ORDER)
    need_state(order, DocumentState.DRAFT)
    ctx.uow.update(documents.document, order, state=DocumentState.RELEASED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.RELEASED.value})


@handles(commands.ProductionOrderAction, permission="production.order.write")
def cancel_production_order(ctx: Context, data: commands.ProductionOrderAction) -> Outcome:
    """Cancel a production order into which nothing was issued."""
    order = find_document(ctx, data.order, DocumentKind.PRODUCTION_ORDER)
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    if process.input_value != process.output_value or order.fulfilled_quantity > 0:
        raise Refused("order_partly_fulfilled", number=order.number)
    refuse_if_advanced(ctx, order, lines_of(ctx, order).values())
    ctx.uow.update(documents.document, order, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CANCELLED.value})


@handles(commands.IssueMaterial, permission="production.issue.write")
def issue_material(ctx: Context, data: commands.IssueMaterial) -> Outcome:
    """Issue components to a released order."""
    order = find_document(ctx, data.order, DocumentKind.PRODUCTION_ORDER)
    need_state(order, DocumentState.RELEASED)
    order_lines = lines_of(ctx, order)
    read_advances(ctx, order_lines.values())
    wanted = data.lines or [
        commands.IssueLine(line=row.line, quantity=rest)
        for row in order_lines.values()
        if (rest := row.quantity - row.fulfilled_quantity - advanced_for(ctx, row)) > 0
    ]
    if not wanted:
        raise Refused("nothing_open", number=order.number)
    issue = issue_components(ctx, order, order_lines, wanted, data.location, data.posted_on or ctx.today)
    close_if_done(ctx, order)
    return Outcome("receipt.posted", issue)


def issue_components(
    ctx: Context,
    order: Row,
    order_lines: dict[int, Row],
    wanted: list[commands.IssueLine],
    location: str | None,
    posted_on: date,
    *,
    own_layers: OwnLayers = NO_LAYERS,
) -> Row:
    """Issue components from stock into the process of a released order, and return the issue."""
    issue = new_document(
        ctx, DocumentKind.MATERIAL_ISSUE, DocumentState.POSTED, document_on=posted_on, posted_on=posted_on
    )
    link(ctx, order, issue, "issue")
    process_side = location_of_kind(ctx, LocationKind.PRODUCTION)
    movements: list[Movement] = []
    asked = [
        (ctx.uow.need(master_data.item, need_line(order, order_lines, line.line).item_id), line) for line in wanted
    ]
    named = [(piece, layer) for _, piece, layer in all_pieces_of_layers(asked, own_layers)]
    for line, layer in sorted(named, key=lambda w: (order_lines[w[0].line].item_id, w[0].line)):
        order_line = order_lines[line.line]
        component = ctx.uow.need(master_data.item, order_line.item_id)
        code = line.location or location
        place = own_place(ctx, code) if code is not None else None
        for balance, taken in pick(ctx, component, line.quantity, place, line.lot, {}, movements):
            row = new_line(
                ctx,
                issue,
                len(movements) + 1,
                item_id=component.id,
                quantity=taken,
                unit_id=component.unit_id,
                source_line_id=order_line.id,
                location_id=balance.location_id,
                lot_id=balance.lot_id,
            )
            start = ctx.uow.need(master_data.location, balance.location_id)
            movements.append(Movement(component, start, process_side, taken, row, balance.lot_id, own_layer=layer))
        ctx.uow.update(
            documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity + line.quantity
        )
    moves = move_goods(ctx, issue, movements, posted_on)
    facts = []
    for move, movement in zip(moves, movements, strict=True):
        assert movement.line is not None
        ctx.uow.update(documents.document_line, movement.line, stock_value=move.value)
        facts.append(FactLine({"cost": -move.value}, {"inventory": inventory_role(ctx, movement.item)}))
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    cost = sum((f.amounts["cost"] for f in facts), ZERO)
    ctx.uow.update(tables.order_in_process, process, input_value=process.input_value + cost)
    ctx.emit(MaterialIssued(issue.id, posted_on, tuple(facts)))
    return issue


@handles(commands.CompleteProduction, permission="production.completion.write")
def complete_production(ctx: Context, data: commands.CompleteProduction) -> Outcome:
    """Report finished goods, issue what they need where asked, and close the order where asked."""
    order = find_document(ctx, data.order, DocumentKind.PRODUCTION_ORDER)
    need_state(order, DocumentState.RELEASED)
    reported = data.quantity + data.scrapped_quantity
    if reported == 0:
        raise Refused("nothing_reported", field="quantity", number=order.number)
    posted_on = data.posted_on or ctx.today
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    open_quantity = order.quantity - process.completed_quantity - process.scrapped_quantity
    if reported > open_quantity:
        raise Refused("more_than_ordered", field="quantity", item=order.number, quantity=reported, open=open_quantity)
    hold_advances(ctx, [order.item_id])
    hold_stock(ctx, {order.item_id, *(row.item_id for row in lines_of(ctx, order).values() if data.backflush)})
    if data.backflush:
        _backflush(ctx, order, reported, open_quantity, posted_on)
    completion = _complete(ctx, order, process, data, open_quantity, posted_on)
    if data.close:
        _settle(ctx, order, process, completion, posted_on)
    else:
        close_if_done(ctx, order)
    return Outcome("receipt.posted", completion)


def _backflush(ctx: Context, order: Row, reported: Decimal, open_quantity: Decimal, posted_on: date) -> None:
    order_lines = lines_of(ctx, order)
    read_advances(ctx, order_lines.values())
    wanted = []
    for row in order_lines.values():
        open_component = row.quantity - row.fulfilled_quantity - advanced_for(ctx, row)
        component = ctx.uow.need(master_data.item, row.item_id)
        decimals = ctx.uow.need(master_data.unit, component.unit_id).decimals
        share = (
            open_component if reported == open_quantity else rounded(row.quantity * reported / order.quantity, decimals)
        )
        if min(share, open_component) > 0:
            wanted.append(commands.IssueLine(line=row.line, quantity=min(share, open_component)))
    if wanted:
        issue_components(ctx, order, order_lines, wanted, None, posted_on)


def _complete(
    ctx: Context,
    order: Row,
    process: Row,
    data: commands.CompleteProduction,
    open_quantity: Decimal,
    posted_on: date,
) -> Row:
    item = ctx.uow.need(master_data.item, order.item_id)
    completion = new_document(
        ctx,
        DocumentKind.PRODUCTION_COMPLETION,
        DocumentState.POSTED,
        item_id=item.id,
        quantity=data.quantity,
        document_on=posted_on,
        posted_on=posted_on,
    )
    link(ctx, order, completion, "fulfilment")
    place = arrival_place(ctx, item, data.quantity, data.location)
    value = ZERO
    wanted = _completion_value(ctx, item, process, data, open_quantity) if data.quantity > 0 else ZERO
    made = pieces(item, data)
    parts = zip(made, shares(wanted, len(made), ctx.company.currency_decimals), strict=True)
    movements = [_made(ctx, completion, item, place, number, *part) for number, part in enumerate(parts, start=1)]
    first = movements[0].line
    assert first is not None
    ctx.uow.update(documents.document_line, first, entered_quantity=first.quantity + data.scrapped_quantity)
    if data.quantity > 0:
        facts = []
        for move, movement in zip(move_goods(ctx, completion, movements, posted_on), movements, strict=True):
            assert movement.line is not None
            ctx.uow.update(documents.document_line, movement.line, stock_value=move.value)
            facts.append(FactLine({"value": move.value}, {"inventory": inventory_role(ctx, item)}))
            value += move.value
        ctx.emit(ProductionCompleted(completion.id, posted_on, tuple(facts)))
    ctx.uow.update(
        tables.order_in_process,
        process,
        output_value=process.output_value + value,
        completed_quantity=process.completed_quantity + data.quantity,
        scrapped_quantity=process.scrapped_quantity + data.scrapped_quantity,
    )
    ctx.uow.update(documents.document, order, fulfilled_quantity=order.fulfilled_quantity + data.quantity)
    return completion


def _made(
    ctx: Context, completion: Row, item: Row, place: Row, number: int, made: commands.CompleteProduction, value: Decimal
) -> Movement:
    """The line of a completion for what was made, or for one piece of it, and its way into the store."""
    lot_id = lot_for(ctx, item, made.lot, completion.posted_on, made.expires_on) if made.quantity > 0 else 0
    row = new_line(
        ctx,
        completion,
        number,
        kind="product",
        item_id=item.id,
        quantity=made.quantity,
        entered_quantity=made.quantity,
        unit_id=item.unit_id,
        location_id=place.id,
        lot_id=lot_id,
    )
    process_side = location_of_kind(ctx, LocationKind.PRODUCTION)
    return Movement(item, process_side, place, made.quantity, row, lot_id, value=value)


def _completion_value(
    ctx: Context, item: Row, process: Row, data: commands.CompleteProduction, open_quantity: Decimal
) -> Decimal:
    """Value finished goods: at standard, or the share of the value in process that the reported quantity has of what is open."""
    decimals = ctx.company.currency_decimals
    if method_of(ctx, item) == ValuationMethod.STANDARD:
        return rounded(data.quantity * item.standard_cost, decimals)
    in_process = max(process.input_value - process.output_value - process.settled_value, ZERO)
    reported = data.quantity + data.scrapped_quantity
    return rounded(in_process * reported / open_quantity, decimals)


@handles(commands.ProductionOrderAction, permission="production.order.write")
def close_production_order(ctx: Context, data: commands.ProductionOrderAction) -> Outcome:
    """Close a released order and book what is left in process to production variance."""
    order = find_document(ctx, data.order, DocumentKind.PRODUCTION_ORDER)
    need_state(order, DocumentState.RELEASED)
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    _settle(ctx, order, process, order, data.posted_on or ctx.today)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CLOSED.value})


def _settle(ctx: Context, order: Row, process: Row, evidence: Row, posted_on: date) -> None:
    refuse_if_advanced(ctx, order, lines_of(ctx, order).values())
    variance = process.input_value - process.output_value - process.settled_value
    if variance != 0:
        ctx.uow.update(tables.order_in_process, process, settled_value=process.settled_value + variance)
        ctx.emit(ProductionOrderSettled(evidence.id, posted_on, (FactLine({"variance": variance}),)))
    ctx.uow.update(documents.document, order, state=DocumentState.CLOSED.value)


def close_if_done(ctx: Context, order: Row) -> None:
    """Close an order that is reported in full, has all its components, and leaves no value in process: nothing is to be settled."""
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    balanced = process.input_value == process.output_value + process.settled_value
    if balanced and _is_finished(ctx, order, process):
        ctx.uow.update(documents.document, order, state=DocumentState.CLOSED.value)


def _is_finished(ctx: Context, order: Row, process: Row) -> bool:
    """Whether an order is reported in full and has all its components."""
    reported = process.completed_quantity + process.scrapped_quantity >= order.quantity
    lines = lines_of(ctx, order).values()
    has_all = all(line.fulfilled_quantity >= line.quantity for line in lines)
    return reported and has_all and not advances_of(ctx, lines)


def undo_production(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed issue or completion leaves its order as it was before; an order that closed by itself is released again.

    Raises:
        Refused: the order was closed by a person, short or with a variance.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind not in {DocumentKind.MATERIAL_ISSUE, DocumentKind.PRODUCTION_COMPLETION}:
        return
    order = order_behind(ctx, document)
    process = ctx.uow.need(tables.order_in_process, order.id, lock=True)
    if order.state == DocumentState.CLOSED and process.settled_value == 0 and _is_finished(ctx, order, process):
        ctx.uow.update(documents.document, order, state=DocumentState.RELEASED.value)
    need_state(order, DocumentState.RELEASED)
    lines = lines_of(ctx, document).values()
    value = sum((abs(line.stock_value) for line in lines), ZERO)
    if document.kind == DocumentKind.MATERIAL_ISSUE:
        for line in lines:
            order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
            ctx.uow.update(
                documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity - line.quantity
            )
        ctx.uow.update(tables.order_in_process, process, input_value=process.input_value - value)
        return
    quantity = document.quantity or ZERO
    reported = sum((line.entered_quantity for line in lines), ZERO)
    ctx.uow.update(
        tables.order_in_process,
        process,
        output_value=process.output_value - value,
        completed_quantity=process.completed_quantity - quantity,
        scrapped_quantity=process.scrapped_quantity - (reported - quantity),
    )
    ctx.uow.update(documents.document, order, fulfilled_quantity=order.fulfilled_quantity - quantity)
