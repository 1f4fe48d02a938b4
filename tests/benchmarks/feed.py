"""How long from a commit to its visibility in a mart, gates included, with millions of ledger rows; and a full rebuild of those.

The ledger is filled by SQL (receipts and shipments at one cost, so that every invariant holds), then documents are
posted through commands while the refresh runs as it does beside the server. Ledger rows are stock moves and journal
lines; documents, lines and entries come on top and are loaded too.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines import RefreshReport, refresh
from pipelines.quality.gate import JudgeProcess
from pipelines.quality.rules import Rule
from pipelines.serving.mart import Mart
from pipelines.warehouse.fold import fold_when_due
from tests.benchmarks.ledger_fill import LEDGER_ROWS_A_DOCUMENT, fill
from tests.company import Company, founded, furnish


def run(ledger_rows: int = 10_000_000, commits: int = 120, folder: Path | None = None) -> list[dict[str, Any]]:
    """Measure the feed.

    Args:
        ledger_rows: stock moves and journal lines in the store.
        commits: documents posted while measuring.
        folder: where to work; a temporary folder by default.

    Returns:
        One row a figure: `figure`, `value`, `unit`, and what it was measured with; `processor` is this process's processor time in
        seconds, which a busy machine does not stretch.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="tallyworks-feed-") as temporary:
            return run(ledger_rows, commits, Path(temporary))
    with founded(str(folder / "store.db"), key_file=folder / "store.key") as company, JudgeProcess() as judge:
        furnish(company)
        fill(company, documents=ledger_rows // LEDGER_ROWS_A_DOCUMENT)
        judge.judge(
            [Rule("resident", "", "warn", "the judge runs beside the server and is loaded once", {})], {"resident": 0}
        )
        warehouse = folder / "warehouse"

        def run_refresh(full: bool) -> RefreshReport:
            return refresh(company.gateway.store, warehouse, full, judge=judge, clock=lambda: datetime.now(UTC))

        start, processor = time.perf_counter(), time.process_time()
        report = run_refresh(True)
        rebuild, processor = time.perf_counter() - start, time.process_time() - processor
        assert report.outcome == "published", report
        loaded = sum(report.rows.values())
        return [
            _figure(
                "full rebuild", rebuild, "s", ledger_rows, loaded, processor=round(processor, 2), steps=report.seconds
            ),
            *_latency(company, warehouse, run_refresh, commits, ledger_rows, loaded),
        ]


def _latency(
    company: Company,
    warehouse: Path,
    run_refresh: Callable[[bool], RefreshReport],
    commits: int,
    ledger_rows: int,
    loaded: int,
) -> list[dict[str, Any]]:
    """Post documents one after the other, each followed by a refresh, and time from commit to the first read that shows it."""
    mart = Mart(warehouse)
    waits: list[float] = []
    processor: list[float] = []
    steps: dict[str, list[float]] = {}
    folded = 0
    for number in range(commits):
        receipt = company.do(
            "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 5, "unit_price": "3"}]
        )
        received = company.do("receive_goods", order=receipt.document)
        committed, before = time.perf_counter(), time.process_time()
        report = run_refresh(False)
        assert report.outcome == "published", report
        found = mart.query("stock_ledger", document_id=received.document)
        waits.append(time.perf_counter() - committed)
        processor.append(time.process_time() - before)
        assert len(found) == 1, found
        for name, seconds in report.seconds.items():
            steps.setdefault(name, []).append(seconds)
        if number == commits // 2:
            folded = int(fold_when_due(warehouse, above_rows=0))
    mart.close()
    waits.sort()
    details = {name: round(statistics.median(values), 4) for name, values in steps.items()}
    with_details = {
        "processor": round(statistics.median(processor), 3),
        "load_average": round(os.getloadavg()[0], 1),
        "steps": details,
        "folds": folded,
        "commits": commits,
    }
    return [
        _figure("commit to visible, median", statistics.median(waits), "s", ledger_rows, loaded, **with_details),
        _figure("commit to visible, p99", waits[int(len(waits) * 0.99)], "s", ledger_rows, loaded, commits=commits),
        _figure("commit to visible, longest", waits[-1], "s", ledger_rows, loaded, commits=commits),
    ]


def _figure(figure: str, value: float, unit: str, ledger_rows: int, loaded: int, **details: Any) -> dict[str, Any]:
    return {
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "ledger_rows": ledger_rows,
        "rows_in_all": loaded,
        **details,
    }
