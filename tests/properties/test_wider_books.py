"""Any sequence of what is made outside, held for others, sold at a customer's, repaired, shipped past us, quoted and changed leaves books whole.

It goes on from the lives of `test_books.py`, among whose steps these are mixed: buying, counting, selling, returning, taking back.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.bus import Receipt
from tests.company import Company, reopened
from tests.conftest import Template
from tests.properties.test_books import _QUIET, ITEMS, PLACES, Life, Step, equip, lives, play_and_check

_KINDS = (
    "buy", "receive", "bill", "count", "count", "sell", "ship", "invoice", "undo", "undo", "take_back", "send_back", "take_in",
    "hand_out", "bring_back", "credit", "order_outside", "provide", "finish_outside", "fetch_home", "place", "sell_there",
    "bring_home", "lend", "keep", "give_back", "quote", "hold_for", "accept", "change", "direct", "order_direct", "left",
    "complain", "mend", "mend", "mend",
)  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(_KINDS), st.integers(0, 5), st.integers(1, 7), st.integers(0, 9)), min_size=4, max_size=30
)


def equip_wider(works: Company) -> None:
    """A case that a workshop makes of parts of ours, a place at it and one at the customer's, a bench, and stock to begin with."""
    equip(works)
    works.do("put_item", code="CASE", name="Case", category="FIFO", unit="EA", source="make", list_price="8")
    works.do(
        "create_bom_revision",
        item="CASE",
        revision="1",
        effective_from="2026-01-01",
        lines=[{"component": item, "quantity_per": n} for n, item in enumerate(("FIFO", "MEA"), start=1)],
    )
    works.do("put_party", code="SMITH", name="Workshop", is_supplier=True)
    works.do("put_location", code="AT-SMITH", name="At the workshop", kind="subcontractor", supplier="SMITH")
    terms = {"supplier": "SMITH", "item": "CASE", "components_provided": True}
    works.do("put_supplier_item", **terms, prices=[{"unit_price": "4.5"}])
    works.do("put_location", code="AT-CUS", name="At the customer's", kind="consignment", customer="CUS")
    works.do("put_work_center", code="BENCH", name="Bench", cost_per_hour="32", weekly_minutes=2400)
    lines: list[dict[str, Any]] = [
        {"item": item, "location": "MAIN", "quantity": 60, "unit_cost": f"{n}.335"} for n, item in enumerate(ITEMS)
    ]
    lines.append({"item": "SER", "location": "MAIN", "quantity": 3, "unit_cost": "7.77", "serials": "N-01..N-03"})
    works.do("book_opening_stock", lines=lines, posted_on="2026-04-01")
    wanted = [{"item": "SER", "quantity": 2, "unit_price": "9.99"}]
    order = works.do("create_sales_order", customer="CUS", lines=wanted).document
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 2, "serials": "N-01..N-02"}])
    works.do("send_consignment", customer="CUS", lines=[{"item": item, "quantity": 8} for item in ITEMS])
    works.do("receive_third_party_goods", owner="SUP", lines=[{"item": item, "quantity": 8} for item in ITEMS])
    begin(works)


def begin(works: Company) -> None:
    """One of each thing that takes several steps is under way."""
    made = works.do("create_purchase_order", supplier="SMITH", lines=[{"item": "CASE", "quantity": 9}]).document
    works.do("send_components", order=made)
    sold = [{"item": item, "quantity": 7, "unit_price": "5.01"} for item in ITEMS]
    order = works.do("create_sales_order", customer="CUS", lines=sold, reserve=False).document
    marked = [{"line": line, "supplier": "SUP"} for line in (1, 2)]
    works.do("mark_drop_shipment", order=order, lines=marked)
    works.do("order_drop_shipment", order=order, lines=[{"line": 1, "quantity": 5, "unit_price": "2.999"}])
    quoted = [{"item": item, "quantity": 9, "unit_price": "5.55"} for item in ITEMS]
    works.do("create_quotation", customer="CUS", valid_until="2026-12-31", lines=quoted)
    shipment = next(row["id"] for row in works.ask("shipments"))
    lines = [{"line": line, "quantity": 1, "fault": "It leaks"} for line in (1, 2)]
    asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": lines}
    works.do("open_service_case", **asked)


_UNDER_WAY = {
    "order_outside": ("purchase_order", "SMITH"),
    "bought_direct": ("purchase_order", "SUP"),
    "quote": ("quotation", "CUS"),
    "complain": ("service_case", "CUS"),
}


class WiderLife(Life):
    """The steps of a life, and those that go past our own store."""

    def __init__(self, company: Company, prefix: str = "p") -> None:
        super().__init__(company, prefix)
        parties = {row["id"]: row["code"] for row in company.ask_table("party")}
        for row in company.ask_table("document"):
            for kind, found in _UNDER_WAY.items():
                if (row["kind"], parties.get(row["party_id"])) == found:
                    self._kinds.setdefault(kind, []).append(row["id"])
        self._orders["sell"] = [
            row["id"]
            for row in company.ask_table("document")
            if row["kind"] == "sales_order" and row["state"] == "confirmed"
        ]
        self._kinds["direct"] = self._orders["sell"][-1:]

    def play(self, step: Step) -> Receipt | None:
        """Give the command of a step; what it makes beside its document is kept too."""
        receipt = super().play(step)
        if step[0] == "order_direct" and receipt is not None and receipt.status == "done":
            self._kinds.setdefault("bought_direct", []).extend(receipt.data["documents"])
        return receipt

    def _order_outside(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "create_purchase_order", {"supplier": "SMITH", "lines": [{"item": "CASE", "quantity": quantity}]}

    def _provide(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("order_outside", choice)
        line = {"item": ("FIFO", "MEA")[choice % 2], "quantity": quantity}
        return order and ("send_components", {"order": order, "lines": [line] if quantity % 3 == 0 else []})

    def _finish_outside(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("order_outside", choice)
        used = [{"line": 1, "item": "FIFO", "quantity": quantity + 1}] if quantity % 3 == 0 else []
        lines = [{"line": 1, "quantity": quantity}] if choice % 2 else []
        return order and ("receive_goods", {"order": order, "lines": lines, "components": used, **self._on(choice)})

    def _fetch_home(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ("FIFO", "MEA")[choice % 2], "quantity": quantity}
        return "take_components_back", {"supplier": "SMITH", "lines": [line] if quantity % 2 else []}

    def _place(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity}
        piece = {"item": "SER", "quantity": 1, "serials": [f"N-{1 + choice:02d}"]}
        return "send_consignment", {"customer": "CUS", "lines": [piece if quantity == 7 else line]}

    def _sell_there(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity, "unit_price": self._price(price)}
        return "report_consumption", {"customer": "CUS", "lines": [line], **self._on(choice)}

    def _bring_home(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity, "location": PLACES[quantity % 2]}
        return "take_consignment_back", {"customer": "CUS", "lines": [line] if quantity % 3 else []}

    def _lend(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity, "location": PLACES[quantity % 2]}
        return "receive_third_party_goods", {"owner": "SUP", "lines": [line]}

    def _keep(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity, "unit_price": self._price(price)}
        order = self._of("buy", choice) if quantity % 3 == 0 else None
        named = {} if order is None else {"order": order}
        return "take_over_consignment", {"supplier": "SUP", "lines": [line], **named, **self._on(choice)}

    def _give_back(self, choice: int, quantity: int, price: Decimal) -> Any:
        line = {"item": ITEMS[choice % 4], "quantity": quantity}
        return "return_third_party_goods", {"owner": "SUP", "lines": [line] if quantity % 3 else []}

    def _quote(self, choice: int, quantity: int, price: Decimal) -> Any:
        given = {"customer": "CUS", "valid_until": "2026-12-31", "lines": self._lines(choice, quantity, price)}
        return "create_quotation", given

    def _hold_for(self, choice: int, quantity: int, price: Decimal) -> Any:
        quotation = self._made("quote", choice)
        if quantity == 7:
            return quotation and ("release_reservations", {"document": quotation})
        return quotation and ("reserve_quotation", {"quotation": quotation})

    def _accept(self, choice: int, quantity: int, price: Decimal) -> Any:
        quotation = self._made("quote", choice)
        lines = [{"line": 1 + quantity % 2, "quantity": quantity}] if quantity % 3 else []
        return quotation and ("accept_quotation", {"quotation": quotation, "lines": lines})

    def _change(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("accept", choice) if quantity % 2 else self._of("sell", choice)
        changed: dict[str, Any] = {"line": 1 + choice % 2}
        changed |= {"cancel": True} if quantity == 7 else {"quantity": quantity, "unit_price": self._price(price)}
        added = [{"item": ITEMS[choice % 4], "quantity": 1, "unit_price": "5"}] if choice == 3 else []
        return order and ("change_sales_order", {"order": order, "reason": "wish", "lines": [changed], "added": added})

    def _direct(self, choice: int, quantity: int, price: Decimal) -> Any:
        """A line of an order is shipped by its supplier, or by us again."""
        order = self._made("accept", choice) if quantity == 5 else self._of("sell", choice)
        marked = {"line": 1 + quantity % 2, "drop_ship": quantity != 7, "supplier": "SUP"}
        return order and ("mark_drop_shipment", {"order": order, "lines": [marked]})

    def _order_direct(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("direct", choice)
        priced = [{"line": 1 + line, "unit_price": self._price(price)} for line in range(2)]
        return order and ("order_drop_shipment", {"order": order, "lines": [priced[quantity % 2]]})

    def _left(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._made("bought_direct", choice)
        lines = [{"line": 1, "quantity": quantity}] if choice % 2 else []
        return order and ("confirm_drop_shipment", {"order": order, "lines": lines, **self._on(choice)})

    def _complain(self, choice: int, quantity: int, price: Decimal) -> Any:
        """A piece that was delivered at the beginning is to be repaired."""
        shipment = min(row["id"] for row in self._company.ask("shipments"))
        lines = [{"line": 1 + quantity % 2, "quantity": 1, "fault": "It leaks"}]
        asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": lines}
        return "open_service_case", asked

    def _mend(self, choice: int, quantity: int, price: Decimal) -> Any:
        """The newest repair goes on by a step, or a wrong one; without one, a case gets its repair."""
        case, repair = self._made("complain", -1), self._newest_repair()
        if repair is None or quantity == 7:
            return case and ("open_repair_order", {"case": case, "line": 1 + choice % 2})
        part = {"kind": "part", "item": ITEMS[choice % 4], "quantity": 1 + choice, "unit_price": "3.33"}
        labour = {"kind": "labour", "description": "Work", "quantity": 1, "unit_price": "60", "work_center": "BENCH"}
        shared = {"warranty_share": str(Decimal(choice) / 5)}
        estimate = {"diagnosis": "Worn", "diagnosis_fee": "25", "lines": [part | shared, labour | shared]}
        steps: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "draft": [("put_repair_estimate", estimate), ("offer_repair_estimate", {})],
            "offered": [
                ("approve_repair_estimate", {"answered_by": "Li"}),
                ("decline_repair_estimate", {"answered_by": "Li"}),
            ],
            "released": [
                ("issue_repair_parts", {}),
                ("return_repair_parts", {"lines": [{"line": 1, "quantity": 1}]}),
                ("report_repair_hours", {"lines": [{"line": 2, "hours": "1.25"}]}),
                ("finish_repair", {"report": "Done"}),
            ],
        }
        ends = [("invoice_repair", {}), ("return_repaired_piece", {"handed_to": "Li"})]
        offered = steps.get(repair["state"], ends)
        command, data = offered[quantity % len(offered)]
        return command, {"repair": repair["id"], **data}

    def _newest_repair(self) -> dict[str, Any] | None:
        return max(self._company.ask("repairs"), key=lambda row: row["id"], default=None)


@pytest.fixture(scope="module")
def wider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A furnished SQLite company, equipped for a wider life, to copy."""
    template: Template = request.getfixturevalue("sqlite_templates")["furnished"]
    folder: Path = tmp_path_factory.mktemp("wider")
    copy = Template(str(folder / "wider.db"), folder / "wider.key")
    template.copied(copy.address, copy.key_file)
    with reopened(copy.address, key_file=copy.key_file) as opened:
        equip_wider(opened)
    return copy


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(chosen=steps)
def test_wider_books_stay_whole_whatever_happens(wider: Template, chosen: list[Step]) -> None:
    lives(wider, None, lambda company: play_and_check(company, chosen, WiderLife))


@pytest.mark.full
@settings(max_examples=1500, deadline=None, suppress_health_check=_QUIET)
@given(chosen=steps)
def test_wider_books_stay_whole_whatever_happens_for_long(wider: Template, chosen: list[Step]) -> None:
    lives(wider, None, lambda company: play_and_check(company, chosen, WiderLife))


@pytest.mark.slow
@pytest.mark.postgresql
@settings(max_examples=2, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(chosen=steps)
def test_wider_books_stay_whole_on_postgresql(
    postgresql_templates: dict[str, Template], postgresql_server: str, chosen: list[Step]
) -> None:
    def play(company: Company) -> None:
        equip_wider(company)
        play_and_check(company, chosen, WiderLife)

    lives(postgresql_templates["furnished"], postgresql_server, play)
