"""Handlers of inventory policies: a run is recorded once; lines are accepted through the commands that people give themselves.

A line is stale when its item, or the supplier's terms that its lead time stands in, have changed since the run: it comes back
as a conflict and is not applied, as a stale line of a plan is not released. The item's own form changes a parameter back.
"""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

import polars as pl

from app.kernel.bus import Context, Outcome, handles, within
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.handlers import put_item
from app.modules.planning_desk.plan_files import checked_table
from app.modules.purchasing.policies import accept_lead_time
from schemas.commands import inventory_policies as commands
from schemas.commands.master_data import PutItem
from schemas.commands.purchasing import AcceptLeadTime
from schemas.operational import inventory_policies as tables
from schemas.operational import master_data
from schemas.vocabulary.numbers import ZERO, rounded_up

_Values = dict[str, Decimal | None]
SAFETY_STOCK: Final = "safety_stock"
REORDER_POINT: Final = "reorder_point"
LEAD_TIME: Final = "lead_time_days"


@handles(commands.RecordPolicyRun, permission="planning.policy.write")
def record_policy_run(ctx: Context, data: commands.RecordPolicyRun) -> Outcome:
    """Record proposals for inventory policies and what they rest on."""
    run = ctx.uow.insert(
        tables.policy_run,
        **data.model_dump(exclude={"settings", "summary", "versions"}),
        settings=json.dumps(data.settings, sort_keys=True, default=str),
        summary=json.dumps(data.summary, sort_keys=True, default=str),
        versions=json.dumps(data.versions, sort_keys=True),
        created_by=ctx.principal.user_id,
        created_at=ctx.now,
    )
    return Outcome("receipt.policies", run, {"items": data.summary.get("proposals", 0)})


@handles(commands.AcceptPolicies, permission="planning.policy.accept")
def accept_policies(ctx: Context, data: commands.AcceptPolicies) -> Outcome:
    """Put chosen proposals into the items' planning parameters. Stale, accepted and unknown lines come back as conflicts."""
    run = ctx.uow.one(tables.policy_run, "number", data.policy_run, lock=True)
    if run is None:
        raise Refused("not_found", what="policy_run", value=data.policy_run)
    proposed = checked_table(ctx.folder, run.policy_hash, "policies")
    by_place = {(row["item"], row["location"]): row for row in proposed.iter_rows(named=True)}
    several = set(proposed.filter(pl.col("item").is_duplicated())["item"])
    accepted = {row.item_id for row in ctx.uow.where(tables.policy_acceptance, "policy_run_id", run.id)}
    ctx.caused_by = f"policy_run:{run.number}"
    conflicts: list[dict[str, Any]] = []
    count = 0
    for line in {(line.item, line.location): line for line in data.lines}.values():
        row = by_place.get((line.item, line.location))
        item = ctx.uow.one(master_data.item, "code", line.item, lock=True)
        if row is None or item is None:
            conflicts.append({"item": line.item, "conflict": "unknown"})
        elif line.item in several:
            conflicts.append({"item": line.item, "conflict": "several_locations"})
        elif item.id in accepted:
            conflicts.append({"item": line.item, "conflict": "accepted"})
        elif item.version != row["item_version"] or _other_terms(ctx, item, row):
            conflicts.append({"item": line.item, "conflict": "stale"})
        else:
            _accept(ctx, run, item, _at_target(ctx, run, row, line.service_target), set(data.parameters))
            count += 1
    if not count:
        first = f"{conflicts[0]['item']}: {conflicts[0]['conflict']}"
        raise Refused("nothing_accepted", run=run.number, conflicts=len(conflicts), first=first)
    return Outcome(
        "receipt.policies_accepted",
        values={"lines": count, "conflicts": len(conflicts)},
        data={"conflicts": conflicts},
    )


def _other_terms(ctx: Context, item: Row, proposal: dict[str, Any]) -> bool:
    """Whether the terms that the typed lead time stood in say something else now."""
    if proposal["lead_time_supplier"] is None:
        return False
    terms = _terms(ctx, item, proposal["lead_time_supplier"])
    return terms is None or terms.lead_time_days != proposal["current_lead_time_days"]


def _terms(ctx: Context, item: Row, supplier: str) -> Row | None:
    party = ctx.uow.one(master_data.party, "code", supplier)
    rows = ctx.uow.where(master_data.supplier_item, "item_id", item.id, lock=True)
    return next((row for row in rows if party is not None and row.supplier_id == party.id), None)


def _at_target(ctx: Context, run: Row, proposal: dict[str, Any], target: Decimal | None) -> dict[str, Any]:
    """The proposal at the target that is wanted, levels from the run's curve.

    Raises:
        Refused: the curve has no such target.
    """
    if target is None:
        return proposal
    curve = checked_table(ctx.folder, run.policy_hash, "curve_items").filter(
        pl.col("item") == proposal["item"],
        pl.col("location") == proposal["location"],
        (pl.col("service_target") - float(target)).abs() < 1e-9,
    )
    if curve.is_empty():
        raise Refused("no_such_target", item=proposal["item"], target=format(target, "f"), run=run.number)
    point = curve.row(0, named=True)
    decimals = proposal["decimals"]
    return {
        **proposal,
        "service_target": float(target),
        SAFETY_STOCK: rounded_up(Decimal(str(round(point["safety_stock"], 6))), decimals),
        REORDER_POINT: rounded_up(Decimal(str(round(point["level"], 6))), decimals),
    }


def _accept(ctx: Context, run: Row, item: Row, proposal: dict[str, Any], wanted: set[str]) -> None:
    """Give the commands that change the item and its terms, and remember what they said before."""
    before: _Values = {}
    after: _Values = {}
    for name in (SAFETY_STOCK, REORDER_POINT):
        if name in wanted and proposal[name] is not None:
            before[name], after[name] = item[name], proposal[name]
    lead_time = learned_days(proposal)
    supplier = proposal["lead_time_supplier"]
    if LEAD_TIME in wanted and lead_time is not None:
        before[LEAD_TIME], after[LEAD_TIME] = proposal["current_lead_time_days"], lead_time
        if supplier is not None:
            within(ctx, accept_lead_time, AcceptLeadTime(supplier=supplier, item=item.code, lead_time_days=lead_time))
    of_item = {name: value for name, value in after.items() if name != LEAD_TIME or supplier is None}
    if of_item:
        within(ctx, put_item, PutItem.model_validate({"code": item.code, **of_item}))
    ctx.uow.insert(
        tables.policy_acceptance,
        policy_run_id=run.id,
        item_id=item.id,
        location_code=proposal["location"],
        service_target=Decimal(str(round(proposal["service_target"], 4))),
        **{f"{name}_before": value for name, value in before.items()},
        **{f"{name}_after": value for name, value in after.items()},
        accepted_by=ctx.principal.user_id,
        accepted_at=ctx.now,
    )


def learned_days(proposal: dict[str, Any]) -> Decimal | None:
    """The planned lead time that receipts teach: their mean in whole days, since safety stock covers what lies around it.

    None where receipts were too few to learn from.

    >>> learned_days({"lead_time_source": "receipts", "lead_time_days_mean": 6.2})
    Decimal('7')
    """
    if proposal["lead_time_source"] != "receipts":
        return None
    return max(Decimal(str(round(proposal["lead_time_days_mean"], 6))), ZERO).to_integral_value(ROUND_CEILING)
