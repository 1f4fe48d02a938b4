"""Handlers of the plan desk."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.planning_desk.basis import Basis, present_basis
from app.modules.planning_desk.plan_files import planned_orders
from app.modules.planning_desk.plants import MAIN, lines_served, made_for
from app.modules.planning_desk.reasons import why_bought
from app.modules.production.handlers import create_production_order
from app.modules.purchasing.handlers import create_purchase_order
from app.modules.purchasing.requisitions import create_purchase_requisition
from schemas.commands import planning_desk as commands
from schemas.commands.production import CreateProductionOrder
from schemas.commands.purchasing import CreatePurchaseRequisition, RequisitionLine
from schemas.commands.trade import CreatePurchaseOrder, OrderLine
from schemas.operational import master_data
from schemas.operational import planning_desk as tables
from schemas.vocabulary.numbers import rounded_up

_INBOX = "plan:"


@handles(commands.RecordPlanRun, permission="planning.run.write")
def record_plan_run(ctx: Context, data: commands.RecordPlanRun) -> Outcome:
    """Record a plan run, what it rests on, and bring its alerts to the people responsible."""
    run = ctx.uow.insert(
        tables.plan_run,
        **data.model_dump(exclude={"summary", "versions", "alerts"}),
        summary=json.dumps(data.summary, sort_keys=True, default=str),
        versions=json.dumps(data.versions, sort_keys=True),
        created_by=ctx.principal.user_id,
        created_at=ctx.now,
    )
    for item_id, basis in sorted(present_basis(ctx.uow.connection).items()):
        ctx.uow.insert(tables.plan_basis, plan_run_id=run.id, item_id=item_id, **vars(basis))
    _bring_alerts(ctx, data.alerts)
    return Outcome("receipt.planned", run, {"alerts": len(data.alerts)})


def _bring_alerts(ctx: Context, alerts: list[commands.PlanAlert]) -> None:
    """One inbox item for each kind of alert of an item, the earliest day first; what is no more alerted is done."""
    grouped: dict[tuple[str, str], list[commands.PlanAlert]] = defaultdict(list)
    for alert in alerts:
        grouped[(alert.alert, alert.item)].append(alert)
    kept: set[str] = set()
    for (kind, code), found in sorted(grouped.items()):
        first = min(found, key=lambda alert: (alert.on or date.max, alert.order or ""))
        item = ctx.uow.one(master_data.item, "code", code)
        if item is None:
            continue
        source = f"{_INBOX}{kind}:{code}"
        kept.add(source)
        put_into_inbox(
            ctx,
            source=source,
            kind=kind,
            severity=first.severity,
            facts={
                "item": code,
                "name": item.name,
                "count": len(found),
                "order": first.order,
                "quantity": first.quantity,
                "cause": first.cause,
            },
            role=None if item.planner_id else "planner",
            user_id=item.planner_id,
            due_on=first.on,
            item_id=item.id,
        )
    close_inbox(ctx, _INBOX, keep=kept)


@handles(commands.ReleasePlannedOrders, permission="planning.release.write")
def release_planned_orders(ctx: Context, data: commands.ReleasePlannedOrders) -> Outcome:
    """Release chosen lines of a run. Lines that are stale, released already or unknown come back as conflicts."""
    found = ctx.uow.connection.execute(
        select(tables.plan_run.c.id).where(tables.plan_run.c.number == data.plan_run)
    ).scalar()
    run = ctx.uow.need(tables.plan_run, found or 0, what="plan_run")
    chosen = planned_orders(ctx.folder, run.plan_hash, data.planned_orders)
    released = {row.planned_order for row in ctx.uow.where(tables.plan_release, "plan_run_id", run.id)}
    conflicts: list[dict[str, Any]] = []
    fresh: list[tuple[dict[str, Any], Row]] = []
    items = {
        code: ctx.uow.one(master_data.item, "code", code) for code in sorted({row["item"] for row in chosen.values()})
    }
    before = {
        row.item_id: Basis(row.on_hand, row.open_supply, row.open_demand, row.item_version)
        for row in ctx.uow.where(tables.plan_basis, "plan_run_id", run.id)
    }
    ctx.caused_by = f"plan_run:{run.number}"
    now = present_basis(
        ctx.uow.connection, [row.id for row in items.values() if row is not None], but_for=ctx.caused_by
    )
    for name in dict.fromkeys(data.planned_orders):
        line = chosen.get(name)
        item = items.get(line["item"]) if line is not None else None
        if line is None or item is None:
            conflicts.append({"planned_order": name, "conflict": "unknown"})
        elif name in released:
            conflicts.append({"planned_order": name, "conflict": "released"})
        elif line["kind"] == "transfer":
            conflicts.append({"planned_order": name, "conflict": "transfer"})
        elif changed := before.get(item.id, Basis()).differs_from(now.get(item.id, Basis())):
            conflicts.append({"planned_order": name, "conflict": "stale", "changed": changed})
        else:
            fresh.append((line, item))
    documents = _make_documents(ctx, run, fresh, buy_as=data.buy_as)
    if not documents:
        raise Refused("nothing_released", plan=data.plan_run, conflicts=len(conflicts), first=_described(conflicts[0]))
    return Outcome(
        "receipt.released",
        values={"documents": len(documents), "lines": len(fresh), "conflicts": len(conflicts)},
        data={"documents": [row.id for row in documents], "conflicts": conflicts},
    )


def _described(conflict: dict[str, Any]) -> str:
    return f"{conflict['planned_order']}: {conflict['conflict']}"


def _make_documents(ctx: Context, run: Row, lines: list[tuple[dict[str, Any], Row]], *, buy_as: str) -> list[Row]:
    """One production order a line; one purchase order a supplier and order date, or one requisition for all that is bought.

    What a supplier makes of our components is planned as made, and bought from him.
    """
    documents: list[Row] = []
    lines = [(_as_bought(ctx, line, item), item) for line, item in lines]
    away = [line["planned_order"] for line, _ in lines if line["kind"] == "make" and line["location"] != MAIN]
    served = lines_served(ctx.folder, run.plan_hash, away)
    buying: dict[tuple[str, date], list[tuple[dict[str, Any], Row]]] = defaultdict(list)
    for line, item in lines:
        if line["kind"] == "make":
            order = create_production_order(
                ctx,
                CreateProductionOrder(
                    item=item.code,
                    quantity=_whole(ctx, item, line["quantity"]),
                    start_on=line["release_on"],
                    due_on=line["due_on"],
                    **made_for(line, served),
                ),
            ).document
            assert order is not None
            documents.append(order)
            _remember(ctx, run, line, order)
        elif buy_as == "purchase_order":
            buying[(line["supplier"] or _first_supplier(ctx, item), line["release_on"])].append((line, item))
    bought = [(line, item) for line, item in lines if line["kind"] != "make"]
    if bought and buy_as == "purchase_requisition":
        documents.append(_requisition(ctx, run, bought))
    for (supplier, _), bought in sorted(buying.items()):
        order_lines = [
            OrderLine(item=item.code, quantity=_whole(ctx, item, line["quantity"]), due_on=line["due_on"])
            for line, item in bought
        ]
        order = create_purchase_order(ctx, CreatePurchaseOrder(supplier=supplier, lines=order_lines)).document
        assert order is not None
        documents.append(order)
        for line, _item in bought:
            _remember(ctx, run, line, order)
    return documents


def _as_bought(ctx: Context, line: dict[str, Any], item: Row) -> dict[str, Any]:
    """A line as it is planned, or as bought from the supplier who makes the item of our components before others."""
    best = _best_terms(ctx, item)
    if line["kind"] != "make" or best is None or not best.components_provided:
        return line
    return {**line, "kind": "buy", "supplier": ctx.uow.need(master_data.party, best.supplier_id).code}


def _requisition(ctx: Context, run: Row, bought: list[tuple[dict[str, Any], Row]]) -> Row:
    """One requisition for planned purchases, each line with the demands that the plan pegs to it."""
    reasons = why_bought(ctx.folder, run.plan_hash, [line for line, _ in bought], ctx.company.language)
    lines = [
        RequisitionLine(
            item=item.code,
            quantity=_whole(ctx, item, line["quantity"]),
            needed_by=line["due_on"],
            supplier=line["supplier"],
            reason=reasons[line["planned_order"]],
        )
        for line, item in bought
    ]
    requisition = create_purchase_requisition(ctx, CreatePurchaseRequisition(lines=lines)).document
    assert requisition is not None
    for line, _item in bought:
        _remember(ctx, run, line, requisition)
    return requisition


def _remember(ctx: Context, run: Row, line: dict[str, Any], order: Row) -> None:
    ctx.uow.insert(tables.plan_release, plan_run_id=run.id, planned_order=line["planned_order"], document_id=order.id)


def _whole(ctx: Context, item: Row, quantity: Decimal) -> Decimal:
    return rounded_up(Decimal(quantity), ctx.uow.need(master_data.unit, item.unit_id).decimals)


def _first_supplier(ctx: Context, item: Row) -> str:
    best = _best_terms(ctx, item)
    if best is None:
        raise Refused("supplier_missing", item=item.code)
    return ctx.uow.need(master_data.party, best.supplier_id).code


def _best_terms(ctx: Context, item: Row) -> Row | None:
    terms = [row for row in ctx.uow.where(master_data.supplier_item, "item_id", item.id) if row.active]
    return min(terms, key=lambda row: (row.priority, row.id), default=None)


@handles(commands.DecideQuarantine, permission="planning.quarantine.write")
def decide_quarantine(ctx: Context, data: commands.DecideQuarantine) -> Outcome:
    """Decide whether a quarantined row may enter the marts."""
    ctx.uow.insert(
        tables.quarantine_decision, **data.model_dump(), decided_by=ctx.principal.user_id, decided_at=ctx.now
    )
    return Outcome("receipt.changed", values={"what": "quarantine", "code": data.row_key})
