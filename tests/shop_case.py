"""Orders as two web shops would send them, and short words to deliver and book them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from app.jobs.shops import book_waiting
from tests.company import Company
from tests.makers import stocked

SECRET: Final = "hush"
CENT: Final = Decimal("0.01")
Line = tuple[str, int, str]


def shopify_order(
    external_id: int,
    lines: Sequence[Line] = (("PART", 2, "10.00"),),
    *,
    updated: str = "2026-06-15T10:00:00+08:00",
    rate: str = "0.13",
    shipping: str = "5.00",
    **fields: Any,
) -> dict[str, Any]:
    """An order of a Shopify shop whose prices are without tax; each line is SKU, pieces and price."""
    items, net, tax = [], Decimal(0), Decimal(0)
    for number, (sku, pieces, price) in enumerate(lines, start=1):
        amount = pieces * Decimal(price)
        own = (amount * Decimal(rate)).quantize(CENT, ROUND_HALF_UP)
        net, tax = net + amount, tax + own
        items.append(
            {
                "id": external_id * 100 + number,
                "variant_id": external_id * 1000 + number,
                "product_id": 632910392,
                "sku": sku,
                "title": f"Title of {sku}",
                "quantity": pieces,
                "price": price,
                "total_discount": "0.00",
                "tax_lines": [{"title": "VAT", "rate": float(rate), "price": f"{own}"}],
            }
        )
    order: dict[str, Any] = {
        "id": external_id,
        "name": f"#{external_id}",
        "email": "lin@example.com",
        "created_at": "2026-06-15T09:00:00+08:00",
        "processed_at": "2026-06-15T09:00:00+08:00",
        "updated_at": updated,
        "cancelled_at": None,
        "currency": "CNY",
        "financial_status": "paid",
        "fulfillment_status": None,
        "taxes_included": False,
        "test": False,
        "subtotal_price": f"{net}",
        "total_tax": f"{tax}",
        "total_discounts": "0.00",
        "total_price": f"{net + tax + Decimal(shipping)}",
        "line_items": items,
        "shipping_lines": [{"title": "Post", "price": shipping, "tax_lines": []}],
        "shipping_address": {"name": "Lin Wei", "address1": "9 Tea Lane", "city": "Suzhou", "country_code": "CN"},
        "refunds": [],
    }
    return {**order, **fields}


def woo_order(
    external_id: int,
    lines: Sequence[Line] = (("PART", 2, "10.00"),),
    *,
    status: str = "processing",
    updated: str = "2026-06-15T02:00:00",
    rate: str = "0.13",
    shipping: str = "5.00",
    **fields: Any,
) -> dict[str, Any]:
    """An order of a WooCommerce shop; each line is SKU, pieces and price without tax."""
    items, net, tax = [], Decimal(0), Decimal(0)
    for number, (sku, pieces, price) in enumerate(lines, start=1):
        amount = pieces * Decimal(price)
        own = (amount * Decimal(rate)).quantize(CENT, ROUND_HALF_UP)
        net, tax = net + amount, tax + own
        items.append(
            {
                "id": external_id * 100 + number,
                "product_id": 93,
                "variation_id": 0,
                "sku": sku,
                "name": f"Title of {sku}",
                "quantity": pieces,
                "price": float(price),
                "subtotal": f"{amount}",
                "subtotal_tax": f"{own}",
                "total": f"{amount}",
                "total_tax": f"{own}",
            }
        )
    order: dict[str, Any] = {
        "id": external_id,
        "number": str(external_id),
        "status": status,
        "currency": "CNY",
        "prices_include_tax": False,
        "date_created_gmt": "2026-06-15T01:00:00",
        "date_modified_gmt": updated,
        "discount_total": "0.00",
        "shipping_total": shipping,
        "shipping_tax": "0.00",
        "total_tax": f"{tax}",
        "total": f"{net + tax + Decimal(shipping)}",
        "billing": {"first_name": "Wei", "last_name": "Lin", "email": "lin@example.com", "phone": "555"},
        "shipping": {"first_name": "Wei", "last_name": "Lin", "address_1": "9 Tea Lane", "city": "Suzhou"},
        "customer_note": "ring twice",
        "line_items": items,
        "shipping_lines": [{"id": 1, "method_title": "Post", "total": shipping, "total_tax": "0.00"}],
        "fee_lines": [],
        "refunds": [],
    }
    return {**order, **fields}


def open_shop(works: Company, code: str = "TEA", system: str = "shopify", **given: Any) -> None:
    """Connect a shop."""
    works.do(
        "put_shop",
        **{"code": code, "name": f"Shop {code}", "system": system, "customer": "CUS", "secret": SECRET, **given},
    )


def body_of(said: Any) -> bytes:
    """What a shop would send."""
    return said if isinstance(said, bytes) else json.dumps(said).encode()


def deliver(
    works: Company, said: Any, topic: str = "orders/updated", *, shop: str = "TEA", delivery: str | None = None
) -> int:
    """Store a message of a shop and return its id."""
    body = body_of(said)
    receipt = works.do(
        "receive_shop_message",
        shop=shop,
        delivery_id=delivery or hashlib.sha256(topic.encode() + body).hexdigest(),
        topic=topic,
        source="webhook",
        body=base64.b64encode(body).decode(),
    )
    return int(receipt.data["message"])


def told(works: Company, said: Any, topic: str = "orders/updated", **given: Any) -> dict[str, Any]:
    """Deliver a message, book what waits, and return the message as it then stands."""
    message = deliver(works, said, topic, **given)
    book_waiting(works.gateway)
    return message_of(works, message)


def message_of(works: Company, message: int) -> dict[str, Any]:
    """A message as it stands now."""
    (row,) = works.ask("shop_message_by_id", message=message)
    return row


def sales_order_of(works: Company, message: dict[str, Any]) -> dict[str, Any]:
    """The sales order that a message was booked as."""
    (row,) = works.ask("document_by_id", document=message["document_id"])
    return row


def lines_of(works: Company, message: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of the sales order of a message."""
    return works.ask("document_lines", document=message["document_id"])


def inbox_kinds(works: Company) -> list[str]:
    """Kinds of the open inbox items."""
    return sorted(row["kind"] for row in works.ask_table("inbox_item") if row["state"] == "open")


def message_to_book(works: Company) -> dict[str, Any]:
    """The order of a shop that can be booked as it is."""
    stocked(works)
    open_shop(works)
    return {"message": deliver(works, shopify_order(1))}


def message_put_aside(works: Company) -> dict[str, Any]:
    """The order of a shop that names an article nobody here knows."""
    open_shop(works)
    return {"message": told(works, shopify_order(1, [("NO-SUCH", 1, "5.00")]))["id"]}
