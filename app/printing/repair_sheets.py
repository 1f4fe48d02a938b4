"""The estimate and the report of a repair on A4: the piece and what was found or done, then line by line who bears what.

Drawn from the rows of `printed_document` and `repair_sheet`. What the warranty bears of a line stands on it as a discount, so that
the sheet comes to what the customer pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.kernel.i18n import t
from app.printing.business_document import Layout, business_document

_PIECE: Final = (
    ("piece_code", "term.item_number"),
    ("piece_name", "term.item"),
    ("lot_code", "term.lot_batch"),
    ("received_on", "word.piece_received_on"),
    ("warranty_until", "word.warranty_until"),
    ("case_number", "kind.service_case"),
)
ESTIMATE: Final = Layout(
    "print.repair_estimate",
    "term.customer",
    (("document_on", "word.document_on"), *_PIECE, ("due_on", "word.valid_until"), ("currency", "word.currency")),
    signed="word.answered_by",
)
REPORT: Final = Layout(
    "print.repair_report",
    "term.customer",
    (*_PIECE, ("returned_on", "word.piece_returned_on"), ("tracking_number", "word.tracking_number")),
    signed="print.received_by",
)


def repair_estimate(document: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], lang: str) -> bytes:
    """Print what a repair is estimated to take, with the diagnosis."""
    return _sheet(ESTIMATE, document, lines, lang, said="diagnosis", quantity="quantity")


def repair_report(document: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], lang: str) -> bytes:
    """Print what a repair took and what was done, as the customer is charged for it."""
    return _sheet(REPORT, document, lines, lang, said="report", quantity="billed_quantity")


def _sheet(
    layout: Layout,
    document: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    lang: str,
    *,
    said: str,
    quantity: str,
) -> bytes:
    piece: Mapping[str, Any] = lines[0] if lines else {}
    name = piece.get("piece_name_zh") if lang != "en" else None
    facts = {column: piece.get(column) for column, _ in layout.facts if column in piece}
    if name:
        facts["piece_name"] = name
    shown = [
        {**line, "quantity": line[quantity], "unit_code": line["unit_code"] or t("print.hours", lang)}
        for line in lines
        if line["line"] is not None and line[quantity] > 0
    ]
    return business_document(layout, {**document, **facts, "note": piece.get(said)}, shown, lang)
