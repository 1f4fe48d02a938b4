"""When goods come that should have been ordered before the plan: after the lead time of their own supplier, in working days."""

from __future__ import annotations

import polars as pl

import planning
from planning.mrp.problem import build_problem
from planning.projection.events import events_of
from planning.projection.finances import empty_finances


def arrivals(parameters: dict[str, str], leads: dict[str, int], **sources: object) -> dict[str | None, int]:
    """Days after Monday 2026-01-05 by supplier, of what is needed on the 7th."""
    settings = {"plan_start": "2026-01-05", "horizon_days": "84", **parameters}
    given = {"item": ["BOLT"] * len(leads), "method": ["buy"] * len(leads), "supplier": list(leads)}
    package = planning.read_package(
        {
            "parameters": pl.DataFrame({"key": list(settings), "value": list(settings.values())}),
            "items": pl.DataFrame({"item": ["BOLT"], "source": ["buy"]}),
            "demand": pl.DataFrame({"demand": ["D1"], "item": ["BOLT"], "quantity": [10], "due_on": ["2026-01-07"]}),
            "sources": pl.DataFrame(given | {"lead_time_days": list(leads.values())} | sources),
        }
    )
    events = events_of(build_problem(package), empty_finances(), planning.plan(package, "mrp"))
    return {receipt.supplier: receipt.day - package.parameters.plan_start for receipt in events.receipts}


def test_what_is_past_due_comes_after_its_own_suppliers_lead_time() -> None:
    leads = {"NEAR": 5, "FAR": 30}
    assert arrivals({}, leads, share=["0.5", "0.5"], priority=[1, 2]) == leads


def test_lead_times_are_in_working_days_where_the_plan_counts_in_them() -> None:
    assert arrivals({"working_days_only": "true"}, {"NEAR": 10}) == {"NEAR": 14}
