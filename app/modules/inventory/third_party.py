"""Handlers of goods in our places that are not ours: they come from their owner and go back to him, and have no value here.

A supplier's consignment and what a customer gave us to repair or to work on are one thing: stock of another owner. Who takes a
supplier's goods over into own stock does so by `purchasing/taking_over.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import need_by_code, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lot_for, lots_of
from app.modules.inventory.places import Room, arrival_places, location_of_kind, own_place
from app.modules.inventory.serials import all_pieces
from app.modules.inventory.stock import Movement, move_goods
from app.modules.inventory.taking import hold_stock, pick, takeable
from app.modules.master_data.terms import active_item, stocking_quantity
from schemas.commands import third_party as commands
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind, StockStatus


def far_side(ctx: Context, owner: Row) -> Row:
    """Where goods of an owner come from and go back to."""
    return location_of_kind(ctx, LocationKind.SUPPLIER if owner.is_supplier else LocationKind.CUSTOMER)


@handles(commands.ReceiveThirdPartyGoods, permission="inventory.third_party.write")
def receive_third_party_goods(ctx: Context, data: commands.ReceiveThirdPartyGoods) -> Outcome:
    """Take in goods of a supplier on consignment, or of a customer: they stay his, have no value and post nothing."""
    owner = need_by_code(ctx, master_data.party, data.owner, "party", field="owner")
    posted_on = data.posted_on or ctx.today
    receipt = new_document(
        ctx,
        DocumentKind.THIRD_PARTY_RECEIPT,
        DocumentState.POSTED,
        party_id=owner.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        note=data.note,
    )
    named = [(active_item(ctx, line.item), line) for line in data.lines]
    for item, line in named:
        stocking_quantity(ctx, item, line.quantity, None)
    hold_stock(ctx, (item.id for item, _ in named))
    source, room = far_side(ctx, owner), Room(ctx)
    movements: list[Movement] = []
    for item, line in all_pieces(named):
        lot_id = lot_for(ctx, item, line.lot, posted_on, line.expires_on)
        for place, part in arrival_places(ctx, item, line.quantity, line.location or data.location, room):
            row = _line(ctx, receipt, len(movements) + 1, item, part, place.id, lot_id)
            movements.append(Movement(item, source, place, part, row, lot_id, owner_id=owner.id))
    move_goods(ctx, receipt, movements, posted_on)
    return Outcome("receipt.posted", receipt)


def _line(ctx: Context, document: Row, number: int, item: Row, quantity: Decimal, location_id: int, lot_id: int) -> Row:
    return new_line(
        ctx,
        document,
        number,
        item_id=item.id,
        quantity=quantity,
        unit_id=item.unit_id,
        location_id=location_id,
        lot_id=lot_id,
    )


@handles(commands.ReturnThirdPartyGoods, permission="inventory.third_party.write")
def return_third_party_goods(ctx: Context, data: commands.ReturnThirdPartyGoods) -> Outcome:
    """Give goods back to the owner whose they are; without lines, all of his that stand in storage places."""
    owner = need_by_code(ctx, master_data.party, data.owner, "party", field="owner")
    posted_on = data.posted_on or ctx.today
    wanted = list(data.lines) or _all_of(ctx, owner)
    document = new_document(
        ctx,
        DocumentKind.THIRD_PARTY_RETURN,
        DocumentState.POSTED,
        party_id=owner.id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        note=data.note,
    )
    named = [(need_by_code(ctx, master_data.item, line.item, "item", field="lines"), line) for line in wanted]
    hold_stock(ctx, (item.id for item, _ in named))
    end = far_side(ctx, owner)
    movements: list[Movement] = []
    for item, line in all_pieces(named):
        place = own_place(ctx, line.location) if line.location is not None else None
        status = StockStatus(line.from_status)
        picked = pick(ctx, item, line.quantity, place, line.lot, {}, movements, status=status, owner_id=owner.id)
        for balance, taken in picked:
            start = ctx.uow.need(master_data.location, balance.location_id)
            row = _line(ctx, document, len(movements) + 1, item, taken, start.id, balance.lot_id)
            movements.append(
                Movement(item, start, end, taken, row, balance.lot_id, status=status.value, owner_id=owner.id)
            )
    move_goods(ctx, document, movements, posted_on)
    return Outcome("receipt.posted", document)


def _all_of(ctx: Context, owner: Row) -> Sequence[commands.LeavingLine]:
    """A line for each balance of an owner in a storage place.

    Raises:
        Refused: nothing of his stands there.
    """
    ctx.uow.write_earlier()
    balance = tables.stock_balance.c
    held = select(balance.item_id).where(balance.owner_id == owner.id, balance.quantity > ZERO).distinct()
    items = set(ctx.uow.connection.execute(held).scalars())
    hold_stock(ctx, items)
    lines = [
        commands.LeavingLine(
            item=item.code,
            quantity=row.quantity,
            location=ctx.uow.need(master_data.location, row.location_id).code,
            lot=lots_of(ctx, item)[row.lot_id].code if row.lot_id else None,
            from_status=status,
        )
        for item in ctx.uow.many(master_data.item, items).values()
        for status in (StockStatus.AVAILABLE, StockStatus.HOLD, StockStatus.REWORK)
        for row in takeable(
            ctx, ctx.uow.where(tables.stock_balance, "item_id", item.id, lock=True), status, owner_id=owner.id
        )
        if row.quantity > 0
    ]
    if not lines:
        raise Refused("owner_has_nothing", field="owner", owner=owner.code)
    return lines
