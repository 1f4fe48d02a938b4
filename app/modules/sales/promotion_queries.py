"""Asks for promotions and coupons, why a line costs what it does, what promotions gave and earned, and what one would have cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, and_, case, func, literal, or_, select

from app.kernel.access import Principal
from app.kernel.approvals import families_of
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, OneDocument, may_read, rows_of
from app.kernel.errors import Refused
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.sales.line_prices import BEATEN, BY_HAND, FREIGHT, PROMOTION, PricedLine, write_amounts
from app.modules.sales.promotion_rules import (
    FREE_FREIGHT,
    Candidate,
    Circumstances,
    Promotion,
    Reduction,
    Result,
    evaluate,
    free_freight,
)
from app.modules.sales.promotions import amounts_in
from schemas.commands import promotions as commands
from schemas.operational import documents, foreign_currency, fulfilment, inventory, kernel, master_data
from schemas.operational import promotions as tables
from schemas.operational import sales as sales_tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_READ: Final = "sales.read"
_DAYS: Final = 30
_MARGIN_DECIMALS: Final = 4
_MOST_LINES: Final = 20_000
_MOST_SHOWN: Final = 100
_CODES: Final = {
    "item": ("item_id", master_data.item),
    "family": ("family_id", master_data.item_category),
    "customer": ("customer_id", master_data.party),
    "free_item": ("free_item_id", master_data.item),
}


# What there is -------------------------------------------------------------------------------------------------------


@answers(Nothing, permission=_READ)
def promotions(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Promotions by rank and code, with their conditions, how often each was used, what it gave, and what its budget has left."""
    promotion, tally = tables.promotion, tables.promotion_tally
    query = select(*promotion.c, tally.c.use_count, tally.c.given_amount).join(tally, tally.c.id == promotion.c.id)
    for name, (column, table) in _CODES.items():
        named = table.alias(name)
        query = query.add_columns(named.c.code.label(name)).outerjoin(named, named.c.id == promotion.c[column])
    query = query.add_columns((promotion.c.budget_amount - tally.c.given_amount).label("left_amount"))
    return rows_of(connection, query.order_by(promotion.c.rank, promotion.c.code))


@answers(Nothing, permission=_READ)
def coupons(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Coupons by code, with the promotion that each switches on and how often it was used."""
    coupon, promotion = tables.coupon, tables.promotion
    query = select(*coupon.c, promotion.c.code.label("promotion"), promotion.c.name.label("promotion_name"))
    return rows_of(connection, query.join(promotion, promotion.c.id == coupon.c.promotion_id).order_by(coupon.c.code))


@answers(OneDocument, permission="documents.read")
def line_price_reasons(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Why each line of an order or quotation costs what it does now: its price, what was taken off, and what gave less.

    Amounts are in the document's currency. `amount` is without tax; `unit_price` is as the price list means it, with tax where
    `tax_included`.
    """
    document, said = documents.document, foreign_currency.foreign_document
    currency = func.coalesce(said.c.currency, document.c.currency).label("currency")
    head = connection.execute(
        select(document.c.kind, currency)
        .outerjoin(said, said.c.id == document.c.id)
        .where(document.c.id == asked.document)
    ).first()
    if head is None or not may_read(principal, head.kind):
        return []
    reason, change = tables.line_price_reason, sales_tables.sales_order_change
    known = (
        select(reason.c.line, func.max(reason.c.pricing_number).label("pricing_number"))
        .outerjoin(change, change.c.id == reason.c.change_id)
        .where(reason.c.document_id == asked.document, or_(reason.c.change_id.is_(None), change.c.state == "applied"))
        .group_by(reason.c.line)
        .subquery()
    )
    promotion, listed, coupon = tables.promotion, master_data.price_list, tables.coupon
    query = (
        select(
            *(
                reason.c[name]
                for name in ("line", "step", "kind", "unit_price", "tax_included", "from_quantity", "rate")
            ),
            reason.c.amount,
            reason.c.bought_line,
            promotion.c.code.label("promotion"),
            func.coalesce(promotion.c.name, listed.c.name).label("name"),
            coupon.c.code.label("coupon"),
            literal(head.currency).label("currency"),
        )
        .join(known, and_(known.c.line == reason.c.line, known.c.pricing_number == reason.c.pricing_number))
        .outerjoin(promotion, promotion.c.id == reason.c.promotion_id)
        .outerjoin(listed, listed.c.id == reason.c.price_list_id)
        .outerjoin(coupon, coupon.c.id == reason.c.coupon_id)
        .where(reason.c.document_id == asked.document)
        .order_by(reason.c.line, reason.c.step)
    )
    return rows_of(connection, query)


# What they gave ------------------------------------------------------------------------------------------------------


class Span(Arguments):
    """The days of the orders, both included; without them all orders count."""

    since: date | None = None
    until: date | None = None


@answers(Span, permission=_READ)
def promotion_results(connection: Connection, asked: Span, principal: Principal) -> list[dict[str, Any]]:
    """What each promotion gave on orders that stand, and what its lines sold for; the margin only for who may see costs.

    A line that several promotions touched counts with each of them, and freight that one freed is a line, too. The margin takes the
    goods at what they are worth now.
    """
    promotion = tables.promotion
    found = rows_of(connection, _touched_lines(asked))
    cost = _unit_costs(connection, {row["item_id"] for row in found if row["item_id"] is not None})
    decimals = connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
    sums: dict[int, dict[str, Any]] = {}
    orders: dict[int, set[int]] = defaultdict(set)
    for row in found:
        own = sums.setdefault(
            row["promotion_id"], dict.fromkeys(("given_amount", "net_amount", "cost_amount"), ZERO) | {"line_count": 0}
        )
        own["line_count"] += 1
        rate = row["exchange_rate"]
        own["given_amount"] += row["amount"] if rate is None else rounded(row["amount"] * rate, decimals)
        own["net_amount"] += row["net_amount"]
        own["cost_amount"] += row["quantity"] * cost.get(row["item_id"], ZERO)
        orders[row["promotion_id"]].add(row["document_id"])
    sees_cost = principal.may("inventory.cost.read")
    rows = rows_of(connection, select(promotion.c.id, promotion.c.code, promotion.c.name).order_by(promotion.c.code))
    for row in rows:
        own = sums.get(row["id"], {"line_count": 0, "given_amount": ZERO, "net_amount": ZERO, "cost_amount": ZERO})
        net, spent = own["net_amount"], own.pop("cost_amount")
        row |= {"order_count": len(orders[row["id"]]), **own}
        row["margin"] = rounded((net - spent) / net, _MARGIN_DECIMALS) if sees_cost and net > 0 else None
    return rows


def _touched_lines(asked: Span) -> Any:
    """Each order line with what each promotion takes off it by the price in force."""
    reason, change = tables.line_price_reason, sales_tables.sales_order_change
    document, line = documents.document, documents.document_line
    newer, newer_change = reason.alias("newer"), change.alias("newer_change")
    said = foreign_currency.foreign_document
    replaced = (
        select(newer.c.id)
        .outerjoin(newer_change, newer_change.c.id == newer.c.change_id)
        .where(
            newer.c.document_id == reason.c.document_id,
            newer.c.line == reason.c.line,
            newer.c.pricing_number > reason.c.pricing_number,
            newer_change.c.state == "applied",
        )
        .exists()
    )
    query = (
        select(
            reason.c.promotion_id,
            reason.c.document_id,
            reason.c.amount,
            line.c.item_id,
            line.c.quantity,
            line.c.net_amount,
            said.c.exchange_rate,
        )
        .outerjoin(said, said.c.id == reason.c.document_id)
        .join(line, and_(line.c.document_id == reason.c.document_id, line.c.line == reason.c.line))
        .join(document, document.c.id == reason.c.document_id)
        .outerjoin(change, change.c.id == reason.c.change_id)
        .where(
            reason.c.kind == PROMOTION,
            document.c.kind == DocumentKind.SALES_ORDER.value,
            document.c.state != DocumentState.CANCELLED.value,
            or_(reason.c.change_id.is_(None), change.c.state == "applied"),
            ~replaced,
        )
    )
    if asked.since is not None:
        query = query.where(document.c.document_on >= asked.since)
    if asked.until is not None:
        query = query.where(document.c.document_on <= asked.until)
    return query


def _unit_costs(connection: Connection, item_ids: Iterable[int]) -> dict[int, Decimal]:
    item, value = master_data.item, inventory.item_value
    query = (
        select(item.c.id, item.c.standard_cost, value.c.quantity, value.c.value)
        .outerjoin(value, value.c.item_id == item.c.id)
        .where(item.c.id.in_(list(item_ids)))
    )
    return {
        row["id"]: row["value"] / row["quantity"] if row["quantity"] else row["standard_cost"]
        for row in rows_of(connection, query)
    }


# What one would have cost --------------------------------------------------------------------------------------------


class PromotionTrial(Arguments):
    """What is tried: a promotion as it is typed, or one that is there; without `since` on the 30 days up to `until`."""

    until: date
    since: date | None = None
    code: Annotated[str, Field(max_length=64)] | None = None
    promotion: commands.Promotion | None = None


@answers(PromotionTrial, permission=_READ)
def promotion_trial(connection: Connection, asked: PromotionTrial, principal: Principal) -> list[dict[str, Any]]:
    """What a promotion would have given away on past orders, alone, and on which of them most; one row.

    It is tried on what the lines came to then, as if it had been valid and, where it needs one, its coupon typed. Lines with a
    price or discount by hand and the orders of shops stay as they were; limits are not looked at. Free freight is tried on what was
    charged as freight.

    Raises:
        Refused: neither or both are named, or what is named is unknown.
    """
    promotion = _asked_promotion(connection, asked)
    since = asked.since or asked.until - timedelta(days=_DAYS)
    decimals = connection.execute(select(kernel.company.c.currency_decimals)).scalar_one()
    orders: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(connection, _past_lines(since, asked.until)):
        orders[row["document_id"]].append(row)
    families = _families(connection)
    if promotion["effect"] == FREE_FREIGHT:
        charged = _past_freight(connection, since, asked.until)
        found = [_tried_freight(promotion, rows, families, charged.get(key, [])) for key, rows in orders.items()]
    else:
        found = [_tried(promotion, rows, families, decimals) for rows in orders.values()]
    hit = [row for row in found if row is not None]
    hit.sort(key=lambda row: (-row["given_amount"], row["number"]))
    seen = hit[:_MOST_SHOWN] if may_read(principal, DocumentKind.SALES_ORDER.value) else []
    totals = {name: sum((row[name] for row in hit), ZERO) for name in ("given_amount", "net_amount")}
    lines = sum(row["line_count"] for row in hit)
    tried = {"tried_count": len(orders), "order_count": len(hit), "line_count": lines, **totals, "orders": seen}
    return [{"code": promotion["code"], "since": since, "until": asked.until, **tried}]


def _asked_promotion(connection: Connection, asked: PromotionTrial) -> dict[str, Any]:
    typed = asked.promotion
    if (typed is None) == (asked.code is None):
        raise Refused("promotion_or_code", field="code")
    if typed is None:
        rows = rows_of(connection, select(*tables.promotion.c).where(tables.promotion.c.code == asked.code))
        if not rows:
            raise Refused("code_unknown", field="code", what="promotion", code=asked.code)
        return rows[0]
    values = typed.model_dump() | {"id": 0}
    for name, (column, table) in _CODES.items():
        code = values.pop(name)
        found = connection.execute(select(table.c.id).where(table.c.code == code)).scalar() if code else None
        if code and found is None:
            raise Refused("code_unknown", field=name, what=name, code=code)
        values[column] = found
    return values


def _past_lines(since: date, until: date) -> Any:
    """The lines of past orders that were not cancelled and not priced by hand or by a shop, with what a promotion looks at."""
    document, line, party, item = documents.document, documents.document_line, master_data.party, master_data.item
    reason, delivery = tables.line_price_reason, fulfilment.order_delivery
    by_hand = (
        select(reason.c.id)
        .where(reason.c.document_id == line.c.document_id, reason.c.line == line.c.line, reason.c.kind == BY_HAND)
        .exists()
    )
    given = (
        select(reason.c.id)
        .where(
            reason.c.document_id == line.c.document_id, reason.c.line == line.c.line, reason.c.bought_line.is_not(None)
        )
        .exists()
    )
    return (
        select(
            line.c.document_id,
            line.c.line,
            line.c.item_id,
            line.c.quantity,
            line.c.net_amount,
            case((given, 1), else_=0).label("given"),
            item.c.category_id,
            item.c.list_price,
            document.c.number,
            document.c.document_on,
            document.c.channel,
            party.c.id.label("party_id"),
            party.c.name.label("party_name"),
            party.c.customer_class,
            func.coalesce(delivery.c.region, party.c.region).label("region"),
            case((or_(by_hand, line.c.discount_rate > 0), 1), else_=0).label("by_hand"),
        )
        .join(document, document.c.id == line.c.document_id)
        .join(party, party.c.id == document.c.party_id)
        .join(item, item.c.id == line.c.item_id)
        .outerjoin(delivery, delivery.c.id == document.c.id)
        .where(
            document.c.kind == DocumentKind.SALES_ORDER.value,
            document.c.state != DocumentState.CANCELLED.value,
            document.c.document_on.between(since, until),
            line.c.kind == "item",
            line.c.quantity > 0,
            document.c.id.in_(select(reason.c.document_id)),
        )
        .order_by(line.c.document_id.desc(), line.c.line)
        .limit(_MOST_LINES)
    )


def _past_freight(connection: Connection, since: date, until: date) -> dict[int, list[Decimal]]:
    """What past orders charged as freight, by order."""
    document, line, reason = documents.document, documents.document_line, tables.line_price_reason
    marked = (
        select(reason.c.id)
        .where(reason.c.document_id == line.c.document_id, reason.c.line == line.c.line, reason.c.kind == FREIGHT)
        .exists()
    )
    query = (
        select(line.c.document_id, line.c.net_amount)
        .join(document, document.c.id == line.c.document_id)
        .where(
            document.c.kind == DocumentKind.SALES_ORDER.value,
            document.c.state != DocumentState.CANCELLED.value,
            document.c.document_on.between(since, until),
            line.c.kind == "charge",
            marked,
        )
        .order_by(line.c.document_id, line.c.line)
    )
    charged: dict[int, list[Decimal]] = defaultdict(list)
    for row in rows_of(connection, query):
        charged[row["document_id"]].append(row["net_amount"])
    return charged


def _families(connection: Connection) -> Mapping[int, frozenset[int]]:
    """By item category, it and all that stand above it."""
    category = master_data.item_category
    parents = {row.id: row.parent_id for row in connection.execute(select(category.c.id, category.c.parent_id))}
    return {key: families_of({key}, parents.__getitem__) for key in parents}


def _tried(
    promotion: dict[str, Any], rows: list[dict[str, Any]], families: Mapping[int, frozenset[int]], decimals: int
) -> dict[str, Any] | None:
    """What a promotion would have given on an order; None where nothing."""
    order, tried = _past_order(promotion, rows)
    lines = _past_goods((row for row in rows if not row["by_hand"]), families)
    prices = {row["item_id"]: row["net_amount"] / row["quantity"] for row in rows}
    result = evaluate(order, lines, [tried], decimals, free_prices=prices)
    given = {number: sum((entry.amount for entry in found), ZERO) for number, found in result.reductions.items()}
    for gift in result.gifts:
        given[gift.line] = given.get(gift.line, ZERO) + gift.quantity * prices.get(gift.item_id, ZERO)
    if not given:
        return None
    touched = sum((row["net_amount"] for row in rows if row["line"] in given), ZERO)
    return _hit(rows, len(given), sum(given.values(), ZERO), touched)


def _tried_freight(
    promotion: dict[str, Any],
    rows: list[dict[str, Any]],
    families: Mapping[int, frozenset[int]],
    charged: list[Decimal],
) -> dict[str, Any] | None:
    """What free freight would have given on an order that charged some; None where nothing."""
    order, tried = _past_order(promotion, rows)
    freed = free_freight(order, _past_goods((row for row in rows if not row["given"]), families), charged, [tried])
    amount = sum((entry.amount for found in freed.reductions.values() for entry in found), ZERO)
    return _hit(rows, len(freed.reductions), amount, amount) if freed.reductions else None


def _past_order(promotion: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Circumstances, Promotion]:
    """An order as promotions see it, and the promotion as if it had been valid on its day."""
    head, net = rows[0], sum((row["net_amount"] for row in rows), ZERO)
    facts = (head["party_id"], head["customer_class"], head["channel"], head["region"])
    tried = {**promotion, "valid_from": head["document_on"], "valid_to": None}
    return Circumstances(head["document_on"], *facts, net, frozenset({promotion["id"]})), tried


def _past_goods(rows: Iterable[Mapping[str, Any]], families: Mapping[int, frozenset[int]]) -> list[Candidate]:
    return [
        Candidate(row["line"], row["item_id"], families[row["category_id"]], row["quantity"], row["net_amount"])
        for row in rows
    ]


def _hit(rows: list[dict[str, Any]], line_count: int, given: Decimal, net: Decimal) -> dict[str, Any]:
    named = {name: rows[0][name] for name in ("number", "document_on", "party_name")}
    amounts = {"given_amount": given, "net_amount": net}
    return {"id": rows[0]["document_id"], **named, "line_count": line_count, **amounts}


# While an order is typed ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buyer:
    """Who buys, as far as it is typed."""

    on: date
    customer_id: int | None
    customer_class: str | None
    channel: str | None
    region: str | None
    currency: DocumentCurrency
    coupons: tuple[str, ...] = ()


@dataclass
class Shown:
    """What promotions make of typed lines, by line number: what is taken off, what gave less, and what comes with it."""

    taken: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    beaten: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    gifts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def shown_promotions(
    connection: Connection, buyer: Buyer, lines: Mapping[int, PricedLine], freight: Mapping[int, PricedLine]
) -> Shown:
    """Write the amounts of typed lines and freight with the promotions that an order would get now; it decides again itself."""
    currency, decimals = buyer.currency, buyer.currency.decimals
    for line in (*lines.values(), *freight.values()):
        write_amounts(line, decimals)
    usable = [amounts_in(currency, row) for row in _usable(connection)]
    bought = {number: line for number, line in lines.items() if line.values["quantity"] > 0}
    free = {number: line for number, line in bought.items() if not line.by_hand}
    if not usable or not bought:
        return Shown()
    facts = (buyer.customer_id, buyer.customer_class, buyer.channel, buyer.region)
    net = sum((line.steps[0].amount for line in lines.values()), ZERO)
    coupon = tables.coupon
    switched = select(coupon.c.promotion_id).where(coupon.c.code.in_(buyer.coupons), coupon.c.active)
    switched_on = frozenset(connection.execute(switched).scalars())
    order = Circumstances(buyer.on, *facts, currency.at_rate(net), switched_on)
    goods, items = _candidates(connection, bought, usable, decimals)
    candidates = [line for line in goods if line.line in free]
    prices = {key: ZERO if currency.foreign else row["list_price"] or ZERO for key, row in items.items()}
    prices |= {line.values["item_id"]: line.listed.unit_price for line in free.values()}
    result = evaluate(order, candidates, usable, decimals, free_prices=prices)
    for number, line in free.items():
        line.reductions, line.beaten = result.reductions.get(number, []), result.beaten.get(number, [])
        write_amounts(line, decimals)
    freed = free_freight(order, goods, [line.values["net_amount"] for line in freight.values()], usable)
    for place, line in enumerate(freight.values()):
        line.reductions, line.beaten = freed.reductions.get(place, []), freed.beaten.get(place, [])
        write_amounts(line, decimals)
    return _told(result, {**free, **freight}, items)


def _usable(connection: Connection) -> list[Promotion]:
    promotion, tally = tables.promotion, tables.promotion_tally
    query = (
        select(*promotion.c)
        .join(tally, tally.c.id == promotion.c.id)
        .where(
            promotion.c.active,
            or_(promotion.c.use_limit.is_(None), tally.c.use_count < promotion.c.use_limit),
            or_(promotion.c.budget_amount.is_(None), tally.c.given_amount < promotion.c.budget_amount),
        )
    )
    return list(rows_of(connection, query))


def _candidates(
    connection: Connection, lines: Mapping[int, PricedLine], usable: Iterable[Promotion], decimals: int
) -> tuple[list[Candidate], dict[int, dict[str, Any]]]:
    """The lines as promotions see them, and the items that they and the promotions name."""
    item, families = master_data.item, _families(connection)
    ids = {line.values["item_id"] for line in lines.values()}
    ids |= {row["free_item_id"] for row in usable if row["free_item_id"] is not None}
    query = select(item.c.id, item.c.code, item.c.category_id, item.c.list_price).where(item.c.id.in_(ids))
    items = {row["id"]: row for row in rows_of(connection, query)}
    found = []
    for number, line in sorted(lines.items()):
        item_id = line.values["item_id"]
        own = families[items[item_id]["category_id"]]
        found.append(Candidate(number, item_id, own, line.values["quantity"], line.amount(decimals)))
    return found, items


def _told(result: Result, lines: Mapping[int, PricedLine], items: Mapping[int, Mapping[str, Any]]) -> Shown:
    """What was chosen, in words and numbers that a form can show."""
    told = Shown()
    for number, line in lines.items():
        off = {step.promotion_id: step.amount for step in line.steps if step.kind == PROMOTION}
        less = {step.promotion_id: step.amount for step in line.steps if step.kind == BEATEN}
        told.taken[number] = [_named(entry, off) for entry in line.reductions]
        told.beaten[number] = [_named(entry, less) for entry in line.beaten]
    for gift in result.gifts:
        row = {"code": gift.promotion["code"], "name": gift.promotion["name"], "quantity": gift.quantity}
        told.gifts.setdefault(gift.line, []).append({**row, "item_code": items[gift.item_id]["code"]})
    return told


def _named(entry: Reduction, amounts: Mapping[int | None, Decimal]) -> dict[str, Any]:
    promotion = entry.promotion
    named = {name: promotion[name] for name in ("code", "name", "rate")}
    return {**named, "amount": amounts[promotion["id"]]}


QUERIES: Final[tuple[Query, ...]] = (
    promotions,
    coupons,
    line_price_reasons,
    promotion_results,
    promotion_trial,
)
