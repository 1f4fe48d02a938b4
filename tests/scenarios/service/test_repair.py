"""Three pieces are repaired: under warranty, after it, and half and half; a fourth is declined. Golden facts beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.service_makers import repair_case

_GOLDEN = Path(__file__).parent / "repair.tsv"
_SHARES = ("gross_amount", "net_amount", "warranty_amount", "tax_amount", "invoiced_amount")
_COSTS = ("cost", "customer_cost", "warranty_cost", "margin")


def test_repairs_in_and_out_of_warranty_and_half_and_half_are_billed_and_borne(works: Company) -> None:
    story = Story(works, "repair")
    story.page = _GOLDEN
    case = repair_case(works, serials=["P-1", "P-2", "P-3", "P-4"])
    over = {"warranty_until": "2026-01-31"}
    repairs = [_opened(works, case, line, **(over if line in {2, 4} else {})) for line in (1, 2, 3, 4)]
    for number, repair in enumerate(repairs, start=1):
        _estimate(works, repair, "0.5" if number == 3 else None)
        (piece,) = works.ask("repair_details", document=repair)
        story.rows(f"piece {number}", [piece], "lot_code", "received_on", "warranty_until", "state")
    works.do("decline_repair_estimate", repair=repairs[3], answered_by="Mr Gu")
    works.do("invoice_repair", repair=repairs[3])
    works.do("return_repaired_piece", repair=repairs[3], handed_to="Mr Gu")
    for number, repair in enumerate(repairs[:3], start=1):
        _repair(works, repair)
        story.rows(
            f"line of {number}", works.ask("repair_lines", document=repair), "kind", "used_quantity", *_SHARES[:4]
        )
    for number, repair in enumerate(repairs, start=1):
        (totals,) = works.ask("repair_totals", document=repair)
        story.rows(f"price of {number}", [totals], *_SHARES)
        story.rows(f"cost of {number}", [totals], *_COSTS)
    works.do("decide_service_case", case=case, outcome="repair")
    works.do("settle_service_case", case=case)
    works.do("close_service_case", case=case)
    story.rows("case", works.ask("case_repairs", document=case), "lot_code", "state", "cost", "invoiced_amount")
    for role in ("work_in_process", "labour_applied", "cost_of_sales", "warranty_cost", "revenue", "trade_receivable"):
        story.tell("balance", role, _balance(works, role))
    for document in works.ask("repair_documents", document=repairs[2]):
        story.rows("document of 3", [document], "kind", "state", "total_amount", "stock_value", "labour_cost")
    assert story.as_kept()
    works.assert_clean()


def _opened(works: Company, case: int, line: int, **more: str) -> int:
    given = {"case": case, "line": line, "received_at": "Bench 2", "accessories": "charger", **more}
    document = works.do("open_repair_order", **given).document
    assert document is not None
    return document


def _estimate(works: Company, repair: int, share: str | None) -> None:
    split = {} if share is None else {"warranty_share": share}
    lines: list[dict[str, Any]] = [
        {"kind": "part", "item": "PART", "quantity": 3, "unit_price": "12.50", **split},
        {
            "kind": "labour",
            "description": "Bench work",
            "quantity": "1.5",
            "unit_price": "60",
            "work_center": "BENCH",
            **split,
        },
    ]
    found: dict[str, Any] = {"diagnosis": "The pump leaks", "diagnosis_fee": "25", "lines": lines}
    works.do("put_repair_estimate", repair=repair, **found)
    works.do("offer_repair_estimate", repair=repair)


def _repair(works: Company, repair: int) -> None:
    (totals,) = works.ask("repair_totals", document=repair)
    works.do("approve_repair_estimate", repair=repair, answered_by="Ms Li")
    works.do("issue_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 2}])
    works.do("issue_repair_parts", repair=repair)
    works.do("return_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 1}])
    works.do("report_repair_hours", repair=repair, lines=[{"line": 2, "hours": "1.25"}, {"line": 2, "hours": "0.5"}])
    works.do("finish_repair", repair=repair, report="Pump seal replaced and tested")
    if totals["net_amount"] > 0:
        works.do("invoice_repair", repair=repair)
    works.do("return_repaired_piece", repair=repair, carrier_name="SF", tracking_number="SF123")


def _balance(works: Company, role: str) -> Any:
    account = next(row["account_id"] for row in works.ask_table("account_role") if row["role"] == role)
    lines = [row for row in works.ask_table("journal_line") if row["account_id"] == account]
    return sum(row["debit"] - row["credit"] for row in lines)
