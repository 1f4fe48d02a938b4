"""What a warranty claim on a supplier refuses, and what a claim and a completion that it stands on hold of each other."""

from __future__ import annotations

from typing import Any

from tests.company import Company
from tests.makers import claimed
from tests.service_makers import (
    repair_finished,
    repair_offered,
    repair_released,
    repair_worked,
    service_case,
    warranty_claimed,
)


def _claims(works: Company, **asked: Any) -> str:
    return works.refused("claim_warranty", **asked)


def test_a_claim_is_for_what_the_warranty_bore_and_names_who_is_to_answer(small_works: Company) -> None:
    works = small_works
    repair = repair_finished(works)
    assert _claims(works) == "warranty_claim_about"
    assert _claims(works, repair=repair, case=1) == "warranty_claim_about"
    assert _claims(works, repair=repair) == "warranty_supplier_unknown"
    assert _claims(works, repair=repair, supplier="CUS") == "party_role"
    named = {"repair": repair, "supplier": "SUP"}
    assert _claims(works, **named, lines=[{"line": 9}]) == "line_not_found"
    assert _claims(works, **named, lines=[{"line": 1}, {"line": 1}]) == "warranty_line_twice"
    assert _claims(works, **named, lines=[{"line": 1, "quantity": 1}]) == "warranty_by_amount"
    assert _claims(works, **named, lines=[{"line": 1, "amount": "3.02"}]) == "warranty_above_cost"
    assert _claims(works, **named, lines=[{"line": 1, "amount": "0.001"}]) == "warranty_above_cost"
    assert _claims(works, **named, currency="USD") == "exchange_rate_missing"
    claim = works.do("claim_warranty", **named, lines=[{"line": 1, "amount": "3.01"}]).document
    assert _claims(works, **named, lines=[{"line": 1}]) == "warranty_claimed"
    rest = works.do("claim_warranty", **named).document
    assert [row["net_amount"] for row in works.ask("claim_details", document=rest)] == [16]
    assert _claims(works, **named) == "warranty_nothing_to_claim"
    works.do("settle_supplier_claim", claim=claim, outcome="withdrawn")
    works.do("claim_warranty", **named, lines=[{"line": 1, "amount": "1"}])
    works.assert_clean()


def test_a_repair_that_is_not_finished_or_not_under_warranty_is_not_claimed(small_works: Company) -> None:
    works = small_works
    repair = repair_worked(works)
    assert _claims(works, repair=repair, supplier="SUP") == "document_state"
    lines = [
        {"line": 1, "kind": "part", "item": "PART", "quantity": 2, "unit_price": "12.50", "warranty_share": "0"},
        {
            "line": 2,
            "kind": "labour",
            "description": "Bench work",
            "quantity": 1,
            "unit_price": "60",
            "warranty_share": "0",
        },
    ]
    works.do("put_repair_estimate", repair=repair, diagnosis="Dropped", lines=lines)
    works.do("offer_repair_estimate", repair=repair)
    works.do("approve_repair_estimate", repair=repair, answered_by="Li")
    works.do("finish_repair", repair=repair)
    assert _claims(works, repair=repair, supplier="SUP") == "warranty_nothing_to_claim"
    assert _claims(works, repair=repair, supplier="SUP", lines=[{"line": 1}]) == "warranty_bore_nothing"


def test_what_is_accepted_is_no_more_than_claimed_and_holds_the_completion(small_works: Company) -> None:
    works = small_works
    claim = warranty_claimed(works)
    repair = works.ask("repairs")[0]["id"]
    done = next(row for row in works.ask("repair_documents", document=repair) if row["kind"] == "repair_completion")
    assert works.refused("reverse_document", document=done["document_id"], reason="wrong") == "repair_claimed"

    def accepts(**more: Any) -> str:
        return works.refused("accept_warranty_claim", claim=claim, **more)

    assert accepts(posted_on="2026-06-14") == "settled_before_claim"
    assert accepts(lines=[{"line": 1, "amount": "3.02"}]) == "warranty_above_claim"
    assert accepts(lines=[{"line": 1, "amount": "0.001"}]) == "warranty_above_claim"
    assert accepts(lines=[{"line": 7, "amount": "1"}]) == "line_not_found"
    assert accepts(lines=[{"line": 1, "amount": "1"}, {"line": 1, "amount": "1"}]) == "warranty_line_twice"
    assert works.refused("settle_supplier_claim", claim=claim, outcome="credited") == "warranty_claim_accepted"
    note = works.do("accept_warranty_claim", claim=claim).document
    assert accepts() == "document_state"
    assert works.refused("reverse_document", document=done["document_id"], reason="wrong") == "repair_claimed"
    works.do("reverse_document", document=note, reason="he took it back")
    works.assert_clean()
    works.do("reverse_document", document=done["document_id"], reason="wrong")
    works.assert_clean()
    assert works.refused("accept_warranty_claim", claim=claimed(works)) == "claim_of_delivery"


def test_goods_of_a_case_are_claimed_once_each_by_an_amount(small_works: Company) -> None:
    works = small_works
    case = service_case(works)
    (line,) = works.ask("case_lines", document=case)
    named = {"case": case, "supplier": "SUP"}
    assert _claims(works, **named) == "warranty_claim_lines"
    assert _claims(works, **named, lines=[{"line": 1}]) == "warranty_amount_missing"
    most = line["quantity"]
    beyond = [{"line": 1, "quantity": str(most + 1), "amount": "5"}]
    assert _claims(works, **named, lines=beyond) == "warranty_above_goods"
    works.do("claim_warranty", **named, lines=[{"line": 1, "quantity": 1, "amount": "5"}])
    works.do("claim_warranty", **named, lines=[{"line": 1, "amount": "7"}])
    assert _claims(works, **named, lines=[{"line": 1, "amount": "5"}]) == "warranty_above_goods"
    works.assert_clean()


def test_goods_that_a_supplier_answers_for_are_not_sent_back_to_him_or_claimed_by_their_repair(
    small_works: Company,
) -> None:
    works = small_works
    case = service_case(works)
    works.do("claim_warranty", case=case, supplier="SUP", lines=[{"line": 1, "quantity": 1, "amount": "5"}])
    assert works.refused("reject_service_case", case=case, reason="not ours") == "case_claimed"
    works.do("receive_case_goods", case=case)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 2, "finding": "supplier_fault"}])
    bought = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 20, "unit_price": "3"}]
    )
    receipt = works.do("receive_goods", order=bought.document).document
    back: dict[str, Any] = {
        "line": 1,
        "quantity": 2,
        "disposition": "to_supplier",
        "receipt": receipt,
        "receipt_line": 1,
    }
    decided = {"case": case, "outcome": "credit"}
    assert works.refused("decide_service_case", **decided, lines=[back]) == "case_goods_claimed"
    kept = {"line": 1, "quantity": 1, "disposition": "scrap"}
    works.do("decide_service_case", **decided, lines=[{**back, "quantity": 1}, kept])
    assert _claims(works, case=case, supplier="SUP", lines=[{"line": 1, "amount": "5"}]) == "warranty_above_goods"
    works.assert_clean()


def test_a_piece_is_claimed_by_its_case_or_by_its_repair(small_works: Company) -> None:
    works = small_works
    repair = repair_finished(works)
    line = works.ask("repair_details", document=repair)[0]
    case = next(row["id"] for row in works.ask("service_cases") if row["number"] == line["case_number"])
    by_case = {"case": case, "supplier": "SUP", "lines": [{"line": 1, "amount": "5"}]}
    claim = works.do("claim_warranty", repair=repair, supplier="SUP").document
    assert _claims(works, **by_case) == "warranty_above_goods"
    works.do("settle_supplier_claim", claim=claim, outcome="withdrawn")
    works.do("claim_warranty", **by_case)
    assert _claims(works, repair=repair, supplier="SUP") == "warranty_above_goods"
    works.assert_clean()


def test_a_claim_has_its_day_between_the_completion_and_today(small_works: Company) -> None:
    works = small_works
    named = {"repair": repair_finished(works), "supplier": "SUP"}
    for day in ("2026-06-14", "2026-06-16"):
        assert _claims(works, **named, document_on=day) == "warranty_claim_day"
    works.do("claim_warranty", **named, document_on="2026-06-15")


def test_what_was_taken_out_in_a_declined_repair_does_not_count_and_can_be_told_anew(small_works: Company) -> None:
    works = small_works
    repair = repair_offered(works)
    told = {"repair": repair, "lines": [{"line": 1, "quantity": 1}]}
    works.do("put_removed_parts", **told)
    works.do("decline_repair_estimate", repair=repair, answered_by="Li", waive_fee=True)
    assert works.ask("removed_parts", document=repair) == []
    works.do("put_removed_parts", **told)
    assert [row["quantity"] for row in works.ask("removed_parts", document=repair)] == [1]
    half = [{"line": 1, "quantity": "0.5"}]
    assert works.refused("put_removed_parts", repair=repair, lines=half) == "quantity_decimals"


def test_parts_taken_out_are_of_lines_of_parts_and_what_was_said_last_holds(small_works: Company) -> None:
    works = small_works
    repair = repair_released(works)

    def says(*lines: dict[str, Any], **more: Any) -> str:
        return works.refused("put_removed_parts", repair=repair, lines=list(lines), **more)

    assert says({"line": 2}) == "repair_line_is_labour"
    assert says({"line": 1}, removed_on="2026-06-16") == "repair_day_to_come"
    assert says({"line": 1}, removed_on="2026-06-14") == "part_removed_before"
    assert says({"line": 1, "serials": "A"}) == "serials_not_used"
    assert says({"line": 1, "item": "PUMP"}) == "serial_count"
    assert (
        says({"line": 1, "item": "PUMP", "serials": "A"}, {"line": 1, "item": "PUMP", "serials": "A"}) == "serial_twice"
    )
    works.do(
        "put_removed_parts", repair=repair, lines=[{"line": 1, "quantity": 2}, {"line": 1, "whereabouts": "scrapped"}]
    )
    works.do("put_removed_parts", repair=repair, lines=[{"line": 1, "quantity": 1}])
    assert [row["quantity"] for row in works.ask("removed_parts", document=repair)] == [1]
