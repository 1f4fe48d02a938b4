"""Handlers of cycle counting: sheets by class and zone, counted blind, judged by what the books said when each line was counted.

Work goes on while a sheet is out. The sheet keeps what the books said when it was made; a line that is counted keeps what they say
at that moment. The difference is counted less those, so goods that moved before the line was counted, or move after it, do not
disturb it. A large difference is counted again before anybody looks at it; one above the limits of its class waits for a second
person, with a reason. A counter is told how many lines are to be counted again, and never a quantity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    by_code,
    find_document,
    lines_of,
    link,
    need_by_code,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.count_plan import count_class_ids, due_counts, places_within, usage_classes
from app.modules.inventory.lots import existing_lot, lot_for
from app.modules.inventory.places import location_of_kind, status_at, storage_location
from app.modules.inventory.serials import refuse_unlike_pieces
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock
from schemas.commands import counting as commands
from schemas.facts import FactLine, StockCounted
from schemas.operational import counting as tables
from schemas.operational import documents, fulfilment, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind, StockStatus

_MOST_LINES = 5000
_LineKey = tuple[int, int, int, int, str]


@handles(commands.PutCountClass, permission="inventory.count.plan")
def put_count_class(ctx: Context, data: commands.PutCountClass) -> Outcome:
    """Say how often a class of items is counted, and which differences are counted again or wait for approval."""
    values = data.model_dump(exclude={"code"})
    row = ctx.uow.one(tables.count_class, "code", data.code, lock=True)
    if row is None:
        row = ctx.uow.insert(tables.count_class, code=data.code, **values)
    else:
        ctx.uow.update(tables.count_class, row, **values)
    return Outcome("receipt.changed", values={"what": "count_class", "code": data.code}, data={"id": row.id})


@handles(commands.CreateCountSheet, permission="inventory.count.plan")
def create_count_sheet(ctx: Context, data: commands.CreateCountSheet) -> Outcome:
    """Make a sheet of what is to be counted in a place and all places within it; the books go on."""
    ctx.uow.write_earlier()
    zone = storage_location(ctx, data.location)
    wanted = {need_by_code(ctx, master_data.item, code, "item", field="items").id for code in data.items}
    connection = ctx.uow.connection
    within = places_within(connection, zone.id)
    due = {(row["item_id"], row["location_id"]) for row in due_counts(connection, ctx.today, within) if row["due"]}
    classes = usage_classes(connection, ctx.today)
    found = [
        row
        for row in lying_in(ctx, within)
        if (not wanted or row.item_id in wanted) and (not data.due_only or (row.item_id, row.location_id) in due)
    ]
    taken = _on_other_sheets(ctx)
    found = [row for row in found if _key(row) not in taken]
    if not found:
        raise Refused("nothing_to_count", field="location", location=zone.code)
    if len(found) > _MOST_LINES:
        raise Refused("count_too_long", field="location", location=zone.code, lines=len(found), most=_MOST_LINES)
    sheet = new_document(ctx, DocumentKind.COUNT_SHEET, DocumentState.OPEN, note=data.note)
    ctx.uow.insert(tables.count_sheet, id=sheet.id, location_id=zone.id)
    for number, row in enumerate(found, start=1):
        _add_line(ctx, sheet, number, _key(row), row.quantity, classes[row.item_id])
    return Outcome("receipt.created_document", sheet)


def _on_other_sheets(ctx: Context) -> set[_LineKey]:
    """What stands on a sheet that is not booked: counted twice against the same books, a difference would be booked twice."""
    line, head, counted = documents.document_line.c, documents.document.c, tables.count_line.c
    query = (
        select(line.location_id, line.item_id, line.lot_id, counted.owner_id, counted.status)
        .join(documents.document, head.id == line.document_id)
        .join(tables.count_line, counted.document_line_id == line.id)
        .where(
            head.kind == DocumentKind.COUNT_SHEET.value,
            head.state.in_((DocumentState.OPEN.value, DocumentState.CONFIRMED.value)),
        )
    )
    return {tuple(row) for row in ctx.uow.connection.execute(query)}  # pyright: ignore[reportReturnType]


def lying_in(ctx: Context, within: set[int]) -> list[Row]:
    """The balances of several storage places that are not empty, in the order in which a counter walks: by place, item and lot."""
    rows = [
        row
        for place in sorted(within)
        if ctx.uow.need(master_data.location, place).kind == LocationKind.STORAGE
        for row in ctx.uow.where(inventory.stock_balance, "location_id", place)
        if row.quantity > 0
    ]
    codes = {place: ctx.uow.need(master_data.location, place).code for place in within}
    items = ctx.uow.many(master_data.item, (row.item_id for row in rows))
    return sorted(
        rows, key=lambda row: (codes[row.location_id], items[row.item_id].code, row.lot_id, row.owner_id, row.status)
    )


def _key(row: Row) -> _LineKey:
    return (row.location_id, row.item_id, row.lot_id, row.owner_id, row.status)


def _add_line(ctx: Context, sheet: Row, number: int, key: _LineKey, quantity: Decimal, count_class: int) -> Row:
    place, item_id, lot_id, owner_id, status = key
    unit_id = ctx.uow.need(master_data.item, item_id).unit_id
    line = new_line(ctx, sheet, number, item_id=item_id, unit_id=unit_id, location_id=place, lot_id=lot_id)
    return ctx.uow.insert(
        tables.count_line,
        document_id=sheet.id,
        document_line_id=line.id,
        count_class_id=count_class,
        owner_id=owner_id,
        status=status,
        snapshot_quantity=quantity,
        times_counted=0,
        recount=0,
    )


@handles(commands.EnterCount, permission="inventory.count.enter")
def enter_count(ctx: Context, data: commands.EnterCount) -> Outcome:
    """Enter what was found in the places of a sheet; the answer says how many lines are to be counted again, and no quantity."""
    ctx.uow.write_earlier()  # What others picked before in this transaction is no longer on the shelf.
    sheet = find_document(ctx, data.sheet, DocumentKind.COUNT_SHEET)
    need_state(sheet, DocumentState.OPEN)
    found = _found(ctx, data.lines)
    known = _lines_by_key(ctx, sheet)
    _refuse_elsewhere(ctx, sheet, found, known)
    hold_stock(ctx, (item_id for _, item_id, *_ in found))
    _refuse_piece_elsewhere(ctx, found, known)
    again = 0
    for key, quantity in found.items():
        row = known.get(key) or _unexpected(ctx, sheet, key, len(known) + 1)
        known[key] = row
        again += _count(ctx, row, key, quantity)
    left = sum(row.counted_quantity is None or row.recount == 1 for row in known.values())
    return Outcome("receipt.count_entered", sheet, {"lines": len(found), "again": again, "left": left})


def _found(ctx: Context, lines: Iterable[commands.FoundLine]) -> dict[_LineKey, Decimal]:
    """What was found by place, item, lot, owner and status; the same thing found twice is added up."""
    found: dict[_LineKey, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        place = storage_location(ctx, line.location)
        item = _item_scanned(ctx, line.item)
        lot_id = (
            lot_for(ctx, item, line.lot, ctx.today, None) if line.quantity > 0 else existing_lot(ctx, item, line.lot)
        )
        status = status_at(place) if line.status == StockStatus.AVAILABLE else line.status
        owner = by_code(ctx, master_data.party, line.owner, "party", field="owner")
        found[(place.id, item.id, lot_id, owner.id if owner else 0, status.value)] += line.quantity
    return found


def _refuse_elsewhere(ctx: Context, sheet: Row, found: Iterable[_LineKey], known: Iterable[_LineKey]) -> None:
    """A sheet counts the place that it was made for: its own lines, and what nobody expected in that place or within it.

    Raises:
        Refused: something was found in another place.
    """
    zone = ctx.uow.need(tables.count_sheet, sheet.id).location_id
    places = places_within(ctx.uow.connection, zone) | {key[0] for key in known}
    for place_id, item_id, *_ in found:
        if place_id not in places:
            raise Refused(
                "place_not_on_sheet",
                field="lines",
                location=ctx.uow.need(master_data.location, place_id).code,
                item=ctx.uow.need(master_data.item, item_id).code,
                number=sheet.number,
                zone=ctx.uow.need(master_data.location, zone).code,
            )


def _refuse_piece_elsewhere(ctx: Context, found: dict[_LineKey, Decimal], known: Iterable[_LineKey]) -> None:
    """A piece with a serial number is found once, and where the books have it elsewhere that place is on the sheet too.

    Raises:
        Refused: it was entered twice, or its place by the books is not on the sheet.
    """
    counted = {*known, *found}
    for (_, item_id, lot_id, *_), quantity in found.items():
        item = ctx.uow.need(master_data.item, item_id)
        if not item.serial_tracked or quantity == 0:
            continue
        refuse_unlike_pieces(item, quantity, lot_id)
        for row in ctx.uow.where(inventory.stock_balance, "item_id", item_id, lock=True):
            if row.lot_id == lot_id and row.quantity > 0 and _key(row) not in counted:
                raise Refused(
                    "serial_elsewhere",
                    field="lines",
                    item=item.code,
                    serial=ctx.uow.need(inventory.lot, lot_id).code,
                    location=ctx.uow.need(master_data.location, row.location_id).code,
                )


def _item_scanned(ctx: Context, code: str) -> Row:
    """An item by its code, or by the barcode that a scanner read.

    Raises:
        Refused: no item has it.
    """
    row = ctx.uow.one(master_data.item, "code", code)
    if row is not None:
        return row
    marked = ctx.uow.connection.execute(select(master_data.item.c.id).where(master_data.item.c.barcode == code))
    found = marked.scalars().first()
    if found is None:
        raise Refused("code_unknown", field="lines", what="item", code=code)
    return ctx.uow.need(master_data.item, found)


def _lines_by_key(ctx: Context, sheet: Row) -> dict[_LineKey, Row]:
    lines = {row.id: row for row in lines_of(ctx, sheet).values()}
    known = {}
    for row in ctx.uow.where(tables.count_line, "document_id", sheet.id, lock=True):
        line = lines[row.document_line_id]
        known[(line.location_id, line.item_id, line.lot_id, row.owner_id, row.status)] = row
    return known


def _unexpected(ctx: Context, sheet: Row, key: _LineKey, number: int) -> Row:
    """A line for what lies where the sheet knows nothing of it; the strictest class judges it."""
    return _add_line(ctx, sheet, number, key, ZERO, count_class_ids(ctx.uow.connection)[0])


def _count(ctx: Context, row: Row, key: _LineKey, quantity: Decimal) -> int:
    """Keep what was counted beside what the books say now; 1 where it is to be counted again."""
    book = _book_quantity(ctx, key)
    limits = ctx.uow.need(tables.count_class, row.count_class_id)
    large = abs(quantity - book) > book * limits.recount_rate
    again = int(large and row.times_counted == 0)
    ctx.uow.update(
        tables.count_line,
        row,
        book_quantity=book,
        counted_quantity=quantity,
        first_quantity=quantity if row.times_counted == 0 else row.first_quantity,
        counted_by=ctx.principal.user_id,
        counted_at=ctx.now,
        times_counted=row.times_counted + 1,
        recount=again,
    )
    return again


def _book_quantity(ctx: Context, key: _LineKey) -> Decimal:
    place, item_id, lot_id, owner_id, status = key
    rows = ctx.uow.where(inventory.stock_balance, "item_id", item_id, lock=True)
    wanted = (place, lot_id, owner_id, status)
    found = [row for row in rows if (row.location_id, row.lot_id, row.owner_id, row.status) == wanted]
    return sum((row.quantity - _taken_from_the_shelf(ctx, row) for row in found), ZERO)


def _taken_from_the_shelf(ctx: Context, balance: Row) -> Decimal:
    """What pickers have taken out of a place and nobody has handed over yet: the books have it there, a counter does not."""
    hold = fulfilment.pick_hold.c
    query = select(hold.picked, hold.packed).where(hold.balance_id == balance.id)
    return sum((row.picked + row.packed for row in ctx.uow.connection.execute(query)), ZERO)


@handles(commands.FinishCount, permission="inventory.count.enter")
def finish_count(ctx: Context, data: commands.FinishCount) -> Outcome:
    """Say that every line of a sheet is counted: within the limits it is booked, else it waits for approval."""
    sheet = find_document(ctx, data.sheet, DocumentKind.COUNT_SHEET)
    need_state(sheet, DocumentState.OPEN)
    lines = lines_of(ctx, sheet)
    rows = ctx.uow.where(tables.count_line, "document_id", sheet.id, lock=True)
    left = sum(row.counted_quantity is None for row in rows)
    again = sum(row.recount == 1 for row in rows)
    if left or again:
        raise Refused("count_not_complete", number=sheet.number, left=left, again=again)
    by_id = lines_by_id(lines)
    hold_stock(ctx, (by_id[r.document_line_id].item_id for r in rows if r.counted_quantity != r.book_quantity))
    if any(beyond_limits(ctx, row, by_id[row.document_line_id]) or _is_promised(ctx, row, by_id) for row in rows):
        ctx.uow.update(documents.document, sheet, state=DocumentState.CONFIRMED.value)
        return Outcome("receipt.count_waits", sheet)
    return _book(ctx, sheet, rows, data.posted_on or ctx.today)


def lines_by_id(lines: dict[int, Row]) -> dict[int, Row]:
    """The lines of a document by id."""
    return {row.id: row for row in lines.values()}


def beyond_limits(ctx: Context, row: Row, line: Row) -> bool:
    """Say whether a counted line differs by more than its class lets pass without a second person."""
    difference = abs(row.counted_quantity - row.book_quantity)
    if difference == 0:
        return False
    limits = ctx.uow.need(tables.count_class, row.count_class_id)
    worth = ZERO if row.owner_id else difference * unit_cost_of(ctx, line.item_id)
    return difference > row.book_quantity * limits.approval_rate or worth > limits.approval_value


def _is_promised(ctx: Context, row: Row, lines: dict[int, Row]) -> bool:
    """Whether more is missing than is free: what is reserved has to be freed first, which a second person sees to."""
    line, missing = lines[row.document_line_id], row.book_quantity - row.counted_quantity
    if missing <= 0:
        return False
    rows = ctx.uow.where(inventory.stock_balance, "item_id", line.item_id, lock=True)
    wanted = (line.location_id, line.lot_id, row.owner_id, row.status)
    free = sum(
        (r.quantity - r.reserved for r in rows if (r.location_id, r.lot_id, r.owner_id, r.status) == wanted), ZERO
    )
    return missing > free


def unit_cost_of(ctx: Context, item_id: int) -> Decimal:
    """What a piece of an item is worth now, for judging a difference."""
    held = ctx.uow.get(inventory.item_value, item_id)
    if held is None:
        return ctx.uow.need(master_data.item, item_id).standard_cost
    return held.value / held.quantity if held.quantity > 0 else held.last_unit_cost


@handles(commands.DecideCount, permission="inventory.count.write")
def decide_count(ctx: Context, data: commands.DecideCount) -> Outcome:
    """Approve the differences of a sheet with their reasons and book them, or have those above the limits counted again."""
    sheet = find_document(ctx, data.sheet, DocumentKind.COUNT_SHEET)
    need_state(sheet, DocumentState.CONFIRMED)
    lines = lines_of(ctx, sheet)
    by_id = lines_by_id(lines)
    rows = ctx.uow.where(tables.count_line, "document_id", sheet.id, lock=True)
    large = [row for row in rows if beyond_limits(ctx, row, by_id[row.document_line_id])]
    if data.decision == "recount":
        for row in large:
            ctx.uow.update(tables.count_line, row, recount=1)
        ctx.uow.update(documents.document, sheet, state=DocumentState.OPEN.value)
        return Outcome("receipt.count_again", sheet, {"again": len(large)})
    if any(row.counted_by == ctx.principal.user_id for row in large):
        raise Refused("counter_is_approver", number=sheet.number)
    given = {need_line(sheet, lines, reason.line).id: reason for reason in data.reasons}
    for row in rows:
        reason = given.get(row.document_line_id)
        code = reason.reason if reason is not None else data.reason
        if row in large and code is None:
            line = by_id[row.document_line_id]
            raise Refused("count_reason_needed", field="reasons", number=sheet.number, line=line.line)
        if row.counted_quantity != row.book_quantity and code is not None:
            cost = reason.unit_cost if reason is not None else None
            ctx.uow.update(tables.count_line, row, reason=code.value, unit_cost=cost)
    return _book(ctx, sheet, rows, data.posted_on or ctx.today)


def _book(ctx: Context, sheet: Row, rows: Sequence[Row], posted_on: date) -> Outcome:
    """Book the differences of a sheet as a stock count, and close the sheet."""
    count = new_document(ctx, DocumentKind.STOCK_COUNT, DocumentState.POSTED, posted_on=posted_on, note=sheet.note)
    link(ctx, sheet, count, "count")
    far_side = location_of_kind(ctx, LocationKind.COUNT_DIFFERENCE)
    by_id = lines_by_id(lines_of(ctx, sheet))
    movements = [
        movement
        for number, row in enumerate(sorted(rows, key=lambda row: by_id[row.document_line_id].line), start=1)
        if (movement := _difference(ctx, count, number, row, by_id[row.document_line_id], far_side)) is not None
    ]
    moves = move_goods(ctx, count, movements, posted_on)
    facts = tuple(
        FactLine({"gain": move.value}, {"inventory": inventory_role(ctx, movement.item)})
        for move, movement in zip(moves, movements, strict=True)
    )
    add_totals(ctx, count, sum((move.value for move in moves), ZERO), ZERO)
    ctx.emit(StockCounted(count.id, posted_on, facts))
    ctx.uow.update(documents.document, sheet, state=DocumentState.CLOSED.value)
    return Outcome("receipt.counted", count, {"differences": len(movements)})


def _difference(ctx: Context, count: Row, number: int, row: Row, sheet_line: Row, far_side: Row) -> Movement | None:
    item = ctx.uow.need(master_data.item, sheet_line.item_id)
    place = ctx.uow.need(master_data.location, sheet_line.location_id)
    line = new_line(
        ctx,
        count,
        number,
        item_id=item.id,
        unit_id=item.unit_id,
        quantity=row.counted_quantity,
        location_id=place.id,
        lot_id=sheet_line.lot_id,
        source_line_id=sheet_line.id,
    )
    ctx.uow.insert(
        inventory.count_snapshot,
        document_line_id=line.id,
        book_quantity=row.book_quantity,
        counted_quantity=row.counted_quantity,
        unit_cost=row.unit_cost or ZERO,
    )
    difference = row.counted_quantity - row.book_quantity
    if difference == 0:
        return None
    start, end = (far_side, place) if difference > 0 else (place, far_side)
    value = None
    if difference > 0 and row.unit_cost is not None and not row.owner_id:
        value = rounded(difference * row.unit_cost, ctx.company.currency_decimals)
    return Movement(
        item,
        start,
        end,
        abs(difference),
        line,
        sheet_line.lot_id,
        status=row.status,
        value=value,
        owner_id=row.owner_id,
    )


@handles(commands.CancelCountSheet, permission="inventory.count.plan")
def cancel_count_sheet(ctx: Context, data: commands.CancelCountSheet) -> Outcome:
    """Give up a sheet; nothing of it is booked."""
    sheet = find_document(ctx, data.sheet, DocumentKind.COUNT_SHEET)
    need_state(sheet, DocumentState.OPEN, DocumentState.CONFIRMED)
    ctx.uow.update(documents.document, sheet, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", sheet, {"state": DocumentState.CANCELLED.value})
