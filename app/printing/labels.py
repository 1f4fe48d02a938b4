"""Labels for a label printer: one for each line that was received or made, one for each parcel's way.

A label is 100 by 60 mm. Its codes hold what a scanner types into a field: the item's code, the lot's code, a document's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepInFrame, PageBreak, Spacer

from app.kernel.i18n import format_day, format_quantity, t
from app.printing.paper import QUIET, Form, bar_code, bare_table, print_pages, quick_response, words

SIZE: Final = (100 * mm, 60 * mm)
MARGIN: Final = 4 * mm
_WIDTH: Final = SIZE[0] - 2 * MARGIN
_HEIGHT: Final = SIZE[1] - 2 * MARGIN
_CODE_SIDE: Final = 24 * mm

_OF_A_PARCEL: Final = ("carrier_name", "service_name", "tracking_number", "weight_kg")

Row = Mapping[str, Any]


def item_labels(document: Row, lines: Sequence[Row], lang: str) -> bytes:
    """Print a label for each line with goods: item, lot, expiry, quantity."""
    title = f"{t('print.item_label', lang)} {document['number']}"
    labels = [_item_label(document, line, lang) for line in lines if line["item_code"] is not None]
    return _printed(labels, title, document, lang)


def shipping_label(document: Row, lines: Sequence[Row], lang: str) -> bytes:
    """Print the label of a shipment: where it goes, from whom, its number."""
    del lines
    title = f"{t('print.shipping_label', lang)} {document['number']}"
    wide = _WIDTH - _CODE_SIDE
    to = [
        words(t("print.ship_to", lang), "small", colour=QUIET),
        words(document["ship_to_name"] or "", "name"),
        words(document["ship_to_address"] or "", "text"),
        words(document["ship_to_phone"] or "", "text"),
    ]
    sender = " · ".join(str(document[f"company_{name}"]) for name in ("name", "phone") if document[f"company_{name}"])
    head = bare_table([[to, quick_response(str(document["number"]), _CODE_SIDE)]], [wide, _CODE_SIDE])
    code = bar_code(str(document["number"]), width=_WIDTH, height=9 * mm)
    parts = [
        head,
        Spacer(0, 2 * mm),
        *([code] if code else []),
        words(document["number"]),
        words(sender, "small", colour=QUIET),
    ]
    return _printed([parts], title, document, lang)


def parcel_label(document: Row, lines: Sequence[Row], lang: str) -> bytes:
    """Print the label of a parcel: where it goes, who brings it, its number as bar code and its own as QR."""
    del lines
    parcel: Row = next(iter(document["parcels"]), dict.fromkeys(_OF_A_PARCEL))
    title = f"{t('print.parcel_label', lang)} {document['number']}"
    wide = _WIDTH - _CODE_SIDE
    brought = " · ".join(str(parcel[name]) for name in ("carrier_name", "service_name") if parcel[name])
    weight_kg = parcel["weight_kg"]
    weight = [f"{format_quantity(weight_kg, lang)} kg"] if weight_kg else []
    to = [
        words(brought or t("print.ship_to", lang), "small", colour=QUIET),
        words(document["ship_to_name"] or "", "name"),
        words(document["ship_to_address"] or "", "text"),
        words(document["ship_to_phone"] or "", "text"),
    ]
    scanned = str(parcel["tracking_number"] or document["number"])
    code = bar_code(scanned, width=_WIDTH, height=11 * mm)
    foot = " · ".join([document["number"], document["order_number"] or "", *weight, document["company_name"]])
    parts = [
        bare_table([[to, quick_response(str(document["number"]), _CODE_SIDE)]], [wide, _CODE_SIDE]),
        Spacer(0, 2 * mm),
        *([code] if code else []),
        words(scanned),
        words(foot, "small", colour=QUIET),
    ]
    return _printed([parts], title, document, lang)


def _item_label(document: Row, line: Row, lang: str) -> list[Flowable]:
    chinese = line["item_name_zh"] if lang != "en" else None
    facts = [
        (t("word.quantity", lang), f"{format_quantity(line['quantity'], lang)} {line['unit_code'] or ''}".rstrip())
    ]
    if line["lot_code"] is not None:
        facts.append((t("term.lot_batch", lang), str(line["lot_code"])))
    if line["lot_expires_on"] is not None:
        facts.append((t("word.expires_on", lang), format_day(line["lot_expires_on"], lang)))
    facts.append((t(f"kind.{document['kind']}", lang), f"{document['number']} / {line['line']}"))
    wide = _WIDTH - _CODE_SIDE
    told = bare_table(
        [[words(name, "small", colour=QUIET), words(value)] for name, value in facts],
        [wide * 0.34, wide * 0.66],
    )
    scanned = str(line["lot_code"] or line["item_code"])
    head = [words(chinese or line["item_name"], "name"), words(line["item_code"], "text", colour=QUIET), told]
    code = bar_code(str(line["item_code"]), width=_WIDTH, height=9 * mm)
    return [
        bare_table([[head, quick_response(scanned, _CODE_SIDE)]], [wide, _CODE_SIDE]),
        Spacer(0, 1 * mm),
        *([code] if code else []),
    ]


def _printed(labels: Sequence[list[Flowable]], title: str, document: Row, lang: str) -> bytes:
    def story() -> list[Flowable]:
        # A long name makes the label's text smaller and never a second label.
        shrunk = [[KeepInFrame(_WIDTH, _HEIGHT, label, mode="shrink"), PageBreak()] for label in labels]
        return [part for label in shrunk for part in label][:-1]

    return print_pages(story, Form(title, str(document["company_name"]), lang, SIZE, MARGIN))
