"""A spring sale from its trial over quotation, coupon, change and cancellation to what it earned, told as facts."""

from __future__ import annotations

from typing import Any

import pypdfium2

from app.kernel.access import SYSTEM
from app.printing.sheets import print_document
from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.selling.test_selling_under_control import story_of

SPRING = {"code": "SPRING", "name": "Spring sale", "valid_from": "2026-06-01", "effect": "percent_off", "rate": "0.1"}


def _tell(works: Company, story: Story, document: int | None) -> None:
    """The lines of a document with their reasons, and what promotions have given."""
    story.rows("line", works.ask("document_lines", document=document), "line", "quantity", "net_amount", "tax_amount")
    names = ("line", "kind", "name", "amount", "coupon", "bought_line")
    story.rows("why", works.ask("line_price_reasons", document=document), *names)
    story.rows("used", works.ask("promotions"), "code", "use_count", "given_amount", "left_amount")


def _switched_on(works: Company, story: Story) -> None:
    """The sale is tried, switched on, and joined by a gift and a card that needs its coupon."""
    for quantity in (4, 10):
        works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": quantity}])
    tried = works.ask("promotion_trial", until=DAY.isoformat(), promotion=SPRING)
    story.rows("tried", tried, "tried_count", "order_count", "given_amount", "net_amount")
    combined: dict[str, Any] = {"valid_from": "2026-06-01", "combinable": True, "active": True}
    works.do("put_promotion", **SPRING, combinable=True, active=True, budget_amount="20")
    free = {"code": "SIX", "name": "Five and one", "effect": "free_goods", "item": "PART"}
    works.do("put_promotion", **free, buy_quantity=5, free_quantity=1, **combined)
    card = {"code": "CARD", "name": "Card", "effect": "order_percent_off", "rate": "0.03", "needs_coupon": True}
    works.do("put_promotion", **card, **combined)
    works.do("put_coupon", code="CARD-7", promotion="CARD", use_limit=1)


def _printed(works: Company, document: int | None) -> str:
    assert document is not None
    sheet = print_document(works.gateway, document, principal=SYSTEM, language="en")
    with pypdfium2.PdfDocument(sheet.content) as paper:
        return "".join(paper[0].get_textpage().get_text_bounded().split())


def test_a_spring_sale_from_its_trial_to_what_it_earned(works: Company) -> None:
    story = story_of(works, "promotions")
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 90, "unit_cost": "3"}])
    _switched_on(works, story)
    lines = [{"item": "PART", "quantity": 11}, {"item": "GOOD", "quantity": 1, "unit_price": "19"}]
    quoted = works.do("create_quotation", customer="CUS", lines=lines, coupons=["CARD-7"]).document
    story.tell("quoted")
    _tell(works, story, quoted)
    printed = _printed(works, quoted)
    assert "Springsale−10%" in printed
    assert "Fiveandone−10" in printed
    order = works.do("accept_quotation", quotation=quoted).document
    story.tell("ordered as quoted")
    _tell(works, story, order)
    refused = works.submit("create_sales_order", customer="CUS", lines=lines, coupons=["CARD-7"])
    story.tell("the coupon again", refused.message_key)
    works.do("change_sales_order", order=order, reason="less", lines=[{"line": 1, "quantity": 6}])
    story.tell("changed to six")
    _tell(works, story, order)
    beyond = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 36}]).document
    story.tell("beyond the budget of the sale")
    story.rows("why", works.ask("line_price_reasons", document=beyond), "line", "kind", "name", "amount")
    works.do("cancel_sales_order", order=beyond)
    names = ("code", "order_count", "line_count", "given_amount", "net_amount", "margin")
    story.rows("earned", works.ask("promotion_results"), *names)
    works.do("cancel_sales_order", order=order)
    story.rows("given back", works.ask("promotions"), "code", "use_count", "given_amount")
    works.assert_clean()
    assert story.as_kept()
