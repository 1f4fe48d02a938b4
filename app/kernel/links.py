"""Links that nobody guesses: the id of a row and its HMAC, by a key that is made of the store's chain key for one purpose.

A forged link is turned away before the store is asked, and a link of one purpose opens nothing of another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from app.kernel.keys import Keys

_ID_BYTES: Final = 8
_MAC_BYTES: Final = 24
TOKEN_LENGTH: Final = 43


def link_token(keys: Keys, purpose: bytes, link_id: int) -> str:
    """The token of a link.

    >>> keys = Keys(b"chain", {}, "1")
    >>> token = link_token(keys, b"order page", 7)
    >>> len(token) == TOKEN_LENGTH, link_named(keys, b"order page", token), link_named(keys, b"another", token)
    (True, 7, None)
    """
    return base64.urlsafe_b64encode(link_id.to_bytes(_ID_BYTES) + _mac(keys, purpose, link_id)).decode().rstrip("=")


def link_named(keys: Keys, purpose: bytes, token: str) -> int | None:
    """The id of the link that a token names; None where we did not sign it for this purpose."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    link_id = int.from_bytes(raw[:_ID_BYTES])
    known = link_id < 2**63 and hmac.compare_digest(raw[_ID_BYTES:], _mac(keys, purpose, link_id))
    return link_id if known else None


def _mac(keys: Keys, purpose: bytes, link_id: int) -> bytes:
    key = hmac.new(keys.chain, purpose, hashlib.sha256).digest()
    return hmac.new(key, link_id.to_bytes(_ID_BYTES), hashlib.sha256).digest()[:_MAC_BYTES]
