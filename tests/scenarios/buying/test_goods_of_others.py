"""Consignment both ways: goods of others with us are counted, taken over and given back; ours at a customer are sold as he uses them."""

from __future__ import annotations

from tests.company import Company
from tests.makers import consigned, stocked
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def books(works: Company, story: Story) -> None:
    """Tell every balance, what is ours, and what stands here of whom."""
    for account, balance in balances(works).items():
        story.tell("account", account, balance)
    story.rows("ours", works.ask("stock_on_hand"), "item_code", "quantity", "free", "value")
    columns = ("owner_code", "owner_role", "item_code", "location_code", "status", "quantity")
    story.rows("others", works.ask("third_party_stock"), *columns)


def test_goods_of_others_stand_beside_ours(works: Company) -> None:
    story = Story(works, "goods_of_others")
    works.do("put_location", code="BIN1", name="First bin", site="MAIN")
    prices = [{"unit_price": "3.2"}, {"from_quantity": 20, "unit_price": "2.95"}]
    works.do("put_supplier_item", supplier="SUP", item="PART", prices=prices)
    stocked(works, quantity=10)
    consigned(works, quantity=60)
    consigned(works, "GOOD", 2, "CUS")
    books(works, story)

    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 25}]).document
    refused = works.submit("ship_goods", order=sold)
    story.rows("refused", [refused.values], "item", "wanted", "free", "short", "consigned", "owners")
    taken = works.do("take_over_consignment", supplier="SUP", lines=[{"item": "PART", "quantity": 20}])
    story.rows(
        "taken over", works.ask("document_lines", document=taken.document), "item_code", "quantity", "unit_price"
    )
    works.do("ship_goods", order=sold)
    books(works, story)

    moved = {"item": "PART", "quantity": 15, "from_location": "MAIN", "to_location": "BIN1", "owner": "SUP"}
    works.do("transfer_stock", lines=[moved])
    found = {"item": "PART", "location": "BIN1", "counted_quantity": 14, "owner": "SUP"}
    works.do("book_stock_count", lines=[found])
    (link,) = (r for r in works.ask_table("document_link") if (r["to_id"], r["kind"]) == (taken.document, "take_over"))
    works.do("book_supplier_bill", order=link["from_id"], lines=[{"line": 1, "quantity": 20, "unit_price": "3"}])
    works.do("return_third_party_goods", owner="CUS")
    works.do("return_third_party_goods", owner="SUP", lines=[{"item": "PART", "quantity": 30}])
    books(works, story)
    story.rows("moves", works.ask("stock_card", item="PART", owner="SUP"), "number", "change", "balance")
    ours_stand_at_a_customer(works, story)
    works.assert_clean()
    assert story.as_kept()


def ours_stand_at_a_customer(works: Company, story: Story) -> None:
    """Four of five go to the customer, who uses three; they are invoiced, and the last comes back."""
    works.do("put_location", code="AT-CUS", name="At the customer's", kind="consignment", customer="CUS")
    works.do("send_consignment", customer="CUS", lines=[{"item": "PART", "quantity": 4}])
    at_customers(works, story)
    used = works.do("report_consumption", customer="CUS", lines=[{"item": "PART", "quantity": 3}]).document
    (link,) = (row for row in works.ask_table("document_link") if row["to_id"] == used)
    invoice = works.do("issue_customer_invoice", order=link["from_id"]).document
    sold = works.ask("document_by_id", document=invoice)
    story.rows("invoiced", sold, "net_amount", "tax_amount", "total_amount")
    at_customers(works, story)
    works.do("take_consignment_back", customer="CUS")
    at_customers(works, story)


def at_customers(works: Company, story: Story) -> None:
    """Tell what stands at customers and what of ours is free."""
    columns = ("customer_code", "location_code", "item_code", "quantity")
    story.rows("at a customer", works.ask("consigned_at_customers"), *columns)
    story.rows("ours", works.ask("stock_on_hand"), "item_code", "quantity", "free", "value")
