"""Asks what suppliers offered on a request, line by line: landed price, delivery against the need, their record, the best.

Offers of several currencies are compared in the company's, at the rates of the day on which an order would be placed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Text, rows_of
from app.modules.master_data.currencies import HeldRate
from app.modules.master_data.currency_queries import held_rates
from app.modules.purchasing.offers import (
    Offer,
    best_offer,
    delivery_day,
    in_lots,
    landed_price,
    price_at,
    shared_charges,
)
from schemas.operational import kernel, master_data
from schemas.operational import purchasing as tables
from schemas.operational.documents import document, document_line, document_link
from schemas.operational.foreign_currency import foreign_document, foreign_line
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.numbers import ONE, RATE_DECIMALS, ZERO, rounded

_READ: Final = "purchasing.read"
_RECORD_DAYS: Final = 730


class OfRequest(Arguments):
    """Which request, by its id or number, and the day an order would be placed; without one, the day of the latest offer."""

    request: int | Text
    on: date | None = None


@dataclass(frozen=True)
class Record:
    """How a supplier kept his promises: order lines that were due, came whole by their day, came whole at all, and what was bad."""

    due_count: int
    on_time_count: int
    in_full_count: int
    arrived_quantity: Decimal
    bad_quantity: Decimal

    @property
    def on_time_rate(self) -> Decimal | None:
        """Share of the due lines that came whole by their day."""
        return rounded(Decimal(self.on_time_count) / self.due_count, RATE_DECIMALS) if self.due_count else None

    @property
    def in_full_rate(self) -> Decimal | None:
        """Share of the due lines that came whole."""
        return rounded(Decimal(self.in_full_count) / self.due_count, RATE_DECIMALS) if self.due_count else None

    @property
    def bad_rate(self) -> Decimal | None:
        """Share of what arrived that was damaged or wrong."""
        return rounded(self.bad_quantity / self.arrived_quantity, RATE_DECIMALS) if self.arrived_quantity else None


_NO_RECORD: Final = Record(0, 0, 0, ZERO, ZERO)


@answers(OfRequest, permission=_READ)
def quotation_comparison(connection: Connection, asked: OfRequest, _principal: Principal) -> list[dict[str, Any]]:
    """Each line of a request with every offer on it, the best marked with its reason; suppliers who are silent have no price."""
    request = _request(connection, asked.request)
    if request is None:
        return []
    lines = _lines(connection, [request["id"]])
    invited = _invited(connection, request["id"])
    offers = _offers(connection, request["id"])
    on = asked.on or max(row["document_on"] for row in [request, *offers])
    records = records_of(connection, [row["id"] for row in invited], on)
    _value(connection, offers, on)
    rows: list[dict[str, Any]] = []
    for line in lines:
        compared = [
            _compared(line, supplier, offers, records.get(supplier["id"], _NO_RECORD), on) for supplier in invited
        ]
        rows += _judged(compared, line["due_on"])
    return rows


def _value(connection: Connection, offers: list[dict[str, Any]], on: date) -> None:
    """Give each offer its currency with decimals and rate of a day, the company's currency, and its charges by line.

    Raises:
        Refused: a currency has no rate of the day or before it.
    """
    home, decimals = connection.execute(select(kernel.company.c.currency, kernel.company.c.currency_decimals)).one()
    rates = held_rates(connection, {offer["offered_in"] for offer in offers} - {None}, home, on)
    for offer in offers:
        code = offer["offered_in"]
        offer["home_currency"] = home
        offer["currency"] = code or home
        offer["decimals"] = decimals if code is None else minor_unit_decimals(code)
        offer["held"] = HeldRate(ONE, on) if code is None else rates[code]
        offer["charges"] = _charges(offer, offer["decimals"])


def _judged(rows: list[dict[str, Any]], needed_by: date | None) -> list[dict[str, Any]]:
    """The rows of one line with the best marked, the best first and then by price."""
    offers = [
        Offer(row["supplier_id"], row["landed_price"], row["delivery_on"], row["valid"], row["on_time_rate"])
        for row in rows
        if row["landed_price"] is not None
    ]
    choice = best_offer(offers, needed_by)
    for row in rows:
        best = choice is not None and row["supplier_id"] == choice.supplier_id
        row["best"], row["reason"] = best, choice.reason if choice is not None and best else None
    return sorted(rows, key=lambda row: (not row["best"], row["landed_price"] is None, row["landed_price"] or ZERO))


def _request(connection: Connection, named: int | str) -> dict[str, Any] | None:
    by = document.c.id == named if isinstance(named, int) else document.c.number == named
    rows = rows_of(connection, select(*document.c).where(by, document.c.kind == "request_for_quotation"))
    return rows[0] if rows else None


def _lines(connection: Connection, documents: Iterable[int]) -> list[dict[str, Any]]:
    item, unit = master_data.item, master_data.unit
    own = [column for column in document_line.c if column.name != "net_amount"]
    query = (
        select(
            *own,
            func.coalesce(foreign_line.c.net_amount, document_line.c.net_amount).label("net_amount"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
        )
        .outerjoin(foreign_line, foreign_line.c.id == document_line.c.id)
        .outerjoin(item, item.c.id == document_line.c.item_id)
        .outerjoin(unit, unit.c.id == item.c.unit_id)
        .where(document_line.c.document_id.in_(list(documents)))
        .order_by(document_line.c.document_id, document_line.c.line)
    )
    return rows_of(connection, query)


def _invited(connection: Connection, request_id: int) -> list[dict[str, Any]]:
    party = master_data.party
    query = (
        select(party.c.id, party.c.code, party.c.name)
        .join(tables.request_supplier, tables.request_supplier.c.party_id == party.c.id)
        .where(tables.request_supplier.c.document_id == request_id)
        .order_by(party.c.code)
    )
    return rows_of(connection, query)


def _offers(connection: Connection, request_id: int) -> list[dict[str, Any]]:
    """The offers on a request that were not withdrawn, the newest first, each with its lines, terms and price breaks.

    `offered_in` is the currency of an offer where that is not the company's; the amounts of its lines are in it.
    """
    query = (
        select(*document.c, foreign_document.c.currency.label("offered_in"))
        .join(document_link, document_link.c.to_id == document.c.id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .where(
            document_link.c.from_id == request_id,
            document_link.c.kind == "quotation",
            document.c.state.in_(("offered", "awarded")),
        )
        .order_by(document.c.id.desc())
    )
    found = rows_of(connection, query)
    lines = _lines(connection, [row["id"] for row in found])
    ids = [line["id"] for line in lines]
    terms = {
        row["document_line_id"]: row
        for row in rows_of(
            connection,
            select(*tables.quotation_term.c).where(tables.quotation_term.c.document_line_id.in_(ids)),
        )
    }
    breaks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    query_breaks = select(*tables.quotation_price.c).where(tables.quotation_price.c.document_line_id.in_(ids))
    for row in rows_of(connection, query_breaks):
        breaks[row["document_line_id"]].append(row)
    for offer in found:
        offer["lines"] = [
            {**line, "terms": terms.get(line["id"]), "breaks": breaks[line["id"]]}
            for line in lines
            if line["document_id"] == offer["id"]
        ]
    return found


def _charges(offer: dict[str, Any], decimals: int) -> dict[int, Decimal]:
    """The share of an offer's charges that each line of the request bears."""
    goods = [line for line in offer["lines"] if line["kind"] == "item"]
    whole = sum((line["net_amount"] for line in offer["lines"] if line["kind"] == "charge"), ZERO)
    shares = shared_charges([line["net_amount"] for line in goods], whole, decimals)
    return {line["source_line_id"]: share for line, share in zip(goods, shares, strict=True)}


def _compared(
    line: dict[str, Any],
    supplier: dict[str, Any],
    offers: list[dict[str, Any]],
    record: Record,
    on: date,
) -> dict[str, Any]:
    """What one supplier offers for one line, in the currency of his offer; the landed price in the company's."""
    row: dict[str, Any] = {
        "line": line["line"],
        "item_id": line["item_id"],
        "item_code": line["item_code"],
        "item_name": line["item_name"],
        "item_name_zh": line["item_name_zh"],
        "unit_code": line["unit_code"],
        "asked_quantity": line["quantity"],
        "awarded_quantity": line["fulfilled_quantity"],
        "needed_by": line["due_on"],
        "supplier_id": supplier["id"],
        "supplier": supplier["code"],
        "supplier_name": supplier["name"],
        "on_time_rate": record.on_time_rate,
        "in_full_rate": record.in_full_rate,
        "bad_rate": record.bad_rate,
        "record_count": record.due_count,
    }
    offer = next((row for row in offers if row["party_id"] == supplier["id"]), None)
    own = None if offer is None else next((x for x in offer["lines"] if x["source_line_id"] == line["id"]), None)
    names = ("quotation_id", "quotation", "currency", "order_quantity", "unit_price", "goods_amount", "charge_amount")
    if offer is None or own is None or own["terms"] is None:
        names += ("exchange_rate", "rate_valid_on", "landed_price", "home_currency")
        blank = (*names, "lead_time_days", "delivery_on", "late_days", "min_lot", "valid_until")
        return {**row, **dict.fromkeys(blank), "valid": False}
    terms = own["terms"]
    quantity = in_lots(line["quantity"], terms["min_lot"], terms["lot_multiple"])
    price = price_at(terms["first_price"], own["breaks"], quantity)
    goods, share = rounded(quantity * price, offer["decimals"]), offer["charges"][line["id"]]
    foreign, held = offer["offered_in"] is not None, offer["held"]
    delivery = delivery_day(on, own["due_on"], terms["lead_time_days"])
    late = (delivery - line["due_on"]).days if delivery is not None and line["due_on"] is not None else None
    return {
        **row,
        "quotation_id": offer["id"],
        "quotation": offer["number"],
        "order_quantity": quantity,
        "unit_price": price,
        "goods_amount": goods,
        "charge_amount": share,
        "currency": offer["currency"],
        "exchange_rate": held.rate if foreign else None,
        "rate_valid_on": held.valid_on if foreign else None,
        "landed_price": landed_price(goods, share, line["quantity"], held.rate),
        "home_currency": offer["home_currency"],
        "lead_time_days": terms["lead_time_days"],
        "delivery_on": delivery,
        "late_days": None if late is None else max(late, 0),
        "min_lot": terms["min_lot"],
        "valid_until": offer["due_on"],
        "valid": offer["due_on"] is None or offer["due_on"] >= on,
    }


def records_of(connection: Connection, suppliers: list[int], until: date) -> dict[int, Record]:
    """How suppliers kept their promises in the two years up to a day, from the orders and receipts in the books.

    A line is due when its promised day, else its asked day, has passed; it came on time when all of it was received by that day.
    """
    receipt, arrival = document_line.alias("receipt"), document.alias("arrival")
    posted = and_(arrival.c.id == receipt.c.document_id, arrival.c.kind == "goods_receipt", arrival.c.state == "posted")
    query = (
        select(
            document_line.c.id,
            document.c.party_id,
            document_line.c.quantity,
            func.coalesce(document_line.c.promised_on, document_line.c.due_on).label("day"),
            receipt.c.quantity.label("received"),
            arrival.c.posted_on,
        )
        .join(document, document.c.id == document_line.c.document_id)
        .outerjoin(receipt, receipt.c.source_line_id == document_line.c.id)
        .outerjoin(arrival, posted)
        .where(
            document.c.kind == "purchase_order",
            document.c.state.in_(("confirmed", "closed")),
            document.c.party_id.in_(suppliers),
            document.c.document_on >= until - timedelta(days=_RECORD_DAYS),
            func.coalesce(document_line.c.promised_on, document_line.c.due_on) <= until,
        )
    )
    due: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query):
        line = due.setdefault(row.id, {"party": row.party_id, "quantity": row.quantity, "all": ZERO, "in_time": ZERO})
        if row.posted_on is not None and row.posted_on <= until:
            line["all"] += row.received
            line["in_time"] += row.received if row.posted_on <= row.day else ZERO
    bad = _bad_goods(connection, suppliers, until)
    return {
        supplier: _record(
            [line for line in due.values() if line["party"] == supplier], *bad.get(supplier, (ZERO, ZERO))
        )
        for supplier in suppliers
    }


def _record(lines: list[dict[str, Any]], arrived: Decimal, bad: Decimal) -> Record:
    on_time = sum(line["in_time"] >= line["quantity"] for line in lines)
    in_full = sum(line["all"] >= line["quantity"] for line in lines)
    return Record(len(lines), on_time, in_full, arrived, bad)


def _bad_goods(connection: Connection, suppliers: list[int], until: date) -> dict[int, tuple[Decimal, Decimal]]:
    """By supplier what arrived at checked receipts, and what of it was damaged or wrong."""
    check = tables.receipt_check
    query = (
        select(document.c.party_id, check.c.received_quantity, check.c.damaged_quantity, check.c.wrong_quantity)
        .join(document, document.c.id == check.c.document_id)
        .where(
            document.c.party_id.in_(suppliers),
            document.c.state == "posted",
            document.c.posted_on <= until,
            document.c.posted_on >= until - timedelta(days=_RECORD_DAYS),
        )
    )
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for row in connection.execute(query):
        arrived, bad = found.get(row.party_id, (ZERO, ZERO))
        spoiled = row.damaged_quantity + row.wrong_quantity
        found[row.party_id] = (arrived + row.received_quantity + spoiled, bad + spoiled)
    return found


QUERIES: Final[tuple[Query, ...]] = (quotation_comparison,)
