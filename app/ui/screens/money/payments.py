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
from schemas.vocabulary.numbers import ZERO

_OPEN: Final = (
    Column("number", "word.number", "code"),
    Column("party_name", "word.party"),
    Column("due_on", "word.due_on", "date"),
    Column("amount", "word.amount", "amount", total=True),
    Column("open_amount", "word.open_amount", "amount", total=True),
    Column("currency", "word.currency", "code"),
)


_IN_CURRENCY: Final = (
    Input("currency", "word.currency", "lookup", query="currencies", help="form.payment_currency_help"),
    Input("bank_amount", "word.bank_amount", "amount", help="form.bank_amount_help"),
)


def _prefill(query: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    def filled(asked: Mapping[str, str]) -> dict[str, Any]:
        named = asked.get("order", "")
        found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
        if not found:
            return {}
        open_rows = gateway.ask(query, party=found[0]["party_code"])
        parts = [Decimal(row["open_amount"]) for row in open_rows if row["document_id"] == found[0]["id"]]
        amount = plain_number(sum(parts, ZERO)) if parts else None
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
            facts=(
                trade.party(party),
                trade.POSTED_ON,
                trade.EXTERNAL,
                *trade.IN_CURRENCY,
                trade.MADE_BY,
                trade.REVERSED_BY,
            ),
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
    _form(
        "receive_payment",
        "receive_payment",
        "term.customer",
        "customer",
        "payment_in",
        "open_receivables",
        Input("order", "word.deposit_order", help="form.deposit_order_help"),
        *_IN_CURRENCY,
    ),
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
        *_IN_CURRENCY,
    ),
)


def _held(
    path: str, icon: str, *, payment: str, order: str, invoice: str, party: str, apply: str, invoice_field: str
) -> tuple[Page, Page]:
    """The list of what is held for orders on one side, and the form that applies it to another invoice."""
    listed = ListScreen(
        path=path,
        title=f"nav.{path}",
        query=path,
        columns=(
            Column("number", "word.number", "code", opens=payment),
            Column("party_name", party, opens="party", opens_by="party_id"),
            Column("order", f"term.{order}", "code", opens=order, opens_by="order_id"),
            Column("order_state", "word.state", "state"),
            Column("posted_on", "word.posted_on", "date"),
            Column("amount", "word.amount", "amount", total=True),
            Column("open_amount", "word.open_amount", "amount", total=True),
            trade.CURRENCY,
        ),
        create=(apply, apply, f"action.{apply}"),
        empty=f"empty.{path}",
    )
    form = FormScreen(
        path=apply,
        title=f"action.{apply}",
        command=apply,
        submit=f"action.{apply}",
        opens=invoice,
        lead=f"form.{apply}_lead",
        inputs=(
            Input("payment", f"kind.{payment}", needed=True),
            Input(invoice_field, f"kind.{invoice}", needed=True),
            Input("amount", "word.amount", "amount"),
        ),
    )
    return Page(path, f"nav.{path}", icon, partial(draw_list, listed), query=path), trade.form_page(form, icon)


PREPAYMENTS: Final = _held(
    "prepayments",
    "savings",
    payment="payment_out",
    order="purchase_order",
    invoice="supplier_bill",
    party="term.supplier",
    apply="apply_prepayment",
    invoice_field="bill",
)
DEPOSITS: Final = _held(
    "deposits",
    "account_balance_wallet",
    payment="payment_in",
    order="sales_order",
    invoice="customer_invoice",
    party="term.customer",
    apply="apply_deposit",
    invoice_field="invoice",
)
