"""Takes orders of a web shop from files: each becomes the message that a webhook would have brought, and is booked like one.

A file is JSON (an order, a list, a list under `orders`, or an order a line), the CSV file that Shopify exports, or what Taobao, JD
and Pinduoduo export as CSV or Excel, where the files of one export belong together. A message is known by its content, so the same
file again stores and books nothing, and a later file brings what has changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from app.jobs.shops import book_waiting
from app.kernel.access import SYSTEM, Principal
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, Submission
from pipelines.connectors.marketplace.export import orders_of_files
from pipelines.connectors.marketplace.layouts import MARKETPLACES, layout
from pipelines.connectors.marketplace.translate import IMPORTED as MARKETPLACE_TOPIC
from pipelines.connectors.reading_json import read_value
from pipelines.connectors.shopify.export_csv import orders_of_export
from pipelines.connectors.shopify.translate import IMPORTED as SHOPIFY_TOPIC
from pipelines.connectors.woocommerce.translate import IMPORTED as WOOCOMMERCE_TOPIC
from schemas.commands.shops import LARGEST_MESSAGE
from schemas.exchange.shop_order import NotTranslatable
from schemas.vocabulary.shops import ShopSystem

LARGEST_FILE: Final = 200_000_000
_TOPICS: Final = {
    ShopSystem.SHOPIFY.value: SHOPIFY_TOPIC,
    ShopSystem.WOOCOMMERCE.value: WOOCOMMERCE_TOPIC,
    **dict.fromkeys(MARKETPLACES, MARKETPLACE_TOPIC),
}
_SHOWN: Final = 1000


@dataclass(frozen=True)
class OrderFile:
    """A file as it came, with the name that a person gave it."""

    name: str
    content: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of the machine.

        Raises:
            Refused: it is larger than a file of orders may be.
        """
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Refused("shop_export", file=path.name, reason=f"{size} > {LARGEST_FILE}")
        return cls(path.name, path.read_bytes())


@dataclass
class ShopImport:
    """What became of a file.

    Attributes:
        read: orders in the file.
        stored: messages that were new.
        states: how many of the file's messages stand in each state now.
        refused: orders that could not even be stored, with the reason.
        waiting: messages that wait for a person, with their reason; at most a thousand.
    """

    read: int = 0
    stored: int = 0
    states: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every order went in."""
        return not (self.refused or self.states["quarantined"] or self.states["stored"])

    def to_dict(self) -> dict[str, Any]:
        """The account as plain data."""
        return {**vars(self), "states": dict(self.states), "clean": self.clean}


def import_shop_orders(
    gateway: Gateway, shop: str, files: Sequence[OrderFile], *, principal: Principal = SYSTEM
) -> ShopImport:
    """Store the orders of files as messages of a shop and book them.

    Raises:
        Refused: there is no such shop, or a file is no file of its orders.
    """
    found = [row for row in gateway.query("shops", {"search": shop}, principal=principal) if row["code"] == shop]
    if not found:
        raise Refused("shop_unknown", field="shop", code=shop)
    system = found[0]["system"]
    bodies = list(_bodies(system, files))
    account, topic = ShopImport(read=len(bodies)), _TOPICS[system]
    large = [number for number, body in enumerate(bodies, start=1) if len(body) > LARGEST_MESSAGE]
    account.refused += [f"order {number}: more than {LARGEST_MESSAGE} bytes" for number in large]
    found_once = dict.fromkeys(body for body in bodies if len(body) <= LARGEST_MESSAGE)
    wanted = [_submission(shop, topic, body, principal) for body in found_once]
    account.stored = sum(gateway.landed(one.command_id, principal) is None for one in wanted)
    messages: list[int] = []
    for receipt in gateway.submit_many(wanted, batch=200):
        if receipt.status != "done":
            account.refused.append(f"{receipt.message_key} {receipt.values}")
            account.stored -= 1
            continue
        messages.append(receipt.data["message"])
    book_waiting(gateway)
    for message in dict.fromkeys(messages):
        (row,) = gateway.query("shop_message_by_id", {"message": message}, principal=principal)
        account.states[row["state"]] += 1
        if row["state"] == "quarantined" and len(account.waiting) < _SHOWN:
            account.waiting.append({name: row[name] for name in ("id", "order_number", "reason", "detail")})
    return account


def _submission(shop: str, topic: str, body: bytes, principal: Principal) -> Submission:
    digest = hashlib.sha256(body).hexdigest()
    data = {
        "shop": shop,
        "delivery_id": f"file:{digest}",
        "topic": topic,
        "source": "file",
        "body": base64.b64encode(body).decode(),
    }
    return Submission("receive_shop_message", data, f"shop-file-{shop[:20]}-{digest}", principal)


def _bodies(system: str, files: Sequence[OrderFile]) -> Iterator[bytes]:
    """The bodies of the orders in files; a file that is none of the shop's stops all of them.

    Raises:
        Refused: a file is no file of orders.
    """
    names = ", ".join(file.name for file in files)
    try:
        if system in MARKETPLACES:
            yield from orders_of_files(layout(system), (file.content for file in files))
            return
        for file in files:
            names = file.name
            yield from _orders_of(file)
    except NotTranslatable as error:
        raise Refused("shop_export", file=names, reason=f"{error.reason} {error.detail}".strip()) from error


def _orders_of(file: OrderFile) -> Iterable[bytes]:
    content = file.content
    if file.name.lower().endswith(".csv"):
        yield from orders_of_export(content)
        return
    try:
        read = read_value(content)
    except NotTranslatable:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        read = [read_value(line) for line in lines]
    if isinstance(read, dict):
        read = read.get("orders", [read.get("order", read)])
    if not isinstance(read, list) or not all(isinstance(order, dict) for order in read):
        raise NotTranslatable("not_json", "a list of orders is wanted")
    for order in read:
        yield json.dumps(order, ensure_ascii=False, default=_exact).encode()


def _exact(value: Any) -> Any:
    """A number of the file as the text of its digits, which says the same."""
    assert isinstance(value, Decimal), value
    return format(value, "f")
