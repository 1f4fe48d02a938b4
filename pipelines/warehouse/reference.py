"""Reference data that models join: the lines of the financial statements and which accounts stand in them.

Kept as data under data/reference/statements, one file a chart of accounts, so that a form changes without code.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import duckdb

FOLDER: Final = Path(__file__).parents[2] / "data" / "reference" / "statements"

_TABLES: Final = """
create or replace table reference.statement_line (
    chart varchar, statement varchar, line integer, key varchar, kind varchar, side varchar, indent integer,
    name_en varchar, name_zh_hans varchar, name_zh_hant varchar
);
create or replace table reference.statement_account (
    chart varchar, statement varchar, line integer, code_prefix varchar, account_class varchar,
    balance varchar, by_what varchar
);
create or replace table reference.statement_sum (chart varchar, statement varchar, line integer, term integer, factor integer);
"""


def reference_hash() -> str:
    """Hash the reference files."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.json")))).hexdigest()


def load_reference(session: duckdb.DuckDBPyConnection) -> None:
    """Fill the reference tables of `recent`."""
    session.execute(_TABLES)
    lines: list[list[Any]] = []
    accounts: list[list[Any]] = []
    sums: list[list[Any]] = []
    for file in sorted(FOLDER.glob("*.json")):
        chart: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for statement, listed in chart["statements"].items():
            for line in listed:
                head = [chart["chart"], statement, line["line"]]
                names = [line["en"], line["zh_hans"], line["zh_hant"]]
                lines.append([*head, line["key"], line["kind"], line.get("side"), line.get("indent", 0), *names])
                accounts += [
                    [*head, a.get("code"), a.get("class"), a.get("balance", "both"), a.get("by", "account")]
                    for a in line.get("accounts", [])
                ]
                sums += [[*head, term, factor] for term, factor in expanded(line["line"], listed).items()]
    session.executemany("insert into reference.statement_line values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lines)
    session.executemany("insert into reference.statement_account values (?, ?, ?, ?, ?, ?, ?)", accounts)
    session.executemany("insert into reference.statement_sum values (?, ?, ?, ?, ?)", sums)


def expanded(number: int, lines: list[dict[str, Any]]) -> dict[int, int]:
    """Resolve a sum line into the lines that carry accounts, with their factors; any other line has none.

    >>> lines = [{"line": 1}, {"line": 2}, {"line": 3, "sum": [[1, 1], [2, -1]]}, {"line": 4, "sum": [[3, -1]]}]
    >>> expanded(4, lines), expanded(1, lines)
    ({1: -1, 2: 1}, {})
    """
    by_number = {line["line"]: line for line in lines}
    terms: dict[int, int] = {}
    for term, factor in by_number[number].get("sum", []):
        parts = expanded(term, lines) if "sum" in by_number[term] else {term: 1}
        for part, inner in parts.items():
            terms[part] = terms.get(part, 0) + factor * inner
    return terms
