"""The sheets and columns of the going-live workbook: what a cell may hold, what must be filled in, what may occur once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "number", "day", "choice", "yes_no"]


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes:
        note: what to fill in, for the template.
        choices: the words that a choice may be.
    """

    name: str
    kind: Kind = "text"
    needed: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A sheet; `key` names the columns that together may occur once."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((column for column in self.columns if column.name == name), None)


def _text(name: str, note: str = "", *, needed: bool = False) -> Column:
    return Column(name, "text", needed, note)


def _number(name: str, note: str = "", *, needed: bool = False) -> Column:
    return Column(name, "number", needed, note)


def _day(name: str, note: str = "", *, needed: bool = False) -> Column:
    return Column(name, "day", needed, note)


_OPEN_ITEM: Final = (
    _text("number", "number of the invoice or bill", needed=True),
    _text("party", "code on sheet parties", needed=True),
    _day("document_on", "its date", needed=True),
    _day("due_on", "when it is due", needed=True),
    _number("amount", "what is still open; negative for a credit", needed=True),
    _text("currency", "three letters; the party's where empty"),
    _number("booked_amount", "of a foreign currency, what it is carried at in the company's"),
)
_OPEN_ORDER: Final = (
    _text("number", "number of the order; its lines have the same", needed=True),
    _text("party", "code on sheet parties", needed=True),
    _day("document_on", "date of the order"),
    _day("due_on", "when the line is due"),
    _text("item", "code on sheet items", needed=True),
    _number("quantity", "what is still open", needed=True),
    _number("unit_price", "without tax"),
)

SHEETS: Final[tuple[Sheet, ...]] = (
    Sheet(
        "parties",
        (
            _text("code", "short and lasting", needed=True),
            _text("name", needed=True),
            Column("role", "choice", True, "what the party is", ("customer", "supplier", "both")),
            _text("tax_number"),
            _text("phone"),
            _text("email"),
            _text("address"),
            _text("country", "two letters"),
            _text("payment_term", "NOW, NET30, NET60 or a code of your own"),
            _text("tax_code", "for example VAT13"),
            _number("credit_limit"),
        ),
        ("code",),
    ),
    Sheet(
        "categories",
        (
            _text("code", needed=True),
            _text("name", needed=True),
            Column("valuation", "choice", True, "", ("moving_average", "fifo", "standard", "month_end_average")),
            Column(
                "stock",
                "choice",
                True,
                "account its stock stands in",
                ("raw", "semi_finished", "finished", "consumable"),
            ),
        ),
        ("code",),
    ),
    Sheet(
        "items",
        (
            _text("code", needed=True),
            _text("name", needed=True),
            _text("name_zh"),
            _text("category", "code on sheet categories", needed=True),
            _text("unit", "EA, KG, M, L, BOX or a unit of your own", needed=True),
            Column("source", "choice", False, "buy where empty", ("buy", "make")),
            Column("lot_tracked", "yes_no", False, "no where empty"),
            _number("shelf_life_days"),
            _number("standard_cost"),
            _number("list_price"),
            _text("tax_code"),
            _number("weight_kg"),
            _number("volume_m3"),
            _number("lead_time_days"),
            _number("safety_stock"),
            _number("reorder_point"),
            _number("min_lot"),
            _number("lot_multiple"),
        ),
        ("code",),
    ),
    Sheet(
        "boms",
        (
            _text("item", "what is made", needed=True),
            _text("component", "what goes into it", needed=True),
            _number("quantity_per", "for one", needed=True),
            _number("scrap_factor", "0.02 for two percent"),
        ),
        ("item", "component"),
    ),
    Sheet(
        "work_centers",
        (_text("code", needed=True), _text("name", needed=True), _number("cost_per_hour"), _number("units")),
        ("code",),
    ),
    Sheet(
        "routings",
        (
            _text("item", needed=True),
            _number("operation", "10, 20, ...", needed=True),
            _text("name", needed=True),
            _text("work_center", "code on sheet work_centers", needed=True),
            _number("setup_minutes"),
            _number("run_minutes", "for one"),
        ),
        ("item", "operation"),
    ),
    Sheet(
        "stock",
        (
            _text("item", needed=True),
            _text("location", "MAIN or a location of your own", needed=True),
            _text("lot"),
            _day("expires_on"),
            _number("quantity", needed=True),
            _number("unit_cost", needed=True),
        ),
        ("item", "location", "lot"),
    ),
    Sheet("sales_orders", _OPEN_ORDER, ("number", "item")),
    Sheet("purchase_orders", _OPEN_ORDER, ("number", "item")),
    Sheet("receivables", _OPEN_ITEM, ("number", "party")),
    Sheet("payables", _OPEN_ITEM, ("number", "party")),
    Sheet(
        "trial_balance",
        (_text("account", "code of the chart", needed=True), _number("debit"), _number("credit")),
        ("account",),
    ),
)

REFERENCES: Final[dict[tuple[str, str], str]] = {
    ("items", "category"): "categories",
    ("boms", "item"): "items",
    ("boms", "component"): "items",
    ("routings", "item"): "items",
    ("routings", "work_center"): "work_centers",
    ("stock", "item"): "items",
    ("sales_orders", "item"): "items",
    ("purchase_orders", "item"): "items",
    ("sales_orders", "party"): "parties",
    ("purchase_orders", "party"): "parties",
    ("receivables", "party"): "parties",
    ("payables", "party"): "parties",
}


def sheet_of(name: str) -> Sheet:
    """The sheet of a name."""
    return next(sheet for sheet in SHEETS if sheet.name == name)
