"""Patches on working time: a machine that is down, a calendar that is closed or open, capacity.

Where the table `capacity` gives minutes, a bucket that is closed in part keeps its share of days; where a calendar gives them, the
calendar gets an exception. A machine that is down has a calendar of its own from then on.
"""

from bisect import bisect_right

import polars as pl

from planning.scenarios.changing import changed, set_value
from planning.scenarios.model import Patch, PatchRefused
from planning.scenarios.state import State, period_mask
from schemas.planning import INPUT_TABLES, Column, Kind

MINUTES_A_DAY = 1440
OWN_CALENDAR = "~"


def stop_machine(state: State, patch: Patch) -> None:
    """The resource does not work in [from_on, to_on)."""
    resources = state.tables["resources"]
    mask = state.key_mask(resources, "resource", patch.resource)
    calendar = resources["calendar"].filter(mask)[0]
    if calendar is not None:
        own = (
            calendar
            if calendar.endswith(f"{OWN_CALENDAR}{patch.resource}")
            else f"{calendar}{OWN_CALENDAR}{patch.resource}"
        )
        calendars = state.tables["calendars"]
        if own != calendar:
            if (calendars["calendar"] == own).any():
                raise PatchRefused("resource", patch.resource, f"there is a calendar {own} already")
            copied = calendars.filter(pl.col("calendar") == calendar).with_columns(pl.lit(own).alias("calendar"))
            calendars = pl.concat([calendars, copied])
            named = pl.Series([own]).new_from_index(0, resources.height)
            state.put(
                "resources", resources.with_columns(resources["calendar"].zip_with(~mask, named).alias("calendar"))
            )
        state.put("calendars", _with_exception(calendars, own, patch, available=False))
    _close_buckets(state, [str(patch.resource)], patch)


def close_calendar(state: State, patch: Patch) -> None:
    """The calendar is closed, or open, in [from_on, to_on); closing takes its share of minutes that are given by bucket too."""
    calendars = state.tables["calendars"]
    state.key_mask(calendars, "calendar", patch.calendar)
    available = bool(set_value(patch, Column("value", Kind.BOOLEAN)))
    state.put("calendars", _with_exception(calendars, str(patch.calendar), patch, available=available))
    if not available:
        resources = state.tables["resources"].filter(pl.col("calendar") == patch.calendar)["resource"]
        _close_buckets(state, resources.to_list(), patch)


def _with_exception(calendars: pl.DataFrame, calendar: str, patch: Patch, *, available: bool) -> pl.DataFrame:
    assert patch.from_on is not None
    assert patch.to_on is not None
    row = {"row": 0, "calendar": calendar, "starts_at": patch.from_on * MINUTES_A_DAY, "ends_at": patch.to_on * MINUTES_A_DAY,
           "available": available}  # fmt: skip
    new = pl.DataFrame([row], schema={name: calendars.schema[name] for name in row})
    return pl.concat([calendars, new], how="diagonal").select(calendars.columns)


def _close_buckets(state: State, resources: list[str], patch: Patch) -> None:
    """Take from each bucket's minutes the share of its days that lie in the period, rounded half up.

    Minutes are for the days up to the resource's next row, and no further than to the end of the plan's bucket.
    """
    capacity = state.tables["capacity"]
    mask = capacity["resource"].is_in(resources)
    if not mask.any():
        return
    assert patch.from_on is not None
    assert patch.to_on is not None
    following = pl.col("bucket").sort().shift(-1).over("resource", mapping_strategy="group_to_rows")
    rows = capacity.sort("resource", "bucket", maintain_order=True).with_columns(
        pl.Series("bucket_end", _bucket_ends(state, capacity.sort("resource", "bucket", maintain_order=True)["bucket"]))
    )
    rows = rows.with_columns(
        (pl.min_horizontal(following, "bucket_end") - pl.col("bucket")).clip(lower_bound=1).alias("days")
    )
    closed = pl.min_horizontal(pl.col("bucket") + pl.col("days"), pl.lit(patch.to_on)) - pl.max_horizontal(
        "bucket", pl.lit(patch.from_on)
    )
    left = (pl.col("days") - closed.clip(lower_bound=0)).cast(pl.Int64)
    days = pl.col("days").cast(pl.Int64)
    minutes = (2 * pl.col("minutes") * left + days) // (2 * days)
    taken = pl.when(pl.col("resource").is_in(resources)).then(minutes).otherwise("minutes").alias("minutes")
    state.put("capacity", rows.with_columns(taken).drop("days", "bucket_end"))


def _bucket_ends(state: State, days: pl.Series) -> pl.Series:
    """The day after the plan's bucket that each day lies in; days outside the horizon begin one of the usual length."""
    parameters = state.parameters
    usual = 7 if parameters.bucket == "week" else 1
    ends = [parameters.plan_start + start for start in (*parameters.bucket_starts(), parameters.horizon_days)]
    found = [day + usual if not ends[0] <= day < ends[-1] else ends[bisect_right(ends, day)] for day in days.to_list()]
    return pl.Series(found, dtype=pl.Int32)


def change_capacity(state: State, patch: Patch) -> None:
    """Minutes of the resource's buckets that begin in the period; its units where it has a calendar and no minutes."""
    resources, capacity = state.tables["resources"], state.tables["capacity"]
    mask = state.key_mask(resources, "resource", patch.resource)
    listed = (capacity["resource"] == patch.resource).fill_null(value=False)
    if listed.any():
        column = INPUT_TABLES["capacity"].column("minutes")
        state.put("capacity", changed(capacity, listed & period_mask(capacity["bucket"], patch), column, patch))
        return
    if patch.from_on is not None or patch.to_on is not None:
        raise PatchRefused("from_on", None, "the resource works by a calendar: its units change for the whole horizon")
    state.put("resources", changed(resources, mask, INPUT_TABLES["resources"].column("units"), patch))
