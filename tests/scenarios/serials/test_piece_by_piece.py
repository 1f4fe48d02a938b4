"""Four pumps from their supplier's notice to a recall: each is known by its number wherever it goes. Golden facts beside."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances

_GOLDEN = Path(__file__).parent / "piece_by_piece.tsv"


def test_pumps_are_bought_moved_sold_repaired_exchanged_and_recalled(works: Company) -> None:
    story = Story(works, "piece_by_piece")
    story.page = _GOLDEN

    def tell(what: str) -> None:
        works.assert_clean()
        story.tell(what)
        pieces = works.ask("serial_numbers", item="PUMP")
        story.rows("piece", pieces, "serial", "standing", "location_code", "party_code", "warranty_until")
        story.tell("books", *(f"{code} {value.normalize():f}" for code, value in balances(works).items()))

    pump = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "tax_code": "VAT13"}
    works.do("put_item", **pump, serial_tracked=True, warranty_months=24)
    works.do("put_location", code="SOUTH", name="South store", site="MAIN")
    works.do("put_work_center", code="BENCH", name="Bench", cost_per_hour="32", weekly_minutes=2400)
    lines = [{"item": "PUMP", "quantity": 5, "unit_price": "33.335"}]
    bought = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    said = [{"line": 1, "quantity": 5, "serials": "P-01..P-05"}]
    notice = works.do("announce_delivery", order=bought, expected_on="2026-06-15", lines=said).document
    works.do("receive_goods", order=notice)
    tell("five pumps come as their supplier announced them, at 166.68 together")

    named = {"line": 1, "quantity": 1, "serials": "P-05"}
    works.do("return_to_supplier", against=bought, reason="defective", lines=[named])
    works.do("book_supplier_bill", order=bought)
    tell("the fifth has a dent and goes back; four are billed")

    sent = {"item": "PUMP", "quantity": 4, "serials": "P-01..P-04"}
    transfer = works.do("send_transfer", from_location="MAIN", to_location="SOUTH", lines=[sent]).document
    arrived = {"line": 1, "quantity": 3, "serials": "P-01 P-02 P-04"}
    works.do("receive_transfer", transfer=transfer, lines=[arrived])
    tell("four leave for the south, three arrive: the third is still on the way")
    works.do("receive_transfer", transfer=transfer)

    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": 2, "unit_price": "90"}])
    shipped = [{"line": 1, "quantity": 2, "serials": "P-02 P-04"}]
    shipment = works.do("ship_goods", order=order.document, lines=shipped).document
    works.do("issue_customer_invoice", order=order.document)
    tell("the third is found; the customer gets the second and the fourth, two years under warranty")

    about = [{"line": 1, "quantity": 1, "fault": "It leaks"}]
    asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": about}
    case = works.do("open_service_case", **asked).document
    repair = works.do("open_repair_order", case=case, line=1).document
    (taken,) = works.ask("repair_details", document=repair)
    story.rows("repair", [taken], "lot_code", "warranty_until")
    labour = {"kind": "labour", "description": "Bench work", "quantity": 1, "unit_price": "60", "work_center": "BENCH"}
    works.do("put_repair_estimate", repair=repair, diagnosis="The seal is worn", lines=[labour])
    works.do("offer_repair_estimate", repair=repair)
    works.do("approve_repair_estimate", repair=repair)
    works.do("report_repair_hours", repair=repair, lines=[{"line": 1, "hours": "1"}])
    works.do("finish_repair", repair=repair, report="Seal replaced")
    works.do("return_repaired_piece", repair=repair, handed_to="Ms Li")
    story.rows("repair cost", works.ask("repair_totals", document=repair), "cost", "customer_cost", "warranty_cost")
    tell("the second leaks and is repaired under its warranty: an hour of 32 on us; it stayed the customer's")

    exchanged = [{"line": 1, "quantity": 1, "serials": "P-04"}]
    works.do(
        "receive_return", against=order.document, reason="defective", replacement=True, status="hold", lines=exchanged
    )
    works.do("ship_goods", order=order.document, lines=[{"line": 1, "quantity": 1, "serials": "P-01"}])
    tell("the fourth comes back and is held; the first goes instead with a warranty of its own")

    for serial in ("P-02", "P-04"):
        for row in works.ask("lot_recall", item="PUMP", lot=serial):
            known = [name for name in ("role", "party_code", "number", "location_code", "quantity") if row.get(name)]
            story.rows(f"recall {serial}", [row], *known)
    assert story.as_kept()
