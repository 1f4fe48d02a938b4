"""The list: a search box, filters, chosen columns, totals, pages and export, the same for every kind of thing.

A list is described by a `ListScreen` and drawn by `draw_list`. What the query can do itself (search, filter, span of days, page) is
read from its arguments and asked of it; the rest is done here over the rows it returned. Search, filters, order and
page live in the address, so that a list can be shared, reloaded and returned to by the back button.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_number, t
from app.ui import gateway
from app.ui.widgets import markup, views
from app.ui.widgets.values import Column, Sort, draw_table

PAGE_SIZE: Final = 50
EXPORT_ROWS: Final = 50_000
_SPAN: Final = {"since": "word.from_on", "until": "word.to_on"}
"""The first and the last day that count, where a query can be asked for a span: its arguments and their titles."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Filter:
    """A choice above the list.

    Attributes:
        name: the field of the rows, or the argument of the query.
        label: key of its title.
        choices: the values, each named by `<family>.<value>`.
        family: the area of the texts of the values.
    """

    name: str
    label: str
    choices: tuple[str, ...]
    family: str = "state"


@dataclass(frozen=True)
class ListScreen:
    """What a list shows.

    Attributes:
        path: address of the list.
        title: key of its name.
        query: the query that gives its rows.
        columns: all columns; those not chosen at first can be switched on.
        arguments: fixed arguments of the query.
        filters: choices above the list.
        create: address of the form that makes a new one, and the command that it needs.
        empty: key of the text that says what would be here.
    """

    path: str
    title: str
    query: str
    columns: tuple[Column, ...]
    empty: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    create: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """What the reader asked of a list: in words, by choices, and by days where its query can be asked for a span."""

    search: str
    chosen: Mapping[str, str]
    days: Mapping[str, date]
    page: int
    sort: str = ""


def draw_list(screen: ListScreen) -> None:
    """Draw a list."""
    lang = gateway.visit().lang
    may_create = screen.create is not None and gateway.may_send(screen.create[1])
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content"):
            markup.show(markup.heading(t(screen.title, lang)))
        if may_create and screen.create is not None:
            path, _, label = screen.create
            if st.button(t(label, lang), type="primary", icon=":material/add:", shortcut="Alt+N"):
                go_to(path)
    asked = _controls(screen, lang)
    rows, more = _rows(screen, asked)
    if not rows:
        _draw_empty(screen, asked, lang)
        return
    columns = _columns(screen, rows)
    draw_table(columns, rows[:PAGE_SIZE], lang, label=t(screen.title, lang), sort=_sort(screen, asked))
    _foot(screen, asked, rows, columns, lang, more=more)


def go_to(path: str, **query: str) -> None:
    """Go to another page of the application."""
    st.session_state["go_to"] = (path, query)
    st.rerun()


def _controls(screen: ListScreen, lang: str) -> Asked:
    spans = gateway.arguments_of(screen.query) >= _SPAN.keys()
    widths = [4, *([2] * len(screen.filters)), *([1.3] if spans else []), 1.3, 1.3]
    places = st.columns(widths, vertical_alignment="bottom")
    key = f"list.{screen.path}"
    search = places[0].text_input(
        t("list.search", lang),
        key=f"{key}.search",
        placeholder=t("list.search_hint", lang),
        label_visibility="collapsed",
        icon=":material/search:",
        live=True,
        bind="query-params",
    )
    for place, entry in zip(places[1 : 1 + len(screen.filters)], screen.filters, strict=True):
        place.selectbox(
            t(entry.label, lang),
            entry.choices,
            index=None,
            key=f"{key}.{entry.name}",
            format_func=lambda value, family=entry.family: t(f"{family}.{value}", lang),
            placeholder=t(entry.label, lang),
            label_visibility="collapsed",
        )
    if spans:
        kind = "primary" if _days(screen) else "secondary"
        with places[-3].popover(t("list.days", lang), icon=":material/date_range:", type=kind, width="stretch"):
            for name, label in _SPAN.items():
                st.date_input(t(label, lang), value=None, key=f"{key}.{name}", format="YYYY-MM-DD", bind="query-params")
    chosen, days = _chosen(screen), _days(screen)
    with places[-2].popover(t("list.views", lang), icon=":material/bookmark:", width="stretch"):
        views.draw(screen.path, [f"{key}.search", *(f"{key}.{entry.name}" for entry in screen.filters)], lang)
    with places[-1].popover(t("list.columns", lang), icon=":material/view_column:", width="stretch"):
        for column in screen.columns:
            st.checkbox(t(column.label, lang), value=column.chosen, key=f"{key}.column.{column.name}")
    sort = _sort_named(screen)
    marker = (search or "", tuple(chosen.items()), tuple(days.items()), sort)
    if st.session_state.get(f"{key}.marker") != marker:
        st.session_state[f"{key}.marker"] = marker
        st.session_state[f"{key}.page"] = 1
    return Asked((search or "").strip(), chosen, days, int(st.session_state.get(f"{key}.page", 1)), sort)


def _chosen(screen: ListScreen) -> dict[str, str]:
    """What the reader chose above the list, by the name of the choice."""
    picked = {entry.name: st.session_state.get(f"list.{screen.path}.{entry.name}") for entry in screen.filters}
    return {name: value for name, value in picked.items() if value is not None}


def _days(screen: ListScreen) -> dict[str, date]:
    """The first and the last day that the reader wants to be counted, as far as he named them."""
    named = {name: st.session_state.get(f"list.{screen.path}.{name}") for name in _SPAN}
    return {name: day for name, day in named.items() if isinstance(day, date)}


def _columns(screen: ListScreen, rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    """The columns that the reader wants, but for those that hold nothing on this page."""
    wanted = tuple(
        column
        for column in screen.columns
        if st.session_state.get(f"list.{screen.path}.column.{column.name}", column.chosen)
    )
    telling = tuple(c for c in wanted if any(row.get(c.name) not in (None, "") for row in rows))
    return telling or screen.columns[:1]


def _sort(screen: ListScreen, asked: Asked) -> Sort | None:
    """The order of the list in its address; None where the query keeps its own order."""
    knows = gateway.arguments_of(screen.query)
    if "sort" not in knows and {"limit", "offset"} <= knows:
        return None
    here = {name: value for name, value in st.query_params.items() if name != "sort"}
    return Sort(asked.sort, lambda by: markup.href(screen.path, **here, sort=by))


def _sort_named(screen: ListScreen) -> str:
    """The order that the address names, where the list has such a column."""
    named = st.query_params.get("sort", "")
    return named if named.removeprefix("-") in {c.name for c in screen.columns if c.sorts} else ""


def _rows(screen: ListScreen, asked: Asked, *, limit: int = PAGE_SIZE + 1) -> tuple[list[dict[str, Any]], bool]:
    """One page of rows, one more than fits so that it is known whether more follow."""
    knows = gateway.arguments_of(screen.query)
    given: dict[str, Any] = dict(screen.arguments)
    if "search" in knows and asked.search:
        given["search"] = asked.search
    given.update({name: value for name, value in [*asked.chosen.items(), *asked.days.items()] if name in knows})
    if asked.sort and "sort" in knows:
        given["sort"] = asked.sort
    offset = (asked.page - 1) * PAGE_SIZE
    if {"limit", "offset"} <= knows:
        rows = gateway.ask(screen.query, **given, limit=limit, offset=offset)
        return rows, len(rows) > PAGE_SIZE
    rows = [row for row in gateway.ask(screen.query, **given) if _matches(row, asked, knows)]
    if asked.sort:
        name = asked.sort.removeprefix("-")
        there = [row for row in rows if row.get(name) is not None]
        there.sort(key=lambda row: row[name], reverse=asked.sort.startswith("-"))
        rows = [*there, *(row for row in rows if row.get(name) is None)]
    return rows[offset : offset + limit], len(rows) > offset + PAGE_SIZE


def _matches(row: Mapping[str, Any], asked: Asked, knows: frozenset[str]) -> bool:
    for name, value in asked.chosen.items():
        if name not in knows and str(row.get(name)) != value:
            return False
    if not asked.search or "search" in knows:
        return True
    wanted = asked.search.casefold()
    return any(wanted in str(value).casefold() for value in row.values() if value is not None)


def _draw_empty(screen: ListScreen, asked: Asked, lang: str) -> None:
    if asked.search or asked.chosen or asked.days:
        markup.show(markup.empty(t("list.nothing_found", lang), t("list.nothing_found_remedy", lang)))
    else:
        markup.show(markup.empty(t("list.nothing_yet", lang), t(screen.empty, lang)))


def _foot(
    screen: ListScreen,
    asked: Asked,
    rows: list[dict[str, Any]],
    columns: tuple[Column, ...],
    lang: str,
    *,
    more: bool,
) -> None:
    first = (asked.page - 1) * PAGE_SIZE + 1
    last = first + min(len(rows), PAGE_SIZE) - 1
    left, middle, right = st.columns([3, 4, 2], vertical_alignment="center")
    with left:
        text = t("list.range_more" if more else "list.range", lang, first=first, last=last)
        markup.show(markup.quiet(text))
    if asked.page > 1 or more:
        with middle:
            _turn(screen, asked, lang, more=more)
    right.download_button(
        t("term.export_data", lang),
        data=lambda: export(screen, columns, lang),
        file_name=f"{screen.path}.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _turn(screen: ListScreen, asked: Asked, lang: str, *, more: bool) -> None:
    def to(page: int) -> None:
        st.session_state[f"list.{screen.path}.page"] = page

    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button(
            t("list.earlier", lang),
            icon=":material/chevron_left:",
            disabled=asked.page == 1,
            on_click=to,
            args=(asked.page - 1,),
            key=f"list.{screen.path}.earlier",
        )
        st.markdown(format_number(asked.page, lang))
        st.button(
            t("list.later", lang),
            icon=":material/chevron_right:",
            disabled=not more,
            on_click=to,
            args=(asked.page + 1,),
            key=f"list.{screen.path}.later",
        )


def export(screen: ListScreen, columns: tuple[Column, ...], lang: str) -> bytes:
    """All rows of a list as it is filtered now, as CSV that spreadsheets read in every language.

    Numbers and dates are written plainly; a text that a spreadsheet would take for a formula is quoted.
    """
    search = str(st.session_state.get(f"list.{screen.path}.search") or "").strip()
    chosen, days = _chosen(screen), _days(screen)
    rows, page = [], 1
    while len(rows) < EXPORT_ROWS:
        part, more = _rows(screen, Asked(search, chosen, days, page, _sort_named(screen)))
        rows.extend(part[:PAGE_SIZE])
        page += 1
        if not more:
            break
    return written_csv(columns, rows, lang)


def written_csv(columns: tuple[Column, ...], rows: list[dict[str, Any]], lang: str) -> bytes:
    """Rows as CSV with a byte order mark, so that every spreadsheet reads the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([t(column.label, lang) for column in columns])
    for row in rows:
        writer.writerow([_plain(row.get(column.name)) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | date | datetime):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
