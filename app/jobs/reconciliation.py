"""What an import gives account of: rows by file, refusals with their reason, and control totals on both sides.

A control total compares three columns: what the files say exactly, what is booked, and the rounding between them, which is worked
out from the files' fractions alone. What is left over is unexplained and must be zero. Which rows become what is the connector's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.connectors.translation import ControlTotal, Findings
from schemas.vocabulary.numbers import ZERO

_SHOWN: Final = 50
_LINE_KINDS: Final = {"production_order": "component", "production_completion": "product"}


@dataclass(frozen=True)
class FileCount:
    """Rows of one file and where they went; read is the sum of the others."""

    file: str
    read: int
    accepted: int
    later: int
    quarantined: int
    without_home: int


@dataclass(frozen=True)
class Quarantined:
    """A row or command that was refused."""

    source: str
    row: str
    value: str
    reason: str


@dataclass(frozen=True)
class ControlLine:
    """One figure of one kind of document in one year, on both sides."""

    document: str
    year: int
    measure: str
    file: Decimal
    booked: Decimal
    rounding: Decimal

    @property
    def unexplained(self) -> Decimal:
        """What neither the books nor the rounding account for."""
        return self.file - self.booked - self.rounding


@dataclass
class Report:
    """The account of one import."""

    source: str
    as_of: date
    files: list[FileCount] = field(default_factory=list)
    without_home: dict[str, tuple[int, str]] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    controls: list[ControlLine] = field(default_factory=list)
    choices: tuple[str, ...] = ()
    commands: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    document_lines: int = 0

    @property
    def unexplained(self) -> list[ControlLine]:
        """Control totals that do not match."""
        return [line for line in self.controls if line.unexplained != 0]

    @property
    def clean(self) -> bool:
        """Whether every row went in and every total matches."""
        return not self.quarantined and not self.unexplained

    def reasons(self) -> dict[str, int]:
        """How often each reason of quarantine occurs."""
        return dict(Counter(row.reason for row in self.quarantined).most_common())

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "clean": self.clean,
            "files": [asdict(row) for row in self.files],
            "without_home": {name: {"rows": n, "reason": why} for name, (n, why) in self.without_home.items()},
            "quarantined": [asdict(row) for row in self.quarantined],
            "controls": [
                {**asdict(row), "unexplained": row.unexplained, "year": row.year, "document": row.document}
                for row in self.controls
            ],
            "choices": list(self.choices),
            "commands": self.commands,
            "seconds": self.seconds,
            "document_lines": self.document_lines,
        }

    def to_json(self) -> str:
        """The report as JSON; decimals are text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, default=str)

    def to_markdown(self) -> str:
        """The report as a page to read."""
        parts = [
            f"# Reconciliation: {self.source}, up to {self.as_of}",
            "Clean: every row went in and every total matches."
            if self.clean
            else f"{len(self.quarantined)} rows or commands quarantined, {len(self.unexplained)} totals unexplained.",
            "## Rows",
            table_text(
                ("file", "read", "accepted", "later", "quarantined", "without a home"),
                ((f.file, f.read, f.accepted, f.later, f.quarantined, f.without_home) for f in self.files),
            ),
            "## Without a home",
            table_text(("file", "rows", "why"), ((name, n, why) for name, (n, why) in self.without_home.items())),
            "## Quarantine",
            table_text(("reason", "count"), self.reasons().items()),
            table_text(
                ("source", "row", "value", "reason"),
                ((q.source, q.row, q.value, q.reason) for q in self.quarantined[:_SHOWN]),
            ),
            "## Control totals: file = booked + rounding",
            table_text(
                ("document", "year", "measure", "file", "booked", "rounding", "unexplained"),
                (
                    (
                        c.document,
                        c.year,
                        c.measure,
                        f"{c.file:f}",
                        f"{c.booked:f}",
                        f"{c.rounding:f}",
                        f"{c.unexplained:f}",
                    )
                    for c in self.controls
                ),
            ),
            "## What the files do not say",
            "\n".join(f"- {choice}" for choice in self.choices),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def file_counts(findings: Findings, accepted: Mapping[str, int], failed: Mapping[str, int]) -> list[FileCount]:
    """Count where the rows of each file went.

    Args:
        findings: what the translation read, left for later, rejected or found no home for.
        accepted: rows whose commands are done.
        failed: rows whose commands were refused.
    """
    homeless: Counter[str] = Counter()
    for name, (count, _) in findings.homeless.items():
        homeless[name.partition(" ")[0]] += count
    return [
        FileCount(
            name,
            read,
            accepted.get(name, 0),
            findings.later.get(name, 0),
            findings.rejected_rows.get(name, 0) + failed.get(name, 0),
            homeless.get(name, 0),
        )
        for name, read in sorted(findings.rows_read.items())
    ]


def control_lines(
    expected: Mapping[tuple[str, int], ControlTotal], booked: Iterable[Mapping[str, Any]]
) -> list[ControlLine]:
    """Set the files' totals beside the books'.

    Args:
        expected: the files' totals by kind and year.
        booked: rows of the query `document_totals`.
    """
    books = _by_year(booked)
    lines: list[ControlLine] = []
    for kind, year in sorted({*expected, *books}):
        total = expected.get((kind, year), ControlTotal())
        found = books.get((kind, year), ControlTotal())
        figures = (
            ("documents", Decimal(total.documents), Decimal(found.documents), ZERO),
            ("lines", Decimal(total.lines), Decimal(found.lines), ZERO),
            ("quantity", total.quantity, found.quantity, ZERO),
            ("net", total.net_exact, found.net_exact, total.net_exact - total.net_rounded),
            ("tax", total.tax_exact, found.tax_exact, total.tax_exact - total.tax_rounded),
            ("freight", total.freight_exact, found.freight_exact, total.freight_exact - total.freight_rounded),
        )
        for measure, file, book, rounding in figures:
            if file or book:
                lines.append(ControlLine(kind, year, measure, *(_plain(n) for n in (file, book, rounding))))
    return lines


def _by_year(booked: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], ControlTotal]:
    books: dict[tuple[str, int], ControlTotal] = {}
    for row in booked:
        kind, year = row["kind"], row["day"].year
        total = books.setdefault((kind, year), ControlTotal())
        goods = row["lines"].get(_LINE_KINDS.get(kind, "item"))
        total.documents += row["documents"]
        total.quantity += (row["quantity"] if kind == "production_order" else goods and goods["quantity"]) or ZERO
        if goods:
            total.lines += goods["lines"]
            total.net_exact += goods["net_amount"]
            total.tax_exact += goods["tax_amount"]
        charge = row["lines"].get("charge")
        if charge:
            total.freight_exact += charge["net_amount"]
        if row.get("scrapped"):
            scrap = books.setdefault(("production_scrap", year), ControlTotal())
            scrap.quantity += row["scrapped"]
    return books


def _plain(number: Decimal) -> Decimal:
    """Drop what division left beyond eight decimals, and trailing zeros."""
    fixed = number.quantize(Decimal("0.00000001")).normalize()
    return fixed if fixed.as_tuple().exponent <= 0 else fixed.quantize(Decimal(1))  # pyright: ignore[reportOperatorIssue]


def table_text(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; no rows make no text."""
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])
