"""A small plant for tests of the doors: one company, four users, six items, a customer, a supplier, stock, three orders.

It is made through the same commands that people give, on a fixed day, so that every screen has something true to show.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.bootstrap import build_bus
from app.jobs.shops import book_waiting
from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.drafts import Drafts
from app.kernel.gateway import Gateway
from app.kernel.opening import create_store, open_gateway
from app.kernel.sessions import Sessions, create_user
from app.kernel.settings import Settings
from app.kernel.store import StoreAddress
from tests.makers import PNG
from tests.service_makers import MEASURE
from tests.shop_case import shopify_order

TODAY: Final = date(2026, 3, 10)
PASSWORD: Final = "seven brass kettles sing"
_HALVES: Final = [{"share": "0.5", "due_days": 14}, {"share": "0.5", "due_days": 60}]
USERS: Final[Mapping[str, str]] = {
    "owner": "everything",
    "admin": "administrator",
    "clerk": "clerk",
    "planner": "planner",
    "boss": "executive",
    "books": "accountant",
    "till": "cashier",
    "dock": "receiver",
    "shelf": "counter",
}


@dataclass
class Plant:
    """An opened store of the plant, with what the doors need."""

    address: str
    gateway: Gateway
    sessions: Sessions
    drafts: Drafts
    numbers: dict[str, str]
    ids: dict[str, int]

    def give(self, command: str, data: dict[str, Any], *, command_id: str) -> Receipt:
        """Give a command that must be done."""
        receipt = self.gateway.submit(command, data, command_id=command_id, principal=SYSTEM)
        assert receipt.status == "done", (command, receipt)
        return receipt

    def close(self) -> None:
        """Close the store."""
        self.gateway.close()


def settings_of(address: str) -> Settings:
    """The settings under which the plant's store is opened."""
    return Settings(store=address, as_of=TODAY.isoformat())


def opened(address: str) -> Plant:
    """Open a store that was built before."""
    settings = settings_of(address)
    gateway = open_gateway(settings, build_bus(), clock=FixedClock(TODAY))
    return Plant(address, gateway, Sessions(gateway, settings), Drafts(gateway.store, gateway.clock), {}, {})


def founded(folder: Path) -> Plant:
    """A founded company without users: what a first start finds."""
    address = str(folder / "plant.db")
    create_store(StoreAddress(address))
    plant = opened(address)
    plant.give(
        "found_company",
        {"name": "Kettle Works", "first_fiscal_year": 2026, "last_fiscal_year": 2026},
        command_id="p-found",
    )
    return plant


def built(folder: Path) -> Plant:
    """The whole plant in a new store."""
    plant = founded(folder)
    plant.give("put_role", {"code": "everything", "name": "All pages", "permissions": ["*"]}, command_id="p-role")
    for login, role in USERS.items():
        create_user(plant.gateway, login, f"{role.capitalize()} Chen", [role], PASSWORD)
    _master_data(plant)
    _documents(plant)
    return plant


def _master_data(plant: Plant) -> None:
    steps: list[tuple[str, dict[str, Any]]] = [
        ("put_item_category", {"code": "RAW", "name": "Raw material", "inventory_role": "inventory_raw"}),
        ("put_item_category", {"code": "FIN", "name": "Finished goods", "inventory_role": "inventory_finished"}),
        ("put_item_category", {"code": "AUX", "name": "Auxiliaries", "valuation_method": "month_end_average"}),
        ("put_location", {"code": "MAIN", "name": "Main store", "site": "MAIN", "kind": "storage", "walk_sequence": 1}),
        ("put_location", {"code": "DOCK", "name": "Loading dock", "site": "MAIN", "kind": "storage"}),
        ("put_payment_term", {"code": "HALVES", "name": "Half in 14 days, half in 60", "instalments": _HALVES}),
        (
            "put_party",
            {
                "code": "C-100",
                "name": "Harbour Tea Rooms",
                "is_customer": True,
                "payment_term": "NET30",
                "tax_code": "VAT13",
            },
        ),
        (
            "put_party",
            {
                "code": "C-200",
                "name": "广州茶具有限公司",
                "is_customer": True,
                "payment_term": "HALVES",
                "tax_code": "VAT13",
            },
        ),
        (
            "put_party",
            {
                "code": "S-100",
                "name": "North Brass Mill",
                "is_supplier": True,
                "payment_term": "NET30",
                "tax_code": "VAT13",
            },
        ),
    ]
    for code, name, chinese, category, source, price in (
        ("KETTLE-1", "Brass kettle 1 l", "黄铜水壶 1 升", "FIN", "make", "180"),
        ("KETTLE-2", "Brass kettle 2 l", "黄铜水壶 2 升", "FIN", "make", "240"),
        ("BODY-1", "Kettle body 1 l", "壶身 1 升", "RAW", "buy", None),
        ("LID-1", "Kettle lid", "壶盖", "RAW", "buy", None),
        ("HANDLE-1", "Oak handle", "橡木手柄", "RAW", "buy", None),
        ("RIVET", "Brass rivet", "黄铜铆钉", "RAW", "buy", None),
        ("WAX", "Polishing wax", "抛光蜡", "AUX", "buy", None),
    ):
        item: dict[str, Any] = {"code": code, "name": name, "name_zh": chinese, "category": category}
        item.update(unit="EA", source=source, list_price=price, lead_time_days="5", safety_stock="20")
        steps.append(("put_item", {name: value for name, value in item.items() if value is not None}))
    for code, price in (("BODY-1", "42"), ("LID-1", "8.5"), ("HANDLE-1", "6.25"), ("RIVET", "0.12"), ("WAX", "4")):
        terms = {"supplier": "S-100", "item": code, "lead_time_days": "7", "min_lot": "50"}
        steps.append(("put_supplier_item", {**terms, "prices": [{"unit_price": price, "valid_from": "2026-01-01"}]}))
    components = [
        {"component": "BODY-1", "quantity_per": "1"},
        {"component": "LID-1", "quantity_per": "1"},
        {"component": "HANDLE-1", "quantity_per": "1"},
        {"component": "RIVET", "quantity_per": "4", "scrap_factor": "0.02"},
    ]
    for code in ("KETTLE-1", "KETTLE-2"):
        revision = {"item": code, "revision": "A", "effective_from": "2026-01-01", "lines": components}
        steps.append(("create_bom_revision", revision))
    for index, (command, data) in enumerate(steps):
        plant.give(command, data, command_id=f"p-master-{index:03d}")


def _documents(plant: Plant) -> None:
    def keep(name: str, command: str, data: dict[str, Any]) -> str:
        receipt = plant.give(command, data, command_id=f"p-doc-{name}")
        assert receipt.number is not None
        assert receipt.document is not None
        plant.numbers[name], plant.ids[name] = receipt.number, receipt.document
        return receipt.number

    opening = [
        {"item": "KETTLE-1", "location": "MAIN", "quantity": "60", "unit_cost": "64"},
        {"item": "BODY-1", "location": "MAIN", "quantity": "200", "unit_cost": "41"},
        {"item": "LID-1", "location": "MAIN", "quantity": "200", "unit_cost": "8.4"},
        {"item": "HANDLE-1", "location": "MAIN", "quantity": "200", "unit_cost": "6.2"},
        {"item": "RIVET", "location": "MAIN", "quantity": "1000", "unit_cost": "0.12"},
    ]
    keep("opening_stock", "book_opening_stock", {"posted_on": "2026-01-02", "lines": opening})
    bought = {"supplier": "S-100", "document_on": "2026-01-12", "lines": [{"item": "BODY-1", "quantity": "100"}]}
    order = keep("purchase_order", "create_purchase_order", bought)
    keep("goods_receipt", "receive_goods", {"order": order, "posted_on": "2026-01-20"})
    keep(
        "supplier_bill", "book_supplier_bill", {"order": order, "posted_on": "2026-01-22", "external_number": "NB-778"}
    )
    keep("payment_out", "pay_supplier", {"party": "S-100", "amount": "1000", "posted_on": "2026-02-02"})
    quoted = {"customer": "C-200", "document_on": "2026-03-02", "lines": [{"item": "KETTLE-2", "quantity": "8"}]}
    keep("quotation", "create_quotation", quoted)
    year = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    budget = {"code": "RAW26", "name": "Raw material 2026", "family": "RAW", "amount": "2000", **year}
    plant.give("put_budget", budget, command_id="p-budget")
    _buy(keep, order)
    sold = {"customer": "C-100", "document_on": "2026-01-25", "lines": [{"item": "KETTLE-1", "quantity": "20"}]}
    order = keep("sales_order", "create_sales_order", sold)
    keep("shipment", "ship_goods", {"order": order, "posted_on": "2026-01-27"})
    keep("customer_invoice", "issue_customer_invoice", {"order": order, "posted_on": "2026-01-27"})
    freight = [{"shipment": plant.numbers["shipment"], "amount": "45"}]
    keep("freight_bill", "book_freight_bill", {"supplier": "S-100", "posted_on": "2026-01-28", "lines": freight})
    keep("payment_in", "receive_payment", {"party": "C-100", "amount": "1500", "posted_on": "2026-02-20"})
    made = {"item": "KETTLE-1", "quantity": "10", "start_on": "2026-02-03"}
    order = keep("production_order", "create_production_order", made)
    keep("material_issue", "issue_material", {"order": order, "posted_on": "2026-02-03"})
    done = {"order": order, "quantity": "10", "posted_on": "2026-02-05"}
    keep("production_completion", "complete_production", done)
    moved = {"item": "KETTLE-1", "quantity": "5", "from_location": "MAIN", "to_location": "DOCK"}
    keep("stock_transfer", "transfer_stock", {"posted_on": "2026-02-06", "lines": [moved]})
    sent = {"from_location": "MAIN", "to_location": "DOCK", "lines": [{"item": "KETTLE-1", "quantity": "3"}]}
    transfer = keep("transfer_dispatch", "send_transfer", {**sent, "posted_on": "2026-02-07", "due_on": "2026-02-09"})
    part = {"line": 1, "quantity": "1", "lost_quantity": "1", "reason": "damaged"}
    arrived = {"transfer": transfer, "posted_on": "2026-02-09", "lines": [part]}
    keep("transfer_receipt", "receive_transfer", arrived)
    counted = {"item": "RIVET", "location": "MAIN", "counted_quantity": "955"}
    keep("stock_count", "book_stock_count", {"posted_on": "2026-02-28", "lines": [counted]})
    keep("count_sheet", "create_count_sheet", {"location": "DOCK", "due_only": False})
    _gone_back(keep)
    _abroad(plant, keep)
    entry = {"description": "Office rent", "posted_on": "2026-03-01", "lines": _rent(plant)}
    keep("manual_entry", "post_manual_entry", entry)
    _shop(plant)
    waiting = {"customer": "C-200", "document_on": "2026-03-09", "due_on": "2026-03-20"}
    lines = [{"item": "KETTLE-1", "quantity": "12"}, {"item": "KETTLE-2", "quantity": "3"}]
    keep("open_sales_order", "create_sales_order", {**waiting, "lines": lines})
    _pick(plant, keep)
    _serve(plant, keep)


def _serve(plant: Plant, keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """A case whose goods were taken in and looked at, with a photo and a note; and scrap."""
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = {"code": "DESK", "name": "Desk", "weekly_hours": hours}
    plant.give("put_calendar", calendar, command_id="p-desk-calendar")
    level = {"code": "STD", "name": "Standard", "calendar": "DESK", "escalation_role": "executive"}
    level |= {"answer_hours": "2", "decision_hours": "8"}
    plant.give("put_service_level", level, command_id="p-service-level")
    sold = {"customer": "C-100", "document_on": "2026-03-03", "lines": [{"item": "KETTLE-1", "quantity": "3"}]}
    order = keep("case_order", "create_sales_order", sold)
    keep("case_shipment", "ship_goods", {"order": order, "posted_on": "2026-03-04"})
    invoice = keep("case_invoice", "issue_customer_invoice", {"order": order, "posted_on": "2026-03-04"})
    lines = [{"line": 1, "quantity": "2", "fault": "The lid does not close"}]
    asked = {"kind": "exchange", "reason": "defective", "against": invoice, "lines": lines}
    case = keep("service_case", "open_service_case", asked)
    keep("case_note", "add_case_note", {"case": case, "text": "The customer rang at nine."})
    keep("case_file", "attach_case_file", {"case": case, "name": "lid.png", "content": PNG})
    keep("case_goods", "receive_case_goods", {"case": case, "posted_on": "2026-03-06"})
    found = [{"line": 1, "quantity": "1", "finding": name} for name in ("good", "scrap")]
    keep("case_findings", "inspect_service_case", {"case": case, "lines": found})
    measure = {**MEASURE, "owner": "clerk"}
    keep("case_measure", "plan_case_measure", {"case": case, **measure})
    said = {"about": order, "satisfaction": 4, "recommendation": 9, "comment": "Quick, and well packed"}
    plant.give("give_feedback", said, command_id="p-feedback")
    _repair(plant, keep)
    lent = [{"item": "LID-1", "location": "MAIN", "quantity": "30"}]
    keep(
        "third_party_receipt", "receive_third_party_goods", {"owner": "S-100", "posted_on": "2026-03-05", "lines": lent}
    )
    back = {"owner": "S-100", "posted_on": "2026-03-06", "lines": [{"item": "LID-1", "quantity": "10"}]}
    keep("third_party_return", "return_third_party_goods", back)
    gone = [{"item": "KETTLE-1", "location": "MAIN", "quantity": "1", "from_status": "available"}]
    _take_early(plant, keep)
    keep("stock_scrap", "scrap_stock", {"posted_on": "2026-03-06", "reason": "damaged", "lines": gone})


def _take_early(plant: Plant, keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """Rivets that were taken at the dock before their receipt: some were counted into stock and settled, some wait."""
    line = {"item": "RIVET", "location": "DOCK"}
    said = {"purpose": "internal_use", "department": "Test bench", "note": "The bench could not wait"}
    taken = {**said, "document_on": "2026-03-05", "lines": [{**line, "quantity": "20"}]}
    advance = keep("advance_issue", "issue_before_receipt", taken)
    counted = {"posted_on": "2026-03-06", "lines": [{**line, "counted_quantity": "12"}]}
    keep("advance_count", "book_stock_count", counted)
    keep("advance_settled", "settle_advance_issue", {"advance_issue": advance, "posted_on": "2026-03-06"})
    (issue,) = plant.gateway.query("internal_issues", {}, principal=SYSTEM)
    plant.numbers["internal_issue"], plant.ids["internal_issue"] = issue["number"], issue["id"]


def _repair(plant: Plant, keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """A kettle that was repaired, half of it under warranty, with a part put back; it is not invoiced yet."""
    lines = [{"line": 1, "quantity": "1", "fault": "It leaks"}]
    shipment = plant.numbers["case_shipment"]
    asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": lines}
    case = keep("repair_case", "open_service_case", asked)
    repair = keep("repair_order", "open_repair_order", {"case": case, "received_at": "Bench 2"})
    split = {"warranty_share": "0.5", "unit_price": "30"}
    takes = [
        {"kind": "part", "item": "KETTLE-1", "quantity": "2", **split},
        {"kind": "labour", "description": "Bench work", "quantity": "1", "cost_per_hour": "40", **split},
    ]
    keep("repair_estimate", "put_repair_estimate", {"repair": repair, "diagnosis": "Worn seal", "lines": takes})
    keep("repair_offer", "offer_repair_estimate", {"repair": repair})
    keep("repair_answer", "approve_repair_estimate", {"repair": repair, "answered_by": "Ms Li"})
    keep("repair_issue", "issue_repair_parts", {"repair": repair, "posted_on": "2026-03-09"})
    back = {"repair": repair, "posted_on": "2026-03-09", "lines": [{"line": 1, "quantity": "1"}]}
    keep("material_return", "return_repair_parts", back)
    hours = {"repair": repair, "posted_on": "2026-03-09", "lines": [{"line": 2, "hours": "1"}]}
    keep("labour_report", "report_repair_hours", hours)
    keep("repair_completion", "finish_repair", {"repair": repair, "posted_on": "2026-03-09", "report": "New seal"})


def _pick(plant: Plant, keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """A carrier, and an order whose pick list waits for the picker."""
    plant.give("put_carrier", {"code": "SF", "name": "SF Express"}, command_id="p-carrier")
    sold = {"customer": "C-100", "document_on": "2026-03-09", "lines": [{"item": "KETTLE-1", "quantity": "2"}]}
    order = keep("picked_sales_order", "create_sales_order", sold)
    keep("pick_wave", "release_wave", {"orders": [order]})
    (line,) = plant.gateway.query("pick_lines", {"document": plant.ids["pick_wave"]}, principal=SYSTEM)
    plant.numbers["pick_list"], plant.ids["pick_list"] = line["pick_list_number"], line["pick_list_id"]
    scan = {"pick_list": line["pick_list_id"], "line": 1, "location": line["location_code"], "scanned": "KETTLE-1"}
    plant.give("confirm_pick", {**scan, "quantity": "1"}, command_id="p-pick-scan")
    keep("parcel", "pack_parcel", {"order": order, "carrier": "SF", "tracking_number": "SF1000000001"})


def _shop(plant: Plant) -> None:
    """A web shop with one order that was booked and one that waits for its item."""
    shop = {"code": "TEA", "name": "Tea shop", "system": "shopify", "customer": "C-100", "secret": "hush"}
    plant.give("put_shop", shop, command_id="p-shop")
    product = {"shop": "TEA", "external_id": "KETTLE-BOX", "item": "KETTLE-1", "unit_factor": "6"}
    plant.give("put_shop_item", product, command_id="p-shop-item")
    for external_id, sku in ((501, "KETTLE-1"), (502, "NO-SUCH")):
        order = shopify_order(external_id, [(sku, 1, "180.00")])
        body = base64.b64encode(json.dumps(order).encode()).decode()
        data = {"shop": "TEA", "delivery_id": f"d-{external_id}", "topic": "orders/create", "source": "webhook"}
        receipt = plant.give("receive_shop_message", {**data, "body": body}, command_id=f"p-shop-{external_id}")
        plant.ids["shop_message"] = receipt.data["message"]
    book_waiting(plant.gateway)
    plant.ids["shop_order"] = plant.gateway.query("shop_orders", {}, principal=SYSTEM)[0]["id"]


def _buy(keep: Callable[[str, str, dict[str, Any]], str], received: str) -> None:
    """A need that was enquired for, an order with promised dates and a delivery on its way, and a claim on goods received."""
    needed = {"item": "RIVET", "quantity": "100", "needed_by": "2026-03-30", "reason": "Spare rivets"}
    need = keep("purchase_requisition", "create_purchase_requisition", {"lines": [needed]})
    asked = {"suppliers": ["S-100"], "requisition": need}
    request = keep("request_for_quotation", "request_quotations", asked)
    offer = {"request": request, "supplier": "S-100", "valid_until": "2026-12-31"}
    lines = [{"line": 1, "unit_price": "0.13", "lead_time_days": "7", "min_lot": "50"}]
    keep("supplier_quotation", "enter_supplier_quotation", {**offer, "lines": lines})
    agreed = {"item": "RIVET", "quantity": "5000", "unit_price": "0.11"}
    keep("blanket_order", "create_blanket_order", {"supplier": "S-100", "valid_until": "2026-12-31", "lines": [agreed]})
    bought = {"supplier": "S-100", "document_on": "2026-03-02", "lines": [{"item": "RIVET", "quantity": "200"}]}
    order = keep("open_purchase_order", "create_purchase_order", bought)
    promised = [{"line": 1, "promised_on": day, "quantity": "100"} for day in ("2026-03-12", "2026-03-19")]
    keep("order_confirmation", "confirm_supplier_dates", {"order": order, "lines": promised})
    coming = {"order": order, "expected_on": "2026-03-13", "lines": [{"line": 1, "quantity": "100"}]}
    keep("delivery_notice", "announce_delivery", coming)
    broken = [{"line": 1, "quantity": "2", "reason": "damaged", "remedy": "credit"}]
    keep("supplier_claim", "create_supplier_claim", {"order": received, "lines": broken})


def _gone_back(keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """A customer's return with its credit, a return to the supplier with its debit, freight over a receipt, held stock, closed costs."""
    sold = {"customer": "C-200", "document_on": "2026-02-10", "lines": [{"item": "KETTLE-1", "quantity": "6"}]}
    order = keep("returned_order", "create_sales_order", sold)
    shipment = keep("returned_shipment", "ship_goods", {"order": order, "posted_on": "2026-02-11"})
    invoice = keep("returned_invoice", "issue_customer_invoice", {"order": order, "posted_on": "2026-02-11"})
    back = {"against": shipment, "reason": "defective", "posted_on": "2026-02-16", "status": "hold"}
    keep("customer_return", "receive_return", {**back, "lines": [{"line": 1, "quantity": "2"}]})
    note = keep("credit_note", "issue_credit_note", {"invoice": invoice, "posted_on": "2026-02-17", "settle": False})
    keep("credit_application", "apply_credit", {"credit": note, "document": invoice, "posted_on": "2026-02-18"})
    held = {"item": "KETTLE-1", "location": "MAIN", "quantity": "1", "from_status": "hold", "to_status": "available"}
    keep("status_change", "change_stock_status", {"posted_on": "2026-02-19", "lines": [held]})
    bought = {"supplier": "S-100", "document_on": "2026-02-12", "lines": [{"item": "LID-1", "quantity": "80"}]}
    order = keep("sent_back_order", "create_purchase_order", bought)
    receipt = keep("sent_back_receipt", "receive_goods", {"order": order, "posted_on": "2026-02-13"})
    freight = [{"description": "Freight", "amount": "40"}]
    bill = keep("sent_back_bill", "book_supplier_bill", {"order": order, "posted_on": "2026-02-14", "charges": freight})
    keep(
        "landed_cost", "book_landed_cost", {"bill": bill, "posted_on": "2026-02-14", "targets": [{"receipt": receipt}]}
    )
    back = {"against": receipt, "reason": "damaged", "posted_on": "2026-02-20"}
    keep("supplier_return", "return_to_supplier", {**back, "lines": [{"line": 1, "quantity": "10"}]})
    keep("debit_note", "issue_debit_note", {"bill": bill, "posted_on": "2026-02-21"})
    for day, price in (("2026-02-02", "3"), ("2026-02-23", "4")):
        lines = [{"item": "WAX", "quantity": "10", "unit_price": price}]
        order = keep(f"wax_{price}", "create_purchase_order", {"supplier": "S-100", "document_on": day, "lines": lines})
        keep(f"wax_in_{price}", "receive_goods", {"order": order, "posted_on": day})
        if price == "3":
            lines = [{"item": "WAX", "quantity": "5", "unit_price": "9"}]
            sold = {"customer": "C-200", "document_on": day, "lines": lines}
            keep("wax_out", "ship_goods", {"order": keep("wax_sold", "create_sales_order", sold), "posted_on": day})
    keep("cost_closing", "close_costs", {"period": "2026-02"})


def _abroad(plant: Plant, keep: Callable[[str, str, dict[str, Any]], str]) -> None:
    """A debt in dollars that was worth more at the end of its month, and was paid since."""
    for day, rate in (("2026-01-01", "7.1"), ("2026-01-31", "7.2")):
        dollars = {"from_currency": "USD", "to_currency": "CNY", "valid_on": day, "rate": rate}
        plant.give("put_exchange_rate", dollars, command_id=f"p-dollar-{day}")
    owed = {"party": "S-100", "amount": "100", "currency": "USD", "external_number": "US-7"}
    days = {"document_on": "2025-12-20", "due_on": "2026-01-31", "posted_on": "2026-01-02"}
    debt = keep("opening_payable", "book_opening_payable", {**owed, **days})
    keep("revaluation", "revalue_open_items", {"period": "2026-01"})
    paid = {"party": "S-100", "amount": "100", "posted_on": "2026-02-03", "currency": "USD"}
    keep("paid_dollars", "pay_supplier", {**paid, "allocations": [{"document": debt, "amount": "100"}]})


def _rent(plant: Plant) -> list[dict[str, Any]]:
    """A manual entry from the bank to the first expense account that takes postings."""
    roles = plant.gateway.query("account_roles", {}, principal=SYSTEM)
    bank = next(row["account_code"] for row in roles if row["role"] == "bank")
    chart = plant.gateway.query("accounts", {}, principal=SYSTEM)
    rent = next(row["code"] for row in chart if row["class"] == "expense" and row["postable"])
    return [{"account": rent, "debit": "800"}, {"account": bank, "credit": "800"}]
