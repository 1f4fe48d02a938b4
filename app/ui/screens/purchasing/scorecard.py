"""The scorecard of suppliers: on time, in full, good, price, and the lead time that their receipts teach, to be accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets import board, markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.values import Column, draw_table

_PERMISSION: Final = "purchasing.read"
_MOST_ROWS: Final = 300
_COLUMNS: Final = (
    Column("party_name", "term.supplier", opens="party", opens_by="party_id"),
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("line_count", "word.record_count", "count"),
    Column("on_time_rate", "word.on_time_rate", "share"),
    Column("as_asked_rate", "word.as_asked_rate", "share"),
    Column("in_full_rate", "word.in_full_rate", "share"),
    Column("bad_rate", "word.bad_rate", "share"),
    Column("last_price", "word.last_price", "price"),
    Column("price_change_rate", "word.price_change", "share"),
    Column("standard_cost", "term.standard_cost", "price"),
    Column("agreed_lead_time_days", "word.lead_time_days", "quantity"),
    Column("p50", "word.lead_time_p50"),
    Column("p90", "word.lead_time_p90"),
    Column("receipt_count", "nav.goods_receipts", "count"),
)


def draw_scorecard() -> None:
    """Draw the scorecard as of today; a learned lead time leads to the form that accepts it."""
    lang = gateway.visit().lang
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    with left:
        markup.show(markup.heading(t("nav.supplier_scorecard", lang), lead=t("form.scorecard_lead", lang)))
    search = right.text_input(
        t("list.search", lang),
        key="supplier_scorecard.search",
        label_visibility="collapsed",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    board.as_of(gateway.warehouse_moment(), lang)
    rows = gateway.read("supplier_scorecard", as_of=gateway.today(), limit=10_000).dicts()
    wanted = (search or "").strip().casefold()
    names = ("party_code", "party_name", "item_code", "item_name", "item_name_zh")
    rows = [row for row in rows if wanted in " ".join(str(row[name] or "") for name in names).casefold()]
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("empty.supplier_scorecard", lang)))
        return
    shown = [{**row, **_offers(row, lang)} for row in rows[:_MOST_ROWS]]
    draw_table(_COLUMNS, shown, lang, label=t("nav.supplier_scorecard", lang))
    if len(rows) > _MOST_ROWS:
        markup.show(markup.quiet(t("board.more_rows", lang, count=len(rows) - _MOST_ROWS)))


def _offers(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The learned lead times, each as the link that offers it where the terms say otherwise and the reader may accept it."""
    may = gateway.may_send("accept_lead_time") and row["agreed_lead_time_days"] is not None
    offered: dict[str, Any] = {}
    for name in ("p50", "p90"):
        days = row[f"lead_time_days_{name}"]
        words = None if days is None else t("preview.days", lang, days=days)
        if days is not None and may and days >= 0 and days != row["agreed_lead_time_days"]:
            query = {"supplier": row["party_code"], "item": row["item_code"], "days": days}
            offered[name] = markup.link(str(words), markup.href("accept_lead_time", **query))
        else:
            offered[name] = words
    return offered


def _offered(asked: Mapping[str, str]) -> dict[str, Any]:
    if not {"supplier", "item", "days"} <= set(asked):
        return {}
    return {"supplier": asked["supplier"], "item": asked["item"], "lead_time_days": asked["days"]}


ACCEPT_FORM: Final = FormScreen(
    path="accept_lead_time",
    title="action.accept_lead_time",
    command="accept_lead_time",
    submit="action.accept_lead_time",
    lead="form.accept_lead_time_lead",
    inputs=(
        Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
        Input("item", "term.item_number", "lookup", needed=True, query="items"),
        Input("lead_time_days", "word.lead_time_days", "quantity", needed=True),
    ),
    prefill=_offered,
)

SCORECARD_PAGES: Final = (
    Page("supplier_scorecard", "nav.supplier_scorecard", "leaderboard", draw_scorecard, permission=_PERMISSION),
    trade.form_page(ACCEPT_FORM, "leaderboard"),
)
