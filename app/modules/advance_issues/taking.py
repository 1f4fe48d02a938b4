"""Handlers of goods that are taken before their receipt is booked: who takes what for whom, and what is brought back.

Nothing is posted and no balance changes: the books do not have these goods and do not say what they cost. So only what the books do
not have in the place may be taken, it must be ours, and no more than is open on what it is for and on what it is expected with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    CHARGE,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
    open_period,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.advance_issues.settling import Part, Waiting, end_if_done, settle, takes, waiting_lines
from app.modules.inventory.advances import (
    advanced,
    advanced_for,
    hold_advances,
    hold_items,
    open_quantity,
    said_by_now,
)
from app.modules.inventory.lots import lot_by_code
from app.modules.inventory.places import own_place
from app.modules.inventory.reservations import read_reservations, refuse_if_held, release_beyond
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.taking import hold_stock, takeable
from app.modules.inventory.warehouses import stands_in
from app.modules.master_data.buying_policy import policy_of
from app.modules.master_data.terms import active_item, stocking_quantity
from app.modules.purchasing.promises import refuse_if_direct
from app.modules.sales.handlers import shipment_waits
from schemas.commands import advance_issues as commands
from schemas.facts import PeriodLocked
from schemas.operational import documents, inventory, ledger, master_data
from schemas.operational.advance_issues import advance_line, advance_return
from schemas.vocabulary.documents import AdvancePurpose, DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_WRITE = "inventory.advance_issue.write"
_FOR_ORDER = {
    AdvancePurpose.PRODUCTION: (DocumentKind.PRODUCTION_ORDER, DocumentState.RELEASED),
    AdvancePurpose.SALE: (DocumentKind.SALES_ORDER, DocumentState.CONFIRMED),
}


@dataclass(frozen=True)
class _Side:
    """An order with its lines: what goods are taken for, or what they are expected with."""

    order: Row
    lines: Mapping[int, Row]


@handles(commands.IssueBeforeReceipt, permission=_WRITE)
def issue_before_receipt(ctx: Context, data: commands.IssueBeforeReceipt) -> Outcome:
    """Take goods that are here though their receipt is not booked; their issue is booked when it is.

    Where the customer's terms or a rule hold shipments up, nothing leaves until it is approved and taken again.
    """
    on = data.document_on or ctx.today
    expected = _expected(ctx, data)  # Before the order: a receipt locks what brings the goods first, too.
    target = _target(ctx, data)
    if target is not None and data.purpose == AdvancePurpose.SALE:
        if shipment_waits(ctx, target.order):
            return Outcome("receipt.shipment_waits", target.order)
        refuse_if_held(ctx, target.order, target.lines.values())
    open_period(ctx, on)
    named = [(active_item(ctx, line.item), line) for line in data.lines]
    for item, line in named:
        stocking_quantity(ctx, item, line.quantity, None)
    item_ids = {item.id for item, _ in named}
    hold_stock(ctx, item_ids)
    hold_items(ctx, item_ids)
    advance = new_document(
        ctx,
        DocumentKind.ADVANCE_ISSUE,
        DocumentState.OPEN,
        document_on=on,
        party_id=target.order.party_id if target is not None else None,
        reason_code=data.purpose.value,
        note=data.note,
    )
    for number, (item, line) in enumerate(all_pieces(named), start=1):
        _take(ctx, data, advance, number, item, line, target, expected)
    if target is not None:
        link(ctx, target.order, advance, "advance_issue")
        if data.purpose == AdvancePurpose.SALE:
            _release_reserved(ctx, target, item_ids)
    if expected is not None:
        link(ctx, expected.order, advance, "expected_with")
    return Outcome("receipt.advance_issued", advance)


def _target(ctx: Context, data: commands.IssueBeforeReceipt) -> _Side | None:
    """The order that goods are taken for; None where they are used within the company.

    Raises:
        Refused: the purpose needs an order and has none, or a department; or the order takes nothing.
    """
    if data.purpose == AdvancePurpose.INTERNAL_USE:
        if data.order is not None or data.department is None:
            raise Refused("advance_needs_department", field="department")
        return None
    if data.order is None or data.department is not None:
        raise Refused("advance_needs_order", field="order")
    kind, state = _FOR_ORDER[data.purpose]
    order = find_document(ctx, data.order, kind)
    need_state(order, state)
    return _Side(order, lines_of(ctx, order))


def _expected(ctx: Context, data: commands.IssueBeforeReceipt) -> _Side | None:
    """The order that the goods come with, where it is named.

    Raises:
        Refused: it is no purchase order or production order, brings nothing any more, or its goods do not come to us.
    """
    if data.expected is None:
        return None
    order = find_document(ctx, data.expected, DocumentKind.PURCHASE_ORDER, DocumentKind.PRODUCTION_ORDER)
    if order.kind == DocumentKind.PRODUCTION_ORDER:
        need_state(order, DocumentState.RELEASED)
        return _Side(order, {})
    need_state(order, DocumentState.CONFIRMED)
    refuse_if_direct(ctx, order)
    return _Side(order, lines_of(ctx, order))


def _take(
    ctx: Context,
    data: commands.IssueBeforeReceipt,
    advance: Row,
    number: int,
    item: Row,
    line: commands.AdvanceLine,
    target: _Side | None,
    expected: _Side | None,
) -> None:
    """Add a line for goods that are taken, once it is known that they may be."""
    place = own_place(ctx, line.location)
    if line.lot is not None and not item.lot_tracked:
        raise Refused("lot_not_used", field="lot", item=item.code)
    _refuse_what_is_here(ctx, item, line, place)
    target_line = _target_line(ctx, target, item, line, place) if target is not None else None
    brings, made = None, None
    if expected is not None and expected.lines:
        brings = _expected_line(ctx, expected, item, line)
    elif expected is not None:
        made = _expected_order(ctx, expected.order, item, line)
    row = new_line(
        ctx,
        advance,
        number,
        item_id=item.id,
        quantity=line.quantity,
        unit_id=item.unit_id,
        location_id=place.id,
        description=line.lot,
    )
    ctx.uow.insert(
        advance_line,
        document_line_id=row.id,
        item_id=item.id,
        purpose=data.purpose.value,
        target_line_id=target_line.id if target_line is not None else None,
        department=data.department,
        expected_line_id=brings.id if brings is not None else None,
        expected_order_id=made.id if made is not None else None,
        lot_code=line.lot,
    )


def _refuse_what_is_here(ctx: Context, item: Row, line: commands.AdvanceLine, place: Row) -> None:
    """Refuse to take in advance what the books have in the place, as ours or another's, and a piece that is taken already.

    Raises:
        Refused: it is free there, another owner's, in stock elsewhere, or taken.
    """
    lot = lot_by_code(ctx, item, line.lot) if line.lot is not None else None
    rows = ctx.uow.by_now(inventory.stock_balance, "item_id", item.id)
    if item.serial_tracked:
        _refuse_known_piece(ctx, item, line, lot, rows)
    here = [row for row in rows if row.location_id == place.id and (lot is None or row.lot_id == lot.id)]
    free = sum((row.quantity - row.reserved for row in takeable(ctx, here)), ZERO)
    if free > 0 and (line.lot is None or lot is not None):
        facts = {"item": item.code, "location": place.code, "free": free}
        raise Refused("advance_stock_here", field="quantity", **facts, quantity=line.quantity)
    owners = {row.owner_id for row in here if row.owner_id and row.quantity >= line.quantity}
    if owners and (line.lot is None or lot is not None):
        codes = ", ".join(sorted(party.code for party in ctx.uow.many(master_data.party, owners).values()))
        raise Refused("advance_of_owner", field="lines", item=item.code, location=place.code, owners=codes)


def _refuse_known_piece(
    ctx: Context, item: Row, line: commands.AdvanceLine, lot: Row | None, rows: Sequence[Row]
) -> None:
    for row in rows:
        if lot is not None and row.lot_id == lot.id and row.quantity > 0:
            place = ctx.uow.need(master_data.location, row.location_id).code
            raise Refused("serial_in_stock", field="serials", item=item.code, serial=line.lot, location=place)
    for said, taken in said_by_now(ctx, [item.id]):
        if said.lot_code == line.lot and open_quantity(taken) > 0:
            number = ctx.uow.need(documents.document, taken.document_id).number or line.lot
            raise Refused("advance_serial_taken", field="serials", item=item.code, serial=line.lot, number=number)


def _target_line(ctx: Context, target: _Side, item: Row, line: commands.AdvanceLine, place: Row) -> Row:
    """The order line that goods are taken for.

    Raises:
        Refused: it is of another item, ships straight or from elsewhere, or takes less.
    """
    found = _line_of_item(target, item, line.line)
    if found.kind == CHARGE or found.supplier_id is not None:
        raise Refused("line_ships_direct", field="lines", number=target.order.number, line=found.line)
    if target.order.kind == DocumentKind.PRODUCTION_ORDER:
        return found
    if not stands_in(ctx, place.id, found.location_id):
        sends = ctx.uow.need(master_data.location, found.location_id).code
        raise Refused("ships_from_elsewhere", field="location", line=found.line, location=place.code, warehouse=sends)
    left = ZERO if found.closed else found.quantity - found.fulfilled_quantity - advanced_for(ctx, found)
    if line.quantity > left:
        facts = {"item": item.code, "quantity": line.quantity, "open": max(left, ZERO)}
        raise Refused("more_than_ordered", field="quantity", **facts)
    return found


def _expected_line(ctx: Context, expected: _Side, item: Row, line: commands.AdvanceLine) -> Row:
    """The purchase order line that goods come on, within the tolerance of its supplier.

    Raises:
        Refused: it is of another item, or brings less than is taken of it in advance.
    """
    found = _line_of_item(expected, item, line.expected_line)
    most = policy_of(ctx, expected.order.party_id, item.id).most_receivable(found.quantity)
    left = ZERO if found.closed else most - found.fulfilled_quantity - advanced(ctx, "expected_line_id", found.id)
    _refuse_beyond_expected(expected.order, item, line, left)
    return found


def _expected_order(ctx: Context, order: Row, item: Row, line: commands.AdvanceLine) -> Row:
    """The production order that makes the goods.

    Raises:
        Refused: it makes another item, or less than is taken of it in advance.
    """
    if order.item_id != item.id:
        raise Refused("advance_line_of_item", field="expected", number=order.number, item=item.code)
    left = order.quantity - order.fulfilled_quantity - advanced(ctx, "expected_order_id", order.id)
    _refuse_beyond_expected(order, item, line, left)
    return order


def _refuse_beyond_expected(order: Row, item: Row, line: commands.AdvanceLine, left: Decimal) -> None:
    if line.quantity > left:
        facts = {"item": item.code, "quantity": line.quantity, "expected": max(left, ZERO), "number": order.number}
        raise Refused("advance_beyond_expected", field="quantity", **facts)


def _line_of_item(side: _Side, item: Row, number: int | None) -> Row:
    """The line of an order with a number, else the first of the item that is not fulfilled, else the first of it.

    Raises:
        Refused: there is none of the item.
    """
    if number is not None:
        found = need_line(side.order, dict(side.lines), number)
        candidates = [found] if found.item_id == item.id else []
    else:
        candidates = [row for _, row in sorted(side.lines.items()) if row.item_id == item.id and row.kind != CHARGE]
    if not candidates:
        raise Refused("advance_line_of_item", field="lines", number=side.order.number, item=item.code)
    return next((row for row in candidates if row.quantity > row.fulfilled_quantity), candidates[0])


def _release_reserved(ctx: Context, target: _Side, item_ids: Collection[int]) -> None:
    """Give back what is reserved for lines of items that do not need it any more, because they were served in advance."""
    read_reservations(ctx, target.lines.values())
    taken = [line for line in target.lines.values() if line.item_id in item_ids and advanced_for(ctx, line) > 0]
    for line in sorted(taken, key=lambda row: (row.item_id, row.line)):
        release_beyond(ctx, line, line.quantity - line.fulfilled_quantity - advanced_for(ctx, line))


@handles(commands.SettleAdvanceIssue, permission=_WRITE)
def settle_advance_issue(ctx: Context, data: commands.SettleAdvanceIssue) -> Outcome:
    """Issue what was taken in advance from stock that is free by now, as far as it goes."""
    advance = find_document(ctx, data.advance_issue, DocumentKind.ADVANCE_ISSUE)
    need_state(advance, DocumentState.OPEN)
    lines = lines_of(ctx, advance)
    hold_advances(ctx, (line.item_id for line in lines.values()), only=advance.id)
    hold_stock(ctx, (line.item_id for line in lines.values()))
    waiting = waiting_lines(ctx, {line.item_id for line in lines.values()}, only=advance.id)
    posted_on = data.posted_on or ctx.today
    if posted_on < advance.document_on:
        facts = {"number": advance.number, "taken_on": advance.document_on}
        raise Refused("advance_settled_before", field="posted_on", posted_on=posted_on, **facts)
    place = own_place(ctx, data.location) if data.location is not None else None
    parts = _parts_of_stock(ctx, waiting, place)
    if not parts:
        raise Refused("advance_nothing_here", number=advance.number)
    settle(ctx, parts, posted_on, None)
    left = sum((open_quantity(line) for line in lines.values()), ZERO)
    return Outcome("receipt.advance_settled", advance, {"left": left})


def _parts_of_stock(ctx: Context, waiting: Sequence[Waiting], named: Row | None) -> list[Part]:
    """Give what is free in the place that goods were taken from, or in the one that is named, to what waits."""
    used: dict[int, Decimal] = {}
    parts = []
    for entry in waiting:
        rows = takeable(ctx, ctx.uow.where(inventory.stock_balance, "item_id", entry.line.item_id, lock=True))
        place = named or ctx.uow.need(master_data.location, entry.line.location_id)
        for balance in (row for row in rows if row.location_id == place.id):
            free = balance.quantity - balance.reserved - used.get(balance.id, ZERO)
            quantity = min(free, takes(ctx, entry, place, balance.lot_id))
            if quantity > 0:
                used[balance.id] = used.get(balance.id, ZERO) + quantity
                entry.left -= quantity
                parts.append(Part(entry.line, entry.said, quantity, place, balance.lot_id))
    return parts


@handles(commands.TakeAdvanceBack, permission=_WRITE)
def take_advance_back(ctx: Context, data: commands.TakeAdvanceBack) -> Outcome:
    """Say that goods taken in advance are here again, or wait for no receipt; what it frees of its order is open there again."""
    advance = find_document(ctx, data.advance_issue, DocumentKind.ADVANCE_ISSUE)
    need_state(advance, DocumentState.OPEN)
    lines = lines_of(ctx, advance)
    returned_on = data.returned_on or ctx.today
    if returned_on < advance.document_on:
        facts = {"number": advance.number, "taken_on": advance.document_on}
        raise Refused("advance_back_before", field="returned_on", returned_on=returned_on, **facts)
    wanted = data.lines or [
        commands.AdvanceReturnLine(line=row.line, quantity=open_quantity(row))
        for row in lines.values()
        if open_quantity(row) > 0
    ]
    for line in wanted:
        row = need_line(advance, lines, line.line)
        left = open_quantity(row)
        if line.quantity > left:
            facts = {"number": advance.number, "line": row.line, "open": left}
            raise Refused("advance_back_beyond", field="quantity", quantity=line.quantity, **facts)
        item = ctx.uow.need(master_data.item, row.item_id)
        stocking_quantity(ctx, item, line.quantity, None)
        ctx.uow.update(documents.document_line, row, returned_quantity=row.returned_quantity + line.quantity)
        ctx.uow.insert(
            advance_return,
            advance_line_id=row.id,
            quantity=line.quantity,
            reason=data.reason.value,
            note=data.note,
            returned_on=returned_on,
        )
    end_if_done(ctx, advance)
    return Outcome("receipt.advance_taken_back", advance, {"state": advance.state})


def refuse_locking_with_advances(ctx: Context, fact: PeriodLocked) -> None:
    """Refuse to lock a period in which goods were taken that the books never had.

    Raises:
        Refused: there are such goods; their advance issues are named.
    """
    period = ctx.uow.need(ledger.fiscal_period, fact.period_id)
    document = documents.document
    query = (
        documents.document.select()
        .with_only_columns(document.c.number)
        .where(
            document.c.kind == DocumentKind.ADVANCE_ISSUE.value,
            document.c.state == DocumentState.OPEN.value,
            document.c.document_on <= period.ends_on,
        )
        .order_by(document.c.document_on, document.c.id)
    )
    numbers = list(ctx.uow.connection.execute(query).scalars())
    if numbers:
        shown = ", ".join(str(number) for number in numbers[:5])
        raise Refused("period_has_advances", field="period", period=period.code, count=len(numbers), advances=shown)
