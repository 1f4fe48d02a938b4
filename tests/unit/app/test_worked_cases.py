"""The worked cases of valuation and of the general ledger, played through commands; the files lie beside this page.

Left out: VAL-11 and VAL-12 (landed cost is expensed to freight in), VAL-22 for the average item (the product puts a price difference
into the stock that is still there; that page's case expenses it), GL-07 (payroll is not part of this round).
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company

_HERE = Path(__file__).parent
CASES: dict[str, Any] = {
    case["id"]: case
    for name in ("valuation", "gl")
    for case in json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))["cases"]
}
D = Decimal


def item(works: Company, method: str, **values: Any) -> None:
    """An item of a method, called X."""
    works.do("put_item_category", code="X", name="X", valuation_method=method, inventory_role="inventory_raw")
    works.do("put_item", code="X", name="X", category="X", unit="EA", tax_code="VAT13", **values)


def buy(works: Company, quantity: int, price: Any, **when: Any) -> int:
    """Receive goods and return the receipt."""
    lines = [{"item": "X", "quantity": quantity, "unit_price": str(price)}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    document = works.do("receive_goods", order=order, **when).document
    assert document is not None
    return document


def sell(works: Company, quantity: int, **when: Any) -> int:
    """Ship goods and return the shipment."""
    lines = [{"item": "X", "quantity": quantity, "unit_price": "50"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    document = works.do("ship_goods", order=order, **when).document
    assert document is not None
    return document


def held(works: Company) -> tuple[Decimal, Decimal]:
    """Quantity and value of X."""
    known = next(row["id"] for row in works.ask_table("item") if row["code"] == "X")
    row = next(row for row in works.ask_table("item_value") if row["item_id"] == known)
    return row["quantity"], row["value"]


def balances(works: Company) -> dict[str, Decimal]:
    """Balance of each account that was posted to, by code."""
    codes = {row["id"]: row["code"] for row in works.ask_table("account")}
    found: dict[str, Decimal] = {}
    for row in works.ask_table("journal_line"):
        code = codes[row["account_id"]]
        found[code] = found.get(code, D(0)) + row["debit"] - row["credit"]
    return found


@pytest.mark.parametrize("case", ["VAL-01", "VAL-02"])
def test_first_in_first_out_takes_the_oldest_layers(small_works: Company, case: str) -> None:
    item(small_works, "fifo")
    for row in CASES[case]["expected"]["rows"]:
        kind, quantity, *price = row["move"]
        buy(small_works, quantity, price[0]) if kind == "in" else sell(small_works, quantity)
        assert held(small_works) == (D(str(row["qty"])), D(str(row["value"])))
        layers = [
            [float(r["remaining_quantity"]), float(r["remaining_value"] / r["remaining_quantity"])]
            for r in small_works.ask_table("cost_layer")
            if r["remaining_quantity"] > 0
        ]
        assert layers == row["layers"]
    small_works.assert_clean()


def test_what_a_customer_returns_comes_back_at_the_cost_it_left_at(small_works: Company) -> None:
    item(small_works, "moving_average")
    expected = CASES["VAL-16"]["expected"]
    first = buy(small_works, 1, 10)
    buy(small_works, 1, 20)
    shipment = sell(small_works, 1)
    small_works.do("reverse_document", document=shipment, reason="returned")
    assert held(small_works) == (D(expected["a"]["qty"]), D(expected["a"]["value"]))
    sell(small_works, 1)
    small_works.do("reverse_document", document=first, reason="returned to the supplier")
    assert held(small_works) == (D(expected["b"]["qty"]), D(expected["b"]["value"]))
    small_works.assert_clean()


def test_returns_under_first_in_first_out_find_their_own_layer(small_works: Company) -> None:
    item(small_works, "fifo")
    expected = CASES["VAL-17"]["expected"]
    buy(small_works, 10, 10)
    shipment = sell(small_works, 10)
    buy(small_works, 10, 20)
    small_works.do("reverse_document", document=shipment, reason="returned")
    assert held(small_works) == (D(expected["a"]["qty"]), D(expected["a"]["value"]))
    small_works.assert_clean()


def test_an_issue_takes_the_cost_in_force_when_it_is_recorded(small_works: Company) -> None:
    """VAL-21 played in recorded order: what has not been recorded yet costs nothing yet."""
    item(small_works, "moving_average")
    expected = CASES["VAL-21"]["expected"]
    for day, price in (("2026-06-14", 10), ("2026-06-15", 20)):
        buy(small_works, 1, price, posted_on=day)
    sell(small_works, 1, posted_on="2026-06-15")
    assert held(small_works)[1] == D(30 + expected["issue_today"])
    buy(small_works, 1, 30, posted_on="2026-06-16")
    sell(small_works, 2, posted_on="2026-06-17")
    assert held(small_works)[1] == D(expected["final_value"])
    small_works.assert_clean()


def test_at_standard_cost_every_price_difference_is_a_variance(small_works: Company) -> None:
    given = CASES["VAL-22"]["inputs"]["products"]["S"]
    item(small_works, "standard", standard_cost=str(given["cost"]))
    lines = [{"item": "X", "quantity": given["received"], "unit_price": str(given["po_price"])}]
    order = small_works.do("create_purchase_order", supplier="SUP", lines=lines).document
    small_works.do("receive_goods", order=order)
    bill = [{"line": 1, "quantity": given["received"], "unit_price": str(given["invoice_price"])}]
    small_works.do("book_supplier_bill", order=order, lines=bill)
    sell(small_works, given["sold"])
    after = balances(small_works)
    assert held(small_works) == (D(2), D(10))
    assert after["220202"] == 0
    assert after["640101"] == D(given["sold"] * given["cost"])
    assert sum(after.values()) == 0
    small_works.assert_clean()


def test_a_purchase_and_a_sale_with_tax_post_as_the_chinese_books_do(small_works: Company) -> None:
    item(small_works, "moving_average")
    order = small_works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "X", "quantity": 100, "unit_price": "100"}]
    ).document
    small_works.do("receive_goods", order=order)
    small_works.do("book_supplier_bill", order=order)
    wanted = {row["account"]: D(row["amount"]) for row in CASES["GL-01"]["expected"]["entry"]}
    after = balances(small_works)
    assert after["1403"] == wanted["1403"]
    assert after["22210101"] == wanted["22210101"]
    assert -after["220201"] == wanted["2202"]
    small_works.assert_clean()


def test_tax_is_rounded_line_by_line(small_works: Company) -> None:
    item(small_works, "moving_average")
    given, expected = CASES["GL-06"]["inputs"], CASES["GL-06"]["expected"]
    lines = [{"item": "X", "quantity": 1, "unit_price": str(net)} for net in given["lines"]]
    small_works.do("create_purchase_order", supplier="SUP", lines=lines)
    rows = small_works.ask_table("document_line")
    assert [str(row["tax_amount"])[:4] for row in rows] == expected["per_line_vat"]
    assert sum(row["tax_amount"] for row in rows) == D(expected["sum_of_lines"])
