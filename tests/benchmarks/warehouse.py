"""How fast a warehouse of a million stock moves answers: stock list, value of any day, item card, ageing, and the recall of a lot.

Each question is asked through the gateway as a screen asks it, a page of 50 rows where it has pages, and the arguments change from
one asking to the next. The periods of the past are locked, as they are in a company that closes its months. The store is filled past
the guards; before anything is measured, the invariants of goods must hold over it.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from app.jobs.invariants import INVARIANTS
from tests.benchmarks.commands import place_for
from tests.benchmarks.stock_world import DAYS, World, found_masters, sampled, written
from tests.company import DAY, Company, founded, furnish

CELLS: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "moves": 1_000_000},
    {"database": "postgresql", "moves": 1_000_000},
]
SMALL: Final[list[dict[str, Any]]] = [
    {"database": "sqlite", "moves": 5_000, "items": 200, "asks": 5},
    {"database": "postgresql", "moves": 5_000, "items": 200, "asks": 5},
]
_OF_GOODS: Final = ("I-03", "I-05b", "I-05c", "I-57")


def run(database: str = "sqlite", moves: int = 1_000_000, items: int = 5_000, asks: int = 40) -> list[dict[str, Any]]:
    """Measure the questions.

    Args:
        database: `sqlite` or `postgresql`.
        moves: stock moves in the store.
        items: items that move.
        asks: how often each question is asked.

    Returns:
        One row a question: milliseconds and how many rows it answered with at most.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tallyworks-stock-") as name,
        place_for(database, Path(name)) as place,
        founded(place, key_file=Path(name) / "store.key", first_fiscal_year=DAY.year - 2) as company,
    ):
        furnish(company)
        found_masters(company, items)
        world = written(company, moves)
        _lock_the_past(company)
        findings = _findings(company)
        assert findings == [], findings
        answers = [
            {
                "database": database,
                "moves": world.moves,
                "items": items,
                "question": question,
                **_asked(company, query, sets),
            }
            for question, query, sets in _questions(world, asks)
        ]
    return answers


def _lock_the_past(company: Company) -> None:
    for year, month in ((year, month) for year in (DAY.year - 2, DAY.year - 1, DAY.year) for month in range(1, 13)):
        if (year, month) < (DAY.year, DAY.month - 1):
            company.do("lock_period", period=f"{year}-{month:02d}")


def _findings(company: Company) -> list[str]:
    found = []
    with company.gateway.store.reading(seconds=None) as connection:
        for invariant in INVARIANTS:
            if invariant.code in _OF_GOODS:
                query = invariant.query
                found += [f"{invariant.code}: {row}" for row in connection.execute(text(query)).fetchmany(3)]
    return found


def _questions(world: World, asks: int) -> Iterable[tuple[str, str, list[dict[str, Any]]]]:
    pages = [{"offset": 50 * n % len(world.items)} for n in range(asks)]
    days = [{"on": (DAY - timedelta(days=n * DAYS // asks)).isoformat()} for n in range(asks)]
    yield "stock list", "stock_on_hand", pages
    yield "stock list, most first", "stock_on_hand", [{**page, "sort": "-quantity"} for page in pages]
    yield "stock list, searched", "stock_on_hand", [{"search": code[:4]} for code in sampled(world.items, asks)]
    yield "stock by place and lot", "stock_by_location", pages
    yield "value of any day", "stock_value_on", days
    yield "value of any day, most first", "stock_value_on", [{**day, "sort": "-value"} for day in days]
    yield "item card", "stock_card", [{"item": code} for code in sampled(world.items, asks)]
    yield (
        "item card of the item that moves most",
        "stock_card",
        [{"item": world.hot, "offset": 50 * n} for n in range(asks)],
    )
    yield "ageing", "stock_ageing", [{**page, "on": DAY.isoformat()} for page in pages]
    for what, lots in (("bought", world.bought_lots), ("made", world.made_lots)):
        chosen = [{"item": item, "lot": lot} for item, lot in sampled(lots, asks)]
        yield f"recall of a {what} lot", "lot_recall", chosen


def _asked(company: Company, query: str, sets: list[dict[str, Any]]) -> dict[str, Any]:
    waits, rows = [], 0
    company.ask(query, **sets[0])
    for arguments in sets:
        start = time.perf_counter()
        rows = max(rows, len(company.ask(query, **arguments)))
        waits.append((time.perf_counter() - start) * 1000)
    waits.sort()
    return {
        "asked": len(waits),
        "p50 ms": round(statistics.median(waits), 1),
        "p95 ms": round(waits[min(int(len(waits) * 0.95), len(waits) - 1)], 1),
        "longest ms": round(waits[-1], 1),
        "most rows": rows,
    }


if __name__ == "__main__":
    print(json.dumps(run(*sys.argv[1:2], *map(int, sys.argv[2:])), indent=1, default=str))
