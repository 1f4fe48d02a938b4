"""Requests for quotation and what came back: the enquiry, the offers, their comparison, and the award that orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_day, format_price, t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.screens.purchasing.requisitions import open_of_requisition
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, written_csv
from app.ui.widgets.values import Column, draw_table

_VALID_UNTIL: Final = Column("due_on", "word.valid_until", "date")
_ANSWER_BY: Final = Column("due_on", "word.answer_by", "date")
_OFFERED: Final = 200
_SUPPLIERS: Final = {"role": "supplier", "limit": 1000}

REQUEST_LIST: Final = ListScreen(
    path="requests_for_quotation",
    title="nav.requests_for_quotation",
    query="requests_for_quotation",
    columns=(
        trade.number_that_opens("request_for_quotation"),
        trade.STATE,
        trade.DOCUMENT_ON,
        _ANSWER_BY,
        Column("caused_by", "word.caused_by", "code", chosen=False),
        Column("note", "word.note"),
    ),
    filters=(trade.state_filter("sent", "closed"),),
    create=("request_quotations", "request_quotations", "action.request_quotations"),
    empty="empty.requests_for_quotation",
)

REQUEST_DOCUMENT: Final = DocumentScreen(
    path="request_for_quotation",
    kind="request_for_quotation",
    steps=("sent", "closed"),
    listed_at="requests_for_quotation",
    facts=(trade.DOCUMENT_ON, _ANSWER_BY, Column("caused_by", "word.caused_by", "code"), trade.MADE_BY, trade.NOTE),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("due_on", "word.needed_by", "date"),
        Column("fulfilled_quantity", "word.awarded_quantity", "quantity"),
    ),
    sections=(
        Section(
            "requested_suppliers",
            "document.asked",
            (
                Column("party_name", "term.supplier", opens="party", opens_by="party_id"),
                Column("quotation", "term.quotation", "code", opens="supplier_quotation", opens_by="quotation_id"),
                Column("state", "word.state", "state"),
                Column("document_on", "word.document_on", "date"),
                Column("valid_until", "word.valid_until", "date"),
                Column("total_amount", "word.total_amount", "amount"),
                trade.CURRENCY,
            ),
        ),
    ),
    actions=(
        Action(
            "action.enter_quotation", "enter_supplier_quotation", ("sent",), "request_quote", form="enter_quotation"
        ),
        Action("action.award", "award_quotation", ("sent",), "emoji_events", form="award_quotation", primary=True),
        Action(
            "action.close",
            "close_request_for_quotation",
            ("sent",),
            "inventory",
            names_document="request",
            asks="ask.close_request",
        ),
    ),
)


def _asked_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    lines = open_of_requisition(asked)
    suggested = {
        row["supplier_code"]
        for row in (gateway.ask("document_lines", document=int(asked["order"])) if lines else [])
        if row["supplier_code"]
    }
    return {"lines": lines, "suppliers": sorted(suggested)} if lines else {}


REQUEST_FORM: Final = FormScreen(
    path="request_quotations",
    title="action.request_quotations",
    command="request_quotations",
    submit="action.send_request",
    opens="request_for_quotation",
    lead="form.request_lead",
    inputs=(
        Input("suppliers", "word.suppliers", "several", needed=True, query="parties", arguments=_SUPPLIERS),
        Input("answer_by", "word.answer_by", "date"),
        Input("document_on", "word.document_on", "date", default=gateway.today),
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("requisition", "term.purchase_requisition"),
        Input("line", "word.line", "count"),
        Input("item", "term.item_number", help="form.requested_item_help"),
        Input("quantity", "word.quantity", "quantity"),
        Input("unit", "word.unit"),
        Input("needed_by", "word.needed_by", "date"),
    ),
    prefill=_asked_lines,
)

QUOTATION_LIST: Final = ListScreen(
    path="supplier_quotations",
    title="nav.supplier_quotations",
    query="supplier_quotations",
    columns=(
        trade.number_that_opens("supplier_quotation"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        _VALID_UNTIL,
        trade.NET,
        trade.TOTAL,
        trade.CURRENCY,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("offered", "awarded", "cancelled"),),
    empty="empty.supplier_quotations",
)

QUOTATION_DOCUMENT: Final = DocumentScreen(
    path="supplier_quotation",
    kind="supplier_quotation",
    steps=("offered", "awarded"),
    listed_at="supplier_quotations",
    facts=(
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        _VALID_UNTIL,
        trade.EXTERNAL,
        *trade.IN_CURRENCY,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        Column("description", "word.description"),
        trade.QUANTITY,
        trade.UNIT,
        trade.UNIT_PRICE,
        trade.NET,
        trade.TAX,
        Column("fulfilled_quantity", "word.awarded_quantity", "quantity"),
    ),
    sections=(
        Section(
            "quotation_details",
            "document.terms",
            (
                trade.LINE,
                Column("item_code", "term.item_number", "code"),
                Column("from_quantity", "word.from_quantity", "quantity"),
                trade.UNIT_PRICE,
                Column("lead_time_days", "word.lead_time_days", "quantity"),
                Column("delivery_on", "term.delivery_date", "date"),
                Column("min_lot", "term.minimum_order_quantity", "quantity"),
                Column("lot_multiple", "word.lot_multiple", "quantity"),
            ),
        ),
    ),
    actions=(),
)


def _request_named(asked: Mapping[str, str]) -> dict[str, Any] | None:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return rows[0] if rows else None


def _offered_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    request = _request_named(asked)
    if request is None:
        return {}
    rows = gateway.ask("document_lines", document=request["id"])
    return {"request": request["number"], "lines": [{"line": row["line"]} for row in rows if not row["closed"]]}


def draw_request(data: dict[str, Any], lang: str) -> None:
    """The lines of the request that an offer answers."""
    found = gateway.ask("documents_numbered", number=data["request"]) if data.get("request") else []
    if len(found) == 1:
        draw_table(REQUEST_DOCUMENT.lines, gateway.ask("document_lines", document=found[0]["id"]), lang)


QUOTATION_FORM: Final = FormScreen(
    path="enter_quotation",
    title="action.enter_quotation",
    command="enter_supplier_quotation",
    submit="action.enter_quotation",
    opens="supplier_quotation",
    lead="form.quotation_lead",
    inputs=(
        Input("request", "term.request_for_quotation", needed=True),
        Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
        trade.CURRENCY_INPUT,
        Input("valid_until", "word.valid_until", "date"),
        trade.FREIGHT_INPUT,
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("unit_price", "word.unit_price", "price", needed=True),
        Input("from_quantity", "word.from_quantity", "quantity", help="form.price_break_help"),
        Input("lead_time_days", "word.lead_time_days", "quantity"),
        Input("delivery_on", "term.delivery_date", "date"),
        Input("min_lot", "term.minimum_order_quantity", "quantity"),
        Input("lot_multiple", "word.lot_multiple", "quantity"),
    ),
    preview=draw_request,
    prefill=_offered_lines,
    shaped=trade.with_charges,
)

_COMPARED: Final = (
    Column("supplier_name", "term.supplier", opens="party", opens_by="supplier_id"),
    Column("verdict", "word.check"),
    Column("landed_price", "word.landed_price", "price"),
    Column("order_quantity", "word.order_quantity", "quantity"),
    Column("unit_price", "word.unit_price", "price"),
    Column("charge_amount", "word.charge_share", "amount"),
    Column("delivery_on", "term.delivery_date", "date"),
    Column("late_days", "word.days_late", "count"),
    Column("on_time_rate", "word.on_time_rate", "share"),
    Column("in_full_rate", "word.in_full_rate", "share"),
    Column("bad_rate", "word.bad_rate", "share"),
    Column("record_count", "word.record_count", "count"),
    Column("valid_until", "word.valid_until", "date"),
    Column("quotation", "term.quotation", "code", opens="supplier_quotation", opens_by="quotation_id"),
)
_COMPARED_ACROSS: Final = (
    *_COMPARED,
    Column("currency", "word.currency", "code"),
    Column("exchange_rate", "word.exchange_rate", "price"),
    Column("rate_valid_on", "word.rate_valid_on", "date"),
)

EXPORTED: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    Column("asked_quantity", "word.quantity", "quantity"),
    Column("supplier", "term.supplier", "code"),
    *(column for column in _COMPARED_ACROSS if column.name != "verdict"),
    Column("home_currency", "word.currency_of_books", "code"),
)


def draw_comparison_of(request: str, lang: str) -> None:
    """Every line of a request with the offers on it, the best first and named with its reason."""
    rows = gateway.ask("quotation_comparison", request=request, on=gateway.today().isoformat())
    rates = _rates_of(rows, lang)
    if rates:
        said = t("preview.compared_at_rates", lang, home=gateway.currency(), rates=rates)
        st.caption(markup.plain(said))
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        lines[row["line"]].append({**row, "verdict": _verdict(row, lang)})
    for offers in lines.values():
        first = offers[0]
        name = first["item_name"] if lang == "en" else first["item_name_zh"] or first["item_name"]
        needed = t("preview.needed_by", lang, day=first["needed_by"]) if first["needed_by"] else ""
        head = t(
            "preview.compared_line",
            lang,
            line=first["line"],
            item=f"{first['item_code']} {name}",
            quantity=plain_number(first["asked_quantity"]),
            unit=first["unit_code"] or "",
            needed=needed,
        )
        st.subheader(markup.plain(head), anchor=False)
        draw_table(_COMPARED_ACROSS if rates else _COMPARED, offers, lang, label=head)


def _rates_of(rows: list[dict[str, Any]], lang: str) -> str:
    """The rates that foreign offers are compared at, each with the day from which it holds."""
    held = {row["currency"]: row for row in rows if row["exchange_rate"] is not None}
    return ", ".join(
        t(
            "preview.rate_held",
            lang,
            currency=code,
            rate=format_price(Decimal(row["exchange_rate"]), lang),
            home=row["home_currency"],
            day=format_day(date.fromisoformat(str(row["rate_valid_on"])), lang),
        )
        for code, row in sorted(held.items())
    )


def _verdict(row: Mapping[str, Any], lang: str) -> markup.Html | str:
    if row["landed_price"] is None:
        return markup.chip(t("award_reason.silent", lang))
    if row["best"]:
        return markup.chip(t(f"award_reason.{row['reason']}", lang), "good")
    if not row["valid"]:
        return markup.chip(t("award_reason.expired", lang), "bad")
    return markup.chip(t("award_reason.late", lang), "watch") if row["late_days"] else ""


def draw_comparison() -> None:
    """Draw the comparison of a request, the one that the address names or one that the reader chooses."""
    lang = gateway.visit().lang
    markup.show(markup.heading(t("nav.quotation_comparison", lang), lead=t("form.award_lead", lang)))
    named = _request_named(st.query_params.to_dict())
    numbers = [row["number"] for row in gateway.ask("requests_for_quotation", limit=_OFFERED)]
    if named is not None:
        numbers = list(dict.fromkeys([named["number"], *numbers]))
    if not numbers:
        markup.show(markup.empty(t("list.nothing_yet", lang), t("empty.requests_for_quotation", lang)))
        return
    chosen = st.selectbox(t("term.request_for_quotation", lang), numbers, key="quotation_comparison.request")
    draw_comparison_of(chosen or numbers[0], lang)
    st.download_button(
        t("term.export_data", lang),
        data=lambda: _exported(chosen or numbers[0], lang),
        file_name=f"{chosen or numbers[0]}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _exported(request: str, lang: str) -> bytes:
    """The comparison of a request as CSV: every offer on every line with its currency, its rate and the day of that."""
    rows = gateway.ask("quotation_comparison", request=request, on=gateway.today().isoformat())
    return written_csv(EXPORTED, rows, lang)


COMPARISON: Final = Page(
    "quotation_comparison",
    "nav.quotation_comparison",
    "balance",
    draw_comparison,
    query="quotation_comparison",
)


def _best_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    request = _request_named(asked)
    if request is None:
        return {}
    rows = gateway.ask("quotation_comparison", request=request["id"], on=gateway.today().isoformat())
    best = [row for row in rows if row["best"] and row["asked_quantity"] > row["awarded_quantity"]]
    return {"request": request["number"], "lines": [{"line": row["line"], "supplier": row["supplier"]} for row in best]}


def _preview_award(data: dict[str, Any], lang: str) -> None:
    if data.get("request"):
        draw_comparison_of(data["request"], lang)


AWARD_FORM: Final = FormScreen(
    path="award_quotation",
    title="action.award",
    command="award_quotation",
    submit="action.award_now",
    opens="request_for_quotation",
    lead="form.award_lead",
    inputs=(
        Input("request", "term.request_for_quotation", needed=True),
        Input("document_on", "word.document_on", "date", default=gateway.today),
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("supplier", "term.supplier", needed=True),
        Input("quantity", "word.quantity", "quantity", help="form.award_quantity_help"),
    ),
    preview=_preview_award,
    prefill=_best_lines,
)

REQUESTS: Final = trade.Described("forum", REQUEST_LIST, REQUEST_DOCUMENT, (REQUEST_FORM, AWARD_FORM))
SUPPLIER_QUOTATIONS: Final = trade.Described("sell", QUOTATION_LIST, QUOTATION_DOCUMENT, (QUOTATION_FORM,))
