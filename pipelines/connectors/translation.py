"""What a connector hands over: plain commands with their day, and the rows that it refuses, each with a reason.

A connector knows no store. Command ids are made of the system's own keys, so that importing again repeats and adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Source = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TranslatedCommand:
    """A command in plain data.

    Attributes:
        day: the business day on which it happened.
        sources: files and how many of their rows this command takes in.
    """

    name: str
    data: dict[str, Any]
    command_id: str
    day: date
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot become a command."""

    file: str
    row: str
    value: str
    reason: str


@dataclass(slots=True)
class ControlTotal:
    """What the files say about one kind of document in one year.

    `exact` amounts carry the file's fractions of the minor unit; `rounded` ones are the same rows rounded one by one, as books
    must. Their difference is the rounding column of the reconciliation.
    """

    documents: int = 0
    lines: int = 0
    quantity: Decimal = Decimal(0)
    net_exact: Decimal = Decimal(0)
    net_rounded: Decimal = Decimal(0)
    tax_exact: Decimal = Decimal(0)
    tax_rounded: Decimal = Decimal(0)
    freight_exact: Decimal = Decimal(0)
    freight_rounded: Decimal = Decimal(0)

    def add(self, quantity: Decimal, net: tuple[Decimal, Decimal], tax: tuple[Decimal, Decimal]) -> None:
        """Add one line: its quantity, and its net and tax each as (exact, rounded)."""
        self.lines += 1
        self.quantity += quantity
        self.net_exact += net[0]
        self.net_rounded += net[1]
        self.tax_exact += tax[0]
        self.tax_rounded += tax[1]


@dataclass
class Findings:
    """What a translation counts while its commands are drawn from it."""

    rows_read: dict[str, int] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    homeless: dict[str, tuple[int, str]] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    rejected_rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    totals: dict[tuple[str, int], ControlTotal] = field(default_factory=lambda: defaultdict(ControlTotal))

    def reject(self, file: str, row: object, value: object, reason: str, *, rows: int = 1) -> None:
        """Note a row that is refused, with the rows of the same document that go with it."""
        self.rejected.append(RejectedRow(file, str(row), str(value), reason))
        self.rejected_rows[file] += rows
