"""A return becomes an exchange: taken in, looked at, decided, replaced, and settled by another person, all on one page."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.browser.test_buyer import follow, press, reached
from tests.makers import PNG
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]


@pytest.fixture(scope="module")
def invoice(plant: Plant) -> int:
    """Three kettles that were sold, shipped and invoiced."""
    stock = [{"item": "KETTLE-1", "location": "MAIN", "quantity": "3", "unit_cost": "64"}]
    plant.give("book_opening_stock", {"posted_on": "2026-03-05", "lines": stock}, command_id="service-stock")
    sold = {"customer": "C-100", "document_on": "2026-03-05", "lines": [{"item": "KETTLE-1", "quantity": "3"}]}
    order = plant.give("create_sales_order", sold, command_id="service-order").document
    plant.give("ship_goods", {"order": order, "posted_on": "2026-03-06"}, command_id="service-shipment")
    document = plant.give(
        "issue_customer_invoice", {"order": order, "posted_on": "2026-03-06"}, command_id="service-invoice"
    ).document
    assert document is not None
    return document


def carry_on(desk: Desk, action: str) -> None:
    """Open the form of a case's next step, which is filled with what is open, and book it as it stands."""
    press(desk.page, action)
    expect(desk.page.get_by_label("Service case *")).to_have_value(re.compile(r"SV-2026-\d+"), timeout=20_000)
    desk.settle()
    press(desk.page, action)


def press_in_main(page: Page, name: str) -> None:
    """Press the first button of just this name in the page itself, not in the navigation."""
    page.locator("[data-testid=stMainBlockContainer]").get_by_role(
        "button", name=re.compile(rf"\b{name}\b")
    ).first.click()


def choose(desk: Desk, label: str, option: str) -> None:
    """Choose an entry of a field."""
    desk.page.get_by_label(label).click()
    desk.page.get_by_role("option", name=option, exact=True).click()
    desk.settle()


def test_a_return_becomes_an_exchange(desk: Seat, plant: Plant, invoice: int) -> None:
    clerk = desk("clerk")
    page = clerk.page
    page.goto(f"{clerk.base}/customer_invoice?id={invoice}")
    reached(page, "CI")
    press(page, "Open a case")
    expect(page.get_by_role("textbox", name="Against")).to_have_value(re.compile(r"CI-2026-\d+"), timeout=20_000)
    clerk.settle()
    choose(clerk, "Kind of case *", "Exchange")
    choose(clerk, "Reason *", "Defective")
    clerk.picture("service/open")
    press(page, "Open a case")
    case = reached(page, "SV")
    photo = {"name": "kettle.png", "mimeType": "image/png", "buffer": base64.b64decode(PNG)}
    page.locator("input[type=file]").set_input_files([photo])  # pyright: ignore[reportArgumentType]
    file = page.locator("[data-testid=stCheckbox]").filter(has_text="kettle.png")
    expect(file).to_be_visible()
    clerk.settle()
    assert page.locator("[data-testid=stDownloadButton]").count() == 0
    file.locator("label").click()
    expect(page.locator("[data-testid=stDownloadButton]")).to_be_visible()
    clerk.settle()

    carry_on(clerk, "Take goods in")
    reached(page, "SV")
    carry_on(clerk, "Inspect")
    reached(page, "SV")
    press(page, "Decide")
    expect(page.get_by_label("Service case *")).to_have_value(case, timeout=20_000)
    clerk.settle()
    choose(clerk, "Outcome *", "Credit and replacement")
    clerk.picture("service/decide")
    press(page, "Decide")
    reached(page, "SV")
    press(page, "Order a replacement")
    expect(page.get_by_label("Service case *")).to_have_value(case, timeout=20_000)
    clerk.settle()
    clerk.type_line("KETTLE-1", "3", "150")
    press(page, "Order a replacement")
    order = reached(page, "SO")
    press_in_main(page, "Ship")
    expect(page.get_by_role("heading", name="Ship", exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("table", name="Lines")).to_contain_text("KETTLE-1")
    clerk.settle()
    press_in_main(page, "Ship")
    reached(page, "SH")

    books = desk("books")
    found = plant.gateway.query("documents_numbered", {"number": case}, principal=SYSTEM)[0]
    books.page.goto(f"{books.base}/service_case?id={found['id']}")
    reached(books.page, "SV")
    carry_on(books, "Settle")
    reached(books.page, "SV")
    books.settle()
    books.picture("service/case")
    (totals,) = plant.gateway.query("case_totals", {"document": found["id"]}, principal=SYSTEM)
    # Three kettles at 150 with 13 % tax were sent instead.
    assert str(totals["invoiced_total"].quantize(totals["invoiced_net"])) == "508.5000"
    assert totals["customer_balance"] == totals["invoiced_total"] - totals["credited_total"]
    follow(books.page, order)

    chinese = desk("books")
    chinese.page.goto(f"{chinese.base}/service_case?id={found['id']}")
    reached(chinese.page, "SV")
    chinese.page.get_by_role("button", name="简体中文").click()
    expect(chinese.page.get_by_text("货与钱")).to_be_visible()
    chinese.settle()
    chinese.picture("service/case_zh_hans")
    assert clerk.outside == books.outside == []
    assert clerk.blocked == books.blocked == []
