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
