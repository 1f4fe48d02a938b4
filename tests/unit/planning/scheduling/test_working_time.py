"""Working time by segments is what it is minute by minute."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.scheduling.working_time import MINUTES_A_DAY, united, working_segments

DAYS = 17
clock = st.integers(0, 24).map(lambda hours: hours * 60)
shifts = st.lists(st.tuples(st.integers(1, 7), clock, clock), max_size=5)
exceptions = st.lists(
    st.tuples(st.integers(-3, DAYS + 3), st.integers(0, 1440), st.integers(1, 4000), st.booleans()), max_size=6
)


def by_minute(
    weekly: list[tuple[int, int, int]], others: list[tuple[int, int, int, bool]], first_day: int
) -> np.ndarray:
    """Whether each minute is worked, counted one by one."""
    worked = np.zeros((DAYS + 40) * MINUTES_A_DAY, dtype=bool)
    for day in range(-20, DAYS + 20):
        weekday = (first_day + day + 3) % 7 + 1
        for on, begin, end in weekly:
            if on == weekday:
                at = (day + 20) * MINUTES_A_DAY
                worked[at + begin : at + (end if end > begin else end + MINUTES_A_DAY)] = True
    for day, minute, length, available in others:
        at = max((day + 20) * MINUTES_A_DAY + minute, 0)
        worked[at : max(at + length, 0)] = available
    return worked[20 * MINUTES_A_DAY : (20 + DAYS) * MINUTES_A_DAY]


def frame(weekly: list[tuple[int, int, int]], others: list[tuple[int, int, int, bool]], first_day: int) -> pl.DataFrame:
    """The rows of a calendar."""
    rows = [
        {"weekday": on, "from_time": begin, "to_time": end, "available": True, "starts_at": None, "ends_at": None}
        for on, begin, end in weekly
    ]
    for day, minute, length, available in others:
        at = (first_day + day) * MINUTES_A_DAY + minute
        rows.append(
            {
                "weekday": None,
                "from_time": None,
                "to_time": None,
                "available": available,
                "starts_at": at,
                "ends_at": at + length,
            }
        )
    names = ("weekday", "from_time", "to_time", "starts_at", "ends_at")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.Int64), "available": pl.Boolean})


def minutes_of(segments: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Segments as minutes; they ascend and do not meet."""
    starts, ends = segments
    assert (starts < ends).all()
    assert (starts[1:] > ends[:-1]).all()
    worked = np.zeros(DAYS * MINUTES_A_DAY, dtype=bool)
    for start, end in zip(starts, ends, strict=True):
        worked[start:end] = True
    return worked


@settings(max_examples=100, deadline=None)
@given(shifts, exceptions, st.integers(20000, 20010))
def test_as_minute_by_minute(
    weekly: list[tuple[int, int, int]], others: list[tuple[int, int, int, bool]], first_day: int
) -> None:
    """Shifts over midnight and exceptions in the order of their rows."""
    found = working_segments(frame(weekly, others, first_day), first_day, DAYS)
    assert np.array_equal(minutes_of(found), by_minute(weekly, others, first_day))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(shifts, exceptions), min_size=1, max_size=4))
def test_united_works_when_one_does(calendars: list[tuple[list, list]]) -> None:
    """The union, minute by minute."""
    segments = [working_segments(frame(weekly, others, 20000), 20000, DAYS) for weekly, others in calendars]
    either = np.any([minutes_of(each) for each in segments], axis=0)
    assert np.array_equal(minutes_of(united(segments)), either)
