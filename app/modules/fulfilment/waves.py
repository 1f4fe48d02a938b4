"""Waves: which open orders are picked together, what of them is held by lot and place, and the pick lists in walking order.

The orders and every balance of their items are locked before anything is chosen, so two waves at one time never hold the
same goods. What is held is reserved for its line; what cannot be held stays open on the order for a later wave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, link, need_by_code, need_state, new_document, new_line
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.fulfilment.allocation import Shelf, Take, shelf_of
from app.modules.fulfilment.wave_choice import choose_orders
from app.modules.inventory.advances import advanced_for
from app.modules.inventory.picking_order import strategy_of
from app.modules.inventory.places import categories_of
from app.modules.inventory.reservations import change_reservation, held_for, read_reservations, reserved_for
from app.modules.inventory.taking import hold_stock
from app.modules.inventory.warehouses import stands_in
from app.modules.sales.handlers import goods_of
from schemas.commands import fulfilment as commands
from schemas.operational import documents, inventory, master_data
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class Task:
    """What is to be picked for an order line of one balance."""

    order: Row
    line: Row
    take: Take


@handles(commands.ReleaseWave, permission="fulfilment.wave.write")
def release_wave(ctx: Context, data: commands.ReleaseWave) -> Outcome:
    """Choose open orders, hold their goods for picking, and make the pick lists."""
    orders = _locked_orders(ctx, data)
    by_order = {order.id: goods_of(lines_of(ctx, order).values()) for order in orders}
    lines = [line for found in by_order.values() for line in found if not line.closed]
    shelf = _locked_shelf(ctx, lines)
    tasks: list[Task] = []
    for order in orders:
        tasks += _held(ctx, order, by_order[order.id], shelf, complete_only=data.complete_only)
    if not tasks:
        raise Refused("wave_nothing_to_pick", count=len(orders))
    wave = new_document(
        ctx,
        DocumentKind.PICK_WAVE,
        DocumentState.RELEASED,
        document_on=ctx.today,
        due_on=data.due_until,
        note=data.note,
    )
    groups: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.order.id if data.lists == "order" else 0].append(task)
    for group in groups.values():
        _make_list(ctx, wave, group)
    count = len({task.order.id for task in tasks})
    return Outcome("receipt.wave_released", wave, {"orders": count, "lists": len(groups), "lines": len(tasks)})


def _locked_orders(ctx: Context, data: commands.ReleaseWave) -> list[Row]:
    """The orders of a wave in the order in which they are served, each locked."""
    if data.carrier is not None:
        need_by_code(ctx, tables.carrier, data.carrier, "carrier", field="carrier")
    if data.orders:
        found = [find_document(ctx, reference, DocumentKind.SALES_ORDER) for reference in data.orders]
        for order in found:
            need_state(order, DocumentState.CONFIRMED)
        return list({order.id: order for order in found}.values())
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    ids = [chosen.id for chosen in choose_orders(ctx.uow.connection, data, ctx.today)]
    locked = ctx.uow.many(documents.document, ids, lock=True)
    return [locked[key] for key in ids if locked[key].state == DocumentState.CONFIRMED]


def _locked_shelf(ctx: Context, lines: Sequence[Row]) -> Shelf:
    """All stock of the lines' items, locked, with what each line has reserved of it and does not hold yet."""
    items = sorted({line.item_id for line in lines})
    hold_stock(ctx, items)
    ctx.uow.gather(inventory.lot, "item_id", items)
    read_reservations(ctx, lines)
    ctx.uow.gather(tables.pick_hold, "order_line_id", [line.id for line in lines], lock=True)
    balances = [row for item in items for row in ctx.uow.where(inventory.stock_balance, "item_id", item, lock=True)]
    lots = {row.id: row for item in items for row in ctx.uow.where(inventory.lot, "item_id", item)}
    locations = ctx.uow.many(master_data.location, {row.location_id for row in balances})
    rows = ctx.uow.many(master_data.item, items)
    strategies = {key: strategy_of(row, categories_of(ctx, row)) for key, row in rows.items()}
    own_places = {key: row.fixed_location_id for key, row in rows.items()}
    shelf = shelf_of(balances, lots, locations, strategies, own_places, ctx.today)
    named = {line.location_id for line in lines if line.location_id is not None}
    within = {place: frozenset(key for key in locations if stands_in(ctx, key, place)) for place in named}
    shelf.within = {line.id: within[line.location_id] for line in lines if line.location_id is not None}
    for line in lines:
        held = held_for(ctx, line)
        shelf.reserved[line.id] = {
            key: left for key, r in reserved_for(ctx, line).items() if (left := r - held.get(key, ZERO)) > 0
        }
    return shelf


def _held(ctx: Context, order: Row, lines: Iterable[Row], shelf: Shelf, *, complete_only: bool) -> list[Task]:
    """Hold what can be picked of an order now; of one that must be picked whole, all or nothing."""
    by_id = {line.id: line for line in lines}
    wanted = [(line.id, line.item_id, rest) for line in by_id.values() if (rest := to_hold(ctx, line)) > 0]
    if complete_only and not shelf.can_give(wanted):
        return []
    tasks = []
    for line_id, _, rest in shelf.in_turn(wanted):
        line = by_id[line_id]
        takes, given_back = shelf.choose(line.id, line.item_id, rest)
        for balance_id, quantity in given_back.items():
            change_reservation(ctx, line, _balance(ctx, balance_id), -quantity)
        holds = ctx.uow.ensure(
            tables.pick_hold,
            ("order_line_id", "balance_id"),
            [(line.id, take.place.balance_id) for take in takes],
            to_pick=ZERO,
            picked=ZERO,
            packed=ZERO,
        )
        for take in takes:
            if take.quantity > take.reserved:
                change_reservation(ctx, line, _balance(ctx, take.place.balance_id), take.quantity - take.reserved)
            hold = holds[(line.id, take.place.balance_id)]
            ctx.uow.update(tables.pick_hold, hold, to_pick=hold.to_pick + take.quantity)
            tasks.append(Task(order, line, take))
    return tasks


def to_hold(ctx: Context, line: Row) -> Decimal:
    """What of an order line is open and in no pick list or parcel yet."""
    if line.closed or line.supplier_id is not None:
        return ZERO
    return line.quantity - line.fulfilled_quantity - advanced_for(ctx, line) - sum(held_for(ctx, line).values(), ZERO)


def _balance(ctx: Context, balance_id: int) -> Row:
    return ctx.uow.need(inventory.stock_balance, balance_id, lock=True)


def _make_list(ctx: Context, wave: Row, tasks: Sequence[Task]) -> None:
    """A pick list whose lines stand in the order in which a picker comes by."""
    dues = [task.order.due_on for task in tasks if task.order.due_on is not None]
    single = tasks[0].order if len({task.order.id for task in tasks}) == 1 else None
    pick_list = new_document(
        ctx,
        DocumentKind.PICK_LIST,
        DocumentState.RELEASED,
        party_id=single.party_id if single else None,
        due_on=min(dues, default=None),
    )
    link(ctx, wave, pick_list, "picking")
    ordered = sorted(tasks, key=lambda t: (t.take.place.on_the_way, t.line.item_id, t.take.place.balance_id, t.line.id))
    for number, task in enumerate(ordered, start=1):
        balance = _balance(ctx, task.take.place.balance_id)
        new_line(
            ctx,
            pick_list,
            number,
            item_id=task.line.item_id,
            quantity=task.take.quantity,
            unit_id=ctx.uow.need(master_data.item, task.line.item_id).unit_id,
            source_line_id=task.line.id,
            location_id=balance.location_id,
            lot_id=balance.lot_id,
            due_on=task.order.due_on,
        )


# Ending --------------------------------------------------------------------------------------------------------------


@handles(commands.WaveAction, permission="fulfilment.wave.write")
def cancel_wave(ctx: Context, data: commands.WaveAction) -> Outcome:
    """Cancel what is not picked of a wave; its goods stay reserved for their orders and can be chosen again."""
    wave = find_document(ctx, data.wave, DocumentKind.PICK_WAVE)
    need_state(wave, DocumentState.RELEASED)
    for pick_list in lists_of_wave(ctx, wave):
        if pick_list.state == DocumentState.RELEASED:
            end_list(ctx, pick_list)
    follow_wave(ctx, wave)
    return Outcome("receipt.state_changed", wave, {"state": wave.state})


@handles(commands.PickListAction, permission="fulfilment.wave.write")
def cancel_pick_list(ctx: Context, data: commands.PickListAction) -> Outcome:
    """Cancel what is not picked of a pick list; its goods stay reserved for their orders and can be chosen again."""
    pick_list = find_document(ctx, data.pick_list, DocumentKind.PICK_LIST)
    need_state(pick_list, DocumentState.RELEASED)
    end_list(ctx, pick_list)
    follow_wave(ctx, wave_of(ctx, pick_list))
    return Outcome("receipt.state_changed", pick_list, {"state": pick_list.state})


def end_list(ctx: Context, pick_list: Row) -> None:
    """Let go of what is not picked of a list; a list of which something was picked is closed, another cancelled."""
    lines = lines_of(ctx, pick_list).values()
    for line in lines:
        if not line.closed:
            hold = hold_of(ctx, line)
            rest = line.quantity - line.fulfilled_quantity
            ctx.uow.update(tables.pick_hold, hold, to_pick=hold.to_pick - rest)
            ctx.uow.update(documents.document_line, line, closed=True)
    picked = any(line.fulfilled_quantity > 0 for line in lines)
    state = DocumentState.CLOSED if picked else DocumentState.CANCELLED
    ctx.uow.update(documents.document, pick_list, state=state.value)


def hold_of(ctx: Context, pick_line: Row) -> Row:
    """The hold that a line of a pick list is to be picked from, locked."""
    balance = balance_at(ctx, pick_line.item_id, pick_line.location_id, pick_line.lot_id)
    assert balance is not None, pick_line
    holds = ctx.uow.where(tables.pick_hold, "order_line_id", pick_line.source_line_id, lock=True)
    return next(hold for hold in holds if hold.balance_id == balance.id)


def balance_at(ctx: Context, item_id: int, location_id: int, lot_id: int) -> Row | None:
    """Available stock of our own of an item in a place and lot, locked."""
    rows = ctx.uow.where(inventory.stock_balance, "item_id", item_id, lock=True)
    wanted = (location_id, lot_id, 0, "available")
    return next((r for r in rows if (r.location_id, r.lot_id, r.owner_id, r.status) == wanted), None)


def wave_of(ctx: Context, pick_list: Row) -> Row:
    """The wave of a pick list, locked."""
    (origin,) = (row for row in ctx.uow.where(documents.document_link, "to_id", pick_list.id) if row.kind == "picking")
    return ctx.uow.need(documents.document, origin.from_id, lock=True)


def lists_of_wave(ctx: Context, wave: Row) -> list[Row]:
    """The pick lists of a wave, locked."""
    links = [row for row in ctx.uow.where(documents.document_link, "from_id", wave.id) if row.kind == "picking"]
    return list(ctx.uow.many(documents.document, [row.to_id for row in links], lock=True).values())


def follow_wave(ctx: Context, wave: Row) -> None:
    """End a wave when all its lists have ended; one of which nothing was picked is cancelled."""
    states = {row.state for row in lists_of_wave(ctx, wave)}
    if DocumentState.RELEASED in states or wave.state != DocumentState.RELEASED:
        return
    after = DocumentState.CLOSED if DocumentState.CLOSED in states else DocumentState.CANCELLED
    ctx.uow.update(documents.document, wave, state=after.value)
