"""Codes and rules of web shops: why the buyer of an order paid less, and what each code sold."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.document import Section
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_KIND: Final = Column("kind", "word.discount_kind", "word", family="shop_discount_kind")
_CODE: Final = Column("code", "word.discount_code", "code")
_TITLE: Final = Column("title", "word.title")
SECTION: Final = Section(
    "shop_discounts",
    "document.shop_discounts",
    (
        trade.LINE,
        Column("description", "word.description"),
        _KIND,
        _CODE,
        _TITLE,
        Column("amount", "word.taken_off", "amount", total=True),
    ),
)
_RESULTS: Final = ListScreen(
    path="shop_code_results",
    title="nav.shop_code_results",
    query="shop_code_results",
    columns=(
        _CODE,
        _TITLE,
        _KIND,
        Column("shop", "word.shop", "code"),
        Column("order_count", "nav.sales_orders", "count"),
        Column("given_amount", "word.given_away", "amount", total=True),
        trade.NET,
    ),
    empty="empty.shop_code_results",
)
CODE_RESULTS: Final = Page(
    _RESULTS.path, _RESULTS.title, "confirmation_number", partial(draw_list, _RESULTS), query=_RESULTS.query
)
