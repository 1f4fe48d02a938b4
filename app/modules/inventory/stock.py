"""Moves goods: checks and changes balances, values the move by the item's method, and writes the stock ledger.

Everything that touches goods comes through `move_goods`. Rows are locked in one order: the document and its lines, then the
balances of all its items by item, then the places that goods enter, then item values and layers. A command that takes goods before
it moves them holds the balances of everything it is going to touch first (`hold_stock`), so two commands wait for each other and
never for a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import need_by_code, open_period
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.picking_order import Candidate, in_order, strategy_of
from app.modules.inventory.places import Room, categories_of, check_room, entered_places, proposed_place
from app.modules.inventory.serials import refuse_twice_in_stock, refuse_unlike_pieces
from app.modules.inventory.valuation import Layer, average_issue, first_in_first_out, standard_issue
from app.modules.inventory.warehouses import stands_in
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded
from schemas.vocabulary.places import STATUS_AT, STOCKED_KINDS, LocationKind, StockStatus

_BALANCE_KEY = ("item_id", "location_id", "lot_id", "owner_id", "status")
BalanceKey = tuple[int, int, int, int, str]
OwnLayers = Sequence[int | None]
"""Line by line of what is issued, the receipt line whose layer its goods are known to be of."""
NO_LAYERS: Final[OwnLayers] = ()


@dataclass(frozen=True)
class Movement:
    """Goods that go from one place to another.

    Attributes:
        value: value that the goods bring in, or take along if the move takes back an earlier one; None lets the item's method
            decide.
        reserved: how much of the quantity was reserved for this movement and is released by it.
        to_status: the quality status that the goods arrive in, where it is another than they left in.
        own_layer: by FIFO the line whose layer the goods leave from first, because they are known to be of that receipt.
        owner_id: the party whose goods they are; 0 where they are ours. Goods of others have no value.
        stays: whether the goods stand where they arrive already, and only become somebody else's.
    """

    item: Row
    from_location: Row
    to_location: Row
    quantity: Decimal
    line: Row | None = None
    lot_id: int = 0
    status: str = StockStatus.AVAILABLE
    value: Decimal | None = None
    reserved: Decimal = ZERO
    reverses_id: int | None = None
    to_status: str | None = None
    own_layer: int | None = None
    owner_id: int = 0
    stays: bool = False

    @property
    def arrives_in(self) -> str:
        """The quality status that the goods arrive in."""
        return self.to_status or self.status


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


def move_goods(ctx: Context, document: Row, movements: Sequence[Movement], posted_on: date) -> list[Row]:
    """Post stock moves with their values.

    Args:
        ctx: the running command.
        document: the document that evidences the moves.
        movements: what moves, each quantity > 0.
        posted_on: the posting date, in an open period.

    Returns:
        The stock moves in the order of `movements`; `value` is the change of the company's inventory value.

    Raises:
        Refused: stock is short, the period is locked, or a place does not take the goods.
    """
    period = open_period(ctx, posted_on)
    _refuse_misplaced(movements)
    for movement in movements:
        refuse_unlike_pieces(movement.item, movement.quantity, movement.lot_id)
    balances = _locked_balances(ctx, movements)
    limited = entered_places(ctx, movements)
    crossing = {m.item.id for m in movements if is_stocked(m.from_location) != is_stocked(m.to_location)}
    values = ctx.uow.ensure(
        tables.item_value, ("item_id",), [(i,) for i in crossing], quantity=ZERO, value=ZERO, last_unit_cost=ZERO
    )
    _refuse_tracking_changed(ctx, movements, values)
    moves: list[Row] = []
    for movement in movements:
        _change_balances(ctx, movement, balances)
        held = None if movement.owner_id else values.get((movement.item.id,))
        value = ZERO if held is None else _change_value(ctx, movement, held, posted_on)
        moves.append(
            ctx.uow.insert(
                tables.stock_move,
                document_id=document.id,
                document_line_id=movement.line.id if movement.line else None,
                item_id=movement.item.id,
                from_location_id=movement.from_location.id,
                to_location_id=movement.to_location.id,
                lot_id=movement.lot_id,
                owner_id=movement.owner_id,
                status=movement.status,
                to_status=movement.to_status,
                quantity=movement.quantity,
                value=value,
                posted_on=posted_on,
                period_id=period.id,
                reverses_id=movement.reverses_id,
            )
        )
    refuse_twice_in_stock(ctx, ((m.item, m.lot_id) for m in movements if is_stocked(m.to_location)))
    check_room(ctx, document, limited)
    return moves


def _refuse_tracking_changed(ctx: Context, movements: Iterable[Movement], values: Mapping[Any, Row]) -> None:
    """How an item is tracked changes while nothing of it is in stock; who brings the first in has locked its value and looks again.

    Raises:
        Refused: it changed since the movement was decided.
    """
    empty = {m.item.id: m.item for m in movements if not is_stocked(m.from_location)}
    for item_id, item in empty.items():
        held = values.get((item_id,))
        if held is None or held.quantity > 0:
            continue
        decided = (item.lot_tracked, item.serial_tracked)
        now = ctx.uow.read_again(master_data.item, "code", item.code)[0]
        if (now.lot_tracked, now.serial_tracked) != decided:
            raise Refused("tracking_changed", field="lines", item=item.code)


def _refuse_misplaced(movements: Sequence[Movement]) -> None:
    """Goods are provided at a supplier's place and consigned at a customer's, and only there; others' stand in storage places.

    Raises:
        Refused: a movement would have it otherwise.
    """
    for m in movements:
        for place, status in ((m.from_location, m.status), (m.to_location, m.arrives_in)):
            if m.owner_id and is_stocked(place) and place.kind != LocationKind.STORAGE:
                raise Refused("others_goods_in_storage", field="lines", item=m.item.code, location=place.code)
            for kind, own in STATUS_AT.items():
                if is_stocked(place) and (place.kind == kind) != (status == own):
                    raise Refused(
                        "provided_at_supplier" if own == StockStatus.PROVIDED else "consigned_at_customer",
                        field="lines",
                        item=m.item.code,
                        location=place.code,
                        status=status,
                    )


def layer_of(ctx: Context, item: Row, line_id: int | None) -> Row | None:
    """Return the FIFO layer that a receipt's line made, locked."""
    rows = ctx.uow.where(tables.cost_layer, "item_id", item.id, lock=True)
    return next((row for row in rows if row.document_line_id == line_id), None)


def adjust_value(
    ctx: Context,
    document: Row,
    item: Row,
    amount: Decimal,
    posted_on: date,
    *,
    line_id: int | None,
    layer: Row | None = None,
) -> None:
    """Add a late cost to the stock of an item that is still there.

    Args:
        ctx: the running command.
        document: the document that brings the cost.
        item: what is revalued.
        amount: the cost, on the minor unit; it takes no more than there is.
        posted_on: the posting date.
        line_id: the line it is for; by FIFO that of the receipt.
        layer: by FIFO the layer of that receipt, which alone bears the cost.
    """
    assert (layer is None) == (method_of(ctx, item) != ValuationMethod.FIFO), item.code
    held = ctx.uow.ensure(
        tables.item_value, ("item_id",), [(item.id,)], quantity=ZERO, value=ZERO, last_unit_cost=ZERO
    )[(item.id,)]
    assert held.quantity > 0, item.code
    assert held.value + amount >= 0, (item.code, held.value, amount)
    ctx.uow.update(tables.item_value, held, value=held.value + amount)
    if layer is not None:
        assert layer.remaining_quantity > 0, (item.code, layer.id)
        ctx.uow.update(tables.cost_layer, layer, remaining_value=layer.remaining_value + amount)
    stock = location_of_kind(ctx, LocationKind.STORAGE)
    ctx.uow.insert(
        tables.stock_move,
        document_id=document.id,
        document_line_id=line_id,
        item_id=item.id,
        from_location_id=stock.id,
        to_location_id=stock.id,
        lot_id=0,
        owner_id=0,
        status=StockStatus.AVAILABLE.value,
        quantity=ZERO,
        value=amount,
        posted_on=posted_on,
        period_id=open_period(ctx, posted_on).id,
    )


def method_of(ctx: Context, item: Row) -> ValuationMethod:
    """Return the valuation method of an item's category."""
    return ValuationMethod(ctx.uow.need(master_data.item_category, item.category_id).valuation_method)


def inventory_role(ctx: Context, item: Row) -> str:
    """Return the role of the account an item's stock stands in."""
    return ctx.uow.need(master_data.item_category, item.category_id).inventory_role


def lot_for(ctx: Context, item: Row, code: str | None, received_on: date, expires_on: date | None) -> int:
    """Return the id of an item's lot, making it if it is new; 0 where the item has no lots.

    Raises:
        Refused: a lot is missing on a lot-tracked item, or given on another.
    """
    if item.lot_tracked != (code is not None):
        raise Refused("lot_needed" if item.lot_tracked else "lot_not_used", field="lot", item=item.code)
    if code is None:
        return 0
    known = lot_by_code(ctx, item, code)
    if known is not None:
        return known.id
    if expires_on is None and item.shelf_life_days is not None:
        expires_on = date.fromordinal(received_on.toordinal() + item.shelf_life_days)
    lot = ctx.uow.insert(tables.lot, item_id=item.id, code=code, expires_on=expires_on, received_on=received_on)
    return lot.id


def existing_lot(ctx: Context, item: Row, code: str | None) -> int:
    """Return the id of a lot that is there; 0 where the item has no lots.

    Raises:
        Refused: the item has no such lot.
    """
    if not item.lot_tracked:
        return 0
    known = lot_by_code(ctx, item, code)
    if known is None:
        raise Refused("lot_unknown", field="lot", item=item.code, lot=code)
    return known.id


def lot_by_code(ctx: Context, item: Row, code: str | None) -> Row | None:
    """An item's lot by its code; None where it has no such lot."""
    return ctx.uow.keyed(tables.lot, "item_id", item.id, "code").get(code)


def hold_stock(ctx: Context, item_ids: Iterable[int]) -> None:
    """Lock every balance of items in one statement and in the order of their ids; before any place and any value is locked."""
    ids = sorted(set(item_ids))
    ctx.uow.gather(tables.stock_balance, "item_id", ids, lock=True)
    for item_id in ids:
        ctx.uow.where(tables.stock_balance, "item_id", item_id, lock=True)


def lots_of(ctx: Context, item: Row) -> Mapping[int, Row]:
    """The lots of an item by id; none where it has no lots."""
    return ctx.uow.keyed(tables.lot, "item_id", item.id, "id") if item.lot_tracked else {}


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


def _key(movement: Movement, location: Row, status: str) -> BalanceKey:
    return (movement.item.id, location.id, movement.lot_id, movement.owner_id, status)


def _locked_balances(ctx: Context, movements: Sequence[Movement]) -> dict[BalanceKey, Row]:
    keys: set[BalanceKey] = set()
    for m in movements:
        for location, status in ((m.from_location, m.status), (m.to_location, m.arrives_in)):
            if is_stocked(location):
                keys.add(_key(m, location, status))
    return ctx.uow.ensure(tables.stock_balance, _BALANCE_KEY, keys, quantity=ZERO, reserved=ZERO)  # pyright: ignore[reportReturnType]


def _change_balances(ctx: Context, movement: Movement, balances: dict[BalanceKey, Row]) -> None:
    assert movement.quantity > 0, movement
    if is_stocked(movement.from_location):
        row = balances[_key(movement, movement.from_location, movement.status)]
        free = row.quantity - row.reserved + movement.reserved
        if free < movement.quantity:
            raise Refused(
                "stock_short",
                field="quantity",
                item=movement.item.code,
                wanted=movement.quantity,
                free=free,
                short=movement.quantity - free,
            )
        ctx.uow.update(
            tables.stock_balance,
            row,
            quantity=row.quantity - movement.quantity,
            reserved=row.reserved - movement.reserved,
        )
    if is_stocked(movement.to_location):
        row = balances[_key(movement, movement.to_location, movement.arrives_in)]
        ctx.uow.update(tables.stock_balance, row, quantity=row.quantity + movement.quantity)


def _change_value(ctx: Context, movement: Movement, held: Row, posted_on: date) -> Decimal:
    if is_stocked(movement.to_location) == is_stocked(movement.from_location):
        return ZERO
    if is_stocked(movement.to_location):
        return _value_in(ctx, movement, held, posted_on)
    return -_value_out(ctx, movement, held)


def _value_in(ctx: Context, movement: Movement, held: Row, posted_on: date) -> Decimal:
    decimals = ctx.company.currency_decimals
    method = method_of(ctx, movement.item)
    if method == ValuationMethod.STANDARD:
        value = rounded(movement.quantity * movement.item.standard_cost, decimals)
    elif movement.value is not None:
        value = movement.value
    else:
        value = rounded(movement.quantity * _present_cost(movement.item, held), decimals)
    unit_cost = rounded(value / movement.quantity, RATE_DECIMALS)
    ctx.uow.update(
        tables.item_value,
        held,
        quantity=held.quantity + movement.quantity,
        value=held.value + value,
        last_unit_cost=unit_cost,
    )
    if method == ValuationMethod.FIFO:
        ctx.uow.insert(
            tables.cost_layer,
            item_id=movement.item.id,
            document_line_id=movement.line.id if movement.line else None,
            received_on=posted_on,
            quantity=movement.quantity,
            remaining_quantity=movement.quantity,
            remaining_value=value,
        )
    return value


def _present_cost(item: Row, held: Row) -> Decimal:
    if held.quantity > 0:
        return held.value / held.quantity
    return held.last_unit_cost or item.standard_cost


def _value_out(ctx: Context, movement: Movement, held: Row) -> Decimal:
    decimals = ctx.company.currency_decimals
    method = method_of(ctx, movement.item)
    if method == ValuationMethod.FIFO:
        value = _take_layers(ctx, movement, decimals)
    elif method == ValuationMethod.STANDARD:
        value = standard_issue(
            movement.quantity,
            unit_cost=movement.item.standard_cost,
            held_quantity=held.quantity,
            held_value=held.value,
            decimals=decimals,
        )
    else:
        value = _average_out(movement, held, decimals)
    ctx.uow.update(tables.item_value, held, quantity=held.quantity - movement.quantity, value=held.value - value)
    return value


def _average_out(movement: Movement, held: Row, decimals: int) -> Decimal:
    """Issue at the average; a reversal takes the value it once brought, as far as what stays is worth no less than nothing."""
    left = held.quantity - movement.quantity
    if movement.value is not None and left > 0 and held.value >= movement.value:
        return movement.value
    return average_issue(movement.quantity, held_quantity=held.quantity, held_value=held.value, decimals=decimals)


def _take_layers(ctx: Context, movement: Movement, decimals: int) -> Decimal:
    rows = [
        r for r in ctx.uow.where(tables.cost_layer, "item_id", movement.item.id, lock=True) if r.remaining_quantity > 0
    ]
    own = movement.own_layer
    rows.sort(key=lambda r: (own is not None and r.document_line_id != own, r.received_on, r.id))
    layers = [Layer(r.id, r.remaining_quantity, r.remaining_value) for r in rows]
    by_id = {r.id: r for r in rows}
    total = ZERO
    for take in first_in_first_out(movement.quantity, layers, decimals=decimals):
        row = by_id[take.layer_id]
        ctx.uow.update(
            tables.cost_layer,
            row,
            remaining_quantity=row.remaining_quantity - take.quantity,
            remaining_value=row.remaining_value - take.value,
        )
        total += take.value
    return total
