"""Asks about places: how full each is, what stands in one with all that is within it, where goods would be put, and the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, Row, case, func, literal, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Paged, Text, contains, rows_of
from app.kernel.errors import Refused
from app.modules.inventory.count_plan import places_within
from app.modules.inventory.picking_order import strategy_of
from app.modules.inventory.put_away import Contents, fill_grade, places_for, rule_of, shared_out
from schemas.commands.base import Quantity
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind, PickingStrategy

_READ: Final = "inventory.read"


class PlaceMap(Arguments):
    """Of which place and all that is within it; without one, all storage places."""

    location: Text | None = None


class PlaceStock(Paged):
    """What stands in which place and all that is within it."""

    location: Text


class Arrival(Arguments):
    """What arrives, and how much of it."""

    item: Text
    quantity: Quantity
    limit: Annotated[int, Field(ge=1, le=1000)] = 20


def picking_strategies(connection: Connection, item_ids: Iterable[int]) -> dict[int, PickingStrategy]:
    """How each of some items is picked, by id."""
    above = _categories(connection)
    items = connection.execute(select(*master_data.item.c).where(master_data.item.c.id.in_(set(item_ids))))
    return {row.id: strategy_of(row, _chain(above, row.category_id)) for row in items}


def own_places(connection: Connection, item_ids: Iterable[int]) -> dict[int, int | None]:
    """The place of its own that each of some items may have, by id."""
    item = master_data.item.c
    found = connection.execute(select(item.id, item.fixed_location_id).where(item.id.in_(set(item_ids))))
    return {row.id: row.fixed_location_id for row in found}


def _categories(connection: Connection) -> dict[int, Row[Any]]:
    return {row.id: row for row in connection.execute(select(*master_data.item_category.c))}


def _chain(categories: Mapping[int, Row[Any]], nearest: int) -> list[Row[Any]]:
    """A category and those above it, the nearest first."""
    found: list[Row[Any]] = []
    above: int | None = nearest
    while above is not None and all(row.id != above for row in found):
        found.append(categories[above])
        above = found[-1].parent_id
    return found


def _place_id(connection: Connection, code: str) -> int:
    found = connection.execute(select(master_data.location.c.id).where(master_data.location.c.code == code)).scalar()
    if found is None:
        raise Refused("code_unknown", field="location", what="location", code=code)
    return found


def _standing(connection: Connection) -> dict[int, Contents]:
    """What stands in each place."""
    balance, item = tables.stock_balance, master_data.item
    query = (
        select(
            balance.c.location_id,
            balance.c.item_id,
            item.c.weight_kg,
            item.c.volume_m3,
            func.sum(balance.c.quantity).label("quantity"),
        )
        .join(item, item.c.id == balance.c.item_id)
        .where(balance.c.quantity > ZERO)
        .group_by(balance.c.location_id, balance.c.item_id, item.c.weight_kg, item.c.volume_m3)
    )
    contents: dict[int, Contents] = defaultdict(Contents)
    for row in connection.execute(query):
        contents[row.location_id].add(row.item_id, row, row.quantity)
    return contents


@answers(PlaceMap, permission=_READ)
def place_map(connection: Connection, asked: PlaceMap, _principal: Principal) -> list[dict[str, Any]]:
    """Storage places in walking order with what stands in each directly, its capacities, and how full it is; 1 is full."""
    within = places_within(connection, _place_id(connection, asked.location)) if asked.location is not None else None
    place, above = master_data.location, master_data.location.alias("above")
    query = (
        select(*place.c, above.c.code.label("parent"))
        .outerjoin(above, above.c.id == place.c.parent_id)
        .where(place.c.kind == LocationKind.STORAGE.value, place.c.active.is_(True))
        .order_by(place.c.walk_sequence.is_(None), place.c.walk_sequence, place.c.code)
    )
    contents, nothing = _standing(connection), Contents()
    rows = []
    for row in connection.execute(query):
        if within is not None and row.id not in within:
            continue
        held = contents.get(row.id, nothing)
        rows.append(
            {
                "id": row.id,
                "code": row.code,
                "name": row.name,
                "parent": row.parent,
                "place_type": row.place_type,
                "storage_class": row.storage_class,
                "blocked": row.blocked,
                "receiving": row.receiving,
                "walk_sequence": row.walk_sequence,
                "item_count": len(held.items),
                "quantity": held.amounts["capacity_quantity"],
                "weight_kg": held.amounts["capacity_weight_kg"],
                "volume_m3": held.amounts["capacity_volume_m3"],
                "capacity_quantity": row.capacity_quantity,
                "capacity_weight_kg": row.capacity_weight_kg,
                "capacity_volume_m3": row.capacity_volume_m3,
                "fill_grade": fill_grade(row, held),
            }
        )
    return rows


@answers(PlaceStock, permission=_READ)
def stock_of_place(connection: Connection, asked: PlaceStock, _principal: Principal) -> list[dict[str, Any]]:
    """What stands in a place and all that is within it, by item: in all, reserved, and how much of it is not ours."""
    balance, item, place = tables.stock_balance, master_data.item, master_data.location
    within = places_within(connection, _place_id(connection, asked.location))
    none_of_it = literal(ZERO, balance.c.quantity.type)
    query = (
        select(
            item.c.id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            func.count(balance.c.location_id.distinct()).label("place_count"),
            func.sum(balance.c.quantity).label("quantity"),
            func.sum(balance.c.reserved).label("reserved"),
            func.sum(case((balance.c.owner_id != 0, balance.c.quantity), else_=none_of_it)).label("others_quantity"),
            master_data.unit.c.code.label("unit_code"),
        )
        .join(item, item.c.id == balance.c.item_id)
        .join(place, place.c.id == balance.c.location_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .where(balance.c.location_id.in_(sorted(within)), balance.c.quantity > ZERO)
        .group_by(item.c.id, item.c.code, item.c.name, item.c.name_zh, master_data.unit.c.code)
        .order_by(item.c.code)
    )
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(or_(item.c.code.ilike(pattern, escape="\\"), item.c.search_key.ilike(pattern, escape="\\")))
    return rows_of(connection, query.limit(asked.limit).offset(asked.offset))


@answers(Arrival, permission=_READ)
def put_away_places(connection: Connection, asked: Arrival, _principal: Principal) -> list[dict[str, Any]]:
    """Where what arrives would be put by its rule, with the part of each place, the best first.

    Where places take the whole, all of them are told and the first is proposed; else those over which it is shared out.
    """
    item = connection.execute(
        select(*master_data.item.c, master_data.unit.c.decimals)
        .join(master_data.unit, master_data.unit.c.id == master_data.item.c.unit_id)
        .where(master_data.item.c.code == asked.item)
    ).first()
    if item is None:
        raise Refused("code_unknown", field="item", what="item", code=asked.item)
    rule = rule_of(item, _chain(_categories(connection), item.category_id))
    places = list(connection.execute(select(*master_data.location.c)))
    within = {place.parent_id for place in places}
    contents, nothing = _standing(connection), Contents()
    bins = [place for place in places if place.id not in within]
    arriving = (rule, item.id, item, asked.quantity, bins, contents)
    proposed = shared_out(*arriving, decimals=item.decimals) if rule.put_away_strategy is not None else []
    parts = {place.id: part for place, part in proposed}
    found = places_for(*arriving) or [place for place in bins if place.id in parts]
    order = {place_id: number for number, place_id in enumerate(parts)}
    return [
        {
            "id": place.id,
            "code": place.code,
            "name": place.name,
            "strategy": rule.put_away_strategy,
            "proposed_quantity": parts.get(place.id, ZERO),
            "item_quantity": contents.get(place.id, nothing).items.get(item.id, ZERO),
            "quantity": contents.get(place.id, nothing).amounts["capacity_quantity"],
            "fill_grade": fill_grade(place, contents.get(place.id, nothing)),
        }
        for place in sorted(found, key=lambda place: order.get(place.id, len(order)))[: asked.limit]
    ]


@answers(Paged, permission=_READ)
def to_put_away(connection: Connection, asked: Paged, _principal: Principal) -> list[dict[str, Any]]:
    """What was received and waits to be put away, what came first before the rest, each with the place that its rule proposes.

    What is proposed for one takes the room from those after it; where no place takes all of it, the first of those that share it.
    """
    balance, item, place, lot = tables.stock_balance, master_data.item, master_data.location, tables.lot
    move, owner = tables.stock_move, master_data.party
    came = (
        select(func.max(move.c.posted_on))
        .where(
            move.c.item_id == balance.c.item_id,
            move.c.to_location_id == balance.c.location_id,
            move.c.lot_id == balance.c.lot_id,
            move.c.owner_id == balance.c.owner_id,
        )
        .scalar_subquery()
        .label("came_on")
    )
    query = (
        select(
            balance.c.id,
            balance.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            place.c.code.label("location_code"),
            lot.c.code.label("lot_code"),
            item.c.serial_tracked,
            owner.c.code.label("owner_code"),
            balance.c.status,
            balance.c.quantity,
            master_data.unit.c.code.label("unit_code"),
            came,
        )
        .join(item, item.c.id == balance.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .join(place, place.c.id == balance.c.location_id)
        .outerjoin(lot, lot.c.id == balance.c.lot_id)
        .outerjoin(owner, owner.c.id == balance.c.owner_id)
        .where(place.c.receiving.is_(True), balance.c.quantity > ZERO)
        .order_by(came, item.c.code, balance.c.id)
    )
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(or_(item.c.code.ilike(pattern, escape="\\"), item.c.search_key.ilike(pattern, escape="\\")))
    rows = rows_of(connection, query.limit(asked.limit).offset(asked.offset))
    proposals = _proposals(connection, rows)
    for row, proposed in zip(rows, proposals, strict=True):
        row["proposed_location"] = proposed[0].code if proposed else None
        row["proposed_quantity"] = proposed[1] if proposed else None
    return rows


def _proposals(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[tuple[Row[Any], Any] | None]:
    """The best place and the part that it takes for each of some goods, one after another; None where no rule or no room is."""
    wanted = list(rows)
    item, unit = master_data.item, master_data.unit
    named = connection.execute(
        select(*item.c, unit.c.decimals)
        .join(unit, unit.c.id == item.c.unit_id)
        .where(item.c.id.in_({row["item_id"] for row in wanted}))
    )
    items = {row.id: row for row in named}
    categories, contents = _categories(connection), _standing(connection)
    places = list(connection.execute(select(*master_data.location.c)))
    within = {place.parent_id for place in places}
    bins = [place for place in places if place.id not in within]
    found: list[tuple[Row[Any], Any] | None] = []
    for row in wanted:
        goods = items[row["item_id"]]
        rule = rule_of(goods, _chain(categories, goods.category_id))
        arriving = (rule, goods.id, goods, row["quantity"], bins, contents)
        parts = shared_out(*arriving, decimals=goods.decimals) if rule.put_away_strategy is not None else []
        for place, part in parts[:1]:
            contents[place.id].add(goods.id, goods, part)
        found.append(parts[0] if parts else None)
    return found


@answers(Arguments, permission="master_data.read")
def storage_rules(connection: Connection, _asked: Arguments, _principal: Principal) -> list[dict[str, Any]]:
    """What is said of how items and categories are stored and picked; a category before the items, each by its code."""
    category, item, place = master_data.item_category, master_data.item, master_data.location
    said = ("storage_class", "picking_strategy", "put_away_strategy")
    of_category = select(category.c.code.label("category"), *(category.c[name] for name in said)).where(
        or_(*(category.c[name].is_not(None) for name in said))
    )
    of_item = (
        select(item.c.code.label("item"), *(item.c[name] for name in said), place.c.code.label("fixed_location"))
        .outerjoin(place, place.c.id == item.c.fixed_location_id)
        .where(or_(*(item.c[name].is_not(None) for name in said)))
    )
    empty: dict[str, Any] = {"category": None, "item": None, "fixed_location": None}
    rows = [
        *rows_of(connection, of_category.order_by(category.c.code)),
        *rows_of(connection, of_item.order_by(item.c.code)),
    ]
    for row in rows:
        what = "item" if "item" in row else "category"
        row.update({**empty, **row, "code": row[what], "key": f"{what} {row[what]}"})
    return rows


QUERIES: Final[tuple[Query, ...]] = (place_map, stock_of_place, put_away_places, to_put_away, storage_rules)
