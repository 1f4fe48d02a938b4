"""Working time: what passed and when so much has passed are one rule read in two directions, over nights, pauses and a change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.modules.service.working_time import WorkingHours, reached, used

BERLIN = ZoneInfo("Europe/Berlin")
_START = datetime(2026, 3, 27, 10, tzinfo=UTC)
_spans = st.tuples(st.integers(0, 1380), st.integers(30, 720)).map(lambda s: (s[0], min(s[0] + s[1], 1440)))
_weeks = st.lists(st.lists(_spans, max_size=3), min_size=7, max_size=7).filter(any)
_days = st.dictionaries(
    st.integers(0, 20).map(lambda n: date(2026, 3, 20) + timedelta(days=n)), st.booleans(), max_size=6
)
_pauses = st.lists(
    st.tuples(st.integers(-600, 9000), st.integers(0, 3000)).map(
        lambda p: (_START + timedelta(minutes=p[0]), _START + timedelta(minutes=p[0] + p[1]))
    ),
    max_size=4,
)


@given(week=_weeks, days=_days, pauses=_pauses, minutes=st.integers(1, 6000))
def test_a_limit_is_reached_when_just_so_much_has_been_used(
    week: list[list[tuple[int, int]]],
    days: dict[date, bool],
    pauses: list[tuple[datetime, datetime]],
    minutes: int,
) -> None:
    hours = WorkingHours(week, days, BERLIN)
    due = reached(hours, _START, timedelta(minutes=minutes), pauses)
    assert due is not None
    assert used(hours, _START, due, pauses) == timedelta(minutes=minutes)
    assert used(hours, _START, due - timedelta(seconds=1), pauses) < timedelta(minutes=minutes)


def test_a_day_on_which_the_clocks_change_has_an_hour_less() -> None:
    always = WorkingHours([[(0, 1440)]] * 7, {}, BERLIN)
    began, ended = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert used(always, began, ended, []) == timedelta(hours=23)


def test_a_calendar_that_never_works_is_never_late() -> None:
    never = WorkingHours([[]] * 7, {}, BERLIN)
    assert reached(never, _START, timedelta(minutes=1), []) is None
    assert used(never, _START, _START + timedelta(days=30), []) == timedelta()
