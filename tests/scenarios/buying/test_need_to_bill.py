"""From a need to a matched bill: three suppliers are asked, two share the order, and what arrives is counted blind."""

from __future__ import annotations

from typing import Any

from tests.company import Company
from tests.makers import CHECKER
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import a_market, balances

_OFFERS: tuple[tuple[str, str, dict[str, int], str | None], ...] = (
    ("ANVIL", "10", {"lead_time_days": 7}, "60"),
    ("BELLOWS", "9.5", {"lead_time_days": 30}, None),
    ("CINDER", "10.8", {"lead_time_days": 5, "min_lot": 50, "lot_multiple": 10}, None),
)


def test_a_need_becomes_a_matched_bill_and_a_claim(works: Company) -> None:
    a_market(works)
    story = Story(works, "need_to_bill")
    lines = [{"item": "BRASS", "quantity": 100, "needed_by": "2026-07-01", "reason": "Kettles for the summer"}]
    need = works.do("create_purchase_requisition", lines=lines)
    order = enquire_and_award(works, story, need)
    notice = promise_and_announce(works, story, order)
    count_blind(works, story, notice)
    match_and_pay(works, story, order)
    chain = works.ask("document_chain", document=need.document)
    story.tell("chain", *(f"{row['kind']} {row['state']}" for row in chain))
    assert story.as_kept()
    works.assert_clean()


def enquire_and_award(works: Company, story: Story, need: Any) -> int:
    """Ask three suppliers, compare, split the award; the order with Cinder."""
    suppliers = [supplier for supplier, *_ in _OFFERS]
    request = works.do("request_quotations", suppliers=suppliers, requisition=need.number, answer_by="2026-06-18")
    for supplier, price, terms, freight in _OFFERS:
        works.do(
            "enter_supplier_quotation",
            request=request.number,
            supplier=supplier,
            valid_until="2026-07-31",
            lines=[{"line": 1, "unit_price": price, **terms}],
            charges=[{"description": "Freight", "amount": freight}] if freight else [],
        )
    compared = works.ask("quotation_comparison", request=request.number, on="2026-06-15")
    columns = ("supplier", "order_quantity", "landed_price", "delivery_on", "late_days", "best", "reason")
    story.rows("offer", compared, *columns)
    award = [{"line": 1, "supplier": "ANVIL", "quantity": 40}, {"line": 1, "supplier": "CINDER"}]
    first, second = works.do("award_quotation", request=request.number, lines=award).data["documents"]
    for document in (need, request):
        row = works.ask("document_by_id", document=document.document)[0]
        story.tell("after the award", row["kind"], row["number"], row["state"])
    for order in (first, second):
        row = works.ask("document_by_id", document=order)[0]
        line = works.ask("document_lines", document=order)[0]
        story.tell("order", row["number"], row["party_code"], line["quantity"], line["unit_price"], line["due_on"])
    return second


def promise_and_announce(works: Company, story: Story, order: int) -> str:
    """Two deliveries are promised, then one, then it is announced; the number of the notice."""
    split = [
        {"line": 1, "promised_on": "2026-06-22", "quantity": 25},
        {"line": 1, "promised_on": "2026-06-29", "quantity": 35},
    ]
    works.do("confirm_supplier_dates", order=order, lines=split)
    works.do("confirm_supplier_dates", order=order, lines=[{"line": 1, "promised_on": "2026-06-24"}])
    coming = [{"line": 1, "quantity": 60, "lot": "C-17", "expires_on": "2027-06-30"}]
    notice = works.do("announce_delivery", order=order, expected_on="2026-06-25", external_number="ASN-7", lines=coming)
    story.rows("promise", works.ask("order_promises", document=order), "kind", "expected_on", "quantity", "standing")
    story.rows("on order", works.ask("availability", items=["BRASS"]), "on_order", "next_due_on")
    assert notice.number is not None
    return notice.number


def count_blind(works: Company, story: Story, notice: str) -> None:
    """The receiver sees no quantity, finds some short and some damaged, and both are claimed."""
    works.do("put_purchasing_policy", blind_count=True, price_tolerance_rate="0.02", min_remaining_days=90)
    hidden = works.ask("lines_to_receive", order=notice)
    story.rows("the receiver sees", hidden, "line", "item_code", "ordered_quantity", "announced_quantity", "lot")
    assert works.refused("receive_goods", order=notice) == "count_needed"
    found = {"line": 1, "quantity": 50, "damaged_quantity": 4, "lot": "C-17", "expires_on": "2027-06-30"}
    receipt = works.do("receive_goods", order=notice, lines=[{**found, "remedy": "credit"}])
    differences = works.ask("receipt_differences", document=receipt.document)
    columns = ("open_quantity", "stated_quantity", "received_quantity", "damaged_quantity", "difference")
    story.rows("found", differences, *columns)
    claim = works.ask("supplier_claims")[0]["id"]
    story.rows("claim", works.ask("claim_details", document=claim), "reason", "quantity", "remedy", "net_amount")
    inbox = [row for row in works.ask_table("inbox_item") if row["kind"] == "supplier_claim"]
    story.tell("in the inbox of", inbox[0]["role_code"], inbox[0]["state"])


def match_and_pay(works: Company, story: Story, order: int) -> None:
    """The bill is dearer than is borne, waits, is approved and paid; the claim is settled and the order closed short."""
    works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    billed = [{"line": 1, "quantity": 50, "unit_price": "11.2"}]
    waiting = works.do("book_supplier_bill", order=order, external_number="CB-9", lines=billed)
    story.tell("bill", waiting.message_key, works.ask("document_by_id", document=waiting.document)[0]["state"])
    matched = works.ask("purchase_match", order=order)
    columns = ("ordered_quantity", "received_quantity", "billed_quantity", "waiting_quantity", "match")
    story.rows("match", matched, *columns)
    request = works.ask_table("approval_request")[-1]["id"]
    assert works.submit("decide_approval", principal=CHECKER, request=request, approve=True).status == "done"
    matched = works.ask("purchase_match", order=order)
    story.rows("match", matched, "billed_quantity", "billed_price", "price_difference", "tolerance_amount", "match")
    claim = works.ask("supplier_claims")[0]["number"]
    works.do("settle_supplier_claim", claim=claim, outcome="credited", note="Credit note CN-3")
    works.do("close_purchase_order", order=order)
    total = works.ask("document_by_id", document=waiting.document)[0]["total_amount"]
    works.do("pay_supplier", party="CINDER", amount=str(total))
    for account, balance in balances(works).items():
        story.tell("account", account, balance)
