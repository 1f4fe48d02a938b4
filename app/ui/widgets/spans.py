"""The choice of a month, a quarter or a year, kept in the address so that what was looked at can be shared and returned to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import streamlit as st

from app.kernel.i18n import format_day, format_month, format_quarter, t
from app.ui import gateway

Kind = Literal["month", "quarter", "year"]

KINDS: Final[tuple[Kind, ...]] = ("month", "quarter", "year")
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_KIND_NAMED: Final[dict[str, Kind]] = {name: name for name in KINDS}
_OFFERED: Final = {"month": 25, "quarter": 9, "year": 4}


@dataclass(frozen=True)
class Span:
    """A whole month, quarter or year, both days included."""

    kind: Kind
    from_on: date
    to_on: date

    @property
    def code(self) -> str:
        """The span as it stands in an address."""
        if self.kind == "year":
            return f"{self.from_on.year}"
        if self.kind == "quarter":
            return f"{self.from_on.year}-Q{(self.from_on.month + 2) // 3}"
        return f"{self.from_on.year}-{self.from_on.month:02d}"

    def before(self) -> Span:
        """The span of the same kind just before."""
        return span_of(self.kind, self.from_on - timedelta(days=1))

    def a_year_before(self) -> Span:
        """The same span a year earlier."""
        return span_of(self.kind, months_before(self.from_on, 12))


def span_of(kind: Kind, day: date) -> Span:
    """The month, quarter or year that a day lies in.

    >>> span_of("quarter", date(2026, 5, 20)).to_on
    datetime.date(2026, 6, 30)
    """
    length = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    return Span(kind, first, months_before(first, -length) - timedelta(days=1))


def months_before(first: date, months: int) -> date:
    """The first day of the month that lies some months before.

    >>> months_before(date(2026, 2, 1), 3)
    datetime.date(2025, 11, 1)
    """
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def span_named(code: str) -> Span | None:
    """The span of a code, or None where it is none.

    >>> span_named("2026-Q2").from_on
    datetime.date(2026, 4, 1)
    """
    year, _, rest = code.partition("-")
    if not (year.isdecimal() and len(year) == 4 and int(year) > 0):
        return None
    if not rest:
        return span_of("year", date(int(year), 1, 1))
    quarter = rest.startswith("Q")
    number = rest[1:] if quarter else rest
    if not number.isdecimal() or not 1 <= int(number) <= (4 if quarter else 12):
        return None
    month = int(number) * 3 - 2 if quarter else int(number)
    return span_of("quarter" if quarter else "month", date(int(year), month, 1))


def written(span: Span, lang: str) -> str:
    """A span as the language writes it."""
    writers: dict[str, Callable[[date, str], str]] = {"month": format_month, "quarter": format_quarter, "year": _year}
    return writers[span.kind](span.from_on, lang)


def _year(first: date, lang: str) -> str:
    return str(first.year) if lang == "en" else f"{first.year}年"


def pick(lang: str, *, kinds: tuple[Kind, ...] = KINDS, default: Kind = "month") -> Span:
    """Let the reader choose a span; the address names it as `span`."""
    named = span_named(st.query_params.get("span", ""))
    today = gateway.today()
    now = named or span_of(default, today)
    left, right = st.columns([5, 4], vertical_alignment="bottom")
    kind = left.segmented_control(
        t("span.kind", lang),
        kinds,
        default=now.kind if now.kind in kinds else default,
        required=True,
        format_func=lambda value: t(f"span.{value}", lang),
        key="span.kind",
        label_visibility="collapsed",
    )
    offered = _offered(kind or default, today, now)
    at = offered.index(now) if now in offered else 0
    chosen = right.selectbox(
        t("span.which", lang),
        offered,
        index=at,
        format_func=lambda value: written(value, lang),
        key=f"span.{kind}",
        label_visibility="collapsed",
    )
    span = chosen or now
    st.query_params["span"] = span.code
    return span


def _offered(kind: str, today: date, named: Span) -> list[Span]:
    """The latest spans of a kind, the newest first, and the one that the address names."""
    spans = [span_of(_KIND_NAMED[kind], today)]
    while len(spans) < _OFFERED[kind]:
        spans.append(spans[-1].before())
    return spans if named.kind != kind or named in spans else [*spans, named]


def between(from_on: date, to_on: date, lang: str) -> str:
    """Two days as a span in words."""
    return t("span.between", lang, from_on=format_day(from_on, lang), to_on=format_day(to_on, lang))


def days_named(default: Span) -> tuple[date, date]:
    """The first and the last day that the address names as `from` and `to`, else those of a span."""
    return _day("from", default.from_on), _day("to", default.to_on)


def _day(name: str, default: date) -> date:
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return default
