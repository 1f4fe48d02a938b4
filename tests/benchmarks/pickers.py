"""Eight pickers at once on a hundred scarce lots: nothing is reserved twice, nobody waits in a circle, and no piece stays behind.

Each picker is a process of its own against the store, as on PostgreSQL server processes are; on SQLite, where one process serves all,
they are its threads. They take orders for random items, which reserve what is free, until twice the supply has been asked for; then
they ship what they got. What was reserved of an item must be the smaller of what was asked for and what there was.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.jobs.verify import verify
from tests.benchmarks.commands import place_for
from tests.company import Company, founded, furnish, reopened

CELLS: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "orders": 4000},
    {"database": "postgresql", "orders": 4000},
]
SMALL: Final[list[dict[str, Any]]] = [{"database": "sqlite", "orders": 80}, {"database": "postgresql", "orders": 80}]
_PICKERS: Final = 8
_LOTS: Final = 100
_ITEMS: Final = 10
_SUPPLY_SHARE: Final = 0.5


@dataclass(frozen=True)
class Picked:
    """What one picker did: milliseconds and status of each command, and when he began and ended on the machine's clock."""

    told: list[tuple[float, str]]
    began: float
    ended: float


def run(database: str = "sqlite", orders: int = 4000, pickers: int = _PICKERS) -> list[dict[str, Any]]:
    """Measure a rush.

    Args:
        database: `sqlite` or `postgresql`.
        orders: orders in all, of one to three lines.
        pickers: people at once.

    Returns:
        One row: reservations and shipments a second, latencies, and what was found; failed, doubled, left behind and findings
        must be 0.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tallyworks-pickers-") as name,
        place_for(database, Path(name)) as place,
        founded(place, key_file=Path(name) / "store.key") as company,
    ):
        plans = [_plan(orders // pickers, seed) for seed in range(pickers)]
        wanted: Counter[str] = Counter()
        for plan in plans:
            for lines in plan:
                wanted.update(dict(lines))
        supply = _stocked(company, sum(wanted.values()))
        rush = _rushed(company, place, Path(name) / "store.key", plans)
        told = [entry for picked in rush for entry in picked.told]
        seconds = max(picked.ended for picked in rush) - min(picked.began for picked in rush)
        return [
            {"database": database, "pickers": pickers, "lots": _LOTS, **_found(company, told, wanted, supply, seconds)}
        ]


def _plan(count: int, seed: int) -> list[list[tuple[str, int]]]:
    chance = random.Random(seed)
    return [
        [(f"SCARCE{item}", chance.randint(1, 4)) for item in chance.sample(range(_ITEMS), chance.randint(1, 3))]
        for _ in range(count)
    ]


def _stocked(company: Company, wanted: int) -> Counter[str]:
    """A hundred lots of ten items, which hold half of what will be asked for; a tenth of them more than their share."""
    furnish(company)
    each = max(1, int(wanted * _SUPPLY_SHARE) // _LOTS)
    supply: Counter[str] = Counter()
    lines = []
    for number in range(_ITEMS):
        item = f"SCARCE{number}"
        company.do("put_item", code=item, name=item, category="RAW", unit="EA", list_price="5", lot_tracked=True)
        for lot in range(_LOTS // _ITEMS):
            quantity = each * (4 if number == 0 else 1)
            lines.append({"item": item, "location": "MAIN", "lot": f"L{lot}", "quantity": quantity, "unit_cost": "3"})
            supply[item] += quantity
    company.do("book_opening_stock", lines=lines)
    return supply


def _rushed(company: Company, place: str, key_file: Path, plans: list[Any]) -> list[Picked]:
    if company.gateway.store.dialect == "sqlite":
        with ThreadPoolExecutor(len(plans)) as people:
            return list(people.map(lambda plan: pick_all(company, plan), plans))
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(len(plans))
    with context.Pool(len(plans), ready.wait) as people:
        return people.starmap(picked_by_process, [(place, key_file, plan) for plan in plans], chunksize=1)


def picked_by_process(place: str, key_file: Path, plan: list[list[tuple[str, int]]]) -> Picked:
    """One picker as a process of his own."""
    with reopened(place, key_file=key_file) as company:
        return pick_all(company, plan)


def pick_all(company: Company, plan: list[list[tuple[str, int]]]) -> Picked:
    """Take the orders of a plan and ship every second one as far as it was reserved."""
    began, told = time.perf_counter(), []
    for number, lines in enumerate(plan):
        start = time.perf_counter()
        asked = [{"item": item, "quantity": quantity, "unit_price": "9"} for item, quantity in lines]
        receipt = company.submit("create_sales_order", customer="CUS", lines=asked)
        told.append(((time.perf_counter() - start) * 1000, receipt.status))
        if receipt.status == "done" and number % 2:
            told.append(_shipped(company, receipt.document))
    return Picked(told, began, time.perf_counter())


def _shipped(company: Company, order: int | None) -> tuple[float, str]:
    reserved = [
        {"line": row["line"], "quantity": row["reserved_quantity"]}
        for row in company.ask("document_lines", document=order)
        if row["reserved_quantity"] > 0
    ]
    start = time.perf_counter()
    status = company.submit("ship_goods", order=order, lines=reserved).status if reserved else "nothing"
    return (time.perf_counter() - start) * 1000, status


def _found(
    company: Company, told: list[tuple[float, str]], wanted: Counter[str], supply: Counter[str], seconds: float
) -> dict[str, Any]:
    items = {row["id"]: row["code"] for row in company.ask_table("item")}
    got: Counter[str] = Counter()
    orders = {row["id"] for row in company.ask_table("document") if row["kind"] == "sales_order"}
    for row in company.ask_table("document_line"):
        if row["document_id"] in orders:
            got[items[row["item_id"]]] += int(row["reserved_quantity"] + row["fulfilled_quantity"])
    doubled = sum(max(got[item] - supply[item], 0) for item in supply)
    left = sum(max(min(wanted[item], supply[item]) - got[item], 0) for item in supply)
    waits = sorted(wait for wait, status in told if status != "nothing")
    return {
        "commands": len(waits),
        "pieces a second": round(sum(got.values()) / seconds, 1),
        "commands a second": round(len(waits) / seconds, 1),
        "p50 ms": round(statistics.median(waits), 1),
        "p95 ms": round(waits[int(len(waits) * 0.95)], 1),
        "longest ms": round(waits[-1], 1),
        "asked for": sum(wanted.values()),
        "supply": sum(supply.values()),
        "got": sum(got.values()),
        "reserved twice": doubled,
        "left behind": left,
        "failed": sum(status in {"error", "refused"} for _, status in told),
        "findings": len(verify(company.gateway).findings),
    }


if __name__ == "__main__":
    print(json.dumps(run(*sys.argv[1:2], *map(int, sys.argv[2:])), indent=1, default=str))
