"""Fixtures that every kind of test shares: a company in a fresh store, on each database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.company import Company, founded, furnish
from tests.postgresql import REMEDY, fresh_database, not_run, running_server, server_binaries

ROOT = Path(__file__).resolve().parents[1]


def shared_folder() -> Path:
    """The folder of shared data, which a fresh clone may lack."""
    return Path(os.environ.get("TALLYWORKS_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server."""
    if server_binaries() is None:
        not_run(REMEDY)
    with running_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store's address, on each database in turn."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    server = request.getfixturevalue("postgresql_server")
    with fresh_database(server) as url:
        yield url


@pytest.fixture
def company(store_address: str, tmp_path: Path) -> Iterator[Company]:
    """A founded company on each database."""
    with founded(store_address, key_file=tmp_path / "store.key") as opened:
        yield opened


@pytest.fixture
def works(company: Company) -> Company:
    """A company with items, a supplier and a customer, valued at moving average."""
    furnish(company)
    return company


@pytest.fixture
def small_works(tmp_path: Path) -> Iterator[Company]:
    """The same on SQLite only, where the database does not matter."""
    with founded(str(tmp_path / "store.db"), key_file=tmp_path / "store.key") as opened:
        furnish(opened)
        yield opened
