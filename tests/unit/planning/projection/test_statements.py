"""Projected statements: worked by hand for a small company, true to their identities in any case, refused where they cannot be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planning
from planning.package.findings import Findings
from planning.projection import ProjectionError, project, read_finances
from planning.scenarios import Base
from tests.unit.planning.scenarios.small_company import (
    company,
    finances_of,
    financial_tables,
    package_tables,
    planned_package,
)

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def projected(base: Base) -> dict[str, pl.DataFrame]:
    """Tables of the projection of the company's plan by `mrp`."""
    assert base.finances is not None
    return dict(project(base.package, base.finances, planning.plan(base.package, "mrp")).tables)


def amounts(table: pl.DataFrame, month: date) -> dict[str, Decimal]:
    """Amounts of a month by key, those that are not zero."""
    rows = table.filter((pl.col("month") == month) & (pl.col("amount") != 0))
    return dict(rows.select("key", "amount").iter_rows())


def test_statements_of_a_small_company_are_those_worked_by_hand() -> None:
    tables = projected(company())
    # 4 bikes to Anna on 12 January at 200, 6 to Bert on the 26th at 180; wheels: 5 bikes of D2 want 10 on the 24th, 8 are there.
    assert amounts(tables["income_statement"], JANUARY) == {
        "revenue": Decimal("1880.00"),
        "cost_of_sales": Decimal("1000.00"),
        "production_variance": Decimal("-200.00"),  # 5 bikes at 100 from wheels for 300.
        "purchase_price_variance": Decimal("4.00"),  # 2 wheels at 32 instead of 30.
        "rent": Decimal("50.25"),
        "net_profit": Decimal("1025.75"),
    }
    assert amounts(tables["cash_flow"], JANUARY) == {
        "rent": Decimal("-50.25"),
        "trade_receivable": Decimal("904.00"),  # 800 and 13 %, 14 days after the 12th.
        "trade_payable": Decimal("-72.32"),  # 64 and 13 %, a week after the 24th.
        "net_increase": Decimal("781.43"),
        "opening_cash": Decimal("1000.00"),
        "closing_cash": Decimal("1781.43"),
    }
    sheet = amounts(tables["balance_sheet"], JANUARY)
    assert sheet["bank"] == Decimal("1781.43")
    assert sheet["trade_receivable"] == Decimal("1220.40")  # Bert's 1,080 and 13 %.
    assert sheet["total_assets"] == sheet["total_liabilities_and_equity"]
    # 2,880 of revenue less 15 bikes at 100, twice 200 gained in making, 12 wheels 2 too dear, the rent.
    assert amounts(tables["balance_sheet"], MARCH)["undistributed_result"] == Decimal("1705.75")


def test_moving_average_takes_what_was_paid_into_the_goods() -> None:
    tables = projected(company("moving_average"))
    january = amounts(tables["income_statement"], JANUARY)
    assert "production_variance" not in january
    assert "purchase_price_variance" not in january
    # One bike of the five at 100 is left, five come from 8 wheels for 240 and 2 for 64: six for 404.
    assert january["cost_of_sales"] == Decimal("804.00")


def test_hours_go_into_process_at_the_resources_cost_where_asked() -> None:
    asked = pl.DataFrame({"key": ["labour"], "value": ["routing"]})
    tables = projected(company(financial_settings=asked))
    january = amounts(tables["income_statement"], JANUARY)
    assert january["labour_applied"] == Decimal("-150.00")  # 5 bikes, half an hour each, 60 an hour.
    assert january["production_variance"] == Decimal("-50.00")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    quantities=st.lists(st.integers(0, 40), min_size=3, max_size=3),
    days=st.lists(st.integers(0, 54), min_size=3, max_size=3),
    cost=st.decimals("0.01", "99.99", places=2),
    method=st.sampled_from(["standard", "moving_average"]),
    good_share=st.sampled_from(["1", "0.9", "0.37"]),
)
def test_every_month_balances_and_cash_and_stock_agree(quantities, days, cost, method, good_share) -> None:
    tables = package_tables()
    demand = tables["demand"].with_columns(
        pl.Series("quantity", quantities),
        pl.Series("due_on", ["2026-01-05"] * 3).str.to_date() + pl.duration(days=pl.Series(days)),
    )
    items = tables["items"].with_columns(pl.lit(good_share).alias("yield"))
    sources = tables["sources"].with_columns(pl.lit(str(cost)).alias("unit_cost"))
    base = company(method, demand=demand, items=items, sources=sources)
    found = projected(base)  # The identities are asserted within.
    trial = found["trial_balance"]
    assert (
        trial.group_by("month").agg(pl.col("closing").sum())["closing"].to_list().count(0) == trial["month"].n_unique()
    )
    last = trial["month"].max()
    for item, role in (("BIKE", "inventory_finished"), ("WHEEL", "inventory_raw")):
        stock = found["stock_value"].filter((pl.col("month") == last) & (pl.col("item") == item))
        booked = trial.filter((pl.col("month") == last) & (pl.col("role") == role))["closing"]
        assert sum(stock["value"], Decimal(0)) == sum(booked, Decimal(0))
        if method == "standard" and stock.height:
            unit = Decimal(100 if item == "BIKE" else 30)
            assert stock["value"][0] == stock["quantity"][0] * unit
    cash = found["cash"]["balance"][-1]
    assert cash == trial.filter((pl.col("month") == last) & (pl.col("role") == "bank"))["closing"][0]


def test_what_is_not_there_is_waited_for_and_nothing_is_taken_from_nothing() -> None:
    tables = package_tables()
    at_once = tables["demand"].with_columns(pl.lit("2026-01-05").alias("due_on"))
    base = company(demand=at_once)
    assert base.finances is not None
    projection = project(base.package, base.finances, planning.plan(base.package, "mrp"))
    assert (projection.tables["stock_value"]["quantity"] >= 0).all()
    assert (projection.tables["stock_value"]["value"] >= 0).all()


def test_a_production_order_that_runs_takes_its_components_and_what_was_in_process() -> None:
    receipts = pl.DataFrame(
        {"order": ["MO"], "item": ["BIKE"], "quantity": [2], "due_on": ["2026-01-08"], "kind": ["make"]}
    )
    demand = pl.concat(
        [package_tables()["demand"],
         pl.DataFrame({"demand": ["MO/1"], "item": ["WHEEL"], "quantity": [3], "due_on": ["2026-01-07"], "customer": [None]},
                      schema_overrides={"customer": pl.String})], how="vertical_relaxed",
    )  # fmt: skip
    base = company(
        receipts=receipts,
        demand=demand,
        demand_prices=pl.DataFrame({"demand": ["MO/1"], "use": ["production"], "order": ["MO"]}),
        order_values=pl.DataFrame({"order": ["MO"], "work_in_process": ["30"]}),
        opening_balances=pl.DataFrame(
            {"role": ["bank", "inventory_finished", "inventory_raw", "work_in_process", "capital"],
             "debit": ["1000", "500", "240", "30", None], "credit": [None, None, None, None, "1770"]}
        ),
    )  # fmt: skip
    trial = projected(base)["trial_balance"]
    process = trial.filter((pl.col("role") == "work_in_process") & (pl.col("month") == JANUARY)).row(0, named=True)
    assert process["opening"] == 30
    assert process["closing"] == 0


@pytest.mark.parametrize(
    ("name", "table", "reason"),
    [
        ("opening_balances", pl.DataFrame({"role": ["bank"], "debit": ["5"]}), "the opening position does not balance"),
        ("opening_balances", pl.DataFrame({"role": ["gold"], "debit": ["0"]}), "unknown role"),
        ("opening_balances", pl.DataFrame({"role": ["bank"], "debit": ["0.001"]}), "not on the minor unit"),
        ("overheads", pl.DataFrame({"role": ["party"], "on": ["2026-01-31"], "amount": ["1"]}), "unknown role"),
        ("item_accounts", pl.DataFrame({"item": ["BIKE"], "inventory_role": ["shed"]}), "unknown role"),
        ("roles", pl.DataFrame({"role": ["bank"], "class": ["asset"]}), "unknown role"),
    ],
)
def test_financial_tables_that_cannot_be_projected_are_named(name: str, table: pl.DataFrame, reason: str) -> None:
    findings = Findings()
    assert read_finances(financial_tables() | {name: table}, planned_package(), findings) is None
    assert any(reason in found for found in findings.table()["reason"])


def test_the_role_that_items_stand_in_by_default_must_be_there() -> None:
    given = financial_tables()
    roles = given["roles"].filter(pl.col("role") != "inventory_finished")
    told = {
        "roles": roles,
        "item_accounts": pl.DataFrame({"item": ["WHEEL"]}),
        "opening_balances": pl.DataFrame({"role": []}),
    }
    findings = Findings()
    assert read_finances(given | told, planned_package(), findings) is None
    assert findings.table()["reason"].to_list() == ["unknown role, in which 1 items stand"]


def test_a_tax_of_an_unknown_item_loses_its_row_alone() -> None:
    tax = pl.DataFrame({"side": ["output", "output"], "item": ["CAR", None], "rate": ["0.1", "0.2"]})
    findings = Findings()
    finances = read_finances(financial_tables() | {"tax": tax}, planned_package(), findings)
    assert finances is not None
    assert finances.tables["tax"]["rate"].to_list() == [200_000]
    assert findings.table()["reason"].to_list() == ["unknown item"]


def test_rules_that_do_not_balance_end_the_projection_by_name() -> None:
    package = planned_package()
    rules = financial_tables()["posting_rules"].filter(
        ~((pl.col("fact") == "GoodsShipped") & (pl.col("side") == "debit"))
    )
    finances = finances_of(package, posting_rules=rules)
    with pytest.raises(ProjectionError, match="GoodsShipped do not balance"):
        project(package, finances, planning.plan(package, "mrp"))
    finances = finances_of(package, posting_rules=rules.filter(pl.col("fact") != "GoodsShipped"))
    with pytest.raises(ProjectionError, match="no rule for GoodsShipped"):
        project(package, finances, planning.plan(package, "mrp"))


def test_a_package_without_financial_tables_has_no_statements() -> None:
    findings = Findings()
    assert read_finances({}, planned_package(), findings) is None
    assert findings.table().is_empty()
