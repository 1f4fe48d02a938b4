"""Handler of the closing of costs: books, for items valued by month-end average, what each issue differs from its period's average.

The difference goes where the goods went: cost of sales, work in process, count difference, price variance; of an order that is
closed to production variance, of a repair that is finished to cost of sales. Each period has a closing of its own, dated in it;
closing again books only what changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    lines_of,
    link,
    need_by_code,
    new_document,
    new_line,
    open_period,
    order_behind,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.month_end import Adjustment, differences
from app.modules.inventory.stock import inventory_role
from schemas.commands.ledger import CloseCosts
from schemas.facts import CostsClosed, DocumentReversed, FactLine
from schemas.operational import documents, inventory, ledger, master_data
from schemas.operational import production as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_WORK_IN_PROCESS: Final = "work_in_process"
_PRODUCTION_VARIANCE: Final = "production_variance"
_COST_OF_SALES: Final = "cost_of_sales"
_SETTLED: Final = (DocumentState.CLOSED, DocumentState.FINISHED, DocumentState.SETTLED)
_WENT_TO: Final = {
    DocumentKind.SHIPMENT: _COST_OF_SALES,
    DocumentKind.CUSTOMER_RETURN: _COST_OF_SALES,
    DocumentKind.MATERIAL_ISSUE: _WORK_IN_PROCESS,
    DocumentKind.MATERIAL_RETURN: _WORK_IN_PROCESS,
    DocumentKind.INTERNAL_ISSUE: "internal_use",
    DocumentKind.STOCK_COUNT: "count_difference",
    DocumentKind.TRANSFER_RECEIPT: "count_difference",
}
_OTHERWISE: Final = "price_variance"


@handles(CloseCosts, permission="ledger.cost.close")
def close_costs(ctx: Context, data: CloseCosts) -> Outcome:
    """Give every issue of a period, and of open periods before it, the average cost of its period."""
    ctx.uow.write_earlier()
    period = need_by_code(ctx, ledger.fiscal_period, data.period, "fiscal_period", field="period")
    open_period(ctx, period.ends_on)
    by_period: dict[int, list[Adjustment]] = {}
    for adjustment in differences(ctx, period):
        by_period.setdefault(adjustment.period_id, []).append(adjustment)
    closings = [_book(ctx, adjustments) for adjustments in by_period.values()]
    if not closings:
        return Outcome("receipt.costs_stand", values={"period": data.period, "adjusted": 0})
    _change_held(ctx, [adjustment for adjustments in by_period.values() for adjustment in adjustments])
    adjusted = sum(len(adjustments) for adjustments in by_period.values())
    return Outcome("receipt.costs_closed", closings[0], {"period": data.period, "adjusted": adjusted})


def _book(ctx: Context, adjustments: Sequence[Adjustment]) -> Row:
    """Write the closing of one period: a line, a move and a posting for each adjusted issue."""
    period = ctx.uow.need(ledger.fiscal_period, adjustments[0].period_id)
    posted_on = adjustments[0].posted_on
    closing = new_document(
        ctx,
        DocumentKind.COST_CLOSING,
        DocumentState.POSTED,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=period.code,
    )
    facts = []
    for number, adjustment in enumerate(adjustments, start=1):
        facts.append(_adjust(ctx, closing, number, adjustment, period))
    add_totals(ctx, closing, sum((fact.amounts["total"] for fact in facts), ZERO), ZERO)
    ctx.emit(CostsClosed(closing.id, posted_on, tuple(facts), period.code))
    return closing


def _adjust(ctx: Context, closing: Row, number: int, adjustment: Adjustment, period: Row) -> FactLine:
    move = adjustment.move
    item = ctx.uow.need(master_data.item, move.item_id)
    cost = -adjustment.change
    evidence = ctx.uow.need(documents.document, move.document_id)
    link(ctx, evidence, closing, "closing")
    destination = _destination(ctx, evidence, cost)
    row = new_line(
        ctx,
        closing,
        number,
        item_id=item.id,
        description=destination,
        quantity=move.quantity,
        unit_id=item.unit_id,
        net_amount=cost,
        source_line_id=move.document_line_id,
        stock_value=adjustment.change,
    )
    _move(ctx, closing, row, move.id, adjustment.change, period)
    _change_line(ctx, row, evidence, adjustment.change)
    return FactLine({"total": cost, destination: cost}, {"inventory": inventory_role(ctx, item)})


def _move(ctx: Context, document: Row, line: Row, adjusted_id: int, change: Decimal, period: Row) -> None:
    place = next(row for row in ctx.uow.where(master_data.location, "kind", "storage"))
    ctx.uow.insert(
        inventory.stock_move,
        document_id=document.id,
        document_line_id=line.id,
        item_id=line.item_id,
        from_location_id=place.id,
        to_location_id=place.id,
        lot_id=0,
        owner_id=0,
        status="available",
        quantity=ZERO,
        value=change,
        posted_on=document.posted_on,
        period_id=period.id,
        adjusts_id=adjusted_id,
    )


def _change_line(ctx: Context, closing_line: Row, evidence: Row, change: Decimal) -> None:
    """Keep what the adjusted line says of its value true, where the move is of that line's own goods and not its mirror."""
    line = ctx.uow.need(documents.document_line, closing_line.source_line_id, lock=True)
    if line.document_id == evidence.id and line.item_id == closing_line.item_id and line.stock_value != 0:
        ctx.uow.update(documents.document_line, line, stock_value=line.stock_value + change)


def _destination(ctx: Context, evidence: Row, cost: Decimal) -> str:
    """Where the goods of a move went, or of the move that it mirrors; an order takes the difference into its process."""
    evidence = _behind(ctx, evidence)
    destination = _WENT_TO.get(DocumentKind(evidence.kind), _OTHERWISE)
    if destination != _WORK_IN_PROCESS:
        return destination
    order = order_behind(ctx, evidence)
    settled = order.state in _SETTLED
    _change_process(ctx, order.id, cost, settled=settled)
    if not settled:
        return _WORK_IN_PROCESS
    return _COST_OF_SALES if order.kind == DocumentKind.REPAIR_ORDER else _PRODUCTION_VARIANCE


def _change_process(ctx: Context, order_id: int, cost: Decimal, *, settled: bool) -> None:
    process = ctx.uow.need(tables.order_in_process, order_id, lock=True)
    ctx.uow.update(
        tables.order_in_process,
        process,
        input_value=process.input_value + cost,
        settled_value=process.settled_value + (cost if settled else ZERO),
    )


def _change_held(ctx: Context, adjustments: Sequence[Adjustment]) -> None:
    """Change the value that is held of each item; what the closings leave is never less than nothing."""
    changes: dict[int, Decimal] = {}
    for adjustment in adjustments:
        item_id = adjustment.move.item_id
        changes[item_id] = changes.get(item_id, ZERO) + adjustment.change
    for item_id, change in sorted(changes.items()):
        held = ctx.uow.need(inventory.item_value, item_id, lock=True)
        value = held.value + change
        assert value >= 0, (item_id, held.value, change)
        assert held.quantity > 0 or value == 0, (item_id, value)
        ctx.uow.update(inventory.item_value, held, value=value)


def undo_cost_closing(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed closing leaves the issues of its period at the cost that was provisional.

    Raises:
        Refused: it is dated in another period, or the goods that would take the difference back have gone since, or an order that
            was in process has been closed since.
    """
    closing = ctx.uow.need(documents.document, fact.reverses_id)
    if closing.kind != DocumentKind.COST_CLOSING:
        return
    period = open_period(ctx, closing.posted_on)
    if not period.starts_on <= fact.posted_on <= period.ends_on:
        raise Refused("closing_in_its_period", field="posted_on", number=closing.number, posted_on=closing.posted_on)
    reversal = ctx.uow.need(documents.document, fact.document_id)
    adjusted = {
        move.document_line_id: move.adjusts_id
        for move in ctx.uow.where(inventory.stock_move, "document_id", closing.id)
    }
    for line in lines_of(ctx, closing).values():
        move = ctx.uow.need(inventory.stock_move, adjusted[line.id])
        evidence = ctx.uow.need(documents.document, move.document_id)
        _take_from_held(ctx, closing, line)
        _move(ctx, reversal, line, move.id, -line.stock_value, period)
        _change_line(ctx, line, evidence, -line.stock_value)
        origin = _behind(ctx, evidence)
        if _WENT_TO.get(DocumentKind(origin.kind)) == _WORK_IN_PROCESS:
            _take_from_process(ctx, closing, line, order_behind(ctx, origin))


def _take_from_process(ctx: Context, closing: Row, line: Row, order: Row) -> None:
    """Take a difference back from its order: one that was in process then has settled it when it was closed."""
    in_process = line.description == _WORK_IN_PROCESS
    if in_process and order.state in _SETTLED:
        raise Refused("closing_order_closed", number=closing.number, order=order.number)
    _change_process(ctx, order.id, -line.net_amount, settled=not in_process)


def _behind(ctx: Context, evidence: Row) -> Row:
    if evidence.kind == DocumentKind.REVERSAL:
        return ctx.uow.need(documents.document, evidence.reverses_id)
    return evidence


def _take_from_held(ctx: Context, closing: Row, line: Row) -> None:
    held = ctx.uow.need(inventory.item_value, line.item_id, lock=True)
    value = held.value - line.stock_value
    if value < 0 or (held.quantity == 0 and value != 0):
        item = ctx.uow.need(master_data.item, line.item_id)
        raise Refused("closing_overtaken", number=closing.number, item=item.code)
    ctx.uow.update(inventory.item_value, held, value=value)
