"""The past of stock: the card of an item with its balance after each move, how old stock is, and where a lot came from and went."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.modules.inventory.stock_ledger import class_names
from app.ui import gateway
from app.ui.screens.one_lot import rows_of_lot, telling
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import lookup, markup
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_PAGE: Final = 50
_CARD: Final = (
    Column("posted_on", "word.posted_on", "date"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="page", opens_by="document_id"),
    Column("party_name", "word.party"),
    Column("from_location", "word.from_location", "code"),
    Column("to_location", "word.to_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("quantity", "word.quantity", "quantity"),
    Column("change", "stock.change", "quantity"),
    Column("balance", "stock.balance", "quantity"),
    Column("value", "word.value", "amount"),
    Column("value_balance", "stock.value_balance", "amount"),
)
AGEING: Final = ListScreen(
    path="stock_ageing",
    title="nav.stock_ageing",
    query="stock_ageing",
    columns=(
        Column("item_code", "term.item_number", "code", opens="stock_card"),
        Column("item_name", "term.item"),
        Column("oldest_on", "stock.oldest_on", "date"),
        Column("average_age_days", "stock.average_age_days", "count"),
        Column("quantity", "term.on_hand", "quantity"),
        Column("unit_code", "word.unit"),
        Column("value", "word.value", "amount", total=True),
        *(Column(f"value_{name}", f"stock.value_{name}", "amount", total=True) for name in class_names()),
        *(Column(f"quantity_{name}", f"stock.quantity_{name}", "quantity", chosen=False) for name in class_names()),
    ),
    empty="empty.stock_on_hand",
)
_DOCUMENTS: Final = (
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("party_name", "word.party"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="page", opens_by="document_id"),
    Column("posted_on", "word.posted_on", "date"),
    Column("quantity", "word.quantity", "quantity"),
)
_ON_HAND: Final = (
    *_DOCUMENTS[:3],
    Column("location_code", "term.bin_location", "code"),
    Column("status", "word.stock_status", "word", family="stock_status"),
    Column("quantity", "word.quantity", "quantity"),
)
_STEPS: Final = (Column("level", "stock.level", "count"), *_DOCUMENTS[:3], *_DOCUMENTS[4:6])
_PARTS: Final = (
    ("customer", "stock.recall_customer", _DOCUMENTS),
    ("repaired", "stock.recall_repaired", _DOCUMENTS),
    ("on_hand", "stock.recall_on_hand", _ON_HAND),
    ("used_in", "stock.recall_used_in", _STEPS),
    ("origin", "stock.recall_origin", _DOCUMENTS),
    ("made_of", "stock.recall_made_of", _STEPS),
    ("trail_ends", "stock.recall_trail_ends", _STEPS),
)


def draw_stock_card() -> None:
    """Draw the card of the item that the address names, a page of moves at a time, the latest first."""
    lang = gateway.visit().lang
    code = _item_named()
    markup.show(markup.heading(t("nav.stock_card", lang), lead=t("stock.card_lead", lang)))
    first, second, third = st.columns([3, 2, 2], vertical_alignment="bottom")
    with first:
        code = lookup.choose(
            "items", {}, code, label=t("term.item_number", lang), told=None, key="stock_card.item", lang=lang
        )
    place = second.text_input(t("term.bin_location", lang), key="stock_card.location").strip() or None
    lot = third.text_input(t("term.lot_batch", lang), key="stock_card.lot").strip() or None
    if code is None:
        markup.show(markup.empty(t("stock.choose_item", lang), t("stock.choose_item_remedy", lang)))
        return
    asked = (code, place, lot)
    if st.session_state.get("stock_card.asked") != asked:
        st.session_state["stock_card.asked"], st.session_state["stock_card.page"] = asked, 1
    page = int(st.session_state["stock_card.page"])
    try:
        rows = gateway.ask("stock_card", item=code, location=place, lot=lot, limit=_PAGE + 1, offset=(page - 1) * _PAGE)
    except Refused as refusal:
        markup.show(markup.note(t(f"refusal.{refusal.key}", lang, **refusal.values), "watch"))
        return
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("stock.no_moves", lang)))
        return
    draw_table(telling(_CARD, rows), _leading(rows[:_PAGE]), lang, label=t("nav.stock_card", lang))
    _turn(page, more=len(rows) > _PAGE, lang=lang)


def _item_named() -> str | None:
    """The item's code, from the address of a link by id or by code."""
    given = st.query_params.get("id", "")
    if given.isdigit():
        found = gateway.ask("item_by_id", id=int(given))
        return found[0]["code"] if found else None
    return st.query_params.get("item") or None


def _turn(page: int, *, more: bool, lang: str) -> None:
    def to(other: int) -> None:
        st.session_state["stock_card.page"] = other

    if page == 1 and not more:
        return
    with st.container(horizontal=True, horizontal_alignment="center"):
        for label, icon, other, there in (
            ("list.earlier", "chevron_left", page - 1, page > 1),
            ("list.later", "chevron_right", page + 1, more),
        ):
            st.button(
                t(label, lang),
                icon=f":material/{icon}:",
                disabled=not there,
                on_click=to,
                args=(other,),
                key=f"stock_card.{label}",
            )


def _leading(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows, each leading to the page of its document."""
    return [{**row, "page": DOCUMENT_PAGES.get(str(row.get("kind"))), "currency": gateway.currency()} for row in rows]


def draw_stock_ageing() -> None:
    """Draw the present stock by the age of its receipts, counted to today."""
    draw_list(replace(AGEING, arguments={"on": gateway.today()}))


def draw_lot_recall() -> None:
    """Draw where a lot went and where it came from."""
    rows = rows_of_lot("lot_recall", "stock.recall_lead")
    if rows is None:
        return
    lang = gateway.visit().lang
    parties = {row["party_name"] for row in rows if row["role"] == "customer"}
    suppliers = {row["party_name"] for row in rows if row["role"] == "origin" and row["party_name"]}
    markup.show(markup.note(t("stock.recall_found", lang, customers=len(parties), origins=len(suppliers)), "info"))
    for role, title, columns in _PARTS:
        found = [row for row in rows if row["role"] == role]
        if found:
            st.subheader(markup.plain(t(title, lang)), anchor=False)
            draw_table(telling(columns, found), _leading(found), lang, label=t(title, lang))


def value_screen(on: date) -> ListScreen:
    """The list of what each item's stock was worth at the end of a day."""
    return ListScreen(
        path="stock_as_of",
        title="nav.stock_as_of",
        query="stock_value_on",
        arguments={"on": on},
        columns=(
            Column("item_code", "term.item_number", "code", opens="stock_card"),
            Column("item_name", "term.item"),
            Column("category_code", "word.category", "code"),
            Column("quantity", "term.on_hand", "quantity"),
            Column("unit_code", "word.unit"),
            Column("unit_cost", "word.unit_cost", "price", sorts=False),
            Column("value", "word.value", "amount", total=True),
        ),
        empty="empty.stock_on_hand",
    )


PAST_PAGES: Final = (
    Page("stock_card", "nav.stock_card", "receipt_long", draw_stock_card, query="stock_card"),
    Page("stock_ageing", "nav.stock_ageing", "hourglass_bottom", draw_stock_ageing, query="stock_ageing"),
    Page("lot_recall", "nav.lot_recall", "hub", draw_lot_recall, query="lot_recall"),
)
