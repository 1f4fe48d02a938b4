"""Boards and queries count what went back: sales less credits, cost less returns, purchases less debits, stock by quality status."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.plain_judge import PlainJudge

D = Decimal
SPAN = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)}


@pytest.fixture
def mart(works: Company, tmp_path: Path) -> Mart:
    """Ten of 20 parts at 3 are sold at 5; four come back on hold and are credited; six of them are freed or stay. Three go to the supplier."""
    bought = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 20, "unit_price": "3"}]
    ).document
    receipt = works.do("receive_goods", order=bought).document
    bill = works.do("book_supplier_bill", order=bought).document
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 10}]).document
    works.do("ship_goods", order=sold)
    invoice = works.do("issue_customer_invoice", order=sold).document
    works.do("receive_return", against=sold, reason="defective", status="hold", lines=[{"line": 1, "quantity": 4}])
    works.do("issue_credit_note", invoice=invoice)
    works.do("issue_credit_note", invoice=invoice, lines=[{"line": 1, "amount": "2"}])
    held = {"item": "PART", "location": "MAIN", "quantity": 1, "from_status": "hold", "to_status": "available"}
    works.do("change_stock_status", lines=[held])
    works.do("return_to_supplier", against=receipt, reason="damaged", lines=[{"line": 1, "quantity": 3}])
    works.do("issue_debit_note", bill=bill)
    refresh(works.gateway.store, tmp_path / "w", judge=PlainJudge())
    return Mart(tmp_path / "w")


def test_what_went_back_is_counted(mart: Mart) -> None:
    (net_sales,) = mart.metric("net_sales", **SPAN).to_dicts()
    assert net_sales["value"] == D("28")
    (by_customer,) = mart.query("sales_by_customer", **SPAN)
    assert (by_customer["net_amount"], by_customer["invoice_count"]) == (D("28"), 1)
    (by_item,) = mart.query("sales_by_item", **SPAN)
    assert (by_item["quantity"], by_item["net_amount"]) == (D("6"), D("28"))
    (month,) = mart.query("sales_by_month", **SPAN)
    assert month["net_amount"] == D("28")
    (supplier,) = mart.query("purchases_by_supplier", **SPAN)
    assert (supplier["net_amount"], supplier["bill_count"]) == (D("51"), 1)
    # Six stay sold at 3 of a stock of 11 at 3.
    (turns,) = mart.metric("stock_turns", **SPAN).to_dicts()
    assert turns["value"] == D("0.54545455")
    (margin,) = mart.metric("gross_margin", **SPAN).to_dicts()
    assert margin["value"] == D("10")


def test_stock_stands_in_the_status_it_was_given(mart: Mart) -> None:
    wanted = {"available": D("8"), "hold": D("3")}
    now = {row["status"]: row["quantity"] for row in mart.query("stock_on_hand")}
    then = {row["status"]: row["quantity"] for row in mart.query("stock_on_hand_as_of", as_of=date(2026, 6, 30))}
    assert now == then == wanted
