"""The package that the warehouse makes is one the planner reads without a reject, and the same again for the same version."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import planning
from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import Forecast, planning_package
from schemas.exchange.planning_package import WIRE_TABLES
from schemas.planning import INPUT_TABLES
from tests.company import Company
from tests.plain_judge import PlainJudge

AS_OF = date(2026, 6, 17)


@pytest.fixture
def mart(small_works: Company, tmp_path: Path) -> Mart:
    """A warehouse with orders of last year and of today, a supplier with prices, a routing and a calendar."""
    company = small_works
    line = {"item": "GOOD", "quantity": 4}
    company.do("create_sales_order", customer="CUS", document_on="2025-06-18", due_on="2025-06-20", lines=[line])
    company.do("create_sales_order", customer="CUS", due_on="2026-06-24", priority=2, lines=[line])
    bought = {"item": "PART", "quantity": 50, "unit_price": "3"}
    company.do("create_purchase_order", supplier="SUP", due_on="2026-06-30", lines=[bought])
    company.do("create_production_order", item="GOOD", quantity=3, start_on="2026-06-20", due_on="2026-06-22")
    company.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 7, "unit_cost": "3"}])
    prices = [{"from_quantity": 0, "unit_price": "3.2"}, {"from_quantity": 100, "unit_price": "2.9"}]
    company.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=9, min_lot=10, prices=prices)
    days = [{"on_date": "2026-10-01", "name": "National day"}]
    company.do("put_calendar", code="DAY", name="Day", weekly_hours={"mon": [("08:00", "16:00")]}, exceptions=days)
    company.do("put_work_center", code="W1", name="Bench", calendar="DAY", weekly_minutes=2400)
    step = {"operation": 10, "name": "Assemble", "work_center": "W1", "setup_minutes": 5, "run_minutes": "1.5"}
    company.do("put_routing", item="GOOD", steps=[step])
    report = refresh(company.gateway.store, tmp_path / "w", judge=PlainJudge())
    assert report.outcome == "published"
    return Mart(tmp_path / "w")


def test_the_planner_reads_it_without_a_reject(mart: Mart) -> None:
    tables, version = planning_package(mart, AS_OF, forecast=Forecast.LAST_YEAR_SAME_WEEKS)
    package = planning.read_package(tables)
    plan = planning.plan(package, "mrp")
    assert plan.table("rejects").is_empty(), plan.table("rejects")
    bought = plan.table("planned_orders").filter(pl.col("kind") == "buy")
    assert set(bought["item"]) == {"PART"}
    assert version == mart.version()


def test_its_columns_are_those_of_the_contract() -> None:
    for name, wire in WIRE_TABLES.items():
        known = {column.name for column in INPUT_TABLES[name].columns}
        assert set(wire.columns) <= known, name


def test_orders_stock_and_receipts_are_what_the_company_has(mart: Mart) -> None:
    tables, _ = planning_package(mart, AS_OF)
    assert tables["stock"].select("item", "quantity", "status").rows() == [("PART", Decimal(7), "available")]
    receipts = tables["receipts"].select("item", "quantity", "due_on", "kind", "supplier").rows()
    assert sorted(receipts) == [
        ("GOOD", Decimal(3), date(2026, 6, 22), "production_order", None),
        ("PART", Decimal(50), date(2026, 6, 30), "purchase_order", "SUP"),
    ]
    demand = tables["demand"].select("item", "quantity", "due_on", "kind", "customer", "priority").rows()
    assert sorted(demand, key=str) == [
        ("GOOD", Decimal(4), date(2025, 6, 20), "order", "CUS", 5),
        ("GOOD", Decimal(4), date(2026, 6, 24), "order", "CUS", 2),
        ("PART", Decimal(6), date(2026, 6, 20), "order", None, 5),
    ]
    sources = tables["sources"].select("item", "supplier", "lead_time_days", "min_lot", "unit_cost").rows()
    assert sources == [("PART", "SUP", Decimal(9), Decimal(10), Decimal("3.2"))]
    assert tables["price_breaks"]["unit_price"].to_list() == [Decimal("3.2"), Decimal("2.9")]
    assert tables["routings"].select("item", "operation", "resource", "run_minutes").rows() == [
        ("GOOD", 10, "W1", Decimal("1.5"))
    ]


def test_the_forecast_is_last_years_same_weeks(mart: Mart) -> None:
    tables, _ = planning_package(mart, AS_OF, forecast=Forecast.LAST_YEAR_SAME_WEEKS)
    forecast = tables["demand"].filter(pl.col("kind") == "forecast")
    assert forecast.select("item", "quantity", "due_on").rows() == [("GOOD", Decimal(4), AS_OF)]


def test_capacity_of_the_first_bucket_is_its_share_of_the_week(mart: Mart) -> None:
    tables, _ = planning_package(mart, AS_OF, horizon_days=12)
    assert tables["capacity"].rows() == [
        ("W1", AS_OF, Decimal("1714.285714")),
        ("W1", date(2026, 6, 22), Decimal(2400)),
    ]


def test_the_same_version_gives_the_same_package(mart: Mart) -> None:
    first, _ = planning_package(mart, AS_OF, forecast=Forecast.LAST_YEAR_SAME_WEEKS)
    second, _ = planning_package(mart, AS_OF, forecast=Forecast.LAST_YEAR_SAME_WEEKS)
    assert all(first[name].equals(second[name]) for name in first)
    assert dict(first["parameters"].rows()) == {
        "plan_start": "2026-06-17",
        "horizon_days": "364",
        "bucket": "week",
        "currency": "CNY",
    }


def test_goods_on_the_way_are_supply_at_their_destination_on_their_day(small_works: Company, tmp_path: Path) -> None:
    works = small_works
    works.do("put_site", code="FAR", name="Far away")
    works.do("put_location", code="FARSTORE", name="Far store", site="FAR")
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 20, "unit_cost": "3"}])
    sent = {"from_location": "MAIN", "to_location": "FARSTORE", "lines": [{"item": "PART", "quantity": 8}]}
    transfer = works.do("send_transfer", **sent, due_on="2026-06-23").document
    works.do("receive_transfer", transfer=transfer, lines=[{"line": 1, "quantity": 3}])
    assert refresh(works.gateway.store, tmp_path / "w", judge=PlainJudge()).outcome == "published"
    tables, _ = planning_package(Mart(tmp_path / "w"), AS_OF)
    receipts = tables["receipts"].select("item", "location", "quantity", "due_on", "kind").rows()
    assert receipts == [("PART", "FAR", Decimal(5), date(2026, 6, 23), "transfer_dispatch")]
    stock = tables["stock"].select("location", "quantity").rows()
    assert sorted(stock) == [("FAR", Decimal(3)), ("MAIN", Decimal(12))]
    plan = planning.plan(planning.read_package(tables), "mrp")
    assert plan.table("rejects").is_empty(), plan.table("rejects")
