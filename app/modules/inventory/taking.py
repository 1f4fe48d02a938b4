"""Which stock a command takes: what may be taken at all, in which order, and why it does not suffice.

A command that takes goods before it moves them holds the balances of everything it is going to touch first (`hold_stock`), so two
commands wait for each other and never for a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lot_by_code, lots_of
from app.modules.inventory.picking_order import Candidate, in_order, strategy_of
from app.modules.inventory.places import categories_of
from app.modules.inventory.stock import Movement
from app.modules.inventory.warehouses import stands_in
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import STATUS_AT, LocationKind, StockStatus


def hold_stock(ctx: Context, item_ids: Iterable[int]) -> None:
    """Lock every balance of items in one statement and in the order of their ids; before any place and any value is locked."""
    ids = sorted(set(item_ids))
    ctx.uow.gather(tables.stock_balance, "item_id", ids, lock=True)
    for item_id in ids:
        ctx.uow.where(tables.stock_balance, "item_id", item_id, lock=True)


def takeable(
    ctx: Context, balances: Iterable[Row], status: StockStatus = StockStatus.AVAILABLE, *, owner_id: int = 0
) -> list[Row]:
    """The balances of an owner in a quality status that may be taken from: those in storage places that are not blocked.

    What is on the way is nobody's yet; what is provided to a supplier or consigned to a customer stands at his place. Without an
    owner it is what is ours.
    """
    rows = [row for row in balances if row.status == status and row.owner_id == owner_id]
    if status in STATUS_AT.values():
        return rows
    places = ctx.uow.many(master_data.location, {row.location_id for row in rows})
    return [row for row in rows if may_be_taken_from(places[row.location_id])]


def may_be_taken_from(place: Any) -> bool:
    """Whether what stands in a place can be promised, reserved and picked: nothing that is to be put away first."""
    return place.kind == LocationKind.STORAGE and not place.blocked and not place.receiving


def in_picking_order(
    ctx: Context, item: Row, balances: Iterable[Row], free: Mapping[int, Decimal], wanted: Decimal
) -> list[Row]:
    """Sort balances of an item by its picking strategy.

    Args:
        ctx: the running command.
        item: the item.
        balances: what there is of it.
        free: how much can be taken of each, by balance id.
        wanted: how much is wanted, stocking unit.
    """
    lots, by_id = lots_of(ctx, item), {row.id: row for row in balances}
    places = ctx.uow.many(master_data.location, {row.location_id for row in by_id.values()})
    candidates = [
        candidate(row, places[row.location_id], lots.get(row.lot_id), free[row.id], item.fixed_location_id)
        for row in by_id.values()
    ]
    strategy = strategy_of(item, categories_of(ctx, item))
    return [by_id[found.balance_id] for found in in_order(strategy, candidates, wanted)]


def candidate(balance: Any, place: Any, lot: Any, free: Decimal, own_place: int | None) -> Candidate:
    """A balance with its place and lot, None without one, as the order of picking looks at it; `own_place` is its item's."""
    expires_on, received_on = (lot.expires_on, lot.received_on) if lot is not None else (None, None)
    own = place.id == own_place
    return Candidate(balance.id, place.code, place.walk_sequence, expires_on, received_on, free, own, place.id)


def pick(
    ctx: Context,
    item: Row,
    quantity: Decimal,
    location: Row | None,
    lot: str | None,
    own_reserved: dict[int, Decimal],
    planned: Sequence[Movement],
    *,
    status: StockStatus = StockStatus.AVAILABLE,
    warehouse_id: int | None = None,
    owner_id: int = 0,
) -> list[tuple[Row, Decimal]]:
    """Choose the balances that a quantity is taken from: own reservations first, then by the item's picking strategy.

    Args:
        ctx: the running command.
        item: what is taken.
        quantity: how much.
        location: only from here, if given.
        lot: only this lot, if given.
        own_reserved: quantity that is reserved for this demand, by balance id.
        planned: movements of the same document that were picked before and have not moved yet.
        status: only stock in this quality status.
        warehouse_id: only from this warehouse, if given.
        owner_id: only goods of this party; 0 for what is ours.

    Returns:
        Balances and the quantity taken from each.

    Raises:
        Refused: what is free and what is reserved for this demand do not suffice.
    """
    balances = ctx.uow.where(tables.stock_balance, "item_id", item.id, lock=True)
    if lot is not None:
        named = lot_by_code(ctx, item, lot) if item.lot_tracked else None
        balances = [row for row in balances if named is not None and row.lot_id == named.id]
    candidates = [
        row
        for row in takeable(ctx, balances, status, owner_id=owner_id)
        if (location is None or row.location_id == location.id) and stands_in(ctx, row.location_id, warehouse_id)
    ]
    free = {
        row.id: row.quantity
        - row.reserved
        + own_reserved.get(row.id, ZERO)
        - sum((m.quantity - m.reserved for m in planned if _leaves(m, row)), ZERO)
        for row in candidates
    }
    picked: list[tuple[Row, Decimal]] = []
    wanted = quantity
    ordered = in_picking_order(ctx, item, candidates, free, quantity)
    for row in sorted(ordered, key=lambda row: row.id not in own_reserved):
        taken = min(wanted, free[row.id])
        if taken > 0:
            picked.append((row, taken))
            wanted -= taken
        if wanted <= 0:
            return picked
    raise _short(ctx, item, quantity, quantity - wanted, balances, owner_id)


def _short(ctx: Context, item: Row, wanted: Decimal, free: Decimal, balances: Iterable[Row], owner_id: int) -> Refused:
    """Why a quantity cannot be taken; where enough stands there that is a supplier's, that it can be taken over from him."""
    facts = {"item": item.code, "wanted": wanted, "free": free, "short": wanted - free}
    if owner_id:
        return Refused("owner_stock_short", field="quantity", owner=_party_code(ctx, owner_id), **facts)
    consigned: dict[int, Decimal] = {}
    for row in balances:
        if row.owner_id and row.quantity > 0 and ctx.uow.need(master_data.party, row.owner_id).is_supplier:
            consigned[row.owner_id] = consigned.get(row.owner_id, ZERO) + row.quantity
    if not consigned:
        return Refused("stock_short", field="quantity", **facts)
    owners = ", ".join(sorted(_party_code(ctx, owner) for owner in consigned))
    return Refused(
        "stock_short_consigned",
        field="quantity",
        consigned=sum(consigned.values(), ZERO),
        owners=owners,
        **facts,
    )


def _party_code(ctx: Context, party_id: int) -> str:
    return ctx.uow.need(master_data.party, party_id).code


def _leaves(movement: Movement, balance: Row) -> bool:
    return movement.lot_id == balance.lot_id and (
        (movement.item.id, movement.from_location.id, movement.owner_id, movement.status)
        == (balance.item_id, balance.location_id, balance.owner_id, balance.status)
    )
