"""From what was sold to what was wanted: each change to a history is a row that says what was, what is and why.

In this order: `gap` (a period without a row had no demand), `return` (goods that came back are taken from the nearest earlier
periods, the sales they undo), `stock_out` (a period without goods is raised to the level around it), `promotion` (a lift by
price is taken back to the level around it, and its size is kept), `outlier` (beyond what the series' own noise explains, once
and not every season). A level is the median of the nearest periods that nothing disturbed. Sporadic series have no outliers
here: a rare large order is what they are made of.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from planning.forecast.classes import SPORADIC, demand_pattern
from planning.forecast.measures import FloatArray

REASONS = ("gap", "return", "stock_out", "promotion", "outlier")
NEIGHBOURS = 4
"""Undisturbed periods that are looked at on each side."""
OUTLIER_DEVIATIONS = 6.0
OUTLIER_WINDOW = 13
OUTLIER_MIN_PERIODS = 26
RECENT = 2
"""The last periods are never outliers: it is too early to tell one from a new level."""
DEVIATION_OF_MEDIAN = 1.4826
"""Standard deviations per median absolute deviation, for normal noise."""

BoolArray = npt.NDArray[np.bool_]


@dataclass
class Cleaned:
    """One series after cleaning.

    Attributes:
        quantity: float64[T], each >= 0.
        changes: (place, was, is, reason), in order of the rules; `was` is None in a gap.
        lift: promoted demand over the level around it, across all promoted periods; None where none was promoted.
    """

    quantity: FloatArray
    changes: list[tuple[int, float | None, float, str]] = field(default_factory=list)
    lift: float | None = None


def clean(
    quantity: FloatArray,
    *,
    stated: BoolArray,
    returned: FloatArray,
    stocked_out: BoolArray,
    promoted: BoolArray,
    season: int,
    outliers: bool = True,
) -> Cleaned:
    """Clean one series; the arrays have one length T and are not changed.

    Source of the outlier rule: Hampel (1974), The influence curve and its role in robust estimation, JASA 69: median and median
    absolute deviation in place of mean and deviation.

    >>> no = np.zeros(5, dtype=bool)
    >>> sold = np.array([10.0, 10.0, 0.0, 10.0, 10.0])
    >>> done = clean(sold, stated=~no, returned=np.zeros(5), stocked_out=np.arange(5) == 2, promoted=no, season=52)
    >>> done.changes
    [(2, 0.0, 10.0, 'stock_out')]
    """
    done = Cleaned(quantity.astype(float).copy())
    done.changes += [(int(place), None, 0.0, "gap") for place in np.flatnonzero(~stated).tolist()]
    _take_back_returns(done, returned)
    disturbed = stocked_out | promoted
    for place in np.flatnonzero(stocked_out).tolist():
        level = _level_around(done.quantity, place, disturbed)
        if level is not None and level > done.quantity[place]:
            _change(done, place, level, "stock_out")
    _take_back_promotions(done, promoted, disturbed)
    if outliers:
        _cut_outliers(done, disturbed, season)
    return done


def _change(done: Cleaned, place: int, value: float, reason: str) -> None:
    done.changes.append((int(place), float(done.quantity[place]), float(value), reason))
    done.quantity[place] = value


def _take_back_returns(done: Cleaned, returned: FloatArray) -> None:
    """Take what came back from the period itself, then from the nearest earlier ones; before the first sale it is lost."""
    before = done.quantity.copy()
    for place in np.flatnonzero((done.quantity < 0) | (returned > 0)).tolist():
        owed = returned[place] - min(done.quantity[place], 0.0)
        done.quantity[place] = max(done.quantity[place], 0.0)
        for earlier in range(place, -1, -1):
            if owed <= 0:
                break
            taken = min(owed, max(done.quantity[earlier], 0.0))
            done.quantity[earlier] -= taken
            owed -= taken
    for place in np.flatnonzero(before != done.quantity).tolist():
        done.changes.append((int(place), float(before[place]), float(done.quantity[place]), "return"))


def _level_around(quantity: FloatArray, place: int, disturbed: BoolArray) -> float | None:
    """Median of the nearest undisturbed periods on both sides; None where there is none."""
    calm = np.flatnonzero(~disturbed)
    at = int(np.searchsorted(calm, place))
    near = np.concatenate([calm[max(at - NEIGHBOURS, 0) : at], calm[at : at + NEIGHBOURS]])
    return float(np.median(quantity[near])) if near.size else None


def _take_back_promotions(done: Cleaned, promoted: BoolArray, disturbed: BoolArray) -> None:
    lifted, plain = 0.0, 0.0
    for place in np.flatnonzero(promoted).tolist():
        level = _level_around(done.quantity, place, disturbed)
        if level is None:
            continue
        lifted, plain = lifted + done.quantity[place], plain + level
        if done.quantity[place] > level:
            _change(done, place, level, "promotion")
    done.lift = lifted / plain if plain > 0 else None


def _cut_outliers(done: Cleaned, disturbed: BoolArray, season: int) -> None:
    """Bring lone values beyond OUTLIER_DEVIATIONS to that bound, unless a season ago or ahead looks alike."""
    values = done.quantity
    if values.size < OUTLIER_MIN_PERIODS or demand_pattern(values).name in SPORADIC:
        return
    half = OUTLIER_WINDOW // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="reflect"), OUTLIER_WINDOW)
    level = np.median(windows, axis=1)
    distance = values - level
    spread = DEVIATION_OF_MEDIAN * float(np.median(np.abs(distance)))
    if spread <= 0:
        return
    far = (np.abs(distance) > OUTLIER_DEVIATIONS * spread) & ~disturbed
    far[-RECENT:] = False
    for place in np.flatnonzero(far).tolist():
        alone = not (far[max(place - 1, 0)] and place > 0) and not (place + 1 < far.size and far[place + 1])
        if alone and not _recurs(distance, place, season):
            bound = level[place] + np.sign(distance[place]) * OUTLIER_DEVIATIONS * spread
            _change(done, place, max(float(bound), 0.0), "outlier")


def _recurs(distance: FloatArray, place: int, season: int) -> bool:
    """Whether the same time of another season, give or take one period, is off in the same direction, half as far or more."""
    if season < 2:
        return False
    for other in range(place % season, distance.size, season):
        if other == place:
            continue
        near = distance[max(other - 1, 0) : other + 2] * np.sign(distance[place])
        if near.max() >= abs(distance[place]) / 2:
            return True
    return False
