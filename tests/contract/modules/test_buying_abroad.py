"""Offers, agreements, needs and freight in foreign currencies: each keeps its own, and the books judge by theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.jobs.verify import verify
from app.kernel.errors import Refused
from tests.company import Company
from tests.scenarios.buying.market import balances
from tests.tampering import tamper

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


# Freight and landed cost ---------------------------------------------------------------------------------------------


def received(works: Company, *quantities: int) -> str:
    """A receipt of parts at one yuan each, of so many lines."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "1"} for quantity in quantities]
    order = works.do("create_purchase_order", supplier="SUP", document_on="2026-06-01", lines=lines).document
    number = works.do("receive_goods", order=order, posted_on="2026-06-01").number
    assert number is not None
    return number


def test_a_forwarders_bill_is_owed_in_its_currency_and_the_goods_take_it_at_its_rate_to_the_cent(
    works: Company,
) -> None:
    abroad(works)
    receipt = received(works, 10, 20, 70)
    before = balances(works)["1403"]
    charges = [
        {"description": what, "amount": amount}
        for what, amount in (("Freight", "33.33"), ("Duty", "0.01"), ("Insurance", "0.02"))
    ]
    cost = works.do(
        "book_landed_cost", supplier="IN-USD", charges=charges, targets=[{"receipt": receipt}], posted_on="2026-06-05"
    )
    shown = document(works, cost.document)
    assert (shown["currency"], shown["total_amount"], shown["home_total_amount"]) == ("USD", D("33.36"), D("236.86"))
    assert balances(works)["1403"] - before == D("236.86")
    goods = [row for row in lines(works, cost.document) if row["kind"] == "item"]
    assert [(row["net_amount"], row["home_net_amount"], row["stock_value"]) for row in goods] == [
        (D("3.34"), D("23.69"), D("23.69")), (D("6.67"), D("47.37"), D("47.37")), (D("23.35"), D("165.80"), D("165.80"))]  # fmt: skip
    (owed,) = works.ask("open_payables", party="IN-USD")
    assert (owed["open_amount"], owed["currency"], owed["home_open_amount"]) == (D("33.36"), "USD", D("236.86"))
    works.do("pay_supplier", party="IN-USD", amount="20", posted_on="2026-06-12")
    works.assert_clean()
    assert works.refused("reverse_document", document=cost.document, reason="wrong") == "document_partly_settled"
    works.do("pay_supplier", party="IN-USD", amount="13.36", posted_on="2026-06-12")
    assert works.ask("open_payables", party="IN-USD") == []
    assert balances(works)["660304"] == D("243.53") - D("236.86")
    works.assert_clean()


def test_a_landed_cost_in_yen_is_taken_back_whole_in_both_currencies(works: Company) -> None:
    abroad(works)
    receipt = received(works, 1, 1, 1, 1, 1, 1, 1)
    before = balances(works)
    charge = [{"description": "Customs", "amount": "5.4"}]
    given = {"supplier": "IN-JPY", "charges": charge, "targets": [{"receipt": receipt}], "posted_on": "2026-06-05"}
    cost = works.do("book_landed_cost", **given, basis="equal")
    assert (document(works, cost.document)["total_amount"], document(works, cost.document)["home_total_amount"]) == (
        5,
        D("0.24"),
    )
    works.assert_clean()
    works.do("reverse_document", document=cost.document, reason="wrong goods")
    assert (balances(works), works.ask("open_payables", party="IN-JPY")) == (before, [])
    again = works.do("book_landed_cost", **given, currency="USD")
    assert document(works, again.document)["currency"] == "USD"
    works.assert_clean()
    assert works.refused("book_landed_cost", **{**given, "currency": "GBP"}) == "exchange_rate_missing"
    nothing = [{"description": "Stamp", "amount": "0.1"}]
    assert works.refused("book_landed_cost", **{**given, "charges": nothing}) == "payment_of_nothing"
    freight = [{"description": "Freight", "amount": "20"}]
    order = works.do("create_purchase_order", supplier="IN-USD", document_on="2026-06-01",
                     lines=[{"item": "PART", "quantity": 3, "unit_price": "33.33"}]).document  # fmt: skip
    there = works.do("receive_goods", order=order, posted_on="2026-06-05").number
    bill = works.do("book_supplier_bill", order=order, posted_on="2026-06-10", charges=freight)
    share = {"bill": bill.number, "targets": [{"receipt": there}]}
    assert works.refused("book_landed_cost", **share, currency="USD") == "landed_cost_currency"
    works.do("issue_debit_note", bill=bill.document, lines=[{"line": 2, "amount": "5"}])
    shared = works.do("book_landed_cost", **share)
    assert document(works, shared.document)["net_amount"] == D("109.50")
    works.assert_clean()


def test_a_carriers_bill_abroad_is_an_expense_at_its_rate_and_owed_in_its_currency(works: Company) -> None:
    abroad(works)
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 20, "unit_cost": "3"}])
    sold = [{"item": "PART", "quantity": 5, "unit_price": "10"}]
    order = works.do("create_sales_order", customer="CUS", lines=sold).document
    shipment = works.do("ship_goods", order=order, posted_on="2026-06-05").number
    freight = [{"shipment": shipment, "amount": "3.33"}, {"shipment": shipment, "amount": "1.11", "tax_code": "VAT13"}]
    bill = works.do(
        "book_freight_bill", supplier="IN-EUR", posted_on="2026-06-05", external_number="F-1", lines=freight
    )
    shown = document(works, bill.document)
    assert (shown["currency"], shown["total_amount"], shown["home_total_amount"]) == ("EUR", D("4.58"), D("35.72"))
    assert works.ask("order_result", document=order)[0]["freight"] == D("34.63")
    works.assert_clean()
    works.do("reverse_document", document=bill.document, reason="billed twice")
    assert works.ask("open_payables", party="IN-EUR") == []
    works.do("book_freight_bill", supplier="IN-EUR", currency="USD", posted_on="2026-06-05", external_number="F-2",
             lines=freight)  # fmt: skip
    works.do("pay_supplier", party="IN-EUR", currency="USD", amount="4.58", posted_on="2026-06-12")
    assert works.ask("open_payables") == []
    works.assert_clean()


@pytest.mark.parametrize(
    "broken",
    [
        "update foreign_line set net_amount = net_amount + 100 where unit_price = 0",
        "update foreign_line set unit_price = unit_price + 100 where id in (select l.id from document_line l"
        " join document d on d.id = l.document_id where d.kind = 'purchase_order' and l.quantity = 40000000)",
        "update foreign_line set unit_price = unit_price + 100 where id in (select l.id from document_line l"
        " join document d on d.id = l.document_id where d.kind = 'purchase_order' and l.quantity = 250000000)",
        "update foreign_document set currency = 'EUR' where id in (select id from document where kind = 'purchase_order')",
    ],
    ids=["a share", "the price of an award", "the price of a call-off", "their currency"],
)
def test_verify_names_what_is_no_longer_as_offered_agreed_or_shared(works: Company, broken: str) -> None:
    abroad(works)
    charge = [{"description": "Customs", "amount": "5.4"}]
    given = {"supplier": "IN-USD", "charges": charge, "targets": [{"receipt": received(works, 3)}]}
    works.do("book_landed_cost", **given, posted_on="2026-06-05")
    request = asked(works)
    offer(works, request, "IN-USD", "1.01")
    works.do("award_quotation", request=request, lines=[{"line": 1, "supplier": "IN-USD", "quantity": 40}])
    works.do("call_off_blanket_order", blanket=agreed(works), lines=[{"line": 1, "quantity": 250}])
    works.assert_clean()
    tamper(works, broken)
    assert "I-99" in {finding.code for finding in verify(works.gateway).findings}


# Agreements and needs ------------------------------------------------------------------------------------------------


def agreed(works: Company, **more: Any) -> int:
    """A thousand parts at 1.01 dollars, from 200 called off at once at 0.99, agreed on the first of June."""
    first = {"item": "PART", "quantity": 1000, "unit_price": "1.01"}
    cheaper = {"item": "PART", "unit_price": "0.99", "from_quantity": 200}
    given = {"supplier": "IN-USD", "valid_from": "2026-06-01", "valid_until": "2026-12-31", "lines": [first, cheaper]}
    blanket = works.do("create_blanket_order", **{**given, **more}).document
    assert blanket is not None
    return blanket


def test_call_offs_take_currency_and_price_break_of_the_agreement_at_the_rate_of_their_day(works: Company) -> None:
    abroad(works)
    blanket = agreed(works)
    shown = document(works, blanket)
    assert (shown["currency"], shown["net_amount"], shown["home_total_amount"]) == ("USD", D(1010), D("8103.23"))
    assert [(row["from_quantity"], row["unit_price"]) for row in works.ask("blanket_prices", document=blanket)] == [
        (200, D("0.99"))
    ]

    def called(quantity: int, on: str) -> Any:
        lines_ = [{"line": 1, "quantity": quantity}]
        return works.do("call_off_blanket_order", blanket=blanket, document_on=on, lines=lines_).document

    small, large = called(199, "2026-06-02"), called(201, "2026-06-11")
    orders = [(document(works, key), lines(works, key)[0]) for key in (small, large)]
    assert [(row["currency"], row["foreign_exchange_rate"], line["unit_price"], line["net_amount"]) for row, line in orders] == [
        ("USD", D("7.1"), D("1.01"), D("200.99")), ("USD", D("7.3"), D("0.99"), D("198.99"))]  # fmt: skip
    names = ("agreed_amount", "called_off_amount", "open_amount", "currency")

    def committed() -> tuple[Any, ...]:
        (row,) = works.ask("blanket_commitment", document=blanket)
        return tuple(row[name] for name in names)

    assert committed() == (D(1010), D("399.98"), D(606), "USD")
    works.do("cancel_purchase_order", order=small)
    assert committed() == (D(1010), D("198.99"), D("806.99"), "USD")
    works.assert_clean()
    early = {"blanket": agreed(works, valid_from="2026-06-01"), "lines": [{"line": 1, "quantity": 5}]}
    works.do("call_off_blanket_order", **early)
    works.do("close_blanket_order", blanket=early["blanket"])
    assert works.ask("blanket_commitment", document=early["blanket"])[0]["open_amount"] == 0
    works.assert_clean()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"currency": "GBP"}, "exchange_rate_missing"),
        ({"lines": [{"item": "PART", "unit_price": "1"}]}, "input_missing"),
        ({"lines": [{"item": "PART", "unit_price": "1", "from_quantity": 5}]}, "blanket_break"),
        ({"lines": [{"item": "PART", "quantity": 9, "unit_price": "1"}, {"item": "PART", "quantity": 9, "unit_price": "1", "from_quantity": 5}]}, "blanket_break"),
        ({"lines": [{"item": "PART", "quantity": 9, "unit_price": "1"}, *[{"item": "PART", "unit_price": "1", "from_quantity": 5}] * 2]}, "price_twice"),
    ],
)  # fmt: skip
def test_an_agreement_that_says_no_whole_thing_is_refused(
    small_works: Company, more: dict[str, Any], refusal: str
) -> None:
    abroad(small_works)
    given = {"supplier": "IN-USD", "valid_from": "2026-06-01", "valid_until": "2026-12-31"}
    one = [{"item": "PART", "quantity": 1, "unit_price": "1"}]
    assert small_works.refused("create_blanket_order", **{**given, "lines": one, **more}) == refusal


def test_a_need_estimated_abroad_is_judged_by_the_books_and_ordered_at_the_suppliers_price(works: Company) -> None:
    abroad(works)
    works.do("put_approval_rule", command="confirm_purchase_requisition", approver_role="executive", amount_above="710")
    prices = [{"unit_price": "9", "valid_from": "2026-01-01"}]
    works.do("put_supplier_item", supplier="IN-USD", item="PART", prices=prices)

    def needed(price: str | None, currency: str | None = "USD", supplier: str = "IN-USD") -> Any:
        line = {"item": "PART", "quantity": 10, "supplier": supplier, "estimated_price": price}
        return works.do("create_purchase_requisition", document_on="2026-06-05", currency=currency, lines=[line])

    within, beyond = needed("10"), needed("10.01")
    assert [document(works, need.document)["state"] for need in (within, beyond)] == ["confirmed", "draft"]
    shown, line = document(works, within.document), lines(works, within.document)[0]
    assert (shown["currency"], shown["net_amount"], shown["home_total_amount"], line["unit_price"]) == (
        "USD",
        D(100),
        D(710),
        D(10),
    )
    assert document(works, needed(None, "JPY").document)["net_amount"] == D(13507)
    assert document(works, needed(None, "USD").document)["net_amount"] == D(90)
    assert document(works, needed(None, None).document)["net_amount"] == D(639)
    assert (
        works.refused("create_purchase_requisition", currency="GBP", lines=[{"item": "PART", "quantity": 1}])
        == "exchange_rate_missing"
    )
    (order,) = works.do("order_purchase_requisition", requisition=within.document, document_on="2026-06-12").data[
        "documents"
    ]
    placed = document(works, order)
    assert (placed["currency"], placed["foreign_exchange_rate"], placed["net_amount"]) == ("USD", D("7.3"), D(90))
    assert document(works, within.document)["state"] == "closed"
    euros = needed("50", None)
    typed = [{"line": 1, "unit_price": "8.5"}]
    (order,) = works.do("order_purchase_requisition", requisition=euros.document, currency="EUR", lines=typed).data[
        "documents"
    ]
    assert (document(works, order)["currency"], document(works, order)["net_amount"]) == ("EUR", D(85))
    works.assert_clean()


def test_work_done_abroad_is_worth_its_fee_at_the_orders_rate_and_the_components(works: Company) -> None:
    abroad(works)
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 40, "unit_cost": "3"}])
    works.do("put_location", code="AT-USD", name="At the workshop", kind="subcontractor", supplier="IN-USD")
    works.do("put_supplier_item", supplier="IN-USD", item="GOOD", components_provided=True,
             prices=[{"unit_price": "0.55", "valid_from": "2026-01-01"}])  # fmt: skip
    order = works.do(
        "create_purchase_order", supplier="IN-USD", document_on="2026-06-01", lines=[{"item": "GOOD", "quantity": 10}]
    ).document
    works.do("send_components", order=order, posted_on="2026-06-02")
    works.do("receive_goods", order=order, posted_on="2026-06-05")
    bill = works.do("book_supplier_bill", order=order, posted_on="2026-06-10").document
    assert (document(works, bill)["net_amount"], document(works, bill)["currency"]) == (D("5.5"), "USD")
    value = {row["item_id"]: row["value"] for row in works.ask_table("item_value")}
    item = next(row["id"] for row in works.ask("items") if row["code"] == "GOOD")
    assert value[item] == D("39.05") + 20 * 3
    works.assert_clean()
