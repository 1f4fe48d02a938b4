"""Purchase requisitions: what is needed and why, the form to ask for it, and the form that orders it without asking for prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

LIST: Final = ListScreen(
    path="purchase_requisitions",
    title="nav.purchase_requisitions",
    query="purchase_requisitions",
    columns=(
        trade.number_that_opens("purchase_requisition"),
        trade.STATE,
        trade.DOCUMENT_ON,
        Column("due_on", "word.needed_by", "date"),
        Column("net_amount", "word.estimated_amount", "amount", total=True),
        trade.CURRENCY,
        Column("caused_by", "word.caused_by", "code"),
        trade.EXTERNAL,
        trade.NOTE,
    ),
    filters=(trade.state_filter("draft", "confirmed", "closed", "cancelled"),),
    create=("new_purchase_requisition", "create_purchase_requisition", "action.new_purchase_requisition"),
    empty="empty.purchase_requisitions",
)

_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    trade.QUANTITY,
    trade.UNIT,
    Column("fulfilled_quantity", "word.ordered_quantity", "quantity"),
    Column("due_on", "word.needed_by", "date"),
    Column("supplier_name", "word.suggested_supplier", opens="party", opens_by="supplier_id"),
    Column("unit_price", "word.estimated_price", "price"),
    Column("net_amount", "word.estimated_amount", "amount", total=True),
    Column("description", "word.why"),
)

DOCUMENT: Final = DocumentScreen(
    path="purchase_requisition",
    kind="purchase_requisition",
    steps=trade.ORDER_LIFE,
    listed_at="purchase_requisitions",
    facts=(
        trade.DOCUMENT_ON,
        Column("due_on", "word.needed_by", "date"),
        trade.EXTERNAL,
        Column("caused_by", "word.caused_by", "code"),
        *trade.IN_CURRENCY,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=_LINES,
    actions=(
        Action(
            "action.confirm",
            "confirm_purchase_requisition",
            ("draft",),
            "task_alt",
            names_document="requisition",
            primary=True,
        ),
        Action(
            "action.request_quotations",
            "request_quotations",
            ("confirmed",),
            "forum",
            form="request_quotations",
            left=("quantity", "fulfilled_quantity"),
            primary=True,
        ),
        Action(
            "action.order_requisition",
            "order_purchase_requisition",
            ("confirmed",),
            "shopping_bag",
            form="order_requisition",
            left=("quantity", "fulfilled_quantity"),
        ),
        Action(
            "action.close",
            "close_purchase_requisition",
            ("confirmed",),
            "inventory",
            names_document="requisition",
            asks="ask.close_requisition",
        ),
        Action(
            "action.cancel_requisition",
            "cancel_purchase_requisition",
            ("draft", "confirmed"),
            "cancel",
            names_document="requisition",
            asks="ask.cancel_requisition",
        ),
    ),
)

FORM: Final = FormScreen(
    path="new_purchase_requisition",
    title="action.new_purchase_requisition",
    command="create_purchase_requisition",
    submit="action.book_requisition",
    opens="purchase_requisition",
    lead="form.requisition_lead",
    inputs=(
        Input("document_on", "word.document_on", "date", default=gateway.today),
        Input(
            "currency", "word.currency", "lookup", query="currencies", help="form.estimate_currency_help", seldom=True
        ),
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("unit", "word.unit"),
        Input("needed_by", "word.needed_by", "date"),
        Input("supplier", "word.suggested_supplier"),
        Input("estimated_price", "word.estimated_price", "price", help="form.estimate_help"),
        Input("reason", "word.why"),
    ),
)


def _open_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    filled = fulfilment.open_lines(asked, done="fulfilled_quantity")
    if not filled:
        return {}
    rows = {row["line"]: row for row in gateway.ask("document_lines", document=int(asked["order"]))}
    lines = [{**line, "supplier": rows[line["line"]]["supplier_code"]} for line in filled["lines"]]
    return {"requisition": filled["order"], "lines": lines}


def draw_requisition(data: dict[str, Any], lang: str) -> None:
    """The lines of the requisition that a form carries on."""
    if not data.get("requisition"):
        return
    found = gateway.ask("documents_numbered", number=data["requisition"], kind="purchase_requisition")
    if len(found) == 1:
        rows = gateway.ask("document_lines", document=found[0]["id"])
        shown = tuple(column for column in _LINES if any(row.get(column.name) not in (None, "") for row in rows))
        draw_table(shown, [{**row, "currency": found[0]["currency"]} for row in rows], lang)


ORDER_FORM: Final = FormScreen(
    path="order_requisition",
    title="action.order_requisition",
    command="order_purchase_requisition",
    submit="action.order_requisition",
    opens="purchase_requisition",
    lead="form.order_requisition_lead",
    inputs=(
        Input("requisition", "term.purchase_requisition", needed=True),
        trade.CURRENCY_INPUT,
        Input("document_on", "word.document_on", "date"),
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity"),
        Input("supplier", "term.supplier"),
        Input("unit_price", "word.unit_price", "price", help="form.price_help"),
        Input("due_on", "word.due_on", "date"),
    ),
    lines_needed=False,
    preview=draw_requisition,
    prefill=_open_lines,
)


def open_of_requisition(asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is still to be ordered of the requisition that the address names, as lines to ask prices for."""
    filled = fulfilment.open_lines(asked, done="fulfilled_quantity")
    if not filled:
        return []
    rows = {row["line"]: row for row in gateway.ask("document_lines", document=int(asked["order"]))}
    return [
        {
            "requisition": filled["order"],
            "line": line["line"],
            "quantity": line["quantity"],
            "needed_by": _iso(rows[line["line"]]["due_on"]),
        }
        for line in filled["lines"]
        if Decimal(line["quantity"]) > 0
    ]


def _iso(day: Any) -> str | None:
    return None if day is None else str(day)


PURCHASE_REQUISITIONS: Final = trade.Described("assignment", LIST, DOCUMENT, (FORM, ORDER_FORM))
