"""Each quality rule catches the fault that it is there for, and says nothing of an empty or healthy warehouse (R16)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.feed.changes import Horizon
from pipelines.quality.gate import GateResult, run_gate
from pipelines.quality.rules import Rule, Suite, count_violations, read_suites, show_checked
from pipelines.warehouse.engine import connect, number
from pipelines.warehouse.layout import create_recent
from pipelines.warehouse.load import set_watermark
from pipelines.warehouse.models import build_models, build_totals
from schemas.marts import travelling_tables
from tests.plain_judge import PlainJudge

RULES = [(suite, rule) for suite in read_suites() for rule in suite.rules]


@pytest.fixture
def warehouse(tmp_path: Path, empty_files: tuple[Path, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse of its own for each test."""
    base, recent = empty_files
    own = tmp_path / "recent.duckdb"
    own.write_bytes(recent.read_bytes())
    with connect(base=base, recent=own, read_only=False, scratch=tmp_path) as session:
        yield session


@pytest.fixture(scope="module")
def empty_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files with all tables and models and no rows."""
    folder = tmp_path_factory.mktemp("empty")
    base, recent = folder / "base.duckdb", folder / "recent.duckdb"
    with connect(base=base, recent=None, read_only=False, scratch=folder) as session:
        for name, table in travelling_tables().items():
            columns = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in table.columns)
            session.execute(f'create table "{name}" ({columns})')
        build_totals(session)
    with connect(base=base, recent=recent, read_only=False, scratch=folder) as session:
        create_recent(session)
        set_watermark(session, Horizon(0, ""))
        build_models(session)
    return base, recent


def put(session: duckdb.DuckDBPyConnection, rows: dict[str, list[dict[str, Any]]], position: int = 1) -> None:
    """Put rows into the recent tables as if they had come at a position."""
    for name, listed in rows.items():
        for row in listed:
            columns = ", ".join(f'"{column}"' for column in [*row, "loaded_at_position"])
            marks = ", ".join("?" for _ in range(len(row) + 1))
            session.execute(f'insert into "{name}" ({columns}) values ({marks})', [*row.values(), position])


def gate(session: duckdb.DuckDBPyConnection, changed: set[str] | None, position: int = 1) -> GateResult:
    """Run the gate with the plain judge."""
    return run_gate(session, PlainJudge(), position=position, changed=changed)


@pytest.mark.parametrize(("suite", "rule"), RULES, ids=lambda v: v.name)
def test_every_rule_catches_its_canary(suite: Suite, rule: Rule, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert rule.canary, "a rule without a canary may be blind"
    put(warehouse, rule.canary)
    result = gate(warehouse, None)
    assert result.violations.get(rule.name, 0) >= 1
    assert result.samples[rule.name]
    assert result.green is False or rule.action != "refuse"


@pytest.mark.parametrize(
    ("suite", "rule"), [(s, r) for s, r in RULES if not s.full_only and s.table in r.canary], ids=lambda v: v.name
)
def test_a_rule_catches_its_canary_among_changed_rows(
    suite: Suite, rule: Rule, warehouse: duckdb.DuckDBPyConnection
) -> None:
    put(warehouse, rule.canary)
    assert gate(warehouse, {suite.table}).violations.get(rule.name, 0) >= 1


def test_an_empty_warehouse_breaks_no_rule(warehouse: duckdb.DuckDBPyConnection) -> None:
    suites = read_suites()
    show_checked(warehouse, suites, None)
    counts = count_violations(warehouse, suites)
    assert len(counts) == len(RULES)
    assert not any(counts.values())


def test_rows_that_did_not_change_are_not_checked_again(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, {"item": [{"id": 1, "code": "OLD", "planned_yield": 95}]}, position=1)
    put(warehouse, {"item": [{"id": 2, "code": "NEW", "planned_yield": 1}]}, position=2)
    assert "item_yield_is_a_share" not in gate(warehouse, {"item"}, position=2).violations
    assert "item_yield_is_a_share" in gate(warehouse, None, position=2).violations


def test_a_row_in_quarantine_is_withheld_until_corrected(warehouse: duckdb.DuckDBPyConnection) -> None:
    order = {"id": 1, "kind": "sales_order", "state": "confirmed", "number": "S1", "document_on": "2026-01-05"}
    put(warehouse, {"document": [{**order, "due_on": "2062-01-05", "party_id": 3}]})
    assert gate(warehouse, {"document"}).quarantined == 1
    assert number(warehouse, "select count(*) from staging.document") == 0
    found = warehouse.execute("select table_name, row_key, rule, row_values from control.quarantine").fetchall()
    assert found[0][:3] == ("document", 1, "order_due_within_a_lifetime")
    assert '"number":"S1"' in found[0][3]

    warehouse.execute("delete from document")
    put(warehouse, {"document": [{**order, "due_on": "2026-02-05", "party_id": 3}]}, position=2)
    gate(warehouse, {"document"}, position=2)
    assert number(warehouse, "select count(*) from staging.document") == 1
    assert number(warehouse, "select count(*) from control.quarantine") == 0


def test_a_person_releases_a_row_and_may_take_that_back(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, {"price_break": [{"id": 7, "supplier_item_id": 3, "from_quantity": 0, "unit_price": 0}]})
    gate(warehouse, {"price_break"})
    decision = {"table_name": "price_break", "row_key": "7", "rule": "supplier_price_is_a_price"}
    put(warehouse, {"quarantine_decision": [{"id": 1, **decision, "decision": "release"}]}, position=2)
    assert number(warehouse, "select count(*) from control.withheld") == 0
    put(warehouse, {"quarantine_decision": [{"id": 2, **decision, "decision": "keep"}]}, position=3)
    assert number(warehouse, "select count(*) from control.withheld") == 1


def test_releasing_one_rule_does_not_release_another(warehouse: duckdb.DuckDBPyConnection) -> None:
    line = {"id": 7, "bom_id": 9, "component_id": 5, "quantity_per": 0, "fixed_quantity": 0, "scrap_factor": 5}
    put(warehouse, {"bom_line": [line]})
    gate(warehouse, {"bom_line"})
    decision = {"table_name": "bom_line", "row_key": "7", "rule": "bom_line_takes_something", "decision": "release"}
    put(warehouse, {"quarantine_decision": [{"id": 1, **decision}]}, position=2)
    assert number(warehouse, "select count(*) from control.withheld") == 1


def test_every_reason_tells_what_to_do() -> None:
    for _, rule in RULES:
        assert rule.reason.endswith(".")
        assert len(rule.reason.split()) >= 8, rule.name
