"""Putting away: what was received and waits, with the place that is proposed, and the form that a scanner fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.values import Column, draw_table

_MOST_ROWS: Final = 500
_WAITING: Final = (
    Column("opened", "term.item_number"),
    trade.ITEM_NAME,
    Column("lot_code", "term.lot_batch", "code"),
    Column("owner_code", "word.owner_code", "code"),
    Column("status", "word.stock_status", "word", family="stock_status"),
    Column("location_code", "word.stands_at", "code"),
    trade.QUANTITY,
    trade.UNIT,
    Column("came_on", "word.came_on", "date"),
    Column("days", "word.days_waiting", "count"),
    Column("proposed_location", "form.put_away", "code"),
    Column("proposed_quantity", "word.proposed_quantity", "quantity"),
)


def draw_to_put_away() -> None:
    """Draw what waits to be put away, each leading to the form with what is known of it."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.to_put_away", lang), lead=t("place.put_away_lead", lang)))
    rows = gateway.ask("to_put_away", limit=_MOST_ROWS)
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("empty.to_put_away", lang)))
        return
    today = gateway.today()
    for row in rows:
        row["days"] = (today - row["came_on"]).days if row["came_on"] else None
        row["opened"] = markup.link(row["item_code"], markup.href(FORM.path, id=row["id"]))
    used = tuple(column for column in _WAITING if column.has_any(rows))
    draw_table(used, rows, lang, label=t("nav.to_put_away", lang))


def _waiting(asked: Mapping[str, str]) -> dict[str, Any]:
    """What the row of the list says that the address names."""
    wanted = asked.get("id", "")
    row = next((r for r in gateway.ask("to_put_away", limit=_MOST_ROWS) if str(r["id"]) == wanted), None)
    if row is None:
        return {}
    known = {
        "item": row["item_code"],
        "quantity": plain_number(row["proposed_quantity"] or row["quantity"]),
        "from_location": row["location_code"],
        "to_location": row["proposed_location"],
        "lot": None if row["serial_tracked"] else row["lot_code"],
        "serials": [row["lot_code"]] if row["serial_tracked"] and row["lot_code"] else None,
        "owner": row["owner_code"],
    }
    return {name: value for name, value in known.items() if value is not None}


def _one_line(data: dict[str, Any]) -> dict[str, Any]:
    """The transfer that the form gives: its fields are those of the one line."""
    note = {"note": data["note"]} if data.get("note") else {}
    return {"lines": [{name: value for name, value in data.items() if name != "note" and value}], **note}


FORM: Final = FormScreen(
    path="put_away",
    title="action.put_away",
    command="transfer_stock",
    submit="action.put_away",
    opens="stock_transfer",
    lead="form.put_away_lead",
    inputs=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("from_location", "word.from_location", "lookup", needed=True, query="locations"),
        Input("to_location", "word.to_location", "lookup", needed=True, query="locations"),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", "words", help="form.serials_help"),
        Input("owner", "word.owner_code", seldom=True),
        trade.NOTE_INPUT,
    ),
    prefill=_waiting,
    shaped=_one_line,
)
PUT_AWAY_PAGES: Final = (
    Page("to_put_away", "nav.to_put_away", "shelves", draw_to_put_away, query="to_put_away"),
    trade.form_page(FORM, "shelves"),
)
