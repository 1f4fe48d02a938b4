"""Work that goes on beside the server: a step repeated in a thread of its own for as long as the store is served."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import Final

_LOG: Final = logging.getLogger("tallyworks.resident")
_STOPS_WITHIN_SECONDS: Final = 30.0


class Resident(ABC):
    """A step that is repeated until it is stopped. What it works on lies in the store: a step that fails is told and tried again.

    Args:
        name: of the thread, and in the log.
        pause_seconds: between two steps.
    """

    def __init__(self, name: str, pause_seconds: float) -> None:
        self._name = name
        self._pause = pause_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def step(self) -> bool:
        """Do what there is to do now, and say whether there may be more at once."""

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the running step and stop."""
        self._stop.set()
        self._thread.join(timeout=_STOPS_WITHIN_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            more = False
            try:
                more = self.step()
            except Exception:
                # The thread lives as long as the server, whatever breaks in one step of it.
                _LOG.exception("a step of %s broke; what waits of it waits on", self._name)
            if not more:
                self._stop.wait(self._pause)
