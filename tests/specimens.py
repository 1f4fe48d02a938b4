"""One good example of every command, with what must be there before it; conformance and fault tests go through all of them.

A new command without a specimen fails `tests/architecture/test_conformance.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final

from tests.company import Company
from tests.makers import (
    CHECKER,
    advanced_issue,
    announced,
    at_customer,
    averaged,
    below_minimum,
    billed,
    blanket,
    changed_order,
    claimed,
    consigned,
    count_sheet,
    counted,
    counted_line,
    deposited,
    held_quotation,
    invoiced,
    issued,
    offered,
    on_its_way,
    on_the_way,
    ordering_form,
    outside_order,
    owed_abroad,
    packed,
    picked,
    prepaid,
    production_order,
    purchase_order,
    pushed,
    quotation,
    received,
    released_order,
    requisition,
    sales_order,
    shipped,
    short_order,
    stocked,
    to_drop,
    to_pick,
    to_ship,
    tracker,
    two_places,
    waiting_bill,
    waiting_count,
)
from tests.planning_specimens import PLANNING
from tests.service_specimens import SERVICE
from tests.shop_case import message_put_aside, message_to_book, open_shop
from tests.specimen import Specimen, plain

HASH: Final = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$aGFzaA"


def _approval(works: Company) -> dict[str, Any]:
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    sales_order(works)
    request = works.ask_table("approval_request")[0]["id"]
    return {"request": request, "approve": True, "reason": "fine"}


def _open_order(works: Company) -> dict[str, Any]:
    sales_order(works, reserve=False)
    return {"items": ["PART"]}


def _routing_draft(works: Company) -> dict[str, Any]:
    works.do("put_order_routing_rule", code="ALL", queue="clerk")
    return {"rules": ["ALL"]}


def _order_to_reroute(works: Company) -> dict[str, Any]:
    order = sales_order(works)
    works.do("put_order_routing_rule", code="ALL", queue="clerk", state="active")
    return {"order": order}


def _routed_order(works: Company) -> dict[str, Any]:
    order = _order_to_reroute(works)["order"]
    return {"order": order, "line": 1, "queue": "planner", "reason": "the plant has to look at it"}


def _inbox_item(works: Company) -> dict[str, Any]:
    _approval(works)
    return {"inbox_item": works.ask_table("inbox_item")[0]["id"]}


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


def _borne_bill(works: Company) -> dict[str, Any]:
    bill = waiting_bill(works)
    works.do("put_purchasing_policy", price_tolerance_rate="0.5")
    return {"bill": bill}


def _order(make: Callable[..., int], **data: Any) -> Specimen:
    return Specimen(lambda works: {"order": make(works, **data)})


FOUNDING: Final = {"name": "Second works", "first_fiscal_year": 2026, "last_fiscal_year": 2026}


def _to_take_back(works: Company) -> dict[str, Any]:
    outside_order(works, sent=True)
    return {"supplier": "SMITH", "lines": [{"item": "PART", "quantity": 3}]}


SPECIMENS: Final[dict[str, Specimen]] = {
    "put_company_profile": plain(name="Kettle Works", tax_number="91310000MA1K00000X", phone="021-5000"),
    "put_role": plain(code="keeper", name="Store keeper", permissions=["inventory.*"]),
    "put_user": plain(login="li", name="Li", roles=["clerk"]),
    "set_password": Specimen(
        lambda works: (
            works.do("put_user", login="li", name="Li", roles=["clerk"]) and {"login": "li", "password_hash": HASH}
        )
    ),
    "put_order_routing_rule": plain(code="NEAR", region="CN-GD", warehouse="MAIN", queue="clerk"),
    "activate_order_routing_rules": Specimen(_routing_draft),
    "reroute_sales_order": Specimen(_order_to_reroute),
    "override_order_routing": Specimen(_routed_order),
    "put_approval_rule": plain(command="confirm_sales_order", approver_role="executive", amount_above="1000"),
    "decide_approval": Specimen(_approval, CHECKER),
    "set_read_only": plain(reason="the auditor is here"),
    "close_inbox_item": Specimen(_inbox_item, CHECKER),
    "put_unit": plain(code="PAIR", name="Pair"),
    "put_unit_conversion": plain(from_unit="BOX", to_unit="EA", numerator=12),
    "put_site": plain(code="S2", name="Second site"),
    "put_location": plain(code="BIN1", name="First bin", site="MAIN"),
    "put_calendar": plain(
        code="WEEK",
        name="Week",
        weekly_hours={"mon": [["08:00", "16:00"]]},
        exceptions=[{"on_date": "2026-10-01", "name": "National day"}],
    ),
    "put_tax_code": plain(code="VAT5", name="VAT 5 %", rate="0.05"),
    "put_payment_term": plain(
        code="HALVES", name="Half now", instalments=[{"share": "0.5"}, {"share": "0.5", "due_days": 90}]
    ),
    "put_party": plain(code="NEW", name="New customer", is_customer=True),
    "put_credit_terms": plain(customer="CUS", credit_limit="5000", overdue_grace_days=10),
    "put_item_substitute": plain(item="PART", substitute="GOOD", ratio="0.5"),
    "put_item_category": plain(code="AUX", name="Auxiliaries"),
    "put_item": plain(code="BOLT", name="Bolt", category="RAW", unit="EA"),
    "put_supplier_item": plain(supplier="SUP", item="PART", prices=[{"unit_price": "3"}]),
    "put_price_list": plain(
        code="LIST",
        name="List",
        currency="CNY",
        lines=[{"item": "GOOD", "unit_price": "19", "valid_from": "2026-01-01"}],
    ),
    "create_bom_revision": plain(
        item="GOOD", revision="2", effective_from="2026-07-01", lines=[{"component": "PART", "quantity_per": 3}]
    ),
    "put_work_center": plain(code="SAW", name="Saw"),
    "put_routing": Specimen(
        lambda works: (
            works.do("put_work_center", code="SAW", name="Saw")
            and {"item": "GOOD", "steps": [{"operation": 10, "name": "Saw", "work_center": "SAW"}]}
        )
    ),
    "put_exchange_rate": plain(from_currency="USD", to_currency="CNY", valid_on="2026-06-15", rate="7.1"),
    "put_department": plain(code="D1", name="Shop"),
    "put_employee": plain(code="E1", name="Zhao", identity_number="110101199003070000", hourly_pay="31.4159"),
    "put_storage_rule": plain(category="RAW", picking_strategy="first_in", put_away_strategy="same_item"),
    "book_opening_stock": plain(lines=[{"item": "PART", "location": "MAIN", "quantity": 7, "unit_cost": "3.33"}] * 2),
    "book_opening_receivable": plain(
        party="CUS", amount="45.60", external_number="A-1", document_on="2026-05-01", due_on="2026-06-01"
    ),
    "book_opening_payable": plain(
        party="SUP", amount="78.90", external_number="B-1", document_on="2026-05-01", due_on="2026-06-01"
    ),
    "book_opening_balances": plain(lines=[{"account": "1002", "debit": "100"}, {"account": "4001", "credit": "70.50"}]),
    "put_count_class": plain(
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
    "receive_third_party_goods": plain(owner="CUS", lines=[{"item": "GOOD", "quantity": 3, "location": "MAIN"}] * 2),
    "issue_before_receipt": Specimen(
        lambda works: {
            "purpose": "production",
            "order": released_order(works),
            "expected": purchase_order(works),
            "note": "The line stands",
            "lines": [{"item": "PART", "quantity": 4, "location": "MAIN"}],
        }
    ),
    "settle_advance_issue": Specimen(lambda works: {"advance_issue": advanced_issue(works, counted=True)}),
    "take_advance_back": Specimen(
        lambda works: {
            "advance_issue": advanced_issue(works),
            "reason": "brought_back",
            "lines": [{"line": 1, "quantity": 2}],
        }
    ),
    "return_third_party_goods": Specimen(lambda works: consigned(works) and {"owner": "SUP"}),
    "take_over_consignment": Specimen(
        lambda works: (
            consigned(works)
            and {
                "supplier": "SUP",
                "lines": [{"item": "PART", "quantity": 7, "unit_price": "3.33"}] * 2,
            }
        )
    ),
    "send_consignment": Specimen(
        lambda works: at_customer(works) or {"customer": "CUS", "lines": [{"item": "PART", "quantity": 4}] * 2}
    ),
    "report_consumption": Specimen(
        lambda works: (
            at_customer(works)
            or {"customer": "CUS", "lines": [{"item": "PART", "quantity": 4, "unit_price": "5.57"}] * 2}
        )
    ),
    "mark_drop_shipment": Specimen(
        lambda works: {"order": sales_order(works), "lines": [{"line": 2, "supplier": "SUP"}]}
    ),
    "order_drop_shipment": Specimen(lambda works: {"order": to_drop(works)}),
    "confirm_drop_shipment": Specimen(
        lambda works: {
            "order": works.do("order_drop_shipment", order=to_drop(works)).data["documents"][0],
            "waybill": "SF1",
            "lines": [{"line": 1, "quantity": 4}] * 2,
        }
    ),
    "take_consignment_back": Specimen(lambda works: at_customer(works) or {"customer": "CUS"}),
    **SERVICE,
    "put_carrier": plain(
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
    "requisition_below_minimum": Specimen(below_minimum),
    "create_purchase_requisition": plain(
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
    "create_blanket_order": plain(
        supplier="SUP", valid_until="2026-12-31", lines=[{"item": "PART", "quantity": 100, "unit_price": "2.75"}] * 2
    ),
    "confirm_blanket_order": Specimen(lambda works: {"blanket": blanket(works, confirm=False)}),
    "cancel_blanket_order": Specimen(lambda works: {"blanket": blanket(works)}),
    "close_blanket_order": Specimen(lambda works: {"blanket": blanket(works)}),
    "call_off_blanket_order": Specimen(
        lambda works: {"blanket": blanket(works), "lines": [{"line": 1, "quantity": 40}]}
    ),
    "create_purchase_order": plain(supplier="SUP", lines=[{"item": "PART", "quantity": 10, "unit_price": "3.33"}] * 2),
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
    "create_quotation": plain(customer="CUS", lines=[{"item": "PART", "quantity": 4}] * 2),
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
    "put_budget": plain(code="RAW26", name="Raw 2026", starts_on="2026-01-01", ends_on="2026-12-31", amount="1000"),
    "put_promotion": plain(
        code="SPRING", name="Spring sale", valid_from="2026-01-01", effect="percent_off", rate="0.1", active=True
    ),
    "put_coupon": Specimen(
        lambda works: (
            works.do(
                "put_promotion",
                code="CARD",
                name="With a card",
                valid_from="2026-01-01",
                effect="order_percent_off",
                rate="0.05",
                needs_coupon=True,
            )
            and {"code": "CARD-1", "promotion": "CARD", "use_limit": 1}
        )
    ),
    "put_purchasing_policy": plain(supplier="SUP", over_receipt_rate="0.05", blind_count=True),
    "create_sales_order": Specimen(
        lambda works: stocked(works) or {"customer": "CUS", "lines": [{"item": "PART", "quantity": 4}] * 2}
    ),
    "confirm_sales_order": _order(sales_order, confirm=False),
    "reserve_sales_order": _order(sales_order, reserve=False),
    "share_ordering_form": plain(customer="CUS"),
    "revoke_ordering_forms": Specimen(lambda works: {"customer": "CUS"} if ordering_form(works) else {}),
    "order_by_form": Specimen(
        lambda works: {"form": ordering_form(works), "lines": [{"item": "PART", "quantity": 3}], "reference": "HIS-7"}
    ),
    "reserve_quotation": Specimen(lambda works: stocked(works) or {"quotation": quotation(works)}),
    "release_reservations": Specimen(lambda works: {"document": held_quotation(works)}),
    "release_expired_reservations": plain(most=5),
    "reserve_open_orders": Specimen(_open_order),
    "take_over_reservations": Specimen(lambda works: {"order": short_order(works), "reason": "the line stands still"}),
    "cancel_sales_order": _order(sales_order),
    "change_sales_order": Specimen(
        lambda works: {
            "order": sales_order(works),
            "reason": "he rang",
            "lines": [{"line": 1, "quantity": 12}, {"line": 2, "cancel": True}],
            "added": [{"item": "PART", "quantity": 1}],
            "address": "2 New Road",
        }
    ),
    "withdraw_order_change": _order(changed_order),
    "close_sales_order": _order(sales_order),
    "ship_goods": _order(sales_order),
    "create_production_order": plain(item="GOOD", quantity=10),
    "release_production_order": _order(production_order, release=False),
    "cancel_production_order": _order(production_order),
    "issue_material": _order(production_order),
    "complete_production": Specimen(
        lambda works: {"order": production_order(works), "quantity": 6, "scrapped_quantity": 1, "backflush": True}
    ),
    "close_production_order": _order(issued),
    "put_account": plain(
        code="9001",
        name_en="Extra",
        name_zh_hans="另",
        name_zh_hant="另",
        account_class="asset",
        normal_side="debit",
    ),
    "assign_account_role": plain(role="cash", account="1001"),
    "create_fiscal_year": plain(starts_on="2028-01-01"),
    "close_fiscal_year": Specimen(_year_with_sales),
    "lock_period": plain(period="2025-01"),
    "unlock_period": Specimen(_locked),
    "post_manual_entry": plain(
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
    "revalue_open_items": Specimen(owed_abroad),
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
    **PLANNING,
    "put_shop": plain(code="TEA", name="Tea shop", system="shopify", customer="CUS", secret="hush"),
    "put_shop_item": Specimen(
        lambda works: message_put_aside(works) and {"shop": "TEA", "external_id": "NO-SUCH", "item": "PART"}
    ),
    "receive_shop_message": Specimen(
        lambda works: (
            open_shop(works)
            or {"shop": "TEA", "delivery_id": "d-1", "topic": "orders/create", "source": "webhook", "body": "e30="}
        )
    ),
    "book_shop_message": Specimen(message_to_book),
    "set_shop_message_aside": Specimen(
        lambda works: {**message_to_book(works), "reason": "incident", "detail": "as if"}
    ),
    "retry_shop_message": Specimen(message_put_aside),
    "discard_shop_message": Specimen(lambda works: {**message_put_aside(works), "reason": "a trial"}),
    "count_rejected_deliveries": Specimen(lambda works: open_shop(works) or {"shop": "TEA", "delivery_count": 3}),
    "decide_quarantine": plain(
        table_name="stock_move", row_key="7", rule="value present", decision="release", reason="seen on paper"
    ),
}
