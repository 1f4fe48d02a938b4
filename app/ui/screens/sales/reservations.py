"""Reservations: what orders and quotations hold, the forms that hold stock for a time, and the sharing out of what is free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from app.ui.screens import fulfilment, trade
from app.ui.screens.page import Page
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_HELD: Final = (
    Column("location_code", "term.bin_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("quantity", "term.reserved", "quantity"),
    Column("unit_code", "word.unit"),
    Column("picking_quantity", "word.picking_quantity", "quantity"),
    Column("expires_on", "word.held_until", "date"),
)
LIST: Final = ListScreen(
    path="reservations",
    title="nav.reservations",
    query="reservations",
    columns=(
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        Column("item_name", "term.item"),
        Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
        Column("party_name", "term.customer"),
        Column("priority", "word.priority", "count"),
        Column("due_on", "word.due_on", "date", sorts=False),
        *_HELD,
    ),
    create=("reserve_open_orders", "reserve_open_orders", "action.reserve_open_orders"),
    empty="empty.reservations",
)
SECTION: Final = Section(
    "document_reservations",
    "nav.reservations",
    (trade.LINE, Column("item_code", "term.item_number", "code"), *_HELD),
)
_LINES: Final = (
    Input("line", "word.line", "count", needed=True),
    Input("quantity", "word.quantity", "quantity"),
    Input("lot", "term.lot_batch"),
)


def _named(field: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    def number(asked: Mapping[str, str]) -> dict[str, Any]:
        known = fulfilment.order_number(asked)
        return {field: known["order"]} if known else {}

    return number


def _draw_lines(field: str, data: dict[str, Any], lang: str) -> None:
    fulfilment.draw_order_lines({"order": data.get(field)}, lang)


def _reserve(command: str, field: str, label: str, opens: str) -> FormScreen:
    return FormScreen(
        path=command,
        title="action.reserve",
        command=command,
        submit="action.reserve",
        opens=opens,
        lead="form.reserve_lead",
        inputs=(Input(field, label, needed=True), Input("until", "word.held_until", "date")),
        lines=_LINES,
        lines_needed=False,
        preview=partial(_draw_lines, field),
        prefill=_named(field),
    )


RESERVE_ORDER: Final = _reserve("reserve_sales_order", "order", "term.sales_order", "sales_order")
RESERVE_QUOTATION: Final = _reserve("reserve_quotation", "quotation", "term.quotation", "quotation")
TAKE_OVER: Final = FormScreen(
    path="take_over_reservations",
    title="action.take_over_reservations",
    command="take_over_reservations",
    submit="action.take_over_reservations",
    opens="sales_order",
    lead="form.take_over_reservations_lead",
    inputs=(Input("order", "term.sales_order", needed=True), Input("reason", "word.reason", needed=True)),
    preview=fulfilment.draw_order_lines,
    prefill=fulfilment.order_number,
)
OPEN_ORDERS: Final = FormScreen(
    path="reserve_open_orders",
    title="action.reserve_open_orders",
    command="reserve_open_orders",
    submit="action.reserve_open_orders",
    lead="form.reserve_open_orders_lead",
    inputs=(Input("items", "term.item", "several", query="items"),),
)
RELEASE: Final = Action(
    "action.release_reservations",
    "release_reservations",
    ("confirmed",),
    "lock_open",
    names_document="document",
    asks="ask.release_reservations",
    seldom=True,
)
RESERVATION_PAGES: Final = (
    Page("reservations", "nav.reservations", "lock_clock", partial(draw_list, LIST), query="reservations"),
    *(trade.form_page(form, "lock_clock") for form in (RESERVE_ORDER, RESERVE_QUOTATION, TAKE_OVER, OPEN_ORDERS)),
)
