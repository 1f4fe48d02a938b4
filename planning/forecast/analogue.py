"""New items by analogue: the forecast of a named item that it is like, scaled.

The scale is stated, or measured where both have history: demand of the new item over that of its like in the same periods;
without either it is 1. The interval is that of the like, scaled, and WIDER times as far from the mean, since likeness is a
guess. An item with a row in `analogues` is forecast so while it has fewer than OWN_PERIODS periods of its own. The like's
forecast from today is taken, not the first weeks of its life: a curve of launch is not drawn.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from planning.forecast.history import KEY, History
from planning.forecast.measures import FloatArray
from planning.forecast.tables import Chosen
from planning.package.findings import REJECT_SCHEMA, Findings
from planning.package.reading import ROW

OWN_PERIODS = 12
WIDER = 1.5


def by_analogue(
    history: History, values: list[FloatArray], chosen: list[Chosen]
) -> tuple[pl.DataFrame, list[Chosen], pl.DataFrame, list[str]]:
    """Replace the forecasts of new items by those of their likes.

    Args:
        values: cleaned history of each series.
        chosen: what each series gets otherwise.

    Returns:
        Keys of all series, those without any history last; what each gets; rejects; notices.
    """
    places = {key: at for at, key in enumerate(history.keys.iter_rows())}
    findings, result, extra = Findings(), list(chosen), []
    for row in history.analogues.sort(KEY).iter_rows(named=True):
        key = tuple(row[name] for name in KEY)
        like = tuple(row[f"like_{name}"] or row[name] for name in KEY)
        if like not in places:
            findings.reject(
                "analogues", row[ROW], "like_item", row["like_item"], "the item that it is like has no history"
            )
            continue
        if like == key:
            findings.reject("analogues", row[ROW], "like_item", row["like_item"], "an item is like itself")
            continue
        own = places.get(key)
        if own is not None and values[own].size >= OWN_PERIODS:
            findings.notice(f"{'/'.join(key)} has {values[own].size} periods of its own and is forecast from them")
            continue
        scale = row["scale"] or _measured_scale(None if own is None else values[own], values[places[like]])
        made = _scaled(chosen[places[like]], scale)
        if own is None:
            extra.append(key)
            result.append(made)
        else:
            result[own] = made
    keys = pl.concat([history.keys, pl.DataFrame(extra, schema=dict.fromkeys(KEY, pl.String), orient="row")])
    return keys, result, findings.table().select(list(REJECT_SCHEMA)), findings.notices


def _measured_scale(own: FloatArray | None, like: FloatArray) -> float:
    """Own demand over the like's in the periods of both; 1 where that says nothing.

    >>> _measured_scale(np.array([2.0, 4.0]), np.array([9.0, 4.0, 8.0]))
    0.5
    """
    if own is None:
        return 1.0
    both = min(own.size, like.size)
    beside = float(like[-both:].sum())
    return float(own[-both:].sum()) / beside if beside > 0 and own[-both:].sum() > 0 else 1.0


def _scaled(like: Chosen, scale: float) -> Chosen:
    mean = like.mean * scale
    ends = np.maximum(mean + (like.ends * scale - mean) * WIDER, 0.0)
    unknown = np.full(like.past.shape, np.nan)
    return replace(like, place=-1, model="analogue", reason="analogue", mean=mean, ends=ends, past=unknown)
