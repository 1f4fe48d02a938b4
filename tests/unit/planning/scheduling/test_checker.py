"""The checker refuses every kind of broken schedule, and takes the planner's word for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from planning.methods import plan
from planning.package import read_package
from planning.result import Plan
from planning.scheduling import method
from planning.verify import Finding, check
from tests.job_shops import at, random_shop, shop

Rows = list[dict[str, Any]]

CALENDARS = [
    {"calendar": "day", "weekday": day, "from_time": start, "to_time": end}
    for day in range(1, 6)
    for start, end in (("08:00", "12:00"), ("13:00", "17:00"))
]
ROUTINGS = [
    {"item": "A", "operation": 10, "resource": "SAW", "run_minutes": 6.0},
    {"item": "A", "operation": 20, "resource": "PAINT", "run_minutes": 3.0, "setup_state": "red"},
    {"item": "B", "operation": 10, "resource": "SAW", "run_minutes": 6.0, "overlap_quantity": 4.0},
    {"item": "B", "operation": 20, "resource": "PAINT", "run_minutes": 3.0, "setup_state": "white"},
]
SETUPS = [{"resource": "PAINT", "minutes": 15.0}]
JOBS = [
    {"job": "A", "item": "A", "quantity": 10.0, "release_at": at(0, "09:00"), "due_at": at(0, "09:30"), "weight": 2.0},
    {"job": "B", "item": "B", "quantity": 10.0, "due_at": at(0, "08:30")},
]


@pytest.fixture(scope="module")
def case() -> tuple[dict[str, pl.DataFrame], Plan]:
    frames = shop(
        ROUTINGS,
        JOBS,
        resources=[{"resource": name, "calendar": "day"} for name in ("SAW", "PAINT")],
        calendars=CALENDARS,
        setups=SETUPS,
    )
    made = plan(read_package(frames), "schedule", seconds=2, threads=1)
    assert made.status == "optimal"
    return frames, made


def findings(case: tuple[dict[str, pl.DataFrame], Plan], change: Callable[[Rows], Rows | None]) -> list[Finding]:
    """What the checker says of the plan with its operations changed; rows are A/10, A/20, B/10, B/20."""
    frames, made = case
    table = made.table("operations")
    rows = table.to_dicts()
    changed = change(rows)
    broken = pl.DataFrame(rows if changed is None else changed, schema=table.schema)
    package = read_package(frames)
    tables = {**package.tables, "parameters": frames["parameters"]}
    return check(tables, {**made.tables, "operations": broken, "rejects": made.rejects}, "schedule")


def moved(row: int, minutes: int, *, columns: tuple[str, ...] = ("starts_at", "ends_at")) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        for column in columns:
            rows[row][column] += timedelta(minutes=minutes)

    return change


def put(row: int, **values: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[row].update(values)

    return change


def test_the_untouched_schedule_is_accepted(case: tuple[dict[str, pl.DataFrame], Plan]) -> None:
    assert findings(case, lambda rows: None) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda rows: rows[1:], "operation_missing"),
        (lambda rows: [*rows, rows[0]], "operation_twice"),
        (put(0, job="Z"), "operation_job"),
        (put(0, operation=99), "operation_resource"),
        (put(0, resource="PAINT"), "operation_resource"),
        (put(0, quantity=9), "operation_quantity"),
        (moved(0, -1, columns=("ends_at",)), "operation_minutes"),
        (moved(0, -60, columns=("ends_at",)), "operation_minutes"),
        (put(0, starts_at=at(0, "12:30"), ends_at=at(0, "14:00")), "working_time"),
        (put(1, starts_at=at(0, "15:00"), ends_at=at(0, "17:30")), "operation_minutes"),
        (put(0, starts_at=at(0, "08:00"), ends_at=at(0, "09:00")), "release"),
        (put(0, starts_at=at(0, "09:30"), ends_at=at(0, "10:30")), "sequence"),
        (put(2, starts_at=at(0, "09:00"), ends_at=at(0, "10:00")), "units"),
        (put(3, starts_at=at(0, "08:10"), ends_at=at(0, "08:40")), "overlap"),
        (put(3, starts_at=at(0, "08:35"), ends_at=at(0, "09:05")), "overlap"),
        (put(1, setup_minutes=0), "changeover"),
        (put(3, starts_at=at(0, "09:20"), ends_at=at(0, "09:50")), "changeover"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_schedule_is_refused(
    case: tuple[dict[str, pl.DataFrame], Plan], change: Callable[[Rows], Rows | None], rule: str
) -> None:
    assert rule in {finding.rule for finding in findings(case, change)}


@pytest.mark.parametrize("name", ["makespan", "weighted_tardiness"])
def test_figures_of_the_summary_are_worked_out_again(case: tuple[dict[str, pl.DataFrame], Plan], name: str) -> None:
    frames, made = case
    tables = {**read_package(frames).tables, "parameters": frames["parameters"]}
    assert check(tables, made.tables, "schedule", summary=made.summary) == []
    for wrong in ({"minutes": made.summary[name]["minutes"] - 1}, {"bound": made.summary[name]["minutes"] + 1}):
        told = {**made.summary, name: {**made.summary[name], **wrong}}
        assert [each.rule for each in check(tables, made.tables, "schedule", summary=told)][:1] == ["summary"]


def test_changeovers_of_two_units_must_fit_into_two_chains() -> None:
    frames = shop(
        [
            {"item": name, "operation": 10, "resource": "PAINT", "run_minutes": 10.0, "setup_state": name}
            for name in ("red", "white")
        ],
        [{"job": f"{name}{n}", "item": name, "quantity": 1.0} for name in ("red", "white") for n in range(3)],
        resources=[{"resource": "PAINT", "calendar": "always", "units": 2.0}],
        setups=[{"resource": "PAINT", "from_state": "red", "to_state": "white", "minutes": 5.0},
                {"resource": "PAINT", "from_state": "white", "to_state": "red", "minutes": 5.0}],
    )  # fmt: skip
    package = read_package(frames)
    made = plan(package, "schedule", seconds=2, threads=1)
    assert (made.status, made.summary["makespan"]["minutes"]) == ("optimal", 30)
    tables = {**package.tables, "parameters": frames["parameters"]}
    # Both colours on each unit in turn, without the minutes between them.
    order = ["red0", "white0", "white1", "red1", "red2", "white2"]
    table = made.table("operations")
    begin = {name: at(0, "00:00") + timedelta(minutes=10 * (place // 2)) for place, name in enumerate(order)}
    ends = timedelta(minutes=10)
    rows = [
        {**row, "starts_at": begin[row["job"]], "ends_at": begin[row["job"]] + ends}
        for row in table.iter_rows(named=True)
    ]
    for row in rows:
        row["setup_minutes"] = 5 if row["starts_at"] > at(0, "00:00") and row["job"] in {"white1"} else 0
    broken = pl.DataFrame(rows, schema=table.schema)
    assert "changeover" in {each.rule for each in check(tables, {**made.tables, "operations": broken}, "schedule")}


@pytest.mark.parametrize("seed", range(4))
def test_a_refused_schedule_is_not_published(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    package = read_package(random_shop(seed))
    monkeypatch.setattr(method, "check", lambda *_args, **_more: [Finding("units", "X", "too many")])
    made = plan(package, "schedule", seconds=0, threads=1)
    assert (made.status, made.table("operations").height) == ("no_plan_found", 0)
    assert made.summary["reasons"] == ["the independent check refused the schedule", "units: X: too many"]
    tables = {**package.tables, "parameters": random_shop(seed)["parameters"]}
    assert check(tables, made.tables, "schedule", summary=made.summary) == []
