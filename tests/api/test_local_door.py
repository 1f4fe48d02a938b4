"""The command line hands its commands to a running server of the same store, and opens the store itself where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli.handing_over import ServedGateway, handed_over
from app.kernel.access import SYSTEM
from app.kernel.clock import FixedClock
from app.kernel.gateway import Submission
from app.kernel.served import Notice, announce, find_notice, is_served, serving
from tests.company import Company, environment
from tests.makers import stocked
from tests.serving import ROOT, free_port

pytestmark = pytest.mark.slow
_PATIENCE_SECONDS = 90.0


@contextmanager
def server_of(works: Company, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A served store, in a process of its own, that has left its notice."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(free_port())]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(works, folder / "store.key"), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while find_notice(works.gateway.store.folder) is None:
            assert process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < until, "the server left no notice"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def submitted(works: Company, folder: Path, file: Path, *options: str, **more: str) -> list[dict[str, Any]]:
    """The receipts that the command line prints for a file."""
    command = [sys.executable, "-m", "app.cli", "submit", str(file), *options]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(works, folder / "store.key", **more), capture_output=True, check=False
    )
    assert done.returncode in {0, 3}, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@pytest.fixture
def file(works: Company, tmp_path: Path) -> Path:
    """Three commands: one that is done, one that the business refuses, and the first once more."""
    works.do("put_user", login="li", name="Li", roles=["clerk"])
    stocked(works)
    order = {"customer": "CUS", "lines": [{"item": "PART", "quantity": 3, "unit_price": 7.25}]}
    lines = [
        {"id": "line-order", "command": "create_sales_order", "data": order},
        {"id": "line-lack", "command": "ship_goods", "data": {"order": "cmd:line-order", "lines": [
            {"line": 1, "quantity": "1234.5"}]}},
        {"id": "line-order", "command": "create_sales_order", "data": order},
    ]  # fmt: skip
    path = tmp_path / "commands.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_commands_go_to_the_server_and_read_the_same_either_way(works: Company, file: Path, tmp_path: Path) -> None:
    with server_of(works, tmp_path) as server:
        # A process that may not write itself: only the server can have booked what it submits.
        handed = submitted(works, tmp_path, file, "--as", "li", TALLYWORKS_DISK_FREE_SHARE="0.999")
        assert [r["status"] for r in handed] == ["done", "refused", "done"]
        assert handed[0] == handed[2]
        assert works.ask_table("document")[-1]["number"] == handed[0]["number"]
        feed = works.ask_table("feed")[-1]
        assert feed["principal_id"] == next(r["id"] for r in works.ask_table("user_account") if r["login"] == "li")
        server.kill()
        server.wait()
    assert (works.gateway.store.folder / "server.json").exists()
    assert not is_served(works.gateway.store.folder)
    assert submitted(works, tmp_path, file, "--as", "li") == handed
    works.assert_clean()


def test_an_import_hands_over_many_commands_with_their_days(works: Company, tmp_path: Path) -> None:
    day = date(2026, 6, 10)
    line = {"item": "PART", "location": "MAIN", "quantity": Decimal("2.5"), "unit_cost": Decimal("3.01")}
    many = [
        Submission("put_unit", {"code": "CM", "name": "Centimetre"}, "m1", SYSTEM),
        Submission("put_item", {"code": "NO-UNIT", "name": "x", "category": "RAW", "unit": "?"}, "m2", SYSTEM),
        Submission("book_opening_stock", {"posted_on": day, "lines": [line]}, "m3", SYSTEM, clock=FixedClock(day)),
        Submission("create_sales_order", {"customer": "CUS", "lines": [{"item": "PART", "quantity": 1}]}, "m4", SYSTEM,
                   clock=FixedClock(day)),
    ]  # fmt: skip
    with server_of(works, tmp_path):
        handing = handed_over(works.gateway)
        assert isinstance(handing, ServedGateway)
        handed = list(handing.submit_many(many, batch=3))
    assert [receipt.status for receipt in handed] == ["done", "refused", "done", "done"]
    assert works.ask_table("document")[-1]["document_on"] == day
    assert works.ask_table("stock_move")[-1]["quantity"] == Decimal("2.5")
    assert list(works.gateway.submit_many(many)) == handed
    works.assert_clean()


def test_the_local_door_opens_to_its_token_alone(works: Company, tmp_path: Path) -> None:
    body = {"commands": [{"id": "x" * 8, "command": "put_unit", "data": {"code": "CM", "name": "Centimetre"}}]}
    with server_of(works, tmp_path):
        notice = find_notice(works.gateway.store.folder)
        assert notice is not None
        assert (works.gateway.store.folder / "server.json").stat().st_mode & 0o777 == 0o600
        with httpx.Client(base_url=notice.address) as client:
            for token in ("", "Bearer x", f"Bearer {notice.token}x", f"Basic {notice.token}"):
                headers = {"authorization": token} if token else {}
                answer = client.post("/api/local/commands", json=body, headers=headers)
                assert answer.status_code in {401, 403}, (token, answer.text)
            headers = {"authorization": f"Bearer {notice.token}"}
            elsewhere = client.post("/api/commands/put_unit", json={"id": "y" * 8, "data": {}}, headers=headers)
            assert elsewhere.status_code == 401
            foreign = client.post(
                "/api/local/commands", json=body, headers={**headers, "origin": "https://evil.example"}
            )
            assert foreign.status_code == 403
            assert client.post("/api/local/commands", json=body, headers=headers).status_code == 200
    assert [row["code"] for row in works.ask_table("unit")].count("CM") == 1
    assert not (works.gateway.store.folder / "server.json").exists()


def test_a_notice_that_others_may_read_is_not_trusted(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        assert first
        announce(tmp_path, Notice("http://127.0.0.1:1", "secret"))
        assert find_notice(tmp_path) == Notice("http://127.0.0.1:1", "secret")
        with serving(tmp_path) as second:
            assert not second
        (tmp_path / "server.json").chmod(0o644)
        assert find_notice(tmp_path) is None
    assert find_notice(tmp_path) is None
