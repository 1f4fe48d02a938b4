"""What has fallen to its minimum: the list with what each position is made of, and the form that asks for all of it or some."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_BELOW: Final = ListScreen(
    path="items_below_minimum",
    title="nav.items_below_minimum",
    query="items_below_minimum",
    columns=(
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        Column("item_name", "term.item"),
        Column("in_stock", "word.in_stock", "quantity"),
        Column("on_order", "word.on_order", "quantity"),
        Column("requisitioned", "word.requisitioned", "quantity"),
        Column("needed", "word.still_needed", "quantity"),
        Column("position", "word.inventory_position", "quantity"),
        Column("minimum", "word.minimum", "quantity"),
        Column("proposed", "word.to_ask_for", "quantity"),
        trade.UNIT,
        Column("supplier_name", "word.suggested_supplier"),
    ),
    create=("requisition_below_minimum", "requisition_below_minimum", "action.requisition_below_minimum"),
    empty="empty.items_below_minimum",
)


def _draw_asked_for(data: dict[str, Any], lang: str) -> None:
    """What the requisition would ask for, of the items that are chosen or of all."""
    chosen = set(data.get("items") or ())
    rows = [row for row in gateway.ask(_BELOW.query) if not chosen or row["item_code"] in chosen]
    if rows:
        draw_table(_BELOW.columns, rows, lang, label=t(_BELOW.title, lang))


_ASK_FOR_THEM: Final = FormScreen(
    path="requisition_below_minimum",
    title="action.requisition_below_minimum",
    command="requisition_below_minimum",
    submit="action.book_requisition",
    opens="purchase_requisition",
    lead="form.requisition_below_minimum_lead",
    inputs=(
        Input("items", "term.item", "several", query="items", arguments={"source": "buy"}),
        Input("confirm", "form.confirm_at_once", "flag", default=True),
    ),
    preview=_draw_asked_for,
)
MINIMUM_PAGES: Final = (
    Page(
        _BELOW.path,
        _BELOW.title,
        "production_quantity_limits",
        partial(draw_list, _BELOW),
        query=_BELOW.query,
    ),
    trade.form_page(_ASK_FOR_THEM, "production_quantity_limits"),
)
