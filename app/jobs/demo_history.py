"""Twenty-four months of Lingang Pumps, made up day by day: orders with seasons, late suppliers, part deliveries, slow payers.

A seed fixes everything. The simulation keeps its own quantities so that every command it yields can be done, and stops at the given
day with what is open left open: customer orders to ship, purchases on the way, production on the floor, invoices overdue. It does
not plan well on purpose: it reorders by reorder point, so that there is something for a planner to improve.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from app.jobs.demo_company import TAX_RATE, Customer, Item, Lingang, Supplier
from schemas.vocabulary.numbers import ZERO, rounded

PREFIX: Final = "demo"
_DAY: Final = timedelta(days=1)
_TERM_DAYS: Final = {"NOW": 0, "NET30": 30, "NET60": 60}
_LINE_SHARES: Final = (0.45, 0.3, 0.17, 0.08)
_NEVER_PAID: Final = 0.02
_PART_DELIVERY: Final = 0.12
_SPLIT_COMPLETION: Final = 0.08
_SCRAP: Final = 0.06

Happening = tuple[date, str, dict[str, Any], str]


@dataclass
class Line:
    """A line of an open order."""

    number: int
    item: str
    quantity: Decimal
    price: Decimal
    open: Decimal


@dataclass
class TradeOrder:
    """A purchase or sales order on the way."""

    number: int
    party: Any
    due_on: date
    lines: list[Line]
    whole: bool = True

    @property
    def reference(self) -> str:
        """How later commands name a sales order."""
        return f"cmd:{PREFIX}:so:{self.number}"


@dataclass
class Work:
    """A production order on the floor."""

    number: int
    item: Item
    quantity: Decimal
    left: Decimal
    finish_on: date
    needs: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """Goods that were shipped: the day, the number of the shipment, its order, and the item and quantity of each of its lines."""

    day: date
    number: int
    order: TradeOrder
    lines: list[tuple[str, Decimal]]

    @property
    def reference(self) -> str:
        """How later commands name the shipment."""
        return f"cmd:{PREFIX}:shipment:{self.number}"


class History:
    """One company's past, from a first day to the day that it is.

    Attributes:
        tallies: how often each command was given.
        deliveries: what was shipped lately, the latest last.
    """

    def __init__(self, company: Lingang, *, seed: int, start: date, as_of: date) -> None:
        self._company = company
        self._random = random.Random(seed)
        self._start, self._as_of = start, as_of
        self._numbers: dict[str, int] = defaultdict(int)
        self._stock: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self._on_order: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self._needed: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self._sales: list[TradeOrder] = []
        self._works: list[Work] = []
        self._later: dict[date, list[tuple[str, Any]]] = defaultdict(list)
        self._output_tax = self._input_tax = ZERO
        self.tallies: dict[str, int] = defaultdict(int)
        self.deliveries: deque[Delivery] = deque(maxlen=60)

    def free(self, item: str) -> Decimal:
        """How much of an item is in stock and wanted by no open order."""
        return self._stock[item] - self._needed[item]

    def underway(self) -> list[TradeOrder]:
        """Purchase orders of which nothing has come yet, the next to come first."""
        arrivals = (what for day in sorted(self._later) for kind, what in self._later[day] if kind == "arrival")
        return [order for order, part, _ in arrivals if part == 1]

    # The days --------------------------------------------------------------------------------------------------------

    def happenings(self) -> Iterator[Happening]:
        """Everything that happened, in the order in which it did."""
        yield from self._opening()
        day = self._start
        while day <= self._as_of:
            yield from self._due_today(day)
            if self._works_on(day):
                yield from self._complete(day)
                yield from self._ship(day)
                yield from self._sell(day)
                if day.weekday() == 0 or day == self._start:
                    yield from self._replenish(day)
                if self._next_workday(day + _DAY).month != day.month and day.month % 3 == 0:
                    yield from self._count(day)
            if (day + _DAY).month != day.month:
                yield from self._month_end(day)
            day += _DAY
        for order in self._sales:
            yield self._act(
                self._as_of, "reserve_sales_order", {"order": order.reference}, f"so:{order.number}:reserve"
            )

    def _works_on(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._company.holidays

    def _next_workday(self, day: date) -> date:
        while not self._works_on(day):
            day += _DAY
        return day

    def _act(self, day: date, command: str, data: dict[str, Any], key: str) -> Happening:
        self.tallies[command] += 1
        return day, command, data, f"{PREFIX}:{key}"

    def _number(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]

    def _after(self, day: date, days: float, kind: str, what: Any) -> None:
        """Let something come up on a working day some days from now."""
        self._later[self._next_workday(day + timedelta(days=max(1, round(days))))].append((kind, what))

    def _due_today(self, day: date) -> Iterator[Happening]:
        makers = {
            "arrival": self._receive,
            "bill": self._bill,
            "pay": self._pay,
            "money": self._money_in,
            "entry": self._entry,
        }
        for kind, what in self._later.pop(day, ()):
            yield from makers[kind](day, what)

    def _demand_factor(self, day: date) -> float:
        months = (day.year - self._start.year) * 12 + day.month - self._start.month
        return self._company.data["season"][day.month - 1] * (1 + self._company.data["growth_a_month"]) ** months

    # Opening ---------------------------------------------------------------------------------------------------------

    def _opening(self) -> Iterator[Happening]:
        lines, value = [], ZERO
        for item in self._company.items.values():
            quantity = item.target
            if quantity <= 0:
                continue
            self._stock[item.code] = quantity
            value += rounded(quantity * item.cost, 2)
            line: dict[str, Any] = {
                "item": item.code,
                "location": item.location,
                "quantity": quantity,
                "unit_cost": item.cost,
            }
            if item.shelf_life_days is not None:
                line["lot"] = f"{item.code}-OPEN"
            lines.append(line)
        yield self._act(self._start, "book_opening_stock", {"posted_on": self._start, "lines": lines}, "opening-stock")
        terms = self._company.data["capital"]
        bank = rounded(self._company.sales_a_day * terms["bank_days_of_sales"], 0)
        assets = rounded(self._company.sales_a_day * terms["fixed_assets_days_of_sales"], 0)
        self._fixed_assets = assets
        postings = [("bank", bank, ZERO), ("fixed_assets", assets, ZERO), ("opening_balance", value, ZERO)]
        postings.append(("capital", ZERO, bank + assets + value))
        yield from self._entry(self._start, ("投入资本及期初余额 Paid-in capital and opening balances", postings))

    # Selling ---------------------------------------------------------------------------------------------------------

    def _sell(self, day: date) -> Iterator[Happening]:
        for _ in range(self._poisson(self._company.orders_a_day * self._demand_factor(day))):
            customer = self._random.choices(self._company.customers, [c.weight for c in self._company.customers])[0]
            number = self._number("so")
            due_on = self._next_workday(day + timedelta(days=self._random.randint(5, 26)))
            lines = self._order_lines(customer)
            order = TradeOrder(number, customer, due_on, lines, whole=self._random.random() < 0.4)
            self._sales.append(order)
            for line in lines:
                self._needed[line.item] += line.quantity
            data = {
                "customer": customer.code,
                "document_on": day,
                "due_on": due_on,
                "external_number": f"{customer.code}-{day:%y%m}-{number % 1000:03d}",
                "reserve": False,
                "lines": [{"item": x.item, "quantity": x.quantity, "unit_price": x.price} for x in lines],
            }
            yield self._act(day, "create_sales_order", data, f"so:{number}")

    def _poisson(self, mean: float) -> int:
        limit, count, product = math.exp(-mean), 0, self._random.random()
        while product > limit:
            count += 1
            product *= self._random.random()
        return count

    def _order_lines(self, customer: Customer) -> list[Line]:
        wanted = self._random.choices((1, 2, 3, 4), _LINE_SHARES)[0]
        chosen: dict[str, None] = {}
        sold = self._company.sold
        while len(chosen) < wanted:
            chosen[self._random.choices(list(sold), [terms["weight"] for terms in sold.values()])[0]] = None
        lines = []
        for number, code in enumerate(chosen, start=1):
            quantity = Decimal(self._random.randint(*sold[code]["pieces"]))
            price = self._company.items[code].list_price
            assert price is not None
            lines.append(Line(number, code, quantity, rounded(price * customer.price_share, 2), quantity))
        return lines

    def _ship(self, day: date) -> Iterator[Happening]:
        still_open: list[TradeOrder] = []
        for order in self._sales:
            if order.due_on <= day:
                yield from self._ship_order(day, order)
            if any(line.open for line in order.lines):
                still_open.append(order)
        self._sales = still_open

    def _ship_order(self, day: date, order: TradeOrder) -> Iterator[Happening]:
        parts = [(line, min(line.open, self._stock[line.item])) for line in order.lines if line.open]
        short = any(quantity < line.open for line, quantity in parts)
        parts = [(line, quantity) for line, quantity in parts if quantity > 0]
        if not parts or (short and order.whole):
            return
        shipment = self._number("shipment")
        total = ZERO
        for line, quantity in parts:
            line.open -= quantity
            self._stock[line.item] -= quantity
            self._needed[line.item] -= quantity
            net = rounded(quantity * line.price, 2)
            tax = rounded(net * TAX_RATE, 2)
            self._output_tax += tax
            total += net + tax
        lines = [{"line": line.number, "quantity": quantity} for line, quantity in parts]
        data = {"order": order.reference, "posted_on": day, "lines": lines}
        yield self._act(day, "ship_goods", data, f"shipment:{shipment}")
        data = {"order": order.reference, "posted_on": day}
        yield self._act(day, "issue_customer_invoice", data, f"invoice:{shipment}")
        self.deliveries.append(Delivery(day, shipment, order, [(line.item, quantity) for line, quantity in parts]))
        self._expect_money(day, order.party, shipment, total)

    def _expect_money(self, day: date, customer: Customer, invoice: int, total: Decimal) -> None:
        if self._random.random() < _NEVER_PAID:
            return
        wait = _TERM_DAYS[customer.term] + customer.days_late + self._random.randint(-3, 8)
        if self._random.random() < 0.06:
            first = rounded(total / 2, 2)
            self._after(day, wait, "money", (customer, invoice, 1, first))
            self._after(day, wait + 15, "money", (customer, invoice, 2, total - first))
        else:
            self._after(day, wait, "money", (customer, invoice, 1, total))

    def _money_in(self, day: date, what: tuple[Customer, int, int, Decimal]) -> Iterator[Happening]:
        customer, invoice, part, amount = what
        data = {
            "party": customer.code,
            "amount": amount,
            "posted_on": day,
            "allocations": [{"document": f"cmd:{PREFIX}:invoice:{invoice}", "amount": amount}],
        }
        yield self._act(day, "receive_payment", data, f"receipt:{invoice}:{part}")

    # Buying ----------------------------------------------------------------------------------------------------------

    def _replenish(self, day: date) -> Iterator[Happening]:
        """Order what has fallen below its reorder point, goods before their parts."""
        purchases: dict[str, list[tuple[Item, Decimal]]] = defaultdict(list)
        factor = Decimal(str(round(self._demand_factor(day + timedelta(days=20)), 3)))
        for item in self._company.by_level:
            projected = self._stock[item.code] + self._on_order[item.code] - self._needed[item.code]
            if projected >= item.reorder_point * factor:
                continue
            wanted = math.ceil((item.target * factor - projected) / item.multiple) * item.multiple
            if item.made:
                yield self._start_work(day, item, Decimal(wanted))
            else:
                assert item.supplier is not None
                purchases[item.supplier].append((item, Decimal(wanted)))
        for supplier in self._company.suppliers:
            if purchases[supplier.code]:
                yield self._purchase(day, supplier, purchases[supplier.code])

    def _purchase(self, day: date, supplier: Supplier, wanted: list[tuple[Item, Decimal]]) -> Happening:
        number = self._number("po")
        lines = []
        for index, (item, quantity) in enumerate(wanted, start=1):
            drift = Decimal(str(round(self._random.uniform(0.97, 1.05), 3)))
            price = max(rounded(item.cost * drift, 2), Decimal("0.01"))
            lines.append(Line(index, item.code, quantity, price, quantity))
            self._on_order[item.code] += quantity
        due_on = self._next_workday(day + timedelta(days=supplier.lead_days))
        late = self._random.random() > supplier.on_time_share
        delay = self._random.expovariate(1 / supplier.days_late) if late else self._random.randint(-1, 0)
        order = TradeOrder(number, supplier, due_on, lines)
        if self._random.random() < _PART_DELIVERY and all(line.quantity >= 2 for line in lines):
            halves = [(line.number, line.quantity // 2) for line in lines]
            rests = [(line.number, line.quantity - half) for line, (_, half) in zip(lines, halves, strict=True)]
            self._after(due_on, delay, "arrival", (order, 1, halves))
            self._after(due_on, delay + self._random.randint(4, 12), "arrival", (order, 2, rests))
        else:
            self._after(due_on, delay, "arrival", (order, 1, [(line.number, line.quantity) for line in lines]))
        data = {
            "supplier": supplier.code,
            "document_on": day,
            "due_on": due_on,
            "lines": [{"item": x.item, "quantity": x.quantity, "unit_price": x.price} for x in lines],
        }
        return self._act(day, "create_purchase_order", data, f"po:{number}")

    def _receive(self, day: date, what: tuple[TradeOrder, int, list[tuple[int, Decimal]]]) -> Iterator[Happening]:
        order, part, parts = what
        lines = []
        for number, quantity in parts:
            item = self._company.items[order.lines[number - 1].item]
            self._stock[item.code] += quantity
            self._on_order[item.code] -= quantity
            line: dict[str, Any] = {"line": number, "quantity": quantity, "location": item.location}
            if item.shelf_life_days is not None:
                line["lot"] = f"{item.code}-{day:%y%m%d}-{order.number}"
                line["expires_on"] = day + timedelta(days=item.shelf_life_days - self._random.randint(5, 40))
            lines.append(line)
        data = {"order": f"cmd:{PREFIX}:po:{order.number}", "posted_on": day, "lines": lines}
        yield self._act(day, "receive_goods", data, f"po:{order.number}:receipt:{part}")
        self._after(day, self._random.randint(1, 6), "bill", (order, part, parts))

    def _bill(self, day: date, what: tuple[TradeOrder, int, list[tuple[int, Decimal]]]) -> Iterator[Happening]:
        order, part, parts = what
        lines, total = [], ZERO
        dearer = self._random.random() < 0.04
        for number, quantity in parts:
            price = order.lines[number - 1].price
            if dearer:
                price = rounded(price * Decimal("1.02"), 2)
            net = rounded(quantity * price, 2)
            tax = rounded(net * TAX_RATE, 2)
            self._input_tax += tax
            total += net + tax
            lines.append({"line": number, "quantity": quantity, "unit_price": price})
        data: dict[str, Any] = {
            "order": f"cmd:{PREFIX}:po:{order.number}",
            "posted_on": day,
            "external_number": f"{order.party.code}/{day:%Y}/{order.number:05d}",
            "lines": lines,
        }
        if self._random.random() < 0.1:
            freight = Decimal(self._random.randint(8, 60)) * 10
            data["charges"] = [{"description": "运费 Freight", "amount": freight}]
            total += freight
        key = f"po:{order.number}:bill:{part}"
        yield self._act(day, "book_supplier_bill", data, key)
        due = day + timedelta(days=_TERM_DAYS[order.party.term])
        to_friday = (4 - due.weekday()) % 7
        self._after(due, to_friday, "pay", (order.party, key, total))

    def _pay(self, day: date, what: tuple[Supplier, str, Decimal]) -> Iterator[Happening]:
        supplier, key, amount = what
        allocations = [{"document": f"cmd:{PREFIX}:{key}", "amount": amount}]
        data = {"party": supplier.code, "amount": amount, "posted_on": day, "allocations": allocations}
        yield self._act(day, "pay_supplier", data, f"{key}:payment")

    # Making ----------------------------------------------------------------------------------------------------------

    def _start_work(self, day: date, item: Item, quantity: Decimal) -> Happening:
        number = self._number("mo")
        due_on = self._next_workday(day + timedelta(days=item.lead_days))
        needs = {part: item.requirement(part, quantity, self._company.items[part].decimals) for part in item.components}
        for part, needed in needs.items():
            self._needed[part] += needed
        self._on_order[item.code] += quantity
        finish_on = self._next_workday(due_on + timedelta(days=self._random.choice((-1, 0, 0, 1, 2))))
        self._works.append(Work(number, item, quantity, quantity, finish_on, needs))
        data = {"item": item.code, "quantity": quantity, "document_on": day, "start_on": day, "due_on": due_on}
        return self._act(day, "create_production_order", data, f"mo:{number}")

    def _complete(self, day: date) -> Iterator[Happening]:
        """Finish what is due and has its parts, parts before goods; the rest waits for another day."""
        waiting = []
        for work in sorted(self._works, key=lambda w: (-w.item.level, w.number)):
            if work.finish_on > day or any(self._stock[part] < needed for part, needed in work.needs.items()):
                waiting.append(work)
                continue
            yield from self._finish(day, work)
            if work.left > 0:
                waiting.append(work)
        self._works = waiting

    def _finish(self, day: date, work: Work) -> Iterator[Happening]:
        item, reported = work.item, work.left
        if work.left == work.quantity and work.quantity >= 6 and self._random.random() < _SPLIT_COMPLETION:
            reported = work.quantity // 2
        scrapped = Decimal(max(1, int(reported) // 60)) if reported > 3 and self._random.random() < _SCRAP else ZERO
        last = reported == work.left
        for part, needed in list(work.needs.items()):
            decimals = self._company.items[part].decimals
            total = item.requirement(part, work.quantity, decimals)
            taken = needed if last else rounded(total * reported / work.quantity, decimals)
            self._stock[part] -= taken
            self._needed[part] -= taken
            work.needs[part] = needed - taken
        self._stock[item.code] += reported - scrapped
        self._on_order[item.code] -= reported
        work.left -= reported
        work.finish_on = self._next_workday(day + timedelta(days=3))
        data = {
            "order": f"cmd:{PREFIX}:mo:{work.number}",
            "quantity": reported - scrapped,
            "scrapped_quantity": scrapped,
            "posted_on": day,
            "location": item.location,
            "backflush": True,
            "close": last,
        }
        yield self._act(day, "complete_production", data, f"completion:{self._number('completion')}")

    def _count(self, day: date) -> Iterator[Happening]:
        counted = [i for i in self._company.items.values() if not i.made and i.unit == "EA" and self._stock[i.code] > 9]
        lines = []
        for item in sorted(self._random.sample(counted, min(8, len(counted))), key=lambda i: i.code):
            found = self._stock[item.code] + self._random.choice((-2, -1, 0, 0, 0, 1))
            self._stock[item.code] = found
            lines.append({"item": item.code, "location": item.location, "counted_quantity": found})
        if lines:
            data = {"posted_on": day, "lines": lines, "note": "季度盘点 Quarterly count"}
            yield self._act(day, "book_stock_count", data, f"count:{day:%Y%m}")

    # Money that no document brings -----------------------------------------------------------------------------------

    def _month_end(self, day: date) -> Iterator[Happening]:
        months = (day.year - self._start.year) * 12 + day.month - self._start.month
        growth = Decimal(str((1 + self._company.data["growth_a_month"]) ** months))
        sales = self._company.sales_a_day * 30 * growth
        rates = {name: Decimal(str(rate)) for name, rate in self._company.data["monthly"].items()}
        administration = self._around(sales * rates["administration_share_of_sales"])
        selling = self._around(sales * rates["selling_share_of_sales"])
        charges = self._around(sales * rates["bank_charges_share_of_sales"])
        depreciation = rounded(self._fixed_assets / rates["depreciation_months"], 2)
        season = Decimal(str(self._company.data["season"][day.month - 1]))
        conversion = self._around(self._company.conversion_a_day * 30 * growth * season)
        factory = max(conversion - depreciation, ZERO)
        wages = rounded((administration + selling + factory) * Decimal("0.62"), 2)
        spent = administration + selling + factory
        costs = [("administration", administration), ("selling", selling), ("overhead", factory)]
        debits = [(account, amount, ZERO) for account, amount in costs if amount]
        owed = [("wages_payable", ZERO, wages), ("bank", ZERO, spent - wages)]
        yield from self._entry(day, ("工资与费用 Wages and expenses", [*debits, *owed]))
        paid = [("wages_payable", wages, ZERO), ("bank", ZERO, wages)]
        self._after(day, 10, "entry", ("发放工资 Wages paid", paid))
        worn = [("overhead", depreciation, ZERO), ("accumulated_depreciation", ZERO, depreciation)]
        yield from self._entry(day, ("计提折旧 Depreciation", worn))
        absorbed = factory + depreciation
        moved = [("overhead_absorbed", absorbed, ZERO), ("overhead", ZERO, absorbed)]
        yield from self._entry(day, ("结转制造费用 Overhead absorbed", moved))
        fees = [("bank_charges", charges, ZERO), ("bank", ZERO, charges)]
        yield from self._entry(day, ("银行手续费 Bank charges", fees))
        yield from self._settle_tax(day)
        if day.month == 12:
            yield self._act(day, "close_fiscal_year", {"year": str(day.year)}, f"close:{day.year}")

    def _settle_tax(self, day: date) -> Iterator[Happening]:
        """Transfer the month's unpaid value-added tax and pay it in the middle of the next; an excess of input tax waits."""
        due = self._output_tax - self._input_tax
        if due <= 0:
            return
        self._output_tax = self._input_tax = ZERO
        moved = [("vat_transfer", due, ZERO), ("vat_payable", ZERO, due)]
        yield from self._entry(day, ("转出未交增值税 Unpaid VAT transferred", moved))
        paid = [("vat_payable", due, ZERO), ("bank", ZERO, due)]
        self._after(day, 15, "entry", ("缴纳增值税 VAT paid", paid))

    def _around(self, amount: Decimal) -> Decimal:
        return rounded(amount * Decimal(str(round(self._random.uniform(0.96, 1.04), 4))), 2)

    def _entry(self, day: date, what: tuple[str, list[tuple[str, Decimal, Decimal]]]) -> Iterator[Happening]:
        description, postings = what
        accounts = self._company.data["accounts"]
        lines = [
            {"account": accounts[name], **({"debit": debit} if debit else {"credit": credit})}
            for name, debit, credit in postings
        ]
        data = {"posted_on": day, "description": description, "lines": lines}
        yield self._act(day, "post_manual_entry", data, f"entry:{self._number('entry')}")
