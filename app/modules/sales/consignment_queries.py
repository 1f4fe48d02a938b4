"""Asks about goods of ours at customers' places."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Sorted, Text, contains, page_of
from schemas.operational import inventory as tables
from schemas.operational import master_data


class AtCustomers(Sorted):
    """At which customer; at all where none is named."""

    customer: Text | None = None


@answers(AtCustomers, permission="sales.read")
def consigned_at_customers(connection: Connection, asked: AtCustomers, _principal: Principal) -> list[dict[str, Any]]:
    """Our goods at customers' places, by customer, item and lot; nobody else is promised them."""
    balance, place, party, item = tables.stock_balance.c, master_data.location, master_data.party, master_data.item
    query: Any = (
        select(
            balance.id,
            party.c.id.label("customer_id"),
            party.c.code.label("customer_code"),
            party.c.name.label("customer_name"),
            place.c.code.label("location_code"),
            balance.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            tables.lot.c.code.label("lot_code"),
            tables.lot.c.expires_on,
            balance.quantity,
            master_data.unit.c.code.label("unit_code"),
        )
        .join(place, place.c.id == balance.location_id)
        .join(party, party.c.id == place.c.customer_id)
        .join(item, item.c.id == balance.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .outerjoin(tables.lot, tables.lot.c.id == balance.lot_id)
        .where(balance.quantity > 0)
    )
    if asked.customer is not None:
        query = query.where(party.c.code == asked.customer)
    if asked.search:
        pattern = contains(asked.search)
        names = (party.c.search_key, party.c.code, item.c.search_key, item.c.code)
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    return page_of(connection, query, asked, party.c.code, item.c.code, balance.id)


QUERIES: Final[tuple[Query, ...]] = (consigned_at_customers,)
