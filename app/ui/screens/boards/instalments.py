"""The instalment board: what is due of invoices and bills part by part, what of it came, what is open and what is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import MONEY
from app.kernel.i18n import format_day, t
from app.ui import gateway
from app.ui.screens.boards.behind import ALL, draw_rows
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans, trends
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column
from schemas.vocabulary.numbers import ZERO

_SIDES: Final = ("receivable", "payable")
_WHOLE: Final = "all"
_BACK, _AHEAD, _SOON_DAYS = 11, 12, 30
_AMOUNTS: Final = (
    Column("amount", "board.due_amount", "amount", total=True),
    Column("paid_amount", "board.due_paid", "amount", total=True),
    Column("credited_amount", "board.due_credited", "amount", total=True),
    Column("open_amount", "word.open_amount", "amount", total=True),
    Column("late_amount", "word.overdue_amount", "amount", total=True),
)
_FIGURES: Final = (
    Column("part_count", "word.instalments", "count", total=True),
    *_AMOUNTS,
    Column("settled_late_amount", "board.settled_late", "amount", total=True),
)
_BY_MONTH: Final = (Column("group", "word.month"), *_FIGURES)
_BY_PARTY: Final = {
    "receivable": (Column("group", "term.customer"), *_FIGURES),
    "payable": (Column("group", "term.supplier"), *_FIGURES),
}
_PARTS: Final = (
    Column("document_number", "word.document", "code", opens_kind="document_kind", opens_by="document_id"),
    Column("part", "board.due_part"),
    Column("party_name", "word.party", opens="party", opens_by="party_id"),
    Column("due_on", "word.due_on", "date"),
    *_AMOUNTS,
    Column("days_late", "word.days_late", "count"),
    Column("document_currency", "word.currency", "code"),
)


def draw_instalment_board() -> None:
    """Draw what is due by month, and by customer or supplier, each leading to its parts."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.instalment_board", lang), lead=t("board.instalments_lead", lang)))
    side, whole = _asked(lang)
    board.head_line(lang)
    asked = {"as_of": gateway.today(), "side": side, "parts_only": not whole, "limit": ALL}
    months = gateway.read("instalments_by", by="month", **asked).dicts()
    parties = gateway.read("instalments_by", by="party", **asked).dicts()
    links = {"side": side, **({_WHOLE: 1} if whole else {})}
    _tiles(months, asked, links, lang)
    _chart(months, lang)
    first = spans.months_before(gateway.today().replace(day=1), _BACK)
    shown = [row for row in months if row["open_amount"] or _month(row).from_on >= first]
    by_month = [{**row, "group": _month_link(row, links, lang)} for row in shown]
    draw_rows("board.due_by_month", _BY_MONTH, by_month, lang, name=f"due_{side}_by_month",
              nothing="board.no_instalments", most=60)  # fmt: skip
    parties.sort(key=lambda row: (-row["late_amount"], -row["open_amount"], row["code"]))
    by_party = [{**row, "group": _party_link(row, links)} for row in parties]
    draw_rows(f"board.due_by_{side}", _BY_PARTY[side], by_party, lang, name=f"due_{side}_by_party",
              nothing="board.no_instalments")  # fmt: skip


def _asked(lang: str) -> tuple[str, bool]:
    """Whose debts, and whether those that are due all at once too; the address names both as `side` and `all`."""
    named = st.query_params.get("side")
    left, right = st.columns([1, 2], vertical_alignment="center")
    side = left.segmented_control(
        t("board.due_side", lang),
        _SIDES,
        default=named if named in _SIDES else _SIDES[0],
        required=True,
        format_func=lambda value: t(f"board.due_of_{value}", lang),
        key="instalment_board.side",
        label_visibility="collapsed",
    )
    whole = right.toggle(t("board.due_at_once", lang), value=_WHOLE in st.query_params, key="instalment_board.all")
    st.query_params.from_dict({"side": side or _SIDES[0], **({_WHOLE: "1"} if whole else {})})
    return side or _SIDES[0], whole


def _tiles(rows: Iterable[Mapping[str, Any]], asked: Mapping[str, Any], links: Mapping[str, Any], lang: str) -> None:
    """What is open, what of it is late and what is due soon, and what came after its day."""
    rows = list(rows)
    today = gateway.today()
    until = today + timedelta(days=_SOON_DAYS)
    soon = gateway.read("instalments", from_on=today, to_on=until, open_only=True, **asked).dicts()
    late = gateway.read("instalments", late_only=True, **asked).dicts()
    settled = _sum(rows, "settled_late_amount")
    parts = {name: t("board.due_parts", lang, count=len(found)) for name, found in
             (("late", late), ("soon", soon))}  # fmt: skip
    board.tiles(
        [
            Tile(t("word.open_amount", lang), board.whole(_sum(rows, "open_amount"), lang),
                 opens="instalment_rows", asks={**links, "open": 1}),
            Tile(t("word.overdue_amount", lang), board.whole(_sum(rows, "late_amount"), lang), told=parts["late"],
                 opens="instalment_rows", asks={**links, "open": 1, "to": (today - timedelta(days=1)).isoformat()}),
            Tile(t("board.due_soon", lang, count=_SOON_DAYS), board.whole(_sum(soon, "open_amount"), lang),
                 told=parts["soon"], opens="instalment_rows",
                 asks={**links, "open": 1, "from": today.isoformat(), "to": until.isoformat()}),
            Tile(t("board.settled_late", lang), board.whole(settled, lang)),
        ]
    )  # fmt: skip


def _chart(rows: Iterable[Mapping[str, Any]], lang: str) -> None:
    """What came, what is open and what is late by month of its day, a year back and a year ahead."""
    this_month = gateway.today().replace(day=1)
    first, last = spans.months_before(this_month, _BACK), spans.months_before(this_month, -_AHEAD)
    said: list[tuple[date, str, Decimal | None]] = []
    for row in rows:
        at = _month(row).from_on
        if first <= at <= last:
            came, late = row["paid_amount"] + row["credited_amount"], row["late_amount"]
            said += [
                (at, t("board.due_settled", lang), came),
                (at, t("word.overdue_amount", lang), late),
                (at, t("board.due_not_late", lang), row["open_amount"] - late),
            ]
    if said:
        title = t("board.due_chart", lang)
        trends.bars(trends.months(said, lang), title=title, unit=gateway.currency(), told=title, lang=lang)


def _month(row: Mapping[str, Any]) -> spans.Span:
    month = spans.span_named(row["code"])
    assert month is not None, row["code"]
    return month


def _month_link(row: Mapping[str, Any], links: Mapping[str, Any], lang: str) -> markup.Html:
    month = _month(row)
    days = {"from": month.from_on.isoformat(), "to": month.to_on.isoformat()}
    return markup.link(spans.written(month, lang), markup.href("instalment_rows", **links, **days))


def _party_link(row: Mapping[str, Any], links: Mapping[str, Any]) -> markup.Html:
    return markup.link(str(row["name"]), markup.href("instalment_rows", **links, party=row["code"]))


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows), ZERO)


def draw_instalment_rows() -> None:
    """Draw the parts that the address asks for: a side, days, a customer or supplier, all of them or what is open."""
    lang = gateway.visit().lang
    given = st.query_params
    side = given.get("side") if given.get("side") in _SIDES else _SIDES[0]
    days = {f"{name}_on": _day(given.get(name, "")) for name in ("from", "to")}
    rows = gateway.read(
        "instalments",
        as_of=gateway.today(),
        side=side,
        party_code=given.get("party"),
        parts_only=_WHOLE not in given,
        open_only="open" in given,
        limit=ALL,
        **days,
    ).dicts()
    lead = " · ".join(filter(None, [t(f"board.due_of_{side}", lang), *_days_told(days, lang), given.get("party")]))
    markup.show(markup.heading(t("nav.instalment_rows", lang), lead=lead))
    board.head_line(lang)
    told = [{**row, "part": f"{row['part_number']}/{row['part_count']}"} for row in rows]
    draw_rows("word.instalments", _PARTS, told, lang, name=f"instalments_{side}", nothing="board.no_instalments",
              most=200)  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days_told(days: Mapping[str, date | None], lang: str) -> list[str]:
    """The days that were asked for in words."""
    from_on, to_on = days["from_on"], days["to_on"]
    if from_on is not None and to_on is not None:
        return [spans.between(from_on, to_on, lang)]
    return [t("board.due_until", lang, day=format_day(to_on, lang))] if to_on is not None else []


INSTALMENT_PAGES: Final = (
    Page("instalment_board", "nav.instalment_board", "calendar_month", draw_instalment_board, permission=MONEY),
    Page(
        "instalment_rows",
        "nav.instalment_rows",
        "calendar_month",
        draw_instalment_rows,
        permission=MONEY,
        listed=False,
    ),
)
