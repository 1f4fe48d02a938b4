"""Components at suppliers: what each holds and lacks, what orders take and receipts used, and the forms that send and take back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import order_number, plain_number
from app.ui.screens.page import Page
from app.ui.widgets.document import Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_ITEM_CODE: Final = Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id")

ORDER_COMPONENTS: Final = Section(
    "order_components",
    "document.components",
    (
        trade.LINE,
        _ITEM_CODE,
        trade.ITEM_NAME,
        Column("needed_on", "word.needed_on", "date"),
        Column("required_quantity", "word.required_quantity", "quantity"),
        Column("expected_quantity", "word.expected_quantity", "quantity"),
        Column("consumed_quantity", "word.consumed_quantity", "quantity"),
        Column("over_quantity", "word.over_used", "quantity"),
        Column("at_supplier", "word.at_supplier", "quantity"),
        trade.UNIT,
    ),
)
COMPONENTS_USED: Final = Section(
    "components_used",
    "document.components_used",
    (
        trade.LINE,
        _ITEM_CODE,
        trade.ITEM_NAME,
        Column("lot_code", "term.lot_batch", "code"),
        Column("expected_quantity", "word.expected_quantity", "quantity"),
        Column("quantity", "word.consumed_quantity", "quantity"),
        trade.UNIT,
        Column("value", "word.value", "amount"),
    ),
)

_LIST: Final = ListScreen(
    path="components_at_suppliers",
    title="nav.components_at_suppliers",
    query="components_at_suppliers",
    columns=(
        Column("supplier_name", "term.supplier", opens="party", opens_by="supplier_id"),
        _ITEM_CODE,
        Column("item_name", "term.item"),
        Column("needed_on", "word.needed_on", "date"),
        Column("needed_quantity", "word.needed_quantity", "quantity"),
        Column("at_supplier", "word.at_supplier", "quantity"),
        Column("missing_quantity", "word.missing_quantity", "quantity", sorts=False),
        Column("free_quantity", "word.free_quantity", "quantity"),
        trade.UNIT,
    ),
    create=("take_components_back", "take_components_back", "action.take_components_back"),
    empty="empty.components_at_suppliers",
)
_LINES: Final = (
    Input("item", "term.item_number", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
    Input("lot", "term.lot_batch"),
    Input("serials", "word.serials", help="form.serials_help"),
    Input("location", "term.bin_location"),
)


def _lacking(asked: Mapping[str, str]) -> dict[str, Any]:
    """The order and, line by line, what its supplier lacks of its components."""
    opened = order_number(asked)
    if not opened:
        return {}
    document = gateway.ask("document_by_id", document=int(asked["order"]))[0]
    own = {row["item_code"] for row in gateway.ask("order_components", document=document["id"])}
    rows = gateway.ask("components_at_suppliers", supplier=document["party_code"], limit=_PREFILLED)
    lines = [
        {"item": row["item_code"], "quantity": plain_number(Decimal(row["missing_quantity"]))}
        for row in rows
        if row["item_code"] in own and row["missing_quantity"] > 0
    ]
    return {**opened, "lines": lines}


_PREFILLED: Final = 500
SEND: Final = FormScreen(
    path="send_components",
    title="action.send_components",
    command="send_components",
    submit="action.send_components",
    opens="stock_transfer",
    lead="form.send_components_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.from_location", "lookup", query="locations", arguments={"kind": "storage"}),
        trade.NOTE_INPUT,
    ),
    lines=_LINES,
    lines_needed=False,
    prefill=_lacking,
)
TAKE_BACK: Final = FormScreen(
    path="take_components_back",
    title="action.take_components_back",
    command="take_components_back",
    submit="action.take_components_back",
    opens="stock_transfer",
    lead="form.take_components_lead",
    inputs=(
        Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.to_location", "lookup", query="locations", arguments={"kind": "storage"}),
        trade.NOTE_INPUT,
    ),
    lines=_LINES,
    lines_needed=False,
)

COMPONENT_PAGES: Final = (
    Page(_LIST.path, _LIST.title, "precision_manufacturing", partial(draw_list, _LIST), query=_LIST.query),
    trade.form_page(SEND, "precision_manufacturing"),
    trade.form_page(TAKE_BACK, "precision_manufacturing"),
)
