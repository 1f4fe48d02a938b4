"""Stock as of any day: what it was worth, or where it stood, and the moves that made it so."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import streamlit as st

from app.jobs.boards import OPERATIONS
from app.kernel.i18n import format_day, t
from app.ui import gateway
from app.ui.screens.inventory.past import value_screen
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import board, markup
from app.ui.widgets.listing import draw_list, written_csv
from app.ui.widgets.values import Column, draw_table

_MOST_ROWS: Final = 500
_PLACES: Final = (
    Column("item", "term.item_number", "code"),
    Column("name", "term.item"),
    Column("location_code", "term.bin_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("status", "word.stock_status", "word", family="stock_status"),
    Column("quantity", "term.on_hand", "quantity"),
    Column("unit_code", "word.unit"),
)
_MOVES: Final = (
    Column("posted_on", "word.posted_on", "date"),
    Column("document_kind", "word.document", "word", family="kind"),
    Column("document", "word.number", "code"),
    Column("from_location_code", "word.from_location", "code"),
    Column("to_location_code", "word.to_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("stock_change", "stock.change", "quantity"),
    Column("unit_code", "word.unit"),
    Column("value", "word.value", "amount", total=True),
)


def _day_named(name: str, default: date) -> date:
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return default


def draw_stock_as_of() -> None:
    """Draw the stock at the end of the day that the reader chose: its value for who may see cost, else where it stood."""
    lang = gateway.visit().lang
    chosen = st.date_input(
        t("stock.on", lang),
        value=_day_named("on", gateway.today()),
        max_value=gateway.today(),
        key="stock_as_of.on",
        width=220,
    )
    assert isinstance(chosen, date)
    st.query_params["on"] = chosen.isoformat()
    if gateway.may_ask("stock_value_on"):
        draw_list(value_screen(chosen))
        return
    _draw_places(chosen, lang)


def _draw_places(on: date, lang: str) -> None:
    left, right = st.columns([4, 2], vertical_alignment="bottom")
    with left:
        markup.show(markup.heading(t("nav.stock_as_of", lang), lead=t("stock.as_of_lead", lang)))
    search = right.text_input(
        t("list.search", lang),
        key="stock_as_of.search",
        label_visibility="collapsed",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    board.as_of(gateway.warehouse_moment(), lang)
    rows = [_row(row, on, lang) for row in gateway.read("stock_on_hand_as_of", as_of=on, limit=100_000).dicts()]
    wanted = (search or "").strip().casefold()
    if wanted:
        rows = [
            row for row in rows if wanted in f"{row['item_code']} {row['item_name']} {row['item_name_zh']}".casefold()
        ]
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("empty.stock_on_hand", lang)))
        return
    draw_table(_PLACES, rows[:_MOST_ROWS], lang, label=t("nav.stock_as_of", lang))
    if len(rows) > _MOST_ROWS:
        markup.show(markup.quiet(t("board.more_rows", lang, count=len(rows) - _MOST_ROWS)))
    plain = [{**row, "item": row["item_code"]} for row in rows]
    st.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(_PLACES, plain, lang),
        file_name=f"stock_{on.isoformat()}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _row(row: dict[str, Any], on: date, lang: str) -> dict[str, Any]:
    name = row["item_name"] if lang == "en" else row["item_name_zh"] or row["item_name"]
    address = markup.href("stock_moves", item=row["item_code"], on=on.isoformat())
    return {**row, "name": name, "item": markup.link(row["item_code"], address), "currency": gateway.currency()}


def draw_stock_moves() -> None:
    """Draw the moves of the item that the address names up to a day, the latest first, each leading to its document."""
    lang = gateway.visit().lang
    code, on = st.query_params.get("item", ""), _day_named("on", gateway.today())
    found = gateway.read("stock_ledger", item_code=code, to_on=on, limit=_MOST_ROWS).dicts()
    title = f"{code} {found[0]['item_name']}" if found else code or t("term.item", lang)
    markup.show(
        markup.heading(title, eyebrow=t("stock.moves", lang), lead=t("statement.up_to", lang, day=format_day(on, lang)))
    )
    board.as_of(gateway.warehouse_moment(), lang)
    if not found:
        markup.show(markup.empty(t("list.nothing_found", lang), t("stock.no_moves", lang)))
        return
    rows = []
    for row in found:
        page = DOCUMENT_PAGES.get(row["document_kind"])
        number = row["document_number"]
        shown = markup.link(number, markup.href(page, id=row["document_id"])) if page else number
        rows.append({**row, "document": shown, "currency": gateway.currency()})
    draw_table(_MOVES, rows, lang, label=t("stock.moves", lang))


AS_OF_PAGES: Final = (
    Page("stock_as_of", "nav.stock_as_of", "history", draw_stock_as_of, permission=OPERATIONS),
    Page("stock_moves", "stock.moves", "swap_vert", draw_stock_moves, permission=OPERATIONS, listed=False),
)
