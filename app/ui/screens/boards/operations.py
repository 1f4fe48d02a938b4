"""The operations board: orders, promises kept, work that is late, stock and the load of the work centers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl
import streamlit as st

from app.jobs.boards import COST, MONEY, OPERATIONS
from app.kernel.i18n import format_day_of_year, format_number, format_share, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans, trends
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column, draw_table

_MONTHS: Final = 12
_WEEKS_AHEAD: Final = 42
_ON_TIME_TARGET: Final = Decimal("0.95")
_SHOWN: Final = 12
_LATE: Final = (
    Column("order_kind", "word.document", "word", family="kind"),
    Column("order_number", "word.number", "code", opens_kind="order_kind", opens_by="order_id"),
    Column("party_name", "word.party"),
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("open_quantity", "word.open_quantity", "quantity"),
    Column("unit_code", "word.unit"),
    Column("due_on", "word.due_on", "date"),
    Column("days_late", "word.days_late", "count"),
)


def draw_operations() -> None:
    """Draw the board as of the business day."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.operations_board", lang), lead=t("board.operations_lead", lang)))
    board.head_line(lang)
    today = gateway.today()
    first = spans.months_before(today.replace(day=1), _MONTHS - 1)
    orders = gateway.read("orders_by_month", from_on=first, to_on=today).dicts()
    on_time = gateway.read("on_time_by_month", from_on=first, to_on=today).dicts()
    _tiles(orders, on_time, today, lang)
    _charts(orders, on_time, today, lang)
    _late(today, lang)


def _tiles(orders: list[dict[str, Any]], on_time: list[dict[str, Any]], today: date, lang: str) -> None:
    currency = gateway.currency()
    here = gateway.visit()
    own = [row for row in orders if row["currency"] == currency]
    booked = {row["month"]: row["net_amount"] for row in own}
    month = today.replace(day=1)
    book = gateway.read("open_orders", direction="out", order_kind="sales_order", limit=100_000).rows.height
    late = gateway.measure("late_sales_lines", as_of=today).get("value", 0)
    ninety = gateway.measure("on_time_delivery", from_on=spans.months_before(month, 2), to_on=today)
    share = ninety.get("share")
    open_sales = gateway.measure("open_sales")
    tiles = [
        Tile(
            t("board.booked_this_month", lang),
            board.whole(booked.get(month), lang),
            trend=[float(row["net_amount"]) for row in own],
            told=t("board.orders", lang, count=sum(row["order_count"] for row in own if row["month"] == month)),
            opens="sales_orders",
        ),
        Tile(
            t("board.on_time", lang),
            "–" if share is None else format_share(share, lang),
            trend=[float(row["share"]) for row in on_time if row["share"] is not None],
            told=t("board.target", lang, share=format_share(_ON_TIME_TARGET, lang, decimals=0)),
            opens="shipments",
        ),
        Tile(
            t("board.order_book", lang),
            board.whole(open_sales.get("value"), lang),
            told=t("board.open_lines", lang, count=open_sales.get("line_count", 0)),
            opens="sales_orders",
        ),
        Tile(
            t("board.late_sales", lang),
            format_number(late, lang),
            told=t("board.of_open", lang, count=book),
            opens="sales_orders",
        ),
        Tile(
            t("board.late_purchases", lang),
            format_number(gateway.measure("late_purchase_lines", as_of=today).get("value", 0), lang),
            opens="purchase_orders",
        ),
        Tile(
            t("board.late_production", lang),
            format_number(gateway.measure("late_production_orders", as_of=today).get("value", 0), lang),
            opens="production_orders",
        ),
    ]
    if here.may(MONEY) and here.may(COST):
        value = gateway.measure("inventory_value", as_of=today).get("value")
        tiles.append(
            Tile(
                t("board.stock_value", lang),
                board.whole(value, lang),
                opens="stock_as_of",
                asks={"on": today.isoformat()},
            )
        )
    board.tiles(tiles)


def _charts(orders: list[dict[str, Any]], on_time: list[dict[str, Any]], today: date, lang: str) -> None:
    currency = gateway.currency()
    left, right = st.columns(2, gap="large")
    with left:
        title = t("board.booked_by_month", lang)
        rows = [(row["month"], title, row["net_amount"]) for row in orders if row["currency"] == currency]
        if rows:
            trends.bars(trends.months(rows, lang), title=title, unit=currency, told=title, lang=lang)
    with right:
        title = t("board.on_time_by_month", lang)
        rows = [(row["month"], title, row["share"]) for row in on_time]
        if rows:
            trends.shares(
                trends.months(rows, lang),
                title=title,
                target=float(_ON_TIME_TARGET),
                target_name=t("board.target", lang, share=format_share(_ON_TIME_TARGET, lang, decimals=0)),
                told=title,
            )
    loads = gateway.read("work_center_load", as_of=today, days=_WEEKS_AHEAD).dicts()
    if loads:
        title = t("board.load", lang)
        trends.load(
            _load_frame(loads, lang),
            title=title,
            told=title,
            over=t("board.over", lang),
            within=t("board.within", lang),
        )


def _load_frame(loads: list[dict[str, Any]], lang: str) -> pl.DataFrame:
    shares = [row["load_minutes"] / row["capacity_minutes"] if row["capacity_minutes"] else Decimal(0) for row in loads]
    return pl.DataFrame(
        {
            "resource": [row["work_center_code"] for row in loads],
            "week": [format_day_of_year(row["starts_on"], lang) for row in loads],
            "share": [float(share) for share in shares],
            "shown": [format_share(share, lang, decimals=0) if share else "–" for share in shares],
            "state": [t("board.over" if share > 1 else "board.within", lang) for share in shares],
        }
    )


def _late(today: date, lang: str) -> None:
    """The orders of every kind that should have come or gone by now, the latest first."""
    st.subheader(t("board.late_orders", lang), anchor=False)
    rows = [
        row
        for row in gateway.read("open_orders", due_before=today, limit=1000).dicts()
        if row["order_kind"] != "production_order" or row["direction"] == "in"
    ]
    if not rows:
        markup.show(markup.empty(t("board.nothing_late", lang), t("board.nothing_late_says", lang)))
        return
    for row in rows:
        row["days_late"] = (today - row["due_on"]).days
    rows.sort(key=lambda row: (-row["days_late"], row["order_number"]))
    draw_table(_LATE, rows[:_SHOWN], lang, label=t("board.late_orders", lang))
    if len(rows) > _SHOWN:
        markup.show(markup.quiet(t("board.more_rows", lang, count=len(rows) - _SHOWN)))


OPERATIONS_BOARD: Final = Page(
    "operations_board", "nav.operations_board", "speed", draw_operations, permission=OPERATIONS
)
