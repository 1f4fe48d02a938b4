"""Which stock an order line is picked from, by the item's picking strategy; of what ties, the first on the pickers' way.

Pure: the shelf is what was read of the stock, and choosing takes from it, so that a preview and the release of a wave decide alike.
What a line had reserved elsewhere and no longer needs there is given back. A line that one warehouse ships is picked from there
alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.modules.inventory.picking_order import Candidate, in_order
from app.modules.inventory.taking import candidate, may_be_taken_from
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import PickingStrategy, StockStatus


@dataclass(frozen=True)
class Take:
    """A quantity to pick of one balance; `reserved` of it the line had reserved there before."""

    place: Candidate
    quantity: Decimal
    reserved: Decimal


@dataclass
class Shelf:
    """Stock that can be picked: what is free of each balance, and what a line has reserved of it without picking yet.

    >>> near = Candidate(1, "A", 1, None, None, Decimal(5))
    >>> far = Candidate(2, "B", 2, date(2026, 1, 1), None, Decimal(3))
    >>> shelf = Shelf({7: [near, far]}, {1: Decimal(5), 2: Decimal(3)})
    >>> [(take.place.location, str(take.quantity)) for take in shelf.choose(1, 7, Decimal(4))[0]]
    [('B', '3'), ('A', '1')]
    """

    places: dict[int, list[Candidate]]
    free: dict[int, Decimal]
    reserved: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    strategies: dict[int, PickingStrategy] = field(default_factory=dict)
    within: dict[int, frozenset[int]] = field(default_factory=dict)

    def in_turn(self, wanted: Iterable[tuple[int, int, Decimal]]) -> list[tuple[int, int, Decimal]]:
        """Lines in the order in which they are served: those that one warehouse ships before those that any may ship.

        >>> shelf = Shelf({}, {}, within={2: frozenset({1, 2}), 3: frozenset({1})})
        >>> [line for line, _, _ in shelf.in_turn([(1, 7, Decimal(1)), (2, 7, Decimal(1)), (3, 7, Decimal(1))])]
        [3, 2, 1]
        """
        return sorted(wanted, key=lambda line: (line[0] not in self.within, len(self.within.get(line[0], ()))))

    def _there(self, line_id: int, item_id: int) -> list[Candidate]:
        """What a line may be picked from."""
        places, within = self.places.get(item_id, []), self.within.get(line_id)
        return places if within is None else [place for place in places if place.place_id in within]

    def choose(self, line_id: int, item_id: int, wanted: Decimal) -> tuple[list[Take], dict[int, Decimal]]:
        """Take up to a quantity for a line.

        Args:
            line_id: the order line.
            item_id: what it orders.
            wanted: all that is open of it and not held yet.

        Returns:
            What to take, and what the line had reserved on other balances and gives back, by balance.
        """
        own = self.reserved.setdefault(line_id, {})
        takes: list[Take] = []
        left = wanted
        strategy = self.strategies.get(item_id, PickingStrategy.FIRST_EXPIRED)
        there = [
            replace(place, free=self.free.get(place.balance_id, ZERO) + own.get(place.balance_id, ZERO))
            for place in self._there(line_id, item_id)
        ]
        for place in in_order(strategy, there, wanted):
            held = own.get(place.balance_id, ZERO)
            taken = min(left, self.free.get(place.balance_id, ZERO) + held)
            if taken <= 0:
                continue
            from_own = min(taken, held)
            own[place.balance_id] = held - from_own
            self.free[place.balance_id] = self.free.get(place.balance_id, ZERO) - (taken - from_own)
            takes.append(Take(place, taken, from_own))
            left -= taken
        return takes, self._given_back(own, left)

    def _given_back(self, own: dict[int, Decimal], still_wanted: Decimal) -> dict[int, Decimal]:
        excess = sum(own.values(), ZERO) - still_wanted
        given: dict[int, Decimal] = {}
        for balance_id, quantity in own.items():
            back = min(quantity, excess)
            if back > 0:
                given[balance_id] = back
                own[balance_id] = quantity - back
                self.free[balance_id] = self.free.get(balance_id, ZERO) + back
                excess -= back
        return given

    def can_give(self, wanted: Iterable[tuple[int, int, Decimal]]) -> bool:
        """Whether all that is open of an order can be picked.

        Args:
            wanted: line, item and quantity of each of its lines; what a line has reserved serves that line alone.

        >>> shelf = Shelf({7: [Candidate(1, "A", 1, None, None, Decimal(5))]}, {1: Decimal(3)}, {10: {1: Decimal(2)}})
        >>> shelf.can_give([(10, 7, Decimal(4)), (11, 7, Decimal(1))])
        True
        >>> shelf.can_give([(10, 7, Decimal(1)), (11, 7, Decimal(4))])
        True
        >>> shelf.can_give([(10, 7, Decimal(4)), (11, 7, Decimal(2))])
        False
        """
        free = dict(self.free)
        for line_id, item_id, quantity in self.in_turn(wanted):
            here = [place.balance_id for place in self._there(line_id, item_id)]
            own = self.reserved.get(line_id, {})
            left = quantity - sum((own.get(balance_id, ZERO) for balance_id in here), ZERO)
            for balance_id in here:
                taken = min(left, free.get(balance_id, ZERO))
                free[balance_id] = free.get(balance_id, ZERO) - taken
                left -= taken
            if left > 0:
                return False
        return True

    def add(self, other: Shelf) -> None:
        """Put the stock of further items beside what is there."""
        self.places |= other.places
        self.free |= other.free
        self.strategies |= other.strategies


def shelf_of(
    balances: Iterable[Any],
    lots: Mapping[int, Any],
    locations: Mapping[int, Any],
    strategies: Mapping[int, PickingStrategy],
    own_places: Mapping[int, int | None],
    on: date,
) -> Shelf:
    """What can be picked on a day: available stock in places that may be taken from, whose lot has not expired.

    Args:
        balances: rows of `stock_balance`.
        lots: rows of `lot` by id.
        locations: rows of `location` by id.
        strategies: how each item is picked.
        own_places: the place of its own that an item may have, by item.
        on: the day.
    """
    places: dict[int, list[Candidate]] = defaultdict(list)
    free: dict[int, Decimal] = {}
    for row in balances:
        lot = lots.get(row.lot_id)
        expires = lot.expires_on if lot is not None else None
        if row.status != StockStatus.AVAILABLE or row.owner_id or (expires is not None and expires < on):
            continue
        location = locations[row.location_id]
        if not may_be_taken_from(location):
            continue
        free[row.id] = row.quantity - row.reserved
        places[row.item_id].append(candidate(row, location, lot, free[row.id], own_places.get(row.item_id)))
    return Shelf(dict(places), free, strategies=dict(strategies))
