"""Where a store's warehouse lies, and how it is kept fresh beside the server."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Final

from app.kernel.store import Store, StoreAddress
from pipelines import RefreshReport, RefreshWorker, refresh
from pipelines.warehouse.files import BusyError

FOLDER = "warehouse"
_LOOKS: Final = 600
_PAUSE_SECONDS: Final = 0.1


def warehouse_folder(address: StoreAddress) -> Path:
    """The folder of a store's warehouse."""
    return address.folder / FOLDER


def refresh_store(store: Store, *, full: bool = False, whole_gate: bool = False) -> RefreshReport:
    """Bring the warehouse up to the store, once; wait a minute at most for the worker beside the server to end its own.

    Raises:
        BusyError: another refresh did not end.
    """
    waiting = threading.Event()
    for _ in range(_LOOKS):
        try:
            return refresh(store, warehouse_folder(store.address), full, whole_gate=whole_gate)
        except BusyError:
            waiting.wait(_PAUSE_SECONDS)
    return refresh(store, warehouse_folder(store.address), full, whole_gate=whole_gate)


def refresh_worker(address: StoreAddress, pause_seconds: float) -> RefreshWorker:
    """The process that keeps a store's warehouse fresh."""
    return RefreshWorker(partial(Store, address), warehouse_folder(address), pause_seconds=pause_seconds)
