"""Budgets of buying: what confirmed orders commit, what is given back, and who is asked about orders beyond them, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kernel.access import Principal
from tests.company import Company

D = Decimal
YEAR = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}


def bought(works: Company, quantity: int, price: str = "10", **header: Any) -> Any:
    """A purchase order of parts."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": price, "tax_code": "VAT13"}]
    return works.do("create_purchase_order", supplier="SUP", lines=lines, **header)


def committed(works: Company) -> dict[str, Decimal]:
    """What is committed of each budget."""
    return {row["code"]: row["committed_amount"] for row in works.ask("budgets")}


def states(works: Company) -> list[str]:
    """The states of the purchase orders, the first first."""
    return [row["state"] for row in sorted(works.ask("purchase_orders"), key=lambda row: row["id"])]


def test_an_order_commits_what_it_orders_and_gives_back_what_will_not_come(works: Company) -> None:
    works.do("put_item_category", code="STEEL", name="Steel", inventory_role="inventory_raw", parent="RAW")
    works.do("put_budget", code="ALL", name="All goods", amount="1000", **YEAR)
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="500", **YEAR)
    works.do("put_budget", code="OLD", name="Last year", amount="9", starts_on="2025-01-01", ends_on="2025-12-31")
    works.do("put_budget", code="STEEL", name="Steel", family="STEEL", amount="9", **YEAR)
    first, second = bought(works, 7), bought(works, 3, "9.99")
    assert committed(works) == {"ALL": D("99.97"), "RAW": D("99.97"), "OLD": 0, "STEEL": 0}
    works.do("receive_goods", order=first.document, lines=[{"line": 1, "quantity": 3}])
    works.do("close_purchase_order", order=first.document)
    works.do("cancel_purchase_order", order=second.document)
    assert committed(works)["ALL"] == D(30)
    shown = works.ask("order_budgets", document=first.document)
    assert [(row["code"], row["order_amount"], row["left_amount"]) for row in shown] == [
        ("ALL", D(30), D(970)),
        ("RAW", D(30), D(470)),
    ]
    assert works.refused("put_budget", code="RAW", name="Raw", family="STEEL", amount="500", **YEAR) == "budget_in_use"
    other = {"starts_on": "2026-02-01", "ends_on": "2026-01-01"}
    assert works.refused("put_budget", code="X", name="X", amount="5", **other) == "budget_ends_before"
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="20", active=False, **YEAR)
    bought(works, 1)
    assert committed(works) == {"ALL": D(40), "RAW": D(30), "OLD": 0, "STEEL": 0}
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="20", **YEAR)
    works.assert_clean()


def test_who_is_named_is_asked_about_an_order_beyond_the_budget_and_about_no_other(works: Company) -> None:
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="100", **YEAR)
    rule = {"command": "confirm_purchase_order", "name": "budget", "over_budget": True, "approver_role": "executive"}
    assert (
        works.refused("put_approval_rule", **{**rule, "command": "confirm_sales_order"}) == "condition_without_meaning"
    )
    bought(works, 8)
    beyond = works.ask("approval_rule_trial", command="confirm_purchase_order", over_budget=True, until="2026-06-30")
    assert [row["waits"] for row in beyond] == [False]
    works.do("put_approval_rule", **rule)
    bought(works, 2)
    asked = bought(works, 1, "0.01")
    assert asked.message_key == "receipt.waits_for_approval"
    assert states(works) == ["confirmed", "confirmed", "draft"]
    request = works.ask("approval_requests", document=asked.document)[0]
    reason = request["explanation"][0]
    assert (reason["condition"], reason["value"]) == ("over_budget", "0.0100")
    assert reason["budgets"].startswith("RAW 100.01")
    boss = Principal(77, "boss", "Boss", roles=frozenset({"executive"}), permissions=frozenset({"desk.approve"}))
    works.submit("decide_approval", principal=boss, request=request["id"], approve=True)
    assert (states(works)[-1], committed(works)["RAW"]) == ("confirmed", D("100.01"))
    tried = works.ask("approval_rule_trial", command="confirm_purchase_order", over_budget=True, until="2026-06-30")
    assert sorted(row["waits"] for row in tried) == [False, False, True]
    works.assert_clean()


def test_an_order_that_was_approved_is_asked_about_again_where_others_have_spent_its_budget(works: Company) -> None:
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="100", **YEAR)
    for name, condition in (("budget", {"over_budget": True}), ("amount", {"amount_above": "50"})):
        rule = {"command": "confirm_purchase_order", "name": name, "approver_role": "executive"}
        works.do("put_approval_rule", **rule, **condition)
    first = bought(works, 8)
    works.do("receive_goods", order=bought(works, 4).document)
    boss = Principal(77, "boss", "Boss", roles=frozenset({"executive"}), permissions=frozenset({"desk.approve"}))

    def approve() -> None:
        waiting = [row for row in works.ask("approval_requests", document=first.document) if row["state"] == "waiting"]
        works.submit("decide_approval", principal=boss, request=waiting[0]["id"], approve=True)

    approve()
    assert (states(works)[0], committed(works)["RAW"]) == ("draft", D(40))
    approve()
    assert (states(works)[0], committed(works)["RAW"]) == ("confirmed", D(120))
    works.assert_clean()
