"""The door of carriers on real connections: a signed push is stored before it is acknowledged, and nothing else passes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.kernel.access import SYSTEM
from pipelines.connectors.easypost.signature import body_signature
from tests.contract.modules.test_tracking import kuaidi
from tests.makers import tracker
from tests.plant import Plant

pytestmark = pytest.mark.slow


@pytest.fixture
def caller(base: str, plant: Plant) -> Iterator[httpx.Client]:
    """A carrier's system on the network, two of which may push."""
    for code, system in (("K100", "kuaidi100"), ("TRACK", "webhook")):
        given = {"code": code, "name": code, "system": system, "secret": "salt"}
        plant.give("put_carrier", given, command_id=f"p-door-{code}")
    with httpx.Client(base_url=base, timeout=20.0) as client:
        yield client


def count(plant: Plant) -> int:
    """How many messages are stored."""
    return len(plant.gateway.query("carrier_messages", {"limit": 1000}, principal=SYSTEM))


def test_a_push_of_kuaidi100_is_answered_as_it_expects_and_stored_once(caller: httpx.Client, plant: Plant) -> None:
    body, before = kuaidi("0", ("2026-03-10 10:00:00", "运输中 + 100%")), count(plant)
    for _ in range(2):
        answer = caller.post("/webhooks/kuaidi100/K100", content=body)
        assert (answer.status_code, answer.json()) == (200, {"result": True, "returnCode": "200", "message": "成功"})
    assert count(plant) == before + 1


@pytest.mark.parametrize(
    "body",
    [
        kuaidi("0", salt="other"),
        kuaidi("0").replace(b"sign=", b"sign=0"),
        kuaidi("0") + b"%20",
        kuaidi("0") + b"&param=again",
        b"param=x",
        b"",
        b"\xff\xfe",
        b"&" * 100_000,
    ],
)
def test_a_push_that_is_not_signed_is_turned_away(caller: httpx.Client, plant: Plant, body: bytes) -> None:
    before = count(plant)
    answer = caller.post("/webhooks/kuaidi100/K100", content=body)
    assert (answer.status_code, answer.json()["result"], count(plant)) == (401, False, before)


def test_a_tracking_webhook_is_verified_over_its_raw_bytes(caller: httpx.Client, plant: Plant) -> None:
    body, before = tracker(number="T-1"), count(plant)
    signed = {"X-Hmac-Signature": body_signature(body, "salt")}
    assert caller.post("/webhooks/tracking/TRACK", content=body + b" ", headers=signed).status_code == 401
    assert caller.post("/webhooks/tracking/TRACK", content=body).status_code == 401
    assert caller.post("/webhooks/tracking/K100", content=body, headers=signed).status_code == 404
    assert caller.post("/webhooks/tracking/TRACK", content=body, headers=signed).status_code == 200
    assert count(plant) == before + 1
    assert caller.post("/webhooks/tracking/TRACK", content=b"x" * 2_000_001, headers=signed).status_code == 413
