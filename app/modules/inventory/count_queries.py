"""Asks about counting: the classes, what is due, the sheet as its counter may see it, and the differences as their approver must.

What a counter asks carries no quantity of the books.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, Select, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, OneDocument, Text, rows_of, without_cost
from app.modules.inventory.count_plan import due_counts
from schemas.operational import counting as tables
from schemas.operational import documents, inventory, kernel, master_data
from schemas.vocabulary.numbers import MONEY_DECIMALS, ZERO, rounded


class CountsDue(Arguments):
    """What is due on which day, or everything with the day on which it is."""

    on: date
    due_only: bool = True
    search: Text = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


@answers(Nothing, permission="inventory.count.read")
def count_classes(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The classes by which items are counted."""
    return rows_of(connection, select(tables.count_class).order_by(tables.count_class.c.code))


@answers(CountsDue, permission="inventory.count.read")
def counts_due(connection: Connection, asked: CountsDue, _principal: Principal) -> list[dict[str, Any]]:
    """What is to be counted where, with its class and its last count, the longest due first."""
    wanted = asked.search.casefold()
    names = ("item_code", "item_name", "item_name_zh", "location_code", "class_code")
    rows = [
        row
        for row in due_counts(connection, asked.on)
        if (row["due"] or not asked.due_only)
        and (not wanted or any(wanted in str(row[name] or "").casefold() for name in names))
    ]
    return rows[asked.offset : asked.offset + asked.limit]


def _sheet_lines(document: int) -> Select[*tuple[Any, ...]]:
    line, place, item = documents.document_line, master_data.location, master_data.item
    counted = tables.count_line
    return (
        select(
            line.c.line,
            place.c.code.label("location_code"),
            place.c.name.label("location_name"),
            line.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            item.c.barcode,
            master_data.unit.c.code.label("unit_code"),
            inventory.lot.c.code.label("lot_code"),
            master_data.party.c.code.label("owner_code"),
            counted.c.status,
            counted.c.counted_quantity,
            counted.c.times_counted,
            counted.c.recount,
        )
        .select_from(counted)
        .join(line, line.c.id == counted.c.document_line_id)
        .join(place, place.c.id == line.c.location_id)
        .join(item, item.c.id == line.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .outerjoin(inventory.lot, inventory.lot.c.id == line.c.lot_id)
        .outerjoin(master_data.party, master_data.party.c.id == counted.c.owner_id)
        .where(counted.c.document_id == document)
        .order_by(line.c.line)
    )


@answers(OneDocument, permission="inventory.count.read")
def count_sheet_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What is to be counted on a sheet and what was found so far; a line that is to be counted again shows nothing."""
    rows = rows_of(connection, _sheet_lines(asked.document))
    for row in rows:
        again = bool(row.pop("recount"))
        row["progress"] = "again" if again else "counted" if row["times_counted"] else "to_count"
        if again:
            row["counted_quantity"] = None
    return rows


@answers(OneDocument, permission="inventory.count.write")
def count_differences(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of a sheet that differ from the books, with what moved while it was out and what the difference is worth."""
    counted, held, person = tables.count_line, inventory.item_value, kernel.user_account
    query = (
        _sheet_lines(asked.document)
        .add_columns(
            counted.c.snapshot_quantity,
            counted.c.book_quantity,
            counted.c.first_quantity,
            counted.c.reason,
            person.c.name.label("counted_by_name"),
            held.c.quantity.label("held_quantity"),
            held.c.value.label("held_value"),
            held.c.last_unit_cost,
        )
        .outerjoin(held, held.c.item_id == documents.document_line.c.item_id)
        .outerjoin(person, person.c.id == counted.c.counted_by)
        .where(counted.c.counted_quantity.is_not(None), counted.c.counted_quantity != counted.c.book_quantity)
    )
    rows = rows_of(connection, query)
    for row in rows:
        held_quantity, value, last = row.pop("held_quantity"), row.pop("held_value"), row.pop("last_unit_cost")
        cost = value / held_quantity if held_quantity else last or ZERO
        if row["owner_code"] is not None:
            cost = ZERO
        row["moved_quantity"] = row["book_quantity"] - row["snapshot_quantity"]
        row["difference"] = row["counted_quantity"] - row["book_quantity"]
        row["value"] = rounded(row["difference"] * cost, MONEY_DECIMALS)
    return without_cost(rows, principal, "value")


QUERIES: Final[tuple[Query, ...]] = (count_classes, counts_due, count_sheet_lines, count_differences)
