"""Keeps a warehouse fresh beside the server: a process that looks at the feed, refreshes what changed, and folds when it is due.

It opens the store through a callable that the application hands in, so that the one SQLite library rule of the store
is kept in this process too. The folder's lock makes sure that two never refresh at once: whoever finds it held waits
for its next look.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

from pipelines.feed.source import Source
from pipelines.publication.refresh import refresh
from pipelines.quality.gate import JudgeProcess
from pipelines.warehouse.files import BusyError
from pipelines.warehouse.fold import fold_when_due

_LONGEST_PAUSE: Final = 30.0
_LOG = logging.getLogger("tallyworks.refresh")


class RefreshWorker:
    """The refresh process of one store.

    Args:
        open_source: opens the store; must be picklable (a function of a module, or functools.partial of one).
        folder: the warehouse's folder.
        pause_seconds: pause between looks at the feed.
        whole_gate_seconds: time between full suites.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        folder: Path,
        *,
        pause_seconds: float = 0.3,
        whole_gate_seconds: float = 3600.0,
    ) -> None:
        self._arguments = (open_source, folder, pause_seconds, whole_gate_seconds)
        self._context = multiprocessing.get_context("spawn")
        self._stopping = self._context.Event()
        self._process: Any = None

    def start(self) -> None:
        """Start the process."""
        assert self._process is None, "the refresh worker runs already"
        self._stopping.clear()
        self._process = self._context.Process(
            target=keep_fresh, args=(*self._arguments, self._stopping), name="refresh", daemon=False
        )
        self._process.start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self.alive else None

    def stop(self, patience_seconds: float = 20.0) -> None:
        """Let a running refresh end, then stop; after `patience_seconds` the process is ended, which harms nothing published."""
        process, self._process = self._process, None
        if process is None:
            return
        self._stopping.set()
        process.join(patience_seconds)
        if process.is_alive():
            process.kill()
            process.join()


def keep_fresh(
    open_source: Callable[[], Source], folder: Path, pause_seconds: float, whole_gate_seconds: float, stopping: Event
) -> None:
    """Refresh until told to stop, or until the process that started this one is gone.

    An error is logged and tried again, with growing pauses; whether to fold is looked at after each publication.
    """
    source = open_source()
    folding: threading.Thread | None = None
    server, fold_due = multiprocessing.parent_process(), True
    pause, last_whole = pause_seconds, time.monotonic()
    with JudgeProcess() as judge:
        judge.start()
        while not stopping.is_set() and (server is None or server.is_alive()):
            whole = time.monotonic() - last_whole > whole_gate_seconds
            try:
                report = refresh(source, folder, whole_gate=whole, judge=judge, patience_seconds=0.0)
                pause = pause_seconds if report.outcome != "refused" else min(pause * 2, _LONGEST_PAUSE)
                fold_due = fold_due or report.outcome == "published"
                if whole:
                    last_whole = time.monotonic()
            except BusyError:
                pause = pause_seconds
            except Exception:
                _LOG.exception("the refresh failed; the last published version stays")
                pause = min(pause * 2, _LONGEST_PAUSE)
            if fold_due and (folding is None or not folding.is_alive()):
                fold_due = False
                folding = threading.Thread(target=_fold, args=(folder,), name="fold", daemon=True)
                folding.start()
            stopping.wait(pause)
    if folding is not None:
        folding.join()


def _fold(folder: Path) -> None:
    try:
        fold_when_due(folder)
    except Exception:
        _LOG.exception("folding failed; recent rows stay where they are")
