"""Cases, measures, repairs and claims of warranty in the state that a test needs, made by commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from app.kernel.clock import FixedClock
from tests.company import Company
from tests.makers import COUNTER, invoiced, stocked


def service_level(works: Company) -> str:
    """A level of two, eight and sixteen hours on weekdays."""
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    works.do("put_calendar", code="DESK", name="Desk", weekly_hours=hours)
    works.do("put_service_level", **LEVEL)
    return str(LEVEL["code"])


LEVEL: Final[dict[str, Any]] = {
    "code": "STD",
    "name": "Standard",
    "calendar": "DESK",
    "escalation_role": "executive",
    "answer_hours": "2",
    "decision_hours": "8",
    "settlement_hours": "16",
}


def service_alert(works: Company) -> int:
    """A warning that waits in the outbox: the clock of a case has run out after some days."""
    service_level(works)
    service_case(works)
    clock = works.gateway.clock
    works.gateway.clock = FixedClock(clock.today() + timedelta(days=4))
    works.do("watch_service_levels")
    works.gateway.clock = clock
    return int(works.ask("service_alerts")[0]["id"])


def case_that_waits(works: Company) -> int:
    """A case whose customer was asked something."""
    case = service_case(works)
    works.do("wait_for_customer", case=case, text="please send a photo")
    return case


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


MEASURE: Final = {
    "kind": "corrective",
    "cause": "the jig is worn",
    "action": "exchange the jig, and measure it every month",
    "owner": "mei",
    "due_on": "2026-06-30",
}


def case_measure(works: Company) -> int:
    """A case with a measure that waits for its owner."""
    case = service_case(works)
    works.do("put_user", login="mei", name="Mei Lin", roles=["clerk"])
    works.do("plan_case_measure", case=case, **MEASURE)
    return case


def measure_done(works: Company) -> int:
    """A case with a measure that was carried out."""
    case = case_measure(works)
    done = {"case": case, "measure": 1, "result": "the jig is exchanged"}
    receipt = works.submit("finish_case_measure", principal=COUNTER, **done)
    assert receipt.status == "done", receipt
    return case


def repair_case(works: Company, serials: list[str] | None = None) -> int:
    """A case of the kind repair about pumps with serial numbers that were delivered, two years of warranty on each, and parts."""
    named = serials or ["P-1"]
    stocked(works)
    works.do("put_work_center", code="BENCH", name="Bench", cost_per_hour="32", weekly_minutes=2400)
    pump = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "list_price": "200", "tax_code": "VAT13"}
    works.do("put_item", **pump, lot_tracked=True, serial_tracked=True, warranty_months=24)
    opening = {"item": "PUMP", "location": "MAIN", "quantity": len(named), "unit_cost": "90", "serials": named}
    works.do("book_opening_stock", lines=[opening])
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": len(named)}]).document
    shipped = {"line": 1, "quantity": len(named), "serials": named}
    shipment = works.do("ship_goods", order=order, lines=[shipped]).document
    works.do("issue_customer_invoice", order=order)
    lines = [{"line": number, "quantity": 1, "fault": "It leaks"} for number in range(1, len(named) + 1)]
    asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": lines}
    document = works.do("open_service_case", **asked).document
    assert document is not None
    return document


def repair_estimated(works: Company, share: str = "0.5") -> int:
    """A repair whose estimate of two parts and an hour is written, the warranty bearing a share of it."""
    repair = works.do("open_repair_order", case=repair_case(works), line=1).document
    assert repair is not None
    lines = [
        {"kind": "part", "item": "PART", "quantity": 2, "unit_price": "12.50", "warranty_share": share},
        {
            "kind": "labour",
            "description": "Bench work",
            "quantity": 1,
            "unit_price": "60",
            "work_center": "BENCH",
            "warranty_share": share,
        },
    ]
    works.do("put_repair_estimate", repair=repair, diagnosis="The seal is worn", diagnosis_fee="25", lines=lines)
    return repair


def repair_offered(works: Company) -> int:
    """A repair whose estimate the customer has."""
    repair = repair_estimated(works)
    works.do("offer_repair_estimate", repair=repair)
    return repair


def repair_shared(works: Company) -> dict[str, Any]:
    """A repair whose estimate the customer sees by a link: the repair, its version and the link."""
    repair = repair_offered(works)
    works.do("share_repair", repair=repair)
    (link,) = works.ask("repair_links", document=repair)
    version = works.ask("document_by_id", document=repair)[0]["version"]
    return {"repair": repair, "link": link["id"], "version": version}


def repair_released(works: Company) -> int:
    """A repair that the customer wants."""
    repair = repair_offered(works)
    works.do("approve_repair_estimate", repair=repair, answered_by="Ms Li")
    return repair


def repair_worked(works: Company) -> int:
    """A repair for which parts were issued and an hour was worked."""
    repair = repair_released(works)
    works.do("issue_repair_parts", repair=repair)
    works.do("report_repair_hours", repair=repair, lines=[{"line": 2, "hours": "1"}])
    return repair


def repair_finished(works: Company) -> int:
    """A repair that is finished and not invoiced."""
    repair = repair_worked(works)
    works.do("finish_repair", repair=repair, report="Seal replaced")
    return repair


def warranty_claimed(works: Company) -> int:
    """A claim on a supplier for what the warranty bore of a repair."""
    claim = works.do("claim_warranty", repair=repair_finished(works), supplier="SUP").document
    assert claim is not None
    return claim
