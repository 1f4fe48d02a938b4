"""Asks when which part of a document is to be paid: the deposit that an order asks for, the instalments of an invoice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from app.kernel.access import Principal
from app.kernel.bus import answers
from app.kernel.document_queries import OneDocument, may_read, rows_of
from app.modules.master_data.rules import instalments_due, instalments_in
from schemas.operational import documents, foreign_currency, kernel, master_data
from schemas.operational import ledger as tables
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_FOREIGN = foreign_currency.foreign_document
_ORDERS = frozenset({DocumentKind.SALES_ORDER, DocumentKind.PURCHASE_ORDER})


@answers(OneDocument, permission="documents.read")
def payment_schedule(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The parts in which a document is to be paid, in its currency, the earliest due first; none where all is due on one day.

    Of an order, the deposits that its customer's or supplier's payment term asks for, less what was paid on it; of an invoice or
    bill, its open items.
    """
    document = documents.document
    found = rows_of(connection, select(*document.c).where(document.c.id == asked.document))
    if not found or not may_read(principal, found[0]["kind"]):
        return []
    if found[0]["kind"] in _ORDERS:
        return _deposits(connection, found[0])
    item, said = tables.open_item.c, foreign_currency.foreign_item
    amounts = (func.coalesce(said.c[name], item[name]).label(name) for name in ("amount", "open_amount"))
    query = (
        select(item.due_on, *amounts, func.coalesce(said.c.currency, found[0]["currency"]).label("currency"))
        .select_from(tables.open_item)
        .outerjoin(said, said.c.id == item.id)
        .where(item.document_id == asked.document)
    )
    rows = rows_of(connection, query.order_by(item.due_on, item.id))
    return rows if len(rows) > 1 else []


def _deposits(connection: Connection, order: dict[str, Any]) -> list[dict[str, Any]]:
    """What an order that is not done asks for before its invoice, as if it were invoiced on its own day."""
    if order["state"] not in {DocumentState.DRAFT, DocumentState.CONFIRMED}:
        return []
    party, term, paid = master_data.party, master_data.payment_term, tables.order_prepayment
    written = connection.execute(
        select(term.c.instalments)
        .join(party, party.c.payment_term_id == term.c.id)
        .where(party.c.id == order["party_id"])
    ).scalar()
    said = rows_of(connection, select(*_FOREIGN.c).where(_FOREIGN.c.id == order["id"]))
    decimals = connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
    if said:
        decimals = minor_unit_decimals(said[0]["currency"])
        order = {**order, **said[0]}
    held = foreign_currency.foreign_prepayment
    left = connection.execute(
        select(func.coalesce(func.sum(func.coalesce(held.c.amount, paid.c.amount)), ZERO))
        .select_from(paid)
        .outerjoin(held, held.c.id == paid.c.id)
        .join(documents.document, documents.document.c.id == paid.c.document_id)
        .where(paid.c.order_id == order["id"], documents.document.c.state == "posted")
    ).scalar_one()
    day = order["document_on"]
    parts = instalments_due(
        order["total_amount"], instalments_in(written or "[]"), ordered_on=day, invoiced_on=day, decimals=decimals
    )
    rows = []
    for part in parts:
        if part.due_from == "order":
            came = min(left, part.amount)
            left -= came
            rows.append(
                {
                    "due_on": part.due_on,
                    "amount": part.amount,
                    "open_amount": part.amount - came,
                    "currency": order["currency"],
                }
            )
    return rows
