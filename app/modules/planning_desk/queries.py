"""Queries of the plan desk: runs from the store, and the tables of a run from the files that were recorded with it.

A run's tables are read lazily with the filter pushed into the file, so that one item of a plan of a million orders costs one
item. What a line is worth is shown to those who may read costs; whether it still holds is decided against the store of now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import polars as pl
from pydantic import Field
from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, Paged, Text, rows_of
from app.modules.planning_desk.basis import Basis, present_basis
from app.modules.planning_desk.pegging import down_from, up_from
from app.modules.planning_desk.plan_files import package_scan, plan_scan
from app.modules.planning_desk.runs import jobs_of, run_of
from schemas.operational import documents, kernel, master_data
from schemas.operational import planning_desk as tables
from schemas.planning import ALERT_KINDS

_READ: Final = "planning.run.read"
_COST: Final = "inventory.cost.read"
_SEVERITIES: Final = ("critical", "warning", "info")
_CHUNK: Final = 500
_WEEK: Final = 7

PlanNumber = Annotated[str, Field(max_length=64)]


class OneRun(Arguments):
    """Which run; the newest where none is named."""

    plan_run: PlanNumber | None = None


class OrderList(Paged):
    """Which planned orders of a run."""

    plan_run: PlanNumber
    item: Text | None = None
    kind: Literal["make", "buy"] | None = None
    supplier: Text | None = None
    release_until: date | None = None


class ItemOfRun(Arguments):
    """Which item of a run."""

    plan_run: PlanNumber
    item: Text


class AlertList(Paged):
    """Which alerts of a run."""

    plan_run: PlanNumber
    item: Text | None = None
    alert: Literal[ALERT_KINDS] | None = None  # pyright: ignore[reportInvalidTypeForm]
    severity: Literal["critical", "warning", "info"] | None = None


class TreeOfRun(Arguments):
    """From which end to follow the pegging: a demand down, or a supply up."""

    plan_run: PlanNumber
    demand: Text | None = None
    supply: Text | None = None


class PromiseList(Paged):
    """Which promises of a run."""

    plan_run: PlanNumber
    late_only: bool = False


def _runs() -> Any:
    user, run = kernel.user_account, tables.plan_run
    return (
        select(
            run.c.id,
            run.c.number,
            run.c.method,
            run.c.seed,
            run.c.as_of,
            run.c.feed_position,
            run.c.package_hash,
            run.c.plan_hash,
            run.c.status,
            run.c.summary,
            run.c.versions,
            run.c.created_at,
            user.c.name.label("created_by_name"),
        )
        .outerjoin(user, user.c.id == run.c.created_by)
        .order_by(run.c.id.desc())
    )


def _with_summary(row: dict[str, Any], principal: Principal) -> dict[str, Any]:
    summary = json.loads(row.pop("summary"))
    counts = summary.get("counts", {})
    row["versions"] = json.loads(row["versions"])
    row["service_level"] = _decimal(summary.get("service_level"))
    row["objective"] = _decimal(summary.get("objective")) if principal.may(_COST) else None
    for name in ("planned_orders", "alerts", "rejects"):
        row[f"{name}_count"] = counts.get(name, 0)
    return row


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@answers(Paged, permission=_READ)
def plan_runs(connection: Connection, asked: Paged, principal: Principal) -> list[dict[str, Any]]:
    """Plan runs, the newest first."""
    rows = rows_of(connection, _runs().limit(asked.limit).offset(asked.offset))
    return [_with_summary(row, principal) for row in rows]


@answers(OneRun, permission=_READ)
def plan_run_by_number(connection: Connection, asked: OneRun, principal: Principal) -> list[dict[str, Any]]:
    """One plan run, the newest where none is named."""
    query = _runs().limit(1)
    if asked.plan_run is not None:
        query = query.where(tables.plan_run.c.number == asked.plan_run)
    return [_with_summary(row, principal) for row in rows_of(connection, query)]


@answers(Nothing, permission=_READ)
def plan_jobs(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Plans that were asked for lately, the newest first: waiting, running, done or failed."""
    return jobs_of(connection, "plan")


@answers(OrderList, permission=_READ, reads_files=True)
def planned_orders(
    connection: Connection, asked: OrderList, principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """Planned orders of a run by release day: what each is worth, what became of it, and what has changed since."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    orders = plan_scan(folder, run.plan_hash, "planned_orders")
    for column in ("item", "kind", "supplier"):
        if (value := getattr(asked, column)) is not None:
            orders = orders.filter(pl.col(column) == value)
    if asked.release_until is not None:
        orders = orders.filter(pl.col("release_on") <= asked.release_until)
    if asked.search:
        orders = orders.filter(holds(asked.search, "planned_order", "supplier"))
    page = orders.sort("release_on", "planned_order").slice(asked.offset, asked.limit).collect()
    rows = page.to_dicts()
    released = _released(connection, run.id)
    items = items_named(connection, {row["item"] for row in rows})
    changed = _changes(connection, run, [item["id"] for item in items.values()])
    suppliers = _suppliers(connection, {row["supplier"] for row in rows if row["supplier"]})
    costs = _unit_costs(folder, run.plan_hash, {row["item"] for row in rows}) if principal.may(_COST) else {}
    for row in rows:
        item = items.get(row["item"], {})
        document = released.get(row["planned_order"], {})
        row.update(
            item_id=item.get("id"),
            item_name=item.get("name"),
            unit_code=item.get("unit_code"),
            supplier_name=suppliers.get(row["supplier"]),
            value=_worth(row["good_quantity"], costs.get(row["item"])),
            document_id=document.get("id"),
            document_kind=document.get("kind"),
            document_number=document.get("number"),
            changed=[] if document else changed.get(item.get("id", 0), []),
            state="released" if document else "changed" if changed.get(item.get("id", 0)) else "planned",
        )
    return rows


@answers(OneRun, permission=_READ, reads_files=True)
def plan_overview(connection: Connection, asked: OneRun, principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """A run in few numbers: alerts by kind with what is at risk, and what is to be released within a week, by kind."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    costs = package_scan(folder, run.plan_hash, "items").select("item", "unit_cost")
    worth = (pl.col("quantity").cast(pl.Float64) * pl.col("unit_cost").cast(pl.Float64)).sum().alias("value")
    if not principal.may(_COST):
        worth = pl.lit(None, dtype=pl.Float64).first().alias("value")
    alerts = (
        plan_scan(folder, run.plan_hash, "alerts")
        .join(costs, on="item", how="left")
        .group_by(pl.lit("alert").alias("what"), pl.col("alert").alias("kind"))
        .agg(pl.len().alias("count"), worth)
    )
    due = pl.col("release_on") <= pl.lit(run.as_of) + pl.duration(days=_WEEK)
    orders = (
        plan_scan(folder, run.plan_hash, "planned_orders")
        .filter(due)
        .with_columns(pl.col("good_quantity").alias("quantity"))
        .join(costs, on="item", how="left")
        .group_by(pl.lit("release").alias("what"), "kind")
        .agg(pl.len().alias("count"), worth)
    )
    rows = pl.concat([alerts, orders]).sort("what", "kind").collect().to_dicts()
    return [{**row, "value": None if row["value"] is None else round(Decimal(row["value"]), 2)} for row in rows]


@answers(OneRun, permission=_READ, reads_files=True)
def plan_items(connection: Connection, asked: OneRun, _principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """Items of a run with their first day below zero, orders and worst alert, those in need first."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    orders = plan_scan(folder, run.plan_hash, "planned_orders").group_by("item").agg(pl.len().alias("order_count"))
    rank = pl.col("severity").replace_strict(dict(zip(_SEVERITIES, range(3), strict=True)), return_dtype=pl.Int8)
    alerts = (
        plan_scan(folder, run.plan_hash, "alerts")
        .group_by("item")
        .agg(pl.len().alias("alert_count"), rank.min().alias("rank"), pl.col("on").min().alias("first_on"))
    )
    items = plan_scan(folder, run.plan_hash, "mrp_records").select("item").unique()
    joined = items.join(orders, on="item", how="left").join(alerts, on="item", how="left")
    rows = joined.sort("rank", "first_on", "item", nulls_last=True).head(2000).collect().to_dicts()
    names = items_named(connection, {row["item"] for row in rows})
    for row in rows:
        row["severity"] = None if row["rank"] is None else _SEVERITIES[row.pop("rank")]
        row["item_name"] = names.get(row["item"], {}).get("name")
    return rows


@answers(ItemOfRun, permission=_READ, reads_files=True)
def plan_records(connection: Connection, asked: ItemOfRun, _principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """The record of an item bucket by bucket, with the level that it should not fall below."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    records = plan_scan(folder, run.plan_hash, "mrp_records").filter(pl.col("item") == asked.item)
    rows = records.sort("location", "bucket_start").collect().to_dicts()
    levels = package_scan(folder, run.plan_hash, "items").filter(pl.col("item") == asked.item)
    level = levels.select("safety_stock").collect()["safety_stock"].to_list()
    return [{**row, "safety_stock": level[0] if level else None} for row in rows]


@answers(AlertList, permission=_READ, reads_files=True)
def plan_alerts(connection: Connection, asked: AlertList, principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """Alerts of a run, the most severe and the most money at risk first, each with the order that suffers."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    alerts = plan_scan(folder, run.plan_hash, "alerts")
    for column in ("item", "alert", "severity"):
        if (value := getattr(asked, column)) is not None:
            alerts = alerts.filter(pl.col(column) == value)
    if asked.search:
        alerts = alerts.filter(holds(asked.search, "item", "order"))
    if principal.may(_COST):
        costs = package_scan(folder, run.plan_hash, "items").select("item", "unit_cost")
        alerts = alerts.join(costs, on="item", how="left").with_columns(
            (pl.col("quantity").cast(pl.Float64) * pl.col("unit_cost").cast(pl.Float64)).alias("weight")
        )
    else:
        alerts = alerts.with_columns(pl.lit(0.0).alias("weight"), pl.lit(None).alias("unit_cost"))
    rank = pl.col("severity").replace_strict(dict(zip(_SEVERITIES, range(3), strict=True)), return_dtype=pl.Int8)
    ordered = alerts.sort(rank, -pl.col("weight"), "on", "item", "order", nulls_last=True)
    rows = ordered.slice(asked.offset, asked.limit).collect().to_dicts()
    items = items_named(connection, {row["item"] for row in rows if row["item"]})
    found = _documents(connection, {_number_of(row["order"]) for row in rows if row["order"]})
    for row in rows:
        item = items.get(row["item"], {})
        document = found.get(_number_of(row["order"] or ""), {})
        row.pop("weight")
        row.update(
            item_id=item.get("id"),
            item_name=item.get("name"),
            unit_code=item.get("unit_code"),
            value=_worth(row["quantity"], row.pop("unit_cost")),
            document_id=document.get("id"),
            document_kind=document.get("kind"),
            party_name=document.get("party_name"),
        )
    return rows


@answers(TreeOfRun, permission=_READ, reads_files=True)
def plan_pegging(connection: Connection, asked: TreeOfRun, _principal: Principal, folder: Path) -> list[dict[str, Any]]:
    """The pegging tree: what serves a demand, down to every purchase; or what a supply is for, up to every demand."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    edges = plan_scan(folder, run.plan_hash, "pegging")
    rows = down_from(edges, asked.demand) if asked.demand is not None else up_from(edges, asked.supply or "")
    items = items_named(connection, {row["item"] for row in rows})
    names = {_number_of(row[name]) for row in rows for name in ("demand", "supply") if row[name]}
    found = _documents(connection, names)
    for row in rows:
        row["item_name"] = items.get(row["item"], {}).get("name")
        row["unit_code"] = items.get(row["item"], {}).get("unit_code")
        document = found.get(_number_of(row["demand"] if asked.demand is None and row["demand"] else row["supply"]), {})
        row["document_id"], row["document_kind"] = document.get("id"), document.get("kind")
        row["party_name"] = document.get("party_name")
    return rows


@answers(PromiseList, permission=_READ, reads_files=True)
def plan_promises(
    connection: Connection, asked: PromiseList, _principal: Principal, folder: Path
) -> list[dict[str, Any]]:
    """What is promised for every demand of a run, the latest first."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    promises = plan_scan(folder, run.plan_hash, "promises")
    if asked.late_only:
        promises = promises.filter((pl.col("late_days") > 0) | pl.col("promised_on").is_null())
    if asked.search:
        promises = promises.filter(holds(asked.search, "demand"))
    ordered = promises.sort("late_days", "demand", descending=[True, False], nulls_last=False)
    rows = ordered.slice(asked.offset, asked.limit).collect().to_dicts()
    found = _documents(connection, {_number_of(row["demand"]) for row in rows})
    for row in rows:
        document = found.get(_number_of(row["demand"]), {})
        row["document_id"], row["document_kind"] = document.get("id"), document.get("kind")
        row["party_name"] = document.get("party_name")
    return rows


@answers(OneRun, permission=_READ)
def plan_releases(connection: Connection, asked: OneRun, _principal: Principal) -> list[dict[str, Any]]:
    """What was released from a run, and into which documents."""
    run = run_of(connection, tables.plan_run, asked.plan_run)
    rows = [{"planned_order": name, **document} for name, document in _released(connection, run.id).items()]
    return sorted(rows, key=lambda row: (row["number"], row["planned_order"]))


def holds(text: str, *columns: str) -> pl.Expr:
    """Rows of which one of the columns holds a text, whatever the case."""
    wanted = text.casefold()
    return pl.any_horizontal(
        *(
            pl.col(name).cast(pl.String).str.to_lowercase().str.contains(wanted, literal=True).fill_null(value=False)
            for name in columns
        )
    )


def _worth(quantity: Decimal | None, unit_cost: Decimal | None) -> Decimal | None:
    return None if quantity is None or unit_cost is None else (quantity * unit_cost).quantize(Decimal("0.01"))


def _number_of(name: str) -> str:
    """The number of the document that a demand or a receipt is a line of."""
    return name.rpartition("/")[0] or name


def _released(connection: Connection, run_id: int) -> dict[str, dict[str, Any]]:
    release, document = tables.plan_release, documents.document
    query = (
        select(release.c.planned_order, document.c.id, document.c.kind, document.c.number, document.c.state)
        .join(document, document.c.id == release.c.document_id)
        .where(release.c.plan_run_id == run_id)
    )
    return {row.pop("planned_order"): row for row in rows_of(connection, query)}


def _changes(connection: Connection, run: Any, item_ids: list[int]) -> dict[int, list[str]]:
    """What differs now from what the run rested on, by item; only items that have changed."""
    if not item_ids:
        return {}
    basis = tables.plan_basis
    query = select(basis).where(basis.c.plan_run_id == run.id, basis.c.item_id.in_(item_ids))
    before = {
        row.item_id: Basis(row.on_hand, row.open_supply, row.open_demand, row.item_version)
        for row in connection.execute(query)
    }
    now = present_basis(connection, item_ids, but_for=f"plan_run:{run.number}")
    found = {key: before.get(key, Basis()).differs_from(now.get(key, Basis())) for key in item_ids}
    return {key: names for key, names in found.items() if names}


def chunks(names: Iterable[str]) -> Iterable[list[str]]:
    """Names in lists that a statement can take."""
    listed = sorted(names)
    return (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))


def items_named(connection: Connection, codes: set[str]) -> dict[str, dict[str, Any]]:
    """Id, names and unit of items by their code."""
    item, unit = master_data.item, master_data.unit
    query = select(item.c.id, item.c.code, item.c.name, item.c.name_zh, unit.c.code.label("unit_code")).join(
        unit, unit.c.id == item.c.unit_id
    )
    rows = (row for chunk in chunks(codes) for row in rows_of(connection, query.where(item.c.code.in_(chunk))))
    return {row["code"]: row for row in rows}


def _suppliers(connection: Connection, codes: set[str]) -> dict[str, str]:
    party = master_data.party
    query = select(party.c.code, party.c.name)
    return {
        row.code: row.name
        for chunk in chunks(codes)
        for row in connection.execute(query.where(party.c.code.in_(chunk)))
    }


def _documents(connection: Connection, numbers: set[str]) -> dict[str, dict[str, Any]]:
    document, party = documents.document, master_data.party
    query = select(document.c.id, document.c.kind, document.c.number, party.c.name.label("party_name")).outerjoin(
        party, party.c.id == document.c.party_id
    )
    rows = (row for chunk in chunks(numbers) for row in rows_of(connection, query.where(document.c.number.in_(chunk))))
    return {row["number"]: row for row in rows}


def _unit_costs(folder: Path, plan_hash: str, codes: set[str]) -> dict[str, Decimal]:
    found = package_scan(folder, plan_hash, "items").filter(pl.col("item").is_in(sorted(codes)))
    return dict(found.select("item", "unit_cost").collect().iter_rows())


QUERIES: Final[tuple[Query, ...]] = (
    plan_runs,
    plan_run_by_number,
    plan_jobs,
    planned_orders,
    plan_overview,
    plan_items,
    plan_records,
    plan_alerts,
    plan_pegging,
    plan_promises,
    plan_releases,
)
