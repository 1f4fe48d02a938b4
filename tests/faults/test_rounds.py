"""Nothing acknowledged is lost, nothing is half, oversold or numbered twice: hot items, kills, the last piece, aborts, short."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.company import Company
from tests.faults import rounds

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


def test_processes_on_hot_items_lose_nothing(works: Company, tmp_path: Path) -> None:
    seen = rounds.hot_items(works, tmp_path / "store.key", tmp_path, processes=4, documents=160)
    assert (seen["failed processes"], seen["missing"], seen["findings"]) == (0, 0, 0), seen
    assert seen["acknowledged"] > 100


def test_killed_writers_lose_nothing_that_was_acknowledged(works: Company, tmp_path: Path) -> None:
    seen = rounds.kills(works, tmp_path / "store.key", tmp_path, count=8)
    assert (seen["missing"], seen["findings"]) == (0, 0), seen
    assert seen["acknowledged"] > 0


def test_the_last_piece_is_sold_once(works: Company) -> None:
    seen = rounds.last_piece(works, rounds=3, clerks=8)
    assert (seen["sold"], seen["oversold"], seen["findings"]) == (3, 0, 0), seen


def test_numbers_have_no_gap_when_commands_fail(works: Company) -> None:
    seen = rounds.numbers(works, count=100)
    assert (seen["failed"], seen["gaps"], seen["findings"]) == (0, 0, 0), seen
    assert seen["refused"] > 0
    assert seen["given"] == 100 - seen["refused"]


@pytest.mark.full
def test_eight_processes_on_hot_items_lose_nothing(works: Company, tmp_path: Path) -> None:
    seen = rounds.hot_items(works, tmp_path / "store.key", tmp_path, processes=8, documents=4000)
    assert (seen["failed processes"], seen["missing"], seen["findings"]) == (0, 0, 0), seen


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_hundred_killed_writers_lose_nothing(works: Company, tmp_path: Path) -> None:
    seen = rounds.kills(works, tmp_path / "store.key", tmp_path, count=100)
    assert (seen["missing"], seen["findings"]) == (0, 0), seen


@pytest.mark.full
def test_thirty_two_clerks_sell_the_last_piece_once(works: Company) -> None:
    seen = rounds.last_piece(works, rounds=60)
    assert (seen["sold"], seen["oversold"], seen["findings"]) == (60, 0, 0), seen
