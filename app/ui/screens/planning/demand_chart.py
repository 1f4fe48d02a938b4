"""A series as a picture: what was asked for, weeks taken otherwise, what is expected with its intervals, what people say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from app.kernel.i18n import format_day, format_quantity, t
from app.ui.widgets import charts
from app.ui.widgets.trends import QUIET, counted_axis

_SHORT_WEEKS: Final = 52


def draw(past: list[dict[str, Any]], weeks: list[dict[str, Any]], unit: str, lang: str) -> None:
    """Draw a year of the past, or all of it, and the weeks to come."""
    whole = bool(st.session_state.get("demand.whole", False))
    shown = past if whole else past[-_SHORT_WEEKS:]
    changed = [row for row in shown if row["cleaned"] != row["quantity"]]
    said = [row for row in weeks if row["override"] is not None]
    names = {name: t(f"forecast.mark_{name}", lang) for name in ("past", "forecast", "cleaned", "instead")}
    drawn = [
        names["past"],
        names["forecast"],
        *([names["cleaned"]] if changed else []),
        *([names["instead"]] if said else []),
    ]
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%Y-%m", labelOverlap=True, tickCount=8))
    colour = alt.Color(
        "series:N",
        scale=charts.colours(list(names.values())),
        sort=drawn,
        legend=alt.Legend(title=None, values=drawn, labelLimit=240),
    )
    tip = [
        alt.Tooltip("week:N", title=t("forecast.week", lang)),
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("told:N", title=t("word.quantity", lang)),
        alt.Tooltip("why:N", title=t("word.why", lang)),
    ]
    y = alt.Y("value:Q", axis=counted_axis(unit, lang), scale=alt.Scale(zero=True))
    layers: list[alt.Chart] = [_band(weeks, share) for share in (95, 80)]
    layers.append(
        alt.Chart(_points(shown, "quantity", names["past"], lang))
        .mark_line(strokeWidth=1.6)
        .encode(x=x, y=y, color=colour, tooltip=tip)
    )
    if changed:
        layers.append(
            alt.Chart(_points(changed, "cleaned", names["cleaned"], lang))
            .mark_point(size=70, shape="triangle-up", filled=True, opacity=1)
            .encode(x=x, y=y, color=colour, tooltip=tip)
        )
    layers.append(
        alt.Chart(_points(weeks, "mean", names["forecast"], lang))
        .mark_line(strokeWidth=2.4, strokeDash=[6, 3])
        .encode(x=x, y=y, color=colour, tooltip=tip)
    )
    if said:
        layers.append(
            alt.Chart(_points(said, "override", names["instead"], lang))
            .mark_point(size=90, shape="diamond", filled=True, opacity=1)
            .encode(x=x, y=y, color=colour, tooltip=tip)
        )
    if weeks:
        layers.append(
            alt.Chart(pl.DataFrame({"at": [weeks[0]["period_start"]]}))
            .mark_rule(color=QUIET, strokeDash=[2, 3])
            .encode(x=x)
        )
    title = t("forecast.chart", lang, unit=unit)
    charts.draw(alt.layer(*layers).properties(title=title), told=title, height=330)
    st.toggle(t("forecast.whole_past", lang), key="demand.whole")


def _points(rows: list[dict[str, Any]], name: str, series: str, lang: str) -> pl.DataFrame:
    """Weeks as the chart takes them; statistics, so floats."""
    at: list[date] = [row["period_start"] for row in rows]
    values: list[Decimal] = [row[name] for row in rows]
    return pl.DataFrame(
        {
            "at": at,
            "value": [float(value) for value in values],
            "series": [series] * len(rows),
            "week": [format_day(day, lang) for day in at],
            "told": [format_quantity(value.quantize(Decimal("0.1")), lang) for value in values],
            "why": [_reason(row, lang) for row in rows],
        },
        schema_overrides={"at": pl.Date, "value": pl.Float64},
    )


def _reason(row: dict[str, Any], lang: str) -> str:
    if "why" in row:
        return t("plan.list_comma", lang).join(t(f"cleaning.{name}", lang) for name in row["why"])
    return row["reason"] or ""


def _band(weeks: list[dict[str, Any]], share: int) -> alt.Chart:
    frame = pl.DataFrame(
        {
            "at": [row["period_start"] for row in weeks],
            "low": [float(row[f"low_{share}"]) for row in weeks],
            "high": [float(row[f"high_{share}"]) for row in weeks],
        },
        schema={"at": pl.Date, "low": pl.Float64, "high": pl.Float64},
    )
    return (
        alt.Chart(frame)
        .mark_area(opacity=0.16 if share == 80 else 0.1, color=QUIET)
        .encode(x=alt.X("at:T", title=None), y=alt.Y("low:Q", title=None), y2="high:Q")
    )
