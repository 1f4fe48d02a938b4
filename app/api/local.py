"""The door for the command line of the same machine: takes its commands on behalf of the operator or of a user he names.

Whoever shows the token of the server's notice may read the files of the store's owner, so the gate lets him pass to this one path
without a session. Commands, refusals and receipts are those of every other door.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, Submission
from app.kernel.served import packed
from app.kernel.sessions import principal_of_login

LOCAL_PATH: Final = "/api/local/commands"


class LocalCommand(BaseModel):
    """One command of the line.

    Attributes:
        as_login: the user on whose behalf it is given; None is the operator himself.
        on: the business day where it is not today.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=100)
    command: str
    data: dict[str, Any]
    as_login: str | None = None
    on: date | None = None
    caused_by: str | None = None


class LocalCommands(BaseModel):
    """Commands in their order.

    Attributes:
        together: whether they may share a transaction, as an import does; else each is durable before the next begins.
    """

    model_config = ConfigDict(extra="forbid")

    commands: list[LocalCommand] = Field(max_length=1000)
    together: bool = False


def local_routes(gateway: Gateway, token: str) -> APIRouter:
    """The one route of the door."""
    router = APIRouter()

    @router.post(LOCAL_PATH, include_in_schema=False)
    async def submit(request: Request) -> Response:
        """Look at the token before anything of the body is read."""
        shown = request.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            return JSONResponse({"status": "refused"}, status_code=401)
        try:
            body = LocalCommands.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"status": "refused", "errors": error.error_count()}, status_code=400)
        try:
            receipts = await run_in_threadpool(lambda: list(_run(gateway, body)))
        except Refused as refusal:
            refused = {"key": refusal.key, "field": refusal.field, "values": packed(refusal.values)}
            return JSONResponse({"refused": refused}, status_code=422)
        return JSONResponse({"receipts": [packed(asdict(receipt)) for receipt in receipts]})

    return router


def _run(gateway: Gateway, body: LocalCommands) -> Iterator[Receipt]:
    people: dict[str | None, Principal] = {None: SYSTEM}
    for command in body.commands:
        if command.as_login not in people and command.as_login is not None:
            people[command.as_login] = principal_of_login(gateway, command.as_login)
    wanted = [
        Submission(c.command, c.data, c.id, people[c.as_login], c.caused_by, FixedClock(c.on) if c.on else None)
        for c in body.commands
    ]
    if body.together:
        yield from gateway.submit_many(wanted, batch=len(wanted) or 1)
        return
    for submission in wanted:
        yield gateway.submit_one(submission)
