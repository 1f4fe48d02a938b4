"""The rows behind a board: a table of the first of them, what follows said in words, and all of them to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import markup
from app.ui.widgets.listing import written_csv
from app.ui.widgets.values import Column, draw_table

ALL: Final = 100_000
_SHOWN: Final = 12


def draw_rows(
    title: str,
    columns: tuple[Column, ...],
    rows: Iterable[Mapping[str, Any]],
    lang: str,
    *,
    name: str,
    nothing: str,
    most: int = _SHOWN,
) -> None:
    """Draw rows under their title, with their export.

    Args:
        title: key of what the rows are.
        columns: what of them is shown and taken away.
        rows: all of them.
        lang: the reader's language.
        name: what the export is called; also tells the tables of a page apart.
        nothing: key of what is said where there are none.
        most: rows that are shown.
    """
    st.subheader(t(title, lang), anchor=False)
    currency = gateway.currency()
    found = [{"currency": currency, **row} for row in rows]
    if not found:
        markup.show(markup.empty(t("list.nothing_yet", lang), t(nothing, lang)))
        return
    draw_table(columns, found[:most], lang, label=t(title, lang))
    if len(found) > most:
        markup.show(markup.quiet(t("board.more_rows", lang, count=len(found) - most)))
    st.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(columns, found, lang),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{name}.export",
    )


def counted_by(name: str, choices: tuple[str, ...], lang: str) -> str:
    """Let the reader choose what a table counts together; the first is what it begins with."""
    chosen = st.segmented_control(
        t("word.counted_by", lang),
        choices,
        default=choices[0],
        required=True,
        format_func=lambda choice: t(f"board.by_{choice}", lang),
        key=f"{name}.by",
    )
    return chosen or choices[0]
