"""A clerk books an order and ships it; nothing she does twice is booked twice; a stale tab ends at the sign-in page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seat = Callable[..., Desk]


def orders(plant: Plant) -> int:
    """How many sales orders there are."""
    return len(plant.gateway.query("sales_orders", {"limit": 1000}, principal=SYSTEM))


def begin_order(desk: Desk, quantity: str) -> None:
    """Fill the form of a new sales order up to the button."""
    desk.open("new_sales_order", "New sales order")
    desk.settle()
    customer = desk.page.get_by_label("Customer *")
    customer.click()
    desk.page.keyboard.type("harbour")
    desk.page.get_by_role("option", name=re.compile("Harbour Tea Rooms")).click()
    desk.settle()
    desk.type_line("KETTLE-1", quantity)
    expect(desk.page.locator(".tw-table").get_by_text("Brass kettle 1 l")).to_be_visible()


def test_a_clerk_books_an_order_and_ships_it(desk: Callable[..., Desk], plant: Plant) -> None:
    clerk = desk("clerk")
    page = clerk.page
    begin_order(clerk, "4")
    expect(page.get_by_text("free", exact=False).first).to_be_visible()
    expect(page.locator(".tw-table").get_by_text("720.00").first).to_be_visible()
    page.get_by_role("button", name=re.compile("Book the order")).click()
    expect(page.get_by_role("heading", name=re.compile(r"SO-2026-\d+"))).to_be_visible()
    order = page.get_by_role("heading", name=re.compile(r"SO-2026-\d+")).inner_text()
    expect(page.locator(".tw-chip", has_text="Confirmed")).to_be_visible()

    page.get_by_role("button", name=re.compile("Ship")).click()
    expect(page.get_by_label("Sales order *")).to_have_value(order)
    clerk.settle()
    page.get_by_role("button", name=re.compile("Ship")).click()
    expect(page.get_by_role("heading", name=re.compile(r"SH-2026-\d+"))).to_be_visible()
    expect(page.locator(".tw-chain")).to_contain_text(order)

    page.locator(".tw-chain").get_by_text(order).click()
    expect(page.get_by_role("heading", name=order)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Ship"))).to_be_disabled()
    assert clerk.outside == []
    assert clerk.blocked == []


@pytest.mark.parametrize("presses", [2, 4])
def test_pressing_the_button_many_times_books_once(desk: Seat, plant: Plant, presses: int) -> None:
    clerk = desk("clerk")
    begin_order(clerk, "1")
    before = orders(plant)
    button = clerk.page.get_by_role("button", name=re.compile("Book the order"))
    button.evaluate(f"button => {{ for (let n = 0; n < {presses}; n++) button.click() }}")
    expect(clerk.page.get_by_role("heading", name=re.compile(r"SO-2026-\d+"))).to_be_visible()
    clerk.settle()
    assert orders(plant) == before + 1


def test_the_shortcut_and_enter_together_book_once(desk: Seat, plant: Plant) -> None:
    clerk = desk("clerk")
    begin_order(clerk, "1")
    before = orders(plant)
    clerk.page.get_by_role("button", name=re.compile("Book the order")).focus()
    clerk.page.keyboard.press("Control+s")
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.get_by_role("heading", name=re.compile(r"SO-2026-\d+"))).to_be_visible()
    clerk.settle()
    assert orders(plant) == before + 1


def test_going_back_after_booking_books_nothing(desk: Seat, plant: Plant) -> None:
    clerk = desk("clerk")
    begin_order(clerk, "1")
    clerk.page.get_by_role("button", name=re.compile("Book the order")).click()
    expect(clerk.page.get_by_role("heading", name=re.compile(r"SO-2026-\d+"))).to_be_visible()
    before = orders(plant)
    clerk.page.go_back()
    expect(clerk.page.get_by_role("heading", name="New sales order")).to_be_visible()
    clerk.page.reload()
    expect(clerk.page.get_by_role("heading", name="New sales order")).to_be_visible()
    clerk.settle()
    assert orders(plant) == before


def test_what_was_typed_outlives_a_reload(desk: Seat, plant: Plant) -> None:
    clerk = desk("clerk")
    begin_order(clerk, "3")
    clerk.page.reload()
    expect(clerk.page.get_by_text("typed last time", exact=False)).to_be_visible()
    expect(clerk.page.locator(".tw-table").get_by_text("540.00").first).to_be_visible()
    clerk.page.get_by_role("button", name="Start afresh").click()
    expect(clerk.page.get_by_text("typed last time", exact=False)).to_have_count(0)


def test_a_stale_tab_ends_at_the_sign_in_page(desk: Seat, plant: Plant) -> None:
    planner = desk("planner")
    planner.open("items", "Items")
    plant.sessions.revoke_user("planner")
    planner.page.get_by_role("link", name="Bills of material").click()
    expect(planner.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "next=" in planner.page.url


def test_signing_out_by_the_button_and_going_back_shows_nothing(desk: Seat) -> None:
    clerk = desk("clerk")
    clerk.open("sales_orders", "Sales orders")
    clerk.page.get_by_role("button", name="Sign out").click()
    expect(clerk.page.get_by_text("You are signed out.")).to_be_visible()
    clerk.page.go_back()
    expect(clerk.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_language_is_switched_in_place(desk: Seat) -> None:
    clerk = desk("clerk")
    clerk.open("sales_orders", "Sales orders")
    clerk.page.get_by_role("button", name="繁體中文").click()
    expect(clerk.page.get_by_role("heading", name="銷售訂單")).to_be_visible()
    assert clerk.page.url.endswith("/sales_orders")


def test_hostile_names_run_nothing_and_call_nobody(desk: Seat, plant: Plant) -> None:
    hostile = [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "![x](https://evil.example/a.png)",
        "[x](javascript:alert(1))",
        '"><svg onload=alert(1)>',
        "<a href='https://evil.example'>x</a>",
        "$\\href{javascript:alert(1)}{x}$",
        ":material/close: **x** {{7*7}}",
    ]
    for index, name in enumerate(hostile):
        data = {"code": f"X-{index}", "name": name, "is_customer": True}
        plant.give("put_party", data, command_id=f"hostile-{index:02d}")
    clerk = desk("clerk")
    clerk.open("parties", "Customers and suppliers")
    expect(clerk.page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    clerk.open("new_sales_order", "New sales order")
    clerk.settle()
    assert clerk.outside == []
    assert clerk.blocked == []
