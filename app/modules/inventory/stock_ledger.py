"""Asks the stock ledger about the past: what stock was worth on any day, the card of an item, and how old the stock is.

A past day is reached from the nearest figure that is known: what the last locked period ended with, or what there is now. Age is
told by receipt: by FIFO layer where the item is valued so, else by lot, else by the latest receipts that make up what is on hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, and_, case, exists, func, literal, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import (
    Arguments,
    Paged,
    Sorted,
    Text,
    contains,
    page_of,
    rows_of,
    without_cost,
)
from app.kernel.errors import Refused
from app.modules.inventory.period_stock import locked_before, stock_after, stock_before
from schemas.operational import documents, kernel, master_data
from schemas.operational import inventory as tables
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded
from schemas.vocabulary.places import STOCKED_KINDS

_READ: Final = "inventory.read"
AGES: Final = (30, 60, 90, 180, 365)
"""The last day of each class of age but the open one, in days since receipt."""
_LOOKED_BACK: Final = (60, 365)


class StockOnDay(Sorted):
    """The stock of which day."""

    on: date


class StockCard(Arguments):
    """Of which item, and of it only which place, lot, owner and days; the latest moves come first. Without an owner it is ours."""

    item: Text
    location: Text | None = None
    lot: Text | None = None
    owner: Text | None = None
    from_on: date | None = None
    to_on: date | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class StockAgeing(Paged):
    """The age of the present stock, counted to which day."""

    on: date


@answers(StockOnDay, permission="inventory.cost.read")
def stock_value_on(connection: Connection, asked: StockOnDay, _principal: Principal) -> list[dict[str, Any]]:
    """Quantity and value of each item's stock at the end of a day."""
    item, category, unit = master_data.item, master_data.item_category, master_data.unit
    stock = _stock_of_day(connection, asked.on).subquery()
    query = (
        select(
            item.c.id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            category.c.code.label("category_code"),
            unit.c.code.label("unit_code"),
            stock.c.quantity,
            stock.c.value,
        )
        .select_from(stock)
        .join(item, item.c.id == stock.c.item_id)
        .join(category, category.c.id == item.c.category_id)
        .join(unit, unit.c.id == item.c.unit_id)
    )
    rows = page_of(connection, _named(query, asked.search), asked, item.c.code)
    for row in rows:
        row["unit_cost"] = rounded(row["value"] / row["quantity"], RATE_DECIMALS) if row["quantity"] else None
    return rows


def _stock_of_day(connection: Connection, on: date) -> Any:
    """From the nearest figure that is known: fewest days of moves are added."""
    kept = locked_before(connection, on + timedelta(days=1))
    last = connection.execute(select(func.max(tables.stock_move.c.posted_on))).scalar()
    if last is None or on >= last or (kept is not None and last - on < on - kept[2]):
        return stock_before(on)
    return stock_before(on) if kept is None else stock_after(kept, kept[2], on)


def _named(query: Any, search: str) -> Any:
    if not search:
        return query
    pattern = contains(search)
    item = master_data.item
    return query.where(or_(item.c.code.ilike(pattern, escape="\\"), item.c.search_key.ilike(pattern, escape="\\")))


def _need_id(connection: Connection, table: Any, code: str, what: str) -> int:
    found = connection.execute(select(table.c.id).where(table.c.code == code)).scalar()
    if found is None:
        raise Refused("code_unknown", field=what, what=what, code=code)
    return found


@answers(StockCard, permission=_READ)
def stock_card(connection: Connection, asked: StockCard, principal: Principal) -> list[dict[str, Any]]:
    """The moves of an item with the balance of quantity and value after each; of a place, lot or other owner, of quantity alone."""
    item_id = _need_id(connection, master_data.item, asked.item, "item")
    move, document = tables.stock_move, documents.document
    start, end = master_data.location.alias("start"), master_data.location.alias("end")
    card = _balances(connection, asked, item_id)
    ordered = (
        select(card)
        .where(*(card.c.posted_on >= day for day in [asked.from_on] if day))
        .order_by(card.c.posted_on.desc(), card.c.id.desc())
        .limit(asked.limit)
        .offset(asked.offset)
        .subquery()
    )
    query = (
        select(
            ordered,
            document.c.id.label("document_id"),
            document.c.number,
            document.c.kind,
            master_data.party.c.name.label("party_name"),
            start.c.code.label("from_location"),
            end.c.code.label("to_location"),
            tables.lot.c.code.label("lot_code"),
            move.c.quantity,
        )
        .select_from(ordered)
        .join(move, move.c.id == ordered.c.id)
        .join(document, document.c.id == move.c.document_id)
        .outerjoin(master_data.party, master_data.party.c.id == document.c.party_id)
        .join(start, start.c.id == move.c.from_location_id)
        .join(end, end.c.id == move.c.to_location_id)
        .outerjoin(tables.lot, tables.lot.c.id == move.c.lot_id)
        .order_by(ordered.c.posted_on.desc(), ordered.c.id.desc())
    )
    rows = rows_of(connection, query)
    if asked.location is not None or asked.lot is not None or asked.owner is not None:
        rows = [{**row, "value": None, "value_balance": None} for row in rows]
    return without_cost(without_cost(rows, principal, "value"), principal, "value_balance")


def _balances(connection: Connection, asked: StockCard, item_id: int) -> Any:
    """Every move of the card with what it changes and the sums until it, in the order of days and of booking."""
    move = tables.stock_move
    start, end = master_data.location.alias("begin"), master_data.location.alias("finish")
    nothing = literal(ZERO, move.c.quantity.type)
    owner_id = 0 if asked.owner is None else _need_id(connection, master_data.party, asked.owner, "party")
    wanted = [
        move.c.item_id == item_id,
        move.c.owner_id == owner_id,
        *(move.c.posted_on <= day for day in [asked.to_on] if day),
    ]
    comes, leaves = end.c.kind.in_(STOCKED_KINDS), start.c.kind.in_(STOCKED_KINDS)
    if asked.location is not None:
        place = _need_id(connection, master_data.location, asked.location, "location")
        comes, leaves = move.c.to_location_id == place, move.c.from_location_id == place
        wanted.append(or_(comes, leaves))
    if asked.lot is not None:
        wanted.append(move.c.lot_id == lot_named(connection, asked.item, asked.lot)["id"])
    change = case((comes, move.c.quantity), else_=nothing) - case((leaves, move.c.quantity), else_=nothing)
    order = (move.c.posted_on, move.c.id)
    return (
        select(
            move.c.id,
            move.c.posted_on,
            change.label("change"),
            func.sum(change).over(order_by=order).label("balance"),
            move.c.value,
            func.sum(move.c.value).over(order_by=order).label("value_balance"),
        )
        .join(start, start.c.id == move.c.from_location_id)
        .join(end, end.c.id == move.c.to_location_id)
        .where(*wanted)
        .subquery()
    )


def lot_named(connection: Connection, item: str, lot: str) -> dict[str, Any]:
    """A lot of an item by both codes.

    Raises:
        Refused: the item has no such lot.
    """
    table = tables.lot
    query = (
        select(table.c.id, table.c.code, table.c.item_id, table.c.received_on, table.c.expires_on)
        .join(master_data.item, master_data.item.c.id == table.c.item_id)
        .where(table.c.code == lot, master_data.item.c.code == item)
    )
    found = rows_of(connection, query)
    if not found:
        raise Refused("lot_unknown", field="lot", item=item, lot=lot)
    return found[0]


@dataclass(frozen=True)
class Part:
    """Goods on hand that came on one day; the value only where it is known by itself."""

    received_on: date
    quantity: Decimal
    value: Decimal | None = None


@answers(StockAgeing, permission=_READ)
def stock_ageing(connection: Connection, asked: StockAgeing, principal: Principal) -> list[dict[str, Any]]:
    """The present stock of each item by the age of its receipts, as quantity and value in classes of days."""
    held = _held(connection, asked)
    parts = _parts(connection, held, asked.on)
    decimals = connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
    rows = []
    for row in held:
        aged = list(valued(parts[row["id"]], row["value"], decimals))
        ages = [(asked.on - part.received_on).days for part in aged]
        oldest = min((part.received_on for part in aged), default=None)
        row.update(
            oldest_on=oldest,
            average_age_days=_average_age(aged, ages),
            **by_class(aged, ages),
        )
        row.pop("valuation_method")
        row.pop("lot_tracked")
        rows.append(row)
    for column in ("value", *(f"value_{name}" for name in class_names())):
        rows = without_cost(rows, principal, column)
    return rows


def _held(connection: Connection, asked: StockAgeing) -> list[dict[str, Any]]:
    item, category, value, unit = master_data.item, master_data.item_category, tables.item_value, master_data.unit
    query = (
        select(
            item.c.id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
            item.c.lot_tracked,
            category.c.valuation_method,
            value.c.quantity,
            value.c.value,
        )
        .join(value, value.c.item_id == item.c.id)
        .join(category, category.c.id == item.c.category_id)
        .join(unit, unit.c.id == item.c.unit_id)
        .where(value.c.quantity > 0)
        .order_by(item.c.code)
        .limit(asked.limit)
        .offset(asked.offset)
    )
    return rows_of(connection, _named(query, asked.search))


def _parts(connection: Connection, held: Iterable[Mapping[str, Any]], on: date) -> dict[int, list[Part]]:
    by_layer, by_lot, by_receipt = [], [], {}
    for row in held:
        if row["valuation_method"] == ValuationMethod.FIFO:
            by_layer.append(row["id"])
        elif row["lot_tracked"]:
            by_lot.append(row["id"])
        else:
            by_receipt[row["id"]] = row["quantity"]
    parts: dict[int, list[Part]] = defaultdict(list)
    layer, balance, lot = tables.cost_layer, tables.stock_balance, tables.lot
    for found in connection.execute(
        select(layer.c.item_id, layer.c.received_on, layer.c.remaining_quantity, layer.c.remaining_value)
        .where(layer.c.item_id.in_(by_layer), layer.c.remaining_quantity > 0)
        .order_by(layer.c.received_on, layer.c.id)
    ):
        parts[found[0]].append(Part(found[1], found[2], found[3]))
    for found in connection.execute(
        select(balance.c.item_id, lot.c.received_on, func.sum(balance.c.quantity))
        .join(lot, lot.c.id == balance.c.lot_id)
        .where(balance.c.item_id.in_(by_lot), balance.c.owner_id == 0, balance.c.quantity > 0)
        .group_by(balance.c.item_id, lot.c.received_on)
        .order_by(lot.c.received_on)
    ):
        parts[found[0]].append(Part(found[1], found[2]))
    parts.update(_by_receipt(connection, by_receipt, on))
    return parts


def _by_receipt(connection: Connection, on_hand: Mapping[int, Decimal], on: date) -> dict[int, list[Part]]:
    """The latest receipts that make up what is on hand, looked for among ever more days until they do."""
    parts: dict[int, list[Part]] = {}
    left = list(on_hand)
    for after in (*(on - timedelta(days=days) for days in _LOOKED_BACK), date.min):
        for item_id, received in _receipts(connection, left, after).items():
            if after == date.min or sum((part.quantity for part in received), ZERO) >= on_hand[item_id]:
                parts[item_id] = list(latest(received, on_hand[item_id]))
        left = [item_id for item_id in left if item_id not in parts]
        if not left:
            break
    return parts


def _receipts(connection: Connection, items: list[int], after: date) -> dict[int, list[Part]]:
    """What came into stock after a day by item and day, the latest day first, without what was taken back."""
    move, taken_back = tables.stock_move, tables.stock_move.alias("taken_back")
    start, end = master_data.location.alias("start"), master_data.location.alias("end")
    query = (
        select(move.c.item_id, move.c.posted_on, func.sum(move.c.quantity))
        .join(start, start.c.id == move.c.from_location_id)
        .join(end, and_(end.c.id == move.c.to_location_id, end.c.kind.in_(STOCKED_KINDS)))
        .where(
            move.c.item_id.in_(items),
            move.c.owner_id == 0,
            move.c.posted_on > after,
            start.c.kind.not_in(STOCKED_KINDS),
            move.c.reverses_id.is_(None),
            ~exists().where(taken_back.c.reverses_id == move.c.id),
        )
        .group_by(move.c.item_id, move.c.posted_on)
        .order_by(move.c.item_id, move.c.posted_on.desc())
    )
    received: dict[int, list[Part]] = defaultdict(list)
    for item_id, day, quantity in connection.execute(query):
        received[item_id].append(Part(day, quantity))
    return received


def latest(received: Iterable[Part], on_hand: Decimal) -> Iterable[Part]:
    """The latest receipts that make up what is on hand; what no receipt covers has the day of the first.

    >>> days = [Part(date(2026, 6, day), Decimal(10)) for day in (9, 5, 1)]
    >>> [(part.received_on.day, int(part.quantity)) for part in latest(days, Decimal(14))]
    [(9, 10), (5, 4)]
    >>> [(part.received_on.day, int(part.quantity)) for part in latest(days[:1], Decimal(14))]
    [(9, 10), (9, 4)]
    """
    left, first = on_hand, None
    for part in received:
        if left <= 0:
            return
        taken = min(part.quantity, left)
        left, first = left - taken, part.received_on
        yield Part(part.received_on, taken)
    if left > 0 and first is not None:
        yield Part(first, left)


def valued(parts: list[Part], value: Decimal, decimals: int) -> Iterable[Part]:
    """The parts with their values: their own where known, else their share of the item's, which they come to exactly.

    >>> parts = [Part(date(2026, 6, day), Decimal(1)) for day in (1, 2, 3)]
    >>> [str(part.value) for part in valued(parts, Decimal(10), 2)]
    ['3.33', '3.34', '3.33']
    """
    total = sum((part.quantity for part in parts), ZERO)
    done, given = ZERO, ZERO
    for part in parts:
        if part.value is not None:
            yield part
            continue
        done += part.quantity
        until = rounded(value * done / total, decimals)
        yield Part(part.received_on, part.quantity, until - given)
        given = until


def class_names() -> tuple[str, ...]:
    """The names of the classes of age, as columns end in them.

    >>> class_names()
    ('to_30', 'to_60', 'to_90', 'to_180', 'to_365', 'beyond')
    """
    return (*(f"to_{days}" for days in AGES), "beyond")


def by_class(parts: Iterable[Part], ages: Iterable[int]) -> dict[str, Decimal]:
    """Quantity and value in each class of age."""
    sums = {f"{what}_{name}": ZERO for what in ("quantity", "value") for name in class_names()}
    for part, age in zip(parts, ages, strict=True):
        name = next((f"to_{days}" for days in AGES if age <= days), "beyond")
        sums[f"quantity_{name}"] += part.quantity
        sums[f"value_{name}"] += part.value or ZERO
    return sums


def _average_age(parts: Iterable[Part], ages: Iterable[int]) -> int | None:
    weighed, total = ZERO, ZERO
    for part, age in zip(parts, ages, strict=True):
        weighed, total = weighed + part.quantity * age, total + part.quantity
    return int(rounded(weighed / total, 0)) if total else None


QUERIES: Final[tuple[Query, ...]] = (stock_value_on, stock_card, stock_ageing)
