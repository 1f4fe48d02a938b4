"""Lines of sales orders that a supplier ships straight to the customer: who he is, by which day, what is ordered of him for them.

Such a line names its supplier. It reserves nothing, is neither picked nor shipped from our places, and is no demand on our stock.
What is ordered for it are the lines of purchase orders that come from it, so nothing of that is kept twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import advanced_for, advances_of
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_STANDING = (DocumentState.DRAFT, DocumentState.CONFIRMED)


def first_supplier(ctx: Context, item_id: int) -> Row | None:
    """The terms of the supplier that an item is bought from first; None where nobody sells it to us."""
    terms = [row for row in ctx.uow.where(master_data.supplier_item, "item_id", item_id) if row.active]
    return min(terms, key=lambda row: (row.priority, row.id), default=None)


def direct_supplier(ctx: Context, item_id: int) -> int | None:
    """The id of the supplier who ships an item straight to customers by his terms; None where it goes through our stock."""
    terms = first_supplier(ctx, item_id)
    return terms.supplier_id if terms is not None and terms.drop_ships else None


def ordered_lines(ctx: Context, line: Row) -> list[tuple[Row, Row]]:
    """The open lines of purchase orders that a sales order line waits for, each with its order, locked."""
    if line.supplier_id is None:
        return []
    found = []
    for row in ctx.uow.where(documents.document_line, "source_line_id", line.id, lock=True):
        order = ctx.uow.need(documents.document, row.document_id)
        if order.kind == DocumentKind.PURCHASE_ORDER and order.state in _STANDING and not row.closed:
            found.append((order, row))
    return found


def quantity_on_order(ctx: Context, line: Row) -> Decimal:
    """What of a sales order line is ordered of its supplier and has not left him, stocking unit."""
    return sum((max(row.quantity - row.fulfilled_quantity, ZERO) for _, row in ordered_lines(ctx, line)), ZERO)


def supplier_day(ctx: Context, line: Row) -> date:
    """The day by which a supplier ships a line: as he was asked or promised last, else his lead time from today on."""
    open_rows = [row for _, row in ordered_lines(ctx, line) if row.quantity > row.fulfilled_quantity]
    days = [day for row in open_rows if (day := row.promised_on or row.due_on) is not None]
    return max(days, default=ctx.today + timedelta(days=lead_days(ctx, line)))


def lead_days(ctx: Context, line: Row) -> int:
    """How many days the supplier of a line needs by his terms, else by the item."""
    terms = ctx.uow.where(master_data.supplier_item, "item_id", line.item_id)
    own = next((row for row in terms if row.supplier_id == line.supplier_id), None)
    return int(own.lead_time_days if own is not None else ctx.uow.need(master_data.item, line.item_id).lead_time_days)


def refuse_if_on_order(ctx: Context, order: Row, lines: Iterable[Row]) -> None:
    """Refuse to end lines for which a supplier is still to ship.

    Raises:
        Refused: something is on order for one.
    """
    for line in lines:
        for purchase, row in ordered_lines(ctx, line):
            if row.quantity > row.fulfilled_quantity:
                facts = {"number": order.number, "line": line.line, "purchase": purchase.number}
                raise Refused("line_on_purchase_order", field="lines", **facts)


def refuse_below_order(ctx: Context, order: Row, line: Row, quantity: Decimal) -> None:
    """Refuse to make a line less than what has left, in advance of its receipt too, and what is still ordered of its supplier.

    Raises:
        Refused: it would be less.
    """
    advanced = advanced_for(ctx, line)
    if advanced > 0 and quantity < line.fulfilled_quantity + advanced:
        facts = {"number": order.number, "line": line.line, "quantity": quantity, "advanced": advanced}
        raise Refused("line_below_advance", field="quantity", **facts, advances=", ".join(advances_of(ctx, [line])))
    on_order = quantity_on_order(ctx, line)
    if on_order > 0 and quantity < line.fulfilled_quantity + on_order:
        numbers = ", ".join(sorted({str(purchase.number) for purchase, _ in ordered_lines(ctx, line)}))
        facts = {"number": order.number, "line": line.line, "quantity": quantity, "on_order": on_order}
        raise Refused("line_below_purchase_order", field="quantity", **facts, purchase=numbers)
