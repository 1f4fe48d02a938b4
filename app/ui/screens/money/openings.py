"""What was open on the day the books began: receivables and payables that came over from the company's former system."""

from __future__ import annotations

from typing import Final

from app.ui.screens import trade
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column


def _described(kind: str, query: str, icon: str, party: str, pay: Action) -> trade.Described:
    return trade.Described(
        icon,
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(
                trade.number_that_opens(kind),
                trade.STATE,
                trade.party(party),
                trade.POSTED_ON,
                trade.DUE_ON,
                trade.TOTAL,
                trade.CURRENCY,
                Column("external_number", "word.external_number", "code"),
            ),
            filters=(trade.state_filter("posted", "reversed"),),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(
                trade.party(party),
                trade.POSTED_ON,
                trade.EXTERNAL,
                trade.DUE_ON,
                trade.MADE_BY,
                trade.NOTE,
                trade.REVERSED_BY,
            ),
            lines=(),
            actions=(pay, trade.REVERSE),
        ),
    )


def _pay(label: str, command: str, form: str) -> Action:
    return Action(label, command, ("posted",), "payments", names_document="document", form=form, primary=True)


OPENING_RECEIVABLES: Final = _described(
    "opening_receivable",
    "opening_receivables",
    "input",
    "term.customer",
    _pay("action.receive_payment", "receive_payment", "receive_payment"),
)
OPENING_PAYABLES: Final = _described(
    "opening_payable",
    "opening_payables",
    "output",
    "term.supplier",
    _pay("action.pay", "pay_supplier", "pay_supplier"),
)
