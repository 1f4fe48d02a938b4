"""The plan desk: what needs a decision on the left, the item's record in the middle, and why on the right.

The work list is the run's alerts by severity and money at risk. One press brings the item's record, its planned orders and
the order that suffers; from there every number leads on to pegging, to the planned orders or to a document.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from app.kernel.i18n import format_day, format_day_of_year, format_number, format_quantity, has_text, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import runs, tree
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import board, charts, markup
from app.ui.widgets.board import Tile
from app.ui.widgets.markup import Cell, Html, Tone
from app.ui.widgets.trends import QUIET, counted_axis
from app.ui.widgets.values import Column, draw_table

_PAGE: Final = 14
_BUCKETS: Final = 13
_MEASURES: Final = (
    ("gross_requirements", "term.gross_requirements"),
    ("scheduled_receipts", "term.scheduled_receipts"),
    ("projected_on_hand", "term.projected_on_hand"),
    ("net_requirements", "term.net_requirements"),
    ("planned_order_receipts", "term.planned_order_receipt"),
    ("planned_order_releases", "term.planned_order_release"),
    ("cumulative_atp", "term.available_to_promise"),
)
_TONES: Final[dict[str, Tone]] = {"critical": "bad", "warning": "watch", "info": "info"}
_ICONS: Final = {"critical": "error", "warning": "warning", "info": "info"}
_TILES: Final = ("late_demand", "shortage", "expedite", "excess")
_ORDERS: Final = (
    Column("order", "term.planned_order", "code"),
    Column("kind", "word.kind", "word", family="source"),
    Column("good_quantity", "word.quantity", "quantity"),
    Column("release_on", "plan.release_on", "date"),
    Column("due_on", "word.due_on", "date"),
    Column("shown_state", "word.state"),
)


def draw_desk() -> None:
    """Draw the desk for the run, the alert or the item that the reader chose."""
    lang = gateway.visit().lang
    run = runs.draw_head("nav.plan_desk", "plan.desk_lead", lang)
    if run is None:
        return
    markup.show(markup.freshness(runs.made_line(run, lang), old=run["as_of"] < gateway.today()))
    _tiles(run, lang)
    left, middle, right = st.columns([26, 54, 32], gap="medium")
    with left:
        alert = _work_list(run, lang)
    item = alert["item"] if alert else st.query_params.get("item")
    with middle:
        _item(run, item, lang)
    with right:
        _why(run, alert, lang)


def _tiles(run: dict[str, Any], lang: str) -> None:
    overview = {(row["what"], row["kind"]): row for row in gateway.ask("plan_overview", plan_run=run["number"])}
    tiles = [_tile(t(f"alert.{kind}", lang), overview.get(("alert", kind)), lang) for kind in _TILES]
    until = (run["as_of"] + timedelta(days=7)).isoformat()
    for kind in ("buy", "make"):
        asks = {"id": run["number"], "kind": kind, "until": until}
        tiles.append(_tile(t(f"plan.release_{kind}", lang), overview.get(("release", kind)), lang, asks))
    board.tiles(tiles)


def _tile(name: str, row: dict[str, Any] | None, lang: str, asks: dict[str, Any] | None = None) -> Tile:
    told = None
    if row and row["value"] is not None:
        told = t("plan.worth", lang, amount=_money(row["value"], lang))
    count = format_number(row["count"] if row else 0, lang)
    return Tile(name, count, told=told, opens="planned_orders" if asks else None, asks=asks or {})


def _money(value: Decimal, lang: str) -> str:
    return t("plan.amount", lang, amount=board.whole(value, lang), currency=gateway.currency())


def _work_list(run: dict[str, Any], lang: str) -> dict[str, Any] | None:
    """The alerts, a button each; returns the one that is chosen."""
    search = st.text_input(
        t("list.search", lang),
        key="desk.search",
        label_visibility="collapsed",
        placeholder=t("plan.search_hint", lang),
        icon=":material/search:",
        live=True,
    )
    severity = st.pills(
        t("plan.severity", lang),
        tuple(_TONES),
        format_func=lambda name: t(f"state.{name}", lang),
        key="desk.severity",
        label_visibility="collapsed",
    )
    marker = (run["number"], search, severity)
    if st.session_state.get("desk.marker") != marker:
        st.session_state["desk.marker"], st.session_state["desk.page"] = marker, 0
    page = int(st.session_state["desk.page"])
    named = st.query_params.get("item") if not (search or severity or page) else None
    found = gateway.ask(
        "plan_alerts",
        plan_run=run["number"],
        search=(search or "").strip(),
        severity=severity,
        item=named if "desk.chosen" not in st.session_state else None,
        limit=_PAGE + 1,
        offset=page * _PAGE,
    )
    if not found:
        markup.show(markup.empty(t("plan.no_alerts", lang), t("plan.no_alerts_says", lang)))
        return None
    chosen = _chosen(found)
    with st.container(key="worklist"):
        for row in found[:_PAGE]:
            _alert_button(row, chosen, lang)
    _turn(page, lang, more=len(found) > _PAGE)
    return chosen


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["alert"], row["item"], row["order"], str(row["on"]), str(row["quantity"]))


def _chosen(found: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = st.session_state.get("desk.chosen")
    return next((row for row in found if _key(row) == wanted), found[0])


def _alert_button(row: dict[str, Any], chosen: dict[str, Any], lang: str) -> None:
    def choose() -> None:
        st.session_state["desk.chosen"] = _key(row)

    words = [f"**{markup.plain(row['item'] or row['order'] or '')}**", markup.plain(t(f"alert.{row['alert']}", lang))]
    if row["on"] is not None:
        words.append(markup.plain(format_day_of_year(row["on"], lang)))
    if row["value"] is not None:
        words.append(markup.plain(board.whole(row["value"], lang)))
    st.button(
        " · ".join(words),
        key=f"desk.alert.{'.'.join(map(str, _key(row)))}",
        icon=f":material/{_ICONS[row['severity']]}:",
        type="primary" if row is chosen else "tertiary",
        on_click=choose,
        width="stretch",
    )


def _turn(page: int, lang: str, *, more: bool) -> None:
    def to(number: int) -> None:
        st.session_state["desk.page"] = number

    if not page and not more:
        return
    with st.container(horizontal=True):
        st.button(
            t("list.earlier", lang),
            key="desk.earlier",
            disabled=page == 0,
            on_click=to,
            args=(page - 1,),
            type="tertiary",
        )
        st.button(
            t("list.later", lang), key="desk.later", disabled=not more, on_click=to, args=(page + 1,), type="tertiary"
        )


def _item(run: dict[str, Any], item: str | None, lang: str) -> None:
    """The record of an item as a picture and bucket by bucket, and its planned orders."""
    records = gateway.ask("plan_records", plan_run=run["number"], item=item) if item else []
    if not item or not records:
        markup.show(markup.empty(t("plan.no_item", lang), t("plan.no_item_says", lang)))
        return
    orders = gateway.ask("planned_orders", plan_run=run["number"], item=item, limit=200)
    found = gateway.ask("items", search=item, limit=50) if gateway.may_ask("items") else []
    known = next((row for row in found if row["code"] == item), None)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(width="content"):
            title = f"{item} · {known['name']}" if known else item
            st.subheader(markup.plain(title), anchor=False)
        if known:
            with st.container(width="content"):
                markup.show(markup.link(t("plan.open_item", lang), markup.href("item", id=known["id"])))
    _record_chart(records, lang)
    whole = bool(st.session_state.get("desk.whole", False))
    with st.container(key="record"):
        _record_grid(records if whole else records[:_BUCKETS], lang)
    st.toggle(t("plan.whole_horizon", lang), key="desk.whole")
    if orders:
        rows = [{**row, **_order_cells(run, row, lang)} for row in orders[:20]]
        draw_table(_ORDERS, rows, lang, label=t("nav.planned_orders", lang))


def _order_cells(run: dict[str, Any], row: dict[str, Any], lang: str) -> dict[str, Html]:
    name = row["planned_order"]
    state = t("plan.state_" + row["state"], lang)
    tone: Tone = {"released": "good", "changed": "watch"}.get(row["state"], "plain")  # pyright: ignore[reportAssignmentType]
    return {
        "order": markup.link(name, markup.href("pegging", id=run["number"], supply=name)),
        "shown_state": markup.chip(state, tone),
    }


def _record_chart(records: list[dict[str, Any]], lang: str) -> None:
    """Projected stock at the end of each bucket against the level that it should not fall below."""
    shown = records[:26]
    frame = pl.DataFrame(
        {
            "at": [format_day_of_year(row["bucket_start"], lang) for row in shown],
            "value": [float(row["projected_on_hand"]) for row in shown],
            "need": [float(row["gross_requirements"]) for row in shown],
        }
    )
    order = frame["at"].to_list()
    x = alt.X("at:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    title = t("plan.chart", lang)
    base = alt.Chart(frame, title=title)
    need = base.mark_bar(opacity=0.28, cornerRadiusEnd=2).encode(
        x=x, y=alt.Y("need:Q", axis=counted_axis(None, lang)), tooltip=["at:N", "need:Q"]
    )
    stock = base.mark_line(interpolate="step-after", strokeWidth=2.4).encode(
        x=x, y=alt.Y("value:Q"), tooltip=["at:N", "value:Q"]
    )
    level = pl.DataFrame({"level": [float(records[0]["safety_stock"] or 0)]})
    rule = alt.Chart(level).mark_rule(strokeDash=[5, 4], color=QUIET).encode(y="level:Q")
    charts.draw(alt.layer(need, stock, rule), told=title, height=190)


def _record_grid(records: list[dict[str, Any]], lang: str) -> None:
    """The record in the order of the textbook: measures down, buckets across; below the level stands out."""
    head = [
        (t("plan.measure", lang), False),
        *((format_day_of_year(row["bucket_start"], lang), True) for row in records),
    ]
    body = []
    for name, label in _MEASURES:
        cells = [Cell(t(label, lang))]
        for row in records:
            value = row[name]
            shown = "" if value is None else "–" if value == 0 else format_quantity(value, lang)
            low = name == "projected_on_hand" and row[name] < (row["safety_stock"] or 0)
            cells.append(Cell(markup.chip(shown, "bad" if row[name] < 0 else "watch") if low else shown, numeric=True))
        body.append(cells)
    strong = ["strong" if name == "projected_on_hand" else "" for name, _ in _MEASURES]
    markup.show(markup.table(head, body, classes=strong, label=t("plan.record", lang)))


def _why(run: dict[str, Any], alert: dict[str, Any] | None, lang: str) -> None:
    """What is wrong in words, the order that suffers, what to do, and what serves it."""
    if alert is None:
        return
    markup.show(
        markup.note(_sentence(alert, lang), _TONES[alert["severity"]], title=t(f"alert.{alert['alert']}", lang))
    )
    markup.show(markup.quiet(t(f"remedy.{alert['alert']}", lang)))
    facts: list[tuple[str, str | Html]] = []
    if alert["order"]:
        facts.append((t("plan.concerns", lang), _order_link(run, alert)))
    if alert["party_name"]:
        facts.append((t("word.party", lang), alert["party_name"]))
    if alert["quantity"] is not None:
        quantity = format_quantity(alert["quantity"], lang)
        facts.append((t("word.quantity", lang), f"{quantity} {alert['unit_code'] or ''}"))
    if alert["value"] is not None:
        facts.append((t("plan.at_risk", lang), _money(alert["value"], lang)))
    if alert["to"] is not None:
        facts.append((t("plan.to", lang), format_day(alert["to"], lang, weekday=True)))
    with st.container(key="why"):
        markup.show(markup.facts(facts))
    if alert["order"]:
        demand = alert["document_id"] is not None
        tree.draw(run, demand=alert["order"] if demand else None, supply=None if demand else alert["order"], lang=lang)


def _sentence(alert: dict[str, Any], lang: str) -> str:
    """The alert as a sentence; the planner's own cause is added where it names what is late."""
    values = {
        "item": alert["item"] or "",
        "on": format_day(alert["on"], lang, weekday=True) if alert["on"] else "",
        "to": format_day(alert["to"], lang, weekday=True) if alert["to"] else t("plan.never", lang),
        "order": alert["order"] or "",
        "quantity": format_quantity(alert["quantity"], lang) if alert["quantity"] is not None else "",
    }
    key = f"why.{alert['alert']}"
    past = alert["cause"] == "due before plan_start" and has_text(f"{key}_past", lang)
    return t(f"{key}_past" if past else key, lang, **values)


def _order_link(run: dict[str, Any], alert: dict[str, Any]) -> str | Html:
    page = DOCUMENT_PAGES.get(alert["document_kind"] or "")
    if page:
        return markup.link(alert["order"], markup.href(page, id=alert["document_id"]))
    return markup.link(alert["order"], markup.href("pegging", id=run["number"], supply=alert["order"]))


DESK: Final = Page("plan_desk", "nav.plan_desk", "event_note", draw_desk, query="plan_runs")
