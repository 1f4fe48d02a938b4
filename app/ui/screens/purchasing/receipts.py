"""Goods receipts: what arrived, and the form that receives what is open on an order."""

from __future__ import annotations

from typing import Any, Final

from app.ui.screens import fulfilment, trade
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

LIST: Final = ListScreen(
    path="goods_receipts",
    title="nav.goods_receipts",
    query="goods_receipts",
    columns=(
        trade.number_that_opens("goods_receipt"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.POSTED_ON,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("posted", "reversed"),),
    empty="empty.goods_receipts",
)

DOCUMENT: Final = DocumentScreen(
    path="goods_receipt",
    kind="goods_receipt",
    steps=trade.POSTED_LIFE,
    listed_at="goods_receipts",
    facts=(trade.party("term.supplier"), trade.POSTED_ON, trade.EXTERNAL, trade.MADE_BY, trade.REVERSED_BY),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("location_code", "term.bin_location", "code"),
        trade.UNIT_PRICE,
    ),
    actions=(
        Action(
            "action.return_to_supplier",
            "return_to_supplier",
            ("posted",),
            "assignment_return",
            form="return_to_supplier",
        ),
        Action("action.book_landed_cost", "book_landed_cost", ("posted",), "anchor", form="book_landed_cost"),
        trade.REVERSE,
    ),
)


def _prefill(asked: Any) -> dict[str, Any]:
    return fulfilment.open_lines(asked, done="fulfilled_quantity")


FORM: Final = FormScreen(
    path="receive",
    title="action.receive",
    command="receive_goods",
    submit="action.receive",
    opens="goods_receipt",
    lead="form.receive_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.to_location", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("external_number", "word.delivery_note"),
    ),
    lines=(*fulfilment.ORDER_LINES, Input("expires_on", "word.expires_on", "date")),
    lines_needed=False,
    preview=fulfilment.draw_order_lines,
    prefill=_prefill,
)

GOODS_RECEIPTS: Final = trade.Described("inventory_2", LIST, DOCUMENT, (FORM,))
