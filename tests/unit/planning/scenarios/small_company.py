"""A small company as a planning package with financial tables: a bike of two wheels, bought from two suppliers, sold to two groups."""

from __future__ import annotations

import polars as pl

from planning import Package, read_package
from planning.package.findings import Findings
from planning.projection import Finances, read_finances
from planning.scenarios import Base

RULES = [
    ("GoodsReceived", "debit", "$inventory", "stock_value"),
    ("GoodsReceived", "debit", "purchase_price_variance", "variance"),
    ("GoodsReceived", "credit", "goods_received_not_invoiced", "order_value"),
    ("SupplierBilled", "debit", "goods_received_not_invoiced", "accrued"),
    ("SupplierBilled", "debit", "vat_input", "tax"),
    ("SupplierBilled", "credit", "trade_payable", "gross"),
    ("GoodsShipped", "debit", "cost_of_sales", "cost"),
    ("GoodsShipped", "credit", "$inventory", "cost"),
    ("CustomerInvoiced", "debit", "trade_receivable", "gross"),
    ("CustomerInvoiced", "credit", "revenue", "net"),
    ("CustomerInvoiced", "credit", "vat_output", "tax"),
    ("PaymentReceived", "debit", "bank", "amount"),
    ("PaymentReceived", "credit", "trade_receivable", "settled"),
    ("PaymentMade", "debit", "trade_payable", "settled"),
    ("PaymentMade", "credit", "bank", "amount"),
    ("MaterialIssued", "debit", "work_in_process", "cost"),
    ("MaterialIssued", "credit", "$inventory", "cost"),
    ("ProductionCompleted", "debit", "$inventory", "value"),
    ("ProductionCompleted", "credit", "work_in_process", "value"),
    ("ProductionOrderSettled", "debit", "production_variance", "variance"),
    ("ProductionOrderSettled", "credit", "work_in_process", "variance"),
    ("LabourReported", "debit", "work_in_process", "cost"),
    ("LabourReported", "credit", "labour_applied", "cost"),
    ("GoodsScrapped", "debit", "scrap", "cost"),
    ("GoodsScrapped", "credit", "$inventory", "cost"),
]

CLASSES = {
    "asset": ("bank", "trade_receivable", "inventory_raw", "inventory_finished", "vat_input"),
    "cost": ("work_in_process",),
    "liability": ("trade_payable", "goods_received_not_invoiced", "vat_output"),
    "equity": ("capital",),
    "income": ("revenue",),
    "expense": ("cost_of_sales", "purchase_price_variance", "production_variance", "labour_applied", "scrap", "rent"),
}


def package_tables() -> dict[str, pl.DataFrame]:
    """The planning tables: from Monday 2026-01-05, eight weeks."""
    return {
        "parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "56"]}),
        "items": pl.DataFrame(
            {
                "item": ["BIKE", "WHEEL"],
                "lead_time_days": [2, 7],
                "unit_cost": ["100", "30"],
                "decimals": [0, 0],
                "setup_cost": ["10", "20"],
            }
        ),
        "bom": pl.DataFrame({"parent": ["BIKE"], "component": ["WHEEL"], "quantity_per": [2]}),
        "sources": pl.DataFrame(
            {
                "item": ["WHEEL", "WHEEL"],
                "method": ["buy", "buy"],
                "supplier": ["NEAR", "FAR"],
                "lead_time_days": [7, 10],
                "unit_cost": ["32", "29"],
                "priority": [1, 2],
            }
        ),
        "stock": pl.DataFrame({"item": ["BIKE", "WHEEL"], "quantity": [5, 8]}),
        "demand": pl.DataFrame(
            {
                "demand": ["D1", "D2", "D3"],
                "item": ["BIKE"] * 3,
                "quantity": [4, 6, 5],
                "due_on": ["2026-01-12", "2026-01-26", "2026-02-16"],
                "customer": ["ANNA", "BERT", "ANNA"],
            }
        ),
        "resources": pl.DataFrame({"resource": ["BENCH"], "calendar": ["DAY"], "cost_per_hour": ["60"]}),
        "calendars": pl.DataFrame(
            {"calendar": ["DAY"] * 5, "weekday": [1, 2, 3, 4, 5], "from_time": ["08:00"] * 5, "to_time": ["16:00"] * 5}
        ),
        "routings": pl.DataFrame({"item": ["BIKE"], "operation": [10], "resource": ["BENCH"], "run_minutes": [30]}),
    }


def financial_tables(valuation: str = "standard") -> dict[str, pl.DataFrame]:
    """The financial tables: opening stock at cost, 1,000 in the bank, thirty days for everybody, 13 % tax."""
    rows = [(role, kind, role == "bank") for kind, roles in CLASSES.items() for role in roles]
    return {
        "posting_rules": pl.DataFrame(
            [(fact, number, *rest) for number, (fact, *rest) in enumerate(RULES)],
            schema=["fact", "line", "side", "role", "amount"],
            orient="row",
        ),
        "roles": pl.DataFrame(rows, schema=["role", "class", "cash"], orient="row"),
        "item_accounts": pl.DataFrame(
            {
                "item": ["BIKE", "WHEEL"],
                "inventory_role": ["inventory_finished", "inventory_raw"],
                "valuation": [valuation] * 2,
                "standard_cost": ["100", "30"],
                "stock_value": ["500", "240"],
            }
        ),
        "prices": pl.DataFrame(
            {"item": ["BIKE", "BIKE"], "customer_group": [None, "CLUB"], "unit_price": ["200", "180"]}
        ),
        "terms": pl.DataFrame(
            {
                "side": ["customer", "customer", "supplier"],
                "party": [None, "BERT", None],
                "customer_group": [None, "CLUB", None],
                "payment_days": [14, 14, 7],
            }
        ),
        "tax": pl.DataFrame({"side": ["output", "input"], "rate": ["0.13", "0.13"]}),
        "opening_balances": pl.DataFrame(
            {
                "role": ["bank", "inventory_finished", "inventory_raw", "capital"],
                "debit": ["1000", "500", "240", None],
                "credit": [None, None, None, "1740"],
            }
        ),
        "overheads": pl.DataFrame({"role": ["rent"], "on": ["2026-01-31"], "amount": ["50.25"]}),
    }


def company(valuation: str = "standard", **more: pl.DataFrame) -> Base:
    """The company, read; `more` replaces or adds tables."""
    package = planned_package(**more)
    return Base(package, finances_of(package, valuation, **more))


def planned_package(**more: pl.DataFrame) -> Package:
    """The package, which must be without rejects."""
    known = package_tables()
    package = read_package(known | {name: frame for name, frame in more.items() if name in known or name == "receipts"})
    assert package.rejects.is_empty(), package.rejects.rows()
    return package


def finances_of(package: Package, valuation: str = "standard", **more: pl.DataFrame) -> Finances:
    """The financial tables, which must be without rejects."""
    findings = Findings()
    finances = read_finances(financial_tables(valuation) | more, package, findings)
    assert finances is not None, findings.table().rows()
    assert findings.table().is_empty(), findings.table().rows()
    return finances
