"""The one gate before every byte: Host, Origin, size, session and form token, for http and for sockets alike (R14).

Everything is closed unless a path is named open here. A request passes when its Host is ours, when an unsafe method or a
socket comes from one of our own pages, and when its cookie or bearer token names a living session. A socket is judged
again at every message it sends and at most a second after every message it receives, so that a revoked session loses
the tabs it left open; and a Streamlit session can be resumed only by the sign-in that began it, because its id is no
secret. What a principal may do is not decided here: the kernel decides it at every command and query (R13).
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import quote

from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.api import cookies, headers
from app.api.address import PublicAddress
from app.api.customers_page import LINK_PATH
from app.api.local import LOCAL_PATH
from app.api.webhooks import DELIVERY_PATH, WEBHOOKS_PREFIX
from app.kernel.i18n import negotiated, t

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# The local door proves its askers itself, by the token of the server's notice.
OPEN_PATHS: Final = frozenset({"/login", "/setup", "/language", "/api/health", "/favicon.ico", LOCAL_PATH})
OPEN_PREFIXES: Final = ("/assets/",)
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOADS: Final = "/_stcore/upload_file/"
FORM_PATHS: Final = frozenset({"/login", "/setup", "/language", "/sign-out"})
SESSION_ENDED: Final = 4401
_FRONT_END_FILES: Final = re.compile(r"/(static|media|component)(/|$)|.*/_stcore(/|$)")
_RECHECK_SECONDS: Final = 1.0
_BINDINGS_KEPT: Final = 10_000

_log = logging.getLogger(__name__)


class Sessions(Protocol):
    """What the gate asks of the kernel's sessions."""

    def principal_of(self, token: str) -> Any | None:
        """The principal of a living session or API token, else None."""
        ...


@dataclass
class Limits:
    """The largest request bodies that are read (R17), in bytes."""

    body_bytes: int = 2_000_000
    upload_bytes: int = 21_000_000

    def of(self, path: str) -> int:
        """The limit of one path."""
        return (
            self.upload_bytes
            if path.startswith((UPLOADS, LOCAL_PATH, "/api/imports", "/api/commands/attach_case_file"))
            else self.body_bytes
        )


class BodyTooLarge(HTTPException):
    """A body grew over its limit while it was read; whoever reads it answers 413, or the gate does."""

    def __init__(self) -> None:
        super().__init__(status_code=413)


class _Refusal(Exception):
    """The gate stays shut: status, text key and the values of the text."""

    def __init__(self, status: int, key: str, **values: str | int) -> None:
        super().__init__(status, key)
        self.status = status
        self.key = key
        self.values = values


@dataclass
class StreamBindings:
    """Which sign-in began which Streamlit session; resuming under another one starts afresh."""

    _owner: dict[str, str] = field(default_factory=dict)

    def bind(self, stream: str, token: str) -> None:
        """Remember the sign-in of a stream, forgetting the oldest when there are too many."""
        self._owner.pop(stream, None)
        self._owner[stream] = cookies.form_token(token)
        while len(self._owner) > _BINDINGS_KEPT:
            del self._owner[next(iter(self._owner))]

    def owns(self, stream: str, token: str) -> bool:
        """Whether a sign-in began a stream."""
        return cookies.is_form_token(self._owner.get(stream), token)


class Gate:
    """The ASGI application that stands outermost."""

    def __init__(
        self,
        inner: Application,
        sessions: Sessions,
        *,
        address: PublicAddress | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._inner = inner
        self._sessions = sessions
        self._address = address or PublicAddress()
        self._limits = limits or Limits()
        self._streams = StreamBindings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Asked.of(scope)
        protected = _protecting(send, request)
        try:
            await self._admit(scope, request)
        except _Refusal as refusal:
            await _answer(protected, request, refusal)
            return
        limit = self._limits.of(request.path)
        try:
            await self._inner(scope, _limited(receive, limit), protected)
        except BodyTooLarge:
            await _answer(protected, request, _Refusal(413, "door.too_large", limit=limit))

    async def _admit(self, scope: Scope, request: Asked) -> None:
        if not self._address.knows(request.host):
            raise _Refusal(421, "door.refused_host", host=(request.host or "-")[:100])
        limit = self._limits.of(request.path)
        if request.declared_bytes > limit:
            raise _Refusal(413, "door.too_large", limit=limit)
        if request.is_delivery or request.is_customers_page:
            return
        if request.method not in SAFE_METHODS:
            self._demand_own_page(request)
        if request.is_customers_form:
            return
        if request.path in OPEN_PATHS or request.path.startswith(OPEN_PREFIXES):
            return
        token = request.bearer if request.bearer is not None else request.cookie
        principal = await self._principal(token)
        if principal is None:
            raise _Refusal(401, "door.need_session")
        if request.needs_form_token and not cookies.is_form_token(request.header(b"x-form-token"), request.cookie):
            raise _Refusal(403, "door.form_stale")
        scope.setdefault("state", {}).update(principal=principal, token=token)

    def _demand_own_page(self, request: Asked) -> None:
        if request.bearer is not None and request.origin is None:
            return
        if not self._address.is_own(request.origin, scheme=request.scheme, host=request.host):
            raise _Refusal(403, "door.refused_origin", address=f"{request.scheme}://{request.host}")

    async def _principal(self, token: str | None) -> Any | None:
        if not token or len(token) > 500:
            return None
        return await run_in_threadpool(self._sessions.principal_of, token)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Asked.of(scope)
        token = request.cookie
        known = self._address.is_own(request.origin, scheme=request.scheme, host=request.host)
        if not known or token is None or await self._principal(token) is None:
            _log.info("Socket refused: own page %s, cookie %s", known, token is not None)
            await receive()
            await send({"type": "websocket.close", "code": SESSION_ENDED})
            return
        scope["headers"] = self._own_stream_only(scope["headers"], token)
        guarded = _GuardedSocket(receive, send, lambda: self._principal(token))
        await self._inner(scope, guarded.receive, lambda message: self._sent(guarded, message, token))

    def _own_stream_only(self, raw: list[tuple[bytes, bytes]], token: str) -> list[tuple[bytes, bytes]]:
        """Drop the id of a Streamlit session that another sign-in began from the handshake."""
        kept: list[tuple[bytes, bytes]] = []
        for name, value in raw:
            if name == b"sec-websocket-protocol":
                entries = [entry.strip() for entry in value.decode("latin-1").split(",")]
                if len(entries) > 2 and not self._streams.owns(entries[2], token):
                    entries = entries[:2]
                kept.append((name, ", ".join(entries).encode("latin-1")))
            else:
                kept.append((name, value))
        return kept

    async def _sent(self, guarded: _GuardedSocket, message: Message, token: str) -> None:
        if guarded.stream is None and message["type"] == "websocket.send":
            guarded.stream = _stream_named_in(message.get("bytes"))
            if guarded.stream is not None:
                self._streams.bind(guarded.stream, token)
        await guarded.send(message)


class _GuardedSocket:
    """A socket that is closed as soon as its session is over."""

    def __init__(self, receive: Receive, send: Send, principal: Callable[[], Awaitable[Any | None]]) -> None:
        self._receive = receive
        self._send = send
        self._principal = principal
        self._judged_at = time.monotonic()
        self._over = False
        self.stream: str | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive" and not await self._alive():
            return {"type": "websocket.disconnect", "code": SESSION_ENDED}
        return message

    async def send(self, message: Message) -> None:
        if self._over:
            return
        stale = time.monotonic() - self._judged_at > _RECHECK_SECONDS
        if message["type"] == "websocket.send" and stale and not await self._alive():
            return
        await self._send(message)

    async def _alive(self) -> bool:
        if self._over:
            return False
        self._judged_at = time.monotonic()
        if await self._principal() is not None:
            return True
        self._over = True
        await self._send({"type": "websocket.close", "code": SESSION_ENDED})
        return False


@dataclass(frozen=True)
class Asked:
    """What the gate reads of a request."""

    method: str
    path: str
    scheme: str
    host: str | None
    origin: str | None
    bearer: str | None
    cookie: str | None
    raw: tuple[tuple[bytes, bytes], ...]
    query: str

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        """Read a request from its ASGI scope."""
        raw = tuple(scope["headers"])
        secure = scope.get("scheme") in {"https", "wss"}
        authorization = _header(raw, b"authorization") or ""
        path = scope["path"]
        return cls(
            method=scope.get("method", "GET"),
            path=path,
            scheme="https" if secure else "http",
            host=_header(raw, b"host"),
            origin=_header(raw, b"origin"),
            bearer=authorization[7:].strip() if path.startswith("/api/") and authorization[:7] == "Bearer " else None,
            cookie=cookies.read_cookie(raw, cookies.cookie_name(cookies.SESSION, https=secure)),
            raw=raw,
            query=scope.get("query_string", b"").decode("latin-1"),
        )

    @property
    def https(self) -> bool:
        """Whether the visitor came over TLS."""
        return self.scheme == "https"

    @property
    def declared_bytes(self) -> int:
        """The body's size as the request declares it; what it really sends is counted as it is read."""
        declared = self.header(b"content-length") or "0"
        return int(declared) if declared.isdecimal() else 0

    @property
    def needs_form_token(self) -> bool:
        """Whether the request rides on a cookie and changes something; form pages and uploads prove it themselves."""
        unsafe = self.method not in SAFE_METHODS and self.bearer is None
        return unsafe and self.path not in FORM_PATHS and not self.path.startswith(UPLOADS)

    @property
    def is_delivery(self) -> bool:
        """Whether a shop or a carrier delivers: its signature says who it is, and no session is there to ride on."""
        return self.method == "POST" and DELIVERY_PATH.fullmatch(self.path) is not None

    @property
    def is_customers_page(self) -> bool:
        """Whether a customer looks at a page of his: his link says which, and it can only be read."""
        return self.method in {"GET", "HEAD"} and LINK_PATH.fullmatch(self.path) is not None

    @property
    def is_customers_form(self) -> bool:
        """Whether a customer sends the form of a page of his: his link says which, and the form stands on our own page."""
        return self.method == "POST" and self.bearer is None and LINK_PATH.fullmatch(self.path) is not None

    @property
    def is_page(self) -> bool:
        """Whether a browser asked for a page to show."""
        wanted = "text/html" in (self.header(b"accept") or "")
        return self.method == "GET" and wanted and not self.path.startswith("/api/") and not self.is_front_end_file

    @property
    def is_front_end_file(self) -> bool:
        """Whether the path is a file or an endpoint of the Streamlit front end."""
        return _FRONT_END_FILES.match(self.path) is not None

    @property
    def language(self) -> str:
        """The language to answer in before anyone is known."""
        chosen = cookies.read_cookie(self.raw, cookies.LANGUAGE)
        return negotiated(chosen, accept_language=self.header(b"accept-language"))

    def language_of(self, principal: Any) -> str:
        """The language of a known person: what this browser chose, else what his account says."""
        chosen = cookies.read_cookie(self.raw, cookies.LANGUAGE)
        return negotiated(chosen, principal.language, accept_language=self.header(b"accept-language"))

    def header(self, name: bytes) -> str | None:
        """One header's value; None where it is absent or was sent twice."""
        return _header(self.raw, name)


def _header(raw: tuple[tuple[bytes, bytes], ...], name: bytes) -> str | None:
    found = [value for key, value in raw if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else None


def _stream_named_in(payload: bytes | None) -> str | None:
    """The id that Streamlit gave a session, from the first message that names it."""
    if not payload:
        return None
    message = ForwardMsg()
    try:
        message.ParseFromString(payload)
    except DecodeError:  # It names no session: the socket goes on unbound and cannot be resumed.
        _log.warning("A frame of %d bytes to the front end could not be read", len(payload))
        return None
    return message.new_session.initialize.session_id or None if message.HasField("new_session") else None


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge
        return message

    return counted


def _protecting(send: Send, request: Asked) -> Send:
    """Add the protective headers to an answer; what a route set itself stays."""

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            added = headers.protective(_policy(request), https=request.https)
            if b"cache-control" not in names:
                added.append((b"cache-control", b"no-store"))
            message["headers"] = given + [pair for pair in added if pair[0] not in names]
        await send(message)

    return protected


def _policy(request: Asked) -> str:
    if request.path.startswith(("/api/", WEBHOOKS_PREFIX)):
        return headers.API
    if request.path in OPEN_PATHS or request.is_customers_page or request.is_customers_form:
        return headers.PAGE
    return headers.screen_policy(request.host or "localhost", https=request.https)


async def _answer(send: Send, request: Asked, refusal: _Refusal) -> None:
    if refusal.status == 401 and request.is_page:
        wanted = request.path + (f"?{request.query}" if request.query else "")
        onward = f"?next={quote(wanted, safe='/')}" if wanted != "/" else ""
        await _start(send, 303, [(b"location", f"/login{onward}".encode())])
        await send({"type": "http.response.body", "body": b""})
        return
    message = t(refusal.key, request.language, **refusal.values)
    body = json.dumps({"status": "refused", "message": message}, ensure_ascii=False).encode()
    await _start(send, refusal.status, [(b"content-type", b"application/json; charset=utf-8")], len(body))
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, given: list[tuple[bytes, bytes]], size: int = 0) -> None:
    length = (b"content-length", str(size).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*given, length]})
