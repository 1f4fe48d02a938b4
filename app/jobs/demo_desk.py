"""What lies on the desks of Lingang Pumps today: offers, parcels, cases, repairs, requests and counts, each a step on its way.

The past of the company (`demo_history`) is its bulk; this is one piece of each kind of work, so that every list has something to
open. Goods are taken only as far as nobody else waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.jobs.demo_company import Lingang
from app.jobs.demo_history import PREFIX, Delivery, Happening, History

_CARRIER: Final = "SF"
_PROMOTION: Final = "WINTER"
_COUPON: Final = "DONGJI"


class Desk:
    """Work that has begun in the last days and is not finished."""

    def __init__(self, company: Lingang, history: History, today: date) -> None:
        self._company = company
        self._history = history
        self._today = today
        self._data: dict[str, Any] = company.data["desk"]

    def happenings(self) -> Iterator[Happening]:
        """What was begun, in the order in which it was; read it after the history."""
        yield from self._agreements()
        goods = [code for code in self._company.sold if self._history.free(code) >= 3]
        if goods:
            yield from self._offers(goods)
            yield from self._parcels(goods)
            yield from self._instalments(goods[0])
        yield from self._after_sales(list(self._history.deliveries))
        yield from self._buying()
        yield from self._stock()

    def _day(self, days_ago: int) -> date:
        return self._today - timedelta(days=days_ago)

    def _do(self, days_ago: int, command: str, key: str, **data: Any) -> Happening:
        self._history.tallies[command] += 1
        return self._day(days_ago), command, data, f"{PREFIX}:desk:{key}"

    @staticmethod
    def _ref(key: str) -> str:
        """How later commands name the document of an earlier one."""
        return f"cmd:{PREFIX}:desk:{key}"

    # Agreements ------------------------------------------------------------------------------------------------------

    def _agreements(self) -> Iterator[Happening]:
        """Carriers, a service level, a promotion with its coupon, a budget of buying, and where orders go."""
        said, ago = self._data, 9
        for carrier in said["carriers"]:
            yield self._do(ago, "put_carrier", f"carrier:{carrier['code']}", **carrier)
        level = {**said["service_level"], "calendar": "DAY", "escalation_role": "executive"}
        yield self._do(ago, "put_service_level", "service-level", **level)
        span = {"valid_from": self._day(ago), "valid_to": self._day(-60)}
        promotion = {
            "code": _PROMOTION,
            "name": said["promotion"],
            "family": "FG",
            "effect": "percent_off",
            "rate": "0.05",
        }
        yield self._do(ago, "put_promotion", "promotion", **promotion, **span, needs_coupon=True, active=True)
        yield self._do(ago, "put_coupon", "coupon", code=_COUPON, promotion=_PROMOTION, use_limit=50)
        year = {"starts_on": date(self._today.year, 1, 1), "ends_on": date(self._today.year, 12, 31)}
        budget = {"code": "STD", "name": said["budget"], "family": "STD", "amount": "200000"}
        yield self._do(ago, "put_budget", "budget", **budget, **year)
        rule = {
            "code": "FG-SALES",
            "rank": 10,
            "family": "FG",
            "warehouse": "FGW",
            "department": "SALES",
            "queue": "clerk",
        }
        yield self._do(ago, "put_order_routing_rule", "routing", **rule, state="active")

    # Selling and shipping --------------------------------------------------------------------------------------------

    def _offers(self, goods: list[str]) -> Iterator[Happening]:
        """An offer that waits for its customer, and one that holds stock for him."""
        customers = self._company.customers
        first = [{"item": code, "quantity": 2 + index} for index, code in enumerate(goods[:2])]
        until = self._day(-25)
        yield self._do(
            5,
            "create_quotation",
            "offer",
            customer=customers[1].code,
            valid_until=until,
            coupons=[_COUPON],
            lines=first,
        )
        held = [{"item": goods[0], "quantity": 1}]
        yield self._do(3, "create_quotation", "held-offer", customer=customers[3].code, valid_until=until, lines=held)
        yield self._do(3, "reserve_quotation", "hold", quotation=self._ref("held-offer"), until=self._day(-7))

    def _parcels(self, goods: list[str]) -> Iterator[Happening]:
        """An order on its way to its customer, who may look where it is, and one that waits to be picked."""
        customers = self._company.customers
        line = {"item": goods[-1], "quantity": 1}
        due = {"due_on": self._day(-4), "channel": "phone"}
        yield self._do(3, "create_sales_order", "sent", customer=customers[0].code, lines=[line], **due)
        sent = self._ref("sent")
        yield self._do(
            3, "plan_delivery", "delivery", order=sent, carrier=_CARRIER, region="华东", **self._data["recipient"]
        )
        yield self._do(2, "release_wave", "wave", orders=[sent])
        scan = {"pick_list": self._first("PL"), "line": 1, "location": "FGW", "scanned": goods[-1], "quantity": 1}
        yield self._do(2, "confirm_pick", "pick", **scan)
        package = {"carrier": _CARRIER, "tracking_number": "SF1420000888123", "scale_weight_kg": "14.6"}
        yield self._do(2, "pack_parcel", "parcel", order=sent, **package)
        yield self._do(2, "hand_over_parcels", "hand-over", order=sent)
        yield self._do(2, "issue_customer_invoice", "invoice", order=sent)
        zone = ZoneInfo(self._company.data["company"]["time_zone"])
        for hour, (state, text, place) in zip((17, 20), self._data["news"], strict=True):
            at = datetime.combine(self._day(2), time(hour), zone)
            event = {"parcel": self._ref("parcel"), "state": state, "happened_at": at, "said": text, "place": place}
            yield self._do(1, "record_tracking_event", f"news:{state}", **event)
        yield self._do(1, "share_order", "share", order=sent)
        yield self._do(1, "create_sales_order", "to-pick", customer=customers[2].code, lines=[line], **due)
        yield self._do(1, "release_wave", "second-wave", orders=[self._ref("to-pick")])

    def _instalments(self, good: str) -> Iterator[Happening]:
        """A project's order: its deposit is paid, its goods are delivered, and the rest is due in two parts."""
        said = self._data["project"]
        parts = [
            {"share": "0.3", "due_from": "order"},
            {"share": "0.6", "due_days": 30},
            {"share": "0.1", "due_days": 365},
        ]
        yield self._do(9, "put_payment_term", "term", code="361", name=said["term"], instalments=parts)
        customer = {"code": "PROJECT", "name": said["customer"], "is_customer": True, "payment_term": "361"}
        yield self._do(9, "put_party", "project-customer", **customer)
        line = {"item": good, "quantity": 2, "unit_price": said["unit_price"]}
        yield self._do(6, "create_sales_order", "project", customer="PROJECT", lines=[line])
        ordered = self._ref("project")
        yield self._do(5, "receive_payment", "project-deposit", party="PROJECT", amount=said["deposit"], order=ordered)
        yield self._do(4, "ship_goods", "project-goods", order=ordered)
        yield self._do(4, "issue_customer_invoice", "project-invoice", order=ordered)

    def _first(self, prefix: str) -> str:
        """The number of the first document of a kind in this year."""
        return f"{prefix}-{self._day(2).year}-00001"

    # After-sales -----------------------------------------------------------------------------------------------------

    def _after_sales(self, deliveries: list[Delivery]) -> Iterator[Happening]:
        """Goods that came back and wait for a decision, a complaint, and a repair whose estimate the customer has."""
        kept = [delivery for delivery in deliveries if delivery.lines[0][1] >= 2 and delivery.day < self._day(7)]
        if len(kept) < 3:
            return
        returned, complained, broken = kept[-1], kept[-2], kept[-3]
        faults = self._data["faults"]
        yield self._case(6, "return", returned, faults[0])
        case = self._ref("case:return")
        yield self._do(5, "receive_case_goods", "case:goods", case=case)
        found = [{"line": 1, "quantity": 1, "finding": "repairable"}]
        yield self._do(4, "inspect_service_case", "case:findings", case=case, lines=found)
        yield self._case(2, "complaint", complained, faults[1])
        yield self._do(
            1, "answer_service_case", "case:answer", case=self._ref("case:complaint"), text=self._data["answer"]
        )
        yield self._case(3, "repair", broken, faults[2])
        yield self._do(3, "open_repair_order", "repair", case=self._ref("case:repair"), received_at="QA-2")
        repair = self._ref("repair")
        part = {"kind": "part", "item": "SEAL-A", "quantity": 1, "unit_price": "68", "warranty_share": "0.5"}
        labour = {
            "kind": "labour",
            "description": self._data["labour"],
            "quantity": "1.5",
            "unit_price": "120",
            "cost_per_hour": "55",
            "warranty_share": "0.5",
        }
        estimate = {"diagnosis": self._data["diagnosis"], "diagnosis_fee": "80", "lines": [part, labour]}
        yield self._do(2, "put_repair_estimate", "estimate", repair=repair, **estimate)
        yield self._do(2, "offer_repair_estimate", "repair-offer", repair=repair)
        yield self._do(2, "share_repair", "repair-share", repair=repair)

    def _case(self, days_ago: int, kind: str, delivery: Delivery, fault: str) -> Happening:
        lines = [{"line": 1, "quantity": 1, "fault": fault}]
        about = {"kind": kind, "reason": "defective", "against": delivery.reference, "lines": lines}
        return self._do(days_ago, "open_service_case", f"case:{kind}", **about)

    # Buying and stock ------------------------------------------------------------------------------------------------

    def _buying(self) -> Iterator[Happening]:
        """A need, a request that two suppliers answered, a blanket order, an order within its budget, and an announced delivery."""
        first, second = self._company.suppliers[:2]
        wanted = [{"item": first.items[0], "quantity": 40, "needed_by": self._day(-30), "reason": self._data["need"]}]
        yield self._do(2, "create_purchase_requisition", "need", lines=wanted)
        suppliers = [first.code, second.code]
        asked = [{"item": first.items[0], "quantity": 200}]
        yield self._do(6, "request_quotations", "request", suppliers=suppliers, lines=asked, answer_by=self._day(-5))
        cost = self._company.items[first.items[0]].cost
        for supplier, share, days in ((first, "0.98", 21), (second, "0.95", 35)):
            price = (cost * Decimal(share)).quantize(Decimal("0.01"))
            line = {"line": 1, "unit_price": price, "lead_time_days": days}
            yield self._do(
                3,
                "enter_supplier_quotation",
                f"answer:{supplier.code}",
                request=self._ref("request"),
                supplier=supplier.code,
                lines=[line],
            )
        agreed = [{"item": second.items[0], "quantity": 500, "unit_price": self._company.items[second.items[0]].cost}]
        span = {"valid_from": self._day(8), "valid_until": self._day(-180)}
        yield self._do(8, "create_blanket_order", "blanket", supplier=second.code, lines=agreed, **span)
        budgeted = next(item for item in self._company.items.values() if item.supplier and item.category == "STD")
        priced = [{"item": budgeted.code, "quantity": 100, "unit_price": budgeted.cost}]
        within = {"supplier": budgeted.supplier, "lines": priced, "document_on": self._day(4), "due_on": self._day(-14)}
        yield self._do(4, "create_purchase_order", "budgeted", **within)
        for order in self._history.underway()[:1]:
            reference = f"cmd:{PREFIX}:po:{order.number}"
            lines = [{"line": line.number, "quantity": line.quantity} for line in order.lines]
            yield self._do(1, "announce_delivery", "notice", order=reference, expected_on=self._day(-3), lines=lines)

    def _stock(self) -> Iterator[Happening]:
        """A supplier's goods on consignment, goods on the way between two places, and a sheet that is being counted."""
        owner = self._company.suppliers[0]
        lines = [{"item": owner.items[-1], "quantity": 30}]
        yield self._do(7, "receive_third_party_goods", "consignment", owner=owner.code, location="RM", lines=lines)
        moved = next(
            (i for i in self._company.items.values() if i.location == "RM" and self._history.free(i.code) >= 20), None
        )
        if moved is not None:
            sent = {"from_location": "RM", "to_location": "WIPS", "due_on": self._day(-1)}
            yield self._do(1, "send_transfer", "on-the-way", **sent, lines=[{"item": moved.code, "quantity": 5}])
        counted = list(owner.items[:4])
        yield self._do(0, "create_count_sheet", "sheet", location="RM", due_only=False, items=counted)
