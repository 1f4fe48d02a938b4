"""The inbox: what waits for the reader's decision, the most urgent first, each with its day, its way in and its done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_number, t
from app.ui import gateway
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import markup, notices
from app.ui.widgets.markup import Tone
from app.ui.widgets.reasons import reasons_shown

_SHOWN: Final = 12
_TONES: Final[dict[str, Tone]] = {"critical": "bad", "warning": "watch", "info": "info"}
_BLANK: Final = {
    "item": "",
    "name": "",
    "order": "",
    "number": "",
    "by": "",
    "count": 0,
    "product": "",
    "location": "",
    "quantity": "",
    "amount": "",
    "currency": "",
    "party": "",
    "priority": "",
}


def draw_inbox(lang: str) -> None:
    """Draw what waits; nothing for those who have no inbox."""
    if not gateway.may_ask("inbox"):
        return
    rows = gateway.ask("inbox")
    st.subheader(t("home.waits", lang), anchor=False)
    if not rows:
        markup.show(markup.empty(t("home.nothing_waits", lang), t("home.nothing_waits_says", lang)))
        return
    refused = st.session_state.pop("inbox.refused", None)
    if refused:
        notices.refusal(refused)
    counts = {name: sum(row["severity"] == name for row in rows) for name in _TONES}
    severity = st.pills(
        t("plan.severity", lang),
        [name for name in _TONES if counts[name]],
        format_func=lambda name: f"{t(f'state.{name}', lang)} {format_number(counts[name], lang)}",
        key="inbox.severity",
        label_visibility="collapsed",
    )
    chosen = [row for row in rows if severity in {None, row["severity"]}]
    with st.container(key="inbox"):
        for row in chosen[:_SHOWN]:
            _draw(row, lang)
    if len(chosen) > _SHOWN:
        markup.show(markup.quiet(t("home.more_waits", lang, count=len(chosen) - _SHOWN)))


def _draw(row: dict[str, Any], lang: str) -> None:
    decides = row["kind"] == "approval" and gateway.may_send("decide_approval")
    words, button = st.columns([8, 4] if decides else [10, 2], vertical_alignment="center")
    with words:
        chip = markup.chip(t(f"state.{row['severity']}", lang), _TONES[row["severity"]])
        address, way = _way(row, lang)
        subject = _subject(row, lang)
        shown = markup.link(subject, address) if address else markup.Html(markup.safe(subject))
        parts = [chip, markup.Html("&ensp;"), shown]
        why = reasons_shown(row["facts"]["reasons"], lang) if row["facts"].get("reasons") else ""
        about = [part for part in (why, _when(row, lang), way) if part]
        parts.append(markup.quiet(" · ".join(about)))
        markup.show(markup.joined(parts))
    if decides:
        with button:
            _decide(row, lang)
        return
    pressed = button.button(
        t("inbox.done", lang), key=f"inbox.{row['id']}", icon=":material/check:", type="tertiary", width="stretch"
    )
    if pressed:
        _give("close_inbox_item", {"inbox_item": row["id"]}, new_command_id(), lang)


def _decide(row: dict[str, Any], lang: str) -> None:
    """The two answers to a request; both ask for a word first, a rejection needs its reason."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        for answer, icon in (("approve", "check"), ("reject", "close")):
            pressed = st.button(
                t(f"inbox.{answer}", lang),
                key=f"inbox.{row['id']}.{answer}",
                icon=f":material/{icon}:",
                type="primary" if answer == "approve" else "secondary",
            )
            if pressed:
                _ask(row, answer, lang)


def _ask(row: dict[str, Any], answer: str, lang: str) -> None:
    subject = _subject(row, lang)

    @st.dialog(t(f"inbox.{answer}", lang))
    def asked() -> None:
        st.markdown(markup.plain(t(f"inbox.{answer}_says", lang, subject=subject)))
        reason = (st.text_input(t("word.reason", lang), key=f"inbox.{row['id']}.reason", max_chars=400) or "").strip()
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(t("word.leave_it", lang), key=f"inbox.{row['id']}.leave"):
                st.rerun()
            ready = answer == "approve" or bool(reason)
            if st.button(t(f"inbox.{answer}", lang), type="primary", key=f"inbox.{row['id']}.go", disabled=not ready):
                command_id = st.session_state.setdefault(f"inbox.{row['id']}.id", new_command_id())
                data = {"request": _request(row), "approve": answer == "approve", "reason": reason or None}
                _give(
                    "decide_approval",
                    {name: value for name, value in data.items() if value is not None},
                    command_id,
                    lang,
                )

    asked()


def _request(row: dict[str, Any]) -> int:
    """The request that an inbox item is about; its source names it."""
    return int(str(row["source"]).removeprefix("approval:"))


def _give(command: str, data: dict[str, Any], command_id: str, lang: str) -> None:
    receipt = gateway.send(command, data, command_id=command_id)
    if receipt.status == "done":
        notices.say_after_rerun(gateway.message(receipt, lang))
    else:
        st.session_state["inbox.refused"] = gateway.message(receipt, lang)
    st.rerun()


def _when(row: dict[str, Any], lang: str) -> str:
    """The day on which it matters, with its weekday."""
    due: date | None = row["due_on"]
    return "" if due is None else format_day(due, lang, weekday=True)


def _way(row: dict[str, Any], lang: str) -> tuple[str | None, str]:
    """Where the decision is taken, and how that place is called."""
    if row["document_id"] is not None:
        page = DOCUMENT_PAGES.get(row["facts"].get("kind", ""))
        if page is not None:
            return markup.href(page, id=row["document_id"]), t("inbox.open_document", lang)
    if row["kind"].startswith("shop_") and gateway.may_ask("shop_messages"):
        page = "unmapped_shop_items" if row["kind"] == "shop_item_unknown" else "shop_messages"
        return markup.href(page), t(f"inbox.open_{page}", lang)
    if row["facts"].get("item") and gateway.may_ask("plan_runs"):
        return markup.href("plan_desk", item=row["facts"]["item"]), t("inbox.open_desk", lang)
    return None, ""


def _subject(row: dict[str, Any], lang: str) -> str:
    """What it is, in words made from its facts."""
    facts = {name: value for name, value in row["facts"].items() if value is not None}
    facts["number"] = row["document_number"] or ""
    for name in ("quantity", "amount"):
        if name in facts:
            facts[name] = _number(facts[name])
    facts.pop("reasons", None)
    return t(f"inbox.{row['kind']}", lang, **{**_BLANK, **facts})


def _number(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value
