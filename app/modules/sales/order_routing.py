"""Routes the lines of a sales order: the rule that decides, what it decides, and what follows from that.

A company without rules keeps nothing and works as it always did. Otherwise each line of goods that takes effect keeps which rule,
in which version and for which reasons, sends it where, or that it follows the defaults. The warehouse becomes the place of the
line, from which alone it is promised, reserved, picked and shipped; the queue has it in its inbox while something is open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.kernel.approval_rules import Reason
from app.kernel.approvals import families_of
from app.kernel.bus import Context
from app.kernel.documents import CHARGE, lines_of
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.sales.order_routing_rules import LEAST_URGENT, RESULTS, Routable, decided
from schemas.operational import documents, fulfilment, master_data, shops
from schemas.operational import order_routing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

BY_RULE: Final = "rule"
BY_DEFAULT: Final = "default"
BY_OVERRIDE: Final = "override"
NOWHERE: Final[Mapping[str, Any]] = dict.fromkeys(RESULTS)


@dataclass(frozen=True)
class Routing:
    """What is decided of a line: where it goes, by which rule or person, and why."""

    results: Mapping[str, Any]
    decided_by: str
    rule: Row | None = None
    reasons: Sequence[Reason] = field(default_factory=list)
    reason: str | None = None


def rules_of(ctx: Context) -> list[Row]:
    """All rules for sales orders, drafts and retired ones too."""
    return ctx.uow.where(tables.order_routing_rule, "document_kind", DocumentKind.SALES_ORDER.value)


def active_rules(ctx: Context) -> list[Row]:
    """The rules that take effect."""
    return [rule for rule in rules_of(ctx) if rule.state == "active"]


def routes_orders(ctx: Context) -> bool:
    """Whether the company routes its orders, so that a line may be shipped from one warehouse though more is free elsewhere."""
    return bool(rules_of(ctx))


def route_lines(ctx: Context, order: Row, rows: Iterable[Row]) -> None:
    """Decide by the rules where the goods of an order go that take effect now, and keep it with each line.

    Args:
        ctx: the running command.
        order: the order, with its customer and its destination.
        rows: its lines that take effect; charges and closed lines go nowhere.
    """
    rules = active_rules(ctx)
    goods = [row for row in rows if row.kind != CHARGE and not row.closed]
    if not rules or not goods:
        return
    for row, routing in decisions(ctx, order, goods):
        keep_routing(ctx, row, routing)
    follow_queues(ctx, order)


def decisions(ctx: Context, order: Row, goods: Sequence[Row]) -> list[tuple[Row, Routing]]:
    """What the rules that take effect say of lines."""
    rules = active_rules(ctx)
    facts = _facts_of(ctx, order, goods[0])
    items = ctx.uow.many(master_data.item, {row.item_id for row in goods})
    found = []
    for row in goods:
        families = families_of({items[row.item_id].category_id}, lambda key: _parent(ctx, key))
        rule, reasons = decided(rules, Routable(**facts, families=families))
        if rule is None:
            found.append((row, Routing(NOWHERE, BY_DEFAULT)))
        else:
            assert isinstance(rule, Row)
            found.append((row, Routing({name: rule[name] for name in RESULTS}, BY_RULE, rule, reasons)))
    return found


def _parent(ctx: Context, category_id: int) -> int | None:
    return ctx.uow.need(master_data.item_category, category_id).parent_id


def _facts_of(ctx: Context, order: Row, line: Row) -> dict[str, Any]:
    """What the rules look at of an order; one of a shop goes to its buyer, not to the customer that stands for all of them."""
    customer = ctx.uow.need(master_data.party, order.party_id)
    delivery = ctx.uow.get(fulfilment.order_delivery, order.id)
    of_shop = ctx.uow.one(shops.shop_order_line, "document_line_id", line.id)
    buyer = ctx.uow.need(shops.shop_order, of_shop.shop_order_id) if of_shop is not None else None
    planned = (delivery.region, delivery.address) if delivery is not None else (None, None)
    return {
        "ordered_on": order.document_on,
        "channel": order.channel,
        "customer_class": customer.customer_class,
        "priority": order.priority or LEAST_URGENT,
        **destination(customer, buyer, *planned),
    }


def destination(
    customer: Mapping[str, Any], buyer: Mapping[str, Any] | None, region: str | None, address: str | None
) -> dict[str, str | None]:
    """Country, region and address that an order goes to: as planned, else its buyer's, else its customer's.

    An address that was planned says more than the region of the customer, who may want it elsewhere.

    >>> customer = {"country": "CN", "region": "CN-GD", "address": "Canton"}
    >>> destination(customer, None, None, "Suzhou")
    {'country': 'CN', 'region': None, 'address': 'Suzhou'}
    >>> destination(customer, {"buyer_country": "DE", "buyer_address": None}, None, None)
    {'country': 'DE', 'region': None, 'address': None}
    """
    if buyer is not None:
        country, own_region, own_address = buyer["buyer_country"] or customer["country"], None, buyer["buyer_address"]
    else:
        country, own_region, own_address = customer["country"], customer["region"], customer["address"]
    if region is None and address is None:
        region, address = own_region, own_address
    return {"country": country, "region": region, "address": address}


# Keeping -------------------------------------------------------------------------------------------------------------


def routing_of(ctx: Context, line: Row) -> Row | None:
    """The routing of a line that is in force; None where the company had no rules when it took effect."""
    rows = ctx.uow.where(tables.order_line_routing, "order_line_id", line.id)
    return max(rows, key=lambda row: row.routing_number, default=None)


def keep_routing(ctx: Context, line: Row, routing: Routing) -> None:
    """Keep what was decided of a line after what was decided before, and make its warehouse the place of the line."""
    before = routing_of(ctx, line)
    default = line.location_id if before is None else before.default_location_id
    ctx.uow.insert(
        tables.order_line_routing,
        order_line_id=line.id,
        routing_number=1 if before is None else before.routing_number + 1,
        decided_by=routing.decided_by,
        rule_id=routing.rule.id if routing.rule is not None else None,
        rule_version=routing.rule.version if routing.rule is not None else None,
        explanation=json.dumps(list(routing.reasons), ensure_ascii=False),
        default_location_id=default,
        reason=routing.reason,
        routed_by=ctx.principal.user_id,
        routed_at=ctx.now,
        **routing.results,
    )
    place = routing.results["location_id"] or default
    if place != line.location_id:
        ctx.uow.update(documents.document_line, line, location_id=place)


# The queues ----------------------------------------------------------------------------------------------------------


def follow_queues(ctx: Context, order: Row) -> None:
    """Let each queue that open lines of an order are in have it in its inbox, and take it out of the others."""
    if not routes_orders(ctx):
        return
    waiting: dict[str, list[Row]] = {}
    lines = lines_of(ctx, order).values()
    ctx.uow.gather(tables.order_line_routing, "order_line_id", (line.id for line in lines))
    for line in lines:
        for routing in ctx.uow.where(tables.order_line_routing, "order_line_id", line.id):
            if routing.queue_role is not None:
                waiting.setdefault(routing.queue_role, [])
        routing = routing_of(ctx, line)
        if routing is not None and routing.queue_role is not None and _is_open(order, line):
            waiting[routing.queue_role].append(line)
    for role, rows in sorted(waiting.items()):
        _tell_queue(ctx, order, role, rows)


def _tell_queue(ctx: Context, order: Row, role: str, rows: Sequence[Row]) -> None:
    source = f"order_queue:{order.id}:{role}"
    if not rows:
        close_inbox_of(ctx, source)
    else:
        customer = ctx.uow.need(master_data.party, order.party_id)
        put_into_inbox(
            ctx,
            source=source,
            kind="order_in_queue",
            severity="info",
            facts={"party": customer.name, "count": len(rows)},
            role=role,
            due_on=min((row.due_on for row in rows if row.due_on is not None), default=order.due_on),
            document_id=order.id,
        )


def _is_open(order: Row, line: Row) -> bool:
    over = order.state in {DocumentState.CANCELLED, DocumentState.CLOSED}
    return not over and not line.closed and line.quantity > line.fulfilled_quantity
