"""What was taken before its receipt was booked and is not settled: how much of a line, an item, an order, and what that forbids.

An advance issue is no stock: it changes no balance. It says that a part of what is coming is gone already, so whoever counts what
is coming, or what an order still takes, counts it away. It is written and settled in `app/modules/advance_issues`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import documents, master_data
from schemas.operational.advance_issues import advance_line
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class Owed:
    """What of an advance line waits: of which item, for which order line, and on which order line or order it is expected."""

    item_id: int
    quantity: Decimal
    target_line_id: int | None
    expected_line_id: int | None
    expected_order_id: int | None


def open_quantity(line: Row) -> Decimal:
    """What of a line of an advance issue is neither settled nor brought back."""
    return line.quantity - line.fulfilled_quantity - line.returned_quantity


def read_advances(ctx: Context, lines: Iterable[Row]) -> None:
    """Read in one statement what was given to several order lines in advance, for calls of `advanced_for` that follow."""
    ctx.uow.gather(advance_line, "target_line_id", (line.id for line in lines))


def advanced(ctx: Context, column: str, value: int) -> Decimal:
    """What is open in advance for an order line (`target_line_id`), or on what is expected (`expected_line_id`, `_order_id`)."""
    rows = ctx.uow.where(advance_line, column, value)
    lines = ctx.uow.many(documents.document_line, [row.document_line_id for row in rows])
    return sum((open_quantity(line) for line in lines.values()), ZERO)


def advanced_for(ctx: Context, order_line: Row) -> Decimal:
    """What an order line has been given in advance and has not been issued to it by the books."""
    return advanced(ctx, "target_line_id", order_line.id)


def still_to_give(ctx: Context, order_line: Row) -> Decimal:
    """What an order line is still to be given: less what was issued to it, and what it was given in advance."""
    return order_line.quantity - order_line.fulfilled_quantity - advanced_for(ctx, order_line)


def refuse_if_advanced(ctx: Context, order: Row, lines: Iterable[Row]) -> None:
    """Refuse to end an order that was given goods whose issue is not booked.

    Raises:
        Refused: it was; its advance issues are named.
    """
    numbers = advances_of(ctx, lines)
    if numbers:
        raise Refused("order_has_advances", field="order", number=order.number, advances=", ".join(numbers))


def refuse_lines_advanced(ctx: Context, order: Row, lines: Iterable[Row]) -> None:
    """Refuse to let lines be shipped by another or from elsewhere that were given goods whose issue is not booked.

    Raises:
        Refused: one was; its advance issues are named.
    """
    for line in lines:
        numbers = advances_of(ctx, [line])
        if numbers:
            facts = {"number": order.number, "line": line.line, "advances": ", ".join(numbers)}
            raise Refused("line_has_advances", field="lines", **facts)


def advances_of(ctx: Context, lines: Iterable[Row]) -> list[str]:
    """The numbers of the open advance issues for order lines."""
    wanted = list(lines)
    read_advances(ctx, wanted)
    rows = [row for line in wanted for row in ctx.uow.where(advance_line, "target_line_id", line.id)]
    taken = ctx.uow.many(documents.document_line, [row.document_line_id for row in rows]).values()
    found = {line.document_id for line in taken if open_quantity(line) > 0}
    return sorted(str(row.number) for row in ctx.uow.many(documents.document, sorted(found)).values())


def hold_advances(ctx: Context, item_ids: Iterable[int], *, only: int | None = None) -> None:
    """Lock the open advance issues of items, or one of them, with the orders that they are for, before any stock is locked."""
    waiting = [(said, line) for said, line in said_of(ctx, item_ids, only=only) if open_quantity(line) > 0]
    advances = sorted({line.document_id for _, line in waiting})
    for advance in ctx.uow.many(documents.document, advances, lock=True).values():
        lines_of(ctx, advance)
    targets = sorted({said.target_line_id for said, _ in waiting if said.target_line_id is not None})
    orders = sorted({line.document_id for line in ctx.uow.many(documents.document_line, targets).values()})
    for order in ctx.uow.many(documents.document, orders, lock=True).values():
        lines_of(ctx, order)


def hold_items(ctx: Context, item_ids: Iterable[int]) -> None:
    """Lock items after their stock, so that nobody takes of one what another brings at the same moment.

    Where an item has no balance yet, its stock keeps nobody waiting.
    """
    ctx.uow.many(master_data.item, sorted(set(item_ids)), lock=True)


def said_by_now(ctx: Context, item_ids: Iterable[int], *, only: int | None = None) -> list[tuple[Row, Row]]:
    """The same as `said_of` with what others said since it was read first, for items that `hold_items` has locked."""
    ids = sorted(set(item_ids))
    for item_id in ids:
        ctx.uow.read_again(advance_line, "item_id", item_id)
    return said_of(ctx, ids, only=only)


def said_of(ctx: Context, item_ids: Iterable[int], *, only: int | None = None) -> list[tuple[Row, Row]]:
    """What was said of every advance line of items, or of those of one advance issue, each with the line itself."""
    ids = sorted(set(item_ids))
    ctx.uow.gather(advance_line, "item_id", ids)
    said = [row for item_id in ids for row in ctx.uow.where(advance_line, "item_id", item_id)]
    lines = ctx.uow.many(documents.document_line, sorted(row.document_line_id for row in said))
    pairs = [(row, lines[row.document_line_id]) for row in said]
    return [(row, line) for row, line in pairs if only in (None, line.document_id)]


def owed(connection: Connection, item_ids: Iterable[int]) -> list[Owed]:
    """What is open in advance of items, the longest first."""
    document, line = documents.document, documents.document_line
    query = (
        select(
            line.c.item_id,
            line.c.quantity,
            line.c.fulfilled_quantity,
            line.c.returned_quantity,
            advance_line.c.target_line_id,
            advance_line.c.expected_line_id,
            advance_line.c.expected_order_id,
        )
        .join(line, line.c.id == advance_line.c.document_line_id)
        .join(document, document.c.id == line.c.document_id)
        .where(
            advance_line.c.item_id.in_(sorted(set(item_ids))),
            document.c.kind == DocumentKind.ADVANCE_ISSUE.value,
            document.c.state == DocumentState.OPEN.value,
            line.c.quantity > line.c.fulfilled_quantity + line.c.returned_quantity,
        )
        .order_by(document.c.document_on, line.c.id)
    )
    return [
        Owed(
            row.item_id,
            row.quantity - row.fulfilled_quantity - row.returned_quantity,
            row.target_line_id,
            row.expected_line_id,
            row.expected_order_id,
        )
        for row in connection.execute(query)
    ]
