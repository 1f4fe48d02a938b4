"""Queries of inventory policies: runs from the store; proposals, notes and curves from the files that were recorded with a run."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, Paged, Text, rows_of
from app.modules.planning_desk.plan_files import plan_scan
from app.modules.planning_desk.policies import learned_days
from app.modules.planning_desk.queries import PlanNumber, chunks, holds, items_named
from app.modules.planning_desk.runs import jobs_of, run_of
from schemas.operational import inventory_policies as tables
from schemas.operational import kernel, master_data

_READ: Final = "planning.policy.read"
_COST: Final = "inventory.cost.read"
_COST_COLUMNS: Final = (
    "unit_cost",
    "order_cost",
    "yearly_usage_value",
    "yearly_unit_holding_cost",
    "yearly_order_cost",
    "yearly_holding_cost",
    "yearly_cost",
    "value_change",
    "yearly_cost_change",
    "stock_value",
    "yearly_demand_value",
)


class ProposalList(Paged):
    """Which proposals of a run: by class, and only those that would change the item."""

    policy_run: PlanNumber | None = None
    abc: Literal["A", "B", "C"] | None = None
    xyz: Literal["X", "Y", "Z"] | None = None
    changed_only: bool = False


class OneProposal(Arguments):
    """One proposal of a run."""

    policy_run: PlanNumber | None = None
    item: Text
    location: Text = "MAIN"


class OnePolicyRun(Arguments):
    """Which run; the newest where none is named."""

    policy_run: PlanNumber | None = None


class NoteList(Paged):
    """Which notes of a run, of all items or of one."""

    policy_run: PlanNumber | None = None
    item: Text | None = None


class AcceptanceList(Paged):
    """Which acceptances: of one run, of one item, or all."""

    policy_run: PlanNumber | None = None
    item: Text | None = None


@answers(Paged, permission=_READ)
def policy_runs(connection: Connection, asked: Paged, _principal: Principal) -> list[dict[str, Any]]:
    """Runs of proposals for inventory policies, the newest first, with the settings that made them."""
    run, user = tables.policy_run, kernel.user_account
    query = (
        select(run, user.c.name.label("created_by_name"))
        .outerjoin(user, user.c.id == run.c.created_by)
        .order_by(run.c.id.desc())
    )
    rows = rows_of(connection, query.limit(asked.limit).offset(asked.offset))
    for row in rows:
        row.update({name: json.loads(row[name]) for name in ("settings", "summary", "versions")})
    return rows


@answers(Nothing, permission=_READ)
def policy_jobs(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Proposals that were asked for lately, the newest first: waiting, running, done or failed."""
    return jobs_of(connection, "policies")


@answers(ProposalList, permission=_READ, reads_files=True)
def policy_proposals(
    connection: Connection, asked: ProposalList, principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """Proposals of a run, the largest use first: what stands now, what is proposed, what it costs, and what it rests on."""
    run = run_of(connection, tables.policy_run, asked.policy_run)
    found = plan_scan(folder, run.policy_hash, "policies").collect()
    names = items_named(connection, set(found["item"]))
    for column in ("name", "name_zh", "unit_code"):
        label = column if column == "unit_code" else f"item_{column}"
        found = found.with_columns(
            pl.Series(label, [names.get(code, {}).get(column) for code in found["item"]], dtype=pl.String)
        )
    more = pl.col("safety_stock") - pl.col("current_safety_stock").fill_null(0)
    found = found.with_columns(
        more.alias("safety_stock_change"),
        (more.cast(pl.Float64) * pl.col("unit_cost").cast(pl.Float64)).alias("value_change"),
        (more.cast(pl.Float64) * pl.col("yearly_unit_holding_cost")).alias("yearly_cost_change"),
    )
    for column in ("abc", "xyz"):
        if (value := getattr(asked, column)) is not None:
            found = found.filter(pl.col(column) == value)
    if asked.changed_only:
        found = found.filter(pl.col("safety_stock_change") != 0)
    if asked.search:
        found = found.filter(holds(asked.search, "item", "location", "item_name", "item_name_zh"))
    ordered = found.sort("yearly_usage_value", "item", "location", descending=[True, False, False])
    rows = ordered.slice(asked.offset, asked.limit).to_dicts()
    versions = _versions(connection, {row["item"] for row in rows})
    accepted = _accepted(connection, run.id)
    for row in rows:
        version = versions.get(row["item"])
        row["item_id"] = names.get(row["item"], {}).get("id")
        row["lead_time_days_learned"] = learned_days(row)
        stale = version != row["item_version"]
        row["state"] = "accepted" if row["item"] in accepted else "changed" if stale else "proposed"
    return [_plain(row, principal) for row in rows]


@answers(NoteList, permission=_READ, reads_files=True)
def policy_notes(connection: Connection, asked: NoteList, _principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """What is missing or assumed for items, by name."""
    run = run_of(connection, tables.policy_run, asked.policy_run)
    notes = plan_scan(folder, run.policy_hash, "notes")
    if asked.item is not None:
        notes = notes.filter(pl.col("item") == asked.item)
    if asked.search:
        notes = notes.filter(holds(asked.search, "item", "note"))
    shown = notes.select("item", "location", "note", "value")
    return shown.slice(asked.offset, asked.limit).collect().to_dicts()


@answers(OneProposal, permission=_READ, reads_files=True)
def policy_item_curve(
    connection: Connection, asked: OneProposal, principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What service costs for one item: safety stock, expected stock and its cost at each target."""
    run = run_of(connection, tables.policy_run, asked.policy_run)
    curve = plan_scan(folder, run.policy_hash, "curve_items").filter(
        pl.col("item") == asked.item, pl.col("location") == asked.location
    )
    return [_plain(row, principal) for row in curve.sort("service_target").collect().to_dicts()]


@answers(OnePolicyRun, permission=_COST, reads_files=True)
def policy_company_curve(
    connection: Connection, asked: OnePolicyRun, principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What service costs for the company: stock value against the share of demand that is met at once, by two rules."""
    run = run_of(connection, tables.policy_run, asked.policy_run)
    return [_plain(row, principal) for row in plan_scan(folder, run.policy_hash, "curve_company").collect().to_dicts()]


@answers(AcceptanceList, permission=_READ)
def policy_acceptances(connection: Connection, asked: AcceptanceList, _principal: Principal) -> list[dict[str, Any]]:
    """What was accepted of proposals, the last first: the parameters of each item before and after, by whom and when."""
    acceptance, run, item, user = tables.policy_acceptance, tables.policy_run, master_data.item, kernel.user_account
    values = ("safety_stock", "reorder_point", "lead_time_days")
    query = (
        select(
            run.c.number.label("policy_run"),
            item.c.id.label("item_id"),
            item.c.code.label("item"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            acceptance.c.service_target,
            *(acceptance.c[f"{name}_{when}"] for name in values for when in ("before", "after")),
            acceptance.c.accepted_at,
            user.c.name.label("accepted_by_name"),
        )
        .join(run, run.c.id == acceptance.c.policy_run_id)
        .join(item, item.c.id == acceptance.c.item_id)
        .outerjoin(user, user.c.id == acceptance.c.accepted_by)
        .order_by(acceptance.c.id.desc())
    )
    if asked.policy_run is not None:
        query = query.where(run.c.number == asked.policy_run)
    if asked.item is not None:
        query = query.where(item.c.code == asked.item)
    return rows_of(connection, query.limit(asked.limit).offset(asked.offset))


def _plain(row: dict[str, Any], principal: Principal) -> dict[str, Any]:
    """A row with floats as decimals, and what things cost only for those who may read costs."""
    hidden = () if principal.may(_COST) else _COST_COLUMNS
    return {
        name: None if name in hidden else Decimal(str(round(value, 4))) if isinstance(value, float) else value
        for name, value in row.items()
    }


def _versions(connection: Connection, codes: set[str]) -> dict[str, int]:
    item = master_data.item
    query = select(item.c.code, item.c.version)
    return {
        row.code: row.version
        for chunk in chunks(codes)
        for row in connection.execute(query.where(item.c.code.in_(chunk)))
    }


def _accepted(connection: Connection, run_id: int) -> set[str]:
    acceptance, item = tables.policy_acceptance, master_data.item
    query = select(item.c.code).join(acceptance, acceptance.c.item_id == item.c.id)
    return set(connection.execute(query.where(acceptance.c.policy_run_id == run_id)).scalars())


QUERIES: Final[tuple[Query, ...]] = (
    policy_runs,
    policy_jobs,
    policy_proposals,
    policy_notes,
    policy_item_curve,
    policy_company_curve,
    policy_acceptances,
)
