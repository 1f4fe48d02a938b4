"""A PostgreSQL server for the tests: found, started as another user than root, stopped at the end.

Where it is missing, tests that need it print NOT RUN with the remedy and are skipped by a developer and fail in CI.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

REMEDY = "PostgreSQL 15 or newer is not here: install it (Debian: apt install postgresql)."


def not_run(reason: str) -> None:
    """Say that a test did not run and why; in CI that is a failure."""
    message = f"NOT RUN: {reason}"
    print(message)
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def server_binaries() -> Path | None:
    """Return the folder of initdb and pg_ctl, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parent.parent.name))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None


@contextmanager
def files_elsewhere() -> Iterator[None]:
    """Files that belong to stores on PostgreSQL lie in a temporary folder while the server runs."""
    before = os.environ.get("TALLYWORKS_FILES")
    with tempfile.TemporaryDirectory(prefix="tallyworks-files-") as folder:
        os.environ["TALLYWORKS_FILES"] = folder
        try:
            yield
        finally:
            del os.environ["TALLYWORKS_FILES"]
            if before is not None:
                os.environ["TALLYWORKS_FILES"] = before


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """Start a server in a temporary folder and yield its URL without a database name.

    Args:
        durable: whether commits wait for the disk, as benchmarks and power-cut tests need; other tests only kill clients.
    """
    binaries = server_binaries()
    assert binaries is not None, REMEDY
    folder = Path(tempfile.mkdtemp(prefix="tallyworks-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off -c max_wal_size=256MB"
    _run([*prefix, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "--locale=C.UTF-8"])
    _run([*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
    try:
        with files_elsewhere():
            yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        _run([*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-m", "fast", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: str, *, template: str = "template1") -> Iterator[str]:
    """Create a database as a copy of a template, yield its URL and drop it."""
    name = "t" + uuid.uuid4().hex[:12]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
