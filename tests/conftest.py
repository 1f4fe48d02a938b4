"""Fixtures that every kind of test shares: a company in a fresh store, on each database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.kernel.store import StoreAddress
from tests.company import Company, founded, furnish, reopened
from tests.history import live_a_little
from tests.postgresql import REMEDY, fresh_database, not_run, running_server, server_binaries

ROOT = Path(__file__).resolve().parents[1]


_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 * 2**30


def pytest_configure() -> None:
    """Keep the stores of tests in memory where there is enough of it: thousands of them are made, and no test cuts the power."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


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
        files = StoreAddress(self.address).folder
        if files.exists():
            shutil.copytree(files, StoreAddress(address).folder, dirs_exist_ok=True)
        if not address.startswith("postgresql"):
            shutil.copyfile(self.address, address)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Companies in SQLite files to copy."""
    folder = tmp_path_factory.mktemp("templates")
    return Templates(lambda kind: _template(kind, str(folder / f"{kind}.db"), folder / f"{kind}.key"))


@pytest.fixture(scope="session")
def postgresql_templates(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Companies in PostgreSQL databases to copy."""
    folder = tmp_path_factory.mktemp("templates")
    with ExitStack() as databases:
        yield Templates(
            lambda kind: _template(
                kind, databases.enter_context(fresh_database(postgresql_server)), folder / f"{kind}.key"
            )
        )


class Templates(dict[str, Template]):
    """Templates of one database by kind, each made when it is first wanted."""

    def __init__(self, make: Callable[[str], Template]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, kind: str) -> Template:
        self[kind] = self._make(kind)
        return self[kind]


def _template(kind: str, address: str, key_file: Path) -> Template:
    with founded(address, key_file=key_file) as opened:
        if kind != "founded":
            furnish(opened)
        if kind == "busy":
            live_a_little(opened)
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


# Commands whose crash test runs on PostgreSQL in `make test` too; the others do so in `make full`.
_CRASHED_ON_BOTH = (
    "book_supplier_bill",
    "complete_production",
    "create_sales_order",
    "receive_goods",
    "reverse_document",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the longest tests on PostgreSQL to `make full`."""
    for item in items:
        long = "test_a_crash_after_any_statement" in item.name and "[postgresql" in item.name
        if long and not any(command in item.name for command in _CRASHED_ON_BOTH):
            item.add_marker(pytest.mark.full)


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
def busy_works(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Company]:
    """A company with a little history in every area, on each database."""
    with copy_of(request, database, "busy", tmp_path) as opened:
        yield opened


@pytest.fixture
def small_works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    """The same on SQLite only, where the database does not matter."""
    with copy_of(request, "sqlite", "furnished", tmp_path) as opened:
        yield opened
