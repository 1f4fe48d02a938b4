"""The executive's board: how the year goes, beside the same span of last year, each number leading to what is behind it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

import altair as alt
import polars as pl

from app.kernel.i18n import format_money, t
from app.ui import gateway, marts
from app.ui.screens.page import Page
from app.ui.widgets import board, charts, markup
from app.ui.widgets.values import Column, draw_table
from pipelines.serving.catalog import metrics

Better = Literal["more", "less", "neither"]

_FLOWS: Final[tuple[tuple[str, str, Better, str], ...]] = (
    ("net_sales", "overview.net_sales", "more", "customer_invoices"),
    ("gross_margin", "overview.gross_margin", "more", "income_statement"),
    ("net_profit", "overview.net_profit", "more", "income_statement"),
)
_STOCKS: Final[tuple[tuple[str, str, str], ...]] = (
    ("cash", "overview.cash", "balance_sheet"),
    ("receivables", "overview.receivables", "open_receivables"),
    ("payables", "overview.payables", "open_payables"),
    ("inventory_value", "overview.inventory_value", "stock_on_hand"),
)
_CUSTOMERS: Final = (
    Column("party_code", "word.party_code", "code"),
    Column("party_name", "term.customer"),
    Column("net_amount", "word.net_amount", "amount", total=True),
)


def draw_overview() -> None:
    """Draw the board."""
    lang = gateway.visit().lang
    today = gateway.today()
    first = date(today.year, 1, 1)
    markup.show(markup.heading(t("nav.overview", lang), eyebrow=str(today.year), lead=t("overview.lead", lang)))
    published = marts.published_at()
    board.as_of(published, lang)
    if published is None:
        return
    currency = gateway.currency()
    tiles = [_flow(name, label, better, opens, first, today, currency) for name, label, better, opens in _FLOWS]
    for name, label, opens in _STOCKS:
        value = _value(name, as_of=today)
        if value is not None:
            tiles.append(board.Tile(t(label, lang), format_money(value, currency, lang), opens=opens))
    board.tiles([tile for tile in tiles if tile is not None])
    _sales_chart(today, currency, lang)
    rows = marts.ask("sales_by_customer", from_on=first, to_on=today)[:10]
    if rows:
        draw_table(tuple(c for c in _CUSTOMERS if c.name in rows[0]), rows, lang, label=t("overview.customers", lang))


def _value(name: str, **span: date) -> Decimal | None:
    wanted = {p.name for p in metrics()[name].parameters}
    return marts.metric(name, **{key: value for key, value in span.items() if key in wanted})


def _flow(
    name: str, label: str, better: Better, opens: str, first: date, today: date, currency: str
) -> board.Tile | None:
    lang = gateway.visit().lang
    now = _value(name, from_on=first, to_on=today)
    if now is None:
        return None
    before = _value(name, from_on=_year_before(first), to_on=_year_before(today))
    change = (now - before) / abs(before) if before else None
    share = metrics()[name].unit == "share"
    shown = board.share(now, lang) if share else format_money(now, currency, lang)
    return board.Tile(t(label, lang), shown, change=change, better=better, opens=opens)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - timedelta(days=366)


def _sales_chart(today: date, currency: str, lang: str) -> None:
    """Thirteen months of invoiced sales in the currency of the books; a month without sales is a zero, not a gap."""
    first = date(today.year - 1, today.month, 1)
    rows = marts.ask("sales_by_month", from_on=first, to_on=today)
    sold = {row["month"]: float(row["net_amount"]) for row in rows if row["currency"] == currency}
    if not sold:
        return
    months = [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(13)]
    frame = pl.DataFrame(
        {"month": [f"{month:%Y-%m}" for month in months], "net": [sold.get(month, 0.0) for month in months]}
    )
    title = t("overview.sales_by_month", lang, currency=currency)
    chart = (
        alt.Chart(frame, title=title)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("net:Q", title=currency, scale=alt.Scale(zero=True), axis=alt.Axis(format=",.0f")),
            tooltip=[alt.Tooltip("month:O", title=" "), alt.Tooltip("net:Q", format=",.2f", title=currency)],
        )
    )
    charts.draw(chart, told=title)


OVERVIEW: Final = Page("overview", "nav.overview", "monitoring", draw_overview, permission="marts.money.read")
