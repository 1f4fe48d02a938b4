"""Promotions and coupons with their forms, the trial of one as it is typed, what they gave, and why lines cost what they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import format_share, t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.screens.set_up import SetUp
from app.ui.widgets import notices
from app.ui.widgets.document import Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_DAYS: Final = 30
_EFFECTS: Final = ("percent_off", "amount_off", "fixed_price", "free_goods", "free_freight", "order_percent_off")
_GIVEN: Final = Column("given_amount", "word.given_away", "amount")
_NAME: Final = Column("name", "word.name")
_TRIED: Final = (
    Column("document_on", "word.document_on", "date"),
    Column("number", "term.sales_order", "code", opens="sales_order"),
    Column("party_name", "term.customer"),
    Column("line_count", "word.lines", "count"),
    trade.NET,
    _GIVEN,
)

# Promotions ----------------------------------------------------------------------------------------------------------


def _draw_trial(data: dict[str, Any], lang: str) -> None:
    """What the promotion would have cost on the orders of the last 30 days, as it is typed."""
    promotion = {name: value for name, value in data.items() if name != "active"}
    needed = ("code", "name", "valid_from", "effect")
    if any(not promotion.get(name) for name in needed) or not gateway.may_ask("promotion_trial"):
        return
    try:
        rows = gateway.ask("promotion_trial", until=gateway.today().isoformat(), promotion=promotion)
    except Refused as refused:
        notices.refusal(t(f"refusal.{refused.key}", lang, **refused.values))
        return
    tried = rows[0]
    facts = {"days": _DAYS, "tried": tried["tried_count"], "orders": tried["order_count"]}
    title = t("screen.promotion_trial", lang, **facts, amount=Decimal(tried["given_amount"]))
    st.subheader(title, anchor=False)
    if tried["orders"]:
        draw_table(_TRIED, tried["orders"], lang, label=title)


_PROMOTIONS: Final = SetUp(
    "percent",
    ListScreen(
        path="promotions",
        title="nav.promotions",
        query="promotions",
        columns=(
            Column("code", "word.code", "code", opens="edit_promotion", opens_by="code"),
            _NAME,
            Column("active", "word.active", "flag"),
            Column("rank", "word.rank", "count"),
            Column("combinable", "word.combinable", "flag"),
            Column("needs_coupon", "word.needs_coupon", "flag"),
            Column("effect", "word.promotion_effect", "word", family="promotion_effect"),
            Column("rate", "word.discount_percent", "share"),
            Column("valid_from", "word.valid_from", "date"),
            Column("valid_to", "word.valid_to", "date"),
            Column("item", "term.item_number", "code"),
            Column("family", "word.item_family", "code"),
            Column("customer", "term.customer", "code"),
            Column("customer_class", "word.customer_class", "code", chosen=False),
            Column("channel", "word.channel", "code", chosen=False),
            Column("region", "word.region", "code", chosen=False),
            Column("use_count", "word.use_count", "count"),
            Column("use_limit", "word.use_limit", "count"),
            _GIVEN,
            Column("left_amount", "word.budget_left", "amount"),
        ),
        create=("edit_promotion", "put_promotion", "action.new_promotion"),
        empty="empty.promotions",
    ),
    FormScreen(
        path="edit_promotion",
        title="what.promotion",
        command="put_promotion",
        submit="action.save",
        lead="form.promotion_lead",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("active", "word.active", "flag", help="form.promotion_active_help"),
            Input(
                "effect", "word.promotion_effect", "choice", needed=True, choices=_EFFECTS, family="promotion_effect"
            ),
            Input("rate", "word.discount_percent", "share"),
            Input("unit_amount", "word.promotion_unit_amount", "price", help="form.promotion_amount_help"),
            Input("buy_quantity", "word.buy_quantity", "quantity"),
            Input("free_quantity", "word.given_quantity", "quantity"),
            Input("free_item", "word.free_item", help="form.free_item_help"),
            Input("valid_from", "word.valid_from", "date", needed=True, default=gateway.today),
            Input("valid_to", "word.valid_to", "date"),
            Input("combinable", "word.combinable", "flag", help="form.combinable_help"),
            Input("rank", "word.rank", "count", default=100, help="form.promotion_rank_help"),
            Input("needs_coupon", "word.needs_coupon", "flag"),
            Input("item", "term.item_number"),
            Input("family", "word.item_family", "lookup", query="item_categories"),
            Input("customer", "term.customer", "lookup", query="parties", arguments={"role": "customer"}),
            Input("customer_class", "word.customer_class"),
            Input("channel", "word.channel"),
            Input("region", "word.region"),
            Input("minimum_quantity", "word.minimum_quantity", "quantity"),
            Input("minimum_amount", "word.minimum_amount", "amount"),
            Input("use_limit", "word.use_limit", "count"),
            Input("customer_use_limit", "word.customer_use_limit", "count"),
            Input("budget_amount", "word.budget_amount", "amount"),
        ),
        preview=_draw_trial,
    ),
)
_COUPONS: Final = SetUp(
    "confirmation_number",
    ListScreen(
        path="coupons",
        title="nav.coupons",
        query="coupons",
        columns=(
            Column("code", "word.coupon", "code", opens="edit_coupon", opens_by="code"),
            Column("promotion", "what.promotion", "code"),
            Column("promotion_name", "word.name"),
            Column("active", "word.active", "flag"),
            Column("once_per_customer", "word.once_per_customer", "flag"),
            Column("use_count", "word.use_count", "count"),
            Column("use_limit", "word.use_limit", "count"),
        ),
        create=("edit_coupon", "put_coupon", "action.new_coupon"),
        empty="empty.coupons",
    ),
    FormScreen(
        path="edit_coupon",
        title="word.coupon",
        command="put_coupon",
        submit="action.save",
        lead="form.coupon_lead",
        inputs=(
            Input("code", "word.coupon", needed=True),
            Input("promotion", "what.promotion", "lookup", needed=True, query="promotions"),
            Input("use_limit", "word.use_limit", "count"),
            Input("once_per_customer", "word.once_per_customer", "flag"),
            Input("active", "word.active", "flag", default=True),
        ),
    ),
)
_RESULTS: Final = ListScreen(
    path="promotion_results",
    title="nav.promotion_results",
    query="promotion_results",
    columns=(
        Column("code", "what.promotion", "code"),
        _NAME,
        Column("order_count", "nav.sales_orders", "count"),
        Column("line_count", "word.lines", "count"),
        Column("given_amount", "word.given_away", "amount", total=True),
        trade.NET,
        Column("margin", "word.margin", "share"),
    ),
    empty="empty.promotions",
)
PROMOTION_PAGES: Final = (
    *_PROMOTIONS.pages(),
    *_COUPONS.pages(),
    Page(_RESULTS.path, _RESULTS.title, "bar_chart", partial(draw_list, _RESULTS), query=_RESULTS.query),
)

# Orders and quotations -----------------------------------------------------------------------------------------------

COUPONS_INPUT: Final = Input("coupons", "nav.coupons", "words", help="form.coupons_help", seldom=True)
_REASONS: Final = (
    trade.LINE,
    Column("kind", "word.price_origin", "word", family="price_reason"),
    _NAME,
    Column("from_quantity", "word.from_quantity", "quantity"),
    trade.UNIT_PRICE,
    Column("tax_included", "word.tax_included", "flag"),
    Column("rate", "word.discount_percent", "share"),
    Column("amount", "word.net_amount", "amount"),
    Column("bought_line", "word.bought_line", "code"),
    Column("coupon", "word.coupon", "code"),
)
SECTION: Final = Section("line_price_reasons", "document.price_reasons", _REASONS)


def draw_reasons(order: str | None, lang: str) -> None:
    """Why the lines of the order that a form changes cost what they do."""
    found = gateway.ask("documents_numbered", number=order) if order else []
    rows = gateway.ask("line_price_reasons", document=found[0]["id"]) if len(found) == 1 else []
    if rows:
        draw_table(_REASONS, rows, lang, label=t(SECTION.title, lang))


def promotions_shown(row: Mapping[str, Any], lang: str) -> str:
    """What promotions take off a typed line, what comes with it for nothing, and what gave less.

    >>> promotions_shown({"promotions": [{"name": "Spring", "rate": Decimal("0.1"), "amount": Decimal(5)}]}, "en")
    'Spring −10%'
    """
    told = [_taken(entry, lang) for entry in _listed(row, "promotions")]
    for gift in _listed(row, "gifts"):
        facts = {"name": gift["name"], "quantity": Decimal(gift["quantity"]), "item": gift["item_code"]}
        told.append(t("preview.gift", lang, **facts))
    less = ", ".join(_taken(entry, lang) for entry in _listed(row, "beaten"))
    if less:
        told.append(t("preview.beaten", lang, promotions=less))
    return "; ".join(told)


def _listed(row: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    return row.get(name) or ()


def _taken(entry: Mapping[str, Any], lang: str) -> str:
    if entry["rate"] is not None:
        return f"{entry['name']} −{format_share(Decimal(entry['rate']), lang, decimals=0)}"
    return t("preview.taken_off", lang, name=entry["name"], amount=Decimal(entry["amount"]))
