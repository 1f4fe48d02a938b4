"""Shipments: what left for customers, and the form that ships what is open on an order."""

from __future__ import annotations

from typing import Any, Final

from app.ui.screens import fulfilment, trade
from app.ui.screens.inventory.advances import SETTLED_ADVANCES
from app.ui.screens.purchasing.drop_shipments import BOOKED
from app.ui.screens.shipping.parcels import PACKAGES
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

LIST: Final = ListScreen(
    path="shipments",
    title="nav.shipments",
    query="shipments",
    columns=(
        trade.number_that_opens("shipment"),
        trade.STATE,
        trade.party("term.customer"),
        trade.POSTED_ON,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("posted", "reversed"),),
    empty="empty.shipments",
)

DOCUMENT: Final = DocumentScreen(
    path="shipment",
    kind="shipment",
    steps=trade.POSTED_LIFE,
    listed_at="shipments",
    facts=(
        trade.party("term.customer"),
        trade.POSTED_ON,
        trade.EXTERNAL,
        trade.MADE_BY,
        trade.REVERSED_BY,
    ),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("location_code", "term.bin_location", "code"),
    ),
    sections=(PACKAGES, BOOKED, SETTLED_ADVANCES),
    actions=(
        Action("action.receive_return", "receive_return", ("posted",), "assignment_return", form="receive_return"),
        Action("action.book_freight_bill", "book_freight_bill", ("posted",), "receipt", form="book_freight_bill"),
        trade.OPEN_CASE,
        trade.REVERSE,
    ),
)


def _prefill(asked: Any) -> dict[str, Any]:
    return fulfilment.open_lines(asked, done="fulfilled_quantity")


FORM: Final = FormScreen(
    path="ship",
    title="action.ship",
    command="ship_goods",
    submit="action.ship",
    opens="shipment",
    lead="form.ship_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.from_location", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("external_number", "word.waybill"),
    ),
    lines=fulfilment.ORDER_LINES,
    lines_needed=False,
    preview=fulfilment.draw_order_lines,
    prefill=_prefill,
)

SHIPMENTS: Final = trade.Described("local_shipping", LIST, DOCUMENT, (FORM,))
