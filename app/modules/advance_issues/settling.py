"""Settles what was taken before its receipt: right behind the receipt, in its transaction, the issue that the goods were taken for.

What the books have just got is not there any more, so it must not be free for anybody between two commands: that is why a receipt
settles by itself, oldest first and never more than it brings. What cannot be settled then (the order has ended, the place is
blocked, another lot came) stays open and is named by the report; `settle_advance_issue` settles it from free stock later. A
settlement is taken back by reversing the issue that it booked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import lines_of, link, new_document, new_line, order_behind
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import hold_items, open_quantity, said_by_now
from app.modules.inventory.places import is_stocked, location_of_kind
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import may_be_taken_from
from app.modules.inventory.warehouses import stands_in
from app.modules.production.handlers import close_if_done, issue_components
from app.modules.sales.handlers import ship_lines
from schemas.commands.production import IssueLine
from schemas.commands.trade import ShipmentLine
from schemas.facts import DocumentReversed, FactLine, GoodsReceived, GoodsUsed, ProductionCompleted
from schemas.operational import documents, inventory, master_data
from schemas.operational.advance_issues import advance_settlement
from schemas.vocabulary.documents import AdvancePurpose, DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind

LINK = "settlement"
_TAKING = {
    AdvancePurpose.PRODUCTION: DocumentState.RELEASED.value,
    AdvancePurpose.SALE: DocumentState.CONFIRMED.value,
}


@dataclass(frozen=True)
class Part:
    """What of an advance line is settled out of one place and lot, and the receipt line that brought it, where it is known."""

    line: Row
    said: Row
    quantity: Decimal
    place: Row
    lot_id: int
    receipt_line: Row | None = None


@dataclass
class Waiting:
    """An advance line that waits, with what was said of it, and how much of it is open."""

    advance: Row
    line: Row
    said: Row
    left: Decimal


def waiting_lines(ctx: Context, item_ids: Iterable[int], *, only: int | None = None) -> list[Waiting]:
    """The open advance lines of items whose stock is locked, or of one advance issue, locked, the oldest first."""
    ids = set(item_ids)
    hold_items(ctx, ids)
    said = {line.id: row for row, line in said_by_now(ctx, ids, only=only)}
    taken = ctx.uow.many(documents.document_line, sorted(said), lock=True)
    found = [line for line in taken.values() if open_quantity(line) > 0]
    advances = ctx.uow.many(documents.document, sorted({line.document_id for line in found}), lock=True)
    waiting = [Waiting(advances[line.document_id], line, said[line.id], open_quantity(line)) for line in found]
    return sorted(waiting, key=lambda entry: (entry.advance.document_on, entry.advance.id, entry.line.line))


def settle_by_receipt(ctx: Context, fact: GoodsReceived | ProductionCompleted) -> None:
    """Settle what was taken in advance by what a receipt or completion just brought."""
    receipt = ctx.uow.need(documents.document, fact.document_id)
    lines = [line for line in lines_of(ctx, receipt).values() if line.quantity > 0]
    places = ctx.uow.many(master_data.location, {line.location_id for line in lines})
    lines = [line for line in lines if is_stocked(places[line.location_id])]
    waiting = waiting_lines(ctx, (line.item_id for line in lines))
    if not waiting:
        return
    order = order_behind(ctx, receipt)
    parts: list[Part] = []
    for line in lines:
        parts += _parts_of(ctx, order, line, places[line.location_id], waiting)
    settle(ctx, parts, receipt.posted_on, receipt)


def _parts_of(ctx: Context, order: Row, line: Row, place: Row, waiting: Sequence[Waiting]) -> list[Part]:
    """Give what a receipt line brought to what waits for it."""
    parts, rest = [], line.quantity
    for entry in waiting:
        quantity = min(rest, takes(ctx, entry, place, line.lot_id))
        if quantity > 0 and line.item_id == entry.line.item_id and _is_expected(entry.said, line, order):
            parts.append(Part(entry.line, entry.said, quantity, place, line.lot_id, line))
            entry.left -= quantity
            rest -= quantity
    return parts


def _is_expected(said: Row, line: Row, order: Row) -> bool:
    """Whether a receipt line is of what an advance line names as expected; one that names nothing takes any."""
    if said.expected_order_id is not None:
        return said.expected_order_id == order.id
    return said.expected_line_id is None or said.expected_line_id == line.source_line_id


def takes(ctx: Context, entry: Waiting, place: Row, lot_id: int) -> Decimal:
    """How much of an advance line can be settled out of a place and lot: none where the goods are others or its order has ended."""
    taken_from = ctx.uow.need(master_data.location, entry.line.location_id)
    if (
        not (place.receiving or may_be_taken_from(place))
        or elsewhere(place, taken_from)
        or not _is_lot(ctx, entry.said, lot_id)
    ):
        return ZERO
    target = target_of(ctx, entry.said)
    if target is None:
        return entry.left
    order = ctx.uow.need(documents.document, target.document_id, lock=True)
    if order.state != _TAKING[AdvancePurpose(entry.said.purpose)]:
        return ZERO
    if entry.said.purpose == AdvancePurpose.PRODUCTION:
        return entry.left
    if target.closed or target.supplier_id is not None or not stands_in(ctx, place.id, target.location_id):
        return ZERO
    return min(entry.left, target.quantity - target.fulfilled_quantity)


def _is_lot(ctx: Context, said: Row, lot_id: int) -> bool:
    """Whether goods of a lot may be those that were taken; where nobody read a lot, those of any may."""
    if said.lot_code is None:
        return True
    return bool(lot_id) and ctx.uow.need(inventory.lot, lot_id).code == said.lot_code


def elsewhere(place: Row, taken_from: Row) -> bool:
    """Whether a place belongs to another site than the one that goods were taken from."""
    return None not in (place.site_id, taken_from.site_id) and place.site_id != taken_from.site_id


def target_of(ctx: Context, said: Row) -> Row | None:
    """The order line that goods were taken for, locked; None where they were used within the company."""
    if said.target_line_id is None:
        return None
    return ctx.uow.need(documents.document_line, said.target_line_id, lock=True)


def settle(ctx: Context, parts: Sequence[Part], posted_on: date, receipt: Row | None) -> None:
    """Book the issues that goods were taken in advance for: one an order, or an advance issue for internal use.

    None is dated before its goods were taken, though their receipt may be: what is open keeps that period from being locked.
    """
    groups: dict[tuple[int, int], list[Part]] = defaultdict(list)
    for part in parts:
        target = target_of(ctx, part.said)
        order_id = target.document_id if target is not None else 0
        groups[(order_id, 0 if order_id else part.line.document_id)].append(part)
    for (order_id, _), group in groups.items():
        for part in group:
            done = part.line.fulfilled_quantity + part.quantity
            ctx.uow.update(documents.document_line, part.line, fulfilled_quantity=done)
        advances = ctx.uow.many(documents.document, {part.line.document_id for part in group}).values()
        issue = _issue(ctx, order_id, group, max(posted_on, *(advance.document_on for advance in advances)))
        _keep(ctx, issue, group)
        if receipt is not None:
            link(ctx, receipt, issue, LINK)
    for advance_id in sorted({part.line.document_id for part in parts}):
        end_if_done(ctx, ctx.uow.need(documents.document, advance_id, lock=True))


def _issue(ctx: Context, order_id: int, parts: Sequence[Part], posted_on: date) -> Row:
    if not order_id:
        return _use(ctx, parts, posted_on)
    order = ctx.uow.need(documents.document, order_id, lock=True)
    layers = [part.receipt_line.id if part.receipt_line is not None else None for part in parts]
    wanted = [_wanted(ctx, part) for part in parts]
    if order.kind == DocumentKind.SALES_ORDER:
        shipped = [ShipmentLine(**line.model_dump()) for line in wanted]
        return ship_lines(ctx, order, shipped, posted_on, own_layers=layers)
    issue = issue_components(ctx, order, lines_of(ctx, order), wanted, None, posted_on, own_layers=layers)
    close_if_done(ctx, order)
    return issue


def _wanted(ctx: Context, part: Part) -> IssueLine:
    """What an order's line gets out of the place and lot of a part."""
    target = ctx.uow.need(documents.document_line, part.said.target_line_id)
    lot = ctx.uow.need(inventory.lot, part.lot_id).code if part.lot_id else None
    return IssueLine(line=target.line, quantity=part.quantity, location=part.place.code, lot=lot)


def _use(ctx: Context, parts: Sequence[Part], posted_on: date) -> Row:
    """Post goods that were used within the company, at what they cost, as expense of administration."""
    advance = ctx.uow.need(documents.document, parts[0].line.document_id)
    issue = new_document(
        ctx,
        DocumentKind.INTERNAL_ISSUE,
        DocumentState.POSTED,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=advance.external_number,
        note=advance.note,
    )
    used = location_of_kind(ctx, LocationKind.INTERNAL_USE)
    movements = []
    for number, part in enumerate(parts, start=1):
        item = ctx.uow.need(master_data.item, part.line.item_id)
        row = new_line(
            ctx,
            issue,
            number,
            item_id=item.id,
            description=part.said.department,
            quantity=part.quantity,
            unit_id=item.unit_id,
            source_line_id=part.line.id,
            location_id=part.place.id,
            lot_id=part.lot_id,
        )
        layer = part.receipt_line.id if part.receipt_line is not None else None
        movements.append(Movement(item, part.place, used, part.quantity, row, part.lot_id, own_layer=layer))
    facts = []
    for move, movement in zip(move_goods(ctx, issue, movements, posted_on), movements, strict=True):
        assert movement.line is not None
        ctx.uow.update(documents.document_line, movement.line, stock_value=move.value)
        facts.append(FactLine({"cost": -move.value}, {"inventory": inventory_role(ctx, movement.item)}))
    ctx.emit(GoodsUsed(issue.id, posted_on, tuple(facts)))
    return issue


def _keep(ctx: Context, issue: Row, parts: Sequence[Part]) -> None:
    """Keep which line of an issue settled which advance line, and out of which receipt line."""
    lines = list(lines_of(ctx, issue).values())
    for part in parts:
        source = part.said.target_line_id or part.line.id
        key = (source, part.place.id, part.lot_id, part.quantity)
        issued = next(row for row in lines if (row.source_line_id, row.location_id, row.lot_id, row.quantity) == key)
        lines.remove(issued)
        ctx.uow.insert(
            advance_settlement,
            advance_line_id=part.line.id,
            issue_line_id=issued.id,
            receipt_line_id=part.receipt_line.id if part.receipt_line is not None else None,
            quantity=part.quantity,
        )
        link(ctx, ctx.uow.need(documents.document, part.line.document_id), issue, LINK)


def end_if_done(ctx: Context, advance: Row) -> None:
    """Let an advance issue be settled where nothing of it is open, or cancelled where all of it was brought back."""
    lines = lines_of(ctx, advance).values()
    if advance.state != DocumentState.OPEN or any(open_quantity(line) > 0 for line in lines):
        return
    settled = any(line.fulfilled_quantity > 0 for line in lines)
    state = DocumentState.SETTLED if settled else DocumentState.CANCELLED
    ctx.uow.update(documents.document, advance, state=state.value)


def undo_settlement(ctx: Context, fact: DocumentReversed) -> None:
    """What a reversed issue settled is open in advance again; a receipt that settled something stands until its issue is reversed.

    Raises:
        Refused: the document that is reversed brought goods that an issue standing now took.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    lines = lines_of(ctx, document).values()
    _refuse_while_settled(ctx, document, [line.id for line in lines])
    opened: set[int] = set()
    for line in lines:
        for row in _standing(ctx, "issue_line_id", line.id):
            advanced = ctx.uow.need(documents.document_line, row.advance_line_id, lock=True)
            done = advanced.fulfilled_quantity - row.quantity
            ctx.uow.update(documents.document_line, advanced, fulfilled_quantity=done)
            ctx.uow.insert(
                advance_settlement,
                advance_line_id=row.advance_line_id,
                issue_line_id=row.issue_line_id,
                receipt_line_id=row.receipt_line_id,
                quantity=-row.quantity,
            )
            opened.add(advanced.document_id)
    for advance_id in sorted(opened):
        advance = ctx.uow.need(documents.document, advance_id, lock=True)
        if advance.state == DocumentState.SETTLED:
            ctx.uow.update(documents.document, advance, state=DocumentState.OPEN.value)


def _standing(ctx: Context, column: str, line_id: int) -> list[Row]:
    """The settlements of a line that were not taken back."""
    rows = ctx.uow.where(advance_settlement, column, line_id)
    taken_back = {(row.advance_line_id, row.issue_line_id, -row.quantity) for row in rows if row.quantity < 0}
    return [
        row
        for row in rows
        if row.quantity > 0 and (row.advance_line_id, row.issue_line_id, row.quantity) not in taken_back
    ]


def _refuse_while_settled(ctx: Context, document: Row, line_ids: Sequence[int]) -> None:
    ctx.uow.gather(advance_settlement, "receipt_line_id", line_ids)
    ctx.uow.gather(advance_settlement, "issue_line_id", line_ids)
    standing = [row for line_id in line_ids for row in _standing(ctx, "receipt_line_id", line_id)]
    issued = ctx.uow.many(documents.document_line, sorted({row.issue_line_id for row in standing})).values()
    issues = ctx.uow.many(documents.document, sorted({line.document_id for line in issued})).values()
    if issues:
        numbers = ", ".join(sorted(str(issue.number) for issue in issues))
        raise Refused("receipt_settled_advance", number=document.number, issues=numbers)
