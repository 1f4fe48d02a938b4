"""The financial board: how the company earns, what it has and what it owes, each number down to the documents."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import MONEY
from app.kernel.i18n import format_share, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans, trends
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column, draw_table

_MONTHS: Final = 12
_AGES: Final = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days")
_LARGEST: Final = 8
_CUSTOMERS: Final = (
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("invoice_count", "board.invoices", "count"),
    Column("net_amount", "word.net_amount", "amount", total=True),
)
_ITEMS: Final = (
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("quantity", "word.quantity", "quantity"),
    Column("net_amount", "word.net_amount", "amount", total=True),
)


def draw_finance() -> None:
    """Draw the board for the span that the reader chose."""
    lang = gateway.visit().lang
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.finance_board", lang), lead=t("board.finance_lead", lang)))
    with right:
        span = spans.pick(lang, default="year")
    upto = min(span.to_on, gateway.today())
    board.head_line(lang)
    _tiles(span, upto, lang)
    _profit_and_ageing(upto, lang)
    _largest(span, upto, lang)


def _tiles(span: spans.Span, upto: date, lang: str) -> None:
    """Earnings of the span against the same days a year before, and balances at its end."""
    earlier = span.a_year_before()
    same_day = min(earlier.to_on, earlier.from_on + (upto - span.from_on))
    now = {"from_on": span.from_on, "to_on": upto}
    then = {"from_on": earlier.from_on, "to_on": same_day}
    months = _by_month(upto)
    margin, margin_then = gateway.measure("gross_margin", **now), gateway.measure("gross_margin", **then)
    share, share_then = margin.get("share"), margin_then.get("share")
    opens = {"span": span.code}

    def money(value: Decimal | None) -> str:
        return board.whole(value, lang)

    earned = []
    for name, key, page in (("revenue", "operating_revenue", ""), ("net_profit", "net_profit", "")):
        value, before = gateway.measure(name, **now).get("value"), gateway.measure(name, **then).get("value")
        earned.append(
            Tile(
                t(f"board.{name}{page}", lang),
                money(value),
                trend=[float(amount) for amount in months[key].values()],
                change=_change(value, before),
                better="more",
                opens="income_statement",
                asks=opens,
            )
        )
    gross = Tile(
        t("board.gross_margin", lang),
        format_share(share, lang) if share is not None else "–",
        change=None,
        told=t("board.points", lang, points=_points(share, share_then, lang)) if share_then is not None else None,
        opens="income_statement",
        asks=opens,
    )
    owed, owing = gateway.measure("receivables", as_of=upto), gateway.measure("payables", as_of=upto)
    turns = gateway.measure("stock_turns", from_on=spans.months_before(upto.replace(day=1), 11), to_on=upto)
    board.tiles(
        [
            earned[0],
            gross,
            earned[1],
            Tile(t("board.cash", lang), money(gateway.measure("cash", as_of=upto).get("value")), opens="balance_sheet"),
            Tile(
                t("board.receivables", lang),
                money(owed.get("value")),
                told=t("board.overdue", lang, amount=money(owed.get("overdue"))),
                opens="open_receivables",
            ),
            Tile(
                t("board.payables", lang),
                money(owing.get("value")),
                told=t("board.overdue", lang, amount=money(owing.get("overdue"))),
                opens="open_payables",
            ),
            Tile(
                t("board.stock_value", lang),
                money(gateway.measure("inventory_value", as_of=upto).get("value")),
                told=t("board.turns", lang, turns=Decimal(turns.get("value") or 0).quantize(Decimal("0.1"))),
                opens="stock_as_of",
                asks={"on": upto.isoformat()},
            ),
        ]
    )


def _change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return (now - before) / abs(before) if now is not None and before else None


def _points(now: Decimal | None, before: Decimal | None, lang: str) -> str:
    difference = ((now or Decimal(0)) - (before or Decimal(0))) * 100
    return f"{'▲' if difference >= 0 else '▼'} {abs(difference).quantize(Decimal('0.1'))}"


def _by_month(upto: date) -> dict[str, dict[date, Decimal]]:
    """Lines of the income statement of the last twelve fiscal periods, by key and first day."""
    first = spans.months_before(upto.replace(day=1), _MONTHS - 1)
    last = spans.span_of("month", upto).to_on
    found: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for row in gateway.read("income_by_period", from_on=first, to_on=last).dicts():
        found[row["key"]][row["starts_on"]] = row["amount"]
    return found


def _profit_and_ageing(upto: date, lang: str) -> None:
    currency = gateway.currency()
    months = _by_month(upto)
    revenue, profit = t("board.revenue", lang), t("board.net_profit", lang)
    rows = [
        (first, name, amount)
        for first in sorted(months["operating_revenue"])
        for name, amount in (
            (revenue, months["operating_revenue"][first]),
            (profit, months["net_profit"].get(first, Decimal(0))),
        )
    ]
    left, right = st.columns([3, 2], gap="large")
    with left:
        if rows:
            title = t("board.revenue_and_profit", lang)
            trends.bars(trends.months(rows, lang), title=title, unit=currency, told=title, lang=lang)
    with right:
        title = t("board.receivables_by_age", lang)
        ageing = gateway.read("receivable_ageing", as_of=upto).dicts()
        ages = [(t(f"board.{age}", lang), sum((row[age] for row in ageing), Decimal(0))) for age in _AGES]
        if ageing:
            trends.ranking(ages, title=title, unit=currency, told=title, lang=lang, height=260)
    left, right = st.columns([3, 2], gap="large")
    with left:
        margins = [
            (first, "margin", (amount - months["less_operating_cost"].get(first, Decimal(0))) / amount)
            for first, amount in sorted(months["operating_revenue"].items())
            if amount
        ]
        if margins:
            title = t("board.margin_by_month", lang)
            frame = trends.months(margins, lang)
            trends.shares(frame, title=title, target=None, target_name="", told=title, height=220)
    with right:
        title = t("board.stock_value_by_month", lang)
        first = spans.months_before(upto.replace(day=1), _MONTHS - 1)
        values = gateway.read("stock_value_by_month", from_on=first, to_on=upto).dicts()
        frame = trends.months([(row["month"], "value", row["value"]) for row in values], lang)
        if frame.height:
            trends.lines(frame, title=title, unit=currency, told=title, lang=lang, height=220)


def _largest(span: spans.Span, upto: date, lang: str) -> None:
    asked = {"from_on": span.from_on, "to_on": upto, "limit": _LARGEST}
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("board.largest_customers", lang), anchor=False)
        _rows(_CUSTOMERS, gateway.read("sales_by_customer", **asked).dicts(), "customers", lang)
    with right:
        st.subheader(t("board.largest_items", lang), anchor=False)
        _rows(_ITEMS, gateway.read("sales_by_item", **asked).dicts(), "items", lang)


def _rows(columns: tuple[Column, ...], rows: list[dict[str, Any]], name: str, lang: str) -> None:
    if not rows:
        markup.show(markup.empty(t("list.nothing_yet", lang), t(f"board.no_{name}", lang)))
        return
    draw_table(columns, rows, lang, label=t(f"board.largest_{name}", lang))


FINANCE: Final = Page("finance_board", "nav.finance_board", "monitoring", draw_finance, permission=MONEY)
