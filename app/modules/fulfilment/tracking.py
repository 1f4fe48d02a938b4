"""News of parcels: stored as it came, applied once, in any order; the newest event says how a parcel stands.

A message about a number that no parcel has is kept and applied when a parcel gets that number. What a carrier tells without an
offset is the time of the company's place. Trouble is put before who sold the goods, once for each cause, and leaves with its cause.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.kernel.access import SYSTEM_USER_ID
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, need_by_code, need_state
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.fulfilment.following import PACKED, apply_missed, ask, can_ask, parcel_numbered, tracking_of
from pipelines.connectors.easypost.translate import translate as translate_tracker
from pipelines.connectors.kuaidi100.requests import answered_param, pushed_param
from pipelines.connectors.kuaidi100.translate import translate as translate_kuaidi100
from schemas.commands import fulfilment as commands
from schemas.exchange.parcel import Parcel, ParcelEvent, ParcelState
from schemas.exchange.shop_order import NotTranslatable
from schemas.operational import documents
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

ROLE: Final = "clerk"
OVER: Final = frozenset({"delivered", "returned", "cancelled"})
_TROUBLE: Final = {
    "failed": "failed",
    "returning": "returned",
    "returned": "returned",
    "refused": "refused",
}
_WORRIES: Final = ("quiet", "late")
_MOST_ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = timedelta(minutes=1)
_FUTURE: Final = timedelta(days=1)


# Messages ------------------------------------------------------------------------------------------------------------


@handles(commands.ReceiveCarrierMessage, permission="fulfilment.message.receive")
def receive_carrier_message(ctx: Context, data: commands.ReceiveCarrierMessage) -> Outcome:
    """Store what a carrier's system sent as it came, once for each content; only the door itself gives this."""
    if ctx.principal.user_id != SYSTEM_USER_ID:
        raise Refused("not_permitted", login=ctx.principal.login, permission="fulfilment.message.receive")
    carrier = need_by_code(ctx, tables.carrier, data.carrier, "carrier", field="carrier")
    try:
        body = base64.b64decode(data.body, validate=True)
    except binascii.Error as error:
        raise Refused("shop_body", field="body") from error
    content_hash = hashlib.sha256(body).hexdigest()
    for row in ctx.uow.where(tables.carrier_message, "content_hash", content_hash):
        if row.carrier_id == carrier.id:
            return Outcome("receipt.carrier_message_stored", values={"message": row.id}, data={"message": row.id})
    row = ctx.uow.insert(
        tables.carrier_message,
        carrier_id=carrier.id,
        content_hash=content_hash,
        source=data.source,
        received_at=ctx.now,
        body=body,
    )
    ctx.uow.insert(tables.carrier_handling, id=row.id, state="stored", attempt=0, version=1)
    return Outcome("receipt.carrier_message_stored", values={"message": row.id}, data={"message": row.id})


@handles(commands.ApplyCarrierMessage, permission="fulfilment.message.apply")
def apply_carrier_message(ctx: Context, data: commands.ApplyCarrierMessage) -> Outcome:
    """Add the events of a stored message to its parcel, or keep it for the parcel that will get its number."""
    handling = ctx.uow.need(tables.carrier_handling, data.message, lock=True)
    if handling.state != "stored":
        return Outcome("receipt.carrier_message_handled", values={"message": handling.id, "state": handling.state})
    message = ctx.uow.need(tables.carrier_message, handling.id)
    carrier = ctx.uow.need(tables.carrier, message.carrier_id)
    values: dict[str, Any] = {"handled_at": ctx.now}
    try:
        said = _translated(carrier, message)
    except NotTranslatable as error:
        values |= {"state": "unreadable", "reason": error.reason, "detail": error.detail}
    else:
        number = said.tracking_number.upper()[:64]
        parcel_id = parcel_numbered(ctx, carrier.id, number)
        values |= {"state": "unmatched", "tracking_number": number}
        if parcel_id is not None:
            ctx.uow.need(tables.parcel, parcel_id, lock=True)
            _add(ctx, parcel_id, said, message)
            values |= {"state": "applied", "parcel_id": parcel_id}
    ctx.uow.update(tables.carrier_handling, handling, **values)
    return Outcome("receipt.carrier_message_handled", values={"message": handling.id, "state": handling.state})


@handles(commands.SetCarrierMessageAside, permission="fulfilment.message.apply")
def set_carrier_message_aside(ctx: Context, data: commands.SetCarrierMessageAside) -> Outcome:
    """Put a message that could not be applied aside, with what went wrong; it stays readable."""
    handling = ctx.uow.need(tables.carrier_handling, data.message, lock=True)
    if handling.state == "stored":
        values = {"state": "unreadable", "reason": "refused", "detail": data.detail, "handled_at": ctx.now}
        ctx.uow.update(tables.carrier_handling, handling, **values)
    return Outcome("receipt.carrier_message_handled", values={"message": handling.id, "state": handling.state})


def _translated(carrier: Row, message: Row) -> Parcel:
    """What a message says, in the shape of all carriers.

    Raises:
        NotTranslatable: it is nothing that this system sends.
    """
    if carrier.system == "webhook":
        return translate_tracker(message.body)
    if message.source == "answer":
        return translate_kuaidi100(answered_param(message.body))
    fields = pushed_param(message.body)
    if fields is None:
        raise NotTranslatable("field_missing", "param")
    return translate_kuaidi100(fields[0])


# Events --------------------------------------------------------------------------------------------------------------


def _add(ctx: Context, parcel_id: int, said: Parcel, message: Row) -> None:
    zone = ZoneInfo(ctx.company.time_zone)
    events = sorted(said.events, key=lambda event: _instant(event.at, zone))
    state = None if said.state is ParcelState.UNKNOWN else said.state.value
    for event in events:
        newest = event is events[-1]
        _note(ctx, parcel_id, event, _instant(event.at, zone), state if newest else None, message.id)
    if not events and state is not None:
        _note(ctx, parcel_id, ParcelEvent(message.received_at, said.problem), message.received_at, state, message.id)
    row = tracking_of(ctx, parcel_id)
    told_at = _instant(events[-1].at, zone) if events else message.received_at
    if said.expected_on is not None and (row.state_at is None or told_at >= row.state_at):
        ctx.uow.update(tables.parcel_tracking, row, expected_on=said.expected_on)
    _follow(ctx, parcel_id)


def _instant(at: datetime, zone: ZoneInfo) -> datetime:
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _note(
    ctx: Context, parcel_id: int, event: ParcelEvent, at: datetime, state: str | None, message_id: int | None
) -> None:
    """Keep an event, once; the same words with another state are another event."""
    text = "\x1f".join([at.isoformat(), event.text, event.place, state or ""])
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if any(row.event_hash == digest for row in ctx.uow.where(tables.tracking_event, "parcel_id", parcel_id)):
        return
    ctx.uow.insert(
        tables.tracking_event,
        parcel_id=parcel_id,
        happened_at=at,
        state=state,
        said=event.text[:500],
        place=event.place[:200],
        event_hash=digest,
        message_id=message_id,
        made_by=ctx.principal.user_id,
        made_at=ctx.now,
    )


def newest(events: Iterable[Row]) -> Row | None:
    """The event that says how a parcel stands: the latest that names a state, of one instant the one told last."""
    stated = [event for event in events if event.state is not None]
    return max(stated, key=lambda event: (event.happened_at, event.id), default=None)


def _follow(ctx: Context, parcel_id: int) -> None:
    """Let the parcel stand as its newest event says, and put its trouble before a person."""
    row = tracking_of(ctx, parcel_id)
    event = newest(ctx.uow.where(tables.tracking_event, "parcel_id", parcel_id))
    if event is None:
        return
    zone = ZoneInfo(ctx.company.time_zone)
    delivered = event.happened_at.astimezone(zone).date() if event.state == "delivered" else None
    values = {"state": event.state, "state_at": event.happened_at, "delivered_on": delivered}
    ctx.uow.update(tables.parcel_tracking, row, **values)
    _tell(ctx, parcel_id, row, _TROUBLE.get(event.state))


def _tell(ctx: Context, parcel_id: int, row: Row, problem: str | None) -> None:
    """Raise the trouble of a parcel to who sold the goods, or close what was raised before."""
    source = f"parcel_trouble:{parcel_id}:"
    if row.problem != problem:
        ctx.uow.update(tables.parcel_tracking, row, problem=problem)
        close_inbox(ctx, source)
    if problem is None:
        return
    document = ctx.uow.need(documents.document, parcel_id)
    order = order_of(ctx, parcel_id)
    number = ctx.uow.need(tables.parcel, parcel_id).tracking_number
    seller = order.created_by if order.created_by != SYSTEM_USER_ID else None
    put_into_inbox(
        ctx,
        source=f"{source}{problem}",
        kind=f"parcel_{problem}",
        severity="warning",
        facts={"number": document.number, "order": order.number, "name": number or ""},
        role=ROLE if seller is None else None,
        user_id=seller,
        due_on=order.due_on,
        document_id=parcel_id,
    )


def order_of(ctx: Context, parcel_id: int) -> Row:
    """The order whose goods are in a parcel."""
    origin = next(row for row in ctx.uow.where(documents.document_link, "to_id", parcel_id) if row.kind == PACKED)
    return ctx.uow.need(documents.document, origin.from_id)


@handles(commands.RecordTrackingEvent, permission="fulfilment.tracking.write")
def record_tracking_event(ctx: Context, data: commands.RecordTrackingEvent) -> Outcome:
    """Record by hand what happened to a parcel."""
    document = find_document(ctx, data.parcel, DocumentKind.PARCEL)
    need_state(document, DocumentState.POSTED)
    at = data.happened_at.astimezone(UTC) if data.happened_at is not None else ctx.now
    if at > ctx.now + _FUTURE:
        raise Refused("event_in_future", field="happened_at", happened_at=at)
    ctx.uow.need(tables.parcel, document.id, lock=True)
    _note(ctx, document.id, ParcelEvent(at, data.said, data.place), at, data.state, None)
    _follow(ctx, document.id)
    return Outcome("receipt.changed", document, {"what": "parcel", "code": document.number})


@handles(commands.WatchParcels, permission="fulfilment.tracking.watch")
def watch_parcels(ctx: Context, data: commands.WatchParcels) -> Outcome:
    """Look for parcels on their way that are without news or will be late, and tell who sold them.

    The receipt says where to go on while there are more parcels than one command looks at.
    """
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    if data.after == 0:
        apply_missed(ctx, data.at_most)
    table, document = tables.parcel_tracking, documents.document
    query = (
        select(table.c.id)
        .join(document, document.c.id == table.c.id)
        .where(
            table.c.id > data.after,
            document.c.state == DocumentState.POSTED.value,
            table.c.state.not_in(OVER),
            or_(table.c.problem.is_(None), table.c.problem.in_(_WORRIES)),
        )
        .order_by(table.c.id)
        .limit(data.at_most)
    )
    found, ids = 0, list(ctx.uow.connection.execute(query).scalars())
    for parcel_id in ids:
        row = tracking_of(ctx, parcel_id)
        if row.state in OVER or row.problem not in {None, *_WORRIES}:
            continue
        problem = _worry(ctx, parcel_id, row)
        found += problem is not None
        if problem != row.problem:
            _tell(ctx, parcel_id, row, problem)
    more = ids[-1] if len(ids) == data.at_most else None
    return Outcome("receipt.parcels_watched", values={"count": found}, data={"go_on_after": more})


def _worry(ctx: Context, parcel_id: int, row: Row) -> str | None:
    """What a person should look at in a parcel that is on its way."""
    promised: date | None = order_of(ctx, parcel_id).due_on
    if promised is not None and max(row.expected_on or ctx.today, ctx.today) > promised:
        return "late"
    parcel = ctx.uow.need(tables.parcel, parcel_id)
    carrier = ctx.uow.get(tables.carrier, parcel.carrier_id) if parcel.carrier_id else None
    last = max(row.state_at or row.since, row.since)
    quiet = carrier is not None and ctx.now - last > timedelta(days=carrier.quiet_days)
    return "quiet" if quiet else None


# Requests ------------------------------------------------------------------------------------------------------------


@handles(commands.FollowParcel, permission="fulfilment.tracking.write")
def follow_parcel(ctx: Context, data: commands.FollowParcel) -> Outcome:
    """Ask the carrier's system about a parcel, as soon as the sender comes to it."""
    document = find_document(ctx, data.parcel, DocumentKind.PARCEL)
    parcel = ctx.uow.need(tables.parcel, document.id, lock=True)
    carrier = ctx.uow.get(tables.carrier, parcel.carrier_id) if parcel.carrier_id else None
    if carrier is None or not can_ask(carrier) or parcel.tracking_number is None:
        raise Refused(
            "cannot_ask_carrier", field="parcel", parcel=document.number, carrier=carrier.code if carrier else "-"
        )
    ask(ctx, parcel, data.how)
    return Outcome("receipt.changed", document, {"what": "parcel", "code": document.number})


@handles(commands.RecordCarrierAnswer, permission="fulfilment.request.answer")
def record_carrier_answer(ctx: Context, data: commands.RecordCarrierAnswer) -> Outcome:
    """Record what became of a request; a failed one is sent again later, each time after a longer pause."""
    row = ctx.uow.need(tables.carrier_request, data.request, lock=True)
    if row.state == "waiting" and row.attempt == data.attempt:
        attempt = row.attempt + 1
        waits = not data.answered and data.again and attempt < _MOST_ATTEMPTS
        values: dict[str, Any] = {"attempt": attempt, "answer": data.answer}
        values["state"] = "done" if data.answered else "waiting" if waits else "failed"
        values["next_at"] = ctx.now + _FIRST_PAUSE * 4**row.attempt
        ctx.uow.update(tables.carrier_request, row, **values)
    return Outcome("receipt.carrier_request", values={"request": row.id, "state": row.state})
