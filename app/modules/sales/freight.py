"""Charges of sales orders: freight, which a promotion may free, and others, which cost what they say.

A freight charge keeps its reasons like a line of goods: what was asked, and what freed it. When its order changes it is looked at
again, by the promotions of the order's day: where nothing frees it any more, what was asked counts. Freight that is invoiced stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.kernel.bus import Context
from app.kernel.documents import CHARGE
from app.kernel.unit_of_work import Row
from app.modules.master_data.charges import charge_amounts
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.master_data.terms import tax_of
from app.modules.sales.foreign_lines import write_priced
from app.modules.sales.line_prices import (
    BY_HAND,
    FREIGHT,
    Listed,
    PricedLine,
    bought_for,
    is_given,
    kept_for,
    listed_in,
    write_amounts,
)
from app.modules.sales.promotions import Buying, drawn_in_force, take_promotions
from app.modules.sales.versions import Change, LineChange, version_of
from schemas.commands.sales import ChangedLine, ChangeSalesOrder
from schemas.commands.trade import OrderCharge
from schemas.vocabulary.numbers import ONE, ZERO


def priced_charges(
    ctx: Context, charges: Sequence[OrderCharge], currency: DocumentCurrency, default_tax_id: int | None
) -> list[PricedLine]:
    """Charges of an order as its lines, before promotions; one without a tax code has the default one."""
    found = []
    for charge in charges:
        tax_id, amount, _ = charge_amounts(ctx, charge, currency, default_tax_id)
        values = {"kind": CHARGE, "description": charge.description, "quantity": ONE}
        values |= {"discount_rate": ZERO, "tax_code_id": tax_id}
        listed = Listed(amount, FREIGHT if charge.freight else BY_HAND)
        line = PricedLine(values, listed, by_hand=True, tax_rate=tax_of(ctx, None, tax_id)[1])
        write_amounts(line, currency.decimals)
        found.append(line)
    return found


def freight_of(charges: Iterable[PricedLine]) -> list[PricedLine]:
    """Those of the charges that promotions may free."""
    return [charge for charge in charges if charge.listed.kind == FREIGHT]


def with_freight(lines: Mapping[int, PricedLine], charges: Sequence[PricedLine]) -> dict[int, PricedLine]:
    """The lines of an order by number that keep why they cost what they do: its goods, and the freight among its charges."""
    numbered = enumerate(charges, start=max(lines) + 1)
    return {**lines, **{number: charge for number, charge in numbered if charge.listed.kind == FREIGHT}}


def write_charges(
    ctx: Context, document: Row, charges: Sequence[PricedLine], currency: DocumentCurrency, *, first: int
) -> list[Row]:
    """Put charges on an order, in its currency, from a number on."""
    return [
        write_priced(ctx, document, number, charge.values, currency)
        for number, charge in enumerate(charges, start=first)
    ]


def charges_taxed(customer: Row, tax_code_ids: Iterable[int | None]) -> int | None:
    """The tax code of charges that name none: the customer's, else that of the first goods that are taxed."""
    return next((code for code in (customer.tax_code_id, *tax_code_ids) if code is not None), None)


def free_quoted_freight(
    ctx: Context, buying: Buying, lines: Mapping[int, PricedLine], charges: Sequence[PricedLine]
) -> None:
    """Let promotions free the freight of an order whose goods have the prices of its quotation."""
    freight = freight_of(charges)
    if freight:
        bought = [line for line in lines.values() if not is_given(line.steps)]
        goods = [(line.values["item_id"], line.values["quantity"]) for line in bought]
        net = sum((bought_for(line) for line in bought), ZERO)
        take_promotions(ctx, buying, {}, other_net=net, freight=freight, other_goods=goods)


def price_freight(
    ctx: Context,
    order: Row,
    lines: Mapping[int, Row],
    change: Change,
    data: ChangeSalesOrder,
    buying: Buying,
    reasons: Mapping[int, list[Row]],
) -> None:
    """Look again at the freight of an order whose goods, region or freight change; what becomes of it joins the change.

    Args:
        ctx: the running command.
        order: the order.
        lines: its lines by number, in its currency.
        change: with its goods priced.
        data: what was asked.
        buying: who buys on the day of the order, with the coupons that it has.
        reasons: why its lines cost what they do.
    """
    asked = {line.line: line for line in data.lines}
    freight = {
        number: row
        for number, row in lines.items()
        if (why := reasons.get(number)) and why[0].kind == FREIGHT and not row.closed and row.invoiced_quantity == 0
    }
    if not freight or not (change.prices or asked.keys() & freight.keys() or data.region is not None):
        return
    entries = {entry.line: entry for entry in change.lines}
    priced = {
        number: _again(ctx, row, entries.get(number), asked.get(number), reasons[number], buying.currency.decimals)
        for number, row in freight.items()
    }
    stays = {number: row for number, row in lines.items() if number not in change.prices}
    net = sum((kept_for(row, reasons.get(number, [])) for number, row in stays.items()), ZERO)
    net += sum((bought_for(line) for line in change.prices.values()), ZERO)
    take_promotions(
        ctx,
        replace(buying, typed=False),
        {},
        held=drawn_in_force(ctx, order, freight),
        other_net=net,
        freight=list(priced.values()),
        other_goods=_goods(stays, change, reasons),
    )
    for number, line in priced.items():
        _join(change, entries.get(number), freight[number], line, reasons[number])
    change.lines.sort(key=lambda entry: entry.line)


def _again(
    ctx: Context,
    row: Row,
    entry: LineChange | None,
    asked: ChangedLine | None,
    reasons: list[Row],
    decimals: int,
) -> PricedLine:
    """Freight before promotions: at the amount that is typed, or at the one that was asked."""
    after: Mapping[str, Any] = entry.after if entry is not None else row
    typed = asked.unit_price if asked is not None else None
    listed = Listed(typed, FREIGHT) if typed is not None else listed_in(reasons[0])
    values = {name: after[name] for name in ("quantity", "discount_rate")}
    line = PricedLine(values, listed, by_hand=True, tax_rate=tax_of(ctx, None, row.tax_code_id)[1])
    write_amounts(line, decimals)
    return line


def _goods(stays: Mapping[int, Row], change: Change, reasons: Mapping[int, list[Row]]) -> list[tuple[int, Decimal]]:
    """Item and quantity of what is bought when the change is in force."""
    found = [
        (row.item_id, row.quantity)
        for number, row in stays.items()
        if row.kind != CHARGE and not is_given(reasons.get(number, []))
    ]
    priced = [line for line in change.prices.values() if not is_given(line.steps)]
    return found + [(line.values["item_id"], line.values["quantity"]) for line in priced]


def _join(change: Change, entry: LineChange | None, row: Row, line: PricedLine, reasons: list[Row]) -> None:
    """Let freight join the change where it costs something else than before, or for another reason."""
    said = {name: line.values[name] for name in ("unit_price", "net_amount", "tax_amount")}
    fixed = {name: row[name] for name in ("kind", "item_id", "unit_id", "tax_code_id", "entered_quantity")}
    after = {**version_of(row), **fixed, **(entry.after if entry is not None else {}), **said}
    if entry is not None:
        change.lines.remove(entry)
    if entry is not None or version_of(after) != version_of(row):
        change.lines.append(LineChange(row.line, row, version_of(row), after))
    if [_told(step) for step in line.steps] != [_told(reason) for reason in reasons]:
        change.prices[row.line] = line


def _told(step: Any) -> tuple[Any, ...]:
    return step.kind, step.amount, step.promotion_id, step.rate
