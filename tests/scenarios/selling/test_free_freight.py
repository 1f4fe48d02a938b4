"""Free freight from its trial over order, change, quotation and coupon to what was forgone, told as facts."""

from __future__ import annotations

from typing import Any

from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.selling.test_selling_under_control import story_of

FREE = {"code": "FREE", "name": "Free from 100", "valid_from": "2026-06-01", "effect": "free_freight"}
FREIGHT = {"description": "Freight", "amount": "30", "freight": True}
PACKING = {"description": "Packing", "amount": "5", "tax_code": "VAT9"}


def _tell(works: Company, story: Story, document: int | None) -> None:
    """The lines of a document with their reasons, and what promotions have given."""
    lines = works.ask("document_lines", document=document)
    story.rows("line", lines, "line", "kind", "quantity", "net_amount", "tax_amount")
    names = ("line", "kind", "name", "amount", "coupon")
    story.rows("why", works.ask("line_price_reasons", document=document), *names)
    story.rows("used", works.ask("promotions"), "code", "use_count", "given_amount")


def _change(works: Company, order: int | None, line: int, **what: Any) -> None:
    works.do("change_sales_order", order=order, reason="as the customer wishes", lines=[{"line": line, **what}])


def _bought(quantity: int) -> list[dict[str, Any]]:
    return [{"item": "PART", "quantity": quantity}]


def _switched_on(works: Company, story: Story) -> None:
    """Free freight is tried on two orders, switched on, and shown while an order is typed."""
    for quantity, amount in ((8, "30"), (24, "25")):
        charges = [{**FREIGHT, "amount": amount}, PACKING]
        works.do("create_sales_order", customer="CUS", reserve=False, lines=_bought(quantity), charges=charges)
    (tried,) = works.ask("promotion_trial", until=DAY.isoformat(), promotion={**FREE, "minimum_amount": "100"})
    story.rows("tried", [tried], "tried_count", "order_count", "line_count", "given_amount")
    works.do("put_promotion", **FREE, minimum_amount="100", active=True)
    for quantity in ("19", "20"):
        typed = {"party": "CUS", "on": DAY.isoformat(), "lines": [{"item": "PART", "quantity": quantity}]}
        freight = works.ask("sales_order_preview", **typed, freight="30")[-1]
        told = ", ".join(entry["name"] for entry in freight["promotions"])
        story.tell("typed", quantity, freight["net_amount"], freight["tax_amount"], told or None)


def _quoted(works: Company, story: Story) -> None:
    """A card that needs its coupon frees the freight of what is ordered on a quotation."""
    card = {**FREE, "code": "CARD", "name": "Card", "needs_coupon": True, "item": "PART", "minimum_quantity": 5}
    works.do("put_promotion", **card, active=True)
    works.do("put_coupon", code="CARD-7", promotion="CARD", use_limit=1)
    quoted = works.do("create_quotation", customer="CUS", lines=_bought(9), coupons=["CARD-7"]).document
    for quantity in (4, 5):
        lines = [{"line": 1, "quantity": quantity}]
        accepted = {"quotation": quoted, "reserve": False, "lines": lines, "charges": [FREIGHT]}
        order = works.do("accept_quotation", **accepted).document
        story.tell("ordered as quoted", quantity)
        _tell(works, story, order)


def test_free_freight_from_its_trial_to_what_was_forgone(works: Company) -> None:
    story = story_of(works, "free_freight")
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 90, "unit_cost": "3"}])
    _switched_on(works, story)
    charges = [FREIGHT, PACKING]
    order = works.do("create_sales_order", customer="CUS", lines=_bought(24), charges=charges).document
    story.tell("ordered")
    _tell(works, story, order)
    _change(works, order, 1, quantity=10)
    story.tell("changed to ten")
    _tell(works, story, order)
    _change(works, order, 1, quantity=22)
    _change(works, order, 2, unit_price="40")
    story.tell("twenty-two, and freight of 40")
    _tell(works, story, order)
    works.do("ship_goods", order=order)
    invoice = works.do("issue_customer_invoice", order=order).document
    story.tell("invoiced")
    story.rows("line", works.ask("document_lines", document=invoice), "line", "kind", "net_amount", "tax_amount")
    story.rows("order", works.ask("document_by_id", document=order), "state", "net_amount", "total_amount")
    _quoted(works, story)
    names = ("code", "order_count", "line_count", "given_amount", "net_amount")
    story.rows("forgone", works.ask("promotion_results"), *names)
    works.assert_clean()
    assert story.as_kept()
