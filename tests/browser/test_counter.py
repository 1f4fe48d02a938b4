"""A counter counts a zone blind: he scans, is sent back to what is far off, and finishes; a second person decides the difference."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from app.kernel.access import SYSTEM
from tests.browser.conftest import Desk
from tests.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def scan(desk: Desk, quantity: str, *, labels: tuple[str, str], button: str, item: str = "KETTLE-1") -> None:
    """Scan an item and type what was found of it; a scanner ends with Enter, as the last field does here."""
    page = desk.page
    page.get_by_label(labels[0], exact=True).fill(item)
    page.get_by_label(labels[1], exact=True).fill(quantity)
    page.get_by_role("button", name=re.compile(button)).click()
    desk.settle()


@pytest.mark.parametrize(
    ("language", "place", "labels", "enter", "again", "done"),
    [
        ("English", "Bin / Location", ("Item or barcode", "Counted"), "Enter", "Count again", "Finish counting"),
        ("简体中文", "库位", ("物料或条码", "实盘数量"), "录入", "需复盘", "完成盘点"),
    ],
)
def test_a_counter_counts_blind_and_a_second_person_decides(
    desk: Callable[..., Desk],
    plant: Plant,
    language: str,
    place: str,
    labels: tuple[str, str],
    enter: str,
    again: str,
    done: str,
) -> None:
    mark = "" if language == "English" else "_zh"
    pier, book = f"PIER{mark}".upper().replace("_", "-"), Decimal(8)
    opened = {"code": pier, "name": "Loading pier", "site": "MAIN", "kind": "storage"}
    plant.give("put_location", opened, command_id=f"pier-{language}")
    stock = [{"item": "KETTLE-1", "location": pier, "quantity": str(book), "unit_cost": "64"}]
    plant.give("book_opening_stock", {"posted_on": "2026-03-05", "lines": stock}, command_id=f"pier-stock-{language}")
    made = plant.give("create_count_sheet", {"location": pier, "due_only": False}, command_id=f"sheet-{language}")
    counter = desk("shelf")
    page = counter.page
    page.get_by_role("button", name=language).click()
    counter.settle()
    page.goto(f"{counter.base}/count_desk?order={made.document}")
    expect(page.get_by_role("heading", name=made.number)).to_be_visible()
    assert f"{book:.0f}" not in page.locator(".tw-table").first.inner_text().split()
    page.get_by_label(place, exact=True).fill(pier)
    scan(counter, "1", labels=labels, button=enter)
    expect(page.locator(".tw-table").get_by_text(again)).to_be_visible()
    counter.picture(f"clerk/count_again{mark}")
    scan(counter, str(int(book) - 1), labels=labels, button=enter)
    page.get_by_role("button", name=re.compile(done)).click()
    expect(page.locator(".tw-chip").first).to_be_visible()
    state = plant.gateway.query("document_by_id", {"document": made.document}, principal=SYSTEM)[0]["state"]
    assert state == "confirmed"

    boss = desk("books")
    boss.page.goto(f"{boss.base}/count_sheet?id={made.document}")
    boss.page.get_by_role("button", name=re.compile("Decide differences")).click()
    boss.settle()
    expect(boss.page.locator(".tw-table").get_by_text("KETTLE-1").first).to_be_visible()
    boss.picture(f"clerk/count_decide{mark}")
    plant.give("decide_count", {"sheet": made.document, "reason": "lost"}, command_id=f"decide-{language}")
    left = plant.gateway.query("stock_by_location", {"location": pier}, principal=SYSTEM)
    assert {row["item_code"]: row["quantity"] for row in left}["KETTLE-1"] == book - Decimal(1)
    assert counter.outside == []
    assert counter.blocked == []
