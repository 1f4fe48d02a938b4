"""Credit notes to customers, debit notes to suppliers, and the setting of a credit against an invoice or a bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.returns import REASONS
from app.ui.widgets import markup
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

_LEFT: Final = (
    Column("line", "word.line", "code"),
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("quantity", "word.invoiced_quantity", "quantity"),
    Column("left_quantity", "word.returned_quantity", "quantity"),
    Column("net_amount", "word.net_amount", "amount"),
    Column("credited_amount", "word.credited_amount", "amount"),
    Column("left_amount", "word.left_amount", "amount"),
)


def _named(asked: Mapping[str, str]) -> dict[str, Any] | None:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return rows[0] if rows else None


def _prefill(field: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    def filled(asked: Mapping[str, str]) -> dict[str, Any]:
        document = _named(asked)
        if document is None:
            return {}
        lines = [
            {"line": row["line"], "quantity": plain_number(Decimal(row["left_quantity"]))}
            for row in gateway.ask("creditable_lines", document=document["id"])
            if Decimal(row["left_quantity"]) > 0
        ]
        return {field: document["number"], "settle": True, "lines": lines}

    return filled


def _preview(field: str) -> Callable[[dict[str, Any], str], None]:
    def drawn(data: dict[str, Any], lang: str) -> None:
        if not data.get(field):
            return
        found = gateway.ask("documents_numbered", number=data[field])
        if len(found) != 1:
            markup.show(markup.note(t("preview.unknown_order", lang, number=data[field]), "watch"))
            return
        title = t("form.creditable", lang, number=found[0]["number"])
        rows = gateway.ask("creditable_lines", document=found[0]["id"])
        markup.show(markup.quiet(title))
        draw_table(_LEFT, [{**row, "currency": found[0]["currency"]} for row in rows], lang, label=title)

    return drawn


def _form(path: str, kind: str, field: str) -> FormScreen:
    return FormScreen(
        path=path,
        title=f"action.{path}",
        command=path,
        submit=f"action.{path}",
        opens=kind,
        lead="form.credit_lead",
        inputs=(
            Input(field, "word.customer_invoice" if field == "invoice" else "word.supplier_bill", needed=True),
            Input("reason", "word.return_reason", "choice", choices=REASONS, family="return_reason"),
            Input("posted_on", "word.posted_on", "date"),
            Input("external_number", "word.tax_invoice_number"),
            Input("settle", "word.settle", "flag", default=True, help="form.settle_help"),
            trade.NOTE_INPUT,
        ),
        lines=(
            Input("line", "word.line", "count", needed=True),
            Input("quantity", "word.returned_quantity", "quantity"),
            Input("amount", "word.allowance", "amount"),
        ),
        lines_needed=False,
        preview=_preview(field),
        prefill=_prefill(field),
    )


_APPLY: Final = Action("action.apply_credit", "apply_credit", ("posted",), "link", form="apply_credit")


def _described(kind: str, query: str, party: str, form: FormScreen, *actions: Action) -> trade.Described:
    return trade.Described(
        "undo",
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(
                trade.number_that_opens(kind),
                trade.STATE,
                trade.party(party),
                trade.POSTED_ON,
                trade.NET,
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
                trade.REASON,
                trade.EXTERNAL,
                *trade.IN_CURRENCY,
                trade.MADE_BY,
                trade.NOTE,
                trade.REVERSED_BY,
            ),
            lines=(
                trade.LINE,
                trade.ITEM_CODE,
                trade.ITEM_NAME,
                Column("description", "word.description"),
                trade.QUANTITY,
                trade.UNIT,
                trade.NET,
                trade.TAX,
            ),
            actions=(*actions, trade.REVERSE),
        ),
        (form,),
    )


def _credit(asked: Mapping[str, str]) -> dict[str, Any]:
    document = _named(asked)
    return {} if document is None else {"credit": document["number"]}


_APPLY_FORM: Final = FormScreen(
    path="apply_credit",
    title="action.apply_credit",
    command="apply_credit",
    submit="action.apply_credit",
    opens="credit_application",
    lead="form.apply_credit_lead",
    inputs=(
        Input("credit", "word.credit", needed=True),
        Input("document", "word.settles", needed=True),
        Input("amount", "word.amount", "amount"),
        Input("posted_on", "word.posted_on", "date"),
    ),
    prefill=_credit,
)

CREDIT_NOTES: Final = _described(
    "credit_note", "credit_notes", "term.customer", _form("issue_credit_note", "credit_note", "invoice"), _APPLY
)
DEBIT_NOTES: Final = _described(
    "debit_note", "debit_notes", "term.supplier", _form("issue_debit_note", "debit_note", "bill"), _APPLY
)
CREDIT_APPLICATIONS: Final = _described("credit_application", "credit_applications", "word.party", _APPLY_FORM)
