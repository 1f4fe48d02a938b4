"""A gateway that hands commands to the server of the same store, and reads the store itself.

A command keeps its id on both roads: if the server dies before it has answered, the same command goes into the store directly and
finds its receipt if it had landed.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, Submission
from app.kernel.served import Notice, find_notice, is_served, unpacked

_PATH: Final = "/api/local/commands"
_PATIENCE_SECONDS: Final = 600.0
_BATCH: Final = 500


class ServedGateway(Gateway):
    """The gateway of a store that a server has open."""

    def __init__(self, own: Gateway, notice: Notice) -> None:
        super().__init__(own.store, own.bus, own.clock, own.keys)
        self._notice = notice

    def submit_one(self, submission: Submission) -> Receipt:
        """Hand one command over and answer when the server has."""
        return next(iter(self._handed([submission], together=False)))

    def submit_many(self, submissions: Iterable[Submission], *, batch: int = _BATCH) -> Iterator[Receipt]:
        """Hand many commands over in order, some to a request, which share a transaction there."""
        pending = iter(submissions)
        while chunk := list(islice(pending, min(batch, _BATCH))):
            yield from self._handed(chunk, together=True)

    def _handed(self, submissions: list[Submission], *, together: bool) -> list[Receipt]:
        body = {"commands": [self._written(submission) for submission in submissions], "together": together}
        try:
            status, answer = _ask(self._notice, json.dumps(body, ensure_ascii=False).encode())
        except (OSError, HTTPException) as error:
            if is_served(self.store.folder):
                raise Refused("server_silent", address=self._notice.address) from error
            return [super(ServedGateway, self).submit_one(submission) for submission in submissions]
        if status == 200:
            return [Receipt(**unpacked(receipt)) for receipt in answer["receipts"]]
        refused = answer.get("refused")
        if refused is None:
            raise Refused("server_silent", address=self._notice.address)
        raise Refused(refused["key"], field=refused["field"], **unpacked(refused["values"]))

    def _written(self, submission: Submission) -> dict[str, Any]:
        data = submission.data
        clock = submission.clock or self.clock
        return {
            "id": submission.command_id,
            "command": submission.command,
            "data": data.model_dump(mode="json") if isinstance(data, BaseModel) else _plain(data),
            "as_login": _login(submission.principal),
            "on": clock.day.isoformat() if isinstance(clock, FixedClock) else None,
            "caused_by": submission.caused_by,
        }


def handed_over(own: Gateway) -> Gateway:
    """A gateway that hands over to the store's server if there is one, else the given one itself."""
    notice = find_notice(own.store.folder)
    return own if notice is None else ServedGateway(own, notice)


def _login(principal: Principal) -> str | None:
    return None if principal.user_id == SYSTEM.user_id else principal.login


def _plain(value: Any) -> Any:
    """Input as JSON carries it: decimals and days as text, which is how inputs are read."""
    return json.loads(json.dumps(value, default=str))


def _ask(notice: Notice, body: bytes) -> tuple[int, dict[str, Any]]:
    address = urlsplit(notice.address)
    assert address.hostname is not None, notice.address
    if notice.certificate is None:
        connection = HTTPConnection(address.hostname, address.port, timeout=_PATIENCE_SECONDS)
    else:
        connection = HTTPSConnection(
            address.hostname, address.port, timeout=_PATIENCE_SECONDS, context=_only(notice.certificate)
        )
    try:
        headers = {"content-type": "application/json", "authorization": f"Bearer {notice.token}"}
        connection.request("POST", _PATH, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _only(certificate: str) -> ssl.SSLContext:
    """Trust the server's own certificate and no other; its name need not be the loopback address."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
