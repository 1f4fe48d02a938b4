"""Asks how a sales order was changed: who, when and why, and from what to what, line by line."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, rows_of
from app.modules.sales.versions import HEADER, VERSIONED
from schemas.operational import documents, foreign_currency, kernel, master_data
from schemas.operational import sales as tables

_DELIVERIES: Final = "fulfilment.read"
_CHANGE: Final = ("change_number", "state", "reason", "requested_at", "applied_at", "total_amount", "new_total_amount")


@answers(OneDocument, permission="sales.read")
def order_changes(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The changes of a sales order, the newest first: a row for the header where that changes, and one for each line.

    Each names who asked for it, when and why, and in pairs (`quantity` and `new_quantity`) what was there and what is to be; both
    are null where nothing changes. Amounts are in the order's currency. `what` says whether the line was changed, added or
    cancelled. Phone and address are blank to who may not read deliveries.
    """
    change, user = tables.sales_order_change, kernel.user_account
    order, said = documents.document, foreign_currency.foreign_document
    query = (
        select(
            *change.c,
            func.coalesce(said.c.currency, order.c.currency).label("currency"),
            user.c.name.label("requested_by_name"),
        )
        .join(order, order.c.id == change.c.order_id)
        .outerjoin(said, said.c.id == order.c.id)
        .outerjoin(user, user.c.id == change.c.requested_by)
        .where(change.c.order_id == asked.document)
        .order_by(change.c.change_number.desc())
    )
    found = rows_of(connection, query)
    lines = _lines(connection, [row["id"] for row in found])
    answered: list[dict[str, Any]] = []
    for row in found:
        shown = {name: row[name] for name in (*_CHANGE, "currency", "requested_by_name")}
        header = _pairs(row, HEADER)
        changes_header = any(value is not None for value in header.values())
        if not principal.may(_DELIVERIES):
            header |= dict.fromkeys(("phone", "new_phone", "address", "new_address"))
        if changes_header or not lines.get(row["id"]):
            answered.append({**_blank(), **shown, "what": "header", **header})
        for line in lines.get(row["id"], []):
            named = {name: line[name] for name in ("line", "item_code", "item_name")}
            answered.append({**_blank(), **shown, **named, "what": _what(line), **_pairs(line, VERSIONED)})
    return answered


def _lines(connection: Connection, change_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    line, item = tables.sales_order_change_line, master_data.item
    query = (
        select(*line.c, item.c.code.label("item_code"), item.c.name.label("item_name"))
        .outerjoin(item, item.c.id == line.c.item_id)
        .where(line.c.change_id.in_(change_ids))
        .order_by(line.c.line)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows_of(connection, query):
        found.setdefault(row["change_id"], []).append(row)
    return found


def _blank() -> dict[str, Any]:
    names = dict.fromkeys((*HEADER, *VERSIONED))
    return {"line": None, "item_code": None, "item_name": None, **_pairs(dict.fromkeys((*names, *_new(names))), names)}


def _new(names: Any) -> list[str]:
    return [f"new_{name}" for name in names]


def _pairs(row: dict[str, Any], names: Any) -> dict[str, Any]:
    """What was there and what is to be, by name; nothing of what stays."""
    pairs: dict[str, Any] = {}
    for name in names:
        changes = row[name] != row[f"new_{name}"]
        pairs[name], pairs[f"new_{name}"] = (row[name], row[f"new_{name}"]) if changes else (None, None)
    return pairs


def _what(line: dict[str, Any]) -> str:
    if line["quantity"] is None:
        return "added"
    return "cancelled" if line["new_quantity"] == 0 else "changed"


QUERIES: Final[tuple[Query, ...]] = (order_changes,)
