"""Web shops: the shops, which product is which item, what became of every message, and the shops' orders with their buyers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import has_text, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.sales.shop_discounts import SECTION
from app.ui.screens.set_up import SetUp, typed
from app.ui.widgets import markup, notices
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column, amount, cell, draw_table
from schemas.vocabulary.shops import ShopSystem

_SYSTEMS: Final = tuple(ShopSystem)
_KINDS: Final = ("sku", "variant", "product", "title")
_STATES: Final = ("stored", "booked", "duplicate", "stale", "quarantined", "ignored", "discarded")
_STATUSES: Final = ("order", "waiting", "cancelled", "refunded", "unknown")
_SHOP: Final = Column("shop", "word.shop", "code")
_ICON: Final = "storefront"

SHOPS: Final = SetUp(
    _ICON,
    ListScreen(
        path="shops",
        title="nav.shops",
        query="shops",
        columns=(
            Column("code", "word.code", "code", opens="edit_shop", opens_by="code"),
            Column("name", "word.name"),
            Column("system", "word.shop_system", "word", family="shop_system"),
            Column("customer", "term.customer", "code"),
            Column("address", "word.webhook_address", "code", sorts=False),
            Column("has_secret", "word.webhook_secret", "flag"),
            Column("currency", "word.expected_currency", "code", chosen=False),
            Column("rejected_count", "word.rejected_deliveries", "count"),
            Column("rejected_at", "word.last_rejected_at", "moment", chosen=False),
            Column("domain", "word.shop_domain", "code", chosen=False),
            Column("active", "word.active", "flag"),
        ),
        create=("edit_shop", "put_shop", "action.new_shop"),
        empty="empty.shops",
    ),
    FormScreen(
        path="edit_shop",
        title="word.shop",
        command="put_shop",
        submit="action.save",
        lead="form.shop_lead",
        inputs=(
            Input("code", "word.code", needed=True, help="form.shop_code_help"),
            Input("name", "word.name", needed=True),
            Input("system", "word.shop_system", "choice", needed=True, choices=_SYSTEMS, family="shop_system"),
            Input("domain", "word.shop_domain", help="form.shop_domain_help"),
            Input(
                "customer",
                "term.customer",
                "lookup",
                needed=True,
                query="parties",
                arguments={"role": "customer"},
                help="form.shop_customer_help",
            ),
            Input("tax_code", "word.tax_code", "lookup", query="tax_codes", help="form.shop_tax_help"),
            Input(
                "location",
                "term.bin_location",
                "lookup",
                query="locations",
                arguments={"kind": "storage"},
                help="form.shop_location_help",
            ),
            Input("currency", "word.expected_currency", "lookup", query="currencies", help="form.shop_currency_help"),
            Input("secret", "word.webhook_secret", "secret", help="form.shop_secret_help"),
            Input("active", "word.active", "flag", default=True),
        ),
    ),
)


def _of_mapping(asked: Mapping[str, str]) -> dict[str, Any]:
    """A mapping that is there, or a product that waits for one; their ids differ across the store."""
    named = asked.get("id", "")
    if not named:
        return {}
    for query in ("shop_items", "unmapped_shop_items"):
        row = next((row for row in gateway.ask(query, limit=1000) if str(row["id"]) == named), None)
        if row is not None:
            return {entry.name: typed(entry, row.get(entry.name, entry.default)) for entry in MAPPING_FORM.inputs}
    return {}


MAPPING_FORM: Final = FormScreen(
    path="edit_shop_item",
    title="word.shop_item",
    command="put_shop_item",
    submit="action.save",
    lead="form.shop_item_lead",
    inputs=(
        Input("shop", "word.shop", "lookup", needed=True, query="shops"),
        Input(
            "kind", "word.shop_item_kind", "choice", needed=True, choices=_KINDS, family="shop_item_kind", default="sku"
        ),
        Input("external_id", "word.shop_item_id", needed=True),
        Input("item", "term.item_number", "lookup", needed=True, query="items"),
        Input("unit_factor", "word.unit_factor", "quantity", default="1", help="form.unit_factor_help"),
        Input("title", "word.title"),
    ),
    prefill=_of_mapping,
)
MAPPINGS: Final = SetUp(
    "conversion_path",
    ListScreen(
        path="shop_items",
        title="nav.shop_items",
        query="shop_items",
        columns=(
            Column("external_id", "word.shop_item_id", "code", opens="edit_shop_item"),
            _SHOP,
            Column("kind", "word.shop_item_kind", "word", family="shop_item_kind"),
            Column("title", "word.title"),
            Column("item", "term.item_number", "code", opens="item", opens_by="item_id"),
            Column("item_name", "term.item"),
            Column("unit_factor", "word.unit_factor", "quantity"),
        ),
        create=("edit_shop_item", "put_shop_item", "action.new_shop_item"),
        empty="empty.shop_items",
    ),
    MAPPING_FORM,
    known_by="id",
)
UNMAPPED: Final = ListScreen(
    path="unmapped_shop_items",
    title="nav.unmapped_shop_items",
    query="unmapped_shop_items",
    columns=(
        Column("external_id", "word.shop_item_id", "code", opens="edit_shop_item"),
        _SHOP,
        Column("kind", "word.shop_item_kind", "word", family="shop_item_kind"),
        Column("title", "word.title"),
        Column("message_count", "word.waiting_messages", "count"),
    ),
    empty="empty.unmapped_shop_items",
)
MESSAGES: Final = ListScreen(
    path="shop_messages",
    title="nav.shop_messages",
    query="shop_messages",
    columns=(
        Column("id", "word.number", "code", opens="shop_message"),
        Column("state", "word.state", "state"),
        Column("reason", "word.reason", "word", family="shop_reason"),
        Column("detail", "word.description"),
        _SHOP,
        Column("topic", "word.topic", "code"),
        Column("order_number", "word.shop_order_number", "code"),
        Column("document_number", "term.sales_order", "code", opens="sales_order", opens_by="document_id"),
        Column("received_at", "word.received_at", "moment"),
        Column("source", "word.source", "word", family="shop_source", chosen=False),
        Column("delivery_id", "word.delivery_id", "code", chosen=False),
    ),
    filters=(Filter("state", "word.state", _STATES),),
    empty="empty.shop_messages",
)
ORDERS: Final = ListScreen(
    path="shop_orders",
    title="nav.shop_orders",
    query="shop_orders",
    columns=(
        Column("number", "word.shop_order_number", "code", opens="shop_order"),
        _SHOP,
        Column("status", "word.status", "word", family="shop_status"),
        Column("document_number", "term.sales_order", "code", opens="sales_order", opens_by="document_id"),
        Column("document_state", "word.state", "state"),
        Column("buyer_name", "word.buyer"),
        Column("ordered_at", "word.ordered_at", "moment"),
        Column("currency", "word.currency", "code"),
        Column("total_amount", "word.total_amount", "amount"),
        Column("refunded_amount", "word.refunded_amount", "amount"),
        Column("buyer_country", "word.country", "code", chosen=False),
    ),
    filters=(Filter("status", "word.status", _STATUSES, family="shop_status"),),
    empty="empty.shop_orders",
)
_ORDER_FACTS: Final = (
    _SHOP,
    Column("state", "word.shop_state"),
    Column("document_number", "term.sales_order", "code", opens="sales_order", opens_by="document_id"),
    Column("buyer_name", "word.buyer"),
    Column("buyer_phone", "word.phone", "code"),
    Column("buyer_email", "word.email"),
    Column("buyer_address", "word.address"),
    Column("buyer_country", "word.country", "code"),
    Column("ordered_at", "word.ordered_at", "moment"),
    Column("updated_at", "word.changed_at", "moment"),
    Column("currency", "word.currency", "code"),
    Column("total_amount", "word.total_amount", "amount"),
    Column("refunded_amount", "word.refunded_amount", "amount"),
    Column("presented", "word.presented_amount"),
    Column("note", "word.note"),
)
_MESSAGE_FACTS: Final = (
    _SHOP,
    Column("reason", "word.reason", "word", family="shop_reason"),
    Column("detail", "word.description"),
    Column("order_number", "word.shop_order_number", "code"),
    Column("document_number", "term.sales_order", "code", opens="sales_order", opens_by="document_id"),
    Column("topic", "word.topic", "code"),
    Column("source", "word.source", "word", family="shop_source"),
    Column("received_at", "word.received_at", "moment"),
    Column("handled_at", "word.handled_at", "moment"),
    Column("delivery_id", "word.delivery_id", "code"),
    Column("content_hash", "word.content_hash", "code"),
)


def draw_shop_order() -> None:
    """Draw the order of a shop that the address names: its buyer, its state in the shop, its sales order."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("shop_order_by_id", shop_order=int(named)) if named.isdecimal() else []
    if not rows:
        _nothing("word.shop_order", lang)
        return
    order = rows[0]
    status = markup.chip(t(f"shop_status.{order['status']}", lang), "info")
    markup.show(markup.heading(order["number"], state=status, lead=order["shop_name"]))
    if order["presented_currency"]:
        shown = amount(order["presented_amount"], order["presented_currency"], lang)
        order["presented"] = f"{shown} {order['presented_currency']}"
    _facts(_ORDER_FACTS, order, lang)
    found = gateway.ask("shop_discounts", document=order["document_id"]) if order["document_id"] else []
    if found:
        st.subheader(t(SECTION.title, lang), anchor=False)
        draw_table(SECTION.columns, found, lang, label=t(SECTION.title, lang))


def draw_shop_message() -> None:
    """Draw the message that the address names: what became of it and why, what a person can do, and how it came."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("shop_message_by_id", message=int(named)) if named.isdecimal() else []
    if not rows:
        _nothing("word.shop_message", lang)
        return
    message = rows[0]
    message["detail"] = _in_words(message["reason"], message["detail"], lang)
    state = cell(Column("state", "word.state", "state"), message, lang).shown
    assert isinstance(state, markup.Html)
    markup.show(markup.heading(f"{t('word.shop_message', lang)} {message['id']}", state=state, lead=message["topic"]))
    refused = st.session_state.pop("shop_message.refused", None)
    if refused:
        notices.refusal(refused)
    if message["state"] == "quarantined" and gateway.may_send("retry_shop_message"):
        _decide(message, lang)
    _facts(_MESSAGE_FACTS, message, lang)
    st.subheader(t("word.content", lang), anchor=False)
    st.code(_laid_out(message["body"]), language=None, height=400)


def _decide(message: Mapping[str, Any], lang: str) -> None:
    """The two ways out of the quarantine; to discard asks for a word first."""
    with st.container(horizontal=True):
        if st.button(t("action.book_again", lang), type="primary", icon=":material/replay:", key="shop_message.again"):
            _give("retry_shop_message", {"message": message["id"]}, lang)
        if st.button(t("action.discard_message", lang), icon=":material/delete:", key="shop_message.discard"):
            _ask_why(message, lang)


def _ask_why(message: Mapping[str, Any], lang: str) -> None:
    @st.dialog(t("action.discard_message", lang))
    def asked() -> None:
        st.markdown(markup.plain(t("ask.discard_message", lang)))
        reason = (st.text_input(t("word.reason", lang), key="shop_message.reason", max_chars=400) or "").strip()
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(t("word.leave_it", lang), key="shop_message.leave"):
                st.rerun()
            if st.button(t("action.discard_message", lang), type="primary", key="shop_message.go", disabled=not reason):
                _give("discard_shop_message", {"message": message["id"], "reason": reason}, lang)

    asked()


def _give(command: str, data: dict[str, Any], lang: str) -> None:
    command_id = st.session_state.setdefault(f"shop_message.{command}.{data['message']}", new_command_id())
    receipt = gateway.send(command, data, command_id=command_id)
    if receipt.status == "done":
        del st.session_state[f"shop_message.{command}.{data['message']}"]
        notices.say_after_rerun(gateway.message(receipt, lang))
    else:
        st.session_state["shop_message.refused"] = gateway.message(receipt, lang)
    st.rerun()


def _in_words(reason: str | None, detail: str | None, lang: str) -> str | None:
    """What a refused booking said, in the reader's language."""
    if reason not in {"refused", "incident"} or not detail:
        return detail
    try:
        said = json.loads(detail)
    except ValueError:
        return detail
    return t(said["key"], lang, **said["values"]) if has_text(said["key"], lang) else detail


def _laid_out(body: str) -> str:
    """JSON with a line for each value, anything else as it is."""
    try:
        return json.dumps(json.loads(body, parse_float=str), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return body


def _facts(columns: tuple[Column, ...], row: Mapping[str, Any], lang: str) -> None:
    found = {**row, "currency": row.get("currency") or gateway.currency()}
    shown = [column for column in columns if found.get(column.name) not in (None, "")]
    markup.show(markup.facts((t(c.label, lang), cell(c, found, lang).shown) for c in shown))


def _nothing(label: str, lang: str) -> None:
    title = t(label, lang)
    markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))


def _list_page(screen: ListScreen, icon: str) -> Page:
    draw: Callable[[], None] = partial(draw_list, screen)
    return Page(screen.path, screen.title, icon, draw, query=screen.query)


SHOP_PAGES: Final = (
    _list_page(ORDERS, "shopping_bag"),
    Page("shop_order", "word.shop_order", "shopping_bag", draw_shop_order, query="shop_orders", listed=False),
    _list_page(MESSAGES, "move_to_inbox"),
    Page("shop_message", "word.shop_message", "move_to_inbox", draw_shop_message, query="shop_messages", listed=False),
    _list_page(UNMAPPED, "help_center"),
    *MAPPINGS.pages(),
    *SHOPS.pages(),
)
