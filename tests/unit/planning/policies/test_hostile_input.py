"""Packages and histories at the edge of what a column may hold: nothing raises, nothing is not a number, every row has a lot."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from planning import read_package
from planning.policies import PolicySettings, propose_policies, service_curve

START = date(2026, 3, 2)


class Picks:
    """Values drawn from short lists."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def some(self, choices: list, count: int) -> list:
        return [choices[place] for place in self.generator.integers(0, len(choices), count)]

    def one(self, choices: list):
        return self.some(choices, 1)[0]

    def days(self, first: int, last: int, count: int) -> list[date]:
        return [START - timedelta(days=int(back)) for back in self.generator.integers(first, last, count)]


def hostile_package(picks: Picks, names: list[str]):
    count = len(names)
    items = {
        "item": names,
        "unit_cost": picks.some([None, 0.0, 1e-6, 5.0, 1e11], count),
        "setup_cost": picks.some([None, 0.0, 1e-6, 50.0, 1e12], count),
        "holding_rate": picks.some([None, 0.0, 0.2, 1e6], count),
        "holding_cost": picks.some([None, 0.0, 1.0, 1e12], count),
        "lead_time_days": picks.some([0.0, 1.5, 36525.0], count),
        "decimals": picks.some([0, 2, 6], count),
        "service_level": picks.some([None, 0.0, 1.0, 0.5, 0.999999, 95.0], count),
        "abc": picks.some([None, "A", "Q", ""], count),
        "min_lot": picks.some([None, 0.0, 1e12], count),
        "lot_multiple": picks.some([None, 0.0, 7.0, 1e9], count),
        "lot_size": picks.some([None, 0.0, 3.0], count),
    }
    breaks = {"item": names * 2, "from_quantity": [0.0] * count + [10.0] * count}
    parameters = {"key": ["plan_start", "bucket"], "value": [START.isoformat(), picks.one(["day", "week"])]}
    return read_package(
        {
            "parameters": pl.DataFrame(parameters),
            "items": pl.DataFrame(items, strict=False),
            "price_breaks": pl.DataFrame({**breaks, "unit_price": picks.some([0.0, 1.0, 2.0], 2 * count)}),
        }
    )


def hostile_histories(picks: Picks, names: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, arrivals = (int(count) for count in picks.generator.integers(0, 60, 2))
    demand = {
        "item": picks.some([*names, "UNKNOWN"], rows),
        "on": picks.days(-3, 400, rows),
        "quantity": picks.some([0.0, 1e-6, 1.0, 5.0, 1e12, -1.0, float("nan")], rows),
        "location": picks.some(["A", "B", None], rows),
    }
    ordered = picks.days(1, 400, arrivals)
    receipts = {
        "item": picks.some(names, arrivals),
        "ordered_on": ordered,
        "received_on": [on + timedelta(days=picks.one([-2, 0, 9, 40_000])) for on in ordered],
        "quantity": picks.some([0.0, 1.0], arrivals),
        "location": picks.some(["A", "B"], arrivals),
    }
    kinds = {"item": pl.String, "location": pl.String, "quantity": pl.Float64}
    dates = dict.fromkeys(("on", "ordered_on", "received_on"), pl.Date)
    return (
        pl.DataFrame(demand, schema={name: (kinds | dates)[name] for name in demand}),
        pl.DataFrame(receipts, schema={name: (kinds | dates)[name] for name in receipts}),
    )


@pytest.mark.parametrize("seed", range(50))
def test_no_input_ends_in_anything_but_numbers_notes_and_rejects(seed: int) -> None:
    picks = Picks(seed)
    names = [f"I{place}" for place in range(int(picks.generator.integers(1, 8)))]
    package = hostile_package(picks, names)
    settings = PolicySettings(
        service_measure=picks.one(["cycle", "fill"]),
        review_days=picks.one([None, 0.5, 1.0, 30.0]),
        least_buckets=2,
        least_receipts=1,
        draws=200,
    )
    made = propose_policies(package, *hostile_histories(picks, names), settings)
    service_curve(made, [0.5, 0.99])
    policies = made.policies
    for name in ("safety_stock", "order_quantity", "order_up_to", "expected_fill_rate", "expected_stock"):
        assert policies[name].null_count() == 0, name
    for name in policies.columns:
        if policies[name].dtype == pl.Float64:
            assert policies[name].drop_nulls().is_finite().all(), name
    assert (policies["order_quantity"] > 0).all() or settings.review_days is not None
