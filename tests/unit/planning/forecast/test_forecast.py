"""A forecast as a whole: what it may never do, why it chose, and what new items and people's changes get."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from planning.__main__ import main
from planning.forecast import Forecast, ForecastOptions, forecast, read_history
from planning.forecast.choice import REASONS, Judged, choose
from planning.forecast.overrides import value_by
from planning.forecast.workers import Job, run_jobs

MONDAY = date(2023, 1, 2)
QUICK = ForecastOptions(horizon=4, seconds=0.01, workers=1)
"""Least effort: the cheap models."""


def history_rows(series: dict[str, list[float]], **extra: list) -> pl.DataFrame:
    """All series end together."""
    longest = max(len(values) for values in series.values())
    rows = [
        (item, MONDAY + timedelta(weeks=longest - len(values) + place), value)
        for item, values in series.items()
        for place, value in enumerate(values)
    ]
    frame = pl.DataFrame(rows, schema=["item", "period_start", "quantity"], orient="row")
    return frame.with_columns(**{name: pl.Series(values) for name, values in extra.items()})


def made(series: dict[str, list[float]], options: ForecastOptions = QUICK) -> Forecast:
    return forecast(read_history(history_rows(series)), options)


def noise(size: int, seed: int = 1, level: float = 50) -> list[float]:
    return np.random.default_rng(seed).poisson(level, size).astype(float).tolist()


def sporadic(size: int, seed: int) -> list[float]:
    random = np.random.default_rng(seed)
    return (random.poisson(3, size) * (random.uniform(size=size) < 0.25)).astype(float).tolist()


def test_a_constant_stays_what_it_is_with_an_interval_of_no_width() -> None:
    done = made({"A": [5.0] * 30}, ForecastOptions(horizon=4, workers=1))
    row = done.table("forecasts").row(0, named=True)
    assert (row["mean"], row["low_80"], row["high_95"]) == (5, 5, 5)
    assert done.table("series")["reason"][0] == "constant"


def test_no_demand_is_forecast_as_none() -> None:
    done = made({"A": [0.0] * 30})
    assert done.table("forecasts")["mean"].to_list() == [0] * 4
    assert done.table("series").select("class_name", "reason").row(0) == ("none", "no_demand")


@pytest.mark.parametrize(
    ("size", "reasons"),
    [
        (1, {"constant"}),
        (2, {"only_model"}),
        (5, {"only_model"}),
        (8, {"not_judged"}),
        (13, {"combination_best", "better_in_backtest", "yardstick_best"}),
    ],
)
def test_short_series_are_forecast_and_say_how_far_they_were_judged(size: int, reasons: set[str]) -> None:
    done = made({"A": noise(size)}, ForecastOptions(horizon=6, workers=1))
    assert done.table("forecasts").height == 6
    assert done.table("forecasts")["mean"].null_count() == 0
    assert done.table("series")["reason"][0] in reasons


def test_means_and_ends_are_never_negative_and_nest() -> None:
    falling = [float(max(60 - 2 * place, 0)) for place in range(40)]
    options = ForecastOptions(horizon=8, workers=1, levels=(0.5, 0.8, 0.95))
    rows = made({"A": falling, "B": sporadic(40, 2), "C": noise(40)}, options).table("forecasts")
    for inner, outer in (("low_50", "low_80"), ("low_80", "low_95")):
        assert (rows[inner] >= rows[outer]).all()
    assert (rows["low_95"] >= 0).all()
    assert (rows["low_50"] <= rows["mean"]).all()
    assert (rows["mean"] <= rows["high_50"]).all()
    assert (rows["high_80"] <= rows["high_95"]).all()


def test_the_largest_quantities_are_forecast_within_the_limit() -> None:
    rows = made({"A": [1e12 - place for place in range(30)]}, ForecastOptions(horizon=3, workers=1)).table("forecasts")
    assert (rows["high_95"] <= 10**12).all()
    assert float(rows["mean"][0]) == pytest.approx(1e12, rel=0.01)


def test_the_same_history_gives_the_same_tables_whatever_the_order_of_rows() -> None:
    rows = history_rows({"A": noise(60), "B": sporadic(60, 3)})
    options = ForecastOptions(horizon=4, workers=1)
    first = forecast(read_history(rows), options)
    second = forecast(read_history(rows.reverse()), options)
    for name, table in first.tables.items():
        assert table.equals(second.table(name)), name


@pytest.mark.slow  # Each worker loads the library.
def test_workers_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planning.forecast.workers.FEW_MILLISECONDS", 0.0)
    jobs = [Job(np.array(noise(40, seed)), ("naive", "ses", "theta"), 4, 52, 2, 10.0) for seed in range(5)]
    for alone, shared in zip(run_jobs(jobs, 1), run_jobs(jobs, 2), strict=True):
        assert np.array_equal(alone.mean, shared.mean)
        assert np.array_equal(alone.past, shared.past, equal_nan=True)


def test_every_series_has_one_chosen_row_and_a_reason_that_is_known() -> None:
    accuracy = made({f"S{seed}": noise(40, seed) for seed in range(6)}).table("accuracy")
    assert accuracy.group_by("item").agg(pl.col("chosen").sum())["chosen"].to_list() == [1] * 6
    assert set(accuracy["reason"]) <= set(REASONS)
    assert {"naive", "seasonal_naive", "combination"} <= set(accuracy["model"])


def judged(by_origin: list[list[float]]) -> Judged:
    table = np.array(by_origin)
    names = ("combination", "naive", "theta")
    none = np.zeros(3)
    return Judged(names, np.ones((3, 1)), np.ones((len(table), 3, 1)), np.ones((len(table), 1)), none, none, table)


def test_a_model_that_is_clearly_better_at_most_origins_is_chosen() -> None:
    assert choose(judged([[10, 20, 5], [10, 20, 6], [10, 20, 5]]), None) == (2, "better_in_backtest")
    assert choose(judged([[10, 5, 9], [10, 6, 20], [10, 5, 20]]), None) == (1, "yardstick_best")


def test_one_lucky_origin_or_a_hair_is_not_clearly_better() -> None:
    assert choose(judged([[10, 20, 1], [10, 20, 11], [10, 20, 11]]), None) == (0, "combination_best")
    assert choose(judged([[10, 20, 9.9]] * 3), None) == (0, "combination_best")


def test_a_class_that_says_otherwise_is_heard() -> None:
    of_class = {"combination": 0.0, "naive": 0.5, "theta": 0.5}
    assert choose(judged([[10, 20, 8]] * 3), of_class) == (0, "combination_best")


def test_what_was_changed_in_the_history_is_in_the_table_of_cleaning() -> None:
    rows = history_rows({"A": [10, 10, 0, 10, 10, 10]}, stocked_out=[False, False, True, False, False, False])
    cleaning = forecast(read_history(rows), QUICK).table("cleaning")
    assert cleaning.select("period_start", "was", "is", "why").rows() == [
        (MONDAY + timedelta(weeks=2), 0, 10, "stock_out")
    ]


def analogues(**columns: list) -> pl.DataFrame:
    return pl.DataFrame({"item": ["NEW"], "like_item": ["OLD"]} | columns)


def test_a_new_item_is_forecast_as_its_like_scaled_with_a_wider_interval() -> None:
    tables = {"history": history_rows({"OLD": noise(60)}), "analogues": analogues(scale=[0.5])}
    rows = forecast(read_history(tables), QUICK).table("forecasts")
    old, new = (rows.filter(pl.col("item") == item).row(0, named=True) for item in ("OLD", "NEW"))
    assert new["model"] == "analogue"
    assert float(new["mean"]) == pytest.approx(float(old["mean"]) / 2, abs=1e-6)
    assert new["high_80"] - new["mean"] > (old["high_80"] - old["mean"]) / 2


def test_without_a_scale_the_first_periods_of_a_new_item_measure_it() -> None:
    tables = {"history": history_rows({"OLD": [20.0] * 40, "NEW": [4.0, 6.0]}), "analogues": analogues()}
    done = forecast(read_history(tables), QUICK)
    assert done.table("forecasts").filter(pl.col("item") == "NEW")["mean"].to_list() == [5] * 4
    assert done.table("series").filter(pl.col("item") == "NEW")["reason"].to_list() == ["analogue"]


def test_an_item_that_is_like_nothing_known_is_named() -> None:
    tables = {"history": history_rows({"OLD": noise(30)}), "analogues": analogues(like_item=["GONE"])}
    rejects = forecast(read_history(tables), QUICK).table("rejects")
    assert rejects.rows() == [("analogues", 1, "like_item", "GONE", "the item that it is like has no history")]


def test_an_item_with_a_past_of_its_own_needs_no_like_and_the_summary_says_so() -> None:
    tables = {"history": history_rows({"OLD": noise(30), "NEW": noise(30, 2)}), "analogues": analogues()}
    done = forecast(read_history(tables), QUICK)
    assert done.summary["notices"] == ["NEW/MAIN/ALL has 30 periods of its own and is forecast from them"]


def test_overrides_are_worth_what_they_took_off_the_error() -> None:
    weeks = [MONDAY + timedelta(weeks=place) for place in (10, 11, 99)]
    overrides = pl.DataFrame(
        {
            "item": ["A", "A", "A", "B"],
            "period_start": [*weeks, weeks[0]],
            "override": ["sales"] * 4,
            "before": [80.0, 100.0, 1.0, 1.0],
            "after": [95.0, 110.0, 2.0, 2.0],
        }
    )
    tables = {"history": history_rows({"A": [100.0] * 20}), "overrides": overrides}
    table = forecast(read_history(tables), QUICK).table("overrides")
    # Week 10: error 20 to 5. Week 11: error 0 to 10. Week 99 is not known, and B has no history.
    assert table["value_added"].to_list() == [15, -10, None, None]
    assert table["share_added"].to_list() == [0.15, -0.1, None, None]
    assert table["verdict"].to_list() == ["added", "cost", "not_known_yet", "no_such_series"]
    assert value_by(table, "override").rows() == [("sales", 2, 5.0, 0.1, 0.075)]


@pytest.mark.parametrize("way", ["top_down", "least_squares"])
def test_sums_are_what_the_series_add_up_to_exactly(way: str) -> None:
    frame = history_rows({"A": noise(60), "B": noise(60, 2, 20), "C": sporadic(60, 3)})
    frame = frame.with_columns(location=pl.when(pl.col("item") == "A").then(pl.lit("N")).otherwise(pl.lit("S")))
    done = forecast(read_history(frame), ForecastOptions(horizon=4, seconds=0.01, workers=1, reconcile=way))
    sums, rows = done.table("sums"), done.table("forecasts")
    assert sums["level"].unique(maintain_order=True).to_list() == ["total", "location"]
    for label, part in (("total", rows), ("S", rows.filter(pl.col("location") == "S"))):
        expected = part.group_by("period_start").agg(pl.col("mean").sum()).sort("period_start")["mean"]
        assert sums.filter(pl.col("label") == label)["mean"].to_list() == expected.to_list()


def test_the_table_demand_can_be_planned_as_it_is() -> None:
    demand = made({"A": [5.0] * 20}).table("demand")
    assert demand.row(0) == ("forecast/A@MAIN/2023-05-22", "A", "MAIN", 5, date(2023, 5, 22), "forecast")


def test_many_sporadic_series_take_their_level_from_their_total() -> None:
    time = np.arange(96)
    random = np.random.default_rng(5)
    series = {f"P{at:03d}": random.poisson(0.9 - 0.008 * time).astype(float).tolist() for at in range(120)}
    rows = history_rows(series)
    options = ForecastOptions(horizon=12, seconds=0.5, workers=1)
    scaled, plain = (
        forecast(read_history(rows), each)
        for each in (options, ForecastOptions(12, seconds=0.5, workers=1, leveled=False))
    )
    assert scaled.summary["sporadic_level"]["reason"] == "total"
    to_come = 120 * float((0.9 - 0.008 * (96 + np.arange(12))).sum())
    off = [abs(float(each.table("forecasts")["mean"].sum()) - to_come) for each in (scaled, plain)]
    assert off[0] < off[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon": 0},
        {"horizon": 10_000},
        {"levels": (1.0,)},
        {"levels": ()},
        {"levels": (0.8, 0.801)},
        {"seconds": 0},
        {"workers": 0},
        {"reconcile": "by_hand"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="between|differ|seconds|not known"):
        ForecastOptions(**wrong)


def test_the_command_writes_tables_and_its_status_says_how_it_went(tmp_path: Path) -> None:
    frame = history_rows({"A": noise(20)})
    frame.write_csv(tmp_path / "history.csv")
    out = tmp_path / "out"
    words = ["forecast", "--history", str(tmp_path), "--out", str(out), "--horizon", "3", "--seconds", "0.01", "--csv"]
    assert main(words) == 0
    assert pl.read_csv(out / "forecasts.csv").height == 3
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["series"] == 1
    frame.with_columns(
        quantity=pl.when(pl.col("quantity") == pl.col("quantity").max()).then(-1e13).otherwise("quantity")
    ).write_csv(tmp_path / "history.csv")
    assert main(words) == 3
    assert main([*words, "--strict"]) == 4
    assert main(["forecast", "--history", str(tmp_path / "no"), "--out", str(out)]) == 2


def test_no_model_is_loaded_before_one_is_asked_for() -> None:
    asked = "import sys, planning, planning.__main__, planning.forecast; sys.exit('statsforecast' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
