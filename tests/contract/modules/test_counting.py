"""Counting by sheets on both databases: what is due, blind, work that goes on, recounts, limits, reasons, a second person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.bus import Receipt
from tests.company import Company
from tests.makers import COUNTER, count_sheet, counted, counted_line, picked, stocked, waiting_count

D = Decimal


def enter(works: Company, sheet: int, *lines: dict[str, Any]) -> Receipt:
    """Enter what was found, as the counter."""
    receipt = works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=list(lines))
    assert receipt.status == "done", receipt
    return receipt


def on_hand(works: Company, item: str = "PART") -> Decimal:
    """What the books say of an item."""
    rows = works.ask("stock_on_hand", search=item)
    return rows[0]["quantity"] if rows else D(0)


def state(works: Company, document: int) -> str:
    """Where a sheet stands."""
    return works.ask("document_by_id", document=document)[0]["state"]


def test_what_was_never_counted_is_due_and_a_count_puts_it_off_by_its_class(works: Company) -> None:
    stocked(works)
    (row,) = works.ask("counts_due", on="2026-06-15")
    assert (row["item_code"], row["location_code"], row["last_counted_on"]) == ("PART", "MAIN", None)
    works.do("finish_count", sheet=counted_sheet(works, 100))
    assert works.ask("counts_due", on="2026-06-15") == []
    (later,) = works.ask("counts_due", on="2026-06-15", due_only=False)
    assert (later["class_code"], later["due_on"]) == ("C", date(2027, 6, 15))


def counted_sheet(works: Company, quantity: int) -> int:
    """A sheet over the main store with one entry."""
    sheet = count_sheet(works)
    enter(works, sheet, counted_line("PART", quantity))
    return sheet


def test_classes_follow_the_value_that_was_issued(works: Company) -> None:
    stocked(works)
    works.do("put_item", code="SLOW", name="Slow", category="RAW", unit="EA")
    works.do("book_opening_stock", lines=[{"item": "SLOW", "location": "MAIN", "quantity": 1, "unit_cost": "1"}])
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 10}]).document
    works.do("ship_goods", order=order)
    classes = {row["item_code"]: row["class_code"] for row in works.ask("counts_due", on="2026-06-15")}
    assert classes == {"PART": "A", "SLOW": "C"}


def test_the_counter_is_told_no_quantity_of_the_books(works: Company) -> None:
    sheet = counted_sheet_far_off(works)
    (row,) = works.gateway.query("count_sheet_lines", {"document": sheet}, principal=COUNTER)
    (line,) = works.gateway.query("document_lines", {"document": sheet}, principal=COUNTER)
    assert D(100) not in [*row.values(), *line.values()]
    assert row["progress"] == "again"
    assert row["counted_quantity"] is None


def counted_sheet_far_off(works: Company) -> int:
    """A sheet of a hundred parts of which sixty were found at first."""
    stocked(works)
    return counted_sheet(works, 60)


def test_an_answer_to_the_counter_holds_no_quantity(works: Company) -> None:
    stocked(works)
    receipt = enter(works, count_sheet(works), counted_line("PART", 60))
    assert receipt.values == {"number": receipt.number, "lines": 1, "again": 1, "left": 1}
    assert receipt.data == {}


def test_moves_before_and_after_a_line_is_counted_do_not_disturb_its_difference(works: Company) -> None:
    stocked(works)
    sheet = count_sheet(works)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 40}]).document
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 30}])
    enter(works, sheet, counted_line("PART", 69))  # The books say 70 by now; one is missing.
    works.do("ship_goods", order=order)
    (row,) = works.ask("count_differences", document=sheet)
    assert (row["snapshot_quantity"], row["moved_quantity"], row["book_quantity"]) == (D(100), D(-30), D(70))
    assert (row["difference"], row["value"]) == (D(-1), D("-3.01"))
    works.do("finish_count", sheet=sheet)
    assert on_hand(works) == D(59)
    works.assert_clean()


def test_a_large_difference_is_counted_again_before_it_counts(works: Company) -> None:
    sheet = counted_sheet_far_off(works)
    assert works.refused("finish_count", sheet=sheet) == "count_not_complete"
    enter(works, sheet, counted_line("PART", 100))
    works.do("finish_count", sheet=sheet)
    assert (state(works, sheet), on_hand(works)) == ("closed", D(100))
    works.assert_clean()


def test_a_difference_above_the_limits_waits_for_a_second_person_and_a_reason(works: Company) -> None:
    sheet = waiting_count(works)
    assert (state(works, sheet), on_hand(works)) == ("confirmed", D(100))
    assert works.refused("decide_count", sheet=sheet) == "count_reason_needed"
    own = works.submit("decide_count", principal=COUNTER, sheet=sheet, reason="lost")
    assert own.message_key == "refusal.counter_is_approver"
    works.do("decide_count", sheet=sheet, reason="lost")
    assert (state(works, sheet), on_hand(works)) == ("closed", D(60))
    (row,) = works.ask("count_differences", document=sheet)
    assert row["reason"] == "lost"
    works.assert_clean()


def test_a_dear_difference_waits_however_small_its_share(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 1000, "unit_cost": "100"}])
    sheet = count_sheet(works)
    enter(works, sheet, counted_line("PART", 994))  # 0.6 % of the pieces, and worth 600.
    works.do("finish_count", sheet=sheet)
    assert state(works, sheet) == "confirmed"


def test_an_approver_may_have_it_counted_again(works: Company) -> None:
    sheet = waiting_count(works)
    works.do("decide_count", sheet=sheet, decision="recount")
    assert state(works, sheet) == "open"
    assert works.refused("finish_count", sheet=sheet) == "count_not_complete"
    enter(works, sheet, counted_line("PART", 98))
    works.do("finish_count", sheet=sheet)
    assert (state(works, sheet), on_hand(works)) == ("closed", D(98))


def test_what_nobody_expected_there_is_found_too(works: Company) -> None:
    stocked(works)
    works.do("put_item", code="GOOD", barcode="6901234567892")
    sheet = count_sheet(works)
    for _ in range(2):
        enter(works, sheet, counted_line("PART", 100), counted_line("6901234567892", 2))
    works.do("finish_count", sheet=sheet)
    reasons = [{"line": 2, "reason": "not_booked", "unit_cost": "6"}]
    works.do("decide_count", sheet=sheet, reasons=reasons)
    assert on_hand(works, "GOOD") == D(2)
    (value,) = [row["value"] for row in works.ask("stock_on_hand", search="GOOD")]
    assert value == D(12)
    works.assert_clean()


def test_a_sheet_covers_a_zone_and_what_lies_within_it(works: Company) -> None:
    works.do("put_location", code="ZONE", name="Zone", site="MAIN", parent="MAIN")
    works.do("put_location", code="BIN1", name="Bin", site="MAIN", parent="ZONE")
    works.do("book_opening_stock", lines=[
        {"item": "PART", "location": place, "quantity": 5, "unit_cost": "3"} for place in ("MAIN", "BIN1")
    ])  # fmt: skip
    sheet = works.do("create_count_sheet", location="ZONE").document
    lines = works.ask("count_sheet_lines", document=sheet)
    assert [(row["location_code"], row["item_code"]) for row in lines] == [("BIN1", "PART")]


def test_nothing_due_makes_no_sheet(works: Company) -> None:
    assert works.refused("create_count_sheet", location="MAIN") == "nothing_to_count"


def test_a_sheet_that_was_given_up_books_nothing_and_takes_nothing(works: Company) -> None:
    sheet = counted(works, 60)
    works.do("cancel_count_sheet", sheet=sheet)
    line = [counted_line("PART", 1)]
    assert works.refused("enter_count", sheet=sheet, lines=line) == "document_state"
    assert on_hand(works) == D(100)


@pytest.mark.parametrize("lot", [None, "NEW"])
def test_lots_are_counted_each_by_itself(works: Company, lot: str | None) -> None:
    works.do("put_item", code="PART", lot_tracked=True)
    works.do("book_opening_stock", lines=[
        {"item": "PART", "location": "MAIN", "lot": code, "quantity": 5, "unit_cost": "3"} for code in ("L1", "L2")
    ])  # fmt: skip
    sheet = count_sheet(works)
    if lot is None:
        lines = [counted_line("PART", 5)]
        assert works.refused("enter_count", sheet=sheet, lines=lines) == "lot_needed"
        return
    found = [counted_line("PART", quantity, lot=code) for code, quantity in (("L1", 5), ("L2", 0), (lot, 5))]
    for _ in range(2):
        enter(works, sheet, *found)
    works.do("finish_count", sheet=sheet)
    works.do("decide_count", sheet=sheet, reason="wrong_lot")
    lots = {row["lot_code"]: row["quantity"] for row in works.ask("stock_by_location", search="PART")}
    assert lots == {"L1": D(5), "NEW": D(5)}
    works.assert_clean()


def test_what_stands_on_a_sheet_is_on_no_other_until_it_is_booked(works: Company) -> None:
    stocked(works)
    count_sheet(works)
    assert works.refused("create_count_sheet", location="MAIN", due_only=False) == "nothing_to_count"


def test_what_pickers_took_is_not_missed(works: Company) -> None:
    picked(works)
    (held,) = works.ask("stock_by_location", location="MAIN")
    sheet = count_sheet(works)
    found = [counted_line("PART", int(held["quantity"]) - 7)]
    entered = works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=found)
    assert entered.values["again"] == 0
    works.submit("finish_count", principal=COUNTER, sheet=sheet)
    assert works.ask("stock_by_location", location="MAIN")[0]["quantity"] == held["quantity"]
    works.assert_clean()


def test_a_counter_stays_in_the_zone_of_his_sheet(works: Company) -> None:
    stocked(works)
    works.do("put_location", code="ZONE", name="Zone", site="MAIN")
    works.do("put_location", code="IN", name="In it", site="MAIN", parent="ZONE")
    works.do("put_location", code="OUT", name="Outside", site="MAIN")
    moved = {"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "ZONE"}
    works.do("transfer_stock", lines=[moved])
    sheet = count_sheet(works, "ZONE")
    for place in ("OUT", "MAIN"):
        found = [counted_line("PART", 5, "ZONE"), counted_line("PART", 1, place)]
        receipt = works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=found)
        assert receipt.message_key == "refusal.place_not_on_sheet"
        assert (receipt.values["location"], receipt.values["zone"]) == (place, "ZONE")
    enter(works, sheet, counted_line("PART", 5, "ZONE"), counted_line("PART", 1, "IN"))
    assert len(works.ask("count_sheet_lines", document=sheet)) == 2
    works.assert_clean()
