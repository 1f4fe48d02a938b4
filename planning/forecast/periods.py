"""Periods of a history: days, weeks, months, quarters or years, as whole numbers one apart.

Decides which dates may start a period: for weeks the weekday, for quarters and years the month, on which most rows start.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
SEASONS = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods by name, and how many make a season."""

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """A kind of period and where it is anchored.

    Attributes:
        name: a key of SEASONS.
        anchor: the remainder that a start leaves, in days or months, by the period's length.
    """

    name: str
    anchor: int = 0

    @property
    def season(self) -> int:
        """Periods in a season."""
        return SEASONS[self.name]

    def numbers(self, days: IntArray) -> IntArray:
        """Numbers of the periods that start on these days (since 1970-01-01)."""
        units, length = _units(self.name, days)
        return (units - self.anchor) // length

    def starts_on(self, numbers: IntArray) -> npt.NDArray[np.datetime64]:
        """First days of the periods with these numbers.

        >>> week = Period("week", 4)
        >>> week.starts_on(week.numbers(np.array([20458])) + 1)
        array(['2026-01-12'], dtype='datetime64[D]')
        """
        units = np.asarray(numbers, dtype=np.int64) * (_DAYS.get(self.name) or _MONTHS[self.name]) + self.anchor
        if self.name in _DAYS:
            return units.astype("datetime64[D]")
        return units.astype("datetime64[M]").astype("datetime64[D]")


def anchored(name: str, days: IntArray) -> tuple[Period, npt.NDArray[np.bool_]]:
    """The period that most days start, and which days start one.

    Args:
        name: a key of SEASONS.
        days: int64 days since 1970-01-01; may be empty.

    >>> anchored("week", np.array([4, 11, 12]))  # two Mondays and a Tuesday
    (Period(name='week', anchor=4), array([ True,  True, False]))
    """
    if days.size == 0:
        return Period(name), np.zeros(0, dtype=bool)
    units, length = _units(name, days)
    rests = np.mod(units, length)
    anchor = int(np.bincount(rests, minlength=length).argmax())
    fits = rests == anchor
    if name in _MONTHS:
        fits &= days.astype("datetime64[D]") == days.astype("datetime64[D]").astype("datetime64[M]")
    return Period(name, anchor), fits


def _units(name: str, days: IntArray) -> tuple[IntArray, int]:
    if name in _DAYS:
        return days, _DAYS[name]
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64), _MONTHS[name]
