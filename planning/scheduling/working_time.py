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
    starts, ends = _repeated(np.roll(weekly, -into_week), total)
    origin = first_day * MINUTES_A_DAY
    for starts_at, ends_at, available in exceptions:
        begin, end = min(max(starts_at - origin, 0), total), min(max(ends_at - origin, 0), total)
        if begin < end:
            starts, ends = _overridden(starts, ends, begin, end, available=available)
    return starts, ends


def _repeated(week: np.ndarray, total: int) -> tuple[IntArray, IntArray]:
    """Segments of a week's minutes, again and again up to a minute; those that meet are one."""
    edges = np.flatnonzero(np.diff(week.astype(np.int8), prepend=0, append=0)).astype(np.int64)
    weeks = np.arange(0, total, MINUTES_A_WEEK, dtype=np.int64)[:, None]
    starts, ends = (weeks + edges[::2]).ravel(), np.minimum(weeks + edges[1::2], total).ravel()
    inside = starts < total
    return _joined(starts[inside], ends[inside])


def _joined(starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Spans as segments: those that meet or overlap are one. Both arrays ascend; the k-th end need not be the k-th start's.

    A segment ends where as many spans have ended as had begun before the next one begins.
    """
    if starts.size == 0:
        return starts, ends
    apart = starts[1:] > ends[:-1]
    return starts[np.concatenate([[True], apart])], ends[np.concatenate([apart, [True]])]


def _overridden(
    starts: IntArray, ends: IntArray, begin: int, end: int, *, available: bool
) -> tuple[IntArray, IntArray]:
    """Segments with a span taken out or put in.

    >>> _overridden(np.array([0, 30]), np.array([10, 40]), 5, 35, available=False)
    (array([ 0, 35]), array([ 5, 40]))
    >>> _overridden(np.array([0, 30]), np.array([10, 40]), 10, 20, available=True)
    (array([ 0, 30]), array([20, 40]))
    """
    if available:  # Segments that meet the span are one with it.
        first, last = np.searchsorted(ends, begin, side="left"), np.searchsorted(starts, end, side="right")
        if first < last:
            begin, end = min(begin, int(starts[first])), max(end, int(ends[last - 1]))
        put = ([begin], [end])
    else:
        first, last = np.searchsorted(ends, begin, side="right"), np.searchsorted(starts, end, side="left")
        left = [(int(starts[first]), begin)] if first < last and starts[first] < begin else []
        right = [(end, int(ends[last - 1]))] if first < last and ends[last - 1] > end else []
        put = ([each for each, _ in left + right], [each for _, each in left + right])
    return (
        np.concatenate([starts[:first], np.array(put[0], dtype=np.int64), starts[last:]]),
        np.concatenate([ends[:first], np.array(put[1], dtype=np.int64), ends[last:]]),
    )


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


def united(segments: Sequence[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    """When at least one of the calendars works: a machine that waits for it never works more.

    >>> united([(np.array([0]), np.array([10])), (np.array([5, 30]), np.array([20, 40]))])
    (array([ 0, 30]), array([20, 40]))
    """
    starts = np.sort(np.concatenate([found for found, _ in segments]))
    ends = np.sort(np.concatenate([found for _, found in segments]))
    return _joined(starts, ends)
