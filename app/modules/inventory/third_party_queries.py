"""Asks about goods of others in our places: whose they are, and where they stand."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, case, literal, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Sorted, Text, contains, page_of
from schemas.operational import inventory as tables
from schemas.operational import master_data

SUPPLIERS: Final = "supplier"
CUSTOMERS: Final = "customer"


class ThirdPartyStock(Sorted):
    """Whose goods: of one owner, or of all who are suppliers or customers."""

    owner: Text | None = None
    role: Text | None = None


@answers(ThirdPartyStock, permission="inventory.third_party.read")
def third_party_stock(connection: Connection, asked: ThirdPartyStock, _principal: Principal) -> list[dict[str, Any]]:
    """Goods that are not ours, by owner, item, place and lot; a supplier's are his consignment, others a customer's."""
    balance, owner, item, place = tables.stock_balance.c, master_data.party, master_data.item, master_data.location
    role = case((owner.c.is_supplier.is_(True), literal(SUPPLIERS)), else_=literal(CUSTOMERS))
    query: Any = (
        select(
            balance.id,
            balance.owner_id,
            owner.c.code.label("owner_code"),
            owner.c.name.label("owner_name"),
            role.label("owner_role"),
            balance.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            place.c.code.label("location_code"),
            tables.lot.c.code.label("lot_code"),
            tables.lot.c.expires_on,
            balance.status,
            balance.quantity,
            master_data.unit.c.code.label("unit_code"),
        )
        .join(owner, owner.c.id == balance.owner_id)
        .join(item, item.c.id == balance.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .join(place, place.c.id == balance.location_id)
        .outerjoin(tables.lot, tables.lot.c.id == balance.lot_id)
        .where(balance.owner_id != 0, balance.quantity > 0)
    )
    if asked.owner is not None:
        query = query.where(owner.c.code == asked.owner)
    if asked.role is not None:
        query = query.where(role == asked.role)
    if asked.search:
        pattern = contains(asked.search)
        names = (owner.c.search_key, owner.c.code, item.c.search_key, item.c.code)
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    return page_of(connection, query, asked, owner.c.code, item.c.code, place.c.code, balance.id)


QUERIES: Final[tuple[Query, ...]] = (third_party_stock,)
