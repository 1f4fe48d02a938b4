"""Whatever method `optimize` returns, the independent checker accepts; what it cannot plan, it names."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from planning.lot_sizing.method import OptimizedPlan, optimize_package
from planning.package import read_package
from planning.verify import Finding, check

sys.path.insert(0, str(Path(__file__).parent))
from packages import Frames, day, frames, packages, workshop


def planned(tables: Frames, seconds: float = 4.0) -> tuple[OptimizedPlan, list[Finding]]:
    package = read_package(tables)
    plan = optimize_package(package, seconds=seconds)
    return plan, check(
        {**package.tables, "parameters": tables["parameters"]}, plan.tables, "optimize", summary=plan.summary
    )


def test_workshop_plan_is_accepted() -> None:
    plan, findings = planned(workshop())
    assert findings == []
    assert plan.summary["status"] in ("optimal", "feasible")


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables=packages())
def test_checker_accepts_every_optimised_plan(tables: Frames) -> None:
    plan, findings = planned(tables, seconds=1.5)
    assert findings == []
    assert plan.summary["status"] == "infeasible" or plan.summary["bound"] <= plan.summary["objective"]


def test_demand_that_cannot_be_on_time_and_may_not_be_late_is_infeasible_by_name() -> None:
    tables = frames(
        {
            "items": [{"item": "BOLT", "lead_time_days": 14}],
            "demand": [{"demand": "D1", "item": "BOLT", "quantity": 5, "due_on": day(1), "max_late_days": 0}],
        }
    )
    plan, findings = planned(tables)
    assert findings == []
    assert plan.summary["status"] == "infeasible"
    assert any("BOLT" in reason for reason in plan.summary["reasons"])


def test_a_full_resource_without_overtime_is_infeasible_by_name() -> None:
    tables = frames(
        {
            "items": [{"item": "BIKE", "source": "make"}],
            "demand": [{"demand": "D1", "item": "BIKE", "quantity": 5, "due_on": day(1), "max_late_days": 0}],
            "resources": [{"resource": "LINE"}],
            "capacity": [{"resource": "LINE", "bucket": day(0), "minutes": 10}],
            "routings": [{"item": "BIKE", "operation": 10, "resource": "LINE", "run_minutes": 10}],
        }
    )
    plan, _ = planned(tables)
    assert plan.summary["status"] == "infeasible"
    assert any("LINE" in reason or "BIKE" in reason for reason in plan.summary["reasons"])


def test_the_same_seed_gives_the_same_plan_when_it_is_proved() -> None:
    first, _ = planned(workshop(), seconds=20.0)
    second, _ = planned(workshop(), seconds=20.0)
    assert first.summary["status"] == "optimal"
    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)
