"""Handlers of the work on a repair: parts issued and put back, hours reported, the piece finished.

Parts go through the same process as those of a production order, by the same issue; hours cost what the estimate's labour costs.
Finishing takes all that is in process out of it, line by line: the share of each line that the warranty bears to the cost of
warranty, the rest to cost of sales. A line costs the customer what was used of it, never more than he approved. Each step is a
posted document of its own, so that it is taken back like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
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
from app.modules.inventory.lots import existing_lot
from app.modules.inventory.places import arrival_place, location_of_kind
from app.modules.inventory.returns import posted_children
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock
from app.modules.master_data.currencies import DocumentCurrency, currency_of, said_of
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import tax_of
from app.modules.production.handlers import issue_components
from app.modules.sales.returns import cost_of_part
from app.modules.service.repair_currency import add_up, put_said
from app.modules.service.repairs import LABOUR, PART, find_repair, open_lines
from app.modules.service.standing_claims import standing_claim
from schemas.commands import repairs as commands
from schemas.commands.production import IssueLine
from schemas.facts import DocumentReversed, FactLine, LabourReported, MaterialReturned, RepairFinished
from schemas.operational import documents, master_data, production
from schemas.operational import repairs as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded
from schemas.vocabulary.places import LocationKind

WORK: Final = "service.repair.work"
_WORK_KINDS: Final = (DocumentKind.MATERIAL_RETURN, DocumentKind.LABOUR_REPORT, DocumentKind.REPAIR_COMPLETION)


def _need_kind(repair: Row, lines: dict[int, Row], number: int, kind: str) -> Row:
    """A line of the estimate of a kind.

    Raises:
        Refused: there is no such line, or it is of another kind.
    """
    line = need_line(repair, lines, number)
    if line.kind != kind:
        told = {"field": "lines", "number": repair.number, "line": number}
        raise Refused("repair_line_is_labour", **told) if kind == PART else Refused("repair_line_is_part", **told)
    return line


@handles(commands.IssueRepairParts, permission=WORK)
def issue_repair_parts(ctx: Context, data: commands.IssueRepairParts) -> Outcome:
    """Issue parts to an approved repair, no more than its estimate has."""
    repair = find_repair(ctx, data.repair, DocumentState.RELEASED)
    lines = open_lines(ctx, repair)
    wanted = data.lines or [
        IssueLine(line=row.line, quantity=row.quantity - row.fulfilled_quantity)
        for row in lines.values()
        if row.kind == PART and row.quantity > row.fulfilled_quantity
    ]
    if not wanted:
        raise Refused("nothing_open", number=repair.number)
    asked: dict[int, Decimal] = {}
    for line in wanted:
        row = _need_kind(repair, lines, line.line, PART)
        asked[row.id] = asked.get(row.id, ZERO) + line.quantity
        left = row.quantity - row.fulfilled_quantity
        if asked[row.id] > left:
            item = ctx.uow.need(master_data.item, row.item_id)
            told = {"item": item.code, "quantity": asked[row.id], "most": left, "number": repair.number}
            raise Refused("repair_above_estimate", field="lines", **told)
    issue = issue_components(ctx, repair, lines, wanted, data.location, data.posted_on or ctx.today)
    return Outcome("receipt.posted", issue)


@handles(commands.ReturnRepairParts, permission=WORK)
def return_repair_parts(ctx: Context, data: commands.ReturnRepairParts) -> Outcome:
    """Put parts that a repair did not need back into stock, at the cost they were issued at, the latest issue first."""
    repair = find_repair(ctx, data.repair, DocumentState.RELEASED)
    lines = open_lines(ctx, repair)
    posted_on = data.posted_on or ctx.today
    back = new_document(
        ctx, DocumentKind.MATERIAL_RETURN, DocumentState.POSTED, document_on=posted_on, posted_on=posted_on
    )
    link(ctx, repair, back, "return")
    wanted = [
        (ctx.uow.need(master_data.item, _need_kind(repair, lines, asked.line, PART).item_id), asked)
        for asked in data.lines
    ]
    hold_stock(ctx, (item.id for item, _ in wanted))
    movements: list[Movement] = []
    for _, asked in sorted(all_pieces(wanted), key=lambda one: (one[0].id, one[1].line)):
        movements += _put_back(ctx, back, lines[asked.line], asked, len(movements))
    facts = []
    for move, movement in zip(move_goods(ctx, back, movements, posted_on), movements, strict=True):
        assert movement.value is not None
        amounts = {"cost": movement.value, "stock_value": move.value, "variance": movement.value - move.value}
        facts.append(FactLine(amounts, {"inventory": inventory_role(ctx, movement.item)}))
    _add_to_process(ctx, repair, -sum((fact.amounts["cost"] for fact in facts), ZERO))
    ctx.emit(MaterialReturned(back.id, posted_on, tuple(facts)))
    return Outcome("receipt.posted", back)


def _put_back(ctx: Context, back: Row, line: Row, asked: commands.ReturnedPart, before: int) -> Iterator[Movement]:
    """The ways back of a quantity of a part, one for each issue that it is taken off.

    Raises:
        Refused: less was issued and not put back.
    """
    item = ctx.uow.need(master_data.item, line.item_id)
    lot_id = existing_lot(ctx, item, asked.lot) if asked.lot else 0
    place = arrival_place(ctx, item, asked.quantity, asked.location)
    process_side = location_of_kind(ctx, LocationKind.PRODUCTION)
    rest = asked.quantity
    for issued in reversed(posted_children(ctx, line, DocumentKind.MATERIAL_ISSUE)):
        earlier = posted_children(ctx, issued, DocumentKind.MATERIAL_RETURN)
        gone_back = sum((row.quantity for row in earlier), ZERO)
        part = min(rest, issued.quantity - gone_back) if lot_id in {0, issued.lot_id} else ZERO
        if part <= 0:
            continue
        rest -= part
        before += 1
        cost = cost_of_part(
            issued,
            part,
            before=gone_back,
            cost_before=sum((row.stock_value for row in earlier), ZERO),
            decimals=ctx.company.currency_decimals,
        )
        row = new_line(
            ctx,
            back,
            before,
            item_id=item.id,
            quantity=part,
            unit_id=item.unit_id,
            source_line_id=issued.id,
            location_id=place.id,
            lot_id=issued.lot_id,
            stock_value=cost,
        )
        yield Movement(item, process_side, place, part, row, issued.lot_id, value=cost)
    if rest > 0:
        issued_quantity = asked.quantity - rest
        raise Refused("more_than_issued", field="lines", item=item.code, quantity=asked.quantity, open=issued_quantity)
    ctx.uow.update(documents.document_line, line, fulfilled_quantity=line.fulfilled_quantity - asked.quantity)


@handles(commands.ReportRepairHours, permission=WORK)
def report_repair_hours(ctx: Context, data: commands.ReportRepairHours) -> Outcome:
    """Report hours worked on a repair; more than were estimated cost the company and not the customer."""
    repair = find_repair(ctx, data.repair, DocumentState.RELEASED)
    lines = open_lines(ctx, repair)
    posted_on = data.posted_on or ctx.today
    report = new_document(
        ctx, DocumentKind.LABOUR_REPORT, DocumentState.POSTED, document_on=posted_on, posted_on=posted_on
    )
    link(ctx, repair, report, "issue")
    total = ZERO
    for number, worked in enumerate(data.lines, start=1):
        line = _need_kind(repair, lines, worked.line, LABOUR)
        rate = ctx.uow.need(tables.repair_labour, line.id).cost_per_hour
        cost = rounded(worked.hours * rate, ctx.company.currency_decimals)
        new_line(
            ctx,
            report,
            number,
            kind=LABOUR,
            description=worked.note or line.description,
            quantity=worked.hours,
            unit_price=rate,
            net_amount=cost,
            source_line_id=line.id,
        )
        ctx.uow.update(documents.document_line, line, fulfilled_quantity=line.fulfilled_quantity + worked.hours)
        total += cost
    add_totals(ctx, report, total, ZERO)
    _add_to_process(ctx, repair, total)
    ctx.emit(LabourReported(report.id, posted_on, (FactLine({"cost": total}),)))
    return Outcome("receipt.posted", report)


def _add_to_process(ctx: Context, repair: Row, value: Decimal) -> None:
    process = ctx.uow.need(production.order_in_process, repair.id, lock=True)
    ctx.uow.update(production.order_in_process, process, input_value=process.input_value + value)


def billed_quantity(line: Row) -> Decimal:
    """What of a line counts: what was used of it, never more than was approved."""
    return min(line.fulfilled_quantity, line.quantity)


@handles(commands.FinishRepair, permission=WORK)
def finish_repair(ctx: Context, data: commands.FinishRepair) -> Outcome:
    """Finish a repair: take its cost out of process, and set its amounts by what was used."""
    repair = find_repair(ctx, data.repair, DocumentState.RELEASED)
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    lines = open_lines(ctx, repair)
    if all(line.fulfilled_quantity == 0 for line in lines.values()):
        raise Refused("repair_without_work", number=repair.number)
    posted_on = data.posted_on or ctx.today
    done = new_document(
        ctx,
        DocumentKind.REPAIR_COMPLETION,
        DocumentState.POSTED,
        party_id=repair.party_id,
        item_id=repair.item_id,
        quantity=repair.quantity,
        document_on=posted_on,
        posted_on=posted_on,
        note=data.report,
    )
    link(ctx, repair, done, "fulfilment")
    facts = [_bear(ctx, done, number, line) for number, line in enumerate(lines.values(), start=1)]
    cost = sum((fact.amounts["cost"] for fact in facts), ZERO)
    process = ctx.uow.need(production.order_in_process, repair.id, lock=True)
    assert cost == process.input_value - process.output_value - process.settled_value, (repair.number, cost)
    ctx.uow.update(production.order_in_process, process, output_value=process.output_value + cost)
    ctx.uow.update(tables.repair_order, row, report=data.report)
    for line in lines.values():
        _set_amounts(ctx, currency_of(ctx, repair), line, billed_quantity(line))
    add_up(ctx, repair)
    ctx.emit(RepairFinished(done.id, posted_on, tuple(facts)))
    ctx.uow.update(documents.document, repair, state=DocumentState.FINISHED.value)
    return Outcome("receipt.posted", done)


def _bear(ctx: Context, done: Row, number: int, line: Row) -> FactLine:
    """Split what a line cost between the customer's share and the warranty's."""
    cost = cost_of(ctx, line)
    warranty = rounded(cost * line.discount_rate, ctx.company.currency_decimals)
    row = new_line(
        ctx,
        done,
        number,
        kind=line.kind,
        item_id=line.item_id,
        description=line.description,
        quantity=line.fulfilled_quantity,
        unit_id=line.unit_id,
        source_line_id=line.id,
    )
    ctx.uow.insert(tables.repair_cost, id=row.id, customer_cost=cost - warranty, warranty_cost=warranty)
    return FactLine({"cost": cost, "customer_cost": cost - warranty, "warranty_cost": warranty})


def cost_of(ctx: Context, line: Row) -> Decimal:
    """What a line of a repair cost up to now: parts by what they left stock at less what went back, hours by their reports."""
    if line.kind == LABOUR:
        return sum((row.net_amount for row in posted_children(ctx, line, DocumentKind.LABOUR_REPORT)), ZERO)
    issued = posted_children(ctx, line, DocumentKind.MATERIAL_ISSUE)
    back = (row for one in issued for row in posted_children(ctx, one, DocumentKind.MATERIAL_RETURN))
    return -sum((row.stock_value for row in issued), ZERO) - sum((row.stock_value for row in back), ZERO)


def _set_amounts(ctx: Context, currency: DocumentCurrency, line: Row, quantity: Decimal) -> None:
    """Set what the customer pays for a quantity of a line, in the repair's currency."""
    _, tax_rate = tax_of(ctx, None, line.tax_code_id)
    price = said_of(ctx, currency, line).unit_price
    net, tax = line_amounts(quantity, price, line.discount_rate, tax_rate, currency.decimals)
    put_said(ctx, currency, line, net_amount=net, tax_amount=tax)


def undo_repair_work(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed return of parts, report of hours or completion leaves its repair as it was before.

    An issue is undone as one of a production order is.

    Raises:
        Refused: the repair stands where the document can no longer be taken back, or its parts went back in part.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind == DocumentKind.MATERIAL_ISSUE:
        for line in lines_of(ctx, document).values():
            if posted_children(ctx, line, DocumentKind.MATERIAL_RETURN):
                raise Refused("issue_returned", number=document.number)
    if document.kind not in _WORK_KINDS:
        return
    repair = order_behind(ctx, document)
    if document.kind == DocumentKind.REPAIR_COMPLETION:
        _undo_completion(ctx, repair, document)
        return
    need_state(repair, DocumentState.RELEASED)
    lines = lines_of(ctx, document).values()
    for line in lines:
        source = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        if document.kind == DocumentKind.LABOUR_REPORT:
            done = source.fulfilled_quantity - line.quantity
        else:
            source = ctx.uow.need(documents.document_line, source.source_line_id, lock=True)
            done = source.fulfilled_quantity + line.quantity
        ctx.uow.update(documents.document_line, source, fulfilled_quantity=done)
    if document.kind == DocumentKind.LABOUR_REPORT:
        _add_to_process(ctx, repair, -sum((line.net_amount for line in lines), ZERO))
    else:
        _add_to_process(ctx, repair, sum((line.stock_value for line in lines), ZERO))


def _undo_completion(ctx: Context, repair: Row, completion: Row) -> None:
    """Put what a repair cost back into process; it is worked on again, by the amounts of its estimate.

    Raises:
        Refused: the repair is invoiced or settled, or what it cost is claimed from a supplier.
    """
    need_state(repair, DocumentState.FINISHED)
    if any(line.invoiced_quantity > 0 for line in lines_of(ctx, repair).values()):
        raise Refused("repair_invoiced", number=repair.number)
    claim = standing_claim(ctx, repair)
    if claim is not None:
        raise Refused("repair_claimed", number=repair.number, claim=claim.number)
    rows = [ctx.uow.need(tables.repair_cost, line.id) for line in lines_of(ctx, completion).values()]
    cost = sum((row.customer_cost + row.warranty_cost for row in rows), ZERO)
    process = ctx.uow.need(production.order_in_process, repair.id, lock=True)
    if process.settled_value != 0:
        raise Refused("repair_costs_closed", number=repair.number)
    ctx.uow.update(production.order_in_process, process, output_value=process.output_value - cost)
    for line in open_lines(ctx, repair).values():
        _set_amounts(ctx, currency_of(ctx, repair), line, line.quantity)
    add_up(ctx, repair)
    ctx.uow.update(documents.document, repair, state=DocumentState.RELEASED.value)
