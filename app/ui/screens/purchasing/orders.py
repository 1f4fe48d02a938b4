"""Purchase orders: the list, the page with its next steps, and the form that knows the supplier's terms."""

from __future__ import annotations

from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.money.schedule import PAYMENT_SCHEDULE
from app.ui.screens.purchasing.budgets import ORDER_BUDGETS
from app.ui.screens.purchasing.components import ORDER_COMPONENTS
from app.ui.screens.purchasing.drop_shipments import BOOKED, CONFIRMS, OF_PURCHASE
from app.ui.screens.purchasing.promises import PROMISES
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

LIST: Final = ListScreen(
    path="purchase_orders",
    title="nav.purchase_orders",
    query="purchase_orders",
    columns=(
        trade.number_that_opens("purchase_order"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        trade.DUE_ON,
        trade.NET,
        trade.TOTAL,
        trade.CURRENCY,
        trade.EXTERNAL,
        Column("caused_by", "word.caused_by", "code", chosen=False),
    ),
    filters=(trade.state_filter("draft", "confirmed", "closed", "cancelled"),),
    create=("new_purchase_order", "create_purchase_order", "action.new_purchase_order"),
    empty="empty.purchase_orders",
)

DOCUMENT: Final = DocumentScreen(
    path="purchase_order",
    kind="purchase_order",
    steps=trade.ORDER_LIFE,
    listed_at="purchase_orders",
    facts=(
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        trade.EXTERNAL,
        trade.DUE_ON,
        Column("caused_by", "word.caused_by", "code"),
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
        Column("fulfilled_quantity", "word.received_quantity", "quantity"),
        trade.RETURNED,
        Column("invoiced_quantity", "word.billed_quantity", "quantity"),
        Column("due_on", "word.due_on", "date"),
        Column("promised_on", "word.promised_on", "date"),
        trade.UNIT_PRICE,
        trade.NET,
        trade.TAX,
    ),
    sections=(PROMISES, OF_PURCHASE, BOOKED, ORDER_COMPONENTS, PAYMENT_SCHEDULE, ORDER_BUDGETS),
    actions=(
        Action("action.confirm", "confirm_purchase_order", ("draft",), "task_alt", primary=True),
        Action(
            "action.receive",
            "receive_goods",
            ("confirmed",),
            "inventory_2",
            form="receive",
            left=("quantity", "fulfilled_quantity"),
            primary=True,
        ),
        Action(
            "action.bill",
            "book_supplier_bill",
            ("confirmed", "closed"),
            "request_quote",
            form="bill",
            left=("chargeable_quantity", "invoiced_quantity"),
            primary=True,
        ),
        Action(
            "action.return_to_supplier",
            "return_to_supplier",
            ("confirmed", "closed"),
            "assignment_return",
            form="return_to_supplier",
        ),
        Action("action.send_components", "send_components", ("confirmed",), "output", form="send_components"),
        Action(
            "action.confirm_dates", "confirm_supplier_dates", ("confirmed",), "event_available", form="confirm_dates"
        ),
        CONFIRMS,
        Action("action.announce", "announce_delivery", ("confirmed",), "local_shipping", form="announce_delivery"),
        Action("action.claim", "create_supplier_claim", ("confirmed", "closed"), "report", form="new_supplier_claim"),
        Action("action.close", "close_purchase_order", ("confirmed",), "inventory", asks="ask.close_order"),
        Action("action.cancel", "cancel_purchase_order", ("draft", "confirmed"), "cancel", asks="ask.cancel_order"),
    ),
)

_PREVIEW: Final = (
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    trade.QUANTITY,
    trade.UNIT,
    Column("warning", "word.check"),
    Column("on_hand", "term.on_hand", "quantity"),
    Column("on_order", "word.on_order", "quantity"),
    Column("promised_on", "word.promised_on", "date"),
    trade.UNIT_PRICE,
    Column("price_origin", "word.price_origin", "word", family="price_origin"),
    trade.NET,
)


def draw_preview(data: dict[str, Any], lang: str) -> None:
    """What the typed lines come to now: the supplier's price, promise and lot rules, and what is there already."""
    lines = [
        {name: line[name] for name in ("item", "quantity", "unit_price", "discount_rate") if name in line}
        for line in data.get("lines", [])
        if line.get("item")
    ]
    if not lines:
        return
    on = data.get("document_on") or gateway.today().isoformat()
    named = {"party": data.get("supplier"), "currency": data.get("currency")}
    rows = gateway.ask("purchase_order_preview", **named, on=on, lines=lines)
    for row in rows:
        if not row["known"]:
            row["warning"] = markup.chip(t("preview.unknown_item", lang), "bad")
        elif row["exchange_rate"] is None:
            row["warning"] = markup.chip(t("preview.no_exchange_rate", lang, currency=row["currency"]), "bad")
        elif row["below_minimum"]:
            row["warning"] = markup.chip(t("preview.below_minimum", lang, minimum=row["min_lot"]), "watch")
    columns = trade.with_currency(_PREVIEW, rows)
    shown = tuple(column for column in columns if any(row.get(column.name) not in (None, "") for row in rows))
    draw_table(shown, rows, lang, label=t("form.preview", lang))


FORM: Final = FormScreen(
    path="new_purchase_order",
    title="action.new_purchase_order",
    command="create_purchase_order",
    submit="action.book_order",
    opens="purchase_order",
    inputs=(
        Input(
            "supplier",
            "term.supplier",
            "lookup",
            needed=True,
            query="parties",
            arguments={"role": "supplier"},
        ),
        trade.CURRENCY_INPUT,
        Input("due_on", "word.due_on", "date"),
        trade.DOCUMENT_ON_INPUT,
        trade.EXTERNAL_INPUT,
        *trade.DELIVERY_INPUTS,
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    lines=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("unit", "word.unit"),
        Input("unit_price", "word.unit_price", "price", help="form.price_help"),
        Input("discount_rate", "word.discount_percent", "share"),
        Input("due_on", "word.due_on", "date"),
    ),
    preview=draw_preview,
)

PURCHASE_ORDERS: Final = trade.Described("shopping_bag", LIST, DOCUMENT, (FORM,))
