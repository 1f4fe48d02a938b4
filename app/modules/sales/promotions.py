"""Handlers of promotions and coupons, and how an order draws on them: chosen, limited, counted, and given back.

An order that may draw on a promotion holds its tally until it is booked, after its customer and before its stock, so that two
orders together never pass a limit. A quotation draws on nothing; the order that is given on it does, and is refused where nothing
is left.

The amounts of a promotion are in the company's currency. On a document of another they hold at its rate, and what is given there
counts at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.approvals import families_of
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of
from app.modules.master_data.terms import party_with_role
from app.modules.sales.line_prices import (
    ELSEWHERE,
    PROMOTION,
    PricedLine,
    gift_line,
    listed_price,
    reasons_in_force,
    write_amounts,
)
from app.modules.sales.promotion_rules import (
    EFFECTS,
    FREE_FREIGHT,
    Candidate,
    Circumstances,
    Promotion,
    Result,
    evaluate,
    free_freight,
    holds_for_freight,
    holds_for_line,
    holds_for_order,
    in_turn,
)
from app.modules.sales.versions import changes_of
from schemas.commands import promotions as commands
from schemas.operational import master_data
from schemas.operational import promotions as tables
from schemas.vocabulary.numbers import ZERO, rounded

_NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "percent_off": frozenset({"rate"}),
    "order_percent_off": frozenset({"rate"}),
    "amount_off": frozenset({"unit_amount"}),
    "fixed_price": frozenset({"unit_amount"}),
    "free_goods": frozenset({"buy_quantity", "free_quantity"}),
    "free_freight": frozenset(),
}
_FIGURES: Final = ("rate", "unit_amount", "buy_quantity", "free_quantity", "free_item")


@dataclass(frozen=True)
class Draw:
    """What an order takes of a promotion: how much without tax, and the coupon that switched it on."""

    amount: Decimal
    coupon_id: int | None = None


@dataclass(frozen=True)
class Buying:
    """Who buys, by which channel, for where and when, in which currency, with the coupons that were typed, by promotion.

    `typed` says that they are typed now, so that one that is used up or gives nothing is refused; one that an order has already
    gives nothing then.
    """

    customer: Row
    on: date
    currency: DocumentCurrency
    channel: str | None = None
    region: str | None = None
    coupons: Mapping[int, Row] = field(default_factory=dict[int, Row])
    typed: bool = True


@handles(commands.PutPromotion, permission="sales.price.write")
def put_promotion(ctx: Context, data: commands.PutPromotion) -> Outcome:
    """Make or change a promotion; what orders have drawn on it stays, so its effect is fixed and its limits cover that.

    Raises:
        Refused: the effect lacks its figures or has others, it ends before it begins, a limit is below what is used, or a name is
            unknown.
    """
    _refuse_unclear(ctx, data)
    values = promotion_values(ctx, data) | {"active": data.active}
    row = ctx.uow.one(tables.promotion, "code", data.code, lock=True)
    if row is None:
        row = ctx.uow.insert(tables.promotion, **values, version=1)
        ctx.uow.insert(tables.promotion_tally, id=row.id, use_count=0, given_amount=ZERO)
        return Outcome("receipt.created", values={"what": "promotion", "code": data.code}, data={"id": row.id})
    if row.effect != data.effect:
        raise Refused("promotion_effect_fixed", field="effect", code=data.code, effect=row.effect)
    tally = ctx.uow.need(tables.promotion_tally, row.id, lock=True)
    if data.use_limit is not None and data.use_limit < tally.use_count:
        raise Refused("limit_below_used", field="use_limit", code=data.code, used=tally.use_count)
    if data.budget_amount is not None and data.budget_amount < tally.given_amount:
        raise Refused("limit_below_used", field="budget_amount", code=data.code, used=tally.given_amount)
    ctx.uow.update(tables.promotion, row, **values)
    return Outcome("receipt.changed", values={"what": "promotion", "code": data.code}, data={"id": row.id})


def _refuse_unclear(ctx: Context, data: commands.Promotion) -> None:
    given = {name for name in _FIGURES if getattr(data, name) is not None}
    missing = sorted(_NEEDS[data.effect] - given)
    strange = sorted(given - _NEEDS[data.effect] - ({"free_item"} if data.effect == "free_goods" else set()))
    if missing:
        raise Refused(
            "promotion_lacks", field=missing[0], code=data.code, effect=data.effect, needed=", ".join(missing)
        )
    if strange:
        raise Refused(
            "promotion_strange", field=strange[0], code=data.code, effect=data.effect, given=", ".join(strange)
        )
    if data.valid_to is not None and data.valid_to < data.valid_from:
        raise Refused("promotion_ends_before", field="valid_to", code=data.code, until=data.valid_to)
    decimals = ctx.company.currency_decimals
    for name in ("budget_amount", "minimum_amount"):
        amount = getattr(data, name)
        if amount is not None and rounded(amount, decimals) != amount:
            raise Refused("amount_minor_unit", field=name, amount=amount, decimals=decimals)


def promotion_values(ctx: Context, data: commands.Promotion) -> dict[str, Any]:
    """The columns of a promotion.

    Raises:
        Refused: the item, family or customer is unknown, or the stocking unit of what is given does not take the decimals.
    """
    item = by_code(ctx, master_data.item, data.item, "item", field="item")
    free_item = by_code(ctx, master_data.item, data.free_item, "item", field="free_item")
    family = by_code(ctx, master_data.item_category, data.family, "item_category", field="family")
    customer = party_with_role(ctx, data.customer, "customer") if data.customer is not None else None
    given = free_item or item
    if given is not None and data.free_quantity is not None:
        decimals = ctx.uow.need(master_data.unit, given.unit_id).decimals
        if rounded(data.free_quantity, decimals) != data.free_quantity:
            facts = {"item": given.code, "quantity": data.free_quantity, "decimals": decimals}
            raise Refused("quantity_decimals", field="free_quantity", **facts)
    names = {"item", "free_item", "family", "customer", "active"}
    return {
        **data.model_dump(exclude=names),
        "item_id": item.id if item else None,
        "free_item_id": free_item.id if free_item else None,
        "family_id": family.id if family else None,
        "customer_id": customer.id if customer else None,
    }


@handles(commands.PutCoupon, permission="sales.price.write")
def put_coupon(ctx: Context, data: commands.PutCoupon) -> Outcome:
    """Make or change a coupon.

    Raises:
        Refused: the promotion is unknown, takes effect without a coupon, or is another than before, or more is used than the limit.
    """
    promotion = need_by_code(ctx, tables.promotion, data.promotion, "promotion", field="promotion")
    if not promotion.needs_coupon:
        raise Refused("coupon_not_needed", field="promotion", promotion=promotion.code)
    values = data.model_dump(include={"use_limit", "once_per_customer", "active"})
    row = ctx.uow.one(tables.coupon, "code", data.code, lock=True)
    if row is None:
        row = ctx.uow.insert(tables.coupon, code=data.code, promotion_id=promotion.id, use_count=0, **values)
        return Outcome("receipt.created", values={"what": "coupon", "code": data.code}, data={"id": row.id})
    if row.promotion_id != promotion.id:
        raise Refused("coupon_of_another", field="promotion", code=data.code)
    if data.use_limit is not None and data.use_limit < row.use_count:
        raise Refused("limit_below_used", field="use_limit", code=data.code, used=row.use_count)
    ctx.uow.update(tables.coupon, row, **values)
    return Outcome("receipt.changed", values={"what": "coupon", "code": data.code}, data={"id": row.id})


# Choosing ------------------------------------------------------------------------------------------------------------


def coupons_named(ctx: Context, codes: Iterable[str]) -> dict[int, Row]:
    """The coupons that were typed, by the promotion that each switches on; whether one is used up is asked when it is drawn on.

    Raises:
        Refused: a coupon is unknown or no longer taken, or two switch on the same promotion.
    """
    found: dict[int, Row] = {}
    for code in codes:
        row = ctx.uow.one(tables.coupon, "code", code)
        if row is None or not row.active:
            raise Refused("coupon_unknown", field="coupons", code=code)
        if row.promotion_id in found:
            raise Refused("coupon_without_effect", field="coupons", code=code)
        found[row.promotion_id] = row
    return found


def take_promotions(
    ctx: Context,
    buying: Buying,
    lines: Mapping[int, PricedLine],
    *,
    held: Mapping[int, Draw] | None = None,
    other_net: Decimal = ZERO,
    first_gift: int = 0,
    freight: Sequence[PricedLine] = (),
    other_goods: Iterable[tuple[int, Decimal]] = (),
) -> dict[int, PricedLine]:
    """Choose the promotions of lines and freight, write their amounts, and return what is given for nothing, by number.

    Nothing is written to the store; the tallies of the promotions that could hold are locked.

    Args:
        ctx: the running command.
        buying: who buys.
        lines: by number, as they are priced before promotions.
        held: what the order draws on already, with the amounts of what these lines take the place of.
        other_net: what its other lines come to in its currency, without tax.
        first_gift: the number of the first line that is given; after the last line where it is zero.
        freight: its freight charges, as they are before promotions.
        other_goods: item and quantity of its other lines that are bought; only freight looks at them.

    Raises:
        Refused: a coupon is used up or gives nothing here.
    """
    known, decimals = dict(held or {}), buying.currency.decimals
    promotions = [row for row in all_promotions(ctx) if row.active or row.id in known]
    if not promotions and not buying.coupons:
        return {}
    free = {number: line for number, line in lines.items() if not line.by_hand and line.gift is None}
    net = other_net + sum((line.steps[0].amount for line in lines.values() if line.gift is None), ZERO)
    order = _circumstances(buying, buying.currency.at_rate(net))
    candidates = _candidates(ctx, free, decimals)
    bought = _bought(ctx, lines, other_goods, decimals) if freight else []
    possible = [
        row
        for row in promotions
        if holds_for_order(row, order)
        and (any(holds_for_line(row, line) for line in candidates) or holds_for_freight(row, bought))
    ]
    tallies = hold_tallies(ctx, (row.id for row in possible))
    usable = [row for row in possible if row.id in known or _left(ctx, buying, row, tallies[row.id])]
    worths = _free_prices(ctx, buying, usable, candidates)
    charged = [line.values["net_amount"] for line in freight]
    gifts: dict[int, PricedLine] = {}
    while True:
        meant = [amounts_in(buying.currency, row) for row in usable]
        result = evaluate(order, candidates, meant, decimals, free_prices=worths)
        gifts = _written(ctx, buying, result, free, decimals, first=first_gift or max(lines, default=0) + 1)
        freed = free_freight(order, bought, charged, usable)
        for place, line in enumerate(freight):
            line.reductions, line.beaten = freed.reductions.get(place, []), freed.beaten.get(place, [])
            write_amounts(line, decimals)
        written = [*free.values(), *gifts.values(), *freight]
        spent = [row for row in usable if _passes_budget(row, tallies[row.id], known, written, buying.currency)]
        if not spent:
            break
        usable.remove(max(spent, key=in_turn))
    _refuse_idle(buying, known.keys() | result.used() | freed.used())
    return gifts


def _refuse_idle(buying: Buying, used: Container[int]) -> None:
    for promotion_id, coupon in buying.coupons.items():
        if buying.typed and promotion_id not in used:
            raise Refused("coupon_without_effect", field="coupons", code=coupon.code)


def amounts_in(currency: DocumentCurrency, promotion: Promotion) -> Promotion:
    """A promotion with what it takes off a unit, or leaves of it, in a currency."""
    if not currency.foreign or promotion["unit_amount"] is None:
        return promotion
    return {**promotion, "unit_amount": currency.from_home(promotion["unit_amount"])}


def all_promotions(ctx: Context) -> list[Row]:
    """Every promotion, also those that are switched off."""
    return [row for effect in EFFECTS for row in ctx.uow.where(tables.promotion, "effect", effect)]


def freeing_freight(ctx: Context) -> set[int]:
    """The promotions that may free freight, by id."""
    return {row.id for row in ctx.uow.where(tables.promotion, "effect", FREE_FREIGHT) if row.active}


def for_goods(ctx: Context, coupons: Mapping[int, Row]) -> dict[int, Row]:
    """The coupons of a quotation that must give something on its lines; freight is asked, and freed, when it is ordered."""
    freeing = {row.id for row in ctx.uow.where(tables.promotion, "effect", FREE_FREIGHT)}
    return {key: row for key, row in coupons.items() if key not in freeing}


def hold_tallies(ctx: Context, promotion_ids: Iterable[int]) -> dict[int, Row]:
    """Lock what promotions have given, in the order of their ids."""
    return {key: ctx.uow.need(tables.promotion_tally, key, lock=True) for key in sorted(set(promotion_ids))}


def _circumstances(buying: Buying, net: Decimal) -> Circumstances:
    customer = buying.customer
    region = buying.region or customer.region
    facts = (customer.id, customer.customer_class, buying.channel, region)
    return Circumstances(buying.on, *facts, net, frozenset(buying.coupons))


def _candidates(ctx: Context, lines: Mapping[int, PricedLine], decimals: int) -> list[Candidate]:
    items = ctx.uow.many(master_data.item, {line.values["item_id"] for line in lines.values()})
    found = []
    for number, line in sorted(lines.items()):
        if line.values["quantity"] <= 0:
            continue
        families = families_of({items[line.values["item_id"]].category_id}, lambda key: _parent(ctx, key))
        facts = (line.values["item_id"], families, line.values["quantity"], line.amount(decimals))
        found.append(Candidate(number, *facts))
    return found


def _bought(
    ctx: Context, lines: Mapping[int, PricedLine], others: Iterable[tuple[int, Decimal]], decimals: int
) -> list[Candidate]:
    """All goods of an order that are bought, also those at a price by hand."""
    found = _candidates(ctx, {number: line for number, line in lines.items() if line.gift is None}, decimals)
    beside = [(item_id, quantity) for item_id, quantity in others if quantity > 0]
    items = ctx.uow.many(master_data.item, {item_id for item_id, _ in beside})
    for item_id, quantity in beside:
        families = families_of({items[item_id].category_id}, lambda key: _parent(ctx, key))
        found.append(Candidate(ELSEWHERE, item_id, families, quantity, ZERO))
    return found


def _parent(ctx: Context, category_id: int) -> int | None:
    return ctx.uow.need(master_data.item_category, category_id).parent_id


def _left(ctx: Context, buying: Buying, promotion: Row, tally: Row) -> bool:
    """Whether another order may use a promotion.

    Raises:
        Refused: it may, but not with the coupon that was typed.
    """
    coupon = buying.coupons.get(promotion.id)
    spent = _used_coupon(ctx, coupon, buying.customer) if coupon is not None else None
    if spent is not None and buying.typed:
        raise spent
    if spent is not None:
        return False
    if promotion.use_limit is not None and tally.use_count >= promotion.use_limit:
        return False
    most = promotion.customer_use_limit
    return most is None or uses_by(ctx, buying.customer, promotion_id=promotion.id) < most


def _used_coupon(ctx: Context, coupon: Row, customer: Row) -> Refused | None:
    """Why a customer cannot use a coupon any more, or None."""
    coupon = ctx.uow.need(tables.coupon, coupon.id, lock=True)
    if coupon.use_limit is not None and coupon.use_count >= coupon.use_limit:
        return Refused("coupon_used_up", field="coupons", code=coupon.code, limit=coupon.use_limit)
    if coupon.once_per_customer and uses_by(ctx, customer, coupon_id=coupon.id) > 0:
        return Refused("coupon_used_by_customer", field="coupons", code=coupon.code, customer=customer.code)
    return None


def uses_by(ctx: Context, customer: Row, *, promotion_id: int | None = None, coupon_id: int | None = None) -> int:
    """How often a customer has used a promotion or a coupon, while its tally is held."""
    return sum(
        row.uses
        for row in ctx.uow.read_again(tables.promotion_use, "customer_id", customer.id)
        if promotion_id in (None, row.promotion_id) and coupon_id in (None, row.coupon_id)
    )


def _free_prices(
    ctx: Context, buying: Buying, promotions: Iterable[Row], candidates: Sequence[Candidate]
) -> dict[int, Decimal]:
    """What a unit of the goods that may be given is worth to the customer."""
    giving = [row for row in promotions if row.effect == "free_goods"]
    ids = {row.free_item_id or line.item_id for row in giving for line in candidates if holds_for_line(row, line)}
    found = {}
    for item in ctx.uow.many(master_data.item, ids).values():
        listed = listed_price(ctx, buying.customer, item, Decimal(1), buying.on, buying.currency)
        found[item.id] = listed.unit_price if listed is not None else ZERO
    return found


def _written(
    ctx: Context, buying: Buying, result: Result, lines: Mapping[int, PricedLine], decimals: int, *, first: int
) -> dict[int, PricedLine]:
    """Write what was chosen onto the lines, and make the lines that are given."""
    for number, line in lines.items():
        line.reductions, line.beaten = result.reductions.get(number, []), result.beaten.get(number, [])
        write_amounts(line, decimals)
    gifts = {}
    for number, gift in enumerate(result.gifts, start=first):
        item = ctx.uow.need(master_data.item, gift.item_id)
        due_on = lines[gift.line].values["due_on"]
        by = (gift.promotion["id"], gift.line)
        gifts[number] = gift_line(
            ctx, buying.customer, by, item, gift.quantity, buying.on, buying.currency, due_on=due_on
        )
    return gifts


def _passes_budget(
    promotion: Row, tally: Row, held: Mapping[int, Draw], lines: Iterable[PricedLine], currency: DocumentCurrency
) -> bool:
    if promotion.budget_amount is None:
        return False
    given = currency.at_rate(sum((line.given().get(promotion.id, ZERO) for line in lines), ZERO))
    before = tally.given_amount - (held[promotion.id].amount if promotion.id in held else ZERO)
    return given > 0 and before + given > promotion.budget_amount


# Counting ------------------------------------------------------------------------------------------------------------


def drawn_by(lines: Iterable[PricedLine], coupons: Mapping[int, Row], currency: DocumentCurrency) -> dict[int, Draw]:
    """What the lines of a new order of a currency draw on promotions, in the company's."""
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        for promotion_id, amount in line.given().items():
            amounts[promotion_id] += amount
    ids = {key: row.id for key, row in coupons.items()}
    return {key: Draw(currency.at_rate(amount), ids.get(key)) for key, amount in amounts.items()}


def drawn_in_force(ctx: Context, order: Row, lines: Container[int] | None = None) -> dict[int, Draw]:
    """Every promotion that an order draws on by the prices in force, with the amounts of some of its lines or of all."""
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    coupons: dict[int, int | None] = {}
    for number, rows in order_reasons(ctx, order).items():
        for row in rows:
            if row.kind == PROMOTION:
                amounts[row.promotion_id] += row.amount if lines is None or number in lines else ZERO
                coupons[row.promotion_id] = row.coupon_id
    currency = currency_of(ctx, order)
    return {key: Draw(currency.at_rate(amount), coupons[key]) for key, amount in amounts.items()}


def order_reasons(ctx: Context, order: Row) -> dict[int, list[Row]]:
    """Why each line of an order or quotation costs what it does, as in force."""
    rows = ctx.uow.where(tables.line_price_reason, "document_id", order.id)
    applied = {change.id: change.state == "applied" for change in changes_of(ctx, order)} if rows else {}
    return reasons_in_force(rows, applied)


def order_coupons(ctx: Context, document: Row) -> dict[int, Row]:
    """The coupons that were typed into a document, by promotion."""
    ids = [row.coupon_id for row in ctx.uow.where(tables.order_coupon, "document_id", document.id)]
    return {row.promotion_id: row for row in ctx.uow.many(tables.coupon, ids).values()}


def keep_coupons(ctx: Context, document: Row, coupons: Mapping[int, Row]) -> None:
    """Keep which coupons were typed into a document."""
    for coupon in coupons.values():
        ctx.uow.insert(tables.order_coupon, document_id=document.id, coupon_id=coupon.id)


def settle_uses(ctx: Context, order: Row, draws: Mapping[int, Draw]) -> None:
    """Make the ledger say what an order draws on promotions now; what it drew before and no more is given back.

    Raises:
        Refused: a promotion or a coupon is used up, or its budget spent.
    """
    before: dict[int, tuple[int, Decimal, int | None]] = {}
    for row in ctx.uow.where(tables.promotion_use, "order_id", order.id):
        uses, amount, _ = before.get(row.promotion_id, (0, ZERO, None))
        before[row.promotion_id] = (uses + row.uses, amount + row.amount, row.coupon_id)
    for promotion_id, tally in hold_tallies(ctx, {*before, *draws}).items():
        used, amount, coupon_id = before.get(promotion_id, (0, ZERO, None))
        draw = draws.get(promotion_id)
        more, rest = (1 if draw else 0) - used, (draw.amount if draw else ZERO) - amount
        if more == 0 and rest == 0:
            continue
        coupon_id = draw.coupon_id if draw is not None else coupon_id
        _refuse_beyond(ctx, order, tally, more, rest)
        count = {"use_count": tally.use_count + more, "given_amount": tally.given_amount + rest}
        ctx.uow.update(tables.promotion_tally, tally, **count)
        if coupon_id is not None and more:
            _count_coupon(ctx, order, coupon_id, more)
        facts = {"promotion_id": promotion_id, "coupon_id": coupon_id, "customer_id": order.party_id}
        by = ctx.principal.user_id
        ctx.uow.insert(tables.promotion_use, **facts, order_id=order.id, uses=more, amount=rest, created_by=by)


def _refuse_beyond(ctx: Context, order: Row, tally: Row, more: int, rest: Decimal) -> None:
    promotion = ctx.uow.need(tables.promotion, tally.id)
    if more > 0 and promotion.use_limit is not None and tally.use_count >= promotion.use_limit:
        raise Refused("promotion_used_up", code=promotion.code, limit=promotion.use_limit)
    if rest > 0 and promotion.budget_amount is not None and tally.given_amount + rest > promotion.budget_amount:
        raise Refused("promotion_budget_spent", code=promotion.code, limit=promotion.budget_amount)
    if more > 0 and promotion.customer_use_limit is not None:
        customer = ctx.uow.need(master_data.party, order.party_id)
        if uses_by(ctx, customer, promotion_id=promotion.id) >= promotion.customer_use_limit:
            raise Refused("promotion_used_up", code=promotion.code, limit=promotion.customer_use_limit)


def _count_coupon(ctx: Context, order: Row, coupon_id: int, more: int) -> None:
    coupon = ctx.uow.need(tables.coupon, coupon_id, lock=True)
    spent = _used_coupon(ctx, coupon, ctx.uow.need(master_data.party, order.party_id)) if more > 0 else None
    if spent is not None:
        raise spent
    ctx.uow.update(tables.coupon, coupon, use_count=coupon.use_count + more)
