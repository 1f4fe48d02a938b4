"""Asks what budgets of buying hold, what orders have committed of them, what of that was billed, and what is left."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Nothing, OneDocument, rows_of
from schemas.operational import documents, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.numbers import ZERO

_READ: Final = "purchasing.read"


def _listed() -> Select[*tuple[Any, ...]]:
    budget, note, line = tables.budget, tables.budget_commitment, documents.document_line
    category = master_data.item_category
    drawn = select(note.c.budget_id, note.c.document_line_id).distinct().subquery()
    billed = (
        select(drawn.c.budget_id, func.sum(line.c.invoiced_amount).label("amount"))
        .join(line, line.c.id == drawn.c.document_line_id)
        .group_by(drawn.c.budget_id)
        .subquery()
    )
    return (
        select(
            *budget.c,
            category.c.code.label("family"),
            func.coalesce(billed.c.amount, ZERO).label("billed_amount"),
            (budget.c.amount - budget.c.committed_amount).label("left_amount"),
        )
        .outerjoin(category, category.c.id == budget.c.category_id)
        .outerjoin(billed, billed.c.budget_id == budget.c.id)
        .order_by(budget.c.starts_on.desc(), budget.c.code)
    )


@answers(Nothing, permission=_READ)
def budgets(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Budgets, the latest first, with what is committed, billed and left of each; below zero where it is exceeded."""
    return rows_of(connection, _listed())


@answers(OneDocument, permission=_READ)
def order_budgets(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a purchase order has committed of which budgets, and what is left of them."""
    note, line = tables.budget_commitment, documents.document_line
    own = (
        select(note.c.budget_id, func.sum(note.c.amount).label("order_amount"))
        .join(line, line.c.id == note.c.document_line_id)
        .where(line.c.document_id == asked.document)
        .group_by(note.c.budget_id)
        .subquery()
    )
    query = _listed().add_columns(own.c.order_amount).join(own, own.c.budget_id == tables.budget.c.id)
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (budgets, order_budgets)
