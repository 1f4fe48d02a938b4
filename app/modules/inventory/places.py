"""Places as commands see them: where goods without a place are put, and what the places that goods enter say to that."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from app.kernel.bus import Context
from app.kernel.documents import need_by_code
from app.kernel.errors import Refused
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.inventory.put_away import (
    Contents,
    StorageRule,
    beyond,
    has_capacity,
    places_for,
    refuses,
    rule_of,
    shared_out,
    takes_class,
)
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.places import STATUS_AT, STOCKED_KINDS, LocationKind, StockStatus

ROLE = "clerk"
_FOUND_THERE = frozenset({LocationKind.COUNT_DIFFERENCE, LocationKind.OPENING})


class Arriving(Protocol):
    """Goods that a movement brings from one place to another."""

    @property
    def item(self) -> Row: ...
    @property
    def from_location(self) -> Row: ...
    @property
    def to_location(self) -> Row: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def reverses_id(self) -> int | None: ...
    @property
    def stays(self) -> bool: ...


def categories_of(ctx: Context, item: Row) -> list[Row]:
    """An item's category and those above it, the nearest first."""
    found: list[Row] = []
    above: int | None = item.category_id
    while above is not None and all(row.id != above for row in found):
        found.append(ctx.uow.need(master_data.item_category, above))
        above = found[-1].parent_id
    return found


def proposed_place(ctx: Context, item: Row, quantity: Decimal) -> Row | None:
    """Find the one place for goods that arrive without one; None where nobody said how the item is put away.

    Args:
        ctx: the running command.
        item: what arrives.
        quantity: how much.

    Raises:
        Refused: no place takes the whole quantity.
    """
    rule = rule_of(item, categories_of(ctx, item))
    if rule.put_away_strategy is None:
        return None
    bins, contents = _room_now(ctx)
    found = places_for(rule, item.id, item, quantity, bins, contents)
    if not found:
        raise _nothing_fits(rule, item, quantity)
    return found[0]


class Room:
    """The room in storage places while one command puts goods away: what stands there, and what it is going to bring itself.

    The places are read, and the stand-in for all is locked, when the first goods arrive without a place.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._bins: list[Row] | None = None
        self._contents: dict[int, Contents] = {}
        self._brought: list[tuple[int, Row, Decimal]] = []

    def bring(self, place: Row, item: Row, quantity: Decimal) -> None:
        """Count goods that are going to be put into a place."""
        if self._bins is None:
            self._brought.append((place.id, item, quantity))
        elif place.id in self._contents:
            self._contents[place.id].add(item.id, item, quantity)

    def shared_out(self, item: Row, quantity: Decimal) -> list[tuple[Row, Decimal]] | None:
        """Share out goods that arrive without a place over the places of their rule; None where nobody said how they are put away.

        Raises:
            Refused: all places together do not take the quantity.
        """
        rule = rule_of(item, categories_of(self._ctx, item))
        if rule.put_away_strategy is None:
            return None
        if self._bins is None:
            self._bins, self._contents = _room_now(self._ctx)
            for place_id, brought, part in self._brought:
                if place_id in self._contents:
                    self._contents[place_id].add(brought.id, brought, part)
        decimals = self._ctx.uow.need(master_data.unit, item.unit_id).decimals
        found = shared_out(rule, item.id, item, quantity, self._bins, self._contents, decimals=decimals)
        if not found:
            raise _nothing_fits(rule, item, quantity)
        return found


def _nothing_fits(rule: StorageRule, item: Row, quantity: Decimal) -> Refused:
    assert rule.put_away_strategy is not None, item.code
    return Refused(
        "no_place_fits", field="location", item=item.code, quantity=quantity, strategy=rule.put_away_strategy.value
    )


def _room_now(ctx: Context) -> tuple[list[Row], dict[int, Contents]]:
    """The places that hold no other places, and what stands in them.

    The first place is locked and stands for all: who looks for room waits for who has found some and not moved in yet.
    """
    places = ctx.uow.where(master_data.location, "kind", LocationKind.STORAGE.value)
    if places:
        ctx.uow.need(master_data.location, places[0].id, lock=True)
    within = {place.parent_id for place in places}
    bins = [place for place in places if place.id not in within]
    ctx.uow.gather(tables.stock_balance, "location_id", (place.id for place in bins))
    contents = {
        place.id: _contents(ctx, ctx.uow.where(tables.stock_balance, "location_id", place.id)) for place in bins
    }
    return bins, contents


def _contents(ctx: Context, balances: Iterable[Row]) -> Contents:
    held = Contents()
    balances = [row for row in balances if row.quantity > 0]
    items = ctx.uow.many(master_data.item, {row.item_id for row in balances})
    for row in balances:
        held.add(row.item_id, items[row.item_id], row.quantity)
    return held


def entered_places(ctx: Context, movements: Iterable[Arriving]) -> list[Row]:
    """Refuse goods that may not stand where they go, and return the places of limited room that goods enter, locked.

    Locked by all who enter such a place after the balances of what they bring, so that what stands there is told one after another.

    Raises:
        Refused: a place is blocked, or takes goods of another storage class.
    """
    limited: set[int] = set()
    entered: set[int] = set()
    for movement in movements:
        place = movement.to_location
        if place.id != movement.from_location.id and place.kind == LocationKind.STORAGE and has_capacity(place):
            entered.add(place.id)
        if not _chosen(movement):
            continue
        if place.blocked:
            raise Refused("place_blocked", field="location", location=place.code, item=movement.item.code)
        storage_class = rule_of(movement.item, categories_of(ctx, movement.item)).storage_class
        if not takes_class(place, storage_class):
            raise Refused(
                "place_of_other_class",
                field="location",
                location=place.code,
                item=movement.item.code,
                place_class=place.storage_class or "-",
                item_class=storage_class or "-",
            )
        if has_capacity(place):
            limited.add(place.id)
    locked = ctx.uow.many(master_data.location, entered, lock=True)
    return [place for key, place in locked.items() if key in limited]


def _chosen(movement: Arriving) -> bool:
    """Whether somebody chose to put the goods into a storage place, and could choose another."""
    start, end = movement.from_location, movement.to_location
    if movement.reverses_id is not None or start.kind in _FOUND_THERE or start.id == end.id or movement.stays:
        return False
    return end.kind == LocationKind.STORAGE


def check_room(ctx: Context, document: Row, places: Iterable[Row]) -> None:
    """Refuse, or warn of, places that hold more than they can after goods were moved in.

    Raises:
        Refused: a place that refuses is too full.
    """
    for place in places:
        over = beyond(place, _contents(ctx, ctx.uow.read_again(tables.stock_balance, "location_id", place.id)))
        if over is None:
            continue
        measure, held, most = over
        facts = {"location": place.code, "measure": measure, "held": held, "most": most}
        if refuses(place):
            raise Refused("place_full", field="location", **facts)
        put_into_inbox(
            ctx,
            source=f"place_over_capacity:{place.id}:",
            kind="place_over_capacity",
            severity="warning",
            facts=facts,
            role=ROLE,
            document_id=document.id,
        )


def is_stocked(location: Row) -> bool:
    """Say whether goods stand at a location and are counted and valued there."""
    return location.kind in STOCKED_KINDS


def location_of_kind(ctx: Context, kind: LocationKind) -> Row:
    """Return the far-side location of a kind.

    Raises:
        Refused: the company has none.
    """
    rows = ctx.uow.where(master_data.location, "kind", kind.value)
    if not rows:
        raise Refused("location_kind_missing", kind=kind.value)
    return rows[0]


def storage_location(ctx: Context, code: str | None, *, field: str = "location") -> Row:
    """Return a storage location by code; without a code, the company's first.

    Raises:
        Refused: no such location, or goods cannot stand there, or they do so only while they are on the way.
    """
    if code is None:
        return location_of_kind(ctx, LocationKind.STORAGE)
    row = need_by_code(ctx, master_data.location, code, "location", field=field)
    if row.kind == LocationKind.TRANSIT:
        raise Refused("location_in_transit", field=field, code=code)
    if not is_stocked(row):
        raise Refused("location_not_stocked", field=field, code=code, kind=row.kind)
    return row


def arrival_place(ctx: Context, item: Row, quantity: Decimal, code: str | None) -> Row:
    """Return the place that goods arrive in: the one that is named, else where the item is put away, else the company's first.

    Args:
        ctx: the running command.
        item: what arrives.
        quantity: how much, stocking unit; nothing arrives in the company's first place.
        code: the place, if somebody named it.

    Raises:
        Refused: no such place, it is a supplier's, or none that takes the whole quantity.
    """
    if code is None and quantity > 0:
        found = proposed_place(ctx, item, quantity)
        if found is not None:
            return found
    return own_place(ctx, code)


def arrival_places(
    ctx: Context, item: Row, quantity: Decimal, code: str | None, room: Room
) -> list[tuple[Row, Decimal]]:
    """Return the places that a quantity arrives in, with the part of each: shared out by the rule where none takes it all.

    Where goods are received at a place of their own it is that one. What arrives in the others takes the room from what the same
    command asks for after it.

    Raises:
        Refused: no such place, it is a supplier's, or all places of the rule together do not take the quantity.
    """
    dock = receiving_place(ctx) if code is None else None
    if dock is not None:
        return [(dock, quantity)]
    found = room.shared_out(item, quantity) if code is None and quantity > 0 else None
    parts = [(own_place(ctx, code), quantity)] if found is None else found
    for place, part in parts:
        room.bring(place, item, part)
    return parts


def receiving_place(ctx: Context) -> Row | None:
    """Where what is received without a place stands until it is put away: the first on the way; None where there is none."""
    places = ctx.uow.where(master_data.location, "kind", LocationKind.STORAGE.value)
    docks = [place for place in places if place.receiving and place.active and not place.blocked]
    return min(docks, key=lambda p: (p.walk_sequence is None, p.walk_sequence or 0, p.code), default=None)


def own_place(ctx: Context, code: str | None, *, field: str = "location") -> Row:
    """Return a stocked location that is not a supplier's or a customer's; without a code, the company's first.

    Raises:
        Refused: no such location, goods cannot stand there, or it is a supplier's or a customer's.
    """
    row = storage_location(ctx, code, field=field)
    if row.kind == LocationKind.SUBCONTRACTOR:
        raise Refused("location_at_supplier", field=field, code=row.code)
    if row.kind == LocationKind.CONSIGNMENT:
        raise Refused("location_at_customer", field=field, code=row.code)
    return row


def status_at(location: Row) -> StockStatus:
    """The quality status of usable goods at a place: at a supplier's they are provided to him, at a customer's consigned."""
    return STATUS_AT.get(location.kind, StockStatus.AVAILABLE)
