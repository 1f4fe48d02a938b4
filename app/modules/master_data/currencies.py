"""Currencies: which rate holds on a day, and what the amounts of a document of a foreign currency are in the company's.

A rate is what one unit of a currency is worth in another; the latest on or before a day holds, and where only the opposite pair is
kept, its reciprocal. The amounts of one document are converted from their running sum, so that the company's amounts of its lines
add up to its total times the rate, rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import documents, master_data
from schemas.operational import foreign_currency as tables
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.numbers import ONE, RATE_DECIMALS, ZERO, rounded


@dataclass
class DocumentCurrency:
    """The currency of one document, and the running sum of what was converted of it.

    Attributes:
        code: the currency.
        rate: what one unit of it is worth in the company's currency; one for that itself.
        decimals: digits of its minor unit.
        home_decimals: digits of the minor unit of the company's currency.
        foreign: whether it is another than the company's.
    """

    code: str
    rate: Decimal
    decimals: int
    home_decimals: int
    foreign: bool
    _seen: Decimal = field(default=ZERO, init=False)
    _given: Decimal = field(default=ZERO, init=False)

    def price(self, unit_price: Decimal) -> Decimal:
        """A unit price in the company's currency."""
        return rounded(unit_price * self.rate, RATE_DECIMALS) if self.foreign else unit_price

    def at_rate(self, amount: Decimal) -> Decimal:
        """An amount in the company's currency by itself, rounded to the minor unit."""
        return rounded(amount * self.rate, self.home_decimals) if self.foreign else amount

    def next_amount(self, amount: Decimal) -> Decimal:
        """The next amount of the document in the company's currency, from the running sum.

        >>> dollars = DocumentCurrency("USD", Decimal("7.125"), 2, 2, True)
        >>> [dollars.next_amount(Decimal("0.01")) for _ in range(3)], dollars.at_rate(Decimal("0.03"))
        ([Decimal('0.07'), Decimal('0.07'), Decimal('0.07')], Decimal('0.21'))
        """
        if amount == 0:
            return ZERO
        self._seen += amount
        part = self.at_rate(self._seen) - self._given
        self._given += part
        return part

    def go_on(self, seen: Decimal, given: Decimal) -> None:
        """Let the next amount follow on others of the document that stay as they are in the books.

        Args:
            seen: what those come to in the document's currency.
            given: what they stand at in the company's.

        >>> dollars = DocumentCurrency("USD", Decimal("7.125"), 2, 2, True)
        >>> dollars.go_on(Decimal("0.01"), Decimal("0.08"))
        >>> dollars.next_amount(Decimal("0.01")), dollars.at_rate(Decimal("0.02"))
        (Decimal('0.06'), Decimal('0.14'))
        """
        self._seen, self._given = self._seen + seen, self._given + given

    def from_home(self, unit_price: Decimal) -> Decimal:
        """A unit price of the company's currency in this one."""
        return rounded(unit_price / self.rate, RATE_DECIMALS) if self.foreign else unit_price


@dataclass(frozen=True)
class HeldRate:
    """A rate, and the day from which it holds."""

    rate: Decimal
    valid_on: date


def rate_on(rates: Iterable[Mapping[str, Any]], currency: str, home: str, on: date) -> Decimal | None:
    """The rate that holds on a day, as `held_rate` chooses it; None where none is kept.

    >>> rows = [{"from_currency": "CNY", "to_currency": "USD", "valid_on": date(2026, 1, 1), "rate": Decimal("0.125")}]
    >>> rate_on(rows, "USD", "CNY", date(2026, 1, 2)), rate_on(rows, "USD", "CNY", date(2025, 12, 31))
    (Decimal('8.00000000'), None)
    """
    held = held_rate(rates, currency, home, on)
    return None if held is None else held.rate


def held_rate(rates: Iterable[Mapping[str, Any]], currency: str, home: str, on: date) -> HeldRate | None:
    """Choose the rate that holds on a day: the latest of the pair, else the reciprocal of the latest of the opposite pair.

    Args:
        rates: rows with from_currency, to_currency, valid_on and rate.
        currency: whose unit is valued.
        home: what it is valued in.
        on: the day.
    """
    held = [row for row in rates if row["valid_on"] <= on]
    for pair, reciprocal in (((currency, home), False), ((home, currency), True)):
        found = [row for row in held if (row["from_currency"], row["to_currency"]) == pair]
        if found:
            latest = max(found, key=lambda row: row["valid_on"])
            rate = rounded(ONE / latest["rate"], RATE_DECIMALS) if reciprocal else latest["rate"]
            return HeldRate(rate, latest["valid_on"])
    return None


def home_currency(ctx: Context) -> DocumentCurrency:
    """The company's own currency."""
    decimals = ctx.company.currency_decimals
    return DocumentCurrency(ctx.company.currency, ONE, decimals, decimals, foreign=False)


def currency_on(ctx: Context, code: str, on: date) -> DocumentCurrency:
    """A currency at the rate of a day.

    Raises:
        Refused: no rate of the day or before it is kept.
    """
    home = ctx.company.currency
    if code == home:
        return home_currency(ctx)
    rates = [row for one in (code, home) for row in ctx.uow.where(master_data.exchange_rate, "from_currency", one)]
    rate = rate_on(rates, code, home, on)
    if not rate:
        raise Refused("exchange_rate_missing", field="currency", currency=code, home=home, day=on)
    return DocumentCurrency(code, rate, minor_unit_decimals(code), ctx.company.currency_decimals, foreign=True)


def currency_of(ctx: Context, document: Row) -> DocumentCurrency:
    """The currency that a document is in, at its own rate."""
    said = ctx.uow.get(tables.foreign_document, document.id)
    if said is None:
        return home_currency(ctx)
    decimals = minor_unit_decimals(said.currency)
    return DocumentCurrency(said.currency, said.exchange_rate, decimals, ctx.company.currency_decimals, foreign=True)


def say_in_currency(ctx: Context, document: Row, currency: DocumentCurrency, net: Decimal, tax: Decimal) -> None:
    """Keep what a document comes to in its own currency, where that is a foreign one."""
    if currency.foreign:
        ctx.uow.insert(
            tables.foreign_document,
            id=document.id,
            currency=currency.code,
            exchange_rate=currency.rate,
            net_amount=net,
            tax_amount=tax,
            total_amount=net + tax,
        )


def say_line(
    ctx: Context,
    row: Row,
    currency: DocumentCurrency,
    *,
    unit_price: Decimal,
    net: Decimal,
    tax: Decimal,
    net_at_order_rate: Decimal,
) -> None:
    """Keep what a line says in the currency of its document, where that is a foreign one.

    Args:
        ctx: the running command.
        row: the line, in the company's currency.
        currency: of its document.
        unit_price: in the document's currency.
        net: in the document's currency.
        tax: in the document's currency.
        net_at_order_rate: the net in the company's currency at the rate of the order behind it.
    """
    if currency.foreign:
        ctx.uow.insert(
            tables.foreign_line,
            id=row.id,
            unit_price=unit_price,
            net_amount=net,
            tax_amount=tax,
            net_at_order_rate=net_at_order_rate,
        )


def read_said(ctx: Context, currency: DocumentCurrency, lines: Iterable[Row]) -> None:
    """Read what lines of a foreign document say all at once, before each is asked for."""
    if currency.foreign:
        ctx.uow.many(tables.foreign_line, [row.id for row in lines])


def said_of(ctx: Context, currency: DocumentCurrency, line: Row) -> Row:
    """A line as it reads in the currency of its document."""
    if not currency.foreign:
        return line
    return Row({**line, **_amounts(ctx.uow.need(tables.foreign_line, line.id))})


def net_at_order_rate(ctx: Context, currency: DocumentCurrency, line: Row) -> Decimal:
    """The net of a line of an invoice in the company's currency at the rate of its order."""
    return ctx.uow.need(tables.foreign_line, line.id).net_at_order_rate if currency.foreign else line.net_amount


def sums_said(ctx: Context, currency: DocumentCurrency, lines: Iterable[Row]) -> tuple[Decimal, Decimal]:
    """Net and tax of lines in the currency of their document."""
    said = [said_of(ctx, currency, row) for row in lines]
    return sum((row.net_amount for row in said), ZERO), sum((row.tax_amount for row in said), ZERO)


def _amounts(said: Row) -> dict[str, Decimal]:
    return {name: said[name] for name in ("unit_price", "net_amount", "tax_amount")}


def say_again(ctx: Context, document: Row) -> None:
    """Sum a document of a foreign currency up again after its lines were changed."""
    said = ctx.uow.get(tables.foreign_document, document.id, lock=True)
    if said is None:
        return
    ids = [row.id for row in ctx.uow.where(documents.document_line, "document_id", document.id)]
    lines = ctx.uow.many(tables.foreign_line, ids).values()
    net, tax = (sum((line[name] for line in lines), ZERO) for name in ("net_amount", "tax_amount"))
    ctx.uow.update(tables.foreign_document, said, net_amount=net, tax_amount=tax, total_amount=net + tax)


def total_said(ctx: Context, document: Row) -> Decimal:
    """The total of a document in its own currency."""
    said = ctx.uow.get(tables.foreign_document, document.id)
    return document.total_amount if said is None else said.total_amount
