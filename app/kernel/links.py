"""Links that nobody guesses, by which customers open pages of their own: the id of a row and its HMAC, for one page each.

The key is made of the store's chain key for the page. A forged link is turned away before the store is asked, and a link to one
page opens no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, select

from app.kernel.bus import Context
from app.kernel.gateway import Gateway
from app.kernel.keys import Keys
from schemas.operational.links import customer_link

_ID_BYTES: Final = 8
_MAC_BYTES: Final = 24
TOKEN_LENGTH: Final = 43


@dataclass(frozen=True)
class LinkedPage:
    """A page that customers open by a link.

    Attributes:
        name: of the page; a link to one opens no other.
        address: what the address of a link begins with; its token follows.
        subject: the column of `customer_link` that names what is shown.
    """

    name: str
    address: str
    subject: Literal["document_id", "party_id"]

    def path(self, token: str) -> str:
        """The address of a link."""
        return f"{self.address}{token}"

    def shared(self, ctx: Context, subject_id: int, *, valid_days: int) -> str:
        """Make a link and return its address; links that were made before stay good until they expire."""
        link_id = ctx.uow.next_id()
        token = link_token(ctx.keys, self.name, link_id)
        ctx.uow.insert(
            customer_link,
            id=link_id,
            page=self.name,
            token=token,
            expires_at=ctx.now + timedelta(days=valid_days),
            version=1,
            **{self.subject: subject_id},
        )
        return self.path(token)

    def revoked(self, ctx: Context, subject_id: int) -> bool:
        """Take back every link of a subject to this page; returns whether there was one."""
        rows = ctx.uow.where(customer_link, self.subject, subject_id, lock=True)
        living = [row for row in rows if row.page == self.name and row.revoked_at is None]
        for row in living:
            ctx.uow.update(customer_link, row, revoked_at=ctx.now)
        return bool(living)

    def living(self, connection: Connection, subject_id: int) -> list[dict[str, Any]]:
        """The links of a subject to this page that were not taken back, the latest first: id, path, expires_at."""
        link = customer_link.c
        query = select(link.id, link.token, link.expires_at).where(
            link[self.subject] == subject_id, link.page == self.name, link.revoked_at.is_(None)
        )
        rows = connection.execute(query.order_by(link.id.desc()))
        return [{"id": row.id, "path": self.path(row.token), "expires_at": row.expires_at} for row in rows]

    def opened(self, gateway: Gateway, connection: Connection, token: str) -> Any:
        """The link that a token names; None where it is none of this page, expired or taken back."""
        link_id = link_named(gateway.keys, self.name, token)
        if link_id is None:
            return None
        link = connection.execute(select(*customer_link.c).where(customer_link.c.id == link_id)).first()
        if link is None or link.revoked_at is not None or link.expires_at <= gateway.clock.now():
            return None
        return link


def link_token(keys: Keys, page: str, link_id: int) -> str:
    """The token of a link.

    >>> keys = Keys(b"chain", {}, "1")
    >>> token = link_token(keys, "order_page", 7)
    >>> len(token) == TOKEN_LENGTH, link_named(keys, "order_page", token), link_named(keys, "another", token)
    (True, 7, None)
    """
    return base64.urlsafe_b64encode(link_id.to_bytes(_ID_BYTES) + _mac(keys, page, link_id)).decode().rstrip("=")


def link_named(keys: Keys, page: str, token: str) -> int | None:
    """The id of the link that a token names; None where we did not sign it for this page."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    link_id = int.from_bytes(raw[:_ID_BYTES])
    known = link_id < 2**63 and hmac.compare_digest(raw[_ID_BYTES:], _mac(keys, page, link_id))
    return link_id if known else None


def _mac(keys: Keys, page: str, link_id: int) -> bytes:
    key = hmac.new(keys.chain, page.encode("ascii"), hashlib.sha256).digest()
    return hmac.new(key, link_id.to_bytes(_ID_BYTES), hashlib.sha256).digest()[:_MAC_BYTES]
