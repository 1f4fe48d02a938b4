"""The one shape into which the news of every courier is translated: a parcel, where it is, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ParcelState(StrEnum):
    """Where a parcel stands."""

    ANNOUNCED = "announced"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    IN_CUSTOMS = "in_customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNING = "returning"
    RETURNED = "returned"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ParcelEvent:
    """Something that happened to a parcel.

    Attributes:
        at: as the courier wrote it: with its offset, or the local time of the place where it happened.
    """

    at: datetime
    text: str
    place: str = ""


@dataclass(frozen=True)
class Parcel:
    """A parcel as its courier last reported it.

    Attributes:
        tracking_number: the courier's number.
        carrier: the courier's code in the system that reports.
        finished: whether nothing more will be reported.
        problem: what the system says where it could not follow the parcel.
        events: the latest first.
        expected_on: the day on which the courier means to deliver.
    """

    tracking_number: str
    carrier: str
    state: ParcelState
    finished: bool
    events: tuple[ParcelEvent, ...] = ()
    problem: str = ""
    expected_on: date | None = None
