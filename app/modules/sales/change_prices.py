"""Prices of a changed order: only what changes or is added is looked at again, and what it brings for nothing follows it.

A line whose quantity changes starts from the price that it started from before, or from today's where that is wished, and gets the
promotions of the day of its order; what the order draws on already holds for it even where it is switched off or used up. Added
lines get the promotions of today. A price or discount that the change gives stands by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import CHARGE
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import tax_of
from app.modules.sales.freight import price_freight
from app.modules.sales.line_prices import (
    BEATEN,
    BY_HAND,
    PROMOTION,
    Listed,
    PricedLine,
    Step,
    bought_for,
    gift_line,
    keep_reasons,
    kept_for,
    listed_in,
    listed_price,
    priced_line,
    write_amounts,
)
from app.modules.sales.promotions import (
    Buying,
    Draw,
    drawn_in_force,
    hold_tallies,
    order_coupons,
    order_reasons,
    take_promotions,
)
from app.modules.sales.versions import NOTHING, Change, LineChange, version_of
from schemas.commands import sales as commands
from schemas.commands.trade import OrderLine
from schemas.operational import fulfilment, master_data
from schemas.operational import promotions as tables
from schemas.vocabulary.numbers import ZERO, rounded

_PRICED: Final = ("quantity", "unit_price", "discount_rate")
_FIXED: Final = ("kind", "item_id", "unit_id", "tax_code_id", "entered_quantity")


def price_change(
    ctx: Context,
    order: Row,
    lines: Mapping[int, Row],
    change: Change,
    data: commands.ChangeSalesOrder,
    currency: DocumentCurrency,
) -> None:
    """Price the lines of a change whose quantity, price or discount changes, add its new lines, let gifts and freight follow.

    Args:
        ctx: the running command.
        order: the order.
        lines: its lines by number, in its currency.
        change: with the changed lines; added ones and gifts join it here.
        data: what was asked.
        currency: of the order.
    """
    customer, reasons = ctx.uow.need(master_data.party, order.party_id), order_reasons(ctx, order)
    delivery = ctx.uow.get(fulfilment.order_delivery, order.id)
    region = data.region or (delivery.region if delivery is not None else None)
    coupons = order_coupons(ctx, order)
    buying = Buying(customer, order.document_on, currency, order.channel, region, coupons, typed=False)
    _price_goods(ctx, order, lines, change, data, buying, reasons)
    price_freight(ctx, order, lines, change, data, buying, reasons)


def _price_goods(
    ctx: Context,
    order: Row,
    lines: Mapping[int, Row],
    change: Change,
    data: commands.ChangeSalesOrder,
    buying: Buying,
    reasons: Mapping[int, list[Row]],
) -> None:
    customer, currency = buying.customer, buying.currency
    asked = {line.line: line for line in data.lines}
    changed: dict[int, PricedLine] = {}
    kept: dict[int, PricedLine] = {}
    for entry in change.lines:
        row, why = entry.row, reasons.get(entry.line, [])
        if row is None or row.kind == CHARGE or all(entry.after[name] == row[name] for name in _PRICED):
            continue
        if why and _keeps_price(row, asked[entry.line]):
            kept[entry.line] = _at_its_price(ctx, row, entry.after, why, currency.decimals)
        else:
            changed[entry.line] = _again(ctx, customer, entry, asked[entry.line], why, data, currency)
    added = {
        number: priced_line(
            ctx, customer, OrderLine(**line.model_dump()), ctx.today, currency, due_on=data.due_on or order.due_on
        )
        for number, line in enumerate(data.added, start=max(lines, default=0) + 1)
    }
    if not changed and not kept and not added:
        return
    held = drawn_in_force(ctx, order, changed)
    stays = {number: row for number, row in lines.items() if number not in changed | kept}
    others = sum((kept_for(row, reasons.get(number, [])) for number, row in stays.items()), ZERO)
    others += sum((bought_for(line) for line in kept.values()), ZERO)
    first = max([*lines, *added], default=0) + 1
    gifts = take_promotions(ctx, buying, changed, held=held, other_net=others, first_gift=first)
    changed |= kept
    new_gifts = _following(ctx, buying, lines, change, changed, gifts, reasons, asked)
    others += sum((bought_for(line) for number, line in changed.items() if number not in kept), ZERO)
    today = replace(buying, on=ctx.today)
    taken = {**held, **{key: Draw(ZERO) for line in changed.values() for key in line.given() if key not in held}}
    renumbered = dict(enumerate(new_gifts, start=first))
    of_added = take_promotions(ctx, today, added, held=taken, other_net=others, first_gift=first + len(renumbered))
    for entry_number, priced in sorted({**added, **renumbered, **of_added}.items()):
        change.lines.append(LineChange(entry_number, None, NOTHING, {"kind": "item", **priced.values}))
    for position, entry in enumerate(change.lines):
        if entry.line in changed:
            change.lines[position] = LineChange(
                entry.line, entry.row, entry.before, {**entry.after, **_said(changed[entry.line])}
            )
    change.prices = {**changed, **added, **renumbered, **of_added}
    change.lines.sort(key=lambda entry: entry.line)


def _said(priced: PricedLine) -> dict[str, Any]:
    return {name: priced.values[name] for name in ("unit_price", "discount_rate", "net_amount", "tax_amount")}


def _keeps_price(row: Row, asked: commands.ChangedLine) -> bool:
    """Whether a line stays at its price: where the rest of it is cancelled, or some of it is invoiced, and no price is given."""
    typed = asked.unit_price is not None or asked.discount_rate is not None
    return not typed and (asked.cancel or row.invoiced_quantity > 0)


def _at_its_price(ctx: Context, row: Row, after: Mapping[str, Any], reasons: list[Row], decimals: int) -> PricedLine:
    """A line of another quantity at the price it has, its reasons in proportion; nothing comes off what is cancelled whole."""
    rate = tax_of(ctx, None, row.tax_code_id)[1]
    quantity = after["quantity"]
    net, tax = line_amounts(quantity, row.unit_price, row.discount_rate, rate, decimals)
    values = {name: after[name] for name in ("item_id", "quantity", "unit_price", "discount_rate", "unit_id")}
    priced = PricedLine(values | {"net_amount": net, "tax_amount": tax}, listed_in(reasons[0]), True, rate)
    taken = [reason for reason in reasons[1:] if reason.kind != BEATEN]
    if not taken:
        write_amounts(priced, decimals)
        return priced
    taken = taken if quantity > 0 else []
    whole = priced.net_of(priced.amount(decimals), decimals) if taken else net
    priced.steps = [Step(reasons[0].kind, whole, priced.listed)]
    left = whole
    for position, reason in enumerate(taken, start=1):
        off = rounded(reason.amount * quantity / row.quantity, decimals) if position < len(taken) else left - net
        facts = {"promotion_id": reason.promotion_id, "rate": reason.rate, "bought_line": reason.bought_line}
        priced.steps.append(Step(reason.kind, off, **facts))
        left -= off
    return priced


def _again(
    ctx: Context,
    customer: Row,
    entry: LineChange,
    asked: commands.ChangedLine,
    reasons: list[Row],
    data: commands.ChangeSalesOrder,
    currency: DocumentCurrency,
) -> PricedLine:
    """A changed line before promotions: from the price that is given, from today's, or from what it started from."""
    row, after = entry.row, entry.after
    assert row is not None
    rate = tax_of(ctx, None, row.tax_code_id)[1]
    values = {name: after[name] for name in ("item_id", "quantity", "discount_rate", "tax_code_id", "due_on")}
    bought = next(((r.promotion_id, r.bought_line) for r in reasons if r.bought_line is not None), None)
    typed = asked.unit_price is not None or asked.discount_rate is not None
    listed = listed_in(reasons[0]) if reasons and not typed else Listed(after["unit_price"], BY_HAND)
    if data.reprice and asked.unit_price is None and after["quantity"] != row.quantity and bought is None:
        item = ctx.uow.need(master_data.item, row.item_id)
        listed = listed_price(ctx, customer, item, after["quantity"], ctx.today, currency) or listed
    by_hand = listed.kind == BY_HAND or after["discount_rate"] > 0
    priced = PricedLine(values, listed, by_hand, rate, gift=None if typed else bought)
    write_amounts(priced, currency.decimals)
    return priced


def _following(
    ctx: Context,
    buying: Buying,
    lines: Mapping[int, Row],
    change: Change,
    changed: dict[int, PricedLine],
    gifts: Mapping[int, PricedLine],
    reasons: Mapping[int, list[Row]],
    asked: Mapping[int, commands.ChangedLine],
) -> list[PricedLine]:
    """Let the given lines of an order follow the changed lines that bring them; return those that are new.

    A given line that somebody changes in the same change stays as he wants it, and nothing goes below what is shipped or invoiced.
    """
    wanted = {gift.gift: gift for gift in gifts.values() if gift.gift is not None}
    for number, found in reasons.items():
        by = next(((r.promotion_id, r.bought_line) for r in found if r.bought_line), None)
        row = lines[number]
        if by is None or by[1] not in changed or row.closed:
            continue
        gift = wanted.pop(by, None)
        if number in asked:
            continue
        bought = lines[by[1]]
        target = gift.values["quantity"] if gift is not None else ZERO
        if bought.quantity > 0 and _keeps_price(bought, asked[bought.line]):
            share = changed[bought.line].values["quantity"] / bought.quantity
            target = (row.quantity * share).to_integral_value(ROUND_FLOOR)
        quantity = max(target, row.fulfilled_quantity, row.invoiced_quantity)
        if quantity == row.quantity:
            continue
        changed[number] = _resized(ctx, buying, row, by, quantity)
        after = {**version_of(row), **{name: row[name] for name in _FIXED}}
        after |= {"quantity": quantity, "entered_quantity": quantity, "unit_id": changed[number].values["unit_id"]}
        change.lines[:] = [entry for entry in change.lines if entry.line != number]
        change.lines.append(LineChange(number, row, version_of(row), after))
    return list(wanted.values())


def _resized(ctx: Context, buying: Buying, row: Row, by: tuple[int, int], quantity: Decimal) -> PricedLine:
    item = ctx.uow.need(master_data.item, row.item_id)
    return gift_line(ctx, buying.customer, by, item, quantity, ctx.today, buying.currency, due_on=row.due_on)


def keep_change_prices(ctx: Context, order: Row, change: Change, kept: Row) -> None:
    """Keep beside a change why the lines that it prices will cost what they do."""
    coupons = {key: row.id for key, row in order_coupons(ctx, order).items()}
    keep_reasons(ctx, order, change.prices, coupons=coupons, change=kept)


def hold_drawn(ctx: Context, order: Row) -> None:
    """Lock the tallies of everything that an order or a change of it draws on, before its stock."""
    rows = ctx.uow.where(tables.line_price_reason, "document_id", order.id)
    hold_tallies(ctx, {row.promotion_id for row in rows if row.kind == PROMOTION})
