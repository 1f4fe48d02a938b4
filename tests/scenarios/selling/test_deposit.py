"""Money that a customer pays on his order before the goods: it waits as an advance, and the invoice takes it up."""

from __future__ import annotations

from tests.company import Company
from tests.scenarios.buying.market import balances
from tests.scenarios.selling.test_selling_under_control import story_of


def test_a_deposit_waits_for_its_invoice_and_what_is_left_is_applied_by_hand(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 40, "unit_cost": "3"}])
    story = story_of(works, "deposit")

    def tell(what: str) -> None:
        held = works.ask("deposits", all=True)
        owed = works.ask("open_receivables")
        story.tell(what, *(f"held {row['open_amount'].normalize():f} of {row['amount'].normalize():f}" for row in held),
                   *(f"owed {row['open_amount'].normalize():f}" for row in owed),
                   *(f"{code} {value.normalize():f}" for code, value in balances(works).items() if code[:2] in {"10", "11", "22"}))  # fmt: skip

    def ordered(quantity: int) -> int | None:
        lines = [{"item": "PART", "quantity": quantity, "unit_price": "10", "tax_code": "VAT13"}]
        return works.do("create_sales_order", customer="CUS", lines=lines).document

    order, other = ordered(10), ordered(4)
    assert works.refused("receive_payment", party="CUS", amount="113.01", order=order) == "prepayment_too_large"
    works.do("put_party", code="TWO", name="Second", is_customer=True)
    assert works.refused("receive_payment", party="TWO", amount="10", order=order) == "order_of_another"
    payment = works.do("receive_payment", party="CUS", amount="100", order=order)
    tell("a deposit of 100 is paid on an order of 113")
    assert works.refused("receive_payment", party="CUS", amount="14", order=order) == "prepayment_too_large"
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 6}])
    invoice = works.do("issue_customer_invoice", order=order)
    tell("six are shipped and invoiced at 67.80")
    works.do("close_sales_order", order=order)
    works.do("ship_goods", order=other)
    second = works.do("issue_customer_invoice", order=other)
    tell("another order is invoiced at 45.20")
    too_much = {"payment": payment.number, "invoice": second.number, "amount": "32.21"}
    assert works.refused("apply_deposit", **too_much) == "allocation_too_large"
    works.do("apply_deposit", payment=payment.number, invoice=second.number)
    tell("what is left is applied to it")
    assert works.refused("reverse_document", document=invoice.document, reason="wrong") == "document_partly_settled"
    works.assert_clean()
    works.do("reverse_document", document=payment.document, reason="returned by the bank")
    tell("the bank returns the deposit")
    assert story.as_kept()
    works.assert_clean()
