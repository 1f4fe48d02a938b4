"""Our goods at customers': what stands at whom, and the forms that send it, sell what was consumed, and take the rest back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_GOODS: Final = (
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("expires_on", "word.expires_on", "date"),
    Column("quantity", "term.on_hand", "quantity"),
    trade.UNIT,
)
_LIST: Final = ListScreen(
    path="consigned_at_customers",
    title="nav.consigned_at_customers",
    query="consigned_at_customers",
    columns=(
        Column("customer_name", "term.customer", opens="party", opens_by="customer_id"),
        Column("location_code", "term.bin_location", "code"),
        *_GOODS,
    ),
    create=("report_consumption", "report_consumption", "action.report_consumption"),
    empty="empty.consigned_at_customers",
)
_CUSTOMER: Final = Input(
    "customer", "term.customer", "lookup", needed=True, query="parties", arguments={"role": "customer"}
)
_DAY: Final = Input("posted_on", "word.posted_on", "date")
_ITEM: Final = (
    Input("item", "term.item_number", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
)
_LOT: Final = (Input("lot", "term.lot_batch"), Input("serials", "word.serials", help="form.serials_help"))


def _place(label: str) -> Input:
    return Input("location", label, "lookup", query="locations", arguments={"kind": "storage"})


def _draw_standing(data: dict[str, Any], lang: str) -> None:
    """What stands at the customer that the form names."""
    if not data.get("customer"):
        return
    rows = gateway.ask("consigned_at_customers", customer=data["customer"], limit=500)
    if rows:
        draw_table(_GOODS, rows, lang, label=t("form.preview", lang))


def _named(asked: Mapping[str, str]) -> dict[str, Any]:
    """The customer that the address names."""
    return {"customer": asked["customer"]} if asked.get("customer") else {}


_SEND: Final = FormScreen(
    path="send_consignment",
    title="action.send_consignment",
    command="send_consignment",
    submit="action.send_consignment",
    opens="stock_transfer",
    lead="form.send_consignment_lead",
    inputs=(_CUSTOMER, _DAY, _place("word.from_location"), trade.NOTE_INPUT),
    lines=(*_ITEM, _place("word.from_location"), *_LOT),
    preview=_draw_standing,
    prefill=_named,
)
_CONSUMED: Final = FormScreen(
    path="report_consumption",
    title="action.report_consumption",
    command="report_consumption",
    submit="action.report_consumption",
    opens="shipment",
    lead="form.consumption_lead",
    inputs=(
        _CUSTOMER,
        Input("order", "term.sales_order", help="form.consumption_order_help"),
        _DAY,
        Input("external_number", "word.external_number"),
        trade.NOTE_INPUT,
    ),
    lines=(*_ITEM, *_LOT, Input("unit_price", "word.unit_price", "price", help="form.consumption_price_help")),
    preview=_draw_standing,
    prefill=_named,
)
_TAKE_BACK: Final = FormScreen(
    path="take_consignment_back",
    title="action.take_consignment_back",
    command="take_consignment_back",
    submit="action.take_consignment_back",
    opens="stock_transfer",
    lead="form.take_consignment_lead",
    inputs=(_CUSTOMER, _DAY, _place("word.to_location"), trade.NOTE_INPUT),
    lines=(*_ITEM, _place("word.to_location"), *_LOT),
    lines_needed=False,
    preview=_draw_standing,
    prefill=_named,
)

CONSIGNMENT_PAGES: Final = (
    Page(_LIST.path, _LIST.title, "storefront", partial(draw_list, _LIST), query=_LIST.query),
    trade.form_page(_SEND, "storefront"),
    trade.form_page(_CONSUMED, "storefront"),
    trade.form_page(_TAKE_BACK, "storefront"),
)
