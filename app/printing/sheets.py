"""Which sheets each kind of document has, and the one way to print one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from app.kernel.access import Principal
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES
from app.printing.business_document import Layout, business_document
from app.printing.labels import item_labels, parcel_label, shipping_label
from app.printing.pick_list import pick_list
from app.printing.repair_sheets import repair_estimate, repair_report

Drawn = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]], str], bytes]


class Asked(Protocol):
    """What printing asks of the kernel's gateway."""

    clock: Clock

    def query(self, name: str, arguments: dict[str, Any], *, principal: Principal) -> list[dict[str, Any]]:
        """Answer a query."""
        ...


@dataclass(frozen=True)
class Sheet:
    """A sheet that a kind of document can be printed on.

    Attributes:
        name: what it is called in addresses and options.
        title: key of its title.
        drawn: makes the PDF of `printed_document`, the lines and a language.
        lines: the query that gives the lines by the document's id.
    """

    name: str
    title: str
    drawn: Drawn
    lines: str = "document_lines"


@dataclass(frozen=True)
class Printed:
    """A printed document: the name of its file, and the PDF."""

    file_name: str
    content: bytes


_DAY: Final = ("document_on", "word.document_on")
_DUE: Final = ("due_on", "word.due_on")
_POSTED: Final = ("posted_on", "word.document_on")
_THEIRS: Final = ("external_number", "word.external_number")
_CURRENCY: Final = ("currency", "word.currency")
_DELIVERY: Final = ("delivery_terms", "word.delivery_terms")
_ORDER: Final = ("order_number", "term.sales_order")
_THEIR_ORDER: Final = ("order_external_number", "print.your_order")


@dataclass(frozen=True)
class _Leads:
    """Where the code on a sheet leads its customer, once the page is shared with him.

    Attributes:
        links: the query of the links to the page.
        subject: the field of the document that names what the page shows.
        told: key of what is said beside the code.
        permission: of who may hand the page out.
    """

    links: str
    subject: str
    told: str
    permission: str


_LEADS: Final = {
    "shipment": _Leads("order_links", "order_id", "print.order_page", "fulfilment.read"),
    "repair_order": _Leads("repair_links", "id", "print.repair_page", "service.read"),
}
_SAYS_WHY: Final = frozenset({"quotation", "sales_order"})


def _sheet(name: str, layout: Layout) -> Sheet:
    return Sheet(name, layout.title, partial(business_document, layout))


SHEETS: Final[Mapping[str, tuple[Sheet, ...]]] = {
    "quotation": (
        _sheet(
            "quotation",
            Layout(
                "term.quotation",
                "term.customer",
                (
                    _DAY,
                    ("due_on", "word.valid_until"),
                    _THEIRS,
                    ("payment_term", "word.payment_term"),
                    _DELIVERY,
                    _CURRENCY,
                ),
            ),
        ),
    ),
    "sales_order": (
        _sheet(
            "order_confirmation",
            Layout(
                "print.order_confirmation",
                "term.customer",
                (
                    _DAY,
                    ("due_on", "term.delivery_date"),
                    _THEIRS,
                    ("payment_term", "word.payment_term"),
                    _DELIVERY,
                    _CURRENCY,
                ),
            ),
        ),
    ),
    "shipment": (
        _sheet(
            "delivery_note",
            Layout(
                "print.delivery_note",
                "print.ship_to",
                (_POSTED, _ORDER, _THEIR_ORDER, ("external_number", "word.waybill")),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
        Sheet("shipping_label", "print.shipping_label", shipping_label),
    ),
    "stock_transfer": (
        _sheet(
            "delivery_note",
            Layout(
                "print.delivery_note",
                "print.ship_to",
                (_POSTED,),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
    ),
    "advance_issue": (
        _sheet(
            "advance_issue_slip",
            Layout(
                "kind.advance_issue",
                "term.customer",
                (_DAY, ("note", "word.reason")),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
    ),
    "transfer_dispatch": (
        _sheet(
            "delivery_note",
            Layout(
                "print.delivery_note",
                "print.ship_to",
                (_POSTED, ("due_on", "word.expected_on")),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
    ),
    "supplier_return": (
        _sheet(
            "return_note",
            Layout(
                "kind.supplier_return",
                "print.ship_to",
                (_POSTED, _THEIRS),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
    ),
    "third_party_return": (
        _sheet(
            "return_note",
            Layout(
                "kind.third_party_return",
                "print.ship_to",
                (_POSTED, _THEIRS),
                priced=False,
                delivers=True,
                signed="print.received_by",
            ),
        ),
    ),
    "parcel": (Sheet("parcel_label", "print.parcel_label", parcel_label),),
    "pick_list": (Sheet("pick_list", "kind.pick_list", pick_list, lines="pick_lines"),),
    "customer_invoice": (
        _sheet(
            "invoice",
            Layout("print.invoice", "term.customer", (_POSTED, _DUE, _ORDER, _THEIR_ORDER, _CURRENCY), paid=True),
        ),
    ),
    "purchase_order": (
        _sheet(
            "purchase_order",
            Layout(
                "term.purchase_order",
                "term.supplier",
                (
                    _DAY,
                    ("due_on", "term.delivery_date"),
                    _THEIRS,
                    ("payment_term", "word.payment_term"),
                    _DELIVERY,
                    _CURRENCY,
                ),
            ),
        ),
    ),
    "goods_receipt": (Sheet("item_label", "print.item_label", item_labels),),
    "repair_order": (
        Sheet("estimate", "print.repair_estimate", repair_estimate, lines="repair_sheet"),
        Sheet("report", "print.repair_report", repair_report, lines="repair_sheet"),
    ),
    "production_completion": (Sheet("item_label", "print.item_label", item_labels),),
}


def _add_promotions(lines: Sequence[dict[str, Any]], reasons: Sequence[dict[str, Any]]) -> None:
    """Name on each line the promotions that its price comes from."""
    by_line: dict[int, list[dict[str, Any]]] = {}
    for reason in reasons:
        if reason["kind"] == "promotion":
            by_line.setdefault(reason["line"], []).append(reason)
    for line in lines:
        line["promotions"] = by_line.get(line["line"], [])


def print_document(
    gateway: Asked,
    document_id: int,
    *,
    principal: Principal,
    sheet: str | None = None,
    language: str | None = None,
    public_address: str | None = None,
) -> Printed:
    """Print a document.

    Args:
        gateway: answers what the sheet states, as the reader may see it.
        document_id: of the document.
        principal: the reader.
        sheet: which of its sheets; by default the first.
        language: by default the other side's.
        public_address: under which customers reach us; with it a sheet leads to a page that was shared.

    Returns:
        The file.

    Raises:
        Refused: there is no such document for the reader, no such sheet, or no such language.
    """
    found = gateway.query("printed_document", {"document": document_id}, principal=principal)
    if not found:
        raise Refused("not_found", what="document", value=document_id)
    document = found[0]
    sheets = SHEETS.get(document["kind"], ())
    chosen = next((entry for entry in sheets if sheet in (None, entry.name)), None)
    if chosen is None:
        known = ", ".join(entry.name for entry in sheets)
        raise Refused("sheet_unknown", field="sheet", kind=document["kind"], sheet=sheet or "-", known=known or "-")
    lang = language or document["party_language"] or LANGUAGES[0]
    if lang not in LANGUAGES:
        raise Refused("language_unknown", field="language", language=lang, known=", ".join(LANGUAGES))
    lines = gateway.query(chosen.lines, {"document": document_id}, principal=principal)
    if document["kind"] in _SAYS_WHY:
        _add_promotions(lines, gateway.query("line_price_reasons", {"document": document_id}, principal=principal))
    if public_address is not None:
        document |= _customers_page(gateway, document, public_address, principal)
    name = "".join(part if part.isalnum() or part in "-_" else "-" for part in str(document["number"]))
    return Printed(f"{chosen.name}-{name}.pdf", chosen.drawn(document, lines, lang))


def _customers_page(
    gateway: Asked, document: Mapping[str, Any], public_address: str, principal: Principal
) -> dict[str, str]:
    """The page that a sheet leads its customer to, where it was shared and the reader may hand it out; else nothing."""
    leads = _LEADS.get(document["kind"])
    if leads is None or document[leads.subject] is None or not principal.may(leads.permission):
        return {}
    links = gateway.query(leads.links, {"document": document[leads.subject]}, principal=principal)
    latest = max(links, key=lambda link: link["expires_at"], default=None)
    if latest is None or latest["expires_at"] <= gateway.clock.now():
        return {}
    return {"customers_page": f"{public_address}{latest['path']}", "leads_to": leads.told}
