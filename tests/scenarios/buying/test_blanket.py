"""A quantity agreed for a time, called off in parts at the agreed price, and never beyond it but for the tolerance."""

from __future__ import annotations

from tests.company import Company
from tests.scenarios.buying.facts import Story


def test_what_is_agreed_is_called_off_in_parts_and_not_beyond(works: Company) -> None:
    story = Story(works, "blanket")
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    blanket = works.do(
        "create_blanket_order",
        supplier="SUP",
        valid_from="2026-06-01",
        valid_until="2026-08-31",
        lines=[{"item": "PART", "quantity": 100, "unit_price": "2.75"}],
    ).document

    def call_off(quantity: int, **data: str) -> int | None:
        lines = [{"line": 1, "quantity": quantity}]
        receipt = works.submit("call_off_blanket_order", blanket=blanket, lines=lines, **data)
        if receipt.status == "done":
            order = works.ask("document_lines", document=receipt.document)[0]
            story.tell("called off", receipt.number, order["quantity"], order["unit_price"], order["due_on"])
        else:
            values = [f"{name} {value}" for name, value in sorted(receipt.values.items())]
            story.tell("refused", receipt.message_key.removeprefix("refusal."), *values)
        agreed = works.ask("document_lines", document=blanket)[0]
        state = works.ask("document_by_id", document=blanket)[0]["state"]
        story.tell("blanket", state, f"called off {agreed['fulfilled_quantity']:f} of {agreed['quantity']:f}")
        return receipt.document

    first = call_off(40)
    call_off(61)
    call_off(10, document_on="2026-09-01")
    works.do("cancel_purchase_order", order=first)
    call_off(90)
    call_off(16)
    works.do("put_purchasing_policy", over_release_rate="0.05")
    call_off(16)
    last = call_off(15)
    works.do("receive_goods", order=last)
    works.do("book_supplier_bill", order=last)
    story.rows("match", works.ask("purchase_match", order=last), "billed_quantity", "billed_price", "match")
    works.do("cancel_purchase_order", order=works.ask("purchase_orders", open_only=True)[0]["id"])
    call_off(1)
    assert story.as_kept()
    works.assert_clean()
