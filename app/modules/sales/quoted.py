"""How much of a quotation is ordered: what is left of a line, what a cancelled order gives back, what is held for an order."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.unit_of_work import Row
from app.modules.inventory.reservations import pass_reservation, reserved_for
from app.modules.inventory.warehouses import stands_in
from schemas.operational import documents, inventory
from schemas.vocabulary.documents import DocumentState
from schemas.vocabulary.numbers import ZERO


def left_of(line: Row) -> Decimal:
    """What may still be ordered of a quoted line."""
    return ZERO if line.closed else line.quantity - line.fulfilled_quantity


def follow_quotation(ctx: Context, quotation: Row) -> None:
    """Close a quotation of which nothing is left, and open a closed one again of which something is."""
    left = any(left_of(line) > 0 for line in lines_of(ctx, quotation).values())
    before, after = DocumentState.CONFIRMED.value, DocumentState.CLOSED.value
    if left:
        before, after = after, before
    if quotation.state == before:
        ctx.uow.update(documents.document, quotation, state=after)


def give_back_to_quotation(ctx: Context, order_lines: Iterable[Row]) -> None:
    """Open on its quotation again what a cancelled order had taken of it."""
    quotations: dict[int, Row] = {}
    for line in order_lines:
        if line.source_line_id is None:
            continue
        quoted = ctx.uow.need(documents.document_line, line.source_line_id, lock=True)
        ctx.uow.update(documents.document_line, quoted, fulfilled_quantity=quoted.fulfilled_quantity - line.quantity)
        quotations[quoted.document_id] = ctx.uow.need(documents.document, quoted.document_id, lock=True)
    for quotation in quotations.values():
        follow_quotation(ctx, quotation)


def hold_quoted(ctx: Context, rows: Iterable[Row]) -> None:
    """Lock the quoted lines that an order is given on, before its stock is locked."""
    ctx.uow.many(documents.document_line, {row.source_line_id for row in rows if row.source_line_id}, lock=True)


def take_from_quotation(ctx: Context, rows: Iterable[Row]) -> None:
    """Pass what a quotation holds to the lines of the order that is given on it, as far as it stands where they are sent from."""
    for row in rows:
        quoted = ctx.uow.need(documents.document_line, row.source_line_id, lock=True) if row.source_line_id else None
        if quoted is None or quoted.reserved_quantity <= 0 or row.supplier_id is not None:
            continue
        wanted = row.quantity - row.fulfilled_quantity - row.reserved_quantity
        for balance_id, quantity in reserved_for(ctx, quoted).items():
            balance = ctx.uow.need(inventory.stock_balance, balance_id, lock=True)
            passed = min(quantity, wanted)
            if passed > 0 and stands_in(ctx, balance.location_id, row.location_id):
                pass_reservation(ctx, quoted, row, balance, passed)
                wanted -= passed
