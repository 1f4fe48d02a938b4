"""Pages that ask for an item and its lot or serial number, and show what a query says of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import lookup, markup
from app.ui.widgets.values import Column


def rows_of_lot(query: str, lead: str) -> list[dict[str, Any]] | None:
    """Draw the head of a page and its two fields, and ask for the lot.

    Args:
        query: what is asked with `item` and `lot`; also the page's name, under which its fields and title are known.
        lead: the text below the title.

    Returns:
        What the query says; None where nothing was chosen or it was refused, which the page says then.
    """
    lang = gateway.visit().lang
    markup.show(markup.heading(t(f"nav.{query}", lang), lead=t(lead, lang)))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        named = st.query_params.get("item") or None
        label = t("term.item_number", lang)
        code = lookup.choose("items", {}, named, label=label, told=None, key=f"{query}.item", lang=lang)
    lot = right.text_input(t("term.lot_batch", lang), value=st.query_params.get("lot", ""), key=f"{query}.lot").strip()
    if code is None or not lot:
        markup.show(markup.empty(t("stock.choose_lot", lang), t("stock.choose_lot_remedy", lang)))
        return None
    try:
        return gateway.ask(query, item=code, lot=lot)
    except Refused as refusal:
        markup.show(markup.note(t(f"refusal.{refusal.key}", lang, **refusal.values), "watch"))
        return None


def telling(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    """The columns in which some row says something."""
    return tuple(column for column in columns if any(row.get(column.name) not in (None, "") for row in rows))
