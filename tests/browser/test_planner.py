"""A planner asks for a plan, sees it arrive, ticks its proposals and releases them into orders, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.jobs.running import runners
from app.kernel.access import SYSTEM
from app.kernel.clock import FixedClock
from app.kernel.jobs import JobQueue, run_one
from tests.browser.conftest import Desk
from tests.company import Company
from tests.planning_makers import forecast_run, policy_run
from tests.plant import TODAY, Plant, settings_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_planner_releases_a_purchase_order_from_a_run(desk: Callable[..., Desk], plant: Plant) -> None:
    demand = {"item": "BODY-1", "safety_stock": "900"}
    plant.give("put_item", {"code": demand["item"], "safety_stock": demand["safety_stock"]}, command_id="planner-need")
    before = plant.gateway.query("purchase_orders", {}, principal=SYSTEM)

    planner = desk("planner")
    page = planner.page
    planner.open("plan_desk", "Plan desk")
    page.get_by_role("button", name=re.compile("Plan now")).click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    queue = JobQueue(plant.gateway.store, FixedClock(TODAY + timedelta(days=1)))
    assert run_one(queue, runners(plant.gateway, settings_of(plant.address)))
    expect(page.get_by_text("is ready and checked")).to_be_visible()

    planner.open("planned_orders?kind=buy", "Planned orders")
    planner.settle()
    planner.tick_all()
    page.get_by_role("button", name=re.compile("Release [1-9]")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Release [1-9]")).click()
    expect(page.get_by_role("heading", name=re.compile("Released from"))).to_be_visible()
    planner.settle()

    after = plant.gateway.query("purchase_orders", {}, principal=SYSTEM)
    assert len(after) == len(before) + 1
    assert after[0]["caused_by"] is not None
    assert planner.outside == []
    assert planner.blocked == []


def test_a_planner_reviews_demand_and_policies_and_accepts_them(desk: Callable[..., Desk], plant: Plant) -> None:
    works = Company(plant.gateway)
    run = works.do("record_forecast_run", **forecast_run(works, "KETTLE-2", past=60, weeks=13)).number
    cell = {"item": "KETTLE-2", "period_start": "2026-07-06", "quantity": 24}
    works.do("override_forecast", forecast_run=run, reason="a hotel opens", cells=[cell])
    planner = desk("planner")
    page = planner.page
    planner.open("demand", "Demand")
    expect(page.get_by_role("heading", name=re.compile("KETTLE-2"))).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]")).to_have_count(2)
    expect(
        page.locator("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas").first
    ).to_be_visible()
    planner.settle()
    planner.picture("planner/demand")
    page.get_by_role("button", name="Accept forecast").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept forecast").click()
    expect(page.get_by_text(re.compile("^Accepted .* by "))).to_be_visible()
    assert works.ask("forecast_publications")[0]["forecast_run"] == run

    works.do("record_policy_run", **policy_run(works, "BODY-1"))
    planner.open("inventory_policies", "Inventory policies")
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(2)
    planner.settle()
    planner.picture("planner/policies")
    planner.tick_all()
    page.get_by_role("button", name=re.compile("Accept 1 line")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Accept 1 line")).click()
    expect(page.get_by_text("1 proposals are accepted", exact=False)).to_be_visible()
    assert works.ask("items", search="BODY-1")[0]["safety_stock"] == 12
    assert planner.outside == []
    assert planner.blocked == []
