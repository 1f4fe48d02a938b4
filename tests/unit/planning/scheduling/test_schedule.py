"""Method `schedule` on cases worked by hand: shifts, breaks, units, changeovers, overlap, lateness, orders of `mrp`."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from planning.methods import MethodNotAvailableError, plan
from planning.package import read_package
from planning.result import Plan
from tests.job_shops import START, at, shop

DAY_SHIFT = [
    {"calendar": "day", "weekday": day, "from_time": start, "to_time": end}
    for day in range(1, 6)
    for start, end in (("08:00", "12:00"), ("13:00", "17:00"))
]


def scheduled(frames: dict[str, pl.DataFrame], **options: Any) -> Plan:
    made = plan(read_package(frames), "schedule", seconds=options.pop("seconds", 5), threads=1, **options)
    assert made.summary["reasons"] == []
    return made


def times(made: Plan, *columns: str) -> list[tuple]:
    shown = columns or ("job", "operation", "resource", "starts_at", "ends_at")
    return made.table("operations").select(shown).rows()


def job(name: str, item: str = "I", quantity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"job": name, "item": item, "quantity": quantity, **more}


def test_an_operation_goes_on_after_the_break_and_after_the_night() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 540.0}],
        [job("J")],
        resources=[{"resource": "SAW", "calendar": "day"}],
        calendars=DAY_SHIFT,
    )
    assert times(scheduled(frames)) == [("J", 10, "SAW", at(0, "08:00"), at(1, "09:00"))]


def test_a_closed_day_is_stretched_over() -> None:
    closed = {"calendar": "day", "starts_at": at(0, "00:00"), "ends_at": at(1, "00:00"), "available": False}
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 10.0}],
        [job("J")],
        resources=[{"resource": "SAW", "calendar": "day"}],
        calendars=[*DAY_SHIFT, closed],
    )
    assert times(scheduled(frames))[0][3] == at(1, "08:00")


def test_a_part_of_a_minute_is_a_whole_minute_and_efficiency_stretches() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SLOW", "setup_minutes": 3.0, "run_minutes": 0.7}],
        [job("J", quantity=3.0)],
        resources=[{"resource": "SLOW", "calendar": "always", "efficiency": 0.5}],
    )
    # (3 + 3 x 0.7) / 0.5 = 10.2 minutes.
    assert times(scheduled(frames), "ends_at") == [(at(0, "00:11"),)]


def test_two_units_work_side_by_side_and_the_third_job_waits() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "OVEN", "run_minutes": 30.0}],
        [job("A"), job("B"), job("C")],
        resources=[{"resource": "OVEN", "calendar": "always", "units": 2.0}],
    )
    made = scheduled(frames)
    assert made.status == "optimal"
    assert made.summary["makespan"]["minutes"] == 60


def test_a_batch_takes_the_same_minutes_for_all_its_pieces() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "OVEN", "run_minutes": 30.0, "batch_quantity": 8.0}],
        [job("J", quantity=17.0)],
    )
    assert scheduled(frames).summary["makespan"]["minutes"] == 90


def test_campaigns_save_changeovers() -> None:
    states = {"A1": "red", "A2": "red", "B1": "white", "B2": "white"}
    frames = shop(
        [
            {"item": name, "operation": 10, "resource": "PAINT", "run_minutes": 10.0, "setup_state": state}
            for name, state in states.items()
        ],
        [job(name, name) for name in states],
        setups=[{"resource": "PAINT", "from_state": "red", "to_state": "white", "minutes": 15.0},
                {"resource": "PAINT", "from_state": "white", "to_state": "red", "minutes": 40.0}],
    )  # fmt: skip
    made = scheduled(frames)
    assert made.summary["makespan"]["minutes"] == 55
    assert made.status == "optimal"
    assert sorted(times(made, "setup_minutes")) == [(0,), (0,), (0,), (15,)]


def test_the_next_operation_begins_when_the_first_pieces_arrive() -> None:
    frames = shop(
        [
            {"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 1.0, "overlap_quantity": 2.0},
            {"item": "I", "operation": 20, "resource": "DRILL", "run_minutes": 2.0},
        ],
        [job("J", quantity=10.0)],
    )
    made = times(scheduled(frames), "starts_at", "ends_at")
    assert made == [(at(0, "00:00"), at(0, "00:10")), (at(0, "00:02"), at(0, "00:22"))]


def test_a_fast_successor_does_not_run_out_of_pieces() -> None:
    frames = shop(
        [
            {"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 2.0, "overlap_quantity": 5.0},
            {"item": "I", "operation": 20, "resource": "DRILL", "run_minutes": 1.0},
        ],
        [job("J", quantity=10.0)],
    )
    # The last five pieces arrive at minute 20 and take 5 minutes more; the drill works ten in all.
    assert times(scheduled(frames), "starts_at", "ends_at")[1] == (at(0, "00:15"), at(0, "00:25"))


def test_the_heavier_job_is_on_time_and_the_alert_says_what_held_the_other() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 60.0}],
        [job("A", due_at=at(0, "01:00"), weight=1.0), job("B", due_at=at(0, "01:00"), weight=3.0)],
    )
    made = scheduled(frames)
    assert made.status == "optimal"
    assert (made.summary["objective"], made.summary["late_jobs"]) == (60.0, 1)
    assert times(made, "job", "starts_at") == [("A", at(0, "01:00")), ("B", at(0, "00:00"))]
    alert = made.table("alerts").row(0, named=True)
    assert (alert["alert"], alert["order"], alert["cause"]) == ("late_demand", "A", "resource SAW (1 h late)")


def test_lateness_counts_the_night() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 540.0}],
        [job("J", due_at=at(0, "17:00"))],
        resources=[{"resource": "SAW", "calendar": "day"}],
        calendars=DAY_SHIFT,
    )
    made = scheduled(frames)
    assert made.summary["weighted_tardiness"] == {"minutes": 960.0, "bound": 960.0, "gap": 0.0}


def test_lateness_is_worth_more_than_the_makespan_unless_the_objective_says_so() -> None:
    rows = [
        {"item": "LONG", "operation": 10, "resource": "SAW", "run_minutes": 10.0},
        {"item": "LONG", "operation": 20, "resource": "DRILL", "run_minutes": 60.0},
        {"item": "SHORT", "operation": 10, "resource": "SAW", "run_minutes": 30.0},
    ]
    frames = shop(rows, [job("L", "LONG"), job("S", "SHORT", due_at=at(0, "00:30"))])
    assert scheduled(frames).summary["makespan"]["minutes"] == 100
    assert scheduled(frames, objective="makespan").summary["makespan"]["minutes"] == 70


def test_nothing_begins_before_its_release() -> None:
    frames = shop(
        [{"item": "I", "operation": 10, "resource": "SAW", "run_minutes": 5.0}], [job("J", release_at=at(2, "10:15"))]
    )
    assert times(scheduled(frames))[0][3] == at(2, "10:15")


def test_the_faster_of_two_machines_is_left_to_the_longer_job() -> None:
    rows = [
        {"item": item, "operation": 10, "resource": machine, "run_minutes": minutes}
        for item, machine, minutes in (("A", "M1", 10.0), ("A", "M2", 12.0), ("B", "M1", 20.0), ("B", "M2", 60.0))
    ]
    made = scheduled(shop(rows, [job("A", "A"), job("B", "B")]))
    assert times(made, "job", "resource") == [("A", "M2"), ("B", "M1")]
    assert made.summary["makespan"] == {"minutes": 20, "bound": 20, "gap": 0.0}


def test_orders_of_mrp_are_scheduled_where_no_jobs_are_given_and_parents_wait_for_components() -> None:
    frames = {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": [START.isoformat()]}),
        "items": pl.DataFrame({"item": ["BIKE", "FRAME", "TUBE"], "lead_time_days": [1, 1, 1]}),
        "bom": pl.DataFrame({"parent": ["BIKE", "FRAME"], "component": ["FRAME", "TUBE"], "quantity_per": [1, 2]}),
        "resources": pl.DataFrame({"resource": ["WELD", "MOUNT"], "calendar": ["day", "day"]}),
        "calendars": pl.DataFrame(DAY_SHIFT),
        "routings": pl.DataFrame(
            {"item": ["BIKE", "FRAME"], "resource": ["MOUNT", "WELD"], "run_minutes": [10.0, 100.0]}
        ),
        "demand": pl.DataFrame({"demand": ["D"], "item": ["BIKE"], "quantity": [10], "due_on": [date(2026, 1, 8)]}),
    }
    made = scheduled(frames)
    named = {row[0].split("@")[0]: row[1:] for row in times(made, "planned_order", "starts_at", "ends_at")}
    # Frames are released on the 6th and take 1,000 minutes: two days and 40 minutes. The bike is mounted behind them.
    assert named["FRAME"] == (at(1, "08:00"), at(3, "08:40"))
    assert named["BIKE"] == (at(3, "08:40"), at(3, "10:20"))
    assert made.table("planned_orders").height == 3
    assert made.table("promises").row(0, named=True)["promised_on"] == date(2026, 1, 8)
    assert made.summary["late_jobs"] == 1


def test_a_schedule_that_is_proved_is_the_same_every_time() -> None:
    rows = [
        {
            "item": f"I{i}",
            "operation": 10 * k,
            "resource": f"M{(i * k) % 3}",
            "run_minutes": float(5 + (7 * i + 3 * k) % 11),
        }
        for i in range(4)
        for k in range(1, 4)
    ]
    frames = shop(rows, [job(f"J{i}", f"I{i}", due_at=at(0, "00:20")) for i in range(4)])
    first, second = scheduled(frames, seed=3), scheduled(frames, seed=3)
    assert first.status == "optimal"
    assert first.table("operations").equals(second.table("operations"))
    assert first.summary == second.summary


def test_an_unknown_objective_is_refused() -> None:
    frames = shop([{"item": "I", "resource": "SAW", "run_minutes": 1.0}], [job("J")])
    with pytest.raises(MethodNotAvailableError, match="leave it out or use makespan"):
        plan(read_package(frames), "schedule", objective="beauty")
