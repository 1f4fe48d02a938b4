"""What happened at AdventureWorks, as one stream of commands by date.

Purchase orders are received and billed on their ship date, work orders take their components and hand in their product on their
end date, sales orders are shipped and invoiced on their ship date. Within a day goods come in before they go out: receipts, then
completions from the lowest level of the bills of material up, then shipments. Opening stock is the largest shortfall that this
stream would reach, item by item. The rules for what the files leave open are listed in `choices`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median_low
from typing import Any, Final, NamedTuple

from pipelines.connectors.adventureworks.masters import (
    OPENED_ON,
    PREFIX,
    Masters,
    customer_code,
    home_locations,
    item_code,
    supplier_code,
)
from pipelines.connectors.adventureworks.read import Row
from pipelines.connectors.translation import Findings, Source, TranslatedCommand
from schemas.vocabulary.numbers import ONE, ZERO, rounded, split_proportionally

SALES_SHIFT: Final = timedelta(days=153)
_CENTS: Final = 2
_SUBTOTAL_TOLERANCE: Final = Decimal("0.001")
_PACE_DAYS: Final = 90
_DUE_DAYS: Final = timedelta(days=11)
_DEFAULT_PLACE: Final = "MAIN"
_FINISHED_STATES: Final = frozenset({3, 4})


class Phase:
    """The order of a day's events."""

    PURCHASE_ORDER, RECEIPT, BILL, CLOSE, WORK_ORDER, COMPLETION, SALES_ORDER, SHIPMENT, INVOICE = range(9)


class Event(NamedTuple):
    """One thing that happened; events sort by the order in which they are booked."""

    day: date
    phase: int
    rank: int
    number: int
    document: Any


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase order: its header, its lines, the tax of each line, and what was accepted of each."""

    header: Row
    lines: list[Row]
    taxes: list[Decimal]
    accepted: list[Decimal]


@dataclass(frozen=True, slots=True)
class Work:
    """A work order with its days, by the file or by rule, and its components."""

    row: Row
    starts_on: date
    ends_on: date
    due_on: date
    components: list[tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Sale:
    """The lines of a sales order; what concerns the order as a whole is the same on each."""

    number: str
    rows: list[Row]


class Documents:
    """The stream of one set of files."""

    def __init__(self, tables: dict[str, list[Row]], masters: Masters, findings: Findings) -> None:
        self._tables = tables
        self._masters = masters
        self._findings = findings
        self._homes = home_locations(tables)
        self._structures = _structures_of(tables["billofmaterials"])
        self.events: list[Event] = [*self._purchases(), *self._works(), *self._sales()]
        self.events.sort(key=lambda event: event[:4])

    @property
    def last_day(self) -> date:
        """The day of the last event."""
        return self.events[-1].day if self.events else OPENED_ON

    def first_orders(self) -> dict[int, date]:
        """The day of each customer's first order."""
        first: dict[int, date] = {}
        for event in self.events:
            if event.phase == Phase.SALES_ORDER:
                first.setdefault(_customer_of(event.document.rows[0]), event.day)
        return first

    # Events ----------------------------------------------------------------------------------------------------------

    def _purchases(self) -> Iterator[Event]:
        lines: dict[int, list[Row]] = defaultdict(list)
        for row in self._tables["purchaseorderdetail"]:
            lines[row["purchaseorderid"]].append(row)
        for header in self._tables["purchaseorderheader"]:
            number = header["purchaseorderid"]
            rows = lines.pop(number, [])
            reason = self._purchase_fault(header, rows)
            if reason is not None:
                self._findings.reject("purchaseorderheader", number, header["subtotal"], reason)
                self._findings.rejected_rows["purchaseorderdetail"] += len(rows)
                continue
            nets = [rounded(row["orderqty"] * row["unitprice"], _CENTS) for row in rows]
            weights = nets if any(nets) else [ONE] * len(nets)
            taxes = split_proportionally(rounded(header["taxamt"], _CENTS), weights, _CENTS)
            accepted = [row["receivedqty"] - row["rejectedqty"] for row in rows]
            order = Purchase(header, rows, taxes, accepted)
            yield Event(header["orderdate"], Phase.PURCHASE_ORDER, 0, number, order)
            shipped_on = header["shipdate"]
            if any(accepted):
                yield Event(shipped_on, Phase.RECEIPT, 0, number, order)
                yield Event(shipped_on, Phase.BILL, 0, number, order)
            if header["status"] in _FINISHED_STATES and accepted != [row["orderqty"] for row in rows]:
                yield Event(shipped_on, Phase.CLOSE, 0, number, order)
        for number, rows in lines.items():
            self._findings.reject("purchaseorderdetail", number, number, "has no header", rows=len(rows))

    def _purchase_fault(self, header: Row, rows: list[Row]) -> str | None:
        """What is wrong with a purchase order, if anything; the first fault counts."""
        return next(self._purchase_faults(header, rows), None)

    def _purchase_faults(self, header: Row, rows: list[Row]) -> Iterator[str]:
        if not rows:
            yield "has no lines"
        if header["vendorid"] not in self._masters.vendors:
            yield f"vendor {header['vendorid']} is not in the files"
        if header["shipdate"] < header["orderdate"]:
            yield "ships before it is ordered"
        for row in rows:
            if row["productid"] not in self._masters.products:
                yield f"product {row['productid']} is not in the files"
            if not ZERO <= row["rejectedqty"] <= row["receivedqty"] <= row["orderqty"] or row["orderqty"] <= 0:
                yield f"quantities of line {row['purchaseorderdetailid']} contradict each other"
        total = sum((row["orderqty"] * row["unitprice"] for row in rows), ZERO)
        if abs(total - header["subtotal"]) > _SUBTOTAL_TOLERANCE:
            yield f"subtotal is not the sum of its lines, {total}"

    def _works(self) -> Iterator[Event]:
        schedule = _Schedule(self._tables["workorder"])
        levels = _levels(self._structures)
        for row in self._tables["workorder"]:
            number, product = row["WorkOrderID"], row["ProductID"]
            starts_on, ends_on, due_on = schedule.days_of(row)
            components = self._components(product, row["OrderQty"], starts_on)
            reason = None
            if product not in self._masters.products:
                reason = f"product {product} is not in the files"
            elif not components:
                reason = f"product {product} has no bill of material on {starts_on}"
            elif row["StockedQty"] + row["ScrappedQty"] != row["OrderQty"] or row["ScrappedQty"] < 0:
                reason = "stocked and scrapped do not make up the ordered quantity"
            elif ends_on < starts_on:
                reason = "ends before it starts"
            if reason is not None:
                self._findings.reject("workorder", number, product, reason)
                continue
            work = Work(row, starts_on, ends_on, due_on, components)
            yield Event(starts_on, Phase.WORK_ORDER, 0, number, work)
            yield Event(ends_on, Phase.COMPLETION, -levels.get(product, 0), number, work)

    def _components(self, product: int, quantity: Decimal, on: date) -> list[tuple[int, Decimal]]:
        return [
            (component, per * quantity)
            for component, per, start, end in self._structures.get(product, ())
            if start <= on and (end is None or on <= end)
        ]

    def _sales(self) -> Iterator[Event]:
        orders: dict[str, list[Row]] = defaultdict(list)
        for row in self._tables["sales_lines"]:
            orders[row["SalesOrderNumber"]].append(row)
        customers = {row["customerid"] for row in self._tables["customer"]}
        for name, rows in orders.items():
            reason = next(self._sale_faults(rows, customers), None)
            if reason is not None:
                self._findings.reject("sales_lines", name, rows[0]["SalesOrderNumber"], reason, rows=len(rows))
                continue
            rows.sort(key=lambda r: r["SalesOrderLineNumber"])
            sale = Sale(name, rows)
            number = int(name.removeprefix("SO"))
            shipped_on = rows[0]["ShipDate"] + SALES_SHIFT
            yield Event(rows[0]["OrderDate"] + SALES_SHIFT, Phase.SALES_ORDER, 0, number, sale)
            yield Event(shipped_on, Phase.SHIPMENT, 0, number, sale)
            yield Event(shipped_on, Phase.INVOICE, 0, number, sale)

    def _sale_faults(self, rows: list[Row], customers: set[int]) -> Iterator[str]:
        first = rows[0]
        same = ("OrderDate", "ShipDate", "CustomerKey", "ResellerKey")
        if not first["SalesOrderNumber"].removeprefix("SO").isdigit():
            yield "the order's number is not SO and digits"
        if _customer_of(first) not in customers:
            yield f"customer {_customer_of(first)} is not in the files"
        if any(row[name] != first[name] for row in rows for name in same):
            yield "its lines differ in date or customer"
        if first["ShipDate"] < first["OrderDate"]:
            yield "ships before it is ordered"
        for row in rows:
            if row["ProductID"] not in self._masters.products:
                yield f"product {row['ProductID']} is not in the files"
            if row["OrderQuantity"] <= 0 or row["UnitPrice"] < 0 or not ZERO <= row["UnitPriceDiscountPct"] < ONE:
                yield f"quantity, price or discount of line {row['SalesOrderLineNumber']} is out of bounds"

    # Opening stock ---------------------------------------------------------------------------------------------------

    def opening_quantities(self) -> dict[int, Decimal]:
        """The largest shortfall of each product over the whole stream, where there is one."""
        held: dict[int, Decimal] = defaultdict(lambda: ZERO)
        lowest: dict[int, Decimal] = defaultdict(lambda: ZERO)

        def take(product: int, quantity: Decimal) -> None:
            held[product] -= quantity
            lowest[product] = min(lowest[product], held[product])

        for event in self.events:
            document = event.document
            if event.phase == Phase.RECEIPT:
                for row, quantity in zip(document.lines, document.accepted, strict=True):
                    held[row["productid"]] += quantity
            elif event.phase == Phase.COMPLETION:
                for component, quantity in document.components:
                    take(component, quantity)
                held[document.row["ProductID"]] += document.row["StockedQty"]
            elif event.phase == Phase.SHIPMENT:
                for row in document.rows:
                    take(row["ProductID"], row["OrderQuantity"])
        return {product: -quantity for product, quantity in sorted(lowest.items()) if quantity < 0}

    def opening(self) -> TranslatedCommand | None:
        """The opening stock as one command, at standard cost; it depends on the whole stream, whatever day the import ends on."""
        quantities = self.opening_quantities()
        if not quantities:
            return None
        total = self._findings.totals[("opening_stock", OPENED_ON.year)]
        total.documents += 1
        lines = []
        for product, quantity in quantities.items():
            row = self._masters.products[product]
            value = quantity * row["standardcost"]
            total.add(quantity, (value, rounded(value, _CENTS)), (ZERO, ZERO))
            place = self._homes.get(product, _DEFAULT_PLACE)
            cost = row["standardcost"]
            lines.append({"item": item_code(row), "location": place, "quantity": quantity, "unit_cost": cost})
        data = {"posted_on": OPENED_ON, "lines": lines}
        return TranslatedCommand("book_opening_stock", data, f"{PREFIX}:opening-stock", OPENED_ON)

    # Commands --------------------------------------------------------------------------------------------------------

    def commands(self, as_of: date) -> Iterator[TranslatedCommand]:
        """The stream up to a day; control totals are counted as commands are drawn.

        Args:
            as_of: the last day that is booked; what happens later is counted as later.
        """
        makers = {
            Phase.PURCHASE_ORDER: self._purchase_order,
            Phase.RECEIPT: self._receipt,
            Phase.BILL: self._bill,
            Phase.CLOSE: self._close,
            Phase.WORK_ORDER: self._work_order,
            Phase.COMPLETION: self._completion,
            Phase.SALES_ORDER: self._sales_order,
            Phase.SHIPMENT: self._shipment,
            Phase.INVOICE: self._invoice,
        }
        for event in self.events:
            if event.day <= as_of:
                yield makers[event.phase](event)
            else:
                self._count_later(event)

    def _count_later(self, event: Event) -> None:
        if event.phase == Phase.PURCHASE_ORDER:
            self._findings.later["purchaseorderheader"] += 1
            self._findings.later["purchaseorderdetail"] += len(event.document.lines)
        elif event.phase == Phase.WORK_ORDER:
            self._findings.later["workorder"] += 1
        elif event.phase == Phase.SALES_ORDER:
            self._findings.later["sales_lines"] += len(event.document.rows)

    def _total(self, kind: str, day: date) -> Any:
        total = self._findings.totals[(kind, day.year)]
        total.documents += 1
        return total

    def _purchase_order(self, event: Event) -> TranslatedCommand:
        order: Purchase = event.document
        header = order.header
        total = self._total("purchase_order", event.day)
        weight = header["subtotal"]
        for row, tax in zip(order.lines, order.taxes, strict=True):
            net = row["orderqty"] * row["unitprice"]
            exact_tax = header["taxamt"] * net / weight if weight else ZERO
            total.add(row["orderqty"], (net, rounded(net, _CENTS)), (exact_tax, tax))
        data = {
            "supplier": supplier_code(self._masters.vendors[header["vendorid"]]),
            "document_on": event.day,
            "external_number": f"PO{event.number}",
            "lines": [
                {
                    "item": item_code(self._masters.products[row["productid"]]),
                    "quantity": row["orderqty"],
                    "unit_price": row["unitprice"],
                    "tax_amount": tax,
                    "due_on": row["duedate"],
                }
                for row, tax in zip(order.lines, order.taxes, strict=True)
            ],
        }
        sources = (("purchaseorderheader", 1), ("purchaseorderdetail", len(order.lines)))
        return _command("create_purchase_order", f"po:{event.number}", data, event.day, *sources)

    def _receipt(self, event: Event) -> TranslatedCommand:
        order: Purchase = event.document
        total = self._total("goods_receipt", event.day)
        lines = []
        for number, (row, quantity) in enumerate(zip(order.lines, order.accepted, strict=True), start=1):
            if quantity:
                net = quantity * row["unitprice"]
                total.add(quantity, (net, rounded(net, _CENTS)), (ZERO, ZERO))
                place = self._homes.get(row["productid"], _DEFAULT_PLACE)
                lines.append({"line": number, "quantity": quantity, "location": place})
        data = {"order": f"cmd:{PREFIX}:po:{event.number}", "posted_on": event.day, "lines": lines}
        return _command("receive_goods", f"po:{event.number}:receipt", data, event.day)

    def _bill(self, event: Event) -> TranslatedCommand:
        order: Purchase = event.document
        header = order.header
        total = self._total("supplier_bill", event.day)
        for row, tax, quantity in zip(order.lines, order.taxes, order.accepted, strict=True):
            if quantity:
                net = quantity * row["unitprice"]
                exact_tax = header["taxamt"] * net / header["subtotal"] if header["subtotal"] else ZERO
                billed_tax = rounded(tax * quantity / row["orderqty"], _CENTS)
                total.add(quantity, (net, rounded(net, _CENTS)), (exact_tax, billed_tax))
        data: dict[str, Any] = {
            "order": f"cmd:{PREFIX}:po:{event.number}",
            "posted_on": event.day,
            "external_number": f"PO{event.number}",
        }
        freight = rounded(header["freight"], _CENTS)
        total.freight_exact += header["freight"]
        total.freight_rounded += freight
        if freight > 0:
            data["charges"] = [{"description": "Freight", "amount": freight}]
        return _command("book_supplier_bill", f"po:{event.number}:bill", data, event.day)

    def _close(self, event: Event) -> TranslatedCommand:
        action = "close" if any(event.document.accepted) else "cancel"
        data = {"order": f"cmd:{PREFIX}:po:{event.number}"}
        return _command(f"{action}_purchase_order", f"po:{event.number}:{action}", data, event.day)

    def _work_order(self, event: Event) -> TranslatedCommand:
        work: Work = event.document
        total = self._total("production_order", event.day)
        total.quantity += work.row["OrderQty"]
        total.lines += len(work.components)
        data = {
            "item": item_code(self._masters.products[work.row["ProductID"]]),
            "quantity": work.row["OrderQty"],
            "document_on": work.starts_on,
            "start_on": work.starts_on,
            "due_on": max(work.due_on, work.starts_on),
            "external_number": f"WO{event.number}",
        }
        return _command("create_production_order", f"wo:{event.number}", data, event.day, ("workorder", 1))

    def _completion(self, event: Event) -> TranslatedCommand:
        work: Work = event.document
        row = work.row
        self._total("production_completion", event.day).add(row["StockedQty"], (ZERO, ZERO), (ZERO, ZERO))
        issue = self._total("material_issue", event.day)
        for _component, quantity in work.components:
            issue.add(quantity, (ZERO, ZERO), (ZERO, ZERO))
        self._findings.totals[("production_scrap", work.starts_on.year)].quantity += row["ScrappedQty"]
        data = {
            "order": f"cmd:{PREFIX}:wo:{event.number}",
            "quantity": row["StockedQty"],
            "scrapped_quantity": row["ScrappedQty"],
            "posted_on": event.day,
            "location": self._homes.get(row["ProductID"], _DEFAULT_PLACE),
            "backflush": True,
            "close": True,
        }
        return _command("complete_production", f"wo:{event.number}:completion", data, event.day)

    def _sales_order(self, event: Event) -> TranslatedCommand:
        sale: Sale = event.document
        first = sale.rows[0]
        total = self._total("sales_order", event.day)
        lines = []
        for row in sale.rows:
            tax = rounded(row["TaxAmt"], _CENTS)
            total.add(row["OrderQuantity"], (row["SalesAmount"], _net(row)), (row["TaxAmt"], tax))
            line = {
                "item": item_code(self._masters.products[row["ProductID"]]),
                "quantity": row["OrderQuantity"],
                "unit_price": row["UnitPrice"],
                "discount_rate": row["UnitPriceDiscountPct"],
                "tax_amount": tax,
            }
            lines.append(line)
        data = {
            "customer": customer_code(_customer_of(first)),
            "document_on": event.day,
            "due_on": first["DueDate"] + SALES_SHIFT,
            "external_number": sale.number,
            "channel": first["Channel"].lower(),
            "note": first["CustomerPONumber"],
            "reserve": False,
            "lines": lines,
        }
        source: Source = ("sales_lines", len(sale.rows))
        return _command("create_sales_order", f"so:{event.number}", data, event.day, source)

    def _shipment(self, event: Event) -> TranslatedCommand:
        sale: Sale = event.document
        total = self._total("shipment", event.day)
        for row in sale.rows:
            total.add(row["OrderQuantity"], (ZERO, ZERO), (ZERO, ZERO))
        data = {"order": f"cmd:{PREFIX}:so:{event.number}", "posted_on": event.day}
        return _command("ship_goods", f"so:{event.number}:shipment", data, event.day)

    def _invoice(self, event: Event) -> TranslatedCommand:
        sale: Sale = event.document
        total = self._total("customer_invoice", event.day)
        for row in sale.rows:
            tax = rounded(row["TaxAmt"], _CENTS)
            total.add(row["OrderQuantity"], (row["SalesAmount"], _net(row)), (row["TaxAmt"], tax))
        exact_freight = sum((row["Freight"] for row in sale.rows), ZERO)
        freight = rounded(exact_freight, _CENTS)
        total.freight_exact += exact_freight
        total.freight_rounded += freight
        data: dict[str, Any] = {"order": f"cmd:{PREFIX}:so:{event.number}", "posted_on": event.day}
        if freight > 0:
            data["charges"] = [{"description": "Freight", "amount": freight}]
        return _command("issue_customer_invoice", f"so:{event.number}:invoice", data, event.day)


class _Schedule:
    """Days of work orders. Orders without days go on at the pace of the last dated ones and take as long as their product does."""

    def __init__(self, rows: Iterable[Row]) -> None:
        dated = [row for row in rows if row["StartDate"] is not None and row["EndDate"] is not None]
        spans: dict[int, list[int]] = defaultdict(list)
        for row in dated:
            spans[row["ProductID"]].append((row["EndDate"] - row["StartDate"]).days)
        self._spans = {product: median_low(days) for product, days in spans.items()}
        self._last_start = max((row["StartDate"] for row in dated), default=OPENED_ON)
        self._last_number = max((row["WorkOrderID"] for row in dated), default=0)
        since = self._last_start - timedelta(days=_PACE_DAYS)
        self._orders_a_day = max(sum(1 for row in dated if row["StartDate"] > since) / _PACE_DAYS, 1)

    def days_of(self, row: Row) -> tuple[date, date, date]:
        """Start, end and due day of an order."""
        if row["StartDate"] is not None and row["EndDate"] is not None:
            return row["StartDate"], row["EndDate"], row["DueDate"] or row["EndDate"]
        ahead = max(row["WorkOrderID"] - self._last_number, 1)
        start = self._last_start + timedelta(days=1 + int((ahead - 1) / self._orders_a_day))
        end = start + timedelta(days=self._spans.get(row["ProductID"], _DUE_DAYS.days))
        return start, end, start + _DUE_DAYS


_Structure = list[tuple[int, Decimal, date, date | None]]


def _structures_of(rows: Iterable[Row]) -> dict[int, _Structure]:
    found: dict[int, _Structure] = defaultdict(list)
    for row in rows:
        if row["productassemblyid"] is not None:
            line = (row["componentid"], row["perassemblyqty"], row["startdate"], row["enddate"])
            found[row["productassemblyid"]].append(line)
    return dict(found)


def _levels(structures: dict[int, _Structure]) -> dict[int, int]:
    """How deep each product lies: 0 for what is in nothing else, else one more than the deepest assembly that it is in.

    Walks are bounded by the number of products, so that a circle in the files ends; the command refuses it by name.
    """
    levels: dict[int, int] = dict.fromkeys(structures, 0)
    changed = True
    for _ in range(len(structures) + 1):
        if not changed:
            break
        changed = False
        for parent, lines in structures.items():
            for component, *_rest in lines:
                if levels.get(component, 0) < levels[parent] + 1:
                    levels[component] = levels[parent] + 1
                    changed = True
    return levels


def _command(name: str, key: str, data: dict[str, Any], day: date, *sources: Source) -> TranslatedCommand:
    return TranslatedCommand(name, data, f"{PREFIX}:{key}", day, sources)


def _customer_of(row: Row) -> int:
    """The customer of a sales line: keys of the warehouse edition are the customer numbers of this one."""
    return row["CustomerKey"] if row["CustomerKey"] is not None else row["ResellerKey"]


def _net(row: Row) -> Decimal:
    return rounded(row["OrderQuantity"] * row["UnitPrice"] * (ONE - row["UnitPriceDiscountPct"]), _CENTS)
