"""The output tables of a forecast: forecasts, accuracy, cleaning, series, and demand for the planning package.

Lays out what was decided elsewhere; rounds half up to 6 decimals, the only rounding of a forecast. Reasons and classes are
plain codes, which the app has words for.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from planning.forecast.choice import Judged
from planning.forecast.classes import DemandPattern
from planning.forecast.cleaning import Cleaned
from planning.forecast.effort import Effort
from planning.forecast.history import History
from planning.forecast.measures import FloatArray, bias, wape
from schemas.planning import QUANTITY_LIMIT, QUANTITY_SCALE

QUANTITY = pl.Decimal(18, 6)
MILLIONTH = pl.lit("0.000001").cast(pl.Decimal(38, 6))


@dataclass
class Chosen:
    """What a series gets.

    Attributes:
        place: of the chosen model in `Judged.names`.
        model, reason, class_name: codes.
        mean: float[H].
        past, actual: float[K, H], the chosen model's back-test.
        ends: float[L, 2, H], intervals.
    """

    place: int
    model: str
    reason: str
    class_name: str
    mean: FloatArray
    past: FloatArray
    actual: FloatArray
    ends: FloatArray = field(default_factory=lambda: np.zeros((0, 2, 0)))


def quantities(values: FloatArray) -> pl.Series:
    """Floats as quantities of the planning package: rounded half up to 6 decimals, within its limit; NaN is null.

    >>> quantities(np.array([1.0000005, float("nan"), 1e300])).to_list()
    [Decimal('1.000001'), None, Decimal('999999999999.000000')]
    """
    bounded = np.clip(values, -QUANTITY_LIMIT + 1, QUANTITY_LIMIT - 1)
    whole = np.floor(bounded)
    known = ~np.isnan(whole)
    scaled = np.zeros(values.shape, dtype=np.int64)
    part = np.floor((bounded[known] - whole[known]) * QUANTITY_SCALE + 0.5)
    scaled[known] = whole[known].astype(np.int64) * QUANTITY_SCALE + part.astype(np.int64)
    frame = pl.DataFrame({"scaled": pl.Series(scaled), "known": pl.Series(known)})
    return frame.select(pl.when("known").then(pl.col("scaled").cast(pl.Decimal(38, 0)) * MILLIONTH))["scaled"].cast(
        QUANTITY
    )


def _keys(history: History, owner: np.ndarray) -> pl.DataFrame:
    return history.keys[owner.astype(np.uint32)]


def level_names(levels: tuple[float, ...]) -> list[tuple[str, str]]:
    """Names of the columns of each level's ends.

    >>> level_names((0.8,))
    [('low_80', 'high_80')]
    """
    return [(f"low_{round(level * 100)}", f"high_{round(level * 100)}") for level in levels]


def forecast_table(
    history: History, keys: pl.DataFrame, chosen: list[Chosen], levels: tuple[float, ...]
) -> pl.DataFrame:
    """Rows by series (of `keys`) and period to come: mean, low and high of each level, model."""
    horizon = chosen[0].mean.size
    owner = np.repeat(np.arange(len(chosen)), horizon)
    starts = history.period.starts_on(history.last + 1 + np.arange(horizon))
    columns = {
        "period_start": pl.Series(np.tile(starts, len(chosen))).cast(pl.Date),
        "mean": quantities(np.concatenate([each.mean for each in chosen])),
    }
    for at, (low, high) in enumerate(level_names(levels)):
        columns[low] = quantities(np.concatenate([each.ends[at, 0] for each in chosen]))
        columns[high] = quantities(np.concatenate([each.ends[at, 1] for each in chosen]))
    columns["model"] = pl.Series([each.model for each in chosen], dtype=pl.String)[owner.astype(np.uint32)]
    return keys[owner.astype(np.uint32)].with_columns(**columns)


def accuracy_table(history: History, judged: list[Judged], chosen: list[Chosen], effort: Effort) -> pl.DataFrame:
    """Rows by series and model, the combination first: WAPE, MASE, RMSSE and bias in the back-test, chosen, reason."""
    rows: dict[str, list] = {
        name: [] for name in ("owner", "model", "wape", "mase", "rmsse", "bias", "chosen", "reason")
    }
    for owner, (each, pick) in enumerate(zip(judged, chosen, strict=True)):
        known = ~np.isnan(each.actual)
        members = effort.combined(pick.class_name)
        for place, name in enumerate(each.names):
            made = each.past[:, place][known] if known.any() else np.full(0, np.nan)
            is_chosen = place == pick.place and pick.model == name
            rows["owner"].append(owner)
            rows["model"].append(name)
            rows["wape"].append(float(wape(each.actual[known], made)))
            rows["mase"].append(float(each.absolute[place]))
            rows["rmsse"].append(float(each.squared[place]))
            rows["bias"].append(float(bias(each.actual[known], made)))
            rows["chosen"].append(is_chosen)
            rows["reason"].append(pick.reason if is_chosen else _why_not(each, place, name, members, pick))
    frame = pl.DataFrame({name: values for name, values in rows.items() if name != "owner"})
    measures = [pl.col(name).fill_nan(None).round(6) for name in ("wape", "mase", "rmsse", "bias")]
    return pl.concat([_keys(history, np.array(rows["owner"])), frame.with_columns(measures)], how="horizontal")


def _why_not(judged: Judged, place: int, name: str, members: tuple[str, ...], pick: Chosen) -> str:
    if np.isnan(judged.mean[place]).any():
        return "failed"
    return "member" if pick.place == 0 and name in members else "candidate"


def cleaning_table(history: History, cleaned: list[Cleaned]) -> pl.DataFrame:
    """Rows by changed period: was (null in a gap), is, why; by series, in the order in which the rules came."""
    owner = np.repeat(np.arange(len(cleaned)), [len(each.changes) for each in cleaned])
    flat = [
        (place - each.quantity.size + 1, was, now, why) for each in cleaned for place, was, now, why in each.changes
    ]
    numbers = np.array([row[0] for row in flat], dtype=np.int64) + history.last
    return _keys(history, owner).with_columns(
        period_start=pl.Series(history.period.starts_on(numbers)).cast(pl.Date),
        was=quantities(np.array([np.nan if row[1] is None else row[1] for row in flat], dtype=float)),
        **{"is": quantities(np.array([row[2] for row in flat], dtype=float))},
        why=pl.Series([row[3] for row in flat], dtype=pl.String),
    )


def series_table(
    history: History, patterns: list[DemandPattern], cleaned: list[Cleaned], chosen: list[Chosen]
) -> pl.DataFrame:
    """One row a series: class, ADI, CV2, periods, changes by cleaning, lift of promotions, model, reason."""
    return history.keys.with_columns(
        class_name=pl.Series([each.name for each in patterns], dtype=pl.String),
        average_interval=pl.Series([each.average_interval for each in patterns], dtype=pl.Float64).fill_nan(None),
        squared_variation=pl.Series([each.squared_variation for each in patterns], dtype=pl.Float64).fill_nan(None),
        period_count=pl.Series(np.diff(history.first)).cast(pl.Int32),
        change_count=pl.Series([len(each.changes) for each in cleaned], dtype=pl.Int32),
        promotion_lift=pl.Series([each.lift for each in cleaned], dtype=pl.Float64),
        model=pl.Series([each.model for each in chosen], dtype=pl.String),
        reason=pl.Series([each.reason for each in chosen], dtype=pl.String),
    )


def demand_table(forecasts: pl.DataFrame) -> pl.DataFrame:
    """The forecast as rows of the planning package's `demand`, customer groups added up, rows of nothing left out."""
    summed = (
        forecasts.group_by("item", "location", "period_start", maintain_order=True)
        .agg(pl.col("mean").sum().cast(QUANTITY).alias("quantity"))
        .filter(pl.col("quantity") > 0)
    )
    name = pl.concat_str(
        pl.lit("forecast/"), "item", pl.lit("@"), "location", pl.lit("/"), pl.col("period_start").cast(pl.String)
    )
    return summed.select(
        name.alias("demand"),
        "item",
        "location",
        "quantity",
        pl.col("period_start").alias("due_on"),
        pl.lit("forecast").alias("kind"),
    )
