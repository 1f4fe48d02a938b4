"""A kettle comes back for a dearer one: goods, scrap, credit and the difference in price in one case; golden facts beside."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.makers import PNG
from tests.scenarios.buying.facts import Story

_GOLDEN = Path(__file__).parent / "exchange.tsv"


def test_a_return_becomes_an_exchange_and_is_settled_to_the_cent(works: Company) -> None:
    story = Story(works, "exchange")
    story.page = _GOLDEN
    opening = [{"item": item, "location": "MAIN", "quantity": 50, "unit_cost": c} for item, c in _COSTS]
    works.do("book_opening_stock", lines=opening)
    lines = [{"item": "PART", "quantity": 12, "unit_price": "19.99"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("ship_goods", order=order)
    invoice = works.do("issue_customer_invoice", order=order).document
    works.do("receive_payment", party="CUS", amount="271.06")

    about = [{"line": 1, "quantity": 3, "fault": "The lids do not close"}]
    asked = {"kind": "exchange", "reason": "defective", "against": invoice, "priority": 2, "lines": about}
    case = works.do("open_service_case", **asked).document
    works.do("attach_case_file", case=case, name="lids.png", content=PNG)
    works.do("receive_case_goods", case=case)
    found = [{"line": 1, "quantity": n, "finding": name} for n, name in ((2, "good"), (1, "scrap"))]
    works.do("inspect_service_case", case=case, lines=found)
    story.rows("found", works.ask("case_findings", document=case), "line", "finding", "quantity")
    led = [{"line": 1, "quantity": n, "disposition": name} for n, name in ((2, "restock"), (1, "scrap"))]
    works.do("decide_service_case", case=case, outcome="credit_and_replacement", lines=led)
    instead = [{"item": "GOOD", "quantity": 3, "unit_price": "24.50"}]
    replacement = works.do("order_case_replacement", case=case, lines=instead).document
    works.do("ship_goods", order=replacement)
    receipt = works.do("settle_service_case", case=case)
    story.tell("settled", *(f"{name} {receipt.values[name]}" for name in ("credited", "invoiced", "net")))
    works.do("close_service_case", case=case)

    steps = ("received", "restock", "rework", "scrap", "to_supplier")
    story.rows("goods", works.ask("case_lines", document=case), "item_code", *(f"{step}_quantity" for step in steps))
    made = works.ask("case_documents", document=case)
    story.rows("document", made, "kind", "state", "total_amount", "stock_value")
    (totals,) = works.ask("case_totals", document=case)
    story.rows("stock", [totals], "goods_back", "scrapped", "to_supplier", "replacement_cost")
    story.rows("money", [totals], "credited_total", "invoiced_total", "customer_balance", "result")
    inside = [{"item": "PART", "location": "MAIN", "quantity": 1, "from_status": "available"}]
    works.do("scrap_stock", reason="damaged", lines=inside)
    days = {"from_on": works.gateway.clock.today().replace(day=1), "to_on": works.gateway.clock.today()}
    for by in ("category", "reason", "item"):
        story.rows(
            f"quality by {by}",
            works.ask("cost_of_quality", by=by, **days),
            "code",
            "internal_failure",
            "external_failure",
        )
    (month,) = works.ask("cost_of_quality", **days)
    assert month["external_failure"] == -totals["result"]
    owed = [row for row in works.ask_table("open_item") if row["open_amount"] != 0]
    story.rows("still open", owed, "side", "open_amount")
    on_hand = [row for row in works.ask("stock_by_location") if row["item_code"] in dict(_COSTS)]
    story.rows("stands", on_hand, "item_code", "status", "quantity")
    assert story.as_kept()
    works.assert_clean()


_COSTS = (("PART", "8.333"), ("GOOD", "11.2"))
