"""Goods are here before their paper: they are taken for work, a customer and a bench, and the books follow with the receipt."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def test_a_truck_is_unloaded_before_its_paper_comes(works: Company) -> None:
    story = Story(works, "issue_before_receipt")
    story.page = Path(__file__).parent / "issue_before_receipt.tsv"
    works.do("put_item_category", code="FIFO", name="By layers", valuation_method="fifo")
    works.do("put_item", code="VALVE", name="Valve", category="FIFO", unit="EA", tax_code="VAT13", list_price="9")
    works.do("put_location", code="ANNEX", name="Annex", site="MAIN")
    old = [{"item": "VALVE", "location": "ANNEX", "quantity": 10, "unit_cost": "2"}]
    works.do("book_opening_stock", lines=old)
    valves = [{"item": "VALVE", "quantity": 40, "unit_price": "3"}]
    bought = works.do("create_purchase_order", supplier="SUP", due_on="2026-06-20", lines=valves).document
    parts = [{"component": "VALVE", "quantity": 12}]
    made = works.do("create_production_order", item="GOOD", quantity=2, components=parts).document
    wanted = [{"item": "VALVE", "quantity": 15, "unit_price": "8"}]
    sold = works.do("create_sales_order", customer="CUS", reserve=False, lines=wanted).document

    def tell(what: str) -> None:
        works.assert_clean()
        story.tell(what)
        waits = ("number", "open_quantity", "purpose", "order_number", "department", "blocked_by")
        story.rows("waits", works.ask("open_advance_issues"), *waits)
        story.rows("coming", works.ask("availability", items=["VALVE"]), "on_hand", "free", "on_order", "advanced")
        offers = works.ask("promise_offers", on="2026-06-15", lines=[{"item": "VALVE", "quantity": 60}])[0]["offers"]
        story.rows("promised to others", offers, "on", "quantity")
        story.tell("books", *(f"{code} {value.normalize():f}" for code, value in balances(works).items()))

    tell(
        "ten old valves at 2 lie in the annex; forty at 3 are ordered, twelve are for production and fifteen for a customer"
    )

    def take(purpose: str, quantity: int, **data: object) -> int:
        line = {"item": "VALVE", "location": "MAIN", "quantity": quantity}
        said = {"purpose": purpose, "expected": bought, "note": "the truck is here, its paper is not", **data}
        document = works.do("issue_before_receipt", **said, lines=[line]).document
        assert document is not None
        return document

    take("production", 12, order=made)
    sale = take("sale", 9, order=sold)
    bench = take("internal_use", 4, department="Test bench")
    tell("twelve go to production, nine to the customer, four to the bench")
    first = works.do(
        "receive_goods", order=bought, posted_on="2026-06-16", lines=[{"line": 1, "quantity": 15}]
    ).document
    tell("the paper of fifteen comes: production has its twelve, the customer three of nine, each at 3")
    shown = works.ask("advance_settlements", document=first)
    story.rows("the receipt settled", shown, "advance_number", "quantity", "issue_number", "receipt_number")
    works.do("take_advance_back", advance_issue=bench, reason="brought_back", lines=[{"line": 1, "quantity": 1}])
    tell("the bench brings one back")
    second = works.do("receive_goods", order=bought, posted_on="2026-06-18").document
    tell("the paper of the rest comes: nobody waits any more, and sixteen are in stock")
    issue = next(row for row in works.ask("advance_settlements", document=second) if row["advance_id"] == sale)
    works.do("reverse_document", document=issue["issue_id"], posted_on="2026-06-18", reason="other pallet")
    tell("the customer's six are taken back in the books: they wait again, and stand free")
    works.do("settle_advance_issue", advance_issue=sale, posted_on="2026-06-19")
    tell("the storekeeper settles them from stock")
    works.do("ship_goods", order=sold, posted_on="2026-06-19")
    works.do("issue_customer_invoice", order=sold, posted_on="2026-06-19")
    tell("the last six of the order are shipped as usual, and all fifteen are invoiced")
    assert story.as_kept()
