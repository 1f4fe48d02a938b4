"""Rounds of trouble that tests run short and benchmarks run long: hot items, kills, the last piece, numbers with aborts.

Each returns what happened as numbers; whether it is good is for the caller to say.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.jobs.verify import verify
from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.gateway import new_command_id
from tests.company import Company, reopened
from tests.faults.clerks import acknowledged_in, killed, missing, started, stock_hot_items


def hot_items(company: Company, key_file: Path, folder: Path, *, processes: int, documents: int) -> dict[str, Any]:
    """Let processes book on the same few items and look for anything lost, half or unbalanced."""
    stock_hot_items(company)
    address = company.gateway.store.address.text
    files = [folder / f"acknowledged-{n}.jsonl" for n in range(processes)]
    start = time.perf_counter()
    clerks = [started(address, key_file, n, documents // processes, file) for n, file in enumerate(files)]
    for clerk in clerks:
        clerk.join()
    failed = sum(clerk.exitcode != 0 for clerk in clerks)
    seconds = time.perf_counter() - start
    count = sum(1 for file in files for _ in acknowledged_in(file))
    return {
        "processes": processes,
        "acknowledged": count,
        "failed processes": failed,
        "missing": len(missing(company, files)),
        "findings": len(verify(company.gateway).findings),
        "per second": round(count / seconds, 1),
    }


def kills(company: Company, key_file: Path, folder: Path, *, count: int, seed: int = 7) -> dict[str, Any]:
    """Kill a writing process again and again at a random moment, and count what was acknowledged and is not there."""
    stock_hot_items(company)
    address, chance = company.gateway.store.address.text, random.Random(seed)
    files: list[Path] = []
    working: list[Any] = []
    for number in range(count):
        files.append(folder / f"killed-{number}.jsonl")
        working.append(started(address, key_file, number, 0, files[-1]))
        if len(working) == 4 or number == count - 1:  # Four at a time, so that they meet in the store.
            _wait_for_work(files[-len(working) :])
            for clerk in working:
                threading.Event().wait(chance.uniform(0, 0.15))
                killed(clerk)
            working = []
    with reopened(address, key_file=key_file) as fresh:
        return {
            "kills": count,
            "acknowledged": sum(1 for file in files for _ in acknowledged_in(file)),
            "missing": len(missing(fresh, files)),
            "findings": len(verify(fresh.gateway).findings),
            "unacknowledged": _unacknowledged(fresh, files),
        }


def _wait_for_work(files: list[Path], *, patience: float = 240) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and not all(file.exists() and file.stat().st_size for file in files):
        threading.Event().wait(0.02)


def _unacknowledged(company: Company, files: list[Path]) -> int:
    """Commands that landed and whose clerk was killed before he could read the answer."""
    known = {entry.command_id for file in files for entry in acknowledged_in(file)}
    booked = ("create_purchase_order", "create_sales_order", "receive_goods", "ship_goods", "issue_customer_invoice")
    return sum(
        row["command_id"] not in known for row in company.ask_table("command_receipt") if row["command"] in booked
    )


def last_piece(company: Company, *, rounds: int, clerks: int = 32) -> dict[str, Any]:
    """Let many clerks ship the last piece at once, round after round; each has an order of his own without a reservation."""
    sold = oversold = 0
    with ThreadPoolExecutor(clerks) as people:
        for _ in range(rounds):
            company.do(
                "book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 1, "unit_cost": "6"}]
            )
            lines = [{"item": "GOOD", "quantity": 1, "unit_price": "20"}]
            orders = list(
                people.map(
                    lambda _n, lines=lines: (
                        company.do("create_sales_order", customer="CUS", reserve=False, lines=lines).document
                    ),
                    range(clerks),
                )
            )
            done = sum(r.status == "done" for r in people.map(lambda o: company.submit("ship_goods", order=o), orders))
            sold += done
            oversold += done > 1
    return {
        "rounds": rounds,
        "clerks": clerks,
        "sold": sold,
        "oversold": oversold,
        "findings": len(verify(company.gateway).findings),
    }


def numbers(company: Company, *, count: int, clerks: int = 16, seed: int = 3) -> dict[str, Any]:
    """Let clerks book and fail in one of ten cases; legal numbers must have no gap."""
    chance = random.Random(seed)
    lines = [{"account": "1002", "debit": "1"}, {"account": "4001", "credit": "1"}]
    wrong = [{"account": "1002", "debit": "1"}, {"account": "4001", "credit": "2"}]
    plans = [wrong if chance.random() < 0.1 else lines for _ in range(count)]

    def book(plan: list[dict[str, str]]) -> Receipt:
        data = {"description": "A number", "lines": plan}
        return company.gateway.submit("post_manual_entry", data, command_id=new_command_id(), principal=SYSTEM)

    start = time.perf_counter()
    with ThreadPoolExecutor(clerks) as people:
        receipts = list(people.map(book, plans))
    seconds = time.perf_counter() - start
    given = sorted(row["number"] for row in company.ask_table("document") if row["kind"] == "manual_entry")
    return {
        "asked": count,
        "refused": sum(r.status == "refused" for r in receipts),
        "failed": sum(r.status == "error" for r in receipts),
        "given": len(given),
        "gaps": sum(number != f"ME-2026-{n:05d}" for n, number in enumerate(given, start=1)),
        "findings": len(verify(company.gateway).findings),
        "per second": round(len(given) / seconds, 1),
    }
