"""Asks how far a customer's credit is drawn, by which parts, and what of him was held up and released."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, or_, select

from app.kernel.access import Principal
from app.kernel.approval_rules import CREDIT_EXCEEDED, CREDIT_OVERDUE
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, rows_of
from app.modules.ledger.prepayment_queries import PrepaymentList, held_for_orders
from app.modules.ledger.prepayments import SELLING
from app.modules.receivables.exposure import credit_exposure
from schemas.operational import documents, kernel
from schemas.operational import master_data as tables

_TERMS: Final = ("credit_limit", "overdue_grace_days", "overdue_block")


class CustomerOnDay(Arguments):
    """Which customer, on which business day."""

    party: Annotated[str, Field(max_length=64)]
    on: date
    order_amount: Decimal | None = None


class WatchedOnDay(Arguments):
    """On which business day."""

    on: date


class OneCustomer(Arguments):
    """Which customer."""

    party: Annotated[str, Field(max_length=64)]


@answers(CustomerOnDay, permission="receivables.read")
def customer_credit(connection: Connection, asked: CustomerOnDay, _principal: Principal) -> list[dict[str, Any]]:
    """A customer's exposure by its parts, with tax, his terms, what is left of his limit, and what is overdue.

    With the amount of an order that is being typed, `left` is what is left after it and `blocked` says what it would be held for.
    """
    party = tables.party.c
    found = rows_of(connection, select(*tables.party.c).where(party.code == asked.party, party.is_customer))
    return [_standing(connection, row, asked.on, asked.order_amount or Decimal(0)) for row in found]


@answers(WatchedOnDay, permission="receivables.read")
def watched_customers(connection: Connection, asked: WatchedOnDay, _principal: Principal) -> list[dict[str, Any]]:
    """The customers with a limit or a block, with their exposure, those with the least left first."""
    party = tables.party.c
    watched = or_(party.credit_limit.is_not(None), party.overdue_block != "none")
    found = rows_of(connection, select(*tables.party.c).where(party.is_customer, party.active, watched))
    rows = [_standing(connection, row, asked.on, Decimal(0)) for row in found]
    return sorted(rows, key=lambda row: (row["left"] is None, row["left"], row["code"]))


def _standing(connection: Connection, party: dict[str, Any], on: date, order: Decimal) -> dict[str, Any]:
    drawn = credit_exposure(connection, party["id"], on=on, grace_days=party["overdue_grace_days"])
    limit = party["credit_limit"]
    left = None if limit is None else limit - drawn.total - order
    overdue_blocks = drawn.overdue > 0 and party["overdue_block"] != "none"
    blocked = [
        name
        for name, holds in ((CREDIT_EXCEEDED, left is not None and left < 0), (CREDIT_OVERDUE, overdue_blocks))
        if holds
    ]
    return {
        "id": party["id"],
        "code": party["code"],
        "name": party["name"],
        **{name: party[name] for name in _TERMS},
        "open_orders": drawn.open_orders,
        "shipped": drawn.shipped,
        "receivables": drawn.receivables,
        "credits": drawn.credits,
        "exposure": drawn.total,
        "left": left,
        "overdue": drawn.overdue,
        "overdue_since": drawn.overdue_since,
        "blocked": blocked[0] if blocked else None,
        "blocked_by": blocked,
    }


@answers(OneCustomer, permission="receivables.read")
def credit_history(connection: Connection, asked: OneCustomer, _principal: Principal) -> list[dict[str, Any]]:
    """The orders and shipments of a customer that his credit held up: why, and who decided what, the newest first."""
    request, document, decider = kernel.approval_request.c, documents.document.c, kernel.user_account.c
    query = (
        select(
            request.id,
            request.state,
            request.decided_at,
            request.reason,
            request.explanation,
            document.id.label("document_id"),
            document.number,
            document.document_on,
            document.total_amount,
            decider.name.label("decided_by"),
        )
        .join(documents.document, document.id == request.document_id)
        .join(tables.party, tables.party.c.id == document.party_id)
        .outerjoin(kernel.user_account, decider.id == request.decided_by)
        .where(tables.party.c.code == asked.party, request.explanation.contains('"credit_'))
        .order_by(request.id.desc())
        .limit(200)
    )
    return [{**row, "explanation": json.loads(row["explanation"])} for row in rows_of(connection, query)]


@answers(PrepaymentList, permission="receivables.read")
def deposits(connection: Connection, asked: PrepaymentList, _principal: Principal) -> list[dict[str, Any]]:
    """What customers paid on sales orders and how much of it waits for an invoice, the newest first."""
    return held_for_orders(connection, asked, SELLING)


QUERIES: Final[tuple[Query, ...]] = (customer_credit, watched_customers, credit_history, deposits)
