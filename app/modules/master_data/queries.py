"""Asks about master data: items, parties, structures, and the short lists that forms offer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, or_, select

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
from app.modules.master_data.rules import instalments_in, phone_digits
from schemas.operational import master_data as tables

_READ: Final = "master_data.read"
_SHORTEST_PHONE: Final = 7
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


class PriceLines(Sorted):
    """Of which price list."""

    price_list: Text


class OneCalendar(Arguments):
    """Which calendar."""

    calendar: Text


class Steps(Sorted):
    """Of which item; of all where none is named."""

    item: Text | None = None


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
                *_by_phone(asked.search),
                tables.party.c.tax_number == asked.search,
            )
        )
    return page_of(connection, query, asked, tables.party.c.code)


def _by_phone(search: str) -> list[ColumnElement[bool]]:
    """The condition of a phone number as it was typed; none where the text is no number."""
    digits = phone_digits(search)
    if len(digits) < _SHORTEST_PHONE or any(sign.isalpha() for sign in search):
        return []
    return [tables.party.c.phone_digits == digits]


@answers(ById, permission=_READ)
def party_by_id(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """One party."""
    return rows_of(connection, _parties().where(tables.party.c.id == asked.id))


@answers(Nothing, permission=_READ)
def item_substitutes(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Which item may be sold instead of which, in the order in which they are offered."""
    row, item, substitute = tables.item_substitute, tables.item, tables.item.alias("substitute")
    query = (
        select(
            row.c.id,
            item.c.code.label("item"),
            item.c.name.label("item_name"),
            substitute.c.code.label("substitute"),
            substitute.c.name.label("substitute_name"),
            row.c.ratio,
            row.c.rank,
            row.c.valid_from,
            row.c.valid_to,
        )
        .join(item, item.c.id == row.c.item_id)
        .join(substitute, substitute.c.id == row.c.substitute_id)
        .order_by(item.c.code, row.c.rank, substitute.c.code)
    )
    return rows_of(connection, query)


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
    """Locations by code, with their site and what they lie within."""
    place, within, customer = tables.location, tables.location.alias("within"), tables.party.alias("customer")
    query = (
        select(
            *place.c,
            tables.site.c.code.label("site"),
            within.c.code.label("parent"),
            tables.party.c.code.label("supplier"),
            customer.c.code.label("customer"),
        )
        .outerjoin(tables.site, tables.site.c.id == place.c.site_id)
        .outerjoin(tables.party, tables.party.c.id == place.c.supplier_id)
        .outerjoin(customer, customer.c.id == place.c.customer_id)
        .outerjoin(within, within.c.id == place.c.parent_id)
        .where(place.c.active.is_(True))
    )
    if asked.kind is not None:
        query = query.where(place.c.kind == asked.kind)
    return rows_of(connection, query.order_by(place.c.code))


@answers(Nothing, permission=_READ)
def item_categories(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Item categories by code, with what they lie within."""
    category, within = tables.item_category, tables.item_category.alias("within")
    query = select(*category.c, within.c.code.label("parent")).outerjoin(within, within.c.id == category.c.parent_id)
    return rows_of(connection, query.order_by(category.c.code))


@answers(Nothing, permission=_READ)
def unit_conversions(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Unit conversions, those for all items first."""
    start, end, conversion = tables.unit.alias("start"), tables.unit.alias("end"), tables.unit_conversion
    query = (
        select(
            conversion.c.id,
            start.c.code.label("from_unit"),
            end.c.code.label("to_unit"),
            conversion.c.numerator,
            conversion.c.denominator,
            tables.item.c.code.label("item"),
        )
        .join(start, start.c.id == conversion.c.from_unit_id)
        .join(end, end.c.id == conversion.c.to_unit_id)
        .outerjoin(tables.item, tables.item.c.id == conversion.c.item_id)
        .order_by(tables.item.c.code.is_not(None), tables.item.c.code, start.c.code, end.c.code)
    )
    return rows_of(connection, query)


@answers(PriceLines, permission=_READ)
def price_list_lines(connection: Connection, asked: PriceLines, _principal: Principal) -> list[dict[str, Any]]:
    """The prices of a price list, by item, quantity and day."""
    line = tables.price_list_line
    query = (
        select(*line.c, tables.item.c.code.label("item"), tables.item.c.name.label("item_name"))
        .join(tables.item, tables.item.c.id == line.c.item_id)
        .join(tables.price_list, tables.price_list.c.id == line.c.price_list_id)
        .where(tables.price_list.c.code == asked.price_list)
    )
    if asked.search:
        query = query.where(tables.item.c.code.ilike(contains(asked.search), escape="\\"))
    return page_of(connection, query, asked, tables.item.c.code, line.c.from_quantity, line.c.valid_from)


def _supplier_items() -> Any:
    terms, supplier = tables.supplier_item, tables.party
    return (
        select(
            *terms.c,
            tables.item.c.code.label("item"),
            tables.item.c.name.label("item_name"),
            tables.item.c.name_zh.label("item_name_zh"),
            supplier.c.code.label("supplier"),
            supplier.c.name.label("supplier_name"),
        )
        .join(tables.item, tables.item.c.id == terms.c.item_id)
        .join(supplier, supplier.c.id == terms.c.supplier_id)
    )


@answers(Sorted, permission="purchasing.read")
def supplier_items(connection: Connection, asked: Sorted, _principal: Principal) -> list[dict[str, Any]]:
    """Suppliers' terms by item and priority, found by item or supplier."""
    query = _supplier_items()
    if asked.search:
        pattern = contains(asked.search)
        places = (tables.item.c.code, tables.item.c.search_key, tables.party.c.code, tables.party.c.search_key)
        query = query.where(or_(*(place.ilike(pattern, escape="\\") for place in places)))
    return page_of(connection, query, asked, tables.item.c.code, tables.supplier_item.c.priority)


@answers(ById, permission="purchasing.read")
def supplier_item_by_id(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """One supplier's terms for one item."""
    return rows_of(connection, _supplier_items().where(tables.supplier_item.c.id == asked.id))


@answers(ById, permission="purchasing.read")
def supplier_item_prices(connection: Connection, asked: ById, _principal: Principal) -> list[dict[str, Any]]:
    """The prices of one supplier for one item, by quantity and day."""
    price = tables.price_break
    query = select(*price.c).where(price.c.supplier_item_id == asked.id)
    return rows_of(connection, query.order_by(price.c.from_quantity, price.c.valid_from))


@answers(Nothing, permission=_READ)
def payment_terms(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Payment terms by code, with their instalments and the shares of these as people write them."""
    rows = rows_of(connection, select(*tables.payment_term.c).order_by(tables.payment_term.c.code))
    for row in rows:
        parts = instalments_in(row["instalments"])
        row["instalments"] = [asdict(part) for part in parts]
        row["shares"] = " + ".join(f"{(part.share * 100).normalize():f}%" for part in parts)
    return rows


@answers(Nothing, permission=_READ)
def calendars(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Working calendars by code, with the hours of each weekday as people write them."""
    rows = rows_of(connection, select(*tables.calendar.c).order_by(tables.calendar.c.code))
    for row in rows:
        hours = json.loads(row["weekly_hours"])
        row |= {day: ", ".join("-".join(span) for span in hours.get(day, [])) for day in _WEEK}
    return rows


@answers(OneCalendar, permission=_READ)
def calendar_exceptions(connection: Connection, asked: OneCalendar, _principal: Principal) -> list[dict[str, Any]]:
    """The days of a calendar that are not as its weekday says."""
    day = tables.calendar_exception
    query = select(*day.c).join(tables.calendar, tables.calendar.c.id == day.c.calendar_id)
    return rows_of(connection, query.where(tables.calendar.c.code == asked.calendar).order_by(day.c.on_date))


@answers(Nothing, permission=_READ)
def work_centers(connection: Connection, _asked: Nothing, principal: Principal) -> list[dict[str, Any]]:
    """Work centres by code, with their site and calendar."""
    center = tables.work_center
    query = (
        select(*center.c, tables.site.c.code.label("site"), tables.calendar.c.code.label("calendar"))
        .outerjoin(tables.site, tables.site.c.id == center.c.site_id)
        .outerjoin(tables.calendar, tables.calendar.c.id == center.c.calendar_id)
    )
    return without_cost(rows_of(connection, query.order_by(center.c.code)), principal, "cost_per_hour")


@answers(Steps, permission=_READ)
def routing_steps(connection: Connection, asked: Steps, _principal: Principal) -> list[dict[str, Any]]:
    """The operations by which items are made, by item, operation and priority."""
    step = tables.routing_operation
    query = (
        select(
            *step.c,
            tables.item.c.code.label("item"),
            tables.item.c.name.label("item_name"),
            tables.item.c.name_zh.label("item_name_zh"),
            tables.work_center.c.code.label("work_center"),
        )
        .join(tables.item, tables.item.c.id == step.c.item_id)
        .join(tables.work_center, tables.work_center.c.id == step.c.work_center_id)
    )
    if asked.item is not None:
        query = query.where(tables.item.c.code == asked.item)
    if asked.search:
        pattern = contains(asked.search)
        places = (tables.item.c.code, tables.item.c.search_key, tables.work_center.c.code)
        query = query.where(or_(*(place.ilike(pattern, escape="\\") for place in places)))
    return page_of(connection, query, asked, tables.item.c.code, step.c.operation, step.c.priority)


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
    item_categories,
    item_substitutes,
    unit_conversions,
    price_list_lines,
    supplier_items,
    supplier_item_by_id,
    supplier_item_prices,
    payment_terms,
    calendars,
    calendar_exceptions,
    work_centers,
    routing_steps,
    _short_list("units", tables.unit),
    _short_list("tax_codes", tables.tax_code),
    _short_list("price_lists", tables.price_list),
    _short_list("sites", tables.site),
)
