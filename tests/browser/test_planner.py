"""A planner looks at a run, ticks a proposal and releases it into a purchase order or a production order, once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import TODAY, Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_planner_releases_a_purchase_order_from_a_run(desk: Callable[..., Desk], plant: Plant) -> None:
    demand = {"item": "BODY-1", "safety_stock": "900"}
    plant.give("put_item", {"code": demand["item"], "safety_stock": demand["safety_stock"]}, command_id="planner-need")
    run = plan_company(plant.gateway, PlanRequest(as_of=TODAY), SYSTEM).receipt
    before = plant.gateway.query("purchase_orders", {}, principal=SYSTEM)

    planner = desk("planner")
    planner.open("plan_runs", "Plan runs")
    planner.page.get_by_role("link", name=str(run.number)).click()
    expect(planner.page.get_by_role("heading", name=str(run.number))).to_be_visible()
    planner.settle()
    planner.tick_all()
    planner.page.get_by_role("button", name=re.compile("Release [1-9]")).click()
    expect(planner.page.get_by_role("heading", name="Released")).to_be_visible()
    planner.settle()

    after = plant.gateway.query("purchase_orders", {}, principal=SYSTEM)
    assert len(after) == len(before) + 1
    assert after[0]["caused_by"] is not None
    assert planner.outside == []
    assert planner.blocked == []
