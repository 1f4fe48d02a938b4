"""How fast stock moves: turns and days of stock of each item over the last months, and what moves slowly or lies still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_number, format_share, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans
from app.ui.widgets.board import Tile
from app.ui.widgets.listing import written_csv
from app.ui.widgets.values import Column, draw_table
from schemas.vocabulary.numbers import ZERO, rounded

_PERMISSION: Final = "marts.money.read"
_MONTHS: Final = (3, 6, 12)
_SLOW_DAYS: Final = (90, 180, 365)
_MOVEMENTS: Final = ("idle", "slow", "moving")
_YEAR_DAYS: Final = 365
_MOST_ROWS: Final = 300
_COLUMNS: Final = (
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("movement", "stock.movement", "word", family="movement"),
    Column("value", "word.value", "amount", total=True),
    Column("quantity", "term.on_hand", "quantity"),
    Column("unit_code", "word.unit"),
    Column("used_quantity", "stock.used_quantity", "quantity"),
    Column("used_cost", "stock.used_cost", "amount", total=True),
    Column("turns", "stock.turns_a_year", "quantity"),
    Column("days", "stock.days_of_stock", "count"),
    Column("last_used_on", "stock.last_used_on", "date"),
)


def draw_stock_turns() -> None:
    """Draw the items by what their stock is worth, each with its turns and how long it lasts."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.stock_turns", lang), lead=t("stock.turns_lead", lang)))
    board.as_of(gateway.warehouse_moment(), lang)
    months, slow, movement, search = _choices(lang)
    today = gateway.today()
    first = spans.months_before(today, months)
    rows = [
        _row(row, lang)
        for row in gateway.read("stock_turns", from_on=first, to_on=today, slow_days=slow, limit=100_000).dicts()
    ]
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("empty.stock_on_hand", lang)))
        return
    _tiles(rows, (today - first).days + 1, lang)
    wanted = search.strip().casefold()
    found = [
        row
        for row in rows
        if movement in {None, row["movement"]}
        and wanted in f"{row['item_code']} {row['item_name']} {row['item_name_zh'] or ''}".casefold()
    ]
    if not found:
        markup.show(markup.empty(t("list.nothing_found", lang), t("stock.turns_remedy", lang)))
        return
    draw_table(_COLUMNS, found[:_MOST_ROWS], lang, label=t("nav.stock_turns", lang))
    if len(found) > _MOST_ROWS:
        markup.show(markup.quiet(t("board.more_rows", lang, count=len(found) - _MOST_ROWS)))
    st.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(_COLUMNS, found, lang),
        file_name=_file_name(first, today),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _choices(lang: str) -> tuple[int, int, str | None, str]:
    """The months to look back, from which days of stock on an item moves slowly, which movement to show, and what to search."""
    first, second, third, fourth = st.columns([3, 3, 4, 4], vertical_alignment="bottom")
    months = first.segmented_control(
        t("stock.months_back", lang),
        _MONTHS,
        default=_MONTHS[-1],
        required=True,
        format_func=lambda count: format_number(count, lang),
        key="stock_turns.months",
    )
    slow = second.segmented_control(
        t("stock.slow_from", lang),
        _SLOW_DAYS,
        default=_SLOW_DAYS[1],
        required=True,
        format_func=lambda count: format_number(count, lang),
        key="stock_turns.slow",
    )
    movement = third.segmented_control(
        t("stock.movement", lang),
        _MOVEMENTS,
        format_func=lambda name: t(f"movement.{name}", lang),
        key="stock_turns.movement",
    )
    search = fourth.text_input(
        t("list.search", lang),
        key="stock_turns.search",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    return months, slow, movement, search


def _tiles(rows: Iterable[Mapping[str, Any]], days: int, lang: str) -> None:
    rows = list(rows)
    value = sum((row["value"] for row in rows), ZERO)
    average = sum((row["average_value"] for row in rows), ZERO)
    used = sum((row["used_cost"] for row in rows), ZERO)
    turns = rounded(used * _YEAR_DAYS / days / average, 2) if average > 0 else None
    told = []
    for name in ("slow", "idle"):
        of_it = [row for row in rows if row["movement"] == name]
        worth = sum((row["value"] for row in of_it), ZERO)
        share = format_share(worth / value, lang) if value > 0 else "–"
        told.append(
            Tile(t(f"movement.{name}", lang), board.whole(worth, lang), told=t("stock.of_value", lang, share=share))
        )
    board.tiles(
        [
            Tile(t("board.stock_value", lang), board.whole(value, lang), told=gateway.currency()),
            Tile(t("stock.turns_a_year", lang), "–" if turns is None else format_number(turns, lang)),
            *told,
        ]
    )


def _row(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A row as it is shown: turns to two decimals, days whole, in the book currency and the reader's language."""
    days, turns = row["days_of_stock"], row["turns_a_year"]
    return {
        **row,
        "item_name": row["item_name"] if lang == "en" else row["item_name_zh"] or row["item_name"],
        "turns": None if turns is None else rounded(Decimal(turns), 2),
        "days": None if days is None else int(rounded(Decimal(days), 0)),
        "currency": gateway.currency(),
    }


def _file_name(first: date, last: date) -> str:
    return f"stock_turns_{first.isoformat()}_{last.isoformat()}.csv"


TURNS_PAGES: Final = (Page("stock_turns", "nav.stock_turns", "autorenew", draw_stock_turns, permission=_PERMISSION),)
