"""Working time as the checker sees it: the open spans of a calendar, put together day by day.

Written a second time from the text of the planning package: shifts of the weekday, what last night's shift leaves over
midnight, then exceptions in the order of their rows, each replacing what stood there.
"""

from bisect import bisect_right
from collections.abc import Iterable

from planning.verify.reading import Row

MINUTES_A_DAY = 1440
Span = tuple[int, int]


class WorkingTime:
    """Open spans of one calendar in minutes after plan_start, merged and ascending.

    >>> rows = [{"weekday": 1, "from_time": 480, "to_time": 960, "available": True, "starts_at": None, "ends_at": None}]
    >>> time = WorkingTime(rows, 4, 1)  # 1970-01-05 was a Monday
    >>> time.spans, time.minutes(500, 10_000), time.works_at(480), time.works_at(960)
    ([(480, 960)], 460, True, False)
    """

    def __init__(self, rows: Iterable[Row] | None, first_day: int, day_count: int) -> None:
        if rows is None:
            self.spans = [(0, day_count * MINUTES_A_DAY)]
        else:
            self.spans = _spans(list(rows), first_day, day_count)
        self._starts = [start for start, _ in self.spans]
        self._done = [0]
        for start, end in self.spans:
            self._done.append(self._done[-1] + end - start)

    def _until(self, at: int) -> int:
        k = bisect_right(self._starts, at)
        if k == 0:
            return 0
        start, end = self.spans[k - 1]
        return self._done[k - 1] + min(at, end) - start

    def minutes(self, start: int, end: int) -> int:
        """Open minutes from start to end; negative where end comes first."""
        return self._until(end) - self._until(start)

    def works_at(self, at: int) -> bool:
        """Whether the minute that begins then is open."""
        return self.minutes(at, at + 1) == 1


def _spans(rows: list[Row], first_day: int, day_count: int) -> list[Span]:
    found: list[Span] = []
    exceptions = [row for row in rows if row["weekday"] is None]
    for day in range(first_day, first_day + day_count):
        today: list[Span] = []
        for row in rows:
            if row["weekday"] is None or not row["available"]:
                continue
            start = row["from_time"] or 0
            end = MINUTES_A_DAY if row["to_time"] is None else row["to_time"]
            end = end if end > start else end + MINUTES_A_DAY
            if row["weekday"] == (day + 3) % 7 + 1:
                today.append((start, min(end, MINUTES_A_DAY)))
            if row["weekday"] == (day + 2) % 7 + 1 and end > MINUTES_A_DAY:
                today.append((max(start - MINUTES_A_DAY, 0), end - MINUTES_A_DAY))
        for row in exceptions:
            start = max(row["starts_at"] - day * MINUTES_A_DAY, 0)
            end = min(row["ends_at"] - day * MINUTES_A_DAY, MINUTES_A_DAY)
            if start < end:
                today = [piece for span in today for piece in _without(span, start, end)]
                if row["available"]:
                    today.append((start, end))
        shift = (day - first_day) * MINUTES_A_DAY
        found.extend((start + shift, end + shift) for start, end in today if end > start)
    return _merged(found)


def _without(span: Span, start: int, end: int) -> list[Span]:
    pieces = [(span[0], min(span[1], start)), (max(span[0], end), span[1])]
    return [piece for piece in pieces if piece[1] > piece[0]]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
