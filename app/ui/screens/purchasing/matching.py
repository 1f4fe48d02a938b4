"""The three-way match: order lines beside what was received and billed of them, and how far the bills exceed the order."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_LIST: Final = ListScreen(
    path="purchase_match",
    title="nav.purchase_match",
    query="purchase_match",
    columns=(
        Column("order", "term.purchase_order", "code", opens="purchase_order", opens_by="order_id"),
        trade.LINE,
        Column("match", "word.check", "word", family="match", sorts=False),
        Column("party_name", "term.supplier", opens="party", opens_by="party_id"),
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        Column("item_name", "term.item", chosen=False),
        Column("ordered_quantity", "word.ordered_quantity", "quantity"),
        Column("received_quantity", "word.received_quantity", "quantity"),
        Column("billed_quantity", "word.billed_quantity", "quantity"),
        Column("waiting_quantity", "word.waiting_quantity", "quantity", chosen=False, sorts=False),
        Column("ordered_price", "word.ordered_price", "price"),
        Column("billed_price", "word.billed_price", "price", sorts=False),
        Column("price_difference", "word.price_difference", "amount", total=True, sorts=False),
        Column("price_difference_rate", "word.price_difference_percent", "share", chosen=False, sorts=False),
        Column("tolerance_amount", "word.tolerance_amount", "amount", chosen=False, sorts=False),
    ),
    empty="empty.purchase_match",
)

PURCHASE_MATCH: Final = Page(
    "purchase_match", "nav.purchase_match", "rule_folder", partial(draw_list, _LIST), query="purchase_match"
)
