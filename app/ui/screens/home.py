"""Home: what waits for the reader today, the most at risk first, and the ways to begin something new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_number, t
from app.ui import gateway
from app.ui.screens.inbox import draw_inbox
from app.ui.screens.page import Page
from app.ui.widgets import board, markup
from app.ui.widgets.listing import go_to
from app.ui.widgets.values import Column, draw_table

_LISTS: Final[Mapping[str, str]] = {
    "quotation": "quotations",
    "sales_order": "sales_orders",
    "purchase_order": "purchase_orders",
    "production_order": "production_orders",
    "repair_order": "repairs",
}
_STARTS: Final = (
    ("new_sales_order", "create_sales_order", "action.new_sales_order", "shopping_cart"),
    ("new_purchase_order", "create_purchase_order", "action.new_purchase_order", "shopping_bag"),
    ("new_production_order", "create_production_order", "action.new_production_order", "precision_manufacturing"),
    ("receive_payment", "receive_payment", "action.receive_payment", "payments"),
    ("new_manual_entry", "post_manual_entry", "action.new_manual_entry", "edit_note"),
)
_SIDES: Final[Mapping[str, tuple[str, str]]] = {
    "receivable": ("home.receivable", "open_receivables"),
    "payable": ("home.payable", "open_payables"),
}
_LATE: Final = (
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
    Column("party_name", "word.party"),
    Column("due_on", "word.due_on", "date"),
    Column("days_late", "word.days_late", "count"),
    Column("open_amount", "word.open_amount", "amount"),
)


def draw_home() -> None:
    """Draw what waits for the person who looks."""
    here = gateway.visit()
    lang = here.lang
    greeting = t("home.greeting", lang, name=here.principal.name)
    markup.show(markup.heading(greeting, eyebrow=board.today_line(lang), lead=t("home.lead", lang)))
    _starts(lang)
    draw_inbox(lang)
    work = gateway.ask("waiting_work") if gateway.may_ask("waiting_work") else []
    _open_orders(work, lang)
    late = _overdue()
    st.subheader(t("home.overdue", lang), anchor=False)
    if late:
        draw_table(_LATE, late, lang, label=t("home.overdue", lang))
    else:
        markup.show(markup.empty(t("home.nothing_overdue", lang), t("home.nothing_overdue_says", lang)))


def _starts(lang: str) -> None:
    allowed = [start for start in _STARTS if gateway.may_send(start[1])]
    if not allowed:
        return
    with st.container(horizontal=True):
        for path, _, label, icon in allowed:
            if st.button(t(label, lang), key=f"home.{path}", icon=f":material/{icon}:"):
                go_to(path)


def _open_orders(work: list[dict[str, Any]], lang: str) -> None:
    tiles = []
    for kind, listed_at in _LISTS.items():
        rows = [row for row in work if row["kind"] == kind and row["state"] != "draft"]
        if not rows:
            continue
        count = sum(row["document_count"] for row in rows)
        total = sum((row["total_amount"] for row in rows), Decimal(0))
        told = t("home.worth", lang, amount=gateway.money(total, lang)) if total else None
        tiles.append(board.Tile(t(f"home.open_{kind}", lang), format_number(count, lang), told=told, opens=listed_at))
    for row in gateway.ask("open_item_totals"):
        label, opens = _SIDES[row["side"]]
        tiles.append(board.Tile(t(label, lang), gateway.money(row["open_amount"], lang), opens=opens))
    if tiles:
        board.tiles(tiles)


def _overdue() -> list[dict[str, Any]]:
    """What should have been paid by now, the largest amount first."""
    today = gateway.today()
    rows = []
    for query in ("open_receivables", "open_payables"):
        if gateway.may_ask(query):
            rows += [row for row in gateway.ask(query, limit=200) if _day(row["due_on"]) < today]
    for row in rows:
        row["days_late"] = (today - _day(row["due_on"])).days
    return sorted(rows, key=lambda row: -(row["home_open_amount"] or row["open_amount"]))[:25]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


HOME: Final = Page(path="home", title="nav.home", icon="inbox", draw=draw_home)
