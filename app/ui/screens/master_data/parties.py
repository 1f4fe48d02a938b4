"""Customers and suppliers: one list, one page with what is open, one form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.master_data.credit import CREDIT_PAGES, draw_credit
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list, go_to
from app.ui.widgets.values import Column, cell, draw_table

LIST: Final = ListScreen(
    path="parties",
    title="nav.parties",
    query="parties",
    columns=(
        Column("code", "word.party_code", "code", opens="party"),
        Column("name", "word.name"),
        Column("is_customer", "term.customer", "flag"),
        Column("is_supplier", "term.supplier", "flag"),
        Column("country", "word.country", "code"),
        Column("currency", "word.currency", "code"),
        Column("payment_term", "word.payment_term", "code"),
        Column("phone", "word.phone", "code"),
        Column("tax_number", "word.tax_number", "code", chosen=False),
        Column("email", "word.email", chosen=False),
    ),
    filters=(Filter("role", "term.role", ("customer", "supplier"), family="term"),),
    create=("edit_party", "put_party", "action.new_party"),
    empty="empty.parties",
)
_FACTS: Final = (
    Column("name", "word.name"),
    Column("tax_number", "word.tax_number", "code"),
    Column("phone", "word.phone", "code"),
    Column("email", "word.email"),
    Column("address", "word.address"),
    Column("country", "word.country", "code"),
    Column("region", "word.region", "code"),
    Column("currency", "word.currency", "code"),
    Column("payment_term", "word.payment_term", "code"),
    Column("price_list", "term.price_list", "code"),
    Column("tax_code", "word.tax_code", "code"),
    Column("customer_class", "word.customer_class", "code"),
    *trade.DELIVERY_TERMS,
)
_OPEN: Final = (
    Column("number", "word.number", "code"),
    Column("due_on", "word.due_on", "date"),
    Column("amount", "word.amount", "amount", total=True),
    Column("open_amount", "word.open_amount", "amount", total=True),
    Column("currency", "word.currency", "code"),
)


def draw_party() -> None:
    """Draw the party that the address names, with what is open on both sides."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("party_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        title = t("word.party", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        return
    party = rows[0]
    roles = [t(f"term.{role}", lang) for role in ("customer", "supplier") if party[f"is_{role}"]]
    chips = markup.joined([markup.chip(role, "info") for role in roles])
    markup.show(markup.heading(party["code"], state=chips, lead=party["name"]))
    if gateway.may_send("put_party") and st.button(t("action.edit", lang), icon=":material/edit:"):
        go_to("edit_party", party=str(party["id"]))
    shown = [c for c in _FACTS if party.get(c.name) not in (None, "")]
    markup.show(markup.facts((t(c.label, lang), cell(c, party, lang).shown) for c in shown))
    if party["is_customer"]:
        draw_credit(party, lang)
    for query in ("open_receivables", "open_payables"):
        if gateway.may_ask(query):
            open_rows = gateway.ask(query, party=party["code"])
            if open_rows:
                st.subheader(t(f"nav.{query}", lang), anchor=False)
                draw_table(_OPEN, open_rows, lang, label=t(f"nav.{query}", lang))


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("party", "")
    rows = gateway.ask("party_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        return {}
    return {
        entry.name: plain_number(value) if isinstance(value := rows[0].get(entry.name), Decimal) else value
        for entry in FORM.inputs
    }


FORM: Final = FormScreen(
    path="edit_party",
    title="form.party",
    command="put_party",
    submit="action.save",
    inputs=(
        Input("code", "word.party_code", needed=True),
        Input("name", "word.name", needed=True),
        Input("is_customer", "term.customer", "flag"),
        Input("is_supplier", "term.supplier", "flag"),
        Input("tax_number", "word.tax_number"),
        Input("phone", "word.phone"),
        Input("email", "word.email"),
        Input("country", "word.country"),
        Input("region", "word.region", help="form.party_region_help"),
        Input("currency", "word.currency", "lookup", query="currencies", help="form.party_currency_help"),
        Input("payment_term", "word.payment_term", "lookup", query="payment_terms"),
        Input("price_list", "term.price_list", "lookup", query="price_lists"),
        Input("tax_code", "word.tax_code", "lookup", query="tax_codes"),
        Input("customer_class", "word.customer_class"),
        *trade.DELIVERY_INPUTS,
        Input("address", "word.address", "note"),
    ),
    prefill=_prefill,
)

PARTY_PAGES: Final = (
    Page(LIST.path, LIST.title, "groups", partial(draw_list, LIST), query="parties"),
    Page("party", "word.party", "groups", draw_party, query="parties", listed=False),
    trade.form_page(FORM, "groups"),
    *CREDIT_PAGES,
)
