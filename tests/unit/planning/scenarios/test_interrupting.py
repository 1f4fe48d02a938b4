"""What is interrupted ends its workers and leaves what was there before; refusals are said."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from planning.scenarios import How, Scenario
from planning.scenarios.command import main
from planning.scenarios.workers import run_all
from planning.scenarios.writing import written_whole
from tests.unit.planning.scenarios.small_company import company, package_tables


def sleep(*_: object) -> None:
    """A task that does not end by itself in time."""
    time.sleep(120)


def compare_for_long() -> None:
    """Three such tasks on two workers; a process begun in the background would not hear of an interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run_all([Scenario(name) for name in "abc"], company(), How(), 2, task=sleep)


def test_an_interrupt_ends_the_workers() -> None:
    """The process ends at Ctrl-C, and its workers with it."""
    code = "from tests.unit.planning.scenarios.test_interrupting import compare_for_long; compare_for_long()"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        workers = _workers_of(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) != 0
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert (len(gone), alive) == (2, [])


def _workers_of(pid: int) -> list[psutil.Process]:
    """Both workers, once they are there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = psutil.Process(pid).children()
        if len(found) == 2:
            return found
        time.sleep(0.1)
    raise AssertionError("no workers were begun within a minute")


def test_nothing_is_half_written(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("old")

    def write(folder: Path) -> None:
        (folder / "one.parquet").write_text("new")
        if broken:
            raise KeyboardInterrupt

    broken = True
    with pytest.raises(KeyboardInterrupt):
        written_whole(tmp_path, write)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("one.csv", "old")]
    broken = False
    written_whole(tmp_path, write)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("one.parquet", "new")]


def test_the_first_refusals_and_their_count_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, table in package_tables().items():
        table.write_csv(tmp_path / f"{name}.csv")
    rows = "".join(f"s{at},demand,CAR,factor,2\n" for at in range(7))
    (tmp_path / "scenarios.csv").write_text("scenario,kind,item,operation,value\n" + rows, encoding="utf-8")
    files = ["--package", str(tmp_path), "--scenarios", str(tmp_path / "scenarios.csv"), "--out", str(tmp_path / "out")]
    assert main([*files, "--workers", "1"]) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "7 rows were rejected"
    assert said[1] == "  scenarios row 1, item CAR: unknown item"
    assert len(said) == 6
