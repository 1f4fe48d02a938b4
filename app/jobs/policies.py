"""Proposes inventory policies for the company: refreshes the warehouse with the whole gate, builds the package and the histories,
proposes, draws the curves of service against cost, and records the run. Nothing changes until a person accepts lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

import planning
from app.jobs.run_records import gated_mart, record_run
from app.jobs.steps import POLICY_STEPS
from app.kernel.access import Principal
from app.kernel.bus import Receipt
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.jobs import Claim
from app.modules.planning_desk.plan_files import keep_files
from pipelines.serving.histories import receipt_history, usage_history
from pipelines.serving.planning_package import package_of
from planning.policies.proposals import Proposals, propose_policies
from planning.policies.service_curve import service_curve
from planning.policies.settings import PolicySettings

Tell = Callable[[str], None]


def _silent(_step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class PolicyRequest:
    """What to propose.

    Attributes:
        as_of: the first day that is not known yet.
        service_a, service_b, service_c: targets of the classes, for items that state none of their own.
        measure: `cycle` or `fill`.
        order_cost: money an order, for items without a setup cost; None: none.
    """

    as_of: date
    service_a: float = 0.98
    service_b: float = 0.95
    service_c: float = 0.90
    measure: str = "cycle"
    order_cost: float | None = None


@dataclass(frozen=True)
class PolicyOutcome:
    """A recorded run and what it says."""

    receipt: Receipt
    summary: dict[str, Any]


def propose_for_company(
    gateway: Gateway, request: PolicyRequest, principal: Principal, *, tell: Tell = _silent
) -> PolicyOutcome:
    """Propose policies for every item with a history of demand and record the run.

    Args:
        gateway: the store.
        request: what to propose.
        principal: who asks.
        tell: is told the name of each of `POLICY_STEPS` as it begins.

    Raises:
        Refused: a setting is outside its range, a gate refuses the data, or no item has history enough.
    """
    settings = _settings(request)
    tell("refresh")
    with gated_mart(gateway) as mart:
        tell("package")
        with mart.pinned() as reader:
            tables = _as_stated(package_of(reader, request.as_of))
            demand, receipts = usage_history(reader, request.as_of), receipt_history(reader, request.as_of)
            versions = reader.select("select code as item, version::bigint as item_version from raw.item order by code")
            position = reader.version.position
    tell("propose")
    package = planning.read_package(tables)
    proposals = propose_policies(package, demand, receipts, settings)
    if proposals.policies.is_empty():
        raise Refused("no_policies", day=request.as_of.isoformat())
    tell("curve")
    curves = service_curve(proposals)
    made = {
        "policies": _with_basis(proposals, tables, versions),
        "notes": proposals.notes,
        "rejects": proposals.rejects,
        "curve_items": curves.items,
        "curve_company": curves.company,
    }
    tell("record")
    digest = keep_files(
        gateway.store.folder, lambda aside: _write(aside, made), {"demand_history": demand, "receipt_history": receipts}
    )
    summary = _summary(proposals)
    data = {
        "as_of": request.as_of,
        "feed_position": position,
        "policy_hash": digest,
        "settings": {name: value for name, value in asdict(request).items() if name != "as_of"},
        "summary": summary,
        "versions": {name: version(name) for name in ("numpy", "polars", "scipy")},
    }
    return PolicyOutcome(record_run(gateway, "record_policy_run", data, principal), summary)


def _as_stated(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Costs of nought say that nobody has stated one: the supplier's price, or the setting of the run, stands in for them."""
    stated = [pl.when(pl.col(name) > 0).then(name).alias(name) for name in ("unit_cost", "setup_cost")]
    return {**tables, "items": tables["items"].with_columns(stated)}


def _settings(request: PolicyRequest) -> PolicySettings:
    targets = {"A": request.service_a, "B": request.service_b, "C": request.service_c}
    try:
        return PolicySettings(
            service_measure=request.measure,  # pyright: ignore[reportArgumentType]
            service_by_class=targets,
            order_cost=request.order_cost,
        )
    except ValueError as error:
        raise Refused("policy_settings", reason=str(error)) from error


def _with_basis(proposals: Proposals, tables: dict[str, pl.DataFrame], versions: pl.DataFrame) -> pl.DataFrame:
    """The proposals with what accepting them rests on: the item's version and decimals, the typed lead time and its supplier."""
    first = (
        tables["sources"]
        .sort("priority", maintain_order=True)
        .unique(["item", "location"], keep="first", maintain_order=True)
        .select(
            "item",
            "location",
            pl.col("supplier").alias("lead_time_supplier"),
            pl.col("lead_time_days").alias("of_source"),
        )
    )
    typed = tables["items"].select("item", "decimals", pl.col("lead_time_days").alias("of_item"))
    return (
        proposals.policies.join(versions, on="item", how="left", maintain_order="left")
        .join(typed, on="item", how="left", maintain_order="left")
        .join(first, on=["item", "location"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("of_source", "of_item").alias("current_lead_time_days"))
        .drop("of_source", "of_item")
    )


def _write(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    folder.mkdir(parents=True)
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def _summary(proposals: Proposals) -> dict[str, Any]:
    policies, outlying = proposals.policies, proposals.rejects["reason"].str.starts_with("outlier")
    return {
        "proposals": policies.height,
        "classes": dict(sorted(Counter(policies["abc"].to_list()).items())),
        "patterns": dict(sorted(Counter(policies["pattern"].to_list()).items())),
        "learned_lead_times": int((policies["lead_time_source"] == "receipts").sum()),
        "notes": dict(sorted(Counter(proposals.notes["note"].to_list()).items())),
        "outliers": int(outlying.sum()),
        "rejects": int((~outlying).sum()),
    }


def policy_job(gateway: Gateway, claim: Claim, principal: Principal) -> str:
    """Propose policies as a background job that reports each step as it begins."""
    payload = claim.payload
    names = ("service_a", "service_b", "service_c", "measure", "order_cost")
    request = PolicyRequest(
        as_of=date.fromisoformat(payload.get("as_of") or gateway.clock.today().isoformat()),
        **{name: payload[name] for name in names if payload.get(name) is not None},
    )
    outcome = propose_for_company(
        gateway,
        request,
        principal,
        tell=lambda step: claim.report(POLICY_STEPS.index(step), len(POLICY_STEPS), message=step),
    )
    claim.report(len(POLICY_STEPS), len(POLICY_STEPS), message=POLICY_STEPS[-1])
    return outcome.receipt.number or ""
