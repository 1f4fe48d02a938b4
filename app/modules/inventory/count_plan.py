"""Which items are counted how often, and what is due: classes by the value of a year's issues, days since the last count.

Source: ABC analysis, cycle counting in the ASCM (APICS) body of knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.kernel.document_queries import rows_of
from schemas.operational import counting as tables
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind

_YEAR: Final = timedelta(days=365)


def classes_by_usage(usage: Mapping[int, Decimal], classes: Iterable[tuple[int, Decimal]]) -> dict[int, int]:
    """The class of each item.

    Args:
        usage: value of a year's issues by item, each >= 0.
        classes: class and the share of the whole usage that it and those before it hold, the strictest first.

    Returns:
        Class by item. Items are filled in by falling usage; an item belongs to the class in which the sum before it lies, and one
        without usage to the last.

    >>> D = Decimal
    >>> classes_by_usage({1: D(10), 2: D(70), 3: D(20), 4: D(0)}, [(7, D("0.8")), (8, D("0.95")), (9, D(1))])
    {2: 7, 3: 7, 1: 8, 4: 9}
    """
    ranked = sorted(usage.items(), key=lambda entry: (-entry[1], entry[0]))
    bounds = list(classes)
    total, before = sum(usage.values(), ZERO), ZERO
    found: dict[int, int] = {}
    for item, value in ranked:
        inside = (code for code, share in bounds if value > 0 and before < total * share)
        found[item] = next(inside, bounds[-1][0])
        before += value
    return found


def usage_classes(connection: Connection, on: date) -> dict[int, int]:
    """The class of every item by what its issues of the year before a day were worth."""
    move, item, count_class = inventory.stock_move, master_data.item, tables.count_class
    usage = dict.fromkeys(connection.execute(select(item.c.id)).scalars(), ZERO)
    issued = (
        select(move.c.item_id, func.sum(move.c.value))
        .where(move.c.posted_on > on - _YEAR, move.c.posted_on <= on, move.c.value < ZERO, move.c.quantity > ZERO)
        .group_by(move.c.item_id)
    )
    for item_id, value in connection.execute(issued):
        usage[item_id] = -value
    classes = connection.execute(
        select(count_class.c.id, count_class.c.usage_share).order_by(count_class.c.usage_share, count_class.c.code)
    )
    return classes_by_usage(usage, [(row[0], row[1]) for row in classes])


def count_class_ids(connection: Connection) -> list[int]:
    """The ids of the classes, the strictest first."""
    count_class = tables.count_class
    return list(
        connection.execute(select(count_class.c.id).order_by(count_class.c.usage_share, count_class.c.code)).scalars()
    )


def places_within(connection: Connection, place: int) -> set[int]:
    """A place and every place within it."""
    location = master_data.location
    parents = connection.execute(select(location.c.id, location.c.parent_id)).all()
    found, edge = {place}, {place}
    while edge:
        edge = {row[0] for row in parents if row[1] in edge} - found
        found |= edge
    return found


def due_counts(connection: Connection, on: date, within: set[int] | None = None) -> list[dict[str, Any]]:
    """What lies where with its class, when it was counted last, and when it is due.

    Args:
        connection: an open snapshot.
        on: the day.
        within: only these places; None is all.

    Returns:
        One row an item and place, the longest due first; what was never counted is due at once.
    """
    balance, item, place = inventory.stock_balance, master_data.item, master_data.location
    lying = (
        select(
            balance.c.item_id,
            balance.c.location_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            place.c.code.label("location_code"),
        )
        .join(item, item.c.id == balance.c.item_id)
        .join(place, place.c.id == balance.c.location_id)
        .where(balance.c.quantity > ZERO, place.c.kind == LocationKind.STORAGE.value)
        .distinct()
    )
    rows = [row for row in rows_of(connection, lying) if within is None or row["location_id"] in within]
    counted, classes = _last_counted(connection), usage_classes(connection, on)
    rules = {row["id"]: row for row in rows_of(connection, select(tables.count_class))}
    for row in rows:
        rule = rules[classes[row["item_id"]]]
        last = counted.get((row["item_id"], row["location_id"]))
        row["class_code"], row["last_counted_on"] = rule["code"], last
        row["due_on"] = on if last is None else last + timedelta(days=rule["days_between"])
        row["due"] = row["due_on"] <= on
    return sorted(rows, key=lambda row: (row["due_on"], row["class_code"], row["location_code"], row["item_code"]))


def _last_counted(connection: Connection) -> dict[tuple[int, int], date]:
    line, document = documents.document_line, documents.document
    query = (
        select(line.c.item_id, line.c.location_id, func.max(document.c.posted_on))
        .join(document, document.c.id == line.c.document_id)
        .where(document.c.kind == DocumentKind.STOCK_COUNT.value, document.c.state == "posted")
        .group_by(line.c.item_id, line.c.location_id)
    )
    return {(item_id, place): day for item_id, place, day in connection.execute(query)}
