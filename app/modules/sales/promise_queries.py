"""Asks what can be promised of items: stock and supply by place, the promise whole and split, and ranked substitutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, rows_of
from app.kernel.errors import Refused
from app.modules.inventory.queries import ItemCodes, availability_of
from app.modules.sales.promises import Position, positions, whole_on
from schemas.operational import master_data

_MOST_LINES: Final = 200
_MOST_SUBSTITUTES: Final = 5
_DEEPEST: Final = 20


class WantedLine(Arguments):
    """How much of an item is wanted, stocking unit."""

    item: Annotated[str, Field(max_length=64)]
    quantity: Annotated[Decimal, Field(gt=0, lt=10**12, allow_inf_nan=False)]


class WantedLines(Arguments):
    """What is wanted, on which business day, and from which place or site; lines of one item are served one after another."""

    on: date
    lines: Annotated[list[WantedLine], Field(min_length=1, max_length=_MOST_LINES)]
    location: Annotated[str, Field(max_length=64)] | None = None
    site: Annotated[str, Field(max_length=64)] | None = None


@answers(WantedLines, permission="sales.read")
def promise_offers(connection: Connection, asked: WantedLines, _principal: Principal) -> list[dict[str, Any]]:
    """Each line with what is on hand, reserved, free and on its way, the days on which it can be had, and ranked substitutes.

    `promised_on` is the day for all of it, null where stock and supply do not reach; `offers` splits it by day.

    Raises:
        Refused: there is no such location or site.
    """
    places = _places(connection, asked)
    wanted = [(line.item, line.quantity) for line in asked.lines]
    return promises_of(connection, wanted, today=asked.on, places=places)


def promises_of(
    connection: Connection,
    wanted: Sequence[tuple[str, Decimal]],
    *,
    today: date,
    places: frozenset[int] | None = None,
) -> list[dict[str, Any]]:
    """The promise of item codes and quantities, in their order; for previews, whose own permission covers it."""
    codes = [code for code, _ in wanted]
    named = {row["code"]: row for row in availability_of(connection, ItemCodes(items=codes))}
    substitutes = _substitutes(connection, [row["id"] for row in named.values()], today)
    ids = {row["id"] for row in named.values()} | {row["substitute_id"] for row in substitutes}
    found = positions(connection, ids, today=today, places=places)
    rows = []
    for number, (code, quantity) in enumerate(wanted, start=1):
        item = named.get(code)
        if item is None:
            rows.append({"line": number, "item_code": code, "known": False})
            continue
        position = found[item["id"]]
        stated = {
            "line": number,
            "known": True,
            "item_code": code,
            "item_name": item["name"],
            "unit_code": item["unit_code"],
            "quantity": quantity,
            "on_hand": position.on_hand,
            "reserved": position.reserved,
            "free": position.free,
            "places": position.places,
            "supply": [asdict(entry) for entry in position.supply],
        }
        offers = position.offers(quantity, today)
        own = [row for row in substitutes if row["item_id"] == item["id"]]
        rows.append(
            {
                **stated,
                "offers": [{"quantity": offer.quantity, "on": offer.on} for offer in offers],
                "promised_on": whole_on(offers, quantity),
                "substitutes": [_substitute(row, found[row["substitute_id"]], quantity, today) for row in own],
            }
        )
    return rows


def _substitute(row: dict[str, Any], position: Position, quantity: Decimal, today: date) -> dict[str, Any]:
    """A substitute with how much of it is needed and when it can be had; nothing of it is taken."""
    needed = quantity * row["ratio"]
    before = list(position.committed)
    offers = position.offers(needed, today)
    position.committed = before
    return {
        "item_code": row["code"],
        "item_name": row["name"],
        "unit_code": row["unit_code"],
        "rank": row["rank"],
        "ratio": row["ratio"],
        "quantity": needed,
        "free": position.free,
        "promised_on": whole_on(offers, needed),
    }


def _substitutes(connection: Connection, ids: list[int], on: date) -> list[dict[str, Any]]:
    """The substitutes of items that are valid on a day, the first to be offered first."""
    row, item, unit = master_data.item_substitute.c, master_data.item.c, master_data.unit.c
    query = (
        select(
            row.item_id,
            row.substitute_id,
            row.ratio,
            row.rank,
            item.code,
            item.name,
            unit.code.label("unit_code"),
        )
        .join(master_data.item, item.id == row.substitute_id)
        .join(master_data.unit, unit.id == item.unit_id)
        .where(
            row.item_id.in_(ids),
            item.active,
            or_(row.valid_from.is_(None), row.valid_from <= on),
            or_(row.valid_to.is_(None), row.valid_to >= on),
        )
        .order_by(row.item_id, row.rank, item.code)
    )
    kept: dict[int, int] = {}
    rows = []
    for found in rows_of(connection, query):
        kept[found["item_id"]] = kept.get(found["item_id"], 0) + 1
        if kept[found["item_id"]] <= _MOST_SUBSTITUTES:
            rows.append(found)
    return rows


def _places(connection: Connection, asked: WantedLines) -> frozenset[int] | None:
    """The locations of the tree under a location, or of a site; None where neither is named."""
    location = master_data.location
    if asked.location is None and asked.site is None:
        return None
    rows = rows_of(connection, select(location.c.id, location.c.code, location.c.parent_id, location.c.site_id))
    if asked.location is not None:
        found = {row["id"] for row in rows if row["code"] == asked.location}
        if not found:
            raise Refused("code_unknown", field="location", what="location", code=asked.location)
        for _ in range(_DEEPEST):
            found |= {row["id"] for row in rows if row["parent_id"] in found}
        return frozenset(found)
    site = connection.execute(select(master_data.site.c.id).where(master_data.site.c.code == asked.site)).scalar()
    if site is None:
        raise Refused("code_unknown", field="site", what="site", code=asked.site)
    return frozenset(row["id"] for row in rows if row["site_id"] == site)


QUERIES: Final[tuple[Query, ...]] = (promise_offers,)
