"""Counting: what is due, sheets, the desk at which a counter scans and types what he finds, and the differences to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import InvalidOperation
from typing import Any, Final

import streamlit as st

from app.kernel.bus import Receipt
from app.kernel.gateway import new_command_id
from app.kernel.i18n import parsed_number, t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.screens.set_up import SetUp
from app.ui.widgets import markup, notices
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table
from schemas.vocabulary.places import CountReason

_KEY: Final = "count_desk"
_REASONS: Final = tuple(reason.value for reason in CountReason)
_PLACE: Final = Column("location_code", "term.bin_location", "code")
_LOT: Final = Column("lot_code", "term.lot_batch", "code")
_COUNTED: Final = Column("counted_quantity", "word.counted_quantity", "quantity")
_PROGRESS: Final = Column("progress", "word.state", "word", family="count")
_OWNER: Final = Column("owner_code", "word.owner_code", "code")
_LINES: Final = (
    trade.LINE,
    _PLACE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    _LOT,
    _OWNER,
    _COUNTED,
    trade.UNIT,
    _PROGRESS,
)
_DIFFERENCES: Final = (
    trade.LINE,
    _PLACE,
    trade.ITEM_CODE,
    _LOT,
    _OWNER,
    Column("snapshot_quantity", "count.snapshot_quantity", "quantity"),
    Column("moved_quantity", "count.moved_quantity", "quantity"),
    Column("book_quantity", "count.book_quantity", "quantity"),
    Column("first_quantity", "count.first_quantity", "quantity"),
    _COUNTED,
    Column("difference", "word.difference", "quantity"),
    Column("value", "word.value", "amount", total=True),
    Column("counted_by_name", "count.counted_by"),
    Column("reason", "word.reason", "word", family="count_reason"),
)
_TO_DECIDE: Final = tuple(
    column for column in _DIFFERENCES if column.name not in {"snapshot_quantity", "first_quantity", "counted_by_name"}
)
_DUE: Final = ListScreen(
    path="counts_due",
    title="nav.counts_due",
    query="counts_due",
    columns=(
        Column("class_code", "count.class", "code"),
        _PLACE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        Column("last_counted_on", "count.last_counted_on", "date"),
        trade.DUE_ON,
    ),
    create=("create_count_sheet", "create_count_sheet", "action.create_count_sheet"),
    empty="empty.counts_due",
)


def draw_counts_due() -> None:
    """Draw what is to be counted today."""
    draw_list(replace(_DUE, arguments={"on": gateway.today()}))


def _of_document(asked: Mapping[str, str]) -> dict[str, Any]:
    """The sheet that the address names, and its differing lines for their reasons."""
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found:
        return {}
    rows = gateway.ask("count_differences", document=int(named))
    return {"sheet": found[0]["number"], "reasons": [{"line": row["line"], "reason": row["reason"]} for row in rows]}


def _draw_differences(data: dict[str, Any], lang: str) -> None:
    found = gateway.ask("documents_numbered", number=data["sheet"]) if data.get("sheet") else []
    if found:
        rows = gateway.ask("count_differences", document=found[0]["id"])
        columns = tuple(c for c in _TO_DECIDE if any(row.get(c.name) not in (None, "") for row in rows))
        if columns:
            draw_table(columns, [{**row, "currency": gateway.currency()} for row in rows], lang)


_CREATE: Final = FormScreen(
    path="create_count_sheet",
    title="action.create_count_sheet",
    command="create_count_sheet",
    submit="action.create_count_sheet",
    opens="count_sheet",
    lead="count.sheet_lead",
    inputs=(
        Input("location", "count.zone", "lookup", needed=True, query="locations", arguments={"kind": "storage"}),
        Input("due_only", "count.due_only", "flag", default=True),
        Input("items", "nav.items", "words"),
        trade.NOTE_INPUT,
    ),
)
_DECIDE: Final = FormScreen(
    path="decide_count",
    title="action.decide_count",
    command="decide_count",
    submit="action.decide_count",
    opens="count_sheet",
    lead="count.decide_lead",
    inputs=(
        Input("sheet", "kind.count_sheet", needed=True),
        Input(
            "decision",
            "count.decision",
            "choice",
            needed=True,
            default="approve",
            choices=("approve", "recount"),
            family="count",
        ),
        Input("posted_on", "word.posted_on", "date"),
        Input("reason", "count.reason_of_all", "choice", choices=_REASONS, family="count_reason"),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("reason", "word.reason", "choice", needed=True, choices=_REASONS, family="count_reason"),
        Input("unit_cost", "word.unit_cost", "price", help="form.count_cost_help"),
    ),
    lines_name="reasons",
    lines_needed=False,
    preview=_draw_differences,
    prefill=_of_document,
)
SHEETS: Final = trade.Described(
    "checklist",
    ListScreen(
        path="count_sheets",
        title="nav.count_sheets",
        query="count_sheets",
        columns=(
            trade.number_that_opens("count_sheet"),
            trade.STATE,
            trade.DOCUMENT_ON,
            Column("note", "word.note"),
        ),
        filters=(trade.state_filter("open", "confirmed", "closed", "cancelled"),),
        create=("create_count_sheet", "create_count_sheet", "action.create_count_sheet"),
        empty="empty.count_sheets",
    ),
    DocumentScreen(
        path="count_sheet",
        kind="count_sheet",
        steps=("open", "confirmed", "closed"),
        listed_at="count_sheets",
        facts=(trade.DOCUMENT_ON, trade.MADE_BY, trade.NOTE),
        lines=(),
        actions=(
            Action("action.enter_count", "enter_count", ("open",), "barcode_scanner", form="count_desk", primary=True),
            Action("action.finish_count", "finish_count", ("open",), "done_all", names_document="sheet"),
            Action("action.decide_count", "decide_count", ("confirmed",), "gavel", form="decide_count", primary=True),
            Action(
                "action.cancel_count_sheet",
                "cancel_count_sheet",
                ("open", "confirmed"),
                "cancel",
                names_document="sheet",
                asks="ask.cancel_count_sheet",
            ),
        ),
        sections=(
            Section("count_differences", "count.differences", _DIFFERENCES),
            Section("count_sheet_lines", "count.lines", _LINES),
        ),
    ),
    (_CREATE, _DECIDE),
)
CLASSES: Final = SetUp(
    "stacked_bar_chart",
    ListScreen(
        path="count_classes",
        title="nav.count_classes",
        query="count_classes",
        columns=(
            Column("code", "count.class", "code", opens="edit_count_class", opens_by="code"),
            Column("usage_share", "count.usage_share", "share"),
            Column("days_between", "count.days_between", "count"),
            Column("recount_rate", "count.recount_rate", "share"),
            Column("approval_rate", "count.approval_rate", "share"),
            Column("approval_value", "count.approval_value", "amount"),
        ),
        create=("edit_count_class", "put_count_class", "action.edit_count_class"),
        empty="empty.count_classes",
    ),
    FormScreen(
        path="edit_count_class",
        title="action.edit_count_class",
        command="put_count_class",
        submit="action.edit_count_class",
        lead="count.class_lead",
        inputs=(
            Input("code", "count.class", needed=True),
            Input("usage_share", "count.usage_share", "share", needed=True),
            Input("days_between", "count.days_between", "count", needed=True),
            Input("recount_rate", "count.recount_rate", "share", needed=True),
            Input("approval_rate", "count.approval_rate", "share", needed=True),
            Input("approval_value", "count.approval_value", "amount", needed=True),
        ),
    ),
)


def draw_count_desk() -> None:
    """Draw the desk of a counter: fields that a scanner types into, and what of the sheet is still to be counted."""
    lang = gateway.visit().lang
    named = st.query_params.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found or found[0]["kind"] != "count_sheet":
        markup.show(markup.empty(t("count.which_sheet", lang), t("count.which_sheet_remedy", lang)))
        return
    sheet = found[0]
    markup.show(markup.heading(sheet["number"], eyebrow=t("action.enter_count", lang), lead=t("count.desk_lead", lang)))
    if sheet["state"] == "open":
        _draw_scan_fields(sheet, lang)
    rows = gateway.ask("count_sheet_lines", document=sheet["id"])
    left = [row for row in rows if row["progress"] != "counted"]
    again = sum(row["progress"] == "again" for row in rows)
    markup.show(
        markup.note(t("count.left", lang, left=len(left), lines=len(rows), again=again), "good" if not left else "info")
    )
    if sheet["state"] == "open" and not left and gateway.may_send("finish_count"):
        _draw_finish(sheet, lang)
    draw_table(_LINES, sorted(rows, key=lambda row: row["progress"] == "counted"), lang, label=t("count.lines", lang))


def _draw_scan_fields(sheet: Mapping[str, Any], lang: str) -> None:
    st.session_state.setdefault(f"{_KEY}.id", new_command_id())
    opening = st.session_state.setdefault(f"{_KEY}.opening", 0)
    place = st.text_input(
        t("term.bin_location", lang), key=f"{_KEY}.location", icon=":material/barcode_scanner:", max_chars=64
    )
    with st.form(f"{_KEY}.form", border=False, enter_to_submit=True):
        item = st.text_input(
            t("count.item_or_barcode", lang),
            key=f"{_KEY}.item.{opening}",
            icon=":material/barcode_scanner:",
            max_chars=64,
        )
        lot = st.text_input(t("term.lot_batch", lang), key=f"{_KEY}.lot.{opening}", max_chars=64)
        owner = st.text_input(
            t("word.owner_code", lang), key=f"{_KEY}.owner.{opening}", help=t("form.owner_help", lang), max_chars=64
        )
        quantity = st.text_input(t("word.counted_quantity", lang), key=f"{_KEY}.quantity.{opening}", max_chars=24)
        pressed = st.form_submit_button(
            t("count.enter", lang), type="primary", icon=":material/check:", width="stretch"
        )
    refused = st.session_state.pop(f"{_KEY}.refused", None)
    if pressed:
        typed = {"location": place, "item": item, "lot": lot, "owner": owner, "quantity": quantity}
        refused = _enter(sheet, typed, lang)
    if refused is not None:
        notices.refusal(refused)


def _enter(sheet: Mapping[str, Any], typed: Mapping[str, str], lang: str) -> str | None:
    """Give what was typed; what is refused stays typed, and its refusal is returned."""
    given: dict[str, Any] = {name: text.strip() for name, text in typed.items() if text.strip()}
    if {"location", "item", "quantity"} - set(given):
        return t("count.fill_all", lang)
    try:
        given["quantity"] = str(parsed_number(given["quantity"], lang))
    except (ValueError, InvalidOperation):
        return t("form.not_a_number", lang, value=given["quantity"])
    receipt = _sent("enter_count", sheet, {"lines": [given]})
    if receipt.status != "done":
        return gateway.message(receipt, lang)
    st.session_state[f"{_KEY}.opening"] += 1
    notices.say_after_rerun(gateway.message(receipt, lang))
    return st.rerun()


def _draw_finish(sheet: Mapping[str, Any], lang: str) -> None:
    if st.button(t("action.finish_count", lang), type="primary", icon=":material/done_all:", key=f"{_KEY}.finish"):
        receipt = _sent("finish_count", sheet, {})
        if receipt.status == "done":
            notices.say_after_rerun(gateway.message(receipt, lang))
            st.session_state["go_to"] = ("count_sheet", {"id": str(sheet["id"])})
        else:
            st.session_state[f"{_KEY}.refused"] = gateway.message(receipt, lang)
        st.rerun()


def _sent(command: str, sheet: Mapping[str, Any], data: dict[str, Any]) -> Receipt:
    """Give a command under the id of this opening, which a second press shares; the next opening has another."""
    command_id = st.session_state.setdefault(f"{_KEY}.id", new_command_id())
    receipt = gateway.send(command, {"sheet": sheet["id"], **data}, command_id=command_id)
    if receipt.status == "done":
        del st.session_state[f"{_KEY}.id"]
    return receipt


COUNT_PAGES: Final = (
    Page("counts_due", "nav.counts_due", "event_repeat", draw_counts_due, query="counts_due"),
    *SHEETS.pages(),
    Page("count_desk", "action.enter_count", "barcode_scanner", draw_count_desk, command="enter_count", listed=False),
    *CLASSES.pages(),
)
