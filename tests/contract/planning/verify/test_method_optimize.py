"""Method `optimize` by the product's door: registered, checked, written."""

import json
import math
import sys
from pathlib import Path

import pytest

from planning import plan, read_package
from planning.command import FAILED, plan_package
from planning.lot_sizing.optimize import Outcome
from planning.solvers.mathopt import Status

sys.path.insert(0, str(Path(__file__).parent))
from packages import day, frames, workshop


def test_optimize_is_a_method_of_planning_and_writes_its_tables(tmp_path: Path) -> None:
    result = plan(read_package(workshop()), method="optimize", seconds=10.0)
    assert result.status in ("optimal", "feasible")
    result.write(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["bound"] <= summary["objective"]
    assert (tmp_path / "planned_orders.parquet").exists()


def test_an_infeasible_package_orders_nothing_and_says_why() -> None:
    tables = frames(
        {
            "items": [{"item": "BOLT", "lead_time_days": 14}],
            "demand": [{"demand": "D1", "item": "BOLT", "quantity": 5, "due_on": day(1), "max_late_days": 0}],
        }
    )
    result = plan(read_package(tables), method="optimize", seconds=5.0)
    assert result.status == "infeasible"
    assert result.table("planned_orders").height == 0
    assert any("BOLT" in reason for reason in result.summary["reasons"])


def test_what_optimize_does_not_observe_is_named() -> None:
    tables = frames(
        {
            "items": [{"item": "BOLT", "max_stock": 10, "reorder_point": 2}],
            "demand": [{"demand": "D1", "item": "BOLT", "quantity": 5, "due_on": day(8), "min_shipment": 5}],
        }
    )
    notices = plan(read_package(tables), method="optimize", seconds=5.0).summary["notices"]
    for column in ("demand.min_shipment", "items.max_stock", "items.reorder_point"):
        assert any(column in notice for notice in notices), column


def test_fixed_quantity_orders_whole_lots_in_optimize() -> None:
    tables = frames(
        {
            "items": [
                {"item": "BOLT", "lot_policy": "fixed_quantity", "lot_size": 30, "decimals": 0, "holding_cost": 1}
            ],
            "demand": [{"demand": "D1", "item": "BOLT", "quantity": 50, "due_on": day(8)}],
        }
    )
    result = plan(read_package(tables), method="optimize", seconds=5.0)
    assert result.table("planned_orders")["good_quantity"].sum() == 60


def test_a_plan_that_was_not_found_in_time_is_not_called_infeasible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_time(*_arguments: object, **_options: object) -> Outcome:
        return Outcome(Status.UNKNOWN, None, None, math.inf, -math.inf, ("no allowed plan was found",))

    monkeypatch.setattr("planning.lot_sizing.method.optimize", out_of_time)
    source = tmp_path / "package"
    source.mkdir()
    for name, frame in workshop().items():
        frame.write_parquet(source / f"{name}.parquet")
    assert plan_package(source, tmp_path / "plan", "optimize", 1.0) == FAILED
    assert json.loads((tmp_path / "plan" / "summary.json").read_text())["status"] == "no_plan_found"
