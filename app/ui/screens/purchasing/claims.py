"""Claims on suppliers: what was wrong, what is asked, how it ended; the form to claim by hand and the form to settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

REMEDIES: Final = ("replacement", "credit", "none")
_REASONS: Final = ("short", "damaged", "wrong", "over")
_OUTCOMES: Final = ("replaced", "credited", "refused", "withdrawn")

LIST: Final = ListScreen(
    path="supplier_claims",
    title="nav.supplier_claims",
    query="supplier_claims",
    columns=(
        trade.number_that_opens("supplier_claim"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        Column("net_amount", "word.claimed_amount", "amount", total=True),
        trade.CURRENCY,
        Column("external_number", "word.external_number", "code"),
        trade.NOTE,
    ),
    filters=(trade.state_filter("open", "settled"),),
    create=("new_supplier_claim", "create_supplier_claim", "action.claim"),
    empty="empty.supplier_claims",
)

DOCUMENT: Final = DocumentScreen(
    path="supplier_claim",
    kind="supplier_claim",
    steps=("open", "settled"),
    listed_at="supplier_claims",
    facts=(trade.party("term.supplier"), trade.DOCUMENT_ON, trade.EXTERNAL, trade.MADE_BY, trade.NOTE),
    lines=(),
    sections=(
        Section(
            "claim_details",
            "form.lines",
            (
                trade.LINE,
                Column("item_code", "term.item_number", "code"),
                trade.ITEM_NAME,
                Column("reason", "word.reason", "word", family="claim"),
                trade.QUANTITY,
                trade.UNIT,
                Column("remedy", "word.remedy", "word", family="claim"),
                Column("net_amount", "word.claimed_amount", "amount", total=True),
                Column("accepted_amount", "word.accepted_amount", "amount", total=True),
                Column("currency", "word.currency", "code"),
                Column("remark", "word.note"),
                Column("outcome", "word.outcome", "word", family="claim"),
                Column("settled_on", "word.settled_on", "date"),
                Column("settlement_note", "word.note"),
            ),
        ),
    ),
    actions=(
        Action(
            "action.settle_claim", "settle_supplier_claim", ("open",), "handshake", form="settle_claim", primary=True
        ),
        Action(
            "action.accept_warranty_claim", "accept_warranty_claim", ("open",), "verified", form="accept_warranty_claim"
        ),
    ),
)

FORM: Final = FormScreen(
    path="new_supplier_claim",
    title="action.claim",
    command="create_supplier_claim",
    submit="action.claim",
    opens="supplier_claim",
    lead="form.claim_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("document_on", "word.document_on", "date"),
        trade.EXTERNAL_INPUT,
        trade.NOTE_INPUT,
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("reason", "word.reason", "choice", needed=True, choices=_REASONS, family="claim"),
        Input("remedy", "word.remedy", "choice", choices=REMEDIES, family="claim"),
        Input("note", "word.note"),
    ),
    preview=fulfilment.draw_order_lines,
    prefill=fulfilment.order_number,
)


def _claim_named(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"claim": rows[0]["number"]} if rows else {}


SETTLE_FORM: Final = FormScreen(
    path="settle_claim",
    title="action.settle_claim",
    command="settle_supplier_claim",
    submit="action.settle_claim",
    opens="supplier_claim",
    lead="form.settle_lead",
    inputs=(
        Input("claim", "kind.supplier_claim", needed=True),
        Input("outcome", "word.outcome", "choice", needed=True, choices=_OUTCOMES, family="claim"),
        Input("settled_on", "word.settled_on", "date"),
        trade.NOTE_INPUT,
    ),
    prefill=_claim_named,
)

SUPPLIER_CLAIMS: Final = trade.Described("report", LIST, DOCUMENT, (FORM, SETTLE_FORM))
