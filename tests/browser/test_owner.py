"""Those who decide: a request is rejected and another approved from the inbox; a new company goes live from its workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.jobs.verify import verify
from app.kernel.access import SYSTEM, Principal
from app.kernel.gateway import new_command_id
from app.kernel.sessions import create_user
from schemas.operational import kernel
from tests.browser.conftest import Desk
from tests.plant import PASSWORD, Plant, founded
from tests.scenarios.going_live.workbook_case import Rows, tied_out, workbook
from tests.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_ABOVE = "90000"


def ask_for_approval(plant: Plant) -> int:
    """Let the clerk book an order so large that an executive must approve it."""
    with plant.gateway.store.reading() as connection:
        user = connection.execute(select(kernel.user_account).where(kernel.user_account.c.login == "clerk")).one()
    clerk = Principal(user.id, "clerk", user.name, roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
    data = {"customer": "C-100", "lines": [{"item": "KETTLE-1", "quantity": 1000, "unit_price": "180"}]}
    receipt = plant.gateway.submit("create_sales_order", data, command_id=new_command_id(), principal=clerk)
    assert receipt.document is not None, receipt
    return receipt.document


def state(plant: Plant, order: int) -> str:
    """The state of an order."""
    rows = plant.gateway.query("sales_orders", {"limit": 1000}, principal=SYSTEM)
    return next(row["state"] for row in rows if row["id"] == order)


def test_an_executive_rejects_one_order_and_approves_another(desk: Callable[..., Desk], plant: Plant) -> None:
    rule = {"command": "confirm_sales_order", "approver_role": "executive", "amount_above": _ABOVE}
    plant.give("put_approval_rule", rule, command_id=new_command_id())
    orders = [ask_for_approval(plant), ask_for_approval(plant)]
    boss = desk("boss")
    page = boss.page
    for answer, reason in (("Reject", "too large for this quarter"), ("Approve", "")):
        waiting = page.get_by_role("button", name=re.compile(f"{answer}$"))
        expect(waiting.first).to_be_enabled()
        before = waiting.count()
        waiting.first.click()
        asked = page.get_by_role("dialog")
        go = asked.get_by_role("button", name=re.compile(f"{answer}$"))
        if reason:
            expect(go).to_be_disabled()
            asked.get_by_label("Reason").fill(reason)
            page.keyboard.press("Tab")
        expect(go).to_be_enabled()
        go.click()
        expect(asked).to_have_count(0)
        expect(waiting).to_have_count(before - 1)
    assert sorted(state(plant, order) for order in orders) == ["confirmed", "draft"]
    assert boss.outside == []
    assert boss.blocked == []


@pytest.fixture
def beginning(tmp_path: Path) -> Iterator[Plant]:
    """A founded company with one user, before its first document."""
    plant = founded(tmp_path)
    plant.give("put_role", {"code": "everything", "name": "All pages", "permissions": ["*"]}, command_id="b-role")
    create_user(plant.gateway, "owner", "Owner", ["everything"], PASSWORD)
    yield plant
    plant.close()


def before_march() -> Rows:
    """The workbook of a company that begins on the first of March."""
    rows = tied_out()
    rows["receivables"][0] |= {"document_on": "2026-02-01", "due_on": "2026-03-03"}
    rows["payables"][0] |= {"document_on": "2026-02-02", "due_on": "2026-03-04"}
    return rows


def test_a_company_goes_live_from_its_workbook(browser: Browser, beginning: Plant, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    good.write_bytes(workbook(before_march()))
    wrong = before_march()
    wrong["stock"][0]["item"] = "NO-SUCH-PART"
    bad.write_bytes(workbook(wrong))
    with served(beginning.address, tmp_path) as base:
        context = browser.new_context(viewport={"width": 1360, "height": 1000})
        owner = Desk(context, base)
        owner.sign_in("owner")
        page = owner.page
        owner.open("going_live", "Going live")
        page.locator("input[type=file]").set_input_files(str(bad))
        page.get_by_role("button", name="Check the whole workbook").click()
        expect(page.get_by_text("NO-SUCH-PART").first).to_be_visible()
        expect(page.get_by_role("button", name="Book the whole workbook")).to_have_count(0)
        page.locator("input[type=file]").set_input_files(str(good))
        expect(page.get_by_text("good.xlsx").first).to_be_visible()
        expect(page.get_by_text("NO-SUCH-PART")).to_have_count(0)
        page.get_by_role("button", name="Check the whole workbook").click()
        page.get_by_role("button", name="Book the whole workbook").click()
        page.get_by_role("dialog").get_by_role("button", name="Book the whole workbook").click()
        expect(page.get_by_text("The workbook is booked.")).to_be_visible()
        expect(page.get_by_role("button", name="Book the whole workbook")).to_have_count(0)
        context.close()
    assert len(beginning.gateway.query("items", {}, principal=SYSTEM)) == 2
    assert verify(beginning.gateway).findings == []
