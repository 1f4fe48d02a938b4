"""Commands a second, fully posted, one receipt each: mixed five-line orders, receipts, shipments and invoices by 1 and 16 clerks.

A clerk repeats order to supplier, receipt, order of a customer, shipment, invoice. SQLite commits with full synchronisation; the
clerks are threads of the one server process. On PostgreSQL they are spread over two server processes as well, as two cores allow.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from app.kernel.access import SYSTEM
from app.kernel.gateway import new_command_id
from schemas.operational import METADATA
from tests.company import Company, founded, furnish, reopened
from tests.postgresql import fresh_database, running_server, server_binaries

_ITEMS: Final = 200
_ROOT: Final = Path(__file__).resolve().parents[2]

CELLS: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "clerks": 1, "commands": 2000},
    {"database": "sqlite", "clerks": 16, "commands": 5000},
    {"database": "postgresql", "clerks": 16, "commands": 4000},
    {"database": "postgresql", "clerks": 16, "commands": 4000, "processes": 2},
]
SMALL: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "clerks": 1, "commands": 50},
    {"database": "sqlite", "clerks": 8, "commands": 80},
]


def run(database: str = "sqlite", clerks: int = 16, commands: int = 5000, processes: int = 1) -> list[dict[str, Any]]:
    """Measure one mix.

    Args:
        database: `sqlite` or `postgresql`.
        clerks: people who work at once.
        commands: how many are given in all.
        processes: server processes the clerks are spread over.

    Returns:
        One row: rate, latencies in milliseconds, rows a command, and what the time went into.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tallyworks-commands-") as folder,
        place_for(database, Path(folder)) as place,
    ):
        key_file = Path(folder) / "store.key"
        with founded(place, key_file=key_file) as company:
            furnish(company)
            _stock(company)
            before = _rows(company)
            if processes == 1:
                measured = measure(company, clerks, commands, seed=1)
            else:
                measured = _spread(place, key_file, clerks, commands, processes)
            done = measured["commands"]
            rows = _rows(company) - before
            company.assert_clean()
    seconds, waits = measured["seconds"], sorted(measured["milliseconds"])
    return [
        {
            "database": database,
            "clerks": clerks,
            "processes": processes,
            "commands": done,
            "per second": round(done / seconds, 1),
            "p50 ms": round(statistics.median(waits), 1),
            "p95 ms": round(waits[int(len(waits) * 0.95)], 1),
            "p99 ms": round(waits[int(len(waits) * 0.99)], 1),
            "rows per command": round(rows / done, 1),
            "server CPU ms per command": round(measured["cpu"] * 1000 / done, 2),
            "CPU share of two cores": round(measured["cpu"] / seconds / 2, 2),
            "fsync ms": round(_fsync_milliseconds(), 2),
        }
    ]


@contextmanager
def place_for(database: str, folder: Path) -> Iterator[str]:
    if database == "sqlite":
        yield str(folder / "store.db")
        return
    assert server_binaries() is not None, "PostgreSQL is not here"
    with running_server(durable=True) as server, fresh_database(server) as url:
        yield url


def _stock(company: Company) -> None:
    for number in range(_ITEMS):
        company.do(
            "put_item",
            code=f"ITEM{number}",
            name=f"Item {number}",
            category="RAW",
            unit="EA",
            tax_code="VAT13",
            list_price="5",
        )
    company.do(
        "book_opening_stock",
        lines=[
            {"item": f"ITEM{n}", "location": "MAIN", "quantity": 1_000_000, "unit_cost": "3.33"} for n in range(_ITEMS)
        ],
    )


def _rows(company: Company) -> int:
    with company.gateway.store.reading() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in METADATA.sorted_tables
        )


def measure(company: Company, clerks: int, commands: int, *, seed: int) -> dict[str, Any]:
    """Let clerks work in this process and note how long each waited for each receipt."""
    waits: list[list[float]] = [[] for _ in range(clerks)]
    each = commands // clerks

    def work(number: int) -> None:
        chance = random.Random(seed * 1000 + number)
        cycle = _cycle(company, chance, waits[number])
        for _ in range(each):
            next(cycle)

    people = [threading.Thread(target=work, args=(number,)) for number in range(clerks)]
    cpu, start = time.process_time(), time.perf_counter()
    for person in people:
        person.start()
    for person in people:
        person.join()
    seconds = time.perf_counter() - start
    every = [wait for one in waits for wait in one]
    assert len(every) == each * clerks
    return {
        "seconds": seconds,
        "commands": len(every),
        "milliseconds": every,
        "cpu": time.process_time() - cpu,
    }


def _cycle(company: Company, chance: random.Random, waits: list[float]) -> Iterator[None]:
    def give(command: str, **data: Any) -> int | None:
        start = time.perf_counter()
        receipt = company.gateway.submit(command, data, command_id=new_command_id(), principal=SYSTEM)
        waits.append((time.perf_counter() - start) * 1000)
        assert receipt.status == "done", receipt
        return receipt.document

    while True:
        chosen = sorted(chance.sample(range(_ITEMS), 5))
        lines = [{"item": f"ITEM{n}", "quantity": chance.randint(1, 20), "unit_price": "4.57"} for n in chosen]
        bought = give("create_purchase_order", supplier="SUP", lines=lines)
        yield
        give("receive_goods", order=bought)
        yield
        sold = give("create_sales_order", customer="CUS", lines=lines)
        yield
        give("ship_goods", order=sold)
        yield
        give("issue_customer_invoice", order=sold)
        yield


def _spread(place: str, key_file: Path, clerks: int, commands: int, processes: int) -> dict[str, Any]:
    arguments = [place, str(key_file), str(clerks // processes), str(commands // processes)]
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.commands", *arguments, str(seed)],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        for seed in range(processes)
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
    start = time.perf_counter()
    for server in servers:
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    parts = [json.loads(server.communicate()[0]) for server in servers]
    seconds = max(part["seconds"] for part in parts)
    assert time.perf_counter() - start >= seconds
    return {
        "seconds": seconds,
        "commands": sum(part["commands"] for part in parts),
        "milliseconds": [wait for part in parts for wait in part["milliseconds"]],
        "cpu": sum(part["cpu"] for part in parts),
    }


def _serve(place: str, key_file: str, clerks: str, commands: str, seed: str) -> None:
    with reopened(place, key_file=Path(key_file)) as company:
        company.ask("units")
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(measure(company, int(clerks), int(commands), seed=int(seed) + 2)))


def _fsync_milliseconds(count: int = 100) -> float:
    with tempfile.TemporaryFile() as file:
        start = time.perf_counter()
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - start) * 1000 / count


if __name__ == "__main__":
    _serve(*sys.argv[1:])
