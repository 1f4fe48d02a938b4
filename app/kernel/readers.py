"""Keeps readers of an embedded store short: a snapshot that is held too long keeps the log from being emptied (R7).

A reader is stopped while it computes by a progress handler of its connection, and at its next question when it idled. A writer
that waits for the log ends the transaction of readers that are over their time. Work that must read for long says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from app.kernel.errors import Refused

READER_SECONDS: Final = 30.0
_STEPS_BETWEEN_LOOKS: Final = 100_000
_PLACE: Final = "tallyworks_reader"


@dataclass(eq=False)
class _Reader:
    """An open snapshot and the instant, of the monotonic clock, at which its time is over."""

    driver: Any
    until: float
    ended: bool = False

    @property
    def over(self) -> bool:
        return self.ended or time.monotonic() > self.until


class Readers:
    """The open snapshots of one embedded store in this process."""

    def __init__(self, engine: Engine) -> None:
        self._open: set[_Reader] = set()
        self._mutex = threading.Lock()

        @event.listens_for(engine, "before_cursor_execute")
        def _look(connection: Connection, *_statement: Any) -> None:
            reader: _Reader | None = connection.info.get(_PLACE)
            if reader is not None and reader.over:
                raise Refused("read_too_long", seconds=int(READER_SECONDS))

    @contextmanager
    def limited(self, connection: Connection, seconds: float) -> Iterator[None]:
        """Let a begun transaction read for so many seconds.

        Raises:
            Refused: the time is over.
        """
        reader = _Reader(connection.connection.driver_connection, time.monotonic() + seconds)
        connection.info[_PLACE] = reader
        reader.driver.set_progress_handler(lambda: reader.over, _STEPS_BETWEEN_LOOKS)
        with self._mutex:
            self._open.add(reader)
        try:
            yield
        except DBAPIError as error:
            if reader.over:
                raise Refused("read_too_long", seconds=int(seconds)) from error
            raise
        finally:
            with self._mutex:
                self._open.discard(reader)
            connection.info.pop(_PLACE, None)
            reader.driver.set_progress_handler(None, 0)

    def end_overdue(self) -> None:
        """End the transactions whose time is over, so that the log can be emptied."""
        with self._mutex:
            for reader in self._open:
                if reader.over and not reader.ended:
                    reader.ended = True
                    reader.driver.interrupt()
                    with suppress(Exception):  # It ends by itself at its next step, which is refused.
                        reader.driver.rollback()
