"""The after-sales board: cases and their age, promises kept, what comes back, repairs, satisfaction, and what quality costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import COST, OPERATIONS
from app.kernel.i18n import format_number, format_quantity, format_share, t
from app.ui import gateway
from app.ui.screens.boards.behind import ALL, counted_by, draw_rows
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans, trends
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column
from schemas.vocabulary.numbers import ZERO, rounded

_MONTHS: Final = 12
_BY: Final = ("month", "kind", "reason", "category", "item", "customer")
_IN_WORDS: Final = {"kind": "case_kind", "reason": "return_reason"}
_GROUPS: Final = (
    Column("group", "word.name"),
    Column("opened_count", "board.cases_opened", "count", total=True),
    Column("ended_count", "board.cases_ended", "count", total=True),
    Column("open_count", "board.cases_open", "count", total=True),
    Column("days_to_end", "board.days_to_end", "quantity"),
)
_AGES: Final = (
    Column("case_kind", "word.case_kind", "word", family="case_kind"),
    Column("days_0_7", "board.days_0_7", "count", total=True),
    Column("days_8_30", "board.days_8_30", "count", total=True),
    Column("days_31_90", "board.days_31_90", "count", total=True),
    Column("over_90_days", "board.over_90_days", "count", total=True),
    Column("case_count", "board.cases_open", "count", total=True),
    Column("oldest_days", "board.oldest", "count"),
)
_OPEN: Final = (
    Column("case_number", "word.number", "code", opens="service_case", opens_by="document_id"),
    Column("case_kind", "word.case_kind", "word", family="case_kind"),
    Column("state", "word.state", "state"),
    Column("reason_code", "word.return_reason", "word", family="return_reason"),
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("priority", "word.priority", "count"),
    Column("opened_on", "word.document_on", "date"),
    Column("age_days", "board.age_days", "count"),
)
_KEPT: Final = (
    Column("month", "word.month"),
    Column("level_code", "word.service_level", "code"),
    Column("clock", "word.case_clock", "word", family="case_clock"),
    Column("kept_count", "word.kept_count", "count", total=True),
    Column("broken_count", "word.broken_count", "count", total=True),
    Column("open_count", "word.open_count", "count", total=True),
    Column("kept_share", "word.kept_percent", "share"),
)
_BROKEN: Final = (
    Column("case_number", "word.number", "code", opens="service_case", opens_by="document_id"),
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("level_code", "word.service_level", "code"),
    Column("clock", "word.case_clock", "word", family="case_clock"),
    Column("limit_hours", "word.limit_hours", "quantity"),
    Column("used_hours", "board.used_hours", "quantity"),
    Column("stopped_at", "word.stopped_at", "moment"),
)
_RETURNS: Final = (
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("shipped_quantity", "word.shipped_quantity", "quantity"),
    Column("returned_quantity", "word.returned_quantity", "quantity"),
    Column("unit_code", "word.unit"),
    Column("return_rate", "board.return_rate", "share"),
)
_REPAIRS: Final = (
    Column("month", "word.month"),
    Column("repair_count", "board.repairs", "count", total=True),
    Column("warranty_count", "board.under_warranty", "count", total=True),
    Column("days_here", "board.days_here", "quantity"),
    Column("repair_cost", "word.repair_cost", "amount", total=True),
    Column("warranty_cost", "word.cost_borne_warranty", "amount", total=True),
    Column("warranty_share", "board.warranty_share", "share"),
    Column("invoiced_amount", "word.invoiced_net", "amount", total=True),
)
_SAID: Final = (
    Column("code", "word.month"),
    Column("answer_count", "word.answers", "count", total=True),
    Column("mean", "word.mean_mark", "quantity"),
    Column("content_share", "word.csat_percent", "share"),
    Column("net_promoter_score", "word.nps", "quantity"),
)
_COSTS: Final = (
    Column("document_number", "word.document", "code", opens_kind="document_kind", opens_by="document_id"),
    Column("document_kind", "word.kind", "word", family="kind"),
    Column("category", "word.category", "word", family="quality_cost"),
    Column("case_number", "kind.service_case", "code", opens="service_case", opens_by="case_id"),
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("posted_on", "word.posted_on", "date"),
    Column("quality_cost", "word.total_amount", "amount", total=True),
)


def draw_after_sales() -> None:
    """Draw the board for the span that the reader chose; costs only to who may see them."""
    lang = gateway.visit().lang
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.after_sales_board", lang), lead=t("board.after_sales_lead", lang)))
    with right:
        span = spans.pick(lang, default="year")
    board.head_line(lang)
    days = {"from_on": span.from_on, "to_on": min(span.to_on, gateway.today())}
    moment = gateway.warehouse_moment()
    clocks = {**days, "now": moment}
    kept = gateway.read("clocks_kept", **clocks).dicts() if moment is not None else []
    ages = gateway.read("open_case_ages", as_of=gateway.today()).dicts()
    _tiles(days, kept, ages, lang)
    _charts(days["to_on"], lang)
    by = counted_by("after_sales", _BY, lang)
    rows = gateway.read("cases_by", by=by, limit=ALL, **days).dicts()
    groups = [_group(row, by, lang) for row in rows]
    draw_rows("board.cases_by", _GROUPS, groups, lang, name=f"cases_by_{by}", nothing="board.no_cases", most=60)
    draw_rows("board.case_ages", _AGES, ages, lang, name="case_ages", nothing="board.no_open_cases")
    waiting = gateway.read("open_service_cases", as_of=gateway.today(), limit=ALL).dicts()
    draw_rows("board.open_cases", _OPEN, waiting, lang, name="open_cases", nothing="board.no_open_cases")
    draw_rows("board.clocks_kept", _KEPT, kept, lang, name="clocks_kept", nothing="board.no_clocks", most=36)
    broken = gateway.read("clocks_broken", limit=ALL, **clocks).dicts() if moment is not None else []
    draw_rows("board.clocks_broken", _BROKEN, map(_clock, broken), lang, name="clocks", nothing="board.none_broken")
    returns = gateway.read("return_rates", limit=ALL, **days).dicts()
    draw_rows("board.returns_by_item", _RETURNS, returns, lang, name="return_rates", nothing="board.no_returns")
    said = gateway.read("feedback_by", **days).dicts()
    draw_rows("nav.feedback_report", _SAID, map(_rounded, said), lang, name="feedback", nothing="board.no_feedback")
    if gateway.visit().may(COST):
        _costs(days, lang)


def _tiles(days: Mapping[str, date], kept: list[dict[str, Any]], ages: list[dict[str, Any]], lang: str) -> None:
    months = gateway.read("cases_by", limit=ALL, **days).dicts()
    items = gateway.read("return_rates", all=True, limit=ALL, **days).dicts()
    said = gateway.read("feedback_by", **days).dicts()
    shipped, returned = _sum(items, "shipped_quantity"), _sum(items, "returned_quantity")
    held, broken = _sum(kept, "kept_count"), _sum(kept, "broken_count")
    answers = _sum(said, "answer_count")
    mean = sum((row["mean"] * row["answer_count"] for row in said), ZERO) / answers if answers else None
    oldest = max((row["oldest_days"] for row in ages), default=0)
    tiles = [
        Tile(
            t("board.cases_opened", lang),
            format_number(_sum(months, "opened_count"), lang),
            trend=[float(row["opened_count"]) for row in months],
            told=t("board.ended", lang, count=_sum(months, "ended_count")),
            opens="service_cases",
        ),
        Tile(
            t("board.open_cases", lang),
            format_number(_sum(ages, "case_count"), lang),
            told=t("board.oldest_days", lang, days=oldest),
            opens="service_cases",
        ),
        Tile(
            t("board.clocks_kept", lang),
            _share(held, held + broken, lang),
            told=t("board.broken", lang, count=broken),
            opens="service_levels_kept",
        ),
        Tile(t("board.return_rate", lang), _share(returned, shipped, lang), opens="customer_returns"),
        Tile(
            t("word.satisfaction", lang),
            "–" if mean is None else format_quantity(rounded(mean, 2), lang),
            trend=[float(row["mean"]) for row in said],
            told=t("board.answers", lang, count=answers),
            opens="feedback_report",
        ),
    ]
    if gateway.visit().may(COST):
        cost = gateway.read("quality_cost_by", **days).dicts()
        repairs = gateway.read("repairs_by_month", **days).dicts()
        spent = _sum(repairs, "repair_cost")
        share = _share(_sum(repairs, "warranty_cost"), spent, lang)
        tiles += [
            Tile(
                t("nav.cost_of_quality", lang),
                board.whole(Decimal(_sum(cost, "total")), lang),
                told=t("board.external", lang, amount=board.whole(Decimal(_sum(cost, "external_failure")), lang)),
                opens="cost_of_quality",
            ),
            Tile(
                t("word.repair_cost", lang),
                board.whole(Decimal(spent), lang),
                told=t("board.by_warranty", lang, share=share),
                opens="repairs",
            ),
        ]
    board.tiles(tiles)


def _charts(upto: date, lang: str) -> None:
    """Cases opened and over by month, and beside it what quality cost, over twelve months."""
    days = {"from_on": spans.months_before(upto.replace(day=1), _MONTHS - 1), "to_on": upto}
    left, right = st.columns(2, gap="large")
    with left:
        title = t("board.cases_by_month", lang)
        names = {"opened_count": t("board.cases_opened", lang), "ended_count": t("board.cases_ended", lang)}
        months = gateway.read("cases_by", limit=ALL, **days).dicts()
        rows = [(_first_of(row), said, Decimal(row[name])) for row in months for name, said in names.items()]
        if rows:
            trends.bars(trends.months(rows, lang), title=title, unit="", told=title, lang=lang)
    if not gateway.visit().may(COST):
        return
    with right:
        title = t("board.quality_cost_by_month", lang)
        names = {name: t(f"word.{name}", lang) for name in ("internal_failure", "external_failure")}
        costs = sorted(gateway.read("quality_cost_by", **days).dicts(), key=_first_of)
        rows = [(_first_of(row), said, row[name]) for row in costs for name, said in names.items()]
        if rows:
            trends.bars(trends.months(rows, lang), title=title, unit=gateway.currency(), told=title, lang=lang)


def _costs(days: Mapping[str, date], lang: str) -> None:
    """What repairs cost by month, and the documents that make up the cost of quality."""
    repairs = gateway.read("repairs_by_month", **days).dicts()
    draw_rows("nav.repairs", _REPAIRS, map(_rounded, repairs), lang, name="repairs", nothing="board.no_repairs")
    documents = gateway.read("quality_cost_documents", limit=ALL, **days).dicts()
    draw_rows("nav.cost_of_quality", _COSTS, documents, lang, name="quality_cost", nothing="board.no_quality_cost")


def _group(row: Mapping[str, Any], by: str, lang: str) -> dict[str, Any]:
    name = row["name"] or row["code"] or t("board.none_named", lang)
    if by in _IN_WORDS and row["code"]:
        name = t(f"{_IN_WORDS[by]}.{row['code']}", lang)
    return {**_rounded(row), "group": name}


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Means to as many decimals as they mean something."""
    means = {"days_to_end": 1, "days_here": 1, "mean": 2, "net_promoter_score": 1}
    return {**row, **{name: rounded(row[name], places) for name, places in means.items() if row.get(name) is not None}}


def _clock(row: Mapping[str, Any]) -> dict[str, Any]:
    """A broken clock in hours; one that still runs has not ended using."""
    used = row["used_seconds"]
    hours = None if used is None else rounded(Decimal(used) / 3600, 2)
    return {**row, "limit_hours": rounded(Decimal(row["limit_minutes"]) / 60, 2), "used_hours": hours}


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> Any:
    return sum((row[name] or 0 for row in rows), 0)


def _share(part: Any, whole: Any, lang: str) -> str:
    return format_share(Decimal(part) / Decimal(whole), lang) if whole else "–"


def _first_of(row: Mapping[str, Any]) -> date:
    return date.fromisoformat(f"{row['code']}-01")


AFTER_SALES_BOARD: Final = Page(
    "after_sales_board", "nav.after_sales_board", "support_agent", draw_after_sales, permission=OPERATIONS
)
