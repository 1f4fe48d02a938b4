"""The document page: what it is and how it stands, what may be done now, its lines, its chain and its effects.

Drawn from a `DocumentScreen`, one for each kind, so that every document has the same finished behaviour. The status bar
shows the steps of the kind; an action that may be taken now is a button, one that waits for another state is shown
with the reason, and one that the person may never take is not shown. Each action carries one command id for as long as
the page is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import t
from app.printing.sheets import SHEETS
from app.ui import gateway
from app.ui.widgets import markup, notices
from app.ui.widgets.listing import go_to
from app.ui.widgets.reasons import reasons_shown
from app.ui.widgets.values import Column, cell, draw_table, state

_STOPPED: Final = frozenset({"cancelled", "reversed", "rejected"})


@dataclass(frozen=True)
class Action:
    """Something that can be done with a document.

    Attributes:
        label: key of the button.
        command: the command, whose permission shows the button.
        states: the document states in which it is allowed.
        names_document: the command's field that takes the document.
        form: address of a form to fill first; without it the command is given at once.
        asks: key of the question to confirm first, with the consequence.
        reason: whether a reason must be typed.
        left: line fields whose difference must be above zero on some line: what could be done, what is done.
        primary: whether this is the usual next step.
        seldom: whether it stands with the others that are seldom needed, behind one button.
    """

    label: str
    command: str
    states: tuple[str, ...]
    icon: str
    names_document: str = "order"
    form: str | None = None
    asks: str | None = None
    reason: bool = False
    left: tuple[str, str] | None = None
    primary: bool = False
    seldom: bool = False


@dataclass(frozen=True)
class Section:
    """Rows beside the lines of a document: the query that gives them by the document's id, their title and columns.

    Rows that a rule decided are explained in the column `why`. Where `tells` names fields, the rows are only shown if one of them
    has one of these.
    """

    query: str
    title: str
    columns: tuple[Column, ...]
    tells: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentScreen:
    """What the page of one kind of document shows.

    Attributes:
        path: address of the page.
        kind: the kind of document.
        steps: the states of its ordinary life, in order.
        facts: header fields.
        lines: columns of the lines.
        actions: what can be done, the usual next step first.
        listed_at: address of the list it belongs to.
        sections: what else belongs to a document of the kind; a section without rows is not shown.
    """

    path: str
    kind: str
    steps: tuple[str, ...]
    facts: tuple[Column, ...]
    lines: tuple[Column, ...]
    actions: tuple[Action, ...]
    listed_at: str
    sections: tuple[Section, ...] = ()


def draw_document(screen: DocumentScreen, *, pages: Mapping[str, str]) -> None:
    """Draw the document that the address names.

    Args:
        screen: the kind's description.
        pages: the page of each kind of document, for the chain.
    """
    lang = gateway.visit().lang
    document = _document(screen, lang)
    if document is None:
        return
    key = f"document.{document['id']}"
    _head(screen, document, lang)
    lines = gateway.ask("document_lines", document=document["id"])
    _actions(screen, document, lines, key, lang)
    markup.show(
        markup.facts((t(c.label, lang), cell(c, document, lang).shown) for c in screen.facts if _has(document, c))
    )
    if lines and screen.lines:
        shown = tuple(column for column in screen.lines if not column.if_any or column.has_any(lines))
        draw_table(shown, [{**line, "currency": document.get("currency")} for line in lines], lang)
    for section in screen.sections:
        _draw_section(section, document, lang)
    _approvals(document, lang)
    effects = [(title, columns, _effect(query, document, lang)) for query, title, columns in _EFFECTS]
    _chain(document, effects[0][2], pages, lang)
    for title, columns, rows in effects:
        if rows:
            with st.expander(t(title, lang), expanded=document["state"] == "posted"):
                draw_table(columns, rows, lang, label=t(title, lang))


def _draw_section(section: Section, document: Mapping[str, Any], lang: str) -> None:
    rows = gateway.ask(section.query, document=document["id"]) if gateway.may_ask(section.query) else []
    if section.tells and not any(row.get(name) for row in rows for name in section.tells):
        return
    for row in rows:
        if row.get("rule") and "explanation" in row:
            row["why"] = reasons_shown(row["explanation"], lang, nothing="approval_reason.every_line")
    if rows:
        st.subheader(t(section.title, lang), anchor=False)
        told = (c for c in section.columns if any(row.get(c.name) not in (None, "") for row in rows))
        shown = tuple(c for c in told if not c.if_any or c.has_any(rows))
        draw_table(shown, rows, lang, label=t(section.title, lang))


_APPROVALS: Final = (
    Column("state", "word.answer", "word", family="approval_answer"),
    Column("rule", "word.approval_rule", "code"),
    Column("approver_role", "term.role", "code"),
    Column("why", "word.why"),
    Column("decided_by", "word.decided_by"),
    Column("reason", "word.reason"),
)


def _approvals(document: Mapping[str, Any], lang: str) -> None:
    """Who was asked about the document, why, and what was answered."""
    rows = gateway.ask("approval_requests", document=document["id"]) if gateway.may_ask("approval_requests") else []
    if not rows:
        return
    st.subheader(t("screen.approvals", lang), anchor=False)
    for row in rows:
        row["why"] = reasons_shown(row["explanation"], lang)
    shown = tuple(c for c in _APPROVALS if any(row.get(c.name) not in (None, "") for row in rows))
    draw_table(shown, rows, lang, label=t("screen.approvals", lang))


def _has(document: Mapping[str, Any], column: Column) -> bool:
    return document.get(column.name) not in (None, "")


def _document(screen: DocumentScreen, lang: str) -> dict[str, Any] | None:
    asked = st.query_params.get("id", "")
    rows = gateway.ask("document_by_id", document=int(asked)) if asked.isdecimal() else []
    if not rows or rows[0]["kind"] != screen.kind:
        title = t(f"kind.{screen.kind}", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        if st.button(t("document.to_list", lang), icon=":material/arrow_back:"):
            go_to(screen.listed_at)
        return None
    return rows[0]


def _head(screen: DocumentScreen, document: Mapping[str, Any], lang: str) -> None:
    amount = None
    if document.get("total_amount"):
        amount = gateway.money(Decimal(document["total_amount"]), lang, document["currency"])
    markup.show(
        markup.heading(
            document["number"],
            eyebrow=t(f"kind.{screen.kind}", lang),
            state=state(document["state"], lang),
            amount=amount,
            lead=document.get("party_name"),
        )
    )
    markup.show(markup.steps(_steps(screen, document["state"], lang), t("document.steps", lang)))


Place = Literal["past", "now", "ahead", "stopped"]


def _steps(screen: DocumentScreen, now: str, lang: str) -> list[tuple[str, Place]]:
    if now in _STOPPED:
        return [(t(f"state.{screen.steps[0]}", lang), "past"), (t(f"state.{now}", lang), "stopped")]
    at = screen.steps.index(now) if now in screen.steps else 0
    places: list[Place] = [
        "past" if index < at else "now" if index == at else "ahead" for index in range(len(screen.steps))
    ]
    return [(t(f"state.{name}", lang), place) for name, place in zip(screen.steps, places, strict=True)]


def _actions(
    screen: DocumentScreen, document: Mapping[str, Any], lines: list[dict[str, Any]], key: str, lang: str
) -> None:
    allowed = [action for action in screen.actions if gateway.may_send(action.command)]
    refused = st.session_state.pop(f"{key}.refused", None)
    sheets = SHEETS.get(screen.kind, ())
    if allowed or sheets:
        with st.container(horizontal=True, key="actions"):
            for action in (action for action in allowed if not action.seldom):
                _action(action, document, _why_not(action, document, lines, lang), key, lang)
            for sheet in sheets:
                address = f"/api/documents/{document['id']}/print?sheet={sheet.name}"
                st.link_button(
                    t(sheet.title, lang), address, icon=":material/print:", help=t("document.print_help", lang)
                )
            _seldom(allowed, document, lines, key, lang)
    if refused is not None:
        notices.refusal(refused)


def _seldom(
    allowed: list[Action], document: Mapping[str, Any], lines: list[dict[str, Any]], key: str, lang: str
) -> None:
    """What is seldom done, and can be done now, behind one button."""
    found = [action for action in allowed if action.seldom and _why_not(action, document, lines, lang) is None]
    if found:
        with st.popover(t("document.more_actions", lang), icon=":material/more_horiz:"):
            for action in found:
                _action(action, document, None, key, lang)


def _why_not(action: Action, document: Mapping[str, Any], lines: list[dict[str, Any]], lang: str) -> str | None:
    """Why an action waits, in words; None where it may be taken now."""
    if document["state"] not in action.states:
        wanted = " / ".join(t(f"state.{name}", lang) for name in action.states)
        return t("document.not_in_state", lang, state=t(f"state.{document['state']}", lang), wanted=wanted)
    if action.left is not None:
        could, done = action.left
        if not any(line[could] > line[done] for line in lines if not line["closed"] and line["kind"] != "charge"):
            return t("document.nothing_left", lang)
    return None


def _action(action: Action, document: Mapping[str, Any], why: str | None, key: str, lang: str) -> None:
    now = why is None
    pressed = st.button(
        t(action.label, lang),
        key=f"{key}.{action.command}",
        icon=f":material/{action.icon}:",
        type="primary" if action.primary and now else "secondary",
        disabled=not now,
        help=why,
    )
    if not pressed:
        return
    if action.form is not None:
        go_to(action.form, order=str(document["id"]))
    elif action.asks is not None:
        _confirm(action, document, key, lang)
    else:
        _give(action, document, key, lang, {})
        st.rerun()


def _confirm(action: Action, document: Mapping[str, Any], key: str, lang: str) -> None:
    assert action.asks is not None, action.command

    @st.dialog(t(action.label, lang))
    def asked() -> None:
        amount = gateway.money(Decimal(document["total_amount"] or 0), lang, document["currency"])
        st.markdown(markup.plain(t(str(action.asks), lang, number=document["number"], amount=amount)))
        reason = st.text_input(t("word.reason", lang), key=f"{key}.reason", max_chars=400) if action.reason else None
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(t("word.leave_it", lang), key=f"{key}.leave"):
                st.rerun()
            ready = not action.reason or bool((reason or "").strip())
            if st.button(t(action.label, lang), type="primary", key=f"{key}.go", disabled=not ready):
                _give(action, document, key, lang, {"reason": reason} if action.reason else {})
                st.rerun()

    asked()


def _give(action: Action, document: Mapping[str, Any], key: str, lang: str, more: dict[str, Any]) -> None:
    """Give the command; the id stays the same until the document has changed, so a second press changes nothing."""
    marker = f"{key}.{document['version']}.{action.command}.id"
    command_id = st.session_state.setdefault(marker, new_command_id())
    data = {action.names_document: document["id"], **more}
    receipt = gateway.send(action.command, data, command_id=command_id)
    if receipt.status == "done":
        notices.say_after_rerun(gateway.message(receipt, lang))
        return
    st.session_state[f"{key}.refused"] = gateway.message(receipt, lang)


def _chain(document: Mapping[str, Any], postings: list[dict[str, Any]], pages: Mapping[str, str], lang: str) -> None:
    """From the order to the payment, and on to the journal entries of the document that is shown."""
    rows = gateway.ask("document_chain", document=document["id"])
    entries: list[tuple[str, str, str | None]] = []
    for row in rows:
        page = pages.get(row["kind"])
        address = None if row["id"] == document["id"] or page is None else markup.href(page, id=row["id"])
        entries.append((t(f"kind.{row['kind']}", lang), row["number"], address))
    for number, entry in {row["entry_number"]: row["entry_id"] for row in postings}.items():
        entries.append((t("term.voucher", lang), number, markup.href("journal_entry", id=entry)))
    if len(entries) > 1:
        st.subheader(t("document.chain", lang), anchor=False)
        markup.show(markup.chain(entries))


_POSTINGS: Final = (
    Column("entry_number", "term.voucher", "code", opens="journal_entry", opens_by="entry_id"),
    Column("posted_on", "word.posted_on", "date"),
    Column("account_code", "term.account", "code"),
    Column("account_name", "word.account_name"),
    Column("debit", "term.debit", "posting", total=True),
    Column("credit", "term.credit", "posting", total=True),
)
_MOVES: Final = (
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("from_location", "word.from_location"),
    Column("to_location", "word.to_location"),
    Column("owner_code", "word.owner_code", "code"),
    Column("quantity", "word.quantity", "quantity"),
    Column("value", "word.value", "amount", total=True),
)


_EFFECTS: Final = (
    ("document_postings", "document.money", _POSTINGS),
    ("document_moves", "document.goods", _MOVES),
)


def _effect(query: str, document: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """What the document did to the money or to the stock; nothing where the reader may not see it."""
    if not gateway.may_ask(query):
        return []
    return [_with_names(row, lang) for row in gateway.ask(query, document=document["id"])]


def _with_names(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A row whose account is named in the reader's language."""
    column = {"en": "account_name_en", "zh-Hans": "account_name_zh_hans", "zh-Hant": "account_name_zh_hant"}[lang]
    return {"account_name": row.get(column), **row}
