"""The paper: its one face, its type sizes and colours, the numbered page, codes that a scanner reads.

One open typeface with Latin and Chinese ships with the product (data/reference/fonts), so a sheet looks the same on every
machine. It has one weight; rank is told by size and colour. Lengths are in points, 72 to the inch.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

from app.kernel.i18n import REFERENCE

FACE: Final = "NotoSansSC"
INK: Final = HexColor("#1d1e2c")
QUIET: Final = HexColor("#676a7d")
ACCENT: Final = HexColor("#4348b5")
RULE: Final = HexColor("#c9cbd8")
GROUND: Final = HexColor("#f3f4f8")

MARGIN: Final = 16 * mm
WIDTH: Final = A4[0] - 2 * MARGIN

_SIZES: Final = {"title": 20.0, "name": 13.0, "text": 9.0, "small": 7.5, "total": 11.0}
_SPACED: Final = 1.4
_FOOT_HEIGHT: Final = 6 * mm


@cache
def face() -> str:
    """Register the typeface once a process and return its name."""
    pdfmetrics.registerFont(TTFont(FACE, str(REFERENCE / "fonts" / "NotoSansSC-Regular.ttf")))
    return FACE


@cache
def _style(size: str, colour: Color, to_the_right: bool, chinese: bool) -> ParagraphStyle:
    points = _SIZES[size]
    return ParagraphStyle(
        f"{size}{colour.hexval()}{to_the_right}{chinese}",
        fontName=face(),
        fontSize=points,
        leading=points * _SPACED,
        textColor=colour,
        alignment=TA_RIGHT if to_the_right else TA_LEFT,
        # Chinese has no spaces to break at; a long code or address without them may break anywhere too.
        wordWrap="CJK" if chinese else None,
        splitLongWords=1,
    )


def words(said: object, size: str = "text", *, colour: Color = INK, right: bool = False) -> Paragraph:
    """Words that wrap; what is said is taken literally, line breaks included."""
    shown = "".join(character if character.isprintable() or character == "\n" else " " for character in str(said))
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")
    chinese = any(ord(character) >= 0x2E80 for character in shown)
    return Paragraph(escaped, _style(size, colour, right, chinese))


def bare_table(
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float] | None,
    styles: Sequence[tuple[Any, ...]] = (),
    *,
    gap: float = 0,
) -> Table:
    """Things side by side and in rows, without lines; `gap` points of white space above and below each row."""
    padding = {"LEFTPADDING": 0, "RIGHTPADDING": 0, "TOPPADDING": gap, "BOTTOMPADDING": gap}
    plain = [("VALIGN", (0, 0), (-1, -1), "TOP"), *((side, (0, 0), (-1, -1), space) for side, space in padding.items())]
    return Table([list(row) for row in rows], colWidths=widths, style=[*plain, *styles], hAlign="LEFT")


def stacked(*parts: Flowable) -> Table:
    """Things one under the other."""
    return bare_table([[part] for part in parts], None)


def quick_response(content: str, side: float) -> Drawing:
    """A QR code, `side` points wide and high with its quiet zone."""
    widget = QrCodeWidget(content, barLevel="M", barFillColor=INK)
    left, bottom, right, top = widget.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(widget)
    return drawing


def bar_code(content: str, *, width: float, height: float) -> Flowable | None:
    """A Code 128 bar code in the width given; None for text that Code 128 does not know or that would be too dense to scan."""
    if not content or any(not 32 <= ord(character) < 127 for character in content):
        return None
    narrowest = 0.19 * mm
    drawn = Code128(content, barHeight=height, barWidth=narrowest, quiet=False)
    if drawn.width > width:
        return None
    return Code128(content, barHeight=height, barWidth=narrowest * min(width / drawn.width, 2.0), quiet=False)


@dataclass(frozen=True)
class Form:
    """What all pages of a file have in common.

    Attributes:
        title: of the file.
        author: of the file.
        language: tag of the language that is printed.
        page_size: width and height in points.
        margin: white space on all sides, in points.
        foot: what stands at the foot of a page, of its number and the number of pages.
    """

    title: str
    author: str
    language: str
    page_size: tuple[float, float] = A4
    margin: float = MARGIN
    foot: Callable[[int, int], str] | None = None


def print_pages(story: Callable[[], list[Flowable]], form: Form) -> bytes:
    """Set flowables on pages; a foot that tells the number of pages is set when that is known.

    Args:
        story: gives what is printed, in order, anew at each call.
        form: what the pages have in common.

    Returns:
        The PDF; the same story gives the same bytes.
    """
    first, count = _set(story(), form, None)
    return first if form.foot is None else _set(story(), form, count)[0]


def _set(story: list[Flowable], form: Form, count: int | None) -> tuple[bytes, int]:
    """The file and its number of pages; without their number the pages have no foot."""

    def foot(canvas: Canvas, template: BaseDocTemplate) -> None:
        if form.foot is not None and count is not None:
            canvas.setFont(face(), _SIZES["small"])
            canvas.setFillColor(QUIET)
            canvas.drawCentredString(form.page_size[0] / 2, form.margin, form.foot(template.page, count))

    file = io.BytesIO()
    template = BaseDocTemplate(
        file, pagesize=form.page_size, title=form.title, author=form.author, lang=form.language, invariant=1
    )
    width, height = form.page_size
    bottom = form.margin + (_FOOT_HEIGHT if form.foot else 0)
    frame = Frame(
        form.margin,
        bottom,
        width - 2 * form.margin,
        height - form.margin - bottom,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    template.addPageTemplates(PageTemplate(frames=[frame], pagesize=form.page_size, onPageEnd=foot))
    template.build(story)
    return file.getvalue(), template.page
