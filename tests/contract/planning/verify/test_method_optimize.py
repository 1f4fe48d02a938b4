"""Method `optimize` by the product's door: registered, checked, written."""

import json
import sys
from pathlib import Path

from planning import plan, read_package

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
