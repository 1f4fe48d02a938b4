"""Plan runs on screen: which run is looked at, the list of all, and the asking for a new one with its progress."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from app.jobs.steps import PLAN_STEPS
from app.kernel.i18n import format_day, format_moment, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning.progress import RunKind, choose_run, draw_progress
from app.ui.widgets import markup
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_LATEST: Final = 30
_METHODS: Final = ("mrp", "constrained", "optimize", "schedule")
_FORECASTS: Final = ("none", "accepted", "last_year_same_weeks")
_PLAN: Final = RunKind("plan", "plan_jobs", PLAN_STEPS, "plan.run")


def chosen_run(lang: str) -> dict[str, Any] | None:
    """The run that the address names, else the newest; the reader may choose another. None where nothing was planned."""
    runs = gateway.ask("plan_runs", limit=_LATEST)
    if not runs:
        return None
    named = st.query_params.get("id")
    newest = runs[0]["number"]
    if named is not None and named not in {run["number"] for run in runs}:
        runs = [*runs, *gateway.ask("plan_run_by_number", plan_run=named)]
    run = choose_run(_PLAN, runs, lambda made: _described(made, lang), lang)
    if run["number"] != newest or named is not None:
        st.query_params["id"] = run["number"]
    return run


def _described(run: dict[str, Any], lang: str) -> str:
    method = t(f"plan.method_{run['method']}", lang)
    return t("plan.run_of", lang, number=run["number"], method=method, day=format_day(run["as_of"], lang))


def draw_head(title: str, lead: str, lang: str) -> dict[str, Any] | None:
    """The first line of a page of the plan: its name, the run, and the way to plan anew."""
    left, middle, right = st.columns([5, 4, 2], vertical_alignment="center")
    with left:
        markup.show(markup.heading(t(title, lang), lead=t(lead, lang)))
    with middle:
        run = chosen_run(lang)
    with right:
        _ask_for_plan(lang)
    draw_progress(_PLAN, lang)
    if run is None:
        markup.show(markup.empty(t("plan.no_run", lang), t("plan.no_run_says", lang)))
    return run


def _ask_for_plan(lang: str) -> None:
    if not gateway.may_send("record_plan_run"):
        return
    with st.popover(t("plan.now", lang), icon=":material/play_arrow:", type="primary", width="stretch"):
        method = st.radio(
            t("plan.method", lang), _METHODS, format_func=lambda name: t(f"plan.method_{name}", lang), key="plan.method"
        )
        forecast = st.radio(
            t("term.forecast", lang),
            _FORECASTS,
            format_func=lambda name: t(f"plan.forecast_{name}", lang),
            key="plan.forecast",
        )
        if st.button(t("plan.start", lang), type="primary", key="plan.start", disabled=_PLAN.job() is not None):
            _PLAN.wait_for(partial(gateway.plan_now, method=method, forecast=forecast))


def made_line(run: dict[str, Any], lang: str) -> str:
    """When a run was made and by whom."""
    who = run["created_by_name"] or t("plan.system", lang)
    return t("plan.made", lang, moment=format_moment(gateway.local(run["created_at"]), lang), who=who)


RUNS: Final = ListScreen(
    path="plan_runs",
    title="nav.plan_runs",
    query="plan_runs",
    columns=(
        Column("number", "word.number", "code", opens="plan_desk", opens_by="number"),
        Column("method", "plan.method", "word", family="plan_method"),
        Column("as_of", "plan.as_of", "date"),
        Column("planned_orders_count", "term.planned_order", "count"),
        Column("alerts_count", "plan.alerts", "count"),
        Column("rejects_count", "plan.rejects", "count"),
        Column("service_level", "plan.service_level", "share"),
        Column("created_by_name", "word.created_by"),
        Column("package_hash", "plan.package", "code", chosen=False),
        Column("seed", "plan.seed", "code", chosen=False),
    ),
    empty="empty.plan_runs",
)

RUN_PAGES: Final = (Page(RUNS.path, RUNS.title, "history_toggle_off", partial(draw_list, RUNS), query="plan_runs"),)
