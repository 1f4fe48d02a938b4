"""Warranty claimed from suppliers: the claims on pages of repairs and cases, the form to claim, the form of what is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.values import Column

CLAIMS: Final = Section(
    "warranty_claims",
    "document.warranty_claims",
    (
        trade.number_that_opens("supplier_claim"),
        trade.STATE,
        trade.party("term.supplier"),
        trade.DOCUMENT_ON,
        Column("net_amount", "word.claimed_amount", "amount"),
        Column("accepted_amount", "word.accepted_amount", "amount"),
        Column("currency", "word.currency", "code"),
        Column("outcome", "word.outcome", "word", family="claim"),
        Column("settled_on", "word.settled_on", "date"),
    ),
)


def claim_action(*states: str) -> Action:
    """The button by which what a repair or case cost is claimed from a supplier."""
    return Action("action.claim_warranty", "claim_warranty", states, "gpp_maybe", form="claim_warranty", seldom=True)


def _about(asked: Mapping[str, str]) -> dict[str, Any]:
    """The repair or the case that the form was opened from."""
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    fields = {"repair_order": "repair", "service_case": "case"}
    return {fields[row["kind"]]: row["number"] for row in rows if row["kind"] in fields}


def _claim_with_lines(asked: Mapping[str, str]) -> dict[str, Any]:
    """The claim that the form was opened from, with all that is claimed."""
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not rows:
        return {}
    lines = gateway.ask("claim_details", document=rows[0]["id"])
    return {
        "claim": rows[0]["number"],
        "lines": [{"line": row["line"], "amount": str(row["net_amount"])} for row in lines],
    }


_FORMS: Final = (
    FormScreen(
        path="claim_warranty",
        title="action.claim_warranty",
        command="claim_warranty",
        submit="action.claim_warranty",
        opens="supplier_claim",
        lead="form.claim_warranty_lead",
        inputs=(
            Input("repair", "kind.repair_order"),
            Input("case", "kind.service_case"),
            Input(
                "supplier",
                "term.supplier",
                "lookup",
                query="parties",
                arguments={"role": "supplier"},
                help="form.claim_supplier_help",
            ),
            trade.CURRENCY_INPUT,
            Input("document_on", "word.document_on", "date"),
            trade.EXTERNAL_INPUT,
            trade.NOTE_INPUT,
        ),
        lines=(
            Input("line", "word.line", "count", needed=True),
            Input("quantity", "word.quantity", "quantity", help="form.claim_quantity_help"),
            Input("amount", "word.claimed_amount", "amount", help="form.claim_amount_help"),
            Input("note", "word.note"),
        ),
        lines_needed=False,
        prefill=_about,
    ),
    FormScreen(
        path="accept_warranty_claim",
        title="action.accept_warranty_claim",
        command="accept_warranty_claim",
        submit="action.accept_warranty_claim",
        opens="debit_note",
        lead="form.accept_warranty_lead",
        inputs=(
            Input("claim", "kind.supplier_claim", needed=True),
            Input("posted_on", "word.posted_on", "date"),
            trade.EXTERNAL_INPUT,
            Input("tax_code", "word.tax_code"),
            trade.NOTE_INPUT,
        ),
        lines=(
            Input("line", "word.line", "count", needed=True),
            Input("amount", "word.accepted_amount", "amount", needed=True),
        ),
        lines_needed=False,
        prefill=_claim_with_lines,
    ),
)

WARRANTY_PAGES: Final = tuple(trade.form_page(form, "gpp_maybe") for form in _FORMS)
