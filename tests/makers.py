"""What tests begin with: orders, receipts, parcels, cases and counts of the busy test company, each a step on its way."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from app.kernel.access import Principal
from tests.company import Company

PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel."""


CHECKER: Final = Principal(9, "wang", "Wang", roles=frozenset({"executive"}), permissions=frozenset({"*"}))
COUNTER: Final = Principal(7, "sun", "Sun", roles=frozenset({"counter"}), permissions=frozenset({"*"}))


def stocked(works: Company, item: str = "PART", quantity: int = 100) -> None:
    """Put goods into the main store."""
    works.do(
        "book_opening_stock", lines=[{"item": item, "location": "MAIN", "quantity": quantity, "unit_cost": "3.01"}]
    )


def purchase_order(works: Company, quantity: int = 10, **data: Any) -> int:
    """A purchase order for parts."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "3.33"}] * 2
    document = works.do("create_purchase_order", supplier="SUP", lines=lines, **data).document
    assert document is not None
    return document


def advanced_issue(works: Company, quantity: int = 6, *, counted: bool = False, **data: Any) -> int:
    """Parts that were taken before their receipt was booked, for use within the company; `counted` into stock since."""
    lines = [{"item": "PART", "quantity": quantity, "location": "MAIN"}]
    said = {"purpose": "internal_use", "department": "Test bench", "note": "Cannot wait", **data}
    document = works.do("issue_before_receipt", **said, lines=lines).document
    assert document is not None
    if counted:
        found = {"item": "PART", "location": "MAIN", "counted_quantity": quantity, "unit_cost": "3"}
        works.do("book_stock_count", lines=[found])
    return document


def received(works: Company) -> int:
    """A purchase order whose goods have come."""
    order = purchase_order(works)
    works.do("receive_goods", order=order)
    return order


def outside_order(works: Company, quantity: int = 10, *, sent: bool = False) -> int:
    """An order of goods that a supplier makes of parts that we provide."""
    works.do("put_party", code="SMITH", name="Workshop", is_supplier=True, payment_term="NET30")
    works.do("put_location", code="AT-SMITH", name="At the workshop", kind="subcontractor", supplier="SMITH")
    terms = {"supplier": "SMITH", "item": "GOOD", "lead_time_days": 10, "components_provided": True}
    works.do("put_supplier_item", **terms, prices=[{"unit_price": "4.5"}])
    stocked(works)
    lines = [{"item": "GOOD", "quantity": quantity}]
    document = works.do("create_purchase_order", supplier="SMITH", lines=lines).document
    assert document is not None
    if sent:
        works.do("send_components", order=document)
    return document


def consigned(works: Company, item: str = "PART", quantity: int = 40, owner: str = "SUP", **line: Any) -> int:
    """Goods of somebody else in the main store."""
    lines = [{"item": item, "quantity": quantity, "location": "MAIN", **line}]
    document = works.do("receive_third_party_goods", owner=owner, lines=lines).document
    assert document is not None
    return document


def at_customer(works: Company, quantity: int = 30) -> None:
    """Parts of ours at a customer's place."""
    works.do("put_location", code="AT-CUS", name="At the customer's", kind="consignment", customer="CUS")
    stocked(works)
    works.do("send_consignment", customer="CUS", lines=[{"item": "PART", "quantity": quantity}])


def requisition(works: Company, quantity: int = 10, **data: Any) -> int:
    """A requisition for parts with a supplier who might bring them."""
    lines = [{"item": "PART", "quantity": quantity, "supplier": "SUP", "estimated_price": "3", "reason": "summer"}] * 2
    document = works.do("create_purchase_requisition", lines=lines, **data).document
    assert document is not None
    return document


def below_minimum(works: Company) -> dict[str, Any]:
    """An item that was never bought and lies below its reorder point."""
    works.do("put_item", code="LOW", name="Low", category="RAW", unit="EA", source="buy", reorder_point="10")
    return {"items": ["LOW"]}


def requested(works: Company) -> int:
    """A request for quotation on a requisition."""
    document = works.do("request_quotations", suppliers=["SUP"], requisition=requisition(works)).document
    assert document is not None
    return document


def offered(works: Company) -> int:
    """A request on which the supplier has answered, with freight and a price break."""
    request = requested(works)
    prices = [{"line": n, "unit_price": "3.1", "lead_time_days": 5, "min_lot": 5} for n in (1, 2)]
    works.do(
        "enter_supplier_quotation",
        request=request,
        supplier="SUP",
        lines=[*prices, {"line": 1, "unit_price": "2.9", "from_quantity": 100}],
        charges=[{"description": "Freight", "amount": "12"}],
    )
    return request


def blanket(works: Company, **data: Any) -> int:
    """A blanket order for parts of which nothing is called off."""
    lines = [{"item": "PART", "quantity": 100, "unit_price": "2.75"}]
    agreed = {"supplier": "SUP", "valid_from": "2026-06-01", "valid_until": "2026-12-31", "lines": lines}
    document = works.do("create_blanket_order", **agreed, **data).document
    assert document is not None
    return document


def announced(works: Company) -> int:
    """A delivery notice of an order whose dates the supplier had promised."""
    order = purchase_order(works)
    works.do("confirm_supplier_dates", order=order, lines=[{"line": 1, "promised_on": "2026-06-25"}])
    lines = [{"line": 1, "quantity": 6}, {"line": 2, "quantity": 10}]
    document = works.do("announce_delivery", order=order, expected_on="2026-06-24", lines=lines).document
    assert document is not None
    return document


def claimed(works: Company) -> int:
    """A claim for goods that were damaged."""
    lines = [{"line": 1, "quantity": 2, "reason": "damaged"}]
    document = works.do("create_supplier_claim", order=purchase_order(works), lines=lines).document
    assert document is not None
    return document


def prepaid(works: Company) -> dict[str, Any]:
    """Money paid for an order that has not come, and a bill of another order."""
    payment = works.do("pay_supplier", party="SUP", amount="20", order=purchase_order(works)).document
    bill = works.do("book_supplier_bill", order=received(works)).document
    return {"payment": payment, "bill": bill, "amount": "12.50"}


def deposited(works: Company) -> dict[str, Any]:
    """Money held for an order that is not invoiced, and an invoice of another order."""
    payment = works.do("receive_payment", party="CUS", amount="20", order=sales_order(works)).document
    invoice = works.do("issue_customer_invoice", order=shipped(works)).document
    return {"payment": payment, "invoice": invoice, "amount": "12.50"}


def two_places(works: Company) -> None:
    """A second place to store goods in."""
    works.do("put_location", code="BIN1", name="First bin", site="MAIN")


def on_the_way(works: Company, quantity: int = 5) -> int:
    """A transfer of PART from MAIN to BIN1 that was sent."""
    stocked(works)
    two_places(works)
    sent = {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "PART", "quantity": quantity}]}
    document = works.do("send_transfer", **sent).document
    assert document is not None
    return document


def count_sheet(works: Company, location: str = "MAIN") -> int:
    """A sheet over everything that lies in a place."""
    document = works.do("create_count_sheet", location=location, due_only=False).document
    assert document is not None
    return document


def counted_line(item: str, quantity: int, location: str = "MAIN", **more: Any) -> dict[str, Any]:
    """What was found of an item, as a counter enters it."""
    return {"location": location, "item": item, "quantity": quantity, **more}


def counted(works: Company, quantity: int = 100) -> int:
    """A sheet of a hundred parts on which so many were found, twice if the first time was far off."""
    stocked(works)
    sheet = count_sheet(works)
    for _ in range(1 if quantity == 100 else 2):
        entered = works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=[counted_line("PART", quantity)])
        assert entered.status == "done", entered
    return sheet


def waiting_count(works: Company) -> int:
    """A sheet whose difference waits for approval."""
    sheet = counted(works, 60)
    works.do("finish_count", sheet=sheet)
    return sheet


def counted_by_sheet(works: Company) -> None:
    """Four parts in the first bin are counted by a sheet and found to be five, which a second person approves."""
    sheet = count_sheet(works, "BIN1")
    for _ in range(2):
        found = [counted_line("PART", 5, "BIN1")]
        assert works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=found).status == "done"
    works.do("finish_count", sheet=sheet)
    works.do("decide_count", sheet=sheet, reason="not_booked")


def waiting_bill(works: Company) -> int:
    """A bill that exceeds the order's price by more than is borne."""
    works.do("put_purchasing_policy", price_tolerance_rate="0.01")
    works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    lines = [{"line": 1, "quantity": 10, "unit_price": "3.51"}]
    document = works.do("book_supplier_bill", order=received(works), lines=lines).document
    assert document is not None
    return document


def sales_order(works: Company, quantity: int = 10, **data: Any) -> int:
    """A sales order for parts that are there."""
    stocked(works)
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "7.77"}] * 2
    document = works.do("create_sales_order", customer="CUS", lines=lines, **data).document
    assert document is not None
    return document


def changed_order(works: Company) -> int:
    """A sales order that was changed once, and whose second change waits because it goes beyond the customer's credit."""
    stocked(works)
    works.do("put_party", code="LIM", name="Limited", is_customer=True)
    works.do("put_credit_terms", customer="LIM", credit_limit="100")
    lines = [{"item": "PART", "quantity": 4, "unit_price": "5", "tax_code": "VAT0"}]
    order = works.do("create_sales_order", customer="LIM", lines=lines).document
    assert order is not None
    works.do("change_sales_order", order=order, reason="he rang", lines=[{"line": 1, "quantity": 6}])
    works.do("change_sales_order", order=order, reason="he rang again", lines=[{"line": 1, "quantity": 8}])
    works.do("change_sales_order", order=order, reason="for the fair", lines=[{"line": 1, "quantity": 40}])
    return order


def short_order(works: Company) -> int:
    """An urgent order whose goods an order that can wait holds."""
    sales_order(works, quantity=500, priority=9)
    return sales_order(works, quantity=500, priority=1)


def held_quotation(works: Company) -> int:
    """A quotation that holds stock."""
    stocked(works)
    document = quotation(works)
    works.do("reserve_quotation", quotation=document)
    return document


def ordering_form(works: Company) -> int:
    """The link by which a customer orders, who has ordered parts before."""
    sales_order(works)
    works.do("share_ordering_form", customer="CUS")
    return int(works.ask_table("customer_link")[-1]["id"])


def quotation(works: Company, **data: Any) -> int:
    """A quotation of parts."""
    lines = [{"item": "PART", "quantity": 10, "unit_price": "7.77"}] * 2
    document = works.do("create_quotation", customer="CUS", lines=lines, **data).document
    assert document is not None
    return document


def shipped(works: Company) -> int:
    """A sales order whose goods have gone."""
    order = sales_order(works)
    works.do("ship_goods", order=order)
    return order


def production_order(works: Company, **data: Any) -> int:
    """A production order with its components in store."""
    stocked(works)
    return released_order(works, **data)


def released_order(works: Company, **data: Any) -> int:
    """A production order, whatever is in store."""
    document = works.do("create_production_order", item="GOOD", quantity=10, **data).document
    assert document is not None
    return document


def issued(works: Company) -> int:
    """A production order whose components are in process."""
    order = production_order(works)
    works.do("issue_material", order=order)
    return order


def invoiced(works: Company) -> tuple[int, int]:
    """A sales order that is shipped and invoiced, and its invoice."""
    order = shipped(works)
    invoice = works.do("issue_customer_invoice", order=order).document
    assert invoice is not None
    return order, invoice


def billed(works: Company) -> tuple[int, int]:
    """A purchase order that is received and billed with freight, and its bill."""
    order = received(works)
    bill = works.do(
        "book_supplier_bill", order=order, charges=[{"description": "Freight", "amount": "12.34", "tax_code": "VAT13"}]
    ).document
    assert bill is not None
    return order, bill


def averaged(works: Company) -> dict[str, Any]:
    """Goods valued by month-end average, issued before dearer ones came."""
    works.do("put_item_category", code="MEA", name="By the month", valuation_method="month_end_average")
    works.do("put_item", code="MONTH", name="Monthly", category="MEA", unit="EA", tax_code="VAT13", list_price="9")
    for day, price in (("2026-05-04", "3"), ("2026-05-20", "4")):
        lines = [{"item": "MONTH", "quantity": 10, "unit_price": price}]
        order = works.do("create_purchase_order", supplier="SUP", document_on=day, lines=lines).document
        works.do("receive_goods", order=order, posted_on=day)
        if price == "3":
            sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "MONTH", "quantity": 6}]).document
            works.do("ship_goods", order=sold, posted_on="2026-05-05")
    return {"period": "2026-05"}


def owed_abroad(works: Company) -> dict[str, Any]:
    """A customer who owes dollars, and a supplier who is owed some, that are worth more at the end of May."""
    for day, rate in (("2026-05-01", "7.1"), ("2026-05-31", "7.2345")):
        works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=day, rate=rate)
    item = {"amount": "45.67", "currency": "USD", "document_on": "2026-04-20", "due_on": "2026-06-20"}
    works.do("book_opening_receivable", party="CUS", external_number="F-1", posted_on="2026-05-01", **item)
    works.do(
        "book_opening_payable", party="SUP", external_number="F-2", posted_on="2026-05-01", **item, booked_amount="320"
    )
    return {"period": "2026-05"}


def to_ship(works: Company, quantity: int = 7, **data: Any) -> int:
    """A confirmed sales order for parts that are in stock."""
    stocked(works)
    document = works.do(
        "create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": quantity, "unit_price": "5"}], **data
    ).document
    assert document is not None
    return document


def to_pick(works: Company, order: int | None = None) -> dict[str, Any]:
    """The first line of the pick list of an order."""
    order = order or to_ship(works)
    works.do("release_wave", orders=[order])
    return works.ask("pick_lines", document=order)[0]


def picked(works: Company) -> int:
    """An order whose goods were picked."""
    order = int(to_pick(works)["order_id"])
    for line in works.ask("pick_lines", document=order):
        place = {"pick_list": line["pick_list_id"], "line": line["line"], "location": line["location_code"]}
        works.do("confirm_pick", **place, scanned="PART", quantity=line["quantity"])
    return order


def packed(works: Company) -> dict[str, int]:
    """An order in one parcel."""
    order = picked(works)
    parcel = works.do("pack_parcel", order=order).document
    assert parcel is not None
    return {"order": order, "parcel": parcel}


def on_its_way(works: Company, system: str = "webhook", **carrier: Any) -> int:
    """A parcel that was handed over to a carrier."""
    secrets = (
        {} if system == "manual" else {"secret": "salt", "api_key": "key", "system_code": "shunfeng", "account": "C1"}
    )
    works.do("put_carrier", **{"code": "SF", "name": "SF", "system": system, **secrets, **carrier})
    made = packed(works)
    works.do("change_parcel", parcel=made["parcel"], carrier="SF", tracking_number="SF1000000001")
    works.do("hand_over_parcels", order=made["order"])
    return made["parcel"]


def tracker(status: str = "in_transit", number: str = "SF1000000001", at: str = "2026-06-15T03:00:00Z") -> bytes:
    """A push of a tracking webhook."""
    event = {"datetime": at, "message": f"It is {status}", "tracking_location": {"city": "Suzhou"}}
    said = {"object": "Tracker", "tracking_code": number, "status": status, "tracking_details": [event]}
    return json.dumps({"object": "Event", "result": said}).encode()


def pushed(works: Company, body: bytes) -> int:
    """A stored message of the carrier."""
    given = {"carrier": "SF", "source": "push", "body": base64.b64encode(body).decode()}
    return int(works.do("receive_carrier_message", **given).data["message"])


def to_drop(works: Company, quantity: int = 10) -> int:
    """A confirmed sales order of parts that their supplier ships straight to the customer."""
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=5, prices=[{"unit_price": "2.05"}])
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "7.77"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    assert order is not None
    works.do("mark_drop_shipment", order=order, lines=[{"line": 1}])
    return order


def dropped(works: Company, quantity: int = 10) -> tuple[int, int, int]:
    """A sales order, the purchase order that ships straight to its customer, and the shipment that was booked with its receipt."""
    order = to_drop(works, quantity)
    (bought,) = works.do("order_drop_shipment", order=order).data["documents"]
    left = works.do("confirm_drop_shipment", order=bought, waybill="SF1234567890").document
    assert left is not None
    return order, bought, left
