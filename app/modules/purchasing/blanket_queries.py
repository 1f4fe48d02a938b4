"""Asks what is left of a blanket order in money: what is agreed, called off and still open, and its price breaks."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, rows_of
from schemas.operational import kernel, master_data
from schemas.operational import purchasing as tables
from schemas.operational.documents import document, document_line
from schemas.operational.foreign_currency import foreign_document, foreign_line
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.numbers import ZERO, rounded

_READ: Final = "purchasing.read"


@answers(OneDocument, permission=_READ)
def blanket_prices(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The price breaks of a blanket order, in its currency; none where its lines have one price each."""
    prices = tables.quotation_price.c
    query = (
        select(
            document_line.c.line, master_data.item.c.code.label("item_code"), prices.from_quantity, prices.unit_price
        )
        .join(tables.quotation_price, prices.document_line_id == document_line.c.id)
        .join(document, and_(document.c.id == document_line.c.document_id, document.c.kind == "blanket_order"))
        .join(master_data.item, master_data.item.c.id == document_line.c.item_id)
        .where(document.c.id == asked.document)
        .order_by(document_line.c.line, prices.from_quantity)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=_READ)
def blanket_commitment(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """Each line of a blanket order in its currency without tax: what is agreed, what its orders come to, what is still open."""
    called, order, ordered = document_line.alias("called"), document.alias("order"), foreign_line.alias("ordered")
    amount = func.coalesce(ordered.c.net_amount, called.c.net_amount)
    called_off = (
        select(called.c.source_line_id, func.sum(amount).label("amount"))
        .join(order, and_(order.c.id == called.c.document_id, order.c.kind == "purchase_order"))
        .outerjoin(ordered, ordered.c.id == called.c.id)
        .where(order.c.state != "cancelled")
        .group_by(called.c.source_line_id)
        .subquery()
    )
    query = (
        select(
            document_line.c.line,
            document_line.c.quantity,
            document_line.c.fulfilled_quantity,
            document_line.c.closed,
            master_data.item.c.code.label("item_code"),
            foreign_document.c.currency.label("agreed_in"),
            func.coalesce(foreign_line.c.unit_price, document_line.c.unit_price).label("unit_price"),
            func.coalesce(foreign_line.c.net_amount, document_line.c.net_amount).label("agreed_amount"),
            called_off.c.amount.label("called_off_amount"),
        )
        .join(document, and_(document.c.id == document_line.c.document_id, document.c.kind == "blanket_order"))
        .join(master_data.item, master_data.item.c.id == document_line.c.item_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(foreign_line, foreign_line.c.id == document_line.c.id)
        .outerjoin(called_off, called_off.c.source_line_id == document_line.c.id)
        .where(document.c.id == asked.document)
        .order_by(document_line.c.line)
    )
    home, decimals = connection.execute(select(kernel.company.c.currency, kernel.company.c.currency_decimals)).one()
    return [_committed(row, home, decimals) for row in rows_of(connection, query)]


def _committed(row: dict[str, Any], home: str, decimals: int) -> dict[str, Any]:
    """A line with what is open of it: the quantity that is not called off, at the agreed price; nothing where it is closed."""
    foreign = row.pop("agreed_in")
    left = ZERO if row.pop("closed") else max(row["quantity"] - row["fulfilled_quantity"], ZERO)
    digits = decimals if foreign is None else minor_unit_decimals(foreign)
    return {
        **row,
        "currency": foreign or home,
        "called_off_amount": row["called_off_amount"] or ZERO,
        "open_amount": rounded(left * row["unit_price"], digits),
    }


QUERIES: Final[tuple[Query, ...]] = (blanket_prices, blanket_commitment)
