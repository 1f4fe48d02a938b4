"""The demo company's master data: Lingang Pumps, a small maker of pumps whose names and parameters lie in data/samples/lingang.

Decides what follows from the data: standard costs rolled up from components and conversion, prices, expected use of each item, and
the planning parameters that go with it. What happens day by day is left to `demo_history`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, Final, Literal

from schemas.vocabulary.numbers import rounded, rounded_up

Size = Literal["small", "medium", "large"]
Order = tuple[str, dict[str, Any], str]

SAMPLE: Final = Path(__file__).resolve().parents[2] / "data" / "samples" / "lingang"
TAX_CODE: Final = "VAT13"
TAX_RATE: Final = Decimal("0.13")
DEALERS: Final = "DEALER"
_DECIMALS: Final = {"EA": 0, "KG": 3, "M": 3, "L": 3}
_LINES_AN_ORDER: Final = Decimal("1.88")
_SAFETY_DAYS: Final = 1
_REVIEW_DAYS: Final = 4
_MADE_LEAD_DAYS: Final = {"SEMI": 5, "FG": 4}
_COVER_DAYS: Final = {"SEMI": 8, "FG": 9}
_BOUGHT_COVER_DAYS: Final = 24


@dataclass(frozen=True)
class Customer:
    """A customer: how much he buys, when he pays, what he pays of the list price."""

    code: str
    name: str
    weight: int
    term: str
    days_late: int
    price_share: Decimal


@dataclass(frozen=True)
class Supplier:
    """A supplier: what he delivers and how punctual he is."""

    code: str
    name: str
    term: str
    lead_days: int
    on_time_share: float
    days_late: int
    items: tuple[str, ...]
    multiple: int


@dataclass
class Item:
    """An item with what planning needs to know of it."""

    code: str
    name: str
    name_zh: str
    category: str
    unit: str
    cost: Decimal
    components: dict[str, Decimal] = field(default_factory=dict)
    conversion: Decimal = Decimal(0)
    work_center: str | None = None
    run_minutes: int = 0
    shelf_life_days: int | None = None
    list_price: Decimal | None = None
    level: int = 0
    use_a_day: Decimal = Decimal(0)
    lead_days: int = 0
    multiple: int = 1
    supplier: str | None = None
    location: str = ""

    @property
    def made(self) -> bool:
        """Whether the company makes it."""
        return bool(self.components)

    @property
    def decimals(self) -> int:
        """Decimals of the stocking unit."""
        return _DECIMALS[self.unit]

    def requirement(self, component: str, quantity: Decimal, decimals: int) -> Decimal:
        """How much of a component a quantity takes, as a production order counts it."""
        return rounded_up(self.components[component] * quantity, decimals)

    @property
    def reorder_point(self) -> Decimal:
        """Use during lead time, review and safety days, in whole units."""
        return _whole(self.use_a_day * (self.lead_days + _REVIEW_DAYS + _SAFETY_DAYS))

    @property
    def target(self) -> Decimal:
        """The quantity that an order fills up to."""
        cover = _COVER_DAYS[self.category] if self.made else _BOUGHT_COVER_DAYS
        return self.reorder_point + _whole(self.use_a_day * cover)


def _whole(quantity: Decimal) -> Decimal:
    return quantity.to_integral_value(ROUND_CEILING)


class Lingang:
    """The company of one size."""

    def __init__(self, size: Size) -> None:
        self.data: dict[str, Any] = _read("company.json")
        scale = self.data["sizes"][size]
        self.orders_a_day: float = scale["orders_a_day"]
        parties = _read("parties.json")
        self.customers = [
            Customer(code, name, weight, term, late, Decimal(str(share)))
            for code, name, weight, term, late, share in parties["customers"][: scale["customers"]]
        ]
        self.suppliers = [
            Supplier(code, name, term, lead, on_time, late, tuple(items), multiple)
            for code, name, term, lead, on_time, late, items, multiple in parties["suppliers"]
        ]
        self.items: dict[str, Item] = {}
        self.sold: dict[str, dict[str, Any]] = {}
        self._load_items(_read("items.json"))
        self.holidays = {date.fromisoformat(day) for day, _ in self.data["holidays"]}
        self.by_level = sorted(self.items.values(), key=lambda item: (item.level, item.code))

    def _load_items(self, data: dict[str, Any]) -> None:
        places = {row["code"]: row["location"] for row in self.data["categories"]}
        for code, name, name_zh, category, unit, cost, *shelf_life in data["bought"]:
            life = shelf_life[0] if shelf_life else None
            item = Item(code, name, name_zh, category, unit, Decimal(cost), shelf_life_days=life)
            self.items[code] = item
        for code, name, name_zh, category, conversion, center, minutes, components in data["made"]:
            parts = {part: Decimal(quantity) for part, quantity in components.items()}
            cost = sum((self.items[p].cost * q for p, q in parts.items()), Decimal(conversion))
            item = Item(
                code, name, name_zh, category, "EA", rounded(cost, 2), parts, Decimal(conversion), center, minutes
            )
            item.lead_days = _MADE_LEAD_DAYS[category]
            self.items[code] = item
        for item in self.items.values():
            item.location = places[item.category]
        for supplier in self.suppliers:
            for code in supplier.items:
                item = self.items[code]
                item.supplier, item.lead_days, item.multiple = supplier.code, supplier.lead_days, supplier.multiple
        self.sold = data["sold"]
        for code, terms in self.sold.items():
            item = self.items[code]
            item.list_price = rounded(item.cost * Decimal(str(terms["markup"])) / 10, 0) * 10
        self._expect_use()

    def _expect_use(self) -> None:
        """Explode what is expected to be sold into the use of every item, by calendar day, and number the levels."""
        weights = sum(terms["weight"] for terms in self.sold.values())
        orders = Decimal(str(self.orders_a_day)) * 5 / 7
        use: dict[str, Decimal] = defaultdict(Decimal)
        for code, terms in self.sold.items():
            low, high = terms["pieces"]
            use[code] += orders * _LINES_AN_ORDER * terms["weight"] / weights * (low + high) / 2
        for item in reversed(self.items.values()):
            item.use_a_day = use[item.code]
            for part, quantity in item.components.items():
                use[part] += use[item.code] * quantity
                self.items[part].level = max(self.items[part].level, item.level + 1)

    @property
    def sales_a_day(self) -> Decimal:
        """Expected sales of a calendar day at list price, without growth and season."""
        weights = sum(terms["weight"] for terms in self.sold.values())
        orders = Decimal(str(self.orders_a_day)) * 5 / 7 * _LINES_AN_ORDER
        total = Decimal(0)
        for code, terms in self.sold.items():
            price = self.items[code].list_price
            assert price is not None
            total += orders * terms["weight"] / weights * sum(terms["pieces"]) / 2 * price
        return total

    @property
    def conversion_a_day(self) -> Decimal:
        """Expected conversion cost of a calendar day: what making the expected use costs beside material."""
        return sum((item.use_a_day * item.conversion for item in self.items.values()), Decimal(0))

    # Commands --------------------------------------------------------------------------------------------------------

    def commands(self, start: date) -> Iterator[Order]:
        """All master data in the order in which one part needs another: command, data, key."""
        yield from self._places_and_people()
        for row in self.data["categories"]:
            data = {key: value for key, value in row.items() if key != "location"}
            yield "put_item_category", data, f"category:{row['code']}"
        for item in self.items.values():
            yield "put_item", self._item(item), f"item:{item.code}"
        for item in self.items.values():
            if item.made:
                yield from self._structure(item, start)
        yield from self._prices_and_parties(start)

    def _places_and_people(self) -> Iterator[Order]:
        for row in self.data["locations"]:
            yield "put_location", {**row, "site": "MAIN", "parent": "MAIN"}, f"location:{row['code']}"
        hours = {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
        days = [{"on_date": day, "working": False, "name": name} for day, name in self.data["holidays"]]
        calendar = {"code": "DAY", "name": "白班 Day shift", "weekly_hours": hours, "exceptions": days}
        yield "put_calendar", calendar, "calendar"
        for row in self.data["work_centers"]:
            data = {**row, "site": "MAIN", "calendar": "DAY", "weekly_minutes": 2400}
            yield "put_work_center", data, f"work-center:{row['code']}"
        for row in self.data["departments"]:
            yield "put_department", row, f"department:{row['code']}"
        for number, (name, title, department, pay) in enumerate(self.data["employees"], start=1):
            data = {
                "code": f"E{number:03d}",
                "name": name,
                "job_title": title,
                "department": department,
                "identity_number": f"DEMO-{number:04d}",
                "hourly_pay": pay,
            }
            yield "put_employee", data, f"employee:{number}"

    def _item(self, item: Item) -> dict[str, Any]:
        return {
            "code": item.code,
            "name": item.name,
            "name_zh": item.name_zh,
            "category": item.category,
            "unit": item.unit,
            "source": "make" if item.made else "buy",
            "lot_tracked": item.shelf_life_days is not None,
            "shelf_life_days": item.shelf_life_days,
            "standard_cost": item.cost,
            "list_price": item.list_price,
            "tax_code": TAX_CODE,
            "lead_time_days": item.lead_days,
            "safety_stock": _whole(item.use_a_day * _SAFETY_DAYS),
            "reorder_point": item.reorder_point,
            "lot_multiple": item.multiple,
        }

    def _structure(self, item: Item, start: date) -> Iterator[Order]:
        lines = [{"component": part, "quantity_per": quantity} for part, quantity in item.components.items()]
        data = {"item": item.code, "revision": "A", "effective_from": start, "lines": lines}
        yield "create_bom_revision", data, f"bom:{item.code}"
        step = {
            "operation": 10,
            "name": item.name_zh,
            "work_center": item.work_center,
            "setup_minutes": 20,
            "run_minutes": item.run_minutes,
        }
        yield "put_routing", {"item": item.code, "steps": [step]}, f"routing:{item.code}"

    def _prices_and_parties(self, start: date) -> Iterator[Order]:
        lines = []
        for code in self.sold:
            price = self.items[code].list_price
            assert price is not None
            lines.append({"item": code, "unit_price": rounded(price * Decimal("0.96"), 2), "valid_from": start})
        data = {"code": DEALERS, "name": "经销价 Dealer prices", "currency": "CNY", "lines": lines}
        yield "put_price_list", data, "price-list"
        for customer in self.customers:
            data = {
                "code": customer.code,
                "name": customer.name,
                "is_customer": True,
                "payment_term": customer.term,
                "tax_code": TAX_CODE,
                "price_list": DEALERS if customer.price_share < 1 else None,
            }
            yield "put_party", data, f"customer:{customer.code}"
        for supplier in self.suppliers:
            data = {
                "code": supplier.code,
                "name": supplier.name,
                "is_supplier": True,
                "payment_term": supplier.term,
                "tax_code": TAX_CODE,
            }
            yield "put_party", data, f"supplier:{supplier.code}"
            for code in supplier.items:
                yield "put_supplier_item", self._terms(supplier, code, start), f"terms:{code}"

    def _terms(self, supplier: Supplier, code: str, start: date) -> dict[str, Any]:
        cost = self.items[code].cost
        breaks = [
            {"unit_price": cost, "valid_from": start},
            {
                "from_quantity": supplier.multiple * 20,
                "unit_price": rounded(cost * Decimal("0.97"), 2),
                "valid_from": start,
            },
        ]
        return {
            "supplier": supplier.code,
            "item": code,
            "lead_time_days": supplier.lead_days,
            "min_lot": supplier.multiple,
            "lot_multiple": supplier.multiple,
            "prices": breaks,
        }


def _read(name: str) -> dict[str, Any]:
    return json.loads((SAMPLE / name).read_text(encoding="utf-8"))
