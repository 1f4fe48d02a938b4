"""What a case gives is given once, on both databases: goods or money, never both, whoever books beside the case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from app.kernel.access import Principal
from tests.company import Company
from tests.contract.modules.test_service_cases import inspected, opened, sold, state
from tests.makers import stocked, to_ship

D = Decimal
_RESTOCK = [{"line": 1, "quantity": 4, "disposition": "restock"}]


def decided(works: Company, outcome: str) -> int:
    """A case whose four parts came back to stock."""
    case = inspected(works, "exchange", good=4)
    works.do("decide_service_case", case=case, outcome=outcome, lines=_RESTOCK)
    return case


def instead(quantity: int = 4, **more: Any) -> list[dict[str, Any]]:
    """What is sent instead."""
    return [{"item": "PART", "quantity": quantity, **more}]


def invoice_of(works: Company) -> int:
    """The first invoice."""
    return min(row["id"] for row in works.ask_table("document") if row["kind"] == "customer_invoice")


def test_goods_are_not_replaced_by_a_second_order(works: Company) -> None:
    case = decided(works, "replacement")
    works.do("order_case_replacement", case=case, lines=instead(3))
    assert works.refused("order_case_replacement", case=case, lines=instead(2)) == "case_replaced_twice"
    works.do("order_case_replacement", case=case, lines=instead(1))
    works.assert_clean()


def test_goods_that_wait_on_their_order_are_not_ordered_again(works: Company) -> None:
    case = opened(works, "exchange")
    works.do("receive_case_goods", case=case, replacement=True)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 4, "finding": "good"}])
    works.do("decide_service_case", case=case, outcome="replacement", lines=_RESTOCK)
    assert works.refused("order_case_replacement", case=case, lines=instead(1)) == "case_replaced_twice"


def test_a_replacement_instead_of_money_costs_the_customer_nothing(works: Company) -> None:
    case = decided(works, "replacement")
    assert works.refused("order_case_replacement", case=case, lines=instead(unit_price="5")) == "case_replacement_free"
    order = works.do("order_case_replacement", case=case, lines=instead()).document
    works.do("ship_goods", order=order)
    receipt = works.do("settle_service_case", case=case)
    assert (receipt.values["credited"], receipt.values["invoiced"]) == (D(0), D(0))
    works.assert_clean()


def test_who_is_credited_gets_nothing_for_free_beside(works: Company) -> None:
    case = decided(works, "credit_and_replacement")
    free = instead(unit_price="0")
    assert works.refused("order_case_replacement", case=case, lines=free) == "case_replacement_without_price"


def test_replaced_goods_are_not_credited_by_hand(works: Company) -> None:
    case = decided(works, "replacement")
    invoice = invoice_of(works)
    by_hand = [{"line": 1, "quantity": 4}]
    assert works.refused("issue_credit_note", invoice=invoice, lines=by_hand) == "case_goods_replaced"
    order = works.do("order_case_replacement", case=case, lines=instead()).document
    works.do("ship_goods", order=order)
    works.do("settle_service_case", case=case)
    works.do("close_service_case", case=case)
    assert works.refused("issue_credit_note", invoice=invoice, lines=by_hand) == "case_goods_replaced"
    # Six of ten parts at 5.00 were not replaced: an allowance takes no more than those cost.
    allowed = [{"line": 1, "amount": "30.01"}]
    assert works.refused("issue_credit_note", invoice=invoice, lines=allowed) == "case_goods_replaced"
    works.do("issue_credit_note", invoice=invoice, lines=[{"line": 1, "amount": "30.00"}])
    works.assert_clean()


def test_goods_credited_by_hand_are_not_replaced(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    note = works.do("issue_credit_note", invoice=invoice_of(works), lines=[{"line": 1, "quantity": 1}]).document
    asked = {"case": case, "outcome": "replacement", "lines": _RESTOCK}
    assert works.refused("decide_service_case", **asked) == "case_goods_credited"
    works.do("reverse_document", document=note, reason="wrong")
    works.do("decide_service_case", **asked)
    works.assert_clean()


def test_what_was_credited_by_hand_is_not_credited_again(works: Company) -> None:
    case = decided(works, "credit")
    works.do("issue_credit_note", invoice=invoice_of(works), lines=[{"line": 1, "quantity": 3}])
    # 1 x 5.00 x 1.13 is left.
    assert works.do("settle_service_case", case=case).values["credited"] == D("5.65")
    works.assert_clean()


def test_an_allowance_stands_when_another_credit_is_taken_back(works: Company) -> None:
    case = decided(works, "credit")
    stocked(works)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 2, "unit_price": "6"}])
    works.do("ship_goods", order=order.document)
    other = works.do("issue_customer_invoice", order=order.document).document
    allowed = [{"invoice": other, "line": 1, "amount": "2.50"}]
    works.do("settle_service_case", case=case, allowances=allowed)
    notes = [row for row in works.ask("case_documents", document=case) if row["kind"] == "credit_note"]
    goods = next(row for row in notes if row["net_amount"] == D("-20.00"))
    works.do("reverse_document", document=goods["document_id"], reason="wrong")
    assert works.refused("reopen_service_case", case=case) in {"case_step_stands", "case_has_led"}
    less = [{"invoice": other, "line": 1, "amount": "1.00"}]
    assert works.refused("settle_service_case", case=case, allowances=less) == "case_allowance_stands"
    works.do("settle_service_case", case=case, allowances=allowed)
    # 20.00 for the goods and 2.50 for the other invoice, once each, with 13 % tax.
    assert works.ask("case_totals", document=case)[0]["credited_net"] == D("22.50")
    works.assert_clean()


def test_a_decision_stands_while_its_money_does(works: Company) -> None:
    made = sold(works)
    other = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 2, "unit_price": "6"}])
    works.do("ship_goods", order=other.document)
    second = works.do("issue_customer_invoice", order=other.document).document
    case = works.do("open_service_case", kind="complaint", reason="late", customer="CUS").document
    assert case is not None
    works.do("decide_service_case", case=case, outcome="credit")
    allowed = [{"invoice": invoice, "line": 1, "amount": "1.00"} for invoice in (made["invoice"], second)]
    works.do("settle_service_case", case=case, allowances=allowed)
    first, _ = [row for row in works.ask("case_documents", document=case) if row["kind"] == "credit_note"]
    works.do("reverse_document", document=first["document_id"], reason="wrong")
    assert works.refused("reopen_service_case", case=case) == "case_has_led"
    works.assert_clean()


def test_an_inspection_stands_while_goods_are_led_on(works: Company) -> None:
    case = inspected(works, good=3, scrap=1)
    lines = [{"line": 1, "quantity": n, "disposition": name} for n, name in ((3, "restock"), (1, "scrap"))]
    works.do("decide_service_case", case=case, outcome="none", lines=lines)
    made = {row["kind"]: row["document_id"] for row in works.ask("case_documents", document=case)}
    works.do("reverse_document", document=made["stock_scrap"], reason="wrong")
    assert state(works, case) == "inspected"
    assert works.refused("reopen_service_case", case=case) == "case_step_stands"
    works.assert_clean()


def test_a_decision_scraps_nothing_without_the_right_to_scrap(works: Company) -> None:
    case = inspected(works, scrap=4)
    rights = frozenset({"service.case.write", "inventory.status.write"})
    clerk = Principal(71, "chen", "Chen", roles=frozenset({"clerk"}), permissions=rights)
    asked = {"case": case, "outcome": "credit", "lines": [{"line": 1, "quantity": 4, "disposition": "scrap"}]}
    assert works.submit("decide_service_case", principal=clerk, **asked).message_key == "refusal.not_permitted"
    may = Principal(72, "wu", "Wu", permissions=rights | {"inventory.scrap.write"})
    assert works.submit("decide_service_case", principal=may, **asked).status == "done"
    works.assert_clean()


def test_a_credit_by_hand_and_a_replacement_at_one_time_are_one_of_both(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    credit = ("issue_credit_note", {"invoice": invoice_of(works), "lines": [{"line": 1, "quantity": 4}]})
    decision = ("decide_service_case", {"case": case, "outcome": "replacement", "lines": _RESTOCK})
    with ThreadPoolExecutor(2) as pool:
        receipts = list(pool.map(lambda given: works.submit(given[0], **given[1]), (credit, decision)))
    assert sorted(receipt.status for receipt in receipts) == ["done", "refused"], receipts
    works.assert_clean()


def test_two_orders_at_one_time_replace_once(works: Company) -> None:
    case = decided(works, "replacement")
    with ThreadPoolExecutor(2) as pool:
        receipts = list(
            pool.map(lambda _: works.submit("order_case_replacement", case=case, lines=instead(3)), range(2))
        )
    assert sorted(receipt.status for receipt in receipts) == ["done", "refused"], receipts
    works.assert_clean()


def complained(works: Company, against: int, quantity: int = 4) -> int:
    """A complaint about goods that stay where they are."""
    lines = [{"line": 1, "quantity": quantity}]
    case = works.do("open_service_case", kind="complaint", reason="defective", against=against, lines=lines).document
    assert case is not None
    return case


def no_replacement(works: Company, case: int, lines: list[dict[str, Any]] | None = None) -> str:
    """Why a case is not decided for a replacement that costs nothing."""
    return works.refused("decide_service_case", case=case, outcome="replacement", lines=lines or [])


def test_goods_whose_price_was_allowed_are_not_replaced(works: Company) -> None:
    case = inspected(works, "exchange", good=4)
    # Six of ten parts at 5.00 are not replaced: more than 30.00 is a credit of the four.
    allowed = [{"line": 1, "amount": "30.01"}]
    note = works.do("issue_credit_note", invoice=invoice_of(works), lines=allowed).document
    assert no_replacement(works, case, _RESTOCK) == "case_goods_credited"
    works.do("reverse_document", document=note, reason="wrong")
    works.do("issue_credit_note", invoice=invoice_of(works), lines=[{"line": 1, "amount": "30.00"}])
    works.do("decide_service_case", case=case, outcome="replacement", lines=_RESTOCK)
    works.assert_clean()


def test_goods_that_went_back_and_were_credited_are_not_replaced_by_a_complaint(works: Company) -> None:
    made = sold(works)
    works.do("receive_return", against=made["shipment"], reason="defective")
    works.do("issue_credit_note", invoice=made["invoice"], lines=[{"line": 1, "quantity": 10}])
    assert no_replacement(works, complained(works, made["invoice"])) == "case_goods_credited"
    works.assert_clean()


def test_two_complaints_about_the_same_goods_replace_them_once(works: Company) -> None:
    made = sold(works)
    first, second, third = (complained(works, made["invoice"], quantity) for quantity in (6, 5, 4))
    works.do("decide_service_case", case=first, outcome="replacement")
    assert no_replacement(works, second) == "case_goods_given"
    works.do("decide_service_case", case=third, outcome="replacement")
    works.assert_clean()


def test_two_decisions_at_one_time_replace_the_same_goods_once(works: Company) -> None:
    made = sold(works)
    cases = [complained(works, made["invoice"], 10) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        receipts = list(
            pool.map(lambda case: works.submit("decide_service_case", case=case, outcome="replacement"), cases)
        )
    assert sorted(receipt.status for receipt in receipts) == ["done", "refused"], receipts
    works.assert_clean()


def test_what_was_not_shipped_or_not_invoiced_is_not_replaced_for_nothing(works: Company) -> None:
    order = to_ship(works)
    case = complained(works, order)
    assert no_replacement(works, case) == "case_goods_given"
    works.do("ship_goods", order=order)
    assert no_replacement(works, case) == "case_goods_given"
    works.do("issue_customer_invoice", order=order)
    works.do("decide_service_case", case=case, outcome="replacement")
    works.assert_clean()


def test_replaced_goods_are_not_shipped_again_on_their_own_order(works: Company) -> None:
    made = sold(works)
    case = complained(works, made["invoice"])
    works.do("decide_service_case", case=case, outcome="replacement")
    back = {"against": made["shipment"], "reason": "defective", "replacement": True}
    assert works.refused("receive_return", **back) == "case_goods_replaced"
    works.do("receive_return", **back, lines=[{"line": 1, "quantity": 6}])
    works.assert_clean()


def test_an_invoice_of_replaced_goods_is_not_taken_back(works: Company) -> None:
    case = decided(works, "replacement")
    order = works.do("order_case_replacement", case=case, lines=instead()).document
    works.do("ship_goods", order=order)
    works.do("settle_service_case", case=case)
    assert works.refused("reverse_document", document=invoice_of(works), reason="wrong") == "case_goods_replaced"
    works.assert_clean()


def test_a_replacement_that_was_closed_short_is_ordered_again(works: Company) -> None:
    case = decided(works, "replacement")
    order = works.do("order_case_replacement", case=case, lines=instead()).document
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 1}])
    works.do("close_sales_order", order=order)
    assert works.refused("settle_service_case", case=case) == "case_replacement_short"
    assert works.refused("order_case_replacement", case=case, lines=instead(4)) == "case_replaced_twice"
    again = works.do("order_case_replacement", case=case, lines=instead(3)).document
    works.do("ship_goods", order=again)
    works.do("settle_service_case", case=case)
    works.assert_clean()


def test_goods_whose_own_order_was_closed_are_ordered_in_their_case(works: Company) -> None:
    case = opened(works, "exchange")
    works.do("receive_case_goods", case=case, replacement=True)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 4, "finding": "good"}])
    works.do("decide_service_case", case=case, outcome="replacement", lines=_RESTOCK)
    own = min(row["id"] for row in works.ask_table("document") if row["kind"] == "sales_order")
    works.do("close_sales_order", order=own)
    assert works.refused("settle_service_case", case=case) == "case_replacement_short"
    order = works.do("order_case_replacement", case=case, lines=instead()).document
    works.do("ship_goods", order=order)
    works.do("settle_service_case", case=case)
    works.assert_clean()


def test_for_nothing_only_the_same_goods_or_their_substitute_are_sent(works: Company) -> None:
    case = decided(works, "replacement")
    other = [{"item": "GOOD", "quantity": 1}]
    assert works.refused("order_case_replacement", case=case, lines=other) == "case_replacement_item"
    works.do("put_item_substitute", item="PART", substitute="GOOD", ratio="0.5")
    # One of the substitute stands for two parts.
    too_many = [{"item": "GOOD", "quantity": 2}, {"item": "PART", "quantity": 1}]
    assert works.refused("order_case_replacement", case=case, lines=too_many) == "case_replaced_twice"
    works.do("order_case_replacement", case=case, lines=[*other, *instead(2)])
    works.assert_clean()


def test_goods_that_were_not_sold_here_are_not_replaced_for_nothing(works: Company) -> None:
    stocked(works)
    lines = [{"item": "PART", "quantity": 4}]
    given = {"kind": "complaint", "reason": "defective", "customer": "CUS", "lines": lines}
    case = works.do("open_service_case", **given).document
    works.do("decide_service_case", case=case, outcome="replacement")
    assert works.refused("order_case_replacement", case=case, lines=instead(1)) == "case_replaced_twice"
