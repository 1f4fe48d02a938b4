"""Asks what a purchase order would come to while it is typed: the supplier's price, lead time and lot rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, rows_of
from app.modules.inventory.queries import ItemCodes, availability_of
from app.modules.master_data.currency_queries import home_amount, preview_currency
from app.modules.master_data.pricing import best_price, line_amounts
from schemas.operational import master_data as tables
from schemas.vocabulary.numbers import ZERO


class PurchaseLine(Arguments):
    """A purchase line as far as it is typed."""

    item: Annotated[str, Field(max_length=64)]
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount_rate: Decimal = ZERO


class PurchasePreview(Arguments):
    """A purchase order as far as it is typed."""

    party: Annotated[str, Field(max_length=64)] | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    on: date
    lines: Annotated[list[PurchaseLine], Field(max_length=5000)]


@answers(PurchasePreview, permission="purchasing.read")
def purchase_order_preview(
    connection: Connection, asked: PurchasePreview, _principal: Principal
) -> list[dict[str, Any]]:
    """Each typed line with its item, the supplier's price and promise, its amounts, and what is on hand and on order."""
    found = {row["code"]: row for row in availability_of(connection, ItemCodes(items=[x.item for x in asked.lines]))}
    terms = _terms(connection, asked.party, [row["id"] for row in found.values()])
    currency = preview_currency(connection, asked.party, asked.currency, asked.on)
    in_own = currency["currency"] == currency["party_currency"]
    rows = []
    for number, line in enumerate(asked.lines, start=1):
        item = found.get(line.item)
        if item is None:
            rows.append({"line": number, "item_code": line.item, "known": False})
            continue
        own = terms.get(item["id"])
        price, origin = line.unit_price, "typed"
        if price is None:
            price = best_price(own["prices"], line.quantity or ZERO, asked.on) if own and in_own else None
            origin = "supplier_terms" if price is not None else "none"
        net, _ = line_amounts(line.quantity or ZERO, price or ZERO, line.discount_rate, ZERO, currency["decimals"])
        rows.append(
            {
                "line": number,
                "known": True,
                "item_code": item["code"],
                "item_name": item["name"],
                "unit_code": item["unit_code"],
                "quantity": line.quantity,
                "unit_price": price,
                "price_origin": origin,
                "net_amount": net,
                "currency": currency["currency"],
                "exchange_rate": currency["rate"],
                "home_net_amount": home_amount(currency, net),
                "on_hand": item["on_hand"],
                "on_order": item["on_order"],
                "promised_on": asked.on + timedelta(days=int(own["lead_time_days"])) if own else None,
                "below_minimum": bool(own and own["min_lot"] and line.quantity and line.quantity < own["min_lot"]),
                "min_lot": own["min_lot"] if own else None,
            }
        )
    return rows


def _terms(connection: Connection, supplier: str | None, ids: list[int]) -> dict[int, dict[str, Any]]:
    if supplier is None:
        return {}
    terms = rows_of(
        connection,
        select(*tables.supplier_item.c)
        .join(tables.party, tables.party.c.id == tables.supplier_item.c.supplier_id)
        .where(tables.party.c.code == supplier, tables.supplier_item.c.item_id.in_(ids)),
    )
    by_id = {row["id"]: {**row, "prices": []} for row in terms}
    breaks = select(*tables.price_break.c).where(tables.price_break.c.supplier_item_id.in_(by_id))
    for row in rows_of(connection, breaks):
        by_id[row["supplier_item_id"]]["prices"].append(row)
    return {row["item_id"]: row for row in by_id.values()}


QUERIES: Final[tuple[Query, ...]] = (purchase_order_preview,)
