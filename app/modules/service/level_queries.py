"""Asks about service levels: what is promised, how the clocks of a case stand, who was told, and which levels were kept.

What a running clock has used is counted when it is asked, by the calendar as it is written then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, OneDocument, Sorted, page_of, rows_of
from app.modules.service.clocks import CLOCKS, hours_of, pauses_of
from app.modules.service.working_time import WorkingHours, used
from schemas.operational import kernel, master_data
from schemas.operational import service_levels as tables
from schemas.operational.documents import document

READ: Final = "service.read"
_HOUR: Final = timedelta(hours=1)
_CLOCK: Final = tables.case_clock
NEXT_DUE: Final = (
    select(func.min(_CLOCK.c.due_at))
    .where(_CLOCK.c.document_id == document.c.id, _CLOCK.c.stopped_at.is_(None))
    .correlate(document)
    .scalar_subquery()
)
WAITING_SINCE: Final = (
    select(func.min(tables.case_pause.c.began_at))
    .where(tables.case_pause.c.document_id == document.c.id, tables.case_pause.c.ended_at.is_(None))
    .correlate(document)
    .scalar_subquery()
)


class LevelList(Arguments):
    """Which levels to list."""

    active_only: bool = False


@answers(LevelList, permission=READ)
def service_levels(connection: Connection, asked: LevelList, _principal: Principal) -> list[dict[str, Any]]:
    """What is promised: the levels by code."""
    level, calendar = tables.service_level, master_data.calendar
    query = select(*level.c, calendar.c.code.label("calendar")).join(calendar, calendar.c.id == level.c.calendar_id)
    if asked.active_only:
        query = query.where(level.c.active)
    return rows_of(connection, query.order_by(level.c.code))


@answers(OneDocument, permission=READ, reads_clock=True)
def case_clocks(
    connection: Connection, asked: OneDocument, _principal: Principal, now: datetime
) -> list[dict[str, Any]]:
    """How the clocks of a case stand, in working hours, and when somebody was told."""
    rows = _clock_rows(connection, [asked.document], now)
    alert = tables.service_alert
    told = select(alert).where(alert.c.clock_id.in_([row["id"] for row in rows])).order_by(alert.c.id)
    moments = {(row.clock_id, row.step): row.made_at for row in connection.execute(told)}
    order = {kind: place for place, kind in enumerate(CLOCKS)}
    for row in rows:
        row["warned_at"] = moments.get((row["id"], "warning"))
        row["escalated_at"] = moments.get((row["id"], "escalation"))
    return sorted(rows, key=lambda row: order[row["clock"]])


def with_time_left(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The same rows of cases, each with its running clock that has the least time left, in working hours; negative is over."""
    least: dict[int, dict[str, Any]] = {}
    for clock in _clock_rows(connection, [row["id"] for row in rows], now):
        known = least.get(clock["document_id"])
        if clock["stopped_at"] is None and (known is None or clock["hours_left"] < known["hours_left"]):
            least[clock["document_id"]] = clock
    for row in rows:
        clock = least.get(row["id"])
        row["clock"] = None if clock is None else clock["clock"]
        row["hours_left"] = None if clock is None else clock["hours_left"]
    return rows


def _clock_rows(connection: Connection, cases: list[int], now: datetime) -> list[dict[str, Any]]:
    """The clocks of some cases with what they have used and what is left, hours with two decimals."""
    level = tables.service_level
    query = (
        select(_CLOCK, _CLOCK.c.kind.label("clock"), level.c.code.label("level_code"), level.c.calendar_id)
        .join(level, level.c.id == _CLOCK.c.level_id)
        .where(_CLOCK.c.document_id.in_(cases))
        .order_by(_CLOCK.c.document_id, _CLOCK.c.id)
    )
    rows = rows_of(connection, query)
    calendars = _calendars(connection, {row["calendar_id"] for row in rows})
    pauses: dict[int, list[Any]] = defaultdict(list)
    for pause in connection.execute(select(tables.case_pause).where(tables.case_pause.c.document_id.in_(cases))):
        pauses[pause.document_id].append(pause)
    for row in rows:
        of_case = pauses[row["document_id"]]
        hours = calendars[row["calendar_id"]]
        seconds = row["used_seconds"]
        if seconds is None:
            seconds = used(hours, row["started_at"], now, pauses_of(of_case, row["kind"])).total_seconds()
        limit = timedelta(minutes=row["limit_minutes"])
        spent = timedelta(seconds=int(seconds))
        waits = row["stopped_at"] is None and any(pause.ended_at is None for pause in of_case)
        row["limit_hours"], row["used_hours"] = _in_hours(limit), _in_hours(spent)
        row["hours_left"] = _in_hours(limit - spent)
        row["standing"] = _standing(kept=spent <= limit, stopped=row["stopped_at"] is not None, waits=waits)
    return rows


def _in_hours(span: timedelta) -> Decimal:
    return (Decimal(int(span.total_seconds())) / 3600).quantize(Decimal("0.01"))


def _standing(*, kept: bool, stopped: bool, waits: bool) -> str:
    """How a clock stands: kept or broken once it stopped or is over, else waiting for the customer or running."""
    if stopped or not kept:
        return "kept" if kept else "broken"
    return "waiting" if waits else "running"


def _calendars(connection: Connection, ids: Iterable[int]) -> dict[int, WorkingHours]:
    wanted = sorted(ids)
    calendar, day = master_data.calendar, master_data.calendar_exception
    zone = connection.execute(select(kernel.company.c.time_zone)).scalar_one()
    days: dict[int, list[tuple[date, bool]]] = defaultdict(list)
    for row in connection.execute(select(day).where(day.c.calendar_id.in_(wanted))):
        days[row.calendar_id].append((row.on_date, row.working))
    rows = connection.execute(select(calendar).where(calendar.c.id.in_(wanted)))
    return {row.id: hours_of(row.weekly_hours, days[row.id], zone) for row in rows}


class AlertList(Sorted):
    """Which alerts to list."""

    state: Literal["waiting", "sent"] | None = None


@answers(AlertList, permission=READ)
def service_alerts(connection: Connection, asked: AlertList, _principal: Principal) -> list[dict[str, Any]]:
    """Who was told of which clock, the latest first; those that wait are the outbox, which another system empties and confirms."""
    alert, user = tables.service_alert, kernel.user_account
    query: Select[*tuple[Any, ...]] = (
        select(
            alert.c.id,
            alert.c.step,
            alert.c.state,
            alert.c.made_at,
            alert.c.sent_at,
            alert.c.role_code,
            user.c.login,
            user.c.name.label("user_name"),
            _CLOCK.c.kind.label("clock"),
            alert.c.limit_minutes,
            _CLOCK.c.due_at,
            document.c.id.label("document_id"),
            document.c.number,
            document.c.priority,
            master_data.party.c.name.label("party_name"),
        )
        .join(_CLOCK, _CLOCK.c.id == alert.c.clock_id)
        .join(document, document.c.id == _CLOCK.c.document_id)
        .join(master_data.party, master_data.party.c.id == document.c.party_id)
        .outerjoin(user, user.c.id == alert.c.user_id)
    )
    if asked.state is not None:
        query = query.where(alert.c.state == asked.state)
    return page_of(connection, query, asked, alert.c.id.desc())


class KeptSpan(Arguments):
    """Which cases to count: those opened in a span of days, both ends included."""

    from_on: date | None = None
    to_on: date | None = None


@answers(KeptSpan, permission=READ, reads_clock=True)
def service_levels_kept(
    connection: Connection, asked: KeptSpan, _principal: Principal, now: datetime
) -> list[dict[str, Any]]:
    """How many limits were kept and broken, by the month the case was opened in, the level and the clock, the latest first.

    A running clock that is over its limit is broken; one that is not is open, and neither kept nor broken. The share is of those
    that are either.
    """
    opened = select(document.c.id, document.c.document_on).where(document.c.kind == "service_case")
    if asked.from_on:
        opened = opened.where(document.c.document_on >= asked.from_on)
    if asked.to_on:
        opened = opened.where(document.c.document_on <= asked.to_on)
    months = {row.id: row.document_on.strftime("%Y-%m") for row in connection.execute(opened)}
    counted: dict[tuple[str, str, str], dict[str, int]] = {}
    ids = sorted(months)
    for start in range(0, len(ids), _CHUNK):
        for clock in _clock_rows(connection, ids[start : start + _CHUNK], now):
            key = (months[clock["document_id"]], clock["level_code"], clock["clock"])
            row = counted.setdefault(key, {"kept": 0, "broken": 0, "open": 0})
            row[clock["standing"] if clock["standing"] in row else "open"] += 1
    order = {kind: place for place, kind in enumerate(CLOCKS)}
    keys = sorted(sorted(counted, key=lambda key: (key[1], order[key[2]])), key=lambda key: key[0], reverse=True)
    return [_counted(key, counted[key]) for key in keys]


_CHUNK: Final = 5000


def _counted(key: tuple[str, str, str], row: dict[str, int]) -> dict[str, Any]:
    month, level, clock = key
    judged = row["kept"] + row["broken"]
    share = (Decimal(row["kept"]) / judged).quantize(Decimal("0.0001")) if judged else None
    names = {"month": month, "level_code": level, "clock": clock}
    return {**names, **{f"{name}_count": count for name, count in row.items()}, "kept_share": share}


QUERIES: Final[tuple[Query, ...]] = (
    service_levels,
    case_clocks,
    service_alerts,
    service_levels_kept,
)
