"""Handlers of a repair up to its answer: the piece comes in, is estimated line by line, offered, approved, declined or cancelled.

A repair order is a document of its own and part of a case of the kind repair. The piece stays the customer's: it stands in no
stock, and where it is is a fact of the repair. Each line is a part or labour at a price; the share that the warranty bears stands
on it as the discount that the customer gets, so that estimate, report and invoice say the same. What the work costs is booked by
`repair_work`, what the customer pays by `repair_billing`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    by_code,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES, t
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import existing_lot
from app.modules.inventory.returns import outstanding, posted_children
from app.modules.inventory.serials import months_after
from app.modules.master_data.currencies import DocumentCurrency, currency_of, currency_on, say_in_currency
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import active_item, stocking_quantity, tax_of
from app.modules.sales.line_prices import price_for
from app.modules.service.cases import LINK, find_case
from app.modules.service.giving import in_repair
from app.modules.service.goods import received_of
from app.modules.service.repair_currency import add_up, fee_said, net_said, put_fee, put_said
from schemas.commands import repairs as commands
from schemas.operational import documents, inventory, master_data, production
from schemas.operational import repairs as tables
from schemas.operational import service as service_tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded

WRITE: Final = "service.repair.write"
PART: Final = "component"
LABOUR: Final = "labour"
_LINE_KINDS: Final = {"part": PART, "labour": LABOUR}
_AT_WORK: Final = (DocumentState.DRAFT, DocumentState.OFFERED, DocumentState.RELEASED)
_OUT_OF_HERE: Final = (DocumentState.SETTLED, DocumentState.CANCELLED)


def find_repair(ctx: Context, reference: int | str, *states: DocumentState) -> Row:
    """Lock and return a repair order that is in one of these states."""
    repair = find_document(ctx, reference, DocumentKind.REPAIR_ORDER)
    need_state(repair, *states)
    return repair


def open_lines(ctx: Context, repair: Row) -> dict[int, Row]:
    """The lines of a repair's estimate in force, by number."""
    return {number: row for number, row in lines_of(ctx, repair).items() if not row.closed}


@handles(commands.OpenRepairOrder, permission=WRITE)
def open_repair_order(ctx: Context, data: commands.OpenRepairOrder) -> Outcome:
    """Take a customer's piece in to repair it, as a part of his case."""
    case = find_case(ctx, data.case, DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.DECIDED)
    about = ctx.uow.need(service_tables.service_case, case.id, lock=True)
    if about.case_kind != "repair":
        raise Refused("case_not_repair", field="case", number=case.number)
    if about.outcome not in {None, "repair"}:
        raise Refused("case_decided_otherwise", field="case", number=case.number)
    case_line = need_line(case, lines_of(ctx, case), data.line)
    item = ctx.uow.need(master_data.item, case_line.item_id)
    lot_id = existing_lot(ctx, item, data.lot) if data.lot else case_line.lot_id
    if case_line.lot_id not in {0, lot_id}:
        lot = ctx.uow.need(inventory.lot, case_line.lot_id)
        raise Refused("case_line_lot", field="lot", line=data.line, lot=lot.code, given=data.lot)
    quantity = _quantity(ctx, case_line, data.quantity)
    _need_one_piece(ctx, item, lot_id, quantity)
    repair = new_document(
        ctx,
        DocumentKind.REPAIR_ORDER,
        DocumentState.DRAFT,
        party_id=case.party_id,
        item_id=item.id,
        quantity=quantity,
        due_on=data.due_on,
        priority=case.priority,
        note=data.note,
    )
    customer = ctx.uow.need(master_data.party, case.party_id)
    currency = currency_on(ctx, data.currency or customer.currency, repair.document_on)
    say_in_currency(ctx, repair, currency, ZERO, ZERO)
    ctx.uow.insert(
        tables.repair_order,
        id=repair.id,
        case_line_id=case_line.id,
        lot_id=lot_id,
        received_on=_day(ctx, data.received_on),
        received_at=data.received_at,
        accessories=data.accessories,
        warranty_until=data.warranty_until or _warranty_until(ctx, case_line, item, lot_id),
        diagnosis_fee=ZERO,
        version=1,
    )
    ctx.uow.insert(
        production.order_in_process,
        document_id=repair.id,
        input_value=ZERO,
        output_value=ZERO,
        settled_value=ZERO,
        completed_quantity=ZERO,
        scrapped_quantity=ZERO,
    )
    link(ctx, case, repair, LINK)
    return Outcome("receipt.created_document", repair)


def _day(ctx: Context, day: date | None, *, field: str = "received_on") -> date:
    """The day that something was done, today where none is named.

    Raises:
        Refused: it is still to come.
    """
    if day is not None and day > ctx.today:
        raise Refused("repair_day_to_come", field=field, day=day, today=ctx.today)
    return day or ctx.today


def _quantity(ctx: Context, case_line: Row, asked: Decimal | None) -> Decimal:
    """How much of a case's line is repaired: what is neither back in stock nor in repair.

    Raises:
        Refused: nothing is left, or less than is asked.
    """
    left = case_line.quantity - received_of(ctx, case_line) - in_repair(ctx, case_line)
    quantity = left if asked is None else asked
    if quantity > left or left <= 0:
        raise Refused("repair_above_line", field="quantity", line=case_line.line, quantity=asked or ZERO, most=left)
    return quantity


def _need_one_piece(ctx: Context, item: Row, lot_id: int, quantity: Decimal) -> None:
    """Refuse to repair a piece with a serial number twice at a time, or several under one number.

    Raises:
        Refused: it is in repair already, or the quantity is not one.
    """
    if not item.serial_tracked or lot_id == 0:
        return
    serial = ctx.uow.need(inventory.lot, lot_id, lock=True).code
    if quantity != ONE:
        raise Refused("repair_of_one_piece", field="quantity", serial=serial, quantity=quantity)
    for other in ctx.uow.by_now(tables.repair_order, "lot_id", lot_id):
        document = ctx.uow.need(documents.document, other.id)
        if document.state not in _OUT_OF_HERE:
            raise Refused("piece_in_repair", field="lot", serial=serial, number=document.number)


def _warranty_until(ctx: Context, case_line: Row, item: Row, lot_id: int) -> date | None:
    """Until when a piece is under warranty: as kept at its delivery, else by the months of its item from its shipment."""
    if lot_id and item.serial_tracked:
        kept = [
            row
            for row in ctx.uow.where(inventory.serial_warranty, "lot_id", lot_id)
            if _is_delivered(ctx, ctx.uow.need(documents.document_line, row.document_line_id, lock=True))
        ]
        if kept:
            return max(kept, key=lambda row: (row.begins_on, row.id)).ends_on
    shipped = _shipment_line(ctx, case_line, lot_id)
    if shipped is None or item.warranty_months is None:
        return None
    return months_after(ctx.uow.need(documents.document, shipped.document_id).posted_on, item.warranty_months)


def _is_delivered(ctx: Context, shipment_line: Row) -> bool:
    document = ctx.uow.need(documents.document, shipment_line.document_id)
    return document.state == DocumentState.POSTED and outstanding(ctx, shipment_line) > 0


def _shipment_line(ctx: Context, case_line: Row, lot_id: int) -> Row | None:
    """The shipment line that brought the goods of a case's line, the latest where several did."""
    about = ctx.uow.need(service_tables.case_line, case_line.id)
    if about.shipment_line_id is not None:
        return ctx.uow.need(documents.document_line, about.shipment_line_id)
    if about.order_line_id is None:
        return None
    order_line = ctx.uow.need(documents.document_line, about.order_line_id)
    brought = posted_children(ctx, order_line, DocumentKind.SHIPMENT)
    return next((row for row in reversed(brought) if lot_id in {0, row.lot_id}), None)


@handles(commands.PutRepairEstimate, permission=WRITE)
def put_repair_estimate(ctx: Context, data: commands.PutRepairEstimate) -> Outcome:
    """Write the estimate of a repair; one that was offered or approved before is to be offered anew."""
    repair = find_repair(ctx, data.repair, *_AT_WORK)
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    currency = currency_of(ctx, repair)
    fee_tax_id, _ = tax_of(ctx, data.fee_tax_code, *_tax_defaults(ctx, repair))
    known = open_lines(ctx, repair)
    named = [line.line for line in data.lines if line.line is not None]
    if len(named) != len(set(named)):
        raise Refused("repair_line_twice", field="lines", number=repair.number)
    for number in named:
        need_line(repair, known, number)
    for number, line in known.items():
        if number not in named:
            _leave_out(ctx, repair, line)
    next_number = max(lines_of(ctx, repair), default=0) + 1
    for line in data.lines:
        values, amounts = _line_values(ctx, repair, row, line, currency)
        if line.line is not None:
            _change_line(ctx, repair, known[line.line], line, values)
            put_said(ctx, currency, known[line.line], **amounts)
            continue
        written = new_line(ctx, repair, next_number, **values)
        put_said(ctx, currency, written, **amounts)
        next_number += 1
        if values["kind"] == LABOUR:
            work_center_id, cost = _labour_cost(ctx, line)
            ctx.uow.insert(tables.repair_labour, id=written.id, work_center_id=work_center_id, cost_per_hour=cost)
    ctx.uow.update(
        tables.repair_order,
        row,
        diagnosis=data.diagnosis,
        diagnosis_fee=put_fee(ctx, repair, currency, rounded(data.diagnosis_fee, currency.decimals)),
        fee_tax_code_id=fee_tax_id,
        answered_on=None,
        answered_by=None,
    )
    add_up(ctx, repair)
    ctx.uow.update(documents.document, repair, due_on=data.valid_until or repair.due_on)
    if repair.state != DocumentState.DRAFT:
        ctx.uow.update(documents.document, repair, state=DocumentState.DRAFT.value)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


def _tax_defaults(ctx: Context, repair: Row) -> tuple[int | None, int | None]:
    """The tax codes that hold where none is named: the customer's, else that of the piece's item."""
    customer = ctx.uow.need(master_data.party, repair.party_id)
    return customer.tax_code_id, ctx.uow.need(master_data.item, repair.item_id).tax_code_id


def _line_values(
    ctx: Context, repair: Row, row: Row, line: commands.EstimateLine, currency: DocumentCurrency
) -> tuple[dict[str, Any], dict[str, Decimal]]:
    """What a line of an estimate says, by the names of its columns, and its price and amounts in the repair's currency.

    Raises:
        Refused: it names the wrong things for its kind, or has no price.
    """
    customer = ctx.uow.need(master_data.party, repair.party_id)
    defaults = _tax_defaults(ctx, repair)
    item_id = unit_id = None
    quantity, price = line.quantity, line.unit_price
    if line.kind == "part":
        if line.item is None or line.work_center is not None or line.cost_per_hour is not None:
            raise Refused("repair_part_names", field="lines", item=line.item or "")
        item = active_item(ctx, line.item)
        quantity, _ = stocking_quantity(ctx, item, line.quantity, None)
        price = price if price is not None else price_for(ctx, customer, item, quantity, ctx.today, currency)
        item_id, unit_id = item.id, item.unit_id
        defaults = (customer.tax_code_id, item.tax_code_id)
    elif line.item is not None or line.description is None or rounded(quantity, 2) != quantity:
        raise Refused("repair_labour_names", field="lines", description=line.description or "")
    if price is None:
        told = {"item": line.item or line.description, "party": customer.code}
        if currency.foreign:
            raise Refused("price_missing_abroad", field="unit_price", currency=currency.code, **told)
        raise Refused("price_missing", field="unit_price", **told)
    share = _default_share(ctx, repair, row) if line.warranty_share is None else line.warranty_share
    tax_id, tax_rate = tax_of(ctx, line.tax_code, *defaults)
    net, tax = line_amounts(quantity, price, share, tax_rate, currency.decimals)
    values = {
        "kind": _LINE_KINDS[line.kind],
        "item_id": item_id,
        "unit_id": unit_id,
        "description": line.description,
        "quantity": quantity,
        "discount_rate": share,
        "tax_code_id": tax_id,
    }
    return values, {"unit_price": price, "net_amount": net, "tax_amount": tax}


def _default_share(ctx: Context, repair: Row, row: Row) -> Decimal:
    """The warranty bears all where the piece was under warranty on the day of its case, else nothing."""
    line = ctx.uow.need(documents.document_line, row.case_line_id)
    told_on = ctx.uow.need(documents.document, line.document_id).document_on
    return ONE if row.warranty_until is not None and told_on <= row.warranty_until else ZERO


def _labour_cost(ctx: Context, line: commands.EstimateLine) -> tuple[int | None, Decimal]:
    """The work centre of a line of labour and what an hour costs there.

    Raises:
        Refused: neither a work centre nor a cost is named.
    """
    center = by_code(ctx, master_data.work_center, line.work_center, "work_center", field="lines")
    if line.cost_per_hour is not None:
        return (center.id if center else None), line.cost_per_hour
    if center is None:
        raise Refused("repair_labour_cost", field="lines", description=line.description)
    return center.id, center.cost_per_hour


def _change_line(ctx: Context, repair: Row, row: Row, line: commands.EstimateLine, values: dict[str, Any]) -> None:
    """Let a line of the estimate say something else, as far as what was done for it allows.

    Raises:
        Refused: it is of another kind or item, or less than was issued or worked.
    """
    if row.kind != values["kind"] or row.item_id != values["item_id"]:
        raise Refused("repair_line_other", field="lines", number=repair.number, line=row.line)
    if row.kind == PART and values["quantity"] < row.fulfilled_quantity:
        raise Refused(
            "repair_line_used", field="lines", number=repair.number, line=row.line, used=row.fulfilled_quantity
        )
    if row.kind == LABOUR:
        labour = ctx.uow.need(tables.repair_labour, row.id, lock=True)
        center = by_code(ctx, master_data.work_center, line.work_center, "work_center", field="lines")
        moved = center is not None and center.id != labour.work_center_id
        if moved or line.cost_per_hour is not None:
            work_center_id, cost = _labour_cost(ctx, line)
            ctx.uow.update(tables.repair_labour, labour, work_center_id=work_center_id, cost_per_hour=cost)
    ctx.uow.update(documents.document_line, row, **values)


def _leave_out(ctx: Context, repair: Row, line: Row) -> None:
    """Take a line out of the estimate.

    Raises:
        Refused: parts were issued or hours worked for it.
    """
    if line.fulfilled_quantity > 0:
        raise Refused(
            "repair_line_used", field="lines", number=repair.number, line=line.line, used=line.fulfilled_quantity
        )
    ctx.uow.update(documents.document_line, line, closed=True)
    put_said(ctx, currency_of(ctx, repair), line, net_amount=ZERO, tax_amount=ZERO)
    forget_removed(ctx, line)


def forget_removed(ctx: Context, line: Row) -> None:
    """What was said to be taken out for a line of a repair does not count any more."""
    for row in ctx.uow.where(tables.removed_part, "document_line_id", line.id, lock=True):
        if not row.superseded:
            ctx.uow.update(tables.removed_part, row, superseded=True)


@handles(commands.RepairAction, permission=WRITE)
def offer_repair_estimate(ctx: Context, data: commands.RepairAction) -> Outcome:
    """Hand the estimate to the customer, who approves or declines it."""
    repair = find_repair(ctx, data.repair, DocumentState.DRAFT)
    _need_estimate(ctx, repair)
    ctx.uow.update(documents.document, repair, state=DocumentState.OFFERED.value)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


def _need_estimate(ctx: Context, repair: Row) -> None:
    if not open_lines(ctx, repair):
        raise Refused("repair_without_estimate", number=repair.number)


@handles(commands.ApproveRepairEstimate, permission=WRITE)
def approve_repair_estimate(ctx: Context, data: commands.ApproveRepairEstimate) -> Outcome:
    """Note that the customer wants the repair, and release it to be worked on."""
    repair = find_repair(ctx, data.repair, DocumentState.DRAFT, DocumentState.OFFERED)
    _need_estimate(ctx, repair)
    if data.answered_by is None and repair.net_amount > 0:
        raise Refused(
            "repair_answer_of_nobody", field="answered_by", number=repair.number, amount=net_said(ctx, repair)
        )
    if repair.state == DocumentState.DRAFT and repair.net_amount > 0:
        raise Refused("repair_not_offered", number=repair.number, amount=net_said(ctx, repair))
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    answered_on = _day(ctx, data.answered_on, field="answered_on")
    ctx.uow.update(tables.repair_order, row, answered_on=answered_on, answered_by=data.answered_by)
    ctx.uow.update(documents.document, repair, state=DocumentState.RELEASED.value)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


@handles(commands.DeclineRepairEstimate, permission=WRITE)
def decline_repair_estimate(ctx: Context, data: commands.DeclineRepairEstimate) -> Outcome:
    """Note that the customer does not want the repair; the diagnosis fee stands alone in its estimate's place."""
    repair = find_repair(ctx, data.repair, DocumentState.OFFERED)
    need_nothing_in_process(ctx, repair)
    for line in open_lines(ctx, repair).values():
        _leave_out(ctx, repair, line)
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    if row.diagnosis_fee > 0 and not data.waive_fee:
        tax_id, tax_rate = tax_of(ctx, None, row.fee_tax_code_id)
        currency, fee = currency_of(ctx, repair), fee_said(ctx, row)
        net, tax = line_amounts(ONE, fee, ZERO, tax_rate, currency.decimals)
        charged = new_line(
            ctx,
            repair,
            max(lines_of(ctx, repair)) + 1,
            kind=LABOUR,
            description=t(
                "word.diagnosis_fee", ctx.uow.need(master_data.party, repair.party_id).language or LANGUAGES[0]
            ),
            quantity=ONE,
            fulfilled_quantity=ONE,
            tax_code_id=tax_id,
        )
        put_said(ctx, currency, charged, unit_price=fee, net_amount=net, tax_amount=tax)
    add_up(ctx, repair)
    answered_on = _day(ctx, data.answered_on, field="answered_on")
    ctx.uow.update(tables.repair_order, row, answered_on=answered_on, answered_by=data.answered_by)
    ctx.uow.update(documents.document, repair, state=DocumentState.REJECTED.value)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


@handles(commands.RepairAction, permission=WRITE)
def cancel_repair_order(ctx: Context, data: commands.RepairAction) -> Outcome:
    """Cancel a repair that was opened by mistake; nothing is in it and nothing is charged for it."""
    repair = find_repair(ctx, data.repair, *_AT_WORK)
    need_nothing_in_process(ctx, repair)
    for line in lines_of(ctx, repair).values():
        forget_removed(ctx, line)
    ctx.uow.update(documents.document, repair, state=DocumentState.CANCELLED.value)
    return Outcome("receipt.state_changed", repair, {"state": repair.state})


def need_nothing_in_process(ctx: Context, repair: Row) -> None:
    """Refuse while parts or hours are in a repair.

    Raises:
        Refused: they are.
    """
    if is_begun(ctx, repair):
        raise Refused("repair_in_process", number=repair.number)


def is_begun(ctx: Context, repair: Row) -> bool:
    """Whether parts or hours are in a repair."""
    process = ctx.uow.need(production.order_in_process, repair.id, lock=True)
    used = any(row.fulfilled_quantity > 0 for row in lines_of(ctx, repair).values())
    return used or process.input_value != process.output_value + process.settled_value
