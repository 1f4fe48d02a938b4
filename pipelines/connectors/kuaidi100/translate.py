"""Turns a push of Kuaidi100 into the common shape of parcels.

The push is a form whose field `param` holds JSON; its signature is over the field as received (`signature.py`). States have a whole
number, and finer ones from 101 on whose hundreds are the state they belong to. A subscription that was shut down without any event
followed nothing, whatever its state says. Times are those of the place, without an offset.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pipelines.connectors.reading_json import Object, read_object
from schemas.exchange.parcel import Parcel, ParcelEvent, ParcelState
from schemas.exchange.shop_order import NotTranslatable

_MOST_EVENTS: Final = 1000
_OVER: Final = frozenset({"shutdown", "abort"})

STATE_OF: Final[dict[int, ParcelState]] = {
    0: ParcelState.IN_TRANSIT,
    1: ParcelState.COLLECTED,
    2: ParcelState.FAILED,
    3: ParcelState.DELIVERED,
    4: ParcelState.RETURNED,
    5: ParcelState.OUT_FOR_DELIVERY,
    6: ParcelState.RETURNING,
    7: ParcelState.IN_TRANSIT,
    8: ParcelState.IN_CUSTOMS,
    10: ParcelState.IN_CUSTOMS,
    11: ParcelState.IN_CUSTOMS,
    12: ParcelState.IN_TRANSIT,
    13: ParcelState.FAILED,
    14: ParcelState.REFUSED,
    501: ParcelState.READY_FOR_PICKUP,
}
"""What `state` means; one of three digits that is not here belongs to the state of its hundreds."""


_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2200


def translate(param: str) -> Parcel:
    """Translate the field `param` of a push.

    Raises:
        NotTranslatable: it is not what a push holds.
    """
    push = read_object(param.encode("utf-8", "surrogatepass"))
    result = push.inner("lastResult")
    events = tuple(_event(entry) for entry in result.each("data", at_most=_MOST_EVENTS))
    over = push.text("status", 32) in _OVER
    lost = over and not events
    return Parcel(
        tracking_number=result.key("nu"),
        carrier=result.text("com", 64),
        state=ParcelState.UNKNOWN if lost else _state(result),
        finished=over,
        events=events,
        problem=push.text("message") if lost else "",
    )


def _state(result: Object) -> ParcelState:
    text = result.text("state", 8)
    if not text.isdecimal() or not text.isascii():
        raise NotTranslatable("field_invalid", f"state = {text}")
    number = int(text)
    found = STATE_OF.get(number) or (STATE_OF.get(number // 100) if number > 100 else None)
    return found or ParcelState.UNKNOWN


def _event(entry: Object) -> ParcelEvent:
    text = entry.text("ftime", 32) or entry.text("time", 32)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotTranslatable("field_invalid", f"ftime = {text}") from error
    if not _FIRST_YEAR < at.year < _LAST_YEAR:
        raise NotTranslatable("field_invalid", f"ftime = {text}")
    return ParcelEvent(at, entry.text("context", 500), entry.text("areaName") or entry.text("location"))
