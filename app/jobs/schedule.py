"""What runs by itself while a store is served: hourly verify and anchor, nightly backup; and the runners of queued jobs.

A broken invariant puts the company read-only with its reason on screen, until an administrator has looked at it (R12).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from app.jobs import backup as backups
from app.jobs.anchor import write_anchor
from app.jobs.verify import verify
from app.kernel.access import SYSTEM
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.jobs import Claim, JobQueue
from app.kernel.resident import Resident
from app.kernel.settings import Settings
from app.kernel.store import StoreAddress

_LOG = logging.getLogger("tallyworks.schedule")
_BACKUP_HOUR = 2


def verify_job(gateway: Gateway, settings: Settings, claim: Claim) -> str:
    """Verify the store; put the company read-only if an invariant is broken."""
    claim.report(0, 1)
    result = verify(gateway, anchor=settings.anchor_file)
    if settings.anchor_file is not None and result.clean:
        write_anchor(gateway, settings.anchor_file)
    if result.clean:
        return f"{len(result.checked)} checks clean at {result.position}"
    first = result.findings[0]
    reason = f"{first.code} {first.says}"
    gateway.submit("set_read_only", {"reason": reason}, command_id=new_command_id(), principal=SYSTEM)
    return reason


def backup_job(gateway: Gateway, settings: Settings, claim: Claim, check: Callable[[StoreAddress], list[str]]) -> str:
    """Back the store up into a folder named by the instant."""
    claim.report(0, 1)
    if settings.backup_folder is None:
        return "no backup folder is set"
    name = gateway.clock.now().strftime("%Y%m%dT%H%M%S")
    try:
        made = backups.back_up(gateway, Path(settings.backup_folder) / name, check)
    except Refused as refusal:
        return str(refusal)
    return f"{made.folder.name} at {made.position}"


def time_zone_of(gateway: Gateway) -> str:
    """The company's time zone; that of a company still to be founded is the one it will be offered."""
    found = gateway.query("company", {}, principal=SYSTEM)
    return found[0]["time_zone"] if found else "Asia/Shanghai"


class Schedule(Resident):
    """Queues the regular jobs: verify every hour, backup every night in the company's time zone."""

    def __init__(self, queue: JobQueue, clock: Clock, time_zone: str, *, pause_seconds: float = 60.0) -> None:
        super().__init__(name="schedule", pause_seconds=pause_seconds)
        self._queue = queue
        self._clock = clock
        self._zone = ZoneInfo(time_zone)
        self._last = clock.now().astimezone(self._zone)

    def step(self) -> bool:
        """Queue what an hour that has begun brings."""
        now = self._clock.now().astimezone(self._zone)
        if now.hour != self._last.hour:
            self._queue.add("verify", {})
            if now.hour == _BACKUP_HOUR:
                self._queue.add("backup", {})
        self._last = now
        return False
