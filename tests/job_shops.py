"""Shops for tests of method `schedule`: small packages by hand, and random ones with every rule in them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

START = date(2026, 1, 5)
"""A Monday."""


def at(day: int, clock: str) -> datetime:
    """An instant: days after the start and a time of day."""
    hour, minute = clock.split(":")
    return datetime(2026, 1, 5) + timedelta(days=day, hours=int(hour), minutes=int(minute))  # noqa: DTZ001  local time


def shop(
    routings: Sequence[dict[str, Any]],
    jobs: Sequence[dict[str, Any]],
    *,
    resources: Sequence[dict[str, Any]] = (),
    calendars: Sequence[dict[str, Any]] = (),
    setups: Sequence[dict[str, Any]] = (),
    **more: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """A package: items are those of the routings; resources that are not given always work."""
    items = sorted({row["item"] for row in routings} | {row["item"] for row in jobs})
    known = {row["resource"] for row in resources}
    named = sorted({row["resource"] for row in routings if row.get("resource")} - known)
    everything = [*resources, *({"resource": name, "calendar": "always"} for name in named)]
    always = [{"calendar": "always", "weekday": day} for day in range(1, 8)]
    return {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": [START.isoformat()]}),
        "items": pl.DataFrame({"item": items}),
        "resources": pl.DataFrame(everything, infer_schema_length=None),
        "calendars": pl.DataFrame([*always, *calendars], infer_schema_length=None),
        "routings": pl.DataFrame(routings, infer_schema_length=None),
        "setups": pl.DataFrame(setups, infer_schema_length=None)
        if setups
        else pl.DataFrame(schema={"resource": pl.String, "minutes": pl.Float64}),
        "jobs": pl.DataFrame(jobs, infer_schema_length=None),
        **more,
    }


def random_shop(seed: int) -> dict[str, pl.DataFrame]:
    """A shop with shifts and breaks, a holiday, units, groups, efficiencies, changeovers, batches and overlap."""
    draw = random.Random(seed)
    states = ["red", "green", "blue"]
    calendars = [
        row
        for day in range(1, 6)
        for row in (
            {"calendar": "early", "weekday": day, "from_time": "06:00", "to_time": "10:00"},
            {"calendar": "early", "weekday": day, "from_time": "10:30", "to_time": "14:00"},
            {"calendar": "night", "weekday": day, "from_time": "20:00", "to_time": "04:00"},
        )
    ]
    calendars.append({"calendar": "early", "starts_at": at(1, "08:00"), "ends_at": at(2, "12:00"), "available": False})
    calendars.append({"calendar": "night", "starts_at": at(1, "09:00"), "ends_at": at(1, "11:00"), "available": True})
    one_calendar = draw.choice(["early", "night", "always", None])
    resources = [
        {
            "resource": f"R{n}",
            "group": draw.choice(["A", "B"]),
            "calendar": one_calendar or draw.choice(["early", "night", "always"]),
            "units": draw.choice([1, 1, 1, 2, 3]),
            "efficiency": draw.choice([1.0, 1.0, 0.8, 1.5]),
        }
        for n in range(draw.randint(1, 4))
    ]
    groups = sorted({row["group"] for row in resources})
    routings: list[dict[str, Any]] = []
    for item in range(draw.randint(1, 5)):
        for operation in range(10, 10 * draw.randint(2, 5), 10):
            base = {
                "item": f"I{item}", "operation": operation,
                "setup_minutes": draw.choice([0.0, 0.0, 7.5, 20.0]), "run_minutes": draw.choice([0.0, 0.7, 3.0, 11.25]),
                "setup_state": draw.choice([None, *states]), "batch_quantity": draw.choice([None, None, 4.0]),
                "overlap_quantity": draw.choice([None, None, None, 5.0]),
            }  # fmt: skip
            place: dict[str, Any] = (
                {"group": draw.choice(groups)}
                if draw.random() < 0.5
                else {"resource": draw.choice(resources)["resource"]}
            )
            routings.append({**base, **place})
            if draw.random() < 0.3:
                routings.append(
                    {**base, "resource": draw.choice(resources)["resource"], "priority": 2, "run_minutes": 5.0}
                )
    setups: list[dict[str, Any]] = []
    if draw.random() < 0.7:
        setups = [
            {"group": "A", "minutes": 12.0},
            {"group": "B", "from_state": "red", "to_state": "blue", "minutes": 33.5},
            {"group": "A", "to_state": "green", "minutes": 25.0},
            {"resource": "R0", "from_state": "green", "to_state": "red", "minutes": 4.0},
            {"group": "B", "from_state": "blue", "to_state": "blue", "minutes": 2.0},
        ]
        setups = [row for row in setups if row.get("group") in {None, *groups}]
    jobs = [
        {
            "job": f"J{n:02d}", "item": draw.choice(routings)["item"], "quantity": float(draw.randint(1, 30)),
            "release_at": draw.choice([None, at(draw.randint(0, 3), "07:15")]),
            "due_at": draw.choice([None, at(draw.randint(0, 6), "12:00")]),
            "weight": draw.choice([1.0, 2.5, 0.0]), "priority": draw.randint(1, 3),
        }
        for n in range(draw.randint(1, 9))
    ]  # fmt: skip
    return shop(routings, jobs, resources=resources, calendars=calendars, setups=setups)
