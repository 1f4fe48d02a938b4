"""What the door that takes a shop's messages must know of the shop: its system, its domain and the secrets that count now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app.kernel.gateway import Gateway
from app.kernel.keys import Keys
from schemas.operational import shops as tables

ROTATION: Final = timedelta(days=1)
"""How long the secret before still counts; a shop may sign with it for up to an hour after the change."""

SECRET, PREVIOUS = "secret", "previous_secret"


@dataclass(frozen=True)
class ShopDoor:
    """A shop that takes messages.

    Attributes:
        secrets: those that count now, the present one first; never shown.
    """

    code: str
    system: str
    domain: str | None
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ShopDoor({self.code!r}, {self.system!r})"


def shop_door(gateway: Gateway, code: str) -> ShopDoor | None:
    """Find an active shop with a secret; None where there is none of that code.

    Raises:
        Refused: a secret cannot be read, for the key file is another's.
    """
    with gateway.store.reading() as connection:
        row = connection.execute(select(tables.shop).where(tables.shop.c.code == code)).mappings().first()
    if row is None or not row["active"] or row["secret_cipher"] is None:
        return None
    secrets = [opened(gateway.keys, row, SECRET)]
    if row["previous_secret_cipher"] is not None and row["previous_until"] > gateway.clock.now():
        secrets.append(opened(gateway.keys, row, PREVIOUS))
    return ShopDoor(row["code"], row["system"], row["domain"], tuple(secrets))


def sealed(keys: Keys, secret: str, row_id: int, column: str) -> str:
    """Seal a secret for its row and column."""
    return keys.encrypt(secret, table="shop", column=column, row_id=row_id)


def opened(keys: Keys, row: Any, column: str) -> str:
    """Open a sealed secret of a shop."""
    return keys.decrypt(row[f"{column}_cipher"], table="shop", column=column, row_id=row["id"])
