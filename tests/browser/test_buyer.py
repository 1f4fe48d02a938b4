"""A need goes from its requisition to a matched bill; goods are counted blind, and what was broken becomes a claim."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]


@pytest.fixture(scope="module")
def second_supplier(plant: Plant) -> str:
    """A supplier who also sells handles, a little dearer and sooner."""
    mill = {"code": "S-200", "name": "Oak and Ash Turnery", "is_supplier": True, "payment_term": "NET30"}
    plant.give("put_party", {**mill, "tax_code": "VAT13"}, command_id="buyer-supplier")
    return "S-200"


def press(page: Page, name: str) -> None:
    """Press the first button of a name."""
    page.get_by_role("button", name=re.compile(name)).first.click()


def carry_on(desk: Desk, action: str) -> None:
    """Open the form of an order's next step, which is filled with what is open, and book it as it stands."""
    press(desk.page, action)
    expect(desk.page.get_by_label(re.compile("^(Order or delivery notice|Purchase order) \\*"))).to_have_value(
        re.compile(r"PO-2026-\d+"), timeout=20_000
    )
    desk.settle()
    press(desk.page, action)


def reached(page: Page, prefix: str) -> str:
    """Wait for the page of a document and return its number."""
    heading = page.get_by_role("heading", name=re.compile(rf"{prefix}-2026-\d+"))
    expect(heading).to_be_visible(timeout=20_000)
    return heading.inner_text()


def follow(page: Page, number: str) -> None:
    """Open a document of the chain."""
    page.locator(".tw-chain").get_by_text(number).click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()


def answer(buyer: Desk, supplier: str, price: str, days: str) -> None:
    """Enter what a supplier answered to the request whose page is open, and return to it."""
    page = buyer.page
    press(page, "Enter a quotation")
    expect(page.get_by_role("heading", name="Enter a quotation")).to_be_visible()
    buyer.settle()
    page.get_by_label("Supplier *").click()
    page.keyboard.type(supplier)
    page.get_by_role("option", name=re.compile(rf"S-\d+ +{supplier}")).click()
    buyer.settle()
    buyer.type_line("1", price, None, days)
    press(page, "Enter a quotation")
    reached(page, "SQ")


def test_a_need_becomes_a_matched_bill(desk: Seat, plant: Plant, second_supplier: str) -> None:
    buyer = desk("clerk")
    page = buyer.page
    buyer.open("new_purchase_requisition", "New requisition")
    buyer.settle()
    buyer.type_line("HANDLE-1", "120")
    buyer.picture("buyer/requisition")
    press(page, "Book the requisition")
    reached(page, "REQ")

    press(page, "Request quotations")
    expect(page.locator("[data-testid=stMultiSelect]").get_by_text("North Brass Mill")).to_be_visible()
    page.get_by_label("Suppliers *").click()
    page.get_by_role("option", name=re.compile("Oak and Ash Turnery")).click()
    page.keyboard.press("Escape")
    buyer.settle()
    press(page, "Send the request")
    request = reached(page, "RFQ")
    answer(buyer, "North Brass Mill", "6.10", "9")
    follow(page, request)
    answer(buyer, "Oak and Ash Turnery", "6.35", "4")
    follow(page, request)
    buyer.picture("buyer/request")

    press(page, "Compare and award")
    expect(page.get_by_text("Landed price").first).to_be_visible()
    buyer.settle()
    buyer.picture("buyer/comparison")
    press(page, "Award and order")
    reached(page, "RFQ")
    ordered = page.locator(".tw-chain").get_by_text(re.compile(r"PO-2026-\d+")).inner_text()
    follow(page, ordered)

    carry_on(buyer, "Receive goods")
    reached(page, "GR")

    books = desk("books")
    found = plant.gateway.query("documents_numbered", {"number": ordered}, principal=SYSTEM)
    books.page.goto(f"{books.base}/purchase_order?id={found[0]['id']}")
    reached(books.page, "PO")
    carry_on(books, "Book the bill")
    reached(books.page, "SB")

    books.open("purchase_match", "Three-way match")
    books.settle()
    books.picture("buyer/match")
    match = plant.gateway.query("purchase_match", {"limit": 1000}, principal=SYSTEM)
    row = next(row for row in match if row["order"] == ordered)
    assert (row["match"], row["received_quantity"], row["billed_quantity"]) == ("matched", 120, 120)
    assert buyer.outside == books.outside == []
    assert buyer.blocked == books.blocked == []


def test_a_blind_count_shows_no_quantity_and_claims_what_is_broken(desk: Seat, plant: Plant) -> None:
    policy = {"item": "LID-1", "blind_count": True}
    plant.give("put_purchasing_policy", policy, command_id="buyer-blind")
    bought = {"supplier": "S-100", "document_on": "2026-03-05", "lines": [{"item": "LID-1", "quantity": "75"}]}
    order = plant.give("create_purchase_order", bought, command_id="buyer-blind-order")
    dock = desk("dock")
    page = dock.page
    page.goto(f"{dock.base}/receive?order={order.document}")
    expect(page.get_by_text("Count what is there", exact=False)).to_be_visible()
    dock.settle()
    assert "75" not in page.locator("[data-testid=stMainBlockContainer]").inner_text()
    dock.type_line("1", "70", None, None, None, None, "3")
    dock.picture("buyer/blind_count")
    press(page, "Receive goods")
    reached(page, "GR")
    dock.picture("buyer/differences")
    claims = plant.gateway.query("supplier_claims", {}, principal=SYSTEM)
    claim = max(row["id"] for row in claims)

    buyer = desk("clerk")
    buyer.page.goto(f"{buyer.base}/supplier_claim?id={claim}")
    reached(buyer.page, "CL")
    expect(buyer.page.get_by_text("Damaged").first).to_be_visible()
    buyer.picture("buyer/claim")
    assert dock.outside == buyer.outside == []
    assert dock.blocked == buyer.blocked == []
