"""A server that is killed between storing and booking loses no acknowledged delivery and books no order twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from app.jobs.shops import book_waiting
from tests.company import Company
from tests.makers import stocked
from tests.shop_case import open_shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]
ROOT = Path(__file__).resolve().parents[2]
_A_ROUND = 400


def killed_round(place: str, key_file: Path, first: int, lines: int) -> list[str]:
    """Let a process work and kill it after so many acknowledgements; return what it had acknowledged."""
    command = [sys.executable, "-m", "tests.faults.shops", place, str(key_file), str(first), str(first + _A_ROUND)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [line.strip() for _, line in zip(range(lines), process.stdout, strict=False)]
        process.kill()
        return acknowledged + [line.strip() for line in process.stdout if line.endswith("\n")]


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.full)])
def test_a_kill_between_storing_and_booking_loses_and_doubles_nothing(
    works: Company, tmp_path: Path, rounds: int
) -> None:
    stocked(works, quantity=1_000_000)
    open_shop(works)
    chance, acknowledged = random.Random(7), []
    for number in range(rounds):
        place = works.gateway.store.address.text
        acknowledged += killed_round(place, tmp_path / "store.key", (number + 1) * _A_ROUND, chance.randint(20, 120))
    book_waiting(works.gateway)
    kept = Counter(row["delivery_id"] for row in works.ask_table("shop_message"))
    assert set(acknowledged) <= set(kept)
    assert set(kept.values()) == {1}
    states = Counter(row["state"] for row in works.ask_table("shop_handling"))
    assert states["booked"] > 0
    assert set(states) <= {"booked", "stale"}, states
    orders = Counter(row["external_number"] for row in works.ask_table("document"))
    wanted = {f"#{name[2:]}" for name in kept}
    assert {number for number in orders if number is not None} == wanted
    assert {orders[number] for number in wanted} == {1}
    for row in works.ask_table("shop_order"):
        changed = f"u-{row['external_id']}" in kept
        assert row["total_amount"] == Decimal("16.30" if changed else "27.60")
    works.assert_clean()
