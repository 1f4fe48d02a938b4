"""Whatever stops a refresh, the last published version stays whole, and the next refresh brings everything (R11)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.kernel.store import Store, StoreAddress
from pipelines import RefreshWorker, refresh
from pipelines.publication import refresh as steps
from pipelines.quality.gate import GateUnavailableError, JudgeProcess
from pipelines.quality.rules import Rule
from pipelines.serving.catalog import QuestionRefusedError
from pipelines.serving.mart import Mart, NoWarehouseError
from pipelines.warehouse import fold
from pipelines.warehouse.engine import WarehouseDamagedError
from pipelines.warehouse.files import BusyError, Folder
from pipelines.warehouse.fold import fold_when_due
from tests.company import Company
from tests.plain_judge import PlainJudge
from tests.trading import trade


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def warehouse(small_works: Company, tmp_path: Path) -> Path:
    """A published warehouse, and commands after it that it does not hold yet."""
    folder = tmp_path / "warehouse"
    report = refresh(small_works.gateway.store, folder, judge=PlainJudge())
    assert report.outcome == "published"
    trade(small_works)
    return folder


def killed(*_arguments: object, **_named: object) -> None:
    """End the process at this step."""
    raise Killed


STEPS = [
    (steps.shutil, "copyfile"),
    (steps, "read_changes"),
    (steps, "apply_changes"),
    (steps, "build_models"),
    (steps, "run_gate"),
    (steps, "record_gate"),
    (steps._Refresh, "_finish"),
    (steps.Folder, "publish"),
    (steps.Folder, "_replace"),
]
FULL_STEPS = [
    (steps, "full_read"),
    (steps, "load_base"),
    (steps, "build_totals"),
    (steps, "create_recent"),
    (steps, "build_models"),
    (steps, "run_gate"),
    (steps.Folder, "publish"),
]


@pytest.mark.parametrize(("owner", "step"), STEPS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_refresh_that_dies_leaves_the_last_version_and_the_next_catches_up(
    owner: Any, step: str, small_works: Company, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mart = Mart(warehouse)
    before = mart.version()
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(Killed):
            refresh(small_works.gateway.store, warehouse, judge=PlainJudge())
    assert mart.version() == Mart(warehouse).version() == before
    assert mart.query("stock_ledger") == []
    report = refresh(small_works.gateway.store, warehouse, judge=PlainJudge(), whole_gate=True)
    assert (report.outcome, report.full) == ("published", False)
    assert len(mart.query("stock_ledger")) == 4


@pytest.mark.parametrize(("owner", "step"), FULL_STEPS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_full_load_that_dies_leaves_the_last_version(
    owner: Any, step: str, small_works: Company, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mart = Mart(warehouse)
    before = mart.version()
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(Killed):
            refresh(small_works.gateway.store, warehouse, True, judge=PlainJudge())
    assert mart.version() == before
    assert refresh(small_works.gateway.store, warehouse, True, judge=PlainJudge()).full
    assert len(mart.query("stock_ledger")) == 4
    assert not list(warehouse.glob("scratch/*"))


@pytest.mark.parametrize("step", ["write_folded_base", "build_totals"])
def test_a_fold_that_dies_is_begun_again(
    step: str, small_works: Company, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(small_works.gateway.store, warehouse, judge=PlainJudge())
    with monkeypatch.context() as patch:
        patch.setattr(fold, step, killed)
        with pytest.raises(Killed):
            fold_when_due(warehouse, above_rows=0)
    trade(small_works)
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).outcome == "published"
    assert fold_when_due(warehouse, above_rows=0)
    report = refresh(small_works.gateway.store, warehouse, judge=PlainJudge(), whole_gate=True)
    assert (report.outcome, report.full) == ("published", False)
    assert len(Mart(warehouse).query("stock_ledger")) == 8


def test_without_its_pointer_the_warehouse_is_built_anew(small_works: Company, warehouse: Path) -> None:
    (warehouse / "CURRENT").unlink()
    with pytest.raises(NoWarehouseError):
        Mart(warehouse).version()
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).full
    assert len(Mart(warehouse).query("stock_ledger")) == 4


@pytest.mark.parametrize("content", ["", "{", '{"version": 3}', "[]"])
def test_a_spoilt_pointer_counts_as_none(content: str, small_works: Company, warehouse: Path) -> None:
    (warehouse / "CURRENT").write_text(content)
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).full


def ask_everything(warehouse: Path) -> None:
    """Ask questions that read most of both files."""
    for name in ("trial_balance", "item_card", "stock_on_hand", "quarantine"):
        Mart(warehouse).query(name)


@pytest.mark.parametrize("kind", ["base", "recent"])
def test_a_damaged_file_is_noticed_and_the_warehouse_built_anew(
    kind: str, small_works: Company, warehouse: Path
) -> None:
    current = Folder(warehouse).current()
    assert current is not None
    file = warehouse / getattr(current, kind)
    content = bytearray(file.read_bytes())
    for offset in range(4096, len(content), 512):
        content[offset] ^= 0xFF
    file.write_bytes(bytes(content))
    with pytest.raises(WarehouseDamagedError):
        ask_everything(warehouse)
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).full
    assert len(Mart(warehouse).query("stock_ledger")) == 4
    assert not Folder(warehouse).damaged()


def test_a_deleted_warehouse_is_built_anew(small_works: Company, warehouse: Path) -> None:
    for file in warehouse.glob("*.duckdb"):
        file.unlink()
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).full


class RefusingJudge(PlainJudge):
    """Finds every gate red."""

    def judge(self, rules: Sequence[Rule], counts: dict[str, int]) -> dict[str, Any]:
        """Refuse."""
        return {**super().judge(rules, counts), "success": False, "broken": [rules[0].name]}


def test_a_red_gate_publishes_nothing_and_says_so_until_a_green_one(small_works: Company, warehouse: Path) -> None:
    mart = Mart(warehouse)
    before = mart.version()
    report = refresh(small_works.gateway.store, warehouse, judge=RefusingJudge())
    assert (report.outcome, report.position) == ("refused", before.position)
    assert mart.version() == before
    refusal = mart.refusal()
    assert refusal is not None
    assert refusal["position"] > before.position
    assert refresh(small_works.gateway.store, warehouse, judge=PlainJudge()).outcome == "published"
    assert mart.refusal() is None


class SilentJudge(PlainJudge):
    """Does not answer."""

    def judge(self, rules: Sequence[Rule], counts: dict[str, int]) -> dict[str, Any]:
        """Fail."""
        raise GateUnavailableError("no answer")


def test_nothing_is_published_unjudged(small_works: Company, warehouse: Path) -> None:
    before = Mart(warehouse).version()
    with pytest.raises(GateUnavailableError):
        refresh(small_works.gateway.store, warehouse, judge=SilentJudge())
    assert Mart(warehouse).version() == before


def test_two_refreshes_never_run_at_once(small_works: Company, warehouse: Path) -> None:
    with Folder(warehouse).writing(0.0), pytest.raises(BusyError):
        refresh(small_works.gateway.store, warehouse, judge=PlainJudge(), patience_seconds=0.0)


def test_a_reader_keeps_its_version_for_a_whole_question(small_works: Company, warehouse: Path) -> None:
    mart = Mart(warehouse)
    with mart.pinned() as reader:
        for _ in range(5):
            trade(small_works)
            refresh(small_works.gateway.store, warehouse, judge=PlainJudge())
        assert reader.frame("stock_ledger").is_empty()
    assert len(mart.query("stock_ledger")) == 24
    assert len(list(warehouse.glob("recent-*.duckdb"))) <= 4


def test_a_question_that_does_not_fit_is_refused(warehouse: Path) -> None:
    mart = Mart(warehouse)
    for name, values in (
        ("nobody_knows", {}),
        ("stock_on_hand", {"color": "red"}),
        ("stock_on_hand", {"limit": "1; drop"}),
        ("stock_on_hand", {"limit": 10**9}),
        ("stock_on_hand_as_of", {}),
        ("stock_on_hand_as_of", {"as_of": "yesterday"}),
    ):
        with pytest.raises(QuestionRefusedError):
            mart.query(name, **values)


def refresh_in_another_process(address: str, folder: Path) -> None:
    """Refresh again and again, until killed."""
    store = Store(StoreAddress(address))
    while True:
        refresh(store, folder, judge=PlainJudge())


@pytest.mark.slow
def test_kill_minus_nine_at_any_moment_harms_nothing(small_works: Company, warehouse: Path, tmp_path: Path) -> None:
    address = str(tmp_path / "store.db")
    context = multiprocessing.get_context("spawn")
    for round_number in range(6):
        process = context.Process(target=refresh_in_another_process, args=(address, warehouse))
        process.start()
        for _ in range(3 + round_number):
            trade(small_works)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        mart = Mart(warehouse)
        assert len(mart.query("stock_ledger")) % 4 in {0, 1, 2, 3}
        assert sum(row["debit"] - row["credit"] for row in mart.query("general_ledger")) == 0
        mart.close()
    report = refresh(small_works.gateway.store, warehouse, judge=PlainJudge(), whole_gate=True)
    assert report.gate is not None
    assert report.gate.green


@pytest.mark.slow
def test_the_judging_process_catches_what_the_plain_one_catches() -> None:
    rules = [
        Rule("first", "", "refuse", "a reason to read", {}),
        Rule("second", "", "quarantine", "a reason to read", {}),
        Rule("third", "", "warn", "a reason to read", {}, allowed=3),
    ]
    with JudgeProcess() as judge:
        for counts in ({"first": 1, "second": 1, "third": 3}, {"first": 0, "second": 2, "third": 4}):
            verdict = judge.judge(rules, counts)
            plain = PlainJudge().judge(rules, counts)
            assert (verdict["success"], verdict["broken"]) == (plain["success"], plain["broken"])
            assert {r["rule"]: r["violations"] for r in verdict["document"]["results"]} == counts
        process = judge._process
        assert process is not None
        process.kill()
        process.wait()
        assert judge.judge(rules, {"first": 0, "second": 0, "third": 0})["success"]


@pytest.mark.slow
def test_the_worker_keeps_the_warehouse_fresh_and_stops(small_works: Company, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    address = StoreAddress(str(tmp_path / "store.db"))
    worker = RefreshWorker(partial(Store, address), folder, pause_seconds=0.05)
    worker.start()
    try:
        trade(small_works)
        mart = Mart(folder)
        arrived = False
        for _ in range(1200):
            try:
                arrived = len(mart.query("stock_ledger")) == 4
            except NoWarehouseError:
                arrived = False
            if arrived:
                break
            signal.sigtimedwait([], 0.1)
        assert arrived
    finally:
        worker.stop()
    assert not worker.alive


@pytest.mark.slow
def test_the_worker_ends_when_its_server_was_killed(small_works: Company, tmp_path: Path) -> None:
    script = """
import sys
from functools import partial
from pathlib import Path
from app.kernel.store import Store, StoreAddress
from pipelines import RefreshWorker
worker = RefreshWorker(partial(Store, StoreAddress(sys.argv[1])), Path(sys.argv[2]), pause_seconds=0.05)
worker.start()
print(worker.pid, flush=True)
sys.stdin.read()
"""
    server = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "store.db"), str(tmp_path / "kept")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert server.stdout is not None
    worker = psutil.Process(int(server.stdout.readline()))
    server.kill()
    server.communicate()
    _, alive = psutil.wait_procs([worker], timeout=60)
    for process in alive:
        process.kill()
    assert alive == []
