"""Where time comes from. Below the doors nobody asks the machine: a clock is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the instant and the company's business day."""

    def now(self) -> datetime:
        """The current instant in UTC."""
        ...

    def today(self) -> date:
        """The business day in the company's time zone."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, read in the company's time zone."""

    time_zone: str

    def now(self) -> datetime:
        """The current instant in UTC."""
        return datetime.now(tz=UTC)

    def today(self) -> date:
        """The business day in the company's time zone."""
        return self.now().astimezone(ZoneInfo(self.time_zone)).date()


@dataclass
class FixedClock:
    """A clock that stands at a business day, for histories replayed as of their own dates and for tests.

    Instants still increase by a microsecond a reading, so that order is kept.
    """

    day: date
    _ticks: int = 0

    def now(self) -> datetime:
        """Noon UTC of the day, plus one microsecond for each reading before."""
        self._ticks += 1
        noon = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        return noon + timedelta(microseconds=self._ticks)

    def today(self) -> date:
        """The day it stands at."""
        return self.day
