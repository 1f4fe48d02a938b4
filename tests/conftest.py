"""Fixtures that every kind of test shares: a company in a fresh store, on each database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.company import Company, founded, furnish, reopened
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


@dataclass(frozen=True)
class Template:
    """A closed store that tests copy: founding a company anew for each of them would cost more than most of them do."""

    address: str
    key_file: Path

    def copied(self, address: str, key_file: Path) -> None:
        """Copy the key file, and the store where it is a file; a database is copied by its server."""
        shutil.copyfile(self.key_file, key_file)
        if not address.startswith("postgresql"):
            shutil.copyfile(self.address, address)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    """A founded and a furnished company in SQLite files."""
    folder = tmp_path_factory.mktemp("templates")
    return {kind: _template(kind, str(folder / f"{kind}.db"), folder / f"{kind}.key") for kind in _KINDS}


@pytest.fixture(scope="session")
def postgresql_templates(
    postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Template]]:
    """A founded and a furnished company in PostgreSQL databases."""
    folder = tmp_path_factory.mktemp("templates")
    with fresh_database(postgresql_server) as founded_url, fresh_database(postgresql_server) as furnished_url:
        urls = {"founded": founded_url, "furnished": furnished_url}
        yield {kind: _template(kind, urls[kind], folder / f"{kind}.key") for kind in _KINDS}


_KINDS = ("founded", "furnished")


def _template(kind: str, address: str, key_file: Path) -> Template:
    with founded(address, key_file=key_file) as opened:
        if kind == "furnished":
            furnish(opened)
    return Template(address, key_file)


@contextmanager
def copy_of(request: pytest.FixtureRequest, database: str, kind: str, folder: Path) -> Iterator[Company]:
    """An opened copy of a template on a database."""
    template: Template = request.getfixturevalue(f"{database}_templates")[kind]
    key_file = folder / "store.key"
    if database == "sqlite":
        address = str(folder / "store.db")
        template.copied(address, key_file)
        with reopened(address, key_file=key_file) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgresql_server")
    with fresh_database(server, template=template.address.rsplit("/", 1)[1]) as address:
        template.copied(address, key_file)
        with reopened(address, key_file=key_file) as opened:
            yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    return request.param


@pytest.fixture
def company(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Company]:
    """A founded company on each database."""
    with copy_of(request, database, "founded", tmp_path) as opened:
        yield opened


@pytest.fixture
def works(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Company]:
    """A company with items, a supplier and a customer, valued at moving average."""
    with copy_of(request, database, "furnished", tmp_path) as opened:
        yield opened


@pytest.fixture
def small_works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    """The same on SQLite only, where the database does not matter."""
    with copy_of(request, "sqlite", "furnished", tmp_path) as opened:
        yield opened
