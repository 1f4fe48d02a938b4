"""What may go back, at what cost, and what is credited for it: limits, cents and the order in which things happen, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.company import Company

D = Decimal


def bought(works: Company, quantity: int, price: str, item: str = "PART") -> int:
    """A purchase order, nothing of it received."""
    lines = [{"item": item, "quantity": quantity, "unit_price": price}]
    document = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    assert document is not None
    return document


def sold(works: Company, quantity: int, price: str) -> tuple[int, Any, Any]:
    """A sales order that is shipped and invoiced: the order, the shipment, the invoice."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": price}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    assert order is not None
    shipment = works.do("ship_goods", order=order).document
    return order, shipment, works.do("issue_customer_invoice", order=order).document


def stocked(works: Company, quantity: int = 30, cost: str = "3.3333") -> None:
    """Parts in the main store."""
    lines = [{"item": "PART", "location": "MAIN", "quantity": quantity, "unit_cost": cost}]
    works.do("book_opening_stock", lines=lines)


def part(quantity: int, line: int = 1) -> list[dict[str, Any]]:
    """One line of a return or a credit."""
    return [{"line": line, "quantity": quantity}]


def test_parts_of_a_return_bring_back_the_whole_cost_and_not_a_cent_more(works: Company) -> None:
    stocked(works, 30, "3.3333")
    _, shipment, _ = sold(works, 7, "9")
    value = works.ask_table("item_value")[0]["value"]
    for quantity in (2, 2, 3):
        works.do("receive_return", against=shipment, reason="late", lines=part(quantity))
    assert works.refused("receive_return", against=shipment, reason="late", lines=part(1)) == "more_than_delivered"
    # 30 at 3.3333 are 100.00; the 7 left at 23.33.
    assert works.ask_table("item_value")[0]["value"] - value == D("23.33")
    works.assert_clean()


def test_credits_of_an_invoice_add_up_to_its_net_and_its_tax(works: Company) -> None:
    stocked(works)
    order, _, invoice = sold(works, 7, "1.43")
    works.do("receive_return", against=order, reason="defective")
    for quantity in (1, 3, 2):
        works.do("issue_credit_note", invoice=invoice, lines=part(quantity))
    works.do("issue_credit_note", invoice=invoice, lines=[{"line": 1, "amount": "0.50"}])
    works.do("issue_credit_note", invoice=invoice)
    assert works.refused("issue_credit_note", invoice=invoice) == "nothing_to_credit"
    documents = {row["id"]: row for row in works.ask_table("document")}
    notes_made = [row for row in documents.values() if row["kind"] == "credit_note"]
    for name in ("net_amount", "tax_amount", "total_amount"):
        assert sum(row[name] for row in notes_made) == documents[invoice][name]
    assert works.ask("open_receivables") == []
    works.assert_clean()


def test_what_comes_back_before_it_is_invoiced_is_not_invoiced(works: Company) -> None:
    stocked(works)
    lines = [{"item": "PART", "quantity": 10, "unit_price": "2"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("ship_goods", order=order)
    works.do("receive_return", against=order, reason="surplus", lines=part(4))
    invoice = works.do("issue_customer_invoice", order=order)
    assert next(r for r in works.ask_table("document") if r["id"] == invoice.document)["net_amount"] == D(12)
    assert works.refused("issue_credit_note", invoice=invoice.document) == "nothing_to_credit"
    assert [row["state"] for row in works.ask("sales_orders")] == ["closed"]
    works.assert_clean()


def test_what_is_received_after_billed_goods_went_back_is_billed_and_those_are_debited(works: Company) -> None:
    order = bought(works, 10, "3")
    works.do("receive_goods", order=order, lines=part(5))
    bill = works.do("book_supplier_bill", order=order).document
    works.do("return_to_supplier", against=order, reason="damaged")
    works.do("receive_goods", order=order)
    works.do("book_supplier_bill", order=order)
    works.do("issue_debit_note", bill=bill)
    works.assert_clean()
    balances = {row["code"]: row["balance"] for row in works.ask("account_balances")}
    assert balances["220202"] == 0
    assert balances["220201"] == D("-16.95")
    assert [row["state"] for row in works.ask("purchase_orders")] == ["closed"]


def test_a_replacement_closes_the_claim_without_notes(works: Company) -> None:
    order = bought(works, 10, "3")
    works.do("receive_goods", order=order)
    bill = works.do("book_supplier_bill", order=order).document
    works.do("return_to_supplier", against=order, reason="wrong_item", replacement=True, lines=part(4))
    assert [row["state"] for row in works.ask("purchase_orders")] == ["confirmed"]
    assert works.refused("issue_debit_note", bill=bill, lines=part(4)) == "more_than_returned"
    works.do("receive_goods", order=order)
    assert works.refused("book_supplier_bill", order=order) == "nothing_to_bill"
    balances = {row["code"]: row["balance"] for row in works.ask("account_balances")}
    assert (balances["220202"], balances["1403"]) == (0, D(30))
    assert [row["state"] for row in works.ask("purchase_orders")] == ["closed"]
    works.assert_clean()


def test_what_is_not_replaced_after_all_is_credited_once_its_line_is_closed(works: Company) -> None:
    stocked(works)
    order, shipment, invoice = sold(works, 10, "4")
    back = works.do("receive_return", against=shipment, reason="damaged", replacement=True, lines=part(4)).document
    assert works.refused("issue_credit_note", invoice=invoice) == "nothing_to_credit"
    works.do("close_sales_order", order=order)
    note = works.do("issue_credit_note", invoice=invoice)
    assert note.values["settled"] == D("18.08")
    assert works.refused("reverse_document", document=back, reason="no") == "return_credited"
    assert (
        works.refused("receive_return", against=shipment, reason="late", replacement=True)
        == "replacement_of_closed_line"
    )
    works.assert_clean()


def test_a_credit_that_stays_settles_a_later_invoice_of_the_same_customer(works: Company) -> None:
    stocked(works)
    order, _, invoice = sold(works, 2, "10")
    works.do("receive_payment", party="CUS", amount="22.60")
    works.do("receive_return", against=order, reason="not_wanted", lines=part(1))
    note = works.do("issue_credit_note", invoice=invoice)
    assert (note.values["settled"], note.values["credit"]) == (D(0), D("11.30"))
    _, _, later = sold(works, 1, "8")
    assert works.refused("apply_credit", credit=later, document=note.document) == "credit_does_not_fit"
    assert works.refused("apply_credit", credit=note.document, document=later, amount="9.05") == "credit_too_large"
    applied = works.do("apply_credit", credit=note.document, document=later).document
    assert [row["open_amount"] for row in works.ask("open_receivables")] == [D("-2.26")]
    assert works.refused("reverse_document", document=note.document, reason="no") == "document_partly_settled"
    works.do("reverse_document", document=applied, reason="no")
    works.do("reverse_document", document=note.document, reason="no")
    assert [row["open_amount"] for row in works.ask("open_receivables")] == [D("9.04")]
    works.assert_clean()


def test_a_delivery_stays_while_something_of_it_went_back(works: Company) -> None:
    stocked(works)
    order, shipment, invoice = sold(works, 5, "4")
    back = works.do("receive_return", against=order, reason="other", lines=part(2)).document
    note = works.do("issue_credit_note", invoice=invoice).document
    assert works.refused("reverse_document", document=shipment, reason="no") == "delivery_returned"
    assert works.refused("reverse_document", document=invoice, reason="no") == "document_credited"
    assert works.refused("reverse_document", document=back, reason="no") == "return_credited"
    for document in (note, back, invoice, shipment):
        works.do("reverse_document", document=document, reason="all of it was a mistake")
    works.assert_clean()
    assert all(row["balance"] == 0 for row in works.ask("account_balances") if row["code"] not in {"1403", "410499"})


def test_held_goods_are_not_sold_and_go_back_to_the_supplier_as_they_are(works: Company) -> None:
    order = bought(works, 10, "3")
    receipt = works.do("receive_goods", order=order).document
    held = {"item": "PART", "location": "MAIN", "quantity": 6, "from_status": "available", "to_status": "hold"}
    works.do("change_stock_status", lines=[held])
    lines = [{"item": "PART", "quantity": 5}]
    sale = works.do("create_sales_order", customer="CUS", lines=lines)
    assert sale.values["short_lines"] == 1
    assert works.refused("ship_goods", order=sale.document) == "stock_short"
    works.do("return_to_supplier", against=receipt, reason="defective", status="hold", lines=part(6))
    assert works.refused("change_stock_status", lines=[held | {"quantity": 1}]) == "stock_short"
    works.assert_clean()


def test_a_charge_is_shared_or_debited_but_not_twice(works: Company) -> None:
    order = bought(works, 10, "3")
    receipt = works.do("receive_goods", order=order).document
    bill = works.do("book_supplier_bill", order=order, charges=[{"description": "Freight", "amount": "9"}]).document
    works.do("issue_debit_note", bill=bill, lines=[{"line": 2, "amount": "2"}])
    assert works.refused("issue_debit_note", bill=bill, lines=part(1, line=2)) == "charge_by_amount"
    works.do("book_landed_cost", bill=bill, targets=[{"receipt": receipt}])
    assert works.ask_table("item_value")[0]["value"] == D(37)
    again = {"bill": bill, "targets": [{"receipt": receipt}]}
    assert works.refused("book_landed_cost", **again) == "no_charge_to_share"
    assert works.refused("issue_debit_note", bill=bill, lines=[{"line": 2, "amount": "0.01"}]) == "credit_exceeds_line"
    assert works.refused("reverse_document", document=bill, reason="no") == "document_credited"
    works.assert_clean()


def test_weight_is_shared_only_where_every_item_has_one(works: Company) -> None:
    receipt = works.do("receive_goods", order=bought(works, 1, "3")).document
    share = {"supplier": "SUP", "charges": [{"description": "Air", "amount": "5"}], "targets": [{"receipt": receipt}]}
    assert works.refused("book_landed_cost", **share, basis="weight") == "basis_missing"
    works.do("put_item", code="PART", weight_kg="0")
    assert works.refused("book_landed_cost", **share, basis="weight") == "basis_zero"
    works.do("put_item", code="PART", weight_kg="1.5")
    works.do("book_landed_cost", **share, basis="weight")
    assert works.refused("book_landed_cost", targets=[{"receipt": receipt}]) == "landed_cost_source"
    works.assert_clean()


def test_goods_do_not_come_back_before_they_left(works: Company) -> None:
    stocked(works)
    _, shipment, _ = sold(works, 1, "4")
    back = {"against": shipment, "reason": "other", "posted_on": "2026-06-14"}
    assert works.refused("receive_return", **back) == "return_before_delivery"


def test_lots_come_back_as_the_lots_that_left(works: Company) -> None:
    works.do("put_item", code="LOTTED", name="Lotted", category="RAW", unit="EA", lot_tracked=True, list_price="5")
    lines = [{"item": "LOTTED", "quantity": 4, "unit_price": "2"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 4, "lot": "A"}]).document
    sale = works.do("create_sales_order", customer="CUS", lines=[{"item": "LOTTED", "quantity": 3}]).document
    works.do("ship_goods", order=sale)
    works.do("receive_return", against=sale, reason="other", lines=part(2))
    assert [(r["lot_code"], r["quantity"]) for r in works.ask("stock_by_location")] == [("A", D(3))]
    works.do("return_to_supplier", against=receipt, reason="other", lines=part(3))
    assert works.ask("stock_by_location") == []
    works.assert_clean()


def test_a_billed_order_is_not_cancelled_while_its_replacement_waits(works: Company) -> None:
    order = bought(works, 10, "3")
    works.do("receive_goods", order=order)
    works.do("book_supplier_bill", order=order)
    works.do("return_to_supplier", against=order, reason="damaged", replacement=True, lines=part(10))
    assert works.refused("cancel_purchase_order", order=order) == "order_partly_fulfilled"
    works.do("close_purchase_order", order=order)
    bill = next(row["id"] for row in works.ask("document_chain", document=order) if row["kind"] == "supplier_bill")
    works.do("issue_debit_note", bill=bill)
    works.assert_clean()


def test_a_return_for_replacement_stands_once_its_order_is_cancelled(works: Company) -> None:
    stocked(works)
    lines = [{"item": "PART", "quantity": 2, "unit_price": "9"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("ship_goods", order=order)
    back = works.do("receive_return", against=order, reason="defective", replacement=True).document
    works.do("cancel_sales_order", order=order)
    assert works.refused("reverse_document", document=back, reason="kept") == "return_order_cancelled"
    works.assert_clean()
