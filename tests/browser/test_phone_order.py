"""A customer calls: he is found by his number, the lines are typed as he says them, and part of it is promised for a later day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]
_TOLD = "TRAY-1, 100\nsilver tray, 4, 31.50\nNO-SUCH, 3"
WORDS = {
    "en": ("Quick order", "Customer *", "Lines *", "Rows that cannot be read: 1"),
    "zh-Hans": ("快速开单", "客户 *", "明细 *", "无法识别的行：1"),
}


@pytest.fixture(scope="module")
def trays(plant: Plant) -> Plant:
    """Trays of brass, of which forty are there and eighty are ordered, and of silver, which may be sold instead."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("put_party", {"code": "C-300", "name": "Hill Café", "is_customer": True, "phone": "+86 138 0013 8000"}),
        ("put_credit_terms", {"customer": "C-300", "credit_limit": "5000"}),
        ("put_item", {"code": "TRAY-1", "name": "Brass tray", "category": "FIN", "unit": "EA", "list_price": "30"}),
        ("put_item", {"code": "TRAY-2", "name": "Silver tray", "category": "FIN", "unit": "EA", "list_price": "35"}),
        ("put_item_substitute", {"item": "TRAY-1", "substitute": "TRAY-2"}),
    ]
    stock = [{"item": "TRAY-1", "quantity": "40"}, {"item": "TRAY-2", "quantity": "90"}]
    stock = [{**line, "location": "MAIN", "unit_cost": "12"} for line in stock]
    steps.append(("book_opening_stock", {"lines": stock}))
    bought = [{"item": "TRAY-1", "quantity": "80", "unit_price": "12", "due_on": "2026-03-22"}]
    steps.append(("create_purchase_order", {"supplier": "S-100", "lines": bought}))
    for number, (command, data) in enumerate(steps):
        plant.give(command, data, command_id=f"trays-{number}")
    return plant


def told(desk: Desk, lang: str) -> None:
    """Fill the form of a quick order as the customer speaks."""
    title, customer, lines, wrong = WORDS[lang]
    page = desk.page
    desk.open("quick_sales_order", title)
    desk.settle()
    page.get_by_role("combobox", name=customer).click()
    page.keyboard.type("138 0013 8000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("C-300 Hill Café")).to_be_visible()
    desk.settle()
    page.get_by_role("textbox", name=lines).fill(_TOLD)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(wrong)).to_be_visible()
    desk.settle()


def test_a_phone_order_with_substitute_and_promise_date(desk: Seat, trays: Plant) -> None:
    clerk = desk("clerk")
    page = clerk.page
    told(clerk, "en")
    expect(page.locator(".tw-table", has_text="NO-SUCH")).to_contain_text("No such item")
    preview = page.locator(".tw-table", has_text="Brass tray")
    expect(preview).to_contain_text("60 on Mar 22, 2026")
    expect(preview).to_contain_text("TRAY-2: 100")
    clerk.picture("clerk/phone_order")
    page.get_by_role("button", name=re.compile("Book the order")).click()
    expect(page.get_by_text("Rows 3 cannot be read")).to_be_visible()
    page.get_by_role("textbox", name="Lines *").fill(_TOLD.rsplit("\n", 1)[0])
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Rows that cannot be read: 1")).to_have_count(0)
    clerk.settle()
    page.get_by_role("button", name=re.compile("Book the order")).click()
    expect(page.get_by_role("heading", name=re.compile(r"SO-2026-\d+"))).to_be_visible()
    expect(page.locator(".tw-table").first).to_contain_text("Mar 22, 2026")
    clerk.picture("clerk/phone_order_booked")
    number = page.get_by_role("heading", name=re.compile(r"SO-2026-\d+")).inner_text()
    (found,) = trays.gateway.query("sales_orders", {"search": number}, principal=SYSTEM)
    assert found["channel"] == "phone"
    assert clerk.outside == []
    assert clerk.blocked == []


def test_the_same_form_in_chinese(desk: Seat, trays: Plant) -> None:
    clerk = desk("clerk")
    clerk.context.add_cookies([{"name": "tallyworks-language", "value": "zh-Hans", "url": clerk.base}])
    told(clerk, "zh-Hans")
    expect(clerk.page.locator(".tw-table", has_text="NO-SUCH")).to_contain_text("无此物料")
    clerk.picture("clerk/phone_order_zh")
