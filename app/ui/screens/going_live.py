"""Going live: the workbook of a company's beginning is uploaded, checked as a whole, tied out by account, and booked once.

A check changes nothing and names every row that the business would refuse. Booking is offered only for the file that was
just checked and is clean; what a row means and whether it may be booked is `app/jobs/going_live.py`'s.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import streamlit as st

from app.jobs.going_live import GoingLive
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets import markup, notices
from app.ui.widgets.values import Column, draw_table

_MOST_ROWS: Final = 500
_JUDGED: Final = "going_live.judged"
_ERRORS: Final = (
    Column("sheet", "going_live.sheet", "code"),
    Column("row", "word.line", "code"),
    Column("column", "going_live.column", "code"),
    Column("value", "word.value"),
    Column("reason", "word.reason"),
)
_SHEETS: Final = (
    Column("sheet", "going_live.sheet", "code"),
    Column("rows", "going_live.rows", "count"),
    Column("amount", "word.amount", "amount"),
)
_TIES: Final = (
    Column("account", "term.account", "code"),
    Column("trial_balance", "term.trial_balance", "amount", total=True),
    Column("booked", "going_live.booked", "amount", total=True),
    Column("difference", "going_live.difference", "posting", total=True),
)


def draw_going_live() -> None:
    """Draw the upload, what the check found, and the booking."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.going_live", lang), lead=t("going_live.lead", lang)))
    st.download_button(
        t("going_live.template", lang),
        data=gateway.workbook_template,
        file_name="going-live.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        icon=":material/download:",
        on_click="ignore",
    )
    left, right = st.columns([1, 3], gap="large")
    start_on = left.date_input(
        t("going_live.start_on", lang),
        value=gateway.today().replace(day=1),
        key="going_live.start_on",
        format="YYYY-MM-DD",
        help=t("going_live.start_help", lang),
    )
    file = right.file_uploader(t("going_live.file", lang), type=["xlsx"], key="going_live.file")
    assert isinstance(start_on, date)
    if file is None:
        markup.show(markup.quiet(t("going_live.nothing_booked_yet", lang)))
        return
    content = file.getvalue()
    asked = (hashlib.sha256(content).hexdigest(), start_on)
    if st.button(t("going_live.check", lang), icon=":material/rule:", type="primary", key="going_live.check"):
        _run(content, start_on, asked, lang, keep=False)
    judged = st.session_state.get(_JUDGED)
    if judged is not None and judged[0] == asked:
        _page(judged[1], content, start_on, lang)


def _run(content: bytes, start_on: date, asked: tuple[str, date], lang: str, *, keep: bool) -> None:
    st.session_state.pop(_JUDGED, None)
    with st.spinner(t("going_live.booking" if keep else "going_live.checking", lang), show_time=True):
        try:
            page = gateway.judge_workbook(content, start_on=start_on, keep=keep)
        except Refused as refusal:
            notices.refusal(t(f"refusal.{refusal.key}", lang, **refusal.values))
            return
    st.session_state[_JUDGED] = (asked, page)


def _page(page: GoingLive, content: bytes, start_on: date, lang: str) -> None:
    """How the workbook stands, and what to do now."""
    _verdict(page, lang)
    if page.clean and not page.committed:
        rows = sum(total.rows for total in page.sheets)
        label = t("going_live.book", lang)
        if st.button(label, icon=":material/done_all:", type="primary", key="going_live.book"):
            asked = (hashlib.sha256(content).hexdigest(), start_on)

            def book() -> None:
                _run(content, start_on, asked, lang, keep=True)

            consequence = t("going_live.book_says", lang, count=rows, start_on=start_on)
            notices.confirm(label, consequence, label, lang, book, "going_live.confirm")
    if page.errors:
        st.subheader(t("going_live.errors", lang, count=len(page.errors)), anchor=False)
        draw_table(_ERRORS, [asdict(error) for error in page.errors[:_MOST_ROWS]], lang)
        if len(page.errors) > _MOST_ROWS:
            markup.show(markup.quiet(t("board.more_rows", lang, count=len(page.errors) - _MOST_ROWS)))
    st.subheader(t("going_live.sheets", lang), anchor=False)
    draw_table(_SHEETS, [_in_books(asdict(total)) for total in page.sheets], lang)
    if page.ties:
        st.subheader(t("going_live.ties", lang), anchor=False)
        rows = [_in_books({**asdict(line), "difference": line.difference}) for line in page.ties]
        draw_table(_TIES, rows, lang, classes=["strong" if row["difference"] else "" for row in rows])


def _in_books(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "currency": gateway.currency()}


def _verdict(page: GoingLive, lang: str) -> None:
    if page.committed:
        markup.show(markup.note(t("going_live.committed", lang), "good"))
    elif page.clean:
        markup.show(markup.note(t("going_live.clean", lang), "good"))
    elif page.errors:
        markup.show(markup.note(t("going_live.has_errors", lang, count=len(page.errors)), "bad"))
    else:
        count = len(page.differences)
        amount = gateway.money(page.trial_balance, lang)
        markup.show(markup.note(t("going_live.does_not_tie", lang, count=count, amount=amount), "bad"))


GOING_LIVE: Final = Page("going_live", "nav.going_live", "rocket_launch", draw_going_live, permission="*")
