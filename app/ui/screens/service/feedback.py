"""What customers said: on the page of a case, as a list, and counted by month, item, customer and supplier."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens.page import Page
from app.ui.widgets.document import Section
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column

_SAID: Final = (
    Column("satisfaction", "word.satisfaction", "count"),
    Column("recommendation", "word.recommendation", "count"),
    Column("comment", "word.comment"),
    Column("given_at", "word.given_at", "moment"),
    Column("changed_at", "word.changed_at", "moment", chosen=False),
)
FEEDBACK: Final = Section("case_feedback", "document.case_feedback", _SAID)
_LIST: Final = ListScreen(
    path="customer_feedback",
    title="nav.customer_feedback",
    query="customer_feedback",
    columns=(
        Column("number", "word.number", "code", opens_kind="kind", opens_by="about_id"),
        Column("kind", "word.kind", "word", family="kind"),
        Column("party_name", "term.customer"),
        *_SAID,
    ),
    filters=(Filter("about", "word.kind", ("sales_order", "service_case"), family="kind"),),
    empty="empty.customer_feedback",
)
_REPORT: Final = ListScreen(
    path="feedback_report",
    title="nav.feedback_report",
    query="feedback_report",
    columns=(
        Column("code", "word.code", "code"),
        Column("name", "word.name"),
        Column("count", "word.answers", "count"),
        Column("mean", "word.mean_mark", "quantity"),
        Column("csat", "word.csat_percent", "share"),
        Column("recommended", "word.recommended_count", "count"),
        Column("nps", "word.nps", "quantity"),
    ),
    filters=(Filter("by", "word.counted_by", ("month", "item", "customer", "supplier"), family="feedback_by"),),
    empty="empty.customer_feedback",
)
FEEDBACK_PAGES: Final = tuple(
    Page(screen.path, screen.title, icon, partial(draw_list, screen), query=screen.query)
    for screen, icon in ((_LIST, "reviews"), (_REPORT, "sentiment_satisfied"))
)
