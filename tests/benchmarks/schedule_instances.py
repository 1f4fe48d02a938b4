"""Public scheduling instances as planning packages: job shop, flexible job shop, and both with setups made by rule.

The files are read where they lie (environment variable TALLYWORKS_SHARED, else ../shared). Job shop, standard format: a
line of jobs and machines, then a line a job with machine and minutes of each operation, machines from 0. Flexible job
shop: a job's line begins with its operation count; each operation with the count of its machines, then machine (from 1)
and minutes. Best known values are in bks.json beside them.
"""

import json
import os
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

PLAN_START = date(2026, 1, 5)
ROOT = Path(__file__).resolve().parents[2]

Operation = list[tuple[int, int]]
"""Machines (from 0) with their minutes."""


@dataclass(frozen=True)
class Instance:
    """One instance; `setups[from][to]` are minutes between jobs on every machine, empty without."""

    name: str
    machine_count: int
    jobs: list[list[Operation]]
    best_known: int | None = None
    lower_bound: int | None = None
    setups: tuple[tuple[int, ...], ...] = ()


def shared_scheduling() -> Path:
    """Folder of the public files; it may be absent."""
    base = os.environ.get("TALLYWORKS_SHARED")
    return (Path(base) if base else ROOT.parent / "shared") / "data" / "scheduling"


def _numbers(path: Path) -> list[list[int]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[int(float(word)) for word in line.split()] for line in lines if line.strip() and line.strip()[0].isdigit()]


def read_job_shop(path: Path) -> Instance:
    """Read a file of the standard job-shop format."""
    (job_count, machine_count, *_), *rows = _numbers(path)
    jobs: list[list[Operation]] = [
        [[(row[k], row[k + 1])] for k in range(0, 2 * machine_count, 2)] for row in rows[:job_count]
    ]
    return Instance(path.stem, machine_count, jobs)


def read_flexible_job_shop(path: Path) -> Instance:
    """Read a file of the standard flexible format."""
    (job_count, machine_count, *_), *rows = _numbers(path)
    jobs: list[list[Operation]] = []
    for row in rows[:job_count]:
        operations: list[Operation] = []
        at = 1
        for _ in range(row[0]):
            count = row[at]
            operations.append([(row[at + 1 + 2 * k] - 1, row[at + 2 + 2 * k]) for k in range(count)])
            at += 1 + 2 * count
        jobs.append(operations)
    return Instance(path.stem, machine_count, jobs)


def read_instance(name: str) -> Instance:
    """Read an instance by its published name (ft10, la38, orb01, mk10); with `-setups` behind it, setups by rule.

    The rule: changing from job i to job j takes ((7 i + 11 j) mod 10 + 1) x the average minutes of an operation / 10,
    rounded up, on every machine; the first job needs none.

    Raises:
        FileNotFoundError: no file of that name.
    """
    plain = name.removesuffix("-setups")
    for folder, reader in (("jobshop", read_job_shop), ("fjsp", read_flexible_job_shop)):
        base = shared_scheduling() / folder
        for path in base.glob(f"*/{plain}.txt"):
            found = reader(path)
            if plain != name:
                return Instance(name, found.machine_count, found.jobs, setups=_setups(found))
            known = {row["instance"]: row for row in json.loads((base / "bks.json").read_text(encoding="utf-8"))}
            best = known.get(plain, {})
            return Instance(name, found.machine_count, found.jobs, best.get("upper_bound"), best.get("lower_bound"))
    raise FileNotFoundError(f"no scheduling instance {plain} under {shared_scheduling()}")


def _setups(instance: Instance) -> tuple[tuple[int, ...], ...]:
    minutes = [each for job in instance.jobs for operation in job for _, each in operation]
    average = sum(minutes) / len(minutes)
    count = len(instance.jobs)
    return tuple(
        tuple(0 if i == j else -int(-((7 * i + 11 * j) % 10 + 1) * average // 10) for j in range(count))
        for i in range(count)
    )


def package_of(instance: Instance) -> dict[str, pl.DataFrame]:
    """The instance as a planning package: an item and a job each, machines that always work."""
    jobs = [f"J{number + 1:03d}" for number in range(len(instance.jobs))]
    machines = [f"M{number + 1:02d}" for number in range(instance.machine_count)]
    routings = [
        (jobs[j], 10 * (k + 1), machines[machine], float(minutes), jobs[j] if instance.setups else None)
        for j, job in enumerate(instance.jobs)
        for k, operation in enumerate(job)
        for machine, minutes in operation
    ]
    setups = [
        ("shop", jobs[i], jobs[j], float(minutes))
        for i, row in enumerate(instance.setups)
        for j, minutes in enumerate(row)
        if minutes
    ]
    return {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": [PLAN_START.isoformat()]}),
        "items": pl.DataFrame({"item": jobs}),
        "resources": pl.DataFrame({"resource": machines, "group": "shop", "calendar": "always"}),
        "calendars": pl.DataFrame({"calendar": ["always"] * 7, "weekday": list(range(1, 8))}),
        "routings": pl.DataFrame(
            routings,
            schema={"item": pl.String, "operation": pl.Int64, "resource": pl.String, "run_minutes": pl.Float64,
                    "setup_state": pl.String},
            orient="row",
        ),
        "setups": pl.DataFrame(
            setups,
            schema={"group": pl.String, "from_state": pl.String, "to_state": pl.String, "minutes": pl.Float64},
            orient="row",
        ),
        "jobs": pl.DataFrame({"job": jobs, "item": jobs, "quantity": [1] * len(jobs)}),
    }  # fmt: skip


def large_package(operation_count: int, *, seed: int = 0) -> dict[str, pl.DataFrame]:
    """A made shop: ten operations a job, fifty machines of five groups on two shifts with breaks, five setup states,
    due dates that most jobs can keep; each operation may go to the machines of its group."""
    draw = random.Random(seed)
    job_count, machine_count, states = operation_count // 10, 50, 5
    items = [f"I{n:03d}" for n in range(100)]
    shifts = [
        ("two shifts", day, from_time, to_time)
        for day in range(1, 6)
        for from_time, to_time in (("06:00", "10:00"), ("10:30", "14:00"), ("14:00", "18:00"), ("18:30", "22:00"))
    ]
    routings = [
        (item, 10 * (k + 1), f"G{draw.randrange(10)}", float(draw.randint(0, 20)), draw.randint(1, 8) / 4,
         f"S{n % states}")
        for n, item in enumerate(items)
        for k in range(10)
    ]  # fmt: skip
    setups = [(f"G{g}", f"S{i}", f"S{j}", 10.0 + 5 * abs(i - j)) for g in range(10) for i in range(states)
              for j in range(states) if i != j]  # fmt: skip
    days = max(job_count // 160, 1)
    return {
        "parameters": pl.DataFrame({"key": ["plan_start"], "value": [PLAN_START.isoformat()]}),
        "items": pl.DataFrame({"item": items}),
        "resources": pl.DataFrame(
            {
                "resource": [f"M{n:02d}" for n in range(machine_count)],
                "group": [f"G{n % 10}" for n in range(machine_count)],
                "calendar": ["two shifts"] * machine_count,
            }
        ),
        "calendars": pl.DataFrame(shifts, schema=["calendar", "weekday", "from_time", "to_time"], orient="row"),
        "routings": pl.DataFrame(
            routings,
            schema=["item", "operation", "group", "setup_minutes", "run_minutes", "setup_state"],
            orient="row",
        ),
        "setups": pl.DataFrame(setups, schema=["group", "from_state", "to_state", "minutes"], orient="row"),
        "jobs": pl.DataFrame(
            {
                "job": [f"J{n:05d}" for n in range(job_count)],
                "item": [draw.choice(items) for _ in range(job_count)],
                "quantity": [draw.randint(5, 40) for _ in range(job_count)],
                "due_at": [
                    datetime.combine(PLAN_START + timedelta(days=draw.randint(1, days)), time(18))
                    for _ in range(job_count)
                ],
                "weight": [float(draw.choice([1, 1, 2, 5])) for _ in range(job_count)],
            }
        ),
    }
