"""Kinds of places goods move between. A place is real (goods stand there, counted and valued) or the far side of a move."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LocationKind(StrEnum):
    """What stands behind a location."""

    STORAGE = "storage"
    TRANSIT = "transit"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    PRODUCTION = "production"
    SCRAP = "scrap"
    COUNT_DIFFERENCE = "count_difference"
    OPENING = "opening"


STOCKED_KINDS: Final = frozenset({LocationKind.STORAGE, LocationKind.TRANSIT})


class StockStatus(StrEnum):
    """Whether stock may be used."""

    AVAILABLE = "available"
    HOLD = "hold"
    REWORK = "rework"


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
