"""Taking orders from the files that a shop or marketplace exports: choose the shop, upload, see what became of each order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from app.jobs.import_shop_orders import OrderFile, ShopImport
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import lookup, markup, notices
from app.ui.widgets.values import Column, draw_table

_KEY: Final = "shop_import"
_TYPES: Final = ["csv", "xlsx", "json", "jsonl", "txt"]
_WAITING: Final = (
    Column("order_number", "word.shop_order_number", "code"),
    Column("reason", "word.reason", "word", family="shop_reason"),
    Column("detail", "word.description"),
)


def draw_shop_import() -> None:
    """Draw the choice of the shop, the upload and what came of it."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.shop_import", lang), lead=t("form.shop_import_lead", lang)))
    left, right = st.columns([1, 2], gap="large")
    with left:
        shop = lookup.choose(
            "shops", {"active": True}, None, label=t("word.shop", lang), told=None, key=f"{_KEY}.shop", lang=lang
        )
    uploaded = right.file_uploader(
        t("form.shop_files", lang), type=_TYPES, accept_multiple_files=True, key=f"{_KEY}.files"
    )
    ready = bool(shop and uploaded)
    if st.button(
        t("action.import_shop_orders", lang),
        icon=":material/upload_file:",
        type="primary",
        disabled=not ready,
        key=f"{_KEY}.go",
    ):
        assert shop is not None
        _run(shop, [OrderFile(file.name, file.getvalue()) for file in uploaded], lang)
    found: ShopImport | None = st.session_state.get(f"{_KEY}.found")
    if found is not None:
        _account(found, lang)


def _run(shop: str, files: list[OrderFile], lang: str) -> None:
    st.session_state.pop(f"{_KEY}.found", None)
    with st.spinner(t("form.shop_importing", lang), show_time=True):
        try:
            st.session_state[f"{_KEY}.found"] = gateway.import_orders(shop, files)
        except Refused as refusal:
            notices.refusal(t(f"refusal.{refusal.key}", lang, **refusal.values))


def _account(found: ShopImport, lang: str) -> None:
    """What became of the files' orders, by state, and what waits for a person."""
    states: Mapping[str, int] = found.states
    said = " · ".join(f"{t(f'state.{state}', lang)} {count}" for state, count in sorted(states.items()))
    tone = "good" if found.clean else "watch"
    markup.show(markup.note(t("form.shop_imported", lang, read=found.read, stored=found.stored, states=said), tone))
    if found.refused:
        notices.refusal(
            t("form.shop_not_stored", lang, count=len(found.refused)), [("", text) for text in found.refused]
        )
    if found.waiting:
        st.subheader(t("form.shop_waiting", lang, count=len(found.waiting)), anchor=False)
        rows: list[dict[str, Any]] = found.waiting
        draw_table(_WAITING, rows, lang, label=t("nav.shop_messages", lang))


SHOP_IMPORT: Final = Page(
    "shop_import", "nav.shop_import", "upload_file", draw_shop_import, query="shops", command="receive_shop_message"
)
