"""Our goods at customers' places, on both databases: they keep their value, are nobody else's, and are sold when they are reported."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import Company
from tests.makers import CHECKER, at_customer, stocked

D = Decimal
CLERK = Principal(8, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


def there(works: Company) -> dict[tuple[str, str], Decimal]:
    """What stands at customers, by customer and item."""
    rows = works.ask("consigned_at_customers")
    return {(row["customer_code"], row["item_code"]): row["quantity"] for row in rows}


def value(works: Company) -> Decimal:
    """What all stock is worth."""
    return sum((row["value"] for row in works.ask_table("item_value")), D(0))


def test_goods_at_a_customer_keep_their_value_and_are_promised_to_nobody(works: Company) -> None:
    at_customer(works)
    assert there(works) == {("CUS", "PART"): D(30)}
    (row,) = works.ask("stock_on_hand", search="PART")
    assert (row["quantity"], row["free"], row["value"]) == (D(100), D(70), D(301))
    (free,) = works.ask("availability", items=["PART"])
    assert (free["on_hand"], free["free"]) == (D(70), D(70))
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 80}]).document
    assert works.ask("document_lines", document=sold)[0]["reserved_quantity"] == 70
    assert works.refused("ship_goods", order=sold) == "stock_short"
    assert works.refused("ship_goods", order=sold, location="AT-CUS") == "location_at_customer"
    works.do("release_wave", orders=[sold])
    assert not [row for row in works.ask_table("pick_hold") if row["to_pick"] > 70]
    works.assert_clean()


@pytest.mark.parametrize("method", ["moving_average", "fifo", "standard"])
def test_what_is_consumed_is_sold_from_there_invoiced_and_taken_back_to_the_cent(works: Company, method: str) -> None:
    works.do("put_item_category", code="BOARDS", name="Boards", valuation_method=method)
    costs = {"standard_cost": "3"} if method == "standard" else {}
    works.do("put_item", code="BOARD", name="Board", category="BOARDS", unit="EA", list_price="7", **costs)
    for quantity, cost in ((8, "2.9"), (12, "3.1")):
        stock = {"item": "BOARD", "location": "MAIN", "quantity": quantity, "unit_cost": cost}
        works.do("book_opening_stock", lines=[stock])
    works.do("put_location", code="AT-CUS", name="At the customer's", kind="consignment", customer="CUS")
    before = value(works)
    sent = works.do("send_consignment", customer="CUS", lines=[{"item": "BOARD", "quantity": 15}])
    assert value(works) == before
    shipment = works.do("report_consumption", customer="CUS", lines=[{"item": "BOARD", "quantity": 9}])
    assert there(works) == {("CUS", "BOARD"): D(6)}
    # Nine of twenty at 3.02 on average, at the oldest layers eight at 2.9 and one at 3.1, at standard 3.
    expected = {"moving_average": D("27.18"), "fifo": D("26.3"), "standard": D(27)}
    assert before - value(works) == expected[method]
    link = next(r for r in works.ask_table("document_link") if r["to_id"] == shipment.document)
    invoice = works.do("issue_customer_invoice", order=link["from_id"])
    assert works.ask("document_by_id", document=invoice.document)[0]["net_amount"] == D(63)
    works.assert_clean()
    assert works.refused("reverse_document", document=sent.document, reason="wrong") == "stock_short"
    for document in (invoice.document, shipment.document):
        works.do("reverse_document", document=document, reason="not used")
        works.assert_clean()
    assert there(works) == {("CUS", "BOARD"): D(15)}
    assert value(works) == before
    works.do("take_consignment_back", customer="CUS", lines=[{"item": "BOARD", "quantity": 5}])
    works.do("take_consignment_back", customer="CUS")
    assert there(works) == {}
    assert works.refused("take_consignment_back", customer="CUS") == "nothing_at_customer"
    works.assert_clean()


@pytest.mark.parametrize(
    ("line", "more", "expected"),
    [
        ({"quantity": 31}, {}, "consigned_short"),
        ({"quantity": 1}, {"customer": "SUP"}, "party_role"),
        ({"quantity": 1, "lot": "L1"}, {}, "stock_short"),
        ({"quantity": "0.5"}, {}, "quantity_decimals"),
    ],
)
def test_what_cannot_have_been_consumed_is_refused_whole(
    works: Company, line: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    at_customer(works)
    given: dict[str, Any] = {"customer": "CUS", "lines": [{"item": "PART", **line}], **more}
    assert works.refused("report_consumption", **given) == expected
    assert not [row for row in works.ask_table("document") if row["kind"] in {"sales_order", "shipment"}]


def test_consumption_that_must_be_approved_is_reported_on_its_order(works: Company) -> None:
    at_customer(works)
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    lines = [{"item": "PART", "quantity": 24}]
    asked = works.submit("report_consumption", principal=CLERK, customer="CUS", lines=lines)
    assert asked.message_key == "refusal.consumption_waits"
    order = works.submit("create_sales_order", principal=CLERK, customer="CUS", lines=lines).document
    request = works.ask_table("approval_request")[0]["id"]
    assert works.submit("decide_approval", principal=CHECKER, request=request, approve=True).status == "done"
    priced = [{**lines[0], "unit_price": 3}]
    assert works.refused("report_consumption", customer="CUS", order=order, lines=priced) == "take_over_price"
    # The order had reserved what is free here; what was consumed there frees it.
    works.do("report_consumption", customer="CUS", order=order, lines=lines)
    assert there(works) == {("CUS", "PART"): D(6)}
    (free,) = works.ask("availability", items=["PART"])
    assert free["free"] == D(70)
    works.assert_clean()


def test_a_customer_has_one_place_and_only_his_goods_stand_there(works: Company) -> None:
    place = {"code": "AT-CUS", "name": "At the customer's"}
    assert works.refused("put_location", **place, kind="consignment") == "customer_place_named"
    assert works.refused("put_location", **place, customer="CUS") == "customer_place_named"
    assert works.refused("put_location", **place, kind="consignment", customer="SUP") == "party_role"
    lines = [{"item": "PART", "quantity": 1}]
    assert works.refused("send_consignment", customer="CUS", lines=lines) == "customer_place_missing"
    works.do("put_location", **place, kind="consignment", customer="CUS")
    second = {"code": "AT-CUS2", "name": "Another"}
    assert works.refused("put_location", **second, kind="consignment", customer="CUS") == "customer_place_exists"
    works.do("put_party", code="CUS2", name="Another", is_customer=True)
    assert works.refused("put_location", **place, kind="consignment", customer="CUS2") == "customer_place_fixed"
    stocked(works)
    move = {"item": "PART", "quantity": 1, "from_location": "MAIN", "to_location": "AT-CUS"}
    assert works.refused("transfer_stock", lines=[move]) == "location_at_customer"
    works.do("send_consignment", customer="CUS", lines=[{"item": "PART", "quantity": 5}])
    works.do("book_stock_count", lines=[{"item": "PART", "location": "AT-CUS", "counted_quantity": 4}])
    assert there(works) == {("CUS", "PART"): D(4)}
    works.assert_clean()
