"""Files that a program hands over: the orders that a shop or marketplace exported, one export a request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api.routes import refusal_answer
from app.jobs.import_shop_orders import OrderFile, import_shop_orders
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway

IMPORTING: dict[str, Any] = {
    "tags": ["shops"],
    "operationId": "import_shop_orders",
    "summary": "Take the orders of a shop from the files of one export; the same files again book nothing",
    "description": "Permission: `shops.message.receive`",
    "parameters": [{"name": "shop", "in": "path", "required": True, "schema": {"type": "string"}}],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        },
    },
    "responses": {"200": {"description": "How many orders were read, stored and booked, and what waits for a person"}},
}


def import_routes(gateway: Gateway) -> APIRouter:
    """The routes under /api/imports."""
    router = APIRouter(prefix="/api/imports")

    @router.post("/shop-orders/{shop}", include_in_schema=False)
    async def shop_orders(shop: str, files: Annotated[list[UploadFile], File()], request: Request) -> Response:
        principal: Principal = request.state.principal
        read = [OrderFile(file.filename or "-", await file.read()) for file in files]
        try:
            account = await run_in_threadpool(import_shop_orders, gateway, shop, read, principal=principal)
        except Refused as refusal:
            return refusal_answer(refusal, request)
        return JSONResponse(account.to_dict())

    return router
