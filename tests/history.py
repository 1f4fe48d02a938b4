"""A little history in every area: bought, billed at another price, made, sold, paid, counted, moved, approved, planned, taken back."""

from __future__ import annotations

from app.kernel.access import Principal
from tests.company import Company
from tests.makers import (
    CHECKER,
    PNG,
    averaged,
    blanket,
    changed_order,
    claimed,
    consigned,
    counted_by_sheet,
    offered,
    on_its_way,
    outside_order,
    owed_abroad,
    purchase_order,
    pushed,
    to_pick,
    tracker,
)
from tests.planning_makers import forecast_run, plan_run, policy_run
from tests.service_makers import MEASURE, repair_worked, service_case, service_level
from tests.shop_case import open_shop, shopify_order, told

CLERK = Principal(8, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


def _sell_by_a_shop(works: Company) -> None:
    """An order of a shop with a discount code and a refund, and one whose item nobody knows."""
    open_shop(works)
    refunds = [{"id": 1, "transactions": [{"kind": "refund", "status": "success", "amount": "3.00"}]}]
    codes = [{"code": "SPRING", "amount": "1.00", "type": "fixed_amount"}]
    lines = [("PART", 1, "9.99"), ("LAYER", 1, "5.00")]
    applied = [{"type": "discount_code", "code": "SPRING", "title": "Spring"}]
    order = shopify_order(77, lines, refunds=refunds, discount_codes=codes, discount_applications=applied)
    order["line_items"][0]["discount_allocations"] = [{"amount": "0.00", "discount_application_index": 0}]
    sold_by_shop = told(works, order)
    assert sold_by_shop["state"] == "booked", sold_by_shop
    told(works, shopify_order(78, [("NO-SUCH", 1, "5.00")]))


def live_a_little(works: Company) -> None:
    """Give a furnished company a history in which every invariant has something to hold on to."""
    works.do("put_item_category", code="FIFO", name="By layer", valuation_method="fifo")
    works.do("put_item", code="LAYER", name="Layered", category="FIFO", unit="EA", tax_code="VAT13", list_price="9")
    works.do("put_location", code="MAIN", name="Main store", site="MAIN", walk_sequence=1)
    works.do("put_location", code="BIN1", name="First bin", site="MAIN", parent="MAIN")
    works.do("put_employee", code="E1", name="Zhao", identity_number="110101199003070000", hourly_pay="31.4159")
    for price, billed in (("3", "3.1"), ("3.333", "3.3")):
        lines = [{"item": item, "quantity": 50, "unit_price": price} for item in ("PART", "LAYER")]
        order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
        works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 30}, {"line": 2, "quantity": 50}])
        works.do("receive_goods", order=order)
        works.do(
            "book_supplier_bill", order=order, lines=[{"line": n, "quantity": 40, "unit_price": billed} for n in (1, 2)]
        )
    made = works.do("create_production_order", item="GOOD", quantity=20).document
    works.do("complete_production", order=made, quantity=18, scrapped_quantity=2, backflush=True, close=True)
    open_order = works.do("create_production_order", item="GOOD", quantity=5).document
    works.do("issue_material", order=open_order)
    quoted = works.do("create_quotation", customer="CUS", lines=[{"item": "GOOD", "quantity": 9, "unit_price": "19.5"}])
    works.do("accept_quotation", quotation=quoted.document, reserve=False, lines=[{"line": 1, "quantity": 3}])
    sold = works.do(
        "create_sales_order",
        customer="CUS",
        lines=[{"item": item, "quantity": 12, "unit_price": "20.01"} for item in ("GOOD", "LAYER")],
    ).document
    works.do("ship_goods", order=sold, lines=[{"line": 1, "quantity": 5}, {"line": 2, "quantity": 12}])
    works.do("issue_customer_invoice", order=sold, charges=[{"description": "Freight", "amount": "12.34"}])
    works.do("receive_payment", party="CUS", amount="100")
    works.do("pay_supplier", party="SUP", amount="100")
    works.do("transfer_stock", lines=[{"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "BIN1"}])
    works.do("book_stock_count", lines=[{"item": "PART", "location": "BIN1", "counted_quantity": 4}])
    counted_by_sheet(works)
    _send(works)
    _keep_for_others(works)
    _drop(works)
    wrong = works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 3, "unit_cost": 9}])
    works.do("reverse_document", document=wrong.document, reason="counted twice")
    _give_back(works)
    sale = {"code": "SALE", "name": "Sale", "valid_from": "2026-01-01", "effect": "percent_off", "rate": "0.1"}
    works.do("put_promotion", **sale, customer="CUS", active=True)
    works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 1}], reserve=False)
    works.do("put_promotion", **sale, customer="CUS")
    year = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    works.do("put_budget", code="GOODS26", name="All goods of the year", amount="2000", **year)
    works.do("put_approval_rule", command="confirm_purchase_order", approver_role="executive", amount_above="1000")
    dear = works.submit(
        "create_purchase_order",
        principal=CLERK,
        supplier="SUP",
        lines=[{"item": "PART", "quantity": 1000, "unit_price": "3"}],
    )
    assert dear.status == "done", dear
    request = works.ask_table("approval_request")[0]["id"]
    approved = works.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert approved.status == "done", approved
    _sell_by_a_shop(works)
    _buy_with_care(works)
    _make_outside(works)
    _pick(works)
    _serve(works)
    changed_order(works)
    _route(works)
    works.do("record_plan_run", **plan_run(works))
    _forecast(works)
    early = [{"item": "PART", "location": "MAIN", "quantity": 7, "unit_cost": "3"}]
    works.do("book_opening_stock", posted_on="2025-01-15", lines=early)
    works.do("lock_period", period="2025-01")
    _pieces(works)


def _forecast(works: Company) -> None:
    """A forecast with a change, and a proposal for safety stock, both accepted."""
    number = works.do("record_forecast_run", **forecast_run(works)).number
    cell = {"item": "GOOD", "period_start": "2026-06-22", "quantity": 20}
    works.do("override_forecast", forecast_run=number, reason="a tender", cells=[cell])
    works.do("publish_forecast", forecast_run=number)
    proposed = works.do("record_policy_run", **policy_run(works)).number
    works.do("accept_policies", policy_run=proposed, lines=[{"item": "PART"}])


def _route(works: Company) -> None:
    """An order that a rule sent to a warehouse and a queue, and somebody to another queue."""
    early = [{"item": "PART", "location": "MAIN", "quantity": 5, "unit_cost": "3"}]
    works.do("book_opening_stock", lines=early)
    works.do("put_order_routing_rule", code="ALL", warehouse="MAIN", queue="clerk", state="active")
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 5, "unit_price": "5"}])
    works.do("override_order_routing", order=sold.document, line=1, queue="planner", reason="a trial")
    works.do("put_order_routing_rule", code="ALL", warehouse="MAIN", queue="clerk", state="retired")


def _serve(works: Company) -> None:
    """A case that is settled with goods restocked and scrapped, and one whose goods are on hold."""
    service_level(works)
    for decided in (True, False):
        case = service_case(works)
        works.do("attach_case_file", case=case, name="torn.png", content=PNG)
        works.do("receive_case_goods", case=case)
        found = [{"line": 1, "quantity": 1, "finding": name} for name in ("good", "scrap")]
        works.do("inspect_service_case", case=case, lines=found)
        if decided:
            lines = [{"line": 1, "quantity": 1, "disposition": name} for name in ("restock", "scrap")]
            works.do("decide_service_case", case=case, outcome="credit", lines=lines)
            works.do("settle_service_case", case=case)
            works.do("put_user", login="mei", name="Mei Lin", roles=["quality"])
            works.do("plan_case_measure", case=case, **MEASURE)
            works.do("give_feedback", about=case, satisfaction=4, recommendation=9, comment="kind and quick")
    _repair(works)


def _repair(works: Company) -> None:
    """A repair half under warranty, of which a part was put back, invoiced and settled, claimed in part; its case is open."""
    repair = repair_worked(works)
    works.do("return_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 1}])
    works.do("finish_repair", repair=repair)
    works.do("invoice_repair", repair=repair)
    works.do("return_repaired_piece", repair=repair, handed_to="Ms Li")
    claim = works.do("claim_warranty", repair=repair, supplier="SUP").document
    works.do("accept_warranty_claim", claim=claim, lines=[{"line": 1, "amount": "1"}])


def _make_outside(works: Company) -> None:
    """Goods that a supplier made of our parts: some came, one went back, and parts still stand at his place."""
    order = outside_order(works, sent=True)
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 4}]).document
    works.do("return_to_supplier", against=receipt, reason="defective", lines=[{"line": 1, "quantity": 1}])


def _pick(works: Company) -> None:
    """An order of which a part is picked and a part waits for the picker."""
    line = to_pick(works)
    scan = {
        "pick_list": line["pick_list_id"],
        "line": line["line"],
        "location": line["location_code"],
        "scanned": "PART",
    }
    works.do("confirm_pick", **scan, quantity=4)
    order = line["order_id"]
    works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 2}])
    works.do("hand_over_parcels", order=order)
    works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 1}])
    on_its_way(works)
    works.do("apply_carrier_message", message=pushed(works, tracker()))
    works.do("apply_carrier_message", message=pushed(works, tracker(number="UNKNOWN1")))


def _buy_with_care(works: Company) -> None:
    """A need that was enquired for and partly awarded, dates promised and announced, a claim that ended, and a bill that waits."""
    request = offered(works)
    works.do("award_quotation", request=request, lines=[{"line": 1, "supplier": "SUP", "quantity": 6}])
    works.do("call_off_blanket_order", blanket=blanket(works), lines=[{"line": 1, "quantity": 40}])
    order = purchase_order(works)
    works.do("receive_goods", order=order, lines=[{"line": 2, "quantity": 8, "damaged_quantity": 2}])
    works.do("put_purchasing_policy", item="PART", price_tolerance_rate="0.01")
    works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    works.do("book_supplier_bill", order=order, lines=[{"line": 2, "quantity": 8, "unit_price": "3.51"}])
    works.do(
        "confirm_supplier_dates",
        order=order,
        lines=[
            {"line": 1, "promised_on": "2026-06-25", "quantity": 4},
            {"line": 1, "promised_on": "2026-07-02", "quantity": 6},
        ],
    )
    works.do("announce_delivery", order=order, expected_on="2026-06-30", lines=[{"line": 1, "quantity": 2}])
    works.do("pay_supplier", party="SUP", amount="5", order=order)
    works.do("settle_supplier_claim", claim=claimed(works), outcome="credited")


def _keep_for_others(works: Company) -> None:
    """A supplier's consignment of which some is taken over, moved and given back, and what a customer gave to be repaired."""
    consigned(works, "LAYER", 20)
    consigned(works, "GOOD", 2, "CUS")
    taken = [{"item": "LAYER", "quantity": 5, "unit_price": "3.07"}]
    works.do("take_over_consignment", supplier="SUP", lines=taken)
    moved = {"item": "LAYER", "quantity": 4, "from_location": "MAIN", "to_location": "BIN1", "owner": "SUP"}
    works.do("transfer_stock", lines=[moved])
    works.do("put_location", code="AT-CUS", name="At the customer's", kind="consignment", customer="CUS")
    works.do("send_consignment", customer="CUS", lines=[{"item": "LAYER", "quantity": 6}])
    works.do("report_consumption", customer="CUS", lines=[{"item": "LAYER", "quantity": 2}])
    works.do("take_consignment_back", customer="CUS", lines=[{"item": "LAYER", "quantity": 1}])
    works.do("return_third_party_goods", owner="SUP", lines=[{"item": "LAYER", "quantity": 3, "location": "BIN1"}])


def _drop(works: Company) -> None:
    """What a supplier ships straight to a customer: some left, some was taken back, some is on order."""
    lines = [{"item": "LAYER", "quantity": 9, "unit_price": "6"}]
    sold = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("mark_drop_shipment", order=sold, lines=[{"line": 1, "supplier": "SUP"}])
    ordered = [{"line": 1, "quantity": 8, "unit_price": "2.99"}]
    (bought,) = works.do("order_drop_shipment", order=sold, lines=ordered).data["documents"]
    _take_early(works)
    for quantity in (2, 3):
        left = works.do("confirm_drop_shipment", order=bought, lines=[{"line": 1, "quantity": quantity}])
    works.do("reverse_document", document=left.document, reason="did not leave")


def _take_early(works: Company) -> None:
    """Goods taken before their receipt: some settled by it for an order and a department, some brought back, one open, one undone."""
    works.do("put_item", code="EARLY", name="Early", category="FIFO", unit="EA", tax_code="VAT13", list_price="9")
    lines = [{"item": "EARLY", "quantity": 20, "unit_price": "3.07"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    components = [{"component": "EARLY", "quantity": 5}]
    made = works.do("create_production_order", item="GOOD", quantity=1, components=components).document
    taken = {"note": "Could not wait", "expected": order}
    line = {"item": "EARLY", "location": "MAIN"}
    works.do("issue_before_receipt", purpose="production", order=made, **taken, lines=[{**line, "quantity": 5}])
    used = {"purpose": "internal_use", "department": "Test bench", **taken}
    advance = works.do("issue_before_receipt", **used, lines=[{**line, "quantity": 6}]).document
    back = [{"line": 1, "quantity": 1}]
    works.do("take_advance_back", advance_issue=advance, reason="brought_back", lines=back)
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 8}]).document
    for row in works.ask("advance_settlements", document=receipt):
        if row["issue_kind"] == "internal_issue":
            works.do("reverse_document", document=row["issue_id"], reason="another department")
    works.do("settle_advance_issue", advance_issue=advance)


def _send(works: Company) -> None:
    """A transfer of which some arrived, some was lost and some is on the way, and one that was taken back."""
    sent = {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "PART", "quantity": 3}]}
    transfer = works.do("send_transfer", **sent).document
    arrived = [{"line": 1, "quantity": 1, "lost_quantity": 1, "reason": "lost"}]
    works.do("receive_transfer", transfer=transfer, lines=arrived)
    wrong = works.do("send_transfer", **sent).document
    works.do("reverse_document", document=wrong, reason="another truck")


def _give_back(works: Company) -> None:
    """Goods that go back both ways with their notes, freight that is shared over goods, stock that is held, and closed costs."""
    sold = works.do(
        "create_sales_order", customer="CUS", lines=[{"item": "LAYER", "quantity": 9, "unit_price": "20.01"}]
    ).document
    works.do("ship_goods", order=sold)
    invoice = works.do("issue_customer_invoice", order=sold).document
    works.do("receive_return", against=sold, reason="defective", lines=[{"line": 1, "quantity": 4}])
    works.do("receive_return", against=sold, reason="defective", status="hold")
    works.do("issue_credit_note", invoice=invoice, lines=[{"line": 1, "quantity": 7}])
    held = {"item": "LAYER", "location": "MAIN", "quantity": 2, "from_status": "hold", "to_status": "available"}
    works.do("change_stock_status", lines=[held])
    bought = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 10, "unit_price": "3.03"}]
    ).document
    receipt = works.do("receive_goods", order=bought).document
    bill = works.do("book_supplier_bill", order=bought, charges=[{"description": "Freight", "amount": "7.77"}]).document
    works.do("return_to_supplier", against=receipt, reason="damaged", lines=[{"line": 1, "quantity": 3}])
    works.do("issue_debit_note", bill=bill, lines=[{"line": 1, "quantity": 2}])
    works.do("book_landed_cost", bill=bill, targets=[{"receipt": receipt}])
    works.do("close_costs", **averaged(works))
    works.do("revalue_open_items", **owed_abroad(works))


def _pieces(works: Company) -> None:
    """Pieces with serial numbers come in, and one is delivered under warranty."""
    item = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "list_price": "90", "tax_code": "VAT13"}
    works.do("put_item", **item, serial_tracked=True, warranty_months=24)
    came = {"item": "PUMP", "location": "MAIN", "quantity": 3, "unit_cost": "40", "serials": ["P-01..P-03"]}
    works.do("book_opening_stock", lines=[came])
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": 1}]).document
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 1, "serials": ["P-02"]}])
