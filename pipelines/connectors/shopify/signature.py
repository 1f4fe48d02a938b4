"""Who sent a Shopify delivery: HMAC-SHA256 over the raw body, in base64; over a sorted query, in hex.

After a secret was rotated Shopify may sign with the one before for up to an hour, so a caller tries both.
Source: shopify.dev/docs/apps/build/webhooks; worked case SEC-07.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping


def body_signature(body: bytes, secret: str) -> str:
    """The signature that the header X-Shopify-Hmac-SHA256 carries for a body.

    >>> body_signature(b"{}", "hush")
    'UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg='
    """
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed a body; every comparison takes the same time, whatever differs."""
    given = (signature or "").strip().encode()
    matching = [hmac.compare_digest(body_signature(body, secret).encode(), given) for secret in secrets]
    return any(matching)


def query_signature(parameters: Mapping[str, str], secret: str) -> str:
    """The `hmac` of an OAuth call-back: over the other parameters, sorted by name, as `k=v` joined by `&`."""
    pairs = sorted((name, value) for name, value in parameters.items() if name not in {"hmac", "signature"})
    text = "&".join(f"{name}={value}" for name, value in pairs)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_signed_query(parameters: Mapping[str, str], secret: str) -> bool:
    """Say whether a secret signed the parameters of a call-back."""
    given = parameters.get("hmac", "").encode()
    return hmac.compare_digest(query_signature(parameters, secret).encode(), given)
