"""A folder into which files of orders are dropped, by a program or a person: one folder a shop, named by its code.

What lies in a shop's folder and no longer grows is taken as one export and moved to `done`; files that are no orders of the shop go
to `rejected` with the reason beside them. Taking a file twice books nothing, so a server that stops in between loses and doubles
nothing.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from app.jobs.import_shop_orders import OrderFile, import_shop_orders
from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.resident import Resident
from schemas.vocabulary.shops import ShopSystem

_PAUSE_SECONDS: Final = 5.0
_MOST_FILES: Final = 50
_LOG: Final = logging.getLogger("tallyworks.orders")

Seen = dict[Path, tuple[int, int]]
"""Size and time of change of the files that a look has found."""


def take_dropped(gateway: Gateway, folder: Path, seen: Seen) -> int:
    """Take what has been dropped for every active shop, and return how many files that were.

    Args:
        gateway: the store's gateway.
        folder: the folder with one folder a shop; those that are missing are made.
        seen: the files of the look before, which this one replaces; what has not changed since then is complete.
    """
    taken = 0
    for shop in gateway.query("shops", {"active": True, "limit": 1000}, principal=SYSTEM):
        own = folder / shop["code"]
        own.mkdir(parents=True, exist_ok=True)
        for files in _exports(shop["system"], _settled(own, seen)):
            taken += len(files) if _take(gateway, shop["code"], own, files) else 0
    return taken


def _settled(folder: Path, seen: Seen) -> list[Path]:
    """The files of a folder, where none of them has changed since the last look: an export of two files comes as one."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    now = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files[:_MOST_FILES]}
    complete = all(seen.get(path) == mark for path, mark in now.items())
    seen.update(now)
    return list(now) if complete else []


def _exports(system: str, files: list[Path]) -> list[list[Path]]:
    """The exports that files are: Taobao's orders and goods are one together, the others' files one each."""
    if system == ShopSystem.TAOBAO:
        return [files] if files else []
    return [[file] for file in files]


def _take(gateway: Gateway, shop: str, folder: Path, files: list[Path]) -> bool:
    """Take one export and say whether it was dealt with; what the store could not keep lies on for another look."""
    try:
        account = import_shop_orders(gateway, shop, [OrderFile.read(path) for path in files])
    except Refused as refusal:
        _LOG.warning("files dropped for shop %s were rejected: %s", shop, refusal)
        for path in _moved(gateway, files, folder / "rejected"):
            path.with_name(f"{path.name}.reason.txt").write_text(f"{refusal}\n", encoding="utf-8")
        return True
    for refused in account.refused:
        _LOG.warning("an order dropped for shop %s was not stored and its file waits: %s", shop, refused)
    if account.refused:
        return False
    _moved(gateway, files, folder / "done")
    return True


def _moved(gateway: Gateway, files: list[Path], to: Path) -> list[Path]:
    """Move files under a name that no file before them has."""
    to.mkdir(exist_ok=True)
    mark = f"{gateway.clock.now():%Y%m%dT%H%M%S}"
    moved = []
    for path in files:
        names = (to / f"{mark}-{number}-{path.name}" for number in range(1, 10_000))
        target = next(name for name in names if not name.exists())
        moved.append(path.rename(target))
    return moved


class OrderDrop(Resident):
    """Takes what is dropped; files that could not be taken stay where they are."""

    def __init__(self, gateway: Gateway, folder: Path, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(name="order-drop", pause_seconds=pause_seconds)
        self._gateway, self._folder = gateway, folder
        self._seen: Seen = {}

    def step(self) -> bool:
        """Take the files that lie there and have come to rest."""
        take_dropped(self._gateway, self._folder, self._seen)
        return False
