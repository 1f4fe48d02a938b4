"""Asks about master data: items, parties, structures, and the short lists that forms offer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import Connection, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import (
    COST,
    Arguments,
    Nothing,
    Sorted,
    Text,
    contains,
    page_of,
    rows_of,
    without_cost,
)
from schemas.operational import master_data as tables

_READ: Final = "master_data.read"


class ItemList(Sorted):
    """Which items to list."""

    source: Literal["make", "buy"] | None = None
    category: Text | None = None
    active: bool | None = True


class PartyList(Sorted):
    """Which parties to list."""

    role: Literal["customer", "supplier"] | None = None
    active: bool | None = True


class ByCode(Arguments):
    """One thing by its code."""

    code: Annotated[str, Field(min_length=1, max_length=64)]


class ById(Arguments):
    """One thing by its id."""

    id: int


class LocationList(Arguments):
    """Which locations to list."""

    kind: Text | None = None


def _items() -> Any:
    return (
        select(
            *tables.item.c,
            tables.unit.c.code.label("unit_code"),
            tables.item_category.c.code.label("category_code"),
            tables.item_category.c.name.label("category_name"),
            tables.tax_code.c.code.label("tax_code"),
        )
        .join(tables.unit, tables.unit.c.id == tables.item.c.unit_id)
        .join(tables.item_category, tables.item_category.c.id == tables.item.c.category_id)
        .outerjoin(tables.tax_code, tables.tax_code.c.id == tables.item.c.tax_code_id)
    )


@answers(ItemList, permission=_READ)
def items(connection: Connection, asked: ItemList, principal: Principal) -> list[dict[str, Any]]:
    """Items by code, found by code, name, pinyin initials or barcode."""
    query = _items()
    if asked.active is not None:
        query = query.where(tables.item.c.active.is_(asked.active))
    if asked.source is not None:
        query = query.where(tables.item.c.source == asked.source)
    if asked.category is not None:
        query = query.where(tables.item_category.c.code == asked.category)
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            or_(
                tables.item.c.code.ilike(pattern, escape="\\"),
                tables.item.c.search_key.ilike(pattern, escape="\\"),
                tables.item.c.name.ilike(pattern, escape="\\"),
                tables.item.c.name_zh.ilike(pattern, escape="\\"),
                tables.item.c.barcode == asked.search,
            )
        )
    if asked.sort.removeprefix("-") == "standard_cost":
        principal.demand(COST)  # The order of hidden numbers tells them.
    return without_cost(page_of(connection, query, asked, tables.item.c.code), principal, "standard_cost")


@answers(ById, permission=_READ)
def item_by_id(connection: Connection, asked: ById, principal: Principal) -> list[dict[str, Any]]:
    """One item."""
    return without_cost(rows_of(connection, _items().where(tables.item.c.id == asked.id)), principal, "standard_cost")


def _parties() -> Any:
    return (
        select(
            *tables.party.c,
            tables.payment_term.c.code.label("payment_term"),
            tables.price_list.c.code.label("price_list"),
            tables.tax_code.c.code.label("tax_code"),
        )
        .outerjoin(tables.payment_term, tables.payment_term.c.id == tables.party.c.payment_term_id)
        .outerjoin(tables.price_list, tables.price_list.c.id == tables.party.c.price_list_id)
        .outerjoin(tables.tax_code, tables.tax_code.c.id == tables.party.c.tax_code_id)
    )


@answers(PartyList, permission=_READ)
def parties(connection: Connection, asked: PartyList, _principal: Principal) -> list[dict[str, Any]]:
    """Customers and suppliers by code, found by code, name, pinyin initials, phone or tax number."""
    query = _parties()
    if asked.active is not None:
        query = query.where(tables.party.c.active.is_(asked.active))
    if asked.role is not None:
        query = query.where(
            (tables.party.c.is_customer if asked.role == "customer" else tables.party.c.is_supplier).is_(True)
        )
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            or_(
                tables.party.c.code.ilike(pattern, escape="\\"),
                tables.party.c.name.ilike(pattern, escape="\\"),
                tables.party.c.search_key.ilike(pattern, escape="\\"),
                tables.party.c.phone == asked.search,
                tables.party.c.tax_number == asked.search,
            )
        )
    return page_of(connection, query, asked, tables.party.c.code)


@answers(ById, permission=_READ)
def party_by_id(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """One party."""
    return rows_of(connection, _parties().where(tables.party.c.id == asked.id))


@answers(Sorted, permission=_READ)
def boms(connection: Connection, asked: Sorted, _principal: Principal) -> list[dict[str, Any]]:
    """Bill of material revisions by parent item."""
    query = select(
        *tables.bom.c,
        tables.item.c.code.label("item_code"),
        tables.item.c.name.label("item_name"),
        tables.item.c.name_zh.label("item_name_zh"),
    ).join(tables.item, tables.item.c.id == tables.bom.c.item_id)
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            or_(tables.item.c.code.ilike(pattern, escape="\\"), tables.item.c.search_key.ilike(pattern, escape="\\"))
        )
    return page_of(connection, query, asked, tables.item.c.code, tables.bom.c.effective_from.desc())


@answers(ById, permission=_READ)
def bom_by_id(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """One bill of material revision."""
    query = (
        select(
            *tables.bom.c,
            tables.item.c.code.label("item_code"),
            tables.item.c.name.label("item_name"),
            tables.item.c.name_zh.label("item_name_zh"),
        )
        .join(tables.item, tables.item.c.id == tables.bom.c.item_id)
        .where(tables.bom.c.id == asked.id)
    )
    return rows_of(connection, query)


@answers(ById, permission=_READ)
def bom_components(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """The components of a bill of material revision."""
    query = (
        select(
            *tables.bom_line.c,
            tables.item.c.code.label("component_code"),
            tables.item.c.name.label("component_name"),
            tables.item.c.name_zh.label("component_name_zh"),
            tables.unit.c.code.label("unit_code"),
        )
        .join(tables.item, tables.item.c.id == tables.bom_line.c.component_id)
        .join(tables.unit, tables.unit.c.id == tables.item.c.unit_id)
        .where(tables.bom_line.c.bom_id == asked.id)
        .order_by(tables.bom_line.c.line)
    )
    return rows_of(connection, query)


@answers(LocationList, permission=_READ)
def locations(connection: Connection, asked: LocationList, _principal: Principal) -> list[dict[str, Any]]:
    """Locations by code."""
    query = select(*tables.location.c).where(tables.location.c.active.is_(True))
    if asked.kind is not None:
        query = query.where(tables.location.c.kind == asked.kind)
    return rows_of(connection, query.order_by(tables.location.c.code))


def _short_list(name: str, table: Any) -> Query:
    def listed(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
        return rows_of(connection, select(*table.c).order_by(table.c.code))

    listed.__name__ = name
    listed.__doc__ = f"{name.replace('_', ' ').capitalize()} by code."
    return answers(Nothing, permission=_READ)(listed)


QUERIES: Final[tuple[Query, ...]] = (
    items,
    item_by_id,
    parties,
    party_by_id,
    boms,
    bom_by_id,
    bom_components,
    locations,
    _short_list("units", tables.unit),
    _short_list("item_categories", tables.item_category),
    _short_list("tax_codes", tables.tax_code),
    _short_list("payment_terms", tables.payment_term),
    _short_list("price_lists", tables.price_list),
    _short_list("work_centers", tables.work_center),
    _short_list("sites", tables.site),
)
