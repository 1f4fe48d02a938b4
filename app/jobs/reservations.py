"""The watch over reservations: a resident job that lets `release_expired_reservations` give back what was held long enough.

It asks first and submits only where something has expired, so many lines at a time, so that nothing waits for it long.
"""

from __future__ import annotations

import logging
from typing import Final

from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.resident import Resident
from app.modules.sales.reserving import expired_lines

_LOG = logging.getLogger("tallyworks.reservations")
_PAUSE_SECONDS: Final = 60.0
_BATCH: Final = 200
_MOST_BATCHES: Final = 50


def release_expired(gateway: Gateway, *, batch: int = _BATCH) -> int:
    """Give back what has expired until nothing is left, 50 batches at most; returns how many lines gave back."""
    released = 0
    for _ in range(_MOST_BATCHES):
        with gateway.store.reading() as connection:
            if connection.execute(expired_lines(gateway.clock.today()).limit(1)).first() is None:
                return released
        receipt = gateway.submit(
            "release_expired_reservations", {"most": batch}, command_id=new_command_id(), principal=SYSTEM
        )
        if receipt.status != "done":
            _LOG.warning("expired reservations were not given back: %s", receipt)
            return released
        released += receipt.values["count"]
    return released


class ReservationWatch(Resident):
    """Watches the reservations; what could not be given back is tried next time."""

    def __init__(self, gateway: Gateway, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(name="reservations", pause_seconds=pause_seconds)
        self._gateway = gateway

    def step(self) -> bool:
        """Give back what has expired."""
        release_expired(self._gateway)
        return False
