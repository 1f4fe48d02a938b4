"""The marts over HTTP: a named question, its parameters in the address, rows with as of when they hold.

Which question may be asked by whom, and which columns he sees, is decided where the screens ask too (`app/jobs/boards.py`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api.routes import plain, refusal_answer
from app.jobs.boards import Boards
from app.kernel.access import Principal
from app.kernel.errors import Refused
from pipelines.serving.catalog import Parameter, named_queries

_SCHEMAS: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "day": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "whole": {"type": "integer"},
    "truth": {"type": "boolean"},
}


def mart_routes(boards: Boards) -> APIRouter:
    """The route under /api/marts."""
    router = APIRouter(prefix="/api/marts")

    @router.get("/{name}", include_in_schema=False)
    async def ask(name: str, request: Request) -> Response:
        principal: Principal = request.state.principal
        try:
            return await run_in_threadpool(answered, name, principal, dict(request.query_params))
        except Refused as refusal:
            return refusal_answer(refusal, request)

    def answered(name: str, principal: Principal, given: dict[str, str]) -> Response:
        answer = boards.ask_in_text(name, principal, given)
        rows = [{column: plain(value) for column, value in row.items()} for row in answer.dicts()]
        return JSONResponse({"as_of": answer.published_at.isoformat(), "position": answer.position, "rows": rows})

    return router


def described_marts() -> dict[str, Any]:
    """A path of the API's description for each question."""
    return {
        f"/api/marts/{name}": {
            "get": {
                "tags": ["marts"],
                "operationId": f"marts_{name}",
                "summary": query.about,
                "description": f"Permission: `{query.permission}`",
                "parameters": [_described(parameter) for parameter in query.parameters],
                "responses": {"200": {"description": "Rows, and as of when they hold"}},
            }
        }
        for name, query in sorted(named_queries().items())
    }


def _described(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_SCHEMAS[parameter.kind])
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.about,
        "schema": schema,
    }
