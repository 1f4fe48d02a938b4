"""Moves goods: checks and changes balances, values the move by the item's method, and writes the stock ledger.

Everything that touches goods comes through `move_goods`. Rows are locked in one order: the document and its lines, then the
balances of all its items by item, then the places that goods enter, then item values and layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import open_period
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import check_room, entered_places, is_stocked, location_of_kind
from app.modules.inventory.serials import refuse_twice_in_stock, refuse_unlike_pieces
from app.modules.inventory.valuation import Layer, average_issue, first_in_first_out, standard_issue
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded
from schemas.vocabulary.places import STATUS_AT, LocationKind, StockStatus

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
