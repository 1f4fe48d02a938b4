"""The table of scenarios: what is read, what is refused with its row, and that a scenario is planned whole or not at all."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from planning.package.findings import Findings
from planning.scenarios import Patch, Scenario, read_scenarios, scenarios_table
from planning.scenarios.reading import read_families
from tests.unit.planning.scenarios.small_company import company


def read(rows: list[dict[str, object]] | pl.DataFrame) -> tuple[list[Scenario], list[tuple[object, ...]]]:
    """Scenarios and rejects (row, column, reason)."""
    findings = Findings()
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows)
    found = read_scenarios(frame, company(), findings)
    return found, findings.table().select("row", "column", "reason").rows()


def test_rows_become_scenarios_in_their_order_and_back() -> None:
    scenarios = [
        Scenario("boom", (Patch("demand", item="BIKE", from_on=20500, operation="factor", value="1.2", row=1),
                          Patch("lead_time", operation="add", value="2", row=2))),
        Scenario("nothing"),
    ]  # fmt: skip
    found, rejects = read(scenarios_table(scenarios))
    assert rejects == []
    assert found == scenarios


def test_a_scenario_with_a_refused_row_is_not_planned_and_the_others_are() -> None:
    found, rejects = read(
        [
            {"scenario": "good", "kind": "demand", "item": "BIKE", "operation": "factor", "value": "2"},
            {"scenario": "bad", "kind": "demand", "item": "BIKE", "operation": "factor", "value": "3"},
            {"scenario": "bad", "kind": "demand", "item": "CAR", "operation": "factor", "value": "3"},
        ]
    )
    assert [scenario.name for scenario in found] == ["good"]
    assert rejects == [(3, "item", "unknown item")]


def test_a_misspelled_column_is_refused_by_name_and_nothing_is_planned() -> None:
    row = {"scenario": "s", "kind": "demand", "itm": "BIKE", "operation": "factor", "value": "2"}
    found, rejects = read(pl.DataFrame([row]))
    assert found == []
    assert rejects == [(0, "itm", "unknown column; the table was not read")]


def test_unknown_columns_of_other_tables_beside_a_package_are_told() -> None:
    families = pl.DataFrame({"family": ["TOYS"], "item": ["BIKE"], "colour": ["red"]})
    read_families(families, company().package, findings := Findings())
    assert findings.notices == ["columns carried along and ignored: families.colour"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"scenario": None, "kind": "demand"}, "scenario", "missing value"),
        ({"scenario": "s", "kind": "magic"}, "kind", "not one of"),
        ({"scenario": "s", "kind": "demand", "operation": "factor"}, "value", "needs a value"),
        ({"scenario": "s", "kind": "demand", "value": "2"}, "operation", "needs one of"),
        ({"scenario": "s", "kind": "demand", "resource": "BENCH", "operation": "factor", "value": "2"}, "resource", "takes no"),
        ({"scenario": "s", "kind": "machine_down", "resource": "BENCH", "from_on": "2026-01-12"}, "to_on", "needs to_on"),
        ({"scenario": "s", "kind": "demand", "from_on": "soon", "operation": "factor", "value": "2"}, "from_on", "ISO date"),
        ({"scenario": "base"}, "scenario", "always there"),
        ({"scenario": "../s"}, "scenario", "a name has"),
        ({"scenario": "s" * 81}, "scenario", "a name has"),
    ],
)  # fmt: skip
def test_hostile_rows_are_refused_by_name(row: dict[str, object], column: str, reason: str) -> None:
    found, rejects = read([row])
    assert found == []
    assert [(place, name) for place, name, _ in rejects] == [(1, column)]
    assert reason in str(rejects[0][2])


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    row = {"scenario": "s", "kind": "machine_down", "resource": "BENCH", "from_on": "2026-01-12", "to_on": "2026-01-12"}
    assert read([row])[1] == [(1, "to_on", "the period ends before it begins")]


def test_a_file_with_lines_that_cannot_be_read_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text(
        "scenario,kind,item,operation,value\na,demand,BIKE,factor,2\na,demand,BIKE,factor,2,3,4\n", encoding="utf-8"
    )
    findings = Findings()
    assert read_scenarios(file, company(), findings) == []
    assert findings.table()["reason"].to_list() == ["the line has 7 cells, the header has 5"]
