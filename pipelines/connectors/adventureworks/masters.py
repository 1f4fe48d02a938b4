"""Master data of AdventureWorks as commands: units, categories, items, structures, parties, terms, places, people, rates.

Decided here: which category an item falls into and how it is valued, where its stock stands, what a party is called. What
happened day by day is left to `documents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from pipelines.connectors.adventureworks.read import Row
from pipelines.connectors.translation import Findings, Source, TranslatedCommand

PREFIX: Final = "adventureworks"
OPENED_ON: Final = date(2011, 4, 1)
PRICE_LIST: Final = "LIST"
_DECIMALS_BY_UNIT: Final = dict.fromkeys(("CM", "DM", "FT3", "GAL", "KG", "KM", "L", "LB", "M", "M2", "M3", "PT"), 3)
_GRAMS_BY_UNIT: Final = {"G": Decimal(1), "LB": Decimal("453.59237")}
_HOURS_A_DAY: Final = ("08:00", "16:00")


def item_code(product: Row) -> str:
    """The code of an item: the product's number."""
    return product["productnumber"]


def location_code(location_id: int) -> str:
    """The code of a storage place."""
    return f"L{location_id:02d}"


def customer_code(customer_id: int) -> str:
    """The code of a customer."""
    return f"C{customer_id:05d}"


def supplier_code(vendor: Row) -> str:
    """The code of a supplier: the vendor's account number."""
    return vendor["accountnumber"]


def home_locations(tables: dict[str, list[Row]]) -> dict[int, str]:
    """Where each product stands: the place that holds most of it in the files' own stock list, the lowest number first."""
    best: dict[int, tuple[Decimal, int]] = {}
    for row in tables["productinventory"]:
        rank = (row["quantity"] or Decimal(0), -row["locationid"])
        best[row["productid"]] = max(best.get(row["productid"], rank), rank)
    return {product: location_code(-rank[1]) for product, rank in best.items()}


class Masters:
    """Translates master data of one set of files."""

    def __init__(self, tables: dict[str, list[Row]], findings: Findings, as_of: date) -> None:
        self._tables = tables
        self._findings = findings
        self.as_of = as_of
        self.products: dict[int, Row] = {row["productid"]: row for row in tables["product"]}
        self.vendors: dict[int, Row] = {row["businessentityid"]: row for row in tables["vendor"]}
        self._units = self._stocking_units()

    def _command(self, name: str, key: object, data: dict[str, Any], *sources: Source) -> TranslatedCommand:
        return TranslatedCommand(name, data, f"{PREFIX}:{key}", OPENED_ON, sources)

    def company(self, last_year: int) -> TranslatedCommand:
        """The company itself: dollars, the generic chart, English, calendar years."""
        data = {
            "name": "Adventure Works Cycles",
            "currency": "USD",
            "country": "US",
            "time_zone": "America/Los_Angeles",
            "chart": "generic",
            "language": "en",
            "first_fiscal_year": OPENED_ON.year,
            "last_fiscal_year": last_year,
        }
        return self._command("found_company", "company", data)

    def commands(self, first_orders: dict[int, date]) -> Iterator[TranslatedCommand]:
        """All master data in the order in which one part needs another.

        Args:
            first_orders: the day of each customer's first order; one who orders after the last day of the stream is left out.
        """
        yield from self._unit_commands()
        yield from self._places()
        yield from self._categories()
        yield from self._items()
        yield from self._structures()
        yield from self._list_prices()
        yield from self._suppliers()
        yield from self._supplier_items()
        yield from self._customers(first_orders)
        yield from self._people()
        yield from self._rates()

    def _stocking_units(self) -> dict[int, str]:
        """The unit in which bills of material count a product; each where none does."""
        return {row["componentid"]: row["unitmeasurecode"] for row in self._tables["billofmaterials"]}

    def _unit_commands(self) -> Iterator[TranslatedCommand]:
        for row in self._tables["unitmeasure"]:
            code = row["unitmeasurecode"]
            data = {"code": code, "name": row["name"], "decimals": _DECIMALS_BY_UNIT.get(code, 0)}
            yield self._command("put_unit", f"unit:{code}", data, ("unitmeasure", 1))

    def _places(self) -> Iterator[TranslatedCommand]:
        hours = {day: [_HOURS_A_DAY] for day in ("mon", "tue", "wed", "thu", "fri")}
        yield self._command("put_calendar", "calendar", {"code": "DAY", "name": "Day shift", "weekly_hours": hours})
        for row in self._tables["location"]:
            code = location_code(row["locationid"])
            data = {"code": code, "name": row["name"], "site": "MAIN", "parent": "MAIN"}
            yield self._command("put_location", f"location:{row['locationid']}", data, ("location", 1))
            if row["costrate"] > 0:
                center = {
                    "code": f"WC{row['locationid']:02d}",
                    "name": row["name"],
                    "site": "MAIN",
                    "calendar": "DAY",
                    "cost_per_hour": row["costrate"],
                    "weekly_minutes": int(row["availability"] * 60),
                }
                yield self._command("put_work_center", f"work-center:{row['locationid']}", center)

    def _categories(self) -> Iterator[TranslatedCommand]:
        for code, name, method, role in (
            ("RAW", "Purchased components", "moving_average", "inventory_raw"),
            ("SEMI", "Semi-finished parts", "moving_average", "inventory_semi_finished"),
        ):
            data = {"code": code, "name": name, "valuation_method": method, "inventory_role": role}
            yield self._command("put_item_category", f"category:{code}", data)
        for row in self._tables["productcategory"]:
            data = {"code": f"C{row['productcategoryid']}", "name": row["name"], "inventory_role": "inventory_finished"}
            key = f"category:{row['productcategoryid']}"
            yield self._command("put_item_category", key, data, ("productcategory", 1))
        made = {p["productsubcategoryid"] for p in self._tables["product"] if p["makeflag"] == "true"}
        for row in self._tables["productsubcategory"]:
            number = row["productsubcategoryid"]
            data = {
                "code": f"S{number:02d}",
                "name": row["name"],
                "parent": f"C{row['productcategoryid']}",
                "valuation_method": "standard" if number in made else "fifo",
                "inventory_role": "inventory_finished",
            }
            yield self._command("put_item_category", f"subcategory:{number}", data, ("productsubcategory", 1))

    def _items(self) -> Iterator[TranslatedCommand]:
        leads: dict[int, int] = {}
        for row in self._tables["productvendor"]:
            leads[row["productid"]] = min(leads.get(row["productid"], 3650), row["averageleadtime"])
        for row in self._tables["product"]:
            made = row["makeflag"] == "true"
            subcategory = row["productsubcategoryid"]
            data = {
                "code": item_code(row),
                "name": row["name"],
                "category": f"S{subcategory:02d}" if subcategory else "SEMI" if made else "RAW",
                "unit": self._units.get(row["productid"], "EA"),
                "source": "make" if made else "buy",
                "standard_cost": row["standardcost"],
                "list_price": row["listprice"] or None,
                "safety_stock": row["safetystocklevel"],
                "reorder_point": row["reorderpoint"],
                "lead_time_days": row["daystomanufacture"] if made else leads.get(row["productid"], 0),
                "weight_kg": _kilograms(row["weight"], row["weightunitmeasurecode"]),
            }
            yield self._command("put_item", f"item:{row['productid']}", data, ("product", 1))

    def discontinued(self) -> Iterator[TranslatedCommand]:
        """Items whose sale has ended by the last day of the stream; said last, because they were sold before."""
        for row in self._tables["product"]:
            if row["sellenddate"] is not None and row["sellenddate"] < self.as_of:
                data = {"code": item_code(row), "active": False}
                key = f"{PREFIX}:item:{row['productid']}:discontinued"
                yield TranslatedCommand("put_item", data, key, self.as_of)

    def _structures(self) -> Iterator[TranslatedCommand]:
        by_assembly: dict[int, list[Row]] = {}
        for row in self._tables["billofmaterials"]:
            key, number = row["billofmaterialsid"], row["productassemblyid"]
            if number is None:
                reason = "no assembly: the row marks a product that is sold, which the item itself says"
                self._findings.homeless["billofmaterials (top level)"] = (
                    self._findings.homeless.get("billofmaterials (top level)", (0, ""))[0] + 1,
                    reason,
                )
            elif number not in self.products or row["componentid"] not in self.products:
                self._findings.reject("billofmaterials", key, row["componentid"], "the product is not in the files")
            elif row["enddate"] is not None and row["enddate"] < row["startdate"]:
                self._findings.reject("billofmaterials", key, row["enddate"], "ends before it starts")
            else:
                by_assembly.setdefault(number, []).append(row)
        for number, rows in by_assembly.items():
            rows.sort(key=lambda r: (r["startdate"], r["billofmaterialsid"]))
            data = {
                "item": item_code(self.products[number]),
                "revision": "1",
                "effective_from": rows[0]["startdate"],
                "lines": [self._component(row) for row in rows],
            }
            key = f"bom:{number}"
            yield self._command("create_bom_revision", key, data, ("billofmaterials", len(rows)))

    def _component(self, row: Row) -> dict[str, Any]:
        """A component line; the file's last day is inclusive, the product's is the first day it holds no more."""
        end = row["enddate"]
        return {
            "component": item_code(self.products[row["componentid"]]),
            "quantity_per": row["perassemblyqty"],
            "effective_from": row["startdate"],
            "effective_to": end + timedelta(days=1) if end is not None else None,
        }

    def _list_prices(self) -> Iterator[TranslatedCommand]:
        rows = self._tables["productlistpricehistory"]
        lines = [
            {
                "item": item_code(self.products[row["productid"]]),
                "unit_price": row["listprice"],
                "valid_from": row["startdate"],
                "valid_to": row["enddate"] + timedelta(days=1) if row["enddate"] is not None else None,
            }
            for row in rows
        ]
        data = {"code": PRICE_LIST, "name": "List prices", "currency": "USD", "lines": lines}
        yield self._command("put_price_list", "price-list", data, ("productlistpricehistory", len(rows)))

    def _suppliers(self) -> Iterator[TranslatedCommand]:
        for row in self._tables["vendor"]:
            data = {
                "code": supplier_code(row),
                "name": row["name"],
                "is_supplier": True,
                "payment_term": "NET30",
            }
            yield self._command("put_party", f"vendor:{row['businessentityid']}", data, ("vendor", 1))

    def _supplier_items(self) -> Iterator[TranslatedCommand]:
        ranked: dict[int, list[Row]] = {}
        for row in self._tables["productvendor"]:
            if row["businessentityid"] not in self.vendors or row["productid"] not in self.products:
                key = f"{row['productid']}-{row['businessentityid']}"
                self._findings.reject("productvendor", key, key, "vendor or product is not in the files")
                continue
            ranked.setdefault(row["productid"], []).append(row)
        for product, rows in ranked.items():
            rows.sort(key=lambda r: (r["standardprice"], r["businessentityid"]))
            for priority, row in enumerate(rows, start=1):
                vendor = self.vendors[row["businessentityid"]]
                counted_alike = row["unitmeasurecode"] == self._units.get(product, "EA")
                data = {
                    "supplier": supplier_code(vendor),
                    "item": item_code(self.products[product]),
                    "lead_time_days": row["averageleadtime"],
                    "min_lot": (row["minorderqty"] or None) if counted_alike else None,
                    "max_lot": (row["maxorderqty"] or None) if counted_alike else None,
                    "priority": priority,
                    "active": vendor["activeflag"] == "true",
                    "prices": [{"unit_price": row["standardprice"], "valid_from": OPENED_ON}],
                }
                key = f"supplier-item:{product}:{row['businessentityid']}"
                yield self._command("put_supplier_item", key, data, ("productvendor", 1))

    def _customers(self, first_orders: dict[int, date]) -> Iterator[TranslatedCommand]:
        stores = {row["businessentityid"]: row["name"] for row in self._tables["store"]}
        countries = {row["territoryid"]: row["countryregioncode"] for row in self._tables["salesterritory"]}
        self._findings.rows_read["store"] = len(stores)
        seen_stores: set[int] = set()
        for row in self._tables["customer"]:
            number, store = row["customerid"], row["storeid"]
            if first_orders.get(number, OPENED_ON) > self.as_of:
                self._findings.later["customer"] += 1
                continue
            if store is not None and store not in stores:
                self._findings.reject("customer", number, store, "the store is not in the files")
                continue
            sources: tuple[Source, ...] = (("customer", 1),)
            if store is not None and store not in seen_stores:
                seen_stores.add(store)
                sources += (("store", 1),)
            data = {
                "code": customer_code(number),
                "name": _customer_name(number, stores.get(store), row["personid"]),
                "is_customer": True,
                "country": countries.get(row["territoryid"]),
                "payment_term": "NOW" if store is None else "NET30",
                "price_list": PRICE_LIST,
            }
            yield self._command("put_party", f"customer:{number}", data, *sources)
        self._findings.later["store"] += len(stores) - len(seen_stores)

    def _people(self) -> Iterator[TranslatedCommand]:
        for row in self._tables["department"]:
            code = f"D{row['departmentid']:02d}"
            data = {"code": code, "name": row["name"], "group_name": row["groupname"]}
            yield self._command("put_department", f"department:{row['departmentid']}", data, ("department", 1))
        places, place_rows = _latest(self._tables["employeedepartmenthistory"], "startdate")
        pay, pay_rows = _latest(self._tables["employeepayhistory"], "ratechangedate")
        for row in self._tables["employee"]:
            number = row["businessentityid"]
            place, rate = places.get(number), pay.get(number)
            data = {
                "code": f"E{number:03d}",
                "name": f"{row['jobtitle']} {number}",
                "job_title": row["jobtitle"],
                "department": f"D{place['departmentid']:02d}" if place else None,
                "hired_on": row["hiredate"],
                "identity_number": row["nationalidnumber"],
                "hourly_pay": rate["rate"] if rate else None,
                "active": row["currentflag"] == "true",
            }
            sources = (
                ("employee", 1),
                ("employeedepartmenthistory", 1 if place else 0),
                ("employeepayhistory", 1 if rate else 0),
            )
            yield self._command("put_employee", f"employee:{number}", data, *sources)
        reason = "an earlier department or pay of a person; the present one is kept"
        self._findings.homeless["employeedepartmenthistory (earlier)"] = (place_rows - len(places), reason)
        self._findings.homeless["employeepayhistory (earlier)"] = (pay_rows - len(pay), reason)

    def _rates(self) -> Iterator[TranslatedCommand]:
        for row in self._tables["currencyrate"]:
            on = row["currencyratedate"]
            if on > self.as_of:
                self._findings.later["currencyrate"] += 1
                continue
            pair = (row["fromcurrencycode"], row["tocurrencycode"])
            data = {"from_currency": pair[0], "to_currency": pair[1], "valid_on": on, "rate": row["endofdayrate"]}
            key = f"{PREFIX}:rate:{row['currencyrateid']}"
            yield TranslatedCommand("put_exchange_rate", data, key, OPENED_ON, (("currencyrate", 1),))


def _latest(rows: Iterable[Row], column: str) -> tuple[dict[int, Row], int]:
    latest: dict[int, Row] = {}
    count = 0
    for row in rows:
        count += 1
        held = latest.get(row["businessentityid"])
        if held is None or row[column] >= held[column]:
            latest[row["businessentityid"]] = row
    return latest, count


def _customer_name(number: int, store: str | None, person: int | None) -> str:
    """A store's name, with its contact where the customer is the contact; people's names are not in the files."""
    if store is None:
        return f"Customer {number}"
    return store if person is None else f"{store} (contact {person})"


def _kilograms(weight: Decimal | None, unit: str | None) -> Decimal | None:
    if weight is None or unit not in _GRAMS_BY_UNIT:
        return None
    return (weight * _GRAMS_BY_UNIT[unit] / 1000).quantize(Decimal("0.000001"))
