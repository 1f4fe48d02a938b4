"""Payments in and out: what they settle, and the forms that open with what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.document import DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_OPEN: Final = (
    Column("number", "word.number", "code"),
    Column("party_name", "word.party"),
    Column("due_on", "word.due_on", "date"),
    Column("amount", "word.amount", "amount", total=True),
    Column("open_amount", "word.open_amount", "amount", total=True),
)


def _prefill(query: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    def filled(asked: Mapping[str, str]) -> dict[str, Any]:
        named = asked.get("order", "")
        found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
        if not found:
            return {}
        open_rows = gateway.ask(query, party=found[0]["party_code"])
        rest = next((row["open_amount"] for row in open_rows if row["document_id"] == found[0]["id"]), None)
        amount = None if rest is None else plain_number(Decimal(rest))
        line = {"document": found[0]["number"], "amount": amount}
        return {"party": found[0]["party_code"], "amount": amount, "allocations": [line] if amount else []}

    return filled


def _preview(query: str) -> Callable[[dict[str, Any], str], None]:
    def drawn(data: dict[str, Any], lang: str) -> None:
        if not data.get("party"):
            return
        rows = gateway.ask(query, party=data["party"])
        if not rows:
            markup.show(markup.note(t("preview.nothing_due", lang), "info"))
            return
        markup.show(markup.quiet(t("form.open_items", lang)))
        draw_table(_OPEN, rows, lang, label=t("form.open_items", lang))

    return drawn


def _described(kind: str, query: str, party: str, role: str, form: FormScreen) -> trade.Described:
    return trade.Described(
        "payments",
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(
                trade.number_that_opens(kind),
                trade.STATE,
                trade.party(party),
                trade.POSTED_ON,
                trade.TOTAL,
                trade.CURRENCY,
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
            facts=(trade.party(party), trade.POSTED_ON, trade.EXTERNAL, trade.MADE_BY, trade.REVERSED_BY),
            lines=(),
            actions=(trade.REVERSE,),
        ),
        (form,),
    )


def _form(path: str, command: str, party: str, role: str, opens: str, open_query: str, *more: Input) -> FormScreen:
    return FormScreen(
        path=path,
        title=f"action.{path}",
        command=command,
        submit="action.book_payment",
        opens=opens,
        lead="form.payment_lead",
        inputs=(
            Input("party", party, "lookup", needed=True, query="parties", arguments={"role": role}),
            Input("amount", "word.amount", "amount", needed=True),
            Input("posted_on", "word.posted_on", "date"),
            Input("external_number", "word.bank_reference"),
            *more,
        ),
        lines=(
            Input("document", "word.settles", needed=True),
            Input("amount", "word.amount", "amount", needed=True),
        ),
        lines_name="allocations",
        lines_needed=False,
        preview=_preview(open_query),
        prefill=_prefill(open_query),
    )


PAYMENTS_IN: Final = _described(
    "payment_in",
    "payments_in",
    "term.customer",
    "customer",
    _form("receive_payment", "receive_payment", "term.customer", "customer", "payment_in", "open_receivables"),
)
PAYMENTS_OUT: Final = _described(
    "payment_out",
    "payments_out",
    "term.supplier",
    "supplier",
    _form(
        "pay_supplier",
        "pay_supplier",
        "term.supplier",
        "supplier",
        "payment_out",
        "open_payables",
        Input("order", "word.prepaid_order", help="form.prepaid_order_help"),
    ),
)

_PREPAID: Final = ListScreen(
    path="prepayments",
    title="nav.prepayments",
    query="prepayments",
    columns=(
        Column("number", "word.number", "code", opens="payment_out"),
        Column("party_name", "term.supplier", opens="party", opens_by="party_id"),
        Column("order", "term.purchase_order", "code", opens="purchase_order", opens_by="order_id"),
        Column("order_state", "word.state", "state"),
        Column("posted_on", "word.posted_on", "date"),
        Column("amount", "word.amount", "amount", total=True),
        Column("open_amount", "word.open_amount", "amount", total=True),
    ),
    create=("apply_prepayment", "apply_prepayment", "action.apply_prepayment"),
    empty="empty.prepayments",
)

PREPAYMENTS: Final = (
    Page("prepayments", "nav.prepayments", "savings", partial(draw_list, _PREPAID), query="prepayments"),
    trade.form_page(
        FormScreen(
            path="apply_prepayment",
            title="action.apply_prepayment",
            command="apply_prepayment",
            submit="action.apply_prepayment",
            opens="supplier_bill",
            lead="form.apply_prepayment_lead",
            inputs=(
                Input("payment", "kind.payment_out", needed=True),
                Input("bill", "kind.supplier_bill", needed=True),
                Input("amount", "word.amount", "amount"),
            ),
        ),
        "savings",
    ),
)
