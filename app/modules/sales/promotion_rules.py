"""Pure rules of promotions: which of them hold for a line, which win on it, and what they take off, to the minor unit.

On each line either one exclusive promotion stands, or all combinable ones after each other: what gives the customer most, and
where two give the same the one of the lower rank, then of the lower code. Effects on the line come before a share off the whole
order, which is rounded once and spread over the lines that it holds for, so that the parts come to it exactly. A line whose price
or discount was set by hand is no candidate here. Free freight competes on the freight alone, and touches no goods and no other
charge; one line of goods must meet what it asks of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from schemas.vocabulary.numbers import ZERO, rounded, split_proportionally

EFFECTS: Final = ("percent_off", "amount_off", "fixed_price", "free_goods", "free_freight", "order_percent_off")
FREE_FREIGHT: Final = "free_freight"
_WHOLE_ORDER: Final = "order_percent_off"
_FREE_GOODS: Final = "free_goods"
Promotion = Mapping[str, Any]


@dataclass(frozen=True)
class Circumstances:
    """What promotions look at of an order.

    Attributes:
        on: the day on which they must be valid.
        region: where it goes; a promotion's region is what it begins with.
        net_amount: what its lines come to before promotions, without tax.
        coupons: ids of the promotions that its coupons switch on.
    """

    on: date
    customer_id: int | None = None
    customer_class: str | None = None
    channel: str | None = None
    region: str | None = None
    net_amount: Decimal = ZERO
    coupons: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A line as promotions see it: its quantity in the stocking unit, and what it comes to before them."""

    line: int
    item_id: int
    families: frozenset[int]
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Reduction:
    """What a promotion takes off a line, or would have."""

    promotion: Promotion
    amount: Decimal


@dataclass(frozen=True)
class Gift:
    """Goods that a line brings with it for nothing."""

    line: int
    promotion: Promotion
    item_id: int
    quantity: Decimal


@dataclass
class Result:
    """What promotions make of the lines of an order, by line number; `beaten` gave less than what stands, or as much."""

    reductions: dict[int, list[Reduction]] = field(default_factory=dict)
    gifts: list[Gift] = field(default_factory=list)
    beaten: dict[int, list[Reduction]] = field(default_factory=dict)

    def used(self) -> set[int]:
        """The promotions that give something, by id."""
        taken = {entry.promotion["id"] for entries in self.reductions.values() for entry in entries}
        return taken | {gift.promotion["id"] for gift in self.gifts}


@dataclass
class FreedFreight:
    """What promotions take off the freight of an order, by its place among the freight charges; `beaten` as in `Result`."""

    reductions: dict[int, list[Reduction]] = field(default_factory=dict)
    beaten: dict[int, list[Reduction]] = field(default_factory=dict)

    def used(self) -> set[int]:
        """The promotions that give something, by id."""
        return {entry.promotion["id"] for entries in self.reductions.values() for entry in entries}


def in_turn(promotion: Promotion) -> tuple[bool, int, str]:
    """The order in which promotions are taken off: those of lines first, then by rank and code."""
    return promotion["effect"] == _WHOLE_ORDER, promotion["rank"], promotion["code"]


def holds_for_order(promotion: Promotion, order: Circumstances) -> bool:
    """Whether a promotion's conditions on the order hold; whether it is switched on is asked elsewhere."""
    asked, region = promotion, promotion["region"]
    return (
        asked["valid_from"] <= order.on
        and (asked["valid_to"] is None or order.on <= asked["valid_to"])
        and (not asked["needs_coupon"] or asked["id"] in order.coupons)
        and asked["customer_id"] in (None, order.customer_id)
        and asked["customer_class"] in (None, order.customer_class)
        and asked["channel"] in (None, order.channel)
        and (region is None or (order.region is not None and order.region.startswith(region)))
        and (asked["minimum_amount"] is None or order.net_amount >= asked["minimum_amount"])
    )


def holds_for_line(promotion: Promotion, line: Candidate) -> bool:
    """Whether a promotion may take something off a line of goods, or give something with it, and its conditions on it hold."""
    return promotion["effect"] != FREE_FREIGHT and _meets(promotion, line)


def holds_for_freight(promotion: Promotion, goods: Iterable[Candidate]) -> bool:
    """Whether a promotion frees freight, and at least one line of the goods alone meets its conditions on lines."""
    return promotion["effect"] == FREE_FREIGHT and any(_meets(promotion, line) for line in goods)


def _meets(promotion: Promotion, line: Candidate) -> bool:
    least = promotion["minimum_quantity"]
    return (
        promotion["item_id"] in (None, line.item_id)
        and (promotion["family_id"] is None or promotion["family_id"] in line.families)
        and (least is None or line.quantity >= least)
    )


def reduction_of(promotion: Promotion, quantity: Decimal, amount: Decimal, decimals: int) -> Decimal:
    """What a promotion takes off a line that comes to an amount; never more than that, and nothing off a price below a fixed one.

    >>> D = Decimal
    >>> half = {"effect": "percent_off", "rate": D("0.5")}
    >>> [str(reduction_of(half | more, D(3), D("10.01"), 2)) for more in ({}, {"effect": "fixed_price", "unit_amount": D(3)})]
    ['5.01', '1.01']
    """
    match promotion["effect"]:
        case "percent_off" | "order_percent_off":
            off = rounded(amount * promotion["rate"], decimals)
        case "amount_off":
            off = rounded(quantity * promotion["unit_amount"], decimals)
        case "fixed_price":
            off = amount - rounded(quantity * promotion["unit_amount"], decimals)
        case _:
            off = ZERO
    return min(max(off, ZERO), amount)


def gift_of(promotion: Promotion, line: Candidate) -> Decimal:
    """How much a line brings for nothing: the free quantity for each whole quantity that is bought."""
    if promotion["effect"] != _FREE_GOODS:
        return ZERO
    times = (line.quantity / promotion["buy_quantity"]).to_integral_value(ROUND_FLOOR)
    return times * promotion["free_quantity"]


def evaluate(
    order: Circumstances,
    lines: Sequence[Candidate],
    promotions: Iterable[Promotion],
    decimals: int,
    *,
    free_prices: Mapping[int, Decimal],
) -> Result:
    """Choose the promotions of each line and what they take off.

    Args:
        order: the order.
        lines: those that promotions may touch.
        promotions: those that are switched on and not used up.
        decimals: digits of the currency's minor unit.
        free_prices: what a unit of goods that may be given is worth, by item.

    Returns:
        The reductions of each line in the order in which they are taken off, the goods given, and what was beaten.
    """
    holding = sorted((row for row in promotions if holds_for_order(row, order)), key=in_turn)
    result, chosen = Result(), dict[int, list[Promotion]]()
    for line in lines:
        matching = [row for row in holding if holds_for_line(row, line)]
        together = [row for row in matching if row["combinable"]]
        options = [[row] for row in matching if not row["combinable"]] + ([together] if together else [])
        worth = {id(option): _worth(option, line, decimals, free_prices) for option in options}
        options = [option for option in options if worth[id(option)] > 0]
        if not options:
            continue
        options.sort(key=lambda option: (-worth[id(option)], option[0]["rank"], option[0]["code"]))
        chosen[line.line] = options[0]
        result.beaten[line.line] = [
            Reduction(row, _worth([row], line, decimals, free_prices)) for option in options[1:] for row in option
        ]
    _take_off(result, lines, chosen, decimals)
    return result


def free_freight(
    order: Circumstances,
    goods: Sequence[Candidate],
    charges: Sequence[Decimal],
    promotions: Iterable[Promotion],
) -> FreedFreight:
    """Choose the promotion that frees each freight charge: all of them free it whole, so rank and then code decide.

    Args:
        order: the order.
        goods: all that is bought, also at a price by hand.
        charges: what each freight charge comes to before promotions.
        promotions: those that are switched on and not used up.
    """
    holding = [row for row in promotions if holds_for_order(row, order) and holds_for_freight(row, goods)]
    holding.sort(key=lambda row: (row["rank"], row["code"]))
    freed = FreedFreight()
    if not holding:
        return freed
    first, *others = holding
    beaten = [row for row in others if not (row["combinable"] and first["combinable"])]
    for place, amount in enumerate(charges):
        if amount > 0:
            freed.reductions[place] = [Reduction(first, amount)]
            freed.beaten[place] = [Reduction(row, amount) for row in beaten]
    return freed


def _worth(option: Sequence[Promotion], line: Candidate, decimals: int, free_prices: Mapping[int, Decimal]) -> Decimal:
    """What promotions together give on a line."""
    left, given = line.amount, ZERO
    for row in option:
        left -= reduction_of(row, line.quantity, left, decimals)
        given += gift_of(row, line) * free_prices.get(row["free_item_id"] or line.item_id, ZERO)
    return line.amount - left + given


def _take_off(
    result: Result, lines: Sequence[Candidate], chosen: Mapping[int, Sequence[Promotion]], decimals: int
) -> None:
    """Write down what the chosen promotions take off: first those of lines, then each share off the whole order, spread."""
    left = {line.line: line.amount for line in lines}
    spread: dict[int, tuple[Promotion, list[int]]] = {}
    for line in lines:
        for row in chosen.get(line.line, ()):
            if row["effect"] == _WHOLE_ORDER:
                spread.setdefault(row["id"], (row, []))[1].append(line.line)
                continue
            given = gift_of(row, line)
            if given > 0:
                result.gifts.append(Gift(line.line, row, row["free_item_id"] or line.item_id, given))
            off = reduction_of(row, line.quantity, left[line.line], decimals)
            _note(result, left, line.line, row, off)
    for row, numbers in sorted(spread.values(), key=lambda entry: in_turn(entry[0])):
        weights = [left[number] for number in numbers]
        total = rounded(sum(weights, ZERO) * row["rate"], decimals)
        if total > 0:
            for number, off in zip(numbers, split_proportionally(total, weights, decimals), strict=True):
                _note(result, left, number, row, off)


def _note(result: Result, left: dict[int, Decimal], line: int, promotion: Promotion, off: Decimal) -> None:
    if off > 0:
        left[line] -= off
        result.reductions.setdefault(line, []).append(Reduction(promotion, off))
