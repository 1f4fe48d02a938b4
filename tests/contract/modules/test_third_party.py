"""Goods of others in our places, on both databases: counted and moved, no figure's, and ours only once they are taken over."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.kernel.access import Principal
from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import Forecast, planning_package
from tests.company import Company
from tests.makers import CHECKER, COUNTER, consigned, count_sheet, counted_line, stocked
from tests.plain_judge import PlainJudge

D = Decimal
DAY = date(2026, 6, 15)
CLERK = Principal(8, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


def standing(works: Company) -> dict[tuple[str, str, str | None], Decimal]:
    """What stands here of others, by item, place and owner."""
    rows = works.ask("third_party_stock")
    found: dict[tuple[str, str, str | None], Decimal] = defaultdict(lambda: D(0))
    for row in rows:
        found[(row["item_code"], row["location_code"], row["owner_code"])] += row["quantity"]
    return found


def entries(works: Company) -> int:
    """How many journal entries there are."""
    return len(works.ask_table("journal_entry"))


def figures(works: Company, folder: Path) -> dict[str, Any]:
    """Every figure that says what the company has, of the store, the warehouse and the planning package."""
    items = ["PART", "GOOD", "LOTTED", "LAYER"]
    wanted = [{"item": item, "quantity": 5} for item in items]
    found: dict[str, Any] = {
        "stock_on_hand": works.ask("stock_on_hand"),
        "here": works.ask("stock_on_hand", location="MAIN"),
        "ours": works.ask("stock_by_location", owner="ours"),
        "availability": works.ask("availability", items=items),
        "promises": works.ask("promise_offers", on=DAY, lines=wanted),
        "value": works.ask("stock_value_on", on=DAY),
        "value_before": works.ask("stock_value_on", on=date(2026, 6, 14)),
        "ageing": works.ask("stock_ageing", on=DAY),
    }
    for item in items:
        rows = works.ask("stock_card", item=item)
        found[f"stock_card {item}"] = [(row["change"], row["balance"], row["value_balance"]) for row in rows]
    report = refresh(works.gateway.store, folder, judge=PlainJudge())
    assert report.outcome == "published", report
    mart = Mart(folder)
    found["item_card"] = mart.query("item_card")
    found["stock_value"] = mart.query("stock_value")
    found["stock_value_as_of"] = mart.query("stock_value_as_of", as_of=DAY)
    tables, _ = planning_package(mart, DAY, forecast=Forecast.NONE)
    found |= {name: table.to_dicts() for name, table in tables.items() if name != "package"}
    return found


def furnished(works: Company) -> None:
    """Own stock by moving average, by layer and by lot, an order that reserves some, and components that are needed."""
    works.do("put_item_category", code="FIFO", name="By layer", valuation_method="fifo")
    works.do("put_item", code="LAYER", name="Layered", category="FIFO", unit="EA", tax_code="VAT13", list_price="9")
    works.do("put_item", code="LOTTED", name="By lot", category="RAW", unit="EA", tax_code="VAT13", lot_tracked=True)
    stocked(works)
    for item, more in (("LAYER", {}), ("LOTTED", {"lot": "L1"})):
        line = {"item": item, "location": "MAIN", "quantity": 30, "unit_cost": "2.07", **more}
        works.do("book_opening_stock", posted_on="2026-05-04", lines=[line])
    works.do("create_sales_order", customer="CUS", lines=[{"item": "LAYER", "quantity": 8}])


def test_no_figure_of_what_we_have_counts_what_others_own(works: Company, tmp_path: Path) -> None:
    furnished(works)
    before, entered = figures(works, tmp_path / "before"), entries(works)
    consigned(works)
    consigned(works, "LAYER", 20)
    consigned(works, "LOTTED", 11, lot="L1")
    consigned(works, "GOOD", 3, "CUS")
    assert entries(works) == entered
    after = figures(works, tmp_path / "after")
    assert after.keys() == before.keys()
    for name, figure in before.items():
        assert after[name] == figure, name
    (lots,) = [row["quantity"] for row in works.ask("lot_recall", item="LOTTED", lot="L1") if row["role"] == "on_hand"][
        :1
    ]
    assert lots in {D(30), D(11)}
    assert sum(standing(works).values()) == 74
    works.assert_clean()


@pytest.mark.parametrize("method", ["moving_average", "fifo", "standard", "month_end_average"])
def test_what_is_taken_over_is_ours_at_the_price_is_billed_and_goes_back_to_the_cent(
    works: Company, method: str
) -> None:
    works.do("put_item_category", code="BOARDS", name="Boards", valuation_method=method)
    costs = {"standard_cost": "3"} if method == "standard" else {}
    works.do("put_item", code="BOARD", name="Board", category="BOARDS", unit="EA", **costs)
    prices = [{"unit_price": "3.35"}, {"from_quantity": 10, "unit_price": "3.17"}]
    works.do("put_supplier_item", supplier="SUP", item="BOARD", prices=prices)
    works.do("book_opening_stock", lines=[{"item": "BOARD", "location": "MAIN", "quantity": 6, "unit_cost": "2.9"}])
    consigned(works, "BOARD", 25)
    value = _value(works)
    receipt = works.do("take_over_consignment", supplier="SUP", lines=[{"item": "BOARD", "quantity": 12}])
    assert standing(works) == {("BOARD", "MAIN", "SUP"): D(13)}
    (row,) = works.ask("stock_on_hand", search="BOARD")
    assert row["quantity"] == 18
    # Twelve at 3.17, or at the standard of 3.
    assert _value(works) - value == (D(36) if method == "standard" else D("38.04"))
    works.assert_clean()
    assert receipt.document is not None
    order = next(row["from_id"] for row in works.ask_table("document_link") if row["to_id"] == receipt.document)
    bill = works.do("book_supplier_bill", order=order, lines=[{"line": 1, "quantity": 12, "unit_price": "3.2"}])
    (billed,) = works.ask("document_by_id", document=bill.document)
    assert billed["net_amount"] == D("38.4")
    assert works.ask("document_by_id", document=order)[0]["state"] == "closed"
    refusal = works.refused("reverse_document", document=receipt.document, reason="wrong")
    assert "receipt_billed" in refusal
    for document in (bill.document, receipt.document):
        works.do("reverse_document", document=document, reason="taken back")
        works.assert_clean()
    assert works.ask("document_by_id", document=order)[0]["state"] == "cancelled"
    assert standing(works) == {("BOARD", "MAIN", "SUP"): D(25)}
    assert _value(works) == value


def _value(works: Company) -> Decimal:
    return sum((row["value"] for row in works.ask_table("item_value")), D(0))


def test_nothing_takes_what_others_own_and_the_refusal_says_how_it_becomes_ours(works: Company) -> None:
    stocked(works, quantity=5)
    consigned(works, quantity=40)
    consigned(works, "GOOD", 9, "CUS")
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 7}]).document
    assert works.ask("document_lines", document=sold)[0]["reserved_quantity"] == 5
    refusal = works.submit("ship_goods", order=sold)
    assert refusal.message_key == "refusal.stock_short_consigned"
    assert (refusal.values["consigned"], refusal.values["owners"]) == (D(40), "SUP")
    made = works.do("create_production_order", item="GOOD", quantity=5).document
    assert works.refused("issue_material", order=made) == "stock_short_consigned"
    # What a customer owns is not offered to be taken over.
    other = works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 2}]).document
    assert works.refused("ship_goods", order=other) == "stock_short"
    works.do("release_wave", orders=[sold])
    assert [row["quantity"] for row in works.ask("pick_lines", document=_newest(works, "pick_wave"))] == [D(5)]
    assert "stock_short" in works.refused(
        "scrap_stock",
        reason="damaged",
        lines=[{"item": "GOOD", "location": "MAIN", "quantity": 1, "from_status": "available"}],
    )
    works.assert_clean()


def _newest(works: Company, kind: str) -> int:
    return max(row["id"] for row in works.ask_table("document") if row["kind"] == kind)


@pytest.mark.parametrize(
    ("line", "more", "expected"),
    [
        ({"quantity": 41, "unit_price": 3}, {}, "owner_stock_short"),
        ({"quantity": 1}, {}, "price_missing"),
        ({"quantity": 1, "unit_price": 3}, {"supplier": "CUS"}, "party_role"),
        ({"quantity": "0.5", "unit_price": 3}, {}, "quantity_decimals"),
        ({"quantity": 1, "unit_price": 3, "location": "NOWHERE"}, {}, "code_unknown"),
        ({"quantity": 1, "unit_price": 3, "lot": "L9"}, {}, "owner_stock_short"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_whole(
    works: Company, line: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    consigned(works)
    given: dict[str, Any] = {"supplier": "SUP", "lines": [{"item": "PART", **line}], **more}
    assert expected in works.refused("take_over_consignment", **given)
    assert not [row for row in works.ask_table("document") if row["kind"] in {"purchase_order", "goods_receipt"}]


def test_an_order_that_must_be_approved_comes_first_and_its_prices_hold(works: Company) -> None:
    consigned(works, quantity=600)
    works.do("put_approval_rule", command="confirm_purchase_order", approver_role="executive", amount_above="1000")
    lines = [{"item": "PART", "quantity": 500, "unit_price": "3"}]
    waits = works.submit("take_over_consignment", principal=CLERK, supplier="SUP", lines=lines)
    assert (waits.status, waits.message_key) == ("refused", "refusal.take_over_waits")
    asked = [{**lines[0], "quantity": quantity} for quantity in (200, 300)]
    order = works.submit("create_purchase_order", principal=CLERK, supplier="SUP", lines=asked).document
    request = works.ask_table("approval_request")[0]["id"]
    assert works.submit("decide_approval", principal=CHECKER, request=request, approve=True).status == "done"
    priced = works.refused("take_over_consignment", supplier="SUP", order=order, lines=lines)
    assert "take_over_price" in priced
    beyond = [{"item": "PART", "quantity": 501}]
    assert "more_than_ordered" in works.refused("take_over_consignment", supplier="SUP", order=order, lines=beyond)
    works.do("take_over_consignment", supplier="SUP", order=order, lines=[{"item": "PART", "quantity": 250}])
    received = [row["fulfilled_quantity"] for row in works.ask("document_lines", document=order)]
    assert received == [D(200), D(50)]
    works.assert_clean()


def test_goods_of_others_are_counted_moved_held_and_given_back_without_a_value(works: Company) -> None:
    stocked(works)
    works.do("put_location", code="BIN", name="Bin", site="MAIN")
    consigned(works)
    sheet = count_sheet(works)
    lines = [counted_line("PART", 100), counted_line("PART", 38, owner="SUP")]
    for _ in range(2):
        entered = works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=lines)
        assert entered.status == "done", entered
    before, entered_before = _value(works), entries(works)
    works.do("finish_count", sheet=sheet)
    if works.ask("document_by_id", document=sheet)[0]["state"] == "confirmed":
        works.do("decide_count", sheet=sheet, reason="lost")
    assert standing(works) == {("PART", "MAIN", "SUP"): D(38)}
    works.do(
        "book_stock_count",
        lines=[{"item": "PART", "location": "MAIN", "counted_quantity": 39, "owner": "SUP", "unit_cost": "9"}],
    )
    moved = {"item": "PART", "quantity": 9, "from_location": "MAIN", "to_location": "BIN", "owner": "SUP"}
    works.do("transfer_stock", lines=[moved])
    held = {"item": "PART", "location": "BIN", "quantity": 4, "from_status": "available", "to_status": "hold"}
    works.do("change_stock_status", lines=[{**held, "owner": "SUP"}])
    assert (_value(works), entries(works)) == (before, entered_before)
    assert works.ask("stock_on_hand", search="PART")[0]["quantity"] == 100
    assert "owner_stock_short" in works.refused(
        "return_third_party_goods", owner="SUP", lines=[{"item": "PART", "quantity": 36}]
    )
    back = works.do("return_third_party_goods", owner="SUP")
    assert standing(works) == {}
    assert "owner_has_nothing" in works.refused("return_third_party_goods", owner="SUP")
    works.do("reverse_document", document=back.document, reason="it stays")
    assert sum(standing(works).values()) == 39
    works.assert_clean()


def test_a_piece_of_another_owner_stands_here_once_and_becomes_ours_under_its_number(works: Company) -> None:
    works.do("put_item", code="PUMP", name="Pump", category="RAW", unit="EA", lot_tracked=True, serial_tracked=True)
    pumps = {"item": "PUMP", "quantity": 3, "location": "MAIN", "serials": ["P1..P3"]}
    works.do("receive_third_party_goods", owner="SUP", lines=[pumps])
    twice = {"item": "PUMP", "quantity": 1, "location": "MAIN", "serials": ["P2"], "unit_cost": "4"}
    assert "serial_in_stock" in works.refused("book_opening_stock", lines=[twice])
    taken = {"item": "PUMP", "quantity": 2, "serials": ["P1", "P3"], "unit_price": "40.01"}
    works.do("take_over_consignment", supplier="SUP", lines=[taken])
    rows = {row["serial"]: (row["standing"], row["kind"]) for row in works.ask("serial_numbers", search="PUMP")}
    assert rows["P1"] == ("in_stock", "goods_receipt")
    assert rows["P2"] == ("in_stock", "third_party_receipt")
    assert [row["lot_code"] for row in works.ask("third_party_stock")] == ["P2"]
    works.assert_clean()


def test_a_receipt_of_which_something_was_taken_over_is_not_taken_back(works: Company) -> None:
    receipt = consigned(works, quantity=10)
    works.do("take_over_consignment", supplier="SUP", lines=[{"item": "PART", "quantity": 4, "unit_price": 3}])
    assert "stock_short" in works.refused("reverse_document", document=receipt, reason="wrong")
    works.assert_clean()
