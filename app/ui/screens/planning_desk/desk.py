"""The plan desk: the runs, one run with its proposals, alerts and records by item, and the release of chosen lines.

A run never changes; releasing gives the ordinary command, which refuses a line whose basis has changed since the plan
was made. What a line says (item, quantity, days) is the run's own table, read by its hash.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_number, t
from app.modules.planning_desk.plan_files import plan_table
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, charts, markup, notices
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

MOST_LINES: Final = 500
RUNS: Final = ListScreen(
    path="plan_runs",
    title="nav.plan_runs",
    query="plan_runs",
    columns=(
        Column("number", "word.number", "code", opens="plan_run"),
        Column("as_of", "word.as_of", "date"),
        Column("method", "word.method", "code"),
        Column("status", "word.state", "word", family="plan_status"),
        Column("created_at", "word.created_at", "moment"),
    ),
    empty="empty.plan_runs",
)
_ALERTS: Final = (
    Column("alert", "word.alert", "word", family="alert"),
    Column("severity", "word.severity", "state"),
    Column("item", "term.item_number", "code"),
    Column("order", "word.document", "code"),
    Column("on", "word.on_day", "date"),
    Column("to", "word.to_day", "date"),
    Column("quantity", "word.quantity", "quantity"),
)
_PEGGING: Final = (
    Column("demand", "word.demand", "code"),
    Column("supply", "word.supply", "code"),
    Column("parent_supply", "word.parent_supply", "code"),
    Column("quantity", "word.quantity", "quantity"),
    Column("depth", "word.depth", "count"),
)


def draw_run() -> None:
    """Draw the run that the address names."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    found = gateway.ask("plan_run_by_id", id=int(named)) if named.isdecimal() else []
    if not found:
        title = t("term.production_plan", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        return
    run = found[0]
    eyebrow = f"{run['method']} · {format_day(_day(run['as_of']), lang, weekday=True)}"
    markup.show(markup.heading(run["number"], eyebrow=eyebrow, lead=t("desk.lead", lang)))
    orders, alerts = _table(run, "planned_orders"), _table(run, "alerts")
    late = alerts.filter(pl.col("alert").is_in(["shortage", "late_demand"])).height
    board.tiles(
        [
            board.Tile(t("desk.planned_orders", lang), format_number(orders.height, lang)),
            board.Tile(t("desk.alerts", lang), format_number(alerts.height, lang)),
            board.Tile(t("desk.late", lang), format_number(late, lang)),
        ]
    )
    first, second, third = st.tabs([t("desk.planned_orders", lang), t("desk.alerts", lang), t("desk.item", lang)])
    with first:
        _release(run, orders, lang)
    with second:
        _alerts(alerts, lang)
    with third:
        _item(run, orders, lang)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _table(run: dict[str, Any], name: str) -> pl.DataFrame:
    return plan_table(gateway.doors().folder, run["plan_hash"], name)


def _release(run: dict[str, Any], orders: pl.DataFrame, lang: str) -> None:
    """The proposals that are not yet released, to tick and turn into orders."""
    refused = st.session_state.pop("desk.refused", None)
    if refused:
        notices.refusal(refused)
    conflicts = st.session_state.pop("desk.conflicts", None)
    if conflicts:
        lines = [(str(one["planned_order"]), t(f"desk.conflict_{one['conflict']}", lang)) for one in conflicts]
        markup.show(markup.note(t("desk.conflicts", lang, count=len(conflicts)), "watch"))
        markup.show(markup.facts(lines))
    gone = {row["planned_order"]: row for row in gateway.ask("plan_releases", id=run["id"])}
    waiting = orders.filter(~pl.col("planned_order").is_in(list(gone)) & pl.col("kind").is_in(["make", "buy"]))
    waiting = waiting.sort("release_on", "planned_order")
    if waiting.is_empty():
        markup.show(markup.empty(t("desk.nothing_waits", lang), t("desk.nothing_waits_says", lang)))
    else:
        _choose(run, waiting, lang)
    if gone:
        st.subheader(t("desk.released", lang), anchor=False)
        columns = (
            Column("planned_order", "desk.column_planned_order", "code"),
            Column("kind", "word.document", "word", family="kind"),
            Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
        )
        draw_table(columns, list(gone.values()), lang, label=t("desk.released", lang))


def _choose(run: dict[str, Any], waiting: pl.DataFrame, lang: str) -> None:
    """The lines to tick, and the button that releases what is ticked."""
    if waiting.height > MOST_LINES:
        markup.show(markup.quiet(t("desk.first_lines", lang, shown=MOST_LINES, count=waiting.height)))
    names = ("planned_order", "item", "kind", "supplier", "quantity", "release_on", "due_on", "past_due")
    shown = waiting.head(MOST_LINES).select([name for name in names if name in waiting.columns])
    days = {name: st.column_config.DateColumn(t(f"desk.column_{name}", lang)) for name in ("release_on", "due_on")}
    words = {name: t(f"desk.column_{name}", lang) for name in shown.columns if name not in days}
    chosen = st.dataframe(
        shown.with_columns(
            pl.col("kind").replace({kind: t(f"source.{kind}", lang) for kind in ("make", "buy")}),
            pl.col("supplier").cast(pl.String).fill_null(""),
        ),
        key=f"desk.{run['id']}.lines",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={**words, **days},
        alt=t("desk.planned_orders", lang),
    )
    ticked = [shown["planned_order"][row] for row in chosen["selection"]["rows"]]
    if gateway.may_send("release_planned_orders"):
        label = t("desk.release", lang, count=len(ticked))
        if st.button(label, type="primary", icon=":material/rocket_launch:", disabled=not ticked):
            _give(run, ticked, lang)


def _give(run: dict[str, Any], ticked: list[str], lang: str) -> None:
    """Give the release; the same lines carry the same command id, so that a second press releases nothing again."""
    key = "desk.id." + ",".join(sorted(ticked))
    command_id = st.session_state.setdefault(key, new_command_id())
    data = {"plan_run": run["number"], "planned_orders": ticked}
    receipt = gateway.send("release_planned_orders", data, command_id=command_id)
    if receipt.status == "done":
        notices.say_after_rerun(gateway.message(receipt, lang))
        st.session_state["desk.conflicts"] = receipt.data.get("conflicts")
    else:
        st.session_state["desk.refused"] = gateway.message(receipt, lang)
    st.rerun()


def _alerts(alerts: pl.DataFrame, lang: str) -> None:
    if alerts.is_empty():
        markup.show(markup.empty(t("desk.no_alerts", lang), t("desk.no_alerts_says", lang)))
        return
    rank = {"critical": 0, "warning": 1, "info": 2}
    ranked = alerts.with_columns(
        pl.col("severity").replace_strict(rank, default=3, return_dtype=pl.Int64).alias("rank")
    ).sort("rank", "on")
    rows = ranked.head(MOST_LINES).drop("rank").to_dicts()
    if alerts.height > MOST_LINES:
        markup.show(markup.quiet(t("desk.first_lines", lang, shown=MOST_LINES, count=alerts.height)))
    draw_table(_ALERTS, rows, lang, label=t("desk.alerts", lang))


def _item(run: dict[str, Any], orders: pl.DataFrame, lang: str) -> None:
    """One item over time: its record, its projected stock, and whom its supplies serve."""
    records = _table(run, "mrp_records")
    codes = records["item"].unique().sort().to_list()
    if not codes:
        return
    code = st.selectbox(t("term.item_number", lang), codes, key=f"desk.{run['id']}.item")
    own = records.filter(pl.col("item") == code).sort("bucket_start")
    lines = own.select(pl.col("bucket_start"), pl.col("projected_on_hand").cast(pl.Float64).alias("on_hand"))
    title = t("desk.projected", lang, item=str(code))
    chart = (
        alt.Chart(lines, title=title)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("bucket_start:T", title=None),
            y=alt.Y("on_hand:Q", title=t("term.projected_on_hand", lang)),
        )
    )
    charts.draw(chart, told=title, height=220)
    numbers = [name for name in own.columns if name not in {"item", "location", "bucket_start"}]
    columns = (
        Column("bucket_start", "word.on_day", "date"),
        *(Column(name, f"desk.record_{name}", "quantity") for name in numbers),
    )
    draw_table(columns, own.head(60).to_dicts(), lang, label=title)
    pegs = _table(run, "pegging").filter(pl.col("item") == code).head(100).to_dicts()
    if pegs:
        st.subheader(t("term.pegging", lang), anchor=False)
        draw_table(_PEGGING, pegs, lang, label=t("term.pegging", lang))


PLAN_PAGES: Final = (
    Page(RUNS.path, RUNS.title, "event_note", partial(draw_list, RUNS), query="plan_runs"),
    Page("plan_run", "term.production_plan", "event_note", draw_run, query="plan_runs", listed=False),
)
