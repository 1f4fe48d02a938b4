"""An order closes by itself when nothing of it is waited for, and opens again when something of it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.makers import issued, production_order, purchase_order, received, sales_order, shipped
from tests.plain_judge import PlainJudge


def state(works: Company, order: int | None) -> str:
    """The state of a document."""
    return next(row["state"] for row in works.ask_table("document") if row["id"] == order)


def take_back(works: Company, document: int | None) -> None:
    """Reverse a document."""
    works.do("reverse_document", document=document, reason="wrong")


def test_a_sales_order_closes_with_its_last_invoice_and_says_so_in_the_audit(works: Company) -> None:
    order = shipped(works)
    assert state(works, order) == "confirmed"
    works.do("issue_customer_invoice", order=order)
    assert state(works, order) == "closed"
    last = works.ask_table("feed")[-1]
    assert last["command"] == "issue_customer_invoice"
    assert f'["document",{order},{{"state":["confirmed","closed"]}}]' in last["before_after"]
    works.assert_clean()


def test_a_sales_order_shipped_in_parts_waits_for_the_last_part(works: Company) -> None:
    order = sales_order(works)
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 10}, {"line": 2, "quantity": 9}])
    works.do("issue_customer_invoice", order=order)
    assert state(works, order) == "confirmed"
    works.do("ship_goods", order=order)
    assert state(works, order) == "confirmed"
    works.do("issue_customer_invoice", order=order)
    assert state(works, order) == "closed"


def test_a_reversed_invoice_and_shipment_open_their_order_again(works: Company) -> None:
    order = sales_order(works)
    shipment = works.do("ship_goods", order=order).document
    take_back(works, works.do("issue_customer_invoice", order=order).document)
    assert state(works, order) == "confirmed"
    take_back(works, shipment)
    works.do("ship_goods", order=order)
    works.do("issue_customer_invoice", order=order)
    assert state(works, order) == "closed"
    works.assert_clean()


def test_a_purchase_order_closes_with_its_last_bill_and_opens_with_its_reversal(works: Company) -> None:
    order = received(works)
    assert state(works, order) == "confirmed"
    bill = works.do("book_supplier_bill", order=order).document
    assert state(works, order) == "closed"
    take_back(works, bill)
    assert state(works, order) == "confirmed"
    works.do("book_supplier_bill", order=order)
    assert state(works, order) == "closed"
    works.assert_clean()


def test_a_purchase_order_whose_receipt_is_taken_back_waits_for_it_again(works: Company) -> None:
    order = purchase_order(works)
    receipt = works.do("receive_goods", order=order).document
    take_back(works, works.do("book_supplier_bill", order=order).document)
    take_back(works, receipt)
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 10}])
    works.do("book_supplier_bill", order=order)
    assert state(works, order) == "confirmed"
    works.assert_clean()


def test_an_order_closed_short_stays_closed_whatever_is_taken_back(works: Company) -> None:
    order = sales_order(works)
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 4}])
    works.do("close_sales_order", order=order)
    take_back(works, works.do("issue_customer_invoice", order=order).document)
    assert state(works, order) == "closed"
    works.assert_clean()


def test_what_was_reserved_elsewhere_is_free_when_the_line_has_shipped(works: Company) -> None:
    works.do("put_location", code="BIN1", name="First bin")
    stock = [{"item": "PART", "location": place, "quantity": 5, "unit_cost": "3"} for place in ("MAIN", "BIN1")]
    works.do("book_opening_stock", lines=stock)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 5}]).document
    held = next(row for row in works.ask_table("stock_balance") if row["reserved"] > 0)
    other = next(row["code"] for row in works.ask_table("location") if row["code"] in {"MAIN", "BIN1"}
                 and row["id"] != held["location_id"])  # fmt: skip
    works.do("ship_goods", order=order, location=other)
    works.do("issue_customer_invoice", order=order)
    assert sum(row["reserved"] for row in works.ask_table("stock_balance")) == 0
    works.assert_clean()


def test_a_production_order_closes_when_all_is_reported_issued_and_costed(works: Company) -> None:
    order = issued(works)
    works.do("complete_production", order=order, quantity=6)
    assert state(works, order) == "released"
    last = works.do("complete_production", order=order, quantity=3, scrapped_quantity=1).document
    assert state(works, order) == "closed"
    works.assert_clean()
    take_back(works, last)
    assert state(works, order) == "released"
    works.do("complete_production", order=order, quantity=4)
    assert state(works, order) == "closed"
    works.assert_clean()


def test_a_production_order_waits_for_components_that_are_not_issued_yet(works: Company) -> None:
    order = production_order(works)
    works.do("complete_production", order=order, quantity=10)
    assert state(works, order) == "released"
    works.do("issue_material", order=order)
    assert state(works, order) == "released"
    works.do("close_production_order", order=order)
    works.assert_clean()


def test_a_production_order_settled_with_a_variance_is_not_opened_again(works: Company) -> None:
    order = production_order(works)
    completion = works.do("complete_production", order=order, quantity=10).document
    works.do("issue_material", order=order)
    works.do("close_production_order", order=order)
    assert works.refused("reverse_document", document=completion, reason="wrong") == "document_state"


def open_everywhere(works: Company, folder: Path) -> dict[str, Any]:
    """How many orders each reader calls open."""
    refresh(works.gateway.store, folder, judge=PlainJudge())
    mart = Mart(folder)
    in_marts = mart.query("open_orders")
    mart.close()
    listed = {kind: len(works.ask(f"{kind}s", open_only=True)) for kind in ("sales_order", "purchase_order")}
    waiting = {row["kind"]: row["document_count"] for row in works.ask("waiting_work")}
    assert {kind: waiting.get(kind, 0) for kind in listed} == listed
    return {**listed, "mart_lines": len(in_marts)}


def test_lists_counts_and_marts_agree_on_what_is_open(works: Company, tmp_path: Path) -> None:
    sold, bought = shipped(works), received(works)
    assert open_everywhere(works, tmp_path / "w") == {"sales_order": 1, "purchase_order": 1, "mart_lines": 0}
    invoice = works.do("issue_customer_invoice", order=sold).document
    works.do("book_supplier_bill", order=bought)
    assert open_everywhere(works, tmp_path / "w") == {"sales_order": 0, "purchase_order": 0, "mart_lines": 0}
    shipment = next(row["id"] for row in works.ask_table("document") if row["kind"] == "shipment")
    take_back(works, invoice)
    take_back(works, shipment)
    assert open_everywhere(works, tmp_path / "w") == {"sales_order": 1, "purchase_order": 0, "mart_lines": 2}
