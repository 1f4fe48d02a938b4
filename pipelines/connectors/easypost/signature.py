"""Who sent an EasyPost event: HMAC-SHA256 over the raw body, in hex behind a prefix, by the secret in form NFKD.

Source: the vendor's client libraries (validate_webhook).
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

_PREFIX: Final = "hmac-sha256-hex="


def body_signature(body: bytes, secret: str) -> str:
    """The signature that the header X-Hmac-Signature carries for a body."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return _PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    """Say whether a secret signed a body, in the same time whatever differs."""
    return hmac.compare_digest(body_signature(body, secret).encode(), (signature or "").strip().encode())
