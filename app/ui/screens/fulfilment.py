"""Forms that carry an order on: ship, receive, bill, issue. They open filled with what is still open on the order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import markup
from app.ui.widgets.forms import Input
from app.ui.widgets.values import Column, draw_table

ORDER_LINES = (
    Input("line", "word.line", "count", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
    Input("location", "term.bin_location"),
    Input("lot", "term.lot_batch"),
    Input("serials", "word.serials", help="form.serials_help"),
)


_ORDER_COLUMNS = (
    Column("line", "word.line", "code"),
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("quantity", "word.ordered_quantity", "quantity"),
    Column("fulfilled_quantity", "word.fulfilled_quantity", "quantity"),
    Column("open_quantity", "word.open_quantity", "quantity"),
    Column("reserved_quantity", "term.reserved", "quantity"),
    Column("unit_code", "word.unit"),
)


def open_lines(asked: Mapping[str, str], *, done: str, wanted: str = "quantity") -> dict[str, Any]:
    """The order and what is still open on it, for a form that was opened from the order's page.

    Args:
        asked: the query parameters; `order` is the id of the order.
        done: the line field that counts what is already done.
        wanted: the line field that counts what could be done.
    """
    order = _order(asked)
    if order is None:
        return {}
    rows = gateway.ask("document_lines", document=order["id"])
    gone = _taken_in_advance(order)
    lines = []
    for row in rows:
        rest = Decimal(row[wanted]) - Decimal(row[done]) - gone.get(row["line"], Decimal(0))
        if rest > 0 and not row["closed"] and row["kind"] != "charge":
            lines.append({"line": row["line"], "quantity": plain_number(rest)})
    return {"order": order["number"], "lines": lines}


def _taken_in_advance(order: Mapping[str, Any]) -> dict[int, Decimal]:
    """What lines of an order were given before its receipt was booked, and is not issued to them yet."""
    if not gateway.may_ask("open_advance_issues"):
        return {}
    found: dict[int, Decimal] = {}
    for row in gateway.ask("open_advance_issues", search=order["number"], limit=1000):
        if row["order_id"] == order["id"]:
            found[row["order_line"]] = found.get(row["order_line"], Decimal(0)) + Decimal(row["open_quantity"])
    return found


def order_number(asked: Mapping[str, str]) -> dict[str, Any]:
    """Only the order, for a form without lines."""
    order = _order(asked)
    return {} if order is None else {"order": order["number"]}


def draw_order_lines(data: dict[str, Any], lang: str) -> None:
    """The lines of the order that a form carries on, by their numbers."""
    if not data.get("order"):
        return
    found = gateway.ask("documents_numbered", number=data["order"])
    if len(found) != 1:
        markup.show(markup.note(t("preview.unknown_order", lang, number=data["order"]), "watch"))
        return
    rows = gateway.ask("document_lines", document=found[0]["id"])
    markup.show(
        markup.quiet(t("form.order_lines", lang, number=found[0]["number"], party=found[0]["party_name"] or ""))
    )
    draw_table(_ORDER_COLUMNS, rows, lang, label=t("form.lines", lang))


def _order(asked: Mapping[str, str]) -> dict[str, Any] | None:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return rows[0] if rows else None


def plain_number(value: Decimal) -> str:
    """A number as a person would type it.

    >>> plain_number(Decimal("12.500000")), plain_number(Decimal("400"))
    ('12.5', '400')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
