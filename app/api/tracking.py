"""The door for pushes of carriers' systems: verify over the raw bytes, store durably, answer as the carrier expects (R9).

Nobody is signed in here; the signature says who pushes. A push is acknowledged only once it is stored; the same one again is
acknowledged alike and stored once. What it says is read later, by the desk of carriers.
"""

from __future__ import annotations

import logging
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from app.jobs.carriers import store_message
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.modules.fulfilment.door import CarrierDoor, carrier_door
from pipelines.connectors.easypost.signature import is_signed
from pipelines.connectors.kuaidi100 import requests as kuaidi100

_SYSTEMS: Final = {"kuaidi100": "kuaidi100", "tracking": "webhook"}
_LOG: Final = logging.getLogger("tallyworks.tracking")


def tracking_routes(gateway: Gateway) -> APIRouter:
    """The routes of the door, one a system."""
    router = APIRouter()

    @router.post("/webhooks/kuaidi100/{code}", include_in_schema=False)
    async def pushed(code: str, request: Request) -> Response:
        return await _taken("kuaidi100", code, request)

    @router.post("/webhooks/tracking/{code}", include_in_schema=False)
    async def tracked(code: str, request: Request) -> Response:
        return await _taken("tracking", code, request)

    async def _taken(path: str, code: str, request: Request) -> Response:
        try:
            carrier = await run_in_threadpool(carrier_door, gateway, code)
        except Refused:
            _LOG.exception("the secrets of carrier %s cannot be read", code)
            return _answer(path, 503, "unavailable")
        if carrier is None or carrier.system != _SYSTEMS[path]:
            return _answer(path, 404, "no such carrier")
        body = await request.body()
        if not _is_from(carrier, body, request):
            return _answer(path, 401, "wrong signature")
        stored = await run_in_threadpool(store_message, gateway, carrier.code, "push", body)
        return _answer(path, 200 if stored else 503, "stored" if stored else "not stored")

    return router


def _is_from(carrier: CarrierDoor, body: bytes, request: Request) -> bool:
    if carrier.system == "kuaidi100":
        return kuaidi100.is_push_of(body, carrier.secret)
    return bool(body) and is_signed(body, request.headers.get("x-hmac-signature"), carrier.secret)


def _answer(path: str, status: int, said: str) -> Response:
    """The answer in the words of the system: Kuaidi100 pushes again unless it reads `result` and 200."""
    if path != "kuaidi100":
        return JSONResponse({"status": said}, status_code=status)
    if status == 200:
        return Response(kuaidi100.ACCEPTED, media_type="application/json")
    return JSONResponse({"result": False, "returnCode": str(status), "message": said}, status_code=status)
