"""Goods of others in our places: what stands here of whom, how it comes and goes back, and how consigned goods become ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.screens.returns import STATUSES
from app.ui.widgets.document import DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_OWNER: Final = Column("owner_name", "word.owner_of_goods", opens="party", opens_by="owner_id")
_STOCK: Final = (
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("location_code", "term.bin_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
    Column("expires_on", "word.expires_on", "date"),
    Column("status", "word.stock_status", "word", family="stock_status"),
    Column("quantity", "term.on_hand", "quantity"),
    Column("unit_code", "word.unit"),
)
_LIST: Final = ListScreen(
    path="third_party_stock",
    title="nav.third_party_stock",
    query="third_party_stock",
    columns=(
        Column("owner_code", "word.owner_code", "code"),
        _OWNER,
        Column("owner_role", "word.owner_role", "word", family="owner_role"),
        *_STOCK,
    ),
    filters=(Filter("role", "word.owner_role", ("supplier", "customer"), "owner_role"),),
    create=("take_over_consignment", "take_over_consignment", "action.take_over_consignment"),
    empty="empty.third_party_stock",
)
_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    trade.QUANTITY,
    trade.UNIT,
    Column("location_code", "term.bin_location", "code"),
    Column("lot_code", "term.lot_batch", "code"),
)
_OWNER_INPUT: Final = Input("owner", "word.owner_of_goods", "lookup", needed=True, query="parties")
_DAY: Final = Input("posted_on", "word.posted_on", "date")
_EXTERNAL: Final = Input("external_number", "word.external_number")
_PLACE: Final = Input("location", "term.bin_location", "lookup", query="locations", arguments={"kind": "storage"})
_ITEM: Final = (
    Input("item", "term.item_number", needed=True),
    Input("quantity", "word.quantity", "quantity", needed=True),
    _PLACE,
    Input("lot", "term.lot_batch"),
    Input("serials", "word.serials", help="form.serials_help"),
)


def _draw_stock_of(field: str, data: dict[str, Any], lang: str) -> None:
    """What stands here of the owner that the form names."""
    if not data.get(field):
        return
    rows = gateway.ask("third_party_stock", owner=data[field], limit=500)
    if rows:
        draw_table(_STOCK, rows, lang, label=t("form.preview", lang))


def _named(field: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """The party that the address names."""
    return {field: asked[field]} if asked.get(field) else {}


def _described(kind: str, query: str, icon: str, form: FormScreen) -> trade.Described:
    return trade.Described(
        icon,
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(
                trade.number_that_opens(kind),
                trade.STATE,
                trade.party("word.owner_of_goods"),
                trade.POSTED_ON,
                trade.EXTERNAL,
            ),
            filters=(trade.state_filter("posted", "reversed"),),
            create=(form.path, form.command, form.title),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(
                trade.party("word.owner_of_goods"),
                trade.POSTED_ON,
                trade.EXTERNAL,
                trade.MADE_BY,
                trade.NOTE,
                trade.REVERSED_BY,
            ),
            lines=_LINES,
            actions=(trade.REVERSE,),
        ),
        (form,),
    )


RECEIPTS: Final = _described(
    "third_party_receipt",
    "third_party_receipts",
    "move_to_inbox",
    FormScreen(
        path="receive_third_party_goods",
        title="action.receive_third_party_goods",
        command="receive_third_party_goods",
        submit="action.receive_third_party_goods",
        opens="third_party_receipt",
        lead="form.third_party_lead",
        inputs=(_OWNER_INPUT, _DAY, _PLACE, _EXTERNAL, trade.NOTE_INPUT),
        lines=(*_ITEM, Input("expires_on", "word.expires_on", "date")),
        preview=partial(_draw_stock_of, "owner"),
    ),
)
RETURNS: Final = _described(
    "third_party_return",
    "third_party_returns",
    "outbox",
    FormScreen(
        path="return_third_party_goods",
        title="action.return_third_party_goods",
        command="return_third_party_goods",
        submit="action.return_third_party_goods",
        opens="third_party_return",
        lead="form.third_party_return_lead",
        inputs=(_OWNER_INPUT, _DAY, _EXTERNAL, trade.NOTE_INPUT),
        lines=(
            *_ITEM,
            Input("from_status", "word.from_status", "choice", choices=STATUSES, family="stock_status"),
        ),
        lines_needed=False,
        preview=partial(_draw_stock_of, "owner"),
        prefill=partial(_named, "owner"),
    ),
)


_TAKE_OVER: Final = FormScreen(
    path="take_over_consignment",
    title="action.take_over_consignment",
    command="take_over_consignment",
    submit="action.take_over_consignment",
    opens="goods_receipt",
    lead="form.take_over_lead",
    inputs=(
        Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
        Input("order", "term.purchase_order", help="form.take_over_order_help"),
        _DAY,
        _EXTERNAL,
        trade.NOTE_INPUT,
    ),
    lines=(*_ITEM, Input("unit_price", "word.unit_price", "price", help="form.take_over_price_help")),
    preview=partial(_draw_stock_of, "supplier"),
    prefill=partial(_named, "supplier"),
)

THIRD_PARTY_PAGES: Final = (
    Page(_LIST.path, _LIST.title, "handshake", partial(draw_list, _LIST), query=_LIST.query),
    trade.form_page(_TAKE_OVER, "handshake"),
    *RECEIPTS.pages(),
    *RETURNS.pages(),
)
