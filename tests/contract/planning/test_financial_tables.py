"""The financial tables beside a package speak the company's currency alone, whatever currency an order is in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import planning_package
from tests.company import DAY, Company, furnish
from tests.plain_judge import PlainJudge

RATE = Decimal("7.10")


def test_open_orders_in_dollars_are_at_their_own_rate_once(company: Company, tmp_path: Path) -> None:
    furnish(company)
    company.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-06-01", rate=str(RATE))
    company.do("put_party", code="ABROAD", name="Far Metals", is_supplier=True, is_customer=True, currency="USD")
    company.do("create_purchase_order", supplier="ABROAD", document_on="2026-06-01", due_on="2026-06-22",
               lines=[{"item": "PART", "quantity": 10, "unit_price": "3.333", "due_on": "2026-06-22"}])  # fmt: skip
    received = company.do("create_purchase_order", supplier="ABROAD", document_on="2026-06-01",
                          lines=[{"item": "PART", "quantity": 3, "unit_price": "2.5"}])  # fmt: skip
    company.do("receive_goods", order=received.document, posted_on="2026-06-12")
    company.do("create_sales_order", customer="ABROAD", document_on="2026-06-01", due_on="2026-06-25",
               lines=[{"item": "PART", "quantity": 2, "unit_price": "9.99", "due_on": "2026-06-25"}])  # fmt: skip
    assert refresh(company.gateway.store, tmp_path, judge=PlainJudge()).outcome == "published"
    tables, _ = planning_package(Mart(tmp_path), DAY, horizon_days=60, finances=True)
    assert tables["order_values"]["unit_price"].drop_nulls().to_list() == [Decimal("3.333") * RATE]
    assert tables["demand_prices"]["unit_price"].drop_nulls().to_list() == [Decimal("9.99") * RATE]
    accrued = tables["open_items"].filter(pl.col("kind") == "accrued")
    assert accrued["amount"].to_list() == [Decimal("53.25")]
