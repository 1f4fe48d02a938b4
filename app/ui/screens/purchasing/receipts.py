"""Goods receipts: what arrived and what differed, and the form in which a receiver counts, blind where the limits say so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import ORDER_LINES, plain_number
from app.ui.screens.inventory.advances import SETTLED_ADVANCES
from app.ui.screens.purchasing.claims import REMEDIES
from app.ui.screens.purchasing.components import COMPONENTS_USED
from app.ui.screens.purchasing.drop_shipments import BOOKED
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

LIST: Final = ListScreen(
    path="goods_receipts",
    title="nav.goods_receipts",
    query="goods_receipts",
    columns=(
        trade.number_that_opens("goods_receipt"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.POSTED_ON,
        trade.EXTERNAL,
    ),
    filters=(trade.state_filter("posted", "reversed"),),
    create=("receive", "receive_goods", "action.receive"),
    empty="empty.goods_receipts",
)

DOCUMENT: Final = DocumentScreen(
    path="goods_receipt",
    kind="goods_receipt",
    steps=trade.POSTED_LIFE,
    listed_at="goods_receipts",
    facts=(trade.party("term.supplier"), trade.POSTED_ON, trade.EXTERNAL, trade.MADE_BY, trade.REVERSED_BY),
    lines=(
        trade.LINE,
        trade.ITEM_CODE,
        trade.ITEM_NAME,
        trade.QUANTITY,
        trade.UNIT,
        Column("location_code", "term.bin_location", "code"),
        Column("lot_code", "term.lot_batch", "code"),
        trade.UNIT_PRICE,
    ),
    sections=(
        SETTLED_ADVANCES,
        BOOKED,
        Section(
            "receipt_differences",
            "document.differences",
            (
                Column("line", "word.line", "code"),
                Column("item_code", "term.item_number", "code"),
                trade.ITEM_NAME,
                Column("open_quantity", "word.open_quantity", "quantity"),
                Column("stated_quantity", "word.stated_quantity", "quantity"),
                Column("received_quantity", "word.received_quantity", "quantity"),
                Column("damaged_quantity", "claim.damaged", "quantity"),
                Column("wrong_quantity", "claim.wrong", "quantity"),
                Column("over_quantity", "claim.over", "quantity"),
                Column("difference", "word.difference", "quantity"),
                Column("blind", "word.blind_count", "flag"),
            ),
        ),
        COMPONENTS_USED,
    ),
    actions=(
        Action(
            "action.return_to_supplier",
            "return_to_supplier",
            ("posted",),
            "assignment_return",
            form="return_to_supplier",
        ),
        Action("action.book_landed_cost", "book_landed_cost", ("posted",), "anchor", form="book_landed_cost"),
        trade.REVERSE,
    ),
)

_TO_RECEIVE: Final = (
    trade.LINE,
    Column("item_code", "term.item_number", "code"),
    trade.ITEM_NAME,
    trade.UNIT,
    Column("ordered_quantity", "word.ordered_quantity", "quantity"),
    Column("received_quantity", "word.received_quantity", "quantity"),
    Column("open_quantity", "word.open_quantity", "quantity"),
    Column("announced_quantity", "word.stated_quantity", "quantity"),
    Column("lot", "term.lot_batch", "code"),
    Column("serials", "word.serials"),
    Column("expires_on", "word.expires_on", "date"),
)


_PUT_AWAY: Final = (
    trade.LINE,
    Column("item_code", "term.item_number", "code"),
    Column("code", "form.put_away", "code"),
    Column("proposed_quantity", "word.quantity", "quantity"),
)


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    """What is announced or open, line by line; where the count is blind the quantity is left to the receiver."""
    named = asked.get("order", "")
    rows = gateway.ask("lines_to_receive", order=int(named)) if named.isdecimal() else []
    lines = []
    for row in rows:
        known = row["announced_quantity"] if row["announced_quantity"] is not None else row["open_quantity"]
        if known is None or known > 0:
            quantity = None if known is None else plain_number(Decimal(known))
            expires = None if row["expires_on"] is None else str(row["expires_on"])
            said = {"lot": row["lot"], "serials": row["serials"], "expires_on": expires}
            lines.append({"line": row["line"], "quantity": quantity, **said})
    return {"order": rows[0]["named"], "lines": lines} if rows else {}


def draw_lines_to_receive(data: dict[str, Any], lang: str) -> None:
    """The lines of the order or notice that goods are received on; a blind count shows no quantity."""
    if not data.get("order"):
        return
    rows = gateway.ask("lines_to_receive", order=data["order"])
    if not rows:
        markup.show(markup.note(t("preview.unknown_order", lang, number=data["order"]), "watch"))
        return
    markup.show(markup.quiet(t("form.order_lines", lang, number=rows[0]["named"], party=rows[0]["party_name"])))
    if any(row["blind"] for row in rows):
        markup.show(markup.note(t("preview.blind", lang), "info"))
    shown = tuple(c for c in _TO_RECEIVE if any(row.get(c.name) not in (None, "") for row in rows))
    draw_table(shown, rows, lang, label=t("form.lines", lang))
    _draw_put_away(data, {str(row["line"]): row["item_code"] for row in rows}, lang)


def _draw_put_away(data: dict[str, Any], items: Mapping[str, str], lang: str) -> None:
    """Where lines without a place will be put by the rules of their items; who wants it otherwise types places."""
    if data.get("location") or not gateway.may_ask("put_away_places"):
        return
    proposed = []
    for line in data.get("lines", []):
        item, quantity = items.get(str(line.get("line"))), line.get("quantity")
        if line.get("location") or line.get("component") or item is None or not quantity:
            continue
        try:
            places = gateway.ask("put_away_places", item=item, quantity=str(quantity))
        except Refused:
            continue  # What cannot be a quantity yet is told by the form itself.
        shown = [place for place in places if place["proposed_quantity"] > 0]
        proposed += [{**place, "line": line["line"], "item_code": item} for place in shown]
    if proposed:
        draw_table(_PUT_AWAY, proposed, lang, label=t("form.put_away", lang))


def _with_components(data: dict[str, Any]) -> dict[str, Any]:
    """Rows that name a component say what was used of it for their order line; the others are what arrived."""
    rows = data.get("lines", [])
    used = [
        {
            "item": row["component"],
            **{name: row[name] for name in ("line", "quantity", "lot", "serials") if name in row},
        }
        for row in rows
        if row.get("component")
    ]
    return {**data, "lines": [row for row in rows if not row.get("component")], "components": used}


FORM: Final = FormScreen(
    path="receive",
    title="action.receive",
    command="receive_goods",
    submit="action.receive",
    opens="goods_receipt",
    lead="form.receive_lead",
    inputs=(
        Input("order", "word.order_or_notice", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.to_location", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("external_number", "word.delivery_note"),
    ),
    lines=(
        *ORDER_LINES,
        Input("expires_on", "word.expires_on", "date"),
        Input("stated_quantity", "word.stated_quantity", "quantity", help="form.stated_help"),
        Input("damaged_quantity", "claim.damaged", "quantity", help="form.not_taken_help"),
        Input("wrong_quantity", "claim.wrong", "quantity", help="form.not_taken_help"),
        Input("over_quantity", "claim.over", "quantity", help="form.not_taken_help"),
        Input("remedy", "word.remedy", "choice", choices=REMEDIES, family="claim"),
        Input("component", "word.component_used", help="form.component_help"),
    ),
    lines_needed=False,
    shaped=_with_components,
    preview=draw_lines_to_receive,
    prefill=_prefill,
)

GOODS_RECEIPTS: Final = trade.Described("inventory_2", LIST, DOCUMENT, (FORM,))
