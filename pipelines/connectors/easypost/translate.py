"""Turns a tracker of EasyPost, bare or within an event, into the common shape of parcels.

Source: EasyPost API reference, objects Tracker and Event.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from pipelines.connectors.reading_json import Object, read_object
from schemas.exchange.parcel import Parcel, ParcelEvent, ParcelState
from schemas.exchange.shop_order import NotTranslatable

_MOST_EVENTS: Final = 1000

STATE_OF: Final[dict[str, ParcelState]] = {
    "unknown": ParcelState.UNKNOWN,
    "pre_transit": ParcelState.ANNOUNCED,
    "in_transit": ParcelState.IN_TRANSIT,
    "out_for_delivery": ParcelState.OUT_FOR_DELIVERY,
    "available_for_pickup": ParcelState.READY_FOR_PICKUP,
    "delivered": ParcelState.DELIVERED,
    "return_to_sender": ParcelState.RETURNING,
    "failure": ParcelState.FAILED,
    "error": ParcelState.FAILED,
    "cancelled": ParcelState.CANCELLED,
}
"""What `status` of a tracker means."""


def translate(body: bytes) -> Parcel:
    """Translate a tracker, or the event that carries one.

    Raises:
        NotTranslatable: it is neither.
    """
    given = read_object(body)
    tracker = given.inner("result") if given.text("object") == "Event" else given
    if tracker.text("object") != "Tracker":
        raise NotTranslatable("field_invalid", f"object = {tracker.text('object')}")
    status = tracker.text("status", 32)
    if status not in STATE_OF:
        raise NotTranslatable("status_unknown", f"status = {status}")
    details = tracker.each("tracking_details", at_most=_MOST_EVENTS)
    events = sorted((_event(entry) for entry in details), key=lambda event: event.at, reverse=True)
    return Parcel(
        tracking_number=tracker.key("tracking_code"),
        carrier=tracker.text("carrier", 64),
        state=STATE_OF[status],
        finished=tracker.flag("finalized") or STATE_OF[status] is ParcelState.DELIVERED,
        events=tuple(events),
        expected_on=_day(tracker.text("est_delivery_date", 40)),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as error:
        raise NotTranslatable("field_invalid", f"est_delivery_date = {text}") from error


def _event(entry: Object) -> ParcelEvent:
    place = entry.inner("tracking_location")
    named = (place.text(name, 64) for name in ("city", "state", "zip", "country"))
    return ParcelEvent(entry.instant("datetime", utc=True), entry.text("message", 500), ", ".join(filter(None, named)))
