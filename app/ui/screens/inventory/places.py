"""The map of places: how full each one is, zone by zone, and what stands in a place with all that is within it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_number, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.values import Column, draw_table

_PLACES: Final = (
    Column("opened", "word.code", "code"),
    Column("name", "word.name"),
    Column("place_type", "word.place_type", "word", family="place_type"),
    Column("storage_class", "word.storage_class", "code"),
    Column("standing", "word.state", "word", family="place_state"),
    Column("fill", "word.fill_grade"),
    Column("item_count", "word.item_count", "count"),
    Column("quantity", "word.quantity", "quantity"),
    Column("capacity_quantity", "word.capacity_quantity", "quantity"),
    Column("weight_kg", "word.weight_kg", "quantity"),
    Column("capacity_weight_kg", "word.capacity_weight_kg", "quantity"),
    Column("volume_m3", "word.volume_m3", "quantity"),
    Column("capacity_volume_m3", "word.capacity_volume_m3", "quantity"),
)
_STOCK: Final = (
    Column("item_code", "term.item_number", "code", opens="item"),
    Column("item_name", "term.item"),
    Column("place_count", "word.place_count", "count"),
    Column("quantity", "term.on_hand", "quantity"),
    Column("reserved", "term.reserved", "quantity"),
    Column("others_quantity", "word.others_quantity", "quantity"),
    Column("unit_code", "word.unit"),
)
_NEARLY_FULL: Final = Decimal("0.9")
_MOST_ROWS: Final = 1000


def draw_place_map() -> None:
    """Draw the place that the address names and what is within it, or all storage places, in groups by what they lie within."""
    lang = gateway.visit().lang
    code = st.query_params.get("id", "")
    rows = gateway.ask("place_map", **({"location": code} if code else {}))
    markup.show(markup.heading(t("nav.place_map", lang), eyebrow=code, lead=t("place.map_lead", lang)))
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("empty.locations", lang)))
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["parent"] or ""].append(_shown(row, lang))
    for parent, places in sorted(groups.items()):
        title = parent or t("place.top", lang)
        st.subheader(title, anchor=False)
        used = tuple(c for c in _PLACES if any(place.get(c.name) not in (None, "") for place in places))
        draw_table(used, places, lang, label=title)
    if code:
        _draw_stock(code, lang)


def _shown(row: dict[str, Any], lang: str) -> dict[str, Any]:
    grade = row["fill_grade"]
    fill = "" if grade is None else f"{format_number(Decimal(grade) * 100, lang, decimals=0)} %"
    opened = markup.link(row["code"], markup.href("place_map", id=row["code"]))
    return {**row, "opened": opened, "fill": fill, "standing": _standing(row)}


def _standing(row: dict[str, Any]) -> str:
    """The one word that says whether something can be put here."""
    grade = None if row["fill_grade"] is None else Decimal(row["fill_grade"])
    if row["blocked"]:
        return "blocked"
    if grade is not None and grade >= 1:
        return "full"
    if grade is not None and grade >= _NEARLY_FULL:
        return "nearly_full"
    return "free" if row["item_count"] else "empty"


def _draw_stock(code: str, lang: str) -> None:
    title = t("place.stock_within", lang, code=code)
    found = gateway.ask("stock_of_place", location=code, limit=_MOST_ROWS)
    st.subheader(title, anchor=False)
    if found:
        draw_table(_STOCK, found, lang, label=title)
    else:
        markup.show(markup.quiet(t("empty.stock_on_hand", lang)))


PLACE_MAP_PAGES: Final = (Page("place_map", "nav.place_map", "grid_view", draw_place_map, query="place_map"),)
