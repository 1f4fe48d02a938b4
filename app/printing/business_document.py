"""An order, delivery note or invoice on A4: who to whom, what about, line by line, what it comes to.

Drawn from the rows of `printed_document` and `document_lines`. A row of the line table may go over a page; its head is
repeated. A tax that differs by line is summed by rate, as the other side's bookkeeping needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from app.kernel.i18n import format_day, format_money, format_price, format_quantity, format_share, t
from app.printing.amount_in_words import amount_in_words
from app.printing.paper import (
    ACCENT,
    GROUND,
    QUIET,
    RULE,
    WIDTH,
    Form,
    bare_table,
    print_pages,
    quick_response,
    stacked,
    words,
)

_CODE_SIDE: Final = 22 * mm
_NUMBER_WIDTH: Final = 9 * mm
_GAP: Final = 3 * mm
_INDENT: Final = 4
_CHARGE: Final = "charge"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """What a business document shows.

    Attributes:
        title: key of its title.
        party: key of what the other side is called.
        facts: names of header fields, each with the key of its label.
        priced: whether lines carry prices and the document a total.
        delivers: whether goods go with it: it names where they go, and lines carry their lots.
        paid: whether it asks for money and therefore names the bank account.
        signed: key of the line under which the other side signs; None for none.
    """

    title: str
    party: str
    facts: tuple[tuple[str, str], ...]
    priced: bool = True
    delivers: bool = False
    paid: bool = False
    signed: str | None = None


def business_document(layout: Layout, document: Row, lines: Sequence[Row], lang: str) -> bytes:
    """Print a business document.

    Args:
        layout: what the sheet shows.
        document: the row of `printed_document`.
        lines: the rows of `document_lines`.
        lang: the language to print in.

    Returns:
        The PDF.
    """
    title, number = t(layout.title, lang), str(document["number"])

    def story() -> list[Flowable]:
        return [
            _head(title, document, lang),
            Spacer(0, 7 * mm),
            _sides(layout, document, lang),
            Spacer(0, 6 * mm),
            _lines(layout, document, lines, lang),
            Spacer(0, 3 * mm),
            *([KeepTogether(_totals(layout, document, lines, lang))] if layout.priced else []),
            *(_parcels(document, lang) if layout.delivers else []),
            KeepTogether(_end(layout, document, lang)),
        ]

    def foot(page: int, pages: int) -> str:
        return t("print.page_of", lang, number=number, page=page, pages=pages)

    form = Form(f"{title} {number}", str(document["company_name"]), lang, foot=foot)
    return print_pages(story, form)


def _head(title: str, document: Row, lang: str) -> Flowable:
    company = stacked(
        words(document["company_name"], "name"),
        *_small(document["company_address"]),
        *_small(_said("word.phone", document["company_phone"], lang), document["company_email"]),
        *_small(_said("word.tax_number", document["company_tax_number"], lang)),
    )
    said = stacked(
        words(title, "title", colour=ACCENT, right=True),
        words(document["number"], "name", right=True),
        *([words(t(f"state.{document['state']}", lang), colour=QUIET, right=True)] if _not_in_force(document) else []),
    )
    code = quick_response(str(document["number"]), _CODE_SIDE)
    half = (WIDTH - _CODE_SIDE - _GAP) / 2
    return bare_table([[company, said, "", code]], [half, half, _GAP, _CODE_SIDE])


def _not_in_force(document: Row) -> bool:
    """A draft, and what was cancelled or taken back, say so where everybody sees it."""
    return document["state"] in {"draft", "cancelled", "reversed"}


def _sides(layout: Layout, document: Row, lang: str) -> Flowable:
    known = [
        *_small(_said("word.phone", document["party_phone"], lang), document["party_email"]),
        *_small(_said("word.tax_number", document["party_tax_number"], lang)),
    ]
    side = "ship_to" if layout.delivers else "party"
    party = stacked(
        words(t(layout.party, lang), "small", colour=QUIET),
        words(document[f"{side}_name"] or "", "name"),
        *_small(document[f"{side}_address"]),
        *(_small(_said("word.phone", document["ship_to_phone"], lang)) if layout.delivers else known),
    )
    facts = [
        [words(t(label, lang), "small", colour=QUIET), words(_fact(document[name], lang), "text")]
        for name, label in layout.facts
        if document.get(name) not in (None, "")
    ]
    if not layout.delivers and document["kind"] == "purchase_order" and document["ship_to_name"]:
        party = stacked(
            party,
            words(t("print.ship_to", lang), "small", colour=QUIET),
            words(document["ship_to_name"], "name"),
            *_small(document["ship_to_address"]),
            *_small(_said("word.phone", document["ship_to_phone"], lang)),
        )
    right = WIDTH * 0.42
    shown = bare_table(facts, [right * 0.45, right * 0.55], gap=1) if facts else ""
    return bare_table([[party, shown]], [WIDTH - right, right])


def _fact(value: Any, lang: str) -> str:
    return format_day(value, lang) if hasattr(value, "year") else str(value)


def _lines(layout: Layout, document: Row, lines: Sequence[Row], lang: str) -> Flowable:
    money = partial(_money, document, lang)
    head: list[Flowable] = [
        words("#", "small", colour=QUIET),
        words(t("term.item", lang), "small", colour=QUIET),
        words(t("word.quantity", lang), "small", colour=QUIET, right=True),
    ]
    widths = [_NUMBER_WIDTH, 0.0, 26 * mm]
    if layout.delivers:
        head += [words(t("term.lot_batch", lang), "small", colour=QUIET)]
        widths += [40 * mm]
    if layout.priced:
        names = ("word.unit_price", "term.tax_rate", "word.net_amount")
        head += [words(t(name, lang), "small", colour=QUIET, right=True) for name in names]
        widths += [24 * mm, 16 * mm, 28 * mm]
    widths[1] = WIDTH - sum(widths)
    rows: list[list[Flowable]] = [head]
    for line in lines:
        row: list[Flowable] = [words(line["line"], colour=QUIET), _what(line, lang), _how_much(line, lang)]
        if layout.delivers:
            row.append(_lot(line, lang))
        if layout.priced:
            row += [_price(line, lang), words(_rate(line["tax_rate"], lang), right=True)]
            row.append(words(money(line["net_amount"]), right=True))
        rows.append(row)
    styles: list[tuple[Any, ...]] = [
        ("BACKGROUND", (0, 0), (-1, 0), GROUND),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ("LEFTPADDING", (0, 0), (-1, -1), _INDENT),
        ("RIGHTPADDING", (0, 0), (-1, -1), _INDENT),
    ]
    return Table(rows, colWidths=widths, repeatRows=1, style=styles, splitInRow=1)


def _what(line: Row, lang: str) -> Flowable:
    """The item by name and code; a charge by its description."""
    if line["kind"] == _CHARGE or line["item_code"] is None:
        return words(line["description"] or "")
    chinese = line["item_name_zh"] if lang != "en" else None
    described = [words(line["description"], "small", colour=QUIET)] if line["description"] else []
    named = words(line["item_code"], "small", colour=QUIET)
    return stacked(words(chinese or line["item_name"]), named, *described, *_promotions(line, lang))


def _how_much(line: Row, lang: str) -> Flowable:
    return words(f"{format_quantity(line['quantity'], lang)} {line['unit_code'] or ''}".rstrip(), right=True)


def _lot(line: Row, lang: str) -> Flowable:
    if line["lot_code"] is None:
        return words("")
    expires = line["lot_expires_on"]
    until = [words(t("print.expires_on", lang, day=expires), "small", colour=QUIET)] if expires else []
    return stacked(words(line["lot_code"]), *until)


def _price(line: Row, lang: str) -> Flowable:
    discount = line["discount_rate"]
    less = [words(f"−{_rate(discount, lang)}", "small", colour=QUIET, right=True)] if discount else []
    return stacked(words(format_price(line["unit_price"], lang), right=True), *less)


def _promotions(line: Row, lang: str) -> list[Flowable]:
    """What promotions took off a line, each by its name and share or amount."""
    told = []
    for entry in line.get("promotions", ()):
        off = _rate(entry["rate"], lang) if entry["rate"] is not None else format_price(entry["amount"], lang)
        told.append(words(f"{entry['name']} −{off}", "small", colour=QUIET))
    return told


def _rate(rate: Decimal | None, lang: str) -> str:
    return "" if rate is None else format_share(rate, lang, decimals=0 if rate * 100 == int(rate * 100) else 2)


def _totals(layout: Layout, document: Row, lines: Sequence[Row], lang: str) -> list[Flowable]:
    money = partial(_money, document, lang)
    rows: list[list[Flowable]] = [
        [words(t("word.net_amount", lang), colour=QUIET), words(money(document["net_amount"]), right=True)]
    ]
    by_rate: dict[Decimal | None, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_rate[line["tax_rate"]] += line["tax_amount"]
    for rate, tax in sorted(by_rate.items(), key=lambda entry: entry[0] or 0):
        if rate is not None or tax:
            label = f"{t('word.tax_amount', lang)} {_rate(rate, lang)}".rstrip()
            rows.append([words(label, colour=QUIET), words(money(tax), right=True)])
    currency = document["currency"]
    total = f"{currency} {money(document['total_amount'])}"
    rows.append([words(t("word.total_amount", lang), "total"), words(total, "total", right=True)])
    width = 74 * mm
    drawn = bare_table(
        rows,
        [width * 0.45, width * 0.55],
        [("LINEABOVE", (0, -1), (-1, -1), 0.8, ACCENT), ("RIGHTPADDING", (1, 0), (1, -1), _INDENT)],
        gap=1.5,
    )
    said = (_in_words(document, lang), _in_books(document, lang) if layout.paid else "")
    beside = [part for part in said if isinstance(part, Flowable)]
    return [bare_table([[stacked(*beside) if beside else "", drawn]], [WIDTH - width, width])]


def _in_books(document: Row, lang: str) -> Flowable | str:
    """Tax and total of a taxed document of a foreign currency in the company's, and the rate: what the tax is declared by."""
    rate, home = document["foreign_exchange_rate"], document["company_currency"]
    if rate is None or not document["tax_amount"]:
        return ""
    facts = {"currency": document["currency"], "rate": format_price(rate, lang), "home": home}
    told = [words(t("print.at_rate", lang, **facts), "small", colour=QUIET)]
    for label, name in (("word.tax_amount", "home_tax_amount"), ("word.total_amount", "home_total_amount")):
        told.append(words(f"{t(label, lang)} {home} {format_money(document[name], home, lang, style='plain')}"))
    return stacked(*told)


def _in_words(document: Row, lang: str) -> Flowable | str:
    """The total in capital numerals, where the reader's country states yuan so."""
    if lang == "en" or document["currency"] != "CNY" or not document["total_amount"]:
        return ""
    said = amount_in_words(document["total_amount"], lang)
    return stacked(words(t("print.in_words", lang), "small", colour=QUIET), words(said))


def _parcels(document: Row, lang: str) -> list[Flowable]:
    """The parcels that the goods go in: number, who brings it under which number, weight."""
    if not document["parcels"]:
        return []
    names = ("kind.parcel", "word.carrier", "word.tracking_number", "word.weight_kg")
    rows: list[list[Flowable]] = [[words(t(name, lang), "small", colour=QUIET) for name in names]]
    for parcel in document["parcels"]:
        weight = format_quantity(parcel["weight_kg"], lang) if parcel["weight_kg"] else ""
        shown = (parcel["number"], parcel["carrier_name"] or "", parcel["tracking_number"] or "", weight)
        cells: list[Flowable] = [words(value) for value in shown]
        rows.append(cells)
    return [Spacer(0, 4 * mm), bare_table(rows, [WIDTH * 0.25] * 4, gap=1.5)]


def _end(layout: Layout, document: Row, lang: str) -> list[Flowable]:
    """Terms, account and signature."""
    told: list[tuple[str, Any]] = [("word.note", document["note"])]
    if layout.paid:
        told = [
            ("word.payment_term", document["payment_term"]),
            ("word.bank_account", document["company_bank_account"]),
            *told,
        ]
        told = [
            *(
                (
                    "print.instalment_due",
                    f"{format_day(part['due_on'], lang)}  {_money(document, lang, part['amount'])}",
                )
                for part in document["instalments"]
            ),
            *told,
        ]
    rows = [[words(t(key, lang), "small", colour=QUIET), words(value)] for key, value in told if value]
    end: list[Flowable] = [Spacer(0, 6 * mm), bare_table(rows, [28 * mm, WIDTH - 28 * mm], gap=1)] if rows else []
    if page := document.get("customers_page"):
        told_page = stacked(words(t(document["leads_to"], lang)), words(page, "small", colour=QUIET))
        code = quick_response(page, _CODE_SIDE)
        end += [Spacer(0, 6 * mm), bare_table([[code, told_page]], [_CODE_SIDE + _GAP, WIDTH - _CODE_SIDE - _GAP])]
    if layout.signed is not None:
        line = bare_table(
            [[words(t(layout.signed, lang), "small", colour=QUIET)]],
            [70 * mm],
            [("LINEABOVE", (0, 0), (-1, 0), 0.6, RULE)],
        )
        line.hAlign = "RIGHT"
        end += [Spacer(0, 20 * mm), line]
    return end


def _money(document: Row, lang: str, value: Decimal) -> str:
    return format_money(value, document["currency"], lang, style="plain")


def _said(label: str, value: Any, lang: str) -> str | None:
    return f"{t(label, lang)} {value}" if value else None


def _small(*parts: str | None) -> list[Flowable]:
    said = "  ".join(part for part in parts if part)
    return [words(said, "small", colour=QUIET)] if said else []
