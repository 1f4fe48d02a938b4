"""Which names and origins this server answers to.

Decides whether a Host header names this server and whether an Origin is one of its own pages. Browsers send both;
checking them stops DNS rebinding (a foreign name that resolves to this machine) and foreign pages that post or open
sockets with the visitor's cookie. Who the visitor is, `gate.py` asks the sessions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class PublicAddress:
    """The host names this server answers to, without ports.

    >>> PublicAddress().knows("localhost:8501"), PublicAddress().knows("evil.example:8501")
    (True, False)
    """

    hosts: frozenset[str] = field(default=LOOPBACK)

    @classmethod
    def named(cls, names: Iterable[str]) -> PublicAddress:
        """Loopback and the names the operator gave."""
        return cls(LOOPBACK | {name.strip().lower().rstrip(".") for name in names if name.strip()})

    def knows(self, host: str | None) -> bool:
        """Whether a Host header names this server."""
        name = host_name(host)
        return name is not None and name in self.hosts

    def is_own(self, origin: str | None, *, scheme: str, host: str | None) -> bool:
        """Whether an Origin is a page of this server, as this very request addressed it.

        >>> PublicAddress().is_own("http://localhost:8501", scheme="http", host="localhost:8501")
        True
        >>> PublicAddress().is_own("null", scheme="http", host="localhost:8501")
        False
        """
        if origin is None or host is None or not self.knows(host):
            return False
        return origin.lower() == f"{scheme}://{host.lower()}"


def host_name(host: str | None) -> str | None:
    """The name in a Host header without its port, or None where the header is not a plain host.

    >>> host_name("[::1]:8501"), host_name("user@localhost")
    ('::1', None)
    """
    if not host or any(mark in host for mark in "@/?#\\ \t"):
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname.lower().rstrip(".") if parts.hostname else None
