"""Kinds of places goods move between. A place is real (goods stand there, counted and valued) or the far side of a move."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LocationKind(StrEnum):
    """What stands behind a location."""

    STORAGE = "storage"
    TRANSIT = "transit"
    SUBCONTRACTOR = "subcontractor"
    CONSIGNMENT = "consignment"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    PRODUCTION = "production"
    SCRAP = "scrap"
    INTERNAL_USE = "internal_use"
    COUNT_DIFFERENCE = "count_difference"
    OPENING = "opening"
    DROP_SHIPMENT = "drop_shipment"


STOCKED_KINDS: Final = frozenset(
    {LocationKind.STORAGE, LocationKind.TRANSIT, LocationKind.SUBCONTRACTOR, LocationKind.CONSIGNMENT}
)


class StockStatus(StrEnum):
    """Whether stock may be used; what is provided to a supplier or consigned to a customer stands at his place, for him alone."""

    AVAILABLE = "available"
    HOLD = "hold"
    REWORK = "rework"
    PROVIDED = "provided"
    CONSIGNED = "consigned"


STATUS_AT: Final = {LocationKind.SUBCONTRACTOR: StockStatus.PROVIDED, LocationKind.CONSIGNMENT: StockStatus.CONSIGNED}
"""The quality status of usable goods at places of others; nothing else stands there, and they stand nowhere else so."""


class PlaceType(StrEnum):
    """Which level of the tree a storage place is; a place lies only within a place of a higher level."""

    WAREHOUSE = "warehouse"
    ZONE = "zone"
    BIN = "bin"


class DeliverySteps(StrEnum):
    """In how many steps goods leave a warehouse for customers."""

    SHIP = "ship"
    PICK_PACK_SHIP = "pick_pack_ship"


class CapacityPolicy(StrEnum):
    """What happens where goods would not fit into a place."""

    REFUSE = "refuse"
    WARN = "warn"


class PickingStrategy(StrEnum):
    """Of which stock of an item is taken first."""

    FIRST_EXPIRED = "first_expired"
    FIRST_IN = "first_in"
    LAST_IN = "last_in"
    FEWEST_PLACES = "fewest_places"


class PutAwayStrategy(StrEnum):
    """Where goods of an item go that arrive without a place."""

    FIXED_PLACE = "fixed_place"
    SAME_ITEM = "same_item"
    NEAREST_EMPTY = "nearest_empty"
    STORAGE_CLASS = "storage_class"


class CountReason(StrEnum):
    """Why what was counted differs from the books."""

    MISCOUNTED_BEFORE = "miscounted_before"
    NOT_BOOKED = "not_booked"
    WRONG_PLACE = "wrong_place"
    WRONG_LOT = "wrong_lot"
    WRONG_UNIT = "wrong_unit"
    DAMAGED = "damaged"
    LOST = "lost"
    OTHER = "other"
