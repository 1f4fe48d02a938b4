"""The choice of one among many by code, name, pinyin initials or phone, searched on the server.

A list that fits is offered whole. Of a longer one the first are offered; what the reader types and enters is searched
among all: one hit is taken, several are offered beside the field. What is chosen is the code; whether it may be used is
the command's to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import markup

_OFFERED: Final = 100
_FOUND: Final = 50


def choose(
    query: str, arguments: Mapping[str, Any], value: Any, *, label: str, told: str | None, key: str, lang: str
) -> str | None:
    """Draw the field and give the code that is chosen, or None.

    Args:
        query: gives rows with `code` and `name`; searches among all where it takes `search`.
        arguments: fixed arguments of the query.
        value: the code that the field opens with.
        label: title of the field.
        told: what to know about it.
        key: the session's name of the field.
        lang: the reader's language.
    """
    knows = gateway.arguments_of(query)
    searches = {"search", "limit"} <= knows
    rows = gateway.ask(query, **arguments, **({"limit": _OFFERED} if searches else {}))
    names = {str(row["code"]): _name(row, lang) for row in rows}
    typed = st.session_state.get(key)
    for code in (value, typed):
        if code and code not in names:
            names = {str(code): _name_of(query, arguments, str(code), lang) if searches else "", **names}
    codes = list(names)
    chosen = st.selectbox(
        label,
        codes,
        index=codes.index(value) if value in names else None,
        key=key,
        help=told,
        placeholder=t("form.choose", lang),
        format_func=lambda code: f"{code}  {names.get(code, '')}".strip(),
        accept_new_options=searches,
    )
    if chosen is None or not searches or names.get(chosen):
        return chosen
    return _searched(query, arguments, chosen, key, lang)


def _searched(query: str, arguments: Mapping[str, Any], typed: str, key: str, lang: str) -> str | None:
    """What the typed words stand for: the one hit, or the one that the reader picks of several."""
    found = gateway.ask(query, **arguments, search=typed, limit=_FOUND)
    exact = [row for row in found if str(row["code"]).casefold() == typed.casefold()]
    if len(exact) == 1 or len(found) == 1:
        row = (exact or found)[0]
        markup.show(markup.quiet(f"{row['code']}  {_name(row, lang)}"))
        return str(row["code"])
    if not found:
        markup.show(markup.note(t("form.none_found", lang, typed=typed), "watch"))
        return typed
    names = {str(row["code"]): _name(row, lang) for row in found}
    return st.selectbox(
        t("form.which_of", lang, count=len(found), typed=typed),
        list(names),
        index=None,
        key=f"{key}.among.{typed}",
        placeholder=t("form.choose", lang),
        format_func=lambda code: f"{code}  {names[code]}",
    )


def _name(row: Mapping[str, Any], lang: str) -> str:
    chinese = row.get("name_zh") if lang != "en" else None
    return str(chinese or row.get("name") or row.get("name_zh_hans" if lang != "en" else "name_en") or "")


def _name_of(query: str, arguments: Mapping[str, Any], code: str, lang: str) -> str:
    """The name of a code that is not among those offered; empty where it is no code but a search."""
    found = gateway.ask(query, **arguments, search=code, limit=_FOUND)
    return next((_name(row, lang) for row in found if str(row["code"]) == code), "")


def find_item(key: str, lang: str) -> None:
    """A box that finds items by code, name, pinyin initials or barcode, for a grid that takes codes."""
    typed = st.text_input(
        t("form.find_item", lang),
        key=f"{key}.find",
        placeholder=t("form.find_item", lang),
        label_visibility="collapsed",
        icon=":material/search:",
        live=True,
        width=320,
    )
    wanted = (typed or "").strip()
    if not wanted:
        return
    rows = gateway.ask("items", search=wanted, limit=8)
    if not rows:
        markup.show(markup.quiet(t("form.none_found", lang, typed=wanted)))
        return
    markup.show(markup.facts((str(row["code"]), _name(row, lang)) for row in rows))
