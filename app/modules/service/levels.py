"""Handlers of service levels: what is promised, and the watch over the clocks of cases, which tells each person once.

A warning goes to whoever looks after the case, an escalation to the role that the level names: into the inbox, and into the outbox
(`service_alert`), from which another system takes it and confirms it. One alert a clock, step and limit: told twice is told once.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import need_by_code
from app.kernel.errors import Refused
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.service.clocks import LOOK_AGAIN, alert_source, set_due, used_of
from schemas.commands import service as commands
from schemas.operational import documents, kernel, master_data
from schemas.operational import service as cases
from schemas.operational import service_levels as tables

_DESK: Final = "clerk"


@handles(commands.PutServiceLevel, permission="service.level.write")
def put_service_level(ctx: Context, data: commands.PutServiceLevel) -> Outcome:
    """Make or change a level; cases that are open keep the limits they were opened with."""
    calendar = need_by_code(ctx, master_data.calendar, data.calendar, "calendar", field="calendar")
    need_by_code(ctx, kernel.role, data.escalation_role, "role", field="escalation_role")
    promised = (data.answer_hours, data.decision_hours, data.settlement_hours)
    if all(hours is None for hours in promised):
        raise Refused("level_promises_nothing", field="answer_hours", code=data.code)
    ordered = [hours for hours in promised if hours is not None]
    if ordered != sorted(ordered):
        raise Refused("level_order", field="settlement_hours", code=data.code)
    values: dict[str, Any] = data.model_dump(exclude={"code", "calendar"})
    values["calendar_id"] = calendar.id
    row = ctx.uow.one(tables.service_level, "code", data.code, lock=True)
    if row is None:
        ctx.uow.insert(tables.service_level, code=data.code, **values)
    else:
        ctx.uow.update(tables.service_level, row, **values)
    return Outcome("receipt.changed", values={"what": "service_level", "code": data.code})


@handles(commands.WatchServiceLevels, permission="service.level.watch")
def watch_service_levels(ctx: Context, data: commands.WatchServiceLevels) -> Outcome:
    """Look at the clocks whose time has come, the longest waiting first; warn, escalate, and say when to look again."""
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    clock = tables.case_clock
    query = (
        select(clock.c.id, clock.c.document_id).where(clock.c.look_at <= ctx.now).order_by(clock.c.look_at, clock.c.id)
    )
    found = ctx.uow.connection.execute(query.limit(data.most)).all()
    ctx.uow.many(documents.document, sorted({row.document_id for row in found}), lock=True)
    told = 0
    for row in ctx.uow.many(clock, [row.id for row in found], lock=True).values():
        if row.stopped_at is None and row.look_at is not None and row.look_at <= ctx.now:
            told += _look(ctx, row)
    return Outcome("receipt.levels_watched", values={"count": len(found), "told": told})


def _look(ctx: Context, clock: Row) -> int:
    """Look at a running clock; returns how many people were told."""
    minutes = used_of(ctx, clock, ctx.now) / timedelta(minutes=1)
    told = 0
    if minutes >= clock.limit_minutes:
        told += _tell(ctx, clock, "escalation")
    elif minutes >= clock.warn_minutes:
        told += _tell(ctx, clock, "warning")
    set_due(ctx, clock)
    if clock.look_at is not None:
        over = minutes >= clock.limit_minutes
        left = timedelta(
            minutes=(clock.limit_minutes if minutes >= clock.warn_minutes else clock.warn_minutes) - minutes
        )
        ctx.uow.update(
            tables.case_clock, clock, look_at=None if over else ctx.now + min(max(left, _SOONEST), LOOK_AGAIN)
        )
    return told


_SOONEST: Final = timedelta(seconds=30)


def _tell(ctx: Context, clock: Row, step: str) -> int:
    """Tell of a clock; an escalation that was told for this limit is in the inbox again and leaves no second alert.

    Returns:
        How many were told.
    """
    alerts = ctx.uow.where(tables.service_alert, "clock_id", clock.id, lock=True)
    told = any((alert.step, alert.limit_minutes) == (step, clock.limit_minutes) for alert in alerts)
    if told and step == "warning":
        return 0
    case = ctx.uow.need(documents.document, clock.document_id)
    owner_id = ctx.uow.need(cases.service_case, case.id).owner_id if step == "warning" else None
    level = ctx.uow.need(tables.service_level, clock.level_id)
    role = None if owner_id else (level.escalation_role if step == "escalation" else _DESK)
    if not told:
        ctx.uow.insert(
            tables.service_alert,
            clock_id=clock.id,
            step=step,
            limit_minutes=clock.limit_minutes,
            role_code=role,
            user_id=owner_id,
            state="waiting",
            made_at=ctx.now,
        )
    customer = ctx.uow.need(master_data.party, case.party_id)
    hours = (Decimal(clock.limit_minutes) / 60).quantize(Decimal("0.01")).normalize()
    put_into_inbox(
        ctx,
        source=f"{alert_source(case.id, clock.kind)}{step}",
        kind=f"case_{clock.kind}_{step}",
        severity="critical" if step == "escalation" else "warning",
        facts={"party": customer.name, "hours": f"{hours:f}"},
        role=role,
        user_id=owner_id,
        document_id=case.id,
    )
    return int(not told)


@handles(commands.ConfirmServiceAlert, permission="service.alert.confirm")
def confirm_service_alert(ctx: Context, data: commands.ConfirmServiceAlert) -> Outcome:
    """Note that an alert left the outbox; said twice, it left once."""
    alert = ctx.uow.need(tables.service_alert, data.alert, lock=True, what="service_alert")
    if alert.state == "waiting":
        ctx.uow.update(tables.service_alert, alert, state="sent", sent_at=ctx.now)
    return Outcome("receipt.changed", values={"what": "service_alert", "code": str(alert.id)})
