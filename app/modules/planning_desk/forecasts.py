"""Handlers of demand forecasts: a run is recorded once, changes are numbered and never overwritten, the newest run is accepted.

A change names a week that the run has forecast, so that what it was before stands beside it: that is what its worth is
measured against once the week is over. Changes outlive a run: they hold for their week until they are replaced or withdrawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.planning_desk.overrides import Cell, overrides_in_force
from app.modules.planning_desk.plan_files import checked_table
from schemas.commands import forecasting as commands
from schemas.operational import forecasting as tables
from schemas.operational import master_data

_FORECASTS: Final = "forecasts"


@handles(commands.RecordForecastRun, permission="planning.forecast.write")
def record_forecast_run(ctx: Context, data: commands.RecordForecastRun) -> Outcome:
    """Record a demand forecast and what it rests on."""
    run = ctx.uow.insert(
        tables.forecast_run,
        **data.model_dump(exclude={"summary", "versions"}),
        summary=json.dumps(data.summary, sort_keys=True, default=str),
        versions=json.dumps(data.versions, sort_keys=True),
        created_by=ctx.principal.user_id,
        created_at=ctx.now,
    )
    return Outcome("receipt.forecast", run, {"series": data.summary.get("series", 0)})


@handles(commands.OverrideForecast, permission="planning.forecast.override")
def override_forecast(ctx: Context, data: commands.OverrideForecast) -> Outcome:
    """Say what weeks of the newest forecast shall be; what was said of them before is kept."""
    run = _newest(ctx, data.forecast_run)
    said = {_cell(cell): cell.quantity for cell in data.cells}
    before = _forecast_of(ctx, run, said)
    _write(ctx, run, [(cell, before[cell], said[cell]) for cell in said], data.reason)
    return Outcome("receipt.forecast_overridden", values={"count": len(said)})


@handles(commands.WithdrawForecastOverride, permission="planning.forecast.override")
def withdraw_forecast_override(ctx: Context, data: commands.WithdrawForecastOverride) -> Outcome:
    """Take changes of a forecast back; they stay in the history of their week."""
    run = _newest(ctx, data.forecast_run)
    cells = list(dict.fromkeys(_cell(cell) for cell in data.cells))
    present = _locked_overrides(ctx, cells)
    for cell in cells:
        if cell not in present or present[cell].after is None:
            raise Refused("nothing_overridden", item=cell.item, week=cell.period_start.isoformat())
    _write(ctx, run, [(cell, present[cell].before, None) for cell in cells], data.reason)
    return Outcome("receipt.forecast_withdrawn", values={"count": len(cells)})


@handles(commands.PublishForecast, permission="planning.forecast.publish")
def publish_forecast(ctx: Context, data: commands.PublishForecast) -> Outcome:
    """Accept the newest forecast with the changes that are in force; plans take it as demand beyond orders."""
    run = _newest(ctx, data.forecast_run)
    table = tables.forecast_publication
    last = ctx.uow.connection.execute(select(func.max(table.c.publication_number))).scalar() or 0
    publication = ctx.uow.insert(
        table,
        forecast_run_id=run.id,
        publication_number=last + 1,
        note=data.note,
        created_by=ctx.principal.user_id,
        created_at=ctx.now,
    )
    held = overrides_in_force(ctx.uow.connection, since=run.starts_on)
    for row in held:
        ctx.uow.insert(tables.forecast_publication_override, publication_id=publication.id, override_id=row["id"])
    return Outcome("receipt.forecast_published", values={"run": run.number, "overrides": len(held)})


def _cell(cell: commands.ForecastCell) -> Cell:
    return Cell(cell.item, cell.location, cell.customer_group, cell.period_start)


def _newest(ctx: Context, number: str) -> Row:
    """Lock the run of this number, which must be the newest: changes and acceptances then come one after the other.

    Raises:
        Refused: there is none, or a newer one.
    """
    table = tables.forecast_run
    run = ctx.uow.one(table, "number", number, lock=True)
    if run is None:
        raise Refused("not_found", what="forecast_run", value=number)
    newest = ctx.uow.connection.execute(select(table.c.number).order_by(table.c.id.desc()).limit(1)).scalar()
    if newest != number:
        raise Refused("forecast_outdated", run=number, newest=newest)
    return run


def _forecast_of(ctx: Context, run: Row, cells: Iterable[Cell]) -> dict[Cell, Decimal]:
    """What the run says of weeks.

    Raises:
        Refused: the run has no such series, or not this week; or its files are not the recorded ones.
    """
    wanted = set(cells)
    rows = checked_table(ctx.folder, run.forecast_hash, _FORECASTS)
    found: dict[Cell, Decimal] = {}
    for item, location, group, start, mean in rows.select(
        "item", "location", "customer_group", "period_start", "mean"
    ).iter_rows():
        cell = Cell(item, location, group, start)
        if cell in wanted:
            found[cell] = mean
    for cell in sorted(wanted - set(found)):
        raise Refused(
            "not_forecast",
            item=cell.item,
            location=cell.location,
            group=cell.customer_group,
            week=cell.period_start.isoformat(),
            run=run.number,
        )
    return found


def _locked_overrides(ctx: Context, cells: Sequence[Cell]) -> dict[Cell, Row]:
    """The newest change of each cell that has any; the run is locked, so that nobody numbers changes meanwhile."""
    items = _items(ctx, {cell.item for cell in cells})
    wanted, found = set(cells), dict[Cell, Row]()
    for code, item in items.items():
        for row in ctx.uow.where(tables.forecast_override, "item_id", item.id):
            cell = Cell(code, row.site_code, row.customer_group, row.period_start)
            if cell in wanted and (cell not in found or row.override_number > found[cell].override_number):
                found[cell] = row
    return found


def _items(ctx: Context, codes: set[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for code in sorted(codes):
        item = ctx.uow.one(master_data.item, "code", code)
        if item is None:
            raise Refused("not_found", what="item", value=code)
        found[code] = item
    return found


def _write(ctx: Context, run: Row, changes: Sequence[tuple[Cell, Decimal, Decimal | None]], reason: str) -> None:
    cells = [cell for cell, _, _ in changes]
    present, items = _locked_overrides(ctx, cells), _items(ctx, {cell.item for cell in cells})
    for cell, before, after in changes:
        ctx.uow.insert(
            tables.forecast_override,
            forecast_run_id=run.id,
            item_id=items[cell.item].id,
            site_code=cell.location,
            customer_group=cell.customer_group,
            period_start=cell.period_start,
            override_number=present[cell].override_number + 1 if cell in present else 1,
            before=before,
            after=after,
            reason=reason,
            created_by=ctx.principal.user_id,
            created_at=ctx.now,
        )
