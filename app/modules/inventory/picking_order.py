"""Of which stock of an item is taken first: one order for reserving, for shipping and for picking, so that all three agree.

Pure. What ties by its strategy is taken from the item's own place first, which is where its pickers are sent; then in the order in
which they come by: places with a walking sequence by it, then those without by their codes. So what is taken first is told by data
alone: the strategy, the own place and the sequence. The day that goods without a lot came is not known by place; of them the place
that was used first counts as the oldest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.vocabulary.places import PickingStrategy


@dataclass(frozen=True)
class Candidate:
    """Stock that a quantity could be taken from.

    Attributes:
        balance_id: which balance it is.
        location: code of its place.
        walk: the place's position on the pickers' way; None is after all others.
        expires_on: when its lot expires.
        received_on: when its lot came.
        free: how much can be taken.
        own: whether it is the item's own place.
        place_id: which place it is.
    """

    balance_id: int
    location: str
    walk: int | None
    expires_on: date | None
    received_on: date | None
    free: Decimal
    own: bool = False
    place_id: int = 0

    @property
    def on_the_way(self) -> tuple[bool, bool, int, str, int]:
        """When the pickers come by: at the item's own place first."""
        return (not self.own, self.walk is None, self.walk or 0, self.location, self.balance_id)


def in_order(strategy: PickingStrategy, candidates: Iterable[Candidate], wanted: Decimal) -> list[Candidate]:
    """Sort what a quantity can be taken from by an item's strategy.

    Args:
        strategy: the item's.
        candidates: what there is.
        wanted: the quantity, stocking unit; only the fewest places depend on it.

    >>> old, new = date(2026, 6, 1), date(2026, 6, 9)
    >>> near, far = Candidate(1, "A", 1, None, old, Decimal(5)), Candidate(2, "B", 2, new, new, Decimal(8))
    >>> [[c.location for c in in_order(strategy, [near, far], Decimal(4))] for strategy in PickingStrategy]
    [['B', 'A'], ['A', 'B'], ['B', 'A'], ['A', 'B']]
    """
    if strategy == PickingStrategy.FEWEST_PLACES:
        return _fewest(sorted(candidates, key=lambda c: c.on_the_way), wanted)
    if strategy == PickingStrategy.FIRST_IN:
        return sorted(candidates, key=lambda c: (c.received_on or date.min, _since(c), c.on_the_way))
    if strategy == PickingStrategy.LAST_IN:
        return sorted(candidates, key=lambda c: (-_day(c.received_on), -_since(c), c.on_the_way))
    return sorted(candidates, key=lambda c: (c.expires_on or date.max, c.on_the_way))


def _day(day: date | None) -> int:
    return (day or date.max).toordinal()


def _since(candidate: Candidate) -> int:
    """Goods without a lot are told apart by when their place was first used."""
    return candidate.balance_id if candidate.received_on is None else 0


def _fewest(left: list[Candidate], wanted: Decimal) -> list[Candidate]:
    """The largest first, and as soon as one place holds the rest, the smallest that does."""
    chosen: list[Candidate] = []
    while left:
        enough = [c for c in left if c.free >= wanted > 0]
        best = min(enough, key=lambda c: c.free) if enough else max(left, key=lambda c: c.free)
        left.remove(best)
        chosen.append(best)
        wanted -= best.free
    return chosen


def strategy_of(item: Any, categories: Sequence[Any]) -> PickingStrategy:
    """The picking strategy of an item: its own, else that of its category or of the nearest above that has one.

    Args:
        item: a row of `item`.
        categories: rows of its category and those above, the nearest first.
    """
    named = next((row.picking_strategy for row in (item, *categories) if row.picking_strategy is not None), None)
    return PickingStrategy(named) if named is not None else PickingStrategy.FIRST_EXPIRED
