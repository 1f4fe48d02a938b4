"""The way of the imported company after its books: warehouse with the whole gate, plan, release, and statements that tie out.

The slice's test and the benchmark of the whole walk it alike. The forecast is what was ordered in the same weeks of last year.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.jobs.planning import PlanRequest, plan_company
from app.jobs.verify import verify
from app.jobs.warehouse import refresh_store, warehouse_folder
from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import Forecast


@dataclass
class Walked:
    """What the way showed.

    Attributes:
        seconds: of each part.
        quarantined: rows that the gates held back.
        plan: the summary of the recorded run.
        released: released lines by the kind of document they became.
        conflicts: lines that came back.
        repeated: what releasing the same lines again says.
        statements: key figures of the statements in book currency.
        findings: broken invariants at the end.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    quarantined: int = 0
    plan: dict[str, Any] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    repeated: str = ""
    statements: dict[str, Decimal] = field(default_factory=dict)
    findings: list[Any] = field(default_factory=list)


def walk(gateway: Gateway, last_day: date, *, lines: int = 10) -> Walked:
    """Refresh, plan, release and state.

    Args:
        gateway: the store with the imported company.
        last_day: the last day that was booked; the plan begins on the next.
        lines: planned orders of each kind to release.
    """
    walked = Walked()

    def part(name: str, began: float) -> None:
        walked.seconds[name] = round(time.perf_counter() - began, 1)

    began = time.perf_counter()
    report = refresh_store(gateway.store, full=True, whole_gate=True)
    assert report.outcome == "published", report
    walked.quarantined = report.quarantined
    part("refresh with the whole gate", began)
    began = time.perf_counter()
    request = PlanRequest(as_of=last_day + timedelta(days=1), forecast=Forecast.LAST_YEAR_SAME_WEEKS)
    outcome = plan_company(gateway, request, SYSTEM)
    walked.plan = outcome.summary
    part("plan, checked and recorded", began)
    began = time.perf_counter()
    _release(gateway, outcome.receipt.number or "", lines, walked)
    part("release", began)
    began = time.perf_counter()
    assert refresh_store(gateway.store).outcome == "published"
    part("refresh after the release", began)
    began = time.perf_counter()
    walked.statements = _statements(gateway, last_day)
    part("statements", began)
    walked.findings = list(verify(gateway).findings)
    return walked


def _release(gateway: Gateway, run: str, lines: int, walked: Walked) -> None:
    """Release the earliest lines of each kind into documents, and try the same lines again."""
    chosen: list[str] = []
    for kind in ("make", "buy"):
        rows = gateway.query("planned_orders", {"plan_run": run, "kind": kind, "limit": lines}, principal=SYSTEM)
        chosen += [row["planned_order"] for row in rows]
    data = {"plan_run": run, "planned_orders": chosen}
    receipt = gateway.submit("release_planned_orders", data, command_id=new_command_id(), principal=SYSTEM)
    assert receipt.status == "done", receipt
    walked.conflicts = len(receipt.data["conflicts"])
    for row in gateway.query("plan_releases", {"plan_run": run}, principal=SYSTEM):
        walked.released[row["kind"]] = walked.released.get(row["kind"], 0) + 1
    again = gateway.submit("release_planned_orders", data, command_id=new_command_id(), principal=SYSTEM)
    walked.repeated = again.message_key


def _statements(gateway: Gateway, last_day: date) -> dict[str, Decimal]:
    """Key figures of the statements of the last fiscal year, and of the ledger that they must agree with."""
    first = date(last_day.year, 1, 1)
    mart = Mart(warehouse_folder(gateway.store.address))
    try:
        sheet = {row["key"]: row["amount"] for row in mart.query("balance_sheet", as_of=last_day)}
        before = {row["key"]: row["amount"] for row in mart.query("balance_sheet", as_of=first - timedelta(days=1))}
        income = {row["key"]: row["amount"] for row in mart.query("income_statement", from_on=first, to_on=last_day)}
        stock = sum((row["value"] for row in mart.query("stock_value")), Decimal(0))
    finally:
        mart.close()
    return {
        "total assets": sheet["total_assets"],
        "total liabilities and equity": sheet["total_liabilities_and_equity"],
        "profit of the year": income["net_profit"],
        "change of retained earnings": sheet["retained_earnings"] - before["retained_earnings"],
        "revenue of the year": income["revenue"],
        "value of stock": stock,
    }
