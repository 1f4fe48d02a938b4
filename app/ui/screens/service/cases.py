"""Cases of after-sales: the list, the page of one with its goods, findings and money, and the form of each step."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.screens.returns import REASON_INPUT
from app.ui.screens.service.feedback import FEEDBACK, FEEDBACK_PAGES
from app.ui.screens.service.files import draw_files
from app.ui.screens.service.levels import CLOCKS, LEVEL_PAGES, TIME_LEFT
from app.ui.screens.service.measures import COLLEAGUE, MEASURE_ACTIONS, MEASURE_PAGES, MEASURES
from app.ui.screens.service.pieces import PIECE_PAGES
from app.ui.screens.service.repairs import REPAIRS_OF_CASE
from app.ui.screens.service.warranty import CLAIMS, WARRANTY_PAGES, claim_action
from app.ui.widgets.document import Action, DocumentScreen, Section, draw_document
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_ICON: Final = "support_agent"
_KINDS: Final = ("return", "exchange", "repair", "complaint")
_FINDINGS: Final = ("good", "repairable", "scrap", "supplier_fault")
_DISPOSITIONS: Final = ("restock", "rework", "scrap", "to_supplier")
_OUTCOMES: Final = ("credit", "replacement", "credit_and_replacement", "repair", "none")
_KIND: Final = Column("case_kind", "word.case_kind", "word", family="case_kind")
_OWNER: Final = Column("owner_name", "word.owner")
_LOT: Final = Column("lot_code", "term.lot_batch", "code")
_DISPOSITION_OF_FINDING: Final = {
    "good": "restock",
    "repairable": "rework",
    "scrap": "scrap",
    "supplier_fault": "to_supplier",
}

LIST: Final = ListScreen(
    path="service_cases",
    title="nav.service_cases",
    query="service_cases",
    columns=(
        trade.number_that_opens("service_case"),
        trade.STATE,
        _KIND,
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        trade.REASON,
        Column("priority", "word.priority", "count"),
        _OWNER,
        *TIME_LEFT,
        Column("against_number", "word.against", "code"),
        Column("outcome", "word.outcome", "word", family="case_outcome"),
        trade.EXTERNAL,
        trade.NOTE,
    ),
    filters=(
        trade.state_filter("open", "inspected", "decided", "settled", "closed", "rejected"),
        Filter("case_kind", "word.case_kind", _KINDS, family="case_kind"),
    ),
    create=("open_service_case", "open_service_case", "action.open_service_case"),
    empty="empty.service_cases",
)


def _form_action(
    label: str, command: str, states: tuple[str, ...], icon: str, *, primary: bool = False, seldom: bool = False
) -> Action:
    return Action(label, command, states, icon, form=command, primary=primary, seldom=seldom)


DOCUMENT: Final = DocumentScreen(
    path="service_case",
    kind="service_case",
    steps=("open", "inspected", "decided", "settled", "closed"),
    listed_at="service_cases",
    facts=(
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        trade.REASON,
        Column("priority", "word.priority", "count"),
        trade.EXTERNAL,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=(),
    sections=(
        Section(
            "case_details",
            "document.case",
            (
                _KIND,
                Column("against_number", "word.against", "code"),
                Column("outcome", "word.outcome", "word", family="case_outcome"),
                _OWNER,
                Column("contact_name", "word.contact_name"),
                Column("contact_phone", "word.phone", "code"),
                *TIME_LEFT,
            ),
        ),
        CLOCKS,
        FEEDBACK,
        Section(
            "case_lines",
            "document.case_lines",
            (
                trade.LINE,
                trade.ITEM_CODE,
                trade.ITEM_NAME,
                _LOT,
                Column("fault", "word.fault"),
                trade.QUANTITY,
                trade.UNIT,
                Column("received_quantity", "word.received_quantity", "quantity"),
                Column("restock_quantity", "case_disposition.restock", "quantity", if_any=True),
                Column("rework_quantity", "case_disposition.rework", "quantity", if_any=True),
                Column("scrap_quantity", "case_disposition.scrap", "quantity", if_any=True),
                Column("to_supplier_quantity", "case_disposition.to_supplier", "quantity", if_any=True),
            ),
        ),
        Section(
            "case_findings",
            "document.case_findings",
            (
                trade.LINE,
                Column("item_code", "term.item_number", "code"),
                Column("finding", "word.finding", "word", family="case_finding"),
                trade.QUANTITY,
                Column("note", "word.note"),
                Column("made_by_name", "word.inspected_by"),
                Column("made_at", "word.inspected_at", "moment"),
            ),
        ),
        REPAIRS_OF_CASE,
        CLAIMS,
        Section(
            "case_totals",
            "document.case_totals",
            (
                Column("credited_total", "word.credited_amount", "amount"),
                Column("invoiced_total", "word.replacement_amount", "amount"),
                Column("customer_balance", "word.customer_balance", "amount"),
                Column("goods_back", "word.goods_back", "amount"),
                Column("scrapped", "word.scrapped_value", "amount"),
                Column("to_supplier", "word.to_supplier_value", "amount"),
                Column("replacement_cost", "word.replacement_cost", "amount"),
                Column("result", "word.case_result", "amount"),
                trade.CURRENCY,
            ),
        ),
        Section(
            "case_documents",
            "document.case_documents",
            (
                Column("kind", "word.kind", "word", family="kind"),
                trade.NUMBER,
                trade.STATE,
                Column("on_day", "word.posted_on", "date"),
                Column("total_amount", "word.total_amount", "amount"),
                Column("stock_value", "word.stock_change", "amount"),
            ),
        ),
        MEASURES,
        Section(
            "case_recall",
            "document.case_recall",
            (
                Column("role", "word.recall_role", "word", family="recall_role"),
                Column("item_code", "term.item_number", "code"),
                _LOT,
                Column("party_name", "term.customer"),
                trade.NUMBER,
                Column("posted_on", "word.posted_on", "date"),
                Column("location_code", "term.bin_location", "code"),
                Column("status", "word.stock_status", "word", family="stock_status"),
                trade.QUANTITY,
            ),
        ),
        Section(
            "case_notes",
            "document.case_notes",
            (
                Column("made_at", "word.said_at", "moment"),
                Column("made_by_name", "word.created_by"),
                Column("said_to_customer", "word.said_to_customer", "flag"),
                Column("text", "word.note"),
            ),
        ),
    ),
    actions=(
        _form_action("action.receive_case_goods", "receive_case_goods", ("open",), "assignment_return"),
        _form_action("action.inspect_service_case", "inspect_service_case", ("open", "inspected"), "search"),
        _form_action("action.decide_service_case", "decide_service_case", ("open", "inspected"), "gavel", primary=True),
        _form_action("action.open_repair_order", "open_repair_order", ("open", "inspected", "decided"), "build"),
        _form_action("action.order_case_replacement", "order_case_replacement", ("decided",), "swap_horiz"),
        _form_action("action.settle_service_case", "settle_service_case", ("decided",), "handshake", primary=True),
        Action(
            "action.close_service_case",
            "close_service_case",
            ("settled",),
            "check",
            names_document="case",
            primary=True,
        ),
        claim_action("open", "inspected", "decided", "settled", "closed"),
        _form_action("action.answer_service_case", "answer_service_case", LIST.filters[0].choices, "reply"),
        _form_action(
            "action.wait_for_customer", "wait_for_customer", ("open", "inspected", "decided"), "hourglass_top"
        ),
        Action(
            "action.resume_service_case",
            "resume_service_case",
            ("open", "inspected", "decided"),
            "play_arrow",
            names_document="case",
        ),
        _form_action("action.add_case_note", "add_case_note", LIST.filters[0].choices, "edit_note", seldom=True),
        _form_action(
            "action.change_service_case",
            "change_service_case",
            ("open", "inspected", "decided", "settled"),
            "edit",
            seldom=True,
        ),
        Action(
            "action.reopen_service_case",
            "reopen_service_case",
            ("inspected", "decided", "rejected"),
            "undo",
            names_document="case",
            asks="ask.reopen_service_case",
            seldom=True,
        ),
        Action(
            "action.recall_case_lots",
            "recall_case_lots",
            ("open", "inspected", "decided", "settled"),
            "campaign",
            names_document="case",
            asks="ask.recall_case_lots",
            seldom=True,
        ),
        Action(
            "action.reject_service_case",
            "reject_service_case",
            ("open",),
            "block",
            names_document="case",
            asks="ask.reject_service_case",
            seldom=True,
            reason=True,
        ),
        *MEASURE_ACTIONS,
    ),
)


def _document(asked: Mapping[str, str]) -> dict[str, Any] | None:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return rows[0] if rows else None


def _case_number(asked: Mapping[str, str]) -> dict[str, Any]:
    case = _document(asked)
    return {} if case is None else {"case": case["number"]}


def _against(asked: Mapping[str, str]) -> dict[str, Any]:
    """The document that a case is opened from, and its lines of goods."""
    source = _document(asked)
    if source is None:
        return {}
    rows = gateway.ask("document_lines", document=source["id"])
    lines = [
        {
            "line": row["line"],
            "item": row["item_code"],
            "lot": row["lot_code"],
            "quantity": plain_number(row["quantity"]),
        }
        for row in rows
        if row["item_code"]
    ]
    return {"against": source["number"], "customer": source["party_code"], "kind": "return", "lines": lines}


def _to_receive(asked: Mapping[str, str]) -> dict[str, Any]:
    """What has not come back yet."""
    case = _document(asked)
    if case is None:
        return {}
    lines = [
        {"line": row["line"], "quantity": plain_number(left)}
        for row in gateway.ask("case_lines", document=case["id"])
        if (left := Decimal(row["quantity"]) - Decimal(row["received_quantity"])) > 0
    ]
    return {"case": case["number"], "lines": lines}


def _to_inspect(asked: Mapping[str, str]) -> dict[str, Any]:
    """What came back, as if all of it were good."""
    case = _document(asked)
    if case is None:
        return {}
    lines = [
        {"line": row["line"], "quantity": plain_number(Decimal(row["received_quantity"])), "finding": "good"}
        for row in gateway.ask("case_lines", document=case["id"])
        if Decimal(row["received_quantity"]) > 0
    ]
    return {"case": case["number"], "lines": lines}


def _to_decide(asked: Mapping[str, str]) -> dict[str, Any]:
    """What was found, each led to where such goods belong; less what was led there before."""
    case = _document(asked)
    if case is None:
        return {}
    rows = gateway.ask("case_lines", document=case["id"])
    led = {(row["line"], name): Decimal(row[f"{name}_quantity"]) for row in rows for name in _DISPOSITIONS}
    lines = []
    for row in gateway.ask("case_findings", document=case["id"]):
        name = _DISPOSITION_OF_FINDING[row["finding"]]
        left = Decimal(row["quantity"]) - led[(row["line"], name)]
        if left > 0:
            lines.append({"line": row["line"], "quantity": plain_number(left), "disposition": name})
    return {"case": case["number"], "lines": lines}


def _replaced(asked: Mapping[str, str]) -> dict[str, Any]:
    """The items of the case in the quantities that came back."""
    case = _document(asked)
    if case is None:
        return {}
    lines = [
        {"item": row["item_code"], "quantity": plain_number(Decimal(row["received_quantity"]))}
        for row in gateway.ask("case_lines", document=case["id"])
        if Decimal(row["received_quantity"]) > 0
    ]
    return {"case": case["number"], "lines": lines}


_CASE: Final = Input("case", "kind.service_case", needed=True)
_PEOPLE: Final = (
    Input("priority", "word.priority", "count", default="5", help="form.case_priority_help"),
    COLLEAGUE,
    Input("contact_name", "word.contact_name"),
    Input("contact_phone", "word.phone"),
)
_CASE_LINE: Final = (
    Input("line", "word.line", "count", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
)


def _draw_case_lines(data: dict[str, Any], lang: str) -> None:
    """The lines of the case that a form names, with what came back and where it went."""
    found = gateway.ask("documents_numbered", number=data["case"]) if data.get("case") else []
    if len(found) == 1 and found[0]["kind"] == DOCUMENT.kind:
        columns = next(section.columns for section in DOCUMENT.sections if section.query == "case_lines")
        rows = gateway.ask("case_lines", document=found[0]["id"])
        kept = tuple(column for column in columns if any(row.get(column.name) for row in rows))
        draw_table(kept, rows, lang)


def _step_form(command: str, lead: str, inputs: tuple[Input, ...], **more: Any) -> FormScreen:
    """The form of a step of a case, which opens the case again."""
    label = f"action.{command}"
    return FormScreen(
        path=command,
        title=label,
        command=command,
        submit=label,
        opens=more.pop("opens", "service_case"),
        lead=lead,
        inputs=(_CASE, *inputs),
        prefill=more.pop("prefill", _case_number),
        **more,
    )


FORMS: Final = (
    FormScreen(
        path="open_service_case",
        title="action.open_service_case",
        command="open_service_case",
        submit="action.open_service_case",
        opens="service_case",
        lead="form.case_lead",
        inputs=(
            Input("kind", "word.case_kind", "choice", needed=True, choices=_KINDS, family="case_kind"),
            REASON_INPUT,
            Input("against", "word.against", help="form.case_against_help"),
            Input("customer", "term.customer", "lookup", query="parties", arguments={"role": "customer"}),
            *_PEOPLE,
            Input("document_on", "word.document_on", "date"),
            trade.EXTERNAL_INPUT,
            trade.NOTE_INPUT,
        ),
        lines=(
            Input("line", "word.line", "count", help="form.case_line_help"),
            Input("item", "term.item_number"),
            Input("lot", "term.lot_batch"),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("fault", "word.fault"),
        ),
        lines_needed=False,
        prefill=_against,
    ),
    _step_form(
        "receive_case_goods",
        "form.receive_case_lead",
        (
            Input("posted_on", "word.posted_on", "date"),
            Input("location", "word.to_location", "lookup", query="locations", arguments={"kind": "storage"}),
            Input("replacement", "word.replacement", "flag", help="form.replacement_help"),
        ),
        lines=(*_CASE_LINE, Input("location", "term.bin_location")),
        lines_needed=False,
        preview=_draw_case_lines,
        prefill=_to_receive,
    ),
    _step_form(
        "inspect_service_case",
        "form.inspect_case_lead",
        (),
        lines=(
            *_CASE_LINE,
            Input("finding", "word.finding", "choice", needed=True, choices=_FINDINGS, family="case_finding"),
            Input("note", "word.note"),
        ),
        preview=_draw_case_lines,
        prefill=_to_inspect,
    ),
    _step_form(
        "decide_service_case",
        "form.decide_case_lead",
        (
            Input("outcome", "word.outcome", "choice", needed=True, choices=_OUTCOMES, family="case_outcome"),
            Input("posted_on", "word.posted_on", "date"),
            trade.NOTE_INPUT,
        ),
        lines=(
            *_CASE_LINE,
            Input(
                "disposition",
                "word.disposition",
                "choice",
                needed=True,
                choices=_DISPOSITIONS,
                family="case_disposition",
            ),
            Input("location", "term.bin_location"),
            Input("receipt", "word.goods_receipt", help="form.case_receipt_help"),
            Input("receipt_line", "word.receipt_line", "count"),
        ),
        lines_needed=False,
        preview=_draw_case_lines,
        prefill=_to_decide,
    ),
    _step_form(
        "order_case_replacement",
        "form.replace_case_lead",
        (Input("document_on", "word.document_on", "date"),),
        lines=(
            Input("item", "term.item_number", needed=True),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("unit_price", "word.unit_price", "price"),
            Input("discount_rate", "word.discount_percent", "share"),
        ),
        opens="sales_order",
        prefill=_replaced,
    ),
    _step_form(
        "settle_service_case",
        "form.settle_case_lead",
        (Input("posted_on", "word.posted_on", "date"),),
        lines=(
            Input("invoice", "kind.customer_invoice", needed=True),
            Input("line", "word.line", "count", needed=True),
            Input("amount", "word.allowance", "amount", needed=True),
        ),
        lines_name="allowances",
        lines_needed=False,
    ),
    _step_form("answer_service_case", "form.answer_case_lead", (Input("text", "word.said", "note", needed=True),)),
    _step_form("wait_for_customer", "form.wait_case_lead", (Input("text", "word.said", "note", needed=True),)),
    _step_form("add_case_note", "form.case_note_lead", (Input("text", "word.note", "note", needed=True),)),
    _step_form("change_service_case", "form.change_case_lead", _PEOPLE),
)


def _draw_case() -> None:
    draw_document(DOCUMENT, pages=trade.DOCUMENT_PAGES)
    draw_files()


CASE_PAGES: Final = (
    Page(LIST.path, LIST.title, _ICON, partial(draw_list, LIST), query=LIST.query),
    Page(DOCUMENT.path, "kind.service_case", _ICON, _draw_case, query=LIST.query, listed=False),
    *(trade.form_page(form, _ICON) for form in FORMS),
    *MEASURE_PAGES,
    *LEVEL_PAGES,
    *FEEDBACK_PAGES,
    *WARRANTY_PAGES,
    *PIECE_PAGES,
)
