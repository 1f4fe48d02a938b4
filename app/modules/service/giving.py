"""What the goods of a case leave to be given: who gets a replacement for nothing is not credited for the same goods.

The rule holds whoever books: a credit by hand is looked at by `keep_replaced_from_credit`, a decision by `need_not_credited`. Both
lock the order line before they read, so that of two at once the second sees the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import REPLACEMENT, posted_children
from app.modules.ledger.credits import credited_of
from app.modules.service.cases import goods_of_line, made_of
from schemas.facts import CustomerCredited
from schemas.operational import documents
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

RECEIVED: Final = "received"
REPLACED: Final = "replacement"
_DECIDED: Final = frozenset({DocumentState.DECIDED, DocumentState.SETTLED, DocumentState.CLOSED})


def came_back(ctx: Context, case_line: Row) -> list[Row]:
    """The lines of posted returns that brought the goods of a line back."""
    goods = [row for row in goods_of_line(ctx, case_line) if row.step == RECEIVED]
    return [ctx.uow.need(documents.document_line, row.document_line_id) for row in goods]


def came_for_good(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line came back, was invoiced, and is not replaced on its own order."""
    return sum((row.creditable_quantity for row in came_back(ctx, case_line)), ZERO)


def is_replaced_on_order(ctx: Context, returned: Row) -> bool:
    """Whether what a return brought is shipped again on its own order."""
    links = ctx.uow.where(documents.document_link, "to_id", returned.id)
    return returned.state == DocumentState.POSTED and any(row.kind == REPLACEMENT for row in links)


def left_to_replace(ctx: Context, case: Row, outcome: str) -> Decimal:
    """How much may still be ordered instead of the goods of a case, all lines together.

    Of goods that came back: what is not replaced on its own order; for nothing only what was invoiced. Of goods that did not come
    back: what the case is about. Less what orders of the case replace.
    """
    most = ZERO
    for case_line in lines_of(ctx, case).values():
        parts = came_back(ctx, case_line)
        if not parts:
            most += case_line.quantity
        elif outcome == REPLACED:
            most += sum((part.creditable_quantity for part in parts), ZERO)
        else:
            most += sum((part.quantity for part in parts if not _is_part_on_order(ctx, part)), ZERO)
    orders = [row for row in made_of(ctx, case, DocumentKind.SALES_ORDER) if row.state != DocumentState.CANCELLED]
    ordered = sum((line.quantity for order in orders for line in lines_of(ctx, order).values()), ZERO)
    return max(most - ordered, ZERO)


def _is_part_on_order(ctx: Context, returned_line: Row) -> bool:
    return is_replaced_on_order(ctx, ctx.uow.need(documents.document, returned_line.document_id))


def _replaced_lines(ctx: Context, order_line: Row) -> Iterator[Row]:
    """The lines of decided cases about an order line whose goods are replaced for nothing."""
    for about in ctx.uow.where(tables.case_line, "order_line_id", order_line.id):
        case_line = ctx.uow.need(documents.document_line, about.id)
        case = ctx.uow.need(documents.document, case_line.document_id)
        if case.state in _DECIDED and ctx.uow.need(tables.service_case, case.id).outcome == REPLACED:
            yield case_line


def given_otherwise(ctx: Context, order_line: Row) -> Decimal:
    """How much of what came back of an order line is replaced for nothing, and so not to be credited."""
    return sum((came_for_good(ctx, case_line) for case_line in _replaced_lines(ctx, order_line)), ZERO)


def need_not_credited(ctx: Context, case: Row) -> None:
    """Refuse to replace goods of a case for nothing that were credited before.

    Raises:
        Refused: they were.
    """
    back: dict[int, Decimal] = {}
    for case_line in lines_of(ctx, case).values():
        order_line_id = ctx.uow.need(tables.case_line, case_line.id).order_line_id
        if order_line_id is not None:
            back[order_line_id] = back.get(order_line_id, ZERO) + came_for_good(ctx, case_line)
    for order_line_id, quantity in sorted(back.items()):
        order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
        left = order_line.creditable_quantity - given_otherwise(ctx, order_line) - quantity
        if quantity > 0 and order_line.credited_quantity > left:
            credited = order_line.credited_quantity
            raise Refused("case_goods_credited", field="outcome", number=case.number, credited=credited)


def keep_replaced_from_credit(ctx: Context, fact: CustomerCredited) -> None:
    """Look at a credit note: goods that a case replaces for nothing are not credited, by quantity or by amount.

    Raises:
        Refused: they would be.
    """
    note = ctx.uow.need(documents.document, fact.document_id)
    sources = [ctx.uow.need(documents.document_line, row.source_line_id) for row in lines_of(ctx, note).values()]
    order_lines = {row.source_line_id for row in sources if row.kind == "item" and row.source_line_id is not None}
    for order_line_id in sorted(order_lines):
        order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
        for case_line in _replaced_lines(ctx, order_line):
            _need_uncredited(ctx, order_line, case_line)


def _need_uncredited(ctx: Context, order_line: Row, case_line: Row) -> None:
    beyond = order_line.credited_quantity > order_line.creditable_quantity - given_otherwise(ctx, order_line)
    if beyond or _credited_net(ctx, order_line) > _net_of_the_rest(ctx, order_line):
        case = ctx.uow.need(documents.document, case_line.document_id)
        raise Refused("case_goods_replaced", field="lines", number=case.number)


def _credited_net(ctx: Context, order_line: Row) -> Decimal:
    invoiced = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    return sum((credited_of(posted_children(ctx, line, DocumentKind.CREDIT_NOTE)).net for line in invoiced), ZERO)


def _net_of_the_rest(ctx: Context, order_line: Row) -> Decimal:
    """What was invoiced for the goods of an order line that no case replaces for nothing."""
    invoiced = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    net = sum((line.net_amount for line in invoiced), ZERO)
    quantity = sum((line.quantity for line in invoiced), ZERO)
    replaced = sum((_replaced_quantity(ctx, row) for row in _replaced_lines(ctx, order_line)), ZERO)
    return rounded(net * max(quantity - replaced, ZERO) / quantity, ctx.company.currency_decimals)


def _replaced_quantity(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line is replaced: what came back and was invoiced or waits on its order; all of it where nothing came."""
    parts = came_back(ctx, case_line)
    if not parts:
        return Decimal(case_line.quantity)
    return sum((p.quantity if _is_part_on_order(ctx, p) else p.creditable_quantity for p in parts), ZERO)
