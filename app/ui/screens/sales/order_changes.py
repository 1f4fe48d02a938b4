"""The form that changes a confirmed sales order, and the changes that its page shows: who, when, why, from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment
from app.ui.screens.sales import promotions
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.values import Column

SECTION: Final = Section(
    "order_changes",
    "document.order_changes",
    (
        Column("change_number", "word.change_number", "count"),
        Column("requested_at", "word.change_asked_at", "moment"),
        Column("requested_by_name", "word.change_asked_by"),
        Column("state", "word.state", "word", family="order_change_state"),
        Column("reason", "word.reason"),
        Column("what", "word.what_changed", "word", family="order_change"),
        Column("line", "word.line", "code"),
        Column("item_code", "term.item_number", "code"),
        Column("quantity", "word.quantity_before", "quantity"),
        Column("new_quantity", "word.new_quantity", "quantity"),
        Column("unit_price", "word.unit_price_before", "price"),
        Column("new_unit_price", "word.new_unit_price", "price"),
        Column("discount_rate", "word.discount_before", "share"),
        Column("new_discount_rate", "word.new_discount", "share"),
        Column("net_amount", "word.net_amount_before", "amount"),
        Column("new_net_amount", "word.new_net_amount", "amount"),
        Column("due_on", "word.delivery_date_before", "date"),
        Column("new_due_on", "word.new_delivery_date", "date"),
        Column("address", "word.address_before"),
        Column("new_address", "word.new_address"),
        Column("region", "word.region_before"),
        Column("new_region", "word.new_region"),
        Column("phone", "word.phone_before"),
        Column("new_phone", "word.new_phone"),
    ),
)

CHANGE: Final = Action("action.change_order", "change_sales_order", ("confirmed",), "edit_note", form="change_order")
WITHDRAW: Final = Action(
    "action.withdraw_order_change",
    "withdraw_order_change",
    ("confirmed", "closed"),
    "undo",
    asks="ask.withdraw_order_change",
    seldom=True,
)


def _as_it_is(asked: Mapping[str, str]) -> dict[str, Any]:
    """The order as it is now, with its newest change; a line that is left as it is stays so."""
    known = fulfilment.order_number(asked)
    if not known:
        return {}
    order = int(asked["order"])
    newest = max((row["change_number"] for row in gateway.ask("order_changes", document=order)), default=0)
    lines = [
        {
            "line": row["line"],
            "item": row["item_code"],
            "quantity": fulfilment.plain_number(Decimal(row["quantity"])) if row["kind"] != "charge" else None,
            "unit_price": fulfilment.plain_number(Decimal(row["unit_price"])),
            "discount_rate": fulfilment.plain_number(Decimal(row["discount_rate"]) * 100),
            "due_on": row["due_on"],
        }
        for row in gateway.ask("document_lines", document=order)
        if not row["closed"]
    ]
    return {**known, "change_seen": str(newest), "lines": lines}


def differing(data: dict[str, Any], present: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a person typed that is not so already: lines with a number are changed, lines without one are added.

    Args:
        data: what the form holds.
        present: the lines of the order as they are, by number.

    >>> present = {"1": {"quantity": Decimal(2), "unit_price": Decimal(5)}, "2": {"quantity": Decimal(1)}}
    >>> typed = [{"line": "1", "item": "A", "quantity": "3", "unit_price": "5.00"}, {"line": "2", "quantity": "1"}]
    >>> differing({"order": "S-1", "lines": [*typed, {"item": "B", "quantity": "4"}]}, present)
    {'order': 'S-1', 'lines': [{'line': '1', 'quantity': '3'}], 'added': [{'item': 'B', 'quantity': '4'}]}
    """
    rows = data.get("lines", [])
    changed = [_differing_line(row, present.get(row["line"], {})) for row in rows if "line" in row]
    added = [{name: value for name, value in row.items() if name != "cancel"} for row in rows if "line" not in row]
    return {**data, "lines": [row for row in changed if len(row) > 1], "added": added}


def _differing_line(row: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The number of a line with what is to become of it."""
    kept = {"line": row["line"]}
    if row.get("cancel"):
        kept["cancel"] = True
    for name in ("quantity", "unit_price", "discount_rate"):
        if name in row and (present.get(name) is None or Decimal(row[name]) != Decimal(present[name])):
            kept[name] = row[name]
    if "due_on" in row and row["due_on"] != str(present.get("due_on")):
        kept["due_on"] = row["due_on"]
    return kept


def shaped(data: dict[str, Any]) -> dict[str, Any]:
    """The command's data: what differs from the order as it is; that it is still what was seen, the command looks at."""
    found = gateway.ask("documents_numbered", number=data["order"])
    lines = gateway.ask("document_lines", document=found[0]["id"]) if len(found) == 1 else []
    return differing(data, {str(row["line"]): row for row in lines})


def _draw_order(data: dict[str, Any], lang: str) -> None:
    fulfilment.draw_order_lines({"order": data.get("order")}, lang)
    promotions.draw_reasons(data.get("order"), lang)


FORM: Final = FormScreen(
    path="change_order",
    title="action.change_order",
    command="change_sales_order",
    submit="action.save",
    opens="sales_order",
    lead="form.change_order_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("reason", "word.reason", needed=True),
        Input("due_on", "term.delivery_date", "date"),
        Input("region", "word.region"),
        Input("phone", "word.phone"),
        Input("address", "word.address", "note"),
        Input("reprice", "form.reprice", "flag", help="form.reprice_help"),
        Input("reserve", "form.reserve", "flag", default=True),
        Input("change_seen", "form.change_seen", "count", help="form.change_seen_help"),
    ),
    lines=(
        Input("line", "word.line", "count", help="form.change_line_help"),
        Input("item", "term.item_number"),
        Input("quantity", "word.quantity", "quantity"),
        Input("unit_price", "word.unit_price", "price"),
        Input("discount_rate", "word.discount_percent", "share"),
        Input("due_on", "term.delivery_date", "date"),
        Input("cancel", "word.cancel_line", "flag"),
    ),
    lines_needed=False,
    preview=_draw_order,
    prefill=_as_it_is,
    shaped=shaped,
)
