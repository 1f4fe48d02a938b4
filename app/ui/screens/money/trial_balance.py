"""The trial balance of a span, and the journal lines behind each account with the way to their documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import MONEY
from app.kernel.i18n import format_day, t
from app.ui import gateway
from app.ui.screens.money.statements import account_address, named
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import board, markup, spans
from app.ui.widgets.listing import written_csv
from app.ui.widgets.markup import Cell, Html
from app.ui.widgets.values import Column, draw_table

_SIDES: Final = (
    ("opening_debit", "statement.opening_debit"),
    ("opening_credit", "statement.opening_credit"),
    ("debit", "term.debit"),
    ("credit", "term.credit"),
    ("closing_debit", "statement.closing_debit"),
    ("closing_credit", "statement.closing_credit"),
)
_COLUMNS: Final = (
    Column("account_code", "term.account", "code"),
    Column("name", "word.account_name"),
    *(Column(name, label, "posting", total=True) for name, label in _SIDES),
)
_LINES: Final = (
    Column("posted_on", "word.posted_on", "date"),
    Column("entry_number", "term.voucher", "code", opens="journal_entry", opens_by="entry_id"),
    Column("document_kind", "word.document", "word", family="kind"),
    Column("document", "word.number", "code"),
    Column("party_name", "word.party"),
    Column("description", "word.description"),
    Column("debit", "term.debit", "posting", total=True),
    Column("credit", "term.credit", "posting", total=True),
)
_PAGE: Final = 100


def draw_trial_balance() -> None:
    """Draw the balances and movements of every account over the span that the reader chose."""
    lang = gateway.visit().lang
    left, right = st.columns([3, 3], vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("term.trial_balance", lang), eyebrow=gateway.company_name()))
    with right:
        span = spans.pick(lang)
    upto = min(span.to_on, gateway.today())
    board.as_of(gateway.warehouse_moment(), lang)
    rows = [
        _sided(row, span.from_on, upto, lang)
        for row in gateway.read("trial_balance_between", from_on=span.from_on, to_on=upto).dicts()
    ]
    if not rows:
        markup.show(markup.empty(t("list.nothing_yet", lang), t("empty.trial_balance", lang)))
        return
    difference = sum((row["debit"] - row["credit"] for row in rows), Decimal(0))
    if difference:
        amount = gateway.money(difference, lang)
        markup.show(markup.note(t("statement.out_of_balance", lang, difference=amount), "bad"))
    draw_table(_COLUMNS, rows, lang, label=t("term.trial_balance", lang))
    plain = [{**row, "account_code": row["code"]} for row in rows]
    st.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(_COLUMNS, plain, lang),
        file_name="trial_balance.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _sided(row: dict[str, Any], from_on: date, to_on: date, lang: str) -> dict[str, Any]:
    """A row with opening and closing on the side they stand on."""
    code = row["account_code"]
    return {
        "code": code,
        "account_code": markup.link(code, account_address(code, from_on, to_on)),
        "name": named(row, lang),
        "opening_debit": max(row["opening"], Decimal(0)),
        "opening_credit": max(-row["opening"], Decimal(0)),
        "debit": row["debit"],
        "credit": row["credit"],
        "closing_debit": max(row["closing"], Decimal(0)),
        "closing_credit": max(-row["closing"], Decimal(0)),
        "currency": gateway.currency(),
    }


def draw_account_ledger() -> None:
    """Draw the journal lines of the account that the address names, the latest first, each leading to its document."""
    lang = gateway.visit().lang
    code, party = st.query_params.get("account", ""), st.query_params.get("party")
    from_on, to_on = spans.days_named(spans.span_of("month", gateway.today()))
    began = from_on if "from" in st.query_params else None
    number = st.query_params.get("page", "1")
    page = max(1, int(number)) if number.isdecimal() else 1
    found = gateway.read(
        "general_ledger",
        account_code=code,
        party_code=party,
        from_on=began,
        to_on=to_on,
        limit=_PAGE + 1,
        offset=(page - 1) * _PAGE,
    ).dicts()
    if not found:
        markup.show(markup.heading(code or t("term.account", lang), eyebrow=t("term.account", lang)))
        markup.show(markup.empty(t("list.nothing_found", lang), t("statement.no_postings", lang)))
        return
    markup.show(markup.heading(f"{code} {named(found[0], lang)}", eyebrow=t("term.account", lang)))
    words = spans.between(began, to_on, lang) if began else t("statement.up_to", lang, day=format_day(to_on, lang))
    markup.show(markup.quiet(words))
    board.as_of(gateway.warehouse_moment(), lang)
    rows = [{**row, "document": _document(row), "currency": gateway.currency()} for row in found[:_PAGE]]
    draw_table(_LINES, rows, lang, label=t("term.journal_entry", lang))
    _turn(code, began, to_on, party, page, lang, more=len(found) > _PAGE)


def _document(row: dict[str, Any]) -> str | Html:
    page = DOCUMENT_PAGES.get(row["document_kind"])
    return (
        markup.link(row["document_number"], markup.href(page, id=row["document_id"]))
        if page
        else row["document_number"]
    )


def _turn(code: str, began: date | None, to_on: date, party: str | None, page: int, lang: str, *, more: bool) -> None:
    """The ways to the pages before and after, as links, because the page lives in its address."""
    cells = [
        Cell(markup.link(t(label, lang), f"{account_address(code, began, to_on, party)}&page={to}"))
        for label, to, there in (("list.earlier", page - 1, page > 1), ("list.later", page + 1, more))
        if there
    ]
    if cells:
        markup.show(markup.joined(cell.shown for cell in cells if isinstance(cell.shown, Html)))


TRIAL_BALANCE_PAGES: Final = (
    Page("trial_balance", "term.trial_balance", "table_chart", draw_trial_balance, permission=MONEY),
    Page("account_ledger", "statement.account_page", "menu_book", draw_account_ledger, permission=MONEY, listed=False),
)
