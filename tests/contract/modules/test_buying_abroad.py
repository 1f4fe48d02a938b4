"""Offers, agreements, needs and freight in foreign currencies: each keeps its own, and the books judge by theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.errors import Refused
from tests.company import Company

RATES = {
    "USD": (("2026-06-01", "7.10"), ("2026-06-10", "7.30")),
    "EUR": (("2026-06-01", "7.80"), ("2026-06-10", "7.75")),
    "JPY": (("2026-06-01", "0.04731"), ("2026-06-10", "0.0481")),
}
D = Decimal


def abroad(works: Company) -> None:
    """A supplier in each of three currencies, and what these were worth on two days."""
    for currency, rates in RATES.items():
        for day, rate in rates:
            works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=day, rate=rate)
        works.do("put_party", code=f"IN-{currency}", name=f"Seller of {currency}", is_supplier=True, currency=currency)


def document(works: Company, key: Any) -> dict[str, Any]:
    return works.ask("document_by_id", document=key)[0]


def lines(works: Company, key: Any) -> list[dict[str, Any]]:
    return works.ask("document_lines", document=key)


def asked(works: Company, quantity: int = 100) -> int:
    """A request to all four suppliers, sent on the first of June."""
    request = works.do(
        "request_quotations",
        suppliers=["SUP", "IN-USD", "IN-EUR", "IN-JPY"],
        document_on="2026-06-01",
        lines=[{"item": "PART", "quantity": quantity}],
    )
    assert request.document is not None
    return request.document


def offer(works: Company, request: int, supplier: str, price: str, **more: Any) -> Any:
    """An offer of the second of June for the only line of a request."""
    given = {"document_on": "2026-06-02", "lines": [{"line": 1, "unit_price": price}], **more}
    return works.do("enter_supplier_quotation", request=request, supplier=supplier, **given)


# Requests and offers -------------------------------------------------------------------------------------------------


def test_offers_of_several_currencies_are_compared_by_landed_price_at_the_rates_of_a_day(works: Company) -> None:
    abroad(works)
    request = asked(works)
    dear, cheap = {"line": 1, "unit_price": "1.01"}, {"line": 1, "unit_price": "0.99", "from_quantity": 100}
    dollars = offer(
        works, request, "IN-USD", "", lines=[dear, cheap], charges=[{"description": "Freight", "amount": "7.77"}]
    )
    offer(works, request, "IN-JPY", "151", charges=[{"description": "Freight", "amount": "300.4"}])
    offer(works, request, "SUP", "7.2")
    offer(works, request, "IN-EUR", "6.9", currency="CNY")
    shown = document(works, dollars.document)
    assert (shown["currency"], shown["net_amount"], shown["home_total_amount"]) == ("USD", D("106.77"), D("849.44"))
    answers = {
        row["party_code"]: (row["currency"], row["total_amount"])
        for row in works.ask("requested_suppliers", document=request)
    }
    assert answers["IN-USD"] == ("USD", D("119.64"))

    def compared(on: str | None) -> list[tuple[Any, ...]]:
        rows = works.ask("quotation_comparison", request=request, on=on)
        assert {row["home_currency"] for row in rows} == {"CNY"}
        names = ("supplier", "currency", "unit_price", "charge_amount", "exchange_rate", "landed_price", "reason")
        return [tuple(row[name] for name in names) for row in rows]

    assert compared(None) == [
        ("IN-EUR", "CNY", D("6.9"), D(0), None, D("6.9"), "cheapest"),
        ("SUP", "CNY", D("7.2"), D(0), None, D("7.2"), None),
        ("IN-JPY", "JPY", D(151), D(300), D("0.04731"), D("7.28574"), None),
        ("IN-USD", "USD", D("0.99"), D("7.77"), D("7.1"), D("7.58067"), None),
    ]
    later = works.ask("quotation_comparison", request=request, on="2026-06-11")
    held = {row["supplier"]: (row["exchange_rate"], row["landed_price"]) for row in later}
    assert held["IN-USD"] == (D("7.3"), D("7.79421"))
    assert {str(row["rate_valid_on"]) for row in later if row["exchange_rate"] is not None} == {"2026-06-10"}
    works.assert_clean()


def test_an_award_orders_in_the_currency_of_the_offer_at_its_price_and_the_rate_of_its_own_day(works: Company) -> None:
    abroad(works)
    request = asked(works)
    breaks = [{"line": 1, "unit_price": "1.01"}, {"line": 1, "unit_price": "0.99", "from_quantity": 60}]
    offer(works, request, "IN-USD", "", lines=breaks)
    offer(works, request, "IN-EUR", "0.905")
    won = [{"line": 1, "supplier": "IN-USD", "quantity": 60}, {"line": 1, "supplier": "IN-EUR"}]
    orders = works.do("award_quotation", request=request, document_on="2026-06-10", lines=won).data["documents"]
    said = {document(works, key)["currency"]: (document(works, key), lines(works, key)[0]) for key in orders}
    assert {code: (row["foreign_exchange_rate"], line["unit_price"], line["net_amount"]) for code, (row, line) in said.items()} == {
        "USD": (D("7.3"), D("0.99"), D("59.40")), "EUR": (D("7.75"), D("0.905"), D("36.20"))}  # fmt: skip
    booked = {row["id"]: row["net_amount"] for row in works.ask_table("document")}
    assert sorted(booked[key] for key in orders) == [D("280.55"), D("433.62")]
    works.assert_clean()


def test_a_currency_without_a_rate_is_neither_offered_nor_compared_nor_ordered(works: Company) -> None:
    abroad(works)
    works.do("put_party", code="IN-GBP", name="Far", is_supplier=True, currency="GBP")
    request = works.do("request_quotations", suppliers=["IN-GBP", "IN-USD"], document_on="2026-05-30",
                       lines=[{"item": "PART", "quantity": 10}]).document  # fmt: skip
    assert request is not None
    bid = {"request": request, "supplier": "IN-GBP", "lines": [{"line": 1, "unit_price": "2"}]}
    refused = works.submit("enter_supplier_quotation", **bid)
    assert (refused.message_key, refused.values["currency"]) == ("refusal.exchange_rate_missing", "GBP")
    offer(works, request, "IN-USD", "2")
    assert works.ask("quotation_comparison", request=request)[0]["exchange_rate"] == D("7.1")
    with pytest.raises(Refused, match="exchange_rate_missing"):
        works.ask("quotation_comparison", request=request, on="2026-05-31")
    award = {"request": request, "lines": [{"line": 1, "supplier": "IN-USD"}]}
    assert works.refused("award_quotation", **award, document_on="2026-05-31") == "exchange_rate_missing"
    works.assert_clean()
