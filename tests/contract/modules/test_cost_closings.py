"""A closing of costs that is taken back: what orders in process and closed orders keep, on both databases."""

from __future__ import annotations

from tests.company import Company


def averaged_order(works: Company) -> int:
    """A production order that drew eight of a resin at 10, of which ten more came in at 14 in the month."""
    works.do("put_item_category", code="MONTH", name="MONTH", valuation_method="month_end_average")
    works.do("put_item", code="RESIN", name="RESIN", category="MONTH", unit="EA", list_price="9")
    opening = {"item": "RESIN", "location": "MAIN", "quantity": 10, "unit_cost": "10"}
    works.do("book_opening_stock", lines=[opening])
    needs = [{"component": "RESIN", "quantity": 8}]
    order = works.do("create_production_order", item="GOOD", quantity=5, components=needs).document
    assert order is not None
    works.do("issue_material", order=order)
    works.do("book_opening_stock", lines=[{**opening, "unit_cost": "14"}])
    return order


def test_a_closing_is_not_taken_back_from_an_order_that_was_closed_since(works: Company) -> None:
    order = averaged_order(works)
    closing = works.do("close_costs", period="2026-06").document
    works.do("complete_production", order=order, quantity=5, close=True)
    works.assert_clean()
    assert works.refused("reverse_document", document=closing, reason="early") == "closing_order_closed"
    works.assert_clean()


def test_a_closing_is_taken_back_from_an_order_in_process_and_from_one_that_was_closed_before(works: Company) -> None:
    order = averaged_order(works)
    closing = works.do("close_costs", period="2026-06").document
    works.do("reverse_document", document=closing, reason="early")
    works.assert_clean()
    works.do("complete_production", order=order, quantity=5, close=True)
    closing = works.do("close_costs", period="2026-06").document
    works.do("reverse_document", document=closing, reason="early")
    works.assert_clean()
