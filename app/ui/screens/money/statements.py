"""The statements in their statutory layout: income statement and balance sheet, each line down to accounts and documents.

Balance sheet in account form, assets beside liabilities and equity, closing beside the year's opening; income statement with
the same span a year before. Lines, names and order are the form's and come from the marts; zero is a dash.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import MONEY
from app.kernel.i18n import format_day, format_money, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans
from app.ui.widgets.listing import written_csv
from app.ui.widgets.markup import Cell, Html
from app.ui.widgets.values import Column, draw_table

_NAMES: Final = {"en": "name_en", "zh-Hans": "name_zh_hans", "zh-Hant": "name_zh_hant"}
_EXPORTED: Final = (
    Column("line", "statement.line", "count"),
    Column("name", "statement.item"),
    Column("amount", "statement.now", "amount"),
    Column("compare_amount", "statement.before", "amount"),
)
_PARTS: Final = ("income", "balance", "cash")


def named(row: dict[str, Any], lang: str) -> str:
    """The name of an account or a line in the reader's language."""
    return str(row[_NAMES[lang]] or row["name_zh_hans"] or row["name_en"])


def draw_income_statement() -> None:
    """Draw the income statement of the span that the reader chose."""
    _draw_over_span("income_statement", "term.income_statement", part="income")


def draw_cash_flow() -> None:
    """Draw the cash flow statement of the span that the reader chose."""
    _draw_over_span("cash_flow", "term.cash_flow_statement", part="cash")


def _draw_over_span(statement: str, title: str, *, part: str) -> None:
    """Draw a statement of flows over a span, beside the same span a year before."""
    lang = gateway.visit().lang
    span = _head(title, lang, kinds=spans.KINDS)
    upto = min(span.to_on, gateway.today())
    earlier = span.a_year_before()
    rows = gateway.read(
        statement,
        from_on=span.from_on,
        to_on=upto,
        compare_from=earlier.from_on,
        compare_to=min(earlier.to_on, earlier.from_on + (upto - span.from_on)),
    ).dicts()
    _form_line(spans.between(span.from_on, upto, lang), lang)
    columns = (t("statement.this_span", lang), t("statement.year_before", lang))
    address = {"part": part, "from": span.from_on, "to": upto}
    shown = rows if _all_lines() else _telling(rows)
    _draw_form(shown, columns, address, lang, label=t(title, lang))
    _foot(rows, statement, lang)


def draw_balance_sheet() -> None:
    """Draw the balance sheet at the end of the span that the reader chose, beside the opening of its year."""
    lang = gateway.visit().lang
    span = _head("term.balance_sheet", lang, kinds=spans.KINDS)
    as_of = min(span.to_on, gateway.today())
    opening = date(as_of.year - 1, 12, 31)
    rows = gateway.read("balance_sheet", as_of=as_of, compare_as_of=opening).dicts()
    _form_line(format_day(as_of, lang), lang)
    columns = (t("statement.closing", lang), t("statement.opening_of_year", lang))
    address = {"part": "balance", "from": date(as_of.year, 1, 1), "to": as_of}
    shown = rows if _all_lines() else _telling(rows)
    first = next((row["line"] for row in rows if row["key"] == "current_liabilities"), 0)
    with st.container(key="balance"):
        left, right = st.columns(2, gap="small")
    with left:
        assets = [row for row in shown if row["line"] < first]
        _draw_form(assets, columns, address, lang, label=t("statement.assets", lang))
    with right:
        owed = [row for row in shown if row["line"] >= first]
        _draw_form(owed, columns, address, lang, label=t("statement.liabilities_and_equity", lang))
    totals = {row["key"]: row["amount"] for row in rows}
    both = (totals.get("total_assets"), totals.get("total_liabilities_and_owners_equity"))
    if None not in both and both[0] != both[1]:
        markup.show(markup.note(t("statement.unbalanced", lang), "bad"))
    _foot(rows, "balance_sheet", lang)


def _head(title: str, lang: str, *, kinds: tuple[spans.Kind, ...]) -> spans.Span:
    left, right = st.columns([3, 3], vertical_alignment="center")
    with left:
        markup.show(markup.heading(t(title, lang), eyebrow=gateway.company_name()))
    with right:
        return spans.pick(lang, kinds=kinds)


def _form_line(period: str, lang: str) -> None:
    """What a statutory form says above its lines: the period, the unit, and how fresh the numbers are."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content"):
            markup.show(markup.quiet(t("statement.form_line", lang, period=period, currency=gateway.currency())))
        with st.container(width="content"):
            board.as_of(gateway.warehouse_moment(), lang)


def _all_lines() -> bool:
    return bool(st.session_state.get("statement.all_lines", False))


def _telling(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that have an amount now or before, the sums, and the headers of what is left."""
    shown = [
        row
        for row in rows
        if row["kind"] in {"header", "sum"} or any(row[name] for name in ("amount", "compare_amount"))
    ]
    return [
        row
        for index, row in enumerate(shown)
        if row["kind"] != "header" or (index + 1 < len(shown) and shown[index + 1]["kind"] != "header")
    ]


def _draw_form(
    rows: list[dict[str, Any]], columns: Sequence[str], address: dict[str, Any], lang: str, *, label: str
) -> None:
    head = [(t("statement.item", lang), False), (t("statement.line", lang), True), *((name, True) for name in columns)]
    body, classes = [], []
    for row in rows:
        opens = row["kind"] in {"line", "outside", "opening"} and row["amount"]
        body.append(
            [
                Cell(named(row, lang)),
                Cell("" if row["kind"] == "header" else str(row["line"]), numeric=True),
                Cell(
                    _amount(row["amount"], {**address, "line": row["line"]} if opens else None, row, lang), numeric=True
                ),
                Cell(_amount(row["compare_amount"], None, row, lang), numeric=True),
            ]
        )
        strong = "strong" if row["kind"] in {"header", "sum"} else ""
        classes.append(f"{strong} deep{row['indent']}" if row["indent"] else strong)
    markup.show(markup.table(head, body, classes=classes, label=label))


def _amount(value: Decimal | None, address: dict[str, Any] | None, row: dict[str, Any], lang: str) -> str | Html:
    if value is None or row["kind"] == "header":
        return ""
    shown = format_money(value, gateway.currency(), lang, style="statement")
    return markup.link(shown, markup.href("statement_line", **address)) if address else shown


def _foot(rows: list[dict[str, Any]], name: str, lang: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.toggle(t("statement.all_lines", lang), key="statement.all_lines")
        listed = [{**row, "name": named(row, lang)} for row in rows]
        st.download_button(
            t("term.export_data", lang),
            data=lambda: written_csv(_EXPORTED, listed, lang),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def draw_statement_line() -> None:
    """Draw the accounts behind one line of a statement, each leading to its journal lines."""
    lang = gateway.visit().lang
    part, number = st.query_params.get("part", ""), st.query_params.get("line", "")
    if part not in _PARTS or not number.isdecimal():
        markup.show(markup.empty(t("statement.line_missing", lang), t("statement.line_missing_says", lang)))
        return
    from_on, to_on = spans.days_named(spans.span_of("month", gateway.today()))
    if part == "income":
        lines = gateway.read("income_statement", from_on=from_on, to_on=to_on).dicts()
        accounts = gateway.read("income_statement_accounts", from_on=from_on, to_on=to_on, line=int(number)).dicts()
        amount, title, began = "credit_amount", "term.income_statement", from_on
    elif part == "cash":
        lines = gateway.read("cash_flow", from_on=from_on, to_on=to_on).dicts()
        accounts = gateway.read("cash_flow_accounts", from_on=from_on, to_on=to_on, line=int(number)).dicts()
        amount, title, began = "cash_amount", "term.cash_flow_statement", from_on
    else:
        lines = gateway.read("balance_sheet", as_of=to_on).dicts()
        accounts = gateway.read("balance_sheet_accounts", as_of=to_on, line=int(number)).dicts()
        amount, title, began = "debit_balance", "term.balance_sheet", None
    line = next((row for row in lines if row["line"] == int(number)), None)
    if line is None:
        markup.show(markup.empty(t("statement.line_missing", lang), t("statement.line_missing_says", lang)))
        return
    own_side = _own_side(line, accounts, amount)
    total = gateway.money(line["amount"], lang) if line["amount"] is not None else None
    markup.show(markup.heading(named(line, lang), eyebrow=t(title, lang), amount=total))
    _form_line(format_day(to_on, lang) if part == "balance" else spans.between(from_on, to_on, lang), lang)
    rows = [
        {
            **row,
            "account": markup.link(row["account_code"], account_address(row["account_code"], began, to_on, row.get("party_code"))),
            "name": named(row, lang),
            "amount": row[amount] * own_side,
            "currency": gateway.currency(),
        }
        for row in accounts
    ]  # fmt: skip
    columns = [Column("account", "term.account", "code"), Column("name", "word.account_name")]
    if any(row.get("party_name") for row in rows):
        columns.append(Column("party_name", "word.party"))
    draw_table((*columns, Column("amount", "word.amount", "amount", total=True)), rows, lang, label=named(line, lang))


def _own_side(line: dict[str, Any], accounts: list[dict[str, Any]], amount: str) -> int:
    """1 where the accounts' amounts stand as on the line, -1 where the line shows the other side."""
    total = sum((row[amount] for row in accounts), Decimal(0))
    return -1 if line["amount"] is not None and total == -line["amount"] and total else 1


def account_address(code: str, from_on: date | None, to_on: date, party: str | None = None) -> str:
    """The address of the journal lines of an account."""
    return markup.href(
        "account_ledger", account=code, to=to_on, party=party or None, **({"from": from_on} if from_on else {})
    )


STATEMENT_PAGES: Final = (
    Page("income_statement", "term.income_statement", "trending_up", draw_income_statement, permission=MONEY),
    Page("balance_sheet", "term.balance_sheet", "balance", draw_balance_sheet, permission=MONEY),
    Page("cash_flow", "term.cash_flow_statement", "payments", draw_cash_flow, permission=MONEY),
    Page("statement_line", "statement.line_page", "list_alt", draw_statement_line, permission=MONEY, listed=False),
)
