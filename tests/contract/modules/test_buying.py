"""What buying refuses and what it takes back: lots and limits, offers, promises, notices, claims, bills that wait."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from app.kernel.errors import Refused
from tests.company import Company
from tests.makers import CHECKER, offered, purchase_order, received, requested, requisition, waiting_bill

RECEIVER = Principal(
    21, "dock", "Dock", roles=frozenset({"receiver"}), permissions=frozenset({"purchasing.receipt.*", "documents.read"})
)


def state(works: Company, document: int | None) -> str:
    """The state of a document."""
    assert document is not None
    return works.ask("document_by_id", document=document)[0]["state"]


def line_of(works: Company, document: int | None, number: int = 1) -> dict[str, Any]:
    """A line of a document."""
    assert document is not None
    return works.ask("document_lines", document=document)[number - 1]


# Receiving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "most"),
    [
        ([], 10),
        ([{"over_receipt_rate": "0.1"}], 11),
        ([{"over_receipt_rate": "0.1"}, {"supplier": "SUP", "over_receipt_rate": "0.2"}], 12),
        ([{"supplier": "SUP", "over_receipt_rate": "0.2"}, {"item": "PART", "over_receipt_rate": "0.3"}], 13),
        ([{"item": "PART", "over_receipt_rate": "0.3"}, {"item": "PART", "supplier": "SUP", "over_receipt_rate": "0"}], 10),
        ([{"over_receipt_rate": "0.1"}, {"item": "PART", "blind_count": False}], 11),
    ],
    ids=["none", "company", "supplier", "item", "item of the supplier", "a limit left empty"],
)  # fmt: skip
def test_more_than_ordered_is_taken_up_to_the_narrowest_limit_and_not_beyond(
    small_works: Company, policies: list[dict[str, Any]], most: int
) -> None:
    for policy in policies:
        small_works.do("put_purchasing_policy", **policy)
    order = purchase_order(small_works)
    beyond = [{"line": 1, "quantity": most + 1}]
    assert small_works.refused("receive_goods", order=order, lines=beyond) == "more_than_ordered"
    small_works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": most}])
    assert line_of(small_works, order)["fulfilled_quantity"] == most
    small_works.do("receive_goods", order=order, lines=[{"line": 2, "quantity": 10}])
    small_works.do("book_supplier_bill", order=order)
    small_works.assert_clean()


def test_a_blind_count_tells_the_receiver_no_quantity_before_he_has_counted(works: Company) -> None:
    works.do("put_purchasing_policy", blind_count=True)
    order = purchase_order(works)
    number = works.ask("document_by_id", document=order)[0]["number"]
    rows = works.gateway.query("lines_to_receive", {"order": number}, principal=RECEIVER)
    hidden = ("ordered_quantity", "received_quantity", "open_quantity", "announced_quantity")
    assert [row["item_code"] for row in rows] == ["PART", "PART"]
    assert {row[name] for row in rows for name in hidden} == {None}
    assert works.gateway.query("document_lines", {"document": order}, principal=RECEIVER) == []
    with pytest.raises(Refused, match="not_permitted"):
        works.gateway.query("purchase_orders", {}, principal=RECEIVER)
    refused = works.submit("receive_goods", principal=RECEIVER, order=number, lines=[{"line": 1, "quantity": 999}])
    assert (refused.message_key, refused.values) == (
        "refusal.more_than_taken",
        {"item": "PART", "quantity": Decimal(999)},
    )
    done = works.submit("receive_goods", principal=RECEIVER, order=number, lines=[{"line": 1, "quantity": 7}])
    assert done.status == "done"
    found = works.gateway.query("receipt_differences", {"document": done.document}, principal=RECEIVER)
    assert [(row["open_quantity"], row["received_quantity"], row["difference"]) for row in found] == [(10, 7, -3)]


def test_goods_that_are_not_taken_are_claimed_and_stay_open_on_the_order(works: Company) -> None:
    order = purchase_order(works)
    lines = [
        {
            "line": 1,
            "quantity": 5,
            "stated_quantity": 10,
            "damaged_quantity": 2,
            "wrong_quantity": 1,
            "over_quantity": 3,
        }
    ]
    receipt = works.do("receive_goods", order=order, lines=lines)
    assert receipt.message_key == "receipt.received_with_differences"
    claim = works.ask("supplier_claims")[0]
    details = works.ask("claim_details", document=claim["id"])
    assert {row["reason"]: row["quantity"] for row in details} == {"damaged": 2, "wrong": 1, "over": 3, "short": 2}
    assert line_of(works, order)["fulfilled_quantity"] == 5
    works.do("reverse_document", document=receipt.document, reason="counted twice")
    assert state(works, claim["id"]) == "settled"
    assert {row["outcome"] for row in works.ask("claim_details", document=claim["id"])} == {"withdrawn"}
    assert [row["state"] for row in works.ask_table("inbox_item") if row["kind"] == "supplier_claim"] == ["done"]
    works.assert_clean()


def test_a_delivery_of_which_nothing_is_taken_is_no_receipt(small_works: Company) -> None:
    order = purchase_order(small_works)
    nothing = [{"line": 1, "quantity": 0, "damaged_quantity": 4}]
    assert small_works.refused("receive_goods", order=order, lines=nothing) == "nothing_taken"
    assert small_works.refused("receive_goods", order=order, lines=[{"line": 1, "quantity": 0}]) == "nothing_counted"


@pytest.mark.parametrize(
    ("lot", "expires_on", "refusal"),
    [
        ("L1", "2026-06-15", "goods_expired"),
        ("L1", "2026-07-14", "life_too_short"),
        ("OLD", "2027-01-02", "lot_expiry_differs"),
        ("L1", "2026-07-15", None),
        ("OLD", "2027-01-01", None),
        ("OLD", None, None),
    ],
)
def test_a_lot_is_received_with_the_life_that_is_asked_of_it(
    small_works: Company, lot: str, expires_on: str | None, refusal: str | None
) -> None:
    small_works.do("put_item", code="GLUE", name="Glue", category="RAW", unit="EA", lot_tracked=True)
    opening = {"item": "GLUE", "location": "MAIN", "quantity": 1, "unit_cost": "2", "lot": "OLD"}
    small_works.do("book_opening_stock", lines=[{**opening, "expires_on": "2027-01-01"}])
    small_works.do("put_purchasing_policy", item="GLUE", min_remaining_days=30)
    lines = [{"item": "GLUE", "quantity": 5, "unit_price": "2"}]
    order = small_works.do("create_purchase_order", supplier="SUP", lines=lines).document
    line = {"line": 1, "quantity": 5, "lot": lot, **({"expires_on": expires_on} if expires_on else {})}
    if refusal is None:
        small_works.do("receive_goods", order=order, lines=[line])
    else:
        assert small_works.refused("receive_goods", order=order, lines=[line]) == refusal


# Need, enquiry, award ------------------------------------------------------------------------------------------------


def test_a_requisition_above_the_limit_waits_for_somebody_else(works: Company) -> None:
    works.do("put_approval_rule", command="confirm_purchase_requisition", approver_role="executive", amount_above="50")
    small = works.do("create_purchase_requisition", lines=[{"item": "PART", "quantity": 10, "estimated_price": "5"}])
    assert (small.message_key, state(works, small.document)) == ("receipt.created_document", "confirmed")
    large = works.do("create_purchase_requisition", lines=[{"item": "PART", "quantity": 10, "estimated_price": "5.01"}])
    assert (large.message_key, state(works, large.document)) == ("receipt.waits_for_approval", "draft")
    assert works.refused("order_purchase_requisition", requisition=large.document) == "document_state"
    request = works.ask_table("approval_request")[0]["id"]
    works.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert state(works, large.document) == "confirmed"
    works.assert_clean()


def test_an_order_that_is_cancelled_opens_its_need_again_and_all_between(works: Company) -> None:
    request = offered(works)
    need = works.ask("purchase_requisitions")[0]["id"]
    quotation = works.ask("supplier_quotations")[0]["id"]
    lines = [{"line": n, "supplier": "SUP"} for n in (1, 2)]
    (order,) = works.do("award_quotation", request=request, lines=lines).data["documents"]
    assert [state(works, key) for key in (need, request, quotation)] == ["closed", "closed", "awarded"]
    works.do("cancel_purchase_order", order=order)
    assert [state(works, key) for key in (need, request, quotation)] == ["confirmed", "sent", "offered"]
    assert line_of(works, need)["fulfilled_quantity"] == 0
    works.do("award_quotation", request=request, lines=lines)
    assert state(works, need) == "closed"
    works.assert_clean()


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ({"line": 1, "supplier": "SUP", "quantity": 11}, "more_than_asked"),
        ({"line": 1, "supplier": "SUP", "quantity": 4}, "not_in_lots"),
        ({"line": 1, "supplier": "TWO"}, "no_offer"),
        ({"line": 7, "supplier": "SUP"}, "line_not_found"),
    ],
)
def test_an_award_keeps_to_what_was_asked_and_offered(small_works: Company, line: dict[str, Any], refusal: str) -> None:
    small_works.do("put_party", code="TWO", name="Second", is_supplier=True)
    request = offered(small_works)
    assert small_works.refused("award_quotation", request=request, lines=[line]) == refusal


def test_what_was_ordered_by_another_road_is_not_awarded_too(small_works: Company) -> None:
    request = offered(small_works)
    need = small_works.ask("purchase_requisitions")[0]["id"]
    small_works.do("order_purchase_requisition", requisition=need, lines=[{"line": 1, "unit_price": "3"}])
    award = [{"line": 1, "supplier": "SUP"}]
    assert small_works.refused("award_quotation", request=request, lines=award) == "line_ordered"
    small_works.do("close_purchase_requisition", requisition=need)
    award = [{"line": 2, "supplier": "SUP"}]
    assert small_works.refused("award_quotation", request=request, lines=award) == "document_state"


def test_an_offer_counts_at_the_price_of_the_quantity_that_its_lots_make_it(small_works: Company) -> None:
    request = requested(small_works)
    lines = [
        {"line": 1, "unit_price": "3", "min_lot": 60},
        {"line": 1, "unit_price": "2", "from_quantity": 50},
    ]
    charges = [{"description": "Freight", "amount": "10"}]
    small_works.do("enter_supplier_quotation", request=request, supplier="SUP", lines=lines, charges=charges)
    row = small_works.ask("quotation_comparison", request=request)[0]
    assert (row["order_quantity"], row["unit_price"], row["landed_price"]) == (60, 2, 13)
    (order,) = small_works.do("award_quotation", request=request, lines=[{"line": 1, "supplier": "SUP"}]).data[
        "documents"
    ]
    assert (line_of(small_works, order)["quantity"], line_of(small_works, order)["unit_price"]) == (60, 2)


def test_a_second_offer_takes_the_place_of_the_first(small_works: Company) -> None:
    request = offered(small_works)
    small_works.do(
        "enter_supplier_quotation", request=request, supplier="SUP", lines=[{"line": 1, "unit_price": "2.5"}]
    )
    assert [row["state"] for row in small_works.ask("supplier_quotations")] == ["offered", "cancelled"]
    assert small_works.ask("quotation_comparison", request=request)[0]["unit_price"] == Decimal("2.5")


def test_an_offer_that_has_run_out_is_not_awarded(small_works: Company) -> None:
    request = requested(small_works)
    offer = {"request": request, "supplier": "SUP", "lines": [{"line": 1, "unit_price": "3"}]}
    small_works.do("enter_supplier_quotation", **offer, valid_until="2026-06-20")
    award = {"request": request, "lines": [{"line": 1, "supplier": "SUP"}]}
    assert small_works.refused("award_quotation", **award, document_on="2026-06-21") == "quotation_expired"
    small_works.do("award_quotation", **award, document_on="2026-06-20")


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({"lines": []}, "nothing_requested"),
        ({"lines": [{"quantity": 4}]}, "request_line_names"),
        ({"lines": [{"item": "PART"}]}, "input_missing"),
        ({"suppliers": ["CUS"], "lines": [{"item": "PART", "quantity": 4}]}, "party_role"),
    ],
)
def test_a_request_says_what_it_asks_for_and_whom(small_works: Company, data: dict[str, Any], refusal: str) -> None:
    assert small_works.refused("request_quotations", **{"suppliers": ["SUP"], **data}) == refusal


def test_only_who_was_asked_may_offer(small_works: Company) -> None:
    small_works.do("put_party", code="TWO", name="Second", is_supplier=True)
    offer = {"request": requested(small_works), "supplier": "TWO", "lines": [{"line": 1, "unit_price": "3"}]}
    assert small_works.refused("enter_supplier_quotation", **offer) == "supplier_not_asked"


def test_no_more_is_ordered_than_is_needed_but_for_the_lots_of_the_supplier(small_works: Company) -> None:
    small_works.do("put_supplier_item", supplier="SUP", item="PART", lot_multiple=6, prices=[{"unit_price": "3"}])
    need = requisition(small_works)
    order = {"requisition": need, "lines": [{"line": 1, "quantity": 13}]}
    assert small_works.refused("order_purchase_requisition", **order) == "more_than_asked"
    small_works.do("order_purchase_requisition", requisition=need, lines=[{"line": 1, "quantity": 12}])
    assert small_works.refused("order_purchase_requisition", requisition=need, lines=[{"line": 1}]) == "line_ordered"


def test_a_requisition_of_which_something_is_ordered_is_not_cancelled(small_works: Company) -> None:
    need = requisition(small_works)
    small_works.do("order_purchase_requisition", requisition=need, lines=[{"line": 1, "unit_price": "3"}])
    assert small_works.refused("cancel_purchase_requisition", requisition=need) == "order_partly_fulfilled"


# Promises ------------------------------------------------------------------------------------------------------------


def promise(works: Company, order: int, *days: tuple[str, int]) -> None:
    """Record promised deliveries of the first line."""
    lines = [{"line": 1, "promised_on": day, "quantity": quantity} for day, quantity in days]
    works.do("confirm_supplier_dates", order=order, lines=lines)


def test_the_order_line_carries_the_next_day_through_notices_receipts_and_what_is_taken_back(works: Company) -> None:
    order = purchase_order(works)
    promise(works, order, ("2026-06-20", 4), ("2026-06-30", 6))

    def next_day() -> str:
        return str(line_of(works, order)["promised_on"])

    assert next_day() == "2026-06-20"
    notice = works.do(
        "announce_delivery", order=order, expected_on="2026-06-25", lines=[{"line": 1, "quantity": 4}]
    ).document
    assert next_day() == "2026-06-25"
    works.do("cancel_delivery_notice", notice=notice)
    assert next_day() == "2026-06-20"
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 4}]).document
    assert next_day() == "2026-06-30"
    works.do("reverse_document", document=receipt, reason="wrong")
    assert next_day() == "2026-06-20"
    works.assert_clean()


def test_a_receipt_from_a_notice_closes_it_and_taking_it_back_opens_it(works: Company) -> None:
    order = purchase_order(works)
    notice = works.do(
        "announce_delivery", order=order, expected_on="2026-06-25", lines=[{"line": 1, "quantity": 8}]
    ).document
    assert works.refused("announce_delivery", order=order, expected_on="2026-06-26",
                         lines=[{"line": 1, "quantity": 3}]) == "more_than_open"  # fmt: skip
    receipt = works.do("receive_goods", order=notice).document
    assert (state(works, notice), line_of(works, order)["fulfilled_quantity"]) == ("closed", 8)
    assert works.refused("receive_goods", order=notice) == "document_state"
    works.do("reverse_document", document=receipt, reason="wrong")
    assert (state(works, notice), line_of(works, order)["fulfilled_quantity"]) == ("confirmed", 0)
    works.do("cancel_purchase_order", order=order)
    assert state(works, notice) == "cancelled"
    works.assert_clean()


def test_a_supplier_does_not_promise_more_than_is_open(small_works: Company) -> None:
    order = purchase_order(small_works)
    for lines in (
        [{"line": 1, "promised_on": "2026-06-20", "quantity": 11}],
        [{"line": 1, "promised_on": "2026-06-20"}, {"line": 1, "promised_on": "2026-06-21"}],
        [{"line": 1, "promised_on": "2026-06-20", "quantity": 10}, {"line": 1, "promised_on": "2026-06-21"}],
    ):
        assert small_works.refused("confirm_supplier_dates", order=order, lines=lines) == "more_than_open"


# Bills ---------------------------------------------------------------------------------------------------------------


def bill(works: Company, order: int, price: str, quantity: int = 10) -> Any:
    """Book a bill of the first line."""
    return works.submit(
        "book_supplier_bill", order=order, lines=[{"line": 1, "quantity": quantity, "unit_price": price}]
    )


def test_a_bill_above_the_tolerance_needs_somebody_who_may_approve_it(small_works: Company) -> None:
    small_works.do("put_purchasing_policy", price_tolerance_rate="0.01")
    order = received(small_works)
    assert bill(small_works, order, "3.51").message_key == "refusal.bill_above_tolerance"
    assert bill(small_works, order, "3.36").message_key == "receipt.posted"


@pytest.mark.parametrize(
    ("limits", "price", "waits"),
    [
        ({}, "9", False),
        ({"price_tolerance_rate": "0.1"}, "3.66", False),
        ({"price_tolerance_rate": "0.1"}, "3.67", True),
        ({"price_tolerance_amount": "2"}, "3.53", False),
        ({"price_tolerance_amount": "2"}, "3.54", True),
        ({"price_tolerance_rate": "0.5", "price_tolerance_amount": "1"}, "3.5", True),
        ({"price_tolerance_rate": "0"}, "0.5", False),
    ],
)
def test_a_price_waits_where_it_exceeds_a_limit_and_a_low_one_never(
    small_works: Company, limits: dict[str, str], price: str, waits: bool
) -> None:
    small_works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    small_works.do("put_purchasing_policy", **limits)
    booked = bill(small_works, received(small_works), price)
    assert booked.message_key == ("receipt.bill_waits" if waits else "receipt.posted")
    small_works.assert_clean()


def test_a_bill_that_waits_is_not_billed_twice_and_is_free_again_when_it_is_cancelled(works: Company) -> None:
    waiting = waiting_bill(works)
    order = works.ask("purchase_orders")[0]["id"]
    assert bill(works, order, "3.33").message_key == "refusal.more_than_received"
    match = works.ask("purchase_match", order=order)[0]
    assert (match["match"], match["waiting_quantity"], match["billed_quantity"]) == ("waiting", 10, 0)
    works.do("cancel_supplier_bill", bill=waiting)
    assert [row["state"] for row in works.ask_table("inbox_item") if row["kind"] == "approval"] == ["done"]
    assert bill(works, order, "3.33").message_key == "receipt.posted"
    works.assert_clean()


def test_a_rejected_bill_asks_again_and_its_approval_posts_it(works: Company) -> None:
    waiting = waiting_bill(works)

    def decide(*, approve: bool) -> str:
        request = works.ask_table("approval_request")[-1]["id"]
        reason = "" if approve else "too dear"
        answer = {"request": request, "approve": approve, "reason": reason}
        return works.submit("decide_approval", principal=CHECKER, **answer).message_key

    assert decide(approve=False) == "receipt.decided"
    assert state(works, waiting) == "draft"
    assert works.do("post_supplier_bill", bill=waiting).message_key == "receipt.bill_waits"
    assert decide(approve=True) == "receipt.decided"
    assert state(works, waiting) == "posted"
    order = works.ask("purchase_orders")[0]["id"]
    assert works.ask("purchase_match", order=order)[0]["match"] == "above"
    works.do("reverse_document", document=waiting, reason="wrong")
    assert works.ask("purchase_match", order=order)[0]["match"] == "to_bill"
    works.assert_clean()
