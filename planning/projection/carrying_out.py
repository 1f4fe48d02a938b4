"""Lets a plan happen, day by day, and posts what happens: a receipt, its bill and its payment, an issue, a completion, a delivery.

Within a day goods come in first, then production runs from the lowest level up, then goods leave, then papers and money follow.
What the plan wants on a day on which the goods are not there waits until they are; nothing is taken that is not there, as in the
books. Stock counts for the whole company; expired lots stay in it, as they do in the books until somebody scraps them.
"""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from planning.mrp.model import MAKE
from planning.mrp.network import default_kinds
from planning.mrp.problem import Network
from planning.projection.amounts import divided, minor, share, valued
from planning.projection.events import Delivery, Events, Making, Receipt, Transfer
from planning.projection.finances import CASH, INVENTORY, Finances
from planning.projection.ledger import Ledger
from planning.projection.stock import Pool
from planning.projection.structure import Line, Structure, structure_of

ARRIVAL, PRODUCTION, DELIVERY = range(3)
"""The order of a day. Papers and money take nothing from stock and need no place in it."""

MONEY = {"receivable": "PaymentReceived", "payable": "PaymentMade"}
"""Open items that are a debt, and the fact that settles them."""

PAPERS = {"accrued": ("supplier", "SupplierBilled"), "delivered": ("customer", "CustomerInvoiced")}
"""Open items that are no debt yet: whose terms hold, and the fact that makes them one."""


@dataclass
class Course:
    """What happened.

    Attributes:
        pools: by item index.
        shipped: deliveries to customers: demand, quantity in millionths, day number.
        waited: how many issues and deliveries waited for goods.
        undone: names of what still waits at the end of the horizon, sorted.
    """

    ledger: Ledger
    pools: list[Pool]
    roles: list[str]
    waited: int = 0
    shipped: list[tuple[str, int, int]] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    month_ends: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


class CarryingOut:
    """One run of a plan; `run` does it."""

    def __init__(self, network: Network, finances: Finances, events: Events, ledger: Ledger) -> None:
        self.package, self.finances, self.events = network.package, finances, events
        self.start = self.package.parameters.plan_start
        self.end = self.start + self.package.parameters.horizon_days
        self.decimals = finances.decimals
        self.structure: Structure = structure_of(network)
        self.terms = _terms(finances)
        self.tax = {
            (side, item): rate for side, item, rate in finances.tables["tax"].select("side", "item", "rate").iter_rows()
        }
        self.items = self.package.items.to_list()
        pools, roles = _pools(network, finances, events)
        self.course = Course(ledger, pools, roles)
        self.ledger, self.pools = ledger, pools
        self.labour = _labour(network) if finances.labour else {}
        self.running: dict[str, Making] = {}
        self.waiting: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self.heap: list[tuple[Any, ...]] = []
        self.counter = 0

    def run(self) -> Course:
        """Carry the plan out to the end of its horizon."""
        self._set_out()
        month = None
        while self.heap:
            entry = heapq.heappop(self.heap)
            day, job = entry[0], entry[-1]
            if day >= self.end:
                break
            if self.ledger.month_of[day] != month:
                if month is not None:
                    self._close(month)
                month = self.ledger.month_of[day]
            self._do(day, job, entry)
        self._close(self.ledger.month_of[self.end - 1])
        self.ledger.close()
        self.course.undone = sorted(entry[-1].name for entries in self.waiting.values() for entry in entries)
        return self.course

    def _close(self, month: int) -> None:
        """Keep what there is of every item at the end of a month."""
        self.course.month_ends[month] = [(pool.quantity, pool.value) for pool in self.pools]

    def _push(self, day: int, phase: int, order: int, job: object) -> None:
        self.counter += 1
        heapq.heappush(self.heap, (day, phase, order, self.counter, job))

    def _set_out(self) -> None:
        events, level = self.events, self.structure.level
        for receipt in events.receipts:
            self._push(receipt.day, ARRIVAL, 0, receipt)
        for transfer in events.transfers:
            self._push(transfer.day, ARRIVAL, 1, transfer)
        for making in events.makings:
            if making.runs:
                self.running[making.name] = making
                self._push(making.due, PRODUCTION, -2 * level[making.item] + 1, ("complete", making))
            else:
                self._push(making.release, PRODUCTION, -2 * level[making.item], making)
        for delivery in events.deliveries:
            if delivery.order is not None:
                runs = self.running.get(delivery.order)
                if runs is not None:
                    runs.awaited += 1
                    runs.in_process = runs.in_process or 0
                order = -2 * level[runs.item] if runs is not None else 0
                self._push(delivery.day, PRODUCTION, order, delivery)
            else:
                self._push(delivery.day, DELIVERY, delivery.priority, delivery)
        self._open_items()
        for role, on, amount, against in (
            self.finances.tables["overheads"].select("role", "on", "amount", "against").iter_rows()
        ):
            if self.start <= on < self.end:
                paid = minor(amount, self.decimals)
                self.ledger.post_legs(on, [(role, paid), (against or CASH, -paid)])

    def _open_items(self) -> None:
        for row in self.finances.tables["open_items"].iter_rows(named=True):
            sign = -1 if row["reduces"] else 1
            amount, day = sign * minor(row["amount"], self.decimals), max(row["due_on"], self.start)
            if row["kind"] in PAPERS:
                side, fact = PAPERS[row["kind"]]
                tax, days = sign * minor(row["tax"], self.decimals), self._terms_of(side, row["party"])[0]
                self._paper(day, fact, amount, tax, days)
            else:
                self._money(day, MONEY[row["kind"]], amount)

    def _do(self, day: int, job: Any, entry: tuple[Any, ...]) -> None:
        match job:
            case Receipt():
                self._receive(day, job)
            case Transfer():
                self.pools[job.item].bound -= job.quantity
                self._wake(day, job.item)
            case Making():
                self._issue(day, job, entry)
            case ("complete", Making() as making):
                self._complete(day, making)
            case Delivery():
                self._deliver(day, job, entry)
            case _:
                raise AssertionError(job)

    def _terms_of(self, side: str, party: str | None) -> tuple[int, int]:
        return self.terms.get((side, party)) or self.terms.get((side, None)) or (0, 0)

    def _tax_of(self, side: str, item: int) -> int:
        rate = self.tax.get((side, self.items[item]))
        return self.tax.get((side, None), 0) if rate is None else rate

    def _receive(self, day: int, receipt: Receipt) -> None:
        pool, role = self.pools[receipt.item], self.course.roles[receipt.item]
        cost = valued(receipt.quantity, receipt.price, self.decimals)
        value = pool.receive(receipt.quantity, cost)
        amounts = {"stock_value": value, "order_value": cost, "variance": cost - value}
        self.ledger.post("GoodsReceived", day, amounts, role)
        if receipt.good < receipt.quantity:
            self.ledger.post("GoodsScrapped", day, {"cost": pool.issue(receipt.quantity - receipt.good)}, role)
        payment_days, invoice_days = self._terms_of("supplier", receipt.supplier)
        tax = share(cost, self._tax_of("input", receipt.item))
        self._paper(day + invoice_days, "SupplierBilled", cost, tax, payment_days)
        self._wake(day, receipt.item)

    def _paper(self, day: int, fact: str, net: int, tax: int, payment_days: int) -> None:
        """Book a bill or an invoice of a day, and its payment so many days after; what lies beyond the horizon is left out."""
        if day < self.end:
            name, paid = ("accrued", "PaymentMade") if fact == "SupplierBilled" else ("net", "PaymentReceived")
            self.ledger.post(fact, day, {name: net, "tax": tax, "gross": net + tax})
            self._money(day + payment_days, paid, net + tax)

    def _money(self, day: int, fact: str, amount: int) -> None:
        if day < self.end:
            self.ledger.post(fact, day, {"amount": amount, "settled": amount})

    def _needs(self, lines: list[Line], released: int, day: int, needs: dict[int, int]) -> dict[int, int]:
        """Add what an order takes, phantoms dissolved beyond their own stock."""
        for line in lines:
            if line.from_day <= day - self.start < line.to_day:
                self._need(line.item, line.quantity(released), day, needs)
        return needs

    def _need(self, item: int, quantity: int, day: int, needs: dict[int, int]) -> None:
        if self.structure.phantom[item]:
            there = min(max(self.pools[item].free - needs.get(item, 0), 0), quantity)
            self._needs(self.structure.components.get(item, []), quantity - there, day, needs)
            quantity = there
        if quantity > 0:
            needs[item] = needs.get(item, 0) + quantity

    def _lacks(self, needs: dict[int, int], entry: tuple[Any, ...]) -> bool:
        """Whether something is not there; then the entry waits for the first such item."""
        for item, quantity in needs.items():
            if self.pools[item].free < quantity:
                self.waiting[item].append(entry)
                self.course.waited += 1
                return True
        return False

    def _wake(self, day: int, item: int) -> None:
        for entry in self.waiting.pop(item, []):
            self._push(day, entry[1], entry[2], entry[-1])

    def _issue(self, day: int, making: Making, entry: tuple[Any, ...]) -> None:
        needs = self._needs(self.structure.components.get(making.item, []), making.released, day, {})
        if self._lacks(needs, entry):
            return
        for item, quantity in needs.items():
            cost = self.pools[item].issue(quantity)
            self.ledger.post("MaterialIssued", day, {"cost": cost}, self.course.roles[item])
            making.in_process = (making.in_process or 0) + cost
        order = -2 * self.structure.level[making.item] + 1
        self._push(max(making.due, day + making.days), PRODUCTION, order, ("complete", making))

    def _complete(self, day: int, making: Making) -> None:
        if making.awaited:
            making.is_due = True
            return
        pool, role = self.pools[making.item], self.course.roles[making.item]
        in_process = pool.worth(making.good) if making.in_process is None else making.in_process
        in_process += self._work(day, making)
        for line in self.structure.by_products.get(making.item, []):
            quantity = making.good * line.numerator // line.denominator
            if line.from_day <= making.release - self.start < line.to_day and quantity > 0:
                value = self.pools[line.item].receive(quantity, 0)
                self.ledger.post("ProductionCompleted", day, {"value": value}, self.course.roles[line.item])
                in_process -= value
                self._wake(day, line.item)
        value = pool.receive(making.good, in_process)
        self.ledger.post("ProductionCompleted", day, {"value": value}, role)
        self.ledger.post("ProductionOrderSettled", day, {"variance": in_process - value})
        self._wake(day, making.item)

    def _work(self, day: int, making: Making) -> int:
        """Hours of the order's operations at the resources' cost, posted; minor units."""
        cost = 0
        for setup, run, rate in self.labour.get(making.item, []):
            minutes = setup * 10**6 + run * making.released
            cost += divided(minutes * rate * 10**self.decimals, 60 * 10**18)
        if cost:
            self.ledger.post("LabourReported", day, {"cost": cost})
        return cost

    def _deliver(self, day: int, delivery: Delivery, entry: tuple[Any, ...]) -> None:
        needs: dict[int, int] = {}
        self._need(delivery.item, delivery.quantity, day, needs)
        if self._lacks(needs, entry):
            return
        runs = self.running.get(delivery.order or "") if delivery.order is not None else None
        for item, quantity in needs.items():
            cost = self.pools[item].issue(quantity)
            if delivery.order is None:
                self.ledger.post("GoodsShipped", day, {"cost": cost}, self.course.roles[item])
                continue
            self.ledger.post("MaterialIssued", day, {"cost": cost}, self.course.roles[item])
            if runs is not None:
                runs.in_process = (runs.in_process or 0) + cost
        if delivery.order is None:
            self.course.shipped.append((delivery.name, delivery.quantity, day))
            self._invoice(day, delivery)
        elif runs is not None:
            runs.awaited -= 1
            if runs.is_due and not runs.awaited:
                self._push(day, PRODUCTION, -2 * self.structure.level[runs.item] + 1, ("complete", runs))

    def _invoice(self, day: int, delivery: Delivery) -> None:
        net = valued(delivery.quantity, delivery.price, self.decimals)
        payment_days, invoice_days = self._terms_of("customer", delivery.customer)
        tax = share(net, self._tax_of("output", delivery.item))
        self._paper(day + invoice_days, "CustomerInvoiced", net, tax, payment_days)


def _terms(finances: Finances) -> dict[tuple[str, str | None], tuple[int, int]]:
    rows = finances.tables["terms"].select("side", "party", "payment_days", "invoice_days").iter_rows()
    return {(side, party): (payment, invoice) for side, party, payment, invoice in rows}


def _pools(network: Network, finances: Finances, events: Events) -> tuple[list[Pool], list[str]]:
    """What there is of every item at the beginning, and the role that its stock stands in."""
    package, decimals = network.package, finances.decimals
    accounts = {row["item_index"]: row for row in finances.tables["item_accounts"].iter_rows(named=True)}
    makes = default_kinds(package) == MAKE
    pools, roles = [], []
    for item, cost in enumerate(package.table("items")["unit_cost"].to_list()):
        told = accounts.get(item, {})
        standard = told.get("standard_cost")
        pools.append(
            Pool(told.get("valuation", "standard") == "standard", cost or 0 if standard is None else standard, decimals)
        )
        roles.append(told.get("inventory_role") or INVENTORY[bool(makes[item])])
    stock = package.table("stock").with_columns(
        pl.when(pl.col("status") == "available")
        .then(pl.min_horizontal("allocated", "quantity"))
        .otherwise("quantity")
        .alias("bound")
    )
    for item, quantity, bound in stock.select("item_index", "quantity", "bound").iter_rows():
        pools[item].quantity += quantity
        pools[item].bound += bound
    for transfer in events.transfers:
        pools[transfer.item].quantity += transfer.quantity
        pools[transfer.item].bound += transfer.quantity
    for item, pool in enumerate(pools):
        elsewhere = max((accounts.get(item, {}).get("stock_quantity") or 0) - pool.quantity, 0)
        pool.quantity += elsewhere
        pool.bound += elsewhere
        value = accounts.get(item, {}).get("stock_value")
        there = valued(pool.quantity, pool.unit_cost, decimals) if value is None else minor(value, decimals)
        pool.value = there if pool.quantity > 0 else 0
    return pools, roles


def _labour(network: Network) -> dict[int, list[tuple[int, int, int]]]:
    """By item its operations: setup and run minutes, and what an hour costs, all millionths; the first alternative counts."""
    package = network.package
    resources = package.table("resources")
    rate = dict(resources.select("resource", "cost_per_hour").iter_rows())
    first_of = dict(
        resources.drop_nulls("group")
        .unique("group", keep="first", maintain_order=True)
        .select("group", "resource")
        .iter_rows()
    )
    chosen = package.table("routings").sort("item_index", "operation", "priority", maintain_order=True)
    chosen = chosen.unique(["item_index", "operation"], keep="first", maintain_order=True)
    work: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in chosen.iter_rows(named=True):
        cost = rate.get(row["resource"] or first_of.get(row["group"])) or 0
        work[row["item_index"]].append((row["setup_minutes"], row["run_minutes"], cost))
    return dict(work)
