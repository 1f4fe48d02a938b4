"""Items: the list, one item with its stock and its latest moves, and the form that makes or changes it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.inventory.stock import SERIAL_COLUMNS
from app.ui.screens.master_data.substitutes import SUBSTITUTES
from app.ui.screens.page import Page
from app.ui.widgets import board, markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list, go_to
from app.ui.widgets.values import Column, cell, draw_table

LIST: Final = ListScreen(
    path="items",
    title="nav.items",
    query="items",
    columns=(
        Column("code", "term.item_number", "code", opens="item"),
        Column("name", "word.name"),
        Column("name_zh", "word.name_zh", chosen=False),
        Column("category_name", "word.category"),
        Column("source", "word.source", "word", family="source"),
        Column("unit_code", "word.unit"),
        Column("list_price", "word.list_price", "price"),
        Column("safety_stock", "term.safety_stock", "quantity"),
        Column("lead_time_days", "word.lead_time_days", "quantity"),
        Column("barcode", "word.barcode", "code", chosen=False),
    ),
    filters=(Filter("source", "word.source", ("make", "buy"), family="source"),),
    create=("edit_item", "put_item", "action.new_item"),
    empty="empty.items",
)
_FACTS: Final = (
    Column("name", "word.name"),
    Column("name_zh", "word.name_zh"),
    Column("category_name", "word.category"),
    Column("source", "word.source", "word", family="source"),
    Column("unit_code", "word.unit"),
    Column("barcode", "word.barcode", "code"),
    Column("list_price", "word.list_price", "price"),
    Column("tax_code", "word.tax_code", "code"),
    Column("lead_time_days", "word.lead_time_days", "quantity"),
    Column("safety_stock", "term.safety_stock", "quantity"),
    Column("lot_policy", "word.lot_policy", "word", family="lot_policy"),
    Column("min_lot", "term.minimum_order_quantity", "quantity"),
    Column("weight_kg", "word.weight_kg", "quantity"),
    Column("volume_m3", "word.volume_m3", "quantity"),
    Column("lot_tracked", "word.lot_tracked", "flag"),
    Column("serial_tracked", "word.serial_tracked", "flag"),
    Column("warranty_months", "word.warranty_months", "count"),
    Column("phantom", "term.phantom", "flag"),
)
_MOVES: Final = (
    Column("posted_on", "word.posted_on", "date"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code"),
    Column("from_location", "word.from_location", "code"),
    Column("to_location", "word.to_location", "code"),
    Column("quantity", "word.quantity", "quantity"),
    Column("value", "word.value", "amount"),
)


def draw_item() -> None:
    """Draw the item that the address names."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("item_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        title = t("term.item", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        return
    item = rows[0]
    state = None if item["active"] else markup.chip(t("word.inactive", lang), "watch")
    markup.show(markup.heading(item["code"], eyebrow=t("term.item", lang), state=state, lead=item["name"]))
    if gateway.may_send("put_item") and st.button(t("action.edit", lang), icon=":material/edit:"):
        go_to("edit_item", item=str(item["id"]))
    if gateway.may_ask("availability"):
        _draw_availability(item, lang)
    markup.show(
        markup.facts((t(c.label, lang), cell(c, item, lang).shown) for c in _FACTS if item.get(c.name) is not None)
    )
    if item["serial_tracked"] and gateway.may_ask("serial_numbers"):
        pieces = gateway.ask("serial_numbers", item=item["code"], limit=200)
        if pieces:
            st.subheader(t("nav.serial_numbers", lang), anchor=False)
            draw_table(SERIAL_COLUMNS, pieces, lang, label=t("nav.serial_numbers", lang))
    if gateway.may_ask("item_moves"):
        moves = gateway.ask("item_moves", item=item["id"])
        if moves:
            st.subheader(t("item.moves", lang), anchor=False)
            shown = tuple(c for c in _MOVES if any(row.get(c.name) is not None for row in moves))
            draw_table(shown, moves, lang, label=t("item.moves", lang))


def _draw_availability(item: Mapping[str, Any], lang: str) -> None:
    found = gateway.ask("availability", items=[item["code"]])
    if not found:
        return
    row = found[0]
    names = (
        ("on_hand", "term.on_hand"),
        ("reserved", "term.reserved"),
        ("free", "term.available"),
        ("on_order", "word.on_order"),
    )
    board.tiles(
        [board.Tile(t(label, lang), board.quantity(row[name], row["unit_code"], lang)) for name, label in names]
    )


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("item", "")
    rows = gateway.ask("item_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        return {}
    row = rows[0]
    known = {**row, "category": row["category_code"], "unit": row["unit_code"]}
    return {
        entry.name: plain_number(value) if isinstance(value := known.get(entry.name), Decimal) else value
        for entry in FORM.inputs
    }


FORM: Final = FormScreen(
    path="edit_item",
    title="form.item",
    command="put_item",
    submit="action.save",
    lead="form.item_lead",
    inputs=(
        Input("code", "term.item_number", needed=True),
        Input("name", "word.name"),
        Input("name_zh", "word.name_zh"),
        Input("barcode", "word.barcode"),
        Input("category", "word.category", "lookup", query="item_categories"),
        Input("unit", "word.unit", "lookup", query="units"),
        Input("source", "word.source", "choice", choices=("make", "buy"), family="source"),
        Input("lot_tracked", "word.lot_tracked", "flag"),
        Input("serial_tracked", "word.serial_tracked", "flag", help="form.serial_help"),
        Input("warranty_months", "word.warranty_months", "count", help="form.warranty_help"),
        Input("tax_code", "word.tax_code", "lookup", query="tax_codes"),
        Input("list_price", "word.list_price", "price"),
        Input("standard_cost", "term.standard_cost", "price"),
        Input("weight_kg", "word.weight_kg", "quantity"),
        Input("volume_m3", "word.volume_m3", "quantity"),
        Input("lead_time_days", "word.lead_time_days", "quantity"),
        Input("safety_stock", "term.safety_stock", "quantity"),
        Input("min_lot", "term.minimum_order_quantity", "quantity"),
        Input("lot_multiple", "word.lot_multiple", "quantity"),
    ),
    prefill=_prefill,
)

ITEM_PAGES: Final = (
    Page(LIST.path, LIST.title, "category", partial(draw_list, LIST), query="items"),
    Page("item", "term.item", "category", draw_item, query="items", listed=False),
    trade.form_page(FORM, "category"),
    *SUBSTITUTES.pages(),
)
