"""Credit: what an exposure is made of, what it holds up, who releases it, and two clerks at once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from app.kernel.gateway import Submission
from tests.company import DAY, Company
from tests.makers import CHECKER, stocked

D = Decimal
CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


@pytest.fixture
def trusted(works: Company) -> Company:
    """A customer with a limit of 1000 who buys parts at 10 without tax."""
    stocked(works)
    works.do("put_credit_terms", customer="CUS", credit_limit="1000", overdue_grace_days=5)
    return works


def order(works: Company, quantity: int, *, principal: Principal = CLERK, **data: Any) -> int:
    """An order of parts at 10 each without tax."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "10", "tax_code": "VAT0"}]
    receipt = works.submit("create_sales_order", principal=principal, customer="CUS", lines=lines, **data)
    assert receipt.status == "done", receipt
    assert receipt.document is not None
    return receipt.document


def state(works: Company, document: int) -> str:
    """The state of a document."""
    return works.ask("document_by_id", document=document)[0]["state"]


def credit(works: Company, on: date = DAY) -> dict[str, Any]:
    """How the customer stands."""
    return works.ask("customer_credit", party="CUS", on=on.isoformat())[0]


def parts(works: Company) -> tuple[Decimal, ...]:
    """Ordered, shipped, receivable, credits."""
    row = credit(works)
    return tuple(row[name] for name in ("open_orders", "shipped", "receivables", "credits"))


def release(works: Company, document: int, *, principal: Principal = CHECKER) -> str:
    """Approve the latest request of a document."""
    request = works.ask("approval_requests", document=document)[-1]["id"]
    return works.submit("decide_approval", principal=principal, request=request, approve=True).message_key


def test_each_piece_of_an_order_stands_in_one_part(trusted: Company) -> None:
    sold = order(trusted, 10)
    assert parts(trusted) == (D(100), D(0), D(0), D(0))
    trusted.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 6}])
    assert parts(trusted) == (D(40), D(60), D(0), D(0))
    trusted.do("issue_customer_invoice", order=sold)
    assert parts(trusted) == (D(40), D(0), D(60), D(0))
    trusted.do("ship_goods", order=sold)
    assert parts(trusted) == (D(0), D(40), D(60), D(0))
    trusted.do("receive_payment", party="CUS", amount="75")
    assert parts(trusted) == (D(0), D(40), D(0), D(15))
    assert credit(trusted)["left"] == D(975)
    trusted.assert_clean()


def test_a_line_closed_short_is_expected_no_more(trusted: Company) -> None:
    sold = order(trusted, 10)
    trusted.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 6}])
    trusted.do("close_sales_order", order=sold)
    assert parts(trusted) == (D(0), D(60), D(0), D(0))


def test_a_payment_that_is_taken_back_is_owed_again(trusted: Company) -> None:
    paid = trusted.do("receive_payment", party="CUS", amount="30").document
    assert parts(trusted) == (D(0), D(0), D(0), D(30))
    trusted.do("reverse_document", document=paid, reason="bounced")
    assert parts(trusted) == (D(0), D(0), D(0), D(0))


def test_an_order_within_the_limit_is_confirmed_and_one_beyond_it_waits(trusted: Company) -> None:
    assert state(trusted, order(trusted, 60)) == "confirmed"
    assert state(trusted, order(trusted, 40)) == "confirmed"
    waiting = order(trusted, 1)
    assert state(trusted, waiting) == "draft"
    (request,) = trusted.ask("approval_requests", document=waiting)
    (reason,) = request["explanation"]
    assert (reason["condition"], D(reason["value"]), D(reason["threshold"])) == ("credit_exceeded", D(1010), D(1000))
    assert (D(reason["open_orders"]), D(reason["order"])) == (D(1000), D(10))
    assert release(trusted, waiting, principal=CLERK) == "refusal.own_request"
    assert release(trusted, waiting) == "receipt.decided"
    assert state(trusted, waiting) == "confirmed"
    (kept,) = trusted.ask("credit_history", party="CUS")
    assert (kept["state"], kept["explanation"]) == ("approved", request["explanation"])
    trusted.assert_clean()


def test_an_order_that_was_cancelled_asks_nobody_any_more(trusted: Company) -> None:
    waiting = order(trusted, 101)
    trusted.do("cancel_sales_order", order=waiting)
    assert [row for row in trusted.ask_table("inbox_item") if row["state"] == "open"] == []


def owes(works: Company, *, due: date) -> None:
    """An invoice of before that is due on a day."""
    works.do(
        "book_opening_receivable",
        party="CUS",
        external_number=due.isoformat(),
        amount="70",
        document_on="2026-05-01",
        due_on=due.isoformat(),
    )


def test_an_overdue_invoice_holds_orders_up_after_its_days_of_grace(trusted: Company) -> None:
    owes(trusted, due=DAY - timedelta(days=5))
    assert state(trusted, order(trusted, 1)) == "confirmed"
    owes(trusted, due=DAY - timedelta(days=6))
    waiting = order(trusted, 1)
    (reason,) = trusted.ask("approval_requests", document=waiting)[0]["explanation"]
    assert (reason["condition"], D(reason["value"]), reason["since"]) == ("credit_overdue", D(70), "2026-06-09")
    trusted.do("put_credit_terms", customer="CUS", credit_limit="1000", overdue_block="none")
    assert state(trusted, order(trusted, 1)) == "confirmed"


def test_shipments_are_held_up_where_the_terms_say_so_until_they_are_released(trusted: Company) -> None:
    trusted.do("put_credit_terms", customer="CUS", overdue_block="order_and_shipment")
    sold = order(trusted, 4)
    owes(trusted, due=DAY - timedelta(days=1))
    receipt = trusted.submit("ship_goods", principal=CLERK, order=sold, lines=[{"line": 1, "quantity": 1}])
    assert receipt.message_key == "receipt.shipment_waits"
    assert [row for row in trusted.ask_table("document") if row["kind"] == "shipment"] == []
    assert release(trusted, sold) == "receipt.decided"
    assert trusted.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 1}]).message_key == "receipt.posted"
    owes(trusted, due=DAY - timedelta(days=1))
    again = trusted.submit("ship_goods", principal=CLERK, order=sold)
    assert again.message_key == "receipt.shipment_waits", "more is overdue than was released"
    trusted.assert_clean()


def test_what_nobody_could_release_is_refused_with_the_figures(trusted: Company) -> None:
    trusted.do("put_approval_rule", command="confirm_sales_order", name="credit", approver_role="executive",
               credit="any", active=False)  # fmt: skip
    lines = [{"item": "PART", "quantity": 101, "unit_price": "10", "tax_code": "VAT0"}]
    receipt = trusted.submit("create_sales_order", principal=CLERK, customer="CUS", lines=lines)
    assert receipt.message_key == "refusal.credit_exceeded"
    assert (D(receipt.values["total"]), D(receipt.values["limit"])) == (D(1010), D(1000))
    assert trusted.ask("sales_orders") == []


def test_an_order_on_a_quotation_draws_on_the_same_credit(trusted: Company) -> None:
    lines = [{"item": "PART", "quantity": 101, "unit_price": "10", "tax_code": "VAT0"}]
    quotation = trusted.do("create_quotation", customer="CUS", lines=lines).document
    receipt = trusted.submit("accept_quotation", principal=CLERK, quotation=quotation)
    assert receipt.message_key == "receipt.waits_for_approval"


def test_who_sells_grants_no_credit(trusted: Company) -> None:
    seller = Principal(71, "wu", "Wu", permissions=frozenset({"master_data.party.write", "sales.*"}))
    data = {"code": "CUS", "name": "Customer", "is_customer": True}
    assert trusted.submit("put_party", principal=seller, **data, credit_limit="9000").status == "refused"
    assert trusted.submit("put_party", principal=seller, **data, customer_class="B").status == "done"
    assert trusted.submit("put_credit_terms", principal=seller, customer="CUS", credit_limit="9000").status == "refused"
    assert credit(trusted)["credit_limit"] == D(1000)


def test_two_clerks_at_once_stay_within_the_limit_together(trusted: Company) -> None:
    """Each order alone fits; that both are confirmed would be write skew."""
    orders = [order(trusted, 60, confirm=False, principal=CLERK) for _ in range(4)]
    gate, answers = threading.Barrier(len(orders)), []

    def confirm(number: int) -> None:
        gate.wait()
        answers.append(trusted.submit("confirm_sales_order", principal=CLERK, order=number).message_key)

    threads = [threading.Thread(target=confirm, args=(number,)) for number in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(state(trusted, number) for number in orders) == ["confirmed", "draft", "draft", "draft"]
    assert answers.count("receipt.waits_for_approval") == 3
    assert credit(trusted)["exposure"] == D(600)


def test_orders_of_one_group_commit_see_each_other(trusted: Company) -> None:
    lines = [{"item": "PART", "quantity": 60, "unit_price": "10", "tax_code": "VAT0"}]
    data = {"customer": "CUS", "lines": lines}
    jobs = [Submission("create_sales_order", data, f"job-{number}", CLERK) for number in range(2)]
    receipts = list(trusted.gateway.submit_many(jobs))
    assert [r.message_key for r in receipts] == ["receipt.created_document", "receipt.waits_for_approval"]


@pytest.mark.parametrize("typed", ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "138\u20110013\u20118000"])
def test_a_customer_is_found_by_phone_however_it_was_typed(works: Company, typed: str) -> None:
    works.do("put_party", code="LIN", name="Lin", is_customer=True, phone="+86 (138) 0013-8000")
    works.do("put_party", code="WU", name="Wu", is_customer=True, phone="13800138001")
    assert [row["code"] for row in works.ask("parties", search=typed)] == ["LIN"]


def test_two_orders_that_were_approved_for_their_amount_stay_within_the_limit(trusted: Company) -> None:
    rule = {"command": "confirm_sales_order", "name": "large", "approver_role": "executive", "amount_above": "500"}
    trusted.do("put_approval_rule", **rule)
    first, second = order(trusted, 90), order(trusted, 90)
    assert release(trusted, first) == "receipt.decided"
    assert state(trusted, first) == "confirmed"
    asked = [row for row in trusted.ask("approval_requests", document=second) if row["state"] == "waiting"]
    trusted.submit("decide_approval", principal=CHECKER, request=asked[0]["id"], approve=True)
    assert state(trusted, second) == "draft", "the first has drawn on the credit since"
    trusted.assert_clean()


def test_an_order_that_was_closed_short_asks_for_no_shipment_any_more(trusted: Company) -> None:
    trusted.do("put_approval_rule", command="ship_goods", approver_role="executive", amount_above="1")
    held = order(trusted, 5)
    assert trusted.submit("ship_goods", principal=CLERK, order=held).message_key == "receipt.shipment_waits"
    trusted.do("close_sales_order", order=held)
    assert [row["state"] for row in trusted.ask("approval_requests", document=held)] == ["withdrawn"]
    assert [row for row in trusted.ask("inbox") if row["document_id"] == held] == []
    trusted.assert_clean()
