"""An order that is put first stands before all others, whatever their priority numbers are."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from planning import read_package
from planning.capable.displacing import with_order

MILLION = 1_000_000


@pytest.mark.parametrize("priorities", [[0, 3], [-4, 0], [1, 1]])
def test_before_and_after_all_others(priorities: list[int]) -> None:
    """Priority 0 is a number like any other."""
    package = read_package(
        {
            "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
            "items": pl.DataFrame({"item": ["PUMP"]}),
            "demand": pl.DataFrame(
                {"demand": ["D1", "D2"], "item": "PUMP", "quantity": 5, "due_on": "2026-01-12", "priority": priorities}
            ),
        }
    )
    for first in (True, False):
        rows = with_order(package, "PUMP", 2 * MILLION, date(2026, 1, 9), first=first).table("demand")
        others = rows.filter(pl.col("demand").is_in(["D1", "D2"]))["priority"]
        (own,) = rows.filter(~pl.col("demand").is_in(["D1", "D2"]))["priority"]
        assert own < min(others) if first else own > max(others)
