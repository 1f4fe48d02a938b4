"""The account box at the foot of the navigation: who is signed in, in which language, and the way out."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.kernel.i18n import ENDONYMS, LANGUAGES, t
from app.ui.gateway import Visit, form_token
from app.ui.widgets import markup

_SHORTCUTS: Final = (
    ("?", "shortcut.help"),
    ("/", "shortcut.search"),
    ("Alt + N", "shortcut.new"),
    ("Ctrl + S", "shortcut.save"),
    ("Enter", "shortcut.next"),
    ("Esc", "shortcut.leave"),
)


def draw_shortcuts(lang: str) -> None:
    """Put the list of shortcuts on the page, where "?" opens it."""
    entries = [(keys, t(name, lang)) for keys, name in _SHORTCUTS]
    markup.show(markup.shortcuts(t("shortcut.title", lang), t("shortcut.close", lang), entries))


def draw_account(visit: Visit) -> None:
    """Draw the box."""
    here = "/" + (st.context.url or "").split("/", 3)[-1] if st.context.url else "/"
    query = "&".join(f"{name}={value}" for name, value in st.query_params.items())
    markup.show(
        markup.account(
            visit.principal.name,
            visit.principal.login,
            [(code, ENDONYMS[code]) for code in LANGUAGES],
            lang=visit.lang,
            here=f"{here}?{query}" if query and "?" not in here else here,
            form_token=form_token(visit),
            texts={
                "language": t("door.language", visit.lang),
                "sign_out": t("door.sign_out", visit.lang),
                "shortcuts": t("shortcut.title", visit.lang),
            },
        )
    )
