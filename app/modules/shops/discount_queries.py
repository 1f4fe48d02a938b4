"""Asks for discounts of shops: which codes and rules stand on an order, and what each code sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, Paged, Text, may_read, rows_of
from schemas.operational import documents, kernel
from schemas.operational import shops as tables
from schemas.operational.foreign_currency import foreign_document
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded


class CodeSpan(Paged):
    """Of which shop, and the days of the orders, both included; without them all count."""

    shop: Text | None = None
    since: date | None = None
    until: date | None = None


@answers(OneDocument, permission="documents.read")
def shop_discounts(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Why the buyer of a shop's order paid less, line by line as the shop tells it; no line is freight or the whole order.

    `amount` is in the order's currency, with tax where the shop's prices include it; the prices of the lines are less it already.
    """
    if not may_read(principal, DocumentKind.SALES_ORDER.value):
        return []
    discount, order, line = tables.shop_discount, tables.shop_order, documents.document_line
    query = (
        select(
            discount.c.id,
            line.c.line,
            line.c.description,
            discount.c.kind,
            discount.c.code,
            discount.c.title,
            discount.c.amount,
            order.c.currency,
        )
        .join(order, order.c.id == discount.c.shop_order_id)
        .outerjoin(line, line.c.id == discount.c.document_line_id)
        .where(order.c.document_id == asked.document, discount.c.in_force)
        .order_by(func.coalesce(line.c.line, 0), discount.c.kind, discount.c.code, discount.c.id)
    )
    return rows_of(connection, query)


@answers(CodeSpan, permission="sales.read")
def shop_code_results(connection: Connection, asked: CodeSpan, _principal: Principal) -> list[dict[str, Any]]:
    """What each code and rule of each shop took off orders that stand, and what the goods of these orders sold for.

    Codes are one whatever the case of their letters; a rule goes by its title. Amounts are in the company's currency: what was
    taken off at the rate of its order, as the shop states it; the goods without tax. An order with two codes counts with each.
    """
    home, decimals = connection.execute(select(kernel.company.c.currency, kernel.company.c.currency_decimals)).one()
    found = rows_of(connection, _standing(asked))
    goods = _goods(connection, {row["document_id"] for row in found})
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    orders: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for row in found:
        key = (row["shop"], row["kind"], (row["code"] or row["title"]).casefold())
        names = {name: row[name] for name in ("shop", "kind", "code", "title")}
        own = sums.setdefault(key, {**names, "given_amount": ZERO, "currency": home})
        rate = row["exchange_rate"]
        own["given_amount"] += row["amount"] if rate is None else rounded(row["amount"] * rate, decimals)
        orders[key].add(row["document_id"])
    rows = [
        {
            **own,
            "order_count": len(orders[key]),
            "net_amount": sum((goods.get(document, ZERO) for document in orders[key]), ZERO),
        }
        for key, own in sums.items()
    ]
    sought = asked.search.casefold()
    rows = [
        row for row in rows if sought in (row["code"] or "").casefold() or sought in (row["title"] or "").casefold()
    ]
    rows.sort(key=lambda row: (-row["net_amount"], row["shop"], row["code"], row["title"]))
    return rows[asked.offset : asked.offset + asked.limit]


def _standing(asked: CodeSpan) -> Any:
    """What each discount took off each order that was not cancelled."""
    discount, order, document = tables.shop_discount, tables.shop_order, documents.document
    query = (
        select(
            tables.shop.c.code.label("shop"),
            discount.c.kind,
            discount.c.code,
            discount.c.title,
            order.c.document_id,
            foreign_document.c.exchange_rate,
            func.sum(discount.c.amount).label("amount"),
        )
        .join(order, order.c.id == discount.c.shop_order_id)
        .join(tables.shop, tables.shop.c.id == order.c.shop_id)
        .join(document, document.c.id == order.c.document_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .where(discount.c.in_force, document.c.state != DocumentState.CANCELLED.value)
        .group_by(
            tables.shop.c.code,
            discount.c.kind,
            discount.c.code,
            discount.c.title,
            order.c.document_id,
            foreign_document.c.exchange_rate,
        )
        .order_by(order.c.document_id)
    )
    if asked.shop is not None:
        query = query.where(tables.shop.c.code == asked.shop)
    if asked.since is not None:
        query = query.where(document.c.document_on >= asked.since)
    if asked.until is not None:
        query = query.where(document.c.document_on <= asked.until)
    return query


def _goods(connection: Connection, orders: Iterable[int]) -> dict[int, Decimal]:
    """What the goods of orders come to without tax, in the company's currency."""
    line, wanted = documents.document_line, sorted(orders)
    found: dict[int, Decimal] = {}
    for start in range(0, len(wanted), 500):
        query = (
            select(line.c.document_id, func.sum(line.c.net_amount).label("net_amount"))
            .where(line.c.document_id.in_(wanted[start : start + 500]), line.c.kind == "item")
            .group_by(line.c.document_id)
        )
        found |= {row["document_id"]: row["net_amount"] for row in rows_of(connection, query)}
    return found


QUERIES: Final[tuple[Query, ...]] = (shop_discounts, shop_code_results)
