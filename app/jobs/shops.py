"""Books the messages of web shops that were stored, in the order in which they came, each by a command named after it.

The command's id is made of the message and its attempt, so a crash, a repeat or a second server books nothing twice. A message that
a command refuses is put aside with the refusal; one at which something broke is put aside with the incident, so that no message
stands in the way of the others; one that waits for an exchange rate is booked once that is entered. Nothing here is lost with the
process: what waits is a state in the store.

A shop gives up on a delivery that is not answered within seconds, an order may be booked a minute later: where deliveries come
faster than both can be done, storing comes first and booking waits for a lull, but never longer than two minutes.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.gateway import Gateway, Submission
from app.kernel.resident import Resident
from app.modules.shops.queries import messages_after, waiting_messages
from app.modules.shops.rates import rated_by_now

_BATCH: Final = 50
_PAUSE_SECONDS: Final = 0.5
_RUSH_A_SECOND: Final = 60
_LONGEST_WAIT_SECONDS: Final = 120.0
_LOG: Final = logging.getLogger("tallyworks.shops")


def book_waiting(gateway: Gateway, *, batch: int = _BATCH, at_most: int | None = None) -> int:
    """Book what waits until nothing does, and return how many messages were handled.

    Args:
        gateway: the store's gateway.
        batch: messages to a transaction.
        at_most: stop after so many.
    """
    handled, looks_for_rates = 0, True
    while at_most is None or handled < at_most:
        with gateway.store.reading() as connection:
            waiting = waiting_messages(connection, batch)
            rated = rated_by_now(connection) if not waiting and looks_for_rates else []
        looks_for_rates = looks_for_rates and bool(waiting)
        if rated and _let_again(gateway, rated):
            continue
        if not waiting or not (done := _book(gateway, waiting)):
            return handled
        handled += done
    return handled


def _let_again(gateway: Gateway, rated: list[tuple[int, int]]) -> bool:
    """Let messages be booked again whose rate has been entered, and say whether any is to be."""
    wanted = [
        Submission("retry_shop_message", {"message": message}, f"shop-message-{message}-{attempt}-rated", SYSTEM)
        for message, attempt in rated
    ]
    receipts = list(gateway.submit_many(wanted, batch=_BATCH))
    return any(receipt.status == "done" for receipt in receipts)


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


class Rush:
    """Tells whether deliveries come so fast that booking waits for a lull, and for how long it may wait.

    Args:
        gateway: the store's gateway.
        a_second: how many deliveries a second are a rush.
        longest_wait_seconds: how long booking waits at most.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        a_second: float = _RUSH_A_SECOND,
        longest_wait_seconds: float = _LONGEST_WAIT_SECONDS,
    ) -> None:
        self._gateway = gateway
        self._a_second, self._longest = a_second, longest_wait_seconds
        self._seen: int | None = None
        self._looked = time.monotonic()
        self._since: float | None = None

    def comes_first(self) -> bool:
        """Say whether booking should wait now. Every call looks at what was stored since the one before."""
        now = time.monotonic()
        enough = max(1, round(self._a_second * (now - self._looked)))
        with self._gateway.store.reading() as connection:
            stored = messages_after(connection, self._seen or 0, enough)
        first_look, self._looked = self._seen is None, now
        self._seen = max(stored, default=self._seen or 0)
        if first_look or len(stored) < enough:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since < self._longest


class ShopBooker(Resident):
    """Books what waits of the shops; the messages stay stored until they are booked."""

    def __init__(self, gateway: Gateway, *, pause_seconds: float = _PAUSE_SECONDS, rush: Rush | None = None) -> None:
        super().__init__(name="shops", pause_seconds=pause_seconds)
        self._gateway = gateway
        self._rush = rush or Rush(gateway)

    def step(self) -> bool:
        """Book one batch unless storing comes first.

        After a small batch it pauses: a few at a time would cost as many commits and keep the door waiting for them.
        """
        handled = 0 if self._rush.comes_first() else book_waiting(self._gateway, at_most=1)
        return handled >= _BATCH
