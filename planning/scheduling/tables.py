"""A schedule as output tables: operations, promises and alerts.

An operation's row says when its resource works on it, `starts_at` to `ends_at`, its routing setup included;
`setup_minutes` is that setup and the changeover, which lies before `starts_at` in the resource's working time.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import polars as pl

from planning.lot_sizing.tables import frame
from planning.scheduling.from_package import Job, Shop
from planning.scheduling.problem import NEVER, Arrays, IntArray, Schedule, job_ends
from planning.scheduling.timing import work_before
from planning.scheduling.working_time import MINUTES_A_DAY
from schemas.planning import DAY_ZERO, QUANTITY_SCALE

FIRST_DAY, LAST_DAY = (date.min - DAY_ZERO).days, (date.max - DAY_ZERO).days


def _date(shop: Shop, minutes: int) -> date:
    """The day of an instant, the nearest there is; midnight belongs to the day that ends."""
    day = shop.package.parameters.plan_start + (minutes - 1) // MINUTES_A_DAY
    return DAY_ZERO + timedelta(days=min(max(day, FIRST_DAY), LAST_DAY))


def operations_table(shop: Shop, arrays: Arrays, schedule: Schedule) -> pl.DataFrame:
    """The table operations, by job and operation."""
    choices = [each for choice in shop.alternatives for each in choice]
    taken = [choices[a] for a in schedule.alternative]
    jobs = [shop.jobs[j] for j in arrays.op_job]
    origin = np.datetime64(shop.package.parameters.plan_start_date, "us")
    named = [job.table == "jobs" for job in jobs]
    setup = schedule.changeover * QUANTITY_SCALE + np.array([each.setup for each in taken], dtype=np.int64)
    found = pl.DataFrame(
        {
            "planned_order": [None if given else job.name for job, given in zip(jobs, named, strict=True)],
            "job": [job.name if given else None for job, given in zip(jobs, named, strict=True)],
            "operation": list(shop.operations),
            "resource": [shop.machines[each.machine].name for each in taken],
            "starts_at": origin + schedule.start.astype("timedelta64[m]"),
            "ends_at": origin + schedule.end.astype("timedelta64[m]"),
            "setup_minutes": setup,
            "quantity": [job.quantity for job in jobs],
        },
        schema={"planned_order": pl.String, "job": pl.String, "operation": pl.Int32, "resource": pl.String,
                "starts_at": pl.Datetime("us"), "ends_at": pl.Datetime("us"), "setup_minutes": pl.Int64,
                "quantity": pl.Int64},
    )  # fmt: skip
    return found.with_columns(
        ((pl.col(name).cast(pl.Decimal(38, 6)) / QUANTITY_SCALE).cast(pl.Decimal(18, 6)))
        for name in ("setup_minutes", "quantity")
    )


def waiting_minutes(arrays: Arrays, schedule: Schedule) -> IntArray:
    """int64[N], working minutes that each operation waited for its resource while it could have begun."""
    waited = np.zeros(schedule.start.size, dtype=np.int64)
    for op in range(waited.size):
        ready = int(arrays.op_release[op])
        if op > 0 and arrays.op_job[op - 1] == arrays.op_job[op]:
            ready = max(ready, int(schedule.end[op - 1]))
        before = arrays.before[arrays.before_first[op] : arrays.before_first[op + 1]]
        ready = max(ready, int(schedule.end[before].max(initial=0)))
        calendar = int(arrays.machine_calendar[arrays.alt_machine[schedule.alternative[op]]])
        waited[op] = work_before(arrays, calendar, int(schedule.start[op])) - work_before(arrays, calendar, ready)
    return np.maximum(waited, 0)


def _cause(shop: Shop, arrays: Arrays, schedule: Schedule, waited: IntArray, job: int) -> str:
    """What held a late job back: the resource it waited longest for, else its release, else its own length."""
    first, last = arrays.job_first[job], arrays.job_first[job + 1]
    op = int(first + np.argmax(waited[first:last]))
    if waited[op] > 0:
        return f"resource {shop.machines[arrays.alt_machine[schedule.alternative[op]]].name}"
    before = arrays.before[arrays.before_first[first] : arrays.before_first[first + 1]]
    if before.size and schedule.end[before].max() > arrays.op_release[first]:
        return f"material of {shop.jobs[arrays.op_job[before[np.argmax(schedule.end[before])]]].name}"
    if arrays.op_release[first] > 0:
        return "material: its release date leaves too little time"
    return "its operations take longer than the time that is left"


def late_causes(shop: Shop, arrays: Arrays, schedule: Schedule) -> dict[int, str]:
    """Jobs that are late, by number, with the cause."""
    if schedule.end.size == 0:
        return {}
    late = np.flatnonzero(job_ends(arrays, schedule) > arrays.job_due)
    waited = waiting_minutes(arrays, schedule) if late.size else np.zeros(0, dtype=np.int64)
    return {int(job): _cause(shop, arrays, schedule, waited, int(job)) for job in late}


def promises_table(shop: Shop, ends: IntArray, causes: dict[int, str]) -> pl.DataFrame:
    """The table promises of given jobs: due day, promised day, days late (part of a day late is none)."""
    rows = []
    for number, job in enumerate(shop.jobs):
        promised = _date(shop, int(ends[number]))
        due = None if job.due >= NEVER else _date(shop, job.due)
        late = 0 if due is None else max((promised - due).days, 0)
        rows.append({"demand": job.name, "quantity": job.quantity, "due_on": due, "promised_on": promised,
                     "late_days": late, "cause": causes.get(number)})  # fmt: skip
    return frame("promises", rows)


def moved_promises(shop: Shop, ends: IntArray, promises: pl.DataFrame, pegging: pl.DataFrame) -> pl.DataFrame:
    """Promises of a netted plan, moved to where the schedule ends the orders that serve them."""
    on = {job.name: _date(shop, int(ends[number])) for number, job in enumerate(shop.jobs)}
    latest: dict[str, date] = {}
    served = pegging.filter(pl.col("demand").is_not_null() & pl.col("supply").is_in(list(on)))
    for demand, supply in served.select("demand", "supply").iter_rows():
        latest[demand] = max(latest.get(demand, on[supply]), on[supply])
    rows = []
    for given in promises.iter_rows(named=True):
        moved = latest.get(given["demand"])
        row = {**given, "quantity": int(given["quantity"] * QUANTITY_SCALE)}
        if moved is not None and row["promised_on"] is not None and moved > row["promised_on"]:
            late = max((moved - row["due_on"]).days, 0)
            row.update(promised_on=moved, late_days=late)
            row["cause"] = "its orders wait for resources" if late else row["cause"]
        rows.append(row)
    return frame("promises", rows)


def late_alerts(shop: Shop, ends: IntArray, causes: dict[int, str]) -> pl.DataFrame:
    """Alerts of late jobs."""
    rows = [_alert(shop, shop.jobs[number], int(ends[number]), cause) for number, cause in sorted(causes.items())]
    return frame("alerts", rows)


def _alert(shop: Shop, job: Job, end: int, cause: str) -> dict:
    minutes = end - job.due
    return {
        "alert": "late_demand", "item": job.item, "location": "MAIN", "order": job.name, "on": _date(shop, job.due),
        "to": _date(shop, end), "quantity": job.quantity, "severity": "critical",
        "cause": f"{cause} ({_length(minutes)} late)",
    }  # fmt: skip


def _length(minutes: int) -> str:
    """Minutes as people say them.

    >>> _length(1505), _length(90), _length(5)
    ('1 d 1 h 5 min', '1 h 30 min', '5 min')
    """
    days, rest = divmod(minutes, MINUTES_A_DAY)
    hours, left = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{left} min" if left else ""]
    return " ".join(part for part in parts if part)


def checked_reasons(reasons: Iterable[str]) -> pl.DataFrame:
    """Alerts where there is no schedule: one a reason."""
    return frame("alerts", [{"alert": "shortage", "severity": "critical", "cause": reason} for reason in reasons])
