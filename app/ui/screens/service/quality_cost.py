"""The cost of bad quality over a span of days: internal and external failure by month, category, reason, item or customer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import spans
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column

_MONTHS: Final = 12
_SAID_IN_WORDS: Final = {"category": "quality_cost", "reason": "return_reason"}
COST: Final = ListScreen(
    path="cost_of_quality",
    title="nav.cost_of_quality",
    query="cost_of_quality",
    columns=(
        Column("code", "word.code", "code", sorts=False),
        Column("name", "word.name", sorts=False),
        Column("internal_failure", "word.internal_failure", "amount", sorts=False, total=True),
        Column("external_failure", "word.external_failure", "amount", sorts=False, total=True),
        Column("total", "word.total_amount", "amount", sorts=False, total=True),
        Column("document_count", "word.document_count", "count", sorts=False),
    ),
    filters=(
        Filter("by", "word.counted_by", ("month", "category", "reason", "item", "customer"), family="quality_cost_by"),
    ),
    empty="empty.cost_of_quality",
)


def draw_cost_of_quality() -> None:
    """Draw the cost of the last twelve months and of this one."""
    today = gateway.today()
    days = {"from_on": spans.months_before(today, _MONTHS), "to_on": today}
    family = _SAID_IN_WORDS.get(st.session_state.get("list.cost_of_quality.by") or "")
    first = COST.columns[0] if family is None else replace(COST.columns[0], kind="word", family=family)
    draw_list(replace(COST, arguments=days, columns=(first, *COST.columns[1:])))


QUALITY_COST_PAGES: Final = (
    Page("cost_of_quality", "nav.cost_of_quality", "price_check", draw_cost_of_quality, query="cost_of_quality"),
)
