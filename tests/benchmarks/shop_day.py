"""A day of a web shop: its deliveries over HTTP by four senders at once, doubled, early, forged and out of order; each order booked once.

The server is `tallyworks serve` with its refresh, its jobs and the booking beside it. Every delivery is signed by the sender and
verified over its raw bytes; it is answered when it is durable. 10 % of the deliveries come twice, 5 % of the orders are changed before
their original arrives, and 1 % of forged deliveries more come with a wrong signature. Senders run on the same machine and take their
share of it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
from sqlalchemy import func, select

from app.kernel.gateway import Gateway
from app.kernel.opening import key_file_of
from app.kernel.store import StoreAddress
from pipelines.connectors.shopify.signature import body_signature
from schemas.operational import documents
from schemas.operational import shops as tables
from tests.benchmarks.commands import place_for
from tests.company import Company, founded, furnish, reopened
from tests.serving import ROOT, free_port, wait_until_served
from tests.shop_case import SECRET, body_of, open_shop, shopify_order

CELLS: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "orders": 20_000},
    {"database": "postgresql", "orders": 20_000},
]
SMALL: Final[list[dict[str, Any]]] = [{"database": "sqlite", "orders": 60}]
_ITEMS: Final = 50
_SENDERS: Final = 4
_CONNECTIONS: Final = 6
_LATER: Final = "2026-06-15T12:00:00+08:00"
_PATIENCE_SECONDS: Final = 3600.0
_ADDRESS: Final = "/webhooks/shopify/TEA"


@dataclass(frozen=True)
class Delivery:
    """What a sender sends: a body, its headers, and what it must be answered."""

    body: bytes
    delivery: str
    signature: str
    answer: int


def run(database: str = "sqlite", orders: int = 20_000) -> list[dict[str, Any]]:
    """Measure a day.

    Args:
        database: `sqlite` or `postgresql`.
        orders: orders of the day.

    Returns:
        One row: deliveries stored and orders booked a second, latencies in milliseconds, and what was found: lost, doubled,
        wrong totals and findings must be 0.
    """
    with tempfile.TemporaryDirectory(prefix="tallyworks-shop-") as name, place_for(database, Path(name)) as place:
        folder = Path(name)
        key_file = key_file_of(StoreAddress(place, folder))
        with founded(place, key_file=key_file) as company:
            _furnished(company)
        day, wanted = _day(orders)
        with _served(place, folder) as (base, server), reopened(place, key_file=key_file) as company:
            idle = _processor_seconds(server)
            start, waits = _sent(base, day)
            stored = time.perf_counter() - start
            _wait_until_booked(company.gateway)
            booked = time.perf_counter() - start
            spent = _processor_seconds(server) - idle
            found = _found(company, day, wanted)
    waits.sort()
    good = sum(delivery.answer == 200 for delivery in day)
    return [
        {
            "database": database,
            "orders": orders,
            "deliveries": len(day),
            "stored a second": round(good / stored, 1),
            "booked a second": round(orders / booked, 1),
            "seconds after the last delivery": round(booked - stored, 1),
            "server processor ms a delivery": round(spent * 1000 / len(day), 2),
            "p50 ms": round(statistics.median(waits), 1),
            "p95 ms": round(waits[int(len(waits) * 0.95)], 1),
            "p99 ms": round(waits[int(len(waits) * 0.99)], 1),
            **found,
        }
    ]


def _furnished(company: Company) -> None:
    furnish(company)
    for number in range(_ITEMS):
        company.do(
            "put_item",
            code=f"TEA{number}",
            name=f"Tea {number}",
            category="FG",
            unit="EA",
            tax_code="VAT13",
            list_price="9",
        )
    lines = [{"item": f"TEA{n}", "location": "MAIN", "quantity": 1_000_000, "unit_cost": "3.33"} for n in range(_ITEMS)]
    company.do("book_opening_stock", lines=lines)
    open_shop(company)


def _day(orders: int, *, seed: int = 1) -> tuple[list[Delivery], dict[str, Decimal]]:
    """The deliveries of a day in the order in which they arrive, and the total that each order must come to."""
    chance, placed, wanted = random.Random(seed), [], {}
    for number in range(1, orders + 1):
        at = number + chance.uniform(0, 50)
        lines = [(f"TEA{item}", chance.randint(1, 5), "9.90") for item in chance.sample(range(_ITEMS), 2)]
        said = shopify_order(number, lines)
        original = _signed(said, f"d-{number}")
        placed.append((at, original))
        if chance.random() < 0.10:
            placed.append((at + chance.uniform(0, 200), original))
        if chance.random() < 0.05:
            said = shopify_order(number, [*lines, ("TEA0", 1, "1.00")], updated=_LATER)
            placed.append((at - chance.uniform(1, 100), _signed(said, f"u-{number}")))
        if chance.random() < 0.01:
            forged = body_of(shopify_order(number, [("TEA0", 1, "0.01")], updated=_LATER))
            placed.append((at, Delivery(forged, f"f-{number}", body_signature(forged, "guessed"), 401)))
        wanted[str(number)] = Decimal(said["total_price"])
    return [delivery for _, delivery in sorted(placed, key=lambda entry: entry[0])], wanted


def _signed(said: dict[str, Any], delivery: str) -> Delivery:
    body = body_of(said)
    return Delivery(body, delivery, body_signature(body, SECRET), 200)


def _sent(base: str, day: list[Delivery]) -> tuple[float, list[float]]:
    """Let the senders send at once, each its share, when all of them are ready.

    Returns:
        When they began, and how long each delivery waited for its answer, in milliseconds.
    """
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(_SENDERS + 1)
    with context.Pool(_SENDERS, ready.wait) as senders:
        ready.wait()
        start = time.perf_counter()
        shares = [(base, day[number::_SENDERS]) for number in range(_SENDERS)]
        return start, [wait for part in senders.starmap(send, shares, chunksize=1) for wait in part]


def send(base: str, share: list[Delivery]) -> list[float]:
    """Send deliveries over a few connections in their order."""
    waiting, taking = iter(share), threading.Lock()
    address = urlsplit(base)

    def post(_: int) -> list[float]:
        waits, connection = [], HTTPConnection(address.hostname or "", address.port, timeout=120)
        while True:
            with taking:
                delivery = next(waiting, None)
            if delivery is None:
                connection.close()
                return waits
            headers = {
                "content-type": "application/json",
                "x-shopify-hmac-sha256": delivery.signature,
                "x-shopify-topic": "orders/updated",
                "x-shopify-webhook-id": delivery.delivery,
            }
            start = time.perf_counter()
            connection.request("POST", _ADDRESS, delivery.body, headers)
            answer = connection.getresponse()
            answer.read()
            waits.append((time.perf_counter() - start) * 1000)
            assert answer.status == delivery.answer, (answer.status, delivery.delivery)

    with ThreadPoolExecutor(_CONNECTIONS) as connections:
        return [wait for part in connections.map(post, range(_CONNECTIONS)) for wait in part]


def _wait_until_booked(gateway: Gateway) -> None:
    waiting = select(func.count()).where(tables.shop_handling.c.state == "stored")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with gateway.store.reading() as connection:
            if not connection.execute(waiting).scalar_one():
                return
        time.sleep(0.1)  # Looks again until the bound of the loop.
    raise RuntimeError("the messages were not booked in time")


def _found(company: Company, day: list[Delivery], wanted: dict[str, Decimal]) -> dict[str, int]:
    """What a day left behind, counted in the store."""
    order, document, message = tables.shop_order, documents.document, tables.shop_message
    with company.gateway.store.reading(seconds=None) as connection:
        booked = connection.execute(
            select(order.c.external_id, document.c.total_amount).join(document, document.c.id == order.c.document_id)
        ).all()
        sales = connection.execute(select(func.count()).where(document.c.kind == "sales_order")).scalar_one()
        kept = set(connection.execute(select(message.c.delivery_id)).scalars())
        messages = connection.execute(select(func.count()).select_from(message)).scalar_one()
        states = dict(
            connection.execute(
                select(tables.shop_handling.c.state, func.count()).group_by(tables.shop_handling.c.state)
            ).all()  # pyright: ignore[reportArgumentType]
        )
    totals = dict(booked)  # pyright: ignore[reportArgumentType]
    given = {delivery.delivery for delivery in day if delivery.answer == 200}
    company.assert_clean()
    return {
        "lost deliveries": len(given - kept),
        "lost orders": len(set(wanted) - set(totals)),
        "doubled": sales - len(totals) + messages - len(kept),
        "wrong totals": sum(totals.get(number) != total for number, total in wanted.items()),
        "forged but stored": len(kept - given),
        "waiting for a person": states.get("quarantined", 0),
        "stale": states.get("stale", 0),
        "findings": 0,
    }


def _processor_seconds(server: psutil.Process) -> float:
    """What the server itself has spent, its refresh and gates left out, which are processes of their own."""
    times = server.cpu_times()
    return times.user + times.system


@contextmanager
def _served(place: str, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    port, log = free_port(), folder / "server.log"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TALLYWORKS_STORE": place,
        "TALLYWORKS_PORT": str(port),
        "TALLYWORKS_FILES": str(folder),
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "app.cli", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
    base = f"http://localhost:{port}"
    try:
        wait_until_served(base, process, log)
        yield base, psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    print(json.dumps(run(*sys.argv[1:2], *map(int, sys.argv[2:])), indent=1, default=str))
