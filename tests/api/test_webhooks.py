"""The door of the web shops on real connections: a signed delivery is stored before it is answered, and nothing else passes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.jobs.shops import book_waiting
from app.kernel.access import SYSTEM
from pipelines.connectors.shopify import signature as shopify
from pipelines.connectors.woocommerce import signature as woocommerce
from tests.plant import Plant
from tests.shop_case import SECRET, body_of, shopify_order, woo_order

pytestmark = pytest.mark.slow

SHOP = "/webhooks/shopify/TEA"


@pytest.fixture
def caller(base: str) -> Iterator[httpx.Client]:
    """Somebody on the network without a session."""
    with httpx.Client(base_url=base, timeout=20.0) as client:
        yield client


def signed(body: bytes, *, secret: str = SECRET, delivery: str | None = None, **more: str) -> dict[str, str]:
    """The headers of a Shopify delivery."""
    return {
        "X-Shopify-Hmac-SHA256": shopify.body_signature(body, secret),
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Webhook-Id": delivery or uuid.uuid4().hex,
        **more,
    }


def messages(plant: Plant, search: str = "") -> list[dict[str, Any]]:
    """Messages of the plant's shops."""
    return plant.gateway.query("shop_messages", {"search": search, "limit": 1000}, principal=SYSTEM)


def test_a_signed_delivery_is_stored_as_it_came(caller: httpx.Client, plant: Plant) -> None:
    body = body_of(shopify_order(601, [("KETTLE-1", 1, "180.00")])) + b"  \n"
    answer = caller.post(SHOP, content=body, headers=signed(body, delivery="d-stored"))
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    (message,) = messages(plant, "d-stored")
    assert (message["state"], message["topic"], message["source"]) == ("stored", "orders/create", "webhook")
    kept = plant.gateway.query("shop_message_by_id", {"message": message["id"]}, principal=SYSTEM)[0]
    assert kept["body"].encode() == body
    book_waiting(plant.gateway)
    assert messages(plant, "d-stored")[0]["state"] == "booked"


def test_a_delivery_again_is_answered_alike_and_stored_once(caller: httpx.Client, plant: Plant) -> None:
    body = body_of(shopify_order(602, [("KETTLE-1", 1, "180.00")]))
    headers = signed(body, delivery="d-again")
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: caller.post(SHOP, content=body, headers=headers).status_code, range(16)))
    assert answers == [200] * 16
    assert len(messages(plant, "d-again")) == 1


def test_a_body_that_is_no_json_is_stored_too_for_nothing_is_parsed_here(caller: httpx.Client, plant: Plant) -> None:
    body = b"\xff\x00not json" * 10
    assert caller.post(SHOP, content=body, headers=signed(body, delivery="d-bytes")).status_code == 200
    book_waiting(plant.gateway)
    assert messages(plant, "d-bytes")[0]["reason"] == "not_text"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (body, {**headers, "X-Shopify-Hmac-SHA256": ""}),
        lambda body, headers: (body, {k: v for k, v in headers.items() if "Hmac" not in k}),
        lambda body, headers: (body, signed(body, secret="another")),
        lambda body, headers: (b"webhook_id=3", {}),
        lambda body, headers: (b"", headers),
    ],
    ids=["changed body", "empty signature", "no signature", "another secret", "a ping is WooCommerce's", "empty body"],
)
def test_a_wrong_signature_is_answered_401_and_nothing_is_stored(
    caller: httpx.Client, plant: Plant, spoil: Any
) -> None:
    body = body_of(shopify_order(603))
    before = len(messages(plant))
    sent, headers = spoil(body, signed(body))
    assert caller.post(SHOP, content=sent, headers=headers).status_code == 401
    assert len(messages(plant)) == before


def test_wrong_signatures_are_counted_where_the_clerk_sees_them(caller: httpx.Client, plant: Plant) -> None:
    def count() -> int:
        return plant.gateway.query("shops", {"search": "TEA"}, principal=SYSTEM)[0]["rejected_count"]

    before = count()
    for _ in range(5):
        caller.post(SHOP, content=b"{}", headers=signed(b"{}", secret="wrong"))
    deadline = time.monotonic() + 20
    while count() < before + 5 and time.monotonic() < deadline:
        time.sleep(0.2)  # Looks again until the bound of the loop.
    assert count() >= before + 5


def test_the_previous_secret_still_counts_and_an_unknown_one_never(caller: httpx.Client, plant: Plant) -> None:
    shop = {"code": "ROT", "name": "Rotating", "system": "shopify", "customer": "C-100"}
    for number, secret in enumerate(("old one", "new one")):
        plant.give("put_shop", {**shop, "secret": secret}, command_id=f"hook-rotation-{number}")
    time.sleep(1.2)  # The door asks for a shop's secrets again after a second.
    answers = [
        caller.post("/webhooks/shopify/ROT", content=b"{}", headers=signed(b"{}", secret=secret)).status_code
        for secret in ("new one", "old one", "no one")
    ]
    assert answers == [200, 200, 401]


def test_woocommerce_pings_and_delivers(caller: httpx.Client, plant: Plant) -> None:
    shop = {"code": "WOO", "name": "Woo", "system": "woocommerce", "customer": "C-100", "secret": "a&amp;b"}
    plant.give("put_shop", shop, command_id="hook-woo")
    address, form = "/webhooks/woocommerce/WOO", {"content-type": "application/x-www-form-urlencoded"}
    before = len(messages(plant))
    assert caller.post(address, content=b"webhook_id=12", headers=form).status_code == 200
    assert len(messages(plant)) == before
    body = body_of(woo_order(901, [("KETTLE-1", 1, "180.00")]))
    headers = {
        "X-WC-Webhook-Signature": woocommerce.body_signature(body, "a&b"),
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Delivery-ID": "wc-901",
    }
    assert caller.post(address, content=body, headers=headers).status_code == 200
    book_waiting(plant.gateway)
    assert messages(plant, "wc-901")[0]["state"] == "booked"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/shopify/NONE", 404),
        ("POST", "/webhooks/woocommerce/TEA", 404),
        ("POST", "/webhooks/amazon/TEA", 403),
        ("POST", "/webhooks/shopify/TEA/", 403),
        ("POST", "/webhooks/shopify/TEA/_stcore/health", 403),
        ("POST", "/webhooks/shopify/TEA/../../login", 403),
        ("GET", "/webhooks/shopify/TEA", 401),
        ("GET", "/webhooks/_stcore/health", 401),
        ("GET", "/webhooks/shopify/_stcore/health", 401),
        ("PUT", "/webhooks/shopify/TEA", 403),
    ],
)
def test_nothing_else_opens_under_the_address(caller: httpx.Client, method: str, path: str, status: int) -> None:
    answer = caller.request(method, path, content=b"{}" if method != "GET" else None)
    assert answer.status_code == status, answer.text


def test_a_delivery_for_another_host_or_of_another_shop_is_turned_away(caller: httpx.Client, plant: Plant) -> None:
    shop = {"code": "DOM", "name": "Domain", "system": "shopify", "customer": "C-100", "secret": SECRET}
    plant.give("put_shop", {**shop, "domain": "Tea.myshopify.com"}, command_id="hook-domain")
    named = {"X-Shopify-Shop-Domain": "tea.myshopify.com"}
    address = "/webhooks/shopify/DOM"
    assert caller.post(address, content=b"{}", headers=signed(b"{}", **named)).status_code == 200
    named = {"X-Shopify-Shop-Domain": "other.myshopify.com"}
    assert caller.post(address, content=b"{}", headers=signed(b"{}", **named)).status_code == 401
    assert caller.post(address, content=b"{}", headers={**signed(b"{}"), "host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(("size", "status"), [(2_000_000, 200), (2_000_001, 413)])
def test_a_body_is_taken_up_to_its_limit_and_not_beyond(caller: httpx.Client, size: int, status: int) -> None:
    body = b" " * size
    assert caller.post(SHOP, content=body, headers=signed(body)).status_code == status


def test_a_company_that_is_read_only_asks_the_shop_to_come_again(caller: httpx.Client, plant: Plant) -> None:
    plant.give("set_read_only", {"reason": "a drill"}, command_id="hook-read-only")
    try:
        assert caller.post(SHOP, content=b"{}", headers=signed(b"{}")).status_code == 503
    finally:
        plant.give("set_read_only", {"reason": None}, command_id="hook-writable")
    assert caller.post(SHOP, content=b"{}", headers=signed(b"{}")).status_code == 200
