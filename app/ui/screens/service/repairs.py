"""Repairs: the list, the page of one with its piece, its split and its cost, the form of each step, and its documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.screens.service.warranty import CLAIMS, claim_action
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

_ICON: Final = "build"
_SERIAL: Final = Column("lot_code", "term.lot_batch", "code")
_PIECE: Final = Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id")
_CASE: Final = Column("case_number", "kind.service_case", "code", opens="service_case", opens_by="case_id")
_GROSS: Final = Column("gross_amount", "word.estimate_amount", "amount", total=True)
_CUSTOMER: Final = Column("net_amount", "word.customer_share_amount", "amount", total=True)
_WARRANTY: Final = Column("warranty_amount", "word.warranty_share_amount", "amount", total=True)
_INVOICED: Final = Column("invoiced_amount", "word.invoiced_net", "amount")
_COST: Final = Column("cost", "word.repair_cost", "price")
_WARRANTY_COST: Final = Column("warranty_cost", "word.cost_borne_warranty", "price")
_SHARED: Final = ("draft", "offered", "released", "finished", "rejected")
_STATES: Final = ("draft", "offered", "released", "finished", "rejected", "settled", "cancelled")

REPAIRS_OF_CASE: Final = Section(
    "case_repairs",
    "document.case_repairs",
    (
        trade.number_that_opens("repair_order"),
        trade.STATE,
        Column("item_code", "term.item_number", "code"),
        _SERIAL,
        _GROSS,
        _CUSTOMER,
        _WARRANTY,
        _INVOICED,
        Column("currency", "word.currency", "code"),
        _COST,
        _WARRANTY_COST,
        Column("home_currency", "word.cost_currency", "code"),
    ),
)
_LINES: Final = Section(
    "repair_lines",
    "document.repair_lines",
    (
        trade.LINE,
        Column("kind", "word.kind", "word", family="repair_line_kind"),
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        Column("description", "word.description"),
        trade.QUANTITY,
        Column("used_quantity", "word.used_quantity", "quantity", if_any=True),
        trade.UNIT,
        trade.UNIT_PRICE,
        Column("discount_rate", "word.warranty_share", "share", if_any=True),
        _GROSS,
        _CUSTOMER,
        _WARRANTY,
        trade.TAX,
        Column("work_center_code", "word.work_center", "code"),
    ),
)

LIST: Final = ListScreen(
    path="repairs",
    title="nav.repairs",
    query="repairs",
    columns=(
        trade.number_that_opens("repair_order"),
        trade.STATE,
        trade.party("term.customer"),
        _PIECE,
        trade.ITEM_NAME,
        _SERIAL,
        _CASE,
        Column("received_on", "word.piece_received_on", "date"),
        Column("received_at", "word.piece_place"),
        Column("warranty_until", "word.warranty_until", "date"),
        trade.DUE_ON,
        _CUSTOMER,
        trade.CURRENCY,
        Column("returned_on", "word.piece_returned_on", "date"),
        Column("fault", "word.fault", chosen=False),
    ),
    filters=(trade.state_filter(*_STATES),),
    empty="empty.repairs",
)


def _form_action(command: str, states: tuple[str, ...], icon: str, *, primary: bool = False) -> Action:
    return Action(f"action.{command}", command, states, icon, form=command, primary=primary)


DOCUMENT: Final = DocumentScreen(
    path="repair_order",
    kind="repair_order",
    steps=("draft", "offered", "released", "finished", "settled"),
    listed_at="repairs",
    facts=(
        trade.party("term.customer"),
        _PIECE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.DOCUMENT_ON,
        trade.DUE_ON,
        *trade.IN_CURRENCY,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=(),
    sections=(
        Section(
            "repair_details",
            "document.repair",
            (
                _SERIAL,
                _CASE,
                Column("fault", "word.fault"),
                Column("received_on", "word.piece_received_on", "date"),
                Column("received_at", "word.piece_place"),
                Column("accessories", "word.accessories"),
                Column("warranty_until", "word.warranty_until", "date"),
                Column("diagnosis", "word.diagnosis"),
                Column("diagnosis_fee", "word.diagnosis_fee", "amount"),
                Column("answered_on", "word.answered_on", "date"),
                Column("answered_by", "word.answered_by"),
                Column("report", "word.repair_report"),
                Column("returned_on", "word.piece_returned_on", "date"),
                Column("handed_to", "word.handed_to"),
                Column("carrier_name", "word.carrier"),
                Column("tracking_number", "word.tracking_number", "code"),
            ),
        ),
        _LINES,
        Section(
            "repair_links",
            "document.order_links",
            (Column("path", "word.customer_link", "code"), Column("expires_at", "word.valid_until", "moment")),
        ),
        Section(
            "repair_totals",
            "document.repair_totals",
            (
                _GROSS,
                _CUSTOMER,
                _WARRANTY,
                trade.TAX,
                _INVOICED,
                _COST,
                Column("customer_cost", "word.cost_borne_customer", "price"),
                _WARRANTY_COST,
                Column("margin", "word.repair_margin", "price"),
                Column("currency", "word.currency", "code"),
                Column("home_currency", "word.cost_currency", "code"),
            ),
        ),
        Section(
            "removed_parts",
            "document.removed_parts",
            (
                trade.LINE,
                trade.ITEM_CODE,
                trade.ITEM_NAME,
                _SERIAL,
                trade.QUANTITY,
                Column("whereabouts", "word.whereabouts", "word", family="whereabouts"),
                Column("removed_on", "word.removed_on", "date"),
                Column("remark", "word.note"),
            ),
        ),
        Section(
            "repair_documents",
            "document.repair_documents",
            (
                Column("kind", "word.kind", "word", family="kind"),
                trade.NUMBER,
                trade.STATE,
                Column("on_day", "word.posted_on", "date"),
                Column("total_amount", "word.total_amount", "amount"),
                Column("currency", "word.currency", "code"),
                Column("stock_value", "word.stock_change", "amount"),
                Column("labour_cost", "word.labour_cost", "amount"),
            ),
        ),
        CLAIMS,
    ),
    actions=(
        _form_action("put_repair_estimate", ("draft", "offered", "released"), "request_quote"),
        Action(
            "action.offer_repair_estimate",
            "offer_repair_estimate",
            ("draft",),
            "send",
            names_document="repair",
            primary=True,
        ),
        _form_action("approve_repair_estimate", ("draft", "offered"), "thumb_up", primary=True),
        _form_action("decline_repair_estimate", ("offered",), "thumb_down"),
        Action("action.share_order", "share_repair", _SHARED, "share", names_document="repair"),
        Action(
            "action.revoke_links",
            "revoke_repair_links",
            _STATES,
            "link_off",
            names_document="repair",
            asks="ask.revoke_links",
            seldom=True,
        ),
        _form_action("issue_repair_parts", ("released",), "outbox"),
        _form_action("return_repair_parts", ("released",), "move_to_inbox"),
        _form_action("put_removed_parts", (*_SHARED, "settled"), "eject"),
        _form_action("report_repair_hours", ("released",), "schedule"),
        _form_action("finish_repair", ("released",), "task_alt", primary=True),
        _form_action("invoice_repair", ("finished", "rejected"), "receipt_long", primary=True),
        _form_action("return_repaired_piece", ("finished", "rejected"), "local_shipping"),
        claim_action("finished", "settled"),
        Action(
            "action.cancel_repair_order",
            "cancel_repair_order",
            ("draft", "offered", "released"),
            "cancel",
            names_document="repair",
            asks="ask.cancel_repair_order",
        ),
    ),
)


def _named(asked: Mapping[str, str]) -> dict[str, Any] | None:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return rows[0] if rows else None


def _repair_number(asked: Mapping[str, str]) -> dict[str, Any]:
    repair = _named(asked)
    return {} if repair is None else {"repair": repair["number"]}


def _case_number(asked: Mapping[str, str]) -> dict[str, Any]:
    case = _named(asked)
    return {} if case is None else {"case": case["number"]}


def _lines_of(repair: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [row for row in gateway.ask("repair_lines", document=repair["id"]) if row["kind"] == kind]


def _to_issue(asked: Mapping[str, str]) -> dict[str, Any]:
    """What of each part is not issued yet."""
    repair = _named(asked)
    if repair is None:
        return {}
    lines = [
        {"line": row["line"], "quantity": plain_number(left)}
        for row in _lines_of(repair, "component")
        if (left := Decimal(row["quantity"]) - Decimal(row["used_quantity"])) > 0
    ]
    return {"repair": repair["number"], "lines": lines}


def _to_report(asked: Mapping[str, str]) -> dict[str, Any]:
    """What of each line of labour is not worked yet."""
    repair = _named(asked)
    if repair is None:
        return {}
    lines = [
        {"line": row["line"], "hours": plain_number(left)}
        for row in _lines_of(repair, "labour")
        if (left := Decimal(row["quantity"]) - Decimal(row["used_quantity"])) > 0
    ]
    return {"repair": repair["number"], "lines": lines}


def _taken_out(asked: Mapping[str, str]) -> dict[str, Any]:
    """The parts that were taken out as they stand, to be changed."""
    repair = _named(asked)
    if repair is None:
        return {}
    lines = [
        {
            "line": row["line"],
            "item": row["item_code"],
            "quantity": plain_number(Decimal(row["quantity"])),
            "lot": row["known_lot"] if row["serial"] is None else None,
            "serials": row["serial"],
            "whereabouts": row["whereabouts"],
            "note": row["remark"],
        }
        for row in gateway.ask("removed_parts", document=repair["id"])
    ]
    return {"repair": repair["number"], "lines": lines}


def _estimated(asked: Mapping[str, str]) -> dict[str, Any]:
    """The estimate as it stands, to be changed."""
    repair = _named(asked)
    if repair is None:
        return {}
    (details,) = gateway.ask("repair_details", document=repair["id"])
    lines = [
        {
            "line": row["line"],
            "kind": "part" if row["kind"] == "component" else "labour",
            "item": row["item_code"],
            "description": row["description"],
            "work_center": row["work_center_code"],
            "quantity": plain_number(Decimal(row["quantity"])),
            "unit_price": plain_number(Decimal(row["unit_price"])),
            "warranty_share": plain_number(Decimal(row["discount_rate"]) * 100),
            "tax_code": row["tax_code"],
        }
        for row in gateway.ask("repair_lines", document=repair["id"])
    ]
    fee = plain_number(Decimal(details["diagnosis_fee"]))
    given = {"repair": repair["number"], "diagnosis": details["diagnosis"], "diagnosis_fee": fee, "lines": lines}
    return {name: value for name, value in given.items() if value}


def _draw_repair_lines(data: dict[str, Any], lang: str) -> None:
    """The estimate of the repair that a form names, and what was used of it."""
    found = gateway.ask("documents_numbered", number=data["repair"]) if data.get("repair") else []
    if len(found) == 1 and found[0]["kind"] == DOCUMENT.kind:
        rows = gateway.ask("repair_lines", document=found[0]["id"])
        kept = tuple(column for column in _LINES.columns if any(row.get(column.name) for row in rows))
        draw_table(kept, rows, lang)


_REPAIR: Final = Input("repair", "kind.repair_order", needed=True)
_POSTED_ON: Final = Input("posted_on", "word.posted_on", "date")
_LINE: Final = Input("line", "word.line", "count", needed=True)
_PLACE: Final = Input("location", "term.bin_location")
_LOT: Final = Input("lot", "term.lot_batch")
_SERIALS: Final = Input("serials", "word.serials", help="form.serials_help")
_WHEREABOUTS: Final = ("kept", "scrapped", "given_back", "to_supplier")
_ANSWERED_ON: Final = Input("answered_on", "word.answered_on", "date")


def _step_form(command: str, lead: str, inputs: tuple[Input, ...], **more: Any) -> FormScreen:
    """The form of a step of a repair, which opens the repair or the document that it made."""
    label = f"action.{command}"
    return FormScreen(
        path=command,
        title=label,
        command=command,
        submit=label,
        opens=more.pop("opens", "repair_order"),
        lead=lead,
        inputs=(_REPAIR, *inputs),
        prefill=more.pop("prefill", _repair_number),
        preview=_draw_repair_lines,
        **more,
    )


FORMS: Final = (
    FormScreen(
        path="open_repair_order",
        title="action.open_repair_order",
        command="open_repair_order",
        submit="action.open_repair_order",
        opens="repair_order",
        lead="form.open_repair_lead",
        inputs=(
            Input("case", "kind.service_case", needed=True),
            Input("line", "word.line", "count", needed=True, default="1"),
            Input("quantity", "word.quantity", "quantity", help="form.repair_quantity_help"),
            _LOT,
            Input("received_on", "word.piece_received_on", "date"),
            Input("received_at", "word.piece_place"),
            Input("accessories", "word.accessories"),
            Input("warranty_until", "word.warranty_until", "date", help="form.repair_warranty_help"),
            Input("due_on", "word.due_on", "date"),
            trade.CURRENCY_INPUT,
            trade.NOTE_INPUT,
        ),
        prefill=_case_number,
    ),
    _step_form(
        "put_repair_estimate",
        "form.estimate_lead",
        (
            Input("diagnosis", "word.diagnosis", "note", needed=True),
            Input("diagnosis_fee", "word.diagnosis_fee", "amount"),
            Input("fee_tax_code", "word.fee_tax_code"),
            Input("valid_until", "word.valid_until", "date"),
        ),
        lines=(
            Input("line", "word.line", "count", help="form.estimate_line_help"),
            Input("kind", "word.kind", "choice", needed=True, choices=("part", "labour"), family="repair_line_kind"),
            Input("item", "term.item_number"),
            Input("description", "word.description"),
            Input("work_center", "word.work_center"),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("unit_price", "word.unit_price", "price"),
            Input("cost_per_hour", "word.cost_per_hour", "price", help="form.labour_cost_help"),
            Input("warranty_share", "word.warranty_share", "share", help="form.warranty_share_help"),
            Input("tax_code", "word.tax_code"),
        ),
        prefill=_estimated,
    ),
    _step_form(
        "approve_repair_estimate",
        "form.approve_repair_lead",
        (_ANSWERED_ON, Input("answered_by", "word.answered_by")),
    ),
    _step_form(
        "decline_repair_estimate",
        "form.decline_repair_lead",
        (
            _ANSWERED_ON,
            Input("answered_by", "word.answered_by", needed=True),
            Input("waive_fee", "word.waive_fee", "flag", default=False),
        ),
    ),
    _step_form(
        "issue_repair_parts",
        "form.issue_repair_lead",
        (
            _POSTED_ON,
            Input("location", "word.from_location", "lookup", query="locations", arguments={"kind": "storage"}),
        ),
        lines=(_LINE, Input("quantity", "word.quantity", "quantity", needed=True), _PLACE, _LOT, _SERIALS),
        lines_needed=False,
        opens="material_issue",
        prefill=_to_issue,
    ),
    _step_form(
        "return_repair_parts",
        "form.return_parts_lead",
        (_POSTED_ON,),
        lines=(_LINE, Input("quantity", "word.quantity", "quantity", needed=True), _PLACE, _LOT, _SERIALS),
        opens="material_return",
    ),
    _step_form(
        "put_removed_parts",
        "form.removed_parts_lead",
        (Input("removed_on", "word.removed_on", "date"),),
        lines=(
            _LINE,
            Input("item", "term.item_number", help="form.removed_item_help"),
            Input("quantity", "word.quantity", "quantity", default="1"),
            _LOT,
            _SERIALS,
            Input("whereabouts", "word.whereabouts", "choice", choices=_WHEREABOUTS, family="whereabouts"),
            Input("note", "word.note"),
        ),
        lines_needed=False,
        prefill=_taken_out,
    ),
    _step_form(
        "report_repair_hours",
        "form.report_hours_lead",
        (_POSTED_ON,),
        lines=(_LINE, Input("hours", "word.hours", "quantity", needed=True), Input("note", "word.note")),
        opens="labour_report",
        prefill=_to_report,
    ),
    _step_form(
        "finish_repair",
        "form.finish_repair_lead",
        (_POSTED_ON, Input("report", "word.repair_report", "note")),
        opens="repair_completion",
    ),
    _step_form(
        "invoice_repair",
        "form.invoice_repair_lead",
        (_POSTED_ON, Input("due_on", "word.due_on", "date")),
        opens="customer_invoice",
    ),
    _step_form(
        "return_repaired_piece",
        "form.return_piece_lead",
        (
            Input("returned_on", "word.piece_returned_on", "date"),
            Input("handed_to", "word.handed_to"),
            Input("carrier_name", "word.carrier"),
            Input("tracking_number", "word.tracking_number"),
        ),
    ),
)


def _posted(kind: str, query: str, icon: str, *lines: Column) -> trade.Described:
    return trade.Described(
        icon,
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(trade.number_that_opens(kind), trade.STATE, trade.POSTED_ON),
            filters=(trade.state_filter("posted", "reversed"),),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(trade.POSTED_ON, trade.MADE_BY, trade.REVERSED_BY, trade.NOTE),
            lines=lines,
            actions=(trade.REVERSE,),
        ),
    )


_GOODS: Final = (trade.LINE, trade.ITEM_CODE, trade.ITEM_NAME, trade.QUANTITY, trade.UNIT)
MATERIAL_RETURNS: Final = _posted(
    "material_return",
    "material_returns",
    "move_to_inbox",
    *_GOODS,
    _SERIAL,
    Column("location_code", "term.bin_location", "code"),
)
LABOUR_REPORTS: Final = _posted(
    "labour_report",
    "labour_reports",
    "schedule",
    trade.LINE,
    Column("description", "word.description"),
    Column("quantity", "word.hours", "quantity"),
)
COMPLETIONS: Final = _posted(
    "repair_completion", "repair_completions", "task_alt", *_GOODS, Column("description", "word.description")
)

REPAIR_PAGES: Final[tuple[Page, ...]] = (
    *trade.Described(_ICON, LIST, DOCUMENT, FORMS).pages(),
    *MATERIAL_RETURNS.pages(),
    *LABOUR_REPORTS.pages(),
    *COMPLETIONS.pages(),
)
