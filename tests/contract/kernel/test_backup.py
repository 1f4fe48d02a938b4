"""A backup exists only after its proof; a damaged, unfinished or wrong one is refused, and restoring gives the same store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import build_bus
from app.jobs.backup import back_up, export_keys, restore
from app.jobs.verify import verify
from app.kernel.errors import Refused
from app.kernel.opening import open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress
from tests.company import Company, reopened
from tests.postgresql import fresh_database
from tests.tampering import tamper

pytestmark = pytest.mark.slow


def check(key_file: Path) -> Callable[[StoreAddress], list[str]]:
    """Open a copy with a key file and say what verify finds."""

    def findings(address: StoreAddress) -> list[str]:
        gateway = open_gateway(load_settings(store=address.text, key_file=key_file), build_bus())
        try:
            return [f"{finding.code} {finding.row}" for finding in verify(gateway).findings]
        finally:
            gateway.close()

    return findings


def exported(works: Company, tmp_path: Path) -> Path:
    """The key file, after it was exported."""
    target = tmp_path / "safe" / "exported.key"
    target.parent.mkdir()
    export_keys(tmp_path / "store.key", target, works.gateway.store.folder, at=works.gateway.clock.now())
    return tmp_path / "store.key"


@pytest.fixture
def backup(busy_works: Company, tmp_path: Path) -> Path:
    """A proven backup."""
    key_file = exported(busy_works, tmp_path)
    return back_up(busy_works.gateway, tmp_path / "backup", check(key_file)).folder


@pytest.fixture
def empty_place(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> object:
    """An empty place of the same kind to restore into."""
    if database == "sqlite":
        yield StoreAddress(str(tmp_path / "restored" / "store.db"))
        return
    with fresh_database(request.getfixturevalue("postgresql_server")) as url:
        yield StoreAddress(url)


def test_without_exported_keys_there_is_no_backup(busy_works: Company, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="keys_not_exported"):
        back_up(busy_works.gateway, tmp_path / "backup", lambda _address: [])
    assert not (tmp_path / "backup").exists()


def test_a_restored_store_is_the_store(
    busy_works: Company, backup: Path, empty_place: StoreAddress, tmp_path: Path
) -> None:
    before = {name: busy_works.ask_table(name) for name in ("journal_line", "stock_move", "feed", "document")}
    position = restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=False)
    assert position == len(before["feed"])
    with reopened(empty_place.text, key_file=tmp_path / "store.key") as restored:
        assert {name: restored.ask_table(name) for name in before} == before
        restored.do("put_unit", code="ON", name="Work goes on")
        restored.assert_clean()
        assert list((restored.gateway.store.folder / "plan_runs").rglob("*.parquet"))


def test_a_rehearsal_leaves_no_trace(
    busy_works: Company, backup: Path, empty_place: StoreAddress, tmp_path: Path
) -> None:
    files = sorted(backup.rglob("*"))
    restore(backup, busy_works.gateway.store.address, check(tmp_path / "store.key"), rehearse=True)
    assert sorted(backup.rglob("*")) == files


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _data(backup: Path) -> Path:
    return next(file for file in backup.iterdir() if file.name in {"store.db", "store.dump"})


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "one bit": (lambda backup: _flip(_data(backup)), "backup_damaged"),
    "cut short": (lambda backup: _data(backup).write_bytes(_data(backup).read_bytes()[:-100]), "backup_damaged"),
    "data gone": (lambda backup: _data(backup).unlink(), "backup_damaged"),
    "plan gone": (lambda backup: next(backup.rglob("*.parquet")).unlink(), "backup_damaged"),
    "unfinished": (lambda backup: (backup / "manifest.json").unlink(), "backup_incomplete"),
    "manifest torn": (lambda backup: (backup / "manifest.json").write_text('{"dialect": "sq'), "backup_damaged"),
    "manifest empty": (lambda backup: (backup / "manifest.json").write_text("{}"), "backup_damaged"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("rehearse", [True, False], ids=["rehearsed", "restored"])
def test_a_damaged_backup_is_refused(
    backup: Path, empty_place: StoreAddress, tmp_path: Path, damage: str, rehearse: bool
) -> None:
    spoil, key = DAMAGE[damage]
    spoil(backup)
    with pytest.raises(Refused, match=key):
        restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=rehearse)
    assert not (empty_place.dialect == "sqlite" and empty_place.path.exists())


def test_a_backup_that_lacks_rows_is_refused_and_cleared_away(
    backup: Path, empty_place: StoreAddress, tmp_path: Path
) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["rows"]["document"] += 1
    (backup / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Refused, match="backup_not_proven"):
        restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=False)
    assert not (empty_place.dialect == "sqlite" and empty_place.path.exists())


def test_a_store_that_does_not_verify_makes_no_backup(busy_works: Company, tmp_path: Path) -> None:
    key_file = exported(busy_works, tmp_path)
    tamper(busy_works, "update item_value set value = value + 100 where value > 0")
    with pytest.raises(Refused, match="backup_not_proven"):
        back_up(busy_works.gateway, tmp_path / "backup", check(key_file))
    with pytest.raises(Refused, match="backup_incomplete"):
        restore(tmp_path / "backup", StoreAddress(str(tmp_path / "x.db")), check(key_file), rehearse=False)


def test_nothing_is_restored_over_a_store_or_beside_its_leftover_log(
    backup: Path, empty_place: StoreAddress, tmp_path: Path, database: str
) -> None:
    if database == "sqlite":
        empty_place.path.parent.mkdir()
        log = Path(f"{empty_place.path}-wal")
        log.write_bytes(b"the log of an older store")
        with pytest.raises(Refused, match="store_exists"):
            restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=False)
        log.unlink()
    restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=False)
    with pytest.raises(Refused, match="store_exists|backup_not_proven"):
        restore(backup, empty_place, check(tmp_path / "store.key"), rehearse=False)


def test_a_backup_is_not_written_over_another(busy_works: Company, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="file_exists"):
        back_up(busy_works.gateway, backup, check(tmp_path / "store.key"))
