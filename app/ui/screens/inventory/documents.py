"""Transfers, counts and opening stock: the documents of the warehouse itself."""

from __future__ import annotations

from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.returns import REASON_INPUT, STATUSES
from app.ui.widgets import markup
from app.ui.widgets.document import DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

_AVAILABLE: Final = (
    Column("code", "term.item_number", "code"),
    Column("name", "term.item"),
    Column("on_hand", "term.on_hand", "quantity"),
    Column("reserved", "term.reserved", "quantity"),
    Column("free", "term.available", "quantity"),
    Column("in_transit", "term.in_transit", "quantity"),
    Column("on_order", "word.on_order", "quantity"),
    Column("advanced", "word.taken_in_advance", "quantity"),
    Column("unit_code", "word.unit"),
)
_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    Column("lot_code", "term.lot_batch", "code"),
    trade.QUANTITY,
    trade.UNIT,
    Column("location_code", "word.from_location", "code"),
    Column("to_location_code", "word.to_location", "code"),
)
_ITEM: Final = Input("item", "term.item_number", needed=True)
_LOT: Final = Input("lot", "term.lot_batch")
_OWNER: Final = Input("owner", "word.owner_of_goods", help="form.owner_help")
_SERIALS: Final = Input("serials", "word.serials", help="form.serials_help")


def _place(name: str, label: str) -> Input:
    return Input(name, label, "lookup", needed=True, query="locations", arguments={"kind": "storage"})


def draw_availability(data: dict[str, Any], lang: str) -> None:
    """What there is of the items that the lines name."""
    codes = [line["item"] for line in data.get("lines", []) if line.get("item")]
    if not codes:
        return
    rows = gateway.ask("availability", items=codes)
    unknown = sorted(set(codes) - {row["code"] for row in rows})
    if rows:
        draw_table(_AVAILABLE, rows, lang, label=t("form.preview", lang))
    if unknown:
        markup.show(markup.note(t("preview.unknown_items", lang, items=", ".join(unknown)), "watch"))


def _described(kind: str, query: str, icon: str, form: FormScreen) -> trade.Described:
    return trade.Described(
        icon,
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(trade.number_that_opens(kind), trade.STATE, trade.POSTED_ON, Column("note", "word.note")),
            filters=(trade.state_filter("posted", "reversed"),),
            create=(form.path, form.command, form.title),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(trade.POSTED_ON, trade.MADE_BY, trade.NOTE, trade.REVERSED_BY),
            lines=_LINES,
            actions=(trade.REVERSE,),
        ),
        (form,),
    )


TRANSFERS: Final = _described(
    "stock_transfer",
    "stock_transfers",
    "swap_horiz",
    FormScreen(
        path="new_stock_transfer",
        title="action.new_stock_transfer",
        command="transfer_stock",
        submit="action.book_transfer",
        opens="stock_transfer",
        inputs=(Input("posted_on", "word.posted_on", "date"), trade.NOTE_INPUT),
        lines=(
            _ITEM,
            Input("quantity", "word.quantity", "quantity", needed=True),
            _place("from_location", "word.from_location"),
            _place("to_location", "word.to_location"),
            _LOT,
            _SERIALS,
            _OWNER,
        ),
        preview=draw_availability,
    ),
)
STATUS_CHANGES: Final = _described(
    "status_change",
    "status_changes",
    "lock",
    FormScreen(
        path="change_stock_status",
        title="action.change_stock_status",
        command="change_stock_status",
        submit="action.change_stock_status",
        opens="status_change",
        lead="form.status_lead",
        inputs=(Input("posted_on", "word.posted_on", "date"), trade.NOTE_INPUT),
        lines=(
            _ITEM,
            _place("location", "term.bin_location"),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("from_status", "word.from_status", needed=True, help="form.status_help"),
            Input("to_status", "word.to_status", needed=True, help="form.status_help"),
            _LOT,
            _OWNER,
        ),
        preview=draw_availability,
    ),
)
SCRAPS: Final = _described(
    "stock_scrap",
    "stock_scraps",
    "delete",
    FormScreen(
        path="scrap_stock",
        title="action.scrap_stock",
        command="scrap_stock",
        submit="action.scrap_stock",
        opens="stock_scrap",
        lead="form.scrap_lead",
        inputs=(REASON_INPUT, Input("posted_on", "word.posted_on", "date"), trade.NOTE_INPUT),
        lines=(
            _ITEM,
            _place("location", "term.bin_location"),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("from_status", "word.from_status", "choice", choices=STATUSES, family="stock_status"),
            _LOT,
        ),
        preview=draw_availability,
    ),
)
COUNTS: Final = _described(
    "stock_count",
    "stock_counts",
    "fact_check",
    FormScreen(
        path="new_stock_count",
        title="action.new_stock_count",
        command="book_stock_count",
        submit="action.book_count",
        opens="stock_count",
        lead="form.count_lead",
        inputs=(Input("posted_on", "word.posted_on", "date"), trade.NOTE_INPUT),
        lines=(
            _ITEM,
            _place("location", "term.bin_location"),
            Input("counted_quantity", "word.counted_quantity", "quantity", needed=True),
            _LOT,
            _OWNER,
            Input("unit_cost", "word.unit_cost", "price", help="form.count_cost_help"),
        ),
        preview=draw_availability,
    ),
)
OPENING: Final = _described(
    "opening_stock",
    "opening_stocks",
    "deployed_code",
    FormScreen(
        path="new_opening_stock",
        title="action.new_opening_stock",
        command="book_opening_stock",
        submit="action.book_opening",
        opens="opening_stock",
        inputs=(Input("posted_on", "word.posted_on", "date"),),
        lines=(
            _ITEM,
            _place("location", "term.bin_location"),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("unit_cost", "word.unit_cost", "price", needed=True),
            _LOT,
            _SERIALS,
            Input("expires_on", "word.expires_on", "date"),
        ),
        preview=draw_availability,
    ),
)
