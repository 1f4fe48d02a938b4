"""The general ledger on screen: journal entries, manual entries, the chart, periods, and what is open."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_number, t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets import markup, notices
from app.ui.widgets.document import DocumentScreen, draw_document
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

ENTRIES: Final = ListScreen(
    path="journal_entries",
    title="nav.journal_entries",
    query="journal_entries",
    columns=(
        Column("number", "term.voucher", "code", opens="journal_entry"),
        trade.POSTED_ON,
        Column("document_kind", "word.document", "word", family="kind"),
        Column("document_number", "word.number", "code"),
        Column("description", "word.description"),
    ),
    create=("new_manual_entry", "post_manual_entry", "action.new_manual_entry"),
    empty="empty.journal_entries",
)
_POSTINGS: Final = (
    Column("account_code", "term.account", "code"),
    Column("account_name", "word.account_name"),
    Column("party_name", "word.party"),
    Column("description", "word.description"),
    Column("debit", "term.debit", "posting", total=True),
    Column("credit", "term.credit", "posting", total=True),
)


def draw_entry() -> None:
    """Draw the journal entry that the address names, with the way to its document."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("journal_entry_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        title = t("term.journal_entry", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        return
    entry = rows[0]
    markup.show(markup.heading(entry["number"], eyebrow=t("term.journal_entry", lang), lead=entry["description"]))
    page = trade.DOCUMENT_PAGES.get(entry["document_kind"])
    address = markup.href(page, id=entry["document_id"]) if page else "/journal_entries"
    markup.show(
        markup.facts(
            [
                (t("word.posted_on", lang), format_day(entry["posted_on"], lang)),
                (t(f"kind.{entry['document_kind']}", lang), markup.link(entry["document_number"], address)),
            ]
        )
    )
    lines = gateway.ask("journal_entry_lines", id=entry["id"])
    column = {"en": "account_name_en", "zh-Hans": "account_name_zh_hans", "zh-Hant": "account_name_zh_hant"}[lang]
    named_lines = [{**line, "account_name": line[column]} for line in lines]
    shown = tuple(c for c in _POSTINGS if any(line.get(c.name) not in (None, "") for line in named_lines))
    draw_table(shown, named_lines, lang, label=t("term.journal_entry", lang))


def draw_balance(data: dict[str, Any], lang: str) -> None:
    """Whether the typed lines balance, and by how much they do not."""
    lines = data.get("lines", [])
    debit = sum((Decimal(line["debit"]) for line in lines if line.get("debit")), Decimal(0))
    credit = sum((Decimal(line["credit"]) for line in lines if line.get("credit")), Decimal(0))
    if not lines:
        return
    given = {"debit": format_number(debit, lang, decimals=2), "credit": format_number(credit, lang, decimals=2)}
    if debit == credit:
        markup.show(markup.note(t("preview.balanced", lang, **given), "good"))
    else:
        difference = format_number(abs(debit - credit), lang, decimals=2)
        markup.show(markup.note(t("preview.unbalanced", lang, difference=difference, **given), "watch"))


ENTRY_FORM: Final = FormScreen(
    path="new_manual_entry",
    title="action.new_manual_entry",
    command="post_manual_entry",
    submit="action.post_entry",
    opens="manual_entry",
    inputs=(
        Input("description", "word.description", needed=True),
        Input("posted_on", "word.posted_on", "date", default=gateway.today),
    ),
    lines=(
        Input("account", "term.account", "lookup", needed=True, query="accounts"),
        Input("debit", "term.debit", "amount"),
        Input("credit", "term.credit", "amount"),
        Input("party", "word.party"),
        Input("description", "word.description"),
    ),
    preview=draw_balance,
)


def _document(kind: str) -> DocumentScreen:
    return DocumentScreen(
        path=kind,
        kind=kind,
        steps=trade.POSTED_LIFE,
        listed_at="journal_entries",
        facts=(trade.POSTED_ON, trade.MADE_BY, trade.NOTE, trade.REVERSES, trade.REVERSED_BY),
        lines=(),
        actions=(trade.REVERSE,) if kind == "manual_entry" else (),
    )


ACCOUNTS: Final = ListScreen(
    path="accounts",
    title="nav.accounts",
    query="accounts",
    columns=(
        Column("code", "term.account", "code"),
        Column("name_en", "word.name_en"),
        Column("name_zh_hans", "word.name_zh_hans"),
        Column("name_zh_hant", "word.name_zh_hant", chosen=False),
        Column("class", "word.account_class", "word", family="account_class"),
        Column("normal_side", "word.normal_side", "word", family="term"),
        Column("postable", "word.postable", "flag"),
    ),
    empty="empty.accounts",
)


def _open_list(query: str) -> ListScreen:
    return ListScreen(
        path=query,
        title=f"nav.{query}",
        query=query,
        columns=(
            Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
            Column("party_name", "word.party", opens="party", opens_by="party_id"),
            Column("opened_on", "word.document_on", "date"),
            trade.DUE_ON,
            Column("amount", "word.amount", "amount", total=True),
            Column("open_amount", "word.open_amount", "amount", total=True),
            trade.CURRENCY,
            trade.EXTERNAL,
        ),
        empty=f"empty.{query}",
    )


def _offer(command: str, field: str, value: str, icon: str, lang: str) -> None:
    """A button for a command of one field that is asked about once more before it is given."""
    label = t(f"action.{command}", lang, **{field: value})
    if not st.button(label, icon=icon):
        return
    command_id = st.session_state.setdefault(f"{command}.{value}.id", new_command_id())

    def give() -> None:
        receipt = gateway.send(command, {field: value}, command_id=command_id)
        if receipt.status == "done":
            del st.session_state[f"{command}.{value}.id"]
            notices.say_after_rerun(gateway.message(receipt, lang))
        else:
            st.session_state["periods.refused"] = gateway.message(receipt, lang)

    notices.confirm(label, t(f"ask.{command}", lang, **{field: value}), label, lang, give, f"{command}.confirm")


def draw_periods() -> None:
    """The fiscal periods, and the locking of the earliest open one."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.fiscal_periods", lang), lead=t("ledger.periods_lead", lang)))
    refused = st.session_state.pop("periods.refused", None)
    if refused:
        notices.refusal(refused)
    rows = gateway.ask("fiscal_periods")
    open_codes = sorted(row["code"] for row in rows if row["state"] == "open")
    ended = [
        row["code"].partition("-")[0] for row in rows if row["ends_on"] <= gateway.today() and row["code"][-2:] == "12"
    ]
    with st.container(horizontal=True):
        if open_codes and gateway.may_send("lock_period"):
            _offer("lock_period", "period", open_codes[0], ":material/lock:", lang)
        if ended and gateway.may_send("close_fiscal_year"):
            _offer("close_fiscal_year", "year", max(ended), ":material/event_available:", lang)
    columns = (
        Column("code", "term.fiscal_period", "code"),
        Column("starts_on", "word.from_on", "date"),
        Column("ends_on", "word.to_on", "date"),
        trade.STATE,
    )
    draw_table(columns, rows, lang, label=t("nav.fiscal_periods", lang))


LEDGER_PAGES: Final = (
    Page(ENTRIES.path, ENTRIES.title, "menu_book", partial(draw_list, ENTRIES), query=ENTRIES.query),
    Page("journal_entry", "term.journal_entry", "menu_book", draw_entry, query="journal_entries", listed=False),
    trade.form_page(ENTRY_FORM, "edit_note"),
    *(
        Page(
            kind,
            f"kind.{kind}",
            "menu_book",
            partial(draw_document, _document(kind), pages=trade.DOCUMENT_PAGES),
            query="journal_entries",
            listed=False,
        )
        for kind in ("manual_entry", "reversal")
    ),
    Page(ACCOUNTS.path, ACCOUNTS.title, "account_tree", partial(draw_list, ACCOUNTS), query="accounts"),
    Page("fiscal_periods", "nav.fiscal_periods", "event_available", draw_periods, query="fiscal_periods"),
)
OPEN_RECEIVABLES: Final = Page(
    "open_receivables",
    "nav.open_receivables",
    "call_received",
    partial(draw_list, _open_list("open_receivables")),
    query="open_receivables",
)
OPEN_PAYABLES: Final = Page(
    "open_payables",
    "nav.open_payables",
    "call_made",
    partial(draw_list, _open_list("open_payables")),
    query="open_payables",
)
