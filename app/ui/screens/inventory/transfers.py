"""Transfers in two steps: what was sent, what is on the way, and the receipt that opens with what should arrive."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.inventory.documents import draw_availability
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table
from schemas.vocabulary.places import StockStatus

_FROM: Final = Column("from_location", "word.from_location", "code")
_TO: Final = Column("to_location", "word.to_location", "code")
_TRANSIT: Final = Column("transit_location", "word.transit_location", "code")
_LOT: Final = Column("lot_code", "term.lot_batch", "code")
_SENT: Final = Column("quantity", "word.sent_quantity", "quantity")
_OPEN: Final = Column("open_quantity", "term.in_transit", "quantity")
_MOVED: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    _LOT,
    trade.QUANTITY,
    trade.UNIT,
    Column("location_code", "word.from_location", "code"),
    Column("to_location_code", "word.to_location", "code"),
)
_BECAME: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    _LOT,
    _TRANSIT,
    _TO,
    _SENT,
    Column("received_quantity", "word.received_quantity", "quantity"),
    Column("lost_quantity", "word.lost_quantity", "quantity"),
    _OPEN,
    trade.UNIT,
)


def _place(name: str, label: str, *, needed: bool = False, kind: str = "storage") -> Input:
    return Input(name, label, "lookup", needed=needed, query="locations", arguments={"kind": kind})


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    """What is still on the way of the dispatch that the address names; pieces with serial numbers are one line an item."""
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found:
        return {}
    open_lines = [
        row for row in gateway.ask("transfer_lines", document=found[0]["id"]) if Decimal(row["open_quantity"]) > 0
    ]
    pieces: dict[int, list[dict[str, Any]]] = {}
    for row in open_lines:
        if row["serial_tracked"]:
            pieces.setdefault(row["item_id"], []).append(row)
    lines = []
    for row in open_lines:
        own = pieces.get(row["item_id"], [row])
        if row is own[0]:
            line = {
                "line": row["line"],
                "quantity": plain_number(sum((Decimal(piece["open_quantity"]) for piece in own), Decimal(0))),
                "status": StockStatus.AVAILABLE.value,
            }
            named = {"serials": " ".join(piece["lot_code"] for piece in own)} if row["serial_tracked"] else {}
            lines.append(line | named)
    return {"transfer": found[0]["number"], "lines": lines}


def _draw_on_the_way(data: dict[str, Any], lang: str) -> None:
    """What became so far of the dispatch that the form names."""
    if not data.get("transfer"):
        return
    found = gateway.ask("documents_numbered", number=data["transfer"])
    if len(found) != 1:
        markup.show(markup.note(t("preview.unknown_order", lang, number=data["transfer"]), "watch"))
        return
    title = t("form.on_the_way", lang, number=found[0]["number"])
    markup.show(markup.quiet(title))
    draw_table(_BECAME, gateway.ask("transfer_lines", document=found[0]["id"]), lang, label=title)


_SEND: Final = FormScreen(
    path="send_transfer",
    title="action.send_transfer",
    command="send_transfer",
    submit="action.send_transfer",
    opens="transfer_dispatch",
    lead="form.send_transfer_lead",
    inputs=(
        _place("from_location", "word.from_location", needed=True),
        _place("to_location", "word.to_location", needed=True),
        _place("transit", "word.transit_location", kind="transit"),
        Input("due_on", "word.expected_on", "date"),
        Input("posted_on", "word.posted_on", "date"),
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("item", "term.item_number", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        _place("from_location", "word.from_location"),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", help="form.serials_help"),
    ),
    preview=draw_availability,
)
_RECEIVE: Final = FormScreen(
    path="receive_transfer",
    title="action.receive_transfer",
    command="receive_transfer",
    submit="action.receive_transfer",
    opens="transfer_receipt",
    lead="form.receive_transfer_lead",
    inputs=(
        Input("transfer", "kind.transfer_dispatch", needed=True),
        _place("location", "word.to_location"),
        Input("posted_on", "word.posted_on", "date"),
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.received_quantity", "quantity", needed=True),
        Input("serials", "word.serials", help="form.serials_help"),
        Input("status", "word.stock_status", help="form.status_help"),
        Input("lost_quantity", "word.lost_quantity", "quantity"),
        Input("lost_serials", "word.lost_serials", help="form.serials_help"),
        Input("reason", "word.reason", help="form.loss_reason_help"),
    ),
    lines_needed=False,
    preview=_draw_on_the_way,
    prefill=_prefill,
)
DISPATCHES: Final = trade.Described(
    "local_shipping",
    ListScreen(
        path="transfer_dispatches",
        title="nav.transfer_dispatches",
        query="transfer_dispatches",
        columns=(
            trade.number_that_opens("transfer_dispatch"),
            trade.STATE,
            trade.POSTED_ON,
            Column("due_on", "word.expected_on", "date"),
            Column("note", "word.note"),
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        create=(_SEND.path, _SEND.command, _SEND.title),
        empty="empty.transfer_dispatches",
    ),
    DocumentScreen(
        path="transfer_dispatch",
        kind="transfer_dispatch",
        steps=trade.POSTED_LIFE,
        listed_at="transfer_dispatches",
        facts=(
            trade.POSTED_ON,
            Column("due_on", "word.expected_on", "date"),
            trade.MADE_BY,
            trade.NOTE,
            trade.REVERSED_BY,
        ),
        lines=(),
        actions=(
            Action(
                "action.receive_transfer",
                "receive_transfer",
                ("posted",),
                "move_to_inbox",
                names_document="transfer",
                form="receive_transfer",
                left=("quantity", "fulfilled_quantity"),
                primary=True,
            ),
            trade.REVERSE,
        ),
        sections=(Section("transfer_lines", "form.lines", _BECAME),),
    ),
    (_SEND, _RECEIVE),
)
RECEIPTS: Final = trade.Described(
    "move_to_inbox",
    ListScreen(
        path="transfer_receipts",
        title="nav.transfer_receipts",
        query="transfer_receipts",
        columns=(
            trade.number_that_opens("transfer_receipt"),
            trade.STATE,
            trade.POSTED_ON,
            Column("note", "word.note"),
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        empty="empty.transfer_receipts",
    ),
    DocumentScreen(
        path="transfer_receipt",
        kind="transfer_receipt",
        steps=trade.POSTED_LIFE,
        listed_at="transfer_receipts",
        facts=(trade.POSTED_ON, trade.MADE_BY, trade.NOTE, trade.REVERSED_BY),
        lines=_MOVED,
        actions=(trade.REVERSE,),
        sections=(
            Section(
                "transfer_losses",
                "form.lost",
                (
                    trade.LINE,
                    trade.ITEM_CODE,
                    trade.ITEM_NAME,
                    _LOT,
                    Column("quantity", "word.lost_quantity", "quantity"),
                    trade.UNIT,
                    Column("reason", "word.reason", "word", family="count_reason"),
                ),
            ),
        ),
    ),
    (),
)
OPEN_TRANSFERS: Final = ListScreen(
    path="open_transfers",
    title="nav.open_transfers",
    query="open_transfers",
    columns=(
        Column("number", "word.number", "code", opens="transfer_dispatch", opens_by="document_id"),
        trade.POSTED_ON,
        Column("due_on", "word.expected_on", "date"),
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        _LOT,
        _FROM,
        _TRANSIT,
        _TO,
        _SENT,
        _OPEN,
        trade.UNIT,
    ),
    create=(_SEND.path, _SEND.command, _SEND.title),
    empty="empty.open_transfers",
)

TRANSFER_PAGES: Final = (
    Page(
        OPEN_TRANSFERS.path,
        OPEN_TRANSFERS.title,
        "conveyor_belt",
        partial(draw_list, OPEN_TRANSFERS),
        query=OPEN_TRANSFERS.query,
    ),
    *DISPATCHES.pages(),
    *RECEIPTS.pages(),
)
