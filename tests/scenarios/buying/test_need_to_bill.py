"""From a need to a matched bill: three suppliers are asked, two share the order, and what arrives is counted blind."""

from __future__ import annotations

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import a_market, balances
from tests.specimens import CHECKER


def test_a_need_becomes_a_matched_bill_and_a_claim(works: Company) -> None:
    a_market(works)
    story = Story(works, "need_to_bill")

    need = works.do(
        "create_purchase_requisition",
        lines=[{"item": "BRASS", "quantity": 100, "needed_by": "2026-07-01", "reason": "Kettles for the summer"}],
    )
    request = works.do(
        "request_quotations", suppliers=["ANVIL", "BELLOWS", "CINDER"], requisition=need.number, answer_by="2026-06-18"
    )
    offers = (
        ("ANVIL", "10", {"lead_time_days": 7}, "60"),
        ("BELLOWS", "9.5", {"lead_time_days": 30}, None),
        ("CINDER", "10.8", {"lead_time_days": 5, "min_lot": 50, "lot_multiple": 10}, None),
    )
    for supplier, price, terms, freight in offers:
        charges = [{"description": "Freight", "amount": freight}] if freight else []
        works.do(
            "enter_supplier_quotation",
            request=request.number,
            supplier=supplier,
            valid_until="2026-07-31",
            lines=[{"line": 1, "unit_price": price, **terms}],
            charges=charges,
        )
    story.rows(
        "offer",
        works.ask("quotation_comparison", request=request.number, on="2026-06-15"),
        "supplier", "order_quantity", "landed_price", "delivery_on", "late_days", "best", "reason",
    )  # fmt: skip

    awarded = works.do(
        "award_quotation",
        request=request.number,
        lines=[{"line": 1, "supplier": "ANVIL", "quantity": 40}, {"line": 1, "supplier": "CINDER"}],
    )
    first, second = awarded.data["documents"]
    for document in (need, request):
        row = works.ask("document_by_id", document=document.document)[0]
        story.tell("after the award", row["kind"], row["number"], row["state"])
    for order in (first, second):
        row = works.ask("document_by_id", document=order)[0]
        line = works.ask("document_lines", document=order)[0]
        story.tell("order", row["number"], row["party_code"], line["quantity"], line["unit_price"], line["due_on"])

    works.do(
        "confirm_supplier_dates",
        order=second,
        lines=[
            {"line": 1, "promised_on": "2026-06-22", "quantity": 25},
            {"line": 1, "promised_on": "2026-06-29", "quantity": 35},
        ],
    )
    works.do("confirm_supplier_dates", order=second, lines=[{"line": 1, "promised_on": "2026-06-24"}])
    notice = works.do(
        "announce_delivery",
        order=second,
        expected_on="2026-06-25",
        external_number="ASN-7",
        lines=[{"line": 1, "quantity": 60, "lot": "C-17", "expires_on": "2027-06-30"}],
    )
    story.rows(
        "promise",
        works.ask("order_promises", document=second),
        "kind", "expected_on", "quantity", "standing",
    )  # fmt: skip
    story.rows("on order", works.ask("availability", items=["BRASS"]), "on_order", "next_due_on")

    works.do("put_purchasing_policy", blind_count=True, price_tolerance_rate="0.02", min_remaining_days=90)
    hidden = works.ask("lines_to_receive", order=notice.number)
    story.rows("the receiver sees", hidden, "line", "item_code", "ordered_quantity", "announced_quantity", "lot")
    assert works.refused("receive_goods", order=notice.number) == "count_needed"
    receipt = works.do(
        "receive_goods",
        order=notice.number,
        lines=[
            {
                "line": 1,
                "quantity": 50,
                "damaged_quantity": 4,
                "lot": "C-17",
                "expires_on": "2027-06-30",
                "remedy": "credit",
            }
        ],
    )
    story.rows(
        "found",
        works.ask("receipt_differences", document=receipt.document),
        "open_quantity", "stated_quantity", "received_quantity", "damaged_quantity", "difference",
    )  # fmt: skip
    claim = works.ask("supplier_claims")[0]
    story.rows("claim", works.ask("claim_details", document=claim["id"]), "reason", "quantity", "remedy", "net_amount")
    inbox = [row for row in works.ask_table("inbox_item") if row["kind"] == "supplier_claim"]
    story.tell("in the inbox of", inbox[0]["role_code"], inbox[0]["state"])

    works.do("put_approval_rule", command="book_supplier_bill", approver_role="executive")
    bill = {"order": second, "external_number": "CB-9", "lines": [{"line": 1, "quantity": 50, "unit_price": "11.2"}]}
    waiting = works.do("book_supplier_bill", **bill)
    story.tell("bill", waiting.message_key, works.ask("document_by_id", document=waiting.document)[0]["state"])
    matched = works.ask("purchase_match", order=second)
    story.rows(
        "match", matched, "ordered_quantity", "received_quantity", "billed_quantity", "waiting_quantity", "match"
    )
    ask = works.ask_table("approval_request")[-1]["id"]
    assert works.submit("decide_approval", principal=CHECKER, request=ask, approve=True).status == "done"
    matched = works.ask("purchase_match", order=second)
    story.rows("match", matched, "billed_quantity", "billed_price", "price_difference", "tolerance_amount", "match")

    works.do("settle_supplier_claim", claim=claim["number"], outcome="credited", note="Credit note CN-3")
    works.do("close_purchase_order", order=second)
    total = works.ask("document_by_id", document=waiting.document)[0]["total_amount"]
    works.do("pay_supplier", party="CINDER", amount=str(total))
    for account, balance in balances(works).items():
        story.tell("account", account, balance)
    chain = works.ask("document_chain", document=need.document)
    story.tell("chain", *(f"{row['kind']} {row['state']}" for row in chain))
    assert story.as_kept()
    works.assert_clean()
