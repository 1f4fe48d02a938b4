"""Says where a store is being served, so that the command line hands its commands to that server: clerks share one writer.

A server leaves a notice in the store's folder: its address and a token that only the owner can read. Beside it the server holds
a lock for as long as it lives; a notice without that lock is left over from a server that died and counts for nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

_NOTICE: Final = "server.json"
_LOCK: Final = "server.lock"
_LOOKS: Final = 20
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Notice:
    """Where a store is served.

    Attributes:
        address: scheme, host and port.
        token: what proves that the asker may read the owner's files.
        certificate: the certificate the server shows, where it speaks TLS.
    """

    address: str
    token: str
    certificate: str | None = None


def new_token() -> str:
    """Mint the token of a server's life."""
    return secrets.token_urlsafe(32)


@contextmanager
def serving(folder: Path) -> Iterator[bool]:
    """Hold the lock of the store's server; says whether this process got it, for only one server may be handed commands."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    first = _locked_soon(descriptor)
    try:
        yield first
    finally:
        if first:
            (folder / _NOTICE).unlink(missing_ok=True)
        os.close(descriptor)


def announce(folder: Path, notice: Notice) -> None:
    """Write the notice whole, readable by its owner alone."""
    aside = folder / f"{_NOTICE}.{os.getpid()}"
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(notice), out)
    aside.replace(folder / _NOTICE)


def is_served(folder: Path) -> bool:
    """Whether a living server holds the store's lock."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def find_notice(folder: Path) -> Notice | None:
    """The notice of a living server; one that others may read or that is another person's is not trusted."""
    if not is_served(folder):
        return None
    try:
        descriptor = os.open(folder / _NOTICE, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None  # The server is just starting, or it is another user's.
    with os.fdopen(descriptor, encoding="utf-8") as file:
        stat = os.fstat(file.fileno())
        if stat.st_mode & 0o077 or stat.st_uid not in {os.getuid(), folder.stat().st_uid}:
            return None
        return Notice(**json.load(file))


def _locked_soon(descriptor: int) -> bool:
    """Take the server's lock; whoever only looks whether there is a server holds it for a moment."""
    pausing = threading.Event()
    for _ in range(_LOOKS):
        if _locked(descriptor, fcntl.LOCK_EX):
            return True
        pausing.wait(_PAUSE_SECONDS)
    return _locked(descriptor, fcntl.LOCK_EX)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def packed(value: Any) -> Any:
    """A value as JSON carries it, decimals and days marked, so that a receipt reads the same on the other side.

    >>> unpacked(packed({"amount": Decimal("1.50"), "on": date(2026, 6, 15)}))
    {'amount': Decimal('1.50'), 'on': datetime.date(2026, 6, 15)}
    """
    if isinstance(value, dict):
        return {str(name): packed(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [packed(entry) for entry in value]
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if type(value) is date:
        return {"$day": value.isoformat()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def unpacked(value: Any) -> Any:
    """What `packed` wrote."""
    if isinstance(value, list):
        return [unpacked(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$decimal"}:
        return Decimal(value["$decimal"])
    if set(value) == {"$day"}:
        return date.fromisoformat(value["$day"])
    return {name: unpacked(entry) for name, entry in value.items()}
