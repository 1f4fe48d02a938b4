"""Working time: which days a location works, and how many minutes a resource has in a bucket.

A calendar is a weekly pattern (weekday, from_time, to_time) plus exceptions (starts_at, ends_at, available) that
override it. Shifts, breaks and sequencing inside a day belong to the method `schedule`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

MINUTES_A_DAY = 24 * 60
MONDAY_TO_FRIDAY = np.array([True] * 5 + [False] * 2)


def minutes_by_day(rows: pl.DataFrame, first_day: int, day_count: int) -> np.ndarray:
    """Open minutes of one calendar, int64[day_count], day 0 being day number `first_day`.

    Args:
        rows: the rows of one calendar in the table `calendars`.

    >>> rows = pl.DataFrame({"weekday": [1, None], "from_time": [480, None], "to_time": [960, None], "available":
    ...     [True, False], "starts_at": [None, 5 * 1440 + 540], "ends_at": [None, 5 * 1440 + 600]})
    >>> minutes_by_day(rows, 4, 3).tolist()  # 1970-01-05 was a Monday, its hour from 9 is taken out
    [480, 0, 0]
    >>> minutes_by_day(rows, 5, 7).tolist()
    [0, 0, 0, 0, 0, 0, 480]
    """
    weekly = np.zeros(7, dtype=np.int64)
    exceptions = []
    spans: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for row in rows.iter_rows(named=True):
        if row["weekday"] is None:
            exceptions.append((row["starts_at"], row["ends_at"], row["available"]))
        elif row["available"]:
            start, end = row["from_time"] or 0, MINUTES_A_DAY if row["to_time"] is None else row["to_time"]
            if end <= start:
                end += MINUTES_A_DAY  # A shift over midnight counts on the day it begins.
            spans[row["weekday"] - 1].append((start, end))
    for weekday in range(7):
        weekly[weekday] = _length(spans[weekday])
    days = np.arange(first_day, first_day + day_count)
    minutes = weekly[(days + 3) % 7].copy()
    for starts_at, ends_at, available in exceptions:
        for day in range(max(starts_at // MINUTES_A_DAY, first_day), min(-(-ends_at // MINUTES_A_DAY), days[-1] + 1)):
            start, end = max(starts_at - day * MINUTES_A_DAY, 0), min(ends_at - day * MINUTES_A_DAY, MINUTES_A_DAY)
            open_then = _overlap(spans[(day + 3) % 7], start, end)
            minutes[day - first_day] += (end - start) - open_then if available else -open_then
    return minutes.clip(min=0)


def _length(spans: Sequence[tuple[int, int]]) -> int:
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _overlap(spans: Sequence[tuple[int, int]], start: int, end: int) -> int:
    return _length([(max(s, start), min(e, end)) for s, e in spans if min(e, end) > max(s, start)])


def working_day_tables(
    calendars: pl.DataFrame, calendar_of: Sequence[str | None], first_day: int, day_count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Working days of every location, for counting lead times.

    Args:
        calendar_of: the calendar of each location; None, or a calendar that never works, means Monday to Friday.

    Returns:
        before: int64[locations, day_count], working days before each day.
        days: int64[locations, day_count], the k-th working day as an offset from first_day, padded with 2^31 - 1.
    """
    before = np.zeros((len(calendar_of), day_count), dtype=np.int64)
    days = np.full((len(calendar_of), day_count), 2**31 - 1, dtype=np.int64)
    weekdays = (np.arange(first_day, first_day + day_count) + 3) % 7
    for place, name in enumerate(calendar_of):
        works = MONDAY_TO_FRIDAY[weekdays]
        if name is not None:
            open_days = minutes_by_day(calendars.filter(pl.col("calendar") == name), first_day, day_count) > 0
            works = open_days if open_days.any() else works
        before[place, 1:] = np.cumsum(works)[:-1]
        worked = np.nonzero(works)[0]
        days[place, : worked.size] = worked
    return before, days
