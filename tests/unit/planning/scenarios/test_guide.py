"""The guide of scenarios names every kind, table and column that there is, and the schema every one that the guide names."""

from __future__ import annotations

import re
from pathlib import Path

from schemas.planning import FAMILIES, FINANCE_TABLES, FINANCIAL_SETTINGS, PATCH_KINDS, SCENARIOS, UNCERTAINTY

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "guides" / "planner" / "scenarios.md"


def test_the_guide_names_every_table_column_and_kind() -> None:
    named = set(re.findall(r"`([a-z_]+)`", GUIDE.read_text(encoding="utf-8")))
    tables = [*FINANCE_TABLES.values(), SCENARIOS, FAMILIES, UNCERTAINTY]
    wanted = {table.name for table in tables} | {column.name for table in tables for column in table.columns}
    wanted |= {column.name for column in FINANCIAL_SETTINGS} | set(PATCH_KINDS)
    assert wanted <= named, wanted - named
