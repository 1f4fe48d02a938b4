"""Views of a list that a person keeps under a name: what he searched, which choices he made, and the order.

They lie beside his drafts, because they bind nobody and are his alone; what a list can be asked is the list's to say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import markup

_MOST: Final = 20
_LONGEST_NAME: Final = 40


def kept(path: str) -> dict[str, dict[str, Any]]:
    """The views that the reader keeps of a list, by name."""
    found = gateway.doors().drafts.load(gateway.visit().principal.user_id, _form(path))
    return {} if found is None else json.loads(found)


def draw(path: str, keys: Sequence[str], lang: str) -> None:
    """Draw the views of a list, the way to keep the present one, and to throw one away.

    Args:
        path: address of the list.
        keys: the session's names of what the reader chose there.
        lang: the reader's language.
    """
    views = kept(path)
    for index, (name, view) in enumerate(views.items()):
        left, right = st.columns([5, 1])
        left.button(
            markup.plain(name),
            key=f"view.{path}.{index}",
            type="tertiary",
            icon=":material/bookmark:",
            on_click=_take,
            args=(view, keys),
        )
        right.button(
            t("list.drop_view", lang, name=name),
            key=f"view.{path}.{index}.drop",
            type="tertiary",
            icon=":material/delete:",
            on_click=_keep,
            args=(path, {other: body for other, body in views.items() if other != name}),
        )
    if not views:
        markup.show(markup.quiet(t("list.no_views", lang)))
    if len(views) >= _MOST:
        return
    name = st.text_input(t("list.view_name", lang), key=f"view.{path}.name", max_chars=_LONGEST_NAME)
    st.button(
        t("list.keep_view", lang),
        key=f"view.{path}.keep",
        icon=":material/bookmark_add:",
        disabled=not (name or "").strip(),
        on_click=_keep_present,
        args=(path, keys, views),
    )


def _form(path: str) -> str:
    return f"views.{path}"


def _keep(path: str, views: dict[str, dict[str, Any]]) -> None:
    gateway.doors().drafts.keep(gateway.visit().principal.user_id, _form(path), json.dumps(views, ensure_ascii=False))


def _keep_present(path: str, keys: Sequence[str], views: dict[str, dict[str, Any]]) -> None:
    name = str(st.session_state.get(f"view.{path}.name") or "").strip()
    chosen = {key: st.session_state.get(key) for key in keys}
    _keep(path, {**views, name: {"chosen": chosen, "sort": st.query_params.get("sort", "")}})
    st.session_state[f"view.{path}.name"] = ""


def _take(view: dict[str, Any], keys: Sequence[str]) -> None:
    """Put a view's choices in place of the present ones; what the list no longer offers is left out."""
    for key in keys:
        st.session_state[key] = view["chosen"].get(key)
    st.query_params["sort"] = view["sort"]
