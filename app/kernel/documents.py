"""Makes and finds documents: the header, its lines, and the links that form the chain."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import documents, kernel, ledger
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO

BY_COMMAND: Final = "cmd:"
CHARGE: Final = "charge"
_FROM_ORDER: Final = frozenset({"fulfilment", "invoice", "issue", "return", "replacement"})

_LINE_DEFAULTS: Final[dict[str, Any]] = {
    "kind": "item",
    "quantity": ZERO,
    "unit_price": ZERO,
    "discount_rate": ZERO,
    "net_amount": ZERO,
    "tax_amount": ZERO,
    "lot_id": 0,
    "reserved_quantity": ZERO,
    "fulfilled_quantity": ZERO,
    "invoiced_quantity": ZERO,
    "invoiced_amount": ZERO,
    "returned_quantity": ZERO,
    "creditable_quantity": ZERO,
    "credited_quantity": ZERO,
    "stock_value": ZERO,
    "closed": False,
}


def new_document(ctx: Context, kind: DocumentKind, state: DocumentState, **values: Any) -> Row:
    """Add a document; its number is issued when the command ends."""
    return ctx.uow.insert(
        documents.document,
        **{
            "kind": kind.value,
            "state": state.value,
            "fulfilled_quantity": ZERO,
            "document_on": ctx.today,
            "currency": ctx.company.currency,
            "exchange_rate": ONE,
            "net_amount": ZERO,
            "tax_amount": ZERO,
            "total_amount": ZERO,
            "caused_by": ctx.caused_by,
            "created_by": ctx.principal.user_id,
            "created_at": ctx.now,
            "version": 1,
            **values,
        },
    )


def new_line(ctx: Context, document: Row, line: int, **values: Any) -> Row:
    """Add a line to a document."""
    return ctx.uow.insert(documents.document_line, document_id=document.id, line=line, **{**_LINE_DEFAULTS, **values})


def link(ctx: Context, source: Row, target: Row, kind: str) -> None:
    """Record that one document led to another; saying it twice is saying it once."""
    for row in ctx.uow.where(documents.document_link, "from_id", source.id):
        if row.to_id == target.id and row.kind == kind:
            return
    ctx.uow.insert(documents.document_link, from_id=source.id, to_id=target.id, kind=kind)


def find_document(ctx: Context, reference: int | str, *kinds: DocumentKind) -> Row:
    """Lock and return the document that a reference names.

    Args:
        ctx: the running command.
        reference: an id, a number, or `cmd:` and a command id.
        kinds: the kinds it may be; none means any.

    Raises:
        Refused: there is no such document, or it is of another kind.
    """
    row = ctx.uow.get(documents.document, document_id_of(ctx, reference), lock=True)
    if row is None:
        raise Refused("document_not_found", reference=reference)
    if kinds and row.kind not in kinds:
        raise Refused("document_kind", number=row.number or reference, kind=row.kind, wanted=", ".join(kinds))
    return row


def document_id_of(ctx: Context, reference: int | str) -> int:
    """The id of the document that a reference names, which is neither looked at nor locked.

    Raises:
        Refused: there is no such document.
    """
    if isinstance(reference, int):
        return reference
    if reference.startswith(BY_COMMAND):
        key = (ctx.principal.user_id, reference.removeprefix(BY_COMMAND))
        receipt = ctx.uow.get(kernel.command_receipt, key)
        if receipt is None or receipt.document_id is None:
            raise Refused("document_not_found", reference=reference)
        return receipt.document_id
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    found = ctx.uow.connection.execute(
        select(documents.document.c.id).where(documents.document.c.number == reference)
    ).scalars()
    ids = list(found)
    if len(ids) != 1:
        raise Refused("document_not_found", reference=reference)
    return ids[0]


def lines_of(ctx: Context, document: Row) -> dict[int, Row]:
    """Lock and return a document's lines by line number."""
    rows = ctx.uow.where(documents.document_line, "document_id", document.id, lock=True)
    return {row.line: row for row in rows}


def hold_followers(ctx: Context, lines: dict[int, Row]) -> None:
    """Lock what follows a document's lines in one statement, for a command that is going to look at each of them."""
    ctx.uow.gather(documents.document_line, "source_line_id", (row.id for row in lines.values()), lock=True)


def need_line(document: Row, lines: dict[int, Row], number: int) -> Row:
    """Return a line by number.

    Raises:
        Refused: the document has no such line.
    """
    if number not in lines:
        raise Refused("line_not_found", number=document.number, line=number)
    return lines[number]


def need_state(document: Row, *states: DocumentState) -> None:
    """Refuse unless the document is in one of these states.

    Raises:
        Refused: it is in another.
    """
    if document.state not in states:
        raise Refused("document_state", number=document.number, state=document.state, wanted=", ".join(states))


def order_behind(ctx: Context, document: Row) -> Row:
    """Lock and return the order that a document was made from."""
    origin = next(
        row for row in ctx.uow.where(documents.document_link, "to_id", document.id) if row.kind in _FROM_ORDER
    )
    return ctx.uow.need(documents.document, origin.from_id, lock=True)


def follow_lines(ctx: Context, order: Row) -> None:
    """Close a confirmed order of which every line is wholly fulfilled and invoiced; open a closed one again that no longer is.

    A line that a person closed short waits for nothing more, so an order that was closed short stays closed.
    """
    before, after = DocumentState.CONFIRMED.value, DocumentState.CLOSED.value
    if any(not is_done(line) for line in lines_of(ctx, order).values()):
        before, after = after, before
    if order.state == before:
        ctx.uow.update(documents.document, order, state=after)


def is_done(line: Row) -> bool:
    """A line waits for nothing: its goods are there and billed; a charge has nothing to ship."""
    fulfilled = line.kind == CHARGE or line.fulfilled_quantity >= line.quantity
    return line.closed or (fulfilled and open_to_invoice(line) == ZERO)


def open_to_invoice(line: Row) -> Decimal:
    """What of an order line is delivered and not invoiced or billed, less what went back before; a charge needs no delivery.

    >>> line = {"fulfilled_quantity": 10, "invoiced_quantity": 4, "returned_quantity": 3, "creditable_quantity": 1}
    >>> open_to_invoice(Row({"kind": "item"} | {name: Decimal(value) for name, value in line.items()}))
    Decimal('4')
    """
    if line.kind == CHARGE:
        return max(line.quantity - line.invoiced_quantity, ZERO)
    went_back = line.returned_quantity - line.creditable_quantity
    return max(line.fulfilled_quantity - went_back - line.invoiced_quantity, ZERO)


def open_to_credit(line: Row) -> Decimal:
    """What of an order line went back for good after it was invoiced or billed, and is not credited yet.


    What is to be replaced is not credited: its line is open to be delivered again. Where a person closed the line instead, all
    that is invoiced and not kept can be credited. A charge does not go back.

    >>> line = {"fulfilled_quantity": 7, "invoiced_quantity": 10, "returned_quantity": 2, "creditable_quantity": 2}
    >>> line = {"kind": "item", "credited_quantity": Decimal(1)} | {name: Decimal(value) for name, value in line.items()}
    >>> open_to_credit(Row(line, closed=False)), open_to_credit(Row(line, closed=True))
    (Decimal('1'), Decimal('4'))
    """
    if line.kind == CHARGE:
        return ZERO
    to_credit = line.creditable_quantity - line.credited_quantity
    if line.closed:
        kept = line.fulfilled_quantity - line.returned_quantity
        to_credit = max(to_credit, line.invoiced_quantity - line.credited_quantity - kept)
    return max(to_credit, ZERO)


def uninvoice(line: Row, quantity: Decimal) -> dict[str, Decimal]:
    """What an order line says once a quantity of it is invoiced no more: what went back of it is not to be credited either."""
    invoiced = line.invoiced_quantity - quantity
    return {"invoiced_quantity": invoiced, "creditable_quantity": min(line.creditable_quantity, max(invoiced, ZERO))}


def open_period(ctx: Context, on: date) -> Row:
    """Return the open fiscal period of a date, which stays open until this transaction ends.

    Raises:
        Refused: there is none, or it is locked.
    """
    code = f"{on.year}-{on.month:02d}"
    period = ctx.uow.held(ledger.fiscal_period, "code", code)
    if period is None:
        raise Refused("period_missing", period=code)
    if period.state != "open":
        raise Refused("period_locked", period=code)
    return period


def add_totals(ctx: Context, document: Row, net: Decimal, tax: Decimal) -> None:
    """Set a document's amounts from the sums of its lines."""
    ctx.uow.update(documents.document, document, net_amount=net, tax_amount=tax, total_amount=net + tax)


def by_code(ctx: Context, table: Any, code: str | None, what: str, *, field: str | None = None) -> Row | None:
    """Return the row with a code; None stays None.

    Raises:
        Refused: no row has the code.
    """
    if code is None:
        return None
    row = ctx.uow.one(table, "code", code)
    if row is None:
        raise Refused("code_unknown", field=field, what=what, code=code)
    return row


def need_by_code(ctx: Context, table: Any, code: str, what: str, *, field: str | None = None) -> Row:
    """Return the row with a code.

    Raises:
        Refused: no row has the code.
    """
    row = by_code(ctx, table, code, what, field=field)
    assert row is not None
    return row
