"""A bill that differs from its receipt changes what is still there of that receipt, and the rest is a variance; worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.company import Company

D = Decimal


@pytest.fixture
def layered(works: Company) -> Company:
    """A company with an item X that is valued first in, first out."""
    return with_item(works, "fifo")


def with_item(works: Company, method: str) -> Company:
    """Give a company the item X."""
    works.do("put_item_category", code="X", name="X", valuation_method=method, inventory_role="inventory_raw")
    works.do("put_item", code="X", name="X", category="X", unit="EA", tax_code="VAT13")
    return works


def ordered(works: Company, quantity: int, price: int) -> int:
    """A purchase order of X."""
    lines = [{"item": "X", "quantity": quantity, "unit_price": price}]
    document = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    assert document is not None
    return document


def bought(works: Company, quantity: int, price: int) -> int:
    """A purchase order of X that has come."""
    order = ordered(works, quantity, price)
    works.do("receive_goods", order=order)
    return order


def billed(works: Company, order: int, quantity: int, price: int) -> int | None:
    """The bill of a part of an order at a price."""
    return works.do(
        "book_supplier_bill", order=order, lines=[{"line": 1, "quantity": quantity, "unit_price": price}]
    ).document


def sold(works: Company, quantity: int) -> int | None:
    """The shipment of some X."""
    lines = [{"item": "X", "quantity": quantity, "unit_price": "50"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    return works.do("ship_goods", order=order).document


def layers(works: Company) -> list[tuple[Decimal, Decimal]]:
    """Quantity and value of each layer, in the order in which they came."""
    return [(row["remaining_quantity"], row["remaining_value"]) for row in works.ask_table("cost_layer")]


def balance(works: Company, role: str) -> Decimal:
    """The balance of a role's account, debit positive."""
    account = next(row["account_id"] for row in works.ask_table("account_role") if row["role"] == role)
    return sum((r["debit"] - r["credit"] for r in works.ask_table("journal_line") if r["account_id"] == account), D(0))


def test_a_late_price_belongs_to_the_layer_of_its_receipt(layered: Company) -> None:
    first = bought(layered, 10, 10)
    bought(layered, 10, 20)
    sold(layered, 4)
    billed(layered, first, 10, 12)
    assert layers(layered) == [(6, 72), (10, 200)]
    assert balance(layered, "purchase_price_variance") == 8
    layered.assert_clean()


def test_a_price_that_falls_leaves_other_layers_alone_and_none_below_nothing(layered: Company) -> None:
    dear = bought(layered, 10, 10)
    bought(layered, 10, 1)
    billed(layered, dear, 10, 2)
    assert layers(layered) == [(10, 20), (10, 10)]
    sold(layered, 20)
    assert balance(layered, "cost_of_sales") == 30
    assert balance(layered, "purchase_price_variance") == 0
    layered.assert_clean()


def test_the_price_of_goods_that_are_gone_is_a_variance(layered: Company) -> None:
    first = bought(layered, 10, 10)
    sold(layered, 10)
    bought(layered, 10, 20)
    billed(layered, first, 10, 13)
    assert layers(layered) == [(0, 0), (10, 200)]
    assert balance(layered, "purchase_price_variance") == 30
    layered.assert_clean()


@pytest.mark.parametrize("method", ["fifo", "moving_average"])
def test_billing_in_parts_comes_to_the_same_as_billing_at_once(works: Company, method: str) -> None:
    with_item(works, method)
    order = bought(works, 10, 10)
    sold(works, 5)
    billed(works, order, 4, 12)
    billed(works, order, 6, 12)
    assert [row["value"] for row in works.ask_table("item_value")] == [60]
    assert balance(works, "purchase_price_variance") == 10
    works.assert_clean()


def test_one_bill_over_two_receipts_gives_each_layer_its_own_part(layered: Company) -> None:
    order = ordered(layered, 10, 10)
    for quantity in (4, 6):
        layered.do("receive_goods", order=order, lines=[{"line": 1, "quantity": quantity}])
    sold(layered, 4)
    billed(layered, order, 10, 12)
    assert layers(layered) == [(0, 0), (6, 72)]
    assert balance(layered, "purchase_price_variance") == 8
    layered.assert_clean()


@pytest.mark.parametrize(("price", "variance"), [(12, -6), (9, 3)])
def test_a_bill_taken_back_leaves_its_layer_at_the_receipts_price(layered: Company, price: int, variance: int) -> None:
    order = bought(layered, 10, 10)
    sold(layered, 4)
    bill = billed(layered, order, 10, price)
    sold(layered, 3)
    layered.do("reverse_document", document=bill, reason="wrong price")
    assert layers(layered) == [(3, 30)]
    assert balance(layered, "purchase_price_variance") == variance
    layered.assert_clean()


@pytest.mark.parametrize("method", ["fifo", "moving_average"])
def test_a_bill_can_be_taken_back_when_all_its_goods_are_gone(works: Company, method: str) -> None:
    with_item(works, method)
    order = bought(works, 10, 10)
    bill = billed(works, order, 10, 12)
    sold(works, 10)
    works.do("reverse_document", document=bill, reason="wrong price")
    assert balance(works, "cost_of_sales") == 120
    assert balance(works, "purchase_price_variance") == -20
    works.assert_clean()


def test_a_receipt_taken_back_takes_its_own_layer(layered: Company) -> None:
    bought(layered, 10, 10)
    order = ordered(layered, 10, 20)
    receipt = layered.do("receive_goods", order=order).document
    layered.do("reverse_document", document=receipt, reason="wrong goods")
    assert layers(layered) == [(10, 100), (0, 0)]
    layered.assert_clean()
