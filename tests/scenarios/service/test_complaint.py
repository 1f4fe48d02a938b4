"""A complaint about tea leads to its lot, to who else got it and to what is still here, and is settled by an allowance; golden facts beside."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.service_makers import lot_case

_GOLDEN = Path(__file__).parent / "complaint.tsv"


def _stands(works: Company, story: Story) -> None:
    """Where the tea stands, and what may be sold of it."""
    rows = [row for row in works.ask("stock_by_location") if row["item_code"] == "TEA"]
    story.rows("stands", rows, "status", "quantity")


def test_a_complaint_is_followed_to_every_customer_of_its_lot_and_settled(works: Company) -> None:
    story = Story(works, "complaint")
    story.page = _GOLDEN
    case = lot_case(works)
    (about,) = works.ask("case_lines", document=case)
    story.rows("about", [about], "item_code", "lot_code", "quantity")
    for row in works.ask("case_recall", document=case):
        story.tell("reached", row["role"], row.get("party_code"), row["quantity"])
    receipt = works.do("recall_case_lots", case=case)
    story.tell("recalled", *(f"{name} {receipt.values[name]}" for name in ("held", "reserved", "opened")))
    _stands(works, story)
    short = {"customer": "CUS", "lines": [{"item": "TEA", "quantity": 1, "unit_price": "9"}]}
    late = works.do("create_sales_order", **short).document
    story.tell("sold of what is held", works.refused("ship_goods", order=late))
    story.rows("case", works.ask("service_cases"), "number", "party_code", "state")

    order = min(row["id"] for row in works.ask("sales_orders") if row["party_code"] == "CUS")
    invoice = works.do("issue_customer_invoice", order=order).document
    works.do("decide_service_case", case=case, outcome="credit")
    allowances = [{"invoice": invoice, "line": 1, "amount": "9"}]
    settled = works.do("settle_service_case", case=case, allowances=allowances)
    story.tell("settled", *(f"{name} {settled.values[name]}" for name in ("credited", "invoiced", "net")))
    works.do("close_service_case", case=case)
    (totals,) = works.ask("case_totals", document=case)
    story.rows("money", [totals], "credited_total", "customer_balance", "result")
    story.rows("state", works.ask("case_details", document=case), "state", "outcome")
    assert story.as_kept()
    works.assert_clean()
