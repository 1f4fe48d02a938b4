"""Where goods go that arrive without a place, and whether they may stand where they go.

What no place takes as a whole is shared out over the places of the rule, each filled as far as it has room. A place that is
blocked, of another storage class or too small refuses goods; where its policy is to warn, too many are taken and the warehouse is
told. What a count finds and what a reversal brings back is there already and is never refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import CapacityPolicy, LocationKind, PutAwayStrategy

_MEASURES: Final = ("capacity_quantity", "capacity_weight_kg", "capacity_volume_m3")


@dataclass
class Contents:
    """What stands in a place: units, weight and volume in all, and how much of each item.

    Items whose weight or volume nobody entered weigh nothing and need no room.
    """

    amounts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_MEASURES, ZERO))
    items: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def add(self, item_id: int, item: Any, quantity: Decimal) -> None:
        """Put goods in, or take them out where the quantity is negative; `item` is its row, for weight and volume."""
        self.items[item_id] += quantity
        for measure, amount in _taken(item, quantity).items():
            self.amounts[measure] += amount

    @property
    def empty(self) -> bool:
        """Nothing stands here."""
        return not any(self.items.values())


def _taken(item: Any, quantity: Decimal) -> dict[str, Decimal]:
    amounts = (quantity, quantity * (item.weight_kg or ZERO), quantity * (item.volume_m3 or ZERO))
    return dict(zip(_MEASURES, amounts, strict=True))


def beyond(place: Any, contents: Contents) -> tuple[str, Decimal, Decimal] | None:
    """The first capacity of a place that its contents exceed: its name, what there is, and what it can hold.

    Args:
        place: a row of `location`.
        contents: what stands in it.
    """
    for measure in _MEASURES:
        most = getattr(place, measure)
        if most is not None and contents.amounts[measure] > most:
            return measure, contents.amounts[measure], most
    return None


def has_capacity(place: Any) -> bool:
    """Whether a place says how much it can hold."""
    return any(getattr(place, measure) is not None for measure in _MEASURES)


def fill_grade(place: Any, contents: Contents) -> Decimal | None:
    """How full a place is by the capacity that is used most, 1 is full; None where it has no capacity."""
    grades = [
        contents.amounts[measure] / most for measure in _MEASURES if (most := getattr(place, measure)) is not None
    ]
    return max(grades) if grades else None


def takes_class(place: Any, storage_class: str | None) -> bool:
    """Whether goods of a storage class may stand in a place."""
    return place.storage_class == storage_class


@dataclass(frozen=True)
class StorageRule:
    """How an item is stored; what neither it nor its categories say is None."""

    storage_class: str | None
    put_away_strategy: PutAwayStrategy | None
    fixed_location_id: int | None


def rule_of(item: Any, categories: Sequence[Any]) -> StorageRule:
    """The storage rule of an item: each part its own, else that of its category or of the nearest above that has one.

    Args:
        item: a row of `item`.
        categories: rows of its category and those above, the nearest first.
    """
    rows = (item, *categories)
    strategy = next((row.put_away_strategy for row in rows if row.put_away_strategy is not None), None)
    storage_class = next((row.storage_class for row in rows if row.storage_class is not None), None)
    named = PutAwayStrategy(strategy) if strategy is not None else None
    return StorageRule(storage_class, named, item.fixed_location_id)


def places_for(
    rule: StorageRule,
    item_id: int,
    item: Any,
    quantity: Decimal,
    places: Iterable[Any],
    contents: Mapping[int, Contents],
) -> list[Any]:
    """The places that a quantity of an item can be put into, the best first by the item's strategy.

    Args:
        rule: the item's storage rule.
        item_id: the item.
        item: its row, for weight and volume.
        quantity: how much, stocking unit.
        places: rows of `location` that hold no other places.
        contents: what stands in them, by id.
    """
    nothing = Contents()
    fitting = [
        place
        for place in _open_to(rule, places)
        if _fits(place, contents.get(place.id, nothing), item_id, item, quantity)
    ]
    return _best_first(rule, item_id, fitting, contents)


def shared_out(
    rule: StorageRule,
    item_id: int,
    item: Any,
    quantity: Decimal,
    places: Sequence[Any],
    contents: Mapping[int, Contents],
    *,
    decimals: int,
) -> list[tuple[Any, Decimal]]:
    """Where a quantity goes: into the best place that takes all of it, else into several, the best filled first.

    Args:
        rule: the item's storage rule.
        item_id: the item.
        item: its row, for weight and volume.
        quantity: how much, stocking unit.
        places: rows of `location` that hold no other places.
        contents: what stands in them, by id.
        decimals: of the item's unit; a part is whole in it.

    Returns:
        Places and the part of the quantity that each takes; nothing where all of them together do not take it.
    """
    whole = places_for(rule, item_id, item, quantity, places, contents)
    if whole:
        return [(whole[0], quantity)]
    nothing = Contents()
    parts: list[tuple[Any, Decimal]] = []
    for place in _best_first(rule, item_id, list(_open_to(rule, places)), contents):
        left = quantity - sum((part for _, part in parts), ZERO)
        room = _room(place, contents.get(place.id, nothing), item, decimals)
        taken = left if room is None else min(room, left)
        if taken > 0:
            parts.append((place, taken))
        if taken == left:
            return parts
    return []


def _room(place: Any, held: Contents, item: Any, decimals: int) -> Decimal | None:
    """How much of an item a place still takes, in whole steps of its unit; None where nothing limits it."""
    step = Decimal(1).scaleb(-decimals)
    rooms = [
        ((most - held.amounts[measure]) / taken).quantize(step, rounding=ROUND_FLOOR)
        for measure, taken in _taken(item, Decimal(1)).items()
        if (most := getattr(place, measure)) is not None and taken > 0
    ]
    return max(min(rooms), ZERO) if rooms else None


def _open_to(rule: StorageRule, places: Iterable[Any]) -> Iterator[Any]:
    """The places that goods of a rule may be put into, whatever room they have."""
    for place in places:
        storage = place.kind == LocationKind.STORAGE and place.active and not place.blocked and not place.receiving
        if storage and takes_class(place, rule.storage_class):
            yield place


def _best_first(rule: StorageRule, item_id: int, fitting: list[Any], contents: Mapping[int, Contents]) -> list[Any]:
    """Places in the order of an item's put-away strategy."""
    nothing = Contents()

    def order(place: Any) -> tuple[Any, ...]:
        held = contents.get(place.id, nothing)
        way = (place.walk_sequence is None, place.walk_sequence or 0, place.code)
        if rule.put_away_strategy == PutAwayStrategy.SAME_ITEM:
            return (held.items.get(item_id, ZERO) <= 0, not held.empty, way)
        if rule.put_away_strategy == PutAwayStrategy.NEAREST_EMPTY:
            return (not held.empty, way)
        return way

    if rule.put_away_strategy == PutAwayStrategy.FIXED_PLACE:
        return [place for place in fitting if place.id == rule.fixed_location_id]
    return sorted(fitting, key=order)


def _fits(place: Any, held: Contents, item_id: int, item: Any, quantity: Decimal) -> bool:
    """Whether a place has room; for a proposal a place that only warns is full like any other."""
    after = Contents(dict(held.amounts))
    after.add(item_id, item, quantity)
    return beyond(place, after) is None


def refuses(place: Any) -> bool:
    """Whether a place refuses what does not fit, and does not only warn."""
    return place.capacity_policy == CapacityPolicy.REFUSE
