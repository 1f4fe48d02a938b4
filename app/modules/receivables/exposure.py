"""How far a customer's credit is drawn: the adapter of the kernel's port, on one day, and on past days for trying rules.

What is invoiced and open is read from the open items, what is ordered and shipped from the lines of the orders, in the
transaction of the asking command. Advances are the part of posted payments that settled nothing; of those of a foreign currency,
what they hold for orders. All of it is in the company's currency.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from app.kernel.credit import Exposure
from app.kernel.document_queries import rows_of
from app.kernel.documents import CHARGE, open_to_invoice
from app.kernel.unit_of_work import Row
from schemas.operational import documents, foreign_currency, kernel, ledger
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_DOCUMENT, _LINE = documents.document.c, documents.document_line.c
_AT_HOME = _DOCUMENT.id.not_in(select(foreign_currency.foreign_document.c.id))
_LIVE = (DocumentState.CONFIRMED.value, DocumentState.CLOSED.value)


def credit_exposure(connection: Connection, party_id: int, *, on: date, grace_days: int) -> Exposure:
    """Return the exposure of a customer on a business day, each part once."""
    decimals = _decimals(connection)
    parts = [order_line_parts(line, decimals) for line in rows_of(connection, _open_lines(party_id))]
    item = ledger.open_item.c
    open_items = rows_of(
        connection,
        select(item.due_on, item.open_amount).where(
            item.party_id == party_id, item.side == "receivable", item.open_amount != 0
        ),
    )
    advances = _received(connection, party_id) - _settled_by_payments(connection, party_id)
    advances += _held_abroad(connection, party_id)
    owed = ((row["due_on"], row["open_amount"]) for row in open_items)
    return _exposure(owed, parts, advances, on=on, grace_days=grace_days)


def order_line_parts(line: Mapping[str, Any], decimals: int) -> tuple[Decimal, Decimal]:
    """What of a confirmed order's line is still ordered and what is shipped and not invoiced, with tax.

    Args:
        line: quantities and amounts of the line, and whether it is closed.
        decimals: the currency's decimals.

    Returns:
        Ordered and shipped amount; together never more than the line less what is invoiced.

    >>> line = {"kind": "item", "quantity": 10, "fulfilled_quantity": 6, "invoiced_quantity": 4, "returned_quantity": 0}
    >>> line = {**line, "creditable_quantity": 0, "net_amount": 100, "tax_amount": 13, "closed": False}
    >>> line = {name: Decimal(value) if type(value) is int else value for name, value in line.items()}
    >>> order_line_parts(line, 2)
    (Decimal('45.20'), Decimal('22.60'))
    """
    whole = line["quantity"]
    if whole == 0:
        return ZERO, ZERO
    gross = line["net_amount"] + line["tax_amount"]
    to_invoice = open_to_invoice(Row(line))
    if line["kind"] == CHARGE:
        return (ZERO if line["closed"] else rounded(gross * to_invoice / whole, decimals)), ZERO
    ordered = ZERO if line["closed"] else max(whole - max(line["fulfilled_quantity"], line["invoiced_quantity"]), ZERO)
    return rounded(gross * ordered / whole, decimals), rounded(gross * to_invoice / whole, decimals)


@dataclass(frozen=True)
class CreditHistory:
    """What a customer's past exposure is told from: his items, settlements, payments, orders and invoiced lines.

    Orders that were cancelled count on no day and a line that was closed short counts with what was shipped of it, for the day
    of either is not kept.
    """

    items: list[dict[str, Any]]
    settlements: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    order_lines: list[dict[str, Any]]
    invoiced: list[dict[str, Any]]
    decimals: int


@dataclass(frozen=True)
class _Event:
    """A change of an exposure: on which day, for orders which one, what changes, of what and by how much."""

    on: date
    order: int
    apply: Callable[[int, Decimal], None]
    key: int = 0
    amount: Decimal = ZERO


class CreditSweep:
    """A customer's exposure on one day after another, told in one pass over his history."""

    def __init__(self, history: CreditHistory, *, grace_days: int) -> None:
        self._decimals = history.decimals
        self._due: dict[int, date] = {row["id"]: row["due_on"] for row in history.items}
        self._lines = {row["id"]: row for row in history.order_lines}
        self._owed: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self._invoiced: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self._ordered: dict[int, Decimal] = {}
        self._late: set[int] = set()
        self._by_due: list[tuple[date, int]] = []
        self._receivables = self._credits = self._overdue = self._open_orders = ZERO
        self._events = sorted(
            self._told(history, timedelta(days=grace_days)), key=lambda event: (event.on, event.order)
        )
        self._next = 0

    def on(self, day: date, *, before: int) -> Exposure:
        """The exposure at the beginning of a document: what was there on its day, and of other orders those before it.

        Args:
            day: the document's day, never before that of the call before.
            before: its id; on one day never below that of the call before.
        """
        while self._next < len(self._events):
            event = self._events[self._next]
            if (event.on, event.order) >= (day, before):
                break
            event.apply(event.key, event.amount)
            self._next += 1
        while self._by_due and self._owed[self._by_due[0][1]] <= 0:
            heapq.heappop(self._by_due)
        return Exposure(
            open_orders=self._open_orders,
            receivables=self._receivables,
            credits=self._credits,
            overdue=self._overdue,
            overdue_since=self._by_due[0][0] if self._by_due else None,
        )

    def _told(self, history: CreditHistory, grace: timedelta) -> Iterator[_Event]:
        """All that ever changed the exposure; what is no order comes first on its day."""
        opened = {row["id"]: row["opened_on"] for row in history.items}
        paid = {row["id"]: row["posted_on"] for row in history.payments}
        for row in history.items:
            yield _Event(row["opened_on"], 0, self._owe, row["id"], row["amount"])
            late = max(row["due_on"] + grace + timedelta(days=1), row["opened_on"])
            yield _Event(late, 0, self._fall_due, row["id"])
        for row in history.settlements:
            on, item_id = max(row["posted_on"], opened[row["open_item_id"]]), row["open_item_id"]
            yield _Event(on, 0, self._owe, item_id, -row["amount"])
            if row["document_id"] in paid:
                given = row["amount"] if row["share"] is None else row["share"]
                yield _Event(max(row["posted_on"], paid[row["document_id"]]), 0, self._pay, 0, -given)
        for row in history.payments:
            yield _Event(row["posted_on"], 0, self._pay, 0, row["total_amount"])
        for row in history.order_lines:
            yield _Event(row["document_on"], row["document_id"], self._order, row["id"])
        for row in history.invoiced:
            yield _Event(row["posted_on"], 0, self._invoice, row["source_line_id"], row["quantity"])

    def _owe(self, item_id: int, amount: Decimal) -> None:
        before = self._owed[item_id]
        self._owed[item_id] = after = before + amount
        more = max(after, ZERO) - max(before, ZERO)
        self._receivables += more
        self._credits += max(-after, ZERO) - max(-before, ZERO)
        if item_id in self._late:
            self._overdue += more
            heapq.heappush(self._by_due, (self._due[item_id], item_id))

    def _fall_due(self, item_id: int, _amount: Decimal) -> None:
        self._late.add(item_id)
        self._overdue += max(self._owed[item_id], ZERO)
        heapq.heappush(self._by_due, (self._due[item_id], item_id))

    def _pay(self, _key: int, amount: Decimal) -> None:
        self._credits += amount

    def _order(self, line_id: int, _amount: Decimal) -> None:
        self._ordered[line_id] = ZERO
        self._invoice(line_id, ZERO)

    def _invoice(self, line_id: int, quantity: Decimal) -> None:
        self._invoiced[line_id] += quantity
        if line_id in self._ordered:
            left = self._not_invoiced(self._lines[line_id], self._invoiced[line_id])
            self._open_orders += left - self._ordered[line_id]
            self._ordered[line_id] = left

    def _not_invoiced(self, line: Mapping[str, Any], invoiced: Decimal) -> Decimal:
        kept = min(line["quantity"], line["fulfilled_quantity"]) if line["closed"] else line["quantity"]
        if line["quantity"] == 0:
            return ZERO
        gross = line["net_amount"] + line["tax_amount"]
        return rounded(gross * max(kept - invoiced, ZERO) / line["quantity"], self._decimals)


def credit_history(connection: Connection, party_id: int) -> CreditHistory:
    """Read what a customer's past exposure is told from."""
    item, settlement = ledger.open_item.c, ledger.settlement.c
    of_customer = and_(item.party_id == party_id, item.side == "receivable")
    order_line, order = documents.document_line.alias("order_line"), documents.document.alias("order_head")
    invoiced = (
        select(_LINE.source_line_id, _LINE.quantity, _DOCUMENT.posted_on)
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .join(order_line, order_line.c.id == _LINE.source_line_id)
        .join(order, order.c.id == order_line.c.document_id)
        .where(
            order.c.party_id == party_id,
            order.c.kind == DocumentKind.SALES_ORDER.value,
            _DOCUMENT.kind == DocumentKind.CUSTOMER_INVOICE.value,
            _DOCUMENT.state == DocumentState.POSTED.value,
        )
    )
    said, paid = foreign_currency.foreign_settlement.c, foreign_currency.foreign_document.c
    settlements = (
        select(
            settlement.open_item_id,
            settlement.document_id,
            settlement.amount,
            settlement.posted_on,
            said.amount.label("said_amount"),
            paid.total_amount.label("paid_abroad"),
            _DOCUMENT.total_amount.label("paid"),
        )
        .join(ledger.open_item, item.id == settlement.open_item_id)
        .join(documents.document, _DOCUMENT.id == settlement.document_id)
        .outerjoin(foreign_currency.foreign_settlement, said.id == settlement.id)
        .outerjoin(foreign_currency.foreign_document, paid.id == settlement.document_id)
        .where(of_customer)
        .order_by(settlement.id)
    )
    lines = _lines(party_id).add_columns(_LINE.id, _LINE.document_id, _DOCUMENT.document_on)
    return CreditHistory(
        rows_of(connection, select(item.id, item.amount, item.due_on, item.opened_on).where(of_customer)),
        _with_shares(rows_of(connection, settlements), _decimals(connection)),
        rows_of(connection, _payments(party_id, _DOCUMENT.id, _DOCUMENT.total_amount, _DOCUMENT.posted_on)),
        rows_of(connection, lines),
        rows_of(connection, invoiced),
        _decimals(connection),
    )


def _with_shares(settlements: list[dict[str, Any]], decimals: int) -> list[dict[str, Any]]:
    """Name on each settlement by money of a foreign currency its share of that, from the running sum; none on the others."""
    before: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in settlements:
        row["share"] = None
        if row["said_amount"] is not None and row["paid_abroad"]:
            rate, sofar = row["paid"] / row["paid_abroad"], before[row["document_id"]]
            before[row["document_id"]] = upto = sofar + row["said_amount"]
            row["share"] = rounded(upto * rate, decimals) - rounded(sofar * rate, decimals)
    return settlements


def _exposure(
    owed: Iterable[tuple[date, Decimal]],
    parts: Iterable[tuple[Decimal, Decimal]],
    advances: Decimal,
    *,
    on: date,
    grace_days: int,
) -> Exposure:
    owed, parts = list(owed), list(parts)
    late = [(due, amount) for due, amount in owed if amount > 0 and due + timedelta(days=grace_days) < on]
    return Exposure(
        open_orders=sum((ordered for ordered, _ in parts), ZERO),
        shipped=sum((shipped for _, shipped in parts), ZERO),
        receivables=sum((amount for _, amount in owed if amount > 0), ZERO),
        credits=advances - sum((amount for _, amount in owed if amount < 0), ZERO),
        overdue=sum((amount for _, amount in late), ZERO),
        overdue_since=min((due for due, _ in late), default=None),
    )


def _lines(party_id: int) -> Any:
    names = (
        "kind",
        "quantity",
        "fulfilled_quantity",
        "invoiced_quantity",
        "returned_quantity",
        "creditable_quantity",
        "net_amount",
        "tax_amount",
        "closed",
    )
    return (
        select(*(_LINE[name] for name in names))
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _DOCUMENT.party_id == party_id,
            _DOCUMENT.kind == DocumentKind.SALES_ORDER.value,
            _DOCUMENT.state.in_(_LIVE),
        )
    )


def _open_lines(party_id: int) -> Any:
    """The lines of which something is not invoiced: open ones, and closed ones of which more was shipped than invoiced."""
    return _lines(party_id).where(
        or_(
            and_(_LINE.closed.is_(False), _LINE.quantity > _LINE.invoiced_quantity),
            _LINE.fulfilled_quantity + _LINE.creditable_quantity > _LINE.invoiced_quantity + _LINE.returned_quantity,
        )
    )


def _payments(party_id: int, *columns: Any) -> Any:
    return select(*columns).where(
        _DOCUMENT.party_id == party_id,
        _DOCUMENT.kind == DocumentKind.PAYMENT_IN.value,
        _DOCUMENT.state == DocumentState.POSTED.value,
    )


def _received(connection: Connection, party_id: int) -> Decimal:
    return connection.execute(_payments(party_id, func.sum(_DOCUMENT.total_amount)).where(_AT_HOME)).scalar() or ZERO


def _settled_by_payments(connection: Connection, party_id: int) -> Decimal:
    settlement = ledger.settlement.c
    query = _payments(party_id, func.sum(settlement.amount)).join(
        ledger.settlement, settlement.document_id == _DOCUMENT.id
    )
    return connection.execute(query.where(_AT_HOME)).scalar() or ZERO


def _held_abroad(connection: Connection, party_id: int) -> Decimal:
    """What is left of payments of a foreign currency: they settle items at other rates than their own."""
    held = ledger.order_prepayment.c
    query = _payments(party_id, func.sum(held.open_amount)).join(
        ledger.order_prepayment, held.document_id == _DOCUMENT.id
    )
    return connection.execute(query.where(~_AT_HOME)).scalar() or ZERO


def _decimals(connection: Connection) -> int:
    return connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
