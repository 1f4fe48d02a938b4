"""Pumps that a supplier delivered fail under warranty: what their repair cost is claimed from him; golden facts beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story

_GOLDEN = Path(__file__).parent / "warranty_from_suppliers.tsv"
_CLAIM = ("state", "party_code", "net_amount", "accepted_amount", "currency", "outcome")


def test_what_a_supplier_answers_for_is_claimed_once_and_takes_off_the_cost_of_warranty(works: Company) -> None:
    story = Story(works, "warranty_from_suppliers")
    story.page = _GOLDEN
    case = _case_of_bought_pumps(works)
    repairs = [_repaired(works, case, line) for line in (1, 2)]
    story.tell("borne", "warranty_cost", _balance(works, "warranty_cost"))

    claim = works.do("claim_warranty", repair=repairs[0]).document
    assert works.refused("claim_warranty", repair=repairs[0]) == "warranty_nothing_to_claim"
    story.rows("claimed", works.ask("claim_details", document=claim), "kind", "quantity", "net_amount", "reason")
    taken = [{"line": 1, "amount": "6.02"}, {"line": 2, "amount": "50"}]
    note = works.do("accept_warranty_claim", claim=claim, posted_on="2026-06-15", lines=taken).document
    story.rows("accepted in part", works.ask("warranty_claims", document=repairs[0]), *_CLAIM)
    story.tell(
        "after", "warranty_cost", _balance(works, "warranty_cost"), "trade_payable", _balance(works, "trade_payable")
    )
    assert works.refused("claim_warranty", repair=repairs[0], lines=[{"line": 1}]) == "warranty_claimed"
    bill = works.do("book_supplier_bill", order=works.ask("purchase_orders")[0]["id"]).document
    works.do("apply_credit", credit=note, document=bill)

    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-06-01", rate="7")
    dollars = works.do("claim_warranty", repair=repairs[1], currency="USD").document
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-06-15", rate="7.5")
    wrong = works.do("accept_warranty_claim", claim=dollars, tax_code="VAT13").document
    story.rows("accepted in dollars", works.ask("warranty_claims", document=repairs[1]), *_CLAIM)
    (said,) = works.ask("document_by_id", document=wrong)
    story.rows("credit", [said], "net_amount", "tax_amount", "total_amount", "currency", "home_total_amount")
    works.do("reverse_document", document=wrong, reason="he took his word back")
    again = works.do("claim_warranty", repair=repairs[1], lines=[{"line": 2, "amount": "10"}]).document
    works.do("settle_supplier_claim", claim=again, outcome="refused")
    story.rows("claims of 2", works.ask("warranty_claims", document=repairs[1]), *_CLAIM)

    asked = {"case": case, "supplier": "SUP", "lines": [{"line": 3, "amount": "90", "note": "The housing is cracked"}]}
    goods = works.do("claim_warranty", **asked).document
    works.do("accept_warranty_claim", claim=goods)
    story.rows("claims of the case", works.ask("warranty_claims", document=case), "number", *_CLAIM[:4])
    days = {"from_on": works.gateway.clock.today().replace(day=1), "to_on": works.gateway.clock.today()}
    for by in ("category", "item", "customer"):
        told = works.ask("cost_of_quality", by=by, **days)
        story.rows(f"quality by {by}", told, "code", "internal_failure", "external_failure", "document_count")
    for role in ("warranty_cost", "trade_payable"):
        story.tell("balance", role, _balance(works, role))
    assert story.as_kept()
    works.assert_clean()


def _case_of_bought_pumps(works: Company) -> int:
    """Three pumps of a supplier, sold to a customer who says that they leak; parts and a bench to repair them."""
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 100, "unit_cost": "3.01"}])
    works.do("put_work_center", code="BENCH", name="Bench", cost_per_hour="32", weekly_minutes=2400)
    pump = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "list_price": "200", "tax_code": "VAT13"}
    works.do("put_item", **pump, lot_tracked=True, serial_tracked=True, warranty_months=24)
    bought = [{"item": "PUMP", "quantity": 3, "unit_price": "90"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=bought).document
    named = ["P-1..P-3"]
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 3, "serials": named}])
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": 3}]).document
    shipment = works.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 3, "serials": named}]).document
    lines = [{"line": number, "quantity": 1, "fault": "It leaks"} for number in (1, 2, 3)]
    case = works.do("open_service_case", kind="repair", reason="defective", against=shipment, lines=lines).document
    assert case is not None
    return case


def _repaired(works: Company, case: int, line: int) -> int:
    """A repair of which the warranty bears all: two parts at 3.01 and 1.75 hours at 32."""
    repair = works.do("open_repair_order", case=case, line=line).document
    assert repair is not None
    bench = {
        "kind": "labour",
        "description": "Bench work",
        "quantity": "1.75",
        "unit_price": "60",
        "work_center": "BENCH",
    }
    takes: list[dict[str, Any]] = [{"kind": "part", "item": "PART", "quantity": 2, "unit_price": "12.50"}, bench]
    works.do("put_repair_estimate", repair=repair, diagnosis="The seal is worn", lines=takes)
    works.do("approve_repair_estimate", repair=repair)
    works.do("issue_repair_parts", repair=repair)
    works.do("report_repair_hours", repair=repair, lines=[{"line": 2, "hours": "1.75"}])
    works.do("finish_repair", repair=repair)
    return repair


def _balance(works: Company, role: str) -> Any:
    account = next(row["account_id"] for row in works.ask_table("account_role") if row["role"] == role)
    lines = [row for row in works.ask_table("journal_line") if row["account_id"] == account]
    return sum(row["debit"] - row["credit"] for row in lines)
