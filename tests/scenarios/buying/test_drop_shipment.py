"""A customer's order of which one line leaves our shelf and another goes straight from the supplier, in two loads, one taken back."""

from __future__ import annotations

from app.kernel.access import SYSTEM
from app.modules.fulfilment.sharing import order_page
from app.printing.sheets import print_document
from tests.company import Company
from tests.makers import stocked
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def books(works: Company, story: Story) -> None:
    """Tell every balance and what is ours."""
    for account, balance in balances(works).items():
        story.tell("account", account, balance)
    story.rows("ours", works.ask("stock_on_hand"), "item_code", "quantity", "free", "value")


def sides(works: Company, story: Story, sold: int) -> None:
    """Tell how far the line that the supplier ships has come."""
    columns = ("line", "item_code", "supplier_name", "purchase_order_number", "purchase_order_state")
    more = ("ordered_quantity", "left_quantity", "promised_on")
    story.rows("supplier ships", works.ask("drop_shipment_lines", document=sold), *columns, *more)
    columns = ("goods_receipt_number", "shipment_number", "shipment_state", "posted_on", "waybill")
    story.rows("left", works.ask("drop_shipments_booked", document=sold), *columns)


def test_one_line_leaves_our_shelf_and_another_the_suppliers(works: Company) -> None:
    story = Story(works, "drop_shipment")
    works.do("put_party", code="MILL", name="Mill", is_supplier=True, tax_code="VAT13")
    prices = [{"unit_price": "41.5"}]
    works.do("put_supplier_item", supplier="MILL", item="GOOD", lead_time_days=9, drop_ships=True, prices=prices)
    stocked(works, quantity=10)
    ordered = [{"item": "PART", "quantity": 4, "unit_price": "6"}, {"item": "GOOD", "quantity": 7, "unit_price": "60"}]
    sold = works.do("create_sales_order", customer="CUS", lines=ordered).document
    assert sold is not None
    works.do("plan_delivery", order=sold, address="Quay 7, Ningbo", phone="0574 1234567")
    columns = ("line", "reserved_quantity", "supplier_code", "promised_on")
    story.rows("ordered", works.ask("document_lines", document=sold), *columns)
    (bought,) = works.do("order_drop_shipment", order=sold).data["documents"]
    (printed,) = works.ask("printed_document", document=bought)
    story.rows("printed", [printed], "number", "ship_to_name", "ship_to_address", "ship_to_phone", "order_number")
    assert print_document(works.gateway, bought, principal=SYSTEM).content.startswith(b"%PDF")
    promised = [{"line": 1, "promised_on": "2026-06-29"}]
    works.do("confirm_supplier_dates", order=bought, lines=promised)
    works.do("ship_goods", order=sold)
    books(works, story)

    for quantity, waybill in ((5, "SF0000000005"), (2, "SF0000000002")):
        left = [{"line": 1, "quantity": quantity}]
        last = works.do("confirm_drop_shipment", order=bought, waybill=waybill, lines=left).document
    sides(works, story, sold)
    books(works, story)
    page = order_page(works.gateway, works.do("share_order", order=sold).data["path"].removeprefix("/o/"))
    assert page is not None
    story.rows("customer sees", page["direct"], "posted_on", "waybill")

    works.do("reverse_document", document=last, reason="still at the mill")
    works.do("issue_customer_invoice", order=sold)
    works.do("book_supplier_bill", order=bought, lines=[{"line": 1, "quantity": 5, "unit_price": "42"}])
    sides(works, story, sold)
    story.rows(
        "match", works.ask("document_lines", document=bought), "quantity", "fulfilled_quantity", "invoiced_quantity"
    )
    books(works, story)
    works.assert_clean()
    assert story.as_kept()
