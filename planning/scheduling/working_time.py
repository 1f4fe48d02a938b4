"""Working time of calendars in minutes: weekly shifts with their breaks, and exceptions, as segments.

A calendar is a weekly pattern (weekday, from_time, to_time) whose rows may leave breaks between them, plus exceptions
(starts_at, ends_at, available) that override it in the order of their rows. A shift over midnight goes on
into the next day.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from planning.scheduling.problem import IntArray

MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7
MINUTES_A_WEEK = DAYS_A_WEEK * MINUTES_A_DAY


def working_segments(rows: pl.DataFrame | None, first_day: int, day_count: int) -> tuple[IntArray, IntArray]:
    """Starts and ends of the working segments of one calendar, in minutes after the first day's midnight.

    Args:
        rows: the rows of the calendar in the table `calendars`; None works around the clock.
        first_day: a day number.
        day_count: days looked at.

    >>> rows = pl.DataFrame({"weekday": [1, 1, None], "from_time": [480, 720, None], "to_time": [690, 960, None],
    ...     "available": [True, True, False], "starts_at": [None, None, 4 * 1440 + 540],
    ...     "ends_at": [None, None, 4 * 1440 + 600]})
    >>> starts, ends = working_segments(rows, 4, 3)  # 1970-01-05 was a Monday; its hour from 9 is taken out
    >>> list(zip(starts.tolist(), ends.tolist()))
    [(480, 540), (600, 690), (720, 960)]
    """
    total = day_count * MINUTES_A_DAY
    if rows is None:
        return np.array([0], dtype=np.int64), np.array([total], dtype=np.int64)
    weekly = np.zeros(MINUTES_A_WEEK, dtype=bool)
    exceptions: list[tuple[int, int, bool]] = []
    for row in rows.iter_rows(named=True):
        if row["weekday"] is None:
            exceptions.append((row["starts_at"], row["ends_at"], row["available"]))
        elif row["available"]:
            _mark_shift(weekly, row["weekday"], row["from_time"], row["to_time"])
    into_week = (first_day + 3) % DAYS_A_WEEK * MINUTES_A_DAY  # 1970-01-01 was a Thursday.
    open_minutes = np.resize(np.roll(weekly, -into_week), total)
    origin = first_day * MINUTES_A_DAY
    for starts_at, ends_at, available in exceptions:
        open_minutes[max(starts_at - origin, 0) : max(ends_at - origin, 0)] = available
    edges = np.flatnonzero(np.diff(open_minutes.astype(np.int8), prepend=0, append=0)).astype(np.int64)
    return edges[::2], edges[1::2]


def _mark_shift(weekly: np.ndarray, weekday: int, from_time: int | None, to_time: int | None) -> None:
    start = from_time or 0
    end = MINUTES_A_DAY if to_time is None else to_time
    if end <= start:
        end += MINUTES_A_DAY
    base = (weekday - 1) * MINUTES_A_DAY
    weekly[np.arange(base + start, base + end) % MINUTES_A_WEEK] = True


def stacked(segments: Sequence[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Calendars behind one another: first segment of each (C + 1), starts, ends, working minutes before each segment."""
    sizes = [starts.size for starts, _ in segments]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    empty = np.zeros(0, dtype=np.int64)
    starts = np.concatenate([empty, *(found for found, _ in segments)])
    ends = np.concatenate([empty, *(found for _, found in segments)])
    work = np.concatenate([empty, *(np.cumsum(e - s) - (e - s) for s, e in segments)])
    return first, starts, ends, work


def united(segments: Sequence[tuple[IntArray, IntArray]], total: int) -> tuple[IntArray, IntArray]:
    """When at least one of the calendars works: a machine that waits for it never works more.

    >>> united([(np.array([0]), np.array([10])), (np.array([5, 30]), np.array([20, 40]))], 50)
    (array([ 0, 30]), array([20, 40]))
    """
    change = np.zeros(total + 1, dtype=np.int64)
    for starts, ends in segments:
        change[starts] += 1
        change[ends] -= 1
    working = (np.cumsum(change) > 0).astype(np.int8)
    edges = np.flatnonzero(np.diff(working, prepend=0)).astype(np.int64)
    return edges[::2], edges[1::2]
