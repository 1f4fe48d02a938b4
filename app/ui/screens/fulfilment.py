"""Forms that carry an order on: ship, receive, bill, issue. They open filled with what is still open on the order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.ui import gateway
from app.ui.widgets.forms import Input

ORDER_LINES = (
    Input("line", "word.line", "count", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
    Input("location", "term.bin_location"),
    Input("lot", "term.lot_batch"),
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
    lines = []
    for row in rows:
        rest = Decimal(row[wanted]) - Decimal(row[done])
        if rest > 0 and not row["closed"]:
            lines.append({"line": row["line"], "quantity": plain_number(rest), "shown": row["item_code"]})
    return {"order": order["number"], "lines": lines}


def order_number(asked: Mapping[str, str]) -> dict[str, Any]:
    """Only the order, for a form without lines."""
    order = _order(asked)
    return {} if order is None else {"order": order["number"]}


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
