"""Handlers of order routing: keeping the rules, activating drafts, routing an order again, and overriding the routing of a line.

A line that is being picked stays where it is. What is reserved for a line in a warehouse that ships it no more is given back and
reserved anew where it goes, but only where the command says so. Nothing that was decided is ever routed again silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import CHARGE, by_code, find_document, lines_of, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import refuse_lines_advanced
from app.modules.inventory.reservations import held_for, release_beyond, reserved_for
from app.modules.inventory.taking import hold_stock
from app.modules.inventory.warehouses import stands_in
from app.modules.sales.handlers import goods_of, reserve_lines
from app.modules.sales.order_routing import (
    BY_OVERRIDE,
    NOWHERE,
    Routing,
    decisions,
    follow_queues,
    keep_routing,
    routes_orders,
    routing_of,
    rules_of,
)
from app.modules.sales.order_routing_rules import RESULTS
from app.modules.sales.promises import prepare_promises, promise_again
from schemas.commands import order_routing as commands
from schemas.operational import inventory, kernel, master_data
from schemas.operational import order_routing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind

WRITE = "company.routing.write"


@handles(commands.PutOrderRoutingRule, permission=WRITE)
def put_order_routing_rule(ctx: Context, data: commands.PutOrderRoutingRule) -> Outcome:
    """Add a routing rule, or change the one of the same code; conditions and results are set all at once.

    Raises:
        Refused: it sends nowhere, names what is not there, ends before it begins, or replaces itself or what takes no effect.
    """
    rows = {row.code: row for row in rules_of(ctx)}
    values = {**conditions_of(ctx, data), **results_of(ctx, data), "rank": data.rank, "state": data.state}
    if not any(values[name] is not None for name in RESULTS):
        raise Refused("routing_rule_nowhere", field="warehouse", code=data.code)
    values["replaces_id"] = _replaced(rows, data)
    row = rows.get(data.code)
    if row is None:
        kind = DocumentKind.SALES_ORDER.value
        row = ctx.uow.insert(tables.order_routing_rule, document_kind=kind, code=data.code, version=1, **values)
    else:
        ctx.uow.update(tables.order_routing_rule, _locked(ctx, row), **values)
    return Outcome("receipt.changed", values={"what": "order_routing_rule", "code": data.code}, data={"id": row.id})


def _locked(ctx: Context, rule: Row) -> Row:
    return ctx.uow.need(tables.order_routing_rule, rule.id, lock=True)


def conditions_of(ctx: Context, data: commands.RoutingRule) -> dict[str, Any]:
    """The conditions of a rule as it keeps them.

    Raises:
        Refused: it ends before it begins, or there is no such family.
    """
    if data.valid_from is not None and data.valid_to is not None and data.valid_to < data.valid_from:
        raise Refused("valid_dates", field="valid_to", since=data.valid_from, until=data.valid_to)
    family = by_code(ctx, master_data.item_category, data.family, "item_category", field="family")
    named = ("channel", "customer_class", "priority_until", "country", "region", "valid_from", "valid_to")
    return {**{name: getattr(data, name) for name in named}, "family_id": family.id if family is not None else None}


def results_of(ctx: Context, data: commands.RoutingRule | commands.OverrideOrderRouting) -> dict[str, Any]:
    """Where a rule or a person sends a line, by id.

    Raises:
        Refused: a code is unknown, or no goods are shipped from the place.
    """
    place = by_code(ctx, master_data.location, data.warehouse, "location", field="warehouse")
    if place is not None and (place.kind != LocationKind.STORAGE or not place.active):
        raise Refused("warehouse_not_storage", field="warehouse", code=place.code, kind=place.kind)
    plant = by_code(ctx, master_data.site, data.plant, "site", field="plant")
    center = by_code(ctx, master_data.work_center, data.production_line, "work_center", field="production_line")
    if plant is not None and center is not None and center.site_id not in {None, plant.id}:
        raise Refused("line_of_another_plant", field="production_line", code=center.code, plant=plant.code)
    department = by_code(ctx, master_data.department, data.department, "department", field="department")
    role = by_code(ctx, kernel.role, data.queue, "role", field="queue")
    return {
        "location_id": place.id if place is not None else None,
        "site_id": plant.id if plant is not None else None,
        "work_center_id": center.id if center is not None else None,
        "department_id": department.id if department is not None else None,
        "queue_role": role.code if role is not None else None,
    }


def _replaced(rows: dict[str, Row], data: commands.PutOrderRoutingRule) -> int | None:
    """The rule that a draft replaces; one that took effect remembers it."""
    if data.replaces is None:
        return None
    replaced = rows.get(data.replaces)
    if replaced is None:
        raise Refused("code_unknown", field="replaces", what="order_routing_rule", code=data.replaces)
    if replaced.code == data.code or (data.state == "draft" and replaced.state != "active"):
        raise Refused("routing_replaces", field="replaces", code=data.code, replaced=replaced.code)
    return replaced.id


@handles(commands.ActivateOrderRoutingRules, permission=WRITE)
def activate_order_routing_rules(ctx: Context, data: commands.ActivateOrderRoutingRules) -> Outcome:
    """Let drafts take effect, and retire the rules that they replace; orders that are routed already stay as they are.

    Raises:
        Refused: there is no such draft, or none at all.
    """
    drafts = {row.code: row for row in rules_of(ctx) if row.state == "draft"}
    unknown = sorted(set(data.rules) - set(drafts))
    if unknown or not drafts:
        raise Refused("no_routing_draft", field="rules", rules=", ".join(unknown) or "-")
    chosen = [drafts[code] for code in dict.fromkeys(data.rules)] if data.rules else list(drafts.values())
    for rule in sorted(chosen, key=lambda row: row.id):
        ctx.uow.update(tables.order_routing_rule, _locked(ctx, rule), state="active")
    for rule_id in sorted({rule.replaces_id for rule in chosen if rule.replaces_id is not None}):
        replaced = ctx.uow.need(tables.order_routing_rule, rule_id, lock=True)
        ctx.uow.update(tables.order_routing_rule, replaced, state="retired")
    return Outcome("receipt.routing_activated", values={"count": len(chosen)})


# Orders --------------------------------------------------------------------------------------------------------------


@handles(commands.RerouteSalesOrder, permission="sales.order.write")
def reroute_sales_order(ctx: Context, data: commands.RerouteSalesOrder) -> Outcome:
    """Decide anew where open lines of a confirmed order go; what changes is kept beside what was decided before.

    Raises:
        Refused: nothing changes, or a line that would go elsewhere is being picked or reserved.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    lines = lines_of(ctx, order)
    goods = goods_of(lines.values())
    prepare_promises(ctx, ((row.item_id, row.quantity) for row in goods))
    if data.lines:
        chosen = [_open_line(order, lines, number) for number in dict.fromkeys(data.lines)]
    else:
        chosen = [row for row in goods if _is_open(row) and not _is_overridden(ctx, row)]
    found = decisions(ctx, order, chosen) if chosen else []
    changed = [(row, routing) for row, routing in found if _differs(ctx, row, routing)]
    if not changed:
        raise Refused("routing_same", number=order.number)
    _send(ctx, order, changed, move_reservation=data.move_reservation)
    return Outcome("receipt.rerouted", order, {"count": len(changed)})


@handles(commands.OverrideOrderRouting, permission="sales.order.write")
def override_order_routing(ctx: Context, data: commands.OverrideOrderRouting) -> Outcome:
    """Send a line elsewhere than its rule says, with the reason; what the rule said stays in the history of the line.

    Raises:
        Refused: nothing changes, or the line is done, being picked, or reserved where it does not go any more.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    if not routes_orders(ctx):
        raise Refused("no_routing_rule", number=order.number)
    lines = lines_of(ctx, order)
    line = _open_line(order, lines, data.line)
    prepare_promises(ctx, ((row.item_id, row.quantity) for row in goods_of(lines.values())))
    before = routing_of(ctx, line)
    present = NOWHERE if before is None else {name: before[name] for name in RESULTS}
    given = {name: value for name, value in results_of(ctx, data).items() if value is not None}
    if all(present[name] == value for name, value in given.items()):
        raise Refused("routing_same", number=order.number)
    routing = Routing({**present, **given}, BY_OVERRIDE, reason=data.reason)
    _send(ctx, order, [(line, routing)], move_reservation=data.move_reservation)
    return Outcome("receipt.rerouted", order, {"count": 1})


def _open_line(order: Row, lines: dict[int, Row], number: int) -> Row:
    line = need_line(order, lines, number)
    if line.kind == CHARGE:
        raise Refused("line_is_charge", field="lines", number=order.number, line=line.line)
    if not _is_open(line):
        raise Refused("routing_of_done_line", field="lines", number=order.number, line=line.line)
    return line


def _is_open(line: Row) -> bool:
    return not line.closed and line.quantity > line.fulfilled_quantity


def _is_overridden(ctx: Context, line: Row) -> bool:
    routing = routing_of(ctx, line)
    return routing is not None and routing.decided_by == BY_OVERRIDE


def _differs(ctx: Context, line: Row, routing: Routing) -> bool:
    """Whether a decision is another than the one in force: by somebody else, by another version of a rule, or elsewhere."""
    before = routing_of(ctx, line)
    if before is None:
        return routing.rule is not None
    rule = (routing.rule.id, routing.rule.version) if routing.rule is not None else (None, None)
    same = (before.rule_id, before.rule_version, before.decided_by) == (*rule, routing.decided_by)
    return not same or any(before[name] != routing.results[name] for name in RESULTS)


def _send(ctx: Context, order: Row, changed: Sequence[tuple[Row, Routing]], *, move_reservation: bool) -> None:
    """Keep new decisions, and where the warehouse is another, reserve and promise there."""
    hold_stock(ctx, {row.item_id for row, _ in changed})
    for row, routing in changed:
        place = row.location_id
        keep_routing(ctx, row, routing)
        if row.location_id != place:
            _leave(ctx, order, row, move_reservation=move_reservation)
    touched = {row.id for row, _ in changed}
    goods = goods_of(lines_of(ctx, order).values())
    if move_reservation:
        reserve_lines(ctx, [row for row in goods if row.id in touched])
    promise_again(ctx, goods, touched)
    follow_queues(ctx, order)


def _leave(ctx: Context, order: Row, row: Row, *, move_reservation: bool) -> None:
    """Give back what a line has reserved, because it may stand where the line is not shipped from any more.

    Raises:
        Refused: it was given goods in advance, is being picked, or nobody said that the reservation moves.
    """
    refuse_lines_advanced(ctx, order, [row])
    balances = ctx.uow.many(inventory.stock_balance, reserved_for(ctx, row))
    elsewhere = [balance for balance in balances.values() if not stands_in(ctx, balance.location_id, row.location_id)]
    if not elsewhere:
        return
    if held_for(ctx, row):
        raise Refused("line_being_picked", field="lines", number=order.number, line=row.line)
    if not move_reservation:
        place = ctx.uow.need(master_data.location, elsewhere[0].location_id).code
        facts = {"number": order.number, "line": row.line, "quantity": row.reserved_quantity, "location": place}
        raise Refused("routing_reserved", field="move_reservation", **facts)
    release_beyond(ctx, row, ZERO)
