"""Which stock an order line is picked from: first expired, first out; of one expiry the first on the pickers' way.

Pure: the shelf is what was read of the stock, and choosing takes from it, so that a preview and the release of a wave decide alike.
What a line had reserved elsewhere and no longer needs there is given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind, StockStatus


@dataclass(frozen=True)
class Place:
    """Stock of an item in one place and lot, by its balance.

    Attributes:
        walk: the place's position on the pickers' way; None is after all others.
    """

    balance_id: int
    item_id: int
    location: str
    walk: int | None
    expires_on: date | None

    @property
    def on_the_way(self) -> tuple[bool, int, str]:
        """Where the pickers come by."""
        return (self.walk is None, self.walk or 0, self.location)


@dataclass(frozen=True)
class Take:
    """A quantity to pick of one balance; `reserved` of it the line had reserved there before."""

    place: Place
    quantity: Decimal
    reserved: Decimal


@dataclass
class Shelf:
    """Stock that can be picked: what is free of each balance, and what a line has reserved of it without picking yet.

    >>> near, far = Place(1, 7, "A", 1, None), Place(2, 7, "B", 2, date(2026, 1, 1))
    >>> shelf = Shelf({7: [near, far]}, {1: Decimal(5), 2: Decimal(3)})
    >>> [(take.place.location, str(take.quantity)) for take in shelf.choose(1, 7, Decimal(4))[0]]
    [('B', '3'), ('A', '1')]
    """

    places: Mapping[int, list[Place]]
    free: dict[int, Decimal]
    reserved: dict[int, dict[int, Decimal]] = field(default_factory=dict)

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
        for place in sorted(self.places.get(item_id, ()), key=_first_expired):
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

    def copy(self) -> Shelf:
        """The same shelf, to try on."""
        return Shelf(self.places, dict(self.free), {line: dict(own) for line, own in self.reserved.items()})


def shelf_of(balances: Iterable[Any], lots: Mapping[int, Any], locations: Mapping[int, Any], on: date) -> Shelf:
    """What can be picked on a day: available stock in storage whose lot has not expired.

    Args:
        balances: rows of `stock_balance`.
        lots: rows of `lot` by id.
        locations: rows of `location` by id.
        on: the day.
    """
    places: dict[int, list[Place]] = defaultdict(list)
    free: dict[int, Decimal] = {}
    for row in balances:
        lot = lots.get(row.lot_id)
        expires = lot.expires_on if lot is not None else None
        if row.status != StockStatus.AVAILABLE or row.owner_id or (expires is not None and expires < on):
            continue
        location = locations[row.location_id]
        if location.kind != LocationKind.STORAGE:
            continue
        places[row.item_id].append(Place(row.id, row.item_id, location.code, location.walk_sequence, expires))
        free[row.id] = row.quantity - row.reserved
    return Shelf(places, free)


def _first_expired(place: Place) -> tuple[date, tuple[bool, int, str], int]:
    return (place.expires_on or date.max, place.on_the_way, place.balance_id)
