"""Service levels: how much time a case has left, who was told, what is promised, and what was kept."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens.page import Page
from app.ui.screens.set_up import SetUp
from app.ui.widgets.document import Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column

_KINDS: Final = ("return", "exchange", "repair", "complaint")
_CLOCK: Final = Column("clock", "word.case_clock", "word", family="case_clock", sorts=False)
TIME_LEFT: Final = (
    _CLOCK,
    Column("hours_left", "word.hours_left", "quantity", sorts=False),
    Column("due_at", "word.limit_at", "moment", sorts=False),
    Column("waiting_since", "word.waiting_since", "moment", sorts=False),
)
CLOCKS: Final = Section(
    "case_clocks",
    "document.case_clocks",
    (
        _CLOCK,
        Column("level_code", "word.service_level", "code"),
        Column("standing", "word.standing", "word", family="clock_standing"),
        Column("limit_hours", "word.limit_hours", "quantity"),
        Column("used_hours", "word.used_hours", "quantity"),
        Column("hours_left", "word.hours_left", "quantity"),
        Column("due_at", "word.limit_at", "moment"),
        Column("stopped_at", "word.stopped_at", "moment"),
        Column("warned_at", "word.warned_at", "moment"),
        Column("escalated_at", "word.escalated_at", "moment"),
    ),
)
_LEVELS: Final = SetUp(
    "timer",
    ListScreen(
        path="service_levels",
        title="nav.service_levels",
        query="service_levels",
        columns=(
            Column("code", "word.code", "code", opens="edit_service_level", opens_by="code"),
            Column("name", "word.name"),
            Column("case_kind", "word.case_kind", "word", family="case_kind"),
            Column("priority_upto", "word.priority_upto", "count"),
            Column("customer_class", "word.customer_class", "code"),
            Column("calendar", "word.calendar", "code"),
            Column("answer_hours", "word.answer_hours", "quantity"),
            Column("decision_hours", "word.decision_hours", "quantity"),
            Column("settlement_hours", "word.settlement_hours", "quantity"),
            Column("warn_share", "word.warn_percent", "share"),
            Column("escalation_role", "word.escalation_role", "code"),
            Column("active", "word.active", "flag"),
        ),
        create=("edit_service_level", "put_service_level", "action.new_service_level"),
        empty="empty.service_levels",
    ),
    FormScreen(
        path="edit_service_level",
        title="word.service_level",
        command="put_service_level",
        submit="action.save",
        lead="form.service_level_lead",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("case_kind", "word.case_kind", "choice", choices=_KINDS, family="case_kind"),
            Input("priority_upto", "word.priority_upto", "count", help="form.priority_upto_help"),
            Input("customer_class", "word.customer_class"),
            Input("calendar", "word.calendar", "lookup", needed=True, query="calendars"),
            Input("answer_hours", "word.answer_hours", "quantity"),
            Input("decision_hours", "word.decision_hours", "quantity"),
            Input("settlement_hours", "word.settlement_hours", "quantity"),
            Input("warn_share", "word.warn_percent", "share", default="75"),
            Input("escalation_role", "word.escalation_role", "lookup", needed=True, query="roles"),
            Input("active", "word.active", "flag", default=True),
        ),
    ),
)
_ALERTS: Final = ListScreen(
    path="service_alerts",
    title="nav.service_alerts",
    query="service_alerts",
    columns=(
        Column("number", "kind.service_case", "code", opens="service_case", opens_by="document_id"),
        Column("party_name", "term.customer"),
        Column("priority", "word.priority", "count"),
        _CLOCK,
        Column("step", "word.alert_step", "word", family="alert_step"),
        Column("role_code", "term.role", "code"),
        Column("user_name", "word.owner"),
        Column("made_at", "word.told_at", "moment"),
        Column("due_at", "word.limit_at", "moment"),
        Column("state", "word.state", "word", family="alert_state"),
        Column("sent_at", "word.sent_at", "moment"),
    ),
    filters=(Filter("state", "word.state", ("waiting", "sent"), family="alert_state"),),
    empty="empty.service_alerts",
)
_KEPT: Final = ListScreen(
    path="service_levels_kept",
    title="nav.service_levels_kept",
    query="service_levels_kept",
    columns=(
        Column("month", "word.month", "code"),
        Column("level_code", "word.service_level", "code"),
        _CLOCK,
        Column("kept_count", "word.kept_count", "count", total=True),
        Column("broken_count", "word.broken_count", "count", total=True),
        Column("open_count", "word.open_count", "count", total=True),
        Column("kept_share", "word.kept_percent", "share"),
    ),
    empty="empty.service_levels_kept",
)
LEVEL_PAGES: Final = (
    *_LEVELS.pages(),
    *(
        Page(screen.path, screen.title, icon, partial(draw_list, screen), query=screen.query)
        for screen, icon in ((_ALERTS, "notification_important"), (_KEPT, "fact_check"))
    ),
)
