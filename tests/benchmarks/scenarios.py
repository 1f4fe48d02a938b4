"""How long fifty scenarios take, each planned by `mrp`, projected to statements and compared with the base order by order.

    python -m tests.benchmarks scenarios

The demo company's package comes from its books, financial tables and all. Packages of make_chain.py of the shared tools get the
posting rules of the books, prices at 1.4 times cost, thirty and forty-five days, and 13 % tax. The scenarios are of every kind:
demand, lead times, suppliers out, machines down, parameters, prices, costs, capacity. `draws` carries base and scenarios out in so
many worlds. Times are of warm kernels; they are printed and kept, never asserted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.bootstrap import build_bus
from app.jobs.demo import build_demo
from app.kernel.opening import open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress
from pipelines import refresh
from pipelines.serving.financial_tables import posting_rules
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import Forecast, planning_package
from planning import read_package
from planning.package.findings import Findings
from planning.projection import read_finances
from planning.scenarios import Base, How, Patch, Scenario, run_scenarios
from planning.scenarios.monte_carlo import monte_carlo
from planning.scenarios.reading import refuse_unfit
from planning.scenarios.uncertainty import Uncertainty
from tests.benchmarks.mrp import SHARED
from tests.plain_judge import PlainJudge

CELLS: Final = [
    {"company": "demo", "scenarios": 50, "workers": 1},
    {"company": "demo", "scenarios": 50, "workers": 2},
    {"company": "chain of 1000", "scenarios": 50, "workers": 1},
    {"company": "chain of 1000", "scenarios": 50, "workers": 2},
    {"company": "demo", "scenarios": 4, "workers": 2, "draws": 100},
]
SMALL: Final = [{"company": "chain of 100", "scenarios": 10, "workers": 1}]
AS_OF: Final = date(2026, 9, 17)


def run(company: str, scenarios: int, workers: int, draws: int = 0) -> list[dict[str, Any]]:
    """Measure one company; a row, JSON-able."""
    base = _base(company)
    kinds = every_kind(base, scenarios)
    run_scenarios(base, kinds[:1], How(), workers=1)
    began = time.perf_counter()
    row: dict[str, Any] = {
        "company": company,
        "items": base.package.items.len(),
        "demand rows": base.package.table("demand").height,
        "scenarios": len(kinds),
        "workers": workers,
    }
    if draws:
        monte_carlo(base, kinds, Uncertainty({None: 0.3}, {(None, None): 0.3}), How(), draws=draws, workers=workers)
        return [{**row, "draws": draws, "seconds": round(time.perf_counter() - began, 1)}]
    done = run_scenarios(base, kinds, How(), workers=workers)
    seconds = time.perf_counter() - began
    sheets = done.table("balance_sheet")
    return [
        {
            **row,
            "planned orders of the base": int(done.table("comparison").filter(pl.col("measure") == "planned_orders")["value"][0]),
            "statements": sheets.select("scenario", "month").n_unique(),
            "changes": done.table("changes").height,
            "seconds": round(seconds, 1),
        }
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _base(company: str) -> Base:
    tables = _demo_tables() if company == "demo" else _chain_tables(int(company.rsplit(" ", 1)[1]))
    package, findings = read_package(tables), Findings()
    finances = read_finances(tables, package, findings)
    assert finances is not None, findings.table().rows()
    return Base(package, finances)


def _demo_tables() -> dict[str, pl.DataFrame]:
    """The demo company's package as its books give it, with last year's weeks as forecast."""
    with tempfile.TemporaryDirectory() as place:
        store = str(Path(place) / "store.db")
        build_demo(StoreAddress(store), size="small", seed=7, as_of=AS_OF)
        gateway = open_gateway(load_settings(store=store), build_bus())
        try:
            assert refresh(gateway.store, Path(place) / "w", judge=PlainJudge()).outcome == "published"
        finally:
            gateway.close()
        mart = Mart(Path(place) / "w")
        try:
            return planning_package(mart, AS_OF, forecast=Forecast.LAST_YEAR_SAME_WEEKS, finances=True)[0]
        finally:
            mart.close()


def _chain_tables(items: int) -> dict[str, pl.DataFrame]:
    """A synthetic chain with financial tables that follow from its costs."""
    with tempfile.TemporaryDirectory() as place:
        maker = SHARED / "tools" / "make_chain.py"
        subprocess.run(
            [sys.executable, str(maker), "--items", str(items), "--out", place], check=True, capture_output=True
        )
        tables = {file.stem: pl.read_parquet(file) for file in sorted(Path(place).glob("*.parquet"))}
    rules = posting_rules()
    roles = sorted({*rules["role"], "inventory_raw", "inventory_finished"} - {"$inventory"})
    classes = {"bank": "asset", "trade_receivable": "asset", "inventory_raw": "asset", "inventory_finished": "asset",
               "vat_input": "asset", "work_in_process": "cost", "trade_payable": "liability", "vat_output": "liability",
               "goods_received_not_invoiced": "liability", "opening_balance": "equity", "revenue": "income"}  # fmt: skip
    return tables | {
        "posting_rules": rules,
        "roles": pl.DataFrame(
            {
                "role": roles,
                "class": [classes.get(role, "expense") for role in roles],
                "cash": [role == "bank" for role in roles],
            }
        ),
        "prices": tables["items"].select(
            "item", (pl.col("unit_cost").cast(pl.Float64) * 1.4).round(2).alias("unit_price")
        ),
        "terms": pl.DataFrame({"side": ["customer", "supplier"], "payment_days": [30, 45]}),
        "tax": pl.DataFrame({"side": ["output", "input"], "rate": ["0.13", "0.13"]}),
    }


def every_kind(base: Base, count: int) -> list[Scenario]:
    """So many scenarios of every kind that the company has something for, all of which can be applied."""
    package, start = base.package, base.package.parameters.plan_start
    suppliers = package.table("sources")["supplier"].drop_nulls().unique().sort().to_list()
    resources = package.table("resources")["resource"].to_list()
    found: list[Scenario] = []
    number = 0
    while len(found) < count:
        step, period = number + 1, {"from_on": start + 7 * (number % 8), "to_on": start + 7 * (number % 8) + 21}
        patches = [
            Patch("demand", operation="factor", value=str(1 + step / 100)),
            Patch("lead_time", operation="add", value=str(step % 20)),
            Patch("policy", column="safety_stock", operation="factor", value=str(1 + step / 50)),
            Patch("price", operation="factor", value=str(1 - step / 200)),
            Patch("cost", operation="factor", value=str(1 + step / 200)),
        ]
        if suppliers:
            patches.append(Patch("supplier_out", supplier=suppliers[number % len(suppliers)], **period))
        if resources:
            patches.append(Patch("machine_down", resource=resources[number % len(resources)], **period))
        offered = [Scenario(f"{patch.kind} {step}", (patch,)) for patch in patches]
        fit = refuse_unfit(offered, base, Findings())
        assert fit, "none of the scenarios can be applied"
        found += fit
        number += 1
    return found[:count]
