"""Two years of a warehouse as rows: lots that are bought, put into bins, moved, made into other lots and shipped, a million moves of them.

The world is played in memory with the balances, FIFO layers and values that its moves leave, and then written table by table past the
guards, which are put back. Items, places, parties and periods are made by commands. Every unit costs 3, so value is plain to check.
Money's ledger is left empty: what is measured here are goods.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, text

from app.kernel.access import SYSTEM
from app.kernel.gateway import Submission
from app.kernel.store import sqlite_library
from schemas.operational import METADATA
from schemas.operational.guards import guard_statements
from tests.company import DAY, Company

DAYS: Final = 730
COST: Final = 3
BINS: Final = 60
PARTIES: Final = 200
_LINES: Final = 5
_UNIT: Final = 10**6
_VALUE: Final = COST * 10**4
_ORDER: Final = (
    "lot",
    "stock_balance",
    "item_value",
    "cost_layer",
    "stock_move",
    "document_line",
    "document",
    "document_link",
)

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Item:
    """An item as the world knows it: its parts on hand, oldest first, as place, lot and quantity."""

    id: int
    code: str
    tracked: bool
    fifo: bool
    parts: deque[list[int]] = field(default_factory=deque)
    quantity: int = 0
    layers: deque[list[Any]] = field(default_factory=deque)


@dataclass(frozen=True)
class World:
    """What was written: how many moves, and names to ask about."""

    moves: int
    items: list[str]
    hot: str
    bought_lots: list[tuple[str, str]]
    made_lots: list[tuple[str, str]]


def found_masters(company: Company, items: int) -> None:
    """Items of two valuation methods, bins and parties, by the road that imports take."""
    for code, method in (("AVG", "moving_average"), ("LAY", "fifo")):
        company.do("put_item_category", code=code, name=code, valuation_method=method)
    orders: list[tuple[str, dict[str, Any]]] = [
        ("put_location", {"code": f"BIN{n:03d}", "name": f"Bin {n}", "site": "MAIN", "parent": "MAIN"})
        for n in range(BINS)
    ]
    for n in range(PARTIES):
        orders.append(("put_party", {"code": f"S{n}", "name": f"Supplier {n}", "is_supplier": True}))
        orders.append(("put_party", {"code": f"C{n}", "name": f"Customer {n}", "is_customer": True}))
    for n in range(items):
        data = {"code": f"W{n:05d}", "name": f"Ware {n}", "category": ("AVG", "LAY")[n % 2], "unit": "EA"}
        orders.append(("put_item", {**data, "lot_tracked": n < items * 6 // 10}))
    submissions = [Submission(name, data, f"w{n}", SYSTEM) for n, (name, data) in enumerate(orders)]
    for receipt in company.gateway.submit_many(submissions):
        assert receipt.status == "done", receipt


class Player:
    """Plays the days and keeps what they leave."""

    def __init__(self, company: Company, moves: int, seed: int = 1) -> None:
        self.rows: Rows = defaultdict(list)
        self.bought: list[tuple[str, str]] = []
        self.made: list[tuple[str, str]] = []
        self._company, self._wanted, self._chance = company, moves, random.Random(seed)
        self._numbers: dict[str, int] = defaultdict(int)
        with company.gateway.store.reading() as connection:
            said = partial(_said, connection)
            self._next = said("select last_id from store_head").scalar_one() + 10**9
            named = said(
                "select i.id, i.code, i.lot_tracked, c.valuation_method from item i"
                " join item_category c on c.id = i.category_id where i.code like 'W%' order by i.code"
            )
            self.items = [Item(row[0], row[1], bool(row[2]), row[3] == "fifo") for row in named]
            self._bins = [row[0] for row in said("select id from location where code like 'BIN%' order by code")]
            self._far = {row[0]: row[1] for row in said("select kind, min(id) from location group by kind")}
            self._suppliers = [row[0] for row in said("select id from party where is_supplier order by id")]
            self._customers = [row[0] for row in said("select id from party where is_customer order by id")]
            self._unit = said("select min(unit_id) from item where code like 'W%'").scalar_one()
            self._periods = {row[0]: row[1] for row in said("select code, id from fiscal_period")}
        third = len(self.items) // 5
        self._raw, self._made, self._goods = (
            self.items[: 2 * third],
            self.items[2 * third : 3 * third],
            self.items[3 * third :],
        )

    def play(self) -> None:
        """Play until enough has moved."""
        moves = self.rows["stock_move"]
        actions, weights = (self._buy, self._ship, self._make, self._move), (30, 42, 16, 12)
        while len(moves) < self._wanted:
            day = DAY - timedelta(days=DAYS - len(moves) * DAYS // self._wanted)
            if self._chance.random() < 0.5 and len(moves) < self._wanted // 50:
                self._buy(day)
                continue
            self._chance.choices(actions, weights)[0](day)

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _one_of(self, items: list[Item]) -> Item:
        """Some items move far more often than others."""
        return items[int(len(items) * self._chance.random() ** 3)]

    def _document(self, kind: str, day: date, party: int | None = None, state: str = "posted") -> int:
        identity = self._id()
        self._numbers[kind] += 1
        number = f"{kind}-{self._numbers[kind]}"
        self.rows["document"].append((identity, kind, number, state, party, day, day if state == "posted" else None))
        return identity

    def _moved(
        self,
        document: int,
        line: int,
        item: Item,
        start: int,
        end: int,
        lot: int,
        quantity: int,
        day: date,
        change: int,
    ) -> None:
        row = self._id()
        self.rows["document_line"].append(
            (row, document, line, item.id, quantity * _UNIT, self._unit, lot, change * quantity * _VALUE)
        )
        period = self._periods[f"{day.year}-{day.month:02d}"]
        self.rows["stock_move"].append(
            (self._id(), document, row, item.id, start, end, lot, quantity * _UNIT, change * quantity * _VALUE, day, period)
        )  # fmt: skip

    def _in(self, document: int, line: int, item: Item, start: int, quantity: int, day: date) -> int:
        lot = 0
        if item.tracked:
            lot = self._id()
            code = f"{item.code}-{lot}"
            self.rows["lot"].append((lot, item.id, code, day))
            (self.made if start == self._far["production"] else self.bought).append((item.code, code))
        place = self._chance.choice(self._bins)
        item.parts.append([place, lot, quantity])
        item.quantity += quantity
        if item.fifo:
            item.layers.append([day, quantity, quantity])
        self._moved(document, line, item, start, place, lot, quantity, day, 1)
        return lot

    def _out(self, document: int, line: int, item: Item, end: int, quantity: int, day: date) -> int:
        """Take from the oldest part, and no more than it has."""
        part = item.parts[0]
        taken = min(quantity, part[2])
        part[2] -= taken
        if not part[2]:
            item.parts.popleft()
            self.rows["emptied"].append((item.id, part[0], part[1]))
        item.quantity -= taken
        left = taken
        while item.fifo and left:
            layer = item.layers[0]
            used = min(left, layer[2])
            layer[2] -= used
            left -= used
            if not layer[2]:
                self.rows["spent"].append((item.id, layer[0], layer[1]))
                item.layers.popleft()
        self._moved(document, line, item, part[0], end, part[1], taken, day, -1)
        return part[1]

    def _buy(self, day: date) -> None:
        receipt = self._document("goods_receipt", day, self._chance.choice(self._suppliers))
        for line in range(1, _LINES + 1):
            item = self._one_of(self._raw if self._chance.random() < 0.6 else self._goods)
            self._in(receipt, line, item, self._far["supplier"], self._chance.randint(20, 120), day)

    def _ship(self, day: date) -> None:
        wanted = [self._one_of(self._made if self._chance.random() < 0.5 else self._goods) for _ in range(_LINES)]
        there = [item for item in wanted if item.parts]
        if there:
            shipment = self._document("shipment", day, self._chance.choice(self._customers))
            for line, item in enumerate(there, 1):
                if item.parts:
                    self._out(shipment, line, item, self._far["customer"], self._chance.randint(1, 30), day)

    def _make(self, day: date) -> None:
        components = list({self._one_of(self._raw).code: None for _ in range(3)})
        there = [item for item in (self._by_code(code) for code in components) if item.parts]
        if not there:
            return
        order = self._document("production_order", day, state="closed")
        issue, completion = self._document("material_issue", day), self._document("production_completion", day)
        self.rows["document_link"] += [
            (self._id(), order, issue, "issue"),
            (self._id(), order, completion, "fulfilment"),
        ]
        for line, item in enumerate(there, 1):
            self._out(issue, line, item, self._far["production"], self._chance.randint(5, 40), day)
        self._in(completion, 1, self._one_of(self._made), self._far["production"], self._chance.randint(10, 60), day)

    def _by_code(self, code: str) -> Item:
        return self.items[int(code[1:])]

    def _move(self, day: date) -> None:
        wanted = [item for item in (self._one_of(self.items) for _ in range(_LINES)) if item.parts]
        if not wanted:
            return
        transfer = self._document("stock_transfer", day)
        for line, item in enumerate(wanted, 1):
            place, lot, quantity = item.parts[0]
            end = self._chance.choice([other for other in self._bins if other != place])
            item.parts[0][0] = end
            self.rows["emptied"].append((item.id, place, lot))
            self._moved(transfer, line, item, place, end, lot, quantity, day, 0)

    def finish(self) -> None:
        """The balances, layers and values that are left; places that were emptied keep a balance of nothing, as they do."""
        held: dict[tuple[int, int, int], int] = dict.fromkeys(self.rows.pop("emptied", []), 0)
        for item in self.items:
            for place, lot, quantity in item.parts:
                key = (item.id, place, lot)
                held[key] = held.get(key, 0) + quantity
            for day, quantity, left in item.layers:
                self.rows["cost_layer"].append(
                    (self._id(), item.id, day, quantity * _UNIT, left * _UNIT, left * _VALUE)
                )
            self.rows["item_value"].append((item.id, item.quantity * _UNIT, item.quantity * _VALUE, COST * 10**8))
        for item_id, day, quantity in self.rows.pop("spent", []):
            self.rows["cost_layer"].append((self._id(), item_id, day, quantity * _UNIT, 0, 0))
        self.rows["stock_balance"] = [(self._id(), *key, quantity * _UNIT) for key, quantity in held.items()]

    @property
    def last(self) -> int:
        """The last id that was given."""
        return self._next


def _said(connection: Connection, query: str) -> Any:
    return connection.execute(text(query))


_COLUMNS: Final = {
    "lot": ("id, item_id, code, received_on", ""),
    "stock_balance": ("id, item_id, location_id, lot_id, quantity, owner_id, status, reserved", "0, 'available', 0"),
    "item_value": ("item_id, quantity, value, last_unit_cost", ""),
    "cost_layer": ("id, item_id, received_on, quantity, remaining_quantity, remaining_value", ""),
    "stock_move": (
        "id, document_id, document_line_id, item_id, from_location_id, to_location_id, lot_id, quantity, value, posted_on,"
        " period_id, owner_id, status",
        "0, 'available'",
    ),
    "document_line": (
        "id, document_id, line, item_id, quantity, unit_id, lot_id, stock_value, kind, unit_price, discount_rate, net_amount,"
        " tax_amount, reserved_quantity, fulfilled_quantity, invoiced_quantity, invoiced_amount, returned_quantity,"
        " creditable_quantity, credited_quantity, closed",
        "'item', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {false}",
    ),
    "document": (
        "id, kind, number, state, party_id, document_on, posted_on, currency, exchange_rate, net_amount, tax_amount, total_amount,"
        " fulfilled_quantity, created_by, created_at, version",
        "'CNY', 100000000, 0, 0, 0, 0, 1, 0, 1",
    ),
    "document_link": ("id, from_id, to_id, kind", ""),
}  # fmt: skip


def written(company: Company, moves: int) -> World:
    """Play a world for a company with masters and write it.

    Args:
        company: a company whose items, bins and parties are there.
        moves: stock moves to make, or a few more.
    """
    player = Player(company, moves)
    player.play()
    player.finish()
    counts = defaultdict(int)
    for row in player.rows["stock_move"]:
        counts[row[3]] += 1
    hot = max(player.items, key=lambda item: counts[item.id]).code
    write = _write_file if company.gateway.store.dialect == "sqlite" else _write_server
    write(company, player.rows, player.last)
    return World(len(player.rows["stock_move"]), [item.code for item in player.items], hot, player.bought, player.made)


def _indexes() -> Iterator[Any]:
    for name in _ORDER:
        yield from METADATA.tables[name].indexes


def _write_file(company: Company, rows: Rows, last: int) -> None:
    store = company.gateway.store
    with store.writing() as connection:
        for (name,) in connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").all():
            connection.exec_driver_sql(f'drop trigger "{name}"')
        for index in _indexes():
            index.drop(connection)
    raw = sqlite_library().connect(str(store.address.path), isolation_level=None)
    try:
        for name in _ORDER:
            columns, constants = _COLUMNS[name]
            marks = ", ".join("?" * len(rows[name][0]))
            constants = f", {constants.format(false=0)}" if constants else ""
            raw.execute("begin immediate")
            raw.executemany(f"insert into {name} ({columns}) values ({marks}{constants})", map(_as_text, rows[name]))
            raw.execute("commit")
        raw.execute("update store_head set last_id = ?", (last,))
    finally:
        raw.close()
    with store.writing() as connection:
        for index in _indexes():
            index.create(connection)
        for statement in guard_statements("sqlite"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("analyze")


def _as_text(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _write_server(company: Company, rows: Rows, last: int) -> None:
    url = company.gateway.store.address.url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        for name in _ORDER:
            columns, constants = _COLUMNS[name]
            own = columns.split(", ")[: len(rows[name][0])]
            connection.execute(f"create temp table filling as select {', '.join(own)} from {name} limit 0")
            with connection.cursor().copy(f"copy filling ({', '.join(own)}) from stdin") as copy:
                for row in rows[name]:
                    copy.write_row(row)
            constants = f", {constants.format(false='false')}" if constants else ""
            connection.execute(f"insert into {name} ({columns}) select {', '.join(own)}{constants} from filling")
            connection.execute("drop table filling")
        connection.execute("select setval('id_block', %s)", (last // 64 + 2,))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def sampled(values: Iterable[Any], count: int, seed: int = 2) -> list[Any]:
    """Some of the values, the same every time."""
    known = list(values)
    chance = random.Random(seed)
    return [chance.choice(known) for _ in range(count)]
