"""Signatures of WeCom and WeChat call-backs: lower-case hex SHA-1 over the parts, sorted by their bytes and joined.

A WeCom message signs token, timestamp, nonce and the sealed text; an official account in plain mode signs the first three and
wants its `echostr` back unchanged. Source: developer.work.weixin.qq.com/document/path/90968; worked cases SEC-01, 02, 06.
"""

from __future__ import annotations

import hashlib
import hmac


def signature_of(*parts: str) -> str:
    """The signature over parts, which are sorted here.

    >>> signature_of("345", "123")
    '9f537aeb751ec72605f57f94a2f6dc3e3958e1dd'
    """
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_signed(signature: str | None, token: str, timestamp: str, nonce: str, sealed: str = "") -> bool:
    """Say whether a call-back carries the signature of its parts; `sealed` is empty in plain mode."""
    parts = [token, timestamp, nonce] + ([sealed] if sealed else [])
    return hmac.compare_digest(signature_of(*parts).encode(), (signature or "").encode())
