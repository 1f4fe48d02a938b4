"""Metrics: each is defined whole, and gives the number that its formula says on a small trade worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import refresh
from pipelines.serving.catalog import metrics, named_queries
from pipelines.serving.mart import Mart
from tests.askings import every_asking
from tests.company import Company
from tests.plain_judge import PlainJudge
from tests.trading import trade

SPAN: dict[str, Any] = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)}
DAY: dict[str, Any] = {"as_of": date(2026, 6, 30)}
NOW: dict[str, Any] = {"now": datetime(2026, 6, 30, tzinfo=UTC)}
PERMISSIONS = {"inventory.cost.read", "marts.operations.read", "marts.money.read", "purchasing.read"}

WORKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # 7 goods are invoiced at 20.
    "net_sales": (SPAN, {"value": Decimal(140)}),
    "revenue": (SPAN, {"value": Decimal(140)}),
    # 26 parts at 3.07 are 79.82 in process; 13 of 20 goods take 13/20 of it, 51.88; 7 of those 13 are 27.94.
    "net_profit": (SPAN, {"value": Decimal("112.06")}),
    "gross_margin": (SPAN, {"value": Decimal("112.06"), "share": Decimal("0.80042857")}),
    # 307.00 came in, 79.82 went into process, 51.88 came out of it, 27.94 left.
    "inventory_value": (DAY, {"value": Decimal("251.12")}),
    # 140 with 13 percent tax is 158.20, less 41.50; due in 30 days.
    "receivables": (DAY, {"value": Decimal("116.70"), "overdue": Decimal(0)}),
    # 307 with 13 percent tax is 346.91, less 100.
    "payables": (DAY, {"value": Decimal("246.91"), "overdue": Decimal(0)}),
    "cash": (DAY, {"value": Decimal("-58.50")}),
    # 2 of 9 goods at 20 are still to be shipped: 180 x 0.22222222.
    "open_sales": ({}, {"value": Decimal("40.0000"), "line_count": 1}),
    "late_sales_lines": (DAY, {"value": 1}),
    "late_purchase_lines": (DAY, {"value": 0}),
    "late_production_orders": (DAY, {"value": 1}),
    "on_time_delivery": (SPAN, {"value": 1, "line_count": 1, "share": Decimal(1)}),
    # 27.94 by 251.12.
    "stock_turns": (SPAN, {"value": Decimal("0.11126155")}),
    "quarantined_rows": ({}, {}),
}


@pytest.fixture
def mart(small_works: Company, tmp_path: Path) -> Mart:
    """A warehouse of one round of trade."""
    trade(small_works)
    refresh(small_works.gateway.store, tmp_path / "w", judge=PlainJudge())
    return Mart(tmp_path / "w")


def test_every_metric_gives_the_number_that_was_worked_by_hand(mart: Mart) -> None:
    assert set(WORKED) == set(metrics())
    for name, (arguments, expected) in WORKED.items():
        rows = mart.metric(name, **arguments).to_dicts()
        if not expected:
            assert rows == [], name
            continue
        (row,) = rows
        assert {key: row[key] for key in expected} == expected, name


def test_every_metric_and_query_says_who_may_ask() -> None:
    for question in [*metrics().values(), *named_queries().values()]:
        # A buyer judges his suppliers without seeing the other boards.
        assert question.permission in PERMISSIONS, question.name
        assert question.about, question.name
    for metric in metrics().values():
        assert metric.formula, metric.name
        assert metric.grain, metric.name
        assert metric.unit, metric.name
        assert metric.owner, metric.name


def test_every_query_runs_and_keeps_its_page_size(mart: Mart) -> None:
    for name, query in named_queries().items():
        limited = any(parameter.name == "limit" for parameter in query.parameters)
        for asking in every_asking(query, SPAN | DAY | NOW):
            rows = mart.query(name, **asking, **({"limit": 1} if limited else {}))
            assert not limited or len(rows) <= 1, (name, asking)
