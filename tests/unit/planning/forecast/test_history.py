"""Hostile histories: what can be read is read, and every row that cannot is named with its reason."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from planning.forecast import HistoryError, read_history

DAYS = [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)]


def table(**columns: list) -> pl.DataFrame:
    return pl.DataFrame({"item": ["A"] * 3, "period_start": DAYS, "quantity": [1.0, 2.0, 3.0]} | columns)


def reasons(rows: pl.DataFrame, **options) -> list[tuple]:
    return read_history(rows, **options).rejects.select("row", "column", "reason").rows()


def test_series_end_together_and_gaps_are_marked() -> None:
    rows = table(item=["A", "B", "A"])
    history = read_history(rows)
    assert history.keys["item"].to_list() == ["A", "B"]
    assert history.quantity.tolist() == [1, 0, 3, 2, 0]
    assert history.stated.tolist() == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "not a finite number"),
        (float("inf"), "not a finite number"),
        (float(2**62), "beyond 1000000000000 in size"),
        (None, "missing value"),
    ],
)
def test_a_quantity_that_is_none_is_named(value: float | None, reason: str) -> None:
    assert reasons(table(quantity=[1.0, value, 3.0])) == [(2, "quantity", reason)]


def test_whole_numbers_beyond_the_limit_are_named() -> None:
    assert reasons(table(quantity=[1, 2**62, 3])) == [(2, "quantity", "beyond 1000000000000 in size")]


def test_text_is_parsed_and_named_where_it_is_no_number() -> None:
    assert reasons(table(quantity=["1", "two", "3"])) == [(2, "quantity", "not a number")]


def test_a_second_row_of_a_period_is_named() -> None:
    rows = table(period_start=[DAYS[0], DAYS[0], DAYS[1]])
    assert reasons(rows) == [(2, "item", "duplicate key (item, location, customer_group, period_start)")]


def test_a_date_inside_a_period_is_named() -> None:
    rows = table(period_start=[DAYS[0], date(2026, 1, 14), DAYS[2]])
    assert reasons(rows) == [(2, "period_start", "does not start a week as most rows do")]
    rows = table(period_start=[date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 2)])
    assert reasons(rows, period="month") == [(3, "period_start", "does not start a month as most rows do")]


def test_a_date_from_another_age_is_named() -> None:
    rows = table(period_start=[date(1, 1, 1), DAYS[1], DAYS[2]])
    assert reasons(rows) == [(1, "period_start", "5200 periods or more before the history's end")]


def test_rows_after_the_stated_end_are_named_and_quiet_series_reach_it() -> None:
    history = read_history(table(), until=date(2026, 1, 12))
    assert history.rejects["reason"].to_list() == ["after 2026-01-12, the end of the history"]
    assert read_history(table(), until=date(2026, 2, 2)).quantity.tolist() == [1, 2, 3, 0, 0]


@pytest.mark.parametrize(
    "rows",
    [
        pl.DataFrame(),
        pl.DataFrame(schema={"item": pl.String, "period_start": pl.Date, "quantity": pl.Float64}),
        pl.DataFrame({"item": ["A"], "period_start": [DAYS[0]]}),
        pl.DataFrame({"item": ["A"], "period_start": ["soon"], "quantity": [1]}),
        pl.DataFrame({"item": [None], "period_start": [DAYS[0]], "quantity": [1]}),
    ],
    ids=["no columns", "no rows", "no quantity", "no date", "no item"],
)
def test_nothing_to_forecast_from_is_said(rows: pl.DataFrame) -> None:
    with pytest.raises(HistoryError):
        read_history(rows)


def test_an_unknown_period_and_a_missing_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="the period fortnight is not known"):
        read_history(table(), period="fortnight")
    with pytest.raises(HistoryError, match="is not a folder"):
        read_history(tmp_path / "nowhere")


def test_flags_and_prices_are_read_from_text(tmp_path: Path) -> None:
    text = "item,period_start,quantity,stocked_out,promoted,price\nA,2026-01-05,-2,true,,1.5\nA,2026-01-12,4,no,1,\n"
    (tmp_path / "history.csv").write_text(text, encoding="utf-8")
    history = read_history(tmp_path)
    assert history.quantity.tolist() == [-2, 4]
    assert (history.stocked_out.tolist(), history.promoted.tolist()) == ([True, False], [False, True])
    assert history.price[0] == 1.5


def test_a_column_that_nobody_knows_is_noticed() -> None:
    assert read_history(table(colour=["red"] * 3)).notices == (
        "columns of history that are not known, ignored: colour",
    )
