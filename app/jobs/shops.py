"""Books the messages of web shops that were stored, in the order in which they came, each by a command named after it.

The command's id is made of the message and its attempt, so a crash, a repeat or a second server books nothing twice. A message that
a command refuses is put aside with the refusal; one at which something broke is put aside with the incident, so that no message
stands in the way of the others. Nothing here is lost with the process: what waits is a state in the store.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.gateway import Gateway, Submission
from app.modules.shops.queries import waiting_messages

_BATCH: Final = 50
_PAUSE_SECONDS: Final = 0.5
_LOG: Final = logging.getLogger("tallyworks.shops")


def book_waiting(gateway: Gateway, *, batch: int = _BATCH, at_most: int | None = None) -> int:
    """Book what waits until nothing does, and return how many messages were handled.

    Args:
        gateway: the store's gateway.
        batch: messages to a transaction.
        at_most: stop after so many.
    """
    handled = 0
    while at_most is None or handled < at_most:
        with gateway.store.reading() as connection:
            waiting = waiting_messages(connection, batch)
        if not waiting or not (done := _book(gateway, waiting)):
            return handled
        handled += done
    return handled


def _book(gateway: Gateway, waiting: list[tuple[int, int]]) -> int:
    wanted = [
        Submission("book_shop_message", {"message": message}, f"shop-message-{message}-{attempt}", SYSTEM)
        for message, attempt in waiting
    ]
    receipts = list(gateway.submit_many(wanted, batch=len(wanted)))
    failed = [(pair, receipt) for pair, receipt in zip(waiting, receipts, strict=True) if receipt.status != "done"]
    aside = list(gateway.submit_many(_aside(failed), batch=len(wanted)))
    return len(waiting) - len(failed) + sum(receipt.status == "done" for receipt in aside)


def _aside(failed: Iterable[tuple[tuple[int, int], Receipt]]) -> Iterator[Submission]:
    for (message, attempt), receipt in failed:
        _LOG.warning("message %d was not booked: %s %s", message, receipt.message_key, receipt.values)
        said: dict[str, Any] = {"key": receipt.message_key, "values": receipt.values}
        data = {
            "message": message,
            "reason": "refused" if receipt.status == "refused" else "incident",
            "detail": json.dumps(said, ensure_ascii=False, default=str)[:4000],
        }
        yield Submission("set_shop_message_aside", data, f"shop-message-{message}-{attempt}-aside", SYSTEM)


class ShopBooker:
    """A thread that books what waits until it is stopped."""

    def __init__(self, gateway: Gateway, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._gateway = gateway
        self._pause = pause_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shops", daemon=True)

    def start(self) -> None:
        """Start booking."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the running transaction and stop."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            handled = 0
            try:
                handled = book_waiting(self._gateway, at_most=1)
            except Exception:
                # The booker lives as long as the server; the messages stay stored.
                _LOG.exception("what waits of the shops could not be booked; it waits on")
            if handled < _BATCH:  # A few at a time would cost as many commits and keep the door waiting for them.
                self._stop.wait(self._pause)
