"""Working time of a service level: the hours of a calendar as spans of instants, what passed in them, and when so much has.

A calendar is a weekly pattern in the company's zone with days that are different: a day off, or a day that is worked and has the
hours of the calendar's first working weekday beside its own, as the planner reads it. Pure: no store, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
MOST_DAYS: Final = 3660
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class WorkingHours:
    """A calendar in a zone.

    Attributes:
        weekly: for each weekday from Monday on its spans in minutes from midnight, each half-open.
        exceptions: days that are different, and whether they are worked.
    """

    weekly: Sequence[Sequence[tuple[int, int]]]
    exceptions: Mapping[date, bool]
    zone: ZoneInfo

    def spans(self, day: date) -> list[Span]:
        """The working time of a day, UTC, in order and without overlap."""
        minutes = list(self.weekly[day.weekday()])
        worked = self.exceptions.get(day)
        if worked is False:
            return []
        if worked:
            minutes += next((spans for spans in self.weekly if spans), ())
        midnight = datetime.combine(day, time())
        return merged(tuple(self._instant(midnight + timedelta(minutes=m)) for m in span) for span in minutes)  # pyright: ignore[reportArgumentType]

    def _instant(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def minutes_of(hour: str) -> int:
    """Minutes from midnight of an hour as calendars write it.

    >>> minutes_of("08:30"), minutes_of("24:00")
    (510, 1440)
    """
    hours, minutes = hour.split(":")
    return int(hours) * 60 + int(minutes)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap put together, empty ones left out.

    >>> day = [datetime(2026, 6, 15, hour, tzinfo=UTC) for hour in range(24)]
    >>> [(a.hour, b.hour) for a, b in merged([(day[9], day[12]), (day[1], day[1]), (day[11], day[14])])]
    [(9, 14)]
    """
    found: list[Span] = []
    for began, ended in sorted(spans):
        if ended <= began:
            continue
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def running(began: datetime, ended: datetime, pauses: Iterable[Span]) -> list[Span]:
    """What is left of a span when its pauses are taken out.

    >>> day = [datetime(2026, 6, 15, hour, tzinfo=UTC) for hour in range(24)]
    >>> [(a.hour, b.hour) for a, b in running(day[1], day[9], [(day[0], day[2]), (day[4], day[5])])]
    [(2, 4), (5, 9)]
    """
    found, at = [], began
    for pause_began, pause_ended in merged(pauses):
        if pause_ended <= at:
            continue
        if pause_began >= ended:
            break
        found.append((at, max(at, pause_began)))
        at = pause_ended
    found.append((at, max(at, ended)))
    return [span for span in found if span[0] < span[1]]


def worked(hours: WorkingHours, began: datetime, ended: datetime) -> timedelta:
    """How much working time lies in a span.

    >>> hours = WorkingHours([[(540, 1020)]] * 5 + [[], []], {date(2026, 6, 16): False}, ZoneInfo("Asia/Shanghai"))
    >>> friday, tuesday = datetime(2026, 6, 12, 8, tzinfo=UTC), datetime(2026, 6, 16, 8, tzinfo=UTC)
    >>> worked(hours, friday, tuesday)  # an hour on Friday from 16:00 on, Monday's eight; Tuesday is a holiday
    datetime.timedelta(seconds=32400)
    """
    total = timedelta()
    day, last = began.astimezone(hours.zone).date(), ended.astimezone(hours.zone).date()
    while day <= last:
        for span_began, span_ended in hours.spans(day):
            total += max(min(span_ended, ended) - max(span_began, began), timedelta())
        day += timedelta(days=1)
    return total


def used(hours: WorkingHours, began: datetime, until: datetime, pauses: Iterable[Span]) -> timedelta:
    """How much working time a clock has used until an instant."""
    return sum((worked(hours, *span) for span in running(began, until, pauses)), timedelta())


def reached(hours: WorkingHours, began: datetime, amount: timedelta, pauses: Iterable[Span]) -> datetime | None:
    """When a clock has used an amount of working time; None where it does not within ten years.

    Args:
        hours: the calendar.
        began: when the clock began.
        amount: more than nothing.
        pauses: when it stood still; one that has not ended reaches to the end of time.

    >>> hours = WorkingHours([[(540, 1020)]] * 5 + [[], []], {}, ZoneInfo("Asia/Shanghai"))
    >>> reached(hours, datetime(2026, 6, 12, 8, tzinfo=UTC), timedelta(hours=2), []).isoformat()  # Friday 16:00, Monday 10:00
    '2026-06-15T02:00:00+00:00'
    """
    left = amount
    day = began.astimezone(hours.zone).date()
    for span_began, span_ended in running(began, began + timedelta(days=MOST_DAYS), pauses):
        day = max(day, span_began.astimezone(hours.zone).date())
        last = span_ended.astimezone(hours.zone).date()
        while day <= last:
            for opens, closes in hours.spans(day):
                start, end = max(opens, span_began), min(closes, span_ended)
                if end - start >= left:
                    return start + left
                left -= max(end - start, timedelta())
            day += timedelta(days=1)
        day = last
    return None
