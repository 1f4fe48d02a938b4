"""The margin after promotions: what each took off by month or promotion, and what the lines still earn."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.jobs.boards import COST
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.boards.behind import ALL, counted_by, draw_rows
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans
from app.ui.widgets.values import Column

_COLUMNS: Final = (
    Column("group", "word.name"),
    Column("use_count", "word.use_count", "count", total=True),
    Column("order_count", "word.order_count", "count"),
    Column("line_count", "word.order_lines", "count"),
    Column("given_amount", "word.given_away", "amount"),
    Column("net_amount", "word.net_amount", "amount"),
    Column("margin_amount", "board.margin_amount", "amount"),
    Column("margin_before", "board.margin_before", "share"),
    Column("margin", "board.margin_after", "share"),
)


def draw_promotion_margin() -> None:
    """Draw what promotions took off in a span; a line that two of them touched counts with each."""
    lang = gateway.visit().lang
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.promotion_margin", lang), lead=t("board.promotion_margin_lead", lang)))
    with right:
        span = spans.pick(lang, default="year")
    board.head_line(lang)
    by = counted_by("promotion_margin", ("month", "promotion"), lang)
    rows = gateway.read("promotion_margin", by=by, from_on=span.from_on, to_on=span.to_on).dicts()
    named = [{**row, "group": row["name"] or row["code"]} for row in rows]
    name = f"promotion_margin_{by}"
    draw_rows("nav.promotion_margin", _COLUMNS, named, lang, name=name, nothing="board.no_promotions", most=ALL)


PROMOTION_MARGIN: Final = Page(
    "promotion_margin", "nav.promotion_margin", "percent", draw_promotion_margin, permission=COST
)
