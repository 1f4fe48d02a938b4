"""Clerks in processes of their own: they book on a few hot items, write down durably what was acknowledged, and may be killed.

The processes are forked from one that has imported the product already: a thousand clerks would spend their time on importing.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.gateway import new_command_id
from tests.company import Company, reopened

HOT_ITEMS = 50
_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Acknowledged:
    """One receipt that a clerk was shown."""

    command_id: str
    document: int | None
    number: str | None
    position: int


def stock_hot_items(company: Company, count: int = HOT_ITEMS, quantity: int = 100_000) -> None:
    """Give a furnished company hot items with stock."""
    for number in range(count):
        company.do("put_item", code=f"HOT{number}", name=f"Hot {number}", category="RAW", unit="EA", list_price="5")
    company.do(
        "book_opening_stock",
        lines=[
            {"item": f"HOT{n}", "location": "MAIN", "quantity": quantity, "unit_cost": "3.33"} for n in range(count)
        ],
    )


def started(address: str, key_file: Path, seed: int, count: int, acknowledged: Path) -> BaseProcess:
    """Start a clerk who books `count` commands; 0 means until killed."""
    clerk = _NURSERY.Process(target=work, args=(address, str(key_file), seed, count, str(acknowledged)))
    clerk.start()
    return clerk


def killed(clerk: BaseProcess) -> None:
    """Kill a clerk without warning."""
    clerk.kill()
    clerk.join()


def acknowledged_in(file: Path) -> Iterator[Acknowledged]:
    """What a clerk was shown; a torn last line was never shown whole."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").split("\n")[:-1]:
        yield Acknowledged(*json.loads(line))


def missing(company: Company, files: list[Path]) -> list[Acknowledged]:
    """Acknowledged commands that the store does not know just as they were acknowledged."""
    held = {
        row["command_id"]: (row["document_id"], row["number"], row["position"])
        for row in company.ask_table("command_receipt")
    }
    return [
        entry
        for file in files
        for entry in acknowledged_in(file)
        if held.get(entry.command_id) != (entry.document, entry.number, entry.position)
    ]


class Clerk:
    """Books at random on hot items: orders, receipts, shipments, invoices, transfers and wrong wishes."""

    def __init__(self, company: Company, seed: int) -> None:
        self._company = company
        self._chance = random.Random(seed)
        self._bought: list[int] = []
        self._sold: list[int] = []
        self._shipped: list[int] = []

    def step(self) -> Receipt:
        """Give one command."""
        chance = self._chance.random()
        if self._bought and chance < 0.25:
            return self._give("receive_goods", {"order": self._bought.pop()})
        if self._sold and chance < 0.5:
            order = self._sold.pop()
            receipt = self._give("ship_goods", {"order": order})
            if receipt.status == "done":
                self._shipped.append(order)
            return receipt
        if self._shipped and chance < 0.7:
            return self._give("issue_customer_invoice", {"order": self._shipped.pop()})
        if chance < 0.8:
            return self._remember(self._bought, "create_purchase_order", {"supplier": "SUP", "lines": self._lines()})
        return self._remember(self._sold, "create_sales_order", {"customer": "CUS", "lines": self._lines()})

    def _lines(self) -> list[dict[str, Any]]:
        items = self._chance.sample(range(HOT_ITEMS), 3)
        return [{"item": f"HOT{n}", "quantity": self._chance.randint(1, 9), "unit_price": "4.57"} for n in items]

    def _remember(self, orders: list[int], command: str, data: dict[str, Any]) -> Receipt:
        receipt = self._give(command, data)
        if receipt.document is not None:
            orders.append(receipt.document)
        return receipt

    def _give(self, command: str, data: dict[str, Any]) -> Receipt:
        return self._company.gateway.submit(command, data, command_id=new_command_id(), principal=SYSTEM)


def work(address: str, key_file: str, seed: int, count: int, acknowledged: str) -> None:
    """Book, and write each receipt down durably before the next command."""
    logging.disable(logging.CRITICAL)
    descriptor = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    failed = 0
    with reopened(address, key_file=Path(key_file)) as company:
        clerk, left = Clerk(company, seed), count or sys.maxsize
        while left > 0:
            receipt, left = clerk.step(), left - 1
            failed += receipt.status == "error"
            if receipt.status == "done":
                line = json.dumps([receipt.command_id, receipt.document, receipt.number, receipt.position]) + "\n"
                os.write(descriptor, line.encode())
                os.fsync(descriptor)
    os.close(descriptor)
    sys.exit(1 if failed else 0)
