"""Runs of the planner as tests begin with them: a plan, a forecast, proposals of policies, with their files in the store's folder."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.modules.planning_desk.plan_files import keep_files
from schemas.planning import PROPOSAL_COLUMNS, Kind
from tests.company import Company


def plan_run(works: Company) -> dict[str, Any]:
    """The record of a plan with one order to make, whose table lies in the store's folder."""
    table = pl.DataFrame(
        {
            "planned_order": ["P1"],
            "item": ["GOOD"],
            "kind": ["make"],
            "quantity": ["5"],
            "location": ["MAIN"],
            "supplier": [None],
            "release_on": ["2026-06-16"],
            "due_on": ["2026-06-20"],
        },
        schema_overrides={"supplier": pl.String},
    ).with_columns(pl.col("release_on").str.to_date(), pl.col("due_on").str.to_date())
    aside = works.gateway.store.folder / "plan.parquet"
    table.write_parquet(aside)
    digest = hashlib.sha256(b"planned_orders.parquet" + aside.read_bytes()).hexdigest()
    folder = works.gateway.store.folder / "plan_runs" / digest
    folder.mkdir(parents=True, exist_ok=True)
    aside.rename(folder / "planned_orders.parquet")
    return {
        "method": "mrp",
        "seed": 1,
        "as_of": "2026-06-15",
        "feed_position": 1,
        "package_hash": "0" * 64,
        "plan_hash": digest,
        "status": "done",
        "summary": {"orders": 1},
        "versions": {"planning": "1"},
        "alerts": [{"alert": "shortage", "item": "PART", "severity": "critical", "on": "2026-06-20"}],
    }


def forecast_run(works: Company, item: str = "GOOD", *, past: int = 1, weeks: int = 2) -> dict[str, Any]:
    """The record of a forecast of one series, whose tables lie in the store's folder: a past of 9 a week or around, then 10 and 12."""
    series = {"item": [item], "location": ["MAIN"], "customer_group": ["OTHER"]}
    ahead = {name: column * weeks for name, column in series.items()}
    first = date(2026, 6, 15)
    starts = [first + timedelta(days=7 * week) for week in range(weeks)]
    means = [Decimal(10 + 2 * (week % 4)) for week in range(weeks)]
    widths = {("low", 80): "0.6", ("high", 80): "1.4", ("low", 95): "0.4", ("high", 95): "1.6"}
    ends = {f"{end}_{share}": [mean * Decimal(width) for mean in means] for (end, share), width in widths.items()}
    errors = {"wape": [0.2], "mase": [0.8], "rmsse": [0.9], "bias": [0.1]}
    chosen = {"model": ["combination"], "reason": ["combination_best"]}
    tables = {
        "forecasts": pl.DataFrame(
            {**ahead, "period_start": starts, "mean": means, **ends, "model": ["combination"] * weeks}
        ),
        "series": pl.DataFrame(
            {**series, "class_name": ["smooth"], "period_count": [9], "change_count": [0], **chosen}
        ),
        "accuracy": pl.DataFrame({**series, **errors, "chosen": [True], **chosen}),
        "cleaning": pl.DataFrame(
            {**series, "period_start": [date(2026, 6, 1)], "was": [Decimal(9)], "is": [Decimal(8)], "why": ["outlier"]}
        ),
        "overrides": pl.DataFrame(
            schema={"override": pl.String, "actual": pl.Float64, "value_added": pl.Float64, "verdict": pl.String}
        ),
    }
    before = {
        **{name: column * past for name, column in series.items()},
        "period_start": [date(2026, 6, 1) - timedelta(days=7 * week) for week in reversed(range(past))],
        "quantity": [Decimal(9 + week * 5 % 7) for week in reversed(range(past))],
        "stock_out_days": [0] * past,
    }

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")

    return {
        "as_of": "2026-06-15",
        "starts_on": "2026-06-15",
        "week_count": weeks,
        "feed_position": 1,
        "forecast_hash": keep_files(works.gateway.store.folder, write, {"history": pl.DataFrame(before)}),
        "summary": {"series": 1, "cleaned": {"outlier": 1}},
        "versions": {"statsforecast": "1"},
    }


_REACHED: Final = [
    {"service_target": target, "safety_stock": stock, "level": level, "expected_fill_rate": fill}
    for target, stock, level, fill in (
        (0.5, 0.0, 17.0, 0.93),
        (0.8, 3.9, 21.0, 0.968),
        (0.9, 6.4, 23.6, 0.984),
        (0.95, 8.3, 25.5, 0.99),
        (0.98, 11.2, 28.4, 0.996),
        (0.99, 12.9, 30.1, 0.998),
        (0.999, 17.5, 34.7, 0.9998),
    )
]
"""What service takes of an item, point by point."""


def _company_points() -> list[dict[str, Any]]:
    """What service costs a company with one item, by both rules."""
    return [
        {
            "rule": rule,
            "service_target": point["service_target"],
            "stock_value": 60 + worth * point["safety_stock"],
            "fill_rate_by_value": point["expected_fill_rate"],
        }
        for rule, worth in (("same_service", 3.0), ("least_cost", 2.6))
        for point in _REACHED
    ]


def policy_run(works: Company, item: str = "PART") -> dict[str, Any]:
    """The record of proposals for one item that is bought, whose tables lie in the store's folder."""
    (version,) = (row["version"] for row in works.ask_table("item") if row["code"] == item)
    place: dict[str, Any] = {"item": item, "location": "MAIN"}
    told: dict[str, Any] = {
        "abc": "A",
        "xyz": "X",
        "pattern": "smooth",
        "unit_cost": 3,
        "yearly_usage_value": 900,
        "lead_time_source": "receipts",
        "lead_time_days_mean": 6.2,
        "lead_time_days_p50": 6,
        "lead_time_days_p90": 8,
        "safety_stock": 12,
        "reorder_point": 30,
        "service_target": 0.98,
        "service_measure": "cycle",
        "distribution": "gamma",
        "order_quantity_rule": "economic",
        "current_safety_stock": 0,
        "yearly_unit_holding_cost": 0.6,
    }
    blank: dict[Any, Any] = {Kind.TEXT: "", Kind.QUANTITY: 1, Kind.COUNT: 7, float: 1.0}
    kinds: dict[Any, Any] = {
        Kind.TEXT: pl.String,
        Kind.QUANTITY: pl.Decimal(18, 6),
        Kind.COUNT: pl.Int32,
        float: pl.Float64,
    }
    proposal = {name: told.get(name, blank[kind]) for name, kind in PROPOSAL_COLUMNS.items()} | place
    proposal |= {
        "item_version": version,
        "decimals": 0,
        "lead_time_supplier": None,
        "current_lead_time_days": Decimal(0),
    }
    typed = {name: kinds[kind] for name, kind in PROPOSAL_COLUMNS.items()} | {"lead_time_supplier": pl.String}
    tables = {
        "policies": pl.DataFrame([proposal], schema_overrides=typed),
        "notes": pl.DataFrame([{**place, "note": "no_order_cost", "value": None, "sentence": "not known"}]),
        "curve_items": pl.DataFrame([{**place, **point} for point in _REACHED]),
        "curve_company": pl.DataFrame(_company_points()),
    }

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")

    return {
        "as_of": "2026-06-15",
        "feed_position": 1,
        "policy_hash": keep_files(works.gateway.store.folder, write, {}),
        "settings": {"service_a": 0.98, "service_b": 0.95, "service_c": 0.9, "measure": "cycle"},
        "summary": {"proposals": 1, "learned_lead_times": 1},
        "versions": {"scipy": "1"},
    }
