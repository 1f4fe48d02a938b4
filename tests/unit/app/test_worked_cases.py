"""The worked cases of the general ledger, played through commands; the file lies beside this page.

Left out: GL-07 (payroll is not part of this round). The cases of valuation are played in tests/contract/valuation.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.company import Company

_HERE = Path(__file__).parent
CASES: dict[str, Any] = {
    case["id"]: case for case in json.loads((_HERE / "gl.json").read_text(encoding="utf-8"))["cases"]
}
D = Decimal


def item(works: Company, method: str, **values: Any) -> None:
    """An item of a method, called X."""
    works.do("put_item_category", code="X", name="X", valuation_method=method, inventory_role="inventory_raw")
    works.do("put_item", code="X", name="X", category="X", unit="EA", tax_code="VAT13", **values)


def balances(works: Company) -> dict[str, Decimal]:
    """Balance of each account that was posted to, by code."""
    codes = {row["id"]: row["code"] for row in works.ask_table("account")}
    found: dict[str, Decimal] = {}
    for row in works.ask_table("journal_line"):
        code = codes[row["account_id"]]
        found[code] = found.get(code, D(0)) + row["debit"] - row["credit"]
    return found


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
