"""What a case gives is given once, on both databases: goods or money, never both, whoever books beside the case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from app.kernel.access import Principal
from tests.company import Company
from tests.contract.modules.test_service_cases import inspected, opened, sold, state
from tests.makers import stocked

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
