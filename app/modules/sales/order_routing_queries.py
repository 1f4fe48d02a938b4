"""Asks for the routing rules, where the lines of an order go and why, what waits in the queues, and what rules would do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, Select, Table, func, select

from app.kernel.access import Principal
from app.kernel.approvals import families_of
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, OneDocument, may_read, rows_of
from app.kernel.errors import Refused
from app.modules.sales.order_routing import BY_DEFAULT, destination
from app.modules.sales.order_routing_rules import LEAST_URGENT, Routable, decided, in_turn, proposed
from schemas.commands.order_routing import RoutingRule
from schemas.operational import documents, fulfilment, kernel, master_data, shops
from schemas.operational import order_routing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_DAYS: Final = 30
_MOST_LINES: Final = 20_000
_MOST_SHOWN: Final = 1000
_PLACES: Final[Mapping[str, tuple[str, Table]]] = {
    "warehouse": ("location_id", master_data.location),
    "plant": ("site_id", master_data.site),
    "production_line": ("work_center_id", master_data.work_center),
    "department": ("department_id", master_data.department),
}
_GOES: Final = (*_PLACES, "queue")
_READ: Final = "company.routing.read"


def _with_places(query: Select[*tuple[Any, ...]], table: Any) -> Select[*tuple[Any, ...]]:
    """A query of rules or routings with the codes of where they send a line."""
    for name, (column, place) in _PLACES.items():
        query = query.add_columns(place.c.code.label(name)).outerjoin(place, place.c.id == table.c[column])
    return query.add_columns(table.c.queue_role.label("queue"))


# Rules ---------------------------------------------------------------------------------------------------------------


@answers(Nothing, permission=_READ)
def order_routing_rules(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The rules in the order in which they are tried, drafts and retired ones among them, with the lines that each decides now."""
    rows = _rules(connection)
    newest = _newest_routings().subquery()
    query = select(newest.c.rule_id, func.count().label("count")).group_by(newest.c.rule_id)
    held = {row.rule_id: row.count for row in connection.execute(query)}
    return [{**row, "line_count": held.get(row["id"], 0)} for row in in_turn(rows)]


def _rules(connection: Connection) -> list[dict[str, Any]]:
    table, category = tables.order_routing_rule, master_data.item_category
    replaced = tables.order_routing_rule.alias("replaced")
    query = (
        select(*table.c, category.c.code.label("family"), replaced.c.code.label("replaces"))
        .select_from(table)
        .outerjoin(category, category.c.id == table.c.family_id)
        .outerjoin(replaced, replaced.c.id == table.c.replaces_id)
        .where(table.c.document_kind == DocumentKind.SALES_ORDER.value)
        .order_by(table.c.id)
    )
    return rows_of(connection, _with_places(query, table))


def _newest_routings() -> Select[*tuple[Any, ...]]:
    """The routing in force of each line."""
    table = tables.order_line_routing
    newest = select(table.c.order_line_id, func.max(table.c.routing_number).label("number")).group_by(
        table.c.order_line_id
    )
    last = newest.subquery()
    return select(*table.c).join(
        last, (last.c.order_line_id == table.c.order_line_id) & (last.c.number == table.c.routing_number)
    )


# Orders --------------------------------------------------------------------------------------------------------------


@answers(OneDocument, permission="sales.read")
def order_routings(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """Where each line of goods of an order goes and why, the decision in force first, and those before it.

    A line that took effect while the company had no rules follows the defaults.
    """
    line, item = documents.document_line, master_data.item
    table, rule, user = tables.order_line_routing, tables.order_routing_rule, kernel.user_account
    default = master_data.location.alias("default_place")
    own = master_data.location.alias("own_place")
    query = (
        select(
            line.c.id.label("order_line_id"),
            line.c.line,
            line.c.reserved_quantity,
            item.c.code.label("item_code"),
            own.c.code.label("ships_from"),
            table.c.routing_number,
            table.c.decided_by,
            table.c.rule_version,
            table.c.explanation,
            table.c.reason,
            table.c.routed_at,
            rule.c.code.label("rule"),
            default.c.code.label("default_warehouse"),
            user.c.name.label("routed_by_name"),
        )
        .select_from(line)
        .join(documents.document, documents.document.c.id == line.c.document_id)
        .join(item, item.c.id == line.c.item_id)
        .outerjoin(own, own.c.id == line.c.location_id)
        .outerjoin(table, table.c.order_line_id == line.c.id)
        .outerjoin(rule, rule.c.id == table.c.rule_id)
        .outerjoin(default, default.c.id == table.c.default_location_id)
        .outerjoin(user, user.c.id == table.c.routed_by)
        .where(
            line.c.document_id == asked.document,
            line.c.kind == "item",
            documents.document.c.kind == DocumentKind.SALES_ORDER.value,
            documents.document.c.state.in_((DocumentState.CONFIRMED.value, DocumentState.CLOSED.value)),
        )
        .order_by(line.c.line, table.c.routing_number.desc())
    )
    seen: set[int] = set()
    found = []
    for row in rows_of(connection, _with_places(query, table)):
        in_force = row["order_line_id"] not in seen
        seen.add(row["order_line_id"])
        found.append(
            {
                **row,
                "in_force": in_force,
                "decided_by": row["decided_by"] or BY_DEFAULT,
                "explanation": json.loads(row["explanation"] or "[]"),
                "warehouse": row["warehouse"] or (row["ships_from"] if in_force else row["default_warehouse"]),
            }
        )
    return found


class QueueFilter(Arguments):
    """Which queue, department or warehouse is asked for; without them all."""

    queue: Annotated[str, Field(max_length=64)] | None = None
    department: Annotated[str, Field(max_length=64)] | None = None
    warehouse: Annotated[str, Field(max_length=64)] | None = None


@answers(QueueFilter, permission="sales.read")
def orders_by_queue(connection: Connection, asked: QueueFilter, _principal: Principal) -> list[dict[str, Any]]:
    """The open lines that were sent to a queue or a department, by queue, the most urgent first."""
    routing = _newest_routings().subquery("routing")
    line, order, item, party = documents.document_line.c, documents.document.c, master_data.item.c, master_data.party.c
    rule = tables.order_routing_rule
    query = (
        select(
            order.id,
            order.number,
            order.due_on,
            order.priority,
            party.name.label("party_name"),
            line.line,
            item.id.label("item_id"),
            item.code.label("item_code"),
            item.name.label("item_name"),
            (line.quantity - line.fulfilled_quantity).label("open_quantity"),
            line.reserved_quantity,
            line.promised_on,
            rule.c.code.label("rule"),
            routing.c.decided_by,
        )
        .select_from(routing)
        .join(documents.document_line, line.id == routing.c.order_line_id)
        .join(documents.document, order.id == line.document_id)
        .join(master_data.item, item.id == line.item_id)
        .join(master_data.party, party.id == order.party_id)
        .outerjoin(rule, rule.c.id == routing.c.rule_id)
        .where(
            order.state == DocumentState.CONFIRMED.value,
            line.closed.is_(False),
            line.quantity > line.fulfilled_quantity,
            (routing.c.queue_role.is_not(None)) | (routing.c.department_id.is_not(None)),
        )
        .order_by(
            routing.c.queue_role,
            func.coalesce(order.priority, LEAST_URGENT),
            func.coalesce(order.due_on, date.max),
            order.id,
            line.line,
        )
    )
    placed = _with_places(query, routing)
    wanted = {"queue": routing.c.queue_role, "department": master_data.department.c.code}
    wanted["warehouse"] = master_data.location.c.code
    for name, column in wanted.items():
        if getattr(asked, name) is not None:
            placed = placed.where(column == getattr(asked, name))
    return rows_of(connection, placed.limit(_MOST_SHOWN))


# Trial ---------------------------------------------------------------------------------------------------------------


class RoutingTrial(Arguments):
    """What is tried: the rules that take effect, with the drafts unless those are left out, and a rule as it is typed.

    A typed rule stands for the one of its code, and takes the place of the one that it replaces. Without `since` the 30 days up to
    `until` are tried.
    """

    until: date
    since: date | None = None
    drafts: bool = True
    rule: RoutingRule | None = None


@answers(RoutingTrial, permission=_READ)
def order_routing_trial(connection: Connection, asked: RoutingTrial, _principal: Principal) -> list[dict[str, Any]]:
    """Each rule of a set in its turn with where it sends, how many lines of past orders it would decide, and how many of them move.

    The last row, without a rule, counts the lines that would follow the defaults. A rule that no line meets has `line_count` 0.
    Only counts are told, so who keeps the rules needs not read the orders.
    """
    rules, lines = _tried(connection, asked)
    counted = Counter(line["then"]["code"] if line["then"] else None for line in lines)
    moving = Counter(line["then"]["code"] if line["then"] else None for line in lines if line["moves"])
    names = ("code", "rank", "state", *_GOES)
    rows = [{name: rule[name] for name in names} for rule in in_turn(rules)]
    rows.append(dict.fromkeys(names))
    return [
        {**row, "line_count": counted[row["code"]], "moving_count": moving[row["code"]], "tried_count": len(lines)}
        for row in rows
    ]


@answers(RoutingTrial, permission=_READ)
def order_routing_trial_lines(
    connection: Connection, asked: RoutingTrial, principal: Principal
) -> list[dict[str, Any]]:
    """The lines of past orders that a set of rules would send elsewhere than the rules of now, with both, the newest first.

    Who may not read sales orders is not told which lines they are.
    """
    _, lines = _tried(connection, asked)
    shown = ("id", "number", "document_on", "party_name", "line", "item_code", "quantity")
    sees = may_read(principal, DocumentKind.SALES_ORDER.value)
    found = []
    for row in lines:
        if row["moves"]:
            told = {name: row[name] if sees else None for name in shown}
            now, then = (_sent(row[name]) for name in ("now", "then"))
            told |= {"rule_now": now["code"], "rule": then["code"], "reasons": row["reasons"] if sees else []}
            told |= {f"{name}_now": now[name] for name in _GOES} | {name: then[name] for name in _GOES}
            found.append(told)
    return found[:_MOST_SHOWN]


def _sent(rule: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return rule if rule is not None else dict.fromkeys(("code", *_GOES))


def _tried(connection: Connection, asked: RoutingTrial) -> tuple[list[Mapping[str, Any]], list[dict[str, Any]]]:
    """The set of rules that is tried, and each line with the rule that decides it now, the one that would, and whether it moves."""
    kept = _rules(connection)
    now = [rule for rule in kept if rule["state"] == "active"]
    then: list[Mapping[str, Any]] = proposed(kept) if asked.drafts else [*now]
    if asked.rule is not None:
        gone = {asked.rule.code, asked.rule.replaces}
        then = [*(rule for rule in then if rule["code"] not in gone), _typed(connection, asked.rule)]
    lines = []
    for row, routable in _past_lines(connection, asked):
        before, (after, reasons) = decided(now, routable)[0], decided(then, routable)
        moves = any(_sent(before)[name] != _sent(after)[name] for name in _GOES)
        lines.append({**row, "now": before, "then": after, "reasons": reasons, "moves": moves})
    return then, lines


def _typed(connection: Connection, rule: RoutingRule) -> dict[str, Any]:
    """A typed rule as it would be kept.

    Raises:
        Refused: it names a code that is not there.
    """
    codes = {"family": ("item_category", master_data.item_category), "queue": ("role", kernel.role)}
    codes |= {name: (place.name, place) for name, (_, place) in _PLACES.items()}
    ids: dict[str, int | None] = {}
    for name, (what, table) in codes.items():
        code = getattr(rule, name)
        ids[name] = connection.execute(select(table.c.id).where(table.c.code == code)).scalar() if code else None
        if code is not None and ids[name] is None:
            raise Refused("code_unknown", field=name, what=what, code=code)
    return {**rule.model_dump(), "state": "draft", "id": 0, "family_id": ids["family"]}


def _past_lines(connection: Connection, asked: RoutingTrial) -> list[tuple[dict[str, Any], Routable]]:
    """The lines of goods of the orders of a period as the rules see them, the newest first."""
    order, line, party, item = documents.document.c, documents.document_line.c, master_data.party.c, master_data.item.c
    delivery, buyer = fulfilment.order_delivery.c, shops.shop_order.c
    since = asked.since or asked.until - timedelta(days=_DAYS)
    query = (
        select(
            order.id,
            order.number,
            order.document_on,
            order.channel,
            order.priority,
            party.name.label("party_name"),
            party.customer_class,
            party.country,
            party.region,
            party.address,
            delivery.region.label("planned_region"),
            delivery.address.label("planned_address"),
            buyer.id.label("shop_order_id"),
            buyer.buyer_country,
            buyer.buyer_address,
            line.line,
            line.quantity,
            item.code.label("item_code"),
            item.category_id,
        )
        .select_from(documents.document)
        .join(documents.document_line, line.document_id == order.id)
        .join(master_data.item, item.id == line.item_id)
        .join(master_data.party, party.id == order.party_id)
        .outerjoin(fulfilment.order_delivery, delivery.id == order.id)
        .outerjoin(shops.shop_order, buyer.document_id == order.id)
        .where(
            order.kind == DocumentKind.SALES_ORDER.value,
            order.state.in_((DocumentState.CONFIRMED.value, DocumentState.CLOSED.value)),
            order.document_on >= since,
            order.document_on <= asked.until,
            line.kind == "item",
            line.quantity > ZERO,
        )
        .order_by(order.document_on.desc(), order.id.desc(), line.line)
        .limit(_MOST_LINES)
    )
    category = master_data.item_category.c
    parents = {row.id: row.parent_id for row in connection.execute(select(category.id, category.parent_id))}
    return [(row, _routable(row, parents)) for row in rows_of(connection, query)]


def _routable(row: Mapping[str, Any], parents: Mapping[int, int | None]) -> Routable:
    goes = destination(
        row, row if row["shop_order_id"] is not None else None, row["planned_region"], row["planned_address"]
    )
    return Routable(
        row["document_on"],
        families_of({row["category_id"]}, parents.__getitem__),
        row["channel"],
        row["customer_class"],
        row["priority"] or LEAST_URGENT,
        **goes,
    )


QUERIES: Final[tuple[Query, ...]] = (
    order_routing_rules,
    order_routings,
    orders_by_queue,
    order_routing_trial,
    order_routing_trial_lines,
)
