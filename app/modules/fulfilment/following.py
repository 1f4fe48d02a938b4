"""Following a parcel: it stands somewhere from its handing over on, and the outbox asks its carrier's system for news."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import Select, and_, select

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentState

PACKED: Final = "packing"


def begin_tracking(ctx: Context, document: Row) -> None:
    """A parcel was handed over or got another number: it is followed from now on, and news kept for it is applied."""
    parcel = ctx.uow.need(tables.parcel, document.id)
    if document.state == DocumentState.POSTED:
        row = tracking_of(ctx, parcel.id)
        service = ctx.uow.get(tables.carrier_service, parcel.service_id) if parcel.service_id else None
        if row.expected_on is None and service is not None and service.transit_days is not None:
            expected = document.posted_on + timedelta(days=service.transit_days)
            ctx.uow.update(tables.parcel_tracking, row, expected_on=expected)
    if parcel.tracking_number is None:
        return
    apply_kept(ctx, parcel.carrier_id, parcel.tracking_number)
    if document.state == DocumentState.POSTED and can_ask(ctx.uow.need(tables.carrier, parcel.carrier_id)):
        ask(ctx, parcel, "subscribe")


def parcel_numbered(ctx: Context, carrier_id: int, number: str) -> int | None:
    """The id of the parcel that a carrier brings under a number."""
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    table = tables.parcel
    query = select(table.c.id).where(table.c.tracking_number == number, table.c.carrier_id == carrier_id)
    return ctx.uow.connection.execute(query).scalar()


def apply_kept(ctx: Context, carrier_id: int, number: str) -> None:
    """A parcel got its number: messages that were kept for it are to be applied."""
    handling, message = tables.carrier_handling, tables.carrier_message
    query = _kept().where(handling.c.tracking_number == number, message.c.carrier_id == carrier_id)
    _apply_again(ctx, query)


def apply_missed(ctx: Context, at_most: int) -> None:
    """Messages that were kept while their parcel was just getting its number are to be applied, the oldest first."""
    handling, message, parcel = tables.carrier_handling, tables.carrier_message, tables.parcel
    same = and_(parcel.c.tracking_number == handling.c.tracking_number, parcel.c.carrier_id == message.c.carrier_id)
    _apply_again(ctx, _kept().join(parcel, same).order_by(handling.c.id).limit(at_most))


def _kept() -> Select[tuple[int]]:
    handling, message = tables.carrier_handling, tables.carrier_message
    query = select(handling.c.id).join(message, message.c.id == handling.c.id)
    return query.where(handling.c.state == "unmatched")


def _apply_again(ctx: Context, query: Select[tuple[int]]) -> None:
    handling = tables.carrier_handling
    ids = list(ctx.uow.connection.execute(query).scalars())
    for row in ctx.uow.many(handling, ids, lock=True).values():
        if row.state == "unmatched":
            ctx.uow.update(handling, row, state="stored", attempt=row.attempt + 1)


def tracking_of(ctx: Context, parcel_id: int) -> Row:
    """How a parcel stands, locked; of one without news that it was announced."""
    row = ctx.uow.get(tables.parcel_tracking, parcel_id, lock=True)
    if row is None:
        row = ctx.uow.insert(tables.parcel_tracking, id=parcel_id, state="announced", since=ctx.now, version=1)
    return row


def can_ask(carrier: Row) -> bool:
    """Whether a carrier's system can be asked: it has one, and its key is set."""
    return (
        carrier.system == "kuaidi100" and carrier.active and None not in (carrier.api_key_cipher, carrier.system_code)
    )


def ask(ctx: Context, parcel: Row, how: str) -> None:
    """Put a request into the outbox, unless the same one waits there."""
    for row in ctx.uow.where(tables.carrier_request, "parcel_id", parcel.id):
        if (row.kind, row.state) == (how, "waiting"):
            return
    ctx.uow.insert(
        tables.carrier_request, parcel_id=parcel.id, kind=how, state="waiting", attempt=0, next_at=ctx.now, version=1
    )
