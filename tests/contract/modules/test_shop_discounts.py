"""Discounts of web shops on both databases: codes and rules stand beside the order, change no price, and say what they sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import Company
from tests.makers import stocked
from tests.shop_case import open_shop, shopify_order, told, woo_order

D = Decimal
LATER = "2026-06-15T11:00:00+08:00"


@pytest.fixture
def shop(works: Company) -> Company:
    """A company with goods in store and a Shopify shop."""
    stocked(works)
    stocked(works, "GOOD", 20)
    open_shop(works)
    return works


def discounted(number: int = 1, code: str = "SPRING", **more: Any) -> dict[str, Any]:
    """20.00 of parts less 2.00 by a code, 30.00 of goods less 3.00 by it and 1.00 by a rule, post 5.00 free by another code."""
    order = shopify_order(number, [("PART", 2, "10.00"), ("GOOD", 3, "10.00")], rate="0", **more)
    part, good = order["line_items"]
    part["discount_allocations"] = [{"amount": "2.00", "discount_application_index": 0}]
    good["discount_allocations"] = [
        {"amount": "3.00", "discount_application_index": 0}, {"amount": "1.00", "discount_application_index": 1}]  # fmt: skip
    (post,) = order["shipping_lines"]
    post["discount_allocations"] = [{"amount": "5.00", "discount_application_index": 2}]
    order["discount_applications"] = [
        {"type": "discount_code", "code": code, "title": code},
        {"type": "automatic", "title": "Three for less"},
        {"type": "discount_code", "code": "POSTFREE", "target_type": "shipping_line"},
    ]
    order["discount_codes"] = [{"code": code, "amount": "5.00"}, {"code": "POSTFREE", "amount": "5.00"}]
    return order | {"total_discounts": "11.00", "total_price": "44.00"}


def told_of(works: Company, order: int) -> list[tuple[Any, ...]]:
    rows = works.ask("shop_discounts", document=order)
    return [(row["line"], row["kind"], row["code"], row["title"], row["amount"]) for row in rows]


def test_codes_and_rules_stand_beside_the_line_that_they_made_cheaper_and_change_no_price(shop: Company) -> None:
    message = told(shop, discounted())
    order = message["document_id"]
    assert told_of(shop, order) == [
        (None, "code", "POSTFREE", "", D("5.00")),
        (1, "code", "SPRING", "SPRING", D("2.00")),
        (2, "code", "SPRING", "SPRING", D("3.00")),
        (2, "rule", "", "Three for less", D("1.00")),
    ]
    assert [row["net_amount"] for row in shop.ask("document_lines", document=order)] == [D("18.00"), D("26.00")]
    assert shop.ask("document_by_id", document=order)[0]["total_amount"] == D("44.00")
    changed = discounted(code="SUMMER", updated=LATER)
    assert told(shop, changed)["state"] == "booked"
    assert [row[2] for row in told_of(shop, order)] == ["POSTFREE", "SUMMER", "SUMMER", ""]
    assert shop.ask("order_changes", document=order) == []
    again = discounted(code="SUMMER", updated="2026-06-15T12:00:00+08:00", note="ring")
    told(shop, again)
    kept = shop.ask_table("shop_discount")
    assert (len(kept), sum(row["in_force"] for row in kept)) == (6, 4)
    shop.assert_clean()


def test_what_a_code_sold_counts_orders_that_stand_in_the_currency_of_the_books(shop: Company) -> None:
    shop.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-06-01", rate="7.1")
    told(shop, discounted(1))
    told(shop, discounted(2, "spring", currency="USD"))
    told(shop, discounted(3))
    told(shop, discounted(3, updated=LATER, cancelled_at=LATER))
    open_shop(shop, "WOO", "woocommerce")
    woo = woo_order(4, [("PART", 1, "9.00")], rate="0", shipping="0")
    woo["line_items"][0]["subtotal"] = "10.00"
    woo["coupon_lines"] = [{"id": 1, "code": "wool &amp; tea", "discount": "1", "discount_tax": "0"}]
    told(shop, woo, "order.created", shop="WOO")
    found = {(row["shop"], row["code"] or row["title"]): row for row in shop.ask("shop_code_results")}
    shown = {key: (row["order_count"], row["given_amount"], row["net_amount"]) for key, row in found.items()}
    both = D("44.00") + D("312.40")
    assert shown == {
        ("TEA", "SPRING"): (2, D("5.00") + D("35.50"), both),
        ("TEA", "POSTFREE"): (2, D("5.00") + D("35.50"), both),
        ("TEA", "Three for less"): (2, D("1.00") + D("7.10"), both),
        ("WOO", "wool & tea"): (1, D("1.00"), D("9.00")),
    }
    assert [row["shop"] for row in shop.ask("shop_code_results", shop="WOO")] == ["WOO"]
    assert shop.ask("shop_code_results", until="2026-06-01") == []
    stranger = Principal(9, "x", "X", permissions=frozenset({"documents.read"}))
    order = shop.ask("sales_orders")[0]["id"]
    assert shop.gateway.query("shop_discounts", {"document": order}, principal=stranger) == []
    shop.assert_clean()


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"discount_codes": [{"code": "OLD", "amount": "2.50", "type": "percentage"}]}, [("OLD", D("2.50"))]),
        ({"discount_codes": [{"code": "", "amount": "1"}], "discount_applications": []}, []),
        ({"discount_applications": [{"type": "discount_code", "code": "LONE"}]}, [("LONE", D(0))]),
        ({"discount_codes": [{"code": "<b>x</b>'; drop table item", "amount": "1"}]}, [("<b>x</b>'; drop table item", D(1))]),
        ({"discount_codes": [{"code": "X", "amount": "-1"}]}, "field_invalid"),
        ({"discount_codes": {"code": "X"}}, "field_invalid"),
        ({"discount_codes": [{"code": ["X"], "amount": "1"}]}, "field_invalid"),
        ({"discount_applications": [{"code": "X"}] * 201}, "too_many_lines"),
        ({"discount_codes": [{"code": "X", "amount": "1e30"}]}, "number_out_of_range"),
    ],
)  # fmt: skip
def test_what_a_shop_says_of_codes_is_kept_or_waits_with_its_reason(
    shop: Company, said: dict[str, Any], codes: list[tuple[str, Decimal]] | str
) -> None:
    message = told(shop, shopify_order(1, **said))
    if isinstance(codes, str):
        assert (message["state"], message["reason"]) == ("quarantined", codes)
        return
    assert message["state"] == "booked"
    assert [(row[2], row[4]) for row in told_of(shop, message["document_id"])] == codes
    shop.assert_clean()
