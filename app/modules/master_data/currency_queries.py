"""Asks which currencies there are and which rates are kept, and in which currency an order that is being typed would be."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, or_, select, union

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Sorted, page_of, rows_of
from app.kernel.errors import Refused
from app.modules.master_data.currencies import HeldRate, held_rate, rate_on
from schemas.operational import kernel, master_data
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.numbers import ONE, rounded


@answers(Sorted, permission="master_data.read")
def exchange_rates(connection: Connection, asked: Sorted, _principal: Principal) -> list[dict[str, Any]]:
    """The exchange rates that are kept, the latest first."""
    rate = master_data.exchange_rate
    query = select(*rate.c)
    if asked.search:
        named = asked.search.strip().upper()
        query = query.where(or_(rate.c.from_currency == named, rate.c.to_currency == named))
    return page_of(connection, query, asked, rate.c.valid_on.desc(), rate.c.from_currency, rate.c.id)


@answers(Sorted, permission="master_data.read")
def currencies(connection: Connection, asked: Sorted, _principal: Principal) -> list[dict[str, Any]]:
    """The currencies that documents may be in: the company's, and every one that a rate is kept of."""
    rate = master_data.exchange_rate.c
    codes = union(
        select(kernel.company.c.currency.label("code")),
        select(rate.from_currency.label("code")),
        select(rate.to_currency.label("code")),
    ).subquery()
    query: Any = select(codes.c.code, codes.c.code.label("name"))
    if asked.search:
        query = query.where(codes.c.code.like(f"{asked.search.strip().upper()[:3]}%"))
    return page_of(connection, query, asked, codes.c.code)


def preview_currency(connection: Connection, party: str | None, named: str | None, on: date) -> dict[str, Any]:
    """The currency that an order would be in, its rate of a day, or none where none is kept, and its decimals.

    Returns:
        currency, party_currency, home, rate, decimals and home_decimals.
    """
    home, home_decimals = connection.execute(
        select(kernel.company.c.currency, kernel.company.c.currency_decimals)
    ).one()
    theirs = connection.execute(select(master_data.party.c.currency).where(master_data.party.c.code == party)).scalar()
    code = named or theirs or home
    rate: Decimal | None = ONE
    if code != home:
        kept = master_data.exchange_rate
        pairs = ((code, home), (home, code))
        either = or_(*((kept.c.from_currency == start) & (kept.c.to_currency == end) for start, end in pairs))
        rate = rate_on(rows_of(connection, select(*kept.c).where(either)), code, home, on)
    decimals = home_decimals if code == home else minor_unit_decimals(code)
    return {
        "currency": code,
        "party_currency": theirs or home,
        "home": home,
        "rate": rate,
        "decimals": decimals,
        "home_decimals": home_decimals,
    }


def held_rates(connection: Connection, codes: AbstractSet[str], home: str, on: date) -> dict[str, HeldRate]:
    """What each of some foreign currencies is worth in the company's on a day, and since when.

    Raises:
        Refused: of one of them no rate of the day or before it is kept.
    """
    kept = master_data.exchange_rate
    either = or_(
        kept.c.from_currency.in_(codes) & (kept.c.to_currency == home),
        (kept.c.from_currency == home) & kept.c.to_currency.in_(codes),
    )
    rows = rows_of(connection, select(*kept.c).where(either)) if codes else []
    found = {}
    for code in sorted(codes):
        held = held_rate(rows, code, home, on)
        if held is None or not held.rate:
            raise Refused("exchange_rate_missing", field="currency", currency=code, home=home, day=on)
        found[code] = held
    return found


def home_amount(currency: dict[str, Any], amount: Decimal) -> Decimal | None:
    """An amount of a currency of `preview_currency` in the company's, or none where no rate is kept."""
    return None if currency["rate"] is None else rounded(amount * currency["rate"], currency["home_decimals"])


QUERIES: Final[tuple[Query, ...]] = (exchange_rates, currencies)
