"""Reads the CSV file that Shopify exports of its orders, and writes each order as the message that a webhook would have brought.

A line of the file is a line of an order; what concerns the order as a whole stands on its first line alone. The file has no ids of
lines and no instant of change: lines are numbered, and the latest instant on the order counts. Taxes are stated for the order.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Final

from schemas.exchange.shop_order import NotTranslatable

_NEEDED: Final = frozenset({"Name", "Id", "Created at", "Currency", "Total", "Lineitem quantity", "Lineitem price"})
_INSTANTS: Final = ("Created at", "Paid at", "Fulfilled at", "Cancelled at")
_MOST_ROWS: Final = 500_000
_PLACES: Final = (
    ("name", "Name"),
    ("address1", "Address1"),
    ("address2", "Address2"),
    ("company", "Company"),
    ("city", "City"),
    ("zip", "Zip"),
    ("province", "Province"),
    ("country", "Country"),
    ("country_code", "Country"),
    ("phone", "Phone"),
)


def orders_of_export(content: bytes) -> list[bytes]:
    """The bodies of the orders in a file, in its order.

    Raises:
        NotTranslatable: it is no UTF-8, lacks a column, or is larger than it may be.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTranslatable("not_text", f"byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text))
    lacking = sorted(_NEEDED - set(reader.fieldnames or ()))
    if lacking:
        raise NotTranslatable("field_missing", ", ".join(lacking))
    rows = []
    try:
        for row in reader:
            if len(rows) == _MOST_ROWS:
                raise NotTranslatable("too_many_lines", f"> {_MOST_ROWS}")
            rows.append(row)
    except csv.Error as error:
        raise NotTranslatable("not_text", str(error)) from error
    grouped = (list(lines) for _, lines in groupby(rows, key=lambda row: row["Name"]))
    return [json.dumps(_order(lines), ensure_ascii=False).encode() for lines in grouped]


def _order(rows: list[dict[str, str]]) -> dict[str, Any]:
    head = rows[0]
    instants = [found for name in _INSTANTS if (found := _instant(head.get(name)))]
    return {
        "id": head["Id"],
        "name": head["Name"],
        "email": head.get("Email"),
        "phone": head.get("Phone"),
        "created_at": _instant(head["Created at"]),
        "updated_at": max(instants, key=_moment, default=None),
        "cancelled_at": _instant(head.get("Cancelled at")),
        "currency": head["Currency"],
        "financial_status": head.get("Financial Status"),
        "fulfillment_status": head.get("Fulfillment Status"),
        "total_price": head["Total"],
        "total_tax": head.get("Taxes"),
        "total_discounts": head.get("Discount Amount"),
        "discount_codes": _codes(head),
        "taxes_included": _taxes_included(head),
        "note": head.get("Notes"),
        "line_items": [_line(number, row) for number, row in enumerate(rows, start=1)],
        "shipping_lines": [{"title": head.get("Shipping Method") or "Shipping", "price": head.get("Shipping") or "0"}],
        "shipping_address": {name: head.get(f"Shipping {column}") for name, column in _PLACES},
        "billing_address": {name: head.get(f"Billing {column}") for name, column in _PLACES},
    }


def _codes(head: dict[str, str]) -> list[dict[str, Any]]:
    code = (head.get("Discount Code") or "").strip()
    return [{"code": code, "amount": head.get("Discount Amount") or "0"}] if code else []


def _line(number: int, row: dict[str, str]) -> dict[str, Any]:
    return {
        "id": str(number),
        "sku": row.get("Lineitem sku"),
        "name": row.get("Lineitem name"),
        "quantity": row["Lineitem quantity"],
        "price": row["Lineitem price"],
        "total_discount": row.get("Lineitem discount") or "0",
    }


def _taxes_included(head: dict[str, str]) -> bool:
    """Whether prices hold their tax: the file does not say so, but then subtotal and shipping alone come to the total."""
    try:
        subtotal, shipping, taxes, total = (
            Decimal(head.get(name) or 0) for name in ("Subtotal", "Shipping", "Taxes", "Total")
        )
    except InvalidOperation:
        return False
    return taxes > 0 and subtotal + shipping == total


def _instant(text: str | None) -> str | None:
    """An instant such as 2024-01-10 11:00:00 -0500 in ISO form; what is none stays as it is, for the translation to name."""
    if not text or not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S %z").isoformat()
    except ValueError:
        return text.strip()


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
