"""A company goes live with dollars that are owed both ways: carried as its former books had them, revalued, settled, taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.company import Company
from tests.scenarios.buying.market import balances

D = Decimal
DAYS: dict[str, str] = {"document_on": "2026-03-20", "due_on": "2026-04-20", "posted_on": "2026-04-01"}


def live(works: Company) -> None:
    """What a dollar was worth, and parties who trade in it."""
    for day, rate in (("2026-04-01", "7.10"), ("2026-04-30", "7.20"), ("2026-05-10", "7.15")):
        works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=day, rate=rate)
    works.do("put_party", code="FAR", name="Far Stores", is_customer=True, currency="USD")
    works.do("put_party", code="ABROAD", name="Far Metals", is_supplier=True, currency="USD")


def owed(works: Company, query: str) -> list[tuple[Any, ...]]:
    return [(row["currency"], row["open_amount"], row["home_open_amount"]) for row in works.ask(query)]


def test_dollars_of_the_former_books_are_carried_revalued_and_settled(works: Company) -> None:
    live(works)
    works.do("book_opening_receivable", party="FAR", amount="100", external_number="A", booked_amount="705", **DAYS)
    works.do("book_opening_receivable", party="FAR", amount="-20", external_number="B", exchange_rate="7", **DAYS)
    bill = works.do("book_opening_payable", party="ABROAD", amount="50", external_number="C", **DAYS)
    home = works.do("book_opening_payable", party="ABROAD", amount="9", external_number="D", currency="CNY", **DAYS)
    assert sorted(owed(works, "open_receivables")) == [("USD", D(-20), D(-140)), ("USD", D(100), D(705))]
    assert sorted(owed(works, "open_payables")) == [("CNY", D(9), None), ("USD", D(50), D(355))]
    shown = works.ask("document_by_id", document=bill.document)[0]
    assert (shown["currency"], shown["total_amount"], shown["home_total_amount"]) == ("USD", D(50), D(355))
    assert works.ask("document_by_id", document=home.document)[0]["total_amount"] == D(9)
    april = works.do("revalue_open_items", period="2026-04")
    lines = works.ask("revaluation_lines", document=april.document)
    assert sorted(row["gain"] for row in lines) == [D(-5), D(-4), D(15)]
    works.do("apply_credit", credit=works.ask("opening_receivables")[0]["number"], posted_on="2026-05-10",
             document=works.ask("opening_receivables")[1]["number"])  # fmt: skip
    works.do("receive_payment", party="FAR", amount="80", posted_on="2026-05-10")
    allocated = [{"document": bill.document, "amount": "50"}]
    works.do("pay_supplier", party="ABROAD", amount="50", posted_on="2026-05-10", allocations=allocated)
    held = balances(works)
    assert (held.get("1122", D(0)), held["220201"], held["1002"]) == (D(0), D(-9), D("572") - D("357.5"))
    assert held["660304"] == -(D(572) - D(705 - 140)) + D("357.5") - D(355)
    works.assert_clean()
    assert works.do("revalue_open_items", period="2026-05").message_key == "receipt.items_stand"


def test_an_opening_item_that_is_taken_back_is_open_in_neither_currency(works: Company) -> None:
    live(works)
    credit = works.do(
        "book_opening_payable", party="ABROAD", amount="-50", external_number="C", booked_amount="-1", **DAYS
    )
    works.assert_clean()
    works.do("reverse_document", document=credit.document, reason="wrong")
    assert owed(works, "open_payables") == []
    assert balances(works) == {}
    works.assert_clean()


def test_what_an_opening_item_cannot_be_is_said(works: Company) -> None:
    live(works)
    item = {"party": "FAR", "amount": "100", "external_number": "A", **DAYS}
    for more, key in (
        ({"exchange_rate": "7", "booked_amount": "700"}, "rate_or_booked_amount"),
        ({"currency": "CNY", "exchange_rate": "7"}, "rate_at_home"),
        ({"currency": "CNY", "booked_amount": "0"}, "rate_at_home"),
        ({"booked_amount": "-700"}, "booked_amount_wrong"),
        ({"booked_amount": "700.001"}, "amount_minor_unit"),
        ({"booked_amount": "0"}, "amount_minor_unit"),
        ({"amount": "0.001"}, "amount_minor_unit"),
        ({"amount": "0"}, "amount_minor_unit"),
        ({"amount": "0.01", "exchange_rate": "0.1"}, "booked_amount_wrong"),
        ({"amount": "0.01", "booked_amount": "99999999999"}, "booked_amount_wrong"),
        ({"amount": "99999999999", "exchange_rate": "999999"}, "booked_amount_wrong"),
        ({"currency": "EUR"}, "exchange_rate_missing"),
        ({"currency": "JPY", "amount": "0.5", "exchange_rate": "0.05"}, "amount_minor_unit"),
        ({"posted_on": "2026-03-31"}, "exchange_rate_missing"),
    ):
        assert works.refused("book_opening_receivable", **{**item, **more}) == key, more
    assert works.ask_table("open_item") == []
