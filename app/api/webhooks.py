"""The door for deliveries of web shops: verify the signature over the raw bytes, store them durably, answer (R9).

Nobody is signed in here; the signature says who sent a delivery, and nothing of the body is parsed before or after. A delivery is
answered 200 only once it is stored; the same one again is answered alike and stored once. A wrong signature is answered 401 and
counted, and nothing else of it is kept. What a delivery says is read later, by the booking.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, new_command_id
from app.modules.shops.door import ShopDoor, shop_door
from pipelines.connectors.shopify import signature as shopify
from pipelines.connectors.woocommerce import signature as woocommerce
from schemas.commands.shops import ReceiveShopMessage

WEBHOOKS_PREFIX: Final = "/webhooks/"
_KNOWN_SECONDS: Final = 1.0
_MOST_KNOWN: Final = 1000
_COUNT_SECONDS: Final = 1.0
DELIVERY_PATH: Final = re.compile(
    r"/webhooks/(?:shopify|woocommerce|kuaidi100|tracking)/[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
)
_TOPIC: Final = re.compile(r"[\x21-\x7e]{1,100}")
_DELIVERY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_LOG: Final = logging.getLogger("tallyworks.webhooks")


@dataclass(frozen=True)
class Headers:
    """Under which names a system sends what the door needs, and how it signs."""

    signature: str
    topic: str
    delivery: str
    origin: str
    is_signed: Callable[[bytes, str | None, tuple[str, ...]], bool]


SYSTEMS: Final[Mapping[str, Headers]] = MappingProxyType(
    {
        "shopify": Headers(
            "x-shopify-hmac-sha256",
            "x-shopify-topic",
            "x-shopify-webhook-id",
            "x-shopify-shop-domain",
            shopify.is_signed,
        ),
        "woocommerce": Headers(
            "x-wc-webhook-signature",
            "x-wc-webhook-topic",
            "x-wc-webhook-delivery-id",
            "x-wc-webhook-source",
            woocommerce.is_signed,
        ),
    }
)


class KnownShops:
    """Shops by code, each looked up at most once a second: a new secret or a closed shop counts a second later."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._known: dict[str, tuple[float, ShopDoor | None]] = {}

    async def find(self, system: str, code: str) -> ShopDoor | None:
        """The active shop of a system with this code."""
        now = time.monotonic()
        held = self._known.get(code)
        if held is None or now - held[0] > _KNOWN_SECONDS:
            found = await run_in_threadpool(shop_door, self._gateway, code)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            held = self._known[code] = (now, found)
        door = held[1]
        return door if door is not None and door.system == system else None


@dataclass
class Rejections:
    """Counts deliveries with a wrong signature and writes the counts down, at most once a second for each shop."""

    gateway: Gateway
    _counts: dict[str, int] = field(default_factory=dict)
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, code: str) -> None:
        """Count one."""
        waiting = code in self._counts
        self._counts[code] = self._counts.get(code, 0) + 1
        if not waiting:
            task = asyncio.get_running_loop().create_task(self._write(code))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, code: str) -> None:
        await asyncio.sleep(_COUNT_SECONDS)
        data = {"shop": code, "delivery_count": self._counts.pop(code)}
        receipt = await run_in_threadpool(
            self.gateway.submit, "count_rejected_deliveries", data, command_id=new_command_id(), principal=SYSTEM
        )
        if receipt.status != "done":
            _LOG.warning(
                "%d rejected deliveries of shop %s were not counted: %s", data["delivery_count"], code, receipt
            )


def webhook_routes(gateway: Gateway) -> APIRouter:
    """The one route of the door, for every system."""
    router = APIRouter()
    shops, rejections = KnownShops(gateway), Rejections(gateway)

    @router.post(WEBHOOKS_PREFIX + "{system}/{code}", include_in_schema=False)
    async def deliver(system: str, code: str, request: Request) -> Response:
        headers = SYSTEMS.get(system)
        try:
            shop = await shops.find(system, code) if headers is not None else None
        except Refused:
            _LOG.exception("the secrets of shop %s cannot be read", code)
            return _answer("unavailable", 503)
        if headers is None or shop is None:
            return _answer("no such shop", 404)
        body = await request.body()
        signature = request.headers.get(headers.signature)
        if system == "woocommerce" and woocommerce.is_ping(body, signature):
            return _answer("ping", 200)
        if not _is_ours(request, headers, shop) or not headers.is_signed(body, signature, shop.secrets):
            rejections.note(code)
            return _answer("wrong signature", 401)
        if not body:
            return _answer("empty", 400)
        message = _message(request, headers, code, body)
        return await run_in_threadpool(_store, gateway, message)

    return router


def _is_ours(request: Request, headers: Headers, shop: ShopDoor) -> bool:
    """Whether a delivery that names its shop names this one; one secret may sign for several shops of an application."""
    named = request.headers.get(headers.origin)
    if shop.domain is None or named is None:
        return True
    return _host(named) == _host(shop.domain)


def _host(address: str) -> str:
    return address.strip().lower().partition("://")[2].split("/")[0] or address.strip().lower().split("/")[0]


def _message(request: Request, headers: Headers, code: str, body: bytes) -> ReceiveShopMessage:
    """The message to store; a delivery without a proper id is known by its content."""
    digest = hashlib.sha256(body).hexdigest()
    delivery = request.headers.get(headers.delivery) or ""
    topic = request.headers.get(headers.topic) or ""
    return ReceiveShopMessage(
        shop=code,
        delivery_id=delivery if _DELIVERY.fullmatch(delivery) else f"sha256:{digest}",
        topic=topic if _TOPIC.fullmatch(topic) else "",
        source="webhook",
        body=base64.b64encode(body).decode(),
    )


def _store(gateway: Gateway, message: ReceiveShopMessage) -> Response:
    """Store a message under a command id of its own content, so that a repeat finds the receipt of the first."""
    name = f"{message.shop}\n{message.delivery_id}\n{message.topic}\n{message.body}"
    command_id = f"shop-delivery-{hashlib.sha256(name.encode()).hexdigest()}"
    receipt = gateway.submit("receive_shop_message", message, command_id=command_id, principal=SYSTEM)
    if receipt.status == "done":
        return _answer("stored", 200)
    _LOG.warning("a delivery of shop %s was not stored: %s", message.shop, receipt)
    return _answer("not stored", 503)


def _answer(status: str, code: int) -> Response:
    return JSONResponse({"status": status}, status_code=code)
