"""After-sales on both databases: one case from the customer's word to the cent that is left, and back again step by step."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.makers import PNG, stocked
from tests.service_makers import lot_case

D = Decimal


def sold(works: Company, quantity: int = 10) -> dict[str, int]:
    """Ten parts that cost 3.01 each, sold at 5 and 13 % tax, shipped and invoiced."""
    stocked(works)
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "5"}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    shipment = works.do("ship_goods", order=order).document
    invoice = works.do("issue_customer_invoice", order=order).document
    assert order is not None
    assert shipment is not None
    assert invoice is not None
    return {"order": order, "shipment": shipment, "invoice": invoice}


def opened(works: Company, kind: str = "return", quantity: int = 4, **more: Any) -> int:
    """A case about some of the parts."""
    made = sold(works)
    lines = [{"line": 1, "quantity": quantity, "fault": "the handle is loose"}]
    given = {"kind": kind, "reason": "defective", "against": made["invoice"], "lines": lines, **more}
    case = works.do("open_service_case", **given).document
    assert case is not None
    return case


def inspected(works: Company, kind: str = "return", **findings: int) -> int:
    """A case whose four parts came back and were looked at."""
    case = opened(works, kind)
    works.do("receive_case_goods", case=case)
    found = [{"line": 1, "quantity": n, "finding": name} for name, n in (findings or {"good": 4}).items()]
    works.do("inspect_service_case", case=case, lines=found)
    return case


def state(works: Company, case: int) -> str:
    """Where a case stands."""
    return str(works.ask("case_details", document=case)[0]["state"])


def test_a_return_is_inspected_led_and_credited_to_the_cent(works: Company) -> None:
    case = inspected(works, good=2, repairable=1, scrap=1)
    lines = [
        {"line": 1, "quantity": 2, "disposition": "restock"},
        {"line": 1, "quantity": 1, "disposition": "rework"},
        {"line": 1, "quantity": 1, "disposition": "scrap"},
    ]
    works.do("decide_service_case", case=case, outcome="credit", lines=lines)
    receipt = works.do("settle_service_case", case=case)
    assert (receipt.values["credited"], receipt.values["invoiced"]) == (D("22.60"), D(0))
    (row,) = works.ask("case_lines", document=case)
    led = ("received", "restock", "rework", "scrap", "to_supplier")
    assert [row[f"{step}_quantity"] for step in led] == [D(4), D(2), D(1), D(1), D(0)]
    (totals,) = works.ask("case_totals", document=case)
    assert (totals["goods_back"], totals["scrapped"], totals["credited_net"]) == (D("12.04"), D("3.01"), D("20.00"))
    assert (totals["customer_balance"], totals["result"]) == (D("-22.60"), D("-10.97"))
    works.do("close_service_case", case=case)
    works.assert_clean()


def test_an_exchange_settles_the_difference_in_price_once(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    restock = [{"line": 1, "quantity": 4, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="credit_and_replacement", lines=restock)
    assert works.refused("settle_service_case", case=case) == "case_replacement_missing"
    instead = [{"item": "PART", "quantity": 4, "unit_price": "5.57"}]
    order = works.do("order_case_replacement", case=case, lines=instead).document
    assert works.refused("settle_service_case", case=case) == "case_replacement_not_shipped"
    works.do("ship_goods", order=order)
    receipt = works.do("settle_service_case", case=case)
    # 4 x 5.57 x 1.13 = 25.18 less 4 x 5.00 x 1.13 = 22.60; the credit of the open first invoice settles that one.
    assert (receipt.values["credited"], receipt.values["invoiced"], receipt.values["net"]) == (
        D("22.60"),
        D("25.18"),
        D("2.58"),
    )
    assert works.refused("settle_service_case", case=case) == "document_state"
    assert sum(row["open_amount"] for row in works.ask_table("open_item")) == D("56.50") + D("2.58")
    works.assert_clean()


def test_the_credit_of_a_paid_invoice_settles_the_replacement(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    works.do("receive_payment", party="CUS", amount="56.50")
    restock = [{"line": 1, "quantity": 4, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="credit_and_replacement", lines=restock)
    order = works.do("order_case_replacement", case=case, lines=[{"item": "PART", "quantity": 4, "unit_price": "5.57"}])
    works.do("ship_goods", order=order.document)
    works.do("settle_service_case", case=case)
    open_amounts = [row["open_amount"] for row in works.ask_table("open_item") if row["open_amount"] != 0]
    assert open_amounts == [D("2.58")]
    kinds = {row["kind"] for row in works.ask("case_documents", document=case)}
    assert {"credit_note", "customer_invoice", "credit_application", "shipment", "sales_order"} <= kinds
    works.assert_clean()


def test_the_same_goods_again_on_the_same_order_are_not_credited(works: Company) -> None:
    case = opened(works, "exchange")
    works.do("receive_case_goods", case=case, replacement=True)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 4, "finding": "scrap"}])
    scrap = [{"line": 1, "quantity": 4, "disposition": "scrap"}]
    works.do("decide_service_case", case=case, outcome="replacement", lines=scrap)
    assert works.refused("settle_service_case", case=case) == "case_goods_wait"
    works.do("ship_goods", order=min(row["id"] for row in works.ask_table("document") if row["kind"] == "sales_order"))
    receipt = works.do("settle_service_case", case=case)
    assert receipt.values["credited"] == D(0)
    works.assert_clean()


def test_goods_of_a_supplier_go_back_to_him(works: Company) -> None:
    lines = [{"item": "PART", "quantity": 20, "unit_price": "3.01"}]
    bought = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    receipt = works.do("receive_goods", order=bought).document
    case = inspected(works, supplier_fault=4)
    back: dict[str, Any] = {"line": 1, "quantity": 4, "disposition": "to_supplier"}
    assert works.refused("decide_service_case", case=case, outcome="credit", lines=[back]) == "case_receipt_needed"
    works.do(
        "decide_service_case", case=case, outcome="credit", lines=[{**back, "receipt": receipt, "receipt_line": 1}]
    )
    works.do("settle_service_case", case=case)
    assert works.ask("case_totals", document=case)[0]["to_supplier"] == D("12.04")
    works.assert_clean()


def test_a_case_goes_back_only_in_the_order_of_its_documents(works: Company) -> None:
    case = inspected(works, scrap=4)
    works.do(
        "decide_service_case", case=case, outcome="credit", lines=[{"line": 1, "quantity": 4, "disposition": "scrap"}]
    )
    works.do("settle_service_case", case=case)
    made = {row["kind"]: row["document_id"] for row in works.ask("case_documents", document=case)}
    for kind in ("stock_scrap", "customer_return"):
        assert works.refused("reverse_document", document=made[kind], reason="wrong") == "case_stands_on_document"
    works.do("reverse_document", document=made["credit_note"], reason="wrong")
    assert state(works, case) == "decided"
    assert works.refused("reopen_service_case", case=case) == "case_step_stands"
    works.do("reverse_document", document=made["stock_scrap"], reason="wrong")
    assert state(works, case) == "inspected"
    works.do("reverse_document", document=made["customer_return"], reason="wrong")
    assert state(works, case) == "open"
    assert works.ask("case_findings", document=case) == []
    works.assert_clean()
    works.do("receive_case_goods", case=case)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 4, "finding": "good"}])
    works.do(
        "decide_service_case", case=case, outcome="credit", lines=[{"line": 1, "quantity": 4, "disposition": "restock"}]
    )
    assert works.do("settle_service_case", case=case).values["credited"] == D("22.60")
    works.assert_clean()


def test_nothing_of_a_case_is_done_twice_or_beyond_what_came(works: Company) -> None:
    case = opened(works)
    assert (
        works.refused(
            "decide_service_case",
            case=case,
            outcome="credit",
            lines=[{"line": 1, "quantity": 1, "disposition": "restock"}],
        )
        == "case_above_received"
    )
    too_much = [{"line": 1, "quantity": 5}]
    assert works.refused("receive_case_goods", case=case, lines=too_much) == "case_above_line"
    works.do("receive_case_goods", case=case, lines=[{"line": 1, "quantity": 3}])
    assert works.refused("decide_service_case", case=case, outcome="credit") == "case_not_inspected"
    assert works.refused("reject_service_case", case=case, reason="no") == "case_holds_goods"
    found = [{"line": 1, "quantity": 4, "finding": "good"}]
    assert works.refused("inspect_service_case", case=case, lines=found) == "case_inspection_differs"
    works.do("receive_case_goods", case=case)
    assert works.refused("receive_case_goods", case=case) == "case_nothing_to_receive"
    works.do("inspect_service_case", case=case, lines=found)
    part = [{"line": 1, "quantity": 3, "disposition": "restock"}]
    assert works.refused("decide_service_case", case=case, outcome="credit", lines=part) == "case_goods_undecided"
    works.assert_clean()


def test_a_complaint_without_goods_is_settled_by_an_allowance(works: Company) -> None:
    made = sold(works)
    case = works.do("open_service_case", kind="complaint", reason="late", customer="CUS").document
    works.do("decide_service_case", case=case, outcome="credit")
    allowed = [{"invoice": made["invoice"], "line": 1, "amount": "7.50"}]
    receipt = works.do("settle_service_case", case=case, allowances=allowed)
    assert receipt.values["credited"] == D("8.48")
    works.assert_clean()


def test_a_case_says_whose_goods_it_is_about(works: Company) -> None:
    made = sold(works)
    common = {"kind": "return", "reason": "defective"}
    assert works.refused("open_service_case", **common) == "case_without_customer"
    twice = [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 2}]
    assert works.refused("open_service_case", **common, against=made["order"], lines=twice) == "case_line_twice"
    works.do("put_party", code="OTHER", name="Other", is_customer=True)
    others = {**common, "against": made["order"], "customer": "OTHER"}
    assert works.refused("open_service_case", **others) == "case_of_another_customer"
    much = [{"line": 1, "quantity": 11}]
    assert works.refused("open_service_case", **common, against=made["order"], lines=much) == "case_above_line"
    only_item = [{"item": "PART", "quantity": 1}]
    case = works.do("open_service_case", **common, customer="CUS", lines=only_item).document
    assert case is not None
    assert works.refused("receive_case_goods", case=case) == "case_line_not_sold"
    works.do("reject_service_case", case=case, reason="not bought from us")
    assert state(works, case) == "rejected"
    works.do("reopen_service_case", case=case)
    works.assert_clean()


def test_a_photo_is_kept_once_with_its_hash(works: Company) -> None:
    case = opened(works)
    for name in ("../../torn.png", "again.png"):
        works.do("attach_case_file", case=case, name=name, content=PNG)
    (row,) = works.ask("case_files", document=case)
    assert (row["name"], row["media_type"], row["byte_count"]) == ("torn.png", "image/png", 70)
    assert works.ask("case_file_content", file=row["id"])[0]["content_base64"] == PNG
    works.do("add_case_note", case=case, text="rang at nine")
    assert [note["text"] for note in works.ask("case_notes", document=case)] == ["rang at nine"]
    works.assert_clean()


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
_BOMB = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x06\x00\x00\x00"
    + b"\x00" * 8
    + b"IEND\xaeB`\x82"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_SVG, "file_kind"),
        (b"<!doctype html><script>alert(1)</script>", "file_kind"),
        (b"MZ\x90\x00" + b"\x00" * 60, "file_kind"),
        (b"\xff\xd8\xff\xe0 cut", "file_kind"),
        (b"RIFF\xff\xff\x00\x00WEBPVP8 " + b"\x00" * 20, "file_kind"),
        (b"%PDF-1.7 /OpenAction << /S /JavaScript >> %%EOF", "file_runs_something"),
        (b"%PDF-1.7 cut short", "file_kind"),
        (_BOMB, "picture_too_large"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 5_000_001, "file_too_large"),
    ],
)
def test_a_hostile_file_is_refused_whatever_its_name_says(works: Company, content: bytes, why: str) -> None:
    case = works.do("open_service_case", kind="complaint", reason="other", customer="CUS").document
    given = {"case": case, "name": "photo.png", "content": base64.b64encode(content).decode()}
    assert works.refused("attach_case_file", **given) == why
    assert works.ask("case_files", document=case) == []


def test_a_file_that_is_no_base64_is_refused(works: Company) -> None:
    case = works.do("open_service_case", kind="complaint", reason="other", customer="CUS").document
    assert works.refused("attach_case_file", case=case, name="p.png", content="abcde") == "file_not_encoded"


def test_a_recall_holds_what_is_left_and_opens_a_case_for_each_other_customer_once(works: Company) -> None:
    case = lot_case(works)
    reached = {(row["role"], row.get("party_code"), row["quantity"]) for row in works.ask("case_recall", document=case)}
    assert reached == {("customer", "CUS", D(5)), ("customer", "OTHER", D(5)), ("on_hand", None, D(10))}
    kept = [{"item": "TEA", "quantity": 2, "unit_price": "9"}]
    works.do("create_sales_order", customer="CUS", lines=kept)
    receipt = works.do("recall_case_lots", case=case)
    assert receipt.values | {"number": ""} == {"held": D(8), "reserved": D(2), "opened": 1, "number": ""}
    again = works.do("recall_case_lots", case=case)
    assert again.values | {"number": ""} == {"held": D(0), "reserved": D(2), "opened": 0, "number": ""}
    other = next(row for row in works.ask("service_cases") if row["party_code"] == "OTHER")
    (line,) = works.ask("case_lines", document=other["id"])
    assert (line["item_code"], line["lot_code"], line["quantity"]) == ("TEA", "L-1", D(5))
    assert works.do("recall_case_lots", case=other["id"]).values["opened"] == 0
    assert len(works.ask("service_cases")) == 2
    works.assert_clean()


def test_a_case_without_lots_recalls_nothing(works: Company) -> None:
    assert works.refused("recall_case_lots", case=opened(works)) == "case_without_lots"


def test_what_is_given_instead_becomes_no_more_and_costs_nothing_else(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    restock = [{"line": 1, "quantity": 4, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="replacement", lines=restock)
    instead = works.do("order_case_replacement", case=case, lines=[{"item": "PART", "quantity": 4}]).document
    changes: list[dict[str, Any]] = [
        {"lines": [{"line": 1, "quantity": 50}]},
        {"lines": [{"line": 1, "unit_price": "6"}]},
        {"lines": [{"line": 1, "discount_rate": "0.2"}]},
        {"added": [{"item": "PART", "quantity": 1, "unit_price": "0"}]},
    ]
    for change in changes:
        assert works.refused("change_sales_order", order=instead, reason="more", **change) == "change_of_replacement"
    works.do("change_sales_order", order=instead, reason="he moved", due_on="2026-06-20", address="2 New Road")
    works.do("change_sales_order", order=instead, reason="less", lines=[{"line": 1, "quantity": 3}])
    works.assert_clean()
