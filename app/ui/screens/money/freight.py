"""Freight bills: what carriers bill for shipments, and what an order brought after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.widgets.document import DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

ORDER_RESULT: Final = Section(
    "order_result",
    "document.order_result",
    (
        Column("revenue", "word.revenue", "amount"),
        Column("cost_of_sales", "word.cost_of_sales", "amount"),
        Column("freight", "word.freight_cost", "amount"),
        Column("result", "word.order_result", "amount"),
        Column("margin", "word.margin", "share"),
    ),
)


def _of_shipment(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"lines": [{"shipment": rows[0]["number"]}]} if rows else {}


FREIGHT_BILLS: Final = trade.Described(
    "receipt",
    ListScreen(
        path="freight_bills",
        title="nav.freight_bills",
        query="freight_bills",
        columns=(
            trade.number_that_opens("freight_bill"),
            trade.STATE,
            trade.party("term.supplier"),
            trade.POSTED_ON,
            trade.DUE_ON,
            trade.NET,
            trade.TOTAL,
            trade.CURRENCY,
            trade.EXTERNAL,
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        create=("book_freight_bill", "book_freight_bill", "action.book_freight_bill"),
        empty="empty.freight_bills",
    ),
    DocumentScreen(
        path="freight_bill",
        kind="freight_bill",
        steps=trade.POSTED_LIFE,
        listed_at="freight_bills",
        facts=(
            trade.party("term.supplier"),
            trade.POSTED_ON,
            trade.DUE_ON,
            trade.EXTERNAL,
            *trade.IN_CURRENCY,
            trade.MADE_BY,
            trade.NOTE,
            trade.REVERSED_BY,
        ),
        lines=(
            trade.LINE,
            Column("description", "word.shipment_or_parcel"),
            trade.NET,
            trade.TAX,
            Column("home_net_amount", "word.home_net_amount", "price", if_any=True),
        ),
        actions=(trade.REVERSE,),
    ),
    (
        FormScreen(
            path="book_freight_bill",
            title="action.book_freight_bill",
            command="book_freight_bill",
            submit="action.book_freight_bill",
            opens="freight_bill",
            lead="form.freight_bill_lead",
            inputs=(
                Input(
                    "supplier", "word.carrier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}
                ),
                trade.CURRENCY_INPUT,
                Input("external_number", "word.supplier_invoice_number"),
                Input("posted_on", "word.posted_on", "date"),
                Input("due_on", "word.due_on", "date"),
                trade.NOTE_INPUT,
            ),
            lines=(
                Input("tracking_number", "word.tracking_number"),
                Input("shipment", "kind.shipment", help="form.freight_shipment_help"),
                Input("amount", "word.net_amount", "amount", needed=True),
                Input("tax_code", "word.tax_code"),
            ),
            prefill=_of_shipment,
        ),
    ),
)
