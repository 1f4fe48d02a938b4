"""Pure rules for comparing what suppliers offer: lots, landed price, delivery against need, and which offer is best and why.

The landed price of an offer is what the money that leaves the company comes to for each unit that was asked for: the quantity that
must be ordered by the supplier's minimum and multiple, at the price of that quantity, with the line's share of his charges. It is
in the company's currency, so that offers of several currencies can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from schemas.vocabulary.numbers import RATE_DECIMALS, ZERO, rounded, split_proportionally

_NEVER: Final = date.max


@dataclass(frozen=True)
class Offer:
    """One supplier's offer for one line of a request.

    Attributes:
        supplier_id: who offers.
        landed_price: money of the company's currency a unit asked for.
        delivery_on: when the goods would come; None where he does not say.
        valid: whether the offer still holds.
        on_time_rate: share of his past order lines that came whole by their day, 0..1; None without a past.
    """

    supplier_id: int
    landed_price: Decimal
    delivery_on: date | None
    valid: bool
    on_time_rate: Decimal | None


@dataclass(frozen=True)
class Choice:
    """The best offer, and the reason in a word that the screens translate."""

    supplier_id: int
    reason: str


def in_lots(quantity: Decimal, min_lot: Decimal | None, lot_multiple: Decimal | None) -> Decimal:
    """Round a quantity up to a supplier's minimum and to the multiple in which he sells.

    >>> in_lots(Decimal(80), Decimal(100), Decimal(30)), in_lots(Decimal(120), Decimal(100), Decimal(30))
    (Decimal('120'), Decimal('120'))
    """
    least = max(quantity, min_lot or ZERO)
    if not lot_multiple:
        return least
    return (least / lot_multiple).to_integral_value(rounding=ROUND_CEILING) * lot_multiple


def price_at(unit_price: Decimal, breaks: Iterable[Mapping[str, Any]], quantity: Decimal) -> Decimal:
    """Choose the price of the largest break that a quantity reaches; below all of them the first price.

    >>> price_at(Decimal(5), [{"from_quantity": Decimal(100), "unit_price": Decimal(4)}], Decimal(100))
    Decimal('4')
    """
    reached = [row for row in breaks if row["from_quantity"] <= quantity]
    return max(reached, key=lambda row: row["from_quantity"])["unit_price"] if reached else unit_price


def shared_charges(amounts: Sequence[Decimal], charges: Decimal, decimals: int) -> list[Decimal]:
    """Share an offer's charges among its lines by what the goods of each come to; by equal parts where they cost nothing.

    >>> shared_charges([Decimal(300), Decimal(100)], Decimal(40), 2)
    [Decimal('30.00'), Decimal('10.00')]
    """
    if not amounts:
        return []
    weights = list(amounts) if sum(amounts, ZERO) > 0 else [Decimal(1)] * len(amounts)
    return split_proportionally(rounded(charges, decimals), weights, decimals)


def landed_price(goods: Decimal, charges: Decimal, asked_quantity: Decimal, rate: Decimal) -> Decimal:
    """The money of the company's currency that leaves for each unit that was asked for, with 8 decimals.

    Args:
        goods: what the goods come to, in the offer's currency.
        charges: the line's share of the offer's charges, in its currency.
        asked_quantity: what was asked for.
        rate: what one unit of the offer's currency is worth in the company's; one for that itself.

    >>> [str(landed_price(Decimal(300), Decimal(30), Decimal(80), rate)) for rate in (Decimal(1), Decimal(7))]
    ['4.12500000', '28.87500000']
    """
    return rounded((goods + charges) * rate / asked_quantity, RATE_DECIMALS)


def delivery_day(ordered_on: date, promised_on: date | None, lead_time_days: Decimal | None) -> date | None:
    """When goods ordered on a day would come: the day that the supplier names, else after his lead time rounded up.

    >>> delivery_day(date(2026, 6, 15), None, Decimal("6.5"))
    datetime.date(2026, 6, 22)
    """
    if promised_on is not None or lead_time_days is None:
        return promised_on
    return ordered_on + timedelta(days=int(lead_time_days.to_integral_value(rounding=ROUND_CEILING)))


def best_offer(offers: Sequence[Offer], needed_by: date | None) -> Choice | None:
    """Choose among the offers that hold: in time before late, then the lowest landed price, then the better record, then the day.

    An offer without a delivery day counts as late wherever a day is needed.

    >>> cheap, soon = Offer(1, Decimal(3), date(2026, 7, 9), True, None), Offer(2, Decimal(4), date(2026, 6, 20), True, None)
    >>> best_offer([cheap, soon], date(2026, 7, 1)), best_offer([cheap, soon], None)
    (Choice(supplier_id=2, reason='only_in_time'), Choice(supplier_id=1, reason='cheapest'))
    """
    holding = [offer for offer in offers if offer.valid]
    if not holding:
        return None

    def late(offer: Offer) -> bool:
        return needed_by is not None and (offer.delivery_on or _NEVER) > needed_by

    def record(offer: Offer) -> Decimal:
        return ZERO if offer.on_time_rate is None else offer.on_time_rate

    def order(offer: Offer) -> tuple[bool, Decimal, Decimal, date, int]:
        return (late(offer), offer.landed_price, -record(offer), offer.delivery_on or _NEVER, offer.supplier_id)

    best = min(holding, key=order)
    equal = [o for o in holding if o is not best and late(o) == late(best) and o.landed_price == best.landed_price]
    if len(holding) == 1:
        reason = "only_offer"
    elif not late(best) and all(late(offer) for offer in holding if offer is not best):
        reason = "only_in_time"
    elif any(record(offer) < record(best) for offer in equal) and all(record(o) <= record(best) for o in equal):
        reason = "better_record"
    elif equal:
        reason = "earliest"
    elif late(best):
        reason = "cheapest_all_late"
    elif any(late(offer) for offer in holding):
        reason = "cheapest_in_time"
    else:
        reason = "cheapest"
    return Choice(best.supplier_id, reason)
