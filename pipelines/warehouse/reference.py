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
    chart varchar, statement varchar, line integer, code_prefix varchar, balance varchar, by_what varchar
);
create or replace table reference.statement_sum (chart varchar, statement varchar, line integer, term integer, factor integer);
"""


def reference_hash() -> str:
    """Hash the reference files."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.json")))).hexdigest()


def load_reference(session: duckdb.DuckDBPyConnection) -> None:
    """Fill the reference tables of `recent`."""
    session.execute(_TABLES)
    for file in sorted(FOLDER.glob("*.json")):
        chart: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for statement, lines in chart["statements"].items():
            for line in lines:
                _load_line(session, chart["chart"], statement, line)


def _load_line(session: duckdb.DuckDBPyConnection, chart: str, statement: str, line: dict[str, Any]) -> None:
    head = [chart, statement, line["line"]]
    session.execute(
        "insert into reference.statement_line values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*head, line["key"], line["kind"], line.get("side"), line.get("indent", 0), line["en"], line["zh_hans"], line["zh_hant"]],
    )
    for account in line.get("accounts", []):
        session.execute(
            "insert into reference.statement_account values (?, ?, ?, ?, ?, ?)",
            [*head, account["code"], account.get("balance", "both"), account.get("by", "account")],
        )
    for term, factor in line.get("sum", []):
        session.execute("insert into reference.statement_sum values (?, ?, ?, ?, ?)", [*head, term, factor])
