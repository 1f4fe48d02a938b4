"""Corners where goods and money once parted, each as one sentence about the business."""

from __future__ import annotations

from decimal import Decimal

from app.kernel.access import Principal
from tests.company import Company
from tests.makers import CHECKER, stocked
from tests.specimens import HASH


def test_two_lines_of_one_item_ship_from_two_places(works: Company) -> None:
    works.do("put_location", code="BIN1", name="First bin")
    stock = [{"item": "PART", "location": place, "quantity": 5, "unit_cost": "3"} for place in ("MAIN", "BIN1")]
    works.do("book_opening_stock", lines=stock)
    lines = [{"item": "PART", "quantity": 5}] * 2
    order = works.do("create_sales_order", customer="CUS", reserve=False, lines=lines)
    works.do("ship_goods", order=order.document)
    assert {row["quantity"] for row in works.ask_table("stock_balance")} == {Decimal(0)}
    works.assert_clean()


def test_one_component_listed_twice_is_issued_from_two_places(works: Company) -> None:
    works.do("put_location", code="BIN1", name="First bin")
    stock = [{"item": "PART", "location": place, "quantity": 5, "unit_cost": "3"} for place in ("MAIN", "BIN1")]
    works.do("book_opening_stock", lines=stock)
    parts = [{"component": "PART", "quantity": 5}] * 2
    order = works.do("create_production_order", item="GOOD", quantity=1, components=parts)
    works.do("issue_material", order=order.document)
    works.assert_clean()


def test_a_completion_taken_back_leaves_its_scrap_to_be_reported_again(works: Company) -> None:
    stocked(works)
    order = works.do("create_production_order", item="GOOD", quantity=10).document
    works.do("issue_material", order=order)
    first = works.do("complete_production", order=order, quantity=4, scrapped_quantity=6)
    works.do("reverse_document", document=first.document, reason="miscounted")
    works.do("complete_production", order=order, quantity=10, close=True)
    works.assert_clean()


def test_an_earlier_bill_taken_back_clears_exactly_what_it_had_cleared(works: Company) -> None:
    """Two receipts of one line share half a cent; the bill that took the larger half gives that half back."""
    lines = [{"item": "PART", "quantity": 3, "unit_price": "0.335"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    for quantity in (1, 2):
        works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": quantity}])
    first = works.do("book_supplier_bill", order=order, lines=[{"line": 1, "quantity": 1}])
    second = works.do("book_supplier_bill", order=order, lines=[{"line": 1, "quantity": 2}])
    works.do("reverse_document", document=first.document, reason="wrong")
    works.assert_clean()
    works.do("reverse_document", document=second.document, reason="wrong")
    works.assert_clean()
    works.do("book_supplier_bill", order=order)
    works.assert_clean()


def test_fiscal_years_do_not_overlap(works: Company) -> None:
    assert works.refused("create_fiscal_year", starts_on="2026-04-01") == "fiscal_year_exists"


def test_nobody_sets_the_password_of_somebody_with_more_rights(works: Company) -> None:
    works.do("put_user", login="boss", name="Boss", roles=["administrator"])
    keeper = Principal(99, "keeper", "Keeper", permissions=frozenset({"company.users.write"}))
    for command, data in (
        ("set_password", {"login": "boss", "password_hash": HASH}),
        ("put_user", {"login": "boss", "name": "Boss", "roles": [], "active": False}),
        ("put_user", {"login": "friend", "name": "Friend", "roles": ["administrator"]}),
        ("put_role", {"code": "all", "name": "All", "permissions": ["*"]}),
    ):
        receipt = works.submit(command, principal=keeper, **data)
        assert receipt.message_key == "refusal.not_permitted", (command, receipt)


def test_nobody_changes_his_own_rights(works: Company) -> None:
    user = works.do("put_user", login="boss", name="Boss", roles=["clerk"]).data["id"]
    boss = Principal(user, "boss", "Boss", permissions=frozenset({"*"}))
    receipt = works.submit("put_user", principal=boss, login="boss", name="Boss", roles=["administrator"])
    assert receipt.message_key == "refusal.own_rights"


def test_nobody_approves_what_he_asked_for(works: Company) -> None:
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    stocked(works)
    lines = [{"item": "PART", "quantity": 4}]
    works.submit("create_sales_order", principal=CHECKER, customer="CUS", lines=lines)
    request = works.ask_table("approval_request")[0]["id"]
    receipt = works.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert receipt.message_key == "refusal.own_request"


def test_a_refused_decision_leaves_the_inbox_as_it_was(works: Company) -> None:
    """The order was cancelled in the meantime: the approval is refused or harmless, and nothing is half decided."""
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    stocked(works)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 4}]).document
    works.do("cancel_sales_order", order=order)
    request = works.ask_table("approval_request")[0]["id"]
    works.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert works.ask_table("document")[-1]["state"] == "cancelled"
    works.assert_clean()


def test_a_conversion_for_all_items_is_found_once_and_an_items_own_goes_first(works: Company) -> None:
    works.do("put_unit", code="BOX", name="Box")
    works.do("put_unit_conversion", from_unit="BOX", to_unit="EA", numerator=12)
    assert works.do("put_unit_conversion", from_unit="BOX", to_unit="EA", numerator=12).message_key == "receipt.changed"
    assert works.refused("put_unit_conversion", from_unit="BOX", to_unit="EA", numerator=10) == "conversion_exists"
    lines = [{"item": "PART", "quantity": 2, "unit": "BOX", "unit_price": 1}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines)
    works.do("put_unit_conversion", item="PART", from_unit="BOX", to_unit="EA", numerator=10)
    later = works.do("create_purchase_order", supplier="SUP", lines=lines)
    ordered = {row["document_id"]: row["quantity"] for row in works.ask_table("document_line")}
    assert (ordered[order.document], ordered[later.document]) == (24, 20)
    assert len(works.ask_table("unit_conversion")) == 2
    works.assert_clean()


def test_what_expires_first_is_reserved_first_and_shipped_first(works: Company) -> None:
    works.do("put_item", code="PART", lot_tracked=True)
    lots = (("LATE", "2027-01-01"), ("SOON", "2026-08-01"), ("LATER", "2027-06-01"))
    lines = [
        {"item": "PART", "location": "MAIN", "lot": lot, "expires_on": day, "quantity": 5, "unit_cost": "3"}
        for lot, day in lots
    ]
    works.do("book_opening_stock", lines=lines)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 7}]).document
    reserved = {row["lot_code"]: row["reserved"] for row in works.ask("stock_by_location", search="PART")}
    assert reserved == {"SOON": Decimal(5), "LATE": Decimal(2), "LATER": Decimal(0)}
    shipped = works.do("ship_goods", order=order).document
    taken = {row["lot_code"]: row["quantity"] for row in works.ask("document_lines", document=shipped)}
    assert taken == {"SOON": Decimal(5), "LATE": Decimal(2)}
    works.assert_clean()
