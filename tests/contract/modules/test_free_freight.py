"""Free freight: which promotion stands on it, its limits, changes that lose and regain it, other currencies, and what is refused."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.contract.modules.test_promotions import BOSS, amounts, promotion, sold, used, wanted, why

D = Decimal
FREIGHT = {"description": "Freight", "amount": "30", "freight": True}
PACKING = {"description": "Packing", "amount": "5"}


def freed(works: Company, code: str, **data: Any) -> None:
    """A promotion of free freight that takes effect."""
    promotion(works, code, "free_freight", **data)


def charged(works: Company, document: int | None) -> list[Decimal]:
    """The net of the charges of an order."""
    return [row["net_amount"] for row in works.ask("document_lines", document=document) if row["kind"] == "charge"]


def change(works: Company, order: int, line: int, **what: Any) -> Any:
    """The receipt of a change of one line."""
    return works.submit("change_sales_order", order=order, reason="so", lines=[{"line": line, **what}])


def test_only_freight_is_freed_beside_what_stands_on_the_goods_and_the_lower_rank_wins(works: Company) -> None:
    promotion(works, "TENTH", "percent_off", rate="0.1")
    promotion(works, "WHOLE", "order_percent_off", rate="0.02", item="GOOD")
    freed(works, "LATER", rank=20)
    freed(works, "FIRST", rank=10, combinable=True, minimum_amount="50")
    freed(works, "ALSO", rank=15, combinable=True)
    order = sold(works, ("PART", 10), charges=[PACKING, FREIGHT, {**FREIGHT, "amount": "7.005"}])
    assert charged(works, order) == [D(5), D(0), D(0)]
    assert why(works, order) == [
        (1, "list_price", None, D(50)),
        (1, "promotion", "TENTH", D(5)),
        (3, "freight", None, D(30)),
        (3, "promotion", "FIRST", D(30)),
        (3, "beaten", "LATER", D(30)),
        (4, "freight", None, D("7.01")),
        (4, "promotion", "FIRST", D("7.01")),
        (4, "beaten", "LATER", D("7.01")),
    ]
    assert used(works)["FIRST"] == (1, D("37.01"))
    unmarked = sold(works, ("PART", 10), charges=[{"description": "Freight", "amount": "30"}])
    assert charged(works, unmarked) == [D(30)]
    works.do("cancel_sales_order", order=order)
    assert used(works)["FIRST"] == (0, D(0))
    works.assert_clean()


def test_changes_at_once_never_pass_a_limit_and_all_are_carried_out(works: Company) -> None:
    promotion(works, "TENTH", "percent_off", rate="0.1", combinable=True)
    freed(works, "ONCE", minimum_amount="50", use_limit=2, combinable=True)
    orders = [sold(works, ("PART", 4), charges=[FREIGHT]) for _ in range(4)]
    gate, answers = threading.Barrier(len(orders)), list[str]()

    def grow(order: int) -> None:
        gate.wait()
        for quantity in (20, 4, 20):
            answers.append(change(works, order, 1, quantity=quantity).status)

    threads = [threading.Thread(target=grow, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["done"] * 12
    charges = sorted(charged(works, order)[0] for order in orders)
    assert charges == [D(0), D(0), D(30), D(30)]
    assert used(works)["ONCE"] == (2, D(60))
    works.assert_clean()


def test_one_line_of_goods_alone_meets_what_is_asked_of_lines_also_at_a_price_by_hand(works: Company) -> None:
    freed(works, "PARTS", item="PART", minimum_quantity=10, customer_class="GOLD", channel="phone", region="31")
    asked = {"charges": [FREIGHT], "channel": "phone", "region": "3101"}
    assert charged(works, sold(works, ("PART", 10), **asked)) == [D(30)]
    works.do("put_party", code="CUS", name="Customer", is_customer=True, customer_class="GOLD")
    assert charged(works, sold(works, ("PART", 5), ("PART", 5), ("GOOD", 10), **asked)) == [D(30)]
    assert charged(works, sold(works, ("PART", 10), **{**asked, "region": "4401"})) == [D(30)]
    by_hand = sold(works, lines=wanted(("PART", 10), unit_price="1"), **asked)
    assert charged(works, by_hand) == [D(0)]
    change(works, by_hand, 1, quantity=9)
    assert charged(works, by_hand) == [D(30)]
    works.assert_clean()


def test_limits_hold_and_a_budget_that_would_be_passed_frees_nothing(works: Company) -> None:
    freed(works, "PURSE", budget_amount="70", rank=1)
    freed(works, "TWICE", use_limit=2, customer_use_limit=1, rank=2)
    asked = {"charges": [FREIGHT]}
    orders = [sold(works, ("PART", 1), **asked) for _ in range(4)]
    assert [charged(works, order)[0] for order in orders] == [D(0), D(0), D(0), D(30)]
    assert used(works) == {"PURSE": (2, D(60)), "TWICE": (1, D(30))}
    change(works, orders[0], 2, unit_price="41")  # With the 30 of the second order it would pass the 70.
    assert charged(works, orders[0]) == [D(41)]
    assert used(works) == {"PURSE": (1, D(30)), "TWICE": (1, D(30))}
    works.assert_clean()


def test_a_coupon_frees_freight_and_is_free_for_others_while_its_order_does_not_get_it(works: Company) -> None:
    works.do("put_party", code="TWO", name="Two", is_customer=True)
    freed(works, "CARD", needs_coupon=True, minimum_amount="50")
    works.do("put_coupon", code="ONE", promotion="CARD", use_limit=1)
    asked = {"charges": [FREIGHT], "coupons": ["ONE"]}
    new = {"customer": "CUS", "reserve": False, "coupons": ["ONE"]}
    assert works.refused("create_sales_order", **new, lines=wanted(("PART", 10))) == "coupon_without_effect"
    few = {**new, "lines": wanted(("PART", 9)), "charges": [FREIGHT]}
    assert works.refused("create_sales_order", **few) == "coupon_without_effect"
    order = sold(works, ("PART", 10), **asked)
    assert charged(works, order) == [D(0)]
    change(works, order, 1, quantity=9)
    assert (charged(works, order), used(works)["CARD"]) == ([D(30)], (0, D(0)))
    change(works, order, 1, quantity=11)
    assert (charged(works, order), used(works)["CARD"]) == ([D(0)], (1, D(30)))
    change(works, order, 1, quantity=8)
    other = sold(works, ("PART", 10), customer="TWO", **asked)
    change(works, order, 1, quantity=12)
    assert (charged(works, order), charged(works, other)) == ([D(30)], [D(0)])
    assert [row["use_count"] for row in works.ask("coupons")] == [1]
    works.assert_clean()


def test_what_others_take_off_the_goods_does_not_cost_an_order_its_free_freight(works: Company) -> None:
    promotion(works, "HALF", "percent_off", rate="0.5")
    freed(works, "FROM", minimum_amount="100")
    order = sold(works, ("PART", 10), ("GOOD", 3), charges=[FREIGHT])  # 50 and 60 before promotions, 55 after them.
    assert charged(works, order) == [D(0)]
    change(works, order, 1, quantity=9)
    assert charged(works, order) == [D(0)]
    change(works, order, 1, quantity=7)
    assert charged(works, order) == [D(30)]
    works.do("change_sales_order", order=order, reason="more", added=wanted(("GOOD", 1)))
    assert charged(works, order) == [D(0)]
    works.assert_clean()


def test_a_change_that_waits_frees_no_freight_until_it_is_approved(works: Company) -> None:
    freed(works, "FROM", minimum_amount="50")
    order = sold(works, ("PART", 5), charges=[FREIGHT])
    rule = {"command": "confirm_sales_order", "name": "all", "approver_role": "executive", "amount_above": "100"}
    works.do("put_approval_rule", **rule)
    assert change(works, order, 1, quantity=60).message_key == "receipt.change_waits"
    assert (charged(works, order), used(works)["FROM"]) == ([D(30)], (0, D(0)))
    request = works.ask("approval_requests", document=order)[-1]["id"]
    works.submit("decide_approval", principal=BOSS, request=request, approve=True)
    assert (charged(works, order), used(works)["FROM"]) == ([D(0)], (1, D(30)))
    freed(works, "FROM", minimum_amount="50", active=False)
    change(works, order, 1, quantity=40)
    assert charged(works, order) == [D(0)]
    works.assert_clean()


def test_freight_that_is_cancelled_or_discounted_by_hand_says_what_it_was_asked_at(works: Company) -> None:
    freed(works, "FROM", minimum_amount="50")
    order = sold(works, ("PART", 10), charges=[FREIGHT])
    change(works, order, 2, discount_rate="0.1")
    assert why(works, order)[1:] == [
        (2, "freight", None, D(30)),
        (2, "discount_by_hand", None, D(3)),
        (2, "promotion", "FROM", D(27)),
    ]
    change(works, order, 1, quantity=4)
    assert charged(works, order) == [D(27)]
    change(works, order, 1, quantity=10)
    change(works, order, 2, cancel=True)
    assert (charged(works, order), used(works)["FROM"]) == ([D(0)], (0, D(0)))
    change(works, order, 1, quantity=12)
    assert used(works)["FROM"] == (0, D(0))
    works.assert_clean()


def test_freight_that_is_invoiced_stays_as_it_was_charged(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 50, "unit_cost": "1"}])
    freed(works, "FROM", minimum_amount="50")
    order = sold(works, ("PART", 10), charges=[FREIGHT])
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 4}])
    works.do("issue_customer_invoice", order=order)
    works.do("change_sales_order", order=order, reason="enough", lines=[{"line": 1, "cancel": True}])
    assert (charged(works, order), used(works)["FROM"]) == ([D(0)], (1, D(30)))
    assert works.ask("document_by_id", document=order)[0]["state"] == "closed"
    works.assert_clean()


def test_in_dollars_the_least_amount_is_judged_and_what_is_forgone_counted_at_the_rate_of_the_order(
    works: Company,
) -> None:
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-01-01", rate="7.1234")
    freed(works, "FROM", minimum_amount="640")
    data = {"currency": "USD", "charges": [PACKING, FREIGHT]}
    order = sold(works, lines=wanted(("PART", 9), unit_price="10"), **data)  # 641.11 in the books.
    said = works.ask("document_lines", document=order)
    assert [row["net_amount"] for row in said] == [D(90), D(5), D(0)]
    assert used(works) == {"FROM": (1, D("213.70"))}
    works.assert_clean()
    change(works, order, 1, unit_price="9.9")
    assert [row["net_amount"] for row in works.ask("document_lines", document=order)] == [D("89.10"), D(5), D(30)]
    assert used(works) == {"FROM": (0, D(0))}
    typed = {"party": "CUS", "currency": "USD", "on": "2026-06-15", "freight": "30"}
    shown = works.ask("sales_order_preview", **typed, lines=[{"item": "PART", "quantity": "9", "unit_price": "10"}])
    assert [(row["kind"], row["net_amount"]) for row in shown] == [("item", D(90)), ("charge", D(0))]
    assert shown[1]["promotions"][0]["amount"] == D(30)
    quoted = works.do("create_quotation", customer="CUS", currency="USD", lines=wanted(("PART", 18), unit_price="10"))
    part = [{"line": 1, "quantity": 9}] * 2
    works.do("accept_quotation", quotation=quoted.document, reserve=False, lines=part, charges=[FREIGHT])
    assert used(works) == {"FROM": (1, D("213.70"))}
    (result,) = works.ask("promotion_results")
    assert (result["order_count"], result["line_count"], result["given_amount"]) == (1, 1, D("213.70"))
    works.assert_clean()


@pytest.mark.parametrize(
    ("figures", "refusal"),
    [({"rate": "0.5"}, "promotion_strange"), ({"unit_amount": "3"}, "promotion_strange")],
)
def test_free_freight_takes_no_figures(works: Company, figures: dict[str, str], refusal: str) -> None:
    free = {"code": "F", "name": "Free", "valid_from": "2026-01-01", "effect": "free_freight"}
    assert works.refused("put_promotion", **free, **figures) == refusal
    works.do("put_promotion", **free)
    other = {**free, "effect": "percent_off", "rate": "0.1"}
    assert works.refused("put_promotion", **other) == "promotion_effect_fixed"


def test_only_what_is_left_of_a_quoted_line_is_ordered_in_all_its_parts(works: Company) -> None:
    quoted = works.do("create_quotation", customer="CUS", lines=wanted(("PART", 10))).document
    lines = [{"line": 1, "quantity": 6}, {"line": 1, "quantity": 5}]
    assert works.refused("accept_quotation", quotation=quoted, reserve=False, lines=lines) == "more_than_quoted"
    order = works.do(
        "accept_quotation", quotation=quoted, reserve=False, lines=[*lines[:1], {"line": 1, "quantity": 4}]
    )
    assert [row[:2] for row in amounts(works, order.document)] == [(6, D(30)), (4, D(20))]
    works.assert_clean()
