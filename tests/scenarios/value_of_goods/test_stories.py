"""Stories of goods whose value changes hands more than once, on both databases; each page of figures lies beside as golden facts."""

from __future__ import annotations

from tests.company import Company
from tests.scenarios.value_of_goods.telling import Story


def test_sold_goods_come_back_are_credited_and_sold_again(works: Company) -> None:
    story = Story(works, "LAMP", "fifo")
    story.bought(10, "10", "2026-06-01")
    order, shipment = story.sold(10, "25", "2026-06-02")
    invoice = works.do("issue_customer_invoice", order=order, posted_on="2026-06-02").document
    story.bought(10, "12", "2026-06-03")
    story.told("1 sold 10 of the first layer, bought 10 dearer")
    lines = [{"line": 1, "quantity": 3}]
    works.do("receive_return", against=shipment, reason="defective", status="hold", lines=lines, posted_on="2026-06-05")
    story.told("2 three come back at 10, on hold")
    works.do("issue_credit_note", invoice=invoice, posted_on="2026-06-06")
    story.told("3 they are credited")
    held = {"item": "LAMP", "location": "MAIN", "quantity": 3, "from_status": "hold", "to_status": "available"}
    works.do("change_stock_status", lines=[held], posted_on="2026-06-08")
    story.sold(12, "25", "2026-06-09")
    story.told("4 released, twelve are sold: ten at 12 and two at 10")
    works.do("issue_credit_note", invoice=invoice, lines=[{"line": 1, "amount": "7.50"}], posted_on="2026-06-10")
    story.told("5 an allowance of 7.50 on the rest")
    assert works.refused("issue_credit_note", invoice=invoice, lines=[{"line": 1, "amount": "167.51"}]) == (
        "credit_exceeds_line"
    )
    story.assert_as_read("sold_returned_credited")


def test_what_is_to_be_replaced_is_shipped_again_and_neither_credited_nor_invoiced_twice(works: Company) -> None:
    story = Story(works, "LAMP", "moving_average")
    story.bought(20, "10", "2026-06-01")
    order, _ = story.sold(10, "25", "2026-06-02")
    invoice = works.do("issue_customer_invoice", order=order).document
    works.do("receive_return", against=order, reason="damaged", replacement=True, lines=[{"line": 1, "quantity": 4}])
    assert works.refused("issue_credit_note", invoice=invoice) == "nothing_to_credit"
    works.do("ship_goods", order=order)
    assert works.refused("issue_customer_invoice", order=order) == "nothing_to_invoice"
    states = {row["number"]: row["state"] for row in works.ask("sales_orders")}
    assert set(states.values()) == {"closed"}
    works.assert_clean()


def test_goods_go_back_to_the_supplier_before_and_after_the_bill(works: Company) -> None:
    story = Story(works, "BOLT", "fifo")
    order, receipt = story.bought(100, "2", "2026-06-01")
    story.bought(50, "3", "2026-06-02")
    works.do("return_to_supplier", against=receipt, reason="damaged", lines=[{"line": 1, "quantity": 10}])
    story.told("1 ten of the first receipt go back before the bill")
    line = {"line": 1, "quantity": 90, "unit_price": "2.10"}
    bill = works.do("book_supplier_bill", order=order, lines=[line]).document
    story.told("2 ninety are billed at 2.10; the difference joins the layer")
    works.do("return_to_supplier", against=order, reason="defective", lines=[{"line": 1, "quantity": 20}])
    story.told("3 twenty more go back, at the 2.10 the layer holds; 2.00 is claimed")
    works.do("issue_debit_note", bill=bill)
    story.told("4 the supplier is debited 20 at 2.10 and tax")
    works.do("pay_supplier", party="SUP", amount="166.11")
    story.told("5 the rest of the bill is paid")
    story.assert_as_read("sent_back_debited")


def test_freight_comes_late_when_a_part_is_sold(works: Company) -> None:
    story = Story(works, "PUMP", "fifo")
    _, first = story.bought(10, "100", "2026-06-01")
    _, second = story.bought(5, "120", "2026-06-02")
    story.sold(6, "200", "2026-06-03")
    story.told("1 six of the first ten are sold")
    charge = {"description": "Sea freight and duty", "amount": "80", "tax_code": "VAT9"}
    targets = [{"receipt": first}, {"receipt": second}]
    landed = works.do("book_landed_cost", supplier="SUP", charges=[charge], targets=targets).document
    story.told("2 freight of 80 by value: 50 for ten, of which four are there, 30 for five")
    works.do("reverse_document", document=landed, reason="another shipment's")
    story.told("3 taken back")
    story.assert_as_read("landed_late")


def test_a_month_is_closed_at_its_average_and_the_next_follows(works: Company) -> None:
    story = Story(works, "RESIN", "month_end_average")
    story.bought(100, "10", "2026-05-04")
    story.sold(80, "20", "2026-05-05")
    story.bought(100, "13", "2026-05-20")
    story.sold(60, "20", "2026-05-25")
    story.sold(10, "20", "2026-06-03")
    story.told("1 May and June as they were issued, provisional")
    closing = works.do("close_costs", period="2026-05").document
    story.told("2 May closed at 11.50: 140 cost 1,610; June begins with 60 for 690")
    assert works.do("close_costs", period="2026-05").message_key == "receipt.costs_stand"
    for year, months in (("2025", 12), ("2026", 5)):
        for month in range(1, months + 1):
            works.do("lock_period", period=f"{year}-{month:02d}")
    assert (
        works.refused("reverse_document", document=closing, reason="again", posted_on="2026-05-31") == "period_locked"
    )
    works.do("close_costs", period="2026-06")
    story.told("3 June closed: nothing differs")
    story.assert_as_read("month_closed")


def test_a_month_is_not_locked_before_its_costs_are_closed(works: Company) -> None:
    story = Story(works, "RESIN", "month_end_average")
    story.bought(10, "10", "2025-01-04")
    story.sold(5, "20", "2025-01-05")
    story.bought(10, "13", "2025-01-20")
    assert works.refused("lock_period", period="2025-01") == "costs_not_closed"
    works.do("close_costs", period="2025-01")
    works.do("lock_period", period="2025-01")
    works.assert_clean()


def test_material_of_the_month_takes_its_difference_into_the_order_that_used_it(works: Company) -> None:
    story = Story(works, "RESIN", "month_end_average")
    story.bought(10, "10", "2026-05-04")
    order = works.do(
        "create_production_order", item="GOOD", quantity=5, components=[{"component": "RESIN", "quantity": 8}]
    ).document
    works.do("issue_material", order=order, posted_on="2026-05-06")
    story.bought(10, "14", "2026-05-20")
    works.do("close_costs", period="2026-05")
    story.told("1 eight issued at 10; the month's average is 12, so 16 more are in process")
    works.do("complete_production", order=order, quantity=5, close=True)
    story.told("2 five goods are made of it")
    story.assert_as_read("month_in_process")
