"""A carrier's bill over two shipments: freight out is an expense, and each order's result includes its own."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.makers import stocked
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def test_freight_joins_the_result_of_the_orders_it_was_paid_for(works: Company) -> None:
    story = Story(works, "freight")
    story.page = Path(__file__).with_name("freight.tsv")
    stocked(works)
    works.do("put_party", code="SF", name="SF", is_supplier=True, tax_code="VAT13")
    works.do("put_carrier", code="SF", name="SF", system="manual")

    def tell(what: str) -> None:
        for order in (first, second):
            columns = ("revenue", "cost_of_sales", "freight", "result", "margin")
            story.rows(what, works.ask("order_result", document=order), *columns)
        accounts = (f"{code} {value.normalize():f}" for code, value in balances(works).items())
        story.tell(what, *(text for text in accounts if text[:4] in {"6601", "2202", "2221"}))

    def sold(quantity: int) -> int:
        lines = [{"item": "PART", "quantity": quantity, "unit_price": "10"}]
        order = works.do("create_sales_order", customer="CUS", lines=lines).document
        assert order is not None
        return order

    first, second = sold(6), sold(4)
    works.do("release_wave", orders=[first])
    (pick,) = works.ask("pick_lines", document=first)
    place = {"pick_list": pick["pick_list_id"], "line": pick["line"], "location": pick["location_code"]}
    works.do("confirm_pick", **place, scanned="PART", quantity=6)
    works.do("pack_parcel", order=first, carrier="SF", tracking_number="SF77")
    works.do("hand_over_parcels", order=first)
    shipment = works.do("ship_goods", order=second)
    delivery = [{"description": "Delivery", "amount": "7"}]
    works.do("issue_customer_invoice", order=first, charges=delivery)
    works.do("issue_customer_invoice", order=second)
    tell("sold and invoiced")
    unknown = [{"tracking_number": "SF99", "amount": "1"}]
    assert works.refused("book_freight_bill", supplier="SF", lines=unknown) == "tracking_number_unknown"
    lines = [
        {"tracking_number": "sf77", "amount": "12"},
        {"shipment": shipment.number, "amount": "8.5"},
        {"shipment": shipment.number, "amount": "1.5", "tax_code": "VAT0"},
    ]
    bill = works.do("book_freight_bill", supplier="SF", external_number="F-1", lines=lines)
    again = {"supplier": "SF", "external_number": "F-1", "lines": lines}
    assert works.refused("book_freight_bill", **again) == "freight_billed"
    tell("the carrier's bill")
    returned = {"against": shipment.number, "reason": "defective", "lines": [{"line": 1, "quantity": 1}]}
    works.do("receive_return", **returned)
    invoice = next(row for row in works.ask("customer_invoices") if row["net_amount"] == 40)
    works.do("issue_credit_note", invoice=invoice["number"])
    tell("one of four came back and is credited")
    works.assert_clean()
    works.do("reverse_document", document=bill.document, reason="billed twice")
    tell("the bill is taken back")
    assert story.as_kept()
    works.assert_clean()
