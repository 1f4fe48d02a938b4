"""Order routing: the rules with their form and trial, what waits by queue, and how an order's page shows and overrides it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.gateway import new_command_id
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.screens.page import Page
from app.ui.screens.set_up import SetUp
from app.ui.widgets import markup, notices
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.reasons import reasons_shown
from app.ui.widgets.values import Column, draw_table

_DAYS: Final = 30
_SHOWN: Final = 50
_WAREHOUSE: Final = Column("warehouse", "word.ships_from", "code")
_GOES: Final = (
    _WAREHOUSE,
    Column("plant", "word.plant", "code"),
    Column("production_line", "word.production_line", "code"),
    Column("department", "word.department", "code"),
    Column("queue", "word.queue", "code"),
)
_RULE: Final = Column("rule", "word.routing_rule", "code")
_DECIDED_BY: Final = Column("decided_by", "word.routed_by", "word", family="routing_decided_by")
_WHY: Final = Column("why", "word.why")

# The rules -----------------------------------------------------------------------------------------------------------

_HITS: Final = (
    Column("code", "word.routing_rule", "code"),
    Column("rank", "word.rank", "count"),
    Column("state", "word.state", "word", family="routing_state"),
    *_GOES,
    Column("line_count", "word.lines_decided", "count"),
    Column("moving_count", "word.lines_moving", "count"),
)
_MOVING: Final = (
    Column("document_on", "word.document_on", "date"),
    Column("number", "term.sales_order", "code", opens="sales_order"),
    trade.LINE,
    Column("party_name", "word.party"),
    Column("item_code", "term.item_number", "code"),
    trade.QUANTITY,
    Column("rule_now", "word.rule_now", "code"),
    Column("warehouse_now", "word.warehouse_now", "code"),
    Column("queue_now", "word.queue_now", "code"),
    _RULE,
    *_GOES,
    _WHY,
)


def draw_typed_trial(data: dict[str, Any], lang: str) -> None:
    """What the rules would have done lately with the rule as it is typed."""
    rule = {name: value for name, value in data.items() if name != "state"}
    if rule.get("code") and gateway.may_ask("order_routing_trial"):
        _draw_trial(lang, rule=rule)


def _draw_trial(lang: str, **asked: Any) -> None:
    """How many lines of the last 30 days each rule decides, those that no line meets, and which lines go elsewhere."""
    asked["until"] = gateway.today().isoformat()
    try:
        rules = gateway.ask("order_routing_trial", **asked)
        lines = gateway.ask("order_routing_trial_lines", **asked)
    except Refused as refused:
        notices.refusal(t(f"refusal.{refused.key}", lang, **refused.values))
        return
    tried, moving = rules[-1]["tried_count"], sum(row["moving_count"] for row in rules)
    title = t("screen.routing_trial", lang, count=tried, days=_DAYS, moving=moving)
    st.subheader(title, anchor=False)
    idle = [row["code"] for row in rules if row["code"] is not None and row["line_count"] == 0]
    if idle:
        markup.show(markup.note(t("screen.routing_idle", lang, rules=", ".join(idle)), "watch"))
    rules[-1]["code"] = t("routing_decided_by.default", lang)
    draw_table(_used(_HITS, rules), rules, lang, label=title)
    known = [row for row in lines if row["id"] is not None][:_SHOWN]
    for row in known:
        row["why"] = reasons_shown(row["reasons"], lang, nothing="approval_reason.every_line") if row["rule"] else ""
    if known:
        draw_table(_used(_MOVING, known), known, lang, label=t("word.lines_moving", lang))


def _used(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(column for column in columns if any(row.get(column.name) not in (None, "") for row in rows))


def draw_trial_page() -> None:
    """Draw what would happen if every draft took effect, and the button that lets them."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.order_routing_trial", lang), lead=t("form.routing_trial_lead", lang)))
    refused = st.session_state.pop("routing.refused", None)
    if refused:
        notices.refusal(refused)
    drafts = [row["code"] for row in gateway.ask("order_routing_rules") if row["state"] == "draft"]
    if drafts and gateway.may_send("activate_order_routing_rules"):
        label = t("action.activate_routing", lang, count=len(drafts))
        if st.button(label, key="routing.activate", icon=":material/task_alt:", type="primary"):
            _activate(drafts, lang)
    elif not drafts:
        markup.show(markup.quiet(t("empty.routing_drafts", lang)))
    _draw_trial(lang)


def _activate(drafts: list[str], lang: str) -> None:
    """Let the drafts that the page showed take effect; a second press gives the same command again."""
    command_id = st.session_state.setdefault(f"routing.activate.{','.join(drafts)}", new_command_id())
    receipt = gateway.send("activate_order_routing_rules", {"rules": drafts}, command_id=command_id)
    if receipt.status == "done":
        notices.say_after_rerun(gateway.message(receipt, lang))
    else:
        st.session_state["routing.refused"] = gateway.message(receipt, lang)
    st.rerun()


_STATES: Final = ("draft", "active", "retired")
_RULES: Final = SetUp(
    "alt_route",
    ListScreen(
        path="order_routing_rules",
        title="nav.order_routing_rules",
        query="order_routing_rules",
        columns=(
            Column("code", "word.routing_rule", "code", opens="edit_order_routing_rule"),
            Column("rank", "word.rank", "count"),
            Column("state", "word.state", "word", family="routing_state"),
            Column("family", "word.item_family", "code"),
            Column("channel", "word.channel", "code"),
            Column("customer_class", "word.customer_class", "code"),
            Column("priority_until", "word.priority_until", "count"),
            Column("country", "word.country", "code"),
            Column("region", "word.region", "code"),
            Column("valid_from", "word.valid_from", "date"),
            Column("valid_to", "word.valid_to", "date"),
            *_GOES,
            Column("replaces", "word.replaces", "code"),
            Column("line_count", "word.lines_decided", "count"),
        ),
        create=("edit_order_routing_rule", "put_order_routing_rule", "action.new_routing_rule"),
        empty="empty.order_routing_rules",
    ),
    FormScreen(
        path="edit_order_routing_rule",
        title="word.routing_rule",
        command="put_order_routing_rule",
        submit="action.save",
        lead="form.routing_rule_lead",
        inputs=(
            Input("code", "word.rule_name", needed=True),
            Input("rank", "word.rank", "count", default=100, help="form.rank_help"),
            Input("state", "word.state", "choice", default="draft", choices=_STATES, family="routing_state"),
            Input("replaces", "word.replaces", help="form.replaces_help"),
            Input("family", "word.item_family", "lookup", query="item_categories"),
            Input("channel", "word.channel"),
            Input("customer_class", "word.customer_class"),
            Input("priority_until", "word.priority_until", "count", help="form.routing_priority_help"),
            Input("country", "word.country"),
            Input("region", "word.region", help="form.routing_region_help"),
            Input("valid_from", "word.valid_from", "date"),
            Input("valid_to", "word.valid_to", "date"),
            Input("warehouse", "word.ships_from", "lookup", query="locations", arguments={"kind": "storage"}),
            Input("plant", "word.plant", "lookup", query="sites"),
            Input("production_line", "word.production_line", "lookup", query="work_centers"),
            Input("department", "word.department"),
            Input("queue", "word.queue", help="form.queue_help"),
        ),
        preview=draw_typed_trial,
    ),
)
RULE_PAGES: Final = (
    *_RULES.pages(),
    Page(
        "order_routing_trial", "nav.order_routing_trial", "science", draw_trial_page, query="order_routing_trial_lines"
    ),
)

# Orders --------------------------------------------------------------------------------------------------------------

SECTION: Final = Section(
    "order_routings",
    "document.order_routing",
    (
        trade.LINE,
        Column("item_code", "term.item_number", "code"),
        Column("in_force", "word.in_force", "flag"),
        _DECIDED_BY,
        _RULE,
        *_GOES,
        _WHY,
        Column("reason", "word.reason"),
        Column("routed_at", "word.routed_at", "moment"),
        Column("routed_by_name", "word.routed_by_person"),
    ),
    tells=("rule", "reason", *(column.name for column in _GOES)),
)


def _of_order(asked: Mapping[str, str]) -> dict[str, Any]:
    """The order, and its line where it has but one that is open."""
    known = fulfilment.order_number(asked)
    if not known:
        return {}
    rows = gateway.ask("document_lines", document=int(asked["order"]))
    lines = [r["line"] for r in rows if not r["closed"] and r["kind"] == "item" and r["open_quantity"] > 0]
    return {**known, "line": str(lines[0])} if len(lines) == 1 else known


def _draw_order(data: dict[str, Any], lang: str) -> None:
    fulfilment.draw_order_lines({"order": data.get("order")}, lang)


OVERRIDE_FORM: Final = FormScreen(
    path="override_order_routing",
    title="action.override_routing",
    command="override_order_routing",
    submit="action.save",
    opens="sales_order",
    lead="form.override_routing_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("line", "word.line", "count", needed=True),
        Input("reason", "word.reason", needed=True),
        Input("warehouse", "word.ships_from", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("plant", "word.plant", "lookup", query="sites"),
        Input("production_line", "word.production_line", "lookup", query="work_centers"),
        Input("department", "word.department"),
        Input("queue", "word.queue", help="form.queue_help"),
        Input("move_reservation", "form.move_reservation", "flag", help="form.move_reservation_help"),
    ),
    preview=_draw_order,
    prefill=_of_order,
)
REROUTE_FORM: Final = FormScreen(
    path="reroute_sales_order",
    title="action.reroute",
    command="reroute_sales_order",
    submit="action.reroute",
    opens="sales_order",
    lead="form.reroute_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("lines", "word.lines", "words", help="form.reroute_lines_help"),
        Input("move_reservation", "form.move_reservation", "flag", help="form.move_reservation_help"),
    ),
    preview=_draw_order,
    prefill=fulfilment.order_number,
)
ACTIONS: Final = (
    Action(
        "action.reroute", "reroute_sales_order", ("confirmed",), "alt_route", form="reroute_sales_order", seldom=True
    ),
    Action(
        "action.override_routing",
        "override_order_routing",
        ("confirmed",),
        "fork_right",
        form="override_order_routing",
        seldom=True,
    ),
    Action(
        "action.make_to_order",
        "create_production_order",
        ("confirmed",),
        "precision_manufacturing",
        form="new_production_order",
        left=("open_quantity", "reserved_quantity"),
        seldom=True,
    ),
)

_BY_QUEUE: Final = ListScreen(
    path="orders_by_queue",
    title="nav.orders_by_queue",
    query="orders_by_queue",
    columns=(
        Column("queue", "word.queue", "code"),
        Column("department", "word.department", "code"),
        Column("number", "term.sales_order", "code", opens="sales_order"),
        trade.LINE,
        Column("priority", "word.priority", "count"),
        trade.DUE_ON,
        Column("promised_on", "word.promised_on", "date"),
        Column("party_name", "term.customer"),
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        Column("item_name", "term.item"),
        Column("open_quantity", "word.open_quantity", "quantity"),
        trade.RESERVED,
        _WAREHOUSE,
        Column("plant", "word.plant", "code"),
        Column("production_line", "word.production_line", "code"),
        _DECIDED_BY,
        _RULE,
    ),
    empty="empty.orders_by_queue",
)

ORDER_PAGES: Final = (
    Page(_BY_QUEUE.path, _BY_QUEUE.title, "inbox", partial(draw_list, _BY_QUEUE), query=_BY_QUEUE.query),
    trade.form_page(OVERRIDE_FORM, "fork_right"),
    trade.form_page(REROUTE_FORM, "alt_route"),
)
