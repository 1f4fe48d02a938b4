"""A founded company in a fresh store, and short words to act in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.bootstrap import build_bus
from app.jobs.verify import verify
from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.opening import create_store, open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress
from schemas.operational import METADATA

DAY = date(2026, 6, 15)


class Company:
    """An opened store with a company in it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def submit(
        self, command: str, /, *, principal: Principal = SYSTEM, command_id: str | None = None, **data: Any
    ) -> Receipt:
        """Run a command and return its receipt, whatever it says."""
        return self.gateway.submit(command, data, command_id=command_id or new_command_id(), principal=principal)

    def do(self, command: str, /, **data: Any) -> Receipt:
        """Run a command that must be done."""
        receipt = self.submit(command, **data)
        assert receipt.status == "done", receipt
        return receipt

    def refused(self, command: str, /, **data: Any) -> str:
        """Run a command that must be refused and return the refusal's key."""
        receipt = self.submit(command, **data)
        assert receipt.status == "refused", receipt
        return receipt.message_key.removeprefix("refusal.")

    def ask(self, query: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Ask a query as the system."""
        return self.gateway.query(query, arguments, principal=SYSTEM)

    def ask_table(self, name: str) -> list[dict[str, Any]]:
        """Read a whole table, for tests that look behind the doors."""
        table = METADATA.tables[name]
        with self.gateway.store.reading() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def assert_clean(self) -> None:
        """Every invariant must hold."""
        findings = verify(self.gateway).findings
        assert findings == [], findings


def environment(works: Company, key_file: Path, **more: str) -> dict[str, str]:
    """What a process of its own needs to work with the company's store."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "TALLYWORKS_STORE": works.gateway.store.address.text,
        "TALLYWORKS_KEY_FILE": str(key_file),
        "TALLYWORKS_AS_OF": DAY.isoformat(),
        **more,
    }


@contextmanager
def founded(address: str, *, key_file: Path, day: date = DAY, **company: Any) -> Iterator[Company]:
    """Found a company at an empty address."""
    create_store(StoreAddress(address))
    with reopened(address, key_file=key_file, day=day) as opened:
        opened.do(
            "found_company",
            **{"name": "Test works", "first_fiscal_year": day.year - 1, "last_fiscal_year": day.year + 1, **company},
        )
        yield opened


@contextmanager
def reopened(address: str, *, key_file: Path, day: date = DAY) -> Iterator[Company]:
    """Open a store that is there, at a business day."""
    gateway = open_gateway(load_settings(store=address, key_file=key_file), build_bus(), clock=FixedClock(day))
    try:
        yield Company(gateway)
    finally:
        gateway.close()


def furnish(company: Company, *, method: str = "moving_average") -> None:
    """Give a company an item it buys, an item it makes of two of them, a supplier and a customer."""
    company.do("put_item_category", code="RAW", name="Raw", valuation_method=method)
    company.do(
        "put_item_category", code="FG", name="Goods", valuation_method=method, inventory_role="inventory_finished"
    )
    cost = {"standard_cost": "3"} if method == "standard" else {}
    company.do(
        "put_item", code="PART", name="Part", category="RAW", unit="EA", tax_code="VAT13", list_price="5", **cost
    )
    cost = {"standard_cost": "8"} if method == "standard" else {}
    company.do(
        "put_item",
        code="GOOD",
        name="Good",
        category="FG",
        unit="EA",
        source="make",
        tax_code="VAT13",
        list_price="20",
        **cost,
    )
    company.do(
        "create_bom_revision",
        item="GOOD",
        revision="1",
        effective_from="2020-01-01",
        lines=[{"component": "PART", "quantity_per": 2}],
    )
    company.do("put_party", code="SUP", name="Supplier", is_supplier=True, payment_term="NET30")
    company.do("put_party", code="CUS", name="Customer", is_customer=True, payment_term="NET30")
