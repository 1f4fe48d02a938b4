"""The account box at the foot of the navigation: who is signed in, in which language, and the way out."""

from __future__ import annotations

import streamlit as st

from app.kernel.i18n import ENDONYMS, LANGUAGES, t
from app.ui.gateway import Visit, form_token
from app.ui.widgets import markup


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
            texts={"language": t("door.language", visit.lang), "sign_out": t("door.sign_out", visit.lang)},
        )
    )
