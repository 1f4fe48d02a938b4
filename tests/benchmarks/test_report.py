"""The benchmarks run at small size, resume cell by cell, and their page shows every row with its machine."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.benchmarks import commands, concurrency, pickers, policies, shop_day, warehouse
from tests.benchmarks.mrp import SHARED
from tests.benchmarks.report import page_of, run_cells
from tests.postgresql import not_run


def test_a_broken_run_resumes_where_it_broke(tmp_path: Path) -> None:
    ran: list[int] = []

    def run(size: int) -> list[dict[str, int]]:
        ran.append(size)
        if ran == [1, 2]:
            raise KeyboardInterrupt
        return [{"size": size, "squared": size**2}]

    module, results = SimpleNamespace(run=run, CELLS=[{"size": n} for n in (1, 2, 3)]), tmp_path / "results.json"
    with pytest.raises(KeyboardInterrupt):
        run_cells({"squares": module}, results, say=ran.count)
    assert len(json.loads(results.read_text())) == 1
    kept = run_cells({"squares": module}, results, say=ran.count)
    assert ran == [1, 2, 2, 3]
    page = page_of(kept, {"squares": "Squares of numbers."})
    assert "| 3 | 9 |" in page
    assert "cores" in page


@pytest.mark.slow
@pytest.mark.parametrize("cell", commands.SMALL, ids=str)
def test_the_mix_of_commands_runs_small(cell: dict[str, int]) -> None:
    row = commands.run(**cell)[0]
    assert row["commands"] == cell["commands"]
    assert row["rows per command"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("cell", [c for c in concurrency.SMALL if c["trouble"] in {"numbers", "last_piece"}], ids=str)
def test_trouble_runs_small(cell: dict[str, int]) -> None:
    row = concurrency.run(**cell)[0]
    assert row["findings"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("cell", shop_day.SMALL, ids=str)
def test_a_day_of_a_shop_runs_small(cell: dict[str, int]) -> None:
    row = shop_day.run(**cell)[0]
    faults = ("lost deliveries", "lost orders", "doubled", "wrong totals", "forged but stored", "waiting for a person")
    assert {name: row[name] for name in faults} == dict.fromkeys(faults, 0)
    assert row["deliveries"] > row["orders"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [pytest.param(c, marks=pytest.mark.postgresql if c["database"] == "postgresql" else ()) for c in pickers.SMALL],
)
def test_pickers_share_scarce_lots_and_leave_none(cell: dict[str, int]) -> None:
    row = pickers.run(**cell)[0]
    faults = ("reserved twice", "left behind", "failed", "findings")
    assert {name: row[name] for name in faults} == dict.fromkeys(faults, 0)
    assert row["got"] < row["asked for"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [pytest.param(c, marks=pytest.mark.postgresql if c["database"] == "postgresql" else ()) for c in warehouse.SMALL],
)
def test_the_questions_of_a_warehouse_are_answered_small(cell: dict[str, int]) -> None:
    rows = warehouse.run(**cell)
    assert all(row["most rows"] > 0 for row in rows), rows


@pytest.mark.slow
@pytest.mark.parametrize("cell", policies.SMALL, ids=str)
def test_policies_are_proposed_and_placed_small(cell: dict[str, object]) -> None:
    if cell["what"] == "placement" and not (SHARED / "tools" / "make_chain.py").exists():
        not_run("the maker of chains is not there; point TALLYWORKS_SHARED at the shared tools")
    row = policies.run(**cell)[0]
    if row["what"] == "proposals":
        assert row["proposed"] == row["by fill rate"] == row["size"]
    else:
        assert row["bound"] <= row["yearly cost"] <= row["yearly cost with stock at every stage"]
