"""Backs a store up and restores it. A backup exists only after it was opened, verified and compared.

SQLite is copied by its own backup interface into a new file; PostgreSQL by its dump program. A backup is a folder: the copy, the
plan runs, and a manifest with digests and row counts; the key file is never in it and must have been exported once before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.store import Store, StoreAddress, sqlite_library
from schemas.operational import METADATA, kernel

_COPY: Final = "store.db"
_DUMP: Final = "store.dump"
_MANIFEST: Final = "manifest.json"
_EXPORTED: Final = "keys-exported"


@dataclass(frozen=True)
class Backup:
    """A backup that was proven."""

    folder: Path
    position: int
    bytes: int


def export_keys(key_file: Path, target: Path, store_folder: Path) -> None:
    """Copy the key file to a place outside the store, and remember that this was done.

    Raises:
        Refused: the target exists already.
    """
    if target.exists():
        raise Refused("file_exists", file=str(target))
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key_file.read_bytes())
    (store_folder / _EXPORTED).write_text(datetime.now(tz=UTC).isoformat(), encoding="utf-8")


def back_up(gateway: Gateway, target: Path, check: Callable[[StoreAddress], list[str]]) -> Backup:
    """Copy a store into a new folder and prove the copy.

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
    counts = _counts(store)
    copy = _copy_sqlite(store, target) if store.dialect == "sqlite" else _dump_postgresql(store, target)
    runs = store.folder / "plan_runs"
    if runs.exists():
        shutil.copytree(runs, target / "plan_runs")
    if store.dialect == "sqlite":
        findings = check(StoreAddress(str(copy)))
        if findings:
            raise Refused("backup_not_proven", folder=str(target), finding=findings[0])
    manifest = {
        "dialect": store.dialect,
        "made_at": datetime.now(tz=UTC).isoformat(),
        "position": counts["position"],
        "rows": counts["rows"],
        "sha256": _sha256(copy),
    }
    (target / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return Backup(target, counts["position"], copy.stat().st_size)


def restore(backup: Path, address: StoreAddress, check: Callable[[StoreAddress], list[str]], *, rehearse: bool) -> int:
    """Restore a backup into an empty place, or only rehearse it, and return its feed position.

    Raises:
        Refused: the backup is incomplete or damaged, the place is taken, or the restored store does not verify.
    """
    manifest = _manifest(backup)
    if manifest["dialect"] != "sqlite":
        return _restore_postgresql(backup, address, manifest, rehearse=rehearse)
    target = backup / "rehearsal.db" if rehearse else address.path
    if target.exists():
        raise Refused("store_exists", store=str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(backup / _COPY, target)
    placed = StoreAddress(str(target))
    try:
        findings = check(placed)
        if findings:
            raise Refused("backup_not_proven", folder=str(backup), finding=findings[0])
        if (backup / "plan_runs").exists() and not rehearse:
            shutil.copytree(backup / "plan_runs", placed.folder / "plan_runs", dirs_exist_ok=True)
    finally:
        if rehearse:
            for path in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
                path.unlink(missing_ok=True)
            shutil.rmtree(placed.folder, ignore_errors=True)
    return manifest["position"]


def _copy_sqlite(store: Store, target: Path) -> Path:
    library = sqlite_library()
    copy = target / _COPY
    source = library.connect(str(store.address.path))
    out = library.connect(str(copy))
    try:
        source.backup(out)
        out.execute("PRAGMA journal_mode=DELETE")
    finally:
        out.close()
        source.close()
    return copy


def _dump_postgresql(store: Store, target: Path) -> Path:
    copy = target / _DUMP
    url = store.address.url.replace("postgresql+psycopg://", "postgresql://")
    done = subprocess.run(
        ["pg_dump", "--format=custom", "--no-owner", f"--file={copy}", url], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused("backup_not_proven", folder=str(target), finding=done.stderr.strip()[:300])
    return copy


def _restore_postgresql(backup: Path, address: StoreAddress, manifest: dict[str, Any], *, rehearse: bool) -> int:
    if rehearse:
        done = subprocess.run(
            ["pg_restore", "--list", str(backup / _DUMP)], capture_output=True, text=True, check=False
        )
    else:
        url = address.url.replace("postgresql+psycopg://", "postgresql://")
        done = subprocess.run(
            ["pg_restore", "--no-owner", "--single-transaction", f"--dbname={url}", str(backup / _DUMP)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise Refused("backup_not_proven", folder=str(backup), finding=done.stderr.strip()[:300])
    return manifest["position"]


def _manifest(backup: Path) -> dict[str, Any]:
    file = backup / _MANIFEST
    if not file.is_file():
        raise Refused("backup_incomplete", folder=str(backup))
    manifest = json.loads(file.read_text(encoding="utf-8"))
    copy = backup / (_COPY if manifest["dialect"] == "sqlite" else _DUMP)
    if not copy.is_file() or _sha256(copy) != manifest["sha256"]:
        raise Refused("backup_damaged", folder=str(backup))
    return manifest


def _counts(store: Store) -> dict[str, Any]:
    with store.reading() as connection:
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
