"""Asks what is held for orders whose invoice has not come, on either side."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, or_, select

from app.kernel.document_queries import Sorted, Text, contains, page_of
from app.modules.ledger.prepayments import Side
from schemas.operational import documents, foreign_currency, master_data
from schemas.operational import ledger as tables


class PrepaymentList(Sorted):
    """Which prepayments or deposits; without `all`, those of which something is still open."""

    party: Text | None = None
    all: bool = False


def held_for_orders(connection: Connection, asked: PrepaymentList, side: Side) -> list[dict[str, Any]]:
    """What was paid on orders of a side and how much of it waits for an invoice, the newest first."""
    document, held, party = documents.document, tables.order_prepayment.c, master_data.party
    order, said = document.alias("order"), foreign_currency.foreign_prepayment
    query: Any = (
        select(
            document.c.id,
            document.c.number,
            document.c.state,
            document.c.posted_on,
            func.coalesce(said.c.currency, document.c.currency).label("currency"),
            party.c.id.label("party_id"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            order.c.id.label("order_id"),
            order.c.number.label("order"),
            order.c.state.label("order_state"),
            func.coalesce(said.c.amount, held.amount).label("amount"),
            func.coalesce(said.c.open_amount, held.open_amount).label("open_amount"),
        )
        .select_from(tables.order_prepayment)
        .join(document, document.c.id == held.document_id)
        .join(order, order.c.id == held.order_id)
        .join(party, party.c.id == document.c.party_id)
        .outerjoin(said, said.c.id == held.id)
        .where(document.c.kind == side.payment.value)
    )
    if asked.party is not None:
        query = query.where(party.c.code == asked.party)
    if not asked.all:
        query = query.where(held.open_amount > 0)
    if asked.search:
        pattern = contains(asked.search)
        names = (document.c.number, order.c.number, party.c.search_key)
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    return page_of(connection, query, asked, document.c.id.desc())
