"""A pick list on A4: the lines in walking order, each with the bar code that the picker scans and a box to tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from app.kernel.i18n import format_day, format_quantity, t
from app.printing.paper import (
    ACCENT,
    GROUND,
    QUIET,
    RULE,
    WIDTH,
    Form,
    bar_code,
    bare_table,
    print_pages,
    quick_response,
    stacked,
    words,
)

_CODE_SIDE: Final = 22 * mm
_WIDTHS: Final = (9 * mm, 30 * mm, 0.0, 52 * mm, 24 * mm)
_WHAT: Final = WIDTH - sum(_WIDTHS)

Row = Mapping[str, Any]


def pick_list(document: Row, lines: Sequence[Row], lang: str) -> bytes:
    """Print a pick list.

    Args:
        document: the row of `printed_document`.
        lines: the rows of `pick_lines`, in walking order.
        lang: the language to print in.
    """
    title, number = t("kind.pick_list", lang), str(document["number"])

    def story() -> list[Flowable]:
        return [_head(title, document, lang), Spacer(0, 6 * mm), _table(lines, lang)]

    def foot(page: int, pages: int) -> str:
        return t("print.page_of", lang, number=number, page=page, pages=pages)

    return print_pages(story, Form(f"{title} {number}", str(document["company_name"]), lang, foot=foot))


def _head(title: str, document: Row, lang: str) -> Flowable:
    due = [words(f"{t('word.due_on', lang)} {format_day(document['due_on'], lang)}")] if document["due_on"] else []
    said = stacked(words(title, "title", colour=ACCENT), words(document["number"], "name"), *due)
    return bare_table([[said, quick_response(str(document["number"]), _CODE_SIDE)]], [WIDTH - _CODE_SIDE, _CODE_SIDE])


def _table(lines: Sequence[Row], lang: str) -> Flowable:
    names = ("term.bin_location", "term.item", "word.scanned", "word.quantity")
    head: list[Flowable] = [
        words("#", "small", colour=QUIET),
        *(words(t(name, lang), "small", colour=QUIET) for name in names),
    ]
    rows: list[list[Flowable]] = [head]
    for line in lines:
        how_much = f"{format_quantity(line['quantity'], lang)} {line['unit_code'] or ''}".rstrip()
        place = stacked(words(line["location_code"], "name"), words(line["location_name"], "small", colour=QUIET))
        cells = [place, _what(line, lang), _scanned(line, lang), words(how_much, "name", right=True)]
        rows += [[words(line["line"], colour=QUIET), *cells]]
    styles = [
        ("BACKGROUND", (0, 0), (-1, 0), GROUND),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    widths = [_WHAT if width == 0 else width for width in _WIDTHS]
    return Table(rows, colWidths=widths, repeatRows=1, style=styles, splitInRow=1)


def _what(line: Row, lang: str) -> Flowable:
    chinese = line["item_name_zh"] if lang != "en" else None
    order = f"{line['item_code']} · {line['order_number']}"
    return stacked(words(chinese or line["item_name"]), words(order, "small", colour=QUIET))


def _scanned(line: Row, lang: str) -> Flowable:
    scanned = str(line["lot_code"] or line["barcode"] or line["item_code"])
    code = bar_code(scanned, width=48 * mm, height=8 * mm)
    until = [words(t("print.expires_on", lang, day=line["expires_on"]), "small")] if line["expires_on"] else []
    return stacked(*([code] if code else []), words(scanned, "small"), *until)
