"""Approval rules: the list, and the form that shows while one types what the rule would have held up lately."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from app.kernel.approval_rules import CONDITIONS
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.set_up import SetUp
from app.ui.widgets import notices
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.reasons import reasons_shown
from app.ui.widgets.values import Column, draw_table

_DAYS: Final = 30
_SHOWN: Final = 50
_WAITING: Final = (
    Column("document_on", "word.document_on", "date"),
    Column("number", "word.number", "code"),
    Column("party_name", "word.party"),
    Column("total_amount", "word.total_amount", "amount"),
    Column("why", "word.why"),
)


def draw_trial(data: dict[str, Any], lang: str) -> None:
    """What the typed rule would have held up in the last 30 days."""
    if not data.get("command") or not gateway.may_ask("approval_rule_trial"):
        return
    rule = {name: value for name, value in data.items() if name not in {"name", "approver_role", "active"}}
    try:
        rows = gateway.ask("approval_rule_trial", **rule, until=gateway.today().isoformat())
    except Refused as refused:
        notices.refusal(t(f"refusal.{refused.key}", lang, **refused.values))
        return
    held = [row for row in rows if row["waits"]]
    title = t("screen.trial", lang, count=len(rows), days=_DAYS, waiting=len(held))
    st.subheader(title, anchor=False)
    waiting = [row for row in held if row["id"] is not None]
    for row in waiting[:_SHOWN]:
        row["why"] = reasons_shown(row["reasons"], lang)
    if waiting:
        draw_table(_WAITING, waiting[:_SHOWN], lang, label=title)


APPROVAL_RULES: Final = SetUp(
    "approval",
    ListScreen(
        path="approval_rules",
        title="nav.approval_rules",
        query="approval_rules",
        columns=(
            Column("command", "word.document", "word", family="confirming", opens="edit_approval_rule"),
            Column("name", "word.rule_name", "code"),
            Column("approver_role", "term.role", "code"),
            Column("amount_above", "word.amount_above", "amount"),
            Column("discount_above", "word.discount_above", "share"),
            Column("margin_below", "word.margin_below", "share"),
            Column("customer_class", "word.customer_class", "code"),
            Column("credit", "word.credit_condition", "word", family="credit_condition"),
            Column("new_customer_days", "word.new_customer_days", "count"),
            Column("over_budget", "word.over_budget", "flag"),
            Column("family", "word.item_family", "code"),
            Column("channel", "word.channel", "code"),
            Column("active", "word.active", "flag"),
        ),
        create=("edit_approval_rule", "put_approval_rule", "action.new_approval_rule"),
        empty="empty.approval_rules",
    ),
    FormScreen(
        path="edit_approval_rule",
        title="word.approval_rule",
        command="put_approval_rule",
        submit="action.save",
        lead="form.approval_rule_lead",
        inputs=(
            Input("command", "word.document", "choice", needed=True, choices=tuple(CONDITIONS), family="confirming"),
            Input("name", "word.rule_name"),
            Input("approver_role", "term.role", "lookup", needed=True, query="roles"),
            Input("amount_above", "word.amount_above", "amount"),
            Input("discount_above", "word.discount_above", "share"),
            Input("margin_below", "word.margin_below", "share"),
            Input("customer_class", "word.customer_class"),
            Input(
                "credit",
                "word.credit_condition",
                "choice",
                choices=("exceeded", "overdue", "any"),
                family="credit_condition",
            ),
            Input("new_customer_days", "word.new_customer_days", "count", help="form.new_customer_help"),
            Input("over_budget", "word.over_budget", "flag"),
            Input("family", "word.item_family", "lookup", query="item_categories"),
            Input("channel", "word.channel"),
            Input("active", "word.active", "flag", default=True),
        ),
        preview=draw_trial,
    ),
    known_by="id",
)
