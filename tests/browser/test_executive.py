"""An executive follows a figure of the income statement to its accounts, their journal lines and a document."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.jobs.warehouse import refresh_store
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_executive_drills_from_the_income_statement_to_a_document(desk: Callable[..., Desk], plant: Plant) -> None:
    refresh_store(plant.gateway.store)
    boss = desk("boss")
    page = boss.page
    boss.open("finance_board?span=2026", "Financial board")
    expect(page.get_by_text("As of", exact=False).first).to_be_visible()
    page.get_by_role("link", name=re.compile("Gross margin")).click()
    expect(page.get_by_role("heading", name="Income statement")).to_be_visible()
    page.locator("tr", has_text="Operating revenue").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Operating revenue")).to_be_visible()
    page.locator("table.tw-table a").first.click()
    expect(page.locator("th", has_text="Debit")).to_be_visible()
    page.get_by_role("link", name=plant.numbers["customer_invoice"]).first.click()
    expect(page.get_by_role("heading", name=plant.numbers["customer_invoice"])).to_be_visible()
    expect(page.locator(".tw-chain")).to_contain_text(plant.numbers["sales_order"])
    assert boss.outside == []
    assert boss.blocked == []
