"""Goods taken before their receipt was booked: the report of what is open, the document with what settled it, and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.inventory.documents import draw_availability
from app.ui.screens.page import Page
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column
from schemas.vocabulary.documents import AdvancePurpose, AdvanceReturnReason

_ICON: Final = "exit_to_app"
_PURPOSES: Final = tuple(purpose.value for purpose in AdvancePurpose)
_PURPOSE_OF: Final = {"production_order": AdvancePurpose.PRODUCTION.value, "sales_order": AdvancePurpose.SALE.value}
_PLACE: Final = Column("location_code", "term.bin_location", "code")
_LOT: Final = Column("lot_code", "term.lot_batch", "code")
_DEPARTMENT: Final = Column("department", "word.department")
_SETTLED: Final = Column("settled_quantity", "word.settled_quantity", "quantity")
_RETURNED: Final = Column("returned_quantity", "word.brought_back_quantity", "quantity")
_OPEN: Final = Column("open_quantity", "word.open_quantity", "quantity")

SETTLED_ADVANCES: Final = Section(
    "advance_settlements",
    "document.advance_settlements",
    (
        Column("advance_number", "kind.advance_issue", "code", opens="advance_issue", opens_by="advance_id"),
        Column("taken_on", "word.taken_on", "date"),
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("purpose", "word.advance_purpose", "word", family="advance_purpose"),
        _DEPARTMENT,
        Column("issue_number", "word.settled_by", "code"),
        Column("receipt_number", "word.brought_by", "code"),
        trade.POSTED_ON,
    ),
)
"""What was taken in advance and issued by the books, for the pages of both documents and of the issue."""

ISSUE_BEFORE_RECEIPT: Final = Action(
    "action.issue_before_receipt",
    "issue_before_receipt",
    ("released", "confirmed"),
    _ICON,
    form="issue_before_receipt",
    seldom=True,
)
"""Goods are taken in advance for the order whose page it stands on."""

_REPORT: Final = ListScreen(
    path="open_advance_issues",
    title="nav.open_advance_issues",
    query="open_advance_issues",
    columns=(
        Column("number", "word.number", "code", opens="advance_issue", opens_by="document_id"),
        Column("days", "word.days_open", "count", sorts=False),
        Column("document_on", "word.taken_on", "date"),
        Column("blocked_by", "word.waits_for", "word", family="advance_waits", sorts=False),
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        _OPEN,
        trade.UNIT,
        Column("purpose", "word.advance_purpose", "word", family="advance_purpose"),
        Column("order_number", "word.for_order", "code"),
        _DEPARTMENT,
        Column("expected_number", "word.expected_with", "code"),
        Column("expected_on", "word.expected_on", "date"),
        _PLACE,
        _LOT,
        trade.MADE_BY,
        trade.NOTE,
        Column("quantity", "word.taken_quantity", "quantity", chosen=False),
        Column("settled_quantity", "word.settled_quantity", "quantity", chosen=False),
        Column("returned_quantity", "word.brought_back_quantity", "quantity", chosen=False),
    ),
    filters=(Filter("purpose", "word.advance_purpose", _PURPOSES, "advance_purpose"),),
    create=("issue_before_receipt", "issue_before_receipt", "action.issue_before_receipt"),
    empty="empty.open_advance_issues",
)


def _for_order(asked: Mapping[str, str]) -> dict[str, Any]:
    """The order that the address names, and what that means goods are taken for."""
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found or found[0]["kind"] not in _PURPOSE_OF:
        return {}
    return {"order": found[0]["number"], "purpose": _PURPOSE_OF[found[0]["kind"]]}


def _named(asked: Mapping[str, str]) -> dict[str, Any]:
    """The advance issue that the address names."""
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"advance_issue": found[0]["number"]} if found else {}


def _still_open(asked: Mapping[str, str]) -> dict[str, Any]:
    """What is open of the advance issue that the address names."""
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found:
        return {}
    lines = [
        {"line": row["line"], "quantity": plain_number(Decimal(row["open_quantity"]))}
        for row in gateway.ask("advance_issue_lines", document=found[0]["id"])
        if Decimal(row["open_quantity"]) > 0
    ]
    return {"advance_issue": found[0]["number"], "lines": lines}


_TAKE: Final = FormScreen(
    path="issue_before_receipt",
    title="action.issue_before_receipt",
    command="issue_before_receipt",
    submit="action.issue_before_receipt",
    opens="advance_issue",
    lead="form.advance_lead",
    inputs=(
        Input("purpose", "word.advance_purpose", "choice", needed=True, choices=_PURPOSES, family="advance_purpose"),
        Input("order", "word.for_order", help="form.advance_order_help"),
        Input("department", "word.department", help="form.advance_department_help"),
        Input("expected", "word.expected_with", help="form.advance_expected_help"),
        Input("document_on", "word.taken_on", "date"),
        Input("note", "word.reason", "note", needed=True),
    ),
    lines=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("location", "term.bin_location", "lookup", needed=True, query="locations", arguments={"kind": "storage"}),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", help="form.serials_help"),
        Input("line", "word.order_line", "count"),
        Input("expected_line", "word.expected_line", "count"),
    ),
    preview=draw_availability,
    prefill=_for_order,
)
_SETTLE: Final = FormScreen(
    path="settle_advance_issue",
    title="action.settle_advance_issue",
    command="settle_advance_issue",
    submit="action.settle_advance_issue",
    opens="advance_issue",
    lead="form.advance_settle_lead",
    inputs=(
        Input("advance_issue", "kind.advance_issue", needed=True),
        Input("location", "term.bin_location", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("posted_on", "word.posted_on", "date"),
    ),
    prefill=_named,
)
_TAKE_BACK: Final = FormScreen(
    path="take_advance_back",
    title="action.take_advance_back",
    command="take_advance_back",
    submit="action.take_advance_back",
    opens="advance_issue",
    lead="form.advance_back_lead",
    inputs=(
        Input("advance_issue", "kind.advance_issue", needed=True),
        Input(
            "reason",
            "word.reason",
            "choice",
            needed=True,
            choices=tuple(reason.value for reason in AdvanceReturnReason),
            family="advance_return_reason",
        ),
        Input("returned_on", "word.returned_on", "date"),
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
    ),
    lines_needed=False,
    prefill=_still_open,
)
_ISSUES: Final = trade.Described(
    _ICON,
    ListScreen(
        path="advance_issues",
        title="nav.advance_issues",
        query="advance_issues",
        columns=(
            trade.number_that_opens("advance_issue"),
            trade.STATE,
            Column("document_on", "word.taken_on", "date"),
            Column("reason_code", "word.advance_purpose", "word", family="advance_purpose"),
            trade.party("term.customer"),
            Column("note", "word.reason"),
        ),
        filters=(trade.state_filter("open", "settled", "cancelled"),),
        create=(_TAKE.path, _TAKE.command, _TAKE.title),
        empty="empty.advance_issues",
    ),
    DocumentScreen(
        path="advance_issue",
        kind="advance_issue",
        steps=("open", "settled"),
        listed_at="advance_issues",
        facts=(
            Column("reason_code", "word.advance_purpose", "word", family="advance_purpose"),
            trade.party("term.customer"),
            Column("document_on", "word.taken_on", "date"),
            trade.MADE_BY,
            Column("note", "word.reason"),
        ),
        lines=(trade.LINE, trade.ITEM_CODE, trade.ITEM_NAME, trade.QUANTITY, trade.UNIT, _PLACE),
        actions=(
            Action(
                "action.settle_advance_issue",
                "settle_advance_issue",
                ("open",),
                "task_alt",
                form="settle_advance_issue",
            ),
            Action("action.take_advance_back", "take_advance_back", ("open",), "undo", form="take_advance_back"),
        ),
        sections=(
            Section(
                "advance_issue_lines",
                "document.advance_lines",
                (
                    trade.LINE,
                    Column("order_number", "word.for_order", "code"),
                    Column("order_line", "word.order_line", "code"),
                    _DEPARTMENT,
                    Column("expected_number", "word.expected_with", "code"),
                    Column("expected_line", "word.expected_line", "code"),
                    _LOT,
                    trade.QUANTITY,
                    _SETTLED,
                    _RETURNED,
                    _OPEN,
                ),
            ),
            SETTLED_ADVANCES,
        ),
    ),
    (_TAKE, _SETTLE, _TAKE_BACK),
)
_USED: Final = trade.Described(
    "room_service",
    ListScreen(
        path="internal_issues",
        title="nav.internal_issues",
        query="internal_issues",
        columns=(
            trade.number_that_opens("internal_issue"),
            trade.STATE,
            trade.POSTED_ON,
            Column("note", "word.reason"),
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        empty="empty.internal_issues",
    ),
    DocumentScreen(
        path="internal_issue",
        kind="internal_issue",
        steps=trade.POSTED_LIFE,
        listed_at="internal_issues",
        facts=(trade.POSTED_ON, trade.MADE_BY, trade.NOTE, trade.REVERSED_BY),
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            trade.UNIT,
            _PLACE,
            _LOT,
            Column("description", "word.department"),
        ),
        actions=(trade.REVERSE,),
        sections=(SETTLED_ADVANCES,),
    ),
)

ADVANCE_PAGES: Final = (
    Page(_REPORT.path, _REPORT.title, "hourglass_top", partial(draw_list, _REPORT), query=_REPORT.query),
    *_ISSUES.pages(),
    *_USED.pages(),
)
