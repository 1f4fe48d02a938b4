"""What a line of an order or quotation costs and why: its listed price, a price or discount by hand, and what promotions take off.

A price list says whether its prices include tax. Where they do, each step is rounded to the minor unit with tax and the net follows
from it, so that the line comes to exactly what the list says; a price by hand is always without tax. The unit price of a line is
what is left after promotions, its discount is the one by hand.

All of it is in the currency of the order or quotation. A price list holds for one of its own currency alone, an item's list price
for one of the company's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import CHARGE
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.master_data.pricing import best_break, part_tax
from app.modules.master_data.terms import active_item, stocking_quantity, tax_of
from app.modules.sales.promotion_rules import Reduction
from schemas.commands import trade as commands
from schemas.operational import master_data
from schemas.operational import promotions as tables
from schemas.vocabulary.numbers import ONE, RATE_DECIMALS, ZERO, rounded

BY_HAND: Final = "by_hand"
FREIGHT: Final = "freight"
PROMOTION: Final = "promotion"
BEATEN: Final = "beaten"
ELSEWHERE: Final = 0


@dataclass(frozen=True)
class Listed:
    """The price that a line starts from: of a unit, as its list means it, and where it stands."""

    unit_price: Decimal
    kind: str
    price_list_id: int | None = None
    from_quantity: Decimal | None = None
    tax_included: bool = False


@dataclass(frozen=True)
class Step:
    """One reason of a price: the price that it starts from, or what was taken off; `amount` without tax.

    Attributes:
        kind: as in `line_price_reason`; what was beaten counts in no sum.
        bought_line: the line that brought this one for nothing; `ELSEWHERE` where that is not on the document.
    """

    kind: str
    amount: Decimal
    listed: Listed | None = None
    promotion_id: int | None = None
    rate: Decimal | None = None
    bought_line: int | None = None


@dataclass
class PricedLine:
    """A line with how it comes to its price.

    Attributes:
        values: what it says, by the names of its columns; the amounts follow from `write_amounts`.
        by_hand: whether a person set its price or discount, so that no promotion touches it.
        tax_rate: of its tax code.
        gift: the promotion that gives it for nothing and the number of the line that was bought.
        reductions: what promotions take off, as its price is meant.
    """

    values: dict[str, Any]
    listed: Listed
    by_hand: bool
    tax_rate: Decimal
    stated_tax: Decimal | None = None
    promised_on: date | None = None
    gift: tuple[int, int] | None = None
    reductions: list[Reduction] = field(default_factory=list)
    beaten: list[Reduction] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def amount(self, decimals: int) -> Decimal:
        """What the line comes to before anything is taken off, as its price is meant."""
        return rounded(self.values["quantity"] * self.listed.unit_price, decimals)

    def net_of(self, amount: Decimal, decimals: int) -> Decimal:
        """The net of an amount that is meant as the line's price is."""
        return rounded(amount / (ONE + self.tax_rate), decimals) if self.listed.tax_included else amount

    def given(self) -> dict[int, Decimal]:
        """What each promotion takes off, without tax; one that gives nothing off is named with zero."""
        found: dict[int, Decimal] = {}
        for step in self.steps:
            if step.kind == PROMOTION and step.promotion_id is not None:
                found[step.promotion_id] = found.get(step.promotion_id, ZERO) + step.amount
        return found


def listed_price(
    ctx: Context, customer: Row, item: Row, quantity: Decimal, on: date, currency: DocumentCurrency
) -> Listed | None:
    """Choose a customer's price in a currency: from his price list, else the item's list price."""
    if customer.price_list_id is not None:
        prices = ctx.uow.need(master_data.price_list, customer.price_list_id)
        rows = (
            ctx.uow.where(master_data.price_list_line, "item_id", item.id) if prices.currency == currency.code else []
        )
        found = best_break((r for r in rows if r.price_list_id == prices.id), quantity, on)
        if found is not None:
            return Listed(found["unit_price"], "price_list", prices.id, found["from_quantity"], prices.tax_included)
    return None if item.list_price is None or currency.foreign else Listed(item.list_price, "list_price")


def price_for(
    ctx: Context, customer: Row, item: Row, quantity: Decimal, on: date, currency: DocumentCurrency
) -> Decimal | None:
    """The customer's price of a unit without tax in a currency; None where there is none."""
    listed = listed_price(ctx, customer, item, quantity, on, currency)
    if listed is None or not listed.tax_included:
        return listed.unit_price if listed is not None else None
    rate = tax_of(ctx, None, customer.tax_code_id, item.tax_code_id)[1]
    return rounded(listed.unit_price / (ONE + rate), RATE_DECIMALS)


def priced_line(
    ctx: Context,
    customer: Row,
    line: commands.OrderLine,
    on: date,
    currency: DocumentCurrency,
    *,
    due_on: date | None,
) -> PricedLine:
    """What a line says, before promotions.

    Args:
        ctx: the running command.
        customer: whose prices hold.
        line: as it was entered.
        on: the day of the prices.
        currency: of the document.
        due_on: for when it is, where the line names no day.

    Raises:
        Refused: the item or the tax code is unknown, or there is no price.
    """
    item = active_item(ctx, line.item)
    quantity, unit_id = stocking_quantity(ctx, item, line.quantity, line.unit)
    if line.unit_price is not None:
        listed: Listed | None = Listed(line.unit_price, BY_HAND)
    else:
        listed = listed_price(ctx, customer, item, quantity, on, currency)
    if listed is None and currency.foreign:
        facts = {"item": line.item, "party": customer.code, "currency": currency.code}
        raise Refused("price_missing_abroad", field="unit_price", **facts)
    if listed is None:
        raise Refused("price_missing", field="unit_price", item=line.item, party=customer.code)
    tax_id, tax_rate = tax_of(ctx, line.tax_code, customer.tax_code_id, item.tax_code_id)
    values = {
        "item_id": item.id,
        "quantity": quantity,
        "unit_id": unit_id,
        "entered_quantity": line.quantity,
        "discount_rate": line.discount_rate,
        "tax_code_id": tax_id,
        "due_on": line.due_on or due_on,
    }
    by_hand = line.unit_price is not None or line.discount_rate > 0
    priced = PricedLine(values, listed, by_hand, tax_rate, line.tax_amount, line.promised_on)
    write_amounts(priced, currency.decimals)
    return priced


def gift_line(
    ctx: Context,
    customer: Row,
    gift: tuple[int, int],
    item: Row,
    quantity: Decimal,
    on: date,
    currency: DocumentCurrency,
    *,
    due_on: date | None,
) -> PricedLine:
    """A line of goods that a promotion gives, worth its listed price and taken off whole."""
    listed = listed_price(ctx, customer, item, quantity, on, currency) or Listed(ZERO, "list_price")
    tax_id, tax_rate = tax_of(ctx, None, customer.tax_code_id, item.tax_code_id)
    values = {
        "item_id": item.id,
        "quantity": quantity,
        "unit_id": item.unit_id,
        "entered_quantity": quantity,
        "discount_rate": ZERO,
        "tax_code_id": tax_id,
        "due_on": due_on,
    }
    priced = PricedLine(values, listed, by_hand=False, tax_rate=tax_rate, gift=gift)
    write_amounts(priced, currency.decimals)
    return priced


def write_amounts(line: PricedLine, decimals: int) -> None:
    """Write unit price, net and tax of a line from what it starts from and what is taken off, with the reasons.

    >>> values = {"quantity": Decimal(3), "discount_rate": ZERO}
    >>> line = PricedLine(values, Listed(Decimal("9.99"), "price_list", tax_included=True), False, Decimal("0.13"))
    >>> write_amounts(line, 2)
    >>> str(values["net_amount"]), str(values["tax_amount"]), str(values["unit_price"])
    ('26.52', '3.45', '8.84070796')
    """
    values, listed, whole = line.values, line.listed, line.amount(decimals)
    line.steps = [Step(listed.kind, line.net_of(whole, decimals), listed)]
    left = whole
    if line.gift is not None:
        promotion_id, bought = line.gift
        if values["quantity"] > 0:
            line.steps.append(Step(PROMOTION, line.steps[0].amount, promotion_id=promotion_id, bought_line=bought))
        left = ZERO
    elif values["discount_rate"] > 0:
        left = rounded(values["quantity"] * listed.unit_price * (ONE - values["discount_rate"]), decimals)
        off = line.net_of(whole, decimals) - line.net_of(left, decimals)
        line.steps.append(Step("discount_by_hand", off, rate=values["discount_rate"]))
    for entry in line.reductions:
        after = left - entry.amount
        off = line.net_of(left, decimals) - line.net_of(after, decimals)
        line.steps.append(Step(PROMOTION, off, promotion_id=entry.promotion["id"], rate=entry.promotion["rate"]))
        left = after
    line.steps += [
        Step(BEATEN, line.net_of(entry.amount, decimals), promotion_id=entry.promotion["id"]) for entry in line.beaten
    ]
    net = line.net_of(left, decimals)
    values["net_amount"] = net
    values["unit_price"] = _unit_price(line, net)
    tax = left - net if listed.tax_included else rounded(net * line.tax_rate, decimals)
    values["tax_amount"] = tax if line.stated_tax is None else rounded(line.stated_tax, decimals)


def _unit_price(line: PricedLine, net: Decimal) -> Decimal:
    """The net price of a unit before the discount by hand and after promotions."""
    if line.gift is not None:
        return ZERO
    if line.reductions:
        return rounded(net / line.values["quantity"], RATE_DECIMALS)
    if line.listed.tax_included:
        return rounded(line.listed.unit_price / (ONE + line.tax_rate), RATE_DECIMALS)
    return line.listed.unit_price


# What was kept -------------------------------------------------------------------------------------------------------


def reasons_in_force(rows: Iterable[Row], applied: Mapping[int, bool]) -> dict[int, list[Row]]:
    """The reasons of each line of a document that are in force: the newest that no change holds back any more.

    Args:
        rows: of `line_price_reason`, of one document.
        applied: by id, whether a change of the order took effect.
    """
    newest: dict[int, list[Row]] = {}
    for row in rows:
        if row.change_id is not None and not applied.get(row.change_id, False):
            continue
        known = newest.get(row.line)
        if known is None or known[0].pricing_number < row.pricing_number:
            newest[row.line] = [row]
        elif known[0].pricing_number == row.pricing_number:
            known.append(row)
    return {line: sorted(found, key=lambda row: row.step) for line, found in newest.items()}


def is_given(steps: Iterable[Step | Row]) -> bool:
    """Whether a line is given for nothing with another one, by its steps or by the reasons that were kept of it."""
    return any(step.bought_line is not None for step in steps)


def bought_for(line: PricedLine) -> Decimal:
    """What a line comes to before anything is taken off, without tax; what is given for nothing counts nothing."""
    return ZERO if is_given(line.steps) else line.steps[0].amount


def kept_for(row: Row, reasons: list[Row]) -> Decimal:
    """`bought_for` a line that was kept; a charge counts nothing, and a line without reasons what it costs."""
    if row.kind == CHARGE or is_given(reasons):
        return ZERO
    return reasons[0].amount if reasons else row.net_amount


def listed_in(reason: Row) -> Listed:
    """The price that a line started from, as it was kept."""
    return Listed(reason.unit_price, reason.kind, reason.price_list_id, reason.from_quantity, reason.tax_included)


def write_part(line: PricedLine, quoted: Row, reasons: list[Row], decimals: int, *, bought_line: int | None) -> None:
    """Give an ordered part of a quoted line its share of the amounts, from the running sum, so that the parts add up to the whole.

    Args:
        line: the part; its quantity is set.
        quoted: the quoted line, before the part is taken of it.
        reasons: why it costs what it does.
        decimals: digits of the currency's minor unit.
        bought_line: the number on the order of the line that brought it for nothing.
    """
    before, quantity = quoted.fulfilled_quantity, line.values["quantity"]

    def part(amount: Decimal) -> Decimal:
        upto = rounded(amount * (before + quantity) / quoted.quantity, decimals)
        return upto - rounded(amount * before / quoted.quantity, decimals)

    left, steps = ZERO, list[Step]()
    for row in reasons:
        if row.kind == BEATEN:
            continue
        listed = listed_in(row) if row.step == 0 else None
        bought = None if row.bought_line is None else bought_line or ELSEWHERE
        after = row.amount if row.step == 0 else left - row.amount
        amount = part(after) if row.step == 0 else part(left) - part(after)
        steps.append(Step(row.kind, amount, listed, row.promotion_id, row.rate, bought))
        left = after
    line.steps, net = steps, part(left)
    shared = {**quoted, "invoiced_quantity": before}
    line.values |= {"net_amount": net, "tax_amount": part_tax(shared, quantity, net, line.tax_rate, decimals)}


def keep_reasons(
    ctx: Context,
    document: Row,
    lines: Mapping[int, PricedLine],
    *,
    coupons: Mapping[int, int] | None = None,
    change: Row | None = None,
) -> None:
    """Keep why the lines of a document cost what they do.

    Args:
        ctx: the running command.
        document: the order or quotation.
        lines: by number.
        coupons: by id of a promotion, the coupon that switched it on.
        change: the change of the order that they belong to.
    """
    for number, line in sorted(lines.items()):
        for at, step in enumerate(line.steps):
            listed = step.listed
            ctx.uow.insert(
                tables.line_price_reason,
                document_id=document.id,
                line=number,
                pricing_number=change.change_number if change is not None else 0,
                step=at,
                change_id=change.id if change is not None else None,
                kind=step.kind,
                promotion_id=step.promotion_id,
                coupon_id=(coupons or {}).get(step.promotion_id or 0),
                bought_line=step.bought_line,
                price_list_id=listed.price_list_id if listed is not None else None,
                from_quantity=listed.from_quantity if listed is not None else None,
                unit_price=listed.unit_price if listed is not None else None,
                tax_included=listed is not None and listed.tax_included,
                rate=step.rate,
                amount=step.amount,
            )
