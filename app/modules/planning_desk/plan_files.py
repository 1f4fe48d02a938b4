"""Reads the tables of a recorded plan run from the store's folder, checking that they are the ones that were recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
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


def plan_table(store_folder: Path, plan_hash: str, name: str) -> pl.DataFrame:
    """Read one table of a plan.

    Raises:
        Refused: the plan's files are not there.
    """
    file = plan_folder(store_folder, plan_hash) / f"{name}.parquet"
    if not file.is_file():
        raise Refused("plan_files_missing", plan=plan_hash[:12], file=file.name)
    return pl.read_parquet(file)


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
    folder = plan_folder(store_folder, plan_hash)
    orders = plan_table(store_folder, plan_hash, "planned_orders")
    if hash_of_plan(folder) != plan_hash:
        raise Refused("plan_files_changed", plan=plan_hash[:12])
    chosen = orders.filter(pl.col("planned_order").is_in(list(wanted)))
    return {row["planned_order"]: row for row in chosen.iter_rows(named=True)}
