"""Promotions and coupons: what they take off whose lines and why, within their limits, counted and given back, on both databases."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import Company

D = Decimal
BOSS = Principal(77, "boss", "Boss", roles=frozenset({"executive"}), permissions=frozenset({"desk.approve"}))


def promotion(works: Company, code: str, effect: str, **data: Any) -> None:
    """A promotion that takes effect."""
    works.do(
        "put_promotion",
        **{"code": code, "name": code.title(), "valid_from": "2026-01-01", "effect": effect, "active": True, **data},
    )


def wanted(*lines: tuple[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Lines of an order."""
    return [{"item": item, "quantity": quantity, **more} for item, quantity in lines]


def sold(works: Company, *lines: tuple[str, Any], **data: Any) -> int:
    """An order that nobody reserves stock for."""
    receipt = works.do("create_sales_order", **{"customer": "CUS", "reserve": False, "lines": wanted(*lines), **data})
    assert receipt.document is not None
    return receipt.document


def amounts(works: Company, document: int | None) -> list[tuple[Any, ...]]:
    """Quantity, net and tax of each line."""
    rows = works.ask("document_lines", document=document)
    return [(row["quantity"], row["net_amount"], row["tax_amount"]) for row in rows]


def why(works: Company, document: int | None) -> list[tuple[Any, ...]]:
    """The reasons of the lines."""
    rows = works.ask("line_price_reasons", document=document)
    return [(row["line"], row["kind"], row["promotion"], row["amount"]) for row in rows]


def used(works: Company) -> dict[str, tuple[int, Decimal]]:
    """How often each promotion was used and what it gave."""
    return {row["code"]: (row["use_count"], row["given_amount"]) for row in works.ask("promotions")}


def test_the_best_exclusive_one_or_all_combinable_ones_stand_on_each_line_and_the_beaten_are_told(
    works: Company,
) -> None:
    promotion(works, "TENTH", "percent_off", rate="0.1", combinable=True, rank=10)
    promotion(works, "EACH", "amount_off", unit_amount="0.5", family="RAW", combinable=True, rank=20)
    promotion(works, "FIFTH", "percent_off", rate="0.2", family="FG", minimum_quantity=3)
    promotion(works, "ALL", "order_percent_off", rate="0.0333", combinable=True, rank=5, minimum_amount="100")
    document = sold(works, ("PART", 7), ("GOOD", 4), ("GOOD", 2))
    # PART 35.00: -3.50 -3.50 -> 28.00; GOOD 80.00: a fifth gives 16.00 and beats 8.00 + 3.33 %; GOOD 40.00 - 4.00 -> 36.00.
    # 3.33 % of 28.00 + 36.00 = 2.13, of which 0.93 on the first.
    assert [row[1] for row in amounts(works, document)] == [D("27.07"), D("64.00"), D("34.80")]
    assert why(works, document) == [
        (1, "list_price", None, D(35)),
        (1, "promotion", "TENTH", D("3.5")),
        (1, "promotion", "EACH", D("3.5")),
        (1, "promotion", "ALL", D("0.93")),
        (2, "list_price", None, D(80)),
        (2, "promotion", "FIFTH", D(16)),
        (2, "beaten", "TENTH", D(8)),
        (2, "beaten", "ALL", D("2.66")),
        (3, "list_price", None, D(40)),
        (3, "promotion", "TENTH", D(4)),
        (3, "promotion", "ALL", D("1.20")),
    ]
    assert used(works) == {"ALL": (1, D("2.13")), "TENTH": (1, D("7.5")), "EACH": (1, D("3.5")), "FIFTH": (1, D(16))}
    typed = [{"item": "PART", "quantity": "7"}, {"item": "GOOD", "quantity": "4"}, {"item": "GOOD", "quantity": "2"}]
    shown = works.ask("sales_order_preview", party="CUS", on="2026-06-15", lines=typed)
    assert [row["net_amount"] for row in shown] == [D("27.07"), D("64.00"), D("34.80")]
    assert [entry["code"] for entry in shown[1]["beaten"]] == ["TENTH", "ALL"]
    works.assert_clean()


def test_a_price_or_discount_by_hand_wins(works: Company) -> None:
    promotion(works, "TENTH", "percent_off", rate="0.1")
    lines = [
        *wanted(("PART", 2), unit_price="4.5"),
        *wanted(("PART", 2), discount_rate="0.05"),
        *wanted(("PART", 2)),
    ]
    document = sold(works, lines=lines)
    assert [row[1] for row in amounts(works, document)] == [D(9), D("9.5"), D(9)]
    assert why(works, document)[:3] == [
        (1, "by_hand", None, D(9)),
        (2, "list_price", None, D(10)),
        (2, "discount_by_hand", None, D("0.5")),
    ]
    works.assert_clean()


def test_goods_are_given_with_what_is_bought_and_follow_it(works: Company) -> None:
    promotion(works, "SIX", "free_goods", item="PART", buy_quantity=5, free_quantity=1)
    promotion(works, "GIFT", "free_goods", item="GOOD", buy_quantity=2, free_quantity=3, free_item="PART")
    document = sold(works, ("PART", 11), ("GOOD", 2))
    assert amounts(works, document)[2:] == [(2, 0, 0), (3, 0, 0)]
    assert used(works) == {"GIFT": (1, D(15)), "SIX": (1, D(10))}

    def change(line: int, quantity: int) -> None:
        lines = [{"line": line, "quantity": quantity}]
        works.do("change_sales_order", order=document, reason="more or less", lines=lines)

    change(1, 15)
    change(2, 1)
    rows = works.ask("document_lines", document=document)
    assert [(row["quantity"], row["closed"]) for row in rows] == [(15, False), (1, False), (3, False), (0, True)]
    assert used(works) == {"GIFT": (0, D(0)), "SIX": (1, D(15))}
    change(2, 4)
    assert [row[0] for row in amounts(works, document)] == [15, 4, 3, 0, 6]
    works.do("change_sales_order", order=document, reason="no", lines=[{"line": 1, "cancel": True}])
    assert used(works) == {"GIFT": (1, D(30)), "SIX": (0, D(0))}
    works.assert_clean()


def test_a_change_looks_only_at_what_changes_and_waits_with_its_prices(works: Company) -> None:
    promotion(works, "MANY", "percent_off", rate="0.2", item="PART", minimum_quantity=10)
    document = sold(works, ("PART", 9), ("PART", 10))
    promotion(works, "MANY", "percent_off", rate="0.2", item="PART", minimum_quantity=10, active=False)
    promotion(works, "HALF", "percent_off", rate="0.5", item="GOOD")
    rule = {"command": "confirm_sales_order", "name": "all", "approver_role": "executive", "amount_above": "100"}
    works.do("put_approval_rule", **rule)
    more = {"lines": [{"line": 1, "quantity": 20}], "added": wanted(("GOOD", 2))}
    asked = works.submit("change_sales_order", order=document, reason="more", **more)
    assert asked.message_key == "receipt.change_waits"
    assert [row[1] for row in amounts(works, document)] == [D(45), D(40)]
    assert used(works) == {"HALF": (0, D(0)), "MANY": (1, D(10))}
    request = works.ask("approval_requests", document=document)[-1]["id"]
    works.submit("decide_approval", principal=BOSS, request=request, approve=True)
    assert [row[1] for row in amounts(works, document)] == [D(80), D(40), D(20)]
    assert used(works) == {"HALF": (1, D(20)), "MANY": (1, D(30))}
    works.do("cancel_sales_order", order=document)
    assert used(works) == {"HALF": (0, D(0)), "MANY": (0, D(0))}
    works.assert_clean()


def test_what_is_shipped_and_invoiced_keeps_its_price_when_the_rest_is_cancelled(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 50, "unit_cost": "1"}])
    promotion(works, "MANY", "percent_off", rate="0.3", minimum_quantity=9)
    document = sold(works, ("PART", 9))
    works.do("ship_goods", order=document, lines=[{"line": 1, "quantity": 4}])
    invoice = works.do("issue_customer_invoice", order=document).document
    works.do("change_sales_order", order=document, reason="enough", lines=[{"line": 1, "cancel": True}])
    assert amounts(works, document) == [(4, D(14), D("1.82"))]
    assert works.ask("document_by_id", document=invoice)[0]["total_amount"] == D("15.82")
    assert (used(works)["MANY"], why(works, document)[-1]) == ((1, D(6)), (1, "promotion", "MANY", D(6)))
    works.assert_clean()


def test_limits_hold_and_a_budget_is_never_passed(works: Company) -> None:
    works.do("put_party", code="TWO", name="Two", is_customer=True)
    promotion(works, "TWICE", "percent_off", rate="0.1", use_limit=2, customer_use_limit=1)
    promotion(works, "PURSE", "fixed_price", unit_amount="4", item="GOOD", budget_amount="40")
    first = sold(works, ("PART", 2))
    assert [row[1] for row in amounts(works, sold(works, ("PART", 2)))] == [D(10)]
    sold(works, ("PART", 2), customer="TWO")
    assert used(works)["TWICE"] == (2, D(2))
    works.do("cancel_sales_order", order=first)
    assert [row[1] for row in amounts(works, sold(works, ("PART", 2)))] == [D(9)]
    assert [row[1] for row in amounts(works, sold(works, ("GOOD", 2)))] == [D(8)]
    assert [row[1] for row in amounts(works, sold(works, ("GOOD", 1)))] == [D(20)]
    assert used(works)["PURSE"] == (1, D(32))
    low = {"code": "PURSE", "name": "Purse", "valid_from": "2026-01-01", "effect": "fixed_price", "unit_amount": "4"}
    assert works.refused("put_promotion", **low, budget_amount="31") == "limit_below_used"
    works.assert_clean()


def test_a_coupon_switches_its_promotion_on_and_is_used_once(works: Company) -> None:
    works.do("put_party", code="TWO", name="Two", is_customer=True)
    promotion(works, "CARD", "order_percent_off", rate="0.1", needs_coupon=True)
    works.do("put_coupon", code="ONE", promotion="CARD", use_limit=1)
    works.do("put_coupon", code="EACH", promotion="CARD", once_per_customer=True)
    new = {"customer": "CUS", "reserve": False, "lines": wanted(("PART", 2))}
    assert works.refused("create_sales_order", **new, coupons=["NONE"]) == "coupon_unknown"
    assert [row[1] for row in amounts(works, sold(works, ("PART", 2)))] == [D(10)]
    by_hand = {**new, "lines": wanted(("PART", 2), unit_price="5")}
    assert works.refused("create_sales_order", **by_hand, coupons=["ONE"]) == "coupon_without_effect"
    document = sold(works, ("PART", 2), coupons=["ONE"])
    assert [row[1] for row in amounts(works, document)] == [D(9)]
    assert works.refused("create_sales_order", **new, coupons=["ONE"]) == "coupon_used_up"
    works.do("cancel_sales_order", order=document)
    sold(works, ("PART", 2), coupons=["ONE"], customer="TWO")
    sold(works, ("PART", 2), coupons=["EACH"])
    assert works.refused("create_sales_order", **new, coupons=["EACH"]) == "coupon_used_by_customer"
    assert {row["code"]: row["use_count"] for row in works.ask("coupons")} == {"EACH": 1, "ONE": 1}
    assert used(works)["CARD"] == (2, D(2))
    works.assert_clean()


def test_a_quotation_keeps_its_prices_and_reasons_and_its_orders_draw_on_the_promotion(works: Company) -> None:
    promotion(works, "THIRD", "percent_off", rate="0.3333", combinable=True, use_limit=1)
    promotion(works, "SIX", "free_goods", combinable=True, buy_quantity=5, free_quantity=1)
    quoted = works.do("create_quotation", customer="CUS", lines=wanted(("PART", 10))).document
    assert used(works) == {"SIX": (0, D(0)), "THIRD": (0, D(0))}
    assert amounts(works, quoted) == [(10, D("33.33"), D("4.33")), (2, 0, 0)]
    promotion(works, "THIRD", "percent_off", rate="0.5", combinable=True, use_limit=1, active=False)
    part = works.do("accept_quotation", quotation=quoted, reserve=False, lines=[{"line": 1, "quantity": 3}]).document
    assert why(works, part) == [(1, "list_price", None, D(15)), (1, "promotion", "THIRD", D("5"))]
    assert works.refused("accept_quotation", quotation=quoted, reserve=False) == "promotion_used_up"
    works.do("cancel_sales_order", order=part)
    whole = works.do("accept_quotation", quotation=quoted, reserve=False).document
    assert amounts(works, whole) == amounts(works, quoted)
    assert why(works, whole) == why(works, quoted)
    assert used(works) == {"SIX": (1, D(10)), "THIRD": (1, D("16.67"))}
    works.assert_clean()


def test_prices_that_include_tax_come_to_exactly_what_the_list_says(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 50, "unit_cost": "1"}])
    listed = [{"item": "PART", "unit_price": "9.99", "valid_from": "2026-01-01"}]
    works.do("put_price_list", code="SHELF", name="Shelf", currency="CNY", tax_included=True, lines=listed)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, payment_term="NET30", price_list="SHELF")
    document = sold(works, ("PART", 3))
    assert amounts(works, document) == [(3, D("26.52"), D("3.45"))]
    promotion(works, "TENTH", "percent_off", rate="0.1")
    cheaper = sold(works, ("PART", 3))
    # 29.97 - 3.00 = 26.97 with tax; 23.87 without.
    assert amounts(works, cheaper) == [(3, D("23.87"), D("3.10"))]
    assert why(works, cheaper) == [(1, "price_list", None, D("26.52")), (1, "promotion", "TENTH", D("2.65"))]
    for quantity in (1, 2):
        works.do("ship_goods", order=document, lines=[{"line": 1, "quantity": quantity}])
        works.do("issue_customer_invoice", order=document)
    invoices = works.ask("customer_invoices")
    assert sum(row["total_amount"] for row in invoices) == D("29.97")
    works.assert_clean()


def test_what_promotions_gave_and_what_one_would_have_cost(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 50, "unit_cost": "1"}])
    sold(works, ("PART", 10))
    sold(works, ("PART", 10), lines=wanted(("PART", 10), unit_price="4"))
    idea = {"code": "IDEA", "name": "Idea", "valid_from": "2026-08-01", "effect": "percent_off", "rate": "0.2"}
    (tried,) = works.ask("promotion_trial", until="2026-06-30", promotion=idea)
    assert (tried["tried_count"], tried["order_count"], tried["given_amount"]) == (2, 1, D(10))
    assert [row["given_amount"] for row in tried["orders"]] == [D(10)]
    works.do("put_promotion", **{**idea, "valid_from": "2026-06-01"}, active=True)
    sold(works, ("PART", 10))
    (result,) = works.ask("promotion_results", since="2026-06-01")
    assert (result["order_count"], result["line_count"], result["given_amount"]) == (1, 1, D(10))
    assert (result["net_amount"], result["margin"]) == (D(40), D("0.75"))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"rate": None}, "promotion_lacks"),
        ({"unit_amount": "3"}, "promotion_strange"),
        ({"valid_to": "2025-12-31"}, "promotion_ends_before"),
        ({"budget_amount": "1.001"}, "amount_minor_unit"),
        ({"item": "NONE"}, "code_unknown"),
        ({"effect": "amount_off", "rate": None, "unit_amount": "1"}, "promotion_effect_fixed"),
    ],
)
def test_what_makes_no_promotion_is_refused(works: Company, changed: dict[str, Any], refusal: str) -> None:
    base = {"code": "P", "name": "P", "valid_from": "2026-01-01", "effect": "percent_off", "rate": "0.1"}
    works.do("put_promotion", **base)
    assert works.refused("put_promotion", **{**base, **changed}) == refusal
    assert works.refused("put_coupon", code="C", promotion="P") == "coupon_not_needed"


def test_two_orders_at_once_never_pass_a_limit(works: Company) -> None:
    promotion(works, "LAST", "percent_off", rate="0.5", needs_coupon=True, use_limit=5)
    works.do("put_coupon", code="ONE", promotion="LAST", use_limit=1)
    gate, answers = threading.Barrier(2), list[str]()

    def order() -> None:
        gate.wait()
        data = {"customer": "CUS", "reserve": False, "lines": wanted(("PART", 2)), "coupons": ["ONE"]}
        answers.append(works.submit("create_sales_order", **data).message_key)

    threads = [threading.Thread(target=order) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["receipt.created_document", "refusal.coupon_used_up"]
    assert used(works)["LAST"] == (1, D(5))
    works.assert_clean()
