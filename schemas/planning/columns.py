"""What a column of the planning package may hold: the kinds of value, their limits, and how a table is described.

Decides nothing about planning; it is the grammar that inputs.py and outputs.py are written in.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

QUANTITY_SCALE = 1_000_000
"""Quantities, money, shares and durations are int64 numbers of millionths."""

QUANTITY_LIMIT = 10**12
"""The largest size of a value in its own unit; beyond it a row is rejected."""

DAY_ZERO = date(1970, 1, 1)
"""Dates are int32 numbers of days since this one."""


class Kind(Enum):
    """How a value is parsed, checked and held."""

    TEXT = "text"
    QUANTITY = "quantity"  # >= 0, int64 millionths
    SHARE = "share"  # 0 <= value < 1, int64 millionths
    YIELD = "yield"  # 0 < value <= 1, int64 millionths
    POSITIVE = "positive"  # > 0, int64 millionths
    DURATION = "duration"  # >= 0 and at most a hundred years of days, int64 millionths
    COUNT = "count"  # whole number >= 0, int32
    INTEGER = "integer"  # whole number, int32
    BOOLEAN = "boolean"
    DATE = "date"  # int32 days since 1970-01-01
    INSTANT = "instant"  # int64 minutes since 1970-01-01T00:00, the site's local time
    CLOCK = "clock"  # int32 minutes after midnight, 0..1440
    WEEKDAY = "weekday"  # int32, 1 = Monday .. 7 = Sunday
    CHOICE = "choice"  # text out of `choices`


@dataclass(frozen=True)
class Column:
    """One column: its wire name, kind, default (in held form; None stays null) and whether a row needs it."""

    name: str
    kind: Kind
    default: int | str | bool | None = None
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its wire name, columns in the order in which it is written, key, and the item columns to look up.

    Args:
        key: columns that together are unique; a second row with the same key is rejected. Empty: no key.
        items: columns that must name an item of the table `items`.
        required: a package without this table cannot be planned at all.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    required: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
