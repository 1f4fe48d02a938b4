"""Goods that a supplier makes of our components, under every valuation method, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from tests.company import DAY, Company
from tests.makers import outside_order
from tests.scenarios.buying.market import balances

_METHODS = ("moving_average", "fifo", "standard", "month_end_average")


def a_valued_order(works: Company, method: str) -> int:
    """An order of ten cases that a supplier makes of twenty boards, both valued by a method."""
    works.do("put_item_category", code="BOARDS", name="Boards", valuation_method=method)
    role = {"inventory_role": "inventory_finished"}
    works.do("put_item_category", code="CASES", name="Cases", valuation_method=method, **role)
    at_standard = method == "standard"
    for code, category, source, cost in (("BOARD", "BOARDS", "buy", "3"), ("CASE", "CASES", "make", "10")):
        costs = {"standard_cost": cost} if at_standard else {}
        works.do("put_item", code=code, name=code, category=category, unit="EA", source=source, **costs)
    lines = [{"component": "BOARD", "quantity_per": 2}]
    works.do("create_bom_revision", item="CASE", revision="1", effective_from="2020-01-01", lines=lines)
    works.do("put_party", code="JOINER", name="Joiner", is_supplier=True)
    works.do("put_location", code="AT-JOINER", name="At the joiner's", kind="subcontractor", supplier="JOINER")
    works.do("put_supplier_item", supplier="JOINER", item="CASE", components_provided=True)
    for quantity, cost in ((8, "2.9"), (30, "3.1")):
        stock = {"item": "BOARD", "location": "MAIN", "quantity": quantity, "unit_cost": cost}
        works.do("book_opening_stock", lines=[stock])
    line = {"item": "CASE", "quantity": 10, "unit_price": "4"}
    order = works.do("create_purchase_order", supplier="JOINER", lines=[line]).document
    assert order is not None
    works.do("send_components", order=order)
    return order


@pytest.mark.parametrize("method", _METHODS)
def test_whatever_came_of_components_is_taken_back_to_the_cent(works: Company, method: str) -> None:
    order = a_valued_order(works, method)
    before, held = balances(works), works.ask_table("item_value")
    parts = [works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": q}]).document for q in (3, 7)]
    billed = [{"line": 1, "quantity": 10, "unit_price": "4.37"}]
    bill = works.do("book_supplier_bill", order=order, lines=billed).document
    sent_back = [
        works.do(
            "return_to_supplier", against=parts[1], reason="defective", lines=[{"line": 1, "quantity": q}]
        ).document
        for q in (2, 3)
    ]
    works.assert_clean()
    for document in (*reversed(sent_back), bill, *reversed(parts)):
        works.do("reverse_document", document=document, reason="taken back")
    works.assert_clean()
    assert balances(works) == before
    amounts = [
        (row["item_id"], row["quantity"], row["value"]) for row in works.ask_table("item_value") if row["quantity"]
    ]
    assert amounts == [(row["item_id"], row["quantity"], row["value"]) for row in held if row["quantity"]]


def test_a_return_for_replacement_brings_components_back_and_its_replacement_takes_them_again(works: Company) -> None:
    order = a_valued_order(works, "moving_average")
    receipt = works.do("receive_goods", order=order).document
    back = {"line": 1, "quantity": 4}
    works.do("return_to_supplier", against=receipt, reason="defective", replacement=True, lines=[back])
    row = works.ask("order_components", document=order)[0]
    assert (row["expected_quantity"], row["consumed_quantity"], row["at_supplier"]) == (12, 12, 8)
    works.do("receive_goods", order=order)
    row = works.ask("order_components", document=order)[0]
    assert (row["expected_quantity"], row["consumed_quantity"], row["at_supplier"]) == (20, 20, 0)
    works.assert_clean()


def test_a_month_end_average_reaches_what_was_consumed_outside(works: Company) -> None:
    order = a_valued_order(works, "month_end_average")
    receipt = works.do("receive_goods", order=order).document
    bought = {"item": "BOARD", "quantity": 10, "unit_price": "5"}
    more = works.do("create_purchase_order", supplier="SUP", lines=[bought]).document
    works.do("receive_goods", order=more)
    works.do("close_costs", period="2026-06")
    value = works.ask("document_lines", document=receipt)[0]["stock_value"]
    # 38 boards for 116.20 were there: twenty of them cost 61.16, and the goods keep that. The average of the month is
    # 166.20 / 48 = 3.4625: what it says more, 69.25 - 61.16, is a variance.
    assert value == Decimal("101.16")
    works.assert_clean()


def test_what_stands_at_a_supplier_serves_nobody_else(works: Company) -> None:
    order = outside_order(works)
    held = {"item": "PART", "location": "MAIN", "quantity": 1, "from_status": "available", "to_status": "provided"}
    assert works.refused("change_stock_status", lines=[held]) == "input_invalid"
    elsewhere = {"item": "PART", "quantity": 1, "from_location": "MAIN", "to_location": "AT-SMITH"}
    assert works.refused("transfer_stock", lines=[elsewhere]) == "location_at_supplier"
    works.do("send_components", order=order, lines=[{"item": "PART", "quantity": 100}])
    sold = [{"item": "PART", "quantity": 1}]
    sale = works.do("create_sales_order", customer="CUS", lines=sold).document
    assert works.ask("document_lines", document=sale)[0]["reserved_quantity"] == 0
    assert works.refused("ship_goods", order=sale) == "stock_short"
    counted = {"item": "PART", "location": "AT-SMITH", "counted_quantity": 97}
    works.do("book_stock_count", lines=[counted])
    assert works.ask("components_at_suppliers")[0]["at_supplier"] == 97
    works.assert_clean()


def test_an_order_with_components_needs_a_place_and_a_bill_of_material(works: Company) -> None:
    terms = {"supplier": "SUP", "components_provided": True, "prices": [{"unit_price": "1"}]}
    works.do("put_supplier_item", item="GOOD", **terms)
    works.do("put_supplier_item", item="PART", **terms)
    good, part = ([{"item": item, "quantity": 2}] for item in ("GOOD", "PART"))
    assert works.refused("create_purchase_order", supplier="SUP", lines=good) == "supplier_place_missing"
    place = {"code": "AT-SUP", "name": "At the supplier's", "kind": "subcontractor"}
    assert works.refused("put_location", **place) == "supplier_place_named"
    works.do("put_location", **place, supplier="SUP")
    assert works.refused("put_location", **{**place, "code": "AT-SUP-2"}, supplier="SUP") == "supplier_place_exists"
    assert works.refused("create_purchase_order", supplier="SUP", lines=part) == "bom_missing"
    order = works.do("create_purchase_order", supplier="SUP", lines=good).document
    assert works.refused("send_components", order=order, lines=[{"item": "GOOD", "quantity": 1}]) == "not_a_component"
    for used, refusal in (
        ({"line": 1, "item": "GOOD", "quantity": 1}, "component_unknown"),
        ({"line": 9, "item": "PART", "quantity": 1}, "line_takes_no_components"),
    ):
        assert works.refused("receive_goods", order=order, components=[used]) == refusal
    works.assert_clean()


def test_what_was_used_counts_once_though_the_goods_lie_in_two_places(works: Company) -> None:
    order = outside_order(works, sent=True)
    works.do("put_location", code="BIN2", name="Second bin", site="MAIN", parent="MAIN")
    lines = [{"line": 1, "quantity": 4}, {"line": 1, "quantity": 6, "location": "BIN2"}]
    used = [{"line": 1, "item": "PART", "quantity": 19}]
    works.do("receive_goods", order=order, lines=lines, components=used)
    row = works.ask("order_components", document=order)[0]
    assert (row["consumed_quantity"], row["expected_quantity"]) == (19, 20)
    works.assert_clean()


@pytest.mark.parametrize(
    ("said", "by_piece", "answer"),
    [(10, [2, 2, 2, 2, 2], "receipt.posted"), (11, [2, 2, 3, 2, 2], "receipt.received_over_used")],
)
def test_what_was_used_is_spread_over_the_pieces_that_were_received(
    works: Company, said: int, by_piece: list[int], answer: str
) -> None:
    order = outside_order(works, sent=True)
    works.do("put_item", code="GOOD", serial_tracked=True)
    lines = [{"line": 1, "quantity": 5, "serials": "G-1..G-5"}]
    used = [{"line": 1, "item": "PART", "quantity": said}]
    receipt = works.do("receive_goods", order=order, lines=lines, components=used)
    assert receipt.message_key == answer
    assert [row["quantity"] for row in works.ask_table("component_use")] == by_piece
    values = [row["stock_value"] for row in works.ask("document_lines", document=receipt.document)]
    assert min(values) > Decimal("4.5") * 2
    back = [{"line": 3, "quantity": 1}]
    works.do("return_to_supplier", against=receipt.document, reason="defective", lines=back)
    assert works.ask("order_components", document=order)[0]["consumed_quantity"] == said - by_piece[2]
    works.assert_clean()


def test_a_recall_goes_through_what_a_supplier_made(works: Company) -> None:
    for code, source in (("RESIN", "buy"), ("CAST", "make")):
        works.do("put_item", code=code, name=code, category="RAW", unit="EA", source=source, lot_tracked=True)
    lines = [{"component": "RESIN", "quantity_per": 1}]
    works.do("create_bom_revision", item="CAST", revision="1", effective_from="2020-01-01", lines=lines)
    works.do("put_location", code="AT-SUP", name="At the supplier's", kind="subcontractor", supplier="SUP")
    works.do("put_supplier_item", supplier="SUP", item="CAST", components_provided=True)
    stock = {"item": "RESIN", "location": "MAIN", "quantity": 9, "unit_cost": "1", "lot": "R-7"}
    works.do("book_opening_stock", lines=[stock])
    line = {"item": "CAST", "quantity": 5, "unit_price": "2"}
    order = works.do("create_purchase_order", supplier="SUP", lines=[line])
    works.do("send_components", order=order.document)
    works.do("receive_goods", order=order.document, lines=[{"line": 1, "quantity": 5, "lot": "C-1"}])
    found = works.ask("lot_recall", item="RESIN", lot="R-7", direction="forward")
    assert [(r["item_code"], r["lot_code"], r["number"]) for r in found if r["role"] == "used_in"] == [
        ("CAST", "C-1", order.number)
    ]
    back = works.ask("lot_recall", item="CAST", lot="C-1", direction="backward")
    assert {(r["role"], r["item_code"], r["kind"]) for r in back if r["item_code"] == "RESIN"} == {
        ("made_of", "RESIN", "purchase_order"),
        ("origin", "RESIN", "opening_stock"),
    }


@pytest.mark.slow
def test_a_plan_sees_the_components_and_orders_the_good_from_its_maker(works: Company) -> None:
    order = outside_order(works)
    demand = [{"item": "GOOD", "quantity": 25, "due_on": "2026-07-20"}]
    works.do("create_sales_order", customer="CUS", lines=demand)
    run = plan_company(works.gateway, PlanRequest(DAY, horizon_days=84), SYSTEM).receipt.number
    (planned,) = (row for row in works.ask("planned_orders", plan_run=run) if row["item"] == "GOOD")
    # Ten are ordered, so fifteen are planned, ten days before they are due.
    assert (planned["kind"], planned["good_quantity"], str(planned["release_on"])) == ("make", 15, "2026-07-10")
    released = works.do("release_planned_orders", plan_run=run, planned_orders=[planned["planned_order"]])
    (made,) = released.data["documents"]
    row = works.ask("document_by_id", document=made)[0]
    assert (row["kind"], row["party_code"]) == ("purchase_order", "SMITH")
    assert works.ask("components_at_suppliers")[0]["needed_quantity"] == 50
    works.do("send_components", order=order)
    works.assert_clean()


def test_what_is_free_of_a_component_is_what_can_be_sent(works: Company) -> None:
    outside_order(works)
    works.do("put_location", code="BIN1", name="First bin", site="MAIN")
    sent = {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "PART", "quantity": 30}]}
    works.do("send_transfer", **sent)
    held = {"item": "PART", "location": "MAIN", "quantity": 5, "from_status": "available", "to_status": "hold"}
    works.do("change_stock_status", lines=[held])
    (row,) = works.ask("components_at_suppliers")
    assert row["free_quantity"] == Decimal(65)
