"""The planned orders of a run: choose many, see what they come to, release them into documents, read what did not go.

A line that rests on stock or orders that have changed since comes back as a conflict and is named in words; what was
released is listed with its documents, so that nothing is released twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl
import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import runs
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import markup, notices
from app.ui.widgets.values import Column, draw_table

_MOST_ROWS: Final = 500
_BUY_AS: Final = ("purchase_order", "purchase_requisition")
_UNTIL: Final = (7, 14, 28, 0)
_MARKS: Final[Mapping[str, str]] = {"planned": "○", "released": "✓", "changed": "▲"}
_RELEASED: Final = (
    Column("planned_order", "term.planned_order", "code"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="kind", opens_by="id"),
    Column("state", "word.state", "state"),
)


def draw_release() -> None:
    """Draw the planned orders of the run that the reader chose."""
    lang = gateway.visit().lang
    run = runs.draw_head("nav.planned_orders", "plan.release_lead", lang)
    if run is None:
        return
    markup.show(markup.freshness(runs.made_line(run, lang), old=run["as_of"] < gateway.today()))
    _outcome(lang)
    rows = _asked(run, lang)
    if rows:
        chosen = _grid(rows, lang)
        _act(run, chosen, lang)
    else:
        markup.show(markup.empty(t("list.nothing_found", lang), t("plan.no_orders_says", lang)))
    released = gateway.ask("plan_releases", plan_run=run["number"])
    if released:
        st.subheader(t("plan.released_from", lang, number=run["number"]), anchor=False)
        draw_table(_RELEASED, released, lang, label=t("state.released", lang))


def _asked(run: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """The rows that pass the reader's filters: kind, release day, text, and whether they can still be released."""
    places = st.columns([3, 2, 6, 3], vertical_alignment="bottom")
    search = places[0].text_input(
        t("list.search", lang),
        key="release.search",
        label_visibility="collapsed",
        placeholder=t("plan.search_hint", lang),
        icon=":material/search:",
    )
    named = st.query_params.get("kind")
    kind = places[1].segmented_control(
        t("word.kind", lang),
        ("buy", "make"),
        default=named if named in {"buy", "make"} else None,
        format_func=lambda value: t(f"source.{value}", lang),
        key="release.kind",
        label_visibility="collapsed",
    )
    days = places[2].segmented_control(
        t("plan.release_on", lang),
        _UNTIL,
        default=7 if "until" in st.query_params else 0,
        required=True,
        format_func=lambda value: t("plan.within_days", lang, days=value) if value else t("plan.whole_horizon", lang),
        key="release.days",
        label_visibility="collapsed",
    )
    still = places[3].toggle(t("plan.only_open", lang), value=True, key="release.only_open")
    until: date | None = run["as_of"] + timedelta(days=days) if days else None
    rows = gateway.ask(
        "planned_orders",
        plan_run=run["number"],
        search=(search or "").strip(),
        kind=kind,
        release_until=until.isoformat() if until else None,
        limit=_MOST_ROWS,
    )
    return [row for row in rows if row["state"] != "released"] if still else rows


def _grid(rows: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The grid with a box before each row; returns the rows that are ticked."""
    sees_value = any(row["value"] is not None for row in rows)
    frame = pl.DataFrame(
        {
            "state": [f"{_MARKS[row['state']]} {t('plan.state_' + row['state'], lang)}" for row in rows],
            "release_on": [row["release_on"] for row in rows],
            "due_on": [row["due_on"] for row in rows],
            "kind": [t(f"source.{row['kind']}", lang) for row in rows],
            "item": [row["item"] for row in rows],
            "item_name": [row["item_name"] for row in rows],
            "supplier": [row["supplier_name"] or row["supplier"] or "" for row in rows],
            "quantity": [float(row["good_quantity"]) for row in rows],
            "unit": [row["unit_code"] for row in rows],
            "value": [None if row["value"] is None else float(row["value"]) for row in rows],
        },
        schema_overrides={"supplier": pl.String, "value": pl.Float64, "item_name": pl.String, "unit": pl.String},
    )
    day, number = st.column_config.DateColumn, st.column_config.NumberColumn
    config = {
        "state": st.column_config.TextColumn(t("word.state", lang), width="small"),
        "release_on": day(t("plan.release_on", lang), format="YYYY-MM-DD"),
        "due_on": day(t("word.due_on", lang), format="YYYY-MM-DD"),
        "kind": st.column_config.TextColumn(t("word.kind", lang), width="small"),
        "item": t("term.item_number", lang),
        "item_name": t("term.item", lang),
        "supplier": t("term.supplier", lang),
        "quantity": number(t("word.quantity", lang), format="localized"),
        "unit": st.column_config.TextColumn(t("word.unit", lang), width="small"),
        "value": number(f"{t('word.value', lang)} ({gateway.currency()})", format="accounting"),
    }
    event = st.dataframe(
        frame if sees_value else frame.drop("value"),
        column_config=config,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"release.grid.{st.session_state.get('release.round', 0)}",
        height=min(560, 46 + 35 * len(rows)),
        alt=t("nav.planned_orders", lang),
    )
    ticked: list[int] = event["selection"]["rows"]
    return [rows[index] for index in ticked if index < len(rows)]


def _act(run: dict[str, Any], chosen: list[dict[str, Any]], lang: str) -> None:
    """What the chosen rows come to, what of them has changed, and the button that releases them."""
    if not gateway.may_send("release_planned_orders"):
        return
    if not chosen:
        markup.show(markup.quiet(t("plan.tick", lang)))
        return
    bought = [row for row in chosen if row["kind"] == "buy"]
    value = sum((row["value"] for row in chosen if row["value"] is not None), Decimal(0))
    suppliers = {(row["supplier"], row["release_on"]) for row in bought}
    words = t(
        "plan.comes_to",
        lang,
        orders=len(chosen),
        purchase=len(suppliers),
        production=len(chosen) - len(bought),
    )
    if value:
        words = t("plan.comes_to_value", lang, words=words, amount=gateway.money(value, lang))
    buy_as = _buy_as(bought, lang)
    changed = [row for row in chosen if row["changed"]]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(width="content"):
            markup.show(markup.quiet(words))
        pressed = st.button(
            t("plan.release", lang, count=len(chosen)), type="primary", icon=":material/publish:", key="release.go"
        )
    if changed:
        markup.show(markup.note(t("plan.changed_among", lang, count=len(changed)), "watch"))
    if pressed:
        names = [row["planned_order"] for row in chosen]
        round_id = st.session_state.setdefault("release.id", new_command_id())

        def release() -> None:
            _release(run, names, buy_as, round_id)

        label = t("plan.release", lang, count=len(chosen))
        notices.confirm(label, words, label, lang, release, "release.confirm")


def _buy_as(bought: list[dict[str, Any]], lang: str) -> str:
    """What the chosen purchases become: orders at once, or one requisition that is approved and asked prices for first."""
    if not bought or not gateway.may_send("create_purchase_requisition"):
        return _BUY_AS[0]
    return st.segmented_control(
        t("plan.buy_as", lang),
        _BUY_AS,
        default=_BUY_AS[0],
        required=True,
        format_func=lambda value: t(f"kind.{value}", lang),
        key="release.buy_as",
    )


def _release(run: dict[str, Any], names: list[str], buy_as: str, command_id: str) -> None:
    data = {"plan_run": run["number"], "planned_orders": names, "buy_as": buy_as}
    receipt = gateway.send("release_planned_orders", data, command_id=command_id)
    st.session_state["release.receipt"] = receipt
    st.session_state.pop("release.id", None)
    st.session_state["release.round"] = st.session_state.get("release.round", 0) + 1


def _outcome(lang: str) -> None:
    """What the last release brought: its documents, and every conflict in words."""
    receipt = st.session_state.pop("release.receipt", None)
    if receipt is None:
        return
    done = receipt.status == "done"
    markup.show(markup.note(gateway.message(receipt, lang), "good" if done else "bad"))
    documents = [gateway.ask("document_by_id", document=key) for key in receipt.data.get("documents", [])]
    links = [_document_link(rows[0]) for rows in documents if rows]
    if links:
        markup.show(
            markup.joined(
                [link for pair in zip(links, [markup.Html("&emsp;")] * len(links), strict=True) for link in pair]
            )
        )
    conflicts = receipt.data.get("conflicts", [])
    if conflicts:
        facts = [(conflict["planned_order"], _conflict(conflict, lang)) for conflict in conflicts]
        markup.show(markup.note(t("plan.conflicts", lang, count=len(conflicts)), "watch"))
        markup.show(markup.facts(facts))


def _document_link(document: dict[str, Any]) -> markup.Html:
    page = DOCUMENT_PAGES.get(document["kind"], "home")
    return markup.link(document["number"], markup.href(page, id=document["id"]))


def _conflict(conflict: dict[str, Any], lang: str) -> str:
    if conflict["conflict"] != "stale":
        return t(f"plan.conflict_{conflict['conflict']}", lang)
    names = [t(f"plan.basis_{name}", lang) for name in conflict.get("changed", [])]
    return t("plan.conflict_stale", lang, changed=t("plan.list_comma", lang).join(names))


RELEASE: Final = Page("planned_orders", "nav.planned_orders", "playlist_add_check", draw_release, query="plan_runs")
