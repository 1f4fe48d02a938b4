"""The discipline of the store: one safe SQLite library, full synchronisation, disk and reader limits, keys, opening and migrations."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError
from sqlalchemy import inspect

from app.bootstrap import build_bus
from app.kernel import store as store_module
from app.kernel.clock import SystemClock
from app.kernel.errors import Refused
from app.kernel.keys import load_or_make_keys
from app.kernel.opening import create_store, open_gateway, store_exists
from app.kernel.settings import load_settings
from app.kernel.store import Store, StoreAddress, sqlite_library
from app.kernel.unit_of_work import UnitOfWork
from schemas.operational import METADATA
from schemas.operational.migrations import current_and_newest
from tests.company import Company
from tests.makers import stocked
from tests.tampering import tamper

_Usage = namedtuple("_Usage", "total used free")


def test_a_library_that_can_lose_commits_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty, withdrawn = SimpleNamespace(sqlite_version="3.40.1"), SimpleNamespace(sqlite_version="3.52.0")
    fixed = SimpleNamespace(sqlite_version="3.51.3")
    monkeypatch.setattr(store_module, "sqlite3", faulty)
    monkeypatch.setattr(store_module, "pysqlite3", fixed)
    assert sqlite_library() is fixed
    monkeypatch.setattr(store_module, "pysqlite3", withdrawn)
    with pytest.raises(RuntimeError, match="lose commits"):
        sqlite_library()


def test_a_whole_day_of_work_loads_one_sqlite_library(tmp_path: Path) -> None:
    """In a fresh process that founds a company, nothing opens a file with the other library."""
    script = """
import sqlite3, sys
from app.kernel.store import sqlite_library
if sqlite_library() is sqlite3: sys.exit(0)
def refuse(*a, **k): raise SystemExit("the interpreter's own SQLite was used")
sqlite3.connect = sqlite3.dbapi2.connect = refuse
from pathlib import Path
from tests.company import founded, furnish
folder = Path(sys.argv[1])
with founded(str(folder / "s.db"), key_file=folder / "k") as company:
    furnish(company); company.assert_clean()
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0),
     ("recursive_triggers", 1), ("wal_autocheckpoint", 0)],
)  # fmt: skip
def test_both_sides_of_an_embedded_store_are_prepared(small_works: Company, pragma: str, value: object) -> None:
    for engine in (small_works.gateway.store.write_engine, small_works.gateway.store.read_engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"pragma {pragma}").scalar() == value


def test_tables_are_strict(small_works: Company) -> None:
    with small_works.gateway.store.reading() as connection:
        loose = connection.exec_driver_sql(
            "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0"
            " and name not like 'sqlite_%' and name <> 'alembic_version'"
        ).all()
    assert loose == []


@pytest.mark.parametrize(
    ("total", "free", "status"),
    [(100 << 30, 5 << 30, "done"), (100 << 30, (5 << 30) - 1, "refused"), (1 << 30, 70 << 20, "done"),
     (1 << 30, 50 << 20, "refused"), (2000 << 30, 100 << 30, "done"), (2000 << 30, 99 << 30, "refused")],
)  # fmt: skip
def test_writers_stop_before_the_disk_is_full(
    small_works: Company, monkeypatch: pytest.MonkeyPatch, total: int, free: int, status: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: _Usage(total, total - free, free))
    receipt = small_works.submit("put_unit", code="A", name="A")
    assert receipt.status == status, receipt
    assert status == "done" or receipt.message_key == "refusal.disk_full"


def test_a_full_disk_refuses_a_bulk_submission_as_well(small_works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.kernel.access import SYSTEM
    from app.kernel.gateway import Submission

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: _Usage(1, 1, 0))
    many = [Submission("put_unit", {"code": f"U{n}", "name": "U"}, f"id{n}", SYSTEM) for n in range(3)]
    receipts = list(small_works.gateway.submit_many(many))
    assert {r.message_key for r in receipts} == {"refusal.disk_full"}


def test_a_forgotten_reader_does_not_hold_up_the_writers(small_works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log cannot be emptied while somebody reads an old snapshot; commits go on and it is emptied when he is gone."""
    monkeypatch.setattr(store_module, "_CHECKPOINT_BYTES", 100_000)
    log = Path(f"{small_works.gateway.store.address.path}-wal")
    waited: list[float] = []
    with small_works.gateway.store.reading() as forgotten:
        before = forgotten.exec_driver_sql("select position from store_head").scalar()
        for number in range(40):
            receipt = small_works.do("put_unit", code=f"U{number}", name="U" * 200)
            waited.append(receipt.position or 0)
        assert log.stat().st_size > 100_000
        assert forgotten.exec_driver_sql("select position from store_head").scalar() == before
    small_works.do("put_unit", code="LAST", name="Last")
    assert log.stat().st_size == 0
    small_works.assert_clean()


def test_a_reader_is_stopped_when_its_time_is_over(small_works: Company) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    store = small_works.gateway.store
    with pytest.raises(Refused, match="read_too_long"), store.reading(seconds=0.2) as connection:
        connection.exec_driver_sql(endless)
    with pytest.raises(Refused, match="read_too_long"), store.reading(seconds=-1) as connection:
        connection.exec_driver_sql("select 1")
    for seconds in (30.0, None):
        with store.reading(seconds=seconds) as connection:
            assert connection.exec_driver_sql("select 1").scalar() == 1


def test_writers_wait_for_a_log_that_is_too_long_and_end_who_holds_it(
    small_works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_LONGEST_LOG_BYTES", 100_000)
    monkeypatch.setattr(store_module, "_LOG_PATIENCE_SECONDS", 30.0)
    store = small_works.gateway.store
    log = Path(f"{store.address.path}-wal")
    with pytest.raises(Refused, match="read_too_long"), store.reading(seconds=0.5) as forgotten:
        forgotten.exec_driver_sql("select position from store_head").scalar()
        for number in range(40):
            small_works.do("put_unit", code=f"U{number}", name="U" * 200)
        assert log.stat().st_size <= 100_000 + 50_000
        forgotten.exec_driver_sql("select position from store_head").scalar()
    small_works.assert_clean()


def test_a_read_without_end_makes_writers_say_no_and_not_fill_the_disk(
    small_works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_LONGEST_LOG_BYTES", 100_000)
    monkeypatch.setattr(store_module, "_LOG_PATIENCE_SECONDS", 0.2)
    log = Path(f"{small_works.gateway.store.address.path}-wal")
    with small_works.gateway.store.reading(seconds=None) as connection:
        connection.exec_driver_sql("select position from store_head").scalar()
        receipts = [small_works.submit("put_unit", code=f"U{n}", name="U" * 200) for n in range(40)]
        assert receipts[0].status == "done"
        assert receipts[-1].message_key == "refusal.log_too_long"
        assert log.stat().st_size <= 100_000 + 50_000
    small_works.do("put_unit", code="LAST", name="Last")
    small_works.assert_clean()


def test_a_closing_store_answers_everybody(small_works: Company) -> None:
    small_works.gateway.close()
    assert small_works.submit("put_unit", code="A", name="A").status == "error"


def test_changing_a_row_that_was_not_locked_is_our_own_bug(works: Company) -> None:
    from app.kernel.unit_of_work import IdSource
    from schemas.operational.master_data import unit

    with works.gateway.store.writing() as connection:
        uow = UnitOfWork(connection, IdSource(connection))
        row = uow.one(unit, "code", "EA")
        assert row is not None
        with pytest.raises(AssertionError, match="without having been locked"):
            uow.update(unit, row, name="x")


def test_a_negative_zero_is_written_and_told_as_zero(works: Company) -> None:
    from app.kernel.unit_of_work import IdSource
    from schemas.operational.master_data import item

    with works.gateway.store.writing() as connection:
        uow = UnitOfWork(connection, IdSource(connection))
        row = uow.one(item, "code", "PART", lock=True)
        assert row is not None
        uow.update(item, row, safety_stock=Decimal("-0"))
        assert not row.safety_stock.is_signed()


def test_a_version_grows_with_every_change(works: Company) -> None:
    works.do("put_party", code="SUP", name="Renamed", is_supplier=True)
    works.do("put_party", code="SUP", name="Renamed again", is_supplier=True)
    assert next(row["version"] for row in works.ask_table("party") if row["code"] == "SUP") == 3


# Keys and secrets ----------------------------------------------------------------------------------------------------


def test_a_secret_moved_to_another_row_does_not_open(works: Company) -> None:
    for code, pay in (("E1", "31.4159"), ("E2", "27.1828")):
        works.do("put_employee", code=code, name=code, hourly_pay=pay)
    first, second = works.ask_table("employee")
    keys = works.gateway.keys
    cell = {"table": "employee", "column": "hourly_pay"}
    assert keys.decrypt(first["hourly_pay_cipher"], **cell, row_id=first["id"]) == "31.4159"
    for sealed in (second["hourly_pay_cipher"], "1:AAAA", "nonsense", "9:" + first["hourly_pay_cipher"][2:], "1:*"):
        with pytest.raises(Refused, match="cell_not_readable"):
            keys.decrypt(sealed, **cell, row_id=first["id"])
    with pytest.raises(Refused, match="cell_not_readable"):
        keys.decrypt(first["hourly_pay_cipher"], table="employee", column="identity_number", row_id=first["id"])


def test_no_secret_lies_in_clear_in_any_file_of_the_store(small_works: Company, tmp_path: Path) -> None:
    canaries = [f"canary-{number:02d}-110101199003" for number in range(20)]
    for canary in canaries:
        small_works.do("put_employee", code=canary[:9], name="Zhao", identity_number=canary, hourly_pay="31.4159265")
    small_works.gateway.store.copy_to(tmp_path / "copy.db")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name.endswith("-wal") and file.stat().st_size for file in files)
    for file in files:
        content = file.read_bytes()
        assert not any(canary[10:].encode() in content and canary.encode() in content for canary in canaries), file
        assert b"31.4159265" not in content, file
    assert b"canary-07" in (tmp_path / "copy.db").read_bytes()


def test_the_key_file_is_its_owners_and_outside_of_the_store(small_works: Company, tmp_path: Path) -> None:
    key_file = tmp_path / "new.key"
    load_or_make_keys(key_file)
    assert key_file.stat().st_mode & 0o077 == 0
    chain = json.loads(key_file.read_text())["chain"]
    assert chain.encode() not in Path(small_works.gateway.store.address.path).read_bytes()


def test_a_store_without_its_key_file_is_not_opened_with_a_new_one(works: Company, tmp_path: Path) -> None:
    settings = load_settings(store=works.gateway.store.address.text, key_file=tmp_path / "gone.key")
    with pytest.raises(Refused, match="key_file_missing"):
        open_gateway(settings, build_bus())
    assert not (tmp_path / "gone.key").exists()


def test_a_store_is_not_opened_with_another_stores_keys(works: Company, tmp_path: Path) -> None:
    load_or_make_keys(tmp_path / "other.key")
    settings = load_settings(store=works.gateway.store.address.text, key_file=tmp_path / "other.key")
    with pytest.raises(Refused, match="key_file_of_another_store"):
        open_gateway(settings, build_bus())


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"chain": "x", "columns": {}, "current": "1"}', "not JSON"])
def test_what_is_no_key_file_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.key").write_text(content)
    with pytest.raises(Refused, match="key_file_invalid"):
        load_or_make_keys(tmp_path / "bad.key")


# Opening, migrations, settings, clock --------------------------------------------------------------------------------


def test_a_new_store_has_the_newest_schema_and_no_orphans(store_address: str) -> None:
    address = StoreAddress(store_address)
    assert not store_exists(address)
    create_store(address)
    assert store_exists(address)
    store = Store(address)
    try:
        with store.reading() as connection:
            present, newest = current_and_newest(connection)
            assert present == newest
            assert set(METADATA.tables) <= set(inspect(connection).get_table_names())
            if store.dialect == "sqlite":
                assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
    finally:
        store.close()
    with pytest.raises(Refused, match="store_exists"):
        create_store(address)


def test_a_migration_that_fails_leaves_nothing(store_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.kernel import opening

    def half(connection: object) -> None:
        METADATA.create_all(connection)  # pyright: ignore[reportArgumentType]
        raise RuntimeError("power cut")

    monkeypatch.setattr(opening, "upgrade", half)
    with pytest.raises(RuntimeError, match="power cut"):
        create_store(StoreAddress(store_address))
    assert not store_exists(StoreAddress(store_address))


def test_a_store_of_another_version_is_not_opened(works: Company, tmp_path: Path) -> None:
    tamper(works, "update alembic_version set version_num = '9999'")
    settings = load_settings(store=works.gateway.store.address.text, key_file=tmp_path / "store.key")
    with pytest.raises((Refused, Exception), match="store_version|9999"):
        open_gateway(settings, build_bus())


def test_there_is_no_store_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="store_missing"):
        open_gateway(load_settings(store=str(tmp_path / "none.db")), build_bus())
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(Refused, match="store_missing"):
        open_gateway(load_settings(store=str(tmp_path / "empty.db")), build_bus())


@pytest.mark.parametrize(
    "wrong", ["port = 0\n", "port = 65536\n", "prot = 8501\n", "session_hours = 0\n", 'disk_free_share = "much"\n']
)
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "tallyworks.toml"
    file.write_text(wrong)
    with pytest.raises(ValidationError, match=wrong.split(" ", maxsplit=1)[0]):
        load_settings(file)


def test_the_environment_wins_over_the_file_and_the_call_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tallyworks.toml"
    file.write_text("port = 1\nsession_hours = 2\n")
    monkeypatch.setenv("TALLYWORKS_PORT", "3")
    settings = load_settings(file)
    assert (settings.port, settings.session_hours) == (3, 2)
    assert load_settings(file, port=4).port == 4


def test_the_business_day_is_the_companys_and_not_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, date, datetime

    clock = SystemClock("Asia/Shanghai")
    monkeypatch.setattr(SystemClock, "now", lambda _self: datetime(2026, 6, 15, 16, 30, tzinfo=UTC))
    assert clock.today() == date(2026, 6, 16)


def test_a_store_put_read_only_refuses_everything_but_its_release(works: Company) -> None:
    works.do("set_read_only", reason="stock differs")
    assert works.refused("put_unit", code="A", name="A") == "store_read_only"
    works.do("set_read_only")
    stocked(works)
    works.assert_clean()


def test_no_store_of_the_tests_leaves_files_in_the_checkout(store_address: str) -> None:
    checkout = Path(__file__).resolve().parents[3]
    assert not load_settings(store=store_address).address.folder.resolve().is_relative_to(checkout)


def test_files_of_a_store_on_postgresql_lie_where_the_settings_say(tmp_path: Path) -> None:
    settings = load_settings(store="postgresql://somewhere/books?sslmode=require", files=tmp_path)
    assert settings.address.folder == tmp_path / "books.files"
