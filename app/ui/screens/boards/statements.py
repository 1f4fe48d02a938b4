"""Income statement and balance sheet, each figure leading to its accounts, their journal lines and the documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_money, t
from app.ui import gateway, marts
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import board, markup
from app.ui.widgets.markup import Cell
from app.ui.widgets.values import Column, draw_table

_NAMES: Final = {"en": "name_en", "zh-Hans": "name_zh_hans", "zh-Hant": "name_zh_hant"}
_AMOUNTS: Final = ("credit_amount", "amount", "balance", "debit_amount")
_LEDGER: Final = (
    Column("entry_number", "term.voucher", "code", opens="journal_entry", opens_by="entry_id"),
    Column("posted_on", "word.posted_on", "date"),
    Column("document_number", "word.document", "code", opens_kind="opens", opens_by="document_id"),
    Column("party_name", "word.party"),
    Column("debit", "term.debit", "posting", total=True),
    Column("credit", "term.credit", "posting", total=True),
)


def draw_income_statement() -> None:
    """Draw the income statement of a span, or the accounts behind one of its lines."""
    lang = gateway.visit().lang
    today = gateway.today()
    markup.show(markup.heading(t("term.income_statement", lang), eyebrow=gateway.currency()))
    board.as_of(marts.published_at(), lang)
    left, right = st.columns(2)
    first = left.date_input(t("word.from_on", lang), date(today.year, 1, 1), key="income.from", format="YYYY-MM-DD")
    last = right.date_input(t("word.to_on", lang), today, key="income.to", format="YYYY-MM-DD")
    assert isinstance(first, date)
    assert isinstance(last, date)
    span = {"from_on": first, "to_on": last}
    if _line() is not None:
        rows = marts.ask("income_statement_accounts", **span, line=_line())
        _accounts(rows, {"from_on": first, "to_on": last}, "income_statement", lang)
        return
    earlier = {"compare_from": _year_before(first), "compare_to": _year_before(last)}
    _statement(marts.ask("income_statement", **span, **earlier), "income_statement", lang)


def draw_balance_sheet() -> None:
    """Draw the balance sheet at the end of a day, or the accounts behind one of its lines."""
    lang = gateway.visit().lang
    today = gateway.today()
    markup.show(markup.heading(t("term.balance_sheet", lang), eyebrow=gateway.currency()))
    board.as_of(marts.published_at(), lang)
    day = st.date_input(t("word.as_of", lang), today, key="balance.as_of", format="YYYY-MM-DD")
    assert isinstance(day, date)
    if _line() is not None:
        _accounts(marts.ask("balance_sheet_accounts", as_of=day, line=_line()), {"to_on": day}, "balance_sheet", lang)
        return
    rows = marts.ask("balance_sheet", as_of=day, compare_as_of=date(day.year - 1, 12, 31))
    _statement(rows, "balance_sheet", lang)


def draw_general_ledger() -> None:
    """Draw the journal lines of an account over a span."""
    lang = gateway.visit().lang
    account = st.query_params.get("account")
    markup.show(markup.heading(t("nav.general_ledger", lang), eyebrow=account))
    board.as_of(marts.published_at(), lang)
    rows = marts.ask(
        "general_ledger",
        account_code=account,
        from_on=_day(st.query_params.get("from_on")),
        to_on=_day(st.query_params.get("to_on")),
        limit=500,
    )
    if not rows:
        markup.show(markup.empty(t("list.nothing_yet", lang), t("empty.journal_entries", lang)))
        return
    for row in rows:
        row["opens"] = DOCUMENT_PAGES.get(row["document_kind"])
    draw_table(_LEDGER, rows, lang, label=t("nav.general_ledger", lang))


def _line() -> int | None:
    asked = st.query_params.get("line", "")
    return int(asked) if asked.isdecimal() else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _statement(rows: list[dict[str, Any]], path: str, lang: str) -> None:
    """The lines of a statement with the span before beside them; figures lead to their accounts."""
    head = [(t("statement.line", lang), False), (t("statement.now", lang), True), (t("statement.before", lang), True)]
    body, classes = [], []
    for row in rows:
        name = str(row[_NAMES[lang]])
        address = markup.href(path, line=row["line"])
        leads = row["kind"] in {"line", "memo"} and row["amount"]
        body.append(
            (
                Cell(markup.link(name, address) if leads else name),
                _figure(row, "amount", lang),
                _figure(row, "compare_amount", lang),
            )
        )
        strong = "strong " if row["kind"] in {"header", "sum"} else ""
        classes.append(f"{strong}deep{min(int(row['indent'] or 0), 3)}")
    markup.show(markup.table(head, body, classes=classes, label=t(f"term.{path}", lang)))


def _figure(row: Mapping[str, Any], name: str, lang: str) -> Cell:
    value = row.get(name)
    if value is None:
        return Cell("", numeric=True)
    return Cell(format_money(value, gateway.currency(), lang, style="statement"), numeric=True)


def _accounts(rows: list[dict[str, Any]], span: dict[str, date], path: str, lang: str) -> None:
    markup.show(markup.link(t("statement.back", lang), markup.href(path)))
    head = [(t("term.account", lang), False), (t("word.account_name", lang), False), (t("word.amount", lang), True)]
    body = []
    for row in rows:
        address = markup.href("general_ledger", account=row["account_code"], **span)
        amount = next((row[name] for name in _AMOUNTS if row.get(name) is not None), None)
        figure = "" if amount is None else format_money(amount, gateway.currency(), lang, style="statement")
        name = str(row[_NAMES[lang]])
        body.append((Cell(markup.link(row["account_code"], address)), Cell(name), Cell(figure, numeric=True)))
    markup.show(markup.table(head, body, label=t("term.account", lang)))


STATEMENTS: Final = (
    Page(
        "income_statement",
        "term.income_statement",
        "query_stats",
        draw_income_statement,
        permission="marts.money.read",
    ),
    Page("balance_sheet", "term.balance_sheet", "account_balance", draw_balance_sheet, permission="marts.money.read"),
    Page(
        "general_ledger",
        "nav.general_ledger",
        "list_alt",
        draw_general_ledger,
        permission="marts.money.read",
        listed=False,
    ),
)
