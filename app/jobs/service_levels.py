"""The watch over the clocks of cases: a resident job that lets `watch_service_levels` look when a clock's time has come.

It asks first and submits only where there is something to look at, so many at a time, so that nothing waits for it long.
"""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import select

from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.resident import Resident
from schemas.operational.service_levels import case_clock

_LOG = logging.getLogger("tallyworks.service_levels")
_PAUSE_SECONDS: Final = 30.0
_BATCH: Final = 200
_MOST_BATCHES: Final = 50


def watch_waiting(gateway: Gateway, *, batch: int = _BATCH) -> int:
    """Look at the clocks whose time has come until none is left, 50 batches at most; returns how many people were told."""
    told = 0
    for _ in range(_MOST_BATCHES):
        query = select(case_clock.c.id).where(case_clock.c.look_at <= gateway.clock.now()).limit(1)
        with gateway.store.reading() as connection:
            if connection.execute(query).first() is None:
                return told
        receipt = gateway.submit("watch_service_levels", {"most": batch}, command_id=new_command_id(), principal=SYSTEM)
        if receipt.status != "done":
            _LOG.warning("the clocks of cases were not looked at: %s", receipt)
            return told
        told += receipt.values["told"]
    return told


class ServiceWatch(Resident):
    """Watches the clocks; one that could not be looked at is looked at next time."""

    def __init__(self, gateway: Gateway, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(name="service-levels", pause_seconds=pause_seconds)
        self._gateway = gateway

    def step(self) -> bool:
        """Look at the clocks whose time has come."""
        watch_waiting(self._gateway)
        return False
