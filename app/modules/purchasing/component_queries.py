"""Asks about components at suppliers: what an order takes, what receipts used beyond the bill of material, what lies where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, Sorted, Text, contains, page_of, rows_of, without_cost
from app.modules.inventory.queries import can_be_taken
from schemas.operational import inventory, master_data
from schemas.operational import purchasing as tables
from schemas.operational.documents import document, document_line
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import StockStatus

_READ: Final = "purchasing.receipt.read"
_ITEM: Final = master_data.item


class Shortages(Sorted):
    """At which supplier; at all where none is named."""

    supplier: Text | None = None


def _named() -> tuple[Any, ...]:
    return (
        _ITEM.c.code.label("item_code"),
        _ITEM.c.name.label("item_name"),
        _ITEM.c.name_zh.label("item_name_zh"),
        master_data.unit.c.code.label("unit_code"),
    )


@answers(OneDocument, permission=_READ)
def order_components(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The components of a purchase order: required, due by what was received, used, used beyond it, and at the supplier's."""
    component, line = tables.subcontract_component.c, document_line.c
    query = (
        select(
            line.line,
            component.item_id,
            *_named(),
            component.needed_on,
            component.required_quantity,
            component.expected_quantity,
            component.consumed_quantity,
            document.c.party_id,
        )
        .join(document_line, line.id == component.order_line_id)
        .join(document, document.c.id == line.document_id)
        .join(_ITEM, _ITEM.c.id == component.item_id)
        .join(master_data.unit, master_data.unit.c.id == _ITEM.c.unit_id)
        .where(line.document_id == asked.document)
        .order_by(line.line, component.id)
    )
    rows = rows_of(connection, query)
    standing = _standing(connection, {row["item_id"] for row in rows}) if rows else {}
    for row in rows:
        kept = row["consumed_quantity"] - row["expected_quantity"]
        row["over_quantity"] = max(kept, ZERO)
        row["at_supplier"] = standing.get((row.pop("party_id"), row["item_id"]), ZERO)
    return rows


def _standing(connection: Connection, items: set[int]) -> dict[tuple[int, int], Decimal]:
    """What stands at suppliers' places, by supplier and item."""
    balance, place = inventory.stock_balance.c, master_data.location.c
    query = (
        select(place.supplier_id, balance.item_id, func.sum(balance.quantity))
        .join(master_data.location, place.id == balance.location_id)
        .where(balance.status == StockStatus.PROVIDED.value, balance.item_id.in_(items))
        .group_by(place.supplier_id, balance.item_id)
    )
    return {(supplier, item): quantity for supplier, item, quantity in connection.execute(query)}


@answers(Shortages, permission=_READ)
def components_at_suppliers(connection: Connection, asked: Shortages, _principal: Principal) -> list[dict[str, Any]]:
    """Components by supplier: what his open orders take, what stands at his place, what he lacks, and what of that is free here."""
    component, line, party = tables.subcontract_component.c, document_line.c, master_data.party
    needed = (
        select(
            document.c.party_id.label("supplier_id"),
            component.item_id,
            (func.sum(component.required_quantity) - func.sum(component.expected_quantity)).label("needed"),
            func.min(component.needed_on).label("needed_on"),
        )
        .join(document_line, line.id == component.order_line_id)
        .join(document, document.c.id == line.document_id)
        .where(
            document.c.state == "confirmed",
            line.closed.is_(False),
            component.required_quantity > component.expected_quantity,
        )
        .group_by(document.c.party_id, component.item_id)
        .subquery()
    )
    balance, place = inventory.stock_balance.c, master_data.location.c
    standing = (
        select(place.supplier_id, balance.item_id, func.sum(balance.quantity).label("standing"))
        .join(master_data.location, place.id == balance.location_id)
        .where(place.supplier_id.is_not(None), balance.quantity > 0)
        .group_by(place.supplier_id, balance.item_id)
        .subquery()
    )
    pairs = select(needed.c.supplier_id, needed.c.item_id).union(select(standing.c.supplier_id, standing.c.item_id))
    pair = pairs.subquery()
    free = (
        select(balance.item_id, (func.sum(balance.quantity) - func.sum(balance.reserved)).label("free"))
        .join(master_data.location, place.id == balance.location_id)
        .where(can_be_taken())
        .group_by(balance.item_id)
        .subquery()
    )
    query: Any = (
        select(
            pair.c.supplier_id,
            party.c.code.label("supplier_code"),
            party.c.name.label("supplier_name"),
            pair.c.item_id,
            *_named(),
            needed.c.needed_on,
            needed.c.needed.label("needed_quantity"),
            standing.c.standing.label("at_supplier"),
            free.c.free.label("free_quantity"),
        )
        .join(party, party.c.id == pair.c.supplier_id)
        .join(_ITEM, _ITEM.c.id == pair.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == _ITEM.c.unit_id)
        .outerjoin(needed, (needed.c.supplier_id == pair.c.supplier_id) & (needed.c.item_id == pair.c.item_id))
        .outerjoin(standing, (standing.c.supplier_id == pair.c.supplier_id) & (standing.c.item_id == pair.c.item_id))
        .outerjoin(free, free.c.item_id == pair.c.item_id)
    )
    if asked.supplier is not None:
        query = query.where(party.c.code == asked.supplier)
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            party.c.search_key.ilike(pattern, escape="\\")
            | _ITEM.c.search_key.ilike(pattern, escape="\\")
            | _ITEM.c.code.ilike(pattern, escape="\\")
        )
    rows = page_of(connection, query, asked, party.c.code, _ITEM.c.code)
    for row in rows:
        for name in ("needed_quantity", "at_supplier", "free_quantity"):
            row[name] = row[name] or ZERO
        row["missing_quantity"] = max(row["needed_quantity"] - row["at_supplier"], ZERO)
    return rows


@answers(OneDocument, permission=_READ)
def components_used(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """What a goods receipt used of components by lot, against the bill of material; a return gives back, which is negative."""
    use, line = tables.component_use.c, document_line.c
    component, lot = tables.subcontract_component, inventory.lot
    query = (
        select(
            line.line,
            component.c.item_id,
            *_named(),
            lot.c.code.label("lot_code"),
            use.expected_quantity,
            use.quantity,
            use.value,
        )
        .join(document_line, line.id == use.document_line_id)
        .join(component, component.c.id == use.component_id)
        .join(_ITEM, _ITEM.c.id == component.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == _ITEM.c.unit_id)
        .outerjoin(lot, lot.c.id == use.lot_id)
        .where(line.document_id == asked.document)
        .order_by(line.line, use.id)
    )
    return without_cost(rows_of(connection, query), principal, "value")


QUERIES: Final[tuple[Query, ...]] = (order_components, components_at_suppliers, components_used)
