"""Passwords: argon2id with three passes over 64 MiB, at most two at once, and the rule for choosing one."""

from __future__ import annotations

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.errors import Refused

SHORTEST: Final = 12
LONGEST: Final = 128
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_NOBODY: Final = _HASHER.hash("no user has this password")
_COMMON: Final = frozenset(
    {
        "password1234",
        "123456789012",
        "1234567890123",
        "qwertyuiop12",
        "administrator",
        "tallyworks123",
        "password12345",
        "111111111111",
        "000000000000",
        "qwerty123456",
    }
)


def hash_password(password: str, *, login: str) -> str:
    """Hash a password that the rule allows.

    Raises:
        Refused: it is too short, too long, too common, or contains the sign-in name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("password_length", field="password", shortest=SHORTEST, longest=LONGEST)
    lowered = password.lower()
    if lowered in _COMMON or login.lower() in lowered or len(set(password)) < 5:
        raise Refused("password_common", field="password")
    with _AT_ONCE:
        return _HASHER.hash(password)


def password_is_right(stored: str | None, password: str) -> bool:
    """Check a password; for a user who is not there the same work is done, so that time tells nothing."""
    with _AT_ONCE:
        try:
            right = _HASHER.verify(stored or _NOBODY, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None
