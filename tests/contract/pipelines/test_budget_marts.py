"""The marts of budgets say what the store says, order by order, on both databases."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.company import Company
from tests.contract.modules.test_budgets import YEAR, bought
from tests.contract.pipelines.test_service_marts import picked, published

D = Decimal
FIGURES = ("amount", "committed_amount", "billed_amount", "left_amount")


def test_the_mart_says_of_budgets_what_the_store_does_and_its_orders_add_up(works: Company, tmp_path: Path) -> None:
    works.do("put_item_category", code="STEEL", name="Steel", inventory_role="inventory_raw", parent="RAW")
    works.do("put_budget", code="ALL", name="All goods", amount="1000", **YEAR)
    works.do("put_budget", code="RAW", name="Raw", family="RAW", amount="50", **YEAR)
    works.do("put_budget", code="STEEL", name="Steel", family="STEEL", amount="9", active=False, **YEAR)
    short, gone, billed = bought(works, 7), bought(works, 3, "9.99"), bought(works, 4, "8")
    works.do("receive_goods", order=short.document, lines=[{"line": 1, "quantity": 3}])
    works.do("close_purchase_order", order=short.document)
    works.do("cancel_purchase_order", order=gone.document)
    works.do("receive_goods", order=billed.document)
    works.do("book_supplier_bill", order=billed.document, external_number="B-1")
    mart = published(works, tmp_path / "w")
    shown = mart.query("budgets")
    renamed = [{**row, "code": row["budget_code"], "amount": row["budget_amount"]} for row in shown]
    assert picked(renamed, "code", *FIGURES) == picked(works.ask("budgets"), "code", *FIGURES)
    assert [row["budget_code"] for row in mart.query("budgets", exceeded_only=True)] == ["RAW"]
    names = ("order_number", "committed_amount", "billed_amount")
    assert picked(mart.query("budget_orders", budget_code="ALL"), *names) == [
        (billed.number, D(32), D(32)), (gone.number, D(0), D(0)), (short.number, D(30), D(0))]  # fmt: skip
    kept = mart.query("budget_orders", budget_code="RAW", committed_only=True)
    assert [row["order_number"] for row in kept] == [billed.number, short.number]
    for row in shown:
        orders = mart.query("budget_orders", budget_code=row["budget_code"])
        assert sum((order["committed_amount"] for order in orders), D(0)) == row["committed_amount"]
    mart.close()
