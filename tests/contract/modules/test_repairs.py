"""What a repair refuses, that each of its documents is taken back whole, and that a case gives a repair once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.service_makers import (
    repair_case,
    repair_estimated,
    repair_finished,
    repair_offered,
    repair_released,
    repair_worked,
)

_PART = {"kind": "part", "item": "PART", "quantity": 2, "unit_price": "12.50", "warranty_share": "0.5"}


def _process(works: Company, repair: int) -> Any:
    (row,) = [row for row in works.ask_table("order_in_process") if row["document_id"] == repair]
    return row["input_value"], row["output_value"], row["settled_value"]


def _state(works: Company, document: int) -> str:
    return str(works.ask("document_by_id", document=document)[0]["state"])


def _case_of(works: Company, repair: int) -> int:
    return int(works.ask("repair_details", document=repair)[0]["case_id"])


def _made(works: Company, repair: int, kind: str) -> int:
    return max(row["document_id"] for row in works.ask("repair_documents", document=repair) if row["kind"] == kind)


def test_a_piece_is_taken_in_once_and_only_for_a_case_of_the_kind_repair(small_works: Company) -> None:
    works = small_works
    case = repair_case(works)
    assert works.refused("open_repair_order", case=case, quantity=2) == "repair_above_line"
    assert works.refused("open_repair_order", case=case, received_on="2026-06-16") == "repair_day_to_come"
    repair = works.do("open_repair_order", case=case).document
    assert works.refused("open_repair_order", case=case) == "repair_above_line"
    shipment = works.ask("shipments")[0]["number"]
    again = {"kind": "repair", "reason": "defective", "against": shipment, "lines": [{"line": 1, "quantity": 1}]}
    assert works.refused("open_repair_order", case=works.do("open_service_case", **again).document) == "piece_in_repair"
    other = works.do("open_service_case", **{**again, "kind": "complaint"}).document
    assert works.refused("open_repair_order", case=other) == "case_not_repair"
    assert works.refused("receive_case_goods", case=case) == "case_nothing_to_receive"
    works.do("cancel_repair_order", repair=repair)
    works.do("open_repair_order", case=case)
    works.assert_clean()


def test_an_estimate_is_approved_before_it_is_worked_on_and_what_was_used_of_it_stays(small_works: Company) -> None:
    works = small_works
    repair = repair_estimated(works)
    assert works.refused("issue_repair_parts", repair=repair) == "document_state"
    assert works.refused("approve_repair_estimate", repair=repair) == "repair_answer_of_nobody"
    assert works.refused("approve_repair_estimate", repair=repair, answered_by="Li") == "repair_not_offered"
    works.do("offer_repair_estimate", repair=repair)
    works.do("approve_repair_estimate", repair=repair, answered_by="Li")
    assert works.refused("report_repair_hours", repair=repair, lines=[{"line": 1, "hours": 1}]) == "repair_line_is_part"
    parts = [{"line": 2, "quantity": 1}]
    assert works.refused("issue_repair_parts", repair=repair, lines=parts) == "repair_line_is_labour"
    twice = [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 2}]
    assert works.refused("issue_repair_parts", repair=repair, lines=twice) == "repair_above_estimate"
    assert works.refused("finish_repair", repair=repair) == "repair_without_work"
    works.do("issue_repair_parts", repair=repair)
    assert works.refused("cancel_repair_order", repair=repair) == "repair_in_process"
    asked = {"repair": repair, "diagnosis": "Worse"}
    fewer = [{**_PART, "line": 1, "quantity": 1}]
    assert works.refused("put_repair_estimate", **asked, lines=fewer) == "repair_line_used"
    assert works.refused("put_repair_estimate", **asked, lines=[{**_PART}]) == "repair_line_used"
    other = [{**_PART, "line": 1, "item": "GOOD"}]
    assert works.refused("put_repair_estimate", **asked, lines=other) == "repair_line_other"
    works.do("put_repair_estimate", **asked, lines=[{**_PART, "line": 1, "quantity": 3}])
    assert _state(works, repair) == "draft"
    assert works.ask("repair_lines", document=repair)[0]["net_amount"] == 3 * 12.5 / 2
    too_much = [{"line": 1, "quantity": 3}]
    works.do("approve_repair_estimate", repair=_offered(works, repair), answered_by="Li")
    assert works.refused("return_repair_parts", repair=repair, lines=too_much) == "more_than_issued"
    works.assert_clean()


def _offered(works: Company, repair: int) -> int:
    works.do("offer_repair_estimate", repair=repair)
    return repair


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ({"kind": "part", "quantity": 1}, "repair_part_names"),
        ({"kind": "part", "item": "PART", "quantity": 1, "work_center": "BENCH"}, "repair_part_names"),
        ({"kind": "labour", "quantity": 1, "unit_price": 60, "cost_per_hour": 3}, "repair_labour_names"),
        ({"kind": "labour", "description": "Test", "quantity": "0.125", "unit_price": 60}, "repair_labour_names"),
        ({"kind": "labour", "description": "Test", "quantity": 1, "unit_price": 60}, "repair_labour_cost"),
        ({"kind": "labour", "description": "Test", "quantity": 1, "cost_per_hour": 3}, "price_missing"),
        ({"kind": "part", "item": "PART", "quantity": 1, "line": 9}, "line_not_found"),
    ],
    ids=["no item", "with a work centre", "no words", "fine hours", "no cost", "no price", "no such line"],
)
def test_a_line_of_an_estimate_that_says_too_little_is_refused(
    small_works: Company, line: dict[str, Any], refusal: str
) -> None:
    repair = repair_estimated(small_works)
    assert small_works.refused("put_repair_estimate", repair=repair, diagnosis="Worn", lines=[line]) == refusal


def test_what_was_done_for_a_repair_is_taken_back_in_the_order_of_its_steps(works: Company) -> None:
    repair = repair_worked(works)
    before = _process(works, repair)
    works.do("return_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 1}])
    issue, back = _made(works, repair, "material_issue"), _made(works, repair, "material_return")
    assert works.refused("reverse_document", document=issue, reason="x") == "issue_returned"
    works.do("reverse_document", document=back, reason="it was needed")
    assert _process(works, repair) == before
    works.do("finish_repair", repair=repair)
    assert works.refused("reverse_document", document=issue, reason="x") == "document_state"
    invoice = works.do("invoice_repair", repair=repair).document
    completion = _made(works, repair, "repair_completion")
    assert works.refused("reverse_document", document=completion, reason="x") == "repair_invoiced"
    works.do("return_repaired_piece", repair=repair)
    assert _state(works, repair) == "settled"
    works.do("reverse_document", document=invoice, reason="wrong day")
    assert _state(works, repair) == "finished"
    works.do("reverse_document", document=completion, reason="not done")
    works.do("reverse_document", document=_made(works, repair, "labour_report"), reason="not worked")
    works.do("reverse_document", document=issue, reason="not used")
    assert _process(works, repair) == (0, 0, 0)
    works.assert_clean()


def test_a_case_gives_a_repair_and_nothing_beside_it_and_waits_until_it_is_settled(small_works: Company) -> None:
    works = small_works
    repair = repair_finished(works)
    case = _case_of(works, repair)
    for outcome in ("credit", "replacement", "none"):
        assert works.refused("decide_service_case", case=case, outcome=outcome) == "case_repaired"
    works.do("decide_service_case", case=case, outcome="repair")
    assert works.refused("settle_service_case", case=case) == "case_repair_open"
    invoice = works.do("invoice_repair", repair=repair).document
    assert works.refused("settle_service_case", case=case) == "case_repair_open"
    early = {"returned_on": "2026-06-14"}
    assert works.refused("return_repaired_piece", repair=repair, **early) == "piece_returned_before"
    works.do("return_repaired_piece", repair=repair)
    works.do("settle_service_case", case=case)
    works.do("reverse_document", document=invoice, reason="wrong day")
    assert _state(works, case) == "decided"
    works.do("invoice_repair", repair=repair)
    works.do("settle_service_case", case=case)
    works.do("close_service_case", case=case)
    again = max(row["id"] for row in works.ask("customer_invoices") if row["state"] == "posted")
    assert works.refused("reverse_document", document=again, reason="x") == "case_stands_on_document"
    works.assert_clean()


def test_a_declined_repair_charges_its_fee_or_waives_it_and_gives_nothing(small_works: Company) -> None:
    works = small_works
    repair = repair_offered(works)
    case = _case_of(works, repair)
    works.do("decline_repair_estimate", repair=repair, answered_by="Li", waive_fee=True)
    assert works.refused("invoice_repair", repair=repair) == "repair_nothing_to_invoice"
    assert works.refused("decide_service_case", case=case, outcome="repair") == "case_without_repair"
    works.do("decide_service_case", case=case, outcome="none")
    assert works.refused("settle_service_case", case=case) == "case_repair_open"
    works.do("return_repaired_piece", repair=repair)
    works.do("settle_service_case", case=case)
    assert works.refused("open_repair_order", case=case) == "document_state"
    works.assert_clean()


def test_parts_valued_by_standard_cost_and_by_month_end_leave_no_value_in_process(works: Company) -> None:
    for method, item in (("standard", "STAND"), ("month_end_average", "MONTH")):
        works.do("put_item_category", code=item, name=item, valuation_method=method)
        works.do("put_item", code=item, name=item, category=item, unit="EA", list_price="9", standard_cost="2.5")
        opening = [{"item": item, "location": "MAIN", "quantity": 10, "unit_cost": "3"}]
        works.do("book_opening_stock", lines=opening)
    repair = repair_released(works)
    lines = [{"kind": "part", "item": item, "quantity": 3, "warranty_share": "0.5"} for item in ("STAND", "MONTH")]
    works.do("put_repair_estimate", repair=repair, diagnosis="Both", lines=lines)
    works.do("approve_repair_estimate", repair=_offered(works, repair), answered_by="Li")
    works.do("issue_repair_parts", repair=repair)
    numbers = [row["line"] for row in works.ask("repair_lines", document=repair)]
    works.do("return_repair_parts", repair=repair, lines=[{"line": number, "quantity": 1} for number in numbers])
    dearer = [{"item": "MONTH", "location": "MAIN", "quantity": 10, "unit_cost": "5"}]
    works.do("book_opening_stock", lines=dearer)
    works.do("finish_repair", repair=repair)
    works.do("close_costs", period="2026-06")
    cost, borne, settled = _process(works, repair)
    assert (borne, settled) == (2 * 2.5 + 2 * 3, 2 * (4 - 3))
    assert cost == borne + settled
    works.assert_clean()
    closing = works.ask("cost_closings")[0]["id"]
    works.do("reverse_document", document=closing, reason="early")
    assert _process(works, repair)[2] == 0
    works.assert_clean()


def test_a_no_by_link_is_kept_while_parts_are_in_the_repair(small_works: Company) -> None:
    works = small_works
    repair = repair_released(works)
    works.do("issue_repair_parts", repair=repair)
    lines = [{"line": 1, "kind": "part", "item": "PART", "quantity": 5, "unit_price": "12.50"}]
    works.do("put_repair_estimate", repair=repair, diagnosis="More", lines=lines)
    works.do("offer_repair_estimate", repair=repair)
    works.do("share_repair", repair=repair)
    (link,) = works.ask("repair_links", document=repair)
    seen = {"link": link["id"], "version": works.ask("document_by_id", document=repair)[0]["version"]}
    works.do("answer_repair_by_link", **seen, wanted=False, answered_by="Ms Li")
    (details,) = works.ask("repair_details", document=repair)
    assert (details["state"], details["answered_by"]) == ("offered", "Ms Li")
    assert "repair_declined_begun" in {row["kind"] for row in works.ask_table("inbox_item")}
    assert works.refused("answer_repair_by_link", **seen, wanted=True, answered_by="Ms Li") == "repair_estimate_moved"
    works.do("approve_repair_estimate", repair=repair, answered_by="Ms Li")
    works.assert_clean()
