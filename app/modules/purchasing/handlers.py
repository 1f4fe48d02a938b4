"""Handlers of purchase orders and goods receipts, and the placing of an order that a need or an award leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice

from app.kernel.approvals import must_wait
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
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import hold_advances
from app.modules.inventory.lots import lot_for
from app.modules.inventory.places import Room, arrival_places, location_of_kind
from app.modules.inventory.returns import refuse_if_returned
from app.modules.inventory.serials import pieces, refuse_too_many
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.master_data.currencies import DocumentCurrency, currency_on, say_in_currency, say_line
from app.modules.master_data.pricing import best_price, order_line_amounts
from app.modules.master_data.terms import active_item, delivery_terms, party_with_role, stocking_quantity, tax_of
from app.modules.purchasing.budgets import budgets_of, commit_budgets, release_budgets
from app.modules.purchasing.claims import withdraw_claims_of
from app.modules.purchasing.progress import count_ordered
from app.modules.purchasing.promises import (
    cancel_notices_of,
    close_notice,
    give_promised_back,
    refuse_if_direct,
    reopen_notice,
    say_next_days,
)
from app.modules.purchasing.receiving import (
    Counted,
    add_missing,
    announced_lines,
    count,
    is_blind,
    notice_behind,
    order_of,
    record_count,
    refuse_bad_life,
    refuse_beyond_limit,
)
from app.modules.purchasing.subcontracting import (
    Consumed,
    actual_components,
    consume,
    follow_received,
    hold_goods,
    over_used,
    plan_components,
    spread,
    undo_uses,
)
from schemas.commands import trade as commands
from schemas.facts import DocumentApproved, DocumentReversed, FactLine, GoodsReceived
from schemas.operational import documents, master_data, purchasing
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded
from schemas.vocabulary.places import LocationKind


@dataclass(frozen=True)
class Placed:
    """A line to order, and the line of a requisition, quotation or other document that it comes from."""

    line: commands.OrderLine
    source: Row | None = None


@handles(commands.CreatePurchaseOrder, permission="purchasing.order.write")
def create_purchase_order(ctx: Context, data: commands.CreatePurchaseOrder) -> Outcome:
    """Order goods from a supplier at his terms and in his currency; prices that are not given come from his price breaks."""
    order, waits = place_order(ctx, data, [Placed(line) for line in data.lines])
    return Outcome("receipt.waits_for_approval" if waits else "receipt.created_document", order)


def place_order(
    ctx: Context, data: commands.CreatePurchaseOrder, lines: Sequence[Placed], *, caused_by: str | None = None
) -> tuple[Row, bool]:
    """Add a purchase order and confirm it where it is asked for and nobody has to approve it first.

    Args:
        ctx: the running command.
        data: the header of the order; its own lines are not looked at.
        lines: the lines, each with the line that it comes from.
        caused_by: what the order comes from; None is what the command comes from.

    Returns:
        The order, and whether it waits for approval.
    """
    supplier = party_with_role(ctx, data.supplier, "supplier")
    on = data.document_on or ctx.today
    currency = currency_on(ctx, data.currency or supplier.currency, on)
    order = new_document(
        ctx,
        DocumentKind.PURCHASE_ORDER,
        DocumentState.DRAFT,
        party_id=supplier.id,
        document_on=on,
        due_on=data.due_on,
        external_number=data.external_number,
        note=data.note,
        **delivery_terms(supplier, data),
        caused_by=caused_by or ctx.caused_by,
    )
    net_sum, tax_sum = ZERO, ZERO
    for number, placed in enumerate(lines, start=1):
        net, tax = _order_line(ctx, order, supplier, number, placed, on, currency)
        net_sum, tax_sum = net_sum + net, tax_sum + tax
    say_in_currency(ctx, order, currency, net_sum, tax_sum)
    rows = ctx.uow.where(documents.document_line, "document_id", order.id)
    add_totals(ctx, order, sum((row.net_amount for row in rows), ZERO), sum((row.tax_amount for row in rows), ZERO))
    if not data.confirm:
        return order, False
    if must_wait(ctx, order, confirm_purchase_order.__name__, budgets=budgets_of(ctx, order)):
        return order, True
    _take_effect(ctx, order)
    return order, False


def _take_effect(ctx: Context, order: Row) -> None:
    ctx.uow.update(documents.document, order, state=DocumentState.CONFIRMED.value)
    commit_budgets(ctx, order)


def _order_line(
    ctx: Context, order: Row, supplier: Row, number: int, placed: Placed, on: date, currency: DocumentCurrency
) -> tuple[Decimal, Decimal]:
    """Add a line of an order and return its net and tax in the order's currency."""
    line = placed.line
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    terms = next(
        (row for row in ctx.uow.where(master_data.supplier_item, "item_id", item.id) if row.supplier_id == supplier.id),
        None,
    )
    price = line.unit_price
    if price is None and terms is not None and currency.code == supplier.currency:
        price = best_price(ctx.uow.where(master_data.price_break, "supplier_item_id", terms.id), quantity, on)
    if price is None:
        raise Refused("price_missing", field="unit_price", item=line.item, party=supplier.code)
    tax_id, tax_rate = tax_of(ctx, line.tax_code, supplier.tax_code_id, item.tax_code_id)
    net, tax = order_line_amounts(
        quantity, price, line.discount_rate, tax_rate, currency.decimals, stated_tax=line.tax_amount
    )
    lead_days = int(terms.lead_time_days if terms is not None else item.lead_time_days)
    row = new_line(
        ctx,
        order,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=unit_id,
        entered_quantity=line.quantity,
        unit_price=currency.price(price),
        discount_rate=line.discount_rate,
        tax_code_id=tax_id,
        net_amount=currency.next_amount(net),
        tax_amount=currency.next_amount(tax),
        source_line_id=placed.source.id if placed.source is not None else None,
        due_on=line.due_on or order.due_on or on + timedelta(days=lead_days),
    )
    say_line(ctx, row, currency, unit_price=price, net=net, tax=tax, net_at_order_rate=row.net_amount)
    if placed.source is not None:
        count_ordered(ctx, placed.source, quantity)
    if terms is not None and terms.components_provided:
        plan_components(ctx, order, row, lead_days)
    return net, tax


@handles(commands.OrderAction, permission="purchasing.order.write")
def confirm_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Confirm a draft purchase order, or ask for the approvals it needs."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.DRAFT)
    if must_wait(ctx, order, confirm_purchase_order.__name__, budgets=budgets_of(ctx, order)):
        return Outcome("receipt.waits_for_approval", order)
    _take_effect(ctx, order)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CONFIRMED.value})


def confirm_approved_purchase_order(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval confirms a purchase order that waited for it."""
    order = ctx.uow.need(documents.document, fact.document_id, lock=True)
    if order.kind == DocumentKind.PURCHASE_ORDER and order.state == DocumentState.DRAFT:
        uses = budgets_of(ctx, order)
        if must_wait(ctx, order, confirm_purchase_order.__name__, budgets=uses, asker=order.created_by):
            return  # Budgets were spent since it was approved; who may go beyond them is asked.
        _take_effect(ctx, order)


@handles(commands.OrderAction, permission="purchasing.order.write")
def cancel_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Cancel a purchase order of which nothing was received or billed."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.DRAFT, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order).values()
    if any(line.fulfilled_quantity > 0 or line.invoiced_quantity > 0 for line in lines):
        raise Refused("order_partly_fulfilled", number=order.number)
    for line in lines:
        if line.source_line_id is not None:
            source = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
            count_ordered(ctx, source, -line.quantity)
    release_budgets(ctx, lines, short=False)
    cancel_notices_of(ctx, lines)
    ctx.uow.update(documents.document, order, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CANCELLED.value})


@handles(commands.OrderAction, permission="purchasing.order.write")
def close_purchase_order(ctx: Context, data: commands.OrderAction) -> Outcome:
    """Close a purchase order short: what was not received is not expected any more."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order).values()
    for line in lines:
        ctx.uow.update(documents.document_line, line, closed=True)
    release_budgets(ctx, lines, short=True)
    cancel_notices_of(ctx, lines)
    ctx.uow.update(documents.document, order, state=DocumentState.CLOSED.value)
    return Outcome("receipt.state_changed", order, {"state": DocumentState.CLOSED.value})


@handles(commands.ReceiveGoods, permission="purchasing.receipt.write")
def receive_goods(ctx: Context, data: commands.ReceiveGoods) -> Outcome:
    """Receive goods of an order or delivery notice at the order's price and that of their components; what is wrong is claimed."""
    named = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER, DocumentKind.DELIVERY_NOTICE)
    order, notice = order_of(ctx, named)
    need_state(order, DocumentState.CONFIRMED)
    refuse_if_direct(ctx, order)
    if notice is not None:
        need_state(notice, DocumentState.CONFIRMED)
    posted_on = data.posted_on or ctx.today
    order_lines = lines_of(ctx, order)
    wanted = data.lines or _all_lines(ctx, order, order_lines, notice)
    for line in wanted:
        need_line(order, order_lines, line.line)
    counted = count(ctx, order, order_lines, wanted)
    hold_followers(ctx, order_lines)
    taken = _named(ctx, order_lines, wanted)
    if not taken:
        raise Refused("nothing_taken", number=order.number)
    hold_advances(ctx, (order_lines[line.line].item_id for line, _ in taken))
    receipt = new_document(
        ctx,
        DocumentKind.GOODS_RECEIPT,
        DocumentState.POSTED,
        party_id=order.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number or (notice.external_number if notice is not None else None),
    )
    link(ctx, order, receipt, "fulfilment")
    actual = actual_components(ctx, order, order_lines, data.components)
    hold_goods(ctx, (order_lines[line.line] for line, _ in taken))
    supplier_side = location_of_kind(ctx, LocationKind.SUPPLIER)
    movements: list[tuple[Movement, Consumed]] = []
    parts = _put_away(ctx, order_lines, taken, data.location)
    quantities: dict[int, list[Decimal]] = {}
    for part in parts:
        quantities.setdefault(part.line.line, []).append(part.line.quantity)
    said = {line: spread(ctx, actual.get(order_lines[line].id, {}), found) for line, found in quantities.items()}
    for number, part in enumerate(parts, start=1):
        order_line = order_lines[part.line.line]
        movement = receipt_movement(ctx, receipt, counted[part.line.line], part, supplier_side, number)
        assert movement.line is not None
        assert movement.value is not None
        consumed = consume(ctx, receipt, movement.line, order_line, next(said[part.line.line]))
        movements.append((replace(movement, value=movement.value + consumed.value), consumed))
    post_receipt(ctx, receipt, movements, posted_on)
    follow_lines(ctx, order)
    if notice is not None:
        link(ctx, notice, receipt, "delivery")
        add_missing(ctx, order, order_lines, notice, counted)
        close_notice(ctx, notice)
    differing = record_count(ctx, receipt, list(counted.values()), from_notice=notice is not None)
    over = over_used(consumed for _, consumed in movements)
    if over and not differing:
        return Outcome("receipt.received_over_used", receipt, {"components": over})
    return Outcome(
        "receipt.received_with_differences" if differing else "receipt.posted", receipt, {"lines": differing}
    )


def _all_lines(ctx: Context, order: Row, order_lines: dict[int, Row], notice: Row | None) -> list[commands.ReceiptLine]:
    """Everything that is announced on a notice, or open on an order.

    Raises:
        Refused: nothing is, or the receiver must count.
    """
    if is_blind(ctx, order, order_lines):
        raise Refused("count_needed", field="lines", number=order.number)
    if notice is not None:
        return announced_lines(ctx, notice, order_lines)
    wanted = [
        commands.ReceiptLine(line=row.line, quantity=row.quantity - row.fulfilled_quantity)
        for row in order_lines.values()
        if not row.closed and row.quantity > row.fulfilled_quantity
    ]
    if not wanted:
        raise Refused("nothing_open", number=order.number)
    return wanted


def post_receipt(ctx: Context, receipt: Row, movements: list[tuple[Movement, Consumed]], posted_on: date) -> None:
    """Move the goods of a receipt in, and post what they and the components that they took are worth."""
    moves = move_goods(ctx, receipt, [movement for movement, _ in movements], posted_on)
    facts = []
    for move, (movement, consumed) in zip(moves, movements, strict=True):
        line = movement.line
        assert line is not None
        ctx.uow.update(documents.document_line, line, stock_value=move.value)
        amounts = {
            "order_value": line.net_amount,
            "stock_value": move.value,
            "variance": line.net_amount + consumed.value - move.value,
        }
        facts += [FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}), *consumed.facts]
    add_totals(ctx, receipt, sum((f.amounts.get("order_value", ZERO) for f in facts), ZERO), ZERO)
    ctx.emit(GoodsReceived(receipt.id, posted_on, tuple(facts)))


@dataclass(frozen=True)
class Part:
    """What of a line of a receipt goes into one place, and whether that is the line as it was handed in."""

    line: commands.ReceiptLine
    place: Row
    whole: bool


def _named(
    ctx: Context, order_lines: Mapping[int, Row], wanted: Iterable[commands.ReceiptLine]
) -> list[tuple[commands.ReceiptLine, list[commands.ReceiptLine]]]:
    """The lines of which something is taken into stock, each with its pieces; itself where it has no serial numbers."""
    lines = [line for line in wanted if line.quantity > 0]
    items = [ctx.uow.need(master_data.item, order_lines[line.line].item_id) for line in lines]
    refuse_too_many(zip(items, lines, strict=True))
    return [(line, pieces(item, line)) for item, line in zip(items, lines, strict=True)]


def _put_away(
    ctx: Context,
    order_lines: Mapping[int, Row],
    taken: Iterable[tuple[commands.ReceiptLine, list[commands.ReceiptLine]]],
    location: str | None,
) -> list[Part]:
    """What is received with its place: a line that no place takes whole is shared out, its pieces dealt over the places."""
    room, parts = Room(ctx), []
    for line, named in taken:
        item = ctx.uow.need(master_data.item, order_lines[line.line].item_id)
        places = arrival_places(ctx, item, line.quantity, line.location or location, room)
        if item.serial_tracked:
            dealt = iter(named)
            parts += [Part(piece, place, False) for place, part in places for piece in islice(dealt, int(part))]
        elif len(places) == 1:
            parts.append(Part(line, places[0][0], True))
        else:
            parts += [Part(line.model_copy(update={"quantity": part}), place, False) for place, part in places]
    return parts


def received_value(order_line: Row, quantity: Decimal, decimals: int) -> Decimal:
    """What a quantity of an order line costs, without components."""
    return rounded(quantity * order_line.unit_price * (ONE - order_line.discount_rate), decimals)


def receipt_movement(
    ctx: Context,
    receipt: Row,
    counted: Counted,
    part: Part,
    supplier_side: Row,
    number: int,
) -> Movement:
    """Add a line of a receipt for a part of what was counted, count it on its order line, and return how its goods come in.

    Raises:
        Refused: it is more than the order's tolerance allows, or has expired.
    """
    order_line, line, place = counted.order_line, part.line, part.place
    item = ctx.uow.need(master_data.item, order_line.item_id)
    refuse_beyond_limit(item, order_line, line.quantity, counted.policy)
    refuse_bad_life(ctx, item, line, receipt.posted_on, counted.policy)
    before = order_line.fulfilled_quantity
    ctx.uow.update(documents.document_line, order_line, fulfilled_quantity=before + line.quantity)
    lot_id = lot_for(ctx, item, line.lot, receipt.posted_on, line.expires_on)
    cost = partial(received_value, order_line, decimals=ctx.company.currency_decimals)
    value = cost(line.quantity)
    if not part.whole:
        # Parts of a line, piece by piece or bin by bin, come to what they cost together.
        value = cost(before + line.quantity) - cost(before)
    row = new_line(
        ctx,
        receipt,
        number,
        item_id=item.id,
        quantity=line.quantity,
        unit_id=item.unit_id,
        unit_price=order_line.unit_price,
        discount_rate=order_line.discount_rate,
        tax_code_id=order_line.tax_code_id,
        net_amount=value,
        source_line_id=order_line.id,
        location_id=place.id,
        lot_id=lot_id,
    )
    return Movement(item, supplier_side, place, line.quantity, row, lot_id, value=value)


def reopen_order_of_receipt(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed receipt is open on its order again, and its notice is expected; claims that it opened are withdrawn.

    Raises:
        Refused: the receipt is billed already, or something of it was sent back.
    """
    receipt = ctx.uow.need(documents.document, fact.reverses_id)
    if receipt.kind != DocumentKind.GOODS_RECEIPT:
        return
    refuse_if_returned(ctx, receipt)
    order = order_behind(ctx, receipt)
    for line in lines_of(ctx, receipt).values():
        if line.invoiced_quantity > 0:
            raise Refused("receipt_billed", number=receipt.number)
        order_line = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(
            documents.document_line, order_line, fulfilled_quantity=order_line.fulfilled_quantity - line.quantity
        )
        follow_received(ctx, order_line)
    undo_uses(ctx, receipt)
    for check in ctx.uow.where(purchasing.receipt_check, "document_id", receipt.id):
        order_line = ctx.uow.need(documents.document_line, check.order_line_id, lock=True)
        give_promised_back(ctx, order_line, check.promised_quantity)
    notice = notice_behind(ctx, receipt)
    if notice is not None:
        reopen_notice(ctx, notice)
        say_next_days(ctx, lines_of(ctx, order).values())
    withdraw_claims_of(ctx, receipt, fact.posted_on)
    follow_lines(ctx, order)
