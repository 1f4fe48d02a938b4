"""What was open on the day the books began: receivables and payables that came over from the company's former system."""

from __future__ import annotations

from typing import Final

from app.ui.screens import trade
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column


def _form(kind: str, party: str, role: str) -> FormScreen:
    path = f"book_{kind}"
    return FormScreen(
        path=path,
        title=f"action.{path}",
        command=path,
        submit=f"action.{path}",
        opens=kind,
        lead="form.opening_item_lead",
        inputs=(
            Input("party", party, "lookup", needed=True, query="parties", arguments={"role": role}),
            Input("amount", "word.amount", "amount", needed=True),
            Input("currency", "word.currency", "lookup", query="currencies"),
            Input("exchange_rate", "word.exchange_rate", "price", help="form.opening_rate_help"),
            Input("booked_amount", "word.booked_amount", "amount", help="form.opening_rate_help"),
            Input("external_number", "word.external_number", needed=True),
            Input("document_on", "word.document_on", "date", needed=True),
            Input("due_on", "word.due_on", "date", needed=True),
            Input("posted_on", "word.posted_on", "date"),
        ),
    )


def _described(kind: str, query: str, icon: str, party: str, role: str, pay: Action) -> trade.Described:
    form = _form(kind, party, role)
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
            create=(form.path, form.command, form.title),
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
                *trade.IN_CURRENCY,
                trade.MADE_BY,
                trade.NOTE,
                trade.REVERSED_BY,
            ),
            lines=(),
            actions=(pay, trade.REVERSE),
        ),
        (form,),
    )


def _pay(label: str, command: str, form: str) -> Action:
    return Action(label, command, ("posted",), "payments", names_document="document", form=form, primary=True)


OPENING_RECEIVABLES: Final = _described(
    "opening_receivable",
    "opening_receivables",
    "input",
    "term.customer",
    "customer",
    _pay("action.receive_payment", "receive_payment", "receive_payment"),
)
OPENING_PAYABLES: Final = _described(
    "opening_payable",
    "opening_payables",
    "output",
    "term.supplier",
    "supplier",
    _pay("action.pay", "pay_supplier", "pay_supplier"),
)
