"""Demand forecasts: changes that are kept and replaced, acceptance, and what a change was worth, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.i18n import LANGUAGES, t
from tests.company import Company
from tests.planning_makers import forecast_run

D = Decimal
CELL: dict[str, Any] = {"item": "GOOD", "period_start": "2026-06-22"}


def recorded(works: Company) -> str:
    """The number of a forecast of 10 and 12 goods in the weeks from the fifteenth and the twenty-second of June."""
    number = works.do("record_forecast_run", **forecast_run(works)).number
    assert number is not None
    return number


def said(works: Company, run: str, quantity: int, reason: str = "a tender") -> None:
    """Say what the second week shall be."""
    works.do("override_forecast", forecast_run=run, reason=reason, cells=[{**CELL, "quantity": quantity}])


def test_the_last_word_counts_and_the_former_ones_are_kept(works: Company) -> None:
    run = recorded(works)
    said(works, run, 20)
    said(works, run, 25, "the tender grew")
    (_, week) = works.ask("forecast_weeks", item="GOOD")
    assert (week["mean"], week["override"], week["quantity"], week["reason"]) == (12, 25, 25, "the tender grew")
    (series,) = works.ask("forecast_series")
    assert (series["expected_quantity"], series["soon_quantity"], series["override_count"]) == (35, 35, 1)
    rows = works.ask("forecast_overrides", all=True)
    assert [(row["after"], row["state"]) for row in rows] == [(25, "in_force"), (20, "replaced")]
    assert [row["after"] for row in works.ask("forecast_overrides")] == [25]


def test_a_change_that_is_withdrawn_gives_the_week_back_to_the_forecast(works: Company) -> None:
    run = recorded(works)
    said(works, run, 20)
    taken_back = {"forecast_run": run, "reason": "the tender was lost", "cells": [CELL]}
    works.do("withdraw_forecast_override", **taken_back)
    assert works.ask("forecast_weeks", item="GOOD")[1]["quantity"] == 12
    assert [row["state"] for row in works.ask("forecast_overrides", all=True)] == ["withdrawn", "replaced"]
    assert works.refused("withdraw_forecast_override", **taken_back) == "nothing_overridden"
    works.assert_clean()


def test_only_weeks_of_the_newest_forecast_can_be_changed(works: Company) -> None:
    run = recorded(works)
    change = {"forecast_run": run, "reason": "r"}
    elsewhere = [{**CELL, "customer_group": "DEALER", "quantity": 1}]
    assert works.refused("override_forecast", **change, cells=elsewhere) == "not_forecast"
    too_late = [{**CELL, "period_start": "2026-06-29", "quantity": 1}]
    assert works.refused("override_forecast", **change, cells=too_late) == "not_forecast"
    newer = recorded(works)
    assert newer > run
    assert works.refused("override_forecast", **change, cells=[{**CELL, "quantity": 1}]) == "forecast_outdated"
    assert works.refused("publish_forecast", forecast_run=run) == "forecast_outdated"
    assert works.refused("publish_forecast", forecast_run="FC-1") == "not_found"


def test_what_was_accepted_is_the_run_with_the_changes_of_that_moment(works: Company) -> None:
    run = recorded(works)
    said(works, run, 20)
    works.do("publish_forecast", forecast_run=run, note="monthly review")
    said(works, run, 30)
    (accepted,) = works.ask("forecast_publications")
    assert (accepted["forecast_run"], accepted["note"], accepted["publication_number"]) == (run, "monthly review", 1)
    (link,) = works.ask_table("forecast_publication_override")
    held = {row["id"]: row for row in works.ask_table("forecast_override")}
    assert held[link["override_id"]]["after"] == 20
    assert [row["accepted"] for row in works.ask("forecast_runs")] == [True]
    works.do("publish_forecast", forecast_run=run)
    assert works.ask("forecast_publications")[0]["publication_number"] == 2


def test_a_forecast_whose_files_were_changed_takes_no_changes(works: Company) -> None:
    run = recorded(works)
    digest = works.ask("forecast_runs")[0]["forecast_hash"]
    file = works.gateway.store.folder / "plan_runs" / digest / "accuracy.parquet"
    file.write_bytes(file.read_bytes() + b" ")
    cells = [{**CELL, "quantity": 1}]
    assert works.refused("override_forecast", forecast_run=run, reason="r", cells=cells) == "plan_files_changed"


def test_lists_of_a_forecast_say_how_good_it_is_and_what_was_cleaned(works: Company) -> None:
    recorded(works)
    (by_class,) = works.ask("forecast_accuracy")
    assert (by_class["class_name"], by_class["series_count"], by_class["wape"], by_class["bias"]) == (
        "smooth",
        1,
        D("0.2"),
        D("0.1"),
    )
    (model,) = works.ask("forecast_models", item="GOOD")
    assert (model["model"], model["reason"], model["chosen"]) == ("combination", "combination_best", True)
    (change,) = works.ask("forecast_cleaning", why="outlier", search="good")
    assert (change["was"], change["is"], change["period_start"]) == (9, 8, date(2026, 6, 1))
    assert works.ask("forecast_cleaning", why="promotion") == []
    (week,) = works.ask("forecast_past", item="GOOD")
    assert (week["quantity"], week["cleaned"], week["why"]) == (9, 8, ["outlier"])
    assert works.ask("forecast_series", search="nothing") == []
    assert works.ask("forecast_series", class_name="lumpy") == []


def test_receipts_say_in_every_language_what_was_done(works: Company) -> None:
    run = recorded(works)
    change = {"forecast_run": run, "reason": "r"}
    receipts = [
        works.do("override_forecast", **change, cells=[{**CELL, "quantity": 3}]),
        works.do("withdraw_forecast_override", **change, cells=[CELL]),
        works.do("publish_forecast", forecast_run=run),
    ]
    for lang in LANGUAGES:
        assert all(t(receipt.message_key, lang, **receipt.values) for receipt in receipts)
    assert t(receipts[0].message_key, "en", **receipts[0].values) == "1 week of the forecast is changed."
