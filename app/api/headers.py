"""What every answer tells the browser it may do: content policy, framing, sniffing, transport.

Three policies, from closed to open: `API` answers load nothing; `PAGE` is the sign-in page, which has a style sheet and
a form and no script; `SCREEN` is the Streamlit front end, whose scripts are files of this server and whose styles are
written by it at run time. No policy names another host.
"""

from __future__ import annotations

from typing import Final

_COMMON: Final = "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

API: Final = f"default-src 'none'; form-action 'none'; {_COMMON}"
PAGE: Final = f"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; {_COMMON}"


def screen_policy(host: str, *, https: bool) -> str:
    """The policy of the application's screens; the socket is named because some browsers do not count it as 'self'."""
    socket = f"{'wss' if https else 'ws'}://{host}"
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self' data:; connect-src 'self' {socket}; worker-src 'self' blob:; media-src 'self' blob:; "
        f"frame-src 'none'; form-action 'self'; {_COMMON}"
    )


def protective(policy: str, *, https: bool) -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries, with one of the policies above."""
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if https:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
