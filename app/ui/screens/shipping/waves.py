"""Waves and pick lists: which orders are picked together, the list in walking order, and the form that takes a picker's scans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input, in_days
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

PICKING_LIFE: Final = ("released", "closed")
_CHOICE: Final = ("due_until", "priority_until", "carrier", "region", "channel", "at_most", "complete_only")

_ORDER: Final = Column("order_number", "term.sales_order", "code", opens="sales_order", opens_by="order_id")
_PLACE: Final = Column("location_code", "term.bin_location", "code")
_LOT: Final = Column("lot_code", "term.lot_batch", "code")
_PICKED: Final = Column("picked_quantity", "word.picked_quantity", "quantity")

TO_PICK: Final = (
    Column("pick_list_number", "kind.pick_list", "code", opens="pick_list", opens_by="pick_list_id"),
    trade.LINE,
    _PLACE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    _LOT,
    Column("expires_on", "word.expires_on", "date"),
    trade.QUANTITY,
    _PICKED,
    Column("open_quantity", "word.open_quantity", "quantity"),
    trade.UNIT,
    _ORDER,
)
PICKING: Final = Section("pick_lines", "document.picking", TO_PICK)
EVENTS: Final = Section(
    "pick_events",
    "document.pick_events",
    (
        Column("made_at", "word.reported_at", "moment"),
        Column("kind", "word.kind", "word", family="pick_event"),
        trade.LINE,
        Column("item_code", "term.item_number", "code"),
        _PLACE,
        _LOT,
        trade.QUANTITY,
        Column("substituted", "word.substituted", "flag"),
        Column("reason", "word.reason", "word", family="pick_reason"),
        Column("note", "word.note"),
        Column("made_by_name", "word.reported_by"),
    ),
)

_PREVIEW: Final = (
    Column("number", "term.sales_order", "code"),
    Column("party_name", "term.customer"),
    trade.DUE_ON,
    Column("priority", "word.priority", "code"),
    Column("carrier", "word.carrier", "code"),
    Column("region", "word.region", "code"),
    Column("channel", "word.channel", "code"),
    Column("line_count", "form.lines", "count"),
    Column("pickable_quantity", "word.pickable_quantity", "quantity"),
    Column("short_quantity", "word.short_quantity", "quantity"),
    Column("weight_kg", "word.weight_kg", "quantity"),
)


def draw_preview(data: dict[str, Any], lang: str) -> None:
    """The orders that the wave would take now."""
    if data.get("orders"):
        return
    chosen = {name: data[name] for name in _CHOICE if data.get(name) not in (None, "")}
    rows = gateway.ask("wave_preview", on=gateway.today().isoformat(), **chosen)
    if rows:
        draw_table(_PREVIEW, rows, lang, label=t("form.preview", lang))
    else:
        markup.show(markup.note(t("preview.empty_wave", lang), "info"))


def _named_order(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"orders": [rows[0]["number"]]} if rows else {}


WAVE_FORM: Final = FormScreen(
    path="new_wave",
    title="action.new_wave",
    command="release_wave",
    submit="action.release_wave",
    opens="pick_wave",
    lead="form.wave_lead",
    inputs=(
        Input("due_until", "word.due_until", "date", default=in_days(7)),
        Input("priority_until", "word.priority_until", "count"),
        Input("carrier", "word.carrier", "lookup", query="carriers"),
        Input("region", "word.region"),
        Input("channel", "word.channel"),
        Input("at_most", "word.at_most_orders", "count", default="50"),
        Input("lists", "word.pick_lists_by", "choice", default="wave", choices=("wave", "order"), family="pick_lists"),
        Input("complete_only", "form.complete_only", "flag", help="form.complete_only_help"),
        Input("orders", "form.named_orders", "words", help="form.named_orders_help"),
        trade.NOTE_INPUT,
    ),
    preview=draw_preview,
    prefill=_named_order,
)

WAVES: Final = trade.Described(
    "waves",
    ListScreen(
        path="pick_waves",
        title="nav.pick_waves",
        query="pick_waves",
        columns=(
            trade.number_that_opens("pick_wave"),
            trade.STATE,
            trade.DOCUMENT_ON,
            Column("due_on", "word.due_until", "date"),
            Column("note", "word.note"),
        ),
        filters=(trade.state_filter("released", "closed", "cancelled"),),
        create=("new_wave", "release_wave", "action.new_wave"),
        empty="empty.pick_waves",
    ),
    DocumentScreen(
        path="pick_wave",
        kind="pick_wave",
        steps=PICKING_LIFE,
        listed_at="pick_waves",
        facts=(trade.DOCUMENT_ON, Column("due_on", "word.due_until", "date"), trade.MADE_BY, trade.NOTE),
        lines=(),
        sections=(PICKING,),
        actions=(
            Action(
                "action.cancel_wave",
                "cancel_wave",
                ("released",),
                "cancel",
                names_document="wave",
                asks="ask.cancel_picking",
            ),
        ),
    ),
    (WAVE_FORM,),
)


def _next_line(asked: Mapping[str, str]) -> dict[str, Any]:
    """The next line of the list that a picker comes by."""
    named = asked.get("order", "")
    rows = gateway.ask("pick_lines", document=int(named)) if named.isdecimal() else []
    line = next((row for row in rows if row["open_quantity"] > 0), None)
    if line is None:
        return {"pick_list": rows[0]["pick_list_number"]} if rows else {}
    return {
        "pick_list": line["pick_list_number"],
        "line": line["line"],
        "location": line["location_code"],
        "quantity": plain_number(line["open_quantity"]),
    }


def draw_way(data: dict[str, Any], lang: str) -> None:
    """What is still to be picked of the list, in walking order."""
    found = gateway.ask("documents_numbered", number=data["pick_list"]) if data.get("pick_list") else []
    rows = gateway.ask("pick_lines", document=found[0]["id"]) if len(found) == 1 else []
    left = [row for row in rows if row["open_quantity"] > 0]
    if left:
        draw_table(TO_PICK[1:], left, lang, label=t("document.picking", lang))
    elif rows:
        markup.show(markup.note(t("preview.all_picked", lang, number=data["pick_list"]), "good"))


PICK_FORM: Final = FormScreen(
    path="confirm_pick",
    title="action.confirm_pick",
    command="confirm_pick",
    submit="action.confirm_pick",
    lead="form.confirm_pick_lead",
    inputs=(
        Input("pick_list", "kind.pick_list", needed=True),
        Input("line", "word.line", "count", needed=True),
        Input("location", "term.bin_location", needed=True, help="form.scan_location_help"),
        Input("scanned", "word.scanned", needed=True, help="form.scanned_help"),
        Input("quantity", "word.picked_quantity", "quantity", needed=True),
        Input(
            "short_reason",
            "word.short_reason",
            "choice",
            choices=("not_found", "damaged", "expired", "other"),
            family="pick_reason",
            help="form.short_reason_help",
        ),
        Input("substitute_reason", "word.substitute_reason", help="form.substitute_reason_help"),
        Input("note", "word.note"),
    ),
    preview=draw_way,
    prefill=_next_line,
)

PICK_LISTS: Final = trade.Described(
    "checklist",
    ListScreen(
        path="pick_lists",
        title="nav.pick_lists",
        query="pick_lists",
        columns=(
            trade.number_that_opens("pick_list"),
            trade.STATE,
            trade.party("term.customer"),
            trade.DOCUMENT_ON,
            trade.DUE_ON,
        ),
        filters=(trade.state_filter("released", "closed", "cancelled"),),
        empty="empty.pick_lists",
    ),
    DocumentScreen(
        path="pick_list",
        kind="pick_list",
        steps=PICKING_LIFE,
        listed_at="pick_lists",
        facts=(trade.party("term.customer"), trade.DOCUMENT_ON, trade.DUE_ON, trade.MADE_BY),
        lines=(),
        sections=(PICKING, EVENTS),
        actions=(
            Action(
                "action.confirm_pick",
                "confirm_pick",
                ("released",),
                "barcode_scanner",
                names_document="pick_list",
                form="confirm_pick",
                primary=True,
            ),
            Action(
                "action.cancel_pick_list",
                "cancel_pick_list",
                ("released",),
                "cancel",
                names_document="pick_list",
                asks="ask.cancel_picking",
            ),
        ),
    ),
    (PICK_FORM,),
)
