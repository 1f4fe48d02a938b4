"""Reads the rule suites and counts their violations in one aggregate pass.

A suite looks at one table. Its `rows` query shows each checked row as `row_key` and the columns that the rules name; it reads the
rows to check from `checked_<table>`, which is either every row or the rows that came with the present refresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from pipelines.warehouse.layout import POSITION
from schemas.marts import travelling_tables

SUITES: Final = Path(__file__).parent / "suites"
ACTIONS: Final = ("refuse", "quarantine", "warn")
_SAMPLES: Final = 5


@dataclass(frozen=True)
class Rule:
    """One rule of a suite.

    Attributes:
        name: unique among all rules.
        violation: SQL condition over the suite's rows; true means broken.
        action: what follows, see the package's head.
        reason: what is wrong and what to do, in the words of a clerk.
        canary: rows by table that must break the rule (for the tests).
    """

    name: str
    violation: str
    action: str
    reason: str
    canary: dict[str, list[dict[str, Any]]]
    allowed: int = 0


@dataclass(frozen=True)
class Suite:
    """Rules over the rows of one table; `full_only` ones look at the store as a whole and are left to the full suite."""

    name: str
    table: str
    rows: str
    rules: tuple[Rule, ...]
    full_only: bool


@cache
def read_suites(folder: Path = SUITES) -> tuple[Suite, ...]:
    """Read every suite.

    Raises:
        ValueError: a rule's name is used twice, or its action is unknown.
    """
    suites: list[Suite] = []
    seen: set[str] = set()
    for file in sorted(folder.glob("*.yml")):
        for page in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            rules = tuple(Rule(**rule) for rule in page["rules"])
            for rule in rules:
                if rule.name in seen or rule.action not in ACTIONS:
                    raise ValueError(f"{file.name}: rule {rule.name} is there twice or has no known action")
                seen.add(rule.name)
            suites.append(
                Suite(page["suite"], page["table"], page["rows"].strip(), rules, page.get("full_only", False))
            )
    return tuple(suites)


def suites_for(changed: set[str] | None) -> tuple[Suite, ...]:
    """Choose the suites of a gate.

    Args:
        changed: tables with changed rows; None chooses every suite.
    """
    if changed is None:
        return read_suites()
    return tuple(suite for suite in read_suites() if not suite.full_only and suite.table in changed)


def show_checked(session: duckdb.DuckDBPyConnection, suites: Sequence[Suite], position: int | None) -> None:
    """Define `checked_<table>` for each suite: the rows that came at a position, or all rows where it is None."""
    for name in sorted({suite.table for suite in suites}):
        columns = ", ".join(f'"{column}"' for column in travelling_tables()[name].names)
        rows = f'raw."{name}"' if position is None else f'recent.main."{name}" where {POSITION} = {int(position)}'
        session.execute(f"create or replace temp view checked_{name} as select {columns} from {rows}")


def count_violations(session: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> dict[str, int]:
    """Count how often each rule is broken, all in one statement.

    Returns:
        Violations by rule name.
    """
    if not suites:
        return {}
    parts: list[str] = []
    for suite in suites:
        counts = ", ".join(f'count(*) filter (where {rule.violation}) as "{rule.name}"' for rule in suite.rules)
        parts.append(f"(select {counts} from ({suite.rows}) as checked_row) as {suite.name}")
    result = session.execute(f"select * from {', '.join(parts)}")
    names = [column[0] for column in result.description]
    return dict(zip(names, result.fetchall()[0], strict=True))


def sample_violations(session: duckdb.DuckDBPyConnection, suite: Suite, rule: Rule) -> list[dict[str, Any]]:
    """Return a few rows that break a rule, for people to look at."""
    result = session.execute(
        f"select * from ({suite.rows}) as checked_row where {rule.violation} order by row_key limit {_SAMPLES}"
    )
    names = [column[0] for column in result.description]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int)) else str(value)
