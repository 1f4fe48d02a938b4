"""How a value of each kind is written on a screen: quantities, amounts, dates, states, in the reader's language.

A column names what it shows and of which kind that is; the kind decides alignment, format and sorting. Units and
currencies are said once in the head or beside the total, not in every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from app.kernel.i18n import (
    format_day,
    format_moment,
    format_money,
    format_number,
    format_price,
    format_quantity,
    format_share,
    t,
)
from app.ui import gateway
from app.ui.widgets import markup
from app.ui.widgets.markup import Cell, Html, Tone

Kind = Literal[
    "posting",
    "text",
    "code",
    "quantity",
    "amount",
    "price",
    "share",
    "count",
    "date",
    "moment",
    "state",
    "word",
    "flag",
]

UNBROKEN: Final = frozenset({"code", "date", "moment", "state"})
NUMERIC: Final = frozenset({"quantity", "amount", "posting", "price", "share", "count"})
_STATE_TONES: Final[Mapping[str, Tone]] = {
    "draft": "plain",
    "sent": "info",
    "offered": "info",
    "awarded": "good",
    "inspected": "info",
    "decided": "info",
    "settled": "good",
    "finished": "good",
    "rejected": "bad",
    "confirmed": "info",
    "released": "info",
    "posted": "good",
    "closed": "good",
    "done": "good",
    "stored": "info",
    "booked": "good",
    "duplicate": "plain",
    "stale": "plain",
    "quarantined": "watch",
    "ignored": "plain",
    "discarded": "plain",
    "open": "info",
    "active": "good",
    "locked": "plain",
    "waiting": "plain",
    "running": "info",
    "cancelled": "plain",
    "disabled": "plain",
    "reversed": "watch",
    "late": "bad",
    "failed": "bad",
    "critical": "bad",
    "warning": "watch",
    "info": "info",
}


@dataclass(frozen=True)
class Column:
    """One column or header field.

    Attributes:
        name: the field of the row.
        label: key of its title.
        kind: what it is, which decides how it is written.
        family: for `word`, the area of the texts that name its values, such as `state` or `kind`.
        opens: page that the value leads to.
        opens_kind: field of the row that names the kind of document, where rows lead to pages of several kinds.
        opens_by: field of the row that identifies what is opened.
        total: whether the list shows its sum.
        chosen: whether the column is shown before the reader chooses columns.
        sorts: whether a list can be put in its order.
        if_any: whether the rows of a document show it only where one of them has something other than nought.
    """

    name: str
    label: str
    kind: Kind = "text"
    family: str = "state"
    opens: str | None = None
    opens_kind: str | None = None
    opens_by: str = "id"
    total: bool = False
    chosen: bool = True
    sorts: bool = True
    if_any: bool = False

    def has_any(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """Whether some row says something here; nought is nothing."""
        return any(row.get(self.name) not in (None, "", 0) for row in rows)

    @property
    def numeric(self) -> bool:
        """Whether the values stand to the right."""
        return self.kind in NUMERIC


@dataclass(frozen=True)
class Sort:
    """The order of a list: what it is sorted by now, and the address that sorts it otherwise.

    Attributes:
        by: name of a column, with a minus before it for the largest first; empty for the list's own order.
        address: the address of the list in an order.
    """

    by: str
    address: Callable[[str], str]

    def head(self, column: Column, title: str) -> str | Html:
        """The title of a column as the link that sorts by it; a second press turns the order round."""
        if not column.sorts:
            return title
        down, up = f"-{column.name}", column.name
        mark = {up: " ↑", down: " ↓"}.get(self.by, "")
        first, second = (down, up) if column.numeric or column.kind in {"date", "moment"} else (up, down)
        return markup.link(title + mark, self.address(second if self.by == first else first))


def cell(column: Column, row: Mapping[str, Any], lang: str) -> Cell:
    """One cell of a table."""
    value = row.get(column.name)
    if lang != "en" and column.name.endswith("name"):
        value = row.get(f"{column.name}_zh") or value
    if value is None or value == "":
        return Cell("", column.numeric)
    shown = written(column, value, row, lang)
    page = row.get(column.opens_kind) if column.opens_kind else column.opens
    target = row.get(column.opens_by)
    if page and target is not None and not isinstance(shown, Html):
        shown = markup.link(shown, markup.href(str(page), id=target))
    return Cell(shown, column.numeric, unbroken=column.kind in UNBROKEN)


def written(column: Column, value: Any, row: Mapping[str, Any], lang: str) -> str | Html:
    """A value as its kind is written."""
    if isinstance(value, Html):
        return value
    if column.kind in {"amount", "posting"}:
        blank = column.kind == "posting" and not Decimal(value)
        return "" if blank else amount(value, row.get("currency"), lang)
    if column.kind == "word":
        return t(f"{column.family}.{value}", lang)
    return _WRITERS[column.kind](value, lang)


def amount(value: Any, currency: Any, lang: str) -> str:
    """An amount with the decimals of its currency and without its sign."""
    return format_money(Decimal(value), str(currency or "CNY"), lang, style="plain")


def state(name: str, lang: str) -> Html:
    """A state as a chip."""
    return markup.chip(t(f"state.{name}", lang), _STATE_TONES.get(name, "plain"))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _moment(value: Any) -> datetime:
    """An instant in the company's time zone; one without a zone is UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return gateway.local(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def draw_table(
    columns: tuple[Column, ...],
    rows: list[dict[str, Any]],
    lang: str,
    *,
    label: str | None = None,
    classes: list[str] | None = None,
    sort: Sort | None = None,
) -> None:
    """Draw rows as a table with the totals of the columns that have one; with `sort`, its heads put it in their order."""
    foot = None
    if any(column.total for column in columns):
        foot = [_total(column, rows, lang) for column in columns]
        if not foot[0].shown:
            foot[0] = Cell(t("word.total", lang))
    head = [(t(c.label, lang) if sort is None else sort.head(c, t(c.label, lang)), c.numeric) for c in columns]
    body = ([cell(column, row, lang) for column in columns] for row in rows)
    markup.show(markup.table(head, body, foot=foot, label=label, classes=classes))


def _total(column: Column, rows: list[dict[str, Any]], lang: str) -> Cell:
    if not column.total:
        return Cell("", column.numeric)
    currencies = {row.get("currency") for row in rows}
    if column.kind in {"amount", "posting"} and len(currencies) > 1:
        return Cell("–", numeric=True)
    total = sum((Decimal(row[column.name]) for row in rows if row.get(column.name) is not None), Decimal(0))
    return Cell(written(column, total, {"currency": next(iter(currencies), None)}, lang), numeric=True)


_WRITERS: Final[Mapping[str, Callable[[Any, str], str | Html]]] = {
    "text": lambda value, _lang: str(value),
    "code": lambda value, _lang: str(value),
    "quantity": lambda value, lang: format_quantity(Decimal(value), lang),
    "price": lambda value, lang: format_price(Decimal(value), lang),
    "share": lambda value, lang: format_share(Decimal(value), lang),
    "count": lambda value, lang: format_number(int(value), lang),
    "date": lambda value, lang: format_day(_day(value), lang),
    "moment": lambda value, lang: format_moment(_moment(value), lang),
    "state": lambda value, lang: state(str(value), lang),
    "flag": lambda value, lang: t("word.yes" if value else "word.no", lang),
}
