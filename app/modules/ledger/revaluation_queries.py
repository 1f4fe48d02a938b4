"""Asks what is open in foreign currencies at a month end and what it is worth then, and what a revaluation made of each item."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, case, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, OneDocument, Text, rows_of
from app.modules.ledger.revaluation import valued_items
from schemas.operational import documents, foreign_currency, master_data
from schemas.operational import ledger as tables

_READ: Final = "ledger.read"


class OnePeriod(Arguments):
    """Which fiscal period, by its code."""

    period: Text


@answers(OnePeriod, permission=_READ)
def foreign_items_at_period_end(
    connection: Connection, asked: OnePeriod, _principal: Principal
) -> list[dict[str, Any]]:
    """Items of foreign currencies open on a period's last day: carried at, closing rate, valued at, and what would be posted."""
    period = rows_of(connection, select(*tables.fiscal_period.c).where(tables.fiscal_period.c.code == asked.period))
    return [dict(row) for row in valued_items(connection, period[0])] if period else []


@answers(OneDocument, permission=_READ)
def revaluation_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a revaluation found of each item: its currency, open, carried at, closing rate, valued at, and what was posted."""
    line, item, document = foreign_currency.revaluation_line, tables.open_item, documents.document
    party, said = master_data.party, foreign_currency.foreign_item
    query = (
        select(
            *(column for column in line.c if column.name != "document_id"),
            document.c.id.label("document_id"),
            case((item.c.side == "receivable", line.c.difference), else_=-line.c.difference).label("gain"),
            item.c.side,
            item.c.due_on,
            document.c.number,
            document.c.kind,
            said.c.currency,
            party.c.id.label("party_id"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
        )
        .join(item, item.c.id == line.c.open_item_id)
        .join(said, said.c.id == item.c.id)
        .join(document, document.c.id == item.c.document_id)
        .join(party, party.c.id == item.c.party_id)
        .where(line.c.document_id == asked.document)
        .order_by(said.c.currency, item.c.side.desc(), item.c.id)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (foreign_items_at_period_end, revaluation_lines)
