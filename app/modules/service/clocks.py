"""The clocks of a case: started when it is opened, stopped by what it was waiting for, still while the customer is waited for.

A clock is of the level that held when the case was opened or its priority was changed. It counts the working time of the level's
calendar, as that is written when it is looked at. `due_at` and `look_at` say when it will reach its limit and when it is to be
looked at again; both are derived, and derived anew at every look, so that a holiday that is entered later counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.kernel.bus import Context
from app.kernel.inbox import close_inbox
from app.kernel.unit_of_work import Row
from app.modules.service.working_time import WEEKDAYS, Span, WorkingHours, minutes_of, reached, used
from schemas.operational import master_data
from schemas.operational import service as cases
from schemas.operational import service_levels as tables
from schemas.vocabulary.documents import DocumentState

CLOCKS: Final = ("answer", "decision", "settlement")
LOOK_AGAIN: Final = timedelta(hours=1)
_FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_STOPPED_BY: Final = {
    DocumentState.OPEN: frozenset[str](),
    DocumentState.INSPECTED: frozenset[str](),
    DocumentState.DECIDED: frozenset({"answer", "decision"}),
    DocumentState.SETTLED: frozenset(CLOCKS),
    DocumentState.CLOSED: frozenset(CLOCKS),
    DocumentState.REJECTED: frozenset(CLOCKS),
}


def level_for(levels: Iterable[Row], case_kind: str, priority: int, customer_class: str | None) -> Row | None:
    """The level that holds for a case: the most particular of those that fit; None where none does.

    >>> rows = [Row(code=code, active=True, case_kind=kind, priority_upto=upto, customer_class=klass) for code, kind, upto, klass in
    ...     [("ALL", None, None, None), ("FAST", None, 2, None), ("REPAIR", "repair", None, None), ("GOLD", None, None, "A")]]
    >>> [level_for(rows, *case).code for case in (("return", 5, None), ("return", 2, "B"), ("repair", 1, None), ("repair", 1, "A"))]
    ['ALL', 'FAST', 'REPAIR', 'GOLD']
    """

    def fits(row: Row) -> bool:
        return (
            row.active
            and row.case_kind in {None, case_kind}
            and (row.priority_upto is None or priority <= row.priority_upto)
            and row.customer_class in {None, customer_class}
        )

    def particular(row: Row) -> tuple[Any, ...]:
        named = (row.customer_class, row.case_kind, row.priority_upto)
        return (*(value is None for value in named), row.priority_upto or 0, row.code)

    return min((row for row in levels if fits(row)), key=particular, default=None)


def hours_of(weekly_hours: str, exceptions: Iterable[tuple[Any, bool]], time_zone: str) -> WorkingHours:
    """A calendar as it is stored, in the company's zone."""
    kept = json.loads(weekly_hours)
    weekly = [[(minutes_of(start), minutes_of(end)) for start, end in kept.get(day, ())] for day in WEEKDAYS]
    return WorkingHours(weekly, dict(exceptions), ZoneInfo(time_zone))


def pauses_of(rows: Iterable[Any], clock_kind: str) -> list[Span]:
    """When a clock stood still; a pause that goes on reaches to the end of time."""
    return [(row.began_at, row.ended_at or _FOREVER) for row in rows if row.clock_kind in {None, clock_kind}]


def levels_of(ctx: Context) -> list[Row]:
    """All levels; asked before a command changes anything, it knows what earlier commands of its batch wrote."""
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    ids = list(ctx.uow.connection.execute(select(tables.service_level.c.id)).scalars())
    return list(ctx.uow.many(tables.service_level, ids).values())


def start_clocks(ctx: Context, case: Row, levels: Iterable[Row]) -> None:
    """Start the clocks that the level of a case promises, or set running ones to the limits of the level that holds now.

    A limit that the level no longer has stays as it was promised.
    """
    customer = ctx.uow.need(master_data.party, case.party_id)
    case_kind = ctx.uow.need(cases.service_case, case.id).case_kind
    level = level_for(levels, case_kind, case.priority, customer.customer_class)
    if level is None:
        return
    clocks = {row.kind: row for row in clocks_of(ctx, case)}
    passed = _passed(ctx, case)
    for kind in CLOCKS:
        hours = level[f"{kind}_hours"]
        clock = clocks.get(kind)
        if hours is None or (clock is None and kind in passed) or (clock is not None and clock.stopped_at is not None):
            continue
        limit = int(hours * 60)
        limits = {"level_id": level.id, "limit_minutes": limit, "warn_minutes": _warn_minutes(limit, level.warn_share)}
        if clock is None:
            started = case.created_at
            clock = ctx.uow.insert(tables.case_clock, document_id=case.id, kind=kind, started_at=started, **limits)
        elif any(clock[name] != value for name, value in limits.items()):
            ctx.uow.update(tables.case_clock, clock, **limits)
            close_inbox(ctx, alert_source(case.id, kind))
        set_due(ctx, clock)
    follow_clocks(ctx, case)


def _passed(ctx: Context, case: Row) -> frozenset[str]:
    """The clocks whose step a case has behind it; a customer who was told anything was answered."""
    passed = _STOPPED_BY[DocumentState(case.state)]
    notes = ctx.uow.where(cases.case_note, "document_id", case.id)
    return passed | {"answer"} if any(note.said_to_customer for note in notes) else passed


def _warn_minutes(limit: int, share: Decimal) -> int:
    return max(int(limit * share), 1)


def clocks_of(ctx: Context, case: Row) -> list[Row]:
    """The clocks of a case, locked."""
    return ctx.uow.where(tables.case_clock, "document_id", case.id, lock=True)


def follow_clocks(ctx: Context, case: Row) -> None:
    """Stop what the state of a case stops, and let run again what a step back has opened again.

    The time for which a step stood counts for nobody.
    """
    stopped = _STOPPED_BY[DocumentState(case.state)]
    for clock in clocks_of(ctx, case):
        if clock.kind in stopped and clock.stopped_at is None:
            stop_clock(ctx, case, clock)
        elif clock.kind not in stopped and clock.kind != "answer" and clock.stopped_at is not None:
            ctx.uow.insert(
                tables.case_pause,
                document_id=case.id,
                clock_kind=clock.kind,
                reason="done",
                began_at=clock.stopped_at,
                ended_at=max(ctx.now, clock.stopped_at),
            )
            ctx.uow.update(tables.case_clock, clock, stopped_at=None, used_seconds=None)
            set_due(ctx, clock)


def stop_clock(ctx: Context, case: Row, clock: Row) -> None:
    """Stop a clock, keep what it has used, and take its alerts out of the inbox.

    The machine's clock may be set back; a clock of a case never stops before it began.
    """
    now = max(ctx.now, clock.started_at)
    seconds = int(used_of(ctx, clock, now).total_seconds())
    ctx.uow.update(tables.case_clock, clock, stopped_at=now, used_seconds=seconds, look_at=None)
    close_inbox(ctx, alert_source(case.id, clock.kind))


def alert_source(case_id: int, kind: str) -> str:
    """How the inbox names the alerts of a clock."""
    return f"case-clock:{case_id}:{kind}:"


def used_of(ctx: Context, clock: Row, until: datetime) -> timedelta:
    """How much working time a clock has used until an instant."""
    return used(calendar_of(ctx, clock), clock.started_at, until, _pauses(ctx, clock))


def set_due(ctx: Context, clock: Row) -> None:
    """Say when a running clock will reach its limit, and when it is to be looked at; never, while it stands still."""
    pauses = _pauses(ctx, clock)
    hours, limit = calendar_of(ctx, clock), timedelta(minutes=clock.limit_minutes)
    due = reached(hours, clock.started_at, limit, pauses)
    if any(ended == _FOREVER for _, ended in pauses):
        still = used(hours, clock.started_at, ctx.now, pauses) < limit
        due = None if still else due
        look = None if still else ctx.now
    else:
        look = ctx.now
    ctx.uow.update(tables.case_clock, clock, due_at=due, look_at=look)


def calendar_of(ctx: Context, clock: Row) -> WorkingHours:
    """The calendar that a clock counts by, as it is written now."""
    level = ctx.uow.need(tables.service_level, clock.level_id)
    calendar = ctx.uow.need(master_data.calendar, level.calendar_id)
    days = ctx.uow.where(master_data.calendar_exception, "calendar_id", calendar.id)
    return hours_of(calendar.weekly_hours, ((row.on_date, row.working) for row in days), ctx.company.time_zone)


def _pauses(ctx: Context, clock: Row) -> list[Span]:
    return pauses_of(ctx.uow.where(tables.case_pause, "document_id", clock.document_id), clock.kind)


def open_wait(ctx: Context, case: Row) -> Row | None:
    """The pause for which the customer is waited for now."""
    rows: Sequence[Row] = ctx.uow.where(tables.case_pause, "document_id", case.id, lock=True)
    return next((row for row in rows if row.ended_at is None), None)


def end_wait(ctx: Context, case: Row) -> bool:
    """Let the clocks of a case run on; returns whether they stood still."""
    wait = open_wait(ctx, case)
    if wait is None:
        return False
    ctx.uow.update(tables.case_pause, wait, ended_at=max(ctx.now, wait.began_at))
    for clock in clocks_of(ctx, case):
        if clock.stopped_at is None:
            set_due(ctx, clock)
    return True
