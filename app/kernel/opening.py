"""Opens or creates a store: schema at the newest version, keys, clock, gateway."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import inspect, select

from app.kernel import feed
from app.kernel.bus import Bus
from app.kernel.clock import Clock, FixedClock, SystemClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.keys import load_or_make_keys
from app.kernel.settings import Settings
from app.kernel.store import Store, StoreAddress
from schemas.operational import kernel
from schemas.operational.migrations import current_and_newest, upgrade


def create_store(address: StoreAddress) -> None:
    """Create the schema of a new store.

    Raises:
        Refused: there is a store already.
    """
    store = Store(address)
    try:
        with store.writing() as connection:
            if inspect(connection).has_table("store_head"):
                raise Refused("store_exists", store=address.text)
            upgrade(connection)
    finally:
        store.close()


def store_exists(address: StoreAddress) -> bool:
    """Say whether there is a store at an address."""
    if address.dialect == "sqlite" and not address.path.exists():
        return False
    store = Store(address)
    try:
        with store.reading() as connection:
            return inspect(connection).has_table("store_head")
    finally:
        store.close()


def open_gateway(settings: Settings, bus: Bus, *, clock: Clock | None = None) -> Gateway:
    """Open a store for work.

    Raises:
        Refused: there is no store, its schema is of another version, or its key file is missing or another store's.
    """
    address = settings.address
    if address.dialect == "sqlite" and not address.path.exists():
        raise Refused("store_missing", store=settings.store)
    store = Store(address, disk_free_share=settings.disk_free_share)
    with store.reading() as connection:
        if not inspect(connection).has_table("store_head"):
            store.close()
            raise Refused("store_missing", store=settings.store)
        present, newest = current_and_newest(connection)
        company = connection.execute(select(kernel.company)).first()
        ends = connection.execute(select(kernel.feed).order_by(kernel.feed.c.position.desc()).limit(2)).all()
    if present != newest:
        store.close()
        raise Refused("store_version", store=settings.store, present=present, newest=newest)
    if clock is None:
        zone = company.time_zone if company is not None else "Asia/Shanghai"
        clock = FixedClock(date.fromisoformat(settings.as_of)) if settings.as_of else SystemClock(zone)
    key_file = settings.key_file or key_file_of(address)
    try:
        keys = load_or_make_keys(key_file, make=not ends)
        if ends and not feed.is_chained(keys.chain, ends[0], ends[1].chain_hash if len(ends) > 1 else feed.GENESIS):
            raise Refused("key_file_of_another_store", file=str(key_file), store=settings.store)
    except Refused:
        store.close()
        raise
    return Gateway(store, bus, clock, keys, group_limit=settings.group_commit_limit)


def key_file_of(address: StoreAddress) -> Path:
    """Where a store's key file lies unless the settings say otherwise: beside the store, never inside its folder."""
    return address.folder.with_suffix(".key")
