"""Reservations that people steer: for a line, a lot and a time, by priority, and from a quotation to its order, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.jobs.reservations import release_expired
from app.kernel.clock import FixedClock
from tests.company import Company

D = Decimal


@pytest.fixture
def stocked(works: Company) -> Company:
    """Ten parts, and eight of a good in two lots."""
    works.do("put_item", code="LOTTED", name="Lotted", category="RAW", unit="EA", list_price="5", lot_tracked=True)
    lines: list[dict[str, Any]] = [{"item": "PART", "location": "MAIN", "quantity": 10, "unit_cost": "3"}]
    lines += [{"item": "LOTTED", "location": "MAIN", "lot": lot, "quantity": 4, "unit_cost": 2} for lot in ("L1", "L2")]
    works.do("book_opening_stock", lines=lines)
    return works


def ordered(works: Company, quantity: int, *, item: str = "PART", priority: int = 5, reserve: bool = True) -> Any:
    """A confirmed sales order."""
    lines = [{"item": item, "quantity": quantity, "unit_price": "9"}]
    return works.do("create_sales_order", customer="CUS", lines=lines, priority=priority, reserve=reserve).document


def quoted(works: Company, quantity: int, **header: Any) -> Any:
    """A quotation that was sent."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "9"}]
    return works.do("create_quotation", customer="CUS", lines=lines, **header).document


def held(works: Company) -> dict[str, Decimal]:
    """What is reserved, by the number of its document."""
    found: dict[str, Decimal] = {}
    for row in works.ask("reservations"):
        found[row["number"]] = found.get(row["number"], D(0)) + row["quantity"]
    return found


def number(works: Company, document: int) -> str:
    """The number of a document."""
    return str(works.ask("document_by_id", document=document)[0]["number"])


def test_a_line_is_reserved_of_the_lot_that_is_named_and_exactly_as_much_as_is_asked(stocked: Company) -> None:
    order = ordered(stocked, 6, item="LOTTED", reserve=False)
    wanted = {"order": order, "lines": [{"line": 1, "quantity": 5, "lot": "L2"}]}
    assert stocked.refused("reserve_sales_order", **wanted) == "reserve_short"
    wanted["lines"] = [{"line": 1, "quantity": 7}]
    assert stocked.refused("reserve_sales_order", **wanted) == "more_than_needed"
    wanted["lines"] = [{"line": 1, "quantity": 1, "lot": "L3"}]
    assert stocked.refused("reserve_sales_order", **wanted) == "lot_unknown"
    stocked.do("reserve_sales_order", order=order, lines=[{"line": 1, "quantity": 3, "lot": "L2"}])
    stocked.do("reserve_sales_order", order=order)
    assert sorted((r["lot_code"], r["quantity"]) for r in stocked.ask("document_reservations", document=order)) == [
        ("L1", D(3)),
        ("L2", D(3)),
    ]
    stocked.do("reserve_sales_order", order=order, lines=[{"line": 1}], until="2026-06-20")
    stocked.do("release_reservations", document=order)
    assert stocked.refused("release_reservations", document=order) == "nothing_reserved"
    assert held(stocked) == {}
    stocked.assert_clean()


def test_what_a_quotation_holds_goes_to_its_order_and_the_rest_is_free_after_its_day(stocked: Company) -> None:
    quotation = quoted(stocked, 8, valid_until="2026-07-10")
    past = {"quotation": quotation, "until": "2026-06-14"}
    assert stocked.refused("reserve_quotation", **past) == "reserved_until_past"
    stocked.do("reserve_quotation", quotation=quotation)
    late = ordered(stocked, 5)
    assert held(stocked) == {number(stocked, quotation): 8, number(stocked, late): 2}
    stocked.do("renew_quotation", quotation=quotation, valid_until="2026-07-20")
    on_it = stocked.do("accept_quotation", quotation=quotation, lines=[{"line": 1, "quantity": 6}]).document
    assert held(stocked) == {number(stocked, quotation): 2, number(stocked, late): 2, number(stocked, on_it): 6}
    grown = {"order": on_it, "reason": "one more", "lines": [{"line": 1, "quantity": 7}]}
    stocked.do("change_sales_order", **grown)
    assert held(stocked) == {number(stocked, quotation): 1, number(stocked, late): 2, number(stocked, on_it): 7}
    draft = stocked.do("accept_quotation", quotation=quotation, confirm=False).document
    assert stocked.ask("document_by_id", document=quotation)[0]["state"] == "closed"
    stocked.assert_clean()
    stocked.do("cancel_sales_order", order=draft)
    stocked.gateway.clock = FixedClock(date(2026, 7, 20))
    assert release_expired(stocked.gateway) == 0
    stocked.gateway.clock = FixedClock(date(2026, 7, 21))
    assert release_expired(stocked.gateway) == 1
    assert held(stocked) == {number(stocked, late): 2, number(stocked, on_it): 7}
    assert [row["kind"] for row in stocked.ask_table("inbox_item") if row["document_id"] == quotation] == [
        "reservation_expired"
    ]
    stocked.assert_clean()


def test_a_declined_quotation_holds_nothing(stocked: Company) -> None:
    quotation = quoted(stocked, 8)
    stocked.do("reserve_quotation", quotation=quotation, lines=[{"line": 1, "quantity": 3}])
    assert held(stocked) == {number(stocked, quotation): 3}
    stocked.do("decline_quotation", quotation=quotation, reason="too dear")
    assert held(stocked) == {}
    stocked.assert_clean()


def test_an_urgent_order_takes_from_the_least_urgent_what_is_not_being_picked(stocked: Company) -> None:
    first, second = ordered(stocked, 6, priority=7), ordered(stocked, 4, priority=9)
    stocked.do("release_wave", orders=[number(stocked, second)])
    urgent = ordered(stocked, 8, priority=1)
    assert stocked.refused("take_over_reservations", order=second, reason="first") == "nothing_to_take_over"
    stocked.do("take_over_reservations", order=urgent, reason="the line stands still")
    assert held(stocked) == {number(stocked, urgent): 6, number(stocked, second): 4}
    assert stocked.refused("take_over_reservations", order=urgent, reason="again") == "nothing_to_take_over"
    told = [row for row in stocked.ask_table("inbox_item") if row["kind"] == "reservation_taken"]
    assert [row["document_id"] for row in told] == [first]
    stocked.assert_clean()


def test_what_is_free_is_shared_out_by_priority_and_then_by_day(stocked: Company) -> None:
    orders = [ordered(stocked, 6, priority=priority, reserve=False) for priority in (5, 2, 9)]
    stocked.do("reserve_open_orders", items=["LOTTED"])
    assert held(stocked) == {}
    receipt = stocked.do("reserve_open_orders")
    assert receipt.values["count"] == 2
    assert held(stocked) == {number(stocked, orders[1]): 6, number(stocked, orders[0]): 4}
    stocked.assert_clean()


def test_a_line_keeps_its_own_day_and_what_is_being_picked_is_given_back_when_it_is_not(stocked: Company) -> None:
    lines = [{"item": "PART", "quantity": 3, "unit_price": "9"}] * 2
    order = stocked.do("create_sales_order", customer="CUS", lines=lines).document
    stocked.do("reserve_sales_order", order=order, lines=[{"line": 2}], until="2026-06-20")
    days = {row["line"]: row["expires_on"] for row in stocked.ask("document_reservations", document=order)}
    assert days == {1: None, 2: date(2026, 6, 20)}
    wave = stocked.do("release_wave", orders=[number(stocked, order)])
    stocked.gateway.clock = FixedClock(date(2026, 6, 21))
    assert release_expired(stocked.gateway) == 0
    stocked.do("cancel_wave", wave=wave.document)
    assert release_expired(stocked.gateway) == 1
    assert held(stocked) == {number(stocked, order): 3}
    stocked.assert_clean()
