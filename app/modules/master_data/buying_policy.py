"""Which limits of receiving and billing hold for an item of a supplier: each limit from the narrowest policy that sets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from schemas.operational import purchasing as tables
from schemas.vocabulary.numbers import ONE, QUANTITY_DECIMALS, ZERO, rounded


@dataclass(frozen=True)
class BuyingPolicy:
    """The limits that hold; None is no limit set.

    Attributes:
        over_receipt_rate: share of the ordered quantity that may be taken beyond it; not set, nothing.
        over_release_rate: share of an agreed quantity that may be called off beyond it; not set, nothing.
        blind_count: whether the receiver counts without being shown what was ordered.
        min_remaining_days: days that goods must still last when they are received.
        price_tolerance_rate: share by which a bill may exceed the order's price.
        price_tolerance_amount: amount by which a line of a bill may exceed the order's price.
    """

    over_receipt_rate: Decimal | None = None
    over_release_rate: Decimal | None = None
    blind_count: bool | None = None
    min_remaining_days: int | None = None
    price_tolerance_rate: Decimal | None = None
    price_tolerance_amount: Decimal | None = None

    def most_receivable(self, ordered: Decimal) -> Decimal:
        """How much of an ordered quantity may be received in all, in the stocking unit.

        >>> BuyingPolicy(over_receipt_rate=Decimal("0.05")).most_receivable(Decimal(100))
        Decimal('105.000000')
        """
        return rounded(ordered * (ONE + (self.over_receipt_rate or ZERO)), QUANTITY_DECIMALS)

    def most_releasable(self, agreed: Decimal) -> Decimal:
        """How much of an agreed quantity may be called off in all, in the stocking unit."""
        return rounded(agreed * (ONE + (self.over_release_rate or ZERO)), QUANTITY_DECIMALS)

    def bears(self, difference: Decimal, expected: Decimal) -> bool:
        """Say whether a bill's line may exceed what the order's price comes to by an amount; a lower bill is always borne.

        >>> policy = BuyingPolicy(price_tolerance_rate=Decimal("0.02"), price_tolerance_amount=Decimal(50))
        >>> [policy.bears(Decimal(difference), Decimal(1000)) for difference in (20, 21, -99)]
        [True, False, True]
        """
        by_rate = self.price_tolerance_rate is None or difference <= expected * self.price_tolerance_rate
        by_amount = self.price_tolerance_amount is None or difference <= self.price_tolerance_amount
        return difference <= 0 or (by_rate and by_amount)


_LIMITS: Final = tuple(BuyingPolicy.__dataclass_fields__)


def policy_from(rows: Iterable[Mapping[str, Any]], supplier_id: int | None, item_id: int | None) -> BuyingPolicy:
    """Choose each limit from the narrowest of the policies that sets it: item of the supplier, item, supplier, company.

    >>> company = {"supplier_id": None, "item_id": None, **dict.fromkeys(_LIMITS), "blind_count": True}
    >>> item = {**company, "item_id": 7, "blind_count": False}
    >>> policy_from([company, item], 3, 7).blind_count, policy_from([company, item], 3, 8).blind_count
    (False, True)
    """
    fitting = [row for row in rows if row["supplier_id"] in (None, supplier_id) and row["item_id"] in (None, item_id)]
    fitting.sort(key=lambda row: (row["item_id"] is None, row["supplier_id"] is None))
    return BuyingPolicy(
        **{name: next((row[name] for row in fitting if row[name] is not None), None) for name in _LIMITS}
    )


def policy_of(ctx: Context, supplier_id: int | None, item_id: int) -> BuyingPolicy:
    """The limits that hold for an item of a supplier."""
    table = tables.purchasing_policy
    rows = [*ctx.uow.where(table, "item_id", item_id), *ctx.uow.where(table, "item_id", None)]
    return policy_from(rows, supplier_id, item_id)
