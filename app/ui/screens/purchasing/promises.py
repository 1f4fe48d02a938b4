"""What suppliers promise and announce: confirmed dates with their history, delivery notices, and the forms that record them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui.screens import fulfilment, trade
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

PROMISES: Final = Section(
    "order_promises",
    "document.promises",
    (
        trade.LINE,
        Column("item_code", "term.item_number", "code"),
        Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
        Column("document_on", "word.document_on", "date"),
        Column("expected_on", "word.promised_on", "date"),
        Column("quantity", "word.quantity", "quantity"),
        Column("standing", "word.state", "word", family="standing"),
        Column("lot_code", "term.lot_batch", "code"),
        Column("asked_on", "word.asked_on", "date"),
        Column("created_by_name", "word.created_by"),
    ),
)

_EXPECTED: Final = Column("due_on", "word.expected_on", "date")


def _listed(kind: str, path: str) -> ListScreen:
    return ListScreen(
        path=path,
        title=f"nav.{path}",
        query=path,
        columns=(
            trade.number_that_opens(kind),
            trade.STATE,
            trade.party("term.supplier"),
            trade.DOCUMENT_ON,
            _EXPECTED,
            Column("external_number", "word.external_number", "code"),
            trade.NOTE,
        ),
        filters=(trade.state_filter("confirmed", "closed", "cancelled"),),
        empty=f"empty.{path}",
    )


_FACTS: Final = (
    trade.party("term.supplier"),
    trade.DOCUMENT_ON,
    _EXPECTED,
    trade.EXTERNAL,
    trade.MADE_BY,
    trade.NOTE,
)


def _still_open(asked: Mapping[str, str]) -> dict[str, Any]:
    return fulfilment.open_lines(asked, done="fulfilled_quantity")


CONFIRMATION_FORM: Final = FormScreen(
    path="confirm_dates",
    title="action.confirm_dates",
    command="confirm_supplier_dates",
    submit="action.confirm_dates",
    opens="order_confirmation",
    lead="form.confirm_dates_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("document_on", "word.document_on", "date"),
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("promised_on", "word.promised_on", "date", needed=True),
        Input("quantity", "word.quantity", "quantity"),
    ),
    preview=fulfilment.draw_order_lines,
    prefill=_still_open,
)

ORDER_CONFIRMATIONS: Final = trade.Described(
    "event_available",
    _listed("order_confirmation", "order_confirmations"),
    DocumentScreen(
        path="order_confirmation",
        kind="order_confirmation",
        steps=("confirmed", "closed"),
        listed_at="order_confirmations",
        facts=_FACTS,
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            trade.UNIT,
            Column("promised_on", "word.promised_on", "date"),
            Column("fulfilled_quantity", "word.fulfilled_quantity", "quantity"),
            Column("closed", "word.replaced", "flag"),
        ),
        actions=(),
    ),
    (CONFIRMATION_FORM,),
)

NOTICE_FORM: Final = FormScreen(
    path="announce_delivery",
    title="action.announce",
    command="announce_delivery",
    submit="action.announce",
    opens="delivery_notice",
    lead="form.announce_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("expected_on", "word.expected_on", "date", needed=True),
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", help="form.serials_help"),
        Input("expires_on", "word.expires_on", "date"),
    ),
    lines_needed=False,
    preview=fulfilment.draw_order_lines,
    prefill=_still_open,
)

DELIVERY_NOTICES: Final = trade.Described(
    "local_shipping",
    _listed("delivery_notice", "delivery_notices"),
    DocumentScreen(
        path="delivery_notice",
        kind="delivery_notice",
        steps=("confirmed", "closed"),
        listed_at="delivery_notices",
        facts=_FACTS,
        lines=(),
        sections=(
            Section(
                "announced_lines",
                "form.lines",
                (
                    trade.LINE,
                    Column("item_code", "term.item_number", "code"),
                    trade.ITEM_NAME,
                    trade.QUANTITY,
                    trade.UNIT,
                    Column("lot_code", "term.lot_batch", "code"),
                    Column("expires_on", "word.expires_on", "date"),
                ),
            ),
        ),
        actions=(
            Action("action.receive", "receive_goods", ("confirmed",), "inventory_2", form="receive", primary=True),
            Action(
                "action.cancel_notice",
                "cancel_delivery_notice",
                ("confirmed",),
                "cancel",
                names_document="notice",
                asks="ask.cancel_notice",
            ),
        ),
    ),
    (NOTICE_FORM,),
)
