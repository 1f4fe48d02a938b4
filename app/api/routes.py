"""Commands and queries over HTTP, the same as every other door: a name, a JSON body, a receipt or rows.

Decides how an answer is written down (status codes, languages) and nothing else; what a command needs and who may give
it is the bus's. The description under /api/openapi.json is made from the registered commands and queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.api.gate import Asked
from app.kernel.access import Principal
from app.kernel.bus import Bus, Receipt
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES, t
from app.printing.sheets import SHEETS, print_document

_STATUS: Final = {"done": 200, "refused": 422, "error": 500}
_REFUSED_STATUS: Final = {
    "refusal.not_permitted": 403,
    "refusal.command_id_reused": 409,
    "refusal.unknown_command": 404,
    "refusal.unknown_query": 404,
    "refusal.unknown_mart": 404,
    "refusal.not_found": 404,
}


_TEXT: Final = {"type": "string"}
_PRINTING: Final = {
    "tags": ["documents"],
    "operationId": "print_document",
    "summary": "A document as PDF, in the other side's language unless another is asked for",
    "description": "Permission: `documents.read`, and to read documents of that kind",
    "parameters": [
        {"name": "document", "in": "path", "required": True, "schema": {"type": "integer"}},
        {
            "name": "sheet",
            "in": "query",
            "schema": {**_TEXT, "enum": sorted({s.name for f in SHEETS.values() for s in f})},
        },
        {"name": "language", "in": "query", "schema": {**_TEXT, "enum": list(LANGUAGES)}},
    ],
    "responses": {"200": {"description": "The PDF", "content": {"application/pdf": {}}}},
}


class Gateway(Protocol):
    """What the routes ask of the kernel's gateway."""

    bus: Bus
    clock: Clock

    def submit(self, command: str, data: dict[str, Any], *, command_id: str, principal: Principal) -> Receipt:
        """Run a command."""
        ...

    def query(self, name: str, arguments: dict[str, Any], *, principal: Principal) -> list[dict[str, Any]]:
        """Answer a query."""
        ...


class CommandBody(BaseModel):
    """One command: the id its asker minted before the first send, and its input."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=8, max_length=100)
    data: dict[str, Any] = Field(default_factory=dict)


def api_routes(gateway: Gateway, *, public_address: str | None = None) -> APIRouter:
    """The routes under /api.

    Args:
        gateway: runs commands and queries.
        public_address: under which customers reach this server; printed where a sheet leads to it.
    """
    router = APIRouter(prefix="/api")

    @router.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/session", include_in_schema=False)
    async def session(request: Request) -> dict[str, str]:
        principal: Principal = request.state.principal
        return {"login": principal.login, "name": principal.name}

    @router.post("/commands/{name}", include_in_schema=False)
    async def submit(name: str, body: CommandBody, request: Request) -> Response:
        principal: Principal = request.state.principal
        receipt = await run_in_threadpool(gateway.submit, name, body.data, command_id=body.id, principal=principal)
        status = _REFUSED_STATUS.get(receipt.message_key, _STATUS[receipt.status])
        return JSONResponse(receipt_document(receipt, _language(request)), status_code=status)

    @router.get("/queries/{name}", include_in_schema=False)
    async def ask(name: str, request: Request) -> Response:
        return await _answer(name, dict(request.query_params), request)

    @router.get("/documents/{document}/print", include_in_schema=False)
    async def printed(
        document: int, request: Request, sheet: str | None = None, language: str | None = None
    ) -> Response:
        wanted = partial(
            print_document, gateway, document, principal=request.state.principal, public_address=public_address
        )
        try:
            file = await run_in_threadpool(wanted, sheet=sheet, language=language)
        except Refused as refusal:
            return refusal_answer(refusal, request)
        shown = {
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(file.file_name)}",
            "Cache-Control": "no-store",
        }
        return Response(file.content, media_type="application/pdf", headers=shown)

    @router.post("/queries/{name}", include_in_schema=False)
    async def ask_with_body(name: str, arguments: dict[str, Any], request: Request) -> Response:
        return await _answer(name, arguments, request)

    async def _answer(name: str, arguments: dict[str, Any], request: Request) -> Response:
        try:
            rows = await run_in_threadpool(gateway.query, name, arguments, principal=request.state.principal)
        except Refused as refusal:
            return refusal_answer(refusal, request)
        return JSONResponse({"rows": [{name: plain(value) for name, value in row.items()} for row in rows]})

    return router


def refusal_answer(refusal: Refused, request: Request) -> Response:
    """A refusal as programs read it, in the language that the asker wants."""
    key = f"refusal.{refusal.key}"
    said = t(key, _language(request), **refusal.values)
    body = {"status": "refused", "field": refusal.field, "message": said}
    return JSONResponse(body, status_code=_REFUSED_STATUS.get(key, 422))


def receipt_document(receipt: Receipt, lang: str) -> dict[str, Any]:
    """A receipt as programs read it."""
    shown = asdict(receipt)
    values = shown.pop("values")
    key = shown.pop("message_key")
    return {
        "id": shown.pop("command_id"),
        **{k: plain(v) for k, v in shown.items()},
        "message": t(key, lang, **values),
    }


def plain(value: Any) -> Any:
    """A value as JSON carries it without loss: decimals and dates as text."""
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return str(value)


def _language(request: Request) -> str:
    return Asked.of(request.scope).language_of(request.state.principal)


def describe(app: FastAPI, bus: Bus, more: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Give the application an OpenAPI document with one path for each command and query, and more that is no command."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, bus)
            app.openapi_schema["paths"].update(more)
        return app.openapi_schema

    app.openapi = document


def _described(app: FastAPI, bus: Bus) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, routes=[])
    parts: dict[str, Any] = {}
    for kind, specs in (("commands", bus.commands), ("queries", bus.queries)):
        for name, spec in sorted(specs.items()):
            model = spec.model.model_json_schema(ref_template="#/components/schemas/{model}")
            parts.update(model.pop("$defs", {}))
            parts[f"{kind}.{name}"] = model
            given: dict[str, Any] = {"$ref": f"#/components/schemas/{kind}.{name}"}
            if kind == "commands":
                identity = {"type": "string", "minLength": 8, "maxLength": 100}
                given = {"type": "object", "required": ["id"], "properties": {"id": identity, "data": given}}
            schema["paths"][f"/api/{kind}/{name}"] = {
                "post": {
                    "tags": [spec.area],
                    "operationId": f"{kind}_{name}",
                    "summary": (spec.model.__doc__ or name).strip().splitlines()[0],
                    "description": f"Permission: `{spec.permission}`",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": given}}},
                    "responses": {"200": {"description": "A receipt" if kind == "commands" else "Rows"}},
                }
            }
    schema["paths"]["/api/documents/{document}/print"] = {"get": _PRINTING}
    schema["components"] = {"schemas": parts, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    schema["security"] = [{"bearer": []}]
    return schema
