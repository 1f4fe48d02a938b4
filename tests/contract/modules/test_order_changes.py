"""A confirmed sales order is changed by hand: judged anew, never below what is done, and every former version can be read."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import DAY, Company
from tests.makers import CHECKER, stocked
from tests.shop_case import open_shop, shopify_order, told

D = Decimal
BOTH = Principal(71, "wu", "Wu", roles=frozenset({"executive", "accountant"}), permissions=frozenset({"*"}))
CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


@pytest.fixture
def selling(works: Company) -> Company:
    """A hundred parts in store."""
    stocked(works)
    return works


def order(works: Company, *quantities: int, **data: Any) -> int:
    """A confirmed order of parts at 10 each without tax, a line for each quantity."""
    lines = [{"item": "PART", "quantity": n, "unit_price": "10", "tax_code": "VAT0"} for n in quantities]
    document = works.do("create_sales_order", customer="CUS", lines=lines, **data).document
    assert document is not None
    return document


def change(works: Company, document: int, **data: Any) -> str:
    """Change an order as the clerk and return what the product answers."""
    given = {"order": document, "reason": "he rang", **data}
    return works.submit("change_sales_order", principal=CLERK, **given).message_key.split(".")[1]


def lines_of(works: Company, document: int) -> list[tuple[Any, ...]]:
    """Quantity, reserved, price and whether it is closed, line by line."""
    names = ("quantity", "reserved_quantity", "unit_price", "closed")
    return [tuple(row[name] for name in names) for row in works.ask("document_lines", document=document)]


def history(works: Company, document: int, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the changes of an order, the first first."""
    return [tuple(row[name] for name in names) for row in reversed(works.ask("order_changes", document=document))]


def total(works: Company, document: int) -> Decimal:
    """What the order comes to."""
    return works.ask("document_by_id", document=document)[0]["total_amount"]


def approve(works: Company, document: int, *, yes: bool = True) -> str:
    """Answer the latest request."""
    request = works.ask("approval_requests", document=document)[-1]["id"]
    data = {"approve": yes, "reason": "" if yes else "too dear"}
    return works.submit("decide_approval", principal=CHECKER, request=request, **data).message_key.split(".")[1]


def test_quantities_prices_and_days_change_and_every_version_can_be_read(selling: Company) -> None:
    document = order(selling, 10, 5, due_on="2026-06-20")
    assert change(selling, document, lines=[{"line": 1, "quantity": 14, "unit_price": "9"}]) == "changed"
    assert (
        change(selling, document, lines=[{"line": 1, "quantity": 6}], due_on="2026-06-25", reason="less") == "changed"
    )
    assert change(selling, document, lines=[{"line": 2, "discount_rate": "0.1"}]) == "changed"
    assert lines_of(selling, document) == [(6, 6, 9, False), (5, 5, 10, False)]
    assert total(selling, document) == D("99")
    told_lines = history(selling, document, "change_number", "line", "quantity", "new_quantity", "unit_price", "due_on")
    assert [row for row in told_lines if row[1] == 1] == [
        (1, 1, D(10), D(14), D(10), None),
        (2, 1, D(14), D(6), None, date(2026, 6, 20)),
    ]
    assert [row[:2] for row in told_lines if row[1] != 1] == [(2, 2), (2, None), (3, 2)]
    assert {row[0] for row in history(selling, document, "state")} == {"applied"}
    selling.assert_clean()


def test_lines_are_added_and_cancelled_and_reservations_follow(selling: Company) -> None:
    document = order(selling, 60, 20)
    added = [{"item": "PART", "quantity": 70, "unit_price": "8", "tax_code": "VAT0"}]
    assert change(selling, document, lines=[{"line": 1, "cancel": True}], added=added) == "changed"
    assert lines_of(selling, document) == [(0, 0, 10, True), (20, 20, 10, False), (70, 70, 8, False)]
    assert history(selling, document, "line", "what") == [(3, "added"), (1, "cancelled")]
    selling.do("ship_goods", order=document)
    selling.do("issue_customer_invoice", order=document)
    assert selling.ask("document_by_id", document=document)[0]["state"] == "closed"
    selling.assert_clean()


def test_nothing_goes_below_what_is_shipped_or_changes_the_price_of_what_is_invoiced(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("ship_goods", order=document, lines=[{"line": 1, "quantity": 4}])
    assert change(selling, document, lines=[{"line": 1, "quantity": 3}]) == "change_below_done"
    selling.do("issue_customer_invoice", order=document)
    assert change(selling, document, lines=[{"line": 1, "unit_price": "9"}]) == "change_invoiced_price"
    assert change(selling, document, lines=[{"line": 1, "quantity": 12}]) == "changed"
    assert change(selling, document, lines=[{"line": 1, "cancel": True}]) == "changed"
    assert lines_of(selling, document) == [(4, 0, 10, False)]
    assert selling.ask("document_by_id", document=document)[0]["state"] == "closed"
    assert total(selling, document) == D(40)
    selling.assert_clean()


def test_what_a_wave_holds_is_not_changed(selling: Company) -> None:
    document = order(selling, 10, 5)
    selling.do("release_wave", orders=[document])
    assert change(selling, document, lines=[{"line": 1, "quantity": 12}]) == "line_being_picked"
    wave = selling.ask("pick_waves")[0]["id"]
    selling.do("cancel_wave", wave=wave)
    assert change(selling, document, lines=[{"line": 1, "quantity": 12}]) == "changed"
    selling.assert_clean()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, "change_nothing"),
        ({"lines": [{"line": 1, "quantity": 10}]}, "change_nothing"),
        ({"lines": [{"line": 7, "quantity": 10}]}, "line_not_found"),
        ({"lines": [{"line": 1, "quantity": 2}, {"line": 1, "quantity": 3}]}, "change_line_twice"),
        ({"lines": [{"line": 1, "quantity": "2.5"}]}, "quantity_decimals"),
        ({"added": [{"item": "NONE", "quantity": 1}]}, "code_unknown"),
        ({"lines": [{"line": 1, "quantity": "999999999999", "unit_price": "9999999999"}]}, "number_digits"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_reason(selling: Company, data: dict[str, Any], answer: str) -> None:
    document = order(selling, 10)
    assert change(selling, document, **data) == answer
    assert lines_of(selling, document) == [(10, 10, 10, False)]
    assert selling.ask("order_changes", document=document) == []


def test_a_change_that_waits_leaves_the_version_in_force(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="150")
    assert change(selling, document, lines=[{"line": 1, "quantity": 20}]) == "change_waits"
    assert (lines_of(selling, document), total(selling, document)) == ([(10, 10, 10, False)], D(100))
    selling.assert_clean()
    selling.do("ship_goods", order=document, lines=[{"line": 1, "quantity": 8}])
    (asked,) = [row for row in selling.ask("inbox") if row["document_id"] == document]
    assert D(asked["facts"]["amount"]) == 200
    assert approve(selling, document) == "decided"
    assert (lines_of(selling, document), total(selling, document)) == ([(20, 12, 10, False)], D(200))
    assert history(selling, document, "state", "quantity", "new_quantity") == [("applied", D(10), D(20))]
    assert change(selling, document, lines=[{"line": 1, "quantity": 19}]) == "changed", "less asks nobody again"
    selling.assert_clean()


def test_a_rejected_change_is_over_and_its_asker_told(selling: Company) -> None:
    user = selling.do("put_user", login="li", name="Li", roles=["clerk"]).data["id"]
    li = Principal(user, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
    document = order(selling, 10)
    for name, role in (("a", "executive"), ("b", "accountant")):
        rule = {"command": "confirm_sales_order", "name": name, "approver_role": role, "amount_above": "150"}
        selling.do("put_approval_rule", **rule)
    lines = [{"line": 1, "quantity": 20}]
    selling.submit("change_sales_order", principal=li, order=document, reason="more", lines=lines)
    request = next(r for r in selling.ask("approval_requests", document=document) if r["approver_role"] == "executive")
    selling.submit("decide_approval", principal=CHECKER, request=request["id"], approve=False, reason="no")
    assert history(selling, document, "state", "requested_by_name") == [("rejected", "Li")]
    waiting = [(row["kind"], row["user_id"]) for row in selling.ask_table("inbox_item") if row["state"] == "open"]
    assert waiting == [("approval_rejected", user)]
    assert lines_of(selling, document) == [(10, 10, 10, False)]
    selling.assert_clean()


def test_a_newer_change_takes_the_place_of_one_that_waits_and_needs_its_own_approval(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="150")
    change(selling, document, lines=[{"line": 1, "quantity": 30}])
    first = selling.ask("approval_requests", document=document)[-1]["id"]
    assert change(selling, document, lines=[{"line": 1, "quantity": 25}]) == "change_waits"
    stale = selling.submit("decide_approval", principal=CHECKER, request=first, approve=True)
    assert stale.message_key == "refusal.approval_decided"
    assert history(selling, document, "state") == [("withdrawn",), ("waiting",)]
    selling.do("withdraw_order_change", order=document)
    assert selling.refused("withdraw_order_change", order=document) == "no_change_waits"
    assert [row for row in selling.ask("inbox") if row["document_id"] == document] == []
    selling.assert_clean()


def test_an_approval_that_comes_too_late_is_refused_and_the_change_can_be_rejected(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", discount_above="0.2")
    assert change(selling, document, lines=[{"line": 1, "quantity": 5, "discount_rate": "0.3"}]) == "change_waits"
    selling.do("ship_goods", order=document, lines=[{"line": 1, "quantity": 8}])
    assert approve(selling, document) == "change_below_done"
    assert approve(selling, document, yes=False) == "decided"
    assert history(selling, document, "state") == [("rejected",)]
    selling.assert_clean()


def test_an_order_that_is_cancelled_or_closed_takes_its_waiting_change_along(selling: Company) -> None:
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="150")
    for command in ("cancel_sales_order", "close_sales_order"):
        document = order(selling, 10)
        assert change(selling, document, lines=[{"line": 1, "quantity": 20}]) == "change_waits"
        selling.do(command, order=document)
        assert history(selling, document, "state") == [("withdrawn",)]
    selling.assert_clean()


def test_credit_is_judged_for_what_the_change_adds(selling: Company) -> None:
    selling.do("put_credit_terms", customer="CUS", credit_limit="150")
    document = order(selling, 10)
    assert change(selling, document, lines=[{"line": 1, "quantity": 15}]) == "changed"
    assert change(selling, document, lines=[{"line": 1, "quantity": 16}]) == "change_waits"
    (reason,) = selling.ask("approval_requests", document=document)[-1]["explanation"]
    assert (D(reason["value"]), D(reason["order"])) == (160, 10)
    selling.assert_clean()


def test_promises_are_remade_after_a_change(selling: Company) -> None:
    bought = [{"item": "PART", "quantity": 50, "unit_price": "3", "due_on": "2026-07-12"}]
    selling.do("create_purchase_order", supplier="SUP", lines=bought)
    document = order(selling, 90)
    assert change(selling, document, lines=[{"line": 1, "quantity": 140}]) == "changed"
    (line,) = selling.ask("document_lines", document=document)
    assert (line["reserved_quantity"], line["promised_on"]) == (100, date(2026, 7, 12))
    assert change(selling, document, lines=[{"line": 1, "quantity": 151}]) == "changed"
    assert selling.ask("document_lines", document=document)[0]["promised_on"] is None
    assert change(selling, document, lines=[{"line": 1, "quantity": 100}]) == "changed"
    assert selling.ask("document_lines", document=document)[0]["promised_on"] == DAY
    selling.assert_clean()


def test_prices_are_taken_anew_where_that_is_wished(selling: Company) -> None:
    document = order(selling, 10)
    assert change(selling, document, lines=[{"line": 1, "quantity": 12}], reprice=True) == "changed"
    assert selling.ask("document_lines", document=document)[0]["unit_price"] == 5


def test_a_quoted_line_takes_no_more_than_was_quoted(selling: Company) -> None:
    quoted = selling.do("create_quotation", customer="CUS", lines=[{"item": "PART", "quantity": 10}]).document
    document = selling.do("accept_quotation", quotation=quoted, lines=[{"line": 1, "quantity": 6}]).document
    assert document is not None
    assert change(selling, document, lines=[{"line": 1, "quantity": 11}]) == "more_than_quoted"
    assert change(selling, document, lines=[{"line": 1, "quantity": 10}]) == "changed"
    assert selling.ask("document_by_id", document=quoted)[0]["state"] == "closed"
    assert (
        change(selling, document, lines=[{"line": 1, "cancel": True}], added=[{"item": "PART", "quantity": 1}])
        == "changed"
    )
    assert selling.ask("document_by_id", document=quoted)[0]["state"] == "confirmed"
    selling.assert_clean()


def test_the_destination_of_an_order_is_kept_with_what_it_was(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("plan_delivery", order=document, region="SH", phone="555", address="1 Old Road")
    assert change(selling, document, address="2 New Road", region="SZ") == "changed"
    (row,) = selling.ask("order_changes", document=document)
    assert (row["what"], row["address"], row["new_address"], row["region"], row["phone"]) == (
        "header",
        "1 Old Road",
        "2 New Road",
        "SH",
        None,
    )
    shipment = selling.do("ship_goods", order=document).document
    (printed,) = selling.ask("printed_document", document=shipment)
    assert (printed["ship_to_name"], printed["ship_to_address"], printed["ship_to_phone"]) == (
        "Customer",
        "2 New Road",
        "555",
    )


def test_a_shops_order_keeps_its_total_and_its_versions(selling: Company) -> None:
    open_shop(selling)
    message = told(selling, shopify_order(1, [("PART", 2, "10.00")]))
    document = message["document_id"]
    assert change(selling, document, lines=[{"line": 1, "quantity": 3}]) == "change_of_shop_order"
    assert change(selling, document, due_on="2026-06-30") == "changed"
    told(selling, shopify_order(1, [("PART", 4, "10.00")], updated="2026-06-15T11:00:00+08:00"))
    versions = history(selling, document, "change_number", "reason", "line", "quantity", "new_quantity")
    assert (2, "Shop TEA", 1, D(2), D(4)) in versions
    selling.assert_clean()


def test_two_clerks_change_one_order_one_after_the_other(selling: Company) -> None:
    document = order(selling, 10)
    gate, answers = threading.Barrier(2), []

    def more(quantity: int) -> None:
        gate.wait()
        answers.append(change(selling, document, lines=[{"line": 1, "quantity": quantity}]))

    threads = [threading.Thread(target=more, args=(quantity,)) for quantity in (20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["changed", "changed"]
    (first, second) = history(selling, document, "quantity", "new_quantity")
    assert first[1] == second[0]
    selling.assert_clean()


def rule(works: Company, **data: Any) -> None:
    """A rule for sales orders."""
    given = {"command": "confirm_sales_order", "name": "R", "approver_role": "executive", **data}
    works.do("put_approval_rule", **given)


@pytest.mark.parametrize(
    "terms", [{}, {"channel": "phone"}, {"customer_class": "B"}, {"new_customer_days": 30}], ids=lambda d: str([*d])
)
def test_a_small_order_that_was_approved_does_not_grow_unasked(selling: Company, terms: dict[str, Any]) -> None:
    selling.do("put_party", code="CUS", name="Customer", is_customer=True, customer_class="B")
    rule(selling, **terms)
    lines = [{"item": "PART", "quantity": 2, "unit_price": "10", "tax_code": "VAT0"}]
    given = {"customer": "CUS", "channel": "phone", "lines": lines}
    document = selling.submit("create_sales_order", principal=CLERK, **given).document
    assert document is not None
    assert approve(selling, document) == "decided"
    assert change(selling, document, lines=[{"line": 1, "quantity": 90}]) == "change_waits"
    assert change(selling, document, lines=[{"line": 1, "discount_rate": "0.9"}]) == "change_waits"
    assert change(selling, document, lines=[{"line": 1, "unit_price": "1"}]) == "change_waits"
    assert change(selling, document, lines=[{"line": 1, "quantity": 1}]) == "changed", "less asks nobody again"
    assert change(selling, document, due_on="2026-07-01") == "changed"
    selling.assert_clean()


def test_a_discount_on_more_lines_than_was_approved_is_asked_about(selling: Company) -> None:
    lines = [{"item": "PART", "quantity": n, "unit_price": "10", "discount_rate": d} for n, d in ((1, "0.5"), (50, 0))]
    document = selling.do("create_sales_order", customer="CUS", lines=lines).document
    assert document is not None
    rule(selling, discount_above="0.2")
    assert change(selling, document, lines=[{"line": 2, "discount_rate": "0.5"}]) == "change_waits"


def test_a_shipment_that_was_approved_is_asked_about_anew_when_the_order_has_grown(selling: Company) -> None:
    document = order(selling, 2)
    selling.do("put_approval_rule", command="ship_goods", approver_role="executive")

    def ship() -> str:
        data = {"order": document, "lines": [{"line": 1, "quantity": 1}]}
        return selling.submit("ship_goods", principal=CLERK, **data).message_key.split(".")[1]

    assert ship() == "shipment_waits"
    assert approve(selling, document) == "decided"
    assert ship() == "posted"
    assert change(selling, document, due_on="2026-07-01") == "changed"
    assert ship() == "posted", "a later day is no larger order"
    assert change(selling, document, lines=[{"line": 1, "quantity": 90}]) == "changed"
    assert ship() == "shipment_waits"
    assert approve(selling, document) == "decided"
    assert ship() == "posted"
    selling.assert_clean()


def test_what_is_overdue_holds_up_the_growth_of_an_order_too(selling: Company) -> None:
    document = order(selling, 10)
    selling.do("put_credit_terms", customer="CUS", overdue_grace_days=0, overdue_block="order")
    owed = {"external_number": "X", "amount": "70", "document_on": "2026-05-01", "due_on": "2026-05-02"}
    selling.do("book_opening_receivable", party="CUS", **owed)
    assert change(selling, document, lines=[{"line": 1, "quantity": 11}]) == "change_waits"
    assert change(selling, document, lines=[{"line": 1, "quantity": 9}]) == "changed"
    rule(selling, name="credit", credit="any", active=False)
    assert change(selling, document, lines=[{"line": 1, "quantity": 11}]) == "credit_overdue"
    assert change(selling, document, lines=[{"line": 1, "quantity": 8}]) == "changed"
    selling.assert_clean()


def test_an_earlier_rejection_holds_no_later_change_up(selling: Company) -> None:
    document = order(selling, 10)
    rule(selling, name="a", discount_above="0.2")
    rule(selling, name="b", approver_role="accountant", amount_above="150")
    assert change(selling, document, lines=[{"line": 1, "discount_rate": "0.3"}]) == "change_waits"
    assert approve(selling, document, yes=False) == "decided"
    assert change(selling, document, lines=[{"line": 1, "quantity": 20}]) == "change_waits"
    request = selling.ask("approval_requests", document=document)[-1]["id"]
    assert selling.submit("decide_approval", principal=BOTH, request=request, approve=True).status == "done"
    assert history(selling, document, "state") == [("rejected",), ("applied",)]
    selling.assert_clean()


def test_nobody_approves_his_own_change_though_more_stands_against_it_than_he_asked(selling: Company) -> None:
    document = order(selling, 10)
    rule(selling, name="a", amount_above="150")
    given = {"order": document, "reason": "more", "lines": [{"line": 1, "quantity": 20}]}
    assert selling.submit("change_sales_order", principal=BOTH, **given).message_key == "receipt.change_waits"
    rule(selling, name="b", approver_role="accountant", amount_above="160")
    assert approve(selling, document) == "decided"
    second = selling.ask("approval_requests", document=document)[-1]
    assert (second["state"], second["approver_role"]) == ("waiting", "accountant")
    own = selling.submit("decide_approval", principal=BOTH, request=second["id"], approve=True)
    assert own.message_key == "refusal.own_request"
    assert {row["requested_by"] for row in selling.ask_table("approval_request")} == {BOTH.user_id}
    selling.assert_clean()


def test_an_order_that_closed_itself_meanwhile_is_counted_once(selling: Company) -> None:
    document = order(selling, 10)
    rule(selling, amount_above="120")
    assert change(selling, document, lines=[{"line": 1, "quantity": 15}]) == "change_waits"
    selling.do("ship_goods", order=document)
    selling.do("issue_customer_invoice", order=document)
    assert selling.ask("document_by_id", document=document)[0]["state"] == "closed"
    selling.do("put_credit_terms", customer="CUS", credit_limit="160")
    assert approve(selling, document) == "decided"
    assert history(selling, document, "state") == [("applied",)]
    selling.assert_clean()


def test_who_did_not_see_the_newest_change_overwrites_nothing(selling: Company) -> None:
    document = order(selling, 10)
    assert change(selling, document, lines=[{"line": 1, "quantity": 12}], change_seen=0) == "changed"
    assert change(selling, document, lines=[{"line": 1, "quantity": 10}], change_seen=0) == "change_outdated"
    assert change(selling, document, lines=[{"line": 1, "quantity": 11}], change_seen=1) == "changed"
    assert lines_of(selling, document) == [(11, 11, 10, False)]


def test_a_change_that_waited_overwrites_no_newer_destination(selling: Company) -> None:
    document = order(selling, 10)
    rule(selling, amount_above="150")
    selling.do("plan_delivery", order=document, address="1 Old Road", phone="555")
    assert change(selling, document, lines=[{"line": 1, "quantity": 20}], phone="777") == "change_waits"
    selling.do("plan_delivery", order=document, address="3 Newest Road", phone="555")
    assert approve(selling, document) == "decided"
    (delivery,) = selling.ask_table("order_delivery")
    assert (delivery["address"], delivery["phone"]) == ("3 Newest Road", "777")
    assert change(selling, document, lines=[{"line": 1, "quantity": 30}], address="4 Other Road") == "change_waits"
    selling.do("plan_delivery", order=document, address="5 Last Road", phone="777")
    assert approve(selling, document) == "change_outdated"
    assert selling.ask_table("order_delivery")[0]["address"] == "5 Last Road"
    selling.assert_clean()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({"lines": [{"line": 1, "cancel": True, "quantity": 3}]}, "cancel_with_quantity"),
        ({"lines": [{"line": 1, "cancel": True, "unit": "EA"}]}, "cancel_with_quantity"),
        ({"lines": [{"line": 1, "unit": "EA", "unit_price": "9"}]}, "unit_without_quantity"),
        ({"address": "  "}, "input_invalid"),
        ({"address": "2 New\x00 Road"}, "input_invalid"),
        ({"address": "2 New Road", "reason": "a\x00b"}, "input_invalid"),
    ],
)
def test_what_says_two_things_or_none_is_refused(selling: Company, data: dict[str, Any], answer: str) -> None:
    document = order(selling, 10)
    assert change(selling, document, **data) == answer
    assert selling.ask("order_changes", document=document) == []


def test_an_order_grows_to_no_more_lines_than_it_could_be_made_with(selling: Company) -> None:
    document = order(selling, 1)
    added = [{"item": "PART", "quantity": 1, "unit_price": "1", "tax_code": "VAT0"}] * 5000
    assert change(selling, document, added=added) == "order_lines_too_many"


def test_who_may_not_read_deliveries_sees_no_address(selling: Company) -> None:
    document = order(selling, 10)
    assert change(selling, document, address="2 New Road", phone="555", region="SH") == "changed"

    def told(*permissions: str) -> tuple[Any, ...]:
        principal = Principal(72, "x", "X", permissions=frozenset({"sales.read", "documents.read", *permissions}))
        (row,) = selling.gateway.query("order_changes", {"document": document}, principal=principal)
        return tuple(row[name] for name in ("what", "new_region", "new_address", "new_phone"))

    assert told() == ("header", "SH", None, None)
    assert told("fulfilment.read") == ("header", "SH", "2 New Road", "555")
