"""Promises at order entry: stock, dated supply and what others were promised; nothing is promised twice; substitutes are ranked."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import SYSTEM
from app.kernel.gateway import Submission
from tests.company import DAY, Company
from tests.makers import CHECKER

D = Decimal
ARRIVES = date(2026, 7, 12)


@pytest.fixture
def selling(works: Company) -> Company:
    """Forty parts in the main store, eighty more ordered for 12 July."""
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 40, "unit_cost": "3"}])
    lines = [{"item": "PART", "quantity": 80, "unit_price": "3", "due_on": ARRIVES.isoformat()}]
    works.do("create_purchase_order", supplier="SUP", lines=lines)
    return works


def offer(works: Company, quantity: int, *, item: str = "PART", **data: Any) -> dict[str, Any]:
    """What can be promised of an item."""
    lines = [{"item": item, "quantity": quantity}]
    return works.ask("promise_offers", on=DAY.isoformat(), lines=lines, **data)[0]


def parts(row: dict[str, Any]) -> list[tuple[Decimal, date]]:
    """The split offer."""
    return [(part["quantity"], part["on"]) for part in row["offers"]]


def order(works: Company, quantity: int, **line: Any) -> int:
    """A confirmed order of parts."""
    lines = [{"item": "PART", "quantity": quantity, **line}]
    document = works.do("create_sales_order", customer="CUS", lines=lines).document
    assert document is not None
    return document


def promised(works: Company, document: int) -> date | None:
    """The day on the first line."""
    return works.ask("document_lines", document=document)[0]["promised_on"]


def test_what_is_there_is_promised_today_and_the_rest_when_it_arrives(selling: Company) -> None:
    row = offer(selling, 100)
    assert (row["on_hand"], row["reserved"], row["free"]) == (D(40), D(0), D(40))
    assert parts(row) == [(D(40), DAY), (D(60), ARRIVES)]
    assert row["promised_on"] == ARRIVES
    assert offer(selling, 40)["promised_on"] == DAY
    assert offer(selling, 121)["promised_on"] is None


def test_the_promise_is_kept_on_the_line_and_not_given_to_the_next(selling: Company) -> None:
    first = order(selling, 100)
    assert promised(selling, first) == ARRIVES
    assert parts(offer(selling, 30)) == [(D(20), ARRIVES)]
    second = order(selling, 20)
    assert promised(selling, second) == ARRIVES
    third = order(selling, 1)
    assert promised(selling, third) is None
    assert parts(offer(selling, 1)) == []
    selling.assert_clean()


def test_what_is_there_is_promised_for_the_day_of_the_order(selling: Company) -> None:
    assert promised(selling, order(selling, 40)) == DAY


def test_a_chosen_day_must_be_borne_out(selling: Company) -> None:
    lines = [{"item": "PART", "quantity": 100, "promised_on": "2026-07-11"}]
    assert selling.refused("create_sales_order", customer="CUS", lines=lines) == "promise_too_early"
    lines[0]["quantity"] = 121
    assert selling.refused("create_sales_order", customer="CUS", lines=lines) == "promise_without_supply"
    later = date(2026, 8, 1)
    kept = order(selling, 100, promised_on=later.isoformat())
    assert promised(selling, kept) == later
    assert parts(offer(selling, 30)) == [(D(20), ARRIVES)], "what is promised for later is still not anybody's"


def test_suppliers_dates_are_what_can_be_promised(selling: Company) -> None:
    bought = selling.ask("purchase_orders")[0]["id"]
    lines = [
        {"line": 1, "quantity": 30, "promised_on": "2026-07-01"},
        {"line": 1, "quantity": 50, "promised_on": "2026-07-20"},
    ]
    selling.do("confirm_supplier_dates", order=bought, lines=lines)
    assert parts(offer(selling, 100)) == [(D(40), DAY), (D(30), date(2026, 7, 1)), (D(30), date(2026, 7, 20))]


def test_late_supply_comes_tomorrow_at_the_earliest(selling: Company) -> None:
    lines = [{"item": "GOOD", "quantity": 5, "unit_price": "3", "due_on": "2026-06-01"}]
    selling.do("create_purchase_order", supplier="SUP", lines=lines)
    assert parts(offer(selling, 5, item="GOOD")) == [(D(5), date(2026, 6, 16))]


def test_a_released_production_order_brings_its_item_and_takes_its_components(selling: Company) -> None:
    made = {"item": "GOOD", "quantity": 15, "start_on": "2026-06-20", "due_on": "2026-06-30"}
    selling.do("create_production_order", release=True, **made)
    assert parts(offer(selling, 15, item="GOOD")) == [(D(15), date(2026, 6, 30))]
    assert parts(offer(selling, 40)) == [(D(10), DAY), (D(30), ARRIVES)]


def test_places_are_looked_at_with_all_that_is_below_them(selling: Company) -> None:
    selling.do("put_site", code="S2", name="Second site")
    selling.do("put_location", code="HALL", name="Hall", site="S2")
    selling.do("put_location", code="BIN", name="Bin", site="S2", parent="HALL")
    selling.do(
        "transfer_stock", lines=[{"item": "PART", "quantity": 15, "from_location": "MAIN", "to_location": "BIN"}]
    )
    assert parts(offer(selling, 20, location="HALL")) == [(D(15), DAY)]
    assert parts(offer(selling, 20, site="S2")) == [(D(15), DAY)]
    assert parts(offer(selling, 30, location="MAIN")) == [(D(25), DAY), (D(5), ARRIVES)]
    assert [(row["location"], row["free"]) for row in offer(selling, 1)["places"]] == [("BIN", D(15)), ("MAIN", D(25))]


def test_substitutes_are_ranked_with_their_own_promise(selling: Company) -> None:
    for code, stock in (("ALT1", 10), ("ALT2", 400), ("OLD", 400)):
        selling.do("put_item", code=code, name=code, category="RAW", unit="EA", list_price="6")
        lines = [{"item": code, "location": "MAIN", "quantity": stock, "unit_cost": "3"}]
        selling.do("book_opening_stock", lines=lines)
    selling.do("put_item_substitute", item="PART", substitute="ALT2", ratio="2", rank=2)
    selling.do("put_item_substitute", item="PART", substitute="ALT1", rank=1)
    selling.do("put_item_substitute", item="PART", substitute="OLD", rank=1, valid_to="2026-06-14")
    found = [(s["item_code"], s["quantity"], s["free"], s["promised_on"]) for s in offer(selling, 200)["substitutes"]]
    assert found == [("ALT1", D(200), D(10), None), ("ALT2", D(400), D(400), DAY)]
    assert selling.refused("put_item_substitute", item="PART", substitute="PART") == "substitute_is_item"


def test_the_preview_of_an_order_shows_promise_and_substitutes(selling: Company) -> None:
    selling.do("put_item_substitute", item="PART", substitute="GOOD")
    lines = [{"item": "PART", "quantity": 30}, {"item": "PART", "quantity": 30}, {"item": "PART"}]
    first, second, blank = selling.ask("sales_order_preview", party="CUS", on=DAY.isoformat(), lines=lines)
    assert parts(first) == [(D(30), DAY)]
    assert parts(second) == [(D(10), DAY), (D(20), ARRIVES)]
    assert [s["item_code"] for s in second["substitutes"]] == ["GOOD"]
    assert (blank["promised_on"], blank["offers"]) == (None, [])


def test_an_approved_order_is_promised_what_is_left_by_then(selling: Company) -> None:
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", customer_class="B")
    selling.do("put_party", code="BIG", name="Big", is_customer=True, customer_class="B")
    lines = [{"item": "PART", "quantity": 40, "promised_on": DAY.isoformat()}]
    waiting = selling.do("create_sales_order", customer="BIG", lines=lines).document
    assert waiting is not None
    order(selling, 40)
    request = selling.ask("approval_requests", document=waiting)[0]["id"]
    selling.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert promised(selling, waiting) == ARRIVES


def test_two_clerks_at_once_are_not_promised_the_same_supply(selling: Company) -> None:
    order(selling, 40)
    gate, documents = threading.Barrier(4), []

    def sell() -> None:
        gate.wait()
        documents.append(order(selling, 30))

    threads = [threading.Thread(target=sell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    days = [promised(selling, document) for document in documents]
    assert sorted(day is not None for day in days) == [False, False, True, True]


def test_what_is_on_the_way_is_promised_for_its_arrival_and_once(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 10, "unit_cost": "3"}])
    works.do("put_location", code="BIN1", name="Bin", site="MAIN")
    arrives = DAY + timedelta(days=10)
    lines = [{"item": "PART", "quantity": 10}]
    works.do("send_transfer", from_location="MAIN", to_location="BIN1", due_on=arrives.isoformat(), lines=lines)
    assert promised(works, order(works, 10)) == arrives
    assert promised(works, order(works, 10)) is None
    works.assert_clean()


def test_a_chosen_day_is_borne_out_where_nothing_is_reserved(selling: Company) -> None:
    lines = [{"item": "PART", "quantity": 100, "promised_on": "2026-07-11"}]
    assert selling.refused("create_sales_order", customer="CUS", lines=lines, reserve=False) == "promise_too_early"
    lines = [{"item": "PART", "quantity": 100}]
    kept = selling.do("create_sales_order", customer="CUS", lines=lines, reserve=False).document
    assert kept is not None
    assert promised(selling, kept) == ARRIVES
    quotation = selling.do("create_quotation", customer="CUS", lines=[{"item": "PART", "quantity": 20}]).document
    taken = selling.do("accept_quotation", quotation=quotation, reserve=False).document
    assert taken is not None
    assert promised(selling, taken) == DAY, "of the forty that are there the first order leaves twenty"
    one = [{"item": "PART", "quantity": 1}]
    last = selling.do("create_sales_order", customer="CUS", lines=one, reserve=False).document
    assert last is not None
    assert promised(selling, last) is None
    selling.assert_clean()


def test_two_approvals_at_once_do_not_promise_the_same_supply(selling: Company) -> None:
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", customer_class="B")
    selling.do("put_party", code="BIG", name="Big", is_customer=True, customer_class="B")
    order(selling, 40)
    lines = [{"item": "PART", "quantity": 30}]
    waiting = [selling.do("create_sales_order", customer="BIG", lines=lines).document for _ in range(4)]
    requests = [selling.ask("approval_requests", document=document)[0]["id"] for document in waiting]
    gate, answers = threading.Barrier(4), []

    def approve(request: int) -> None:
        gate.wait()
        receipt = selling.submit("decide_approval", principal=CHECKER, request=request, approve=True)
        answers.append(receipt.message_key)

    threads = [threading.Thread(target=approve, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["receipt.decided"] * 4
    days = [promised(selling, document) for document in waiting if document is not None]
    assert sorted(day is not None for day in days) == [False, False, True, True]
    selling.assert_clean()


def test_quantities_as_large_as_the_books_hold_are_promised_exactly(works: Company) -> None:
    large = "999999999999"
    for day in range(1, 15):
        lines = [{"item": "PART", "quantity": large, "unit_price": "0", "due_on": f"2026-07-{day:02d}"}]
        works.do("create_purchase_order", supplier="SUP", lines=lines)
    asked = [{"item": "PART", "quantity": large}] * 15
    rows = works.ask("promise_offers", on=DAY.isoformat(), lines=asked)
    assert [row["promised_on"] for row in rows] == [*(date(2026, 7, day) for day in range(1, 15)), None]
    dear = [{"item": "PART", "quantity": large, "unit_price": "9999999999"}]
    assert works.refused("create_sales_order", customer="CUS", lines=dear) == "number_digits"


def test_orders_of_one_batch_that_reserve_nothing_are_promised_the_stock_once(selling: Company) -> None:
    data = {"customer": "CUS", "reserve": False, "lines": [{"item": "PART", "quantity": 40}]}
    jobs = [Submission("create_sales_order", data, f"job-{number}", SYSTEM) for number in range(4)]
    receipts = list(selling.gateway.submit_many(jobs))
    days = [promised(selling, receipt.document) for receipt in receipts if receipt.document is not None]
    assert days == [DAY, ARRIVES, ARRIVES, None]
