"""Imports AdventureWorks: feeds what the connector translates to the gateway, many commands a transaction, and gives account.

Rows that cannot become commands and commands that are refused are quarantined with their reason; the rest goes in. Importing again
repeats the same commands under the same ids, so nothing changes. What a row becomes is the connector's to say.
"""

from __future__ import annotations

import gc
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from app.jobs.receipts import receipt_words
from app.jobs.reconciliation import Quarantined, Report, control_lines, file_counts
from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, Submission
from pipelines.connectors.adventureworks.masters import PREFIX
from pipelines.connectors.adventureworks.read import ReadError, count_unread, read_folder
from pipelines.connectors.adventureworks.translate import CHOICES, Translation
from pipelines.connectors.translation import TranslatedCommand

Progress = Callable[[int, int], None]

_BATCH: Final = 1000
_REPORT_EVERY: Final = 1000
_SOURCE: Final = "AdventureWorks"
_COMPANY_THERE: Final = "refusal.company_exists"
_COLLECT_AFTER: Final = (50_000, 20, 50)


def import_adventureworks(
    gateway: Gateway, folder: Path, *, as_of: date | None = None, progress: Progress | None = None
) -> Report:
    """Import the files of a folder into a store, founding the company where there is none yet.

    Args:
        gateway: the opened store.
        folder: where the files lie.
        as_of: the last day that is booked; orders that are open on it stay open, later rows are counted as later. The opening
            stock is that of the whole stream, so that an import up to a later day goes on where this one ends.
        progress: told how many commands of how many are done.

    Returns:
        The account of the import.

    Raises:
        Refused: a file is missing or has another form.
    """
    clock = _Stopwatch()
    with clock.phase("read"):
        try:
            tables, malformed = read_folder(folder)
        except ReadError as error:
            raise Refused("import_file", folder=str(folder), reason=str(error)) from error
    with clock.phase("translate"):
        translation = Translation(tables, as_of=as_of)
    findings = translation.findings
    for row in malformed:
        findings.rows_read[row.file] += 1
        findings.reject(row.file, row.row, row.value, row.reason)
    run = _Run(gateway, progress, translation.command_count)
    with _few_collections():
        with clock.phase("master data"):
            run.feed(translation.master_data())
        with clock.phase("documents"):
            run.feed(translation.happenings())
    report = Report(_SOURCE, translation.as_of, choices=CHOICES, commands=dict(run.done), seconds=clock.seconds)
    with clock.phase("reconcile"):
        booked = gateway.query("document_totals", {"prefix": f"{PREFIX}:"}, principal=SYSTEM)
        report.controls = control_lines(findings.totals, booked)
    report.document_lines = sum(part["lines"] for row in booked for part in row["lines"].values())
    report.files = file_counts(findings, run.accepted, run.failed)
    report.without_home = {**findings.homeless, **count_unread(folder)}
    report.quarantined = [Quarantined(r.file, r.row, r.value, r.reason) for r in findings.rejected] + run.refused
    return report


class _Run:
    """Feeds commands to the gateway and counts what becomes of the rows behind them."""

    def __init__(self, gateway: Gateway, progress: Progress | None, total: int) -> None:
        self._gateway = gateway
        self._progress = progress
        self._total = total
        self._count = 0
        self.done: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.refused: list[Quarantined] = []

    def feed(self, commands: Iterable[TranslatedCommand]) -> None:
        """Run commands in their order; receipts come back in the same."""
        waiting: deque[TranslatedCommand] = deque()
        for receipt in self._gateway.submit_many(_submissions(commands, waiting), batch=_BATCH):
            self._note(waiting.popleft(), receipt)

    def _note(self, command: TranslatedCommand, receipt: Receipt) -> None:
        self._count += 1
        counted = self.accepted if receipt.status == "done" else self.failed
        for file, rows in command.sources:
            counted[file] += rows
        if receipt.status == "done":
            self.done[command.name] += 1
        elif receipt.message_key != _COMPANY_THERE:
            name = command.sources[0][0] if command.sources else command.name
            self.refused.append(Quarantined(name, command.command_id, receipt.field or "", receipt_words(receipt)))
        if self._progress is not None and self._count % _REPORT_EVERY == 0:
            self._progress(self._count, max(self._total, self._count))


def _submissions(commands: Iterable[TranslatedCommand], waiting: deque[TranslatedCommand]) -> Iterator[Submission]:
    """Hand commands on, each with the clock of its day, and remember them in order until their receipts come."""
    clock = FixedClock(date.min)
    for command in commands:
        if command.day != clock.day:
            clock = FixedClock(command.day)
        waiting.append(command)
        yield Submission(command.name, command.data, command.command_id, SYSTEM, clock=clock)


class _Stopwatch:
    """Measures the phases of an import."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 2)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the garbage collector leave the files' rows alone: they live until the end, and looking through them costs time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
