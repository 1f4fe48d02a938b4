"""A dollar invoice and a euro bill over two month ends: valued at the closing rate, taken back, half paid, settled; nothing left over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.jobs.verify import verify
from app.kernel.access import Principal
from schemas.operational.ledger import account, journal_entry, journal_line
from tests.company import Company
from tests.scenarios.buying.facts import Story, plain
from tests.scenarios.buying.market import balances
from tests.tampering import tamper

RATES = {
    "USD": {"2026-04-01": "7.10", "2026-04-30": "7.20", "2026-05-12": "7.15", "2026-05-31": "7.30", "2026-06-05": "7.25"},
    "EUR": {"2026-04-01": "7.80", "2026-04-30": "7.95", "2026-05-12": "7.90", "2026-05-31": "7.70", "2026-06-05": "7.75"},
}  # fmt: skip
DIFFERENCE = "660304"
D = Decimal


def abroad(works: Company) -> None:
    """A customer who owes in dollars, a supplier who is owed in euros, and what both were worth."""
    for currency, rates in RATES.items():
        for day, rate in rates.items():
            works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=day, rate=rate)
    works.do("put_party", code="FAR", name="Far Stores", is_customer=True, currency="USD")
    works.do("put_party", code="ABROAD", name="Far Metals", is_supplier=True, currency="EUR")
    stock = [{"item": "PART", "location": "MAIN", "quantity": 300, "unit_cost": "30"}]
    works.do("book_opening_stock", lines=stock, posted_on="2026-04-01")


def invoiced(works: Company, dollars: int, on: str = "2026-04-10") -> Any:
    """An invoice of so many dollars."""
    lines = [{"item": "PART", "quantity": dollars // 10, "unit_price": "10", "tax_code": "VAT0"}]
    order = works.do("create_sales_order", customer="FAR", document_on=on, lines=lines)
    works.do("ship_goods", order=order.document, posted_on=on)
    return works.do("issue_customer_invoice", order=order.document, posted_on=on)


def billed(works: Company, euros: int, on: str = "2026-04-10") -> Any:
    """A bill of so many euros."""
    lines = [{"item": "PART", "quantity": euros // 5, "unit_price": "5", "tax_code": "VAT0"}]
    order = works.do("create_purchase_order", supplier="ABROAD", document_on=on, lines=lines)
    works.do("receive_goods", order=order.document, posted_on=on)
    return works.do("book_supplier_bill", order=order.document, posted_on=on)


def collect(works: Company, amount: str, on: str) -> Any:
    return works.do("receive_payment", party="FAR", amount=amount, posted_on=on)


def pay(works: Company, amount: str, on: str) -> Any:
    return works.do("pay_supplier", party="ABROAD", amount=amount, posted_on=on)


def upto(works: Company, code: str, last: str, first: str = "2000-01-01") -> Decimal:
    """Debit less credit of an account by the day of posting."""
    query = (
        select(func.sum(journal_line.c.debit), func.sum(journal_line.c.credit))
        .join(journal_entry, journal_entry.c.id == journal_line.c.entry_id)
        .join(account, account.c.id == journal_line.c.account_id)
        .where(account.c.code == code, journal_entry.c.posted_on.between(date.fromisoformat(first), date.fromisoformat(last)))
    )  # fmt: skip
    with works.gateway.store.reading() as connection:
        debit, credit = connection.execute(query).one()
    return (debit or D(0)) - (credit or D(0))


def values(works: Company, receipt: Any) -> list[tuple[Any, ...]]:
    """What a revaluation says of each item."""
    names = ("currency", "open_amount", "carried_amount", "exchange_rate", "valued_amount", "booked_before", "gain")
    return [tuple(row[name] for name in names) for row in works.ask("revaluation_lines", document=receipt.document)]


def revalue(works: Company, period: str, **more: Any) -> Any:
    return works.do("revalue_open_items", period=period, **more)


def test_an_invoice_and_a_bill_are_valued_at_two_month_ends_half_paid_between_and_settled(works: Company) -> None:
    story = Story(works, "revaluation")
    abroad(works)
    invoiced(works, 1000)
    billed(works, 500)

    def revalued(period: str) -> None:
        receipt = revalue(works, period)
        for currency, opened, carried, rate, valued, _before, gain in values(works, receipt):
            story.tell(f"revalued {period}", f"open {plain(opened)} {currency}", f"carried {plain(carried)}",
                       f"at {plain(rate)}", f"valued {plain(valued)}", f"gain {plain(gain)}")  # fmt: skip

    def month(first: str, last: str) -> None:
        story.tell(f"on {last}", f"1122 {plain(upto(works, '1122', last))}", f"220201 {plain(upto(works, '220201', last))}",
                   f"{DIFFERENCE} of the month {plain(upto(works, DIFFERENCE, last, first))}")  # fmt: skip

    revalued("2026-04")
    month("2026-04-01", "2026-04-30")
    collect(works, "500", "2026-05-12")
    pay(works, "250", "2026-05-12")
    revalued("2026-05")
    month("2026-05-01", "2026-05-31")
    collect(works, "500", "2026-06-05")
    pay(works, "250", "2026-06-05")
    month("2026-06-01", "2026-06-30")
    story.tell("in all", *(f"{code} {plain(balances(works).get(code, D(0)))}"
               for code in ("1002", "1122", "220201", DIFFERENCE)))  # fmt: skip
    assert story.as_kept()
    assert works.do("revalue_open_items", period="2026-05").message_key == "receipt.items_stand"
    for period in ("2025-01", "2025-12"):
        assert works.ask("foreign_items_at_period_end", period=period) == []
    works.assert_clean()


def test_revaluing_again_books_what_changed_since_and_the_latest_is_taken_back_first(works: Company) -> None:
    abroad(works)
    first = invoiced(works, 1000)
    april = revalue(works, "2026-04", posted_on="2026-04-29")
    assert values(works, april) == [("USD", D(1000), D(7100), D("7.2"), D(7200), D(0), D(100))]
    paid = collect(works, "400", "2026-04-28")
    billed(works, 100, "2026-04-20")
    again = revalue(works, "2026-04")
    assert values(works, again) == [
        ("EUR", D(100), D(780), D("7.95"), D(795), D(0), D(-15)),
        ("USD", D(600), D(4260), D("7.2"), D(4320), D(100), D(-40)),
    ]
    assert upto(works, "1122", "2026-04-30") == D(4320)
    assert works.refused("reverse_document", document=april.document, reason="wrong") == "later_revaluation"
    wrong_day = {"document": again.document, "reason": "wrong", "posted_on": "2026-05-02"}
    assert works.refused("reverse_document", **wrong_day) == "closing_in_its_period"
    works.do("reverse_document", document=again.document, reason="a rate was wrong")
    assert (upto(works, "1122", "2026-04-30"), upto(works, "1122", "2026-05-01")) == (D(4360), D(4260))
    works.assert_clean()
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-04-30", rate="7")
    found = works.ask("foreign_items_at_period_end", period="2026-04")
    assert [row["difference"] for row in found] == [D(15), D(-160)]
    revalue(works, "2026-04")
    works.do("reverse_document", document=paid.document, reason="returned", posted_on="2026-06-01")
    works.do("issue_credit_note", invoice=first.document, posted_on="2026-06-01", settle=False,
             lines=[{"line": 1, "amount": "300"}])  # fmt: skip
    june = works.ask("foreign_items_at_period_end", period="2026-06")
    assert {(row["kind"], row["open_amount"]) for row in june if row["currency"] == "USD"} == {
        ("customer_invoice", D(1000)), ("credit_note", D(-300))}  # fmt: skip
    assert works.do("revalue_open_items", period="2026-04").message_key == "receipt.items_stand"
    works.assert_clean()


def test_a_document_and_a_settlement_taken_back_leave_its_revaluation_standing(works: Company) -> None:
    abroad(works)
    invoice = invoiced(works, 500)
    revalue(works, "2026-04")
    works.do("reverse_document", document=invoice.document, reason="wrong", posted_on="2026-05-20")
    assert (upto(works, "1122", "2026-04-30"), upto(works, "1122", "2026-05-31")) == (D(3600), D(0))
    revalue_may = works.do("revalue_open_items", period="2026-05")
    assert revalue_may.message_key == "receipt.items_stand"
    works.assert_clean()
    held = works.do("create_sales_order", customer="FAR", document_on="2026-05-12",
                    lines=[{"item": "PART", "quantity": 5, "unit_price": "10", "tax_code": "VAT0"}])  # fmt: skip
    works.do("receive_payment", party="FAR", amount="30", order=held.document, posted_on="2026-05-12")
    assert works.ask("foreign_items_at_period_end", period="2026-05") == []


def test_a_period_is_locked_and_a_year_closed_with_what_is_open_at_the_closing_rate(works: Company) -> None:
    for day, rate in (("2025-11-01", "7"), ("2025-12-31", "7.5")):
        works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=day, rate=rate)
    abroad(works)
    stock = [{"item": "PART", "location": "MAIN", "quantity": 10, "unit_cost": "30"}]
    works.do("book_opening_stock", lines=stock, posted_on="2025-11-01")
    invoiced(works, 100, "2025-11-20")
    for month in range(1, 12):
        works.do("lock_period", period=f"2025-{month:02d}")
    assert works.refused("lock_period", period="2025-12") == "items_not_revalued"
    december = revalue(works, "2025-12")
    works.do("close_fiscal_year", year="2025")
    assert upto(works, DIFFERENCE, "2025-12-31") == 0
    assert upto(works, "410401", "2025-12-31") == D(-700 - 50 + 300)
    assert upto(works, DIFFERENCE, "2026-12-31") == D(50)
    works.do("lock_period", period="2025-12")
    assert works.refused("reverse_document", document=december.document, reason="late") == "period_locked"
    assert works.refused("revalue_open_items", period="2025-12") == "period_locked"
    collect(works, "100", "2026-04-30")
    assert upto(works, DIFFERENCE, "2026-12-31") == D(50 - 20)
    works.assert_clean()
    tamper(works, "update foreign_item set amount = amount + 1000000 where amount > 0")
    assert "I-98" in {finding.code for finding in verify(works.gateway).findings}


def test_what_cannot_be_revalued_is_said(works: Company) -> None:
    abroad(works)
    invoiced(works, 100)
    assert works.refused("revalue_open_items", period="2030-01") == "code_unknown"
    assert works.refused("revalue_open_items", period="2026-06") == "period_not_over"
    assert works.refused("revalue_open_items", period="2026-04", posted_on="2026-05-01") == "day_of_the_period"
    clerk = Principal(7, "clerk", frozenset({"ledger.read"}))
    assert works.submit("revalue_open_items", principal=clerk, period="2026-04").status == "refused"
    tamper(works, "delete from exchange_rate")
    lost = works.submit("revalue_open_items", period="2026-04")
    assert (lost.message_key, lost.values["currency"], str(lost.values["day"])) == (
        "refusal.exchange_rate_missing", "USD", "2026-04-30")  # fmt: skip
    assert works.ask("foreign_items_at_period_end", period="2026-04")[0]["difference"] is None


@pytest.mark.parametrize("statement", [
    "update revaluation_line set valued_amount = valued_amount + 200",
    "update revaluation_line set booked_before = booked_before + 100",
    "update revaluation_line set difference = difference + 100",
    "update journal_entry set posted_on = '2026-05-02' where fact = 'RevaluationTakenBack' and reverses_id is null",
    "update journal_line set debit = debit + 100 where debit > 0 and entry_id in"
    " (select id from journal_entry where fact = 'RevaluationTakenBack')",
    "update journal_entry set posted_on = '2026-05-02' where reverses_id in"
    " (select id from journal_entry where fact = 'RevaluationTakenBack')",
])  # fmt: skip
def test_verify_names_what_is_changed_behind_a_revaluation(works: Company, statement: str) -> None:
    abroad(works)
    invoiced(works, 100)
    april = revalue(works, "2026-04")
    works.do("reverse_document", document=april.document, reason="wrong")
    revalue(works, "2026-04")
    works.assert_clean()
    tamper(works, statement)
    assert "I-98" in {finding.code for finding in verify(works.gateway).findings}
