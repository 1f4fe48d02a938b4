"""The history of a piece or a lot: its moves, its repairs, and the customers' pieces that it was built into and taken out of."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import lookup, markup
from app.ui.widgets.values import Column, draw_table

_ROWS: Final = (
    Column("on_day", "word.day", "date"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="page", opens_by="document_id"),
    Column("state", "word.state", "state"),
    Column("quantity", "word.quantity", "quantity"),
    Column("from_code", "word.from_location", "code"),
    Column("to_code", "word.to_location", "code"),
    Column("party_name", "word.party"),
    Column("repair_number", "kind.repair_order", "code"),
    Column("into_code", "word.repaired_item", "code"),
    Column("into_lot", "word.repaired_piece", "code"),
    Column("whereabouts", "word.whereabouts", "word", family="whereabouts"),
    Column("remark", "word.note"),
)


def draw_piece_history() -> None:
    """Draw what happened to a piece or a lot."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.piece_history", lang), lead=t("form.piece_history_lead", lang)))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        code = lookup.choose(
            "items",
            {},
            st.query_params.get("item") or None,
            label=t("term.item_number", lang),
            told=None,
            key="piece_history.item",
            lang=lang,
        )
    lot = right.text_input(
        t("term.lot_batch", lang), value=st.query_params.get("lot", ""), key="piece_history.lot"
    ).strip()
    if code is None or not lot:
        markup.show(markup.empty(t("stock.choose_lot", lang), t("stock.choose_lot_remedy", lang)))
        return
    try:
        rows = gateway.ask("piece_history", item=code, lot=lot)
    except Refused as refusal:
        markup.show(markup.note(t(f"refusal.{refusal.key}", lang, **refusal.values), "watch"))
        return
    shown = tuple(column for column in _ROWS if any(row.get(column.name) not in (None, "") for row in rows))
    told = [{**row, "page": DOCUMENT_PAGES.get(str(row["kind"]))} for row in rows]
    draw_table(shown, told, lang, label=t("nav.piece_history", lang))


PIECE_PAGES: Final = (Page("piece_history", "nav.piece_history", "history", draw_piece_history, query="piece_history"),)
