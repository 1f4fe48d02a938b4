"""The mart of instalments says of each part what the store says of its document, on both databases."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.serving.catalog import QuestionRefusedError
from pipelines.serving.mart import Mart
from tests.company import DAY, Company
from tests.contract.pipelines.test_service_marts import published
from tests.scenarios.selling.test_foreign_customers import abroad

D = Decimal
PARTS = [
    {"share": "0.3", "due_from": "order"},
    {"share": "0.6", "due_days": 10},
    {"share": "0.1", "due_days": 365},
]
FIRST = "2026-06-01"
FIGURES = ("amount", "paid_amount", "credited_amount", "open_amount", "late_amount", "settled_late_amount")


def invoiced(works: Company, customer: str, quantity: int, day: str = FIRST) -> tuple[int, int]:
    """An order of parts that was shipped and invoiced on its day: the order and the invoice."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "10", "tax_code": "VAT13"}]
    order = works.do("create_sales_order", customer=customer, document_on=day, lines=lines).document
    works.do("ship_goods", order=order, posted_on=day)
    invoice = works.do("issue_customer_invoice", order=order, posted_on=day).document
    assert order is not None
    assert invoice is not None
    return order, invoice


def told(works: Company, document: int) -> list[tuple[date, Decimal, Decimal]]:
    """The parts of a document as the store's own query says them, in the currency of the document."""
    return [
        (row["due_on"], row["amount"], row["open_amount"]) for row in works.ask("payment_schedule", document=document)
    ]


def parts(mart: Mart, document: int, as_of: date = DAY) -> list[dict[str, Any]]:
    """The parts of a document as the mart says them."""
    return [row for row in mart.query("instalments", as_of=as_of) if row["document_id"] == document]


def owed_in_parts(works: Company) -> tuple[int, int, int, int]:
    """An invoice partly paid, bounced and credited; one in dollars; one that was taken back; and a bill."""
    abroad(works)
    works.do("put_payment_term", code="361", name="30/60/10", instalments=PARTS)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, payment_term="361")
    far = {"code": "FAR", "name": "Far Stores", "currency": "USD", "price_list": "EXPORT"}
    works.do("put_party", **far, is_customer=True, payment_term="361")
    works.do("put_party", code="SUP", name="Supplier", is_supplier=True, payment_term="361")

    order, home = invoiced(works, "CUS", 7)
    works.do("receive_payment", party="CUS", amount="20", posted_on="2026-06-02",
             allocations=[{"document": home, "amount": "20"}])  # fmt: skip
    bounced = works.do("receive_payment", party="CUS", amount="40", posted_on="2026-06-03",
                       allocations=[{"document": home, "amount": "40"}])  # fmt: skip
    works.do("reverse_document", document=bounced.document, reason="the bank took it back", posted_on="2026-06-12")
    works.do("receive_return", against=order, reason="defective", lines=[{"line": 1, "quantity": 2}],
             posted_on="2026-06-13")  # fmt: skip
    credit = works.do("issue_credit_note", invoice=home, settle=False, posted_on="2026-06-13")
    works.do("apply_credit", credit=credit.document, document=home, amount="15", posted_on="2026-06-14")
    _, dollars = invoiced(works, "FAR", 11)
    works.do("receive_payment", party="FAR", amount="50", posted_on="2026-06-12",
             allocations=[{"document": dollars, "amount": "50"}])  # fmt: skip
    _, wrong = invoiced(works, "CUS", 3)
    works.do("reverse_document", document=wrong, reason="wrong customer", posted_on="2026-06-15")
    lines = [{"item": "PART", "quantity": 5, "unit_price": "4", "tax_code": "VAT13"}]
    bought = works.do("create_purchase_order", supplier="SUP", document_on=FIRST, lines=lines)
    works.do("receive_goods", order=bought.document, posted_on=FIRST)
    bill = works.do("book_supplier_bill", order=bought.document, posted_on=FIRST, external_number="B-1").document
    assert bill is not None
    works.assert_clean()
    return home, dollars, wrong, bill


def test_the_mart_says_of_each_part_what_the_schedule_of_its_document_does(works: Company, tmp_path: Path) -> None:
    home, dollars, wrong, bill = owed_in_parts(works)
    mart = published(works, tmp_path / "w")
    for document in (home, bill):
        shown = parts(mart, document)
        assert [(row["due_on"], row["amount"], row["open_amount"]) for row in shown] == told(works, document)
        assert [(row["part_number"], row["part_count"]) for row in shown] == [(1, 3), (2, 3), (3, 3)]
    assert told(works, wrong)
    assert parts(mart, wrong) == []
    assert [row["open_amount"] for row in parts(mart, wrong, date(2026, 6, 14))] == [D("10.17"), D("20.34"), D("3.39")]
    before = parts(mart, home, date(2026, 6, 11))
    assert [row["paid_amount"] for row in before] == [D("23.73"), D("36.27"), D(0)]
    first, second, last = parts(mart, home)
    assert [first[name] for name in FIGURES] == [D("23.73"), D(20), D("3.73"), D(0), D(0), D("23.73")]
    assert (first["settled_on"], first["days_late"]) == (date(2026, 6, 14), 0)
    assert [second[name] for name in FIGURES] == [D("47.46"), D(0), D("11.27"), D("36.19"), D("36.19"), D("11.27")]
    assert (second["settled_on"], second["days_late"]) == (None, 4)
    assert (last["open_amount"], last["late_amount"], last["due_month"]) == (D("7.91"), D(0), "2027-06")
    _agrees_abroad(works, mart, dollars)
    _agrees_in_all(works, mart)
    _adds_up(mart)
    with pytest.raises(QuestionRefusedError, match="side must be one of receivable, payable"):
        mart.query("instalments_by", as_of=DAY, side="both")
    late = mart.query("instalments", as_of=DAY, late_only=True, side="receivable", party_code="CUS")
    assert [(row["document_id"], row["part_number"]) for row in late] == [(home, 2)]
    mart.close()


def _agrees_abroad(works: Company, mart: Mart, dollars: int) -> None:
    """Parts in dollars are what the books carry them at, due on the days of the schedule."""
    abroad_parts = parts(mart, dollars)
    assert {row["document_currency"] for row in abroad_parts} == {"USD"}
    assert [row["due_on"] for row in abroad_parts] == [due_on for due_on, _, _ in told(works, dollars)]
    owed = [row for row in works.ask("open_receivables", limit=1000) if row["document_id"] == dollars]
    assert [row["open_amount"] for row in abroad_parts if row["open_amount"]] == [
        row["home_open_amount"] for row in owed
    ]
    booked = [row["amount"] for row in works.ask_table("open_item") if row["document_id"] == dollars]
    assert [row["amount"] for row in abroad_parts] == booked


def _adds_up(mart: Mart) -> None:
    """Each part is paid, credited or open, and what is counted together is the sum of its parts."""
    for side in ("receivable", "payable"):
        rows = mart.query("instalments", as_of=DAY, side=side)
        assert all(row["amount"] == row["paid_amount"] + row["credited_amount"] + row["open_amount"] for row in rows)
        for by, name in (("month", "due_month"), ("party", "party_code")):
            wanted: dict[str, list[Decimal]] = defaultdict(lambda: [D(0)] * len(FIGURES))
            for row in rows:
                wanted[row[name]] = [a + row[figure] for a, figure in zip(wanted[row[name]], FIGURES, strict=True)]
            counted = mart.query("instalments_by", as_of=DAY, side=side, by=by)
            assert {row["code"]: [row[figure] for figure in FIGURES] for row in counted} == wanted


def _agrees_in_all(works: Company, mart: Mart) -> None:
    """What is open of all documents, of one part or of many, is what the store's lists of open items say."""
    for side, query in (("receivable", "open_receivables"), ("payable", "open_payables")):
        listed = {
            row["id"]: row["open_amount"] if row["home_open_amount"] is None else row["home_open_amount"]
            for row in works.ask(query, limit=1000)
        }
        rows = mart.query("instalments", as_of=DAY, side=side, parts_only=False, open_only=True)
        assert {row["open_item_id"]: row["open_amount"] for row in rows} == listed
