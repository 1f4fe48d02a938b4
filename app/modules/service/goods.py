"""Handlers of the goods of a case: taken in on hold, looked at, and led to where they belong.

Goods come back against the shipments that brought them, the latest first, by the ordinary return; what becomes of them is booked by
the ordinary documents of stock and of buying. `case_goods` says which line of which document moved goods of which line of the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles, within
from app.kernel.documents import find_document, lines_of, link, need_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import outstanding
from app.modules.inventory.scrap import scrap_stock
from app.modules.inventory.status import change_stock_status
from app.modules.purchasing.returns import return_to_supplier
from app.modules.sales.returns import receive_return
from app.modules.service.cases import (
    LINK,
    WRITE,
    find_case,
    goods_of_line,
    live_findings,
    live_goods,
    location_code,
    lot_code,
    move_case,
    write_note,
)
from app.modules.service.clocks import end_wait
from app.modules.service.giving import RECEIVED, REPLACED, in_repair, need_not_given, need_repair_fits
from app.modules.service.standing_claims import claimed_goods
from schemas.commands import service as commands
from schemas.commands import trade
from schemas.operational import documents, master_data
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState, ReturnReason
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import StockStatus

_STATUS_AFTER: Final[Mapping[str, trade.OwnStatus]] = {
    "restock": StockStatus.AVAILABLE,
    "rework": StockStatus.REWORK,
}


@dataclass(frozen=True)
class _Back:
    """A part of a shipment line that comes back for a line of a case."""

    case_line: Row
    shipment_line: Row
    quantity: Decimal
    location: str | None


@dataclass(frozen=True)
class _Part:
    """A part of what came back for a line, and where it goes."""

    case_line: Row
    received_line: Row
    quantity: Decimal
    asked: commands.DispositionLine


@handles(commands.ReceiveCaseGoods, permission=WRITE)
def receive_case_goods(ctx: Context, data: commands.ReceiveCaseGoods) -> Outcome:
    """Take the goods of a case in, on hold, at the cost they left at."""
    case = find_case(ctx, data.case, DocumentState.OPEN)
    backs = list(_coming_back(ctx, case, data))
    if not backs:
        raise Refused("case_nothing_to_receive", number=case.number)
    by_shipment: dict[int, list[_Back]] = {}
    for back in backs:
        by_shipment.setdefault(back.shipment_line.document_id, []).append(back)
    for shipment_id, parts in sorted(by_shipment.items()):
        _take_in(ctx, case, shipment_id, parts, data)
    end_wait(ctx, case)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


def _coming_back(ctx: Context, case: Row, data: commands.ReceiveCaseGoods) -> Iterator[_Back]:
    """The parts of shipments that come back.

    Raises:
        Refused: more comes back than the case is about or than was shipped, or the goods were not sold here.
    """
    lines = lines_of(ctx, case)
    asked = data.lines or [
        commands.CaseReceiptLine(line=row.line, quantity=left)
        for row in lines.values()
        if (left := row.quantity - received_of(ctx, row) - in_repair(ctx, row)) > 0
    ]
    taken: dict[int, Decimal] = {}
    wanted_before: dict[int, Decimal] = {}
    for line in asked:
        row = need_line(case, lines, line.line)
        left = row.quantity - received_of(ctx, row) - in_repair(ctx, row) - wanted_before.get(row.id, ZERO)
        if line.quantity > left:
            raise Refused("case_above_line", field="lines", line=line.line, quantity=line.quantity, most=left)
        wanted_before[row.id] = wanted_before.get(row.id, ZERO) + line.quantity
        rest = line.quantity
        for shipped in _shipped(ctx, case, row):
            part = min(rest, outstanding(ctx, shipped) - taken.get(shipped.id, ZERO))
            if part > 0:
                taken[shipped.id] = taken.get(shipped.id, ZERO) + part
                rest -= part
                yield _Back(row, shipped, part, line.location or data.location)
        if rest > 0:
            item = ctx.uow.need(master_data.item, row.item_id)
            delivered = line.quantity - rest
            raise Refused(
                "more_than_delivered", field="quantity", item=item.code, quantity=line.quantity, open=delivered
            )


def received_of(ctx: Context, case_line: Row) -> Decimal:
    """How much came back for a line of a case."""
    return sum((row.quantity for row in goods_of_line(ctx, case_line) if row.step == RECEIVED), ZERO)


def _shipped(ctx: Context, case: Row, case_line: Row) -> list[Row]:
    """The shipment lines that the goods of a line may be of, the latest first.

    Raises:
        Refused: the line names nothing that was sold.
    """
    about = ctx.uow.need(tables.case_line, case_line.id)
    if about.shipment_line_id is not None:
        return [ctx.uow.need(documents.document_line, about.shipment_line_id, lock=True)]
    if about.order_line_id is None:
        raise Refused("case_line_not_sold", field="lines", number=case.number, line=case_line.line)
    rows = ctx.uow.where(documents.document_line, "source_line_id", about.order_line_id, lock=True)
    found = [row for row in rows if case_line.lot_id in {0, row.lot_id} and _is_posted_shipment(ctx, row)]
    return sorted(found, key=lambda row: row.id, reverse=True)


def _is_posted_shipment(ctx: Context, line: Row) -> bool:
    document = ctx.uow.need(documents.document, line.document_id)
    return document.kind == DocumentKind.SHIPMENT and document.state == DocumentState.POSTED


def _take_in(
    ctx: Context, case: Row, shipment_id: int, parts: Sequence[_Back], data: commands.ReceiveCaseGoods
) -> None:
    """Book one return against one shipment, and note whose goods each of its lines are."""
    returned = within(
        ctx,
        receive_return,
        trade.ReceiveReturn(
            against=shipment_id,
            reason=ReturnReason(case.reason_code),
            posted_on=data.posted_on,
            status=StockStatus.HOLD,
            replacement=data.replacement,
            lines=[
                trade.ReturnedLine(line=part.shipment_line.line, quantity=part.quantity, location=part.location)
                for part in parts
            ],
        ),
    ).document
    assert returned is not None
    link(ctx, case, returned, LINK)
    waiting = list(parts)
    for row in lines_of(ctx, returned).values():
        part = next(p for p in waiting if p.shipment_line.id == row.source_line_id and p.quantity == row.quantity)
        waiting.remove(part)
        _note(ctx, part.case_line, RECEIVED, row, part.quantity, None)


def _note(ctx: Context, case_line: Row, step: str, line: Row, quantity: Decimal, received_line_id: int | None) -> None:
    ctx.uow.insert(
        tables.case_goods,
        case_line_id=case_line.id,
        step=step,
        document_line_id=line.id,
        received_line_id=received_line_id,
        quantity=quantity,
    )


@handles(commands.InspectServiceCase, permission=WRITE)
def inspect_service_case(ctx: Context, data: commands.InspectServiceCase) -> Outcome:
    """Record what was found of all that came back, line by line; what was found before no longer counts."""
    case = find_case(ctx, data.case, DocumentState.OPEN, DocumentState.INSPECTED)
    lines = lines_of(ctx, case)
    if any(row.step != RECEIVED for row in live_goods(ctx, case)):
        raise Refused("case_step_stands", number=case.number)
    found: dict[int, Decimal] = {}
    for line in data.lines:
        row = need_line(case, lines, line.line)
        found[row.id] = found.get(row.id, ZERO) + line.quantity
    for row in lines.values():
        came = received_of(ctx, row)
        if found.get(row.id, ZERO) != came:
            inspected = found.get(row.id, ZERO)
            raise Refused("case_inspection_differs", field="lines", line=row.line, inspected=inspected, received=came)
    for old in live_findings(ctx, case):
        ctx.uow.update(tables.case_finding, old, superseded=True)
    for line in data.lines:
        ctx.uow.insert(
            tables.case_finding,
            document_line_id=lines[line.line].id,
            quantity=line.quantity,
            finding=line.finding,
            note=line.note,
            superseded=False,
            made_by=ctx.principal.user_id,
            made_at=ctx.now,
        )
    move_case(ctx, case, DocumentState.INSPECTED)
    return Outcome("receipt.state_changed", case, {"state": case.state})


@handles(commands.DecideServiceCase, permission=WRITE)
def decide_service_case(ctx: Context, data: commands.DecideServiceCase) -> Outcome:
    """Decide a case: lead all its goods to where they belong, and say what the customer gets."""
    case = find_case(ctx, data.case, DocumentState.OPEN, DocumentState.INSPECTED)
    goods = live_goods(ctx, case)
    if goods and case.state == DocumentState.OPEN:
        raise Refused("case_not_inspected", number=case.number)
    parts = _parts(ctx, case, data.lines)
    _need_all_led(ctx, case, parts)
    need_repair_fits(ctx, case, data.outcome)
    if data.outcome == REPLACED:
        need_not_given(ctx, case)
    posted_on = data.posted_on or ctx.today
    for status in ("restock", "rework"):
        _change_status(ctx, case, [p for p in parts if p.asked.disposition == status], status, posted_on)
    _scrap(ctx, case, [p for p in parts if p.asked.disposition == "scrap"], posted_on)
    for part in (p for p in parts if p.asked.disposition == "to_supplier"):
        _send_back(ctx, case, part, posted_on)
    row = ctx.uow.need(tables.service_case, case.id, lock=True)
    ctx.uow.update(tables.service_case, row, outcome=data.outcome)
    if data.note:
        write_note(ctx, case, data.note)
    move_case(ctx, case, DocumentState.DECIDED)
    return Outcome("receipt.state_changed", case, {"state": case.state})


def _parts(ctx: Context, case: Row, asked: Sequence[commands.DispositionLine]) -> list[_Part]:
    """Take what is asked from the lines of returns, in the order in which the goods came.

    Raises:
        Refused: more is to go than came and is still here.
    """
    lines = lines_of(ctx, case)
    left = {
        goods.document_line_id: goods.quantity
        for row in lines.values()
        for goods in goods_of_line(ctx, row)
        if goods.step == RECEIVED
    }
    for goods in live_goods(ctx, case):
        if goods.step != RECEIVED:
            left[goods.received_line_id] -= goods.quantity
    parts = []
    for line in asked:
        row = need_line(case, lines, line.line)
        rest = line.quantity
        for goods in goods_of_line(ctx, row):
            taken = min(rest, left[goods.document_line_id]) if goods.step == RECEIVED else ZERO
            if taken > 0:
                left[goods.document_line_id] -= taken
                rest -= taken
                received = ctx.uow.need(documents.document_line, goods.document_line_id)
                parts.append(_Part(row, received, taken, line))
        if rest > 0:
            raise Refused(
                "case_above_received", field="lines", line=line.line, quantity=line.quantity, open=line.quantity - rest
            )
    return parts


def _need_all_led(ctx: Context, case: Row, parts: Sequence[_Part]) -> None:
    for row in lines_of(ctx, case).values():
        goods = goods_of_line(ctx, row)
        came = sum((g.quantity for g in goods if g.step == RECEIVED), ZERO)
        led = sum((g.quantity for g in goods if g.step != RECEIVED), ZERO)
        led += sum((p.quantity for p in parts if p.case_line.id == row.id), ZERO)
        if led != came:
            raise Refused("case_goods_undecided", field="lines", line=row.line, open=came - led)


def _place(ctx: Context, part: _Part) -> str:
    """Where the goods stand: where a person says, else where they came in."""
    return part.asked.location or location_code(ctx, part.received_line.location_id)


def _code(ctx: Context, part: _Part) -> str:
    return str(ctx.uow.need(master_data.item, part.case_line.item_id).code)


def _change_status(ctx: Context, case: Row, parts: Sequence[_Part], step: str, posted_on: date) -> None:
    if not parts:
        return
    lines = [
        trade.StatusLine(
            item=_code(ctx, part),
            location=_place(ctx, part),
            quantity=part.quantity,
            from_status=StockStatus.HOLD,
            to_status=_STATUS_AFTER[step],
            lot=lot_code(ctx, part.received_line.lot_id),
        )
        for part in parts
    ]
    changed = within(ctx, change_stock_status, trade.ChangeStockStatus(posted_on=posted_on, lines=lines)).document
    _note_in_order(ctx, case, parts, step, changed)


def _scrap(ctx: Context, case: Row, parts: Sequence[_Part], posted_on: date) -> None:
    if not parts:
        return
    lines = [
        trade.ScrapLine(
            item=_code(ctx, part),
            location=_place(ctx, part),
            quantity=part.quantity,
            lot=lot_code(ctx, part.received_line.lot_id),
        )
        for part in parts
    ]
    reason = ReturnReason(case.reason_code)
    scrapped = within(ctx, scrap_stock, trade.ScrapStock(posted_on=posted_on, reason=reason, lines=lines)).document
    _note_in_order(ctx, case, parts, "scrap", scrapped)


def _note_in_order(ctx: Context, case: Row, parts: Sequence[_Part], step: str, document: Row | None) -> None:
    """Note the parts on the lines of a document that was made with one line a part, in their order."""
    assert document is not None
    link(ctx, case, document, LINK)
    rows = lines_of(ctx, document)
    for number, part in enumerate(parts, start=1):
        _note(ctx, part.case_line, step, rows[number], part.quantity, part.received_line.id)


def _send_back(ctx: Context, case: Row, part: _Part, posted_on: date) -> None:
    """Send a part back to the supplier whose receipt brought it.

    Raises:
        Refused: the line of the receipt is not named or is of another item, or a supplier is claimed for these goods already.
    """
    asked = part.asked
    if asked.receipt is None or asked.receipt_line is None:
        raise Refused("case_receipt_needed", field="lines", line=asked.line)
    receipt = find_document(ctx, asked.receipt, DocumentKind.GOODS_RECEIPT)
    if need_line(receipt, lines_of(ctx, receipt), asked.receipt_line).item_id != part.case_line.item_id:
        raise Refused("case_receipt_item", field="lines", line=asked.line, number=receipt.number, item=_code(ctx, part))
    sent_back = sum((g.quantity for g in goods_of_line(ctx, part.case_line) if g.step == "to_supplier"), ZERO)
    left = part.case_line.quantity - claimed_goods(ctx, part.case_line) - sent_back
    if part.quantity > left:
        told = {"line": asked.line, "quantity": part.quantity, "most": left}
        raise Refused("case_goods_claimed", field="lines", number=case.number, **told)
    sent = within(
        ctx,
        return_to_supplier,
        trade.ReturnToSupplier(
            against=receipt.id,
            reason=ReturnReason(case.reason_code),
            posted_on=posted_on,
            status=StockStatus.HOLD,
            lines=[trade.SentBackLine(line=asked.receipt_line, quantity=part.quantity, location=_place(ctx, part))],
        ),
    ).document
    assert sent is not None
    link(ctx, case, sent, LINK)
    for row in lines_of(ctx, sent).values():
        _note(ctx, part.case_line, "to_supplier", row, row.quantity, part.received_line.id)
