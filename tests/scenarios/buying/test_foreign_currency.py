"""Buying in dollars: order, prepayment, receipt, bill and payment at rates of their own days, and nothing left over in either currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.jobs.verify import verify
from tests.company import Company
from tests.scenarios.buying.facts import Story, plain
from tests.scenarios.buying.market import balances
from tests.tampering import tamper

RATES = (("2026-06-01", "7.10"), ("2026-06-05", "7.20"), ("2026-06-10", "7.30"), ("2026-06-12", "7.05"))


def abroad(works: Company, currency: str = "USD", rates: tuple[tuple[str, str], ...] = RATES) -> None:
    """A supplier who sells in another currency, and what that was worth."""
    for day, rate in rates:
        works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=day, rate=rate)
    works.do("put_party", code="ABROAD", name="Far Metals", is_supplier=True, currency=currency)


def ordered(works: Company, quantity: int, price: str, **more: Any) -> Any:
    lines = [{"item": "PART", "quantity": quantity, "unit_price": price}]
    return works.do("create_purchase_order", supplier="ABROAD", document_on="2026-06-01", lines=lines, **more)


def document(works: Company, receipt: Any) -> dict[str, Any]:
    return works.ask("document_by_id", document=receipt.document)[0]


def test_dollars_are_ordered_prepaid_billed_and_paid_each_at_the_rate_of_its_day(works: Company) -> None:
    story = Story(works, "foreign_currency")

    def tell(what: str) -> None:
        held = works.ask("prepayments", all=True)
        owed = works.ask("open_payables")
        accounts = [f"{code} {plain(value)}" for code, value in balances(works).items()]
        story.tell(what, *(f"prepaid {plain(row['open_amount'])} {row['currency']}" for row in held),
                   *(f"owed {plain(row['open_amount'])} {row['currency']} = {plain(row['home_open_amount'])}" for row in owed),
                   *accounts)  # fmt: skip

    abroad(works)
    order = ordered(works, 100, "10")
    shown = document(works, order)
    story.tell("order", *(f"{name} {plain(shown[name])}" for name in
               ("currency", "exchange_rate", "total_amount", "home_total_amount")))  # fmt: skip
    works.do("pay_supplier", party="ABROAD", amount="300", order=order.document, posted_on="2026-06-01")
    tell("300 dollars prepaid at 7.10")
    works.do("receive_goods", order=order.document, posted_on="2026-06-05")
    tell("received at the order's 7.10")
    bill = works.do("book_supplier_bill", order=order.document, posted_on="2026-06-10")
    tell("billed at 7.30, the prepayment taken up")
    part = works.do("pay_supplier", party="ABROAD", amount="333.33", posted_on="2026-06-12")
    tell("333.33 paid at 7.05")
    works.do("pay_supplier", party="ABROAD", amount="366.67", bank_amount="2600", posted_on="2026-06-12",
             allocations=[{"document": bill.document, "amount": "366.67"}])  # fmt: skip
    tell("the rest paid, for which the bank took 2600")
    works.assert_clean()
    works.do("reverse_document", document=part.document, reason="returned by the bank")
    tell("the bank returns the first payment")
    works.do("pay_supplier", party="ABROAD", amount="463.33", posted_on="2026-06-12")
    tell("all that is open is paid at 7.05")
    assert story.as_kept()
    works.assert_clean()


def test_a_price_is_judged_in_its_currency_and_what_the_rate_did_is_no_price_difference(works: Company) -> None:
    abroad(works)
    works.do("put_purchasing_policy", price_tolerance_rate="0.01")
    order = ordered(works, 90, "10")
    works.do("receive_goods", order=order.document, posted_on="2026-06-05")

    def billed(price: str, day: str) -> Any:
        lines = [{"line": 1, "quantity": 30, "unit_price": price}]
        return works.do("book_supplier_bill", order=order.document, lines=lines, posted_on=day)

    billed("10", "2026-06-10")
    assert (balances(works)["1403"], balances(works)["660304"]) == (Decimal(6390), Decimal(60))
    billed("10.05", "2026-06-12")
    dearer = [{"line": 1, "quantity": 30, "unit_price": "10.5"}]
    assert works.refused("book_supplier_bill", order=order.document, lines=dearer) == "bill_above_tolerance"
    works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    waits = billed("10.5", "2026-06-12")
    assert (balances(works)["1403"], balances(works)["660304"]) == (Decimal("6400.65"), Decimal("44.93"))
    rows = works.ask("purchase_match", order=order.document)
    assert (document(works, waits)["state"], rows[0]["price_difference"]) == ("draft", Decimal("117.15"))
    works.assert_clean()


def test_goods_that_go_back_take_back_the_difference_of_the_rate_that_their_bill_made(works: Company) -> None:
    abroad(works)
    order = ordered(works, 3, "33.33")
    received = works.do("receive_goods", order=order.document, posted_on="2026-06-01")
    freight = [{"description": "Freight", "amount": "20"}]
    bill = works.do("book_supplier_bill", order=order.document, posted_on="2026-06-10", charges=freight)
    works.do("return_to_supplier", against=received.document, reason="damaged", lines=[{"line": 1, "quantity": 1}])
    shown = document(works, works.do("issue_debit_note", bill=bill.document))
    amounts = (shown["currency"], shown["total_amount"], shown["home_total_amount"])
    assert amounts == ("USD", Decimal("37.66"), Decimal("274.92"))
    owed = works.ask("open_payables")
    assert [(row["open_amount"], row["home_open_amount"]) for row in owed] == [(Decimal("95.33"), Decimal("695.91"))]
    allowed = [{"line": 2, "amount": "5"}, {"line": 1, "amount": "1.5"}]
    works.do("issue_debit_note", bill=bill.document, lines=allowed)
    works.assert_clean()
    left = works.ask("open_payables")[0]["open_amount"]
    works.do("pay_supplier", party="ABROAD", amount=str(left), posted_on="2026-06-12")
    assert (works.ask("open_payables"), balances(works).get("220201")) == ([], None)
    works.assert_clean()


def test_yen_have_no_minor_unit_and_dinars_three_and_instalments_add_up_in_them(works: Company) -> None:
    shares = (("0.333", 0), ("0.667", 30))
    thirds = [{"share": share, "due_from": "invoice", "due_days": days} for share, days in shares]
    works.do("put_payment_term", code="PARTS", name="In parts", instalments=thirds)
    for currency, rate, price, parts in (
        ("JPY", "0.04731", "333", ("376", "753")),
        ("KWD", "23.1234", "1.2345", ("1.394", "2.792")),
    ):
        works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on="2026-06-01", rate=rate)
        works.do("put_party", code=currency, name=currency, is_supplier=True, currency=currency, payment_term="PARTS")
        lines = [{"item": "PART", "quantity": 3, "unit_price": price}]
        order = works.do("create_purchase_order", supplier=currency, lines=lines).document
        works.do("receive_goods", order=order)
        bill = works.do("book_supplier_bill", order=order)
        schedule = works.ask("payment_schedule", document=bill.document)
        assert [row["amount"] for row in schedule] == [Decimal(part) for part in parts]
        assert document(works, bill)["total_amount"] == sum(map(Decimal, parts))
        for part in parts:
            works.do("pay_supplier", party=currency, amount=part)
    assert works.ask("open_payables") == []
    works.assert_clean()


def test_what_the_currency_forbids_is_said(works: Company) -> None:
    rate = {"from_currency": "CNY", "valid_on": "2026-06-01", "rate": "0.125"}
    assert works.refused("put_exchange_rate", **rate, to_currency="CNY") == "rate_of_itself"
    works.do("put_party", code="EARLY", name="Early", is_supplier=True, currency="EUR")
    lines = [{"item": "PART", "quantity": 1, "unit_price": "10"}]
    assert works.refused("create_purchase_order", supplier="EARLY", lines=lines) == "exchange_rate_missing"
    works.do("put_exchange_rate", **rate, to_currency="EUR")
    euros = works.do("create_purchase_order", supplier="EARLY", lines=lines)
    assert document(works, euros)["home_total_amount"] == Decimal("90.4")
    abroad(works)
    prices = [{"unit_price": "9", "valid_from": "2026-01-01"}]
    works.do("put_supplier_item", supplier="ABROAD", item="PART", prices=prices)
    other = {"code": "ABROAD", "name": "Far Metals", "is_supplier": True, "currency": "EUR"}
    assert works.refused("put_party", **other) == "currency_has_prices"
    bought = {"supplier": "ABROAD", "lines": [{"item": "PART", "quantity": 2}]}
    priced = works.do("create_purchase_order", **bought)
    assert document(works, priced)["net_amount"] == Decimal(18)
    assert works.refused("create_purchase_order", **bought, currency="CNY") == "price_missing"
    works.do("receive_goods", order=priced.document)
    bill = works.do("book_supplier_bill", order=priced.document)
    pay = {"party": "ABROAD", "posted_on": "2026-06-12", "amount": "1"}
    in_yuan = {**pay, "currency": "CNY"}
    waiting = works.do("create_purchase_order", **bought)
    named = [{"document": bill.document, "amount": "1"}]
    assert works.refused("pay_supplier", **in_yuan, allocations=named) == "settled_in_its_currency"
    assert works.refused("pay_supplier", **in_yuan, order=waiting.document) == "settled_in_its_currency"
    assert works.refused("pay_supplier", **in_yuan, bank_amount="2") == "bank_amount_at_home"
    assert works.refused("pay_supplier", **{**pay, "amount": "30"}) == "foreign_advance_without_order"
    assert works.refused("pay_supplier", **{**pay, "amount": "0.001"}) == "payment_of_nothing"
    works.assert_clean()


def test_verify_names_what_is_changed_behind_the_currency(works: Company) -> None:
    abroad(works)
    order = ordered(works, 10, "10")
    works.do("pay_supplier", party="ABROAD", amount="30", order=order.document, posted_on="2026-06-01")
    works.do("receive_goods", order=order.document, lines=[{"line": 1, "quantity": 1}], posted_on="2026-06-05")
    works.do("book_supplier_bill", order=order.document, posted_on="2026-06-10")
    works.assert_clean()
    tamper(
        works,
        "update foreign_line set net_amount = net_amount + 100",
        "update foreign_item set open_amount = open_amount + 100",
        "update foreign_prepayment set open_amount = open_amount + 100",
    )
    assert {"I-52", "I-56", "I-67"} <= {finding.code for finding in verify(works.gateway).findings}
