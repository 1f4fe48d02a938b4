"""Demand: what the company is expected to sell, series by series, with what it was, what people say instead, and how good it is.

A monthly review in one page: forecast anew, look through the series that matter, say what the statistics cannot know, see what
earlier changes were worth, and accept the forecast for planning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.jobs.steps import FORECAST_STEPS
from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_moment, format_number, format_share, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import demand_lists, demand_series
from app.ui.screens.planning.progress import RunKind, choose_run, draw_progress
from app.ui.widgets import board, markup, notices
from app.ui.widgets.board import Tile

_LATEST: Final = 30
_WEEKS: Final = (13, 26, 52)
_RUN: Final = RunKind("forecast", "forecast_jobs", FORECAST_STEPS, "demand.run")
_VIEWS: Final[Mapping[str, Callable[[dict[str, Any], str], None]]] = {
    "series": demand_series.draw,
    "accuracy": demand_lists.draw_accuracy,
    "cleaned": demand_lists.draw_cleaned,
    "changes": demand_lists.draw_changes,
}


def draw_demand() -> None:
    """Draw the forecast that the address names, the newest where it names none."""
    lang = gateway.visit().lang
    run = _head(lang)
    if run is None:
        return
    _standing(run, lang)
    _tiles(run, lang)
    view = st.segmented_control(
        t("forecast.view", lang),
        list(_VIEWS),
        default="series",
        required=True,
        format_func=lambda name: t(f"forecast.view_{name}", lang),
        key="demand.view",
        label_visibility="collapsed",
    )
    _VIEWS[view or "series"](run, lang)


def _head(lang: str) -> dict[str, Any] | None:
    left, middle, right = st.columns([5, 4, 2], vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.demand", lang), lead=t("forecast.lead", lang)))
    with middle:
        run = _chosen(lang)
    with right:
        _ask(lang)
    draw_progress(_RUN, lang)
    if run is None:
        markup.show(markup.empty(t("forecast.none_yet", lang), t("forecast.none_yet_says", lang)))
    return run


def _chosen(lang: str) -> dict[str, Any] | None:
    runs = gateway.ask("forecast_runs", limit=_LATEST)
    if not runs:
        return None
    run = choose_run(_RUN, runs, lambda made: _described(made, lang), lang)
    return {**run, "newest": run["number"] == runs[0]["number"]}


def _described(run: dict[str, Any], lang: str) -> str:
    day = format_day(run["as_of"], lang)
    return t("forecast.run_of", lang, number=run["number"], day=day, weeks=run["week_count"])


def _ask(lang: str) -> None:
    if not gateway.may_send("record_forecast_run"):
        return
    with st.popover(t("forecast.now", lang), icon=":material/play_arrow:", type="primary", width="stretch"):
        weeks = st.radio(
            t("forecast.horizon", lang),
            _WEEKS,
            format_func=lambda count: t("forecast.weeks", lang, count=count),
            key="demand.weeks",
        )
        if st.button(t("forecast.start", lang), type="primary", key="demand.start", disabled=_RUN.job() is not None):
            _RUN.wait_for(partial(gateway.forecast_now, weeks=weeks))


def _standing(run: dict[str, Any], lang: str) -> None:
    """When the forecast was made, whether plans take it, and the button that accepts it."""
    made = t(
        "plan.made",
        lang,
        moment=format_moment(gateway.local(run["created_at"]), lang),
        who=run["created_by_name"] or t("plan.system", lang),
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(width="content"):
            markup.show(markup.freshness(made, old=run["as_of"] < gateway.today()))
            _accepted(run, lang)
        if run["newest"] and gateway.may_send("publish_forecast"):
            _accept(run, lang)


def _accepted(run: dict[str, Any], lang: str) -> None:
    last = gateway.ask("forecast_publications", limit=1)
    if not last:
        markup.show(markup.quiet(t("forecast.never_accepted", lang)))
        return
    values = {
        "run": last[0]["forecast_run"],
        "moment": format_moment(gateway.local(last[0]["created_at"]), lang),
        "who": last[0]["created_by_name"] or t("plan.system", lang),
    }
    if run["accepted"]:
        markup.show(markup.chip(t("forecast.accepted", lang, **values), "good"))
    else:
        markup.show(markup.chip(t("forecast.other_accepted", lang, **values), "watch"))
    said = gateway.ask("forecast_overrides", all=True, limit=1000)
    since = len([row for row in said if row["created_at"] > last[0]["created_at"]])
    if since:
        markup.show(markup.quiet(t("forecast.changed_since", lang, count=since)))


def _accept(run: dict[str, Any], lang: str) -> None:
    label = t("forecast.accept", lang)
    refused = st.session_state.pop("demand.refused", None)
    if refused is not None:
        markup.show(markup.note(refused, "bad"))
    if not st.button(label, icon=":material/check:", key="demand.accept"):
        return
    changes = len(
        [row for row in gateway.ask("forecast_overrides", limit=1000) if row["period_start"] >= run["starts_on"]]
    )
    says = t("forecast.accept_says", lang, run=run["number"], changes=changes)
    round_id = st.session_state.setdefault("demand.accept_id", new_command_id())

    def accept() -> None:
        receipt = gateway.send("publish_forecast", {"forecast_run": run["number"]}, command_id=round_id)
        st.session_state.pop("demand.accept_id", None)
        if receipt.status == "done":
            notices.say_after_rerun(gateway.message(receipt, lang))
        else:
            st.session_state["demand.refused"] = gateway.message(receipt, lang)

    notices.confirm(label, says, label, lang, accept, "demand.confirm")


def _tiles(run: dict[str, Any], lang: str) -> None:
    rows = gateway.ask("forecast_accuracy", forecast_run=run["number"])
    board.tiles(
        [
            Tile(t("forecast.series", lang), format_number(run["series_count"], lang)),
            Tile(t("forecast.wape", lang), _weighted(rows, "wape", lang), told=t("forecast.wape_told", lang)),
            Tile(t("forecast.bias", lang), _weighted(rows, "bias", lang), told=t("forecast.bias_told", lang)),
            Tile(t("forecast.cleaned_weeks", lang), format_number(run["changes_count"], lang)),
        ]
    )


def _weighted(rows: list[dict[str, Any]], name: str, lang: str) -> str:
    """A measure over all classes, by what is expected of each; a dash where nothing could be judged."""
    known = [row for row in rows if row[name] is not None and row["expected_quantity"]]
    weight = sum((row["expected_quantity"] for row in known), Decimal(0))
    if not weight:
        return "–"
    return format_share(sum((row[name] * row["expected_quantity"] for row in known), Decimal(0)) / weight, lang)


DEMAND: Final = Page("demand", "nav.demand", "query_stats", draw_demand, query="forecast_runs")
