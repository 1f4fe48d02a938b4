"""Quotations: the list, the page with its next steps, the form that quotes, and the forms that order, renew and decline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.screens.sales import freight, orders, promotions, reservations
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_VALID_UNTIL: Final = Column("due_on", "word.valid_until", "date")

LIST: Final = ListScreen(
    path="quotations",
    title="nav.quotations",
    query="quotations",
    columns=(
        trade.number_that_opens("quotation"),
        trade.STATE,
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        _VALID_UNTIL,
        trade.NET,
        trade.TOTAL,
        trade.CURRENCY,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("draft", "confirmed", "closed", "cancelled"),),
    create=("new_quotation", "create_quotation", "action.new_quotation"),
    empty="empty.quotations",
)

DOCUMENT: Final = DocumentScreen(
    path="quotation",
    kind="quotation",
    steps=trade.ORDER_LIFE,
    listed_at="quotations",
    facts=(
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        _VALID_UNTIL,
        trade.EXTERNAL,
        *trade.IN_CURRENCY,
        *trade.DELIVERY_TERMS,
        trade.MADE_BY,
        trade.NOTE,
    ),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("fulfilled_quantity", "word.ordered_quantity", "quantity"),
        trade.UNIT_PRICE,
        trade.NET,
        trade.TAX,
    ),
    sections=(promotions.SECTION,),
    actions=(
        Action("action.send", "send_quotation", ("draft",), "send", names_document="quotation", primary=True),
        Action(
            "action.order",
            "accept_quotation",
            ("confirmed",),
            "shopping_cart",
            form="accept_quotation",
            left=("quantity", "fulfilled_quantity"),
            primary=True,
        ),
        Action("action.reserve", "reserve_quotation", ("confirmed",), "lock_clock", form="reserve_quotation"),
        reservations.RELEASE,
        Action("action.renew", "renew_quotation", ("confirmed",), "event_repeat", form="renew_quotation"),
        Action(
            "action.decline",
            "decline_quotation",
            ("draft", "confirmed"),
            "thumb_down",
            names_document="quotation",
            asks="ask.decline_quotation",
            reason=True,
        ),
    ),
)

_QUOTATION: Final = Input("quotation", "term.quotation", needed=True)

NEW: Final = FormScreen(
    path="new_quotation",
    title="action.new_quotation",
    command="create_quotation",
    submit="action.save",
    opens="quotation",
    inputs=(
        Input("customer", "term.customer", "lookup", needed=True, query="parties", arguments={"role": "customer"}),
        trade.CURRENCY_INPUT,
        Input("valid_until", "word.valid_until", "date", help="form.valid_until_help"),
        trade.DOCUMENT_ON_INPUT,
        trade.EXTERNAL_INPUT,
        *trade.DELIVERY_INPUTS,
        Input("channel", "word.channel", "choice", choices=orders.CHANNELS, family="channel"),
        promotions.COUPONS_INPUT,
        trade.NOTE_INPUT,
        Input("send", "form.send_at_once", "flag", default=True),
    ),
    lines=orders.LINES[:-1],
    preview=orders.draw_preview,
)


def _open(asked: Mapping[str, str]) -> dict[str, Any]:
    """The quotation and what of it is not ordered yet."""
    known = fulfilment.open_lines(asked, done="fulfilled_quantity")
    return {"quotation": known.pop("order"), **known} if known else {}


def _number(asked: Mapping[str, str]) -> dict[str, Any]:
    known = fulfilment.order_number(asked)
    return {"quotation": known["order"]} if known else {}


def _draw_quoted(data: dict[str, Any], lang: str) -> None:
    fulfilment.draw_order_lines({"order": data.get("quotation")}, lang)


ACCEPT: Final = FormScreen(
    path="accept_quotation",
    title="action.order_quotation",
    command="accept_quotation",
    submit="action.book_order",
    opens="sales_order",
    lead="form.accept_quotation_lead",
    inputs=(
        _QUOTATION,
        Input("due_on", "term.delivery_date", "date"),
        Input("document_on", "word.document_on", "date", default=gateway.today),
        trade.EXTERNAL_INPUT,
        *freight.INPUTS,
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True, help="form.confirm_help"),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("due_on", "term.delivery_date", "date"),
    ),
    lines_needed=False,
    preview=_draw_quoted,
    prefill=_open,
    shaped=freight.with_charges,
)

RENEW: Final = FormScreen(
    path="renew_quotation",
    title="action.renew",
    command="renew_quotation",
    submit="action.save",
    opens="quotation",
    inputs=(_QUOTATION, Input("valid_until", "word.valid_until", "date", needed=True)),
    prefill=_number,
)

QUOTATIONS: Final = trade.Described("request_quote", LIST, DOCUMENT, (NEW, ACCEPT, RENEW))
