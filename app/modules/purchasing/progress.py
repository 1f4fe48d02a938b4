"""How far a need has become orders: an order line counts on every line that it comes from, up to the requisition.

A requisition, a request, a quotation and a blanket order are followed by what was ordered of their lines. An order that is
cancelled counts back, so that what it was for is open again; one that is closed short does not: a person decided that it is enough.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.unit_of_work import Row
from schemas.operational import documents
from schemas.vocabulary.documents import DocumentKind, DocumentState

# The state while something is open, and the state when nothing is.
_OPEN_AND_DONE: Final = {
    DocumentKind.PURCHASE_REQUISITION: (DocumentState.CONFIRMED, DocumentState.CLOSED),
    DocumentKind.REQUEST_FOR_QUOTATION: (DocumentState.SENT, DocumentState.CLOSED),
    DocumentKind.BLANKET_ORDER: (DocumentState.CONFIRMED, DocumentState.CLOSED),
}


def count_ordered(ctx: Context, source: Row, quantity: Decimal) -> None:
    """Count an ordered quantity, negative to take it back, on the line it comes from and on those before that one.

    Args:
        ctx: the running command.
        source: the line of the requisition, quotation, blanket order or sales order that the order line comes from.
        quantity: in the stocking unit.
    """
    line: Row | None = source
    while line is not None:
        locked = ctx.uow.need(documents.document_line, line.id, lock=True)
        document = ctx.uow.need(documents.document, locked.document_id, lock=True)
        if document.kind == DocumentKind.SALES_ORDER:
            return  # A drop shipment is no need of ours: what is ordered for a customer's line is read from the orders.
        counted = locked.fulfilled_quantity + quantity
        assert counted >= 0, (document.number, locked.line, counted)
        ctx.uow.update(documents.document_line, locked, fulfilled_quantity=counted)
        _follow(ctx, document)
        line = ctx.uow.get(documents.document_line, locked.source_line_id) if locked.source_line_id else None


def is_ordered(line: Row) -> bool:
    """Say whether nothing more is to be ordered of a line."""
    return line.closed or line.fulfilled_quantity >= line.quantity


def _follow(ctx: Context, document: Row) -> None:
    """Close a document of which everything is ordered, open one again that no longer is; an offer is awarded by its first order."""
    lines = lines_of(ctx, document).values()
    if document.kind == DocumentKind.SUPPLIER_QUOTATION:
        won = any(line.fulfilled_quantity > 0 for line in lines)
        before, after = DocumentState.OFFERED, DocumentState.AWARDED
    elif document.kind in _OPEN_AND_DONE:
        won = all(is_ordered(line) for line in lines)
        before, after = _OPEN_AND_DONE[DocumentKind(document.kind)]
    else:
        return
    if document.state == (before if won else after):
        ctx.uow.update(documents.document, document, state=(after if won else before).value)
