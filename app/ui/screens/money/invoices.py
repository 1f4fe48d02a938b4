"""Customer invoices and supplier bills: what is owed, when, and from which goods it came."""

from __future__ import annotations

from typing import Any, Final

from app.ui.screens import fulfilment, trade
from app.ui.screens.money.schedule import PAYMENT_SCHEDULE
from app.ui.widgets.document import Action, DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen

_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    trade.QUANTITY,
    trade.UNIT,
    trade.UNIT_PRICE,
    trade.NET,
    trade.TAX,
)


def _listed(path: str, title: str, page: str, party: str, empty: str, *states: str) -> ListScreen:
    return ListScreen(
        path=path,
        title=title,
        query=path,
        columns=(
            trade.number_that_opens(page),
            trade.STATE,
            trade.party(party),
            trade.POSTED_ON,
            trade.DUE_ON,
            trade.NET,
            trade.TOTAL,
            trade.CURRENCY,
            trade.EXTERNAL,
        ),
        filters=(trade.state_filter(*states, "posted", "reversed"),),
        empty=empty,
    )


def _shown(
    kind: str, listed_at: str, party: str, *actions: Action, steps: tuple[str, ...] = trade.POSTED_LIFE
) -> DocumentScreen:
    return DocumentScreen(
        path=kind,
        kind=kind,
        steps=steps,
        listed_at=listed_at,
        facts=(
            trade.party(party),
            trade.POSTED_ON,
            trade.EXTERNAL,
            trade.DUE_ON,
            *trade.IN_CURRENCY,
            trade.MADE_BY,
            trade.REVERSED_BY,
        ),
        sections=(PAYMENT_SCHEDULE,),
        lines=_LINES,
        actions=(*actions, trade.REVERSE),
    )


def _billable(asked: Any) -> dict[str, Any]:
    return fulfilment.open_lines(asked, wanted="chargeable_quantity", done="invoiced_quantity")


INVOICE_FORM: Final = FormScreen(
    path="invoice",
    title="action.invoice",
    command="issue_customer_invoice",
    submit="action.invoice",
    opens="customer_invoice",
    lead="form.invoice_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("external_number", "word.tax_invoice_number"),
        Input("due_on", "word.due_on", "date"),
    ),
    preview=fulfilment.draw_order_lines,
    prefill=fulfilment.order_number,
)
BILL_FORM: Final = FormScreen(
    path="bill",
    title="action.bill",
    command="book_supplier_bill",
    submit="action.bill",
    opens="supplier_bill",
    lead="form.bill_lead",
    inputs=(
        Input("order", "term.purchase_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("external_number", "word.supplier_invoice_number"),
        Input("due_on", "word.due_on", "date"),
    ),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("unit_price", "word.unit_price", "price", help="form.bill_price_help"),
    ),
    lines_needed=False,
    preview=fulfilment.draw_order_lines,
    prefill=_billable,
)

CUSTOMER_INVOICES: Final = trade.Described(
    "receipt_long",
    _listed(
        "customer_invoices", "nav.customer_invoices", "customer_invoice", "term.customer", "empty.customer_invoices"
    ),
    _shown(
        "customer_invoice",
        "customer_invoices",
        "term.customer",
        trade.OPEN_CASE,
        Action(
            "action.receive_payment",
            "receive_payment",
            ("posted",),
            "payments",
            names_document="document",
            form="receive_payment",
            primary=True,
        ),
        Action("action.issue_credit_note", "issue_credit_note", ("posted",), "undo", form="issue_credit_note"),
    ),
    (INVOICE_FORM,),
)
SUPPLIER_BILLS: Final = trade.Described(
    "request_quote",
    _listed(
        "supplier_bills",
        "nav.supplier_bills",
        "supplier_bill",
        "term.supplier",
        "empty.supplier_bills",
        "draft",
        "cancelled",
    ),
    _shown(
        "supplier_bill",
        "supplier_bills",
        "term.supplier",
        Action("action.post_bill", "post_supplier_bill", ("draft",), "task_alt", names_document="bill", primary=True),
        Action(
            "action.pay",
            "pay_supplier",
            ("posted",),
            "payments",
            names_document="document",
            form="pay_supplier",
            primary=True,
        ),
        Action("action.issue_debit_note", "issue_debit_note", ("posted",), "undo", form="issue_debit_note"),
        Action("action.book_landed_cost", "book_landed_cost", ("posted",), "anchor", form="book_landed_cost"),
        Action(
            "action.cancel_bill",
            "cancel_supplier_bill",
            ("draft",),
            "cancel",
            names_document="bill",
            asks="ask.cancel_bill",
        ),
        steps=("draft", "posted"),
    ),
    (BILL_FORM,),
)
