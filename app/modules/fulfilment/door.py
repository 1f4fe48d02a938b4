"""What the doors and the sender must know of carriers: who may push, and what waits to be applied or asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.kernel.gateway import Gateway
from app.modules.fulfilment.carriers import API_KEY, SECRET, opened
from app.modules.fulfilment.following import PACKED
from schemas.operational import documents, master_data
from schemas.operational import fulfilment as tables
from schemas.operational.shops import shop_order


@dataclass(frozen=True)
class CarrierDoor:
    """A carrier whose system may push to us; its secret is never shown."""

    code: str
    system: str
    secret: str

    def __repr__(self) -> str:
        return f"CarrierDoor({self.code!r}, {self.system!r})"


@dataclass(frozen=True)
class Waiting:
    """A request that is to be sent; its secrets are never shown."""

    request: int
    attempt: int
    kind: str
    carrier: str
    company: str
    number: str
    phone: str | None
    account: str | None
    key: str | None
    salt: str | None

    def __repr__(self) -> str:
        return f"Waiting({self.request}, {self.kind!r}, {self.carrier!r}, {self.number!r})"


def carrier_door(gateway: Gateway, code: str) -> CarrierDoor | None:
    """Find an active carrier with a secret; None where there is none of that code.

    Raises:
        Refused: the secret cannot be read, for the key file is another's.
    """
    with gateway.store.reading() as connection:
        row = connection.execute(select(tables.carrier).where(tables.carrier.c.code == code)).mappings().first()
    if row is None or not row["active"]:
        return None
    secret = opened(gateway.keys, row, SECRET)
    return CarrierDoor(row["code"], row["system"], secret) if secret is not None else None


def waiting_messages(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Messages that were stored and not applied, in the order in which they came: id and attempt."""
    handling = tables.carrier_handling
    query = (
        select(handling.c.id, handling.c.attempt)
        .where(handling.c.state == "stored")
        .order_by(handling.c.id)
        .limit(limit)
    )
    return [(row.id, row.attempt) for row in connection.execute(query)]


def waiting_requests(gateway: Gateway, now: datetime, limit: int) -> list[Waiting]:
    """Requests whose time has come, the oldest first, with what signs them."""
    request, parcel, carrier = tables.carrier_request, tables.parcel, tables.carrier
    link, delivery, party = documents.document_link, tables.order_delivery, master_data.party
    phone = func.coalesce(delivery.c.phone, shop_order.c.buyer_phone, party.c.phone).label("phone")
    query: Any = (
        select(
            request.c.id.label("request"),
            request.c.attempt,
            request.c.kind,
            parcel.c.tracking_number,
            phone,
            *carrier.c,
        )
        .join(parcel, parcel.c.id == request.c.parcel_id)
        .join(carrier, carrier.c.id == parcel.c.carrier_id)
        .join(documents.document, documents.document.c.id == parcel.c.id)
        .outerjoin(link, (link.c.to_id == parcel.c.id) & (link.c.kind == PACKED))
        .outerjoin(delivery, delivery.c.id == link.c.from_id)
        .outerjoin(shop_order, shop_order.c.document_id == link.c.from_id)
        .outerjoin(party, party.c.id == documents.document.c.party_id)
        .where(request.c.state == "waiting", request.c.next_at <= now)
        .order_by(request.c.id)
        .limit(limit)
    )
    with gateway.store.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        Waiting(
            row["request"],
            row["attempt"],
            row["kind"],
            row["code"],
            row["system_code"] or "",
            row["tracking_number"] or "",
            row["phone"],
            row["account"],
            opened(gateway.keys, row, API_KEY),
            opened(gateway.keys, row, SECRET),
        )
        for row in rows
    ]
