"""Packages that cannot be scheduled are answered by named rejects, and the rest is scheduled."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from planning.command import INFEASIBLE, PLANNED, PLANNED_WITH_REJECTS, plan_package
from planning.methods import plan
from planning.package import read_package
from tests.job_shops import START, at, shop

GOOD = {"item": "GOOD", "operation": 10, "resource": "M", "run_minutes": 5.0}
GOOD_JOB = {"job": "OK", "item": "GOOD", "quantity": 1.0}


def outcome(routings: list[dict[str, Any]], jobs: list[dict[str, Any]], **more: Any) -> tuple[list[str], list[str]]:
    """Jobs that are scheduled, and reasons of the rejects."""
    made = plan(read_package(shop([GOOD, *routings], [GOOD_JOB, *jobs], **more)), "schedule", seconds=1, threads=1)
    assert made.summary["reasons"] == []
    return sorted(set(made.table("operations")["job"])), made.rejects["reason"].to_list()


@pytest.mark.parametrize(
    ("routings", "jobs", "more", "reason"),
    [
        ([], [{"job": "X", "item": "BARE", "quantity": 1.0}], {}, "the item has no routing; add its operations to routings"),
        ([], [{"job": "X", "item": "GOOD", "quantity": 0.0}], {}, "must be above 0"),
        ([], [{"job": "X", "item": "GOOD", "quantity": 1e12}], {}, "operation 10 takes longer than a hundred years"),
        (
            [{"item": "X", "operation": 10, "resource": "M", "run_minutes": 1e12}],
            [{"job": "X", "item": "X", "quantity": 1e12}],
            {},
            "operation 10 takes longer than a hundred years",
        ),
        (
            [{"item": "X", "operation": 10, "resource": "NONE", "run_minutes": 1.0}],
            [{"job": "X", "item": "X", "quantity": 1.0}],
            {"resources": [{"resource": "NONE", "calendar": "always", "units": 0.5}, {"resource": "M", "calendar": "always", "units": 1.0}]},
            "no resource can do operation 10",
        ),
        (
            [{"item": "X", "operation": 10, "resource": "SHUT", "run_minutes": 1.0}],
            [{"job": "X", "item": "X", "quantity": 1.0}],
            {
                "resources": [{"resource": "SHUT", "calendar": "never"}],
                "calendars": [{"calendar": "never", "weekday": 1, "available": False}],
            },
            "no working time is left for it on its resources",
        ),
        (
            [{"item": "X", "operation": 10, "resource": "ONCE", "run_minutes": 90.0}],
            [{"job": "X", "item": "X", "quantity": 1.0}],
            {
                "resources": [{"resource": "ONCE", "calendar": "once"}],
                "calendars": [{"calendar": "once", "starts_at": at(1, "08:00"), "ends_at": at(1, "09:00")}],
            },
            "no working time is left for it on its resources",
        ),
    ],
    ids=["no routing", "nothing", "much", "very much", "no unit", "never open", "open too short"],
)  # fmt: skip
def test_what_cannot_be_scheduled_is_named_and_the_rest_is_done(
    routings: list[dict[str, Any]], jobs: list[dict[str, Any]], more: dict[str, Any], reason: str
) -> None:
    scheduled, reasons = outcome(routings, jobs, **more)
    assert scheduled == ["OK"]
    assert reason in reasons


def test_a_calendar_that_is_missing_takes_its_resource_and_routing_out() -> None:
    scheduled, reasons = outcome(
        [{"item": "X", "operation": 10, "resource": "LOST", "run_minutes": 1.0}],
        [{"job": "X", "item": "X", "quantity": 1.0}],
        resources=[{"resource": "LOST", "calendar": "no such calendar"}],
    )
    assert scheduled == ["OK"]
    assert {"resource without calendar and without capacity", "unknown resource"} <= set(reasons)


def test_due_dates_and_releases_far_away_are_borne() -> None:
    scheduled, reasons = outcome(
        [],
        [
            {"job": "LATE", "item": "GOOD", "quantity": 1.0, "due_at": "0001-01-01T00:00:00", "weight": 1e12},
            {"job": "NEVER", "item": "GOOD", "quantity": 1.0, "due_at": "9999-12-31T00:00:00"},
            {"job": "FAR", "item": "GOOD", "quantity": 1.0, "release_at": "9000-01-01T00:00:00"},
        ],
    )
    assert {"OK", "LATE", "NEVER"} == set(scheduled)
    assert reasons == ["released more than a hundred years after plan_start"]


def test_many_units_are_no_more_than_the_operations_that_can_use_them() -> None:
    scheduled, reasons = outcome([], [], resources=[{"resource": "M", "calendar": "always", "units": 1e12}])
    assert (scheduled, reasons) == (["OK"], [])


def test_huge_changeovers_go_beyond_all_time() -> None:
    states = [
        {"item": name, "operation": 10, "resource": "P", "run_minutes": 1.0, "setup_state": name} for name in "AB"
    ]
    scheduled, _ = outcome(
        states,
        [{"job": name, "item": name, "quantity": 1.0} for name in "AB"],
        setups=[{"resource": "P", "from_state": "A", "to_state": "B", "minutes": 1e12},
                {"resource": "P", "from_state": "B", "to_state": "A", "minutes": 1e12}],
    )  # fmt: skip
    assert "OK" in scheduled
    assert len(scheduled) == 2


def test_a_package_without_jobs_or_demand_has_an_empty_schedule(tmp_path) -> None:
    frames = {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": [START.isoformat()]}),
        "items": pl.DataFrame({"item": ["BOLT"]}),
    }
    made = plan(read_package(frames), "schedule", seconds=1)
    assert (made.status, made.table("operations").height) == ("planned", 0)
    made.write(tmp_path / "out")
    assert (tmp_path / "out" / "operations.parquet").exists()


def test_the_command_schedules_a_folder(tmp_path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    for name, table in shop([GOOD], [GOOD_JOB, {"job": "X", "item": "GOOD", "quantity": 0.0}]).items():
        table.write_parquet(place / f"{name}.parquet")
    status = plan_package(place, tmp_path / "out", "schedule", 1.0, csv=True, objective="makespan")
    assert status == PLANNED_WITH_REJECTS
    assert status not in {PLANNED, INFEASIBLE}
    assert "2026-01-05T00:05" in (tmp_path / "out" / "operations.csv").read_text(encoding="utf-8")
