"""The pages Demand and Inventory policies: empty before the first run, then series, changes and proposals in three languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.screens.planning.demand_series import differences
from tests.company import Company
from tests.planning_makers import forecast_run, policy_run
from tests.plant import Plant
from tests.ui.test_screens import shown

ITEM = "KETTLE-2"


@pytest.fixture(scope="module")
def runs(plant: Plant) -> tuple[str, str]:
    """A forecast with a change, and proposals, of the plant."""
    works = Company(plant.gateway)
    number = works.do("record_forecast_run", **forecast_run(works, ITEM)).number
    cell = {"item": ITEM, "period_start": "2026-06-22", "quantity": 21}
    works.do("override_forecast", forecast_run=number, reason="a hotel opens", cells=[cell])
    proposed = works.do("record_policy_run", **policy_run(works, ITEM)).number
    assert number is not None
    assert proposed is not None
    return number, proposed


def test_a_forecast_shows_its_series_its_picture_and_what_people_said(
    page: Callable[..., AppTest], runs: tuple[str, str]
) -> None:
    for lang, accept in (("en", "Accept forecast"), ("zh-Hans", "采纳预测"), ("zh-Hant", "採納預測")):
        drawn = page("demand", login="planner", lang=lang)
        assert not drawn.exception
        assert "incident" not in shown(drawn)
        assert ITEM in set(drawn.dataframe[0].value["item"])
        assert accept in [button.label for button in drawn.button]
        for view in ("accuracy", "cleaned", "changes"):
            drawn.session_state["demand.view"] = view
            drawn.run()
            assert not drawn.exception
        assert "a hotel opens" in shown(drawn)


def test_changes_after_an_acceptance_are_said_not_to_be_in_it(
    page: Callable[..., AppTest], plant: Plant, runs: tuple[str, str]
) -> None:
    works, run = Company(plant.gateway), runs[0]
    works.do("publish_forecast", forecast_run=run)
    assert "accept again" not in shown(page("demand", login="planner"))
    cell = {"item": ITEM, "period_start": "2026-06-15", "quantity": 3}
    works.do("override_forecast", forecast_run=run, reason="a holiday", cells=[cell])
    assert "1 change since then is not in it: accept again." in shown(page("demand", login="planner"))


def test_who_does_not_plan_sees_neither_page(page: Callable[..., AppTest], runs: tuple[str, str]) -> None:
    for path in ("demand", "inventory_policies"):
        assert ITEM not in shown(page(path, login="till"))


def test_proposals_show_what_stands_and_what_is_proposed(
    page: Callable[..., AppTest], plant: Plant, runs: tuple[str, str]
) -> None:
    for lang in ("en", "zh-Hans", "zh-Hant"):
        drawn = page("inventory_policies", login="planner", lang=lang)
        assert not drawn.exception
        assert "incident" not in shown(drawn)
        (row,) = drawn.dataframe[0].value.to_dict("records")
        assert (row["item"], row["safety_stock"]) == (ITEM, 12)
    Company(plant.gateway).do("accept_policies", policy_run=runs[1], lines=[{"item": ITEM}])
    assert f"Accepted from {runs[1]}" in [part.value for part in page("inventory_policies", login="planner").subheader]


def test_a_cell_that_was_typed_into_changes_and_an_emptied_one_withdraws() -> None:
    first, second, third = (date(2026, 6, day) for day in (15, 22, 29))
    weeks = [
        {"period_start": first, "override": None},
        {"period_start": second, "override": Decimal(20)},
        {"period_start": third, "override": Decimal("5.5")},
    ]
    assert differences(weeks, [7.0, None, 5.5]) == {first: 7, second: None}
