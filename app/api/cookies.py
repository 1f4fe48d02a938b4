"""The two cookies of the door: the session, and the form key of a visitor who has none yet.

Decides their names and attributes. On https the names carry the `__Host-` prefix, which a browser accepts only with
Secure, without Domain and for the whole site, so that no neighbour can plant one; a plain name is for loopback http
alone. The session token itself is minted and judged by the kernel's sessions; a form's token is derived from the cookie
it travels with, so that nothing about forms is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

SESSION: Final = "tallyworks"
FORM: Final = "tallyworks-form"
LANGUAGE: Final = "tallyworks-language"


def cookie_name(base: str, *, https: bool) -> str:
    """The name a cookie has on this transport."""
    return f"__Host-{base}" if https else base


def read_cookie(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """The value of a cookie, or None where it is absent or was sent more than once (one of the two is planted)."""
    found = [
        value.strip().strip('"')
        for header, raw in headers
        if header == b"cookie"
        for key, separator, value in (part.partition("=") for part in raw.decode("latin-1").split(";"))
        if separator and key.strip() == name
    ]
    return found[0] if len(found) == 1 and found[0] else None


def set_cookie(name: str, value: str, *, https: bool, seconds: int | None = None, script: bool = False) -> str:
    """The Set-Cookie header; readable by scripts only where that is asked for."""
    parts = [f"{name}={value}", "Path=/", "SameSite=Lax"]
    if not script:
        parts.append("HttpOnly")
    if https:
        parts.append("Secure")
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    return "; ".join(parts)


def new_form_key() -> str:
    """A fresh key for the forms of a visitor without a session."""
    return secrets.token_urlsafe(32)


def form_token(cookie: str) -> str:
    """The token that a form or a script sends with a cookie: it proves that the page could read ours.

    >>> form_token("a") == form_token("a") != form_token("b")
    True
    """
    return hashlib.sha256(b"tallyworks form token\0" + cookie.encode()).hexdigest()


def is_form_token(token: str | None, cookie: str | None) -> bool:
    """Whether a token belongs to a cookie, compared in constant time."""
    return bool(token) and bool(cookie) and hmac.compare_digest(str(token), form_token(str(cookie)))
