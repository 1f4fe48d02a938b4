"""Quantities that cannot be promised are refused by name."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from planning.capable.command import promise_package
from planning.capable.displacing import hurt_by
from planning.package import read_package


@pytest.mark.parametrize("quantity", ["NaN", "sNaN", "Infinity", "-Infinity", "1e13", "1e400"])
def test_what_is_no_quantity_is_named(quantity: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert promise_package(tmp_path, "BOLT", quantity, "2026-01-20") == 2
    assert f"error: {quantity} is no quantity" in capsys.readouterr().err


def test_whom_it_hurts_is_not_answered_for_an_order_that_is_rejected() -> None:
    package = read_package(
        {
            "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "28"]}),
            "items": pl.DataFrame({"item": ["BOLT"], "lead_time_days": [10]}),
            "demand": pl.DataFrame(
                {"demand": ["D"], "item": ["BOLT"], "quantity": [3], "due_on": ["2026-01-20"], "priority": [0]}
            ),
        }
    )
    with pytest.raises(ValueError, match="is rejected as an order"):
        hurt_by(package, "BOLT", 10**19, date(2026, 1, 20))
