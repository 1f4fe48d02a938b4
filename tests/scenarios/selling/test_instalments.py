"""An order that is paid in instalments: a deposit, most of it after the invoice, and a tenth that is kept back for a year."""

from __future__ import annotations

from decimal import Decimal

import pypdfium2

from app.kernel.access import SYSTEM
from app.printing.sheets import print_document
from tests.company import Company
from tests.scenarios.buying.market import balances
from tests.scenarios.selling.test_selling_under_control import story_of

PARTS = [
    {"share": "0.3", "due_from": "order"},
    {"share": "0.6", "due_days": 30},
    {"share": "0.1", "due_days": 365},
]


def test_a_deposit_an_instalment_and_what_is_kept_back_for_a_year(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 40, "unit_cost": "3"}])
    for wrong in ([PARTS[0]], [*PARTS, {"share": "0.1"}], [{"share": "0.999"}]):
        assert works.refused("put_payment_term", code="361", name="30/60/10", instalments=wrong) == "instalments_sum"
    works.do("put_payment_term", code="361", name="30/60/10", instalments=PARTS)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, payment_term="361")
    story = story_of(works, "instalments")

    def tell(what: str, document: int | None) -> None:
        parts = works.ask("payment_schedule", document=document)
        story.tell(what, *(f"{row['due_on']} {row['amount'].normalize():f} open {row['open_amount'].normalize():f}" for row in parts),
                   *(f"{code} {value.normalize():f}" for code, value in balances(works).items() if code[:2] in {"10", "11", "22"}))  # fmt: skip

    lines = [{"item": "PART", "quantity": 7, "unit_price": "10.01", "tax_code": "VAT13"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    tell("an order of 79.18 asks for a deposit of 30 %", order)
    works.do("receive_payment", party="CUS", amount="20", order=order)
    tell("20 of it are paid", order)
    works.do("ship_goods", order=order)
    invoice = works.do("issue_customer_invoice", order=order).document
    tell("the invoice is due in three parts, and the deposit settles the first as far as it goes", invoice)
    with pypdfium2.PdfDocument(
        print_document(works.gateway, invoice, principal=SYSTEM, language="en").content
    ) as paper:
        printed = "".join(paper[0].get_textpage().get_text_bounded().split())
    assert printed.count("Due") == 4
    assert "47.51" in printed
    too_much = [{"document": invoice, "amount": "59.19"}]
    assert works.refused("receive_payment", party="CUS", amount="70", allocations=too_much) == "allocation_too_large"
    works.do("receive_payment", party="CUS", amount="51.26", allocations=[{"document": invoice, "amount": "51.26"}])
    tell("51.26 are paid against it: the earliest parts first", invoice)
    works.do("receive_return", against=order, reason="defective", lines=[{"line": 1, "quantity": 1}])
    works.do("issue_credit_note", invoice=invoice, settle=False)
    credit = works.ask("credit_notes")[0]
    works.do("apply_credit", credit=credit["id"], document=invoice)
    tell("one comes back, and its credit settles what is left and stays for the rest", invoice)
    assert [row["open_amount"] for row in works.ask("open_receivables")] == [Decimal("-3.39")]
    assert story.as_kept()
    works.assert_clean()


def test_an_invoice_with_a_day_of_its_own_is_due_on_it_and_so_is_a_bill(works: Company) -> None:
    works.do(
        "put_payment_term",
        code="HALVES",
        name="Halves",
        instalments=[{"share": "0.5"}, {"share": "0.5", "due_days": 60}],
    )
    works.do("put_party", code="SUP", name="Supplier", is_supplier=True, payment_term="HALVES")
    lines = [{"item": "PART", "quantity": 3, "unit_price": "1.67"}]
    bills = []
    for due_on in (None, "2026-09-09"):
        order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
        works.do("receive_goods", order=order)
        bills.append(works.do("book_supplier_bill", order=order, **({"due_on": due_on} if due_on else {})).document)
    parts = {bill: [row for row in works.ask("open_payables") if row["document_id"] == bill] for bill in bills}
    assert [len(found) for found in parts.values()] == [2, 1]
    assert sum(row["amount"] for row in parts[bills[0]]) == Decimal("5.66")
    assert str(parts[bills[1]][0]["due_on"]) == "2026-09-09"
    # A payment without allocation settles what is due first, whichever bill it is of.
    works.do("pay_supplier", party="SUP", amount="2.83")
    assert [row["open_amount"] for row in works.ask("open_payables") if row["document_id"] == bills[0]] == [
        Decimal("2.83")
    ]
    works.do("reverse_document", document=bills[1], reason="wrong")
    assert works.refused("reverse_document", document=bills[0], reason="wrong") == "document_partly_settled"
    works.assert_clean()
