"""The quality of the data: what the gates found, and the rows they hold back, with the decision about each."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any, Final

import streamlit as st

from app.jobs.boards import OPERATIONS
from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_moment, format_number, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, notices
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column, draw_table

_MOST_ROWS: Final = 200
_GATES: Final = (
    Column("evaluated", "quality.evaluated_at"),
    Column("scope", "quality.scope", "word", family="quality"),
    Column("checked", "quality.checked", "count"),
    Column("broken", "quality.broken", "count"),
    Column("result", "word.state"),
)


def draw_quality() -> None:
    """Draw the gates and the quarantine."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.data_quality", lang), lead=t("quality.lead", lang)))
    board.as_of(gateway.warehouse_moment(), lang)
    refused = gateway.gate_refusal()
    if refused is not None:
        markup.show(markup.note(t("quality.gate_red", lang, position=refused.get("position", 0)), "bad"))
    results = [_result(row, lang) for row in gateway.read("gate_results", limit=20).dicts()]
    rows = gateway.read("quarantine", limit=_MOST_ROWS).dicts()
    waiting = [row for row in rows if row["decision"] is None]
    board.tiles(
        [
            Tile(t("quality.waiting", lang), format_number(len(waiting), lang), told=t("quality.waiting_says", lang)),
            Tile(t("quality.rules", lang), format_number(max((r["checked"] for r in results), default=0), lang)),
            Tile(t("quality.released_rows", lang), format_number(sum(r["decision"] == "release" for r in rows), lang)),
        ]
    )
    st.subheader(t("quality.quarantine", lang), anchor=False)
    if not rows:
        markup.show(markup.empty(t("quality.nothing_held", lang), t("quality.nothing_held_says", lang)))
    for row in rows:
        _held(row, lang)
    st.subheader(t("quality.gates", lang), anchor=False)
    draw_table(_GATES, results, lang, label=t("quality.gates", lang))


def _result(row: dict[str, Any], lang: str) -> dict[str, Any]:
    statistics = json.loads(row["document"] or "{}").get("statistics", {})
    tone = "good" if row["success"] else "bad"
    return {
        "evaluated": format_moment(gateway.local(row["evaluated_at"].replace(tzinfo=UTC)), lang),
        "scope": f"scope_{row['scope']}",
        "checked": statistics.get("evaluated_expectations", 0),
        "broken": statistics.get("unsuccessful_expectations", 0),
        "result": markup.chip(t("quality.green" if row["success"] else "quality.red", lang), tone),
    }


def _held(row: dict[str, Any], lang: str) -> None:
    """One row that is held back: where it is from, which rule it broke, what it holds, and what was decided."""
    place = f"{row['table_name']} {row['row_key']}"
    with st.expander(markup.plain(t("quality.row_breaks", lang, row=place, rule=row["rule"]))):
        markup.show(markup.note(row["reason"], "watch"))
        values = json.loads(row["row_values"]) if row["row_values"] else {}
        markup.show(markup.facts([(name, "" if value is None else str(value)) for name, value in values.items()]))
        if row["decision"] is not None:
            told = t(f"quality.decided_{row['decision']}", lang, reason=row["decision_reason"])
            markup.show(markup.note(told, "good" if row["decision"] == "release" else "info"))
        if gateway.may_send("decide_quarantine"):
            _decide(row, lang)


def _decide(row: dict[str, Any], lang: str) -> None:
    key = f"quality.{row['table_name']}.{row['row_key']}.{row['rule']}"
    refused = st.session_state.pop(f"{key}.refused", None)
    if refused:
        notices.refusal(refused)
    reason = st.text_input(t("word.reason", lang), key=f"{key}.reason", max_chars=400)
    with st.container(horizontal=True):
        for decision in ("release", "keep"):
            pressed = st.button(
                t(f"quality.do_{decision}", lang), key=f"{key}.{decision}", disabled=not (reason or "").strip()
            )
            if pressed:
                _give(row, decision, reason, key, lang)


def _give(row: dict[str, Any], decision: str, reason: str, key: str, lang: str) -> None:
    data = {
        "table_name": row["table_name"],
        "row_key": str(row["row_key"]),
        "rule": row["rule"],
        "decision": decision,
        "reason": reason.strip(),
    }
    receipt = gateway.send("decide_quarantine", data, command_id=new_command_id())
    if receipt.status == "done":
        notices.say_after_rerun(t("quality.takes_effect", lang))
    else:
        st.session_state[f"{key}.refused"] = gateway.message(receipt, lang)
    st.rerun()


QUALITY: Final = Page("data_quality", "nav.data_quality", "fact_check", draw_quality, permission=OPERATIONS)
