"""Service is one thing in the comparison and in the draws: every part of an order counts, components of running orders do not."""

from __future__ import annotations

import polars as pl
import pytest

from planning import read_package
from planning.scenarios import BASE, Base, How, run_scenarios
from planning.scenarios.monte_carlo import monte_carlo
from planning.scenarios.uncertainty import Uncertainty
from tests.unit.planning.scenarios.small_company import company

MEASURES = ("on_time_share", "late_units")


def compared_and_drawn(base: Base, method: str = "mrp") -> tuple[list[float], list[float]]:
    """Both measures of service, of the comparison and of a draw without variation."""
    how = How(method)
    table = run_scenarios(base, [], how, workers=1).table("comparison").filter(pl.col("scenario") == BASE)
    values = dict(table.select("measure", "value").iter_rows())
    drawn = monte_carlo(base, [], Uncertainty({}, {}), how, draws=1)[1].row(0, named=True)
    return [float(values[name]) for name in MEASURES], [drawn[name] for name in MEASURES]


def split(**more: object) -> Base:
    """Five bikes at once of which three are there, and one order that comes in time."""
    demand = {"demand": ["D1", "D2"], "item": ["BIKE"] * 2, "quantity": [5, 10], "due_on": ["2026-01-06", "2026-02-09"]}
    tables = {
        "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "84"]}),
        "items": pl.DataFrame({"item": ["BIKE"], "source": ["buy"], "lead_time_days": [5], "unit_cost": [10]}),
        "stock": pl.DataFrame({"item": ["BIKE"], "quantity": [3]}),
        "demand": pl.DataFrame(demand | more),
    }
    return Base(read_package(tables))


@pytest.mark.parametrize("method", ["mrp", "constrained"])
@pytest.mark.parametrize("latest", [None, 0])
def test_parts_of_an_order_and_what_is_not_promised_count_once(method: str, latest: int | None) -> None:
    base = split() if latest is None else split(max_late_days=[latest, latest])
    compared, drawn = compared_and_drawn(base, method)
    assert 0 < compared[0] < 1
    if method == "constrained":
        assert compared == pytest.approx([13 / 15, 2], abs=1e-6)
    assert drawn == pytest.approx(compared, abs=1e-6)


def test_components_of_a_running_order_are_no_service() -> None:
    demand = {
        "demand": ["D1", "USE"],
        "item": ["BIKE", "WHEEL"],
        "quantity": [4, 900],
        "due_on": ["2026-01-12", "2026-01-05"],
    }
    base = company(
        demand=pl.DataFrame(demand),
        receipts=pl.DataFrame(
            {"order": ["MO"], "item": ["BIKE"], "quantity": [5], "due_on": ["2026-01-20"], "kind": ["make"]}
        ),
        demand_prices=pl.DataFrame({"demand": ["USE"], "use": ["production"], "order": ["MO"]}),
    )
    assert compared_and_drawn(base) == ([1, 0], [1, 0])
