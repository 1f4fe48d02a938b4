"""Writes what happened as facts that a buyer can read, one a line, and compares them with the kept page of a story.

A kept page is read by a person before it is accepted: run the story with TALLYWORKS_ACCEPT=1 and read the difference.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.company import Company

_FOLDER = Path(__file__).parent


class Story:
    """The facts of one story, in the order in which they are told."""

    def __init__(self, works: Company, name: str) -> None:
        self.works = works
        self.page = _FOLDER / f"{name}.tsv"
        self.facts: list[str] = []

    def tell(self, what: str, *values: Any) -> None:
        """Add a fact: what it is about, and its values."""
        self.facts.append("\t".join([what, *(plain(value) for value in values)]))

    def rows(self, what: str, rows: list[dict[str, Any]], *columns: str) -> None:
        """Add a fact for each row of a query, with some of its columns."""
        for row in rows:
            self.tell(what, *(f"{column} {plain(row[column])}" for column in columns))

    def as_kept(self) -> bool:
        """Whether the facts are those of the kept page; its head of lines with # is prose."""
        kept = self.page.read_text(encoding="utf-8").splitlines() if self.page.is_file() else []
        head = [line for line in kept if line.startswith("#")]
        if os.environ.get("TALLYWORKS_ACCEPT") == "1":
            self.page.write_text("\n".join([*head, *self.facts]) + "\n", encoding="utf-8")
        assert [line for line in kept if not line.startswith("#")] == self.facts
        return True


def plain(value: Any) -> str:
    """A value as one reads it: a number without idle zeros, nothing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return "0" if text == "-0" else text
    return str(value)
