"""Lists go into the order of any of their columns and keep views; requests are decided in the inbox; names are found anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.bootstrap import build_bus
from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.catalog import all_pages
from app.ui.widgets.listing import ListScreen
from tests.plant import Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def lists() -> list[ListScreen]:
    """Every list of the application."""
    found = [page.draw.args[0] for page in all_pages() if hasattr(page.draw, "args") and page.draw.args]  # pyright: ignore[reportAttributeAccessIssue]
    return [screen for screen in found if isinstance(screen, ListScreen)]


def sortable() -> list[ListScreen]:
    """The lists whose query takes an order; the others keep their own."""
    queries = build_bus().queries
    return [
        screen for screen in lists() if screen.query in queries and "sort" in queries[screen.query].model.model_fields
    ]


@pytest.mark.parametrize("screen", sortable(), ids=lambda screen: screen.path)
def test_a_list_goes_into_the_order_of_each_of_its_columns(plant: Plant, screen: ListScreen) -> None:
    for column in screen.columns:
        if column.sorts:
            for sort in (column.name, f"-{column.name}"):
                plant.gateway.query(screen.query, {**screen.arguments, "sort": sort}, principal=SYSTEM)


def test_a_list_shows_the_largest_first_where_its_address_says_so(page: Run) -> None:
    text = shown(page("sales_orders", sort="-total_amount"))
    amounts = [float(value.replace(",", "")) for value in re.findall(r'<td class="n">([\d,]+\.\d\d)</td></tr>', text)][
        :-1
    ]
    assert len(amounts) > 1
    assert amounts == sorted(amounts, reverse=True)
    assert "↓" in text


def test_a_view_keeps_a_search_under_a_name(page: Run) -> None:
    test = page("sales_orders", login="clerk")
    test.text_input(key="list.sales_orders.search").set_value("Harbour").run()
    test.text_input(key="view.sales_orders.name").set_value("Mine").run()
    test.button(key="view.sales_orders.keep").click().run()
    again = page("sales_orders", login="clerk")
    again.button(key="view.sales_orders.0").click().run()
    assert again.text_input(key="list.sales_orders.search").value == "Harbour"


def test_a_request_is_put_to_the_approver_and_a_rejection_needs_its_reason(page: Run, plant: Plant) -> None:
    rule = {"command": "confirm_purchase_order", "approver_role": "executive", "amount_above": "1000"}
    plant.give("put_approval_rule", rule, command_id="lists-rule")
    clerk = next(row for row in plant.gateway.query("users", {}, principal=SYSTEM) if row["login"] == "clerk")
    from app.kernel.sessions import principal_of_login

    asker = principal_of_login(plant.gateway, clerk["login"])
    order = {"supplier": "S-100", "confirm": True, "lines": [{"item": "BODY-1", "quantity": "100", "unit_price": "42"}]}
    receipt = plant.gateway.submit("create_purchase_order", order, command_id="lists-order", principal=asker)
    assert receipt.message_key == "receipt.waits_for_approval"
    boss = page("home", login="boss")
    assert str(receipt.values["number"]) in shown(boss)
    next(button for button in boss.button if button.label == "Approve").click().run()
    assert not next(button for button in boss.button if button.key and button.key.endswith(".go")).disabled
    boss = page("home", login="boss")
    next(button for button in boss.button if button.label == "Reject").click().run()
    assert next(button for button in boss.button if button.key and button.key.endswith(".go")).disabled


def test_a_pick_list_sends_the_first_hundred_and_the_rest_is_found_by_the_search(page: Run, plant: Plant) -> None:
    for number in range(120):
        data = {"code": f"X-{number:03}", "name": f"Tea house {number}", "is_customer": True}
        plant.give("put_party", data, command_id=f"lists-party-{number}")
    plant.give("put_party", {"code": "Z-900", "name": "Zenith Tea", "is_customer": True}, command_id="lists-zenith")
    form = page("new_sales_order", login="clerk")
    offered = form.selectbox(key="form.new_sales_order.customer").options
    assert len(offered) == 100
    assert "Z-900" not in " ".join(offered)
    found = plant.gateway.query("parties", {"role": "customer", "search": "zenith"}, principal=SYSTEM)
    assert [row["code"] for row in found] == ["Z-900"]


def test_a_receipt_names_things_in_the_readers_language() -> None:
    receipt = Receipt("x", "done", "receipt.changed", {"what": "party", "code": "C-1"})
    assert gateway.message(receipt, "zh-Hans") == "往来单位 C-1 已保存。"
    assert "Confirmed" in t("refusal.document_state", "en", number="SO-1", state="draft", wanted="confirmed")


def test_a_workbook_is_uploaded_on_a_page_of_the_administrator(page: Run) -> None:
    assert "tw-head" in shown(page("going_live"))
    assert "Hello" in shown(page("going_live", login="clerk"))
