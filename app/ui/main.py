"""The script that Streamlit runs for every rerun: who is here, what he may see, and the page he asked for.

Decides the frame: name, navigation by work, account box, and what a refusal or an error of a page looks like. Pages are
listed in `screens/catalog.py`; who may do what is the kernel's.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.catalog import all_pages, sections
from app.ui.screens.page import Page
from app.ui.widgets import markup, notices
from app.ui.widgets.account import draw_account, draw_shortcuts

_ASSETS = Path(__file__).resolve().parents[1] / "api" / "assets"
_log = logging.getLogger("tallyworks.screens")


def run() -> None:
    """Draw one rerun."""
    st.set_page_config(page_title="Tallyworks", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
    try:
        here = gateway.visit(anew=True)
    except gateway.SessionOver:
        st.session_state.clear()
        st.stop()
    if st.session_state.setdefault("signed_in_as", here.principal.user_id) != here.principal.user_id:
        st.session_state.clear()
        st.session_state["signed_in_as"] = here.principal.user_id
    markup.dress(here.lang)
    st.logo(str(_ASSETS / "wordmark.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")
    counts = gateway.waiting_counts()
    pages = {page.path: _streamlit_page(page, here.lang, counts) for page in all_pages() if _visible(page)}
    allowed = {
        t(section.title, here.lang): [pages[page.path] for page in section.pages if page.path in pages]
        for section in sections()
    }
    chosen = st.navigation({title: found for title, found in allowed.items() if found}, expanded=True)
    with st.sidebar.container(key="account"):
        draw_account(here)
        draw_shortcuts(here.lang)
    wanted = st.session_state.pop("go_to", None)
    if wanted is not None and wanted[0] in pages:
        st.switch_page(pages[wanted[0]], query_params=wanted[1])
    notices.say_what_was_kept()
    chosen.run()


def _visible(page: Page) -> bool:
    asked = page.query is None or gateway.may_ask(page.query)
    permitted = page.permission is None or gateway.visit().may(page.permission)
    return asked and permitted and (page.command is None or gateway.may_send(page.command))


def _streamlit_page(page: Page, lang: str, counts: Mapping[str, int]):
    def draw() -> None:
        _draw(page, lang)

    draw.__name__ = page.path
    title, count = t(page.title, lang), counts.get(page.path, 0)
    return st.Page(
        draw,
        title=t("nav.counted", lang, title=title, count=count) if count else title,
        icon=f":material/{page.icon}:",
        url_path=page.path,
        default=page.path == "home",
        visibility="visible" if page.listed else "hidden",
    )


def _draw(page: Page, lang: str) -> None:
    """Draw a page; a refusal is shown with its remedy, anything else with an id that the log knows."""
    try:
        page.draw()
    except gateway.SessionOver:
        st.session_state.clear()
        markup.show(markup.note(t("door.session_over", lang), "watch"))
    except Refused as refusal:
        markup.show(markup.note(t(f"refusal.{refusal.key}", lang, **refusal.values), "bad"))
    except Exception as error:
        if type(error).__module__.startswith("streamlit."):
            raise
        incident = uuid.uuid4().hex[:8]
        _log.exception("incident %s on page %s", incident, page.path)
        markup.show(markup.note(t("screen.incident", lang, incident=incident), "bad"))


run()
