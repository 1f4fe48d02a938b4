"""Blanket orders: what is agreed for a time, what was called off of it, and the forms to agree and to call off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

_VALID_FROM: Final = Column("document_on", "word.valid_from", "date")
_VALID_UNTIL: Final = Column("due_on", "word.valid_until", "date")
_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    Column("quantity", "word.agreed_quantity", "quantity"),
    trade.UNIT,
    Column("fulfilled_quantity", "word.called_off_quantity", "quantity"),
    Column("open_quantity", "word.open_quantity", "quantity"),
    trade.UNIT_PRICE,
    trade.NET,
    trade.TAX,
)

LIST: Final = ListScreen(
    path="blanket_orders",
    title="nav.blanket_orders",
    query="blanket_orders",
    columns=(
        trade.number_that_opens("blanket_order"),
        trade.STATE,
        trade.party("term.supplier"),
        _VALID_FROM,
        _VALID_UNTIL,
        trade.NET,
        trade.TOTAL,
        trade.CURRENCY,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("draft", "confirmed", "closed", "cancelled"),),
    create=("new_blanket_order", "create_blanket_order", "action.new_blanket_order"),
    empty="empty.blanket_orders",
)

DOCUMENT: Final = DocumentScreen(
    path="blanket_order",
    kind="blanket_order",
    steps=trade.ORDER_LIFE,
    listed_at="blanket_orders",
    facts=(
        trade.party("term.supplier"),
        _VALID_FROM,
        _VALID_UNTIL,
        trade.EXTERNAL,
        *trade.IN_CURRENCY,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=_LINES,
    sections=(
        Section(
            "blanket_commitment",
            "document.commitment",
            (
                trade.LINE,
                Column("item_code", "term.item_number", "code"),
                Column("agreed_amount", "word.agreed_amount", "amount", total=True),
                Column("called_off_amount", "word.called_off_amount", "amount", total=True),
                Column("open_amount", "word.still_committed", "amount", total=True),
                trade.CURRENCY,
            ),
        ),
        Section(
            "blanket_prices",
            "document.price_breaks",
            (
                trade.LINE,
                Column("item_code", "term.item_number", "code"),
                Column("from_quantity", "word.from_quantity", "quantity"),
                trade.UNIT_PRICE,
            ),
        ),
    ),
    actions=(
        Action(
            "action.confirm", "confirm_blanket_order", ("draft",), "task_alt", names_document="blanket", primary=True
        ),
        Action(
            "action.call_off", "call_off_blanket_order", ("confirmed",), "shopping_bag", form="call_off", primary=True
        ),
        Action(
            "action.close",
            "close_blanket_order",
            ("confirmed",),
            "inventory",
            names_document="blanket",
            asks="ask.close_blanket",
        ),
        Action(
            "action.cancel_blanket",
            "cancel_blanket_order",
            ("draft", "confirmed"),
            "cancel",
            names_document="blanket",
            asks="ask.cancel_blanket",
        ),
    ),
)

FORM: Final = FormScreen(
    path="new_blanket_order",
    title="action.new_blanket_order",
    command="create_blanket_order",
    submit="action.book_order",
    opens="blanket_order",
    lead="form.blanket_lead",
    inputs=(
        Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
        trade.CURRENCY_INPUT,
        Input("valid_from", "word.valid_from", "date", default=gateway.today),
        Input("valid_until", "word.valid_until", "date", needed=True),
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.agreed_quantity", "quantity"),
        Input("unit", "word.unit"),
        Input("unit_price", "word.unit_price", "price", needed=True),
        Input("from_quantity", "word.from_quantity", "quantity", help="form.blanket_break_help"),
    ),
)


def _still_agreed(asked: Mapping[str, str]) -> dict[str, Any]:
    filled = fulfilment.open_lines(asked, done="fulfilled_quantity")
    return {"blanket": filled["order"], "lines": filled["lines"]} if filled else {}


def draw_blanket(data: dict[str, Any], lang: str) -> None:
    """What is agreed and what is left of it."""
    named = data.get("blanket")
    found = gateway.ask("documents_numbered", number=named, kind="blanket_order") if named else []
    if len(found) == 1:
        rows = gateway.ask("document_lines", document=found[0]["id"])
        draw_table(_LINES, [{**row, "currency": found[0]["currency"]} for row in rows], lang)


CALL_OFF_FORM: Final = FormScreen(
    path="call_off",
    title="action.call_off",
    command="call_off_blanket_order",
    submit="action.call_off",
    opens="purchase_order",
    lead="form.call_off_lead",
    inputs=(
        Input("blanket", "kind.blanket_order", needed=True),
        Input("document_on", "word.document_on", "date"),
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("due_on", "word.due_on", "date"),
    ),
    preview=draw_blanket,
    prefill=_still_agreed,
)

BLANKET_ORDERS: Final = trade.Described("contract", LIST, DOCUMENT, (FORM, CALL_OFF_FORM))
