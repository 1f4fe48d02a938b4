"""Web shops on both databases: each order is booked once by the newest word of its shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.jobs.shops import Rush, book_waiting
from app.kernel.access import Principal
from app.kernel.reading import read_rows
from tests.company import DAY, Company
from tests.makers import CHECKER, stocked
from tests.shop_case import (
    deliver,
    inbox_kinds,
    lines_of,
    message_of,
    open_shop,
    sales_order_of,
    shopify_order,
    told,
    woo_order,
)

D = Decimal
LATER = "2026-06-15T11:00:00+08:00"


@pytest.fixture
def shop(works: Company) -> Company:
    """A company with parts in store and a Shopify shop."""
    stocked(works)
    open_shop(works)
    return works


# An order ------------------------------------------------------------------------------------------------------------


def test_an_order_is_booked_with_its_total_and_reserved(shop: Company) -> None:
    message = told(shop, shopify_order(1, [("PART", 3, "7.77")], note="ring twice"))
    order = sales_order_of(shop, message)
    assert (message["state"], order["state"], order["channel"]) == ("booked", "confirmed", "TEA")
    assert (order["total_amount"], order["external_number"], order["note"]) == (D("31.34"), "#1", "ring twice")
    goods, charge = lines_of(shop, message)
    assert (goods["item_code"], goods["reserved_quantity"], goods["net_amount"], goods["tax_amount"]) == (
        "PART", D(3), D("23.31"), D("3.03"),
    )  # fmt: skip
    assert (charge["kind"], charge["net_amount"], charge["item_name"]) == ("charge", D("5.00"), "Post")
    (kept,) = shop.ask("shop_orders")
    assert (kept["buyer_name"], kept["buyer_email"], kept["status"]) == ("Lin Wei", "lin@example.com", "order")
    shop.assert_clean()


def test_a_woocommerce_order_is_booked_too(works: Company) -> None:
    stocked(works)
    open_shop(works, "WOO", "woocommerce", tax_code="VAT13")
    message = told(works, woo_order(7, [("PART", 2, "10.00")]), "order.created", shop="WOO")
    assert sales_order_of(works, message)["total_amount"] == D("27.60")
    assert lines_of(works, message)[0]["tax_code"] == "VAT13"
    works.assert_clean()


def test_shipping_is_invoiced_with_the_first_goods_and_once(shop: Company) -> None:
    message = told(shop, shopify_order(1, [("PART", 4, "10.00")]))
    order = message["document_id"]
    assert shop.refused("issue_customer_invoice", order=order) == "nothing_to_invoice"
    assert shop.refused("ship_goods", order=order, lines=[{"line": 2, "quantity": 1}]) == "line_is_charge"
    shop.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 1}])
    first = shop.do("issue_customer_invoice", order=order).document
    shop.do("ship_goods", order=order)
    second = shop.do("issue_customer_invoice", order=order).document
    totals = [shop.ask("document_by_id", document=found)[0]["total_amount"] for found in (first, second)]
    assert totals == [D("16.30"), D("33.90")]
    assert sum(totals) == sales_order_of(shop, message)["total_amount"]
    assert sales_order_of(shop, message)["state"] == "closed"
    shop.assert_clean()
    shop.do("reverse_document", document=first, reason="wrong address")
    assert sales_order_of(shop, message)["state"] == "confirmed"
    shop.assert_clean()


def test_stock_is_reserved_in_the_shops_own_place(works: Company) -> None:
    stocked(works)
    works.do("put_location", code="WEB", name="Web store", site="MAIN")
    open_shop(works, location="WEB")
    message = told(works, shopify_order(1))
    assert lines_of(works, message)[0]["reserved_quantity"] == 0
    lines = [{"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "WEB"}]
    works.do("transfer_stock", lines=lines)
    assert lines_of(works, told(works, shopify_order(2)))[0]["reserved_quantity"] == 2


def test_an_order_above_a_limit_waits_for_its_approval(shop: Company) -> None:
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    message = told(shop, shopify_order(1, [("PART", 50, "10.00")]))
    assert sales_order_of(shop, message)["state"] == "draft"
    small = told(shop, shopify_order(2, [("PART", 1, "10.00")]))
    grown = told(shop, shopify_order(2, [("PART", 60, "10.00")], updated=LATER))
    assert (grown["state"], grown["reason"]) == ("quarantined", "needs_approval")
    assert sales_order_of(shop, small)["total_amount"] == D("16.30")
    shop.assert_clean()


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ({"margin_below": "0.3"}, ("PART", 4, "10.00"), ("PART", 4, "3.50")),
        ({"family": "RAW"}, ("GOOD", 4, "10.00"), ("PART", 4, "10.00")),
    ],
    ids=["margin", "family"],
)
def test_a_change_that_a_rule_asks_about_waits_though_the_total_does_not_grow(
    shop: Company, rule: dict[str, str], before: tuple[str, int, str], after: tuple[str, int, str]
) -> None:
    stocked(shop, "GOOD", 10)
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", **rule)
    message = told(shop, shopify_order(1, [before]))
    assert sales_order_of(shop, message)["state"] == "confirmed"
    changed = told(shop, shopify_order(1, [after], updated=LATER))
    assert (changed["state"], changed["reason"]) == ("quarantined", "needs_approval")
    assert lines_of(shop, message)[0]["unit_price"] == D(before[2])
    shop.assert_clean()


def test_a_change_that_adds_nothing_to_what_stands_is_booked(shop: Company) -> None:
    message = told(shop, shopify_order(1, [("PART", 50, "10.00")]))
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    smaller = told(shop, shopify_order(1, [("PART", 40, "10.00")], updated=LATER))
    assert smaller["state"] == "booked"
    assert lines_of(shop, message)[0]["quantity"] == 40
    shop.assert_clean()


def test_a_shops_order_does_not_grow_unasked_where_its_rule_names_no_amount(shop: Company) -> None:
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive")
    message = told(shop, shopify_order(1, [("PART", 1, "10.00")]))
    order = message["document_id"]
    (asked,) = shop.ask("approval_requests", document=order)
    shop.submit("decide_approval", principal=CHECKER, request=asked["id"], approve=True)
    grown = told(shop, shopify_order(1, [("PART", 60, "10.00")], updated=LATER))
    assert (grown["state"], grown["reason"]) == ("quarantined", "needs_approval")
    assert lines_of(shop, message)[0]["quantity"] == 1
    shop.assert_clean()


def test_a_draft_that_its_shop_changes_is_asked_about_anew(shop: Company) -> None:
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    message = told(shop, shopify_order(1, [("PART", 20, "10.00")]))
    order = message["document_id"]
    (seen,) = shop.ask("approval_requests", document=order)
    told(shop, shopify_order(1, [("PART", 30, "10.00")], updated=LATER))
    stale = shop.submit("decide_approval", principal=CHECKER, request=seen["id"], approve=True)
    assert stale.message_key == "refusal.approval_decided", "who read the old version decides nothing of the new"
    first, second = shop.ask("approval_requests", document=order)
    assert (first["state"], second["state"]) == ("withdrawn", "waiting")
    (asked,) = [row for row in shop.ask("inbox") if row["document_id"] == order]
    assert D(asked["facts"]["amount"]) == D("344.00")
    shop.submit("decide_approval", principal=CHECKER, request=second["id"], approve=True)
    assert sales_order_of(shop, message)["state"] == "confirmed"
    assert lines_of(shop, message)[0]["reserved_quantity"] == 30
    shop.assert_clean()


def test_a_draft_that_its_shop_brings_below_the_bound_takes_effect(shop: Company) -> None:
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    message = told(shop, shopify_order(1, [("PART", 20, "10.00")]))
    told(shop, shopify_order(1, [("PART", 2, "10.00")], updated=LATER))
    assert sales_order_of(shop, message)["state"] == "confirmed"
    assert [row["state"] for row in shop.ask("approval_requests", document=message["document_id"])] == ["withdrawn"]
    assert inbox_kinds(shop) == []
    (line,) = [row for row in lines_of(shop, message) if row["item_code"] == "PART"]
    assert (line["reserved_quantity"], line["promised_on"]) == (2, DAY)
    shop.assert_clean()


def test_a_shop_order_is_promised_what_nobody_else_was(shop: Company) -> None:
    lines = [{"item": "PART", "quantity": 80, "unit_price": "3", "due_on": "2026-07-12"}]
    shop.do("create_purchase_order", supplier="SUP", lines=lines)
    first = told(shop, shopify_order(1, [("PART", 150, "10.00")]))
    second = told(shop, shopify_order(2, [("PART", 40, "10.00")]))
    assert [str(lines_of(shop, message)[0]["promised_on"]) for message in (first, second)] == ["2026-07-12", "None"]
    told(shop, shopify_order(1, [("PART", 120, "10.00")], updated=LATER))
    assert str(lines_of(shop, first)[0]["promised_on"]) == "2026-07-12"
    told(shop, shopify_order(2, [("PART", 45, "10.00")], updated=LATER))
    assert str(lines_of(shop, second)[0]["promised_on"]) == "2026-07-12"


def test_a_shop_and_a_clerk_lock_an_order_its_customer_and_its_stock_in_one_order(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who locks in another order than his peers waits for them in a circle."""
    shop.do("put_credit_terms", customer="CUS", credit_limit="100000")
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="100")
    message = told(shop, shopify_order(1, [("PART", 20, "10.00")]))
    held: list[str] = []

    def noted(driver: Any, table: Any, columns: Any, values: Any, *, lock: Any) -> Any:
        if lock == "change" and table.name in {"document", "party", "stock_balance"}:
            held.append(table.name)
        return read_rows(driver, table, columns, values, lock=lock)

    monkeypatch.setattr("app.kernel.unit_of_work.read_rows", noted)
    waits = deliver(shop, shopify_order(1, [("PART", 30, "10.00")], updated=LATER))
    held.clear()
    shop.do("book_shop_message", message=waits)
    assert list(dict.fromkeys(held)) == ["document", "party", "stock_balance"]
    held.clear()
    shop.do("confirm_sales_order", order=message["document_id"])
    assert list(dict.fromkeys(held)) == ["document", "party", "stock_balance"]


def test_an_order_that_waited_is_reserved_in_the_place_of_its_shop(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 50, "unit_cost": "6"}])
    works.do("put_location", code="WEB", name="Web store", site="MAIN")
    open_shop(works, location="WEB")
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    message = told(works, shopify_order(1, [("PART", 5, "10.00")]))
    request = works.ask_table("approval_request")[-1]["id"]
    works.do("decide_approval", principal=CHECKER, request=request, approve=True)
    order = sales_order_of(works, message)
    assert (order["state"], _reserved(works)) == ("confirmed", {})
    lines = [{"item": "PART", "quantity": 4, "from_location": "MAIN", "to_location": "WEB"}]
    works.do("transfer_stock", lines=lines)
    works.do("reserve_sales_order", order=order["id"])
    assert _reserved(works) == {"WEB": D(4)}
    works.assert_clean()


def _reserved(works: Company) -> dict[str, Decimal]:
    """What is reserved, by place."""
    places = {row["id"]: row["code"] for row in works.ask_table("location")}
    return {places[row["location_id"]]: row["reserved"] for row in works.ask_table("stock_balance") if row["reserved"]}


# Repeats, order of arrival -------------------------------------------------------------------------------------------


def test_a_delivery_again_is_stored_once(shop: Company) -> None:
    first = deliver(shop, shopify_order(1), delivery="d-1")
    assert deliver(shop, shopify_order(1), delivery="d-1") == first
    assert len(shop.ask_table("shop_message")) == 1


def test_in_a_rush_storing_comes_first_but_not_for_ever(shop: Company) -> None:
    rush = Rush(shop.gateway, a_second=0.1)
    hurried = Rush(shop.gateway, a_second=0.1, longest_wait_seconds=0)
    assert not rush.comes_first()
    assert not hurried.comes_first()
    for number in range(4):
        deliver(shop, shopify_order(number + 1))
    assert rush.comes_first()
    assert not hurried.comes_first()
    assert not rush.comes_first()
    assert book_waiting(shop.gateway) == 4


def test_two_messages_under_one_delivery_id_are_both_kept(shop: Company) -> None:
    """WooCommerce makes the id of a delivery of its webhook and the second, so two messages of one second share it."""
    first, second = deliver(shop, shopify_order(1), delivery="d-1"), deliver(shop, shopify_order(2), delivery="d-1")
    assert first != second
    assert book_waiting(shop.gateway) == 2
    assert len(shop.ask("sales_orders")) == 2


def test_the_same_word_under_another_topic_is_a_duplicate(shop: Company) -> None:
    told(shop, shopify_order(1), "orders/create")
    message = told(shop, shopify_order(1), "orders/paid")
    assert (message["state"], message["reason"]) == ("duplicate", "same")
    assert len(shop.ask("sales_orders")) == 1


def test_an_update_that_comes_first_is_booked_and_the_original_is_stale(shop: Company) -> None:
    update = told(shop, shopify_order(1, [("PART", 5, "10.00")], updated=LATER), "orders/updated")
    original = told(shop, shopify_order(1), "orders/create")
    assert (update["state"], original["state"], original["reason"]) == ("booked", "stale", "older")
    assert original["document_id"] == update["document_id"]
    assert lines_of(shop, update)[0]["quantity"] == 5


def test_a_cancellation_that_comes_first_leaves_nothing_to_book(shop: Company) -> None:
    cancelled = told(shop, shopify_order(1, updated=LATER, cancelled_at=LATER), "orders/cancelled")
    original = told(shop, shopify_order(1), "orders/create")
    assert (cancelled["state"], cancelled["reason"], original["state"]) == ("ignored", "is_cancelled", "stale")
    assert shop.ask("sales_orders") == []


def test_booking_again_books_nothing_twice(shop: Company) -> None:
    message = deliver(shop, shopify_order(1))
    for attempt in range(3):
        receipt = shop.submit("book_shop_message", message=message, command_id=f"another-{attempt}-time")
        assert receipt.status == "done"
    assert len(shop.ask("sales_orders")) == 1


# Changes -------------------------------------------------------------------------------------------------------------


def test_a_newer_word_changes_lines_and_what_is_reserved(shop: Company) -> None:
    told(shop, shopify_order(1, [("PART", 5, "10.00"), ("GOOD", 1, "20.00")]))
    newer = shopify_order(1, [("PART", 3, "9.50"), ("GOOD", 1, "20.00"), ("PART", 2, "8.00")], updated=LATER)
    message = told(shop, newer)
    order = sales_order_of(shop, message)
    assert (message["state"], order["total_amount"]) == ("booked", D(newer["total_price"]))
    assert [(line["item_code"], line["quantity"], line["reserved_quantity"]) for line in lines_of(shop, message)] == [
        ("PART", D(3), D(3)), ("GOOD", D(1), D(0)), (None, D(1), D(0)), ("PART", D(2), D(2)),
    ]  # fmt: skip
    shop.assert_clean()


def test_a_line_that_the_shop_took_off_stays_with_nothing_on_it(shop: Company) -> None:
    told(shop, shopify_order(1, [("PART", 5, "10.00"), ("GOOD", 1, "20.00")]))
    message = told(shop, shopify_order(1, [("PART", 5, "10.00")], updated=LATER))
    gone = lines_of(shop, message)[1]
    assert (gone["item_code"], gone["quantity"], gone["net_amount"], gone["closed"]) == ("GOOD", 0, 0, True)
    again = told(shop, shopify_order(1, [("PART", 5, "10.00"), ("GOOD", 2, "20.00")], updated="2026-06-16T01:00:00Z"))
    assert lines_of(shop, again)[1]["quantity"] == 2
    assert len(lines_of(shop, again)) == 3
    shop.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 9, "unit_cost": "6"}])
    shop.do("ship_goods", order=again["document_id"])
    shop.do("issue_customer_invoice", order=again["document_id"])
    assert sales_order_of(shop, again)["state"] == "closed"
    shop.assert_clean()


def test_a_word_about_payment_alone_changes_no_line(shop: Company) -> None:
    message = told(shop, shopify_order(1, financial_status="pending"))
    shop.do("ship_goods", order=message["document_id"])
    shop.do("issue_customer_invoice", order=message["document_id"])
    later = told(shop, shopify_order(1, updated=LATER, fulfillment_status="fulfilled"))
    assert later["state"] == "booked"
    assert shop.ask("shop_orders")[0]["state"] == "paid / fulfilled"
    shop.assert_clean()


@pytest.mark.parametrize("pieces", [1, 6])
def test_what_was_shipped_keeps_its_quantity_and_the_clerk_is_told(shop: Company, pieces: int) -> None:
    message = told(shop, shopify_order(1, [("PART", 5, "10.00")]))
    shop.do("ship_goods", order=message["document_id"], lines=[{"line": 1, "quantity": 3}])
    later = told(shop, shopify_order(1, [("PART", pieces, "10.00")], updated=LATER))
    if pieces < 3:
        assert (later["state"], later["reason"]) == ("quarantined", "change_shipped")
        assert inbox_kinds(shop) == ["shop_change_shipped"]
        assert lines_of(shop, message)[0]["quantity"] == 5
    else:
        assert later["state"] == "booked"
        assert lines_of(shop, message)[0]["quantity"] == 6
    shop.assert_clean()


def test_what_was_invoiced_stays_and_is_booked_after_it_was_taken_back(shop: Company) -> None:
    message = told(shop, shopify_order(1, [("PART", 5, "10.00")]))
    order = message["document_id"]
    shipment = shop.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 3}]).document
    invoice = shop.do("issue_customer_invoice", order=order).document
    later = told(shop, shopify_order(1, [("PART", 2, "10.00")], updated=LATER))
    assert later["reason"] == "change_shipped"
    for document in (invoice, shipment):
        shop.do("reverse_document", document=document, reason="the shop changed it")
    shop.do("retry_shop_message", message=later["id"])
    book_waiting(shop.gateway)
    assert message_of(shop, later["id"])["state"] == "booked"
    assert lines_of(shop, message)[0]["quantity"] == 2
    assert inbox_kinds(shop) == []
    shop.assert_clean()


# Cancelling, deleting, refunding -------------------------------------------------------------------------------------


def test_a_cancelled_order_gives_its_stock_back_and_can_be_taken_up_again(shop: Company) -> None:
    first = told(shop, shopify_order(1))
    cancelled = told(shop, shopify_order(1, updated=LATER, cancelled_at=LATER))
    assert (cancelled["state"], sales_order_of(shop, cancelled)["state"]) == ("booked", "cancelled")
    assert {row["reserved"] for row in shop.ask_table("stock_balance")} == {0}
    again = told(shop, shopify_order(1, updated="2026-06-16T01:00:00Z"))
    assert again["document_id"] != first["document_id"]
    assert sales_order_of(shop, again)["state"] == "confirmed"
    shop.assert_clean()


def test_a_cancelled_order_that_is_paid_after_all_is_booked_anew(works: Company) -> None:
    stocked(works)
    open_shop(works, "WOO", "woocommerce")
    documents = []
    for minute, status in enumerate(("on-hold", "failed", "pending", "processing")):
        order = woo_order(7, status=status, updated=f"2026-06-15T10:0{minute}:00")
        documents.append(told(works, order, "order.updated", shop="WOO"))
    assert [sales_order_of(works, message)["state"] for message in documents[:3]] == ["cancelled"] * 3
    assert sales_order_of(works, documents[-1])["state"] == "confirmed"
    works.assert_clean()


def test_a_sales_order_that_a_clerk_cancelled_is_not_said_to_be_booked(shop: Company) -> None:
    booked = told(shop, shopify_order(1))
    shop.do("cancel_sales_order", order=booked["document_id"])
    newer = told(shop, shopify_order(1, updated=LATER))
    assert (newer["state"], newer["reason"]) == ("quarantined", "order_not_open")
    shop.assert_clean()


def test_shipping_is_invoiced_where_all_goods_came_back_before(shop: Company) -> None:
    order = told(shop, shopify_order(1, [("PART", 4, "10.00")]))["document_id"]
    shop.do("ship_goods", order=order)
    shop.do("receive_return", against=order, reason="not_wanted")
    shop.do("issue_customer_invoice", order=order)
    assert shop.ask("document_by_id", document=order)[0]["state"] == "closed"
    shop.assert_clean()


def test_a_parcels_paper_names_the_buyer_to_who_may_ship(shop: Company) -> None:
    order = told(shop, shopify_order(1))["document_id"]
    shipment = shop.do("ship_goods", order=order).document
    buyer = shop.ask_table("shop_order")[0]["buyer_name"]
    assert shop.ask("printed_document", document=shipment)[0]["ship_to_name"] == buyer
    reader = Principal(77, "boss", "Boss", permissions=frozenset({"documents.read", "sales.read"}))
    seen = shop.gateway.query("printed_document", {"document": shipment}, principal=reader)[0]
    assert (seen["ship_to_name"], buyer in str(seen)) == ("Customer", False)


def test_an_order_that_left_is_not_cancelled_and_the_clerk_is_told(shop: Company) -> None:
    message = told(shop, shopify_order(1))
    shop.do("ship_goods", order=message["document_id"])
    cancelled = told(shop, shopify_order(1, updated=LATER, cancelled_at=LATER))
    assert (cancelled["state"], cancelled["reason"]) == ("quarantined", "cancel_shipped")
    assert inbox_kinds(shop) == ["shop_cancel_shipped"]
    shop.do("discard_shop_message", message=cancelled["id"], reason="the buyer keeps it")
    assert message_of(shop, cancelled["id"])["detail"] == "the buyer keeps it"
    assert inbox_kinds(shop) == []
    shop.assert_clean()


def test_a_deleted_order_is_cancelled_and_a_late_word_of_it_is_stale(works: Company) -> None:
    stocked(works)
    open_shop(works, "WOO", "woocommerce")
    booked = told(works, woo_order(7), "order.created", shop="WOO")
    told(works, {"id": 7}, "order.deleted", shop="WOO")
    assert sales_order_of(works, booked)["state"] == "cancelled"
    assert told(works, {"id": 8}, "order.deleted", shop="WOO")["state"] == "ignored"
    assert told(works, woo_order(8, updated="2026-06-15T03:00:00"), "order.created", shop="WOO")["state"] == "stale"
    works.assert_clean()


def test_a_refund_is_noted_once_and_the_clerk_is_told(shop: Company) -> None:
    refund = {"id": 9, "order_id": 1, "transactions": [{"kind": "refund", "status": "success", "amount": "4.20"}]}
    early = told(shop, refund, "refunds/create")
    assert early["state"] == "booked"
    message = told(shop, shopify_order(1, refunds=[{**refund, "order_id": 1}]))
    second = {**refund, "id": 10}
    assert told(shop, second, "refunds/create")["state"] == "booked"
    assert told(shop, {**second, "note": "again"}, "refunds/create")["state"] == "duplicate"
    (order,) = shop.ask("shop_orders")
    assert (order["refunded_amount"], order["document_id"]) == (D("8.40"), message["document_id"])
    assert inbox_kinds(shop) == ["shop_refund"]
    shop.assert_clean()


@pytest.mark.parametrize(
    ("state", "reason"), [("pending", "is_waiting"), ("failed", "is_cancelled"), ("refunded", "is_refunded")]
)
def test_what_is_no_order_is_not_booked_until_it_becomes_one(works: Company, state: str, reason: str) -> None:
    open_shop(works, "WOO", "woocommerce")
    message = told(works, woo_order(7, status=state), "order.created", shop="WOO")
    assert (message["state"], message["reason"], works.ask("sales_orders")) == ("ignored", reason, [])
    later = told(works, woo_order(7, updated="2026-06-15T03:00:00"), "order.updated", shop="WOO")
    assert later["state"] == "booked"
