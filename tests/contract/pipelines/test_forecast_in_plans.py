"""The accepted forecast in plans: what people said in place of it, orders in place of it, and no demand that counts twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from app.jobs.forecasting import ForecastRequest, forecast_company
from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from pipelines.serving.planning_package import Forecast
from tests.company import DAY, Company

D = Decimal
WEEK = timedelta(days=7)
pytestmark = pytest.mark.slow


@pytest.fixture
def selling(works: Company) -> Company:
    """Ten goods were asked for in each of the twelve weeks before, and shipped; today is a Monday."""
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    works.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 120, "unit_cost": "6"}])
    for back in range(12, 0, -1):
        day = DAY - back * WEEK + timedelta(days=1)
        sold = ordered(works, 10, day, on=day)
        works.do("ship_goods", order=sold, posted_on=day.isoformat(), lines=[{"line": 1, "quantity": 10}])
    return works


def ordered(works: Company, quantity: int, due: date, *, on: date = DAY) -> int:
    """An order of goods for a day."""
    lines = [{"item": "GOOD", "quantity": quantity, "unit_price": "20", "due_on": due.isoformat()}]
    receipt = works.do("create_sales_order", customer="CUS", document_on=on.isoformat(), lines=lines, reserve=False)
    assert receipt.document is not None
    return receipt.document


def forecast(works: Company, as_of: date = DAY) -> str:
    """Forecast four weeks and return the number of the run."""
    request = ForecastRequest(as_of, weeks=4, seconds=5, workers=1)
    number = forecast_company(works.gateway, request, SYSTEM).receipt.number
    assert number is not None
    return number


def made(works: Company, kind: Forecast, as_of: date = DAY) -> dict[date, Decimal]:
    """What a plan makes of the good, by the week in which it is due."""
    request = PlanRequest(as_of, forecast=kind, horizon_days=56)
    run = plan_company(works.gateway, request, SYSTEM).receipt.number
    rows = pl.DataFrame(works.ask("planned_orders", plan_run=run, kind="make", item="GOOD", limit=100))
    if rows.is_empty():
        return {}
    by_week = rows.group_by(pl.col("due_on").dt.truncate("1w")).agg(pl.col("good_quantity").sum()).sort("due_on")
    return dict(by_week.iter_rows())


def test_a_constant_demand_is_planned_once_with_orders_and_with_the_accepted_forecast(selling: Company) -> None:
    run = forecast(selling)
    with pytest.raises(Refused, match="no_accepted_forecast"):
        made(selling, Forecast.ACCEPTED)
    selling.do("publish_forecast", forecast_run=run)
    ordered(selling, 4, DAY + timedelta(days=3))
    ordered(selling, 25, DAY + WEEK + timedelta(days=2))
    assert sum(made(selling, Forecast.NONE).values()) == 29
    # Four weeks of 10; the order of 4 is a part of its week's 10, the one of 25 is more than its week's 10.
    expected = made(selling, Forecast.ACCEPTED)
    assert sum(expected.values()) == 10 + 25 + 10 + 10
    assert selling.ask("plan_runs")[0]["versions"]["forecast"] == run


def test_what_was_shipped_of_a_week_takes_the_place_of_its_forecast(selling: Company) -> None:
    selling.do("publish_forecast", forecast_run=forecast(selling))
    sold = ordered(selling, 7, DAY)
    selling.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 7, "unit_cost": "6"}])
    selling.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 7}])
    assert sum(made(selling, Forecast.ACCEPTED).values()) == 3 + 10 + 10 + 10


def test_what_people_say_counts_in_the_plan_from_its_acceptance_on(selling: Company) -> None:
    run = forecast(selling)
    selling.do("publish_forecast", forecast_run=run)
    week = DAY - timedelta(days=DAY.weekday()) + 2 * WEEK
    cell = {"item": "GOOD", "period_start": week.isoformat(), "quantity": 50}
    selling.do("override_forecast", forecast_run=run, reason="a tender", cells=[cell])
    assert sum(made(selling, Forecast.ACCEPTED).values()) == 40
    selling.do("publish_forecast", forecast_run=run)
    assert made(selling, Forecast.ACCEPTED)[week] == 50


def test_a_change_is_judged_by_the_next_forecast_once_its_week_is_over(selling: Company) -> None:
    run = forecast(selling)
    monday = DAY - timedelta(days=DAY.weekday())
    cells = [
        {"item": "GOOD", "period_start": monday.isoformat(), "quantity": 14},
        {"item": "GOOD", "period_start": (monday + WEEK).isoformat(), "quantity": 3},
    ]
    selling.do("override_forecast", forecast_run=run, reason="a feeling", cells=cells)
    ordered(selling, 13, DAY + timedelta(days=1))
    forecast(selling, DAY + WEEK)
    later, first = selling.ask("forecast_overrides")
    # The forecast said 10, people 14, and 13 were asked for: an error of 3 became one of 1.
    assert (first["before"], first["after"], first["actual"], first["value_added"]) == (10, 14, 13, 2)
    assert (first["verdict"], later["verdict"]) == ("added", "not_known_yet")
