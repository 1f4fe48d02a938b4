"""The budget board: what may be ordered, what orders commit, what was billed and is left, and the orders behind each budget."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.jobs.boards import OPERATIONS
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.boards.behind import ALL, draw_rows
from app.ui.screens.page import Page
from app.ui.widgets import board, markup
from app.ui.widgets.values import Column

_BUDGETS: Final = (
    Column("budget_code", "word.code", "code"),
    Column("budget_name", "word.name"),
    Column("category_code", "word.item_family", "code"),
    Column("starts_on", "word.valid_from", "date"),
    Column("ends_on", "word.valid_to", "date"),
    Column("budget_amount", "word.budget_amount", "amount"),
    Column("committed_amount", "word.committed_amount", "amount"),
    Column("billed_amount", "word.billed_amount", "amount"),
    Column("left_amount", "word.budget_left", "amount"),
    Column("order_count", "word.order_count", "count"),
)
_ORDERS: Final = (
    Column("order_number", "word.number", "code", opens="purchase_order", opens_by="document_id"),
    Column("state", "word.state", "state"),
    Column("document_on", "word.document_on", "date"),
    Column("party_name", "term.supplier", opens="party", opens_by="party_id"),
    Column("committed_amount", "word.committed_amount", "amount", total=True),
    Column("billed_amount", "word.billed_amount", "amount", total=True),
)


def draw_budget_board() -> None:
    """Draw the budgets, the latest first, and the orders that draw on the one that the reader chooses."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.budget_board", lang), lead=t("board.budgets_lead", lang)))
    board.head_line(lang)
    rows = gateway.read("budgets", limit=ALL).dicts()
    draw_rows("nav.budgets", _BUDGETS, rows, lang, name="budgets", nothing="empty.budgets", most=ALL)
    if not rows:
        return
    names = {row["budget_code"]: f"{row['budget_code']} {row['budget_name']}" for row in rows}
    chosen = st.selectbox(
        t("what.budget", lang), list(names), format_func=lambda code: names[code], key="budget_board.budget"
    )
    orders = gateway.read("budget_orders", budget_code=chosen, limit=ALL).dicts()
    draw_rows("nav.purchase_orders", _ORDERS, orders, lang, name=f"budget_{chosen}", nothing="board.no_budget_orders")


BUDGET_BOARD: Final = Page(
    "budget_board", "nav.budget_board", "account_balance_wallet", draw_budget_board, permission=OPERATIONS
)
