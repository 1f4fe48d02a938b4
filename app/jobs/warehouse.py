"""Where a store's warehouse lies, and how it is kept fresh beside the server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.kernel.store import Store, StoreAddress
from pipelines import RefreshReport, RefreshWorker, refresh

FOLDER = "warehouse"


def warehouse_folder(address: StoreAddress) -> Path:
    """The folder of a store's warehouse."""
    return address.folder / FOLDER


def refresh_store(store: Store, *, full: bool = False, whole_gate: bool = False) -> RefreshReport:
    """Bring the warehouse up to the store, once."""
    return refresh(store, warehouse_folder(store.address), full, whole_gate=whole_gate)


def refresh_worker(address: StoreAddress, pause_seconds: float) -> RefreshWorker:
    """The process that keeps a store's warehouse fresh."""
    return RefreshWorker(partial(Store, address), warehouse_folder(address), pause_seconds=pause_seconds)
