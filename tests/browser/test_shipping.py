"""The order of a web shop goes to its buyer: wave, scan, parcel, carrier's news, and the page on which the buyer sees it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from app.jobs.carriers import apply_waiting
from app.jobs.shops import book_waiting
from app.kernel.access import SYSTEM
from pipelines.connectors.easypost.signature import body_signature as tracking_signature
from pipelines.connectors.shopify.signature import body_signature as shop_signature
from tests.browser.conftest import Desk
from tests.browser.test_buyer import press, reached
from tests.makers import tracker
from tests.plant import Plant
from tests.shop_case import SECRET, body_of, shopify_order

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]
NUMBER = "SF7700112233"


def ordered_in_the_shop(base: str, plant: Plant) -> dict[str, Any]:
    """A buyer orders two kettles; the shop delivers the order, and it is booked."""
    body = body_of(shopify_order(880, [("KETTLE-1", 2, "180.00")]))
    headers = {
        "X-Shopify-Hmac-SHA256": shop_signature(body, SECRET),
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Webhook-Id": uuid.uuid4().hex,
    }
    assert httpx.post(f"{base}/webhooks/shopify/TEA", content=body, headers=headers).status_code == 200
    book_waiting(plant.gateway)
    orders = plant.gateway.query("sales_orders", {"search": "#880"}, principal=SYSTEM)
    return orders[0]


def news(base: str, plant: Plant, status: str, at: str) -> None:
    """The carrier pushes where the parcel is."""
    body = tracker(status, NUMBER, at)
    signed = {"X-Hmac-Signature": tracking_signature(body, "salt")}
    assert httpx.post(f"{base}/webhooks/tracking/QUICK", content=body, headers=signed).status_code == 200
    apply_waiting(plant.gateway)


def test_the_order_of_a_shop_becomes_a_tracked_parcel(desk: Seat, plant: Plant) -> None:
    carrier = {"code": "QUICK", "name": "Quick Parcel", "system": "webhook", "secret": "salt"}
    plant.give("put_carrier", carrier, command_id="shipping-carrier")
    stock = [{"item": "KETTLE-1", "location": "MAIN", "quantity": "10", "unit_cost": "64"}]
    plant.give("book_opening_stock", {"posted_on": "2026-03-05", "lines": stock}, command_id="shipping-stock")
    owner = desk("owner")
    page = owner.page
    order = ordered_in_the_shop(owner.base, plant)
    page.goto(f"{owner.base}/new_wave?order={order['id']}")
    expect(page.get_by_role("textbox", name="Or just these orders")).to_have_value(order["number"])
    owner.settle()
    press(page, "Release the wave")
    reached(page, "WV")
    owner.picture("fulfilment/wave")

    lines = plant.gateway.query("pick_lines", {"document": order["id"]}, principal=SYSTEM)
    page.goto(f"{owner.base}/pick_list?id={lines[0]['pick_list_id']}")
    reached(page, "PL")
    for _ in lines:
        press(page, "Confirm a pick")
        expect(page.get_by_role("textbox", name="Picked *")).not_to_have_value("")
        page.get_by_role("textbox", name="Scanned *").fill("KETTLE-1")
        page.keyboard.press("Tab")
        owner.settle()
        owner.picture("fulfilment/scan")
        press(page, "Confirm a pick")
        expect(page.get_by_role("textbox", name="Scanned *")).to_have_value("")
        page.goto(f"{owner.base}/pick_list?id={lines[0]['pick_list_id']}")
        reached(page, "PL")

    page.goto(f"{owner.base}/sales_order?id={order['id']}")
    reached(page, "SO")
    press(page, "Pack a parcel")
    expect(page.get_by_role("textbox", name="Sales order *")).to_have_value(order["number"])
    page.get_by_role("combobox", name="Carrier", exact=True).click()
    page.get_by_role("option", name=re.compile("QUICK +Quick Parcel")).click()
    owner.settle()
    page.get_by_role("textbox", name="Tracking number").fill(NUMBER)
    page.keyboard.press("Tab")
    owner.settle()
    owner.picture("fulfilment/pack")
    press(page, "Pack a parcel")
    reached(page, "PK")

    page.goto(f"{owner.base}/sales_order?id={order['id']}")
    reached(page, "SO")
    press(page, "Hand over parcels")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Hand over parcels")).click()
    expect(page.locator(".tw-chain")).to_contain_text(re.compile(r"SH-2026-\d+"))

    news(owner.base, plant, "in_transit", "2026-03-10T03:00:00Z")
    news(owner.base, plant, "out_for_delivery", "2026-03-10T08:00:00Z")
    (parcel,) = plant.gateway.query("order_parcels", {"document": order["id"]}, principal=SYSTEM)
    page.goto(f"{owner.base}/parcel?id={parcel['id']}")
    reached(page, "PK")
    expect(page.get_by_text("Out for delivery").first).to_be_visible()
    owner.picture("fulfilment/parcel")

    page.goto(f"{owner.base}/sales_order?id={order['id']}")
    press(page, "More")
    press(page, "Share with the customer")
    link = page.get_by_text(re.compile(r"/o/[\w.-]+")).first
    expect(link).to_be_visible()
    path = re.search(r"/o/[\w.\-~]+", link.inner_text())
    assert path is not None
    buyer = httpx.get(owner.base + path.group(), headers={"accept": "text/html", "accept-language": "en"})
    assert buyer.status_code == 200
    assert NUMBER in buyer.text
    assert "Out for delivery" in buyer.text
    assert owner.outside == []
    assert owner.blocked == []
