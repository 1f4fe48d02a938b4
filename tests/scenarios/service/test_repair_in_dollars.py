"""A repair in dollars, and one in yen that is declined: estimated, answered, invoiced and paid in them. Golden facts beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.modules.service.repair_answers import repair_page
from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.service_makers import repair_case

_GOLDEN = Path(__file__).parent / "repair_in_dollars.tsv"
_AMOUNTS = ("unit_price", "gross_amount", "net_amount", "warranty_amount", "tax_amount")


def test_a_repair_is_estimated_answered_invoiced_and_paid_in_the_customers_currency(works: Company) -> None:
    story = Story(works, "repair_in_dollars")
    story.page = _GOLDEN
    case = repair_case(works, serials=["P-1", "P-2"])
    assert works.refused("open_repair_order", case=case, line=1, currency="USD") == "exchange_rate_missing"
    _rate(works, "USD", "2026-06-01", "7.125")
    _rate(works, "JPY", "2026-06-01", "0.048")
    repair = works.do("open_repair_order", case=case, line=1, currency="USD", warranty_until="2026-01-31").document
    assert repair is not None
    bench = {
        "kind": "labour",
        "description": "Bench work",
        "quantity": "1.5",
        "unit_price": "9.99",
        "work_center": "BENCH",
    }
    part = {"kind": "part", "item": "PART", "quantity": 3, "warranty_share": "0.5"}
    wanted: dict[str, Any] = {"repair": repair, "diagnosis": "The seal is worn"}
    assert works.refused("put_repair_estimate", **wanted, lines=[part]) == "price_missing_abroad"
    works.do("put_repair_estimate", **wanted, lines=[{**part, "unit_price": "3"}])
    lines = [{**part, "line": 1, "unit_price": "3.333"}, bench]
    works.do("put_repair_estimate", **wanted, diagnosis_fee="4.50", lines=lines)
    works.do("offer_repair_estimate", repair=repair)
    _told(story, works, "estimated", repair)
    path = works.do("share_repair", repair=repair).data["path"]
    page = repair_page(works.gateway, path.rsplit("/", 1)[1])
    assert page is not None
    story.tell(
        "the customer reads", f"{page['total_amount'].normalize():f} {page['currency']}", *_prices(page["lines"])
    )
    answer = {"link": page["link"], "version": page["version"], "wanted": True, "answered_by": "Ms Li"}
    works.do("answer_repair_by_link", **answer)

    works.do("issue_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 2}])
    works.do("report_repair_hours", repair=repair, lines=[{"line": 2, "hours": "2"}])
    first = works.do("finish_repair", repair=repair).document
    _told(story, works, "used", repair)
    works.do("reverse_document", document=first, reason="one more part")
    works.do("issue_repair_parts", repair=repair)
    works.do("finish_repair", repair=repair)
    _rate(works, "USD", "2026-06-15", "7.2")
    invoice = works.do("invoice_repair", repair=repair).document
    (said,) = works.ask("document_by_id", document=invoice)
    names = ("net_amount", "tax_amount", "total_amount", "currency", "foreign_exchange_rate", "home_total_amount")
    story.rows("invoice", [said], *names)
    _told(story, works, "invoiced", repair)
    works.do("receive_payment", party="CUS", amount=str(said["total_amount"]), currency="USD", bank_amount="160")
    works.do("return_repaired_piece", repair=repair, handed_to="Ms Li")

    other = works.do("open_repair_order", case=case, line=2, currency="JPY").document
    assert other is not None
    dear = [{**bench, "unit_price": "1500", "warranty_share": "0"}]
    works.do("put_repair_estimate", repair=other, diagnosis="Burnt", diagnosis_fee="1000.4", lines=dear)
    works.do("offer_repair_estimate", repair=other)
    works.do("decline_repair_estimate", repair=other, answered_by="Mr Gu")
    works.do("invoice_repair", repair=other)
    _told(story, works, "declined", other)
    story.rows("open", works.ask_table("foreign_item"), "currency", "amount", "open_amount")
    story.rows("case", works.ask("case_repairs", document=case), "state", "net_amount", "currency", "cost", "margin")
    assert story.as_kept()
    works.assert_clean()


def _rate(works: Company, currency: str, on: str, rate: str) -> None:
    works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=on, rate=rate)


def _prices(lines: list[dict[str, Any]]) -> list[str]:
    return [f"{line['unit_price'].normalize():f} x {line['billed_quantity'].normalize():f}" for line in lines]


def _told(story: Story, works: Company, what: str, repair: int) -> None:
    works.assert_clean()
    story.rows(f"{what}: line", works.ask("repair_lines", document=repair), "kind", *_AMOUNTS)
    (totals,) = works.ask("repair_totals", document=repair)
    story.rows(f"{what}: sum", [totals], "gross_amount", "net_amount", "tax_amount", "invoiced_amount", "currency")
    story.rows(f"{what}: books", [totals], "home_invoiced_amount", "cost", "warranty_cost", "margin", "home_currency")
    (row,) = [row for row in works.ask_table("document") if row["id"] == repair]
    story.tell(f"{what}: booked total", row["total_amount"])
