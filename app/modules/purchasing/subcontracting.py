"""What a supplier makes of our components: which ones an order line takes, and how a receipt consumes and a return gives them back.

Components stand at the supplier's place: ours, counted and valued, and free for no other order. A receipt consumes them by the
bill of material that was effective when the order was placed, or as the receiver says; what is received is worth its fee and
its components. What goes back to the supplier brings its components back to his place at the value they were consumed with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import location_of_kind
from app.modules.inventory.returns import posted_children
from app.modules.inventory.serials import pieces, refuse_too_many
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from app.modules.inventory.taking import hold_stock, pick
from app.modules.production.structure import required_components
from schemas.commands.trade import ComponentUsed
from schemas.facts import FactLine
from schemas.operational import documents, inventory, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO, rounded, rounded_up
from schemas.vocabulary.places import LocationKind, StockStatus

Actual = Mapping[int, Sequence[tuple[Decimal, str | None]]]


@dataclass
class Consumed:
    """What a receipt's or a return's line did with components.

    Attributes:
        value: what they were worth, on the minor unit; positive where they were consumed or given back.
        facts: that value by component, each with the role of its account.
        beyond: by component how much more was used than the bill of material says, negative where it was less.
    """

    value: Decimal = ZERO
    facts: list[FactLine] = field(default_factory=list)
    beyond: dict[int, Decimal] = field(default_factory=dict)


def expected_share(required: Decimal, received: Decimal, ordered: Decimal, decimals: int) -> Decimal:
    """How much of a component what was received so far should have taken.

    Args:
        required: for the whole order line, stocking unit, scrap included.
        received: of the order line so far; more than ordered where that is tolerated.
        ordered: of the order line, > 0.
        decimals: of the component's unit.

    Returns:
        The share, rounded up to the unit; the whole for the whole.

    >>> D = Decimal
    >>> expected_share(D(21), D(3), D(10), 0), expected_share(D(21), D(10), D(10), 0)
    (Decimal('7'), Decimal('21'))
    """
    return required if received == ordered else rounded_up(required * received / ordered, decimals)


def place_of(ctx: Context, supplier_id: int) -> Row:
    """Return the place where our components stand at a supplier's.

    Raises:
        Refused: he has none.
    """
    places = ctx.uow.where(master_data.location, "supplier_id", supplier_id)
    if not places:
        raise Refused("supplier_place_missing", supplier=ctx.uow.need(master_data.party, supplier_id).code)
    return places[0]


def plan_components(ctx: Context, order: Row, order_line: Row, lead_days: int) -> None:
    """Keep which components an order line takes, by the bill of material that is effective on the day of the order.

    Raises:
        Refused: the supplier has no place for them, or the item no bill of material.
    """
    place_of(ctx, order.party_id)
    item = ctx.uow.need(master_data.item, order_line.item_id)
    needed_on = max(order_line.due_on - timedelta(days=lead_days), order.document_on)
    for component, quantity in required_components(ctx, item, order_line.quantity, order.document_on):
        ctx.uow.insert(
            tables.subcontract_component,
            order_line_id=order_line.id,
            item_id=component.id,
            needed_on=needed_on,
            required_quantity=quantity,
            expected_quantity=ZERO,
            consumed_quantity=ZERO,
        )


def components_of(ctx: Context, order_line: Row) -> list[Row]:
    """Lock and return the components that an order line takes; none where the supplier makes it of his own."""
    return ctx.uow.where(tables.subcontract_component, "order_line_id", order_line.id, lock=True)


def hold_goods(ctx: Context, order_lines: Iterable[Row]) -> None:
    """Lock the balances of the lines' items and of their components, in the order of their ids; then values if there are both."""
    lines = [line for line in order_lines if line.item_id is not None]
    components = [component for line in lines for component in components_of(ctx, line)]
    ids = {row.item_id for row in (*lines, *components)}
    hold_stock(ctx, ids)
    if components:
        ctx.uow.many(inventory.item_value, sorted(ids), lock=True)


def actual_components(
    ctx: Context, order: Row, order_lines: Mapping[int, Row], said: Sequence[ComponentUsed]
) -> dict[int, dict[int, list[ComponentUsed]]]:
    """Sort what the receiver says was used by order line and component.

    Raises:
        Refused: he names a line that takes no components, an item that is none of them, or pieces otherwise than one by one.
    """
    found: dict[int, dict[int, list[ComponentUsed]]] = {}
    refuse_too_many((item, used) for used in said if (item := ctx.uow.one(master_data.item, "code", used.item)))
    for used in said:
        components = components_of(ctx, order_lines[used.line]) if used.line in order_lines else []
        if not components:
            raise Refused("line_takes_no_components", field="components", number=order.number, line=used.line)
        codes = {ctx.uow.need(master_data.item, row.item_id).code: row for row in components}
        if used.item not in codes:
            raise Refused("component_unknown", field="components", item=used.item, number=order.number, line=used.line)
        component = codes[used.item]
        by_component = found.setdefault(order_lines[used.line].id, {})
        named = pieces(ctx.uow.need(master_data.item, component.item_id), used)
        by_component.setdefault(component.id, []).extend(named)
    return found


def spread(
    ctx: Context, actual: Mapping[int, Sequence[ComponentUsed]], quantities: Sequence[Decimal]
) -> Iterator[Actual]:
    """What the receiver says of an order line, spread over the parts in which its goods are booked.

    Each part takes by the running sum of the parts, in whole steps of the component's unit, so that all parts together take exactly
    what is said; what is said of several lots is dealt out in its order.

    Args:
        ctx: the running command.
        actual: what is said, by component.
        quantities: the parts, each > 0.
    """
    left = {component_id: [(used.quantity, used.lot) for used in said] for component_id, said in actual.items()}
    whole = {component_id: sum((quantity for quantity, _ in said), ZERO) for component_id, said in left.items()}
    steps = {component_id: _decimals_of(ctx, component_id) for component_id in left}
    total, reached = sum(quantities, ZERO), ZERO
    for part in quantities:
        before, reached = reached, reached + part
        yield {
            component_id: _dealt(
                said,
                whole[component_id]
                if reached == total
                else rounded(whole[component_id] * reached / total, steps[component_id]),
                ZERO if before == 0 else rounded(whole[component_id] * before / total, steps[component_id]),
            )
            for component_id, said in left.items()
        }


def _decimals_of(ctx: Context, component_id: int) -> int:
    component = ctx.uow.need(tables.subcontract_component, component_id)
    return ctx.uow.need(master_data.unit, ctx.uow.need(master_data.item, component.item_id).unit_id).decimals


def _dealt(
    left: list[tuple[Decimal, str | None]], reached: Decimal, before: Decimal
) -> list[tuple[Decimal, str | None]]:
    """Take the next quantities, with their lots, off what is left."""
    wanted, dealt = reached - before, []
    while wanted > 0:
        quantity, lot = left.pop(0)
        part = min(quantity, wanted)
        dealt.append((part, lot))
        wanted -= part
        if quantity > part:
            left.insert(0, (quantity - part, lot))
    return dealt


def over_used(parts: Iterable[Consumed]) -> int:
    """How many components of order lines all parts together used beyond the bill of material."""
    found: dict[int, Decimal] = {}
    for part in parts:
        for component_id, more in part.beyond.items():
            found[component_id] = found.get(component_id, ZERO) + more
    return sum(more > 0 for more in found.values())


def consume(ctx: Context, receipt: Row, receipt_line: Row, order_line: Row, actual: Actual) -> Consumed:
    """Consume at the supplier's place what a receipt's line took: as it is said, else by the bill of material.

    Args:
        ctx: the running command.
        receipt: the goods receipt.
        receipt_line: its line, whose quantity is counted on the order line already.
        order_line: the line of the order.
        actual: by component what was used instead; a component that is not named goes by the bill of material.

    Raises:
        Refused: less stands at the supplier's place.
    """
    done = Consumed()
    for component in components_of(ctx, order_line):
        item = ctx.uow.need(master_data.item, component.item_id)
        decimals = ctx.uow.need(master_data.unit, item.unit_id).decimals
        reached = expected_share(
            component.required_quantity, order_line.fulfilled_quantity, order_line.quantity, decimals
        )
        expected = reached - component.expected_quantity
        wanted = actual.get(component.id, [(expected, None)])
        movements = _leaving(ctx, receipt, receipt_line, item, wanted)
        used = sum((movement.quantity for movement in movements), ZERO)
        _book(ctx, receipt, receipt_line, component, movements, expected, done, sign=1)
        ctx.uow.update(
            tables.subcontract_component,
            component,
            expected_quantity=reached,
            consumed_quantity=component.consumed_quantity + used,
        )
        done.beyond[component.id] = used - expected
    return done


def _leaving(
    ctx: Context, receipt: Row, receipt_line: Row, item: Row, wanted: Sequence[tuple[Decimal, str | None]]
) -> list[Movement]:
    place = place_of(ctx, receipt.party_id)
    process_side = location_of_kind(ctx, LocationKind.PRODUCTION)
    movements: list[Movement] = []
    for quantity, lot in wanted:
        if quantity <= 0:
            continue
        _refuse_short(ctx, receipt, item, place, quantity + sum((m.quantity for m in movements), ZERO))
        if item.serial_tracked and lot is None and quantity < standing_at(ctx, item.id, place):
            raise Refused("serial_count", field="components", item=item.code, quantity=quantity, count=0)
        for balance, taken in pick(ctx, item, quantity, place, lot, {}, movements, status=StockStatus.PROVIDED):
            movements.append(
                Movement(item, place, process_side, taken, receipt_line, balance.lot_id, status=StockStatus.PROVIDED)
            )
    return movements


def _refuse_short(ctx: Context, receipt: Row, item: Row, place: Row, wanted: Decimal) -> None:
    there = standing_at(ctx, item.id, place)
    if there < wanted:
        supplier = ctx.uow.need(master_data.party, receipt.party_id).code
        raise Refused(
            "components_short",
            field="components",
            item=item.code,
            supplier=supplier,
            wanted=wanted,
            there=there,
            short=wanted - there,
        )


def standing_at(ctx: Context, item_id: int, place: Row) -> Decimal:
    """How much of a component stands at a supplier's place, locked."""
    rows = ctx.uow.where(inventory.stock_balance, "item_id", item_id, lock=True)
    return sum((row.quantity for row in rows if row.location_id == place.id), ZERO)


def _book(
    ctx: Context,
    document: Row,
    line: Row,
    component: Row,
    movements: Sequence[Movement],
    expected: Decimal,
    done: Consumed,
    *,
    sign: int,
) -> None:
    """Move components, and keep by lot what was used of them: negative where they are given back."""
    moves = move_goods(ctx, document, movements, document.posted_on) if movements else []
    parts = [
        (movement.lot_id, movement.quantity, abs(move.value)) for movement, move in zip(movements, moves, strict=True)
    ]
    for number, (lot_id, quantity, value) in enumerate(parts or [(0, ZERO, ZERO)]):
        ctx.uow.insert(
            tables.component_use,
            document_line_id=line.id,
            component_id=component.id,
            lot_id=lot_id,
            expected_quantity=expected if number == 0 else ZERO,
            quantity=sign * quantity,
            value=sign * value,
        )
    value = sum((part[2] for part in parts), ZERO)
    if value != 0:
        item = ctx.uow.need(master_data.item, component.item_id)
        done.facts.append(FactLine({"components": value}, {"inventory": inventory_role(ctx, item)}))
        done.value += value


def give_back(ctx: Context, document: Row, line: Row, received: Row) -> Consumed:
    """Bring the components of what a return's line sends back to the supplier's place, at the value they were consumed with.

    What went back of a receipt's line before is counted, so that the last part brings back what is left.
    """
    done = Consumed()
    order_line = ctx.uow.need(documents.document_line, received.source_line_id, lock=True)
    components = {row.id: row for row in components_of(ctx, order_line)}
    if not components:
        return done
    place, process_side = place_of(ctx, document.party_id), location_of_kind(ctx, LocationKind.PRODUCTION)
    returns = [row for row in posted_children(ctx, received, DocumentKind.SUPPLIER_RETURN) if row.id != line.id]
    before = {row.id: found for row in returns if (found := _by_lot(uses_of(ctx, row)))}
    upto = line.quantity + sum((row.quantity for row in returns if row.id in before), ZERO)
    for (component_id, lot_id), (used, worth) in _by_lot(uses_of(ctx, received)).items():
        component = components[component_id]
        item = ctx.uow.need(master_data.item, component.item_id)
        decimals = ctx.uow.need(master_data.unit, item.unit_id).decimals
        gone = [found.get((component_id, lot_id), (ZERO, ZERO)) for found in before.values()]
        back = rounded(used * upto / received.quantity, decimals)
        value = rounded(worth * back / used, ctx.company.currency_decimals) if used else ZERO
        quantity, value = back + sum((g[0] for g in gone), ZERO), value + sum((g[1] for g in gone), ZERO)
        movements = []
        if quantity > 0:
            movements = [
                Movement(item, process_side, place, quantity, line, lot_id, status=StockStatus.PROVIDED, value=value)
            ]
        _book(ctx, document, line, component, movements, ZERO, done, sign=-1)
        ctx.uow.update(
            tables.subcontract_component, component, consumed_quantity=component.consumed_quantity - quantity
        )
    follow_received(ctx, order_line)
    return done


def _by_lot(uses: Iterable[Row]) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """Quantity and value of uses by component and lot; what was given back is negative."""
    found: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    for use in uses:
        quantity, value = found.get((use.component_id, use.lot_id), (ZERO, ZERO))
        found[(use.component_id, use.lot_id)] = (quantity + use.quantity, value + use.value)
    return found


def uses_of(ctx: Context, line: Row) -> list[Row]:
    """What a receipt's or a return's line did with components."""
    return ctx.uow.where(tables.component_use, "document_line_id", line.id)


def undo_uses(ctx: Context, document: Row) -> None:
    """Take off the order what a reversed receipt or return did with components; their goods go the way they came."""
    for line in lines_of(ctx, document).values():
        for use in uses_of(ctx, line):
            component = ctx.uow.need(tables.subcontract_component, use.component_id, lock=True)
            ctx.uow.update(
                tables.subcontract_component, component, consumed_quantity=component.consumed_quantity - use.quantity
            )


def follow_received(ctx: Context, order_line: Row) -> None:
    """Let the components of an order line expect what was received of it by now."""
    for component in components_of(ctx, order_line):
        item = ctx.uow.need(master_data.item, component.item_id)
        decimals = ctx.uow.need(master_data.unit, item.unit_id).decimals
        reached = expected_share(
            component.required_quantity, order_line.fulfilled_quantity, order_line.quantity, decimals
        )
        ctx.uow.update(tables.subcontract_component, component, expected_quantity=reached)
