"""A customer's credit: what it is drawn for, what is left and overdue, what it held up, and the form of its terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list, go_to
from app.ui.widgets.reasons import reasons_shown
from app.ui.widgets.values import Column, cell, draw_table

_PARTS: Final = (
    Column("open_orders", "word.open_orders", "amount"),
    Column("shipped", "word.shipped_not_invoiced", "amount"),
    Column("receivables", "word.owed", "amount"),
    Column("credits", "word.unapplied_credits", "amount"),
    Column("exposure", "word.exposure", "amount"),
    Column("credit_limit", "word.credit_limit", "amount"),
    Column("left", "word.credit_left", "amount"),
    Column("overdue", "word.overdue_amount", "amount"),
    Column("overdue_since", "word.overdue_since", "date"),
    Column("overdue_grace_days", "word.overdue_grace_days", "count"),
    Column("overdue_block", "word.overdue_block", "word", family="overdue_block"),
)
_HISTORY: Final = (
    trade.DOCUMENT_ON,
    Column("number", "word.number", "code", opens="sales_order", opens_by="document_id"),
    Column("total_amount", "word.total_amount", "amount"),
    Column("state", "word.answer", "word", family="approval_answer"),
    Column("why", "word.why"),
    Column("decided_by", "word.decided_by"),
    Column("reason", "word.reason"),
)


def draw_credit(party: Mapping[str, Any], lang: str) -> None:
    """Draw how a customer stands; nothing for those who may not see what customers owe."""
    if not gateway.may_ask("customer_credit"):
        return
    row = gateway.ask("customer_credit", party=party["code"], on=gateway.today().isoformat())[0]
    st.subheader(t("screen.credit", lang), anchor=False)
    if row["blocked_by"]:
        markup.show(markup.joined([markup.chip(t(f"held_up.{name}", lang), "bad") for name in row["blocked_by"]]))
    if gateway.may_send("put_credit_terms") and st.button(t("action.edit_credit_terms", lang), icon=":material/tune:"):
        go_to("edit_credit_terms", party=str(party["code"]))
    shown = [column for column in _PARTS if row[column.name] is not None]
    markup.show(markup.facts((t(column.label, lang), cell(column, row, lang).shown) for column in shown))
    history = gateway.ask("credit_history", party=party["code"])
    if history:
        st.subheader(t("screen.credit_history", lang), anchor=False)
        for entry in history:
            entry["why"] = reasons_shown(entry["explanation"], lang)
        draw_table(_HISTORY, history, lang, label=t("screen.credit_history", lang))


def _terms(asked: Mapping[str, str]) -> dict[str, Any]:
    """The terms that the customer of the address has."""
    code = asked.get("party", "")
    rows = gateway.ask("customer_credit", party=code, on=gateway.today().isoformat()) if code else []
    if not rows:
        return {}
    values = {name: rows[0][name] for name in ("credit_limit", "overdue_grace_days", "overdue_block")}
    limit = values["credit_limit"]
    return {**values, "customer": code, "credit_limit": plain_number(limit) if isinstance(limit, Decimal) else None}


FORM: Final = FormScreen(
    path="edit_credit_terms",
    title="form.credit_terms",
    command="put_credit_terms",
    submit="action.save",
    lead="form.credit_terms_lead",
    inputs=(
        Input("customer", "term.customer", "lookup", needed=True, query="parties", arguments={"role": "customer"}),
        Input("credit_limit", "word.credit_limit", "amount"),
        Input("overdue_grace_days", "word.overdue_grace_days", "count", default=0),
        Input(
            "overdue_block",
            "word.overdue_block",
            "choice",
            default="order",
            choices=("none", "order", "order_and_shipment"),
            family="overdue_block",
        ),
    ),
    prefill=_terms,
)
LIST: Final = ListScreen(
    path="watched_customers",
    title="nav.watched_customers",
    query="watched_customers",
    columns=(
        Column("code", "word.party_code", "code", opens="party"),
        Column("name", "word.name"),
        Column("blocked", "word.held_up", "word", family="held_up"),
        *_PARTS,
    ),
    create=("edit_credit_terms", "put_credit_terms", "action.edit_credit_terms"),
    empty="empty.watched_customers",
)


def draw_watched() -> None:
    """Draw the customers with credit terms as they stand today."""
    draw_list(replace(LIST, arguments={"on": gateway.today().isoformat()}))


CREDIT_PAGES: Final = (
    Page(LIST.path, LIST.title, "credit_score", draw_watched, query="watched_customers"),
    trade.form_page(FORM, "credit_score"),
)
