"""Who sent a WooCommerce delivery: HMAC-SHA256 over the raw body, in base64, by the secret with its HTML entities decoded.

WordPress decodes the five special characters and nothing else, in one pass. When a webhook is saved, the shop sends an unsigned
ping, a form body `webhook_id=N`, which must be answered with 200. Source: class-wc-webhook.php, wp_specialchars_decode(ENT_QUOTES).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

_PING: Final = re.compile(rb"webhook_id=\d{1,20}")
_ENTITY: Final = re.compile(
    r"&(?:(?P<name>quot|lt|gt|amp)|#0*(?P<number>34|38|39|60|62)|#[xX]0*(?P<hex>22|26|27|3[cCeE]));"
)
_NAMED: Final = {"quot": '"', "lt": "<", "gt": ">", "amp": "&"}


def decoded_secret(secret: str) -> str:
    """The secret as the shop signs with it.

    >>> decoded_secret("a&amp;b&#039;&lt;c&amp;amp;&copy;")
    "a&b'<c&amp;&copy;"
    """

    def character(match: re.Match[str]) -> str:
        if match["name"]:
            return _NAMED[match["name"]]
        return chr(int(match["number"]) if match["number"] else int(match["hex"], 16))

    return _ENTITY.sub(character, secret)


def body_signature(body: bytes, secret: str) -> str:
    """The signature that the header X-WC-Webhook-Signature carries for a body.

    >>> body_signature(b"{}", "a&amp;b") == body_signature(b"{}", "a&b")
    True
    """
    key = decoded_secret(secret).encode()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed a body, in the same time whatever differs."""
    given = (signature or "").strip().encode()
    matching = [hmac.compare_digest(body_signature(body, secret).encode(), given) for secret in secrets]
    return any(matching)


def is_ping(body: bytes, signature: str | None) -> bool:
    """Say whether a delivery is the unsigned ping of a webhook that was just saved.

    >>> is_ping(b"webhook_id=3", None), is_ping(b"webhook_id=3&x=1", None), is_ping(b"webhook_id=3", "c2ln")
    (True, False, False)
    """
    return not signature and _PING.fullmatch(body.strip()) is not None
