"""Lines of orders and quotations in their own currency, and what the books have of them.

What a person prices is in the currency of the document; the columns of its lines are in the company's, from the running sum, so
that they come to its total at its rate. A line that a change leaves alone stays as it is in the books.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import new_line
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, read_said, said_of, say_in_currency, say_line
from app.modules.sales.line_prices import PricedLine
from app.modules.sales.versions import LineChange
from schemas.operational import foreign_currency
from schemas.vocabulary.numbers import ZERO

_AMOUNTS: Final = ("unit_price", "net_amount", "tax_amount")


def in_books(currency: DocumentCurrency, line: Mapping[str, Any]) -> dict[str, Any]:
    """The next line of a document as the books have it: its price at the rate, its amounts from the running sum."""
    return {
        **line,
        "unit_price": currency.price(line["unit_price"]),
        "net_amount": currency.next_amount(line["net_amount"]),
        "tax_amount": currency.next_amount(line["tax_amount"]),
    }


def write_priced(
    ctx: Context, document: Row, number: int, line: Mapping[str, Any], currency: DocumentCurrency, **more: Any
) -> Row:
    """Add a line that is priced in the document's currency.

    Args:
        ctx: the running command.
        document: the order or quotation.
        number: of the line.
        line: what it says, by the names of its columns.
        currency: of the document; the line follows those that were converted by it before.
        more: columns that are no price.
    """
    row = new_line(ctx, document, number, **in_books(currency, line), **more)
    say_line(
        ctx,
        row,
        currency,
        unit_price=line["unit_price"],
        net=line["net_amount"],
        tax=line["tax_amount"],
        net_at_order_rate=row.net_amount,
    )
    return row


def say_sums(ctx: Context, document: Row, currency: DocumentCurrency, lines: Iterable[PricedLine]) -> None:
    """Keep what the lines of a new document and its charges come to in its currency."""
    amounts = [(line.values["net_amount"], line.values["tax_amount"]) for line in lines]
    net, tax = (sum((amount[part] for amount in amounts), ZERO) for part in (0, 1))
    say_in_currency(ctx, document, currency, net, tax)


def lines_said(ctx: Context, currency: DocumentCurrency, lines: Mapping[int, Row]) -> dict[int, Row]:
    """The lines of a document by number as they read in its currency."""
    read_said(ctx, currency, lines.values())
    return {number: said_of(ctx, currency, row) for number, row in lines.items()}


def go_on_from(ctx: Context, currency: DocumentCurrency, untouched: Iterable[Row]) -> None:
    """Let changed and added lines be converted after those that stay as they are."""
    if currency.foreign:
        for row in untouched:
            currency.go_on(_whole(said_of(ctx, currency, row)), _whole(row))


def proposed_in_books(
    ctx: Context,
    currency: DocumentCurrency,
    lines: Mapping[int, Row],
    proposed: Sequence[Mapping[str, Any]],
    touched: Collection[int],
) -> list[Mapping[str, Any]]:
    """The lines of an order as a change would leave them, as the books would have them.

    Args:
        ctx: the running command.
        currency: of the order.
        lines: its lines by number as they are in the books.
        proposed: all of its lines, in its currency.
        touched: the numbers of those whose price or amounts change.
    """
    if not currency.foreign:
        return list(proposed)
    stays = {row.id: row for number, row in lines.items() if number not in touched}
    go_on_from(ctx, currency, stays.values())
    return [
        {**row, **amounts_of(stays[row["id"]])} if row.get("id") in stays else in_books(currency, row)
        for row in proposed
    ]


def say_changed(ctx: Context, row: Row, currency: DocumentCurrency, said: Mapping[str, Any]) -> None:
    """Keep what a changed line says in the currency of its order."""
    if currency.foreign:
        line = ctx.uow.need(foreign_currency.foreign_line, row.id, lock=True)
        ctx.uow.update(foreign_currency.foreign_line, line, **amounts_of(said), net_at_order_rate=row.net_amount)


def amounts_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """The price and amounts of a line."""
    return {name: line[name] for name in _AMOUNTS}


def repriced(changed: Iterable[LineChange]) -> set[int]:
    """The numbers of lines that a change adds or gives another price or amount."""
    return {
        change.line for change in changed if change.row is None or amounts_of(change.before) != amounts_of(change.after)
    }


def _whole(line: Mapping[str, Any]) -> Decimal:
    return line["net_amount"] + line["tax_amount"]
