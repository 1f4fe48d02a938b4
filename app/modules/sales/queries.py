"""Asks what an order would come to while it is typed: price, tax, margin, and whether the goods are free today."""

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
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.master_data.currency_queries import home_amount, preview_currency
from app.modules.master_data.pricing import best_break
from app.modules.sales.line_prices import FREIGHT, Listed, PricedLine
from app.modules.sales.promise_queries import promises_of
from app.modules.sales.promotion_queries import Buyer, Shown, shown_promotions
from schemas.operational import inventory
from schemas.operational import master_data as tables
from schemas.vocabulary.numbers import ONE, ZERO, rounded


class PreviewLine(Arguments):
    """A line as far as it is typed."""

    item: Annotated[str, Field(max_length=64)]
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount_rate: Decimal = ZERO


class OrderPreview(Arguments):
    """An order as far as it is typed."""

    party: Annotated[str, Field(max_length=64)] | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    on: date
    channel: Annotated[str, Field(max_length=64)] | None = None
    region: Annotated[str, Field(max_length=64)] | None = None
    coupons: Annotated[list[str], Field(max_length=20)] = []
    freight: Annotated[Decimal, Field(ge=0)] | None = None
    lines: Annotated[list[PreviewLine], Field(max_length=5000)]


@answers(OrderPreview, permission="sales.read")
def sales_order_preview(connection: Connection, asked: OrderPreview, principal: Principal) -> list[dict[str, Any]]:
    """Each typed line with its item, its price and where that came from, what promotions take off, its amounts, and what is free.

    Prices and amounts are in the order's currency; `home_net_amount` and `home_tax_amount` are in the company's at the rate of the
    day, null where no rate is kept. Where freight is typed its row comes last, with `kind` charge, and says what frees it.
    The order itself decides again when it is booked; quantities here are in the stocking unit.
    """
    codes = [line.item for line in asked.lines]
    found = {row["code"]: row for row in availability_of(connection, ItemCodes(items=codes))}
    customer = _party(connection, asked.party)
    prices = _listed_prices(connection, customer, [row["id"] for row in found.values()])
    terms = _item_terms(connection, [row["id"] for row in found.values()])
    rates = {row.id: row.rate for row in connection.execute(select(tables.tax_code.c.id, tables.tax_code.c.rate))}
    shown_in = preview_currency(connection, asked.party, asked.currency, asked.on)
    currency = _document_currency(shown_in)
    sees_cost = principal.may("inventory.cost.read")
    priced = {
        number: _priced(
            line,
            terms[found[line.item]["id"]],
            prices.get(found[line.item]["id"], []),
            asked.on,
            rates,
            customer,
            currency,
        )
        for number, line in enumerate(asked.lines, start=1)
        if line.item in found
    }
    freight = _freight(asked, customer, priced, rates, terms, currency)
    shown = shown_promotions(connection, _buying(asked, customer, currency), priced, freight)
    taken: dict[str, Decimal] = {}
    promised = _promises(connection, asked)
    direct = _direct_days(connection, [row["id"] for row in found.values()], asked.on)
    rows = []
    for number, line in enumerate(asked.lines, start=1):
        item = found.get(line.item)
        if item is None:
            rows.append({"line": number, "item_code": line.item, "known": False})
            continue
        own = terms[item["id"]]
        quantity = line.quantity or ZERO
        free = max(item["free"] - taken.get(line.item, ZERO), ZERO)
        taken[line.item] = taken.get(line.item, ZERO) + quantity
        row = {
            "line": number,
            "kind": "item",
            "known": True,
            "item_code": item["code"],
            "item_name": item["name"],
            "unit_code": item["unit_code"],
            "quantity": line.quantity,
            **_amounts(number, priced[number], shown, shown_in),
            "free": free,
            "short": max(quantity - free, ZERO),
            "next_due_on": item["next_due_on"],
            **promised.get(number, _NOTHING_PROMISED),
        }
        if item["id"] in direct:
            row |= {"short": ZERO, **_NOTHING_PROMISED, "promised_on": direct[item["id"]]}
        cost = own["unit_cost"]
        sold_for = row["home_net_amount"] or ZERO
        row["margin"] = (sold_for - quantity * cost) / sold_for if sees_cost and sold_for > 0 and cost > 0 else None
        rows.append(row)
    charged = {
        "kind": "charge",
        "known": True,
        "item_code": None,
        "item_name": None,
        "unit_code": None,
        "quantity": ONE,
    }
    for number, line in freight.items():
        unasked = {"free": None, "short": None, "next_due_on": None, **_NOTHING_PROMISED, "margin": None}
        rows.append({"line": number, **charged, **_amounts(number, line, shown, shown_in), **unasked})
    return rows


def _amounts(number: int, line: PricedLine, shown: Shown, shown_in: dict[str, Any]) -> dict[str, Any]:
    """What a typed line costs, why, and what promotions make of it."""
    net, tax, origin = line.values["net_amount"], line.values["tax_amount"], line.listed.kind
    return {
        "unit_price": line.values["unit_price"] if origin != "none" else None,
        "price_origin": origin,
        "promotions": shown.taken.get(number, []),
        "beaten": shown.beaten.get(number, []),
        "gifts": shown.gifts.get(number, []),
        "net_amount": net,
        "tax_amount": tax,
        "currency": shown_in["currency"],
        "exchange_rate": shown_in["rate"],
        "home_net_amount": home_amount(shown_in, net),
        "home_tax_amount": home_amount(shown_in, tax),
    }


def _freight(
    asked: OrderPreview,
    customer: dict[str, Any] | None,
    lines: dict[int, PricedLine],
    rates: dict[int, Decimal],
    terms: dict[int, dict[str, Any]],
    currency: DocumentCurrency,
) -> dict[int, PricedLine]:
    """The typed freight as the line after the others, taxed as the customer is, else as the first goods that are taxed."""
    if not asked.freight:
        return {}
    taxed = [
        (customer or {}).get("tax_code_id"),
        *(terms[line.values["item_id"]]["tax_code_id"] for line in lines.values()),
    ]
    tax_code = next((code for code in taxed if code is not None), None)
    price = Listed(rounded(asked.freight, currency.decimals), FREIGHT)
    rate = ZERO if tax_code is None else rates[tax_code]
    values = {"quantity": ONE, "discount_rate": ZERO}
    return {len(asked.lines) + 1: PricedLine(values, price, by_hand=True, tax_rate=rate)}


_NOTHING_PROMISED: Final[dict[str, Any]] = {"promised_on": None, "offers": [], "substitutes": []}


def _direct_days(connection: Connection, ids: list[int], on: date) -> dict[int, date]:
    """By item that its first supplier ships straight to the customer, the day by which he does."""
    terms = tables.supplier_item
    query = select(terms.c.item_id, terms.c.drop_ships, terms.c.lead_time_days)
    first: dict[int, dict[str, Any]] = {}
    chosen = query.where(terms.c.item_id.in_(ids), terms.c.active).order_by(terms.c.priority, terms.c.id)
    for row in rows_of(connection, chosen):
        first.setdefault(row["item_id"], row)
    return {key: on + timedelta(days=int(row["lead_time_days"])) for key, row in first.items() if row["drop_ships"]}


def _promises(connection: Connection, asked: OrderPreview) -> dict[int, dict[str, Any]]:
    """By line number, what can be promised of the lines that name a quantity, and what could be sold instead."""
    numbered = [
        (number, line) for number, line in enumerate(asked.lines, start=1) if line.quantity and line.quantity > 0
    ]
    found = promises_of(connection, [(line.item, line.quantity or ZERO) for _, line in numbered], today=asked.on)
    return {
        number: {name: row[name] for name in _NOTHING_PROMISED}
        for (number, _), row in zip(numbered, found, strict=True)
        if row["known"]
    }


def _party(connection: Connection, code: str | None) -> dict[str, Any] | None:
    found = rows_of(connection, select(*tables.party.c).where(tables.party.c.code == code)) if code else []
    return found[0] if found else None


def _listed_prices(
    connection: Connection, customer: dict[str, Any] | None, ids: list[int]
) -> dict[int, list[dict[str, Any]]]:
    if customer is None or customer["price_list_id"] is None:
        return {}
    line = tables.price_list_line
    listed = tables.price_list
    chosen = (
        select(*line.c, listed.c.tax_included, listed.c.currency)
        .join(listed, listed.c.id == line.c.price_list_id)
        .where(line.c.price_list_id == customer["price_list_id"], line.c.item_id.in_(ids))
    )
    prices: dict[int, list[dict[str, Any]]] = {}
    for row in rows_of(connection, chosen):
        prices.setdefault(row["item_id"], []).append(row)
    return prices


def _item_terms(connection: Connection, ids: list[int]) -> dict[int, dict[str, Any]]:
    item, value = tables.item, inventory.item_value
    query = (
        select(
            item.c.id,
            item.c.list_price,
            item.c.tax_code_id,
            item.c.standard_cost,
            value.c.quantity,
            value.c.value,
        )
        .outerjoin(value, value.c.item_id == item.c.id)
        .where(item.c.id.in_(ids))
    )
    terms = {}
    for row in rows_of(connection, query):
        held = row["quantity"]
        row["unit_cost"] = row["value"] / held if held else row["standard_cost"]
        terms[row["id"]] = row
    return terms


def _priced(
    line: PreviewLine,
    terms: dict[str, Any],
    listed: list[dict[str, Any]],
    on: date,
    rates: dict[int, Decimal],
    customer: dict[str, Any] | None,
    currency: DocumentCurrency,
) -> PricedLine:
    """A typed line at the price that is typed, of the customer's list, or the item's list price; at zero where there is none."""
    quantity, tax_code = line.quantity or ZERO, (customer or {}).get("tax_code_id") or terms["tax_code_id"]
    found = best_break([row for row in listed if row["currency"] == currency.code], quantity, on)
    if line.unit_price is not None:
        price = Listed(line.unit_price, "typed")
    elif found is not None:
        place = (found["price_list_id"], found["from_quantity"], found["tax_included"])
        price = Listed(found["unit_price"], "price_list", *place)
    elif terms["list_price"] is not None and not currency.foreign:
        price = Listed(terms["list_price"], "list_price")
    else:
        price = Listed(ZERO, "none")
    values = {"item_id": terms["id"], "quantity": quantity, "discount_rate": line.discount_rate}
    by_hand = line.unit_price is not None or line.discount_rate > 0
    return PricedLine(values, price, by_hand, rates.get(tax_code, ZERO))


def _document_currency(shown_in: dict[str, Any]) -> DocumentCurrency:
    """The currency of an order that is being typed; at one where no rate is kept, for it cannot be booked anyhow."""
    rate, decimals, home_decimals = shown_in["rate"], shown_in["decimals"], shown_in["home_decimals"]
    foreign = shown_in["currency"] != shown_in["home"]
    return DocumentCurrency(shown_in["currency"], ONE if rate is None else rate, decimals, home_decimals, foreign)


def _buying(asked: OrderPreview, customer: dict[str, Any] | None, currency: DocumentCurrency) -> Buyer:
    known = customer or {"id": None, "customer_class": None, "region": None}
    region = asked.region or known["region"]
    return Buyer(asked.on, known["id"], known["customer_class"], asked.channel, region, currency, tuple(asked.coupons))


QUERIES: Final[tuple[Query, ...]] = (sales_order_preview,)
