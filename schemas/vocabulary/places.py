"""Kinds of places goods move between. A place is real (goods stand there, counted and valued) or the far side of a move."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LocationKind(StrEnum):
    """What stands behind a location."""

    STORAGE = "storage"
    TRANSIT = "transit"
    SUBCONTRACTOR = "subcontractor"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    PRODUCTION = "production"
    SCRAP = "scrap"
    COUNT_DIFFERENCE = "count_difference"
    OPENING = "opening"


STOCKED_KINDS: Final = frozenset({LocationKind.STORAGE, LocationKind.TRANSIT, LocationKind.SUBCONTRACTOR})


class StockStatus(StrEnum):
    """Whether stock may be used; what is provided to a supplier stands at his place and is for his orders alone."""

    AVAILABLE = "available"
    HOLD = "hold"
    PROVIDED = "provided"


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
