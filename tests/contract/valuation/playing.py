"""Plays the moves of a worked valuation case on one item through real commands, and says what the books show after each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.company import DAY, Company

D = Decimal
METHODS = (
    ("month", "month_end_average"),
    ("planned", "month_end_average"),
    ("一次加权", "month_end_average"),
    ("fifo", "fifo"),
    ("first in", "fifo"),
    ("standard", "standard"),
    ("average", "moving_average"),
    ("avco", "moving_average"),
    ("moving", "moving_average"),
)
_WORDS = {
    "in": "receive", "receipt": "receive", "receive": "receive", "purchase": "receive", "buy": "receive",
    "out": "deliver", "issue": "deliver", "deliver": "deliver", "delivery": "deliver", "sale": "deliver", "sell": "deliver",
    "customer_return": "take_back", "sales_return": "take_back", "return_from_customer": "take_back",
    "return_to_supplier_of_first": "send_back", "return_to_supplier": "send_back", "purchase_return": "send_back",
    "supplier_return": "send_back", "return_to_supplier_of_last": "send_back_last",
    "landed_cost": "land", "opening": "open", "count": "count", "close": "close",
}  # fmt: skip
_PHRASES = (
    (re.compile(r"(?:deliver|issue|sell)s? (\d+)"), "deliver"),
    (re.compile(r"receives? (\d+)(?: (?:at|@) (\d+(?:\.\d+)?))"), "receive"),
    (re.compile(r"customer returns? (\d+)"), "take_back"),
    (re.compile(r"return(?:s)? (?:the )?first receipt(?: to (?:the )?supplier)?"), "send_back"),
    (re.compile(r"receives? the returned one again"), "come_again"),
)


def method_named(text: str) -> str:
    """Our name of a valuation method that a case names in its own words."""
    found = next((ours for part, ours in METHODS if part in text.casefold()), None)
    assert found is not None, f"no valuation method is called {text!r}"
    return found


def number(value: Any) -> Decimal:
    """A number of a case, exactly as written."""
    return D(str(value))


@dataclass(frozen=True)
class Move:
    """One thing that happens to the item."""

    kind: str
    quantity: Decimal | None = None
    rate: Decimal | None = None
    day: int | None = None


@dataclass(frozen=True)
class Shown:
    """What the books show after a move."""

    kind: str
    change: Decimal
    quantity: Decimal
    value: Decimal
    layers: tuple[tuple[Decimal, Decimal], ...]

    @property
    def average(self) -> Decimal | None:
        """Value of one unit, where there is any."""
        return self.value / self.quantity if self.quantity else None


def moves_of(given: Iterable[Any]) -> list[Move]:
    """Read the moves of a case, lists or objects; moves with days come in their order, as they were recorded on each day."""
    moves = [_move(entry) for entry in given]
    if any(move.day is not None for move in moves):
        moves.sort(key=lambda move: move.day or 0)
    return moves


def _move(entry: Any) -> Move:
    if isinstance(entry, Mapping):
        kind = entry.get("kind", entry.get("type"))
        quantity = entry.get("qty", entry.get("quantity"))
        rate = next(
            (entry[k] for k in ("rate", "price", "unit", "cost", "unit_cost") if entry.get(k) is not None), None
        )
        day = entry.get("day")
    else:
        kind, quantity, rate, day = entry[0], entry[1], entry[2] if len(entry) > 2 else None, None
    assert kind in _WORDS, f"no move is called {kind!r}"
    return Move(_WORDS[kind], number(quantity), None if rate is None else number(rate), day)


def phrases(text: str, known: Mapping[str, str]) -> list[Move]:
    """Read a case that is told in words, such as "deliver 1, customer returns 1"; a bare label stands for that other case."""
    moves: list[Move] = []
    for part in re.split(r",\s*(?:then\s+)?", text.strip()):
        if part in known:
            moves += phrases(known[part], known)
            continue
        hit = next(((kind, m) for pattern, kind in _PHRASES if (m := pattern.fullmatch(part))), None)
        assert hit is not None, f"nobody understands {part!r}"
        kind, match = hit
        numbers = [D(n) for n in match.groups() if n is not None]
        quantity, rate = (*numbers, None, None)[:2]
        moves.append(Move(kind, quantity, rate))
    return moves


class Play:
    """One item of one method in a company."""

    def __init__(self, works: Company, method: str, *, item: str = "X", start: date = DAY, **values: Any) -> None:
        self._works, self._item, self._start = works, item, start
        works.do("put_item_category", code=f"C-{item}", name=item, valuation_method=method)
        works.do("put_item", code=item, name=item, category=f"C-{item}", unit="EA", **values)
        self.receipts: list[int] = []
        self.orders: list[int] = []
        self.shipments: list[int] = []
        self._sent_back: list[int] = []
        self.shown: list[Shown] = []

    def play(self, moves: Sequence[Move]) -> list[Shown]:
        """Give the command of each move, verify the books, and return what they show after each."""
        for move in moves:
            before = self.held()[1]
            getattr(self, move.kind)(move)
            self._works.assert_clean()
            quantity, value = self.held()
            self.shown.append(Shown(move.kind, value - before, quantity, value, self.layers()))
        return self.shown

    def refused(self, move: Move) -> str:
        """Give the command of a move that cannot be, and return why it is refused."""
        assert move.kind == "deliver", move
        order = self._order("create_sales_order", "customer", "CUS", move.quantity, D(50), move)
        return self._works.refused("ship_goods", order=order, posted_on=self._on(move))

    def _on(self, move: Move) -> str:
        return (self._start + timedelta(days=move.day or 0)).isoformat()

    def _order(
        self, command: str, role: str, party: str, quantity: Decimal | None, price: Decimal | None, move: Move
    ) -> int:
        line = {"item": self._item, "quantity": str(quantity), "unit_price": str(price)}
        document = self._works.do(command, **{role: party}, document_on=self._on(move), lines=[line]).document
        assert document is not None
        return document

    def receive(self, move: Move) -> None:
        """Goods arrive at a price."""
        order = self._order("create_purchase_order", "supplier", "SUP", move.quantity, move.rate, move)
        receipt = self._works.do("receive_goods", order=order, posted_on=self._on(move)).document
        assert receipt is not None
        self.orders.append(order)
        self.receipts.append(receipt)

    def deliver(self, move: Move) -> None:
        """Goods leave for a customer."""
        order = self._order("create_sales_order", "customer", "CUS", move.quantity, D(50), move)
        shipment = self._works.do("ship_goods", order=order, posted_on=self._on(move)).document
        assert shipment is not None
        self.shipments.append(shipment)

    def take_back(self, move: Move) -> None:
        """A customer returns goods of the last delivery."""
        lines = [{"line": 1, "quantity": str(move.quantity)}]
        self._works.do(
            "receive_return", against=self.shipments[-1], reason="other", lines=lines, posted_on=self._on(move)
        )

    def send_back(self, move: Move) -> None:
        """Goods of the first receipt go back; without a quantity, all of it."""
        self._send(self.receipts[0], move)

    def send_back_last(self, move: Move) -> None:
        """Goods of the last receipt go back; without a quantity, all of it."""
        self._send(self.receipts[-1], move)

    def _send(self, receipt: int, move: Move) -> None:
        lines = [] if move.quantity is None else [{"line": 1, "quantity": str(move.quantity)}]
        document = self._works.do(
            "return_to_supplier", against=receipt, reason="other", lines=lines, posted_on=self._on(move)
        ).document
        assert document is not None
        self._sent_back.append(document)

    def come_again(self, move: Move) -> None:
        """What went back to the supplier by mistake comes in again."""
        self._works.do("reverse_document", document=self._sent_back[-1], reason="it came again")

    def land(self, move: Move) -> None:
        """A cost comes late for every receipt."""
        charge = {"description": "Freight", "amount": str(move.quantity)}
        targets = [{"receipt": receipt} for receipt in self.receipts]
        self._works.do("book_landed_cost", supplier="SUP", charges=[charge], targets=targets, posted_on=self._on(move))

    def open(self, move: Move) -> None:
        """Stock that was there before."""
        line = {"item": self._item, "location": "MAIN", "quantity": str(move.quantity), "unit_cost": str(move.rate)}
        self._works.do("book_opening_stock", lines=[line], posted_on=self._on(move))

    def close(self, move: Move) -> None:
        """The month's costs are closed."""
        self._works.do("close_costs", period=f"{self._start:%Y-%m}")

    def held(self) -> tuple[Decimal, Decimal]:
        """Quantity and value of the item."""
        known = self._id()
        rows = [row for row in self._works.ask_table("item_value") if row["item_id"] == known]
        return (rows[0]["quantity"], rows[0]["value"]) if rows else (D(0), D(0))

    def layers(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """What is left of each FIFO layer and the value of one unit of it, the oldest first."""
        known = self._id()
        rows = [
            row for row in self._works.ask_table("cost_layer") if row["item_id"] == known and row["remaining_quantity"]
        ]
        return tuple((row["remaining_quantity"], row["remaining_value"] / row["remaining_quantity"]) for row in rows)

    def costs(self) -> list[Decimal]:
        """What each delivery cost, with what a closing added."""
        lines = self._works.ask_table("document_line")
        return [-sum((row["stock_value"] for row in lines if row["document_id"] == s), D(0)) for s in self.shipments]

    def _id(self) -> int:
        return next(row["id"] for row in self._works.ask_table("item") if row["code"] == self._item)


def role_balances(works: Company) -> dict[str, Decimal]:
    """Debit less credit of the account of each role."""
    accounts = {row["code"]: row["balance"] for row in works.ask("account_balances")}
    return {row["role"]: accounts.get(row["account_code"], D(0)) for row in works.ask("account_roles")}
