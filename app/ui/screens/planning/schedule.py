"""The schedule of a run: how good it is and what is proved of it, its operations on their resources over time, and as a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from app.kernel.i18n import format_moment, format_number, format_share, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import runs
from app.ui.widgets import board, charts, markup
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column, draw_table

_MOST: Final = 500
_ROW_PIXELS: Final = 34
_COLUMNS: Final = (
    Column("order", "plan.order_or_job", "code"),
    Column("operation", "term.operation", "count"),
    Column("resource", "word.resource", "code"),
    Column("starts_at", "word.starts_at"),
    Column("ends_at", "word.ends_at"),
    Column("setup_minutes", "word.setup_minutes", "quantity"),
    Column("quantity", "word.quantity", "quantity"),
)


def draw_schedule() -> None:
    """Draw the schedule of the run that the address names, or say how to make one."""
    lang = gateway.visit().lang
    run = runs.draw_head("nav.plan_schedule", "plan.schedule_lead", lang)
    if run is None:
        return
    found = gateway.ask("plan_schedule", plan_run=run["number"])
    if not found:
        markup.show(markup.empty(t("plan.no_schedule", lang), t("plan.no_schedule_says", lang)))
        return
    _tiles(found[0], lang)
    rows = gateway.ask("plan_operations", plan_run=run["number"], limit=_MOST)
    resources = sorted({row["resource"] for row in rows})
    chosen = st.multiselect(
        t("word.resource", lang), resources, key="plan_schedule.resources", placeholder=t("plan.all_resources", lang)
    )
    shown = [row for row in rows if not chosen or row["resource"] in chosen]
    if not shown:
        return
    _gantt(shown, lang)
    if len(rows) == _MOST:
        markup.show(markup.quiet(t("plan.first_operations", lang, count=_MOST)))
    told = [{**row, **{name: format_moment(row[name], lang) for name in ("starts_at", "ends_at")}} for row in shown]
    draw_table(_COLUMNS, told, lang, label=t("nav.plan_schedule", lang))


def _tiles(row: dict[str, Any], lang: str) -> None:
    board.tiles(
        [
            Tile(t("plan.late_jobs", lang), format_number(row["late_jobs"], lang)),
            _goal("weighted_tardiness", row, lang),
            _goal("makespan", row, lang),
            Tile(t("plan.changeover_minutes", lang), format_number(row["changeover_minutes"], lang)),
        ]
    )


def _goal(name: str, row: dict[str, Any], lang: str) -> Tile:
    """A goal in hours, and how far it may be from the best that is possible."""
    hours = format_number(round(row[f"{name}_minutes"] / 60), lang)
    gap = Decimal(str(row[f"{name}_gap"]))
    told = t("plan.proved_best", lang) if gap == 0 else t("plan.within", lang, share=format_share(gap, lang))
    return Tile(t(f"plan.{name}", lang), t("plan.hours", lang, hours=hours), told=told)


def lanes(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """A lane for each operation, so that those that a resource of several units runs side by side do not hide each other.

    Args:
        rows: operations in the order in which they start.

    >>> lanes([{"resource": "SAW", "starts_at": at, "ends_at": at + 2} for at in (0, 1, 2, 3)])
    [0, 1, 0, 1]
    """
    ends: dict[str, list[Any]] = defaultdict(list)
    found = []
    for row in rows:
        free = ends[row["resource"]]
        lane = next((place for place, end in enumerate(free) if end <= row["starts_at"]), len(free))
        free[lane : lane + 1] = [row["ends_at"]]
        found.append(lane)
    return found


def _gantt(rows: Sequence[dict[str, Any]], lang: str) -> None:
    """Bars from start to end, lanes of a resource below each other; what an operation is stands in its hint."""
    names = ("order", "operation", "resource", "starts_at", "ends_at")
    placed = [
        {**{name: row[name] for name in names}, "lane": lane} for row, lane in zip(rows, lanes(rows), strict=True)
    ]
    frame = pl.DataFrame(placed)
    title = t("plan.gantt", lang)
    hints = [
        alt.Tooltip("order:N", title=t("plan.order_or_job", lang)),
        alt.Tooltip("operation:Q", title=t("term.operation", lang)),
        alt.Tooltip("starts_at:T", title=t("word.starts_at", lang), format="%Y-%m-%d %H:%M"),
        alt.Tooltip("ends_at:T", title=t("word.ends_at", lang), format="%Y-%m-%d %H:%M"),
    ]
    bars = (
        alt.Chart(frame, title=title)
        .mark_bar(cornerRadius=2, stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("starts_at:T", title=None, axis=alt.Axis(format="%m-%d %H:%M", labelOverlap=True)),
            x2="ends_at:T",
            y=alt.Y("resource:N", title=None, sort=sorted({row["resource"] for row in rows})),
            yOffset="lane:O",
            tooltip=hints,
        )
    )
    charts.draw(bars, told=title, height=max(160, _ROW_PIXELS * frame.n_unique(["resource", "lane"]) + 60))


SCHEDULE: Final = Page("plan_schedule", "nav.plan_schedule", "view_timeline", draw_schedule, query="plan_schedule")
