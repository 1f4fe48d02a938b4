"""The sums that a demand plan is read by: in total, by location, by item and by customer group, agreed with their parts.

Decides which sums there are and what is forecast of them; reconcile.py makes numbers agree. A sum is forecast as a regular
series is, by the combination, so that its trend and season, which its parts may be too thin to show, reach them. Bottom-up,
the default, forecasts no sums. The back-test's origins are reconciled as well, since the intervals rest on them.
"""

import numpy as np
import polars as pl

from planning.forecast.backtest import origins_of
from planning.forecast.classes import demand_pattern
from planning.forecast.effort import REGULAR_MEMBERS
from planning.forecast.history import History
from planning.forecast.measures import FloatArray
from planning.forecast.models import combined, run_model
from planning.forecast.reconcile import bottom_up, hierarchy_of, least_squares, top_down
from planning.forecast.tables import QUANTITY, Chosen

TOTAL = "total"
LEVELS = (TOTAL, "location", "item", "customer_group")


def levels_of(keys: pl.DataFrame) -> dict[str, list[str]]:
    """The levels whose sums say more than a series does, with the label of each series.

    >>> levels_of(pl.DataFrame({"item": ["A", "B"], "location": ["MAIN"] * 2, "customer_group": ["ALL"] * 2}))
    {'total': ['total', 'total']}
    """
    levels = {TOTAL: [TOTAL] * keys.height}
    for name in LEVELS[1:]:
        labels = keys[name].to_list()
        if 1 < len(set(labels)) < keys.height:
            levels[name] = labels
    return levels


def reconcile_sums(history: History, values: list[FloatArray], chosen: list[Chosen], *, way: str, season: int) -> None:
    """Change the chosen forecasts, and their back-tests, so that they agree with the forecasts of the sums.

    Args:
        values: cleaned history of each series, all ending together.
        way: one of WAYS; `bottom_up` changes nothing.
    """
    if way == "bottom_up" or len(chosen) < 2:
        return
    levels = levels_of(history.keys)
    if way == "top_down":
        levels = {TOTAL: levels[TOTAL]}
    hierarchy = hierarchy_of(list(levels.values()))
    horizon, origins = chosen[0].mean.size, len(chosen[0].past)
    longest = max(each.size for each in values)
    whole = np.array([np.pad(each, (longest - each.size, 0)) for each in values])
    sums = bottom_up(hierarchy, whole)

    def agreed(parts: FloatArray, known: FloatArray) -> FloatArray:
        made = np.array(
            [_said(row, part, horizon, season) for row, part in zip(known, bottom_up(hierarchy, parts), strict=True)]
        )
        return top_down(made[0], parts) if way == "top_down" else least_squares(hierarchy, parts, made)

    for origin, cut in enumerate(origins_of(longest, horizon, origins)):
        past = np.array([each.past[origin] for each in chosen])
        if not np.isnan(past).any():
            for each, row in zip(chosen, agreed(past, sums[:, :cut]), strict=True):
                each.past[origin] = row
    for each, row in zip(chosen, agreed(np.array([each.mean for each in chosen]), sums), strict=True):
        each.mean = row


def _said(known: FloatArray, parts: FloatArray, horizon: int, season: int) -> FloatArray:
    """The combination's forecast of one sum; the sum of its parts where it is sporadic or no model can say."""
    known = known[np.flatnonzero(known)[0] :] if known.any() else known
    if demand_pattern(known).name not in {"smooth", "erratic"}:
        return parts
    answers = [run_model(name, known, horizon, season) for name in REGULAR_MEMBERS]
    members = np.array([answer for answer in answers if answer is not None])
    return combined(members, sporadic=False) if members.size else parts


def sum_table(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Rows by level, label and period: the means of all series, new items included, added up as they are given out."""
    keys = forecasts.select("item", "location", "customer_group")
    frames = []
    for level in levels_of(keys.unique(maintain_order=True)):
        label = pl.lit(TOTAL) if level == TOTAL else pl.col(level)
        frames.append(
            forecasts.group_by(pl.lit(level).alias("level"), label.alias("label"), "period_start")
            .agg(pl.col("mean").sum().cast(QUANTITY))
            .sort("label", "period_start")
        )
    return pl.concat(frames)
