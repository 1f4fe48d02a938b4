"""Drop shipments on screens: the other side of either order, what left, and the forms that mark, order and book."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import draw_order_lines, open_lines, order_number, plain_number
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.values import Column

_OWN: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    trade.QUANTITY,
    trade.UNIT,
)
_PROGRESS: Final = (
    Column("ordered_quantity", "word.ordered_quantity", "quantity"),
    Column("left_quantity", "word.left_supplier", "quantity"),
    Column("due_on", "word.due_on", "date"),
    Column("promised_on", "word.promised_on", "date"),
)
_PURCHASE: Final = Column(
    "purchase_order_number", "term.purchase_order", "code", opens="purchase_order", opens_by="purchase_order_id"
)
_SALE: Final = Column("sales_order_number", "term.sales_order", "code", opens="sales_order", opens_by="sales_order_id")

OF_SALE: Final = Section(
    "drop_shipment_lines",
    "document.drop_shipment",
    (
        *_OWN,
        Column("supplier_name", "term.supplier"),
        _PURCHASE,
        Column("purchase_order_state", "word.state", "state"),
        *_PROGRESS,
    ),
)
OF_PURCHASE: Final = Section(
    "drop_shipment_lines",
    "document.drop_shipment",
    (
        *_OWN,
        Column("customer_name", "term.customer"),
        _SALE,
        Column("sales_order_state", "word.state", "state"),
        *_PROGRESS,
    ),
)
BOOKED: Final = Section(
    "drop_shipments_booked",
    "document.drop_shipped",
    (
        Column("shipment_number", "kind.shipment", "code", opens="shipment", opens_by="shipment_id"),
        Column("shipment_state", "word.state", "state"),
        Column(
            "goods_receipt_number", "kind.goods_receipt", "code", opens="goods_receipt", opens_by="goods_receipt_id"
        ),
        trade.POSTED_ON,
        Column("waybill", "word.waybill", "code"),
        trade.NOTE,
    ),
)

MARKS: Final = Action(
    "action.mark_drop_shipment",
    "mark_drop_shipment",
    ("draft", "confirmed"),
    "move_up",
    form="mark_drop_shipment",
    left=("quantity", "fulfilled_quantity"),
    seldom=True,
)
ORDERS: Final = Action(
    "action.order_drop_shipment",
    "order_drop_shipment",
    ("confirmed",),
    "shopping_bag",
    form="order_drop_shipment",
    left=("quantity", "fulfilled_quantity"),
    seldom=True,
)
CONFIRMS: Final = Action(
    "action.confirm_drop_shipment",
    "confirm_drop_shipment",
    ("confirmed",),
    "local_shipping",
    form="confirm_drop_shipment",
    left=("quantity", "fulfilled_quantity"),
)


def _open_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    return open_lines(asked, done="fulfilled_quantity")


def _unordered(asked: Mapping[str, str]) -> dict[str, Any]:
    """The order, and of each line that a supplier ships what is not ordered of him."""
    known = order_number(asked)
    if not known:
        return {}
    left: dict[int, Decimal] = {}
    for row in gateway.ask("drop_shipment_lines", document=int(asked["order"])):
        open_quantity = left.setdefault(row["line"], Decimal(row["quantity"]))
        if row["purchase_order_state"] in {"draft", "confirmed"}:
            left[row["line"]] = open_quantity - Decimal(row["ordered_quantity"])
        elif row["left_quantity"] is not None:
            left[row["line"]] = open_quantity - Decimal(row["left_quantity"])
    lines = [{"line": line, "quantity": plain_number(rest)} for line, rest in left.items() if rest > 0]
    return {**known, "lines": lines}


_LINE: Final = Input("line", "word.line", "count", needed=True)
_MARK: Final = FormScreen(
    path="mark_drop_shipment",
    title="action.mark_drop_shipment",
    command="mark_drop_shipment",
    submit="action.save",
    opens="sales_order",
    lead="form.mark_drop_shipment_lead",
    inputs=(Input("order", "term.sales_order", needed=True),),
    lines=(
        _LINE,
        Input("drop_ship", "word.drop_ships", "flag", default=True),
        Input("supplier", "term.supplier", "lookup", query="parties", arguments={"role": "supplier"}),
    ),
    preview=draw_order_lines,
    prefill=order_number,
)
_ORDER: Final = FormScreen(
    path="order_drop_shipment",
    title="action.order_drop_shipment",
    command="order_drop_shipment",
    submit="action.book_order",
    opens="sales_order",
    lead="form.order_drop_shipment_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("document_on", "word.document_on", "date"),
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        _LINE,
        Input("quantity", "word.quantity", "quantity"),
        Input("unit_price", "word.unit_price", "price", help="form.price_help"),
        Input("due_on", "word.due_on", "date"),
    ),
    lines_needed=False,
    preview=draw_order_lines,
    prefill=_unordered,
)
_CONFIRM: Final = FormScreen(
    path="confirm_drop_shipment",
    title="action.confirm_drop_shipment",
    command="confirm_drop_shipment",
    submit="action.confirm_drop_shipment",
    opens="shipment",
    lead="form.confirm_drop_shipment_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("waybill", "word.waybill"),
        Input("delivery_note", "word.delivery_note"),
        trade.NOTE_INPUT,
    ),
    lines=(
        _LINE,
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", help="form.serials_help"),
        Input("expires_on", "word.expires_on", "date"),
    ),
    lines_needed=False,
    preview=draw_order_lines,
    prefill=_open_lines,
)

DROP_SHIPMENT_PAGES: Final = tuple(trade.form_page(form, "local_shipping") for form in (_MARK, _ORDER, _CONFIRM))
