"""What documents of buying and selling share on screens: their columns, their life, and how a description becomes pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.widgets.document import Action, DocumentScreen, draw_document
from app.ui.widgets.forms import FormScreen, Input, draw_form
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column
from schemas.vocabulary.delivery import Incoterm

DOCUMENT_PAGES: Final[dict[str, str]] = {
    kind: kind
    for kind in (
        "quotation",
        "sales_order",
        "shipment",
        "pick_wave",
        "pick_list",
        "parcel",
        "customer_invoice",
        "payment_in",
        "purchase_requisition",
        "request_for_quotation",
        "supplier_quotation",
        "blanket_order",
        "purchase_order",
        "order_confirmation",
        "delivery_notice",
        "goods_receipt",
        "supplier_claim",
        "supplier_bill",
        "payment_out",
        "stock_transfer",
        "transfer_dispatch",
        "transfer_receipt",
        "stock_count",
        "count_sheet",
        "opening_stock",
        "opening_receivable",
        "opening_payable",
        "production_order",
        "material_issue",
        "production_completion",
        "customer_return",
        "credit_note",
        "supplier_return",
        "debit_note",
        "credit_application",
        "landed_cost",
        "freight_bill",
        "cost_closing",
        "revaluation",
        "status_change",
        "stock_scrap",
        "advance_issue",
        "internal_issue",
        "third_party_receipt",
        "third_party_return",
        "service_case",
        "repair_order",
        "material_return",
        "labour_report",
        "repair_completion",
        "manual_entry",
        "reversal",
    )
}

ORDER_LIFE: Final = ("draft", "confirmed", "closed")
PRODUCTION_LIFE: Final = ("draft", "released", "closed")
POSTED_LIFE: Final = ("posted",)

NUMBER: Final = Column("number", "word.number", "code")
STATE: Final = Column("state", "word.state", "state")
DOCUMENT_ON: Final = Column("document_on", "word.document_on", "date")
POSTED_ON: Final = Column("posted_on", "word.posted_on", "date")
DUE_ON: Final = Column("due_on", "word.due_on", "date")
TOTAL: Final = Column("total_amount", "word.total_amount", "amount", total=True)
NET: Final = Column("net_amount", "word.net_amount", "amount", total=True)
TAX: Final = Column("tax_amount", "word.tax_amount", "amount", total=True)
CURRENCY: Final = Column("currency", "word.currency", "code", chosen=False)
IN_CURRENCY: Final = (
    Column("currency", "word.currency", "code"),
    Column("foreign_exchange_rate", "word.exchange_rate", "price"),
    Column("home_total_amount", "word.home_total_amount", "price"),
)
CURRENCY_INPUT: Final = Input(
    "currency", "word.currency", "lookup", query="currencies", help="form.currency_help", seldom=True
)
_TYPED_IN_CURRENCY: Final = (
    Column("currency", "word.currency", "code"),
    Column("exchange_rate", "word.exchange_rate", "price"),
    Column("home_net_amount", "word.home_net_amount", "price"),
)
EXTERNAL: Final = Column("external_number", "word.external_number", "code", chosen=False)
NOTE: Final = Column("note", "word.note", chosen=False)
MADE_BY: Final = Column("created_by_name", "word.created_by")
REVERSED_BY: Final = Column("reversed_by_number", "word.reversed_by", "code")
REVERSES: Final = Column("reverses_number", "word.reverses", "code")

LINE: Final = Column("line", "word.line", "code")
ITEM_CODE: Final = Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id")
ITEM_NAME: Final = Column("item_name", "term.item")
QUANTITY: Final = Column("quantity", "word.quantity", "quantity")
UNIT: Final = Column("unit_code", "word.unit")
UNIT_PRICE: Final = Column("unit_price", "word.unit_price", "price")
FULFILLED: Final = Column("fulfilled_quantity", "word.fulfilled_quantity", "quantity")
INVOICED: Final = Column("invoiced_quantity", "word.invoiced_quantity", "quantity")
RETURNED: Final = Column("returned_quantity", "word.returned_quantity", "quantity", if_any=True)
RESERVED: Final = Column("reserved_quantity", "term.reserved", "quantity")

REVERSE: Final = Action(
    "action.reverse",
    "reverse_document",
    ("posted",),
    "undo",
    names_document="document",
    asks="ask.reverse",
    reason=True,
)

OPEN_CASE: Final = Action(
    "action.open_service_case",
    "open_service_case",
    ("confirmed", "closed", "posted"),
    "support_agent",
    form="open_service_case",
)

REASON: Final = Column("reason_code", "word.return_reason", "word", family="return_reason")

NOTE_INPUT: Final = Input("note", "word.note", "note")
DOCUMENT_ON_INPUT: Final = Input("document_on", "word.document_on", "date", default=gateway.today, seldom=True)
FREIGHT_INPUT: Final = Input("freight", "word.freight", "amount")


def with_charges(data: dict[str, Any]) -> dict[str, Any]:
    """What a form asks as freight is a charge of the document."""
    given = {name: value for name, value in data.items() if name != "freight"}
    if data.get("freight"):
        given["charges"] = [{"description": t("word.freight", gateway.visit().lang), "amount": data["freight"]}]
    return given


DELIVERY_TERMS: Final = (
    Column("incoterm", "word.incoterm", "word", family="incoterm"),
    Column("incoterm_place", "word.incoterm_place"),
)
DELIVERY_INPUTS: Final = (
    Input(
        "incoterm",
        "word.incoterm",
        "choice",
        choices=tuple(Incoterm),
        family="incoterm",
        help="form.incoterm_help",
        seldom=True,
    ),
    Input("incoterm_place", "word.incoterm_place", seldom=True),
)
EXTERNAL_INPUT: Final = Input("external_number", "word.external_number")


def with_currency(columns: tuple[Column, ...], rows: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of a typed document's preview, with those of its currency where that is a foreign one."""
    foreign = any(row.get("currency") not in (None, gateway.currency()) for row in rows)
    return (*columns, *_TYPED_IN_CURRENCY) if foreign else columns


def number_that_opens(page: str) -> Column:
    """The number of a document as the link to its page."""
    return Column("number", "word.number", "code", opens=page)


def party(label: str) -> Column:
    """The name of the party, titled as the document calls it, leading to its page."""
    return Column("party_name", label, opens="party", opens_by="party_id")


def state_filter(*states: str) -> Filter:
    """The choice of a state above a list."""
    return Filter("state", "word.state", states)


@dataclass(frozen=True)
class Described:
    """The pages of one kind of document."""

    icon: str
    listing: ListScreen
    document: DocumentScreen
    forms: tuple[FormScreen, ...] = ()

    def pages(self) -> tuple[Page, ...]:
        """The list, the document's page and its forms."""
        listing, document = self.listing, self.document
        return (
            Page(listing.path, listing.title, self.icon, partial(draw_list, listing), query=listing.query),
            Page(
                document.path,
                f"kind.{document.kind}",
                self.icon,
                partial(draw_document, document, pages=DOCUMENT_PAGES),
                query=listing.query,
                listed=False,
            ),
            *(form_page(form, self.icon) for form in self.forms),
        )


def form_page(form: FormScreen, icon: str, *, listed: bool = False) -> Page:
    """The page of a form; most are reached from a list and stand in no navigation."""
    draw: Callable[[], None] = partial(draw_form, form)
    return Page(form.path, form.title, icon, draw, command=form.command, listed=listed)
