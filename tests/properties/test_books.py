"""Any sequence of buying, billing, moving, counting, making, selling, returning, crediting, closing and taking back leaves books whole.

Hypothesis chooses the sequences. After each the store verifies clean: entries balance, value and quantity are conserved,
every subledger is its account. A copy fed with the same commands ends with the same ledgers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from schemas.operational import inventory, ledger
from tests.company import Company, reopened
from tests.conftest import Template
from tests.makers import COUNTER
from tests.postgresql import fresh_database
from tests.quiet import quiet

ITEMS = ("AVG", "FIFO", "STD", "MEA")
METHODS = ("moving_average", "fifo", "standard", "month_end_average")
PLACES = ("MAIN", "BIN1")
BY_COUNTER = frozenset({"enter_count"})

Step = tuple[str, int, int, int]
_KINDS = (
    "buy", "receive", "bill", "sell", "ship", "invoice", "pay", "collect", "move", "count", "make", "complete", "undo",
    "take_back", "send_back", "credit", "debit", "offset", "land", "hold", "close_costs", "send", "arrive",
    "sheet", "enter", "finish", "decide", "take_in", "hand_out", "bring_back",
)  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(_KINDS), st.integers(0, 5), st.integers(1, 7), st.integers(0, 9)), min_size=1, max_size=25
)


def equip(works: Company) -> None:
    """An item of each valuation method, a made item and a second place."""
    works.do("put_location", code="BIN1", name="First bin", site="MAIN", parent="MAIN")
    for item, method in zip(ITEMS, METHODS, strict=True):
        works.do("put_item_category", code=item, name=item, valuation_method=method)
        works.do(
            "put_item", code=item, name=item, category=item, unit="EA", tax_code="VAT13", standard_cost="3.335",
            list_price="5", weight_kg="0.7", volume_m3="0.01",
        )  # fmt: skip
    piece = {"code": "SER", "name": "Piece", "category": "FIFO", "unit": "EA", "list_price": "9", "tax_code": "VAT13"}
    works.do("put_item", **piece, serial_tracked=True, warranty_months=12)
    works.do(
        "create_bom_revision",
        item="GOOD",
        revision="P",
        effective_from="2026-01-01",
        lines=[{"component": item, "quantity_per": n, "scrap_factor": "0.03"} for n, item in enumerate(ITEMS, start=1)],
    )


def given_by(command: str) -> Principal:
    """Who gives a command: who counts does not approve."""
    return COUNTER if command in BY_COUNTER else SYSTEM


class Life:
    """Plays steps against a company; what a step names need not be possible, and then it is refused."""

    def __init__(self, company: Company, prefix: str = "p") -> None:
        self._company = company
        self._ids = (f"{prefix}{number}" for number in itertools.count())
        self._orders: dict[str, list[int]] = {"buy": [], "sell": [], "make": []}
        self._posted: list[int] = []
        self._kinds: dict[str, list[int]] = {}
        self.commands: list[tuple[str, dict[str, Any], str]] = []

    def play(self, step: Step) -> Receipt | None:
        """Give the command of a step, if there is something to give it on."""
        kind, choice, quantity, price = step
        command = getattr(self, "_" + kind)(choice, quantity, Decimal(price) / 3 + Decimal("0.5"))
        if command is None:
            return None
        name, data = command
        command_id = next(self._ids)
        self.commands.append((name, data, command_id))
        receipt = self._company.gateway.submit(name, data, command_id=command_id, principal=given_by(name))
        assert receipt.status != "error", (name, data, receipt)
        if receipt.status == "done" and receipt.document is not None:
            self._orders.get(kind, self._posted).append(receipt.document)
            self._kinds.setdefault(kind, []).append(receipt.document)
        return receipt

    def _of(self, kind: str, choice: int) -> int | None:
        orders = self._orders[kind]
        return orders[choice % len(orders)] if orders else None

    def _made(self, kind: str, choice: int) -> int | None:
        made = self._kinds.get(kind, [])
        return made[choice % len(made)] if made else None

    @staticmethod
    def _on(choice: int) -> dict[str, str]:
        """Most documents are dated today, some in the months before."""
        return {1: {"posted_on": "2026-05-20"}, 4: {"posted_on": "2026-04-07"}}.get(choice, {})

    @staticmethod
    def _price(price: Decimal) -> str:
        return str(round(price, 3))

    def _lines(self, choice: int, quantity: int, price: Decimal) -> list[dict[str, Any]]:
        wanted = [(ITEMS[choice % 4], quantity), (ITEMS[(choice + 1) % 4], quantity + 1)]
        return [{"item": item, "quantity": q, "unit_price": self._price(price)} for item, q in wanted]

    def _buy(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "create_purchase_order", {"supplier": "SUP", "lines": self._lines(choice, quantity, price)}

    def _receive(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("buy", choice)
        lines = [{"line": 1, "quantity": quantity}] if quantity % 2 else []
        return order and (
            "receive_goods",
            {"order": order, "lines": lines, "location": PLACES[quantity % 2], **self._on(choice)},
        )

    def _bill(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("buy", choice)
        lines = [{"line": 1 + quantity % 2, "quantity": quantity, "unit_price": self._price(price)}]
        charges = [{"description": "Freight", "amount": self._price(price)}] if choice % 2 else []
        return order and (
            "book_supplier_bill",
            {"order": order, "lines": lines if quantity < 6 else [], "charges": charges},
        )

    def _sell(self, choice: int, quantity: int, price: Decimal) -> Any:
        lines = [*self._lines(choice, quantity, price), {"item": "GOOD", "quantity": 1, "unit_price": "9.99"}]
        return "create_sales_order", {"customer": "CUS", "lines": lines[quantity % 3 :], "reserve": bool(choice % 2)}

    def _ship(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("sell", choice)
        lines = [{"line": 1, "quantity": quantity}] if quantity % 2 else []
        return order and ("ship_goods", {"order": order, "lines": lines, **self._on(choice)})

    def _invoice(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("sell", choice)
        return order and ("issue_customer_invoice", {"order": order})

    def _pay(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "pay_supplier", {"party": "SUP", "amount": self._price(price * quantity)}

    def _collect(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "receive_payment", {"party": "CUS", "amount": self._price(price * quantity)}

    def _move(self, choice: int, quantity: int, price: Decimal) -> Any:
        start, end = PLACES if quantity % 2 else PLACES[::-1]
        line = {"item": ITEMS[choice % 4], "quantity": quantity, "from_location": start, "to_location": end}
        return "transfer_stock", {"lines": [line]}

    def _send(self, choice: int, quantity: int, price: Decimal) -> Any:
        start, end = PLACES if quantity % 2 else PLACES[::-1]
        lines = [{"item": ITEMS[n % 4], "quantity": quantity} for n in (choice, choice + 1)]
        return "send_transfer", {"from_location": start, "to_location": end, "lines": lines[: 1 + choice % 2]}

    def _arrive(self, choice: int, quantity: int, price: Decimal) -> Any:
        sent = self._made("send", choice)
        line = {"line": 1, "quantity": quantity // 2, "status": "hold" if quantity == 6 else "available"}
        lost = {"lost_quantity": 1, "reason": "damaged"} if quantity % 3 == 0 else {}
        return sent and ("receive_transfer", {"transfer": sent, "lines": [line | lost] if quantity % 4 else []})

    def _count(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "location": PLACES[quantity % 2], "counted_quantity": quantity}
        return "book_stock_count", {"lines": [line | ({"unit_cost": self._price(price)} if choice % 2 else {})]}

    def _sheet(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "create_count_sheet", {"location": PLACES[quantity % 2], "due_only": False}

    def _enter(self, choice: int, quantity: int, price: Decimal) -> Any:
        """Something is found of every line of a sheet; one in seven is counted elsewhere."""
        sheet = self._made("sheet", choice)
        rows = [] if sheet is None else self._company.ask("count_sheet_lines", document=sheet)
        lines = []
        for number, row in enumerate(rows):
            found = (quantity + number) % 2 if row["item_code"] == "SER" else (quantity * 3 + number) % 5
            place = PLACES[choice % 2] if quantity == 7 else row["location_code"]
            line = {"location": place, "item": row["item_code"], "quantity": found, "status": row["status"]}
            lines.append(line | ({"lot": row["lot_code"]} if row["lot_code"] else {}))
        return ("enter_count", {"sheet": sheet, "lines": lines}) if lines else None

    def _finish(self, choice: int, quantity: int, price: Decimal) -> Any:
        sheet = self._made("sheet", choice)
        return sheet and ("finish_count", {"sheet": sheet, **self._on(choice)})

    def _decide(self, choice: int, quantity: int, price: Decimal) -> Any:
        sheet = self._made("sheet", choice)
        decision = "recount" if quantity == 6 else "approve"
        return sheet and ("decide_count", {"sheet": sheet, "decision": decision, "reason": "lost"})

    def _take_in(self, choice: int, quantity: int, price: Decimal) -> Any:
        """Pieces come in under numbers of a narrow range, so that some of them are there already."""
        numbers = {"quantity": 1 + quantity % 3, "serials": f"N-{choice + 1:02d}..N-{choice + 1 + quantity % 3:02d}"}
        line = {"item": "SER", "location": PLACES[quantity % 2], "unit_cost": self._price(price), **numbers}
        return "book_opening_stock", {"lines": [line], **self._on(choice)}

    def _hand_out(self, choice: int, quantity: int, price: Decimal) -> Any:
        """A piece is ordered, or one of those that were is shipped under its number."""
        order = self._made("hand_out", choice)
        if order is None or quantity % 2:
            wanted = {"item": "SER", "quantity": 1 + quantity % 3, "unit_price": self._price(price)}
            return "create_sales_order", {"customer": "CUS", "lines": [wanted], "reserve": bool(choice % 2)}
        line = {"line": 1, "quantity": 1, "serials": [f"N-{quantity // 2 + choice:02d}"]}
        return "ship_goods", {"order": order, "lines": [line]}

    def _bring_back(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("hand_out", choice)
        return order and ("receive_return", {"against": order, "reason": "defective", "lines": []})

    def _make(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "create_production_order", {"item": "GOOD", "quantity": quantity}

    def _complete(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("make", choice)
        data = {"order": order, "quantity": quantity // 2, "scrapped_quantity": quantity % 2, "backflush": True}
        return order and ("complete_production", {**data, "close": quantity > 5})

    def _take_back(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._return("receive_return", self._made("ship", choice) or self._of("sell", choice), quantity, choice)

    def _send_back(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._return(
            "return_to_supplier", self._made("receive", choice) or self._of("buy", choice), quantity, choice
        )

    @staticmethod
    def _return(command: str, against: int | None, quantity: int, choice: int) -> Any:
        lines = [{"line": 1, "quantity": quantity}] if choice % 2 else []
        status = "hold" if quantity == 2 else "available"
        data = {"reason": "defective", "replacement": quantity % 3 == 0, "status": status, "lines": lines}
        return against and (command, {"against": against, **data})

    def _credit(self, choice: int, quantity: int, price: Decimal) -> Any:
        invoice = self._made("invoice", choice)
        return invoice and ("issue_credit_note", {"invoice": invoice, **self._note(choice, quantity, price)})

    def _debit(self, choice: int, quantity: int, price: Decimal) -> Any:
        bill = self._made("bill", choice)
        return bill and ("issue_debit_note", {"bill": bill, **self._note(choice, quantity, price)})

    def _note(self, choice: int, quantity: int, price: Decimal) -> dict[str, Any]:
        part = {"amount": self._price(price)} if quantity % 2 else {"quantity": quantity}
        return {"lines": [{"line": 1, **part}] if choice % 2 else [], "settle": quantity < 5}

    def _offset(self, choice: int, quantity: int, price: Decimal) -> Any:
        note, invoice = ("credit", "invoice") if quantity % 2 else ("debit", "bill")
        credit, document = self._made(note, choice), self._made(invoice, quantity)
        return credit and document and ("apply_credit", {"credit": credit, "document": document})

    def _land(self, choice: int, quantity: int, price: Decimal) -> Any:
        receipts = sorted({made for n in (choice, quantity) if (made := self._made("receive", n)) is not None})
        basis = ("value", "quantity", "weight", "volume", "equal")[choice % 5]
        charges = [{"description": "Freight", "amount": self._price(price * quantity), "tax_code": "VAT13"}]
        source = {"bill": self._made("bill", choice)} if quantity % 3 == 0 else {"supplier": "SUP", "charges": charges}
        targets = [{"receipt": receipt} for receipt in receipts]
        return None if not targets else ("book_landed_cost", {**source, "basis": basis, "targets": targets})

    def _hold(self, choice: int, quantity: int, price: Decimal) -> Any:
        start, end = ("available", "hold") if choice % 2 else ("hold", "available")
        line = {"item": ITEMS[choice % 4], "location": PLACES[quantity % 2], "quantity": quantity}
        return "change_stock_status", {"lines": [{**line, "from_status": start, "to_status": end}]}

    def _close_costs(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "close_costs", {"period": f"2026-0{4 + choice % 3}"}

    def _undo(self, choice: int, quantity: int, price: Decimal) -> Any:
        posted = self._posted
        document = posted[-1 - choice % len(posted)] if posted else None
        return document and ("reverse_document", {"document": document, "reason": "wrong"})


def ledgers(company: Company) -> dict[str, Any]:
    """Stock by item and balances by account, by codes."""
    with company.gateway.store.reading() as connection:
        line, value = ledger.journal_line, inventory.item_value
        totals = select(line.c.account_id, func.sum(line.c.debit), func.sum(line.c.credit)).group_by(line.c.account_id)
        stock = select(value.c.item_id, value.c.quantity, value.c.value)
        return {
            "accounts": sorted(tuple(row) for row in connection.execute(totals)),
            "stock": sorted(tuple(row) for row in connection.execute(stock)),
        }


def lives(template: Template, server: str | None, play: Callable[[Company], None]) -> None:
    """Play against a fresh copy of a template."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        address = str(folder / "store.db")
        if server is not None:
            address = stack.enter_context(fresh_database(server, template=template.address.rsplit("/", 1)[1]))
        template.copied(address, folder / "store.key")
        play(stack.enter_context(reopened(address, key_file=folder / "store.key")))


@pytest.fixture(scope="module")
def equipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A furnished and equipped SQLite company to copy."""
    template: Template = request.getfixturevalue("sqlite_templates")["furnished"]
    folder = tmp_path_factory.mktemp("equipped")
    copy = Template(str(folder / "equipped.db"), folder / "equipped.key")
    template.copied(copy.address, copy.key_file)
    with reopened(copy.address, key_file=copy.key_file) as opened:
        equip(opened)
    return copy


_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def play_and_check(company: Company, chosen: list[Step], kind_of_life: type[Life] = Life) -> None:
    """Play, verify, and look whether repeating every command changes anything."""
    life = kind_of_life(company)
    with quiet():
        receipts = [life.play(step) for step in chosen]
        company.assert_clean()
    before = ledgers(company)
    assert all(value >= 0 for _, _, value in before["stock"])
    for (name, data, command_id), first in zip(life.commands, [r for r in receipts if r is not None], strict=True):
        if first.status == "done":
            again = company.gateway.submit(name, data, command_id=command_id, principal=given_by(name))
            assert (again.document, again.number, again.position) == (first.document, first.number, first.position)
    assert ledgers(company) == before


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(chosen=steps)
def test_books_stay_whole_whatever_happens(equipped: Template, chosen: list[Step]) -> None:
    lives(equipped, None, lambda company: play_and_check(company, chosen))


@pytest.mark.full
@settings(max_examples=1500, deadline=None, suppress_health_check=_QUIET)
@given(chosen=steps)
def test_books_stay_whole_whatever_happens_for_long(equipped: Template, chosen: list[Step]) -> None:
    lives(equipped, None, lambda company: play_and_check(company, chosen))


@pytest.mark.slow
@pytest.mark.postgresql
@settings(max_examples=5, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(chosen=steps)
def test_books_stay_whole_on_postgresql(
    postgresql_templates: dict[str, Template], postgresql_server: str, chosen: list[Step]
) -> None:
    def play(company: Company) -> None:
        equip(company)
        play_and_check(company, chosen)

    lives(postgresql_templates["furnished"], postgresql_server, play)
