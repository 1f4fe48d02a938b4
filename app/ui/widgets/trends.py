"""The charts of the boards: amounts by month, shares with their target, load against capacity, and balances over time.

Every chart gets its rows ready and its words in the reader's language; bars begin at zero, the latest value is written
beside its mark, and the number axis counts in the language's own steps (thousands, or 万).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl

from app.kernel.i18n import format_month
from app.ui.widgets import charts

QUIET: Final = "#7a7d92"
"""Words and levels inside a chart, readable on light and on dark ground."""
_COUNTED: Final = {
    "en": "abs(datum.value) >= 1000000 ? format(datum.value / 1000000, '.3~f') + 'M' : "
    "abs(datum.value) >= 1000 ? format(datum.value / 1000, '.3~f') + 'k' : format(datum.value, '.3~f')",
    "zh-Hans": "abs(datum.value) >= 10000 ? format(datum.value / 10000, '.3~f') + '万' : format(datum.value, '.3~f')",
    "zh-Hant": "abs(datum.value) >= 10000 ? format(datum.value / 10000, '.3~f') + '萬' : format(datum.value, '.3~f')",
}


def counted_axis(title: str | None, lang: str, **more: Any) -> alt.Axis:
    """A number axis in the language's steps."""
    return alt.Axis(title=title, labelExpr=_COUNTED[lang], tickCount=5, **more)


def _named(field: str) -> alt.Tooltip:
    """A word in a tooltip, which needs no title."""
    return alt.Tooltip(f"{field}:N", title=" ")


def months(rows: Sequence[tuple[date, str, Decimal | None]], lang: str) -> pl.DataFrame:
    """Rows of month, series and value as a chart takes them; statistics, so floats.

    January says its year, and so does a month that the rows have of two years.

    >>> days = (date(2026, 11, 1), date(2026, 12, 1), date(2027, 11, 1))
    >>> months([(day, "due", None) for day in days], "en")["month"].to_list()
    ['Nov 2026', 'Dec', 'Nov 2027']
    """
    days = {row[0] for row in rows}
    dated = {day for day in days if day.month == 1 or any(day.month == d.month and day.year != d.year for d in days)}
    return pl.DataFrame(
        {
            "at": [row[0] for row in rows],
            "month": [format_month(row[0], lang, year=row[0] in dated) for row in rows],
            "series": [row[1] for row in rows],
            "value": [None if row[2] is None else float(row[2]) for row in rows],
        },
        schema={"at": pl.Date, "month": pl.String, "series": pl.String, "value": pl.Float64},
    )


def month_axis(frame: pl.DataFrame) -> alt.X:
    """The months of a frame in their order."""
    ordered = frame.unique("month", keep="first", maintain_order=True).sort("at")["month"].to_list()
    return alt.X("month:N", sort=ordered, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))


def bars(frame: pl.DataFrame, *, title: str, unit: str, told: str, lang: str, height: int = 260) -> None:
    """Bars by month, beside each other where there are several series."""
    names = frame["series"].unique(maintain_order=True).to_list()
    base = alt.Chart(frame, title=title).encode(
        x=month_axis(frame),
        y=alt.Y("value:Q", axis=counted_axis(unit, lang), scale=alt.Scale(zero=True)),
        tooltip=[_named("month"), _named("series"), alt.Tooltip("value:Q", title=unit, format=",.0f")],
    )
    if len(names) == 1:
        charts.draw(base.mark_bar(cornerRadiusEnd=3), told=told, height=height)
        return
    chart = base.mark_bar(cornerRadiusEnd=2).encode(
        xOffset=alt.XOffset("series:N", sort=names), color=alt.Color("series:N", sort=names)
    )
    charts.draw(chart, told=told, height=height)


def shares(
    frame: pl.DataFrame, *, title: str, target: float | None, target_name: str, told: str, height: int = 260
) -> None:
    """A share by month as a line, its target as a dashed one."""
    low = min([value for value in frame["value"].to_list() if value is not None], default=0.0)
    scale = alt.Scale(domain=[max(0.0, min(low, target or low) - 0.06), 1.0], nice=False, clamp=True)
    line = (
        alt.Chart(frame, title=title)
        .mark_line(point=alt.OverlayMarkDef(size=46), strokeWidth=2.4)
        .encode(
            x=month_axis(frame),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, format=".0%", tickCount=5), scale=scale),
            tooltip=[_named("month"), alt.Tooltip("value:Q", title=" ", format=".1%")],
        )
    )
    if target is None:
        charts.draw(line, told=told, height=height)
        return
    level = pl.DataFrame({"target": [target], "name": [target_name]})
    rule = alt.Chart(level).mark_rule(strokeDash=[5, 4], color=QUIET).encode(y="target:Q")
    words = (
        alt.Chart(level)
        .mark_text(align="left", baseline="bottom", dx=4, dy=-3, color=QUIET, fontSize=12)
        .encode(x=alt.value(0), y="target:Q", text="name:N")
    )
    charts.draw(alt.layer(line, rule, words), told=told, height=height)


def lines(frame: pl.DataFrame, *, title: str, unit: str, told: str, lang: str, height: int = 260) -> None:
    """Balances at the ends of months as a line over its area, from zero."""
    base = alt.Chart(frame, title=title).encode(
        x=month_axis(frame),
        y=alt.Y("value:Q", axis=counted_axis(unit, lang), scale=alt.Scale(zero=True)),
        tooltip=[_named("month"), alt.Tooltip("value:Q", title=unit, format=",.0f")],
    )
    area = base.mark_area(opacity=0.14, line={"strokeWidth": 2.4})
    charts.draw(area, told=told, height=height)


def ranking(
    rows: Sequence[tuple[str, Decimal]], *, title: str, unit: str, told: str, lang: str, height: int | None = None
) -> None:
    """Horizontal bars, the largest first."""
    frame = pl.DataFrame({"name": [row[0] for row in rows], "value": [float(row[1]) for row in rows]})
    chart = (
        alt.Chart(frame, title=title)
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)),
            x=alt.X("value:Q", axis=counted_axis(unit, lang), scale=alt.Scale(zero=True)),
            tooltip=[_named("name"), alt.Tooltip("value:Q", title=unit, format=",.0f")],
        )
    )
    charts.draw(chart, told=told, height=height or max(140, 40 + 30 * len(rows)))


def load(frame: pl.DataFrame, *, title: str, told: str, over: str, within: str) -> None:
    """Load of resources by week as a share of capacity: darker is fuller, what is over says so in words and number.

    Args:
        frame: resource, week, share (1 is full), shown (the share as written), state (`over` or `within`).
        title: what the chart shows.
        told: the same for those who cannot see it.
        over: the name of what is above capacity.
        within: the name of what is not.
    """
    weeks = frame["week"].unique(maintain_order=True).to_list()
    base = alt.Chart(frame, title=title).encode(
        x=alt.X("week:N", sort=weeks, title=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("resource:N", title=None),
    )
    cells = base.mark_rect(cornerRadius=3, stroke="transparent", strokeWidth=3).encode(
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=[within, over], range=["#7277d6", "#d55e00"]),
            legend=alt.Legend(orient="bottom"),
        ),
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.08, 0.85], clamp=True), legend=None),
        tooltip=[_named("resource"), _named("week"), _named("shown")],
    )
    words = base.mark_text(fontSize=12, color=QUIET).encode(text="shown:N")
    charts.draw(alt.layer(cells, words), told=told, height=130 + 34 * frame["resource"].n_unique())
