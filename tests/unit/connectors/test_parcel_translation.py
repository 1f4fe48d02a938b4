"""What couriers report, in one shape: the vendors' own examples, and hostile bodies refused in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.connectors.easypost.translate import translate as translate_easypost
from pipelines.connectors.kuaidi100.translate import translate as translate_kuaidi100
from schemas.exchange.shop_order import NotTranslatable
from tests.unit.connectors.test_shop_translation import PAYLOADS, read


@pytest.mark.parametrize(
    ("number", "tracking_number", "state", "finished", "events"),
    [
        (0, "JD0076810060555", "delivered", True, 5),
        (1, "3805420027268", "delivered", True, 3),
        (2, "221014000145", "unknown", True, 0),
        (3, "V030344422", "in_transit", False, 2),
    ],
)
def test_a_push_of_kuaidi100_says_where_the_parcel_is(
    number: int, tracking_number: str, state: str, *, finished: bool, events: int
) -> None:
    parcel = translate_kuaidi100(json.dumps(read("kuaidi100/push_callback_samples.json")[number]["param"]))
    assert (parcel.tracking_number, parcel.state, parcel.finished, len(parcel.events)) == (
        tracking_number,
        state,
        finished,
        events,
    )
    assert bool(parcel.problem) is (number == 2)


@pytest.mark.parametrize(
    ("state", "meant"),
    [("1", "collected"), ("304", "delivered"), ("501", "ready_for_pickup"), ("14", "refused"), ("99", "unknown")],
)
def test_a_finer_state_belongs_to_its_hundreds(state: str, meant: str) -> None:
    push = {"status": "polling", "lastResult": {"nu": "1", "com": "jd", "state": state, "data": []}}
    assert translate_kuaidi100(json.dumps(push)).state == meant


def test_a_tracker_of_easypost_is_read_bare_and_within_its_event() -> None:
    bare = translate_easypost(json.dumps(read("easypost/tracker.json")).encode())
    assert (bare.tracking_number, bare.carrier, bare.state, bare.finished) == (
        "EZ1000000001", "USPS", "announced", True,
    )  # fmt: skip
    assert bare.events[0].at == datetime(2025, 2, 7, 8, 25, 26, tzinfo=UTC)
    assert bare.events[0].place == "HOUSTON, TX, 77063"
    within = translate_easypost((PAYLOADS / "easypost" / "event-body.json").read_bytes())
    assert (within.tracking_number, within.carrier, within.state, within.finished) == (
        "1",
        "FedEx",
        "in_transit",
        False,
    )
    assert list(within.events) == sorted(within.events, key=lambda event: event.at, reverse=True)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"object": "Tracker"}',
        b'{"object": "Tracker", "status": "lost", "tracking_code": "1"}',
        b'{"object": "Event", "result": {"object": "Batch"}}',
        b'{"object": "Event", "result": [1]}',
        b'{"object": "Tracker", "status": "delivered", "tracking_code": "1", "tracking_details": [{}]}',
    ],
)
def test_what_is_no_tracker_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotTranslatable):
        translate_easypost(body)


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(NotTranslatable):
        translate_kuaidi100(text)
    with pytest.raises(NotTranslatable):
        translate_easypost(text.encode("utf-8", "surrogatepass"))
