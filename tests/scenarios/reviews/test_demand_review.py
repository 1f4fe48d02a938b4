"""A planner's month: forecast, say what statistics cannot know, accept, plan; a month later see what the change was worth."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.jobs.forecasting import ForecastRequest, forecast_company
from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from pipelines.serving.planning_package import Forecast
from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story

pytestmark = pytest.mark.slow

WEEK = timedelta(days=7)


def sold(works: Company, quantity: int, day: date) -> int:
    """Goods that a customer wanted on a day and got."""
    lines = [{"item": "GOOD", "quantity": quantity, "unit_price": "20", "due_on": day.isoformat()}]
    order = works.do("create_sales_order", customer="CUS", document_on=day.isoformat(), lines=lines, reserve=False)
    assert order.document is not None
    works.do("ship_goods", order=order.document, posted_on=day.isoformat())
    return order.document


def forecast(works: Company, as_of: date) -> str:
    """Forecast four weeks and return the number of the run."""
    request = ForecastRequest(as_of, weeks=4, seconds=5, workers=1)
    number = forecast_company(works.gateway, request, SYSTEM).receipt.number
    assert number is not None
    return number


def planned(works: Company, kind: Forecast) -> dict[str, Decimal]:
    """What a plan makes of the good and buys for it."""
    plan_company(works.gateway, PlanRequest(DAY, forecast=kind, horizon_days=56), SYSTEM)
    run = works.ask("plan_runs")[0]["number"]
    rows = works.ask("planned_orders", plan_run=run, limit=100)
    return {
        item: sum((row["good_quantity"] for row in rows if row["item"] == item), Decimal(0))
        for item in ("GOOD", "PART")
    }


def test_a_month_of_demand_is_forecast_changed_accepted_planned_and_judged(works: Company) -> None:
    story = Story(works, "../reviews/demand_review")
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    works.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 300, "unit_cost": "6"}])
    for back in range(16, 0, -1):
        sold(works, 10, DAY - back * WEEK + timedelta(days=2))
    works.do("book_stock_count", lines=[{"item": "GOOD", "location": "MAIN", "counted_quantity": 0}])

    run = forecast(works, DAY)
    (series,) = works.ask("forecast_series", forecast_run=run)
    story.tell("series", series["item"], series["class_name"], series["reason"], series["expected_quantity"])
    story.tell("orders only", *planned(works, Forecast.NONE).values())

    tender = DAY + WEEK
    cell = {"item": "GOOD", "period_start": tender.isoformat(), "quantity": 25}
    works.do("override_forecast", forecast_run=run, reason="a tender that we shall win", cells=[cell])
    works.do("publish_forecast", forecast_run=run, note="June review")
    story.rows("change", works.ask("forecast_overrides"), "period_start", "before", "after", "reason", "verdict")
    covered = planned(works, Forecast.ACCEPTED)
    story.tell("with the accepted forecast", *covered.values())
    assert covered["GOOD"] == 10 + 25 + 10 + 10

    line = {"item": "GOOD", "quantity": 22, "unit_price": "20", "due_on": (tender + timedelta(days=2)).isoformat()}
    works.do("create_sales_order", customer="CUS", lines=[line], reserve=False)
    story.tell("and an order of 22 of the 25", *planned(works, Forecast.ACCEPTED).values())

    forecast(works, tender + WEEK)
    judged = works.ask("forecast_overrides")
    story.rows("judged", judged, "period_start", "before", "after", "actual", "value_added", "verdict")
    assert judged[0]["value_added"] == 9
    assert story.as_kept()
    works.assert_clean()
