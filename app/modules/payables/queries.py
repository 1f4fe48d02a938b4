"""Asks how orders, receipts and bills match, line by line, and what the limits say about the difference in price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Sorted, Text, contains, page_of, rows_of
from app.modules.ledger.prepayment_queries import PrepaymentList, held_for_orders
from app.modules.ledger.prepayments import BUYING
from app.modules.master_data.buying_policy import BuyingPolicy, policy_from
from schemas.operational import kernel, master_data
from schemas.operational import purchasing as tables
from schemas.operational.documents import document, document_line
from schemas.operational.foreign_currency import foreign_line
from schemas.vocabulary.numbers import ONE, RATE_DECIMALS, ZERO, rounded

MATCHES: Final = ("not_received", "to_bill", "waiting", "above", "within", "matched")


class MatchList(Sorted):
    """Which order lines to match; `open_only` leaves out those of which everything is received and billed."""

    order: int | Text | None = None
    party: Text | None = None
    item: Text | None = None
    open_only: bool = False


@answers(MatchList, permission="payables.read")
def purchase_match(connection: Connection, asked: MatchList, _principal: Principal) -> list[dict[str, Any]]:
    """Order lines with what was received and billed of them, the prices, and how far the bills exceed what was ordered."""
    rows = page_of(connection, _lines(asked), asked, document.c.id.desc(), document_line.c.line)
    waiting = _waiting(connection, [row["id"] for row in rows])
    policies = rows_of(connection, select(*tables.purchasing_policy.c))
    decimals = connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
    for row in rows:
        row["waiting_quantity"], row["waiting_amount"] = waiting.get(row["id"], (ZERO, ZERO))
        policy = policy_from(policies, row["party_id"], row["item_id"])
        row.update(_difference(row, policy, decimals))
    return rows


def _lines(asked: MatchList) -> Any:
    line, party, item, unit = document_line.c, master_data.party, master_data.item, master_data.unit
    query = (
        select(
            line.id,
            document.c.id.label("order_id"),
            document.c.number.label("order"),
            document.c.state,
            document.c.currency,
            document.c.document_on,
            line.line,
            document.c.party_id,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            line.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
            line.quantity.label("ordered_quantity"),
            line.fulfilled_quantity.label("received_quantity"),
            line.invoiced_quantity.label("billed_quantity"),
            line.unit_price.label("ordered_price"),
            line.discount_rate,
            line.invoiced_amount.label("billed_amount"),
            line.closed,
        )
        .select_from(document_line)
        .join(document, document.c.id == line.document_id)
        .join(item, item.c.id == line.item_id)
        .join(unit, unit.c.id == item.c.unit_id)
        .join(party, party.c.id == document.c.party_id)
        .where(document.c.kind == "purchase_order", document.c.state.in_(("confirmed", "closed")))
    )
    if asked.order is not None:
        by = document.c.id == asked.order if isinstance(asked.order, int) else document.c.number == asked.order
        query = query.where(by)
    if asked.party is not None:
        query = query.where(party.c.code == asked.party)
    if asked.item is not None:
        query = query.where(item.c.code == asked.item)
    if asked.open_only:
        rest = or_(line.fulfilled_quantity > line.invoiced_quantity, line.fulfilled_quantity < line.quantity)
        query = query.where(rest, line.closed.is_(False))
    if asked.search:
        pattern = contains(asked.search)
        names = (document.c.number, party.c.search_key, item.c.code, item.c.search_key)
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    return query


def _waiting(connection: Connection, ids: list[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """What bills that wait for approval ask for order lines: quantity and amount, at the rate of the order."""
    line = document_line.c
    at_order_rate = func.coalesce(foreign_line.c.net_at_order_rate, line.net_amount)
    query = (
        select(line.source_line_id, func.sum(line.quantity), func.sum(at_order_rate))
        .join(document, document.c.id == line.document_id)
        .outerjoin(foreign_line, foreign_line.c.id == line.id)
        .where(document.c.kind == "supplier_bill", document.c.state == "draft", line.source_line_id.in_(ids))
        .group_by(line.source_line_id)
    )
    return {key: (quantity, amount) for key, quantity, amount in connection.execute(query)}


def _difference(row: dict[str, Any], policy: BuyingPolicy, decimals: int) -> dict[str, Any]:
    """The billed price, what the bills differ by from the order's price, what is borne, and the verdict."""
    quantity, amount = row["billed_quantity"] + row["waiting_quantity"], row["billed_amount"] + row["waiting_amount"]
    net_price = row["ordered_price"] * (ONE - row["discount_rate"])
    expected = rounded(quantity * net_price, decimals)
    difference = amount - expected
    limits = [expected * policy.price_tolerance_rate] if policy.price_tolerance_rate is not None else []
    limits += [policy.price_tolerance_amount] if policy.price_tolerance_amount is not None else []
    return {
        "billed_price": rounded(amount / quantity, RATE_DECIMALS) if quantity else None,
        "quantity_difference": row["received_quantity"] - row["billed_quantity"] - row["waiting_quantity"],
        "price_difference": difference,
        "price_difference_rate": rounded(difference / expected, RATE_DECIMALS) if expected else None,
        "tolerance_amount": rounded(min(limits), decimals) if limits else None,
        "match": _verdict(row, difference, borne=policy.bears(difference, expected)),
    }


def _verdict(
    row: dict[str, Any], difference: Decimal, *, borne: bool
) -> Literal["not_received", "to_bill", "waiting", "above", "within", "matched"]:
    if row["waiting_quantity"] > 0:
        return "waiting"
    if row["received_quantity"] == 0:
        return "not_received"
    if row["received_quantity"] > row["billed_quantity"]:
        return "to_bill"
    if not borne:
        return "above"
    return "within" if difference != 0 else "matched"


@answers(PrepaymentList, permission="payables.read")
def prepayments(connection: Connection, asked: PrepaymentList, _principal: Principal) -> list[dict[str, Any]]:
    """What was prepaid on purchase orders and how much of it waits for a bill, the newest first."""
    return held_for_orders(connection, asked, BUYING)


QUERIES: Final[tuple[Query, ...]] = (purchase_match, prepayments)
