"""One good example of every command, with what must be there before it; conformance and fault tests go through all of them.

A new command without a specimen fails `tests/architecture/test_conformance.py`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from app.kernel.access import SYSTEM, Principal
from tests.company import Company
from tests.shop_case import deliver, open_shop, shopify_order, told

PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel."""
HASH: Final = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$aGFzaA"
CHECKER: Final = Principal(9, "wang", "Wang", roles=frozenset({"executive"}), permissions=frozenset({"*"}))


@dataclass(frozen=True)
class Specimen:
    """How to give one command: `prepare` brings a furnished company to where it makes sense and returns its input."""

    prepare: Callable[[Company], dict[str, Any]]
    principal: Principal = SYSTEM


def _plain(**data: Any) -> Specimen:
    return Specimen(lambda works: data)


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


def requisition(works: Company, quantity: int = 10, **data: Any) -> int:
    """A requisition for parts with a supplier who might bring them."""
    lines = [{"item": "PART", "quantity": quantity, "supplier": "SUP", "estimated_price": "3", "reason": "summer"}] * 2
    document = works.do("create_purchase_requisition", lines=lines, **data).document
    assert document is not None
    return document


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


def service_case(works: Company) -> int:
    """A case about two parts of an invoice."""
    lines = [{"line": 1, "quantity": 2, "fault": "loose"}]
    given = {"kind": "return", "reason": "defective", "against": invoiced(works)[1], "lines": lines}
    document = works.do("open_service_case", **given).document
    assert document is not None
    return document


def case_received(works: Company) -> int:
    """A case whose goods came back."""
    case = service_case(works)
    works.do("receive_case_goods", case=case)
    return case


def case_inspected(works: Company) -> int:
    """A case whose goods were looked at."""
    case = case_received(works)
    found = [{"line": 1, "quantity": 1, "finding": name} for name in ("good", "scrap")]
    works.do("inspect_service_case", case=case, lines=found)
    return case


def case_decided(works: Company, outcome: str = "credit") -> int:
    """A case that is decided."""
    case = case_inspected(works)
    lines = [{"line": 1, "quantity": 1, "disposition": name} for name in ("restock", "scrap")]
    works.do("decide_service_case", case=case, outcome=outcome, lines=lines)
    return case


def lot_case(works: Company) -> int:
    """A case about a lot of tea of which another customer has some and some is here."""
    works.do("put_item", code="TEA", name="Tea", category="RAW", unit="EA", lot_tracked=True, list_price="9")
    works.do("put_party", code="OTHER", name="Other customer", is_customer=True)
    line = {"item": "TEA", "location": "MAIN", "quantity": 20, "unit_cost": "2", "lot": "L-1"}
    works.do("book_opening_stock", lines=[line])
    for customer in ("CUS", "OTHER"):
        bought = [{"item": "TEA", "quantity": 5, "unit_price": "9"}]
        order = works.do("create_sales_order", customer=customer, lines=bought).document
        works.do("ship_goods", order=order)
    shipment = min(row["id"] for row in works.ask("shipments") if row["party_code"] == "CUS")
    given = {"kind": "complaint", "reason": "defective", "against": shipment, "lines": [{"line": 1, "quantity": 1}]}
    document = works.do("open_service_case", **given).document
    assert document is not None
    return document


def case_settled(works: Company) -> int:
    """A case that is settled."""
    case = case_decided(works)
    works.do("settle_service_case", case=case)
    return case


COUNTER: Final = Principal(7, "sun", "Sun", roles=frozenset({"counter"}), permissions=frozenset({"*"}))


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
    document = works.do("create_production_order", item="GOOD", quantity=10, **data).document
    assert document is not None
    return document


def issued(works: Company) -> int:
    """A production order whose components are in process."""
    order = production_order(works)
    works.do("issue_material", order=order)
    return order


def _approval(works: Company) -> dict[str, Any]:
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    sales_order(works)
    request = works.ask_table("approval_request")[0]["id"]
    return {"request": request, "approve": True, "reason": "fine"}


def _inbox_item(works: Company) -> dict[str, Any]:
    _approval(works)
    return {"inbox_item": works.ask_table("inbox_item")[0]["id"]}


def plan_run(works: Company) -> dict[str, Any]:
    """The record of a plan with one order to make, whose table lies in the store's folder."""
    table = pl.DataFrame(
        {
            "planned_order": ["P1"],
            "item": ["GOOD"],
            "kind": ["make"],
            "quantity": ["5"],
            "supplier": [None],
            "release_on": ["2026-06-16"],
            "due_on": ["2026-06-20"],
        },
        schema_overrides={"supplier": pl.String},
    ).with_columns(pl.col("release_on").str.to_date(), pl.col("due_on").str.to_date())
    aside = works.gateway.store.folder / "plan.parquet"
    table.write_parquet(aside)
    digest = hashlib.sha256(b"planned_orders.parquet" + aside.read_bytes()).hexdigest()
    folder = works.gateway.store.folder / "plan_runs" / digest
    folder.mkdir(parents=True, exist_ok=True)
    aside.rename(folder / "planned_orders.parquet")
    return {
        "method": "mrp",
        "seed": 1,
        "as_of": "2026-06-15",
        "feed_position": 1,
        "package_hash": "0" * 64,
        "plan_hash": digest,
        "status": "done",
        "summary": {"orders": 1},
        "versions": {"planning": "1"},
        "alerts": [{"alert": "shortage", "item": "PART", "severity": "critical", "on": "2026-06-20"}],
    }


def _planned_orders(works: Company) -> dict[str, Any]:
    number = works.do("record_plan_run", **plan_run(works)).number
    return {"plan_run": number, "planned_orders": ["P1"]}


def _year_with_sales(works: Company) -> dict[str, Any]:
    works.do("issue_customer_invoice", order=shipped(works))
    return {"year": "2026"}


def _locked(works: Company) -> dict[str, Any]:
    works.do("lock_period", period="2025-01")
    return {"period": "2025-01", "reason": "late bill"}


def _bill_to_pay(works: Company) -> dict[str, Any]:
    works.do("book_supplier_bill", order=received(works))
    return {"party": "SUP", "amount": "50"}


def _invoice_to_pay(works: Company) -> dict[str, Any]:
    works.do("issue_customer_invoice", order=shipped(works))
    return {"party": "CUS", "amount": "50"}


def _shop_message(works: Company) -> dict[str, Any]:
    stocked(works)
    open_shop(works)
    return {"message": deliver(works, shopify_order(1))}


def _message_put_aside(works: Company) -> dict[str, Any]:
    open_shop(works)
    return {"message": told(works, shopify_order(1, [("NO-SUCH", 1, "5.00")]))["id"]}


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


def _to_credit(works: Company) -> dict[str, Any]:
    order, invoice = invoiced(works)
    works.do("receive_return", against=order, reason="defective", lines=[{"line": 1, "quantity": 3}])
    return {"invoice": invoice, "lines": [{"line": 1, "quantity": 2}, {"line": 2, "amount": "1.23"}]}


def _to_debit(works: Company) -> dict[str, Any]:
    order, bill = billed(works)
    works.do("return_to_supplier", against=order, reason="damaged", lines=[{"line": 1, "quantity": 3}])
    return {"bill": bill, "lines": [{"line": 1, "quantity": 2}, {"line": 2, "amount": "1.23"}]}


def _to_apply(works: Company) -> dict[str, Any]:
    order, invoice = invoiced(works)
    works.do("receive_return", against=order, reason="not_wanted", lines=[{"line": 1, "quantity": 3}])
    note = works.do("issue_credit_note", invoice=invoice, settle=False).document
    return {"credit": note, "document": invoice, "amount": "5"}


def _to_share(works: Company) -> dict[str, Any]:
    order, bill = billed(works)
    receipt = next(
        row["number"] for row in works.ask("document_chain", document=order) if row["kind"] == "goods_receipt"
    )
    return {"bill": bill, "basis": "quantity", "targets": [{"receipt": receipt}]}


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


def _borne_bill(works: Company) -> dict[str, Any]:
    bill = waiting_bill(works)
    works.do("put_purchasing_policy", price_tolerance_rate="0.5")
    return {"bill": bill}


def _order(make: Callable[..., int], **data: Any) -> Specimen:
    return Specimen(lambda works: {"order": make(works, **data)})


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


FOUNDING: Final = {"name": "Second works", "first_fiscal_year": 2026, "last_fiscal_year": 2026}


def _to_take_back(works: Company) -> dict[str, Any]:
    outside_order(works, sent=True)
    return {"supplier": "SMITH", "lines": [{"item": "PART", "quantity": 3}]}


SPECIMENS: Final[dict[str, Specimen]] = {
    "put_company_profile": _plain(name="Kettle Works", tax_number="91310000MA1K00000X", phone="021-5000"),
    "put_role": _plain(code="keeper", name="Store keeper", permissions=["inventory.*"]),
    "put_user": _plain(login="li", name="Li", roles=["clerk"]),
    "set_password": Specimen(
        lambda works: (
            works.do("put_user", login="li", name="Li", roles=["clerk"]) and {"login": "li", "password_hash": HASH}
        )
    ),
    "put_approval_rule": _plain(command="confirm_sales_order", approver_role="executive", amount_above="1000"),
    "decide_approval": Specimen(_approval, CHECKER),
    "set_read_only": _plain(reason="the auditor is here"),
    "close_inbox_item": Specimen(_inbox_item, CHECKER),
    "put_unit": _plain(code="PAIR", name="Pair"),
    "put_unit_conversion": _plain(from_unit="BOX", to_unit="EA", numerator=12),
    "put_site": _plain(code="S2", name="Second site"),
    "put_location": _plain(code="BIN1", name="First bin", site="MAIN"),
    "put_calendar": _plain(
        code="WEEK",
        name="Week",
        weekly_hours={"mon": [["08:00", "16:00"]]},
        exceptions=[{"on_date": "2026-10-01", "name": "National day"}],
    ),
    "put_tax_code": _plain(code="VAT5", name="VAT 5 %", rate="0.05"),
    "put_payment_term": _plain(code="NET90", name="90 days net", due_days=90),
    "put_party": _plain(code="NEW", name="New customer", is_customer=True),
    "put_credit_terms": _plain(customer="CUS", credit_limit="5000", overdue_grace_days=10),
    "put_item_substitute": _plain(item="PART", substitute="GOOD", ratio="0.5"),
    "put_item_category": _plain(code="AUX", name="Auxiliaries"),
    "put_item": _plain(code="BOLT", name="Bolt", category="RAW", unit="EA"),
    "put_supplier_item": _plain(supplier="SUP", item="PART", prices=[{"unit_price": "3"}]),
    "put_price_list": _plain(
        code="LIST",
        name="List",
        currency="CNY",
        lines=[{"item": "GOOD", "unit_price": "19", "valid_from": "2026-01-01"}],
    ),
    "create_bom_revision": _plain(
        item="GOOD", revision="2", effective_from="2026-07-01", lines=[{"component": "PART", "quantity_per": 3}]
    ),
    "put_work_center": _plain(code="SAW", name="Saw"),
    "put_routing": Specimen(
        lambda works: (
            works.do("put_work_center", code="SAW", name="Saw")
            and {"item": "GOOD", "steps": [{"operation": 10, "name": "Saw", "work_center": "SAW"}]}
        )
    ),
    "put_exchange_rate": _plain(from_currency="USD", to_currency="CNY", valid_on="2026-06-15", rate="7.1"),
    "put_department": _plain(code="D1", name="Shop"),
    "put_employee": _plain(code="E1", name="Zhao", identity_number="110101199003070000", hourly_pay="31.4159"),
    "put_storage_rule": _plain(category="RAW", picking_strategy="first_in", put_away_strategy="same_item"),
    "book_opening_stock": _plain(lines=[{"item": "PART", "location": "MAIN", "quantity": 7, "unit_cost": "3.33"}] * 2),
    "book_opening_receivable": _plain(
        party="CUS", amount="45.60", external_number="A-1", document_on="2026-05-01", due_on="2026-06-01"
    ),
    "book_opening_payable": _plain(
        party="SUP", amount="78.90", external_number="B-1", document_on="2026-05-01", due_on="2026-06-01"
    ),
    "book_opening_balances": _plain(
        lines=[{"account": "1002", "debit": "100"}, {"account": "4001", "credit": "70.50"}]
    ),
    "put_count_class": _plain(
        code="D", usage_share="1", days_between=730, recount_rate="0.1", approval_rate="0.1", approval_value="100"
    ),
    "create_count_sheet": Specimen(lambda works: stocked(works) or {"location": "MAIN"}),
    "enter_count": Specimen(
        lambda works: stocked(works) or {"sheet": count_sheet(works), "lines": [counted_line("PART", 99)]}
    ),
    "finish_count": Specimen(lambda works: {"sheet": counted(works)}),
    "decide_count": Specimen(lambda works: {"sheet": waiting_count(works), "reason": "lost"}),
    "cancel_count_sheet": Specimen(lambda works: {"sheet": counted(works)}),
    "transfer_stock": Specimen(
        lambda works: (
            (stocked(works), works.do("put_location", code="BIN1", name="First bin"))
            and {"lines": [{"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "BIN1"}]}
        )
    ),
    "send_transfer": Specimen(
        lambda works: (
            (stocked(works), two_places(works))
            and {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "PART", "quantity": 5}]}
        )
    ),
    "receive_transfer": Specimen(
        lambda works: {
            "transfer": on_the_way(works),
            "lines": [{"line": 1, "quantity": 3, "lost_quantity": 1, "reason": "lost"}],
        }
    ),
    "book_stock_count": Specimen(
        lambda works: {
            "lines": [stocked(works) or {"item": "PART", "location": "MAIN", "counted_quantity": 97}],
        }
    ),
    "scrap_stock": Specimen(
        lambda works: {
            "reason": stocked(works) or "damaged",
            "lines": [{"item": "PART", "location": "MAIN", "quantity": 2, "from_status": "available"}],
        }
    ),
    "open_service_case": Specimen(
        lambda works: {
            "kind": "exchange",
            "reason": "defective",
            "against": invoiced(works)[1],
            "contact_name": "Zhou",
            "contact_phone": "13800001234",
            "lines": [{"line": 1, "quantity": 2, "fault": "loose"}],
        }
    ),
    "change_service_case": Specimen(lambda works: {"case": service_case(works), "priority": 1}),
    "add_case_note": Specimen(lambda works: {"case": service_case(works), "text": "rang at nine"}),
    "attach_case_file": Specimen(lambda works: {"case": service_case(works), "name": "torn.png", "content": PNG}),
    "receive_case_goods": Specimen(lambda works: {"case": service_case(works)}),
    "inspect_service_case": Specimen(
        lambda works: {
            "case": case_received(works),
            "lines": [{"line": 1, "quantity": 2, "finding": "repairable", "note": "the handle"}],
        }
    ),
    "decide_service_case": Specimen(
        lambda works: {
            "case": case_inspected(works),
            "outcome": "credit",
            "lines": [{"line": 1, "quantity": 1, "disposition": name} for name in ("rework", "scrap")],
        }
    ),
    "order_case_replacement": Specimen(
        lambda works: {
            "case": case_decided(works, "credit_and_replacement"),
            "lines": [{"item": "PART", "quantity": 2, "unit_price": "5.57"}],
        }
    ),
    "recall_case_lots": Specimen(lambda works: {"case": lot_case(works)}),
    "settle_service_case": Specimen(lambda works: {"case": case_decided(works)}),
    "close_service_case": Specimen(lambda works: {"case": case_settled(works)}),
    "reopen_service_case": Specimen(lambda works: {"case": case_inspected(works)}),
    "reject_service_case": Specimen(lambda works: {"case": service_case(works), "reason": "not bought from us"}),
    "put_carrier": _plain(
        code="SF",
        name="SF Express",
        system="kuaidi100",
        system_code="shunfeng",
        account="CUSTOMER1",
        secret="salt",
        api_key="key",
        services=[{"code": "STD", "name": "Standard", "transit_days": 2}],
    ),
    "plan_delivery": Specimen(lambda works: {"order": to_ship(works), "region": "CN-SU", "phone": "13800001234"}),
    "release_wave": Specimen(lambda works: to_ship(works) and {"due_until": "2026-07-01"}),
    "cancel_wave": Specimen(lambda works: to_pick(works) and {"wave": works.ask("pick_waves")[0]["id"]}),
    "cancel_pick_list": Specimen(lambda works: {"pick_list": to_pick(works)["pick_list_id"]}),
    "confirm_pick": Specimen(
        lambda works: {
            "pick_list": to_pick(works)["pick_list_id"],
            "line": 1,
            "location": "MAIN",
            "scanned": "PART",
            "quantity": 5,
            "short_reason": "not_found",
        }
    ),
    "pack_parcel": Specimen(
        lambda works: {
            "order": works.do("put_carrier", code="SF", name="SF") and picked(works),
            "lines": [{"line": 1, "quantity": 2}, {"line": 1, "quantity": 3}],
            "scale_weight_kg": "1.25",
            "carrier": "SF",
            "tracking_number": "SF1000000001",
        }
    ),
    "change_parcel": Specimen(lambda works: {"parcel": packed(works)["parcel"], "length_cm": "30"}),
    "unpack_parcel": Specimen(lambda works: {"parcel": packed(works)["parcel"]}),
    "hand_over_parcels": Specimen(lambda works: {"order": packed(works)["order"]}),
    "record_tracking_event": Specimen(
        lambda works: {"parcel": on_its_way(works), "state": "failed", "said": "wrong address", "place": "Suzhou"}
    ),
    "receive_carrier_message": Specimen(
        lambda works: {
            "carrier": on_its_way(works) and "SF",
            "source": "push",
            "body": base64.b64encode(tracker()).decode(),
        }
    ),
    "apply_carrier_message": Specimen(lambda works: {"message": on_its_way(works) and pushed(works, tracker())}),
    "set_carrier_message_aside": Specimen(
        lambda works: {"message": on_its_way(works) and pushed(works, tracker()), "detail": "an incident"}
    ),
    "follow_parcel": Specimen(lambda works: {"parcel": on_its_way(works, "kuaidi100")}),
    "record_carrier_answer": Specimen(
        lambda works: {
            "request": on_its_way(works, "kuaidi100") and works.ask_table("carrier_request")[0]["id"],
            "attempt": 0,
            "answered": False,
            "answer": "503",
        }
    ),
    "watch_parcels": Specimen(lambda works: on_its_way(works) and {}),
    "share_order": Specimen(lambda works: {"order": to_ship(works)}),
    "revoke_order_links": Specimen(
        lambda works: {"order": works.do("share_order", order=to_ship(works)) and works.ask("sales_orders")[0]["id"]}
    ),
    "put_back_picked": Specimen(lambda works: {"order": picked(works)}),
    "create_purchase_requisition": _plain(
        lines=[{"item": "PART", "quantity": 10, "supplier": "SUP", "estimated_price": "3.33", "reason": "summer"}] * 2
    ),
    "confirm_purchase_requisition": Specimen(lambda works: {"requisition": requisition(works, confirm=False)}),
    "cancel_purchase_requisition": Specimen(lambda works: {"requisition": requisition(works)}),
    "close_purchase_requisition": Specimen(lambda works: {"requisition": requisition(works)}),
    "order_purchase_requisition": Specimen(
        lambda works: {"requisition": requisition(works), "lines": [{"line": 1, "unit_price": "3"}]}
    ),
    "request_quotations": Specimen(lambda works: {"suppliers": ["SUP"], "requisition": requisition(works)}),
    "close_request_for_quotation": Specimen(lambda works: {"request": offered(works)}),
    "enter_supplier_quotation": Specimen(
        lambda works: {
            "request": offered(works),
            "supplier": "SUP",
            "lines": [{"line": 1, "unit_price": "3"}, {"line": 1, "unit_price": "2.8", "from_quantity": 50}],
            "charges": [{"description": "Freight", "amount": "12.34"}],
        }
    ),
    "award_quotation": Specimen(lambda works: {"request": offered(works), "lines": [{"line": 1, "supplier": "SUP"}]}),
    "create_blanket_order": _plain(
        supplier="SUP", valid_until="2026-12-31", lines=[{"item": "PART", "quantity": 100, "unit_price": "2.75"}] * 2
    ),
    "confirm_blanket_order": Specimen(lambda works: {"blanket": blanket(works, confirm=False)}),
    "cancel_blanket_order": Specimen(lambda works: {"blanket": blanket(works)}),
    "close_blanket_order": Specimen(lambda works: {"blanket": blanket(works)}),
    "call_off_blanket_order": Specimen(
        lambda works: {"blanket": blanket(works), "lines": [{"line": 1, "quantity": 40}]}
    ),
    "create_purchase_order": _plain(supplier="SUP", lines=[{"item": "PART", "quantity": 10, "unit_price": "3.33"}] * 2),
    "confirm_purchase_order": _order(purchase_order, confirm=False),
    "cancel_purchase_order": _order(purchase_order),
    "close_purchase_order": _order(purchase_order),
    "confirm_supplier_dates": Specimen(
        lambda works: {
            "order": purchase_order(works),
            "lines": [
                {"line": 1, "promised_on": "2026-06-25", "quantity": 4},
                {"line": 1, "promised_on": "2026-07-02"},
            ],
        }
    ),
    "announce_delivery": Specimen(lambda works: {"order": purchase_order(works), "expected_on": "2026-06-25"}),
    "cancel_delivery_notice": Specimen(lambda works: {"notice": announced(works)}),
    "receive_goods": _order(purchase_order),
    "send_components": _order(outside_order),
    "take_components_back": Specimen(_to_take_back),
    "create_quotation": _plain(customer="CUS", lines=[{"item": "PART", "quantity": 4}] * 2),
    "send_quotation": Specimen(lambda works: {"quotation": quotation(works, send=False)}),
    "renew_quotation": Specimen(lambda works: {"quotation": quotation(works), "valid_until": "2026-12-31"}),
    "decline_quotation": Specimen(lambda works: {"quotation": quotation(works), "reason": "too dear"}),
    "accept_quotation": Specimen(lambda works: stocked(works) or {"quotation": quotation(works)}),
    "create_supplier_claim": Specimen(
        lambda works: {"order": purchase_order(works), "lines": [{"line": 1, "quantity": 2, "reason": "damaged"}]}
    ),
    "settle_supplier_claim": Specimen(lambda works: {"claim": claimed(works), "outcome": "credited"}),
    "accept_lead_time": Specimen(
        lambda works: (
            works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=3)
            and {"supplier": "SUP", "item": "PART", "lead_time_days": "9"}
        )
    ),
    "put_purchasing_policy": _plain(supplier="SUP", over_receipt_rate="0.05", blind_count=True),
    "create_sales_order": Specimen(
        lambda works: stocked(works) or {"customer": "CUS", "lines": [{"item": "PART", "quantity": 4}] * 2}
    ),
    "confirm_sales_order": _order(sales_order, confirm=False),
    "reserve_sales_order": _order(sales_order, reserve=False),
    "cancel_sales_order": _order(sales_order),
    "close_sales_order": _order(sales_order),
    "ship_goods": _order(sales_order),
    "create_production_order": _plain(item="GOOD", quantity=10),
    "release_production_order": _order(production_order, release=False),
    "cancel_production_order": _order(production_order),
    "issue_material": _order(production_order),
    "complete_production": Specimen(
        lambda works: {"order": production_order(works), "quantity": 6, "scrapped_quantity": 1, "backflush": True}
    ),
    "close_production_order": _order(issued),
    "put_account": _plain(
        code="9001",
        name_en="Extra",
        name_zh_hans="另",
        name_zh_hant="另",
        account_class="asset",
        normal_side="debit",
    ),
    "assign_account_role": _plain(role="cash", account="1001"),
    "create_fiscal_year": _plain(starts_on="2028-01-01"),
    "close_fiscal_year": Specimen(_year_with_sales),
    "lock_period": _plain(period="2025-01"),
    "unlock_period": Specimen(_locked),
    "post_manual_entry": _plain(
        description="Capital", lines=[{"account": "1002", "debit": "100"}, {"account": "4001", "credit": "100"}]
    ),
    "reverse_document": Specimen(
        lambda works: {"document": works.do("receive_goods", order=purchase_order(works)).document, "reason": "wrong"}
    ),
    "book_supplier_bill": Specimen(
        lambda works: {"order": received(works), "lines": [{"line": 1, "quantity": 10, "unit_price": "3.51"}]}
    ),
    "post_supplier_bill": Specimen(_borne_bill),
    "cancel_supplier_bill": Specimen(lambda works: {"bill": waiting_bill(works)}),
    "pay_supplier": Specimen(_bill_to_pay),
    "apply_prepayment": Specimen(prepaid),
    "issue_customer_invoice": Specimen(
        lambda works: {"order": shipped(works), "charges": [{"description": "Freight", "amount": "12.34"}]}
    ),
    "receive_payment": Specimen(_invoice_to_pay),
    "apply_deposit": Specimen(deposited),
    "receive_return": Specimen(
        lambda works: {
            "against": shipped(works),
            "reason": "defective",
            "status": "hold",
            "lines": [{"line": 1, "quantity": 3}],
        }
    ),
    "return_to_supplier": Specimen(
        lambda works: {"against": received(works), "reason": "damaged", "lines": [{"line": 2, "quantity": 4}]}
    ),
    "issue_credit_note": Specimen(_to_credit),
    "issue_debit_note": Specimen(_to_debit),
    "apply_credit": Specimen(_to_apply),
    "book_landed_cost": Specimen(_to_share),
    "book_freight_bill": Specimen(
        lambda works: {
            "supplier": "SUP",
            "lines": [{"shipment": works.do("ship_goods", order=sales_order(works)).number, "amount": "12.34"}],
        }
    ),
    "close_costs": Specimen(averaged),
    "change_stock_status": Specimen(
        lambda works: {
            "lines": [
                stocked(works)
                or {
                    "item": "PART",
                    "location": "MAIN",
                    "quantity": 5,
                    "from_status": "available",
                    "to_status": "hold",
                }
            ]
        }
    ),
    "record_plan_run": Specimen(plan_run),
    "release_planned_orders": Specimen(_planned_orders),
    "put_shop": _plain(code="TEA", name="Tea shop", system="shopify", customer="CUS", secret="hush"),
    "put_shop_item": Specimen(
        lambda works: _message_put_aside(works) and {"shop": "TEA", "external_id": "NO-SUCH", "item": "PART"}
    ),
    "receive_shop_message": Specimen(
        lambda works: (
            open_shop(works)
            or {"shop": "TEA", "delivery_id": "d-1", "topic": "orders/create", "source": "webhook", "body": "e30="}
        )
    ),
    "book_shop_message": Specimen(_shop_message),
    "set_shop_message_aside": Specimen(lambda works: {**_shop_message(works), "reason": "incident", "detail": "as if"}),
    "retry_shop_message": Specimen(_message_put_aside),
    "discard_shop_message": Specimen(lambda works: {**_message_put_aside(works), "reason": "a trial"}),
    "count_rejected_deliveries": Specimen(lambda works: open_shop(works) or {"shop": "TEA", "delivery_count": 3}),
    "decide_quarantine": _plain(
        table_name="stock_move", row_key="7", rule="value present", decision="release", reason="seen on paper"
    ),
}
