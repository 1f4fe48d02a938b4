"""Goods taken before their receipt, on both databases: refused where the books have them, settled once, and in nobody's way twice."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.kernel import unit_of_work
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.modules.advance_issues import settling
from app.modules.planning_desk.basis import present_basis
from app.modules.purchasing import handlers as purchasing
from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import Forecast, planning_package
from tests.company import Company
from tests.makers import advanced_issue, consigned, purchase_order, stocked
from tests.plain_judge import PlainJudge

D = Decimal


def taken(quantity: int, item: str = "PART", **more: Any) -> dict[str, Any]:
    """What a storekeeper says who takes goods in the main store."""
    line = {"item": item, "location": "MAIN", "quantity": quantity}
    line |= {name: more.pop(name) for name in ("lot", "serials", "line", "expected_line", "location") if name in more}
    return {"note": "Cannot wait", "lines": [line], **more}


def bench(quantity: int, item: str = "PART", **more: Any) -> dict[str, Any]:
    """The same for a department."""
    return taken(quantity, item, purpose="internal_use", department="Test bench", **more)


def waiting(works: Company) -> dict[str, tuple[Decimal, str]]:
    """What waits by advance issue: how much, and what keeps it."""
    return {row["number"]: (row["open_quantity"], row["blocked_by"]) for row in works.ask("open_advance_issues")}


def open_production(works: Company, quantity: int = 5) -> int:
    """A released production order that takes two parts a piece, none of them in stock."""
    document = works.do("create_production_order", item="GOOD", quantity=quantity).document
    assert document is not None
    return document


def test_what_the_books_have_or_nobody_expects_is_not_taken_in_advance(works: Company) -> None:
    order = purchase_order(works)
    made = open_production(works)
    assert works.refused("issue_before_receipt", **taken(1, purpose="production")) == "advance_needs_order"
    assert works.refused("issue_before_receipt", **taken(1, purpose="internal_use")) == "advance_needs_department"
    assert works.refused("issue_before_receipt", **bench(1, order=made)) == "advance_needs_department"
    wrong = taken(1, "GOOD", purpose="production", order=made)
    assert works.refused("issue_before_receipt", **wrong) == "advance_line_of_item"
    assert works.refused("issue_before_receipt", **bench(1, "GOOD", expected=order)) == "advance_line_of_item"
    assert works.refused("issue_before_receipt", **bench(11, expected=order)) == "advance_beyond_expected"
    works.do("issue_before_receipt", **bench(7, expected=order))
    assert (
        works.refused("issue_before_receipt", **bench(4, expected=order, expected_line=1)) == "advance_beyond_expected"
    )
    works.do("issue_before_receipt", **bench(4, expected=order, expected_line=2))
    assert works.refused("issue_before_receipt", **bench(1, lot="L1")) == "lot_not_used"
    assert works.refused("issue_before_receipt", **bench(1, document_on="2030-01-01")) == "period_missing"
    consigned(works, "GOOD", 5)
    assert works.refused("issue_before_receipt", **bench(5, "GOOD")) == "advance_of_owner"
    stocked(works, "GOOD", 3)
    assert works.refused("issue_before_receipt", **bench(9, "GOOD")) == "advance_stock_here"
    works.assert_clean()


def test_an_order_that_was_served_in_advance_is_not_served_again_nor_ended(works: Company) -> None:
    made = open_production(works)
    works.do("issue_before_receipt", **taken(6, purpose="production", order=made))
    for command in ("close_production_order", "cancel_production_order"):
        assert works.refused(command, order=made) == "order_has_advances"
    stocked(works, "PART", 50)
    issue = works.do("issue_material", order=made).document
    assert [row["quantity"] for row in works.ask("document_lines", document=issue)] == [D(4)]
    lines = [{"item": "PART", "quantity": 12, "unit_price": "9"}]
    sold = works.do("create_sales_order", customer="CUS", reserve=False, lines=lines).document
    (line,) = works.ask("document_lines", document=sold)
    item, whole = line["item_code"], line["quantity"]
    beyond = taken(int(whole) + 1, item, purpose="sale", order=sold, location="OTHER")
    works.do("put_location", code="OTHER", name="Other store", site="MAIN")
    assert works.refused("issue_before_receipt", **beyond) == "more_than_ordered"
    early = works.do("issue_before_receipt", **taken(2, item, purpose="sale", order=sold, location="OTHER")).document
    assert works.refused("cancel_sales_order", order=sold) == "order_has_advances"
    assert works.refused("close_sales_order", order=sold) == "order_has_advances"
    less = [{"line": 1, "quantity": 1}]
    assert works.refused("change_sales_order", order=sold, reason="less", lines=less) == "line_below_advance"
    works.do("ship_goods", order=sold)
    (line,) = works.ask("document_lines", document=sold)
    assert line["fulfilled_quantity"] == whole - 2
    works.do("take_advance_back", advance_issue=early, reason="entered_in_error")
    assert works.ask("document_by_id", document=early)[0]["state"] == "cancelled"
    works.do("ship_goods", order=sold)
    works.assert_clean()


def test_what_never_gets_a_receipt_keeps_the_period_open_until_it_is_counted_or_brought_back(works: Company) -> None:
    advance = advanced_issue(works, document_on="2025-01-20")
    assert works.refused("lock_period", period="2025-01") == "period_has_advances"
    assert works.refused("settle_advance_issue", advance_issue=advance) == "advance_nothing_here"
    back = {"advance_issue": advance, "reason": "brought_back"}
    assert works.refused("take_advance_back", **back, lines=[{"line": 1, "quantity": 7}]) == "advance_back_beyond"
    assert works.refused("take_advance_back", **back, returned_on="2025-01-19") == "advance_back_before"
    works.do("take_advance_back", **back, lines=[{"line": 1, "quantity": 2}])
    found = {"item": "PART", "location": "MAIN", "counted_quantity": 4, "unit_cost": "3"}
    works.do("book_stock_count", posted_on="2025-01-25", lines=[found])
    assert [kept for _, kept in waiting(works).values()] == ["nothing"]
    early = {"advance_issue": advance, "posted_on": "2025-01-19"}
    assert works.refused("settle_advance_issue", **early) == "advance_settled_before"
    works.do("settle_advance_issue", advance_issue=advance, posted_on="2025-01-25")
    assert works.ask("document_by_id", document=advance)[0]["state"] == "settled"
    assert works.refused("take_advance_back", **back) == "document_state"
    works.do("lock_period", period="2025-01")
    assert works.refused("issue_before_receipt", **bench(1, document_on="2025-01-31")) == "period_locked"
    works.assert_clean()


def test_lots_pieces_and_places_that_are_not_those_taken_settle_nothing(works: Company) -> None:
    works.do("put_item", code="DYE", name="Dye", category="RAW", unit="EA", tax_code="VAT13", lot_tracked=True)
    piece = {"lot_tracked": True, "serial_tracked": True}
    works.do("put_item", code="MOTOR", name="Motor", category="RAW", unit="EA", tax_code="VAT13", **piece)
    works.do("put_location", code="OTHER", name="Other store", site="MAIN")
    lines = [{"item": item, "quantity": 4, "unit_price": "9"} for item in ("DYE", "MOTOR", "PART")]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    works.do("issue_before_receipt", **bench(2, "DYE", lot="B2"))
    assert works.refused("issue_before_receipt", **bench(2, "MOTOR")) == "serial_count"
    works.do("issue_before_receipt", **bench(2, "MOTOR", serials=["M1..M2"]))
    assert works.refused("issue_before_receipt", **bench(1, "MOTOR", serials=["M2"])) == "advance_serial_taken"
    works.do("issue_before_receipt", **bench(2))
    dye, motor, part = sorted(waiting(works))
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 3, "lot": "B1"}])
    assert waiting(works)[dye] == (D(2), "other_lot")
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 1, "lot": "B2"}])
    assert waiting(works)[dye] == (D(1), "other_lot")
    works.do("receive_goods", order=order, lines=[{"line": 2, "quantity": 4, "serials": ["M2..M5"]}])
    assert waiting(works)[motor][0] == D(1)
    assert works.refused("issue_before_receipt", **bench(1, "MOTOR", serials=["M3"])) == "serial_in_stock"
    works.do("put_location", code="OTHER", name="Other store", site="MAIN")
    works.do("receive_goods", order=order, location="OTHER", lines=[{"line": 3, "quantity": 4}])
    assert part not in waiting(works), "a receipt into another place of the site settles what was taken at the dock"
    works.assert_clean()


def test_two_who_settle_at_once_settle_once(works: Company) -> None:
    order = purchase_order(works)
    advance = works.do("issue_before_receipt", **bench(6, expected=order, expected_line=1)).document
    found = {"item": "PART", "location": "MAIN", "counted_quantity": 3, "unit_cost": "3"}
    works.do("book_stock_count", lines=[found])
    gate, answers = threading.Barrier(3), []

    def give(command: str, **data: Any) -> None:
        gate.wait()
        answers.append(works.submit(command, **data))

    lines = [{"line": 1, "quantity": 4}]
    threads = [
        threading.Thread(target=give, args=(command,), kwargs=data)
        for command, data in (
            ("settle_advance_issue", {"advance_issue": advance}),
            ("settle_advance_issue", {"advance_issue": advance}),
            ("receive_goods", {"order": order, "lines": lines}),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {"done", "refused"}, answers
    settled = sum((row["quantity"] for row in works.ask("advance_settlements", document=advance)), D(0))
    left = sum((quantity for quantity, _ in waiting(works).values()), D(0))
    assert settled + left == 6
    assert settled == 6
    works.assert_clean()


@pytest.mark.parametrize(("moment", "where"), [("hold_advances", purchasing), ("waiting_lines", settling)])
def test_what_is_taken_while_its_receipt_is_booked_is_settled_or_refused(
    works: Company, monkeypatch: pytest.MonkeyPatch, moment: str, where: Any
) -> None:
    """Nothing of the item was ever in stock, so its balances keep neither of both waiting."""
    order = purchase_order(works)
    answers: list[Any] = []
    taker = threading.Thread(target=lambda: answers.append(works.submit("issue_before_receipt", **bench(6))))
    read = getattr(where, moment)

    def read_then_taken(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        if taker.ident is None:
            taker.start()
            taker.join(timeout=2)
        return found

    monkeypatch.setattr(where, moment, read_then_taken)
    works.do("receive_goods", order=order)
    taker.join()
    (answer,) = answers
    assert (answer.status, answer.message_key) in {
        ("done", "receipt.advance_issued"),
        ("refused", "refusal.advance_stock_here"),
    }
    assert waiting(works) == {}, "what was taken is not free beside goods that it could be settled with"
    works.assert_clean()


def test_who_takes_and_who_receives_lock_what_brings_the_goods_first(
    works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[Any] = []
    read = unit_of_work.read_rows

    def noting(driver: Any, table: Any, columns: Any, values: list[Any], *, lock: Any) -> Any:
        if lock == "change" and table.name == "document" and columns == ("id",):
            locked.extend(values)
        return read(driver, table, columns, values, lock=lock)

    lines = [{"item": "PART", "quantity": 12, "unit_price": "9"}]
    sold = works.do("create_sales_order", customer="CUS", lines=lines).document
    order = purchase_order(works)
    monkeypatch.setattr(unit_of_work, "read_rows", noting)
    for command, data in (
        ("issue_before_receipt", taken(2, purpose="sale", order=sold, expected=order)),
        ("receive_goods", {"order": order}),
    ):
        locked.clear()
        works.do(command, **data)
        assert locked.index(order) < locked.index(sold), command
    works.assert_clean()


def test_the_settlement_of_an_order_that_closed_by_itself_is_taken_back(works: Company) -> None:
    made, order = open_production(works), purchase_order(works)
    advance = works.do("issue_before_receipt", **taken(10, purpose="production", order=made)).document
    receipt = works.do("receive_goods", order=order).document
    (settled,) = works.ask("advance_settlements", document=advance)
    works.do("complete_production", order=made, quantity=5)
    assert works.ask("document_by_id", document=made)[0]["state"] == "closed"
    assert works.refused("reverse_document", document=receipt, reason="wrong") == "receipt_settled_advance"
    works.do("reverse_document", document=settled["issue_id"], reason="wrong")
    assert works.ask("document_by_id", document=made)[0]["state"] == "released"
    assert waiting(works) == {settled["advance_number"]: (D(10), "nothing")}
    works.do("settle_advance_issue", advance_issue=advance)
    assert works.ask("document_by_id", document=made)[0]["state"] == "closed"
    works.assert_clean()


def test_a_line_given_in_advance_is_neither_shipped_by_another_nor_from_elsewhere(works: Company) -> None:
    works.do("put_location", code="OTHER", name="Other store", site="MAIN")
    works.do("put_order_routing_rule", code="ALL", state="active", warehouse="MAIN")
    lines = [{"item": "PART", "quantity": 12, "unit_price": "9"}]
    sold = works.do("create_sales_order", customer="CUS", lines=lines).document
    advance = works.do("issue_before_receipt", **taken(2, purpose="sale", order=sold)).document
    direct = {"order": sold, "lines": [{"line": 1, "supplier": "SUP"}]}
    moved = {"order": sold, "line": 1, "warehouse": "OTHER", "reason": "Nearer"}
    assert works.refused("mark_drop_shipment", **direct) == "line_has_advances"
    assert works.refused("override_order_routing", **moved) == "line_has_advances"
    works.do("take_advance_back", advance_issue=advance, reason="brought_back")
    works.do("override_order_routing", **moved)
    works.do("mark_drop_shipment", **direct)
    works.assert_clean()


def test_what_was_given_in_advance_is_neither_reserved_nor_promised_again(works: Company) -> None:
    sold_lines = [{"item": "PART", "quantity": 12, "unit_price": "9"}]
    sold = works.do("create_sales_order", customer="CUS", lines=sold_lines).document

    def line() -> dict[str, Any]:
        return works.ask("document_lines", document=sold)[0]

    works.do("issue_before_receipt", **taken(6, purpose="sale", order=sold))
    bought = [{"item": "PART", "quantity": 11, "unit_price": "3"}]
    works.do("create_purchase_order", supplier="SUP", due_on="2026-07-20", lines=bought)
    less = [{"line": 1, "quantity": 11}]
    works.do("change_sales_order", order=sold, reason="less", lines=less)
    assert line()["promised_on"] == date(2026, 7, 20), "five more are wanted, and five of what comes are not taken"
    stocked(works, "PART", 50)
    beyond = [{"line": 1, "quantity": 6}]
    assert works.refused("reserve_sales_order", order=sold, lines=beyond) == "more_than_needed"
    works.do("reserve_sales_order", order=sold)
    assert line()["reserved_quantity"] == 5
    works.do("reserve_open_orders")
    assert works.refused("take_over_reservations", order=sold, reason="Urgent") == "nothing_to_take_over"
    assert line()["reserved_quantity"] == 5
    works.do("change_sales_order", order=sold, reason="less", lines=[{"line": 1, "quantity": 9}])
    assert line()["reserved_quantity"] == 3
    works.assert_clean()


def test_what_goods_cost_is_told_by_no_document_to_who_may_not_see_it(works: Company) -> None:
    order = purchase_order(works)
    works.do("issue_before_receipt", **bench(6))
    works.do("receive_goods", order=order)
    scrapped = {"item": "PART", "location": "MAIN", "quantity": 2, "from_status": "available"}
    works.do("scrap_stock", reason="damaged", lines=[scrapped])
    counted = {"item": "PART", "location": "MAIN", "counted_quantity": 10}
    works.do("book_stock_count", lines=[counted])
    stocked(works, "GOOD", 3)
    permissions = {"inventory.read", "documents.read"}
    keeper = Principal(73, "x", "X", permissions=frozenset(permissions))
    buyer = Principal(74, "y", "Y", permissions=frozenset({*permissions, "inventory.cost.read"}))
    totals = ("net_amount", "total_amount")
    for query in ("internal_issues", "stock_scraps", "stock_counts", "opening_stocks"):
        (row,) = works.gateway.query(query, {}, principal=keeper)
        (known,) = works.gateway.query(query, {"sort": "total_amount"}, principal=buyer)
        assert [row[name] for name in totals] == [None, None], query
        assert query == "internal_issues" or known["total_amount"], query
        with pytest.raises(Refused):
            works.gateway.query(query, {"sort": "-total_amount"}, principal=keeper)
        document = {"document": row["id"]}
        (shown,) = works.gateway.query("document_by_id", document, principal=keeper)
        assert [shown[name] for name in totals] == [None, None], query
        for line in works.gateway.query("document_lines", document, principal=keeper):
            assert [line[name] for name in ("unit_price", "net_amount", "stock_value")] == [None] * 3, query
    works.assert_clean()


def test_two_receipt_lines_into_one_place_settle_each_out_of_its_own_layer(works: Company) -> None:
    works.do("put_item_category", code="FIFO", name="By layer", valuation_method="fifo")
    works.do("put_item", code="LAYER", name="Layered", category="FIFO", unit="EA", tax_code="VAT13")
    component = [{"component": "LAYER", "quantity_per": 1}]
    works.do("create_bom_revision", item="GOOD", revision="2", effective_from="2026-01-01", lines=component)
    bought = [{"item": "LAYER", "quantity": 4, "unit_price": price} for price in ("2", "7")]
    order = works.do("create_purchase_order", supplier="SUP", lines=bought).document
    sold_lines = [{"item": "LAYER", "quantity": 12, "unit_price": "9"}]
    sold = works.do("create_sales_order", customer="CUS", lines=sold_lines).document
    made = open_production(works, 10)
    for line in (1, 2):
        for target in ({"purpose": "sale", "order": sold}, {"purpose": "production", "order": made}):
            works.do("issue_before_receipt", **taken(2, "LAYER", expected=order, expected_line=line, **target))
    stocked(works, "LAYER", 5)
    receipt = works.do("receive_goods", order=order).document
    issues = {row["issue_id"] for row in works.ask("advance_settlements", document=receipt)}
    assert len(issues) == 2
    for issue in issues:
        costs = sorted(line["stock_value"] for line in works.ask("document_lines", document=issue))
        assert costs == [D(-14), D(-4)], "two of the line at seven, and two of the line at two"
    works.assert_clean()


def test_what_a_department_took_is_a_demand_that_makes_a_plan_stale(works: Company) -> None:
    (part,) = (row["id"] for row in works.ask_table("item") if row["code"] == "PART")

    def demand() -> Decimal:
        with works.gateway.store.reading() as connection:
            return present_basis(connection)[part].open_demand

    before = demand()
    advance = works.do("issue_before_receipt", **bench(6)).document
    assert demand() == before + 6
    works.do("take_advance_back", advance_issue=advance, reason="brought_back", lines=[{"line": 1, "quantity": 2}])
    assert demand() == before + 4
    stocked(works)
    works.do("settle_advance_issue", advance_issue=advance)
    assert demand() == before


def test_goods_that_were_taken_are_in_no_plan_twice(works: Company, tmp_path: Path) -> None:
    order = purchase_order(works)
    works.do("issue_before_receipt", **bench(6, expected=order))
    report = refresh(works.gateway.store, tmp_path, judge=PlainJudge())
    assert report.outcome == "published", report
    tables, _ = planning_package(Mart(tmp_path), date(2026, 6, 15), forecast=Forecast.NONE)
    parts = {name: tables[name].filter(pl.col("item") == "PART") for name in ("demand", "receipts")}
    assert parts["receipts"]["quantity"].sum() == 20
    assert parts["demand"].select("demand", "quantity").rows() == [("AI-2026-00001/1", 6)]


def test_an_issue_is_not_dated_before_its_goods_were_taken(works: Company) -> None:
    order = purchase_order(works)
    advance = works.do("issue_before_receipt", **bench(6, expected=order, document_on="2026-06-15")).document
    works.do("receive_goods", order=order, posted_on="2026-06-10")
    (row,) = works.ask("advance_settlements", document=advance)
    assert (row["posted_on"], row["quantity"]) == (date(2026, 6, 15), 6)
    works.assert_clean()
