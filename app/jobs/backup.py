"""Backs a store up and restores it. A backup exists only after it was opened, verified and compared.

SQLite is copied by its own backup interface into a new file; PostgreSQL is dumped from one snapshot and restored into
a database of its own beside the store for the proof. A backup is a folder: the copy, the plan runs, and a manifest
with digests and row counts; the key file is never in it and must have been exported once before.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, func, make_url, select

from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.store import Store, StoreAddress
from schemas.operational import METADATA, kernel

_COPY: Final = "store.db"
_DUMP: Final = "store.dump"
_MANIFEST: Final = "manifest.json"
_EXPORTED: Final = "keys-exported"
_RUNS: Final = "plan_runs"

Check = Callable[[StoreAddress], list[str]]


@dataclass(frozen=True)
class Backup:
    """A backup that was proven."""

    folder: Path
    position: int
    bytes: int


def export_keys(key_file: Path, target: Path, store_folder: Path, *, at: datetime) -> None:
    """Copy the key file to a place outside the store, and remember that this was done.

    Raises:
        Refused: the target exists already.
    """
    if target.exists():
        raise Refused("file_exists", file=str(target))
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key_file.read_bytes())
    (store_folder / _EXPORTED).write_text(at.isoformat(), encoding="utf-8")


def back_up(gateway: Gateway, target: Path, check: Check) -> Backup:
    """Copy a store into a new folder and prove the copy. What is not proven has no manifest and is no backup.

    Args:
        gateway: the opened store.
        target: a folder that does not exist yet.
        check: opens a copy and returns what verify finds in it.

    Raises:
        Refused: the keys were never exported, the target exists, or the copy does not verify.
    """
    store = gateway.store
    if not (store.folder / _EXPORTED).exists():
        raise Refused("keys_not_exported")
    if target.exists():
        raise Refused("file_exists", file=str(target))
    target.mkdir(parents=True)
    if (store.folder / _RUNS).exists():
        shutil.copytree(store.folder / _RUNS, target / _RUNS)
    if store.dialect == "sqlite":
        copy = target / _COPY
        store.copy_to(copy)
        counts = _proven(StoreAddress(str(copy)), target, check)
        shutil.rmtree(StoreAddress(str(copy)).folder, ignore_errors=True)
    else:
        copy, counts = _dump_postgresql(store, target)
        with _database_beside(store.address, target) as rehearsal:
            _fill_postgresql(target, rehearsal)
            _refuse_other_counts(target, counts, _proven(rehearsal, target, check))
    manifest = {
        "dialect": store.dialect,
        "made_at": gateway.clock.now().isoformat(),
        **counts,
        "files": {str(file.relative_to(target)): _sha256(file) for file in sorted(target.rglob("*")) if file.is_file()},
    }
    (target / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return Backup(target, counts["position"], copy.stat().st_size)


def restore(backup: Path, address: StoreAddress, check: Check, *, rehearse: bool) -> int:
    """Restore a backup into an empty place, or only rehearse it, and return its feed position.

    Raises:
        Refused: the backup is incomplete or damaged, the place is taken, or the restored store does not verify.
    """
    manifest = _manifest(backup)
    counts = {"position": manifest["position"], "rows": manifest["rows"]}
    if manifest["dialect"] == "sqlite":
        _restore_file(backup, StoreAddress(str(backup / "rehearsal.db")) if rehearse else address, counts, check)
        if rehearse:
            _clear_away(StoreAddress(str(backup / "rehearsal.db")))
    elif rehearse:
        with _database_beside(address, backup) as rehearsal:
            _fill_postgresql(backup, rehearsal)
            _refuse_other_counts(backup, counts, _proven(rehearsal, backup, check))
    else:
        _fill_postgresql(backup, address)
        _refuse_other_counts(backup, counts, _proven(address, backup, check))
    if not rehearse and (backup / _RUNS).exists():
        shutil.copytree(backup / _RUNS, address.folder / _RUNS, dirs_exist_ok=True)
    return manifest["position"]


def _restore_file(backup: Path, placed: StoreAddress, counts: dict[str, Any], check: Check) -> None:
    """Place the copy and prove it; a leftover log of an older store would be played into it, so it blocks the place."""
    for taken in (placed.path, *_logs_of(placed)):
        if taken.exists():
            raise Refused("store_exists", store=str(taken))
    placed.path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(backup / _COPY, placed.path)
    try:
        _refuse_other_counts(backup, counts, _proven(placed, backup, check))
    except BaseException:
        _clear_away(placed)
        raise


def _clear_away(placed: StoreAddress) -> None:
    for path in (placed.path, *_logs_of(placed)):
        path.unlink(missing_ok=True)
    shutil.rmtree(placed.folder, ignore_errors=True)


def _logs_of(address: StoreAddress) -> tuple[Path, Path]:
    return Path(f"{address.path}-wal"), Path(f"{address.path}-shm")


def _proven(address: StoreAddress, folder: Path, check: Check) -> dict[str, Any]:
    """Open a copy, verify it, and return its position and row counts."""
    try:
        findings = check(address)
    except Refused:
        raise
    except Exception as error:
        raise Refused("backup_not_proven", folder=str(folder), finding=str(error)[:300]) from error
    if findings:
        raise Refused("backup_not_proven", folder=str(folder), finding=findings[0])
    store = Store(address)
    try:
        with store.reading(seconds=None) as connection:
            return _counts(connection)
    finally:
        store.close()


def _refuse_other_counts(folder: Path, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    if wanted["position"] != found["position"]:
        finding = f"position {found['position']} instead of {wanted['position']}"
        raise Refused("backup_not_proven", folder=str(folder), finding=finding)
    for table, rows in wanted["rows"].items():
        if found["rows"].get(table) != rows:
            finding = f"{table}: {found['rows'].get(table)} rows instead of {rows}"
            raise Refused("backup_not_proven", folder=str(folder), finding=finding)


def _dump_postgresql(store: Store, target: Path) -> tuple[Path, dict[str, Any]]:
    """Dump and count one and the same snapshot."""
    copy = target / _DUMP
    with store.reading(seconds=None) as connection:
        snapshot = connection.execute(select(func.pg_export_snapshot())).scalar_one()
        counts = _counts(connection)
        options = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={copy}"]
        _run(["pg_dump", *options, _plain_url(store.address)], target)
    return copy, counts


def _fill_postgresql(backup: Path, address: StoreAddress) -> None:
    options = ["--no-owner", "--single-transaction", f"--dbname={_plain_url(address)}"]
    _run(["pg_restore", *options, str(backup / _DUMP)], backup)


@contextmanager
def _database_beside(address: StoreAddress, folder: Path) -> Iterator[StoreAddress]:
    """Make a database on the store's server for a rehearsal, and drop it."""
    name = f"tallyworks_rehearsal_{secrets.token_hex(4)}"
    placed = replace(address, text=make_url(address.url).set(database=name).render_as_string(hide_password=False))
    try:
        with psycopg.connect(_plain_url(address), autocommit=True) as server:
            server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise Refused("backup_not_proven", folder=str(folder), finding=str(error)[:300]) from error
    try:
        yield placed
    finally:
        with psycopg.connect(_plain_url(address), autocommit=True) as server:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        shutil.rmtree(placed.folder, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused("backup_not_proven", folder=str(folder), finding=done.stderr.strip()[:300])


def _plain_url(address: StoreAddress) -> str:
    return address.url.replace("postgresql+psycopg://", "postgresql://")


def _manifest(backup: Path) -> dict[str, Any]:
    file = backup / _MANIFEST
    if not file.is_file():
        raise Refused("backup_incomplete", folder=str(backup))
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        whole = all((backup / name).is_file() and _sha256(backup / name) == d for name, d in manifest["files"].items())
        known = {"dialect", "position", "rows", "files"} <= set(manifest) and bool(manifest["files"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("backup_damaged", folder=str(backup)) from error
    if not (whole and known):
        raise Refused("backup_damaged", folder=str(backup))
    return manifest


def _counts(connection: Connection) -> dict[str, Any]:
    position = connection.execute(select(kernel.store_head.c.position)).scalar_one()
    rows = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
    }
    return {"position": position, "rows": rows}


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
