"""Applies what carriers' systems pushed, and sends what we ask them, each outside of any transaction.

Messages are applied by commands named after them and their attempt, so a crash, a repeat or a second server applies nothing
twice. The outbox is bounded: so many requests a round, five seconds each, an answer of a megabyte at most, no redirect, and a host
that does not answer ends the round. A request that fails is sent again after 1, 4, 16, 64 and 256 minutes and then stays failed.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, Submission, new_command_id
from app.kernel.resident import Resident
from app.modules.fulfilment.door import Waiting, waiting_messages, waiting_requests
from pipelines.connectors.kuaidi100 import requests as kuaidi100

_BATCH: Final = 50
_REQUESTS_A_ROUND: Final = 20
_TIMEOUT_SECONDS: Final = 5.0
_LARGEST_ANSWER: Final = 1_000_000
_PAUSE_SECONDS: Final = 1.0
_WATCH_EVERY: Final = timedelta(hours=1)
_OK: Final = 200
_LOG: Final = logging.getLogger("tallyworks.carriers")

HOSTS: Final[Mapping[str, str]] = MappingProxyType({"kuaidi100": kuaidi100.HOST})
"""The only hosts that are ever asked."""


@dataclass(frozen=True)
class Sender:
    """How requests leave.

    Attributes:
        public_address: under which carriers reach us, e.g. `https://erp.example.com`; without it nobody is asked to push.
        hosts: address of each system.
    """

    gateway: Gateway
    public_address: str | None = None
    hosts: Mapping[str, str] = field(default_factory=lambda: HOSTS)

    def send_waiting(self) -> int:
        """Send what waits and return how many requests were answered; a host that does not answer ends the round."""
        answered = 0
        for waiting in waiting_requests(self.gateway, self.gateway.clock.now(), _REQUESTS_A_ROUND):
            try:
                done = self._sent(waiting)
            except (OSError, HTTPException) as error:
                self._record(waiting, answered=False, answer=f"{type(error).__name__}: {error}")
                return answered
            answered += done
        return answered

    def _sent(self, waiting: Waiting) -> bool:
        missing = self._missing(waiting)
        if missing is not None:
            self._record(waiting, answered=False, answer=missing, again=False)
            return False
        asked = kuaidi100.Asked(waiting.company, waiting.number, waiting.phone)
        if waiting.kind == "subscribe":
            callback = f"{(self.public_address or '').rstrip('/')}/webhooks/kuaidi100/{waiting.carrier}"
            form = kuaidi100.subscription(asked, key=waiting.key or "", callback=callback, salt=waiting.salt or "")
            status, answer = self._post(kuaidi100.SUBSCRIBE_PATH, form)
            good = status == _OK and kuaidi100.is_accepted(answer)
        else:
            form = kuaidi100.query(asked, key=waiting.key or "", customer=waiting.account or "")
            status, answer = self._post(kuaidi100.QUERY_PATH, form)
            good = status == _OK and b'"data"' in answer
            if good:
                store_message(self.gateway, waiting.carrier, "answer", answer)
        self._record(waiting, answered=good, answer=f"{status} {answer.decode('utf-8', 'replace')}"[:4000])
        return good

    def _missing(self, waiting: Waiting) -> str | None:
        """What is not set up and keeps a request from being sent."""
        needed = {"api_key": waiting.key, "tracking_number": waiting.number, "system_code": waiting.company}
        if waiting.kind == "subscribe":
            needed |= {"public_address": self.public_address, "secret": waiting.salt}
        else:
            needed |= {"account": waiting.account}
        lacking = [name for name, value in needed.items() if not value]
        return f"not set: {', '.join(lacking)}" if lacking else None

    def _post(self, path: str, form: bytes) -> tuple[int, bytes]:
        """Post a form to the one host of the system and return status and answer; a redirect is an answer like any other."""
        host = urlsplit(self.hosts["kuaidi100"])
        kind = HTTPSConnection if host.scheme == "https" else HTTPConnection
        connection = kind(str(host.hostname), host.port, timeout=_TIMEOUT_SECONDS)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Tallyworks"}
            connection.request("POST", path, form, headers)
            response = connection.getresponse()
            answer = response.read(_LARGEST_ANSWER + 1)
        finally:
            connection.close()
        if len(answer) > _LARGEST_ANSWER:
            raise HTTPException(f"an answer of more than {_LARGEST_ANSWER} bytes")
        return response.status, answer

    def _record(self, waiting: Waiting, *, answered: bool, answer: str, again: bool = True) -> None:
        data = {
            "request": waiting.request,
            "attempt": waiting.attempt,
            "answered": answered,
            "again": again,
            "answer": answer[:4000],
        }
        command_id = f"carrier-request-{waiting.request}-{waiting.attempt}-{new_command_id()}"
        self.gateway.submit("record_carrier_answer", data, command_id=command_id, principal=SYSTEM)


def store_message(gateway: Gateway, carrier: str, source: str, body: bytes) -> bool:
    """Store what a carrier's system said; the same again is stored once. Returns whether it is stored."""
    data = {"carrier": carrier, "source": source, "body": base64.b64encode(body).decode()}
    name = hashlib.sha256(f"{carrier}\n{source}\n".encode() + body).hexdigest()
    command_id = f"carrier-message-{name}"
    receipt = gateway.submit("receive_carrier_message", data, command_id=command_id, principal=SYSTEM)
    if receipt.status != "done":
        _LOG.warning("a message of carrier %s was not stored: %s", carrier, receipt)
    return receipt.status == "done"


def apply_waiting(gateway: Gateway) -> int:
    """Apply what was stored until nothing waits or what waits cannot be handled, and return how many messages were."""
    handled, before = 0, None
    while True:
        with gateway.store.reading() as connection:
            waiting = waiting_messages(connection, _BATCH)
        if not waiting or waiting == before:
            return handled
        before = waiting
        wanted = [
            Submission("apply_carrier_message", {"message": message}, f"carrier-message-{message}-{attempt}", SYSTEM)
            for message, attempt in waiting
        ]
        for (message, attempt), submission in zip(waiting, wanted, strict=True):
            refused = _refusal_of(gateway, submission)
            if refused is not None:
                _LOG.warning("message %d of a carrier was not applied: %s", message, refused)
                data = {"message": message, "detail": refused[:4000]}
                command_id = f"carrier-message-{message}-{attempt}-aside"
                gateway.submit("set_carrier_message_aside", data, command_id=command_id, principal=SYSTEM)
        handled += len(waiting)


def _refusal_of(gateway: Gateway, wanted: Submission) -> str | None:
    """Why a message was not applied; None where it was. Whatever breaks at one message stands in the way of no other."""
    try:
        receipt = gateway.submit(wanted.command, wanted.data, command_id=wanted.command_id, principal=wanted.principal)
    except Exception as error:
        # What a carrier says is anybody's text: a fault that nobody foresaw sets its message aside with its name.
        _LOG.exception("applying %s broke", wanted.command_id)
        return f"incident {type(error).__name__}: {error}"
    return None if receipt.status == "done" else f"{receipt.message_key} {receipt.values}"


def watch_all(gateway: Gateway) -> None:
    """Look at every parcel on its way, a part of them at a time; each part begins after the last parcel of the one before."""
    after: int | None = 0
    while after is not None:
        data = {"after": after}
        receipt = gateway.submit("watch_parcels", data, command_id=new_command_id(), principal=SYSTEM)
        if receipt.status != "done":
            _LOG.warning("parcels after %d were not looked at: %s", after, receipt)
            return
        after = receipt.data["go_on_after"]


class CarrierDesk(Resident):
    """Applies, sends and watches; messages and requests stay stored until they are dealt with."""

    def __init__(self, gateway: Gateway, sender: Sender, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(name="carriers", pause_seconds=pause_seconds)
        self._gateway = gateway
        self._sender = sender
        self._watched = gateway.clock.now() - _WATCH_EVERY

    def step(self) -> bool:
        """Apply what carriers told, send what waits, and every hour look at all parcels on their way."""
        apply_waiting(self._gateway)
        self._sender.send_waiting()
        if self._gateway.clock.now() - self._watched >= _WATCH_EVERY:
            self._watched = self._gateway.clock.now()
            watch_all(self._gateway)
        return False
