"""A whole company comes in and is planned: AdventureWorks through commands into an embedded store, then gates, plan, statements.

Document lines are the lines of all documents that the import posts: orders, receipts, bills, issues, completions, shipments and
invoices. The speed is of that part alone; reading, master data and reconciliation are listed beside it. The way that follows is
the one of tests/scenarios/adventureworks/whole_way.py.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from app.bootstrap import build_bus
from app.jobs.import_adventureworks import import_adventureworks
from app.jobs.verify import verify
from app.kernel.opening import create_store, open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress
from tests.conftest import shared_folder
from tests.scenarios.adventureworks.whole_way import walk


def run(as_of: date | None = None, source: Path | None = None, folder: Path | None = None) -> list[dict[str, Any]]:
    """Measure the import, the verification of its books, and the way to the plan and the statements.

    Args:
        as_of: import up to this day only; the whole by default.
        source: the AdventureWorks files; the shared ones by default.
        folder: where to work; a temporary folder by default.

    Returns:
        One row a figure: `figure`, `value`, `unit`.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="tallyworks-adventureworks-") as temporary:
            return run(as_of, source, Path(temporary))
    store = str(folder / "store.db")
    create_store(StoreAddress(store))
    gateway = open_gateway(load_settings(store=store), build_bus())
    try:
        report = import_adventureworks(gateway, source or shared_folder() / "data" / "adventureworks", as_of=as_of)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        findings = verify(gateway).findings
        verified = time.perf_counter() - start
        walked = walk(gateway, report.as_of)
    finally:
        gateway.close()
    figures = [
        ("document lines", report.document_lines, "lines"),
        ("document lines a second", round(report.document_lines / report.seconds["documents"]), "lines/s"),
        ("commands", sum(report.commands.values()), "commands"),
        *((f"seconds: {phase}", seconds, "s") for phase, seconds in report.seconds.items()),
        ("seconds: verify", round(verified, 1), "s"),
        ("peak memory", round(peak), "MiB"),
        ("store", round(Path(store).stat().st_size / 2**20), "MiB"),
        ("rows or commands quarantined", len(report.quarantined), "rows"),
        ("control totals", len(report.controls), "totals"),
        ("control totals unexplained", len(report.unexplained), "totals"),
        ("invariants broken", len(findings), "findings"),
        *((f"seconds: {part}", seconds, "s") for part, seconds in walked.seconds.items()),
        ("rows quarantined by the gates", walked.quarantined, "rows"),
        *((f"plan: {name}", count, "rows") for name, count in walked.plan["counts"].items()),
        *((f"released into {kind}", count, "lines") for kind, count in walked.released.items()),
        *((name, f"{amount:,.2f}", "USD") for name, amount in walked.statements.items()),
        ("invariants broken after the release", len(walked.findings), "findings"),
    ]
    return [{"figure": figure, "value": value, "unit": unit} for figure, value, unit in figures]
