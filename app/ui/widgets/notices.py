"""Refusals, good news and confirmations, said in one way everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.kernel.i18n import t
from app.ui.widgets import markup


def refusal(message: str, places: Sequence[tuple[str, str]] = ()) -> None:
    """A "no" with what to do about it, and the places it concerns."""
    markup.show(markup.note(message, "bad"))
    if places:
        markup.show(markup.facts(list(places)))


def say_after_rerun(message: str) -> None:
    """Keep good news for the page that comes next."""
    st.session_state["said"] = message


def say_what_was_kept() -> None:
    """Say the good news that an earlier rerun kept."""
    message = st.session_state.pop("said", None)
    if message is not None:
        st.toast(markup.plain(message), icon=":material/check_circle:")


def confirm(title: str, consequence: str, button: str, lang: str, act: Callable[[], None], key: str) -> None:
    """Ask once before a step that is hard to take back, with its consequence."""

    @st.dialog(title)
    def asked() -> None:
        st.markdown(markup.plain(consequence))
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(t("word.leave_it", lang), key=f"{key}.no"):
                st.rerun()
            if st.button(button, type="primary", key=f"{key}.yes"):
                act()
                st.rerun()

    asked()
