"""The customer's page of his order in a browser: what he says is sent by the form of the page and kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]


def test_a_customer_sends_how_it_was(desk: Seat, plant: Plant) -> None:
    order = plant.ids["case_order"]
    path = plant.give("share_order", {"order": order}, command_id="browser-share-feedback").data["path"]
    customer = desk()
    page = customer.page
    page.goto(f"{customer.base}{path}?lang=en")
    form = page.locator("form").filter(has=page.locator(f"input[name=about][value='{order}']"))
    form.locator("input[name=satisfaction][value='4']").check()
    form.locator("input[name=recommendation][value='9']").check()
    form.locator("textarea").fill("On time, and well packed.")
    form.locator("button[type=submit]").click()
    expect(page.get_by_role("status")).to_have_text("Thank you. We have kept what you said.")
    found = plant.gateway.query("customer_feedback", {}, principal=SYSTEM)
    said = [(r["satisfaction"], r["recommendation"], r["comment"]) for r in found if r["about_id"] == order]
    assert said == [(4, 9, "On time, and well packed.")]
    assert (customer.outside, customer.blocked) == ([], [])
