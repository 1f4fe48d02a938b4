"""Signatures of Kuaidi100: upper-case hex MD5 over the received text and what only both sides know.

A push signs its form field `param` with the salt of the subscription; a query signs `param`, key and customer number.
Source: the vendor's own examples (kuaidi100-api); worked case SEC-11.
"""

from __future__ import annotations

import hashlib
import hmac


def push_signature(param: str, salt: str) -> str:
    """The `sign` of a push; `param` is the form field as it was received, not parsed and written anew."""
    return _md5(param + salt)


def query_signature(param: str, key: str, customer: str) -> str:
    """The `sign` of a query."""
    return _md5(param + key + customer)


def is_signed_push(param: str, sign: str | None, salt: str) -> bool:
    """Say whether a push carries the signature of its text; its letters may be of either case."""
    return hmac.compare_digest(push_signature(param, salt).encode(), (sign or "").strip().upper().encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
