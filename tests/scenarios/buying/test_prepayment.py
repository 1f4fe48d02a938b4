"""Money paid before the goods: it waits as an advance, the order's bill takes it up, what is left goes to another bill."""

from __future__ import annotations

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def test_a_prepayment_waits_for_its_bill_and_what_is_left_is_applied_by_hand(works: Company) -> None:
    story = Story(works, "prepayment")

    def tell(what: str) -> None:
        held = works.ask("prepayments", all=True)
        owed = works.ask("open_payables")
        accounts = [f"{code} {value.normalize():f}" for code, value in balances(works).items() if code != "1403"]
        story.tell(what, *(f"prepaid {row['open_amount'].normalize():f} of {row['amount'].normalize():f}" for row in held),
                   *(f"owed {row['open_amount'].normalize():f}" for row in owed), *accounts)  # fmt: skip

    def ordered(quantity: int) -> int | None:
        lines = [{"item": "PART", "quantity": quantity, "unit_price": "10"}]
        return works.do("create_purchase_order", supplier="SUP", lines=lines).document

    order, other = ordered(10), ordered(10)
    assert works.refused("pay_supplier", party="SUP", amount="113.01", order=order) == "prepayment_too_large"
    works.do("put_party", code="TWO", name="Second", is_supplier=True)
    assert works.refused("pay_supplier", party="TWO", amount="10", order=order) == "order_of_another"
    payment = works.do("pay_supplier", party="SUP", amount="100", order=order)
    tell("prepaid")
    assert works.refused("pay_supplier", party="SUP", amount="14", order=order) == "prepayment_too_large"
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 6}])
    bill = works.do("book_supplier_bill", order=order)
    tell("the order's bill of 67.80 is booked")
    works.do("close_purchase_order", order=order)
    works.do("receive_goods", order=other)
    second = works.do("book_supplier_bill", order=other)
    tell("another order's bill of 113.00 is booked")
    too_much = {"payment": payment.number, "bill": second.number, "amount": "32.21"}
    assert works.refused("apply_prepayment", **too_much) == "allocation_too_large"
    works.do("apply_prepayment", payment=payment.number, bill=second.number)
    tell("what is left is applied to it")
    assert works.refused("apply_prepayment", payment=payment.number, bill=second.number) == "allocation_too_large"
    assert works.refused("reverse_document", document=bill.document, reason="wrong") == "document_partly_settled"
    works.assert_clean()
    works.do("reverse_document", document=payment.document, reason="returned by the bank")
    tell("the bank returns the payment")
    works.do("reverse_document", document=bill.document, reason="wrong")
    tell("the first bill is taken back")
    assert story.as_kept()
    works.assert_clean()
