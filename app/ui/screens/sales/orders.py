"""Sales orders: the list, the page with its next steps, and the form that answers with price and availability."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.kernel.i18n import format_day, t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.inventory.advances import ISSUE_BEFORE_RECEIPT, SETTLED_ADVANCES
from app.ui.screens.money.freight import ORDER_RESULT
from app.ui.screens.money.schedule import PAYMENT_SCHEDULE
from app.ui.screens.purchasing.drop_shipments import BOOKED, MARKS, OF_SALE, ORDERS
from app.ui.screens.sales import freight, order_changes, order_routing, promotions, reservations, shop_discounts
from app.ui.screens.shipping.parcels import LINKS, PACKAGES
from app.ui.screens.shipping.waves import PICKING
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

LIST: Final = ListScreen(
    path="sales_orders",
    title="nav.sales_orders",
    query="sales_orders",
    columns=(
        trade.number_that_opens("sales_order"),
        trade.STATE,
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        trade.DUE_ON,
        trade.NET,
        trade.TOTAL,
        trade.CURRENCY,
        trade.EXTERNAL,
        Column("channel", "word.channel", chosen=False),
    ),
    filters=(trade.state_filter("draft", "confirmed", "closed", "cancelled"),),
    create=("new_sales_order", "create_sales_order", "action.new_sales_order"),
    empty="empty.sales_orders",
)

DOCUMENT: Final = DocumentScreen(
    path="sales_order",
    kind="sales_order",
    steps=trade.ORDER_LIFE,
    listed_at="sales_orders",
    facts=(
        trade.party("term.customer"),
        trade.DOCUMENT_ON,
        trade.EXTERNAL,
        Column("due_on", "term.delivery_date", "date"),
        Column("channel", "word.channel"),
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
        trade.RESERVED,
        Column("promised_on", "word.promised_on", "date", if_any=True),
        Column("fulfilled_quantity", "word.shipped_quantity", "quantity"),
        trade.RETURNED,
        trade.INVOICED,
        trade.UNIT_PRICE,
        trade.NET,
        trade.TAX,
    ),
    sections=(
        promotions.SECTION,
        shop_discounts.SECTION,
        order_routing.SECTION,
        order_changes.SECTION,
        OF_SALE,
        BOOKED,
        PICKING,
        PACKAGES,
        LINKS,
        reservations.SECTION,
        SETTLED_ADVANCES,
        PAYMENT_SCHEDULE,
        ORDER_RESULT,
    ),
    actions=(
        Action("action.confirm", "confirm_sales_order", ("draft",), "task_alt", primary=True),
        Action(
            "action.ship",
            "ship_goods",
            ("confirmed",),
            "local_shipping",
            form="ship",
            left=("quantity", "fulfilled_quantity"),
            primary=True,
        ),
        Action(
            "action.release_wave",
            "release_wave",
            ("confirmed",),
            "checklist",
            form="new_wave",
            left=("quantity", "fulfilled_quantity"),
        ),
        ISSUE_BEFORE_RECEIPT,
        Action("action.pack_parcel", "pack_parcel", ("confirmed",), "package_2", form="pack_parcel"),
        Action(
            "action.hand_over",
            "hand_over_parcels",
            ("confirmed",),
            "local_shipping",
            asks="ask.hand_over",
        ),
        Action(
            "action.plan_delivery",
            "plan_delivery",
            ("draft", "confirmed"),
            "local_post_office",
            form="plan_delivery",
            seldom=True,
        ),
        Action(
            "action.invoice",
            "issue_customer_invoice",
            ("confirmed", "closed"),
            "receipt_long",
            form="invoice",
            left=("chargeable_quantity", "invoiced_quantity"),
            primary=True,
        ),
        Action(
            "action.reserve",
            "reserve_sales_order",
            ("confirmed",),
            "lock_clock",
            form="reserve_sales_order",
            left=("open_quantity", "reserved_quantity"),
        ),
        Action(
            "action.take_over_reservations",
            "take_over_reservations",
            ("confirmed",),
            "published_with_changes",
            form="take_over_reservations",
            left=("open_quantity", "reserved_quantity"),
            seldom=True,
        ),
        reservations.RELEASE,
        order_changes.CHANGE,
        order_changes.WITHDRAW,
        *order_routing.ACTIONS,
        Action(
            "action.receive_return",
            "receive_return",
            ("confirmed", "closed"),
            "assignment_return",
            form="receive_return",
        ),
        Action("action.share_order", "share_order", ("confirmed", "closed"), "share", seldom=True),
        Action(
            "action.revoke_links",
            "revoke_order_links",
            ("confirmed", "closed"),
            "link_off",
            asks="ask.revoke_links",
            seldom=True,
        ),
        trade.OPEN_CASE,
        MARKS,
        ORDERS,
        Action("action.close", "close_sales_order", ("confirmed",), "inventory", asks="ask.close_order", seldom=True),
        Action("action.cancel", "cancel_sales_order", ("draft", "confirmed"), "cancel", asks="ask.cancel_order"),
    ),
)

_PREVIEW: Final = (
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("warning", "word.check"),
    trade.QUANTITY,
    trade.UNIT,
    Column("free_shown", "term.available"),
    Column("offers_shown", "word.can_promise"),
    Column("substitutes_shown", "word.substitutes"),
    trade.UNIT_PRICE,
    Column("price_origin", "word.price_origin", "word", family="price_origin"),
    Column("promotions_shown", "nav.promotions"),
    Column("margin", "word.margin", "share"),
    trade.NET,
    trade.TAX,
)


def draw_preview(data: dict[str, Any], lang: str) -> None:
    """What the typed lines come to now: availability, price, margin, totals."""
    lines = [
        {name: line[name] for name in ("item", "quantity", "unit_price", "discount_rate") if name in line}
        for line in data.get("lines", [])
        if line.get("item")
    ]
    if not lines:
        return
    on = data.get("document_on") or gateway.today().isoformat()
    typed = {name: data[name] for name in ("currency", "channel", "region", "coupons", "freight") if data.get(name)}
    found = gateway.ask("sales_order_preview", party=data.get("customer"), on=on, lines=lines, **typed)
    rows = [freight.named(row, lang) for row in found]
    for row in rows:
        row["free_shown"] = _availability(row, lang)
        row["offers_shown"], row["substitutes_shown"] = _offers(row, lang), _substitutes(row, lang)
        row["promotions_shown"] = promotions.promotions_shown(row, lang)
        if row["known"] and row["exchange_rate"] is None:
            row["warning"] = markup.chip(t("preview.no_exchange_rate", lang, currency=row["currency"]), "bad")
    _draw_credit(data.get("customer"), rows, lang)
    columns = trade.with_currency(_PREVIEW, rows)
    shown = tuple(column for column in columns if any(row.get(column.name) not in (None, "") for row in rows))
    draw_table(shown, rows, lang, label=t("form.preview", lang))


def _draw_credit(customer: str | None, rows: list[dict[str, Any]], lang: str) -> None:
    """What is left of the customer's credit after the order, or why it would be held up."""
    if customer is None or not gateway.may_ask("customer_credit"):
        return
    order = sum(
        (Decimal(row[name] or 0) for row in rows if row["known"] for name in ("home_net_amount", "home_tax_amount")),
        Decimal(0),
    )
    on = gateway.today().isoformat()
    for row in gateway.ask("customer_credit", party=customer, on=on, order_amount=str(order)):
        for name in row["blocked_by"]:
            figure = row["overdue"] if name == "credit_overdue" else -row["left"]
            markup.show(markup.note(t(f"preview.{name}", lang, amount=Decimal(figure)), "watch"))
        if row["left"] is not None and not row["blocked_by"]:
            markup.show(markup.quiet(t("preview.credit_left", lang, amount=Decimal(row["left"]))))


def _availability(row: dict[str, Any], lang: str) -> markup.Html | None:
    if row.get("kind") == "charge":
        return None
    if not row["known"]:
        return markup.chip(t("preview.unknown_item", lang), "bad")
    if row["short"] > 0:
        tone = "watch" if row["free"] > 0 or row["next_due_on"] else "bad"
        return markup.chip(t("preview.short", lang, free=Decimal(row["free"]), short=Decimal(row["short"])), tone)
    return markup.chip(t("preview.free", lang, free=Decimal(row["free"])), "good")


def _offers(row: dict[str, Any], lang: str) -> str:
    """The promise of a line: the day for all of it, or its parts by day, or how much no supply reaches."""
    offers = row.get("offers") or []
    shown = [
        t("preview.part", lang, quantity=Decimal(offer["quantity"]), day=format_day(offer["on"], lang))
        for offer in offers
    ]
    goods = row.get("kind") == "item"
    if goods and row.get("quantity") and row.get("known") and row.get("promised_on") is None:
        shown.append(t("preview.no_supply", lang))
    return ", ".join(shown)


def _substitutes(row: dict[str, Any], lang: str) -> str:
    """What could be sold instead where the line is short, the first to be offered first."""
    if not row["known"] or row.get("kind") == "charge" or row["short"] <= 0:
        return ""
    shown = []
    for substitute in row["substitutes"]:
        on = substitute["promised_on"]
        day = format_day(on, lang) if on is not None else t("preview.no_supply", lang)
        facts = {"item": substitute["item_code"], "quantity": Decimal(substitute["quantity"]), "day": day}
        shown.append(t("preview.substitute", lang, **facts))
    return ", ".join(shown)


CHANNELS: Final = ("counter", "phone", "fax", "mail", "visit")

LINES: Final = (
    Input("item", "term.item_number", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
    Input("unit", "word.unit"),
    Input("unit_price", "word.unit_price", "price", help="form.price_help"),
    Input("discount_rate", "word.discount_percent", "share"),
    Input("due_on", "term.delivery_date", "date"),
    Input("promised_on", "word.promised_on", "date", help="form.promised_help"),
)

FORM: Final = FormScreen(
    path="new_sales_order",
    title="action.new_sales_order",
    command="create_sales_order",
    submit="action.book_order",
    opens="sales_order",
    inputs=(
        Input(
            "customer",
            "term.customer",
            "lookup",
            needed=True,
            query="parties",
            arguments={"role": "customer"},
        ),
        trade.CURRENCY_INPUT,
        Input("due_on", "term.delivery_date", "date"),
        trade.DOCUMENT_ON_INPUT,
        trade.EXTERNAL_INPUT,
        *trade.DELIVERY_INPUTS,
        Input("channel", "word.channel", "choice", choices=CHANNELS, family="channel"),
        Input("priority", "word.priority", "count", default=5, help="form.priority_help", seldom=True),
        Input("region", "word.region", help="form.order_region_help", seldom=True),
        promotions.COUPONS_INPUT,
        *freight.INPUTS,
        trade.NOTE_INPUT,
        Input("confirm", "form.confirm_at_once", "flag", default=True, help="form.confirm_help"),
    ),
    lines=LINES,
    preview=draw_preview,
    shaped=freight.with_charges,
)

SALES_ORDERS: Final = trade.Described("shopping_cart", LIST, DOCUMENT, (FORM, order_changes.FORM))
