"""Measures of cases: planned with a cause, an owner and a day, carried out, and judged by somebody else whether they worked.

A measure outlives its case: a case can be settled and closed long before anybody can say that its cause is gone. What did not
work stays as it was judged, and another measure is planned.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, case, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles
from app.kernel.document_queries import OneDocument, Sorted, Text, contains, page_of, rows_of
from app.kernel.documents import find_document
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.service.cases import named_user
from schemas.commands import measures as commands
from schemas.operational import kernel, master_data
from schemas.operational import service as tables
from schemas.operational.documents import document
from schemas.vocabulary.documents import DocumentKind, DocumentState

WRITE: Final = "service.case.write"
READ: Final = "service.read"
_JUDGING: Final = "quality"
_MEASURE: Final = tables.case_measure


@handles(commands.PlanCaseMeasure, permission=WRITE)
def plan_case_measure(ctx: Context, data: commands.PlanCaseMeasure) -> Outcome:
    """Plan a measure and put it before its owner."""
    found = find_document(ctx, data.case, DocumentKind.SERVICE_CASE)
    if found.state == DocumentState.REJECTED:
        raise Refused("measure_of_rejected_case", field="case", number=found.number)
    owner = _owner(ctx, data.owner)
    _need_day_to_come(ctx, data.due_on)
    numbers = [row.number for row in ctx.uow.where(_MEASURE, "document_id", found.id)]
    measure = ctx.uow.insert(
        _MEASURE,
        document_id=found.id,
        number=max(numbers, default=0) + 1,
        measure_kind=data.kind,
        cause=data.cause,
        action=data.action,
        owner_id=owner.id,
        due_on=data.due_on,
        made_at=ctx.now,
        done_on=None,
        done_by=None,
        result=None,
        dropped=False,
        effective=None,
        judged_on=None,
        judged_by=None,
        judgement=None,
        version=1,
    )
    _tell(ctx, found, measure)
    return _changed(found)


@handles(commands.ChangeCaseMeasure, permission=WRITE)
def change_case_measure(ctx: Context, data: commands.ChangeCaseMeasure) -> Outcome:
    """Say anew what is done, by whom and until when."""
    found, measure = _to_be_done(ctx, data.case, data.measure)
    owner = _owner(ctx, data.owner)
    if data.due_on != measure.due_on:
        _need_day_to_come(ctx, data.due_on)
    told = {"cause": data.cause, "action": data.action, "owner_id": owner.id, "due_on": data.due_on}
    ctx.uow.update(_MEASURE, measure, **told)
    _tell(ctx, found, measure)
    return _changed(found)


@handles(commands.FinishCaseMeasure, permission=WRITE)
def finish_case_measure(ctx: Context, data: commands.FinishCaseMeasure) -> Outcome:
    """Keep that a measure was carried out, and ask whether it works."""
    found, measure = _to_be_done(ctx, data.case, data.measure)
    done_on = data.done_on or ctx.today
    planned_on = _day_of(ctx, measure.made_at)
    if not planned_on <= done_on <= ctx.today:
        raise Refused("measure_day_wrong", field="done_on", day=done_on, first=planned_on, last=ctx.today)
    ctx.uow.update(_MEASURE, measure, done_on=done_on, done_by=ctx.principal.user_id, result=data.result)
    _tell(ctx, found, measure)
    return _changed(found)


@handles(commands.DropCaseMeasure, permission=WRITE)
def drop_case_measure(ctx: Context, data: commands.DropCaseMeasure) -> Outcome:
    """Give a measure up; why is its judgement."""
    found, measure = _to_be_done(ctx, data.case, data.measure)
    ctx.uow.update(_MEASURE, measure, dropped=True, judgement=data.reason)
    _tell(ctx, found, measure)
    return _changed(found)


@handles(commands.JudgeCaseMeasure, permission="service.measure.judge")
def judge_case_measure(ctx: Context, data: commands.JudgeCaseMeasure) -> Outcome:
    """Keep whether a measure has worked.

    Raises:
        Refused: it is not carried out, was judged before, or who owns it or carried it out would judge himself.
    """
    found, measure = _named(ctx, data.case, data.measure)
    facts = {"number": found.number, "measure": measure.number}
    if measure.done_on is None:
        raise Refused("measure_not_done", field="measure", **facts)
    if measure.effective is not None:
        raise Refused("measure_judged", field="measure", **facts)
    if ctx.principal.user_id in {measure.owner_id, measure.done_by}:
        raise Refused("measure_judged_by_owner", field="measure", **facts)
    judged = {"effective": data.effective, "judged_on": max(ctx.today, measure.done_on), "judgement": data.judgement}
    ctx.uow.update(_MEASURE, measure, judged_by=ctx.principal.user_id, **judged)
    _tell(ctx, found, measure)
    return _changed(found)


def _owner(ctx: Context, login: str) -> Row:
    owner = named_user(ctx, login)
    assert owner is not None
    return owner


def _need_day_to_come(ctx: Context, day: date) -> None:
    if day < ctx.today:
        raise Refused("measure_due_in_past", field="due_on", day=day, today=ctx.today)


def _day_of(ctx: Context, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ctx.company.time_zone)).date()


def _named(ctx: Context, reference: int | str, number: int) -> tuple[Row, Row]:
    """Lock a case and find its measure by its number.

    Raises:
        Refused: the case has no such measure.
    """
    found = find_document(ctx, reference, DocumentKind.SERVICE_CASE)
    rows = ctx.uow.where(_MEASURE, "document_id", found.id, lock=True)
    measure = next((row for row in rows if row.number == number), None)
    if measure is None:
        raise Refused("measure_unknown", field="measure", number=found.number, measure=number)
    return found, measure


def _to_be_done(ctx: Context, reference: int | str, number: int) -> tuple[Row, Row]:
    """A case and its measure that is still to be done.

    Raises:
        Refused: it was done or given up.
    """
    found, measure = _named(ctx, reference, number)
    if measure.done_on is not None or measure.dropped:
        raise Refused("measure_over", field="measure", number=found.number, measure=number)
    return found, measure


def _tell(ctx: Context, found: Row, measure: Row) -> None:
    """Put a measure before its owner until it is done, then before who judges whether it works, then before nobody."""
    source = f"case_measure:{measure.id}"
    if measure.dropped or measure.effective is not None:
        close_inbox_of(ctx, source)
        return
    done = measure.done_on is not None
    put_into_inbox(
        ctx,
        source=source,
        kind="case_measure_judge" if done else "case_measure",
        severity="warning",
        facts={"kind": found.kind, "measure": measure.number, "action": measure.action[:200]},
        role=_JUDGING if done else None,
        user_id=None if done else measure.owner_id,
        due_on=None if done else measure.due_on,
        document_id=found.id,
    )


def _changed(found: Row) -> Outcome:
    return Outcome("receipt.changed", found, {"what": "service_case", "code": found.number})


# Queries -------------------------------------------------------------------------------------------------------------

_STATE: Final = case(
    (_MEASURE.c.dropped.is_(True), "dropped"),
    (_MEASURE.c.done_on.is_(None), "planned"),
    (_MEASURE.c.effective.is_(None), "done"),
    (_MEASURE.c.effective.is_(True), "effective"),
    else_="not_effective",
)


def _measures() -> Select[*tuple[Any, ...]]:
    owner, party = kernel.user_account, master_data.party
    return (
        select(
            _MEASURE.c.id,
            _MEASURE.c.document_id,
            document.c.number,
            party.c.name.label("party_name"),
            _MEASURE.c.number.label("measure"),
            _MEASURE.c.measure_kind,
            _STATE.label("measure_state"),
            _MEASURE.c.cause,
            _MEASURE.c.action,
            owner.c.login.label("owner"),
            owner.c.name.label("owner_name"),
            _MEASURE.c.due_on,
            _MEASURE.c.done_on,
            _MEASURE.c.result,
            _MEASURE.c.judged_on,
            _MEASURE.c.judgement,
        )
        .join(document, document.c.id == _MEASURE.c.document_id)
        .join(party, party.c.id == document.c.party_id)
        .join(owner, owner.c.id == _MEASURE.c.owner_id)
    )


@answers(OneDocument, permission=READ)
def case_measures(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The measures of a case in their order."""
    return rows_of(connection, _measures().where(document.c.id == asked.document).order_by(_MEASURE.c.number))


class MeasureList(Sorted):
    """Which measures to list."""

    measure_state: Literal["planned", "done", "effective", "not_effective", "dropped"] | None = None
    measure_kind: commands.MeasureKind | None = None
    owner: Text | None = None
    due_before: date | None = None


@answers(MeasureList, permission=READ)
def measures(connection: Connection, asked: MeasureList, _principal: Principal) -> list[dict[str, Any]]:
    """Measures of all cases, those that are due first first; with `due_before` those that are not done and due before a day."""
    query = _measures()
    if asked.measure_state is not None:
        query = query.where(_STATE.in_([asked.measure_state]))
    if asked.measure_kind is not None:
        query = query.where(_MEASURE.c.measure_kind == asked.measure_kind)
    if asked.owner:
        query = query.where(kernel.user_account.c.login == asked.owner)
    if asked.due_before is not None:
        late = (_MEASURE.c.done_on.is_(None), _MEASURE.c.dropped.is_(False), _MEASURE.c.due_on < asked.due_before)
        query = query.where(*late)
    if asked.search:
        pattern = contains(asked.search)
        found = (document.c.number, master_data.party.c.name, _MEASURE.c.cause, _MEASURE.c.action)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in found)))
    return page_of(connection, query, asked, _MEASURE.c.due_on, _MEASURE.c.id)


class AnyColleague(Sorted):
    """Whose name or sign-in name to look for."""


@answers(AnyColleague, permission=WRITE)
def colleagues(connection: Connection, asked: AnyColleague, _principal: Principal) -> list[dict[str, Any]]:
    """Who can look after a case or a measure: sign-in name and name of those who may sign in."""
    user = kernel.user_account
    query: Select[*tuple[Any, ...]] = select(user.c.login.label("code"), user.c.name).where(user.c.state == "active")
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(or_(user.c.login.ilike(pattern, escape="\\"), user.c.name.ilike(pattern, escape="\\")))
    return page_of(connection, query, asked, user.c.login)


QUERIES: Final[tuple[Query, ...]] = (case_measures, measures, colleagues)
