"""Keeps the tables of runs in the store's folder under the hash of their content, and reads them as they were recorded."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from app.kernel.errors import Refused

FOLDER = "plan_runs"
PACKAGE = "package"


def plan_folder(store_folder: Path, plan_hash: str) -> Path:
    """Where the tables of a plan lie."""
    return store_folder / FOLDER / plan_hash


def hash_of_plan(folder: Path) -> str:
    """Hash the Parquet tables of a plan, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.parquet")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def keep_files(store_folder: Path, write: Callable[[Path], None], package: Mapping[str, pl.DataFrame]) -> str:
    """Write the tables of a run aside, and what it was made from, and move them to the place that their hash names.

    Args:
        store_folder: the folder of the store.
        write: writes the run's Parquet tables into a folder that it makes.
        package: the tables that the run was made from, by name.

    Returns:
        The hash.
    """
    aside = store_folder / FOLDER / f".{uuid.uuid4().hex}"
    try:
        write(aside)
        beside = aside / PACKAGE
        beside.mkdir()
        for name, table in package.items():
            table.write_parquet(beside / f"{name}.parquet")
        digest = hash_of_plan(aside)
        target = plan_folder(store_folder, digest)
        if not target.exists():
            aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return digest


def plan_table(store_folder: Path, plan_hash: str, name: str) -> pl.DataFrame:
    """Read one table of a plan.

    Raises:
        Refused: the plan's files are not there.
    """
    file = plan_folder(store_folder, plan_hash) / f"{name}.parquet"
    if not file.is_file():
        raise Refused("plan_files_missing", plan=plan_hash[:12], file=file.name)
    return pl.read_parquet(file)


def checked_table(store_folder: Path, plan_hash: str, name: str) -> pl.DataFrame:
    """Read one table of a recorded run for a decision that rests on it.

    Raises:
        Refused: the files are not there, or are not the ones that were recorded.
    """
    table = plan_table(store_folder, plan_hash, name)
    if hash_of_plan(plan_folder(store_folder, plan_hash)) != plan_hash:
        raise Refused("plan_files_changed", plan=plan_hash[:12])
    return table


def plan_scan(store_folder: Path, plan_hash: str, name: str) -> pl.LazyFrame:
    """One table of a plan, read where it is filtered.

    Raises:
        Refused: the plan's files are not there.
    """
    return _scanned(plan_folder(store_folder, plan_hash), plan_hash, name)


def package_scan(store_folder: Path, plan_hash: str, name: str) -> pl.LazyFrame:
    """One table of the package that a plan was made from, read where it is filtered.

    Raises:
        Refused: the plan's files are not there.
    """
    return _scanned(plan_folder(store_folder, plan_hash) / PACKAGE, plan_hash, name)


def _scanned(folder: Path, plan_hash: str, name: str) -> pl.LazyFrame:
    file = folder / f"{name}.parquet"
    if not file.is_file():
        raise Refused("plan_files_missing", plan=plan_hash[:12], file=file.name)
    return pl.scan_parquet(file)


def planned_orders(store_folder: Path, plan_hash: str, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """Read chosen planned orders by their names.

    Raises:
        Refused: the files are not there, or are not the ones that were recorded.
    """
    orders = checked_table(store_folder, plan_hash, "planned_orders")
    chosen = orders.filter(pl.col("planned_order").is_in(list(wanted)))
    return {row["planned_order"]: row for row in chosen.iter_rows(named=True)}
