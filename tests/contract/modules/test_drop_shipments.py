"""Drop shipments, on both databases: bought for a customer's line, promised by the supplier, past our stock, at the price paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.makers import dropped, stocked, to_drop
from tests.shop_case import open_shop, sales_order_of, shopify_order, told

D = Decimal


def lines(works: Company, document: int | None) -> list[dict[str, Any]]:
    """The lines of a document."""
    return works.ask("document_lines", document=document)


def posted(works: Company, document: int | None) -> dict[str, Decimal]:
    """Debit less credit of the accounts that a document posted to, by role where they have one."""
    roles: dict[int, str] = {}
    for row in works.ask_table("account_role"):
        roles.setdefault(row["account_id"], row["role"])
    entry = next(row for row in works.ask_table("journal_entry") if row["document_id"] == document)
    found: dict[str, Decimal] = {}
    for row in works.ask_table("journal_line"):
        if row["entry_id"] == entry["id"]:
            role = roles[row["account_id"]]
            found[role] = found.get(role, D(0)) + row["debit"] - row["credit"]
    return found


def pair(works: Company, sold: int | None) -> dict[str, Any]:
    """What was booked last for a sales order."""
    return works.ask("drop_shipments_booked", document=sold)[-1]


@pytest.mark.parametrize("method", ["moving_average", "fifo", "standard", "month_end_average"])
def test_goods_pass_us_at_the_price_paid_and_leave_our_stock_as_it_was(works: Company, method: str) -> None:
    works.do("put_item_category", code="BOARDS", name="Boards", valuation_method=method)
    works.do("put_item", code="BOARD", name="Board", category="BOARDS", unit="EA", list_price="9", standard_cost="2")
    stocked(works, "BOARD", 20)
    works.do("put_supplier_item", supplier="SUP", item="BOARD", lead_time_days=7, prices=[{"unit_price": "4.01"}])
    before = works.ask_table("item_value")
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "BOARD", "quantity": 10}]).document
    works.do("mark_drop_shipment", order=sold, lines=[{"line": 1}])
    (line,) = lines(works, sold)
    assert (line["reserved_quantity"], line["supplier_code"], str(line["promised_on"])) == (0, "SUP", "2026-06-22")
    (bought,) = works.do("order_drop_shipment", order=sold).data["documents"]
    assert [(row["quantity"], row["unit_price"]) for row in lines(works, bought)] == [(D(10), D("4.01"))]
    first = works.do("confirm_drop_shipment", order=bought, waybill="SF1", lines=[{"line": 1, "quantity": 3}]).document
    booked = pair(works, sold)
    assert (booked["shipment_id"], booked["waybill"]) == (first, "SF1")
    assert posted(works, first)["cost_of_sales"] == D("12.03")
    assert posted(works, booked["goods_receipt_id"])["goods_received_not_invoiced"] == D("-12.03")
    works.do("confirm_drop_shipment", order=bought)
    assert works.ask_table("item_value") == before
    (free,) = works.ask("availability", items=["BOARD"])
    assert (free["on_hand"], free["free"], free["on_order"]) == (20, 20, 0)
    invoice = works.do("issue_customer_invoice", order=sold).document
    bill = works.do(
        "book_supplier_bill", order=bought, lines=[{"line": 1, "quantity": 10, "unit_price": "4.21"}]
    ).document
    assert works.ask_table("item_value") == before
    assert {works.ask("document_by_id", document=order)[0]["state"] for order in (sold, bought)} == {"closed"}
    works.assert_clean()

    assert works.refused("reverse_document", document=first, reason="lost") in {"receipt_billed", "shipment_invoiced"}
    for document in (invoice, bill):
        works.do("reverse_document", document=document, reason="lost")
    works.do("reverse_document", document=first, reason="lost")
    assert [lines(works, order)[0]["fulfilled_quantity"] for order in (sold, bought)] == [7, 7]
    works.do("reverse_document", document=pair(works, sold)["goods_receipt_id"], reason="lost")
    assert [lines(works, order)[0]["fulfilled_quantity"] for order in (sold, bought)] == [0, 0]
    assert works.ask_table("item_value") == before
    works.do("confirm_drop_shipment", order=bought)
    works.assert_clean()


def test_it_is_neither_demand_nor_supply_and_is_promised_by_the_supplier(works: Company) -> None:
    stocked(works, "PART", 5)
    sold = to_drop(works, quantity=8)
    (free,) = works.ask("availability", items=["PART"])
    assert (free["free"], free["on_order"]) == (5, 0)
    offer = works.ask("promise_offers", on="2026-06-15", lines=[{"item": "PART", "quantity": 5}])[0]
    assert str(offer["promised_on"]) == "2026-06-15"
    (bought,) = works.do("order_drop_shipment", order=sold).data["documents"]
    assert (
        works.ask("promise_offers", on="2026-06-15", lines=[{"item": "PART", "quantity": 6}])[0]["promised_on"] is None
    )
    assert works.ask("availability", items=["PART"])[0]["on_order"] == 0
    days = [{"line": 1, "quantity": 5, "promised_on": "2026-07-01"}, {"line": 1, "promised_on": "2026-07-09"}]
    works.do("confirm_supplier_dates", order=bought, lines=days)
    assert str(lines(works, sold)[0]["promised_on"]) == "2026-07-09"
    assert works.refused("release_wave", orders=[sold]) == "wave_nothing_to_pick"
    works.do("reserve_sales_order", order=sold)
    assert lines(works, sold)[0]["reserved_quantity"] == 0
    assert works.refused("ship_goods", order=sold) == "nothing_open"
    works.assert_clean()


def test_what_does_not_fit_the_other_side_is_refused_in_clear_words(works: Company) -> None:
    sold = to_drop(works, quantity=8)
    part = {"line": 1, "quantity": 5}
    (bought,) = works.do("order_drop_shipment", order=sold, lines=[part]).data["documents"]
    assert works.refused("order_drop_shipment", order=sold, lines=[part]) == "more_than_ordered"
    assert works.refused("ship_goods", order=sold, lines=[part]) == "line_ships_direct"
    assert works.refused("receive_goods", order=bought) == "order_ships_direct"
    assert works.refused("announce_delivery", order=bought, expected_on="2026-06-30") == "order_ships_direct"
    for ends in ("cancel_sales_order", "close_sales_order"):
        assert works.refused(ends, order=sold) == "line_on_purchase_order"
    assert works.refused("mark_drop_shipment", order=sold, lines=[{"line": 1}]) == "line_on_purchase_order"
    less = {"order": sold, "reason": "less", "lines": [{"line": 1, "quantity": 4}]}
    assert works.refused("change_sales_order", **less) == "line_below_purchase_order"
    works.do("change_sales_order", order=sold, reason="less", lines=[{"line": 1, "quantity": 6}])
    assert works.refused("order_drop_shipment", order=sold, lines=[{"line": 1, "quantity": 2}]) == "more_than_ordered"
    works.do("put_purchasing_policy", over_receipt_rate="0.5")
    over = {"order": bought, "lines": [{"line": 1, "quantity": 7}]}
    assert works.refused("confirm_drop_shipment", **over) == "more_than_ordered"
    works.do("confirm_drop_shipment", order=bought, lines=[{"line": 1, "quantity": 2}])
    works.do("close_purchase_order", order=bought)
    again = works.do("order_drop_shipment", order=sold).data["documents"]
    assert [row["quantity"] for row in lines(works, again[0])] == [4]
    works.do("cancel_purchase_order", order=again[0])
    assert works.refused("mark_drop_shipment", order=sold, lines=[{"line": 1}]) == "line_partly_shipped"
    works.do("close_sales_order", order=sold)
    plain = works.do("create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 1, "unit_price": 1}])
    assert works.refused("confirm_drop_shipment", order=plain.document) == "order_ships_to_us"
    stocked(works, "PART", 5)
    own = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 1, "unit_price": 9}])
    assert works.refused("order_drop_shipment", order=own.document) == "nothing_to_drop_ship"
    works.assert_clean()


def test_lines_are_marked_by_the_suppliers_terms_and_go_back_to_stock_when_unmarked(works: Company) -> None:
    stocked(works, "PART", 50)
    works.do("put_supplier_item", supplier="SUP", item="PART", drop_ships=True, prices=[{"unit_price": "2"}])
    typed = [{"item": "PART", "quantity": 90}]
    (row,) = works.ask("sales_order_preview", party="CUS", on="2026-06-15", lines=typed)
    assert (row["short"], str(row["promised_on"])) == (0, "2026-06-15")
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 3, "unit_price": 9}])
    more = [{"item": "PART", "quantity": 2, "unit_price": 9}]
    works.do("change_sales_order", order=sold.document, reason="more", added=more)
    assert [row["supplier_code"] for row in lines(works, sold.document)] == ["SUP", "SUP"]
    works.do("mark_drop_shipment", order=sold.document, lines=[{"line": 2, "drop_ship": False}])
    assert [row["reserved_quantity"] for row in lines(works, sold.document)] == [0, 2]
    shipped = works.do("ship_goods", order=sold.document).document
    assert [row["quantity"] for row in lines(works, shipped)] == [2]
    (bought,) = works.do("order_drop_shipment", order=sold.document).data["documents"]
    works.do("confirm_drop_shipment", order=bought)
    works.do("issue_customer_invoice", order=sold.document)
    assert works.ask("document_by_id", document=sold.document)[0]["state"] == "closed"
    works.assert_clean()


def test_lots_and_pieces_are_named_and_known_from_supplier_to_customer(works: Company) -> None:
    works.do("put_item", code="MOTOR", name="Motor", category="RAW", unit="EA", serial_tracked=True, lot_tracked=True)
    terms = {"supplier": "SUP", "drop_ships": True, "prices": [{"unit_price": "100.01"}]}
    works.do("put_supplier_item", item="MOTOR", **terms)
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "MOTOR", "quantity": 3, "unit_price": 200}])
    (bought,) = works.do("order_drop_shipment", order=sold.document).data["documents"]
    assert works.refused("confirm_drop_shipment", order=bought) == "serial_count"
    twice = [{"line": 1, "quantity": 2, "serials": ["M1", "M1"]}]
    assert works.refused("confirm_drop_shipment", order=bought, lines=twice) == "serial_twice"
    pieces = [{"line": 1, "quantity": 2, "serials": ["M1", "M2"]}]
    left = works.do("confirm_drop_shipment", order=bought, lines=pieces).document
    assert [row["lot_code"] for row in lines(works, left)] == ["M1", "M2"]
    back = [{"line": 1, "quantity": 1, "location": "MAIN"}]
    works.do("receive_return", against=left, reason="defective", lines=back)
    again = [{"line": 1, "quantity": 1, "serials": ["M1"]}]
    assert works.refused("confirm_drop_shipment", order=bought, lines=again) == "serial_in_stock"
    works.assert_clean()


def test_what_a_customer_sends_back_comes_to_our_stock_at_its_cost_and_may_go_on_to_the_supplier(
    works: Company,
) -> None:
    sold, _, left = dropped(works)
    assert works.refused("reverse_document", document=sold, reason="no") == "document_state"
    before = sum((row["value"] for row in works.ask_table("item_value")), D(0))
    works.do("receive_return", against=left, reason="defective", lines=[{"line": 1, "quantity": 4, "location": "MAIN"}])
    assert sum((row["value"] for row in works.ask_table("item_value")), D(0)) - before == D("8.2")
    assert works.refused("reverse_document", document=left, reason="no") == "delivery_returned"
    receipt = pair(works, sold)["goods_receipt_id"]
    given = {"against": receipt, "reason": "defective", "lines": [{"line": 1, "quantity": 4, "location": "MAIN"}]}
    assert works.refused("return_to_supplier", **given, replacement=True) == "order_ships_direct"
    works.do("return_to_supplier", **given)
    assert sum((row["value"] for row in works.ask_table("item_value")), D(0)) == before
    works.assert_clean()


def test_a_customer_who_must_not_be_shipped_to_is_not_ordered_for(works: Company) -> None:
    sold = to_drop(works, quantity=8)
    works.do("put_approval_rule", command="ship_goods", approver_role="executive", amount_above="1")
    waits = works.submit("order_drop_shipment", order=sold)
    assert (waits.status, waits.message_key) == ("done", "receipt.shipment_waits")
    assert works.ask("drop_shipment_lines", document=sold)[0]["purchase_order_id"] is None


def test_what_is_to_be_replaced_is_ordered_again_and_its_return_stays(works: Company) -> None:
    sold, _, left = dropped(works)
    given = {"reason": "defective", "replacement": True, "lines": [{"line": 1, "quantity": 4, "location": "MAIN"}]}
    back = works.do("receive_return", against=left, **given).document
    (again,) = works.do("order_drop_shipment", order=sold).data["documents"]
    assert [row["quantity"] for row in lines(works, again)] == [4]
    assert works.refused("reverse_document", document=back, reason="no") == "line_below_purchase_order"
    works.do("cancel_purchase_order", order=again)
    works.do("reverse_document", document=back, reason="no")
    works.assert_clean()


def test_a_shop_that_changes_its_mind_waits_while_a_supplier_is_to_ship(works: Company) -> None:
    open_shop(works)
    works.do("put_supplier_item", supplier="SUP", item="PART", drop_ships=True, prices=[{"unit_price": "2"}])
    order = sales_order_of(works, told(works, shopify_order(91, [("PART", 3, "9.99")])))["id"]
    (bought,) = works.do("order_drop_shipment", order=order).data["documents"]
    changed = told(works, shopify_order(91, [("PART", 2, "9.99")], updated="2026-06-15T12:00:00Z"))
    assert (changed["state"], changed["reason"]) == ("quarantined", "change_on_order")
    assert [row["quantity"] for row in lines(works, bought)] == [3]
    works.assert_clean()
